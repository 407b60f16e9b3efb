"""Masks that nobody drew: parts of a photo found by its code; soft edges; edges that follow a picture."""

import numpy as np
import pytest

from aelearn import data, images, transforms
from aelearn.autoencoders import PainterConfig, PyramidConfig, build_painter, build_pyramid
from aelearn.stylize import Stylizer, feather, segment
from aelearn.stylize.masks import guided_filter

SKY, FIELD, HOUSE = (0.3, 0.5, 0.9), (0.2, 0.6, 0.2), (0.9, 0.8, 0.6)


def landscape(height=96, width=128):
    """A sky over a field, and a house before both, with a little grain; and the number of each pixel's part."""
    parts = np.zeros((height, width), int)
    parts[height // 2 :] = 1
    parts[height // 4 : 3 * height // 4, 3 * width // 8 : 5 * width // 8] = 2
    colours = np.array([SKY, FIELD, HOUSE])[parts]
    grain = np.random.default_rng(0).uniform(-0.03, 0.03, colours.shape)
    return (colours + grain).clip(0, 1).astype(np.float32), parts


@pytest.fixture(scope="module", params=["pyramid", "painter"])
def stylizer(request):
    if request.param == "pyramid":
        return Stylizer(build_pyramid(PyramidConfig((4, 8, 8)), seed=1))
    return Stylizer(build_painter(PainterConfig((4, 8, 8)), seed=1))


# ---- segment


def test_sky_field_and_house_come_apart(stylizer):
    photo, parts = landscape()
    masks = stylizer.segment(photo, 3, feather=0)
    sizes = np.bincount(parts.ravel())
    best = {part: max(range(3), key=lambda n: masks[n][parts == part].mean()) for part in range(3)}
    assert sorted(best.values()) == [0, 1, 2]
    for part, number in best.items():
        assert masks[number][parts == part].sum() > 0.9 * sizes[part]


@pytest.mark.parametrize("number", [1, 2, 3, 5, 16])
def test_masks_sum_to_one_everywhere_the_largest_first(stylizer, number):
    photo, _ = landscape(61, 90)  # a size that needs padding
    masks = stylizer.segment(photo, number)
    assert masks.shape == (number, 61, 90) and masks.dtype == np.float32
    assert masks.min() >= 0 and masks.max() <= 1
    np.testing.assert_allclose(masks.sum(axis=0), 1, atol=1e-6)
    sizes = masks.sum(axis=(1, 2))
    assert (np.diff(sizes) <= 1e-3).all() and sizes.min() > 0


def test_the_same_seed_gives_the_same_masks(stylizer):
    photo, _ = landscape()
    first, again = (stylizer.segment(photo, 4, seed=7) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_edges_are_moved_to_those_of_the_photo(monkeypatch):
    stylizer, (photo, parts) = Stylizer(build_painter(PainterConfig((4, 8, 8)), seed=1)), landscape(100, 132)
    photo, parts = photo[3:, 5:], parts[3:, 5:]  # so that no edge lies between two positions of the code

    def wrong():
        masks = stylizer.segment(photo, 3, feather=0)
        names = [masks[:, parts == part].mean(axis=1).argmax() for part in range(3)]
        return (masks.argmax(axis=0) != np.array(names)[parts]).mean()

    found = wrong()
    monkeypatch.setattr(segment, "guided_filter", lambda masks, *rest: masks)
    assert found < wrong() / 2


def test_a_wider_feather_makes_softer_edges_and_is_a_share_of_the_photo(stylizer):
    photo, _ = landscape()
    gray = [((masks > 0.05) & (masks < 0.95)).mean() for masks in
            (stylizer.segment(photo, 3, feather=width) for width in (0, 0.02, 0.1))]
    assert gray[0] < gray[1] < gray[2]
    large = stylizer.segment(images.resize_image(photo, size=(192, 256)), 3, feather=0.1)
    soft = ((large > 0.05) & (large < 0.95)).mean()
    assert abs(soft - gray[2]) < 0.25 * gray[2]


def test_a_large_photo_is_cut_as_a_small_one_is(stylizer):
    photo, _ = landscape(segment.SEEN // 2, segment.SEEN)
    small = stylizer.segment(photo, 3)
    large = stylizer.segment(photo.repeat(2, axis=0).repeat(2, axis=1), 3)
    assert np.abs(large[:, ::2, ::2] - small).mean() < 0.02


def test_a_photo_of_one_colour_is_cut_by_place(stylizer):
    for colour in (0.0, 0.3, 1.0):
        masks = stylizer.segment(np.full((48, 64, 3), colour), 3)
        assert (masks.max(axis=(1, 2)) > 0.5).all()
        np.testing.assert_allclose(masks.sum(axis=0), 1, atol=1e-6)


@pytest.mark.parametrize("size, width", [
    ((1, 1), 0.01), ((1, 30), 0), ((2, 3), 0), ((30, 1), 0.01), ((9, 9), 0), ((2, 700), 0.01),
], ids=str)  # fmt: skip
def test_every_part_of_a_tiny_photo_has_pixels(stylizer, size, width):
    masks = stylizer.segment(np.random.default_rng(0).random((*size, 3)), 16, feather=width)
    assert masks.shape == (16, *size) and (masks.sum(axis=(1, 2)) > 0).all()
    np.testing.assert_allclose(masks.sum(axis=0), 1, atol=1e-6)


@pytest.mark.parametrize("bad", [0, -1, 17, 1000, True, 2.0, np.nan, "3", None, [3]], ids=repr)
def test_numbers_of_regions_that_make_no_sense_are_refused(stylizer, bad):
    with pytest.raises(ValueError, match="^num_regions must be an int from 1 to 16; received "):
        stylizer.segment(landscape()[0], bad)


@pytest.mark.parametrize("options, told", [
    ({"seed": -1}, "^seed must be an int of 0 or more; received -1"),
    ({"seed": True}, "^seed must be an int of 0 or more; received True"),
    ({"seed": None}, "^seed must be an int of 0 or more; received None"),
    ({"feather": -0.1}, "^feather must be a number from 0 to 1; received -0.1"),
    ({"feather": 2}, "^feather must be a number from 0 to 1; received 2"),
    ({"feather": np.nan}, "^feather must be a number from 0 to 1; received nan"),
    ({"feather": "soft"}, "^feather must be a number from 0 to 1; received 'soft'"),
    ({"feather": False}, "^feather must be a number from 0 to 1; received False"),
], ids=str)  # fmt: skip
def test_seeds_and_feathers_that_make_no_sense_are_refused(stylizer, options, told):
    with pytest.raises(ValueError, match=told):
        stylizer.segment(landscape()[0], 2, **options)


def test_what_is_no_photo_is_refused(stylizer):
    with pytest.raises(images.ImageError, match="^photo"):
        stylizer.segment(np.full((32, 32, 3), np.nan))


def test_sky_and_ground_of_a_bundled_photo_come_apart():
    photo = data.load_photo("neuschwanstein", max_side=256)
    masks = Stylizer.load().segment(photo, 3)
    top, bottom, castle = masks[:, :30, :100], masks[:, -30:], masks[:, 70:90, 100:130]
    winners = [part.mean(axis=(1, 2)) for part in (top, bottom, castle)]
    assert sorted(int(winner.argmax()) for winner in winners) == [0, 1, 2]
    assert min(winner.max() for winner in winners) > 0.8


# ---- feather


@pytest.mark.parametrize("radius", [0, 0.5, 3, 40, 1e6])
def test_feathering_keeps_sums_and_stays_in_0_1(radius):
    random = np.random.default_rng(0)
    masks = random.dirichlet([0.2] * 3, (20, 30)).transpose(2, 0, 1)
    soft = feather(masks, radius)
    assert soft.dtype == np.float32 and soft.min() >= 0 and soft.max() <= 1
    np.testing.assert_allclose(soft.sum(axis=0), 1, atol=1e-5)  # at every pixel
    np.testing.assert_allclose(soft.sum(axis=(1, 2)), masks.sum(axis=(1, 2)), rtol=1e-4)  # over every mask
    if not radius:
        np.testing.assert_array_equal(soft, masks.astype(np.float32))


def test_an_edge_becomes_the_integral_of_a_normal_distribution():
    from scipy.stats import norm

    edge = np.zeros((5, 80))
    edge[:, 40:] = 1
    expected = norm.cdf(np.arange(80) - 39.5, scale=4)
    np.testing.assert_allclose(feather(edge, 4), np.tile(expected, (5, 1)), atol=2e-3)


def test_masks_of_bytes_and_booleans_are_feathered_alike_and_are_not_changed():
    mask = np.arange(100).reshape(10, 10) > 40
    before = mask.copy()
    for same in (mask.astype(np.uint8) * 255, mask.astype(float)):
        np.testing.assert_array_equal(feather(same, 2), feather(mask, 2))
    np.testing.assert_array_equal(mask, before)


@pytest.mark.parametrize("mask, radius, told", [
    (np.ones((4, 4)), -1, "^radius must be a finite number, 0 or more; received -1"),
    (np.ones((4, 4)), np.nan, "^radius must be a finite number"),
    (np.ones((4, 4)), np.inf, "^radius must be a finite number"),
    (np.ones((4, 4)), True, "^radius must be a finite number"),
    (np.ones((4, 4)), "2", "^radius must be a finite number"),
    (np.ones(4), 1, r"^mask must be an array \(height, width\)"),
    (np.ones((4, 4), int), 1, r"^mask must be an array \(height, width\)"),
    (np.ones((0, 4)), 1, r"^mask must be an array \(height, width\)"),
    (np.full((4, 4), np.nan), 1, r"^mask must be in \[0, 1\]"),
    (np.full((4, 4), 3.0), 1, r"^mask must be in \[0, 1\]"),
])  # fmt: skip
def test_what_cannot_be_feathered_is_refused(mask, radius, told):
    with pytest.raises(ValueError, match=told):
        feather(mask, radius)


# ---- the guided filter


def test_the_guided_filter_is_the_formula_in_every_window():
    random = np.random.default_rng(1)
    guide, mask, radius, softness = random.random((9, 11, 3)), random.random((1, 9, 11)), 2, 0.01
    slopes, offsets = np.zeros((9, 11, 3)), np.zeros((9, 11))
    wide = [np.pad(each, [(2, 2), (2, 2), (0, 0)], mode="symmetric") for each in (guide, mask[0][..., None])]
    for y in range(9):
        for x in range(11):
            colours, values = (each[y : y + 5, x : x + 5].reshape(25, -1) for each in wide)
            spread = np.cov(colours.T, bias=True) + softness * np.eye(3)
            slopes[y, x] = np.linalg.solve(spread, (colours * values).mean(0) - colours.mean(0) * values.mean(0))
            offsets[y, x] = values.mean() - slopes[y, x] @ colours.mean(0)
    padded = np.pad(np.dstack([slopes, offsets]), [(2, 2), (2, 2), (0, 0)], mode="symmetric")
    expected = [[padded[y : y + 5, x : x + 5].mean((0, 1)) @ [*guide[y, x], 1] for x in range(11)] for y in range(9)]
    np.testing.assert_allclose(guided_filter(mask, guide, radius, softness)[0], expected, atol=1e-9)


# ---- k-means


def test_k_means_finds_clouds_that_are_far_apart():
    random = np.random.default_rng(2)
    truth = np.repeat([0, 1, 2, 3], [50, 40, 30, 20])
    middles = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9.0]])
    groups, centres = transforms.k_means(middles[truth] + random.normal(size=(140, 3)), 4)
    np.testing.assert_array_equal(groups, truth)
    np.testing.assert_allclose(centres, middles, atol=0.6)


def test_k_means_comes_to_rest_where_scipy_does():
    from scipy.cluster.vq import kmeans2

    points = np.random.default_rng(3).random((200, 5))
    groups, centres = transforms.k_means(points, 6)
    expected, labels = kmeans2(points, centres, minit="matrix", iter=5)
    np.testing.assert_allclose(centres, expected, atol=1e-9)
    np.testing.assert_array_equal(groups, labels)


def test_k_means_is_not_moved_by_an_offset_a_thousand_times_the_spread():
    points = np.random.default_rng(4).random((60, 2))
    far = transforms.k_means(points + 1e9, 3)[0]
    np.testing.assert_array_equal(far, transforms.k_means((points + 1e9) - 1e9, 3)[0])


@pytest.mark.parametrize("number", [1, 2, 7, 12])
def test_no_group_is_empty_even_among_equal_points(number):
    for points in (np.ones((12, 2)), np.repeat([[0.0], [1.0]], 6, axis=0)):
        groups, centres = transforms.k_means(points, number)
        assert sorted(np.unique(groups)) == list(range(number))
        assert np.isfinite(centres).all() and (np.diff(np.bincount(groups)) <= 0).all()


@pytest.mark.parametrize("points, number, told", [
    (np.ones((3, 2)), 4, "^number must be an int from 1 to 3"),
    (np.ones((3, 2)), 0, "^number must be an int from 1 to 3"),
    (np.ones((3, 2)), True, "^number must be an int from 1 to 3"),
    (np.ones((3, 2)), 2.0, "^number must be an int from 1 to 3"),
    (np.ones(3), 1, "^points must be finite numbers"),
    (np.ones((0, 2)), 1, "^points must be finite numbers"),
    (np.full((3, 2), np.nan), 1, "^points must be finite numbers"),
])  # fmt: skip
def test_what_k_means_cannot_do_is_refused(points, number, told):
    with pytest.raises(ValueError, match=told):
        transforms.k_means(points, number)
