"""One photo, several styles, each where its mask says: the statistics are those of a region, and so is the map."""

import numpy as np

from aelearn import transforms
from aelearn.stylize.canvas import as_picture

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
        padded = stylizer.pad(photo)
        self._start = stylizer.walk.start(padded)
        checked = check_masks(masks, len(styles), photo.shape[:2])
        beyond = [(0, large - small) for large, small in zip(padded.shape[:2], photo.shape[:2])]
        self._masks = np.pad(checked, [(0, 0), *beyond], mode="symmetric")  # mirrored as the photo is

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
            state, first = walk.leave_regions(code, level, changes, shares), False
        return as_picture(state, self.photo.shape)

    def _changes(self, code, level, strengths, method):
        features = np.asarray(code)[0]
        shares = self._shares(features.shape[:2])
        changes = []
        for share, style, strength in zip(shares, self.styles, strengths):
            if share.max() < LEAST:  # thinner than a position of this level: nothing to move here
                changes.append([np.zeros(shape) for shape in (features.shape[-1:], features.shape[-1:] * 2,
                                                              features.shape[-1:])])
                continue
            part = transforms.region_moments(features, share * (share >= LEAST))
            own = self.stylizer.steadied(part)
            changes.append(transforms.METHODS[method](own, style.moments[level - 1]).change(strength))
        return changes, shares

    def _shares(self, size):
        # Masks at the size of a code: how much of each position's square of pixels they cover.
        down, across = (full // small for full, small in zip(self._masks.shape[1:], size))
        return self._masks.reshape(-1, size[0], down, size[1], across).mean(axis=(2, 4))

    def _check_alphas(self, alphas):
        values = [1.0] * len(self.styles) if alphas is None else alphas
        if not isinstance(values, (list, tuple)) or len(values) != len(self.styles):
            wanted = f"a list of {len(self.styles)} numbers, one per region"
            raise ValueError(f"alphas must be {wanted}; received {alphas!r}")
        return [transforms.check_alpha(value, f"alphas[{number}]") for number, value in enumerate(values)]


def check_masks(masks, number, shape, *, names=None):
    """Masks as one array, of which no position has more than 1 in all.

    Args:
        masks: list of arrays `(height, width)`, bool, uint8 (255 is all) or float in [0, 1]; of the photo's size, or of
            its proportions, and then resized.
        number: int, how many there must be.
        shape: `(height, width)` of the photo.
        names: list of str, what an error calls the masks; None for "masks[0]" and so on.

    Returns:
        Array `(regions, height, width)`, float32 in [0, 1]; where masks overlap to more than 1 they are scaled to 1.

    Raises:
        ValueError: names the mask and what is wrong with it.

    Example:
        >>> half = np.array([[255, 0]], np.uint8)
        >>> check_masks([half, half], 2, (1, 2)).tolist()
        [[[0.5, 0.0]], [[0.5, 0.0]]]
    """
    if not isinstance(masks, (list, tuple, np.ndarray)) or len(masks) != number or not number:
        received = len(masks) if isinstance(masks, (list, tuple, np.ndarray)) else type(masks).__name__
        wanted = "a list of arrays (height, width), one per style"
        raise ValueError(f"masks must be {wanted}; received {received} for {number}")
    names = names or [f"masks[{place}]" for place in range(number)]
    checked = np.stack([_check_mask(mask, name, tuple(shape)) for mask, name in zip(masks, names)])
    return checked / np.maximum(checked.sum(axis=0), 1)


def _check_mask(mask, name, shape):
    mask = np.asarray(mask)
    if mask.ndim != 2 or not mask.size or not (mask.dtype.kind in "bf" or mask.dtype == np.uint8):
        raise ValueError(f"{name} must be an array (height, width) of bool, uint8 or float; "
                         f"received {mask.dtype} of shape {mask.shape}")
    values = mask.astype(np.float32) / (255 if mask.dtype == np.uint8 else 1)
    if not (values.min() >= 0 and values.max() <= 1):  # not so for NaN either
        raise ValueError(f"{name} must be in [0, 1]; received {values.min():.4g} to {values.max():.4g}")
    if not values.any():
        raise ValueError(f"{name} is empty: a region needs pixels to have statistics")
    return values if values.shape == shape else _resized(values, name, shape)


def _resized(values, name, shape):
    # Scale alone may differ: a side that would be off by more than a pixel and a half means another picture.
    scale = shape[0] / values.shape[0]
    if abs(values.shape[1] * scale - shape[1]) > 1.5 * max(1, scale):
        raise ValueError(f"{name} must have the proportions of the photo, {shape[0]} × {shape[1]}; "
                         f"received {values.shape[0]} × {values.shape[1]}")
    rows, columns = (np.minimum(((np.arange(new) + 0.5) * old / new).astype(int), old - 1)
                     for new, old in zip(shape, values.shape))
    return values[rows][:, columns]
