"""Makes the pictures of README.md again, by the very commands that stand beside them.

    python docs/gallery.py            all of them
    python docs/gallery.py mask       those whose file name has this word
"""

import functools
import os
import re
import shlex
import sys
from pathlib import Path

from aelearn.cli import main
from aelearn.cli.parser import build_parser

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 60_000  # bytes of a picture in docs/gallery/: a page with a dozen of them should open at once


def commands(text):
    """The commands of a page that write into docs/, without the word `aelearn`: list of lists of words.

    Args:
        text: str, Markdown.
    """
    typed = re.findall(r"`(aelearn stylize [^`]+)`", text) + re.findall(r"(?m)^(aelearn stylize .+)$", text)
    words = [shlex.split(line, comments=True)[1:] for line in typed]
    return [each for each in words if output(each).startswith("docs/")]


def output(words):
    """The file that a command writes."""
    return build_parser().parse_args(words).output


def make(words):
    """Run one command; 0, or the number of what is wrong with it."""
    status = main(words)
    size = (ROOT / output(words)).stat().st_size if not status else 0
    if output(words).startswith("docs/gallery/") and size > LARGEST:
        print(f"{output(words)} has {size} bytes, more than {LARGEST}: choose a smaller --size", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    from aelearn.stylize import Stylizer

    Stylizer.load = functools.cache(Stylizer.load)  # a dozen commands and one model
    os.chdir(ROOT)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    sys.exit(max([make(words) for words in commands(readme) if wanted in output(words)], default=2))
