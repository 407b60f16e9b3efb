"""Where the frames of a film come from and go to: what can be found out about names before Keras is started."""

import os
import re
from pathlib import Path

from aelearn import images
from aelearn.video.ffmpeg import FILMS, VideoError

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}
FRAME = "a frame that aelearn video has painted"  # the note in every one


def check_paths(source, output):
    """Find out before any work is done whether a film can go from one path to the other.

    Args:
        source: path of a film or a folder.
        output: path of a film or a folder.

    Raises:
        VideoError: if there is no source, the output has no place, both are one, or something would be replaced that
            aelearn has not painted.

    Example:
        >>> check_paths("missing.mp4", "out.mp4")
        Traceback (most recent call last):
        aelearn.video.ffmpeg.VideoError: no such film or folder: missing.mp4; check its name
    """
    output = Path(output)
    if not os.path.exists(source):
        raise VideoError(f"no such film or folder: {source}; check its name")
    if output.exists() and os.path.samefile(source, output):
        raise VideoError(f"{output} is what is to be read; choose another name for the result")
    if not output.parent.is_dir():
        raise VideoError(f"{output}: there is no folder {output.parent}; create it first")
    if output.suffix and output.suffix.lower() not in FILMS and not output.is_dir():
        raise VideoError(f"{output}: the name must end in {', '.join(FILMS)}, or in nothing for a folder of pictures")
    if output.suffix.lower() in FILMS and output.is_dir():
        raise VideoError(f"{output} is a folder; choose another name for the film")
    if not output.suffix and output.is_file():
        raise VideoError(f"{output} is a file; choose another name for the folder, or one that ends in {FILMS[0]}")
    if is_folder(output):
        _check_folder(source, output)


def numbered(folder):
    """The pictures in a folder, in the order of the numbers in their names: 2 before 10.

    Args:
        folder: path.

    Returns:
        List of `Path`.

    Raises:
        VideoError: if there is none.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("10.png", "2.png", "notes.txt"):
        ...         Path(folder, name).touch()
        ...     [file.name for file in numbered(folder)]
        ['2.png', '10.png']
    """
    files = [file for file in Path(folder).iterdir()
             if file.suffix.lower() in PICTURES and file.is_file() and not file.name.startswith(".")]
    if not files:
        raise VideoError(f"{folder}: no pictures in this folder ({', '.join(sorted(PICTURES))})")
    return sorted(files, key=lambda file: [
        (1, int(part), "") if part.isdecimal() else (0, 0, part) for part in re.split(r"(\d+)", file.name) if part])


def names_of(files):
    """What the painted frames are called: as the pictures were, unless two would then be one.

    Args:
        files: list of `Path`.

    Returns:
        List of str, without an ending.

    Example:
        >>> names_of([Path("a.png"), Path("b.png")]), names_of([Path("a.png"), Path("a.jpg")])
        (['a', 'b'], ['frame_00001', 'frame_00002'])
    """
    stems = [file.stem for file in files]
    return stems if len(set(stems)) == len(stems) else [f"frame_{number:05}" for number in range(1, len(files) + 1)]


def is_folder(output):
    """Whether the result is a folder of pictures, and not a film.

    Example:
        >>> is_folder("painted"), is_folder("out.mp4")
        (True, False)
    """
    return os.path.isdir(output) or Path(output).suffix.lower() not in FILMS


def note_of(file):
    """The note in a picture; None if it has none, or is no picture.

    Example:
        >>> note_of("missing.png") is None
        True
    """
    try:
        return images.load_note(file)
    except images.ImageError:
        return None


def _check_folder(source, folder):
    if Path(source).resolve() in folder.resolve().parents:
        raise VideoError(f"{folder} is inside {source}, the folder that is to be read; choose another folder")
    if not folder.is_dir():
        return
    names = {f"{name}.png".casefold() for name in names_of(numbered(source))} if os.path.isdir(source) else None
    for file in sorted(folder.iterdir()):
        name = file.name.casefold()  # many disks do not tell A.png from a.png
        is_meant = re.fullmatch(r"frame_\d{5,}\.png", name) if names is None else name in names
        if is_meant and note_of(file) is None:
            raise VideoError(f"{file} is there, and aelearn has not painted it; choose another folder")
