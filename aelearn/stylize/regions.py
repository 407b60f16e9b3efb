"""One photo, several styles, each where its mask says: the statistics are those of a region, and so is the map."""

import numpy as np

from aelearn import transforms
from aelearn.stylize.canvas import as_picture
from aelearn.stylize.masks import check_masks

LEAST = 1e-3  # of a position: what belongs less than this to a region does not belong to it


class RegionCanvas:
    """A photo with a style for every region; made by `Stylizer.regions`, painted as often as you like.

    At every level the moments of each region are moved to those of its style. Where regions overlap, or a mask is gray,
    what their maps add is mixed; where no mask is, nothing is moved. One region that is everywhere is the ordinary
    canvas. Reference: Gatys et al. 2017, "Controlling perceptual factors in neural style transfer", section 4, for
    statistics by region.

    Example:
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer, left = Stylizer(build_pyramid(PyramidConfig((4, 8)))), np.zeros((16, 24))
        >>> left[:, :12] = 1
        >>> canvas = stylizer.regions(np.zeros((16, 24, 3)), [np.ones((16, 16, 3))], [left])
        >>> canvas.paint(alphas=[0.5]).shape
        (16, 24, 3)
    """

    def __init__(self, stylizer, photo, styles, masks):
        self.stylizer, self.photo, self.styles = stylizer, photo, styles
        self.masks = check_masks(masks, len(styles), photo.shape[:2])  # (regions, height, width)
        padded = stylizer.pad(photo)
        self._start = stylizer.walk.start(padded)
        self._padded = pad_masks(self.masks, padded.shape[:2])

    def paint(self, *, alphas=None, method="optimal_transport"):
        """Move every region of the code towards its style and decode, level by level.

        Args:
            alphas: list of floats from 0 to 1, the strength of each region's style; all 1 if None.
            method: a key of `transforms.METHODS`.

        Returns:
            Array `(height, width, 3)`, float32 in [0, 1].

        Raises:
            ValueError: if an argument is out of range.
        """
        transforms.check_method(method)
        alphas = self._check_alphas(alphas)
        state, walk, first = self._start, self.stylizer.walk, True
        for level, strength in walk.plan(self.stylizer.default_level_alpha()):
            code = walk.enter(state, level, first=first)
            strengths = [strength * walk.even(alpha) for alpha in alphas]
            changes, shares = self._changes(code, level, strengths, method)
            if not any(strengths):
                state = walk.leave(code, level)
            elif len(changes) == 1 and shares.min() == 1:  # as a canvas does, to the last bit
                state = walk.leave(code, level, change=changes[0])
            else:
                state = walk.leave_regions(code, level, changes, shares)
            first = False
        return as_picture(state, self.photo.shape)

    def _changes(self, code, level, strengths, method):
        width = code.shape[-1]
        shares = shares_of(self._padded, code.shape[1:3])
        changes = []
        for share, style, strength in zip(shares, self.styles, strengths):
            if share.max() < LEAST:  # thinner than a position of this level: nothing to move here
                changes.append([np.zeros(width), np.zeros((width, width)), np.zeros(width)])
                continue
            own = part_moments(self.stylizer, code, share)
            changes.append(transforms.METHODS[method](own, style.moments[level - 1]).change(strength))
        return changes, shares

    def _check_alphas(self, alphas):
        values = [1.0] * len(self.styles) if alphas is None else alphas
        if not isinstance(values, (list, tuple)) or len(values) != len(self.styles):
            wanted = f"a list of {len(self.styles)} numbers, one per region"
            raise ValueError(f"alphas must be {wanted}; received {alphas!r}")
        return [transforms.check_alpha(value, f"alphas[{number}]") for number, value in enumerate(values)]


def pad_masks(masks, shape):
    """Masks mirrored over their bottom and right edges, as `Stylizer.pad` mirrors the picture.

    Args:
        masks: array `(regions, height, width)`.
        shape: `(height, width)` of the padded picture.

    Returns:
        Array `(regions, *shape)`.
    """
    beyond = [(0, large - small) for large, small in zip(shape, masks.shape[1:])]
    return np.pad(masks, [(0, 0), *beyond], mode="symmetric")


def shares_of(masks, size):
    """Masks at the size of a code: how much of each position's square of pixels they cover.

    Args:
        masks: array `(regions, height, width)`, padded.
        size: `(rows, columns)` of the code.

    Returns:
        Array `(regions, rows, columns)`.
    """
    down, across = (full // small for full, small in zip(masks.shape[1:], size))
    return masks.reshape(-1, size[0], down, size[1], across).mean(axis=(2, 4))


def part_moments(stylizer, code, share):
    """The moments of a part of a code, as the model's maps take them; those of the whole code if the part is all of it.

    Args:
        stylizer: `Stylizer`.
        code: tensor `(1, rows, columns, channels)`.
        share: array `(rows, columns)`, how much of each position belongs to the part; what is under `LEAST` counts
            only if all is.

    Returns:
        `transforms.Moments`.
    """
    if share.min() == 1:
        return stylizer.moments(code)
    return stylizer.steadied(transforms.region_moments(np.asarray(code)[0], share * (share >= min(LEAST, share.max()))))
