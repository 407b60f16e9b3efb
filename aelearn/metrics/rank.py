"""How many directions of a code are used."""

import numpy as np


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
