"""Films: frames in, frames out, one after the other, with a memory that keeps the painting from flickering.

`paint_frames` works on arrays. Reading and writing films takes ffmpeg, which the extra `aelearn[video]` brings;
folders of numbered pictures do without.
"""

from aelearn.video.ffmpeg import FILMS, VideoError
from aelearn.video.film import Result, stylize_video
from aelearn.video.frames import FramePainter, paint_frames

__all__ = ["FILMS", "FramePainter", "Result", "VideoError", "paint_frames", "stylize_video"]
