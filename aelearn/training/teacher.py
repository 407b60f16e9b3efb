"""A perceptual teacher: a network that has seen many pictures, and whose features say what people see in one."""

import contextlib
import re
import sys
from pathlib import Path

import numpy as np

from aelearn import runtime  # noqa: F401  first, so that the backend starts quietly
from aelearn.archives import unpack

import keras  # isort: skip
from keras import ops

LAYER = re.compile(r"conv(\d)_?(\d)$")  # conv11, conv1_1: block, and place in it
MEANS = np.array([103.939, 116.779, 123.68], np.float32)  # of ImageNet in blue, green, red, as VGG was trained
MOST_BYTES = 250_000_000  # unpacked: VGG-19 without its last layers is 80 million


class Teacher:
    """The features of a VGG at the first convolution of every block, for a batch of pictures.

    3×3 convolutions with the border reflected, ReLU, 2×2 max pooling between blocks. The features are divided, channel
    by channel, by their mean over some pictures once `normalise` was called, so that published weights of losses carry
    over. Its weights are constants: nothing trains them, and no file that is written holds them.
    Reference: Simonyan and Zisserman 2015, "Very deep convolutional networks"; Gatys et al. 2016, section 2, for the
    normalisation.

    Args:
        arrays: dict from "conv0/kernel", "conv11/kernel", "conv11/bias", … to arrays; kernels `(rows, columns, in,
            out)`. conv0 is a 1×1 convolution from RGB in [0, 1] to what the network was trained on.
        name: str, for messages and cards.

    Raises:
        ValueError: if an array is missing, or of a shape that does not fit.

    Example:
        >>> arrays = {"conv0/kernel": np.ones((1, 1, 3, 3)), "conv0/bias": np.zeros(3),
        ...           "conv11/kernel": np.ones((3, 3, 3, 4)), "conv11/bias": np.zeros(4)}
        >>> [tuple(f.shape) for f in Teacher(arrays)(ops.ones((1, 8, 8, 3)))]
        [(1, 8, 8, 4)]
    """

    def __init__(self, arrays, *, name="teacher"):
        self.name, self._layers = name, _check(arrays)
        self.names = [layer for layer, *_ in self._layers if LAYER.match(layer)[2] == "1"]
        self._scales = dict.fromkeys(self.names)
        self._entry = tuple(_constant(arrays[f"conv0/{part}"]) for part in ("kernel", "bias"))

    def __call__(self, images):
        """Features of a batch.

        Args:
            images: tensor `(batch, height, width, 3)` in [0, 1].

        Returns:
            list of tensors `(batch, height / 2^i, width / 2^i, channels)`, one per block, i from 0.
        """
        x, features = ops.conv(images, self._entry[0], padding="valid") + self._entry[1], []
        for layer, kernel, bias in self._layers:
            first = layer in self._scales
            if first and features:
                x = ops.max_pool(x, 2, strides=2, padding="valid")  # without strides Keras fails on JAX
            x = ops.relu(ops.conv(ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect"), kernel,
                                  padding="valid") + bias)
            if first:
                scale = self._scales[layer]
                features.append(x if scale is None else x * scale)
        return features

    def normalise(self, images):
        """Divide the features of every channel by their mean over these pictures, from now on.

        Args:
            images: array `(batch, height, width, 3)` in [0, 1]; about 100 crops are enough.

        Returns:
            the teacher itself.

        Raises:
            ValueError: if there is no picture.
        """
        if not len(images):
            raise ValueError("images must hold at least one picture; received none")
        self._scales = dict.fromkeys(self._scales)
        totals = [0.0] * len(self.names)
        for image in images:
            for index, features in enumerate(self(ops.convert_to_tensor(image[None]))):
                totals[index] = totals[index] + ops.convert_to_numpy(ops.mean(features, axis=(0, 1, 2)))
        for layer, total in zip(self.names, totals):
            mean = total / len(images)
            # A channel that hardly ever speaks would be made to shout.
            self._scales[layer] = _constant(1 / np.maximum(mean, 0.05 * max(mean.mean(), 1e-6)))
        return self


def load_teacher(source):
    """Read a teacher from a file, or have Keras fetch one.

    Args:
        source: path of an `.npz` with arrays such as "conv11/kernel"; or "vgg19" for
            `keras.applications.VGG19(weights="imagenet")`, which downloads about 80 MB at the first time.

    Returns:
        `Teacher`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it holds something else.

    Example:
        >>> load_teacher("nowhere.npz")
        Traceback (most recent call last):
        FileNotFoundError: teacher must be an .npz file or "vgg19"; there is no file nowhere.npz
    """
    if str(source) == "vgg19":
        return Teacher(_keras_vgg19(), name="vgg19")
    path = Path(source)
    if not path.is_file():
        raise FileNotFoundError(f'teacher must be an .npz file or "vgg19"; there is no file {path}')
    try:
        arrays = unpack(path, most_bytes=MOST_BYTES)
        return Teacher({key: array for key, array in arrays.items() if "_aux" not in key}, name=path.stem)
    except MemoryError:
        raise
    except ValueError as error:
        raise ValueError(f"{path} is not a teacher: {error}") from error
    except Exception as error:  # damage shows in as many ways as there are parts of zip and npy
        raise ValueError(f"{path} is not a teacher: it is no .npz file, or damaged ({error})") from error


def _check(arrays):
    names = sorted({key.split("/")[0] for key in arrays if LAYER.match(key.split("/")[0])},
                   key=lambda name: LAYER.match(name).groups())
    if not names:
        raise ValueError("it holds no layer such as conv11/kernel")
    if not names[0].endswith("1"):
        raise ValueError(f"its first layer must be the first of a block, such as conv11; received {names[0]}")
    channels, layers = 3, []
    for name, size in [("conv0", 1), *((name, 3) for name in names)]:
        missing = [part for part in ("kernel", "bias") if f"{name}/{part}" not in arrays]
        if missing:
            raise ValueError(f"it lacks {name}/{missing[0]}")
        kernel, bias = (np.asarray(arrays[f"{name}/{part}"]) for part in ("kernel", "bias"))
        if kernel.ndim != 4 or kernel.shape[:3] != (size, size, channels) or bias.shape != kernel.shape[3:]:
            raise ValueError(f"{name}/kernel has shape {kernel.shape} and its bias {bias.shape}, "
                             f"expected ({size}, {size}, {channels}, n) and (n,)")
        if not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
            raise ValueError(f"{name} holds values that are not finite")
        channels = kernel.shape[3]
        layers.append((name, _constant(kernel), _constant(bias)))
    return layers[1:]


def _keras_vgg19():
    arrays = {"conv0/kernel": 255 * np.eye(3)[::-1].reshape(1, 1, 3, 3), "conv0/bias": -MEANS}
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras tells of its download where results belong
            network = keras.applications.VGG19(include_top=False, weights="imagenet")
    except Exception as error:  # urllib, ssl and Keras each have their own
        problem = f"could not be downloaded ({error})"
        raise ValueError(f"teacher vgg19 {problem}; connect to a network, or give the path of an .npz") from error
    for layer in network.layers:
        if layer.weights and layer.name < "block5_conv2":
            block, place = re.match(r"block(\d)_conv(\d)", layer.name).groups()
            arrays |= dict(zip((f"conv{block}{place}/kernel", f"conv{block}{place}/bias"), layer.get_weights()))
    return arrays


def _constant(array):
    return ops.convert_to_tensor(np.asarray(array, np.float32))
