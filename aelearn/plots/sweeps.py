"""Figures for choosing: error against a setting, a table of evidence, classes apart, and the use of every unit."""

import numpy as np
from matplotlib.patches import Rectangle

from aelearn.plots.charts import label_ends
from aelearn.plots.layout import check_dict, check_numbers
from aelearn.plots.look import (
    BLUE,
    CAPTION,
    DASHES,
    INK,
    LABEL,
    ORANGE,
    SERIES,
    VERMILLION,
    WIDTH,
    chart,
    name_axes,
    plain,
    wrap,
)

MARKERS = "os^Dvx"


def sweep_curve(curves, *, x, y, mark=None, spread=None, title=None):
    """A measure against a setting, one named curve per second setting; the settings stand at equal distances.

    Args:
        curves: dict from name to `(settings, values)`, two lists of one length. All settings together, in order, are
            the places on the horizontal axis.
        x: str, name of the setting.
        y: str, name of the measure.
        mark: `(setting, value)` of a point to ring, or None.
        spread: dict from a curve's name to one number per value, drawn as a bar up and down, such as a standard
            error; or None.
        title: str or None.

    Returns:
        `Figure` with one axes.

    Raises:
        ValueError: if there is no curve, or lengths differ.

    Example:
        >>> figure = sweep_curve({"dense": ([2, 4, 8], [0.05, 0.04, 0.03])}, x="code size", y="MSE")
        >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
        ['2', '4', '8']
    """
    curves = {name: (list(settings), list(values)) for name, (settings, values) in curves.items()}
    if not curves or any(not s or len(s) != len(v) for s, v in curves.values()):
        lengths = {name: (len(s), len(v)) for name, (s, v) in curves.items()}
        raise ValueError(f"curves must hold settings and as many values, at least one; received lengths {lengths}")
    places = sorted({setting for settings, _ in curves.values() for setting in settings})
    where = {setting: place for place, setting in enumerate(places)}
    if mark is not None and (np.shape(mark) != (2,) or mark[0] not in places):
        known = ", ".join(map(str, places))
        raise ValueError(f"mark must be (setting, value) with a setting of {known}; received {mark!r}")
    figure, (axes,) = chart()
    for index, (name, (settings, values)) in enumerate(curves.items()):
        line = {"color": SERIES[index % len(SERIES)], "linestyle": DASHES[index % len(DASHES)], "linewidth": 1.9}
        bars = (spread or {}).get(name)
        bars = None if bars is None else check_numbers(bars, f"spread[{name!r}]", len(values))
        axes.errorbar([where[setting] for setting in settings], values, yerr=bars, **line, markersize=5.5,
                      marker=MARKERS[index % len(MARKERS)], capsize=3, elinewidth=1.2)
    if mark is not None:
        axes.plot(where[mark[0]], mark[1], "o", markersize=15, markerfacecolor="none", markeredgecolor=ORANGE,
                  markeredgewidth=2.6)
    axes.set_xticks(range(len(places)), [f"{place:g}" if isinstance(place, float) else str(place) for place in places])
    axes.set_xlim(-0.4, len(places) - 0.6)
    name_axes(axes, x, y, title)
    label_ends(axes, [plain(name) for name in curves], [(where[s[-1]], v[-1]) for s, v in curves.values()])
    return figure


def evidence_map(rows, *, x, y, value, frame=None, title=None, scale=1.0, form=".1f"):
    """A table of one measure over two settings, dark where it is low; settings that were not tried stay white.

    Args:
        rows: list of dict, such as `Sweep.rows`.
        x: str, the setting along the top.
        y: str, the setting down the side.
        value: str, the measure in the cells.
        frame: dict from a word to a row: its cell is framed, and the word written below the table; or None.
        title: str or None.
        scale: float, what the measure is multiplied by before it is written, such as 1000.
        form: str, format of the numbers.

    Returns:
        `Figure` with one axes.

    Raises:
        ValueError: if there is no row, or one lacks a setting or the measure.

    Example:
        >>> rows = [{"size": 2, "strength": 0, "mse": 0.05}, {"size": 4, "strength": 0, "mse": 0.03}]
        >>> evidence_map(rows, x="size", y="strength", value="mse").axes[0].images[0].get_array().shape
        (1, 2)
    """
    if not rows or any(name not in row for row in rows for name in (x, y, value)):
        raise ValueError(f"rows must be dicts with {x!r}, {y!r} and {value!r}, at least one; received {rows!r:.80}")
    columns, lines = (sorted({row[name] for row in rows}) for name in (x, y))
    table = np.full((len(lines), len(columns)), np.nan)
    for row in rows:
        table[lines.index(row[y]), columns.index(row[x])] = scale * row[value]
    figure, (axes,) = chart(1.9 + 0.85 * len(columns), 1.35 + 0.46 * len(lines))
    low, high = np.nanmin(table), np.nanmax(table)
    axes.imshow(table, cmap="cividis", vmin=low, vmax=high + 1e-12, aspect="auto")
    for (line, column), number in np.ndenumerate(table):
        if np.isfinite(number):
            dark = number < (low + high) / 2
            axes.text(column, line, format(number, form), ha="center", va="center", fontsize=LABEL,
                      color="white" if dark else INK)
    for index, (word, row) in enumerate((frame or {}).items()):
        inset = 0.05 + 0.07 * index  # two frames around one cell stay two
        corner = columns.index(row[x]) - 0.5 + inset, lines.index(row[y]) - 0.5 + inset
        size, color = (1 - 2 * inset, 1 - 2 * inset), (VERMILLION, INK)[index % 2]
        axes.add_patch(Rectangle(corner, *size, fill=False, edgecolor="white", linewidth=4.5))
        axes.add_patch(Rectangle(corner, *size, fill=False, edgecolor=color, linewidth=2.4,
                                 linestyle=DASHES[index % 2], label=word))
    axes.set_xticks(range(len(columns)), [f"{each:g}" for each in columns])
    axes.set_yticks(range(len(lines)), [f"{each:g}" for each in lines])
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    name_axes(axes, plain(x), plain(y), title)
    if frame:
        figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=CAPTION)
    return figure


def class_bars(errors, *, y="mean squared error", title=None):
    """One group of bars per class, and one bar per model in it.

    Args:
        errors: dict from class to number; or dict from a model's name to such a dict, all with the same classes.
        y: str, name of the vertical axis.
        title: str or None.

    Returns:
        `Figure` with one axes.

    Raises:
        ValueError: if there is no class, or the classes differ.

    Example:
        >>> len(class_bars({"a": {0: 0.1, 1: 0.2}, "b": {0: 0.1, 1: 0.1}}).axes[0].patches)
        4
    """
    check_dict(errors, "errors", "from class to number, or from a model to such a dict")
    models = errors if isinstance(next(iter(errors.values())), dict) else {"": errors}
    classes = list(next(iter(models.values()), {}))
    if not classes or any(list(each) != classes for each in models.values()):
        known = [list(each) for each in models.values()]
        raise ValueError(f"errors must hold the same classes, at least one; received {known}")
    for name, each in models.items():
        check_numbers(list(each.values()), f"errors[{name!r}]" if name else "errors")
    figure, (axes,) = chart(min(WIDTH, 1.6 + 0.62 * len(classes)), 3.2)
    width = 0.8 / len(models)
    for index, (name, values) in enumerate(models.items()):
        places = np.arange(len(classes)) + (index - (len(models) - 1) / 2) * width
        axes.bar(places, list(values.values()), 0.92 * width, color=SERIES[index % len(SERIES)], label=plain(name),
                 hatch=("", "///", "...")[index % 3], edgecolor="white", linewidth=0.5)
    axes.set_xticks(range(len(classes)), [str(each) for each in classes])
    axes.grid(False, axis="x")
    axes.set_ylim(0, 1.05 * max(max(each.values()) for each in models.values()))
    name_axes(axes, "class", y, title)
    if len(models) > 1:
        figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=CAPTION)
    return figure


def unit_rates(rates, *, title=None):
    """How often each unit of a code is at work, the busiest first; dead ones are marked with a cross.

    Args:
        rates: dict from a model's name to an array `(units,)` from 0 to 1, as `metrics.firing_rates` returns.
        title: str or None.

    Returns:
        `Figure` with one axes per model.

    Raises:
        ValueError: if there is no model, or a rate is not from 0 to 1.

    Example:
        >>> unit_rates({"λ = 0": [0.5, 0.0]}).axes[0].get_title(loc="left")
        'λ = 0: 1 of 2 dead'
    """
    rates = {name: np.sort(np.asarray(each, np.float64))[::-1] for name, each in rates.items()}
    if not rates or any(not each.size or not ((each >= 0) & (each <= 1)).all() for each in rates.values()):
        raise ValueError(f"rates must hold numbers from 0 to 1 for at least one model; received {list(rates)}")
    figure, every = chart(min(WIDTH, 0.8 + 2.8 * len(rates)), 2.9, len(rates), sharey=True)
    for axes, (name, each) in zip(every, rates.items()):
        order, dead = np.arange(1, len(each) + 1), each == 0
        axes.bar(order[~dead], each[~dead], width=1.0, color=BLUE)
        axes.plot(order[dead], np.full(dead.sum(), 0.02), "x", color=VERMILLION, markersize=5)
        name_axes(axes, "unit, busiest first", "", None)
        head = f"{plain(name)}: {dead.sum()} of {len(each)} dead"
        axes.set_title(wrap(head, 2.6, LABEL), fontsize=LABEL, color=INK, loc="left", parse_math=False)
        axes.set(xlim=(0, len(each) + 1), ylim=(0, 1.02))
    name_axes(every[0], "unit, busiest first", "share of pictures")
    if title:
        figure.suptitle(title, fontsize=LABEL, color=INK, x=0.01, ha="left", parse_math=False)
    return figure
