"""Figures of gradients: a loss against its tangent, the error of a nudge, gradients as pictures, and how they agree."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from aelearn.plots.layout import GAP, PAD, check_numbers, check_titles, place, text_height
from aelearn.plots.look import (
    BLACK,
    BLUE,
    CAPTION,
    DASHES,
    DPI,
    GREEN,
    INK,
    LABEL,
    MUTED,
    RULE,
    VERMILLION,
    WIDTH,
    chart,
    name_axes,
    plain,
    sheet,
    text_width,
    wrap,
)

MARKERS = ("o", "^", "s", "D", "v", "P")
COLORS = (BLUE, VERMILLION, GREEN, BLACK)
BAR = 0.75  # inches at the right of pictures with signs, for the scale


def nudge_curves(curves, *, nudge=None, width=None, height=3.2):
    """The loss when one weight is nudged, beside the straight line that its gradient promises.

    Args:
        curves: dict from the name of a weight to `(nudges, losses, slope)`: arrays `(num,)`, the nudges around 0, and
            the gradient at 0, a float.
        nudge: float, where to mark truth and promise and the gap between them, or None.
        width: float, inches, or None for as much as there is to show.
        height: float, inches.

    Returns:
        `Figure` with one axes per weight.

    Raises:
        ValueError: if there is no curve, or nudges and losses differ in number.

    Example:
        >>> nudges = np.linspace(-1, 1, 9)
        >>> len(nudge_curves({"w": (nudges, nudges**2, 0.0)}, nudge=0.5).axes)
        1
    """
    curves = {plain(name): _curve(name, *curve) for name, curve in curves.items()}
    if not curves:
        raise ValueError("curves must hold at least one curve; received none")
    if nudge is not None:
        check_numbers([nudge], "nudge", 1)
    width = min(WIDTH, 2.9 * len(curves) + 1.6) if width is None else width
    figure, every = chart(width, height, len(curves))
    # Margins in inches instead of a layout that has to be drawn to be found: a panel draws this at every move.
    figure.set_layout_engine(None)
    between = 0.8 / ((width - 0.8 - 0.85 * (len(curves) - 1)) / len(curves))
    figure.subplots_adjust(left=0.8 / width, right=1 - 0.12 / width, top=1 - 0.3 / height, bottom=0.86 / height,
                           wspace=between)
    for axes, (name, (nudges, changes, slope)) in zip(every, curves.items()):
        line = slope * nudges
        exponent = _exponent(np.abs(changes).max())
        unit = 10.0**exponent
        axes.plot(nudges, changes / unit, color=BLUE, linewidth=2, label="true change, computed anew")
        axes.plot(nudges, line / unit, color=VERMILLION, linestyle=DASHES[1], linewidth=1.8,
                  label="slope · nudge, what the gradient predicts")
        axes.plot(0, 0, marker="o", color=INK, markersize=6, linestyle="none")
        axes.set_xlim(nudges.min(), nudges.max())
        axes.set_ylim(*_room(changes / unit, line / unit))
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=(1, 2, 5, 10)))
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=(1, 2, 5, 10)))
        if nudge is not None:
            _mark(axes, nudge, np.interp(nudge, nudges, changes) / unit, slope * nudge / unit)
        name_axes(axes, "nudge of the weight", f"change of the loss{_power(exponent)}", name)
    figure.legend(*every[0].get_legend_handles_labels(), loc="lower center", ncols=2 if width > 6 else 1, frameon=False,
                  fontsize=CAPTION, borderaxespad=0.1, labelspacing=0.2)
    return figure


def nudge_errors(nudges, errors, *, title=None):
    """How wrong a slope by a nudge is, against the size of the nudge: too large and too small are both bad.

    Args:
        nudges: array `(num,)`, sizes of the nudge, above 0.
        errors: dict from the name of a method to an array `(num,)` of errors, 0 or more.
        title: str or None.

    Returns:
        `Figure` with one axes, both scales logarithmic. An error of exactly 0 leaves a gap.

    Raises:
        ValueError: if numbers are missing, or a nudge is not above 0.

    Example:
        >>> nudge_errors([0.1, 0.01], {"one side": [0.1, 0.01]}).axes[0].get_yscale()
        'log'
    """
    nudges = np.asarray(nudges, np.float64)
    if not errors or not nudges.size or not (nudges > 0).all():
        raise ValueError(f"nudges must be above 0 and errors hold a method; received {nudges[:3]} and {list(errors)}")
    figure, (axes,) = chart(6.8, 3.6)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for index, (name, values) in enumerate(errors.items()):
        values = np.asarray(values, np.float64)
        if values.shape != nudges.shape:
            raise ValueError(f"errors[{name!r}] must be {len(nudges)} numbers, one per nudge; received {values.shape}")
        axes.plot(nudges, np.where(values > 0, values, np.nan), color=COLORS[index % 4], marker=MARKERS[index % 6],
                  linestyle=DASHES[index % 4], linewidth=1.8, markersize=5, label=plain(name))
    name_axes(axes, "size of the nudge", "error of the slope", title)
    axes.legend(frameon=False, fontsize=CAPTION, loc="upper center", handlelength=3)
    return figure


def signed_pictures(arrays, titles=None, *, columns=8, label="", shared=True):
    """Arrays with a sign as pictures: dark is below 0, bright above, the tone between is 0. One scale for all.

    Args:
        arrays: list of arrays `(height, width)` of finite numbers.
        titles: list of as many str, or None.
        columns: int, pictures in a row.
        label: str, what the numbers are, written beside the scale.
        shared: bool; False gives each picture a scale of its own, and there are no numbers at the side.

    Returns:
        `Figure` with one axes per array, and with `shared` one for the scale.

    Raises:
        ValueError: if there is no array, or one is not made of two axes of finite numbers.

    Example:
        >>> len(signed_pictures([np.eye(3), -np.eye(3)], ["up", "down"]).axes)
        3
    """
    arrays = [_signed(array, f"arrays[{i}]") for i, array in enumerate(arrays)]
    titles = check_titles(titles, len(arrays), "titles", "array")
    if not arrays or columns < 1:
        raise ValueError(f"arrays must hold at least one, and columns be positive; received {len(arrays)}, {columns!r}")
    peaks = [max(np.abs(array).max(), 1e-30) for array in arrays]
    peaks = [max(peaks)] * len(arrays) if shared else peaks
    columns, bar = min(columns, len(arrays)), BAR + 0.35 if shared else 0
    cell = min((WIDTH - bar - 2 * PAD + GAP) / columns - GAP, 2.6)
    below = text_height([wrap(title, cell) for title in titles])
    tallest = cell * max(array.shape[0] / array.shape[1] for array in arrays)
    lines = -(-len(arrays) // columns)
    step = tallest + below + GAP
    figure = sheet(max(2 * PAD + columns * (cell + GAP) - GAP + bar, 1.5), 2 * PAD + lines * step - GAP)
    for index, (array, peak, title) in enumerate(zip(arrays, peaks, titles)):
        line, column = divmod(index, columns)
        axes = place(figure, array, PAD + column * (cell + GAP), PAD + line * step, cell, tallest, wrap(title, cell),
                     anchor="S")
        axes.images[0].set(cmap="cividis", clim=(-peak, peak), interpolation="nearest")
    if shared:
        _scale(figure, axes.images[0], columns * (cell + GAP) + PAD, tallest, label)
    return figure


def gradient_sizes(networks, *, label="typical size of a gradient (root mean square)"):
    """How large the gradients of each part of a network are, in the order in which they flow back.

    Args:
        networks: dict from the name of a network to a dict from the name of a part to a number ≥ 0, the part next to
            the loss first. All networks have the same parts.
        label: str, what the numbers are.

    Returns:
        `Figure` with one axes; its scale is logarithmic. A size of 0 stands at the left edge, and is written as 0.

    Raises:
        ValueError: if there is no network, the parts differ, or a size is negative or not finite.

    Example:
        >>> axes = gradient_sizes({"ReLU": {"decoder": 0.2, "encoder": 0.1}}).axes[0]
        >>> [each.get_text() for each in axes.get_yticklabels()]
        ['decoder', 'encoder']
    """
    parts = list(next(iter(networks.values()), {}))
    if not parts or any(list(sizes) != parts for sizes in networks.values()):
        raise ValueError(f"networks must be dicts with the same parts; received {list(map(list, networks.values()))}")
    values = np.array([list(sizes.values()) for sizes in networks.values()], np.float64)  # (networks, parts)
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError(f"sizes must be finite numbers of at least 0; received {values.min()} to {values.max()}")
    positive = values[values > 0] if (values > 0).any() else np.ones(1)
    low, high = positive.min() / (3 if len(networks) == 1 else 12), positive.max() * 6
    figure, (axes,) = chart(7.2, 1.2 + 0.34 * len(parts))
    axes.set_xscale("log")
    axes.set(xlim=(low, high), ylim=(len(parts) - 0.5, -0.5))
    axes.set_yticks(range(len(parts)), [plain(part) for part in parts], parse_math=False)
    for index, (name, sizes) in enumerate(zip(networks, values)):
        axes.plot(sizes.clip(low), range(len(parts)), marker=MARKERS[index % 6], markersize=8, label=plain(name),
                  color=COLORS[index % 4], linestyle=DASHES[index % 4], linewidth=1.2, clip_on=False)
    for row, sizes in enumerate(values.T):  # the largest is written at its right, the smallest at its left
        ends = {sizes.max(): (10, "left")} | ({sizes.min(): (-10, "right")} if sizes.min() < sizes.max() else {})
        for size, (shift, side) in ends.items():
            axes.annotate(f"{size:.0e}" if size else "0", (max(size, low), row), (shift, 0), ha=side, va="center",
                          textcoords="offset points", fontsize=CAPTION, color=INK)
    axes.grid(False, axis="y")
    name_axes(axes, label, "")
    legend = figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=4, frameon=False,
                           fontsize=CAPTION, handlelength=3)
    for text in legend.get_texts():
        text.set_parse_math(False)
    return figure


def gradient_agreement(cases, *, columns=3):
    """Analytic against numeric gradients, a point per entry: a right gradient puts every point on the diagonal.

    Args:
        cases: dict from a title to a dict from the name of a weight to `(numeric, analytic)`, arrays of one size.
        columns: int, axes in a row.

    Returns:
        `Figure` with one axes per case.

    Raises:
        ValueError: if there is no case, or two arrays differ in size.

    Example:
        >>> len(gradient_agreement({"right": {"w": ([1, 2], [1, 2])}, "twice": {"w": ([1, 2], [2, 4])}}).axes)
        2
    """
    if not cases or not all(cases.values()):
        raise ValueError(f"cases must hold weights for every title; received {list(cases)}")
    columns = min(columns, len(cases))
    lines = -(-len(cases) // columns)
    figure = Figure(figsize=(min(WIDTH, 3.0 * columns + 0.8), 2.7 * lines + 0.45), dpi=DPI, facecolor="white",
                    layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes, (title, weights) in zip(grid, cases.items()):
        _agreement(axes, title, weights)
        name_axes(axes, "numeric" if axes in grid[-columns:] else "", "analytic" if axes in grid[::columns] else "")
    for axes in grid[len(cases):]:
        figure.delaxes(axes)
    figure.legend(*grid[0].get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False,
                  fontsize=CAPTION)
    return figure


def _agreement(axes, title, weights):
    pairs = {name: [np.ravel(np.asarray(each, np.float64)) for each in pair] for name, pair in weights.items()}
    for name, (numeric, analytic) in pairs.items():
        if numeric.shape != analytic.shape:
            raise ValueError(
                f"cases[{title!r}][{name!r}] must be two arrays of one size; received {numeric.size}, {analytic.size}"
            )
    reach = 1.15 * max(np.abs(each).max(initial=1e-12) for pair in pairs.values() for each in pair)
    axes.plot((-reach, reach), (-reach, reach), color=MUTED, linewidth=1, label="equal")
    for index, (name, (numeric, analytic)) in enumerate(pairs.items()):
        axes.plot(numeric, analytic, color=COLORS[index % 4], marker=MARKERS[index % 6], markersize=6, alpha=0.75,
                  markeredgewidth=0, linestyle="none", label=plain(name))
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes.xaxis.set_major_locator(MaxNLocator(3, symmetric=True))
    axes.yaxis.set_major_locator(MaxNLocator(3, symmetric=True))
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(MUTED)
    axes.tick_params(labelsize=CAPTION, colors=MUTED, labelcolor=INK)
    axes.grid(color=RULE, linewidth=0.7)
    axes.set_title(plain(title), fontsize=LABEL, color=INK, loc="left", parse_math=False)


def _curve(name, nudges, losses, slope):
    # (nudges, change of the loss since nudge 0, slope)
    nudges, losses = np.asarray(nudges, np.float64), np.asarray(losses, np.float64)
    if nudges.shape != losses.shape or nudges.ndim != 1 or nudges.size < 2:
        raise ValueError(
            f"curves[{name!r}] must have as many losses as nudges, two or more; "
            f"received shapes {losses.shape} and {nudges.shape}"
        )
    for values in (nudges, losses, [slope]):
        check_numbers(values, f"curves[{name!r}]")
    return nudges, losses - np.interp(0, nudges, losses), float(slope)


def _exponent(value):
    # Of the power of ten that is taken out of the numbers at an axis; none where they are short without.
    exponent = int(np.floor(np.log10(value))) if value > 0 else 0
    return 0 if -2 <= exponent <= 2 else exponent


def _power(exponent):
    return f", in 10{str(exponent).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}" if exponent else ""


def _room(changes, line):
    # The curve in full, and as much of the line as lies within its height above or below it.
    low, high = min(changes.min(), 0), max(changes.max(), 0)
    tall = high - low or np.abs(line).max() or 1.0
    low, high = max(low - tall, min(low, line.min())), min(high + tall, max(high, line.max()))
    edge = 0.06 * max(high - low, tall)
    return low - edge, high + edge


def _mark(axes, nudge, true, promised):
    axes.plot([nudge, nudge], [true, promised], color=INK, linewidth=1.2, zorder=3)
    axes.plot(nudge, true, marker="o", color=BLUE, markersize=8, markeredgecolor="white", linestyle="none", zorder=4)
    axes.plot(nudge, promised, marker="s", color=VERMILLION, markersize=7, markeredgecolor="white", linestyle="none",
              zorder=4)


def _signed(array, name):
    array = np.asarray(array, np.float64)
    if array.ndim != 2 or not array.size or not np.isfinite(array).all():
        raise ValueError(f"{name} must be (height, width) finite numbers; received shape {array.shape}")
    return array


def _scale(figure, image, left, tall, label):
    width, height = figure.get_size_inches()
    top, tall = PAD + 0.08, min(tall, 2.2) - 0.16  # the numbers at both ends are taller than their ticks
    axes = figure.add_axes([(left + 0.02) / width, 1 - (top + tall) / height, 0.14 / width, tall / height])
    bar = figure.colorbar(image, cax=axes)
    bar.outline.set_visible(False)
    peak = image.get_clim()[1]
    bar.set_ticks([-peak, 0, peak], labels=[f"{-peak:.1g}", "0", f"{peak:.1g}"])
    axes.tick_params(labelsize=CAPTION, colors=MUTED, labelcolor=INK, length=2)
    if label and text_width(label) <= tall + 0.4:
        bar.set_label(label, fontsize=CAPTION, color=MUTED, labelpad=1)
