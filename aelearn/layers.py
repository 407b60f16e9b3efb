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
    Output: `(batch, height / strides, width / strides, filters)`. With `affine=(matrix, shift)` in the call, every f of
    the input counts as f matrix + shift, which costs no more.

    Example:
        >>> layer = ReflectConv2D(4, kernel_initializer="ones")
        >>> layer(ops.ones((1, 6, 8, 1))).shape == (1, 6, 8, 4)
        True
    """

    def __init__(self, filters, strides=1, **kwargs):
        kwargs = {**kwargs, "kernel_size": 3, "padding": "valid"}
        super().__init__(filters, strides=strides, **kwargs)

    def call(self, inputs, affine=None):
        padded = reflect_border(inputs)
        if affine is None:
            return super().call(padded)
        kernel, bias = absorb(self.kernel, self.bias, *affine)
        return self.activation(ops.conv(padded, kernel, strides=self.strides, padding="valid") + bias)

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


def reflect_border(x):
    """One position more on every side, as in a mirror that stands on the outermost row or column.

    As `ops.pad(…, mode="reflect")`, by copying whole rows, which TensorFlow does in two thirds of the time.

    Args:
        x: tensor `(batch, height, width, channels)`, height and width at least 2.

    Returns:
        Tensor `(batch, height + 2, width + 2, channels)`.

    Example:
        >>> reflect_border(ops.reshape(ops.arange(4), (1, 2, 2, 1)))[0, :, :, 0].numpy().tolist()
        [[3, 2, 3, 2], [1, 0, 1, 0], [3, 2, 3, 2], [1, 0, 1, 0]]
    """
    x = ops.concatenate([x[:, :, 1:2], x, x[:, :, -2:-1]], axis=2)
    return ops.concatenate([x[:, 1:2], x, x[:, -2:-1]], axis=1)


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


def absorb(kernel, bias, matrix, shift):
    """Weights of a convolution that does to f what the given ones do to f A + c: the map costs nothing per pixel.

    K′ = A K for every place of the window, b′ = b + Σ c K over all of them; borders must be mirrored, not zero.

    Args:
        kernel: K, tensor `(rows, columns, channels, filters)`, or `(channels, filters)` for a window of one place.
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
    whole = ops.sum(ops.reshape(kernel, (-1, *kernel.shape[-2:])), axis=0)
    return ops.matmul(matrix, kernel), bias + ops.matmul(shift, whole)


@keras.saving.register_keras_serializable(package="aelearn")
class PhaseInitializer(keras.initializers.Initializer):
    """Starts a convolution that `depth_to_space` follows: all four pixels of a block are equal at first.

    Random weights would give each of the four another value, a lattice that training has to unlearn.
    Reference: Aitken et al. 2017, "Checkerboard artifact free sub-pixel convolution".

    Args:
        base: `keras.initializers.Initializer` for a quarter of the filters.

    Example:
        >>> kernel = PhaseInitializer(keras.initializers.HeNormal(seed=0))((1, 1, 2, 8))
        >>> bool(ops.all(kernel[..., :2] == kernel[..., 6:]))
        True
    """

    def __init__(self, base):
        self.base = base

    def __call__(self, shape, dtype=None, **kwargs):
        quarter = self.base((*shape[:-1], shape[-1] // 4), dtype=dtype, **kwargs)
        return ops.concatenate([quarter] * 4, axis=-1)

    def get_config(self):
        return {"base": keras.saving.serialize_keras_object(self.base)}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config["base"]))


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
