"""The panel that walks in a code: move a point in a plane, and see what is decoded there."""

import threading
import time

import ipywidgets as widgets
import numpy as np

from aelearn import images, latent, plots
from aelearn.autoencoders import Autoencoder
from aelearn.panels.live import LivePanel
from aelearn.panels.parts import caption_text, columns, describe, picture, row, say

SIDE = 224  # pixels, at least, that a small picture is shown at
STEPS = 200  # of a slider from end to end


class LatentPanel(LivePanel):
    """A plane of the code with real pictures on it as numerals, and a point to move: what does the decoder make of it?

    Every move is answered at once from a grid of tiles that was decoded when the panel was made, and a moment later by
    the decoder itself, for the newest point only, so that quick moves never queue up.

    Args:
        model: an `Autoencoder` whose code is one row of two units or more.
        pictures: array `(number, height, width, channels)` in [0, 1]: real ones, whose codes are drawn.
        labels: array of as many ints from 0 to 9.
        units: two int, which units of the code span the plane; all others are 0.
        extent: (left, right, bottom, top) of the plane, or one number e for (−e, e, −e, e); None for as much as the
            codes of `pictures` take up.
        num: int, tiles along each side of the grid.

    Raises:
        TypeError: if `model` is not an `Autoencoder`.
        ValueError: if the code is no row of units, or an argument does not fit or is out of range.

    Example:
        >>> from aelearn.autoencoders import VariationalConfig, build_variational
        >>> model = build_variational(VariationalConfig((4, 4, 1), hidden=(8,)))
        >>> panel = LatentPanel(model, np.zeros((2, 4, 4, 1)), np.array([3, 7]), extent=3.0)
        >>> panel.x, panel.y = 1.5, -0.9
        >>> panel.settle(60), panel.point
        (True, (1.5, -0.9))
        >>> panel.close()
    """

    cannot = "Cannot decode this"

    def __init__(self, model, pictures, labels, *, units=(0, 1), extent=None, num=25):
        if not isinstance(model, Autoencoder):
            raise TypeError(f"model must be an Autoencoder; received {type(model).__name__}")
        self._model, self._units = model, latent.check_units(model, units)
        codes = latent.encode_all(model, pictures)
        self._pictures, self._labels = np.asarray(pictures, np.float32), np.asarray(labels)
        self._codes = codes[:, list(self._units)]  # (number, 2)
        self.extent = latent.check_extent(_reach(self._codes) if extent is None else extent)
        self._plane = plots.CodePlane(codes, self._labels, self.extent, units=self._units)
        self._tiles = latent.decode_grid(model, num, self.extent, units=self._units)
        self._lock, self._moves = threading.Lock(), 0
        self._build()
        self._show_from_grid()
        self._open([self._controls, row(self._boxes)], css="ae-latent-panel")

    def __repr__(self):
        return "LatentPanel: a point in the code, and what is decoded there"

    @property
    def x(self):
        """Value of the first unit."""
        return self._x.value

    @x.setter
    def x(self, value):
        self._x.value = _inside(value, self.extent[0], self.extent[1], "x")

    @property
    def y(self):
        """Value of the second unit."""
        return self._y.value

    @y.setter
    def y(self, value):
        self._y.value = _inside(value, self.extent[2], self.extent[3], "y")

    @property
    def point(self):
        """`(x, y)`, the values of both units."""
        return self.x, self.y

    @property
    def code(self):
        """The whole code of the point, `(units,)` float32."""
        code = np.zeros(self._model.decoder.input_shape[1], np.float32)
        code[list(self._units)] = self.point
        return code

    @property
    def nearest(self):
        """int, number of the real picture whose code is nearest in the plane."""
        return int(np.argmin(((self._codes - self.point) ** 2).sum(axis=1)))

    def tile(self):
        """The tile of the grid that is nearest to the point, `(height, width, channels)`."""
        left, right, bottom, top = self.extent
        rows, columns_ = self._tiles.shape[:2]
        column = round((self.x - left) / (right - left) * (columns_ - 1))
        line = round((top - self.y) / (top - bottom) * (rows - 1))
        return self._tiles[line, column]

    def _build(self):
        left, right, bottom, top = self.extent
        first, second = (f"unit {unit}" for unit in self._units)
        self._x, self._y = _slider(first, left, right, "ae-x"), _slider(second, bottom, top, "ae-y")
        known = sorted(set(self._labels.tolist()))
        self._go = widgets.Dropdown(options=[("…", None), *((f"a real {label}", label) for label in known)],
                                    description="go to", layout=widgets.Layout(width="auto"))
        self._go.add_class("ae-go")
        for slider in (self._x, self._y):
            slider.observe(self._moved, names="value")
        self._go.observe(self._went, names="value")
        self._controls = columns([self._x, self._y, self._go], narrowest="260px", max_width="980px")
        self.plane, self._plane_caption, plane_box = picture("the plane of the code", css="ae-plane", width="440px")
        self.picture, self._caption, box = picture("what is decoded at the point", css="ae-decoded", width="230px")
        self.neighbour, self._neighbour_caption, near_box = picture("the nearest real picture", css="ae-nearest",
                                                                    width="230px")
        caption_text(self._plane_caption, "real pictures as their labels; the ring is your point")
        plane_box.layout.flex = "2 1 300px"
        self._boxes = [plane_box, box, near_box]

    def _went(self, change):
        # To the most typical picture of a label: the one nearest to the middle of their codes.
        if change["new"] is None:
            return
        chosen = np.flatnonzero(self._labels == change["new"])
        middle = np.median(self._codes[chosen], axis=0)
        code = self._codes[chosen[np.argmin(((self._codes[chosen] - middle) ** 2).sum(axis=1))]]
        left, right, bottom, top = self.extent
        self._x.value, self._y.value = float(np.clip(code[0], left, right)), float(np.clip(code[1], bottom, top))

    def _moved(self, _):
        began = time.perf_counter()
        self._show_from_grid()
        say(self.status, f"from the grid in {1000 * (time.perf_counter() - began):.0f} ms")
        self.ask()

    def _show_from_grid(self):
        # At once, from what is already decoded.
        with self._lock:
            self._moves += 1
            self._show(self.tile(), "from the grid")
            self.plane.value = images.encode_jpeg(self._plane.at(*self.point), quality=85)
            self._show_neighbour()

    def _draw(self):
        # What the decoder itself says; nothing if the point has moved on meanwhile.
        moves = self._moves
        decoded = latent.decode_all(self._model, self.code[None])[0]
        with self._lock:
            if moves != self._moves:
                return None
            self._show(decoded, "decoded")
            return "decoded"

    def _show(self, decoded, words):
        self.picture.value = images.encode_jpeg(_enlarged(decoded))
        first, second = self._units
        caption_text(self._caption, f"{words}: unit {first} = {self.x:.2f}, unit {second} = {self.y:.2f}")
        describe(self.picture, f"What the decoder makes of ({self.x:.2f}, {self.y:.2f}).")

    def _show_neighbour(self):
        nearest = self.nearest
        distance = float(np.linalg.norm(self._codes[nearest] - self.point))
        self.neighbour.value = images.encode_jpeg(_enlarged(self._pictures[nearest]))
        caption_text(self._neighbour_caption, f"nearest real one: a {self._labels[nearest]}, {distance:.2f} away")
        describe(self.neighbour, f"The nearest real picture, a {self._labels[nearest]}.")


def _enlarged(picture):
    # Every pixel as a square block: a digit of 28 rows would be a stamp.
    times = max(1, -(-SIDE // max(picture.shape[:2])))
    picture = picture.clip(0, 1).repeat(times, axis=0).repeat(times, axis=1)
    return picture.repeat(3, axis=2) if picture.shape[2] == 1 else picture


def _reach(codes):
    low, high = np.percentile(codes, 1, axis=0), np.percentile(codes, 99, axis=0)
    room = 0.08 * (high - low) + 1e-3
    (left, bottom), (right, top) = low - room, high + room
    return left, right, bottom, top


def _slider(description, low, high, css):
    slider = widgets.FloatSlider(
        value=float(np.clip(0, low, high)), min=low, max=high, step=(high - low) / STEPS, description=description,
        readout_format=".2f", layout=widgets.Layout(width="auto"),
    )
    slider.add_class(css)
    return slider


def _inside(value, low, high, name):
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not low <= number <= high:
        raise ValueError(f"{name} must be from {low:.2f} to {high:.2f}; received {value!r}")
    return number
