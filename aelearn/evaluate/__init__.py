"""The report card of a style transfer: judges that no training used, and what they say about a model."""

from aelearn.evaluate.behaviour import Leak, effective_ranks, identity_error, leak
from aelearn.evaluate.card import evaluate, square
from aelearn.evaluate.judges import (
    SIDE,
    edge_correlation,
    gram_distance,
    grams,
    statistics_distance,
    teacher_distance,
    teacher_statistics,
    texture_distance,
)
from aelearn.evaluate.report import Report, Row, load_report

__all__ = [
    "SIDE",
    "Leak",
    "Report",
    "Row",
    "edge_correlation",
    "effective_ranks",
    "evaluate",
    "gram_distance",
    "grams",
    "identity_error",
    "leak",
    "load_report",
    "square",
    "statistics_distance",
    "teacher_distance",
    "teacher_statistics",
    "texture_distance",
]
