"""The two ways down through a model: by way of the picture between two levels, or inside one decoder.

What happens at every position of a code is compiled and stays with the backend; only moments, a few thousand numbers,
come out of it, and only the matrix of a map goes in.
"""

from functools import cached_property

import numpy as np

from aelearn import runtime
from aelearn.transforms import Moments

from keras import ops  # isort: skip

COMPOUND = 2.4  # k of `Descent.even`


class Cascade:
    """Down a `PyramidAutoencoder`: the picture is encoded, the code moved and decoded again, at every level.

    Args:
        model: `PyramidAutoencoder`.

    Example:
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> Cascade(build_pyramid(PyramidConfig((4, 8)))).default_strengths()
        {1: 1.0, 2: 0.5}
    """

    def __init__(self, model):
        self.model, self._compiled = model, {}

    def default_strengths(self):
        """Full at level 1, half at the deepest, where shapes live: dict from level to float."""
        numbers = np.linspace(1, 0.5, self.model.num_levels)
        return {level: round(float(a), 2) for level, a in enumerate(numbers, start=1)}

    def even(self, alpha):
        """The strength that an overall alpha gives to every level: alpha itself."""
        return alpha

    def plan(self, strengths):
        """Every level that is passed, coarse to fine, with its strength: list of `(level, float)`."""
        return sorted(strengths.items(), reverse=True)

    def start(self, image):
        """What the first level starts from: the photo, as a tensor with a batch axis."""
        return ops.convert_to_tensor(self.primed(image)[None])

    def primed(self, image, at=(0, 0)):
        """The picture as it is encoded: as it is here; a painter may lay a grain under it, see its `prime`.

        Args:
            image: array `(…, height, width, 3)`.
            at: `(row, column)` of its first pixel, if it is a part of a larger picture.
        """
        return image

    def enter(self, state, level, *, first):
        """The code of a level, from what has come out of the level before; the photo if it is the first."""
        return self._function("encode", level, self._encode)(state)

    def moments(self, code):
        """`transforms.Moments` of a code."""
        mean, covariance = (ops.convert_to_numpy(each)[0] for each in self._measured(code))
        if not np.isfinite(covariance).all():
            raise ValueError("the code holds values that are not finite: the weights of the model are damaged")
        return Moments(mean.astype(np.float64), covariance.astype(np.float64))

    def leave(self, code, level, *, change=None):
        """What the next level starts from: here the picture, clipped to [0, 1].

        Args:
            code: tensor `(1, height, width, channels)`.
            level: int.
            change: `(mean, matrix, shift)`, arrays, to move every f of the code to f + (f − mean) matrix + shift
                first; None leaves it as it is.

        Returns:
            Tensor.
        """
        if change is None:
            return self._function("decode", level, self._down)(code)
        return self._function("move", level, self._move_down)(code, _packed(change))

    def leave_regions(self, code, level, changes, shares):
        """As `leave`, but every position is moved by its own mixture of changes.

        Args:
            code: tensor `(1, height, width, channels)`.
            level: int.
            changes: list of `(mean, matrix, shift)`, one per region.
            shares: array `(regions, height, width)`, how much of each change a position gets.

        Returns:
            Tensor.
        """
        stacked = [np.stack(parts) for parts in zip(*changes)]
        tensors = (ops.convert_to_tensor(each, "float32") for each in [*stacked, shares])
        return self._function("regions", level, self._regions_down)(code, *tensors)

    def ready(self, code, level, transport):
        """`leave` for one code and one map at any strength, as far prepared as can be.

        Args:
            code: tensor `(1, height, width, channels)`.
            level: int.
            transport: `transforms.AffineMap`.

        Returns:
            Function from a strength, 0 to 1, to what `leave` returns.
        """
        return lambda strength: self.leave(code, level, change=transport.change(strength))

    def encode(self, image, level):
        """The code of one picture, both arrays without a batch axis."""
        return _first(self._function("encode", level, self._encode)(self.start(image)))

    def decode(self, code, level):
        """The picture of one code, clipped to [0, 1], both arrays without a batch axis."""
        return _first(self._function("picture", level, self._picture)(ops.convert_to_tensor(code[None])))

    def codes(self, image):
        """The codes of a painting, to whose moments those of the photo's are moved: list of tensors, level 1 first."""
        return [self.enter(self.start(image), level, first=True) for level in range(1, self.model.num_levels + 1)]

    def _measured(self, code):
        return self._measure(code)

    @cached_property
    def _measure(self):
        return runtime.compile_function(_measure, input_shapes=[(1, None, None, None)])

    def _encode(self, x, level):
        return self.model.encode(x, level)

    def _picture(self, code, level):
        return ops.clip(self.model.decode(code, level), 0, 1)

    def _down(self, code, level):
        return self._picture(code, level)

    def _move_down(self, code, packed, level):
        mean, matrix, shift = _unpacked(packed)
        return self._down(code + ops.matmul(code - mean, matrix) + shift, level)

    def _regions_down(self, code, means, matrices, shifts, shares, level):
        return self._down(code + _displacement(code, means, matrices, shifts, shares), level)

    def _function(self, kind, level, method):
        # Compiled at first use: there are many, and few are needed.
        if (kind, level) not in self._compiled:
            self._compiled[kind, level] = runtime.compile_function(
                lambda *tensors: method(*tensors, level), self.model.variables, input_shapes=self._shapes(kind, level)
            )
        return self._compiled[kind, level]

    def _shapes(self, kind, level):
        width = self.model.config.widths[level - 1]
        shapes = [(1, None, None, self.model.config.channels if kind == "encode" else width)]
        if kind in ("move", "looks"):
            shapes += [(width + 2, width)]
        elif kind == "regions":
            shapes += [(None, width), (None, width, width), (None, width), (None, None, None)]
        return shapes


class Descent(Cascade):
    """Down a `PainterAutoencoder`: one encoding, then the code is moved at every level of one decoder.

    The moments of a code that `leave` returns will be asked for next, so they are measured on the way out of it: on a
    small picture a call of the backend takes longer than what it computes.

    Args:
        model: `PainterAutoencoder`.

    Example:
        >>> from aelearn.autoencoders import PainterConfig, build_painter
        >>> Descent(build_painter(PainterConfig((4, 8)))).plan({1: 0.5})
        [(2, 0.0), (1, 0.5)]
    """

    _last = None, None  # the code that was returned last, and its mean and covariance

    def default_strengths(self):
        """Full everywhere, as the decoder was trained: dict from level to float."""
        return dict.fromkeys(range(1, self.model.num_levels + 1), 1.0)

    def even(self, alpha):
        """The strength that an overall alpha gives to every level, so that equal steps of it change the picture alike.

        Each level moves a part of the way that those before it have left. A part s at each of three goes 1 − (1 − s)^k
        of the whole way; k is not 3, as levels do not undo each other, but chosen for the shipped model, whose pictures
        then change alike in every third of alpha (a test holds that).
        """
        return 1 - (1 - alpha) ** (1 / COMPOUND)

    def plan(self, strengths):
        """Every level, coarse to fine, with its strength: none can be left out on the way down."""
        return [(level, strengths.get(level, 0.0)) for level in range(self.model.num_levels, 0, -1)]

    def primed(self, image, at=(0, 0)):
        """The picture with the painter's grain under it."""
        return self.model.prime(image, at=at)

    def enter(self, state, level, *, first):
        """The code of a level: the photo's if it is the first, else what has come out of the level before."""
        return super().enter(state, level, first=True) if first else state

    def leave(self, code, level, *, change=None):
        """What the next level starts from: its code, or from level 1 the picture. Otherwise as `Cascade.leave`."""
        return self._remembered(super().leave(code, level, change=change))

    def _remembered(self, left):
        below, *measured = left
        self._last = (below, measured) if measured else (None, None)  # a picture is not kept
        return below

    def _measured(self, code):
        last, measured = self._last
        return measured if code is last else super()._measured(code)

    def codes(self, image):
        """The codes that a painting has in the decoder while it is reconstructed: list of tensors, level 1 first.

        Photo and painting go the same way, so that their moments can be compared; and a picture painted in its own
        style is exactly its reconstruction.
        """
        codes = [self.enter(self.start(image), self.model.num_levels, first=True)]
        for level in range(self.model.num_levels, 1, -1):
            codes.append(self.leave(codes[-1], level))
        return codes[::-1]

    def ready(self, code, level, transport):
        """As `Cascade.ready`: a convolution is linear, so two of them, of none and of all, give everything between."""
        looks = self._function("looks", level, self._looks)(code, _packed(transport.change()))
        between = self._function("between", level, self._between)
        return lambda strength: self._remembered(between(*looks, ops.convert_to_tensor(strength, "float32")))

    def _looks(self, code, packed, level):
        # What `look` returns when nothing is moved, and how much more when all is.
        still, moved = self.model.look(code, level), self.model.look(code, level, _unpacked(packed))
        return [*still, *(after - before for before, after in zip(still, moved))]

    def _between(self, looked, straight, more_looked, more_straight, strength, level):
        looks = looked + strength * more_looked, straight + strength * more_straight
        return _left(self.model.draw(looks, level), level)

    def _shapes(self, kind, level):
        if kind != "between":
            return super()._shapes(kind, level)
        block = self.model.decoder_levels[level - 1]  # without its channels Keras would have XLA compile a convolution
        return [(1, None, None, layer.filters) for layer in (block.look, block.straight)] * 2 + [()]

    def _regions_down(self, code, means, matrices, shifts, shares, level):
        displacement = _displacement(code, means, matrices, shifts, shares)
        return _left(self.model.step(code, level, displacement=displacement), level)[0]

    def _down(self, code, level):
        return _left(self.model.step(code, level), level)

    def _move_down(self, code, packed, level):
        return _left(self.model.step_moved(code, level, *_unpacked(packed)), level)


def _left(below, level):
    # What comes out of level 1 is a picture, and of the others a code, with its mean and covariance.
    return [ops.clip(below, 0, 1)] if level == 1 else [below, *_measure(below)]


def _displacement(code, means, matrices, shifts, shares):
    # Σ over regions of share · ((f − mean) matrix + shift), at every position.
    shape = ops.shape(code)
    points = ops.reshape(code, (1, shape[1] * shape[2], shape[3]))
    moved = ops.matmul(points - means[:, None], matrices) + shifts[:, None]  # (regions, positions, channels)
    shares = ops.reshape(shares, (-1, shape[1] * shape[2], 1))
    return ops.reshape(ops.sum(shares * moved, axis=0), shape)


def _packed(change):
    # (mean, matrix, shift) as one tensor: every array that is handed over takes as long as the arithmetic with it.
    mean, matrix, shift = change
    return ops.convert_to_tensor(np.vstack([mean, shift, matrix]).astype(np.float32))


def _unpacked(packed):
    return packed[0], packed[2:], packed[1]


def _measure(code):
    # Seen from the first position, a code of one colour is zero everywhere, and no rounding is taken for texture. From
    # there E[x xᵀ] − μ μᵀ is exact enough, and half the time of `losses.batch_moments`, which writes all values twice.
    # In half precision it would not be: a code may come in it, its moments never do.
    code = ops.cast(code, "float32")
    _, height, width, channels = ops.shape(code)
    origin = code[0, 0, :1]
    points = ops.reshape(code, (height * width, channels)) - origin
    count = ops.cast(height * width, code.dtype)
    mean = ops.matmul(ops.ones((1, height * width), code.dtype), points) / count
    covariance = ops.matmul(ops.transpose(points), points) / count - ops.matmul(ops.transpose(mean), mean)
    return mean + origin, covariance[None]


def _first(tensor):
    return ops.convert_to_numpy(tensor)[0]
