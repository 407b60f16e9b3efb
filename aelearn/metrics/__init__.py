"""Numbers for people: how close two pictures are, and how much of a code is used. NumPy only."""

from aelearn.metrics.active import active_units
from aelearn.metrics.lattice import checkerboard
from aelearn.metrics.pictures import WINDOW, bce, mae, mse, psnr, ssim
from aelearn.metrics.rank import effective_rank

__all__ = ["WINDOW", "active_units", "bce", "checkerboard", "effective_rank", "mae", "mse", "psnr", "ssim"]
