"""The denoising autoencoder: its input is damaged while it trains, and it is asked for the picture as it was."""

from dataclasses import dataclass, field
from numbers import Real

from aelearn import runtime  # noqa: F401  first, so that the backend starts quietly
from aelearn.autoencoders.base import PLAIN, Autoencoder, Objective
from aelearn.autoencoders.convolutional import ConvolutionalConfig, build_convolutional
from aelearn.autoencoders.dense import DenseConfig, build_dense
from aelearn.autoencoders.sizes import choice, whole

import keras  # isort: skip
from keras import ops

CORRUPTIONS = ("noise", "mask")


def _check(corruption, amount):
    choice("corruption", corruption, CORRUPTIONS)
    most = 1 if corruption == "mask" else float("inf")
    if isinstance(amount, bool) or not isinstance(amount, Real) or not 0 <= amount <= most or amount == float("inf"):
        wanted = "from 0 to 1, the share of pixels that are masked" if most == 1 else "of 0 or more"
        raise ValueError(f"amount must be a number {wanted}; received {amount!r}")


@keras.saving.register_keras_serializable(package="aelearn")
class Corrupt(keras.layers.Layer):
    """Damage pictures while training, and pass them through untouched otherwise.

    "noise" adds Gaussian noise of deviation `amount` to every value and cuts off at 0 and 1, as
    `corruptions.add_noise` does; "mask" sets each pixel to black with probability `amount`, in all channels at once.
    Reference: Vincent et al. 2008, "Extracting and composing robust features with denoising autoencoders".

    Args:
        corruption: "noise" or "mask".
        amount: float, 0 or more; at most 1 for "mask".
        seed: int, 0 or more, decides the random stream. Its state is kept in a checkpoint.
        **kwargs: as for `keras.layers.Layer`.

    Raises:
        ValueError: if `corruption` is unknown, or `amount` or `seed` out of range.

    Example:
        >>> layer = Corrupt("mask", 1.0)
        >>> white = ops.ones((1, 2, 2, 1))
        >>> float(ops.sum(layer(white))), float(ops.sum(layer(white, training=True)))
        (4.0, 0.0)
    """

    def __init__(self, corruption="noise", amount=0.5, *, seed=0, **kwargs):
        super().__init__(**kwargs)
        _check(corruption, amount)
        self.corruption, self.amount, self.seed = corruption, float(amount), whole("seed", seed, least=0)
        self.random = keras.random.SeedGenerator(self.seed)

    def call(self, images, training=False):
        if not training:
            return images
        if self.corruption == "noise":
            noise = keras.random.normal(ops.shape(images), dtype=images.dtype, seed=self.random)
            return ops.clip(images + self.amount * noise, 0, 1)
        pixels = (*ops.shape(images)[:-1], 1)  # one draw for all channels of a pixel
        kept = keras.random.uniform(pixels, seed=self.random) >= self.amount
        return images * ops.cast(kept, images.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return super().get_config() | {"corruption": self.corruption, "amount": self.amount, "seed": self.seed}


@keras.saving.register_keras_serializable(package="aelearn")
class DenoisingAutoencoder(Autoencoder):
    """An autoencoder that sees damaged pictures while it trains, and whose loss compares with the undamaged ones.

    L = L_rec(x, D(E(c(x)))) + λ · L_reg, c the damage, drawn anew for every batch. `encode`, `predict` and validation
    use the pictures as they are given: damage them yourself to see what it can repair.
    Reference: Vincent et al. 2008, "Extracting and composing robust features with denoising autoencoders".

    Args:
        encoder: `keras.Model` from pictures to codes.
        decoder: `keras.Model` from codes to pictures.
        objective: `Objective`.
        corruption: "noise" or "mask", see `Corrupt`.
        amount: float, how much, see `Corrupt`.
        seed: int, 0 or more, of the damage.
        **kwargs: as for `keras.Model`.

    Example:
        >>> model = build_denoising(DenoisingConfig(amount=0.3))
        >>> model.corrupt.amount
        0.3
    """

    def __init__(self, encoder, decoder, objective=PLAIN, *, corruption="noise", amount=0.5, seed=0, **kwargs):
        super().__init__(encoder, decoder, objective, **kwargs)
        self.corrupt = Corrupt(corruption, amount, seed=seed, name="corrupt")

    def call(self, images, training=False):
        return super().call(self.corrupt(images, training=training), training=training)

    def get_config(self):
        corrupt = self.corrupt
        return super().get_config() | {"corruption": corrupt.corruption, "amount": corrupt.amount, "seed": corrupt.seed}

    @classmethod
    def from_config(cls, config):
        halves = [keras.saving.deserialize_keras_object(config[name]) for name in ("encoder", "decoder")]
        rest = {name: config[name] for name in ("corruption", "amount", "seed", "name")}
        return cls(*halves, Objective(**config["objective"]), **rest)


@dataclass(frozen=True)
class DenoisingConfig:
    """Shape of a denoising autoencoder, and the damage it learns to repair.

    Raises:
        TypeError: if `base` is neither a `DenseConfig` nor a `ConvolutionalConfig`.
        ValueError: if `corruption` is unknown, or `amount` out of range.

    Example:
        >>> DenoisingConfig(DenseConfig(latent_size=8), "mask", 0.5).base.latent_size
        8
    """

    base: DenseConfig | ConvolutionalConfig = field(default_factory=DenseConfig)  # shape of the two halves
    corruption: str = "noise"  # "noise" or "mask"
    amount: float = 0.5  # deviation of the noise, or share of pixels that are masked

    def __post_init__(self):
        if not isinstance(self.base, (DenseConfig, ConvolutionalConfig)):
            raise TypeError(f"base must be a DenseConfig or a ConvolutionalConfig; received {self.base!r}")
        _check(self.corruption, self.amount)


def build_denoising(config=DenoisingConfig(), *, objective=PLAIN, seed=0, name="denoising"):
    """Build a denoising autoencoder with random weights.

    Args:
        config: `DenoisingConfig`.
        objective: `Objective`, what it will be trained for.
        seed: int, 0 or more, decides the initial weights and the stream of damage.
        name: str, name of the model.

    Returns:
        `DenoisingAutoencoder` from `(batch, height, width, channels)` in [0, 1] to the same shape.

    Raises:
        TypeError: if `config` is not a `DenoisingConfig`.

    Example:
        >>> build_denoising(DenoisingConfig(DenseConfig(latent_size=8))).encoder.output_shape
        (None, 8)
    """
    if not isinstance(config, DenoisingConfig):
        raise TypeError(f"config must be a DenoisingConfig; received {config!r}")
    build = build_dense if isinstance(config.base, DenseConfig) else build_convolutional
    halves = build(config.base, seed=seed, name=name)
    return DenoisingAutoencoder(halves.encoder, halves.decoder, objective, corruption=config.corruption,
                                amount=config.amount, seed=seed, name=name)
