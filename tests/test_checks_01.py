"""The judges of lesson 01: right answers in any style pass, every known mistake gets its own diagnosis.

All answers here are written as a learner would write them, and not taken from the judges.
"""

import math

import numpy as np
import pytest

from aelearn import checks, losses, metrics
from aelearn.checks import compare, lesson_01, lesson_01_gradients

EXERCISES = {
    "mse": lesson_01._MSE,
    "psnr": lesson_01._PSNR,
    "cross_entropy": lesson_01._CROSS_ENTROPY,
    "penalised_loss": lesson_01._PENALISED_LOSS,
    "mse_gradient": lesson_01_gradients._MSE_GRADIENT,
    "cross_entropy_gradient": lesson_01_gradients._CROSS_ENTROPY_GRADIENT,
    "penalty_gradients": lesson_01_gradients._PENALTY_GRADIENTS,
}
JUDGES = {name: getattr(checks, name) for name in EXERCISES}


# --- mse


def mse_with_a_loop(target, prediction):
    total = 0.0
    for x, y in zip(target.ravel(), prediction.ravel()):
        total += (x - y) ** 2
    return total / len(target.ravel())


def mse_along_each_axis(target, prediction):
    result = np.square(prediction - target)
    while result.ndim:
        result = result.mean(axis=-1)
    return result


def mse_with_a_dot(target, prediction):
    difference = (target - prediction).reshape(-1)
    return difference @ difference / difference.size


def mse_with_keras(target, prediction):
    return losses.mean_squared_error(target.astype("float32"), prediction.astype("float32"))


def total_of_squares(target, prediction):
    total = 0.0
    for x, y in zip(target.ravel(), prediction.ravel()):
        total += (x - y) ** 2
    return total


def mse_over_rows(target, prediction):
    return total_of_squares(target, prediction) / len(target)


MSE_RIGHT = [mse_with_a_loop, mse_along_each_axis, mse_with_a_dot, mse_with_keras, metrics.mse,
             lambda x, y: np.mean(np.abs(x - y) ** 2), lambda x, y: np.average((y - x) ** 2)]
MSE_WRONG = [
    ("exactly n times too large", total_of_squares),
    ("exactly n times too large", lambda x, y: ((x - y) ** 2).sum()),
    ("divided by len(x)", mse_over_rows),
    ("divided by n - 1", lambda x, y: total_of_squares(x, y) / (x.size - 1)),
    ("mean absolute error", lambda x, y: abs(x - y).mean()),
    ("were not squared", lambda x, y: (x - y).mean()),
    ("were not squared", lambda x, y: y.mean() - x.mean()),
    ("were not squared", lambda x, y: np.abs(x.mean() - y.mean())),
    ("squared the mean of the differences", lambda x, y: (x.mean() - y.mean()) ** 2),
    ("squared before you subtracted", lambda x, y: (x**2).mean() - (y**2).mean()),
    ("squared before you subtracted", lambda x, y: np.mean(y * y - x * x)),
    ("squared before you subtracted", lambda x, y: abs((x**2).mean() - (y**2).mean())),
    ("that is RMSE", lambda x, y: ((x - y) ** 2).mean() ** 0.5),
    ("root of the sum", lambda x, y: np.linalg.norm((x - y).ravel())),
    ("half of the right one", lambda x, y: 0.5 * mse_with_a_loop(x, y)),
    ("wrong sign", lambda x, y: -mse_with_a_loop(x, y)),
    ("were not averaged", lambda x, y: np.square(x - y)),
    ("one axis only", lambda x, y: np.mean(np.square(y - x), 0)),
    ("one axis only", lambda x, y: np.mean(np.square(y - x), 1)),
    ("one axis only", lambda x, y: np.square(x - y).mean(axis=-1)),
    ("variance of the differences", lambda x, y: (x - y).std() ** 2),
]


# --- psnr


def psnr_with_a_root(target, prediction, peak):
    return 20 * math.log10(peak / math.sqrt(mse_with_a_loop(target, prediction)))


def psnr_by_difference(target, prediction, peak):
    return 20 * np.log10(peak) - 10 * np.log10(mse_with_a_loop(target, prediction))


def error(x, y):
    return np.mean((x - y) ** 2)


PSNR_RIGHT = [psnr_with_a_root, psnr_by_difference,
              lambda x, y, peak: 10 * np.log(peak**2 / error(x, y)) / np.log(10),
              lambda x, y, peak: -10 * np.log10(error(x, y) / peak**2)]
PSNR_WRONG = [
    ("natural logarithm", lambda x, y, peak: 10 * math.log(peak**2 / error(x, y))),
    ("natural logarithm", lambda x, y, peak: 20 * math.log(peak / error(x, y) ** 0.5)),
    ("base 2", lambda x, y, peak: 10 * math.log2(peak**2 / error(x, y))),
    ("twice too large", lambda x, y, peak: 20 * math.log10(peak**2 / error(x, y))),
    ("half of the right one", lambda x, y, peak: 10 * math.log10(peak / error(x, y) ** 0.5)),
    ("sign is wrong", lambda x, y, peak: 10 * math.log10(error(x, y) / peak**2)),
    ("peak is not squared", lambda x, y, peak: 10 * math.log10(peak / error(x, y))),
    ("peak is missing", lambda x, y, peak: 10 * math.log10(1 / error(x, y))),
    ("peak is missing", lambda x, y, peak: -20 * math.log10(error(x, y) ** 0.5)),
    ("those are bels", lambda x, y, peak: math.log10(peak**2 / error(x, y))),
    ("divided by its root", lambda x, y, peak: 10 * math.log10(peak**2 / error(x, y) ** 0.5)),
    ("absolute error", lambda x, y, peak: 10 * math.log10(peak**2 / abs(x - y).mean())),
    ("absolute error", lambda x, y, peak: 20 * math.log10(peak / abs(x - y).mean())),
    ("sum of the squares", lambda x, y, peak: 10 * math.log10(peak**2 / total_of_squares(x, y))),
    ("logarithm is missing", lambda x, y, peak: peak * peak / error(x, y)),
]


# --- cross_entropy


def entropy_with_a_loop(target, prediction):
    total = 0.0
    for x, p in zip(target.ravel(), prediction.ravel()):
        p = min(max(p, 1e-7), 1 - 1e-7)
        total -= x * math.log(p) + (1 - x) * math.log(1 - p)
    return total / target.size


def entropy_with_an_epsilon(target, prediction):
    return -np.mean(target * np.log(prediction + 1e-7) + (1 - target) * np.log(1 - prediction + 1e-7))


def entropy_with_keras(target, prediction):
    return float(losses.binary_cross_entropy(target, prediction))


def clip(prediction, margin=1e-7):
    return np.minimum(np.maximum(prediction, margin), 1 - margin)


def entropies(x, p, log=np.log):
    return -x * log(p) - (1 - x) * log(1 - p)


def quietly(function):
    def answer(*arguments):
        with np.errstate(all="ignore"):
            return function(*arguments)

    return answer


def entropy_in_single_precision(target, prediction):
    p = np.clip(prediction.astype("f4"), 1e-7, 1 - 1e-7)  # the upper end is 1 − 1.19e-7: 1 − 1e-7 is no float32
    return -np.mean(target * np.log(p) + (1 - target) * np.log(1 - p))


CROSS_ENTROPY_RIGHT = [entropy_with_a_loop, entropy_with_an_epsilon, entropy_with_keras, entropy_in_single_precision]
CROSS_ENTROPY_WRONG = [
    ("logarithm of 0 is not finite", quietly(lambda x, y: entropies(x, y).mean())),
    ("logarithm of 0 is not finite", quietly(lambda x, y: entropies(clip(x), y).mean())),
    ("logarithm of 0 is not finite", quietly(lambda x, y: entropies(x, np.maximum(y, 1e-7)).mean())),
    ("logarithm of 0 is not finite", quietly(lambda x, y: entropies(x, np.minimum(y, 1 - 1e-7)).mean())),
    ("logarithm of 0 is not finite", quietly(lambda x, y: np.nanmean(entropies(x, y)))),
    ("another margin", lambda x, y: entropies(x, clip(y, 1e-8)).mean()),
    ("another margin", lambda x, y: entropies(x, clip(y, 1e-12)).mean()),
    ("another margin", lambda x, y: entropies(x, clip(y, 1e-3)).mean()),
    ("minus is missing", lambda x, y: -entropy_with_a_loop(x, y)),
    ("exactly n times too large", lambda x, y: entropies(x, clip(y)).sum()),
    ("divided by len(x)", lambda x, y: entropies(x, clip(y)).sum() / len(x)),
    ("base 2", lambda x, y: entropies(x, clip(y), np.log2).mean()),
    ("base 10", lambda x, y: entropies(x, clip(y), np.log10).mean()),
    ("dark pixels is missing", lambda x, y: (-x * np.log(clip(y))).mean()),
    ("bright pixels is missing", lambda x, y: ((x - 1) * np.log(1 - clip(y))).mean()),
    ("different signs", lambda x, y: np.mean((1 - x) * np.log(1 - clip(y)) - x * np.log(clip(y)))),
    ("are swapped", lambda x, y: entropy_with_a_loop(y, x)),
    ("were not averaged", lambda x, y: entropies(x, clip(y))),
    ("one axis only", lambda x, y: entropies(x, clip(y)).mean(axis=0)),
    ("one axis only", lambda x, y: entropies(x, clip(y)).mean(1)),
    ("one axis only", lambda x, y: entropies(x, clip(y)).mean(-1)),
    ("subtracted the entropy", lambda x, y: entropy_with_a_loop(x, y) - entropy_with_a_loop(x, x)),
]


# --- penalised_loss


def loss_with_a_loop(target, prediction, kernels, biases, strength):
    penalty = 0.0
    for kernel in kernels:
        for weight in kernel.ravel():
            penalty += weight * weight
    return mse_with_a_loop(target, prediction) + strength * penalty


def loss_from_the_package(target, prediction, kernels, biases, strength):
    return float(losses.autoencoder_loss(target, prediction, penalty="l2", strength=strength, weights=kernels))


def loss_with_concatenation(target, prediction, kernels, biases, strength):
    weights = np.concatenate([kernel.ravel() for kernel in kernels])
    return np.mean((target - prediction) ** 2) + strength * weights @ weights


def loss_of_the_last(target, prediction, kernels, biases, strength):
    for kernel in kernels:
        penalty = np.sum(kernel**2)
    return error(target, prediction) + strength * penalty


def squares(arrays):
    return float(sum(np.square(array).sum() for array in arrays))


PENALISED_LOSS_RIGHT = [loss_with_a_loop, loss_from_the_package, loss_with_concatenation]
PENALISED_LOSS_WRONG = [
    ("penalty is missing", lambda x, y, k, b, s: error(x, y)),
    ("λ is missing", lambda x, y, k, b, s: error(x, y) + squares(k)),
    ("wrong term", lambda x, y, k, b, s: s * error(x, y) + squares(k)),
    ("both terms", lambda x, y, k, b, s: s * (error(x, y) + squares(k))),
    ("1 - λ", lambda x, y, k, b, s: (1 - s) * error(x, y) + s * squares(k)),
    ("was subtracted", lambda x, y, k, b, s: error(x, y) - s * squares(k)),
    ("biases were penalised too", lambda x, y, k, b, s: error(x, y) + s * (squares(k) + squares(b))),
    ("only the biases", lambda x, y, k, b, s: error(x, y) + s * squares(b)),
    ("took the mean of the squared weights", lambda x, y, k, b, s: error(x, y) + s * sum((w**2).mean() for w in k)),
    ("took the mean of the squared weights",
     lambda x, y, k, b, s: error(x, y) + s * np.mean(np.concatenate([w.ravel() for w in k]) ** 2)),
    ("took the mean of the squared weights",
     lambda x, y, k, b, s: error(x, y) + s * sum((w**2).mean() for w in k) / len(k)),
    ("took the mean of the squared weights", lambda x, y, k, b, s: error(x, y) + s * squares(k) / len(k)),
    ("half of the right one", lambda x, y, k, b, s: error(x, y) + 0.5 * s * squares(k)),
    ("took the root", lambda x, y, k, b, s: error(x, y) + s * squares(k) ** 0.5),
    ("took the root", lambda x, y, k, b, s: error(x, y) + s * sum(squares([w]) ** 0.5 for w in k)),
    ("absolute values, L1", lambda x, y, k, b, s: error(x, y) + s * sum(abs(w).sum() for w in k)),
    ("squared the sum", lambda x, y, k, b, s: error(x, y) + s * sum(w.sum() ** 2 for w in k)),
    ("squared the sum", lambda x, y, k, b, s: error(x, y) + s * sum(w.sum() for w in k) ** 2),
    ("weights were not squared", lambda x, y, k, b, s: error(x, y) + s * sum(w.sum() for w in k)),
    ("only the first kernel", lambda x, y, k, b, s: error(x, y) + s * squares([k[0]])),
    ("only the last kernel", loss_of_the_last),
    ("λ was squared", lambda x, y, k, b, s: error(x, y) + s * s * squares(k)),
    ("error was summed", lambda x, y, k, b, s: total_of_squares(x, y) + s * squares(k)),
    ("error was forgotten", lambda x, y, k, b, s: s * squares(k)),
]


# --- mse_gradient


def gradient_by_nudging(loss):
    def gradient(target, prediction):
        result = np.empty(prediction.shape)
        for index in np.ndindex(prediction.shape):
            up, down = prediction.copy(), prediction.copy()
            up[index], down[index] = up[index] + 1e-5, down[index] - 1e-5
            result[index] = (loss(target, up) - loss(target, down)) / 2e-5
        return result

    return gradient


MSE_GRADIENT_RIGHT = [
    gradient_by_nudging(mse_with_a_loop),
    lambda x, y: -2 * (x - y) / np.prod(x.shape),
    lambda x, y: (y - x) / (0.5 * len(x.ravel())),
]
MSE_GRADIENT_WRONG = [
    ("exactly n times too large", gradient_by_nudging(total_of_squares)),
    ("half of the right one", lambda x, y: (y - x) / x.size),
    ("factor 2/n is missing", lambda x, y: -(x - y)),
    ("sign is wrong: where", lambda x, y: (x - y) * 2 / x.size),
    ("sign is wrong: where", lambda x, y: abs(x - y) * -2 / x.size),
    ("sign is wrong, and the 1/n", lambda x, y: -2 * (y - x)),
    ("sign is wrong, and the factor 2 is", lambda x, y: (x - y) / x.size),
    ("sign is wrong, and the factor 2/n", lambda x, y: x - y),
    ("divided by len(x)", gradient_by_nudging(mse_over_rows)),
    ("returned the loss", mse_with_a_loop),
    ("averaged the gradient", lambda x, y: (2 * (y - x)).mean()),
    ("averaged the gradient", lambda x, y: (-2 * (y - x)).mean()),
    ("averaged the gradient", lambda x, y: (2 * (y - x) / x.size).mean()),
    ("square is still there", lambda x, y: 2 * np.square(x - y) / x.size),
    ("square is still there", lambda x, y: np.square(x - y) / x.size),
    ("square is still there", lambda x, y: np.square(x - y)),
    ("absolute values", lambda x, y: abs(x - y) * 2 / x.size),
    ("gradient of the absolute error", gradient_by_nudging(lambda x, y: abs(x - y).mean())),
    ("only the prediction", lambda x, y: y * 2 / x.size),
]


# --- cross_entropy_gradient

CROSS_ENTROPY_GRADIENT_RIGHT = [
    gradient_by_nudging(entropy_with_a_loop),
    lambda x, y: ((1 - x) / (1 - y) - x / y) / x.size,
    lambda x, y: -(x / y - (1 - x) / (1 - y)) / x.size,
]
CROSS_ENTROPY_GRADIENT_WRONG = [
    ("exactly n times too large", lambda x, y: (1 - x) / (1 - y) - x / y),
    ("divided by len(x)", lambda x, y: ((1 - x) / (1 - y) - x / y) / len(x)),
    ("sign is wrong", lambda x, y: (x / y - (1 - x) / (1 - y)) / x.size),
    ("sign is wrong", lambda x, y: x / y - (1 - x) / (1 - y)),
    ("slope before a sigmoid", lambda x, y: -(x - y) / x.size),
    ("slope before a sigmoid", lambda x, y: y - x),
    ("dark pixels is missing", lambda x, y: -x / y / x.size),
    ("dark pixels is missing", lambda x, y: -x / y),
    ("bright pixels is missing", lambda x, y: (1 - x) / (1 - y) / x.size),
    ("bright pixels is missing", lambda x, y: (1 - x) / (1 - y)),
    ("inner derivative", lambda x, y: (-x / y - (1 - x) / (1 - y)) / x.size),
    ("inner derivative", lambda x, y: -x / y - (1 - x) / (1 - y)),
    ("inner derivative", lambda x, y: (x / y + (1 - x) / (1 - y)) / x.size),
    ("not x (1 - x)", lambda x, y: (y - x) / (x - x**2) / x.size),
    ("stands below: divide", lambda x, y: (y - x) * (y - y**2) / x.size),
    ("returned the loss", entropy_with_a_loop),
    ("averaged the gradient", lambda x, y: ((1 - x) / (1 - y) - x / y).mean()),
    ("gradient of the squared error", lambda x, y: -2 * (x - y) / x.size),
]


# --- penalty_gradients


def penalties_with_a_loop(weights, strength):
    l1, l2 = np.zeros_like(weights), np.zeros_like(weights)
    for index, w in np.ndenumerate(weights):
        l1[index] = strength * (int(w > 0) - int(w < 0))
        l2[index] = strength * (w + w)
    return l1, l2


def penalties_as_lists(weights, strength):
    return [(strength * np.sign(weights)).tolist(), (2 * strength * weights).tolist()]


def sign(w):
    return (w > 0) * 1.0 - (w < 0)


PENALTY_GRADIENTS_RIGHT = [penalties_with_a_loop, penalties_as_lists]
PENALTY_GRADIENTS_WRONG = [
    ("L1 comes first", lambda w, s: penalties_with_a_loop(w, s)[::-1]),
    ("returned the penalties", lambda w, s: (s * abs(w).sum(), s * np.square(w).sum())),
    ("divided by the number of weights", lambda w, s: (s * sign(w) / w.size, 2 * s * w / w.size)),
    ("divided by the number of weights", lambda w, s: (s * sign(w), 2 * s * w / w.size)),
    ("λ is missing in L1", lambda w, s: (sign(w), 2 * w)),
    ("λ is missing in L1", lambda w, s: (sign(w), 2 * s * w)),
    ("has no sign", lambda w, s: (np.full(w.shape, s), 2 * s * w)),
    ("has no sign", lambda w, s: (s * abs(sign(w)), 2 * s * w)),
    ("grows with the weight", lambda w, s: (s * abs(w), 2 * s * w)),
    ("grows with the weight", lambda w, s: (s * w, 2 * s * w)),
    ("divides 0 by 0", quietly(lambda w, s: (s * w / abs(w), 2 * s * w))),
    ("exactly zero: take np.sign", lambda w, s: (np.where(w > 0, s, -s), 2 * s * w)),
    ("exactly zero: take np.sign", lambda w, s: (np.where(w < 0, -s, s), 2 * s * w)),
    ("sign of your L1", lambda w, s: (-s * sign(w), 2 * s * w)),
    ("half of the right one", lambda w, s: (s * sign(w), s * w)),
    ("λ is missing in L2", lambda w, s: (s * sign(w), 2 * w)),
    ("that is w²", lambda w, s: (s * sign(w), s * w * w)),
    ("that is w²", lambda w, s: (s * sign(w), 2 * s * w * w)),
    ("lost its sign", lambda w, s: (s * sign(w), 2 * s * abs(w))),
    ("sign of your L2", lambda w, s: (s * sign(w), -2 * s * w)),
]

RIGHT = {name: globals()[f"{name.upper()}_RIGHT"] for name in EXERCISES}
WRONG = {name: globals()[f"{name.upper()}_WRONG"] for name in EXERCISES}
ALL_RIGHT = [(name, answer) for name in RIGHT for answer in RIGHT[name]]
ALL_WRONG = [(name, words, answer) for name in WRONG for words, answer in WRONG[name]]


def title(value):
    return value.replace(" ", "_") if isinstance(value, str) else getattr(value, "__name__", "")


@pytest.mark.parametrize(("name", "answer"), ALL_RIGHT, ids=title)
def test_right_answer_in_any_style_passes(name, answer):
    result = JUDGES[name](answer)
    assert repr(result) == f"✓ passed: {EXERCISES[name].praise}"


@pytest.mark.parametrize(("name", "words", "answer"), ALL_WRONG, ids=title)
def test_known_mistake_gets_its_own_diagnosis(name, words, answer):
    result = JUDGES[name](answer)
    assert result.outcome == "not yet"
    assert words in result.reason, result


@pytest.mark.parametrize(("name", "words", "answer"), ALL_WRONG, ids=title)
def test_known_mistake_is_told_from_every_other(name, words, answer):
    exercise = EXERCISES[name]
    tried = exercise._try(answer)
    found = {diagnosis for diagnosis, wrong in exercise._known[1] if exercise._agree(tried, wrong)}
    assert len(found) == 1, found
    assert not exercise._agree(tried, exercise._known[0])


@pytest.mark.parametrize("name", EXERCISES)
def test_every_diagnosis_has_a_learner_who_needs_it(name):
    given = {JUDGES[name](answer).reason for _, answer in WRONG[name]}
    assert given == set(EXERCISES[name].mistakes)


@pytest.mark.parametrize("name", EXERCISES)
def test_mistakes_of_a_judge_are_told_apart_too(name):
    """No variant of one diagnosis behaves like a variant of another, nor like the truth."""
    exercise = EXERCISES[name]
    truth, mistakes = exercise._known
    for diagnosis, wrong in mistakes:
        if any(isinstance(each.value, tuple) and ... in map(_or_array, each.value) for each in wrong):
            continue  # a part of it may be anything; the answers above are whole
        assert not exercise._agree(wrong, truth), diagnosis
        assert {other for other, theirs in mistakes if exercise._agree(wrong, theirs)} == {diagnosis}


def _or_array(part):
    return part if part is ... else 0


def stub(*arguments):
    raise NotImplementedError


@pytest.mark.parametrize("name", JUDGES)
@pytest.mark.parametrize("answer", [None, ..., stub], ids=["None", "Ellipsis", "stub"])
def test_unwritten_answer_is_not_tried_yet(name, answer):
    assert JUDGES[name](answer).outcome == "not tried yet"


@pytest.mark.parametrize("name", JUDGES)
@pytest.mark.parametrize("value", [None, "0.5", math.nan, math.inf, np.zeros((0, 3)), (1, 2), [None], {}, ...],
                         ids=repr)
def test_strange_answer_gets_one_line(name, value):
    result = JUDGES[name](lambda *arguments: value)
    assert not result.passed and "\n" not in repr(result)


@pytest.mark.parametrize("name", JUDGES)
def test_right_answer_that_writes_into_what_it_is_given_is_told_so(name):
    def vandal(first, *rest):
        value = RIGHT[name][0](first, *rest)
        first *= 0
        return value

    assert "changes the array that it is given" in JUDGES[name](vandal).reason
    assert JUDGES[name](RIGHT[name][0]).passed


def test_mean_over_the_wrong_shape_is_described_where_no_mistake_is_known():
    result = checks.mse_gradient(lambda x, y: np.zeros(3))
    assert "returned shape (3,), expected (3, 4, 2)" in result.reason and "keep the 1/n" in result.reason


# --- numbers that are not finite: a mistake is known by them


@pytest.mark.parametrize(("result", "expected", "same"), [
    (np.nan, np.nan, True), (np.inf, np.inf, True), (np.inf, -np.inf, False), (1.0, np.inf, False),
    (np.inf, 1.0, False), (np.nan, 1.0, False), (1.0, np.nan, False),
    ([1.0, np.nan], [1.0, np.nan], True), ([2.0, np.nan], [1.0, np.nan], False), ([1.0, 2.0], [1.0, np.inf], False),
])  # fmt: skip
def test_values_that_are_not_finite_agree_with_their_like_alone(result, expected, same):
    assert compare.close(result, np.array(expected), 1e-4) is same


@pytest.mark.parametrize("ends", [(1e-6, 1 - 1e-7), (1e-7, 1 - 1e-6), (1e-8, 1 - 1e-7), (1e-7, 1 - 1e-8)])
def test_another_margin_at_one_end_alone_does_not_pass(ends):
    assert not checks.cross_entropy(lambda x, y: entropies(x, np.clip(y, *ends)).mean()).passed
