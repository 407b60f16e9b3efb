"""What training minimises: differentiable formulas in keras.ops, the same on every backend."""

from aelearn import runtime  # noqa: F401  first, so that the backend starts quietly

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
        ValueError: if the shapes differ.

    Example:
        >>> float(mean_squared_error(ops.zeros((2, 2)), ops.ones((2, 2))))
        1.0
    """
    if tuple(target.shape) != tuple(prediction.shape):
        raise ValueError(
            "target and prediction must have the same shape; "
            f"received {tuple(target.shape)} and {tuple(prediction.shape)}"
        )
    return ops.mean(ops.square(target - prediction))


def pyramid_loss(target, reconstructions):
    """Reconstruction error of a pyramid autoencoder: the sum over its levels.

    L = Σₗ MSE(x, x̂ₗ), x̂ₗ the picture decoded from the code of level l. Every level counts the same.

    Args:
        target: x, tensor `(batch, height, width, channels)`.
        reconstructions: list of tensors x̂₁ … x̂_L, each of the shape of `target`.

    Returns:
        Scalar tensor, 0 or more.

    Raises:
        ValueError: if a shape differs from the target's.

    Example:
        >>> float(pyramid_loss(ops.zeros((1, 2, 2, 3)), [ops.ones((1, 2, 2, 3)), ops.zeros((1, 2, 2, 3))]))
        1.0
    """
    return sum(mean_squared_error(target, reconstruction) for reconstruction in reconstructions)
