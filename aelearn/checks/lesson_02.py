"""Judges of lesson 02: a slope by a nudge, the chain rule by hand, and the parts of an engine."""

import math

import numpy as np

from aelearn.checks.verdict import Exercise


def slope(answer):
    """Judge `slope(f, w, h)`: the slope of f at w, from a nudge of h to either side.

    Args:
        answer: the reader's function; returns a number.

    Returns:
        `Verdict`.

    Example:
        >>> slope(lambda f, w, h: (f(w + h) - f(w - h)) / h)
        ✗ not yet, because your slope is exactly twice too steep: from w - h to w + h it is a way of 2h
    """
    return _SLOPE.judge(answer)


def slopes_by_hand(answer):
    """Judge `slopes_by_hand(x, w1, w2)`: ∂L/∂w1 and ∂L/∂w2 of L = (x̂ − x)², x̂ = sigmoid(w2 · w1 · x).

    Args:
        answer: the reader's function; returns two numbers.

    Returns:
        `Verdict`.

    Example:
        >>> slopes_by_hand(None)
        ○ not tried yet: write slopes_by_hand first
    """
    return _BY_HAND.judge(answer)


def product_vjp(answer):
    """Judge `product_vjp(a, b, grad)`: what a product y = a · b sends back to a and to b.

    Args:
        answer: the reader's function of three arrays of one shape, `grad` being ∂L/∂y; returns two such arrays.

    Returns:
        `Verdict`.

    Example:
        >>> product_vjp(lambda a, b, grad: (grad * a, grad * b))
        ✗ not yet, because the two are swapped: if a grows a little, the product grows b times as much
    """
    return _PRODUCT.judge(answer)


def backward(answer):
    """Judge `backward(order)`: fill in `grad` of every node of a graph.

    Args:
        answer: the reader's function of a list of nodes, each after its parents and the loss last. A node has
            `data`, `grad` (0 at first) and `pairs`, a list of `(parent, vjp)`. It returns nothing.

    Returns:
        `Verdict`.

    Example:
        >>> backward(lambda order: None)
        ✗ not yet, because every gradient stayed 0: the loss's own is 1, and nothing flows until you set it
    """
    return _BACKWARD.judge(_Collected(answer) if callable(answer) else answer)


def relu_vjp(answer):
    """Judge `relu_vjp(x, grad)`: what y = max(x, 0) sends back to x.

    Args:
        answer: the reader's function of two arrays of one shape, `grad` being ∂L/∂y; returns such an array.

    Returns:
        `Verdict`.

    Example:
        >>> relu_vjp(lambda x, grad: grad)
        ✗ not yet, because the mask is missing: where x was cut to 0, a nudge of x changes nothing
    """
    return _RELU.judge(answer)


def _forward_difference(f, w, h):
    return (f(w + h) - f(w)) / h


_SLOPE = Exercise(
    name="slope",
    truth=lambda f, w, h: (f(w + h) - f(w - h)) / (2 * h),
    cases=[(lambda w: w**3, 0.7, 0.1), (math.exp, -0.4, 0.3), (lambda w: 2 - 3 * w, 1.0, 0.5)],
    mistakes={
        "your slope is exactly twice too steep: from w - h to w + h it is a way of 2h":
            lambda f, w, h: (f(w + h) - f(w - h)) / h,
        "that is how much f changes; a slope is the change divided by the way, 2h":
            lambda f, w, h: f(w + h) - f(w - h),
        "Python divides and multiplies from left to right: / 2 * h multiplies by h, write / (2 * h)":
            lambda f, w, h: (f(w + h) - f(w - h)) / 2 * h,
        "you nudged to one side only; the other side too, f(w - h), makes the error far smaller":
            (_forward_difference, lambda f, w, h: (f(w) - f(w - h)) / h),
        "you nudged to one side and divided by a way of 2h: begin at f(w - h)":
            lambda f, w, h: (f(w + h) - f(w)) / (2 * h),
        "your sign is turned around: a slope is positive where f grows with w, so f(w + h) comes first":
            lambda f, w, h: (f(w - h) - f(w + h)) / (2 * h),
        "a parenthesis is missing: subtract first, then divide": lambda f, w, h: f(w + h) - f(w - h) / (2 * h),
        "that is the middle of the two values; subtract them": lambda f, w, h: (f(w + h) + f(w - h)) / (2 * h),
        "that is f itself, not how steep it is": lambda f, w, h: f(w),
    },
    praise="a nudge to either side, divided by the way between them",
)


def _sigmoid(z):
    return 1 / (1 + math.exp(-z))


def _chain(local=None, outer=None, inner=None, forward=_sigmoid):
    # ∂L/∂z = 2 (x̂ − x) · x̂ (1 − x̂) with z = w2 · code; then · code for w2, and · w2 · x for w1.
    local = local or (lambda z, p: p * (1 - p))
    outer = outer or (lambda p, x: 2 * (p - x))
    inner = inner or (lambda x, w1, w2, code: (w2 * x, code))

    def by_hand(x, w1, w2):
        code = w1 * x
        z = w2 * code
        prediction = forward(z)
        arriving = outer(prediction, x) * local(z, prediction)
        to_w1, to_w2 = inner(x, w1, w2, code)
        return arriving * to_w1, arriving * to_w2

    return by_hand


_BY_HAND = Exercise(
    name="slopes_by_hand",
    truth=_chain(),
    cases=[(0.9, 0.7, -0.8), (0.3, -1.2, 1.7), (0.6, 1.4, 0.5)],
    mistakes={
        "a factor 2 is missing: the slope of e² is 2e": _chain(outer=lambda p, x: p - x),
        "your sign is turned around: it is x̂ − x, because L falls when x̂ moves towards x":
            _chain(outer=lambda p, x: 2 * (x - p)),
        "the slope of e² is 2e, without the square": (
            _chain(outer=lambda p, x: 2 * (p - x) ** 2), _chain(outer=lambda p, x: (p - x) ** 2)),
        "the sigmoid's own slope is missing: x̂ (1 − x̂)": _chain(local=lambda z, p: 1.0),
        "the sigmoid was applied twice: x̂ is its output already, so its slope is x̂ (1 − x̂)":
            _chain(local=lambda z, p: _sigmoid(p) * (1 - _sigmoid(p))),
        "z (1 − z) takes the input of the sigmoid; its slope is written with the output, x̂ (1 − x̂)":
            _chain(local=lambda z, p: z * (1 - z)),
        "half of the sigmoid's slope is missing: x̂ (1 − x̂)": (
            _chain(local=lambda z, p: p), _chain(local=lambda z, p: 1 - p)),
        "that is the slope of tanh, 1 − x̂²; the sigmoid's is x̂ (1 − x̂)": _chain(local=lambda z, p: 1 - p * p),
        "a sigmoid is missing on the way forward: x̂ = sigmoid(w2 · w1 · x)": (
            _chain(forward=lambda z: z), _chain(forward=lambda z: z, local=lambda z, p: 1.0),
            _chain(forward=lambda z: z, local=lambda z, p: _sigmoid(z) * (1 - _sigmoid(z)))),
        "w2 is missing on the way to w1: whatever the encoder learns has come through the decoder":
            _chain(inner=lambda x, w1, w2, code: (x, code)),
        "x is missing on the way to w1: the code is w1 · x, so its slope in w1 is x":
            _chain(inner=lambda x, w1, w2, code: (w2, code)),
        "on the way to w2 stands the code, w1 · x, not x itself":
            _chain(inner=lambda x, w1, w2, code: (w2 * x, x)),
        "on the way to w1 stands w2, not w1: what a product sends to one factor is scaled by the other":
            _chain(inner=lambda x, w1, w2, code: (w1 * x, code)),
        "on the way to w2 stands the code, not w2: what a product sends to one factor is scaled by the other":
            _chain(inner=lambda x, w1, w2, code: (w2 * x, w2)),
        "the two are swapped: return the slope of w1 first": lambda x, w1, w2: _chain()(x, w1, w2)[::-1],
    },
    praise="every factor on the way from the loss to the weight, multiplied",
    hint="∂L/∂w2 = 2(x̂ − x) · x̂(1 − x̂) · code; for w1 the last factor is replaced by w2 and then x",
)

_random = np.random.default_rng(2)
_A, _B, _GRAD = _random.normal(size=(3, 3, 2))  # three rows: one array alone is no pair of gradients

_PRODUCT = Exercise(
    name="product_vjp",
    truth=lambda a, b, grad: (grad * b, grad * a),
    cases=[(_A, _B, _GRAD), (_B[0], _GRAD[1], _A[0])],
    mistakes={
        "the two are swapped: if a grows a little, the product grows b times as much":
            lambda a, b, grad: (grad * a, grad * b),
        "what arrives from above is missing: multiply the slopes b and a by grad": lambda a, b, grad: (b, a),
        "the two are swapped, and grad is missing: a receives grad · b": lambda a, b, grad: (a, b),
        "that is the rule of a sum; a product scales what it sends back by the other factor":
            lambda a, b, grad: (grad, grad),
        "you sent the product itself: a receives grad · b, without a": (
            lambda a, b, grad: (grad * a * b, grad * a * b), lambda a, b, grad: (a * b, a * b)),
        "the chain rule multiplies; you added": lambda a, b, grad: (grad + b, grad + a),
        "a and b each get their own share: grad · b and grad · a, not the sum of both":
            lambda a, b, grad: (grad * (a + b), grad * (a + b)),
        "a product sends back to both of its factors: return two arrays, first what a receives, then b": (
            lambda a, b, grad: grad * b, lambda a, b, grad: grad * a,
            lambda a, b, grad: grad * (a + b), lambda a, b, grad: grad * a * b),
        "that is the rule of a quotient, a / b": lambda a, b, grad: (grad / b, -grad * a / b**2),
    },
    praise="each factor receives what arrives, times the other factor",
)


class _Node:
    # What the lesson calls Node, for the cases below.
    def __init__(self, data, *pairs):
        self.data, self.pairs, self.grad = data, list(pairs), 0.0


def _times(factor):
    return lambda grad: factor * grad


def _line():
    # w → 3w → 15w: every gradient is a product along one path.
    w = _Node(2.0)
    y = _Node(6.0, (w, _times(3.0)))
    return [w, y, _Node(30.0, (y, _times(5.0)))]


def _fork():
    # w reaches the loss over a short path and a long one, and a second weight over one.
    w, v = _Node(2.0), _Node(0.5)
    y = _Node(1.0, (w, _times(v.data)), (v, _times(w.data)))
    z = _Node(4.0, (w, _times(-3.0)), (y, _times(7.0)))
    return [w, v, y, z, _Node(4.5, (y, _times(2.0)), (z, _times(1.5)))]


class _Collected:
    # The answer as a function from a graph to the gradients of its nodes. Errors name the answer's own lines.
    def __init__(self, answer):
        self._answer, self.__code__ = answer, getattr(answer, "__code__", None)

    def __call__(self, graph):
        nodes = graph()
        self._answer(list(nodes))  # the list is the reader's, to empty or to reverse
        return tuple(node.grad for node in nodes)


def _walk(order, *, seed=1.0, arriving=lambda node: node.grad, parents=lambda pairs: pairs, backwards=True, add=True):
    if seed is not None:
        order[-1].grad = seed
    for node in reversed(order) if backwards else order:
        for parent, vjp in parents(node.pairs):
            parent.grad = vjp(arriving(node)) + (parent.grad if add else 0.0)


def _with_ones(order):
    for node in order:
        node.grad = 1.0
    _walk(order)


def _walked(**options):
    return _Collected(lambda order: _walk(order, **options))


_BACKWARD = Exercise(
    name="backward",
    truth=_walked(),
    cases=[(_line,), (_fork,)],
    mistakes={
        "you wrote = where += belongs: a node that is used twice keeps only the last of its two shares":
            _walked(add=False),
        "every gradient stayed 0: the loss's own is 1, and nothing flows until you set it": (
            _walked(seed=None), _walked(seed=0.0)),
        "you walked from the start to the loss; gradients flow the other way: reversed(order)":
            _walked(backwards=False),
        "you began with the value of the loss; ∂L/∂L is 1, whatever L is":
            _Collected(lambda order: _walk(order, seed=order[-1].data)),
        "you handed on the values of the nodes; what flows back is node.grad": _walked(arriving=lambda node: node.data),
        "you handed on 1 everywhere: that gives the slope of each step, and no chain":
            _walked(arriving=lambda node: 1.0),
        "every node began with 1; only the loss does, all others begin with 0": _Collected(_with_ones),
        "only the first parent of a node received something": _walked(parents=lambda pairs: pairs[:1]),
        "only the last parent of a node received something: is the line inside the loop?":
            _walked(parents=lambda pairs: pairs[-1:]),
    },
    praise="from the loss back to the start, adding up",
    hint="the loss has grad 1; then, for each pair of each node, the loss first: parent.grad += vjp(node.grad)",
)

_X = np.array([[1.5, -0.5, 0.0], [-2.0, 0.3, 0.8], [0.0, 2.5, -1.0]])
_ARRIVING = np.array([[-1.0, 2.0, 3.0], [0.5, -0.7, 1.2], [-0.4, 0.9, -0.6]])

_RELU = Exercise(
    name="relu_vjp",
    truth=lambda x, grad: grad * (x > 0),
    cases=[(_X, _ARRIVING)],
    mistakes={
        "the mask is missing: where x was cut to 0, a nudge of x changes nothing": lambda x, grad: grad,
        "that is the mask alone: multiply it by what arrives": (
            lambda x, grad: (x > 0) * 1.0, lambda x, grad: (x >= 0) * 1.0),
        "your mask looks at the gradient; the gate was set by x, on the way forward": (
            lambda x, grad: grad * (grad > 0), lambda x, grad: grad * (grad >= 0)),
        "you cut x and the gradient; a negative gradient passes an open gate, too":
            lambda x, grad: grad * (grad > 0) * (x > 0),
        "you multiplied by the value max(x, 0); the slope of an open gate is 1":
            lambda x, grad: grad * np.maximum(x, 0),
        "your gate is open where it should be shut: x > 0": (
            lambda x, grad: grad * (x < 0), lambda x, grad: grad * (x <= 0)),
        "at exactly 0 there is a kink; this course, as Keras, calls the gate shut there: > and not >=":
            lambda x, grad: grad * (x >= 0),
        "that is the way forward again: return grad where x > 0, else 0": lambda x, grad: np.maximum(x, 0),
        "that is the slope of |x|: a shut gate lets nothing through, not the negative":
            lambda x, grad: grad * np.sign(x),
    },
    praise="an open gate passes everything on, a shut one nothing",
)
