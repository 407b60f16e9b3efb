"""Errors and warnings as one plain line, and what they mean for the exit status."""

import contextlib
import errno
import signal
import sys
import threading
import warnings
from typing import NamedTuple

from aelearn.cli.files import CommandError

INTERRUPTED = 130  # what a shell reports for a command stopped with Ctrl-C: 128 + SIGINT
OUT_OF_MEMORY = {"MemoryError", "ResourceExhaustedError"}  # Python's own, and TensorFlow's
FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


class Failure(NamedTuple):
    """What an exception is for whoever typed the command.

    Example:
        >>> failure_of(ValueError("alpha must be ..."))
        Failure(status=2, sentence='alpha must be ...', disk_is_full=False)
    """

    status: int  # exit status
    sentence: str
    disk_is_full: bool = False  # so that what comes next would fail as well


def failure_of(error):
    """An exception as a `Failure`.

    Example:
        >>> failure_of(MemoryError()).status
        1
    """
    cause = error
    while cause is not None and getattr(cause, "errno", None) not in FULL:
        cause = cause.__cause__
    return Failure(*_explain(error), disk_is_full=cause is not None)


def _explain(error):
    """(exit status, sentence) for an exception."""
    from aelearn.data import DatasetError

    if isinstance(error, CommandError):
        return error.status, str(error)
    if isinstance(error, (ValueError, FileNotFoundError, DatasetError)):
        return 2, str(error)
    if type(error).__name__ in OUT_OF_MEMORY:
        return 1, "not enough memory; choose a smaller --size, or a smaller --batch-size when training"
    if isinstance(error, OSError):
        return 1, f"{error.filename or 'cannot read or write'}: {error.strerror or error}"
    if type(error).__name__ == "TrainingError":
        return 1, str(error)
    return 1, f"unexpected {type(error).__name__}: {error}; run the command with --traceback to see where"


def one_line(text):
    r"""A text without line breaks and control characters: a file may have them in its name, a terminal should not.

    Example:
        >>> one_line("two\n lines\x1b")
        'two lines\\x1b'
    """
    text = " ".join(line.strip() for line in text.splitlines())
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


@contextlib.contextmanager
def sigterm_as_ctrl_c():
    """While it lasts, a process that is told to end does so as with Ctrl-C: nothing stays half written, a line says so.

    Example:
        >>> with sigterm_as_ctrl_c():
        ...     pass
    """
    # Python takes signals in its main thread alone; and who has other plans for them keeps those.
    ours = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    if ours:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def plain_warnings():
    """From now on the package's own warnings are one line each, without the source; the libraries below are silent.

    Example:
        >>> with warnings.catch_warnings():  # so that it is as it was afterwards
        ...     plain_warnings()
    """
    warnings.simplefilter("ignore")
    warnings.filterwarnings("always", category=UserWarning, module=r"aelearn\.")
    warnings.showwarning = _print_warning


def _print_warning(message, *_, **__):
    print(f"aelearn: note: {one_line(str(message))}", file=sys.stderr)
