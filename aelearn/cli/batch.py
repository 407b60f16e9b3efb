"""`aelearn stylize`: which photos are meant, where their results go, and what is already there."""

import glob
import os
from pathlib import Path
from typing import NamedTuple

from aelearn import data, images
from aelearn.cli.crowd import paint_all
from aelearn.cli.files import CommandError, check_folder
from aelearn.cli.paint import Painter, stylize_one
from aelearn.cli.pictures import file_of, is_file
from aelearn.cli.plain import sigterm_as_ctrl_c
from aelearn.cli.settings import complete

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".ppm", ".avif"}  # images.READABLE
SLASHES = tuple(filter(None, (os.sep, os.altsep, "/")))


class Task(NamedTuple):
    """One photo of many: its name or file, and the file of its result.

    Example:
        >>> Task("holiday/a.jpg", Path("out/a.png")).output.name
        'a.png'
    """

    photo: str
    output: Path


@sigterm_as_ctrl_c()
def stylize(args):
    """Paint one photo into a file, or many into a folder, and print the path of every picture.

    Args:
        args: what was typed.

    Returns:
        Exit status.
    """
    typed, folder = args.pictures, os.path.isdir(args.output) or args.output.endswith(SLASHES)
    many = len(typed) > 2 or _is_many(typed[0])
    if not many and not folder:
        args.photo, args.style = typed[0], typed[1] if len(typed) > 1 else None
        return stylize_one(args)
    named = args.styles is not None or args.like is not None
    args.style = None if named or len(typed) == 1 else typed[-1]
    if args.style is not None and os.path.isdir(args.style) and args.style not in data.painting_names():
        raise CommandError(f"the last name is the STYLE, and {args.style} is a folder; name a painting behind it")
    if not folder and Path(args.output).suffix.lower() in images.WRITABLE:
        raise CommandError(f"-o must be a folder for several photos; received {args.output!r}: one picture")
    output = check_folder(args.output)
    complete(args)
    painter = Painter(args)
    tasks = plan(typed if args.style is None else typed[:-1], output)
    _check_inputs(tasks, painter)
    return paint_all(args, painter, tasks)


def plan(names, output):
    """The photos behind names, files, folders and patterns, each with the file of its result.

    Args:
        names: list of str as typed.
        output: folder of the results; it is not searched itself.

    Returns:
        List of `Task`: `.png` files, in the sub-folders that a folder's photos have. Where two photos would have one
        result, the endings of both stay in their names.

    Raises:
        CommandError: if a folder has no pictures, a pattern matches none, or two photos have one name.

    Example:
        >>> [(task.photo, task.output.name) for task in plan(["chambord", "cat.jpg"], Path("out"))]
        [('chambord', 'chambord.png'), ('cat.jpg', 'cat.png')]
    """
    found = {}  # absolute path -> (photo as it is called, its place below the output)
    for name in names:
        for photo, place in _photos(name, output):
            found.setdefault(os.path.abspath(photo) if is_file(photo, "photo") else photo, (photo, place))
    plain = _count(place.with_suffix("") for _, place in found.values())
    places = [
        place.with_suffix(".png") if plain[_key(place.with_suffix(""))] == 1 else place.with_name(place.name + ".png")
        for _, place in found.values()
    ]
    tasks, taken = [], {}
    for (photo, _), place in zip(found.values(), places):
        other = taken.setdefault(_key(place), photo)
        if other != photo:
            raise CommandError(f"{other} and {photo} would both become {output / place}; paint them into two folders")
        tasks.append(Task(str(photo), output / place))
    return tasks


def _is_many(name):
    return (os.path.isdir(name) and is_file(name, "photo")) or _is_pattern(name)


def _is_pattern(name):
    return glob.has_magic(name) and not os.path.lexists(name)


def _photos(name, output):
    """(photo, its place below the output) of everything that one name stands for."""
    if _is_pattern(name):
        matches = [path for path in sorted(glob.glob(name, recursive=True)) if _is_picture(Path(path))]
        if not matches:
            raise CommandError(f"no picture matches {name!r}")
        return [(path, Path(os.path.basename(path))) for path in matches]
    if os.path.isdir(name) and is_file(name, "photo"):
        return _in_folder(Path(name), output)
    return [(name, Path(os.path.basename(name) if is_file(name, "photo") else name))]


def _in_folder(folder, output):
    if os.path.exists(output) and os.path.samefile(folder, output):
        raise CommandError(f"{output} is the folder of the photos; choose another for the results")
    found, results = [], os.path.abspath(output)
    for path, folders, files in os.walk(folder):
        # Not what is hidden, such as the trash, nor what an earlier run has painted.
        folders[:] = [each for each in sorted(folders)
                      if not each.startswith(".") and os.path.abspath(os.path.join(path, each)) != results]
        found += [file for file in (Path(path, each) for each in sorted(files)) if _is_picture(file)]
    if not found:
        raise CommandError(f"no pictures in {folder}; it needs files that end in {', '.join(sorted(SUFFIXES))}")
    return [(str(file), file.relative_to(folder)) for file in found]


def _is_picture(path):
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and not path.is_dir()


def _key(place):
    return str(place).casefold()  # many disks do not tell A.png from a.png


def _count(places):
    counts = {}
    for place in places:
        counts[_key(place)] = counts.get(_key(place), 0) + 1
    return counts


def _check_inputs(tasks, painter):
    photos = [file_of(task.photo, "photo") for task in tasks if is_file(task.photo, "photo")]
    inputs = {_identity(file): file for file in [*painter.files, *photos]}
    inputs.pop(None, None)
    for task in tasks:
        if _identity(task.output) in inputs:
            raise CommandError(f"{task.output} is one of the pictures to read; choose another folder for the results")


def _identity(file):
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino
