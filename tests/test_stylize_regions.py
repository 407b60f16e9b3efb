"""Regions: several styles on one photo, each where its mask says."""

import numpy as np
import pytest

from aelearn import images, transforms
from aelearn.autoencoders import PainterConfig, PyramidConfig, build_painter, build_pyramid
from aelearn.stylize import Stylizer


def picture(height, width, seed):
    """Soft colours with a little grain: float32 (height, width, 3)."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / 24
    down, across, phase = random.uniform(-4, 4, 3), random.uniform(-4, 4, 3), random.uniform(0, 6, 3)
    waves = np.sin(down * y[..., None] + across * x[..., None] + phase)
    return (0.5 + 0.35 * waves + random.uniform(-0.1, 0.1, (height, width, 3))).astype(np.float32)


PHOTO, ONE, OTHER = picture(64, 96, 0), picture(64, 64, 1), picture(48, 80, 2)
LEFT = np.zeros((64, 96))
LEFT[:, :48] = 1


@pytest.fixture(scope="module", params=["pyramid", "painter"])
def stylizer(request):
    if request.param == "pyramid":
        return Stylizer(build_pyramid(PyramidConfig((4, 8)), seed=1))
    return Stylizer(build_painter(PainterConfig((4, 6, 8)), seed=1))


@pytest.mark.parametrize("method", transforms.METHODS)
def test_one_region_that_is_everywhere_is_the_ordinary_canvas(stylizer, method):
    found = stylizer.regions(PHOTO, [ONE], [np.ones((64, 96))]).paint(alphas=[0.7], method=method)
    expected = stylizer(PHOTO, ONE, alpha=0.7, method=method)
    np.testing.assert_allclose(found, expected, atol=2e-4)
    assert np.abs(expected - stylizer.reconstruct(PHOTO)).max() > 0.01


def test_far_from_its_border_a_region_depends_on_nothing_beyond(stylizer):
    right = 1 - LEFT
    both = stylizer.regions(PHOTO, [ONE, OTHER], [LEFT, right]).paint()
    alone = stylizer.regions(PHOTO, [ONE], [LEFT]).paint()
    swapped = stylizer.regions(PHOTO, [OTHER, ONE], [right, LEFT]).paint()
    np.testing.assert_allclose(both, swapped, atol=1e-5)
    assert np.abs(both[:, 60:] - alone[:, 60:]).max() > 0.01  # the other region was painted
    other_style = stylizer.regions(PHOTO, [OTHER], [LEFT]).paint()
    assert np.abs(other_style[:, :40] - alone[:, :40]).max() > 0.01


def test_what_no_mask_covers_is_only_reconstructed():
    stylizer = Stylizer(build_painter(PainterConfig((4, 6, 8)), seed=1))
    corner = np.zeros((64, 96))
    corner[:16, :16] = 1
    found = stylizer.regions(PHOTO, [ONE], [corner]).paint()
    plain = stylizer.reconstruct(PHOTO)
    far = np.s_[48:, 64:]  # farther than the decoder looks around
    np.testing.assert_allclose(found[far], plain[far], atol=1e-5)
    assert np.abs(found[:12, :12] - plain[:12, :12]).max() > 0.005


def test_strength_is_per_region_and_none_at_all_is_the_reconstruction(stylizer):
    canvas = stylizer.regions(PHOTO, [ONE, OTHER], [LEFT, 1 - LEFT])
    np.testing.assert_allclose(canvas.paint(alphas=[0, 0]), stylizer.reconstruct(PHOTO), atol=1e-5)
    assert np.abs(canvas.paint(alphas=[1, 0]) - canvas.paint(alphas=[0, 1])).max() > 0.01


def test_masks_of_bytes_booleans_and_another_scale_mean_the_same(stylizer):
    expected = stylizer.regions(PHOTO, [ONE], [LEFT]).paint()
    for mask in ((255 * LEFT).astype(np.uint8), LEFT > 0, LEFT[::2, ::2], LEFT.repeat(3, axis=0).repeat(3, axis=1)):
        np.testing.assert_array_equal(stylizer.regions(PHOTO, [ONE], [mask]).paint(), expected)


def test_a_region_of_one_pixel_and_a_painting_of_one_colour_give_a_picture(stylizer):
    dot = np.zeros((64, 96))
    dot[30, 40] = 1
    found = stylizer.regions(PHOTO, [np.full((16, 16, 3), 0.3), ONE], [dot, LEFT]).paint()
    assert np.isfinite(found).all() and found.min() >= 0 and found.max() <= 1


def test_a_size_that_needs_padding(stylizer):
    photo = picture(61, 90, 5)
    found = stylizer.regions(photo, [ONE], [np.ones((61, 90), bool)]).paint()
    np.testing.assert_allclose(found, stylizer(photo, ONE), atol=2e-4)


BAD = [
    ([np.zeros((64, 96))], r"^masks\[0\] is empty: a region needs pixels"),
    ([LEFT[:, :50]], r"^masks\[0\] must have the proportions of the photo, 64 × 96; received 64 × 50"),
    ([LEFT * 2], r"^masks\[0\] must be in \[0, 1\]; received 0 to 2"),
    ([LEFT * np.nan], r"^masks\[0\] must be in \[0, 1\]"),
    ([PHOTO], r"^masks\[0\] must be an array \(height, width\)"),
    ([LEFT.astype(int)], r"^masks\[0\] must be an array \(height, width\) of bool, uint8 or float; received int64"),
    ([["a"]], r"^masks\[0\] must be an array"),
    ([], "^masks must be a list of arrays .* received 0 for 1"),
    ([LEFT, LEFT], "^masks must be a list of arrays .* received 2 for 1"),
    (None, "^masks must be a list of arrays .* received NoneType for 1"),
]


@pytest.mark.parametrize("masks, told", BAD, ids=[told for _, told in BAD])
def test_masks_that_do_not_fit_are_named(stylizer, masks, told):
    with pytest.raises(ValueError, match=told):
        stylizer.regions(PHOTO, [ONE], masks)


def test_strengths_styles_and_methods_that_do_not_fit_are_named(stylizer):
    canvas = stylizer.regions(PHOTO, [ONE], [LEFT])
    for bad in ([1, 1], 1, [2], [None]):
        with pytest.raises(ValueError, match="^alphas"):
            canvas.paint(alphas=bad)
    with pytest.raises(ValueError, match="^method must be one of"):
        canvas.paint(method="magic")
    with pytest.raises(ValueError, match="^styles must be a list"):
        stylizer.regions(PHOTO, ONE, [LEFT])
    with pytest.raises(images.ImageError, match="^photo"):
        stylizer.regions(PHOTO * np.nan, [ONE], [LEFT])


# ---- the statistics of a part


def test_moments_of_a_part_are_those_of_its_positions():
    random = np.random.default_rng(0)
    features, part = random.normal(size=(30, 20, 3)), np.zeros((30, 20))
    part[:20] = 1
    found, expected = transforms.region_moments(features, part), transforms.moments(features[:20])
    np.testing.assert_allclose(found.mean, expected.mean, atol=1e-12)
    np.testing.assert_allclose(found.covariance, expected.covariance, atol=1e-12)


def test_a_weight_of_two_is_a_position_that_is_there_twice():
    random = np.random.default_rng(1)
    points, weights = random.normal(size=(60, 2)), random.integers(0, 3, 60)
    found, expected = transforms.region_moments(points, weights), transforms.moments(points.repeat(weights, axis=0))
    np.testing.assert_allclose(found.mean, expected.mean, atol=1e-12)
    np.testing.assert_allclose(found.covariance, expected.covariance, atol=1e-12)


def test_a_small_part_is_shrunk_as_ledoit_and_wolf_say():
    points = np.random.default_rng(2).normal(size=(12, 4)) * [1, 2, 3, 4]
    centred = points - points.mean(axis=0)
    sample = centred.T @ centred / 12
    even = np.trace(sample) / 4 * np.eye(4)
    distance = np.sum((sample - even) ** 2)
    chance = min(1, sum(np.sum((np.outer(x, x) - sample) ** 2) for x in centred) / 12**2 / distance)
    assert 0.05 < chance < 0.95
    found = transforms.region_moments(points, np.ones(12)).covariance
    np.testing.assert_allclose(found, (1 - chance) * sample + chance * even, atol=1e-10)


@pytest.mark.parametrize("features, weights, told", [
    (np.zeros((4, 2)), np.zeros(4), "received a part without positions"),
    (np.zeros((4, 2)), np.full(4, np.nan), "received a part without positions"),
    (np.zeros((4, 2)), np.full(4, np.inf), "weights must be finite"),
    (np.zeros((4, 2)), np.ones(3), r"weights must be one per position of features \(4, 2\); received \(3,\)"),
    (np.full((4, 2), np.nan), np.ones(4), "features must be finite"),
])  # fmt: skip
def test_a_part_that_has_no_statistics_is_refused(features, weights, told):
    with pytest.raises(ValueError, match=told):
        transforms.region_moments(features, weights)
