"""The judges of lesson 02: right answers in any style pass, every known mistake gets its own diagnosis.

All answers here are written as a learner would write them, and not taken from the judges.
"""

import itertools
import math

import numpy as np
import pytest

from aelearn import autodiff as ad
from aelearn import checks
from aelearn.checks import lesson_02, lesson_02_bugs, lesson_02_layers

EXERCISES = {
    "slope": lesson_02._SLOPE,
    "slopes_by_hand": lesson_02._BY_HAND,
    "product_vjp": lesson_02._PRODUCT,
    "backward": lesson_02._BACKWARD,
    "relu_vjp": lesson_02._RELU,
    "matmul_vjp": lesson_02_layers._MATMUL,
    "upsample_vjp": lesson_02_layers._UPSAMPLE,
    "penalised_gradient": lesson_02_layers._PENALISED,
}
RIGHT, WRONG = {}, {}


# --- slope


def slope_in_steps(f, w, h):
    above = f(w + h)
    below = f(w - h)
    return (above - below) / 2 / h


RIGHT["slope"] = [slope_in_steps, lambda f, w, h: 0.5 * (f(w + h) - f(w - h)) / h,
                  lambda f, w, h: np.diff([f(w - h), f(w + h)])[0] / (2 * h)]
WRONG["slope"] = [
    ("twice too steep", lambda f, w, h: (f(w + h) - f(w - h)) / h),
    ("how much f changes", lambda f, w, h: f(w + h) - f(w - h)),
    ("write / (2 * h)", lambda f, w, h: (f(w + h) - f(w - h)) / 2 * h),
    ("to one side only", lambda f, w, h: (f(w + h) - f(w)) / h),
    ("to one side only", lambda f, w, h: (f(w) - f(w - h)) / h),
    ("and divided by a way of 2h", lambda f, w, h: (f(w + h) - f(w)) / (2 * h)),
    ("sign is turned around", lambda f, w, h: (f(w - h) - f(w + h)) / (2 * h)),
    ("a parenthesis is missing", lambda f, w, h: f(w + h) - f(w - h) / (2 * h)),
    ("the middle of the two", lambda f, w, h: (f(w + h) + f(w - h)) / (2 * h)),
    ("that is f itself", lambda f, w, h: f(w)),
]


# --- slopes by hand


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def by_hand(x, w1, w2):
    code = w1 * x
    x_hat = sigmoid(w2 * code)
    d_z = 2 * (x_hat - x) * x_hat * (1 - x_hat)
    return d_z * w2 * x, d_z * code


def by_nudges(x, w1, w2, h=1e-5):
    def loss(w1, w2):
        return (sigmoid(w2 * w1 * x) - x) ** 2

    return [(loss(w1 + h, w2) - loss(w1 - h, w2)) / (2 * h), (loss(w1, w2 + h) - loss(w1, w2 - h)) / (2 * h)]


def by_engine(x, w1, w2):
    w1, w2 = ad.Tensor(w1), ad.Tensor(w2)
    ((ad.sigmoid(w2 * (w1 * x)) - x) ** 2).backward()
    return w1.grad, w2.grad


def written(expression):
    """`(∂L/∂w1, ∂L/∂w2)` from a formula in x, w1, w2, code, z, p: the line a learner ends with."""
    compiled = compile(expression, "a learner", "eval")

    def slopes_by_hand(x, w1, w2):
        code = w1 * x
        z = w2 * code
        return eval(compiled, {"x": x, "w1": w1, "w2": w2, "code": code, "z": z, "p": sigmoid(z), "sigmoid": sigmoid})

    return slopes_by_hand


RIGHT["slopes_by_hand"] = [by_hand, by_nudges, by_engine]
WRONG["slopes_by_hand"] = [
    ("a factor 2 is missing", written("(p - x) * p * (1 - p) * w2 * x, (p - x) * p * (1 - p) * code")),
    ("sign is turned around", written("2 * (x - p) * p * (1 - p) * w2 * x, 2 * (x - p) * p * (1 - p) * code")),
    ("without the square", written("2 * (p - x)**2 * p * (1 - p) * w2 * x, 2 * (p - x)**2 * p * (1 - p) * code")),
    ("without the square", written("(p - x)**2 * p * (1 - p) * w2 * x, (p - x)**2 * p * (1 - p) * code")),
    ("own slope is missing", written("2 * (p - x) * w2 * x, 2 * (p - x) * code")),
    ("was applied twice", written("2 * (p - x) * sigmoid(p) * (1 - sigmoid(p)) * w2 * x,"
                                  " 2 * (p - x) * sigmoid(p) * (1 - sigmoid(p)) * code")),
    ("takes the input of the sigmoid", written("2 * (p - x) * z * (1 - z) * w2 * x, 2 * (p - x) * z * (1 - z) * code")),
    ("half of the sigmoid's slope", written("2 * (p - x) * p * w2 * x, 2 * (p - x) * p * code")),
    ("half of the sigmoid's slope", written("2 * (p - x) * (1 - p) * w2 * x, 2 * (p - x) * (1 - p) * code")),
    ("the slope of tanh", written("2 * (p - x) * (1 - p**2) * w2 * x, 2 * (p - x) * (1 - p**2) * code")),
    ("w2 is missing on the way", written("2 * (p - x) * p * (1 - p) * x, 2 * (p - x) * p * (1 - p) * code")),
    ("x is missing on the way", written("2 * (p - x) * p * (1 - p) * w2, 2 * (p - x) * p * (1 - p) * code")),
    ("stands the code, w1", written("2 * (p - x) * p * (1 - p) * w2 * x, 2 * (p - x) * p * (1 - p) * x")),
    ("stands w2, not w1", written("2 * (p - x) * p * (1 - p) * w1 * x, 2 * (p - x) * p * (1 - p) * code")),
    ("stands the code, not w2", written("2 * (p - x) * p * (1 - p) * w2 * x, 2 * (p - x) * p * (1 - p) * w2")),
    ("the two are swapped", lambda x, w1, w2: by_hand(x, w1, w2)[::-1]),
    ("missing on the way forward", written("2 * (z - x) * z * (1 - z) * w2 * x, 2 * (z - x) * z * (1 - z) * code")),
    ("missing on the way forward", written("2 * (z - x) * w2 * x, 2 * (z - x) * code")),
    ("missing on the way forward", written("2 * (z - x) * p * (1 - p) * w2 * x, 2 * (z - x) * p * (1 - p) * code")),
]


# --- product


def product_by_engine(a, b, grad):
    a, b = ad.Tensor(a), ad.Tensor(b)
    (a * b * grad).sum().backward()
    return a.grad, b.grad


RIGHT["product_vjp"] = [lambda a, b, grad: (b * grad, a * grad), product_by_engine,
                        lambda a, b, grad: [np.multiply(grad, b), np.multiply(grad, a)]]
WRONG["product_vjp"] = [
    ("the two are swapped: if a grows", lambda a, b, grad: (a * grad, b * grad)),
    ("what arrives from above is missing", lambda a, b, grad: (b, a)),
    ("swapped, and grad is missing", lambda a, b, grad: (a, b)),
    ("the rule of a sum", lambda a, b, grad: (grad, grad)),
    ("the product itself", lambda a, b, grad: (a * b * grad, a * b * grad)),
    ("the product itself", lambda a, b, grad: (a * b, a * b)),
    ("you added", lambda a, b, grad: (b + grad, a + grad)),
    ("their own share", lambda a, b, grad: (grad * b + grad * a, grad * b + grad * a)),
    ("a quotient", lambda a, b, grad: (grad / b, -grad * a / b / b)),
    ("return two", lambda a, b, grad: grad * b),
    ("return two", lambda a, b, grad: a * grad),
    ("return two", lambda a, b, grad: grad * a + grad * b),
    ("return two", lambda a, b, grad: grad * a * b),
]


# --- backward


def backward_in_a_loop(order):
    order[-1].grad = 1.0
    for node in order[::-1]:
        for parent, vjp in node.pairs:
            parent.grad += vjp(node.grad)


def backward_with_arrays(order):
    for node in order:
        node.grad = np.zeros_like(node.data)
    order[-1].grad = np.ones_like(order[-1].data)
    for index in range(len(order) - 1, -1, -1):
        for parent, vjp in order[index].pairs:
            parent.grad = parent.grad + vjp(order[index].grad)


def backward_by_popping(order):
    order = list(order)
    order[-1].grad = 1
    while order:
        node = order.pop()
        for pair in node.pairs:
            pair[0].grad += pair[1](node.grad)


def backward_that_empties_the_list(order):
    order[-1].grad = 1
    while order:
        node = order.pop()
        for parent, vjp in node.pairs:
            parent.grad += vjp(node.grad)


def backward_that_turns_the_list(order):
    order.reverse()
    order[0].grad = 1
    for node in order:
        for parent, vjp in node.pairs:
            parent.grad += vjp(node.grad)


def backward_over_paths(order):
    """Along every path by itself, as slow as it is right."""
    def send(node, grad):
        node.grad += grad
        for parent, vjp in node.pairs:
            send(parent, vjp(grad))

    send(order[-1], 1.0)


def walk(order, step):
    order[-1].grad = 1.0
    for node in reversed(order):
        step(node)


def overwriting(order):
    order[-1].grad = 1.0
    for node in reversed(order):
        for parent, vjp in node.pairs:
            parent.grad = vjp(node.grad)


def without_a_start(order):
    for node in reversed(order):
        for parent, vjp in node.pairs:
            parent.grad += vjp(node.grad)


def forwards(order):
    order[-1].grad = 1.0
    for node in order:
        for parent, vjp in node.pairs:
            parent.grad += vjp(node.grad)


def from_the_value(order):
    order[-1].grad = order[-1].data
    for node in reversed(order):
        for parent, vjp in node.pairs:
            parent.grad += vjp(node.grad)


def handing_on_values(node):
    for parent, vjp in node.pairs:
        parent.grad += vjp(node.data)


def handing_on_ones(node):
    for parent, vjp in node.pairs:
        parent.grad += vjp(1.0)


def first_parent_only(node):
    if node.pairs:
        parent, vjp = node.pairs[0]
        parent.grad += vjp(node.grad)


def outside_the_loop(node):
    parent = None
    for parent, vjp in node.pairs:  # noqa: B007  the mistake: the next line belongs into the loop
        pass
    if parent is not None:
        parent.grad += vjp(node.grad)


def ones_everywhere(order):
    for node in order:
        node.grad = 1.0
    for node in reversed(order):
        for parent, vjp in node.pairs:
            parent.grad += vjp(node.grad)


RIGHT["backward"] = [backward_in_a_loop, backward_with_arrays, backward_by_popping, backward_over_paths,
                     backward_that_empties_the_list, backward_that_turns_the_list]
WRONG["backward"] = [
    ("= where += belongs", overwriting),
    ("every gradient stayed 0", without_a_start),
    ("every gradient stayed 0", lambda order: None),
    ("from the start to the loss", forwards),
    ("the value of the loss", from_the_value),
    ("the values of the nodes", lambda order: walk(order, handing_on_values)),
    ("handed on 1 everywhere", lambda order: walk(order, handing_on_ones)),
    ("every node began with 1", ones_everywhere),
    ("only the first parent", lambda order: walk(order, first_parent_only)),
    ("only the last parent", lambda order: walk(order, outside_the_loop)),
]


# --- relu


def relu_by_engine(x, grad):
    x = ad.Tensor(x)
    (x.relu() * grad).sum().backward()
    return x.grad


def relu_in_a_copy(x, grad):
    result = grad.copy()
    result[x <= 0] = 0
    return result


RIGHT["relu_vjp"] = [lambda x, grad: np.where(x > 0, grad, 0), relu_by_engine, relu_in_a_copy,
                     lambda x, grad: grad * np.heaviside(x, 0)]
WRONG["relu_vjp"] = [
    ("the mask is missing", lambda x, grad: grad.copy()),
    ("the mask alone", lambda x, grad: x > 0),
    ("the mask alone", lambda x, grad: np.where(x >= 0, 1, 0)),
    ("looks at the gradient", lambda x, grad: np.maximum(grad, 0)),
    ("looks at the gradient", lambda x, grad: np.where(grad >= 0, grad, 0)),
    ("you cut x and the gradient", lambda x, grad: np.maximum(grad, 0) * (x > 0)),
    ("multiplied by the value", lambda x, grad: np.maximum(x, 0) * grad),
    ("open where it should be shut", lambda x, grad: np.where(x < 0, grad, 0)),
    ("open where it should be shut", lambda x, grad: np.where(x > 0, 0, grad)),
    ("there is a kink", lambda x, grad: np.where(x < 0, 0, grad)),
    ("the way forward again", lambda x, grad: x.clip(0)),
    ("the slope of |x|", lambda x, grad: np.sign(x) * grad),
]


# --- matmul


def matmul_by_loops(x, w, grad):
    to_x, to_w = np.zeros_like(x), np.zeros_like(w)
    for i, j, k in itertools.product(range(len(x)), range(len(w)), range(w.shape[1])):
        to_x[i, j] += grad[i, k] * w[j, k]
        to_w[j, k] += x[i, j] * grad[i, k]
    return to_x, to_w


RIGHT["matmul_vjp"] = [matmul_by_loops, lambda x, w, grad: ((w @ grad.T).T, (grad.T @ x).T),
                       lambda x, w, grad: (np.einsum("bo,io->bi", grad, w), np.einsum("bi,bo->io", x, grad))]
WRONG["matmul_vjp"] = [
    ("both transposes are missing", lambda x, w, grad: (grad @ w, x @ grad)),
    ("the transpose of w is missing", lambda x, w, grad: (grad @ w, x.T @ grad)),
    ("the transpose of x is missing", lambda x, w, grad: (grad @ w.T, x @ grad)),
    ("in the wrong order", lambda x, w, grad: (w.T @ grad, grad @ x.T)),
    ("in the wrong order", lambda x, w, grad: (w.T @ grad, x.T @ grad)),
    ("in the wrong order", lambda x, w, grad: (grad @ w.T, grad @ x.T)),
    ("the order is wrong and", lambda x, w, grad: (w @ grad, grad @ x)),
    ("the order is wrong and", lambda x, w, grad: (w @ grad, x.T @ grad)),
    ("the order is wrong and", lambda x, w, grad: (grad @ w.T, grad @ x)),
    ("∂L/∂w lies on its side", lambda x, w, grad: (grad @ w.T, grad.T @ x)),
    ("∂L/∂x lies on its side", lambda x, w, grad: (w @ grad.T, x.T @ grad)),
    ("∂L/∂x lies on its side", lambda x, w, grad: (w @ grad.T, grad.T @ x)),
    ("the two are swapped", lambda x, w, grad: (x.T @ grad, grad @ w.T)),
    ("by the number of rows", lambda x, w, grad: (grad @ w.T, x.T @ grad / x.shape[0])),
    ("product value by value", lambda x, w, grad: (grad * w, grad * x)),
    ("product value by value", lambda x, w, grad: (grad * w.T, grad * x.T)),
    ("what arrives from above is missing", lambda x, w, grad: (w.T, x.T)),
]


# --- upsample


def upsample_by_loops(grad):
    rows, columns = grad.shape[0] // 2, grad.shape[1] // 2
    result = np.zeros((rows, columns))
    for i, j in np.ndindex(grad.shape):
        result[i // 2, j // 2] += grad[i, j]
    return result


def upsample_by_engine(grad):
    x = ad.Tensor(np.zeros((1, grad.shape[0] // 2, grad.shape[1] // 2, 1)))
    (ad.upsample(x) * grad[None, :, :, None]).sum().backward()
    return x.grad[0, :, :, 0]


RIGHT["upsample_vjp"] = [upsample_by_loops, upsample_by_engine,
                         lambda g: g[::2, ::2] + g[::2, 1::2] + g[1::2, ::2] + g[1::2, 1::2]]
WRONG["upsample_vjp"] = [
    ("the mean of the four", lambda grad: upsample_by_loops(grad) / 4),
    *(("kept one of the four", lambda grad, r=r, c=c: grad[r::2, c::2]) for r in (0, 1) for c in (0, 1)),
    ("added two of the four", lambda grad: grad[::2, ::2] + grad[1::2, 1::2]),
    ("added two of the four", lambda grad: grad[::2, ::2] + grad[::2, 1::2]),
    ("added two of the four", lambda grad: grad[::2, ::2] + grad[1::2, ::2]),
    ("added two of the four", lambda grad: grad[1::2, ::2] + grad[::2, 1::2]),
    ("along one axis only", lambda grad: grad[::2] + grad[1::2]),
    ("along one axis only", lambda grad: grad[:, ::2] + grad[:, 1::2]),
    ("four quarters", lambda grad: sum(part for half in np.split(grad, 2) for part in np.split(half, 2, axis=1))),
    ("the largest of the four", lambda g: np.max([g[::2, ::2], g[::2, 1::2], g[1::2, ::2], g[1::2, 1::2]], axis=0)),
    ("enlarged once more", lambda grad: np.kron(grad, np.ones((2, 2)))),
    ("the shape of the large picture", lambda grad: grad * 1.0),
    ("into one number", lambda grad: np.sum(grad)),
]


# --- the gradient of a loss with a penalty


def penalised_by_engine(w, x, target, lam):
    w = ad.Tensor(w)
    (ad.mean_squared_error(target, x @ w) + lam * ad.l2_penalty(w)).backward()
    return w.grad


def penalised_by_nudges(w, x, target, lam, h=1e-4):
    def loss(w):
        return np.mean((x @ w - target) ** 2) + lam * np.sum(w**2)

    result = np.zeros_like(w)
    for index in np.ndindex(w.shape):
        step = np.zeros_like(w)
        step[index] = h
        result[index] = (loss(w + step) - loss(w - step)) / (2 * h)
    return result


def e(w, x, target):
    return x @ w - target


RIGHT["penalised_gradient"] = [
    penalised_by_engine, penalised_by_nudges,
    lambda w, x, target, lam: 2 * (x.T @ e(w, x, target) / (target.shape[0] * target.shape[1]) + lam * w),
]
WRONG["penalised_gradient"] = [
    ("1/n of the mean is missing", lambda w, x, t, lam: 2 * x.T @ e(w, x, t) + 2 * lam * w),
    ("divided by the number of rows", lambda w, x, t, lam: 2 * x.T @ e(w, x, t) / x.shape[0] + 2 * lam * w),
    ("divided by the number of columns", lambda w, x, t, lam: 2 * x.T @ e(w, x, t) / t.shape[1] + 2 * lam * w),
    ("divided by the size of w", lambda w, x, t, lam: 2 * x.T @ e(w, x, t) / w.size + 2 * lam * w),
    ("divided by the size of x", lambda w, x, t, lam: 2 * x.T @ e(w, x, t) / x.size + 2 * lam * w),
    ("missing in the first term", lambda w, x, t, lam: x.T @ e(w, x, t) / t.size + 2 * lam * w),
    ("missing in the penalty", lambda w, x, t, lam: 2 * x.T @ e(w, x, t) / t.size + lam * w),
    ("both factors 2", lambda w, x, t, lam: x.T @ e(w, x, t) / t.size + lam * w),
    ("the penalty is missing", lambda w, x, t, lam: 2 * x.T @ e(w, x, t) / t.size),
    ("λ is missing", lambda w, x, t, lam: 2 * x.T @ e(w, x, t) / t.size + 2 * w),
    ("you scaled both terms", lambda w, x, t, lam: lam * (2 * x.T @ e(w, x, t) / t.size + 2 * w)),
    ("you gave it 1 − λ", lambda w, x, t, lam: (1 - lam) * 2 * x.T @ e(w, x, t) / t.size + 2 * lam * w),
    ("the penalty is subtracted", lambda w, x, t, lam: 2 * x.T @ e(w, x, t) / t.size - 2 * lam * w),
    ("points uphill", lambda w, x, t, lam: 2 * x.T @ (t - x @ w) / t.size + 2 * lam * w),
    ("the penalty was averaged", lambda w, x, t, lam: 2 * x.T @ e(w, x, t) / t.size + 2 * lam * w / w.size),
    ("n divides both terms", lambda w, x, t, lam: 2 * (x.T @ e(w, x, t) + lam * w) / t.size),
    ("value, not its slope", lambda w, x, t, lam: 2 * x.T @ e(w, x, t) / t.size + lam * w * w),
    ("value, not its slope", lambda w, x, t, lam: 2 * x.T @ e(w, x, t) / t.size + lam * (w * w).sum()),
    ("the gradient of L1", lambda w, x, t, lam: 2 * x.T @ e(w, x, t) / t.size + lam * np.sign(w)),
    ("the transpose of x is missing", lambda w, x, t, lam: 2 * x @ e(w, x, t) / t.size + 2 * lam * w),
    ("lies on its side", lambda w, x, t, lam: 2 * e(w, x, t).T @ x / t.size + 2 * lam * w.T),
]

ALL_RIGHT = [(name, answer) for name in RIGHT for answer in RIGHT[name]]
ALL_WRONG = [(name, words, answer) for name in WRONG for words, answer in WRONG[name]]


def judge(name, answer):
    return getattr(checks, name)(answer)


def tried(name, answer):
    return EXERCISES[name]._try(lesson_02._Collected(answer) if name == "backward" else answer)


def title(value):
    return value.replace(" ", "_") if isinstance(value, str) else getattr(value, "__name__", "")


@pytest.mark.parametrize(("name", "answer"), ALL_RIGHT, ids=title)
def test_right_answer_in_any_style_passes(name, answer):
    result = judge(name, answer)
    assert repr(result) == f"✓ passed: {EXERCISES[name].praise}"


@pytest.mark.parametrize(("name", "words", "answer"), ALL_WRONG, ids=title)
def test_known_mistake_gets_its_own_diagnosis(name, words, answer):
    result = judge(name, answer)
    assert result.outcome == "not yet" and words in result.reason, result


@pytest.mark.parametrize(("name", "words", "answer"), ALL_WRONG, ids=title)
def test_known_mistake_is_told_from_the_truth_and_from_every_other(name, words, answer):
    mine = tried(name, answer)
    truth, mistakes = EXERCISES[name]._known
    found = {diagnosis for diagnosis, wrong in mistakes if EXERCISES[name]._agree(mine, wrong)}
    assert len(found) == 1, found
    assert not EXERCISES[name]._agree(mine, truth)


@pytest.mark.parametrize("name", EXERCISES)
def test_every_diagnosis_has_a_learner_who_needs_it(name):
    assert {judge(name, answer).reason for _, answer in WRONG[name]} == set(EXERCISES[name].mistakes)


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("answer", [None, ...], ids=["None", "Ellipsis"])
def test_nothing_is_not_tried_yet(name, answer):
    assert judge(name, answer).outcome == "not tried yet"


@pytest.mark.parametrize("name", EXERCISES)
def test_stub_is_not_tried_yet(name):
    def stub(*arguments):
        raise NotImplementedError

    assert repr(judge(name, stub)) == f"○ not tried yet: write {name}, then run this again"


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("answer", [3.0, "w.T", [1, 2]], ids=["a number", "text", "a list"])
def test_what_is_no_function_is_said_to_be_none(name, answer):
    assert f"{name} should be a function" in judge(name, answer).reason


@pytest.mark.parametrize("name", EXERCISES)
def test_crash_is_told_with_its_message(name):
    def misses_a_sign(*arguments):
        return math.sqrt(-1)

    line = misses_a_sign.__code__.co_firstlineno + 1
    assert f"{name} stopped in line {line} with ValueError: " in judge(name, misses_a_sign).reason


@pytest.mark.parametrize("name", sorted(set(EXERCISES) - {"slope", "slopes_by_hand", "backward"}))
def test_answer_that_changes_its_arrays_is_told_so(name):
    def careless(*arguments):
        result = RIGHT[name][0](*arguments)
        arguments[0][...] = 0
        return result

    assert "changes the array that it is given" in judge(name, careless).reason


def test_graph_of_one_answer_is_not_the_graph_of_the_next():
    assert not checks.backward(ones_everywhere).passed
    assert checks.backward(backward_in_a_loop).passed and checks.backward(backward_in_a_loop).passed


@pytest.mark.parametrize("graph", [lesson_02._line, lesson_02._fork])
def test_truth_of_backward_is_what_the_engine_finds(graph):
    """The same graph, node by node, as Tensors."""
    order = graph()
    tensors = {}
    for node in order:
        pairs = [(tensors[id(parent)], vjp) for parent, vjp in node.pairs]
        tensors[id(node)] = ad.operation("f", node.data, *pairs) if pairs else ad.Tensor(node.data)
    tensors[id(order[-1])].backward()
    lesson_02._walk(order)
    assert [node.grad for node in order] == pytest.approx([float(tensors[id(node)].grad) for node in order])


# --- the five bugs


def case(seed=0):
    random = np.random.default_rng(seed)
    b = np.array([1.0, -9.0, 0.5, 0.8])  # unit 1 is always off
    return random.random((6, 4)), random.normal(size=(4, 4)), b, random.normal(size=4)


def loss_in_numpy(x, w, b, c, lam):
    code = np.maximum(x @ w + b, 0)
    x_hat = 1 / (1 + np.exp(-(code @ w.T + c)))
    return np.mean((x_hat - x) ** 2) + lam * np.sum(w**2)


def gradients(number, lam, values=None):
    """(numeric, analytic) of w, b and c; the numeric ones from NumPy alone."""
    x, *values = values or case()
    tensors = [ad.Tensor(value) for value in values]
    checks.patient(number)(x, *tensors, lam).backward()
    found = []
    for place, tensor in enumerate(tensors):
        numeric = np.zeros(tensor.shape)
        for index in np.ndindex(tensor.shape):
            for sign in (1, -1):
                moved = [value.copy() for value in values]
                moved[place][index] += sign * 1e-6
                numeric[index] += sign * loss_in_numpy(x, *moved, lam) / 2e-6
        found.append((numeric, tensor.grad))
    return found


def wrong(pair):
    return not np.allclose(*pair, atol=1e-7)


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("lam", [0.0, 0.1])
def test_value_of_every_patient_is_right(number, lam):
    x, w, b, c = case()
    assert checks.patient(number)(x, w, b, c, lam).item() == pytest.approx(loss_in_numpy(x, w, b, c, lam))


@pytest.mark.parametrize("lam", [0.0, 0.1])
def test_healthy_one_is_healthy_and_the_others_are_not(lam):
    assert not any(map(wrong, gradients(0, lam)))
    assert [number for number in range(1, 6) if any(map(wrong, gradients(number, lam)))] == (
        [1, 2, 3, 4, 5] if lam else [1, 2, 4, 5])


def test_missing_n_makes_b_and_c_too_large_by_one_factor():
    _, *rest = gradients(1, 0.1)
    for numeric, analytic in rest:
        np.testing.assert_allclose(analytic, 24 * numeric, atol=1e-6)  # 6 pictures of 4 values


def test_relu_without_mask_leaves_c_right_and_moves_a_unit_that_is_off():
    w, (numeric, analytic), c = gradients(2, 0.0)
    assert wrong(w) and not wrong(c)
    assert numeric[1] == 0 and abs(analytic[1]) > 0.001


def test_sign_of_the_penalty_shows_in_w_alone_and_in_proportion():
    (numeric, analytic), b, c = gradients(3, 0.1)
    np.testing.assert_allclose(analytic - numeric, -4 * 0.1 * case()[1], atol=1e-7)
    assert not wrong(b) and not wrong(c)


def test_forgotten_transpose_leaves_c_right_and_makes_b_wrong_where_units_are_on():
    w, (numeric, analytic), c = gradients(4, 0.0)
    assert wrong(w) and not wrong(c)
    assert [bool(abs(n - a) > 1e-6) for n, a in zip(numeric, analytic)] == [True, False, True, True]


def test_overwriting_leaves_b_and_c_right_and_w_wrong_without_a_penalty_too():
    w, b, c = gradients(5, 0.0)
    assert wrong(w) and not wrong(b) and not wrong(c)


@pytest.mark.parametrize("number", [-1, 6, 1.0, "1", None, True])
def test_patient_that_does_not_exist_is_refused(number):
    with pytest.raises(ValueError, match=r"number must be from 0 \(healthy\) to 5; received"):
        checks.patient(number)


KEY = {1: "b", 2: "e", 3: "c", 4: "d", 5: "a"}


@pytest.mark.parametrize("spell", [str, str.upper, "{})".format])
def test_right_diagnoses_pass_in_any_spelling(spell):
    assert checks.bugs({number: spell(letter) for number, letter in KEY.items()}).passed


@pytest.mark.parametrize("number", KEY)
@pytest.mark.parametrize("letter", "abcdefg")
def test_wrong_diagnosis_is_told_what_that_bug_would_look_like(number, letter):
    result = checks.bugs(KEY | {number: letter})
    if letter == KEY[number]:
        assert result.passed
    else:
        assert result.reason == f"patient {number}: {lesson_02_bugs.SIGNS[letter]}"
        assert f" {KEY[number]})" not in result.reason


@pytest.mark.parametrize("letter", ["z", "bc", 2, [1]])
def test_diagnosis_that_is_no_letter_of_the_list_is_said_to_be_none(letter):
    assert checks.bugs(KEY | {2: letter}).reason == "patient 2: a letter from a to g"


def test_open_diagnoses_are_listed():
    assert repr(checks.bugs(dict.fromkeys(KEY))) == "○ not tried yet: write a letter for patient 1, 2, 3, 4, 5"
    assert checks.bugs(KEY | {2: None, 4: ...}).reason == "write a letter for patient 2, 4"


def test_keys_that_are_missing_or_unknown_are_named():
    with pytest.raises(ValueError, match=r"with the keys 1 to 5; received a dict with the keys 1$"):
        checks.bugs({1: "b"})
    with pytest.raises(ValueError, match=r"received a dict with the keys '1', 2$"):
        checks.bugs({"1": "b", 2: "e"})
    with pytest.raises(ValueError, match=r"received a dict without keys$"):
        checks.bugs({})


def test_the_sign_of_a_relu_without_mask_is_one_that_the_report_and_the_figure_show():
    w, (numeric, analytic), c = gradients(2, 0.01)
    sign = lesson_02_bugs.SIGNS["e"]
    assert "unit 1" in sign and numeric[1] == 0 and abs(analytic[1]) > 0.001
    assert "most wrong" not in sign
    for other in (0, 1, 3, 4, 5):  # no other patient has it
        _, (numeric, analytic), _ = gradients(other, 0.01)
        assert numeric[1] == 0 and abs(analytic[1]) < 1e-9


@pytest.mark.parametrize("answers", [None, {}, {1: "a"}, "becda", dict.fromkeys(range(6))])
def test_diagnoses_come_as_a_dict_of_five(answers):
    with pytest.raises(ValueError, match="answers must be a dict with the keys 1 to 5; received"):
        checks.bugs(answers)
