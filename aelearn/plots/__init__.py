"""Every figure of the course: functions that take arrays, dicts and lists and return matplotlib Figures.

They use NumPy and `matplotlib.figure.Figure` alone, without pyplot, whose shared state breaks when a figure is
drawn in another thread, as the panels do.
"""

from aelearn.plots.charts import code_scatter, level_bars, loss_curve, spectrum
from aelearn.plots.graph import computation_graph
from aelearn.plots.output import Shown, encode_figure, show
from aelearn.plots.pictures import (
    before_after,
    feature_maps,
    level_strip,
    picture_grid,
    picture_row,
    style_grid,
)

__all__ = [
    "Shown",
    "before_after",
    "code_scatter",
    "computation_graph",
    "encode_figure",
    "feature_maps",
    "level_bars",
    "level_strip",
    "loss_curve",
    "picture_grid",
    "picture_row",
    "show",
    "spectrum",
    "style_grid",
]
