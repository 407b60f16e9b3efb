"""Painting tile by tile: the whole picture's result at any tile and size, files that go away, what is refused."""

import errno
import os
from functools import partial

import numpy as np
import pytest

from aelearn import data, images, transforms
from aelearn.autoencoders import PainterConfig, PyramidConfig, build_painter, build_pyramid
from aelearn.images import ImageError
from aelearn.stylize import Stylizer, keep_colors, parts, tiles

from keras import ops  # isort: skip

BYTE = 1 / 255
ROUNDED = 0.51 * BYTE  # bytes are half of one off at most, and the rest is rounding of sums


def picture(height, width, *, seed=0):
    """Smooth random colours with some noise: (height, width, 3) in bytes."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / max(height, width, 2)
    waves = [np.sin(9 * (a * x + b * y) + c) for a, b, c in random.uniform(-1, 1, (3, 3))]
    image = random.uniform(0.2, 0.8, 3) + 0.15 * np.stack(waves, axis=-1)
    return images.to_uint8((image + 0.03 * random.normal(size=(height, width, 3))).clip(0, 1))


MODELS = {
    "painter": lambda: build_painter(PainterConfig((4, 6, 8)), seed=3),
    "grained": lambda: build_painter(PainterConfig((4, 6, 8), grain=0.1), seed=3),
    "calm": lambda: build_painter(
        PainterConfig((4, 6, 8), grain=0.1, hidden=(5, 6, 9), calm=(0.02, 0.1, 0.1)), seed=3),
    "two levels": lambda: build_painter(PainterConfig((6, 8)), seed=4),
    "pyramid": lambda: build_pyramid(PyramidConfig((4, 8, 8)), seed=3),
    "one level": lambda: build_pyramid(PyramidConfig((4,)), seed=3),
}


@pytest.fixture(scope="module")
def stylizers():
    return {name: Stylizer(build()) for name, build in MODELS.items()}


@pytest.fixture(scope="module")
def tiny(stylizers):
    return stylizers["painter"]


PHOTO, PAINTING = picture(69, 90, seed=1), picture(40, 33, seed=2)


# ---- the same picture


@pytest.mark.parametrize("tile", [8, 17, 40, 1024])
@pytest.mark.parametrize("model", MODELS)
def test_tiles_of_any_size_give_the_whole_picture(stylizers, model, tile):
    stylizer = stylizers[model]
    painted = stylizer.paint_large(PHOTO, PAINTING, tile=tile)
    assert painted.dtype == np.uint8 and painted.shape == PHOTO.shape
    np.testing.assert_allclose(painted / 255, stylizer(PHOTO, PAINTING), atol=ROUNDED)


@pytest.mark.parametrize("sides", [(8, 30), (30, 5), (1, 1)], ids=str)
def test_a_tile_that_lies_wholly_in_the_padding_changes_nothing(tiny, sides):
    photo = picture(*sides, seed=3)
    np.testing.assert_allclose(tiny.paint_large(photo, PAINTING, tile=8) / 255, tiny(photo, PAINTING), atol=ROUNDED)


@pytest.mark.parametrize("size", [(1, 1), (1, 70), (70, 1), (15, 17), (64, 64), (65, 63), (33, 200)], ids=str)
@pytest.mark.parametrize("model", ["painter", "pyramid"])
def test_pictures_of_any_size_are_padded_as_the_whole_one_is(stylizers, model, size):
    photo = picture(*size)
    painted = stylizers[model].paint_large(photo, PAINTING, tile=24)
    np.testing.assert_allclose(painted / 255, stylizers[model](photo, PAINTING), atol=ROUNDED)


@pytest.mark.parametrize("settings", [
    {"alpha": 0}, {"alpha": 0.4}, {"level_alpha": {1: 1.0}}, {"level_alpha": {3: 0.5, 1: 0.3}},
    {"level_alpha": {2: 0, 3: 0.5}}, *({"method": method} for method in transforms.METHODS),
], ids=str)  # fmt: skip
@pytest.mark.parametrize("model", ["painter", "pyramid"])
def test_every_setting_does_what_it_does_to_the_whole_picture(stylizers, model, settings):
    painted = stylizers[model].paint_large(PHOTO, PAINTING, tile=32, **settings)
    np.testing.assert_allclose(painted / 255, stylizers[model](PHOTO, PAINTING, **settings), atol=ROUNDED)


def test_styles_are_mixed_as_for_the_whole_picture(tiny):
    styles, weights = [PAINTING, tiny.style(picture(24, 24, seed=5))], [0.3, 0.7]
    painted = tiny.paint_large(PHOTO, styles, weights=weights, tile=32)
    np.testing.assert_allclose(painted / 255, tiny(PHOTO, styles, weights=weights), atol=ROUNDED)


def test_colours_of_the_photo_are_kept_as_in_the_whole_picture(tiny):
    expected = keep_colors(tiny(PHOTO, PAINTING), PHOTO)
    painted = tiny.paint_large(PHOTO, PAINTING, keep_colors=True, tile=32)
    np.testing.assert_allclose(painted / 255, expected, atol=ROUNDED)
    assert np.abs(painted / 255 - tiny(PHOTO, PAINTING)).max() > 0.05


def test_floats_may_be_painted_too(tiny):
    photo = (PHOTO / 255) ** 2
    painted = tiny.paint_large(photo, PAINTING, tile=32)
    np.testing.assert_allclose(painted / 255, tiny(photo, PAINTING), atol=ROUNDED)


@pytest.mark.parametrize("colour", [0, 77, 255])
def test_a_photo_of_one_colour_has_no_seams(tiny, colour):
    photo = np.full((80, 72, 3), colour, np.uint8)
    for method in transforms.METHODS:
        painted = tiny.paint_large(photo, PAINTING, method=method, tile=24)
        np.testing.assert_allclose(painted / 255, tiny(photo, PAINTING, method=method), atol=ROUNDED)


@pytest.mark.parametrize("model", ["perceptual", "pixel"])
def test_the_shipped_models_paint_a_photo_without_seams(model):
    stylizer, photo = Stylizer.load(model), images.to_uint8(data.load_photo("chambord", max_side=511))
    style = stylizer.style(data.load_painting("great_wave", max_side=256))
    for tile in (96, 256):
        painted = stylizer.paint_large(photo, style, tile=tile)
        assert np.abs(painted / 255 - stylizer(photo, style)).max() < BYTE


# ---- moments


@pytest.mark.parametrize("cuts", [[10], [1, 2, 9], [3, 3, 3, 3]], ids=str)
def test_moments_gathered_from_parts_are_those_of_the_whole(tmp_path, cuts):
    values = np.random.default_rng(0).normal(5, [1, 2, 3], (sum(cuts), 4, 3)).astype(np.float32)
    code = parts.Code((sum(cuts), 4), 1, 3, tmp_path, lambda part: transforms.moments(np.asarray(part)))
    ends = np.cumsum([0, *cuts])
    for start, stop in zip(ends, ends[1:]):
        code.write(range(start, stop), range(4), values[start:stop])
    expected = transforms.moments(values.astype(np.float64))
    np.testing.assert_allclose(code.moments.mean, expected.mean, rtol=1e-6)
    np.testing.assert_allclose(code.moments.covariance, expected.covariance, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(code.read(range(sum(cuts)), range(1, 3))[0], values[:, 1:3])
    code.close()


def test_the_map_of_a_tiled_picture_is_that_of_the_whole(tiny, monkeypatch):
    seen = []
    real = transforms.METHODS["adain"]
    monkeypatch.setitem(transforms.METHODS, "adain", lambda own, style: seen.append(own) or real(own, style))
    tiny(PHOTO, PAINTING, method="adain")
    tiny.paint_large(PHOTO, PAINTING, method="adain", tile=24)
    for whole, tiled in zip(seen[:3], seen[3:], strict=True):
        np.testing.assert_allclose(tiled.mean, whole.mean, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(tiled.covariance, whole.covariance, rtol=1e-3, atol=1e-5)


# ---- how far a step looks


@pytest.mark.parametrize("reach", [0, 1, 5])
def test_the_margin_is_what_a_step_looks_at(reach):
    probe = np.zeros((1, 2 * tiles.REACH + 1, 2 * tiles.REACH + 1, 2), np.float32)
    for axis, shift in [(1, reach), (1, -reach), (2, reach), (2, -reach)]:
        step = partial(lambda x, shift, axis: x + ops.roll(x, shift, axis=axis), shift=shift, axis=axis)
        margin, after = tiles.look_around(step, [probe, probe])
        assert margin == reach and len(after) == 2 and not after[0].any()


def test_the_margin_is_counted_in_blocks_of_what_goes_in_and_what_comes_out():
    side = 2 * tiles.REACH + 1
    probe = np.zeros((1, 4 * side, 4 * side, 1), np.float32)  # four positions a block

    def halved(x, shift):
        return ops.roll(x, shift, axis=1)[:, ::2, ::2]

    for shift, margin in [(0, 0), (1, 1), (-4, 1), (5, 2)]:
        found, (after,) = tiles.look_around(partial(halved, shift=shift), [probe])
        assert found == margin and after.shape == (1, 2 * side, 2 * side, 1)


def test_a_model_that_looks_too_far_is_refused():
    probe = np.zeros((1, 2 * tiles.REACH + 1, 2 * tiles.REACH + 1, 1), np.float32)
    with pytest.raises(ValueError, match="further than 7 of its blocks.*paint the picture whole"):
        tiles.look_around(lambda x: x + ops.mean(x), [probe])


def test_parts_are_about_equal_and_none_is_larger_than_asked_for():
    for number in range(1, 30):
        for most in range(1, 32):
            cut = tiles._cut(number, most)
            assert [place for part in cut for place in part] == list(range(number))
            sizes = {len(part) for part in cut}
            assert max(sizes) <= most and max(sizes) - min(sizes) <= 1


# ---- memory and files


def test_the_photo_is_neither_copied_nor_changed_and_no_code_is_held_whole(tiny, tmp_path, monkeypatch):
    np.save(tmp_path / "photo.npy", PHOTO)
    photo, read = np.load(tmp_path / "photo.npy", mmap_mode="r"), []
    real = parts.Photo.read
    monkeypatch.setattr(parts.Photo, "read", lambda self, *where: read.append(real(self, *where)) or read[-1])
    tiny.paint_large(photo, PAINTING, tile=16)
    assert max(each.shape[1] for each in read) <= 16 + 2 * 8 * tiles.REACH
    assert len(read) == 5 * 6 and max(each.size for each in read) < PHOTO.size
    np.testing.assert_array_equal(photo, PHOTO)


@pytest.mark.parametrize("kept", [False, True])
def test_a_photo_may_be_painted_over(tiny, kept):
    expected, photo = tiny.paint_large(PHOTO, PAINTING, keep_colors=kept, tile=24), PHOTO.copy()
    assert tiny.paint_large(photo, PAINTING, keep_colors=kept, tile=24, out=photo) is photo
    np.testing.assert_array_equal(photo, expected)


def test_a_file_can_be_painted_into(tiny, tmp_path):
    out = np.lib.format.open_memmap(tmp_path / "out.npy", "w+", np.uint8, PHOTO.shape)
    tiny.paint_large(PHOTO, PAINTING, tile=24, out=out)
    out.flush()
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), tiny.paint_large(PHOTO, PAINTING, tile=24))


def open_files():
    return {os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")
            if os.path.islink(f"/proc/self/fd/{each}")}


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="looks at the files that the process holds open")
@pytest.mark.parametrize("after", [1, 7, 40])
@pytest.mark.parametrize("problem", [KeyboardInterrupt, RuntimeError])
def test_nothing_is_left_when_it_is_interrupted(tiny, tmp_path, after, problem):
    held = []

    def interrupt(done, number):
        held.append(any(str(tmp_path) in name for name in open_files()))
        if done == after:
            raise problem

    with pytest.raises(problem) as caught:
        tiny.paint_large(PHOTO, PAINTING, tile=24, folder=tmp_path, on_tile=interrupt)
    assert any(held)  # that the codes were there at all
    assert not os.listdir(tmp_path) and not any(str(tmp_path) in name for name in open_files())
    del caught


def test_nothing_is_left_when_it_is_done(tiny, tmp_path):
    tiny.paint_large(PHOTO, PAINTING, tile=24, folder=tmp_path)
    assert not os.listdir(tmp_path)


def test_a_full_disk_is_one_clear_error_before_anything_is_painted(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(parts.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 1000}))
    done = []
    with pytest.raises(OSError, match="no room for a temporary file of .* MB in .*free some space, or") as caught:
        tiny.paint_large(PHOTO, PAINTING, folder=tmp_path, on_tile=lambda *each: done.append(each))
    assert caught.value.errno == errno.ENOSPC and str(tmp_path) in str(caught.value) and not done


def test_a_disk_that_fills_up_meanwhile_is_the_same_error(tiny, tmp_path, monkeypatch):
    class Full:
        def __init__(self, dir):
            pass

        def seek(self, place):
            pass

        def write(self, line):
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self):
            closed.append(True)

    closed = []
    monkeypatch.setattr(parts.tempfile, "TemporaryFile", Full)
    with pytest.raises(OSError, match=r"no room .*\(No space left on device\); free some space"):
        tiny.paint_large(PHOTO, PAINTING, folder=tmp_path)
    assert closed


@pytest.mark.parametrize("model, steps", [("painter", 4), ("pyramid", 6), ("two levels", 3)])
def test_progress_is_counted_over_all_steps(stylizers, model, steps):
    seen = []
    stylizers[model].paint_large(PHOTO, PAINTING, tile=48, on_tile=lambda *each: seen.append(each))
    assert seen == [(number, steps * 4) for number in range(1, steps * 4 + 1)]


# ---- bad input


@pytest.mark.parametrize("arguments, expected", [
    ({"tile": 7}, "tile must be a whole number of pixels from 8; received 7"),
    ({"tile": 0}, "tile must be"), ({"tile": 64.0}, "received 64.0"), ({"tile": True}, "received True"),
    ({"folder": "nowhere"}, "folder must be the path of a folder that exists; received 'nowhere'"),
    ({"folder": 3}, "received 3"),
    ({"out": np.zeros((2, 2, 3), np.uint8)}, r"out must be a uint8 array of the photo's shape \(69, 90, 3\)"),
    ({"out": np.zeros((69, 90, 3))}, "received float64"), ({"out": "out.png"}, "received str"),
    ({"alpha": 2}, "alpha must be between 0 and 1"), ({"level_alpha": {9: 1}}, "level_alpha must have levels"),
    ({"method": "magic"}, "method must be one of"), ({"weights": [1, 2]}, "weights"),
], ids=str)  # fmt: skip
def test_bad_input_is_one_clear_error(tiny, arguments, expected):
    with pytest.raises(ValueError, match=expected):
        tiny.paint_large(PHOTO, PAINTING, **arguments)


@pytest.mark.parametrize("photo, expected", [
    (np.zeros((0, 3, 3), np.uint8), "no pixels"), (np.zeros((4, 4), int), "photo must be floats"),
    (np.full((4, 4, 3), np.nan), "photo must hold finite numbers"), ("photo.jpg", "photo must have shape"),
], ids=str)  # fmt: skip
def test_a_photo_that_is_none_is_named(tiny, photo, expected):
    with pytest.raises(ImageError, match=expected):
        tiny.paint_large(photo, PAINTING)


def test_out_that_cannot_be_written_is_refused(tiny):
    out = PHOTO.copy()
    out.flags.writeable = False
    with pytest.raises(ValueError, match="that can be written"):
        tiny.paint_large(PHOTO, PAINTING, out=out)


def test_gray_bytes_are_painted_as_gray(tiny):
    gray = PHOTO[..., 0]
    expected = tiny.paint_large(np.stack([gray] * 3, axis=-1), PAINTING)
    np.testing.assert_array_equal(tiny.paint_large(gray, PAINTING), expected)
