"""Pairs of crops, a photo and a painting, for a model that learns to paint."""

import numpy as np

from aelearn.images import resized_crop
from aelearn.training.crops import Crops, check_sizes

NEAREST = 0.45  # the smallest part of a painting that is shown, as a share of a crop's side
FROM_PHOTOS = 0.2  # share of "paintings" that are photos, for there are few paintings, and photos are styles too


class PairCrops(Crops):
    """Batches of square crops, a photo's in channels 0 to 2 and a painting's in channels 3 to 5.

    A crop shows between once and three times its own size, a painting's down to nine twentieths of it: then its strokes
    are larger and softer. Paintings are also mirrored, turned, and change their colours, brightness and contrast: there
    are few of them, and a style nobody painted is one to learn from as well. Batch number i is a function of `seed` and
    i alone.

    Args:
        photos: sequence of uint8 arrays `(height, width, 3)`, such as a `PictureFolder`; each at least `size` on both
            sides.
        paintings: likewise.
        size: int, side of a crop in pixels.
        batch_size: int, pairs per batch.
        seed: int, 0 or more.

    Raises:
        ValueError: if an argument is out of range, or there are no pictures.

    Example:
        >>> one = [np.zeros((32, 40, 3), np.uint8)]
        >>> PairCrops(one, one, size=16, batch_size=4, seed=0)[0].shape
        (4, 16, 16, 6)
    """

    def __init__(self, photos, paintings, *, size, batch_size, seed):
        super().__init__([np.zeros((1, 1, 6), np.float32)], size=1, batch_size=1, seed=0)
        check_sizes(("size", size, 1), ("batch_size", batch_size, 1), ("seed", seed, 0))
        for name, pictures in (("photos", photos), ("paintings", paintings)):
            if not len(pictures):
                raise ValueError(f"{name} must hold at least one picture; received none")
        self.photos, self.paintings = photos, paintings
        self.size, self.batch_size, self.seed = size, batch_size, seed

    def _crop(self, random):
        style = self.photos if random.random() < FROM_PHOTOS else self.paintings
        return np.concatenate([self._photo(random), self._painting(random, style)], axis=2)

    def _photo(self, random):
        return _mirror(self._part(random, self.photos), random).astype(np.float32) / 255

    def _painting(self, random, pictures):
        part = np.rot90(_mirror(self._part(random, pictures, NEAREST), random), random.integers(4))
        return recolour(part.astype(np.float32) / 255, random)

    def _part(self, random, pictures, nearest=1.0):
        image = pictures[int(random.integers(len(pictures)))]
        largest = min(*image.shape[:2], 3 * self.size)
        side = int(round(np.exp(random.uniform(np.log(nearest * self.size), np.log(largest)))))
        top, left = (int(random.integers(length - side + 1)) for length in image.shape[:2])
        return resized_crop(image, (top, left, side), self.size)


def recolour(image, random):
    """Change the colours of one picture in three, the brightness of one in two and the contrast of one in two.

    One in ten loses its colours altogether, as a drawing has none.

    Args:
        image: array `(height, width, 3)` in [0, 1].
        random: `numpy.random.Generator`.

    Returns:
        Array of the same shape in [0, 1].

    Example:
        >>> float(recolour(np.ones((2, 2, 3)), np.random.default_rng(0)).max())
        1.0
    """
    if random.random() < 1 / 3:
        image = image[..., random.permutation(3)]
    elif random.random() < 0.15:
        image = np.repeat(image.mean(axis=-1, keepdims=True), 3, axis=-1)
    if random.random() < 0.5:
        image = image ** np.float32(np.exp(random.uniform(-0.5, 0.5)))
    if random.random() < 0.5:
        middle, gain = image.mean(), np.float32(np.exp(random.uniform(-1.2, 1.0)))
        image = (middle + gain * (image - middle)).clip(0, 1)
    return image


def _mirror(image, random):
    return image[:, ::-1] if random.integers(2) else image
