"""The variational autoencoder: its encoder gives a distribution over codes, and training draws from it."""

from dataclasses import dataclass
from math import prod
from numbers import Real

import numpy as np

from aelearn import losses
from aelearn.autoencoders import sizes
from aelearn.autoencoders.base import Autoencoder, Objective
from aelearn.autoencoders.dense import DenseConfig, build_dense
from aelearn.layers import GaussianSample

import keras  # isort: skip
from keras import ops

LIKELIHOOD = Objective(error="bce")


def _check_beta(beta):
    if isinstance(beta, bool) or not isinstance(beta, Real) or not 0 <= beta < float("inf"):
        raise ValueError(f"beta must be a number of 0 or more; received {beta!r}")
    return float(beta)


@dataclass(frozen=True)
class VariationalConfig:
    """Shape of a variational autoencoder with dense halves, and the weight of its KL term.

    Raises:
        ValueError: if a size is not a positive whole number, the code is larger than the picture, an activation is
            unknown, or `beta` is not a number of 0 or more.

    Example:
        >>> VariationalConfig(latent_size=8).beta
        1.0
    """

    input_shape: tuple[int, int, int] = (28, 28, 1)  # height, width, channels of a picture
    hidden: tuple[int, ...] = (256, 128)  # units of the encoder's hidden layers; the decoder has them in reverse
    latent_size: int = 2  # units of the code, at most the values in a picture
    activation: str = "relu"  # of the hidden layers, as for `DenseConfig`
    output: str = "sigmoid"  # of the last layer, as for `DenseConfig`
    beta: float = 1.0  # weight of KL against the reconstruction, both in nats per picture; 1 is the ELBO

    def __post_init__(self):
        dense = self.dense
        sizes.fix(self, input_shape=dense.input_shape, hidden=dense.hidden, latent_size=dense.latent_size,
                  beta=_check_beta(self.beta))

    @property
    def dense(self):
        """`DenseConfig` of the plain autoencoder with the same layers."""
        return DenseConfig(self.input_shape, self.hidden, self.latent_size, self.activation, self.output)


@keras.saving.register_keras_serializable(package="aelearn")
class VariationalAutoencoder(Autoencoder):
    """An autoencoder whose code is a Gaussian, held near the standard normal distribution.

    While training it decodes a code that was *drawn*, z = μ + σ · ε (`layers.GaussianSample`); otherwise it decodes the
    mean μ, so `encode`, `predict` and `evaluate` are deterministic, and a validation loss is that of the mean code.

    It minimises L = L_rec + β/n · KL, where L_rec is a mean over all n values of a picture, and KL
    (`losses.kl_divergence`) a sum over the units of the code, both averaged over the batch. That is
    `losses.negative_elbo` divided by n: same gradient direction, same minimum. Without the 1/n, the KL would weigh n
    times too much, and the code would say nothing.

    Args:
        encoder: `keras.Model` from pictures to two outputs of one shape, mean and log-variance.
        decoder: `keras.Model` from codes to pictures.
        objective: `Objective` with the error "bce", "mse" or "mae"; a penalty can be on the weights only.
        beta: float, 0 or more.
        seed: int, decides the stream of draws.
        **kwargs: as for `keras.Model`.

    Raises:
        ValueError: if the encoder does not give two outputs as the decoder takes them, `beta` is negative or not a
            number, or the objective's error is no likelihood or its penalty is on the code.

    Example:
        >>> model = build_variational(VariationalConfig(hidden=(8,), latent_size=3))
        >>> mean, log_variance = model.encode_distribution(ops.zeros((5, 28, 28, 1)))
        >>> tuple(mean.shape), tuple(log_variance.shape)
        ((5, 3), (5, 3))
    """

    def __init__(self, encoder, decoder, objective=LIKELIHOOD, *, beta=1.0, seed=0, **kwargs):
        super().__init__(encoder, decoder, objective, **kwargs)
        _check_objective(objective)
        self.beta = _check_beta(beta)
        self.num_values = prod(encoder.input_shape[1:])
        self.draw = GaussianSample(seed=seed, name="draw")

    @staticmethod
    def code_shape_of(encoder):
        """Shape of the code that an encoder gives, `(None, …)`: that of its mean and of its log-variance."""
        shapes = encoder.output_shape
        if not isinstance(shapes, list) or len(shapes) != 2 or shapes[0] != shapes[1]:
            raise ValueError(
                f"the encoder must give mean and log-variance, two outputs of one shape; received {shapes}"
            )
        return tuple(shapes[0])

    def encode(self, images, training=False):
        """Pictures `(batch, height, width, channels)` to the means of their codes `(batch, latent_size)`."""
        return self.encode_distribution(images, training=training)[0]

    def encode_distribution(self, images, training=False):
        """Pictures `(batch, height, width, channels)` to mean μ and log-variance ln σ², `(batch, latent_size)` each."""
        self._check_pictures("encode", images)
        mean, log_variance = self.encoder(images, training=training)
        return mean, log_variance

    def sample(self, num, *, seed):
        """New pictures: codes from the standard normal distribution, decoded.

        Args:
            num: int, how many.
            seed: int, 0 or more.

        Returns:
            Array `(num, height, width, channels)`.

        Raises:
            ValueError: if `num` or `seed` is out of range.
        """
        random = np.random.default_rng(sizes.whole("seed", seed, least=0))
        code = random.normal(size=(sizes.whole("num", num), *self.decoder.input_shape[1:]))
        return ops.convert_to_numpy(self.decode(ops.convert_to_tensor(code, "float32")))

    def elbo_terms(self, images, *, num_draws=1, seed=0):
        """The two terms of −ELBO for given pictures, in nats per picture: their sum estimates a bound on −ln p(x).

        Args:
            images: array `(batch, height, width, channels)` in [0, 1].
            num_draws: int, codes drawn per picture; the first term is their mean.
            seed: int, 0 or more.

        Returns:
            `(reconstruction, kl)`, two float; the first summed over the values of a picture, the second over the units
            of the code, both averaged over the pictures.

        Raises:
            ValueError: if `num_draws` or `seed` is out of range.
        """
        random = np.random.default_rng(sizes.whole("seed", seed, least=0))
        self._check_pictures("elbo_terms", images)
        images = ops.convert_to_tensor(images, "float32")
        mean, log_variance = self.encode_distribution(images)
        total = 0.0
        for _ in range(sizes.whole("num_draws", num_draws)):
            noise = ops.convert_to_tensor(random.normal(size=tuple(mean.shape)), "float32")
            decoded = self.decode(mean + ops.exp(0.5 * log_variance) * noise)
            total += self.num_values * float(losses.ERRORS[self.objective.error](images, decoded))
        return total / num_draws, float(losses.kl_divergence(mean, log_variance))

    def call(self, images, training=False):
        mean, log_variance = self.encoder(images, training=training)
        self.add_loss(self.beta / self.num_values * losses.kl_divergence(mean, log_variance))
        return self.decoder(self.draw(mean, log_variance, training=training), training=training)

    def get_config(self):
        return super().get_config() | {"beta": self.beta, "seed": self.draw.seed}

    @classmethod
    def from_config(cls, config):
        halves = (keras.saving.deserialize_keras_object(config[name]) for name in ("encoder", "decoder"))
        return cls(*halves, Objective(**config["objective"]), beta=config["beta"], seed=config["seed"],
                   name=config["name"])


def build_variational(config=VariationalConfig(), *, objective=LIKELIHOOD, seed=0, name="variational"):
    """Build a variational autoencoder with random weights: a dense one whose encoder has a second output.

    Args:
        config: `VariationalConfig`.
        objective: `Objective` with the error "bce", "mse" or "mae".
        seed: int, 0 or more, decides the initial weights and the stream of draws.
        name: str, name of the model.

    Returns:
        `VariationalAutoencoder` from `(batch, height, width, channels)` to the same shape.

    Raises:
        TypeError: if `config` is not a `VariationalConfig`, or `objective` not an `Objective`.
        ValueError: if `seed` is not a whole number of 0 or more, or the objective does not suit.

    Example:
        >>> model = build_variational(VariationalConfig(hidden=(32,)))
        >>> [layer.name for layer in model.encoder.layers]
        ['picture', 'as_row', 'down_1', 'to_mean', 'to_log_variance']
        >>> model.sample(3, seed=0).shape
        (3, 28, 28, 1)
    """
    if not isinstance(config, VariationalConfig):
        raise TypeError(f"config must be a VariationalConfig; received {config!r}")
    plain = build_dense(config.dense, seed=seed, name=name)
    trunk = plain.encoder.layers[-2].output  # (batch, hidden[-1]): what the plain code would be made from
    glorot = keras.initializers.GlorotNormal(seed=1000 * sizes.whole("seed", seed, least=0) + 999)
    mean = keras.layers.Dense(config.latent_size, kernel_initializer=glorot, name="to_mean")
    # From zeros: σ = 1 at first, so that KL starts small and no exp can overflow before anything is learned.
    log_variance = keras.layers.Dense(config.latent_size, kernel_initializer="zeros", name="to_log_variance")
    encoder = keras.Model(plain.encoder.input, [mean(trunk), log_variance(trunk)], name="encoder")
    return VariationalAutoencoder(encoder, plain.decoder, objective, beta=config.beta, seed=seed, name=name)


def _check_objective(objective):
    if objective.error not in losses.LIKELIHOODS:
        known = ", ".join(map(repr, losses.LIKELIHOODS))
        raise ValueError(f"the error of a variational autoencoder must be one of {known}; received {objective.error!r}")
    if objective.penalty is not None and objective.on == "code":
        raise ValueError("the code of a variational autoencoder is held by beta; put the penalty on='weights', or none")
