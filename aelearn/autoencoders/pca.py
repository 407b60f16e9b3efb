"""Principal components: the best that a linear autoencoder can do, in closed form. NumPy only."""

from dataclasses import dataclass

import numpy as np

from aelearn.autoencoders import sizes

MOST_VALUES = 4096  # in a picture: its covariance has the square of that


@dataclass(frozen=True)
class PrincipalComponents:
    """Mean and principal directions of pictures; made by `fit_pca`.

    A code of k numbers is the picture, less the mean, along the first k directions. Of all pairs of linear maps to k
    numbers and back, this one has the least squared error on the pictures it was fitted on.
    Reference: Baldi and Hornik 1989, "Neural networks and principal component analysis".

    Example:
        >>> pca = fit_pca(np.random.default_rng(0).random((20, 4, 4, 1)))
        >>> pca.encode(np.zeros((2, 4, 4, 1)), 3).shape
        (2, 3)
    """

    mean: np.ndarray  # (values,), the mean picture as a row
    components: np.ndarray  # (values, values), one direction per row, orthonormal, most variance first
    variances: np.ndarray  # (values,), variance along each direction, 1/N Σ, the eigenvalues of the covariance
    picture_shape: tuple[int, int, int]

    def encode(self, images, latent_size):
        """Pictures `(batch, height, width, channels)` to codes `(batch, latent_size)`, z = W (x − μ)."""
        return (self._rows(images) - self.mean) @ self._chosen(latent_size).T

    def decode(self, code):
        """Codes `(batch, latent_size)` to pictures, x̂ = Wᵀ z + μ; float32, near [0, 1] but not clipped."""
        code = np.asarray(code, np.float64)
        rows = code @ self._chosen(code.shape[-1]) + self.mean
        return rows.reshape(-1, *self.picture_shape).astype(np.float32)

    def reconstruct(self, images, latent_size):
        """Encode and decode."""
        return self.decode(self.encode(images, latent_size))

    def error(self, latent_size):
        """Mean squared error on the pictures of the fit, without encoding one: 1/n Σⱼ₌ₖ₊₁ⁿ λⱼ.

        λⱼ are the `variances`, n the values of a picture, k = `latent_size`: what is lost is the variance along the
        directions that were left out. Reference: Bishop 2006, equation 12.18, divided by n.
        """
        self._chosen(latent_size)
        return float(self.variances[latent_size:].sum() / len(self.variances))

    def _chosen(self, latent_size):
        sizes.check_code_size("latent_size", sizes.whole("latent_size", latent_size), self.picture_shape)
        return self.components[:latent_size]

    def _rows(self, images):
        images = np.asarray(images, np.float64)
        if images.shape[1:] != self.picture_shape:
            raise ValueError(
                f"images must be (number, height, width, channels) of shape {self.picture_shape}, as in the fit; "
                f"received {images.shape}"
            )
        return images.reshape(len(images), -1)


def fit_pca(images):
    """Find the principal directions of pictures: the eigenvectors of their covariance.

    Σ = 1/N Σᵢ (xᵢ − μ)(xᵢ − μ)ᵀ over N pictures; its eigenvector with the largest eigenvalue is the first direction.

    Args:
        images: array `(number, height, width, channels)`, two or more, of at most 4,096 values each.

    Returns:
        `PrincipalComponents`.

    Raises:
        ValueError: if there are fewer than two pictures, they are too large, or a value is not finite.

    Example:
        >>> line = np.outer([-1.0, 0.0, 1.0], [3.0, 4.0]).reshape(3, 1, 2, 1)
        >>> fit_pca(line).components[0].round(1).tolist()
        [0.6, 0.8]
    """
    images = np.asarray(images, np.float64)
    if images.ndim != 4 or len(images) < 2 or not 1 <= images[0].size <= MOST_VALUES:
        raise ValueError(
            f"images must be (number, height, width, channels), two or more with at most {MOST_VALUES} values each; "
            f"received shape {images.shape}"
        )
    if not np.isfinite(images).all():
        raise ValueError("images must be finite numbers; received NaN or infinity")
    rows = images.reshape(len(images), -1)
    mean = rows.mean(axis=0)
    variances, vectors = np.linalg.eigh((rows - mean).T @ (rows - mean) / len(rows))  # ascending
    components = vectors.T[::-1]
    largest = np.abs(components).argmax(axis=1)
    signs = np.sign(np.take_along_axis(components, largest[:, None], axis=1))  # a direction has no sign: choose one
    return PrincipalComponents(mean, components * signs, variances[::-1].clip(min=0), images.shape[1:])
