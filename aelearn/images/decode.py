"""The pixels of a file whose header has been read: decoded no larger than needed, turned upright, an array."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps

from aelearn.images.check import check_image
from aelearn.images.color import flatten, gray_limits, scale_gray
from aelearn.images.resize import fit, resample


def decode(picture, name, max_side):
    """Pixels as float32 (height, width, 3), no side longer than max_side."""
    white = gray_limits(picture, name)
    picture, size = _load_upright(picture, max_side)
    target = size if max_side is None else fit(size, max_side)
    if white is not None:
        image = scale_gray(picture, white, name)
    else:
        picture = flatten(picture, name)
        if max(picture.size) > 4 * max(target):
            picture = _halfway(picture, target)
        image = np.asarray(picture)
    return resample(check_image(image, name=name), *target[::-1])


def _load_upright(picture, max_side):
    """The picture with its EXIF orientation applied, and the (width, height) that the whole file then has."""
    size, drafted = picture.size, None
    if max_side is not None:  # a JPEG can be decoded at 1/2, 1/4 or 1/8 for a fraction of the time
        drafted = picture.draft(None, tuple(3 * side for side in fit(size, max_side)))
    picture.load()
    if drafted and picture.size != size:  # its last row and column reach beyond the picture: the box does not
        picture = _halfway(picture, fit(size, max_side), box=drafted[1])
    try:
        upright = ImageOps.exif_transpose(picture)
    except Exception:  # a tag too damaged to read is ignored, as viewers do
        upright = picture
    return upright, size if upright.size == picture.size else size[::-1]


def _halfway(picture, target, box=None):
    """Twice the target, in bytes and with a short window: quick, and 600 MB of floats are never made."""
    return picture.resize([2 * side for side in target], Image.Resampling.HAMMING, box=box)
