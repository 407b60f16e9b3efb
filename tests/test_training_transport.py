"""Maps that training looks through: against `transforms`, against SciPy, and along a nudge in float64."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from aelearn import losses, transforms
from aelearn.training import transport
from aelearn.training.transport import METHODS, ridged, roots, roots_by_products

import tensorflow as tf  # isort: skip

few = settings(max_examples=15)
NAMES = ["optimal_transport", "whitening_coloring", "adain"]  # in the order of METHODS


def covariances(batch, channels, *, seed=0):
    """Covariances with eigenvalues from 0.3 to 3 along random directions, float64."""
    random = np.random.default_rng(seed)
    turns = np.linalg.qr(random.normal(size=(batch, channels, channels)))[0]
    return turns * random.uniform(0.3, 3, (batch, 1, channels)) @ turns.swapaxes(1, 2)


# ---- the maps


def test_the_methods_are_those_of_transforms():
    assert [method.__name__ for method in METHODS] == NAMES
    assert set(NAMES) <= set(transforms.METHODS)


@few
@given(st.sampled_from(NAMES), st.integers(1, 6), st.integers(0, 99))
def test_every_map_is_the_one_of_transforms_on_the_same_moments(name, channels, seed):
    content, style = covariances(3, channels, seed=seed), covariances(3, channels, seed=seed + 1)
    found = METHODS[NAMES.index(name)](tf.constant(content, tf.float32), tf.constant(style, tf.float32))
    zero = np.zeros(channels)
    pairs = zip(*(np.asarray(ridged(tf.constant(each))) for each in (content, style)))
    for one, (c, s) in zip(np.asarray(found), pairs):
        expected = transforms.METHODS[name](transforms.Moments(zero, c), transforms.Moments(zero, s)).matrix
        np.testing.assert_allclose(one, expected, atol=1e-3)


def test_the_ridge_is_that_of_the_stylizer():
    # The absolute part, for pictures of one colour, is far below the variances of real ones.
    covariance = covariances(1, 4)
    ridge = transforms.ridge(transforms.Moments(np.zeros(4), covariance[0]), transport.RIDGE).covariance
    np.testing.assert_allclose(np.asarray(ridged(tf.constant(covariance)))[0], ridge, atol=2e-6)


@few
@given(st.integers(1, 6), st.integers(0, 99))
def test_optimal_transport_and_whitening_carry_the_whole_covariance_adain_the_deviations(channels, seed):
    content, style = (tf.constant(covariances(2, channels, seed=seed + shift)) for shift in (0, 50))
    goal = np.asarray(ridged(style))
    for name, method in zip(NAMES, METHODS):
        matrix = np.asarray(method(content, style))
        carried = matrix @ np.asarray(ridged(content)) @ matrix.swapaxes(1, 2)
        if name == "adain":
            carried, wanted = (np.diagonal(each, axis1=1, axis2=2) for each in (carried, goal))
            np.testing.assert_allclose(carried, wanted, rtol=1e-4)
        else:
            np.testing.assert_allclose(carried, goal, atol=1e-8)
        if name == "optimal_transport":
            np.testing.assert_allclose(matrix, matrix.swapaxes(1, 2), atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_map_of_moments_to_themselves_leaves_everything_in_place(name):
    covariance = tf.constant(covariances(2, 5), tf.float32)
    matrix = METHODS[NAMES.index(name)](covariance, covariance)
    np.testing.assert_allclose(matrix, np.broadcast_to(np.eye(5), (2, 5, 5)), atol=1e-4)


# ---- roots


@few
@given(st.integers(1, 7), st.integers(0, 99))
def test_roots_are_those_of_scipy(channels, seed):
    matrix = covariances(2, channels, seed=seed)
    for way in (roots, roots_by_products):
        root, inverse = map(np.asarray, way(tf.constant(matrix)))
        for one, found, other in zip(matrix, root, inverse):
            np.testing.assert_allclose(found, scipy.linalg.sqrtm(one), atol=1e-9)
            np.testing.assert_allclose(other, np.linalg.inv(scipy.linalg.sqrtm(one)), atol=1e-9)


def test_products_find_the_roots_of_eigenvalues_ten_thousandfold_apart_in_single_precision():
    turn = scipy.linalg.qr(np.random.default_rng(0).normal(size=(32, 32)))[0]
    values = np.geomspace(1e-2, 1e2, 32)
    root, inverse = map(np.asarray, roots_by_products(tf.constant(((turn * values) @ turn.T)[None], tf.float32)))
    np.testing.assert_allclose(root[0], (turn * values**0.5) @ turn.T, atol=1e-3 * 10)
    np.testing.assert_allclose(inverse[0], (turn * values**-0.5) @ turn.T, atol=1e-2 * 10)


def test_a_gpu_finds_roots_by_products_and_a_processor_by_decomposition(monkeypatch):
    matrix = tf.constant(covariances(1, 3))
    for gpu in (True, False):
        monkeypatch.setattr(transport.runtime, "has_gpu", lambda gpu=gpu: gpu)
        monkeypatch.setattr(transport, "roots_by_products", lambda matrix: "products")
        assert (roots(matrix) == "products") is gpu


MATRICES = {
    "any": covariances(1, 4)[0],
    "all eigenvalues alike": 2 * np.eye(4),
    "two alike": np.diag([0.5, 0.5, 2.0, 3.0]),
    "two alike, turned": scipy.linalg.qr(np.arange(16.0).reshape(4, 4) % 5 + np.eye(4))[0],
    "one channel": np.array([[0.7]]),
}
turn = MATRICES["two alike, turned"]
MATRICES["two alike, turned"] = turn @ MATRICES["two alike"] @ turn.T


@pytest.mark.parametrize("which", ["root", "inverse", "both"])
@pytest.mark.parametrize("case", MATRICES)
@pytest.mark.parametrize("way", [roots, roots_by_products])
def test_the_gradient_of_roots_is_the_slope_along_a_nudge_also_where_eigenvalues_meet(way, case, which):
    matrix, random = MATRICES[case], np.random.default_rng(1)
    first, second, direction = random.normal(size=(3, *matrix.shape))
    first, second = first * (which != "inverse"), second * (which != "root")

    def by_scipy(at):
        root = scipy.linalg.sqrtm((at + at.T) / 2).real
        return np.sum(first * root) + np.sum(second * np.linalg.inv(root))

    at = tf.constant(matrix[None])
    with tf.GradientTape() as tape:
        tape.watch(at)
        root, inverse = way(at)
        loss = tf.reduce_sum(first * root) + tf.reduce_sum(second * inverse)
    gradient = np.asarray(tape.gradient(loss, at))[0]
    slope = (by_scipy(matrix + 1e-5 * direction) - by_scipy(matrix - 1e-5 * direction)) / 2e-5
    assert np.sum(gradient * direction) == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_every_matrix_of_a_batch_has_its_own_gradient():
    matrices, weights = covariances(3, 3), np.random.default_rng(2).normal(size=(3, 3, 3))

    def gradient(matrix, weight):
        at = tf.constant(matrix)
        with tf.GradientTape() as tape:
            tape.watch(at)
            loss = tf.reduce_sum(weight * roots(at)[0]) - tf.reduce_sum(weight * roots(at)[1])
        return np.asarray(tape.gradient(loss, at))

    whole = gradient(matrices, weights)
    for i in range(3):
        np.testing.assert_allclose(whole[i], gradient(matrices[i : i + 1], weights[i : i + 1])[0], atol=1e-9)


# ---- a picture of one colour


FLAT = np.zeros((1, 4, 4))
SPOT = np.zeros((1, 4, 4))
SPOT[0, 2, 2] = 1.0  # one channel that says something


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pair", [(FLAT, FLAT), (FLAT, SPOT), (SPOT, FLAT), (FLAT, covariances(1, 4)),
                                  (covariances(1, 4), FLAT), (SPOT, SPOT)], ids=range(6))
def test_zero_covariances_have_finite_maps_and_gradients(name, pair):
    at = [tf.constant(each, tf.float32) for each in pair]
    with tf.GradientTape() as tape:
        tape.watch(at)
        matrix = METHODS[NAMES.index(name)](*at)
        loss = tf.reduce_sum(tf.sin(matrix))
    assert np.isfinite(matrix).all()
    assert all(np.isfinite(gradient).all() for gradient in tape.gradient(loss, at))


# ---- apply


def code(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("method", range(3))
def test_apply_blends_every_code_with_its_own_map(method):
    features, painting = code(3, 5, 6, 4) * [1, 2, 0.5, 1], 3 * code(3, 4, 4, 4, seed=1) - 1
    alpha = np.array([1.0, 0.0, 0.4])
    content, style = losses.batch_moments(features), losses.batch_moments(painting)
    found = np.asarray(transport.apply(tf.constant(features), content, style, tf.constant(alpha), method))
    for i in range(3):
        (mean, c), (goal, s) = ([np.asarray(each)[i] for each in moments] for moments in (content, style))
        pair = [transforms.Moments(m, np.asarray(ridged(k[None]))[0]) for m, k in ((mean, c), (goal, s))]
        matrix = transforms.METHODS[NAMES[method]](*pair).matrix
        moved = (features[i] - mean) @ matrix.T + goal
        np.testing.assert_allclose(found[i], (1 - alpha[i]) * features[i] + alpha[i] * moved, atol=1e-3)
    np.testing.assert_array_equal(found[1], features[1])


def test_the_default_is_optimal_transport_and_a_method_may_be_known_only_when_it_runs():
    features, style = tf.constant(code(2, 4, 4, 3), tf.float32), losses.batch_moments(code(2, 4, 4, 3, seed=1))
    style = [tf.cast(each, tf.float32) for each in style]
    moments = losses.batch_moments(features)
    run = tf.function(lambda number: transport.apply(features, moments, style, tf.ones(2), number))
    each = [np.asarray(run(tf.constant(number))) for number in range(3)]
    np.testing.assert_allclose(transport.apply(features, moments, style, tf.ones(2)), each[0], atol=1e-6)
    assert min(np.abs(each[i] - each[j]).max() for i, j in ((0, 1), (0, 2), (1, 2))) > 1e-2


@pytest.mark.parametrize("method", range(3))
def test_gradients_pass_through_apply_into_code_and_style(method):
    features, painting, direction = code(2, 3, 3, 3), code(2, 4, 4, 3, seed=1), code(2, 3, 3, 3, seed=2)
    alpha = tf.constant([1.0, 0.5], tf.float64)

    def loss(x, y):
        content, style = losses.batch_moments(x), losses.batch_moments(y)
        return tf.reduce_sum(tf.sin(transport.apply(tf.convert_to_tensor(x), content, style, alpha, method)))

    def slope(along_x, along_y, step=1e-5):
        before, after = (loss(features + s * along_x, painting + s * along_y) for s in (-step, step))
        return float(after - before) / (2 * step)

    at = tf.constant(features), tf.constant(painting)
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = loss(*at)
    to_code, to_style = (np.asarray(gradient) for gradient in tape.gradient(value, at))
    assert np.sum(to_code * direction) == pytest.approx(slope(direction, 0), rel=1e-4)
    turned = code(2, 4, 4, 3, seed=3)
    assert np.sum(to_style * turned) == pytest.approx(slope(0, turned), rel=1e-4)
