"""Judges of lesson 06: where a channel is strongest, the Gram matrix, and the covariance inside it."""

import numpy as np

from aelearn.checks.verdict import Exercise


def strongest(answer):
    """Judge `strongest(code, channel, num)`: the places at which a channel is largest.

    Args:
        answer: the reader's function of an array `(rows, columns, channels)` and two ints; returns `num` pairs
            `(row, column)`, the place of the largest value first.

    Returns:
        `Verdict`.

    Example:
        >>> strongest(lambda code, channel, num: np.argsort(-code[..., channel].ravel())[:num])
        ✗ not yet, because you have numbers of places in a flat list: np.unravel_index turns them into rows and columns
    """
    return _STRONGEST.judge(answer)


def gram(answer):
    """Judge `gram(code)`: the mean of f fᵀ over all positions of a code.

    Args:
        answer: the reader's function of an array `(rows, columns, channels)`; returns `(channels, channels)`.

    Returns:
        `Verdict`.

    Example:
        >>> gram(lambda code: np.cov(code.reshape(-1, code.shape[-1]).T, bias=True))
        ✗ not yet, because that is the covariance: a Gram matrix does not subtract the mean
    """
    return _GRAM.judge(answer)


def covariance_from_gram(answer):
    """Judge `covariance_from_gram(gram, mean)`: the covariance that is left when the mean is taken out.

    Args:
        answer: the reader's function of an array `(channels, channels)` and one `(channels,)`; returns
            `(channels, channels)`.

    Returns:
        `Verdict`.

    Example:
        >>> covariance_from_gram(lambda gram, mean: gram - mean @ mean)
        ✗ not yet, because mean @ mean is one number: μμᵀ is the matrix of all products, np.outer(mean, mean)
    """
    return _COVARIANCE.judge(answer)


def _places(values, num):
    # The places of the largest values of an array (rows, columns), the largest first.
    return np.stack(np.unravel_index(np.argsort(-values, axis=None)[:num], values.shape), axis=1)


def _right_strongest(code, channel, num):
    return _places(code[..., channel], num)


def _of(order, pairs=lambda index, shape: np.stack(np.unravel_index(index, shape), axis=1)):
    """A wrong answer from how it orders the values of the channel, and how it makes pairs of what it finds."""
    return lambda code, channel, num: pairs(order(code[..., channel].ravel(), num), code.shape[:2])


def _largest(values, num):
    return np.argsort(-values)[:num]


_random = np.random.default_rng(6)
# Of several sizes; values of both signs, the largest in size of either sign.
_CODES = [_random.normal(0.4, 2.0, (*size, 4)) @ _random.normal(size=(4, 4)) + 0.7 for size in [(6, 9), (8, 5), (5, 7)]]

_STRONGEST = Exercise(
    name="strongest",
    truth=_right_strongest,
    cases=[(_CODES[0], 1, 4), (_CODES[1], 3, 3), (_CODES[2], 0, 5)],
    mistakes={
        "you have numbers of places in a flat list: np.unravel_index turns them into rows and columns": (
            _of(_largest, lambda index, shape: index),
            lambda code, channel, num: np.argsort(code[..., channel].ravel())[-num:],
        ),
        "these are the places of the smallest values: np.argsort runs upwards": _of(lambda v, num: np.argsort(v)[:num]),
        "the right places, the wrong way round: the largest value comes first":
            _of(lambda v, num: np.argsort(v)[-num:]),
        "rows and columns are swapped: (row, column)":
            _of(_largest, lambda index, shape: np.stack(np.unravel_index(index, shape)[::-1], axis=1)),
        "all rows, then all columns: make pairs of them, np.stack((rows, columns), axis=1)":
            _of(_largest, lambda index, shape: np.stack(np.unravel_index(index, shape))),
        "divide by the number of columns, not of rows: a flat list runs along a row first":
            _of(_largest, lambda index, shape: np.stack(np.divmod(index, shape[0]), axis=1)),
        "these are the largest in size, of either sign: take the values as they are":
            _of(lambda v, num: np.argsort(-np.abs(v))[:num]),
        "these are values: return where they stand": (
            lambda code, channel, num: np.sort(code[..., channel].ravel())[::-1][:num],
            lambda code, channel, num: np.sort(code[..., channel].ravel())[-num:],
        ),
        "channels come last: code[..., channel] is one of them, code[channel] is a row":
            lambda code, channel, num: _places(code[channel], num),
        "channels come last: code[..., channel] is one of them, code[:, channel] is a column of positions":
            lambda code, channel, num: _places(code[:, channel], num),
        "you looked at all channels at once: look at code[..., channel]":
            lambda code, channel, num: _places(code.max(axis=-1), num),
        "this is one place too few": lambda code, channel, num: _right_strongest(code, channel, num - 1),
        "this is one place too many": lambda code, channel, num: _right_strongest(code, channel, num + 1),
        "these are all places: stop after num of them":
            lambda code, channel, num: _right_strongest(code, channel, code.shape[0] * code.shape[1]),
    },
    praise="the places where the channel speaks loudest",
    hint="np.argsort(-values) sorts downwards, and np.unravel_index(order, shape) gives rows and columns",
)


def _points(code):
    return code.reshape(-1, code.shape[-1])  # (positions, channels)


def _products(points, divisor):
    return points.T @ points / divisor


def _right_gram(code):
    return _products(_points(code), len(_points(code)))


def _over(divisor):
    """A wrong Gram matrix that divides by something else."""
    return lambda code: _products(_points(code), divisor(code))


def _unit(points):
    return points / np.linalg.norm(points, axis=0)


_GRAM = Exercise(
    name="gram",
    truth=_right_gram,
    cases=[(_CODES[0],), (_CODES[1],)],
    mistakes={
        "this is a sum: divide by n, the number of positions": _over(lambda code: 1),
        "you divided by the size of the array; divide by the number of positions, rows × columns":
            _over(lambda code: code.size),
        "you divided by the number of rows; divide by rows × columns": _over(lambda code: len(code)),
        "you divided by the number of channels; divide by the number of positions": _over(lambda code: code.shape[-1]),
        "you divided by n - 1; divide by n, the number of positions":
            _over(lambda code: code.size // code.shape[-1] - 1),
        "that is the scale of Gatys' loss, 4 C² n²: here a Gram matrix is a mean, divide by n": (
            _over(lambda code: 4.0 * code.size**2),
            _over(lambda code: float(code.size**2)),
            _over(lambda code: 2.0 * code.size),
        ),
        "that is the covariance: a Gram matrix does not subtract the mean": (
            lambda code: np.cov(_points(code), rowvar=False, bias=True),
            lambda code: np.cov(_points(code), rowvar=False),
        ),
        "you subtracted one mean from all channels; subtract none":
            lambda code: _products(_points(code) - code.mean(), len(_points(code))),
        "that is the correlation: take the products as they are": (
            lambda code: np.corrcoef(_points(code), rowvar=False),
            lambda code: _unit(_points(code)).T @ _unit(_points(code)),
        ),
        "one number per pair of positions: with points of shape (n, channels) it is points.T @ points": (
            lambda code: _points(code) @ _points(code).T / len(_points(code)),
            lambda code: _points(code) @ _points(code).T / code.shape[-1],
            lambda code: _points(code) @ _points(code).T,
        ),
        "you have the squares alone: off the diagonal stands how two channels go together": (
            lambda code: (_points(code) ** 2).mean(axis=0),
            lambda code: np.diag((_points(code) ** 2).mean(axis=0)),
        ),
        "that is μμᵀ, products of means; take the mean of the products": (
            lambda code: np.outer(_points(code).mean(axis=0), _points(code).mean(axis=0)),
        ),
        "reshape does not swap axes: code.reshape(channels, -1) mixes them; reshape to (-1, channels), then take .T":
            lambda code: _products(code.reshape(code.shape[-1], -1).T, len(_points(code))),
    },
    praise="one number for every pair of channels",
    hint="with points = code.reshape(-1, channels) it is points.T @ points / len(points)",
)


def _right_covariance(gram, mean):
    return gram - np.outer(mean, mean)


_COVARIANCE = Exercise(
    name="covariance_from_gram",
    truth=_right_covariance,
    cases=[(_right_gram(code), _points(code).mean(axis=0)) for code in _CODES[:2]],
    mistakes={
        "you added: the Gram matrix is the covariance plus μμᵀ, so subtract": lambda g, m: g + np.outer(m, m),
        "the sign is turned: Gram minus μμᵀ, for a variance is never negative": lambda g, m: np.outer(m, m) - g,
        "that is μμᵀ, what has to go: subtract it from the Gram matrix": lambda g, m: np.outer(m, m),
        "mean @ mean is one number: μμᵀ is the matrix of all products, np.outer(mean, mean)": (
            lambda g, m: g - m @ m,
            lambda g, m: g + m @ m,
        ),
        "mean ** 2 has one number per channel: μμᵀ is the matrix of all products, np.outer(mean, mean)": (
            lambda g, m: g - m**2,
            lambda g, m: g - m[:, None] ** 2,
        ),
        "you corrected the diagonal alone: the products of two different channels hold means as well":
            lambda g, m: g - np.diag(m**2),
        "you subtracted the mean itself: a Gram matrix holds products, so subtract products of means": (
            lambda g, m: g - m,
            lambda g, m: g - m[:, None],
        ),
        "you subtracted the mean from both sides; that is right for points, not for a matrix of products":
            lambda g, m: g - m - m[:, None],
        "the Gram matrix came back as it was: take the means out of it": lambda g, m: g,
        "you centred the matrix: what has to go is known, μμᵀ": (
            lambda g, m: g - g.mean(axis=0),
            lambda g, m: g - g.mean(),
            lambda g, m: np.cov(g, rowvar=False),
        ),
        "that is the correlation: stop before you divide by the deviations":
            lambda g, m: _right_covariance(g, m) / np.sqrt(np.outer(*2 * [np.diag(_right_covariance(g, m))])),
    },
    praise="a Gram matrix is a covariance that was never centred",
    hint="the covariance is the mean of f fᵀ minus μμᵀ, and μμᵀ is np.outer(mean, mean)",
)
