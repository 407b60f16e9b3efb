"""SpectrumPanel: curve, cut, numbers and picture are those of the directions that are kept, whitened or not."""

import gc
import io
import time
import tracemalloc

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

from aelearn import images, metrics, plots, transforms
from aelearn.autoencoders import PyramidConfig, build_pyramid
from aelearn.panels import SpectrumPanel
from aelearn.panels.codes import Coded
from aelearn.stylize import Stylizer

SOON = 120  # seconds; generous, for machines that do other things as well
random = np.random.default_rng(0)
PHOTOS = {
    "blocks": random.random((6, 9, 3)).repeat(4, axis=0).repeat(4, axis=1).astype(np.float32),
    "odd_size": random.random((21, 30, 3)).astype(np.float32),
    "gray": np.full((16, 16, 3), 0.5, np.float32),
}


@pytest.fixture(scope="module")
def stylizer():
    return Stylizer(build_pyramid(PyramidConfig((4, 6, 8)), seed=3), name="pyramid")


@pytest.fixture(scope="module")
def twin():
    return Stylizer(build_pyramid(PyramidConfig((5, 7)), seed=4), name="twin")


@pytest.fixture
def panel(stylizer, twin):
    panel = SpectrumPanel({"pyramid": stylizer, "twin": twin}, PHOTOS)
    yield panel
    panel.close()


def shown(image):
    return images.load_image(io.BytesIO(image.value))


def as_jpeg(picture):
    return images.load_image(io.BytesIO(images.encode_jpeg(picture)))


def expected_code(code, keep, whiten):
    """Kept and whitened through a singular value decomposition of the cloud, without a covariance."""
    points = code.reshape(-1, code.shape[2]).astype(np.float64)
    mean = points.mean(axis=0)
    left, singular, right = np.linalg.svd(points - mean, full_matrices=False)
    wanted = np.zeros_like(singular)
    wanted[:keep] = singular[:keep] ** (1 - whiten)
    wanted *= np.sqrt((singular[:keep] ** 2).sum() / max((wanted**2).sum(), 1e-30))
    return (left * wanted @ right + mean).reshape(code.shape).astype(np.float32)


def code_of(panel):
    encoder, picture = panel._encoders[panel.encoder], PHOTOS[panel.photo]
    multiple = 2**encoder.num_levels
    extra = [(0, -(-side // multiple) * multiple - side) for side in picture.shape[:2]]
    return encoder, picture, encoder.encode(np.pad(picture, [*extra, (0, 0)], mode="symmetric"), panel.level)


def assert_shows_what_it_says(panel):
    assert panel.settle(SOON)
    encoder, picture, code = code_of(panel)
    moved = expected_code(code, panel.keep, panel.whiten)
    decoded = encoder.decode(moved, panel.level)[: picture.shape[0], : picture.shape[1]]
    # The ridge moves a whitened code a little, and JPEG rounds that in steps.
    np.testing.assert_allclose(shown(panel.picture), as_jpeg(decoded), atol=12 / 255)
    how = f", whitened by {panel.whiten:.2f}" if panel.whiten else ""
    assert f"decoded from {panel.keep} of {code.shape[2]} directions{how}: " in panel._caption.value
    quoted = float(panel._caption.value.split(": ")[-1].split(" dB")[0])
    assert quoted == pytest.approx(metrics.psnr(picture, decoded), abs=0.11)
    before, after = (np.cov(each.reshape(-1, code.shape[2]).T, bias=True) for each in (code, moved))
    ranks = [metrics.effective_rank(each) for each in (before, after)]
    assert panel.effective_rank == pytest.approx(ranks[1], rel=2e-3, abs=1e-3)
    assert panel.status.value == f"effective rank {ranks[0]:.1f} before, {panel.effective_rank:.1f} after"


def assert_chart(panel, after):
    """The chart is the figure of these variances, pixel by pixel."""
    _, _, code = code_of(panel)
    variances, _ = transforms.principal_directions(transforms.moments(code))
    figure = plots.spectrum_cut(variances, panel.keep, after)
    np.testing.assert_allclose(
        shown(panel.chart), images.load_image(io.BytesIO(plots.encode_figure(figure))), atol=1 / 255)


# --- what it shows


def test_the_first_picture_is_there_as_soon_as_the_panel_is(panel):
    assert panel.num_draws == 1 and (panel.level, panel.keep, panel.whiten) == (1, 4, 0.0)
    assert_shows_what_it_says(panel)
    assert_chart(panel, None)


@pytest.mark.parametrize("photo", ["blocks", "odd_size"])
@pytest.mark.parametrize("encoder, level", [("pyramid", 2), ("pyramid", 3), ("twin", 1), ("twin", 2)])
def test_every_picture_encoder_and_level_can_be_chosen(panel, photo, encoder, level):
    panel.photo, panel.encoder, panel.level, panel.keep = photo, encoder, level, 3
    assert_shows_what_it_says(panel)
    assert_chart(panel, None)


@pytest.mark.parametrize("whiten", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("keep", [0, 1, 5, 8])
def test_sliders_work_over_their_full_range(panel, keep, whiten):
    panel.level, panel.keep, panel.whiten = 3, keep, whiten
    assert_shows_what_it_says(panel)


def test_whitened_the_effective_rank_is_the_number_of_directions(panel):
    panel.level, panel.keep, panel.whiten = 3, 5, 1.0
    assert panel.settle(SOON)
    assert panel.effective_rank == pytest.approx(5, rel=1e-2)
    total = transforms.principal_directions(transforms.moments(code_of(panel)[2]))[0][:5].sum()
    assert_chart(panel, [total / 5] * 5 + [0.0] * 3)


def test_all_directions_stay_all_when_the_level_changes(panel):
    panel.level = 3
    assert panel.keep == panel._keep.max == 8
    panel.keep = 5
    panel.level = 2
    assert (panel.keep, panel._keep.max) == (5, 6)
    panel.encoder = "twin"
    assert (panel.level, panel.keep, panel._keep.max) == (2, 5, 7)
    assert_shows_what_it_says(panel)


def test_a_picture_of_one_colour_is_said_to_have_no_directions(panel):
    panel.photo = "gray"
    assert panel.settle(SOON)
    assert "no directions" in panel.status.value or np.isfinite(panel.effective_rank)
    panel.photo = "blocks"
    assert_shows_what_it_says(panel)


# --- many moves


def test_a_burst_of_moves_ends_on_the_last_without_a_queue(panel, monkeypatch):
    decode = Coded.decode

    def slow(coded, code):
        time.sleep(0.05)
        return decode(coded, code)

    monkeypatch.setattr(Coded, "decode", slow)
    before = panel.num_draws
    for step in range(50):
        panel.whiten = step / 50
        time.sleep(0.002)
    assert_shows_what_it_says(panel)
    assert panel.whiten == pytest.approx(0.98) and panel.num_draws - before <= 40


def test_moves_leave_no_memory_behind(panel):
    def moves():
        for step in range(8):
            panel.level, panel.keep, panel.whiten = 1 + step % 2, 1 + step % 4, step / 8
            panel.encoder = ("pyramid", "twin")[step % 2]
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
    assert grown < 400_000 and len(_instances) == alive


def test_callbacks_print_nothing(panel, capfd):
    panel.keep, panel.whiten = 2, 0.5
    panel.settle(SOON)
    assert capfd.readouterr() == ("", "")


# --- what it owes to readers and notebooks


def test_every_picture_says_what_it_shows(panel):
    panel.keep = 2
    panel.settle(SOON)
    assert panel.photo_picture.tooltip and "decoded from 2 of 4 directions" in panel.picture.tooltip
    assert panel.chart.tooltip.startswith("2 of 4 directions: ")


def test_the_plain_text_of_the_panel_is_always_the_same(panel):
    for keep in (1, 2):
        panel.keep = keep
        text = panel._repr_mimebundle_()["text/plain"]
        assert text == "SpectrumPanel: the directions of a code, a cut, and whitening"


def test_the_controls_are_where_a_browser_looks_for_them(panel):
    assert "ae-spectrum-panel" in panel._dom_classes and "ae-spectrum" in panel.chart._dom_classes
    assert "ae-keep" in panel._keep._dom_classes and "ae-whiten" in panel._whiten._dom_classes


@pytest.mark.parametrize("name, value, words", [
    ("keep", 5, "keep must be an int from 0 to 4; received 5"),
    ("keep", -1, "keep must be an int from 0 to 4; received -1"),
    ("keep", "all", "keep must be an int from 0 to 4; received 'all'"),
    ("whiten", 1.1, "whiten must be between 0 and 1; received 1.1"),
    ("whiten", "much", "whiten must be between 0 and 1; received 'much'"),
])
def test_what_is_out_of_range_is_refused_and_nothing_moves(panel, name, value, words):
    before = panel.keep, panel.whiten
    with pytest.raises(ValueError, match=words):
        setattr(panel, name, value)
    assert (panel.keep, panel.whiten) == before
