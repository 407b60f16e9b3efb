"""Figures of what a code holds: its channels side by side, its matrices, and its spectrum with a cut."""

import numpy as np
from matplotlib import colormaps
from matplotlib.ticker import FuncFormatter, MaxNLocator

from aelearn.plots.layout import check_dict, check_numbers
from aelearn.plots.look import (
    BLACK,
    BLUE,
    CAPTION,
    DASHES,
    INK,
    LABEL,
    MUTED,
    VERMILLION,
    WIDTH,
    chart,
    name_axes,
    plain,
    wrap,
)
from aelearn.plots.pictures import picture_grid

MAP = "cividis"  # from blue to yellow: made for readers with any kind of colour vision
SIGNED = "PuOr"  # purple and orange around white: told apart by every kind of colour vision
SMALLEST = 1e-5  # share of all variance below which a spectrum is not drawn


def channel_picture(code, channel):
    """One channel of a code as a picture: blue is low, yellow high.

    The outermost per cent at either end is cut off, so that one extreme place does not make all others alike.

    Args:
        code: array `(height, width, channels)`.
        channel: int.

    Returns:
        float32 array `(height, width, 3)` in [0, 1].

    Raises:
        ValueError: if `code` has another rank or is not finite, or lacks the channel.

    Example:
        >>> low, high = channel_picture(np.array([[[0.0], [9.0]]]), 0)[0]
        >>> bool(low[2] > low[0]), bool(high[2] < high[0])
        (True, True)
    """
    code = _check_code(code, "code")
    if isinstance(channel, bool) or channel not in range(code.shape[2]):
        raise ValueError(f"channel must be an int from 0 to {code.shape[2] - 1}; received {channel!r}")
    values = code[..., channel]
    low, high = np.percentile(values, (1, 99))
    return colormaps[MAP](((values - low) / max(high - low, 1e-12)).clip(0, 1))[..., :3].astype(np.float32)


def channel_table(codes, num=6):
    """The channels of several codes that vary most, a row for each code.

    Blue is low, yellow high, every channel on its own scale.

    Args:
        codes: dict from name to an array `(height, width, channels)`.
        num: int, how many channels of each.

    Returns:
        `Figure` with one axes per channel shown.

    Raises:
        ValueError: if there is no code, one has another rank or fewer channels, or `num` is not positive.

    Example:
        >>> len(channel_table({"one": np.zeros((4, 4, 3)), "two": np.zeros((2, 2, 5))}, num=2).axes)
        4
    """
    check_dict(codes, "codes", "from name to an array (height, width, channels)")
    codes = {name: _check_code(code, f"codes[{name!r}]") for name, code in codes.items()}
    fewest = min(code.shape[2] for code in codes.values())
    if isinstance(num, bool) or num not in range(1, fewest + 1):
        raise ValueError(f"num must be an int from 1 to {fewest}, the channels of the smallest code; received {num!r}")
    orders = [np.argsort(-code.var(axis=(0, 1)), kind="stable")[:num] for code in codes.values()]
    rows = [[channel_picture(code, int(channel)) for channel in order] for code, order in zip(codes.values(), orders)]
    return picture_grid(rows, [plain(name) for name in codes])


def matrix_row(matrices, signs=None):
    """Square matrices side by side, all on one scale: orange is positive, purple negative, white zero.

    Args:
        matrices: dict from name to an array `(channels, channels)`.
        signs: list of str between them, such as ["=", "+"]; one less than there are matrices, or None.

    Returns:
        `Figure` with one axes per matrix, and one for the scale.

    Raises:
        ValueError: if there is none, one is not square and finite, or the number of signs does not fit.

    Example:
        >>> len(matrix_row({"a": np.eye(2), "b": np.eye(2)}, signs=["="]).axes)
        3
    """
    check_dict(matrices, "matrices", "from name to an array (channels, channels)")
    arrays = {name: _check_square(matrix, f"matrices[{name!r}]") for name, matrix in matrices.items()}
    signs = [""] * (len(arrays) - 1) if signs is None else list(signs)
    if len(signs) != len(arrays) - 1:
        raise ValueError(f"signs must be {len(arrays) - 1} str, one between every two matrices; received {len(signs)}")
    # All but the largest two per cent in full range: a few large variances would otherwise turn the rest white.
    limit = max(np.percentile(np.abs(np.concatenate([each.ravel() for each in arrays.values()])), 98), 1e-12)
    side = min(2.9, (WIDTH - 1.2) / len(arrays))
    figure, every = chart(side * len(arrays) + 1.2, side + 0.35, len(arrays))
    for axes, (name, matrix) in zip(every, arrays.items()):
        image = axes.imshow(matrix, cmap=f"{SIGNED}_r", vmin=-limit, vmax=limit, interpolation="none")
        axes.grid(False)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        axes.set_title(wrap(name, side - 0.4, LABEL), fontsize=LABEL, color=INK, parse_math=False)
    for axes, sign in zip(every[1:], signs):
        axes.text(-0.09, 0.5, sign, transform=axes.transAxes, ha="center", va="center", fontsize=15, color=INK)
    bar = figure.colorbar(image, ax=every, shrink=0.75, pad=0.02, extend="both")
    bar.ax.tick_params(labelsize=CAPTION, labelcolor=INK, color=MUTED)
    bar.outline.set_visible(False)
    return figure


def spectrum_cut(variances, keep, after=None):
    """The variances of a code along its directions as shares of the whole, with a line behind the last that is kept.

    Args:
        variances: list of numbers, 0 or more, in any order.
        keep: int, how many of the strongest are kept.
        after: list of as many numbers, what the variances are after some map; drawn as a second curve. None for none.

    Returns:
        `Figure` with one axes.

    Raises:
        ValueError: if the numbers are not finite, or none is above zero, or `keep` is out of range.

    Example:
        >>> spectrum_cut([3.0, 1.0], keep=1).axes[0].get_title(loc="left")
        '1 of 2 directions: 75 % of the variance'
    """
    variances = np.sort(check_numbers(variances, "variances"))[::-1]
    if not variances.size or not variances[0] > 0 or variances[-1] < 0:
        raise ValueError(f"variances must be 0 or more, one of them above 0; received {variances[:3].tolist()} …")
    if isinstance(keep, bool) or keep not in range(len(variances) + 1):
        raise ValueError(f"keep must be an int from 0 to {len(variances)}; received {keep!r}")
    figure, (axes,) = chart(4.6, 3.1)
    total, numbers = variances.sum(), np.arange(1, len(variances) + 1)
    axes.plot(numbers, (variances / total).clip(min=SMALLEST), color=BLUE, linewidth=2, label="before")
    if after is not None:
        after = np.sort(check_numbers(after, "after", len(variances)))[::-1]
        axes.plot(numbers[:keep], (after[:keep] / total).clip(min=SMALLEST), color=VERMILLION, linewidth=2,
                  linestyle=DASHES[1], label="after")
        axes.legend(loc="upper right", frameon=False, fontsize=CAPTION, handlelength=3)
    axes.axvline(keep + 0.5, color=BLACK, linewidth=1.2)
    axes.axvspan(keep + 0.5, len(variances) + 1, color="#000000", alpha=0.07, linewidth=0)
    axes.set(xlim=(0.5, len(variances) + 0.5), yscale="log", ylim=(SMALLEST, 1.5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.5f}".rstrip("0").rstrip(".")))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    share = _percent(variances[:keep].sum() / total)
    name_axes(axes, "direction, strongest first", "share of the variance",
              f"{keep} of {len(variances)} directions: {share} of the variance")
    return figure


def _percent(share):
    # As exact as it takes to tell nearly all from all.
    digits = 0 if share < 0.99 else 2
    return f"{np.floor(share * 10 ** (digits + 2) + 1e-9) / 10**digits:.{digits}f} %"


def _check_code(code, name):
    code = np.asarray(code, np.float64)
    if code.ndim != 3 or not code.size or not np.isfinite(code).all():
        raise ValueError(f"{name} must be finite numbers (height, width, channels); received shape {code.shape}")
    return code


def _check_square(matrix, name):
    matrix = np.asarray(matrix, np.float64)
    if matrix.ndim != 2 or not matrix.size or matrix.shape[0] != matrix.shape[1] or not np.isfinite(matrix).all():
        raise ValueError(f"{name} must be finite numbers (channels, channels); received shape {matrix.shape}")
    return matrix
