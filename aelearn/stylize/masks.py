"""Masks: how much every pixel belongs to a region. Checked, softened, and drawn to the edges of the photo."""

from numbers import Real

import numpy as np
from scipy import ndimage


def check_masks(masks, number, shape, *, names=None):
    """Masks as one array, of which no position has more than 1 in all.

    Args:
        masks: list of arrays `(height, width)`, bool, uint8 (255 is all) or float in [0, 1]; of the photo's size, or of
            its proportions, and then resized.
        number: int, how many there must be.
        shape: `(height, width)` of the photo.
        names: list of str, what an error calls the masks; None for "masks[0]" and so on.

    Returns:
        Array `(regions, height, width)`, float32 in [0, 1]; where masks overlap to more than 1 they are scaled to 1.

    Raises:
        ValueError: names the mask and what is wrong with it.

    Example:
        >>> half = np.array([[255, 0]], np.uint8)
        >>> check_masks([half, half], 2, (1, 2)).tolist()
        [[[0.5, 0.0]], [[0.5, 0.0]]]
    """
    if not isinstance(masks, (list, tuple, np.ndarray)) or len(masks) != number or not number:
        received = len(masks) if isinstance(masks, (list, tuple, np.ndarray)) else type(masks).__name__
        wanted = "a list of arrays (height, width), one per style"
        raise ValueError(f"masks must be {wanted}; received {received} for {number}")
    names = names or [f"masks[{place}]" for place in range(number)]
    checked = np.stack([_check_mask(mask, name, tuple(shape)) for mask, name in zip(masks, names)])
    return checked / np.maximum(checked.sum(axis=0), 1)


def feather(mask, radius):
    """A mask with soft edges: what it covers is blurred, and neither lost nor made.

    The blur is a normal distribution of `radius` pixels' deviation, mirrored at the border, so that the sum over a mask
    stays what it was; and as it is linear, so does the sum of several masks at every pixel.

    Args:
        mask: array `(height, width)` or `(regions, height, width)`, bool, uint8 (255 is all) or float in [0, 1].
        radius: float, 0 or more, in pixels; 0 leaves the edges as they are.

    Returns:
        Array of that shape, float32 in [0, 1].

    Raises:
        ValueError: if the mask is none, or the radius is negative or not finite.

    Example:
        >>> feather(np.array([[0.0, 0.0, 1.0, 1.0]]), 1).astype(float).round(2).tolist()
        [[0.06, 0.3, 0.7, 0.94]]
    """
    if isinstance(radius, bool) or not isinstance(radius, Real) or not 0 <= radius < np.inf:
        raise ValueError(f"radius must be a finite number, 0 or more; received {radius!r}")
    array = np.asarray(mask)
    if array.ndim not in (2, 3):
        raise ValueError(f"mask must be an array (height, width) or (regions, height, width); received {array.shape}")
    layers = array if array.ndim == 3 else array[None]
    values = [_check_values(layer, "mask").astype(np.float64) for layer in layers]
    # Far beyond a side of the picture a wider blur is the mean, which a few reflections already give.
    sigma = min(radius, 2 * max(array.shape[-2:]))
    soft = np.stack([ndimage.gaussian_filter(layer, sigma, mode="reflect") for layer in values])
    return soft.clip(0, 1).astype(np.float32).reshape(array.shape)


def resize_masks(masks, shape):
    """Masks at another size, of any proportions: linear between pixels, and blurred first where they shrink.

    So no mask is lost, however small it becomes; masks that sum to 1 still do, but for rounding.

    Args:
        masks: array `(regions, height, width)`.
        shape: the new `(height, width)`.

    Returns:
        Array `(regions, *shape)`, float32.

    Example:
        >>> resize_masks(np.eye(2)[None], (1, 1)).round(2).tolist()
        [[[0.5]]]
    """
    zoom = [new / old for new, old in zip(shape, masks.shape[1:])]
    if tuple(shape) == masks.shape[1:]:
        return masks.astype(np.float32)
    blur = [max(0.0, 0.5 / each - 0.5) for each in zoom]
    soft = ndimage.gaussian_filter(masks.astype(np.float64), (0, *blur), mode="reflect")
    return ndimage.zoom(soft, (1, *zoom), order=1, mode="nearest", grid_mode=True).astype(np.float32)


def guided_filter(masks, guide, radius, softness):
    """Masks whose edges are those of a picture nearby: in every window a mask becomes a linear function of its colours.

    In the window around a pixel  q = aᵀI + b  with  a = (Σ + εU)⁻¹ (mean(I p) − mean(I) mean(p))  and
    b = mean(p) − aᵀ mean(I) ; a pixel takes the mean of a and b over the windows that it is in. Σ is the covariance of
    the window's colours I, p the mask. It is linear in p and keeps constants, so masks that sum to 1 still do.
    Reference: He, Sun and Tang 2013, "Guided image filtering", equations 19 to 21.

    Args:
        masks: array `(regions, height, width)`.
        guide: array `(height, width, 3)`, the picture.
        radius: int, 1 or more: a window is 2 radius + 1 pixels wide.
        softness: float ε above 0, squared colour: edges of less contrast than its root are passed over.

    Returns:
        Array of the shape of the masks, float64; near edges it may leave [0, 1] a little.

    Example:
        >>> halves = np.stack([np.arange(8) < 4, np.arange(8) > 3]).astype(float)  # the picture: dark, then light
        >>> early = np.stack([np.arange(8) < 3, np.arange(8) > 2])[:, None]  # masks that part a pixel too soon
        >>> guided_filter(early, np.stack([halves[1:]] * 3, axis=-1), 2, 1e-4).round(2)[1, 0].tolist()
        [0.13, 0.16, 0.26, 0.46, 1.0, 1.0, 1.0, 1.0]
    """
    def mean(array):  # over windows; the axes are (height, width, …)
        return ndimage.uniform_filter(array, (2 * radius + 1, 2 * radius + 1, *[0] * (array.ndim - 2)), mode="reflect")

    guide, masks = np.asarray(guide, np.float64), np.moveaxis(np.asarray(masks, np.float64), 0, -1)
    colour, mask = mean(guide), mean(masks)
    spread = mean(guide[..., :, None] * guide[..., None, :]) - colour[..., :, None] * colour[..., None, :]
    together = mean(guide[..., :, None] * masks[..., None, :]) - colour[..., :, None] * mask[..., None, :]
    slopes = np.linalg.solve(spread + softness * np.eye(3), together)  # (height, width, 3, regions)
    offsets = mask - (slopes * colour[..., None]).sum(axis=2)
    return np.moveaxis((mean(slopes) * guide[..., None]).sum(axis=2) + mean(offsets), -1, 0)


def _check_mask(mask, name, shape):
    mask = np.asarray(mask)
    if mask.ndim != 2:
        raise ValueError(_kinds(mask, name))
    values = _check_values(mask, name)
    if values.any() and values.shape != shape:
        values = _resized(values, name, shape)
    if not values.any():
        raise ValueError(f"{name} is empty: a region needs pixels to have statistics; paint some of it white")
    return values


def _check_values(mask, name):
    if not mask.size or not (mask.dtype.kind in "bf" or mask.dtype == np.uint8):
        raise ValueError(_kinds(mask, name))
    values = mask.astype(np.float32) / (255 if mask.dtype == np.uint8 else 1)
    if not (values.min() >= 0 and values.max() <= 1):  # not so for NaN either
        raise ValueError(f"{name} must be in [0, 1]; received {values.min():.4g} to {values.max():.4g}")
    return values


def _kinds(mask, name):
    wanted = "an array (height, width) of bool, uint8 or float"
    return f"{name} must be {wanted}; received {mask.dtype} of shape {mask.shape}"


def _resized(values, name, shape):
    # Scale alone may differ: a side that would be off by more than a pixel and a half means another picture.
    scale = shape[0] / values.shape[0]
    if abs(values.shape[1] * scale - shape[1]) > 1.5 * max(1, scale):
        raise ValueError(f"{name} must have the proportions of the photo, {shape[0]} × {shape[1]}; "
                         f"received {values.shape[0]} × {values.shape[1]}")
    rows, columns = (np.minimum(((np.arange(new) + 0.5) * old / new).astype(int), old - 1)
                     for new, old in zip(shape, values.shape))
    return values[rows][:, columns]
