"""A picture cut into parts by its code: k-means, neighbours that prefer to agree, and the edges of the picture."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from scipy import ndimage

from aelearn import transforms
from aelearn.images import resize_image
from aelearn.stylize.masks import feather, guided_filter, resize_masks

SEEN = 512  # the longest side, in pixels, at which every picture is looked at: its parts are the same at any size
MOST = 16  # parts
COLOUR = 0.7  # the deviation of a position's colour, where that of its code is 1
PLACE = 0.3  # likewise that of its place in the picture
AGREE = 3.0  # how much a neighbour's opinion counts, see `_agreed`
ROUNDS = 10  # in which neighbours come to agree
EDGES = 0.05  # of the shorter side: how far an edge of the code is moved to an edge of the picture
SOFTNESS = 1e-4  # of the guided filter, squared colour
FEATHER = 0.005  # of the shorter side: the soft edge of a part


@dataclass(frozen=True)
class Parts:
    """The parts of a picture.

    Example:
        >>> Parts(np.ones((1, 4, 4), np.float32), np.zeros((1, 13))).masks.shape
        (1, 4, 4)
    """

    masks: np.ndarray  # (parts, height, width), float32; sums to 1 at every pixel
    centres: np.ndarray  # (parts, channels + 5): the middle of each part's `features`


def cut(stylizer, picture, number, *, seed=0, edge=FEATHER, name="num_regions"):
    """The parts of a picture that differ most in the deepest code of a model.

    Every position of the code, see `features`, goes to one of k groups by k-means. Then neighbours agree, see
    `_agreed`; then the groups' edges, so far in steps of the code, are moved to those of the picture, see
    `guided_filter`, and softened.

    Args:
        stylizer: `Stylizer`.
        picture: array `(height, width, 3)` in [0, 1].
        number: int from 1 to 16, how many parts.
        seed: int, of k-means.
        edge: float from 0 to 1, the softness of edges as a share of the picture's shorter side, see `feather`.
        name: str, what an error calls the number.

    Returns:
        `Parts`, the largest first.

    Raises:
        ValueError: if an argument is out of range.

    Example:
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> picture = np.zeros((16, 24, 3), np.float32)
        >>> picture[:, 8:] = 1
        >>> parts = cut(Stylizer(build_pyramid(PyramidConfig((4, 8)))), picture, 2, edge=0)
        >>> parts.masks[:, 8].argmax(axis=0).tolist()
        [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    """
    if isinstance(number, bool) or not isinstance(number, Integral) or not 1 <= number <= MOST:
        raise ValueError(f"{name} must be an int from 1 to {MOST}; received {number!r}")
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise ValueError(f"seed must be an int of 0 or more; received {seed!r}")
    if isinstance(edge, bool) or not isinstance(edge, Real) or not 0 <= edge <= 1:
        raise ValueError(f"feather must be a number from 0 to 1; received {edge!r}")
    code, seen = features(stylizer, picture)
    points = code.reshape(-1, code.shape[-1])
    if number == 1:
        return Parts(np.ones((1, *picture.shape[:2]), np.float32), points.mean(axis=0, keepdims=True))
    groups, centres = transforms.k_means(points, number, seed=seed)
    distances = transforms.squared_distances(points, centres).reshape(*code.shape[:2], number)
    groups = _agreed(distances, groups.reshape(code.shape[:2]))
    masks = _drawn(groups == np.arange(number)[:, None, None], seen, picture.shape[:2], edge)
    order = np.argsort(-masks.sum(axis=(1, 2)), kind="stable")
    return Parts(masks[order], centres[order])


def features(stylizer, picture):
    """What tells the parts of a picture apart: the deepest code, the colour, and a little of the place.

    The picture is first brought to `SEEN` pixels along its longer side. Code and colour are means over three positions
    each way, since the code of an edge is like no other and would be a part of its own; they are seen from their means
    over the picture, in units in which their overall deviations are 1 and `COLOUR`. The place is seen from the middle,
    in units in which it has the deviation `PLACE` from top to bottom, and half of that across, as more is laid out
    from top to bottom.

    Args:
        stylizer: `Stylizer`.
        picture: array `(height, width, 3)` in [0, 1].

    Returns:
        `(features, seen)`: float64 `(rows, columns, channels + 5)`, and the picture at the size at which it was seen.

    Example:
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> found, seen = features(Stylizer(build_pyramid(PyramidConfig((4, 8)))), np.zeros((4, 8, 3)))
        >>> found.shape, found[..., :11].max().item(), seen.shape
        ((128, 256, 13), 0.0, (256, 512, 3))
    """
    scale = SEEN / max(picture.shape[:2])
    seen = resize_image(picture, size=[max(1, round(scale * side)) for side in picture.shape[:2]])
    padded = stylizer.pad(seen)
    code = stylizer.encode(padded, stylizer.num_levels)
    step = padded.shape[0] // code.shape[0]
    rows, columns = (-(-side // step) for side in seen.shape[:2])
    colour = padded.reshape(code.shape[0], step, code.shape[1], step, 3).mean(axis=(1, 3))
    parts = [_scaled(each[:rows, :columns], spread) for each, spread in ((code, 1), (colour, COLOUR))]
    down, across = ((np.arange(count) + 0.5) / count - 0.5 for count in (rows, columns))
    place = PLACE * np.sqrt(12) * np.stack(np.broadcast_arrays(down[:, None], across / 2), axis=2)
    return np.concatenate([*parts, place], axis=2), seen


def _scaled(code, spread):
    code = code.astype(np.float64) - code[0, 0]  # one colour is zero now, and no rounding is taken for a difference
    code = ndimage.uniform_filter(code, (3, 3, 0), mode="nearest")
    code -= code.mean(axis=(0, 1))
    deviation = np.sqrt((code**2).sum(axis=2).mean())
    return code * (spread / deviation if deviation > 1e-6 else 0)


def _agreed(distances, groups):
    # The group of every position when neighbours prefer the same: mean-field for a Potts model,
    # q(k) ~ exp(-d(k) / T + AGREE * mean of the four neighbours' q(k)), T the mean distance to the nearest centre.
    # Krähenbühl and Koltun 2011, "Efficient inference in fully connected CRFs", algorithm 1, with four neighbours.
    alone = -distances / max(distances.min(axis=2).mean(), 1e-12)
    shares = _softmax(alone)
    cross = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])[..., None] / 4
    for _ in range(ROUNDS):
        shares = _softmax(alone + AGREE * ndimage.convolve(shares, cross, mode="nearest"))
    agreed = shares.argmax(axis=2)
    return agreed if len(np.unique(agreed)) == distances.shape[2] else groups  # none is outvoted altogether


def _softmax(scores):
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True)


def _drawn(groups, seen, shape, edge):
    # From the steps of the code to the edges of the picture, at the size at which it was seen; then to its own size.
    short = min(seen.shape[:2])
    masks = resize_masks(groups, seen.shape[:2])
    masks = guided_filter(masks, seen, max(1, round(EDGES * short)), SOFTNESS).clip(0, 1)
    masks = feather(masks / masks.sum(axis=0), edge * short)
    masks = resize_masks(masks, shape)
    return masks / masks.sum(axis=0)
