"""The arguments of `aelearn video`."""

from aelearn.cli import values
from aelearn.cli.commands import command, runs
from aelearn.cli.settings import MODEL


def add_video(commands):
    """Add the command.

    Args:
        commands: what `argparse.ArgumentParser.add_subparsers` returned.
    """
    parser = command(
        commands,
        "video",
        "Give a film the style of a painting.",
        "Films are read in any format that ffmpeg knows and written as .mp4, .mkv or .mov, with the sound of the\n"
        "source; a folder of numbered pictures may stand in place of either. For films, install what they need by\n"
        "python -m pip install imageio-ffmpeg. OUT is replaced only once the new film is complete; in a folder\n"
        "alone what aelearn has painted.\n\n"
        "A broken frame is named, the one before stands in its place, and the rest is painted; the exit status is\n"
        "then 2.",
        "aelearn video holiday.mp4 great_wave -o waves.mp4 --size 640",
        "aelearn video frames starry_night -o painted --smooth 0.5",
    )
    add, methods = parser.add_argument, ", ".join(values.METHODS)
    add("source", metavar="IN", help="a film, or a folder of numbered pictures")
    add("style", metavar="STYLE", help="a picture file, a style file, or a name that aelearn styles lists")
    add("-o", "--output", metavar="OUT", required=True,
        help="film to write: .mp4, .mkv or .mov; or a folder, for one .png per frame")
    add("--alpha", type=values.number(0, 1), default=1.0, metavar="A", help="strength of the style (default 1)")
    add("--size", type=values.whole(2, values.LARGEST), default=512, metavar="N",
        help=f"longest side in pixels, at most {values.LARGEST} (default 512)")
    add("--smooth", type=values.number(0, 1), default=0.8, metavar="S",
        help="how much the frames before count, in the style of a scene and where nothing moves, from 0 (every "
        "frame for itself) to 1 (default 0.8)")
    add("--method", type=values.method, default=values.METHODS[0], metavar="M",
        help=f"how the statistics are moved: {methods} (default {values.METHODS[0]})")
    add("--stroke", type=values.number(*values.STROKES), metavar="S",
        help="size of the strokes: the painting is seen S times as large, from 0.25 to 4 (default 1)")
    add("--keep-color", action="store_true", help="keep the film's colours, paint light and dark alone")
    add("--level-alpha", type=values.level_strengths, metavar="L:A,...",
        help="strength per level, such as 3:0.5,1:1; level 1 is the finest, levels not named are left out")
    add("--fps", type=values.number(0.1, 240), metavar="N", help="frames a second of a folder (default 25)")
    add("--model", default=MODEL, metavar="NAME",
        help=f"a model of the package (see aelearn info) or your own .npz file (default {MODEL})")
    runs(parser, "video", "video")
