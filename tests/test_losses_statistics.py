"""Losses of statistics: against NumPy, at their bounds, and along a nudge; a picture of one colour has a gradient."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aelearn import data, losses
from aelearn.losses import (
    batch_moments,
    blocking_loss,
    content_loss,
    deviations,
    gram_matrix,
    lattice_loss,
    style_loss,
    total_variation,
)

import tensorflow as tf  # isort: skip

few = settings(max_examples=15)
sizes = st.tuples(st.integers(1, 3), st.integers(2, 5), st.integers(2, 5), st.integers(1, 4))


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)  # float64, so that a nudge can be small


def slope(function, *at):
    """The gradients that TensorFlow gives."""
    at = [tf.constant(each) for each in at]
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = function(*at)
    return [np.asarray(each) for each in tape.gradient(value, at)]


def nudged(function, at, direction, step=1e-6):
    """The slope along a direction, by two values on its two sides."""
    return (float(function(at + step * direction)) - float(function(at - step * direction))) / (2 * step)


# ---- statistics


@few
@given(sizes)
def test_moments_are_those_of_numpy_picture_by_picture(shape):
    features = noise(*shape)
    mean, covariance = batch_moments(features)
    for picture, m, c in zip(features.reshape(shape[0], -1, shape[3]), np.asarray(mean), np.asarray(covariance)):
        np.testing.assert_allclose(m, picture.mean(axis=0), atol=1e-12)
        np.testing.assert_allclose(c, np.cov(picture.T, bias=True).reshape(c.shape), atol=1e-12)


@few
@given(sizes)
def test_gram_matrix_is_the_mean_product_of_two_channels(shape):
    features, found = noise(*shape), np.asarray(gram_matrix(noise(*shape)))
    for b, i, j in np.ndindex(shape[0], shape[3], shape[3]):
        assert found[b, i, j] == pytest.approx(np.mean(features[b, :, :, i] * features[b, :, :, j]), abs=1e-12)
    mean, covariance = map(np.asarray, batch_moments(features))
    np.testing.assert_allclose(found, covariance + mean[:, :, None] * mean[:, None], atol=1e-12)


def test_deviations_are_roots_of_the_diagonal():
    _, covariance = batch_moments(noise(2, 4, 5, 3))
    expected = noise(2, 4, 5, 3).std(axis=(1, 2))
    np.testing.assert_allclose(np.asarray(deviations(covariance)), expected, atol=1e-5)


# ---- content


def normalised(features):
    mean, deviation = (statistic(features, axis=(1, 2), keepdims=True) for statistic in (np.mean, np.std))
    return (features - mean) / deviation


@few
@given(sizes)
def test_content_loss_is_the_error_of_normalised_features(shape):
    a, b = noise(*shape), noise(*shape, seed=1)
    expected = np.mean((normalised(a) - normalised(b)) ** 2)
    assert float(content_loss(a, b)) == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_content_loss_is_2_for_unrelated_and_4_for_opposite_features_whatever_their_mean_and_scale():
    stripes, bars = np.array([[0.0, 0, 1, 1], [0.0, 1, 0, 1]]).reshape(2, 1, 2, 2, 1)
    assert float(content_loss(stripes, 7 * stripes - 3)) == pytest.approx(0, abs=1e-5)
    assert float(content_loss(stripes, 5 * bars + 2)) == pytest.approx(2, abs=1e-4)
    assert float(content_loss(stripes, -stripes)) == pytest.approx(4, abs=1e-4)


def test_content_loss_normalises_every_picture_and_channel_by_itself():
    features = noise(2, 4, 4, 3)
    scales = np.array([[1.0, 20, 0.5], [3, 0.1, 9]])[:, None, None]
    assert float(content_loss(features, scales * features + scales)) < 1e-3


# ---- style


def distance(a, b):
    return 2 * np.sum((a - b) ** 2) / (np.sum(a**2) + np.sum(b**2))


@few
@given(st.integers(1, 3), st.integers(1, 4), st.sampled_from([0.0, 0.5, 1.0]))
def test_style_loss_is_the_sum_of_relative_distances(batch, channels, weight):
    first, second = (batch_moments(noise(batch, 5, 6, channels, seed=seed)) for seed in (0, 1))
    (m, c), (m2, c2) = ([np.asarray(each) for each in moments] for moments in (first, second))
    expected = [
        distance(m[i], m2[i]) + distance(np.diag(c[i]) ** 0.5, np.diag(c2[i]) ** 0.5) + weight * distance(c[i], c2[i])
        for i in range(batch)
    ]
    found = float(style_loss(first, *second, covariance_weight=weight))
    assert found == pytest.approx(np.mean(expected), rel=1e-3)


@few
@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.integers(0, 99))
def test_style_loss_is_0_for_the_same_moments_and_never_above_its_bounds(shift, scale, seed):
    first = noise(2, 4, 4, 3, seed=seed)
    same = batch_moments(first)
    other = batch_moments(scale * noise(2, 4, 4, 3, seed=seed + 1) + shift)
    assert float(style_loss(same, *same)) == 0
    # 4 for means that are opposite, 2 for deviations and covariances, which cannot be
    assert 0 < float(style_loss(same, *other)) <= 4 + 2 + 2


def test_opposite_means_are_at_the_bound():
    mean, covariance = batch_moments(noise(1, 4, 4, 3) + 100)
    assert float(style_loss((mean, covariance), -mean, covariance)) == pytest.approx(4, rel=1e-6)


# ---- smoothness


@few
@given(sizes)
def test_total_variation_is_a_loop_over_neighbours(shape):
    x = noise(*shape)
    down = [abs(x[b, i + 1, j, c] - x[b, i, j, c]) for b, i, j, c in np.ndindex(x[:, 1:].shape)]
    across = [abs(x[b, i, j + 1, c] - x[b, i, j, c]) for b, i, j, c in np.ndindex(x[:, :, 1:].shape)]
    assert float(total_variation(x)) == pytest.approx(np.mean(down) + np.mean(across), rel=1e-9)


def test_total_variation_is_0_for_one_colour_and_2_for_a_chessboard_of_0_and_1():
    assert float(total_variation(np.full((1, 4, 4, 3), 0.3))) == 0
    assert float(total_variation((np.indices((1, 4, 4, 1)).sum(axis=0) % 2).astype(float))) == 2


# ---- what repeats


@pytest.mark.parametrize("period, shape", [(2, (1, 8, 16, 1)), (4, (2, 35, 16, 3)), (3, (1, 12, 13, 2))])
def test_lattice_loss_is_a_loop_over_windows_and_places(period, shape):
    x, side, shares = noise(*shape), 4 * period, []
    for b, top, left, c in np.ndindex(shape[0], shape[1] // side, shape[2] // side, shape[3]):
        window = x[b, top * side : (top + 1) * side, left * side : (left + 1) * side, c]
        places = [window[i::period, j::period].mean() for i, j in np.ndindex(period, period)]
        shares.append(np.var(places) / (np.var(window) + losses.statistics.EPSILON))
    assert float(lattice_loss(x, period)) == pytest.approx(np.mean(shares), rel=1e-9)


def test_a_pattern_that_repeats_is_found_however_faint_and_noise_is_at_chance():
    pattern = np.tile(noise(1, 4, 4, 3), (1, 8, 8, 1))
    assert float(lattice_loss(0.5 + 0.02 * pattern, 4)) > 0.95
    assert float(lattice_loss(pattern, 8)) > 0.99  # what repeats every 4 pixels repeats every 8 too
    random = np.random.default_rng(0).normal(size=(8, 128, 128, 3))
    assert float(lattice_loss(random, 4)) == pytest.approx(1 / 16, rel=0.1)
    assert float(lattice_loss(np.full((1, 16, 16, 3), 0.3), 4)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("period, shape", [(2, (1, 8, 16, 1)), (4, (2, 35, 16, 3)), (3, (1, 12, 25, 2))])
def test_blocking_loss_is_a_loop_over_windows_and_neighbours(period, shape):
    tiles = np.kron(noise(1, shape[1], shape[2], 1, seed=1)[0, :, :, 0], np.ones((period, period)))
    x, side, found = noise(*shape) + 2 * tiles[: shape[1], : shape[2], None], 4 * period, []
    for picture in (x, x.swapaxes(1, 2)):
        batch, height, width, _ = picture.shape
        for b, top, left in np.ndindex(batch, height // side, width // side):
            edge, everywhere = [], []
            for i, j in np.ndindex(side, side):
                row, column = top * side + i, left * side + j
                step = abs(picture[b, row, column] - picture[b, row, column - 1]) if column else 0 * picture[b, row, 0]
                everywhere.append(step)
                edge += [step] * (column % period == 0)
            found.append(max(0, np.mean(edge) / (np.mean(everywhere) + losses.statistics.EPSILON) - 1))
    assert max(found) > 0.1
    per_direction = len(found) // 2
    expected = (np.mean(found[:per_direction]) + np.mean(found[per_direction:])) / 2
    assert float(blocking_loss(x, period)) == pytest.approx(expected, rel=1e-9)


def test_blocks_are_found_where_they_lie_and_a_photo_has_none():
    tiles = np.kron(noise(1, 8, 8, 3)[0], np.ones((8, 8, 1)))[None]
    assert float(blocking_loss(tiles, 8)) > 5.5  # 7, but for the first column of all, which has none before it
    assert float(blocking_loss(np.roll(tiles, (4, 4), axis=(1, 2)), 8)) < 0.1
    photo = data.load_photo("chambord", max_side=256)[None].astype(np.float64)
    assert float(blocking_loss(photo, 8)) < 0.15
    assert float(blocking_loss(0.9 * photo[:, :160, :256] + 0.1 * np.tile(tiles, (1, 3, 4, 1))[:, :160], 8)) > 0.5


@pytest.mark.parametrize("loss", [lattice_loss, blocking_loss])
def test_a_loss_of_windows_refuses_what_has_none(loss):
    for bad in (1, 0, -2, 2.0, True, None, "4"):
        with pytest.raises(ValueError, match="^period must be an int of 2 or more; received"):
            loss(noise(1, 32, 32, 3), bad)
    with pytest.raises(ValueError, match="^images must have 16 pixels or more on both sides; received shape"):
        loss(noise(1, 15, 64, 3), 4)
    with pytest.raises(ValueError, match="^images must be"):
        loss(noise(32, 32, 3), 4)


# ---- gradients


@pytest.mark.parametrize("name, loss", [
    ("content", lambda x: content_loss(noise(2, 4, 5, 3, seed=1), x)),
    ("variation", total_variation),
    ("lattice", lambda x: lattice_loss(tf.tile(x, (1, 2, 2, 1)), 2)),
    ("blocking", lambda x: blocking_loss(tf.tile(x, (1, 2, 2, 1)), 2)),
    ("gram", lambda x: tf.reduce_sum(tf.sin(gram_matrix(x)))),
    ("moments", lambda x: sum(tf.reduce_sum(tf.sin(each)) for each in batch_moments(x))),
])  # fmt: skip
def test_the_gradient_is_the_slope_along_a_nudge(name, loss):
    at, direction = noise(2, 4, 5, 3), noise(2, 4, 5, 3, seed=2)
    (gradient,) = slope(loss, at)
    assert np.sum(gradient * direction) == pytest.approx(nudged(loss, at, direction), rel=1e-5)


def test_the_gradient_of_the_style_loss_takes_the_size_below_the_line_as_given():
    target, features, direction = noise(1, 4, 5, 3), noise(1, 4, 5, 3, seed=1) + 1, noise(1, 4, 5, 3, seed=2)

    def statistics(x):
        mean, covariance = (np.asarray(each)[0] for each in batch_moments(x))
        return mean, np.sqrt(np.diag(covariance) + losses.statistics.EPSILON), covariance

    goals, sizes = statistics(target), [np.sum(each**2) for each in statistics(features)]

    def with_fixed_sizes(x):
        return sum(2 * np.sum((value - goal) ** 2) / (np.sum(goal**2) + size + losses.statistics.EPSILON)
                   for value, goal, size in zip(statistics(x), goals, sizes))

    (gradient,) = slope(lambda x: style_loss(batch_moments(target), *batch_moments(x)), features)
    assert np.sum(gradient * direction) == pytest.approx(nudged(with_fixed_sizes, features, direction), rel=1e-5)


@pytest.mark.parametrize("colour", [0.0, 0.4])
def test_a_picture_of_one_colour_has_finite_losses_and_gradients(colour):
    flat, other = np.full((1, 4, 4, 3), colour), noise(1, 4, 4, 3)
    pairs = [(flat, other), (other, flat), (flat, flat.copy())]
    compared = [content_loss, lambda a, b: style_loss(batch_moments(a), *batch_moments(b)),
                lambda a, b: total_variation(a) + total_variation(b)]
    for function in compared:
        for pair in pairs:
            assert np.isfinite(float(function(*pair)))
            assert all(np.isfinite(gradient).all() for gradient in slope(function, *pair))


# ---- refusals


@pytest.mark.parametrize("function, name", [
    (batch_moments, "features"), (gram_matrix, "features"), (total_variation, "images"),
    (lambda x: content_loss(x, noise(1, 4, 4, 3)), "target"),
    (lambda x: content_loss(noise(1, 4, 4, 3), x), "features"),
])  # fmt: skip
@pytest.mark.parametrize("bad", [np.zeros((4, 4, 3)), np.zeros((1, 0, 4, 3)), np.zeros((1, 4, 4, 3), complex), "text"],
                         ids=["no batch", "no positions", "complex", "text"])
def test_what_are_no_features_is_refused_by_name(function, name, bad):
    with pytest.raises(ValueError, match=f"^{name} must "):
        function(bad)


def test_content_of_two_shapes_is_not_compared():
    with pytest.raises(ValueError, match=r"same shape; received \(1, 4, 4, 1\) and \(1, 4, 4, 3\)"):
        content_loss(noise(1, 4, 4, 1), noise(1, 4, 4, 3))


def test_a_picture_without_neighbours_has_no_total_variation():
    with pytest.raises(ValueError, match=r"images must have 2 pixels or more on both sides; received shape"):
        total_variation(noise(1, 1, 4, 3))
