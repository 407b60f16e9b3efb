"""Judges of lesson 04: a rule for choosing a model, and a choice made by eye."""

import numpy as np

from aelearn.checks.compare import describe, numbers
from aelearn.checks.verdict import NOT_TRIED, NOT_YET, PASSED, Exercise, Verdict

KEYS = ("latent_size", "strength", "train", "validation")  # of a row of a sweep


def choose(answer):
    """Judge `choose(rows, tolerance)`: the simplest setting whose held-out error is nearly the least.

    Args:
        answer: the reader's function of a list of dicts and a float; returns `(latent_size, strength)`.

    Returns:
        `Verdict`.

    Example:
        >>> def least(rows, tolerance):
        ...     best = min(rows, key=lambda row: row["validation"])
        ...     return best["latent_size"], best["strength"]
        >>> choose(least)
        ✗ not yet, because you took the least error, whatever the code costs: a smaller one may be nearly as good
    """
    return _CHOOSE.judge(answer)


def choice(answer, rows, *, tolerance=0.05):
    """Judge a choice of code size and λ by the evidence that it was made from.

    Args:
        answer: `(latent_size, strength)`, or None.
        rows: list of dicts with `latent_size`, `strength`, `train` and `validation`, such as `Sweep.rows`.
        tolerance: float, the share of the least held-out error that a smaller code may cost.

    Returns:
        `Verdict`.

    Example:
        >>> rows = [{"latent_size": 2, "strength": 0, "train": 0.2, "validation": 0.31},
        ...         {"latent_size": 9, "strength": 0, "train": 0.1, "validation": 0.30}]
        >>> choice((9, 0), rows)
        ✗ not yet, because that is the least held-out error, but a code of 2 is within 5 % of it
        >>> choice((2, 0), rows)
        ✓ passed: the smallest code within 5 % of the least held-out error
    """
    if answer is None or answer is ...:
        return Verdict(NOT_TRIED, "write down a code size and a λ, such as (16, 0)")
    pair = numbers(answer)
    if pair is None or pair.shape != (2,) or not np.isfinite(pair).all():
        return Verdict(NOT_YET, f"a choice is a pair (latent_size, strength); received {describe(answer)}")
    if not isinstance(rows, (list, tuple)) or not rows or not all(_is_row(row) for row in rows):
        return Verdict(NOT_YET, f"rows must be a list of dicts with numbers for {', '.join(KEYS[:-1])} and {KEYS[-1]}; "
                       f"received {describe(rows)}")
    mine = [row for row in rows if np.allclose((row["latent_size"], row["strength"]), pair, rtol=1e-6, atol=0)]
    if not mine:
        return Verdict(NOT_YET, f"no model was trained at code size {pair[0]:g} and λ = {pair[1]:g}")
    return _judge_choice(mine[0], rows, tolerance)


def _is_row(row):
    values = numbers([row.get(key) for key in KEYS]) if isinstance(row, dict) else None
    return values is not None and bool(np.isfinite(values).all())


def _judge_choice(mine, rows, tolerance):
    least, best = (min(rows, key=lambda row: row[key]) for key in ("train", "validation"))
    right, share = _right_row(rows, tolerance), f"{100 * tolerance:g} %"
    if mine is right:
        return Verdict(PASSED, f"the smallest code within {share} of the least held-out error")
    if mine is best:
        return Verdict(NOT_YET, "that is the least held-out error, but "
                       + (f"a code of {right['latent_size']} is" if right["latent_size"] < mine["latent_size"]
                          else "a larger λ with the same code is") + f" within {share} of it")
    if mine["validation"] > (1 + tolerance) * best["validation"]:
        train = " It is the least training error: that says how well it knows what it has seen" if mine is least else ""
        return Verdict(NOT_YET, f"its held-out error is more than {share} above the least one.{train}")
    if mine["latent_size"] > right["latent_size"]:
        return Verdict(NOT_YET, f"near enough to the least error, but so is a code of {right['latent_size']}")
    return Verdict(NOT_YET, "the right code; of two λ that do equally well, take the larger, which keeps weights small")


def _table(validation, train, test, sizes=(4, 8, 16, 32), strengths=(0, 1e-5, 1e-4)):
    """Evidence, one row per code size and λ; errors are given with one line per λ."""
    return [
        {"latent_size": size, "strength": strength, "train": train[j][i], "validation": validation[j][i],
         "test": test[j][i]}
        for i, size in enumerate(sizes) for j, strength in enumerate(strengths)
    ]


_TABLES = [
    # Least: 32 with 1e-5. Within 5 %: 16 with 1e-5 or 0, 32 with 0 or 1e-4. Training: 32 with 0. Test: 8 with 1e-4.
    _table(
        [[0.480, 0.400, 0.309, 0.311], [0.470, 0.390, 0.313, 0.300], [0.500, 0.420, 0.330, 0.312]],
        [[0.380, 0.260, 0.180, 0.150], [0.390, 0.270, 0.190, 0.165], [0.430, 0.330, 0.300, 0.290]],
        [[0.480, 0.400, 0.340, 0.330], [0.470, 0.390, 0.320, 0.310], [0.490, 0.295, 0.320, 0.315]],
    ),
    # Least: 16 with 1e-4. Within 5 %: only 32 with 1e-4 beside it. Training: 16 with 0. Test: 32 with 1e-5.
    _table(
        [[0.700, 0.600, 0.500, 0.520], [0.650, 0.560, 0.460, 0.470], [0.640, 0.530, 0.400, 0.410]],
        [[0.500, 0.200, 0.050, 0.060], [0.510, 0.220, 0.080, 0.070], [0.550, 0.300, 0.200, 0.210]],
        [[0.690, 0.600, 0.510, 0.500], [0.640, 0.550, 0.450, 0.380], [0.630, 0.540, 0.420, 0.415]],
    ),
    # Least: 32 with 0. Within 5 %: 8 with 0 or 1e-4, 16 with 1e-4, 32 with 1e-5. Training: 32 with 1e-5. Test: 4, 0.
    _table(
        [[0.300, 0.209, 0.230, 0.200], [0.310, 0.220, 0.215, 0.207], [0.320, 0.208, 0.206, 0.240]],
        [[0.250, 0.150, 0.120, 0.100], [0.260, 0.160, 0.110, 0.090], [0.270, 0.190, 0.180, 0.170]],
        [[0.195, 0.220, 0.230, 0.210], [0.310, 0.220, 0.220, 0.215], [0.320, 0.230, 0.210, 0.240]],
    ),
]


def _right_row(rows, tolerance):
    return _below(rows, 1 + tolerance)[0]


def _below(rows, factor):
    limit = factor * min(row["validation"] for row in rows)
    return sorted((r for r in rows if r["validation"] <= limit), key=lambda r: (r["latent_size"], -r["strength"]))


def _pair(row):
    return row["latent_size"], row["strength"]


def _least(key):
    return lambda rows, tolerance: _pair(min(rows, key=lambda row: row[key]))


def _within(key="validation", limit=lambda best, tolerance: (1 + tolerance) * best,
            order=lambda row: (row["latent_size"], -row["strength"])):
    """A rule from the error it reads, how near to the least it must be, and what it then prefers."""
    def function(rows, tolerance):
        most = limit(min(row[key] for row in rows), tolerance)
        return _pair(min((row for row in rows if row[key] <= most), key=order))

    return function


def _strictly(error):
    """`<` for `<=`: with a tolerance of 0 nothing is left, and a rule stops with an error of its kind."""
    def function(rows, tolerance):
        if tolerance == 0:
            raise error
        return _pair(_right_row(rows, tolerance))

    return function


def _apart(rows, tolerance):
    within = _below(rows, 1 + tolerance)
    return within[0]["latent_size"], max(row["strength"] for row in within)


_CHOOSE = Exercise(
    name="choose",
    truth=lambda rows, tolerance: _pair(_right_row(rows, tolerance)),
    cases=[(_TABLES[0], 0.05), (_TABLES[1], 0.05), (_TABLES[2], 0.05), (_TABLES[0], 0.0), (_TABLES[1], 0.2)],
    mistakes={
        "you chose by the training error: it always prefers what remembers most": (_least("train"), _within("train")),
        "you chose by the test error: then nothing is left that says how good the choice is": (
            _least("test"), _within("test"),
        ),
        "you took the least error, whatever the code costs: a smaller one may be nearly as good": _least("validation"),
        "tolerance is a share of the least error: the limit is (1 + tolerance) * least, not least + tolerance":
            _within(limit=lambda best, tolerance: best + tolerance),
        "no error is below (1 - tolerance) * least: the limit lies above the least error": (
            _within(limit=lambda best, tolerance: (1 - tolerance) * best),
            lambda rows, tolerance: _pair(_below(rows, 1 - tolerance)[0]),
        ),
        "you took the smallest code of all: only those count whose error is within the limit": (
            _within(limit=lambda best, tolerance: np.inf),
            _within(limit=lambda best, tolerance: np.inf, order=lambda row: (row["latent_size"], row["validation"])),
            _within(limit=lambda best, tolerance: np.inf, order=lambda row: row["latent_size"]),
        ),
        "you took the largest code within the limit: the smallest is wanted":
            _within(order=lambda row: (-row["latent_size"], -row["strength"])),
        "the code comes first, λ second: the smallest code within the limit, and for it the largest λ":
            _within(order=lambda row: (-row["strength"], row["latent_size"])),
        "of two λ that do for the same code, take the larger one": (
            _within(order=lambda row: (row["latent_size"], row["strength"])),
            _within(order=lambda row: row["latent_size"]),
        ),
        "among the λ that are within the limit you took the one with the least error; take the largest":
            _within(order=lambda row: (row["latent_size"], row["validation"])),
        "the λ was taken from another code size: both numbers come from one row, the smallest code and its largest λ":
            _apart,
        "with a tolerance of 0 no row is left: the least error itself is within the limit, so <= and not <":
            tuple(map(_strictly, (IndexError(), ValueError(), TypeError()))),
        "the code size comes first, then λ: (latent_size, strength)":
            lambda rows, tolerance: _pair(_right_row(rows, tolerance))[::-1],
    },
    praise="the simplest model that is nearly as good as the best; Sweep.simplest agrees",
    hint="find the least row['validation'], keep the rows up to (1 + tolerance) times it, then take the smallest code "
         "and for it the largest λ",
)
