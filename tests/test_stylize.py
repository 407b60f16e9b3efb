"""The whole path from photo and painting to picture: what never changes, what is cached, what is refused."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aelearn import data, images, metrics, stylize, transforms
from aelearn.autoencoders import PainterConfig, PyramidConfig, build_painter, build_pyramid, save_weights
from aelearn.images import ImageError
from aelearn.stylize import Canvas, Style, Stylizer, model_names

METHODS = list(transforms.METHODS)
BYTE = 1 / 255


def picture(height, width, *, seed=0):
    """Smooth random colours with some noise: (height, width, 3)."""
    random = np.random.default_rng(seed)
    base = random.uniform(0.2, 0.8, 3)
    y, x = np.mgrid[0:height, 0:width] / max(height, width, 2)
    waves = [np.sin(9 * (a * x + b * y) + c) for a, b, c in random.uniform(-1, 1, (3, 3))]
    image = base + 0.15 * np.stack(waves, axis=-1) + 0.03 * random.normal(size=(height, width, 3))
    return image.clip(0, 1).astype(np.float32)


@pytest.fixture(scope="module")
def tiny():
    return Stylizer(build_pyramid(PyramidConfig((4, 8, 8)), seed=3, name="tiny"))


@pytest.fixture(scope="module")
def shipped():
    return Stylizer.load("pixel")


PHOTO, PAINTING, OTHER = picture(37, 50, seed=1), picture(40, 33, seed=2), picture(24, 24, seed=5)


# ---- what never changes


@pytest.mark.parametrize("method", METHODS)
def test_alpha_zero_is_exactly_the_reconstruction(tiny, method):
    painted = tiny(PHOTO, PAINTING, alpha=0, method=method)
    np.testing.assert_array_equal(painted, tiny.reconstruct(PHOTO))
    np.testing.assert_array_equal(painted, tiny(PHOTO, OTHER, alpha=1, level_alpha={1: 0, 2: 0, 3: 0}))


def test_alpha_zero_at_some_levels_is_the_reconstruction_through_these(tiny):
    painted = tiny(PHOTO, PAINTING, alpha=0, level_alpha={1: 1, 3: 1})
    np.testing.assert_array_equal(painted, tiny.reconstruct(PHOTO, levels=[1, 3]))


def test_the_cascade_is_encode_map_decode_from_coarse_to_fine(tiny):
    image = images.pad_to_multiple(PHOTO, 4, at_least=8)
    style = images.pad_to_multiple(PAINTING, 4, at_least=8)
    for level, alpha in [(3, 0.5), (2, 0.75), (1, 1.0)]:
        code = np.asarray(tiny.model.encode(image[None], level))
        target = transforms.moments(np.asarray(tiny.model.encode(style[None], level)))
        code = transforms.METHODS["cholesky"](transforms.moments(code), target)(code, 0.6 * alpha)
        image = np.asarray(tiny.model.decode(code, level))[0].clip(0, 1)
    painted = tiny(PHOTO, PAINTING, alpha=0.6, method="cholesky")
    np.testing.assert_allclose(painted, image[:37, :50], atol=2e-4)


def test_one_level_alone_is_encode_map_decode_of_that_level(tiny):
    image = images.pad_to_multiple(PHOTO, 4, at_least=8)
    for level in (1, 2, 3):
        code = tiny.encode(image, level)
        code = transforms.adain(transforms.moments(code), tiny.style(PAINTING).moments[level - 1])(code, 0.8)
        painted = tiny(PHOTO, PAINTING, level_alpha={level: 0.8}, method="adain")
        np.testing.assert_allclose(painted, tiny.decode(code, level)[:37, :50], atol=1e-6)


def test_default_strength_falls_from_one_to_a_half(tiny, shipped):
    assert tiny.default_level_alpha() == {1: 1.0, 2: 0.75, 3: 0.5}
    assert shipped.default_level_alpha() == {1: 1.0, 2: 0.83, 3: 0.67, 4: 0.5}
    np.testing.assert_array_equal(tiny(PHOTO, PAINTING), tiny(PHOTO, PAINTING, level_alpha={1: 1, 2: 0.75, 3: 0.5}))


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (30, 1), (2, 3), (5, 150), (31, 17), (64, 64)], ids=str)
def test_the_picture_has_the_shape_of_the_photo_and_values_in_0_1(tiny, shipped, size):
    for stylizer in (tiny, shipped):
        for photo, painting in [(picture(*size), PAINTING), (PHOTO, picture(*size))]:
            painted = stylizer(photo, painting)
            assert painted.shape == photo.shape and painted.dtype == np.float32
            assert np.isfinite(painted).all() and painted.min() >= 0 and painted.max() <= 1


def test_inputs_are_not_modified_and_the_result_belongs_to_the_caller(tiny):
    photo, painting = picture(32, 32, seed=1), picture(32, 32, seed=2)  # a size that needs no padding
    before = photo.copy(), painting.copy()
    canvas = tiny.canvas(photo, painting)
    first = canvas.paint()
    kept = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(canvas.paint(), kept)
    reconstruction = tiny.reconstruct(photo, levels=[1])
    reconstruction[:] = 0
    np.testing.assert_array_equal(photo, before[0])
    np.testing.assert_array_equal(painting, before[1])


def test_a_canvas_keeps_its_photo_when_the_callers_array_changes(tiny):
    photo = picture(32, 32, seed=1)
    canvas = tiny.canvas(photo, PAINTING)
    expected = tiny(photo.copy(), PAINTING)
    photo[:] = 0
    np.testing.assert_array_equal(canvas.paint(), expected)


def test_uint8_gray_and_float64_pictures_give_what_float32_colour_gives(tiny):
    bytes_ = images.to_uint8(PHOTO)
    expected = tiny(bytes_.astype(np.float32) / 255, PAINTING)
    np.testing.assert_allclose(tiny(bytes_, PAINTING), expected, atol=1e-5)
    np.testing.assert_allclose(tiny(bytes_ / 255.0, PAINTING), expected, atol=1e-5)
    gray = PHOTO[..., 0]
    np.testing.assert_allclose(tiny(gray, PAINTING), tiny(np.stack([gray] * 3, -1), PAINTING), atol=1e-6)


# ---- the shipped model


@pytest.mark.parametrize("method", METHODS)
def test_a_photo_as_its_own_style_changes_far_less_than_a_painting_does(shipped, method):
    photo = data.load_photo("chambord", max_side=128)
    plain = shipped.reconstruct(photo)
    own = metrics.mse(plain, shipped(photo, photo, method=method))
    real = metrics.mse(plain, shipped(photo, data.load_painting("great_wave", max_side=128), method=method))
    # not zero: what a coarser level loses, the map of the next one gives back
    assert own < real / 4
    for level in (1, 2, 3, 4):  # alone, a level has nothing to give back
        alone = shipped(photo, photo, level_alpha={level: 1.0}, method=method)
        np.testing.assert_allclose(alone, shipped.reconstruct(photo, levels=[level]), atol=1e-3)


def test_painting_brings_the_mean_colour_and_the_contrast_of_the_painting(shipped):
    photo, painting = data.load_photo("chambord", max_side=128), data.load_painting("great_wave", max_side=128)
    painted = shipped(photo, painting, level_alpha={1: 1.0})
    for statistic in (np.mean, np.std):
        far, near = (np.abs(statistic(x, (0, 1)) - statistic(painting, (0, 1))).max() for x in (photo, painted))
        assert near < 0.35 * far + 0.02


def test_photos_of_any_one_colour_all_become_the_same_flat_picture(shipped):
    painting = data.load_painting("great_wave", max_side=96)
    flat = [np.full((48, 40, 3), colour, np.float32) for colour in [(0, 0, 0), (0.2, 0.7, 0.9), (1, 1, 1)]]
    for method in METHODS:
        painted = np.stack([shipped(photo, painting, method=method) for photo in flat])
        assert painted.std(axis=(1, 2)).max() < BYTE
        assert np.ptp(painted.mean(axis=(1, 2)), axis=0).max() < BYTE


def test_a_painting_of_one_colour_makes_one_colour(shipped):
    photo = data.load_photo("chambord", max_side=96)
    colour = np.full((40, 40, 3), [0.3, 0.6, 0.5], np.float32)
    for method in METHODS:
        painted = shipped(photo, colour, level_alpha={1: 1.0}, method=method)
        assert painted.std(axis=(0, 1)).max() < 0.02
        np.testing.assert_allclose(painted.mean(axis=(0, 1)), [0.3, 0.6, 0.5], atol=0.05)


BARS = {"1": 34, "2": 29, "3": 25, "4": 22}  # dB


def test_bundled_pictures_are_reconstructed_at_least_as_well_as_the_bars(shipped):
    from aelearn.training import held_out_psnr

    pictures = [data.load_photo(name, max_side=512) for name in data.photo_names()[::12]]
    pictures += [data.load_painting(name, max_side=512) for name in data.painting_names()[::12]]
    figures = held_out_psnr(shipped.model, pictures)
    assert all(figures[level] >= bar for level, bar in BARS.items()), f"{figures} dB against {BARS}"


def test_the_shipped_model_is_small_and_has_a_card_with_everything_needed_to_make_it_again():
    weights = stylize.WEIGHTS / "pixel.npz"
    assert weights.stat().st_size <= 2_000_000
    card = json.loads(weights.with_suffix(".json").read_text(encoding="utf-8"))
    for field in ("trained_for", "start", "pictures", "command", "licence", "recipe", "held_out_psnr_db"):
        assert card.get(field), f"the card says nothing under {field!r}"
    assert card["pictures"]["note"], "the card does not say where the pictures come from"
    assert card["status"] == "finished" and card["steps"] == card["recipe"]["steps"]
    assert isinstance(card["recipe"]["seed"], int) and "aelearn train pixel" in card["command"]
    assert tuple(card["recipe"]["widths"]) == Stylizer.load("pixel").model.config.widths
    assert all(card["held_out_psnr_db"][level] >= bar for level, bar in BARS.items())


# ---- levels that were painted before


SETTINGS = st.fixed_dictionaries(
    {
        "alpha": st.sampled_from([0.0, 0.5, 1.0]),
        "level_alpha": st.sampled_from([None, {1: 1.0}, {3: 0.5}, {3: 0.5, 1: 1.0}, {3: 0.5, 1: 0.4}, {2: 0, 3: 0.5}]),
        "method": st.sampled_from(METHODS),
    }
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SETTINGS, min_size=2, max_size=6))
def test_a_canvas_paints_what_a_fresh_one_paints_whatever_was_painted_before(calls):
    canvas = CACHE.canvas(PHOTO, PAINTING)
    for options in calls:
        np.testing.assert_array_equal(canvas.paint(**options), CACHE.canvas(PHOTO, PAINTING).paint(**options))


CACHE = Stylizer(build_pyramid(PyramidConfig((4, 8, 8)), seed=3))


@pytest.mark.parametrize("change", [{"method": "cholesky"}, {"alpha": 0.5}, {"level_alpha": {1: 1.0, 3: 0.5}}], ids=str)
def test_every_single_setting_is_noticed_and_can_be_taken_back(tiny, change):
    canvas, first = tiny.canvas(PHOTO, PAINTING), {"method": "adain", "alpha": 1.0, "level_alpha": {1: 0.3, 3: 0.5}}
    for options in (first, {**first, **change}, first):
        np.testing.assert_array_equal(canvas.paint(**options), tiny.canvas(PHOTO, PAINTING).paint(**options))


def test_only_levels_below_the_change_are_encoded_again(tiny, monkeypatch):
    canvas, levels = tiny.canvas(PHOTO, PAINTING), []
    enter = tiny.walk.enter
    monkeypatch.setattr(tiny.walk, "enter", lambda state, level, **options: (
        levels.append(level) or enter(state, level, **options)))
    for change in [{1: 1, 2: 1, 3: 1}, {1: 1, 2: 1, 3: 1}, {1: 0.5, 2: 1, 3: 1}, {1: 0.5, 2: 0.5, 3: 1}]:
        canvas.paint(level_alpha=change)
    assert levels == [3, 2, 1] + [] + [1] + [2, 1]


def test_a_failed_call_leaves_the_canvas_as_it_was(tiny):
    canvas = tiny.canvas(PHOTO, PAINTING)
    before = canvas.paint()
    with pytest.raises(ValueError):
        canvas.paint(alpha=2)
    np.testing.assert_array_equal(canvas.paint(), before)


# ---- several styles


def test_mixing_a_style_with_itself_is_that_style(tiny):
    style = tiny.style(PAINTING)
    np.testing.assert_allclose(tiny(PHOTO, [style, PAINTING], weights=[0.3, 0.7]), tiny(PHOTO, style), atol=2e-3)


def test_a_weight_of_zero_leaves_a_style_out_and_a_list_of_one_is_that_one(tiny):
    expected = tiny(PHOTO, PAINTING)
    np.testing.assert_array_equal(tiny(PHOTO, [OTHER, PAINTING], weights=[0, 2]), expected)
    np.testing.assert_array_equal(tiny(PHOTO, [PAINTING]), expected)
    np.testing.assert_array_equal(tiny(PHOTO, tiny.style(PAINTING), weights=[1]), expected)


def test_a_mix_lies_between_its_styles(tiny):
    ends = [tiny(PHOTO, PAINTING), tiny(PHOTO, OTHER)]
    middle = tiny(PHOTO, [PAINTING, OTHER])
    assert max(metrics.mse(middle, end) for end in ends) < metrics.mse(*ends)


def test_style_size_does_not_matter_for_a_repeated_pattern(tiny):
    tile = picture(16, 16, seed=8)
    mirrored = np.concatenate([tile, tile[::-1]])
    mirrored = np.concatenate([mirrored, mirrored[:, ::-1]], axis=1)  # (32, 32), no seam when repeated
    a, b = tiny.style(mirrored), tiny.style(np.tile(mirrored, (3, 3, 1)))
    for one, nine in zip(a.moments, b.moments):
        np.testing.assert_allclose(one.mean, nine.mean, atol=0.15 * np.abs(nine.mean).max())


# ---- bad input


@pytest.mark.parametrize(
    "bad",
    [np.full((8, 8, 3), np.nan), np.zeros((8, 8, 2)), np.zeros((2, 8, 8, 3)), np.ones((0, 8, 3)), np.full((8, 8), 9.0)],
    ids=["nan", "2 channels", "batch", "empty", "nines"],
)
def test_what_is_no_picture_is_refused_under_the_name_it_was_given_as(tiny, bad):
    with pytest.raises(ImageError, match="^photo "):
        tiny(bad, PAINTING)
    with pytest.raises(ImageError, match="^photo "):
        tiny.reconstruct(bad)
    with pytest.raises(ImageError, match="^style "):
        tiny(PHOTO, bad)
    with pytest.raises(ImageError, match="^style "):
        tiny(PHOTO, [PAINTING, bad])


@pytest.mark.parametrize("bad", [-0.1, 1.7, np.nan, "1", None, True, [0.5]], ids=repr)
def test_alpha_out_of_range_is_refused(tiny, bad):
    with pytest.raises(ValueError, match=r"^alpha must be between 0 and 1; received "):
        tiny(PHOTO, PAINTING, alpha=bad)
    with pytest.raises(ValueError, match=r"^level_alpha\[2\] must be between 0 and 1; received "):
        tiny(PHOTO, PAINTING, level_alpha={2: bad})


@pytest.mark.parametrize("bad", [{}, {0: 1}, {4: 1}, {1: 1, 9: 0}, {"1": 1}, {1.5: 1}, {-1: 1}, 0.5, [1]], ids=repr)
def test_levels_that_the_model_lacks_are_refused(tiny, bad):
    with pytest.raises(ValueError, match=r"^level_alpha must .*levels from 1 to 3.*received "):
        tiny(PHOTO, PAINTING, level_alpha=bad)


@pytest.mark.parametrize("bad", [[0], [4], [1, 9], [-1], ["1"], [1.5]], ids=repr)
def test_a_reconstruction_through_levels_that_the_model_lacks_is_refused(tiny, bad):
    with pytest.raises(ValueError, match=r"^levels must .*from 1 to 3.*received "):
        tiny.reconstruct(PHOTO, levels=bad)


def test_an_unknown_method_is_refused_with_the_nearest_name(tiny):
    with pytest.raises(ValueError, match=r"method must be one of adain.*did you mean 'cholesky'\? received 'choleski'"):
        tiny(PHOTO, PAINTING, method="choleski")
    for bad in (None, 3, ["adain"]):
        with pytest.raises(ValueError, match="method must be one of adain"):
            tiny(PHOTO, PAINTING, method=bad)


def test_an_unknown_model_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match=r"model must be one of .*pixel.*did you mean 'pixel'\? received 'pixl'"):
        Stylizer.load("pixl")
    with pytest.raises(ValueError, match="model must be one of .*received None"):
        Stylizer.load(None)


def test_a_missing_weights_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="mine.npz"):
        Stylizer.load(tmp_path / "mine.npz")


def test_a_model_from_a_file_paints_like_the_model_that_was_saved(tmp_path):
    model = build_pyramid(PyramidConfig((4, 8)), seed=1)
    save_weights(model, tmp_path / "mine.npz")
    loaded = Stylizer.load(tmp_path / "mine.npz")
    assert loaded.name == "mine" and "mine" in repr(loaded) and "2 levels" in repr(loaded)
    np.testing.assert_allclose(loaded(PHOTO, PAINTING), Stylizer(model)(PHOTO, PAINTING), atol=0.02)


def test_the_names_of_the_models_are_those_of_the_files_that_come_along():
    assert "pixel" in model_names()
    for name in model_names():
        assert Stylizer.load(name).name == name


def test_what_is_no_pyramid_autoencoder_is_refused():
    from aelearn.autoencoders import build_convolutional

    for bad in (None, "pixel", build_convolutional()):
        with pytest.raises(TypeError, match="model must be a pyramid autoencoder .*received "):
            Stylizer(bad)


def test_a_style_of_another_model_is_refused(tiny):
    deeper = Stylizer(build_pyramid(PyramidConfig((4, 8, 8, 8)))).style(PAINTING)
    with pytest.raises(ValueError, match="style has 4 levels .* and the model 3 .*; encode it with this model"):
        tiny(PHOTO, deeper)
    wider = Stylizer(build_pyramid(PyramidConfig((4, 8, 9)))).style(PAINTING)
    with pytest.raises(ValueError, match=r"\[4, 8, 9\] channels .* \[4, 8, 8\]; encode it with this model"):
        tiny(PHOTO, wider)


def test_a_style_of_another_model_is_refused_in_a_mix_as_well(tiny):
    deeper = Stylizer(build_pyramid(PyramidConfig((4, 8, 8, 8)))).style(PAINTING)
    for styles in ([PAINTING, deeper], [deeper, PAINTING]):
        with pytest.raises(ValueError, match="style has 4 levels .* and the model 3"):
            tiny(PHOTO, styles)


def test_weights_that_do_not_fit_the_styles_are_refused(tiny):
    for weights in ([1], [0, 0], [-1, 2], [1, 2, 3]):
        with pytest.raises(ValueError, match="weights must be 2 numbers"):
            tiny(PHOTO, [PAINTING, OTHER], weights=weights)
    with pytest.raises(ValueError, match="styles must hold at least one style"):
        tiny(PHOTO, [])


def test_a_canvas_and_a_style_say_what_they_are(tiny):
    canvas = tiny.canvas(PHOTO, PAINTING)
    assert isinstance(canvas, Canvas) and isinstance(canvas.style, Style) and canvas.style.num_levels == 3
    assert [m.num_channels for m in canvas.style.moments] == [4, 8, 8]


def test_new_weights_are_used_at_once():
    model = build_pyramid(PyramidConfig((4,)), seed=0)
    stylizer = Stylizer(model)
    before = stylizer.reconstruct(PHOTO)
    model.set_weights([w * 0 for w in model.get_weights()])
    assert before.std() > 0.01
    np.testing.assert_array_equal(stylizer.reconstruct(PHOTO), 0.5)  # a code of zeros is the middle gray


def test_photo_itself_is_encoded_once_however_often_it_is_painted(monkeypatch):
    stylizer = Stylizer(build_pyramid(PyramidConfig((4, 8)), seed=0))
    canvas = stylizer.canvas(np.random.default_rng(0).random((16, 16, 3)), np.ones((16, 16, 3)) * 0.3)
    enter, levels = stylizer.walk.enter, []
    monkeypatch.setattr(stylizer.walk, "enter", lambda state, level, **options: (
        levels.append(level), enter(state, level, **options))[1])
    first, second, again = (canvas.paint(alpha=alpha) for alpha in (0.3, 0.9, 0.3))
    assert levels == [2, 1, 1, 1]
    assert not np.allclose(first, second) and np.array_equal(first, again)


# ---- strokes


def test_strokes_are_as_large_as_the_painting_is_enlarged():
    stylizer, painting = Stylizer(build_pyramid(PyramidConfig((4, 8)))), data.load_painting("great_wave", max_side=40)
    height, width = painting.shape[:2]
    enlarged = images.resize_image(painting, size=(2 * height, 2 * width))
    for found, wanted, plain in zip(*(style.moments for style in (
            stylizer.style(painting, stroke=2), stylizer.style(enlarged), stylizer.style(painting)))):
        np.testing.assert_array_equal(found.covariance, wanted.covariance)
        assert np.abs(found.covariance - plain.covariance).max() > 1e-3 * np.abs(plain.covariance).max()


@pytest.mark.parametrize("bad", [0, 0.2, 4.1, -1, float("nan"), None, True, "1"])
def test_strokes_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match="^stroke must be a number from 0.25 to 4; received"):
        Stylizer(build_pyramid(PyramidConfig((4, 8)))).style(np.zeros((16, 16, 3)), stroke=bad)


def test_a_tiny_painting_can_have_tiny_strokes():
    assert Stylizer(build_pyramid(PyramidConfig((4, 8)))).style(np.zeros((1, 2, 3)), stroke=0.25).num_levels == 2


# ---- one code


def noise(*shape):
    return np.random.default_rng(0).uniform(size=shape).astype(np.float32)


CODERS = {"pyramid": (lambda: build_pyramid(PyramidConfig((4, 8, 8)), seed=2), 1),
          "painter": (lambda: build_painter(PainterConfig((4, 6, 8)), seed=2), 2)}


@pytest.mark.parametrize("kind", CODERS)
@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_smallest_picture_has_a_code_and_a_smaller_or_odd_one_is_refused(kind, level):
    build, first = CODERS[kind]
    stylizer, side = Stylizer(build()), first * 2 ** (level - 1)
    code = stylizer.encode(noise(2 * side, 4 * side, 3), level)
    assert code.shape == (2, 4, stylizer.model.config.widths[level - 1]) and code.dtype == np.float32
    if kind == "pyramid":
        assert stylizer.encode(noise(2 * side + 1, 4 * side, 3), level).shape[:2] == (2 + 1, 4)
        return
    for height, width in ((side, 4 * side), (2 * side, 4 * side + 1)):
        with pytest.raises(ValueError, match=f"multiples of {side}, {2 * side} or more.*received {height} x"):
            stylizer.encode(noise(height, width, 3), level)


@pytest.mark.parametrize("kind", CODERS)
def test_what_is_no_picture_and_no_level_has_no_code(kind):
    stylizer = Stylizer(CODERS[kind][0]())
    with pytest.raises(ImageError, match="image"):
        stylizer.encode(noise(16, 16, 2), 1)
    for level in (0, 4, None, "1"):
        for call in (stylizer.encode, stylizer.decode):
            with pytest.raises(ValueError, match="level must have levels from 1 to 3"):
                call(noise(16, 16, 3), level)


REFUSED_CODES = {
    "flat": (noise(4, 6), "code must be an array"), "words": (np.full((4, 4, 8), "a"), "code must be an array"),
    "too large": (np.full((4, 4, 8), 1e300), "code must be finite in float32"),
    "no number": (np.full((4, 4, 8), np.nan), "code must be finite in float32"),
    "of another level": (noise(4, 4, 4), r"code must have 8 channels at level 3, .* received shape \(4, 4, 4\)"),
    "too small": (noise(1, 4, 8), r"a height and width of 2 or more; received shape \(1, 4, 8\)"),
}


@pytest.mark.parametrize("kind", CODERS)
@pytest.mark.parametrize("case", REFUSED_CODES)
def test_what_is_no_code_of_the_level_is_refused_in_one_line(kind, case):
    code, told = REFUSED_CODES[case]
    with pytest.raises(ValueError, match=told) as error:
        Stylizer(CODERS[kind][0]()).decode(code, 3)
    assert "\n" not in str(error.value)


def test_a_painter_takes_even_codes_alone_above_its_deepest_level():
    stylizer = Stylizer(CODERS["painter"][0]())
    assert stylizer.decode(noise(4, 6, 6), 2).shape == (16, 24, 3)
    for shape in ((2, 4, 6), (4, 5, 6)):
        with pytest.raises(ValueError, match="a height and width of 4 or more, both even; received shape"):
            stylizer.decode(noise(*shape), 2)
