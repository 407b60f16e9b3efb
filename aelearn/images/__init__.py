"""Pictures in and out of files. Everything that can be wrong with a picture is found out here.

Past this module a picture is a float32 array in [0, 1] of shape (height, width, 3), in sRGB and upright,
so no other module needs to know what a palette, an alpha channel or an EXIF tag is. It is also the only
module that imports Pillow.
"""

from aelearn.images.check import TOLERANCE, ImageError, check_image, to_uint8
from aelearn.images.crop import resized_crop
from aelearn.images.read import MAX_PIXELS, READABLE, load_image, load_note, load_uint8
from aelearn.images.resize import mirrored, pad_to_multiple, resize_image
from aelearn.images.write import LONGEST_SIDE, WRITABLE, encode_jpeg, encode_png, save_image

__all__ = [
    "LONGEST_SIDE",
    "MAX_PIXELS",
    "READABLE",
    "TOLERANCE",
    "WRITABLE",
    "ImageError",
    "check_image",
    "encode_jpeg",
    "encode_png",
    "load_image",
    "load_note",
    "load_uint8",
    "mirrored",
    "pad_to_multiple",
    "resize_image",
    "resized_crop",
    "save_image",
    "to_uint8",
]
