"""The mirrored convolution, the doubling and both in one, against NumPy loops; the draw, against its moments."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aelearn.layers import (
    GaussianSample,
    PhaseInitializer,
    ReflectConv2D,
    depth_to_space,
    reflect_border,
    space_to_depth,
    upsample,
)

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


# --- a map absorbed by a convolution, and equal pixels at first


@few
@given(st.integers(2, 6), st.integers(2, 6), st.integers(1, 3), st.integers(1, 4), st.integers(0, 999))
def test_a_convolution_with_a_map_is_that_of_the_mapped_picture(height, width, channels, filters, seed):
    random = np.random.default_rng(seed)
    layer = ReflectConv2D(filters, activation="relu")
    layer.build((None, None, None, channels))
    kernel, bias = weights = [random.normal(size=w.shape).astype(np.float32) for w in layer.get_weights()]
    layer.set_weights(weights)
    image = random.normal(size=(height, width, channels)).astype(np.float32)
    matrix, shift = random.normal(size=(channels, channels)), random.normal(size=channels)
    found = np.asarray(layer(image[None], affine=(matrix.astype(np.float32), shift.astype(np.float32))))[0]
    expected = reflected_convolution(image @ matrix + shift, kernel, bias, 1).clip(min=0)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_four_pixels_of_a_block_start_equal_and_come_back_from_the_config():
    start = PhaseInitializer(keras.initializers.HeNormal(seed=3))
    again = PhaseInitializer.from_config(start.get_config())
    for initializer in (start, again):
        kernel = np.asarray(initializer((1, 1, 5, 12)))
        np.testing.assert_array_equal(kernel, np.tile(kernel[..., :3], 4))
        assert np.unique(kernel).size == 15
    block = np.asarray(depth_to_space(np.ones((1, 2, 2, 5)) @ kernel[0, 0]))
    np.testing.assert_array_equal(block, block[:, :1, :1].repeat(4, 1).repeat(4, 2))


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


@pytest.mark.parametrize(("height", "width"), [(2, 2), (3, 5), (8, 2)])
def test_a_border_is_reflected_in_the_outermost_row_and_column(height, width):
    x = np.random.default_rng(0).normal(size=(2, height, width, 3)).astype(np.float32)
    expected = np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="reflect")
    np.testing.assert_array_equal(reflect_border(tf.constant(x)), expected)
