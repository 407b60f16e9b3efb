"""The training losses, against loops and finite differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aelearn import losses

from keras import ops  # isort: skip

few = settings(max_examples=20)
shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def two_arrays(shape, seed):
    return np.random.default_rng(seed).normal(size=(2, *shape)).astype(np.float32)


@few
@given(shapes, st.integers(0, 999))
def test_mean_squared_error_is_a_loop_over_values(shape, seed):
    target, prediction = two_arrays(shape, seed)
    total = 0.0
    for x, y in zip(target.flat, prediction.flat):
        total += (float(x) - float(y)) ** 2
    found = losses.mean_squared_error(ops.convert_to_tensor(target), ops.convert_to_tensor(prediction))
    assert tuple(found.shape) == ()
    assert float(found) == pytest.approx(total / target.size, rel=1e-5)


def test_mean_squared_error_is_zero_for_equal_arrays_and_does_not_care_about_order():
    a, b = two_arrays((2, 3, 3, 3), 0)
    assert float(losses.mean_squared_error(a, a)) == 0
    assert float(losses.mean_squared_error(a, b)) == float(losses.mean_squared_error(b, a))


def test_mean_squared_error_refuses_shapes_that_would_broadcast():
    with pytest.raises(ValueError, match=r"same shape; received \(2, 3\) and \(1, 3\)"):
        losses.mean_squared_error(np.zeros((2, 3)), np.zeros((1, 3)))


def test_pyramid_loss_is_the_sum_over_levels_of_the_mean_squared_error():
    target, *levels = np.random.default_rng(0).normal(size=(4, 2, 4, 4, 3)).astype(np.float32)
    expected = sum(np.mean((target - level) ** 2) for level in levels)
    assert float(losses.pyramid_loss(target, levels)) == pytest.approx(expected, rel=1e-5)


def test_pyramid_loss_refuses_a_level_of_another_shape():
    with pytest.raises(ValueError, match="same shape"):
        losses.pyramid_loss(np.zeros((1, 4, 4, 3)), [np.zeros((1, 4, 4, 3)), np.zeros((1, 2, 2, 3))])
