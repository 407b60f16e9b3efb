"""What a training run is fed: random crops of pictures, repeatable from any step on."""

import numpy as np

from aelearn import runtime  # noqa: F401  first, so that the backend starts quietly

import keras  # isort: skip


class Crops(keras.utils.PyDataset):
    """Batches of random square crops, mirrored half of the time.

    Batch number i is a function of `seed` and i alone, so a run that resumes at step i sees what it would have seen.

    Args:
        images: list of arrays `(height, width, channels)` in [0, 1]; each at least `size` on both sides.
        size: int, side of a crop in pixels.
        batch_size: int, crops per batch.
        seed: int, 0 or more.

    Raises:
        ValueError: if there is no picture, or one is smaller than a crop, or an argument is out of range.

    Example:
        >>> crops = Crops([np.zeros((32, 40, 3), np.float32)], size=16, batch_size=4, seed=0)
        >>> crops[0].shape
        (4, 16, 16, 3)
    """

    def __init__(self, images, *, size, batch_size, seed):
        super().__init__()
        check_sizes(("size", size, 1), ("batch_size", batch_size, 1), ("seed", seed, 0))
        self.images = [_check(image) for image in images]
        self.size, self.batch_size, self.seed = size, batch_size, seed
        self.first_step, self.num_steps = 0, 1  # set by `fit`: the step of batch 0, and how many follow
        if not self.images:
            raise ValueError("images must hold at least one picture; received none")
        small = [image.shape for image in self.images if min(image.shape[:2]) < size]
        if small:
            raise ValueError(f"images must be at least size={size} on both sides; received one of shape {small[0]}")

    def __len__(self):
        return self.num_steps

    def __getitem__(self, index):
        random = np.random.default_rng((self.seed, self.first_step + index))
        return np.stack([self._crop(random) for _ in range(self.batch_size)])

    def _crop(self, random):
        image = self.images[random.integers(len(self.images))]
        top, left = (random.integers(side - self.size + 1) for side in image.shape[:2])
        crop = image[top : top + self.size, left : left + self.size]
        return crop[:, ::-1] if random.integers(2) else crop


def check_sizes(*sizes):
    """Refuse what is no int, or too small: tuples of the argument's name, its value, and the least it may be.

    Raises:
        ValueError: names the argument and what was received.

    Example:
        >>> check_sizes(("seed", 0, 0))
    """
    for name, value, least in sizes:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{name} must be an int of {least} or more; received {value!r}")


def _check(image):
    # NaN passes: `fit` names the step at which it meets one.
    image = np.asarray(image)
    if image.ndim != 3 or image.dtype.kind != "f" or (image < 0).any() or (image > 1).any():
        raise ValueError(
            "images must be float arrays (height, width, channels) with values in [0, 1]; "
            f"received {image.dtype} of shape {image.shape}" + (f", up to {image.max():.4g}" if image.size else "")
        )
    return image.astype(np.float32, copy=False)
