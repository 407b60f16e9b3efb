"""A painter with a smaller code, made from one with a larger: what its decoder hardly sees is left out."""

from dataclasses import replace

import numpy as np

from aelearn.autoencoders.painter import PainterAutoencoder, build_painter
from aelearn.images import check_image

from keras import ops  # isort: skip


def narrow(painter, pictures, width):
    """Leave directions out of the deepest code, with as little as possible lost behind the decoder's first layers.

    A principal component analysis of the code f, measured by what becomes of it. With G = Σ K Kᵀ over all matrices K
    that the decoder multiplies f by, and Σ the covariance of codes, the eigenvectors of G^½ Σ G^½ with the largest
    eigenvalues are kept. All that reads or writes the code is multiplied by the matrix into them or out of them, so
    that the blocks stay as wide as they were and no layer is added.
    Reference: Zhang et al. 2016, "Accelerating very deep convolutional networks for classification and detection",
    section 3.1, for the components of a layer's response.

    Args:
        painter: `PainterAutoencoder`.
        pictures: iterable of arrays `(height, width, 3)` in [0, 1], over whose codes Σ is taken; height and width as
            the painter takes them.
        width: int from 1 to the channels of the deepest code.

    Returns:
        `PainterAutoencoder` with `config.widths[-1] == width`, of the same name; `painter` stays as it is.

    Raises:
        ImageError: if a picture is not one.
        TypeError: if `painter` is no `PainterAutoencoder`.
        ValueError: if `width` is not such an int, `pictures` is empty, or weights are not finite.

    Example:
        >>> from aelearn.autoencoders import PainterConfig
        >>> painter, random = build_painter(PainterConfig((4, 8)), seed=0), np.random.default_rng(0)
        >>> narrow(painter, [random.random((16, 16, 3), np.float32)], 6).config.widths
        (4, 6)
    """
    if not isinstance(painter, PainterAutoencoder):
        raise TypeError(f"painter must be a PainterAutoencoder; received {type(painter).__name__}")
    config = painter.config
    if isinstance(width, bool) or not isinstance(width, int) or not 1 <= width <= config.widths[-1]:
        raise ValueError(f"width must be an int from 1 to {config.widths[-1]}, the channels of the deepest code; "
                         f"received {width!r}")
    mean, covariance = _moments(painter, pictures)
    block = painter.decoder_levels[-1]
    seen = [*_array(block.look.kernel).reshape(9, config.widths[-1], -1), _array(block.straight.kernel)[0, 0]]
    metric = sum(k @ k.T for k in seen)
    if not np.isfinite(covariance).all() or not np.isfinite(metric).all() or not metric.any():
        raise ValueError("painter must have finite weights, which may not all be 0")
    into, out = _directions(covariance, metric, width)

    narrowed = build_painter(replace(config, widths=(*config.widths[:-1], width)), name=painter.name)
    for old, new in zip(_blocks(painter), _blocks(narrowed)):
        if new is not narrowed.encoder_levels[-1] and new is not narrowed.decoder_levels[-1]:
            new.set_weights(old.get_weights())
    for old, new in zip(painter.calm_levels[:-1], narrowed.calm_levels):
        new.set_weights(old.get_weights())
    writes, reads = narrowed.encoder_levels[-1], narrowed.decoder_levels[-1]
    writes.look.set_weights(painter.encoder_levels[-1].look.get_weights())
    mix, bias = map(_array, painter.encoder_levels[-1].mix.weights)
    writes.mix.set_weights([mix @ into, (bias - mean) @ into])
    writes.straight.set_weights([_array(painter.encoder_levels[-1].straight.kernel) @ into])
    look, bias = map(_array, block.look.weights)
    reads.look.set_weights([out @ look, bias + (mean @ look).sum(axis=(0, 1))])
    mix, bias = map(_array, block.mix.weights)
    straight = _array(block.straight.kernel)
    reads.mix.set_weights([mix, bias + (mean @ straight)[0, 0]])
    reads.straight.set_weights([out @ straight])
    faint, bias = map(_array, painter.calm_levels[-1].faint.weights)
    narrowed.calm_levels[-1].faint.set_weights([out @ faint, bias + (mean @ faint)[0, 0]])
    return narrowed


def _moments(painter, pictures):
    # Of the codes of all pictures together, each of which counts the same.
    pictures = (painter.prime(check_image(each, name=f"pictures[{index}]")) for index, each in enumerate(pictures))
    codes = [_array(painter.encode(ops.convert_to_tensor(each[None]), painter.num_levels)) for each in pictures]
    if not codes:
        raise ValueError("pictures must hold at least one; received none")
    points = [code.reshape(-1, code.shape[-1]) for code in codes]
    mean = np.mean([each.mean(axis=0) for each in points], axis=0)
    return mean, np.mean([(each - mean).T @ (each - mean) / len(each) for each in points], axis=0)


def _directions(covariance, metric, width):
    # Two matrices, (channels, width) and (width, channels): into the directions that are kept, and out of them. As
    # optimal transport depends on distances between codes, these stay what they were: the rows of the second are
    # orthonormal.
    values, vectors = np.linalg.eigh(metric)
    values = np.maximum(values, 1e-9 * values[-1])  # a channel that is never read has none
    root, inverse = ((vectors * values**power) @ vectors.T for power in (0.5, -0.5))
    kept = np.linalg.eigh(root @ covariance @ root)[1][:, ::-1][:, :width]
    axes, triangle = np.linalg.qr(inverse @ kept)
    return root @ kept @ triangle.T, axes.T


def _blocks(painter):
    return [*painter.encoder_levels, *painter.decoder_levels]


def _array(tensor):
    return np.asarray(ops.convert_to_numpy(tensor), np.float64)
