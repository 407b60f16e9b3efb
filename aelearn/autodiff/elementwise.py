"""Operations on each value by itself. The derivative of the function times what comes back."""

from numbers import Real

import numpy as np

from aelearn.autodiff.tensor import as_tensor, as_tensors, operation


def unbroadcast(gradient, shape):
    """Sum a gradient over the axes along which NumPy repeated a smaller array, back to that array's shape.

    A value that was used in many places gets the sum of what comes back from each of them.

    Args:
        gradient: array in the shape of the result.
        shape: tuple, of the array that was repeated.

    Returns:
        Array of shape `shape`.

    Example:
        >>> unbroadcast(np.ones((5, 3)), (3,)), unbroadcast(np.ones((5, 3)), (5, 1)).shape
        (array([5., 5., 5.]), (5, 1))
    """
    if gradient.shape == shape:
        return gradient
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    repeated = tuple(axis for axis, size in enumerate(shape) if size == 1 and gradient.shape[axis] != 1)
    return gradient.sum(axis=repeated, keepdims=True) if repeated else gradient


def add(x, y):
    """x + y, with NumPy's broadcasting. ∂/∂x = 1, ∂/∂y = 1.

    Args:
        x: Tensor, number or array.
        y: likewise.

    Returns:
        Tensor of the common shape.

    Raises:
        ValueError: if the shapes cannot be broadcast.

    Example:
        >>> add(as_tensor([1.0, 2.0]), 1.0).data
        array([2., 3.])
    """
    x, y = _broadcastable("+", x, y)
    return operation("+", x.data + y.data,
                     (x, lambda grad: unbroadcast(grad, x.shape)),
                     (y, lambda grad: unbroadcast(grad, y.shape)))


def subtract(x, y):
    """x − y, with NumPy's broadcasting. ∂/∂x = 1, ∂/∂y = −1.

    Args, Returns, Raises: as `add`.

    Example:
        >>> subtract(as_tensor([1.0, 2.0]), 1.0).data
        array([0., 1.])
    """
    x, y = _broadcastable("-", x, y)
    return operation("-", x.data - y.data,
                     (x, lambda grad: unbroadcast(grad, x.shape)),
                     (y, lambda grad: unbroadcast(-grad, y.shape)))


def multiply(x, y):
    """x · y value by value, with NumPy's broadcasting. ∂/∂x = y, ∂/∂y = x.

    Args, Returns, Raises: as `add`.

    Example:
        >>> multiply(as_tensor([1.0, 2.0]), 3.0).data
        array([3., 6.])
    """
    x, y = _broadcastable("*", x, y)
    a, b = x.data, y.data
    return operation("*", a * b,
                     (x, lambda grad: unbroadcast(grad * b, a.shape)),
                     (y, lambda grad: unbroadcast(grad * a, b.shape)))


def divide(x, y):
    """x / y value by value, with NumPy's broadcasting. ∂/∂x = 1/y, ∂/∂y = −x/y².

    Args, Returns, Raises: as `add`.

    Example:
        >>> divide(as_tensor([1.0, 2.0]), 2.0).data
        array([0.5, 1. ])
    """
    x, y = _broadcastable("/", x, y)
    a, b = x.data, y.data
    return operation("/", a / b,
                     (x, lambda grad: unbroadcast(grad / b, a.shape)),
                     (y, lambda grad: unbroadcast(-grad * a / b**2, b.shape)))


def power(x, exponent):
    """x to the power of a number p. ∂/∂x = p xᵖ⁻¹; for p = 0, where nothing depends on x, 0.

    Args:
        x: Tensor.
        exponent: p, a number, no tensor.

    Returns:
        Tensor of the shape of `x`.

    Raises:
        ValueError: if `exponent` is not a number.

    Example:
        >>> power(as_tensor([1.0, 3.0]), 2).data
        array([1., 9.])
    """
    x = as_tensor(x)
    if not isinstance(exponent, Real):
        raise ValueError(f"exponent must be a number; received {exponent!r}: write exp(y * log(x)) for a tensor y")
    a, p = x.data, float(exponent)  # NumPy lets a Python float take the type of the array
    return operation(f"**{exponent:g}", a**p, (x, lambda grad: grad * p * a ** (p - 1) if p else np.zeros_like(a)))


def negative(x):
    """−x. ∂/∂x = −1.

    Example:
        >>> negative(as_tensor([1.0])).data
        array([-1.])
    """
    x = as_tensor(x)
    return operation("neg", -x.data, (x, lambda grad: -grad))


def absolute(x):
    """|x|. ∂/∂x = sign x; at 0, where there is no slope, 0.

    Example:
        >>> absolute(as_tensor([-2.0])).data
        array([2.])
    """
    x = as_tensor(x)
    a = x.data
    return operation("abs", np.abs(a), (x, lambda grad: grad * np.sign(a)))


def exp(x):
    """eˣ. ∂/∂x = eˣ, the result itself.

    Example:
        >>> exp(as_tensor([0.0])).data
        array([1.])
    """
    x = as_tensor(x)
    y = np.exp(x.data)
    return operation("exp", y, (x, lambda grad: grad * y))


def log(x):
    """Natural logarithm. ∂/∂x = 1/x.

    Example:
        >>> log(as_tensor([1.0])).data
        array([0.])
    """
    x = as_tensor(x)
    a = x.data
    return operation("log", np.log(a), (x, lambda grad: grad / a))


def relu(x):
    """max(x, 0). ∂/∂x = 1 where x > 0, else 0: a gate that is open or shut.

    Example:
        >>> relu(as_tensor([-1.0, 2.0])).data
        array([0., 2.])
    """
    x = as_tensor(x)
    a = x.data
    return operation("relu", np.maximum(a, 0), (x, lambda grad: grad * (a > 0)))


def sigmoid(x):
    """s = 1 / (1 + e⁻ˣ), between 0 and 1. ∂/∂x = s (1 − s).

    Example:
        >>> sigmoid(as_tensor([0.0])).data
        array([0.5])
    """
    x = as_tensor(x)
    s = 0.5 + 0.5 * np.tanh(0.5 * x.data)  # the same function, without an overflow of e⁻ˣ
    return operation("sigmoid", s, (x, lambda grad: grad * s * (1 - s)))


def tanh(x):
    """t = tanh x, between −1 and 1. ∂/∂x = 1 − t².

    Example:
        >>> tanh(as_tensor([0.0])).data
        array([0.])
    """
    x = as_tensor(x)
    t = np.tanh(x.data)
    return operation("tanh", t, (x, lambda grad: grad * (1 - t**2)))


def clip(x, low, high):
    """x held within [low, high]. ∂/∂x = 1 inside, 0 outside.

    Args:
        x: Tensor.
        low: number.
        high: number, above `low`.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> clip(as_tensor([-1.0, 0.5, 3.0]), 0, 1).data
        array([0. , 0.5, 1. ])
    """
    x = as_tensor(x)
    inside = (x.data >= low) & (x.data <= high)
    return operation("clip", x.data.clip(low, high), (x, lambda grad: grad * inside))


def _broadcastable(name, x, y):
    x, y = as_tensors(x, y)
    try:
        np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        raise ValueError(
            f"{name} of shapes {x.shape} and {y.shape}: "
            "counted from the last axis, sizes must be equal, or one of them 1"
        ) from None
    return x, y
