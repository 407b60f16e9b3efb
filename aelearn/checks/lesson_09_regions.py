"""Judges of lesson 09, regions: the moments of a part of a code, and a step towards finding such parts."""

import numpy as np

from aelearn.checks.verdict import Exercise


def weighted_moments(answer):
    """Judge `weighted_moments(code, mask)`: mean and covariance of a region.

    Args:
        answer: the reader's function of arrays `(rows, columns, channels)` and `(rows, columns)`; returns
            `(mean, covariance)`.

    Returns:
        `Verdict`.

    Example:
        >>> weighted_moments(lambda code, mask: (code.mean((0, 1)), np.cov(np.concatenate(code).T, bias=True)))
        ✗ not yet, because the mask does nothing: these are the moments of the whole code
    """
    return _MOMENTS.judge(answer)


def lloyd_step(answer):
    """Judge `lloyd_step(points, centres)`: every point to its nearest centre, every centre to the mean of its points.

    Args:
        answer: the reader's function of arrays `(number, channels)` and `(k, channels)`; returns `(labels, centres)`.

    Returns:
        `Verdict`.

    Example:
        >>> lloyd_step(lambda points, centres: centres)
        ✗ not yet, because the centres came back as they were: move each to the mean of its points
    """
    return _LLOYD.judge(answer)


def _flat(code, mask):
    return code.reshape(-1, code.shape[-1]), np.asarray(mask, float).ravel()


def _moments(weigh=lambda w: w / w.sum(), centre=None, spread=None, divide=None):
    """Weighted moments in which one part may be wrong.

    `weigh` makes shares of the mask, `centre` the mean, `spread` the weights of the products, `divide` a factor.
    """

    def function(code, mask):
        points, weights = _flat(code, mask)
        shares = weigh(weights)
        mean = shares @ points
        centred = points - (mean if centre is None else centre(points))
        of_products = shares if spread is None else spread(weights)
        covariance = (centred * of_products[:, None]).T @ centred
        return mean, covariance * (1.0 if divide is None else divide(weights))

    return function


def _blacked_out(code, mask):
    # The code outside the region set to zero, and then the moments of everything.
    points, weights = _flat(code, mask)
    points = points * weights[:, None]
    return points.mean(axis=0), np.cov(points.T, bias=True)


def _of_a_whole_mask(keep):
    """The moments of all positions that are kept, which count in full."""

    def function(code, mask):
        points, weights = _flat(code, mask)
        points = points[keep(weights)]
        return points.mean(axis=0), np.cov(points.T, bias=True)

    return function


def _mean_only(code, mask):
    return _moments()(code, mask)[0]


def _wrong_mean(mean):
    """The right covariance, beside another mean."""
    return lambda code, mask: (mean(*_flat(code, mask)), _moments()(code, mask)[1])


_random = np.random.default_rng(90)


def _some_region(rows, columns, channels):
    code = _random.normal(size=(rows, columns, channels)) @ _random.normal(size=(channels, channels))
    code += _random.normal(0, 3, channels)
    mask = np.zeros((rows, columns))
    mask[1:, : columns // 2] = 1
    mask[0] = _random.random(columns).round(2)  # a soft edge
    return code, mask


def _effective(w):
    return w.sum() ** 2 / (w**2).sum()


_MOMENTS = Exercise(
    name="weighted_moments",
    truth=_moments(),
    cases=[_some_region(5, 8, 3), _some_region(4, 6, 4)],
    mistakes={
        "the mask does nothing: these are the moments of the whole code":
            _moments(lambda w: np.full(len(w), 1 / len(w))),
        "outside the region the code was set to zero and still counted; a position of weight 0 must not count at all":
            _blacked_out,
        "you divided by the number of positions; divide by the sum of the weights":
            _moments(lambda w: w / len(w)),
        "the mean is right; in the covariance you divided by the number of positions: divide by the sum of the weights":
            _moments(spread=lambda w: w / len(w)),
        "nothing was divided: divide by the sum of the weights": (
            _moments(lambda w: w),
            _moments(spread=lambda w: w),
        ),
        "the mean is right; the covariance is taken around the mean of the whole code":
            _moments(centre=lambda points: points.mean(axis=0)),
        "the mean is right; the covariance does not know the weights":
            _moments(spread=lambda w: np.full(len(w), 1 / len(w))),
        "the means of the products are there, the mean was not taken away: Σ w (f − μ)(f − μ)ᵀ":
            _moments(centre=lambda points: 0.0),
        "the weights came in twice, once on each side of the product: w (f − μ)(f − μ)ᵀ has one w": (
            _moments(spread=lambda w: w**2 / w.sum()),
            _moments(spread=lambda w: (w / w.sum()) ** 2),
            _moments(spread=lambda w: w**2 / (w**2).sum()),
        ),
        "every position with any weight counts in full; a soft edge counts by its weight": (
            _of_a_whole_mask(lambda w: w > 0), _of_a_whole_mask(lambda w: w != 0)),
        "positions of half the weight or more count in full, and the others not at all; a soft edge counts by its "
        "weight": (_of_a_whole_mask(lambda w: w >= 0.5), _of_a_whole_mask(lambda w: w == 1)),
        "that is the region of the others: the weights are those of the mask, not 1 - mask":
            lambda code, mask: _moments()(code, 1 - mask),
        "you divided by Σ w - 1, as for a sample; in this course a covariance divides by Σ w": (
            _moments(divide=lambda w: w.sum() / (w.sum() - 1)),
            _moments(divide=lambda w: _effective(w) / (_effective(w) - 1)),
        ),
        "the covariance is right; the mean is that of the whole code":
            _wrong_mean(lambda points, weights: points.mean(axis=0)),
        "the covariance is right; the mean was not divided by the sum of the weights":
            _wrong_mean(lambda points, weights: weights @ points),
        "mean and covariance are swapped: give back (mean, covariance)":
            lambda code, mask: _moments()(code, mask)[::-1],
        "the mean came back alone: give back (mean, covariance)": _mean_only,
    },
    praise="a region has moments of its own, and a soft edge counts by its weight",
    hint="flatten both, divide the weights by their sum, then mean = w @ f and Σ = ((f − mean) * w[:, None]).T @ "
         "(f − mean)",
)


def _distances(points, centres):
    return ((points[:, None] - centres[None]) ** 2).sum(axis=2)


def _moved(points, centres, labels, place=lambda group: group.mean(axis=0), empty=lambda centre: centre):
    groups = [points[labels == k] for k in range(len(centres))]
    return np.array([place(group) if len(group) else empty(centre) for group, centre in zip(groups, centres)])


def _step(assign=lambda points, centres: _distances(points, centres).argmin(axis=1), **options):
    def function(points, centres):
        labels = assign(points, centres)
        return labels, _moved(points, centres, labels, **options)

    return function


def _by_size(distance):
    return lambda points, centres: distance(points[:, None] - centres[None]).argmin(axis=1)


def _nan(centre):
    return np.full(centre.shape, np.nan)


def _late_labels(points, centres):
    # The labels of the next step, beside the centres of this one.
    _, moved = _step()(points, centres)
    return _distances(points, moved).argmin(axis=1), moved


def _nearest_point(points, centres):
    labels = _distances(points, centres).argmin(axis=1)
    return labels, points[_distances(points, centres).argmin(axis=0)]


def _halfway(points, centres):
    labels, moved = _step()(points, centres)
    return labels, (moved + centres) / 2


def _whole_walk(points, centres):
    labels = None
    for _ in range(100):
        labels, centres = _step()(points, centres)
    return labels, centres


def _some_points(offsets, centres):
    points = np.concatenate([_random.normal(offset, 1.6, (30, len(offset))) for offset in offsets])
    return points.round(3), np.array(centres, float)


_LLOYD = Exercise(
    name="lloyd_step",
    truth=_step(),
    # In the last case a centre is so far out that no point is its own.
    cases=[_some_points(((0, 0), (4, 1)), [(0.7, 1.2), (2.6, -0.5)]),
           _some_points(((0, 0, 1), (3, 3, 0), (6, 0, 2)), [(0.3, 0.3, 0.9), (3.1, 1.0, 0.2), (4.4, 2.5, 1.1)]),
           _some_points(((0, 0), (4, 2)), [(0.5, 0.9), (2.6, 0.3), (90.0, -90.0)])],
    mistakes={
        "the centres came back as they were: move each to the mean of its points": (
            lambda points, centres: (_step()(points, centres)[0], centres),
            lambda points, centres: centres,
        ),
        "every point went to the farthest centre: argmin, not argmax":
            _step(lambda points, centres: _distances(points, centres).argmax(axis=1)),
        "you took the centre with the largest product with the point; the nearest is the one at the least distance":
            _step(lambda points, centres: (points @ centres.T).argmax(axis=1)),
        "distances were measured along single axes, |a| + |b|: add up squares":
            _step(_by_size(lambda apart: np.abs(apart).sum(axis=2))),
        "distances were measured along the longest axis alone: add up the squares of all":
            _step(_by_size(lambda apart: np.abs(apart).max(axis=2))),
        "distances were measured in the first channel alone: add up the squares of all":
            _step(_by_size(lambda apart: np.abs(apart[..., 0]))),
        "the differences were added up with their signs: square them first": (
            _step(_by_size(lambda apart: apart.sum(axis=2))),
            _step(_by_size(lambda apart: np.abs(apart.sum(axis=2)))),
        ),
        "a centre went to the sum of its points: take the mean": _step(place=lambda group: group.sum(axis=0)),
        "a centre went to the median of its points: take the mean": _step(place=lambda group: np.median(group, axis=0)),
        "a centre moved half of the way: it goes to the mean of its points": _halfway,
        "a centre went to the point nearest to it: it goes to the mean of all its points": _nearest_point,
        "a centre whose points have all gone elsewhere has no mean: leave it where it is (its mean is nan)": (
            _step(empty=_nan),
        ),
        "a centre whose points have all gone elsewhere went to the origin: leave it where it is":
            _step(empty=np.zeros_like),
        "a centre whose points have all gone elsewhere went to the mean of all points: leave it where it is":
            lambda points, centres: _step(empty=lambda centre: points.mean(axis=0))(points, centres),
        "a centre whose points have all gone elsewhere was lost: leave it where it is, there must be as many as before":
            lambda points, centres: (lambda labels: (labels, np.array([
                points[labels == k].mean(axis=0) for k in np.unique(labels)])))(_step()(points, centres)[0]),
        "the labels are those of the next step: give back the labels by which the centres were moved": _late_labels,
        "labels and centres are swapped: give back (labels, centres)":
            lambda points, centres: _step()(points, centres)[::-1],
        "the labels came back alone: give back (labels, centres)": lambda points, centres: _step()(points, centres)[0],
        "the centres came back alone: give back (labels, centres)":
            lambda points, centres: _step()(points, centres)[1],
        "that is the end of the walk: make one step": _whole_walk,
    },
    praise="each point to the nearest centre, each centre to the middle of its points",
    hint="distances (number, k) by broadcasting, labels = argmin over k, then the mean of points[labels == j] for each "
         "j",
)
