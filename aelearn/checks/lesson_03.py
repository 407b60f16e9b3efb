"""Judges of lesson 03, the arithmetic: sizes, parameters, the code, and the receptive field."""

from math import ceil, prod

import numpy as np

from aelearn.checks.compare import numbers
from aelearn.checks.verdict import Exercise


def output_size(answer):
    """Judge `output_size(size, kernel, stride, padding)`: the rows that come out of a convolution.

    Args:
        answer: the reader's function; returns an int.

    Returns:
        `Verdict`.

    Example:
        >>> output_size(lambda size, kernel, stride, padding: (size - kernel) // stride + 1)
        ✗ not yet, because the padding is missing: it makes the picture larger before the kernel slides
    """
    return _OUTPUT_SIZE.judge(answer)


def convolution_parameters(answer):
    """Judge `convolution_parameters(kernel, channels_in, channels_out)`: weights and biases of a convolution.

    Args:
        answer: the reader's function; returns an int.

    Returns:
        `Verdict`.

    Example:
        >>> convolution_parameters(lambda k, c_in, c_out: k * k * c_in * c_out)
        ✗ not yet, because the biases are missing: every filter has one
    """
    return _CONVOLUTION_PARAMETERS.judge(answer)


def dense_parameters(answer):
    """Judge `dense_parameters(units_in, units_out)`: weights and biases of a dense layer.

    Args:
        answer: the reader's function; returns an int.

    Returns:
        `Verdict`.

    Example:
        >>> dense_parameters(lambda units_in, units_out: units_in * units_out)
        ✗ not yet, because the biases are missing: every unit has one
    """
    return _DENSE_PARAMETERS.judge(answer)


def convolutional_code(answer):
    """Judge `convolutional_code(height, width, widths, latent_channels)`: the code of a fully convolutional encoder.

    Args:
        answer: the reader's function; returns `(rows, columns, channels)`.

    Returns:
        `Verdict`.

    Example:
        >>> convolutional_code(lambda h, w, widths, c: (h // 2, w // 2, c))
        ✗ not yet, because rows and columns are halved once per entry of widths, not once in all
    """
    return _CONVOLUTIONAL_CODE.judge(answer)


def receptive_field(answer):
    """Judge `receptive_field(kernels, strides)`: the side of what one entry of the code sees.

    Args:
        answer: the reader's function of two lists of one length; returns an int.

    Returns:
        `Verdict`.

    Example:
        >>> receptive_field(lambda kernels, strides: 1 + sum(k - 1 for k in kernels))
        ✗ not yet, because the strides are missing: after a stride of 2, one step is two pixels long
    """
    return _RECEPTIVE_FIELD.judge(answer)


def _whole(values):
    parts = [part for value in values for part in (value if isinstance(value, (tuple, list)) else [value])]
    # np.prod([]) and np.floor give whole floats of NumPy; a float of Python's own comes from a division.
    if any(type(part) is float or np.any(np.abs(numbers(part) - np.round(numbers(part))) > 1e-6) for part in parts):
        return "a size is a whole number: // divides without a rest, where / gives 14.0"


def _size(size, kernel, stride, padding):
    return (size + padding - kernel) // stride + 1


_OUTPUT_SIZE = Exercise(
    name="output_size",
    truth=_size,
    # With and without padding; strides that leave a rest and strides that do not.
    cases=[(28, 3, 1, 0), (28, 3, 2, 2), (31, 4, 3, 1), (17, 5, 2, 4), (20, 3, 2, 1)],
    mistakes={
        "the padding is missing: it makes the picture larger before the kernel slides":
            lambda n, k, s, p: (n - k) // s + 1,
        "padding counts both sides together in this exercise: add it once": lambda n, k, s, p: (n + 2 * p - k) // s + 1,
        "the padding was taken away; it is added": lambda n, k, s, p: (n - p - k) // s + 1,
        "the stride is missing: the kernel stops at every s-th place only": lambda n, k, s, p: n + p - k + 1,
        "the + 1 is missing: the kernel also stands at the first place": lambda n, k, s, p: (n + p - k) // s,
        "the + 1 comes after the division, for the place where the kernel starts":
            lambda n, k, s, p: (n + p - k + 1) // s,
        "you rounded up: a place where the kernel does not fit is left out, so round down": (
            lambda n, k, s, p: ceil((n + p - k) / s) + 1,
            lambda n, k, s, p: ceil((n + p - k + 1) / s) + 1,
        ),
        "there are no half places: round down with // instead of /": (
            lambda n, k, s, p: (n + p - k) / s + 1,
            lambda n, k, s, p: round((n + p - k) / s) + 1,
        ),
        "the kernel is missing: it must fit into the picture whole": (
            lambda n, k, s, p: (n + p) // s + 1,
            lambda n, k, s, p: (n + p) // s,
            lambda n, k, s, p: n // s,
        ),
        "half a kernel was taken away at one side only: take away k": lambda n, k, s, p: (n + p - k // 2) // s + 1,
        "that is what padding=\"same\" gives; use the padding that you are given": lambda n, k, s, p: ceil(n / s),
        "the stride divides; you multiplied by it": lambda n, k, s, p: (n + p - k) * s + 1,
        "// comes before - and +: put n + P - k in parentheses": lambda n, k, s, p: n + p - k // s + 1,
    },
    praise="the floor, the padding and the + 1 are all there",
    objection=_whole,
)


def _convolution(kernel, channels_in, channels_out):
    return (kernel * kernel * channels_in + 1) * channels_out


_CONVOLUTION_PARAMETERS = Exercise(
    name="convolution_parameters",
    truth=_convolution,
    cases=[(3, 1, 64), (5, 4, 6), (1, 7, 2)],
    mistakes={
        "the biases are missing: every filter has one": lambda k, i, o: k * k * i * o,
        "there is one bias per filter, not one for the layer": lambda k, i, o: k * k * i * o + 1,
        "one bias for every channel that comes out, not for every one that goes in; or have you swapped the two?":
            lambda k, i, o: k * k * i * o + i,
        "one bias per filter: your biases are counted once per incoming channel": lambda k, i, o: (k * k + 1) * i * o,
        "the kernel is a square: k × k weights, not k": (
            lambda k, i, o: (k * i + 1) * o,
            lambda k, i, o: k * i * o,
            lambda k, i, o: (2 * k * i + 1) * o,
        ),
        "the kernel's area is missing: every filter has k × k weights per channel": (
            lambda k, i, o: (i + 1) * o,
            lambda k, i, o: i * o,
        ),
        "a filter looks at all incoming channels: multiply by channels_in": (
            lambda k, i, o: (k * k + 1) * o,
            lambda k, i, o: k * k * o,
        ),
        "you counted one filter; there are channels_out of them": lambda k, i, o: k * k * i + 1,
        "the kernel need not be 3 × 3: use k": lambda k, i, o: (9 * i + 1) * o,
        "filters do not share weights: multiply by channels_out instead of adding it": lambda k, i, o: k * k * i + o,
        "in Python ^ is no power: write kernel ** 2": lambda k, i, o: ((k ^ 2) * i + 1) * o,
    },
    praise="a filter is k × k × c_in weights and a bias, and the size of the picture does not matter",
    objection=_whole,
)

_DENSE_PARAMETERS = Exercise(
    name="dense_parameters",
    truth=lambda units_in, units_out: (units_in + 1) * units_out,
    cases=[(43264, 32), (5, 7)],
    mistakes={
        "the biases are missing: every unit has one": lambda i, o: i * o,
        "there is one bias per unit, not one for the layer": lambda i, o: i * o + 1,
        "the biases belong to the units, not to the inputs": lambda i, o: i * (o + 1),
        "both sides got a bias; only the units that come out have one": (
            lambda i, o: (i + 1) * (o + 1),
            lambda i, o: i * o + i + o,
        ),
        "every unit is connected to every input: multiply": (lambda i, o: i + o, lambda i, o: i + o + 1,
                                                             lambda i, o: i + 2 * o),
    },
    praise="one weight per pair of numbers, one bias per unit",
    objection=_whole,
)


def _code(height, width, widths, channels, halvings=None):
    factor = 2 ** (len(widths) if halvings is None else halvings)
    return height // factor, width // factor, channels


_CONVOLUTIONAL_CODE = Exercise(
    name="convolutional_code",
    truth=_code,
    cases=[(28, 56, (16, 32), 4), (64, 96, (5, 6, 7), 3), (32, 48, (8,), 2)],
    mistakes={
        "rows and columns do not shrink: every entry of widths is a convolution with stride 2":
            lambda h, w, widths, c: (h, w, c),
        "rows and columns are halved once per entry of widths, not once in all":
            lambda h, w, widths, c: (h // 2, w // 2, c),
        "the convolution that makes the code has stride 1: it does not halve":
            lambda h, w, widths, c: _code(h, w, widths, c, len(widths) + 1),
        "the first convolution halves as well: halve len(widths) times":
            lambda h, w, widths, c: _code(h, w, widths, c, len(widths) - 1),
        "halving again and again divides by 2, 4, 8 …: that is 2 ** len(widths)": (
            lambda h, w, widths, c: (h // (2 * len(widths)), w // (2 * len(widths)), c),
            lambda h, w, widths, c: (h // len(widths), w // len(widths), c),
        ),
        "in Python ^ is no power: write 2 ** len(widths)":
            lambda h, w, widths, c: (h // (2 ^ len(widths) or 1), w // (2 ^ len(widths) or 1), c),
        "the last convolution makes latent_channels channels, whatever the widths": (
            lambda h, w, widths, c: _code(h, w, widths, widths[-1]),
            lambda h, w, widths, c: _code(h, w, widths, c * widths[-1]),
        ),
        "channels come last in this course: (rows, columns, channels)":
            lambda h, w, widths, c: (c, *_code(h, w, widths, c)[:2]),
        "width and height are swapped: rows come first": lambda h, w, widths, c: _code(w, h, widths, c),
        "leave out the 1 in front: this is the code of one picture, not of a batch":
            lambda h, w, widths, c: (1, *_code(h, w, widths, c)),
        "that is the number of values in the code; return its shape":
            lambda h, w, widths, c: prod(_code(h, w, widths, c)),
        "padding=\"same\" loses no rows at the border: only the stride counts":
            lambda h, w, widths, c: (_unpadded(h, widths), _unpadded(w, widths), c),
    },
    praise="halved once per width, and as many channels as the last convolution makes",
    objection=_whole,
)


def _unpadded(size, widths):
    for _ in widths:
        size = _size(size, 3, 2, 0)
    return size


def _field(kernels, strides, *, grow=lambda k: k - 1, jumps=lambda strides, i: prod(strides[:i]), start=1):
    return start + sum(grow(kernel) * jumps(strides, index) for index, kernel in enumerate(kernels))


_RECEPTIVE_FIELD = Exercise(
    name="receptive_field",
    truth=_field,
    cases=[([3, 3, 3], [2, 2, 1]), ([3, 5, 3, 2], [1, 2, 3, 2]), ([4], [3])],
    mistakes={
        "the strides are missing: after a stride of 2, one step is two pixels long":
            lambda k, s: _field(k, s, jumps=lambda strides, i: 1),
        "a layer's own stride does not make it see further, only those before it":
            lambda k, s: _field(k, s, jumps=lambda strides, i: prod(strides[: i + 1])),
        "all strides before a layer are multiplied, not only the last one": (
            lambda k, s: _field(k, s, jumps=lambda strides, i: strides[i - 1] if i else 1),
            lambda k, s: _field(k, s, jumps=lambda strides, i: strides[i]),
        ),
        "strides multiply, they do not add up":
            lambda k, s: _field(k, s, jumps=lambda strides, i: sum(strides[:i]) or 1),
        "the 1 is missing: the pixel in the middle is seen before any layer": (
            lambda k, s: _field(k, s, start=0),
        ),
        "a kernel of k reaches k - 1 pixels further, not k": (
            lambda k, s: _field(k, s, grow=lambda kernel: kernel),
            lambda k, s: _field(k, s, grow=lambda kernel: kernel, start=0),
        ),
        "a kernel reaches to both sides: k - 1 in all, not half of it":
            lambda k, s: _field(k, s, grow=lambda kernel: kernel // 2),
        "fields do not multiply: every layer adds (k - 1) times the strides before it": (
            lambda k, s: prod(k),
            lambda k, s: prod(k) * prod(s),
        ),
        "the kernels were added as they are": lambda k, s: sum(k),
        "every layer has its own strides before it, not those of the whole encoder":
            lambda k, s: _field(k, s, jumps=lambda strides, i: prod(strides)),
    },
    praise="every layer adds its kernel less one, in steps as long as all strides before it",
    objection=_whole,
)
