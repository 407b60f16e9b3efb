"""Words of the command line turned into numbers, or into a sentence that says what was expected."""

import argparse
import difflib
import os

LARGEST = 4096  # pixels a side; a square that large needs about 4 GB of memory, with the model `pixel` 11
LARGEST_TILED = 32768  # part by part: three bytes a pixel, and twelve on the disk
LARGEST_PAINTING = 2048  # of a painting whose photo is painted part by part
MOST_REGIONS = 16  # stylize.segment.MOST
MOST_JOBS = 64  # processes, each with some 500 MB
STROKES = 0.25, 4.0  # stylize.stylizer.STROKES
COLORS = ("painting", "photo", "matched", "palette")
METHODS = ("optimal_transport", "whitening_coloring", "adain", "cholesky")  # the names in transforms.METHODS


def whole(low, high=None):
    """A parser of whole numbers from `low` to `high`.

    Example:
        >>> whole(1, 9)("7")
        7
    """
    wanted = f"from {low} to {high}" if high is not None else f"of at least {low}"

    def parse(text):
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if value < low or (high is not None and value > high):
            raise argparse.ArgumentTypeError(f"must be a whole number {wanted}; received {text!r}")
        return value

    return parse


def number(low, high):
    """A parser of numbers from `low` to `high`; NaN is not one.

    Example:
        >>> number(0, 1)("0.8")
        0.8
    """

    def parse(text):
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be a number from {low} to {high}; received {text!r}")
        return value

    return parse


def level_strengths(text):
    """Strengths by level.

    Example:
        >>> level_strengths("4:0.5,1:1")
        {4: 0.5, 1: 1.0}
    """
    pairs = [pair.partition(":") for pair in text.split(",")]
    try:
        strengths = {whole(1)(level): number(0, 1)(strength) for level, _, strength in pairs}
    except argparse.ArgumentTypeError:
        strengths = {}
    if len(strengths) != len(pairs):
        raise argparse.ArgumentTypeError(
            f"must be levels with strengths from 0 to 1, such as 4:0.5,1:1, each level once; received {text!r}"
        )
    return strengths


def mask(text):
    """The file of a mask, the style of its region, and how strong it is; 1 where nothing is said.

    Example:
        >>> mask("sky.png=starry_night:0.5"), mask("sky.png=mine.jpg")
        (('sky.png', 'starry_night', 0.5), ('sky.png', 'mine.jpg', 1.0))
    """
    file, _, style = text.rpartition("=")
    try:
        name, alpha = weighted(style)
    except argparse.ArgumentTypeError:
        name, alpha = "", 0.0
    if not file or not name or alpha > 1:
        wanted = "FILE=STYLE, or FILE=STYLE:ALPHA with a strength from 0 to 1, such as sky.png=starry_night:0.5"
        raise argparse.ArgumentTypeError(f"must be {wanted}; received {text!r}")
    return file, name, alpha


def region(text):
    """The style of a region, and how strong it is; 1 where nothing is said.

    Example:
        >>> region("starry_night:0.5"), region("mine.jpg")
        (('starry_night', 0.5), ('mine.jpg', 1.0))
    """
    try:
        name, alpha = weighted(text)
    except argparse.ArgumentTypeError:
        name, alpha = "", 0.0
    if not name or alpha > 1:
        wanted = "a style, or STYLE:ALPHA with a strength from 0 to 1, such as starry_night:0.5"
        raise argparse.ArgumentTypeError(f"must be {wanted}; received {text!r}")
    return name, alpha


def level_style(text):
    """A level and the style that it has.

    Example:
        >>> level_style("1=great_wave")
        (1, 'great_wave')
    """
    level, _, name = text.partition("=")
    try:
        number = whole(1, MOST_REGIONS)(level)
    except argparse.ArgumentTypeError:
        number = None
    if number is None or not name:
        raise argparse.ArgumentTypeError(f"must be LEVEL=STYLE, such as 1=great_wave; received {text!r}")
    style, _, weight = name.rpartition(":")
    if style and _is_number(weight) and not os.path.exists(name):
        hint = f"write {number}={style}, and see --level-alpha for strengths"
        raise argparse.ArgumentTypeError(f"takes no weight; {hint}; received {text!r}")
    return number, name


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def color(text):
    if text in COLORS:
        return text
    raise argparse.ArgumentTypeError(f"must be one of {', '.join(COLORS)}; received {text!r}")


def weighted(text):
    """A name, and behind a colon how much it counts; 1 where nothing is said.

    Example:
        >>> weighted("great_wave:0.3"), weighted("mine.jpg")
        (('great_wave', 0.3), ('mine.jpg', 1.0))
    """
    name, _, weight = text.rpartition(":")
    try:
        value = float(weight)
    except ValueError:
        return text, 1.0  # a colon may also be part of a path
    if not name or not 0 <= value < float("inf"):
        wanted = "a style and a weight of 0 or more, such as mine.jpg:0.3"
        raise argparse.ArgumentTypeError(f"must be {wanted}; received {text!r}")
    return name, value


def widths(text):
    try:
        return tuple(whole(1)(width) for width in text.split(","))
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"must be whole numbers with commas, one per level, such as 16,32,64; received {text!r}"
        ) from None


def method(text):
    if text in METHODS:
        return text
    near = difflib.get_close_matches(text, METHODS, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise argparse.ArgumentTypeError(f"must be one of {', '.join(METHODS)}; {hint}received {text!r}")
