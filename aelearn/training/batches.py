"""What a training run on small pictures is fed: shuffled batches, repeatable from any step on."""

import numpy as np

from aelearn import runtime  # noqa: F401  first, so that the backend starts quietly
from aelearn.training.crops import check_sizes

import keras  # isort: skip


class Batches(keras.utils.PyDataset):
    """Batches of whole pictures, all of one size, in a new order in every epoch.

    Batch number i is a function of `seed` and i alone, so a run that resumes at step i sees what it would have seen.
    An epoch shows every picture once; pictures that fill no whole batch at its end wait for another epoch.

    Args:
        images: array `(number, height, width, channels)` in [0, 1], what the model gets.
        batch_size: int, pictures per batch, at most `number`.
        seed: int, 0 or more.
        targets: array of the same number of pictures, what the model should return; None for `images` themselves.

    Raises:
        ValueError: if there is no picture, values leave [0, 1], numbers differ, or an argument is out of range.

    Example:
        >>> batches = Batches(np.zeros((100, 28, 28, 1), np.float32), batch_size=32, seed=0)
        >>> batches[0].shape, batches.steps_per_epoch
        ((32, 28, 28, 1), 3)
    """

    def __init__(self, images, *, batch_size, seed, targets=None):
        super().__init__()
        check_sizes(("batch_size", batch_size, 1), ("seed", seed, 0))
        self.images, self.batch_size, self.seed = check_pictures(images, "images"), batch_size, seed
        self.targets = None if targets is None else check_pictures(targets, "targets")
        if self.targets is not None and len(self.targets) != len(self.images):
            raise ValueError(
                f"targets must be one per image; received {len(self.targets)} for {len(self.images)} images"
            )
        if batch_size > len(self.images):
            raise ValueError(
                f"batch_size must be at most the number of images, {len(self.images)}; received {batch_size}"
            )
        self.steps_per_epoch = len(self.images) // batch_size
        self.first_step, self.num_steps = 0, 1  # set by `fit`: the step of batch 0, and how many follow

    def __len__(self):
        return self.num_steps

    def __getitem__(self, index):
        epoch, batch = divmod(self.first_step + index, self.steps_per_epoch)
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.images))
        chosen = order[batch * self.batch_size : (batch + 1) * self.batch_size]
        return self.images[chosen] if self.targets is None else (self.images[chosen], self.targets[chosen])


def check_pictures(images, name):
    """Refuse what are no pictures. NaN passes: `fit` names the step at which it meets one.

    Args:
        images: array `(number, height, width, channels)` in [0, 1].
        name: str, what the argument is called.

    Returns:
        The pictures as a float32 array.

    Raises:
        ValueError: names the argument and what was received.

    Example:
        >>> check_pictures(np.zeros((2, 4, 4, 1)), "images").dtype
        dtype('float32')
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.dtype.kind != "f" or not images.size or (images < 0).any() or (images > 1).any():
        numbers = images.size and images.dtype.kind in "fiu"
        values = f", from {np.nanmin(images):.4g} to {np.nanmax(images):.4g}" if numbers else ""
        raise ValueError(
            f"{name} must be a float array (number, height, width, channels) with values in [0, 1] and at least one "
            f"picture; received {images.dtype} of shape {images.shape}{values}"
        )
    return images.astype(np.float32, copy=False)
