"""Judges of lesson 07: shapes of a pyramid, moments, AdaIN, and the walk from coarse to fine."""

from functools import cache

import numpy as np

from aelearn import transforms
from aelearn.checks.verdict import NOT_YET, Exercise, Verdict


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


def coarse_to_fine(answer):
    """Judge `paint(stylizer, photo, style)`: encode, move and decode at every level, the deepest first.

    Args:
        answer: the reader's function; `style` is a `Style`, the result a picture `(height, width, 3)`.

    Returns:
        `Verdict`.

    Example:
        >>> coarse_to_fine(None)
        ○ not tried yet: write paint first
    """
    verdict = _paint_exercise().judge(answer)
    if verdict.outcome == NOT_YET and "expected" in verdict.reason:
        return Verdict(NOT_YET, f"{verdict.reason}; walk the levels {_LEVELS}, each on the picture of the one before")
    return verdict


_CODE_SHAPE = Exercise(
    name="code_shape",
    truth=lambda h, w, level, widths: (h // 2 ** (level - 1), w // 2 ** (level - 1), widths[level - 1]),
    cases=[(256, 384, 3, (16, 32, 64, 128)), (64, 128, 1, (5, 6, 7)), (64, 128, 2, (5, 6, 7))],
    mistakes={
        "rows and columns do not shrink: every level after the first halves them":
            lambda h, w, level, widths: (h, w, widths[level - 1]),
        "level 1 is as large as the picture: halve level - 1 times, not level times":
            lambda h, w, level, widths: (h // 2**level, w // 2**level, widths[level - 1]),
        "halving again and again divides by 2, 4, 8 …: 2 ** (level - 1), not 2 * (level - 1)":
            lambda h, w, level, widths: (h // max(1, 2 * (level - 1)), w // max(1, 2 * (level - 1)), widths[level - 1]),
        "channels come last in this course: (rows, columns, channels)":
            lambda h, w, level, widths: (widths[level - 1], h // 2 ** (level - 1), w // 2 ** (level - 1)),
        "width and height are swapped: rows come first":
            lambda h, w, level, widths: (w // 2 ** (level - 1), h // 2 ** (level - 1), widths[level - 1]),
    },
    praise="rows and columns halve, channels grow",
)


def _points(code):
    return code.reshape(-1, code.shape[-1])  # (positions, channels)


def _covariance(code, divisor=0):
    points = _points(code) - _points(code).mean(axis=0)
    return points.T @ points / (len(points) - divisor)


_random = np.random.default_rng(7)
_CODES = [_random.normal(2.0, 3.0, (4, 5, 3)) @ _random.normal(size=(3, 3)) for _ in range(4)]

_MOMENTS = Exercise(
    name="moments",
    truth=lambda code: (_points(code).mean(axis=0), _covariance(code)),
    cases=[(code,) for code in _CODES[:2]],
    mistakes={
        "you divided by n - 1; divide by n, the number of positions":
            lambda code: (_points(code).mean(axis=0), _covariance(code, divisor=1)),
        "your covariance is exactly n times too large: divide by the number of positions":
            lambda code: (_points(code).mean(axis=0), _covariance(code) * len(_points(code))),
        "the mean was not subtracted before the products were taken":
            lambda code: (_points(code).mean(axis=0), _points(code).T @ _points(code) / len(_points(code))),
        "you returned the variances alone; the covariance also says which channels move together":
            lambda code: (_points(code).mean(axis=0), _points(code).var(axis=0)),
        "off the diagonal your covariance is zero; channels move together, see how":
            lambda code: (_points(code).mean(axis=0), np.diag(_points(code).var(axis=0))),
        "you returned the sum, not the mean: divide by the number of positions":
            lambda code: (_points(code).sum(axis=0), _covariance(code)),
        "positions and channels are swapped: with points of shape (n, channels) it is points.T @ points":
            lambda code: (_points(code).mean(axis=0), (_points(code) - _points(code).mean(axis=0))
                          @ (_points(code) - _points(code).mean(axis=0)).T / len(_points(code))),
    },
    praise="your moments and transforms.moments agree",
)


def _stats(code):
    return code.mean((0, 1)), code.std((0, 1))


def _right_adain(content, style):
    (mean_c, std_c), (mean_s, std_s) = _stats(content), _stats(style)
    return std_s * (content - mean_c) / std_c + mean_s


def _with_variances(content, style):
    (mean_c, std_c), (mean_s, std_s) = _stats(content), _stats(style)
    return std_s**2 * (content - mean_c) / std_c**2 + mean_s


def _without_style_mean(content, style):
    return _right_adain(content, style) - style.mean((0, 1))


def _without_centring(content, style):
    (_, std_c), (mean_s, std_s) = _stats(content), _stats(style)
    return std_s * content / std_c + mean_s


def _upside_down(content, style):
    (mean_c, std_c), (mean_s, std_s) = _stats(content), _stats(style)
    return std_c * (content - mean_c) / std_s + mean_s


def _one_number_for_all(content, style):
    return style.std() * (content - content.mean()) / content.std() + style.mean()


_ADAIN = Exercise(
    name="adain",
    truth=_right_adain,
    cases=[(_CODES[0], _CODES[1]), (_CODES[2], _CODES[3])],
    mistakes={
        "the content came back as it was": lambda content, style: content,
        "content and style are swapped: the content is what moves": lambda c, s: _right_adain(s, c),
        "you scaled by variances; deviations are their square roots": _with_variances,
        "the style's mean was not added at the end": _without_style_mean,
        "the content's mean was not subtracted before scaling": _without_centring,
        "the scale is upside down: style over content": _upside_down,
        "you took one mean over everything; take one per channel, over rows and columns": _one_number_for_all,
    },
    praise="one mean and one deviation per channel, moved",
    tolerance=1e-3,  # room for a small epsilon under the square root
)

_LEVELS = "num_levels, …, 2, 1"


@cache
def _paint_exercise():
    # A real stylizer with random weights: small, and every mistake shows.
    from aelearn.autoencoders import PyramidConfig, build_pyramid
    from aelearn.stylize import Stylizer

    stylizer = Stylizer(build_pyramid(PyramidConfig((4, 6, 8)), seed=3))
    random = np.random.default_rng(3)
    photo, painting = random.random((2, 16, 24, 3), dtype=np.float32)
    return Exercise(
        name="paint",
        truth=lambda stylizer, photo, style: _walk(stylizer, photo, style, (3, 2, 1)),
        cases=[(_Shared(stylizer), photo, stylizer.style(painting))],
        mistakes={
            "the code was not moved: encode and decode alone return the reconstruction":
                lambda stylizer, photo, style: stylizer.reconstruct(photo),
            "you went from fine to coarse: begin with the deepest level":
                lambda stylizer, photo, style: _walk(stylizer, photo, style, (1, 2, 3)),
            "every level began again from the photo: pass on the picture of the level before":
                lambda stylizer, photo, style: _walk(stylizer, photo, style, (1,)),
            "level 1 is missing: range stops before its end":
                lambda stylizer, photo, style: _walk(stylizer, photo, style, (3, 2)),
            "only the deepest level was painted":
                lambda stylizer, photo, style: _walk(stylizer, photo, style, (3,)),
        },
        praise="coarse to fine, each level on the picture of the one before",
        tolerance=1e-3,
    )


def _walk(stylizer, picture, style, levels):
    for level in levels:
        code = stylizer.encode(picture, level)
        move = transforms.optimal_transport(transforms.moments(code), style.moments[level - 1])
        picture = stylizer.decode(move(code), level)
    return picture


class _Shared:
    # A stylizer that deepcopy hands on as it is: a model is not data.
    def __init__(self, stylizer):
        self._stylizer = stylizer

    def __getattr__(self, name):
        return getattr(self._stylizer, name)

    def __deepcopy__(self, memo):
        return self
