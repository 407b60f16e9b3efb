"""Training on several devices or machines: who gets which part of a batch, and how the parts make one step.

Every device holds all weights and sees an equal part of every batch. Its loss is a mean over that part; the mean of
the gradients is therefore the gradient of the whole batch, and the step is the one that a single device would take,
up to rounding. Losses are means over pictures for that reason, and batches must divide evenly.
"""

import json
import os
from contextlib import contextmanager

import numpy as np

from aelearn import runtime

import keras  # isort: skip

STRATEGIES = ("none", "mirrored", "multiworker")


@contextmanager
def distribute(strategy="none"):
    """Choose what trains the models that are built within: one device, all of this machine, or several machines.

    "mirrored" takes all GPUs of this machine: `tf.distribute.MirroredStrategy`, or with `KERAS_BACKEND=jax`
    `keras.distribution.DataParallel`. "multiworker" takes those of several processes, each started by hand with the
    same command and its own `TF_CONFIG`, the way TensorFlow describes a cluster. It needs `KERAS_BACKEND=jax`: Keras'
    `fit` fails under TensorFlow's `MultiWorkerMirroredStrategy` (keras issue 20585). All workers must see one disk
    with the same pictures, and the checkpoint. If one of them dies the others end with an error, or are to be ended;
    started again, all go on from the checkpoint.

    Args:
        strategy: "none", "mirrored" or "multiworker".

    Yields:
        int, the number of devices that share a batch.

    Raises:
        ValueError: if there is no such strategy, the backend cannot do it, or `TF_CONFIG` describes no cluster.
        RuntimeError: if "multiworker" comes after something has been computed.

    Example:
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> from aelearn.training import Crops, fit
        >>> with distribute("mirrored") as devices:
        ...     model = build_pyramid(PyramidConfig((4,)))
        ...     crops = Crops([np.zeros((16, 16, 3), np.float32)], size=8, batch_size=2 * devices, seed=0)
        ...     fit(model, crops, steps=2).status
        'finished'
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"strategy must be one of {', '.join(STRATEGIES)}; received {strategy!r}")
    if strategy == "none":
        yield 1
        return
    if strategy == "multiworker" and runtime.worker()[1] == 1:
        runtime.join_workers(*read_cluster(os.environ.get("TF_CONFIG")))
    with runtime.all_devices() as devices:
        yield devices


def read_cluster(text):
    """Addresses of all workers and which one this is, from a `TF_CONFIG`.

    Args:
        text: str, JSON such as `{"cluster": {"worker": ["a:4000", "b:4000"]}, "task": {"type": "worker", "index": 0}}`;
            a "chief" comes before the workers.

    Returns:
        `(addresses, index)`.

    Raises:
        ValueError: if it is none.

    Example:
        >>> read_cluster('{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}')
        (['a:1', 'b:1'], 1)
    """
    try:
        config = json.loads(text)
        kinds = {kind: list(config["cluster"].get(kind, [])) for kind in ("chief", "worker")}
        addresses = kinds["chief"] + kinds["worker"]
        kind, index = config["task"]["type"], config["task"]["index"]
        usable = kind in kinds and type(index) is int and 0 <= index < len(kinds[kind])
        if not usable or not all(isinstance(address, str) and ":" in address for address in addresses):
            raise ValueError("a task that is not in the cluster, or an address without a port")
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise ValueError(
            'TF_CONFIG must say which workers there are and which one this is, such as {"cluster": {"worker": '
            '["first:4000", "second:4000"]}, "task": {"type": "worker", "index": 0}}; '
            f"received {'nothing' if text is None else repr(text)[:120]}"
        ) from error
    return addresses, index + (len(kinds["chief"]) if kind == "worker" else 0)


class WorkersPart(keras.utils.PyDataset):
    """The part of every batch that one worker reads; the whole, where there is one worker.

    Args:
        crops: `Crops` or `Batches`; `first_step` and `num_steps` are set there.
        index: int, which worker this is.
        count: int, how many there are.

    Example:
        >>> from aelearn.training import Batches
        >>> batches = Batches(np.zeros((8, 4, 4, 1), np.float32), batch_size=4, seed=0)
        >>> WorkersPart(batches, 1, 2)[0].shape
        (2, 4, 4, 1)
    """

    def __init__(self, crops, index, count):
        super().__init__()
        self.crops, self.index, self.count = crops, index, count

    def __len__(self):
        return len(self.crops)

    def __getitem__(self, number):
        batch = self.crops[number]
        return tuple(map(self._part, batch)) if isinstance(batch, tuple) else self._part(batch)

    def _part(self, array):
        return np.split(array, self.count)[self.index]


def divide(model, crops):
    """What `model.fit` is given, so that every device of `model` gets its part of the batches of `crops`.

    Args:
        model: `keras.Model`.
        crops: `Crops` or `Batches`.

    Returns:
        `crops`, or `WorkersPart` of it.

    Raises:
        ValueError: if a batch cannot be divided evenly.

    Example:
        >>> from aelearn.autoencoders import build_pyramid
        >>> from aelearn.training import Crops
        >>> crops = Crops([np.zeros((16, 16, 3), np.float32)], size=16, batch_size=3, seed=0)
        >>> divide(build_pyramid(), crops) is crops
        True
    """
    devices = runtime.num_replicas(model)
    if devices > 1 and crops.batch_size % devices:
        raise ValueError(
            f"batch_size must be a multiple of the number of devices, {devices}; received {crops.batch_size}"
        )
    index, count = runtime.worker()
    return crops if count == 1 else WorkersPart(crops, index, count)


def adam(model, learning_rate, clipnorm):
    """Adam with the norm of the whole gradient clipped, for one device or several.

    Args:
        model: `keras.Model`, built.
        learning_rate: number or schedule.
        clipnorm: float, the highest norm of the gradient of the whole batch.

    Returns:
        `keras.optimizers.Adam`.

    Example:
        >>> from aelearn.autoencoders import build_pyramid
        >>> adam(build_pyramid(), 1e-3, 1.0).global_clipnorm
        1.0
    """
    with runtime.scope_of(model):
        if loss_factor(model) == 1:
            return keras.optimizers.Adam(learning_rate, global_clipnorm=clipnorm)
        return _MirroredAdam(learning_rate, global_clipnorm=clipnorm, devices=runtime.num_replicas(model))


class _MirroredAdam(keras.optimizers.Adam):
    # Under tf.distribute Keras clips the gradient of every device by itself and then adds them up, which is neither
    # the mean nor the clipping of one device. Here the mean g comes first. It is the same on all n devices, so that
    # clip(g / n, c / n) = clip(g, c) / n, and what Keras adds up is clip(g, c).
    def __init__(self, learning_rate, *, global_clipnorm, devices):
        super().__init__(learning_rate, global_clipnorm=global_clipnorm / devices, name="adam")
        self.devices = devices

    def apply(self, grads, trainable_variables=None):
        mean = runtime.mean_over_devices(grads)
        super().apply([None if each is None else each / self.devices for each in mean], trainable_variables)


def loss_factor(model):
    """What the losses are too large by that Keras reports in `fit`.

    Under tf.distribute it expects that every loss was divided by the number of devices, and multiplies by it.

    Example:
        >>> from aelearn.autoencoders import build_pyramid
        >>> loss_factor(build_pyramid())
        1
    """
    return runtime.num_replicas(model) if keras.backend.backend() == "tensorflow" else 1


def check_workers_agree(step):
    """Refuse to go on where the workers stand at different steps, as they would with a checkpoint on each disk.

    Args:
        step: int, the step that this worker goes on from.

    Raises:
        ValueError: names the steps.

    Example:
        >>> check_workers_agree(40)
    """
    steps = runtime.from_all_workers(step)
    if len(set(steps)) > 1:
        raise ValueError(f"checkpoint must be on a disk that all workers see; received steps {steps}, one per worker")


def evaluator(model):
    """A function that gives the loss of `model` on pictures it does not train on.

    `evaluate` of Keras, and on several devices the same on one of them: pictures for validation may be any number.

    Args:
        model: `keras.Model`, compiled.

    Returns:
        Function of `(x, y)`, y None or what x should become, that returns a float.

    Example:
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> model = build_pyramid(PyramidConfig((4,)))
        >>> model.compile()
        >>> evaluator(model)(np.zeros((2, 8, 8, 3), np.float32), None) >= 0
        True
    """
    if runtime.num_replicas(model) == 1:
        return lambda x, y: float(model.evaluate(x, y, verbose=0, batch_size=len(x)))
    loss = runtime.compile_function(
        lambda x, y: model.compute_loss(x, y, model(x, training=False), training=False), model.variables
    )
    return lambda x, y: float(loss(x, y))
