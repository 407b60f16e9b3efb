"""What a model does when it is asked for nothing, and when it is asked ten times: identity, leak, effective rank."""

from dataclasses import dataclass

import numpy as np

from aelearn import metrics
from aelearn.evaluate.judges import edge_correlation


def identity_error(stylizer, picture, *, alpha=1.0, method="optimal_transport"):
    """How much of a picture survives being painted in its own style: T(c, c) should be c.

    Nothing has to be moved then, so what is lost is lost by the autoencoder and by the map's rounding.
    Reference: Park and Lee 2019, "Arbitrary style transfer with style-attentional networks", section 3.2, where it
    is a loss.

    Args:
        stylizer: `Stylizer`.
        picture: array `(height, width, 3)` in [0, 1].
        alpha: float from 0 to 1, as for the stylizer.
        method: likewise.

    Returns:
        PSNR in dB of T(c, c) against c; infinity if both are equal.

    Raises:
        ImageError: if it is not a picture.

    Example:
        >>> identity_error(lambda photo, style, **_: photo * 0 + 0.1, np.zeros((8, 8, 3)))
        20.0
    """
    return round(metrics.psnr(picture, stylizer(picture, picture, alpha=alpha, method=method)), 6)


@dataclass(frozen=True)
class Leak:
    """What is left of a photo after one application and after many; made by `leak`.

    Example:
        >>> Leak(10, 0.6, 0.4, 30.0, 25.0).edges_lost
        0.2
    """

    times: int  # how many applications
    edges_once: float  # edge correlation to the photo after one
    edges_last: float  # and after all
    psnr_once: float  # dB, the plain reconstruction against the photo
    psnr_last: float  # dB, the reconstruction of the reconstruction of …

    @property
    def edges_lost(self):
        return round(self.edges_once - self.edges_last, 6)


def leak(stylizer, photo, painting, *, times=10, alpha=1.0, method="optimal_transport"):
    """Apply a painting again and again: a transfer that keeps the photo's content keeps it the tenth time as well.

    Two walks from the photo: xₜ = T(xₜ₋₁, painting), judged by its edges against the photo's, and yₜ = D(E(yₜ₋₁)), the
    plain reconstruction, judged by its PSNR. What gets lost on the second walk is lost to the autoencoder; what gets
    lost on the first and not on the second, to the transfer.
    Reference: An et al. 2021, "ArtFlow: unbiased image style transfer via reversible neural flows", figure 2.

    Args:
        stylizer: `Stylizer`.
        photo: array `(height, width, 3)` in [0, 1].
        painting: likewise, of any size; or a `Style`.
        times: int, 1 or more.
        alpha: float from 0 to 1, as for the stylizer.
        method: likewise.

    Returns:
        `Leak`.

    Raises:
        ImageError: if one is not a picture.
        ValueError: if `times` is no such int.

    Example:
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer = Stylizer(build_pyramid(PyramidConfig((4, 8))))
        >>> leak(stylizer, np.ones((16, 16, 3)), np.zeros((16, 16, 3)), times=2).times
        2
    """
    if isinstance(times, bool) or not isinstance(times, int) or times < 1:
        raise ValueError(f"times must be an int of 1 or more; received {times!r}")
    style = painting if hasattr(painting, "moments") else stylizer.style(painting)
    painted = _walk(photo, times, lambda picture: stylizer(picture, style, alpha=alpha, method=method))
    plain = _walk(photo, times, stylizer.reconstruct)
    edges = [edge_correlation(photo, picture) for picture in painted]
    return Leak(times, *edges, *(metrics.psnr(photo, picture) for picture in plain))


def effective_ranks(styles):
    """Effective rank of the code at every level, the mean over pictures.

    Each picture's own covariance is what a transfer has to work with; that of many pictures together would be richer
    than any of them.

    Args:
        styles: list of `Style`, one per picture, from one model; see `metrics.effective_rank`.

    Returns:
        tuple of float, level 1 first.

    Raises:
        ValueError: if there is none.

    Example:
        >>> from aelearn import transforms
        >>> from aelearn.stylize import Style
        >>> effective_ranks([Style((transforms.Moments(np.zeros(3), np.diag([1.0, 1.0, 0.0])),))])
        (2.0,)
    """
    ranks = [[metrics.effective_rank(level.covariance) for level in style.moments] for style in styles]
    if not ranks:
        raise ValueError("styles must hold at least one; received none")
    return tuple(round(float(rank), 6) for rank in np.mean(ranks, axis=0))


def _walk(picture, times, step):
    # The first picture of a walk and its last.
    first = picture = step(picture)
    for _ in range(times - 1):
        picture = step(picture)
    return first, picture
