"""Pictures into files, completely or not at all, and into memory."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import zlib

from PIL import Image, PngImagePlugin

from aelearn.images.check import ImageError, to_uint8
from aelearn.images.read import NOTE

WRITABLE = {
    ".png": {"format": "PNG", "compress_level": 6},
    ".jpg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".jpeg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".webp": {"format": "WEBP", "quality": 95},
}
LONGEST_SIDE = {"JPEG": 65_535, "WEBP": 16_383}  # limits of the file formats themselves


def save_image(image, path, *, note: str | None = None) -> None:
    """Writes a picture as PNG, JPEG or WebP, completely or not at all.

    The file is written beside its destination and moved into place once it is safely on the disk, so a full
    disk or an interruption leaves what was there before. Nothing but pixels and the note is written: no place, date
    or camera. A link at `path` is replaced; what it points to is left alone.

    Args:
        image: (height, width, 3) in [0, 1], or whatever `check_image` accepts.
        path: destination; its suffix (.png, .jpg, .jpeg or .webp) chooses the format.
        note: text to keep in the file, which `load_note` reads again; only a PNG holds one, others go without.

    Raises:
        ImageError: the picture is unusable, the suffix unknown, or the file cannot be written.

    Example:
        >>> import os, tempfile
        >>> import numpy as np
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_image(np.zeros((2, 3, 3)), os.path.join(folder, "black.png"))
        ...     os.listdir(folder)
        ['black.png']
    """
    path = _destination(path)
    options = WRITABLE[os.path.splitext(path)[1].lower()]
    pixels = to_uint8(image)
    limit = LONGEST_SIDE.get(options["format"])
    if limit and max(pixels.shape) > limit:
        raise ImageError(
            f"{path}: {options['format']} allows at most {limit} pixels a side; "
            f"received {pixels.shape[1]} x {pixels.shape[0]}; save as .png or shrink the picture"
        )
    if note is not None and options["format"] == "PNG":
        options = options | {"pnginfo": PngImagePlugin.PngInfo()}
        options["pnginfo"].add_itxt(NOTE, note)
    picture = Image.fromarray(pixels)
    try:
        _replace_file(path, lambda file: picture.save(_Sink(file), **options))
    except OSError as error:
        raise ImageError(f"{path}: not written ({error.strerror or error}); {_advice(error)}") from error


def encode_png(image, *, compress_level: int = 1) -> bytes:
    """Encodes a picture as PNG in memory, fast enough to follow a slider (a few ms at 256 x 256).

    Args:
        image: (height, width, 3) in [0, 1], or whatever `check_image` accepts.
        compress_level: 0 (none) to 9 (smallest and slowest).

    Returns:
        the bytes of a PNG file.

    Raises:
        ImageError: as `check_image`, or compress_level out of range.

    Example:
        >>> import numpy as np
        >>> encode_png(np.zeros((2, 2, 3)))[1:4]
        b'PNG'
    """
    if compress_level not in range(10):
        raise ImageError(f"compress_level must be a whole number from 0 to 9; received {compress_level!r}")
    buffer = io.BytesIO()
    # Run-length coding: on photographs 1.5 times as fast as zlib's default, and no larger.
    picture = Image.fromarray(to_uint8(image))
    picture.save(buffer, "PNG", compress_level=int(compress_level), compress_type=zlib.Z_RLE)
    return buffer.getvalue()


def encode_jpeg(image, *, quality: int = 90) -> bytes:
    """Encodes a picture as JPEG in memory: a fifth of a PNG, for pictures that are looked at and not kept.

    Args:
        image: (height, width, 3) in [0, 1], or whatever `check_image` accepts.
        quality: 1 to 95; at 90 the eye sees no difference at reading distance.

    Returns:
        the bytes of a JPEG file.

    Raises:
        ImageError: as `check_image`, or quality out of range.

    Example:
        >>> import numpy as np
        >>> encode_jpeg(np.zeros((2, 2, 3)))[6:10]
        b'JFIF'
    """
    if quality not in range(1, 96):
        raise ImageError(f"quality must be a whole number from 1 to 95; received {quality!r}")
    buffer = io.BytesIO()
    Image.fromarray(to_uint8(image)).save(buffer, "JPEG", quality=int(quality), subsampling=0)
    return buffer.getvalue()


def _destination(path):
    """`path` as text, once it is clear that a picture may be put there."""
    try:
        path = os.fsdecode(path)
    except TypeError:
        raise ImageError(f"path must be a path; received {type(path).__name__}") from None
    suffix, folder = os.path.splitext(path)[1].lower(), os.path.dirname(path) or os.curdir
    if "\0" in path:
        raise ImageError(f"path must not hold a null character; received {path!r}")
    if os.path.isdir(path):
        raise ImageError(f"{path}: a folder; add a file name such as {os.path.join(path, 'picture.png')}")
    if suffix not in WRITABLE:
        raise ImageError(f"{path!r}: suffix {suffix!r} is not supported; use one of {', '.join(WRITABLE)}")
    if not os.path.isdir(folder):
        what = "is not a folder" if os.path.exists(folder) else "does not exist; create it first"
        raise ImageError(f"{path}: its folder {folder} {what}")
    if os.path.exists(path) and not os.path.islink(path):
        _check_replaceable(path)
    return path


def _check_replaceable(path):
    if not os.path.isfile(path):
        raise ImageError(f"{path}: not a regular file; choose another name")
    # Moving a file over this one would succeed all the same: the folder's permissions decide that.
    if not os.stat(path).st_mode & 0o222 or not os.access(path, os.W_OK):
        raise ImageError(f"{path}: write-protected; choose another name or allow writing")


class _Sink:
    """A file that takes bytes and nothing else: given more, Pillow writes by itself and drops the system's reasons."""

    def __init__(self, file):
        self.write, self.flush = file.write, file.flush


def _replace_file(path, write):
    """Puts what `write` writes into a file at `path` in one step, with the permissions of an ordinary file."""
    temporary = os.path.join(os.path.dirname(path), f".aelearn-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:  # "x" neither overwrites nor follows a link
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if os.path.isfile(path) and not os.path.islink(path):
            os.chmod(temporary, os.stat(path).st_mode & 0o777)
        os.replace(temporary, path)
    except BaseException:  # an interruption cleans up as well
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _advice(error):
    if error.errno in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", None)):
        return "free some space or save elsewhere; what was there before is unchanged"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "the folder does not allow writing; save elsewhere"
    return "what was there before is unchanged; save elsewhere"
