"""Pictures of another size: resampled to fit, or mirrored at the edges."""

from __future__ import annotations

import numpy as np
from PIL import Image

from aelearn.images.check import ImageError, check_image, whole


def resize_image(image, *, max_side: int | None = None, size: tuple[int, int] | None = None) -> np.ndarray:
    """Resamples a picture with a Lanczos window, in floating point, so that nothing is rounded to bytes.

    Args:
        image: (height, width, 3) in [0, 1], or whatever `check_image` accepts.
        max_side: longest side of the result in pixels, proportions kept; smaller pictures stay as they are.
        size: exact (height, width) of the result instead, larger or smaller.

    Returns:
        float32 array (new height, new width, 3) in [0, 1]; no side is ever shorter than one pixel.

    Raises:
        ImageError: as `check_image`, or not exactly one of max_side and size is given.

    Example:
        >>> resize_image(np.zeros((30, 90, 3)), max_side=45).shape
        (15, 45, 3)
        >>> resize_image(np.zeros((30, 90, 3)), size=(20, 20)).shape
        (20, 20, 3)
    """
    image = check_image(image)
    return resample(image, *_target(image.shape[:2], max_side, size))


def pad_to_multiple(image, multiple: int, *, at_least: int = 1) -> np.ndarray:
    """Mirrors a picture over its bottom and right edges until both sides suit a network that halves them.

    Args:
        image: (height, width, 3) in [0, 1], or whatever `check_image` accepts.
        multiple: both sides of the result are multiples of this many pixels.
        at_least: and no shorter than this many pixels.

    Returns:
        float32 array (padded height, padded width, 3); `padded[:height, :width]` is the picture again.

    Raises:
        ImageError: as `check_image`, or multiple or at_least is not a whole number of at least 1.

    Example:
        >>> pad_to_multiple(np.zeros((30, 33, 3)), 16).shape
        (32, 48, 3)
    """
    multiple, at_least = whole("multiple", multiple), whole("at_least", at_least)
    image = check_image(image)
    beyond = [(0, _missing(side, multiple, at_least)) for side in image.shape[:2]]
    return np.pad(image, [*beyond, (0, 0)], mode="symmetric")


def mirrored(side: int, multiple: int, *, at_least: int = 1) -> np.ndarray:
    """Which row of a picture every row of `pad_to_multiple` repeats; the same for columns.

    With it a part of a padded picture can be had without the whole.

    Args:
        side: how many rows the picture has.
        multiple: as for `pad_to_multiple`.
        at_least: likewise.

    Returns:
        int array (padded rows,).

    Example:
        >>> mirrored(5, 4).tolist()
        [0, 1, 2, 3, 4, 4, 3, 2]
    """
    return np.pad(np.arange(side), (0, _missing(side, multiple, at_least)), mode="symmetric")


def _missing(side, multiple, at_least):
    """How many pixels a side lacks to be a multiple, and long enough."""
    return -(-max(side, at_least) // multiple) * multiple - side


def _target(shape, max_side, size):
    """(height, width) that `resize_image` is asked for."""
    if (max_side is None) == (size is None):
        raise ImageError(f"give one of max_side and size; received max_side={max_side!r}, size={size!r}")
    if max_side is not None:
        return fit(shape, whole("max_side", max_side))
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise ImageError(f"size must be (height, width); received {size!r}")
    return tuple(whole("each side of size", side) for side in size)


def resample(image, height, width):
    """A checked picture at height x width, through a Lanczos window; itself when it has that size already."""
    if (height, width) == image.shape[:2]:
        return image
    channels = [
        # The gap of 3 averages most of a large shrink with a box first: quicker, and no difference to see.
        Image.fromarray(channel).resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        for channel in np.ascontiguousarray(np.moveaxis(image, 2, 0))
    ]
    return np.clip(np.stack(channels, axis=2), 0, 1)  # the window's negative lobes overshoot at edges


def fit(shape, max_side):
    """The largest shape of the same proportions within max_side, never larger than `shape` itself."""
    scale = min(1.0, max_side / max(shape))
    return tuple(max(1, round(side * scale)) for side in shape)
