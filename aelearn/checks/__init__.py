"""The judges of the exercises: passed, not tried yet, or not yet, because …

Each judge knows the right answer and the likely wrong ones, so that it can say which of them it sees.
"""

from aelearn.checks.lesson_00 import painted
from aelearn.checks.lesson_01 import cross_entropy, mse, penalised_loss, psnr
from aelearn.checks.lesson_01_gradients import cross_entropy_gradient, mse_gradient, penalty_gradients
from aelearn.checks.lesson_02 import backward, product_vjp, relu_vjp, slope, slopes_by_hand
from aelearn.checks.lesson_02_bugs import bugs, patient
from aelearn.checks.lesson_02_layers import matmul_vjp, penalised_gradient, upsample_vjp
from aelearn.checks.lesson_03 import (
    convolution_parameters,
    convolutional_code,
    dense_parameters,
    output_size,
    receptive_field,
)
from aelearn.checks.lesson_03_halves import decoder, encoder
from aelearn.checks.lesson_04 import dead_units, pca_error, per_class_error
from aelearn.checks.lesson_04_choice import choice, choose
from aelearn.checks.lesson_05 import kl, reparameterize
from aelearn.checks.lesson_05_bound import negative_elbo, pathwise_gradient
from aelearn.checks.lesson_06 import covariance_from_gram, gram, strongest
from aelearn.checks.lesson_06_rank import effective_rank, whiten
from aelearn.checks.lesson_07 import adain, code_shape, moments
from aelearn.checks.lesson_07_paint import coarse_to_fine
from aelearn.checks.lesson_08 import content_loss, style_loss
from aelearn.checks.lesson_08_probe import probe, total_variation
from aelearn.checks.lesson_09 import barycentre_step, combine_moments
from aelearn.checks.lesson_09_colours import luminance_only
from aelearn.checks.lesson_09_regions import lloyd_step, weighted_moments
from aelearn.checks.lesson_10 import portrait, series, sky_and_ground
from aelearn.checks.quiz import guess, quiz
from aelearn.checks.verdict import Verdict

__all__ = [
    "Verdict",
    "adain",
    "backward",
    "barycentre_step",
    "bugs",
    "choice",
    "choose",
    "coarse_to_fine",
    "code_shape",
    "combine_moments",
    "content_loss",
    "convolution_parameters",
    "convolutional_code",
    "covariance_from_gram",
    "cross_entropy",
    "cross_entropy_gradient",
    "dead_units",
    "decoder",
    "dense_parameters",
    "effective_rank",
    "encoder",
    "gram",
    "guess",
    "kl",
    "lloyd_step",
    "luminance_only",
    "matmul_vjp",
    "moments",
    "mse",
    "mse_gradient",
    "negative_elbo",
    "output_size",
    "painted",
    "pathwise_gradient",
    "patient",
    "pca_error",
    "penalised_gradient",
    "penalised_loss",
    "penalty_gradients",
    "per_class_error",
    "portrait",
    "probe",
    "product_vjp",
    "psnr",
    "quiz",
    "receptive_field",
    "relu_vjp",
    "reparameterize",
    "series",
    "sky_and_ground",
    "slope",
    "slopes_by_hand",
    "strongest",
    "style_loss",
    "total_variation",
    "upsample_vjp",
    "weighted_moments",
    "whiten",
]
