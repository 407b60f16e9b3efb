"""The linear autoencoder: one layer in, one layer out, no activation. It learns principal component analysis."""

from dataclasses import dataclass

import numpy as np

from aelearn.autoencoders import sizes
from aelearn.autoencoders.base import PLAIN
from aelearn.autoencoders.dense import DenseConfig, build_dense
from aelearn.autoencoders.pca import PrincipalComponents


@dataclass(frozen=True)
class LinearConfig:
    """Shape of a linear autoencoder.

    Raises:
        ValueError: if a size is not a positive whole number, or the code is larger than the picture.

    Example:
        >>> LinearConfig(latent_size=8).code_shape
        (8,)
    """

    input_shape: tuple[int, int, int] = (28, 28, 1)  # height, width, channels of a picture
    latent_size: int = 16  # units of the code, at most the values in a picture

    def __post_init__(self):
        dense = self.dense
        sizes.fix(self, input_shape=dense.input_shape, latent_size=dense.latent_size)

    @property
    def dense(self):
        """`DenseConfig` of the same model: no hidden layer and no activation anywhere."""
        return DenseConfig(self.input_shape, (), self.latent_size, output="linear")

    @property
    def code_shape(self):
        return (self.latent_size,)


def build_linear(config=LinearConfig(), *, pca=None, objective=PLAIN, seed=0, name="linear"):
    """Build a linear autoencoder, z = W₁ x + b₁ and x̂ = W₂ z + b₂, with random weights or with those of a PCA.

    Trained on mean squared error it finds the subspace of the first `latent_size` principal directions, though not
    the directions one by one: any invertible matrix between the two layers cancels.
    Reference: Baldi and Hornik 1989, "Neural networks and principal component analysis".

    Args:
        config: `LinearConfig`.
        pca: `PrincipalComponents` of pictures of the same shape, whose weights the model starts with; or None.
        objective: `Objective`, what it will be trained for.
        seed: int, 0 or more, decides the initial weights.
        name: str, name of the model.

    Returns:
        `Autoencoder` from `(batch, height, width, channels)` to the same shape; its output is not held in [0, 1].

    Raises:
        TypeError: if `config` is not a `LinearConfig`, or `pca` no `PrincipalComponents`.
        ValueError: if `pca` is of pictures of another shape.

    Example:
        >>> model = build_linear(LinearConfig(latent_size=4))
        >>> [layer.name for layer in model.encoder.layers]
        ['picture', 'as_row', 'to_code']
    """
    if not isinstance(config, LinearConfig):
        raise TypeError(f"config must be a LinearConfig; received {config!r}")
    model = build_dense(config.dense, objective=objective, seed=seed, name=name)
    if pca is not None:
        _put_pca(model, pca, config)
    return model


def _put_pca(model, pca, config):
    if not isinstance(pca, PrincipalComponents):
        raise TypeError(f"pca must be what fit_pca returns; received {type(pca).__name__}")
    if tuple(pca.picture_shape) != config.input_shape:
        raise ValueError(f"pca must be of pictures of shape {config.input_shape}; received {tuple(pca.picture_shape)}")
    directions = pca.components[: config.latent_size]  # (latent_size, values)
    weights = [directions.T, -directions @ pca.mean, directions, pca.mean]
    model.set_weights([np.asarray(each, np.float32) for each in weights])
