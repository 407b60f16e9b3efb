"""Figures of what is steered: ellipses between ellipses, points and their centres, regions, results on a wall."""

import numpy as np
from matplotlib.patches import Ellipse
from scipy.ndimage import distance_transform_edt

from aelearn.plots.layout import (
    GAP,
    PAD,
    check_dict,
    check_numbers,
    check_picture,
    check_titles,
    place,
    ratio,
    text_height,
    write,
)
from aelearn.plots.look import (
    BLUE,
    CAPTION,
    DASHES,
    GREEN,
    INK,
    LABEL,
    MUTED,
    ORANGE,
    PURPLE,
    SERIES,
    VERMILLION,
    WIDTH,
    chart,
    name_axes,
    plain,
    sheet,
    text_width,
    wrap,
)

# A region or cluster has a colour, a numeral and, as points, a marker: any one of them tells it from the others.
REGIONS = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, "#56B4E9")
MARKERS = ("o", "^", "s", "D", "v", "P")
WIDEST = 4.4  # inches, of one picture on a wall
TINT = 0.55  # how much of a region's colour lies over the gray picture


def ellipse_grid(rows, column_titles=None, *, behind=None):
    """Covariances of two channels as ellipses at one standard deviation, in a table, all to one scale.

    Args:
        rows: dict from a row's name to a list of arrays `(2, 2)`; all of one length.
        column_titles: list of str, one per column, or None.
        behind: list of arrays `(2, 2)`, drawn dashed and thin behind every ellipse, for comparison; None for none.

    Returns:
        `Figure` with one axes per ellipse, row by row.

    Raises:
        ValueError: if there is no row, rows differ in length, or something is no covariance of two channels.

    Example:
        >>> len(ellipse_grid({"one": [np.eye(2), 2 * np.eye(2)]}).axes)
        2
    """
    check_dict(rows, "rows", "from name to a list of arrays (2, 2)")
    table = [[_check_covariance(c, f"rows[{name!r}][{i}]") for i, c in enumerate(row)] for name, row in rows.items()]
    behind = [_check_covariance(c, f"behind[{i}]") for i, c in enumerate(behind or [])]
    columns = len(table[0])
    if not columns or any(len(row) != columns for row in table):
        raise ValueError(f"rows must be lists of one length; received lengths {[len(row) for row in table]}")
    names = [wrap(plain(name), 1.05) for name in rows]
    margin = PAD + GAP + max(text_width(line) for name in names for line in name.split("\n"))
    heads = [wrap(title, 1.5) for title in check_titles(column_titles, columns, "column_titles", "column")]
    cell = min((WIDTH - margin - PAD - GAP * (columns - 1)) / columns, 1.9)
    top = PAD + text_height(heads)
    figure = sheet(margin + columns * (cell + GAP) - GAP + PAD, top + len(table) * (cell + GAP) - GAP + PAD)
    reach = 1.12 * np.sqrt(max(np.diag(c).max() for c in [*behind, *(c for row in table for c in row)]))
    for column, head in enumerate(heads):
        write(figure, head, margin + column * (cell + GAP) + cell / 2, PAD + 0.15, ha="center")
    for index, (row, name) in enumerate(zip(table, names)):
        upper = top + index * (cell + GAP)
        write(figure, name, margin - GAP, upper + cell / 2, ha="right")
        color = SERIES[index % len(SERIES)]
        for column, covariance in enumerate(row):
            axes = _square(figure, margin + column * (cell + GAP), upper, cell, reach)
            for other in behind:
                axes.add_patch(_ellipse(other, fill=False, edgecolor=MUTED, linewidth=1, linestyle=DASHES[1]))
            axes.add_patch(_ellipse(covariance, facecolor=color, alpha=0.25, linewidth=0))
            axes.add_patch(_ellipse(covariance, fill=False, edgecolor=color, linewidth=2))
    return figure


def cluster_steps(points, steps, titles=None):
    """Points of two channels, each with the colour and the marker of its centre, and how far every centre moves.

    Args:
        points: array `(number, 2)`.
        steps: list of `(labels, before, after)`: which centre each point belongs to, and the centres `(k, 2)` before
            and after a step.
        titles: list of str, one per step, or None.

    Returns:
        `Figure` with one axes per step, all to one scale.

    Raises:
        ValueError: if there is no step, or something is not of that shape.

    Example:
        >>> here = np.array([[0.0, 0.0], [4.0, 4.0]])
        >>> len(cluster_steps(here, [([0, 1], here + 1, here)]).axes)
        1
    """
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) or not np.isfinite(points).all():
        raise ValueError(f"points must be finite numbers (number, 2); received shape {points.shape}")
    steps = [_check_step(step, len(points), f"steps[{i}]") for i, step in enumerate(steps)]
    if not steps:
        raise ValueError("steps must hold at least one step; received none")
    titles = check_titles(titles, len(steps), "titles", "step")
    side = min(3.1, WIDTH / len(steps))
    figure, every = chart(side * len(steps), side + 0.15, len(steps), sharex=True, sharey=True)
    for axes, (labels, before, after), title in zip(every, steps, titles):
        for k, (start, end) in enumerate(zip(before, after)):
            style = {"color": REGIONS[k % len(REGIONS)], "marker": MARKERS[k % len(MARKERS)]}
            axes.scatter(*points[labels == k].T, s=9, alpha=0.4, linewidth=0, **style)
            axes.scatter(*start, s=60, facecolor="white", edgecolor=INK, linewidth=1.2, marker=style["marker"])
            if np.linalg.norm(end - start) > 1e-9:
                axes.annotate("", end, start, arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 1.2})
            axes.scatter(*end, s=80, edgecolor=INK, linewidth=1.2, zorder=3, **style)
        axes.set(xticks=[], yticks=[])
        axes.grid(False)
        axes.set_title(wrap(title, side - 0.2, LABEL), fontsize=LABEL, color=INK, loc="left", parse_math=False)
    return figure


def picture_wall(pictures, titles=None, *, columns=3):
    """Pictures in several rows, each with its caption below, all equally wide.

    Args:
        pictures: list of arrays `(height, width, 3)`, or `(height, width)` for gray, in [0, 1].
        titles: list of as many str, or None.
        columns: int, pictures in a row.

    Returns:
        `Figure` with one axes per picture, row by row.

    Raises:
        ValueError: if there is no picture, one is not a picture, or the numbers do not fit.

    Example:
        >>> len(picture_wall([np.zeros((2, 3, 3))] * 4, columns=2).axes)
        4
    """
    pictures = [check_picture(picture, f"pictures[{i}]") for i, picture in enumerate(pictures)]
    titles = check_titles(titles, len(pictures), "titles", "picture")
    if not pictures:
        raise ValueError("pictures must hold at least one picture; received none")
    if isinstance(columns, bool) or not isinstance(columns, int) or columns < 1:
        raise ValueError(f"columns must be a positive int; received {columns!r}")
    columns = min(columns, len(pictures))
    width = min((WIDTH - 2 * PAD - GAP * (columns - 1)) / columns, WIDEST)
    captions = [wrap(title, width) for title in titles]
    rows = [slice(start, start + columns) for start in range(0, len(pictures), columns)]
    heights = [max(width / ratio(picture) for picture in pictures[row]) for row in rows]
    below = [text_height(captions[row]) for row in rows]
    figure = sheet(2 * PAD + columns * (width + GAP) - GAP, 2 * PAD + sum(heights) + sum(below) + GAP * (len(rows) - 1))
    top = PAD
    for row, height, words in zip(rows, heights, below):
        for column, (picture, caption) in enumerate(zip(pictures[row], captions[row])):
            place(figure, picture, PAD + column * (width + GAP), top, width, height, caption, anchor="N")
        top += height + words + GAP
    return figure


def region_map(pictures, masks, titles=None):
    """Regions of one or several pictures: the picture in gray, every region under a colour of its own, with a numeral.

    Regions of the same number in two pictures have the same colour and numeral: they belong together.

    Args:
        pictures: list of arrays `(height, width, 3)` in [0, 1].
        masks: list of as many arrays `(regions, height, width)` in [0, 1], of which a pixel has the largest.
        titles: list of str, one per picture, or None.

    Returns:
        `Figure` with one axes per picture.

    Raises:
        ValueError: if there is no picture, or masks and pictures do not fit.

    Example:
        >>> len(region_map([np.zeros((4, 6, 3))], [np.stack([np.ones((4, 6)), np.zeros((4, 6))])]).axes)
        1
    """
    pictures = [check_picture(picture, f"pictures[{i}]") for i, picture in enumerate(pictures)]
    masks = list(masks)
    if not pictures or len(masks) != len(pictures):
        raise ValueError(f"masks must be one array per picture; received {len(masks)} for {len(pictures)} pictures")
    labels = [_labels(mask, picture.shape[:2], f"masks[{i}]") for i, (mask, picture) in enumerate(zip(masks, pictures))]
    titles, ratios = check_titles(titles, len(pictures), "titles", "picture"), [ratio(p) for p in pictures]
    gaps = GAP * (len(pictures) - 1)
    height = min(3.0, (WIDTH - 2 * PAD - gaps) / sum(ratios))
    captions = [wrap(title, each * height) for title, each in zip(titles, ratios)]
    figure, left = sheet(2 * PAD + gaps + height * sum(ratios), 2 * PAD + height + text_height(captions)), PAD
    for picture, label, each, caption in zip(pictures, labels, ratios, captions):
        axes = place(figure, _tinted(picture, label), left, PAD, each * height, height, caption)
        for region in np.unique(label):
            row, column = _inside(label == region)
            axes.text(column, row, str(region + 1), ha="center", va="center", fontsize=LABEL + 2, color=INK,
                      weight="bold", bbox={"boxstyle": "circle,pad=0.25", "facecolor": "white", "edgecolor": INK})
        left += each * height + GAP
    return figure


def time_lines(lines, *, y, title=None, x="frame"):
    """Numbers over time, one line for each name, named at the right.

    Args:
        lines: dict from name to a list of numbers; all of one length.
        y: str, what they are.
        title: str or None.
        x: str, what is counted.

    Returns:
        `Figure` with one axes.

    Raises:
        ValueError: if there is none, or they differ in length.

    Example:
        >>> time_lines({"raw": [1.0, 2.0]}, y="change").axes[0].get_xlabel()
        'frame'
    """
    check_dict(lines, "lines", "from name to a list of numbers")
    values = {plain(name): check_numbers(line, f"lines[{name!r}]") for name, line in lines.items()}
    lengths = sorted({len(line) for line in values.values()})
    if len(lengths) != 1 or not lengths[0]:
        raise ValueError(f"lines must be lists of one length, of at least one number; received lengths {lengths}")
    figure, (axes,) = chart(6.8, 2.9)
    for index, (name, line) in enumerate(values.items()):
        axes.plot(np.arange(1, len(line) + 1), line, color=SERIES[index % len(SERIES)], label=name, linewidth=2,
                  linestyle=DASHES[index % len(DASHES)])
    axes.set_xlim(1, max(lengths[0], 1.5))
    axes.set_ylim(0, 1.12 * max(max(line.max() for line in values.values()), 1e-9))
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=CAPTION, handlelength=3)
    name_axes(axes, x, y, title)
    return figure


def _check_covariance(matrix, name):
    matrix = np.asarray(matrix, np.float64)
    if matrix.shape != (2, 2) or not np.isfinite(matrix).all() or not np.allclose(matrix, matrix.T):
        raise ValueError(f"{name} must be a symmetric array (2, 2); received {matrix.tolist()!r:.60}")
    return matrix


def _ellipse(covariance, **options):
    # {Σ^½ u : |u| = 1}: its axes are the eigenvectors, its radii the roots of the eigenvalues.
    eigenvalues, vectors = np.linalg.eigh(covariance)
    wide, narrow = 2 * np.sqrt(eigenvalues.clip(min=0)[::-1])
    return Ellipse((0, 0), wide, narrow, angle=np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])), **options)


def _square(figure, left, top, side, reach):
    width, height = figure.get_size_inches()
    axes = figure.add_axes([left / width, 1 - (top + side) / height, side / width, side / height])
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.axhline(0, color="#e4e4e4", linewidth=0.8, zorder=0)
    axes.axvline(0, color="#e4e4e4", linewidth=0.8, zorder=0)
    return axes


def _check_step(step, number, name):
    labels, before, after = (np.asarray(each) for each in step)
    if labels.shape != (number,) or before.ndim != 2 or before.shape[1] != 2 or before.shape != after.shape:
        raise ValueError(f"{name} must be (labels of {number} points, centres (k, 2), centres (k, 2)); received shapes "
                         f"{labels.shape}, {before.shape}, {after.shape}")
    return labels, before, after


def _labels(masks, shape, name):
    masks = np.asarray(masks, np.float64)
    if masks.ndim != 3 or not len(masks) or masks.shape[1:] != shape:
        raise ValueError(f"{name} must be (regions, {shape[0]}, {shape[1]}); received shape {masks.shape}")
    return masks.argmax(axis=0)


def _tinted(picture, labels):
    gray = picture if picture.ndim == 2 else picture @ [0.299, 0.587, 0.114]
    colors = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in REGIONS])
    tinted = (1 - TINT) * gray[..., None] + TINT * colors[labels % len(REGIONS)] * (0.45 + 0.55 * gray[..., None])
    edge = np.zeros(labels.shape, bool)
    edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edge[1:] |= labels[1:] != labels[:-1]
    tinted[edge] = 1
    return tinted


def _inside(region):
    # The place farthest from the region's border, where a numeral has the most room.
    depth = distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]
    return np.unravel_index(np.argmax(depth), depth.shape)
