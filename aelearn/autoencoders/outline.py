"""The layers of a model that has not been built: by arithmetic from its config, in no time and with no weights."""

from math import prod

from aelearn.autoencoders import describe
from aelearn.autoencoders.convolutional import ConvolutionalConfig
from aelearn.autoencoders.dense import DenseConfig
from aelearn.autoencoders.textbook import FILTERS, KERNEL, RepairedConfig, TextbookConfig


def outline(config):
    """List the layers that a builder would make from a config: `layer_table` of the model, without the model.

    Args:
        config: `DenseConfig`, `ConvolutionalConfig`, `TextbookConfig` or `RepairedConfig`.

    Returns:
        `LayerTable` of `LayerRow`.

    Raises:
        TypeError: if it is another kind of config.

    Example:
        >>> outline(TextbookConfig()).parameters
        1410992
    """
    chain = _Chain()
    _written(config)(config, chain)
    return describe.LayerTable(chain.rows)


def outlined_field(config):
    """The receptive field that the encoder of a config would have: see `receptive_field`.

    Args:
        config: as for `outline`.

    Returns:
        `(height, width)`, pixels; the whole picture where a dense layer makes the code.

    Raises:
        TypeError: if it is another kind of config.

    Example:
        >>> outlined_field(ConvolutionalConfig(widths=(8, 8, 8), input_shape=(32, 32, 3)))
        (31, 31)
    """
    _written(config)
    if not isinstance(config, ConvolutionalConfig):
        return config.input_shape[:2]
    halvings = len(config.widths)
    size = describe.field_size([KERNEL] * (halvings + 1), [2] * halvings + [1])
    return size, size


class _Chain:
    # Layers one after the other; each knows only the shape that it is given.
    def __init__(self):
        self.rows, self.half, self.shape = [], None, None

    def begin(self, half, name, shape):
        self.half = half
        self.add(name, "input", shape, 0)

    def add(self, name, kind, shape, parameters=0):
        self.shape = shape
        self.rows.append(describe.LayerRow(self.half, name, kind, tuple(shape), parameters))

    def convolution(self, name, filters, *, stride=1, padded=True):
        parameters = describe.convolution_parameters(self.shape[2], filters, kernel=KERNEL)
        padding = KERNEL - 1 if padded else 0
        sizes = {"kernel": KERNEL, "stride": stride, "padding": padding}
        sides = [None if side is None else describe.convolution_size(side, **sizes) for side in self.shape[:2]]
        self.add(name, "convolution", (*sides, filters), parameters)

    def double(self, name, filters=None):
        # Upsampling, or with `filters` a transposed convolution, which has as many parameters as a convolution.
        sides = [None if side is None else 2 * side for side in self.shape[:2]]
        if filters is None:
            self.add(name, "upsampling", (*sides, self.shape[2]))
        else:
            parameters = describe.convolution_parameters(self.shape[2], filters, kernel=KERNEL)
            self.add(name, "transposed convolution", (*sides, filters), parameters)

    def flatten(self, name):
        self.add(name, "flatten", (prod(self.shape),))

    def dense(self, name, units):
        self.add(name, "dense", (units,), describe.dense_parameters(self.shape[0], units))

    def reshape(self, name, shape):
        self.add(name, "reshape", shape)


def _dense(config, chain):
    chain.begin("encoder", "picture", config.input_shape)
    chain.flatten("as_row")
    for index, units in enumerate(config.hidden, start=1):
        chain.dense(f"down_{index}", units)
    chain.dense("to_code", config.latent_size)
    chain.begin("decoder", "code", config.code_shape)
    for index, units in reversed(list(enumerate(config.hidden, start=1))):
        chain.dense(f"up_{index}", units)
    chain.dense("to_picture", prod(config.input_shape))
    chain.reshape("as_picture", config.input_shape)


def _convolutional(config, chain):
    chain.begin("encoder", "picture", config.input_shape)
    for index, width in enumerate(config.widths, start=1):
        chain.convolution(f"down_{index}", width, stride=2)
    chain.convolution("to_code", config.latent_channels)
    chain.begin("decoder", "code", config.code_shape)
    for index, width in reversed(list(enumerate(config.widths, start=1))):
        if config.upsampling == "transposed":
            chain.double(f"up_{index}", width)
        else:
            chain.convolution(f"mix_{index}", width)
            chain.double(f"up_{index}")
    chain.convolution("to_picture", config.input_shape[2])


def _textbook(config, chain):
    chain.begin("encoder", "picture", config.input_shape)
    chain.convolution("convolution", FILTERS, padded=False)
    chain.flatten("as_row")
    chain.dense("to_code", config.latent_dim)
    chain.begin("decoder", "code", config.code_shape)
    chain.dense("to_picture", prod(config.input_shape))
    chain.reshape("as_picture", config.input_shape)


def _repaired(config, chain):
    chain.begin("encoder", "picture", config.input_shape)
    for index, width in enumerate(config.widths, start=1):
        chain.convolution(f"down_{index}", width, stride=2)
    chain.flatten("as_row")
    chain.dense("to_code", config.latent_dim)
    chain.begin("decoder", "code", config.code_shape)
    chain.dense("to_grid", prod(config.grid_shape))
    chain.reshape("as_grid", config.grid_shape)
    for index, width in reversed(list(enumerate(config.widths, start=1))):
        chain.double(f"up_{index}")
        chain.convolution(f"mix_{index}", width)
    chain.convolution("to_picture", config.input_shape[2])


OUTLINES = {
    ConvolutionalConfig: _convolutional,
    DenseConfig: _dense,
    RepairedConfig: _repaired,
    TextbookConfig: _textbook,
}


def _written(config):
    if type(config) not in OUTLINES:
        known = ", ".join(kind.__name__ for kind in OUTLINES)
        raise TypeError(f"config must be one of {known}; received {config!r}")
    return OUTLINES[type(config)]
