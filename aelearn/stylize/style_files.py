"""Styles on disk and styles in use: what `aelearn.styles` keeps, joined to the model that it is for."""

import difflib
import hashlib
import os

import numpy as np

from aelearn import data, images, styles
from aelearn.stylize.stylizer import Style


def fingerprint(model):
    """What tells one model from another, by its weights, and a painter's grain and calm: 16 hexadecimal digits.

    Weights are hashed as `save_weights` writes them, in float16: a model has the same before it is saved and after.

    Args:
        model: `PyramidAutoencoder` or `PainterAutoencoder`.

    Returns:
        str.

    Example:
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> one, other = (build_pyramid(PyramidConfig((4, 8)), seed=seed) for seed in (0, 1))
        >>> len(fingerprint(one)), fingerprint(one) == fingerprint(other)
        (16, False)
    """
    digest = hashlib.sha256(f"{type(model).__name__} {model.config.widths}".encode())
    for name in ("grain", "calm"):  # what is encoded lies on the one and is smoothed by the other
        if np.any(value := getattr(model.config, name, 0)):
            digest.update(f"{name} {value}".encode())
    for variable in sorted(model.weights, key=lambda variable: _key(variable.path)):
        key, values = _key(variable.path), variable.numpy()
        if "/faint/" in key and not values.any():
            continue  # as in a painter from before there was such a thing
        digest.update(key.encode())
        with np.errstate(over="ignore"):
            digest.update(values.astype("<f2").tobytes())
    return digest.hexdigest()[:16]


def describe_style(style, stylizer, name, *, painting=None, stroke=1.0, **words):
    """A style with its name and where it comes from, ready to be written or put into the library.

    Args:
        style: `Style`, as `stylizer.style` gives it.
        stylizer: `Stylizer` that it was encoded with.
        name: str of lower-case letters, digits, _ and -.
        painting: array `(height, width, 3)` in [0, 1], for a thumbnail; None for none.
        stroke: float, what `stylizer.style` was called with.
        **words: title, author, year, licence, source, each a str.

    Returns:
        `styles.StyleFile`.

    Raises:
        ValueError: if a field is not what it must be, or the style is of another model.

    Example:
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer, painting = Stylizer(build_pyramid(PyramidConfig((4, 8)))), np.ones((32, 48, 3))
        >>> describe_style(stylizer.style(painting), stylizer, "white", painting=painting).thumbnail.shape
        (32, 48, 3)
    """
    small = None if painting is None else images.to_uint8(images.resize_image(painting, max_side=styles.THUMBNAIL))
    return styles.StyleFile(
        name, tuple(stylizer.check_style(style).moments), model=stylizer.name, fingerprint=fingerprint(stylizer.model),
        stroke=stroke, thumbnail=small, **words,
    )


def save_style(style, path, stylizer, name=None, **about):
    """Write a style to a file of its own, some 70 KB, to be kept or given to others.

    Args:
        style: `Style`.
        path: file to write, ending in `.npz`; replaced only once the new one is complete.
        stylizer: `Stylizer` that it was encoded with.
        name: str; None for the name of the file.
        **about: as for `describe_style`.

    Raises:
        ValueError: if a field is not what it must be.
        OSError: if the disk refuses.

    Example:
        >>> import tempfile
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer = Stylizer(build_pyramid(PyramidConfig((4, 8))))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "white.npz")
        ...     save_style(stylizer.style(np.ones((32, 48, 3))), path, stylizer, title="All white")
        ...     load_style(path, stylizer).num_levels
        2
    """
    name = os.path.basename(os.path.splitext(path)[0]) if name is None else name
    styles.write_style(describe_style(style, stylizer, name, **about), path)


def load_style(path, stylizer):
    """Read a style from its file.

    Args:
        path: the `.npz` file.
        stylizer: `Stylizer` to paint with; the style must have been encoded with the same model.

    Returns:
        `Style`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is damaged, or of another model.

    Example:
        >>> load_style("missing.npz", None)
        Traceback (most recent call last):
        FileNotFoundError: no style at missing.npz; make one with `aelearn styles add PAINTING --name NAME`
    """
    return style_of(styles.read_style(path), stylizer)


def style_of(file, stylizer):
    """The style in a style file, if it is of this model: the codes of two models have nothing in common.

    Args:
        file: `styles.StyleFile`.
        stylizer: `Stylizer`.

    Returns:
        `Style`.

    Raises:
        ValueError: if it was encoded with other weights.

    Example:
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer = Stylizer(build_pyramid(PyramidConfig((4, 8))))
        >>> style_of(describe_style(stylizer.style(np.ones((32, 48, 3))), stylizer, "white"), stylizer).num_levels
        2
    """
    if file.fingerprint != fingerprint(stylizer.model):
        raise ValueError(
            f"style {file.name} is of other weights, those of a model called {file.model!r}, and not of "
            f"{stylizer.name!r}; paint with that model, or make it anew from its painting: `aelearn styles add --model`"
        )
    return stylizer.check_style(Style(file.moments))


def find_style(name, stylizer, *, stroke=None, max_side=512):
    """The style that a word stands for: a picture file, a style file, a bundled painting or a style of the library.

    Args:
        name: str or path.
        stylizer: `Stylizer`.
        stroke: float from 0.25 to 4, for pictures, 1 if None; a style file has its own.
        max_side: int, longest side at which a picture is looked at.

    Returns:
        `Style`.

    Raises:
        FileNotFoundError: if it is a path and there is no such file.
        ImageError: if a picture cannot be read.
        ValueError: if nothing has this name, or a style file does not fit.

    Example:
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> find_style("great_wave", Stylizer(build_pyramid(PyramidConfig((4, 8)))), max_side=32).num_levels
        2
    """
    word = os.fspath(name)
    if os.path.isfile(word) and not word.endswith(".npz"):
        return stylizer.style(images.load_image(word, max_side=max_side), stroke=stroke or 1.0)
    if word in data.painting_names():
        return stylizer.style(data.load_painting(word, max_side=max_side), stroke=stroke or 1.0)
    file = styles.find(word)
    if file is None:
        raise _unknown(word)
    if stroke not in (None, file.stroke):
        raise ValueError(f"stroke must be left out with a style file: {file.name} was made with {file.stroke:g}; "
                         f"received {stroke!r}")
    return style_of(file, stylizer)


def _unknown(word):
    if os.path.dirname(word) or os.path.splitext(word)[1]:
        return FileNotFoundError(f"no such file: {word!r} (looked for {os.path.abspath(word)}); check its name")
    known = [*data.painting_names(), *styles.names()]
    near = difflib.get_close_matches(word, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`aelearn styles` lists all names"
    return ValueError(f"no style is called {word!r}; {hint}")


def _key(path):
    # Level, layer and weight; what stands before depends on where the model was built.
    return "/".join(path.split("/")[-3:])
