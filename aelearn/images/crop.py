"""A part of a picture at another size, from bytes to bytes: what training reads by the thousand."""

from __future__ import annotations

import numpy as np
from PIL import Image


def resized_crop(image, box, size):
    """Cut a square out of a picture and shrink or enlarge it.

    Args:
        image: uint8 array (height, width, 3).
        box: (top, left, side) in pixels, inside the picture.
        size: side of the result in pixels.

    Returns:
        uint8 array (size, size, 3).

    Example:
        >>> resized_crop(np.zeros((40, 60, 3), np.uint8), (4, 10, 32), 16).shape
        (16, 16, 3)
    """
    top, left, side = box
    part = Image.fromarray(np.ascontiguousarray(image[top : top + side, left : left + side]))
    if side == size:
        return np.asarray(part)
    return np.asarray(part.resize((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0))
