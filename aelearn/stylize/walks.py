"""The two ways down through a model: by way of the picture between two levels, or inside one decoder."""

import numpy as np

from aelearn import runtime

from keras import ops  # isort: skip


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
        self.model = model
        widths = model.config.widths
        self._encoders = [self._compile(model.encode, level + 1, model.config.channels) for level in range(len(widths))]
        self._decoders = [self._compile(model.decode, level + 1, width) for level, width in enumerate(widths)]

    def default_strengths(self):
        """Full at level 1, half at the deepest, where shapes live: dict from level to float."""
        numbers = np.linspace(1, 0.5, self.model.num_levels)
        return {level: round(float(a), 2) for level, a in enumerate(numbers, start=1)}

    def plan(self, strengths):
        """Every level that is passed, coarse to fine, with its strength: list of `(level, float)`."""
        return sorted(strengths.items(), reverse=True)

    def enter(self, state, level, *, first):
        """The code of a level, of what has come out of the level before; the photo if it is the first."""
        return self.encode(state, level)

    def codes(self, image):
        """The codes of a painting, whose moments those of the photo's codes are moved to: list, level 1 first."""
        return [self.encode(image, level) for level in range(1, self.model.num_levels + 1)]

    def leave(self, code, level, *, first):
        """What the next level starts from: here the picture."""
        return self.decode(code, level)

    def encode(self, image, level):
        """The code of one picture, both arrays without a batch axis."""
        return _run(self._encoders[level - 1], image)

    def decode(self, code, level):
        """The picture of one code, clipped to [0, 1]."""
        return _run(self._decoders[level - 1], code).clip(0, 1)

    def _compile(self, method, level, channels, **options):
        return runtime.compile_function(
            lambda x: method(x, level, **options), self.model.variables, input_shape=(1, None, None, channels)
        )


class Descent(Cascade):
    """Down a `PainterAutoencoder`: one encoding, then the code is moved at every level of one decoder.

    Args:
        model: `PainterAutoencoder`.

    Example:
        >>> from aelearn.autoencoders import PainterConfig, build_painter
        >>> Descent(build_painter(PainterConfig((4, 8)))).plan({2: 0.5})
        [(2, 0.5), (1, 0.0)]
        >>> Descent(build_painter(PainterConfig((4, 8)))).plan({1: 0.5})
        [(2, 0.0), (1, 0.5)]
    """

    def __init__(self, model):
        super().__init__(model)
        self._steps = {
            level: self._compile(model.step, level, width, entered=level == model.num_levels)
            for level, width in enumerate(model.config.widths, start=1)
        }

    def default_strengths(self):
        """Full everywhere, as the decoder was trained: dict from level to float."""
        return dict.fromkeys(range(1, self.model.num_levels + 1), 1.0)

    def plan(self, strengths):
        """Every level, coarse to fine, with its strength: none can be left out on the way down."""
        return [(level, strengths.get(level, 0.0)) for level in range(self.model.num_levels, 0, -1)]

    def enter(self, state, level, *, first):
        """The code of a level: the photo's if it is the first, else what has come out of the level before."""
        return self.encode(state, level) if first else state

    def leave(self, code, level, *, first):
        """What the next level starts from: its code, or after level 1 the picture."""
        below = _run(self._steps[level], code)
        return below.clip(0, 1) if level == 1 else below

    def codes(self, image):
        """The codes that a painting has in the decoder while it is reconstructed: list, level 1 first.

        Photo and painting go the same way, so that their moments can be compared; and a picture painted in its own
        style is exactly its reconstruction.
        """
        codes = [self.encode(image, self.model.num_levels)]
        for level in range(self.model.num_levels, 1, -1):
            codes.append(self.leave(codes[-1], level, first=level == self.model.num_levels))
        return codes[::-1]


def _run(function, array):
    return ops.convert_to_numpy(function(ops.convert_to_tensor(array[None])))[0]
