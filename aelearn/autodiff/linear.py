"""Operations that mix values or move them: matrix products, sums, means, other shapes."""

import math

import numpy as np

from aelearn.autodiff.elementwise import unbroadcast
from aelearn.autodiff.tensor import as_tensor, as_tensors, operation
from aelearn.autodiff.threads import product


def matmul(x, w):
    """Matrix product y = x w. ∂L/∂x = ∂L/∂y wᵀ, ∂L/∂w = xᵀ ∂L/∂y.

    Args:
        x: Tensor `(…, rows, n)`.
        w: Tensor `(…, n, columns)`; leading axes are broadcast.

    Returns:
        Tensor `(…, rows, columns)`.

    Raises:
        ValueError: if the shapes do not fit.

    Example:
        >>> matmul(as_tensor(np.ones((2, 3))), as_tensor(np.ones((3, 1)))).data
        array([[3.],
               [3.]])
    """
    x, w = as_tensors(x, w)
    if x.data.ndim < 2 or w.data.ndim < 2:
        raise ValueError(
            f"matmul of shapes {x.shape} and {w.shape}: both need rows and columns; "
            "a single row is x.reshape(1, -1), a single column x.reshape(-1, 1)"
        )
    if x.shape[-1] != w.shape[-2]:
        raise ValueError(
            f"matmul of shapes {x.shape} and {w.shape}: "
            f"the {x.shape[-1]} columns of the left must be the {w.shape[-2]} rows of the right"
        )
    try:
        np.broadcast_shapes(x.shape[:-2], w.shape[:-2])
    except ValueError:
        raise ValueError(f"matmul of shapes {x.shape} and {w.shape}: the axes before the last two differ") from None
    a, b = x.data, w.data
    return operation("@", product(a, b),
                     (x, lambda grad: unbroadcast(product(grad, np.swapaxes(b, -1, -2)), a.shape)),
                     (w, lambda grad: unbroadcast(product(np.swapaxes(a, -1, -2), grad), b.shape)))


def sum(x, axis=None, keepdims=False):
    """Sum over one axis, several, or all. Each value gets the gradient of the sum it went into.

    Args:
        x: Tensor.
        axis: int, tuple of ints, or None for all.
        keepdims: bool, keep summed axes with size 1.

    Returns:
        Tensor without those axes.

    Raises:
        ValueError: if there is no such axis.

    Example:
        >>> sum(as_tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0).data
        array([4., 6.])
    """
    x = as_tensor(x)
    axes = _axes("sum", x.shape, axis)
    return operation("sum", x.data.sum(axis=axes, keepdims=keepdims),
                     (x, lambda grad: _spread(grad, axes, x.shape)))


def mean(x, axis=None, keepdims=False):
    """Mean over one axis, several, or all. Each of the n values gets 1/n of the gradient of its mean.

    Args:
        x: Tensor.
        axis: int, tuple of ints, or None for all.
        keepdims: bool, keep those axes with size 1.

    Returns:
        Tensor without those axes.

    Raises:
        ValueError: if there is no such axis, or nothing to average.

    Example:
        >>> mean(as_tensor([1.0, 2.0, 6.0])).item()
        3.0
    """
    x = as_tensor(x)
    axes = _axes("mean", x.shape, axis)
    n = math.prod(x.shape[axis] for axis in axes)
    if n == 0:
        raise ValueError(f"mean of shape {x.shape}: there is nothing to average")
    return operation("mean", x.data.mean(axis=axes, keepdims=keepdims),
                     (x, lambda grad: _spread(grad / n, axes, x.shape)))


def reshape(x, *shape):
    """The same values in another shape; the gradient goes back into the old one.

    Args:
        x: Tensor.
        *shape: ints, or one tuple of ints; one of them may be −1, whatever is left.

    Returns:
        Tensor of that shape.

    Raises:
        ValueError: if the values do not fit.

    Example:
        >>> reshape(as_tensor(np.zeros((2, 6))), 3, -1).shape
        (3, 4)
    """
    x = as_tensor(x)
    shape = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    try:
        data = x.data.reshape(shape)
    except (TypeError, ValueError):
        raise ValueError(f"reshape of {x.shape} to {shape}: the {x.data.size} values do not fit") from None
    return operation("reshape", data, (x, lambda grad: grad.reshape(x.shape)))


def transpose(x, *axes):
    """Axes in another order, reversed if none is given; the gradient's axes go back.

    Args:
        x: Tensor.
        *axes: ints, every axis of `x` once, or nothing.

    Returns:
        Tensor.

    Raises:
        ValueError: if `axes` are not the axes of `x`.

    Example:
        >>> transpose(as_tensor(np.zeros((2, 5)))).shape
        (5, 2)
    """
    x = as_tensor(x)
    axes = tuple(axes[0]) if len(axes) == 1 and isinstance(axes[0], (tuple, list)) else axes
    axes = axes or tuple(reversed(range(x.data.ndim)))
    if sorted(axes) != list(range(x.data.ndim)):
        raise ValueError(f"transpose of shape {x.shape}: axes must name each of its axes once; received {axes}")
    return operation("transpose", x.data.transpose(axes), (x, lambda grad: grad.transpose(np.argsort(axes))))


def _axes(name, shape, axis):
    if axis is None:
        return tuple(range(len(shape)))
    try:
        return np.lib.array_utils.normalize_axis_tuple(axis, len(shape))
    except (TypeError, ValueError):
        raise ValueError(f"{name} of shape {shape}: there is no axis {axis!r}") from None


def _spread(gradient, axes, shape):
    # The axes that the sum took away come back with size 1, and are repeated.
    return np.broadcast_to(gradient.reshape([1 if i in axes else n for i, n in enumerate(shape)]), shape)
