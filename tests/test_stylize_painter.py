"""Painting inside one decoder: against the walk by hand, its caches, odd sizes, pictures of one colour."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aelearn import data, images, metrics, transforms
from aelearn.autoencoders import PainterConfig, build_painter, save_weights
from aelearn.stylize import Stylizer, stylizer, walks
from aelearn.training import transport

METHODS = list(transforms.METHODS)
BYTE = 1 / 255


def picture(height, width, *, seed=0):
    """Smooth random colours with some noise: (height, width, 3)."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / max(height, width, 2)
    waves = [np.sin(9 * (a * x + b * y) + c) for a, b, c in random.uniform(-1, 1, (3, 3))]
    image = random.uniform(0.2, 0.8, 3) + 0.15 * np.stack(waves, axis=-1)
    return (image + 0.03 * random.normal(size=(height, width, 3))).clip(0, 1).astype(np.float32)


def some_painter(seed=3):
    """A painter with random weights."""
    return build_painter(PainterConfig((4, 6, 8)), seed=seed, name="tiny")


@pytest.fixture(scope="module")
def tiny():
    return Stylizer(some_painter())


PHOTO, PAINTING, OTHER = picture(37, 50, seed=1), picture(40, 33, seed=2), picture(24, 24, seed=5)


# ---- the walk


def codes_of(model, image):
    """The codes that a picture has on its way down, level 1 first."""
    seen = []
    padded = images.pad_to_multiple(image, 8, at_least=16)[None]
    model.decode(model.encode(padded, 3), 3, move=lambda code, level: seen.append(np.asarray(code)) or code)
    return seen[::-1]


def moments_of(code):
    return transforms.ridge(transforms.moments(code), stylizer.PAINTER_RIDGE)


def by_hand(model, photo, painting, strengths, method):
    """Encode, move at every level, decode: no cache, nothing compiled, nothing fused."""
    goals = list(map(moments_of, codes_of(model, painting)))

    def move(code, level):
        code = np.asarray(code)
        return transforms.METHODS[method](moments_of(code), goals[level - 1])(code, strengths.get(level, 0.0))

    padded = images.pad_to_multiple(photo, 8, at_least=16)[None]
    painted = np.asarray(model.decode(model.encode(padded, 3), 3, move=move))
    return painted[0, : photo.shape[0], : photo.shape[1]].clip(0, 1)


@pytest.mark.parametrize("method", METHODS)
def test_painting_is_encode_move_at_every_level_and_decode(tiny, method):
    painted = tiny(PHOTO, PAINTING, method=method)
    np.testing.assert_allclose(painted, by_hand(tiny.model, PHOTO, PAINTING, {1: 1, 2: 1, 3: 1}, method), atol=2e-3)
    assert np.abs(painted - tiny.reconstruct(PHOTO)).max() > 0.1


@pytest.mark.parametrize("levels", [{1: 1.0}, {3: 0.5}, {3: 0.25, 1: 1.0}, {2: 0, 3: 0.5}], ids=str)
def test_levels_that_are_left_out_are_passed_unmoved(tiny, levels):
    painted = tiny(PHOTO, PAINTING, alpha=0.8, level_alpha=levels)
    strengths = {level: tiny.walk.even(0.8) * strength for level, strength in levels.items()}
    expected = by_hand(tiny.model, PHOTO, PAINTING, strengths, "optimal_transport")
    np.testing.assert_allclose(painted, expected, atol=2e-3)


def test_a_painter_paints_at_full_strength_everywhere_when_nothing_is_said(tiny):
    assert tiny.default_level_alpha() == {1: 1.0, 2: 1.0, 3: 1.0}
    np.testing.assert_array_equal(tiny(PHOTO, PAINTING), tiny(PHOTO, PAINTING, level_alpha={1: 1, 2: 1, 3: 1}))


# ---- what never changes


@pytest.mark.parametrize("method", METHODS)
def test_alpha_zero_is_exactly_the_reconstruction(tiny, method):
    painted = tiny(PHOTO, PAINTING, alpha=0, method=method)
    np.testing.assert_array_equal(painted, tiny.reconstruct(PHOTO))
    np.testing.assert_array_equal(painted, tiny(PHOTO, OTHER, level_alpha={2: 0}, method=method))


def test_the_reconstruction_is_that_of_the_model(tiny):
    padded = images.pad_to_multiple(PHOTO, 8, at_least=16)
    expected = np.asarray(tiny.model(padded[None])[-1])[0, :37, :50].clip(0, 1)
    np.testing.assert_allclose(tiny.reconstruct(PHOTO), expected, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_photo_in_its_own_style_is_its_reconstruction(tiny, method):
    np.testing.assert_allclose(tiny(PHOTO, PHOTO, method=method), tiny.reconstruct(PHOTO), atol=1e-4)


@pytest.mark.parametrize("colour", [(0, 0, 0), (0.2, 0.7, 0.9), (1, 1, 1)])
def test_a_photo_of_one_colour_becomes_a_picture_without_texture_or_frame(tiny, colour):
    photo = np.full((48, 40, 3), colour, np.float32)
    for method in METHODS:
        painted = tiny(photo, PAINTING, method=method)
        tile = painted[8:10, 8:10]  # the four pixels of one position may differ from one another
        np.testing.assert_allclose(painted, np.tile(tile, (24, 20, 1)), atol=BYTE / 2)


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (30, 1), (2, 3), (5, 150), (37, 50), (64, 64)], ids=str)
def test_the_picture_has_the_shape_of_the_photo_and_finite_values_in_0_1(tiny, size):
    for photo, painting in [(picture(*size), PAINTING), (PHOTO, picture(*size))]:
        canvas = tiny.canvas(photo, painting)
        for method in METHODS:
            painted = canvas.paint(method=method)
            assert painted.shape == photo.shape and painted.dtype == np.float32
            assert np.isfinite(painted).all() and painted.min() >= 0 and painted.max() <= 1


@pytest.mark.parametrize("colour", [(0, 0, 0), (0.3, 0.6, 0.5)])
def test_a_painting_of_one_colour_makes_a_picture(tiny, colour):
    painting = np.full((40, 40, 3), colour, np.float32)
    for method in METHODS:
        assert np.isfinite(tiny(PHOTO, painting, method=method)).all()
        assert np.isfinite(tiny(painting, painting, method=method)).all()


# ---- styles


def test_a_style_holds_the_moments_of_the_painting_on_its_way_down(tiny):
    style = tiny.style(PAINTING)
    assert style.num_levels == 3
    for found, code in zip(style.moments, codes_of(tiny.model, PAINTING), strict=True):
        expected = moments_of(code)
        np.testing.assert_allclose(found.mean, expected.mean, atol=1e-4)
        np.testing.assert_allclose(found.covariance, expected.covariance, atol=1e-4)
    np.testing.assert_array_equal(tiny(PHOTO, style), tiny(PHOTO, PAINTING))


def test_the_ridge_is_the_one_of_training():
    assert stylizer.PAINTER_RIDGE == transport.RIDGE


def test_a_mix_lies_between_its_styles_and_a_weight_of_zero_leaves_one_out(tiny):
    ends = [tiny(PHOTO, PAINTING), tiny(PHOTO, OTHER)]
    middle = tiny(PHOTO, [PAINTING, OTHER])
    assert max(metrics.mse(middle, end) for end in ends) < metrics.mse(*ends)
    np.testing.assert_array_equal(tiny(PHOTO, [OTHER, PAINTING], weights=[0, 2]), ends[0])


# ---- levels that were painted before


ROUNDING = 2e-6  # a first painting adds the map to the convolution, later ones add up two convolutions
SETTINGS = st.fixed_dictionaries({
    "alpha": st.sampled_from([0.0, 0.5, 1.0]),
    "level_alpha": st.sampled_from([None, {1: 1.0}, {3: 0.5}, {3: 0.5, 1: 1.0}, {3: 0.5, 1: 0.4}, {2: 0, 3: 0.5}]),
    "method": st.sampled_from(METHODS),
})  # fmt: skip


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(SETTINGS, min_size=2, max_size=6))
def test_a_canvas_paints_what_a_fresh_one_paints_whatever_was_painted_before(tiny, calls):
    canvas = tiny.canvas(PHOTO, PAINTING)
    for options in calls:
        fresh = tiny.canvas(PHOTO, PAINTING).paint(**options)
        np.testing.assert_allclose(canvas.paint(**options), fresh, atol=ROUNDING)


@pytest.mark.parametrize("change", [{"method": "cholesky"}, {"alpha": 0.5}, {"level_alpha": {1: 1.0, 3: 0.5}}], ids=str)
def test_every_single_setting_is_noticed_and_can_be_taken_back(tiny, change):
    canvas, first = tiny.canvas(PHOTO, PAINTING), {"method": "adain", "alpha": 1.0, "level_alpha": {1: 0.3, 3: 0.5}}
    pictures = [canvas.paint(**options) for options in (first, {**first, **change}, first)]
    np.testing.assert_allclose(pictures[0], pictures[2], atol=ROUNDING)
    assert np.abs(pictures[0] - pictures[1]).max() > 1e-3
    for options, painted in zip((first, {**first, **change}), pictures):
        np.testing.assert_allclose(painted, tiny.canvas(PHOTO, PAINTING).paint(**options), atol=ROUNDING)


def test_only_levels_from_the_change_down_are_painted_again_and_the_photo_is_encoded_once(tiny, monkeypatch):
    walk, levels, encoded, prepared = tiny.walk, [], [], []
    canvas = tiny.canvas(PHOTO, tiny.style(PAINTING))
    leave, enter, ready = walk.leave, walk.enter, walk.ready

    def noted(code, level, transport):
        paint = prepared.append(level) or ready(code, level, transport)
        return lambda strength: levels.append(level) or paint(strength)

    monkeypatch.setattr(walk, "ready", noted)
    monkeypatch.setattr(walk, "leave", lambda code, level, **o: levels.append(level) or leave(code, level, **o))
    monkeypatch.setattr(walk, "enter", lambda state, level, *, first: encoded.extend([level] * first) or enter(
        state, level, first=first))
    for change in [{1: 1, 2: 1, 3: 1}, {1: 1, 2: 1, 3: 1}, {1: 0.5, 2: 1, 3: 1}, {1: 0.5, 2: 0.5, 3: 1}, {3: 0.5}]:
        canvas.paint(level_alpha=change)
    assert levels == [3, 2, 1] + [] + [1] + [2, 1] + [3, 2, 1]
    assert encoded == prepared == [3]


@pytest.mark.parametrize("method", transforms.METHODS)
@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_what_is_made_ready_is_what_comes_of_the_whole_step(tiny, method, strength):
    walk = tiny.walk
    code = walk.enter(walk.start(tiny.pad(PHOTO)), 3, first=True)
    transport = transforms.METHODS[method](tiny.moments(code), tiny.style(PAINTING).moments[2])
    slowly = np.asarray(walk.leave(code, 3, change=transport.change(strength)))
    np.testing.assert_allclose(walk.ready(code, 3, transport)(strength), slowly, atol=1e-5 * np.abs(slowly).max())
    assert np.abs(slowly - np.asarray(walk.leave(code, 3))).max() > 1e-3 * np.abs(slowly).max()


def test_the_moments_of_a_code_come_along_with_it_and_are_its_own(tiny, monkeypatch):
    walk, measured = walks.Descent(tiny.model), []
    measure = walk._measure
    monkeypatch.setattr(walk, "_measure", lambda code: measured.append(code) or measure(code))
    code = walk.enter(walk.start(tiny.pad(PHOTO)), 3, first=True)
    below = walk.leave(code, 3)
    found = walk.moments(below)
    assert not measured
    expected = transforms.moments(np.asarray(below))
    np.testing.assert_allclose(found.mean, expected.mean, atol=1e-5)
    np.testing.assert_allclose(found.covariance, expected.covariance, atol=1e-5)
    other = walk.moments(2 * below)  # not the one that was returned
    assert len(measured) == 1
    np.testing.assert_allclose(other.covariance, 4 * found.covariance, atol=1e-5)


def test_pictures_belong_to_the_caller(tiny):
    photo = picture(32, 32, seed=1)  # a size that needs no padding
    canvas, before = tiny.canvas(photo, PAINTING), photo.copy()
    first = canvas.paint()
    kept = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(canvas.paint(), kept)
    tiny.reconstruct(photo)[:] = 0
    np.testing.assert_array_equal(photo, before)


# ---- weights


def test_new_weights_are_used_at_once():
    model = some_painter()
    one = Stylizer(model)
    before = one(PHOTO, PAINTING)
    model.set_weights([0.5 * weight for weight in model.get_weights()])
    after = one(PHOTO, PAINTING)
    assert np.abs(after - before).max() > 0.01
    np.testing.assert_allclose(after, Stylizer(model)(PHOTO, PAINTING), atol=1e-6)


def test_a_painter_from_a_file_paints_like_the_one_that_was_saved(tmp_path, tiny):
    save_weights(tiny.model, tmp_path / "mine.npz")
    again = Stylizer.load(tmp_path / "mine.npz")
    assert again.name == "mine" and again.num_levels == 3
    np.testing.assert_allclose(again(PHOTO, PAINTING), tiny(PHOTO, PAINTING), atol=0.02)  # half precision


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_code_is_encoded_and_decoded_alone(tiny, level):
    image = picture(32, 48)
    code = tiny.encode(image, level)
    assert code.shape == (32 >> level, 48 >> level, (4, 6, 8)[level - 1])
    np.testing.assert_allclose(code, np.asarray(tiny.model.encode(image[None], level))[0], atol=1e-5)
    expected = np.asarray(tiny.model.decode(code[None], level))[0].clip(0, 1)
    np.testing.assert_allclose(tiny.decode(code, level), expected, atol=1e-5)


# ---- alpha


def test_alpha_ends_where_it_should_and_never_goes_back(tiny):
    values = [tiny.walk.even(alpha) for alpha in np.linspace(0, 1, 11)]
    assert values[0] == 0 and values[-1] == 1 and np.all(np.diff(values) > 0)


@pytest.mark.parametrize("photo, painting", [("chambord", "great_wave"), ("macaw", "cafe_terrace")])
def test_every_third_of_alpha_changes_a_picture_alike(photo, painting):
    canvas = Stylizer.load("perceptual").canvas(
        data.load_photo(photo, max_side=256), data.load_painting(painting, max_side=256))
    pictures = [canvas.paint(alpha=alpha) for alpha in (0, 1 / 3, 2 / 3, 1)]
    steps = [np.abs(after - before).mean() for before, after in zip(pictures, pictures[1:])]
    assert max(steps) < 1.5 * min(steps)  # without `even` the first third is more than twice the last
