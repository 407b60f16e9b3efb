"""Layers: functions that own the weights they use. A chain of them is a network."""

from numbers import Integral

import numpy as np

from aelearn.autodiff.convolution import conv2d
from aelearn.autodiff.elementwise import relu, sigmoid, tanh
from aelearn.autodiff.linear import matmul
from aelearn.autodiff.tensor import Tensor

ACTIVATIONS = {None: lambda x: x, "relu": relu, "sigmoid": sigmoid, "tanh": tanh}


class Dense:
    """y = activation(x w + b): every output sees every input.

    Args:
        num_in: int, values per example.
        num_out: int, values per example after it.
        seed: int ≥ 0, for the first weights.
        activation: None, "relu", "sigmoid" or "tanh".
        name: str, in front of the parameters' names.

    Raises:
        ValueError: if a number is out of range or the activation unknown.

    Example:
        >>> layer = Dense(3, 2, seed=0, activation="relu")
        >>> layer(np.ones((5, 3), "float32")).shape, [w.name for w in layer.parameters]
        ((5, 2), ['dense/kernel', 'dense/bias'])
    """

    def __init__(self, num_in, num_out, *, seed, activation=None, name="dense"):
        _check_whole(1, num_in=num_in, num_out=num_out)
        _check_whole(0, seed=seed)
        self.activation = _activation(activation)
        self.kernel = Tensor(glorot_uniform((num_in, num_out), num_in, num_out, seed), f"{name}/kernel")
        self.bias = Tensor(np.zeros(num_out, np.float32), f"{name}/bias")
        self.parameters = [self.kernel, self.bias]

    def __call__(self, x):
        return self.activation(matmul(x, self.kernel) + self.bias)


class Conv2D:
    """y = activation(conv2d(x, kernel) + b): the same small kernels at every position.

    Args:
        num_in: int, channels.
        num_out: int, channels after it.
        size: int, rows and columns of the kernel.
        stride: int ≥ 1.
        padding: int ≥ 0. With an odd size, stride 1 and padding `size // 2` keep height and width.
        seed: int ≥ 0, for the first weights.
        activation: None, "relu", "sigmoid" or "tanh".
        name: str, in front of the parameters' names.

    Raises:
        ValueError: if a number is out of range or the activation unknown.

    Example:
        >>> layer = Conv2D(1, 8, stride=2, seed=0)
        >>> layer(np.ones((5, 28, 28, 1), "float32")).shape
        (5, 14, 14, 8)
    """

    def __init__(self, num_in, num_out, *, size=3, stride=1, padding=1, seed, activation=None, name="conv"):
        _check_whole(1, num_in=num_in, num_out=num_out, size=size, stride=stride)
        _check_whole(0, padding=padding, seed=seed)
        self.activation = _activation(activation)
        self.stride, self.padding = stride, padding
        shape = (size, size, num_in, num_out)
        self.kernel = Tensor(glorot_uniform(shape, size**2 * num_in, size**2 * num_out, seed), f"{name}/kernel")
        self.bias = Tensor(np.zeros(num_out, np.float32), f"{name}/bias")
        self.parameters = [self.kernel, self.bias]

    def __call__(self, x):
        return self.activation(conv2d(x, self.kernel, self.stride, self.padding) + self.bias)


class Chain:
    """Layers one after the other; any function of a tensor, such as `upsample`, can be one.

    Args:
        *layers: callables. Those with `parameters` bring them along.

    Raises:
        ValueError: if one is not callable.

    Example:
        >>> network = Chain(Dense(4, 2, seed=0, activation="relu"), Dense(2, 4, seed=1))
        >>> network(np.ones((3, 4), "float32")).shape, len(network.parameters)
        ((3, 4), 4)
    """

    def __init__(self, *layers):
        for layer in layers:
            if not callable(layer):
                raise ValueError(f"layers must be functions of a tensor; received {layer!r}")
        self.layers = layers
        parameters = [w for layer in layers for w in getattr(layer, "parameters", [])]
        self.parameters = list({id(w): w for w in parameters}.values())  # a layer used twice has its weights once

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def glorot_uniform(shape, fan_in, fan_out, seed):
    # Uniform within ±√(6 / (fan_in + fan_out)): signals keep their size both ways. Glorot and Bengio 2010, eq. 16.
    limit = np.sqrt(6 / (fan_in + fan_out))
    return np.random.default_rng(seed).uniform(-limit, limit, shape).astype(np.float32)


def _activation(name):
    if not (name is None or isinstance(name, str)) or name not in ACTIVATIONS:
        raise ValueError(f"activation must be None, 'relu', 'sigmoid' or 'tanh'; received {name!r}")
    return ACTIVATIONS[name]


def _check_whole(least, **values):
    for name, value in values.items():
        if not isinstance(value, Integral) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}; received {value!r}")
