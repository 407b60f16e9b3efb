"""Perceptual losses: what is compared is not the picture but features of it, their layout or their statistics."""

from aelearn.losses.tensors import as_float, check_any

from keras import ops  # isort: skip

EPSILON = 1e-6  # under a root or a division, so that a picture of one colour has a gradient


def batch_moments(features):
    """Mean and covariance over all positions, for every picture of a batch.

    μ = 1/n Σ f ,  Σ = 1/n Σ (f − μ)(f − μ)ᵀ , n the number of positions; as `transforms.moments`, with gradients.

    Args:
        features: tensor `(batch, height, width, channels)`.

    Returns:
        `(mean, covariance)`, tensors `(batch, channels)` and `(batch, channels, channels)`.

    Raises:
        ValueError: if these are no numbers, or the shape is another.

    Example:
        >>> mean, covariance = batch_moments(ops.reshape(ops.convert_to_tensor([0.0, 2.0]), (1, 1, 2, 1)))
        >>> mean.numpy().tolist(), covariance.numpy().tolist()
        ([[1.0]], [[[1.0]]])
    """
    points = _points(features)  # (batch, positions, channels)
    mean = ops.mean(points, axis=1)
    centred = points - mean[:, None]
    return mean, ops.matmul(ops.swapaxes(centred, 1, 2), centred) / _count(points)


def gram_matrix(features):
    """The mean over all positions of the product of every two channels.

    G = 1/n Σ f fᵀ = Σ + μ μᵀ , n the number of positions.
    Reference: Gatys et al. 2016, "Image style transfer using convolutional neural networks", equation 3, there as a
    sum: divided here by n, so that pictures of any size can be compared.

    Args:
        features: tensor `(batch, height, width, channels)`.

    Returns:
        Tensor `(batch, channels, channels)`.

    Raises:
        ValueError: if these are no numbers, or the shape is another.

    Example:
        >>> gram_matrix(ops.reshape(ops.convert_to_tensor([1.0, 3.0]), (1, 1, 2, 1))).numpy().tolist()
        [[[5.0]]]
    """
    points = _points(features)
    return ops.matmul(ops.swapaxes(points, 1, 2), points) / _count(points)


def content_loss(target, features):
    """Mean squared error of features whose mean and deviation were taken away: what is where, in whatever colours.

    L = mean (f̂ − t̂)² with f̂ = (f − μ_f) / σ_f, channel by channel and picture by picture.
    Reference: Huang and Belongie 2017, "Arbitrary style transfer", section 6.2, on instance-normalised features as Li
    et al. 2017, "Demystifying neural style transfer", suggest.

    Args:
        target: tensor `(batch, height, width, channels)`, features of the photo.
        features: tensor of the same shape, features of the painted picture.

    Returns:
        Scalar tensor, 0 or more; 2 for features that have nothing to do with each other.

    Raises:
        ValueError: if these are no numbers, or the shape is another.

    Example:
        >>> f = ops.reshape(ops.arange(4, dtype="float32"), (1, 2, 2, 1))
        >>> abs(float(content_loss(f, 3 * f + 1))) < 1e-5
        True
    """
    target, features = _four_axes(target, "target"), _four_axes(features, "features")
    if any(None not in sides and sides[0] != sides[1] for sides in zip(target.shape, features.shape)):
        raise ValueError(
            "target and features must have the same shape; "
            f"received {tuple(target.shape)} and {tuple(features.shape)}"
        )
    return ops.mean(ops.square(_normalised(target) - _normalised(features)))


def style_loss(target, mean, covariance, *, covariance_weight=1.0):
    """How far moments are from those of a style, each term divided by its own size.

    L = d(μ, μ_t) + d(σ, σ_t) + w d(Σ, Σ_t) with d(a, b) = 2 ‖a − b‖² / (‖a‖² + ‖b‖²), averaged over the batch; σ² is
    the diagonal of Σ. Every d is at most 4, so that a painting of nearly one colour does not outweigh all others;
    no gradient passes through the size ‖a‖² below the line.
    Reference: Huang and Belongie 2017, equation 13, for the first two terms, there without a denominator.

    Args:
        target: `(mean, covariance)` as `batch_moments` gives them, of the style.
        mean: tensor `(batch, channels)`.
        covariance: tensor `(batch, channels, channels)`.
        covariance_weight: float, w.

    Returns:
        Scalar tensor, 0 or more.

    Example:
        >>> one = (ops.ones((1, 1)), ops.ones((1, 1, 1)))
        >>> round(float(style_loss(one, *one)), 4), round(float(style_loss(one, ops.zeros((1, 1)), one[1])), 4)
        (0.0, 2.0)
    """
    pairs = [(target[0], mean, 1.0), (deviations(target[1]), deviations(covariance), 1.0),
             (target[1], covariance, covariance_weight)]
    return sum(weight * ops.mean(_relative(goal, value)) for goal, value, weight in pairs if weight)


def deviations(covariance):
    """Standard deviation per channel: the root of the diagonal, safe where it is zero.

    Args:
        covariance: tensor `(batch, channels, channels)`.

    Returns:
        Tensor `(batch, channels)`.

    Example:
        >>> round(float(deviations(4 * ops.ones((1, 1, 1)))[0, 0]), 3)
        2.0
    """
    return ops.sqrt(ops.diagonal(covariance, axis1=1, axis2=2) + EPSILON)


def total_variation(images):
    """Mean absolute difference of neighbours, down and across: high for noise and hatching, zero for one colour.

    Reference: Mahendran and Vedaldi 2015, "Understanding deep image representations", equation 4, with β = 1.

    Args:
        images: tensor `(batch, height, width, channels)`, height and width at least 2.

    Returns:
        Scalar tensor, 0 or more.

    Raises:
        ValueError: if these are no numbers, or the shape is another.

    Example:
        >>> float(total_variation(ops.reshape(ops.convert_to_tensor([0.0, 1.0, 0.0, 1.0]), (1, 2, 2, 1))))
        1.0
    """
    images = _four_axes(images, "images")
    if any(isinstance(side, int) and side < 2 for side in images.shape[1:3]):
        raise ValueError(f"images must have 2 pixels or more on both sides; received shape {tuple(images.shape)}")
    down, across = images[:, 1:] - images[:, :-1], images[:, :, 1:] - images[:, :, :-1]
    return ops.mean(ops.abs(down)) + ops.mean(ops.abs(across))


def lattice_loss(images, period):
    """The share of the variance that a pattern repeated every `period` pixels explains, window by window.

    In windows of four periods a side, with xᵢ the mean over the 16 pixels at place i of a period and x̄ that over all:
    L = mean over windows of Σᵢ (xᵢ − x̄)² / (Σ (x − x̄)² / 16 + ε), summed over a period above the line, over the whole
    window below. Every window counts alike: a lattice shows where the picture is flat. 1/16 is what chance gives.

    Args:
        images: tensor `(batch, height, width, channels)`, height and width at least `4 * period`; what is left over at
            the lower and the right edge is not looked at.
        period: int, pixels, 2 or more.

    Returns:
        Scalar tensor, from 0 to 1.

    Raises:
        ValueError: if these are no numbers, the shape is another, or `period` is no such int.

    Example:
        >>> stripes = ops.reshape(ops.tile(ops.convert_to_tensor([0.0, 1.0]), [32]), (1, 8, 8, 1))
        >>> round(float(lattice_loss(stripes, 2)), 2)
        1.0
    """
    images, side = _windows_of(images, period), 4 * period
    batch, height, width, channels = ops.shape(images)
    windows = ops.reshape(images, (batch, height // side, 4, period, width // side, 4, period, channels))
    centred = windows - ops.mean(windows, axis=(2, 3, 5, 6), keepdims=True)
    repeated = ops.mean(ops.square(ops.mean(centred, axis=(2, 5))), axis=(2, 4))  # (batch, down, across, channels)
    return ops.mean(repeated / (ops.mean(ops.square(centred), axis=(2, 3, 5, 6)) + EPSILON))


def blocking_loss(images, period):
    """How much larger the steps are where blocks of `period` pixels meet than everywhere, window by window.

    With d the absolute differences of neighbours, across, and d_b those from the last column of a block to the first
    of the next: L = mean over windows of four blocks a side of max(0, Σ d_b / (Σ d / p + ε) − 1), and likewise down,
    averaged. A photo, which knows of no blocks, stays below 0.15.
    Reference: Wang, Sheikh and Bovik 2002, "No-reference perceptual quality assessment of JPEG compressed images",
    equation 1, for the steps between blocks as a measure of what is seen of them.

    Args:
        images: tensor `(batch, height, width, channels)`, height and width at least `4 * period`; what is left over at
            the lower and the right edge is not looked at.
        period: int, pixels, 2 or more.

    Returns:
        Scalar tensor, from 0 to `period` − 1.

    Raises:
        ValueError: if these are no numbers, the shape is another, or `period` is no such int.

    Example:
        >>> stripes = ops.repeat(ops.tile(ops.convert_to_tensor([0.0, 1.0]), [2]), 4)
        >>> round(float(blocking_loss(ops.tile(ops.reshape(stripes, (1, 1, 16, 1)), [1, 16, 1, 1]), 4)), 2)
        1.5
    """
    images = _windows_of(images, period)
    return (_steps(images, period) + _steps(ops.swapaxes(images, 1, 2), period)) / 2


def _steps(images, period):
    # Every column is compared with the one before; the first of all has none.
    side = 4 * period
    batch, height, width, channels = ops.shape(images)
    apart = ops.abs(images[:, :, 1:] - images[:, :, :-1])
    apart = ops.reshape(ops.pad(apart, [[0, 0], [0, 0], [1, 0], [0, 0]]),
                        (batch, height // side, side, width // side, 4, period, channels))
    places = ops.mean(apart, axis=(2, 4, 6))  # (batch, down, across, places in a block), the first is at its edge
    return ops.mean(ops.relu(places[..., 0] / (ops.mean(places, axis=-1) + EPSILON) - 1))


def _windows_of(images, period):
    # Cut to whole windows of four periods a side.
    if isinstance(period, bool) or not isinstance(period, int) or period < 2:
        raise ValueError(f"period must be an int of 2 or more; received {period!r}")
    images, side = _four_axes(images, "images"), 4 * period
    _, height, width, _ = ops.shape(images)
    if any(isinstance(length, int) and length < side for length in (height, width)):
        raise ValueError(f"images must have {side} pixels or more on both sides; received shape {tuple(images.shape)}")
    return images[:, : height // side * side, : width // side * side]


def _points(features):
    features = _four_axes(features, "features")
    batch, height, width, channels = ops.shape(features)
    return ops.reshape(features, (batch, height * width, channels))


def _four_axes(values, name):
    values = as_float(values, name)
    if len(values.shape) != 4:
        raise ValueError(f"{name} must be (batch, height, width, channels); received {tuple(values.shape)}")
    check_any(values.shape, name)
    return values


def _count(points):
    return ops.cast(ops.shape(points)[1], points.dtype)


def _normalised(features):
    mean, variance = ops.moments(features, axes=(1, 2), keepdims=True)
    return (features - mean) / ops.sqrt(variance + EPSILON)


def _relative(goal, value):
    axes = tuple(range(1, len(goal.shape)))
    size = ops.sum(ops.square(goal), axes) + ops.stop_gradient(ops.sum(ops.square(value), axes))
    return 2 * ops.sum(ops.square(value - goal), axes) / (size + EPSILON)
