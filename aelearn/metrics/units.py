"""How a rectified code is used: which units are ever at work, and how many of them for one picture."""

import numpy as np


def dead_units(codes, *, threshold=1e-6):
    """Units of a code that no picture wakes: |z| is at most `threshold` for all of them.

    A unit that is 0 for one picture is resting; only one that is 0 for *every* picture is dead. So this is a fact
    about a unit *and* a set of pictures: give it many.

    Args:
        codes: array `(number, units)`, or `(number, rows, columns, units)` of a convolutional code, which counts as
            dead where it is dead at every place.
        threshold: float, 0 or more, in the unit of the code.

    Returns:
        Array of bool `(units,)`, True for a dead unit; its sum is their number.

    Raises:
        ValueError: if there is no code, a value is not finite, or `threshold` is negative.

    Example:
        >>> dead_units([[0.0, 2.0, 0.0], [1.0, 0.0, 0.0]]).tolist()
        [False, False, True]
    """
    return (_sizes(codes, threshold) <= threshold).all(axis=0)


def firing_rates(codes, *, threshold=1e-6):
    """For every unit, the share of the pictures for which it is at work: |z| is above `threshold`.

    rⱼ = 1/N #{i : |z_ij| > t}. A dead unit has 0, a unit that is always at work has 1; their mean is the share of a
    code that is at work for the average picture.

    Args:
        codes: array `(number, units)`; or `(number, rows, columns, units)`, where every place counts like a picture.
        threshold: t, float, 0 or more.

    Returns:
        Array `(units,)` from 0 to 1.

    Raises:
        ValueError: as for `dead_units`.

    Example:
        >>> firing_rates([[0.0, 2.0], [0.0, 3.0], [0.0, 0.0], [0.0, 1.0]]).tolist()
        [0.0, 0.75]
    """
    return (_sizes(codes, threshold) > threshold).mean(axis=0)


def _sizes(codes, threshold):
    # |z| with one row per picture, or per place of a convolutional code: (number, units).
    codes = np.asarray(codes, np.float64)
    if codes.ndim < 2 or not codes.size:
        raise ValueError(f"codes must be (number, units), of at least one picture; received shape {codes.shape}")
    if not np.isfinite(codes).all():
        raise ValueError("codes must be finite numbers; received NaN or infinity")
    if not threshold >= 0:
        raise ValueError(f"threshold must be 0 or more; received {threshold!r}")
    return np.abs(codes.reshape(-1, codes.shape[-1]))
