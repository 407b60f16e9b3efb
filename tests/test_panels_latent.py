"""LatentPanel: the picture is that of the point, at once from the grid and then from the decoder, over every range."""

import gc
import io
import threading
import time
import tracemalloc

import ipywidgets as widgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

from aelearn import images, latent
from aelearn.autoencoders import (
    ConvolutionalConfig,
    DenseConfig,
    VariationalConfig,
    build_convolutional,
    build_dense,
    build_variational,
)
from aelearn.panels import LatentPanel
from aelearn.panels.latent import _enlarged

SOON = 120  # seconds; generous, for machines that do other things as well
random = np.random.default_rng(0)
PICTURES = random.uniform(size=(40, 6, 8, 1)).astype(np.float32)
LABELS = np.arange(40) % 10


@pytest.fixture(scope="module")
def model():
    """Weights large enough that the picture changes visibly all over the plane."""
    model = build_variational(VariationalConfig((6, 8, 1), (9,), 3), seed=1)
    model.set_weights([0.8 * np.random.default_rng(2).normal(size=w.shape) for w in model.get_weights()])
    return model


@pytest.fixture
def panel(model):
    panel = LatentPanel(model, PICTURES, LABELS, extent=(-3.0, 2.0, -1.0, 4.0), num=11)
    yield panel
    panel.close()


def shown(image):
    return images.load_image(io.BytesIO(image.value))


def as_jpeg(picture):
    return images.load_image(io.BytesIO(images.encode_jpeg(_enlarged(picture))))


def decoded(model, x, y):
    return np.asarray(model.decode(np.array([[x, y, 0]], np.float32)))[0]


def assert_shows_its_point(panel, model):
    assert panel.settle(SOON)
    assert panel.status.value == "decoded", panel.status.value
    np.testing.assert_allclose(shown(panel.picture), as_jpeg(decoded(model, panel.x, panel.y)), atol=4 / 255)
    assert f"unit 0 = {panel.x:.2f}, unit 1 = {panel.y:.2f}" in panel._caption.value
    changed = np.abs(shown(panel.plane) - panel._plane.picture).max(axis=2) > 0.5
    rows, columns = np.nonzero(changed)
    row, column = panel._plane.place(panel.x, panel.y)
    height, width = changed.shape
    if 15 < row < height - 15 and 15 < column < width - 15:  # else the ring is cut off by the border
        assert abs(np.median(rows) - row) < 4 and abs(np.median(columns) - column) < 4


def freeze(panel):
    """Keeps the decoder from answering, so that what is shown is the answer of the grid."""
    panel._latest.close()


# --- the picture follows the point


def test_the_first_picture_is_there_as_soon_as_the_panel_is(panel, model):
    assert panel.num_draws == 1 and panel.point == (0.0, 0.0)
    assert_shows_its_point(panel, model)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.77, 1.0])
@pytest.mark.parametrize("slider, side", [("x", 0), ("y", 2)])
def test_every_slider_works_over_its_full_range(panel, model, slider, side, share):
    low, high = panel.extent[side : side + 2]
    setattr(panel, slider, low + share * (high - low))
    assert_shows_its_point(panel, model)


def test_sliders_reach_from_end_to_end_of_the_plane(panel):
    assert (panel._x.min, panel._x.max, panel._y.min, panel._y.max) == panel.extent
    assert panel._x.continuous_update and panel._x.step == pytest.approx(5 / 200)


@pytest.mark.parametrize("x, y", [(-3.0, 4.0), (2.0, -1.0), (0.12, 2.4), (1.99, 3.99), (-2.74, -0.76)])
def test_the_answer_at_once_is_the_nearest_tile(panel, model, x, y):
    freeze(panel)
    panel.x, panel.y = x, y
    column, line = (round((value - low) / 5 * 10) for value, low in ((x, -3), (y, -1)))
    nearest = decoded(model, -3 + column * 0.5, -1 + line * 0.5)
    np.testing.assert_allclose(panel.tile(), nearest, atol=1e-5)
    np.testing.assert_allclose(shown(panel.picture), as_jpeg(nearest), atol=4 / 255)
    assert "from the grid" in panel.status.value and "from the grid" in panel._caption.value


def test_the_answer_at_once_does_not_ask_the_model(panel, monkeypatch):
    freeze(panel)
    monkeypatch.setattr(panel, "_model", None)
    before = bytes(panel.picture.value)
    panel.x = -2.9
    assert bytes(panel.picture.value) != before


def test_at_the_crossings_both_answers_are_the_same_picture(panel, model):
    panel.x, panel.y = -1.5, 2.5
    assert panel.settle(SOON)
    np.testing.assert_allclose(panel.tile(), decoded(model, -1.5, 2.5), atol=1e-5)


def test_the_nearest_real_picture_is_found_by_a_loop(panel, model):
    panel.x, panel.y = 0.5, 1.2
    codes = np.asarray(model.encode(PICTURES))
    distances = [np.hypot(code[0] - 0.5, code[1] - 1.2) for code in codes]
    best = int(np.argmin(distances))
    assert panel.nearest == best
    np.testing.assert_allclose(shown(panel.neighbour), as_jpeg(PICTURES[best]), atol=4 / 255)
    assert f"a {LABELS[best]}, {distances[best]:.2f} away" in panel._neighbour_caption.value


@pytest.mark.parametrize("label", [0, 3, 9])
def test_go_to_leads_to_a_real_picture_of_that_label(panel, model, label):
    panel._go.value = label
    codes = np.asarray(model.encode(PICTURES))[LABELS == label, :2].clip([-3, -1], [2, 4])
    assert np.abs(codes - panel.point).max(axis=1).min() < 1e-5
    assert_shows_its_point(panel, model)


def test_the_code_has_zeros_in_all_other_units(model):
    panel = LatentPanel(model, PICTURES, LABELS, units=(2, 0), extent=2.0, num=5)
    panel.x, panel.y = 1.5, -0.5
    np.testing.assert_allclose(panel.code, [-0.5, 0, 1.5])
    assert panel.settle(SOON)
    expected = np.asarray(model.decode(np.array([[-0.5, 0, 1.5]], np.float32)))[0]
    np.testing.assert_allclose(shown(panel.picture), as_jpeg(expected), atol=4 / 255)
    assert (panel._x.description, panel._y.description) == ("unit 2", "unit 0")
    panel.close()


def test_a_plain_autoencoder_and_colour_pictures_will_do():
    plain = build_dense(DenseConfig((5, 5, 3), (6,), 2), seed=0)
    colour = np.random.default_rng(0).uniform(size=(10, 5, 5, 3)).astype(np.float32)
    panel = LatentPanel(plain, colour, np.arange(10), num=3)
    codes = latent.encode_all(plain, colour)
    left, right, bottom, top = panel.extent
    assert left < np.percentile(codes[:, 0], 1) and right > np.percentile(codes[:, 0], 99)
    assert bottom < np.percentile(codes[:, 1], 1) and top > np.percentile(codes[:, 1], 99)
    expected = np.asarray(plain.decode(panel.code[None]))[0]
    np.testing.assert_allclose(shown(panel.picture), as_jpeg(expected), atol=6 / 255)
    panel.close()


# --- many moves


def slow_down(panel, monkeypatch, seconds):
    decode = latent.decode_all

    def slow(*arguments, **options):
        time.sleep(seconds)
        return decode(*arguments, **options)

    monkeypatch.setattr(latent, "decode_all", slow)


def test_a_burst_of_moves_ends_on_the_last_without_a_queue(panel, model, monkeypatch):
    slow_down(panel, monkeypatch, 0.05)
    before = panel.num_draws
    for step in range(50):
        panel.x = -3 + step / 10
        time.sleep(0.002)  # so that the moves fall into decodings as well as between them
    assert_shows_its_point(panel, model)
    assert panel.x == pytest.approx(1.9) and panel.num_draws - before <= 40


def test_a_late_answer_of_the_decoder_does_not_overwrite_a_newer_point(panel, model, monkeypatch):
    started, go_on = threading.Event(), threading.Event()
    decode = latent.decode_all

    def held(*arguments, **options):
        started.set()
        assert go_on.wait(SOON)
        return decode(*arguments, **options)

    monkeypatch.setattr(latent, "decode_all", held)
    panel.x = -2.0
    assert started.wait(SOON)
    panel._latest._closed = True  # no second answer
    panel.x = 1.5
    newer = bytes(panel.picture.value)
    go_on.set()
    time.sleep(0.2)
    assert bytes(panel.picture.value) == newer and "from the grid" in panel._caption.value


def test_moves_leave_no_memory_behind(panel):
    def moves():
        for step in range(25):
            panel.x, panel.y = -3 + step / 5, -1 + step / 5
            panel.settle(SOON)
        gc.collect()

    moves()  # what is kept once and for all
    alive = len(_instances)
    tracemalloc.start()
    moves()
    first = tracemalloc.get_traced_memory()[0]
    moves()
    grown = tracemalloc.get_traced_memory()[0] - first
    tracemalloc.stop()
    assert grown < 200_000 and len(_instances) == alive


def test_callbacks_print_nothing(panel, capfd):
    panel.x, panel._go.value = 0.3, 4
    panel.settle(SOON)
    assert capfd.readouterr() == ("", "")


# --- what it owes to readers and notebooks


def test_every_picture_says_what_it_shows(panel):
    assert panel.plane.tooltip and panel.picture.tooltip and panel.neighbour.tooltip
    panel.x = 1.25
    panel.settle(SOON)
    assert "1.25" in panel.picture.tooltip


def test_the_plain_text_of_the_panel_is_always_the_same(panel):
    for x in (0.0, 1.0):
        panel.x = x
        text = panel._repr_mimebundle_()["text/plain"]
        assert text == "LatentPanel: a point in the code, and what is decoded there"


def test_the_controls_are_where_a_browser_looks_for_them(panel):
    assert "ae-latent-panel" in panel._dom_classes and "ae-decoded" in panel.picture._dom_classes
    assert "ae-x" in panel._x._dom_classes and "ae-y" in panel._y._dom_classes and "ae-go" in panel._go._dom_classes
    assert isinstance(panel.picture, widgets.Image) and "ae-plane" in panel.plane._dom_classes


def test_a_decoder_that_fails_is_said_and_the_grid_stays(panel, monkeypatch):
    def broken(*arguments, **options):
        raise ValueError("the weights <have> gone")

    monkeypatch.setattr(latent, "decode_all", broken)
    panel.x = 1.0
    assert panel.settle(SOON)
    assert panel.status.value == "Cannot decode this: the weights &lt;have&gt; gone"
    np.testing.assert_allclose(shown(panel.picture), as_jpeg(panel.tile()), atol=4 / 255)


def test_closing_ends_the_thread(model):
    panel = LatentPanel(model, PICTURES, LABELS, extent=2.0, num=3)
    panel.close()
    panel._latest.ask()
    assert panel._latest.settle(1)


@pytest.mark.parametrize("name, value, words", [
    ("x", 2.5, r"x must be from -3\.00 to 2\.00; received 2\.5"),
    ("x", float("nan"), "x must be from .* received nan"),
    ("y", -1.5, r"y must be from -1\.00 to 4\.00; received -1\.5"),
    ("y", "high", "y must be from .* received 'high'"),
])
def test_a_point_outside_the_plane_is_refused_and_nothing_moves(panel, name, value, words):
    before = panel.point
    with pytest.raises(ValueError, match=words):
        setattr(panel, name, value)
    assert panel.point == before


@pytest.mark.parametrize("change, error, words", [
    ({"model": "vae"}, TypeError, "model must be an Autoencoder; received str"),
    ({"pictures": PICTURES[:, :5]}, ValueError, "images must be numbers of shape"),
    ({"labels": LABELS[:-1]}, ValueError, "labels one int per code"),
    ({"labels": LABELS + 5}, ValueError, "labels must be ints from 0 to 9"),
    ({"units": (0, 3)}, ValueError, r"units must be in a code of shape \(3,\)"),
    ({"extent": -1}, ValueError, "extent must be"),
    ({"num": 1}, ValueError, "num must be an int of at least 2; received 1"),
    ({"model": build_convolutional(ConvolutionalConfig((8, 8, 1), (4,)))}, ValueError, "one row of two units or more"),
])
def test_a_panel_refuses_what_it_cannot_use(model, change, error, words):
    arguments = {"model": model, "pictures": PICTURES, "labels": LABELS, "extent": 2.0, "num": 3} | change
    with pytest.raises(error, match=words):
        LatentPanel(**arguments)
