"""The panel that draws a model before it exists: move the sizes, and see shapes, parameters and receptive field."""

import ipywidgets as widgets

from aelearn import plots
from aelearn.autoencoders import (
    ConvolutionalConfig,
    DenseConfig,
    RepairedConfig,
    TextbookConfig,
    outline,
    outlined_field,
)
from aelearn.panels.live import LivePanel
from aelearn.panels.parts import columns, describe, named, picture, row

KINDS = ("convolutional", "dense", "repaired", "textbook")
CHANNELS = (4, 8, 16, 32, 64)  # of the first convolution; every further one has twice as many
UNITS = (32, 64, 128, 256, 512, 1024)  # of the first hidden dense layer; every further one has half as many
CODES = (1, 2, 4, 8, 16, 32, 64, 128)  # channels of a convolutional code, units of any other
DEEPEST = 4
# What each kind of model listens to besides the size of the code.
LISTENS = {"convolutional": ("channels", "depth"), "dense": ("units", "depth"), "repaired": ("channels", "depth"),
           "textbook": ()}


class ArchitecturePanel(LivePanel):
    """Choose a kind of autoencoder and its sizes, and see it drawn, without building it.

    Everything is computed from the config by arithmetic, so a move of a slider costs no more than the drawing. A
    setting that no model can have is said in the status line, and the drawing stays.

    Args:
        input_shape: `(height, width, channels)` of the pictures, sides even and at least 4.

    Raises:
        ValueError: if `input_shape` is anything else.

    Example:
        >>> panel = ArchitecturePanel((28, 28, 1))
        >>> panel.kind, panel.depth, panel.code = "convolutional", 2, 4
        >>> panel.settle(60), panel.table.parameters
        (True, 11909)
        >>> panel.close()
    """

    cannot = "No such model"

    def __init__(self, input_shape=(64, 64, 3)):
        shape = RepairedConfig(input_shape, latent_dim=1, widths=(1,)).input_shape  # refuses what cannot be halved once
        self._input_shape, self.table = shape, None
        self._build(_deepest(shape))
        self._open([self._controls, row([self._box])], css="ae-architecture-panel")

    def __repr__(self):
        return "ArchitecturePanel: kind, widths, depth and code size"

    @property
    def kind(self):
        """Kind of the model: "convolutional", "dense", "repaired" or "textbook"."""
        return self._kind.value

    @kind.setter
    def kind(self, value):
        self._set(self._kind, "kind", value, KINDS)

    @property
    def channels(self):
        """Channels of the first convolution."""
        return self._channels.value

    @channels.setter
    def channels(self, value):
        self._set(self._channels, "channels", value, CHANNELS)

    @property
    def units(self):
        """Units of the first hidden dense layer."""
        return self._units.value

    @units.setter
    def units(self, value):
        self._set(self._units, "units", value, UNITS)

    @property
    def depth(self):
        """Halvings of the picture, or hidden layers of a dense encoder."""
        return self._depth.value

    @depth.setter
    def depth(self, value):
        self._set(self._depth, "depth", value, range(1, self._depth.max + 1))

    @property
    def code(self):
        """Channels of a convolutional code, units of any other."""
        return self._code.value

    @code.setter
    def code(self, value):
        self._set(self._code, "code", value, CODES)

    @property
    def config(self):
        """The config that the controls describe, for the builder of its kind.

        Raises:
            ValueError: if no model can have these sizes.
        """
        widths = tuple(self.channels * 2**index for index in range(self.depth))
        if self.kind == "convolutional":
            return ConvolutionalConfig(self._input_shape, widths, self.code)
        if self.kind == "repaired":
            return RepairedConfig(self._input_shape, self.code, widths)
        if self.kind == "textbook":
            return TextbookConfig(self._input_shape, self.code)
        hidden = tuple(max(self.units // 2**index, 1) for index in range(self.depth))
        return DenseConfig(self._input_shape, hidden, self.code)

    def _build(self, deepest):
        self._kind = widgets.ToggleButtons(options=KINDS, style={"button_width": "auto"},
                                           layout=widgets.Layout(width="auto"))
        self._channels = _steps("channels", CHANNELS, 16, "of the first convolution; the next ones double them")
        self._units = _steps("units", UNITS, 128, "of the first hidden layer; the next ones halve them")
        self._depth = widgets.IntSlider(min(2, deepest), 1, deepest, description="depth",
                                        tooltip="how often the picture is halved, or how many hidden layers there are",
                                        layout=widgets.Layout(width="auto"))
        self._code = _steps("code", CODES, 4, "channels of a convolutional code, units of any other")
        controls = {"kind": self._kind, "channels": self._channels, "units": self._units, "depth": self._depth,
                    "code": self._code}
        for name, control in controls.items():
            control.add_class(f"ae-{name}")
            control.observe(self._changed, names="value")
        sliders = columns(list(controls.values())[1:], max_width="980px")
        self._controls = widgets.VBox([named("kind", self._kind), sliders], layout=widgets.Layout(width="100%"))
        self.picture, _, self._box = picture("the layers", css="ae-architecture", width="990px", kind="png")
        self._box.layout.flex = "1 1 330px"
        self._listen()

    def _set(self, control, name, value, known):
        if isinstance(value, bool) or value not in known:
            raise ValueError(f"{name} must be one of {', '.join(map(str, known))}; received {value!r}")
        control.value = value

    def _changed(self, change):
        if change["owner"] is self._kind:
            self._listen()
        self.ask()

    def _listen(self):
        # A slider that this kind of model does not have cannot be moved.
        for name in ("channels", "units", "depth"):
            getattr(self, f"_{name}").disabled = name not in LISTENS[self.kind]

    def _draw(self):
        config = self.config
        table, field = outline(config), outlined_field(config)
        self.picture.value = plots.encode_figure(plots.architecture(table, field=field, title=self.kind))
        self.table = table
        describe(self.picture, _table_in_words(self.kind, table))
        return f"{table.parameters:,} parameters take {_bytes(4 * table.parameters)}; nothing has been built yet"

    def _in_words(self, error):
        return f"{super()._in_words(error)}. The drawing is still the one before."


def _steps(description, options, value, tooltip):
    return widgets.SelectionSlider(options=options, value=value, description=description, tooltip=tooltip,
                                   layout=widgets.Layout(width="auto"))


def _deepest(shape):
    halvings = range(1, DEEPEST + 1)
    return max(n for n in halvings if all(side % 2**n == 0 and side > 2**n for side in shape[:2]))


def _bytes(number):
    return f"{number / 1e6:,.1f} MB" if number >= 1e6 else f"{number / 1e3:,.1f} kB"


def _table_in_words(kind, table):
    # For readers who cannot see the drawing.
    layers = ", ".join(f"{row.name.replace('_', ' ')} {'×'.join(map(str, row.shape))}" for row in table
                       if row.kind not in ("flatten", "reshape", "upsampling"))
    return f"The layers of a {kind} autoencoder: {layers}; {table.parameters:,} parameters."
