"""Between styles: the barycentre of several sets of moments."""

import numpy as np

from aelearn.transforms.linalg import one_thread, power, ridged
from aelearn.transforms.moments import Moments, check_pair


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
        check_pair(styles[0], other)
    mean = sum(w * s.mean for w, s in zip(weights, styles))
    if np.count_nonzero(weights) == 1:
        return Moments(mean, styles[int(np.argmax(weights))].covariance)
    parts = [(w, ridged(s)) for w, s in zip(weights, styles) if w]
    with one_thread():
        covariance = sum(w * s for w, s in parts)
        for _ in range(iterations):
            root, inverse = power(covariance, 0.5, -0.5)
            target = sum(w * power(root @ s @ root, 0.5) for w, s in parts)
            before, covariance = covariance, inverse @ target @ target @ inverse
            if np.abs(covariance - before).max() <= tolerance * np.abs(covariance).max():
                break
    return Moments(mean, covariance)


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
    try:
        array = np.ones(count) if weights is None else np.asarray(weights, np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)  # words, or lists of unequal length
    if array.shape != (count,) or not np.isfinite(array).all() or (array < 0).any() or not array.any():
        raise ValueError(f"weights must be {count} numbers, 0 or more, one of them positive; received {weights!r}")
    array = array / array.max()  # so that the sum of very large ones is finite
    return array / array.sum()
