"""A picture cut into parts by its code: k-means, neighbours that prefer to agree, and the edges of the picture."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from scipy import ndimage

from aelearn import transforms
from aelearn.images import resize_image
from aelearn.stylize.masks import check_radius, feather, guided_filter

SEEN = 512  # the longest side, in pixels, at which a picture is looked at: its parts are the same at every size
MOST = 16  # parts
PLACE = 0.3  # the deviation of a position's place in the picture, where that of its code is 1
AGREE = 3.0  # how much a neighbour's opinion counts, see `_agreed`
ROUNDS = 10  # in which neighbours come to agree
EDGES = 0.02  # of the shorter side: how far an edge of the code is moved to an edge of the picture
SOFTNESS = 1e-3  # of the guided filter, squared colour
FEATHER = 0.005  # of the shorter side: the soft edge of a part


@dataclass(frozen=True)
class Parts:
    """The parts of a picture.

    Example:
        >>> Parts(np.ones((1, 4, 4), np.float32), np.zeros((1, 8))).masks.shape
        (1, 4, 4)
    """

    masks: np.ndarray  # (parts, height, width), float32; sums to 1 at every pixel
    centres: np.ndarray  # (parts, channels + 2): the mean of each part's code, see `features`, and of its place


def cut(stylizer, picture, number, *, seed=0, edge=FEATHER, names=("num_regions", "photo")):
    """The parts of a picture that differ most in the deepest code of a model.

    Every position of the code, together with its place in the picture, goes to one of k groups by k-means. Then
    neighbours agree, see `_agreed`; then the groups' edges, so far in steps of the code, are moved to those of the
    picture, see `guided_filter`, and softened.

    Args:
        stylizer: `Stylizer`.
        picture: array `(height, width, 3)` in [0, 1].
        number: int from 1 to 16, how many parts.
        seed: int, of k-means.
        edge: float, 0 or more, the softness of edges as a share of the picture's shorter side, see `feather`.
        names: what errors call number and picture.

    Returns:
        `Parts`, the largest first.

    Raises:
        ValueError: if an argument is out of range, or the picture has fewer positions than parts.

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
        raise ValueError(f"{names[0]} must be an int from 1 to {MOST}; received {number!r}")
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise ValueError(f"seed must be an int of 0 or more; received {seed!r}")
    check_radius(edge, "feather")
    code, seen = features(stylizer, picture)
    points = code.reshape(-1, code.shape[-1])
    if number == 1:
        return Parts(np.ones((1, *picture.shape[:2]), np.float32), points.mean(axis=0, keepdims=True))
    if len(points) < number:
        raise ValueError(f"{names[0]} must be at most {len(points)}, the number of positions that a {names[1]} of "
                         f"{picture.shape[0]} × {picture.shape[1]} pixels has in the code; received {number}")
    groups, centres = transforms.k_means(points, number, seed=seed)
    distances = transforms.squared_distances(points, centres).reshape(*code.shape[:2], number)
    groups = _agreed(distances, groups.reshape(code.shape[:2]))
    masks = _drawn(groups == np.arange(number)[:, None, None], seen, picture.shape[:2], edge)
    order = np.argsort(-masks.sum(axis=(1, 2)), kind="stable")
    return Parts(masks[order], centres[order])


def features(stylizer, picture):
    """What tells the parts of a picture apart: the deepest code, and a little of the place.

    The code is seen from its mean, in units of its overall deviation; the place, from the middle of the picture, in
    units of which it has the deviation `PLACE` (across half of that: more is laid out from top to bottom).

    Args:
        stylizer: `Stylizer`.
        picture: array `(height, width, 3)` in [0, 1].

    Returns:
        `(code, seen)`: float64 `(rows, columns, channels + 2)`, and the picture at the size at which it was encoded.

    Example:
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> code, seen = features(Stylizer(build_pyramid(PyramidConfig((4, 8)))), np.zeros((16, 24, 3)))
        >>> code.shape, code[..., :8].max().item()
        ((8, 12, 10), 0.0)
    """
    seen = resize_image(picture, max_side=SEEN)
    code = stylizer.encode(stylizer.pad(seen), stylizer.num_levels).astype(np.float64)
    step = stylizer.pad(seen).shape[0] // code.shape[0]
    rows, columns = (-(-side // step) for side in seen.shape[:2])
    code = code[:rows, :columns]
    code = code - code[:1, :1]  # a code of one colour is zero now, and no rounding is taken for a difference
    code -= code.mean(axis=(0, 1))
    spread = np.sqrt((code**2).sum(axis=2).mean())
    down, across = ((np.arange(count) + 0.5) / count - 0.5 for count in (rows, columns))
    place = PLACE * np.sqrt(12) * np.stack(np.broadcast_arrays(down[:, None], across / 2), axis=2)
    return np.concatenate([code / (spread or 1), place], axis=2), seen


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
    masks = _stretched(groups.astype(np.float64), seen.shape[:2])
    short = min(seen.shape[:2])
    masks = guided_filter(masks, seen, max(1, round(EDGES * short)), SOFTNESS).clip(0, 1)
    masks /= masks.sum(axis=0)
    masks = feather(masks, edge * short)
    masks = _stretched(masks, shape).clip(0, 1)
    return (masks / masks.sum(axis=0)).astype(np.float32)


def _stretched(masks, shape):
    # Linear between the middles of positions.
    zoom = [new / old for new, old in zip(shape, masks.shape[1:])]
    return ndimage.zoom(masks, (1, *zoom), order=1, mode="nearest", grid_mode=True)
