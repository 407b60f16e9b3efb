"""Any colour mode, bit depth and colour profile becomes sRGB."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, ImageCms

from aelearn.images.check import ImageError


def gray_limits(picture, name):
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


def scale_gray(picture, limits, name):
    """Gray of more than 8 bits in [0, 1]. Its colour profile is a curve: 256 points of it, lines between."""
    black, white = limits
    gray = (np.asarray(picture, dtype=np.float32) - black) / (white - black)
    if "icc_profile" not in picture.info or not np.isfinite(gray).all():
        return gray
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])  # (1, 256)
    ramp.info["icc_profile"] = picture.info["icc_profile"]
    curve = np.asarray(_to_srgb(ramp, name))[0, :, 1] / 255
    return np.interp(gray, np.linspace(0, 1, 256), curve)


def flatten(picture, name):
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
    return picture if picture.mode == "RGB" else picture.convert("RGB")  # which would copy what is RGB already


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
