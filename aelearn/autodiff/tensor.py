"""The engine: arrays that remember where they came from, and the walk back that gives each its gradient.

Everything else in this folder is built from the one function `operation`.
"""

import numpy as np


class Tensor:
    """An array that remembers the operation it came from, so that a loss can tell it its gradient.

    Numbers and plain arrays that meet a Tensor are constants: they take its type and receive no gradient.
    The functions of this module are methods and operators as well: `x @ w + b`, `x.relu()`, `x.mean(axis=0)`.

    Args:
        data: array or nested lists of numbers, of any shape. float32 and float64 are kept, all else becomes float64.
            The array is copied: what happens to the tensor does not happen to yours.
        name: str for messages and drawings.
        constant: bool; True for data that needs no gradient. Work for it is saved.

    Attributes:
        data: the array.
        grad: ∂L/∂data, an array of the same shape after `backward`, None before.
        operation: str, what made it; "" for a leaf.
        parents: tuple of Tensors it was made from; () for a leaf.

    Raises:
        ValueError: if `data` is not made of real numbers.

    Example:
        >>> x = Tensor([1.0, 2.0, 3.0], name="x")
        >>> loss = (x * x).sum()
        >>> loss.backward()
        >>> x.grad
        array([2., 4., 6.])
    """

    __array_ufunc__ = None  # so that `array * tensor` is left to the tensor

    def __init__(self, data, name="", *, constant=False):
        self.data = _floats(data, copy=True)
        self.grad = None
        self.name = name
        self.constant = constant
        self.operation, self.parents, self.vjps = "", (), ()

    @property
    def shape(self):
        return self.data.shape

    @property
    def dtype(self):
        return self.data.dtype

    def backward(self):
        """Give every tensor that this scalar depends on its gradient, ∂self/∂tensor.

        The graph is walked from the end to the start. A tensor that was used in several places adds up what comes back
        from each: `+=`, the sum over paths in the chain rule. Gradients of leaves also add up over several calls
        until they are set to None, as `zero_grad` of an optimiser does.

        Raises:
            ValueError: if this is not a single number, or does not depend on any tensor.

        Example:
            >>> x = Tensor(3.0)
            >>> (x * x + x).backward()
            >>> float(x.grad)  # 2x from the product, 1 from the sum
            7.0
        """
        if self.data.size != 1:
            raise ValueError(f"backward needs a scalar; received shape {self.shape}: call .sum() or .mean() first")
        if self.constant:
            raise ValueError("backward needs something that depends on a Tensor; received a constant")
        nodes = trace(self)
        for node in nodes:
            if node.parents:
                node.grad = None
        self._add(np.ones_like(self.data))  # ∂self/∂self
        for node in reversed(nodes):
            for parent, vjp in zip(node.parents, node.vjps):
                if not parent.constant:
                    parent._add(_pull_back(node, parent, vjp))

    def _add(self, gradient):
        if self.grad is not None:
            self.grad = np.asarray(self.grad + gradient)  # NumPy makes a sum of two scalars no array
        else:  # a leaf's is the reader's to change, so it shares no memory with anything
            self.grad = gradient if self.parents else gradient.copy()

    def item(self):
        """The number in a tensor that holds one, as a Python float.

        Example:
            >>> Tensor([2.5]).item()
            2.5
        """
        return self.data.item()

    def __float__(self):
        return float(self.item())

    def __array__(self, dtype=None, copy=None):
        raise TypeError("a NumPy function would lose a tensor's graph: use the tensor's own, or .data for the numbers")

    def __repr__(self):
        name = f", name={self.name!r}" if self.name else ""
        if self.data.size > 6:
            return f"Tensor(shape={self.shape}{name})"
        return f"Tensor({np.array2string(self.data, precision=4, separator=', ')}{name})"


class GradientError(ValueError):
    """An operation's vector-Jacobian product does not return an array of the shape of the tensor it is for."""


def _pull_back(node, parent, vjp):
    # ∂L/∂parent as this one operation sees it; for operations written by learners, with words for what may go wrong.
    who = parent.name or parent.operation or "a tensor"
    try:
        gradient = _floats(vjp(node.grad))
    except ValueError as error:
        what = " ".join(str(error).split())
        raise GradientError(
            f"{node.operation} cannot send a gradient back to {who} of shape {parent.shape}: {what}"
        ) from error
    if gradient.shape != parent.shape:
        raise GradientError(
            f"{node.operation} sends a gradient of shape {gradient.shape} back to {who} of shape {parent.shape}: "
            "the two shapes must be equal"
        )
    return gradient.astype(parent.dtype, copy=False)


def operation(name, data, *pairs):
    """Make the tensor that an operation returns: its value, and how gradients come back through it.

    This is all an operation has to say. For y = f(x), the vector-Jacobian product takes ∂L/∂y, in the shape of y, and
    returns ∂L/∂x = (∂y/∂x)ᵀ ∂L/∂y, in the shape of x. Give it the array that you went forward with, as `a` below: an
    optimiser may have put another one into `x.data` by the time the gradient comes back.

    Args:
        name: str, for messages and drawings.
        data: array, the result.
        *pairs: `(parent, vjp)`, one per input: a Tensor, and the function from ∂L/∂result to ∂L/∂parent.

    Returns:
        Tensor; a constant if all parents are.

    Raises:
        ValueError: if `data` is not made of numbers, or a pair is not a tensor and a function.

    Example:
        >>> x = Tensor([1.0, -3.0])
        >>> a = x.data
        >>> square = operation("square", a**2, (x, lambda grad: 2 * a * grad))
        >>> square.sum().backward()
        >>> x.grad
        array([ 2., -6.])
    """
    for pair in pairs:
        if not (isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], Tensor) and callable(pair[1])):
            raise ValueError(f"operation {name!r} takes pairs of a Tensor and a function; received {pair!r}")
    result = Tensor.__new__(Tensor)
    result.data, result.grad, result.name = _floats(data), None, ""
    result.operation = name
    result.parents = tuple(parent for parent, _ in pairs)
    result.vjps = tuple(vjp for _, vjp in pairs)
    result.constant = all(parent.constant for parent in result.parents)
    return result


def trace(tensor):
    """All tensors that went into one, each after its parents, the tensor itself last: a topological order.

    Args:
        tensor: Tensor.

    Returns:
        list of Tensors, each once.

    Example:
        >>> x = Tensor(2.0, name="x")
        >>> [node.operation or node.name for node in trace((x * x).exp())]
        ['x', '*', 'exp']
    """
    order, seen, stack = [], set(), [(tensor, False)]
    while stack:  # depth first, with a stack of our own: Python's would be too short for a long graph
        node, parents_are_in = stack.pop()
        if parents_are_in:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
    return order


def as_tensor(value, like=None):
    """A Tensor as it is; anything else as a constant, in the type of the tensor it meets.

    Args:
        value: Tensor, number or array.
        like: Tensor whose type to take, or None.

    Returns:
        Tensor.

    Raises:
        ValueError: if `value` is not made of numbers.

    Example:
        >>> as_tensor(2, like=Tensor(np.ones(3, "float32"))).dtype
        dtype('float32')
    """
    if isinstance(value, Tensor):
        return value
    data = _floats(value)
    return operation("", data if like is None else data.astype(like.dtype, copy=False))


def as_tensors(*values):
    """Several values as tensors that can meet: whatever is not a Tensor takes the type of the first that is.

    Args:
        *values: Tensors, numbers or arrays.

    Returns:
        list of Tensors.

    Example:
        >>> [tensor.constant for tensor in as_tensors(1, Tensor(2.0))]
        [True, False]
    """
    like = next((value for value in values if isinstance(value, Tensor)), None)
    return [as_tensor(value, like) for value in values]


def _floats(data, copy=False):
    if isinstance(data, Tensor):
        raise ValueError("data must be numbers; received a Tensor: take its .data")
    try:
        array = np.array(data) if copy else np.asarray(data)
    except (TypeError, ValueError) as error:
        raise ValueError(f"data must be an array of numbers; received what NumPy refuses: {error}") from None
    if array.dtype in (np.float32, np.float64):
        return array
    if array.dtype.kind not in "biuf":
        raise ValueError(f"data must be real numbers; received {'None' if data is None else f'{array.dtype} data'}")
    return array.astype(np.float64)
