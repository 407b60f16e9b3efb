"""Several processes that paint at once, each with the model in its memory; they stop when they are told to."""

import argparse
import contextlib
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from aelearn.cli.files import CommandError
from aelearn.cli.plain import Failure, failure_of, plain_warnings

THREADS = "TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"  # what TensorFlow and PyTorch look at when they start
KILLED = Failure(1, "a process that painted was killed, which happens when memory runs out; choose fewer --jobs")

_here = {"painter": None, "stopped": False}  # of a process that paints


def paint_at_once(args, tasks, jobs):
    """Paint in `jobs` processes.

    Args:
        args: as `settings.complete` leaves it.
        tasks: list of `batch.Task`.
        jobs: int, 2 or more.

    Yields:
        (task, failure), as they are done; failure is None or a `Failure`.

    Raises:
        CommandError: if the model or a painting is of no use.
    """
    plain = argparse.Namespace(**{name: value for name, value in vars(args).items() if name != "run"})
    context, others = multiprocessing.get_context("spawn"), set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(plain,))
    try:
        with _inherited(jobs):
            ready = pool.submit(_get_ready)
            futures = {pool.submit(_paint, task): task for task in tasks}
        _check(ready)
        for future in as_completed(futures):
            yield futures[future], _outcome(future)
    except BaseException:  # Ctrl-C, or nobody wants the rest: what is being painted is dropped
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _inherited(jobs):
    """What processes that are started now get on their way: no ears for Ctrl-C, and their share of the processors."""
    share = {name: str(max(1, (os.cpu_count() or 1) // jobs)) for name in THREADS if name not in os.environ}
    os.environ.update(share)
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main else None
    try:
        yield
    finally:
        if in_main:
            signal.signal(signal.SIGINT, before)
        for name in share:
            os.environ.pop(name, None)


def _check(ready):
    failure = _outcome(ready)
    if failure is not None:
        raise CommandError(failure.sentence, failure.status)


def _outcome(future):
    try:
        return future.result()
    except BrokenProcessPool:
        return KILLED


# ---- in a process that paints


def _begin(args):
    from aelearn.cli.paint import Painter

    plain_warnings()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_watch_parent, daemon=True).start()
    _here["painter"] = Painter(args)


def _stop(*_):
    _here["stopped"] = True
    raise SystemExit(1)  # so that whoever is writing a file takes it away again


def _watch_parent():
    multiprocessing.parent_process().join()
    os.kill(os.getpid(), signal.SIGTERM)


def _get_ready():
    return _explained(_painter)


def _paint(task):
    from aelearn.cli.crowd import paint_task

    return None if _here["stopped"] else _explained(lambda: paint_task(_painter(), task, Silent()))


def _explained(function):
    try:
        function()
    except Exception as error:
        return failure_of(error)


def _painter():
    painter = _here["painter"]
    if not painter.is_ready:
        painter.read()
        painter.start(Silent())
    return painter


class Silent:
    """A bar that nobody sees."""

    def show(self, fraction, text):
        """As `Progress.show`."""
