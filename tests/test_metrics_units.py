"""Numbers that choose between models, against loops, SciPy and closed forms."""

import numpy as np
import pytest
import scipy.linalg
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from aelearn import metrics


def random(*shape, seed=0):
    return np.random.default_rng(seed).random(shape)


# ---- units


@settings(max_examples=40)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 99), st.sampled_from([0.0, 1e-6, 0.4]))
def test_dead_units_and_rates_are_counts(number, units, seed, threshold):
    codes = random(number, units, seed=seed) * (random(number, units, seed=seed + 1) < 0.3)
    dead, rates = metrics.dead_units(codes, threshold=threshold), metrics.firing_rates(codes, threshold=threshold)
    for unit in range(units):
        at_work = sum(1 for picture in range(number) if codes[picture, unit] > threshold)
        assert rates[unit] == pytest.approx(at_work / number)
        assert dead[unit] == (at_work == 0)


def test_a_unit_that_rests_for_one_picture_is_not_dead():
    codes = np.ones((5, 3))
    codes[0] = 0
    codes[:, 2] = 0
    assert metrics.dead_units(codes).tolist() == [False, False, True]
    assert metrics.dead_units(codes[:1]).tolist() == [True, True, True]  # a fact about the pictures, too


def test_a_negative_code_is_at_work():
    assert metrics.dead_units([[-1.0, 0.0]]).tolist() == [False, True]


def test_a_convolutional_unit_is_dead_where_it_is_dead_at_every_place():
    codes = np.zeros((2, 3, 4, 2))
    codes[1, 2, 3, 0] = 0.5
    assert metrics.dead_units(codes).tolist() == [False, True]
    assert metrics.firing_rates(codes).tolist() == [1 / 24, 0]


def test_more_pictures_can_only_wake_units():
    codes = random(50, 20) * (random(50, 20, seed=1) < 0.02)
    counts = [metrics.dead_units(codes[:n]).sum() for n in range(1, 51)]
    assert (np.diff(counts) <= 0).all() and counts[0] > counts[-1] > 0


@pytest.mark.parametrize("function", [metrics.dead_units, metrics.firing_rates])
def test_codes_that_are_none_are_refused(function):
    for bad in (np.zeros(3), np.zeros((0, 3)), np.zeros((3, 0))):
        with pytest.raises(ValueError, match=r"codes must be \(number, units\), of at least one picture"):
            function(bad)
    with pytest.raises(ValueError, match="codes must be finite numbers; received NaN or infinity"):
        function([[0.0, np.nan]])
    for threshold in (-0.1, np.nan):
        with pytest.raises(ValueError, match="threshold must be 0 or more; received"):
            function([[0.0]], threshold=threshold)


# ---- classes


def test_per_picture_error_is_a_loop_and_its_mean_is_mse():
    x, y = random(5, 3, 4, 2), random(5, 3, 4, 2, seed=1)
    errors = metrics.per_picture_error(x, y)
    expected = [sum((a - b) ** 2 for a, b in zip(x[i].ravel(), y[i].ravel())) / 24 for i in range(5)]
    np.testing.assert_allclose(errors, expected)
    assert errors.mean() == pytest.approx(metrics.mse(x, y))


def test_per_class_error_is_the_mean_of_each_class():
    x, y, labels = random(9, 2, 2, 1), random(9, 2, 2, 1, seed=1), [7, 2, 7, 7, 0, 2, 7, 7, 7]
    found = metrics.per_class_error(x, y, labels)
    assert list(found) == [0, 2, 7] and all(type(label) is int for label in found)
    for label, error in found.items():
        chosen = [i for i in range(9) if labels[i] == label]
        assert error == pytest.approx(np.mean([metrics.mse(x[i], y[i]) for i in chosen]))


def test_classes_weighted_by_their_size_give_the_error_of_all_and_unweighted_do_not():
    labels = np.array([0] * 8 + [1] * 2)
    x, y = np.zeros((10, 3)), np.where(labels[:, None] == 1, 1.0, 0.1) * np.ones(3)
    found = metrics.per_class_error(x, y, labels)
    weighted = sum((labels == c).sum() * found[c] for c in found) / 10
    assert weighted == pytest.approx(metrics.mse(x, y))
    assert np.mean(list(found.values())) == pytest.approx(0.505) and metrics.mse(x, y) == pytest.approx(0.208)


def test_classes_refuse_what_does_not_fit():
    x = np.zeros((3, 2))
    with pytest.raises(ValueError, match=r"must have the same shape; received \(3, 2\) and \(2, 2\)"):
        metrics.per_class_error(x, x[:2], [0, 1, 2])
    for labels in ([0, 1], [0.0, 1.0, 2.0], [[0], [1], [2]], [True, False, True]):
        with pytest.raises(ValueError, match=r"labels must be one whole number per picture, shape \(3,\); received"):
            metrics.per_class_error(x, x, labels)
    for bad in (np.zeros(3), np.zeros((0, 2))):
        with pytest.raises(ValueError, match="at least one picture"):
            metrics.per_picture_error(bad, bad)


# ---- chance


def test_standard_error_is_scipys():
    values = random(40) ** 2
    assert metrics.standard_error(values) == pytest.approx(scipy.stats.sem(values))


def test_standard_error_is_the_deviation_of_means_of_samples():
    samples = np.random.default_rng(0).gamma(1.0, size=(4000, 50))
    assert np.mean([metrics.standard_error(s) for s in samples]) == pytest.approx(samples.mean(axis=1).std(), rel=0.05)


@pytest.mark.parametrize("bad", [[], [1.0], [[1.0, 2.0]]])
def test_standard_error_needs_two_values_in_a_row(bad):
    with pytest.raises(ValueError, match=r"values must be \(number,\), two or more; received shape"):
        metrics.standard_error(bad)


# ---- spaces


@settings(max_examples=25)
@given(st.integers(1, 4), st.integers(4, 7), st.integers(0, 99))
def test_principal_angles_are_scipys(k, n, seed):
    first, second = np.random.default_rng(seed).normal(size=(2, k, n))
    expected = np.sort(np.degrees(scipy.linalg.subspace_angles(first.T, second.T)))
    np.testing.assert_allclose(metrics.principal_angles(first, second), expected, atol=2e-5)


def test_angles_do_not_depend_on_the_basis_and_show_the_turn():
    random_ = np.random.default_rng(1)
    basis = np.linalg.qr(random_.normal(size=(6, 6)))[0]
    turn = np.radians(30)
    turned = np.stack([basis[0], np.cos(turn) * basis[1] + np.sin(turn) * basis[2]])
    mixed = random_.normal(size=(2, 2)) @ turned
    np.testing.assert_allclose(metrics.principal_angles(basis[:2], mixed), [0, 30], atol=1e-5)
    np.testing.assert_allclose(metrics.principal_angles(basis[:2], basis[2:4]), [90, 90], atol=1e-5)


def test_directions_that_span_no_space_are_refused():
    line = np.ones((2, 4))
    with pytest.raises(ValueError, match="the rows of second must be finite and linearly independent"):
        metrics.principal_angles(np.eye(2, 4), line)
    tall, row = np.ones((4, 3)), np.eye(4)[0]
    for first, second in ((np.eye(2, 4), np.eye(3, 4)), (row, row), (tall, tall)):
        with pytest.raises(ValueError, match=r"first and second must be \(k, n\) of one shape"):
            metrics.principal_angles(first, second)
