"""The convolutional autoencoder: convolutions down to a small code, convolutions back up, nothing else."""

from dataclasses import dataclass
from itertools import count

from aelearn.autoencoders import sizes
from aelearn.autoencoders.base import PLAIN, Autoencoder
from aelearn.layers import ReflectConv2D

import keras  # isort: skip

UPSAMPLINGS = ("resize", "transposed")


@dataclass(frozen=True)
class ConvolutionalConfig:
    """Shape of a convolutional autoencoder.

    Height and width may be None: the model then takes pictures of any size that can be halved once per width.

    Raises:
        ValueError: if a size is not a positive whole number, the input cannot be halved once per width, or the
            upsampling is unknown.

    Example:
        >>> ConvolutionalConfig().code_shape
        (7, 7, 4)
    """

    input_shape: tuple[int | None, int | None, int] = (28, 28, 1)  # height, width, channels of a picture
    widths: tuple[int, ...] = (16, 32)  # channels of the hidden layers; each halves height and width
    latent_channels: int = 4  # channels of the code, at every position
    upsampling: str = "resize"  # "resize": repeat every value, then convolve; "transposed": transposed convolution

    def __post_init__(self):
        sizes.fix(self, widths=sizes.whole_tuple("widths", self.widths),
                  latent_channels=sizes.whole("latent_channels", self.latent_channels))
        sizes.choice("upsampling", self.upsampling, UPSAMPLINGS)
        if isinstance(self.input_shape, (tuple, list)) and None in self.input_shape:
            self._check_open()
            return
        sizes.fix(self, input_shape=sizes.picture_shape("input_shape", self.input_shape))
        sizes.check_halving(self.input_shape, len(self.widths))
        height, width, channels = self.code_shape
        sizes.check_code_size(f"the code of {height}×{width} positions with latent_channels {channels}",
                              height * width * channels, self.input_shape)

    def _check_open(self):
        shape = tuple(self.input_shape)
        if len(shape) != 3 or shape[:2] != (None, None) or shape[2] is None:
            raise ValueError(
                "input_shape must be (height, width, channels), height and width both ints or both None; "
                f"received {shape}"
            )
        channels = sizes.whole("the channels of input_shape", shape[2])
        sizes.fix(self, input_shape=(None, None, channels))
        side = 2 ** len(self.widths)  # what one position of the code stands for
        sizes.check_code_size("latent_channels", self.latent_channels, (side, side, channels))

    @property
    def code_shape(self):
        height, width = (side and side // 2 ** len(self.widths) for side in self.input_shape[:2])
        return height, width, self.latent_channels


def build_convolutional(config=ConvolutionalConfig(), *, objective=PLAIN, seed=0, name="convolutional"):
    """Build a convolutional autoencoder with random weights, its two halves named `encoder` and `decoder`.

    Args:
        config: `ConvolutionalConfig`.
        objective: `Objective`, what it will be trained for.
        seed: int, 0 or more, decides the initial weights.
        name: str, name of the model.

    Returns:
        `Autoencoder` from `(batch, height, width, channels)` in [0, 1] to the same shape, with values in (0, 1).

    Raises:
        TypeError: if `config` is not a `ConvolutionalConfig`.
        ValueError: if `seed` is not a whole number of 0 or more.

    Example:
        >>> model = build_convolutional()
        >>> tuple(model.encoder.output.shape)
        (None, 7, 7, 4)
    """
    if not isinstance(config, ConvolutionalConfig):
        raise TypeError(f"config must be a ConvolutionalConfig; received {config!r}")
    seeds = count(1000 * sizes.check_building(seed, name))

    def options():
        return {"kernel_initializer": keras.initializers.HeNormal(seed=next(seeds))}

    picture = keras.Input(config.input_shape, name="picture")
    encoder = keras.Model(picture, _encode(picture, config, options), name="encoder")
    code = keras.Input(config.code_shape, name="code")
    decoder = keras.Model(code, _decode(code, config, options), name="decoder")
    return Autoencoder(encoder, decoder, objective, name=name)


def _encode(x, config, options):
    for index, width in enumerate(config.widths, start=1):
        x = ReflectConv2D(width, 2, activation="relu", name=f"down_{index}", **options())(x)  # sides halved
    return ReflectConv2D(config.latent_channels, name="to_code", **options())(x)


def _decode(x, config, options):
    for index, width in reversed(list(enumerate(config.widths, start=1))):
        if config.upsampling == "transposed":
            x = keras.layers.Conv2DTranspose(width, 3, 2, "same", activation="relu", name=f"up_{index}", **options())(x)
        else:
            x = ReflectConv2D(width, activation="relu", name=f"mix_{index}", **options())(x)
            x = keras.layers.UpSampling2D(2, name=f"up_{index}")(x)  # sides doubled
    return ReflectConv2D(config.input_shape[2], activation="sigmoid", name="to_picture", **options())(x)
