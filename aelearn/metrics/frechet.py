"""How far one collection of pictures is from another, both taken as clouds of points."""

import numpy as np


def frechet_distance(first, second):
    """How far two clouds of points are apart, each described by its mean and covariance alone.

    d = ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½), the squared distance of optimal transport between two normal
    distributions. It is 0 where both moments agree; it grows if the pictures of one cloud lie elsewhere (bad ones) and
    if they are less varied (few kinds of good ones). Between samples it is never quite 0: compare with that of
    two samples of the real thing.
    Reference: Dowson and Landau 1982, "The Fréchet distance between multivariate normal distributions"; for pictures,
    on the features of a network: Heusel et al. 2017, "GANs trained by a two time-scale update rule".

    Args:
        first: array `(number, features)`.
        second: array `(number, features)`, of as many features; the numbers may differ. Covariances divide by the
            number of points.

    Returns:
        float, 0 or more, in squared units of the features.

    Raises:
        ValueError: if one is not such an array, holds fewer than two points or a value that is not finite, or the
            numbers of features differ.

    Example:
        >>> cloud = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
        >>> round(frechet_distance(cloud, cloud + 3), 6), round(frechet_distance(cloud, 2 * cloud), 6)
        (18.0, 4.0)
    """
    first, second = _check(first, "first"), _check(second, "second")
    if first.shape[1] != second.shape[1]:
        raise ValueError(
            f"first and second must have the same number of features; received {first.shape[1]} and {second.shape[1]}"
        )
    difference = first.mean(axis=0) - second.mean(axis=0)
    root = _root(_covariance(first))
    # tr (Σ₁ Σ₂)^½ by the symmetric matrix that has the same eigenvalues, Σ₁^½ Σ₂ Σ₁^½.
    cross = np.sqrt(np.linalg.eigvalsh(root @ _covariance(second) @ root).clip(min=0)).sum()
    total = difference @ difference + first.var(axis=0).sum() + second.var(axis=0).sum() - 2 * cross
    return float(max(total, 0.0))


def _covariance(points):
    return np.cov(points, rowvar=False, bias=True).reshape(points.shape[1], points.shape[1])


def _root(covariance):
    eigenvalues, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(eigenvalues.clip(min=0)) @ vectors.T


def _check(points, name):
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or len(points) < 2 or not points.size:
        raise ValueError(f"{name} must be points (number, features), two or more; received shape {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError(f"{name} must be finite; received NaN or infinity")
    return points
