"""The command `aelearn`: paint a picture, list the paintings, look at the machine, train a model.

Results go to standard output, everything else to standard error, so that the command can be used in a pipe.
Nothing heavy is imported before a command needs it: `aelearn --help` answers at once.
"""

import os
import sys
import warnings

from aelearn.cli.parser import build_parser
from aelearn.cli.plain import INTERRUPTED, failure_of, one_line, plain_warnings

BROKEN_PIPE = 141  # as for Ctrl-C, for a reader who went away, as in `aelearn styles | head -3`: 128 + SIGPIPE


def main(argv=None):
    """Run one command.

    Args:
        argv: list of str without the program's name; those of the process if None.

    Returns:
        Exit status: 0 done; 2 something in the command or in a file it names is wrong; 1 anything else that
        went wrong, such as a full disk; 130 stopped with Ctrl-C.

    Example:
        >>> main(["--version"])
        aelearn 0.1.0
        0
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    _speak_any_language(sys.stdout)
    try:
        with warnings.catch_warnings():
            plain_warnings()
            status = _run(arguments)
            if sys.stdout is not None:  # a job may run with none
                sys.stdout.flush()  # a full disk or a closed pipe shows here, not after all was said to be well
        return status
    except BrokenPipeError:
        _abandon_stdout()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        print("aelearn: stopped; the result was not written", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if "--traceback" in arguments:
            raise
        failure = failure_of(error)
        if failure.status == 1:
            _abandon_stdout(only_if_broken=True)
        print(f"aelearn: error: {one_line(_as_typed(failure.sentence, arguments))}", file=sys.stderr)
        return failure.status


def _run(arguments):
    try:
        args = build_parser().parse_args(arguments)
    except SystemExit as done:  # --help and --version end here
        return done.code or 0
    return args.run(args)


def _as_typed(message, arguments):
    # An argument of a function that was typed as an option is called by the option's name.
    name = message.split(" ", 1)[0]
    option = "--" + name.replace("_", "-")
    typed = any(word == option or word.startswith(option + "=") for word in arguments)
    return option + message[len(name):] if typed else message


def _speak_any_language(stream):
    # "Café" must not stop `aelearn styles` on a console that knows fewer letters, nor a file name anywhere.
    if hasattr(stream, "reconfigure"):
        is_utf8 = (stream.encoding or "").lower().replace("-", "") == "utf8"
        stream.reconfigure(errors="surrogateescape" if is_utf8 else "replace")


def _abandon_stdout(only_if_broken=False):
    # What could not be written stays in the buffer, and Python would complain about it once more at its end.
    if sys.stdout is None:
        return
    try:
        if only_if_broken:
            sys.stdout.flush()
            return
    except OSError:
        pass
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # a stream that is no file has nothing to complain about
        pass
