"""The panel that mixes: one photo, three paintings, and a weight for each of them."""

import time

import ipywidgets as widgets

from aelearn import images, transforms
from aelearn.panels.live import LivePanel
from aelearn.panels.parts import choice, columns, dropdown, fill, is_number, known, picture, row, slider
from aelearn.panels.sources import bundled, labelled, own
from aelearn.stylize import Stylizer

PAINTINGS = 3
EQUAL = (1.0,) * PAINTINGS


class MixPanel(LivePanel):
    """Paint a photo in a mixture of three styles, each as strong as its slider says.

    What counts is how large a weight is beside the others: they are scaled to sum 1, and the captions say what came
    out. A weight of 0 leaves a painting out. See `transforms.mix_moments` for the mixture.

    Args:
        stylizer: `Stylizer`.
        photos: dict from name to a picture `(height, width, 3)`, to a path, or to a function that returns a picture.
            None for the bundled photos.
        paintings: likewise. None for the bundled paintings. The first three are chosen at the start.
        size: int, longest side in pixels at which photos and paintings are used.

    Raises:
        TypeError: if `stylizer` is not a `Stylizer`.
        ValueError: if there is no photo or no painting, or `size` is not a positive int.

    Example:
        >>> import numpy as np
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer = Stylizer(build_pyramid(PyramidConfig((4, 8))))
        >>> panel = MixPanel(stylizer, {"gray": np.full((16, 16, 3), 0.5)}, {"white": np.ones((16, 16, 3))})
        >>> panel.weights = 3, 1, 0
        >>> panel.settle(60), panel.shares
        (True, (0.75, 0.25, 0.0))
        >>> panel.close()
    """

    cannot = "Cannot mix these"

    def __init__(self, stylizer, photos=None, paintings=None, *, size=256):
        if not isinstance(stylizer, Stylizer):
            raise TypeError(f"stylizer must be a Stylizer, such as Stylizer.load(); received {type(stylizer).__name__}")
        if not is_number(size, 1, float("inf"), whole=True):
            raise ValueError(f"size must be a positive int, in pixels; received {size!r}")
        self._stylizer, self._size = stylizer, int(size)
        self._photos = bundled("photo") if photos is None else own(photos, "photo")
        self._sources = bundled("painting") if paintings is None else own(paintings, "painting")
        self._styles, self._pictures = {}, {}  # of the paintings and photos seen so far, by name
        controls = self._build_controls()
        self._open([controls, row(self._build_pictures())], css="ae-mix-panel")

    def __repr__(self):
        return "MixPanel: a photo, three paintings and their weights"

    photo = choice("photo", "Name of the photo.")

    @property
    def paintings(self):
        """Names of the three paintings."""
        return tuple(each.value for each in self._painting)

    @paintings.setter
    def paintings(self, values):
        values = list(values) if isinstance(values, (list, tuple)) else []
        if len(values) != PAINTINGS:
            raise ValueError(f"paintings must be {PAINTINGS} names; received {len(values)}")
        values = [known(value, self._sources, f"paintings[{index}]") for index, value in enumerate(values)]
        with self.one_change():
            for control, value in zip(self._painting, values):
                control.value = value

    @property
    def weights(self):
        """The three weights as their sliders stand, 0 to 1."""
        return tuple(each.value for each in self._weight)

    @weights.setter
    def weights(self, values):
        shares = transforms.check_weights(values, PAINTINGS)
        with self.one_change():
            for control, value in zip(self._weight, shares):
                control.value = float(value)

    @property
    def shares(self):
        """The three weights scaled to sum 1; all 0 where no weight is above 0."""
        total = sum(self.weights)
        return tuple(weight / total if total else 0.0 for weight in self.weights)

    def reset(self, _=None):
        """All paintings weigh alike again."""
        with self.one_change():
            for control, value in zip(self._weight, EQUAL):
                control.value = value

    def _build_controls(self):
        names = list(self._sources)
        self._photo = dropdown(labelled(self._photos), "photo", "ae-photo-name")
        self._reset = widgets.Button(description="Equal weights", icon="undo", layout=widgets.Layout(width="auto"))
        self._reset.add_class("ae-reset")
        self._reset.on_click(self.reset)
        self._painting, self._weight = [], []
        for index, start in enumerate(EQUAL):
            self._painting.append(dropdown(labelled(self._sources), f"painting {index + 1}", "ae-painting-name"))
            self._painting[-1].value = names[index % len(names)]
            words = f"how much of painting {index + 1}, beside the others"
            self._weight.append(slider(f"weight {index + 1}", start, words, "ae-weight"))
        for control in (self._photo, *self._painting, *self._weight):
            control.observe(self.ask, names="value")
        pairs = [each for pair in zip(self._painting, self._weight) for each in pair]
        return columns([self._photo, self._reset, *pairs], max_width="980px")

    def _build_pictures(self):
        boxes = []
        self.painting_pictures, self._painting_captions = [], []
        for index in range(PAINTINGS):
            image, caption, box = picture(f"painting {index + 1}", css="ae-painting", width="180px")
            self.painting_pictures.append(image)
            self._painting_captions.append(caption)
            boxes.append(box)
        self.picture, self._caption, result = picture("the photo, painted", css="ae-picture", width="380px")
        result.layout.flex = "2 1 260px"
        return [*boxes, result]

    def _draw(self):
        began = time.perf_counter()
        photo, names, shares = self.photo, self.paintings, self.shares
        styles = [self._style(name) for name in names]
        style = self._stylizer.mix(styles, shares)
        painted = self._stylizer.canvas(self._load(self._photos, photo), style).paint()
        self._show(photo, names, shares, painted)
        return f"painted in {1000 * (time.perf_counter() - began):.0f} ms"

    def _show(self, photo, names, shares, painted):
        for name, share, image, caption in zip(names, shares, self.painting_pictures, self._painting_captions):
            source = self._sources[name]
            content = images.encode_jpeg(self._load(self._sources, name))
            fill(image, caption, content, source.alt, f"{share:.0%}: {source.caption}")
        parts = [f"{share:.0%} {self._sources[name].label}" for name, share in zip(names, shares) if share]
        words = f"{self._photos[photo].label}: {', '.join(parts)}"
        fill(self.picture, self._caption, images.encode_jpeg(painted), f"{words}.", words)

    def _style(self, name):
        if name not in self._styles:
            self._styles[name] = self._stylizer.style(self._load(self._sources, name))
        return self._styles[name]

    def _load(self, sources, name):
        key = sources is self._photos, name
        if key not in self._pictures:
            self._pictures[key] = sources[name].load(self._size)
        return self._pictures[key]
