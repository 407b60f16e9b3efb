"""A real JupyterLab on a copy of the notebooks, and a real chromium looking at it."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import chromium
import nbformat
import pytest
from nbformat import v4

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 180
OVERRIDES = '{"@jupyterlab/apputils-extension:notification": {"checkForUpdates": false, "fetchNews": "false"}}'


def pytest_collection_modifyitems(items):
    """Marks everything here, and says what to install where there is no browser."""
    reason = chromium.missing()
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(address):
    """Whether the server is up."""
    try:
        with urllib.request.urlopen(address, timeout=2) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    """A folder with a copy of the notebooks, so that nothing a test saves reaches the real ones."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns("outputs", ".*"))
    (folder / "settings").mkdir()
    (folder / "settings" / "overrides.json").write_text(OVERRIDES)
    return folder


@pytest.fixture(scope="session")
def lab(workspace):
    """Starts JupyterLab as `make lab` does; gives a function from a notebook's path to its address."""
    port, token = free_port(), secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    command += [f"--ServerApp.root_dir={workspace}", f"--LabApp.app_settings_dir={workspace / 'settings'}"]
    command += ["--LabApp.expose_app_in_browser=True"]  # the page asks the notebook itself how far it is
    with serving(command, workspace, workspace / "lab", f"http://127.0.0.1:{port}/api/status?token={token}"):
        yield lambda path: f"http://127.0.0.1:{port}/lab/tree/{path}?reset&token={token}"


@pytest.fixture(scope="session")
def studio(workspace):
    """Starts Voilà as `make studio` does; gives the address of the page."""
    folder, port = workspace / "notebooks" / "web", free_port()
    command = [sys.executable, "-m", "voila", "studio.ipynb", "--no-browser", f"--port={port}"]
    with serving(command, folder, workspace / "voila", f"http://127.0.0.1:{port}/voila/templates/lab/static/voila.js"):
        yield f"http://127.0.0.1:{port}/"


@contextlib.contextmanager
def serving(command, folder, home, address):
    """A server in a process of its own, with settings of its own, for as long as it is needed."""
    home.mkdir()
    own = {f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    environment = os.environ | own | {"HOME": str(home), "IPYTHONDIR": str(home / "ipython")}
    log = home / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not answers(address):
            assert server.poll() is None, f"{command[2]} ended:\n{log.read_text()[-2000:]}"
            assert time.monotonic() < deadline, f"{command[2]} did not start:\n{log.read_text()[-2000:]}"
            time.sleep(0.2)
        yield
    finally:
        stop(server)


@pytest.fixture
def save_notebook(workspace):
    """A function that puts a notebook with these cells into the workspace and returns its path there."""

    def save(name, *sources):
        metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
        cells = [v4.new_markdown_cell(s) if s.startswith("#") else v4.new_code_cell(s) for s in sources]
        nbformat.write(v4.new_notebook(cells=cells, metadata=metadata), workspace / "notebooks" / name)
        return f"notebooks/{name}"

    return save


def stop(server):
    """Ends the server and, with its process group, every kernel it started."""
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(server.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    server.wait(10)


@pytest.fixture(scope="session")
def browser():
    """One chromium for all tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.FLAGS)
        yield running
        running.close()


@pytest.fixture
def open_notebook(browser, lab, tmp_path):
    """A function that opens a notebook in a fresh page; a failed test leaves a screenshot behind."""
    from notebook_page import NotebookPage

    pages = []

    def open_it(path):
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        pages.append(page)
        return NotebookPage(page, lab(path))

    yield open_it
    for number, page in enumerate(pages):
        page.screenshot(path=tmp_path / f"page{number}.png")
        page.close()
