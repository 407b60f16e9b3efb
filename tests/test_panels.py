"""Panels: the picture is that of the settings, moves never queue, errors are said, training starts, stops and ends."""

import gc
import io
import subprocess
import sys
import threading
import time
import tracemalloc

import ipywidgets as widgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

from aelearn import data, images
from aelearn.autoencoders import ConvolutionalConfig, PyramidConfig, build_convolutional, build_pyramid
from aelearn.panels import StylePanel, TrainingPanel, latest
from aelearn.panels.latest import Latest
from aelearn.stylize import Stylizer
from aelearn.training import Crops, TrainingError
from aelearn.transforms import METHODS

SOON = 120  # seconds; generous, for machines that do other things as well


def picture(seed, height=24, width=32):
    return np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)


PHOTOS = {"first": picture(0), "second_one": picture(1, 20, 20)}
PAINTINGS = {"red": picture(2), "blue": picture(3, 16, 40)}


@pytest.fixture(scope="module")
def stylizer():
    return Stylizer(build_pyramid(PyramidConfig((4, 8))))


@pytest.fixture
def panel(stylizer):
    panel = StylePanel(stylizer, PHOTOS, PAINTINGS)
    yield panel
    panel.close()


def shown(image):
    return images.load_image(io.BytesIO(image.value))


def as_jpeg(picture):
    """What a panel can show of a picture: the same JPEG, read back."""
    return images.load_image(io.BytesIO(images.encode_jpeg(picture)))


def expected(panel, stylizer):
    """The picture of the panel's settings, by the Stylizer alone."""
    return stylizer(PHOTOS[panel.photo], PAINTINGS[panel.painting], alpha=panel.alpha,
                    level_alpha=panel.level_alphas, method=panel.method)


def assert_shows_its_settings(panel, stylizer):
    assert panel.settle(SOON)
    assert panel.status.value.startswith("painted in "), panel.status.value
    np.testing.assert_allclose(shown(panel.picture), as_jpeg(expected(panel, stylizer)), atol=4 / 255)


def slow_down(panel, seconds):
    """Has every painting take longer, as on a slow machine."""
    canvas, paint = panel._canvas, panel._canvas.paint

    def slow_paint(**settings):
        time.sleep(seconds)
        return paint(**settings)

    canvas.paint = slow_paint


# --- StylePanel: the picture follows the controls --------------------------------------------------------------------


def test_the_first_picture_is_there_as_soon_as_the_panel_is(panel, stylizer):
    assert panel.num_draws == 1
    np.testing.assert_allclose(shown(panel.picture), as_jpeg(expected(panel, stylizer)), atol=4 / 255)
    np.testing.assert_allclose(shown(panel.photo_picture), as_jpeg(PHOTOS["first"]), atol=1e-6)
    np.testing.assert_allclose(shown(panel.painting_picture), as_jpeg(PAINTINGS["red"]), atol=1e-6)


@pytest.mark.parametrize("alpha", [0.0, 0.25, 0.5, 1.0])
def test_alpha_works_over_its_full_range(panel, stylizer, alpha):
    panel.alpha = alpha
    assert_shows_its_settings(panel, stylizer)


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_every_level_has_a_slider_that_works_over_its_full_range(panel, stylizer, level, alpha):
    panel.level_alphas = {level: alpha}
    assert panel.level_alphas[level] == alpha
    assert_shows_its_settings(panel, stylizer)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_paints(panel, stylizer, method):
    panel.method = method
    assert_shows_its_settings(panel, stylizer)


@pytest.mark.parametrize("photo", PHOTOS)
@pytest.mark.parametrize("painting", PAINTINGS)
def test_every_photo_meets_every_painting(panel, stylizer, photo, painting):
    panel.photo, panel.painting = photo, painting
    assert_shows_its_settings(panel, stylizer)
    assert shown(panel.photo_picture).shape == PHOTOS[photo].shape
    assert shown(panel.painting_picture).shape == PAINTINGS[painting].shape


def test_reset_restores_method_and_strengths_with_one_more_picture(panel, stylizer):
    panel.alpha, panel.method, panel.level_alphas, panel.photo = 0.2, "adain", {1: 0.1, 2: 0.9}, "second_one"
    panel.settle(SOON)
    before = panel._latest._asked
    panel.reset()
    assert (panel.alpha, panel.method, panel.photo) == (1.0, "optimal_transport", "second_one")
    assert panel.level_alphas == stylizer.default_level_alpha()
    assert panel._latest._asked == before + 1
    assert_shows_its_settings(panel, stylizer)


def test_the_reset_button_resets(panel):
    panel.alpha = 0.2
    panel._reset.click()
    assert panel.alpha == 1.0


def test_the_controls_are_where_a_browser_looks_for_them(panel):
    assert "ae-style-panel" in panel._dom_classes and "ae-picture" in panel.picture._dom_classes
    assert panel._alpha.description == "alpha" and "ae-alpha" in panel._alpha._dom_classes
    assert isinstance(panel.picture, widgets.Image) and panel._alpha.continuous_update


def test_bundled_pictures_are_offered_by_title_and_credited(stylizer):
    panel = StylePanel(stylizer, size=24)
    assert [name for _, name in panel._photo.options] == data.photo_names()
    assert [label for label, _ in panel._painting.options][0] == data.entry(data.painting_names()[0]).title
    panel.photo = next(one.name for one in data.entries("photo") if one.licence.startswith("CC-BY"))
    assert panel.settle(SOON)
    assert "CC-BY" in panel._photo_caption.value and data.entry(panel.photo).author in panel._photo_caption.value
    assert panel.photo_picture.tooltip == data.entry(panel.photo).alt
    assert max(shown(panel.photo_picture).shape) == 24
    panel.close()


def test_pictures_can_be_paths_and_functions(stylizer, tmp_path):
    mine = images.to_uint8(PHOTOS["first"]) / np.float32(255)  # as a file of eight bits holds it
    images.save_image(mine, tmp_path / "mine.png")
    panel = StylePanel(stylizer, {"file": tmp_path / "mine.png", "call": lambda: mine}, PAINTINGS)
    first = shown(panel.picture)
    panel.photo = "call"
    assert panel.settle(SOON)
    np.testing.assert_allclose(shown(panel.picture), first, atol=1 / 255)
    np.testing.assert_allclose(first, as_jpeg(stylizer(mine, PAINTINGS["red"])), atol=4 / 255)
    panel.close()


# --- StylePanel: many moves ------------------------------------------------------------------------------------------


def test_a_burst_of_moves_ends_on_the_last_without_a_queue(panel, stylizer):
    slow_down(panel, 0.05)
    before = panel.num_draws
    for step in range(50):
        panel.alpha = step / 50
        time.sleep(0.002)  # so that the moves fall into paintings as well as between them
    assert_shows_its_settings(panel, stylizer)
    assert panel.alpha == 0.98 and "alpha 0.98" in panel._caption.value
    assert panel.num_draws - before <= 25


def test_moves_from_several_threads_end_on_what_the_controls_say(panel, stylizer):
    slow_down(panel, 0.01)

    def move(level):
        for value in [*np.linspace(0, 0.3, 40), 1.0]:  # the last one a leap, that the picture shows
            panel.level_alphas = {level: float(value)}
            time.sleep(0.002)

    threads = [threading.Thread(target=move, args=(level,)) for level in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert panel.level_alphas == {1: 1.0, 2: 1.0}
    assert_shows_its_settings(panel, stylizer)


def test_settle_says_when_the_time_was_up(panel):
    slow_down(panel, 0.5)
    panel.alpha = 0.1
    assert not panel.settle(0.01)
    assert panel.settle(SOON)


def test_moves_leave_no_memory_behind(panel):
    def moves():
        for step in range(25):
            panel.alpha = step / 25
            panel.settle(SOON)
            panel.photo = list(PHOTOS)[step % 2]
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
    assert grown < 200_000  # bytes, for 50 moves
    assert len(_instances) == alive


def test_callbacks_print_nothing(panel, capfd):
    panel.alpha, panel.photo = 0.3, "second_one"
    panel.settle(SOON)
    assert capfd.readouterr() == ("", "")


# --- StylePanel: what goes wrong -------------------------------------------------------------------------------------


def broken():
    raise OSError("the disk has gone")


@pytest.mark.parametrize("bad, words", [
    (np.full((8, 8, 3), np.nan), "NaN"),
    (np.zeros((8, 8, 5)), "(8, 8, 5)"),
    ("no/such/file.jpg", "no/such/file.jpg"),
    (broken, "the disk has gone"),
])
def test_a_bad_picture_is_said_and_the_next_good_one_shown(stylizer, bad, words):
    panel = StylePanel(stylizer, {"good": PHOTOS["first"], "bad": bad}, PAINTINGS)
    before = panel.picture.value
    panel.photo = "bad"
    assert panel.settle(SOON)
    assert panel.status.value.startswith("Cannot paint this: ") and words in panel.status.value
    assert "Traceback" not in panel.status.value and bytes(panel.picture.value) == bytes(before)
    panel.photo, panel.alpha = "good", 0.5
    assert panel.settle(SOON) and panel.status.value.startswith("painted in")
    assert bytes(panel.picture.value) != bytes(before)
    panel.close()


def leave():
    raise SystemExit(3)


@pytest.mark.parametrize("bad, words", [
    (leave, "SystemExit: 3"), (lambda: 1 / 0, "ZeroDivisionError: division by zero"),
], ids=["exit", "error"])
def test_a_picture_that_wants_to_end_python_is_said_and_leaves_nobody_waiting(stylizer, monkeypatch, bad, words):
    monkeypatch.setattr(StylePanel, "settle", lambda panel, timeout=SOON: panel._latest.settle(timeout))  # not for ever
    panel = StylePanel(stylizer, {"bad": bad, **PHOTOS}, PAINTINGS)
    assert panel.settle(20) and panel.status.value == f"Cannot paint this: {words}."
    panel.photo = "first"
    assert_shows_its_settings(panel, stylizer)
    panel.close()


def test_a_bad_first_picture_leaves_a_panel_that_works(stylizer):
    panel = StylePanel(stylizer, {"bad": broken, "good": PHOTOS["first"]}, PAINTINGS)
    assert "the disk has gone" in panel.status.value and not panel.picture.value
    panel.photo = "good"
    assert panel.settle(SOON) and panel.picture.value
    panel.close()


def test_words_from_outside_are_not_taken_for_markup(stylizer):
    panel = StylePanel(stylizer, {"<b>bold</b>": "<img src=x>.jpg"}, PAINTINGS)
    assert "<img" not in panel.status.value and "&lt;img" in panel.status.value
    panel.close()


@pytest.mark.parametrize("name, value, words", [
    ("alpha", 1.7, "alpha must be between 0 and 1; received 1.7"),
    ("alpha", float("nan"), "alpha must be between 0 and 1"),
    ("level_alphas", {3: 0.5}, "level_alphas must have levels from 1 to 2"),
    ("level_alphas", {1: 0.5, 2: -1}, r"level_alphas\[2\] must be between 0 and 1; received -1"),
    ("level_alphas", [1], r"level_alphas must be a dict from level to strength; received \[1\]"),
    ("level_alphas", None, "level_alphas must be a dict from level to strength; received None"),
    ("level_alphas", 5, "level_alphas must be a dict from level to strength; received 5"),
    ("method", "magic", "method must be one of adain, .*received 'magic'"),
    ("method", [], r"method must be one of adain, .*received \[\]"),
    ("method", np.zeros(2), r"method must be one of adain, .*received array"),
    ("photo", {}, r"photo must be one of first, second_one; received \{\}"),
    ("photo", "none", "photo must be one of first, second_one; received 'none'"),
    ("painting", "none", "painting must be one of red, blue"),
])
def test_a_setting_out_of_range_is_refused_and_nothing_moves(panel, name, value, words):
    before = panel.alpha, panel.level_alphas, panel.method, panel.photo, panel.painting
    with pytest.raises(ValueError, match=words):
        setattr(panel, name, value)
    assert (panel.alpha, panel.level_alphas, panel.method, panel.photo, panel.painting) == before


@pytest.mark.parametrize("options, error, words", [
    ({"stylizer": "pixel"}, TypeError, "stylizer must be a Stylizer.*received str"),
    ({"photos": {}}, ValueError, "photos must be a dict .* with at least one"),
    ({"paintings": [1]}, ValueError, "paintings must be a dict"),
    ({"size": 0}, ValueError, "size must be a positive int, in pixels; received 0"),
    ({"size": 2.5}, ValueError, "size must be a positive int"),
])
def test_a_panel_refuses_what_it_cannot_use(stylizer, options, error, words):
    with pytest.raises(error, match=words):
        StylePanel(**{"stylizer": stylizer, "photos": PHOTOS, "paintings": PAINTINGS} | options)


# --- what both panels owe to readers and notebooks -------------------------------------------------------------------


def descendants(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from descendants(child)


@pytest.fixture
def training(crops):
    panel = TrainingPanel(build_pyramid(PyramidConfig((4, 8))), crops, steps=6, report_every=2, preview=PHOTOS["first"])
    yield panel
    panel.close()
    if panel._run is not None:
        panel._run.wait()


@pytest.fixture(scope="module")
def crops():
    return Crops([picture(0), picture(1)], size=8, batch_size=2, seed=0)


@pytest.mark.parametrize("which", ["panel", "training"])
def test_every_picture_says_what_it_shows(which, request):
    found = [w for w in descendants(request.getfixturevalue(which)) if isinstance(w, widgets.Image)]
    assert len(found) >= 3 and all(image.tooltip for image in found)
    # Without this the browser's side of ipywidgets does not draw an Image that has a tooltip.
    assert all("description" in image.get_state() for image in found)


@pytest.mark.parametrize("which", ["panel", "training"])
def test_the_plain_text_of_a_panel_is_short_and_always_the_same(which, request):
    panel = request.getfixturevalue(which)
    text = panel._repr_mimebundle_()["text/plain"]
    assert text == repr(panel) and len(text) < 80 and panel.model_id not in text and "0x" not in text


@pytest.mark.parametrize("which", ["panel", "training"])
def test_no_control_has_a_fixed_width_that_a_narrow_window_would_cut(which, request):
    for widget in descendants(request.getfixturevalue(which)):
        width = getattr(getattr(widget, "layout", None), "width", None)
        assert width is None or not width.endswith("px") or int(width[:-2]) <= 100


# --- Latest ----------------------------------------------------------------------------------------------------------


def test_python_ends_only_after_a_drawing_that_is_under_way():
    code = (
        "import time\nfrom aelearn.panels.latest import Latest\n"
        "latest = Latest(lambda: (time.sleep(0.5), print('drawn', flush=True)))\nlatest.ask()\ntime.sleep(0.1)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=SOON)
    assert (ended.returncode, ended.stdout) == (0, "drawn\n"), ended.stderr



def test_requests_while_working_become_one():
    begun, go, seen = threading.Event(), threading.Event(), []

    def work():
        begun.set()
        go.wait(SOON)
        seen.append(len(seen))

    worker = Latest(work)
    worker.ask()
    begun.wait(SOON)
    for _ in range(30):
        worker.ask()
    go.set()
    assert worker.settle(SOON) and seen == [0, 1] and worker.num_runs == 2
    worker.close()


def test_the_thread_ends_when_idle_and_starts_again_when_asked(monkeypatch):
    monkeypatch.setattr(latest, "LINGER", 0.05)
    worker = Latest(lambda: None)
    worker.ask()
    thread = worker._thread
    thread.join(SOON)
    assert not thread.is_alive() and thread.daemon
    worker.ask()
    assert worker.settle(SOON) and worker.num_runs == 2


def test_a_closed_panel_ends_its_thread_at_once_and_ignores_moves(stylizer, monkeypatch):
    monkeypatch.setattr(latest, "LINGER", 1000)
    panel = StylePanel(stylizer, PHOTOS, PAINTINGS)
    thread, paints = panel._latest._thread, panel.num_draws
    panel.close()
    thread.join(SOON)
    assert not thread.is_alive()
    panel.alpha = 0.1
    assert panel.settle(SOON) and panel.num_draws == paints


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_work_that_fails_is_reported_and_leaves_nobody_waiting(monkeypatch, error):
    seen, reported = [], []
    monkeypatch.setattr(threading, "excepthook", reported.append)

    def work():
        seen.append(1)
        if len(seen) == 1:
            raise error("once")

    worker = Latest(work)
    worker.ask()
    assert worker.settle(20)
    worker.ask()
    assert worker.settle(20) and len(seen) == 2
    assert [str(one.exc_value) for one in reported] == ["once"]


# --- TrainingPanel ---------------------------------------------------------------------------------------------------


def test_training_runs_to_its_end_and_says_so(training):
    assert training.status.value.startswith("waiting") and training.history.status == "waiting"
    training.start()
    assert training._start.disabled and not training._stop.disabled and training.status.value.startswith("running")
    history = training.wait()
    assert history is training.history and history.status == "finished" and history.steps == [2, 4, 6]
    assert training.status.value.startswith("finished: 6 steps in 0:") and not training.running
    assert (training.progress.value, training.progress.max) == (6, 6)
    assert not training._start.disabled and training._stop.disabled


def test_pictures_and_curve_show_the_weights_that_training_kept(training):
    curve = bytes(training.curve.value)
    training.start()
    training.wait()
    assert bytes(training.curve.value) != curve
    outputs = [np.asarray(each)[0].clip(0, 1) for each in training._model(PHOTOS["first"][None])]
    np.testing.assert_allclose(shown(training.pictures["original"]), as_jpeg(PHOTOS["first"]), atol=4 / 255)
    np.testing.assert_allclose(shown(training.pictures["first"]), as_jpeg(outputs[0]), atol=4 / 255)
    np.testing.assert_allclose(shown(training.pictures["deepest"]), as_jpeg(outputs[-1]), atol=4 / 255)


def test_stop_ends_a_long_run_within_two_seconds(crops):
    reported = threading.Event()
    model = build_pyramid(PyramidConfig((4, 8)))
    panel = TrainingPanel(model, crops, steps=1_000_000, report_every=5, on_report=lambda _: reported.set())
    panel.start()
    assert reported.wait(SOON)
    began = time.monotonic()
    panel._stop.click()
    assert "stop" in panel.status.value
    history = panel.wait(SOON)
    assert time.monotonic() - began < 2
    assert history.status == "stopped" and panel.status.value.startswith("stopped at step ")
    panel.close()


def test_start_again_trains_further(training):
    training.start()
    training.wait()
    weights = training._model.get_weights()
    training._start.click()
    assert training.wait().status == "finished"
    assert any((a != b).any() for a, b in zip(weights, training._model.get_weights()))


def test_what_goes_wrong_in_training_is_said_and_raised_again(crops):
    poisoned = Crops([picture(0)], size=8, batch_size=2, seed=0)
    poisoned.images = [np.full((24, 32, 3), np.nan, np.float32)]
    panel = TrainingPanel(build_pyramid(PyramidConfig((4,))), poisoned, steps=5)
    panel.start()
    with pytest.raises(TrainingError, match="the loss is nan at step 1"):
        panel.wait()
    assert panel.status.value.startswith("failed: the loss is nan at step 1")
    assert not panel._start.disabled
    panel.close()


def test_an_option_that_training_refuses_is_said(crops):
    panel = TrainingPanel(build_pyramid(PyramidConfig((4,))), crops, steps=-3)
    panel.start()
    with pytest.raises(ValueError, match="steps must be a positive int; received -3"):
        panel.wait()
    assert panel.status.value.startswith("failed: steps must be a positive int")
    panel.close()


def test_training_cannot_be_started_twice_at_once(crops):
    panel = TrainingPanel(build_pyramid(PyramidConfig((4,))), crops, steps=1_000_000)
    panel.start()
    with pytest.raises(RuntimeError, match="training is running"):
        panel.start()
    panel.stop()
    panel.wait(SOON)
    panel.close()


def test_waiting_for_what_was_not_started_is_an_error(training):
    with pytest.raises(RuntimeError, match="press Start or call start"):
        training.wait()


def test_closing_stops_training(crops):
    panel = TrainingPanel(build_pyramid(PyramidConfig((4,))), crops, steps=1_000_000)
    panel.start()
    panel.close()
    assert panel._run.wait(SOON).status == "stopped"


def test_steps_must_be_given(crops):
    with pytest.raises(TypeError, match="steps is missing"):
        TrainingPanel(build_pyramid(PyramidConfig((4,))), crops)


def test_a_preview_that_is_no_picture_is_refused_at_once(crops):
    with pytest.raises(images.ImageError, match="preview"):
        TrainingPanel(build_pyramid(PyramidConfig((4,))), crops, steps=1, preview=np.zeros((3, 3, 7)))


def test_several_previews_stand_below_one_another(crops):
    panel = TrainingPanel(build_pyramid(PyramidConfig((4, 8))), crops, steps=1, preview=list(PHOTOS.values()))
    heights, widths = zip(*(each.shape[:2] for each in PHOTOS.values()))
    for image in panel.pictures.values():
        assert shown(image).shape == (sum(heights) + 6, max(widths), 3)
    panel.close()


def test_a_model_without_levels_shows_its_one_reconstruction(crops):
    model = build_convolutional(ConvolutionalConfig((8, 8, 1), (2,), 1))
    panel = TrainingPanel(model, crops, steps=1, preview=picture(0, 8, 8)[..., :1])
    assert list(panel.pictures) == ["original", "first"]
    panel.close()


def test_a_run_that_reports_at_every_step_is_drawn_once_a_second(crops):
    panel = TrainingPanel(build_pyramid(PyramidConfig((4, 8))), crops, steps=60, report_every=1)
    drawn, clocks = [], []
    panel._draw = lambda history: drawn.append(time.monotonic())
    panel.status.observe(lambda _: clocks.append(time.monotonic()), names="value")
    panel.start()
    panel.wait()
    assert len(panel.history.steps) == 60
    # Five widgets change in a drawing and two with the clock; only the last drawing may follow another at once.
    assert all(later - earlier > 0.5 for earlier, later in zip(drawn, drawn[1:-1]))
    assert all(later - earlier > 0.5 for earlier, later in zip(clocks[1:], clocks[2:-1]))
    panel.close()


def test_waiting_includes_the_last_drawing(training):
    drawn = []
    training._draw = lambda history: (time.sleep(0.3), drawn.append(history.status))
    training.start()
    training.wait()
    assert drawn[-1] == "finished"


def test_the_button_says_why_it_does_not_start(training, monkeypatch):
    monkeypatch.setattr(training, "start", lambda: (_ for _ in ()).throw(RuntimeError("not now")))
    training._start.click()
    assert training.status.value == "not now"


def test_training_buttons_are_where_a_browser_looks_for_them(training):
    assert "ae-training-panel" in training._dom_classes and "ae-status" in training.status._dom_classes
    assert (training._start.description, training._stop.description) == ("Start", "Stop")
    assert "ae-start" in training._start._dom_classes and "ae-stop" in training._stop._dom_classes
