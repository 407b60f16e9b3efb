"""Numbers for people: how close two pictures are, and how much of a code is used. NumPy only."""

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


def effective_rank(covariance):
    """How many directions a code really uses.

    exp(−Σᵢ pᵢ ln pᵢ) with pᵢ = λᵢ / Σλ, the eigenvalues of the covariance taken as a distribution: the
    exponential of its entropy. One direction gives 1, C equal ones give C.
    Reference: Roy and Vetterli 2007, "The effective rank".

    Args:
        covariance: array `(channels, channels)`, symmetric, positive semi-definite.

    Returns:
        float from 1 to `channels`; 0 if the covariance is zero.

    Raises:
        ValueError: if it is not a square matrix of finite numbers.

    Example:
        >>> round(effective_rank(np.eye(3)), 6)
        3.0
    """
    covariance = np.asarray(covariance, np.float64)
    if covariance.ndim != 2 or covariance.shape[0] != covariance.shape[1] or not np.isfinite(covariance).all():
        raise ValueError(f"covariance must be a finite square matrix; received shape {covariance.shape}")
    eigenvalues = np.linalg.eigvalsh(covariance).clip(min=0)
    if not eigenvalues.sum():
        return 0.0
    share = eigenvalues[eigenvalues > 0] / eigenvalues.sum()
    return float(np.exp(-np.sum(share * np.log(share))))
