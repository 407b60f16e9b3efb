"""The judges of lesson 08: right answers in any style pass, every known mistake gets its own diagnosis.

All answers here are written as a learner would write them, and not taken from the judges.
"""

import judging
import numpy as np
import pytest

from aelearn import losses, transforms
from aelearn.checks import lesson_08, lesson_08_probe

EXERCISES = {
    "content_loss": lesson_08._CONTENT,
    "style_loss": lesson_08._STYLE,
    "probe": lesson_08_probe._PROBE,
    "total_variation": lesson_08_probe._VARIATION,
}


# --- content_loss


def standard(f):
    return (f - np.mean(f, axis=(0, 1))) / np.std(f, axis=(0, 1))


def content_channel_by_channel(target, features):
    total, channels = 0.0, target.shape[-1]
    for c in range(channels):
        t, f = target[..., c].ravel(), features[..., c].ravel()
        t, f = (t - t.mean()) / t.std(), (f - f.mean()) / f.std()
        total += ((t - f) ** 2).sum() / len(t)
    return total / channels


def content_by_correlation(target, features):
    pairs = zip(target.reshape(-1, target.shape[-1]).T, features.reshape(-1, features.shape[-1]).T)
    return np.mean([2 - 2 * np.corrcoef(t, f)[0, 1] for t, f in pairs])


def content_with_an_epsilon(target, features):
    a, b = (transforms.moments(f) for f in (target, features))
    a, b = ((f - m.mean) / np.sqrt(np.diag(m.covariance) + 1e-5) for f, m in ((target, a), (features, b)))
    return np.square(a - b).mean()


def content_by_the_package(target, features):
    return float(losses.content_loss(target[None].astype("float32"), features[None].astype("float32")))


def squares(target, features):
    return np.mean(np.square(target - features))


def both(change):
    return lambda target, features: squares(change(target), change(features))


def zscore(axis, ddof=0):
    return both(lambda f: (f - f.mean(axis=axis, keepdims=True)) / f.std(axis=axis, ddof=ddof, keepdims=True))


CONTENT_RIGHT = [content_channel_by_channel, content_by_correlation, content_with_an_epsilon, content_by_the_package]
CONTENT_WRONG = [
    ("the features came as they are", lambda t, f: ((f - t) ** 2).mean()),
    ("the deviations are not", both(lambda f: f - f.mean(axis=(0, 1)))),
    ("the means are not", both(lambda f: f / np.std(f, (0, 1)))),
    ("a parenthesis is missing", both(lambda f: f - np.mean(f, (0, 1)) / np.std(f, (0, 1)))),
    ("divided by the variance", both(lambda f: (f - f.mean((0, 1))) / np.var(f, (0, 1)))),
    ("served all channels", both(lambda f: (f - f.mean()) / f.std())),
    ("every position over its channels", zscore(2)),
    ("runs along one axis", zscore(0)),
    ("runs along one axis", zscore(1)),
    ("by the target's", lambda t, f: squares(standard(t), (f - t.mean((0, 1))) / t.std((0, 1)))),
    ("by the painted picture's", lambda t, f: squares((t - f.mean((0, 1))) / f.std((0, 1)), standard(f))),
    ("the target came as it is", lambda t, f: squares(t, standard(f))),
    ("of the painted picture came as they are", lambda t, f: squares(standard(t), f)),
    ("this is a sum", lambda t, f: np.sum((standard(t) - standard(f)) ** 2)),
    ("you added up the channels", lambda t, f: ((standard(t) - standard(f)) ** 2).sum(-1).mean()),
    ("this is half of it", lambda t, f: 0.5 * squares(standard(t), standard(f))),
    ("you took absolute values", lambda t, f: abs(standard(t) - standard(f)).mean()),
    ("this is the root of it", lambda t, f: squares(standard(t), standard(f)) ** 0.5),
    ("you squared the mean", lambda t, f: np.mean(standard(t) - standard(f)) ** 2),
    ("one number for each channel", lambda t, f: np.mean((standard(t) - standard(f)) ** 2, axis=(0, 1))),
    ("one number for each position", lambda t, f: (standard(t) - standard(f)) ** 2),
    ("divide by n - 1", zscore((0, 1), ddof=1)),
    ("that is the correlation", lambda t, f: 1 - content_by_correlation(t, f) / 2),
]


# --- style_loss


def d(a, b):
    return 2 * np.linalg.norm(a - b) ** 2 / (np.linalg.norm(a) ** 2 + np.linalg.norm(b) ** 2)


def style_in_loops(goal, painted):
    (m, c), (n, k) = goal, painted
    size = len(m)
    parts = [[(m[i], n[i]) for i in range(size)], [(c[i][i] ** 0.5, k[i][i] ** 0.5) for i in range(size)],
             [(c[i][j], k[i][j]) for i in range(size) for j in range(size)]]
    return sum(2 * sum((a - b) ** 2 for a, b in p) / sum(a * a + b * b for a, b in p) for p in parts)


def style_with_an_epsilon(goal, painted):
    diagonal = [np.sqrt(np.diagonal(c) + 1e-6) for _, c in (goal, painted)]
    return d(goal[0], painted[0]) + d(*diagonal) + d(goal[1], painted[1])


def style_by_the_package(goal, painted):
    goal, painted = ([each[None].astype("float32") for each in moments] for moments in (goal, painted))
    return float(losses.style_loss(goal, *painted))


def sigma(covariance):
    return np.diag(covariance) ** 0.5


def third(change):
    def answer(goal, painted):
        (m, c), (n, k) = goal, painted
        return d(m, n) + d(sigma(c), sigma(k)) + d(change(m, c), change(n, k))

    return answer


def with_distance(distance):
    def answer(goal, painted):
        (m, c), (n, k) = goal, painted
        return distance(m, n) + distance(sigma(c), sigma(k)) + distance(c, k)

    return answer


def correlation(mean, covariance):
    return covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))


STYLE_RIGHT = [style_in_loops, style_with_an_epsilon, style_by_the_package]
STYLE_WRONG = [
    ("the means are missing", lambda g, p: d(sigma(g[1]), sigma(p[1])) + d(g[1], p[1])),
    ("the deviations are missing", lambda g, p: d(g[0], p[0]) + d(g[1], p[1])),
    ("the covariances are missing", lambda g, p: d(g[0], p[0]) + d(sigma(g[1]), sigma(p[1]))),
    ("only the means", lambda g, p: d(g[0], p[0])),
    ("only the deviations", lambda g, p: d(sigma(g[1]), sigma(p[1]))),
    ("only the covariances", lambda g, p: d(g[1], p[1])),
    ("the diagonal holds variances", lambda g, p: d(g[0], p[0]) + d(np.diag(g[1]), np.diag(p[1])) + d(g[1], p[1])),
    ("of the whole covariance", lambda g, p: d(g[0], p[0]) + d(g[1] ** 0.5, p[1] ** 0.5) + d(g[1], p[1])),
    ("that is the Gram matrix", third(lambda m, c: c + m[:, None] * m)),
    ("that is the correlation", third(correlation)),
    ("off the diagonal alone", third(lambda m, c: c * (1 - np.eye(3)))),
    ("the 2 is missing", with_distance(lambda a, b: d(a, b) / 2)),
    ("by the goal's size alone", with_distance(lambda a, b: ((a - b) ** 2).sum() / (a * a).sum())),
    ("by the goal's size alone", with_distance(lambda a, b: 2 * ((a - b) ** 2).sum() / (a * a).sum())),
    ("by the painted picture's size alone", with_distance(lambda a, b: ((a - b) ** 2).sum() / (b * b).sum())),
    ("by the painted picture's size alone", with_distance(lambda a, b: 2 * ((a - b) ** 2).sum() / (b * b).sum())),
    ("by the size of the sum", with_distance(lambda a, b: 2 * ((a - b) ** 2).sum() / ((a + b) ** 2).sum())),
    ("nothing was divided", with_distance(lambda a, b: ((a - b) ** 2).sum())),
    ("nothing was divided", with_distance(lambda a, b: 2 * ((a - b) ** 2).sum())),
    ("nothing was divided", with_distance(lambda a, b: ((a - b) ** 2).mean())),
    ("the norms are not squared", with_distance(
        lambda a, b: 2 * np.sqrt(((a - b) ** 2).sum()) / (np.sqrt((a * a).sum()) + np.sqrt((b * b).sum())))),
    ("the root of each d", with_distance(lambda a, b: d(a, b) ** 0.5)),
    ("squared the sum", with_distance(lambda a, b: 2 * (a - b).sum() ** 2 / ((a * a).sum() + (b * b).sum()))),
    ("the mean of the three parts", lambda g, p: style_in_loops(g, p) / 3),
    ("one by one", lambda g, p: [d(g[0], p[0]), d(sigma(g[1]), sigma(p[1])), d(g[1], p[1])]),
]


# --- probe


def points_of(code):
    return code.reshape(-1, code.shape[2])


def ones_beside(code):
    return np.hstack([points_of(code), np.ones((code.shape[0] * code.shape[1], 1))])


def probe_by_lstsq(code, features):
    solution, *_ = np.linalg.lstsq(ones_beside(code), points_of(features), rcond=None)
    return solution[:-1], solution[-1]


def probe_by_pinv(code, features):
    solution = np.linalg.pinv(ones_beside(code)) @ points_of(features)
    return solution[:-1], solution[-1]


def probe_by_moments(code, features):
    joint = transforms.moments(np.concatenate([code, features], axis=-1))
    size = code.shape[-1]
    matrix = np.linalg.inv(joint.covariance[:size, :size]) @ joint.covariance[:size, size:]
    return matrix, joint.mean[size:] - joint.mean[:size] @ matrix


def probe_by_normal_equations(code, features):
    x, y = ones_beside(code), points_of(features)
    solution = np.linalg.solve(x.T @ x, x.T @ y)
    return [solution[:-1], solution[-1:].ravel()]


def from_right(change):
    return lambda code, features: change(*probe_by_lstsq(code, features), code, features)


def without_ones(code, features):
    return np.linalg.lstsq(points_of(code), points_of(features), rcond=None)[0]


def shares(code, features, divide):
    x, y = (points_of(a) - points_of(a).mean(0) for a in (code, features))
    return divide(x, y), np.zeros(features.shape[2])


PROBE_RIGHT = [probe_by_lstsq, probe_by_pinv, probe_by_moments, probe_by_normal_equations]
PROBE_WRONG = [
    ("the shift is missing", lambda c, f: (without_ones(c, f), np.zeros(f.shape[2]))),
    ("belongs to another matrix", lambda c, f: (
        without_ones(c, f), f.mean((0, 1)) - c.mean((0, 1)) @ without_ones(c, f))),
    ("the shift is the mean of the features", from_right(lambda a, b, c, f: (a, f.mean(axis=(0, 1))))),
    ("the wrong sign", from_right(lambda a, b, c, f: (a, c.mean(axis=(0, 1)) @ a - f.mean(axis=(0, 1))))),
    ("the shift is zero", from_right(lambda a, b, c, f: (a, 0 * b))),
    ("not one for all", from_right(lambda a, b, c, f: (a, np.mean(b)))),
    ("not one for all", from_right(lambda a, b, c, f: (a, np.mean(f) - np.mean(c)))),
    ("are swapped", from_right(lambda a, b, c, f: (b, a))),
    ("turned round", from_right(lambda a, b, c, f: (np.transpose(a), b))),
    ("the code from the features", lambda c, f: probe_by_lstsq(f, c)),
    ("the code from the features", lambda c, f: (without_ones(f, c), 0)),
    ("the code from the features", lambda c, f: (probe_by_lstsq(f, c)[0].T, f.mean((0, 1)))),
    ("one row more", lambda c, f: (np.linalg.lstsq(ones_beside(c), points_of(f), rcond=None)[0], 0)),
    ("one row more", lambda c, f: np.linalg.lstsq(ones_beside(c), points_of(f), rcond=None)[0]),
    ("alone is no map", lambda c, f: shares(c, f, lambda x, y: x.T @ y / len(x))),
    ("alone is no map", lambda c, f: shares(c, f, lambda x, y: x.T @ y)),
    ("fitted by itself", lambda c, f: shares(c, f, lambda x, y: (x.T @ y) / (x**2).sum(0).reshape(-1, 1))),
    ("that is the correlation", lambda c, f: shares(c, f, lambda x, y: (x / x.std(0)).T @ (y / y.std(0)) / len(x))),
    ("you multiplied by the code's covariance", lambda c, f: shares(c, f, lambda x, y: x.T @ x @ (x.T @ y))),
    ("the guess itself", from_right(lambda a, b, c, f: c @ a + b)),
    ("the guess itself", from_right(lambda a, b, c, f: points_of(c) @ a + b)),
    ("the matrix came back alone", from_right(lambda a, b, c, f: a)),
]


# --- total_variation


def variation_in_loops(picture):
    rows, columns, colors = picture.shape
    down = [abs(picture[i + 1, j, c] - picture[i, j, c])
            for i in range(rows - 1) for j in range(columns) for c in range(colors)]
    across = [abs(picture[i, j + 1, c] - picture[i, j, c])
              for i in range(rows) for j in range(columns - 1) for c in range(colors)]
    return sum(down) / len(down) + sum(across) / len(across)


def variation_by_diff(picture):
    return sum(np.abs(np.diff(picture, axis=axis)).mean() for axis in (0, 1))


def variation_by_the_package(picture):
    return float(losses.total_variation(picture[None].astype("float32")))


def slopes(picture):
    return np.diff(picture, axis=0), np.diff(picture, axis=1)


def of_slopes(number):
    return lambda picture: number(*slopes(picture))


VARIATION_RIGHT = [variation_in_loops, variation_by_diff, variation_by_the_package]
VARIATION_WRONG = [
    ("across are missing", lambda p: np.mean(np.abs(p[:-1] - p[1:]))),
    ("down are missing", lambda p: np.mean(np.abs(p[:, :-1] - p[:, 1:]))),
    ("you squared the steps", of_slopes(lambda d, a: (d * d).mean() + (a * a).mean())),
    ("the signs are left", of_slopes(lambda d, a: d.mean() + a.mean())),
    ("the signs are left", of_slopes(lambda d, a: np.abs(d.mean()) + np.abs(a.mean()))),
    ("this is a sum", of_slopes(lambda d, a: np.abs(d).sum() + np.abs(a).sum())),
    ("by the number of pixels", lambda p: sum(np.abs(s).sum() for s in slopes(p)) / p.size),
    ("by the number of pixels", lambda p: sum(np.abs(s).sum() for s in slopes(p)) / (p[..., 0].size)),
    ("one mean over both", of_slopes(lambda d, a: (abs(d).sum() + abs(a).sum()) / (d.size + a.size))),
    ("one mean over both", of_slopes(lambda d, a: 2 * (abs(d).sum() + abs(a).sum()) / (d.size + a.size))),
    ("the mean of the two directions", of_slopes(lambda d, a: np.mean([abs(d).mean(), abs(a).mean()]))),
    ("round the edge", lambda p: abs(p - np.roll(p, 1, 0)).mean() + abs(p - np.roll(p, 1, 1)).mean()),
    ("the colours of one pixel", lambda p: abs(p[..., 1:] - p[..., :-1]).mean()),
    ("the colours of one pixel", lambda p: abs(p[1:] - p[:-1]).mean() + abs(p[..., 1:] - p[..., :-1]).mean()),
    ("the colours of one pixel", lambda p: abs(p[:, 1:] - p[:, :-1]).mean() + abs(p[..., 1:] - p[..., :-1]).mean()),
    ("the colours of one pixel", lambda p: variation_in_loops(p) + abs(p[..., 1:] - p[..., :-1]).mean()),
    ("steps of steps", lambda p: sum(abs(np.diff(np.diff(p, axis=axis), axis=axis)).mean() for axis in (0, 1))),
    ("the length of the gradient", of_slopes(lambda d, a: np.hypot(d[:, :-1], a[:-1]).mean())),
    ("two pixels wide", lambda p: abs(p[:-2] - p[2:]).mean() + abs(p[:, :-2] - p[:, 2:]).mean()),
]

RIGHT = {"content_loss": CONTENT_RIGHT, "style_loss": STYLE_RIGHT, "probe": PROBE_RIGHT,
         "total_variation": VARIATION_RIGHT}
WRONG = {"content_loss": CONTENT_WRONG, "style_loss": STYLE_WRONG, "probe": PROBE_WRONG,
         "total_variation": VARIATION_WRONG}

pytestmark = pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")


def slightly_off(result):
    return tuple(part + 0.017 for part in result) if isinstance(result, tuple) else result + 0.017


TestJudges = judging.all_tests(
    EXERCISES, RIGHT, WRONG, off=slightly_off, array_first=["content_loss", "probe", "total_variation"])


# --- the truths themselves, and the package that the lesson says they agree with


def test_the_truth_of_content_loss_does_not_see_colours_and_is_two_for_strangers():
    truth, random = EXERCISES["content_loss"].truth, np.random.default_rng(0)
    one, other = random.normal(size=(2, 100, 100, 3))
    assert truth(one, one * [3.0, 0.1, 7.0] + [1.0, 2.0, 3.0]) == pytest.approx(0, abs=1e-12)
    assert truth(one, other) == pytest.approx(2, abs=0.05)


def test_the_truth_of_style_loss_is_zero_for_itself_and_never_above_twelve():
    truth = EXERCISES["style_loss"].truth
    for goal, painted in EXERCISES["style_loss"].cases:
        assert truth(goal, goal) == 0
        assert 0 < truth(goal, painted) <= 12
        assert truth(goal, painted) == pytest.approx(truth(painted, goal))


def test_the_truth_of_probe_leaves_errors_that_no_linear_map_of_the_code_explains():
    for code, features in EXERCISES["probe"].cases:
        matrix, shift = EXERCISES["probe"].truth(code, features)
        error = features - (code @ matrix + shift)
        np.testing.assert_allclose(points_of(error).mean(0), 0, atol=1e-9)
        np.testing.assert_allclose(points_of(code).T @ points_of(error), 0, atol=1e-8)


def test_the_truth_of_total_variation_is_that_of_stripes():
    stripes = np.zeros((4, 8, 3))
    stripes[:, ::2] = 1
    assert EXERCISES["total_variation"].truth(stripes) == 1
