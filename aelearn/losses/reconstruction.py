"""How far a reconstruction is from its target: one number per batch, always a mean over all of its values."""

import numpy as np

from aelearn import runtime  # noqa: F401  first, so that the backend starts quietly
from aelearn.losses.tensors import pair
from aelearn.metrics.pictures import C1, C2, NEAREST, WINDOW, gaussian_window

import keras  # isort: skip
from keras import ops  # isort: skip


def mean_squared_error(target, prediction):
    """Mean over batch, height, width and channels of the squared difference: the reconstruction error.

    MSE = 1/n Σᵢ (xᵢ − x̂ᵢ)², n the number of values in the batch.

    Args:
        target: x, tensor of any shape.
        prediction: x̂, tensor of the same shape.

    Returns:
        Scalar tensor, 0 or more, in squared units of the input.

    Raises:
        ValueError: if the shapes differ, or there is no value.

    Example:
        >>> float(mean_squared_error(ops.zeros((2, 2)), ops.ones((2, 2))))
        1.0
    """
    target, prediction = pair(target, prediction)
    return ops.mean(ops.square(target - prediction))


def mean_absolute_error(target, prediction):
    """Mean over batch, height, width and channels of the absolute difference.

    MAE = 1/n Σᵢ |xᵢ − x̂ᵢ|, n the number of values in the batch.

    Args:
        target: x, tensor of any shape.
        prediction: x̂, tensor of the same shape.

    Returns:
        Scalar tensor, 0 or more, in units of the input.

    Raises:
        ValueError: if the shapes differ, or there is no value.

    Example:
        >>> float(mean_absolute_error(ops.zeros((2, 2)), ops.full((2, 2), -3.0)))
        3.0
    """
    target, prediction = pair(target, prediction)
    return ops.mean(ops.abs(target - prediction))


def binary_cross_entropy(target, prediction):
    """Mean over batch, height, width and channels of the cross-entropy of a pixel read as a probability.

    BCE = −1/n Σᵢ [xᵢ ln x̂ᵢ + (1 − xᵢ) ln(1 − x̂ᵢ)], with x̂ᵢ and 1 − x̂ᵢ each clipped to [10⁻⁷, 1 − 10⁻⁷]: to be sure
    and wrong about black costs as much as about white, also in float32, which has no number 1 − 10⁻⁷. Half precision
    is computed in float32. For gray targets the least value is not 0 but the entropy of the target itself.
    Reference: Bishop 2006, "Pattern recognition and machine learning", equation 4.90, as a mean.

    Args:
        target: x, tensor of any shape, in [0, 1].
        prediction: x̂, tensor of the same shape, in [0, 1].

    Returns:
        Scalar tensor, 0 or more, in nats per value.

    Raises:
        ValueError: if the shapes differ, or there is no value.

    Example:
        >>> round(float(binary_cross_entropy(ops.ones((2, 2)), ops.full((2, 2), 0.5))), 4)
        0.6931
    """
    target, prediction = pair(target, prediction)
    kind, wide = prediction.dtype, keras.backend.result_type(prediction.dtype, "float32")
    x, y = ops.cast(target, wide), ops.cast(prediction, wide)
    return ops.cast(-ops.mean(x * _log_probability(y) + (1 - x) * _log_probability(1 - y)), kind)


def _log_probability(p):
    return ops.log(ops.clip(p, NEAREST, 1 - NEAREST))


def ssim_loss(target, prediction):
    """One minus the structural similarity, averaged over batch, windows and channels.

    In every window of 11 × 11 pixels, weighted by a Gaussian of deviation 1.5,
    SSIM = (2 μₓμᵧ + c₁)(2 σₓᵧ + c₂) / ((μₓ² + μᵧ² + c₁)(σₓ² + σᵧ² + c₂)) with c₁ = 0.01², c₂ = 0.03²; windows that
    would leave the picture are not counted.
    Reference: Wang et al. 2004, "Image quality assessment: from error visibility to structural similarity",
    equation 13.

    Args:
        target: tensor `(batch, height, width, channels)` in [0, 1], height and width at least 11.
        prediction: tensor of the same shape.

    Returns:
        Scalar tensor from 0 (equal) to 2.

    Raises:
        ValueError: if the shapes differ, are empty, have another rank, or are smaller than the window.

    Example:
        >>> float(ssim_loss(ops.ones((1, 16, 16, 1)), ops.ones((1, 16, 16, 1))))
        0.0
    """
    target, prediction = pair(target, prediction)
    shape = tuple(target.shape)
    if len(shape) != 4 or any(side is not None and side < WINDOW for side in shape[1:3]):
        raise ValueError(
            f"target must be (batch, height, width, channels) with sides of at least {WINDOW}; received {shape}"
        )
    mean_x, mean_y = _blur(target), _blur(prediction)
    variance_x = _blur(target * target) - mean_x * mean_x
    variance_y = _blur(prediction * prediction) - mean_y * mean_y
    covariance = _blur(target * prediction) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    structure = (2 * covariance + C2) / (variance_x + variance_y + C2)
    return 1 - ops.mean(luminance * structure)


def _blur(x):
    # The Gaussian mean around every pixel whose window lies inside: (batch, height - 10, width - 10, channels).
    for shape in ((WINDOW, 1, 1, 1), (1, WINDOW, 1, 1)):
        kernel = np.tile(gaussian_window().reshape(shape), (1, 1, x.shape[-1], 1))
        x = ops.depthwise_conv(x, ops.cast(kernel, x.dtype), padding="valid", data_format="channels_last")
    return x


def pyramid_loss(target, reconstructions):
    """Reconstruction error of a pyramid autoencoder: the sum over its levels.

    L = Σₗ MSE(x, x̂ₗ), x̂ₗ the picture decoded from the code of level l. Every level counts the same.

    Args:
        target: x, tensor `(batch, height, width, channels)`.
        reconstructions: list of tensors x̂₁ … x̂_L, each of the shape of `target`.

    Returns:
        Scalar tensor, 0 or more.

    Raises:
        ValueError: if there is no reconstruction, or a shape differs from the target's.

    Example:
        >>> float(pyramid_loss(ops.zeros((1, 2, 2, 3)), [ops.ones((1, 2, 2, 3)), ops.zeros((1, 2, 2, 3))]))
        1.0
    """
    if not isinstance(reconstructions, (list, tuple)) or not reconstructions:
        raise ValueError(f"reconstructions must be a list of one tensor or more; received {reconstructions!r:.60}")
    return sum(mean_squared_error(target, reconstruction) for reconstruction in reconstructions)
