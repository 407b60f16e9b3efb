"""Judge of lesson 00: did you paint?"""

from functools import cache

import numpy as np

from aelearn.checks.compare import describe
from aelearn.checks.verdict import NOT_TRIED, NOT_YET, PASSED, Verdict

LEAST = 0.02  # mean difference from the photo, from which a picture counts as another one


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
    if picture is None or picture is ...:
        return Verdict(NOT_TRIED, "paint a picture first")
    for kind, array in (("photo", photo), ("picture", picture)):
        if not _is_array(array):
            return Verdict(NOT_YET, f"a {kind} is an array (height, width, 3) of numbers; yours is {describe(array)}")
    if photo.shape[2] != 3 or not np.isfinite(photo).all():
        return Verdict(NOT_YET, f"the photo should have 3 channels and no NaN; yours is {describe(photo)}")
    if picture.shape != photo.shape:
        return Verdict(
            NOT_YET,
            f"a painted photo keeps its shape {photo.shape}; yours has {picture.shape}: "
            "the photo comes first, the painting second",
        )
    whole = 255 if photo.dtype == np.uint8 else 1
    return _judge_values(picture.astype(np.float32), photo.astype(np.float32) / whole)


def _is_array(array):
    return isinstance(array, np.ndarray) and array.dtype.kind in "biuf" and array.ndim == 3 and array.size > 0


def _judge_values(picture, photo):
    if not np.isfinite(picture).all():
        return Verdict(NOT_YET, "some values are no numbers (NaN or infinity)")
    if picture.min() < 0 or picture.max() > 1:
        low, high = picture.min(), picture.max()
        return Verdict(NOT_YET, f"values should lie in [0, 1]; yours go from {low:.3g} to {high:.3g}")
    if np.ptp(picture, axis=(0, 1)).max() == 0:
        return Verdict(NOT_YET, "your picture has one colour only; paint with stylizer(photo, painting)")
    if np.abs(picture - photo).mean() < LEAST:
        return Verdict(NOT_YET, "this is still the photo: pass it to stylizer, and a painting with it")
    # The autoencoder alone may change a picture more than a light touch of paint, so the two are compared.
    if np.abs(picture - _stylizer().reconstruct(photo.clip(0, 1))).max() < LEAST:
        return Verdict(NOT_YET, "this is the reconstruction, without style: was alpha 0?")
    return Verdict(PASSED, "your first painting")


@cache
def _stylizer():
    from aelearn.stylize import Stylizer

    return Stylizer.load()
