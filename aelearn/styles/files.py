"""One style in one file: an .npz with the moments of every level and a header that says whose they are.

A file may come from anybody, so nothing in it is trusted: no pickle, no size that is only claimed, no text that a
terminal would obey, and no covariance that is none.
"""

import json
import re
from dataclasses import dataclass
from numbers import Real
from pathlib import Path

import numpy as np

from aelearn.archives import unpack
from aelearn.transforms import Moments

FORMAT = "aelearn style 1"  # what the file calls itself, the version of its layout included
MOST_BYTES, MOST_PARTS = 8_000_000, 100  # unpacked: room for four levels of 512 channels
LONGEST_TEXT, LONGEST_NAME, THUMBNAIL = 500, 64, 96  # characters, characters, pixels a side
NAME = re.compile(r"[^\W_A-Z][\w-]*")  # letters and digits of any script, _ and -: a file name on every system
TEXTS = ("model", "title", "author", "year", "licence", "source")


@dataclass(frozen=True)
class StyleFile:
    """What a style file holds: the moments, and where they come from.

    Raises:
        ValueError: if a field is not what it must be; the message begins with its name.

    Example:
        >>> level = Moments(np.zeros(3), np.eye(3))
        >>> StyleFile("mine", (level,), model="pixel", fingerprint="0" * 16).title
        ''
    """

    name: str  # lower-case letters, digits, _ and -
    moments: tuple[Moments, ...]  # level 1 first, as a `stylize.Style` has them
    model: str  # the name of the model, for people
    fingerprint: str  # of its weights, 16 hexadecimal digits: `stylize.fingerprint`
    stroke: float = 1.0  # the painting was seen at so many times its size
    title: str = ""
    author: str = ""
    year: str = ""
    licence: str = ""
    source: str = ""
    thumbnail: np.ndarray | None = None  # uint8 (height, width, 3), at most 96 a side

    def __post_init__(self):
        check_name(self.name)
        for field in TEXTS:
            text = getattr(self, field)
            if not isinstance(text, str) or len(text) > LONGEST_TEXT or not text.isprintable():
                wanted = f"one line of text of at most {LONGEST_TEXT} characters"
                raise ValueError(f"{field} must be {wanted}; received {text!r:.80}")
        if not isinstance(self.fingerprint, str) or not re.fullmatch("[0-9a-f]{16}", self.fingerprint):
            raise ValueError(f"fingerprint must be 16 hexadecimal digits; received {self.fingerprint!r:.80}")
        number = isinstance(self.stroke, Real) and not isinstance(self.stroke, bool)
        if not number or not 0.25 <= self.stroke <= 4:
            raise ValueError(f"stroke must be a number from 0.25 to 4; received {self.stroke!r:.80}")
        if not isinstance(self.moments, tuple) or not self.moments:
            raise ValueError(f"moments must be a tuple of one Moments per level; received {self.moments!r:.80}")
        for level, moments in enumerate(self.moments, start=1):
            _check_moments(moments, f"moments of level {level}")
        _check_thumbnail(self.thumbnail)


def write_style(style, path):
    """Write a style file, completely or not at all; the same `StyleFile` is read back, to the last bit.

    Args:
        style: `StyleFile`.
        path: file to create or replace, ending in `.npz`.

    Raises:
        ValueError: if `path` ends in anything else.
        OSError: if the disk refuses; `path` is then as it was.

    Example:
        >>> import tempfile
        >>> level = Moments(np.zeros(3), np.eye(3))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "mine.npz"
        ...     write_style(StyleFile("mine", (level,), model="pixel", fingerprint="0" * 16), path)
        ...     read_style(path).moments[0].covariance.tolist() == np.eye(3).tolist()
        True
    """
    from aelearn.autoencoders.weights import write_atomically  # brings Keras, which only writing waits for

    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(f"path must end in .npz; received {str(path)!r}")
    header = {"format": FORMAT, "name": style.name, "fingerprint": style.fingerprint, "stroke": float(style.stroke),
              "widths": [m.num_channels for m in style.moments], **{field: getattr(style, field) for field in TEXTS}}
    arrays = {} if style.thumbnail is None else {"thumbnail": style.thumbnail}
    for level, m in enumerate(style.moments, start=1):
        half = m.covariance[np.triu_indices(m.num_channels)]  # a covariance is symmetric
        arrays |= {f"mean_{level}": np.float64(m.mean), f"covariance_{level}": np.float64(half)}
    write_atomically(path, lambda file: np.savez_compressed(file, header=json.dumps(header), **arrays))


def read_style(path):
    """Read a file that `write_style` wrote.

    Args:
        path: the `.npz` file.

    Returns:
        `StyleFile`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is damaged, of another version, or holds something else.

    Example:
        >>> read_style("missing.npz")
        Traceback (most recent call last):
        FileNotFoundError: no style at missing.npz; make one with `aelearn styles add PAINTING --name NAME`
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no style at {path}; make one with `aelearn styles add PAINTING --name NAME`")
    try:
        return _parse(unpack(path, most_bytes=MOST_BYTES, most_parts=MOST_PARTS))
    except (MemoryError, PermissionError):
        raise
    except Exception as error:  # damage shows in as many ways as there are parts of zip, npy and json
        raise ValueError(f"{path} is not a complete aelearn style file: {error}") from error


def check_name(name):
    """The name itself, if a style may have it.

    Args:
        name: str.

    Returns:
        str.

    Raises:
        ValueError: if it is anything but lower-case letters, digits, _ and -, or too long.

    Example:
        >>> check_name("my_painting-2")
        'my_painting-2'
    """
    good = isinstance(name, str) and NAME.fullmatch(name) and name == name.lower() and len(name) <= LONGEST_NAME
    if not good:
        wanted = f"at most {LONGEST_NAME} lower-case letters, digits, _ and -, such as 'my_painting'"
        raise ValueError(f"name must be {wanted}; received {name!r:.80}")
    return name


def _check_moments(m, what):
    if not isinstance(m, Moments):
        raise ValueError(f"{what} must be a Moments; received {type(m).__name__}")
    mean, covariance = m.mean, m.covariance
    if mean.ndim != 1 or not mean.size or covariance.shape != mean.shape * 2:
        raise ValueError(f"{what} must be (channels,) and (channels, channels); "
                         f"received {mean.shape} and {covariance.shape}")
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise ValueError(f"{what} must be finite numbers; received NaN or infinity")
    largest = np.abs(covariance).max()
    if np.abs(covariance - covariance.T).max() > 1e-6 * largest:
        raise ValueError(f"{what} must have a symmetric covariance")
    lowest = np.linalg.eigvalsh(covariance)[0]
    if lowest < -1e-5 * largest:  # a little below zero is rounding
        raise ValueError(f"{what} must have a covariance without negative variances; received {lowest:.3g}")


def _check_thumbnail(picture):
    if picture is None:
        return
    good = isinstance(picture, np.ndarray) and picture.dtype == np.uint8 and picture.ndim == 3
    if not (good and picture.shape[2] == 3 and 0 < picture.size and max(picture.shape) <= THUMBNAIL):
        wanted = f"uint8 (height, width, 3), at most {THUMBNAIL} a side"
        raise ValueError(f"thumbnail must be {wanted}; received {getattr(picture, 'dtype', type(picture).__name__)} "
                         f"of shape {getattr(picture, 'shape', None)}")


def _parse(arrays):
    if "header" not in arrays:
        raise ValueError("it has no header")
    header = json.loads(str(arrays["header"]))
    if header["format"] != FORMAT:
        raise ValueError(f"its format is {header['format']!r:.80}, this version of aelearn reads {FORMAT!r}")
    levels = [_moments(arrays, level, width) for level, width in enumerate(header["widths"], start=1)]
    fields = {field: header[field] for field in ("name", "fingerprint", "stroke", *TEXTS)}
    return StyleFile(moments=tuple(levels), thumbnail=arrays.get("thumbnail"), **fields)


def _moments(arrays, level, width):
    mean, half = (arrays.get(f"{part}_{level}") for part in ("mean", "covariance"))
    shapes = [None if array is None else array.shape for array in (mean, half)]
    if shapes != [(width,), (width * (width + 1) // 2,)] or {mean.dtype, half.dtype} != {np.dtype(np.float64)}:
        raise ValueError(f"the moments of level {level} are missing or no numbers for {width} channels")
    covariance = np.zeros((width, width))
    covariance[np.triu_indices(width)] = half
    return Moments(mean, np.triu(covariance, 1).T + covariance)
