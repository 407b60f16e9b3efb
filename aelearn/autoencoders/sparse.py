"""The sparse autoencoder: many units in the code, few of them at work for any one picture."""

from dataclasses import dataclass

from aelearn.autoencoders import sizes
from aelearn.autoencoders.base import Objective
from aelearn.autoencoders.dense import DenseConfig, build_dense
from aelearn.losses import check_objective


@dataclass(frozen=True)
class SparseConfig:
    """Shape of a sparse autoencoder, and how strongly its code is held down.

    Raises:
        ValueError: if a size is not a positive whole number, the code is larger than the picture, an activation is
            unknown, or `strength` is not a number of 0 or more.

    Example:
        >>> SparseConfig(latent_size=64).code_shape
        (64,)
    """

    input_shape: tuple[int, int, int] = (28, 28, 1)  # height, width, channels of a picture
    hidden: tuple[int, ...] = ()  # units of the encoder's hidden layers; the decoder has them in reverse
    latent_size: int = 64  # units of the code, at most the values in a picture
    strength: float = 1e-4  # λ, 0 or more, of the L1 penalty on the code
    activation: str = "relu"  # of the hidden layers, as for `DenseConfig`
    output: str = "sigmoid"  # of the last layer, as for `DenseConfig`

    def __post_init__(self):
        dense = self.dense
        sizes.fix(self, input_shape=dense.input_shape, hidden=dense.hidden, latent_size=dense.latent_size)
        check_objective("mse", "l1", "code", self.strength)

    @property
    def dense(self):
        """`DenseConfig` of the same layers: a dense autoencoder whose code ends in a ReLU, so that it can be 0."""
        return DenseConfig(self.input_shape, self.hidden, self.latent_size, self.activation, self.output, "relu")

    @property
    def code_shape(self):
        return (self.latent_size,)


def build_sparse(config=SparseConfig(), *, error="mse", seed=0, name="sparse"):
    """Build a sparse autoencoder: a dense one with a rectified code and an L1 penalty on it.

    L = L_rec + λ · 1/B Σ_b Σⱼ |z_bj| (`losses.autoencoder_loss` with `penalty="l1", on="code"`): a sum over the units
    of one code, a mean over the batch of B.
    Reference: Goodfellow, Bengio and Courville 2016, "Deep learning", section 14.2.1.

    Args:
        config: `SparseConfig`.
        error: str, the reconstruction error L_rec, a key of `losses.ERRORS`.
        seed: int, 0 or more, decides the initial weights.
        name: str, name of the model.

    Returns:
        `Autoencoder` from `(batch, height, width, channels)` to the same shape, with a code of 0 or more.

    Raises:
        TypeError: if `config` is not a `SparseConfig`.
        ValueError: if `error` is unknown.

    Example:
        >>> build_sparse(SparseConfig(strength=0.01)).objective
        Objective(error='mse', penalty='l1', on='code', strength=0.01)
    """
    if not isinstance(config, SparseConfig):
        raise TypeError(f"config must be a SparseConfig; received {config!r}")
    objective = Objective(error, penalty="l1", on="code", strength=config.strength)
    return build_dense(config.dense, objective=objective, seed=seed, name=name)
