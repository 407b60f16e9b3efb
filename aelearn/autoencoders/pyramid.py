"""The pyramid autoencoder: a code at every scale, and from each of them a way back to the picture."""

from dataclasses import dataclass
from itertools import count

from aelearn import losses
from aelearn.autoencoders.inputs import check_input
from aelearn.autoencoders.sizes import check_building
from aelearn.layers import ReflectConv2D, upsample

import keras  # isort: skip
from keras import ops


@dataclass(frozen=True)
class PyramidConfig:
    """Shape of a pyramid autoencoder.

    Raises:
        ValueError: if `widths` is empty or holds anything but positive ints, or `channels` is none.

    Example:
        >>> PyramidConfig(widths=(8, 16)).num_levels
        2
    """

    widths: tuple[int, ...] = (16, 32, 64, 128)  # channels of the code at level 1, 2, … ; level l is 2^(l-1) smaller
    channels: int = 3  # of the picture

    def __post_init__(self):
        widths = tuple(self.widths) if isinstance(self.widths, (tuple, list)) else ()
        if not widths or not all(map(is_size, widths)):
            raise ValueError(f"widths must be one positive int per level; received {self.widths!r}")
        if not is_size(self.channels):
            raise ValueError(f"channels must be a positive int; received {self.channels!r}")
        object.__setattr__(self, "widths", widths)

    @property
    def num_levels(self):
        return len(self.widths)


def is_size(value):
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


@keras.saving.register_keras_serializable(package="aelearn")
class PyramidAutoencoder(keras.Model):
    """Encoder and decoder cut into levels, so that a picture can be left and re-entered at any scale.

    The code of level 1 is as large as the picture; every further level halves height and width and has more
    channels. `decode` walks the same stairs back. Codes are linear outputs (no activation), so a code can be
    shifted and stretched freely: that is what style transfer will do. There is no skip connection, through which
    the photo could leak past the code, and no normalisation, which would erase the statistics that make a style.
    Layout after Li et al. 2017, "Universal style transfer via feature transforms", with one shared decoder.

    Args:
        config: `PyramidConfig`.
        **kwargs: as for `keras.Model`.

    Example:
        >>> model = build_pyramid(PyramidConfig(widths=(4, 8)), seed=0)
        >>> code = model.encode(ops.zeros((1, 16, 16, 3)), level=2)
        >>> tuple(code.shape), tuple(model.decode(code, level=2).shape)
        ((1, 8, 8, 8), (1, 16, 16, 3))
    """

    def __init__(self, config, *, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.config, self.seed = config, seed
        initializers = initializers_of(seed)
        below = (config.channels, *config.widths)  # widths shifted by one: what each decoder level returns
        self.encoder_levels = [
            _EncoderLevel(width, first=index == 0, initializers=initializers, name=f"encode_{index + 1}")
            for index, width in enumerate(config.widths)
        ]
        self.decoder_levels = [
            _DecoderLevel(width, below[index], first=index == 0, initializers=initializers, name=f"decode_{index + 1}")
            for index, width in enumerate(config.widths)
        ]

    @property
    def num_levels(self):
        return self.config.num_levels

    @property
    def multiple(self):
        """What height and width of a picture must be multiples of; twice that is the least."""
        return 2 ** (self.num_levels - 1)

    def encode(self, images, level, *, start=0):
        """Climb from the code of level `start` (0 is the picture itself) to the code of `level`.

        Args:
            images: tensor `(batch, height, width, 3)` in [0, 1], or a code if `start` is given;
                height and width of the picture divisible by `2 ** (level - 1)`.
            level: int from 1 to `num_levels`.
            start: int from 0 to `level`, the level that `images` is on.

        Returns:
            Tensor `(batch, height / 2^(level-1), width / 2^(level-1), widths[level - 1])`.
        """
        self._check_level(level)
        what, channels = ("picture", self.config.channels) if start == 0 else ("code", self.config.widths[start - 1])
        check_input(f"{self.name}.encode", what, images, (None, None, None, channels))
        if start == 0:
            images = 2 * images - 1  # centred, so that the first steps of training are not spent on the mean
        for block in self.encoder_levels[start:level]:
            images = block(images)
        return images

    def decode(self, code, level):
        """Walk from the code of `level` back to the picture.

        Args:
            code: tensor as `encode(images, level)` returns it.
            level: int from 1 to `num_levels`.

        Returns:
            Tensor `(batch, height, width, 3)`; near [0, 1] but not clipped.
        """
        self._check_level(level)
        check_input(f"{self.name}.decode", "code", code, (None, None, None, self.config.widths[level - 1]))
        for block in reversed(self.decoder_levels[:level]):
            code = block(code)
        return (code + 1) / 2

    def _check_level(self, level):
        if level not in range(1, self.num_levels + 1):
            raise ValueError(f"level must be from 1 to {self.num_levels}; received {level!r}")

    def call(self, images):
        """Reconstruct from every level: a list of `num_levels` tensors of the shape of `images`."""
        reconstructions, code = [], images
        for level in range(1, self.num_levels + 1):
            code = self.encode(code, level, start=level - 1)
            reconstructions.append(self.decode(code, level))
        return reconstructions

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """`losses.pyramid_loss` of the picture and its reconstructions; there is no label."""
        return losses.pyramid_loss(x, y_pred)

    def get_config(self):
        return {"widths": list(self.config.widths), "channels": self.config.channels, "seed": self.seed,
                "name": self.name}

    @classmethod
    def from_config(cls, config):
        options = dict(config)  # the caller's stays as it is
        shape = PyramidConfig(tuple(options.pop("widths")), options.pop("channels"))
        return cls(shape, **options)


class _EncoderLevel(keras.layers.Layer):
    # (batch, height, width, c) -> (batch, height / 2, width / 2, width_of_level); the first level keeps the size
    def __init__(self, width, *, first, initializers, **kwargs):
        super().__init__(**kwargs)
        self.first = first
        self.down = ReflectConv2D(width, 1 if first else 2, activation="relu",
                                  kernel_initializer=next(initializers), name="down")
        self.mix = ReflectConv2D(width, kernel_initializer=next(initializers), name="mix")

    def call(self, x):
        return self.mix(self.down(x if self.first else ops.relu(x)))


class _DecoderLevel(keras.layers.Layer):
    # (batch, height, width, c) -> (batch, 2 height, 2 width, width_below); the first level keeps the size
    def __init__(self, width, width_below, *, first, initializers, **kwargs):
        super().__init__(**kwargs)
        self.first = first
        self.mix = ReflectConv2D(width if first else width_below, activation="relu",
                                 kernel_initializer=next(initializers), name="mix")
        self.up = ReflectConv2D(width_below, kernel_initializer=next(initializers), name="up")

    def call(self, x):
        x = self.mix(x)
        return self.up(x if self.first else upsample(x))


def initializers_of(seed):
    # One seed per layer, all from the one that was given. The layers of a level come in pairs: the first has a ReLU
    # behind it (He et al. 2015), the second has none (LeCun et al. 1998), so that every code starts at the same scale.
    for index in count():
        kind = keras.initializers.LecunNormal if index % 2 else keras.initializers.HeNormal
        yield kind(seed=seed * 1000 + index)


def build_pyramid(config=PyramidConfig(), *, seed=0, name="pyramid"):
    """Build a pyramid autoencoder with random weights, ready for `training.fit`.

    Args:
        config: `PyramidConfig`.
        seed: int, decides the initial weights.
        name: str, name of the model.

    Returns:
        A built `PyramidAutoencoder`.

    Raises:
        TypeError: if `config` is not a `PyramidConfig`.
        ValueError: if `seed` is not a whole number of 0 or more, or `name` not one that Keras takes.

    Example:
        >>> build_pyramid(seed=1).count_params()
        441651
    """
    if not isinstance(config, PyramidConfig):
        raise TypeError(f"config must be a PyramidConfig; received {config!r}")
    model = PyramidAutoencoder(config, seed=check_building(seed, name), name=name)
    side = 2 ** config.num_levels
    model(ops.zeros((1, side, side, config.channels)))
    return model
