"""What training minimises: differentiable formulas in keras.ops, the same on every backend.

Reductions, said once: a reconstruction error is a *mean* over all values of the batch (pictures, rows, columns and
channels); a penalty on weights is a *sum* over all of them; a penalty on the code, like the KL divergence, is a *sum*
over the units of one code and a *mean* over the batch.
"""

from aelearn.losses.gradients import bce_gradient, l1_gradient, l2_gradient, mae_gradient, mse_gradient
from aelearn.losses.linear import LinearFit, fit_linear, windows
from aelearn.losses.objective import ERRORS, PENALTIES, autoencoder_loss, check_objective, code_penalty
from aelearn.losses.reconstruction import (
    binary_cross_entropy,
    mean_absolute_error,
    mean_squared_error,
    pyramid_loss,
    ssim_loss,
)
from aelearn.losses.regularisation import kl_divergence, l1_penalty, l2_penalty
from aelearn.losses.statistics import (
    batch_moments,
    blocking_loss,
    content_loss,
    deviations,
    gram_matrix,
    lattice_loss,
    style_loss,
    total_variation,
)
from aelearn.losses.variational import LIKELIHOODS, negative_elbo

__all__ = [
    "ERRORS",
    "LIKELIHOODS",
    "LinearFit",
    "PENALTIES",
    "autoencoder_loss",
    "batch_moments",
    "blocking_loss",
    "bce_gradient",
    "binary_cross_entropy",
    "check_objective",
    "code_penalty",
    "content_loss",
    "deviations",
    "fit_linear",
    "gram_matrix",
    "kl_divergence",
    "l1_gradient",
    "l1_penalty",
    "l2_gradient",
    "l2_penalty",
    "lattice_loss",
    "mae_gradient",
    "mean_absolute_error",
    "mean_squared_error",
    "mse_gradient",
    "negative_elbo",
    "pyramid_loss",
    "ssim_loss",
    "style_loss",
    "total_variation",
    "windows",
]
