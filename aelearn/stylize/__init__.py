"""Style transfer with an autoencoder: encode photo and painting, move the statistics of the code, decode."""

from aelearn.stylize.canvas import Canvas
from aelearn.stylize.color import keep_colors, match_colors
from aelearn.stylize.masks import check_masks, feather
from aelearn.stylize.regions import RegionCanvas
from aelearn.stylize.style_files import describe_style, find_style, fingerprint, load_style, save_style, style_of
from aelearn.stylize.stylizer import DEFAULT, WEIGHTS, Style, Stylizer, model_names

__all__ = [
    "DEFAULT",
    "WEIGHTS",
    "Canvas",
    "RegionCanvas",
    "Style",
    "Stylizer",
    "check_masks",
    "describe_style",
    "feather",
    "find_style",
    "fingerprint",
    "keep_colors",
    "load_style",
    "match_colors",
    "model_names",
    "save_style",
    "style_of",
]
