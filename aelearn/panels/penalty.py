"""The panel of λ: a filter that learns to remove noise, under an L1 and an L2 penalty, side by side."""

import ipywidgets as widgets
import numpy as np

from aelearn import images, metrics
from aelearn.losses import fit_linear, windows
from aelearn.panels.live import LivePanel
from aelearn.panels.measures import bar_table
from aelearn.panels.parts import caption_text, describe, is_number, picture, row
from aelearn.plots import signed_picture

LOWEST, HIGHEST = -4, 0  # powers of ten between which λ lies
ENLARGED = 16  # pixels on the screen for each weight
FULL = 0.15  # the weight at which the colour of a kernel is full
NAMES = {"l1": "L1", "l2": "L2"}


class PenaltyPanel(LivePanel):
    """Move λ, and see what the L1 and the L2 penalty do to the weights of a small filter, and to its pictures.

    The filter ŷ = w·x + b predicts a clean pixel from the noisy window around it. It is fitted on few windows of the
    picture, see `losses.fit_linear`, and judged on all others. Only the newest λ is ever fitted.

    Args:
        noisy: array `(height, width, 1)` in [0, 1].
        clean: array of the same shape.
        size: odd int, side of the windows, so that there are size² weights.
        num: int, how many windows the filter is fitted on.
        seed: int, says which.

    Raises:
        ValueError: if the pictures are not gray, differ in shape or leave [0, 1], or there are not more windows than
            `num`.

    Example:
        >>> clean = np.random.default_rng(0).random((24, 24, 1))
        >>> panel = PenaltyPanel(clean, clean, size=3, num=100)
        >>> panel.strength = 0.5
        >>> panel.settle(60), panel.zeros["l1"] > panel.zeros["l2"]
        (True, True)
        >>> panel.close()
    """

    cannot = "Cannot fit this"

    def __init__(self, noisy, clean, *, size=7, num=150, seed=0):
        noisy, clean = _gray(noisy, "noisy"), _gray(clean, "clean")
        if np.shape(noisy) != np.shape(clean):
            raise ValueError(
                f"noisy and clean must have the same shape; received {np.shape(noisy)} and {np.shape(clean)}"
            )
        self._inputs, target, self._size = windows(noisy, size), windows(clean, size), size
        for name, values in (("noisy", self._inputs), ("clean", target)):
            if not (values.min() >= 0 and values.max() <= 1):
                raise ValueError(f"{name} must lie in [0, 1]; received {values.min():g} to {values.max():g}")
        self._targets, self._shape = target[:, size * size // 2], np.subtract(np.shape(clean)[:2], size - 1)
        if not is_number(num, 1, len(self._targets) - 1, whole=True):
            raise ValueError(f"num must be an int from 1 to {len(self._targets) - 1}; received {num!r}")
        order = np.random.default_rng(seed).permutation(len(self._targets))
        self._seen, self._unseen = order[:num], order[num:]
        self.fits, self.zeros, self.losses = {}, {}, {}  # by penalty, of the λ that is shown
        self._build()
        self._open([self._slider, *self._rows], css="ae-penalty-panel")

    def __repr__(self):
        return "PenaltyPanel: λ, and what L1 and L2 make of the weights"

    @property
    def strength(self):
        """λ, from 0.0001 to 1."""
        return self._slider.value

    @strength.setter
    def strength(self, value):
        if not is_number(value, 10**LOWEST, 10**HIGHEST):
            raise ValueError(
                f"strength (λ) must be a number from {10**LOWEST:g} to {10**HIGHEST:g}; received {value!r}"
            )
        self._slider.value = float(value)

    def _build(self):
        self._slider = widgets.FloatLogSlider(
            value=0.003, base=10, min=LOWEST, max=HIGHEST, step=0.05, description="λ", readout_format=".4f",
            layout=widgets.Layout(width="auto", max_width="490px"),
        )
        self._slider.add_class("ae-lambda")
        self._slider.observe(self.ask, names="value")
        self.kernels, self.pictures, self._captions, self._bars, self._rows = {}, {}, {}, {}, []
        for penalty, name in NAMES.items():
            self.kernels[penalty], under, kernel_box = picture(f"{name} kernel", css=f"ae-kernel-{penalty}",
                                                               width="170px", kind="png")
            self.pictures[penalty], below, box = picture("filtered", css=f"ae-filtered-{penalty}", width="230px")
            self._captions[penalty] = under
            caption_text(below, f"the noisy picture, filtered ({name})")
            self._bars[penalty] = widgets.HTML(layout=widgets.Layout(flex="1 1 250px", max_width="400px"))
            self._bars[penalty].add_class(f"ae-terms-{penalty}")
            self._rows.append(row([kernel_box, box, self._bars[penalty]]))

    def _draw(self):
        strength = self.strength
        for penalty in NAMES:
            self._show(penalty, strength)
        return ""

    def _show(self, penalty, strength):
        fit = fit_linear(self._inputs[self._seen], self._targets[self._seen], penalty=penalty, strength=strength)
        everywhere = fit.predict(self._inputs)
        seen, unseen = (metrics.mse(self._targets[part], everywhere[part]) for part in (self._seen, self._unseen))
        total = np.abs(fit.weights).sum() if penalty == "l1" else np.square(fit.weights).sum()
        self.fits[penalty], self.zeros[penalty] = fit, int((fit.weights == 0).sum())
        terms = {"L_rec": seen, "λ · L_reg": strength * float(total), "L": seen + strength * float(total),
                 "MSE, unseen": unseen}
        self.losses[penalty] = terms
        kernel = np.kron(fit.weights.reshape(self._size, self._size), np.ones((ENLARGED, ENLARGED)))
        said = f"{NAMES[penalty]}: {self.zeros[penalty]} of {fit.weights.size} weights are exactly 0"
        with self.kernels[penalty].hold_sync():  # picture and words in one message: the browser loads it once
            self.kernels[penalty].value = images.encode_png(signed_picture(kernel, FULL))
            describe(self.kernels[penalty], said)
        self.pictures[penalty].value = images.encode_jpeg(everywhere.reshape(self._shape).clip(0, 1))
        caption_text(self._captions[penalty], said)
        self._bars[penalty].value = bar_table([(name, value / 0.03, f"{value:.4f}") for name, value in terms.items()])


def _gray(picture, name):
    try:
        array = np.asarray(picture, np.float64)
    except (TypeError, ValueError):  # words, dicts, lists of unequal length
        array = None
    if array is None or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 1)):
        received = f"{picture!r:.60}" if array is None or not array.ndim else f"shape {array.shape}"
        raise ValueError(f"{name} must be gray numbers in [0, 1], (height, width, 1); received {received}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite numbers; received NaN or infinity")
    return array
