"""Judges of lesson 02: what the matrix product, the enlargement and the whole loss send back."""

import numpy as np

from aelearn.checks.verdict import Exercise


def matmul_vjp(answer):
    """Judge `matmul_vjp(x, w, grad)`: what y = x w sends back to x and to w.

    Args:
        answer: the reader's function of x `(rows, n)`, w `(n, columns)` and grad = ∂L/∂y `(rows, columns)`; returns
            ∂L/∂x and ∂L/∂w.

    Returns:
        `Verdict`.

    Example:
        >>> matmul_vjp(lambda x, w, grad: (grad @ w.T, x @ grad))
        ✗ not yet, because the transpose of x is missing: ∂L/∂w = xᵀ grad
    """
    return _MATMUL.judge(answer)


def upsample_vjp(answer):
    """Judge `upsample_vjp(grad)`: what the enlargement that makes four pixels of one sends back.

    Args:
        answer: the reader's function of grad = ∂L/∂y `(2 · rows, 2 · columns)`; returns ∂L/∂x `(rows, columns)`.

    Returns:
        `Verdict`.

    Example:
        >>> upsample_vjp(lambda grad: grad[::2, ::2])
        ✗ not yet, because you kept one of the four: each of them was made from the pixel, so all four add up
    """
    return _UPSAMPLE.judge(answer)


def penalised_gradient(answer):
    """Judge `penalised_gradient(w, x, target, lam)`: ∂L/∂w of L = mean((x w − target)²) + λ Σ w².

    Args:
        answer: the reader's function of w `(n, columns)`, x `(rows, n)`, target `(rows, columns)` and the number λ;
            returns an array of the shape of w.

    Returns:
        `Verdict`.

    Example:
        >>> penalised_gradient(lambda w, x, target, lam: 2 * x.T @ (x @ w - target) / target.size)
        ✗ not yet, because the penalty is missing: it adds 2 λ w
    """
    return _PENALISED.judge(answer)


_random = np.random.default_rng(22)


def _some(*shapes):
    return tuple(_random.normal(size=shape) for shape in shapes)


_MATMUL = Exercise(
    name="matmul_vjp",
    truth=lambda x, w, grad: (grad @ w.T, x.T @ grad),
    # The square one shows the values of mistakes whose shapes fit nowhere else.
    cases=[_some((3, 3), (3, 3), (3, 3)), _some((2, 3), (3, 4), (2, 4))],
    mistakes={
        "both transposes are missing: it fits for square matrices alone, and is wrong there, too":
            lambda x, w, grad: (grad @ w, x @ grad),
        "the transpose of w is missing: ∂L/∂x = grad wᵀ": lambda x, w, grad: (grad @ w, x.T @ grad),
        "the transpose of x is missing: ∂L/∂w = xᵀ grad": lambda x, w, grad: (grad @ w.T, x @ grad),
        "the factors stand in the wrong order: grad stands where y stood, left of wᵀ and right of xᵀ": (
            lambda x, w, grad: (w.T @ grad, grad @ x.T),
            lambda x, w, grad: (w.T @ grad, x.T @ grad),
            lambda x, w, grad: (grad @ w.T, grad @ x.T),
        ),
        "the order is wrong and the transposes are missing: write the shapes below each factor": (
            lambda x, w, grad: (w @ grad, grad @ x),
            lambda x, w, grad: (w @ grad, x.T @ grad),
            lambda x, w, grad: (grad @ w.T, grad @ x),
        ),
        "your ∂L/∂w lies on its side: xᵀ grad, not gradᵀ x": lambda x, w, grad: (grad @ w.T, grad.T @ x),
        "your ∂L/∂x lies on its side: grad wᵀ, not w gradᵀ": (
            lambda x, w, grad: (w @ grad.T, x.T @ grad), lambda x, w, grad: (w @ grad.T, grad.T @ x)),
        "the two are swapped: return ∂L/∂x first, then ∂L/∂w": lambda x, w, grad: (x.T @ grad, grad @ w.T),
        "you divided by the number of rows; a 1/n belongs to the loss, not to the product":
            lambda x, w, grad: (grad @ w.T, x.T @ grad / len(x)),
        "that is the rule of the product value by value, a * b; this is the matrix product, @": (
            lambda x, w, grad: (grad * w, grad * x), lambda x, w, grad: (grad * w.T, x.T * grad)),
        "what arrives from above is missing: multiply wᵀ and xᵀ by grad": lambda x, w, grad: (w.T, x.T),
    },
    praise="shapes leave only one way to write it: grad wᵀ and xᵀ grad",
    hint="∂L/∂x has the shape of x and ∂L/∂w that of w: which product of grad with wᵀ or xᵀ has it?",
)


def _blocks(grad):
    rows, columns = grad.shape
    return grad.reshape(rows // 2, 2, columns // 2, 2)


def _quarters(grad):
    rows, columns = (n // 2 for n in grad.shape)
    return grad[:rows, :columns] + grad[:rows, columns:] + grad[rows:, :columns] + grad[rows:, columns:]


_UPSAMPLE = Exercise(
    name="upsample_vjp",
    truth=lambda grad: _blocks(grad).sum((1, 3)),
    cases=[(each,) for each in _some((4, 4), (6, 8))],
    mistakes={
        "you took the mean of the four; the pixel was used four times in full, so they add up":
            lambda grad: _blocks(grad).mean((1, 3)),
        "you kept one of the four: each of them was made from the pixel, so all four add up": (
            lambda grad: grad[::2, ::2], lambda grad: grad[::2, 1::2],
            lambda grad: grad[1::2, ::2], lambda grad: grad[1::2, 1::2]),
        "you added two of the four: both rows and both columns of the block came from the pixel": (
            lambda grad: grad[::2, ::2] + grad[1::2, 1::2], lambda grad: grad[::2, ::2] + grad[::2, 1::2],
            lambda grad: grad[::2, ::2] + grad[1::2, ::2], lambda grad: grad[1::2, ::2] + grad[::2, 1::2]),
        "you added up pairs along one axis only; a pixel became two rows and two columns": (
            lambda grad: grad[::2] + grad[1::2], lambda grad: grad[:, ::2] + grad[:, 1::2]),
        "you added up the four quarters of the picture; the copies of a pixel are neighbours, grad[::2, ::2] and so on":
            _quarters,
        "you took the largest of the four; all four add up": lambda grad: _blocks(grad).max((1, 3)),
        "you enlarged once more; back is the other way, from four pixels to one":
            lambda grad: grad.repeat(2, 0).repeat(2, 1),
        "the gradient came back in the shape of the large picture; it is for the small one": lambda grad: grad,
        "you added up everything into one number; each pixel gets its own four": lambda grad: grad.sum(),
    },
    praise="one pixel, used four times, adds up four gradients",
)


def _gradient(reconstruction=None, penalty=None, error=None):
    error = error or (lambda w, x, target: x @ w - target)
    reconstruction = reconstruction or (lambda x, e, lam: 2 * x.T @ e / e.size)
    penalty = penalty or (lambda w, lam: 2 * lam * w)
    return lambda w, x, target, lam: reconstruction(x, error(w, x, target), lam) + penalty(w, lam)


_PENALISED = Exercise(
    name="penalised_gradient",
    truth=_gradient(),
    cases=[(*_some((4, 3), (4, 4), (4, 3)), 0.3), (*_some((2, 3), (5, 2), (5, 3)), 0.7)],
    mistakes={
        "the 1/n of the mean is missing: your first term is exactly n times too large, n = target.size":
            _gradient(lambda x, e, lam: 2 * x.T @ e),
        "you divided by the number of rows; the mean runs over every value, target.size of them":
            _gradient(lambda x, e, lam: 2 * x.T @ e / len(x)),
        "you divided by the number of columns; the mean runs over every value, target.size of them":
            _gradient(lambda x, e, lam: 2 * x.T @ e / e.shape[1]),
        "you divided by the size of w; the mean runs over the values of the target":
            lambda w, x, target, lam: 2 * x.T @ (x @ w - target) / w.size + 2 * lam * w,
        "you divided by the size of x; the mean runs over the values of the target":
            _gradient(lambda x, e, lam: 2 * x.T @ e / x.size),
        "a factor 2 is missing in the first term: the slope of e² is 2e": _gradient(lambda x, e, lam: x.T @ e / e.size),
        "a factor 2 is missing in the penalty: the slope of w² is 2w, and this course has no ½ before it":
            _gradient(penalty=lambda w, lam: lam * w),
        "both factors 2 are missing: the slope of e² is 2e":
            _gradient(lambda x, e, lam: x.T @ e / e.size, lambda w, lam: lam * w),
        "the penalty is missing: it adds 2 λ w": _gradient(penalty=lambda w, lam: 0.0),
        "λ is missing: it scales the gradient of the penalty as it scales the penalty":
            _gradient(penalty=lambda w, lam: 2 * w),
        "λ scales the penalty only; you scaled both terms":
            lambda w, x, target, lam: lam * _gradient()(w, x, target, 1.0),
        "λ is added to the reconstruction error, which keeps its weight 1; you gave it 1 − λ":
            _gradient(lambda x, e, lam: (1 - lam) * 2 * x.T @ e / e.size),
        "the penalty is subtracted; it is part of the loss, so its gradient is added":
            _gradient(penalty=lambda w, lam: -2 * lam * w),
        "your first term points uphill: the error is x w − target":
            _gradient(error=lambda w, x, target: target - x @ w),
        "the penalty was averaged; it is a sum over the entries of w": (
            _gradient(penalty=lambda w, lam: 2 * lam * w / w.size),),
        "your 1/n divides both terms; the mean is over the squared errors, and the penalty is a sum":
            lambda w, x, target, lam: 2 * (x.T @ (x @ w - target) + lam * w) / target.size,
        "that is the penalty's value, not its slope: the slope of λ w² is 2 λ w": (
            _gradient(penalty=lambda w, lam: lam * w**2), _gradient(penalty=lambda w, lam: lam * np.sum(w**2))),
        "that is the gradient of L1, λ sign w; L2 has 2 λ w": _gradient(penalty=lambda w, lam: lam * np.sign(w)),
        "the transpose of x is missing: xᵀ brings the errors back to the weights":
            _gradient(lambda x, e, lam: 2 * x @ e / e.size),
        "your gradient lies on its side: xᵀ e has the shape of w, eᵀ x does not":
            lambda w, x, target, lam: 2 * (x @ w - target).T @ x / target.size + 2 * lam * w.T,
    },
    praise="the gradient of a sum is the sum of the gradients",
    hint="∂L/∂w = 2/n xᵀ(x w − target) + 2 λ w with n = target.size",
)
