"""The report card of a style transfer: judges that no training used, and what they say about a model."""

from aelearn.evaluate.judges import SIDE, edge_correlation, teacher_distance, texture_distance

__all__ = ["SIDE", "edge_correlation", "teacher_distance", "texture_distance"]
