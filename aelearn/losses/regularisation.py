"""What a loss adds to the reconstruction error, to keep weights or codes small, few, or near a known distribution."""

from aelearn import runtime  # noqa: F401  first, so that the backend starts quietly
from aelearn.losses.tensors import as_float, check_any, in_one_precision

from keras import ops  # isort: skip


def l1_penalty(values):
    """Sum of the absolute values: pulls every value towards zero with the same force, so that many end there.

    L1 = Σᵢ |wᵢ|.

    Args:
        values: tensor of any shape, or list of tensors, such as the kernels of a model.

    Returns:
        Scalar tensor, 0 or more; 0 for an empty list.

    Example:
        >>> float(l1_penalty([ops.ones((2, 2)), -ops.ones((3,))]))
        7.0
    """
    return _total(values, ops.abs)


def l2_penalty(values):
    """Sum of the squares: pulls large values hardest, and no value quite to zero.

    L2 = Σᵢ wᵢ², without the factor ½ that some texts put before it.

    Args:
        values: tensor of any shape, or list of tensors, such as the kernels of a model.

    Returns:
        Scalar tensor, 0 or more; 0 for an empty list.

    Example:
        >>> float(l2_penalty([2 * ops.ones((2, 2)), -ops.ones((3,))]))
        19.0
    """
    return _total(values, ops.square)


def kl_divergence(mean, log_variance):
    """Distance of a Gaussian code from the standard normal distribution: sum over latent units, mean over the batch.

    KL = 1/B Σ_b ½ Σⱼ (μⱼ² + σⱼ² − ln σⱼ² − 1), with ln σⱼ² the logarithm of the variance.
    Reference: Kingma and Welling 2014, "Auto-encoding variational Bayes", appendix B.

    Args:
        mean: μ, tensor `(batch, …)`.
        log_variance: ln σ², tensor of the same shape.

    Returns:
        Scalar tensor, 0 or more, in nats.

    Raises:
        ValueError: if the shapes differ, or there is no value.

    Example:
        >>> float(kl_divergence(ops.ones((4, 2)), ops.zeros((4, 2))))
        1.0
    """
    mean, log_variance = as_float(mean, "mean"), as_float(log_variance, "log_variance")
    if tuple(mean.shape) != tuple(log_variance.shape):
        raise ValueError(
            "mean and log_variance must have the same shape; "
            f"received {tuple(mean.shape)} and {tuple(log_variance.shape)}"
        )
    check_any(mean.shape, "mean and log_variance")
    mean, log_variance = in_one_precision([mean, log_variance])
    every = 0.5 * (ops.square(mean) + ops.exp(log_variance) - log_variance - 1)
    return ops.mean(ops.sum(every, axis=tuple(range(1, len(mean.shape)))))


def _total(values, measure):
    values = values if isinstance(values, (list, tuple)) else [values]
    sums = [ops.sum(measure(as_float(each, "values"))) for each in values]
    return sum(in_one_precision(sums)) if sums else ops.zeros(())
