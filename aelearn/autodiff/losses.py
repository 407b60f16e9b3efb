"""Losses and penalties, built from the operations: no gradient of their own is needed.

Reconstruction errors are means over all values, penalties are sums over all entries, as in `aelearn.losses`.
"""

from aelearn.autodiff.elementwise import absolute, clip, log
from aelearn.autodiff.linear import mean
from aelearn.autodiff.linear import sum as total
from aelearn.autodiff.tensor import as_tensors

EPSILON = 1e-7  # probabilities are held this far from 0 and 1, where the logarithm has no end


def mean_squared_error(target, prediction):
    """MSE = 1/n Σᵢ (xᵢ − x̂ᵢ)², n the number of values in the batch.

    Args:
        target: x, array or Tensor of any shape.
        prediction: x̂, Tensor of the same shape.

    Returns:
        Tensor, a scalar.

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> mean_squared_error([0.0, 0.0], [1.0, 0.0]).item()
        0.5
    """
    target, prediction = _same_shape("mean_squared_error", target, prediction)
    return mean((prediction - target) ** 2)


def mean_absolute_error(target, prediction):
    """MAE = 1/n Σᵢ |xᵢ − x̂ᵢ|, n the number of values in the batch.

    Args, Returns, Raises: as `mean_squared_error`.

    Example:
        >>> mean_absolute_error([0.0, 0.0], [3.0, 0.0]).item()
        1.5
    """
    target, prediction = _same_shape("mean_absolute_error", target, prediction)
    return mean(absolute(prediction - target))


def binary_cross_entropy(target, prediction):
    """BCE = −1/n Σᵢ xᵢ ln x̂ᵢ + (1 − xᵢ) ln(1 − x̂ᵢ), natural logarithms, n the number of values in the batch.

    x̂ and 1 − x̂ are each held within [10⁻⁷, 1 − 10⁻⁷] first, as in `aelearn.losses`.

    Args:
        target: x, array or Tensor in [0, 1].
        prediction: x̂, Tensor in [0, 1] of the same shape.

    Returns:
        Tensor, a scalar.

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> round(binary_cross_entropy([1.0], [0.5]).item(), 4)  # ln 2
        0.6931
    """
    target, prediction = _same_shape("binary_cross_entropy", target, prediction)
    bright, dark = (log(clip(p, EPSILON, 1 - EPSILON)) for p in (prediction, 1 - prediction))
    return -mean(target * bright + (1 - target) * dark)


def l1_penalty(*tensors):
    """Σ |w| over every entry of every tensor.

    Args:
        *tensors: Tensors of any shapes.

    Returns:
        Tensor, a scalar.

    Raises:
        ValueError: if there is none.

    Example:
        >>> l1_penalty([1.0, -2.0], [3.0]).item()
        6.0
    """
    return _sum_over("l1_penalty", tensors, absolute)


def l2_penalty(*tensors):
    """Σ w² over every entry of every tensor, without a factor ½.

    Args, Returns, Raises: as `l1_penalty`.

    Example:
        >>> l2_penalty([1.0, -2.0], [3.0]).item()
        14.0
    """
    return _sum_over("l2_penalty", tensors, lambda tensor: tensor**2)


def _sum_over(name, tensors, function):
    if not tensors:
        raise ValueError(f"{name} needs at least one tensor; received none")
    first, *rest = (total(function(tensor)) for tensor in as_tensors(*tensors))
    for term in rest:
        first = first + term
    return first


def _same_shape(name, target, prediction):
    target, prediction = as_tensors(target, prediction)
    if target.shape != prediction.shape:
        raise ValueError(
            f"{name}: target and prediction must have the same shape; received {target.shape} and {prediction.shape}"
        )
    return target, prediction
