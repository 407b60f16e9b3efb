"""Judges of lesson 09, statistics: one step towards a barycentre, and the moments of two parts put together."""

import numpy as np

from aelearn.checks.verdict import Exercise


def barycentre_step(answer):
    """Judge `barycentre_step(current, covariances, weights)`: one step of the fixed point to the barycentre.

    Args:
        answer: the reader's function of an array `(channels, channels)`, a list of such and a list of weights that sum
            to 1; returns an array `(channels, channels)`.

    Returns:
        `Verdict`.

    Example:
        >>> barycentre_step(lambda current, covariances, weights: current)
        ✗ not yet, because S came back as it was
    """
    return _STEP.judge(answer)


def combine_moments(answer):
    """Judge `combine_moments(first, second)`: count, mean and covariance of two parts put together.

    Args:
        answer: the reader's function of two tuples `(count, mean, covariance)`; returns such a tuple.

    Returns:
        `Verdict`.

    Example:
        >>> combine_moments(lambda first, second: first)
        ✗ not yet, because only the first part is in it
    """
    return _COMBINE.judge(answer)


def _power(matrix, exponent):
    eigenvalues, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return (vectors * eigenvalues.clip(min=1e-300) ** exponent) @ vectors.T


def _average(current, covariances, weights):
    return sum(w * c for w, c in zip(weights, covariances))


def _inner(current, covariances, weights, root=_power):
    # Σ wᵢ (S^½ Σᵢ S^½)^½
    half = root(current, 0.5)
    return sum(w * root(half @ c @ half, 0.5) for w, c in zip(weights, covariances))


def _outer(current, middle, exponent=-0.5):
    side = _power(current, exponent)
    return side @ middle @ side


def _right_step(current, covariances, weights):
    middle = _inner(current, covariances, weights)
    return _outer(current, middle @ middle)


def _entrywise(matrix, exponent):
    return np.abs(matrix) ** exponent


def _entrywise_step(current, covariances, weights):
    with np.errstate(all="ignore"):
        half = current**0.5
        middle = sum(w * (half @ c @ half) ** 0.5 for w, c in zip(weights, covariances))
        inverse = current**-0.5
        return inverse @ middle @ middle @ inverse


def _swapped_step(current, covariances, weights):
    roots = [_power(c, 0.5) for c in covariances]
    middle = sum(w * _power(root @ current @ root, 0.5) for w, root in zip(weights, roots))
    return _outer(current, middle @ middle)


def _rootless_step(current, covariances, weights):
    half = _power(current, 0.5)
    middle = half @ _average(current, covariances, weights) @ half
    return _outer(current, middle @ middle)


def _squared_by_entry(current, covariances, weights):
    return _outer(current, _inner(current, covariances, weights) ** 2)


def _whole_walk(current, covariances, weights):
    for _ in range(60):
        current = _right_step(current, covariances, weights)
    return current


def _commuting(current, covariances, weights):
    root = sum(w * _power(c, 0.5) for w, c in zip(weights, covariances))
    return root @ root


def _weighed_by(change):
    """A wrong step: the right one, with other weights."""
    return lambda current, covariances, weights: _right_step(current, covariances, change(np.asarray(weights)))


_random = np.random.default_rng(9)


def _some_covariance(channels):
    # Well above zero, every entry positive: a root taken entry by entry gives numbers as well.
    matrix = _random.random((channels, channels))
    return matrix @ matrix.T + 0.3 * np.eye(channels)


_STEP = Exercise(
    name="barycentre_step",
    truth=_right_step,
    cases=[(_some_covariance(channels), [_some_covariance(channels) for _ in weights], weights)
           for channels, weights in ((3, [0.2, 0.8]), (4, [0.5, 0.2, 0.3]))],
    mistakes={
        "S came back as it was": lambda current, covariances, weights: current,
        "this is the plain average of the covariances. Where every root is squared by itself, that is all that is "
        "left: first the sum, then the square": _average,
        "the square is missing: middle @ middle":
            lambda s, c, w: _outer(s, _inner(s, c, w)),
        "the S^-½ on both sides are missing":
            lambda s, c, w: _inner(s, c, w) @ _inner(s, c, w),
        "this is the sum in the middle, which equals S when the walk has arrived; the step squares it and puts S^-½ "
        "on both sides": _inner,
        "** 2 squares entry by entry; the square of a matrix is middle @ middle": _squared_by_entry,
        "this takes roots entry by entry; the root of a matrix is power(matrix, 0.5)": (
            _entrywise_step, lambda s, c, w: _outer(s, np.linalg.matrix_power(_inner(s, c, w, _entrywise), 2))),
        "S and Σᵢ have changed places: the root of S stands on both sides of Σᵢ": _swapped_step,
        "the root around S^½ Σᵢ S^½ is missing": _rootless_step,
        "S^½ stands on both sides where S^-½ should":
            lambda s, c, w: _outer(s, np.linalg.matrix_power(_inner(s, c, w), 2), 0.5),
        "S^-1 stands on both sides where S^-½ should":
            lambda s, c, w: _outer(s, np.linalg.matrix_power(_inner(s, c, w), 2), -1.0),
        "S^-½ stands on one side alone, twice; it belongs on both sides": (
            lambda s, c, w: np.linalg.inv(s) @ _inner(s, c, w) @ _inner(s, c, w),
            lambda s, c, w: _inner(s, c, w) @ _inner(s, c, w) @ np.linalg.inv(s),
        ),
        "S^-½ stands on one side alone; it belongs on both sides": (
            lambda s, c, w: _power(s, -0.5) @ _inner(s, c, w) @ _inner(s, c, w),
            lambda s, c, w: _inner(s, c, w) @ _inner(s, c, w) @ _power(s, -0.5),
        ),
        "all styles weigh alike: multiply each root by its weight, the weights sum to 1": (
            _weighed_by(lambda w: np.full(len(w), 1 / len(w))),
            _weighed_by(np.ones_like),
        ),
        "the weights were squared: they stand inside the sum, which is squared as a whole": _weighed_by(np.square),
        "that is the square of the weighted sum of roots, right for matrices that commute; these do not": _commuting,
        "that is the end of the walk: make one step": _whole_walk,
    },
    praise="one step nearer to the middle",
    hint="middle = Σ wᵢ power(root @ Σᵢ @ root, 0.5) with root = power(S, 0.5); then S^-½ @ middle @ middle @ S^-½",
    tolerance=1e-3,
)


def _combined(count=lambda n, m: n + m, mean=None, within=None, between=lambda n, m: n * m / (n + m) ** 2,
              product=np.outer):
    """A combination in which one part may be wrong: the count, the mean, the spread within or between."""
    mean = mean or (lambda n, a, m, b: (n * a + m * b) / (n + m))
    within = within or (lambda n, a, m, b: (n * a + m * b) / (n + m))

    def function(first, second):
        (n, mu, sigma), (m, nu, tau) = first, second
        apart = mu - nu
        spread = within(n, sigma, m, tau) + between(n, m) * product(apart, apart)
        return count(n, m), mean(n, mu, m, nu), spread

    return function


def _halfway(n, a, m, b):
    return (a + b) / 2


def _crossed(n, a, m, b):
    return (m * a + n * b) / (n + m)


def _some_part(number, channels):
    points = _random.normal(size=(number, channels)) @ _random.normal(size=(channels, channels))
    points += _random.normal(0.0, 3.0, channels)
    return number, points.mean(axis=0), np.cov(points.T, bias=True)


_COMBINE = Exercise(
    name="combine_moments",
    truth=_combined(),
    cases=[tuple(_some_part(number, channels) for number in numbers)
           for numbers, channels in (((6, 20), 3), ((30, 5), 4), ((9, 9), 3))],
    mistakes={
        "only the first part is in it": lambda first, second: first,
        "only the second part is in it": lambda first, second: second,
        "the means were averaged as if both parts were equally large: weigh each by its count": (
            _combined(mean=_halfway), _combined(mean=_halfway, between=lambda n, m: 0.0)),
        "the covariances were averaged as if both parts were equally large: weigh each by its count": (
            _combined(within=_halfway), _combined(within=_halfway, between=lambda n, m: 0.0)),
        "both, means and covariances, were averaged as if the parts were equally large: weigh each by its count": (
            _combined(mean=_halfway, within=_halfway), _combined(mean=_halfway, within=_halfway,
                                                                 between=lambda n, m: 0.0)),
        "each part was weighed by the other one's count": (
            _combined(mean=_crossed, within=_crossed), _combined(mean=_crossed), _combined(within=_crossed)),
        "what lies between the two means is missing: two narrow clouds far apart are one wide cloud":
            _combined(between=lambda n, m: 0.0),
        "between the means stands n₁n₂/n²; you divided by n once": _combined(between=lambda n, m: n * m / (n + m)),
        "between the means stands n₁n₂/n², not 1": _combined(between=lambda n, m: 1.0),
        "between the means stands n₁n₂/n²; ¼ is right for two equal parts alone": _combined(between=lambda n, m: 0.25),
        "what lies between the means is added, not taken away": _combined(between=lambda n, m: -n * m / (n + m) ** 2),
        "δδᵀ is a matrix, np.outer(δ, δ): δ * δ, or δ @ δ, adds the same to every row": (
            _combined(product=np.multiply), _combined(product=lambda a, b: a @ b)),
        "δδᵀ is a whole matrix: how channels differ together counts too, not the diagonal alone":
            _combined(product=lambda a, b: np.diag(a * b)),
        "the covariances were added up: weigh each by its count, and divide by the sum of counts": (
            _combined(within=lambda n, a, m, b: a + b),
            _combined(within=lambda n, a, m, b: n * a + m * b),
        ),
        "the means were added up: weigh each by its count, and divide by the sum of counts": (
            _combined(mean=lambda n, a, m, b: a + b),
            _combined(mean=lambda n, a, m, b: n * a + m * b),
        ),
        "your covariance divides by n - 1; in this course it divides by n": (
            _combined(within=lambda n, a, m, b: (n * a + m * b) / (n + m - 1),
                      between=lambda n, m: n * m / (n + m) / (n + m - 1)),
            _combined(within=lambda n, a, m, b: ((n - 1) * a + (m - 1) * b) / (n + m - 1),
                      between=lambda n, m: n * m / (n + m) / (n + m - 1)),
        ),
        "the new count is the sum of both": (
            _combined(count=lambda n, m: n), _combined(count=lambda n, m: m), _combined(count=max),
            _combined(count=lambda n, m: (n + m) / 2), _combined(count=lambda n, m: 1),
        ),
        "the count is missing: give back (count, mean, covariance), so that a third part can follow":
            lambda first, second: _combined()(first, second)[1:],
    },
    praise="two parts or two thousand, the moments of the whole are exact",
    hint="(n₁ + n₂, weighted mean, weighted covariance + n₁n₂/n² δδᵀ), with n the sum of counts and δ the means' "
         "difference",
)
