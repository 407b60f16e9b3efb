"""Powers of covariances: float64, through eigenvectors, on one thread, safe for directions that hold nothing."""

from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController

RIDGE = 1e-5  # added to every variance, as a share of the mean variance: directions that hold noise stay noise


def ridged(m):
    # The tiny absolute floor lets a picture of one colour, whose covariance is zero, through every formula.
    floor = RIDGE * np.trace(m.covariance) / m.num_channels + 1e-12
    return m.covariance + floor * np.eye(m.num_channels)


def power(matrix, *exponents):
    # Powers of a symmetric positive definite matrix through its eigenvectors; rounding may leave tiny negatives.
    eigenvalues, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    eigenvalues = eigenvalues.clip(min=1e-15 * max(eigenvalues[-1], 1e-300))
    powers = [(vectors * eigenvalues**exponent) @ vectors.T for exponent in exponents]
    return powers[0] if len(powers) == 1 else powers


@cache
def _controller():
    return ThreadpoolController()


def one_thread():
    return _controller().limit(limits=1, user_api="blas")
