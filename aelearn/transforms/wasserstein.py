"""How far apart two styles are: the distance between the normal distributions that their moments describe."""

import numpy as np

from aelearn.transforms.linalg import one_thread, power
from aelearn.transforms.moments import Moments, check_pair  # noqa: F401  Moments is used in the example


def wasserstein_distance(first, second):
    """How far two styles are apart, in means and covariances, on average over levels.

    d² = 1/L Σₗ (‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½)) / ½ (tr Σ₁ + tr Σ₂ + ‖μ₁‖² + ‖μ₂‖²)
    with the moments of level l: what optimal transport between them costs, as a share of what there is to move, so
    that every level counts alike. It is symmetric, 0 for equal moments, and never more than √2 with both means at 0.
    Reference: Dowson and Landau 1982, "The Fréchet distance between multivariate normal distributions".

    Args:
        first: sequence of `Moments`, one per level.
        second: sequence of as many, of the same model.

    Returns:
        float, 0 or more.

    Raises:
        ValueError: if the numbers of levels or channels differ.

    Example:
        >>> one, two = ([Moments(np.zeros(1), variance * np.eye(1))] for variance in (1.0, 4.0))
        >>> round(wasserstein_distance(one, two) ** 2, 6)  # (2 − 1)² of ½ (4 + 1)
        0.4
    """
    if len(first) != len(second) or not len(first):
        raise ValueError(f"first and second must have the same levels; received {len(first)} and {len(second)}")
    with one_thread():
        return float(np.sqrt(np.mean([_share(a, b) for a, b in zip(first, second)])))


def _share(a, b):
    check_pair(a, b)
    root = power(a.covariance, 0.5)
    eigenvalues = np.linalg.eigvalsh(root @ b.covariance @ root)
    both = np.trace(a.covariance) + np.trace(b.covariance)
    cost = ((a.mean - b.mean) ** 2).sum() + both - 2 * np.sqrt(eigenvalues.clip(min=0)).sum()
    whole = (both + (a.mean**2).sum() + (b.mean**2).sum()) / 2
    return max(cost, 0.0) / max(whole, 1e-300)
