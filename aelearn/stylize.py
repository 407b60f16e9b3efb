"""Style transfer with an autoencoder: encode photo and painting, move the statistics of the code, decode."""

import difflib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aelearn import runtime, transforms
from aelearn.autoencoders import load_pyramid
from aelearn.images import check_image, pad_to_multiple
from aelearn.transforms.linalg import one_thread

from keras import ops  # isort: skip

WEIGHTS = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class Style:
    """The moments of a painting's code at every level of one model: all that the transfer needs of it.

    Example:
        >>> Style((transforms.Moments(np.zeros(3), np.eye(3)),)).num_levels
        1
    """

    moments: tuple[transforms.Moments, ...]  # level 1 first

    @property
    def num_levels(self):
        return len(self.moments)


class Stylizer:
    """Paint a photo in the style of a painting, with any pyramid autoencoder.

    Levels are worked from coarse to fine. At each, the picture so far is encoded, the moments of its code are moved
    towards the painting's, and the code is decoded to the picture for the next, finer level. Coarse levels carry
    large strokes and shapes, level 1 carries colour. Reference: Li et al. 2017, section 3.3.

    Args:
        model: `PyramidAutoencoder`, the shipped one or your own.
        name: str, used in the representation only.

    Example:
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer = Stylizer(build_pyramid(PyramidConfig((4, 8))))
        >>> photo, painting = np.zeros((20, 30, 3)), np.ones((16, 16, 3))
        >>> stylizer(photo, painting, alpha=0.5).shape
        (20, 30, 3)
    """

    def __init__(self, model, *, name=None):
        if not hasattr(model, "decode") or not hasattr(model, "num_levels"):
            raise TypeError(f"model must be a pyramid autoencoder (see build_pyramid); received {type(model).__name__}")
        if model.config.channels != 3:
            raise ValueError(f"model must be for pictures of 3 channels; received one for {model.config.channels}")
        self.model, self.name = model, name or model.name
        self.num_levels = model.num_levels
        widths = model.config.widths
        self._encoders = [self._compile(model.encode, level + 1, model.config.channels) for level in range(len(widths))]
        self._decoders = [self._compile(model.decode, level + 1, width) for level, width in enumerate(widths)]

    def __repr__(self):
        return f"Stylizer({self.name!r}, {self.num_levels} levels, {self.model.count_params():,} parameters)"

    @classmethod
    def load(cls, name="pixel"):
        """Load a model that comes with the package, or one of your own from its file.

        Args:
            name: "pixel", the autoencoder trained for reconstruction alone; or the path of an `.npz` file written
                by `save_pyramid` or `aelearn train`.

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
            return cls(load_pyramid(name), name=Path(name).stem)
        known = model_names()
        if name not in known:
            raise ValueError(
                f"model must be one of {', '.join(known)}, or the path of an .npz file; "
                f"{_nearest(name, known)}received {name!r}"
            )
        return cls(load_pyramid(WEIGHTS / f"{name}.npz"), name=name)

    def __call__(self, photo, style, *, alpha=1.0, level_alpha=None, method="optimal_transport", weights=None):
        """Paint one photo.

        Args:
            photo: array `(height, width, 3)` in [0, 1].
            style: a painting, as such an array of any size; a `Style`; or a list of them to mix.
            alpha: float from 0 (the plain reconstruction) to 1; multiplies every level's own strength.
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
        styles = style if isinstance(style, (list, tuple)) else [style]
        styles = [self._check_style(each) if isinstance(each, Style) else self.style(each) for each in styles]
        weights = transforms.check_weights(weights, len(styles))
        mixed = Style(tuple(transforms.mix_moments(level, weights) for level in zip(*(s.moments for s in styles))))
        return Canvas(self, check_image(photo, name="photo"), mixed)

    def style(self, painting):
        """Encode a painting and keep the moments of its code at every level.

        Args:
            painting: array `(height, width, 3)` in [0, 1].

        Returns:
            `Style`.

        Raises:
            ImageError: if it is not a picture.
        """
        padded = self._pad(check_image(painting, name="style"))
        levels = range(1, self.num_levels + 1)
        return Style(tuple(transforms.moments(self.encode(padded, level)) for level in levels))

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
        image = self._pad(picture)
        for level in self._check_levels(self.default_level_alpha() if levels is None else levels, "levels", levels):
            image = self.decode(self.encode(image, level), level)
        return image[: picture.shape[0], : picture.shape[1]]

    def default_level_alpha(self):
        """Strength per level when none is given: full at level 1, half at the deepest, where shapes live.

        Returns:
            dict from level to float.
        """
        return {level: round(float(a), 2) for level, a in enumerate(np.linspace(1, 0.5, self.num_levels), start=1)}

    def encode(self, image, level):
        """The code of one picture: `(height, width, 3)` to `(height / 2^(level-1), width / 2^(level-1), channels)`."""
        return ops.convert_to_numpy(self._encoders[level - 1](ops.convert_to_tensor(image[None])))[0]

    def decode(self, code, level):
        """The picture of one code, clipped to [0, 1]: the reverse of `encode`."""
        image = self._decoders[level - 1](ops.convert_to_tensor(code[None]))
        return ops.convert_to_numpy(image)[0].clip(0, 1)

    def _check_levels(self, levels, name, received):
        # Coarse to fine, or one clear error.
        levels = list(levels) if isinstance(levels, (dict, list, tuple, set, range)) else []
        if not levels or any(level not in range(1, self.num_levels + 1) for level in levels):
            raise ValueError(
                f"{name} must have levels from 1 to {self.num_levels}, at least one; received {received!r}"
            )
        return sorted(map(int, levels), reverse=True)

    def _check_style(self, style):
        received, expected = [m.num_channels for m in style.moments], list(self.model.config.widths)
        if received != expected:
            raise ValueError(
                f"style has {len(received)} levels with {received} channels and the model {len(expected)} with "
                f"{expected}; encode it with this model"
            )
        return style

    def _pad(self, image):
        multiple = 2 ** (self.num_levels - 1)
        return pad_to_multiple(image, multiple, at_least=2 * multiple)

    def _compile(self, method, level, channels):
        return runtime.compile_function(
            lambda x: method(x, level), self.model.variables, input_shape=(1, None, None, channels)
        )


class Canvas:
    """One photo and one style, encoded; made by `Stylizer.canvas`, painted as often as you like.

    It keeps what it has encoded: after the model has been trained further, make a new one.

    Example:
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> canvas = Stylizer(build_pyramid(PyramidConfig((4, 8)))).canvas(np.zeros((16, 16, 3)), np.ones((16, 16, 3)))
        >>> canvas.paint(alpha=1.0, method="adain").shape
        (16, 16, 3)
    """

    def __init__(self, stylizer, photo, style):
        self.stylizer, self.photo, self.style = stylizer, photo, stylizer._check_style(style)
        self._padded = stylizer._pad(photo)
        self._codes = {}  # level -> the photo's own code: the first level always starts from it
        self._done = []  # [(settings so far, picture)], coarse to fine: what need not be painted again

    def paint(self, *, alpha=1.0, level_alpha=None, method="optimal_transport"):
        """Move the code towards the style and decode, level by level.

        Args:
            alpha: float from 0 to 1, multiplies every level's strength.
            level_alpha: dict from level to a float from 0 to 1, or None for the default.
            method: a key of `transforms.METHODS`.

        Returns:
            Array `(height, width, 3)`, float32 in [0, 1].

        Raises:
            ValueError: if an argument is out of range.
        """
        transport = _find_method(method)
        strengths = self._strengths(alpha, level_alpha)
        image, settings, done = self._padded, (), []
        for level, strength in strengths:
            settings += (level, strength, method if strength else None)
            kept = dict(self._done).get(settings)
            image = self._paint_level(image, level, strength, transport) if kept is None else kept
            done.append((settings, image))
        self._done = done
        return image[: self.photo.shape[0], : self.photo.shape[1]].copy()

    def _paint_level(self, image, level, strength, transport):
        code = self._encode(image, level)
        if strength:
            with one_thread():  # NumPy's threads would get in the way of the backend's
                code = transport(transforms.moments(code), self.style.moments[level - 1])(code, strength)
        return self.stylizer.decode(code, level)

    def _encode(self, image, level):
        if image is not self._padded:
            return self.stylizer.encode(image, level)
        if level not in self._codes:
            self._codes[level] = self.stylizer.encode(image, level)
        return self._codes[level]

    def _strengths(self, alpha, level_alpha):
        alpha = transforms.check_alpha(alpha)
        table = self.stylizer.default_level_alpha() if level_alpha is None else level_alpha
        levels = self.stylizer._check_levels(table if isinstance(table, dict) else (), "level_alpha", level_alpha)
        return [(level, alpha * transforms.check_alpha(table[level], f"level_alpha[{level}]")) for level in levels]


def model_names():
    """Names of the models that come with the package.

    Returns:
        Sorted list of str.

    Example:
        >>> model_names()
        ['pixel']
    """
    return sorted(path.stem for path in WEIGHTS.glob("*.npz"))


def _find_method(method):
    known = list(transforms.METHODS)
    if method not in known:
        raise ValueError(f"method must be one of {', '.join(known)}; {_nearest(method, known)}received {method!r}")
    return transforms.METHODS[method]


def _nearest(name, known):
    near = difflib.get_close_matches(str(name), known, n=1)
    return f"did you mean {near[0]!r}? " if near else ""
