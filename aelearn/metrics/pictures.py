"""How close two pictures are, as numbers for people."""

import numpy as np


def mse(target, prediction):
    """Mean over all values of the squared difference.

    Args:
        target: array of any shape.
        prediction: array of the same shape.

    Returns:
        float, 0 or more.

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> mse([0.0, 0.0], [1.0, 0.0])
        0.5
    """
    target, prediction = np.asarray(target, np.float64), np.asarray(prediction, np.float64)
    if target.shape != prediction.shape:
        raise ValueError(
            f"target and prediction must have the same shape; received {target.shape} and {prediction.shape}"
        )
    return float(np.mean((target - prediction) ** 2))


def psnr(target, prediction, *, peak=1.0):
    """Peak signal-to-noise ratio in decibels: the squared error on a scale where each 10 dB is a tenth of it.

    PSNR = 10 log₁₀(peak² / MSE). 20 dB is a rough likeness, 30 dB is close, above 40 dB the eye sees no difference.

    Args:
        target: array of any shape.
        prediction: array of the same shape.
        peak: largest value that a picture can have; 1 for pictures in [0, 1].

    Returns:
        float in dB; infinity if both are equal.

    Raises:
        ValueError: if the shapes differ or `peak` is not positive.

    Example:
        >>> round(psnr([0.0], [0.1]), 6)
        20.0
    """
    if not peak > 0:
        raise ValueError(f"peak must be positive; received {peak!r}")
    error = mse(target, prediction)
    return float("inf") if error == 0 else float(10 * np.log10(peak**2 / error))
