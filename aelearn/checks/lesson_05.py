"""Judges of lesson 05: KL in closed form, and the draw that lets gradients pass."""

import numpy as np

from aelearn.checks.verdict import Exercise


def kl(answer):
    """Judge `kl(mean, log_variance)`: KL of Gaussian codes from the standard normal distribution, in nats.

    Args:
        answer: the reader's function of two arrays `(batch, units)`; returns a number.

    Returns:
        `Verdict`.

    Example:
        >>> kl(lambda mean, log_variance: (mean**2 + np.exp(log_variance) - log_variance - 1).sum(1).mean())
        ✗ not yet, because your KL is exactly twice as large: the ½ is missing
    """
    return _KL.judge(answer)


def reparameterize(answer):
    """Judge `reparameterize(mean, log_variance, random)`: a code drawn from N(μ, σ²) as μ + σ ε.

    Args:
        answer: the reader's function of two arrays `(batch, units)` and a `numpy.random.Generator`; returns an array
            `(batch, units)`.

    Returns:
        `Verdict`.

    Example:
        >>> reparameterize(lambda mean, log_variance, random: mean + random.normal(size=mean.shape))
        ✗ not yet, because the noise has deviation 1 whatever the encoder says: multiply it by σ
    """
    return _REPARAMETERIZE.judge(answer)


def _terms(mean, log_variance):
    # What stands in the bracket of the closed form, for every unit of every picture.
    return mean**2 + np.exp(log_variance) - log_variance - 1


def _right_kl(mean, log_variance):
    return 0.5 * _terms(mean, log_variance).sum(axis=1).mean()


def _of(terms):
    """A wrong KL from what it has in the bracket instead."""
    return lambda mean, log_variance: 0.5 * terms(mean, log_variance).sum(axis=1).mean()


_random = np.random.default_rng(5)
# Log-variances above 0, so that also those have a value who take the logarithm or the root of one.
_CODES = [(_random.normal(size=shape), _random.uniform(0.2, 1.4, shape)) for shape in ((4, 3), (5, 2))]

_KL = Exercise(
    name="kl",
    truth=_right_kl,
    cases=_CODES,
    mistakes={
        "your KL is exactly twice as large: the ½ is missing":
            lambda m, v: _terms(m, v).sum(axis=1).mean(),
        "the sign is turned: a KL is never negative; this one stands in the ELBO with a minus":
            lambda m, v: -_right_kl(m, v),
        "you took the log-variance for the variance: σ² is np.exp(log_variance)":
            _of(lambda m, v: m**2 + v - np.log(v) - 1),
        "you took the log-variance for ln σ: ln σ² is twice that": _of(lambda m, v: m**2 + np.exp(2 * v) - 2 * v - 1),
        "you wrote σ where σ² belongs: np.exp(log_variance) is σ² already":
            _of(lambda m, v: m**2 + np.exp(v / 2) - v - 1),
        "the exponential is missing: σ² is np.exp(log_variance)": _of(lambda m, v: m**2 + v - v - 1),
        "you averaged over the units: a code of twice as many units costs twice as much; take their sum":
            lambda m, v: 0.5 * _terms(m, v).mean(),
        "you summed over the batch: take the mean over its pictures":
            lambda m, v: 0.5 * _terms(m, v).sum(),
        "the axes are swapped: sum over the units (axis=1), mean over the batch (axis=0)":
            lambda m, v: 0.5 * _terms(m, v).sum(axis=0).mean(),
        "you have one number per picture: now take their mean":
            lambda m, v: 0.5 * _terms(m, v).sum(axis=1),
        "you have one number per unit: now take their sum":
            lambda m, v: 0.5 * _terms(m, v).mean(axis=0),
        "you have one number for every unit of every picture: sum over axis 1, then take the mean":
            lambda m, v: 0.5 * _terms(m, v),
        "the − 1 is missing: at μ = 0 and σ = 1 a KL is 0": _of(lambda m, v: m**2 + np.exp(v) - v),
        "the 1 is added, and should be subtracted": _of(lambda m, v: m**2 + np.exp(v) - v + 1),
        "the log-variance is added, and should be subtracted": _of(lambda m, v: m**2 + np.exp(v) + v - 1),
        "the logarithm is missing: − ln σ² is what keeps σ from shrinking to 0": _of(lambda m, v: m**2 + np.exp(v) - 1),
        "the mean is not squared": _of(lambda m, v: m + np.exp(v) - v - 1),
        "the mean is missing: a code away from 0 costs μ²": _of(lambda m, v: np.exp(v) - v - 1),
        "the variance is missing: σ² stands in the bracket, and its logarithm": _of(lambda m, v: m**2 - v - 1),
        "you halved the first term only: put the bracket around all four":
            lambda m, v: (0.5 * m**2 + np.exp(v) - v - 1).sum(axis=1).mean(),
        "that is the KL the other way round, from N(0, 1) to the code's distribution":
            _of(lambda m, v: (1 + m**2) / np.exp(v) + v - 1),
    },
    praise="your kl and losses.kl_divergence agree",
    hint="with σ² = np.exp(log_variance) it is ½ (μ² + σ² − ln σ² − 1), a sum over units, a mean over pictures",
)


def _draw(combine, size=lambda mean: mean.shape):
    """A draw from its formula of mean, log-variance and noise of another size."""
    return lambda mean, log_variance, random: combine(mean, log_variance, random.normal(size=size(mean)))


def _right_draw(mean, log_variance, noise):
    return mean + np.exp(0.5 * log_variance) * noise


def _always(seed):
    return lambda m, v, random: _right_draw(m, v, np.random.default_rng(seed).normal(size=m.shape))


def _always_legacy(seed):
    return lambda m, v, random: _right_draw(m, v, np.random.RandomState(seed).normal(size=m.shape))


_REPARAMETERIZE = Exercise(
    name="reparameterize",
    truth=_draw(_right_draw),
    cases=[(*_CODES[0], np.random.default_rng(11)), (*_CODES[1], np.random.default_rng(12))],
    mistakes={
        "the noise has deviation 1 whatever the encoder says: multiply it by σ": _draw(lambda m, v, e: m + e),
        "you scaled the noise by the variance: σ is its root, np.exp(0.5 * log_variance)":
            _draw(lambda m, v, e: m + np.exp(v) * e),
        "you scaled the noise by the log-variance itself: σ is np.exp(0.5 * log_variance)":
            _draw(lambda m, v, e: m + v * e),
        "you scaled the noise by half the log-variance: the exponential is missing":
            _draw(lambda m, v, e: m + 0.5 * v * e),
        "you took the root of the log-variance: exponential first, σ is np.exp(0.5 * log_variance)":
            _draw(lambda m, v, e: m + np.sqrt(v) * e),
        "you divided by σ: the exponent has no minus": _draw(lambda m, v, e: m + np.exp(-0.5 * v) * e),
        "the mean is missing": _draw(lambda m, v, e: np.exp(0.5 * v) * e),
        "σ alone is no noise, and every draw would be the same: multiply it by ε, drawn from random": (
            lambda m, v, random: m + np.exp(0.5 * v), lambda m, v, random: m + np.exp(v)),
        "exp(2 ln σ²) squares the variance; its root, σ, is np.exp(0.5 * log_variance)":
            _draw(lambda m, v, e: m + np.exp(2 * v) * e),
        "the noise is missing: this is the mean": lambda m, v, random: m,
        "the mean is scaled as well: only the noise is multiplied by σ":
            _draw(lambda m, v, e: np.exp(0.5 * v) * (m + e)),
        "the noise multiplies everything: μ + σ ε, not (μ + σ) ε": _draw(lambda m, v, e: (m + np.exp(0.5 * v)) * e),
        "all pictures of the batch share one noise: draw it in the shape of the mean, (batch, units)":
            (_draw(_right_draw, lambda m: m.shape[1]), _draw(_right_draw, lambda m: (1, m.shape[1]))),
        "all units of a picture share one noise: draw it in the shape of the mean, (batch, units)":
            _draw(_right_draw, lambda m: (len(m), 1)),
        "one number is drawn for the whole batch: draw one for every unit of every picture":
            (_draw(_right_draw, lambda m: None), _draw(_right_draw, lambda m: 1)),
        "your noise is the same at every call: draw it from random":
            (*map(_always, (0, 1, 42)), *map(_always_legacy, (0, 1, 42))),
        "your noise is uniform; draw it from the standard normal distribution, random.normal": (
            lambda m, v, random: _right_draw(m, v, random.uniform(size=m.shape)),
            lambda m, v, random: _right_draw(m, v, random.uniform(-1, 1, size=m.shape)),
        ),
        "the noise is subtracted; just as likely, but write it as it is always written: μ + σ ε":
            _draw(lambda m, v, e: m - np.exp(0.5 * v) * e),
    },
    praise="the noise comes from outside, so the slope of z with respect to μ is 1",
    hint="draw once, with random.normal(size=mean.shape), and σ is np.exp(0.5 * log_variance)",
)
