"""Groups in a cloud of points: k-means."""

from numbers import Integral

import numpy as np

from aelearn.transforms.linalg import one_thread

ROUNDS = 50  # of k-means at most; most clouds come to rest in ten
STARTS = 4  # of which the best is taken


def k_means(points, number, *, seed=0):
    """Cut a cloud of points into groups so that every point is near the centre of its own.

    Minimises Σᵢ ‖xᵢ − μ(zᵢ)‖² over the centres μ and the groups zᵢ: every point goes to the nearest centre, every
    centre to the mean of its points, until nothing moves (Lloyd 1982, "Least squares quantization in PCM"). It starts
    from points drawn with a chance that grows with the squared distance to those drawn before (Arthur and Vassilvitskii
    2007, "k-means++", section 2.2), four times, and the lowest sum is kept. A group that loses its last point takes the
    point that is farthest from its centre.

    Args:
        points: array `(points, axes)`.
        number: int, how many groups, from 1 to the number of points.
        seed: int.

    Returns:
        `(groups, centres)`: ints `(points,)` from 0, the largest group first, and float64 `(number, axes)`.

    Raises:
        ValueError: if there are fewer points than groups, or an argument is none.

    Example:
        >>> groups, centres = k_means([[0.0], [0.2], [9.0], [9.2], [9.4]], 2)
        >>> groups.tolist(), centres.round(3).tolist()
        ([1, 1, 0, 0, 0], [[9.2], [0.1]])
    """
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or not points.size or not np.isfinite(points).all():
        raise ValueError(f"points must be finite numbers (points, axes); received an array of shape {points.shape}")
    if isinstance(number, bool) or not isinstance(number, Integral) or not 1 <= number <= len(points):
        raise ValueError(f"number must be an int from 1 to {len(points)}, the number of points; received {number!r}")
    points, origin = points - points[0], points[0]  # differences of large numbers would be rounding
    with one_thread():
        runs = [_settle(points, _draw(points, number, np.random.default_rng([seed, run]))) for run in range(STARTS)]
    _, groups, centres = min(runs, key=lambda run: run[0])
    order = np.argsort(-np.bincount(groups, minlength=number), kind="stable")
    return np.argsort(order)[groups], centres[order] + origin


def squared_distances(points, centres):
    """‖x − μ‖² of every point from every centre.

    Args:
        points: array `(points, axes)`.
        centres: array `(centres, axes)`.

    Returns:
        Array `(points, centres)`, 0 or more.

    Example:
        >>> squared_distances(np.array([[0.0, 3.0]]), np.array([[4.0, 0.0], [0.0, 3.0]])).tolist()
        [[25.0, 0.0]]
    """
    products = (points**2).sum(axis=1)[:, None] - 2 * points @ centres.T + (centres**2).sum(axis=1)
    return products.clip(min=0)


def _draw(points, number, random):
    centres = [points[random.integers(len(points))]]
    while len(centres) < number:
        nearest = squared_distances(points, np.stack(centres)).min(axis=1)
        chance = nearest / nearest.sum() if nearest.sum() > 0 else None  # None: all alike, any will do
        centres.append(points[random.choice(len(points), p=chance)])
    return np.stack(centres)


def _settle(points, centres):
    groups = None
    for _ in range(ROUNDS):
        distances = squared_distances(points, centres)
        before, groups = groups, _without_empty(distances)
        if before is not None and (before == groups).all():
            break
        centres = np.stack([points[groups == group].mean(axis=0) for group in range(len(centres))])
    return squared_distances(points, centres)[np.arange(len(points)), groups].sum(), groups, centres


def _without_empty(distances):
    groups = distances.argmin(axis=1)
    sizes = np.bincount(groups, minlength=distances.shape[1])
    for group in np.flatnonzero(sizes == 0):
        far = np.where(sizes[groups] > 1, distances[np.arange(len(groups)), groups], -1).argmax()
        sizes[groups[far]] -= 1
        groups[far], sizes[group] = group, 1
    return groups
