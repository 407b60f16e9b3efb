"""What counts as faint in a painter's codes: measured on empty canvases, for `PainterAutoencoder.calm` to go by."""

import itertools
from dataclasses import replace

import numpy as np

from aelearn.autoencoders.painter import build_painter, mean_around

from keras import ops  # isort: skip

SIDE = 128  # pixels, of an empty canvas
SHADES = np.linspace(0, 1, 5)  # of red, green and blue: 125 canvases
GRAY = len(SHADES) ** 3 // 2  # which of them is neither dark nor bright nor coloured
STEADY = 1e-3  # of the mean variance of a channel, added to every variance, so that weights stay small


def faint_energy(painter):
    """How strong the details of a painter's codes are where there is nothing but grain, by the colour of the canvas.

    Args:
        painter: `PainterAutoencoder`.

    Returns:
        List with a pair of arrays per level, level 1 first: the mean of the energy that `PainterAutoencoder.calm` looks
        at, `(125,)`, and the mean of the code, `(125, channels)`, over the codes of a canvas of every colour of five
        shades that is reconstructed without being calmed. The canvas number `GRAY` is gray.

    Example:
        >>> from aelearn.autoencoders import PainterConfig
        >>> [(energy.shape, mean.shape) for energy, mean in faint_energy(build_painter(PainterConfig((4, 8))))]
        [((125,), (125, 4)), ((125,), (125, 8))]
    """
    bare = build_painter(replace(painter.config, calm=None))
    bare.set_weights(painter.get_weights())
    colors = np.array(list(itertools.product(SHADES, repeat=3)), np.float32)
    batches = [_energies(bare, colors[first : first + 25]) for first in range(0, len(colors), 25)]
    return [tuple(map(np.concatenate, zip(*level))) for level in zip(*batches)]


def learn_calm(painter, times):
    """Tell a painter what counts as faint in its codes: so many times what the grain of its canvas leaves there.

    The threshold of a level is that for a gray canvas, and its factor k for other colours a regression of the energies
    of all canvases on their mean codes: linear, as that comes within a fifth of what other colours have, and no layer
    of a painter is cheaper. Nothing else of the painter changes.

    Args:
        painter: `PainterAutoencoder`, changed in place.
        times: float, 0 or more; 0 for a painter that calms nothing.

    Example:
        >>> from aelearn.autoencoders import PainterConfig
        >>> painter = build_painter(PainterConfig((4, 8), grain=0.1))
        >>> learn_calm(painter, 1.5)
        >>> min(painter.config.calm) > 0
        True
    """
    thresholds = []
    for block, (energies, means) in zip(painter.calm_levels, faint_energy(painter)):
        gray = energies[GRAY]
        thresholds.append(round(float(times * gray), 4))
        kernel, bias = _regression(means, energies / gray - 1) if gray else (np.zeros(means.shape[1]), 0.0)
        block.faint.set_weights([kernel[None, None, :, None], np.array([bias])])
    painter.config = replace(painter.config, calm=tuple(thresholds))


def _energies(bare, colors):
    # Pairs of arrays, level 1 first, as `faint_energy` returns them, for some of the colours.
    canvases = np.broadcast_to(colors[:, None, None], (len(colors), SIDE, SIDE, 3))
    code, levels = bare.encode(ops.convert_to_tensor(bare.prime(canvases)), bare.num_levels), []
    for level in range(bare.num_levels, 0, -1):
        energy = ops.mean(ops.sum(ops.square(code - mean_around(code)), axis=-1), axis=(1, 2))
        levels.append([ops.convert_to_numpy(each) for each in (energy, ops.mean(code, axis=(1, 2)))])
        code = bare.step(code, level)
    return levels[::-1]


def _regression(points, values):
    # Ridge regression: weights (channels,) and intercept.
    mean, centre = points.mean(axis=0, dtype=np.float64), values.mean(dtype=np.float64)
    centred = points - mean
    covariance = centred.T @ centred / len(points)
    steady = STEADY * np.trace(covariance) / len(covariance) + 1e-12
    shared = centred.T @ (values - centre) / len(points)
    weights = np.linalg.solve(covariance + steady * np.eye(len(covariance)), shared)
    return weights, centre - mean @ weights
