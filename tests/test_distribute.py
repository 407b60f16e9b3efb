"""Training on several devices and machines takes the steps of one device, and survives the death of a worker."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap

import backends
import numpy as np
import pytest

from aelearn import runtime
from aelearn.training import Batches, Crops
from aelearn.training.distribute import WorkersPart, check_workers_agree, distribute, read_cluster

import keras  # isort: skip

# Train on one device, then the same on two, and print both histories. The norms of the gradients are above and below
# 1, where they are clipped; the pictures for validation do not divide by two.
ONE_AND_TWO = """
    import json, os, sys
    if os.environ["KERAS_BACKEND"] == "tensorflow":
        import tensorflow as tf
        two = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], two)
    from aelearn.autoencoders import DenseConfig, Objective, PyramidConfig, build_dense, build_pyramid
    from aelearn.training import Batches, Crops, fit
    from aelearn.training.distribute import distribute
    import numpy as np

    pictures = np.random.default_rng(0).uniform(size=(9, 16, 16, 3)).astype(np.float32)
    facts = {"devices": [], "losses": {}, "validation": {}}
    models = {
        "pyramid": (lambda: build_pyramid(PyramidConfig((4, 8))), Crops(pictures, size=8, batch_size=4, seed=0)),
        "sparse": (lambda: build_dense(DenseConfig((16, 16, 3), (), 4), objective=Objective("mse", "l1", "code", 0.1)),
                   Batches(pictures, batch_size=4, seed=0, targets=1 - pictures)),
    }
    for name, (build, crops) in models.items():
        for strategy in ("none", "mirrored"):
            with distribute(strategy) as devices:
                history = fit(build(), crops, steps=8, report_every=2, learning_rate=1e-2, validation=pictures[:3],
                              checkpoint=f"{sys.argv[1]}/{name} {strategy}.npz")
            facts["devices"].append(devices)
            facts["losses"].setdefault(name, []).append(history.loss)
            facts["validation"].setdefault(name, []).append(history.validation)
    with distribute("mirrored"):
        model = build_pyramid(PyramidConfig((4, 8)))
        try:
            fit(model, Crops(pictures, size=8, batch_size=3, seed=0), steps=1)
        except ValueError as error:
            facts["odd"] = str(error)
    # what two devices began, one goes on with
    build, crops = models["pyramid"]
    begun = f"{sys.argv[1]}/pyramid mirrored.npz"
    facts["resumed"] = fit(build(), crops, steps=8, checkpoint=begun, validation=pictures[:3]).loss
    print(json.dumps(facts))
"""


@pytest.mark.parametrize("backend", ["tensorflow", pytest.param("jax", marks=pytest.mark.jax)])
def test_two_devices_take_the_steps_of_one(backend, tmp_path, monkeypatch):
    if backend != "tensorflow":
        backends.require(backend)
    monkeypatch.setenv("XLA_FLAGS", "--xla_force_host_platform_device_count=2")
    facts = backends.run(backend, ONE_AND_TWO, tmp_path)
    assert facts["devices"] == [1, 2, 1, 2]
    for name in ("pyramid", "sparse"):
        for kind in ("losses", "validation"):
            one, two = facts[kind][name]
            assert len(one) == 4 and one[-1] != one[0]
            np.testing.assert_allclose(two, one, rtol=1e-5)
    assert facts["odd"] == "batch_size must be a multiple of the number of devices, 2; received 3"
    assert facts["resumed"] == facts["losses"]["pyramid"][1]
    for name in ("pyramid", "sparse"):  # the weights as well, not only what was measured
        one, two = (checkpoint(tmp_path / f"{name} {strategy}.npz") for strategy in ("none", "mirrored"))
        assert one.keys() == two.keys()
        for key in one:
            np.testing.assert_allclose(two[key], one[key], rtol=1e-3, atol=1e-5, err_msg=f"{name} {key}")


def checkpoint(path):
    """The weights and the optimizer's variables that a checkpoint holds."""
    with np.load(path) as file:
        return {key: file[key] for key in file.files if key.startswith(("now", "optimizer"))}


# ---- several machines, here two processes that talk over the loopback

WORKER = """
    import json, sys, time
    from aelearn.autoencoders import PyramidConfig, build_pyramid
    from aelearn.training import Crops, fit
    from aelearn.training.distribute import distribute
    import numpy as np

    strategy, checkpoint, pause_at = sys.argv[1], sys.argv[2], int(sys.argv[3])
    def report(history):
        print("steps", *history.steps, flush=True)
        if history.steps[-1] == pause_at:
            time.sleep(600)  # until it is killed

    pictures = np.random.default_rng(0).uniform(size=(3, 16, 16, 3)).astype(np.float32)
    with distribute(strategy):
        crops = Crops(pictures, size=8, batch_size=4, seed=0)
        history = fit(build_pyramid(PyramidConfig((4,))), crops, steps=12, report_every=4, checkpoint=checkpoint,
                      on_report=report, validation=pictures)
    print(json.dumps([history.loss, history.validation]))
"""


def start(index, cluster, folder, *arguments):
    """A worker as a process: number `index` of the addresses in `cluster`."""
    settings = {
        "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "",
        "TF_CONFIG": json.dumps({"cluster": {"worker": cluster}, "task": {"type": "worker", "index": index}}),
        # the same functions are compiled in all of these processes
        "JAX_COMPILATION_CACHE_DIR": str(folder / "cache"), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WORKER), *map(str, arguments)], cwd=backends.ROOT,
        env=os.environ | settings, text=True, stdout=subprocess.PIPE, stderr=(folder / f"{index}.log").open("w"),
    )


def two_addresses():
    """Two ports of this machine that nobody uses."""
    with socket.socket() as one, socket.socket() as two:
        for each in (one, two):
            each.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{each.getsockname()[1]}" for each in (one, two)]


def last_line(process, folder):
    """What a process printed last, read as JSON, once it has ended."""
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 0, (folder / "0.log").read_text() + (folder / "1.log").read_text()
    return json.loads(output.splitlines()[-1])


@pytest.mark.jax
def test_a_killed_worker_is_started_again_and_the_run_ends_as_if_nothing_had_happened(tmp_path):
    backends.require("jax")
    expected = last_line(start(0, ["unused:1"], tmp_path, "none", tmp_path / "alone.npz", 0), tmp_path)
    shared, cluster = tmp_path / "shared.npz", two_addresses()
    workers = [start(index, cluster, tmp_path, "multiworker", shared, 8) for index in range(2)]
    try:
        for worker in workers:  # both have taken step 8, and the first has written it down
            lines = (line for line in worker.stdout if line.startswith("steps"))  # Gloo says something as well
            assert list(itertools.islice(lines, 2)) == ["steps 4\n", "steps 4 8\n"], (tmp_path / "0.log").read_text()
    finally:
        for worker in reversed(workers):  # the one that is missing, then the one that waits for it in vain
            worker.send_signal(signal.SIGKILL)
            worker.communicate()
    with np.load(shared) as file:
        assert json.loads(str(file["header"]))["step"] == 8
    cluster = two_addresses()
    workers = [start(index, cluster, tmp_path, "multiworker", shared, 0) for index in range(2)]
    results = [last_line(worker, tmp_path) for worker in workers]
    assert results[0] == results[1] and len(results[0][0]) == 3
    np.testing.assert_allclose(results[0], expected, rtol=1e-5)


# ---- the parts


def test_the_parts_of_all_workers_are_the_whole_batch():
    pictures = np.random.default_rng(0).uniform(size=(12, 4, 4, 1)).astype(np.float32)
    crops = Crops(pictures, size=2, batch_size=6, seed=3)
    crops.first_step, crops.num_steps = 7, 2
    parts = [WorkersPart(crops, index, 3) for index in range(3)]
    assert [len(part) for part in parts] == [2, 2, 2]
    np.testing.assert_array_equal(np.concatenate([part[1] for part in parts]), crops[1])
    pairs = Batches(pictures, batch_size=6, seed=3, targets=1 - pictures)
    inputs, targets = WorkersPart(pairs, 1, 2)[0]
    np.testing.assert_array_equal(inputs, pairs[0][0][3:])
    np.testing.assert_array_equal(targets, 1 - inputs)


def test_a_cluster_is_read_with_its_chief_first():
    cluster = {"chief": ["c:1"], "worker": ["a:1", "b:2"], "ps": ["ignored:3"]}
    tasks = [("chief", 0), ("worker", 0), ("worker", 1)]
    for place, (kind, index) in enumerate(tasks):
        text = json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})
        assert read_cluster(text) == (["c:1", "a:1", "b:2"], place)


CLUSTER = {"worker": ["a:1", "b:2"]}


@pytest.mark.parametrize(
    "bad", [
        None, "", "{", "[]", "3", '{"cluster": {}}', json.dumps({"cluster": CLUSTER}),
        json.dumps({"cluster": CLUSTER, "task": {"type": "worker", "index": 2}}),
        json.dumps({"cluster": CLUSTER, "task": {"type": "worker", "index": -1}}),
        json.dumps({"cluster": CLUSTER, "task": {"type": "worker", "index": "0"}}),
        json.dumps({"cluster": CLUSTER, "task": {"type": "ps", "index": 0}}),
        json.dumps({"cluster": {"worker": ["a", "b"]}, "task": {"type": "worker", "index": 0}}),
        json.dumps({"cluster": {"worker": 3}, "task": {"type": "worker", "index": 0}}),
    ],
)  # fmt: skip
def test_what_describes_no_cluster_is_refused_with_an_example(bad, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if bad is not None:
        monkeypatch.setenv("TF_CONFIG", bad)
    with pytest.raises(ValueError, match=r"TF_CONFIG must say .* such as \{.*\}; received") as caught:
        with distribute("multiworker"):
            pass
    assert "\n" not in str(caught.value) and ("received nothing" in str(caught.value)) == (bad is None)


@pytest.mark.parametrize("bad", ["both", "", None, 2, ["mirrored"]], ids=repr)
def test_an_unknown_strategy_is_refused(bad):
    with pytest.raises(ValueError, match="strategy must be one of none, mirrored, multiworker; received"):
        with distribute(bad):
            pass


def test_several_machines_need_jax_and_several_devices_one_of_two_backends(monkeypatch):
    text = json.dumps({"cluster": CLUSTER, "task": {"type": "worker", "index": 0}})
    monkeypatch.setenv("TF_CONFIG", text)
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ValueError, match="needs Keras' JAX backend: set KERAS_BACKEND=jax; received 'torch'"):
        with distribute("multiworker"):
            pass
    with pytest.raises(ValueError, match="needs KERAS_BACKEND tensorflow or jax; received 'torch'"):
        with distribute("mirrored"):
            pass


def test_workers_that_stand_at_different_steps_do_not_go_on(monkeypatch):
    check_workers_agree(40)
    monkeypatch.setattr(runtime, "from_all_workers", lambda step: [step, 20])
    with pytest.raises(ValueError, match=r"a disk that all workers see; received steps \[40, 20\], one per worker"):
        check_workers_agree(40)
