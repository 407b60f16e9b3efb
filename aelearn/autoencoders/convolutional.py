"""The convolutional autoencoder: convolutions down to a small code, convolutions back up."""

from dataclasses import dataclass

from aelearn.autoencoders.base import PLAIN, Autoencoder
from aelearn.layers import ReflectConv2D

import keras  # isort: skip


@dataclass(frozen=True)
class ConvolutionalConfig:
    """Shape of a convolutional autoencoder.

    Raises:
        ValueError: if a size is not a positive int, or the input cannot be halved once per width.

    Example:
        >>> ConvolutionalConfig().code_shape
        (7, 7, 4)
    """

    input_shape: tuple[int, int, int] = (28, 28, 1)  # height, width, channels of a picture
    widths: tuple[int, ...] = (16, 32)  # channels of the hidden layers; each halves height and width
    latent_channels: int = 4  # channels of the code

    def __post_init__(self):
        shape, widths = (tuple(x) if isinstance(x, (tuple, list)) else () for x in (self.input_shape, self.widths))
        sizes = (*shape, *widths, self.latent_channels)
        whole = all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in sizes)
        if len(shape) != 3 or not widths or not whole:
            raise ValueError(
                "input_shape (height, width, channels), widths and latent_channels must be positive ints; "
                f"received {self}"
            )
        if any(side % 2 ** len(self.widths) or side <= 2 ** len(self.widths) for side in self.input_shape[:2]):
            raise ValueError(
                f"height and width must be a multiple of {2 ** len(self.widths)}, one halving per width, and leave "
                f"at least 2 rows and columns; received {self.input_shape[:2]}"
            )

    @property
    def code_shape(self):
        height, width = (side // 2 ** len(self.widths) for side in self.input_shape[:2])
        return height, width, self.latent_channels


def build_convolutional(config=ConvolutionalConfig(), *, objective=PLAIN, seed=0, name="convolutional"):
    """Build a convolutional autoencoder with random weights, its two halves named `encoder` and `decoder`.

    Args:
        config: `ConvolutionalConfig`.
        objective: `Objective`, what it will be trained for.
        seed: int, decides the initial weights.
        name: str, name of the model.

    Returns:
        `Autoencoder` from `(batch, height, width, channels)` in [0, 1] to the same shape, with values in (0, 1).

    Raises:
        TypeError: if `config` is not a `ConvolutionalConfig`.

    Example:
        >>> model = build_convolutional()
        >>> tuple(model.encoder.output.shape)
        (None, 7, 7, 4)
    """
    if not isinstance(config, ConvolutionalConfig):
        raise TypeError(f"config must be a ConvolutionalConfig; received {config!r}")
    seeds = iter(range(seed * 1000, seed * 1000 + 1000))

    def convolution(filters, strides=1, activation="relu", name=None):
        return ReflectConv2D(filters, strides, activation=activation, name=name,
                             kernel_initializer=keras.initializers.HeNormal(seed=next(seeds)))

    picture = keras.Input(config.input_shape, name="picture")
    encoder = keras.Model(picture, _encode(picture, config, convolution), name="encoder")
    code = keras.Input(config.code_shape, name="code")
    decoder = keras.Model(code, _decode(code, config, convolution), name="decoder")
    return Autoencoder(encoder, decoder, objective, name=name)


def _encode(x, config, convolution):
    for index, width in enumerate(config.widths, start=1):
        x = convolution(width, strides=2, name=f"down_{index}")(x)  # height and width halved
    return convolution(config.latent_channels, activation=None, name="to_code")(x)


def _decode(x, config, convolution):
    for index, width in reversed(list(enumerate(config.widths, start=1))):
        x = convolution(width, name=f"mix_{index}")(x)
        x = keras.layers.UpSampling2D(2, name=f"up_{index}")(x)  # height and width doubled
    return convolution(config.input_shape[2], activation="sigmoid", name="to_picture")(x)
