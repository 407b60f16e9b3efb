"""A film or a folder of numbered pictures in, another one out."""

import contextlib
import itertools
import os
import re
from pathlib import Path
from typing import NamedTuple

from aelearn import images
from aelearn.images import ImageError
from aelearn.video.ffmpeg import FILMS, FilmWriter, VideoError, probe, read_frames
from aelearn.video.frames import FramePainter, paint_frames_by

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}


class Result(NamedTuple):
    """What became of a film.

    Example:
        >>> Result(250, 3, {8: "it cannot be decoded"}).broken
        {8: 'it cannot be decoded'}
    """

    num_frames: int
    num_scenes: int
    broken: dict[int, str]  # number of a frame, from 1, and what is wrong with it


def stylize_video(source, output, stylizer, style, *, max_side=512, fps=None, on_frame=None, on_broken=None, **options):
    """Paint a film in the style of a painting, frame by frame, in constant memory.

    Args:
        source: a film, or a folder of pictures of one size, which follow one another in the order of the numbers in
            their names.
        output: film to write, ending as one of `FILMS`, with the sound of the source; or a folder for numbered PNGs.
            A film is replaced once it is complete. In place of a broken frame stands the one before.
        stylizer: `Stylizer`.
        style: `Style`, or a painting as an array `(height, width, 3)` in [0, 1].
        max_side: int, longest side in pixels; larger frames are shrunk.
        fps: frames a second of a folder; 25 if None. A film has its own.
        on_frame: function of the number of a frame that has been painted, and of about how many there are; or None.
        on_broken: function of the number of a broken frame and what is wrong with it; or None.
        **options: alpha, level_alpha, method, smooth, keep_color, as for `FramePainter`.

    Returns:
        `Result`.

    Raises:
        VideoError: if the source is no film and no folder of pictures, or the output cannot be written.
        ValueError: if an option is out of range.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from aelearn import Stylizer, save_image
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer, painting = Stylizer(build_pyramid(PyramidConfig((4, 8)))), np.ones((16, 16, 3))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for number in range(3):
        ...         save_image(np.full((16, 24, 3), 0.5), f"{folder}/{number}.png")
        ...     result = stylize_video(folder, f"{folder}/painted", stylizer, painting)
        ...     sorted(os.listdir(f"{folder}/painted"))
        ['0.png', '1.png', '2.png']
    """
    if isinstance(max_side, bool) or not isinstance(max_side, int) or max_side < 2:
        raise ValueError(f"max_side must be a whole number of at least 2; received {max_side!r}")
    painter, broken = FramePainter(stylizer, style, **options), {}

    def tell(number, error):
        broken[number] = str(error)
        if on_broken:
            on_broken(number, str(error))

    check_paths(source, output)
    if os.path.isdir(source):
        files = numbered(source)
        frames, names, total, rate = _open_all(files, max_side), _names(files), len(files), fps or 25.0
    else:
        meta = probe(source)
        frames = read_frames(source, meta, _fitted(meta.size, max_side), tell)
        names, total, rate = map("frame_{:05}".format, itertools.count(1)), meta.num_frames, meta.fps
    writer = _FolderWriter(output, names) if _is_folder(output) else FilmWriter(
        output, rate, sound=None if os.path.isdir(source) else source)
    number = 0
    with contextlib.closing(frames), writer:
        for number, picture in enumerate(paint_frames_by(painter, frames, tell), start=1):
            writer.write(picture)
            if on_frame:
                on_frame(number, total)
    return Result(number, painter.num_scenes, broken)


def check_paths(source, output):
    """Find out before any work is done whether a film can go from one path to the other.

    Args:
        source: path of a film or a folder.
        output: path of a film or a folder.

    Raises:
        VideoError: if there is no source, the output has no place, or both are one.

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


def _open_all(files, max_side):
    # A picture that cannot be read is handed on as the error it gave.
    for file in files:
        try:
            yield images.load_image(file, max_side=max_side)
        except ImageError as error:
            yield error


class _FolderWriter:
    # The same as a `FilmWriter`, one PNG after the other.
    def __init__(self, folder, names):
        self.folder, self.names = Path(folder), iter(names)

    def __enter__(self):
        self.folder.mkdir(exist_ok=True)
        return self

    def __exit__(self, *_):
        pass

    def write(self, picture):
        images.save_image(picture, self.folder / f"{next(self.names)}.png")


def _names(files):
    # As they were called, unless two would then be one.
    stems = [file.stem for file in files]
    return stems if len(set(stems)) == len(stems) else [f"frame_{number:05}" for number in range(1, len(files) + 1)]


def _is_folder(output):
    return os.path.isdir(output) or Path(output).suffix.lower() not in FILMS


def _fitted(size, max_side):
    scale = min(1, max_side / max(size))
    return tuple(max(2, round(scale * side / 2) * 2) for side in size)
