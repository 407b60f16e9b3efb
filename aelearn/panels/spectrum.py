"""The panel of the spectrum: keep the first directions of a code, even them out, and see what the picture becomes."""

import ipywidgets as widgets

from aelearn import images, metrics, plots, transforms
from aelearn.panels.codes import CodePanel, fill, photo_box, show_photo
from aelearn.panels.parts import columns, is_number, picture, row
from aelearn.transforms import check_alpha


class SpectrumPanel(CodePanel):
    """The variances of a code along its directions, a cut behind the last that is kept, and the picture of the rest.

    `keep` leaves the code its first directions only. `whiten` makes the variances of these more equal, until at 1 they
    are one: the picture is then whitened, and the effective rank is the number of directions. See
    `transforms.spectral_map`.

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
        >>> import numpy as np
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> from aelearn.stylize import Stylizer
        >>> model, picture = build_pyramid(PyramidConfig((4, 8))), np.random.default_rng(0).random((16, 16, 3))
        >>> panel = SpectrumPanel(Stylizer(model), {"noise": picture})
        >>> panel.keep, panel.whiten = 2, 1.0
        >>> panel.settle(60), round(panel.effective_rank, 2)
        (True, 2.0)
        >>> panel.close()
    """

    css = "ae-spectrum-panel"

    def __repr__(self):
        return "SpectrumPanel: the directions of a code, a cut, and whitening"

    @property
    def keep(self):
        """How many directions are kept, the strongest first."""
        return self._keep.value

    @keep.setter
    def keep(self, value):
        if not is_number(value, 0, self.num_channels, whole=True):
            raise ValueError(f"keep must be an int from 0 to {self.num_channels}; received {value!r}")
        self._keep.value = int(value)

    @property
    def whiten(self):
        """How far the variances are made equal, 0 to 1."""
        return self._whiten.value

    @whiten.setter
    def whiten(self, value):
        self._whiten.value = check_alpha(value, "whiten")

    def _build(self):
        auto, channels = widgets.Layout(width="auto"), self.num_channels
        self.effective_rank = 0.0  # of the code that is shown
        self._keep = widgets.IntSlider(value=channels, min=0, max=channels, description="keep", layout=auto,
                                       tooltip="directions that are kept, the strongest first")
        self._whiten = widgets.FloatSlider(value=0.0, min=0, max=1, step=0.01, description="whiten", layout=auto,
                                           tooltip="0 leaves the variances as they are, 1 makes them equal",
                                           readout_format=".2f")
        for control, css in ((self._keep, "ae-keep"), (self._whiten, "ae-whiten")):
            control.add_class(css)
            control.observe(self.ask, names="value")
        self.photo_picture, self._photo_caption, first = photo_box()
        self.chart, self._chart_caption, second = picture("the spectrum", css="ae-spectrum", width="380px", kind="png")
        self.picture, self._caption, third = picture("the picture, decoded", css="ae-decoded")
        second.layout.flex = "1 1 240px"
        return [columns([*self._choice, self._keep, self._whiten], max_width="980px"), row([first, second, third])]

    def _resized(self, channels):
        everything = self._keep.value == self._keep.max
        self._keep.max = channels  # pulls the value down where it must
        if everything:
            self._keep.value = channels

    def _draw(self):
        coded, whiten = self._present(), self.whiten
        keep = min(self.keep, coded.num_channels)
        spread = transforms.moments(coded.code)
        moves = transforms.spectral_map(spread, keep=keep, whiten=whiten)
        after = moves.matrix @ spread.covariance @ moves.matrix.T
        before, self.effective_rank = metrics.effective_rank(spread.covariance), metrics.effective_rank(after)
        show_photo(self.photo_picture, self._photo_caption, coded)
        self._show_chart(spread, keep, transforms.Moments(spread.mean, after) if whiten else None)
        decoded = coded.decode(moves(coded.code))
        how = f", whitened by {whiten:.2f}" if whiten else ""
        fill(self.picture, self._caption, images.encode_jpeg(decoded),
                   f"decoded from {keep} of {coded.num_channels} directions{how}: "
                   f"{metrics.psnr(coded.picture, decoded):.1f} dB")
        return f"effective rank {before:.1f} before, {self.effective_rank:.1f} after"

    def _show_chart(self, spread, keep, after):
        variances, _ = transforms.principal_directions(spread)
        if not variances[0] > 0:
            raise ValueError("the code of this picture has one value everywhere, and so no directions")
        figure = plots.spectrum_cut(variances, keep, after and transforms.principal_directions(after)[0])
        fill(self.chart, self._chart_caption, plots.encode_figure(figure), figure.axes[0].get_title(loc="left"))
