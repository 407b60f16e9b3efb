"""What counts as faint in a painter's codes: measured on empty canvases, for `PainterAutoencoder.calm` to go by."""

import itertools
from dataclasses import replace
from numbers import Real

import numpy as np

from aelearn.autoencoders.painter import LEAST, MOST, PainterAutoencoder, build_painter, mean_around

from keras import ops  # isort: skip

SIDE = 128  # pixels, of an empty canvas, or as many as a painter needs
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

    Raises:
        TypeError: if `painter` is no `PainterAutoencoder`.
        ValueError: if its weights are not finite, or so large that codes are not.

    Example:
        >>> from aelearn.autoencoders import PainterConfig
        >>> [(energy.shape, mean.shape) for energy, mean in faint_energy(build_painter(PainterConfig((4, 8))))]
        [((125,), (125, 4)), ((125,), (125, 8))]
    """
    if not isinstance(painter, PainterAutoencoder):
        raise TypeError(f"painter must be a PainterAutoencoder; received {type(painter).__name__}")
    if not all(np.isfinite(weights).all() for weights in painter.get_weights()):
        raise ValueError("painter must have finite weights; received one with NaN or infinity in them")
    bare = build_painter(replace(painter.config, calm=None))
    bare.set_weights(painter.get_weights())
    colors = np.array(list(itertools.product(SHADES, repeat=3)), np.float32)
    batches = [_energies(bare, colors[first : first + 25]) for first in range(0, len(colors), 25)]
    levels = [tuple(map(np.concatenate, zip(*level))) for level in zip(*batches)]
    if not all(np.isfinite(each).all() for level in levels for each in level):
        raise ValueError("painter must have weights of ordinary size; the codes that these make are not finite")
    return levels


def learn_calm(painter, times):
    """Tell a painter what counts as faint in its codes: so many times what the grain of its canvas leaves there.

    The threshold of a level is that for a gray canvas, and its factor k for other colours a regression of the energies
    of all canvases on their mean codes: linear, as that comes within a fifth of what every colour has, and no layer
    of a painter is cheaper. Nothing else of the painter changes. A `Stylizer` that has painted with it keeps the
    thresholds that it had then: make a new one.

    Args:
        painter: `PainterAutoencoder`, changed in place.
        times: float from 0 to 100; 0 for a painter that calms nothing.

    Raises:
        TypeError: if `painter` is no `PainterAutoencoder`.
        ValueError: if `times` is out of range, or the painter's weights are not finite or too large; nothing is changed
            then.

    Example:
        >>> from aelearn.autoencoders import PainterConfig
        >>> painter = build_painter(PainterConfig((4, 8), grain=0.1))
        >>> learn_calm(painter, 1.5)
        >>> min(painter.config.calm) > 0
        True
    """
    check_times("times", times)
    measured = faint_energy(painter)
    thresholds = (float(f"{times * energies[GRAY]:.5g}") for energies, _ in measured)
    calm = tuple(each if each >= LEAST else 0.0 for each in thresholds)
    if max(calm) > MOST:
        raise ValueError(f"painter must have weights of ordinary size; with these a threshold is {max(calm):.3g}, "
                         f"and {MOST:g} is the most")
    config = replace(painter.config, calm=calm)
    for block, (energies, means) in zip(painter.calm_levels, measured):
        gray = energies[GRAY]
        kernel, factor = _regression(means, energies / gray) if gray >= LEAST else (np.zeros(means.shape[1]), 1.0)
        block.faint.set_weights([kernel[None, None, :, None], np.array([factor - 1])])
    painter.config = config


def check_times(name, times):
    """Raise ValueError if `times`, called `name`, is not a number from 0 to 100.

    Example:
        >>> check_times("times", 0.9)
    """
    if isinstance(times, bool) or not isinstance(times, Real) or not 0 <= times <= 100:
        raise ValueError(f"{name} must be a number from 0 to 100; received {times!r}")


def _energies(bare, colors):
    # Pairs of arrays, level 1 first, as `faint_energy` returns them, for some of the colours.
    side = max(SIDE, 2 * bare.multiple)
    canvases = np.broadcast_to(colors[:, None, None], (len(colors), side, side, 3))
    code, levels = bare.encode(ops.convert_to_tensor(bare.prime(canvases)), bare.num_levels), []
    for level in range(bare.num_levels, 0, -1):
        energy = ops.mean(ops.sum(ops.square(code - mean_around(code)), axis=-1), axis=(1, 2))
        levels.append([ops.convert_to_numpy(each) for each in (energy, ops.mean(code, axis=(1, 2)))])
        code = bare.step(code, level)
    return levels[::-1]


def _regression(points, values):
    # Ridge regression of positive values by relative errors, the largest of which are then as far above as below:
    # weights (channels,) and intercept.
    share = 1 / np.square(values, dtype=np.float64)
    share /= share.sum()
    mean, centre = share @ points, share @ values
    weighted = share * (points - mean).T
    covariance = weighted @ (points - mean)
    steady = STEADY * np.trace(covariance) / len(covariance) + 1e-12
    weights = np.linalg.solve(covariance + steady * np.eye(len(covariance)), weighted @ (values - centre))
    intercept = centre - mean @ weights
    ratios = (points @ weights + intercept) / values
    middle = np.sqrt(ratios.min() * ratios.max()) if ratios.min() > 0 else 1.0
    return weights / middle, intercept / middle
