"""Films into frames and frames into films, by the program ffmpeg, frame by frame and through pipes."""

import contextlib
import os
import shutil
import statistics
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aelearn.images import to_uint8

FILMS = (".mp4", ".mkv", ".mov")  # what can be written
LOCAL = ["-protocol_whitelist", "file,pipe"]  # a playlist in a file's clothes fetches nothing
APART = {"creationflags": 0x200} if os.name == "nt" else {"start_new_session": True}  # Ctrl-C is for us alone


class VideoError(ValueError):
    """A film cannot be read or written; the message is one line and says what to do."""


class Meta(NamedTuple):
    """What is known of a film before its frames are read.

    Example:
        >>> Meta((96, 64), 25.0, 50).fps
        25.0
    """

    size: tuple[int, int]  # width and height as shown, turned upright
    fps: float
    num_frames: int  # about


def tool():
    """The path of ffmpeg.

    Returns:
        str.

    Raises:
        VideoError: if the extra is not installed.

    Example:
        >>> "ffmpeg" in tool()
        True
    """
    try:
        import imageio_ffmpeg

        return imageio_ffmpeg.get_ffmpeg_exe()
    except ImportError:
        problem = "films need ffmpeg, which is not installed"
    except RuntimeError as error:
        problem = f"ffmpeg cannot be used ({error})"
    raise VideoError(f"{problem}; run: python -m pip install imageio-ffmpeg (folders of pictures work without)")


def probe(path):
    """Look at a film without reading it.

    Args:
        path: file.

    Returns:
        `Meta`.

    Raises:
        VideoError: if it is no film.

    Example:
        >>> probe("missing.mp4")
        Traceback (most recent call last):
        aelearn.video.ffmpeg.VideoError: no such film: missing.mp4; check its name and folder
    """
    if not os.path.isfile(path):
        raise VideoError(f"no such film: {path}; check its name and folder")
    tool()
    import imageio_ffmpeg

    frames = imageio_ffmpeg.read_frames(_url(path), input_params=LOCAL)
    try:
        meta = next(frames)
    except (OSError, RuntimeError, StopIteration, IndexError, ValueError, KeyError) as error:
        raise VideoError(f"{path} is no film that ffmpeg can read; play it, or export it again as .mp4") from error
    finally:
        frames.close()
    fps = meta["fps"] or 25.0
    return Meta(tuple(meta["size"]), fps, round(fps * meta["duration"]))


def read_frames(path, meta, size, on_broken):
    """The frames of a film, one by one and at an even pace: a generator.

    A frame that cannot be decoded is replaced by a neighbour, so that picture and sound stay together; which ones is
    known when all are read, and said then.

    Args:
        path: file.
        meta: `Meta` of it.
        size: (width, height) to scale the frames to.
        on_broken: function of the number of a broken frame, from 1, and what is wrong with it.

    Yields:
        Array `(height, width, 3)`, float32 in [0, 1].

    Raises:
        VideoError: if no frame can be read.
    """
    width, height = size
    with tempfile.TemporaryDirectory(prefix="aelearn-") as folder:
        log, times = Path(folder, "log"), Path(folder, "times")
        command = [tool(), "-nostdin", "-v", "error", *LOCAL, "-err_detect:v", "explode", "-i", _url(path),
                   "-map", "0:v:0", "-vf", f"scale={width}:{height}:flags=lanczos", "-r", str(meta.fps),
                   "-fps_mode", "cfr", "-pix_fmt", "rgb24", "-f", "rawvideo",
                   "-stats_enc_pre:v", str(times), "-stats_enc_pre_fmt:v", "{t} {ti}", "-"]
        count = 0
        with open(log, "wb") as errors:
            pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": errors}
            process = subprocess.Popen(command, **pipes, **APART)
        try:
            while len(data := process.stdout.read(width * height * 3)) == width * height * 3:
                count += 1
                yield np.frombuffer(data, np.uint8).reshape(height, width, 3).astype(np.float32) / 255
            process.wait()  # until log and times are written
        finally:
            process.kill()
            process.stdout.close()
            process.wait()
        problems = _last_line(log)
        if not count:
            raise VideoError(f"{path}: no frame can be read ({problems or 'it holds none'}); export it again")
        for number in _misplaced(times, meta.fps) if problems else []:
            on_broken(number, "it cannot be decoded")
        if problems and count < meta.num_frames - 1:
            on_broken(count + 1, f"the film ends here, of about {meta.num_frames} frames")


class FilmWriter:
    """Writes frames into a film, with the sound of another one; a context manager.

    All is written into a folder beside `path`, and moved there when it is complete; where the block ends with an
    error, nothing is left.

    Args:
        path: file to create or replace, ending as one of `FILMS`.
        fps: frames a second.
        sound: film whose sound is copied as it is; None for silence.

    Example:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with FilmWriter(Path(folder) / "gray.mp4", 10) as film:
        ...         film.write(np.full((16, 24, 3), 0.5))
        ...     os.listdir(folder)
        ['gray.mp4']
    """

    def __init__(self, path, fps, *, sound=None):
        self.path, self.fps, self.sound = Path(path), fps, sound
        self._process = None

    def __enter__(self):
        tool()
        self._folder = Path(tempfile.mkdtemp(dir=self.path.parent, prefix=".aelearn-"))
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is None and self._process:
                self._finish()
        finally:
            if self._process:
                self._process.kill()
                self._process.wait()
                with contextlib.suppress(OSError):
                    self._process.stdin.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def write(self, picture):
        """Add a frame.

        Args:
            picture: array `(height, width, 3)` in [0, 1]; an odd line at the edge is cut off, as films are even.

        Raises:
            VideoError: if ffmpeg stops, such as on a full disk.
        """
        height, width = (side // 2 * 2 for side in picture.shape[:2])
        if not height or not width:
            received = f"{picture.shape[1]} x {picture.shape[0]}"
            raise VideoError(f"{self.path}: a film needs 2 x 2 pixels; received {received}")
        self._process = self._process or self._start(width, height)
        try:
            self._process.stdin.write(to_uint8(picture[:height, :width]).tobytes())
        except OSError as error:
            raise self._stopped() from error

    def _start(self, width, height):
        command = [tool(), "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}",
                   "-r", str(self.fps), "-i", "-", "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
                   "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
                   "-c:v", "libx264", "-crf", "18", _url(self._folder / "silent.mkv")]
        with open(self._folder / "log", "wb") as errors:
            return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=errors, **APART)

    def _finish(self):
        try:
            self._process.stdin.close()
        except OSError as error:
            raise self._stopped() from error
        if self._process.wait():
            raise self._stopped()
        whole = self._folder / f"whole{self.path.suffix}"
        ways = [["-c", "copy"], ["-c:v", "copy", "-c:a", "aac"]] if self.sound else []
        for way in ways:  # as it is; else in a form that every film can hold
            if self._join(whole, [*LOCAL, "-i", _url(self.sound), "-map", "0:v:0", "-map", "1:a?", *way]):
                break
        else:
            if self.sound:
                reason = _last_line(self._folder / "log")
                warnings.warn(f"the sound of {self.sound} cannot be copied: {reason}", stacklevel=1)
            if not self._join(whole, ["-map", "0:v:0", "-c", "copy"]):
                raise self._stopped()
        os.replace(whole, self.path)

    def _join(self, whole, words):
        # Nothing of what a camera has noted about place and time goes along.
        command = [tool(), "-nostdin", "-v", "error", "-y", "-i", _url(self._folder / "silent.mkv"), *words,
                   "-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", _url(whole)]
        with open(self._folder / "log", "wb") as errors:
            return subprocess.run(command, stderr=errors, check=False, **APART).returncode == 0

    def _stopped(self):
        return VideoError(f"{self.path}: ffmpeg stopped ({_last_line(self._folder / 'log') or 'no reason given'}); "
                          "free some space or save elsewhere")


def _url(path):
    return f"file:{os.fspath(path)}"  # never an option, never a protocol


def _last_line(log):
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].rsplit("] ", 1)[-1] if lines else ""


def _misplaced(times, fps):
    """Numbers of the frames that stand where another one belongs: shown at t, and made for another time."""
    rows = [line.split() for line in times.read_text().splitlines()]
    shifts = [float(shown) - float(made) for shown, made in rows]
    usual = statistics.median(shifts) if shifts else 0
    return [number for number, shift in enumerate(shifts, start=1) if abs(shift - usual) > 0.6 / fps]
