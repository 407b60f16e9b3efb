"""The layers of a model as a drawing: what flows from one to the next, where the code is, and where the weights are."""

import numpy as np
from matplotlib.patches import Rectangle

from aelearn.plots.look import (
    BLUE,
    CAPTION,
    GREEN,
    INK,
    LABEL,
    MUTED,
    ORANGE,
    VERMILLION,
    WIDTH,
    sheet,
    text_width,
    wrap,
)
from aelearn.plots.pictures import picture_row

HIDDEN = ("flatten", "reshape", "upsampling")  # without parameters: seen in the shapes before and after
COLORS = {"input": MUTED, "convolution": BLUE, "transposed convolution": GREEN, "dense": VERMILLION}
MARKS = {"input": "", "convolution": "////", "transposed convolution": "....", "dense": "xxxx"}
SHORT = {"transposed convolution": "transp. conv.", "convolution": "conv."}
SMALL = CAPTION - 1.5  # points, under a box: at 110 dpi 12 pixels
TALLEST, WIDEST = 1.25, 0.62  # inches, of a box
SLOT = 0.82  # inches from one box to the next, at most
LEFT, TOP, BARS = 0.1, 0.34, 0.95  # inches: margin, title, height of the chart of parameters


def architecture(rows, *, field=None, title=None):
    """Draw the layers of an autoencoder from left to right, and under each the share of the parameters it has.

    The height of a box stands for the rows of a picture, its width for the channels, both on a logarithmic scale; a
    layer without places, such as a dense code, is a thin bar, the taller the more numbers it gives. The code is framed.
    Layers without parameters are left out.

    Args:
        rows: list of layers, each with `half`, `name`, `kind`, `shape` and `parameters`, as `layer_table` and
            `outline` of `aelearn.autoencoders` give them.
        field: `(height, width)`, pixels, the receptive field of the code; None to leave it out.
        title: str or None.

    Returns:
        `Figure` with two axes: the layers, and the bars of their parameters.

    Raises:
        ValueError: if there is no layer, or one has no shape of whole numbers.

    Example:
        >>> from collections import namedtuple
        >>> Row = namedtuple("Row", "half name kind shape parameters")
        >>> rows = [Row("encoder", "picture", "input", (8, 8, 1), 0), Row("encoder", "to_code", "dense", (2,), 130)]
        >>> len(architecture(rows).axes)
        2
    """
    rows = _check_rows(rows)
    shown = [row for row in rows if row.kind not in HIDDEN and not (row.kind == "input" and row.half == "decoder")]
    code = max((i for i, row in enumerate(shown) if row.half == "encoder"), default=0)
    slot = min(SLOT, (WIDTH - 2 * LEFT) / len(shown))
    width = max(2 * LEFT + slot * len(shown), 7.2)
    lines = wrap(_facts(rows, shown[code], field, title), width - 2 * LEFT, LABEL).split("\n")
    above = TOP + 0.2 * (len(lines) - 1)
    height = above + TALLEST + 0.72 + BARS + 0.12
    figure = sheet(width, height)
    for number, line in enumerate(lines):
        figure.text(LEFT / width, 1 - (0.22 + 0.2 * number) / height, line, fontsize=LABEL, color=INK, va="baseline",
                    parse_math=False)
    start = (width - slot * len(shown)) / 2
    drawing = _axes(figure, start, above, slot * len(shown), TALLEST + 0.72)
    for index, row in enumerate(shown):
        _box(drawing, row, (index + 0.5) * slot, slot, code=index == code)
    bars = _axes(figure, start, above + TALLEST + 0.72, slot * len(shown), BARS)
    _bars(bars, shown, slot, rows)
    return figure


def framed(picture, boxes, titles=None):
    """One picture several times, each with a frame around a part of it: what an entry of a code sees.

    Args:
        picture: array `(height, width, 3)`, `(height, width, 1)` or `(height, width)` in [0, 1].
        boxes: list of `(top, left, height, width)` in pixels; what lies outside the picture is cut off.
        titles: list of as many str, or None.

    Returns:
        `Figure` with one axes per box.

    Raises:
        ValueError: if it is not a picture, or the numbers differ.

    Example:
        >>> len(framed(np.zeros((8, 8)), [(0, 0, 4, 4), (2, 2, 4, 4)]).axes)
        2
    """
    figure = picture_row([picture] * len(boxes), titles)
    rows, columns = np.shape(picture)[:2]
    for axes, (top, left, height, width) in zip(figure.axes, boxes):
        low = max(top, 0) - 0.5, max(left, 0) - 0.5  # the centre of a pixel is a whole number
        high = min(top + height, rows) - 0.5, min(left + width, columns) - 0.5
        for edge, line in (("white", 4.0), (ORANGE, 2.2)):
            axes.add_patch(Rectangle((low[1], low[0]), high[1] - low[1], high[0] - low[0], fill=False, edgecolor=edge,
                                     linewidth=line, clip_on=False))
    return figure


def _check_rows(rows):
    rows = list(rows)
    if not rows:
        raise ValueError("rows must hold at least one layer; received none")
    for row in rows:
        if not row.shape or not all(isinstance(side, (int, np.integer)) and side > 0 for side in row.shape):
            raise ValueError(f"every layer must have a shape of positive ints; received {row.shape} for {row.name}")
    return rows


def _facts(rows, code, field, title):
    picture = rows[0].shape
    facts = [f"{title}: " if title else "", f"{sum(row.parameters for row in rows):,} parameters, "]
    numbers, values = int(np.prod(code.shape)), int(np.prod(picture))
    facts += [f"a code of {numbers:,} numbers for {values:,}"]
    if field is not None:
        whole = field[0] >= picture[0] and field[1] >= picture[1]
        facts += [f", each sees {'the whole picture' if whole else f'{field[0]}×{field[1]} pixels'}"]
    return "".join(facts)


def _axes(figure, left, top, width, height):
    # An axes in inches, from its own top left corner to the right and down.
    across, down = figure.get_size_inches()
    axes = figure.add_axes([left / across, 1 - (top + height) / down, width / across, height / down])
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return axes


def _box(axes, row, middle, slot, *, code):
    height, width = _size(row.shape, slot)
    corner = middle - width / 2, (TALLEST - height) / 2
    axes.add_patch(Rectangle(corner, width, height, facecolor=COLORS.get(row.kind, MUTED), edgecolor="white",
                             linewidth=0, alpha=0.85))
    axes.add_patch(Rectangle(corner, width, height, fill=False, edgecolor="white", linewidth=0,
                             hatch=MARKS.get(row.kind, "\\\\"), alpha=0.6))
    if code:
        pad = 0.05
        axes.add_patch(Rectangle((corner[0] - pad, corner[1] - pad), width + 2 * pad, height + 2 * pad, fill=False,
                                 edgecolor=INK, linewidth=1.6, clip_on=False))
    shape = "×".join(map(str, row.shape))
    kind = SHORT.get(row.kind, row.kind)
    for number, (text, color) in enumerate([(row.name.replace("_", " "), INK), (shape, INK), (kind, MUTED)]):
        size = _fitting(text, slot)
        axes.text(middle, TALLEST + 0.22 + 0.155 * number, text, ha="center", va="baseline", fontsize=size, color=color,
                  parse_math=False)


def _size(shape, slot):
    # (height, width) of a box in inches; a doubling of rows or of channels is the same step everywhere.
    if len(shape) == 3:
        rows, _, channels = shape
        return TALLEST * np.clip(np.log2(1 + rows) / 8, 0.12, 1), WIDEST * slot / SLOT * np.clip(
            (1 + np.log2(channels)) / 9, 0.1, 1)
    return TALLEST * np.clip(np.log2(1 + np.prod(shape)) / 16, 0.12, 1), 0.09


def _fitting(text, slot):
    return min(SMALL, SMALL * (slot - 0.04) / max(text_width(text, SMALL), 1e-9))


def _bars(axes, shown, slot, rows):
    total, room = max(sum(row.parameters for row in rows), 1), 0.55
    foot = BARS - 0.22
    axes.axhline(foot, color=MUTED, linewidth=0.8)
    axes.text(0, BARS - 0.04, "share of the parameters", fontsize=SMALL, color=MUTED, va="baseline")
    for index, row in enumerate(shown):
        share = row.parameters / total
        middle = (index + 0.5) * slot
        axes.add_patch(Rectangle((middle - 0.16, foot - room * share), 0.32, room * share,
                                 facecolor=COLORS.get(row.kind, MUTED), linewidth=0))
        if row.parameters:
            text = f"{100 * share:.0f} %" if share >= 0.005 else "< 1 %"
            axes.text(middle, foot - room * share - 0.05, text, ha="center", va="baseline", fontsize=SMALL, color=INK)
