"""The harness itself, on a notebook with plain widgets: a failure here is not the fault of a panel."""

import pytest

SLIDER = """
import io
import ipywidgets as widgets
import numpy as np
from PIL import Image

def png(value):
    file = io.BytesIO()
    Image.fromarray(np.full((32, 32, 3), value, np.uint8)).save(file, "png")
    return file.getvalue()

slider = widgets.IntSlider(value=5, min=0, max=10, description="alpha").add_class("ae-alpha")
image = widgets.Image(value=png(50)).add_class("ae-picture")
slider.observe(lambda change: setattr(image, "value", png(10 * change.new)), "value")
widgets.VBox([slider, image]).add_class("ae-style-panel")
"""


def padding(start):
    return [f"## {n}\n\n" + "text\n\n" * 20 for n in range(start, start + 12)]


def test_a_slider_moved_by_the_keyboard_changes_a_picture(save_notebook, open_notebook):
    notebook = open_notebook(save_notebook("slider.ipynb", *padding(0), SLIDER, *padding(12)))
    notebook.run_all(seconds=60)
    before = notebook.pixels(".ae-style-panel img.ae-picture")
    notebook.find(".ae-style-panel .ae-alpha .noUi-handle").press("ArrowRight")
    notebook.picture_changes(".ae-style-panel img.ae-picture", before, seconds=10)


def test_a_failing_cell_is_reported(save_notebook, open_notebook):
    notebook = open_notebook(save_notebook("failing.ipynb", "1 / 0", "1"))
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        notebook.run_all(seconds=60)
