"""What comes into the studio from outside, and what it writes: nothing of either is trusted with a path."""

import os
import re
import unicodedata
from pathlib import Path

from aelearn import images

MOST_BYTES = 20_000_000  # of an upload
LONGEST_SIDE = 2048  # pixels of a picture that is kept
SHORTEST_SIDE = 16
LONGEST_NAME = 60  # letters
KINDS = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG\r\n\x1a\n", "WebP": b"RIFF"}  # how their files begin
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")  # what Windows takes for a device
MOST_TRIES = 10_000


def receive(content, name):
    """A picture that somebody sent, as an array, or one sentence on why it cannot be used.

    It is recognised by its first bytes, whatever its name says, and refused before it is decoded where its header
    announces too many pixels. It is turned upright; place, date and camera are left behind.

    Args:
        content: bytes of the file.
        name: str, as the sender calls it; used for nothing but the label.

    Returns:
        `(label, picture)`: str without any path, and uint8 array `(height, width, 3)`, no side over 2048 pixels.

    Raises:
        ImageError: says what is wrong and what to do.

    Example:
        >>> import numpy as np
        >>> receive(images.encode_png(np.zeros((20, 30, 3))), "../../my cat.png")[0]
        'my cat'
    """
    label = clean_name(Path(str(name).replace("\\", "/")).stem, fallback="picture")
    if len(content) > MOST_BYTES:
        raise images.ImageError(f"{label}: {len(content) / 1e6:.1f} MB, and at most {MOST_BYTES / 1e6:.0f} MB are "
                                "taken; export it smaller")
    if not content:
        raise images.ImageError(f"{label}: the file is empty; choose another one")
    if not any(content.startswith(start) for start in KINDS.values()):
        raise images.ImageError(f"{label}: not a JPEG, PNG or WebP picture, whatever its name says; export it as one")
    try:
        picture = images.load_image(content, max_side=LONGEST_SIDE)
    except images.ImageError as error:
        raise images.ImageError(f"{label}: {_plain(error)}") from error
    height, width = picture.shape[:2]
    if min(height, width) < SHORTEST_SIDE:
        raise images.ImageError(f"{label}: {width} × {height} pixels, and every side needs {SHORTEST_SIDE} at least; "
                                "choose a larger or less narrow one")
    return label, images.to_uint8(picture)


def clean_name(text, *, fallback):
    """A name for a file or a list: letters, digits, spaces, - and _ alone, so that it can be no path.

    Args:
        text: str, whatever was typed or sent.
        fallback: str, for when nothing is left.

    Returns:
        str of 1 to 60 characters.

    Example:
        >>> clean_name("../../etc/passwd", fallback="picture"), clean_name("nul", fallback="picture")
        ('etc passwd', 'picture')
    """
    text = unicodedata.normalize("NFC", str(text)[:1000])
    words = re.sub(r"[^\w -]+", " ", text).split()
    name = " ".join(words)[:LONGEST_NAME].strip(" -")
    return fallback if not name or RESERVED.fullmatch(name) else name


class OutputFolder:
    """The one folder into which the studio writes; made when it is first needed.

    Args:
        path: the folder.

    Raises:
        ValueError: if it is no path, or there is something else of that name.

    Example:
        >>> import tempfile, numpy as np
        >>> with tempfile.TemporaryDirectory() as home:
        ...     folder = OutputFolder(Path(home) / "outputs")
        ...     [folder.save(np.zeros((4, 4, 3)), "../sea", note="{}").name for _ in range(2)]
        ['sea.png', 'sea-2.png']
    """

    def __init__(self, path):
        good = isinstance(path, (str, os.PathLike)) and str(path)
        if not good or (os.path.lexists(path) and not os.path.isdir(path)):
            received = str(path) if isinstance(path, os.PathLike) else path
            raise ValueError(f"folder must be a folder, or a name that is free; received {received!r}")
        self.path = Path(path)

    def save(self, picture, name, *, note, replace=False):
        """Write a picture as PNG, under a name that is free.

        Args:
            picture: array `(height, width, 3)` in [0, 1].
            name: str; only letters, digits, spaces, - and _ of it are used, and a number is added if it is taken.
            note: str, kept in the file.
            replace: bool, whether a picture of that name may be replaced instead.

        Returns:
            `Path` of the file, directly in the folder.

        Raises:
            ImageError: if the folder or the file cannot be written.
        """
        name = clean_name(re.sub(r"(?i)\.png$", "", str(name).strip()), fallback="picture").replace(" ", "_")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            path = self.path / f"{name}.png" if replace else self._reserve(name)
        except OSError as error:
            raise images.ImageError(f"{self.path}: cannot be written to ({error.strerror or error}); "
                                    "choose another folder") from error
        try:
            images.save_image(picture, path, note=note)
        except BaseException:
            if not replace:
                path.unlink(missing_ok=True)  # the empty file that held the name
            raise
        return path

    def _reserve(self, name):
        # Made here and now, as an empty file: of two who save at the same moment only one gets the name.
        for number in range(1, MOST_TRIES):
            path = self.path / (f"{name}.png" if number == 1 else f"{name}-{number}.png")
            try:
                with open(path, "xb"):
                    return path
            except FileExistsError:
                continue
        raise images.ImageError(f"{name}: there are {MOST_TRIES - 1} pictures of that name; choose another one")


def _plain(error):
    # Without the name that a picture in memory has, and without advice that is for programs.
    return str(error).removeprefix("source: ").split("; shrink the picture, or pass")[0]
