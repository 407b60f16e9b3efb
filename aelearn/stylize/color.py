"""Whose colours a painted picture has: the painting's, the photo's, or nothing but the painting's."""

import numpy as np

from aelearn import transforms
from aelearn.images import check_image

LUMINANCE = np.array([0.299, 0.587, 0.114])  # of R, G and B, the Y of YIQ: what a black-and-white television showed


def keep_colors(painted, photo):
    """The light and dark of a painted picture with the colours of the photo: strokes without a palette.

    Every pixel of the photo is made lighter or darker, alike in R, G and B, until its luminance Y is that of the
    painted picture; in YIQ that leaves I and Q, the colour, as they were. What falls outside [0, 1] is clipped.
    Reference: Gatys et al. 2016, "Preserving color in neural artistic style transfer", section 4, luminance-only
    transfer.

    Args:
        painted: array `(height, width, 3)` in [0, 1].
        photo: array of the same shape.

    Returns:
        Array of that shape, float32 in [0, 1].

    Raises:
        ImageError: if one is not a picture.
        ValueError: if the shapes differ.

    Example:
        >>> red, gray = np.zeros((2, 2, 3)) + [0.5, 0.1, 0.1], np.full((2, 2, 3), 0.3)
        >>> keep_colors(gray, red)[0, 0].astype(float).round(2).tolist()
        [0.58, 0.18, 0.18]
    """
    painted, photo = check_image(painted, name="painted"), check_image(photo, name="photo")
    if painted.shape != photo.shape:
        raise ValueError(f"painted and photo must have the same shape; received {painted.shape} and {photo.shape}")
    lighter = (painted - photo) @ LUMINANCE
    return (photo + lighter[..., None]).clip(0, 1).astype(np.float32)


def match_colors(picture, reference):
    """A picture with the mean and the covariance of another one's colours.

    The map is `transforms.optimal_transport` between the two clouds of pixels, which moves colours as little as can be.
    Matched to the photo before it is encoded, a painting gives its strokes and not its palette; the photo matched to a
    painting takes nothing but the palette.
    Reference: Gatys et al. 2016, as above, section 3; Pitié and Kokaram 2007, "The linear Monge-Kantorovitch linear
    colour mapping", for the map.

    Args:
        picture: array `(height, width, 3)` in [0, 1].
        reference: likewise, of any size.

    Returns:
        Array of the picture's shape, float32 in [0, 1].

    Raises:
        ImageError: if one is not a picture.

    Example:
        >>> dark, light = np.zeros((2, 2, 3)), np.ones((4, 4, 3))
        >>> match_colors(dark, light)[0, 0].tolist()
        [1.0, 1.0, 1.0]
    """
    picture, reference = check_image(picture, name="picture"), check_image(reference, name="reference")
    source, goal = (transforms.moments(each.astype(np.float64)) for each in (picture, reference))
    return transforms.optimal_transport(source, goal)(picture.astype(np.float64)).clip(0, 1).astype(np.float32)
