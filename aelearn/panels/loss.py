"""The panel that measures: damage a picture, and watch what every loss says of it."""

import ipywidgets as widgets

from aelearn import data, images, metrics
from aelearn.corruptions import DISTORTIONS, at_equal_mse, noise
from aelearn.panels.live import LivePanel
from aelearn.panels.measures import bar_table
from aelearn.panels.parts import caption_text, columns, describe, is_number, named, picture, row
from aelearn.panels.penalty import PenaltyPanel
from aelearn.plots import signed_picture

START = {"shift": 1.0, "blur": 2.0, "noise": 0.1, "contrast": 0.3, "blocks": 0.7}
FULL = {"MSE": 0.05, "MAE": 0.2, "BCE": 1.0, "PSNR": 50.0, "SSIM": 1.0}  # where a bar ends
NOISE = 0.15  # deviation, for the λ part


class LossPanel(LivePanel):
    """Damage a picture, and see all measures side by side; below, what λ does to the weights of a fitted filter.

    Original, distorted picture and difference are drawn anew whenever a control changes: only the newest setting, so
    that quick moves of the slider never queue up. With `hold_mse` another distortion gets the strength that costs the
    same mean squared error.

    Args:
        picture: array `(height, width, 3)` in [0, 1], or None for a bundled photo.
        size: int, longest side in pixels at which it is used.
        penalty: bool, whether there is a part for λ, a `PenaltyPanel` on the gray picture with noise.

    Raises:
        ValueError: if the picture is none, or too small for the window of SSIM.

    Example:
        >>> import numpy as np
        >>> panel = LossPanel(np.random.default_rng(0).random((32, 32, 3)), penalty=False)
        >>> panel.distortion, panel.strength = "noise", 0.1
        >>> panel.settle(60), round(panel.measures["PSNR"])
        (True, 20)
        >>> panel.close()
    """

    def __init__(self, picture=None, *, size=192, penalty=True):
        photo = data.load_photo("astronaut") if picture is None else picture
        self._picture = images.resize_image(photo, max_side=size)
        if min(self._picture.shape[:2]) < metrics.WINDOW:
            raise ValueError(
                f"picture must be at least {metrics.WINDOW} pixels high and wide; received {self._picture.shape}"
            )
        self._least_bce = metrics.bce(self._picture, self._picture)
        self.measures, self._note = {}, ""  # of the picture that is shown, by name; and a word about it
        self._build()
        self.penalty = self._penalty_part() if penalty else None
        self._open([self._controls, row([*self._boxes, self._bars])], css="ae-loss-panel")
        if self.penalty:
            self.children = (*self.children, self.penalty)

    def __repr__(self):
        return "LossPanel: distortion, strength and all losses" + (", and λ" if self.penalty else "")

    @property
    def distortion(self):
        """Name of the distortion, a key of `corruptions.DISTORTIONS`."""
        return self._distortion.value

    @distortion.setter
    def distortion(self, value):
        if not isinstance(value, str) or value not in DISTORTIONS:
            raise ValueError(f"distortion must be one of {', '.join(DISTORTIONS)}; received {value!r}")
        self._distortion.value = value

    @property
    def strength(self):
        """Strength of the distortion, from 0 to the strongest of `corruptions.DISTORTIONS`."""
        return self._strength.value

    @strength.setter
    def strength(self, value):
        most = DISTORTIONS[self.distortion].strongest
        if not is_number(value, 0, most):
            raise ValueError(f"strength must be a number from 0 to {most:g} for {self.distortion}; received {value!r}")
        self._strength.value = float(value)

    @property
    def hold_mse(self):
        """Whether another distortion keeps the mean squared error; bool."""
        return self._hold.value

    @hold_mse.setter
    def hold_mse(self, value):
        self._hold.value = bool(value)

    def settle(self, timeout=None):
        """Wait until everything shown is that of the present settings, λ included; False if `timeout` was too short."""
        return super().settle(timeout) and (self.penalty is None or self.penalty.settle(timeout))

    def close(self):
        """Take the panel away, and end its threads."""
        if getattr(self, "penalty", None) is not None:
            self.penalty.close()
        super().close()

    def _penalty_part(self):
        gray = self._picture.mean(axis=-1, keepdims=True)
        return PenaltyPanel(noise(gray, NOISE, seed=1), gray)

    def _build(self):
        self._distortion = widgets.ToggleButtons(options=list(DISTORTIONS), value="shift",
                                                 style={"button_width": "auto"}, layout=widgets.Layout(width="auto"))
        self._distortion.add_class("ae-distortion")
        self._strength = widgets.FloatSlider(value=START["shift"], min=0, max=DISTORTIONS["shift"].strongest, step=0.01,
                                             description="strength", readout_format=".2f",
                                             layout=widgets.Layout(width="auto"))
        self._strength.add_class("ae-strength")
        self._hold = widgets.Checkbox(value=False, description="keep the MSE when I change the distortion",
                                      indent=False, layout=widgets.Layout(width="auto"))
        self._hold.add_class("ae-hold-mse")
        self._distortion.observe(self._other_distortion, names="value")
        self._strength.observe(self._changed, names="value")
        self._controls = widgets.VBox([named("distortion", self._distortion),
                                       columns([self._strength, self._hold], max_width="980px")],
                                      layout=widgets.Layout(width="100%"))
        self.original, caption, original_box = picture("the original picture", css="ae-original", width="230px")
        self.distorted, self._caption, box = picture("the distorted picture", css="ae-distorted", width="230px")
        self.difference, below, difference_box = picture("their difference", css="ae-difference", width="230px")
        self._boxes = [original_box, box, difference_box]
        self.original.value = images.encode_jpeg(self._picture)
        caption_text(caption, "original")
        caption_text(below, "difference: vermillion is brighter now, blue darker")
        self._bars = widgets.HTML(layout=widgets.Layout(flex="1 1 240px", max_width="330px"))
        self._bars.add_class("ae-measures")

    def _other_distortion(self, change):
        # The slider gets another range; while it does, nothing is drawn.
        before, name = DISTORTIONS[change["old"]].function(self._picture, self.strength), change["new"]
        with self.one_change():
            strongest, strength, self._note = DISTORTIONS[name].strongest, START[name], ""
            if self.hold_mse:
                strength, self._note = self._same_mse(name, metrics.mse(self._picture, before))
            self._strength.value = 0
            self._strength.max = strongest
            self._strength.step = strongest / 800
            self._strength.value = strength

    def _same_mse(self, name, wanted):
        if wanted == 0:
            return 0.0, ""
        try:
            return at_equal_mse(self._picture, name, wanted), ""
        except ValueError:  # it cannot cost so much
            return DISTORTIONS[name].strongest, f"{name} cannot cost this picture an MSE of {wanted:.4f}, even here."

    def _changed(self, _):
        if not self._held:
            self._note = ""
        self.ask()

    def _draw(self):
        name, strength = self.distortion, self.strength
        self._show(name, min(strength, DISTORTIONS[name].strongest))  # the slider may be a moment late
        return self._note

    def _show(self, name, strength):
        distorted = DISTORTIONS[name].function(self._picture, strength)
        self.measures = {
            "MSE": metrics.mse(self._picture, distorted), "MAE": metrics.mae(self._picture, distorted),
            "BCE": metrics.bce(self._picture, distorted), "PSNR": metrics.psnr(self._picture, distorted),
            "SSIM": metrics.ssim(self._picture, distorted),
        }
        unit = f" {DISTORTIONS[name].unit}".rstrip()
        with self.distorted.hold_sync():  # picture and words in one message: the browser loads it once
            self.distorted.value = images.encode_jpeg(distorted)
            describe(self.distorted, f"The picture after {name} of strength {strength:.2f}{unit}.")
        self.difference.value = images.encode_jpeg(signed_picture((distorted - self._picture).mean(-1), 0.5))
        caption_text(self._caption, f"{name}, strength {strength:.2f}{unit}")
        self._bars.value = bar_table([(key, value / FULL[key], self._words(key, value))
                                      for key, value in self.measures.items()])

    def _words(self, name, value):
        if name == "PSNR":
            return f"{value:.1f} dB, more is closer"
        if name == "SSIM":
            return f"{value:.3f}, more is closer"
        return f"{value:.4f}" + (f", at least {self._least_bce:.4f}" if name == "BCE" else "")
