"""One loop for every model: live history, best weights kept, checkpoint and resume, stop at any step."""

import json
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from numbers import Real
from pathlib import Path

import numpy as np

from aelearn import runtime  # first, so that the backend starts quietly
from aelearn.autoencoders.weights import write_atomically
from aelearn.training.arguments import check_arguments, check_helpers
from aelearn.training.checkpoint import check_header, fingerprint
from aelearn.training.distribute import adam, check_workers_agree, divide, evaluator, loss_factor

import keras  # isort: skip


class TrainingError(RuntimeError):
    """Training cannot go on; the model holds the last good weights."""


@dataclass
class History:
    """What happened during `fit`, readable while it runs.

    Example:
        >>> History().status
        'waiting'
    """

    steps: list[int] = field(default_factory=list)  # step at which each entry below was taken
    loss: list[float] = field(default_factory=list)  # mean training loss since the entry before
    validation: list[float] = field(default_factory=list)  # loss on the validation pictures, if there are any
    seconds: float = 0.0  # spent in training, all runs together
    total: int = 0  # steps that were asked for
    status: str = "waiting"  # waiting, running, finished, stopped, interrupted, failed


def fit(model, crops, *, steps, learning_rate=1e-3, validation=None, checkpoint=None, report_every=50,
        on_report=None, stop=None, history=None):
    """Train for a number of steps, keep the best weights, and survive being stopped.

    Adam with a short warm-up and a cosine to zero, gradient norm clipped at 1. After every `report_every` steps the
    history grows by one entry, the checkpoint is written and `on_report` is called. The model ends with the weights
    of the best entry (lowest validation loss; training loss without validation), also when it was stopped by `stop`,
    by an interrupt (Ctrl-C, the kernel's stop button) or by a loss that is not a number. Where such a loss comes before
    the first entry, the steps before it are taken once more, and the model ends with the weights that they give.

    Args:
        model: a built `keras.Model` whose `compute_loss` needs only its input: a `PyramidAutoencoder` or `Autoencoder`.
        crops: `Crops`, or `Batches` for an `Autoencoder`.
        steps: int, training steps in all, those before a resume included.
        learning_rate: float, the highest.
        validation: array `(batch, height, width, channels)`, pictures that are not trained on; or a pair of such
            arrays, inputs and targets.
        checkpoint: path of an `.npz`; if it exists, training goes on from it, at its step, with its random stream.
        report_every: int, steps between two entries.
        on_report: function of the history, called after each entry, in the thread of training.
        stop: `threading.Event`; when it is set, training ends after the current step.
        history: `History` to fill, so that somebody else can watch it.

    Returns:
        `History`. `status` is "finished", "stopped" or "interrupted".

    Raises:
        TypeError: if the model, `crops`, `on_report`, `stop` or `history` is of the wrong kind.
        ValueError: if an argument is out of range, or the checkpoint belongs to another model or objective, or to a
            run with validation where this one has none, or the reverse.
        TrainingError: if the loss is not a number; names the step.

    Example:
        >>> from aelearn.training import Crops
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> crops = Crops([np.zeros((16, 16, 3), np.float32)], size=8, batch_size=1, seed=0)
        >>> fit(build_pyramid(PyramidConfig((4,))), crops, steps=2).status
        'finished'
    """
    for name, value in (("steps", steps), ("report_every", report_every)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a positive int; received {value!r}")
    check_arguments(model, crops, validation)
    check_helpers(
        on_report=(on_report, callable(on_report), "a function of the history"),
        stop=(stop, callable(getattr(stop, "is_set", None)), "a threading.Event"),
        history=(history, isinstance(history, History), "a History"),
    )
    history = History() if history is None else history
    history.total = steps
    batches = divide(model, crops)
    schedule = _schedule(learning_rate, steps)
    # On JAX nothing is compiled without it, on TensorFlow all is, but not by a compiler that takes a minute.
    model.compile(adam(model, schedule, clipnorm=1.0), jit_compile=keras.backend.backend() == "jax")
    with runtime.scope_of(model):
        model.optimizer.build(model.trainable_variables)
    watcher = _Watcher(model, history, checkpoint, on_report, stop)
    watcher.resume(with_validation=validation is not None)
    history.status = "running"
    with _interrupt_after_the_step(watcher):
        _run(model, crops, batches, steps, report_every, validation, watcher)
    return history


@contextmanager
def _interrupt_after_the_step(watcher):
    # An interrupt raised anywhere inside Keras may catch the weights half-way, or get lost in a destructor. Here the
    # first one ends training after the step, as `stop` does; a second one is raised at once.
    def note(number, frame):
        if watcher.interrupted:
            raise KeyboardInterrupt
        watcher.interrupted = True

    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _schedule(learning_rate, steps):
    if not isinstance(learning_rate, Real) or not 0 < learning_rate < float("inf"):
        raise ValueError(f"learning_rate must be a positive number; received {learning_rate!r}")
    warmup = max(1, min(200, steps // 10))
    return keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warmup), warmup_target=learning_rate, warmup_steps=warmup
    )


def _run(model, crops, batches, steps, report_every, validation, watcher):
    history = watcher.history
    try:
        while watcher.step < steps and not watcher.stopped:
            crops.first_step, crops.num_steps = watcher.step, min(report_every, steps - watcher.step)
            model.fit(batches, shuffle=False, verbose=0, callbacks=[watcher])
            watcher.report(validation)
        early = "interrupted" if watcher.interrupted else "stopped"
        history.status = early if watcher.stopped and watcher.step < steps else "finished"
    except KeyboardInterrupt:
        history.status = "interrupted"
    except BaseException as error:
        history.status = "failed"
        if isinstance(error, TrainingError):
            watcher.replay(crops, batches)
        raise
    finally:
        watcher.restore_best()


class _Watcher(keras.callbacks.Callback):
    # Counts steps, guards against NaN, writes the history and the checkpoint, remembers the best weights.
    def __init__(self, model, history, checkpoint, on_report, stop):
        super().__init__()
        self.network, self.history, self.on_report, self.stop = model, history, on_report, stop
        self.checkpoint = Path(checkpoint) if checkpoint else None
        if self.checkpoint and not self.checkpoint.absolute().parent.is_dir():
            raise FileNotFoundError(f"checkpoint cannot be written: there is no folder {self.checkpoint.parent}")
        self.step, self.best, self.best_weights = 0, float("inf"), model.get_weights()
        self.resumed_at, self.began, self.interrupted = history.seconds, time.monotonic(), False
        self.start, self.measure, self.factor = self.state(), evaluator(model), loss_factor(model)

    def state(self):
        # All that a step changes, with the values it has now.
        variables = [*self.network.weights, *self.network.optimizer.variables, *_random_states(self.network)]
        return [(variable, np.array(variable.numpy())) for variable in variables]

    @property
    def stopped(self):
        return self.interrupted or (self.stop is not None and self.stop.is_set())

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        self.loss = logs["loss"] / self.factor  # Keras reports the mean of this block so far
        if not np.isfinite(self.loss):
            kept = "its best weights" if np.isfinite(self.best) else "the weights from before that step"
            raise TrainingError(
                f"the loss is {self.loss} at step {self.step}: a batch holds values that are not numbers, or the "
                f"learning rate is too high. The model keeps {kept}"
            )
        if self.stopped:
            self.network.stop_training = True

    def report(self, validation):
        history = self.history
        history.steps.append(self.step)
        history.loss.append(float(self.loss))
        if validation is not None:
            history.validation.append(self.evaluate(validation))
        history.seconds = self.resumed_at + time.monotonic() - self.began
        score = history.loss[-1] if validation is None else history.validation[-1]
        if not np.isfinite(score):
            self.remember_first(self.network.get_weights())
            raise TrainingError(f"the validation loss is {score} at step {self.step}: check the values of its pictures")
        if score <= self.best:
            self.best, self.best_weights = score, self.network.get_weights()
        self.save()
        if self.on_report:
            self.on_report(history)

    def evaluate(self, validation):
        x, y = validation if isinstance(validation, tuple) else (validation, None)
        return self.measure(x, y)

    def replay(self, crops, batches):
        # A callback cannot read the weights on every backend, and shorter blocks would change the mean losses. Batches
        # are a function of the step, so the good steps can be taken again. A gradient may be bad one step before the
        # loss is: then one step less.
        bad = self.step
        for good in (bad - 1, bad - 2):
            if good < 1 or np.isfinite(self.best):
                return
            for variable, value in self.start:
                variable.assign(value)
            crops.first_step, crops.num_steps = 0, good
            self.network.fit(batches, shuffle=False, verbose=0)
            self.remember_first(self.network.get_weights())

    def remember_first(self, weights):
        if not np.isfinite(self.best) and all(np.isfinite(weight).all() for weight in weights):
            self.best, self.best_weights = np.finfo(float).max, weights

    def restore_best(self):
        self.network.set_weights(self.best_weights)

    def save(self):
        if self.checkpoint is None or runtime.worker()[0]:  # one worker writes for all
            return
        state = {f"now_{i}": value for i, value in enumerate(self.network.get_weights())}
        state |= {f"best_{i}": value for i, value in enumerate(self.best_weights)}
        state |= {f"optimizer_{i}": v.numpy() for i, v in enumerate(self.network.optimizer.variables)}
        state |= {f"random_{i}": v.numpy() for i, v in enumerate(_random_states(self.network))}
        header = {"step": self.step, "best": self.best, "history": asdict(self.history)}
        header |= {"model": fingerprint(self.network)}
        write_atomically(self.checkpoint, lambda file: np.savez(file, header=json.dumps(header), **state))

    def resume(self, *, with_validation):
        header = None
        if self.checkpoint is not None and self.checkpoint.exists():
            try:
                header, arrays = self._read(with_validation)
            except Exception as error:
                raise ValueError(f"{self.checkpoint} is not a checkpoint of this model: {error}") from error
        check_workers_agree(0 if header is None else header["step"])
        if header is None:
            return
        self.network.set_weights(arrays["now"])
        own = {"optimizer": self.network.optimizer.variables, "random": _random_states(self.network)}
        for kind, variables in own.items():
            for variable, value in zip(variables, arrays[kind]):
                variable.assign(value)
        self.step, self.best, self.best_weights = header["step"], header["best"], arrays["best"]
        past = header["history"]
        self.history.steps[:], self.history.loss[:] = past["steps"], past["loss"]
        self.history.validation[:] = past["validation"]
        self.history.seconds = self.resumed_at = past["seconds"]

    def _read(self, with_validation):
        # All of it, and all of the right shape, before anything is changed.
        own = {"now": self.network.weights, "best": self.network.weights,
               "optimizer": self.network.optimizer.variables, "random": _random_states(self.network)}
        with np.load(self.checkpoint, allow_pickle=False) as file:
            stored = dict(file)
        header = json.loads(str(stored.pop("header")))
        if len(stored) != sum(map(len, own.values())):
            raise ValueError(f"it holds {len(stored)} arrays, expected {sum(map(len, own.values()))}")
        arrays = {kind: [stored[f"{kind}_{i}"] for i in range(len(own[kind]))] for kind in own}
        for kind, variables in own.items():
            for variable, array in zip(variables, arrays[kind]):
                if tuple(variable.shape) != array.shape:
                    raise ValueError(f"{variable.path} has shape {array.shape}, expected {tuple(variable.shape)}")
        check_header(header, self.network)
        if header["step"] < self.history.total and bool(header["history"]["validation"]) != with_validation:
            raise ValueError(
                f"its losses were measured with{'out' * with_validation} validation; do the same, or name another file"
            )
        return header, arrays


def _random_states(model):
    # Where a layer that draws random numbers stands in its stream; not among the weights, and not to be lost either.
    return [variable for variable in model.variables if variable.name == "seed_generator_state"]
