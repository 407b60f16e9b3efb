"""Pictures by their names: files, and those that come with the package; a file wins over a bundled name.

A style may also be a style file, or one of the user's library, where no painting has its name.
"""

import os
from pathlib import Path

from aelearn import data, images, styles
from aelearn.cli.files import CommandError


def is_file(name, kind):
    """Whether a name means a file; a folder of a bundled name does not stand in its way.

    Args:
        name: str as typed.
        kind: "photo" or "painting".

    Returns:
        bool.

    Example:
        >>> is_file("great_wave", "painting")
        False
    """
    return os.path.lexists(name) and not (os.path.isdir(name) and name in _bundled(kind))


def file_of(name, kind):
    """The file that a name stands for.

    Args:
        name: str as typed.
        kind: "photo" or "painting".

    Returns:
        `Path`.

    Raises:
        CommandError: if there is none; the nearest names are suggested.

    Example:
        >>> file_of("great_wave", "painting").name
        'great_wave.jpg'
    """
    if is_file(name, kind):
        return Path(name)
    if _is_own_style(name, kind):
        return styles.folder() / f"{name}.npz"
    try:
        return data.folder() / data.find(name, kind).file
    except data.UnknownNameError as error:
        raise CommandError(_unknown(name, kind, error)) from error


def read(name, kind, args, *, load="load_image"):
    """The picture that a name stands for, no larger than `args.size`.

    Args:
        name: str as typed.
        kind: "photo" or "painting".
        args: has `size`, and `max_pixels`, which may be None.
        load: "load_image" or "load_uint8", the function of `images` that reads it.

    Returns:
        Array (height, width, 3), as `load` gives it.

    Raises:
        CommandError: if there is no such picture, or it cannot be used.

    Example:
        >>> import argparse
        >>> read("chambord", "photo", argparse.Namespace(size=64, max_pixels=None)).shape
        (48, 64, 3)
    """
    if not is_file(name, kind) and load == "load_image":
        bundled = {"photo": data.load_photo, "painting": data.load_painting}[kind]
        try:
            return bundled(name, max_side=args.size)  # compared with its checksum
        except data.UnknownNameError as error:
            raise CommandError(_unknown(name, kind, error)) from error
    return read_file(file_of(name, kind), args, load=load)


def read_style(name, args):
    """The painting or the style file that a name stands for.

    Args:
        name: str as typed.
        args: as for `read`.

    Returns:
        As `read`, or a `styles.StyleFile`.

    Raises:
        CommandError: if there is none, or it cannot be used.
    """
    is_style = (is_file(name, "painting") and name.endswith(".npz")) or _is_own_style(name, "painting")
    return styles.find(name) if is_style else read(name, "painting", args)


def read_file(file, args, *, load="load_image"):
    """The picture in a file; the arguments are those of `read`.

    Raises:
        CommandError: if it cannot be used.
    """
    limit = {} if args.max_pixels is None else {"max_pixels": args.max_pixels}
    try:
        return getattr(images, load)(os.fspath(file), max_side=args.size, **limit)
    except images.ImageError as error:
        # The remedy, in the words of whoever types commands.
        raise CommandError(str(error).replace("pass max_pixels=", "pass --max-pixels ")) from error


def _is_own_style(name, kind):
    return kind == "painting" and name not in _bundled(kind) and name in styles.names()


def _bundled(kind):
    return {"photo": data.photo_names, "painting": data.painting_names}[kind]()


def _unknown(name, kind, error):
    looked, stem = os.path.abspath(name), Path(name).stem
    if not Path(name).suffix and not os.path.dirname(name):
        return f"{error} (there is no file {looked} either; `aelearn styles --photos` lists all names)"
    hint = f"did you mean the bundled {kind} {stem!r}?" if stem in _bundled(kind) else "check its name and folder"
    return f"no such file: {name!r} (looked for {looked}); {hint}"
