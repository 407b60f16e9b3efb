"""The controls of the studio: one widget for every setting, read as one record and set as one."""

from dataclasses import replace

import ipywidgets as widgets

from aelearn.panels.parts import columns
from aelearn.panels.studio.files import MOST_BYTES
from aelearn.panels.studio.settings import COLORS, CORNERS, MOST_MODES, SIZES, StudioSettings
from aelearn.panels.studio.widgets import Brush, Triangle, Upload
from aelearn.panels.style import METHOD_NAMES
from aelearn.transforms import METHODS

COLOR_NAMES = {
    "painting": "the painting's",
    "photo": "the photo's",
    "matched": "the photo's, matched before",
    "palette": "the painting's, no strokes",
}
ROUNDING, STEP = 1e-6, 0.01
REGION_NAMES = {"whole": "none", "automatic": "automatic", "painted": "painted by hand"}


class Controls:
    """Every control of the studio, and the sections that they stand in.

    Args:
        photos: dict from name to `Source`.
        paintings: likewise.
        level_alpha: dict from level to the model's own strength.
        start: `StudioSettings` to begin with.
        changed: function without arguments, called whenever a setting changes.
        painted: function without arguments, called when a region was painted by hand.
        receive: function of "photo" or "painting", the bytes of a file and its name; returns what to say.

    Example:
        >>> from aelearn.panels.sources import own
        >>> photos, paintings = own({"cat": 0}, "photo"), own({"wave": 0, "night": 0, "lion": 0}, "painting")
        >>> start = StudioSettings("cat", ("wave", "night", "lion"), level_alpha={1: 1.0}, alpha=0.5)
        >>> controls = Controls(photos, paintings, {1: 1.0}, start, print, print, print)
        >>> controls.read() == start
        True
    """

    def __init__(self, photos, paintings, level_alpha, start, changed, painted, receive):
        self._changed, self._linking, self._weights = changed, False, start.weights
        self.level_alpha, self.start = dict(level_alpha), start
        self.photo = _dropdown(_names(photos), "photo", "ae-photo-name")
        self.styles = [_dropdown(_names(paintings), f"style {corner}", f"ae-style-{corner.lower()}")
                       for corner in CORNERS]
        self.uploads = {kind: Upload(f"your own {kind}", lambda content, name, kind=kind: receive(kind, content, name),
                                     most_bytes=MOST_BYTES) for kind in ("photo", "painting")}
        self.triangle = Triangle()
        self.weights = [_slider(f"weight {corner}", "ae-weight") for corner in CORNERS]
        self.alpha = _slider("alpha", "ae-alpha", "strength of the whole transfer")
        self.levels = {level: _slider(f"level {level}", "ae-level-alpha", "1 is the finest") for level in level_alpha}
        self.method = _dropdown([(METHOD_NAMES.get(name, name), name) for name in METHODS], "method", "ae-method")
        self.stroke = widgets.FloatLogSlider(value=1, base=2, min=-2, max=2, step=0.1, description="stroke",
                                             readout_format=".2f", layout=widgets.Layout(width="auto"))
        self.color = _dropdown([(COLOR_NAMES[name], name) for name in COLORS], "colours", "ae-color")
        self.modes = widgets.IntSlider(value=1, min=1, max=MOST_MODES, description="modes",
                                       layout=widgets.Layout(width="auto"))
        self.regions = _dropdown([(text, name) for name, text in REGION_NAMES.items()], "regions", "ae-regions")
        self.num_regions = widgets.IntSlider(value=2, min=2, max=3, description="how many",
                                             layout=widgets.Layout(width="auto"))
        self.strengths = [_slider(f"strength {corner}", "ae-strength") for corner in CORNERS]
        self.brush = Brush()
        self.size = _dropdown([(f"{size} pixels", size) for size in SIZES], "size", "ae-size")
        self.stroke.add_class("ae-stroke")
        self.modes.add_class("ae-modes")
        self.write(start)
        self._watch(painted)

    def sections(self):
        """The sections, each a widget with its heading: list."""
        self._mixture = _section("Mixture of A, B and C", [self.triangle, columns(self.weights)])
        self._level_box = columns(list(self.levels.values()))
        self._modes_note = widgets.HTML("<i>Modes and regions paint every level at full strength.</i>")
        self._number_box, self._brush_box = self.num_regions, widgets.VBox([columns(self.strengths),
                                                                            self.brush])
        sections = [
            _section("Pictures", [self.photo, self.uploads["photo"], *self.styles, self.uploads["painting"]]),
            self._mixture,
            _section("Strength", [self.alpha, self._level_box, self._modes_note, self.method]),
            _section("Hand and colours", [self.stroke, self.color, self.modes]),
            _section("Regions", [self.regions, self._number_box, self._brush_box]),
        ]
        self.fit()
        return sections

    def fit(self):
        """Show the controls that matter with the present settings, and hide the others."""
        whole, one = self.regions.value == "whole", self.modes.value == 1
        _visible(self._mixture, whole)
        _visible(self.modes, whole)
        _visible(self._level_box, whole and one, display="grid")
        _visible(self._modes_note, not (whole and one))
        _visible(self._number_box, self.regions.value == "automatic")
        _visible(self._brush_box, not whole)

    def read(self):
        """The settings that the controls show: `StudioSettings`."""
        return StudioSettings(
            photo=self.photo.value, styles=tuple(style.value for style in self.styles),
            weights=self._weights, alpha=self.alpha.value,
            level_alpha={level: slider.value for level, slider in self.levels.items()}, method=self.method.value,
            stroke=self.stroke.value, color=self.color.value, modes=self.modes.value, regions=self.regions.value,
            num_regions=self.num_regions.value, strengths=tuple(slider.value for slider in self.strengths),
            size=self.size.value,
        )

    def write(self, settings):
        """Have the controls show these settings.

        Args:
            settings: `StudioSettings`, checked.
        """
        for name in ("photo", "alpha", "method", "stroke", "color", "modes", "regions", "num_regions", "size"):
            getattr(self, name).value = getattr(settings, name)
        level_alpha = settings.level_alpha or self.level_alpha
        pairs = [*zip(self.styles, settings.styles), *zip(self.strengths, settings.strengths),
                 *((slider, level_alpha[level]) for level, slider in self.levels.items())]
        for control, value in pairs:
            control.value = value
        self._set_weights(settings.weights)

    def reset(self):
        """Everything as at the start, but photo and styles."""
        self.write(replace(self.start, photo=self.photo.value, styles=tuple(s.value for s in self.styles)))

    def add(self, kind, name, label):
        """Put one more picture into the lists, and choose it: a painting as style A.

        Args:
            kind: "photo" or "painting".
            name: str.
            label: str, shown in the list.
        """
        for control in [self.photo] if kind == "photo" else self.styles:
            chosen = control.value
            control.options = [*control.options, (label, name)]  # which chooses the first
            control.value = chosen
        (self.photo if kind == "photo" else self.styles[0]).value = name

    def _watch(self, painted):
        controls = [self.photo, *self.styles, self.alpha, *self.levels.values(), self.method, self.stroke, self.color,
                    self.modes, self.regions, self.num_regions, *self.strengths, self.size]
        for control in controls:
            control.observe(lambda _: self._changed(), names="value")
        for corner, slider in enumerate(self.weights):
            slider.observe(lambda _, corner=corner: self._weight_moved(corner), names="value")
        self.triangle.observe(self._point_moved, names="weights")
        self.brush.observe(lambda _: painted(), names="strokes")

    def _weight_moved(self, corner):
        # The other two share what is left, in the proportion that they had. A slider shows two digits of its weight,
        # and the browser sends these back: that is no move, or the three would round each other for ever.
        if self._linking or abs(self.weights[corner].value - self._weights[corner]) < STEP / 2:
            return
        others = [place for place in range(3) if place != corner]
        rest, sum_ = 1 - self.weights[corner].value, sum(self._weights[place] for place in others)
        weights = [self.weights[corner].value] * 3
        for place in others:
            weights[place] = rest * (self._weights[place] / sum_ if sum_ else 0.5)
        self._set_weights(weights)
        self._changed()

    def _point_moved(self, _):
        if not self._linking and sum(self.triangle.weights) > 0:
            self._set_weights(self.triangle.weights)
            self._changed()

    def _set_weights(self, weights):
        self._linking = True
        try:
            # What is as it should be is not sent back: whoever is dragging has gone on since.
            total = sum(weights)
            self._weights = weights = tuple(min(1.0, weight / total) for weight in weights)
            if max(abs(a - b) for a, b in zip(weights, self.triangle.weights)) > ROUNDING:
                self.triangle.weights = list(weights)
            for slider, weight in zip(self.weights, weights):
                slider.value = round(weight, 2)
        finally:
            self._linking = False


def _names(sources):
    return [(source.label, name) for name, source in sources.items()]


def _dropdown(options, description, css):
    control = widgets.Dropdown(options=options, value=options[0][1], description=description,
                               layout=widgets.Layout(width="auto"))
    control.add_class(css)
    return control


def _slider(description, css, tooltip=None):
    slider = widgets.FloatSlider(value=1, min=0, max=1, step=STEP, description=description, tooltip=tooltip,
                                 readout_format=".2f", layout=widgets.Layout(width="auto"))
    slider.add_class(css)
    return slider


def _section(title, children):
    heading = widgets.HTML(f'<h4 style="margin: 6px 2px 2px">{title}</h4>')
    return widgets.VBox([heading, *children], layout=widgets.Layout(width="100%"))


def _visible(widget, shown, *, display=None):
    widget.layout.display = display if shown else "none"
