"""Numbers for people, against scikit-image, loops and closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import special_ortho_group
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio

from aelearn import metrics

few = settings(max_examples=30)
seeds = st.integers(0, 2**32 - 1)


@few
@given(seeds, st.floats(0.001, 0.5))
def test_mse_and_psnr_are_those_of_scikit_image(seed, noise):
    random = np.random.default_rng(seed)
    target = random.uniform(size=(7, 5, 3))
    prediction = target + noise * random.normal(size=target.shape)
    assert metrics.mse(target, prediction) == pytest.approx(mean_squared_error(target, prediction))
    for peak in (1.0, 255):
        expected = peak_signal_noise_ratio(target, prediction, data_range=peak)
        assert metrics.psnr(target, prediction, peak=peak) == pytest.approx(expected)


def test_mse_of_float32_is_summed_in_float64():
    target = np.zeros(10**6, np.float32)
    assert metrics.mse(target, target + np.float32(0.1)) == pytest.approx(float(np.float32(0.1)) ** 2, rel=1e-12)


def test_mse_of_bytes_does_not_wrap_around():
    assert metrics.mse(np.uint8([0]), np.uint8([255])) == 255**2


def test_psnr_of_equal_pictures_is_infinite_and_every_tenth_of_error_adds_ten():
    picture = np.linspace(0, 1, 12).reshape(2, 2, 3)
    assert metrics.psnr(picture, picture) == np.inf
    near, far = metrics.psnr(picture, picture + 0.1), metrics.psnr(picture, picture + 0.1 * np.sqrt(10))
    assert near - far == pytest.approx(10)


def test_metrics_are_plain_floats():
    for value in (metrics.mse([0], [1]), metrics.psnr([0], [1]), metrics.effective_rank(np.eye(2)),
                  metrics.effective_rank(np.zeros((2, 2)))):
        assert type(value) is float


def test_different_shapes_are_refused_even_where_numpy_would_broadcast():
    for metric in (metrics.mse, metrics.psnr):
        with pytest.raises(ValueError, match=r"same shape; received \(2, 3\) and \(3,\)"):
            metric(np.zeros((2, 3)), np.zeros(3))


@pytest.mark.parametrize("peak", [0, -1, np.nan])
def test_a_peak_that_is_not_positive_is_refused(peak):
    with pytest.raises(ValueError, match="peak must be positive; received"):
        metrics.psnr([0.0], [1.0], peak=peak)


@few
@given(seeds, st.integers(1, 8), st.integers(0, 8), st.floats(1e-6, 1e6))
def test_effective_rank_of_k_equal_directions_is_k(seed, rank, dead, scale):
    channels = rank + dead
    turn = special_ortho_group.rvs(channels, random_state=seed) if channels > 1 else np.eye(1)
    covariance = (turn * ([scale] * rank + [0.0] * dead)) @ turn.T
    assert metrics.effective_rank(covariance) == pytest.approx(rank, rel=1e-6)


@few
@given(st.lists(st.floats(0.01, 10), min_size=1, max_size=6))
def test_effective_rank_is_the_exponential_of_the_entropy_of_the_eigenvalues(eigenvalues):
    share = np.array(eigenvalues) / sum(eigenvalues)
    expected = np.prod(share**-share)  # exp(−Σ p ln p) without a logarithm
    assert metrics.effective_rank(np.diag(eigenvalues)) == pytest.approx(expected)


def test_effective_rank_of_two_unequal_directions():
    # p = (3/4, 1/4): exp(entropy) = 4 / 3^(3/4)
    assert metrics.effective_rank(np.diag([3.0, 1.0])) == pytest.approx(4 / 3**0.75)


def test_effective_rank_of_nothing_is_zero():
    assert metrics.effective_rank(np.zeros((4, 4))) == 0


@pytest.mark.parametrize("bad", [np.zeros(3), np.zeros((2, 3)), np.full((2, 2), np.nan), np.full((2, 2), np.inf), 1.0])
def test_effective_rank_refuses_what_is_no_covariance(bad):
    with pytest.raises(ValueError, match="covariance must be a finite square matrix; received"):
        metrics.effective_rank(bad)
