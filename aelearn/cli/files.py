"""What is checked about files before a command starts its work."""

import difflib
import errno
import os
import tempfile
from pathlib import Path

WEIGHTS = Path(__file__).parent.parent / "weights"  # stylize.WEIGHTS, which would take Keras to read


class CommandError(Exception):
    """A command cannot go on; the message is one plain line.

    Args:
        message: what is wrong and what to do.
        status: exit status, 2 for bad input and 1 for a machine that fails.

    Example:
        >>> CommandError("no such picture").status
        2
    """

    def __init__(self, message, status=2):
        super().__init__(message)
        self.status = status


def check_output(path, suffixes):
    """Find out before any work is done whether a file can be written.

    Args:
        path: the file to be.
        suffixes: the endings it may have, such as (".png", ".jpg").

    Returns:
        `Path`.

    Raises:
        CommandError: if it is a folder, is write-protected or has another ending, or its folder is missing or
            cannot be written to.

    Example:
        >>> check_output("picture.png", [".png"]).name
        'picture.png'
    """
    if not str(path):
        raise CommandError("the name of the file to write is empty")
    path = Path(path)
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise CommandError(f"{path.name[:40]}…: the name is too long; choose a shorter one") from error
    if path.is_dir():
        example = path / f"out{list(suffixes)[0]}"
        raise CommandError(f"{path} is a folder; add a file name, such as {example}")
    if path.suffix.lower() not in suffixes:
        raise CommandError(f"{path}: the name must end in {' or '.join(suffixes)}")
    if not path.parent.is_dir():
        raise CommandError(f"{path}: there is no folder {path.parent}; create it first")
    if path.exists() and not (path.is_file() and os.access(path, os.W_OK) and path.stat().st_mode & 0o222):
        raise CommandError(f"{path} is write-protected or no ordinary file; choose another name")
    _check_writable(path.parent, path)
    return path


def _check_writable(folder, path):
    try:
        tempfile.TemporaryFile(dir=folder).close()  # permissions alone do not tell, on every system
    except OSError as error:
        problem = f"its folder cannot be written to ({error.strerror})"
        raise CommandError(f"{path}: {problem}; save elsewhere") from error


def check_folder(path):
    """Find out before any work is done whether results can go into a folder, there already or not.

    Args:
        path: the folder.

    Returns:
        `Path`.

    Raises:
        CommandError: if it has no name or is a file, the folder above it is missing, or it cannot be written to.

    Example:
        >>> check_folder("pictures").name
        'pictures'
    """
    if not str(path):
        raise CommandError("the name of the folder to write is empty")
    folder = Path(path)
    if os.path.lexists(folder) and not folder.is_dir():
        raise CommandError(f"{folder} is no folder; several results need one: choose another name")
    there = folder if folder.is_dir() else folder.absolute().parent
    if not there.is_dir():
        raise CommandError(f"{folder}: there is no folder {folder.parent}; create it first")
    _check_writable(there, folder)
    return folder


def weights_of(model):
    """The file of a model's weights, there or not.

    Example:
        >>> weights_of("pixel").name, weights_of("mine.npz").name
        ('pixel.npz', 'mine.npz')
    """
    return Path(model) if str(model).endswith(".npz") else WEIGHTS / f"{model}.npz"


def check_model(name):
    """Find out before Keras is started whether there is a model of that name, in the words of `Stylizer.load`.

    Args:
        name: str, the name of a model of the package, or the path of an `.npz` file.

    Raises:
        CommandError: if there is none.

    Example:
        >>> check_model("pixel")
    """
    if str(name).endswith(".npz"):
        if not weights_of(name).is_file():
            raise CommandError(f"no weights at {Path(name)}; train some with `aelearn train pixel`")
        return
    known = sorted(path.stem for path in WEIGHTS.glob("*.npz"))
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise CommandError(f"model must be one of {', '.join(known)}, or the path of an .npz file; "
                           f"{hint}received {name!r}")


def same_file(one, other):
    """Whether two paths lead to the same existing file, through links too.

    Example:
        >>> same_file("missing.png", "missing.png")
        False
    """
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return False
