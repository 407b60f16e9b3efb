"""Figures made of numbers: curves, spectra, clouds of points, bars."""

import numpy as np
from matplotlib.patches import Ellipse
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from aelearn.plots.layout import check_dict, check_numbers
from aelearn.plots.look import (
    BLUE,
    CAPTION,
    DASHES,
    GREEN,
    INK,
    LABEL,
    MUTED,
    SERIES,
    VERMILLION,
    WIDTH,
    chart,
    name_axes,
    plain,
)

MAX_POINTS = 1200  # of a cloud: more only fill it in
FLOOR = 1e-9  # share of the largest eigenvalue below which a spectrum is rounding noise


def loss_curve(history, *, log=True, title=None, y="loss"):
    """Loss against training step, every curve named at its end.

    Args:
        history: a `training.History`, or a dict from name to a History, a list of values, or `(steps, values)`.
        log: bool, logarithmic axis; linear all the same where a value is not positive.
        title: str or None.
        y: str, name of the vertical axis.

    Returns:
        `Figure` with one axes.

    Raises:
        ValueError: if steps and values differ in number.

    Example:
        >>> loss_curve({"small": [3.0, 2.0], "large": ([50, 100], [2.0, 1.0])}).axes[0].get_xlabel()
        'step'
    """
    curves = _curves(history)
    figure, (axes,) = chart()
    values = np.concatenate([v for _, v in curves.values()]) if curves else np.zeros(0)
    log = log and values.size > 0 and bool((values > 0).all())
    name_axes(axes, "step", f"{y} (log scale)" if log else y, title)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    if log:
        _plain_log_axis(axes, values)
    if not values.size:
        axes.set(xticks=[], yticks=[])
        axes.text(0.5, 0.5, "no step taken yet", transform=axes.transAxes, ha="center", color=MUTED,
                  fontsize=LABEL)
    if values.size:
        last = max(s[-1] for s, _ in curves.values())
        running = getattr(history, "status", "") == "running"
        axes.set_xlim(0, 1.01 * max(last, history.total if running else 0))  # while it runs: to where it will end
    for index, (steps, losses) in enumerate(curves.values()):
        axes.plot(steps, losses, **_stroke(index), marker="o" if len(steps) == 1 else None)
    label_ends(axes, list(curves), [(s[-1], v[-1]) for s, v in curves.values()])
    return figure


def spectrum(eigenvalues, *, title=None):
    """Variances of codes along their own axes, strongest first, as a share of the strongest.

    A steep fall means that the code varies in few directions, whatever its number of channels.

    Args:
        eigenvalues: dict from name to a list of eigenvalues of a covariance, in any order.
        title: str or None.

    Returns:
        `Figure` with one axes.

    Raises:
        ValueError: if a list is empty or its largest value is not positive.

    Example:
        >>> spectrum({"code": [4.0, 1.0]}).axes[0].get_yscale()
        'log'
    """
    check_dict(eigenvalues, "eigenvalues", "from name to a list of numbers")
    figure, (axes,) = chart()
    shares = []
    for index, (name, values) in enumerate(eigenvalues.items()):
        values = np.sort(check_numbers(values, f"eigenvalues[{name!r}]"))[::-1]
        if not values.size or not values[0] > 0:
            raise ValueError(f"eigenvalues[{name!r}] must have one above zero; received {values[:3]}")
        share = (values / values[0]).clip(min=FLOOR)
        axes.plot(np.arange(1, len(share) + 1), share, **_stroke(index), label=plain(name))
        shares.append(share)
    _plain_log_axis(axes, np.concatenate(shares))
    name_axes(axes, "direction, strongest first", "variance, share of the largest", title)
    axes.legend(loc="upper right", frameon=False, fontsize=CAPTION, handlelength=3)  # curves fall: free by nature
    return figure


def code_scatter(content, style, mapped, *, channels=None):
    """Codes as clouds of points in two of their channels, with ellipses at one and two standard deviations.

    The first axes shows the photo's code and the painting's. Each further one shows the photo's code after a
    map, and the painting's ellipses, dashed: where they agree, the style was carried over.

    Args:
        content: array `(..., channels)`, the photo's code.
        style: likewise, the painting's.
        mapped: likewise, the photo's code after the map; or a dict from the map's name to such an array.
        channels: two ints, which channels to show; None for one that varies much and one that says something else.

    Returns:
        `Figure` with one axes more than there are maps, all to one scale.

    Raises:
        ValueError: if a code lacks such a channel.

    Example:
        >>> cloud = np.random.default_rng(0).normal(size=(50, 2))
        >>> len(code_scatter(cloud, 2 * cloud, {"AdaIN": 2 * cloud, "identity": cloud}).axes)
        3
    """
    mapped = mapped if isinstance(mapped, dict) else {"photo, mapped": mapped}
    channels = _telling_channels(content, style) if channels is None else tuple(channels)
    content, style = _pair(content, channels, "content"), _pair(style, channels, "style")
    clouds = {name: _pair(points, channels, f"mapped[{name!r}]") for name, points in mapped.items()}
    columns = 1 + len(clouds)
    (low_x, low_y), (high_x, high_y) = _bounds([content, style, *clouds.values()])
    width = min(WIDTH, 3.6 * columns + 0.4)
    height = (width - 0.7) / columns * (high_y - low_y) / (high_x - low_x) + 1.25  # titles and legend included
    figure, every = chart(width, height, columns, sharex=True, sharey=True)
    for axes in every:
        axes.set(xlim=(low_x, high_x), ylim=(low_y, high_y), aspect="equal")
    _cloud(every[0], content, BLUE, "o")
    _cloud(every[0], style, VERMILLION, "^")
    _ellipses(every[0], content, BLUE, label="photo")
    _ellipses(every[0], style, VERMILLION, dashes=DASHES[1], label="painting")
    name_axes(every[0], f"channel {channels[0]}", f"channel {channels[1]}", "before")
    for axes, (name, points) in zip(every[1:], clouds.items()):
        _cloud(axes, points, GREEN, "s")
        _ellipses(axes, points, GREEN, label="photo, mapped")
        _ellipses(axes, style, VERMILLION, dashes=DASHES[1])
        name_axes(axes, f"channel {channels[0]}", "", plain(name))
    handles = [line for axes in every[:2] for line in axes.get_legend_handles_labels()[0]]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=CAPTION)
    return figure


def level_bars(values, bars=None, *, y="PSNR in dB", title=None):
    """One bar per level with its value on top, and where `bars` is given, the mark each has to reach.

    Args:
        values: dict from level to number, or list with level 1 first.
        bars: likewise, or None.
        y: str, name of the vertical axis.
        title: str or None.

    Returns:
        `Figure` with one axes.

    Raises:
        ValueError: if there is no value, or `bars` has other levels.

    Example:
        >>> len(level_bars([35.0, 30.0], bars={1: 34, 2: 29}).axes[0].patches)
        2
    """
    values, marks = _by_level(values), _by_level({} if bars is None else bars)
    if not values or (marks and list(marks) != list(values)):
        raise ValueError(
            f"values must hold a number and bars the same levels; received levels {list(values)} and {list(marks)}"
        )
    check_numbers(list(values.values()), "values")
    check_numbers(list(marks.values()), "bars")
    figure, (axes,) = chart(1.6 + 0.95 * len(values), 3.2)
    axes.grid(False, axis="x")
    axes.bar(range(len(values)), list(values.values()), width=0.62, color=BLUE)
    for x, value in enumerate(values.values()):
        axes.text(x, value / 2, f"{value:.1f}", ha="center", va="center", fontsize=LABEL, color="white", weight="bold")
    if marks:
        ends = np.arange(len(marks)) - 0.42, np.arange(len(marks)) + 0.42
        axes.hlines(list(marks.values()), *ends, color="white", linewidth=3.4)
        axes.hlines(list(marks.values()), *ends, color=INK, linewidth=2, label="to reach")
        axes.legend(frameon=False, fontsize=CAPTION, loc="upper right")
    axes.set_xticks(range(len(values)), [f"level {level}" for level in values])
    axes.set_ylim(0, 1.15 * max([*values.values(), *marks.values()]))
    name_axes(axes, "", y, title)
    return figure


def _curves(history):
    curves = {}
    if not isinstance(history, dict):
        curves = {"training": (history.steps, history.loss), "validation": (history.steps, history.validation)}
    else:
        for name, one in history.items():
            one = (one.steps, one.validation or one.loss) if hasattr(one, "steps") else one
            curves[name] = one if isinstance(one, tuple) else (range(1, len(one) + 1), one)
    # Somebody else may be writing: a History in training can have a step whose loss is not there yet.
    live = not isinstance(history, dict)
    return {plain(name): _matched(*one, name, live) for name, one in curves.items() if len(one[1])}


def _matched(steps, values, name, live):
    steps, values = np.asarray(list(steps), float), np.asarray(list(values), float)
    if live:
        shorter = min(len(steps), len(values))
        return steps[:shorter], values[:shorter]
    if len(steps) != len(values):
        raise ValueError(
            f"history[{name!r}] must have as many steps as values; received {len(steps)} and {len(values)}"
        )
    return steps, values


def _stroke(index):
    return {"color": SERIES[index % len(SERIES)], "linestyle": DASHES[index % len(DASHES)], "linewidth": 1.9}


def label_ends(axes, names, ends):
    """Write names beside the ends of curves instead of a legend; those that would overlap are moved apart."""
    if not names:
        return
    figure = axes.figure
    figure.draw_without_rendering()  # fixes the scale
    heights = axes.transData.transform(ends)[:, 1] * 72 / figure.dpi  # in points
    for index, height in enumerate(_apart(heights, 1.25 * CAPTION)):
        shift = height - heights[index]
        leader = {"arrowstyle": "-", "color": SERIES[index % len(SERIES)], "linewidth": 1, "shrinkA": 0, "shrinkB": 1}
        axes.annotate(names[index], ends[index], (10, shift), textcoords="offset points", va="center",
                      fontsize=CAPTION, color=INK, annotation_clip=False, parse_math=False,
                      arrowprops=leader if abs(shift) > 2 else None)


def _apart(wanted, distance):
    order = np.argsort(wanted, kind="stable")
    places = np.array(wanted, float)
    for lower, upper in zip(order, order[1:]):
        places[upper] = max(places[upper], places[lower] + distance)
    # Half of the push goes downwards, so that a group stays centred on its curves.
    return places - (places - wanted).max() / 2


def _plain_log_axis(axes, values):
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    if values.max() / values.min() < 100:
        axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
        axes.yaxis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.tick_params(which="minor", labelsize=CAPTION, colors=MUTED, labelcolor=INK)
    else:
        axes.yaxis.set_minor_formatter(NullFormatter())


def _pair(code, channels, name):
    code = np.asarray(code, np.float64)
    if code.ndim < 2 or not all(0 <= channel < code.shape[-1] for channel in channels):
        raise ValueError(f"{name} must be (..., channels) with channels {channels}; received {code.shape}")
    return code.reshape(-1, code.shape[-1])[:, list(channels)]


def _cloud(axes, points, color, marker):
    if len(points) > MAX_POINTS:
        points = points[np.random.default_rng(0).permutation(len(points))[:MAX_POINTS]]
    axes.scatter(*points.T, s=5, color=color, alpha=0.22, linewidth=0, marker=marker)


def _ellipses(axes, points, color, dashes="-", label=None):
    # {μ + k Σ^½ u : |u| = 1} for k = 1, 2: its axes are the eigenvectors, its radii k √λ.
    eigenvalues, vectors = np.linalg.eigh(np.cov(points.T, bias=True))
    angle = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
    wide, narrow = 2 * np.sqrt(eigenvalues.clip(min=0)[::-1])
    for k in (1, 2):
        axes.add_patch(Ellipse(points.mean(axis=0), k * wide, k * narrow, angle=angle, fill=False,
                               edgecolor=color, linewidth=2.2 if k == 1 else 1.3, linestyle=dashes))
    axes.plot(*points.mean(axis=0), marker="+", markersize=9, color=color, markeredgewidth=2)
    if label:
        axes.plot([], [], color=color, linestyle=dashes, linewidth=2, label=label)


def _bounds(clouds):
    # Corners that hold every ellipse and all but the last per cent of every cloud, neither too flat nor too tall.
    reach = [2.2 * cloud.std(axis=0) for cloud in clouds]
    low = np.min([np.minimum(np.percentile(c, 0.5, 0), c.mean(0) - r) for c, r in zip(clouds, reach)], axis=0)
    high = np.max([np.maximum(np.percentile(c, 99.5, 0), c.mean(0) + r) for c, r in zip(clouds, reach)], axis=0)
    half = ((high - low) / 2).clip(min=1e-9)
    half = np.maximum(half, 0.7 * half[::-1])
    return (low + high) / 2 - half, (low + high) / 2 + half


def _telling_channels(content, style):
    # The channel that varies most, and the one that varies most apart from what the first already tells.
    points = np.concatenate([np.reshape(code, (-1, np.shape(code)[-1])) for code in (content, style)])
    covariance = np.cov(points.T.astype(np.float64))
    first = int(np.argmax(np.diag(covariance)))
    rest = np.diag(covariance) - covariance[first] ** 2 / max(covariance[first, first], 1e-30)
    rest[first] = -1
    return first, int(np.argmax(rest))


def _by_level(values):
    return dict(values) if isinstance(values, dict) else dict(enumerate(values, start=1))
