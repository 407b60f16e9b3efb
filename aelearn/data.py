"""The photographs, paintings and digits that come with the course, one call each.

Every file is compared with its sha256 in datasets/manifest.csv before it is used, so a figure in a lesson is
never made from a file that was cut short, replaced or lost. No other module knows where the files are.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aelearn import images

MANIFEST = "manifest.csv"
NUM_TEST = 500  # of the 5,000 digits: 50 of each kind


class DatasetError(OSError):
    """A bundled file is missing or is not the one the manifest describes; the message says how to restore it.

    Example:
        >>> issubclass(DatasetError, OSError)
        True
    """


class UnknownNameError(KeyError):
    """No picture has this name. Unlike a bare KeyError it prints as a plain sentence.

    Example:
        >>> print(UnknownNameError("no painting is called 'x'"))
        no painting is called 'x'
    """

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


@dataclass(frozen=True)
class Entry:
    """One line of the manifest: what a file is, who made it, and what it must contain.

    Example:
        >>> wave = entry("great_wave")
        >>> wave.author, wave.medium
        ('Katsushika Hokusai', 'woodblock')
    """

    name: str  # short, lower case: what the functions here take
    kind: str  # photo, painting or digits
    file: str  # path below the datasets folder, with forward slashes
    title: str
    author: str
    year: str  # "1889", "c. 1831", or empty where it is not known
    licence: str
    source: str
    sha256: str  # of the file's bytes
    alt: str  # one sentence for readers who cannot see the picture
    subject: str  # landscape, building, animal, portrait, object, abstract or digit
    medium: str  # photograph, oil, woodblock …
    width: int  # pixels, as stored
    height: int


class Digits(NamedTuple):
    """Handwritten digits, split once and for all, in the order 0 1 2 … 9 0 1 2 …: any ten hold one of each.

    Example:
        >>> digits = load_digits()
        >>> digits.test_labels[:10].tolist()
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """

    train_images: np.ndarray  # (4500, 28, 28, 1) float32 in [0, 1]
    train_labels: np.ndarray  # (4500,) int64 in 0 … 9
    test_images: np.ndarray  # (500, 28, 28, 1)
    test_labels: np.ndarray  # (500,)


def photo_names() -> list[str]:
    """Lists the short names of the photographs, in the manifest's order: landscapes, buildings, animals …

    Returns:
        Names that `load_photo` takes.

    Example:
        >>> "chambord" in photo_names()
        True
    """
    return [one.name for one in entries("photo")]


def painting_names() -> list[str]:
    """Lists the short names of the paintings, in the manifest's order.

    Returns:
        Names that `load_painting` takes.

    Example:
        >>> painting_names()[0]
        'great_wave'
    """
    return [one.name for one in entries("painting")]


def load_photo(name: str, *, max_side: int | None = None) -> np.ndarray:
    """Loads one bundled photograph, checked against its sha256.

    Args:
        name: one of `photo_names()`.
        max_side: longest side in pixels; stored are at most 512, and nothing is enlarged.

    Returns:
        float32 array (height, width, 3) in [0, 1].

    Raises:
        UnknownNameError: no photograph has this name; the nearest names are suggested.
        DatasetError: the file is missing or was changed.

    Example:
        >>> load_photo("chambord", max_side=256).shape
        (192, 256, 3)
    """
    return _load_picture(find(name, "photo"), max_side)


def load_painting(name: str, *, max_side: int | None = None) -> np.ndarray:
    """Loads one bundled painting, checked against its sha256.

    Args:
        name: one of `painting_names()`.
        max_side: longest side in pixels; stored are at most 512, and nothing is enlarged.

    Returns:
        float32 array (height, width, 3) in [0, 1].

    Raises:
        UnknownNameError: no painting has this name; the nearest names are suggested.
        DatasetError: the file is missing or was changed.

    Example:
        >>> load_painting("starry_night").dtype
        dtype('float32')
    """
    return _load_picture(find(name, "painting"), max_side)


def load_photos(max_side: int | None = None) -> dict[str, np.ndarray]:
    """Loads every bundled photograph: enough to train a small autoencoder on.

    Args:
        max_side: longest side in pixels, as in `load_photo`.

    Returns:
        Name to float32 array (height, width, 3) in [0, 1]; heights and widths differ.

    Raises:
        DatasetError: a file is missing or was changed.

    Example:
        >>> list(load_photos(max_side=32)) == photo_names()
        True
    """
    return {one.name: _load_picture(one, max_side) for one in entries("photo")}


def load_paintings(max_side: int | None = None) -> dict[str, np.ndarray]:
    """Loads every bundled painting.

    Args:
        max_side: longest side in pixels, as in `load_painting`.

    Returns:
        Name to float32 array (height, width, 3) in [0, 1]; heights and widths differ.

    Raises:
        DatasetError: a file is missing or was changed.

    Example:
        >>> list(load_paintings(max_side=32)) == painting_names()
        True
    """
    return {one.name: _load_picture(one, max_side) for one in entries("painting")}


def load_digits() -> Digits:
    """Loads 5,000 MNIST digits: 4,500 to learn from and 500 to judge by, as many of each digit.

    The split is by position, not by chance, so results can be compared between readers and between years.
    Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998.

    Returns:
        `Digits`: images (n, 28, 28, 1) float32 in [0, 1], labels (n,) int64.

    Raises:
        DatasetError: the file is missing or was changed.

    Example:
        >>> load_digits().train_images.shape
        (4500, 28, 28, 1)
    """
    data = _read_checked(find("mnist_5k", "digits"))
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        pixels = stored["images"][..., None].astype(np.float32) / 255  # (5000, 28, 28, 1)
        labels = stored["labels"].astype(np.int64)
    return Digits(pixels[:-NUM_TEST], labels[:-NUM_TEST], pixels[-NUM_TEST:], labels[-NUM_TEST:])


def entries(kind: str | None = None) -> list[Entry]:
    """Lists what is bundled, without opening any of it.

    Args:
        kind: "photo", "painting" or "digits"; None for all.

    Returns:
        `Entry` objects in the manifest's order.

    Raises:
        ValueError: `kind` is none of these.
        DatasetError: no datasets folder was found.

    Example:
        >>> {one.medium for one in entries("photo")}
        {'photograph'}
    """
    if kind not in (None, "photo", "painting", "digits"):
        raise ValueError(f'kind must be "photo", "painting", "digits" or None; received {kind!r}')
    return [one for one in _read_manifest(folder()) if kind in (None, one.kind)]


def entry(name: str) -> Entry:
    """Looks one file up by its short name, whatever its kind.

    Args:
        name: a photograph, a painting, or "mnist_5k".

    Returns:
        Its `Entry`.

    Raises:
        UnknownNameError: nothing has this name; the nearest names are suggested.

    Example:
        >>> entry("starry_night").year
        '1889'
    """
    return find(name)


def find(name: str, kind: str | None = None) -> Entry:
    """Looks a name up among the files of one kind, and helps when it is not there.

    Args:
        name: short name, as in `photo_names()` or `painting_names()`.
        kind: "photo", "painting" or "digits"; None for any.

    Returns:
        The `Entry` of that name.

    Raises:
        UnknownNameError: nothing of that kind has this name; the message suggests what was meant.

    Example:
        >>> try:
        ...     find("grate_wave", "painting")
        ... except UnknownNameError as error:
        ...     print(error)
        no painting is called 'grate_wave'; did you mean 'great_wave'?
    """
    for one in entries(kind):
        if one.name == name:
            return one
    raise UnknownNameError(f"no {kind or 'picture'} is called {name!r}; {_suggest(str(name), kind)}")


def credit(name: str) -> str:
    """Gives the line to print beside a picture: title, author, year, licence and source.

    CC-BY asks for the author and the licence wherever the picture is shown; this line has both.

    Args:
        name: a photograph, a painting, or "mnist_5k".

    Returns:
        One line of text.

    Raises:
        UnknownNameError: nothing has this name.

    Example:
        >>> credit("great_wave").split(" (")[0]
        'The Great Wave off Kanagawa, Katsushika Hokusai, c. 1831'
    """
    one = find(name)
    made = ", ".join(part for part in (one.title, one.author, one.year) if part)
    return f"{made} ({one.licence}; {one.source})"


def _suggest(name: str, kind: str | None) -> str:
    elsewhere = [one.kind for one in entries() if one.name == name]
    if elsewhere:
        return f"it is the name of a {elsewhere[0]}"
    known = [one.name for one in entries(kind)]
    close = difflib.get_close_matches(name.lower().replace(" ", "_"), known, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(map(repr, close)) + "?"
    return "choose from " + ", ".join(known)


def _candidates() -> list[Path]:
    package = Path(__file__).resolve().parent
    chosen = os.environ.get("AELEARN_DATASETS")
    # A folder named on purpose is not quietly replaced by another one.
    return [Path(chosen)] if chosen else [package.parent / "datasets", package / "_datasets"]


def folder() -> Path:
    """Where the pictures of the course are: beside the package, inside an installed one, or in `$AELEARN_DATASETS`.

    Returns:
        Path of the folder that holds the manifest.

    Raises:
        DatasetError: no such folder was found; says where it looked.

    Example:
        >>> (folder() / "manifest.csv").is_file()
        True
    """
    for candidate in _candidates():
        if (candidate / MANIFEST).is_file():
            return candidate
    looked = ", ".join(str(candidate / MANIFEST) for candidate in _candidates())
    raise DatasetError(
        f"the course's pictures were not found; looked for {looked}; "
        "clone the repository whole, or set AELEARN_DATASETS to the folder that holds manifest.csv"
    )


@lru_cache(maxsize=4)
def _read_manifest(folder: Path) -> tuple[Entry, ...]:
    try:
        with open(folder / MANIFEST, newline="", encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines))
        found = tuple(Entry(**row | {"width": int(row["width"]), "height": int(row["height"])}) for row in rows)
    except (ValueError, TypeError, KeyError, csv.Error) as error:
        raise DatasetError(f"{folder / MANIFEST} is damaged ({error}); restore it, such as by git checkout") from error
    if not found:
        raise DatasetError(f"{folder / MANIFEST} lists no picture; restore it, such as by git checkout")
    return found


def _read_checked(one: Entry) -> bytes:
    path = folder() / one.file
    try:
        data = path.read_bytes()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        problem = "is missing" if missing else f"cannot be read ({error.strerror})"
        raise DatasetError(f"{path} {problem}; {_remedy(one)}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != one.sha256:
        raise DatasetError(
            f"{path} was changed or damaged: its sha256 starts with {found[:12]}, "
            f"the manifest says {one.sha256[:12]}; {_remedy(one)}"
        )
    return data


def _remedy(one: Entry) -> str:
    if os.environ.get("AELEARN_DATASETS"):
        return "copy it there again, or unset AELEARN_DATASETS to use the course's own folder"
    if folder().name == "_datasets":
        return "install aelearn again: python -m pip install --force-reinstall --no-deps aelearn"
    return f"restore it with: git checkout -- datasets/{one.file}"


def _load_picture(one: Entry, max_side: int | None) -> np.ndarray:
    # The very bytes that were checked are decoded: the file is read once.
    return images.load_image(_read_checked(one), max_side=max_side)
