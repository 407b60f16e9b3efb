"""What a picture is painted with: put together from what was typed, written into the PNG, read again by `--like`."""

import argparse
import contextlib
import json
from pathlib import Path

import aelearn
from aelearn.cli import values
from aelearn.cli.files import CommandError

MODEL = "perceptual"  # the name in stylize.DEFAULT, which would take Keras to read
DEFAULTS = {"model": MODEL, "alpha": 1.0, "method": values.METHODS[0], "level_alpha": None, "stroke": 1.0,
            "color": values.COLORS[0], "size": 512, "modes": 1, "feather": None, "tile": False}
ROWS = ("styles", "masks", "regions", "level_styles")  # what holds the names of styles, in lists
OPTIONS = {"styles": "STYLE or --style", "masks": "--mask", "regions": "--region", "level_styles": "--level-style"}
MOST, LONGEST_NAME = 32, 200  # styles and masks in a picture, letters in a name

# What does not go together, and why not: there is one way to paint at a time.
APART = {
    "regions": {"styles", "masks", "level_styles", "level_alpha", "modes", "tile"},
    "modes": {"masks", "level_styles", "level_alpha", "tile"},
    "masks": {"level_alpha", "tile"},
    "palette": {"masks", "regions", "level_styles", "modes", "tile", "level_alpha", "stroke", "method", "model"},
    "matched": {"tile"},
}


def complete(args):
    """Fill in what the command line left open: from the picture named by `--like`, else with the defaults.

    Args:
        args: what was typed, None where nothing was. `args.styles` becomes a list of (name, weight), `args.masks` one
            of (file, name, strength), `args.regions` of (name, strength), `args.level_styles` of (level, name), and
            `args.liked` the set of settings that were read.

    Raises:
        CommandError: if no style is named, or one too many, options do not go together, or the picture of `--like`
            holds no settings.
    """
    if args.style is not None and args.styles is not None:
        raise CommandError("give one STYLE behind PHOTO, or several by --style, and not both")
    if args.style is not None:
        args.styles = [(args.style, 1.0)]
    typed = _used(args)
    _check_apart(typed)
    known = {} if args.like is None else _known(args.like, typed)
    args.liked = {name for name in known if getattr(args, name) is None}
    for name, default in {**DEFAULTS, **dict.fromkeys(ROWS, [])}.items():
        if getattr(args, name) is None:
            setattr(args, name, known.get(name, default))
    if "feather" in args.liked and not _has_edges(args):  # what it softened there was sent away by what is typed
        args.feather = None
    _check_apart(_used(args) - ({"model", "method", "stroke"} - typed))
    _check(args)


def describe(args, *, made_from):
    """The settings as one line of JSON. Of a file its name alone: folders tell who painted, and where.

    Args:
        args: as `complete` leaves it.
        made_from: str, a digest of the files: the same settings and the same digest, the same picture.

    Returns:
        str.
    """
    settings = {name: getattr(args, name) for name in DEFAULTS}
    settings["model"] = Path(settings["model"]).name
    settings["styles"] = [[Path(name).name, weight] for name, weight in args.styles]
    settings["masks"] = [[Path(file).name, Path(name).name, alpha] for file, name, alpha in args.masks]
    settings["regions"] = [[Path(name).name, alpha] for name, alpha in args.regions]
    settings["level_styles"] = [[level, Path(name).name] for level, name in args.level_styles]
    return json.dumps({"aelearn": aelearn.__version__, **settings, "made_from": made_from})


@contextlib.contextmanager
def blame_like(args, name):
    """What goes wrong with a setting that was read from a picture is told as such, and not as if it had been typed.

    Args:
        args: as `complete` leaves it.
        name: str, the setting.
    """
    try:
        yield
    except (CommandError, ValueError, FileNotFoundError) as error:
        if name not in args.liked:
            raise
        raise CommandError(f"--like: {error}") from error


def _has_edges(args):
    return bool(args.masks or args.regions or args.modes > 1)


def _used(args):
    """The names of what is not as it is when nothing is typed."""
    used = {name for name in (*DEFAULTS, *ROWS) if getattr(args, name) not in (None, [], DEFAULTS.get(name))}
    return used | ({args.color} & {"palette", "matched"})


def _check_apart(used):
    for one, others in APART.items():
        clash = sorted(others & used) if one in used else ()
        if clash:
            raise CommandError(f"{_option(one)} does not go with {_option(clash[0])}")


def _option(name):
    return f"--color {name}" if name in values.COLORS else OPTIONS.get(name, "--" + name.replace("_", "-"))


def _known(path, typed):
    """The settings in a picture, without those that do not go with what was typed."""
    known = _read(path)
    unwanted = {name for one, others in APART.items() for name in others if one in typed}
    unwanted |= {one for one, others in APART.items() if others & typed}
    return {name: value for name, value in known.items()
            if name not in unwanted and not (name == "color" and value in unwanted)}


def _check(args):
    if not (args.styles or args.masks or args.regions or args.level_styles):
        raise CommandError("name a STYLE behind PHOTO, several by --style, or a picture by --like")
    weighted = [name for name, weight in args.styles if weight]
    if args.styles and not weighted:
        raise CommandError("--style needs one weight above 0; received only zeros")
    if args.modes > 1 and len(weighted) != 1:
        raise CommandError(f"--modes goes with one STYLE, whose parts it takes; received {len(weighted)}")
    if len(args.regions) == 1:
        raise CommandError("--region divides the photo, so name two or more; received one")
    if args.feather is not None and not _has_edges(args):
        raise CommandError("--feather softens the edges of --mask, --region or --modes; none of them was named")
    if args.size > values.LARGEST and not args.tile:
        raise CommandError(f"--size above {values.LARGEST} takes --tile; received {args.size}")


def _read(path):
    from aelearn import images
    from aelearn.video.paths import FRAME

    try:
        note = images.load_note(path)
    except images.ImageError as error:
        raise CommandError(f"--like: {error}") from error
    if note in (None, FRAME):
        raise CommandError(f"--like: {path} holds no settings; only a .png that aelearn stylize has written does")
    try:
        return _parse(json.loads(note))
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, _DamagedError) else "they are no JSON that aelearn has written"
        raise CommandError(f"--like: the settings in {path} are damaged: {reason}") from error


class _DamagedError(ValueError):
    """A setting that the command line would not take."""


def _parse(settings):
    # Whoever made the file may have written anything: it goes through the same parsers as what is typed. A setting
    # that a later version brought is no loss in a file from before.
    if not isinstance(settings, dict):
        raise _DamagedError("they must be a JSON object")
    parsed = {}
    for name, parse in PARSERS.items():
        if settings.get(name) is not None:
            try:
                parsed[name] = parse(settings[name])
            except (argparse.ArgumentTypeError, TypeError, ValueError, AttributeError, OverflowError) as error:
                raise _DamagedError(f"{name} is {settings[name]!r:.60}") from error
    if not any(parsed.get(name) for name in ROWS):
        raise _DamagedError("they name no style")
    return parsed


def _typed(parse):
    return lambda value: parse(str(value))


def _levels(levels):
    return values.level_strengths(",".join(f"{level}:{strength}" for level, strength in levels.items()))


def _rows(*parsers):
    # Lists of lists, such as [["great_wave", 0.3], …].
    def parse(rows):
        if not isinstance(rows, list) or len(rows) > MOST or any(len(row) != len(parsers) for row in rows):
            raise ValueError(f"{MOST} rows at most")
        return [tuple(parser(entry) for parser, entry in zip(parsers, row)) for row in rows]

    return parse


def _true_or_false(value):
    if not isinstance(value, bool):
        raise ValueError("true or false is wanted")
    return value


def _name(name):
    # A name, never a path: a picture from elsewhere does not say which files are opened.
    if not isinstance(name, str) or not Path(name).name or len(name) > LONGEST_NAME:
        raise ValueError("a name is wanted")
    return Path(name).name


PARSERS = {
    "model": _name,
    "alpha": _typed(values.number(0, 1)),
    "method": values.method,
    "level_alpha": _levels,
    "stroke": _typed(values.number(*values.STROKES)),
    "color": values.color,
    "size": _typed(values.whole(1, values.LARGEST_TILED)),
    "modes": _typed(values.whole(1, values.MOST_REGIONS)),
    "feather": _typed(values.number(0, values.LARGEST)),
    "tile": _true_or_false,
    "styles": _rows(_name, _typed(values.number(0, float("inf")))),
    "masks": _rows(_name, _name, _typed(values.number(0, 1))),
    "regions": _rows(_name, _typed(values.number(0, 1))),
    "level_styles": _rows(_typed(values.whole(1, values.MOST_REGIONS)), _name),
}
