"""The panel that nudges one weight of a real network, and sets what happens beside what its gradient promised."""

import copy
import time

import ipywidgets as widgets
import numpy as np

from aelearn import autodiff as ad
from aelearn import images, plots
from aelearn.panels.live import LivePanel
from aelearn.panels.parts import caption_text, columns, is_number, picture, row

NUM_POINTS = 41  # of the loss curve
ENLARGE = 3  # times, so that digits of 28 pixels can be looked at
MOST_PICTURES = 8


class GradientPanel(LivePanel):
    """Choose a weight, nudge it, and see the true loss leave the straight line that the gradient predicts.

    The weights of each part of the network are sorted by the size of their gradients: rank 1 is the steepest. Below
    the curve stand the pictures, as they were reconstructed before the nudge and as they are now. The panel works on
    a copy of the network, in float64; yours does not change.

    Args:
        network: an `autodiff` network, such as an `ad.Chain`: called with a batch of pictures it returns a Tensor of
            the same shape; `network.parameters` are the Tensors it uses.
        pictures: array `(batch, height, width, channels)` in [0, 1], with 1 or 3 channels. The loss is the mean
            squared error over the whole batch; the first 8 are shown.
        reach: float > 0, the largest nudge to either side.

    Raises:
        TypeError: if `network` is no such network.
        ValueError: if `pictures` is no batch of pictures, the network does not return their shape, or `reach` is not a
            positive number.

    Example:
        >>> network = ad.Chain(ad.Conv2D(1, 1, seed=0, activation="sigmoid"))
        >>> panel = GradientPanel(network, np.full((2, 6, 6, 1), 0.5), reach=1.0)
        >>> panel.nudge = 0.5
        >>> panel.settle(60), panel.true_change > panel.predicted_change
        (True, True)
        >>> panel.close()
    """

    cannot = "Cannot show this"

    def __init__(self, network, pictures, *, reach=2.0):
        self._pictures = _check_pictures(pictures)
        self._network = _copy(network)
        self._reach = _check_reach(reach)
        self._parameters = _named(self._network.parameters)
        self._measure_gradients()
        self._curves = {}  # (part, rank) -> (nudges, losses): only the newest is kept
        self._build()
        self._open([self._controls, row([self._chart_box, self._pictures_box])], css="ae-gradient-panel")

    def __repr__(self):
        return "GradientPanel: a weight, its nudge, the true loss and the predicted one"

    @property
    def part(self):
        """Name of the part of the network that the weight belongs to, such as "encoder/kernel"."""
        return self._part.value

    @part.setter
    def part(self, value):
        if not isinstance(value, str) or value not in self._parameters:
            raise ValueError(f"part must be one of {', '.join(self._parameters)}; received {value!r}")
        self._part.value = value

    @property
    def rank(self):
        """Place of the weight in its part, by the size of its gradient: int, 1 is the steepest."""
        return self._rank.value

    @rank.setter
    def rank(self, value):
        if not is_number(value, 1, self._rank.max, whole=True):
            raise ValueError(f"rank must be an int from 1 to {self._rank.max}; received {value!r}")
        self._rank.value = int(value)

    @property
    def nudge(self):
        """What is added to the weight, from −reach to reach."""
        return self._nudge.value

    @nudge.setter
    def nudge(self, value):
        if not is_number(value, -self._reach, self._reach):
            raise ValueError(f"nudge must be from {-self._reach:g} to {self._reach:g}; received {value!r}")
        self._nudge.value = float(value)

    @property
    def weight(self):
        """The weight: `(name of its part, index in it)`."""
        return self._weight(self.part, self.rank)

    @property
    def slope(self):
        """∂L/∂weight before the nudge, by the engine's `backward`."""
        part, index = self.weight
        return float(self._gradients[part][index])

    @property
    def predicted_change(self):
        """slope · nudge: how much the loss would change, were it a straight line."""
        return self.slope * self.nudge

    @property
    def true_change(self):
        """How much the loss changes, computed anew with the nudged weight."""
        return self._loss(*self.weight, self.nudge)[0] - self._start

    def _build(self):
        first = next(iter(self._parameters))
        auto = widgets.Layout(width="auto")
        self._part = widgets.Dropdown(options=list(self._parameters), value=first, description="part", layout=auto)
        self._rank = widgets.IntSlider(value=1, min=1, max=self._parameters[first].data.size, description="rank",
                                       tooltip="place by the size of the gradient: 1 is the steepest", layout=auto)
        self._nudge = widgets.FloatSlider(value=0, min=-self._reach, max=self._reach, step=self._reach / 50,
                                          description="nudge", tooltip="what is added to the weight", layout=auto,
                                          readout_format="+.2f")
        for control, css in ((self._part, "ae-part"), (self._rank, "ae-rank"), (self._nudge, "ae-nudge")):
            control.add_class(css)
            control.observe(self._changed, names="value")
        self._controls = columns([self._part, self._rank, self._nudge], max_width="980px")
        self.chart, self._chart_caption, self._chart_box = picture(
            "the loss against the nudge of one weight, and the straight line that the gradient predicts",
            css="ae-chart", width="560px", kind="png")
        self._chart_box.layout.flex = "2 1 380px"
        self.reconstruction, caption, self._pictures_box = picture(
            "the pictures, their reconstructions before the nudge, and after it", css="ae-reconstruction",
            width="420px")
        self._pictures_box.layout.flex = "1 1 260px"
        caption_text(caption, "top: the pictures; middle: reconstructed before the nudge; bottom: after it")

    def _changed(self, change):
        if change["owner"] is self._part:
            self._rank.max = self._parameters[self.part].data.size  # pulls the rank down where it must
        self.ask()

    def _draw(self):
        began = time.perf_counter()
        (part, index), nudge = self.weight, self.nudge
        slope = float(self._gradients[part][index])
        loss, reconstruction = self._loss(part, index, nudge)
        self.chart.value = plots.encode_figure(plots.nudge_curves(
            {_title(part, index): (*self._curve(part, index), slope)}, nudge=nudge, width=5.2))
        self.reconstruction.value = images.encode_jpeg(self._sheet(reconstruction))
        value = float(self._parameters[part].data[index])
        caption_text(self._chart_caption, f"weight {value:+.3f}, slope {slope:+.2e}: predicted change of the loss "
                                          f"{slope * nudge:+.2e}, true change {loss - self._start:+.2e}")
        return f"computed in {1000 * (time.perf_counter() - began):.0f} ms"

    def _weight(self, part, rank):
        shape = self._parameters[part].shape
        rank = min(rank, self._order[part].size)  # the slider may be a moment late when the part changes
        return part, tuple(int(i) for i in np.unravel_index(self._order[part][rank - 1], shape))

    def _measure_gradients(self):
        output = self._network(self._pictures)
        if not isinstance(output, ad.Tensor) or output.shape != self._pictures.shape:
            raise ValueError(
                f"network must return a Tensor of the pictures' shape {self._pictures.shape}; "
                f"received {getattr(output, 'shape', type(output).__name__)}"
            )
        loss = ad.mean_squared_error(self._pictures, output)
        for parameter in self._parameters.values():
            parameter.grad = None
        loss.backward()
        self._start, self._before = loss.item(), output.data
        self._gradients = {name: np.zeros(w.shape) if w.grad is None else w.grad.copy()
                           for name, w in self._parameters.items()}
        self._order = {name: np.argsort(-np.abs(grad), axis=None, kind="stable")
                       for name, grad in self._gradients.items()}

    def _loss(self, part, index, nudge):
        # A network of its own for every look: several threads may look at once.
        data = self._parameters[part].data.copy()
        data[index] += nudge
        memo = {id(w): w for w in self._parameters.values()} | {id(self._parameters[part]): ad.Tensor(data)}
        output = copy.deepcopy(self._network, memo)(self._pictures).data
        return float(np.mean((output - self._pictures) ** 2)), output

    def _curve(self, part, index):
        if (part, index) not in self._curves:
            nudges = np.linspace(-self._reach, self._reach, NUM_POINTS)
            self._curves = {(part, index): (nudges, np.array([self._loss(part, index, n)[0] for n in nudges]))}
        return self._curves[part, index]

    def _sheet(self, reconstruction):
        lines = [np.concatenate(list(batch[:MOST_PICTURES]), axis=1)
                 for batch in (self._pictures, self._before, reconstruction)]
        gap = np.ones((2, *lines[0].shape[1:]))
        sheet = np.concatenate([lines[0], gap, lines[1], gap, lines[2]]).clip(0, 1)
        return sheet.repeat(ENLARGE, axis=0).repeat(ENLARGE, axis=1)


def _title(part, index):
    return f"{part}[{', '.join(map(str, index))}]"


def _copy(network):
    parameters = getattr(network, "parameters", None)
    if not callable(network) or not parameters or not all(isinstance(w, ad.Tensor) for w in parameters):
        raise TypeError(
            "network must be an autodiff network with parameters, such as ad.Chain(ad.Dense(…), …); "
            f"received {type(network).__name__}"
        )
    network = copy.deepcopy(network)
    for parameter in network.parameters:
        parameter.data, parameter.grad = parameter.data.astype(np.float64), None
    return network


def _named(parameters):
    # Names as they are; where two are equal, with a number behind.
    named = {}
    for index, parameter in enumerate(parameters):
        name = parameter.name or f"parameter {index}"
        named[name if name not in named else f"{name} ({index})"] = parameter
    return named


def _check_pictures(pictures):
    array = np.asarray(pictures)
    if array.ndim != 4 or not array.size or array.shape[3] not in (1, 3) or array.dtype.kind not in "fiu":
        raise ValueError(
            f"pictures must be (batch, height, width, channels) with 1 or 3 channels; received shape {array.shape}"
        )
    array = array.astype(np.float64)
    if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
        raise ValueError(f"pictures must lie in [0, 1]; received values from {array.min():g} to {array.max():g}")
    return array


def _check_reach(reach):
    if not is_number(reach, 1e-300, 1e300):
        raise ValueError(f"reach must be a positive number; received {reach!r}")
    return float(reach)
