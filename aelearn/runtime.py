"""The machine underneath: a quiet start of Keras, seeds, compiled functions, devices, and what this computer has.

Import this module before keras. It is the only one that knows which backend is at work.
"""

import os
import platform
import sys
import tempfile
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache

if not os.environ.get("KERAS_BACKEND"):  # absent, or set to nothing
    os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Without these, every open notebook kernel takes the whole memory of the GPU. Set them yourself to have it so.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
# On a GPU float32 shall mean float32. TF32 keeps three digits of it, and a covariance whose eigenvalues lie a
# thousandfold apart needs more. Mixed precision is the way to what it would gain.
os.environ.setdefault("JAX_DEFAULT_MATMUL_PRECISION", "highest")


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
        tf.config.experimental.enable_tensor_float_32_execution(False)
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


def use_mixed_precision(half=None):
    """Build what follows for half precision: multiplied in 16 bits, weights kept in 32. Half the memory on a GPU.

    Only models built from now on are concerned. `float16` is finer and has a small range, so that `fit` scales the
    loss while it trains; `bfloat16` is coarser and has the range of float32. On processors without instructions for
    them, both are slower than float32.
    Reference: Micikevicius et al. 2018, "Mixed precision training".

    Args:
        half: "float16" or "bfloat16"; None for float16 on a GPU and bfloat16 without.

    Returns:
        str, the name of Keras' policy.

    Raises:
        ValueError: if `half` is anything else.

    Example:
        >>> use_mixed_precision("bfloat16"), use_float32()
        ('mixed_bfloat16', 'float32')
    """
    if half not in (None, "float16", "bfloat16"):
        raise ValueError(f"half must be 'float16', 'bfloat16' or None; received {half!r}")
    half = half or ("float16" if _gpus() else "bfloat16")
    return _use_policy(f"mixed_{half}")


def use_float32():
    """Build what follows in single precision, as it was before `use_mixed_precision`.

    Returns:
        str, the name of Keras' policy.

    Example:
        >>> use_float32()
        'float32'
    """
    return _use_policy("float32")


def use_bfloat16_convolutions(on=True):
    """Multiply the convolutions of compiled functions in bfloat16, on TensorFlow and a processor that has the numbers.

    Unlike mixed precision it changes no layer, and products of matrices, such as covariances and maps, stay in single
    precision. TensorFlow may round what stands between two convolutions as well: a loss is then right to three digits.
    It is for training on a processor with AVX512_BF16; on others it gains nothing.

    Args:
        on: bool, False to have all in single precision again.

    Raises:
        RuntimeError: on another backend than TensorFlow.

    Example:
        >>> use_bfloat16_convolutions(False)
    """
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(f"bfloat16 convolutions need the TensorFlow backend; this is {keras.backend.backend()}")
    os.environ["TF_AUTO_MIXED_PRECISION_GRAPH_REWRITE_ALLOWLIST_REMOVE"] = "MatMul,BatchMatMul,BatchMatMulV2,Einsum"
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": bool(on)})


def _use_policy(name):
    keras.config.set_dtype_policy(name)
    return name


def compile_function(function, variables=(), *, input_shapes=None):
    """Trace `function` once and run the fused graph afterwards, on whichever backend is active.

    Args:
        function: takes and returns backend tensors.
        variables: the `keras.Variable`s that it reads. JAX needs them named, or it would keep their first values.
        input_shapes: list with the shape of every argument, all float32, None where a size may change. With it,
            TensorFlow traces once for all sizes, and what comes out is float32 too, in whatever precision the
            function works.

    Returns:
        A function with the same arguments. On PyTorch, and anything unknown, nothing is compiled.

    Example:
        >>> double = compile_function(lambda x: 2 * x)
        >>> float(double(keras.ops.ones(())))
        2.0
    """
    backend = keras.backend.backend()
    function = function if input_shapes is None else _in_float32(function)
    if backend == "tensorflow":
        if input_shapes is None:
            return tf.function(function, autograph=False, reduce_retracing=True)
        signature = [tf.TensorSpec(shape, tf.float32) for shape in input_shapes]
        traced = tf.function(function, autograph=False, input_signature=signature)
        concrete = cache(traced.get_concrete_function)
        # Called without TensorFlow's own long look at the arguments: 0.2 ms less. What does not fit goes the usual way.
        return lambda *args: (concrete() if all(map(_fits, args, signature)) else traced)(*args)
    if backend == "jax":
        return _compile_for_jax(function, list(variables))
    return function


@contextmanager
def all_devices():
    """Within it, models are built so that all devices of this process, or of all workers, train them together.

    With TensorFlow this is `tf.distribute.MirroredStrategy`, with JAX `keras.distribution.DataParallel`: every device
    holds a copy of the weights and sees a part of every batch. Devices are the GPUs; where there is none, processors.

    Yields:
        int, the number of devices.

    Raises:
        ValueError: if the backend is neither of the two.

    Example:
        >>> with all_devices() as number:
        ...     number >= 1
        True
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        strategy = _mirrored_strategy()
        with strategy.scope():
            yield strategy.num_replicas_in_sync
    elif backend == "jax":
        # Every worker reads its own part of a batch (see training.distribute), so Keras need not cut it again.
        distribution = keras.distribution.DataParallel(auto_shard_dataset=False)
        with distribution.scope():
            yield distribution.device_mesh.devices.size
    else:
        raise ValueError(f"training on several devices needs KERAS_BACKEND tensorflow or jax; received {backend!r}")


@cache
def _mirrored_strategy():
    # One for the life of the process: a second one's messages between devices are taken for those of the first.
    with quiet_start():
        return tf.distribute.MirroredStrategy()


def num_replicas(model):
    """How many devices a batch is divided among while `model` trains: 1 unless it was built in `all_devices`.

    Example:
        >>> from aelearn.autoencoders import build_pyramid
        >>> num_replicas(build_pyramid())
        1
    """
    if keras.backend.backend() == "tensorflow":
        return model.distribute_strategy.num_replicas_in_sync
    distribution = keras.distribution.distribution()
    return 1 if distribution is None else distribution.device_mesh.devices.size


def scope_of(model):
    """The scope in which the optimizer of `model` is to be built, so that its variables are where the weights are.

    Example:
        >>> from aelearn.autoencoders import build_pyramid
        >>> with scope_of(build_pyramid()):
        ...     optimizer = keras.optimizers.Adam()
    """
    return model.distribute_strategy.scope() if keras.backend.backend() == "tensorflow" else nullcontext()


def mean_over_devices(tensors):
    """The mean of what the devices of a `MirroredStrategy` hold, each its own, while they take a step.

    Args:
        tensors: list of tensors; None stays None.

    Returns:
        list of tensors, the same on all devices.

    Example:
        >>> [each if each is None else float(each) for each in mean_over_devices([tf.ones(()), None])]
        [1.0, None]
    """
    context = tf.distribute.get_replica_context()
    mean = iter(context.all_reduce(tf.distribute.ReduceOp.MEAN, [each for each in tensors if each is not None]))
    return [None if each is None else next(mean) for each in tensors]


_worker = 0, 1  # which one this process is, of how many; asking JAX would start it, and then nobody could join


def join_workers(addresses, index):
    """Make this process one of several that train together. Before anything is computed; Keras' JAX backend only.

    Keras' `fit` fails under TensorFlow's own `MultiWorkerMirroredStrategy` (keras issue 20585: the batches that it
    hands out cannot be looked at before they are on their devices), so several machines need JAX.

    Args:
        addresses: list of str "host:port", one per worker, the same list for all; they meet at the first.
        index: int, which of them is this one.

    Raises:
        ValueError: if the backend is not JAX.
        RuntimeError: if something has been computed before, or the others do not come within five minutes.

    Example:
        >>> join_workers(["localhost:4000"], 0)
        Traceback (most recent call last):
        ValueError: training on several machines needs Keras' JAX backend: set KERAS_BACKEND=jax; received 'tensorflow'
    """
    backend = keras.backend.backend()
    if backend != "jax":
        raise ValueError(
            f"training on several machines needs Keras' JAX backend: set KERAS_BACKEND=jax; received {backend!r}"
        )
    global _worker
    try:
        keras.distribution.initialize(addresses[0], len(addresses), index)
    except RuntimeError as error:
        raise RuntimeError(f"worker {index} could not join the others at {addresses[0]}: {error}") from error
    _worker = index, len(addresses)


def worker():
    """Which worker this process is, and how many there are: `(0, 1)` unless it joined others.

    Example:
        >>> worker()
        (0, 1)
    """
    return _worker


def from_all_workers(number):
    """What every worker holds under this name, as a list with one entry per worker. All of them must ask.

    Example:
        >>> from_all_workers(7)
        [7]
    """
    if worker()[1] == 1:
        return [number]
    from jax.experimental.multihost_utils import process_allgather

    return [int(each) for each in process_allgather(number)]


def _fits(tensor, wanted):
    return tf.is_tensor(tensor) and tensor.dtype == wanted.dtype and wanted.shape.is_compatible_with(tensor.shape)


def _in_float32(function):
    # NumPy knows no bfloat16, and a second function compiled for float32 would not take it.
    def whole(tensor):
        half = keras.backend.standardize_dtype(tensor.dtype) in ("float16", "bfloat16")
        return keras.ops.cast(tensor, "float32") if half else tensor

    return lambda *args: keras.tree.map_structure(whole, function(*args))


def _compile_for_jax(function, variables):
    import jax

    @jax.jit
    def pure(values, *args):
        with keras.StatelessScope(state_mapping=list(zip(variables, values)), collect_losses=True):
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
    precision: str = "float32"  # of models built now: "float32", "mixed_float16" or "mixed_bfloat16"
    memory_growth: bool = True  # whether a GPU's memory is taken as it is needed, not all at once


def describe():
    """Look at the computer: processor, memory, GPUs, and the versions and settings at work.

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
        precision=keras.config.dtype_policy().name,
        memory_growth=_memory_growth(),
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


def _memory_growth():
    # PyTorch never takes more than it needs.
    if keras.backend.backend() == "tensorflow":
        return os.environ["TF_FORCE_GPU_ALLOW_GROWTH"].lower() in ("1", "true")
    return keras.backend.backend() != "jax" or os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"].lower() in ("0", "false")


def has_gpu():
    """Whether the backend sees a GPU.

    Example:
        >>> has_gpu() == bool(describe().gpus)
        True
    """
    return bool(_gpus())


def _gpus():
    if keras.backend.backend() == "tensorflow":
        return [device.name for device in tf.config.list_physical_devices("GPU")]
    if keras.backend.backend() == "torch":  # for which Keras has no list
        import torch

        return [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    return [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]
