"""The four maps and the mixing of styles, against closed forms, scipy and plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from scipy.stats import special_ortho_group

from aelearn import transforms
from aelearn.transforms import (
    METHODS,
    AffineMap,
    Moments,
    check_alpha,
    check_weights,
    mix_moments,
    moments,
    style_distance,
)

FULL = ["whitening_coloring", "optimal_transport", "cholesky"]  # carry the whole covariance; AdaIN its diagonal
ANY = list(METHODS)

seeds = st.integers(0, 2**32 - 1)
widths = st.integers(1, 12)
few = settings(max_examples=30)


def covariance(random, channels, *, condition=30.0):
    """A random covariance with known bounds on its eigenvalues: within `condition` of each other."""
    turn = special_ortho_group.rvs(channels, random_state=random) if channels > 1 else np.eye(1)
    return (turn * np.exp(random.uniform(0, np.log(condition), channels))) @ turn.T


def some_moments(random, channels, **options):
    return Moments(random.normal(size=channels), covariance(random, channels, **options))


def cloud(random, channels, positions=400):
    """Correlated features (positions, channels)."""
    return random.normal(size=(positions, channels)) @ random.normal(size=(channels, channels)) + random.normal(
        size=channels
    )


def transport_cost(a, b):
    """Squared 2-Wasserstein distance of two centred normal distributions: Dowson and Landau 1982."""
    root = np.real(sqrtm(a))
    return np.trace(a + b - 2 * np.real(sqrtm(root @ b @ root)))


def assert_near(actual, expected, share=1e-3):
    """Equal up to `share` of the largest entry: the ridge moves every variance by 1e-5 of the mean one."""
    np.testing.assert_allclose(actual, expected, rtol=0, atol=share * np.abs(expected).max())


# ---- moments


@few
@given(seeds, st.integers(1, 5), st.integers(1, 5), widths)
def test_moments_are_those_of_a_loop_over_positions(seed, height, width, channels):
    features = np.random.default_rng(seed).normal(size=(height, width, channels))
    mean, second = np.zeros(channels), np.zeros((channels, channels))
    for row in features:
        for f in row:
            mean += f / (height * width)
    for row in features:
        for f in row:
            second += np.outer(f - mean, f - mean) / (height * width)
    found = moments(features)
    np.testing.assert_allclose(found.mean, mean, atol=1e-12)
    np.testing.assert_allclose(found.covariance, second, atol=1e-12)


def test_moments_are_float64_and_symmetric_even_for_float32_far_from_zero():
    features = (1000 + np.random.default_rng(0).normal(size=(64, 64, 3))).astype(np.float32)
    found = moments(features)
    assert found.mean.dtype == found.covariance.dtype == np.float64
    np.testing.assert_array_equal(found.covariance, found.covariance.T)
    np.testing.assert_allclose(found.covariance, np.cov(features.reshape(-1, 3).T.astype(float), bias=True), atol=1e-5)


def test_moments_take_a_list_and_a_batch():
    features = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    np.testing.assert_allclose(moments(features.tolist()).mean, features.mean((0, 1, 2)))


@pytest.mark.parametrize("bad", [np.zeros(3), np.zeros((0, 3)), np.zeros((3, 0)), 1.0])
def test_moments_need_a_position_and_a_channel(bad):
    with pytest.raises(ValueError, match=r"features must be \(\.\.\., channels\).*received"):
        moments(bad)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e200])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_moments_refuse_what_has_no_covariance(value):
    features = np.zeros((4, 3))
    features[1, 2] = value
    with pytest.raises(ValueError, match="features must be finite"):
        moments(features)


def test_style_distance_is_the_mean_over_levels_of_the_relative_frobenius_norm():
    random = np.random.default_rng(0)
    first, second = ([some_moments(random, channels) for channels in (2, 3)] for _ in range(2))
    ratios = []
    for a, b in zip(first, second):
        difference = size = 0.0
        for x, y in zip(a.covariance.flat, b.covariance.flat):
            difference, size = difference + (x - y) ** 2, size + y**2
        ratios.append((difference / size) ** 0.5)
    assert style_distance(first, second) == pytest.approx(sum(ratios) / 2)
    assert style_distance(second, second) == 0


def test_style_distance_refuses_other_levels_and_a_painting_of_one_colour():
    random = np.random.default_rng(0)
    two, three = some_moments(random, 2), some_moments(random, 3)
    for first, second in [([two], [three]), ([two], [two, three]), ([], [])]:
        with pytest.raises(ValueError, match="same levels and channels; received"):
            style_distance(first, second)
    with pytest.raises(ValueError, match="covariance of zero"):
        style_distance([two], [Moments(np.zeros(2), np.zeros((2, 2)))])


# ---- what every map promises


@few
@given(seeds, widths, st.sampled_from(FULL))
def test_after_a_full_map_mean_and_covariance_are_the_styles(seed, channels, method):
    random = np.random.default_rng(seed)
    features, style = cloud(random, channels), some_moments(random, channels)
    # the ridge counts against the smallest variance, so the cloud is kept away from flat ones
    features += 0.3 * np.abs(features).max() * random.normal(size=features.shape)
    mapped = moments(METHODS[method](moments(features), style)(features))
    np.testing.assert_allclose(mapped.mean, style.mean, atol=1e-9)
    assert_near(mapped.covariance, style.covariance)


@few
@given(seeds, widths)
def test_after_adain_means_and_deviations_are_the_styles(seed, channels):
    random = np.random.default_rng(seed)
    features, style = cloud(random, channels), some_moments(random, channels)
    mapped = moments(METHODS["adain"](moments(features), style)(features))
    np.testing.assert_allclose(mapped.mean, style.mean, atol=1e-9)
    assert_near(np.diag(mapped.covariance), np.diag(style.covariance))


def test_adain_keeps_the_correlations_of_the_photo():
    random = np.random.default_rng(0)
    features, style = cloud(random, 4), some_moments(random, 4)
    mapped = METHODS["adain"](moments(features), style)(features)
    np.testing.assert_allclose(np.corrcoef(mapped.T), np.corrcoef(features.T), atol=1e-6)


@few
@given(seeds, widths, st.sampled_from(ANY))
def test_alpha_zero_is_exactly_the_identity(seed, channels, method):
    random = np.random.default_rng(seed)
    features = cloud(random, channels, 20)
    apply = METHODS[method](moments(features), some_moments(random, channels))
    np.testing.assert_array_equal(apply(features, 0.0), features)
    single = features.astype(np.float32)
    np.testing.assert_array_equal(apply(single, 0), single)


@few
@given(seeds, widths, st.sampled_from(ANY), st.floats(0, 1))
def test_alpha_moves_every_point_on_a_straight_line(seed, channels, method, alpha):
    random = np.random.default_rng(seed)
    features = cloud(random, channels, 20)
    apply = METHODS[method](moments(features), some_moments(random, channels))
    expected = (1 - alpha) * features + alpha * apply(features, 1.0)
    np.testing.assert_allclose(apply(features, alpha), expected, atol=1e-9 * np.abs(expected).max())


@few
@given(seeds, widths, st.sampled_from(ANY))
def test_map_of_a_picture_onto_its_own_moments_is_the_identity(seed, channels, method):
    m = some_moments(np.random.default_rng(seed), channels)
    apply = METHODS[method](m, m)
    np.testing.assert_allclose(apply.matrix, np.eye(channels), atol=1e-9)
    np.testing.assert_array_equal(apply.source_mean, apply.target_mean)


@pytest.mark.parametrize("method", ANY)
@given(deviations=st.tuples(*[st.floats(0.01, 100)] * 2), means=st.tuples(*[st.floats(-9, 9)] * 2))
@few
def test_with_one_channel_every_method_is_a_stretch_by_the_ratio_of_deviations(method, deviations, means):
    (a, b), (mean_a, mean_b) = deviations, means
    content, style = Moments(np.array([mean_a]), np.array([[a**2]])), Moments(np.array([mean_b]), np.array([[b**2]]))
    f = np.array([[mean_a + a], [mean_a - 2 * a], [0.7]])
    assert_near(METHODS[method](content, style)(f), b / a * (f - mean_a) + mean_b, 1e-6)


@few
@given(seeds, st.integers(2, 8), st.sampled_from(["whitening_coloring", "optimal_transport"]))
def test_when_covariances_commute_the_map_is_the_root_of_their_quotient(seed, channels, method):
    random = np.random.default_rng(seed)
    turn = special_ortho_group.rvs(channels, random_state=random)
    a, b = random.uniform(1, 9, (2, channels))
    zero = np.zeros(channels)
    apply = METHODS[method](Moments(zero, turn * a @ turn.T), Moments(zero, turn * b @ turn.T))
    assert_near(apply.matrix, turn * np.sqrt(b / a) @ turn.T)


# ---- what tells the methods apart


@few
@given(seeds, widths)
def test_optimal_transport_is_the_closed_form_of_scipy_and_symmetric(seed, channels):
    random = np.random.default_rng(seed)
    content, style = some_moments(random, channels), some_moments(random, channels)
    root = np.real(sqrtm(content.covariance))
    inverse = np.linalg.inv(root)
    expected = inverse @ np.real(sqrtm(root @ style.covariance @ root)) @ inverse
    found = METHODS["optimal_transport"](content, style).matrix
    assert_near(found, expected)
    np.testing.assert_allclose(found, found.T, atol=1e-9)
    assert np.linalg.eigvalsh((found + found.T) / 2).min() > 0


@few
@given(seeds, widths)
def test_whitening_coloring_is_the_product_of_scipys_roots(seed, channels):
    random = np.random.default_rng(seed)
    content, style = some_moments(random, channels), some_moments(random, channels)
    expected = np.real(sqrtm(style.covariance)) @ np.linalg.inv(np.real(sqrtm(content.covariance)))
    assert_near(METHODS["whitening_coloring"](content, style).matrix, expected)


@few
@given(seeds, widths)
def test_cholesky_map_is_lower_triangular_and_the_quotient_of_the_factors(seed, channels):
    random = np.random.default_rng(seed)
    content, style = some_moments(random, channels), some_moments(random, channels)
    found = METHODS["cholesky"](content, style).matrix
    assert np.abs(np.triu(found, 1)).max(initial=0) < 1e-9
    assert_near(found @ np.linalg.cholesky(content.covariance), np.linalg.cholesky(style.covariance))


@few
@given(seeds, st.integers(2, 8))
def test_no_full_map_moves_the_points_less_than_optimal_transport(seed, channels):
    random = np.random.default_rng(seed)
    features, style = cloud(random, channels), some_moments(random, channels)
    features += random.normal(size=features.shape)
    content = moments(features)
    cost = {m: np.mean(np.sum((METHODS[m](content, style)(features) - features) ** 2, axis=1)) for m in FULL}
    assert cost["optimal_transport"] <= 1.0001 * min(cost.values())
    least = np.sum((content.mean - style.mean) ** 2) + transport_cost(content.covariance, style.covariance)
    np.testing.assert_allclose(cost["optimal_transport"], least, rtol=1e-3)


def rotated(m, turn):
    return Moments(turn @ m.mean, turn @ m.covariance @ turn.T)


@few
@given(seeds, st.integers(2, 8), st.sampled_from(["whitening_coloring", "optimal_transport"]))
def test_rotating_the_channels_rotates_the_map(seed, channels, method):
    random = np.random.default_rng(seed)
    turn = special_ortho_group.rvs(channels, random_state=random)
    content, style = some_moments(random, channels), some_moments(random, channels)
    straight = METHODS[method](content, style).matrix
    assert_near(METHODS[method](rotated(content, turn), rotated(style, turn)).matrix, turn @ straight @ turn.T, 1e-8)


@pytest.mark.parametrize("method", ["adain", "cholesky"])
def test_adain_and_cholesky_depend_on_the_axes(method):
    quarter = np.array([[0.0, -1.0], [1.0, 0.0]])  # swaps the channels
    eighth = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    content = Moments(np.zeros(2), np.array([[2.0, 0.9], [0.9, 1.0]]))
    style = Moments(np.zeros(2), np.array([[1.0, -0.5], [-0.5, 3.0]]))
    turn = quarter if method == "cholesky" else eighth
    straight = METHODS[method](content, style).matrix
    turned = METHODS[method](rotated(content, turn), rotated(style, turn)).matrix
    assert np.abs(turned - turn @ straight @ turn.T).max() > 0.1


def test_whitening_coloring_may_turn_the_cloud_where_optimal_transport_does_not():
    random = np.random.default_rng(0)
    content, style = some_moments(random, 3), some_moments(random, 3)
    skew = {m: np.abs(t - t.T).max() for m in FULL for t in [METHODS[m](content, style).matrix]}
    assert skew["optimal_transport"] < 1e-9 < 0.05 < skew["whitening_coloring"]


# ---- poor statistics


@pytest.mark.parametrize("method", ANY)
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_a_painting_of_one_colour_maps_every_point_to_it(method, scale):
    features = scale * cloud(np.random.default_rng(0), 5)
    colour = Moments(np.arange(5.0), np.zeros((5, 5)))
    mapped = METHODS[method](moments(features), colour)(features)
    np.testing.assert_allclose(mapped, np.broadcast_to(colour.mean, mapped.shape), atol=1e-3)


@pytest.mark.parametrize("method", ANY)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_photo_of_one_colour_becomes_the_mean_of_the_painting(method, kind):
    random = np.random.default_rng(0)
    features = np.broadcast_to(random.normal(size=6).astype(kind), (50, 6))
    style = some_moments(random, 6, condition=1e4)
    mapped = METHODS[method](moments(features), style)(features)
    np.testing.assert_allclose(mapped, np.broadcast_to(style.mean, mapped.shape), atol=1e-5)


@pytest.mark.parametrize("method", ANY)
def test_one_colour_onto_one_colour_is_a_shift(method):
    dark, light = (Moments(np.full(4, value), np.zeros((4, 4))) for value in (0.1, 0.9))
    apply = METHODS[method](dark, light)
    np.testing.assert_allclose(apply.matrix, np.eye(4), atol=1e-9)
    np.testing.assert_allclose(apply(np.full((3, 4), 0.1)), np.full((3, 4), 0.9), atol=1e-9)


@few
@given(seeds, st.integers(2, 16), st.integers(1, 6), st.integers(1, 6), st.sampled_from(ANY))
def test_dead_channels_stay_finite_and_bounded(seed, channels, content_rank, style_rank, method):
    random = np.random.default_rng(seed)
    features, painting = (
        random.normal(size=(300, rank)) @ random.normal(size=(rank, channels)) for rank in (content_rank, style_rank)
    )
    mapped = METHODS[method](moments(features), moments(painting))(features)
    assert np.isfinite(mapped).all()
    # no invented energy: the result varies no more than the painting
    assert np.trace(moments(mapped).covariance) <= 1.05 * np.trace(moments(painting).covariance) + 1e-9


@pytest.mark.parametrize("method", ANY)
def test_fewer_positions_than_channels_are_enough(method):
    random = np.random.default_rng(0)
    features, painting = random.normal(size=(3, 32)), random.normal(size=(5, 32))
    assert np.isfinite(METHODS[method](moments(features), moments(painting))(features)).all()


# ---- the map as a function


def test_map_keeps_shape_and_precision_and_leaves_its_input_alone():
    random = np.random.default_rng(0)
    apply = METHODS["cholesky"](some_moments(random, 3), some_moments(random, 3))
    for kind in (np.float32, np.float64):
        features = random.normal(size=(2, 4, 5, 3)).astype(kind)
        before = features.copy()
        mapped = apply(features, 0.3)
        assert mapped.shape == features.shape and mapped.dtype == kind
        np.testing.assert_array_equal(features, before)


def test_map_gives_the_same_on_a_tensor():
    from aelearn import runtime  # noqa: F401  first, so that the backend starts quietly

    from keras import ops  # isort: skip

    random = np.random.default_rng(0)
    apply = METHODS["optimal_transport"](some_moments(random, 3), some_moments(random, 3))
    features = random.normal(size=(2, 4, 5, 3)).astype(np.float32)
    mapped = ops.convert_to_numpy(apply(ops.convert_to_tensor(features), 0.7))
    assert mapped.dtype == np.float32
    np.testing.assert_allclose(mapped, apply(features, 0.7), atol=1e-5)


def test_map_refuses_another_number_of_channels():
    apply = AffineMap(np.eye(3), np.zeros(3), np.zeros(3))
    with pytest.raises(ValueError, match=r"features must have 3 channels.*received \(2, 4\)"):
        apply(np.zeros((2, 4)))


@pytest.mark.parametrize("method", ANY)
def test_methods_refuse_moments_of_different_width(method):
    random = np.random.default_rng(0)
    with pytest.raises(ValueError, match="same level of the same encoder; received 3 and 4 channels"):
        METHODS[method](some_moments(random, 3), some_moments(random, 4))


# ---- mixing


def barycentre_residual(mixed, styles, weights):
    """How far S is from Σ wᵢ (S^½ Σᵢ S^½)^½, the equation that only the barycentre solves."""
    root = np.real(sqrtm(mixed))
    return mixed - sum(w * np.real(sqrtm(root @ s.covariance @ root)) for w, s in zip(weights, styles))


@few
@given(seeds, st.integers(1, 6), st.lists(st.floats(0.05, 1), min_size=1, max_size=4))
def test_the_mix_solves_the_equation_of_the_barycentre(seed, channels, weights):
    random = np.random.default_rng(seed)
    styles = [some_moments(random, channels) for _ in weights]
    mixed = mix_moments(styles, weights)
    weights = np.array(weights) / sum(weights)
    np.testing.assert_allclose(mixed.mean, sum(w * s.mean for w, s in zip(weights, styles)), atol=1e-12)
    assert np.abs(barycentre_residual(mixed.covariance, styles, weights)).max() < 1e-3 * np.abs(mixed.covariance).max()


@few
@given(seeds, st.integers(1, 6), st.lists(st.floats(0, 1), min_size=2, max_size=4).filter(lambda w: sum(w) > 0.1))
def test_when_covariances_commute_the_mix_averages_their_roots(seed, channels, weights):
    random = np.random.default_rng(seed)
    turn = special_ortho_group.rvs(channels, random_state=random) if channels > 1 else np.eye(1)
    variances = random.uniform(0.5, 20, (len(weights), channels))
    mixed = mix_moments([Moments(np.zeros(channels), turn * v @ turn.T) for v in variances], weights)
    weights = np.array(weights) / sum(weights)
    assert_near(mixed.covariance, turn * (weights @ np.sqrt(variances)) ** 2 @ turn.T)


@few
@given(seeds, st.integers(1, 6), st.floats(0.01, 0.99))
def test_the_mix_of_two_lies_on_the_geodesic_between_them(seed, channels, t):
    # ((1−t) I + t T) Σ_a ((1−t) I + t T), T the optimal transport from a to b: McCann 1997
    random = np.random.default_rng(seed)
    a, b = some_moments(random, channels), some_moments(random, channels)
    root = np.real(sqrtm(a.covariance))
    inverse = np.linalg.inv(root)
    step = (1 - t) * np.eye(channels) + t * inverse @ np.real(sqrtm(root @ b.covariance @ root)) @ inverse
    assert_near(mix_moments([a, b], [1 - t, t]).covariance, step @ a.covariance @ step)


def test_the_mix_of_two_is_as_far_from_both_as_its_weights_say():
    random = np.random.default_rng(0)
    a, b = some_moments(random, 4), some_moments(random, 4)
    mixed = mix_moments([a, b], [0.25, 0.75]).covariance
    whole = np.sqrt(transport_cost(a.covariance, b.covariance))
    assert np.sqrt(transport_cost(a.covariance, mixed)) == pytest.approx(0.75 * whole, rel=1e-3)
    assert np.sqrt(transport_cost(b.covariance, mixed)) == pytest.approx(0.25 * whole, rel=1e-3)


def test_a_weight_of_zero_leaves_a_style_out_exactly():
    random = np.random.default_rng(0)
    a, b = some_moments(random, 4), some_moments(random, 4)
    mixed = mix_moments([a, b], [1, 0])
    np.testing.assert_array_equal(mixed.mean, a.mean)
    np.testing.assert_array_equal(mixed.covariance, a.covariance)
    alone = mix_moments([b])
    np.testing.assert_array_equal(alone.covariance, b.covariance)


@few
@given(seeds, st.integers(1, 8), st.integers(2, 4))
def test_mixing_a_style_with_itself_is_that_style(seed, channels, times):
    m = some_moments(np.random.default_rng(seed), channels)
    mixed = mix_moments([m] * times)
    np.testing.assert_allclose(mixed.mean, m.mean, atol=1e-12)
    assert_near(mixed.covariance, m.covariance, 1e-4)


@few
@given(seeds, st.permutations(range(3)))
def test_the_order_of_the_styles_does_not_matter(seed, order):
    random = np.random.default_rng(seed)
    styles, weights = [some_moments(random, 4) for _ in range(3)], random.uniform(0.1, 1, 3)
    shuffled = mix_moments([styles[i] for i in order], weights[list(order)])
    assert_near(shuffled.covariance, mix_moments(styles, weights).covariance, 1e-6)


def test_mixing_with_one_colour_and_with_dead_channels_is_finite():
    random = np.random.default_rng(0)
    thin = random.normal(size=(100, 2)) @ random.normal(size=(2, 6))
    styles = [moments(thin), Moments(np.ones(6), np.zeros((6, 6))), some_moments(random, 6)]
    mixed = mix_moments(styles)
    assert np.isfinite(mixed.covariance).all()
    assert np.linalg.eigvalsh(mixed.covariance).min() > -1e-9


def test_mixing_refuses_styles_of_different_width():
    random = np.random.default_rng(0)
    with pytest.raises(ValueError, match="received 3 and 4 channels"):
        mix_moments([some_moments(random, 3), some_moments(random, 4)])


def test_mixing_nothing_is_refused():
    with pytest.raises(ValueError, match="styles must hold at least one style; received none"):
        mix_moments([])


# ---- bad numbers


@pytest.mark.parametrize(
    "bad", [-0.1, 1.7, np.nan, np.inf, None, "0.5", b"1", True, np.True_, [0.5], np.array(0.5), 1j, {}], ids=repr
)
def test_alpha_that_is_no_number_from_0_to_1_is_refused_by_name(bad):
    with pytest.raises(ValueError, match=r"^strength must be between 0 and 1; received "):
        check_alpha(bad, "strength")
    with pytest.raises(ValueError, match=r"^alpha must be between 0 and 1; received "):
        AffineMap(np.eye(1), np.zeros(1), np.zeros(1))(np.zeros((1, 1)), bad)


@pytest.mark.parametrize("good", [0, 1, 0.5, np.float32(0.25), np.int64(1)])
def test_alpha_may_be_any_real_number_type(good):
    assert check_alpha(good) == float(good) and type(check_alpha(good)) is float


@pytest.mark.parametrize(
    "bad", [[1], [1, 2, 3], [0, 0], [-1, 2], [np.nan, 1], [np.inf, 1], 0.5, [[1, 1]], ["a", "b"], {1: 2}, [None, 1]],
    ids=repr,
)
def test_weights_that_do_not_fit_two_styles_are_refused(bad):
    with pytest.raises(ValueError, match=r"^weights must be 2 numbers, 0 or more, one of them positive; received "):
        check_weights(bad, 2)


@given(st.lists(st.floats(0, 1.7e308, allow_subnormal=False), min_size=1, max_size=5).filter(any))
def test_weights_sum_to_one_and_keep_their_proportions(weights):
    scaled = check_weights(weights, len(weights))
    assert scaled.sum() == pytest.approx(1) and (scaled >= 0).all()
    np.testing.assert_allclose(scaled / scaled.max(), np.array(weights) / max(weights), atol=1e-12)


def test_no_weights_means_equal_weights():
    assert check_weights(None, 4).tolist() == [0.25] * 4


def test_linear_algebra_leaves_the_number_of_threads_as_it_was():
    from threadpoolctl import threadpool_info

    def blas():
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before, random = blas(), np.random.default_rng(0)
    transforms.optimal_transport(some_moments(random, 3), some_moments(random, 3))
    assert blas() == before
