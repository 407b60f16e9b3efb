"""The judges of lesson 09: right answers in any style pass, every known mistake gets its own diagnosis.

All answers here are written as a learner would write them, and not taken from the judges.
"""

import copy

import judging
import numpy as np
import pytest
import scipy.linalg

from aelearn import checks, transforms
from aelearn.checks import lesson_09, lesson_09_colours, lesson_09_regions
from aelearn.stylize import keep_colors

EXERCISES = {
    "barycentre_step": lesson_09._STEP,
    "combine_moments": lesson_09._COMBINE,
    "weighted_moments": lesson_09_regions._MOMENTS,
    "lloyd_step": lesson_09_regions._LLOYD,
    "luminance_only": lesson_09_colours._LUMINANCE,
}


# --- barycentre_step


def power(matrix, exponent):
    eigenvalues, vectors = np.linalg.eigh(matrix)
    return vectors @ np.diag(eigenvalues**exponent) @ vectors.T


def step_as_the_lesson(current, covariances, weights):
    root, inverse = power(current, 0.5), power(current, -0.5)
    middle = sum(w * power(root @ c @ root, 0.5) for w, c in zip(weights, covariances))
    return inverse @ middle @ middle @ inverse


def step_with_scipy(current, covariances, weights):
    root = scipy.linalg.sqrtm(current).real
    middle = np.zeros_like(root)
    for w, c in zip(weights, covariances):
        middle += w * scipy.linalg.sqrtm(root @ c @ root).real
    return np.linalg.inv(root) @ np.linalg.matrix_power(middle, 2) @ np.linalg.inv(root)


def step_by_transport(current, covariances, weights):
    here = transforms.Moments(np.zeros(len(current)), current)
    there = [transforms.Moments(np.zeros(len(current)), c) for c in covariances]
    mean = sum(w * transforms.optimal_transport(here, goal).matrix for w, goal in zip(weights, there))
    return mean @ current @ mean.T


def middle_of(s, covariances, weights):
    return sum(w * power(power(s, 0.5) @ c @ power(s, 0.5), 0.5) for w, c in zip(weights, covariances))


def around(s, middle, exponent=-0.5):
    return power(s, exponent) @ middle @ power(s, exponent)


def square_of_middle(s, c, w):
    return middle_of(s, c, w) @ middle_of(s, c, w)


def step_by_entry(s, covariances, weights):
    root = np.sqrt(s)
    middle = sum(w * np.sqrt(root @ c @ root) for w, c in zip(weights, covariances))
    return (1 / np.sqrt(s)) @ middle @ middle @ (1 / np.sqrt(s))


def step_with_squared_terms(s, covariances, weights):
    root = power(s, 0.5)
    terms = [power(root @ c @ root, 0.5) for c in covariances]
    return around(s, sum(w * term @ term for w, term in zip(weights, terms)))


def step_the_other_way(s, covariances, weights):
    middle = sum(w * power(power(c, 0.5) @ s @ power(c, 0.5), 0.5) for w, c in zip(weights, covariances))
    return around(s, middle @ middle)


def step_without_inner_root(s, covariances, weights):
    middle = sum(w * power(s, 0.5) @ c @ power(s, 0.5) for w, c in zip(weights, covariances))
    return around(s, middle @ middle)


def step_to_the_end(s, covariances, weights):
    for _ in range(100):
        s = step_as_the_lesson(s, covariances, weights)
    return s


def roots_entry_by_entry_inside(s, c, w):
    root = np.sqrt(s)
    middle = sum(weight * np.sqrt(root @ each @ root) for weight, each in zip(w, c))
    return around(s, middle @ middle)


STEP_RIGHT = [step_as_the_lesson, step_with_scipy, step_by_transport]
STEP_WRONG = [
    ("came back as it was", lambda s, c, w: s),
    ("the plain average", lambda s, c, w: np.average(c, axis=0, weights=w)),
    ("the plain average", step_with_squared_terms),
    ("the square is missing", lambda s, c, w: around(s, middle_of(s, c, w))),
    ("on both sides are missing", square_of_middle),
    ("the sum in the middle", middle_of),
    ("squares entry by entry", lambda s, c, w: around(s, middle_of(s, c, w) ** 2)),
    ("roots entry by entry", step_by_entry),
    ("roots entry by entry", roots_entry_by_entry_inside),
    ("have changed places", step_the_other_way),
    ("the root around", step_without_inner_root),
    ("where S^-½ should", lambda s, c, w: around(s, square_of_middle(s, c, w), 0.5)),
    ("S^-1 stands", lambda s, c, w: around(s, square_of_middle(s, c, w), -1)),
    ("on one side alone, twice", lambda s, c, w: power(s, -0.5) @ power(s, -0.5) @ square_of_middle(s, c, w)),
    ("on one side alone, twice", lambda s, c, w: square_of_middle(s, c, w) @ np.linalg.inv(s)),
    ("on one side alone;", lambda s, c, w: power(s, -0.5) @ square_of_middle(s, c, w)),
    ("on one side alone;", lambda s, c, w: square_of_middle(s, c, w) @ power(s, -0.5)),
    ("all styles weigh alike", lambda s, c, w: around(s, square_of_middle(s, c, [1 / len(w)] * len(w)))),
    ("all styles weigh alike", lambda s, c, w: around(s, square_of_middle(s, c, [1] * len(w)))),
    ("the weights were squared", lambda s, c, w: around(s, square_of_middle(s, c, [each**2 for each in w]))),
    ("matrices that commute", lambda s, c, w: np.linalg.matrix_power(
        sum(weight * power(each, 0.5) for weight, each in zip(w, c)), 2)),
    ("the end of the walk", step_to_the_end),
]


# --- combine_moments


def combined_by_sums(first, second):
    n, total, squares = 0, 0.0, 0.0
    for number, mean, covariance in (first, second):
        n += number
        total = total + number * mean
        squares = squares + number * (covariance + np.outer(mean, mean))
    mean = total / n
    return n, mean, squares / n - np.outer(mean, mean)


def combined_by_chan(first, second):
    (n1, m1, c1), (n2, m2, c2) = first, second
    n, d = n1 + n2, m2 - m1
    return [n, m1 + d * n2 / n, (n1 * c1 + n2 * c2) / n + n1 * n2 / n**2 * np.outer(d, d)]


def combined_as_variance_of_means(first, second):
    (n1, m1, _), (n2, m2, _) = first, second
    n = n1 + n2
    mean = (n1 * m1 + n2 * m2) / n
    parts = [(number / n, c + np.outer(m - mean, m - mean)) for number, m, c in (first, second)]
    return n, mean, sum(share * part for share, part in parts)


def combine_with(mean=None, covariance=None, count=None):
    """The right answer with one part replaced by a function of (n1, m1, c1, n2, m2, c2)."""

    def answer(first, second):
        n, m, c = combined_by_chan(first, second)
        everything = (*first, *second)
        return (count(*everything) if count else n, mean(*everything) if mean else m,
                covariance(*everything) if covariance else c)

    return answer


def within(n1, c1, n2, c2):
    return (n1 * c1 + n2 * c2) / (n1 + n2)


def between(n1, m1, n2, m2, factor=None):
    share = n1 * n2 / (n1 + n2) ** 2 if factor is None else factor
    return share * np.outer(m1 - m2, m1 - m2)


def mean_half(n1, m1, c1, n2, m2, c2):
    return (m1 + m2) / 2


def covariance_half(n1, m1, c1, n2, m2, c2):
    return (c1 + c2) / 2 + between(n1, m1, n2, m2)



def crossed_mean(n1, m1, c1, n2, m2, c2):
    return (n2 * m1 + n1 * m2) / (n1 + n2)


def crossed_covariance(n1, m1, c1, n2, m2, c2):
    return within(n2, c1, n1, c2) + between(n1, m1, n2, m2)


def with_between(change):
    return combine_with(covariance=lambda n1, m1, c1, n2, m2, c2: within(n1, c1, n2, c2) + change(n1, m1, n2, m2))


def with_within(change):
    return combine_with(covariance=lambda n1, m1, c1, n2, m2, c2: change(n1, c1, n2, c2) + between(n1, m1, n2, m2))


def sample_covariance(n1, m1, c1, n2, m2, c2):
    n = n1 + n2
    return (n * within(n1, c1, n2, c2) + n * between(n1, m1, n2, m2)) / (n - 1)


def covariance_of_samples(n1, m1, c1, n2, m2, c2):
    n = n1 + n2
    return ((n1 - 1) * c1 + (n2 - 1) * c2 + n * between(n1, m1, n2, m2)) / (n - 1)


COMBINE_RIGHT = [combined_by_sums, combined_by_chan, combined_as_variance_of_means]
COMBINE_WRONG = [
    ("only the first part", lambda first, second: first),
    ("only the second part", lambda first, second: second),
    ("the means were averaged as if", combine_with(mean=mean_half)),
    ("the means were averaged as if", combine_with(
        mean=mean_half, covariance=lambda n1, m1, c1, n2, m2, c2: within(n1, c1, n2, c2))),
    ("the covariances were averaged as if", combine_with(covariance=covariance_half)),
    ("the covariances were averaged as if", combine_with(
        covariance=lambda n1, m1, c1, n2, m2, c2: (c1 + c2) / 2)),
    ("both, means and covariances", lambda a, b: (a[0] + b[0], (a[1] + b[1]) / 2, (a[2] + b[2]) / 2)),
    ("both, means and covariances", combine_with(mean=mean_half, covariance=covariance_half)),
    ("the other one's count", combine_with(mean=crossed_mean)),
    ("the other one's count", combine_with(covariance=crossed_covariance)),
    ("the other one's count", combine_with(mean=crossed_mean, covariance=crossed_covariance)),
    ("between the two means is missing", with_between(lambda n1, m1, n2, m2: 0)),
    ("you divided by n once", with_between(lambda n1, m1, n2, m2: between(n1, m1, n2, m2, n1 * n2 / (n1 + n2)))),
    ("not 1", with_between(lambda n1, m1, n2, m2: between(n1, m1, n2, m2, 1))),
    ("¼ is right for two equal parts", with_between(lambda n1, m1, n2, m2: between(n1, m1, n2, m2, 1 / 4))),
    ("added, not taken away", with_between(lambda n1, m1, n2, m2: -between(n1, m1, n2, m2))),
    ("δδᵀ is a matrix", with_between(lambda n1, m1, n2, m2: n1 * n2 / (n1 + n2) ** 2 * (m1 - m2) ** 2)),
    ("δδᵀ is a matrix", with_between(lambda n1, m1, n2, m2: n1 * n2 / (n1 + n2) ** 2 * np.dot(m1 - m2, m1 - m2))),
    ("not the diagonal alone", with_between(
        lambda n1, m1, n2, m2: n1 * n2 / (n1 + n2) ** 2 * np.diag((m2 - m1) ** 2))),
    ("the covariances were added up", with_within(lambda n1, c1, n2, c2: c1 + c2)),
    ("the covariances were added up", with_within(lambda n1, c1, n2, c2: n1 * c1 + n2 * c2)),
    ("the means were added up", combine_with(mean=lambda n1, m1, c1, n2, m2, c2: m1 + m2)),
    ("the means were added up", combine_with(mean=lambda n1, m1, c1, n2, m2, c2: n1 * m1 + n2 * m2)),
    ("divides by n - 1", combine_with(covariance=sample_covariance)),
    ("divides by n - 1", combine_with(covariance=covariance_of_samples)),
    ("the sum of both", combine_with(count=lambda n1, m1, c1, n2, m2, c2: n1)),
    ("the sum of both", combine_with(count=lambda n1, m1, c1, n2, m2, c2: n2)),
    ("the sum of both", combine_with(count=lambda n1, m1, c1, n2, m2, c2: max(n1, n2))),
    ("the sum of both", combine_with(count=lambda n1, m1, c1, n2, m2, c2: (n1 + n2) / 2)),
    ("the sum of both", combine_with(count=lambda n1, m1, c1, n2, m2, c2: 1)),
    ("the count is missing", lambda first, second: combined_by_chan(first, second)[1:]),
]


# --- weighted_moments


def region_in_loops(code, mask):
    rows, columns, channels = code.shape
    total = float(sum(mask[i, j] for i in range(rows) for j in range(columns)))
    mean = sum(mask[i, j] * code[i, j] for i in range(rows) for j in range(columns)) / total
    covariance = sum(mask[i, j] * np.outer(code[i, j] - mean, code[i, j] - mean)
                     for i in range(rows) for j in range(columns)) / total
    return mean, covariance


def region_with_average(code, mask):
    mean = np.average(code, axis=(0, 1), weights=np.broadcast_to(mask[..., None], code.shape))
    apart = code - mean
    return [mean, np.einsum("ij,ija,ijb->ab", mask, apart, apart) / mask.sum()]


def region_with_cov(code, mask):
    f, w = code.reshape(-1, code.shape[-1]), mask.reshape(-1)
    return np.average(f, axis=0, weights=w), np.cov(f.T, aweights=w, ddof=0)


def region_by_roots(code, mask):
    f, w = code.reshape(-1, code.shape[-1]), mask.ravel() / mask.sum()
    mean = w @ f
    g = (f - mean) * np.sqrt(w)[:, None]
    return mean, g.T @ g


def flat(code, mask):
    return code.reshape(-1, code.shape[-1]), mask.ravel()


def mean_of(code, mask):
    f, w = flat(code, mask)
    return (f * w[:, None]).sum(0) / w.sum()


def with_covariance(change):
    def answer(code, mask):
        f, w = flat(code, mask)
        return mean_of(code, mask), change(f, w, f - mean_of(code, mask))

    return answer


def only(keep):
    def answer(code, mask):
        f = code[keep(mask)]
        return f.mean(0), np.cov(f.T, ddof=0)

    return answer


def set_to_zero(code, mask):
    f = (code * mask[:, :, None]).reshape(-1, code.shape[2])
    return f.mean(axis=0), np.cov(f, rowvar=False, bias=True)


def divided_by_positions(code, mask):
    f, w = flat(code, mask)
    mean = (f * w[:, None]).sum(axis=0) / len(w)
    return mean, ((f - mean) * w[:, None]).T @ (f - mean) / len(w)


def never_divided(code, mask):
    f, w = flat(code, mask)
    mean = w @ f
    return mean, ((f - mean) * w[:, None]).T @ (f - mean)


def effective(w):
    return w.sum() ** 2 / (w**2).sum()


REGION_RIGHT = [region_in_loops, region_with_average, region_with_cov, region_by_roots]
REGION_WRONG = [
    ("the mask does nothing", lambda c, m: (c.mean((0, 1)), np.cov(flat(c, m)[0].T, bias=True))),
    ("set to zero and still counted", set_to_zero),
    ("you divided by the number of positions", divided_by_positions),
    ("the mean is right; in the covariance you divided", with_covariance(
        lambda f, w, apart: (apart * w[:, None]).T @ apart / len(f))),
    ("nothing was divided", never_divided),
    ("nothing was divided", with_covariance(lambda f, w, apart: (apart * w[:, None]).T @ apart)),
    ("around the mean of the whole code", with_covariance(
        lambda f, w, apart: ((f - f.mean(0)) * w[:, None]).T @ (f - f.mean(0)) / w.sum())),
    ("does not know the weights", with_covariance(lambda f, w, apart: apart.T @ apart / len(f))),
    ("the mean was not taken away", with_covariance(lambda f, w, apart: (f * w[:, None]).T @ f / w.sum())),
    ("the weights came in twice", with_covariance(
        lambda f, w, apart: (apart * w[:, None]).T @ (apart * w[:, None]) / w.sum())),
    ("the weights came in twice", with_covariance(
        lambda f, w, apart: (apart * (w / w.sum())[:, None]).T @ (apart * (w / w.sum())[:, None]))),
    ("the weights came in twice", with_covariance(
        lambda f, w, apart: (apart * w[:, None]).T @ (apart * w[:, None]) / (w**2).sum())),
    ("with any weight counts in full", only(lambda m: m > 0)),
    ("of half the weight or more", only(lambda m: m > 0.5)),
    ("of half the weight or more", only(lambda m: m == 1)),
    ("the region of the others", lambda c, m: region_with_average(c, 1 - m)),
    ("you divided by Σ w - 1", with_covariance(
        lambda f, w, apart: (apart * w[:, None]).T @ apart / (w.sum() - 1))),
    ("you divided by Σ w - 1", with_covariance(
        lambda f, w, apart: (apart * w[:, None]).T @ apart / w.sum() * effective(w) / (effective(w) - 1))),
    ("the mean is that of the whole code", lambda c, m: (c.mean(axis=(0, 1)), region_in_loops(c, m)[1])),
    ("the mean was not divided", lambda c, m: ((c * m[..., None]).sum((0, 1)), region_in_loops(c, m)[1])),
    ("mean and covariance are swapped", lambda c, m: region_in_loops(c, m)[::-1]),
    ("the mean came back alone", lambda c, m: region_in_loops(c, m)[0]),
]


# --- lloyd_step


def lloyd_in_loops(points, centres):
    labels = np.zeros(len(points), int)
    for i, point in enumerate(points):
        labels[i] = min(range(len(centres)), key=lambda k: np.linalg.norm(point - centres[k]))
    moved = []
    for k, centre in enumerate(centres):
        group = points[labels == k]
        moved.append(group.mean(axis=0) if len(group) else centre)
    return labels, np.array(moved)


def lloyd_by_broadcasting(points, centres):
    labels = np.linalg.norm(points[:, None, :] - centres[None, :, :], axis=-1).argmin(1)
    moved = centres.copy()
    for k in set(labels.tolist()):
        moved[k] = points[labels == k].mean(0)
    return labels, moved


def lloyd_with_products(points, centres):
    labels = np.argmin((centres**2).sum(1) - 2 * points @ centres.T, axis=1)
    onehot = np.eye(len(centres))[labels]
    counts = onehot.sum(0)
    moved = np.where(counts[:, None] > 0, onehot.T @ points / np.maximum(counts, 1)[:, None], centres)
    return list(labels), moved


def lloyd_by(nearest, middle=np.mean):
    def answer(points, centres):
        labels = np.array([nearest(point - centres) for point in points])
        groups = [points[labels == k] for k in range(len(centres))]
        return labels, np.array([middle(g, axis=0) if len(g) else c for g, c in zip(groups, centres)])

    return answer


def by_length(apart):
    return (apart**2).sum(1).argmin()


def lloyd_with_empty(change):
    def answer(points, centres):
        labels = np.array([by_length(point - centres) for point in points])
        groups = [points[labels == k] for k in range(len(centres))]
        return labels, np.array([g.mean(axis=0) if len(g) else change(points, c) for g, c in zip(groups, centres)])

    return answer


def lloyd_with_nan(points, centres):
    labels = ((points[:, None] - centres) ** 2).sum(-1).argmin(1)
    return labels, np.array([points[labels == k].mean(axis=0) for k in range(len(centres))])


def lloyd_that_loses_one(points, centres):
    labels = np.array([by_length(point - centres) for point in points])
    return labels, np.array([points[labels == k].mean(0) for k in sorted(set(labels))])


def lloyd_to_the_end(points, centres):
    for _ in range(50):
        labels, centres = lloyd_in_loops(points, centres)
    return labels, centres


LLOYD_RIGHT = [lloyd_in_loops, lloyd_by_broadcasting, lloyd_with_products]
LLOYD_WRONG = [
    ("came back as they were", lambda p, c: (lloyd_in_loops(p, c)[0], c)),
    ("came back as they were", lambda p, c: c),
    ("the farthest centre", lloyd_by(lambda apart: (apart**2).sum(1).argmax())),
    ("the largest product", lambda p, c: (
        (p @ c.T).argmax(1), np.array([p[(p @ c.T).argmax(1) == k].mean(0) if ((p @ c.T).argmax(1) == k).any()
                                       else c[k] for k in range(len(c))]))),
    ("along single axes", lloyd_by(lambda apart: np.abs(apart).sum(1).argmin())),
    ("the longest axis alone", lloyd_by(lambda apart: np.abs(apart).max(1).argmin())),
    ("the first channel alone", lloyd_by(lambda apart: (apart[:, 0] ** 2).argmin())),
    ("with their signs", lloyd_by(lambda apart: apart.sum(1).argmin())),
    ("with their signs", lloyd_by(lambda apart: (apart.sum(1) ** 2).argmin())),
    ("the sum of its points", lloyd_by(by_length, np.sum)),
    ("the median of its points", lloyd_by(by_length, np.median)),
    ("half of the way", lambda p, c: (lloyd_in_loops(p, c)[0], 0.5 * c + 0.5 * lloyd_in_loops(p, c)[1])),
    ("the point nearest to it", lambda p, c: (
        lloyd_in_loops(p, c)[0], np.array([p[((p - each) ** 2).sum(1).argmin()] for each in c]))),
    ("its mean is nan", lloyd_with_nan),
    ("went to the origin", lloyd_with_empty(lambda points, centre: 0 * centre)),
    ("the mean of all points", lloyd_with_empty(lambda points, centre: points.mean(0))),
    ("was lost", lloyd_that_loses_one),
    ("those of the next step", lambda p, c: (
        lloyd_in_loops(p, lloyd_in_loops(p, c)[1])[0], lloyd_in_loops(p, c)[1])),
    ("labels and centres are swapped", lambda p, c: lloyd_in_loops(p, c)[::-1]),
    ("the labels came back alone", lambda p, c: lloyd_in_loops(p, c)[0]),
    ("the centres came back alone", lambda p, c: lloyd_in_loops(p, c)[1]),
    ("the end of the walk", lloyd_to_the_end),
]


# --- luminance_only

YIQ = np.array([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])


def light_by_channels(painted, photo):
    channels = photo @ YIQ.T
    channels[..., 0] = (painted @ YIQ.T)[..., 0]
    return np.clip(channels @ np.linalg.inv(YIQ).T, 0, 1)


def light_by_solve(painted, photo):
    height, width, _ = photo.shape
    p, q = (YIQ @ each.reshape(-1, 3).T for each in (painted, photo))
    return np.linalg.solve(YIQ, np.vstack([p[:1], q[1:]])).T.reshape(height, width, 3).clip(0, 1)


def light_pixel_by_pixel(painted, photo):
    result = np.zeros_like(photo)
    for i, j in np.ndindex(photo.shape[:2]):
        y = YIQ[0] @ painted[i, j]
        _, a, b = YIQ @ photo[i, j]
        result[i, j] = np.linalg.inv(YIQ) @ np.array([y, a, b])
    return np.minimum(np.maximum(result, 0), 1)


def luminance(picture):
    return 0.299 * picture[..., 0] + 0.587 * picture[..., 1] + 0.114 * picture[..., 2]


def channels_of(painted, photo):
    channels = photo @ YIQ.T
    channels[..., 0] = luminance(painted)
    return channels


def with_channels(change):
    def answer(painted, photo):
        return (change(painted @ YIQ.T, photo @ YIQ.T) @ np.linalg.inv(YIQ).T).clip(0, 1)

    return answer


LIGHT_RIGHT = [light_by_channels, light_by_solve, light_pixel_by_pixel, keep_colors]
LIGHT_WRONG = [
    ("the photo came back", lambda painted, photo: photo),
    ("the painted picture came back", lambda painted, photo: painted.copy()),
    ("the wrong way round", lambda painted, photo: light_by_channels(photo, painted)),
    ("what falls outside", lambda painted, photo: channels_of(painted, photo) @ np.linalg.inv(YIQ).T),
    ("these are Y, I and Q", channels_of),
    ("these are Y, I and Q", lambda painted, photo: channels_of(painted, photo).clip(0, 1)),
    ("you went to YIQ twice", lambda painted, photo: (channels_of(painted, photo) @ YIQ.T).clip(0, 1)),
    ("that is not its transpose", lambda painted, photo: (channels_of(painted, photo) @ YIQ).clip(0, 1)),
    ("a pixel is a row here", lambda painted, photo: np.clip(np.dstack(
        [(painted @ YIQ)[..., :1], (photo @ YIQ)[..., 1:]]) @ np.linalg.inv(YIQ), 0, 1)),
    ("the mean of the three colours", lambda painted, photo: np.clip(
        photo + painted.mean(-1)[..., None] - photo.mean(-1)[..., None], 0, 1)),
    ("you multiplied the photo", lambda painted, photo: np.clip(
        photo * (luminance(painted) / luminance(photo))[..., None], 0, 1)),
    ("I is still the painted", with_channels(lambda a, b: np.dstack([a[..., :2], b[..., 2]]))),
    ("Q is still the painted", with_channels(lambda a, b: np.dstack([a[..., 0], b[..., 1], a[..., 2]]))),
    ("both pictures were averaged", lambda painted, photo: 0.5 * painted + 0.5 * photo),
    ("the colours are gone", lambda painted, photo: np.dstack([luminance(painted)] * 3)),
    ("red came from one picture", lambda painted, photo: np.dstack([painted[..., 0], photo[..., 1], photo[..., 2]])),
]

RIGHT = {"barycentre_step": STEP_RIGHT, "combine_moments": COMBINE_RIGHT, "weighted_moments": REGION_RIGHT,
         "lloyd_step": LLOYD_RIGHT, "luminance_only": LIGHT_RIGHT}
WRONG = {"barycentre_step": STEP_WRONG, "combine_moments": COMBINE_WRONG, "weighted_moments": REGION_WRONG,
         "lloyd_step": LLOYD_WRONG, "luminance_only": LIGHT_WRONG}

pytestmark = pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value", "ignore:Mean of empty slice")


def slightly_off(result):
    return (*result[:-1], result[-1] + 0.17) if isinstance(result, tuple) else result + 0.17


TestJudges = judging.all_tests(
    EXERCISES, RIGHT, WRONG, off=slightly_off,
    array_first=["barycentre_step", "weighted_moments", "lloyd_step", "luminance_only"])


# --- the truths themselves, and the package that the lesson says they agree with


def test_the_truth_of_barycentre_step_walks_to_the_barycentre_of_the_package():
    for current, covariances, weights in EXERCISES["barycentre_step"].cases:
        styles = [transforms.Moments(np.zeros(len(c)), c) for c in covariances]
        for _ in range(60):
            current = EXERCISES["barycentre_step"].truth(current, covariances, weights)
        np.testing.assert_allclose(current, transforms.mix_moments(styles, weights).covariance, rtol=1e-3)


def _two_channels(points, centres):
    labels = np.hypot(*(points[:, None] - centres[None])[..., :2].transpose(2, 0, 1)).argmin(axis=1)
    return labels, np.array([points[labels == k].mean(0) if (labels == k).any() else c for k, c in enumerate(centres)])


def _three_channels(code, mask):
    points, share = code.reshape(-1, 3), mask.ravel() / mask.sum()
    mean = share @ points
    return mean, ((points - mean) * share[:, None]).T @ (points - mean)


def _three_by_three(current, covariances, weights):
    small = [each[:3, :3] for each in (current, *covariances)]
    return EXERCISES["barycentre_step"].truth(small[0], small[1:], weights)


@pytest.mark.parametrize("name, answer", [
    ("lloyd_step", _two_channels), ("weighted_moments", _three_channels), ("barycentre_step", _three_by_three),
    ("combine_moments", lambda first, second: EXERCISES["combine_moments"].truth(
        *[(n, mean[:3], covariance[:3, :3]) for n, mean, covariance in (first, second)])),
])  # fmt: skip
def test_an_answer_for_one_number_of_channels_does_not_pass(name, answer):
    assert not getattr(checks, name)(answer).passed


def test_a_change_inside_a_list_or_a_tuple_is_seen():
    def combine(first, second):
        result = copy.deepcopy(EXERCISES["combine_moments"].truth(first, second))
        first[1][:] = 0
        return result

    def step(current, covariances, weights):
        result = EXERCISES["barycentre_step"].truth(current, covariances, weights)
        covariances[-1][:] = 0
        return result

    for name, answer in (("combine_moments", combine), ("barycentre_step", step)):
        assert "changes the array that it is given" in getattr(checks, name)(answer).reason


def test_the_truth_of_combine_moments_is_that_of_all_points_at_once():
    random = np.random.default_rng(1)
    parts = [random.normal(size=(n, 4)) + random.normal(size=4) for n in (3, 50)]
    described = [(len(p), p.mean(0), np.cov(p.T, bias=True)) for p in parts]
    count, mean, covariance = EXERCISES["combine_moments"].truth(*described)
    whole = transforms.moments(np.concatenate(parts))
    assert count == 53
    np.testing.assert_allclose(mean, whole.mean, atol=1e-12)
    np.testing.assert_allclose(covariance, whole.covariance, atol=1e-12)


def test_the_truth_of_weighted_moments_is_that_of_the_package_where_a_region_is_large():
    random = np.random.default_rng(2)
    code, mask = random.normal(size=(20, 20, 3)), random.random((20, 20))
    mean, covariance = EXERCISES["weighted_moments"].truth(code, mask)
    theirs = transforms.region_moments(code, mask)
    np.testing.assert_allclose(mean, theirs.mean, atol=1e-12)
    np.testing.assert_allclose(covariance, theirs.covariance, atol=1e-12)


def test_the_truth_of_lloyd_step_never_makes_the_sum_of_squares_larger():
    def squares(points, centres):
        return ((points[:, None] - centres) ** 2).sum(-1).min(1).sum()

    for points, centres in EXERCISES["lloyd_step"].cases:
        _, moved = EXERCISES["lloyd_step"].truth(points, centres)
        assert squares(points, moved) < squares(points, centres)


def test_the_truth_of_luminance_only_has_the_light_of_one_and_the_colours_of_the_other():
    random = np.random.default_rng(3)
    painted, photo = random.uniform(0.45, 0.55, (2, 6, 5, 3))  # nothing is clipped
    result = EXERCISES["luminance_only"].truth(painted, photo)
    np.testing.assert_allclose(luminance(result), luminance(painted), atol=1e-6)
    np.testing.assert_allclose((result - photo).std(axis=-1), 0, atol=1e-3)


def test_an_object_that_fails_at_everything_gets_a_verdict():
    class Hostile:
        def __call__(self, *arguments):
            raise ValueError("no")

        def __getattr__(self, name):
            raise RuntimeError(name)

    assert repr(checks.lloyd_step(Hostile())).startswith("✗ not yet, because lloyd_step stopped with ValueError: no")
