"""The studio: everything that the course can do to a photo, on one panel."""

from aelearn.panels.studio.panel import StudioPanel

__all__ = ["StudioPanel"]
