"""From gradients to better weights."""

from numbers import Real

import numpy as np

from aelearn.autodiff.tensor import Tensor


class SGD:
    """Gradient descent on batches: a step against the gradient, with the memory of earlier steps if wanted.

    v ← momentum · v − learning_rate · g,  w ← w + v. Without momentum, w ← w − learning_rate · g.

    Args:
        parameters: list of Tensors, each once, none of them constant.
        learning_rate: float > 0.
        momentum: float in [0, 1), the share of the last step that is kept.

    Raises:
        ValueError: if an argument is out of range, or there is no parameter, a constant or one twice.

    Example:
        >>> w = Tensor(1.0)
        >>> (w * w).backward()
        >>> SGD([w], learning_rate=0.1).step()
        >>> round(w.item(), 6)  # 1 − 0.1 · 2
        0.8
    """

    def __init__(self, parameters, *, learning_rate, momentum=0.0):
        self.parameters = _parameters(parameters)
        self.learning_rate = _within("learning_rate", learning_rate, 0, np.inf)
        self.momentum = _within("momentum", momentum, 0, 1, or_low=True)
        self.velocities = [np.zeros_like(w.data) for w in self.parameters]

    def step(self):
        """Move every parameter that has a gradient."""
        for index in _with_gradient(self.parameters):
            w = self.parameters[index]
            v = self.momentum * self.velocities[index] - self.learning_rate * w.grad
            w.data = np.asarray(w.data + v)
            self.velocities[index] = v

    def zero_grad(self):
        """Forget the gradients, before the next `backward` adds to them."""
        _forget(self.parameters)


class Adam:
    """Steps of about the same size for every weight: the mean gradient over the root of its mean square.

    m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  w ← w − learning_rate · m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ) and
    v̂ = v / (1 − β₂ᵗ), since m and v start at 0. Kingma and Ba 2015, Algorithm 1.

    Args:
        parameters: list of Tensors, each once, none of them constant.
        learning_rate: float > 0.
        beta_1: float in [0, 1), how much of the mean gradient is kept.
        beta_2: float in [0, 1), how much of the mean square is kept.
        epsilon: float > 0, against division by zero.

    Raises:
        ValueError: if an argument is out of range, or there is no parameter, a constant or one twice.

    Example:
        >>> w = Tensor(1.0)
        >>> (w * w).backward()
        >>> Adam([w], learning_rate=0.1).step()
        >>> round(w.item(), 6)  # the first step is as long as the learning rate
        0.9
    """

    def __init__(self, parameters, *, learning_rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        self.parameters = _parameters(parameters)
        self.learning_rate = _within("learning_rate", learning_rate, 0, np.inf)
        self.beta_1 = _within("beta_1", beta_1, 0, 1, or_low=True)
        self.beta_2 = _within("beta_2", beta_2, 0, 1, or_low=True)
        self.epsilon = _within("epsilon", epsilon, 0, np.inf)
        self.steps = 0
        self.means = [np.zeros_like(w.data) for w in self.parameters]
        self.squares = [np.zeros_like(w.data) for w in self.parameters]

    def step(self):
        """Move every parameter that has a gradient."""
        self.steps += 1
        for index in _with_gradient(self.parameters):
            w = self.parameters[index]
            m = self.beta_1 * self.means[index] + (1 - self.beta_1) * w.grad
            v = self.beta_2 * self.squares[index] + (1 - self.beta_2) * w.grad**2
            m_hat = m / (1 - self.beta_1**self.steps)
            v_hat = v / (1 - self.beta_2**self.steps)
            w.data = np.asarray(w.data - self.learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon))
            self.means[index], self.squares[index] = m, v

    def zero_grad(self):
        """Forget the gradients, before the next `backward` adds to them."""
        _forget(self.parameters)


def _forget(parameters):
    for parameter in parameters:
        parameter.grad = None


def _parameters(parameters):
    right = isinstance(parameters, (list, tuple)) and all(isinstance(w, Tensor) for w in parameters)
    if not right or not parameters:
        raise ValueError(f"parameters must be a list of Tensors, at least one; received {parameters!r}")
    for index, w in enumerate(parameters):
        if w.constant:
            raise ValueError(f"parameters must be able to learn; received the constant {w!r}")
        if any(w is other for other in parameters[:index]):
            raise ValueError(f"parameters must be different Tensors; received {w!r} twice")
    return list(parameters)


def _with_gradient(parameters):
    found = [index for index, w in enumerate(parameters) if w.grad is not None]
    if not found:
        raise ValueError("step needs gradients, and no parameter has one: call backward() on the loss first")
    return found


def _within(name, value, low, high, or_low=False):
    if not isinstance(value, Real) or not (low < value < high or (or_low and value == low)):
        bounds = f"at least {low}" if or_low else f"above {low}"
        bounds += f" and below {high}" if high < np.inf else ""
        raise ValueError(f"{name} must be {bounds}; received {value!r}")
    return float(value)
