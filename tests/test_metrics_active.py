"""Active units and the distance between clouds, against loops, closed forms and SciPy's matrix root."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from aelearn.metrics import active_units, frechet_distance

few = settings(max_examples=20)


# --- active units


@few
@given(st.integers(2, 30), st.integers(1, 6), st.floats(0.001, 2), st.integers(0, 999))
def test_active_units_is_a_count_of_variances_above_the_threshold(number, units, threshold, seed):
    random = np.random.default_rng(seed)
    means = random.normal(size=(number, units)) * random.uniform(0, 2, units) + random.normal(size=units)
    count = 0
    for column in means.T:
        middle = sum(column) / number
        count += sum((value - middle) ** 2 for value in column) / number > threshold
    assert active_units(means, threshold=threshold) == count


def test_a_unit_that_is_always_the_same_is_not_active_however_large():
    assert active_units(np.full((10, 3), 7.0)) == 0


def test_the_threshold_is_that_of_the_paper_and_not_reached_by_equality():
    means = np.array([[0.1, 0.0999], [-0.1, -0.0999]])  # variances 0.01 and a little less
    assert active_units(means * 1.0001) == 1
    assert active_units(np.array([[1.0], [-1.0]]), threshold=1.0) == 0


def test_the_variance_divides_by_the_number_of_pictures():
    # divided by n it is 0.008, divided by n - 1 it would be 0.016
    assert active_units([[np.sqrt(0.008)], [-np.sqrt(0.008)]]) == 0


def test_codes_with_rows_and_columns_are_counted_too():
    means = np.zeros((5, 2, 2, 3))
    means[:, 0, 1, 2] = np.arange(5)
    assert active_units(means) == 1


@pytest.mark.parametrize("means, words", [
    (np.zeros(3), r"received shape \(3,\)"),
    (np.zeros((1, 3)), r"two pictures or more; received shape \(1, 3\)"),
    (np.zeros((3, 0)), r"received shape \(3, 0\)"),
    (np.full((3, 2), np.nan), "finite; received NaN or infinity"),
])
def test_active_units_refuses_what_has_no_variance(means, words):
    with pytest.raises(ValueError, match=f"means must be .*{words}"):
        active_units(means)


@pytest.mark.parametrize("threshold", [-1, float("nan")])
def test_active_units_refuses_a_threshold_below_zero(threshold):
    with pytest.raises(ValueError, match="threshold must be 0 or more"):
        active_units(np.zeros((2, 2)), threshold=threshold)


# --- Fréchet distance


@few
@given(st.integers(2, 40), st.integers(2, 40), st.integers(1, 6), st.integers(0, 999))
def test_frechet_distance_is_the_formula_with_scipys_matrix_root(first, second, features, seed):
    random = np.random.default_rng(seed)
    one = random.normal(size=(first, features)) @ random.normal(size=(features, features)) + 0.7
    two = random.normal(size=(second, features)) * random.uniform(0.1, 2, features)
    covariances = [np.atleast_2d(np.cov(points.T, bias=True)) + 1e-12 * np.eye(features) for points in (one, two)]
    root = sqrtm(covariances[0] @ covariances[1])
    expected = ((one.mean(0) - two.mean(0)) ** 2).sum() + np.trace(sum(covariances) - 2 * root.real)
    assert frechet_distance(one, two) == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_frechet_distance_of_independent_features_is_that_of_means_and_deviations():
    cloud = np.array([[a, b] for a in (-1.0, 1) for b in (-1.0, 1)])  # deviation 1 in both, no covariance
    scale, shift = np.array([3.0, 0.5]), np.array([1.0, -2.0])
    expected = (shift**2).sum() + ((scale - 1) ** 2).sum()
    assert frechet_distance(cloud, cloud * scale + shift) == pytest.approx(expected)


def test_frechet_distance_is_zero_to_itself_and_the_same_both_ways():
    one, two = np.random.default_rng(0).normal(size=(2, 50, 4)) * [[[1]], [[2]]]
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(one, two) == pytest.approx(frechet_distance(two, one))


def test_frechet_distance_sees_what_the_mean_alone_does_not():
    cloud = np.random.default_rng(0).normal(size=(500, 2))
    cloud -= cloud.mean(0)
    turned = cloud @ np.array([[1, 0.9], [0, np.sqrt(1 - 0.81)]])
    turned *= cloud.std(0) / turned.std(0)  # the same means and deviations
    assert frechet_distance(cloud, turned) > 0.1


@pytest.mark.parametrize("first, second, words", [
    (np.zeros((3, 2)), np.zeros((3, 4)), "same number of features; received 2 and 4"),
    (np.zeros(3), np.zeros((3, 4)), r"first must be points \(number, features\), two or more; received shape \(3,\)"),
    (np.zeros((3, 2)), np.zeros((1, 2)), r"second must be points .* received shape \(1, 2\)"),
    (np.zeros((3, 2)), np.full((3, 2), np.inf), "second must be finite"),
])
def test_frechet_distance_refuses_what_is_no_cloud(first, second, words):
    with pytest.raises(ValueError, match=words):
        frechet_distance(first, second)
