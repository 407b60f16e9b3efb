"""Style as statistics: mean and covariance of a code, and how far two of them are apart."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aelearn.transforms.linalg import one_thread, power, ridged

ENOUGH = 10  # positions per channel, from which a covariance is taken as it is


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

    @cached_property
    def root(self):
        """Σ^½, symmetric, of the covariance with its ridge: array `(channels, channels)`, computed once.

        Example:
            >>> Moments(np.zeros(1), 4 * np.eye(1)).root.round(3)
            array([[2.]])
        """
        with one_thread():
            return power(ridged(self), 0.5)


def moments(features):
    """Mean and covariance over all positions of a code.

    μ = 1/n Σ f ,  Σ = 1/n Σ (f − μ)(f − μ)ᵀ , n the number of positions.

    Args:
        features: array `(..., channels)`; all axes but the last are positions. The products of a float32 code are
            summed in float32, which is several times faster and right to about six digits.

    Returns:
        `Moments` in float64.

    Raises:
        ValueError: if there is no position, or a value is not finite.

    Example:
        >>> moments([[0.0, 0.0], [2.0, 4.0]]).mean.tolist()
        [1.0, 2.0]
    """
    features = np.asarray(features)
    if features.dtype != np.float32:
        features = features.astype(np.float64)
    if features.ndim < 2 or not features.size:
        raise ValueError(f"features must be (..., channels) with at least one position; received {features.shape}")
    points = features.reshape(-1, features.shape[-1])  # (positions, channels)
    mean = points.mean(axis=0, dtype=np.float64)
    centred = points - mean.astype(points.dtype)
    covariance = (centred.T @ centred).astype(np.float64) / len(points)
    if not np.isfinite(covariance).all():
        raise ValueError("features must be finite numbers; received NaN or infinity, or values too large to square")
    return Moments(mean, covariance)


def region_moments(features, weights):
    """Moments of a part of a code, shrunk where the part is too small to tell its covariance.

    μ = Σ w f / Σ w ,  Σ = Σ w (f − μ)(f − μ)ᵀ / Σ w . With n = (Σ w)² / Σ w² positions, fewer than ten times the
    channels, the covariance becomes (1 − ρ) Σ + ρ tr(Σ)/C · I with
    ρ = min(1, (Σ w ‖f − μ‖⁴ / Σ w − ‖Σ‖²) / (n ‖Σ − tr(Σ)/C · I‖²)) : the share that chance has in it.
    Reference: Ledoit and Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices",
    section 3.3, there without weights.

    Args:
        features: array `(..., channels)`; all axes but the last are positions.
        weights: array `(...)`, 0 or more, how much each position belongs to the part.

    Returns:
        `Moments` in float64.

    Raises:
        ValueError: if the shapes do not fit, or no position has a weight.

    Example:
        >>> part = region_moments([[0.0], [2.0], [50.0]], [1.0, 1.0, 0.0])
        >>> part.mean.tolist(), part.covariance.tolist()
        ([1.0], [[1.0]])
    """
    features, weights = np.asarray(features, np.float64), np.asarray(weights, np.float64)
    if features.ndim < 2 or weights.shape != features.shape[:-1]:
        raise ValueError(f"weights must be one per position of features {features.shape}; received {weights.shape}")
    used = weights > 0
    points, weights = features[used], weights[used]
    if not len(points) or not np.isfinite(weights).all():
        raise ValueError("weights must be finite, and above 0 somewhere; received a part without positions")
    number, weights = weights.sum() ** 2 / (weights**2).sum(), weights / weights.sum()
    mean = weights @ points
    centred = points - mean
    covariance = (centred * weights[:, None]).T @ centred
    if not np.isfinite(covariance).all():
        raise ValueError("features must be finite numbers; received NaN or infinity, or values too large to square")
    if number >= ENOUGH * len(mean):
        return Moments(mean, covariance)
    even = np.trace(covariance) / len(mean) * np.eye(len(mean))
    spread = weights @ (centred**2).sum(axis=1) ** 2 - (covariance**2).sum()
    chance = min(1.0, spread / max(number * ((covariance - even) ** 2).sum(), 1e-300))
    return Moments(mean, (1 - chance) * covariance + chance * even)


def ridge(m, share):
    """Moments with a share of the mean variance added to every variance, so that weak directions are not overstretched.

    Σ' = Σ + share · tr(Σ)/C · I , C the number of channels.

    Args:
        m: `Moments`.
        share: float, 0 or more.

    Returns:
        `Moments`.

    Example:
        >>> ridge(Moments(np.zeros(2), np.diag([3.0, 1.0])), 0.5).covariance.tolist()
        [[4.0, 0.0], [0.0, 2.0]]
    """
    return Moments(m.mean, m.covariance + share * np.trace(m.covariance) / m.num_channels * np.eye(m.num_channels))


def style_distance(first, second):
    """How far the covariances of one style are from another's, on average over levels.

    d = 1/L Σₗ ‖Σₗ(first) − Σₗ(second)‖ / ‖Σₗ(second)‖ , with the Frobenius norm.

    Args:
        first: sequence of `Moments`, one per level, of the picture that is judged.
        second: sequence of as many, of the painting.

    Returns:
        float, 0 for the same covariances; around 1 or more for unrelated ones.

    Raises:
        ValueError: if the numbers of levels or channels differ, or a covariance of `second` is zero.

    Example:
        >>> one, two = ([Moments(np.zeros(2), scale * np.eye(2))] for scale in (1.0, 2.0))
        >>> style_distance(one, two)
        0.5
    """
    shapes = [[m.num_channels for m in style] for style in (first, second)]
    if shapes[0] != shapes[1] or not shapes[0]:
        raise ValueError(f"first and second must have the same levels and channels; received {shapes[0]}, {shapes[1]}")
    norms = [np.linalg.norm(m.covariance) for m in second]
    if not all(norms):
        raise ValueError("second has a covariance of zero, a painting of one colour: no distance can be measured to it")
    return float(np.mean([
        np.linalg.norm(a.covariance - b.covariance) / norm for a, b, norm in zip(first, second, norms)
    ]))


def check_pair(content, style):
    if content.num_channels != style.num_channels:
        raise ValueError(
            "content and style must come from the same level of the same encoder; "
            f"received {content.num_channels} and {style.num_channels} channels"
        )
