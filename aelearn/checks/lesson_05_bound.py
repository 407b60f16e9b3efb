"""Judges of lesson 05: the gradient through a draw, and the loss in nats."""

import numpy as np

from aelearn.checks.verdict import Exercise


def pathwise_gradient(answer):
    """Judge `pathwise_gradient(slope, mean, log_variance, noise)`: slopes of E[f(μ + σ ε)] from samples.

    Args:
        answer: the reader's function of f′, two numbers and an array `(samples,)`; returns two numbers, the slopes with
            respect to the mean and to the log-variance.

    Returns:
        `Verdict`.

    Example:
        >>> pathwise_gradient(lambda slope, mean, log_variance, noise: (slope(mean), 0.0))
        ✗ not yet, because you took the slope of f at the mean; take it at every z, then average
    """
    return _PATHWISE.judge(answer)


def negative_elbo(answer):
    """Judge `negative_elbo(x, x_hat, mean, log_variance, beta)`: reconstruction + β · KL, in nats per picture.

    Args:
        answer: the reader's function of two arrays `(batch, height, width, 1)`, two `(batch, units)` and a number;
            returns a number.

    Returns:
        `Verdict`.

    Example:
        >>> negative_elbo(lambda x, x_hat, mean, log_variance, beta: np.zeros(len(x))).outcome
        'not yet'
    """
    return _BOUND.judge(answer)


def _path(first, second, draw=lambda mean, deviation, noise: mean + deviation * noise):
    """A pair of slopes, each from its formula of f′(z), σ and ε."""

    def gradient(slope, mean, log_variance, noise):
        deviation = np.exp(0.5 * log_variance)
        slopes = slope(draw(mean, deviation, noise))
        return first(slopes, deviation, noise), second(slopes, deviation, noise)

    return gradient


def _mean_slope(s, deviation, noise):
    return s.mean()


def _half(s, deviation, noise):
    return (s * 0.5 * deviation * noise).mean()


def _second(formula):
    """The first slope is right, the second is the mean of a formula of f′(z), σ and ε."""
    return _path(_mean_slope, lambda s, deviation, noise: formula(s, deviation, noise).mean())


_random = np.random.default_rng(55)
_PATHWISE = Exercise(
    name="pathwise_gradient",
    truth=_path(_mean_slope, _half),
    cases=[(lambda z: 2 * z, 1.5, -1.2, _random.normal(size=7)), (np.cos, -0.4, 0.6, _random.normal(size=9))],
    # `...` stands for a part that does not matter, because the other one is already wrong.
    mistakes={
        "you took the slope of f at the mean; take it at every z, then average":
            lambda slope, mean, log_variance, noise: (slope(mean), ...),
        "you took the slope of f at the mean of all z; take it at every z, then average":
            lambda slope, mean, log_variance, noise: (slope((mean + np.exp(0.5 * log_variance) * noise).mean()), ...),
        "the slopes are summed: take their mean over the samples":
            _path(lambda s, d, e: s.sum(), lambda s, d, e: (s * 0.5 * d * e).sum()),
        "you return one slope per sample: take their mean":
            _path(lambda s, d, e: s, lambda s, d, e: s * 0.5 * d * e),
        "your z is μ + σ² ε: the deviation is np.exp(0.5 * log_variance)": (
            _path(_mean_slope, _half, lambda mean, deviation, noise: mean + deviation**2 * noise),
            _path(_mean_slope, lambda s, d, e: (s * d**2 * e).mean(), lambda mean, d, noise: mean + d**2 * noise),
            _path(_mean_slope, lambda s, d, e: (s * 0.5 * d**2 * e).mean(), lambda mean, d, noise: mean + d**2 * noise),
        ),
        "your z is the noise alone: z = μ + σ ε":
            _path(_mean_slope, _half, lambda mean, deviation, noise: noise),
        "the two slopes are swapped: first the mean's, then the log-variance's": _path(_half, _mean_slope),
        "the second slope is that for ln σ: ln σ² is twice as much, so its slope is half":
            _second(lambda s, d, e: s * d * e),
        "the second slope is that for σ: with respect to ln σ² it is ½ σ times as large":
            _second(lambda s, d, e: s * e),
        "the second slope is that for σ²: with respect to its logarithm it is σ² times as large":
            _second(lambda s, d, e: s * e / (2 * d)),
        "the second slope lacks σ: z = μ + exp(½ ln σ²) ε, and the derivative of exp is exp":
            _second(lambda s, d, e: 0.5 * s * e),
        "the second slope has σ² where σ belongs": _second(lambda s, d, e: 0.5 * s * d**2 * e),
        "the second slope lacks ε: what σ does to z depends on the sample": _second(lambda s, d, e: 0.5 * s * d),
        "the second slope is a product of two means: multiply in every sample, then average":
            _path(_mean_slope, lambda s, d, e: s.mean() * (0.5 * d * e).mean()),
        "the second slope lacks f′: the chain rule goes through f as well": _second(lambda s, d, e: 0.5 * d * e),
        "both slopes are the same: z depends on the log-variance through σ ε": _path(_mean_slope, _mean_slope),
    },
    praise="the slope of f travels along each sample's own path to μ and to ln σ²",
    hint="z = μ + σ ε with σ = np.exp(0.5 * log_variance), so ∂z/∂μ = 1 and ∂z/∂(ln σ²) = ½ σ ε",
)


def _kl(mean, log_variance):
    return 0.5 * (mean**2 + np.exp(log_variance) - log_variance - 1)  # per picture and unit


def _bce(x, x_hat):
    return -x * np.log(x_hat) - (1 - x) * np.log(1 - x_hat)  # per picture and pixel


def _per_picture(array):
    return array.reshape(len(array), -1).sum(axis=1)


def _bound(combine, error=_bce, kl=_kl):
    """A loss from its formula of the reconstruction and the KL per picture, β, and the number of pixels."""

    def loss(x, x_hat, mean, log_variance, beta):
        terms = _per_picture(error(x, x_hat)), _per_picture(kl(mean, log_variance))
        return combine(*terms, beta, x[0].size)

    return loss


def _right_sum(r, k, beta, n):
    return (r + beta * k).mean()


def _case(batch, units, beta):
    x, x_hat = _random.uniform(0.1, 0.9, (2, batch, 4, 5, 1))
    return x, x_hat, _random.normal(size=(batch, units)), _random.uniform(0.2, 1.4, (batch, units)), beta


_BOUND = Exercise(
    name="negative_elbo",
    truth=_bound(_right_sum),
    cases=[_case(3, 2, 2.5), _case(4, 3, 0.6)],
    mistakes={
        "the reconstruction is a mean over the pixels and the KL a sum: β is n times too large; sum both":
            _bound(lambda r, k, beta, n: (r / n + beta * k).mean()),
        "not every picture has 784 pixels: sum over as many as there are": (
            _bound(lambda r, k, beta, n: (r / n * 784 + beta * k).mean()),
            # These stop with an error, and are known by its words.
            lambda x, x_hat, mean, log_variance, beta: x.reshape(-1, 784),
            lambda x, x_hat, mean, log_variance, beta: x.reshape(len(x), 784),
        ),
        "both terms are divided by the number of pixels: the same minimum, but not nats per picture":
            _bound(lambda r, k, beta, n: (r + beta * k).mean() / n),
        "you summed over the batch: take the mean over its pictures": (
            _bound(lambda r, k, beta, n: (r + beta * k).sum()),
            _bound(lambda r, k, beta, n: r.sum() + beta * k.mean()),
            _bound(lambda r, k, beta, n: r.mean() + beta * k.sum()),
        ),
        "you have one number per picture: take their mean": _bound(lambda r, k, beta, n: r + beta * k),
        "the KL is a mean over the units: take their sum":
            lambda x, x_hat, m, v, beta: _per_picture(_bce(x, x_hat)).mean() + beta * _kl(m, v).mean(),
        "β stands before the reconstruction; it weighs the KL": _bound(lambda r, k, beta, n: (beta * r + k).mean()),
        "β stands before both terms; it weighs the KL alone": _bound(lambda r, k, beta, n: (beta * (r + k)).mean()),
        "β is missing: it weighs the KL": _bound(lambda r, k, beta, n: (r + k).mean()),
        "β divides the KL: it should multiply": _bound(lambda r, k, beta, n: (r + k / beta).mean()),
        "that is the ELBO, to be made large; return its negative, to be made small":
            _bound(lambda r, k, beta, n: -(r + beta * k).mean()),
        "the KL is subtracted: in what is made small, both terms are added":
            _bound(lambda r, k, beta, n: (r - beta * k).mean()),
        "the reconstruction has the wrong sign: −ln p is never negative for a probability":
            _bound(lambda r, k, beta, n: (beta * k - r).mean()),
        "half of the cross-entropy is missing: a dark pixel counts through (1 − x) ln(1 − x̂)":
            _bound(_right_sum, error=lambda x, x_hat: -x * np.log(x_hat)),
        "your reconstruction is the squared error; here it is the cross-entropy":
            _bound(_right_sum, error=lambda x, x_hat: (x - x_hat) ** 2),
        "picture and reconstruction are swapped: the logarithm is of x̂":
            _bound(_right_sum, error=lambda x, x_hat: _bce(x_hat, x)),
        "your logarithm is to base 2: a nat belongs to np.log":
            _bound(_right_sum, error=lambda x, x_hat: _bce(x, x_hat) / np.log(2)),
        "the KL takes the log-variance for the variance: σ² is np.exp(log_variance)":
            _bound(_right_sum, kl=lambda m, v: 0.5 * (m**2 + v - np.log(v) - 1)),
        "the KL lacks its ½": _bound(_right_sum, kl=lambda m, v: 2 * _kl(m, v)),
        "the KL is missing": _bound(lambda r, k, beta, n: r.mean()),
        "the reconstruction is missing": _bound(lambda r, k, beta, n: (beta * k).mean()),
    },
    praise="your negative_elbo and losses.negative_elbo agree",
    hint="sum the cross-entropy over all pixels of a picture, add β times its KL, then take the mean over the batch",
)
