"""The autoencoder that is made for painting: its decoder can move the statistics of the code at every level."""

import itertools
import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from aelearn import losses
from aelearn.autoencoders.inputs import check_input
from aelearn.autoencoders.pyramid import initializers_of, is_size
from aelearn.autoencoders.sizes import check_building
from aelearn.layers import PhaseInitializer, ReflectConv2D, absorb, depth_to_space, reflect_border, space_to_depth

import keras  # isort: skip
from keras import ops

GRAIN_SIDE = 1024  # pixels after which the grain repeats
GRAIN_ORIGIN = 700, 100  # row and column of it in a picture's corner: at 0, 0 the shipped painter drew a comb there
GRAIN_SIZE = 4  # pixels: the standard deviation of the Gaussian by which it is smooth
KEPT = 0.25  # share that `PainterAutoencoder.calm` leaves of what is faint
LEAST, MOST = 1e-6, 1e6  # thresholds of it: below is rounding, above is no painter
TIMES = 0.5, 2.5  # the least and the most that a threshold of it is multiplied by for its colour


@dataclass(frozen=True)
class PainterConfig:
    """Shape of a painter.

    Raises:
        ValueError: if `widths` does not hold two to seven positive ints; if `hidden` does not hold as many; if
            `channels` is not 3; if `grain` is not a number from 0 to 1; if `calm` is not one number per level, 0 or
            from 1e-6 to 1e6.

    Example:
        >>> PainterConfig(widths=(8, 16)).num_levels
        2
    """

    widths: tuple[int, ...] = (32, 64, 128)  # channels of the code at level 1, 2, … ; level l is 2^l smaller
    channels: int = 3  # of the picture
    grain: float = 0.0  # standard deviation of the canvas' grain, see `PainterAutoencoder.prime`
    hidden: tuple[int, ...] | None = None  # channels between the two layers of a block; None for those of its code
    calm: tuple[float, ...] | None = None  # below which details of a code are faint, see `PainterAutoencoder.calm`

    def __post_init__(self):
        widths = tuple(self.widths) if isinstance(self.widths, (tuple, list)) else ()
        if not 2 <= len(widths) <= 7 or not all(map(is_size, widths)):
            raise ValueError(f"widths must be one positive int per level, of two to seven; received {self.widths!r}")
        hidden = widths if self.hidden is None else self.hidden
        if not isinstance(hidden, (tuple, list)) or len(hidden) != len(widths) or not all(map(is_size, hidden)):
            raise ValueError(f"hidden must be one positive int per level, {len(widths)} of them; received {hidden!r}")
        calm = (0.0,) * len(widths) if self.calm is None else self.calm
        if not isinstance(calm, (tuple, list)) or len(calm) != len(widths) or not all(map(_is_strength, calm)):
            raise ValueError(f"calm must be one number per level, {len(widths)} of them, each 0 or from 1e-6 to 1e6; "
                             f"received {calm!r}")
        if self.channels != 3:
            raise ValueError(f"channels must be 3, as a painter works on colour; received {self.channels!r}")
        if isinstance(self.grain, bool) or not isinstance(self.grain, (int, float)) or not 0 <= self.grain <= 1:
            raise ValueError(f"grain must be a number from 0 to 1; received {self.grain!r}")
        object.__setattr__(self, "widths", widths)
        object.__setattr__(self, "hidden", tuple(hidden))
        object.__setattr__(self, "calm", tuple(map(float, calm)))

    @property
    def num_levels(self):
        return len(self.widths)


@keras.saving.register_keras_serializable(package="aelearn")
class PainterAutoencoder(keras.Model):
    """An autoencoder whose decoder stops at every level, so that the code there can be moved towards a painting.

    Unlike a `PyramidAutoencoder`, it does not go back to pixels between two levels: a painted picture costs one
    encoding and one decoding. Level l is 2^l times smaller than the picture, for the stem turns 2×2 pixels into one
    position. Codes are linear outputs, and every block has a linear way around its ReLU, as the pixels of a photo go
    into a code and out again best by a linear map. There is no skip connection from encoder to decoder, through which
    the photo could leak past the code, and no normalisation, which would erase the statistics that make a style.
    Inside the decoder a code has half the height and width that it has in the encoder, which is a quarter of the work;
    a code that comes from the encoder itself is averaged to that size first. It may paint on a canvas with a grain, see
    `prime`, and smooth in its codes what is hardly stronger than that, see `calm`.
    Reference: Chiu and Gurari 2022, "PhotoWCT2", for the maps inside one decoder.

    Args:
        config: `PainterConfig`.
        **kwargs: as for `keras.Model`.

    Example:
        >>> model = build_painter(PainterConfig(widths=(4, 8)), seed=0)
        >>> code = model.encode(ops.zeros((1, 16, 16, 3)), level=2)
        >>> tuple(code.shape), tuple(model.decode(code, level=2).shape)
        ((1, 4, 4, 8), (1, 16, 16, 3))
    """

    def __init__(self, config, *, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.config, self.seed = config, seed
        options = {"initializers": initializers_of(seed), "linear": _linear_initializers(seed)}
        deepest = config.num_levels - 1
        self.encoder_levels = [
            _EncoderLevel(width, hidden, index, deepest=index == deepest, name=f"encode_{index + 1}", **options)
            for index, (width, hidden) in enumerate(zip(config.widths, config.hidden))
        ]
        self.decoder_levels = [
            _DecoderLevel(width, hidden, index and config.widths[index - 1], deepest=index == deepest,
                          name=f"decode_{index + 1}", **options)
            for index, (width, hidden) in enumerate(zip(config.widths, config.hidden))
        ]
        self.calm_levels = [_CalmLevel(width, name=f"calm_{index}") for index, width in enumerate(config.widths, 1)]

    @property
    def num_levels(self):
        return self.config.num_levels

    @property
    def multiple(self):
        """What height and width of a picture must be multiples of; twice that is the least."""
        return 2**self.num_levels

    def prime(self, images, *, at=(0, 0)):
        """Lay the grain of a canvas under pictures: what they are to be encoded from, if they are to be painted.

        Where a photo says nothing, in a sky or on a wall, a decoder has nothing to draw strokes from. The grain is a
        faint gray noise that gives it something; where nothing is moved, the shipped painter leaves more than half of
        it out. It is the same for every picture, so that it lies still under a film.

        Args:
            images: array or tensor `(…, height, width, channels)` in [0, 1].
            at: `(row, column)` of the first pixel, for a part of a larger picture.

        Returns:
            The same, a little beyond [0, 1] perhaps; `images` itself if the painter has no grain.

        Raises:
            ValueError: if `images` is not of floats, or has fewer than three axes; if `at` is not two ints.

        Example:
            >>> plain, primed = (build_painter(PainterConfig((4, 8), grain=grain)) for grain in (0.0, 0.02))
            >>> gray = np.full((1024, 1024, 3), 0.5, np.float32)
            >>> plain.prime(gray) is gray, round(float((primed.prime(gray) - gray).std()), 4)
            (True, 0.02)
        """
        if not self.config.grain:
            return images
        shape = tuple(getattr(images, "shape", ()))
        if len(shape) < 3 or "float" not in str(images.dtype):
            kind = f"shape {shape}, {images.dtype}" if hasattr(images, "dtype") else type(images).__name__
            raise ValueError(f"images must be floats (…, height, width, channels); received {kind}")
        if not isinstance(at, (tuple, list)) or len(at) != 2 or not all(isinstance(i, (int, np.integer)) for i in at):
            raise ValueError(f"at must be two ints, a row and a column; received {at!r}")
        place = *shape[-3:], *(int(first) % GRAIN_SIDE for first in at)
        make = _canvas if shape[-3] * shape[-2] <= GRAIN_SIDE**2 else _canvas.__wrapped__  # a large one is not kept
        return images + make(self.config.grain, *place)

    def encode(self, images, level, *, start=0):
        """Climb from the code of level `start` (0 is the picture itself) to the code of `level`.

        Args:
            images: tensor `(batch, height, width, 3)` in [0, 1], or a code if `start` is given; height and width of
                the picture divisible by `2 ** level`.
            level: int from 1 to `num_levels`.
            start: int from 0 to `level`, the level that `images` is on.

        Returns:
            Tensor `(batch, height / 2^level, width / 2^level, widths[level - 1])`.

        Raises:
            ValueError: if the model lacks a level, or the shape is another.
        """
        self._check_level(level)
        if start not in range(level + 1):
            raise ValueError(f"start must be from 0 to level={level}; received {start!r}")
        what, channels = ("picture", self.config.channels) if start == 0 else ("code", self.config.widths[start - 1])
        check_input(f"{self.name}.encode", what, images, (None, None, None, channels), multiple=2 ** (level - start))
        if start == 0:
            images = space_to_depth(2 * images - 1)  # centred, so that training need not learn the mean first
        for block in self.encoder_levels[start:level]:
            images = block(images)
        return self.calm(images, level) if start < level == self.num_levels else images

    def decode(self, code, level, *, move=None):
        """Walk from the code of `level` back to the picture, and let `move` change the code at every level.

        Args:
            code: tensor as `encode(images, level)` returns it.
            level: int from 1 to `num_levels`.
            move: function of a code and its level, returning a code of the same shape; None leaves all as it is.

        Returns:
            Tensor `(batch, height, width, 3)`; near [0, 1] but not clipped.

        Raises:
            ValueError: if the model lacks the level, or the shape is another.
        """
        self._check_level(level)
        check_input(f"{self.name}.decode", "code", code, (None, None, None, self.config.widths[level - 1]),
                    multiple=1 if level == self.num_levels else 2)
        if level < self.num_levels:
            code = ops.average_pool(code, 2, strides=2)  # without strides Keras fails on JAX
        for number in range(level, 0, -1):
            displacement = None if move is None else move(code, number) - code
            code = self.step(code, number, displacement=displacement)
        return code

    def step(self, code, level, *, displacement=None):
        """One level of the decoder: from the code of `level` to that of the level below, or to the picture.

        Args:
            code: tensor `(batch, height, width, widths[level - 1])`, as the step before returns it.
            level: int from 1 to `num_levels`.
            displacement: tensor of the shape of `code`, what a map adds to it; None for nothing.

        Returns:
            Tensor; the code of `level - 1`, or for level 1 the picture.

        Raises:
            ValueError: if the model lacks the level, or the shape is another.
        """
        self._check_code("step", code, level)
        if displacement is not None:
            if any(None not in pair and pair[0] != pair[1] for pair in zip(displacement.shape, code.shape)):
                raise ValueError(f"displacement must have the shape of the code, {tuple(code.shape)}; "
                                 f"received {tuple(displacement.shape)}")
            code = code + displacement
        # `draw(look(code))`, but by the layer's own call: at the first time it builds its weights under its name.
        return self._below(self.decoder_levels[level - 1](code), level)

    def step_moved(self, code, level, mean, matrix, shift):
        """`step` with the displacement (f − mean) matrix + shift, at hardly more than the cost of none.

        The map is affine, and the convolution behind it is too: two in a row are one.

        Args:
            code: tensor `(batch, height, width, channels)`.
            level: int from 1 to `num_levels`.
            mean: tensor `(channels,)`.
            matrix: tensor `(channels, channels)`.
            shift: tensor `(channels,)`.

        Returns:
            Tensor, as `step` returns it.
        """
        return self.draw(self.look(code, level, (mean, matrix, shift)), level)

    def look(self, code, level, change=None):
        """The first half of a step, linear in the code and in what is added to it: all that comes before the ReLU.

        Half a displacement gives the look halfway, so whoever has that of none and that of all has all between.

        Args:
            code: tensor `(batch, height, width, channels)`.
            level: int.
            change: `(mean, matrix, shift)` as for `step_moved`, or None.

        Returns:
            Two tensors, to go on with by `draw`: what the convolution sees around every position,
            `(batch, height, width, hidden[level - 1])`, and what goes around the ReLU.

        Raises:
            ValueError: if the model lacks the level, or the shape is another.
        """
        self._check_code("look", code, level)
        block = self.decoder_levels[level - 1]
        if change is None:
            return block.look(code), block.straight(code)
        mean, matrix, shift = change
        affine = ops.eye(self.config.widths[level - 1], dtype=code.dtype) + matrix, mean + shift
        # Centred first: the matrix stretches a photo of one colour a millionfold, rounding included.
        kernel, bias = absorb(block.straight.kernel[0, 0], 0.0, *affine)
        return block.look(code - mean, affine=affine), ops.conv(code - mean, kernel[None, None]) + bias

    def draw(self, looked, level):
        """The second half of a step: from what `look` returned to the code of the level below, or to the picture."""
        self._check_level(level)
        block = self.decoder_levels[level - 1]
        for each, layer in zip(looked, (block.look, block.straight)):
            check_input(f"{self.name}.draw", "look", each, (None, None, None, layer.filters))
        return self._below(self.decoder_levels[level - 1].draw(*looked), level)

    def calm(self, code, level):
        """Smooth a code where it says hardly more than the grain does.

        A map that makes the whole picture as lively as the painting enlarges the little that is in a sky, and the
        decoder draws lines there, straight ones, block by block. So what a position has that its neighbours have not is
        made fainter where its energy e, the mean over 3 × 3 positions of the sum of its squares over the channels, is
        small:

            detail · (KEPT + (1 − KEPT) e⁴ / (e⁴ + t⁴)), with the threshold t = config.calm[level − 1] · k(s).

        The same grain leaves twice as much in the shipped painter's deepest code of a white sky as in that of a gray
        wall. So k is linear in the mean code s of those 3 × 3 positions, about 1 for gray, and held between 0.5 and
        2.5; `learn_calm` has measured it.
        It is part of the model: codes come calmed from `encode`, at the deepest level, and from `step` at the others.
        Reference: Simoncelli and Adelson 1996, "Noise removal via Bayesian wavelet coring", for the idea.

        Args:
            code: tensor `(batch, height, width, channels)`.
            level: int.

        Returns:
            Tensor of the same shape; `code` itself if the threshold is 0.

        Raises:
            ValueError: if the model lacks the level, or the shape is another.

        Example:
            >>> model = build_painter(PainterConfig((4, 8), calm=(0.0, 10.0)))
            >>> code = np.random.default_rng(0).normal(size=(1, 16, 16, 8)).astype(np.float32)
            >>> faint, strong = (float(ops.std(model.calm(scale * code, 2)) / scale) for scale in (0.1, 10))
            >>> round(faint, 1), round(strong, 1)
            (0.4, 1.0)
        """
        self._check_code("calm", code, level)
        threshold = self.config.calm[level - 1]
        return self.calm_levels[level - 1](code, threshold=threshold) if threshold else code

    def _below(self, code, level):
        # What comes out of a level: a picture, or the code of the next.
        return (code + 1) / 2 if level == 1 else self.calm(code, level - 1)

    def _check_code(self, use, code, level):
        self._check_level(level)
        shape = (None, None, None, self.config.widths[level - 1])
        check_input(f"{self.name}.{use}", "code", code, shape, multiple=1)
        if any(isinstance(side, int) and side < 2 for side in code.shape[1:3]):  # nothing to see in the mirror
            raise ValueError(f"{self.name}.{use} takes codes of height and width 2 or more; "
                             f"received {tuple(code.shape)}")

    def _check_level(self, level):
        whole = isinstance(level, (int, np.integer)) and not isinstance(level, bool)
        if not whole or level not in range(1, self.num_levels + 1):
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
        return {"widths": list(self.config.widths), "channels": self.config.channels, "grain": self.config.grain,
                "hidden": list(self.config.hidden), "calm": list(self.config.calm), "seed": self.seed,
                "name": self.name}

    @classmethod
    def from_config(cls, config):
        options = dict(config)  # the caller's stays as it is
        shape = PainterConfig(tuple(options.pop("widths")), options.pop("channels"), options.pop("grain", 0.0),
                              options.pop("hidden", None), options.pop("calm", None))
        return cls(shape, **options)


class _EncoderLevel(keras.layers.Layer):
    # (batch, height, width, c) -> (batch, height / 2, width / 2, width_of_level); the first level keeps the size.
    # Every level looks around once and then mixes channels; the deepest, where it is cheap, looks around twice.
    def __init__(self, width, hidden, index, *, deepest, initializers, linear, **kwargs):
        super().__init__(**kwargs)
        self.first = index == 0
        self.look = ReflectConv2D(hidden, 1 if self.first else 2, activation="relu",
                                  kernel_initializer=next(initializers), name="look")
        options = {"kernel_initializer": next(initializers), "name": "mix"}
        self.mix = ReflectConv2D(width, **options) if deepest else keras.layers.Conv2D(width, 1, **options)
        side = 1 if self.first else 2
        self.straight = keras.layers.Conv2D(width, side, strides=side, use_bias=False, name="straight",
                                            kernel_initializer=next(linear))

    def call(self, x):
        # A difference, as good as a sum for what is learned: TensorFlow fuses a sum of two convolutions wrongly where
        # something else reads it too, sees that it did, and fills the terminal with a message about it.
        return self.mix(self.look(x if self.first else ops.relu(x))) - self.straight(x)


class _DecoderLevel(keras.layers.Layer):
    # (batch, height, width, c) -> (batch, s height, s width, width_below): s = 1 for the deepest level, else 2. The
    # first level, which has none below, goes on to the picture, at 4 times the size.
    def __init__(self, width, hidden, width_below, *, deepest, initializers, linear, **kwargs):
        super().__init__(**kwargs)
        self.deepest, self.first = deepest, not width_below
        width_below = width_below or max(1, width // 2)
        self.look = ReflectConv2D(hidden, kernel_initializer=next(initializers), name="look")
        self.mix, self.straight = (
            keras.layers.Conv2D(width_below if deepest else 4 * width_below, 1, name=name, use_bias=name == "mix",
                                kernel_initializer=start if deepest else PhaseInitializer(start))
            for name, start in (("mix", next(initializers)), ("straight", next(linear)))
        )
        if self.first:
            self.fine = ReflectConv2D(12, kernel_initializer=next(initializers), name="fine")
            self.plain = keras.layers.Conv2D(12, 1, use_bias=False, kernel_initializer=next(linear), name="plain")

    def call(self, x):
        return self.draw(self.look(x), self.straight(x))

    def draw(self, looked, straight):
        x = self.mix(ops.relu(looked))
        x = x + ops.cast(straight, x.dtype)  # in mixed precision what a map was absorbed into is still in single
        if self.deepest:
            return x
        x = depth_to_space(x)
        return depth_to_space(self.fine(ops.relu(x)) + self.plain(x)) if self.first else x


class _CalmLevel(keras.layers.Layer):
    # (batch, height, width, width_of_level) -> the same. Built at once, whether there is a threshold or not: painters
    # of the same widths have the same weights.
    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        # k − 1, which `learn_calm` sets.
        self.faint = keras.layers.Conv2D(1, 1, kernel_initializer="zeros", trainable=False, name="faint")
        self.build((None, None, None, width))

    def build(self, input_shape):
        self.faint.build(input_shape)
        super().build(input_shape)

    def call(self, code, *, threshold):
        around = mean_around(code)
        detail = code - around
        energy = mean_around(ops.sum(ops.square(ops.cast(detail, "float32")), axis=-1, keepdims=True))
        threshold = threshold * ops.clip(1 + ops.cast(self.faint(around), "float32"), *TIMES)
        energy, threshold = (ops.square(ops.square(each)) for each in (energy, threshold))
        return code - detail * ops.cast((1 - KEPT) * threshold / (threshold + energy), code.dtype)


def _is_strength(value):
    return not isinstance(value, bool) and isinstance(value, (int, float)) and (value == 0 or LEAST <= value <= MOST)


def mean_around(values):
    """The mean over 3 × 3 positions, in a mirror at the border: a tensor `(batch, height, width, channels)` as given.

    Example:
        >>> mean_around(ops.reshape(ops.arange(9.0), (1, 3, 3, 1)))[0, 1, 1, 0].numpy()
        np.float32(4.0)
    """
    return ops.average_pool(reflect_border(values), 3, strides=1)


@lru_cache(maxsize=2)
def _canvas(grain, height, width, channels, top, left):
    """The grain under so many pixels from (top, left) on, in as many channels: added faster than to one."""
    rows, columns = ((origin + first + np.arange(side)) % GRAIN_SIDE
                     for origin, first, side in zip(GRAIN_ORIGIN, (top, left), (height, width)))
    return np.repeat(np.float32(grain) * _grain()[np.ix_(rows, columns)], channels, axis=-1)


@cache
def _grain():
    """White noise, smooth over a few pixels and periodic: array (GRAIN_SIDE, GRAIN_SIDE, 1) of deviation 1."""
    noise = np.random.RandomState(0).standard_normal((GRAIN_SIDE, GRAIN_SIDE))  # the same in every version of NumPy
    frequency = np.fft.fftfreq(GRAIN_SIDE)
    gaussian = np.exp(-2 * (math.pi * GRAIN_SIZE * frequency) ** 2)
    smooth = np.fft.ifft2(np.fft.fft2(noise) * gaussian[:, None] * gaussian).real
    smooth -= smooth.mean()
    return (smooth / smooth.std())[..., None].astype(np.float32)


def _linear_initializers(seed):
    # As `initializers_of`, for the layers without a ReLU on either side.
    return (keras.initializers.LecunNormal(seed=seed * 1000 + 500 + index) for index in itertools.count())


def build_painter(config=PainterConfig(), *, seed=0, name="painter"):
    """Build a painter with random weights.

    Args:
        config: `PainterConfig`.
        seed: int, decides the initial weights.
        name: str, name of the model.

    Returns:
        A built `PainterAutoencoder`.

    Raises:
        TypeError: if `config` is not a `PainterConfig`.
        ValueError: if `seed` is not a whole number of 0 or more, or `name` not one that Keras takes.

    Example:
        >>> build_painter(seed=1).num_levels
        3
    """
    if not isinstance(config, PainterConfig):
        raise TypeError(f"config must be a PainterConfig; received {config!r}")
    model = PainterAutoencoder(config, seed=check_building(seed, name), name=name)
    side = 2 ** (config.num_levels + 1)
    model(ops.zeros((1, side, side, config.channels)))
    return model
