"""The directions of a code, and the map that keeps the strongest of them or evens them out."""

from numbers import Integral

import numpy as np

from aelearn.transforms.linalg import one_thread, ridged
from aelearn.transforms.maps import AffineMap, check_alpha
from aelearn.transforms.moments import Moments  # noqa: F401  used in the examples


def principal_directions(moments):
    """The axes of a code's cloud, those along which it varies most first.

    Σ = V diag(λ) Vᵀ: the columns of V are the directions, λ the variances along them.
    Reference: Pearson 1901, "On lines and planes of closest fit", where this is the principal axes of a cloud.

    Args:
        moments: `Moments` of a code.

    Returns:
        `(variances, directions)`: float64 arrays `(channels,)`, falling, and `(channels, channels)`, a direction a
        column.

    Example:
        >>> variances, directions = principal_directions(Moments(np.zeros(2), np.diag([1.0, 4.0])))
        >>> variances.tolist(), abs(directions[:, 0]).tolist()
        ([4.0, 1.0], [0.0, 1.0])
    """
    with one_thread():
        variances, directions = np.linalg.eigh(moments.covariance)
    return variances[::-1].clip(min=0), directions[:, ::-1]


def spectral_map(moments, *, keep=None, whiten=0.0):
    """The map that leaves a code only its strongest directions, and makes their variances more equal.

    T = V diag(√(λ′/λ)) Vᵀ with λ′ᵢ = s λᵢ^(1−w) for the first k directions and 0 for all others; s keeps the sum of
    the first k variances what it was. With w = 0 it projects onto these directions, with w = 1 they come out equal,
    which is whitening up to scale. The mean stays.

    Args:
        moments: `Moments` of a code.
        keep: int k from 0 to the number of channels; None for all.
        whiten: float w from 0 to 1.

    Returns:
        `AffineMap` with a symmetric matrix.

    Raises:
        ValueError: if an argument is out of range.

    Example:
        >>> wide = Moments(np.zeros(2), np.diag([9.0, 1.0]))
        >>> spectral_map(wide, keep=1).matrix.round(6).tolist()
        [[1.0, 0.0], [0.0, 0.0]]
        >>> even = spectral_map(wide, whiten=1.0).matrix
        >>> (even @ wide.covariance @ even.T).round(3).tolist()
        [[5.0, 0.0], [0.0, 5.0]]
    """
    keep, whiten = _check_keep(keep, moments.num_channels), check_alpha(whiten, "whiten")
    with one_thread():
        variances, directions = np.linalg.eigh(ridged(moments))
    variances, directions = variances[::-1][:keep], directions[:, ::-1][:, :keep]
    wanted = variances ** (1 - whiten)
    wanted *= variances.sum() / max(wanted.sum(), 1e-300)
    matrix = (directions * np.sqrt(wanted / variances)) @ directions.T
    return AffineMap(matrix, moments.mean, moments.mean)


def _check_keep(keep, channels):
    if keep is None:
        return channels
    if isinstance(keep, bool) or not isinstance(keep, Integral) or not 0 <= keep <= channels:
        raise ValueError(f"keep must be an int from 0 to {channels}, the number of channels; received {keep!r}")
    return int(keep)
