"""Everything with a loop: crops and batches, fitting with live history, background runs, and the shipped recipe."""

from aelearn.training.background import BackgroundRun
from aelearn.training.batches import Batches
from aelearn.training.crops import Crops
from aelearn.training.loop import History, TrainingError, fit
from aelearn.training.pixel import PixelRecipe, held_out_psnr, train_pixel
from aelearn.training.sweep import Sweep, sweep

__all__ = [
    "BackgroundRun",
    "Batches",
    "Crops",
    "History",
    "PixelRecipe",
    "Sweep",
    "TrainingError",
    "fit",
    "held_out_psnr",
    "sweep",
    "train_pixel",
]
