"""What a newcomer does first, in a real browser: run everything, move a slider, stop a training run."""

import pytest

PICTURE = ".ae-style-panel img.ae-picture"
DISTORTED, MEASURES = ".ae-loss-panel img.ae-distorted", ".ae-loss-panel .ae-measures"
STATUS = ".ae-training-panel .ae-status"
SECONDS_TO_STOP = 2

TRAINING = """
from aelearn import data
from aelearn.autoencoders import PyramidConfig, build_pyramid
from aelearn.panels import TrainingPanel
from aelearn.training import Crops

photos = [data.load_photo(name, max_side=192) for name in data.photo_names()[:4]]
crops = Crops(photos, size=64, batch_size=8, seed=0)
TrainingPanel(build_pyramid(PyramidConfig(), seed=0), crops, preview=photos[0], steps=100_000)
"""
# Presses Stop and returns the milliseconds until the status says so, measured where the reader sees it.
STOP = """([button, status]) => new Promise((resolve, reject) => {
    const start = performance.now();
    document.querySelector(button).click();
    const look = () => {
        const passed = performance.now() - start;
        if (document.querySelector(status).textContent.includes('stopped')) resolve(passed);
        else if (passed > 30000) reject(new Error(document.querySelector(status).textContent));
        else setTimeout(look, 10);
    };
    look();
})"""


def test_first_notebook_runs_and_its_slider_changes_the_picture(open_notebook):
    notebook = open_notebook("notebooks/00_start_here.ipynb")
    notebook.run_all(seconds=180)
    first = notebook.pixels(PICTURE)
    alpha = notebook.find(".ae-style-panel .ae-alpha .noUi-handle")
    alpha.press("ArrowLeft")
    second = notebook.picture_changes(PICTURE, first, seconds=10)
    alpha.press("ArrowRight")
    notebook.picture_changes(PICTURE, second, seconds=10)


def test_loss_panel_of_lesson_01_answers_in_picture_and_numbers(open_notebook):
    notebook = open_notebook("notebooks/01_loss_functions.ipynb")
    notebook.run_all(seconds=180)
    picture, numbers = notebook.pixels(DISTORTED), notebook.find(MEASURES).inner_text()
    assert "SSIM" in numbers
    notebook.find(".ae-loss-panel .ae-strength .noUi-handle").press("PageUp")
    picture = notebook.picture_changes(DISTORTED, picture, seconds=10)
    assert notebook.find(MEASURES).inner_text() != numbers
    notebook.find(".ae-loss-panel .ae-distortion button >> text=blur").click()
    notebook.picture_changes(DISTORTED, picture, seconds=10)
    assert notebook.state()["error"] is None


@pytest.fixture
def training(save_notebook, open_notebook):
    """A training run of a real model on real photographs, under way."""
    notebook = open_notebook(save_notebook("training.ipynb", TRAINING))
    notebook.run_all(seconds=120)
    notebook.find(".ae-training-panel button.ae-start").click()
    notebook.says(STATUS, "running: step [1-9]", seconds=60)
    return notebook


def test_training_stops_by_its_button_within_two_seconds(training):
    milliseconds = training.page.evaluate(STOP, [".ae-training-panel button.ae-stop", STATUS])
    print(f"stopped after {milliseconds:.0f} ms")
    assert milliseconds < 1000 * SECONDS_TO_STOP
    assert training.state()["kernel"] == "idle"
