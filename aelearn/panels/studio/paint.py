"""The studio without its widgets: settings in, a picture out, and nothing done twice that need not be."""

from collections import OrderedDict

import numpy as np

from aelearn import images
from aelearn.stylize import feather, keep_colors, match_colors
from aelearn.stylize.segment import SEEN

KEPT = 3  # the label of what stays photo; 0, 1 and 2 are the corners A, B and C
MAP_SIDE = 192  # longest side of a map of labels
LEAST = 1e-2  # what resampling leaves behind is no region
SOFT = 1.0  # pixels of such a map, by which the edges of painted regions are softened


class Memory:
    """The last few results of a slow function.

    Args:
        room: int, how many are kept.

    Example:
        >>> memory = Memory(1)
        >>> memory("a", lambda: 1), memory("a", lambda: 2), memory("b", lambda: 3), memory("a", lambda: 4)
        (1, 1, 3, 4)
    """

    def __init__(self, room):
        self._room, self._kept = room, OrderedDict()

    def __call__(self, key, make):
        if key not in self._kept:
            value = make()
            self._kept[key] = value
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


class StudioPainter:
    """Paints what `StudioSettings` say, at any size.

    Args:
        stylizer: `Stylizer`.
        photos: dict from name to `Source`; may grow, but a name keeps its picture.
        paintings: likewise.

    Example:
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> from aelearn.panels.sources import own
        >>> from aelearn.panels.studio.settings import StudioSettings
        >>> from aelearn.stylize import Stylizer
        >>> paintings = own({"white": np.ones((16, 16, 3))}, "painting")
        >>> painter = StudioPainter(Stylizer(build_pyramid(PyramidConfig((4, 8)))),
        ...                         own({"gray": np.full((20, 30, 3), 0.5)}, "photo"), paintings)
        >>> painter.paint(StudioSettings("gray", ("white",) * 3), 15).shape
        (10, 15, 3)
    """

    def __init__(self, stylizer, photos, paintings):
        self.stylizer, self._photos, self._paintings = stylizer, photos, paintings
        self._pictures, self._styles, self._canvases, self._segments = Memory(6), Memory(60), Memory(2), Memory(8)

    def photo(self, name, size):
        """The photo, no side longer than `size`: array `(height, width, 3)`."""
        return self._pictures((name, size, "photo"), lambda: self._photos[name].load(size))

    def paint(self, settings, size, labels=None):
        """Paint a picture.

        Args:
            settings: `StudioSettings`.
            size: int, its longest side in pixels, where the photo has as many.
            labels: array `(height, width)` of uint8, for painted regions: 0, 1 and 2 for A, B and C, 3 for photo.

        Returns:
            Array `(height, width, 3)`, float32 in [0, 1].

        Raises:
            ValueError: if there is nothing to paint with.
        """
        photo, shares = self.photo(settings.photo, size), self.shares(settings, size, labels)
        corners = settings.used(shares)
        if not corners:
            return photo.copy()
        if settings.color == "palette":
            painted = self._palette(photo, settings, corners, shares, size)
        else:
            painted = self._paint(photo, settings, corners, shares, size)
        if settings.color == "photo":
            painted = keep_colors(painted, photo)
        return painted if shares is None else _keep(painted, photo, 1 - shares.sum(axis=0))

    def shares(self, settings, size, labels=None):
        """How much every pixel belongs to A, B and C: array `(3, height, width)`, or None without regions."""
        if settings.regions == "whole":
            return None
        shape = self.photo(settings.photo, size).shape[:2]
        if settings.regions == "painted" and labels is not None:
            return shares_of(labels, shape)
        labels = self.automatic_labels(settings)
        return shares_of(labels, shape)

    def automatic_labels(self, settings):
        """The automatic regions as a map of labels, the largest region 0: array of uint8."""
        key = settings.photo, settings.num_regions
        return self._segments(key, lambda: self._segment(*key))

    def map_shape(self, name):
        """`(height, width)` of the maps of labels of a photo."""
        return self.photo(name, MAP_SIDE).shape[:2]

    def _segment(self, name, num_regions):
        # A smaller photo would be brought to this size first: it costs the same, and loses thin towers.
        masks = self.stylizer.segment(self.photo(name, SEEN), num_regions)
        smaller = np.stack([images.resize_image(mask.clip(0, 1), size=self.map_shape(name))[..., 0] for mask in masks])
        return smaller.argmax(axis=0).astype(np.uint8)

    def _paint(self, photo, settings, corners, shares, size):
        if shares is None and settings.modes == 1:
            level_alpha = settings.level_alpha or self.stylizer.default_level_alpha()
            canvas = self._canvas(photo, settings, corners, None, size)
            return canvas.paint(alpha=settings.alpha, level_alpha=level_alpha, method=settings.method)
        canvas = self._canvas(photo, settings, corners, shares, size)
        alphas = [settings.alpha] * settings.modes
        if shares is not None:
            alphas = [settings.alpha * settings.strengths[corner] for corner in corners]
        return canvas.paint(alphas=alphas, method=settings.method)

    def _canvas(self, photo, settings, corners, shares, size):
        names, weights = [settings.styles[i] for i in corners], [settings.weights[i] for i in corners]
        look = settings.stroke, settings.color == "matched"
        key = [settings.photo, size, *names, *look]
        if shares is not None:
            key += ["regions", shares.tobytes()]
            make = self.stylizer.regions
            return self._canvases(tuple(key), lambda: make(photo, self._all_styles(names, settings, size),
                                                           [shares[i] for i in corners]))
        if settings.modes > 1:
            painting = self._painting(names[0], settings, size)
            return self._canvases((*key, settings.modes), lambda: self.stylizer.modes(
                photo, painting, settings.modes, stroke=settings.stroke))
        mix = self.stylizer.mix
        return self._canvases((*key, *weights), lambda: self.stylizer.canvas(
            photo, mix(self._all_styles(names, settings, size), weights)))

    def _all_styles(self, names, settings, size):
        return [self._style(name, settings, size) for name in names]

    def _style(self, name, settings, size):
        key = name, size, settings.stroke, settings.photo if settings.color == "matched" else None
        return self._styles(key, lambda: self.stylizer.style(self._painting(name, settings, size),
                                                             stroke=settings.stroke))

    def _painting(self, name, settings, size):
        painting = self._pictures((name, size, "painting"), lambda: self._paintings[name].load(size))
        return match_colors(painting, self.photo(settings.photo, size)) if settings.color == "matched" else painting

    def _palette(self, photo, settings, corners, shares, size):
        # Each painting's colours on the photo; mixed by weight, or each where its region is.
        colored = [match_colors(photo, self._painting(settings.styles[i], settings, size)) for i in corners]
        parts = np.array([settings.weights[i] for i in corners], np.float32)[:, None, None]
        if shares is not None:
            parts = shares[corners] * np.array([settings.strengths[i] for i in corners], np.float32)[:, None, None]
        elif settings.modes > 1:
            parts = np.ones_like(parts)
        moved = sum(part[..., None] * (each - photo) for part, each in zip(parts, colored))
        return (photo + np.float32(settings.alpha) * moved).clip(0, 1)


def shares_of(labels, shape):
    """Soft shares of the three styles from a map of labels.

    Args:
        labels: array `(rows, columns)` of uint8: 0, 1 and 2 for A, B and C; all else belongs to none.
        shape: `(height, width)` of the result, of the same proportions.

    Returns:
        Array `(3, height, width)`, float32 in [0, 1], adding up to 1 at most.

    Example:
        >>> shares_of(np.array([[0, 0, 0, 0, 1, 1, 1, 1]], np.uint8), (2, 16))[:, 0, [0, 15]].round(2).tolist()
        [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    """
    inks = np.stack([labels == corner for corner in (0, 1, 2)] + [labels > 2]).astype(np.float32)
    soft = [images.resize_image(ink, size=tuple(shape))[..., 0] for ink in feather(inks, SOFT)]
    soft = np.where(np.array(soft) < LEAST, 0, soft)
    return (soft[:3] / soft.sum(axis=0)).astype(np.float32)


def _keep(painted, photo, kept):
    return (painted + kept.clip(0, 1)[..., None] * (photo - painted)).clip(0, 1).astype(np.float32)
