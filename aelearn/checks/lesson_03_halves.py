"""Judges of lesson 03, the two halves: an encoder and a decoder that the reader has built with Keras."""

from math import prod

import numpy as np

from aelearn.autoencoders import convolution_parameters, convolution_size, dense_parameters
from aelearn.checks.compare import close, describe
from aelearn.checks.verdict import Exercise

import keras  # isort: skip

CONVOLUTION, TRANSPOSED, DENSE, UPSAMPLING, POOLING = range(1, 6)
WORDS = {CONVOLUTION: "convolution", TRANSPOSED: "transposed convolution", DENSE: "dense layer",
         UPSAMPLING: "upsampling", POOLING: "pooling"}
ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", "softmax")


def encoder(answer):
    """Judge `build_encoder(input_shape, widths, latent_dim)`: strided convolutions, flatten, a linear dense code.

    Args:
        answer: the reader's function; returns a `keras.Model`.

    Returns:
        `Verdict`.

    Example:
        >>> encoder(lambda input_shape, widths, latent_dim: None)
        ✗ not yet, because build_encoder stopped with TypeError: return a keras.Model; received nothing; one Conv2D...
    """
    return _ENCODER.judge(_Described(answer) if callable(answer) else answer)


def decoder(answer):
    """Judge `build_decoder(output_shape, widths, latent_dim)`: dense, reshape, doublings with convolutions, sigmoid.

    Args:
        answer: the reader's function; returns a `keras.Model`.

    Returns:
        `Verdict`.

    Example:
        >>> decoder(None)
        ○ not tried yet: write build_decoder first
    """
    return _DECODER.judge(_Described(answer) if callable(answer) else answer)


class _Described:
    # The reader's builder, returning numbers that describe the model instead of the model.
    def __init__(self, answer):
        self.answer = answer
        self.__code__ = getattr(answer, "__code__", None)  # so that an error is found in the reader's line

    def __call__(self, *arguments):
        model = self.answer(*arguments)
        if not isinstance(model, keras.Model):
            raise TypeError(f"return a keras.Model; received {describe(model)}")
        if not model.built or not model.inputs:
            raise TypeError("start with keras.Input, so that the model knows its shapes")
        return _facts(model)


def _facts(model):
    """(input shape, output shape, one row per layer that does something: kind, shape, parameters, activation)."""
    rows = []
    for layer in model.layers:
        activation = _activation(layer)
        if isinstance(layer, (keras.layers.Activation, keras.layers.ReLU)) and rows:
            rows[-1][-1] = activation  # an activation of its own belongs to the layer before
        elif kind := _kind(layer):
            rows.append([kind, *_three(layer.output.shape[1:]), layer.count_params(), activation])
    return tuple(model.input_shape[1:]), tuple(model.output_shape[1:]), np.array(rows, float).reshape(-1, 6)


def _kind(layer):
    kinds = keras.layers
    known = {TRANSPOSED: kinds.Conv2DTranspose, CONVOLUTION: kinds.Conv2D, DENSE: kinds.Dense,
             UPSAMPLING: kinds.UpSampling2D,
             POOLING: (kinds.MaxPooling2D, kinds.AveragePooling2D, kinds.GlobalAveragePooling2D,
                       kinds.GlobalMaxPooling2D)}
    return next((kind for kind, classes in known.items() if isinstance(layer, classes)), 0)


def _activation(layer):
    if isinstance(layer, keras.layers.ReLU):
        return ACTIVATIONS.index("relu")
    name = getattr(getattr(layer, "activation", None), "__name__", "linear")
    return ACTIVATIONS.index(name) if name in ACTIVATIONS else len(ACTIVATIONS)


def _three(shape):
    return [*([1] * (3 - len(shape))), *(side or 0 for side in shape)][-3:]


class _Halves(Exercise):
    # Says which layer is another one than expected.
    def _unexplained(self, answer, tried, truth):
        for mine, right in zip(tried, truth):
            if mine.error is not None:
                break
            for part, name in ((0, "takes"), (1, "gives")):
                if not close(mine.value[part], np.array(right.value[part]), self.tolerance):
                    return f"{self.name} {name} {_sides(mine.value[part])}, expected {_sides(right.value[part])}"
            mine, right = ([_words(row) for row in side.value[2]] for side in (mine, right))
            for number, (one, other) in enumerate(zip(mine, right), start=1):
                if one != other:
                    return f"layer {number} of {self.name} is {one}, expected {other}"
            if len(mine) != len(right):
                return f"{self.name} has {len(mine)} layers with something to do, expected {len(right)}"
        return super()._unexplained(answer, tried, truth)


def _sides(shape):
    return "×".join(map(str, shape)) or "a number"


def _words(row):
    kind, *shape, parameters, activation = (int(number) for number in row)
    name = (*ACTIVATIONS, "another activation")[activation]
    end = f", {name}" if kind in (CONVOLUTION, TRANSPOSED, DENSE) else ""
    shape = _sides(shape).removeprefix("1×1×")
    article = "an" if WORDS[kind][0] in "aeiou" else "a"
    return f"{article} {WORDS[kind]} giving {shape} with {parameters:,} parameters{end}"


class _Rows:
    # Layers one after the other, as numbers: what `_facts` says of a model with these layers.
    def __init__(self, shape):
        self.start, self.shape, self.rows = tuple(shape), tuple(shape), []

    def add(self, kind, shape, parameters=0, activation="linear"):
        self.shape = tuple(shape)
        self.rows.append([kind, *_three(self.shape), parameters, ACTIVATIONS.index(activation)])

    def convolution(self, filters, activation, *, stride=1, padded=True, kernel=3):
        padding = kernel - 1 if padded else 0
        sides = [convolution_size(side, kernel=kernel, stride=stride, padding=padding) for side in self.shape[:2]]
        parameters = convolution_parameters(self.shape[2], filters, kernel=kernel)
        self.add(CONVOLUTION, (*sides, filters), parameters, activation)

    def dense(self, units, activation):
        self.add(DENSE, (*self.shape[:-1], units), dense_parameters(self.shape[-1], units), activation)

    def flatten(self):
        self.shape = (prod(self.shape),)

    def double(self):
        self.add(UPSAMPLING, (2 * self.shape[0], 2 * self.shape[1], self.shape[2]))

    @property
    def facts(self):
        return self.start, self.shape, np.array(self.rows, float).reshape(-1, 6)


def _encoded(*, stride=2, padded=True, hidden="relu", code="linear", kernel=3, order=tuple, pool=False, flat=True,
             mean=False):
    """A build_encoder as `_Described` sees it: the right one, with something changed."""

    def describe_encoder(input_shape, widths, latent_dim):
        rows = _Rows(input_shape)
        for width in order(widths):
            rows.convolution(width, hidden, stride=1 if pool else stride, padded=padded, kernel=kernel)
            if pool:
                rows.add(POOLING, (rows.shape[0] // 2, rows.shape[1] // 2, width))
        if mean:
            rows.add(POOLING, (rows.shape[2],))
        if flat and not mean:
            rows.flatten()
        rows.dense(latent_dim, code)
        return rows.facts

    return describe_encoder


# So large that a kernel fits everywhere, padded or not.
_CASES = [((28, 28, 1), (8, 12), 5), ((24, 40, 3), (4, 6, 10), 7)]

_ENCODER = _Halves(
    name="build_encoder",
    truth=_encoded(),
    cases=_CASES,
    mistakes={
        "the padding is forgotten: without padding=\"same\" every convolution loses its border": (
            _encoded(padded=False),
        ),
        "the stride is forgotten: without strides=2 the picture never shrinks, and the dense layer is huge":
            _encoded(stride=1),
        "stride and padding are forgotten: strides=2 halves the picture, padding=\"same\" keeps its border":
            _encoded(stride=1, padded=False),
        "the convolutions have no activation: without a ReLU between them, two of them are no more than one":
            _encoded(hidden="linear"),
        "the convolutions should have a ReLU; a sigmoid or tanh saturates": (
            _encoded(hidden="sigmoid"),
            _encoded(hidden="tanh"),
        ),
        "the code has a ReLU: a unit that is never positive is dead and a number of the code is lost; leave it linear":
            _encoded(code="relu"),
        "the code is squeezed by its activation; leave it linear": (
            _encoded(code="sigmoid"),
            _encoded(code="tanh"),
            _encoded(code="softmax"),
        ),
        "the widths are in reverse: the encoder goes from few channels to many":
            _encoded(order=lambda widths: widths[::-1]),
        "there should be one convolution per entry of widths": (
            _encoded(order=lambda widths: widths[:1]),
            _encoded(order=lambda widths: widths[:-1]),
            _encoded(order=lambda widths: widths[1:]),
            _encoded(order=lambda widths: widths[-1:]),
        ),
        "every convolution has its own entry of widths": (
            _encoded(order=lambda widths: widths[:1] * len(widths)),
            _encoded(order=lambda widths: widths[-1:] * len(widths)),
        ),
        "you shrink with pooling, which works too, but here the convolution itself takes steps of 2: strides=2":
            _encoded(pool=True),
        "the kernels should be 3 × 3": (
            _encoded(kernel=1), _encoded(kernel=2), _encoded(kernel=4), _encoded(kernel=5), _encoded(kernel=7),
        ),
        "Flatten is missing: the dense layer made a code at every position instead of one for the picture":
            _encoded(flat=False),
        "an average over all positions forgets where things were: use Flatten": _encoded(mean=True),
    },
    praise="halved once per width, and a linear code",
    hint="one Conv2D(width, 3, strides=2, padding=\"same\", activation=\"relu\") per width, Flatten, Dense(latent_dim)",
)


def _decoded(*, start="relu", hidden="relu", end="sigmoid", padded=True, order=reversed, kernel=3, doublings=True,
             more=0, channels=None, grid=None, transposed=False, flat=False, late=False, last=None, sides=None):
    """A build_decoder as `_Described` sees it: the right one, with something changed."""

    def describe_decoder(output_shape, widths, latent_dim):
        rows = _Rows((latent_dim,))
        grid_sides = sides(output_shape) if sides else [side // 2 ** len(widths) for side in output_shape[:2]]
        if flat:
            rows.dense(prod(output_shape), end)
            rows.shape = tuple(output_shape)
            return rows.facts
        depth = grid(widths) if grid else widths[-1]
        rows.dense(prod(grid_sides) * depth, start)
        rows.shape = (*grid_sides, depth)
        for width in order(widths):
            if transposed:
                parameters = convolution_parameters(rows.shape[2], width)
                rows.add(TRANSPOSED, (2 * rows.shape[0], 2 * rows.shape[1], width), parameters, hidden)
                continue
            if doublings and not late:
                rows.double()
            rows.convolution(width, hidden, padded=padded, kernel=kernel)
            if late:
                rows.double()
        for _ in range(more):
            rows.double()
        rows.convolution(channels or output_shape[2], end, padded=padded, kernel=last or kernel)
        return rows.facts

    return describe_decoder


_DECODER = _Halves(
    name="build_decoder",
    truth=_decoded(),
    cases=_CASES,
    mistakes={
        "the last convolution has no sigmoid: pictures lie in [0, 1], and so should what the decoder gives":
            _decoded(end="linear"),
        "a ReLU at the end can exceed 1 and dies at 0: the last activation is a sigmoid": _decoded(end="relu"),
        "tanh reaches down to -1: the last activation is a sigmoid": _decoded(end="tanh"),
        "a softmax over the channels of a pixel is no picture: the last activation is a sigmoid":
            _decoded(end="softmax"),
        "this is not the mirror of the encoder: go from many channels to few, with reversed(widths)": (
            _decoded(order=tuple),
            _decoded(order=tuple, grid=lambda widths: widths[0]),
        ),
        "the grid should have the channels that the encoder had at the end, widths[-1]":
            _decoded(grid=lambda widths: widths[0]),
        "the doublings are missing: every convolution needs an UpSampling2D(2) before it": _decoded(doublings=False),
        "one UpSampling2D too many: double once per entry of widths": _decoded(more=1),
        "the padding is forgotten: without padding=\"same\" every convolution loses its border": _decoded(padded=False),
        "the dense layer has no ReLU": _decoded(start="linear"),
        "the convolutions have no activation: without a ReLU between them, two of them are no more than one": (
            _decoded(hidden="linear"),
            _decoded(hidden="linear", start="linear"),
        ),
        "the sigmoid belongs to the last convolution only; the others have a ReLU": (
            _decoded(hidden="sigmoid"),
            _decoded(hidden="sigmoid", start="sigmoid"),
        ),
        "the dense layer that makes the grid should have a ReLU": (_decoded(start="sigmoid"), _decoded(start="tanh")),
        "the last convolution should give the channels of the picture, output_shape[2]": (
            _decoded(channels=4), _decoded(channels=2), _decoded(channels=32),
        ),
        "there is no convolution: that is the textbook's decoder, one dense layer to all pixels": _decoded(flat=True),
        "a transposed convolution leaves a checkerboard: here UpSampling2D(2) and then a Conv2D":
            _decoded(transposed=True),
        "there should be one doubling and one convolution per entry of widths": (
            _decoded(order=lambda widths: widths[::-1][1:]),
            _decoded(order=lambda widths: widths[::-1][:-1]),
        ),
        "the kernels should be 3 × 3": (_decoded(kernel=1), _decoded(kernel=2), _decoded(kernel=5)),
        "the order is turned round: first UpSampling2D(2), then the convolution, which smooths the enlarged blocks":
            _decoded(late=True),
        "the last kernel too is 3 × 3: with 1 × 1 a pixel would be made without a look at its neighbours":
            _decoded(last=1),
        "your grid fits pictures of one size only: it has output_shape[0] // 2 ** len(widths) rows, columns alike": (
            _decoded(sides=lambda shape: (shape[0] // 4, shape[1] // 4)), _decoded(sides=lambda shape: (7, 7)),
        ),
    },
    praise="the mirror of the encoder, with a sigmoid at the end",
    hint="Dense, Reshape; per width in reversed(widths) UpSampling2D(2) and Conv2D, ReLU; then Conv2D with a sigmoid",
)
