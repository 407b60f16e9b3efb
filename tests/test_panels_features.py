"""FeaturePanel: the map and the decoded picture are those of the channel, level, encoder and picture that it names."""

import gc
import io
import time
import tracemalloc

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

from aelearn import images, metrics, plots
from aelearn.autoencoders import PyramidConfig, build_pyramid
from aelearn.panels import FeaturePanel
from aelearn.panels.codes import Coded
from aelearn.stylize import Stylizer

SOON = 120  # seconds; generous, for machines that do other things as well
random = np.random.default_rng(0)


def some_picture(height, width):
    coarse = random.random((height // 4 + 1, width // 4 + 1, 3)).repeat(4, axis=0).repeat(4, axis=1)
    return coarse[:height, :width].astype(np.float32)


PHOTOS = {"even": some_picture(16, 24), "odd_size": some_picture(21, 30)}


class Shrinking:
    """An encoder without weights: level l is the mean of blocks of 2^l pixels, and its deviation; decoding repeats."""

    num_levels = 2

    def encode(self, image, level):
        side = 2**level
        blocks = image.reshape(image.shape[0] // side, side, image.shape[1] // side, side, 3)
        return np.concatenate([blocks.mean(axis=(1, 3)), blocks.std(axis=(1, 3))], axis=2)

    def decode(self, code, level):
        return code[..., :3].repeat(2**level, axis=0).repeat(2**level, axis=1).clip(0, 1)


@pytest.fixture(scope="module")
def stylizer():
    return Stylizer(build_pyramid(PyramidConfig((4, 6, 8)), seed=3), name="pyramid")


@pytest.fixture
def panel(stylizer):
    panel = FeaturePanel({"pyramid": stylizer, "shrinking": Shrinking()}, PHOTOS)
    yield panel
    panel.close()


def shown(image):
    return images.load_image(io.BytesIO(image.value))


def as_jpeg(picture):
    return images.load_image(io.BytesIO(images.encode_jpeg(picture)))


def code_of(panel):
    """The code by the encoder itself, of the picture padded by mirroring, as large as the encoder needs."""
    encoder = panel._encoders[panel.encoder]
    picture = PHOTOS[panel.photo]
    multiple = 2**encoder.num_levels
    rows, columns = (-(-side // multiple) * multiple - side for side in picture.shape[:2])
    padded = np.pad(picture, ((0, rows), (0, columns), (0, 0)), mode="symmetric")
    return encoder, picture, encoder.encode(padded, panel.level)


def channel_by_variance(code, rank):
    variances = [code[..., channel].var() for channel in range(code.shape[2])]
    return sorted(range(len(variances)), key=lambda channel: -variances[channel])[rank - 1]


def edited_in_a_loop(code, channel, mode):
    code = code.copy()
    for other in range(code.shape[2]):
        if (mode == "alone" and other != channel) or (mode == "without" and other == channel):
            code[..., other] = code[..., other].mean()
    return code


def assert_shows_what_it_says(panel):
    assert panel.settle(SOON)
    encoder, picture, code = code_of(panel)
    channel, (height, width) = channel_by_variance(code, panel.rank), picture.shape[:2]
    assert panel.status.value == f"channel {channel} is number {panel.rank} of {code.shape[2]} by variance"
    step = 2 ** (panel.level - 1 if panel.encoder == "pyramid" else panel.level)
    expected = np.kron(plots.channel_picture(code, channel), np.ones((step, step, 1)))[:height, :width]
    np.testing.assert_allclose(shown(panel.map), as_jpeg(expected), atol=4 / 255)
    decoded = encoder.decode(edited_in_a_loop(code, channel, panel.mode), panel.level)[:height, :width]
    np.testing.assert_allclose(shown(panel.picture), as_jpeg(decoded), atol=5 / 255)
    assert f"level {panel.level}: {metrics.psnr(picture, decoded):.1f} dB" in panel._caption.value
    assert f"channel {channel}: {code.shape[0]} × {code.shape[1]} numbers" in panel._map_caption.value
    share = 100 * code[..., channel].var() / code.var(axis=(0, 1)).sum()
    assert f"{share:.0f} % of the variance" in panel._map_caption.value
    np.testing.assert_allclose(shown(panel.photo_picture), as_jpeg(picture), atol=4 / 255)


# --- what it shows


def test_the_first_picture_is_there_as_soon_as_the_panel_is(panel):
    assert panel.num_draws == 1 and (panel.level, panel.rank, panel.mode) == (1, 1, "all")
    assert_shows_what_it_says(panel)


@pytest.mark.parametrize("photo", PHOTOS)
@pytest.mark.parametrize("encoder, level", [("pyramid", 1), ("pyramid", 2), ("pyramid", 3), ("shrinking", 2)])
def test_every_picture_encoder_and_level_can_be_chosen(panel, photo, encoder, level):
    panel.photo, panel.encoder, panel.level = photo, encoder, level
    assert_shows_what_it_says(panel)


@pytest.mark.parametrize("mode", ["all", "alone", "without"])
@pytest.mark.parametrize("rank", [1, 3, 6])
def test_every_channel_can_be_decoded_alone_and_left_out(panel, rank, mode):
    panel.level, panel.rank, panel.mode = 2, rank, mode
    assert_shows_what_it_says(panel)


def test_the_slider_ends_at_the_number_of_channels_and_follows_the_level(panel):
    panel.level = 3
    panel.rank = 8
    panel.level = 1
    assert (panel._rank.max, panel.rank) == (4, 4)
    assert_shows_what_it_says(panel)
    panel.encoder = "shrinking"
    assert panel._rank.max == 6


def test_another_encoder_keeps_the_level_where_it_has_one(panel):
    panel.level = 3
    panel.encoder = "shrinking"
    assert panel.level == 2
    assert_shows_what_it_says(panel)
    panel.encoder = "pyramid"
    assert panel.level == 2 and [value for _, value in panel._level.options] == [1, 2, 3]
    assert_shows_what_it_says(panel)


def test_one_encoder_needs_no_list_of_encoders(stylizer):
    panel = FeaturePanel(stylizer, PHOTOS)
    assert panel.encoder == "pyramid" and panel._encoder not in panel._choice
    panel.close()


def test_the_bundled_photos_are_offered_with_their_titles(stylizer):
    panel = FeaturePanel(stylizer, size=32)
    panel.photo = "chelsea"
    assert panel.settle(SOON)
    assert "Stéfan van der Walt" in panel._photo_caption.value
    assert max(shown(panel.photo_picture).shape) == 32
    panel.close()


def test_a_picture_is_encoded_once_however_often_the_channel_changes(stylizer, monkeypatch):
    panel, calls = FeaturePanel(stylizer, PHOTOS), []
    monkeypatch.setattr(stylizer, "encode", lambda image, level: calls.append(level))
    for rank in (2, 3, 1):
        panel.rank = rank
        panel.settle(SOON)
    panel.mode = "alone"
    assert panel.settle(SOON) and calls == [] and "channel" in panel.status.value
    panel.close()


# --- many moves


def test_a_burst_of_moves_ends_on_the_last_without_a_queue(panel, monkeypatch):
    decode = Coded.decode

    def slow(coded, code):
        time.sleep(0.05)
        return decode(coded, code)

    monkeypatch.setattr(Coded, "decode", slow)
    panel.level = 3
    panel.settle(SOON)
    before = panel.num_draws
    for step in range(50):
        panel.rank = 1 + step % 8
        time.sleep(0.002)
    assert_shows_what_it_says(panel)
    assert panel.rank == 2 and panel.num_draws - before <= 40


def test_moves_leave_no_memory_behind(panel):
    def moves():
        for step in range(20):
            panel.level, panel.rank = 1 + step % 2, 1 + step % 4
            panel.encoder = ("pyramid", "shrinking")[step % 2]
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
    panel.rank, panel.mode = 2, "alone"
    panel.settle(SOON)
    assert capfd.readouterr() == ("", "")


# --- what it owes to readers and notebooks


def test_every_picture_says_what_it_shows(panel):
    panel.rank = 2
    panel.settle(SOON)
    assert panel.photo_picture.tooltip and "of the variance" in panel.map.tooltip
    assert "decoded from all channels of level 1" in panel.picture.tooltip


def test_the_plain_text_of_the_panel_is_always_the_same(panel):
    for rank in (1, 2):
        panel.rank = rank
        text = panel._repr_mimebundle_()["text/plain"]
        assert text == "FeaturePanel: one channel of a code, and what is decoded from that level"


def test_the_controls_are_where_a_browser_looks_for_them(panel):
    assert "ae-feature-panel" in panel._dom_classes and "ae-rank" in panel._rank._dom_classes
    found = {control: control._dom_classes for control in (panel._photo, panel._encoder, panel._level, panel._mode)}
    assert [classes[-1] for classes in found.values()] == ["ae-photo", "ae-encoder", "ae-level", "ae-mode"]
    assert "ae-map" in panel.map._dom_classes and "ae-decoded" in panel.picture._dom_classes


def test_a_decoder_that_fails_is_said_and_the_next_move_works(panel, monkeypatch):
    def broken(coded, code):
        raise ValueError("the weights <have> gone")

    with monkeypatch.context() as patch:
        patch.setattr(Coded, "decode", broken)
        panel.rank = 2
        assert panel.settle(SOON)
        assert panel.status.value == "Cannot show this: the weights &lt;have&gt; gone"
    panel.rank = 3
    assert_shows_what_it_says(panel)


def test_a_picture_that_cannot_be_read_is_said(stylizer, tmp_path):
    panel = FeaturePanel(stylizer, {"good": PHOTOS["even"], "missing": tmp_path / "none.jpg"})
    panel.photo = "missing"
    assert panel.settle(SOON) and panel.status.value.startswith("Cannot show this: ")
    panel.close()


@pytest.mark.parametrize("name, value, words", [
    ("photo", "nobody", "photo must be one of even, odd_size; received 'nobody'"),
    ("encoder", "vgg", "encoder must be one of pyramid, shrinking; received 'vgg'"),
    ("level", 4, "level must be an int from 1 to 3; received 4"),
    ("level", 1.5, "level must be an int from 1 to 3; received 1.5"),
    ("rank", 0, "rank must be an int from 1 to 4; received 0"),
    ("rank", 5, "rank must be an int from 1 to 4; received 5"),
    ("rank", "first", "rank must be an int from 1 to 4; received 'first'"),
    ("mode", "half", "mode must be one of all, alone, without; received 'half'"),
])
def test_what_is_out_of_range_is_refused_and_nothing_moves(panel, name, value, words):
    before = panel.photo, panel.encoder, panel.level, panel.rank, panel.mode
    with pytest.raises(ValueError, match=words):
        setattr(panel, name, value)
    assert (panel.photo, panel.encoder, panel.level, panel.rank, panel.mode) == before


@pytest.mark.parametrize("change, error, words", [
    ({"encoders": {}}, ValueError, "encoders must be a Stylizer, or a dict with at least one"),
    ({"encoders": "pixel"}, TypeError, "'encoder' is a str without decode, num_levels"),
    ({"encoders": {"a": np.zeros(3)}}, TypeError, "'a' is a ndarray without encode, decode, num_levels"),
    ({"photos": {}}, ValueError, "photos must be a dict"),
    ({"size": 0}, ValueError, "size must be a positive int, in pixels; received 0"),
    ({"size": True}, ValueError, "size must be a positive int, in pixels; received True"),
])
def test_a_panel_refuses_what_it_cannot_use(change, error, words):
    arguments = {"encoders": Shrinking(), "photos": PHOTOS} | change
    with pytest.raises(error, match=words):
        FeaturePanel(**arguments)
