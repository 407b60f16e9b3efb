"""Several modes of one style, and a style put together level by level."""

import numpy as np
import pytest

from aelearn import images, transforms
from aelearn.autoencoders import PainterConfig, PyramidConfig, build_painter, build_pyramid
from aelearn.stylize import RegionCanvas, Stylizer
from aelearn.stylize.modes import match


def halves(first, second, height=64, width=96, *, across=True, seed=0):
    """Two colours, one beside or above the other, with a little grain."""
    picture = np.zeros((height, width, 3)) + first
    if across:
        picture[:, width // 2 :] = second
    else:
        picture[height // 2 :] = second
    grain = np.random.default_rng(seed).uniform(-0.05, 0.05, picture.shape)
    return (picture + grain).clip(0, 1).astype(np.float32)


DARK, LIGHT, RED, PINK = (0.1, 0.15, 0.2), (0.8, 0.85, 0.9), (0.5, 0.0, 0.0), (1.0, 0.8, 0.8)
PHOTO, PAINTING = halves(DARK, LIGHT), halves(PINK, RED, 48, 80, across=False, seed=1)
OTHER = halves((0.1, 0.6, 0.1), (0.2, 0.2, 0.9), 40, 40, seed=2)


@pytest.fixture(scope="module", params=["pyramid", "painter"])
def stylizer(request):
    if request.param == "pyramid":
        return Stylizer(build_pyramid(PyramidConfig((4, 8, 8)), seed=1))
    return Stylizer(build_painter(PainterConfig((4, 8, 8)), seed=1))


# ---- modes


@pytest.mark.parametrize("method", transforms.METHODS)
@pytest.mark.parametrize("size", [(64, 96), (37, 50)], ids=str)
def test_one_mode_is_the_ordinary_canvas_to_the_last_bit(stylizer, method, size):
    photo = PHOTO[: size[0], : size[1]]
    for alpha in (0, 0.4, 1):
        found = stylizer.modes(photo, PAINTING, 1, stroke=0.5).paint(alphas=[alpha], method=method)
        expected = stylizer(photo, stylizer.style(PAINTING, stroke=0.5), alpha=alpha, method=method)
        np.testing.assert_array_equal(found, expected)
    assert np.abs(expected - stylizer.reconstruct(photo)).max() > 0.01


def test_the_dark_part_of_the_photo_is_painted_by_the_dark_part_of_the_painting(stylizer):
    canvas = stylizer.modes(PHOTO, PAINTING, 2)
    assert isinstance(canvas, RegionCanvas)
    assert canvas.masks.shape == (2, 64, 96) and canvas.painting_masks.shape == (2, 48, 80)
    np.testing.assert_allclose(canvas.masks.sum(axis=0), 1, atol=1e-6)
    np.testing.assert_allclose(canvas.painting_masks.sum(axis=0), 1, atol=1e-6)
    dark = int(canvas.masks[:, 32, 10].argmax())  # the mode of the photo's left
    assert canvas.masks[dark, :, :40].mean() > 0.9 and canvas.masks[dark, :, 56:].mean() < 0.1
    assert canvas.painting_masks[dark, 30:].mean() > 0.9 and canvas.painting_masks[dark, :18].mean() < 0.1


def test_every_mode_has_the_moments_of_its_part_of_the_painting(stylizer):
    canvas = stylizer.modes(PHOTO, PAINTING, 2)
    codes = [np.asarray(code, np.float64)[0] for code in stylizer.walk.codes(PAINTING)]  # 48 × 80: nothing to pad
    for style, mask in zip(canvas.styles, canvas.painting_masks):
        for own, code in zip(style.moments, codes):
            step = 48 // code.shape[0]
            share = mask.reshape(code.shape[0], step, code.shape[1], step).mean(axis=(1, 3))[..., None]
            mean = (share * code).sum(axis=(0, 1)) / share.sum()
            np.testing.assert_allclose(own.mean, mean, atol=2e-3 * np.abs(code).max())
    apart = [np.linalg.norm(one.mean - other.mean) for one, other in zip(*(style.moments for style in canvas.styles))]
    assert min(apart) > 0.01


def test_a_mode_paints_its_part_and_its_strength_is_its_own(stylizer):
    canvas = stylizer.modes(PHOTO, PAINTING, 2)
    plain, both = stylizer.reconstruct(PHOTO), canvas.paint()
    np.testing.assert_allclose(canvas.paint(alphas=[0, 0]), plain, atol=1e-5)
    for mode in range(2):
        only = canvas.paint(alphas=[float(mode == n) for n in range(2)])
        change = np.abs(only - plain).mean(axis=2)
        assert change[canvas.masks[mode] > 0.99].mean() > 2 * change[canvas.masks[mode] < 0.01].mean()
    assert np.abs(both - stylizer(PHOTO, PAINTING)).mean() > 0.005  # and modes are not the ordinary map


def test_a_photo_in_its_own_modes_meets_itself(stylizer):
    canvas = stylizer.modes(PHOTO, PHOTO, 3)
    assert (canvas.masks.argmax(axis=0) == canvas.painting_masks.argmax(axis=0)).mean() > 0.95


def test_the_same_seed_gives_the_same_picture(stylizer):
    first, again = (stylizer.modes(PHOTO, PAINTING, 3, seed=4).paint() for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("photo, painting", [
    (PHOTO, np.full((40, 40, 3), 0.3)), (np.full((40, 40, 3), 0.7), PAINTING),
    (np.zeros((24, 24, 3)), np.ones((24, 24, 3))),
], ids=["painting of one colour", "photo of one colour", "both"])  # fmt: skip
def test_pictures_of_one_colour_give_a_picture(stylizer, photo, painting):
    for method in transforms.METHODS:
        painted = stylizer.modes(photo, painting, 3).paint(method=method)
        assert painted.shape == photo.shape and np.isfinite(painted).all()
        assert painted.min() >= 0 and painted.max() <= 1


@pytest.mark.parametrize("stroke", [0.25, 4])
def test_many_modes_of_a_small_painting_at_any_stroke_give_a_picture(stylizer, stroke):
    painted = stylizer.modes(PHOTO, PAINTING, 16, stroke=stroke).paint()
    assert np.isfinite(painted).all() and painted.min() >= 0 and painted.max() <= 1


@pytest.mark.parametrize("bad", [0, 1000, True, np.nan, 2.5, "3", None], ids=repr)
def test_numbers_of_modes_that_make_no_sense_are_refused(stylizer, bad):
    with pytest.raises(ValueError, match="^num_modes must be an int from 1 to 16; received "):
        stylizer.modes(PHOTO, PAINTING, bad)


@pytest.mark.parametrize("size", [(1, 1), (1, 30)], ids=str)
def test_tiny_pictures_give_a_picture(stylizer, size):
    tiny = np.random.default_rng(0).random((*size, 3)).astype(np.float32)
    for photo, painting in [(tiny, PAINTING), (PHOTO, tiny), (tiny, tiny)]:
        painted = stylizer.modes(photo, painting, 5, stroke=0.25).paint()
        assert painted.shape == photo.shape and np.isfinite(painted).all()


def test_what_else_makes_no_sense_is_named(stylizer):
    with pytest.raises(images.ImageError, match="^style"):
        stylizer.modes(PHOTO, PAINTING * np.nan)
    with pytest.raises(images.ImageError, match="^photo"):
        stylizer.modes(PHOTO * np.nan, PAINTING)
    with pytest.raises(ValueError, match="^stroke"):
        stylizer.modes(PHOTO, PAINTING, stroke=9)
    with pytest.raises(ValueError, match="^alphas must be a list of 2 numbers"):
        stylizer.modes(PHOTO, PAINTING, 2).paint(alphas=[1])


def test_pairs_have_the_least_sum_of_all():
    from itertools import permutations

    random = np.random.default_rng(0)
    for _ in range(5):
        first, second = random.normal(size=(2, 5, 3))
        sums = [((first - second[list(order)]) ** 2).sum() for order in permutations(range(5))]
        assert ((first - second[match(first, second)]) ** 2).sum() == pytest.approx(min(sums))


# ---- parts of a painting


def test_a_mask_that_is_everywhere_is_the_style_itself(stylizer):
    [part] = stylizer.part_styles(PAINTING, [np.ones((48, 80), bool)], stroke=2)
    whole = stylizer.style(PAINTING, stroke=2)
    for found, expected in zip(part.moments, whole.moments):
        np.testing.assert_array_equal(found.mean, expected.mean)
        np.testing.assert_array_equal(found.covariance, expected.covariance)


def test_parts_that_overlap_do_not_take_from_each_other(stylizer):
    everywhere, top = np.ones((48, 80)), np.zeros((48, 80))
    top[:24] = 1
    both, alone = stylizer.part_styles(PAINTING, [everywhere, top]), stylizer.part_styles(PAINTING, [top])
    for found, expected in zip(both[1].moments, alone[0].moments):
        np.testing.assert_array_equal(found.covariance, expected.covariance)


def test_a_part_without_pixels_is_named(stylizer):
    with pytest.raises(ValueError, match=r"^masks\[1\] is empty"):
        stylizer.part_styles(PAINTING, [np.ones((48, 80)), np.zeros((48, 80))])


# ---- level by level


def test_a_style_by_level_has_at_each_level_what_was_named(stylizer):
    one, other = stylizer.style(PAINTING), stylizer.style(OTHER)
    style = stylizer.by_level({3: one, 1: other, 2: one})
    assert style.moments == (other.moments[0], one.moments[1], one.moments[2])
    np.testing.assert_array_equal(stylizer(PHOTO, stylizer.by_level({1: one, 2: one, 3: one})), stylizer(PHOTO, one))
    mixed = stylizer(PHOTO, style)
    assert min(np.abs(mixed - stylizer(PHOTO, each)).max() for each in (one, other)) > 0.005


def test_a_painting_may_stand_for_its_style_and_is_encoded_once(stylizer, monkeypatch):
    one, other = stylizer.style(PAINTING), stylizer.style(OTHER)
    expected = stylizer(PHOTO, stylizer.by_level({1: one, 2: other, 3: one}))
    codes, calls = stylizer.walk.codes, []
    monkeypatch.setattr(stylizer.walk, "codes", lambda image: calls.append(1) or codes(image))
    style = stylizer.by_level({1: PAINTING, 2: OTHER, 3: PAINTING})
    assert len(calls) == 2
    np.testing.assert_array_equal(stylizer(PHOTO, style), expected)


@pytest.mark.parametrize("levels", [[], [1], [1, 2], [1, 2, 3, 4], [0, 1, 2], ["1", "2", "3"]], ids=str)
def test_every_level_must_be_named_and_no_other(stylizer, levels):
    style = stylizer.style(PAINTING)
    with pytest.raises(ValueError, match="^styles must be a dict with a style for every level from 1 to 3; received "):
        stylizer.by_level(dict.fromkeys(levels, style))


def test_what_is_no_dict_of_styles_of_this_model_is_refused(stylizer):
    style = stylizer.style(PAINTING)
    with pytest.raises(ValueError, match="^styles must be a dict .* received list"):
        stylizer.by_level([style, style, style])
    with pytest.raises(images.ImageError, match="^style"):
        stylizer.by_level({1: style, 2: style, 3: "wave"})
    foreign = Stylizer(build_pyramid(PyramidConfig((4, 6)), seed=1)).style(PAINTING)
    with pytest.raises(ValueError, match="^style has 2 levels"):
        stylizer.by_level({1: style, 2: style, 3: foreign})
