"""The plane of a report card that is drawn once, on which a painted picture can then move as fast as a slider does."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from aelearn.plots.layout import check_dict, check_numbers
from aelearn.plots.look import BLUE, CAPTION, INK, MUTED, chart, name_axes, plain

SIZE = 4.6, 4.0  # inches
SEEN, DOT, RIM = 2.6, 7.5, 2.0  # pixels: radius of a dot of the trail, of the picture's dot, and its white rim


class ReportPlane:
    """Texture against content as pixels: what is to be had for nothing is drawn once, and dots can then be set on it.

    Up is more of the photo, left is more of the painting, so good is up and left. Drawing with matplotlib takes a
    tenth of a second, setting dots a few ms. A dot beyond the frame is set on its edge.

    Args:
        anchors: dict from name to (texture, edges), such as `Report.anchors()`.
        blend: list of (texture, edges), from one anchor to the other: what mixing photo and painting pixel by pixel
            gets. Drawn as a dashed line; empty for a straight one between the anchors.

    Raises:
        ValueError: if there is no anchor, or a point is not two finite numbers.

    Example:
        >>> plane = ReportPlane({"photo copied": (0.6, 1.0), "painting copied": (0.0, 0.05)})
        >>> plane.at((0.2, 0.6), trail=[(0.3, 0.5)]).shape == plane.picture.shape
        True
    """

    def __init__(self, anchors, blend=()):
        check_dict(anchors, "anchors", "from name to (texture, edges)")
        points = {str(name): check_numbers(point, f"anchors[{name!r}]", 2) for name, point in anchors.items()}
        line = [check_numbers(point, f"blend[{i}]", 2) for i, point in enumerate(blend)] or list(points.values())
        figure, (axes,) = chart(*SIZE)
        _draw(axes, points, np.array(line))
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())[..., :3]
        self.picture = pixels.astype(np.float32) / 255  # (height, width, 3)
        self._to_pixels, self._frame = axes.transData, axes.get_window_extent()
        self._rows, self._columns = np.ogrid[: self.picture.shape[0], : self.picture.shape[1]]

    def place(self, point):
        """Row and column, in pixels from the top left corner, of (texture, edges); inside the frame."""
        x, y = self._to_pixels.transform(point)
        x, y = np.clip(x, self._frame.x0, self._frame.x1), np.clip(y, self._frame.y0, self._frame.y1)
        return float(self.picture.shape[0] - y - 0.5), float(x - 0.5)  # a pixel's centre is half a pixel inside

    def at(self, point, trail=()):
        """The plane with a dot at a point, and small ones where it was before.

        Args:
            point: (texture, edges).
            trail: list of such.

        Returns:
            Array `(height, width, 3)` float32 in [0, 1].
        """
        picture = self.picture.copy()
        for seen in trail:
            self._set(picture, seen, SEEN, to_rgb(MUTED))
        self._set(picture, point, DOT + RIM, (1.0, 1.0, 1.0))
        self._set(picture, point, DOT, to_rgb(BLUE))
        return picture

    def _set(self, picture, point, radius, color):
        row, column = self.place(point)
        distance = np.hypot(self._rows - row, self._columns - column)
        cover = np.clip(radius + 0.5 - distance, 0, 1)[..., None].astype(np.float32)  # a smooth edge
        picture += cover * (np.array(color, np.float32) - picture)


def _draw(axes, anchors, line):
    points = np.vstack([line, *anchors.values()])
    right, low = 1.15 * max(points[:, 0].max(), 1e-3), min(0.0, points[:, 1].min())
    axes.set(xlim=(-0.06 * right, right), ylim=(low - 0.1, 1.1))
    name_axes(axes, "texture distance, to the painting", "edge correlation, to the photo")
    axes.plot(*line.T, linestyle=(0, (5, 3)), color=MUTED, linewidth=1.2)
    middle = line[len(line) // 2] if len(line) > 2 else line.mean(axis=0)
    note = {"fontsize": CAPTION, "color": MUTED, "style": "italic"}
    axes.annotate("both, blended", middle, (-7, 3), textcoords="offset points", ha="right", **note)
    axes.annotate("more paint,\nmore photo", (0.02, 0.985), xycoords="axes fraction", va="top", **note)
    for name, (x, y) in anchors.items():
        at_right = x > right / 2
        shift = (-9, 0) if at_right else (9, -8)
        axes.plot(x, y, marker="*", markersize=13, color=INK, markeredgecolor="white")
        axes.annotate(plain(name), (x, y), shift, textcoords="offset points", fontsize=CAPTION, color=INK,
                      va="center", ha="right" if at_right else "left", parse_math=False)
