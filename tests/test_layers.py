"""The mirrored convolution and the doubling, against NumPy loops; the draw, against its moments and slopes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aelearn.layers import GaussianSample, ReflectConv2D, upsample

import keras  # isort: skip
import tensorflow as tf  # isort: skip

few = settings(max_examples=15)
sides = st.integers(2, 7)


def reflected_convolution(image, kernel, bias, stride):
    """The definition, position by position: (height, width, c) -> (ceil(height / stride), …, filters)."""
    padded = np.pad(image, [(1, 1), (1, 1), (0, 0)], mode="reflect")
    rows, columns = (range(0, side, stride) for side in image.shape[:2])
    return np.array(
        [[np.tensordot(padded[y : y + 3, x : x + 3], kernel, axes=3) + bias for x in columns] for y in rows]
    )


@few
@given(sides, sides, st.integers(1, 3), st.integers(1, 4), st.sampled_from([1, 2]), st.integers(0, 999))
def test_reflect_convolution_is_a_loop_over_a_mirrored_picture(height, width, channels, filters, strides, seed):
    layer = ReflectConv2D(filters, strides, bias_initializer="ones")
    image = np.random.default_rng(seed).normal(size=(2, height, width, channels)).astype(np.float32)
    found = np.asarray(layer(image))
    kernel, bias = layer.get_weights()
    expected = [reflected_convolution(one, kernel, bias, strides) for one in image]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert tuple(layer.compute_output_shape(image.shape)) == found.shape


def test_activation_is_applied_after_the_bias():
    minus_one = keras.initializers.Constant(-1)
    layer = ReflectConv2D(1, activation="relu", kernel_initializer="zeros", bias_initializer=minus_one)
    assert not np.asarray(layer(np.ones((1, 4, 4, 1), np.float32))).any()


@pytest.mark.parametrize("strides", [1, 2])
def test_a_picture_of_one_colour_has_no_frame(strides):
    layer = ReflectConv2D(5, strides, kernel_initializer=keras.initializers.GlorotNormal(seed=0))
    found = np.asarray(layer(np.full((1, 8, 10, 3), 0.7, np.float32)))
    np.testing.assert_allclose(found, np.broadcast_to(found[:, :1, :1], found.shape), atol=1e-6)


def test_unknown_sides_stay_unknown_and_odd_ones_round_up():
    assert ReflectConv2D(4, 2).compute_output_shape((None, None, 7, 3)) == (None, None, 4, 4)
    assert keras.Sequential([keras.Input((None, None, 3)), ReflectConv2D(4, 2)]).output_shape == (None, None, None, 4)


def test_layer_comes_back_from_its_config():
    layer = ReflectConv2D(4, 2, activation="relu", name="down")
    again = ReflectConv2D.from_config(layer.get_config())
    assert (again.filters, again.strides, again.name) == (4, (2, 2), "down")
    assert again.get_config() == layer.get_config()


@few
@given(sides, sides, st.integers(1, 3))
def test_upsample_repeats_every_value(height, width, channels):
    x = np.random.default_rng(0).normal(size=(2, height, width, channels)).astype(np.float32)
    np.testing.assert_array_equal(np.asarray(upsample(x)), x.repeat(2, axis=1).repeat(2, axis=2))


# --- GaussianSample


def moments_of_draws(mean, log_variance, number=100_000):
    draw = GaussianSample(seed=3)
    draws = np.asarray(draw(np.full((number, 1), mean, np.float32), np.full((number, 1), log_variance, np.float32),
                            training=True), np.float64)
    return draws.mean(), draws.var()


@pytest.mark.parametrize("mean, variance", [(0.0, 1.0), (2.0, 0.25), (-1.5, 4.0)])
def test_draws_have_the_mean_and_the_variance_that_were_asked_for(mean, variance):
    found_mean, found_variance = moments_of_draws(mean, np.log(variance))
    assert abs(found_mean - mean) < 6 * np.sqrt(variance / 100_000)
    assert abs(found_variance / variance - 1) < 6 * np.sqrt(2 / 100_000)


def test_every_unit_of_every_picture_and_every_call_gets_its_own_noise():
    draw = GaussianSample(seed=0)
    zeros = np.zeros((50, 4), np.float32)
    first, second = (np.asarray(draw(zeros, zeros, training=True)) for _ in range(2))
    values = np.concatenate([first.ravel(), second.ravel()])
    assert len(np.unique(values)) == len(values)


def test_outside_training_the_draw_is_the_mean():
    mean = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    layer = GaussianSample(seed=0)
    for result in (layer(mean, mean), layer(mean, mean, training=False)):
        np.testing.assert_array_equal(np.asarray(result), mean)


def test_the_seed_decides_the_stream():
    zeros = np.zeros((4, 2), np.float32)
    first, again, other = (np.asarray(GaussianSample(seed=s)(zeros, zeros, training=True)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


def test_gradients_pass_through_the_draw_to_mean_and_log_variance():
    # z = μ + σ ε, so ∂z/∂μ = 1 and ∂z/∂ ln σ² = ½ σ ε = ½ (z − μ).
    mean, log_variance = tf.Variable([[0.3, -2.0]]), tf.Variable([[0.5, -1.0]])
    with tf.GradientTape() as tape:
        z = GaussianSample(seed=0)(mean, log_variance, training=True)
        total = tf.reduce_sum(z)
    slopes = tape.gradient(total, [mean, log_variance])
    np.testing.assert_allclose(slopes[0], [[1, 1]], atol=1e-6)
    np.testing.assert_allclose(slopes[1], 0.5 * (z - mean), atol=1e-6)


def test_gaussian_sample_comes_back_from_its_config():
    layer = GaussianSample(seed=7, name="draw")
    again = GaussianSample.from_config(layer.get_config())
    zeros = np.zeros((3, 2), np.float32)
    assert (again.seed, again.name) == (7, "draw")
    np.testing.assert_array_equal(np.asarray(layer(zeros, zeros, training=True)),
                                  np.asarray(again(zeros, zeros, training=True)))
