"""What a model is made of: the shape and the parameters of every layer, and how far each entry of the code sees."""

from math import prod
from typing import NamedTuple

from aelearn import runtime  # noqa: F401  first, so that the backend starts quietly
from aelearn.autoencoders.sizes import whole

import keras  # isort: skip

# The word for each kind of layer; a subclass is called what its parent is called.
KINDS = {
    keras.layers.InputLayer: "input",
    keras.layers.Conv2DTranspose: "transposed convolution",
    keras.layers.Conv2D: "convolution",
    keras.layers.UpSampling2D: "upsampling",
    keras.layers.Dense: "dense",
    keras.layers.Flatten: "flatten",
    keras.layers.Reshape: "reshape",
}
POOLING = (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)
POINTWISE = (  # one number of the output depends on one position of the input
    keras.layers.InputLayer, keras.layers.Activation, keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.ELU,
    keras.layers.PReLU, keras.layers.Dropout, keras.layers.SpatialDropout2D, keras.layers.GaussianNoise,
    keras.layers.BatchNormalization, keras.layers.Rescaling,
)
WHOLE = (keras.layers.Dense, keras.layers.Flatten)  # after these, every number depends on the whole picture


class LayerRow(NamedTuple):
    """One layer of an autoencoder.

    Example:
        >>> LayerRow("encoder", "down_1", "convolution", (14, 14, 16), 160).parameters
        160
    """

    half: str  # "encoder" or "decoder"
    name: str  # of the layer, in the model
    kind: str  # "input", "convolution", "dense", …
    shape: tuple  # of the output, without the batch; None for a side of any size
    parameters: int  # weights and biases


class LayerTable(tuple):
    """Rows of a model, from the picture to the picture; printed as a table.

    Example:
        >>> LayerTable([LayerRow("encoder", "to_code", "dense", (16,), 1600)])
        half     layer    kind   shape  parameters
        encoder  to_code  dense  16          1,600
    """

    @property
    def parameters(self):
        """Weights and biases of all layers together."""
        return sum(row.parameters for row in self)

    def half(self, name):
        """The rows of the "encoder" or of the "decoder"."""
        return LayerTable(row for row in self if row.half == name)

    def __repr__(self):
        head = ("half", "layer", "kind", "shape", "parameters")
        lines = [head, *((r.half, r.name, r.kind, shape_text(r.shape), f"{r.parameters:,}") for r in self)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        words = ["  ".join(text.ljust(width) for text, width in zip(line[:-1], widths)) for line in lines]
        return "\n".join(f"{start}  {line[-1].rjust(widths[-1])}" for start, line in zip(words, lines))


def shape_text(shape):
    """A shape as people write it.

    Args:
        shape: tuple of int, or None for a side of any size.

    Returns:
        str.

    Example:
        >>> shape_text((14, 14, 16)), shape_text((None, None, 4))
        ('14×14×16', '?×?×4')
    """
    return "×".join("?" if side is None else str(side) for side in shape)


def layer_table(model):
    """List every layer of an autoencoder with the shape of what it gives and the number of its parameters.

    Args:
        model: `Autoencoder`, or any model with an `encoder` and a `decoder` made of named layers.

    Returns:
        `LayerTable` of `LayerRow`.

    Raises:
        TypeError: if the model has no two halves.

    Example:
        >>> from aelearn.autoencoders import DenseConfig, build_dense
        >>> layer_table(build_dense(DenseConfig(hidden=(), latent_size=2)))[2].parameters
        1570
    """
    halves = {half: getattr(model, half, None) for half in ("encoder", "decoder")}
    if not all(isinstance(half, keras.Model) for half in halves.values()):
        raise TypeError(f"model must have an encoder and a decoder, as an Autoencoder has; received {model!r}")
    return LayerTable(
        LayerRow(half, layer.name, _kind(layer), _shape(layer.output.shape), layer.count_params())
        for half, part in halves.items() for layer in part.layers
    )


def receptive_field(encoder):
    """Height and width of the part of the picture that one entry of the code depends on.

    r = 1 + Σₗ (kₗ − 1) · s₁ s₂ ⋯ sₗ₋₁, with kₗ the kernel and sₗ the stride of the l-th convolution or pooling: every
    layer reaches (k − 1) steps further, and its steps are as long as all strides before it multiplied. At the border a
    part of it lies outside the picture. After a dense layer it is the whole picture.
    Reference: Araujo, Norris and Sim 2019, "Computing receptive fields of convolutional neural networks", equation 2.

    Args:
        encoder: `keras.Model` whose layers form a chain, such as `model.encoder`.

    Returns:
        `(height, width)`, pixels.

    Raises:
        TypeError: if it is no such model.
        ValueError: if its layers do not form a chain, it takes no pictures, or a layer is not one of convolution,
            pooling, flattening, dense, or at every position by itself.

    Example:
        >>> from aelearn.autoencoders import build_convolutional
        >>> receptive_field(build_convolutional().encoder)
        (15, 15)
    """
    layers = _chain(encoder)
    if len(encoder.input_shape) != 4:
        raise ValueError(f"encoder must take pictures (height, width, channels); received {encoder.input_shape[1:]}")
    if any(isinstance(layer, WHOLE) for layer in layers):
        return tuple(encoder.input_shape[1:3])
    reach = [_reach(layer) for layer in layers]
    return tuple(field_size([r[0][axis] for r in reach], [r[1][axis] for r in reach]) for axis in (0, 1))


def field_size(kernels, strides):
    """The sum in `receptive_field`, from numbers alone.

    Args:
        kernels: list of int, side of the kernel of each layer.
        strides: list of as many int.

    Returns:
        int, pixels.

    Example:
        >>> field_size([3, 3, 3], [2, 2, 1])
        15
    """
    return 1 + sum((kernel - 1) * prod(strides[:index]) for index, kernel in enumerate(kernels))


def convolution_size(size, *, kernel=3, stride=1, padding=0):
    """Rows (or columns) that come out of a convolution.

    n′ = ⌊(n + P − k) / s⌋ + 1, with P = `padding` the rows added in all, on both sides together. Keras calls P = 0
    "valid"; its "same" is the P with which n′ = ⌈n / s⌉.
    Reference: Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", relationship 6.

    Args:
        size: n, int, rows that go in.
        kernel: k, int, rows of the kernel.
        stride: s, int.
        padding: P, int, rows of padding on both sides together.

    Returns:
        int, 0 or less where the kernel does not fit.

    Raises:
        ValueError: if one is not a whole number in range.

    Example:
        >>> convolution_size(28), convolution_size(28, stride=2, padding=2)
        (26, 14)
    """
    size, padding = whole("size", size), whole("padding", padding, least=0)
    return (size + padding - whole("kernel", kernel)) // whole("stride", stride) + 1


def convolution_parameters(channels_in, channels_out, *, kernel=3):
    """Weights and biases of a convolution: (k² · c_in + 1) · c_out, whatever the size of the picture.

    Args:
        channels_in: c_in, int.
        channels_out: c_out, int, the number of filters.
        kernel: k, int, side of the square kernel.

    Returns:
        int.

    Raises:
        ValueError: if one is not a positive whole number.

    Example:
        >>> convolution_parameters(1, 64)
        640
    """
    weights = whole("kernel", kernel) ** 2 * whole("channels_in", channels_in)
    return (weights + 1) * whole("channels_out", channels_out)


def dense_parameters(units_in, units_out):
    """Weights and biases of a dense layer: (n_in + 1) · n_out.

    Args:
        units_in: n_in, int, numbers that go in.
        units_out: n_out, int, units.

    Returns:
        int.

    Raises:
        ValueError: if one is not a positive whole number.

    Example:
        >>> dense_parameters(43264, 32)
        1384480
    """
    return (whole("units_in", units_in) + 1) * whole("units_out", units_out)


def _kind(layer):
    known = (word for kind, word in KINDS.items() if isinstance(layer, kind))
    return next(known, type(layer).__name__)


def _shape(shape):
    return tuple(None if side is None else int(side) for side in shape[1:])


def _chain(encoder):
    if not isinstance(encoder, keras.Model) or not hasattr(encoder, "layers"):
        raise TypeError(f"encoder must be a keras.Model, such as model.encoder; received {encoder!r}")
    for before, layer in zip(encoder.layers, encoder.layers[1:]):
        if layer.input is not before.output:
            raise ValueError(f"encoder must be a chain of layers; {layer.name} does not follow {before.name}")
    return encoder.layers


def _reach(layer):
    # (kernel, stride) per axis; (1, 1) for a layer that looks at one position at a time. A dilated kernel has gaps.
    if isinstance(layer, keras.layers.Conv2D):
        kernel = tuple(d * (k - 1) + 1 for k, d in zip(layer.kernel_size, layer.dilation_rate))
        return kernel, layer.strides
    if isinstance(layer, POOLING):
        return layer.pool_size, layer.strides
    if isinstance(layer, POINTWISE):
        return (1, 1), (1, 1)
    raise ValueError(
        f"encoder must be made of convolutions, pooling and layers that look at one position; received {layer.name}, "
        f"a {type(layer).__name__}, whose reach is not known"
    )
