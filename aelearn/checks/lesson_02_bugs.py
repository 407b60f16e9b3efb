"""Five seeded bugs of lesson 02: losses whose value is right and whose gradient is not, to be told by a gradient check.

Every patient is the same small autoencoder with tied weights, x̂ = sigmoid(relu(x w + b) wᵀ + c), under
L = mean((x̂ − x)²) + λ Σ w². In each, one operation sends the wrong thing back.
"""

from numbers import Integral

import numpy as np

from aelearn import autodiff as ad
from aelearn.checks.compare import describe
from aelearn.checks.quiz import _letter
from aelearn.checks.verdict import NOT_TRIED, NOT_YET, PASSED, Verdict

# letter -> what a gradient check would find, were this the bug
SIGNS = {
    "a": "an = for += would leave b and c right, and w wrong at λ = 0 as well",
    "b": "a missing 1/n would make every entry of b and c wrong, all by the same factor",
    "c": "a penalty with the wrong sign would be cured by λ = 0, and its error in w would be −4 λ w, at every entry",
    "d": "a transpose forgotten in the decoder would leave c right, and make b wrong at every unit that is ever on",
    "e": "a ReLU without its mask would leave c right, and give b a slope at unit 1, which is always off: its numeric "
         "slope is 0 (the report names the worst entry only; the figure shows this one straight above or below 0)",
    "f": "a sigmoid without its slope would make c wrong, by a factor that differs from entry to entry",
    "g": "the slope of |w| in the penalty would be cured by λ = 0, and its error would not be in proportion to w",
}
RIGHT = {1: "b", 2: "e", 3: "c", 4: "d", 5: "a"}


def patient(number):
    """The loss with bug `number` in its gradient; with 0, the healthy one.

    Args:
        number: int from 0 to 5.

    Returns:
        Function `(x, w, b, c, lam) -> Tensor`, a scalar: x `(batch, n)`, w `(n, n)`, b `(n,)`, c `(n,)`, lam λ ≥ 0. Its
        value is right for every number.

    Raises:
        ValueError: if there is no such patient.

    Example:
        >>> x, w, zero = np.ones((2, 3)), ad.Tensor(np.eye(3), name="w"), np.zeros(3)
        >>> [ad.gradcheck(lambda w: patient(k)(x, w, zero, zero, 0.1), w).passed for k in (0, 1)]
        [True, False]
    """
    if isinstance(number, bool) or not isinstance(number, Integral) or not 0 <= number <= len(RIGHT):
        raise ValueError(f"number must be from 0 (healthy) to {len(RIGHT)}; received {describe(number)}")
    return lambda x, w, b, c, lam=0.0: _loss(x, w, b, c, lam, RIGHT.get(number))


def bugs(answers):
    """Judge which bug each of the five patients has.

    Args:
        answers: dict from the number of a patient to the letter of a bug, or None where there is no answer yet.

    Returns:
        `Verdict`; for a wrong letter it says what that bug would look like.

    Raises:
        ValueError: if `answers` is not a dict with the keys 1 to 5.

    Example:
        >>> bugs({1: None, 2: None, 3: None, 4: None, 5: None})
        ○ not tried yet: write a letter for patient 1, 2, 3, 4, 5
    """
    if not isinstance(answers, dict) or set(answers) != set(RIGHT):
        raise ValueError(f"answers must be a dict with the keys 1 to 5; received {_received(answers)}")
    letters = {number: _letter(answers[number]) for number in RIGHT}
    still_open = [str(number) for number in RIGHT if letters[number] == ""]
    if still_open:
        return Verdict(NOT_TRIED, f"write a letter for patient {', '.join(still_open)}")
    wrong = [f"patient {number}: {_sign(letter)}" for number, letter in letters.items() if letter != RIGHT[number]]
    return Verdict(NOT_YET, "; ".join(wrong)) if wrong else Verdict(PASSED, "all five, told by their gradients alone")


def _received(answers):
    if not isinstance(answers, dict):
        return describe(answers)
    return f"a dict with the keys {', '.join(map(describe, answers))}" if answers else "a dict without keys"


def _sign(letter):
    return SIGNS.get(letter, "a letter from a to g")


def _loss(x, w, b, c, lam, bug):
    x, w, b, c = (ad.as_tensor(np.asarray(each) if not isinstance(each, ad.Tensor) else each) for each in (x, w, b, c))
    # With = for += the share that arrives last is all that stays: the encoder's, which lies deepest.
    later = ad.Tensor(w.data, constant=True) if bug == "a" else w
    relu = _relu_without_mask if bug == "e" else ad.relu
    code = relu(x @ w + b)
    decoded = _matmul_without_transpose(code, later) if bug == "d" else code @ later.T
    error = (ad.sigmoid(decoded + c) - x) ** 2
    mean = _mean_without_n if bug == "b" else ad.mean
    return mean(error) + (_penalty_downhill(later, lam) if bug == "c" else lam * ad.l2_penalty(later))


def _mean_without_n(x):
    return ad.operation("mean", x.data.mean(), (x, lambda grad: grad * np.ones_like(x.data)))


def _relu_without_mask(x):
    return ad.operation("relu", np.maximum(x.data, 0), (x, lambda grad: grad))


def _penalty_downhill(w, lam):
    return ad.operation("penalty", lam * np.sum(w.data**2), (w, lambda grad: -2 * lam * grad * w.data))


def _matmul_without_transpose(x, w):
    # y = x wᵀ; right would be ∂L/∂x = grad w.
    return ad.operation("@", x.data @ w.data.T, (x, lambda grad: grad @ w.data.T), (w, lambda grad: grad.T @ x.data))
