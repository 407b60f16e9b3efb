"""Style as statistics: the moments of a code, the maps between two of them, and mixtures of several.

A code is a cloud of points, one per position, one axis per channel. Its mean and covariance are its style here.
The linear algebra runs in float64 NumPy on one thread: for matrices of this size a second thread costs more than
it brings.
"""

from aelearn.transforms.clustering import k_means, squared_distances
from aelearn.transforms.directions import principal_directions, spectral_map
from aelearn.transforms.maps import (
    METHODS,
    AffineMap,
    adain,
    check_alpha,
    check_method,
    cholesky,
    optimal_transport,
    whitening_coloring,
)
from aelearn.transforms.mixing import check_weights, mix_moments
from aelearn.transforms.moments import Moments, moments, region_moments, ridge, style_distance
from aelearn.transforms.wasserstein import wasserstein_distance

__all__ = [
    "METHODS",
    "AffineMap",
    "Moments",
    "adain",
    "check_alpha",
    "check_method",
    "check_weights",
    "cholesky",
    "k_means",
    "mix_moments",
    "moments",
    "optimal_transport",
    "region_moments",
    "ridge",
    "principal_directions",
    "spectral_map",
    "squared_distances",
    "style_distance",
    "wasserstein_distance",
    "whitening_coloring",
]
