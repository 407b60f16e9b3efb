"""Judge of lesson 07's last exercise: the walk from coarse to fine."""

from functools import cache

import numpy as np

from aelearn import transforms
from aelearn.checks.verdict import Exercise


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
    return _exercise().judge(answer)


@cache
def _exercise():
    # A real stylizer with random weights: small, and every mistake shows.
    from aelearn.autoencoders import PyramidConfig, build_pyramid
    from aelearn.stylize import Stylizer

    stylizer = Stylizer(build_pyramid(PyramidConfig((4, 6, 8)), seed=3))
    random = np.random.default_rng(3)
    photo, painting = random.random((2, 16, 24, 3), dtype=np.float32)
    return Exercise(
        name="paint",
        truth=_walk(3, 2, 1),
        cases=[(stylizer, photo, stylizer.style(painting))],
        mistakes=_MISTAKES,
        praise="coarse to fine, each level on the picture of the one before",
        tolerance=1e-3,
        hint="walk the levels num_levels, …, 2, 1, each on the picture of the one before",
        shared=(stylizer,),
    )


def _walk(*levels, method="optimal_transport", swapped=False, offset=-1):
    def paint(stylizer, picture, style):
        for level in levels:
            code = stylizer.encode(picture, level)
            pair = transforms.moments(code), style.moments[level + offset]
            move = transforms.METHODS[method](*(reversed(pair) if swapped else pair))
            picture = stylizer.decode(move(code), level)
        return picture

    return paint


_MISTAKES = {
    "the photo came back as it was": lambda stylizer, photo, style: photo,
    "the code was not moved: encode and decode alone return the reconstruction":
        lambda stylizer, photo, style: stylizer.reconstruct(photo),
    "you went from fine to coarse: begin with the deepest level": _walk(1, 2, 3),
    "every level began again from the photo: pass on the picture of the level before": _walk(1),
    "level 1 is missing: range stops before its end": _walk(3, 2),
    "the deepest level is missing: begin with num_levels": (_walk(2, 1), _walk(1, 2)),
    "only the deepest level was painted: is the return inside the loop?": _walk(3),
    "levels count from 1 to num_levels, not from 0": (
        _walk(2, 1, 0),
        _walk(0, 1, 2),
        _walk(2, 1, 0, offset=0),
        _walk(0, 1, 2, offset=0),
    ),
    "style.moments counts from 0: level 1 has style.moments[0]": (_walk(3, 2, 1, offset=0), _walk(1, 2, 3, offset=0)),
    "content and style are swapped: the map goes from the content's moments to the style's":
        _walk(3, 2, 1, swapped=True),
    "that is the map of AdaIN; take transforms.optimal_transport": _walk(3, 2, 1, method="adain"),
    "that is whitening-colouring; take transforms.optimal_transport": _walk(3, 2, 1, method="whitening_coloring"),
    "that is the map of Cholesky; take transforms.optimal_transport": _walk(3, 2, 1, method="cholesky"),
    "calling the stylizer holds back at the deeper levels; write the loop, with every map applied in full":
        lambda stylizer, photo, style: stylizer(photo, style),
}
