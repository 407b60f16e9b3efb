"""The quiet start, seeds, compiled functions and the description of the machine."""

import os
import random
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from aelearn import runtime

import keras  # isort: skip
from keras import ops


def python(code, **environment):
    """Run code in a fresh interpreter; returns the finished process with its output as text."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env=os.environ | environment,
        capture_output=True, text=True, timeout=120,
    )


def test_the_start_prints_nothing_settles_the_backend_and_gives_standard_error_back():
    finished = python(
        """
        import os, sys
        for name in ("KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL", "TF_FORCE_GPU_ALLOW_GROWTH"):
            os.environ.pop(name, None)
        import aelearn.runtime, keras
        assert keras.backend.backend() == "tensorflow"
        assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
        os.write(2, b"low ")
        print("high", file=sys.stderr)
        """
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "low high\n")


def test_building_and_running_a_model_prints_nothing():
    finished = python(
        """
        import numpy as np
        from aelearn.autoencoders import PyramidConfig, build_pyramid
        from aelearn.stylize import Stylizer
        for seed in range(7):  # more than five functions of the same code make TensorFlow suspect a mistake
            stylizer = Stylizer(build_pyramid(PyramidConfig((4,)), seed=seed))
            stylizer(np.zeros((8, 9, 3)), np.ones((9, 8, 3)))
        """
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")


def test_when_the_start_fails_what_was_caught_is_shown():
    # a TensorFlow that says why on its way down
    finished = python(
        """
        import os, sys, types
        class Broken:
            def find_spec(self, name, path=None, target=None):
                if name == "tensorflow":
                    os.write(2, b"libcuda: wrong version\\n")
                    raise ImportError("cannot load tensorflow")
        sys.meta_path.insert(0, Broken())
        import aelearn.runtime
        """,
        KERAS_BACKEND="tensorflow",
    )
    assert finished.returncode == 1
    assert finished.stderr.startswith("libcuda: wrong version\n") and "cannot load tensorflow" in finished.stderr


def test_the_start_works_without_a_standard_error():
    finished = python("import os; os.close(2); import aelearn.runtime; print('fine')")
    assert (finished.returncode, finished.stdout) == (0, "fine\n")


def test_quiet_start_hides_what_is_written_and_replays_it_when_the_start_fails_but_not_on_an_interrupt(capfd):
    with runtime.quiet_start():
        os.write(2, b"hidden")
    assert capfd.readouterr().err == ""
    for error, seen in ((ImportError, "written"), (KeyboardInterrupt, "")):
        with pytest.raises(error), runtime.quiet_start():
            os.write(2, b"written")
            raise error
        assert capfd.readouterr().err == seen


def test_quiet_start_leaves_no_file_open():
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(5):
        with runtime.quiet_start():
            pass
    after = len(os.listdir("/proc/self/fd")) if before else 0
    assert after == before


def test_one_seed_repeats_python_numpy_and_keras():
    def draw(seed):
        runtime.set_seed(seed)
        layer = keras.layers.Dense(1)  # its weights are drawn as well
        return random.random(), np.random.rand(), float(keras.random.normal(())), float(layer(np.ones((1, 3)))[0, 0])

    assert draw(7) == draw(7) != draw(8)


@pytest.mark.parametrize("bad", [-1, 2**32, 1.0, "7", None, True, [1]], ids=repr)
def test_a_seed_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match=r"seed must be an int from 0 to 2\*\*32 - 1; received "):
        runtime.set_seed(bad)


def test_the_ends_of_the_range_are_seeds():
    runtime.set_seed(0)
    runtime.set_seed(2**32 - 1)


def test_a_compiled_function_returns_what_the_function_returns():
    compiled = runtime.compile_function(lambda x, y: ops.tanh(x) @ y)
    x, y = np.random.default_rng(0).normal(size=(2, 3, 3)).astype(np.float32)
    np.testing.assert_allclose(ops.convert_to_numpy(compiled(x, y)), np.tanh(x) @ y, atol=1e-6)


def test_a_compiled_function_sees_weights_that_changed():
    layer = keras.layers.Dense(2, use_bias=False)
    layer.build((None, 3))
    compiled = runtime.compile_function(layer.__call__, layer.variables)
    x = np.ones((1, 3), np.float32)
    for value in (1.0, 5.0):
        layer.set_weights([np.full((3, 2), value)])
        np.testing.assert_allclose(ops.convert_to_numpy(compiled(x)), np.full((1, 2), 3 * value))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tracing by input shape is TensorFlow's")
def test_with_an_input_shape_one_trace_serves_all_sizes():
    traces = []
    compiled = runtime.compile_function(lambda x: traces.append(1) or 2 * x, input_shapes=[(1, None, None, 3)])
    for side in (4, 5, 6):
        assert compiled(np.ones((1, side, 7, 3), np.float32)).shape == (1, side, 7, 3)
    assert len(traces) == 1


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tracing by input shape is TensorFlow's")
@pytest.mark.parametrize("bad", [np.ones((1, 4, 4, 6)), np.ones((4, 4, 3)), "picture"], ids=["width", "axes", "word"])
def test_a_compiled_function_refuses_what_it_is_not_compiled_for(bad):
    # Once compiled, TensorFlow would take twice the channels for a convolution in groups, and return something.
    kernel = ops.ones((3, 3, 3, 2))
    compiled = runtime.compile_function(lambda x: ops.conv(x, kernel), input_shapes=[(1, None, None, 3)])
    assert compiled(ops.ones((1, 4, 4, 3))).shape == (1, 2, 2, 2)
    with pytest.raises((TypeError, ValueError)):
        compiled(bad if isinstance(bad, str) else ops.convert_to_tensor(bad, "float32"))


def test_a_compiled_function_takes_arrays_too():
    compiled = runtime.compile_function(lambda x: 2 * x, input_shapes=[(None, 2)])
    for each in (ops.ones((1, 2)), np.ones((3, 2), np.float32)):
        assert np.asarray(compiled(each)).tolist() == [[2.0, 2.0]] * len(each)


def test_describe_says_what_this_machine_has():
    machine = runtime.describe()
    assert machine.keras == keras.__version__
    assert machine.python == ".".join(map(str, sys.version_info[:3]))
    backend = keras.backend.backend()
    assert machine.backend == f"{backend} {sys.modules[backend].__version__}"
    assert 1 <= machine.num_cores <= os.cpu_count()
    assert machine.system and all(isinstance(name, str) for name in machine.gpus)


@pytest.mark.skipif(not os.path.exists("/proc/meminfo"), reason="needs Linux to have another opinion")
def test_memory_and_cores_are_those_that_linux_reports():
    with open("/proc/meminfo") as file:
        total = int(file.readline().split()[1]) / 2**20  # kB to GiB
    assert runtime.describe().memory_gib == pytest.approx(total, rel=0.01)
    with open("/proc/self/status") as file:
        mask = next(line.split()[1] for line in file if line.startswith("Cpus_allowed:"))
    assert runtime.describe().num_cores == bin(int(mask.replace(",", ""), 16)).count("1")


def test_describe_is_left_without_answers_where_the_system_gives_none(monkeypatch):
    for name in ("sched_getaffinity", "sysconf"):  # as on Windows
        monkeypatch.delattr(os, name)
    assert runtime.describe().memory_gib is None and runtime.describe().num_cores == os.cpu_count()


def test_a_backend_that_was_chosen_is_kept():
    finished = python("import aelearn.runtime, keras, sys; print(keras.backend.backend(), 'tensorflow' in sys.modules)",
                      KERAS_BACKEND="numpy")
    assert finished.stdout == "numpy False\n", finished.stderr


# ---- half precision and the memory of a GPU


@pytest.fixture
def single_precision_afterwards():
    yield
    runtime.use_float32()


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_mixed_precision_multiplies_in_half_and_keeps_the_weights_whole(half, single_precision_afterwards):
    assert runtime.use_mixed_precision(half) == f"mixed_{half}" == runtime.describe().precision
    layer = keras.layers.Dense(2)
    result = layer(np.ones((1, 3), np.float32))
    assert keras.backend.standardize_dtype(result.dtype) == half
    assert layer.kernel.dtype == "float32"
    assert runtime.use_float32() == "float32" == runtime.describe().precision
    assert keras.backend.standardize_dtype(keras.layers.Dense(2)(np.ones((1, 3), np.float32)).dtype) == "float32"


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_training_in_mixed_precision_learns_as_in_single(half, single_precision_afterwards):
    from aelearn.autoencoders import PyramidConfig, build_pyramid
    from aelearn.training import Crops, fit

    pictures = np.random.default_rng(0).uniform(size=(3, 16, 16, 3)).astype(np.float32)
    losses = []
    for precision in ("float32", half):
        runtime.use_float32() if precision == "float32" else runtime.use_mixed_precision(half)
        model = build_pyramid(PyramidConfig((4,)), seed=0)
        history = fit(model, Crops(pictures, size=8, batch_size=4, seed=0), steps=30, report_every=10)
        assert all(np.asarray(weight).dtype == np.float32 for weight in model.get_weights())
        losses.append(history.loss)
    assert losses[0][-1] < 0.9 * losses[0][0]
    np.testing.assert_allclose(losses[1], losses[0], rtol=0.02)


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_painting_in_mixed_precision_is_painting_with_rounding(half, single_precision_afterwards):
    from aelearn.autoencoders import PainterConfig, PyramidConfig, build_painter, build_pyramid
    from aelearn.stylize import Stylizer

    photo, painting = np.random.default_rng(0).uniform(size=(2, 16, 24, 3)).astype(np.float32)
    for build in (lambda: build_pyramid(PyramidConfig((4, 8))), lambda: build_painter(PainterConfig((4, 8)))):
        pictures = []
        for precision in (runtime.use_float32, lambda: runtime.use_mixed_precision(half)):
            precision()
            pictures.append(Stylizer(build())(photo, painting))
        assert pictures[1].dtype == np.float32 and 0 <= pictures[1].min() and pictures[1].max() <= 1
        assert 0 < np.abs(pictures[1] - pictures[0]).mean() < 0.02


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_the_shipped_painter_is_itself_in_mixed_precision(half, single_precision_afterwards):
    # Its codes are far from 0 and vary little: moments of them, measured in half precision, are nothing but rounding.
    from aelearn import Stylizer, data, images

    photo, painting = data.load_photo("astronaut"), data.load_painting("starry_night")
    for side in (96, 160):
        small, pictures = images.resize_image(photo, size=(side, side)), []
        for precision in (runtime.use_float32, lambda: runtime.use_mixed_precision(half)):
            precision()
            pictures.append(Stylizer.load("perceptual")(small, painting))
        assert 0 < 255 * np.abs(pictures[1] - pictures[0]).mean() < 1


def test_without_a_gpu_mixed_precision_is_the_kind_that_needs_no_scaling(monkeypatch, single_precision_afterwards):
    for gpus, kind in (([], "mixed_bfloat16"), (["a GPU"], "mixed_float16")):
        monkeypatch.setattr(runtime, "_gpus", lambda found=gpus: found)
        assert runtime.use_mixed_precision() == kind


@pytest.mark.parametrize("bad", ["mixed", "float32", 16, True], ids=repr)
def test_a_half_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match="half must be 'float16', 'bfloat16' or None; received"):
        runtime.use_mixed_precision(bad)
    assert keras.config.dtype_policy().name == "float32"


def test_memory_of_a_gpu_grows_unless_the_reader_wants_all_of_it():
    code = "from aelearn import runtime; print(runtime.describe().memory_growth)"
    finished = [python(code, TF_FORCE_GPU_ALLOW_GROWTH=value) for value in ("true", "false")]
    assert [one.stdout for one in finished] == ["True\n", "False\n"]


@pytest.fixture
def single_convolutions_afterwards():
    yield
    runtime.use_bfloat16_convolutions(False)


def test_convolutions_are_rounded_where_it_is_asked_for_and_nothing_else_is(single_convolutions_afterwards):
    random = np.random.default_rng(0)
    x, kernel, matrix = (random.normal(size=shape).astype(np.float32)
                         for shape in ((1, 64, 64, 32), (3, 3, 32, 32), (64, 64)))

    def both(x):
        return keras.ops.conv(x, kernel, padding="same"), keras.ops.matmul(x[0, :, :, 0], matrix)

    results = []
    for on in (False, True, False):
        runtime.use_bfloat16_convolutions(on)
        results.append([np.asarray(each) for each in runtime.compile_function(lambda x: both(x))(x)])
    (whole, product), (rounded, same), again = results
    np.testing.assert_allclose(rounded, whole, atol=0.02 * whole.std())
    np.testing.assert_array_equal(same, product)
    np.testing.assert_array_equal(again[0], whole)
    cpu = Path("/proc/cpuinfo")
    if cpu.exists() and "avx512_bf16" in cpu.read_text():
        assert np.abs(rounded - whole).max() > 1e-4 * whole.std()


def test_another_backend_has_no_bfloat16_convolutions(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(RuntimeError, match="^bfloat16 convolutions need the TensorFlow backend; this is jax"):
        runtime.use_bfloat16_convolutions()
