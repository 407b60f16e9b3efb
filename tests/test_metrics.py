"""Numbers for people, against scikit-image, loops and closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import special_ortho_group
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

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
    picture = np.zeros((11, 11))
    for value in (metrics.mse([0], [1]), metrics.mae([0], [1]), metrics.bce([0], [1]), metrics.psnr([0], [1]),
                  metrics.ssim(picture, picture), metrics.effective_rank(np.eye(2)),
                  metrics.effective_rank(np.zeros((2, 2)))):
        assert type(value) is float


def test_different_shapes_are_refused_even_where_numpy_would_broadcast():
    for metric in (metrics.mse, metrics.mae, metrics.bce, metrics.psnr, metrics.ssim):
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


# --- absolute error, cross-entropy, structural similarity


@few
@given(seeds, st.integers(1, 5), st.integers(1, 5))
def test_mae_and_bce_are_loops_over_values(seed, height, width):
    target, prediction = np.random.default_rng(seed).uniform(size=(2, height, width, 3))
    absolute, entropy = 0.0, 0.0
    for x, y in zip(target.flat, prediction.flat):
        absolute += abs(x - y)
        entropy -= math.log(y**x * (1 - y) ** (1 - x))
    assert metrics.mae(target, prediction) == pytest.approx(absolute / target.size)
    assert metrics.bce(target, prediction) == pytest.approx(entropy / target.size)


def test_bce_of_certainty_is_finite_and_of_bytes_in_order():
    assert metrics.bce([1.0, 0.0], [0.0, 1.0]) == pytest.approx(-math.log(1e-7))
    assert metrics.bce(np.uint8([1, 0]), np.uint8([1, 0])) == pytest.approx(0, abs=1e-6)


@few
@given(seeds, st.integers(11, 24), st.integers(11, 24), st.sampled_from([(), (1,), (3,)]), st.floats(0.0, 1.0))
def test_ssim_is_that_of_scikit_image(seed, height, width, channels, share):
    target, prediction = np.random.default_rng(seed).uniform(size=(2, height, width, *channels))
    prediction = share * target + (1 - share) * prediction
    expected = structural_similarity(
        target, prediction, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1,
        channel_axis=-1 if channels else None,
    )
    assert metrics.ssim(target, prediction) == pytest.approx(expected, abs=1e-9)


def test_ssim_of_one_window_is_its_formula():
    """A picture of 11 × 11 pixels holds exactly one window: means, variances and covariance by double loops."""
    x, y = np.random.default_rng(1).uniform(size=(2, 11, 11))
    bell = [math.exp(-((i - 5) ** 2) / (2 * 1.5**2)) for i in range(11)]
    weight = {(i, j): bell[i] * bell[j] / sum(bell) ** 2 for i in range(11) for j in range(11)}
    mean_x, mean_y = (sum(w * a[at] for at, w in weight.items()) for a in (x, y))
    var_x, var_y = (sum(w * (a[at] - m) ** 2 for at, w in weight.items()) for a, m in ((x, mean_x), (y, mean_y)))
    covariance = sum(w * (x[at] - mean_x) * (y[at] - mean_y) for at, w in weight.items())
    above = (2 * mean_x * mean_y + 0.0001) * (2 * covariance + 0.0009)
    below = (mean_x**2 + mean_y**2 + 0.0001) * (var_x + var_y + 0.0009)
    assert metrics.ssim(x, y) == pytest.approx(above / below)


def test_ssim_is_one_for_equals_and_negative_for_a_negative():
    picture = np.random.default_rng(2).uniform(size=(20, 20, 3))
    assert metrics.ssim(picture, picture) == 1
    assert metrics.ssim(picture, 1 - picture) < -0.5


@pytest.mark.parametrize("shape", [(10, 20), (20, 10, 3), (1, 20, 20, 3), (20,), ()])
def test_ssim_refuses_what_its_window_does_not_fit(shape):
    with pytest.raises(ValueError, match=r"sides of at least 11; received \("):
        metrics.ssim(np.zeros(shape), np.zeros(shape))


def test_one_nan_shows_in_every_metric():
    picture = np.full((12, 12, 3), 0.5)
    spoiled = picture.copy()
    spoiled[6, 6, 0] = np.nan
    for metric in (metrics.mse, metrics.mae, metrics.bce, metrics.psnr, metrics.ssim):
        assert math.isnan(metric(picture, spoiled)) and math.isnan(metric(spoiled, picture))


@pytest.mark.parametrize("metric", ["mse", "mae", "bce", "psnr", "ssim"])
def test_what_is_no_data_is_refused_in_one_line(metric):
    metric = getattr(metrics, metric)
    with pytest.raises(ValueError, match=r"must hold one value or more; received shape \(0,\)"):
        metric([], [])
    for bad in (None, "abc", ["a"], [[1], [1, 2]], 1j):
        with pytest.raises(ValueError, match="target must be an array of real numbers; received") as caught:
            metric(bad, bad)
        assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="prediction must be an array of real numbers; received"):
        metric([0.0], None)


@pytest.mark.parametrize("target", [-0.5, 1.5, 255])
def test_bce_refuses_a_target_that_is_no_probability(target):
    with pytest.raises(ValueError, match=r"target must be in \[0, 1\]; received values from 0 to|from -0.5 to"):
        metrics.bce([0.0, target], [0.5, 0.5])
