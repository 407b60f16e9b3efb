"""The mirrored convolution, the doubling and both in one, against NumPy loops; the draw, against its moments."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aelearn.layers import GaussianSample, ReflectConv2D, UpsampleConv2D, depth_to_space, space_to_depth, upsample

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


# --- UpsampleConv2D


def upsample_convolution(channels, filters, seed, **options):
    """A layer with weights that a test has drawn, and these weights."""
    random = np.random.default_rng(seed)
    layer = UpsampleConv2D(filters, **options)
    layer.build((None, None, None, channels))
    weights = [random.normal(size=weight.shape).astype(np.float32) for weight in layer.get_weights()]
    layer.set_weights(weights)
    return layer, weights


@few
@given(st.integers(1, 7), st.integers(1, 7), st.integers(1, 3), st.integers(1, 4), st.integers(0, 999))
def test_upsample_convolution_is_a_loop_over_the_doubled_mirrored_picture(height, width, channels, filters, seed):
    layer, (kernel, bias) = upsample_convolution(channels, filters, seed, activation="relu")
    image = np.random.default_rng(seed + 1).normal(size=(2, height, width, channels)).astype(np.float32)
    found = np.asarray(layer(image))
    doubled = image.repeat(2, axis=1).repeat(2, axis=2)
    expected = [reflected_convolution(one, kernel, bias, 1).clip(min=0) for one in doubled]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert tuple(layer.compute_output_shape(image.shape)) == found.shape


def test_without_upsampling_it_is_the_mirrored_convolution():
    layer, (kernel, bias) = upsample_convolution(3, 4, 0)
    image = np.random.default_rng(1).normal(size=(1, 5, 6, 3)).astype(np.float32)
    found = np.asarray(layer(image, upsample=False))
    np.testing.assert_allclose(found[0], reflected_convolution(image[0], kernel, bias, 1), atol=1e-5)


def test_upsample_convolution_may_have_no_bias():
    layer, (kernel,) = upsample_convolution(2, 3, 0, use_bias=False)
    image = np.random.default_rng(1).normal(size=(1, 3, 4, 2)).astype(np.float32)
    expected = reflected_convolution(image[0].repeat(2, axis=0).repeat(2, axis=1), kernel, np.zeros(3), 1)
    np.testing.assert_allclose(np.asarray(layer(image))[0], expected, atol=1e-5)


def test_gradients_of_upsample_convolution_are_those_of_the_two_steps_it_stands_for():
    fused, weights = upsample_convolution(2, 3, 0)
    plain = ReflectConv2D(3)
    plain.build((None, None, None, 2))
    plain.set_weights(weights)
    image = tf.constant(np.random.default_rng(1).normal(size=(2, 3, 4, 2)), tf.float32)
    slopes = []
    for layer, call in ((fused, fused), (plain, lambda x: plain(upsample(x)))):
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.reduce_sum(tf.sin(call(image)))
        slopes.append(tape.gradient(loss, [image, *(variable.value for variable in layer.weights)]))
    for one, other in zip(*slopes):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_a_model_of_symbols_knows_the_sides_with_and_without_upsampling():
    layer, inputs = UpsampleConv2D(4), keras.Input((None, 6, 3))
    assert layer(inputs).shape == (None, None, 12, 4)
    assert layer(inputs, upsample=False).shape == (None, None, 6, 4)


def test_upsample_convolution_comes_back_from_its_config():
    layer = UpsampleConv2D(4, activation="relu", name="look")
    again = UpsampleConv2D.from_config(layer.get_config())
    assert (again.filters, again.strides, again.name) == (4, (1, 1), "look")
    assert again.get_config() == layer.get_config() and again.activation is keras.activations.relu


# --- space_to_depth, depth_to_space


@few
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_space_to_depth_lays_blocks_of_pixels_into_channels_and_depth_to_space_back(rows, columns, channels):
    x = np.random.default_rng(0).normal(size=(2, 2 * rows, 2 * columns, channels)).astype(np.float32)
    found = np.asarray(space_to_depth(x))
    assert found.shape == (2, rows, columns, 4 * channels)
    for i, j, a, b, c in np.ndindex(rows, columns, 2, 2, channels):
        np.testing.assert_array_equal(found[:, i, j, (2 * a + b) * channels + c], x[:, 2 * i + a, 2 * j + b, c])
    np.testing.assert_array_equal(np.asarray(depth_to_space(found)), x)


@pytest.mark.parametrize("sides", [(3, 4), (4, 3)])
def test_odd_sides_have_no_blocks_even_where_a_batch_of_pictures_could_be_cut_up(sides):
    with pytest.raises(ValueError, match=f"x must have an even height and width; received {sides[0]} x {sides[1]}"):
        space_to_depth(np.zeros((2, *sides, 1), np.float32))
