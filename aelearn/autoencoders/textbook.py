"""The autoencoder of many textbooks, kept with its flaws, and the same idea repaired."""

from dataclasses import dataclass
from itertools import count
from math import prod

from aelearn.autoencoders import sizes
from aelearn.autoencoders.base import PLAIN, Autoencoder, Objective

import keras  # isort: skip

FILTERS, KERNEL = 64, 3  # of the textbook's only convolution
REPAIRED = Objective(error="bce")  # what a sigmoid at the end learns well from


def _check(config):
    sizes.fix(config, input_shape=sizes.picture_shape("input_shape", config.input_shape),
              latent_dim=sizes.whole("latent_dim", config.latent_dim))
    sizes.check_code_size("latent_dim", config.latent_dim, config.input_shape)


@dataclass(frozen=True)
class TextbookConfig:
    """Shape of the textbook autoencoder.

    Raises:
        ValueError: if a size is not a positive whole number, a side is below 3, or the code is larger than the
            picture.

    Example:
        >>> TextbookConfig(latent_dim=16).code_shape
        (16,)
    """

    input_shape: tuple[int, int, int] = (28, 28, 1)  # height, width, channels of a picture
    latent_dim: int = 32  # units of the code

    def __post_init__(self):
        _check(self)
        if min(self.input_shape[:2]) < KERNEL:
            raise ValueError(
                f"height and width must be at least {KERNEL}, the size of the kernel; received {self.input_shape[:2]}"
            )

    @property
    def code_shape(self):
        return (self.latent_dim,)


@dataclass(frozen=True)
class RepairedConfig:
    """Shape of the repaired textbook autoencoder.

    Raises:
        ValueError: if a size is not a positive whole number, the input cannot be halved once per width, or the code
            is larger than the picture.

    Example:
        >>> RepairedConfig().grid_shape
        (7, 7, 32)
    """

    input_shape: tuple[int, int, int] = (28, 28, 1)  # height, width, channels of a picture
    latent_dim: int = 32  # units of the code
    widths: tuple[int, ...] = (16, 32)  # channels of the convolutions; each halves height and width

    def __post_init__(self):
        _check(self)
        sizes.fix(self, widths=sizes.whole_tuple("widths", self.widths))
        sizes.check_halving(self.input_shape, len(self.widths))

    @property
    def code_shape(self):
        return (self.latent_dim,)

    @property
    def grid_shape(self):
        """What the dense layers see and give: (height, width, channels) after the last halving."""
        height, width = (side // 2 ** len(self.widths) for side in self.input_shape[:2])
        return height, width, self.widths[-1]


def build_textbook(config=TextbookConfig(), *, objective=PLAIN, seed=0, name="textbook"):
    """Build the autoencoder as it is usually published, with everything that is wrong with it.

    One 3×3 convolution with 64 filters, ReLU, without padding; flatten; a dense code with ReLU; a dense layer with a
    sigmoid; reshape. It comes compiled with Adam and mean squared error, ready for `fit(x, x, validation_data=…)`.
    Published listings often forget to import `Reshape`, and call this decoder convolutional. Lesson 03 measures its
    flaws; `build_repaired` mends them.

    Args:
        config: `TextbookConfig`.
        objective: `Objective`; the textbook's is mean squared error.
        seed: int, 0 or more, decides the initial weights.
        name: str, name of the model.

    Returns:
        `Autoencoder` from `(batch, height, width, channels)` to the same shape, with a code `(batch, latent_dim)`.

    Raises:
        TypeError: if `config` is not a `TextbookConfig`.
        ValueError: if `seed` is not a whole number of 0 or more.

    Example:
        >>> build_textbook().count_params()
        1410992
    """
    initializer = _initializers(config, TextbookConfig, seed, name, keras.initializers.GlorotUniform)
    picture = keras.Input(config.input_shape, name="picture")
    x = keras.layers.Conv2D(FILTERS, KERNEL, activation="relu", name="convolution", **initializer())(picture)
    x = keras.layers.Flatten(name="as_row")(x)  # (batch, (height - 2) * (width - 2) * 64)
    x = keras.layers.Dense(config.latent_dim, "relu", name="to_code", **initializer())(x)
    encoder = keras.Model(picture, x, name="encoder")

    code = keras.Input(config.code_shape, name="code")
    x = keras.layers.Dense(prod(config.input_shape), "sigmoid", name="to_picture", **initializer())(code)
    decoder = keras.Model(code, keras.layers.Reshape(config.input_shape, name="as_picture")(x), name="decoder")
    model = Autoencoder(encoder, decoder, objective, name=name)
    model.compile(optimizer="adam")
    model.optimizer.build(model.trainable_variables)  # so that a file of the untrained model is complete
    return model


def build_repaired(config=RepairedConfig(), *, objective=REPAIRED, seed=0, name="repaired"):
    """Build the textbook's idea so that it works: convolutions that shrink it, and a decoder that mirrors them.

    Strided convolutions with padding bring the picture down to a small grid, so that the dense layer before the code
    is small; the code is linear, so that no unit of it can die; the decoder has a dense layer back to the grid and then
    doubles it by repeating every value, with a convolution after each doubling. The error is binary cross-entropy,
    whose gradient does not vanish where the sigmoid is saturated.

    Args:
        config: `RepairedConfig`.
        objective: `Objective`; binary cross-entropy if not given.
        seed: int, 0 or more, decides the initial weights.
        name: str, name of the model.

    Returns:
        `Autoencoder` from `(batch, height, width, channels)` to the same shape, with a code `(batch, latent_dim)`.

    Raises:
        TypeError: if `config` is not a `RepairedConfig`.
        ValueError: if `seed` is not a whole number of 0 or more.

    Example:
        >>> [layer.name for layer in build_repaired().encoder.layers]
        ['picture', 'down_1', 'down_2', 'as_row', 'to_code']
    """
    initializer = _initializers(config, RepairedConfig, seed, name, keras.initializers.HeNormal)

    def convolution(filters, name, strides=1, activation="relu"):
        return keras.layers.Conv2D(filters, KERNEL, strides, "same", activation=activation, name=name, **initializer())

    picture = x = keras.Input(config.input_shape, name="picture")
    for index, width in enumerate(config.widths, start=1):
        x = convolution(width, f"down_{index}", strides=2)(x)  # height and width halved
    x = keras.layers.Flatten(name="as_row")(x)
    x = keras.layers.Dense(config.latent_dim, name="to_code", **initializer())(x)
    encoder = keras.Model(picture, x, name="encoder")

    code = keras.Input(config.code_shape, name="code")
    x = keras.layers.Dense(prod(config.grid_shape), "relu", name="to_grid", **initializer())(code)
    x = keras.layers.Reshape(config.grid_shape, name="as_grid")(x)
    for index, width in reversed(list(enumerate(config.widths, start=1))):
        x = keras.layers.UpSampling2D(2, name=f"up_{index}")(x)  # height and width doubled
        x = convolution(width, f"mix_{index}")(x)
    x = convolution(config.input_shape[2], "to_picture", activation="sigmoid")(x)
    return Autoencoder(encoder, keras.Model(code, x, name="decoder"), objective, name=name)


def _initializers(config, kind, seed, name, initializer):
    # One seed per layer, all from the one that was given.
    if not isinstance(config, kind):
        raise TypeError(f"config must be a {kind.__name__}; received {config!r}")
    seeds = count(1000 * sizes.check_building(seed, name))
    return lambda: {"kernel_initializer": initializer(seed=next(seeds))}
