"""Judges of lesson 08, first half: what is where (content), and in which manner (style)."""

import numpy as np

from aelearn.checks.verdict import Exercise


def content_loss(answer):
    """Judge `content_loss(target, features)`: the mean squared error of instance-normalised features.

    Args:
        answer: the reader's function of two arrays `(rows, columns, channels)`; returns a number.

    Returns:
        `Verdict`.

    Example:
        >>> content_loss(lambda target, features: ((target - features) ** 2).mean())
        ✗ not yet, because the features came as they are: take away each channel's mean and divide by its deviation
    """
    return _CONTENT.judge(answer)


def style_loss(answer):
    """Judge `style_loss(goal, painted)`: how far two means, deviations and covariances are apart, each made relative.

    Args:
        answer: the reader's function of two tuples `(mean, covariance)`; returns a number.

    Returns:
        `Verdict`.

    Example:
        >>> def of_means(goal, painted):
        ...     a, b = goal[0], painted[0]
        ...     return 2 * np.sum((a - b) ** 2) / (np.sum(a**2) + np.sum(b**2))
        >>> style_loss(of_means)
        ✗ not yet, because only the means are compared
    """
    return _STYLE.judge(answer)


def _normalised(f, axis=(0, 1), *, ddof=0, shift=None, scale=None):
    # Channel by channel; shift and scale may come from elsewhere.
    mean = f.mean(axis, keepdims=True) if shift is None else shift
    deviation = f.std(axis, ddof=ddof, keepdims=True) if scale is None else scale
    return (f - mean) / deviation


def _mse(a, b):
    return np.mean((a - b) ** 2)


def _after(normalise):
    """A wrong content loss: the right one, after a wrong way to normalise."""
    return lambda target, features: _mse(normalise(target), normalise(features))


def _of(reduce):
    """A wrong content loss: another number than the mean square, of features that are normalised as they should be."""
    return lambda target, features: reduce(_normalised(target) - _normalised(features))


def _moments_of(f):
    return {"shift": f.mean((0, 1)), "scale": f.std((0, 1))}


def _right_content(target, features):
    return _mse(_normalised(target), _normalised(features))


_random = np.random.default_rng(8)
_TARGET = _random.normal(size=(4, 5, 3)) @ _random.normal(size=(3, 3)) * 2 + [1.0, 4.0, -2.0]
# What a painting does to features: other colours, and a little of everything else.
_FEATURES = _TARGET * [0.5, 2.0, 1.5] + [3.0, -1.0, 2.0] + _random.normal(size=(4, 5, 3))
_OTHERS = _random.normal(1.0, 2.0, (2, 6, 3, 2))

_CONTENT = Exercise(
    name="content_loss",
    truth=_right_content,
    cases=[(_TARGET, _FEATURES), tuple(_OTHERS)],
    mistakes={
        "the features came as they are: take away each channel's mean and divide by its deviation": _mse,
        "the means are gone, the deviations are not: divide by each channel's own":
            _after(lambda f: f - f.mean((0, 1))),
        "the deviations are gone, the means are not: take them away first": _after(lambda f: f / f.std((0, 1))),
        "a parenthesis is missing: first take the mean away, then divide":
            _after(lambda f: f - f.mean((0, 1)) / f.std((0, 1))),
        "you divided by the variance; its root is the deviation":
            _after(lambda f: (f - f.mean((0, 1))) / f.var((0, 1))),
        "one mean and one deviation served all channels; every channel has its own: axis=(0, 1)": (
            _after(lambda f: _normalised(f, None)),
            _after(lambda f: _normalised(f, (0, 1, 2))),
        ),
        "you normalised every position over its channels; take each channel over all positions: axis=(0, 1)":
            _after(lambda f: _normalised(f, -1)),
        "your mean runs along one axis; take each channel over rows and columns: axis=(0, 1)":
            (_after(lambda f: _normalised(f, 0)), _after(lambda f: _normalised(f, 1))),
        "both were normalised by the target's mean and deviation; the painted picture has its own":
            lambda t, f: _mse(_normalised(t), _normalised(f, **_moments_of(t))),
        "both were normalised by the painted picture's mean and deviation; the photo has its own":
            lambda t, f: _mse(_normalised(t, **_moments_of(f)), _normalised(f)),
        "the target came as it is: normalise both": lambda t, f: _mse(t, _normalised(f)),
        "the features of the painted picture came as they are: normalise both": lambda t, f: _mse(_normalised(t), f),
        "this is a sum: take the mean": _of(lambda d: np.sum(d**2)),
        "you added up the channels: take the mean over them too":
            _of(lambda d: np.mean(np.sum(d**2, axis=-1))),
        "this is half of it: leave out the ½": _of(lambda d: np.mean(d**2) / 2),
        "you took absolute values: square the differences": _of(lambda d: np.mean(np.abs(d))),
        "this is the root of it: leave the mean of squares as it is": _of(lambda d: np.sqrt(np.mean(d**2))),
        "you squared the mean, which is zero by now: first square, then take the mean":
            lambda target, features: 0.0,
        "this is one number for each channel: take the mean over them too":
            _of(lambda d: np.mean(d**2, axis=(0, 1))),
        "this is one number for each position and channel: take the mean": _of(lambda d: d**2),
        "your deviations divide by n - 1 (ddof=1); in this course they divide by n": _after(
            lambda f: _normalised(f, ddof=1)),
        "that is the correlation; the loss is 2 - 2 times it":
            lambda t, f: np.mean(_normalised(t) * _normalised(f)),
    },
    praise="what is where, in whatever colours",
    hint="normalise both, each by its own mean and deviation per channel, then take the mean of the squared difference",
    tolerance=1e-3,  # room for a small epsilon under the square root
)


def _relative(a, b):
    return 2 * np.sum((a - b) ** 2) / (np.sum(a**2) + np.sum(b**2))


def _deviations(covariance):
    return np.sqrt(np.diag(covariance))


def _parts(goal, painted):
    # The three pairs that are compared: means, deviations, covariances.
    (mean, covariance), (own_mean, own_covariance) = goal, painted
    return ((mean, own_mean), (_deviations(covariance), _deviations(own_covariance)), (covariance, own_covariance))


def _measured(distance, choose=lambda parts: parts):
    """A wrong style loss: another distance, or another choice of what is compared."""
    return lambda goal, painted: sum(distance(*pair) for pair in choose(_parts(goal, painted)))


def _without(*indices):
    return _measured(_relative, lambda parts: [pair for i, pair in enumerate(parts) if i not in indices])


def _with_third(change):
    # The third part, of matrices made from mean and covariance in another way.
    def function(goal, painted):
        first, second, _ = _parts(goal, painted)
        return _relative(*first) + _relative(*second) + _relative(change(*goal), change(*painted))

    return function


def _some_moments(mixing):
    return _random.normal(1.0, 2.0, 3), mixing @ mixing.T


_STYLE = Exercise(
    name="style_loss",
    truth=_measured(_relative),
    # Covariances above zero, whose roots are numbers, and others.
    cases=[tuple(map(_some_moments, pair)) for pair in (_random.random((2, 3, 3)), _random.normal(size=(2, 3, 3)))],
    mistakes={
        "the means are missing": _without(0),
        "the deviations are missing: the roots of the covariance's diagonal": _without(1),
        "the covariances are missing": _without(2),
        "only the means are compared": _without(1, 2),
        "only the deviations are compared": _without(0, 2),
        "only the covariances are compared": _without(0, 1),
        "the diagonal holds variances: take their roots, the deviations": lambda goal, painted: _without(1)(
            goal, painted) + _relative(np.diag(goal[1]), np.diag(painted[1])),
        "the root was taken of the whole covariance; deviations are the roots of its diagonal":
            lambda goal, painted: _without(1)(goal, painted) + _relative(np.sqrt(goal[1]), np.sqrt(painted[1])),
        "that is the Gram matrix, which holds the means once more: compare the covariances":
            _with_third(lambda mean, covariance: covariance + np.outer(mean, mean)),
        "that is the correlation, which knows no sizes: compare the covariances":
            _with_third(lambda mean, c: c / np.outer(_deviations(c), _deviations(c))),
        "you compared the covariances off the diagonal alone: compare all of them":
            _with_third(lambda mean, c: c - np.diag(np.diag(c))),
        "the 2 is missing in d": _measured(lambda a, b: _relative(a, b) / 2),
        "you divided by the goal's size alone; divide by both sizes, ‖a‖² + ‖b‖²": (
            _measured(lambda a, b: np.sum((a - b) ** 2) / np.sum(a**2)),
            _measured(lambda a, b: 2 * np.sum((a - b) ** 2) / np.sum(a**2)),
        ),
        "you divided by the painted picture's size alone; divide by both sizes, ‖a‖² + ‖b‖²": (
            _measured(lambda a, b: np.sum((a - b) ** 2) / np.sum(b**2)),
            _measured(lambda a, b: 2 * np.sum((a - b) ** 2) / np.sum(b**2)),
        ),
        "you divided by the size of the sum; divide by the sum of the sizes, ‖a‖² + ‖b‖²":
            _measured(lambda a, b: 2 * np.sum((a - b) ** 2) / np.sum((a + b) ** 2)),
        "nothing was divided: a painting with large numbers would outweigh all others": (
            _measured(lambda a, b: np.sum((a - b) ** 2)),
            _measured(lambda a, b: 2 * np.sum((a - b) ** 2)),
            _measured(lambda a, b: np.mean((a - b) ** 2)),
        ),
        "the norms are not squared: ‖a‖² is the sum of squares, np.linalg.norm its root":
            _measured(lambda a, b: 2 * np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))),
        "that is the root of each d: leave the squares as they are": _measured(lambda a, b: np.sqrt(_relative(a, b))),
        "you squared the sum of the differences: first square, then sum":
            _measured(lambda a, b: 2 * np.sum(a - b) ** 2 / (np.sum(a**2) + np.sum(b**2))),
        "this is the mean of the three parts: add them up": lambda g, p: _measured(_relative)(g, p) / 3,
        "the three parts come back one by one: add them up":
            lambda goal, painted: np.array([_relative(*pair) for pair in _parts(goal, painted)]),
    },
    praise="three distances, none of them with a unit",
    hint="add three parts: d of the means, of the deviations, of the covariances",
    tolerance=1e-3,
)
