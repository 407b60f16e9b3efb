"""Judges of lesson 01, the gradients by hand: of the squared error, of the cross-entropy, of both penalties."""

import numpy as np

from aelearn import losses
from aelearn.checks.verdict import Exercise


def mse_gradient(answer):
    """Judge `mse_gradient(target, prediction)`: the slope of the mean squared error along every predicted value.

    Args:
        answer: the reader's function of two arrays of one shape; returns an array of that shape.

    Returns:
        `Verdict`.

    Example:
        >>> mse_gradient(lambda target, prediction: 2 * (prediction - target))
        ✗ not yet, because your gradient is exactly n times too large: did you average?
    """
    return _MSE_GRADIENT.judge(answer)


def cross_entropy_gradient(answer):
    """Judge `cross_entropy_gradient(target, prediction)`: the slope of the cross-entropy along every predicted value.

    Args:
        answer: the reader's function of two arrays of one shape, the prediction inside (0, 1); returns an array.

    Returns:
        `Verdict`.

    Example:
        >>> cross_entropy_gradient(lambda target, prediction: (prediction - target) / target.size)
        ✗ not yet, because that is the slope before a sigmoid: along x̂ itself it is divided by x̂ (1 - x̂)
    """
    return _CROSS_ENTROPY_GRADIENT.judge(answer)


def penalty_gradients(answer):
    """Judge `penalty_gradients(weights, strength)`: the slopes of λ Σ|w| and of λ Σ w² along every weight.

    Args:
        answer: the reader's function; returns two arrays of the shape of `weights`, L1 first.

    Returns:
        `Verdict`.

    Example:
        >>> penalty_gradients(lambda w, strength: (strength * np.sign(w), strength * w))
        ✗ not yet, because your L2 gradient is half of the right one: the slope of w² is 2w
    """
    return _PENALTY_GRADIENTS.judge(answer)


_random = np.random.default_rng(2)
_PAIRS = [(0.05 + 0.9 * _random.random(shape), 0.05 + 0.9 * _random.random(shape)) for shape in [(3, 4, 2), (2, 5)]]

_MSE_GRADIENT = Exercise(
    name="mse_gradient",
    truth=losses.mse_gradient,
    cases=_PAIRS,
    mistakes={
        "your gradient is exactly n times too large: did you average?": lambda x, y: 2 * (y - x),
        "your gradient is half of the right one: the slope of d² is 2d": lambda x, y: (y - x) / x.size,
        "the factor 2/n is missing: 2 from the square, 1/n from the mean": lambda x, y: y - x,
        "the sign is wrong: where the prediction is too large, the error grows with it": (
            lambda x, y: 2 * (x - y) / x.size,
            lambda x, y: -2 * np.abs(y - x) / x.size,
        ),
        "the sign is wrong, and the 1/n is missing": lambda x, y: 2 * (x - y),
        "the sign is wrong, and the factor 2 is missing": lambda x, y: (x - y) / x.size,
        "the sign is wrong, and the factor 2/n is missing": lambda x, y: x - y,
        "you divided by len(x), the number of rows or pictures; divide by the number of all values, x.size":
            lambda x, y: 2 * (y - x) / len(x),
        "you returned the loss; the gradient has one number for every value": lambda x, y: np.mean((y - x) ** 2),
        "you averaged the gradient; it has one number for every value": (
            lambda x, y: np.mean(2 * (y - x)),
            lambda x, y: np.mean(2 * (x - y)),
            lambda x, y: 2 * np.mean(y - x) / x.size,
        ),
        "the square is still there: the slope of d² is 2d": (
            lambda x, y: 2 * (y - x) ** 2 / x.size,
            lambda x, y: (y - x) ** 2 / x.size,
            lambda x, y: (y - x) ** 2,
        ),
        "those are absolute values: a slope has a sign": lambda x, y: 2 * np.abs(y - x) / x.size,
        "that is the gradient of the absolute error: a sign without a size": lambda x, y: np.sign(y - x) / x.size,
        "only the prediction was taken: subtract the target": lambda x, y: 2 * y / x.size,
    },
    praise="it says what a nudge of every pixel would do",
    hint="differentiate one term of the sum, (x̂ - x)², and keep the 1/n",
)


def _slopes(x, y):
    return (y - x) / (y * (1 - y))


_CROSS_ENTROPY_GRADIENT = Exercise(
    name="cross_entropy_gradient",
    truth=losses.bce_gradient,
    cases=_PAIRS,
    mistakes={
        "your gradient is exactly n times too large: did you average?": _slopes,
        "you divided by len(x), the number of rows or pictures; divide by the number of all values, x.size":
            lambda x, y: _slopes(x, y) / len(x),
        "the sign is wrong: where the prediction is too large, the loss grows with it": (
            lambda x, y: -_slopes(x, y) / x.size,
            lambda x, y: -_slopes(x, y),
        ),
        "that is the slope before a sigmoid: along x̂ itself it is divided by x̂ (1 - x̂)": (
            lambda x, y: (y - x) / x.size,
            lambda x, y: y - x,
        ),
        "the term of the dark pixels is missing: (1 - x) / (1 - x̂)": (
            lambda x, y: -x / y / x.size,
            lambda x, y: -x / y,
        ),
        "the term of the bright pixels is missing: -x / x̂": (
            lambda x, y: (1 - x) / (1 - y) / x.size,
            lambda x, y: (1 - x) / (1 - y),
        ),
        "the inner derivative is missing: the slope of ln(1 - x̂) is -1 / (1 - x̂)": (
            lambda x, y: -(x / y + (1 - x) / (1 - y)) / x.size,
            lambda x, y: -(x / y + (1 - x) / (1 - y)),
            lambda x, y: (x / y + (1 - x) / (1 - y)) / x.size,
        ),
        "x̂ (1 - x̂) stands below, not x (1 - x)": lambda x, y: (y - x) / (x * (1 - x)) / x.size,
        "x̂ (1 - x̂) stands below: divide by it": lambda x, y: (y - x) * (y * (1 - y)) / x.size,
        "you returned the loss; the gradient has one number for every value":
            lambda x, y: -np.mean(x * np.log(y) + (1 - x) * np.log(1 - y)),
        "you averaged the gradient; it has one number for every value": lambda x, y: np.mean(_slopes(x, y)),
        "that is the gradient of the squared error": lambda x, y: 2 * (y - x) / x.size,
    },
    praise="gentle where the guess is open, steep where it is sure and wrong",
    hint="the slope of ln x̂ is 1 / x̂, that of ln(1 - x̂) is -1 / (1 - x̂)",
)


def _l1(w, strength):
    return strength * np.sign(w)


def _l2(w, strength):
    return 2 * strength * w


# One weight is exactly zero; λ is neither 1 nor 2 nor ½.
_WEIGHTS = [(np.array([[1.5, -0.2, 0.0], [-3.0, 0.7, 0.1]]), 0.3), (np.array([0.4, -0.9]), 4.0)]

_PENALTY_GRADIENTS = Exercise(
    name="penalty_gradients",
    truth=lambda w, s: (_l1(w, s), _l2(w, s)),
    cases=_WEIGHTS,
    # `...` stands for a part that does not matter, because the other one is already wrong.
    mistakes={
        "L1 comes first, then L2": lambda w, s: (_l2(w, s), _l1(w, s)),
        "you returned the penalties; their gradients have one number for every weight":
            lambda w, s: (s * np.abs(w).sum(), s * (w**2).sum()),
        "you divided by the number of weights: a penalty is a sum": (
            lambda w, s: (_l1(w, s) / w.size, ...),
            lambda w, s: (_l1(w, s), _l2(w, s) / w.size),
        ),
        "λ is missing in L1: multiply by strength": lambda w, s: (np.sign(w), ...),
        "your L1 gradient has no sign: it is -λ for negative weights":
            (lambda w, s: (s * np.ones_like(w), ...), lambda w, s: (s * (w != 0), ...)),
        "your L1 gradient grows with the weight: the slope of |w| is 1 or -1, however large w is": (
            lambda w, s: (s * np.abs(w), ...),
            lambda w, s: (s * w, ...),
        ),
        "w / |w| divides 0 by 0 where a weight is zero: take np.sign": lambda w, s: (s * w / np.abs(w), ...),
        "your L1 gradient pulls at a weight that is exactly zero: take np.sign, which is 0 there": (
            lambda w, s: (s * np.where(w > 0, 1, -1), ...),
            lambda w, s: (s * np.where(w >= 0, 1, -1), ...),
        ),
        "the sign of your L1 gradient is wrong: |w| grows with w where w is positive":
            lambda w, s: (-_l1(w, s), ...),
        "your L2 gradient is half of the right one: the slope of w² is 2w": lambda w, s: (_l1(w, s), s * w),
        "λ is missing in L2: multiply by strength": lambda w, s: (_l1(w, s), 2 * w),
        "that is w², not its slope, which is 2w": (
            lambda w, s: (_l1(w, s), s * w**2),
            lambda w, s: (_l1(w, s), 2 * s * w**2),
        ),
        "your L2 gradient has lost its sign": lambda w, s: (_l1(w, s), 2 * s * np.abs(w)),
        "the sign of your L2 gradient is wrong: w² grows with w where w is positive":
            lambda w, s: (_l1(w, s), -_l2(w, s)),
    },
    praise="L1 pulls at every weight alike, L2 pulls at the large ones",
    hint="the slope of |w| is the sign of w, that of w² is 2w, both times λ",
)
