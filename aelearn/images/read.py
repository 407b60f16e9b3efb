"""Pictures in and out of files. Everything that can be wrong with a picture is found out here.

Past this module a picture is a float32 array in [0, 1] of shape (height, width, 3), in sRGB and upright,
so no other module needs to know what a palette, an alpha channel or an EXIF tag is. It is also the only
module that imports Pillow.
"""

from __future__ import annotations

import contextlib
import errno
import io
import operator
import os
import secrets
import warnings
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps

MAX_PIXELS = 50_000_000  # 150 MB as bytes, 600 MB as float32: what a laptop can hold

# Raster formats only: Pillow's EPS reader, for one, would start another program.
READABLE = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF")
WRITABLE = {
    ".png": {"format": "PNG", "compress_level": 6},
    ".jpg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".jpeg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".webp": {"format": "WEBP", "quality": 95},
}
LONGEST_SIDE = {"JPEG": 65_535, "WEBP": 16_383}  # limits of the file formats themselves
TOLERANCE = 1e-3  # rounding may push a value this far outside [0, 1]


class ImageError(ValueError):
    """A picture, or a file meant to be one, cannot be used; the message says which, why, and what to do.

    Example:
        >>> try:
        ...     load_image(b"not a picture")
        ... except ImageError as error:
        ...     print(str(error).split(":")[0])
        source
    """


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
        >>> png = encode_png(np.ones((40, 60, 3), "float32"))
        >>> load_image(png, max_side=30).shape
        (20, 30, 3)
    """
    max_pixels = _whole("max_pixels", max_pixels)
    max_side = None if max_side is None else _whole("max_side", max_side)
    stream, name = _open_source(source)
    with stream:
        picture = _identify(stream, name)
        _check_pixels(picture, name, max_pixels)
        try:
            return _decode(picture, name, max_side)
        except ImageError:
            raise
        except Exception as error:  # every decoder has its own way to fail on a damaged file
            raise _unreadable(name, error) from error


def save_image(image, path) -> None:
    """Writes a picture as PNG, JPEG or WebP, completely or not at all.

    The file is written beside its destination and moved into place once it is safely on the disk, so a full
    disk or an interruption leaves what was there before. Nothing but pixels is written: no place, date or
    camera. A link at `path` is replaced; what it points to is left alone.

    Args:
        image: (height, width, 3) in [0, 1], or whatever `check_image` accepts.
        path: destination; its suffix (.png, .jpg, .jpeg or .webp) chooses the format.

    Raises:
        ImageError: the picture is unusable, the suffix unknown, or the file cannot be written.

    Example:
        >>> import os, tempfile
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
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, **options)
    try:
        _replace_file(path, buffer.getvalue())
    except OSError as error:
        raise ImageError(f"{path}: not written ({error.strerror or error}); {_advice(error)}") from error


def check_image(image, *, name: str = "image") -> np.ndarray:
    """Turns what people call an image into float32 (height, width, 3) in [0, 1], or says what is wrong.

    Most mysterious pictures come from 0..255 taken for 0..1, or from a NaN; both are caught here.

    Args:
        image: array of shape (height, width), (height, width, 1), (height, width, 3) or (height, width, 4);
            uint8 in 0..255, or floats in [0, 1] (0.001 beyond is taken for rounding). Gray is repeated into
            three channels; a fourth channel is opacity, and the picture is laid on white.
        name: how to call the array in an error message.

    Returns:
        a new float32 array (height, width, 3) in [0, 1].

    Raises:
        ImageError: wrong shape, type or range, empty, NaN or infinite values.

    Example:
        >>> check_image(np.array([[0, 255]], "uint8"))[0, :, 0].tolist()
        [0.0, 1.0]
    """
    values = _check_shape(image, name)
    if values.dtype == np.uint8:
        values = values.astype(np.float32) / 255
    else:
        _check_range(values, name)
        values = np.clip(values, 0, 1, dtype=np.float32, casting="same_kind")
    if values.shape[2] == 4:
        opacity = values[..., 3:]
        return values[..., :3] * opacity + (1 - opacity)
    return np.repeat(values, 3, axis=2) if values.shape[2] == 1 else values


def to_uint8(image) -> np.ndarray:
    """Rounds a picture to bytes, the form that screens and files want.

    Args:
        image: (height, width, 3) in [0, 1], or whatever `check_image` accepts.

    Returns:
        uint8 array (height, width, 3) in 0..255, each value the nearest to 255 times the original.

    Raises:
        ImageError: as `check_image`.

    Example:
        >>> int(to_uint8(np.full((1, 1, 3), 0.5))[0, 0, 0])
        128
    """
    return (check_image(image) * 255 + 0.5).astype(np.uint8)


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
    return _resample(image, *_target(image.shape[:2], max_side, size))


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
    multiple, at_least = _whole("multiple", multiple), _whole("at_least", at_least)
    image = check_image(image)
    extra = [-(-max(side, at_least) // multiple) * multiple - side for side in image.shape[:2]]
    return np.pad(image, [(0, extra[0]), (0, extra[1]), (0, 0)], mode="symmetric")


# ---- arguments


def _whole(name, value):
    """`value` as an int of at least 1."""
    with contextlib.suppress(TypeError):
        if not isinstance(value, bool) and operator.index(value) >= 1:
            return operator.index(value)
    raise ImageError(f"{name} must be a whole number of at least 1; received {value!r}")


def _target(shape, max_side, size):
    """(height, width) that `resize_image` is asked for."""
    if (max_side is None) == (size is None):
        raise ImageError(f"give one of max_side and size; received max_side={max_side!r}, size={size!r}")
    if max_side is not None:
        return _fit(shape, _whole("max_side", max_side))
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise ImageError(f"size must be (height, width); received {size!r}")
    return tuple(_whole("each side of size", side) for side in size)


def _resample(image, height, width):
    if (height, width) == image.shape[:2]:
        return image
    channels = [
        # The gap of 3 averages most of a large shrink with a box first: quicker, and no difference to see.
        Image.fromarray(channel).resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        for channel in np.ascontiguousarray(np.moveaxis(image, 2, 0))
    ]
    return np.clip(np.stack(channels, axis=2), 0, 1)  # the window's negative lobes overshoot at edges


def _fit(shape, max_side):
    """The largest shape of the same proportions within max_side, never larger than `shape` itself."""
    scale = min(1.0, max_side / max(shape))
    return tuple(max(1, round(side * scale)) for side in shape)


def _check_shape(image, name):
    """`image` as a non-empty array of rank 3 with 1, 3 or 4 channels."""
    try:
        values = np.asarray(image)
    except Exception as error:  # ragged lists, tensors that live on another device
        raise ImageError(f"{name} must be an array; received {type(image).__name__} ({error})") from error
    if values.ndim == 2:
        values = values[..., None]
    if values.ndim == 3 and values.shape[2] in (1, 3, 4) and values.size:
        return values
    hint = ""
    if values.size == 0 and values.ndim:
        hint = "; it has no pixels"
    elif values.ndim == 4:
        hint = "; for one picture of a batch take batch[0]"
    elif values.ndim == 3 and values.shape[0] in (1, 3, 4):
        hint = "; channels come last: np.moveaxis(image, 0, -1)"
    received = f"shape {np.shape(image)}" if values.dtype != object else type(image).__name__
    raise ImageError(f"{name} must have shape (height, width, 3); received {received}{hint}")


def _check_range(values, name):
    """Refuses what are not finite numbers in [0, 1]."""
    if values.dtype.kind not in "fb":
        limits = f" from {values.min()} to {values.max()}" if values.dtype.kind in "iu" else ""
        raise ImageError(
            f"{name} must be floats in [0, 1] or uint8 in 0..255; received {values.dtype}{limits}; "
            "divide by the value that means white"
        )
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        bad = np.count_nonzero(~np.isfinite(values))
        raise ImageError(
            f"{name} must hold finite numbers; received {bad} NaN or infinite values of {values.size}; "
            "look for a division by zero or a diverged training run"
        )
    if low < -TOLERANCE or high > 1 + TOLERANCE:
        hint = "divide by 255" if low >= 0 and 2 < high <= 255 else "np.clip(image, 0, 1) if that is meant"
        raise ImageError(f"{name} must be in [0, 1]; received values from {low:.4g} to {high:.4g}; {hint}")


# ---- reading


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


def _decode(picture, name, max_side):
    """Pixels as float32 (height, width, 3), no side longer than max_side."""
    white = _white(picture, name)
    picture, size = _load_upright(picture, max_side)
    target = size if max_side is None else _fit(size, max_side)
    if white is not None:
        image = _scale_gray(picture, white, name)
    else:
        picture = _flatten(picture, name)
        if max(picture.size) > 4 * max(target):
            picture = _halfway(picture, target)
        image = np.asarray(picture)
    return _resample(check_image(image, name=name), *target[::-1])


def _load_upright(picture, max_side):
    """The picture with its EXIF orientation applied, and the (width, height) that the whole file then has."""
    size, drafted = picture.size, None
    if max_side is not None:  # a JPEG can be decoded at 1/2, 1/4 or 1/8 for a fraction of the time
        drafted = picture.draft(None, tuple(3 * side for side in _fit(size, max_side)))
    picture.load()
    if drafted and picture.size != size:  # its last row and column reach beyond the picture: the box does not
        picture = _halfway(picture, _fit(size, max_side), box=drafted[1])
    try:
        upright = ImageOps.exif_transpose(picture)
    except Exception:  # a tag too damaged to read is ignored, as viewers do
        upright = picture
    return upright, size if upright.size == picture.size else size[::-1]


def _halfway(picture, target, box=None):
    """Twice the target, in bytes and with a short window: quick, and 600 MB of floats are never made."""
    return picture.resize([2 * side for side in target], Image.Resampling.HAMMING, box=box)


def _white(picture, name):
    """(black, white) of pictures with more than 8 bits, which Pillow hands over unscaled; else None."""
    if picture.mode == "F":
        return 0, 1
    if picture.mode == "I" and picture.format == "PPM":
        return 0, 65_535
    if picture.mode == "I":
        raise ImageError(f"{name}: 32-bit integers do not say what white is; save it with 8 or 16 bits")
    if not picture.mode.startswith("I;16"):
        return None
    tags = getattr(picture, "tag_v2", {})  # TIFF 6.0: 258 BitsPerSample, 262 PhotometricInterpretation
    white = 2 ** tags.get(258, (16,))[0] - 1
    return (white, 0) if tags.get(262) == 0 else (0, white)


def _scale_gray(picture, limits, name):
    """Gray of more than 8 bits in [0, 1]. Its colour profile is a curve: 256 points of it, lines between."""
    black, white = limits
    gray = (np.asarray(picture, dtype=np.float32) - black) / (white - black)
    if "icc_profile" not in picture.info or not np.isfinite(gray).all():
        return gray
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])  # (1, 256)
    ramp.info["icc_profile"] = picture.info["icc_profile"]
    curve = np.asarray(_to_srgb(ramp, name))[0, :, 1] / 255
    return np.interp(gray, np.linspace(0, 1, 256), curve)


def _flatten(picture, name):
    """8-bit sRGB without transparency."""
    transparent = picture.has_transparency_data
    if picture.mode in ("P", "PA"):
        picture = picture.convert("RGBA" if transparent else "RGB")
    opacity = picture.convert("RGBA").getchannel("A") if transparent else None
    colors = _to_srgb(picture, name)
    if opacity is None:
        return colors
    return Image.composite(colors, Image.new("RGB", colors.size, "white"), opacity)


def _to_srgb(picture, name):
    """RGB in sRGB, through the embedded colour profile where there is a usable one."""
    embedded = picture.info.get("icc_profile")
    if embedded:
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(embedded))
            # Converting sRGB to itself would change nothing and take as long as decoding.
            if "srgb" not in ImageCms.getProfileDescription(profile).lower():
                return _convert_profile(picture, profile)
        except (ImageCms.PyCMSError, OSError, ValueError, KeyError) as error:
            warnings.warn(f"{name}: colour profile not usable ({error}); taken as sRGB", stacklevel=2)
    return picture.convert("RGB")


def _convert_profile(picture, profile):
    mode = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}[profile.profile.xcolor_space.strip()]
    if (mode == "CMYK") != (picture.mode == "CMYK") or (mode == "L" and picture.mode not in ("1", "L", "LA")):
        raise ValueError(f"it is for {mode}, the picture is {picture.mode}")
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    if mode == "L":  # the usual short cut is ten bytes off in the shadows
        flags |= ImageCms.Flags.NOOPTIMIZE
    return ImageCms.profileToProfile(
        picture.convert(mode),
        profile,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=flags,
        outputMode="RGB",
    )


# ---- writing


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


def _replace_file(path, content):
    """Puts `content` at `path` in one step, with the permissions of an ordinary file."""
    temporary = os.path.join(os.path.dirname(path), f".aelearn-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:  # "x" neither overwrites nor follows a link
            file.write(content)
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
