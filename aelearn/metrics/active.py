"""How many units of a code say something about the picture."""

import numpy as np


def active_units(means, *, threshold=0.01):
    """How many units of a code change from picture to picture.

    Unit j is active if Var_x(μⱼ(x)) > threshold: the variance over the data of the mean that the encoder gives for
    picture x. A unit that a variational autoencoder does not use has the mean 0 for every picture; in practice the
    variances lie far to one side or the other of the threshold, so that its exact value does not matter.
    Reference: Burda et al. 2016, "Importance weighted autoencoders", section 5.2, with their threshold of 0.01.

    Args:
        means: array `(number, …)`, the latent mean of every picture; divided by the number, not the number less one.
        threshold: float, 0 or more, in squared units of the code.

    Returns:
        int, from 0 to the number of units.

    Raises:
        ValueError: if there are fewer than two pictures or no units, a value is not finite, or `threshold` is negative.

    Example:
        >>> active_units([[1.0, 0.0], [-1.0, 0.1]])
        1
    """
    means = np.asarray(means, np.float64)
    if means.ndim < 2 or len(means) < 2 or not means.size:
        raise ValueError(f"means must be (number, units), of two pictures or more; received shape {means.shape}")
    if not np.isfinite(means).all():
        raise ValueError("means must be finite; received NaN or infinity")
    if not threshold >= 0:
        raise ValueError(f"threshold must be 0 or more; received {threshold!r}")
    return int((means.var(axis=0) > threshold).sum())
