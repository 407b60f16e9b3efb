"""The machine underneath: a quiet start of Keras, seeds, compiled functions, and what this computer has.

Import this module before keras. It is the only one that knows which backend is at work.
"""

import os
import platform
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass

if not os.environ.get("KERAS_BACKEND"):  # absent, or set to nothing
    os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Without this, every open notebook kernel takes the whole memory of the GPU.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")


@contextmanager
def quiet_start():
    """Silence what native libraries print while they load, and replay it if loading fails.

    TensorFlow writes start-up lines straight to file descriptor 2, past Python and past its own log level
    (tensorflow issue 100442); a notebook would show them as a red box.

    Yields:
        Nothing. Standard error is caught for the length of the `with` block.

    Example:
        >>> with quiet_start():
        ...     _ = os.write(2, b"a native library says hello")
    """
    try:
        saved = os.dup(2)
    except OSError:  # a windowed program may have no standard error at all
        yield
        return
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield
        except Exception:
            os.dup2(saved, 2)
            caught.seek(0)
            os.write(2, caught.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


with quiet_start():
    if os.environ["KERAS_BACKEND"] == "tensorflow":
        import tensorflow as tf

        tf.zeros(())  # the first operation looks for GPUs, and says so
        # Several functions traced once each look to TensorFlow like one that is traced too often; it would warn.
        tf.get_logger().setLevel("ERROR")
    import keras


def set_seed(seed):
    """Make what follows repeatable: Python's, NumPy's and the backend's random numbers.

    On one processor two runs then agree to the last printed digit; between processors or backends they differ
    slightly, since sums are taken in another order.

    Args:
        seed: int from 0 to 2**32 - 1.

    Raises:
        ValueError: if `seed` is not such an int.

    Example:
        >>> set_seed(7)
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be an int from 0 to 2**32 - 1; received {seed!r}")
    keras.utils.set_random_seed(seed)


def compile_function(function, variables=(), *, input_shape=None):
    """Trace `function` once and run the fused graph afterwards, on whichever backend is active.

    Args:
        function: takes and returns backend tensors.
        variables: the `keras.Variable`s that it reads. JAX needs them named, or it would keep their first values.
        input_shape: shape of its one float32 argument, None where a size may change. With it, TensorFlow traces
            once for all sizes.

    Returns:
        A function with the same arguments. On PyTorch, and anything unknown, it is `function` itself.

    Example:
        >>> double = compile_function(lambda x: 2 * x)
        >>> float(double(keras.ops.ones(())))
        2.0
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        signature = None if input_shape is None else [tf.TensorSpec(input_shape, tf.float32)]
        return tf.function(function, autograph=False, input_signature=signature, reduce_retracing=signature is None)
    if backend == "jax":
        return _compile_for_jax(function, list(variables))
    return function


def _compile_for_jax(function, variables):
    import jax

    @jax.jit
    def pure(values, *args):
        with keras.StatelessScope(state_mapping=list(zip(variables, values))):
            return function(*args)

    return lambda *args: pure([variable.value for variable in variables], *args)


@dataclass(frozen=True)
class Machine:
    """What this computer offers to a training run; printed by lesson 00 and `aelearn info`.

    Example:
        >>> describe().num_cores >= 1
        True
    """

    system: str  # operating system and processor, e.g. "Linux x86_64"
    python: str  # version
    backend: str  # "tensorflow", "jax" or "torch", with its version
    keras: str  # version
    num_cores: int  # processors that this process may use
    memory_gib: float | None  # main memory; None where the system does not say
    gpus: tuple[str, ...]  # one name per GPU, empty without


def describe():
    """Look at the computer: processor, memory, GPUs, and the versions at work.

    Returns:
        A `Machine`.

    Example:
        >>> describe().keras == keras.__version__
        True
    """
    backend = keras.backend.backend()
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        backend=f"{backend} {sys.modules[backend].__version__}" if backend in sys.modules else backend,
        keras=keras.__version__,
        num_cores=_num_cores(),
        memory_gib=_memory_gib(),
        gpus=tuple(_gpus()),
    )


def _num_cores():
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows
        return os.cpu_count() or 1


def _memory_gib():
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (AttributeError, ValueError, OSError):  # Windows
        return None


def _gpus():
    if keras.backend.backend() == "tensorflow":
        return [device.name for device in tf.config.list_physical_devices("GPU")]
    if keras.backend.backend() == "torch":  # for which Keras has no list
        import torch

        return [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    return [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]
