"""Arrays that are pictures: what counts as one, and what is said about those that are none."""

from __future__ import annotations

import contextlib
import operator

import numpy as np

TOLERANCE = 1e-3  # rounding may push a value this far outside [0, 1]


class ImageError(ValueError):
    """A picture, or a file meant to be one, cannot be used; the message says which, why, and what to do.

    Example:
        >>> from aelearn.images import load_image
        >>> try:
        ...     load_image(b"not a picture")
        ... except ImageError as error:
        ...     print(str(error).split(":")[0])
        source
    """


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
        uint8 array (height, width, 3) in 0..255, each value the nearest to 255 times the original; the array itself if
        it is one already, so that a large picture is not held twice.

    Raises:
        ImageError: as `check_image`.

    Example:
        >>> int(to_uint8(np.full((1, 1, 3), 0.5))[0, 0, 0])
        128
    """
    if isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3:
        return _check_shape(image, "image")
    return (check_image(image) * 255 + 0.5).astype(np.uint8)


def whole(name, value):
    """`value` as an int of at least 1."""
    with contextlib.suppress(TypeError):
        if not isinstance(value, bool) and operator.index(value) >= 1:
            return operator.index(value)
    raise ImageError(f"{name} must be a whole number of at least 1; received {value!r}")


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
