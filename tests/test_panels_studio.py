"""The studio: every setting reaches the picture, moves never queue, uploads are not trusted, and files are not lost."""

import io
import json
import os
import threading
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

from aelearn import data, images
from aelearn.panels import StudioPanel
from aelearn.panels.studio import files
from aelearn.panels.studio import panel as panel_module
from aelearn.panels.studio.paint import KEPT, StudioPainter, shares_of
from aelearn.panels.studio.settings import StudioSettings, check_settings
from aelearn.panels.studio.widgets import Brush, Upload
from aelearn.stylize import Stylizer, keep_colors, match_colors
from aelearn.stylize.segment import SEEN
from aelearn.transforms import METHODS

SOON = 240  # seconds; generous, for machines that do other things as well


def picture(seed, height=48, width=64):
    return np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)


def halves(height=48, width=64):
    """A photo whose upper half is dark and smooth and whose lower is light and rough."""
    photo = picture(9, height, width) * 0.5 + 0.5
    photo[: height // 2] = 0.1
    return photo


PHOTOS = {"first": halves(), "second": picture(1, 40, 40)}
PAINTINGS = {"red": picture(2) * [1, 0.2, 0.2], "green": picture(3) * [0.2, 1, 0.2], "blue": picture(4) * [0.2, 0.2, 1]}
STYLES = tuple(PAINTINGS)


@pytest.fixture(scope="module")
def stylizer():
    return Stylizer.load()  # an untrained painter paints gray, which is like any other gray


@pytest.fixture
def studio(stylizer, tmp_path):
    panel = StudioPanel(stylizer, PHOTOS, PAINTINGS, folder=tmp_path / "outputs")
    yield panel
    panel.close()


def settled(studio):
    assert studio.settle(SOON)
    assert studio.status.value.startswith("painted: "), studio.status.value
    return studio.picture


def shown(studio):
    return images.load_image(studio.easel.after)


def jpeg(array):
    return images.load_image(images.encode_jpeg(array))


def png(array, **options):
    buffer = io.BytesIO()
    Image.fromarray(images.to_uint8(array)).save(buffer, "PNG", **options)
    return buffer.getvalue()


# --- settings ---------------------------------------------------------------------------------------------------------


def test_the_first_picture_is_there_as_soon_as_the_panel_is(studio, stylizer):
    expected = stylizer(PHOTOS["first"], PAINTINGS["red"])
    np.testing.assert_allclose(studio.picture, expected, atol=1e-5)
    np.testing.assert_allclose(shown(studio), jpeg(expected), atol=4 / 255)
    assert studio.num_draws == 1 and studio.easel.before and studio.easel.after_words


@pytest.mark.parametrize("weights", [(1, 1, 2), (0, 1, 0), (0.5, 0, 0.5)])
def test_weights_mix_the_three_styles(studio, stylizer, weights):
    studio.set(weights=weights)
    mixed = stylizer(PHOTOS["first"], [PAINTINGS[name] for name in STYLES], weights=list(weights))
    np.testing.assert_allclose(settled(studio), mixed, atol=2e-3)


@pytest.mark.parametrize("method", METHODS)
def test_alpha_levels_and_method_reach_the_picture(studio, stylizer, method):
    levels = {1: 0.3, 2: 1.0, 3: 0.6}
    studio.set(alpha=0.7, level_alpha=levels, method=method)
    expected = stylizer(PHOTOS["first"], PAINTINGS["red"], alpha=0.7, level_alpha=levels, method=method)
    np.testing.assert_allclose(settled(studio), expected, atol=1e-4)


def test_stroke_reaches_the_picture(studio, stylizer):
    studio.set(stroke=0.5)
    expected = stylizer(PHOTOS["first"], stylizer.style(PAINTINGS["red"], stroke=0.5))
    np.testing.assert_allclose(settled(studio), expected, atol=1e-4)


def test_colours_are_the_paintings_the_photos_matched_or_nothing_else(studio, stylizer):
    photo, red = PHOTOS["first"], images.check_image(PAINTINGS["red"])
    expected = {
        "photo": keep_colors(stylizer(photo, red), photo),
        "matched": stylizer(photo, match_colors(red, photo)),
        "palette": match_colors(photo, red),
        "painting": stylizer(photo, red),
    }
    for color, wanted in expected.items():
        studio.set(color=color)
        np.testing.assert_allclose(settled(studio), wanted, atol=1e-3, err_msg=color)


def test_modes_are_those_of_the_heaviest_style(studio, stylizer):
    studio.set(weights=(0.2, 0.7, 0.1), modes=2)
    expected = stylizer.modes(PHOTOS["first"], PAINTINGS["green"], 2).paint()
    np.testing.assert_allclose(settled(studio), expected, atol=1e-4)


def test_automatic_regions_have_the_styles_in_turn(studio):
    studio.set(regions="automatic")
    both = settled(studio)
    labels = studio._controls.brush.map()
    assert {labels[5, 5], labels[-5, 5]} == {0, 1}
    colors = [images.resize_image(both, size=labels.shape)[labels == corner].mean(axis=0) for corner in (0, 1)]
    assert colors[0].argmax() == 0 and colors[1].argmax() == 1  # red, green


def test_automatic_regions_are_found_at_the_size_at_which_segment_looks(stylizer, tmp_path, monkeypatch):
    seen, segment = [], Stylizer.segment
    monkeypatch.setattr(Stylizer, "segment", lambda self, photo, *args: seen.append(photo.shape) or segment(
        self, photo, *args))
    panel = StudioPanel(stylizer, {"large": picture(1, 300, 600)}, PAINTINGS, folder=tmp_path)
    panel.set(regions="automatic")
    settled(panel)
    panel.close()
    assert set(seen) == {(SEEN // 2, SEEN, 3)}


def test_painted_regions_have_their_styles_and_what_is_photo_stays(studio, stylizer):
    labels = np.zeros((48, 64), np.uint8)
    labels[:, 20:40], labels[:, 40:] = 1, KEPT
    studio.paint_regions(labels)
    result = settled(studio)
    assert studio.settings.regions == "painted"
    np.testing.assert_allclose(result[:, 46:], PHOTOS["first"][:, 46:], atol=1e-6)
    assert np.abs(result - PHOTOS["first"])[:, :34].mean() > 0.02
    shares = shares_of(labels, (48, 64))
    regions = stylizer.regions(PHOTOS["first"], [PAINTINGS["red"], PAINTINGS["green"]], list(shares[:2])).paint()
    np.testing.assert_allclose(result[:, :30], regions[:, :30], atol=1e-3)


def test_a_region_without_strength_is_only_reconstructed(studio):
    labels = np.zeros((48, 64), np.uint8)
    labels[24:] = 1
    studio.paint_regions(labels)
    full = settled(studio)
    studio.set(strengths=(1, 0, 1))
    weaker = settled(studio)
    assert np.abs(full - weaker)[40:].mean() > 5 * np.abs(full - weaker)[:8].mean()


def test_a_picture_that_is_all_photo_is_the_photo(studio):
    studio.paint_regions(np.full((48, 64), KEPT))
    np.testing.assert_allclose(settled(studio), PHOTOS["first"], atol=1e-6)


def test_another_photo_has_regions_of_its_own(studio):
    studio.paint_regions(np.ones((48, 64), int))
    settled(studio)
    studio.set(photo="second")
    settled(studio)
    assert studio._controls.brush.map().shape == (40, 40) and not studio._controls.brush.map().any()


def test_painting_on_starts_from_the_automatic_regions(studio):
    studio.set(regions="automatic")
    settled(studio)
    automatic = studio._controls.brush.map()
    studio.set(regions="painted")
    settled(studio)
    np.testing.assert_array_equal(studio._controls.brush.map(), automatic)


def test_a_stroke_of_the_brush_makes_the_regions_painted(studio):
    studio.set(regions="automatic")
    settled(studio)
    brush = studio._controls.brush
    brush.labels = np.full((brush.rows, brush.columns), KEPT, np.uint8).tobytes()
    brush.strokes += 1
    np.testing.assert_allclose(settled(studio), PHOTOS["first"], atol=1e-6)
    assert studio.settings.regions == "painted"


def test_shares_add_up_to_one_where_no_photo_is_kept():
    labels = np.random.default_rng(0).integers(0, 3, (20, 30)).astype(np.uint8)
    np.testing.assert_allclose(shares_of(labels, (50, 75)).sum(axis=0), 1, atol=1e-5)


@pytest.mark.parametrize("change, word", [
    ({"photo": "third"}, "photo must be one of first, second"), ({"styles": ("red", "red")}, "styles"),
    ({"styles": ("red", "red", "pink")}, "style C"), ({"weights": (0, 0, 0)}, "weights"),
    ({"weights": (1, -1, 1)}, "weights"), ({"weights": 1}, "weights"), ({"alpha": 2}, "alpha"),
    ({"level_alpha": {1: 1}}, "level_alpha"), ({"level_alpha": {1: 1, 2: 1, 3: 9}}, r"level_alpha\[3\]"),
    ({"method": "magic"}, "method"), ({"method": []}, "method must be one of"), ({"photo": {}}, "photo must be one of"),
    ({"color": np.zeros(2)}, "color must be one of"),
    ({"stroke": 9}, "stroke"), ({"stroke": True}, "stroke"),
    ({"color": "pink"}, "color"), ({"modes": 0}, "modes"), ({"modes": 6}, "modes"), ({"modes": 1.5}, "modes"),
    ({"regions": "some"}, "regions"), ({"num_regions": 4}, "num_regions"), ({"strengths": (1, 2, 1)}, "strengths"),
    ({"size": 513}, "size"), ({"colour": "photo"}, "the settings are"),
], ids=str)
def test_a_setting_out_of_range_is_refused_and_nothing_changes(studio, change, word):
    before = studio.settings
    with pytest.raises(ValueError, match=word):
        studio.set(**change, **({} if "alpha" in change else {"alpha": 0.5}))
    assert studio.settings == before


@pytest.mark.parametrize("labels", [np.zeros((4, 4)), np.full((4, 4), 4), np.zeros(4, int), np.zeros((0, 4), int)])
def test_labels_that_are_none_are_refused(studio, labels):
    with pytest.raises(ValueError, match="labels"):
        studio.paint_regions(labels)


def test_bad_arguments_are_refused(stylizer, tmp_path):
    with pytest.raises(TypeError, match="stylizer"):
        StudioPanel("perceptual")
    with pytest.raises(ValueError, match="photo"):
        StudioPanel(stylizer, {}, PAINTINGS)
    with pytest.raises(ValueError, match="alpha"):
        StudioPanel(stylizer, PHOTOS, PAINTINGS, alpha=-1)


@pytest.mark.parametrize("folder", [None, 5, "", b"outputs", ["outputs"], "file"], ids=repr)
def test_what_is_no_folder_is_refused(stylizer, tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="^folder must be a folder, or a name that is free; received ") as error:
        StudioPanel(stylizer, PHOTOS, PAINTINGS, folder=folder)
    assert str(error.value).endswith(repr(folder))


@pytest.mark.parametrize("kind", ["bogus", None, [], "Photo"], ids=repr)
def test_a_picture_of_no_kind_is_refused(studio, kind):
    before = studio.settings
    with pytest.raises(ValueError, match="^kind must be 'photo' or 'painting'; received ") as error:
        studio.add(kind, picture(0), "n")
    assert str(error.value).endswith(repr(kind)) and studio.settings == before


def leave():
    raise SystemExit(3)


def test_a_picture_that_wants_to_end_python_is_said_and_leaves_nobody_waiting(stylizer, tmp_path, monkeypatch):
    monkeypatch.setattr(StudioPanel, "settle", lambda panel, timeout=20: panel._latest.settle(timeout))  # not for ever
    studio = StudioPanel(stylizer, {"bad": leave, **PHOTOS}, PAINTINGS, folder=tmp_path)
    assert studio.settle(20) and studio.status.value == "Cannot paint this: SystemExit: 3."
    studio.set(photo="first")
    settled(studio)
    studio.close()


def test_reset_keeps_photo_and_styles_and_asks_once(studio):
    start = studio.settings
    studio.set(photo="second", styles=("blue", "red", "green"), alpha=0.1, color="photo", weights=(0, 0, 1), modes=3)
    settled(studio)
    asked = studio._latest._asked
    studio._reset.click()
    assert studio._latest._asked == asked + 1
    assert studio.settings.photo == "second" and studio.settings.styles == ("blue", "red", "green")
    assert (studio.settings.alpha, studio.settings.color) == (start.alpha, "painting")
    assert studio.settings.weights == (1, 0, 0) and studio.settings.modes == 1


# --- controls ---------------------------------------------------------------------------------------------------------


def test_weights_stay_one_in_all_whichever_is_moved(studio):
    studio._controls.weights[1].value = 0.4
    assert studio._controls.triangle.weights == pytest.approx([0.6, 0.4, 0])
    studio._controls.triangle.weights = [0.2, 0.3, 0.5]
    assert [slider.value for slider in studio._controls.weights] == pytest.approx([0.2, 0.3, 0.5])
    studio._controls.weights[2].value = 0.0
    assert studio.settings.weights == pytest.approx((0.4, 0.6, 0))
    studio._controls.weights[0].value = 1.0
    studio._controls.weights[0].value = 0.5
    assert studio.settings.weights == pytest.approx((0.5, 0.25, 0.25))


def test_what_a_slider_rounds_is_no_move(studio):
    # The browser sends back what its slider shows, two digits of what it was given.
    controls = studio._controls
    controls.triangle.weights = [0.1689, 0.2811, 0.55]
    settled(studio)
    asked = studio._latest._asked
    for slider in controls.weights:
        shown = round(slider.value, 2)
        slider.value = shown + 0.001
        slider.value = shown
    assert studio._latest._asked == asked
    assert studio.settings.weights == pytest.approx((0.1689, 0.2811, 0.55))
    assert [slider.value for slider in controls.weights] == [0.17, 0.28, 0.55]


def test_a_point_outside_the_triangle_that_a_browser_sends_is_no_harm(studio):
    studio._controls.triangle.weights = [0.0, 0.0, 0.0]
    assert studio.settings.weights == (1, 0, 0)
    settled(studio)


def visible(widget):
    return widget.layout.display != "none"


def test_controls_without_effect_are_hidden(studio):
    controls = studio._controls
    seen = lambda: [visible(each) for each in (controls._mixture, controls.modes, controls._level_box,  # noqa: E731
                                               controls._number_box, controls._brush_box)]
    assert seen() == [True, True, True, False, False]
    studio.set(modes=2)
    settled(studio)
    assert seen() == [True, True, False, False, False]
    studio.set(regions="automatic")
    settled(studio)
    assert seen() == [False, False, False, True, True]
    studio.reset()
    settled(studio)
    assert controls._level_box.layout.display == "grid"


def test_moves_show_drafts_and_only_the_pause_after_them_the_whole(stylizer, tmp_path, monkeypatch):
    monkeypatch.setattr(panel_module, "PAUSE", 0.5)
    large = {"large": picture(5, 300, 400)}
    studio = StudioPanel(stylizer, large, PAINTINGS, folder=tmp_path)
    sizes, started = [], threading.Event()
    paint = studio._painter.paint
    studio._painter.paint = lambda settings, size, labels: (sizes.append(size), started.set(),
                                                            paint(settings, size, labels))[2]
    for step in range(30):
        studio._controls.alpha.value = 1 - (step + 1) / 40
        if step == 0:
            assert started.wait(SOON)
    assert settled(studio).shape == (300, 400, 3)
    assert sizes[-1] == 512 and sizes.count(512) == 1, sizes
    assert 1 <= sizes.count(256) < 30
    expected = stylizer(large["large"], PAINTINGS["red"], alpha=0.25)
    np.testing.assert_allclose(studio.picture, expected, atol=1e-4)
    studio.close()


def test_a_failure_is_said_and_the_picture_stays(studio):
    before = studio.easel.after
    studio._photos["second"] = studio._photos["first"].__class__("x", "x", "x", "/nowhere/at all.png")
    studio.set(photo="second")
    assert studio.settle(SOON)
    assert studio.status.value.startswith("Cannot paint this: ") and "still the one before" in studio.status.value
    assert studio.easel.after == before and studio.picture is None
    with pytest.raises(ValueError, match="no picture to save"):
        studio.save("x")


def test_fifty_moves_do_not_grow_memory(studio):
    for step in range(50):
        studio.set(weights=(1 + step, 50, 3))
    settled(studio)
    painter = studio._painter
    assert len(painter._canvases._kept) <= 2 and len(painter._pictures._kept) <= 6


# --- uploads ----------------------------------------------------------------------------------------------------------


def send(studio, kind, content, name, part=1000):
    """What upload.js does; returns what the panel says."""
    upload = studio._controls.uploads[kind]
    for at in range(0, max(len(content), 1), part):
        upload.take(upload, {"kind": "part", "id": name, "at": at, "size": len(content), "name": name},
                    [memoryview(content)[at : at + part]])
    return upload.message


def test_an_uploaded_photo_is_chosen_and_painted(studio, stylizer):
    mine = picture(7, 30, 50)
    said = send(studio, "photo", png(mine), "../../holiday.png")
    assert said == "holiday: 50 × 30 pixels, chosen as the photo"
    settled(studio)
    assert studio.settings.photo == "holiday"
    rounded = images.to_uint8(mine)
    np.testing.assert_allclose(studio.picture, stylizer(rounded, PAINTINGS["red"]), atol=1e-4)


def test_an_uploaded_painting_becomes_style_a(studio, stylizer):
    said = send(studio, "painting", png(picture(8)), "mine.png")
    assert said.endswith("chosen as style A")
    settled(studio)
    assert studio.settings.styles == ("mine", "green", "blue")
    np.testing.assert_allclose(studio.picture, stylizer(PHOTOS["first"], images.to_uint8(picture(8))), atol=1e-4)


def test_two_uploads_of_one_name_are_two_pictures(studio):
    send(studio, "photo", png(picture(7)), "a.png")
    send(studio, "photo", png(picture(8)), "a.png")
    assert studio.settings.photo == "a 2" and {"a", "a 2", *PHOTOS} == set(studio._photos)


def test_an_upload_cannot_take_the_name_of_a_picture_that_is_there(studio):
    send(studio, "photo", png(picture(7)), "first.png")
    assert studio.settings.photo == "first 2"
    np.testing.assert_array_equal(studio._photos["first"].load(512), PHOTOS["first"])


def rotated():
    """A JPEG lying on its side, as telephones write them, with a place in it."""
    tags = Image.Exif()
    tags[0x0112] = 6
    tags[0x010F] = "a telephone"
    buffer = io.BytesIO()
    Image.fromarray(images.to_uint8(picture(1, 40, 80))).save(buffer, "JPEG", exif=tags)
    return buffer.getvalue()


def bomb():
    """A PNG of a few hundred KB that is 30,000 × 30,000 pixels large."""
    buffer = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_rotated_photo_stands_upright(studio):
    assert send(studio, "photo", rotated(), "p.jpg") == "p: 40 × 80 pixels, chosen as the photo"
    assert settled(studio).shape == (80, 40, 3)
    assert b"a telephone" not in studio.save("p").read_bytes()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HOSTILE = {
    "a bomb": (bomb, "pixels, the limit"),
    "an SVG": (lambda: SVG, "not a JPEG, PNG or WebP"),
    "text called .jpg": (lambda: b"hello, this is no picture", "not a JPEG, PNG or WebP"),
    "an empty file": (lambda: b"", "empty"),
    "one pixel": (lambda: png(picture(0, 1, 1)), "1 × 1 pixels, and every side needs 16"),
    "a thread": (lambda: png(picture(0, 4, 3000)), "every side needs 16"),
    "half a picture": (lambda: png(picture(0, 200, 200))[:20_000], "damaged"),
    "a header alone": (lambda: b"\x89PNG\r\n\x1a\n", "damaged"),
    "a sound that begins as WebP does": (lambda: b"RIFF\x00\x00\x00\x00WAVEfmt ", ""),
    "a program": (lambda: b"MZ" + bytes(1000), "not a JPEG, PNG or WebP"),
}


@pytest.mark.parametrize("kind", ["photo", "painting"])
@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_picture_is_refused_in_a_sentence_and_nothing_changes(studio, case, kind, tmp_path):
    make, word = HOSTILE[case]
    before, picture_before = studio.settings, studio.easel.after
    said = send(studio, kind, make(), "nice.jpg", part=100_000)
    assert said.startswith("nice: ") and word in said and "\n" not in said and "max_pixels" not in said, said
    assert studio.settings == before and studio.easel.after == picture_before
    assert not list(tmp_path.iterdir())  # nothing was written anywhere


def test_a_file_that_is_too_large_is_refused_at_its_first_part(studio):
    upload = studio._controls.uploads["photo"]
    upload.take(upload, {"kind": "part", "id": "1", "at": 0, "size": files.MOST_BYTES + 1, "name": "a.jpg"}, [b"x"])
    assert "more than 20 MB" in upload.message and not upload._parts


def test_a_file_that_grows_beyond_what_it_announced_is_refused(studio):
    upload = studio._controls.uploads["photo"]
    upload.take(upload, {"kind": "part", "id": "1", "at": 0, "size": 2, "name": "a.jpg"}, [b"xxx"])
    assert "more than 20 MB, or damaged" in upload.message


@pytest.mark.parametrize("content, buffers", [
    ({}, [b""]), (None, [b""]), ([], []), ({"id": 1, "at": "x", "size": 1, "name": ""}, [b""]),
    ({"id": 1, "at": 0, "size": 1, "name": ""}, []), ({"id": 1, "at": 0, "size": float("inf"), "name": "x"}, [b"x"]),
    ({"id": 1, "at": float("-inf"), "size": 1, "name": "x"}, [b"x"]),
    ({"id": 1, "at": -1, "size": -1, "name": ""}, [b"x"]),
], ids=str)
def test_messages_that_no_upload_sends_are_ignored(studio, content, buffers):
    upload = studio._controls.uploads["photo"]
    upload.take(upload, content, buffers)
    assert upload.message == "" and not upload._parts


@pytest.mark.parametrize("order", [(0, 2, 1), (1, 0, 2), (2, 1, 0), (1, 2), (0, 2), (0, 1, 1)], ids=str)
def test_parts_out_of_order_are_said_to_be_damaged(order):
    received = []
    upload = Upload("x", lambda content, name: received.append(content) or "fine", most_bytes=10)
    for place in order:
        upload.take(upload, {"id": 1, "at": 2 * place, "size": 6, "name": "a.png"}, [b"ab"])
    assert upload.message == "a.png: damaged on its way; send it again" and not received
    for place in range(3):  # and sent again
        upload.take(upload, {"id": 2, "at": 2 * place, "size": 6, "name": "a.png"}, [b"ab"])
    assert upload.message == "fine" and received == [b"ababab"]


def test_what_is_still_on_its_way_of_a_refused_file_does_not_cover_the_reason():
    upload = Upload("x", len, most_bytes=10)
    for at in (0, 8, 16):
        upload.take(upload, {"id": 1, "at": at, "size": 24, "name": "a"}, [bytes(8)])
    assert upload.message.startswith("a: more than 0 MB")


def test_two_files_at_once_the_later_one_arrives():
    upload = Upload("x", lambda content, name: f"{name}: {len(content)}", most_bytes=10)
    for name, at in [("a", 0), ("b", 0), ("a", 2), ("b", 2)]:
        upload.take(upload, {"id": name, "at": at, "size": 4, "name": name}, [b"xx"])
        if (name, at) == ("a", 2):
            assert upload.message == "a: damaged on its way; send it again"
    assert upload.message == "b: 4"


def test_the_same_words_twice_are_news():
    seen, upload = [], Upload("x", lambda content, name: "fine", most_bytes=10)
    upload.observe(lambda change: seen.append(change.new), names="message")
    for _ in range(2):
        upload.take(upload, {"id": 1, "at": 0, "size": 1, "name": "a"}, [b"x"])
    assert seen == ["fine", "", "fine"]


def test_pictures_of_ones_own_are_not_without_number(studio, monkeypatch):
    monkeypatch.setattr(panel_module, "MOST_OWN", 2)
    for number in range(2):
        send(studio, "photo", png(picture(number)), "a.png")
    assert "2 pictures of your own already" in send(studio, "photo", png(picture(3)), "b.png")


@pytest.mark.parametrize("name", ["../../etc/passwd.png", "C:\\Windows\\x.png", "a\0b.png", "<img src=x>.png", "….png",
                                  "con.png", "-rf.png", "x" * 5000 + ".png", "", ".png", "/"], ids=repr)
def test_a_name_is_never_a_path(studio, name):
    label, _ = files.receive(png(picture(0)), name)
    assert 1 <= len(label) <= files.LONGEST_NAME
    assert not set(label) & set("/\\.<>:\0") and not label.startswith("-") and label.lower() != "con"


@pytest.mark.parametrize("labels", [b"", b"123", bytes(10_000_000)], ids=len)
def test_a_map_of_the_wrong_size_from_the_browser_is_none(studio, labels):
    studio.set(regions="automatic")
    settled(studio)
    studio._controls.brush.labels = labels
    studio._controls.brush.strokes += 1
    settled(studio)


def test_labels_beyond_the_inks_count_as_photo():
    brush = Brush()
    brush.show(b"", np.array([[0, 3]], np.uint8))
    brush.labels = bytes([200, 1])
    assert brush.map().tolist() == [[KEPT, 1]]


# --- saving -----------------------------------------------------------------------------------------------------------


def bundled(name):
    return lambda: data.load_painting(name, max_side=512)


def full_disk(*_, **__):
    raise images.ImageError("disk full")


def note(path):
    return json.loads(images.load_note(path))


def test_a_saved_picture_is_the_one_shown_and_carries_its_settings(studio, tmp_path):
    studio.set(weights=(0.25, 0.75, 0), alpha=0.8, stroke=0.5, color="photo")
    path = studio.save("my castle")
    assert path == tmp_path / "outputs" / "my_castle.png"
    np.testing.assert_allclose(images.load_image(path), studio.picture, atol=0.6 / 255)
    settings = note(path)
    assert settings["styles"] == [["red", 0.25], ["green", 0.75]] and settings["model"] == "perceptual"
    assert (settings["alpha"], settings["stroke"], settings["color"], settings["size"]) == (0.8, 0.5, "photo", 512)
    assert str(tmp_path) not in images.load_note(path) and "first" not in images.load_note(path)


REPEATED = {
    "a mixture": {"weights": (0.5, 0, 0.5), "alpha": 0.4, "level_alpha": {1: 0.5, 2: 1, 3: 1}, "method": "adain"},
    "colours": {"color": "photo", "stroke": 0.5},
    "a palette": {"color": "palette", "alpha": 0.5},
    "modes": {"modes": 2, "alpha": 0.9},
    "automatic regions": {"regions": "automatic", "strengths": (1, 0.5, 1)},
}


@pytest.mark.parametrize("case", REPEATED)
def test_the_command_line_repeats_what_the_studio_has_saved(stylizer, tmp_path, case):
    from aelearn import cli

    photo = tmp_path / "photo.png"
    images.save_image(images.load_image(images.encode_png(halves(96, 128))), photo)
    paintings = {name: bundled(name) for name in ("great_wave", "harvest", "lion")}
    studio = StudioPanel(stylizer, {"photo": photo}, paintings, folder=tmp_path)
    studio.set(**REPEATED[case])
    saved = studio.save("saved")
    studio.close()
    assert cli.main(["stylize", "--like", str(saved), str(photo), "-o", str(tmp_path / "again.png")]) == 0
    difference = np.abs(images.load_image(tmp_path / "again.png") - images.load_image(saved))
    assert difference.mean() < 2 / 255 and case  # a mask at the size of the map, and one at the size of the picture


def test_regions_painted_by_hand_are_not_repeated_as_something_else(studio, tmp_path, capsys):
    from aelearn import cli

    studio.paint_regions(np.eye(4, dtype=int))
    saved = studio.save("saved")
    assert cli.main(["stylize", "--like", str(saved), str(saved), "-o", str(tmp_path / "again.png")]) == 2
    assert "they name no style" in capsys.readouterr().err


def test_regions_are_noted_with_what_they_cover(studio):
    labels = np.zeros((48, 64), np.uint8)
    labels[:12] = 2
    studio.paint_regions(labels)
    studio.set(strengths=(1, 1, 0.5))
    settings = note(studio.save("x"))
    assert settings["studio"]["regions"] == "painted" and settings["styles"] == settings["regions"] == []
    assert [part[:2] for part in settings["studio"]["parts"]] == [["red", 1.0], ["blue", 0.5]]
    assert [part[2] for part in settings["studio"]["parts"]] == pytest.approx([0.75, 0.25], abs=0.02)


def test_nothing_is_overwritten_unless_it_is_said(studio):
    first = studio.save("a")
    content = first.read_bytes()
    studio.set(alpha=0.2)
    second, third = studio.save("a"), studio.save("a.PNG")
    assert [path.name for path in (first, second, third)] == ["a.png", "a-2.png", "a-3.png"]
    assert first.read_bytes() == content != second.read_bytes()
    assert studio.save("a", replace=True) == first and first.read_bytes() != content


NAMES = ["../../x", "/etc/x", "a/b/c", "..", "", "nul", "x\0y", "~/x", "a\\b", "$HOME"]


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_whatever_the_name_the_file_is_in_the_folder(studio, name, tmp_path):
    path = studio.save(name)
    assert path.parent == tmp_path / "outputs" and path.suffix == ".png" and path.is_file()
    assert [each.name for each in tmp_path.iterdir()] == ["outputs"]


def test_a_link_in_the_folder_is_not_followed(studio, tmp_path):
    (tmp_path / "outputs").mkdir()
    target = tmp_path / "precious"
    target.write_text("precious")
    (tmp_path / "outputs" / "a.png").symlink_to(target)
    assert studio.save("a").name == "a-2.png"
    assert studio.save("a", replace=True).name == "a.png" and target.read_text() == "precious"


def test_a_picture_that_cannot_be_written_leaves_no_file(studio, tmp_path, monkeypatch):
    monkeypatch.setattr(files.images, "save_image", full_disk)
    with pytest.raises(ValueError, match="disk full"):
        studio.save("a")
    assert list((tmp_path / "outputs").iterdir()) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_is_locked_is_said(studio, tmp_path):
    (tmp_path / "outputs").mkdir(mode=0o500)
    with pytest.raises(ValueError, match="cannot be written"):
        studio.save("a")


def test_a_folder_that_cannot_be_made_is_said(stylizer, tmp_path):
    (tmp_path / "file").write_text("")
    folder = files.OutputFolder(tmp_path / "file" / "outputs")
    with pytest.raises(images.ImageError, match="choose another folder"):
        folder.save(picture(0), "a", note="")


def test_two_who_save_at_once_get_two_files(tmp_path):
    folders, paths = [files.OutputFolder(tmp_path) for _ in range(8)], []
    threads = [threading.Thread(target=lambda each=each: paths.append(each.save(picture(0), "a", note="")))
               for each in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(paths)) == 8 == len(list(tmp_path.iterdir()))


def test_the_save_button_says_where_the_file_is_and_hands_it_out(studio, monkeypatch):
    handed = []
    monkeypatch.setattr(studio.easel, "hand_out", lambda name, content: handed.append((name, content[:4])))
    studio._name.value = "<b>x</b>"
    studio._save.click()
    assert studio.saved.value == "saved as b_x_b.png in the folder outputs"
    assert handed == [("b_x_b.png", b"\x89PNG")]


def test_the_save_button_says_why_not(studio, monkeypatch):
    monkeypatch.setattr(files.OutputFolder, "save", full_disk)
    studio._save.click()
    assert studio.saved.value == "Not saved: disk full"


# --- the painter by itself --------------------------------------------------------------------------------------------


def test_what_has_been_painted_with_is_not_encoded_again(stylizer, studio, monkeypatch):
    painter = StudioPainter(stylizer, studio._photos, studio._paintings)
    settings = StudioSettings("first", STYLES, level_alpha=stylizer.default_level_alpha())
    painter.paint(settings, 64)
    monkeypatch.setattr(stylizer, "style", None)
    monkeypatch.setattr(stylizer, "canvas", None)
    painter.paint(check_settings(settings, PHOTOS, PAINTINGS, 3), 64)


def test_one_photo_at_a_time_is_held_in_a_canvas_per_size(stylizer, studio):
    painter = StudioPainter(stylizer, studio._photos, studio._paintings)
    for name in PHOTOS:
        for size in (16, 32, 64):
            assert max(painter.paint(StudioSettings(name, STYLES), size).shape) <= 64
    assert len(painter._canvases._kept) == 2


# --- the page ---------------------------------------------------------------------------------------------------------

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


def code(path):
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_the_page_shows_the_panel_of_the_lesson():
    *_, panel, shown = "\n".join(code(NOTEBOOKS / "web" / "studio.ipynb")).splitlines()
    assert shown == "studio" and any(panel in cell for cell in code(NOTEBOOKS / "solutions" / "10_studio.ipynb"))


def test_the_page_hands_out_no_file_and_loads_nothing_from_elsewhere():
    settings = json.loads((NOTEBOOKS / "web" / "voila.json").read_text())
    assert settings["Voila"]["ip"] == "127.0.0.1"
    assert settings["VoilaConfiguration"] == {"file_allowlist": [], "file_denylist": [".*"], "show_tracebacks": False}
    policy = settings["Voila"]["tornado_settings"]["headers"]["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "http" not in policy
