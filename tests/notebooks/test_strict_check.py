"""The strict check itself: what it lets pass, what it does not, seen on notebooks made for it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parents[2]


def result(text):
    return new_output("execute_result", {"text/plain": text}, execution_count=1)


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


FINE = {
    "the same": ("1 + 1", result("2")),
    "another warning": ("import sys\nprint('new', file=sys.stderr)", stream("old", "stderr")),
    "a warning that was not kept": ("import sys\nprint('new', file=sys.stderr)",),
    "another address and time": ("print(object(), '3.4 s')", stream("<object object at 0x7f0123456789> 12 s\n")),
}
WRONG = {
    "another number": ("1 + 1", result("3")),
    "an output that is gone": ("x = 1", stream("1\n")),
    "an output that is new": ("print(1)",),
}
HIDDEN_TIMEOUT = {
    "slow": ("import time\ntry:\n    time.sleep(60)\nexcept BaseException:\n    pass",),
    "let off": ("1 + 1", result("3")),
}
NOTEBOOKS = {"fine": FINE, "wrong": WRONG, "timeout": HIDDEN_TIMEOUT}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """One run over all notebooks: its exit status and what it printed."""
    folder = tmp_path_factory.mktemp("strict")
    shutil.copy(ROOT / "conftest.py", folder)
    for name, cells in NOTEBOOKS.items():
        made = [new_code_cell(source, outputs=list(outputs), execution_count=1) for source, *outputs in cells.values()]
        nbformat.write(new_notebook(cells=made), folder / f"{name}.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", ".", "--nbval-current-env", "-rA", "-p", "no:cacheprovider"]
    command += ["--nbval-sanitize-with", str(ROOT / "tests" / "nbval_sanitize.cfg"), "--nbval-cell-timeout", "3"]
    return run(command, folder)


def run(command, folder):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


def outcome(report, name, cell):
    number = list(NOTEBOOKS[name]).index(cell)
    found = re.findall(rf"^([A-Z]+) \S*{name}\.ipynb::Cell {number}\b", report.stdout, re.MULTILINE)
    assert len(found) == 1, report.stdout[-3000:]
    return found[0]


@pytest.mark.parametrize("cell", FINE)
def test_strict_check_lets_through(report, cell):
    assert outcome(report, "fine", cell) == "PASSED"


@pytest.mark.parametrize("cell", WRONG)
def test_strict_check_catches(report, cell):
    assert outcome(report, "wrong", cell) == "FAILED"


def test_cells_let_off_after_a_timeout_are_named(report):
    assert "not settled" in report.stdout
    assert report.returncode == 1


def test_a_cell_let_off_fails_the_run_by_itself(tmp_path):
    shutil.copy(ROOT / "conftest.py", tmp_path)
    (tmp_path / "test_x.py").write_text("import pytest\n@pytest.mark.xfail\ndef test_x():\n    assert 0\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_x.py"]
    assert run(command, tmp_path).returncode == 0
    assert run([*command, "--nbval"], tmp_path).returncode == 1
