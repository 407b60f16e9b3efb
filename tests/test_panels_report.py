"""ReportPanel and its plane: the picture is the one that the controls name, and its dot is where the judges put it."""

import gc
import io
import time
import tracemalloc

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

from aelearn import evaluate, images
from aelearn.autoencoders import PainterConfig, PyramidConfig, build_painter, build_pyramid
from aelearn.panels import ReportPanel
from aelearn.plots import ReportPlane, encode_figure
from aelearn.plots.look import chart
from aelearn.stylize import Canvas, Stylizer

SOON = 120  # seconds; generous, for machines that do other things as well
random = np.random.default_rng(0)


def some_picture(height, width):
    coarse = random.random((height // 4 + 1, width // 4 + 1, 3)).repeat(4, axis=0).repeat(4, axis=1)
    return coarse[:height, :width].astype(np.float32)


PHOTOS = {"square": some_picture(32, 32), "wide": some_picture(40, 60)}
PAINTINGS = {"one": some_picture(50, 40), "two": some_picture(64, 64) ** 2}
SETTINGS = ("model", "photo", "painting", "method", "alpha")


@pytest.fixture(scope="module")
def stylizers():
    return {"pyramid": Stylizer(build_pyramid(PyramidConfig((4, 6)), seed=3)),
            "painter": Stylizer(build_painter(PainterConfig((4, 6)), seed=3))}


@pytest.fixture
def panel(stylizers):
    panel = ReportPanel(stylizers, PHOTOS, PAINTINGS, size=32)
    yield panel
    panel.close()


def shown(image):
    return images.load_image(io.BytesIO(image.value))


def as_jpeg(picture):
    return images.load_image(io.BytesIO(images.encode_jpeg(picture)))


def expected(panel, stylizers):
    """Photo, painting and picture as a report card has them."""
    photo, painting = (evaluate.square(images.resize_image(picture, max_side=64), 32)
                       for picture in (PHOTOS[panel.photo], PAINTINGS[panel.painting]))
    return photo, painting, stylizers[panel.model](photo, painting, alpha=panel.alpha, method=panel.method)


def blue_of(picture):
    """The middle of the blue dot, in pixels."""
    rows, columns = np.nonzero(np.abs(picture - [0, 0x72 / 255, 0xB2 / 255]).max(axis=2) < 0.02)
    return rows.mean(), columns.mean()


def assert_shows_what_it_says(panel, stylizers):
    assert panel.settle(SOON) and panel.status.value.startswith("painted and judged in ")
    photo, painting, picture = expected(panel, stylizers)
    np.testing.assert_allclose(shown(panel.picture), as_jpeg(picture), atol=6 / 255)
    np.testing.assert_allclose(shown(panel.painting_picture), as_jpeg(painting), atol=6 / 255)
    point = evaluate.texture_distance(picture, painting), evaluate.edge_correlation(photo, picture)
    assert panel.trail[-1] == pytest.approx(point, abs=1e-3)
    free = evaluate.texture_distance(photo, painting), evaluate.edge_correlation(photo, painting)
    assert f"distance {point[0]:.2f} (the photo, copied: {free[0]:.2f})" in panel._plane_caption.value
    assert f"correlation {point[1]:.2f} (the painting, copied: {free[1]:.2f})" in panel._plane_caption.value
    plane = ReportPlane({"photo copied": (free[0], 1.0), "painting copied": (0.0, free[1])}, blends(photo, painting))
    assert blue_of(shown(panel.plane)) == pytest.approx(plane.place(point), abs=2)


def blends(photo, painting):
    mixed = [(1 - share) * photo + share * painting for share in (0, 0.25, 0.5, 0.75, 1)]
    return [(evaluate.texture_distance(each, painting), evaluate.edge_correlation(photo, each)) for each in mixed]


# --- what it shows


def test_the_first_picture_is_there_as_soon_as_the_panel_is(panel, stylizers):
    assert panel.num_draws == 1
    assert (panel.model, panel.method, panel.alpha) == ("pyramid", "optimal_transport", 1.0)
    assert_shows_what_it_says(panel, stylizers)


@pytest.mark.parametrize("change", [
    {"model": "painter"}, {"photo": "wide"}, {"painting": "two"}, {"method": "adain"}, {"alpha": 0.3},
    {"model": "painter", "photo": "wide", "painting": "two", "method": "whitening_coloring", "alpha": 0.0},
])
def test_every_setting_changes_picture_and_place(panel, stylizers, change):
    for name, value in change.items():
        setattr(panel, name, value)
    assert {name: getattr(panel, name) for name in change} == change
    assert_shows_what_it_says(panel, stylizers)


def test_the_trail_holds_where_the_picture_has_been_until_the_pair_changes(panel, stylizers):
    first = panel.trail
    panel.alpha = 0.5
    panel.settle(SOON)
    panel.model = "painter"
    panel.settle(SOON)
    assert len(panel.trail) == 3 and panel.trail[0] == first[0] and len(set(panel.trail)) == 3
    panel.painting = "two"
    panel.settle(SOON)
    assert len(panel.trail) == 1
    panel.painting = "one"
    assert_shows_what_it_says(panel, stylizers)


def test_one_model_needs_no_list_of_models(stylizers):
    panel = ReportPanel(stylizers["painter"], PHOTOS, PAINTINGS, size=32)
    assert panel.model == "painter" and len(panel.children[0].children[0].children) == 3
    panel.close()


def test_the_bundled_pictures_are_offered_with_their_titles(stylizers):
    panel = ReportPanel(stylizers["painter"], size=64)
    panel.painting = "great_wave"
    assert panel.settle(SOON)
    assert "Hokusai" in panel._painting_caption.value and shown(panel.painting_picture).shape == (64, 64, 3)
    panel.close()


def test_a_slider_move_encodes_nothing_and_judges_once(stylizers, panel, monkeypatch):
    encoded, judged, grams = [], [], evaluate.grams
    monkeypatch.setattr(Stylizer, "canvas", lambda *arguments: encoded.append("again"))
    monkeypatch.setattr(evaluate, "grams", lambda *arguments: judged.append("once") or grams(*arguments))
    panel.alpha = 0.4
    assert panel.settle(SOON) and panel.status.value.startswith("painted")
    assert (encoded, judged) == ([], ["once"])


# --- many moves


def test_a_burst_of_moves_ends_on_the_last_without_a_queue(panel, stylizers, monkeypatch):
    paint = Canvas.paint

    def slow(canvas, **options):
        time.sleep(0.05)
        return paint(canvas, **options)

    monkeypatch.setattr(Canvas, "paint", slow)
    before = panel.num_draws
    for step in range(50):
        panel.alpha = step / 50
        time.sleep(0.002)
    assert_shows_what_it_says(panel, stylizers)
    assert panel.alpha == 0.98 and panel.num_draws - before <= 40


def test_moves_leave_no_memory_behind(panel, monkeypatch):
    known = evaluate.grams(next(iter(PHOTOS.values())))
    monkeypatch.setattr(evaluate, "grams", lambda *_: known)  # judging is slow, and keeps nothing

    def moves(number):
        for step in range(number):
            panel.alpha = step / number
            panel.settle(SOON)
        gc.collect()

    moves(90)  # what is kept once and for all, the whole trail among it
    alive = len(_instances)
    tracemalloc.start()
    moves(15)
    first = tracemalloc.get_traced_memory()[0]
    moves(15)
    grown = tracemalloc.get_traced_memory()[0] - first
    tracemalloc.stop()
    assert grown < 30_000 and len(_instances) == alive and len(panel.trail) == 80


def test_callbacks_print_nothing(panel, capfd):
    panel.alpha, panel.method = 0.2, "cholesky"
    panel.settle(SOON)
    assert capfd.readouterr() == ("", "")


# --- what it owes to readers and notebooks


def test_every_picture_says_what_it_shows(panel):
    panel.alpha = 0.25
    panel.settle(SOON)
    assert panel.picture.tooltip == "square, painted in the style of one, optimal transport, alpha 0.25"
    assert panel.painting_picture.tooltip == "The painting one."
    assert panel.plane.tooltip.startswith("texture distance 0.")


def test_the_plain_text_of_the_panel_is_always_the_same(panel):
    for alpha in (0.1, 0.9):
        panel.alpha = alpha
        text = panel._repr_mimebundle_()["text/plain"]
        assert text == "ReportPanel: a painted photo and its place between photo and painting"


def test_the_controls_are_where_a_browser_looks_for_them(panel):
    found = [control._dom_classes[-1] for control in
             (panel, panel._model, panel._photo, panel._painting, panel._method, panel._alpha)]
    assert found == ["ae-report-panel", "ae-model", "ae-photo-name", "ae-painting-name", "ae-method", "ae-alpha"]
    assert [each._dom_classes[-1] for each in (panel.painting_picture, panel.picture, panel.plane)] == [
        "ae-painting", "ae-picture", "ae-plane"]


def test_a_decoder_that_fails_is_said_and_the_next_move_works(panel, stylizers, monkeypatch):
    def broken(canvas, **options):
        raise ValueError("the weights <have> gone")

    with monkeypatch.context() as patch:
        patch.setattr(Canvas, "paint", broken)
        panel.alpha = 0.2
        assert panel.settle(SOON)
        assert panel.status.value == "Cannot judge this: the weights &lt;have&gt; gone"
    panel.alpha = 0.3
    assert_shows_what_it_says(panel, stylizers)


def test_a_picture_that_cannot_be_read_is_said_and_another_one_works(stylizers, tmp_path):
    panel = ReportPanel(stylizers, PHOTOS | {"missing": tmp_path / "none.jpg"}, PAINTINGS, size=32)
    panel.photo = "missing"
    assert panel.settle(SOON) and panel.status.value.startswith("Cannot judge this: ")
    assert panel.trail == []
    panel.photo = "wide"
    assert_shows_what_it_says(panel, stylizers)
    panel.close()


def test_a_painting_of_one_colour_has_a_place(stylizers):
    panel = ReportPanel(stylizers, PHOTOS, {"white": np.ones((32, 32, 3), np.float32)}, size=32)
    for panel.model in stylizers:
        assert panel.settle(SOON) and panel.status.value.startswith("painted")
        assert np.isfinite(panel.trail).all()
    panel.close()


@pytest.mark.parametrize("name, value, words", [
    ("model", "vgg", "model must be one of pyramid, painter; received 'vgg'"),
    ("photo", "nobody", "photo must be one of square, wide; received 'nobody'"),
    ("painting", None, "painting must be one of one, two; received None"),
    ("method", "magic", "method must be one of adain, .*; received 'magic'"),
    ("alpha", 1.5, "alpha must be .* from 0 to 1; received 1.5|alpha must be between 0 and 1; received 1.5"),
])
def test_what_is_out_of_range_is_refused_and_nothing_moves(panel, name, value, words):
    before = [getattr(panel, setting) for setting in SETTINGS]
    with pytest.raises(ValueError, match=words):
        setattr(panel, name, value)
    assert [getattr(panel, setting) for setting in SETTINGS] == before


@pytest.mark.parametrize("change, error, words", [
    ({"stylizers": {}}, ValueError, "stylizers must be a Stylizer, or a dict with at least one"),
    ({"stylizers": "pixel"}, TypeError, "'model' is a str"),
    ({"photos": {}}, ValueError, "photos must be a dict"),
    ({"paintings": []}, ValueError, "paintings must be a dict"),
    ({"size": 31}, ValueError, "size must be an int of 32 or more, in pixels; received 31"),
    ({"size": True}, ValueError, "size must be an int of 32 or more, in pixels; received True"),
])
def test_a_panel_refuses_what_it_cannot_use(stylizers, change, error, words):
    arguments = {"stylizers": stylizers, "photos": PHOTOS, "paintings": PAINTINGS, "size": 32} | change
    with pytest.raises(error, match=words):
        ReportPanel(**arguments)


# --- the plane

ANCHORS = {"photo copied": (0.6, 1.0), "painting copied": (0.0, 0.1)}


@pytest.fixture(scope="module")
def plane():
    return ReportPlane(ANCHORS, [(0.6, 1.0), (0.5, 0.4), (0.0, 0.1)])


@pytest.mark.parametrize("point", [(0.2, 0.6), (0.0, 0.0), (0.61, 0.95)])
def test_a_dot_is_where_matplotlib_puts_a_marker(plane, point):
    from aelearn.plots import perceptual

    figure, (axes,) = chart(*perceptual.SIZE)
    perceptual._draw(axes, {name: np.array(p) for name, p in ANCHORS.items()}, np.array([[0.6, 1.0], [0.0, 0.1]]))
    axes.scatter(*np.array([point]).T, s=60, color="#ff00ff", clip_on=False, zorder=9).set_in_layout(False)
    drawn = images.load_image(io.BytesIO(encode_figure(figure)))
    rows, columns = np.nonzero(np.abs(drawn - [1, 0, 1]).max(axis=2) < 0.05)
    assert plane.place(point) == pytest.approx((rows.mean(), columns.mean()), abs=1)
    assert blue_of(plane.at(point)) == pytest.approx(plane.place(point), abs=0.5)


def test_up_is_more_photo_and_left_is_more_paint(plane):
    here, better = plane.place((0.3, 0.5)), plane.place((0.2, 0.6))
    assert better[0] < here[0] and better[1] < here[1]


def test_dots_leave_the_plane_as_it_was_and_far_ones_stay_on_its_edge(plane):
    before = plane.picture.copy()
    far = plane.at((9.0, 9.0), trail=[(-9.0, 0.5)])
    np.testing.assert_array_equal(plane.picture, before)
    assert far.shape == before.shape and 0 <= far.min() and far.max() <= 1
    assert 0 < blue_of(far)[0] < far.shape[0] and 0 < blue_of(far)[1] < far.shape[1]
    row, column = map(round, plane.place((-9.0, 0.5)))
    assert far[row, column] == pytest.approx([0x55 / 255] * 3, abs=0.05)


@pytest.mark.parametrize("anchors, blend, words", [
    ({}, (), "anchors"), ({"a": (0.1, np.nan)}, (), "anchors"), ({"a": (0.1,)}, (), "anchors"),
    (ANCHORS, [(0.1, 0.2, 0.3)], "blend"),
])
def test_the_plane_refuses_what_is_no_point(anchors, blend, words):
    with pytest.raises(ValueError, match=words):
        ReportPlane(anchors, blend)
