"""A film or a folder of numbered pictures in, another one out."""

import contextlib
import itertools
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import NamedTuple

from aelearn import images
from aelearn.images import ImageError
from aelearn.video.ffmpeg import FilmWriter, probe, read_frames
from aelearn.video.frames import FramePainter, paint_frames_by
from aelearn.video.paths import FRAME, check_paths, is_folder, names_of, note_of, numbered


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
            What is there stays until the new film is complete. In place of a broken frame stands the one before.
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
        VideoError: if the source is no film and no folder of pictures, or the output cannot be written, such as a
            folder that holds a picture of that name which is no frame of an earlier film.
        ValueError: if an option is out of range.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from aelearn import Stylizer, save_image
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer, painting = Stylizer(build_pyramid(PyramidConfig((4, 8)))), np.ones((16, 16, 3))
        >>> with tempfile.TemporaryDirectory() as frames, tempfile.TemporaryDirectory() as painted:
        ...     for number in range(3):
        ...         save_image(np.full((16, 24, 3), 0.5), f"{frames}/{number}.png")
        ...     result = stylize_video(frames, painted, stylizer, painting)
        ...     sorted(os.listdir(painted))
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
        frames, names, total, rate = _open_all(files, max_side), names_of(files), len(files), fps or 25.0
    else:
        meta = probe(source)
        frames = read_frames(source, meta, _fitted(meta.size, max_side), tell)
        names, total, rate = map("frame_{:05}".format, itertools.count(1)), meta.num_frames, meta.fps
    writer = _FolderWriter(output, names) if is_folder(output) else FilmWriter(
        output, rate, sound=None if os.path.isdir(source) else source)
    number = 0
    with contextlib.closing(frames), writer:
        for number, picture in enumerate(paint_frames_by(painter, frames, tell), start=1):
            writer.write(picture)
            if on_frame:
                on_frame(number, total)
    return Result(number, painter.num_scenes, broken)


def _open_all(files, max_side):
    # A picture that cannot be read is handed on as the error it gave.
    for file in files:
        try:
            yield images.load_image(file, max_side=max_side)
        except ImageError as error:
            yield error


class _FolderWriter:
    # The same as a `FilmWriter`: one PNG after the other, out of sight until all are there.
    def __init__(self, folder, names):
        self.folder, self.names, self._hidden = Path(folder), iter(names), None

    def __enter__(self):
        # On the disk of the result, which may be another one than that of the folder above.
        beside = self.folder if self.folder.is_dir() else self.folder.parent
        self._hidden = Path(tempfile.mkdtemp(dir=beside, prefix=".aelearn-"))
        self._frames = self._hidden / "frames"
        self._frames.mkdir()
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self._move()
        finally:
            shutil.rmtree(self._hidden, ignore_errors=True)

    def write(self, picture):
        try:
            images.save_image(picture, self._frames / f"{next(self.names)}.png", note=FRAME)
        except ImageError as error:
            raise ImageError(str(error).replace(str(self._frames), str(self.folder))) from error

    def _move(self):
        if not self.folder.is_dir():
            self._frames.rename(self.folder)
            return
        written = [file.name for file in self._frames.iterdir()]
        for name in written:
            os.replace(self._frames / name, self.folder / name)
        older = [file for file in self.folder.glob("*.png") if file.name not in written and note_of(file) == FRAME]
        if older:
            warnings.warn(f"{self.folder} also holds {len(older)} frame(s) of an earlier film", stacklevel=1)


def _fitted(size, max_side):
    scale = min(1, max_side / max(size))
    return tuple(max(2, round(scale * side / 2) * 2) for side in size)
