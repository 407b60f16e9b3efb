"""What a newcomer does first, in a real browser: run everything, move a slider, stop a training run."""

PICTURE = ".ae-style-panel img.ae-picture"


def test_first_notebook_runs_and_its_slider_changes_the_picture(open_notebook):
    notebook = open_notebook("notebooks/00_start_here.ipynb")
    notebook.run_all(seconds=180)
    first = notebook.find(PICTURE).get_attribute("src")
    alpha = notebook.find(".ae-style-panel .ae-alpha .noUi-handle")
    alpha.press("ArrowLeft")
    second = notebook.picture_changes(PICTURE, first, seconds=10)
    alpha.press("ArrowRight")
    notebook.picture_changes(PICTURE, second, seconds=10)
