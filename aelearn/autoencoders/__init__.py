"""The autoencoders of the course, each built from a frozen config by one function."""

from aelearn.autoencoders.base import Autoencoder, Objective
from aelearn.autoencoders.calming import faint_energy, learn_calm
from aelearn.autoencoders.convolutional import ConvolutionalConfig, build_convolutional
from aelearn.autoencoders.denoising import Corrupt, DenoisingAutoencoder, DenoisingConfig, build_denoising
from aelearn.autoencoders.dense import DenseConfig, build_dense
from aelearn.autoencoders.describe import (
    LayerRow,
    LayerTable,
    convolution_parameters,
    convolution_size,
    dense_parameters,
    layer_table,
    receptive_field,
)
from aelearn.autoencoders.linear import LinearConfig, build_linear
from aelearn.autoencoders.narrowing import narrow
from aelearn.autoencoders.outline import outline, outlined_field
from aelearn.autoencoders.painter import PainterAutoencoder, PainterConfig, build_painter
from aelearn.autoencoders.pca import PrincipalComponents, fit_pca
from aelearn.autoencoders.pyramid import PyramidAutoencoder, PyramidConfig, build_pyramid
from aelearn.autoencoders.sparse import SparseConfig, build_sparse
from aelearn.autoencoders.textbook import RepairedConfig, TextbookConfig, build_repaired, build_textbook
from aelearn.autoencoders.variational import VariationalAutoencoder, VariationalConfig, build_variational
from aelearn.autoencoders.weights import load_weights, save_weights

__all__ = [
    "Autoencoder",
    "ConvolutionalConfig",
    "Corrupt",
    "DenoisingAutoencoder",
    "DenoisingConfig",
    "DenseConfig",
    "LayerRow",
    "LayerTable",
    "LinearConfig",
    "Objective",
    "PainterAutoencoder",
    "PainterConfig",
    "PrincipalComponents",
    "PyramidAutoencoder",
    "PyramidConfig",
    "RepairedConfig",
    "SparseConfig",
    "TextbookConfig",
    "VariationalAutoencoder",
    "VariationalConfig",
    "build_convolutional",
    "build_denoising",
    "build_dense",
    "build_linear",
    "build_painter",
    "build_pyramid",
    "build_repaired",
    "build_sparse",
    "build_textbook",
    "build_variational",
    "convolution_parameters",
    "convolution_size",
    "dense_parameters",
    "faint_energy",
    "fit_pca",
    "layer_table",
    "learn_calm",
    "load_weights",
    "narrow",
    "outline",
    "outlined_field",
    "receptive_field",
    "save_weights",
]
