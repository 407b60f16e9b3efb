"""What a variational autoencoder minimises: the negative of a lower bound on ln p(x), in nats per picture."""

from math import inf, prod
from numbers import Real

from aelearn.losses.objective import ERRORS
from aelearn.losses.regularisation import kl_divergence
from aelearn.losses.tensors import as_float

from keras import ops  # isort: skip

LIKELIHOODS = ("bce", "mse", "mae")  # errors that are −ln p(x|z), up to a constant


def negative_elbo(target, prediction, mean, log_variance, *, beta=1.0, error="bce"):
    """−ELBO = reconstruction + β · KL, in nats per picture: both terms summed within a picture, mean over the batch.

    −ELBO = 1/B Σ_b [Σᵢ eᵢ + β · ½ Σⱼ (μⱼ² + σⱼ² − ln σⱼ² − 1)], where i runs over *all values of a picture* and eᵢ is
    the error of one of them: −xᵢ ln x̂ᵢ − (1 − xᵢ) ln(1 − x̂ᵢ) for "bce", (xᵢ − x̂ᵢ)² for "mse", |xᵢ − x̂ᵢ| for "mae".
    These are −ln p(xᵢ|z) for a pixel that is a coin with probability x̂ᵢ, Gaussian with variance ½, or Laplace with
    scale 1, less the constants ½ ln π and ln 2 of the last two.

    The course's reconstruction errors are means over all n values of a picture, so an autoencoder that is trained with
    L = L_rec + β/n · KL minimises this function divided by n.
    Reference: Kingma and Welling 2014, "Auto-encoding variational Bayes", equation 10, with one sample; β after
    Higgins et al. 2017, "beta-VAE".

    Args:
        target: x, tensor `(batch, …)`, in [0, 1] for "bce".
        prediction: x̂, tensor of the same shape, decoded from a code drawn from the distribution.
        mean: μ, tensor `(batch, latent_size)`.
        log_variance: ln σ², tensor of the same shape.
        beta: β, float, 0 or more, or a scalar tensor that is not checked; the bound on ln p(x) is that with 1.
        error: "bce", "mse" or "mae".

    Returns:
        Scalar tensor, in nats.

    Raises:
        ValueError: if shapes differ, there is no value, `error` is no likelihood, or `beta` is negative or no number.

    Example:
        >>> from keras import ops
        >>> x, code = ops.zeros((4, 28, 28, 1)), ops.ones((4, 2))
        >>> float(negative_elbo(x, x + 0.5, code, 0 * code, error="mse"))  # 784 / 4 + 1
        197.0
    """
    if error not in LIKELIHOODS:
        raise ValueError(f"error must be one of {', '.join(map(repr, LIKELIHOODS))}; received {error!r}")
    if not (0 <= beta < inf if isinstance(beta, Real) else hasattr(beta, "dtype")):
        raise ValueError(f"beta must be a number of 0 or more; received {beta!r}")
    target = as_float(target, "target")
    reconstruction = prod(target.shape[1:]) * ERRORS[error](target, prediction)
    return reconstruction + beta * ops.cast(kl_divergence(mean, log_variance), reconstruction.dtype)
