"""Films: frames in, frames out, one after the other, with a memory that keeps the painting from flickering.

`paint_frames` works on arrays. Reading and writing films takes ffmpeg, which the extra `aelearn[video]` brings;
folders of numbered pictures do without.
"""

__all__ = ["FILMS", "FramePainter", "Result", "VideoError", "paint_frames", "stylize_video"]

_HOMES = {"FILMS": "ffmpeg", "VideoError": "ffmpeg", "Result": "film", "stylize_video": "film",
          "FramePainter": "frames", "paint_frames": "frames"}


def __getattr__(name):
    # Fetched on first use: names and paths are checked without Keras, which takes seconds to start.
    if name not in _HOMES:
        raise AttributeError(f"module 'aelearn.video' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"aelearn.video.{_HOMES[name]}"), name)


def __dir__():
    return sorted([*globals(), *__all__])
