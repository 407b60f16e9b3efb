"""Scripts on Keras' other backends: each in a process of its own, since a process has one backend for life."""

import importlib.util
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
OTHERS = {"jax": "test", "torch": "torch"}  # backend: the extra that brings it


def require(backend):
    """Skips where a backend is missing, and says how to get it; fails where tests must be complete."""
    if importlib.util.find_spec(backend) is None:
        missing = pytest.fail if os.environ.get("CI") == "true" and OTHERS[backend] == "test" else pytest.skip
        missing(f"{backend} is not installed: pip install -c constraints.txt '.[{OTHERS[backend]}]'")


def run(backend, script, argument):
    """What a script prints in its last line, read as JSON, after it has run on one backend."""
    environment = os.environ | {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(argument)], cwd=ROOT, env=environment,
        capture_output=True, text=True, timeout=600,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout.splitlines()[-1])


def journey(backend, script, folder):
    """Facts and arrays of a script that prints the ones and writes the others to `arrays.npz` in its folder."""
    folder.mkdir()
    facts = run(backend, script, folder)
    with np.load(folder / "arrays.npz") as file:
        return facts, dict(file)


def fixtures(script, name):
    """Two fixtures of a module: a script's journey on TensorFlow, and on every other backend in turn."""

    @pytest.fixture(scope="module")
    def tensorflow(tmp_path_factory):
        return journey("tensorflow", script, tmp_path_factory.mktemp(name) / "tensorflow")

    @pytest.fixture(scope="module", params=OTHERS)
    def other(request, tmp_path_factory):
        require(request.param)
        return journey(request.param, script, tmp_path_factory.mktemp(name) / request.param)

    return tensorflow, other
