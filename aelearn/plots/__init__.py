"""Every figure of the course: functions that take arrays, dicts and lists and return matplotlib Figures.

They use NumPy and `matplotlib.figure.Figure` alone, without pyplot, whose shared state breaks when a figure is
drawn in another thread, as the panels do.
"""

from aelearn.plots.architecture import architecture, framed, saturation
from aelearn.plots.backprop import gradient_agreement, gradient_sizes, nudge_curves, nudge_errors, signed_pictures
from aelearn.plots.charts import code_scatter, level_bars, loss_curve, spectrum
from aelearn.plots.graph import computation_graph
from aelearn.plots.losses import coefficient_paths, curves, measure_bars, signed_picture
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
    "architecture",
    "before_after",
    "code_scatter",
    "coefficient_paths",
    "computation_graph",
    "curves",
    "encode_figure",
    "feature_maps",
    "framed",
    "gradient_agreement",
    "gradient_sizes",
    "level_bars",
    "level_strip",
    "loss_curve",
    "measure_bars",
    "nudge_curves",
    "nudge_errors",
    "picture_grid",
    "picture_row",
    "saturation",
    "show",
    "signed_picture",
    "signed_pictures",
    "spectrum",
    "style_grid",
]
