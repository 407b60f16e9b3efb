"""The panel of a sweep: move the size of the code, see its place on the curve and what the model makes of pictures."""

import ipywidgets as widgets
import numpy as np

from aelearn import images, plots
from aelearn.panels.live import LivePanel
from aelearn.panels.parts import caption_text, columns, describe, named, picture, row
from aelearn.training import Sweep

GAP = 4  # pixels between two pictures
WIDEST = 640  # pixels, of a row of pictures


class SweepPanel(LivePanel):
    """Walk through the models of a sweep: the curve, the marked point, and the pictures as that model gives them back.

    Nothing is trained or run here: numbers and pictures come from the sweep, so the panel answers at once.

    Args:
        sweep: `training.Sweep` over one or two settings, with reconstructions. The first setting is the horizontal
            axis of the curve; the second has one curve per value.
        pictures: array `(number, height, width, channels)` in [0, 1], what the reconstructions should be.
        inputs: array of the same shape, what the models were given; None where that is `pictures`.
        measures: list of str, the measures to choose from; None for all of the sweep.

    Raises:
        TypeError: if `sweep` is no `Sweep`.
        ValueError: if it has no row, no reconstructions or more than two settings, or the pictures do not fit it.

    Example:
        >>> pictures = np.zeros((3, 8, 8, 1), np.float32)
        >>> rows = [{"latent_size": 2, "mse": 0.5}, {"latent_size": 4, "mse": 0.3}]
        >>> panel = SweepPanel(Sweep({"latent_size": (2, 4)}, rows, [pictures, pictures]), pictures)
        >>> panel.setting = {"latent_size": 4}
        >>> panel.settle(60), panel.row["mse"]
        (True, 0.3)
        >>> panel.close()
    """

    cannot = "Nothing to show here"

    def __init__(self, sweep, pictures, *, inputs=None, measures=None):
        self._sweep = _check_sweep(sweep)
        self._shown = [_check_pictures(each, name, sweep) for name, each in (("pictures", pictures), ("inputs", inputs))
                       if each is not None]
        self._measures = _check_measures(sweep, measures)
        self._curves = {}  # drawn once for every measure and setting
        self._build()
        self._open([self._controls, row([self._curve_box, self._strip_box])], css="ae-sweep-panel")

    def __repr__(self):
        return f"SweepPanel: {', '.join(self._sweep.axes)} and measure"

    @property
    def setting(self):
        """dict from setting to its value. Setting some leaves the others as they are."""
        return {name: slider.value for name, slider in self._sliders.items()}

    @setting.setter
    def setting(self, values):
        if not isinstance(values, dict):
            raise ValueError(f"setting must be a dict, such as {self.setting}; received {values!r}")
        for name, value in values.items():
            if name not in self._sliders or value not in self._sweep.axes[name]:
                known = "; ".join(f"{axis}: {', '.join(map(str, v))}" for axis, v in self._sweep.axes.items())
                raise ValueError(f"setting must be of {known}; received {name}={value!r}")
        for name, value in values.items():
            self._sliders[name].value = value

    @property
    def measure(self):
        """Name of the measure on the vertical axis."""
        return self._measure.value

    @measure.setter
    def measure(self, value):
        if not isinstance(value, str) or value not in self._measures:
            raise ValueError(f"measure must be one of {', '.join(self._measures)}; received {value!r}")
        self._measure.value = value

    @property
    def row(self):
        """The row of the sweep that the controls point at, a dict.

        Raises:
            ValueError: if no model was trained at this setting, because the sweep was stopped before.
        """
        return self._sweep.row(**self.setting)

    def _build(self):
        self._sliders = {name: _slider(name, values) for name, values in self._sweep.axes.items()}
        self._measure = widgets.ToggleButtons(options=self._measures, style={"button_width": "auto"},
                                              layout=widgets.Layout(width="auto"))
        self._measure.add_class("ae-measure")
        for control in (self._measure, *self._sliders.values()):
            control.observe(self.ask, names="value")
        self._controls = widgets.VBox(
            [columns(list(self._sliders.values()), max_width="980px"), named("measure", self._measure)],
            layout=widgets.Layout(width="100%"),
        )
        self.curve, _, self._curve_box = picture("the curve", css="ae-curve", width="600px", kind="png")
        self.strip, self._caption, self._strip_box = picture("the pictures", css="ae-strip", width="460px", kind="png")
        for box in (self._curve_box, self._strip_box):
            box.layout.flex = "1 1 330px"
        given = "then what the model was given; " if len(self._shown) > 1 else ""
        caption_text(self._caption, f"top: the pictures; {given}bottom: what it gives back")

    def _draw(self):
        setting, measure = self.setting, self.measure
        words = ", ".join(f"{_plain(name)} {_number(value)}" for name, value in setting.items())
        number = self._sweep.index(**setting)
        one = self._sweep.rows[number]
        self.curve.value = self._curve(measure, setting, one)
        self.strip.value = images.encode_png(_stack([*self._shown, self._sweep.reconstructions[number]]))
        describe(self.curve, f"{_plain(measure)} against {_plain(next(iter(setting)))}; marked: {words}")
        describe(self.strip, f"Pictures and their reconstructions at {words}")
        return f"{words}: " + ", ".join(f"{_plain(name)} {one[name]:.4g}" for name in self._measures)

    def _in_words(self, error):
        return f"{super()._in_words(error)}. The picture is still the one before."

    def _curve(self, measure, setting, one):
        key = (measure, *setting.values())
        if key not in self._curves:
            along, *second = self._sweep.axes
            curves = {}
            for value in self._sweep.axes[second[0]] if second else [None]:
                fixed = {second[0]: value} if second else {}
                name = f"{_plain(second[0])} {_number(value)}" if second else _plain(measure)
                curves[name] = self._sweep.column(along, **fixed), self._sweep.column(measure, **fixed)
            curves = {name: curve for name, curve in curves.items() if curve[0]}
            figure = plots.sweep_curve(curves, x=_plain(along), y=_plain(measure), mark=(one[along], one[measure]))
            self._curves[key] = plots.encode_figure(figure)
        return self._curves[key]


def _slider(name, values):
    slider = widgets.SelectionSlider(options=[(_number(value), value) for value in values], description=_plain(name),
                                     layout=widgets.Layout(width="auto"), tooltip=f"the {_plain(name)} of the model")
    slider.add_class(f"ae-{name.replace('_', '-')}")
    return slider


def _plain(name):
    return str(name).replace("_", " ")


def _number(value):
    return f"{value:g}" if isinstance(value, float) else str(value)


def _stack(rows):
    # Rows of pictures under one another, enlarged without smoothing: (height, width, 3).
    number, height, width, channels = rows[0].shape
    times = max(1, (WIDEST // number - GAP) // width)
    lines = []
    for each in rows:
        large = np.asarray(each).clip(0, 1).repeat(times, axis=1).repeat(times, axis=2)
        large = np.pad(large, [(0, 0), (0, GAP), (0, GAP), (0, 0)], constant_values=1.0)
        lines.append(np.concatenate(list(large), axis=1))
    whole = np.concatenate(lines)[: -GAP, : -GAP]
    return whole.repeat(3, axis=2) if channels == 1 else whole


def _check_sweep(sweep):
    if not isinstance(sweep, Sweep):
        raise TypeError(f"sweep must be what training.sweep returns; received {type(sweep).__name__}")
    if not 1 <= len(sweep.axes) <= 2 or not sweep.rows:
        raise ValueError(
            f"sweep must have one or two settings and at least one row; received {tuple(sweep.axes)} and "
            f"{len(sweep.rows)} rows"
        )
    if len(sweep.reconstructions) != len(sweep.rows):
        raise ValueError("sweep must have reconstructions: give training.sweep the pictures")
    return sweep


def _check_pictures(array, name, sweep):
    array, expected = np.asarray(array, np.float32), sweep.reconstructions[0].shape
    if array.shape != expected or array.shape[-1] not in (1, 3):
        raise ValueError(f"{name} must have the shape of the reconstructions, {expected}; received {array.shape}")
    return array


def _check_measures(sweep, measures):
    known = [name for name in sweep.rows[0] if name not in sweep.axes]
    chosen = known if measures is None else list(measures)
    if not chosen or not set(chosen) <= set(known):
        raise ValueError(f"measures must be of {', '.join(known)}; received {', '.join(map(str, chosen)) or 'none'}")
    return chosen
