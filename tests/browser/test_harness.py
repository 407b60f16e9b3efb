"""The harness itself, on a notebook with plain widgets: a failure here is not the fault of a panel."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

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


def save(workspace, name, *cells):
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(new_notebook(cells=list(cells), metadata=metadata), workspace / "notebooks" / name)
    return f"notebooks/{name}"


def padding():
    return [new_markdown_cell(f"## {n}\n\n" + "text\n\n" * 20) for n in range(12)]


def test_a_slider_moved_by_the_keyboard_changes_a_picture(workspace, open_notebook):
    path = save(workspace, "slider.ipynb", *padding(), new_code_cell(SLIDER), *padding())
    notebook = open_notebook(path)
    notebook.run_all(seconds=60)
    before = notebook.find(".ae-style-panel img.ae-picture").get_attribute("src")
    notebook.find(".ae-style-panel .ae-alpha .noUi-handle").press("ArrowRight")
    notebook.picture_changes(".ae-style-panel img.ae-picture", before, seconds=10)


def test_a_failing_cell_is_reported(workspace, open_notebook):
    path = save(workspace, "failing.ipynb", new_code_cell("1 / 0"), new_code_cell("1"))
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        open_notebook(path).run_all(seconds=60)
