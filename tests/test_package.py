"""What `import aelearn` offers at the door; test_architecture.py holds that it loads nothing heavy."""

import importlib.metadata
import subprocess
import sys

import pytest

import aelearn


def test_the_three_names_are_those_of_their_modules():
    from aelearn import images, stylize

    assert aelearn.Stylizer is stylize.Stylizer
    assert aelearn.load_image is images.load_image and aelearn.save_image is images.save_image


def test_pictures_can_be_read_and_written_without_keras():
    code = (
        "import sys, aelearn; aelearn.load_image, aelearn.save_image; "
        "print([name for name in ('keras', 'tensorflow', 'jax', 'matplotlib') if name in sys.modules])"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (finished.stdout, finished.stderr) == ("[]\n", "")


def test_dir_lists_what_can_be_had_once_and_in_order():
    names = dir(aelearn)
    assert {*aelearn.__all__, "__version__"} <= set(names)
    assert names == sorted(set(names))
    assert all(hasattr(aelearn, name) for name in names)


def test_an_unknown_name_is_an_attribute_error_as_in_any_module():
    with pytest.raises(AttributeError, match="module 'aelearn' has no attribute 'Stylist'"):
        aelearn.Stylist  # noqa: B018
    assert not hasattr(aelearn, "__wrapped__")
    with pytest.raises(ImportError, match="cannot import name 'Stylist'"):
        exec("from aelearn import Stylist")


def test_star_import_brings_the_three_names_and_no_more():
    names = {}
    exec("from aelearn import *", names)
    assert set(names) - {"__builtins__"} == set(aelearn.__all__)


def test_the_version_is_that_of_the_installed_package():
    assert aelearn.__version__ == importlib.metadata.version("aelearn")
