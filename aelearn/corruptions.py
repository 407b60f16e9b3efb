"""Damage to pictures: for denoising, and to find out what a loss thinks of it. NumPy only.

Everything here takes pictures `(height, width, channels)` or batches `(batch, height, width, channels)` in [0, 1] and
returns new ones of the same shape, float32 in [0, 1].
"""

from typing import NamedTuple

import numpy as np

WIDEST_BLUR = 6.0  # pixels: up to which a slider goes
BLOCK = 8  # pixels: side of the squares that `blocks` averages, as in a JPEG
MOST_SQUARES = 10_000  # in one picture
STEPS = 30  # of a bisection: each halves what is left of the interval


def add_noise(images, amount, *, seed):
    """Gaussian noise on every value, cut off at 0 and 1: what a denoising autoencoder learns to remove.

    Args:
        images: array `(…, height, width, channels)` in [0, 1].
        amount: float, 0 or more, standard deviation of the noise before it is cut off.
        seed: int, 0 or more.

    Returns:
        float32 array of the same shape in [0, 1].

    Raises:
        ValueError: if the pictures are none, `amount` is negative or no number, or `seed` is no such int.

    Example:
        >>> gray = np.full((2, 64, 64, 1), 0.5, np.float32)
        >>> round(float(add_noise(gray, 0.1, seed=0).std()), 2)
        0.1
    """
    images, amount = _check_images(images), _number("amount", amount)
    normal = _random(seed).standard_normal(images.shape, np.float32)
    return (images + np.float32(amount) * normal).clip(0, 1)


def mask_squares(images, size, num, *, seed):
    """Black squares at random places, in every picture elsewhere; they may overlap.

    Args:
        images: array `(…, height, width, channels)` in [0, 1].
        size: int, side of a square in pixels, 1 to the smaller side of the picture.
        num: int, 0 to 10,000, squares in each picture.
        seed: int, 0 or more.

    Returns:
        float32 array of the same shape in [0, 1].

    Raises:
        ValueError: if the pictures are none, a square does not fit, or a number is no whole one.

    Example:
        >>> masked = mask_squares(np.ones((1, 8, 8, 1)), 3, 1, seed=0)
        >>> int((masked == 0).sum())
        9
    """
    masked = _check_images(images)  # a copy
    height, width = masked.shape[-3:-1]
    size, num = _whole("size", size, 1, min(height, width)), _whole("num", num, 0)
    if num > MOST_SQUARES:
        raise ValueError(f"num must be at most {MOST_SQUARES:,}; received {num}")
    random = _random(seed)
    for picture in masked.reshape(-1, *masked.shape[-3:]):  # a view
        tops, lefts = (random.integers(0, side - size + 1, num) for side in (height, width))
        for top, left in zip(tops, lefts):
            picture[top : top + size, left : left + size] = 0
    return masked


def salt_and_pepper(images, amount, *, seed):
    """Some pixels black or white, all channels at once.

    Args:
        images: array `(…, height, width, channels)` in [0, 1].
        amount: float from 0 to 1, the probability that a pixel is hit; then black and white are equally likely.
        seed: int, 0 or more.

    Returns:
        float32 array of the same shape in [0, 1].

    Raises:
        ValueError: if the pictures are none, `amount` is not from 0 to 1, or `seed` is no such int.

    Example:
        >>> peppered = salt_and_pepper(np.full((100, 100, 3), 0.5), 0.2, seed=0)
        >>> round(float((peppered != 0.5).mean()), 1)
        0.2
    """
    images, amount = _check_images(images), _number("amount", amount, 1)
    random = _random(seed)
    hit = random.random((*images.shape[:-1], 1)) < amount
    salt = (random.random(hit.shape) < 0.5).astype(np.float32)
    return np.where(hit, salt, images)


def shift(pictures, strength):
    """Move to the right; the left edge is repeated, and fractions of a pixel are interpolated.

    Args:
        pictures: array `(…, height, width, channels)` in [0, 1].
        strength: float, 0 or more, pixels.

    Returns:
        float32 array of the same shape in [0, 1].

    Raises:
        ValueError: if the pictures are none, or `strength` is negative or no number.

    Example:
        >>> shift(np.array([[[0.0], [0.25], [0.5]]]), 1)[0, :, 0].tolist()
        [0.0, 0.0, 0.25]
    """
    pictures, strength = _check_images(pictures), _number("strength", strength)
    source = (np.arange(pictures.shape[-2]) - strength).clip(min=0)
    left = np.floor(source).astype(int)
    share = (source - left).astype(np.float32)[:, None]  # of the pixel to the right of it
    right = (left + 1).clip(max=pictures.shape[-2] - 1)
    return (1 - share) * pictures[..., left, :] + share * pictures[..., right, :]


def blur(pictures, strength):
    """Gaussian blur; the edges are repeated outwards.

    Args:
        pictures: array `(…, height, width, channels)` in [0, 1].
        strength: float from 0 to the longer side of a picture (to 6 for a smaller one), standard deviation in pixels.

    Returns:
        float32 array of the same shape in [0, 1].

    Raises:
        ValueError: if the pictures are none, or `strength` is out of range or no number.

    Example:
        >>> edge = np.repeat([[[0.0]], [[1.0]]], 4, axis=0)
        >>> bool(0 < blur(edge, 1.0)[3, 0, 0] < 0.5 < blur(edge, 1.0)[4, 0, 0] < 1)
        True
    """
    pictures, strength = _check_images(pictures), _number("strength", strength)
    most = max(*pictures.shape[-3:-1], WIDEST_BLUR)
    if strength > most:
        raise ValueError(f"strength must be at most {most:g} pixels for this picture; received {strength:g}")
    if strength == 0:
        return pictures
    reach = int(4 * strength + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / strength) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    for axis in (-3, -2):
        side = pictures.shape[axis]
        padded = np.pad(pictures, [(reach, reach) if i == pictures.ndim + axis else (0, 0) for i in
                                   range(pictures.ndim)], mode="edge")
        pictures = sum(w * np.take(padded, range(i, i + side), axis) for i, w in enumerate(weights))
    return pictures.clip(0, 1)


def noise(pictures, strength, *, seed=0):
    """`add_noise`, with the same noise every time unless another seed is given.

    Args:
        pictures: array `(…, height, width, channels)` in [0, 1].
        strength: float, 0 or more, standard deviation.
        seed: int, 0 or more.

    Returns:
        float32 array of the same shape in [0, 1].

    Raises:
        ValueError: as `add_noise`.

    Example:
        >>> gray = np.full((4, 4, 1), 0.5)
        >>> bool(np.array_equal(noise(gray, 0.1), noise(gray, 0.1)))
        True
    """
    return add_noise(pictures, _number("strength", strength), seed=seed)


def contrast(pictures, strength):
    """Pull all values of a picture towards their mean: x + s (mean − x), with one mean for each channel.

    Args:
        pictures: array `(…, height, width, channels)` in [0, 1].
        strength: s, float from 0 to 1; at 1 the picture is flat.

    Returns:
        float32 array of the same shape in [0, 1].

    Raises:
        ValueError: if the pictures are none, or `strength` is not from 0 to 1.

    Example:
        >>> contrast(np.array([[[0.0], [1.0]]]), 0.5)[0, :, 0].tolist()
        [0.25, 0.75]
    """
    pictures, strength = _check_images(pictures), _number("strength", strength, 1)
    return _towards(pictures, pictures.mean(axis=(-3, -2), keepdims=True, dtype=np.float64), strength)


def blocks(pictures, strength):
    """Pull every value towards the mean of its square of 8 × 8 pixels, as too few bits in a JPEG do.

    Args:
        pictures: array `(…, height, width, channels)` in [0, 1]; squares at the right and at the foot may be smaller.
        strength: float from 0 to 1; at 1 every square is flat.

    Returns:
        float32 array of the same shape in [0, 1].

    Raises:
        ValueError: if the pictures are none, or `strength` is not from 0 to 1.

    Example:
        >>> ramp = np.linspace(0, 1, 16).reshape(1, 16, 1)
        >>> len(np.unique(blocks(ramp, 1.0)))
        2
    """
    pictures, strength = _check_images(pictures), _number("strength", strength, 1)
    means = pictures.astype(np.float64)
    for axis in (-3, -2):
        side = pictures.shape[axis]
        starts = np.arange(0, side, BLOCK)
        sizes = np.diff([*starts, side])
        sums = np.add.reduceat(means, starts, axis=axis)
        means = np.repeat(sums / np.expand_dims(sizes, tuple(range(1, -axis))), sizes, axis=axis)
    return _towards(pictures, means, strength)


class Distortion(NamedTuple):
    """One way to damage a picture.

    Example:
        >>> DISTORTIONS["blur"].unit
        'pixels'
    """

    function: object  # of pictures and strength
    strongest: float  # up to which a slider goes and `at_equal_mse` searches
    unit: str  # of the strength; "" for a share


DISTORTIONS = {
    "shift": Distortion(shift, 8.0, "pixels"),
    "blur": Distortion(blur, WIDEST_BLUR, "pixels"),
    "noise": Distortion(noise, 0.5, ""),
    "contrast": Distortion(contrast, 1.0, ""),
    "blocks": Distortion(blocks, 1.0, ""),
}


def at_equal_mse(picture, distortion, mse):
    """How strong a distortion must be to cost a given mean squared error, by bisection.

    Halve the interval from 0 to the strongest, and go on with the half at whose ends the error lies on both sides of
    the wanted one.

    Args:
        picture: array `(height, width, channels)` in [0, 1].
        distortion: a key of `DISTORTIONS`.
        mse: float above 0, as of `metrics.mse(picture, distorted)`.

    Returns:
        float, the strength.

    Raises:
        ValueError: if the picture is none, the name unknown, or no strength costs so much.

    Example:
        >>> picture = np.random.default_rng(0).random((16, 16, 1))
        >>> strength = at_equal_mse(picture, "contrast", 0.01)
        >>> round(float(np.mean((contrast(picture, strength) - picture) ** 2)), 6)
        0.01
    """
    picture, (function, strongest, _) = _check_images(picture), _named(distortion)
    wanted = _number("mse", mse)

    def error(strength):
        return np.mean((function(picture, strength).astype(np.float64) - picture) ** 2)

    if not 0 < wanted <= error(strongest):
        raise ValueError(
            f"mse must be above 0 and at most {error(strongest):.4g}, which {distortion} costs this picture at its "
            f"strongest; received {mse!r}"
        )
    low, high = 0.0, strongest
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if error(middle) >= wanted else (middle, high)
    return float(high)


def _towards(pictures, means, strength):
    return ((1 - strength) * pictures + strength * means).astype(np.float32).clip(0, 1)


def _check_images(images):
    array = np.asarray(images)
    if array.dtype.kind != "f" or array.ndim < 3 or not array.size:
        raise ValueError(
            "images must be floats (height, width, channels) or (batch, height, width, channels) in [0, 1]; "
            f"received {array.dtype} of shape {array.shape}"
        )
    low, high = float(array.min()), float(array.max())
    if not (-1e-3 <= low and high <= 1 + 1e-3):  # NaN too
        raise ValueError(f"images must be in [0, 1]; received values from {low:.4g} to {high:.4g}")
    return array.astype(np.float32).clip(0, 1)


def _number(name, value, most=np.inf):
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if isinstance(value, bool) or not 0 <= number <= most or np.isinf(number):
        limits = "of 0 or more" if np.isinf(most) else f"from 0 to {most:g}"
        raise ValueError(f"{name} must be a number {limits}; received {value!r}")
    return number


def _whole(name, value, least, most=None):
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not is_whole or value < least or (most is not None and value > most):
        limits = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be a whole number {limits}; received {value!r}")
    return int(value)


def _random(seed):
    return np.random.default_rng(_whole("seed", seed, 0))


def _named(distortion):
    if not isinstance(distortion, str) or distortion not in DISTORTIONS:
        raise ValueError(f"distortion must be one of {', '.join(DISTORTIONS)}; received {distortion!r}")
    return DISTORTIONS[distortion]
