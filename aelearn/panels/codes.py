"""What panels that look into a code share: a picture, an encoder and a level to choose, and the code of these."""

from dataclasses import dataclass

import numpy as np

from aelearn import images
from aelearn.panels.live import LivePanel
from aelearn.panels.parts import choice, dropdown, fill, is_number, picture
from aelearn.panels.sources import bundled, labelled, own


@dataclass(frozen=True)
class Coded:
    """A picture and its code at one level of one encoder.

    Example:
        >>> Coded(None, np.zeros((4, 6, 3)), np.zeros((2, 3, 8)), None, 2, 2).num_channels
        8
    """

    source: object  # a `Source`: title and words of the picture
    picture: np.ndarray  # (height, width, 3)
    code: np.ndarray  # (rows, columns, channels)
    encoder: object
    level: int
    step: int  # pixels from one position of the code to the next

    @property
    def num_channels(self):
        return self.code.shape[2]

    def decode(self, code):
        """The picture of a code of the same shape, as large as the picture."""
        height, width = self.picture.shape[:2]
        return self.encoder.decode(code.astype(np.float32, copy=False), self.level)[:height, :width]


class CodePanel(LivePanel):
    """The part of a panel that chooses a picture, an encoder and a level, and holds the code of these.

    A subclass builds its widgets in `_build`, and in `_draw` asks `_present()` for the code. When encoder or level
    change, `_resized(channels)` is called before the panel draws.

    Args:
        encoders: a `Stylizer`, or anything else with `encode(image, level)`, `decode(code, level)` and `num_levels`;
            or a dict from name to such.
        photos: dict from name to a picture `(height, width, 3)`, to a path, or to a function that returns a picture.
            None for the bundled photos.
        size: int, longest side in pixels at which pictures are used.

    Raises:
        TypeError: if an encoder lacks one of the three.
        ValueError: if there is no encoder or no picture, or `size` is not a positive int.

    Example:
        >>> import ipywidgets as widgets
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> from aelearn.stylize import Stylizer
        >>> class Sizes(CodePanel):
        ...     def _build(self):
        ...         self.text = widgets.HTML()
        ...         return [self.text]
        ...     def _draw(self):
        ...         self.text.value = str(self._present().code.shape)
        >>> panel = Sizes(Stylizer(build_pyramid(PyramidConfig((4, 8)))), {"gray": np.full((16, 20, 3), 0.5)})
        >>> panel.level = 2
        >>> panel.settle(60), panel.text.value
        (True, '(8, 10, 8)')
        >>> panel.close()
    """

    cannot = "Cannot show this"
    css = "ae-code-panel"

    def __init__(self, encoders, photos=None, *, size=256):
        self._encoders = _check_encoders(encoders)
        if not is_number(size, 1, float("inf"), whole=True):
            raise ValueError(f"size must be a positive int, in pixels; received {size!r}")
        self._photos, self._size = bundled("photo") if photos is None else own(photos, "photo"), int(size)
        self._channels = {name: _count_channels(encoder) for name, encoder in self._encoders.items()}
        self._cached = None, None
        self._photo = dropdown(labelled(self._photos), "picture", "ae-photo")
        names = [(str(name).replace("_", " "), name) for name in self._encoders]
        self._encoder = dropdown(names, "encoder", "ae-encoder")
        self._level = dropdown(self._level_options(), "level", "ae-level")
        self._choice = [self._photo, *([self._encoder] if len(self._encoders) > 1 else []), self._level]
        self._photo.observe(self.ask, names="value")
        self._encoder.observe(self._encoder_changed, names="value")
        self._level.observe(self._level_changed, names="value")
        self._open(self._build(), css=self.css)

    photo = choice("photo", "Name of the picture.")
    encoder = choice("encoder", "Name of the encoder.")

    @property
    def level(self):
        """The level of the code, 1 the finest."""
        return self._level.value

    @level.setter
    def level(self, value):
        levels = len(self._channels[self.encoder])
        if not is_number(value, 1, levels, whole=True):
            raise ValueError(f"level must be an int from 1 to {levels}; received {value!r}")
        self._level.value = int(value)

    @property
    def num_channels(self):
        """int, channels of the code at this level of this encoder."""
        return self._channels[self.encoder][self.level - 1]

    def _build(self):
        raise NotImplementedError("a subclass builds its widgets here")

    def _resized(self, channels):
        pass

    def _level_options(self):
        return [(f"{level}: {channels} channels", level)
                for level, channels in enumerate(self._channels[self.encoder], start=1)]

    def _encoder_changed(self, _):
        with self.one_change():
            level = min(self._level.value, len(self._channels[self.encoder]))
            self._level.unobserve(self._level_changed, names="value")  # new options pass through level 1
            self._level.options = self._level_options()
            self._level.value = level
            self._level.observe(self._level_changed, names="value")
            self._resized(self.num_channels)

    def _level_changed(self, _):
        with self.one_change():
            self._resized(self.num_channels)

    def _present(self):
        """The `Coded` picture of the present choice, encoded anew only where the choice has changed."""
        name, encoder_name = self.photo, self.encoder
        encoder = self._encoders[encoder_name]
        level = min(self.level, encoder.num_levels)  # both may be changing at this moment
        if self._cached[0] != (name, encoder_name, level):
            picture_ = self._photos[name].load(self._size)
            multiple = 2**encoder.num_levels
            padded = images.pad_to_multiple(picture_, multiple, at_least=2 * multiple)
            code = encoder.encode(padded, level)
            coded = Coded(self._photos[name], picture_, code, encoder, level, padded.shape[0] // code.shape[0])
            self._cached = (name, encoder_name, level), coded
        return self._cached[1]


def photo_box():
    """Image, caption and box of the picture that is looked into.

    Example:
        >>> image, caption, box = photo_box()
        >>> image.tooltip
        'the picture'
    """
    return picture("the picture", css="ae-picture")


def show_photo(image, caption, coded):
    """Put the picture into its box, with its title and its words.

    Args:
        image: widget of `photo_box`.
        caption: likewise.
        coded: `Coded`.

    Example:
        >>> from aelearn.panels.sources import Source
        >>> image, caption, _ = photo_box()
        >>> show_photo(image, caption, Coded(Source("a", "A cat", "A cat.", 0), np.zeros((4, 4, 3)), 0, 0, 1, 1))
        >>> image.tooltip
        'A cat.'
    """
    fill(image, caption, images.encode_jpeg(coded.picture), coded.source.alt, coded.source.caption)


def _check_encoders(encoders):
    encoders = dict(encoders) if hasattr(encoders, "items") else {getattr(encoders, "name", "encoder"): encoders}
    if not encoders:
        raise ValueError("encoders must be a Stylizer, or a dict with at least one; received {}")
    for name, encoder in encoders.items():
        missing = [each for each in ("encode", "decode", "num_levels") if not hasattr(encoder, each)]
        if missing:
            raise TypeError(f"encoders must have encode, decode and num_levels, such as a Stylizer has; "
                            f"{name!r} is a {type(encoder).__name__} without {', '.join(missing)}")
    return encoders


def _count_channels(encoder):
    side = 2 ** (encoder.num_levels + 1)
    blank = np.zeros((side, side, 3), np.float32)
    return [encoder.encode(blank, level).shape[2] for level in range(1, encoder.num_levels + 1)]
