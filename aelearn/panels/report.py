"""The panel that judges: paint, and see at once where the picture lies between photo and painting."""

import time

import ipywidgets as widgets

from aelearn import evaluate, images, plots
from aelearn.evaluate.card import SMALLEST
from aelearn.panels.live import LivePanel
from aelearn.panels.parts import choice, columns, dropdown, fill, is_number, named, picture, row, slider
from aelearn.panels.sources import bundled, labelled, own
from aelearn.panels.style import DEFAULT_METHOD, METHOD_NAMES
from aelearn.stylize import Stylizer
from aelearn.transforms import METHODS, check_alpha

BLENDS = (0.25, 0.5, 0.75)  # shares of the painting, mixed with the photo pixel by pixel
LONGEST_TRAIL = 80


class ReportPanel(LivePanel):
    """A report card that answers while a slider moves: a painted photo, and its place on the texture–content plane.

    The plane has the two free anchors, the photo copied and the painting copied, and what blending the two pixel by
    pixel gets. The blue dot is the painted picture; small dots are where it has been for this photo and this painting,
    with whatever model, method or strength. Pictures are the middle squares, as `evaluate.evaluate` judges them.

    Args:
        stylizers: `Stylizer`, or a dict from name to such.
        photos: dict from name to a picture `(height, width, 3)`, to a path, or to a function that returns a picture.
            None for the bundled photos.
        paintings: likewise. None for the bundled paintings.
        size: int, 32 or more, the side in pixels at which photos and paintings are used.

    Raises:
        TypeError: if a stylizer is none.
        ValueError: if there is no stylizer, no photo or no painting, or `size` is no such int.

    Example:
        >>> import numpy as np
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer = Stylizer(build_pyramid(PyramidConfig((4, 8))))
        >>> panel = ReportPanel(stylizer, {"gray": np.full((32, 32, 3), 0.5)}, {"white": np.ones((32, 32, 3))}, size=32)
        >>> panel.alpha = 0.3
        >>> panel.settle(60), len(panel.trail)
        (True, 2)
        >>> panel.close()
    """

    cannot = "Cannot judge this"

    def __init__(self, stylizers, photos=None, paintings=None, *, size=256):
        self._stylizers = _check_stylizers(stylizers)
        if not is_number(size, SMALLEST, float("inf"), whole=True):
            raise ValueError(f"size must be an int of {SMALLEST} or more, in pixels; received {size!r}")
        self._size = int(size)
        self._photos = bundled("photo") if photos is None else own(photos, "photo")
        self._paintings = bundled("painting") if paintings is None else own(paintings, "painting")
        self._pair, self._canvas = (None, None), (None, None)
        self._open([self._build_controls(), row(self._build_pictures())], css="ae-report-panel")

    def __repr__(self):
        return "ReportPanel: a painted photo and its place between photo and painting"

    model = choice("model", "Name of the stylizer.")
    photo = choice("photo", "Name of the photo.")
    painting = choice("painting", "Name of the painting.")
    method = choice("method", "Name of the map between the statistics, a key of `transforms.METHODS`.")

    @property
    def alpha(self):
        """Strength of the transfer, 0 to 1."""
        return self._alpha.value

    @alpha.setter
    def alpha(self, value):
        self._alpha.value = check_alpha(value)

    @property
    def trail(self):
        """list of (texture, edges) that were shown for this photo and this painting, the newest last."""
        pair = self._pair[1]  # once: the panel's own thread may be putting another one there
        return list(pair.trail) if pair else []

    def _build_controls(self):
        names = [(str(name).replace("_", " "), name) for name in self._stylizers]
        self._model = dropdown(names, "model", "ae-model")
        self._photo = dropdown(labelled(self._photos), "photo", "ae-photo-name")
        self._painting = dropdown(labelled(self._paintings), "painting", "ae-painting-name")
        options = [(METHOD_NAMES.get(name, name.replace("_", " ")), name) for name in METHODS]
        self._method = widgets.ToggleButtons(options=options, value=DEFAULT_METHOD, style={"button_width": "auto"},
                                             layout=widgets.Layout(width="auto"))
        self._method.add_class("ae-method")
        self._alpha = slider("alpha", 1.0, "strength of the transfer", "ae-alpha")
        choices = [*([self._model] if len(names) > 1 else []), self._photo, self._painting]
        for control in (self._model, self._photo, self._painting, self._method, self._alpha):
            control.observe(self.ask, names="value")
        controls = [columns([*choices, self._alpha], max_width="980px"), named("method", self._method)]
        return widgets.VBox(controls, layout=widgets.Layout(width="100%"))

    def _build_pictures(self):
        self.painting_picture, self._painting_caption, first = picture("the painting", css="ae-painting", width="220px")
        self.picture, self._caption, second = picture("the photo, painted", css="ae-picture")
        self.plane, self._plane_caption, third = picture("texture against content", css="ae-plane", width="460px",
                                                         kind="png")
        third.layout.flex = "1 1 330px"
        return [first, second, third]

    def _draw(self):
        began = time.perf_counter()
        model, method, alpha = self.model, self.method, self.alpha
        pair = self._present_pair()
        painted = self._present_canvas(model, pair).paint(alpha=alpha, method=method)
        texture, edges = pair.judge(painted)
        said = f"{METHOD_NAMES.get(method, method)}, alpha {alpha:.2f}"
        fill(self.picture, self._caption, images.encode_jpeg(painted), f"{pair.words}, {said}", said)
        self._show_place(pair, (texture, edges))
        return f"painted and judged in {1000 * (time.perf_counter() - began):.0f} ms"

    def _show_place(self, pair, point):
        free = pair.anchors["photo copied"][0], pair.anchors["painting copied"][1]
        said = (f"texture distance {point[0]:.2f} (the photo, copied: {free[0]:.2f}), edge correlation {point[1]:.2f} "
                f"(the painting, copied: {free[1]:.2f})")
        drawn = pair.plane.at(point, pair.trail)
        fill(self.plane, self._plane_caption, images.encode_png(drawn), said)
        pair.remember(point)

    def _present_pair(self):
        names = self.photo, self.painting
        if self._pair[0] != names:
            self._pair = None, None
            photo, painting = self._photos[names[0]], self._paintings[names[1]]
            squares = (evaluate.square(source.load(2 * self._size), self._size) for source in (photo, painting))
            pair = _Pair(*squares, f"{photo.label}, painted in the style of {painting.label}")
            fill(self.painting_picture, self._painting_caption, images.encode_jpeg(pair.painting), painting.alt,
                 painting.caption)
            self._pair = names, pair
        return self._pair[1]

    def _present_canvas(self, model, pair):
        if self._canvas[0] != (model, pair):
            self._canvas = (model, pair), self._stylizers[model].canvas(pair.photo, pair.painting)
        return self._canvas[1]


class _Pair:
    # A photo and a painting, with all that the judges need to know of them, and the plane they span.
    def __init__(self, photo, painting, words):
        self.photo, self.painting, self.words, self.trail = photo, painting, words, []
        self._grams = evaluate.grams(painting, "painting")
        self.anchors = {"photo copied": self.judge(photo), "painting copied": self.judge(painting)}
        between = [self.judge((1 - share) * photo + share * painting) for share in BLENDS]
        blend = [self.anchors["photo copied"], *between, self.anchors["painting copied"]]
        self.plane = plots.ReportPlane(self.anchors, blend)

    def judge(self, image):
        """(texture, edges) of a picture of the size of the photo."""
        texture = evaluate.gram_distance(evaluate.grams(image), self._grams)
        return texture, evaluate.edge_correlation(self.photo, image)

    def remember(self, point):
        self.trail = [*self.trail, point][-LONGEST_TRAIL:]


def _check_stylizers(stylizers):
    found = dict(stylizers) if hasattr(stylizers, "items") else {getattr(stylizers, "name", "model"): stylizers}
    if not found:
        raise ValueError("stylizers must be a Stylizer, or a dict with at least one; received {}")
    for name, stylizer in found.items():
        if not isinstance(stylizer, Stylizer):
            raise TypeError(f"stylizers must be Stylizers, such as Stylizer.load(); {name!r} is a "
                            f"{type(stylizer).__name__}")
    return found
