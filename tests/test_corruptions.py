"""Damage to pictures: what it is by definition, how strong it is, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.ndimage import shift as spline_shift

from aelearn import corruptions, data, metrics
from aelearn.corruptions import DISTORTIONS

few = settings(max_examples=25)
seeds = st.integers(0, 999)
sides = st.integers(1, 20)
EVERY = {
    **{name: distortion.function for name, distortion in DISTORTIONS.items()},
    "add_noise": lambda images, strength: corruptions.add_noise(images, strength, seed=1),
    "salt_and_pepper": lambda images, strength: corruptions.salt_and_pepper(images, strength, seed=1),
    "mask_squares": lambda images, strength: corruptions.mask_squares(images, 1, int(3 * strength), seed=1),
}
SEEDED = {
    "add_noise": lambda images, seed: corruptions.add_noise(images, 0.2, seed=seed),
    "mask_squares": lambda images, seed: corruptions.mask_squares(images, 3, 2, seed=seed),
    "salt_and_pepper": lambda images, seed: corruptions.salt_and_pepper(images, 0.3, seed=seed),
    "noise": lambda images, seed: corruptions.noise(images, 0.2, seed=seed),
}


def pictures(shape, seed=0):
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


# --- what holds for all ----------------------------------------------------------------------------------------------


@few
@given(st.sampled_from(sorted(EVERY)), st.sampled_from([(), (1,), (3,)]), sides, sides, st.sampled_from([1, 3]),
       st.floats(0, 1), seeds)
def test_result_is_a_new_picture_of_the_same_shape_in_range(name, batch, height, width, channels, strength, seed):
    given_ = pictures((*batch, height, width, channels), seed)
    before = given_.copy()
    found = EVERY[name](given_, strength)
    assert found.shape == given_.shape and found.dtype == np.float32
    assert found.min() >= 0 and found.max() <= 1
    assert np.array_equal(given_, before) and not np.shares_memory(found, given_)


@pytest.mark.parametrize("name", EVERY)
def test_nothing_at_strength_zero(name):
    picture = pictures((9, 17, 3))
    np.testing.assert_array_equal(EVERY[name](picture, 0), picture)


@pytest.mark.parametrize("name", ["shift", "blur", "contrast", "blocks"])
def test_a_batch_is_damaged_picture_by_picture(name):
    batch = pictures((3, 9, 17, 2))
    np.testing.assert_allclose(EVERY[name](batch, 0.7), [EVERY[name](one, 0.7) for one in batch], atol=1e-6)


@pytest.mark.parametrize("name", SEEDED)
def test_the_seed_says_which_damage(name):
    picture = pictures((20, 20, 1))
    assert np.array_equal(SEEDED[name](picture, 3), SEEDED[name](picture, 3))
    assert not np.array_equal(SEEDED[name](picture, 3), SEEDED[name](picture, 4))


BAD_IMAGES = {
    "bytes": np.zeros((4, 4, 3), np.uint8),
    "one plane": np.zeros((4, 4)),
    "nothing": np.zeros((0, 4, 3)),
    "negative": np.full((4, 4, 1), -0.1),
    "up to 255": np.full((4, 4, 1), 200.0),
    "NaN": np.full((4, 4, 1), np.nan),
    "text": "macaw",
    "None": None,
}


@pytest.mark.parametrize("case", BAD_IMAGES)
@pytest.mark.parametrize("name", EVERY)
def test_what_are_no_pictures_is_refused(name, case):
    with pytest.raises(ValueError, match="images must be .*; received"):
        EVERY[name](BAD_IMAGES[case], 0.5)


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf, "much", None, True])
@pytest.mark.parametrize("name", sorted(set(EVERY) - {"mask_squares"}))
def test_a_strength_that_is_none_is_named(name, bad):
    with pytest.raises(ValueError, match="(strength|amount) must be a number (of 0 or more|from 0 to 1); received"):
        EVERY[name](pictures((8, 8, 1)), bad)


@pytest.mark.parametrize("name", ["contrast", "blocks", "salt_and_pepper"])
def test_a_share_ends_at_one(name):
    with pytest.raises(ValueError, match="must be a number from 0 to 1; received 1.01"):
        EVERY[name](pictures((8, 8, 1)), 1.01)


@pytest.mark.parametrize(("size", "num", "words"), [
    (0, 1, "size must be a whole number from 1 to 6; received 0"),
    (7, 1, "size must be a whole number from 1 to 6; received 7"),
    (2.5, 1, "size must be a whole number from 1 to 6; received 2.5"),
    (2, -1, "num must be a whole number of at least 0; received -1"),
    (2, True, "num must be a whole number of at least 0; received True"),
    (2, 10**8, "num must be at most 10,000; received 100000000"),
])  # fmt: skip
def test_squares_that_do_not_fit_are_refused(size, num, words):
    with pytest.raises(ValueError, match=words):
        corruptions.mask_squares(pictures((6, 9, 1)), size, num, seed=0)


@pytest.mark.parametrize("seed", [-1, "a", 1.5, None, [1, 2], True])
@pytest.mark.parametrize("name", ["add_noise", "mask_squares", "salt_and_pepper", "noise"])
def test_a_seed_that_is_none_is_refused(name, seed):
    with pytest.raises(ValueError, match="seed must be a whole number of at least 0; received"):
        SEEDED[name](pictures((6, 9, 1)), seed)


@pytest.mark.parametrize("strength", [28.5, 1e5, 1e8])
def test_a_blur_wider_than_the_picture_is_refused(strength):
    with pytest.raises(ValueError, match="strength must be at most 28 pixels for this picture; received"):
        corruptions.blur(pictures((6, 28, 1)), strength)
    assert corruptions.blur(pictures((6, 28, 1)), 28).shape == (6, 28, 1)


# --- each by its definition ------------------------------------------------------------------------------------------


def test_noise_has_the_deviation_asked_for_and_no_mean():
    gray = np.full((4, 100, 100, 1), 0.5)
    difference = corruptions.add_noise(gray, 0.1, seed=0) - gray
    assert difference.mean() == pytest.approx(0, abs=0.002) and difference.std() == pytest.approx(0.1, abs=0.002)
    assert np.array_equal(corruptions.noise(gray, 0.1, seed=5), corruptions.add_noise(gray, 0.1, seed=5))


def test_squares_are_black_and_lie_elsewhere_in_every_picture():
    masked = corruptions.mask_squares(np.ones((20, 16, 16, 2)), 5, 1, seed=0)
    places = set()
    for picture in masked:
        rows, columns = np.nonzero((picture == 0).all(axis=-1))
        assert len(rows) == 25 and np.ptp(rows) == np.ptp(columns) == 4
        places.add((rows.min(), columns.min()))
    assert (masked == 0).sum() == 20 * 25 * 2 and len(places) > 10


def test_squares_reach_every_edge():
    masked = corruptions.mask_squares(np.ones((4, 4, 1)), 2, 200, seed=0)
    assert (masked == 0).all()


def test_salt_and_pepper_hit_whole_pixels_both_ways():
    found = corruptions.salt_and_pepper(np.full((100, 100, 3), 0.5), 0.3, seed=0)
    assert (found == found[..., :1]).all()
    shares = [(found[..., 0] == value).mean() for value in (0, 0.5, 1)]
    np.testing.assert_allclose(shares, [0.15, 0.7, 0.15], atol=0.02)
    assert not (corruptions.salt_and_pepper(np.full((9, 9, 1), 0.5), 1.0, seed=0) == 0.5).any()


@pytest.mark.parametrize("pixels", [1, 3, 0.25, 2.5, 40])
def test_shift_is_that_of_scipy(pixels):
    picture = pictures((5, 30, 2))
    expected = spline_shift(picture.astype(float), (0, pixels, 0), order=1, mode="nearest")
    np.testing.assert_allclose(corruptions.shift(picture, pixels), expected, atol=1e-6)


@pytest.mark.parametrize("deviation", [0.3, 1.0, 2.2, 6.0])
def test_blur_is_that_of_scipy(deviation):
    picture = pictures((25, 30, 2))
    expected = gaussian_filter(picture.astype(float), (deviation, deviation, 0), mode="nearest", truncate=4)
    np.testing.assert_allclose(corruptions.blur(picture, deviation), expected, atol=1e-5)


@few
@given(st.floats(0, 1), seeds)
def test_contrast_scales_the_deviation_and_keeps_the_mean(strength, seed):
    picture = pictures((7, 9, 3), seed)
    found = corruptions.contrast(picture, strength)
    np.testing.assert_allclose(found.mean((0, 1)), picture.mean((0, 1)), atol=1e-5)
    np.testing.assert_allclose(found.std((0, 1)), (1 - strength) * picture.std((0, 1)), atol=1e-5)


def test_blocks_go_to_the_means_of_squares_also_at_the_edges():
    picture = pictures((19, 21, 3))
    whole = corruptions.blocks(picture, 1.0)
    for top in range(0, 19, 8):
        for left in range(0, 21, 8):
            square = np.s_[top : top + 8, left : left + 8]
            np.testing.assert_allclose(whole[square], np.broadcast_to(picture[square].mean((0, 1)),
                                                                      picture[square].shape), atol=1e-6)
    np.testing.assert_allclose(corruptions.blocks(picture, 0.25), 0.75 * picture + 0.25 * whole, atol=1e-6)


# --- equal error -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("photo", ["astronaut", "chambord"])
@pytest.mark.parametrize("name", DISTORTIONS)
def test_bisection_finds_the_strength_that_costs_so_much(name, photo):
    picture = data.load_photo(photo, max_side=96)
    for wanted in (0.001, 0.008):
        strength = corruptions.at_equal_mse(picture, name, wanted)
        assert 0 < strength < DISTORTIONS[name].strongest
        assert metrics.mse(picture, DISTORTIONS[name].function(picture, strength)) == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize("bad", [0, -1, 2.0, np.nan, "all"])
def test_an_error_that_no_strength_reaches_is_refused(bad):
    with pytest.raises(ValueError, match="mse must be"):
        corruptions.at_equal_mse(pictures((16, 16, 1)), "contrast", bad)


@pytest.mark.parametrize("bad", ["jpeg", None, ["blur"]])
def test_an_unknown_distortion_is_named(bad):
    with pytest.raises(ValueError, match="distortion must be one of shift, blur, noise, contrast, blocks; received"):
        corruptions.at_equal_mse(pictures((16, 16, 1)), bad, 0.01)
