"""The gradients of the losses, by hand and in NumPy: what lesson 01 derives and every framework computes for you.

The gradient of a loss with respect to an array has the array's shape; each entry says how fast the loss grows when
that entry does.
"""

import numpy as np

from aelearn.metrics.pictures import NEAREST, pair


def mse_gradient(target, prediction):
    """∂MSE/∂x̂ᵢ = 2/n (x̂ᵢ − xᵢ), of `losses.mean_squared_error`: a pull in proportion to the error.

    Args:
        target: x, array of any shape.
        prediction: x̂, array of the same shape.

    Returns:
        float64 array of that shape.

    Raises:
        ValueError: if the shapes differ, or these are no numbers.

    Example:
        >>> mse_gradient([1.0, 0.0], [0.0, 0.0]).tolist()
        [-1.0, 0.0]
    """
    target, prediction = pair(target, prediction)
    return 2 / target.size * (prediction - target)


def mae_gradient(target, prediction):
    """∂MAE/∂x̂ᵢ = 1/n sign(x̂ᵢ − xᵢ), of `losses.mean_absolute_error`: a pull of one strength, near or far.

    At x̂ᵢ = xᵢ there is a kink and no slope; 0 is used, as is usual.

    Args:
        target: x, array of any shape.
        prediction: x̂, array of the same shape.

    Returns:
        float64 array of that shape.

    Raises:
        ValueError: if the shapes differ, or these are no numbers.

    Example:
        >>> mae_gradient([1.0, 0.0], [0.9, 0.0]).tolist()
        [-0.5, 0.0]
    """
    target, prediction = pair(target, prediction)
    return np.sign(prediction - target) / target.size


def bce_gradient(target, prediction):
    """∂BCE/∂x̂ᵢ = 1/n (x̂ᵢ − xᵢ) / (x̂ᵢ (1 − x̂ᵢ)), of `losses.binary_cross_entropy`: huge where one is sure and wrong.

    Where x̂ᵢ is clipped, beyond [10⁻⁷, 1 − 10⁻⁷], a nudge changes nothing and the gradient is 0.

    Args:
        target: x, array of any shape, in [0, 1].
        prediction: x̂, array of the same shape, in [0, 1].

    Returns:
        float64 array of that shape.

    Raises:
        ValueError: if the shapes differ, or these are no numbers.

    Example:
        >>> bce_gradient([1.0, 1.0], [0.5, 0.25]).tolist()
        [-1.0, -2.0]
    """
    target, prediction = pair(target, prediction)
    p = prediction.clip(NEAREST, 1 - NEAREST)
    gradient = (p - target) / (p * (1 - p)) / target.size
    return np.where(p == prediction, gradient, 0.0)


def l1_gradient(weights):
    """∂(Σ|w|)/∂wᵢ = sign(wᵢ), of `losses.l1_penalty`: the same pull towards zero for every weight.

    At wᵢ = 0 there is a kink and no slope; 0 is used, as is usual.

    Args:
        weights: array of any shape.

    Returns:
        float64 array of that shape.

    Example:
        >>> l1_gradient([3.0, -0.1, 0.0]).tolist()
        [1.0, -1.0, 0.0]
    """
    return np.sign(np.asarray(weights, np.float64))


def l2_gradient(weights):
    """∂(Σw²)/∂wᵢ = 2wᵢ, of `losses.l2_penalty`: a pull that dies down as a weight comes near zero.

    Args:
        weights: array of any shape.

    Returns:
        float64 array of that shape.

    Example:
        >>> l2_gradient([3.0, -0.5]).tolist()
        [6.0, -1.0]
    """
    return 2 * np.asarray(weights, np.float64)
