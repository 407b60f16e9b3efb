"""What panels have in common: the picture follows the controls, in a thread of its own, and says what goes wrong."""

from contextlib import contextmanager

import ipywidgets as widgets

from aelearn.panels.latest import Latest
from aelearn.panels.parts import say


class LivePanel(widgets.VBox):
    """A panel that draws anew whenever a control changes: only the newest setting, so that quick moves never queue up.

    A subclass prepares its state and builds its widgets, then calls `_open`. It has a method `_draw`, which reads the
    controls, shows what they say, and returns a word for the status line, or None to leave that as it is. Controls
    call `ask` when they change.

    Example:
        >>> class Echo(LivePanel):
        ...     def __init__(self):
        ...         self.slider, self.text = widgets.IntSlider(3), widgets.HTML()
        ...         self.slider.observe(self.ask, names="value")
        ...         self._open([self.slider, self.text], css="ae-echo")
        ...     def _draw(self):
        ...         self.text.value = str(self.slider.value)
        ...         return "drawn"
        >>> panel = Echo()
        >>> panel.slider.value = 5
        >>> panel.settle(60), panel.text.value, panel.status.value
        (True, '5', 'drawn')
        >>> panel.close()
    """

    cannot = "Cannot draw this"  # said before what went wrong
    _held = False  # while several controls change as one

    def _open(self, children, css):
        self._latest = Latest(self._draw_newest)
        self.status = widgets.HTML(layout=widgets.Layout(width="100%"))
        self.status.add_class("ae-status")
        super().__init__([*children, self.status], layout=widgets.Layout(width="100%"))
        self.add_class(css)
        self.ask()
        self.settle()  # the first picture is there when the cell ends

    @property
    def num_draws(self):
        """How often it has drawn: far less often than a slider moved quickly has changed."""
        return self._latest.num_runs

    def ask(self, _=None):
        """Have the panel show the present settings, and return at once."""
        if not self._held:
            self._latest.ask()

    @contextmanager
    def one_change(self):
        """Inside `with panel.one_change():` several controls change, and one picture follows."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self.ask()

    def settle(self, timeout=None):
        """Wait until the panel shows the present settings.

        Args:
            timeout: float, seconds to wait at most, or None.

        Returns:
            bool, False if the time was up first.
        """
        return self._latest.settle(timeout)

    def close(self):
        """Take the panel away, and end its thread."""
        if hasattr(self, "_latest"):
            self._latest.close()
        super().close()

    def _draw_newest(self):
        # In the panel's own thread. Reads the controls only now, so that it shows what they say at this moment.
        try:
            said = self._draw()
        except BaseException as error:  # lost in a thread unless somebody writes it down, an exit() like any other
            said = f"{self.cannot}: {self._in_words(error)}"
        if said is not None:
            say(self.status, said)

    def _in_words(self, error):
        # Our own errors are sentences; of others the kind helps too.
        text = str(error).rstrip(".") or type(error).__name__
        return text if isinstance(error, (ValueError, OSError, KeyError)) else f"{type(error).__name__}: {text}"
