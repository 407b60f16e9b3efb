"""What a picture was painted with: written into the PNG, and read again by `--like`."""

import argparse
import json
from pathlib import Path

import aelearn
from aelearn.cli import values
from aelearn.cli.files import CommandError

MODEL = "pixel"  # the name in stylize.DEFAULT, which would take Keras to read
DEFAULTS = {"model": MODEL, "alpha": 1.0, "method": values.METHODS[0], "level_alpha": None, "stroke": 1.0,
            "color": values.COLORS[0], "size": 512}
PARSERS = {"model": str, "alpha": values.number(0, 1), "method": values.method, "level_alpha": values.level_strengths,
           "stroke": values.number(*values.STROKES), "color": values.color, "size": values.whole(1)}


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
    except (ValueError, TypeError, KeyError, AttributeError, argparse.ArgumentTypeError) as error:
        raise CommandError(f"--like: the settings in {path} are damaged: {error}") from error


def _parse(settings):
    # Whoever made the file may have written anything: it goes through the same parsers as what is typed.
    levels = settings["level_alpha"]
    text = {**settings, "level_alpha": levels and ",".join(f"{level}:{value}" for level, value in levels.items())}
    parsed = {name: parse(str(text[name])) for name, parse in PARSERS.items() if text[name] is not None}
    if parsed.keys() | {"level_alpha"} != PARSERS.keys() or not (settings["styles"] or settings["masks"]):
        raise ValueError("a value is missing")
    # A name, never a path: a picture from elsewhere says not which files are opened.
    parsed["model"] = Path(parsed["model"]).name
    parsed["styles"] = [(Path(str(name)).name, values.number(0, float("inf"))(str(weight)))
                        for name, weight in settings["styles"]]
    parsed["masks"] = [(Path(str(file)).name, Path(str(name)).name, values.number(0, 1)(str(alpha)))
                       for file, name, alpha in settings["masks"]]
    return parsed
