"""Whether two sets of directions span the same space."""

import numpy as np


def principal_angles(first, second):
    """Angles between the spaces that the rows of two matrices span: all 0 where the spaces are the same.

    With orthonormal bases Q₁, Q₂ of the two spaces, the cosines of the angles are the singular values of Q₁ Q₂ᵀ. They
    do not depend on the bases. Reference: Björck and Golub 1973, "Numerical methods for computing angles between
    linear subspaces", section 3.

    Args:
        first: array `(k, n)`, k linearly independent rows, k at most n.
        second: array `(k, n)`, likewise.

    Returns:
        Array `(k,)` in degrees, from 0 to 90, smallest first.

    Raises:
        ValueError: if the shapes differ, or rows are linearly dependent.

    Example:
        >>> principal_angles([[1.0, 0.0, 0.0]], [[1.0, 1.0, 0.0]]).round().tolist()
        [45.0]
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if first.ndim != 2 or first.shape != second.shape or not 0 < len(first) <= first.shape[1]:
        raise ValueError(
            "first and second must be (k, n) of one shape, k at most n; "
            f"received {first.shape} and {second.shape}"
        )
    for name, matrix in (("first", first), ("second", second)):
        if not np.isfinite(matrix).all() or np.linalg.matrix_rank(matrix) < len(matrix):
            raise ValueError(f"the rows of {name} must be finite and linearly independent")
    bases = [np.linalg.qr(matrix.T)[0] for matrix in (first, second)]  # (n, k), orthonormal columns
    cosines = np.linalg.svd(bases[0].T @ bases[1], compute_uv=False)
    return np.degrees(np.arccos(cosines.clip(-1, 1)))
