"""Figures about losses: what each measure says of a picture, curves with their lowest points, weights against λ."""

import numpy as np
from matplotlib.ticker import FuncFormatter

from aelearn.plots.layout import check_dict, check_numbers
from aelearn.plots.look import BLUE, CAPTION, DASHES, INK, LABEL, MUTED, SERIES, WIDTH, chart, name_axes, plain

# From negative to positive: blue, pale gray, vermillion, which every kind of colour vision tells apart.
NEGATIVE, ZERO, POSITIVE = np.array([0, 114, 178]) / 255, 0.93, np.array([213, 94, 0]) / 255


def signed_picture(values, limit=None):
    """Numbers of both signs as a picture: zero is pale gray, what is above it vermillion, below it blue.

    Args:
        values: array `(height, width)` or `(height, width, 1)`, such as a difference, a gradient or a kernel.
        limit: float, the size at which the colour is full; None for the largest in `values`.

    Returns:
        float32 array `(height, width, 3)` in [0, 1].

    Raises:
        ValueError: if the array has another shape or holds no finite numbers, or `limit` is not positive.

    Example:
        >>> red, green, blue = signed_picture([[-1.0, 1.0]])[0, 0]  # of the negative one
        >>> bool(red < blue)
        True
    """
    values = np.asarray(values, np.float64)
    values = values[..., 0] if values.ndim == 3 and values.shape[2] == 1 else values
    if values.ndim != 2 or not values.size or not np.isfinite(values).all():
        raise ValueError(f"values must be finite numbers (height, width); received shape {values.shape}")
    limit = float(np.abs(values).max() or 1) if limit is None else limit
    if not limit > 0:
        raise ValueError(f"limit must be positive; received {limit!r}")
    share = (np.abs(values) / limit).clip(max=1)[..., None]
    return ((1 - share) * ZERO + share * np.where(values[..., None] > 0, POSITIVE, NEGATIVE)).astype(np.float32)


def measure_bars(measures, *, formats=None):
    """What several measures say of several pictures: one small bar chart per measure, the number beside each bar.

    Args:
        measures: dict from the measure's name to a dict from the picture's name to a number; all with the same
            pictures.
        formats: dict from measure to a format such as ".3f"; ".3g" where it is missing.

    Returns:
        `Figure` with one axes per measure.

    Raises:
        ValueError: if there is none, or the pictures differ.

    Example:
        >>> len(measure_bars({"MSE": {"blur": 0.1}, "SSIM": {"blur": 0.7}}).axes)
        2
    """
    check_dict(measures, "measures", "from a measure to a dict from a picture to a number")
    names = [list(values) for values in measures.values()]
    if not names or not names[0] or any(each != names[0] for each in names):
        raise ValueError(f"measures must hold the same pictures, at least one; received {names}")
    figure, every = chart(WIDTH, 0.9 + 0.32 * len(names[0]), len(names), sharey=True)
    for axes, (measure, values) in zip(every, measures.items()):
        heights = check_numbers(list(values.values()), f"measures[{measure!r}]")
        axes.barh(range(len(heights)), heights, height=0.62, color=BLUE)
        for y, value in enumerate(heights):
            text = format(value, (formats or {}).get(measure, ".3g"))
            axes.annotate(text, (max(value, 0), y), (4, 0), textcoords="offset points", va="center", fontsize=CAPTION,
                          color=INK)
        axes.set_xlim(min(0, heights.min()), 1.75 * max(heights.max(), 1e-12))  # room for the numbers
        axes.set_title(measure, fontsize=LABEL, color=INK, loc="left", parse_math=False)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        axes.grid(False)
        axes.tick_params(length=0)
    every[0].set_yticks(range(len(names[0])), [plain(name) for name in names[0]])
    every[0].invert_yaxis()
    return figure


def curves(x, lines, *, x_label, y_label, log_x=False, least=True, title=None, limits=None):
    """Lines over one axis, each named at its end, a dot at the lowest point of each.

    Args:
        x: array `(points,)`.
        lines: dict from name to an array `(points,)`.
        x_label: str.
        y_label: str.
        log_x: bool, logarithmic axis.
        least: bool, whether to mark the lowest points.
        title: str or None.
        limits: `(lowest, highest)` shown of the vertical axis, or None for all.

    Returns:
        `Figure` with one axes.

    Raises:
        ValueError: if a line has another number of points.

    Example:
        >>> x = np.linspace(-1, 1, 5)
        >>> len(curves(x, {"square": x**2}, x_label="x", y_label="loss").axes[0].lines)
        2
    """
    x = np.asarray(x, float)
    for name, y in lines.items():
        if np.shape(y) != x.shape:
            raise ValueError(f"lines[{name!r}] must have {len(x)} points, as x has; received shape {np.shape(y)}")
    figure, (axes,) = chart()
    for index, (name, y) in enumerate(lines.items()):
        color = SERIES[index % len(SERIES)]
        axes.plot(x, y, color=color, linestyle=DASHES[index % len(DASHES)], linewidth=1.9, label=plain(name))
        if least:
            lowest = int(np.argmin(y))
            axes.plot(x[lowest], y[lowest], "o", color=color, markersize=7, markeredgecolor="white")
    if log_x:
        _plain_log_x(axes)
    if limits is not None:
        axes.set_ylim(*limits)
    name_axes(axes, x_label, y_label, title)
    figure.legend(loc="outside right center", frameon=False, fontsize=CAPTION, handlelength=2.6)
    return figure


def coefficient_paths(strengths, paths, *, y_label="weight"):
    """Every weight of a fit against λ, one axes for each penalty; above it, how many are exactly zero.

    Args:
        strengths: array `(fits,)` of λ, above 0.
        paths: dict from the penalty's name to an array `(fits, weights)`.
        y_label: str.

    Returns:
        `Figure` with one axes per penalty, to one scale.

    Raises:
        ValueError: if a path has another number of fits, or a λ is not positive.

    Example:
        >>> len(coefficient_paths([0.1, 1.0], {"L1": np.zeros((2, 5)), "L2": np.ones((2, 5))}).axes)
        2
    """
    check_dict(paths, "paths", "from a penalty to an array (fits, weights)")
    strengths = np.asarray(strengths, float)
    if not (strengths > 0).all():
        raise ValueError(f"strengths must be above 0, the axis is logarithmic; received {strengths.tolist()}")
    figure, every = chart(WIDTH, 3.6, len(paths), sharey=True)
    for index, (axes, (name, path)) in enumerate(zip(every, paths.items())):
        path = np.asarray(path, float)
        if path.ndim != 2 or len(path) != len(strengths):
            raise ValueError(f"paths[{name!r}] must be ({len(strengths)}, weights); received {path.shape}")
        axes.plot(strengths, path, color=SERIES[index], linewidth=1, alpha=0.75)
        _plain_log_x(axes)
        zeros = (path == 0).sum(axis=1)
        for x, count in zip(strengths[:: max(1, len(strengths) // 5)], zeros[:: max(1, len(strengths) // 5)]):
            axes.annotate(f"{count}", (x, 1.0), (0, 4), xycoords=("data", "axes fraction"), textcoords="offset points",
                          ha="center", fontsize=CAPTION, color=MUTED)
        name_axes(axes, "λ (log scale)", "" if index else y_label)
        axes.set_title(f"{plain(name)}; below, how many are exactly 0", fontsize=LABEL, color=INK, loc="left", pad=19)
    return figure


def _plain_log_x(axes):
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.tick_params(axis="x", which="minor", labelbottom=False)
