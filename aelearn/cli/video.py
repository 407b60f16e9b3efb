"""`aelearn video`: a film, or a folder of numbered pictures, in the style of a painting."""

import os
import sys

from aelearn.cli.files import CommandError, check_folder, check_model, check_output
from aelearn.cli.plain import sigterm_as_ctrl_c
from aelearn.cli.progress import Progress, duration


@sigterm_as_ctrl_c()
def video(args):
    """Paint `args.source` in the style `args.style`, write `args.output` and print its path.

    Returns:
        Exit status: 0, or 2 if a frame was broken; the film is whole all the same.
    """
    import time

    _check(args)
    with Progress() as progress:
        progress.show(0, "starting Keras")
        from aelearn.stylize import Stylizer, find_style
        from aelearn.video import stylize_video

        stylizer = Stylizer.load(args.model)
        style = find_style(args.style, stylizer, stroke=args.stroke, max_side=args.size)
        began = time.monotonic()

        def painted(number, total):
            total = max(total, number)
            left = (time.monotonic() - began) / number * (total - number)
            progress.show(number / total, f"frame {number} of about {total}, {duration(left)} left", log=True)

        def broken(number, error):
            progress.clear()
            print(f"aelearn: note: frame {number}: {error}", file=sys.stderr)

        result = stylize_video(
            args.source, args.output, stylizer, style, max_side=args.size, fps=args.fps, on_frame=painted,
            on_broken=broken, alpha=args.alpha, level_alpha=args.level_alpha, method=args.method, smooth=args.smooth,
            keep_color=args.keep_color,
        )
    print(args.output)
    return 2 if result.broken else 0


def _check(args):
    """Everything that can be wrong with names and files, before Keras is started."""
    from aelearn import data, styles
    from aelearn.video.ffmpeg import FILMS, probe, tool
    from aelearn.video.paths import check_paths, is_folder, numbered

    check_paths(args.source, args.output)
    if is_folder(args.output):
        check_folder(args.output)
    else:
        tool()
        check_output(args.output, FILMS)
    if os.path.isdir(args.source):
        numbered(args.source)
    else:
        if args.fps is not None:
            raise CommandError(f"--fps is for folders; {args.source} has its own number of frames a second")
        probe(args.source)
    if not os.path.isfile(args.style) and args.style not in data.painting_names() and styles.find(args.style) is None:
        raise CommandError(f"no style is called {args.style!r}, and there is no such file; `aelearn styles` lists all")
    check_model(args.model)
