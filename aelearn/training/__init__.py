"""Everything with a loop: crops and batches, fitting with live history, background runs, and the shipped recipe."""

from aelearn.training.background import BackgroundRun
from aelearn.training.batches import Batches
from aelearn.training.crops import Crops
from aelearn.training.distillation import DistillationTrainer, PerceptualTrainer, PerceptualWeights
from aelearn.training.folder import PictureFolder
from aelearn.training.loop import History, TrainingError, fit
from aelearn.training.pairs import PairCrops
from aelearn.training.perceptual import PerceptualRecipe, train_perceptual
from aelearn.training.pixel import PixelRecipe, held_out_psnr, train_pixel
from aelearn.training.sweep import Sweep, sweep
from aelearn.training.teacher import Teacher, load_teacher

__all__ = [
    "BackgroundRun",
    "Batches",
    "Crops",
    "DistillationTrainer",
    "History",
    "PairCrops",
    "PerceptualRecipe",
    "PerceptualTrainer",
    "PerceptualWeights",
    "PictureFolder",
    "PixelRecipe",
    "Sweep",
    "Teacher",
    "TrainingError",
    "fit",
    "held_out_psnr",
    "load_teacher",
    "sweep",
    "train_perceptual",
    "train_pixel",
]
