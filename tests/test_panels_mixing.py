"""MixPanel: the picture is the photo in the mixture that paintings and weights say, and the captions say which."""

import gc
import io
import time
import tracemalloc

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

from aelearn import images
from aelearn.autoencoders import PainterConfig, PyramidConfig, build_painter, build_pyramid
from aelearn.panels import MixPanel
from aelearn.stylize import Canvas, Stylizer

SOON = 120  # seconds; generous, for machines that do other things as well
random = np.random.default_rng(0)


def some_picture(height, width):
    coarse = random.random((height // 4 + 1, width // 4 + 1, 3)).repeat(4, axis=0).repeat(4, axis=1)
    return coarse[:height, :width].astype(np.float32)


PHOTOS = {"blocks": some_picture(24, 32), "odd_size": some_picture(21, 30)}
PAINTINGS = {name: some_picture(24, 28) ** power for name, power in
             {"one": 1, "two_words": 3, "three": 0.3, "four": 2}.items()}


@pytest.fixture(scope="module", params=["pyramid", "painter"])
def stylizer(request):
    model = {"pyramid": lambda: build_pyramid(PyramidConfig((4, 6)), seed=3),
             "painter": lambda: build_painter(PainterConfig((4, 6)), seed=3)}[request.param]()
    return Stylizer(model)


@pytest.fixture
def panel(stylizer):
    panel = MixPanel(stylizer, PHOTOS, PAINTINGS)
    yield panel
    panel.close()


def shown(image):
    return images.load_image(io.BytesIO(image.value))


def as_jpeg(picture):
    return images.load_image(io.BytesIO(images.encode_jpeg(picture)))


def assert_shows_what_it_says(panel, stylizer):
    assert panel.settle(SOON)
    chosen = [PAINTINGS[name] for name in panel.paintings]
    expected = stylizer(PHOTOS[panel.photo], chosen, weights=list(panel.weights))
    np.testing.assert_allclose(shown(panel.picture), as_jpeg(expected), atol=8 / 255)
    for name, image in zip(panel.paintings, panel.painting_pictures):
        np.testing.assert_array_equal(shown(image), as_jpeg(PAINTINGS[name]))
    assert panel.status.value.startswith("painted in ")


# --- what it shows


def test_the_first_picture_is_an_equal_mixture_of_the_first_three(panel, stylizer):
    assert panel.num_draws == 1 and panel.weights == (1.0, 1.0, 1.0)
    assert panel.paintings == ("one", "two_words", "three")
    assert_shows_what_it_says(panel, stylizer)


@pytest.mark.parametrize("weights", [(1, 0, 0), (0, 0, 1), (0.5, 0.5, 0), (0.2, 0.3, 0.5)])
@pytest.mark.parametrize("photo", PHOTOS)
def test_every_photo_and_mixture_can_be_chosen(panel, stylizer, photo, weights):
    panel.photo, panel.weights = photo, weights
    assert panel.weights == pytest.approx(np.divide(weights, sum(weights)), abs=0.011)
    assert_shows_what_it_says(panel, stylizer)


def test_paintings_can_be_changed_and_be_the_same(panel, stylizer):
    panel.paintings = "four", "one", "four"
    panel.weights = 1, 2, 3
    assert_shows_what_it_says(panel, stylizer)


def test_weights_set_as_any_numbers_keep_their_proportions(panel):
    panel.weights = 30, 10, 0
    assert panel.shares == pytest.approx((0.75, 0.25, 0.0))


def test_what_weighs_nothing_changes_nothing(panel, stylizer):
    panel.weights = 1, 1, 0
    panel.settle(SOON)
    before = panel.picture.value
    panel.paintings = "one", "two_words", "four"
    panel.settle(SOON)
    assert panel.picture.value == before
    assert_shows_what_it_says(panel, stylizer)


def test_one_painting_is_enough(stylizer):
    panel = MixPanel(stylizer, PHOTOS, {"one": PAINTINGS["one"]})
    assert panel.paintings == ("one", "one", "one")
    expected = stylizer(PHOTOS["blocks"], PAINTINGS["one"])
    np.testing.assert_allclose(shown(panel.picture), as_jpeg(expected), atol=8 / 255)
    panel.close()


def test_reset_makes_the_weights_equal_with_one_picture(panel, stylizer):
    panel.weights = 1, 0, 0
    panel.settle(SOON)
    before = panel.num_draws
    panel._reset.click()
    panel.settle(SOON)
    assert panel.weights == (1.0, 1.0, 1.0) and panel.num_draws == before + 1
    assert_shows_what_it_says(panel, stylizer)


def test_no_weight_at_all_is_said_and_the_picture_stays(panel, stylizer):
    before = panel.picture.value
    for slider in panel._weight:
        slider.value = 0
    panel.settle(SOON)
    assert panel.status.value.startswith("Cannot mix these: weights must be 3 numbers, 0 or more, one of them positive")
    assert panel.picture.value == before and panel.shares == (0, 0, 0)
    panel._weight[1].value = 0.4
    assert_shows_what_it_says(panel, stylizer)


# --- many moves


def test_a_burst_of_moves_ends_on_the_last_without_a_queue(panel, stylizer, monkeypatch):
    paint = Canvas.paint

    def slow(canvas, **options):
        time.sleep(0.05)
        return paint(canvas, **options)

    monkeypatch.setattr(Canvas, "paint", slow)
    before = panel.num_draws
    for step in range(50):
        panel._weight[0].value = step / 50
        time.sleep(0.002)
    assert_shows_what_it_says(panel, stylizer)
    assert panel.weights[0] == pytest.approx(0.98) and panel.num_draws - before <= 40


def test_moves_leave_no_memory_behind(panel):
    def moves():
        for step in range(8):
            panel.photo, panel.weights = list(PHOTOS)[step % 2], (1, step, 2)
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
    panel.weights = 1, 2, 3
    panel.settle(SOON)
    assert capfd.readouterr() == ("", "")


# --- what it owes to readers and notebooks


def test_captions_and_words_say_the_shares(panel):
    panel.weights = 3, 1, 0
    panel.settle(SOON)
    assert panel.picture.tooltip == "blocks: 75% one, 25% two words."
    assert ["75%: one" in panel._painting_captions[0].value, "0%: three" in panel._painting_captions[2].value] == [1, 1]
    assert [image.tooltip for image in panel.painting_pictures] == [
        "The painting one.", "The painting two words.", "The painting three."]


def test_bundled_pictures_are_offered_with_title_and_author(stylizer):
    panel = MixPanel(stylizer, size=48)
    assert "The Great Wave off Kanagawa" in panel._painting_captions[0].value
    assert "Hokusai" in panel._painting_captions[0].value
    panel.close()


def test_the_plain_text_of_the_panel_is_always_the_same(panel):
    for weights in ((1, 0, 0), (0, 1, 0)):
        panel.weights = weights
        text = panel._repr_mimebundle_()["text/plain"]
        assert text == "MixPanel: a photo, three paintings and their weights"


def test_the_controls_are_where_a_browser_looks_for_them(panel):
    assert "ae-mix-panel" in panel._dom_classes and "ae-picture" in panel.picture._dom_classes
    assert all("ae-weight" in slider._dom_classes for slider in panel._weight)


@pytest.mark.parametrize("name, value, words", [
    ("photo", "nobody", "photo must be one of blocks, odd_size; received 'nobody'"),
    ("paintings", ("one", "two"), "paintings must be 3 names; received 2"),
    ("paintings", "one", "paintings must be 3 names; received 0"),
    ("paintings", ("one", "nobody", "one"), r"paintings\[1\] must be one of one, .*; received 'nobody'"),
    ("weights", (1, 1), "weights must be 3 numbers"),
    ("weights", (1, -1, 1), "weights must be 3 numbers, 0 or more"),
    ("weights", (0, 0, 0), "weights must be 3 numbers, 0 or more, one of them positive"),
    ("weights", "much", "weights must be 3 numbers"),
])
def test_what_is_out_of_range_is_refused_and_nothing_moves(panel, name, value, words):
    before = panel.photo, panel.paintings, panel.weights
    with pytest.raises(ValueError, match=words):
        setattr(panel, name, value)
    assert (panel.photo, panel.paintings, panel.weights) == before


@pytest.mark.parametrize("arguments, options, error, words", [
    (("a model",), {}, TypeError, "stylizer must be a Stylizer"),
    ((None, {}), {}, ValueError, "photos must be a dict from name to picture"),
    ((None, None, {}), {}, ValueError, "paintings must be a dict from name to picture"),
    ((), {"size": 0}, ValueError, "size must be a positive int"),
    ((), {"size": True}, ValueError, "size must be a positive int"),
])
def test_panels_that_cannot_be_built_say_why(stylizer, arguments, options, error, words):
    with pytest.raises(error, match=words):
        MixPanel(arguments[0] if arguments and arguments[0] else stylizer, *arguments[1:], **options)
