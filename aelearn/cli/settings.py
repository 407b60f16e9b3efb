"""What a picture was painted with: written into the PNG, and read again by `--like`."""

import argparse
import json
from pathlib import Path

import aelearn
from aelearn.cli import values
from aelearn.cli.files import CommandError

MODEL = "perceptual"  # the name in stylize.DEFAULT, which would take Keras to read
DEFAULTS = {"model": MODEL, "alpha": 1.0, "method": values.METHODS[0], "level_alpha": None, "stroke": 1.0,
            "color": values.COLORS[0], "size": 512}
MOST, LONGEST_NAME = 32, 200  # styles and masks in a picture, letters in a name


def complete(args):
    """Fill in what the command line left open: from the picture named by `--like`, else with the defaults.

    Args:
        args: what was typed, None where nothing was; `args.styles` becomes a list of (name, weight), `args.masks` one
            of (file, name, strength).

    Raises:
        CommandError: if no style is named, or one too many, or the picture of `--like` holds no settings.
    """
    known = {} if args.like is None else _read(args.like)
    if args.style is not None and args.styles is not None:
        raise CommandError("give one STYLE behind PHOTO, or several by --style, and not both")
    args.styles = args.styles or ([(args.style, 1.0)] if args.style is not None else known.get("styles"))
    args.masks = args.masks or known.get("masks", [])
    if not args.styles and not args.masks:
        raise CommandError("name a STYLE behind PHOTO, several by --style, or a picture by --like")
    args.styles = args.styles or []
    if args.styles and not any(weight for _, weight in args.styles):
        raise CommandError("--style needs one weight above 0; received only zeros")
    for name, default in DEFAULTS.items():
        if getattr(args, name) is None:
            setattr(args, name, known.get(name, default))
    if args.masks and (args.level_alpha is not None or args.color == "palette"):
        raise CommandError("--mask goes neither with --level-alpha nor with --color palette")


def describe(args):
    """The settings as one line of JSON. Of a file its name alone: folders tell who painted, and where.

    Args:
        args: as `complete` leaves it.

    Returns:
        str.
    """
    settings = {name: getattr(args, name) for name in DEFAULTS} | {"styles": args.styles}
    settings["model"] = Path(settings["model"]).name
    settings["styles"] = [[Path(name).name, weight] for name, weight in settings["styles"]]
    settings["masks"] = [[Path(file).name, Path(name).name, alpha] for file, name, alpha in args.masks]
    return json.dumps({"aelearn": aelearn.__version__, **settings})


def _read(path):
    from aelearn import images

    try:
        note = images.load_note(path)
    except images.ImageError as error:
        raise CommandError(f"--like: {error}") from error
    if note is None:
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
    if not parsed.get("styles") and not parsed.get("masks"):
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
    "size": _typed(values.whole(1, values.LARGEST)),
    "styles": _rows(_name, _typed(values.number(0, float("inf")))),
    "masks": _rows(_name, _name, _typed(values.number(0, 1))),
}
