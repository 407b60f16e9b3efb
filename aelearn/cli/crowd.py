"""Many photos, one after the other or several at once: what is there stays, what fails is told, the rest is painted."""

import contextlib
import os
import sys
import time

from aelearn import images
from aelearn.cli.files import CommandError
from aelearn.cli.paint import save
from aelearn.cli.plain import INTERRUPTED, failure_of, one_line
from aelearn.cli.progress import Progress, duration
from aelearn.cli.workers import paint_at_once

MOST_NAMED = 5  # failures that the last line names


def paint_all(args, painter, tasks):
    """Paint every photo that is not painted yet, and say at the end how it went.

    Args:
        args: as `settings.complete` leaves it, with `jobs` and `again`.
        painter: `Painter` of these args.
        tasks: list of `batch.Task`.

    Returns:
        Exit status: 0, or that of the worst failure; 130 if Ctrl-C stopped it.

    Raises:
        CommandError: if nothing can be painted at all: a painting, a mask or the model is of no use.
    """
    with Progress() as progress:
        progress.show(0, "reading the pictures")
        painter.read()
        tally, before = Tally(progress, len(tasks)), {}
        try:
            todo = [task for task in tasks if not tally.is_there(task, painter, args.again)]
            before = {task: _stamp(task.output) for task in todo}
            jobs = min(args.jobs, len(todo))
            outcomes = paint_at_once(args, todo, jobs) if jobs > 1 else _one_by_one(painter, todo, progress, tally)
            with contextlib.closing(outcomes):
                for task, failure in outcomes:
                    before.pop(task)
                    tally.add(task, failure)
                    if failure is not None and failure.disk_is_full:
                        break
        except KeyboardInterrupt:
            tally.stopped = True
            for task, stamp in before.items():  # written, and nobody has come to tell it any more
                if _stamp(task.output) != stamp:
                    tally.add(task, None)
    return tally.conclude()


class Tally:
    """What has become of the photos so far; it tells the bar and, at the end, the reader.

    Args:
        progress: `Progress`.
        total: int, number of photos.
    """

    def __init__(self, progress, total):
        self.progress, self.total, self.stopped = progress, total, False
        self.painted, self.skipped, self.failed, self.status = 0, 0, [], 0
        self._first = None  # when the first was through, and how many were: starting Keras takes seconds

    @property
    def done(self):
        return self.painted + self.skipped + len(self.failed)

    def is_there(self, task, painter, again):
        """Whether a photo needs no painting: it has been painted with these settings, or it cannot be."""
        try:
            if not os.path.lexists(task.output):
                return False
            note = _note(task.output)
            if note is None:
                raise CommandError(f"{task.output} is there, and aelearn has not painted it; choose another folder")
            if again or note != painter.note(task.photo):
                return False
        except Exception as error:
            self.add(task, failure_of(error))
            return True
        self.skipped += 1
        return True

    def add(self, task, failure):
        """One more photo is through.

        Args:
            task: `batch.Task`.
            failure: None, or its `Failure`.
        """
        self.progress.clear()
        if failure is None:
            self.painted += 1
            print(task.output, flush=True)
        else:
            self.failed.append(task.photo)
            self.status = 1 if 1 in (failure.status, self.status) else failure.status
            which = "" if task.photo in failure.sentence else f"{task.photo}: "
            print(f"aelearn: error: {one_line(which + failure.sentence)}", file=sys.stderr)
        self.progress.show(self.done / self.total, f"{self.done} of {self.total}{self._left()}", log=True)

    def _left(self):
        now = time.monotonic()
        if self._first is None and self.painted:
            self._first = now, self.done
        if self._first is None or self.done in (self._first[1], self.total):
            return ""
        began, before = self._first
        return f", {duration((now - began) / (self.done - before) * (self.total - self.done))} left"

    def conclude(self):
        """Say what has been painted, skipped and failed; returns the exit status."""
        parts = [f"painted {self.painted}"]
        parts += [f"skipped {self.skipped} that were there"] if self.skipped else []
        if self.failed:
            names = ", ".join(self.failed[:MOST_NAMED]) + (" ..." if len(self.failed) > MOST_NAMED else "")
            parts.append(f"failed {len(self.failed)}: {names}")
        print(one_line(", ".join(parts)), file=sys.stderr)
        if self.stopped:
            where = f"stopped at {self.done} of {self.total}"
            print(f"aelearn: {where}; the same command goes on from there", file=sys.stderr)
            return INTERRUPTED
        return self.status


class Part:
    """The bar of one photo among many: a `Progress` in which each has a share.

    Args:
        progress: `Progress`.
        tally: `Tally`.
        name: str, what is being painted.
    """

    def __init__(self, progress, tally, name):
        self.progress, self.tally, self.name = progress, tally, name

    def show(self, fraction, text):
        """As `Progress.show`."""
        done, total = self.tally.done, self.tally.total
        self.progress.show((done + fraction) / total, f"{done + 1} of {total}, {self.name}: {text}")


def _note(path):
    try:
        return images.load_note(path)
    except images.ImageError:
        return None


def _stamp(path):
    # Another one after a picture has been put in its place, which happens when it is complete.
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def _one_by_one(painter, tasks, progress, tally):
    if tasks:
        painter.start(Part(progress, tally, os.path.basename(tasks[0].photo)))
    for task in tasks:
        part = Part(progress, tally, os.path.basename(task.photo))
        try:
            paint_task(painter, task, part)
        except Exception as error:
            if painter.args.traceback:
                raise
            yield task, failure_of(error)
        else:
            yield task, None


def paint_task(painter, task, progress):
    """Read one photo, paint it, write the result.

    Args:
        painter: `Painter` that has been started.
        task: `batch.Task`.
        progress: has `show`.
    """
    photo = painter.read_photo(task.photo)
    picture = painter(photo, progress)
    os.makedirs(task.output.parent, exist_ok=True)
    save(picture, task.output, painter.note(task.photo))
