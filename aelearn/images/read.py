"""Files that are pictures: opened, recognised by their first bytes, and refused when too large or damaged."""

from __future__ import annotations

import io
import os

import numpy as np
from PIL import Image

from aelearn.images.check import ImageError, whole
from aelearn.images.decode import decode, decode_uint8

NOTE = "aelearn"  # the keyword of a note in a PNG
MAX_PIXELS = 50_000_000  # 150 MB as bytes, 600 MB as float32: what a laptop can hold

# Raster formats only: Pillow's EPS reader, for one, would start another program.
READABLE = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF")


def load_image(source, *, max_side: int | None = None, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Reads any common picture file as the array the rest of the course works on.

    Files differ in colour mode, bit depth, orientation and colour profile; the array does not. The picture
    is turned upright (EXIF), converted to sRGB when it carries another profile, laid on white where it is
    transparent, and only the first frame of an animation is kept. Metadata is left behind.

    Args:
        source: a path, the bytes of a file, or a file object opened in binary mode.
        max_side: longest side of the result in pixels; larger pictures are shrunk, none is enlarged.
        max_pixels: width times height above which a file is refused before it is decoded.

    Returns:
        float32 array (height, width, 3) in [0, 1].

    Raises:
        ImageError: the file is missing, empty, damaged, too large, or no picture.

    Example:
        >>> from aelearn.images import encode_png
        >>> png = encode_png(np.ones((40, 60, 3), "float32"))
        >>> load_image(png, max_side=30).shape
        (20, 30, 3)
    """
    return _load(decode, source, max_side, max_pixels)


def load_uint8(source, *, max_side: int | None = None, max_pixels: int = 4 * MAX_PIXELS) -> np.ndarray:
    """Reads a picture as `load_image` does, but as bytes: a quarter of the memory, for pictures that are very large.

    Args:
        source: as for `load_image`.
        max_side: longest side of the result in pixels; a larger picture is shrunk in bytes.
        max_pixels: width times height above which a file is refused before it is decoded.

    Returns:
        uint8 array (height, width, 3), sRGB and upright.

    Raises:
        ImageError: as `load_image`.

    Example:
        >>> from aelearn.images import encode_png
        >>> load_uint8(encode_png(np.ones((4, 6, 3), "float32")))[0, 0].tolist()
        [255, 255, 255]
    """
    return _load(decode_uint8, source, max_side, max_pixels)


def _load(decoder, source, max_side, max_pixels):
    max_pixels = whole("max_pixels", max_pixels)
    max_side = None if max_side is None else whole("max_side", max_side)
    stream, name = _open_source(source)
    with stream:
        picture = _identify(stream, name)
        _check_pixels(picture, name, max_pixels)
        try:
            return decoder(picture, name, max_side)
        except ImageError:
            raise
        except Exception as error:  # every decoder has its own way to fail on a damaged file
            raise _unreadable(name, error) from error


def load_note(source):
    """Reads the note that `save_image` left in a PNG.

    Args:
        source: as for `load_image`.

    Returns:
        str; None if the picture holds no note.

    Raises:
        ImageError: the file is missing, empty, damaged, or no picture.

    Example:
        >>> from aelearn.images import encode_png
        >>> load_note(encode_png(np.zeros((2, 2, 3)))) is None
        True
    """
    stream, name = _open_source(source)
    with stream:
        picture = _identify(stream, name)
        try:
            return getattr(picture, "text", {}).get(NOTE)  # reading it reads the file to its end
        except Exception as error:
            raise _unreadable(name, error) from error


def _open_source(source):
    """A binary stream at its beginning, and how to call it in error messages."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return io.BytesIO(source), "source"
    if hasattr(source, "read"):
        return _open_file_object(source)
    try:
        path = os.fspath(source)
    except TypeError:
        raise ImageError(
            f"source must be a path, bytes or a binary file object; received {type(source).__name__}"
        ) from None
    try:
        if os.path.isdir(path):
            raise ImageError(f"{path}: a folder, not a picture; name one file in it")
        if os.path.exists(path) and not os.path.isfile(path):  # a pipe would wait for ever
            raise ImageError(f"{path}: not a regular file; copy the picture to one")
        return open(path, "rb"), path
    except FileNotFoundError:
        hint = "download it first" if "://" in path else "check the name and the folder"
        raise ImageError(f"{path!r}: no such file (looked for {os.path.abspath(path)}); {hint}") from None
    except (OSError, ValueError) as error:
        if isinstance(error, ImageError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise ImageError(f"{path!r}: cannot be opened ({reason}); check its name and permissions") from error


def _open_file_object(source):
    try:
        content = source.read()
    except (OSError, ValueError) as error:
        raise ImageError(f"source cannot be read ({error}); pass a file that is open for reading") from error
    if not isinstance(content, bytes):
        raise ImageError('source must be opened in binary mode; received text; use open(path, "rb")')
    return io.BytesIO(content), str(getattr(source, "name", "source"))


def _identify(stream, name):
    """The lazily opened Pillow image: header read, pixels not yet.

    The readers are called directly, because `Image.open` refuses or warns by a limit of its own before
    anyone can ask for the size, and that limit is a global of the whole process.
    """
    Image.init()
    start, problem = stream.read(16), None
    if not start:
        raise ImageError(f"{name}: empty, there is no picture in it (a file object may need seek(0) first)")
    for reader, accepts in filter(None, map(Image.OPEN.get, READABLE)):
        if accepts and not accepts(start):
            continue
        stream.seek(0)
        try:
            return reader(stream, "")  # no name, so that Pillow opens nothing by itself
        except Exception as error:  # it begins like this format; another may still know it
            problem = error
    if problem:
        raise _unreadable(name, problem) from problem
    raise ImageError(
        f"{name}: not a picture that can be read, whatever its name says (it begins with {start[:8]!r}); "
        f"export it as one of {', '.join(READABLE)}"
    )


def _unreadable(name, error):
    if isinstance(error, (MemoryError, Image.DecompressionBombError)):
        return ImageError(f"{name}: too large for this machine to decode ({error}); shrink the picture")
    return ImageError(f"{name}: damaged, incomplete or of a rare kind ({error}); fetch or export it again")


def _check_pixels(picture, name, max_pixels):
    pixels = picture.width * picture.height
    if pixels > max_pixels:
        raise ImageError(
            f"{name}: {picture.width} x {picture.height} is {pixels:,} pixels, the limit {max_pixels:,}; "
            f"shrink the picture, or pass max_pixels={pixels} if there is memory for it"
        )
