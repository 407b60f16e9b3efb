"""Style as statistics: the moments of a code, and the affine maps that carry one set of moments onto another.

A code is a cloud of points, one per position, one axis per channel. Its mean and covariance are its style here.
Every method finds a matrix T and moves each point f to  T (f − μ_c) + μ_s ; they differ in how much of the
covariance T carries over, and in which of the many possible matrices it picks.

The linear algebra runs in float64 NumPy on one thread: for matrices of this size a second thread costs more than
it brings.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController

RIDGE = 1e-5  # added to every variance, as a share of the mean variance: directions that hold noise stay noise


@dataclass(frozen=True)
class Moments:
    """Mean and covariance of a code: what this course calls a style.

    Example:
        >>> Moments(np.zeros(3), np.eye(3)).num_channels
        3
    """

    mean: np.ndarray  # (channels,)
    covariance: np.ndarray  # (channels, channels), divided by the number of positions

    @property
    def num_channels(self):
        return len(self.mean)


def moments(features):
    """Mean and covariance over all positions of a code.

    μ = 1/n Σ f ,  Σ = 1/n Σ (f − μ)(f − μ)ᵀ , n the number of positions.

    Args:
        features: array `(..., channels)`; all axes but the last are positions.

    Returns:
        `Moments` in float64.

    Raises:
        ValueError: if there is no position, or a value is not finite.

    Example:
        >>> moments([[0.0, 0.0], [2.0, 4.0]]).mean.tolist()
        [1.0, 2.0]
    """
    features = np.asarray(features, np.float64)
    if features.ndim < 2 or not features.size:
        raise ValueError(f"features must be (..., channels) with at least one position; received {features.shape}")
    points = features.reshape(-1, features.shape[-1])  # (positions, channels)
    mean = points.mean(axis=0)
    centred = points - mean
    covariance = centred.T @ centred / len(points)
    if not np.isfinite(covariance).all():
        raise ValueError("features must be finite numbers; received NaN or infinity, or values too large to square")
    return Moments(mean, covariance)


@dataclass(frozen=True)
class AffineMap:
    """The map f → T (f − μ_c) + μ_s, blended with f itself by alpha.

    Calling it with features `(..., channels)` and `alpha` from 0 to 1 returns (1 − α) f + α (T (f − μ_c) + μ_s) in
    the shape and precision of the features. It works on NumPy arrays and on tensors of any backend.

    Example:
        >>> double = AffineMap(2 * np.eye(1), np.zeros(1), np.zeros(1))
        >>> double(np.array([[1.0]]), alpha=0.5).tolist()
        [[1.5]]
    """

    matrix: np.ndarray  # T, (channels, channels)
    source_mean: np.ndarray  # μ_c, (channels,)
    target_mean: np.ndarray  # μ_s, (channels,)

    def __call__(self, features, alpha=1.0):
        check_alpha(alpha)
        if features.shape[-1] != len(self.source_mean):
            raise ValueError(
                f"features must have {len(self.source_mean)} channels, as the map; received {tuple(features.shape)}"
            )
        blend = (1 - alpha) * np.eye(len(self.matrix)) + alpha * self.matrix
        shift = alpha * (self.target_mean - self.matrix @ self.source_mean)
        kind = np.float64 if features.dtype == np.float64 else np.float32
        return features @ blend.T.astype(kind) + shift.astype(kind)


def adain(content, style):
    """Adaptive instance normalisation: give every channel the style's mean and deviation, one by one.

    T = diag(σ_s / σ_c). How channels move together, the off-diagonal of the covariance, stays the photo's.
    Reference: Huang and Belongie 2017, equation 8.

    Args:
        content: `Moments` of the photo's code.
        style: `Moments` of the painting's code, same number of channels.

    Returns:
        `AffineMap`.

    Raises:
        ValueError: if the numbers of channels differ.

    Example:
        >>> adain(Moments(np.zeros(1), np.eye(1)), Moments(np.zeros(1), 9 * np.eye(1))).matrix.round(3).tolist()
        [[3.0]]
    """
    _check_pair(content, style)
    scale = np.sqrt(np.diag(_ridged(style)) / np.diag(_ridged(content)))
    return AffineMap(np.diag(scale), content.mean, style.mean)


def whitening_coloring(content, style):
    """Whiten the code, then give it the colour of the style: the whole covariance, both ways along its own axes.

    T = Σ_s^½ Σ_c^-½ . Reference: Li et al. 2017, equations 2 and 3.

    Args:
        content: `Moments` of the photo's code.
        style: `Moments` of the painting's code, same number of channels.

    Returns:
        `AffineMap`.

    Raises:
        ValueError: if the numbers of channels differ.

    Example:
        >>> whitening_coloring(Moments(np.zeros(2), np.eye(2)), Moments(np.ones(2), np.eye(2))).matrix.round(9) + 0.0
        array([[1., 0.],
               [0., 1.]])
    """
    _check_pair(content, style)
    with _one_thread():
        matrix = _power(_ridged(style), 0.5) @ _power(_ridged(content), -0.5)
    return AffineMap(matrix, content.mean, style.mean)


def optimal_transport(content, style):
    """Of all maps that carry the covariance over, the one that moves the points least.

    T = Σ_c^-½ (Σ_c^½ Σ_s Σ_c^½)^½ Σ_c^-½ , the optimal transport between two normal distributions: symmetric, and
    so without the needless rotation that whitening-colouring may bring.
    Reference: Lu et al. 2019, "A closed-form solution to universal style transfer", equation 9.

    Args:
        content: `Moments` of the photo's code.
        style: `Moments` of the painting's code, same number of channels.

    Returns:
        `AffineMap` with a symmetric matrix.

    Raises:
        ValueError: if the numbers of channels differ.

    Example:
        >>> optimal_transport(Moments(np.zeros(1), np.eye(1)), Moments(np.zeros(1), 4 * np.eye(1))).matrix.round(3)
        array([[2.]])
    """
    _check_pair(content, style)
    with _one_thread():
        root, inverse = _power(_ridged(content), 0.5, -0.5)
        matrix = inverse @ _power(root @ _ridged(style) @ root, 0.5) @ inverse
    return AffineMap(matrix, content.mean, style.mean)


def cholesky(content, style):
    """Carry the covariance over through triangular factors: the cheapest full map.

    T = L_s L_c⁻¹ with Σ = L Lᵀ. Its result depends on the order of the channels.
    Reference: Li et al. 2019, "Learning linear transformations", discuss the family of such maps.

    Args:
        content: `Moments` of the photo's code.
        style: `Moments` of the painting's code, same number of channels.

    Returns:
        `AffineMap` with a lower triangular matrix.

    Raises:
        ValueError: if the numbers of channels differ.

    Example:
        >>> cholesky(Moments(np.zeros(1), np.eye(1)), Moments(np.zeros(1), 4 * np.eye(1))).matrix.round(3).tolist()
        [[2.0]]
    """
    _check_pair(content, style)
    with _one_thread():
        lower_content, lower_style = (np.linalg.cholesky(_ridged(m)) for m in (content, style))
        matrix = np.linalg.solve(lower_content.T, lower_style.T).T
    return AffineMap(matrix, content.mean, style.mean)


METHODS = {
    "adain": adain,
    "whitening_coloring": whitening_coloring,
    "optimal_transport": optimal_transport,
    "cholesky": cholesky,
}


def mix_moments(styles, weights=None, *, iterations=50, tolerance=1e-9):
    """The style halfway between styles: the Bures–Wasserstein barycentre of their moments.

    The means are averaged. The covariance S solves  S = Σᵢ wᵢ (S^½ Σᵢ S^½)^½ , found by repeating
    S ← S^-½ (Σᵢ wᵢ (S^½ Σᵢ S^½)^½)² S^-½ . A plain average of covariances would be rounder than any of them.
    Reference: Álvarez-Esteban et al. 2016, "A fixed-point approach to barycenters in Wasserstein space", theorem 4.2.

    Args:
        styles: list of `Moments` with the same number of channels.
        weights: list of as many numbers, 0 or more, of which one is positive; scaled to sum 1. Equal if None.
        iterations: int, at most so many rounds.
        tolerance: float, stop when no entry moves more than this share of the largest.

    Returns:
        `Moments`.

    Raises:
        ValueError: if there is no style, channels differ, or the weights do not fit.

    Example:
        >>> low, high = (Moments(np.zeros(1), variance * np.eye(1)) for variance in (1.0, 9.0))
        >>> mix_moments([low, high]).covariance.round(3).tolist()
        [[4.0]]
    """
    styles = list(styles)
    weights = check_weights(weights, len(styles))
    for other in styles[1:]:
        _check_pair(styles[0], other)
    mean = sum(w * s.mean for w, s in zip(weights, styles))
    if np.count_nonzero(weights) == 1:
        return Moments(mean, styles[int(np.argmax(weights))].covariance)
    parts = [(w, _ridged(s)) for w, s in zip(weights, styles) if w]
    with _one_thread():
        covariance = sum(w * s for w, s in parts)
        for _ in range(iterations):
            root, inverse = _power(covariance, 0.5, -0.5)
            target = sum(w * _power(root @ s @ root, 0.5) for w, s in parts)
            before, covariance = covariance, inverse @ target @ target @ inverse
            if np.abs(covariance - before).max() <= tolerance * np.abs(covariance).max():
                break
    return Moments(mean, covariance)


def check_alpha(alpha, name="alpha"):
    """Return `alpha` as a float, or raise ValueError if it is not a number from 0 to 1.

    Args:
        alpha: strength of a map; 0 leaves the code alone, 1 moves it all the way.
        name: how the error calls it.

    Example:
        >>> check_alpha(0.5)
        0.5
    """
    if isinstance(alpha, (bool, str)) or not np.isscalar(alpha) or not 0 <= alpha <= 1:
        raise ValueError(f"{name} must be between 0 and 1; received {alpha!r}")
    return float(alpha)


def check_weights(weights, count):
    """Return mixing weights as an array that sums to 1, or raise ValueError if they do not fit `count` styles.

    Args:
        weights: None for equal ones, or `count` numbers, 0 or more, not all 0.
        count: int, number of styles.

    Example:
        >>> check_weights([1, 3], 2).tolist()
        [0.25, 0.75]
    """
    if not count:
        raise ValueError("styles must hold at least one style; received none")
    array = np.ones(count) if weights is None else np.asarray(weights, np.float64)
    if array.shape != (count,) or not np.isfinite(array).all() or (array < 0).any() or not array.sum():
        raise ValueError(f"weights must be {count} numbers, 0 or more, one of them positive; received {weights!r}")
    return array / array.sum()


def _check_pair(content, style):
    if content.num_channels != style.num_channels:
        raise ValueError(
            "content and style must come from the same level of the same encoder; "
            f"received {content.num_channels} and {style.num_channels} channels"
        )


def _ridged(m):
    # The tiny absolute floor lets a picture of one colour, whose covariance is zero, through every formula.
    floor = RIDGE * np.trace(m.covariance) / m.num_channels + 1e-12
    return m.covariance + floor * np.eye(m.num_channels)


def _power(matrix, *exponents):
    # Powers of a symmetric positive definite matrix through its eigenvectors; rounding may leave tiny negatives.
    eigenvalues, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    eigenvalues = eigenvalues.clip(min=1e-15 * max(eigenvalues[-1], 1e-300))
    powers = [(vectors * eigenvalues**exponent) @ vectors.T for exponent in exponents]
    return powers[0] if len(powers) == 1 else powers


@cache
def _controller():
    return ThreadpoolController()


def _one_thread():
    return _controller().limit(limits=1, user_api="blas")
