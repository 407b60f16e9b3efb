"""The arguments of `aelearn styles` and of what stands behind it."""

from aelearn.cli import values
from aelearn.cli.commands import command, runs
from aelearn.cli.settings import MODEL


def add_styles(commands):
    """Add the command and its own commands.

    Args:
        commands: what `argparse.ArgumentParser.add_subparsers` returned.
    """
    parser = command(
        commands,
        "styles",
        "List the bundled paintings and your own styles: name, title, author, year; or keep one more.",
        "Your own are files of some 70 KB, without the painting, in the folder AELEARN_STYLES or, where that is not\n"
        "set, with the other data of your programs.",
        "aelearn styles | grep Gogh",
        "aelearn styles add painting.jpg --name mine",
        "aelearn styles search --like holiday.jpg",
    )
    parser.add_argument("--photos", action="store_true", help="list the bundled photos as well")
    runs(parser, "styles", "show")
    actions = parser.add_subparsers(title="commands", metavar="COMMAND", dest="action")
    _add_styles_add(actions)
    remove = command(actions, "remove", "Delete one of your own styles.", "", "aelearn styles remove mine")
    remove.add_argument("name", metavar="NAME", help="as aelearn styles lists it")
    runs(remove, "styles", "remove")
    _add_styles_search(actions)


def _add_styles_add(actions):
    parser = command(
        actions,
        "add",
        "Keep the style of a painting, or a style file that somebody gave you, under a name.",
        "What is kept are statistics of the painting as the model sees it, and a thumbnail; they are good for that\n"
        "model alone. The path of the file is printed: to share the style, give that file away.",
        "aelearn styles add painting.jpg --name mine --title Garden --author Ann --year 2024",
        "aelearn styles add from_a_friend.npz",
    )
    add = parser.add_argument
    add("file", metavar="FILE", help="a picture file, a bundled painting, or a style file, .npz")
    add("--name", metavar="NAME", help="what it shall be called; made from the name of the file if left out")
    for field in ("title", "author", "year", "licence", "source"):
        add(f"--{field}", metavar="TEXT", help=f"its {field}, one line")
    add("--stroke", type=values.number(*values.STROKES), metavar="S",
        help="size of the strokes: the painting is seen S times as large, from 0.25 to 4 (default 1)")
    _add_looking(add)
    add("--force", action="store_true", help="replace a style of yours that has the name")
    runs(parser, "styles", "add")


def _add_styles_search(actions):
    parser = command(
        actions,
        "search",
        "Find styles by words, by likeness to a picture, or by both.",
        "Words are looked for in name, title, author, year and description, and all must be there. With --like the\n"
        "nearest come first, behind their distance: 0 is the same, around 0.6 unrelated.",
        "aelearn styles search hokusai",
        "aelearn styles search landscape --like holiday.jpg",
    )
    add = parser.add_argument
    add("words", metavar="WORD", nargs="*", help="a word, or a part of one")
    add("--like", metavar="PICTURE", help="a picture file, a style file, or a name that aelearn styles --photos lists")
    add("--count", type=values.whole(1), metavar="N", help="print N at most (default all)")
    _add_looking(add)
    runs(parser, "styles", "search")


def _add_looking(add):
    add("--size", type=values.whole(1, values.LARGEST), default=512, metavar="N",
        help="longest side of the pictures that are looked at, in pixels (default 512)")
    add("--model", default=MODEL, metavar="NAME",
        help=f"a model of the package (see aelearn info) or your own .npz file (default {MODEL})")
