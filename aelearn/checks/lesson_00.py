"""Judge of lesson 00: did you paint?"""

import numpy as np

from aelearn.checks.verdict import NOT_TRIED, NOT_YET, PASSED, Verdict


def painted(picture, photo):
    """Judge a first painted picture: right kind of array, the photo's shape, and no longer the photo.

    Args:
        picture: what the reader made, or None.
        photo: the array `(height, width, 3)` that it was made from.

    Returns:
        `Verdict`.

    Example:
        >>> painted(None, np.zeros((4, 4, 3)))
        ○ not tried yet: paint a picture first
    """
    if picture is None:
        return Verdict(NOT_TRIED, "paint a picture first")
    if not isinstance(picture, np.ndarray) or picture.ndim != 3:
        kind = f"an array of shape {picture.shape}" if isinstance(picture, np.ndarray) else type(picture).__name__
        return Verdict(NOT_YET, f"a picture is an array (height, width, 3); yours is {kind}")
    if picture.shape != photo.shape:
        return Verdict(NOT_YET, f"a painted photo keeps its shape {photo.shape}; yours has {picture.shape}")
    if picture.min() < 0 or picture.max() > 1 or not np.isfinite(picture).all():
        return Verdict(NOT_YET, f"values should lie in [0, 1]; yours go from {picture.min():.2g} to {picture.max():.2g}")
    if np.abs(picture - photo).mean() < 0.02:
        return Verdict(NOT_YET, "this is still the photo: was alpha 0, or did you pass the photo itself?")
    return Verdict(PASSED, "your first painting")
