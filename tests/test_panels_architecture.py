"""ArchitecturePanel: the drawing is that of the sliders, over their full range, and no model is built for it."""

import gc
import io
import itertools

import ipywidgets as widgets
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ipywidgets.widgets.widget import _instances

from aelearn import images, plots
from aelearn.autoencoders import (
    ConvolutionalConfig,
    DenseConfig,
    RepairedConfig,
    TextbookConfig,
    build_convolutional,
    build_dense,
    build_repaired,
    build_textbook,
    layer_table,
    outline,
    outlined_field,
    receptive_field,
)
from aelearn.panels import ArchitecturePanel
from aelearn.panels import architecture as module

import keras  # isort: skip

SOON = 120  # seconds; generous, for machines that do other things as well
BUILDERS = {"convolutional": build_convolutional, "dense": build_dense, "repaired": build_repaired,
            "textbook": build_textbook}


@pytest.fixture
def panel():
    panel = ArchitecturePanel((16, 32, 1))
    yield panel
    panel.settle(SOON)  # a thread that still draws when Python ends brings it down
    panel.close()


@pytest.fixture(scope="module")
def colour():
    panel = ArchitecturePanel((32, 32, 3))
    yield panel
    panel.settle(SOON)
    panel.close()


def shown(panel):
    return images.load_image(io.BytesIO(panel.picture.value))


def expected(panel):
    figure = plots.architecture(outline(panel.config), field=outlined_field(panel.config), title=panel.kind)
    return images.load_image(io.BytesIO(plots.encode_figure(figure)))


def assert_shows_its_settings(panel):
    assert panel.settle(SOON)
    assert panel.status.value.endswith("nothing has been built yet"), panel.status.value
    assert panel.table == outline(panel.config)
    np.testing.assert_array_equal(shown(panel), expected(panel))


def test_the_first_drawing_is_there_as_soon_as_the_panel_is(panel):
    assert panel.num_draws == 1
    assert_shows_its_settings(panel)


@pytest.mark.parametrize("kind", module.KINDS)
def test_every_kind_is_drawn(panel, kind):
    panel.kind = kind
    assert_shows_its_settings(panel)


@pytest.mark.parametrize("control, value", [
    *itertools.product(["channels"], module.CHANNELS), *itertools.product(["depth"], (1, 2, 3)),
    *itertools.product(["code"], (1, 2, 4, 8)),
])
def test_every_slider_works_over_its_full_range(panel, control, value):
    panel.depth = 2
    setattr(panel, control, value)
    assert getattr(panel, control) == value
    assert_shows_its_settings(panel)


def test_the_config_is_what_the_tooltips_promise(panel):
    panel.channels, panel.units, panel.depth, panel.code = 8, 64, 3, 2
    expected = {
        "convolutional": ConvolutionalConfig((16, 32, 1), (8, 16, 32), 2),
        "repaired": RepairedConfig((16, 32, 1), 2, (8, 16, 32)),
        "dense": DenseConfig((16, 32, 1), (64, 32, 16), 2),
        "textbook": TextbookConfig((16, 32, 1), 2),
    }
    for kind, config in expected.items():
        panel.kind = kind
        assert panel.config == config


@pytest.mark.parametrize("units", module.UNITS)
@pytest.mark.parametrize("depth", (1, 3))
def test_the_sliders_of_a_dense_model_work_over_their_full_range(panel, units, depth):
    panel.kind, panel.units, panel.depth = "dense", units, depth
    assert_shows_its_settings(panel)
    widths = [row.shape[0] for row in panel.table.half("encoder") if row.kind == "dense"]
    assert widths[:-1] == [units // 2**index for index in range(depth)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(module.KINDS), channels=st.sampled_from((4, 8)), units=st.sampled_from((32, 64)),
       depth=st.integers(1, 4), code=st.sampled_from(module.CODES[:6]))
def test_what_the_panel_says_is_what_the_real_model_has(colour, kind, channels, units, depth, code):
    colour.kind, colour.channels, colour.units, colour.depth, colour.code = kind, channels, units, depth, code
    assert colour.settle(SOON)
    if "No such model" in colour.status.value:
        with pytest.raises(ValueError):
            colour.config  # noqa: B018
        return
    model = BUILDERS[kind](colour.config)
    assert colour.table == layer_table(model) and colour.table.parameters == model.count_params()
    assert outlined_field(colour.config) == receptive_field(model.encoder)


@pytest.mark.parametrize("kind, listening", [("convolutional", {"channels", "depth"}), ("dense", {"units", "depth"}),
                                             ("repaired", {"channels", "depth"}), ("textbook", set())])
def test_a_slider_that_a_kind_does_not_have_cannot_be_moved(panel, kind, listening):
    panel.kind = kind
    sliders = {"channels": panel._channels, "units": panel._units, "depth": panel._depth}
    assert {name for name, slider in sliders.items() if not slider.disabled} == listening
    assert not panel._code.disabled


def test_a_code_larger_than_the_picture_is_said_and_the_drawing_stays(panel):
    panel.depth = 1
    panel.settle(SOON)
    before = panel.picture.value
    panel.code = 128
    assert panel.settle(SOON)
    assert panel.status.value.startswith("No such model: the code of 8×16 positions with latent_channels 128 must be")
    assert panel.picture.value == before
    panel.code = 2
    assert_shows_its_settings(panel)


@pytest.mark.parametrize("shape, deepest", [((28, 28, 1), 2), ((64, 64, 3), 4), ((256, 256, 3), 4), ((6, 4, 1), 1),
                                            ((16, 32, 1), 3)])
def test_the_depth_ends_where_the_picture_can_be_halved_no_more(shape, deepest):
    panel = ArchitecturePanel(shape)
    assert panel._depth.max == deepest
    panel.depth = deepest
    assert_shows_its_settings(panel)
    panel.close()


@pytest.mark.parametrize("control, value", [("kind", "linear"), ("channels", 5), ("channels", "16"), ("units", 0),
                                            ("depth", 0), ("depth", 4), ("depth", True), ("code", 3), ("code", None)])
def test_a_setting_that_no_slider_has_is_refused_with_those_it_has(panel, control, value):
    before = getattr(panel, control)
    with pytest.raises(ValueError, match=f"{control} must be one of .*; received"):
        setattr(panel, control, value)
    assert getattr(panel, control) == before


@pytest.mark.parametrize("shape", [(27, 28, 1), (2, 2, 1), (28, 28), 28, (28, 28, 0), (None, None, 1)], ids=str)
def test_a_picture_that_cannot_be_halved_is_refused(shape):
    with pytest.raises(ValueError, match="(height and width|input_shape).* must be"):
        ArchitecturePanel(shape)


def test_no_model_is_built_for_a_drawing(panel, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a model was built")

    monkeypatch.setattr(keras.Model, "__init__", refuse)
    monkeypatch.setattr(keras.layers.Layer, "__init__", refuse)
    for kind in module.KINDS:
        panel.kind = kind
        assert_shows_its_settings(panel)


def test_many_quick_moves_end_on_the_last_and_do_not_queue(panel, monkeypatch):
    panel.settle(SOON)
    before = panel.num_draws
    for code in itertools.islice(itertools.cycle((1, 2, 4, 8)), 50):
        panel.code = code
    assert_shows_its_settings(panel)
    assert panel.code == 2 and panel.num_draws - before < 50


def test_fifty_moves_leave_neither_widgets_nor_memory_behind(panel):
    def move(times):
        for number in range(times):
            panel.kind = module.KINDS[number % 4]
            panel.code = (1, 2, 4)[number % 3]
            panel.settle(SOON)

    def everything():
        gc.collect()
        return len(gc.get_objects()), len(_instances)

    move(8)  # fonts and caches
    objects, instances = everything()
    move(50)
    objects_after, instances_after = everything()
    assert instances_after == instances and objects_after - objects < 500  # a single Figure has more


def test_the_drawing_has_words_that_change_with_it(panel):
    panel.kind = "textbook"
    panel.settle(SOON)
    words = "The layers of a textbook autoencoder: picture 16×32×1, convolution 14×30×64"
    assert panel.picture.tooltip.startswith(words)
    assert "parameters" in panel.picture.tooltip


def test_the_controls_are_where_a_browser_looks_for_them(panel):
    assert "ae-architecture-panel" in panel._dom_classes and "ae-architecture" in panel.picture._dom_classes
    assert panel._code.description == "code" and "ae-code" in panel._code._dom_classes
    assert isinstance(panel.picture, widgets.Image) and repr(panel).startswith("ArchitecturePanel: ")


def test_a_closed_panel_ends_its_thread_and_draws_no_more():
    panel = ArchitecturePanel((16, 16, 1))
    drawings = panel.num_draws
    panel.close()
    panel._code.value = 8
    assert panel.settle(SOON) and panel.num_draws == drawings


@pytest.mark.parametrize("kind, words", [("convolutional", "take 47.6 kB;"), ("textbook", "take 1.5 MB;")])
def test_the_status_says_what_four_bytes_a_parameter_come_to(kind, words):
    panel = ArchitecturePanel((28, 56, 1)) if kind == "textbook" else ArchitecturePanel((28, 28, 1))
    panel.kind = kind
    panel.settle(SOON)
    assert words in panel.status.value
    panel.close()
