"""Figures of codes: maps with a numeral at every code, planes of decoded tiles, and what β does."""

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from aelearn.plots.layout import check_numbers, check_picture
from aelearn.plots.look import (
    BLACK,
    CAPTION,
    DASHES,
    INK,
    MUTED,
    SERIES,
    WIDTH,
    chart,
    name_axes,
    plain,
)

NUMERALS = (*SERIES, "#7A5195", "#8C6D1F", "#3B6E6E", "#A23B4A")  # a colour per digit; the numeral itself says which


def code_map(codes, labels, *, extent=None, units=(0, 1), title=None):
    """Codes in a plane, each written as its label, so that no meaning hangs on colour.

    Args:
        codes: array `(number, units)`; or a dict from name to such an array, drawn side by side.
        labels: array of as many ints from 0 to 9.
        extent: (left, right, bottom, top) of the plane, for one array of codes; None for all but the outermost codes.
        units: two int, which units of the code to show.
        title: str or None; of a dict, each map has its name instead.

    Returns:
        `Figure` with one axes per array of codes.

    Raises:
        ValueError: if codes and labels do not fit together, or a label is not from 0 to 9.

    Example:
        >>> len(code_map(np.zeros((3, 2)), [1, 2, 3], extent=(-1, 1, -1, 1)).axes)
        1
    """
    maps = codes if isinstance(codes, dict) else {title: codes}
    figure, every = chart(min(WIDTH, 0.4 + 4.3 * len(maps)), 4.4, len(maps))
    for axes, (name, points) in zip(every, maps.items()):
        points = _check_codes(points, labels, units)
        _numerals(axes, points, labels, _bounds(points) if extent is None else extent)
        name_axes(axes, f"unit {units[0]}", f"unit {units[1]}", name and plain(name))
    return figure


def tile_map(tiles, extent, *, units=(0, 1), title=None):
    """A plane of the code as the pictures that its points decode to.

    Args:
        tiles: array `(rows, columns, height, width, channels)` in [0, 1], as `latent.decode_grid` returns it; or a dict
            from name to such an array, drawn side by side.
        extent: (left, right, bottom, top), the codes at the middle of the outermost tiles; for a dict, a dict from
            name to extent.
        units: two int, which units of the code the plane spans.
        title: str or None; of a dict, each plane has its name instead.

    Returns:
        `Figure` with one axes per plane.

    Raises:
        ValueError: if tiles are not such an array.

    Example:
        >>> len(tile_map(np.zeros((2, 2, 4, 4, 1)), (-1, 1, -1, 1)).axes)
        1
    """
    planes = tiles if isinstance(tiles, dict) else {title: tiles}
    figure, every = chart(min(WIDTH, 0.4 + 4.3 * len(planes)), 4.4, len(planes))
    for axes, (name, plane) in zip(every, planes.items()):
        _tiles(axes, plane, extent[name] if isinstance(extent, dict) else extent)
        name_axes(axes, f"unit {units[0]}", f"unit {units[1]}", name and plain(name))
    return figure


def latent_plane(codes, labels, tiles, extent, *, units=(0, 1)):
    """One plane of the code twice: where pictures lie, and what the decoder makes of every place.

    Args:
        codes: array `(number, units)`.
        labels: array of as many ints from 0 to 9.
        tiles: array `(rows, columns, height, width, channels)`, as for `tile_map`.
        extent: (left, right, bottom, top), the codes at the middle of the outermost tiles.
        units: two int, which units of the code to show.

    Returns:
        `Figure` with two axes of one scale.

    Raises:
        ValueError: if the arrays do not fit.

    Example:
        >>> len(latent_plane(np.zeros((3, 2)), [1, 2, 3], np.zeros((2, 2, 4, 4, 1)), (-1, 1, -1, 1)).axes)
        2
    """
    figure, (left, right) = chart(WIDTH, 4.5, 2)
    edges = _edges(extent, np.shape(tiles))
    _numerals(left, _check_codes(codes, labels, units), labels, edges)
    _tiles(right, tiles, extent)
    name_axes(left, f"unit {units[0]}", f"unit {units[1]}", "where pictures lie")
    name_axes(right, f"unit {units[0]}", f"unit {units[1]}", "what is decoded there")
    return figure


def reference_chart(curves, reference, *, name, x, y, log=False):
    """Curves beside one value that they should reach, keep below, or agree with.

    Args:
        curves: dict from name to `(xs, ys)`, or `(xs, ys, errors)` for points with a bar of ± errors.
        reference: float, the value.
        name: str, what the value is.
        x: str, name of the horizontal axis.
        y: str, name of the vertical axis.
        log: bool, logarithmic horizontal axis.

    Returns:
        `Figure` with one axes.

    Raises:
        ValueError: if there is no curve, or the lengths of one differ.

    Example:
        >>> reference_chart({"estimate": ([1, 10], [0.4, 0.5], [0.2, 0.1])}, 0.5, name="exact", x="n", y="KL").axes
        [<Axes: xlabel='n', ylabel='KL'>]
    """
    if not curves or any(len({len(part) for part in curve}) != 1 for curve in curves.values()):
        raise ValueError(f"curves must be (xs, ys) or (xs, ys, errors) of equal lengths; received {list(curves)}")
    figure, (axes,) = chart(7.2, 3.5)
    name_axes(axes, f"{x} (log scale)" if log else x, y)
    if log:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    for index, (label, curve) in enumerate(curves.items()):
        look = {"color": SERIES[index % len(SERIES)], "linestyle": DASHES[index % len(DASHES)], "label": plain(label)}
        if len(curve) == 3:
            axes.errorbar(*curve, marker="o", markersize=4, capsize=4, linewidth=1.4, **look)
        else:
            axes.plot(*curve, linewidth=1.9, **look)
    axes.axhline(reference, color=BLACK, linewidth=1.4, label=name, zorder=1)
    figure.legend(loc="outside right upper", frameon=False, fontsize=CAPTION, handlelength=3)
    return figure


def histograms(samples, *, mark, x, name):
    """How widely samples of one quantity scatter around the value that they estimate: one histogram above another.

    Args:
        samples: dict from name to an array of numbers.
        mark: float, the value.
        x: str, name of the horizontal axis.
        name: str, what the value is.

    Returns:
        `Figure` with one axes per set of samples, all to one scale.

    Raises:
        ValueError: if there is nothing to draw, or a number is not finite.

    Example:
        >>> len(histograms({"narrow": [1.0, 2.0], "wide": [-4.0, 6.0]}, mark=1.5, x="slope", name="exact").axes)
        2
    """
    arrays = {label: np.asarray(values, np.float64).ravel() for label, values in samples.items()}
    if not arrays or any(not values.size or not np.isfinite(values).all() for values in arrays.values()):
        raise ValueError(f"samples must hold finite numbers; received {list(arrays)}")
    figure, every = chart(WIDTH, 2.9, len(arrays), sharex=True)
    low, high = np.percentile(np.concatenate(list(arrays.values())), (0.5, 99.5))  # without the longest tails
    bins = np.linspace(low - 0.05 * (high - low) - 1e-9, high + 0.05 * (high - low) + 1e-9, 60)
    for index, (axes, (label, values)) in enumerate(zip(every, arrays.items())):
        axes.hist(values, bins=bins, density=True, color=SERIES[index], alpha=0.75)
        axes.axvline(mark, color=BLACK, linewidth=1.4, linestyle=DASHES[1], label=name)
        axes.set_yticks([])
        axes.legend(frameon=False, fontsize=CAPTION, loc="upper right")
        name_axes(axes, x, "" if index else "density", f"{plain(label)}: deviation {values.std():.2g}")
    return figure


def rate_distortion(points):
    """What a code costs against what it gives: KL to the right, reconstruction error upwards, a point per model.

    Args:
        points: dict from name to `(kl, reconstruction)` in nats per picture, in the order of the line through them.

    Returns:
        `Figure` with one axes.

    Raises:
        ValueError: if there is no point, or a value is not finite.

    Example:
        >>> len(rate_distortion({"β = 1": (15.0, 110.0), "β = 4": (7.0, 130.0)}).axes[0].texts)
        2
    """
    values = np.asarray(list(points.values()), np.float64)
    if values.ndim != 2 or values.shape[1:] != (2,) or not np.isfinite(values).all():
        raise ValueError(f"points must be a dict from name to two finite numbers; received {points!r:.80}")
    figure, (axes,) = chart(6.4, 3.8)
    axes.plot(*values.T, color=SERIES[0], linewidth=1.4, marker="o", markersize=7, clip_on=False, zorder=3)
    for name, place in zip(points, values):
        axes.annotate(plain(name), place, (9, 7), textcoords="offset points", fontsize=CAPTION, color=INK)
    axes.margins(0.14)
    axes.set_xlim(left=min(0.0, values[:, 0].min()))  # a KL is never negative
    name_axes(axes, "KL in nats per picture", "reconstruction in nats per picture")
    return figure


def unit_variances(variances, *, threshold=0.01, title=None):
    """How much the mean of every unit of a code varies over the data, with the line above which it counts as active.

    Args:
        variances: dict from name to an array of one variance per unit.
        threshold: float, that line.
        title: str or None.

    Returns:
        `Figure` with one axes; the units of each model stand in order of their variance.

    Raises:
        ValueError: if there is nothing to draw.

    Example:
        >>> unit_variances({"β = 1": [1.0, 0.9], "β = 4": [1.0, 1e-4]}).axes[0].get_yscale()
        'log'
    """
    if not variances or not all(np.size(each) for each in variances.values()):
        raise ValueError(f"variances must hold a number per unit; received {list(variances)}")
    figure, (axes,) = chart(7.2, 3.6)
    for index, (name, each) in enumerate(variances.items()):
        each = np.sort(np.asarray(each, np.float64))[::-1].clip(min=1e-8)
        axes.plot(np.arange(1, len(each) + 1), each, marker="osD^vP"[index % 6], markersize=6, linewidth=1.3,
                  color=SERIES[index % len(SERIES)], linestyle=DASHES[index % len(DASHES)], label=plain(name))
    axes.axhline(threshold, color=BLACK, linewidth=1.6, label=f"active above {threshold:g}")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    name_axes(axes, "unit, most varied first", "variance of its mean (log scale)", title)
    figure.legend(loc="outside right upper", frameon=False, fontsize=CAPTION, handlelength=3.4)
    return figure


def _numerals(axes, points, labels, extent):
    left, right, bottom, top = extent
    labels = np.asarray(labels)
    for label in np.unique(labels):
        axes.scatter(*points[labels == label].T, s=42, marker=f"${label}$", color=NUMERALS[label], linewidth=0.1,
                     alpha=0.85)
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.tick_params(labelsize=CAPTION)


def _tiles(axes, tiles, extent):
    tiles = np.asarray(tiles, np.float64)
    if tiles.ndim != 5 or min(tiles.shape[:2], default=0) < 2:
        raise ValueError(f"tiles must be (rows, columns, height, width, channels); received shape {tiles.shape}")
    rows, columns, height, width, channels = tiles.shape
    sheet = tiles.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, channels)
    axes.imshow(check_picture(sheet, "tiles"), cmap="gray", vmin=0, vmax=1, extent=_edges(extent, tiles.shape),
                aspect="auto", interpolation="none")
    axes.grid(False)
    axes.spines[["left", "bottom"]].set_color(MUTED)
    axes.tick_params(labelsize=CAPTION)


def _edges(extent, shape):
    # From the middles of the outermost tiles to their outer edges.
    left, right, bottom, top = check_numbers(extent, "extent must be (left, right, bottom, top): it", 4)
    x, y = (right - left) / (shape[1] - 1) / 2, (top - bottom) / (shape[0] - 1) / 2
    return left - x, right + x, bottom - y, top + y


def _bounds(points):
    low, high = np.percentile(points, 0.5, axis=0), np.percentile(points, 99.5, axis=0)
    room = 0.06 * (high - low) + 1e-3
    (left, bottom), (right, top) = low - room, high + room
    return left, right, bottom, top


def _check_codes(codes, labels, units):
    codes, labels = np.asarray(codes, np.float64), np.asarray(labels)
    if codes.ndim != 2 or not len(codes) or labels.shape != (len(codes),) or max(units) >= codes.shape[1]:
        raise ValueError(
            f"codes must be (number, units) with units {tuple(units)}, and labels one int per code; "
            f"received shapes {codes.shape} and {labels.shape}"
        )
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() > 9:
        raise ValueError(f"labels must be ints from 0 to 9; received {labels.dtype} {labels[:3].tolist()} …")
    return codes[:, list(units)]
