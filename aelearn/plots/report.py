"""The report card of a style transfer as a figure: paint against photo, with what is to be had for nothing."""

import numpy as np

from aelearn.plots.layout import check_dict, check_numbers
from aelearn.plots.look import (
    BLUE,
    CAPTION,
    GREEN,
    INK,
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
)

LINE = 0.27  # inches, from one bar to the next
OTHERS = ((VERMILLION, "s"), (GREEN, "^"), (PURPLE, "D"), (ORANGE, "v"), (INK, "X"), (MUTED, "P"))


def report(styles, anchors, *, copied=None, others=None, name="mean", title=None):
    """Texture against content as a plane, one numbered dot per style, and the same styles as bars.

    Up is more of the photo, left is more of the painting, so good is up and left. The dashed line joins the two
    anchors, a photo and a painting that were only copied: what lies on it could be had without any painting at all.

    Args:
        styles: dict from a style's name to (texture, edges), such as `Report.styles()`.
        anchors: dict from name to (texture, edges), such as `Report.anchors()`.
        copied: dict from the same styles to the texture distance of the photo, copied; marked in the bars. Or None.
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
    _draw_plane(plane, ordered, anchors, others, name)
    names = [f"{plain(style)}  {number}" for number, style in enumerate(ordered, start=1)]
    marks = [copied[style] for style in ordered] if copied else []
    _draw_bars(texture, [point[0] for point in ordered.values()], names, check_numbers(marks, "copied"))
    _draw_bars(edges, [point[1] for point in ordered.values()], [""] * len(names), np.zeros(0))
    name_axes(plane, "texture distance, to the painting", "edge correlation, to the photo", title)
    name_axes(texture, "texture distance", "")
    name_axes(edges, "edge correlation", "")
    return figure


def _points(points, name):
    check_dict(points, name, "from name to (texture, edges)")
    return {str(key): check_numbers(point, f"{name}[{key!r}]", 2) for key, point in points.items()}


def _draw_plane(axes, styles, anchors, others, name):
    points = np.array([*styles.values(), *anchors.values(), *others.values()])
    right, low = 1.12 * points[:, 0].max(), min(0.0, points[:, 1].min())
    axes.set(xlim=(-0.06 * right, right), ylim=(low - 0.04, max(1.0, points[:, 1].max()) + 0.09))
    axes.plot(*np.array(list(anchors.values())).T, linestyle=(0, (5, 3)), color=MUTED, linewidth=1.2, zorder=1)
    for anchor, point in anchors.items():
        _mark(axes, point, plain(anchor), MUTED, "*", 13)
    for (other, point), (color, marker) in zip(others.items(), OTHERS * len(others)):
        _mark(axes, point, plain(other), color, marker, 8)
    axes.scatter(*np.array(list(styles.values())).T, s=26, facecolor="white", edgecolor=BLUE, linewidth=1.4, zorder=3)
    _number(axes, styles)
    _mark(axes, np.mean(list(styles.values()), axis=0), plain(name), BLUE, "o", 11, weight="bold")
    axes.annotate("more paint,\nmore photo", (0.02, 0.985), xycoords="axes fraction", va="top", fontsize=CAPTION,
                  color=MUTED, style="italic")


def _mark(axes, point, text, color, marker, size, weight="normal"):
    # A name on the side that has room: on the left of what lies far right.
    axes.plot(*point, marker=marker, markersize=size, color=color, markeredgecolor="white", markeredgewidth=1,
              linestyle="none", zorder=4)
    low, high = axes.get_xlim()
    room = axes.figure.get_size_inches()[0] * 0.42 * (high - point[0]) / (high - low)
    right = room > text_width(text) + 0.15
    axes.annotate(text, point, (9 if right else -9, 0), textcoords="offset points", ha="left" if right else "right",
                  va="center", fontsize=CAPTION, color=INK, weight=weight, parse_math=False, zorder=6,
                  bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1})


def _number(axes, styles):
    for number, point in enumerate(styles.values(), start=1):
        axes.annotate(str(number), point, (0, 5), textcoords="offset points", ha="center", fontsize=CAPTION - 1,
                      color=INK, zorder=5)


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
    axes.axvline(0, color=RULE, linewidth=1)
