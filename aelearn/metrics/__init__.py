"""Numbers for people: how close two pictures are, and how much of a code is used. NumPy only."""

from aelearn.metrics.pictures import mse, psnr
from aelearn.metrics.rank import effective_rank

__all__ = ["effective_rank", "mse", "psnr"]
