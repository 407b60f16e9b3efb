"""The whole pipeline: pictures in, pictures out, with any autoencoder that has levels."""

import difflib
from dataclasses import dataclass
from numbers import Real
from pathlib import Path

import numpy as np

from aelearn import transforms
from aelearn.autoencoders import load_weights
from aelearn.images import check_image, pad_to_multiple, resize_image
from aelearn.stylize.canvas import Canvas, as_picture
from aelearn.stylize.masks import check_masks, resize_masks
from aelearn.stylize.modes import ModeCanvas
from aelearn.stylize.regions import RegionCanvas, pad_masks, part_moments, shares_of
from aelearn.stylize.segment import FEATHER, cut
from aelearn.stylize.tiles import TILE, paint_in_tiles
from aelearn.stylize.walks import Cascade, Descent

WEIGHTS = Path(__file__).parent.parent / "weights"
DEFAULT = "perceptual"  # the model that is loaded when none is named
STROKES = 0.25, 4  # the least and the most that a painting is enlarged for its strokes
PAINTER_RIDGE = 1e-2  # as in training, see `training.transport`


@dataclass(frozen=True)
class Style:
    """The moments of a painting's code at every level of one model: all that the transfer needs of it.

    Example:
        >>> import numpy as np
        >>> Style((transforms.Moments(np.zeros(3), np.eye(3)),)).num_levels
        1
    """

    moments: tuple[transforms.Moments, ...]  # level 1 first

    @property
    def num_levels(self):
        return len(self.moments)


class Stylizer:
    """Paint a photo in the style of a painting, with any autoencoder that has levels.

    Levels are worked from coarse to fine. At each, the moments of the code are moved towards the painting's. Coarse
    levels carry large strokes and shapes, level 1 carries colour. With a `PyramidAutoencoder` the code is decoded
    to a picture and encoded again between two levels (Li et al. 2017, section 3.3); with a `PainterAutoencoder` all
    happens inside one decoder (Chiu and Gurari 2022).

    Args:
        model: `PyramidAutoencoder` or `PainterAutoencoder`, a shipped one or your own.
        name: str, used in the representation only.

    Example:
        >>> import numpy as np
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer = Stylizer(build_pyramid(PyramidConfig((4, 8))))
        >>> photo, painting = np.zeros((20, 30, 3)), np.ones((16, 16, 3))
        >>> stylizer(photo, painting, alpha=0.5).shape
        (20, 30, 3)
    """

    def __init__(self, model, *, name=None):
        if not hasattr(model, "decode") or not hasattr(model, "num_levels"):
            wanted = "a pyramid autoencoder or a painter (see build_pyramid)"
            raise TypeError(f"model must be {wanted}; received {type(model).__name__}")
        if model.config.channels != 3:
            raise ValueError(f"model must be for pictures of 3 channels; received one for {model.config.channels}")
        self.model, self.name = model, name or model.name
        self.num_levels = model.num_levels
        self.walk = Descent(model) if hasattr(model, "step") else Cascade(model)

    def __repr__(self):
        return f"Stylizer({self.name!r}, {self.num_levels} levels, {self.model.count_params():,} parameters)"

    @classmethod
    def load(cls, name=DEFAULT):
        """Load a model that comes with the package, or one of your own from its file.

        Args:
            name: "pixel", the autoencoder trained for reconstruction alone; "perceptual", the one whose encoder
                learned from a perceptual teacher; or the path of an `.npz` file written by `save_weights` or
                `aelearn train`.

        Returns:
            `Stylizer`.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if there is no such model, or the file is damaged.

        Example:
            >>> Stylizer.load("pixel").num_levels
            4
        """
        if str(name).endswith(".npz"):
            return cls(load_weights(name), name=Path(name).stem)
        known = model_names()
        if name not in known:
            raise ValueError(
                f"model must be one of {', '.join(known)}, or the path of an .npz file; "
                f"{_nearest(name, known)}received {name!r}"
            )
        return cls(load_weights(WEIGHTS / f"{name}.npz"), name=name)

    def __call__(self, photo, style, *, alpha=1.0, level_alpha=None, method="optimal_transport", weights=None):
        """Paint one photo.

        Args:
            photo: array `(height, width, 3)` in [0, 1].
            style: a painting, as such an array of any size; a `Style`; or a list of them to mix.
            alpha: float from 0 (the plain reconstruction) to 1; multiplies every level's own strength, with a painter
                so that equal steps change the picture alike.
            level_alpha: dict from level to a float from 0 to 1; levels that are not in it are left out.
                None for `default_level_alpha()`.
            method: a key of `transforms.METHODS`.
            weights: for a list of styles, one number each; equal if None.

        Returns:
            Array `(height, width, 3)`, float32 in [0, 1].

        Raises:
            ImageError: if a picture is not one.
            ValueError: if another argument is out of range.
        """
        canvas = self.canvas(photo, style, weights=weights)
        return canvas.paint(alpha=alpha, level_alpha=level_alpha, method=method)

    def canvas(self, photo, style, *, weights=None):
        """Encode photo and painting once, so that strength and method can then be changed quickly.

        Args:
            photo: as for calling the stylizer.
            style: likewise.
            weights: likewise.

        Returns:
            `Canvas`, whose `paint` takes `alpha`, `level_alpha` and `method`.
        """
        mixed = self.mix(style if isinstance(style, (list, tuple)) else [style], weights)
        return Canvas(self, check_image(photo, name="photo"), mixed)

    def paint_large(self, photo, style, *, weights=None, alpha=1.0, level_alpha=None, method="optimal_transport",
                    keep_colors=False, tile=TILE, folder=None, out=None, on_tile=None):
        """Paint a photo of any size, tile by tile: the same picture in a fraction of the memory, without seams.

        The codes are kept on the disk meanwhile, in files that are gone afterwards, however it ends; with the painter
        of the package they take 12 bytes for each pixel of the photo, with the pyramid 76. `images.load_uint8` reads a
        photo in a form that is small enough, and `save_image` writes what comes out.

        Args:
            photo: uint8 array `(height, width, 3)`, of which no copy is made, so that it may be mapped from a file; or
                any other array that is a picture.
            style: as for calling the stylizer.
            weights: likewise.
            alpha: likewise.
            level_alpha: likewise.
            method: likewise.
            keep_colors: bool, whether the picture gets the colours of the photo, see `stylize.keep_colors`.
            tile: int, pixels a side of a tile; at 768 painting one takes about 100 MB.
            folder: path of a folder on a disk with room for the codes; None for the system's temporary one, which may
                itself lie in memory.
            out: uint8 array of the photo's shape to paint into, perhaps mapped from a file, perhaps the photo itself;
                None for a new one.
            on_tile: function of two ints, called after every tile: how many are done, and how many there are in all
                steps together; or None.

        Returns:
            Array `(height, width, 3)`, uint8; `out` if it was given.

        Raises:
            ImageError: if a picture is not one.
            ValueError: if another argument is out of range.
            OSError: if `folder` has no room for the codes.
        """
        mixed = self.mix(style if isinstance(style, (list, tuple)) else [style], weights)
        return paint_in_tiles(self, photo, mixed, alpha=alpha, level_alpha=level_alpha, method=method,
                              keep_colors=keep_colors, tile=tile, folder=folder, out=out, on_tile=on_tile)

    def mix(self, styles, weights=None):
        """The style between several: at every level the barycentre of their moments, see `transforms.mix_moments`.

        Args:
            styles: list of paintings, arrays `(height, width, 3)` in [0, 1], or of `Style`.
            weights: one number each; equal if None.

        Returns:
            `Style`.

        Raises:
            ImageError: if a painting is no picture.
            ValueError: if the weights do not fit, or a style is of another model.
        """
        styles = [self._as_style(each) for each in styles]
        weights = transforms.check_weights(weights, len(styles))
        return Style(tuple(transforms.mix_moments(level, weights) for level in zip(*(s.moments for s in styles))))

    def regions(self, photo, styles, masks):
        """Encode a photo and several paintings, to paint each region of the photo in the style of its own.

        Args:
            photo: array `(height, width, 3)` in [0, 1].
            styles: list of paintings, as such arrays of any size, or of `Style`.
            masks: list of as many arrays `(height, width)`, bool, uint8 or float in [0, 1]: how much a pixel belongs to
                the region of that style. What no mask covers is only reconstructed.

        Returns:
            `RegionCanvas`, whose `paint` takes `alphas` and `method`.

        Raises:
            ImageError: if a picture is not one.
            ValueError: if a mask is empty or does not fit, or a style is of another model.
        """
        if not isinstance(styles, (list, tuple)):
            raise ValueError(f"styles must be a list, one style per mask; received {type(styles).__name__}")
        styles = [self._as_style(each) for each in styles]
        return RegionCanvas(self, check_image(photo, name="photo"), styles, masks)

    def segment(self, photo, num_regions=3, *, seed=0, feather=FEATHER):
        """Masks without drawing: the parts of a photo that differ most in its code, see `segment.cut`.

        Args:
            photo: array `(height, width, 3)` in [0, 1].
            num_regions: int from 1 to 16.
            seed: int, of the k-means.
            feather: float from 0 to 1: how soft the edges are, as a share of the photo's shorter side.

        Returns:
            Array `(num_regions, height, width)`, float32, the largest region first; sums to 1 at every pixel.

        Raises:
            ImageError: if the photo is none.
            ValueError: if another argument is out of range.
        """
        return cut(self, check_image(photo, name="photo"), num_regions, seed=seed, edge=feather).masks

    def modes(self, photo, painting, num_modes=3, *, seed=0, stroke=1.0, feather=FEATHER):
        """Paint with several modes of one style: parts of the photo, each in the style of a part of the painting.

        Args:
            photo: array `(height, width, 3)` in [0, 1].
            painting: likewise, of any size.
            num_modes: int from 1 to 16; 1 is the ordinary canvas.
            seed: int, of the k-means.
            stroke: as for `style`.
            feather: as for `segment`.

        Returns:
            `ModeCanvas`, whose `paint` takes `alphas`, one per mode, and `method`.

        Raises:
            ImageError: if a picture is not one.
            ValueError: if another argument is out of range.
        """
        photo, painting = check_image(photo, name="photo"), check_image(painting, name="style")
        return ModeCanvas(self, photo, painting, num_modes, seed=seed, stroke=stroke, feather=feather)

    def by_level(self, styles):
        """A style put together from several, level by level: the palette of one painting, the strokes of another.

        With the painter of the package level 1 decides the palette almost alone, and levels 3 and 2 the strokes and
        how strong they are: `by_level({3: wave, 2: wave, 1: night})` draws as the wave in the colours of the night.
        The cut is not clean. The map of level 1 also scales contrast, so strokes come out a little softer or harder
        than with their own palette, and level 3 alone changes little that can be seen.

        Args:
            styles: dict from every level of the model to a painting, array `(height, width, 3)` in [0, 1], or to a
                `Style`.

        Returns:
            `Style` with the moments that each has at its level.

        Raises:
            ImageError: if a painting is no picture.
            ValueError: if a level is missing or unknown, or a style is of another model.
        """
        levels = range(1, self.num_levels + 1)
        if not isinstance(styles, dict) or set(styles) != set(levels):
            named = list(styles) if isinstance(styles, dict) else type(styles).__name__
            wanted = f"a dict with a style for every level from 1 to {self.num_levels}"
            raise ValueError(f"styles must be {wanted}; received {named}")
        known = {id(each): each for each in styles.values()}  # so that a painting is encoded once
        known = {key: self._as_style(each) for key, each in known.items()}
        return Style(tuple(known[id(styles[level])].moments[level - 1] for level in levels))

    def style(self, painting, *, stroke=1.0):
        """Encode a painting and keep the moments of its code at every level.

        Args:
            painting: array `(height, width, 3)` in [0, 1].
            stroke: float from 0.25 to 4: how large its strokes count; the painting is seen at so many times its size.

        Returns:
            `Style`.

        Raises:
            ImageError: if it is not a picture.
            ValueError: if `stroke` is out of range.
        """
        return Style(tuple(map(self.moments, self.walk.codes(self.pad(_at_stroke(painting, stroke))))))

    def part_styles(self, painting, masks, *, stroke=1.0):
        """The styles of parts of one painting: at every level the moments of its code where the mask is.

        Args:
            painting: array `(height, width, 3)` in [0, 1].
            masks: list of arrays `(height, width)`, as for `regions`, of the painting's proportions.
            stroke: as for `style`.

        Returns:
            List of `Style`, one per mask; that of a mask that is everywhere is the style of the painting.

        Raises:
            ImageError: if it is not a picture.
            ValueError: if a mask is empty or does not fit, or `stroke` is out of range.
        """
        seen, size = _at_stroke(painting, stroke), check_image(painting, name="style").shape[:2]
        checked = [check_masks([mask], 1, size, names=[f"masks[{n}]"]) for n, mask in enumerate(masks)]
        resized, padded = resize_masks(np.concatenate(checked), seen.shape[:2]), self.pad(seen)
        whole, codes = pad_masks(resized, padded.shape[:2]), self.walk.codes(padded)
        shares = [shares_of(whole, code.shape[1:3]) for code in codes]
        return [Style(tuple(part_moments(self, *level) for level in zip(codes, part))) for part in zip(*shares)]

    def _as_style(self, each):
        return self.check_style(each) if isinstance(each, Style) else self.style(each)

    def moments(self, code):
        """The moments of a code, as the model's maps take them: a painter's have a little added to every variance.

        Args:
            code: tensor `(1, height, width, channels)`.

        Returns:
            `transforms.Moments`.
        """
        return self.steadied(self.walk.moments(code))

    def steadied(self, moments):
        """Moments as the model's maps take them, see `moments`."""
        return transforms.ridge(moments, PAINTER_RIDGE) if isinstance(self.walk, Descent) else moments

    def reconstruct(self, photo, *, levels=None):
        """What the autoencoder makes of a picture when nothing is moved: the same as painting with alpha 0.

        Args:
            photo: array `(height, width, 3)` in [0, 1].
            levels: the levels to pass through, all if None.

        Returns:
            Array `(height, width, 3)`, float32 in [0, 1].

        Raises:
            ImageError: if it is not a picture.
            ValueError: if the model lacks a level.
        """
        picture = check_image(photo, name="photo")
        levels = self.check_levels(self.default_level_alpha() if levels is None else levels, "levels", levels)
        state = self.walk.start(self.pad(picture))
        for index, (level, _) in enumerate(self.walk.plan(dict.fromkeys(levels, 0.0))):
            state = self.walk.leave(self.walk.enter(state, level, first=not index), level)
        return as_picture(state, picture.shape)

    def default_level_alpha(self):
        """Strength per level when none is given: for a painter full everywhere, as it was trained; for a pyramid full
        at level 1 and half at the deepest, where shapes live.

        Returns:
            dict from level to float.
        """
        return self.walk.default_strengths()

    def encode(self, image, level):
        """The code of one picture at a level: `(height, width, 3)` to `(height / s, width / s, channels)`.

        Args:
            image: array `(height, width, 3)` in [0, 1]. s is 2^(level − 1) for a pyramid, which rounds up what cannot
                be halved, and 2^level for a painter, which takes multiples of s, 2 s or more.
            level: int from 1 to `num_levels`.

        Returns:
            Array `(height / s, width / s, channels)`, float32.

        Raises:
            ImageError: if it is not a picture.
            ValueError: if the model lacks the level, or the size does not fit.

        Example:
            >>> Stylizer.load().encode(np.zeros((16, 24, 3)), level=2).shape
            (4, 6, 64)
        """
        (level,) = self.check_levels([level], "level", level)
        picture = check_image(image, name="image")
        side = self.model.multiple >> (self.num_levels - level)
        if isinstance(self.walk, Descent) and any(length % side or length < 2 * side for length in picture.shape[:2]):
            raise ValueError(f"image must have a height and width that are multiples of {side}, {2 * side} or more, "
                             f"for level {level}; received {picture.shape[0]} x {picture.shape[1]}")
        return self.walk.encode(picture, level)

    def decode(self, code, level):
        """The picture of one code, clipped to [0, 1]: the reverse of `encode`.

        Args:
            code: array `(height, width, channels)` of finite numbers, as `encode` returns it; for a painter at a level
                above the deepest, height and width even and 4 or more.
            level: int from 1 to `num_levels`.

        Returns:
            Array, float32.

        Raises:
            ValueError: if the model lacks the level, or the code is not one of that level.

        Example:
            >>> Stylizer.load().decode(np.zeros((4, 6, 64)), level=2).shape
            (16, 24, 3)
        """
        (level,) = self.check_levels([level], "level", level)
        channels = self.model.config.widths[level - 1]
        # Inside its decoder a painter's code is half as large, at every level but the deepest.
        side = 2 if isinstance(self.walk, Descent) and level < self.num_levels else 1
        array = np.asarray(code)
        if array.ndim != 3 or array.dtype.kind not in "fiu":
            raise ValueError(f"code must be an array (height, width, {channels}) of numbers; "
                             f"received shape {array.shape}, {array.dtype}")
        with np.errstate(over="ignore"):  # too large for float32 is infinite
            array = array.astype(np.float32)
        if not np.isfinite(array).all():
            raise ValueError("code must be finite in float32; received one with NaN, infinite or too large numbers")
        if array.shape[2] != channels or any(length % side or length < 2 * side for length in array.shape[:2]):
            even = ", both even" if side == 2 else ""
            raise ValueError(f"code must have {channels} channels at level {level}, and a height and width of "
                             f"{2 * side} or more{even}; received shape {array.shape}")
        return self.walk.decode(array, level)

    def check_levels(self, levels, name, received):
        """Levels as a list, coarse to fine.

        Args:
            levels: list, tuple, set, range or dict of ints from 1 to `num_levels`.
            name: str, what they are called in an error.
            received: what the error shows.

        Returns:
            list of int.

        Raises:
            ValueError: if there is none, or one that the model lacks.
        """
        levels = list(levels) if isinstance(levels, (dict, list, tuple, set, range)) else []
        if not levels or any(level not in range(1, self.num_levels + 1) for level in levels):
            raise ValueError(
                f"{name} must have levels from 1 to {self.num_levels}, at least one; received {received!r}"
            )
        return sorted(map(int, levels), reverse=True)

    def check_style(self, style):
        """The style itself, if it was encoded with a model of these widths.

        Args:
            style: `Style`.

        Returns:
            `Style`.

        Raises:
            ValueError: if the channels of its levels are not those of the model.
        """
        received, expected = [m.num_channels for m in style.moments], list(self.model.config.widths)
        if received != expected:
            raise ValueError(
                f"style has {len(received)} levels with {received} channels and the model {len(expected)} with "
                f"{expected}; encode it with this model"
            )
        return style

    def pad(self, image):
        """A picture mirrored over its bottom and right edges until the model can halve it often enough.

        Args:
            image: array `(height, width, 3)` in [0, 1].

        Returns:
            Array of at least that size.
        """
        multiple = self.model.multiple
        return pad_to_multiple(image, multiple, at_least=2 * multiple)


def model_names():
    """Names of the models that come with the package.

    Returns:
        Sorted list of str.

    Example:
        >>> model_names()
        ['perceptual', 'pixel']
    """
    return sorted(path.stem for path in WEIGHTS.glob("*.npz"))


def _at_stroke(painting, stroke):
    painting = check_image(painting, name="style")
    if isinstance(stroke, bool) or not isinstance(stroke, Real) or not STROKES[0] <= stroke <= STROKES[1]:
        raise ValueError(f"stroke must be a number from {STROKES[0]} to {STROKES[1]}; received {stroke!r}")
    if stroke == 1:
        return painting
    return resize_image(painting, size=tuple(max(1, round(stroke * side)) for side in painting.shape[:2]))


def _nearest(name, known):
    near = difflib.get_close_matches(str(name), known, n=1)
    return f"did you mean {near[0]!r}? " if near else ""
