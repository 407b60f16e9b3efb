"""The panel that paints: choose a photo and a painting, move the sliders, and watch."""

import time

import ipywidgets as widgets

from aelearn import images
from aelearn.panels.live import LivePanel
from aelearn.panels.parts import caption_text, choice, columns, describe, dropdown, fill, named, picture, row, slider
from aelearn.panels.sources import bundled, labelled, own
from aelearn.stylize import Stylizer
from aelearn.transforms import METHODS, check_alpha

METHOD_NAMES = {
    "adain": "AdaIN",
    "whitening_coloring": "whitening-colouring",
    "optimal_transport": "optimal transport",
    "cholesky": "Cholesky",
}
DEFAULT_METHOD = "optimal_transport"


class StylePanel(LivePanel):
    """Paint a photo in the style of a painting, with every control of the transfer at hand.

    It shows photo, painting and result, and paints anew whenever a control changes: only the newest setting, so that
    quick moves of a slider never queue up. What goes wrong is said in the status line.

    Args:
        stylizer: `Stylizer`.
        photos: dict from name to a picture `(height, width, 3)`, to a path, or to a function that returns a picture.
            None for the bundled photos.
        paintings: likewise. None for the bundled paintings.
        size: int, longest side in pixels at which photos and paintings are used.

    Raises:
        TypeError: if `stylizer` is not a `Stylizer`.
        ValueError: if there is no photo or no painting, or `size` is not a positive int.

    Example:
        >>> import numpy as np
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer = Stylizer(build_pyramid(PyramidConfig((4, 8))))
        >>> panel = StylePanel(stylizer, {"gray": np.full((16, 16, 3), 0.5)}, {"white": np.ones((16, 16, 3))})
        >>> panel.alpha = 0.3
        >>> panel.settle(60)
        True
        >>> panel.close()
    """

    cannot = "Cannot paint this"

    def __init__(self, stylizer, photos=None, paintings=None, *, size=256):
        if not isinstance(stylizer, Stylizer):
            raise TypeError(f"stylizer must be a Stylizer, such as Stylizer.load(); received {type(stylizer).__name__}")
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ValueError(f"size must be a positive int, in pixels; received {size!r}")
        self._stylizer, self._size = stylizer, size
        self._photos = bundled("photo") if photos is None else own(photos, "photo")
        self._paintings = bundled("painting") if paintings is None else own(paintings, "painting")
        self._shown, self._canvas, self._styles = None, None, {}
        self._build_controls()
        self._build_pictures()
        self._open([self._controls, row(self._boxes)], css="ae-style-panel")

    def __repr__(self):
        return "StylePanel: photo, painting, method and strength"

    @property
    def alpha(self):
        """Strength of the whole transfer, 0 to 1."""
        return self._alpha.value

    @alpha.setter
    def alpha(self, value):
        self._alpha.value = check_alpha(value)

    @property
    def level_alphas(self):
        """dict from level to its own strength, 0 to 1. Setting some levels leaves the others as they are."""
        return {level: slider.value for level, slider in self._level_alpha.items()}

    @level_alphas.setter
    def level_alphas(self, values):
        if not isinstance(values, dict):
            raise ValueError(f"level_alphas must be a dict from level to strength; received {values!r:.80}")
        unknown = set(values) - set(self._level_alpha)
        if unknown:
            raise ValueError(f"level_alphas must have levels from 1 to {len(self._level_alpha)}; received {values!r}")
        values = {level: check_alpha(value, f"level_alphas[{level}]") for level, value in values.items()}
        with self.one_change():
            for level, value in values.items():
                self._level_alpha[level].value = value

    method = choice("method", "Name of the map between the statistics, a key of `transforms.METHODS`.")
    photo = choice("photo", "Name of the photo.")
    painting = choice("painting", "Name of the painting.")

    def reset(self, _=None):
        """Put method and strengths back to where they were; photo and painting stay."""
        with self.one_change():
            self._method.value, self._alpha.value = DEFAULT_METHOD, 1.0
            for level, value in self._stylizer.default_level_alpha().items():
                self._level_alpha[level].value = value

    def _build_controls(self):
        self._photo = dropdown(labelled(self._photos), "photo", "ae-photo-name")
        self._painting = dropdown(labelled(self._paintings), "painting", "ae-painting-name")
        options = [(METHOD_NAMES.get(name, name.replace("_", " ")), name) for name in METHODS]
        self._method = widgets.ToggleButtons(options=options, value=DEFAULT_METHOD, style={"button_width": "auto"},
                                             layout=widgets.Layout(width="auto"))
        self._method.add_class("ae-method")
        self._alpha = slider("alpha", 1.0, "strength of the whole transfer", "ae-alpha")
        self._level_alpha = {
            level: slider(f"level {level}", value, f"strength at level {level}: 1 is the finest", "ae-level-alpha")
            for level, value in self._stylizer.default_level_alpha().items()
        }
        self._reset = widgets.Button(description="Reset", icon="undo", tooltip="method and strengths as at the start",
                                     layout=widgets.Layout(width="auto"))
        self._reset.add_class("ae-reset")
        self._reset.on_click(self.reset)
        for control in (self._photo, self._painting, self._method, self._alpha, *self._level_alpha.values()):
            control.observe(self.ask, names="value")
        self._controls = widgets.VBox(
            [columns([self._photo, self._painting], max_width="980px"), named("method", self._method),
             columns([self._alpha, named("", self._reset), *self._level_alpha.values()], max_width="980px")],
            layout=widgets.Layout(width="100%"),
        )

    def _build_pictures(self):
        self.photo_picture, self._photo_caption, photo_box = picture("the photo", css="ae-photo")
        self.painting_picture, self._painting_caption, painting_box = picture("the painting", css="ae-painting")
        self.picture, self._caption, result_box = picture("the photo, painted", css="ae-picture")
        self._boxes = [photo_box, painting_box, result_box]

    def _draw(self):
        began = time.perf_counter()
        self._paint()
        return f"painted in {1000 * (time.perf_counter() - began):.0f} ms"

    def _in_words(self, error):
        kept = " The picture is still the one before." if self.picture.value else ""
        return f"{super()._in_words(error)}.{kept}"

    def _paint(self):
        method, alpha = self.method, self.alpha
        result = self._present_canvas().paint(alpha=alpha, level_alpha=self.level_alphas, method=method)
        self.picture.value = images.encode_jpeg(result)
        caption_text(self._caption, f"{METHOD_NAMES.get(method, method)}, alpha {alpha:.2f}")

    def _present_canvas(self):
        names = self.photo, self.painting
        if names != self._shown:
            self._shown = None
            photo, painting = self._photos[names[0]], self._paintings[names[1]]
            photo_image, painting_image = photo.load(self._size), painting.load(self._size)
            if names[1] not in self._styles:
                self._styles[names[1]] = self._stylizer.style(painting_image)
            self._canvas = self._stylizer.canvas(photo_image, self._styles[names[1]])
            fill(self.photo_picture, self._photo_caption, images.encode_jpeg(photo_image), photo.alt, photo.caption)
            fill(self.painting_picture, self._painting_caption, images.encode_jpeg(painting_image), painting.alt,
                 painting.caption)
            describe(self.picture, f"{photo.label}, painted in the style of {painting.label}.")
            self._shown = names
        return self._canvas
