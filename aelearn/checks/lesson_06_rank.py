"""Judges of lesson 06, second half: how many directions a code uses, and how to make them equal."""

import numpy as np

from aelearn.checks.verdict import Exercise


def effective_rank(answer):
    """Judge `effective_rank(eigenvalues)`: the exponential of the entropy of a spectrum.

    Args:
        answer: the reader's function of an array of numbers, 0 or more; returns a number.

    Returns:
        `Verdict`.

    Example:
        >>> effective_rank(lambda eigenvalues: (eigenvalues > 0).sum())
        ✗ not yet, because you counted the directions that are not empty; weigh each by its share of the variance
    """
    return _RANK.judge(answer)


def whiten(answer):
    """Judge `whiten(code)`: the code moved so that its covariance is the identity.

    Args:
        answer: the reader's function of an array `(rows, columns, channels)`; returns one of the same shape.

    Returns:
        `Verdict`.

    Example:
        >>> whiten(lambda code: (code - code.mean((0, 1))) / code.std((0, 1)))
        ✗ not yet, because every channel has variance 1, but they still move together: multiply by the matrix Σ^-½
    """
    return _WHITEN.judge(answer)


def _shares(eigenvalues):
    # What holds nothing adds nothing: 0 ln 0 is 0.
    return eigenvalues[eigenvalues > 0] / eigenvalues.sum()


def _entropy(shares, log=np.log):
    return -np.sum(shares * log(shares))


def _right_rank(eigenvalues):
    return np.exp(_entropy(_shares(eigenvalues)))


def _careful_or_not(formula):
    """A wrong answer from its formula of the eigenvalues: once without those that are 0, once with all of them."""
    return lambda values: formula(values[values > 0]), formula


_random = np.random.default_rng(16)
# No two of a kind, not sorted, their sum not 1; the second with an empty direction.
_SPECTRA = [_random.exponential(3.0, 6), np.append(_random.exponential(2.0, 4), [0.0, 5.0])]

_RANK = Exercise(
    name="effective_rank",
    truth=_right_rank,
    cases=[(spectrum,) for spectrum in _SPECTRA],
    mistakes={
        "an eigenvalue of 0 makes 0 · ln 0, which is NaN: leave it out, it adds nothing":
            lambda v: np.exp(_entropy(v / v.sum())),
        "that is the entropy itself: the effective rank is its exponential":
            _careful_or_not(lambda v: _entropy(v / v.sum())),
        "the minus is missing: this is one over the effective rank":
            _careful_or_not(lambda v: np.exp(-_entropy(v / v.sum()))),
        "the eigenvalues are not shares yet: divide them by their sum": _careful_or_not(lambda v: np.exp(_entropy(v))),
        "you divided by the largest; divide by the sum, so that the shares add up to 1":
            _careful_or_not(lambda v: np.exp(_entropy(v / v.max()))),
        "you divided by the number of eigenvalues; divide by their sum": (
            lambda v: np.exp(_entropy(v[v > 0] / len(v))),
            *_careful_or_not(lambda v: np.exp(_entropy(v / len(v)))),
        ),
        "the logarithm is to base 2 and the power to base e: use one base for both":
            _careful_or_not(lambda v: np.exp(_entropy(v / v.sum(), np.log2))),
        "the logarithm is to base e and the power to base 2: use one base for both":
            _careful_or_not(lambda v: 2 ** _entropy(v / v.sum())),
        "you took the mean over the directions: an entropy is a sum":
            _careful_or_not(lambda v: np.exp(_entropy(v / v.sum()) / len(v))),
        "the shares are missing before the logarithm: p ln p":
            _careful_or_not(lambda v: np.exp(-np.log(v / v.sum()).sum())),
        "you took roots: the shares are those of the eigenvalues, which are variances":
            _careful_or_not(lambda v: np.exp(_entropy(np.sqrt(v) / np.sqrt(v).sum()))),
        "you took squares: the shares are those of the eigenvalues themselves":
            _careful_or_not(lambda v: np.exp(_entropy(v**2 / (v**2).sum()))),
        "that is the participation ratio, another count of directions; here it is the exponential of the entropy":
            lambda v: v.sum() ** 2 / (v**2).sum(),
        "you counted the directions that are not empty; weigh each by its share of the variance":
            lambda v: (v > 0).sum(),
        "that is the number of channels, whatever they do": lambda v: len(v),
    },
    praise="one direction gives 1, C equal ones give C",
    hint="with p = λ / Σλ, those above 0 alone, it is np.exp(-(p * np.log(p)).sum())",
)


def _points(code):
    return code.reshape(-1, code.shape[-1])  # (positions, channels)


def _covariance(code, ddof=0):
    return np.cov(_points(code), rowvar=False, ddof=ddof)


def _power(matrix, exponent):
    eigenvalues, vectors = np.linalg.eigh(matrix)
    return (vectors * eigenvalues**exponent) @ vectors.T


def _centred(code):
    return code - _points(code).mean(axis=0)


def _right_whiten(code):
    return _centred(code) @ _power(_covariance(code), -0.5)


def _by(matrix):
    """A wrong whitening that multiplies by some other matrix of the covariance's eigenvalues and eigenvectors."""
    return lambda code: _centred(code) @ matrix(*np.linalg.eigh(_covariance(code)))


_mixed = [_random.normal(size=(*size, 3)) @ _random.normal(size=(3, 3)) + [1.0, -2.0, 0.5] for size in [(5, 6), (4, 7)]]

_WHITEN = Exercise(
    name="whiten",
    truth=_right_whiten,
    cases=[(code,) for code in _mixed],
    mistakes={
        "every channel has variance 1, but they still move together: multiply by the matrix Σ^-½": (
            lambda code: _centred(code) / code.std((0, 1)),
            lambda code: _centred(code) / code.std((0, 1), ddof=1),
        ),
        "the mean was not subtracted first": lambda code: code @ _power(_covariance(code), -0.5),
        "this is the code without its mean: now multiply by Σ^-½": _centred,
        "the mean was added back at the end: white is centred at 0":
            lambda code: _right_whiten(code) + _points(code).mean(axis=0),
        "you multiplied by Σ⁻¹: it is the root of that, with λ ** -0.5": _by(lambda values, v: v / values @ v.T),
        "you multiplied by Σ^½, which makes long axes longer: the exponent is -0.5":
            _by(lambda values, v: v * values**0.5 @ v.T),
        "you multiplied by Σ itself: the exponent is -0.5": _by(lambda values, v: v * values @ v.T),
        "round, but turned: rotate back with V.T at the end": (
            _by(lambda values, v: v * values**-0.5),
            _by(lambda values, v: (v * values**-0.5)[:, ::-1]),
            lambda code: _centred(code) @ np.linalg.inv(np.linalg.cholesky(_covariance(code))).T,
        ),
        "turned onto its axes, but not yet scaled: divide every direction by the root of its variance":
            _by(lambda values, v: v),
        "V and V.T are swapped: the eigenvectors are the columns of V, so V comes first":
            _by(lambda values, v: v.T * values**-0.5 @ v),
        "your covariance divides by n - 1; here it divides by n": lambda code: _centred(code) @ _power(
            _covariance(code, ddof=1), -0.5),
        "you took the Gram matrix for the covariance: subtract the mean before the products":
            lambda code: _centred(code) @ _power(_points(code).T @ _points(code) / len(_points(code)), -0.5),
        "the right points in the wrong shape: reshape them to (rows, columns, channels)":
            lambda code: _points(_right_whiten(code)),
    },
    praise="its covariance is the identity: every direction counts the same",
    hint="(f − μ) V diag(λ^-½) Vᵀ, with λ and V from np.linalg.eigh of the covariance",
)
