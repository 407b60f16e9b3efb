"""The affine maps that carry one set of moments onto another: one idea, four answers.

Every method finds a matrix T and moves each point f to  T (f − μ_c) + μ_s . They differ in how much of the
covariance T carries over, and in which of the many possible matrices it picks.
"""

import difflib
from dataclasses import dataclass
from numbers import Real

import numpy as np

from aelearn.transforms.linalg import one_thread, power, ridged
from aelearn.transforms.moments import Moments, check_pair  # noqa: F401  Moments is used in the examples


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
        mean, matrix, shift = self.change(alpha)
        kind = np.float64 if features.dtype == np.float64 else np.float32
        # Centred first: T stretches a photo of one colour a millionfold, and T f − T μ_c would be rounding alone.
        return features + (features - mean.astype(kind)) @ matrix.astype(kind) + shift.astype(kind)

    def change(self, alpha=1.0):
        """What the map adds to a row vector f, as (mean, matrix, shift): f + (f − mean) matrix + shift.

        Args:
            alpha: float from 0 to 1.

        Returns:
            Three arrays, `(channels,)`, `(channels, channels)`, `(channels,)`: μ_c, α (T − I)ᵀ and α (μ_s − μ_c).

        Example:
            >>> [part.tolist() for part in AffineMap(3 * np.eye(1), np.zeros(1), np.ones(1)).change(0.5)]
            [[0.0], [[1.0]], [0.5]]
        """
        check_alpha(alpha)
        matrix = alpha * (self.matrix - np.eye(len(self.matrix))).T
        return self.source_mean, matrix, alpha * (self.target_mean - self.source_mean)


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
    check_pair(content, style)
    scale = np.sqrt(np.diag(ridged(style)) / np.diag(ridged(content)))
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
    check_pair(content, style)
    with one_thread():
        matrix = style.root @ power(ridged(content), -0.5)
    return AffineMap(matrix, content.mean, style.mean)


def optimal_transport(content, style):
    """Of all maps that carry the covariance over, the one that moves the points least.

    T = Σ_c^-½ (Σ_c^½ Σ_s Σ_c^½)^½ Σ_c^-½ , the optimal transport between two normal distributions: symmetric, and
    so without the needless rotation that whitening-colouring may bring. It is computed as the same matrix seen from the
    style, T = Σ_s^½ (Σ_s^½ Σ_c Σ_s^½)^-½ Σ_s^½ , so that the style's root is taken once and not for every photo.
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
    check_pair(content, style)
    with one_thread():
        matrix = style.root @ power(style.root @ ridged(content) @ style.root, -0.5) @ style.root
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
    check_pair(content, style)
    with one_thread():
        lower_content, lower_style = (np.linalg.cholesky(ridged(m)) for m in (content, style))
        matrix = np.linalg.solve(lower_content.T, lower_style.T).T
    return AffineMap(matrix, content.mean, style.mean)


METHODS = {
    "adain": adain,
    "whitening_coloring": whitening_coloring,
    "optimal_transport": optimal_transport,
    "cholesky": cholesky,
}


def check_method(method):
    """Raise ValueError if `method` is no key of `METHODS`, with the nearest one.

    Example:
        >>> check_method("adain")
    """
    known = list(METHODS)
    if method not in known:
        near = difflib.get_close_matches(str(method), known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"method must be one of {', '.join(known)}; {hint}received {method!r}")


def check_alpha(alpha, name="alpha"):
    """Return `alpha` as a float, or raise ValueError if it is not a number from 0 to 1.

    Args:
        alpha: strength of a map; 0 leaves the code alone, 1 moves it all the way.
        name: how the error calls it.

    Example:
        >>> check_alpha(0.5)
        0.5
    """
    number = isinstance(alpha, Real) and not isinstance(alpha, bool)
    if not number or not 0 <= alpha <= 1:
        raise ValueError(f"{name} must be between 0 and 1; received {alpha!r}")
    return float(alpha)
