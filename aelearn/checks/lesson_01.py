"""Judges of lesson 01, the losses: squared error, decibels, cross-entropy, and an error with a penalty."""

import numpy as np

from aelearn import metrics
from aelearn.checks.verdict import Exercise


def mse(answer):
    """Judge `mse(target, prediction)`: the mean over all values of the squared difference.

    Args:
        answer: the reader's function of two arrays of one shape; returns a number.

    Returns:
        `Verdict`.

    Example:
        >>> mse(lambda target, prediction: np.sum((target - prediction) ** 2))
        ✗ not yet, because your result is exactly n times too large: take the mean over all n values, not the sum
    """
    return _MSE.judge(answer)


def psnr(answer):
    """Judge `psnr(target, prediction, peak)`: the squared error in decibels.

    Args:
        answer: the reader's function of two arrays and the largest possible value; returns a number.

    Returns:
        `Verdict`.

    Example:
        >>> psnr(lambda x, y, peak: 10 * np.log(peak**2 / np.mean((x - y) ** 2)))
        ✗ not yet, because that is the natural logarithm; decibels take np.log10
    """
    return _PSNR.judge(answer)


def cross_entropy(answer):
    """Judge `cross_entropy(target, prediction)`: the binary cross-entropy, with the prediction clipped.

    Args:
        answer: the reader's function of two arrays of one shape in [0, 1]; returns a number.

    Returns:
        `Verdict`.

    Example:
        >>> cross_entropy(lambda x, y: -np.mean(x * np.log(y.clip(1e-7, 1))))
        ✗ not yet, because the term of the dark pixels is missing: (1 - x) ln(1 - x̂)
    """
    return _CROSS_ENTROPY.judge(answer)


def penalised_loss(answer):
    """Judge `penalised_loss(target, prediction, kernels, biases, strength)`: mean squared error plus λ times L2.

    Args:
        answer: the reader's function; `kernels` and `biases` are lists of arrays; returns a number.

    Returns:
        `Verdict`.

    Example:
        >>> penalised_loss(lambda x, y, kernels, biases, strength: np.mean((x - y) ** 2))
        ✗ not yet, because the penalty is missing: add λ times the sum of all squared weights
    """
    return _PENALISED_LOSS.judge(answer)


_random = np.random.default_rng(1)
# Of several shapes and with a common shift, so that no two ways to average agree.
_PAIRS = [(_random.random(shape), 0.3 + 0.9 * _random.random(shape)) for shape in [(3, 4, 5), (2, 7), (2, 3, 2, 1)]]


def _of_difference(formula):
    return lambda x, y: formula(x - y)


_MSE = Exercise(
    name="mse",
    truth=metrics.mse,
    cases=_PAIRS,
    mistakes={
        "your result is exactly n times too large: take the mean over all n values, not the sum":
            _of_difference(lambda d: np.sum(d**2)),
        "you divided by len(x), the number of rows or pictures; divide by the number of all values, x.size":
            _of_difference(lambda d: np.sum(d**2) / len(d)),
        "you divided by n - 1; divide by n, the number of values":
            _of_difference(lambda d: np.sum(d**2) / (d.size - 1)),
        "that is the mean absolute error: square the differences": _of_difference(lambda d: np.mean(np.abs(d))),
        "the differences were not squared, so that positive and negative ones cancel": (
            _of_difference(lambda d: np.mean(d)),
            _of_difference(lambda d: np.mean(-d)),
            _of_difference(lambda d: abs(np.mean(d))),
        ),
        "you squared the mean of the differences; take the mean of their squares":
            _of_difference(lambda d: np.mean(d) ** 2),
        "you squared before you subtracted: square the difference": (
            lambda x, y: np.mean(x**2 - y**2),
            lambda x, y: np.mean(y**2 - x**2),
            lambda x, y: abs(np.mean(x**2 - y**2)),
        ),
        "you took the root at the end: that is RMSE, leave it out": _of_difference(lambda d: np.sqrt(np.mean(d**2))),
        "that is the root of the sum, the length of the difference; take the mean of the squares":
            _of_difference(lambda d: np.sqrt(np.sum(d**2))),
        "your result is half of the right one: there is no ½ here": _of_difference(lambda d: np.mean(d**2) / 2),
        "your result has the wrong sign: squares are never negative": _of_difference(lambda d: -np.mean(d**2)),
        "the squares were not averaged: one number for the whole": _of_difference(lambda d: d**2),
        "you averaged over one axis only; average over all values": (
            _of_difference(lambda d: np.mean(d**2, axis=0)),
            _of_difference(lambda d: np.mean(d**2, axis=1)),
            _of_difference(lambda d: np.mean(d**2, axis=-1)),
        ),
        "that is the variance of the differences, which forgives a common shift: square the differences themselves":
            _of_difference(np.var),
    },
    praise="the mean of the squared differences",
    hint="difference, square, mean, in this order",
)


def _of_error(formula):
    return lambda x, y, peak: formula(metrics.mse(x, y), peak)


_PSNR = Exercise(
    name="psnr",
    truth=lambda x, y, peak: metrics.psnr(x, y, peak=peak),
    cases=[(*_PAIRS[0], 1.0), (200 * _PAIRS[1][0], 200 * _PAIRS[1][1], 255.0)],
    mistakes={
        "that is the natural logarithm; decibels take np.log10": (
            _of_error(lambda e, peak: 10 * np.log(peak**2 / e)),
            _of_error(lambda e, peak: 20 * np.log(peak / np.sqrt(e))),
        ),
        "that is the logarithm to base 2; decibels take np.log10": _of_error(lambda e, peak: 10 * np.log2(peak**2 / e)),
        "your result is twice too large: 20 goes with the root of the MSE, 10 with the MSE itself":
            _of_error(lambda e, peak: 20 * np.log10(peak**2 / e)),
        "your result is half of the right one: 10 goes with peak² / MSE, 20 with peak / root of the MSE":
            _of_error(lambda e, peak: 10 * np.log10(peak / np.sqrt(e))),
        "the sign is wrong: peak² stands above, the MSE below, so that close pictures get many decibels":
            _of_error(lambda e, peak: 10 * np.log10(e / peak**2)),
        "the peak is not squared, and the MSE is a square": _of_error(lambda e, peak: 10 * np.log10(peak / e)),
        "the peak is missing: pictures in 0 … 255 need it": (
            _of_error(lambda e, peak: 10 * np.log10(1 / e)),
            _of_error(lambda e, peak: -10 * np.log10(e)),
        ),
        "the factor 10 is missing: those are bels": _of_error(lambda e, peak: np.log10(peak**2 / e)),
        "peak² belongs to the MSE; you divided by its root":
            _of_error(lambda e, peak: 10 * np.log10(peak**2 / np.sqrt(e))),
        "you used the absolute error; PSNR is made of the MSE": (
            lambda x, y, peak: 10 * np.log10(peak**2 / np.mean(np.abs(x - y))),
            lambda x, y, peak: 20 * np.log10(peak / np.mean(np.abs(x - y))),
        ),
        "you used the sum of the squares; PSNR is made of their mean":
            lambda x, y, peak: 10 * np.log10(peak**2 / np.sum((x - y) ** 2)),
        "the logarithm is missing": _of_error(lambda e, peak: peak**2 / e),
    },
    praise="every ten decibels are a tenth of the squared error",
)


def _clipped(y, margin=1e-7):
    return np.clip(y, margin, 1 - margin)


def _cross_entropies(x, y, log=np.log):
    return -(x * log(y) + (1 - x) * log(1 - y))


# Gray pixels; black and white pixels of which some are predicted with certainty, rightly and wrongly. A prediction of 1
# that is wrong costs little here: 1 − 1e-7 is no float32, so a right answer in float32 is 1 % off where it is clipped.
_PROBABILITIES = [
    (_random.random((3, 4, 2)), 0.05 + 0.9 * _random.random((3, 4, 2))),
    (np.array([[1.0, 0.0, 1.0], [0.998, 0.6, 1.0]]), np.array([[0.0, 0.0, 1.0], [1.0, 0.3, 0.8]])),
]

_CROSS_ENTROPY = Exercise(
    name="cross_entropy",
    truth=metrics.bce,
    cases=_PROBABILITIES,
    mistakes={
        "the logarithm of 0 is not finite: clip the prediction to [1e-7, 1 - 1e-7] first": (
            lambda x, y: np.mean(_cross_entropies(x, y)),
            lambda x, y: np.mean(_cross_entropies(_clipped(x), y)),  # the target was clipped instead
            lambda x, y: np.mean(_cross_entropies(x, np.clip(y, 1e-7, 1))),
            lambda x, y: np.mean(_cross_entropies(x, np.clip(y, 0, 1 - 1e-7))),
            lambda x, y: np.nanmean(_cross_entropies(x, y)),
        ),
        "you clipped at another margin: it is 1e-7 at both ends": tuple(
            lambda x, y, margin=margin: np.mean(_cross_entropies(x, _clipped(y, margin)))
            for margin in (1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
        ),
        "the minus is missing: logarithms of numbers below 1 are negative":
            lambda x, y: -np.mean(_cross_entropies(x, _clipped(y))),
        "your result is exactly n times too large: take the mean over all n values, not the sum":
            lambda x, y: np.sum(_cross_entropies(x, _clipped(y))),
        "you divided by len(x), the number of rows or pictures; divide by the number of all values":
            lambda x, y: np.sum(_cross_entropies(x, _clipped(y))) / len(x),
        "that is the logarithm to base 2; take the natural one, np.log":
            lambda x, y: np.mean(_cross_entropies(x, _clipped(y), np.log2)),
        "that is the logarithm to base 10; take the natural one, np.log":
            lambda x, y: np.mean(_cross_entropies(x, _clipped(y), np.log10)),
        "the term of the dark pixels is missing: (1 - x) ln(1 - x̂)": lambda x, y: -np.mean(x * np.log(_clipped(y))),
        "the term of the bright pixels is missing: x ln x̂": lambda x, y: -np.mean((1 - x) * np.log(1 - _clipped(y))),
        "the two terms have different signs; both are added":
            lambda x, y: -np.mean(x * np.log(_clipped(y)) - (1 - x) * np.log(1 - _clipped(y))),
        "target and prediction are swapped: the logarithm is that of the prediction":
            lambda x, y: np.mean(_cross_entropies(y, _clipped(x))),
        "the values were not averaged: one number for the whole": lambda x, y: _cross_entropies(x, _clipped(y)),
        "you averaged over one axis only; average over all values": (
            lambda x, y: np.mean(_cross_entropies(x, _clipped(y)), axis=0),
            lambda x, y: np.mean(_cross_entropies(x, _clipped(y)), axis=1),
            lambda x, y: np.mean(_cross_entropies(x, _clipped(y)), axis=-1),
        ),
        "you subtracted the entropy of the target; leave it in":
            lambda x, y: np.mean(_cross_entropies(x, _clipped(y)) - _cross_entropies(_clipped(x), _clipped(x))),
    },
    praise="finite, even for a prediction that is sure and wrong",
)


def _squares(arrays):
    return sum(np.sum(each**2) for each in arrays)


def _with(formula):
    """A wrong penalised loss from its formula of the error, the sum of squares, λ, kernels and biases."""
    return lambda x, y, kernels, biases, strength: formula(
        metrics.mse(x, y), _squares(kernels), strength, kernels, biases
    )


# λ is neither 1 nor ½ nor 2; kernels of several sizes; one case with a single kernel.
_PENALISED = [
    (*_PAIRS[0], [_random.normal(size=(4, 3)), _random.normal(size=(3, 5))],
     [_random.normal(size=3), _random.normal(size=5)], 0.03),
    (*_PAIRS[1], [_random.normal(size=(3, 3, 1, 2))], [_random.normal(size=2)], 0.7),
]

_PENALISED_LOSS = Exercise(
    name="penalised_loss",
    truth=_with(lambda error, squares, strength, kernels, biases: error + strength * squares),
    cases=_PENALISED,
    mistakes={
        "the penalty is missing: add λ times the sum of all squared weights": _with(lambda e, s, strength, k, b: e),
        "λ is missing: multiply the penalty by strength": _with(lambda e, s, strength, k, b: e + s),
        "λ multiplies the wrong term: the error stays as it is, the penalty gets the λ":
            _with(lambda e, s, strength, k, b: strength * e + s),
        "λ multiplies both terms: set no parenthesis around the sum":
            _with(lambda e, s, strength, k, b: strength * (e + s)),
        "the two terms are mixed with 1 - λ and λ; here the error keeps its factor 1":
            _with(lambda e, s, strength, k, b: (1 - strength) * e + strength * s),
        "the penalty was subtracted: that rewards large weights": _with(lambda e, s, strength, k, b: e - strength * s),
        "the biases were penalised too; only kernels pay":
            _with(lambda e, s, strength, k, b: e + strength * _squares([*k, *b])),
        "only the biases were penalised; the kernels pay":
            _with(lambda e, s, strength, k, b: e + strength * _squares(b)),
        "you took the mean of the squared weights; a penalty is their sum": (
            _with(lambda e, s, strength, k, b: e + strength * sum(np.mean(each**2) for each in k)),
            _with(lambda e, s, strength, k, b: e + strength * s / sum(each.size for each in k)),
            _with(lambda e, s, strength, k, b: e + strength * np.mean([np.mean(each**2) for each in k])),
            _with(lambda e, s, strength, k, b: e + strength * np.mean([np.sum(each**2) for each in k])),
        ),
        "your penalty is half of the right one: in this course L2 has no ½":
            _with(lambda e, s, strength, k, b: e + strength * s / 2),
        "you took the root of the sum of squares; L2 here is the sum itself": (
            _with(lambda e, s, strength, k, b: e + strength * np.sqrt(s)),
            _with(lambda e, s, strength, k, b: e + strength * sum(np.linalg.norm(each) for each in k)),
        ),
        "those are absolute values, L1; take the squares":
            _with(lambda e, s, strength, k, b: e + strength * sum(np.abs(each).sum() for each in k)),
        "you squared the sum of the weights; sum the squares": (
            _with(lambda e, s, strength, k, b: e + strength * sum(np.sum(each) ** 2 for each in k)),
            _with(lambda e, s, strength, k, b: e + strength * sum(np.sum(each) for each in k) ** 2),
        ),
        "the weights were not squared, so that positive and negative ones cancel":
            _with(lambda e, s, strength, k, b: e + strength * sum(np.sum(each) for each in k)),
        "only the first kernel was penalised; sum over all of them":
            _with(lambda e, s, strength, k, b: e + strength * _squares(k[:1])),
        "only the last kernel was penalised; sum over all of them: does a loop write = for +=, or return too early?":
            _with(lambda e, s, strength, k, b: e + strength * _squares(k[-1:])),
        "λ was squared": _with(lambda e, s, strength, k, b: e + strength**2 * s),
        "the error was summed; it is a mean over all values, only the penalty is a sum":
            lambda x, y, kernels, biases, strength: np.sum((x - y) ** 2) + strength * _squares(kernels),
        "the error was forgotten: it comes first, then λ times the penalty":
            _with(lambda e, s, strength, k, b: strength * s),
    },
    praise="a mean for the error, a sum for the penalty, and λ between them",
)
