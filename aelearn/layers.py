"""Layers that Keras does not have: a convolution that looks into a mirror at the border, and a draw with gradients."""

from aelearn import runtime  # noqa: F401  first, so that the backend starts quietly

import keras  # isort: skip
from keras import ops


@keras.saving.register_keras_serializable(package="aelearn")
class ReflectConv2D(keras.layers.Conv2D):
    """3×3 convolution whose border is the picture reflected, not black.

    Zero padding tells a network where the border is, and a map that shifts the mean of the code turns that into a
    visible frame around the picture. Reflection has no such mark. Reference: Johnson et al. 2016,
    "Perceptual losses for real-time style transfer", supplementary material.

    Args:
        filters: int, number of output channels.
        strides: int, 1 or 2. With 2, an even height and width is halved.
        **kwargs: as for `keras.layers.Conv2D`, without `kernel_size` and `padding`.

    Input: `(batch, height, width, channels)`, height and width at least 2.
    Output: `(batch, height / strides, width / strides, filters)`.

    Example:
        >>> layer = ReflectConv2D(4, kernel_initializer="ones")
        >>> layer(ops.ones((1, 6, 8, 1))).shape == (1, 6, 8, 4)
        True
    """

    def __init__(self, filters, strides=1, **kwargs):
        kwargs = {**kwargs, "kernel_size": 3, "padding": "valid"}
        super().__init__(filters, strides=strides, **kwargs)

    def call(self, inputs):
        return super().call(ops.pad(inputs, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect"))

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        halve = [None if side is None else -(-side // self.strides[0]) for side in (height, width)]
        return (batch, *halve, self.filters)


@keras.saving.register_keras_serializable(package="aelearn")
class GaussianSample(keras.layers.Layer):
    """Draw a code from a Gaussian so that gradients pass through the draw: the reparameterisation.

    z = μ + σ · ε with σ = exp(½ ln σ²) and ε drawn anew from the standard normal distribution for every unit of every
    picture of every batch. The randomness sits in ε alone, which no weight touches, so ∂z/∂μ = 1 and
    ∂z/∂(ln σ²) = ½ σ ε. When it is not training, the layer returns μ: encoding and evaluating are deterministic.
    Reference: Kingma and Welling 2014, "Auto-encoding variational Bayes", section 2.4.

    Args:
        seed: int, decides the random stream. The stream's position is kept with the model's other state.
        **kwargs: as for `keras.layers.Layer`.

    Input: mean and log-variance, two tensors of one shape `(batch, …)`.
    Output: the same shape.

    Example:
        >>> draw = GaussianSample(seed=0)
        >>> draw(ops.ones((1, 2)), ops.zeros((1, 2))).numpy().tolist()
        [[1.0, 1.0]]
        >>> draw(ops.ones((1, 2)), ops.zeros((1, 2)), training=True).shape == (1, 2)
        True
    """

    def __init__(self, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.random = keras.random.SeedGenerator(seed)

    def call(self, mean, log_variance, training=False):
        if not training:
            return mean
        noise = keras.random.normal(ops.shape(mean), dtype=mean.dtype, seed=self.random)
        return mean + ops.exp(0.5 * log_variance) * noise

    def compute_output_shape(self, mean_shape, log_variance_shape):
        return mean_shape

    def get_config(self):
        return super().get_config() | {"seed": self.seed}


def upsample(x):
    """Double height and width by repeating every value: nearest-neighbour upsampling.

    Followed by a convolution it replaces the transposed convolution, whose overlapping strides leave a
    checkerboard. Reference: Odena et al. 2016, "Deconvolution and checkerboard artifacts".

    Args:
        x: tensor `(batch, height, width, channels)`.

    Returns:
        Tensor `(batch, 2 height, 2 width, channels)`.

    Example:
        >>> upsample(ops.reshape(ops.arange(2), (1, 1, 2, 1)))[0, :, :, 0].numpy().tolist()
        [[0, 0, 1, 1], [0, 0, 1, 1]]
    """
    batch, height, width, channels = ops.shape(x)
    x = ops.broadcast_to(x[:, :, None, :, None, :], (batch, height, 2, width, 2, channels))
    return ops.reshape(x, (batch, 2 * height, 2 * width, channels))


@keras.saving.register_keras_serializable(package="aelearn")
class UpsampleConv2D(ReflectConv2D):
    """Nearest-neighbour upsampling and a 3×3 convolution in one, for less than half of the work.

    Of the nine values that a window sees after upsampling, several are copies of one another, so their weights can be
    added first: each of the four pixels that grow out of one needs a 2×2 window of the small picture, 16
    multiplications instead of 36. The result is that of `ReflectConv2D` on `upsample(x)`, to rounding.
    Reference: Shi et al. 2016, "Is the deconvolution layer the same as a convolutional layer?", section 2.

    Args:
        filters: int, number of output channels.
        **kwargs: as for `keras.layers.Conv2D`, without `kernel_size`, `padding` and `strides`.

    Input: `(batch, height, width, channels)`, height and width at least 2.
    Output: `(batch, 2 height, 2 width, filters)`; with `upsample=False` in the call, height and width stay. With
    `affine=(matrix, shift)` in the call, every f of the input counts as f matrix + shift, which costs no more.

    Example:
        >>> layer = UpsampleConv2D(4, kernel_initializer="ones")
        >>> layer(ops.ones((1, 6, 8, 1))).shape == (1, 12, 16, 4)
        True
    """

    def __init__(self, filters, **kwargs):
        super().__init__(filters, **kwargs)

    def call(self, inputs, upsample=True, affine=None):
        kernel, bias = self.kernel, self.bias if self.use_bias else ops.zeros(self.filters, self.compute_dtype)
        if affine is not None:
            kernel, bias = absorb(kernel, bias, *affine)
        if not upsample:
            padded = ops.pad(inputs, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect")
            return self.activation(ops.conv(padded, kernel, padding="valid") + bias)
        _, height, width, _ = ops.shape(inputs)
        padded = _repeat_edge(_repeat_edge(inputs, 1), 2)
        four = ops.conv(padded, _four_windows(kernel), padding="valid") + ops.tile(bias, 4)
        parts = ops.split(self.activation(four), 4, axis=-1)  # (batch, height + 1, width + 1, filters) each
        rows = [
            ops.stack([parts[2 * v + h][:, v : v + height, h : h + width] for h in (0, 1)], axis=3) for v in (0, 1)
        ]
        both = ops.stack(rows, axis=2)  # (batch, height, 2, width, 2, filters)
        return ops.reshape(both, (-1, 2 * height, 2 * width, self.filters))

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        return (batch, *(None if side is None else 2 * side for side in (height, width)), self.filters)

    def compute_output_spec(self, inputs, upsample=True, affine=None):
        shape = (self if upsample else super()).compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, dtype=self.compute_dtype)

    def get_config(self):
        config = super().get_config()
        for given in ("strides", "kernel_size", "padding"):
            config.pop(given)
        return config


def absorb(kernel, bias, matrix, shift):
    """Weights of a convolution that does to f what the given ones do to f A + c: the map costs nothing per pixel.

    K′ = A K for every place of the window, b′ = b + Σ c K over all of them; borders must be mirrored, not zero.

    Args:
        kernel: K, tensor `(rows, columns, channels, filters)`.
        bias: b, tensor `(filters,)`.
        matrix: A, tensor `(channels, channels)`, for f as a row.
        shift: c, tensor `(channels,)`.

    Returns:
        `(kernel, bias)` of the same shapes.

    Example:
        >>> kernel, bias = absorb(ops.ones((1, 1, 1, 1)), ops.zeros(1), 3 * ops.ones((1, 1)), 2 * ops.ones(1))
        >>> float(kernel[0, 0, 0, 0]), float(bias[0])
        (3.0, 2.0)
    """
    return ops.matmul(matrix, kernel), bias + ops.sum(ops.matmul(shift, kernel), axis=(0, 1))


def _repeat_edge(x, axis):
    # What reflection gives after upsampling: the second of two equal rows.
    first, last = ops.take(x, [0], axis=axis), ops.take(x, [-1], axis=axis)
    return ops.concatenate([first, x, last], axis=axis)


def _four_windows(kernel):
    # (3, 3, channels, filters) -> (2, 2, channels, 4 filters): for an even row the window covers the row before and
    # itself, for an odd one itself and the row after; and the same for columns.
    halves = [_fold(kernel, 0, odd) for odd in (False, True)]
    return ops.concatenate([_fold(half, 1, odd) for half in halves for odd in (False, True)], axis=-1)


def _fold(kernel, axis, odd):
    one, two, three = ops.split(kernel, 3, axis=axis)
    return ops.concatenate([one + two, three] if odd else [one, two + three], axis=axis)


def space_to_depth(x):
    """Turn every 2×2 block of pixels into one position with four times the channels; nothing is lost.

    Args:
        x: tensor `(batch, height, width, channels)`, height and width even.

    Returns:
        Tensor `(batch, height / 2, width / 2, 4 channels)`.

    Raises:
        ValueError: if a side is odd.

    Example:
        >>> space_to_depth(ops.reshape(ops.arange(4), (1, 2, 2, 1)))[0, 0, 0].numpy().tolist()
        [0, 1, 2, 3]
    """
    _, height, width, channels = ops.shape(x)
    if any(isinstance(side, int) and side % 2 for side in (height, width)):  # a batch would be cut up differently
        raise ValueError(f"x must have an even height and width; received {height} x {width}")
    x = ops.reshape(x, (-1, height // 2, 2, width // 2, 2, channels))
    return ops.reshape(ops.transpose(x, (0, 1, 3, 2, 4, 5)), (-1, height // 2, width // 2, 4 * channels))


def depth_to_space(x):
    """The reverse of `space_to_depth`.

    Args:
        x: tensor `(batch, height, width, 4 channels)`.

    Returns:
        Tensor `(batch, 2 height, 2 width, channels)`.

    Example:
        >>> depth_to_space(ops.reshape(ops.arange(4), (1, 1, 1, 4)))[0, :, :, 0].numpy().tolist()
        [[0, 1], [2, 3]]
    """
    _, height, width, channels = ops.shape(x)
    x = ops.reshape(x, (-1, height, width, 2, 2, channels // 4))
    return ops.reshape(ops.transpose(x, (0, 1, 3, 2, 4, 5)), (-1, 2 * height, 2 * width, channels // 4))
