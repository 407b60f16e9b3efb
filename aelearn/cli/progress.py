"""A progress bar for terminals, and an occasional plain line for log files."""

import shutil
import sys
import time

WIDTH = 14  # characters in the bar
QUIET = 30  # seconds between two lines in a log


class Progress:
    """How far a task has come, on standard error: a line that changes on a terminal, few lines or none elsewhere.

    Letters only, no colours and no cursor codes, so that it works in every console.

    Args:
        stream: where to write; standard error if None.

    Example:
        >>> with Progress(stream=sys.stdout) as progress:  # not a terminal: nothing to see
        ...     progress.show(0.5, "painting")
    """

    def __init__(self, *, stream=None):
        self.stream = sys.stderr if stream is None else stream
        self.on_terminal = self.stream is not None and self.stream.isatty()
        self._length, self._logged_at = 0, -QUIET

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.clear()

    def show(self, fraction, text, *, log=False):
        """Say how much is done, and what is being done.

        Args:
            fraction: from 0 to 1.
            text: a few words.
            log: bool, whether a log file should have them too: every half minute, and at the end.
        """
        if self.on_terminal:
            filled = int(WIDTH * fraction)
            self._draw(f"[{'#' * filled}{'.' * (WIDTH - filled)}] {text}")
        elif log and self.stream is not None and (time.monotonic() - self._logged_at >= QUIET or fraction >= 1):
            self._logged_at = time.monotonic()
            print(text, file=self.stream, flush=True)

    def clear(self):
        """Take the bar away, so that the next line starts on a clean one."""
        if self.on_terminal and self._length:
            self._draw("")
            self.stream.write("\r")
            self.stream.flush()

    def _draw(self, line):
        line = line[: shutil.get_terminal_size().columns - 1]  # a full line would wrap, and stay
        self.stream.write("\r" + line.ljust(self._length))
        self.stream.flush()
        self._length = len(line)


def duration(seconds):
    """Seconds in words for people.

    Example:
        >>> duration(42), duration(700), duration(7500)
        ('42 s', '12 min', '2 h 05 min')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"
