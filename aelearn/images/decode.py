"""The pixels of a file whose header has been read: decoded no larger than needed, turned upright, an array."""

from __future__ import annotations

import numpy as np
from PIL import ExifTags, Image, ImageOps

from aelearn.images.check import check_image, to_uint8
from aelearn.images.color import flatten, gray_limits, scale_gray
from aelearn.images.resize import fit, resample

ROWS = 256  # of a picture that are turned into bytes at a time


def decode(picture, name, max_side):
    """Pixels as float32 (height, width, 3), no side longer than max_side."""
    image, target = _decode(picture, name, max_side)
    return resample(check_image(image if isinstance(image, np.ndarray) else np.asarray(image), name=name), *target)


def decode_uint8(picture, name, max_side):
    """The same as uint8, which never needs more than twice the memory of the result, and a third."""
    image, target = _decode(picture, name, max_side)
    if isinstance(image, np.ndarray):  # more than 8 bits
        return to_uint8(resample(check_image(image, name=name), *target))
    if image.size != target[::-1]:
        image = image.resize(target[::-1], Image.Resampling.LANCZOS, reducing_gap=3.0)
    return _strips(image)


def _decode(picture, name, max_side):
    """Gray of more than 8 bits as an array, all else as a Pillow image in sRGB, and the (height, width) to give it."""
    white = gray_limits(picture, name)
    picture, size = _load_upright(picture, max_side)
    target = size if max_side is None else fit(size, max_side)
    if white is not None:
        return scale_gray(picture, white, name), target[::-1]
    picture = flatten(picture, name)
    if max(picture.size) > 4 * max(target):
        picture = _halfway(picture, target)
    return picture, target[::-1]


def _strips(picture):
    """The bytes of an RGB image, strip by strip: all at once, Pillow would hold them two times more."""
    width, height = picture.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, ROWS):
        bottom = min(height, top + ROWS)
        pixels[top:bottom] = np.asarray(picture.crop((0, top, width, bottom)))
    return pixels


def _load_upright(picture, max_side):
    """The picture with its EXIF orientation applied, and the (width, height) that the whole file then has."""
    size, drafted = picture.size, None
    if max_side is not None:  # a JPEG can be decoded at 1/2, 1/4 or 1/8 for a fraction of the time
        drafted = picture.draft(None, tuple(3 * side for side in fit(size, max_side)))
    picture.load()
    if drafted and picture.size != size:  # its last row and column reach beyond the picture: the box does not
        picture = _halfway(picture, fit(size, max_side), box=drafted[1])
    try:
        turned = picture.getexif().get(ExifTags.Base.Orientation, 1) != 1
        upright = ImageOps.exif_transpose(picture) if turned else picture
    except Exception:  # a tag too damaged to read is ignored, as viewers do
        upright = picture
    return upright, size if upright.size == picture.size else size[::-1]


def _halfway(picture, target, box=None):
    """Twice the target, in bytes and with a short window: quick, and 600 MB of floats are never made."""
    return picture.resize([2 * side for side in target], Image.Resampling.HAMMING, box=box)
