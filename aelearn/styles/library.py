"""A folder of style files: the styles of one's own, each under its name."""

import dataclasses
import os
import warnings
from pathlib import Path

import platformdirs

from aelearn import data
from aelearn.styles.files import NAME, check_name, read_style, write_style


def folder():
    """Where the styles are: `$AELEARN_STYLES`, or else the place that the system has for a program's data.

    Returns:
        `Path`; it need not exist.

    Example:
        >>> folder().is_absolute()
        True
    """
    chosen = os.environ.get("AELEARN_STYLES")
    return Path(chosen) if chosen else platformdirs.user_data_path("aelearn", appauthor=False) / "styles"


def names():
    """The names in the library, which `load` takes.

    Returns:
        Sorted list of str.

    Example:
        >>> isinstance(names(), list)
        True
    """
    stems = (path.stem for path in folder().glob("*.npz") if path.is_file())
    return sorted(stem for stem in stems if NAME.fullmatch(stem) and stem == stem.lower())


def load(name):
    """Read one style of the library.

    Args:
        name: one of `names()`.

    Returns:
        `StyleFile`.

    Raises:
        ValueError: if there is none of that name, or its file is damaged.

    Example:
        >>> load("nothing_like_it")
        Traceback (most recent call last):
        ValueError: no style of yours is called 'nothing_like_it'; `aelearn styles` lists all names
    """
    if name not in names():
        raise ValueError(f"no style of yours is called {name!r:.80}; `aelearn styles` lists all names")
    return dataclasses.replace(read_style(folder() / f"{name}.npz"), name=name)  # a file may have been renamed


def load_all():
    """Every style of the library; one that is damaged is left out with a warning.

    Returns:
        List of `StyleFile`, by name.

    Example:
        >>> len(load_all()) <= len(names())
        True
    """
    found = []
    for name in names():
        try:
            found.append(load(name))
        except (ValueError, OSError) as error:
            warnings.warn(f"left out: {error}; remove it with `aelearn styles remove {name}`", stacklevel=1)
    return found


def find(name):
    """The style file that a word stands for.

    Args:
        name: path of an `.npz` file, or a name in the library.

    Returns:
        `StyleFile`; None if it is neither, such as the name of a painting or of a picture file.

    Raises:
        FileNotFoundError: if it ends in .npz and there is no such file.
        ValueError: if the file is damaged.

    Example:
        >>> find("great_wave") is None
        True
    """
    if str(name).endswith(".npz"):
        return read_style(name)
    return load(name) if str(name) in names() else None


def add(style, *, force=False):
    """Put a style into the library, under its name.

    Args:
        style: `StyleFile`.
        force: bool, whether another style of that name is replaced.

    Returns:
        `Path` of its file.

    Raises:
        ValueError: if a bundled painting has the name, or a style of the library has it and `force` is False.
        OSError: if the disk refuses.

    Example:
        >>> from aelearn.transforms import Moments
        >>> import numpy as np
        >>> level = Moments(np.zeros(3), np.eye(3))
        >>> from aelearn.styles.files import StyleFile
        >>> add(StyleFile("great_wave", (level,), model="pixel", fingerprint="0" * 16))
        Traceback (most recent call last):
        ValueError: name must not be that of a bundled painting; received 'great_wave'
    """
    check_free(style.name, force=force)
    path = folder() / f"{style.name}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_style(style, path)
    return path


def check_free(name, *, force=False):
    """The name itself, if a new style may have it, so that this is known before any work is done.

    Args:
        name: str.
        force: bool, whether a style of the library may be replaced.

    Returns:
        str.

    Raises:
        ValueError: as `add`.

    Example:
        >>> check_free("nothing_like_it")
        'nothing_like_it'
    """
    if check_name(name) in data.painting_names():
        raise ValueError(f"name must not be that of a bundled painting; received {name!r}")
    if name in names() and not force:
        raise ValueError(f"name is taken by a style of yours; received {name!r}, which --force replaces")
    return name


def remove(name):
    """Delete one style of the library, damaged or not.

    Args:
        name: one of `names()`.

    Raises:
        ValueError: if there is none of that name.
        OSError: if the disk refuses.

    Example:
        >>> remove("great_wave")
        Traceback (most recent call last):
        ValueError: great_wave comes with the package and stays; only styles of your own can be removed
    """
    if name in names():
        (folder() / f"{name}.npz").unlink()
    elif name in data.painting_names():
        raise ValueError(f"{name} comes with the package and stays; only styles of your own can be removed")
    else:
        raise ValueError(f"no style of yours is called {name!r:.80}; `aelearn styles` lists all names")
