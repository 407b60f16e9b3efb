"""The report card of a style transfer as a figure: paint against photo, with what is to be had for nothing."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from aelearn.plots.layout import check_dict, check_numbers
from aelearn.plots.look import (
    BLUE,
    CAPTION,
    GREEN,
    INK,
    LABEL,
    MUTED,
    ORANGE,
    PURPLE,
    RULE,
    VERMILLION,
    WIDTH,
    chart,
    name_axes,
    plain,
    text_width,
    wrap,
)

LINE = 0.27  # inches, from one bar to the next
SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))  # right, up: where a label may stand
MISTAKEN = 0.02  # square inches: what it costs a text to stand nearer to a point that is not its own
OTHERS = ((VERMILLION, "s"), (GREEN, "^"), (PURPLE, "D"), (ORANGE, "v"), (INK, "X"), (MUTED, "P"))


def report(styles, anchors, *, copied=None, others=None, name="mean", title=None):
    """Texture against content as a plane, one numbered dot per style, and the same styles as bars.

    Up is more of the photo, left is more of the painting, so good is up and left. The dashed line joins the two
    anchors, a photo and a painting that were only copied: what lies on it could be had without any painting at all.

    Args:
        styles: dict from a style's name to (texture, edges), such as `Report.styles()`.
        anchors: dict from name to (texture, edges), such as `Report.anchors()`.
        copied: dict from the same styles to the texture distance of the photos, copied, such as `Report.copied()`;
            marked in the bars. Or None.
        others: dict from the name of another system to its mean (texture, edges), or None.
        name: str, how to call the mean of the styles, such as the model's name.
        title: str or None.

    Returns:
        `Figure` with three axes: the plane, bars of texture, bars of edges.

    Raises:
        ValueError: if there is no style, a point is not two finite numbers, or `copied` has other styles.

    Example:
        >>> anchors = {"photo copied": (0.6, 1.0), "painting copied": (0.0, 0.05)}
        >>> figure = report({"wave": (0.2, 0.6), "night": (0.3, 0.5)}, anchors)
        >>> [axes.get_xlabel().split(",")[0] for axes in figure.axes]
        ['texture distance', 'texture distance', 'edge correlation']
    """
    styles, anchors = _points(styles, "styles"), _points(anchors, "anchors")
    others = _points(others, "others") if others else {}
    copied = {} if copied is None else copied
    if copied and list(copied) != list(styles):
        raise ValueError(f"copied must have the same styles, {list(styles)}; received {list(copied)}")
    ordered = dict(sorted(styles.items(), key=lambda item: item[1][0]))
    height = max(4.3, 1.5 + LINE * len(ordered))
    figure, (plane, texture, edges) = chart(WIDTH, height, 3, width_ratios=(2.1, 1, 0.75))
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=LABEL, color=INK, parse_math=False)
    name_axes(plane, "texture distance, to the painting", "edge correlation, to the photo")
    names = [f"{wrap(plain(style), 1.5)}  {number}" for number, style in enumerate(ordered, start=1)]
    marks = [copied[style] for style in ordered] if copied else []
    _draw_bars(texture, [point[0] for point in ordered.values()], names, check_numbers(marks, "copied"))
    _draw_bars(edges, [point[1] for point in ordered.values()], [""] * len(names), np.zeros(0))
    name_axes(texture, "texture distance", "")
    name_axes(edges, "edge correlation", "")
    _draw_plane(plane, ordered, anchors, others, name)  # last: its labels are placed on the finished page
    return figure


def _points(points, name):
    check_dict(points, name, "from name to (texture, edges)")
    return {str(key): check_numbers(point, f"{name}[{key!r}]", 2) for key, point in points.items()}


def _draw_plane(axes, styles, anchors, others, name):
    points = np.array([*styles.values(), *anchors.values(), *others.values()])
    right, low = 1.12 * points[:, 0].max(), min(0.0, points[:, 1].min())
    axes.set(xlim=(-0.06 * right, right), ylim=(low - 0.06, max(1.0, points[:, 1].max()) + 0.09))
    axes.plot(*np.array(list(anchors.values())).T, linestyle=(0, (5, 3)), color=MUTED, linewidth=1.2, zorder=1)
    axes.annotate("more paint,\nmore photo", (0.02, 0.985), xycoords="axes fraction", va="top", fontsize=CAPTION,
                  color=MUTED, style="italic")
    axes.scatter(*np.array(list(styles.values())).T, s=22, facecolor="white", edgecolor=BLUE, linewidth=1.4, zorder=5)
    marks = [(plain(name), np.mean(list(styles.values()), axis=0), BLUE, "o", 11)]
    marks += [(plain(other), point, *look, 8) for (other, point), look in zip(others.items(), OTHERS * len(others))]
    marks += [(plain(anchor), point, MUTED, "*", 13) for anchor, point in anchors.items()]
    for _, point, color, marker, size in marks:
        axes.plot(*point, marker=marker, markersize=size, color=color, markeredgecolor="white", zorder=4)
    labels = [(text, point, CAPTION) for text, point, *_ in marks]
    labels += [(str(number), point, CAPTION - 1.5) for number, point in enumerate(styles.values(), start=1)]
    _write_labels(axes, labels, np.vstack([points, marks[0][1]]))


def _write_labels(axes, labels, points):
    """Every text beside its point, nearer to it than to others, where it covers least of points and of texts before."""
    figure = axes.figure
    figure.draw_without_rendering()  # fixes the scale
    inches = axes.transData.transform(points) / figure.dpi
    taken = [(x - 0.05, y - 0.05, x + 0.05, y + 0.05) for x, y in inches]
    frame = axes.get_window_extent().extents / figure.dpi
    taken.append((frame[0], frame[3] - 0.4, frame[0] + 1, frame[3]))  # the words in the corner
    for number, (text, point, size) in enumerate(labels):
        x, y = axes.transData.transform(point) / figure.dpi
        width, height = text_width(text, size) * (1 if number else 1.12), 1.15 * size / 72  # the first is bold
        boxes = [_box(x, y, width, height, *side) for side in SIDES]
        costs = [sum(_common(box, other) for other in taken) + 9 * _outside(box, frame)
                 + MISTAKEN * _nearer(box, (x, y), inches) for box in boxes]
        best = boxes[int(np.argmin(costs))]
        taken.append((best[0] - 0.06, best[1], best[2] + 0.06, best[3]))  # two texts in a row shall not read as one
        axes.annotate(text, point, ((best[0] - x) * 72, (best[1] - y) * 72), textcoords="offset points", fontsize=size,
                      color=INK, weight="normal" if number else "bold", parse_math=False, zorder=2, va="bottom",
                      bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.3})


def _box(x, y, width, height, right, up):
    # (left, bottom, right, top) of a text at one of the sides of a point; 0 stands for centred.
    left = x + {1: 0.1, 0: -width / 2, -1: -0.1 - width}[right]
    bottom = y + {1: 0.07, 0: -height / 2, -1: -0.07 - height}[up]
    return left, bottom, left + width, bottom + height


def _nearer(box, own, points):
    # How many points are nearer to the middle of a text than its own, so that it would be taken for theirs.
    middle = np.array([box[0] + box[2], box[1] + box[3]]) / 2
    return np.sum(np.hypot(*(points - middle).T) < np.hypot(*(own - middle)) - 1e-6)


def _common(one, other):
    # Area that two boxes share.
    sides = [min(one[axis + 2], other[axis + 2]) - max(one[axis], other[axis]) for axis in (0, 1)]
    return max(sides[0], 0) * max(sides[1], 0)


def _outside(box, frame):
    return (box[2] - box[0]) * (box[3] - box[1]) - _common(box, frame)


def _draw_bars(axes, values, names, marks):
    places = np.arange(len(values))
    axes.grid(False, axis="y")
    axes.barh(places, values, height=0.66, color=BLUE)
    largest = max([*values, *marks, 1e-9])
    if len(marks):
        axes.vlines(marks, places - 0.38, places + 0.38, color=INK, linewidth=2)
        axes.annotate("line: the photo, copied", (1, 1.01), xycoords="axes fraction", ha="right", fontsize=CAPTION,
                      color=MUTED)
    for place, value in zip(places, values):
        inside = value > 0.45 * largest
        axes.text(value - 0.02 * largest if inside else max(value, 0) + 0.03 * largest, place, f"{value:.2f}",
                  ha="right" if inside else "left", va="center", fontsize=CAPTION, color="white" if inside else INK,
                  bbox=None if inside else {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5})
    axes.set(yticks=places, yticklabels=names, ylim=(len(values) - 0.4, -0.6), xlim=(min(0, *values), 1.08 * largest))
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(3))
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.axvline(0, color=RULE, linewidth=1)
