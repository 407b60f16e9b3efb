"""Keep up with a slider: do the newest thing that was asked for, and forget what it has overtaken."""

import atexit
import threading
import weakref

LINGER = 10.0  # seconds that the thread waits for more before it ends by itself
_LIVING = weakref.WeakSet()


@atexit.register
def _finish():
    # A thread that is at work inside a library while Python takes that library down ends the process with an abort.
    threads = [each.close() for each in list(_LIVING)]
    for thread in filter(None, threads):
        thread.join(5)


class Latest:
    """Run a function in a thread of its own whenever it is asked for, but never more often than it can keep up.

    While the function runs, any number of further requests become one. It reads what it needs when it starts, so the
    last of many quick moves is always the last one shown, and there is no queue. The thread ends when it has had
    nothing to do for a while, and starts again when needed; a panel that nobody uses holds none.

    Args:
        work: function without arguments. It should deal with its own errors.

    Example:
        >>> seen = []
        >>> latest = Latest(lambda: seen.append("done"))
        >>> latest.ask()
        >>> latest.settle(10), seen
        (True, ['done'])
    """

    def __init__(self, work):
        self._work, self._condition = work, threading.Condition()
        self._asked = self._done = 0  # number of the newest request, and of the newest that was served
        self._serving = 0  # of the one that is being served
        self._thread, self._closed = None, False
        self.num_runs = 0

    def ask(self):
        """Have the function run with the state as it is now or newer, and return at once."""
        with self._condition:
            if self._closed:
                return
            self._asked += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="panel", daemon=True)
                _LIVING.add(self)
                self._thread.start()
            self._condition.notify_all()

    def settle(self, timeout=None):
        """Wait until everything that was asked for before this call has been served.

        Args:
            timeout: float, seconds to wait at most, or None.

        Returns:
            bool, False if the time was up first.
        """
        with self._condition:
            number = self._asked
            return self._condition.wait_for(lambda: self._closed or self._done >= number, timeout)

    def quiet(self, seconds):
        """Called by the function itself: wait, and say whether nothing newer has been asked for.

        Args:
            seconds: float, how long it has to stay quiet.

        Returns:
            bool; False as soon as something was asked for.
        """
        with self._condition:
            return not self._condition.wait_for(lambda: self._closed or self._asked > self._serving, seconds)

    def close(self):
        """End the thread after what it is doing now, and return it, or None; later requests are ignored."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
            return self._thread

    def _serve(self):
        while (number := self._next()) is not None:
            try:
                self._work()
            except BaseException as error:  # said as any thread would say it, and then on: nobody waits for ever
                threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, self._thread)))
            with self._condition:
                self.num_runs += 1
                self._done = number
                self._condition.notify_all()

    def _next(self):
        with self._condition:
            self._condition.wait_for(lambda: self._closed or self._done < self._asked, LINGER)
            if self._closed or self._done >= self._asked:
                self._thread = None
                return None
            self._serving = self._asked
            return self._serving
