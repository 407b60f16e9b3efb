"""Every figure of the course: functions that take arrays, dicts and lists and return matplotlib Figures.

They use NumPy and `matplotlib.figure.Figure` alone, without pyplot, whose shared state breaks when a figure is
drawn in another thread, as the panels do.
"""

from aelearn.plots.architecture import architecture, framed
from aelearn.plots.backprop import gradient_agreement, gradient_sizes, nudge_curves, nudge_errors, signed_pictures
from aelearn.plots.charts import code_scatter, level_bars, loss_curve, spectrum
from aelearn.plots.control import cluster_steps, ellipse_grid, picture_wall, region_map, time_lines
from aelearn.plots.features import channel_picture, channel_table, matrix_row, spectrum_cut
from aelearn.plots.graph import computation_graph
from aelearn.plots.latent import (
    code_map,
    histograms,
    latent_plane,
    rate_distortion,
    reference_chart,
    tile_map,
    unit_variances,
)
from aelearn.plots.losses import coefficient_paths, curves, measure_bars, signed_picture
from aelearn.plots.output import Shown, encode_figure, show
from aelearn.plots.perceptual import ReportPlane
from aelearn.plots.pictures import (
    before_after,
    feature_maps,
    level_strip,
    picture_grid,
    picture_row,
    style_grid,
)
from aelearn.plots.plane import CodePlane
from aelearn.plots.report import report
from aelearn.plots.sweeps import class_bars, evidence_map, sweep_curve, unit_rates

__all__ = [
    "CodePlane",
    "ReportPlane",
    "Shown",
    "architecture",
    "before_after",
    "channel_picture",
    "channel_table",
    "class_bars",
    "cluster_steps",
    "code_map",
    "code_scatter",
    "coefficient_paths",
    "computation_graph",
    "curves",
    "ellipse_grid",
    "encode_figure",
    "evidence_map",
    "feature_maps",
    "framed",
    "gradient_agreement",
    "gradient_sizes",
    "histograms",
    "latent_plane",
    "level_bars",
    "level_strip",
    "loss_curve",
    "matrix_row",
    "measure_bars",
    "nudge_curves",
    "nudge_errors",
    "picture_grid",
    "picture_row",
    "picture_wall",
    "rate_distortion",
    "reference_chart",
    "region_map",
    "report",
    "show",
    "signed_picture",
    "signed_pictures",
    "spectrum",
    "spectrum_cut",
    "style_grid",
    "sweep_curve",
    "tile_map",
    "time_lines",
    "unit_rates",
    "unit_variances",
]
