"""Training in a thread of its own, so that a notebook stays alive and a button can stop it."""

import threading
import time

from aelearn.training.loop import History, fit


class BackgroundRun:
    """A training run in a thread of its own, so that a notebook stays alive and a button can stop it.

    Args:
        model: as for `fit`.
        crops: as for `fit`.
        **options: as for `fit`, without `stop` and `history`.

    Example:
        >>> import numpy as np
        >>> from aelearn.training import Crops
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> crops = Crops([np.zeros((16, 16, 3), np.float32)], size=8, batch_size=1, seed=0)
        >>> run = BackgroundRun(build_pyramid(PyramidConfig((4,))), crops, steps=2)
        >>> run.start().wait().status
        'finished'
    """

    def __init__(self, model, crops, **options):
        self.model, self.history, self.error = model, History(), None
        self._stop, self._arguments, self._thread = threading.Event(), (model, crops, options), None
        # An interrupted Thread.join makes Python before 3.13 take a running thread for a dead one; an event does not.
        self._ended = threading.Event()

    @property
    def running(self):
        return self._thread is not None and not self._ended.is_set()

    def start(self):
        """Begin, and return at once. Raises RuntimeError if it was started before."""
        if self._thread is not None:
            raise RuntimeError("this run was started before; make a new BackgroundRun to train again")
        self._thread = threading.Thread(target=self._work, name="training", daemon=True)
        self._thread.start()
        return self

    def stop(self):
        """Ask training to end after the current step, and return at once; the best weights are kept."""
        self._stop.set()
        return self

    def wait(self, timeout=None):
        """Wait until training has ended; re-raise what went wrong in it, else return the history.

        A keyboard interrupt while waiting stops the run and keeps its best weights.
        """
        if self._thread is None:
            raise RuntimeError("this run was not started; call start() first")
        end = float("inf") if timeout is None else time.monotonic() + timeout
        try:
            # In short waits: Windows delivers no interrupt during a long one.
            while self.running and (left := end - time.monotonic()) > 0:
                self._ended.wait(min(left, 0.2))
        except KeyboardInterrupt:
            self.stop()
            self._ended.wait()
            self.history.status = "interrupted"
        if self.error is not None:
            raise self.error
        return self.history

    def _work(self):
        model, crops, options = self._arguments
        try:
            fit(model, crops, stop=self._stop, history=self.history, **options)
        except BaseException as error:  # handed to whoever waits: an error in a thread is lost otherwise
            self.error, self.history.status = error, "failed"
        finally:
            self._ended.set()
