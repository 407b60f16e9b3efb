"""A small automatic differentiation engine, made to be read.

Read in this order: `tensor` (the engine), `elementwise` and `linear` (operations, each one line of calculus),
`convolution`, `losses`, `layers`, `optimizers`, `gradcheck`. NumPy is all it needs, and in `threads` a word to NumPy
about how many of them to use.

    from aelearn import autodiff as ad

    w = ad.Tensor([[1.0], [2.0]], name="w")
    loss = ad.mean_squared_error(targets, ad.sigmoid(inputs @ w))
    loss.backward()                     # w.grad is ∂loss/∂w
"""

from aelearn.autodiff import notation  # noqa: F401  gives Tensor its operators and methods
from aelearn.autodiff.convolution import conv2d, conv2d_transpose, upsample
from aelearn.autodiff.elementwise import (
    absolute,
    add,
    clip,
    divide,
    exp,
    log,
    multiply,
    negative,
    power,
    relu,
    sigmoid,
    subtract,
    tanh,
    unbroadcast,
)
from aelearn.autodiff.gradcheck import GradCheck, gradcheck
from aelearn.autodiff.layers import Chain, Conv2D, Dense
from aelearn.autodiff.linear import matmul, mean, reshape, sum, transpose
from aelearn.autodiff.losses import (
    binary_cross_entropy,
    l1_penalty,
    l2_penalty,
    mean_absolute_error,
    mean_squared_error,
)
from aelearn.autodiff.optimizers import SGD, Adam
from aelearn.autodiff.tensor import GradientError, Tensor, as_tensor, operation, trace

abs = absolute  # the name of the method; within this module Python's own is not needed

__all__ = [
    "SGD",
    "Adam",
    "Chain",
    "Conv2D",
    "Dense",
    "GradCheck",
    "GradientError",
    "Tensor",
    "abs",
    "absolute",
    "add",
    "as_tensor",
    "binary_cross_entropy",
    "clip",
    "conv2d",
    "conv2d_transpose",
    "divide",
    "exp",
    "gradcheck",
    "l1_penalty",
    "l2_penalty",
    "log",
    "matmul",
    "mean",
    "mean_absolute_error",
    "mean_squared_error",
    "multiply",
    "negative",
    "operation",
    "power",
    "relu",
    "reshape",
    "sigmoid",
    "subtract",
    "sum",
    "tanh",
    "trace",
    "transpose",
    "unbroadcast",
    "upsample",
]
