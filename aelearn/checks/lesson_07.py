"""Judges of lesson 07: the shape of a code, its moments, and AdaIN."""

import numpy as np

from aelearn.checks.verdict import Exercise


def code_shape(answer):
    """Judge `code_shape(height, width, level, widths)`: the shape of a pyramid autoencoder's code.

    Args:
        answer: the reader's function; returns `(rows, columns, channels)`.

    Returns:
        `Verdict`.

    Example:
        >>> code_shape(lambda height, width, level, widths: (height, width, widths[level - 1]))
        ✗ not yet, because rows and columns do not shrink: every level after the first halves them
    """
    return _CODE_SHAPE.judge(answer)


def moments(answer):
    """Judge `moments(code)`: mean and covariance over the positions of a code.

    Args:
        answer: the reader's function of an array `(rows, columns, channels)`; returns `(mean, covariance)`.

    Returns:
        `Verdict`.

    Example:
        >>> moments(lambda code: (code.mean((0, 1)), np.cov(code.reshape(-1, code.shape[-1]).T)))
        ✗ not yet, because you divided by n - 1; divide by n, the number of positions
    """
    return _MOMENTS.judge(answer)


def adain(answer):
    """Judge `adain(content, style)`: the content's code with the style's mean and deviation per channel.

    Args:
        answer: the reader's function of two codes `(rows, columns, channels)`; returns the first one, moved.

    Returns:
        `Verdict`.

    Example:
        >>> adain(lambda content, style: content)
        ✗ not yet, because the content came back as it was
    """
    return _ADAIN.judge(answer)


def _right_shape(height, width, level, widths):
    return height // 2 ** (level - 1), width // 2 ** (level - 1), widths[level - 1]


def _divided(divisor, channels=lambda level, widths: widths[level - 1]):
    """A wrong code_shape from how it divides, and from where it takes the channels."""
    return lambda h, w, level, widths: (h // divisor(level), w // divisor(level), channels(level, widths))


def _fractions(shapes):
    if any(isinstance(size, float) for shape in shapes for size in shape):
        return "sizes are whole numbers: // divides without a rest, / gives 64.0"


_CODE_SHAPE = Exercise(
    name="code_shape",
    truth=_right_shape,
    # The deepest level of one pyramid, where 8 is not 2 * 3; every level of another, whose widths do not double.
    cases=[(256, 384, 4, (16, 32, 64, 128)), *((64, 128, level, (5, 6, 7)) for level in (1, 2, 3))],
    mistakes={
        "rows and columns do not shrink: every level after the first halves them": _divided(lambda level: 1),
        "level 1 is as large as the picture: halve level - 1 times, not level times":
            _divided(lambda level: 2**level),
        "halving again and again divides by 1, 2, 4, 8 …: that is 2 ** (level - 1)": (
            _divided(lambda level: 2 * (level - 1)),
            _divided(lambda level: max(1, 2 * (level - 1))),
            _divided(lambda level: 2 * level),
            _divided(lambda level: level),
            _divided(lambda level: 2),
        ),
        "in Python ^ is no power: write 2 ** (level - 1)": (
            _divided(lambda level: 2 ^ (level - 1)),
            _divided(lambda level: 2 ^ level),
        ),
        "widths counts from 0: level 1 has widths[0], level 2 has widths[1]":
            _divided(lambda level: 2 ** (level - 1), lambda level, widths: widths[level]),
        "levels count from 1: level 1 is as large as the picture and has widths[0] channels":
            _divided(lambda level: 2**level, lambda level, widths: widths[level]),
        "channels need not double: look them up in widths":
            _divided(lambda level: 2 ** (level - 1), lambda level, widths: widths[0] * 2 ** (level - 1)),
        "every level has its own number of channels: widths[level - 1]": (
            _divided(lambda level: 2 ** (level - 1), lambda level, widths: widths[-1]),
            _divided(lambda level: 2 ** (level - 1), lambda level, widths: widths[0]),
            _divided(lambda level: 2 ** (level - 1), lambda level, widths: 3),
        ),
        "channels come last in this course: (rows, columns, channels)":
            lambda h, w, level, widths: (widths[level - 1], h // 2 ** (level - 1), w // 2 ** (level - 1)),
        "width and height are swapped: rows come first":
            lambda h, w, level, widths: _right_shape(w, h, level, widths),
        "leave out the 1 in front: this is the code of one picture, not of a batch":
            lambda h, w, level, widths: (1, *_right_shape(h, w, level, widths)),
    },
    praise="rows and columns halve, channels grow",
    objection=_fractions,
)


def _points(code):
    return code.reshape(-1, code.shape[-1])  # (positions, channels)


def _mean(code):
    return _points(code).mean(axis=0)


def _products(code, mean):
    # Sums over the positions of the products of two channels, each without its mean: (channels, channels).
    centred = _points(code) - mean
    return centred.T @ centred


def _right_moments(code):
    return _mean(code), _products(code, _mean(code)) / len(_points(code))


def _across(code, mean, divisor):
    # One number per pair of positions: what comes of swapping positions and channels.
    centred = _points(code) - mean
    return _mean(code), centred @ centred.T / divisor


def _of_points(points):
    # The moments of points that were cut wrongly out of a code.
    return points.mean(axis=0), np.cov(points, rowvar=False, bias=True)


def _position_means(code):
    return _points(code).mean(axis=1, keepdims=True)


_random = np.random.default_rng(7)
# Of several sizes, as the codes of photos and paintings are.
_CODES = [
    _random.normal(2.0, 3.0, (*size, 3)) @ _random.normal(size=(3, 3)) + _random.normal(2.0, 3.0, 3)
    for size in [(4, 5), (4, 5), (7, 3), (6, 2)]
]

_MOMENTS = Exercise(
    name="moments",
    truth=_right_moments,
    cases=[(_CODES[0],), (_CODES[3],)],
    # `...` stands for a part that does not matter, because the other one is already wrong.
    mistakes={
        "you divided by n - 1; divide by n, the number of positions":
            lambda code: (_mean(code), _products(code, _mean(code)) / (len(_points(code)) - 1)),
        "your covariance is exactly n times too large: divide by the number of positions":
            lambda code: (_mean(code), _products(code, _mean(code))),
        "you divided by the number of rows; divide by rows × columns, the number of positions":
            lambda code: (_mean(code), _products(code, _mean(code)) / len(code)),
        "you divided by the number of channels; divide by the number of positions":
            lambda code: (_mean(code), _products(code, _mean(code)) / code.shape[-1]),
        "you divided by the size of the array; divide by the number of positions, rows × columns":
            lambda code: (_mean(code), _products(code, _mean(code)) / code.size),
        "the mean was not subtracted before the products were taken": (
            lambda code: (_mean(code), _products(code, 0) / len(_points(code))),
            lambda code: (_mean(code), _products(code, 0)),
        ),
        "one mean was subtracted from all channels; every channel has its own":
            lambda code: (_mean(code), _products(code, code.mean()) / len(_points(code))),
        "the mean over the channels was subtracted; subtract the mean over the positions":
            lambda code: (_mean(code), _products(code, _position_means(code)) / len(_points(code))),
        "you returned the variances alone; the covariance also says which channels move together":
            lambda code: (_mean(code), _points(code).var(axis=0)),
        "you returned deviations; the second value is the covariance, (channels, channels)":
            lambda code: (_mean(code), _points(code).std(axis=0)),
        "off the diagonal your covariance is zero; channels move together, see how":
            lambda code: (_mean(code), np.diag(_points(code).var(axis=0))),
        "that is the correlation; a covariance is not divided by the deviations":
            lambda code: (_mean(code), np.corrcoef(_points(code), rowvar=False)),
        "you returned the sum, not the mean: divide by the number of positions":
            lambda code: (_points(code).sum(axis=0), ...),
        "your mean is one number; take one per channel: axis=0 of points (positions, channels)":
            lambda code: (code.mean(), ...),
        "your mean runs along one axis of the code; flatten rows and columns to positions first": (
            lambda code: (code.mean(axis=0), ...),
            lambda code: (code.mean(axis=1), ...),
        ),
        "your mean runs over the channels; take it over the positions, axis=0": (
            lambda code: (code.mean(axis=-1), ...),
            lambda code: (_points(code).mean(axis=1), ...),
        ),
        "positions and channels are swapped: with points of shape (n, channels) it is points.T @ points": (
            lambda code: _across(code, _mean(code), len(_points(code))),
            lambda code: _across(code, _mean(code), 1),
            lambda code: _across(code, _position_means(code), code.shape[-1] - 1),
            lambda code: _across(code, _position_means(code), code.shape[-1]),
        ),
        "the last axis holds the channels: code.reshape(-1, code.shape[-1]) has one row per position": (
            lambda code: _of_points(code.reshape(-1, code.shape[0])),
            lambda code: _of_points(code.reshape(-1, code.shape[1])),
        ),
        "reshape does not swap axes: code.reshape(channels, -1) mixes them; reshape to (-1, channels), then take .T":
            lambda code: _of_points(code.reshape(code.shape[-1], -1).T),
        "the mean comes first, then the covariance":
            lambda code: _right_moments(code)[::-1],
    },
    praise="your moments and transforms.moments agree",
)


def _stats(code, axis=(0, 1), ddof=0):
    return code.mean(axis, keepdims=True), code.std(axis, ddof=ddof, keepdims=True)


def _adain_over(axis, ddof=0):
    def function(content, style):
        (mean_c, std_c), (mean_s, std_s) = _stats(content, axis, ddof), _stats(style, axis, ddof)
        return std_s * (content - mean_c) / std_c + mean_s

    return function


_right_adain = _adain_over((0, 1))


def _from(formula):
    """A wrong AdaIN from its formula of the content, its mean and deviation, and the style's mean and deviation."""
    return lambda content, style: formula(content, *_stats(content), *_stats(style))


_ADAIN = Exercise(
    name="adain",
    truth=_right_adain,
    cases=[(_CODES[0], _CODES[1]), (_CODES[2], _CODES[3])],
    mistakes={
        "the content came back as it was": lambda content, style: content,
        "the style came back as it was: the content is what moves": lambda content, style: style,
        "content and style are swapped: the content is what moves": lambda c, s: _right_adain(s, c),
        "you scaled by variances; deviations are their square roots":
            _from(lambda c, mean_c, std_c, mean_s, std_s: std_s**2 * (c - mean_c) / std_c**2 + mean_s),
        "the style's mean was not added at the end":
            _from(lambda c, mean_c, std_c, mean_s, std_s: std_s * (c - mean_c) / std_c),
        "the content's mean was added at the end; add the style's":
            _from(lambda c, mean_c, std_c, mean_s, std_s: std_s * (c - mean_c) / std_c + mean_c),
        "the content's mean was not subtracted before scaling":
            _from(lambda c, mean_c, std_c, mean_s, std_s: std_s * c / std_c + mean_s),
        "the style's mean was subtracted; subtract the content's, add the style's":
            _from(lambda c, mean_c, std_c, mean_s, std_s: std_s * (c - mean_s) / std_c + mean_s),
        "the scale is upside down: style over content":
            _from(lambda c, mean_c, std_c, mean_s, std_s: std_c * (c - mean_c) / std_s + mean_s),
        "you normalised the content and stopped: multiply by the style's deviation, add its mean":
            _from(lambda c, mean_c, std_c, mean_s, std_s: (c - mean_c) / std_c),
        "the style's deviation is missing: multiply by it":
            _from(lambda c, mean_c, std_c, mean_s, std_s: (c - mean_c) / std_c + mean_s),
        "the content's deviation is missing: divide by it":
            _from(lambda c, mean_c, std_c, mean_s, std_s: std_s * (c - mean_c) + mean_s),
        "the means moved and the deviations did not: scale by style over content":
            _from(lambda c, mean_c, std_c, mean_s, std_s: c - mean_c + mean_s),
        "a parenthesis is missing: first subtract the mean, then scale":
            _from(lambda c, mean_c, std_c, mean_s, std_s: std_s * c - mean_c / std_c + mean_s),
        "your deviations divide by n - 1 (ddof=1); in this course they divide by n": _adain_over((0, 1), ddof=1),
        "you took one mean over everything; take one per channel, over rows and columns": _adain_over((0, 1, 2)),
        "your mean runs along one axis; take one per channel, over rows and columns: axis=(0, 1)":
            (_adain_over(0), _adain_over(1)),
        "your mean runs over the channels; take one per channel, over rows and columns: axis=(0, 1)": _adain_over(2),
        "the code was clipped: only pictures lie in [0, 1], a code may have any value":
            lambda content, style: _right_adain(content, style).clip(0, 1),
    },
    praise="one mean and one deviation per channel, moved",
    hint="one mean and one deviation per channel come from axis=(0, 1)",
    tolerance=1e-3,  # room for a small epsilon under the square root
)
