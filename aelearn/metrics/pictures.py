"""How close two pictures are, as numbers for people."""

import numpy as np

WINDOW, SIGMA = 11, 1.5  # pixels: side and deviation of the Gaussian window of SSIM
C1, C2 = 0.01**2, 0.03**2  # keep SSIM's fractions finite; for values in [0, 1]
NEAREST = 1e-7  # to 0 and 1: what a prediction is clipped to before its logarithm is taken


def mse(target, prediction):
    """Mean over all values of the squared difference.

    MSE = 1/n Σᵢ (xᵢ − x̂ᵢ)², n the number of values.

    Args:
        target: x, array of any shape.
        prediction: x̂, array of the same shape.

    Returns:
        float, 0 or more, in squared units of the input. NaN if a value is.

    Raises:
        ValueError: if the shapes differ, or there is no number.

    Example:
        >>> mse([0.0, 0.0], [1.0, 0.0])
        0.5
    """
    target, prediction = pair(target, prediction)
    return float(np.mean((target - prediction) ** 2))


def mae(target, prediction):
    """Mean over all values of the absolute difference.

    MAE = 1/n Σᵢ |xᵢ − x̂ᵢ|, n the number of values.

    Args:
        target: x, array of any shape.
        prediction: x̂, array of the same shape.

    Returns:
        float, 0 or more, in units of the input. NaN if a value is.

    Raises:
        ValueError: if the shapes differ, or there is no number.

    Example:
        >>> mae([0.0, 0.0], [-3.0, 0.0])
        1.5
    """
    target, prediction = pair(target, prediction)
    return float(np.mean(np.abs(target - prediction)))


def bce(target, prediction):
    """Mean over all values of the binary cross-entropy: every value is read as the probability of a 1.

    BCE = −1/n Σᵢ [xᵢ ln x̂ᵢ + (1 − xᵢ) ln(1 − x̂ᵢ)], with x̂ᵢ and 1 − x̂ᵢ each clipped to [10⁻⁷, 1 − 10⁻⁷]. For
    gray targets its least value is not 0 but the entropy of the target, `bce(target, target)`.
    Reference: Bishop 2006, "Pattern recognition and machine learning", equation 4.90, as a mean.

    Args:
        target: x, array of any shape, in [0, 1].
        prediction: x̂, array of the same shape, in [0, 1].

    Returns:
        float, 0 or more, in nats per value. NaN if a value is.

    Raises:
        ValueError: if the shapes differ, there is no number, or a target is not in [0, 1].

    Example:
        >>> round(bce([1.0, 0.0], [0.5, 0.5]), 4)  # ln 2: a coin
        0.6931
    """
    target, prediction = pair(target, prediction)
    if target.min() < 0 or target.max() > 1:
        raise ValueError(f"target must be in [0, 1]; received values from {target.min():.4g} to {target.max():.4g}")
    bright, dark = (np.log(p.clip(NEAREST, 1 - NEAREST)) for p in (prediction, 1 - prediction))
    return float(-np.mean(target * bright + (1 - target) * dark))


def psnr(target, prediction, *, peak=1.0):
    """Peak signal-to-noise ratio in decibels: the squared error on a scale where each 10 dB is a tenth of it.

    PSNR = 10 log₁₀(peak² / MSE). 20 dB is a rough likeness, 30 dB is close, above 40 dB the eye sees no difference.

    Args:
        target: array of any shape.
        prediction: array of the same shape.
        peak: largest value that a picture can have; 1 for pictures in [0, 1].

    Returns:
        float in dB; infinity if both are equal. NaN if a value is.

    Raises:
        ValueError: if the shapes differ, there is no number, or `peak` is not positive.

    Example:
        >>> round(psnr([0.0], [0.1]), 6)
        20.0
    """
    if not peak > 0:
        raise ValueError(f"peak must be positive; received {peak!r}")
    error = mse(target, prediction)
    return float("inf") if error == 0 else float(10 * np.log10(peak**2 / error))


def ssim(target, prediction):
    """Structural similarity of two pictures: do brightness, contrast and pattern agree, window by window?

    In every window of 11 × 11 pixels, weighted by a Gaussian of deviation 1.5,
    SSIM = (2 μₓμᵧ + c₁)(2 σₓᵧ + c₂) / ((μₓ² + μᵧ² + c₁)(σₓ² + σᵧ² + c₂)) with c₁ = 0.01², c₂ = 0.03², variances and
    covariance of the weighted window itself (no n − 1); then the mean over the channels and over all windows that lie
    inside the picture.
    Reference: Wang et al. 2004, "Image quality assessment: from error visibility to structural similarity",
    equation 13.

    Args:
        target: array `(height, width)` or `(height, width, channels)` in [0, 1], height and width at least 11.
        prediction: array of the same shape.

    Returns:
        float from −1 to 1; 1 for equal pictures. NaN if a value is.

    Raises:
        ValueError: if the shapes differ, are no picture's, or are smaller than the window.

    Example:
        >>> picture = np.random.default_rng(0).random((16, 16, 3))
        >>> ssim(picture, picture), ssim(picture, 1 - picture) < 0
        (1.0, True)
    """
    target, prediction = pair(target, prediction)
    if target.ndim not in (2, 3) or min(target.shape[:2]) < WINDOW:
        raise ValueError(
            f"target must be (height, width) or (height, width, channels) with sides of at least {WINDOW}; "
            f"received {target.shape}"
        )
    mean_x, mean_y = _window_means(target), _window_means(prediction)
    variance_x = _window_means(target * target) - mean_x**2
    variance_y = _window_means(prediction * prediction) - mean_y**2
    covariance = _window_means(target * prediction) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    structure = (2 * covariance + C2) / (variance_x + variance_y + C2)
    return float(np.mean(luminance * structure))


def gaussian_window():
    """The weights of SSIM's window along one side; the window is their product with themselves.

    Returns:
        array `(11,)`, summing to 1.

    Example:
        >>> gaussian_window().argmax().item(), round(gaussian_window().sum().item(), 9)
        (5, 1.0)
    """
    weights = np.exp(-0.5 * ((np.arange(WINDOW) - WINDOW // 2) / SIGMA) ** 2)
    return weights / weights.sum()


def _window_means(x):
    # Weighted mean of every window inside the picture: (height − 10, width − 10, …).
    rows, columns = x.shape[0] - WINDOW + 1, x.shape[1] - WINDOW + 1
    weights = gaussian_window()
    x = sum(weights[i] * x[i : i + rows] for i in range(WINDOW))
    return sum(weights[i] * x[:, i : i + columns] for i in range(WINDOW))


def pair(target, prediction):
    """Both as float64 arrays of one shape, of one value or more.

    Args:
        target: array of any shape.
        prediction: array of the same shape.

    Returns:
        `(target, prediction)`.

    Raises:
        ValueError: if these are no real numbers, the shapes differ, or there is no value.

    Example:
        >>> [each.tolist() for each in pair([1, 2], [0.5, 1.0])]
        [[1.0, 2.0], [0.5, 1.0]]
    """
    target, prediction = _floats(target, "target"), _floats(prediction, "prediction")
    if target.shape != prediction.shape:
        raise ValueError(
            f"target and prediction must have the same shape; received {target.shape} and {prediction.shape}"
        )
    if not target.size:
        raise ValueError(f"target and prediction must hold one value or more; received shape {target.shape}")
    return target, prediction


def _floats(values, name):
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "OSUTcMm":  # what is left are real numbers, bfloat16 too
            return array.astype(np.float64)
    except (TypeError, ValueError):  # rows of different lengths
        pass
    raise ValueError(f"{name} must be an array of real numbers; received {values!r:.60}".replace("\n", " "))
