"""How every figure looks: sizes, colours, fonts, and text that is wrapped by its measured width."""

import re

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

WIDTH = 9.0  # inches, the widest figure
DPI = 110  # so at most 990 pixels: what a notebook column shows without shrinking it much
CAPTION, LABEL = 9.5, 10.5  # points; at 110 dpi 14.5 and 16 pixels
LINE = 1.3 * CAPTION / 72  # inches, from one line of a caption to the next
INK, MUTED, RULE = "#1a1a1a", "#555555", "#dddddd"

# Okabe and Ito 2008: colours that people with any kind of colour vision tell apart, the most distinct ones first.
BLUE, VERMILLION, GREEN, BLACK, PURPLE = "#0072B2", "#D55E00", "#009E73", "#000000", "#CC79A7"
ORANGE = "#E69F00"
SERIES = (BLUE, VERMILLION, GREEN, BLACK, ORANGE, PURPLE)
# Dashes as well, so that colour is never the only difference.
DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))


def sheet(width, height):
    """An empty white Figure of so many inches.

    Example:
        >>> sheet(4, 2).get_size_inches().tolist()
        [4.0, 2.0]
    """
    return Figure(figsize=(width, height), dpi=DPI, facecolor="white")


def chart(width=6.4, height=3.6, columns=1, **options):
    """A Figure with one or several axes in a row, in the common look.

    Args:
        width: float, inches.
        height: float, inches.
        columns: int, number of axes.
        **options: as for `Figure.subplots`.

    Returns:
        `(figure, [axes, …])`.

    Example:
        >>> figure, (axes,) = chart()
        >>> axes.spines["top"].get_visible()
        False
    """
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white", layout="constrained")
    every = figure.subplots(1, columns, squeeze=False, **options)[0]
    for axes in every:
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(MUTED)
        axes.tick_params(labelsize=CAPTION, colors=MUTED, labelcolor=INK)
        axes.grid(color=RULE, linewidth=0.7)
        axes.set_axisbelow(True)
    return figure, list(every)


def name_axes(axes, x, y, title=None):
    """Write what the axes show."""
    axes.set_xlabel(x, fontsize=LABEL, color=INK)
    axes.set_ylabel(y, fontsize=LABEL, color=INK)
    if title:
        room = axes.figure.get_size_inches()[0] / len(axes.figure.axes) - 0.8  # less the numbers at the left
        axes.set_title(wrap(title, room, LABEL), fontsize=LABEL, color=INK, loc="left", parse_math=False)


def text_width(text, size=CAPTION):
    """Width of one line of text in inches, as it will be drawn.

    Example:
        >>> text_width("mm") > text_width("ii")
        True
    """
    renderer = RendererAgg(1, 1, DPI)
    return renderer.get_text_width_height_descent(text, FontProperties(size=size), ismath=False)[0] / DPI


def wrap(text, width, size=CAPTION):
    """Break text so that no line is wider than `width` inches; a word that is too long by itself is cut.

    Returns:
        str with newlines.

    Example:
        >>> wrap("photo and painting", 0.9)
        'photo and\\npainting'
    """
    lines = []
    for paragraph in str(text).split("\n"):
        lines.append("")
        for word in paragraph.split():
            longer = f"{lines[-1]} {word}".strip()
            if text_width(longer, size) <= width:
                lines[-1] = longer
            else:
                lines[-1:] = [*filter(None, lines[-1:]), *_cut(word, width, size)]
    return "\n".join(lines)


def _cut(word, width, size):
    # After an underscore or a hyphen if possible, else between any two letters.
    pieces = [""]
    for part in re.findall(r"[^_-]*[_-]?", word):
        if text_width(pieces[-1] + part, size) > width and text_width(part, size) <= width:
            pieces.append("")
        for letter in part:
            if pieces[-1] and text_width(pieces[-1] + letter, size) > width:
                pieces.append("")
            pieces[-1] += letter
    return list(filter(None, pieces))


def plain(name):
    """A name as a person writes it: great_wave becomes great wave.

    Example:
        >>> plain("great_wave")
        'great wave'
    """
    return str(name).replace("_", " ")
