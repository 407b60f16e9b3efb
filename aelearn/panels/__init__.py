"""Every widget of the course. A panel takes arrays and models, and its callbacks do nothing but write widget traits."""

from aelearn.panels.architecture import ArchitecturePanel
from aelearn.panels.features import FeaturePanel
from aelearn.panels.gradient import GradientPanel
from aelearn.panels.latent import LatentPanel
from aelearn.panels.loss import LossPanel
from aelearn.panels.mixing import MixPanel
from aelearn.panels.penalty import PenaltyPanel
from aelearn.panels.report import ReportPanel
from aelearn.panels.spectrum import SpectrumPanel
from aelearn.panels.studio import StudioPanel
from aelearn.panels.style import StylePanel
from aelearn.panels.sweep import SweepPanel
from aelearn.panels.training import TrainingPanel

__all__ = [
    "ArchitecturePanel",
    "FeaturePanel",
    "GradientPanel",
    "LatentPanel",
    "LossPanel",
    "MixPanel",
    "PenaltyPanel",
    "ReportPanel",
    "SpectrumPanel",
    "StudioPanel",
    "StylePanel",
    "SweepPanel",
    "TrainingPanel",
]
