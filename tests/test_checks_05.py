"""The judges of lesson 05: right answers in any style pass, every known mistake gets its own diagnosis.

All answers here are written as a learner would write them, and not taken from the judges.
"""

import judging
import numpy as np
import pytest

from aelearn import checks, losses
from aelearn.checks import lesson_05, lesson_05_bound

from keras import ops  # isort: skip

EXERCISES = {
    "kl": lesson_05._KL,
    "reparameterize": lesson_05._REPARAMETERIZE,
    "pathwise_gradient": lesson_05_bound._PATHWISE,
    "negative_elbo": lesson_05_bound._BOUND,
}


# --- kl


def kl_with_loops(mean, log_variance):
    total = 0.0
    for picture in range(mean.shape[0]):
        for unit in range(mean.shape[1]):
            m, variance = mean[picture, unit], np.exp(log_variance[picture, unit])
            total += (m * m + variance - np.log(variance) - 1) / 2
    return total / mean.shape[0]


def kl_from_deviations(mean, log_variance):
    sigma = np.exp(log_variance / 2)
    return np.mean(np.sum(-np.log(sigma) + (sigma**2 + mean**2) / 2 - 0.5, axis=-1))


def kl_as_often_printed(mean, log_variance):
    return -0.5 * np.sum(1 + log_variance - np.square(mean) - np.exp(log_variance)) / len(mean)


def kl_with_keras(mean, log_variance):
    mean, log_variance = (ops.convert_to_tensor(each, "float32") for each in (mean, log_variance))
    return ops.mean(ops.sum(0.5 * (mean**2 + ops.exp(log_variance) - log_variance - 1), axis=1))


def kl_from_the_package(mean, log_variance):
    return losses.kl_divergence(ops.convert_to_tensor(mean), ops.convert_to_tensor(log_variance))


def kl_reversed(mean, log_variance):
    variance = np.exp(log_variance)
    return (0.5 * (1 / variance + mean**2 / variance - 1 + np.log(variance))).sum(1).mean()


KL_RIGHT = [kl_with_loops, kl_from_deviations, kl_as_often_printed, kl_with_keras, kl_from_the_package]
KL_WRONG = [
    ("the ½ is missing", lambda m, v: np.sum(m**2 + np.exp(v) - v - 1) / len(m)),
    ("the sign is turned", lambda m, v: 0.5 * np.sum(1 + v - m**2 - np.exp(v), axis=1).mean()),
    ("the log-variance for the variance", lambda m, v: (0.5 * (m**2 + v - np.log(v) - 1)).sum(1).mean()),
    ("the log-variance for ln σ", lambda m, v: (0.5 * (m**2 + np.exp(v) ** 2 - 2 * v - 1)).sum(1).mean()),
    ("you wrote σ where σ² belongs", lambda m, v: (0.5 * (m**2 + np.exp(0.5 * v) - v - 1)).sum(1).mean()),
    ("the exponential is missing", lambda m, v: (0.5 * (m**2 + v - v - 1)).sum(1).mean()),
    ("averaged over the units", lambda m, v: np.mean(0.5 * (m**2 + np.exp(v) - v - 1))),
    ("summed over the batch", lambda m, v: np.sum(0.5 * (m**2 + np.exp(v) - v - 1))),
    ("the axes are swapped", lambda m, v: np.mean(np.sum(0.5 * (m**2 + np.exp(v) - v - 1), axis=0))),
    ("one number per picture", lambda m, v: np.sum(0.5 * (m**2 + np.exp(v) - v - 1), axis=1)),
    ("one number per unit", lambda m, v: np.mean(0.5 * (m**2 + np.exp(v) - v - 1), axis=0)),
    ("every unit of every picture", lambda m, v: 0.5 * (m**2 + np.exp(v) - v - 1)),
    ("the − 1 is missing", lambda m, v: 0.5 * np.sum(m**2 + np.exp(v) - v, axis=1).mean()),
    ("the 1 is added", lambda m, v: 0.5 * np.sum(m**2 + np.exp(v) - v + 1, axis=1).mean()),
    ("the log-variance is added", lambda m, v: 0.5 * np.sum(m**2 + np.exp(v) + v - 1, axis=1).mean()),
    ("the logarithm is missing", lambda m, v: 0.5 * np.sum(m**2 + np.exp(v) - 1, axis=1).mean()),
    ("the mean is not squared", lambda m, v: 0.5 * np.sum(m + np.exp(v) - v - 1, axis=1).mean()),
    ("the mean is missing", lambda m, v: 0.5 * np.sum(np.exp(v) - v - 1, axis=1).mean()),
    ("the variance is missing", lambda m, v: 0.5 * np.sum(m**2 - v - 1, axis=1).mean()),
    ("you halved the first term only", lambda m, v: np.sum(m**2 / 2 + np.exp(v) - v - 1, axis=1).mean()),
    ("the other way round", kl_reversed),
]


# --- reparameterize


def draw_plain(mean, log_variance, random):
    return mean + np.exp(log_variance / 2) * random.standard_normal(mean.shape)


def draw_by_numpy(mean, log_variance, random):
    return random.normal(mean, np.sqrt(np.exp(log_variance)))


def draw_row_by_row(mean, log_variance, random):
    z = []
    for m, v in zip(mean, log_variance):
        z.append([mu + np.exp(lv) ** 0.5 * random.normal() for mu, lv in zip(m, v)])
    return z


def draw_with_keras(mean, log_variance, random):
    noise = ops.convert_to_tensor(random.normal(size=mean.shape), "float32")
    mean, log_variance = (ops.convert_to_tensor(each, "float32") for each in (mean, log_variance))
    return mean + ops.exp(0.5 * log_variance) * noise


def with_noise(noise):
    return lambda m, v, random: m + np.exp(0.5 * v) * noise(m.shape, random)


def legacy(m, v, random):
    np.random.seed(42)
    return m + np.exp(0.5 * v) * np.random.randn(*m.shape)


DRAW_RIGHT = [draw_plain, draw_by_numpy, draw_row_by_row, draw_with_keras]
DRAW_WRONG = [
    ("deviation 1 whatever", lambda m, v, random: m + random.normal(size=m.shape)),
    ("by the variance", lambda m, v, random: m + np.exp(v) * random.normal(size=m.shape)),
    ("by the variance", lambda m, v, random: random.normal(m, np.exp(v))),
    ("by the log-variance itself", lambda m, v, random: random.normal(m, v)),
    ("half the log-variance", lambda m, v, random: m + v / 2 * random.normal(size=m.shape)),
    ("the root of the log-variance", lambda m, v, random: m + v**0.5 * random.normal(size=m.shape)),
    ("you divided by σ", lambda m, v, random: m + random.normal(size=m.shape) / np.exp(v / 2)),
    ("the mean is missing", lambda m, v, random: np.exp(v / 2) * random.normal(size=m.shape)),
    ("the noise is missing", lambda m, v, random: m + 0.0),
    ("the mean is scaled as well", lambda m, v, random: (random.normal(size=m.shape) + m) * np.sqrt(np.exp(v))),
    ("the noise multiplies everything", lambda m, v, random: (m + np.exp(v / 2)) * random.normal(size=m.shape)),
    ("all pictures of the batch share", with_noise(lambda shape, random: random.normal(size=shape[1]))),
    ("all pictures of the batch share", with_noise(lambda shape, random: random.normal(size=(1, shape[-1])))),
    ("all units of a picture share", with_noise(lambda shape, random: random.normal(size=(shape[0], 1)))),
    ("one number is drawn", with_noise(lambda shape, random: random.normal())),
    ("one number is drawn", with_noise(lambda shape, random: random.standard_normal(1))),
    ("the same at every call", with_noise(lambda shape, random: np.random.default_rng(0).normal(size=shape))),
    ("the same at every call", with_noise(lambda shape, random: np.random.default_rng(1).normal(size=shape))),
    ("the same at every call", with_noise(lambda shape, random: np.random.default_rng(42).normal(size=shape))),
    ("the same at every call", legacy),
    ("your noise is uniform", with_noise(lambda shape, random: random.random(shape))),
    ("your noise is uniform", with_noise(lambda shape, random: 2 * random.random(shape) - 1)),
    ("σ alone is no noise", lambda m, v, random: m + np.exp(0.5 * v)),
    ("σ alone is no noise", lambda m, v, random: m + np.exp(v)),
    ("squares the variance", lambda m, v, random: m + np.exp(2 * v) * random.normal(size=m.shape)),
    ("the noise is subtracted", with_noise(lambda shape, random: -random.normal(size=shape))),
]


# --- pathwise_gradient


def slopes_in_a_loop(slope, mean, log_variance, noise):
    sigma, first, second = np.sqrt(np.exp(log_variance)), [], []
    for epsilon in noise:
        there = slope(mean + sigma * epsilon)
        first.append(there)
        second.append(there * sigma * epsilon / 2)
    return np.mean(first), np.mean(second)


def slopes_by_distance(slope, mean, log_variance, noise):
    z = mean + np.exp(log_variance / 2) * noise
    return np.array([slope(z).mean(), (slope(z) * (z - mean)).mean() / 2])


def slopes_of(second, draw=lambda mean, sigma, noise: mean + sigma * noise):
    def gradient(slope, mean, log_variance, noise):
        sigma = np.exp(0.5 * log_variance)
        at_z = slope(draw(mean, sigma, noise))
        return np.mean(at_z), np.mean(second(at_z, sigma, noise))

    return gradient


def slopes_at_the_mean(slope, mean, log_variance, noise):
    return slope(mean), np.mean(slope(mean) * 0.5 * np.exp(0.5 * log_variance) * noise)


def slopes_at_the_mean_of_z(slope, mean, log_variance, noise):
    z = mean + np.exp(log_variance / 2) * noise
    return slope(np.mean(z)), np.mean(slope(np.mean(z)) * 0.5 * (z - mean))


def slopes_summed(slope, mean, log_variance, noise):
    z = mean + np.exp(log_variance / 2) * noise
    return slope(z).sum(), (slope(z) * (z - mean) / 2).sum()


def slopes_per_sample(slope, mean, log_variance, noise):
    z = mean + np.exp(log_variance / 2) * noise
    return slope(z), slope(z) * (z - mean) / 2


def squared(mean, sigma, noise):
    return mean + sigma**2 * noise


SLOPES_RIGHT = [slopes_in_a_loop, slopes_by_distance, slopes_of(lambda s, sigma, e: 0.5 * s * sigma * e)]
SLOPES_WRONG = [
    ("slope of f at the mean", slopes_at_the_mean),
    ("at the mean of all z", slopes_at_the_mean_of_z),
    ("at the mean of all z", lambda slope, m, v, e: (slope(np.mean(m + np.exp(v / 2) * e)), np.mean(slope(m) * e))),
    ("the slopes are summed", slopes_summed),
    ("one slope per sample", slopes_per_sample),
    ("your z is μ + σ² ε", slopes_of(lambda s, sigma, e: 0.5 * s * sigma * e, squared)),
    ("your z is μ + σ² ε", slopes_of(lambda s, sigma, e: s * sigma**2 * e, squared)),
    ("your z is μ + σ² ε", slopes_of(lambda s, sigma, e: s * sigma**2 * e / 2, squared)),
    ("your z is the noise alone", slopes_of(lambda s, sigma, e: s * sigma * e / 2, lambda mean, sigma, noise: noise)),
    ("are swapped", lambda *arguments: slopes_by_distance(*arguments)[::-1]),
    ("is that for ln σ", slopes_of(lambda s, sigma, e: s * sigma * e)),
    ("is that for σ:", slopes_of(lambda s, sigma, e: s * e)),
    ("is that for σ²:", slopes_of(lambda s, sigma, e: s * e / sigma / 2)),
    ("lacks σ", slopes_of(lambda s, sigma, e: s * e / 2)),
    ("has σ² where σ belongs", slopes_of(lambda s, sigma, e: s * sigma * sigma * e / 2)),
    ("lacks ε", slopes_of(lambda s, sigma, e: s * sigma / 2)),
    ("a product of two means", slopes_of(lambda s, sigma, e: s.mean() * (sigma * e / 2).mean())),
    ("lacks f′", slopes_of(lambda s, sigma, e: sigma * e / 2)),
    ("both slopes are the same", slopes_of(lambda s, sigma, e: s)),
]


# --- negative_elbo


def bound_in_loops(x, x_hat, mean, log_variance, beta):
    total = 0.0
    for b in range(len(x)):
        for pixel, p in zip(x[b].flat, x_hat[b].flat):
            total -= np.log(p) * pixel + np.log(1 - p) * (1 - pixel)
        for m, v in zip(mean[b], log_variance[b]):
            total += beta * (m**2 + np.exp(v) - v - 1) / 2
    return total / len(x)


def bound_from_two_means(x, x_hat, mean, log_variance, beta):
    pixels = x.shape[1] * x.shape[2] * x.shape[3]
    cross_entropy = -(x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat)).mean() * pixels
    return cross_entropy + beta * kl_with_loops(mean, log_variance)


def bound_clipped(x, x_hat, mean, log_variance, beta):
    p = x_hat.clip(1e-7, 1 - 1e-7)
    rows = (-x * np.log(p) - (1 - x) * np.log1p(-p)).sum(axis=(1, 2, 3))
    return (rows + beta * 0.5 * (mean**2 + np.exp(log_variance) - log_variance - 1).sum(axis=1)).mean()


def bound_from_the_package(x, x_hat, mean, log_variance, beta):
    tensors = [ops.convert_to_tensor(each, "float32") for each in (x, x_hat, mean, log_variance)]
    return losses.negative_elbo(*tensors, beta=beta)


def cross_entropies(x, p):
    return (-x * np.log(p) - (1 - x) * np.log(1 - p)).sum((1, 2, 3))


def kls(m, v):
    return 0.5 * (m**2 + np.exp(v) - v - 1).sum(1)


BOUND_RIGHT = [bound_in_loops, bound_from_two_means, bound_clipped, bound_from_the_package]
BOUND_WRONG = [
    ("β is n times too large", lambda x, p, m, v, b: cross_entropies(x, p).mean() / x[0].size + b * kls(m, v).mean()),
    ("not nats per picture", lambda x, p, m, v, b: (cross_entropies(x, p) + b * kls(m, v)).mean() / x[0].size),
    ("summed over the batch", lambda x, p, m, v, b: cross_entropies(x, p).sum() + b * kls(m, v).sum()),
    ("summed over the batch", lambda x, p, m, v, b: cross_entropies(x, p).sum() + b * kls(m, v).mean()),
    ("summed over the batch", lambda x, p, m, v, b: cross_entropies(x, p).mean() + b * kls(m, v).sum()),
    ("one number per picture", lambda x, p, m, v, b: cross_entropies(x, p) + b * kls(m, v)),
    ("a mean over the units", lambda x, p, m, v, b: cross_entropies(x, p).mean() + b * kls(m, v).mean() / m.shape[1]),
    ("β stands before the reconstruction", lambda x, p, m, v, b: b * cross_entropies(x, p).mean() + kls(m, v).mean()),
    ("before both terms", lambda x, p, m, v, b: b * (cross_entropies(x, p) + kls(m, v)).mean()),
    ("β is missing", lambda x, p, m, v, b: cross_entropies(x, p).mean() + kls(m, v).mean()),
    ("β divides the KL", lambda x, p, m, v, b: cross_entropies(x, p).mean() + kls(m, v).mean() / b),
    ("that is the ELBO", lambda x, p, m, v, b: -cross_entropies(x, p).mean() - b * kls(m, v).mean()),
    ("the KL is subtracted", lambda x, p, m, v, b: cross_entropies(x, p).mean() - b * kls(m, v).mean()),
    ("the reconstruction has the wrong sign", lambda x, p, m, v, b: (b * kls(m, v) - cross_entropies(x, p)).mean()),
    ("half of the cross-entropy", lambda x, p, m, v, b: (-x * np.log(p)).sum((1, 2, 3)).mean() + b * kls(m, v).mean()),
    ("the squared error", lambda x, p, m, v, b: ((x - p) ** 2).sum() / len(x) + b * kls(m, v).mean()),
    ("are swapped", lambda x, p, m, v, b: cross_entropies(p, x).mean() + b * kls(m, v).mean()),
    ("to base 2", lambda x, p, m, v, b: (cross_entropies(x, p) / np.log(2) + b * kls(m, v)).mean()),
    ("the log-variance for the variance",
     lambda x, p, m, v, b: cross_entropies(x, p).mean() + b * (m**2 + v - np.log(v) - 1).sum() / 2 / len(m)),
    ("lacks its ½", lambda x, p, m, v, b: cross_entropies(x, p).mean() + b * 2 * kls(m, v).mean()),
    ("784 pixels", lambda x, p, m, v, b: 784 * cross_entropies(x, p).mean() / x[0].size + b * kls(m, v).mean()),
    ("784 pixels", lambda x, p, m, v, b: cross_entropies(x.reshape(-1, 784), p.reshape(-1, 784)).mean()),
    ("784 pixels", lambda x, p, m, v, b: cross_entropies(x.reshape(len(x), 784), p).mean()),
    ("the KL is missing", lambda x, p, m, v, b: cross_entropies(x, p).mean()),
    ("the reconstruction is missing", lambda x, p, m, v, b: b * kls(m, v).mean()),
]

RIGHT = {"kl": KL_RIGHT, "reparameterize": DRAW_RIGHT, "pathwise_gradient": SLOPES_RIGHT, "negative_elbo": BOUND_RIGHT}
WRONG = {"kl": KL_WRONG, "reparameterize": DRAW_WRONG, "pathwise_gradient": SLOPES_WRONG, "negative_elbo": BOUND_WRONG}


def slightly_off(result):
    return tuple(part + 0.01 for part in result) if isinstance(result, tuple) else np.asarray(result) + 0.01


TestJudges = judging.all_tests(
    EXERCISES, RIGHT, WRONG, off=slightly_off, array_first=["kl", "reparameterize", "negative_elbo"])


def test_an_answer_cannot_wear_out_the_random_numbers_of_the_next():
    checks.reparameterize(lambda m, v, random: random.normal(size=(1000, 2)))
    assert checks.reparameterize(draw_plain).passed


# --- the truths themselves


def test_the_truth_of_kl_is_an_integral():
    mean, log_variance = np.array([[0.7]]), np.array([[-0.9]])
    z = np.linspace(-12, 12, 200_001)
    deviation = np.exp(0.5 * log_variance[0, 0])
    q = np.exp(-0.5 * ((z - 0.7) / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))
    log_ratio = -0.5 * ((z - 0.7) / deviation) ** 2 - np.log(deviation) + 0.5 * z**2
    assert EXERCISES["kl"].truth(mean, log_variance) == pytest.approx(np.trapezoid(q * log_ratio, z), rel=1e-6)


@pytest.mark.parametrize("f, slope", [(lambda z: z**2, lambda z: 2 * z), (np.sin, np.cos)])
def test_the_truth_of_pathwise_gradient_is_the_slope_by_a_nudge(f, slope):
    noise, mean, log_variance, h = np.random.default_rng(0).normal(size=500), 0.8, -0.5, 1e-5

    def average(mean, log_variance):
        return f(mean + np.exp(0.5 * log_variance) * noise).mean()

    found = EXERCISES["pathwise_gradient"].truth(slope, mean, log_variance, noise)
    assert found[0] == pytest.approx((average(mean + h, log_variance) - average(mean - h, log_variance)) / (2 * h))
    assert found[1] == pytest.approx((average(mean, log_variance + h) - average(mean, log_variance - h)) / (2 * h))
