"""Numbers for people: how close two pictures are, and how much of a code is used. NumPy only."""

from aelearn.metrics.active import active_units
from aelearn.metrics.classes import per_class_error, per_picture_error, standard_error
from aelearn.metrics.frechet import frechet_distance
from aelearn.metrics.lattice import checkerboard
from aelearn.metrics.pictures import WINDOW, bce, mae, mse, psnr, ssim
from aelearn.metrics.rank import effective_rank
from aelearn.metrics.subspace import principal_angles
from aelearn.metrics.units import dead_units, firing_rates

__all__ = [
    "WINDOW",
    "active_units",
    "bce",
    "checkerboard",
    "dead_units",
    "effective_rank",
    "firing_rates",
    "frechet_distance",
    "mae",
    "mse",
    "per_class_error",
    "per_picture_error",
    "principal_angles",
    "psnr",
    "ssim",
    "standard_error",
]
