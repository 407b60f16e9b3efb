"""The dense autoencoder: the picture as one long row of numbers, every layer connected to all of the one before."""

from dataclasses import dataclass
from itertools import count
from math import prod

from aelearn.autoencoders import sizes
from aelearn.autoencoders.base import PLAIN, Autoencoder

import keras  # isort: skip


@dataclass(frozen=True)
class DenseConfig:
    """Shape of a dense autoencoder. With `hidden=()` each half is a single layer.

    Raises:
        ValueError: if a size is not a positive whole number, the code is larger than the picture, or an activation
            is unknown.

    Example:
        >>> DenseConfig(hidden=(256, 64), latent_size=8).code_shape
        (8,)
    """

    input_shape: tuple[int, int, int] = (28, 28, 1)  # height, width, channels of a picture
    hidden: tuple[int, ...] = (128,)  # units of the encoder's hidden layers; the decoder has them in reverse
    latent_size: int = 16  # units of the code, at most the values in a picture
    activation: str = "relu"  # of the hidden layers: "relu", "tanh", "sigmoid", "elu", "gelu" or "linear"
    output: str = "sigmoid"  # of the last layer: "sigmoid", which stays in (0, 1), or "linear"
    code_activation: str = "linear"  # of the code, one of the activations of hidden layers

    def __post_init__(self):
        sizes.fix(
            self,
            input_shape=sizes.picture_shape("input_shape", self.input_shape),
            hidden=sizes.whole_tuple("hidden", self.hidden, empty=True),
            latent_size=sizes.whole("latent_size", self.latent_size),
        )
        sizes.check_code_size("latent_size", self.latent_size, self.input_shape)
        sizes.choice("activation", self.activation, sizes.ACTIVATIONS)
        sizes.choice("code_activation", self.code_activation, sizes.ACTIVATIONS)
        sizes.choice("output", self.output, sizes.OUTPUTS)

    @property
    def code_shape(self):
        return (self.latent_size,)


def build_dense(config=DenseConfig(), *, objective=PLAIN, seed=0, name="dense"):
    """Build a dense autoencoder with random weights, its two halves named `encoder` and `decoder`.

    Args:
        config: `DenseConfig`.
        objective: `Objective`, what it will be trained for.
        seed: int, 0 or more, decides the initial weights.
        name: str, name of the model.

    Returns:
        `Autoencoder` from `(batch, height, width, channels)` to the same shape, with a code `(batch, latent_size)`.

    Raises:
        TypeError: if `config` is not a `DenseConfig`.
        ValueError: if `seed` is not a whole number of 0 or more.

    Example:
        >>> model = build_dense(DenseConfig(hidden=(32,), latent_size=4))
        >>> [layer.name for layer in model.decoder.layers]
        ['code', 'up_1', 'to_picture', 'as_picture']
    """
    if not isinstance(config, DenseConfig):
        raise TypeError(f"config must be a DenseConfig; received {config!r}")
    seeds = count(1000 * sizes.check_building(seed, name))

    def dense(units, activation, name):
        # He et al. 2015 for rectified units, Glorot and Bengio 2010 for all others
        kind = "HeNormal" if activation in ("relu", "elu", "gelu") else "GlorotNormal"
        initializer = getattr(keras.initializers, kind)(seed=next(seeds))
        return keras.layers.Dense(units, activation, kernel_initializer=initializer, name=name)

    picture = keras.Input(config.input_shape, name="picture")
    x = keras.layers.Flatten(name="as_row")(picture)  # (batch, height * width * channels)
    for index, units in enumerate(config.hidden, start=1):
        x = dense(units, config.activation, f"down_{index}")(x)
    x = dense(config.latent_size, config.code_activation, "to_code")(x)
    encoder = keras.Model(picture, x, name="encoder")

    code = x = keras.Input(config.code_shape, name="code")
    for index, units in reversed(list(enumerate(config.hidden, start=1))):
        x = dense(units, config.activation, f"up_{index}")(x)
    x = dense(prod(config.input_shape), config.output, "to_picture")(x)
    decoder = keras.Model(code, keras.layers.Reshape(config.input_shape, name="as_picture")(x), name="decoder")
    return Autoencoder(encoder, decoder, objective, name=name)
