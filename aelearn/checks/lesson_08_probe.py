"""Judges of lesson 08, second half: a linear probe in closed form, and a loss against hatching."""

import numpy as np

from aelearn.checks.verdict import Exercise


def probe(answer):
    """Judge `probe(code, features)`: the linear map that guesses features from a code with the least squared error.

    Args:
        answer: the reader's function of two arrays `(rows, columns, …)`; returns `(matrix, shift)`, so that
            `code @ matrix + shift` is the guess.

    Returns:
        `Verdict`.

    Example:
        >>> def without_shift(code, features):
        ...     x, y = (a.reshape(-1, a.shape[-1]) for a in (code, features))
        ...     return np.linalg.lstsq(x, y, rcond=None)[0], np.zeros(y.shape[1])
        >>> probe(without_shift)
        ✗ not yet, because the shift is missing: add a column of ones to the code, or take the means away first
    """
    return _PROBE.judge(answer)


def total_variation(answer):
    """Judge `total_variation(picture)`: the mean absolute difference of neighbours, down and across.

    Args:
        answer: the reader's function of an array `(rows, columns, 3)`; returns a number.

    Returns:
        `Verdict`.

    Example:
        >>> total_variation(lambda picture: np.abs(np.diff(picture, axis=0)).mean())
        ✗ not yet, because differences across are missing: picture[:, 1:] - picture[:, :-1]
    """
    return _VARIATION.judge(answer)


def _points(code):
    return code.reshape(-1, code.shape[-1])  # (positions, channels)


def _fit(x, y):
    # By the moments: Σxx A = Σxy, and the shift takes one mean to the other.
    inside, across = x - x.mean(0), y - y.mean(0)
    matrix = np.linalg.solve(inside.T @ inside, inside.T @ across)
    return matrix, y.mean(0) - x.mean(0) @ matrix


def _right_probe(code, features):
    return _fit(_points(code), _points(features))


def _changed(change):
    """A wrong probe from the right one and its points: `change(matrix, shift, x, y)`."""
    return lambda code, features: change(*_right_probe(code, features), _points(code), _points(features))


def _raw(x, y):
    return np.linalg.lstsq(x, y, rcond=None)[0]


def _with_ones(x):
    return np.column_stack([x, np.ones(len(x))])


def _centred(points):
    return points - points.mean(0)


_random = np.random.default_rng(88)


def _some_pair(rows, columns, inside, outside):
    code = _random.normal(0.5, 1.0, (rows, columns, inside)) @ _random.normal(size=(inside, inside)) + 1.0
    features = np.tanh(code @ _random.normal(size=(inside, outside)))
    return code, features + _random.normal(2.0, 0.3, features.shape)


_PROBE = Exercise(
    name="probe",
    truth=_right_probe,
    cases=[_some_pair(5, 6, 3, 4), _some_pair(7, 4, 4, 3)],
    # `...` stands for a part that does not matter, because the other one is already wrong.
    mistakes={
        "the shift is missing: add a column of ones to the code, or take the means away first":
            lambda code, features: (_raw(_points(code), _points(features)), np.zeros(features.shape[-1])),
        "the shift belongs to another matrix: take the means away before you look for the matrix": lambda c, f: (
            lambda x, y, a: (a, y.mean(0) - x.mean(0) @ a))(_points(c), _points(f), _raw(_points(c), _points(f))),
        "the shift is the mean of the features; the code has a mean too: mean of features - mean of code @ matrix":
            _changed(lambda a, b, x, y: (a, y.mean(0))),
        "the shift has the wrong sign": _changed(lambda a, b, x, y: (a, -b)),
        "the shift is zero: add the features' mean, less what the matrix makes of the code's":
            _changed(lambda a, b, x, y: (a, np.zeros_like(b))),
        "the shift should be one number for each feature, not one for all":
            (_changed(lambda a, b, x, y: (a, b.mean())), _changed(lambda a, b, x, y: (a, y.mean() - x.mean()))),
        "matrix and shift are swapped: the matrix comes first": _changed(lambda a, b, x, y: (b, a)),
        "your matrix is turned round: its rows are the code's channels, so that code @ matrix works":
            _changed(lambda a, b, x, y: (a.T, ...)),
        "you guessed the code from the features: the code is what is given": (
            lambda code, features: (_fit(_points(features), _points(code))[0], ...),
            lambda code, features: (_raw(_points(features), _points(code)), ...),
            lambda code, features: (_fit(_points(features), _points(code))[0].T, ...),
        ),
        "lstsq's matrix has one row more, for the ones: that last row is the shift": (
            _changed(lambda a, b, x, y: (np.vstack([a, b]), ...)),
            _changed(lambda a, b, x, y: np.vstack([a, b])),
        ),
        "the covariance of code and features alone is no map: solve with the code's own covariance": (
            _changed(lambda a, b, x, y: (_centred(x).T @ _centred(y) / len(x), ...)),
            _changed(lambda a, b, x, y: (_centred(x).T @ _centred(y), ...)),
        ),
        "every channel was fitted by itself; channels that move together would be counted twice":
            _changed(lambda a, b, x, y: (_centred(x).T @ _centred(y) / np.sum(_centred(x) ** 2, 0)[:, None], ...)),
        "that is the correlation; a map has units: solve with the code's covariance":
            _changed(lambda a, b, x, y: (_centred(x).T @ _centred(y) / len(x) / np.outer(x.std(0), y.std(0)), ...)),
        "you multiplied by the code's covariance: solve with it, np.linalg.solve":
            _changed(lambda a, b, x, y: (_centred(x).T @ _centred(x) @ _centred(x).T @ _centred(y), ...)),
        "the guess itself came back; return the matrix and the shift that make it": (
            lambda code, features: code @ _right_probe(code, features)[0] + _right_probe(code, features)[1],
            _changed(lambda a, b, x, y: x @ a + b),
        ),
        "the matrix came back alone; return the shift as well: (matrix, shift)": _changed(lambda a, b, x, y: a),
    },
    praise="no other linear map guesses better",
    hint="with x and y as (positions, channels), lstsq of x with a column of ones gives the matrix and, below it, the "
         "shift",
    tolerance=1e-3,
)


def _steps(picture):
    return picture[1:] - picture[:-1], picture[:, 1:] - picture[:, :-1]


def _right_variation(picture):
    down, across = _steps(picture)
    return np.mean(np.abs(down)) + np.mean(np.abs(across))


def _of(reduce):
    """A wrong total variation: another number of the two arrays of steps."""
    return lambda picture: reduce(*_steps(picture))


def _around(picture, axis):
    return np.roll(picture, -1, axis) - picture


_PICTURES = [_random.random((4, 6, 3)), _random.random((7, 3, 3)) ** 2]

_VARIATION = Exercise(
    name="total_variation",
    truth=_right_variation,
    cases=[(picture,) for picture in _PICTURES],
    mistakes={
        "differences across are missing: picture[:, 1:] - picture[:, :-1]": _of(lambda d, a: np.mean(np.abs(d))),
        "differences down are missing: picture[1:] - picture[:-1]": _of(lambda d, a: np.mean(np.abs(a))),
        "you squared the steps: take absolute values, so that one sharp edge costs no more than a ramp":
            _of(lambda d, a: np.mean(d**2) + np.mean(a**2)),
        "the signs are left, and steps up and down cancel: take absolute values": (
            _of(lambda d, a: np.mean(d) + np.mean(a)),
            _of(lambda d, a: abs(np.mean(d)) + abs(np.mean(a))),
        ),
        "this is a sum: take the mean of the steps, so that pictures of all sizes compare":
            _of(lambda d, a: np.sum(np.abs(d)) + np.sum(np.abs(a))),
        "you divided by the number of pixels; there is one step less than pixels in a row: take the mean of the steps":
            (lambda p: sum(np.sum(np.abs(s)) for s in _steps(p)) / p.size,
             lambda p: sum(np.sum(np.abs(s)) for s in _steps(p)) / (p.shape[0] * p.shape[1])),
        "you took one mean over both directions; take the mean down and the mean across, and add them": (
            _of(lambda d, a: np.mean(np.abs(np.concatenate([d.ravel(), a.ravel()])))),
            _of(lambda d, a: np.mean(np.abs(np.concatenate([d.ravel(), a.ravel()]))) * 2),
        ),
        "this is the mean of the two directions: add them": lambda picture: _right_variation(picture) / 2,
        "you went round the edge: the last row has no neighbour below": (
            lambda p: np.mean(np.abs(_around(p, 0))) + np.mean(np.abs(_around(p, 1))),
        ),
        "you compared the colours of one pixel; neighbours lie along axis 0 and axis 1": (
            lambda p: np.mean(np.abs(np.diff(p))),
            lambda p: np.mean(np.abs(np.diff(p, axis=0))) + np.mean(np.abs(np.diff(p))),
            lambda p: np.mean(np.abs(np.diff(p, axis=1))) + np.mean(np.abs(np.diff(p))),
            lambda p: sum(np.mean(np.abs(np.diff(p, axis=axis))) for axis in range(3)),
        ),
        "those are steps of steps: take the difference once":
            lambda p: sum(np.mean(np.abs(np.diff(p, 2, axis=axis))) for axis in range(2)),
        "that is the length of the gradient; add the two absolute steps, without squares and root":
            _of(lambda d, a: np.mean(np.sqrt(d[:, :-1] ** 2 + a[:-1] ** 2))),
        "you stepped over a neighbour: p[2:] - p[:-2] is two pixels wide":
            lambda p: np.mean(np.abs(p[2:] - p[:-2])) + np.mean(np.abs(p[:, 2:] - p[:, :-2])),
    },
    praise="zero for one colour, high for hatching",
    hint="the mean of |picture[1:] - picture[:-1]|, and the same across",
)
