"""Judges of a painted photo that no training used: how much of the painting is in it, how much of the photo is left.

They look at the centre square of a picture at 384 × 384, always: a judge at another size is another judge.
"""

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from aelearn.images import check_image, resize_image
from aelearn.transforms.linalg import one_thread

SIDE = 384  # pixels, at which pictures are judged
NUM_SCALES = 3  # 384, 192 and 96 pixels a side: a filter of 7 pixels sees strokes of up to 28; more is composition
NUM_COLORS = 32  # random colours, of which the palette is a mixture
FILTER_SIZES, NUM_FILTERS = (3, 7), 24  # sides in pixels, and how many random filters of each
FAINT = 1e-4  # mean square response, a hundredth of full contrast: a painting's strokes count as no weaker
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of R, G and B: ITU-R BT.709


def texture_distance(picture, painting, *, seed=0):
    """How far the palette and the strokes of a picture are from a painting's, seen through random filters.

    At every scale f(x) = ReLU of random projections of a pixel (palette) and of its neighbourhood (strokes; these
    filters have mean zero, so they do not see plain colour), G = 1/n Σₓ f(x) f(x)ᵀ with n the number of positions,
    and d = ‖W∘(G − G*)‖ / ‖W∘G*‖ with G* the painting's, W weights that make the palette's block of W∘G* as large as
    the strokes', and the Frobenius norm. The answer is the mean of d over scales of 384, 192 and 96 pixels. Nothing
    in this package is trained with such filters: no model has learned to please this judge.
    Reference: Gatys et al. 2015, "Texture synthesis using convolutional neural networks", equation 1, with the
    random filters of Ustyuzhaninov et al. 2017, "What does it take to generate natural textures?".

    Args:
        picture: array `(height, width, 3)` in [0, 1].
        painting: likewise, of any size, at the scale at which it was given to the transfer.
        seed: int, 0 or more, chooses the filters.

    Returns:
        float, 0 for the painting itself and around 0.6 for a photo left as it is; no upper limit.

    Raises:
        ImageError: if one is not a picture.
        ValueError: if `seed` is no such int.

    Example:
        >>> painting = np.random.default_rng(0).random((64, 64, 3))
        >>> texture_distance(painting, painting), texture_distance(painting / 2, painting) > 0.5
        (0.0, True)
    """
    return gram_distance(grams(picture, "picture", seed=seed), grams(painting, "painting", seed=seed))


def grams(picture, name="picture", *, seed=0):
    """What `texture_distance` compares: one matrix per scale, to be kept where a picture is judged several times.

    Args:
        picture: array `(height, width, 3)` in [0, 1].
        name: str, how to call it in an error message.
        seed: int, 0 or more, chooses the filters.

    Returns:
        list of three arrays `(features, features)`, float64.

    Raises:
        ImageError: if it is not a picture.
        ValueError: if `seed` is no such int.

    Example:
        >>> [gram.shape for gram in grams(np.zeros((8, 8, 3)))][0]
        (80, 80)
    """
    image, (colors, patterns), found = _view(picture, name), _filters(_check_seed(seed)), []
    with one_thread():  # a second one brings little on a quiet machine, and on a busy one the two wait for each other
        for scale in range(NUM_SCALES):
            features = _features(image, colors, patterns, stride=1 if scale else 2)  # every second pixel tells enough
            found.append((features.T @ features).astype(np.float64) / len(features))
            image = (image[::2, ::2] + image[1::2, ::2] + image[::2, 1::2] + image[1::2, 1::2]) / 4
    return found


def gram_distance(first, second):
    """The distance of `texture_distance` between what `grams` returned.

    Args:
        first: list of arrays, of the picture.
        second: list of arrays, of the painting.

    Returns:
        float, 0 or more.

    Example:
        >>> black = grams(np.zeros((8, 8, 3)))
        >>> gram_distance(black, black)
        0.0
    """
    return float(np.mean([_distance(*pair) for pair in zip(first, second)]))


def edge_correlation(photo, picture):
    """How well the edges of a painted photo lie where the photo's were.

    The Pearson correlation, over pixels, of |∇Y| of both: Y the luminance, ∇ the two Sobel filters.
    Reference: Sobel and Feldman 1968, "A 3×3 isotropic gradient operator for image processing".

    Args:
        photo: array `(height, width, 3)` in [0, 1].
        picture: array of the same shape.

    Returns:
        float from −1 to 1: 1 for the photo itself, about 0 for an unrelated picture, and 0 where one has no edges.

    Raises:
        ImageError: if one is not a picture.
        ValueError: if the shapes differ.

    Example:
        >>> photo = np.random.default_rng(0).random((64, 64, 3))
        >>> round(edge_correlation(photo, photo), 6), edge_correlation(photo, np.zeros((64, 64, 3)))
        (1.0, 0.0)
    """
    photo, picture = check_image(photo, name="photo"), check_image(picture, name="picture")
    if photo.shape != picture.shape:
        raise ValueError(f"photo and picture must have the same shape; received {photo.shape} and {picture.shape}")
    first, second = (_gradient(_view(each, "photo") @ LUMINANCE) for each in (photo, picture))
    first, second = first - first.mean(), second - second.mean()
    norms = np.linalg.norm(first) * np.linalg.norm(second)
    return float(np.sum(first * second) / norms) if norms > 1e-12 else 0.0


def teacher_distance(picture, painting, teacher):
    """How far the means and deviations of a network's features are from a painting's.

    d = √[(‖μ − μ*‖² + ‖σ − σ*‖²) / (‖μ*‖² + ‖σ*‖²)], averaged over the layers; μ and σ are taken per channel over all
    positions, the starred ones are the painting's. A model that was trained with this network is judged by its own
    teacher here: believe `texture_distance` first.
    Reference: Huang and Belongie 2017, "Arbitrary style transfer in real-time", equation 13, made relative.

    Args:
        picture: array `(height, width, 3)` in [0, 1].
        painting: likewise, of any size.
        teacher: function from pictures `(1, height, width, 3)` to a list of features `(1, h, w, channels)`.

    Returns:
        float, 0 for the painting itself; no upper limit.

    Raises:
        ImageError: if one is not a picture.
        ValueError: if the teacher returns no features.

    Example:
        >>> painting = np.random.default_rng(0).random((64, 64, 3))
        >>> teacher_distance(painting, painting, lambda images: [images, images[:, ::2, ::2]])
        0.0
    """
    first, second = (teacher_statistics(teacher, *pair) for pair in ((picture, "picture"), (painting, "painting")))
    return statistics_distance(first, second)


def teacher_statistics(teacher, picture, name="picture"):
    """What `teacher_distance` compares: the means and deviations of every layer's channels, in one array each.

    Args:
        teacher: as for `teacher_distance`.
        picture: array `(height, width, 3)` in [0, 1].
        name: str, how to call it in an error message.

    Returns:
        list of arrays `(2 · channels,)`.

    Raises:
        ImageError: if it is not a picture.
        ValueError: if the teacher returns no features.

    Example:
        >>> [values.tolist() for values in teacher_statistics(lambda images: [images], np.ones((8, 8, 3)))]
        [[1.0, 1.0, 1.0, 0.0, 0.0, 0.0]]
    """
    layers = [np.asarray(layer, np.float64) for layer in teacher(_view(picture, name)[None])]
    if not layers or any(layer.ndim != 4 for layer in layers):
        shapes = [layer.shape for layer in layers]
        raise ValueError(f"teacher must return a list of features (1, h, w, channels); received shapes {shapes}")
    return [np.concatenate([layer.mean(axis=(0, 1, 2)), layer.std(axis=(0, 1, 2))]) for layer in layers]


def statistics_distance(first, second):
    """The distance of `teacher_distance` between what `teacher_statistics` returned.

    Args:
        first: list of arrays, of the picture.
        second: list of arrays, of the painting.

    Returns:
        float, 0 or more.

    Example:
        >>> statistics_distance([np.array([3.0, 4.0])], [np.array([0.0, 5.0])]) > 0.6
        True
    """
    sizes = [max(np.linalg.norm(target), 1e-12) for target in second]
    return float(np.mean([np.linalg.norm(a - b) / size for a, b, size in zip(first, second, sizes)]))


def _view(picture, name):
    # What a judge sees: the centre square, at one size.
    picture = check_image(picture, name=name)
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return resize_image(picture[top : top + side, left : left + side], size=(SIDE, SIDE))


def _check_seed(seed):
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed must be an int of 0 or more; received {seed!r}")
    return int(seed)


@cache
def _filters(seed):
    """Random colours (4, colours), the last row their thresholds, and per size (size · size · 3, filters)."""
    random = np.random.default_rng(seed)
    colors = _unit(random.standard_normal((3, NUM_COLORS)))
    thresholds = -np.sum(colors * random.random((3, NUM_COLORS)), axis=0)  # each opens at a random colour
    patterns = []
    for size in FILTER_SIZES:
        pattern = random.standard_normal((size, size, 3, NUM_FILTERS))
        pattern -= pattern.mean(axis=(0, 1))
        patterns.append(_unit(pattern.reshape(-1, NUM_FILTERS)))
    return np.vstack([colors, thresholds]).astype(np.float32), tuple(p.astype(np.float32) for p in patterns)


def _unit(columns):
    return columns / np.linalg.norm(columns, axis=0)


def _features(image, colors, patterns, *, stride):
    rim, inside = max(FILTER_SIZES) // 2, len(image) - max(FILTER_SIZES) + 1
    pixels = image[rim : rim + inside : stride, rim : rim + inside : stride].reshape(-1, 3)
    features = [pixels @ colors[:3] + colors[3]]
    for size, pattern in zip(FILTER_SIZES, patterns):
        start, side = rim - size // 2, inside + size - 1
        part = image[start : start + side, start : start + side]
        windows = sliding_window_view(part, (size, size), axis=(0, 1))[::stride, ::stride]  # (h, w, 3, size, size)
        features.append(windows.transpose(0, 1, 3, 4, 2).reshape(-1, len(pattern)) @ pattern)
    return np.maximum(np.concatenate(features, axis=1), 0)  # (positions, colours + filters)


def _distance(gram, target):
    palette, strokes = target[:NUM_COLORS, :NUM_COLORS], target[NUM_COLORS:, NUM_COLORS:]
    sizes = [(len(block), max(np.linalg.norm(block), FAINT * len(block))) for block in (palette, strokes)]
    weight = np.concatenate([np.full(num, 1 / np.sqrt(norm)) for num, norm in sizes])
    weights = weight[:, None] * weight
    return np.linalg.norm(weights * (gram - target)) / np.linalg.norm(weights * target)


def _gradient(luminance):
    # |∇Y| with Sobel's filters, (height - 2, width - 2).
    across = luminance[:, 2:] - luminance[:, :-2]
    down = luminance[2:] - luminance[:-2]
    return np.hypot(across[:-2] + 2 * across[1:-1] + across[2:], down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:])
