"""The panel that trains: start, watch the loss fall and the pictures clear up, stop when it is good enough."""

import threading
import time

import ipywidgets as widgets
import numpy as np

from aelearn import images, plots
from aelearn.panels.parts import caption_text, columns, picture, row, say
from aelearn.training import BackgroundRun, History

from keras import ops  # isort: skip

TICK = 1.0  # seconds between two looks at the clock, and at least between two drawings: under 10 updates a second
SHARE = 0.1  # of the time, at most, that may go into drawing
COLUMNS = {"first": "from level 1", "deepest": "from the deepest level"}


class TrainingPanel(widgets.VBox):
    """Train a model in the background, with a Start and a Stop button, a live loss curve and live pictures.

    Stopping keeps the best weights so far. Start after that trains the model further, as a new run.

    Args:
        model: as for `training.fit`.
        crops: as for `training.fit`.
        preview: a picture `(height, width, 3)` or `(height, width, 1)` in [0, 1], or a list of them, reconstructed
            at every report; or None.
        **options: as for `training.fit`: `steps`, `learning_rate`, `validation`, `checkpoint` …

    Raises:
        ImageError: if a preview is not a picture.
        TypeError: if `steps` is missing.

    Example:
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> from aelearn.training import Crops
        >>> crops = Crops([np.zeros((16, 16, 3), np.float32)], size=8, batch_size=1, seed=0)
        >>> panel = TrainingPanel(build_pyramid(PyramidConfig((4,))), crops, steps=2)
        >>> panel.start()
        >>> panel.wait().status
        'finished'
        >>> panel.close()
    """

    def __init__(self, model, crops, *, preview=None, **options):
        if "steps" not in options:
            raise TypeError("steps is missing: how many training steps to take, such as steps=1000")
        self._model, self._crops, self._options = model, crops, options
        self._preview = [_check_preview(each) for each in _as_list(preview)]
        self._run, self._watcher, self._lock = None, None, threading.Lock()
        self._stopping, self._next_drawing, self._reported = False, 0.0, 0.0
        self._build()
        super().__init__([self._controls, self.status, row([self._curve_box, self._pictures])],
                         layout=widgets.Layout(width="100%"))
        self.add_class("ae-training-panel")
        self._draw(History())

    def __repr__(self):
        return "TrainingPanel: Start, Stop, loss curve and pictures"

    @property
    def history(self):
        """`training.History` of the present or last run; an empty one before the first."""
        return History() if self._run is None else self._run.history

    @property
    def running(self):
        """bool, whether training goes on at this moment."""
        return self._run is not None and self._run.running

    def start(self):
        """Begin to train, and return at once.

        Raises:
            RuntimeError: if it is training already.
        """
        with self._lock:
            if self.running or (self._watcher is not None and self._watcher.is_alive()):
                raise RuntimeError("training is running; stop it first, or wait for it")
            options = self._options | {"on_report": self._report}
            self._run = BackgroundRun(self._model, self._crops, **options)
            self._began, self._next_drawing, self._stopping = time.monotonic(), 0.0, False
            self._enable(running=True)
            say(self.status, "running: the first steps take a little longer")
            self._run.start()
            self._watcher = threading.Thread(target=self._watch, args=(self._run,), name="training panel", daemon=True)
            self._watcher.start()

    def stop(self):
        """Ask training to end after the present step, and return at once; the best weights are kept."""
        if self.running:
            self._run.stop()
            self._stopping = True
            say(self.status, "stopping after this step …")

    def wait(self, timeout=None):
        """Wait until training has ended and the panel shows it.

        Interrupting the kernel stops training and keeps the best weights.

        Args:
            timeout: float, seconds to wait at most, or None.

        Returns:
            `training.History`.

        Raises:
            RuntimeError: if it was not started.
            Exception: whatever went wrong in training.
        """
        if self._run is None:
            raise RuntimeError("training was not started; press Start or call start() first")
        try:
            return self._run.wait(timeout)
        finally:
            if not self._run.running:
                self._watcher.join(60)

    def close(self):
        """Stop training, and take the panel away."""
        if getattr(self, "_run", None) is not None:
            self._run.stop()
        super().close()

    def _build(self):
        self._start = widgets.Button(description="Start", icon="play", button_style="primary",
                                     tooltip="begin to train", layout=widgets.Layout(width="auto"))
        self._stop = widgets.Button(description="Stop", icon="stop", disabled=True, layout=widgets.Layout(width="auto"),
                                    tooltip="end after the present step and keep the best weights")
        self._start.add_class("ae-start")
        self._stop.add_class("ae-stop")
        self._start.on_click(self._on_start)
        self._stop.on_click(lambda _: self.stop())
        self.progress = widgets.IntProgress(min=0, max=1, layout=widgets.Layout(flex="1 1 200px", width="auto"))
        self._controls = row([self._start, self._stop, self.progress])
        self.status = widgets.HTML("waiting: press Start", layout=widgets.Layout(width="100%"))
        self.status.add_class("ae-status")
        self.curve, _, self._curve_box = picture(
            "loss against training step", css="ae-curve", width="560px", kind="png"
        )
        self._curve_box.layout.flex = "1 1 420px"
        self._pictures = columns([], narrowest="110px", flex="1 1 420px", width="auto", align_items="flex-start")
        self.pictures = {}
        if self._preview:
            self._add_picture("original", "the original", "the original pictures")
            self.pictures["original"].value = images.encode_jpeg(_stack(self._preview))

    def _add_picture(self, key, caption, alt):
        image, label, box = picture(alt, css=f"ae-{key}", width="260px")
        caption_text(label, caption)
        self.pictures[key] = image
        self._pictures.children = (*self._pictures.children, box)

    def _on_start(self, _):
        try:
            self.start()
        except Exception as error:
            say(self.status, str(error))

    def _enable(self, *, running):
        self._start.disabled, self._stop.disabled = running, not running

    def _report(self, history):
        # In the thread of training, between two steps, when the weights are at rest.
        if self._options.get("on_report"):
            self._options["on_report"](history)
        self._reported = began = time.monotonic()
        if began >= self._next_drawing and not self._stopping:
            self._draw(history)
            self._next_drawing = began + max(TICK, (time.monotonic() - began) / SHARE)

    def _draw(self, history):
        self.curve.value = plots.encode_figure(plots.loss_curve(history))
        for key, stacked in self._reconstructions().items():
            if key not in self.pictures:
                self._add_picture(key, COLUMNS[key], f"the pictures, reconstructed {COLUMNS[key]}")
            self.pictures[key].value = images.encode_jpeg(stacked)

    def _reconstructions(self):
        if not self._preview:
            return {}
        rows = [_reconstruct(self._model, each) for each in self._preview]
        keys = ("first", "deepest")[: len(rows[0])]
        return {key: _stack([each[i] for each in rows]) for i, key in enumerate(keys)}

    def _watch(self, run):
        while run.running:
            self._show_time(run.history)
            try:
                run.wait(TICK)
            except BaseException:  # it is kept in run.error; whoever calls wait gets it
                break
        self._show_time(run.history)
        say(self.status, self._ending(run))
        try:
            self._draw(run.history)  # with the best weights, which training has just put back
        finally:
            self._enable(running=False)

    def _show_time(self, history):
        step = history.steps[-1] if history.steps else 0
        self.progress.max, self.progress.value = max(history.total, 1), step
        if history.status != "running" or self._stopping:
            return
        now = time.monotonic()
        text = f"running: step {step:,} of {history.total:,}, {_clock(now - self._began)} so far"
        if step:
            left = history.seconds / step * (history.total - step) - (now - self._reported)
            text += f", about {_clock(max(left, 0))} left"
        say(self.status, text)

    def _ending(self, run):
        history = run.history
        step = history.steps[-1] if history.steps else 0
        spent = _clock(time.monotonic() - self._began)
        if run.error is not None:
            return f"failed: {run.error or type(run.error).__name__}"
        if history.status == "finished":
            return f"finished: {history.total:,} steps in {spent}"
        return f"stopped at step {step:,} of {history.total:,} after {spent}; the best weights are kept"


def _reconstruct(model, image):
    # From the first level and from the deepest; from the only one of a model without levels.
    padded = image
    if hasattr(model, "num_levels"):
        multiple = 2 ** (model.num_levels - 1)
        padded = images.pad_to_multiple(image, multiple, at_least=2 * multiple)
    outputs = model(padded[None], training=False)
    outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
    chosen = [outputs[0], outputs[-1]] if len(outputs) > 1 else outputs
    height, width = image.shape[:2]
    return [ops.convert_to_numpy(each)[0, :height, :width].clip(0, 1) for each in chosen]


def _check_preview(picture):
    # A gray picture keeps its one channel, as its model expects it.
    checked = images.check_image(picture, name="preview")
    return checked[..., :1] if np.ndim(picture) == 3 and np.shape(picture)[2] == 1 else checked


def _stack(pictures):
    # Below one another with a white gap, narrower ones at the left; (height, width, 3).
    pictures = [np.repeat(each, 3, axis=2) if each.shape[2] == 1 else each for each in pictures]
    width = max(picture.shape[1] for picture in pictures)
    parts = []
    for image in pictures:
        fill = np.ones((image.shape[0], width - image.shape[1], 3), np.float32)
        parts += [np.concatenate([image, fill], axis=1), np.ones((6, width, 3), np.float32)]
    return np.concatenate(parts[:-1])


def _as_list(preview):
    if preview is None:
        return []
    return list(preview) if isinstance(preview, (list, tuple)) or np.ndim(preview) == 4 else [preview]


def _clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
