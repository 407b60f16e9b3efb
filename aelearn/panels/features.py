"""The panel that looks at one channel of a code: where it is high, and what the picture loses without it."""

import ipywidgets as widgets
import numpy as np

from aelearn import images, metrics, plots
from aelearn.panels.codes import CodePanel, fill, photo_box, show_photo
from aelearn.panels.parts import columns, is_number, named, picture, row

MODES = {"all": "all channels", "alone": "this one alone", "without": "all but this one"}


class FeaturePanel(CodePanel):
    """A picture, one channel of its code as a map, and the picture decoded from the code of that level.

    The slider goes through the channels by how much they vary, the most varied first. What is decoded is the whole
    code; or this channel alone, all others at their mean; or all but this one. PSNR says how far that is from the
    picture.

    Args:
        encoders: a `Stylizer`, or anything else with `encode(image, level)`, `decode(code, level)` and `num_levels`;
            or a dict from name to such.
        photos: dict from name to a picture `(height, width, 3)`, to a path, or to a function that returns a picture.
            None for the bundled photos.
        size: int, longest side in pixels at which pictures are used.

    Raises:
        TypeError: if an encoder lacks one of the three.
        ValueError: if there is no encoder or no picture, or `size` is not a positive int.

    Example:
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> from aelearn.stylize import Stylizer
        >>> panel = FeaturePanel(Stylizer(build_pyramid(PyramidConfig((4, 8)))), {"gray": np.full((16, 16, 3), 0.5)})
        >>> panel.level, panel.rank, panel.mode = 2, 3, "without"
        >>> panel.settle(60)
        True
        >>> panel.close()
    """

    css = "ae-feature-panel"

    def __repr__(self):
        return "FeaturePanel: one channel of a code, and what is decoded from that level"

    @property
    def rank(self):
        """Place of the channel by its variance, 1 for the one that varies most."""
        return self._rank.value

    @rank.setter
    def rank(self, value):
        if not is_number(value, 1, self.num_channels, whole=True):
            raise ValueError(f"rank must be an int from 1 to {self.num_channels}; received {value!r}")
        self._rank.value = int(value)

    @property
    def mode(self):
        """What is decoded: "all" channels, this one "alone", or all "without" it."""
        return self._mode.value

    @mode.setter
    def mode(self, value):
        if value not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}; received {value!r}")
        self._mode.value = value

    def _build(self):
        self._rank = widgets.IntSlider(value=1, min=1, max=self.num_channels, description="channel",
                                       tooltip="by variance: 1 varies most", layout=widgets.Layout(width="auto"))
        self._rank.add_class("ae-rank")
        self._mode = widgets.ToggleButtons(options=[(words, name) for name, words in MODES.items()], value="all",
                                           style={"button_width": "auto"}, layout=widgets.Layout(width="auto"))
        self._mode.add_class("ae-mode")
        for control in (self._rank, self._mode):
            control.observe(self.ask, names="value")
        self.photo_picture, self._photo_caption, first = photo_box()
        self.map, self._map_caption, second = picture("one channel of the code", css="ae-map")
        self.picture, self._caption, third = picture("the picture, decoded", css="ae-decoded")
        return [columns([*self._choice, self._rank], max_width="980px"), named("decode", self._mode),
                row([first, second, third])]

    def _resized(self, channels):
        self._rank.max = channels  # pulls the rank down where it must

    def _draw(self):
        coded, mode = self._present(), self.mode
        rank = min(self.rank, coded.num_channels)
        variances = coded.code.var(axis=(0, 1))
        channel = int(np.argsort(-variances, kind="stable")[rank - 1])
        show_photo(self.photo_picture, self._photo_caption, coded)
        self._show_map(coded, channel, variances[channel] / max(variances.sum(), 1e-30))
        decoded = coded.decode(edited(coded.code, channel, mode))
        said = f"decoded from {MODES[mode]} of level {coded.level}: {metrics.psnr(coded.picture, decoded):.1f} dB"
        fill(self.picture, self._caption, images.encode_jpeg(decoded), said)
        return f"channel {channel} is number {rank} of {coded.num_channels} by variance"

    def _show_map(self, coded, channel, share):
        rows, columns_ = coded.code.shape[:2]
        shown = plots.channel_picture(coded.code, channel).repeat(coded.step, axis=0).repeat(coded.step, axis=1)
        height, width = coded.picture.shape[:2]
        said = f"channel {channel}: {rows} × {columns_} numbers, {100 * share:.0f} % of the variance; yellow is high"
        fill(self.map, self._map_caption, images.encode_jpeg(shown[:height, :width]), said)


def edited(code, channel, mode):
    """A code with one channel alone, or without it: what is left out is set to its mean.

    Args:
        code: array `(rows, columns, channels)`.
        channel: int.
        mode: "all", "alone" or "without".

    Returns:
        Array of the same shape; for "all" the code itself.

    Example:
        >>> code = np.array([[[0.0, 5.0], [2.0, 7.0]]])
        >>> edited(code, 0, "without").tolist(), edited(code, 0, "alone").tolist()
        ([[[1.0, 5.0], [1.0, 7.0]]], [[[0.0, 6.0], [2.0, 6.0]]])
    """
    if mode == "all":
        return code
    mean = code.mean(axis=(0, 1))
    result = np.broadcast_to(mean, code.shape).copy() if mode == "alone" else code.copy()
    result[..., channel] = code[..., channel] if mode == "alone" else mean[channel]
    return result
