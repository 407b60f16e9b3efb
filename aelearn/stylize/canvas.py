"""One photo and one style, made ready, so that whatever a slider changes is cheap."""

import numpy as np

from aelearn import runtime, transforms  # noqa: F401  runtime first, so that the backend starts quietly

from keras import ops  # isort: skip


class Canvas:
    """One photo and one style, encoded; made by `Stylizer.canvas`, painted as often as you like.

    It keeps what it has encoded: after the model has been trained further, make a new one.

    Example:
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> canvas = Stylizer(build_pyramid(PyramidConfig((4, 8)))).canvas(np.zeros((16, 16, 3)), np.ones((16, 16, 3)))
        >>> canvas.paint(alpha=1.0, method="adain").shape
        (16, 16, 3)
    """

    def __init__(self, stylizer, photo, style):
        self.stylizer, self.photo, self.style = stylizer, photo, stylizer.check_style(style)
        self._start = stylizer.walk.start(stylizer.pad(photo))
        self._codes = {}  # level -> the photo's own code: the first level always starts from it
        self._maps = {}  # (level, method) -> the map of that code
        self._ready = {}  # the same -> a function of the strength, what comes out of that level
        self._done = []  # [(settings so far, what came out)], coarse to fine: what need not be painted again

    def paint(self, *, alpha=1.0, level_alpha=None, method="optimal_transport", on_level=None):
        """Move the code towards the style and decode, level by level.

        Args:
            alpha: float from 0 to 1; what it gives to a level, see `walks`, multiplies that level's strength.
            level_alpha: dict from level to a float from 0 to 1, or None for the default.
            method: a key of `transforms.METHODS`.
            on_level: function of a level, called before it is painted; or None.

        Returns:
            Array `(height, width, 3)`, float32 in [0, 1].

        Raises:
            ValueError: if an argument is out of range.
        """
        transforms.check_method(method)
        state, settings, done, kept = self._start, (), [], dict(self._done)
        for level, strength in plan(self.stylizer, alpha, level_alpha):
            first = not settings
            settings += (level, strength, method if strength else None)
            if on_level:
                on_level(level)
            state = self._paint_level(state, level, strength, method, first) if settings not in kept else kept[settings]
            done.append((settings, state))
        self._done = done
        return as_picture(state, self.photo.shape)

    def _paint_level(self, state, level, strength, method, first):
        walk = self.stylizer.walk
        code = self._first_code(level) if first else walk.enter(state, level, first=False)
        if not strength:
            return walk.leave(code, level)
        if not first:
            return walk.leave(code, level, change=self._map(code, level, method).change(strength))
        key = level, method
        if key not in self._maps:  # the first time, which may be the only one
            self._maps[key] = self._map(code, level, method)
            return walk.leave(code, level, change=self._maps[key].change(strength))
        if key not in self._ready:
            self._ready[key] = walk.ready(code, level, self._maps[key])
        return self._ready[key](strength)

    def _first_code(self, level):
        if level not in self._codes:
            self._codes[level] = self.stylizer.walk.enter(self._start, level, first=True)
        return self._codes[level]

    def _map(self, code, level, method):
        return transforms.METHODS[method](self.stylizer.moments(code), self.style.moments[level - 1])


def plan(stylizer, alpha, level_alpha):
    """Every level that is passed, coarse to fine, with its strength, from what `Canvas.paint` is given.

    Args:
        stylizer: `Stylizer`.
        alpha: float from 0 to 1.
        level_alpha: dict from level to a float from 0 to 1, or None for the default.

    Returns:
        List of `(level, float)`.

    Raises:
        ValueError: if an argument is out of range.
    """
    alpha = stylizer.walk.even(transforms.check_alpha(alpha))
    table = stylizer.default_level_alpha() if level_alpha is None else level_alpha
    levels = stylizer.check_levels(table if isinstance(table, dict) else (), "level_alpha", level_alpha)
    strengths = {level: transforms.check_alpha(table[level], f"level_alpha[{level}]") for level in levels}
    return stylizer.walk.plan({level: alpha * strength for level, strength in strengths.items()})


def as_picture(state, shape):
    """What has come out of level 1, as an array of the photo's height and width that belongs to the caller.

    Args:
        state: tensor `(1, height, width, 3)`, at least as large as the photo.
        shape: `(height, width, 3)` of the photo.

    Returns:
        Array `(height, width, 3)`, float32.
    """
    return np.array(ops.convert_to_numpy(state)[0, : shape[0], : shape[1]])
