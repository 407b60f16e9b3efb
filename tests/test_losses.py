"""The training losses, against loops, closed forms and finite differences."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from skimage.metrics import structural_similarity

from aelearn import losses, metrics

from keras import ops  # isort: skip

few = settings(max_examples=20)
shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)
seeds = st.integers(0, 999)
RECONSTRUCTION = {
    "mse": losses.mean_squared_error,
    "mae": losses.mean_absolute_error,
    "bce": losses.binary_cross_entropy,
    "ssim": losses.ssim_loss,
}


def two_arrays(shape, seed):
    return np.random.default_rng(seed).normal(size=(2, *shape)).astype(np.float32)


def two_pictures(shape, seed, margin=0.0):
    """Values in [0, 1], or a little away from the ends."""
    return np.random.default_rng(seed).uniform(margin, 1 - margin, (2, *shape))


def each_slope(function, x, step=1e-6):
    """Central differences, one entry at a time."""
    slopes = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += step
        down[index] -= step
        slopes[index] = (float(function(up)) - float(function(down))) / (2 * step)
    return slopes


# --- reconstruction errors: a loop over all values, then the mean ----------------------------------------------------


def squared(x, y):
    return (x - y) ** 2


def absolute(x, y):
    return abs(x - y)


def cross_entropy(x, y):
    y = min(max(y, 1e-7), 1 - 1e-7)
    return -(x * math.log(y) + (1 - x) * math.log(1 - y))


LOOPS = {"mse": squared, "mae": absolute, "bce": cross_entropy}


@few
@given(st.sampled_from(sorted(LOOPS)), shapes, seeds)
def test_reconstruction_error_is_the_mean_of_a_loop_over_values(name, shape, seed):
    target, prediction = two_pictures(shape, seed)
    total = sum(LOOPS[name](float(x), float(y)) for x, y in zip(target.flat, prediction.flat))
    found = RECONSTRUCTION[name](ops.convert_to_tensor(target, "float32"), ops.convert_to_tensor(prediction, "float32"))
    assert tuple(found.shape) == ()
    assert float(found) == pytest.approx(total / target.size, rel=1e-4)


@few
@given(st.sampled_from(["mse", "mae", "bce"]), shapes, seeds)
def test_reconstruction_error_is_that_of_metrics(name, shape, seed):
    target, prediction = two_pictures(shape, seed)
    assert float(RECONSTRUCTION[name](target, prediction)) == pytest.approx(getattr(metrics, name)(target, prediction))


@pytest.mark.parametrize("name", RECONSTRUCTION)
def test_reconstruction_error_of_the_batch_twice_is_the_same(name):
    target, prediction = two_pictures((3, 12, 13, 2), 0)
    once = float(RECONSTRUCTION[name](target, prediction))
    twice = float(RECONSTRUCTION[name](np.tile(target, (2, 1, 1, 1)), np.tile(prediction, (2, 1, 1, 1))))
    assert twice == pytest.approx(once, rel=1e-6)


@pytest.mark.parametrize("name", ["mse", "mae", "ssim"])
def test_reconstruction_error_of_equals_is_zero_and_order_does_not_matter(name):
    a, b = two_pictures((2, 12, 12, 3), 0)
    assert float(RECONSTRUCTION[name](a, a)) == pytest.approx(0, abs=1e-7)
    assert float(RECONSTRUCTION[name](a, b)) == pytest.approx(float(RECONSTRUCTION[name](b, a)))


@pytest.mark.parametrize("name", RECONSTRUCTION)
def test_shapes_that_would_broadcast_are_refused_by_both_names(name):
    with pytest.raises(ValueError, match=r"same shape; received \(2, 12, 12, 3\) and \(1, 12, 12, 3\)"):
        RECONSTRUCTION[name](np.zeros((2, 12, 12, 3)), np.zeros((1, 12, 12, 3)))


@pytest.mark.parametrize("name", RECONSTRUCTION)
@pytest.mark.parametrize("place", [0, 1])
def test_one_nan_anywhere_shows(name, place):
    pair = list(two_pictures((1, 12, 12, 1), 0))
    pair[place][0, 6, 6, 0] = np.nan
    assert math.isnan(float(RECONSTRUCTION[name](*pair)))


@pytest.mark.parametrize("name", RECONSTRUCTION)
@pytest.mark.parametrize("bad", ["a picture", None, np.full((1, 12, 12, 1), 1j), [[1.0], [2.0, 3.0]]])
def test_what_is_no_array_of_numbers_is_named(name, bad):
    with pytest.raises(ValueError, match="prediction must be an array or tensor of"):
        RECONSTRUCTION[name](np.zeros((1, 12, 12, 1)), bad)


def test_bytes_do_not_wrap_around():
    assert float(losses.mean_squared_error(np.uint8([0]), np.uint8([255]))) == 255**2


def test_lists_and_other_precisions_are_taken():
    assert float(losses.mean_absolute_error([0, 1], [0.5, 1.0])) == 0.25
    assert float(losses.mean_squared_error(np.zeros(2), ops.ones((2,)))) == 1.0


# --- cross-entropy ---------------------------------------------------------------------------------------------------


@few
@given(st.floats(0.01, 0.99))
def test_cross_entropy_is_least_at_the_target_and_that_is_the_entropy_of_the_target(x):
    entropy = -x * math.log(x) - (1 - x) * math.log(1 - x)
    at_target = float(losses.binary_cross_entropy(np.array([x]), np.array([x])))
    assert at_target == pytest.approx(entropy) and at_target > 0
    for other in np.linspace(0.001, 0.999, 41):
        assert float(losses.binary_cross_entropy(np.array([x]), np.array([other]))) >= at_target


def test_cross_entropy_is_finite_where_the_logarithm_is_not():
    worst = float(losses.binary_cross_entropy(np.array([1.0, 0.0]), np.array([0.0, 1.0])))
    assert worst == pytest.approx(-math.log(1e-7), rel=1e-6)
    assert float(losses.binary_cross_entropy(np.float32([1, 0]), np.float32([0, 1]))) == pytest.approx(worst, rel=0.02)
    assert float(losses.binary_cross_entropy(np.array([1.0, 0.0]), np.array([1.0, 0.0]))) == pytest.approx(0, abs=1e-6)


# --- structural similarity -------------------------------------------------------------------------------------------


def skimage_ssim(target, prediction):
    return structural_similarity(target, prediction, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
                                 data_range=1, channel_axis=-1)


@few
@given(st.integers(1, 3), st.integers(11, 20), st.integers(11, 20), st.integers(1, 3), seeds)
def test_ssim_loss_is_one_minus_scikit_image(batch, height, width, channels, seed):
    target, prediction = two_pictures((batch, height, width, channels), seed)
    prediction = 0.7 * target + 0.3 * prediction
    expected = np.mean([skimage_ssim(x, y) for x, y in zip(target, prediction)])
    assert 1 - float(losses.ssim_loss(target, prediction)) == pytest.approx(expected, abs=1e-6)
    single = losses.ssim_loss(target.astype(np.float32), prediction.astype(np.float32))
    assert 1 - float(single) == pytest.approx(expected, abs=1e-5)
    assert 1 - float(single) == pytest.approx(np.mean([metrics.ssim(*p) for p in zip(target, prediction)]), abs=1e-5)


@pytest.mark.parametrize("shape", [(12, 12, 3), (1, 10, 12, 1), (1, 12, 10, 1), (12, 12)])
def test_ssim_loss_refuses_what_its_window_does_not_fit(shape):
    with pytest.raises(ValueError, match=r"sides of at least 11; received \("):
        losses.ssim_loss(np.zeros(shape), np.zeros(shape))


# --- gradients by hand -----------------------------------------------------------------------------------------------

GRADIENTS = {"mse": losses.mse_gradient, "mae": losses.mae_gradient, "bce": losses.bce_gradient}


@few
@given(st.sampled_from(sorted(GRADIENTS)), shapes, seeds)
def test_gradient_by_hand_is_what_a_nudge_does(name, shape, seed):
    target, prediction = two_pictures(shape, seed, margin=0.01)
    found = GRADIENTS[name](target, prediction)
    slopes = each_slope(lambda x: RECONSTRUCTION[name](target, x), prediction)
    np.testing.assert_allclose(found, slopes, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradient_shrinks_with_the_number_of_values(name):
    target, prediction = two_pictures((3, 2), 1, margin=0.1)
    twice = GRADIENTS[name](np.tile(target, (2, 1)), np.tile(prediction, (2, 1)))
    np.testing.assert_allclose(twice[:3], GRADIENTS[name](target, prediction) / 2)


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradient_refuses_other_shapes_by_both_names(name):
    with pytest.raises(ValueError, match=r"same shape; received \(3,\) and \(1,\)"):
        GRADIENTS[name](np.zeros(3), np.zeros(1))


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradient_shows_a_nan(name):
    found = GRADIENTS[name]([np.nan, 0.25], [0.5, 0.5])
    assert np.isnan(found[0]) and np.isfinite(found[1])


def test_absolute_error_has_no_pull_where_it_is_zero_and_cross_entropy_none_where_it_is_clipped():
    assert losses.mae_gradient([0.3], [0.3]).tolist() == [0]
    assert losses.bce_gradient([1.0, 0.0], [0.0, 1.0]).tolist() == [0, 0]
    beyond = each_slope(lambda x: losses.binary_cross_entropy(np.array([1.0, 0.0]), x), np.array([-1.0, 2.0]), 1e-3)
    assert beyond.tolist() == [0, 0]


@few
@given(shapes, seeds)
def test_gradient_of_a_penalty_is_what_a_nudge_does(shape, seed):
    weights = np.random.default_rng(seed).normal(size=shape)
    weights += np.sign(weights) * 0.01  # away from the kink
    np.testing.assert_allclose(losses.l1_gradient(weights), each_slope(losses.l1_penalty, weights), atol=1e-6)
    np.testing.assert_allclose(losses.l2_gradient(weights), each_slope(losses.l2_penalty, weights), atol=1e-6)


# --- penalties -------------------------------------------------------------------------------------------------------


@few
@given(st.lists(shapes, min_size=1, max_size=3), seeds)
def test_penalties_are_sums_over_every_entry_of_every_array(several, seed):
    weights = [two_arrays(shape, seed)[0] for shape in several]
    every = [float(w) for array in weights for w in array.flat]
    assert float(losses.l1_penalty(weights)) == pytest.approx(sum(abs(w) for w in every), rel=1e-5)
    assert float(losses.l2_penalty(weights)) == pytest.approx(sum(w * w for w in every), rel=1e-5)
    assert float(losses.l1_penalty(weights + weights)) == pytest.approx(2 * float(losses.l1_penalty(weights)), rel=1e-5)


def test_penalties_take_one_array_whole_numbers_and_nothing():
    assert float(losses.l1_penalty(np.array([[-1, 2], [3, 0]]))) == 6
    assert float(losses.l2_penalty(np.array([[-1, 2], [3, 0]]))) == 14
    assert float(losses.l1_penalty([])) == 0


@pytest.mark.parametrize("penalty", [losses.l1_penalty, losses.l2_penalty])
def test_penalties_show_a_nan(penalty):
    assert math.isnan(float(penalty([np.ones(3), np.array([np.nan, 1.0])])))


@few
@given(st.sampled_from(["l1", "l2"]), st.integers(1, 4), shapes, seeds)
def test_penalty_on_the_code_is_a_sum_over_units_and_a_mean_over_the_batch(penalty, batch, shape, seed):
    code = two_arrays((batch, *shape), seed)[0]
    power = {"l1": abs, "l2": lambda z: z * z}[penalty]
    expected = sum(sum(power(float(z)) for z in one.flat) for one in code) / batch
    assert float(losses.code_penalty(code, penalty)) == pytest.approx(expected, rel=1e-5)
    twice = losses.code_penalty(np.concatenate([code, code]), penalty)
    assert float(twice) == pytest.approx(expected, rel=1e-5)


def test_penalty_on_the_code_refuses_an_unknown_name_and_one_number():
    with pytest.raises(ValueError, match="penalty must be one of 'l1', 'l2'; received None"):
        losses.code_penalty(np.ones((2, 2)), None)
    with pytest.raises(ValueError, match=r"code must be \(batch, …\); received one number"):
        losses.code_penalty(np.float32(1), "l1")


@few
@given(st.integers(1, 3), st.integers(1, 4), seeds)
def test_kl_divergence_is_a_loop_over_units_and_a_mean_over_the_batch(batch, units, seed):
    mean, log_variance = two_arrays((batch, units), seed)
    total = 0.0
    for m, v in zip(mean.flat, log_variance.flat):
        total += 0.5 * (float(m) ** 2 + math.exp(v) - float(v) - 1)
    assert float(losses.kl_divergence(mean, log_variance)) == pytest.approx(total / batch, rel=1e-4, abs=1e-6)


def test_kl_divergence_is_what_sampling_finds():
    mean, deviation = np.array([0.7, -0.2]), np.array([0.5, 1.5])
    z = mean + deviation * np.random.default_rng(0).normal(size=(400_000, 2))
    # ln q(z) − ln p(z); the constants cancel
    ratio = -np.log(deviation) - 0.5 * ((z - mean) / deviation) ** 2 + 0.5 * z**2
    expected = ratio.sum(axis=1).mean()
    assert float(losses.kl_divergence(mean[None], 2 * np.log(deviation)[None])) == pytest.approx(expected, abs=0.02)


def test_kl_divergence_refuses_other_shapes():
    with pytest.raises(ValueError, match=r"log_variance must have the same shape; received \(2, 3\) and \(3,\)"):
        losses.kl_divergence(np.zeros((2, 3)), np.zeros(3))


# --- the objective ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", RECONSTRUCTION)
@pytest.mark.parametrize("penalty", ["l1", "l2"])
@pytest.mark.parametrize("on", ["weights", "code"])
def test_objective_is_error_plus_strength_times_penalty(error, penalty, on):
    x, y = two_pictures((2, 12, 12, 1), 0)
    weights, code = [two_arrays((3, 2), 1)[0], two_arrays((4,), 2)[0]], two_arrays((2, 5), 3)[0]
    power = {"l1": np.abs, "l2": np.square}[penalty]
    regularisation = sum(power(w).sum() for w in weights) if on == "weights" else power(code).sum() / 2
    found = losses.autoencoder_loss(x, y, error=error, penalty=penalty, on=on, strength=0.3, weights=weights, code=code)
    assert float(found) == pytest.approx(float(RECONSTRUCTION[error](x, y)) + 0.3 * regularisation, rel=1e-5)


def test_objective_with_the_batch_twice_and_with_the_weights_twice():
    """The batch changes nothing; every further weight is paid for."""
    x, y = two_pictures((2, 4), 0)
    weights, code = [np.ones((2, 2))], np.ones((2, 3))
    twice = [np.concatenate([array, array]) for array in (x, y, code)]

    def loss(x, y, code, weights=weights, on="weights"):
        return float(losses.autoencoder_loss(x, y, penalty="l1", on=on, strength=0.5, weights=weights, code=code))

    assert loss(*twice) == pytest.approx(loss(x, y, code))
    assert loss(*twice, on="code") == pytest.approx(loss(x, y, code, on="code"))
    assert loss(x, y, code, weights=weights * 2) == pytest.approx(loss(x, y, code) + 0.5 * 4)


def test_objective_without_penalty_or_strength_is_the_error_alone():
    x, y = two_pictures((2, 3), 0)
    plain = float(losses.mean_squared_error(x, y))
    assert float(losses.autoencoder_loss(x, y, strength=3)) == plain
    assert float(losses.autoencoder_loss(x, y, penalty="l2", strength=0)) == plain


@pytest.mark.parametrize(("arguments", "words"), [
    ({"error": "rmse"}, "error must be one of 'mse', 'mae', 'bce', 'ssim'; received 'rmse'"),
    ({"error": ["mse"]}, "error must be one of"),
    ({"penalty": "l3"}, "penalty must be one of 'l1', 'l2'; received 'l3'"),
    ({"penalty": "l1", "on": "biases"}, "on must be one of 'weights', 'code'; received 'biases'"),
    ({"penalty": "l1", "strength": -0.1}, r"strength \(λ\) must be a number of 0 or more; received -0.1"),
    ({"strength": float("nan")}, r"strength \(λ\) must be a number of 0 or more; received nan"),
    ({"strength": float("inf")}, "must be a number of 0 or more"),
    ({"strength": "much"}, "must be a number of 0 or more; received 'much'"),
    ({"strength": True}, "must be a number of 0 or more; received True"),
    ({"penalty": "l1", "strength": 1}, "weights are missing"),
    ({"penalty": "l1", "strength": 1, "on": "code"}, "code is missing"),
])  # fmt: skip
def test_objective_says_what_is_wrong_with_its_arguments(arguments, words):
    with pytest.raises(ValueError, match=words):
        losses.autoencoder_loss(np.zeros((2, 2)), np.ones((2, 2)), **arguments)


def test_objective_shows_a_nan_in_what_is_penalised():
    x, y = two_pictures((2, 3), 0)
    found = losses.autoencoder_loss(x, y, penalty="l1", strength=0.1, weights=[np.array([np.nan])])
    assert math.isnan(float(found))


# --- pyramid ---------------------------------------------------------------------------------------------------------


def test_pyramid_loss_is_the_sum_over_levels_of_the_mean_squared_error():
    target, *levels = np.random.default_rng(0).normal(size=(4, 2, 4, 4, 3)).astype(np.float32)
    expected = sum(np.mean((target - level) ** 2) for level in levels)
    assert float(losses.pyramid_loss(target, levels)) == pytest.approx(expected, rel=1e-5)


def test_pyramid_loss_refuses_a_level_of_another_shape():
    with pytest.raises(ValueError, match="same shape"):
        losses.pyramid_loss(np.zeros((1, 4, 4, 3)), [np.zeros((1, 4, 4, 3)), np.zeros((1, 2, 2, 3))])


# --- linear fits -----------------------------------------------------------------------------------------------------


def problem(seed, samples=40, features=6):
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(samples, features)) @ random.normal(size=(features, features))
    inputs += random.normal(size=features)
    return inputs, inputs @ random.normal(size=features) + random.normal(size=samples) + 2.0


def objective_of(fit, inputs, targets, penalty, strength):
    """By `autoencoder_loss`: what the docstring says that is minimised."""
    return float(losses.autoencoder_loss(targets, fit.predict(inputs), penalty=penalty, strength=strength,
                                         weights=[fit.weights]))


@few
@given(seeds, st.sampled_from(["l1", "l2"]), st.floats(0.001, 10))
def test_nothing_near_a_linear_fit_is_better(seed, penalty, strength):
    inputs, targets = problem(seed)
    fit = losses.fit_linear(inputs, targets, penalty=penalty, strength=strength)
    least = objective_of(fit, inputs, targets, penalty, strength)
    random = np.random.default_rng(seed)
    for size in (1e-1, 1e-3):
        for _ in range(20):
            other = losses.LinearFit(fit.weights + size * random.normal(size=6), fit.bias + size * random.normal())
            assert objective_of(other, inputs, targets, penalty, strength) >= least - 1e-9


@few
@given(seeds, st.floats(0.01, 5))
def test_l1_fit_fulfils_its_conditions(seed, strength):
    """At the least loss the slope of the error is −λ sign(w), and at most λ in size where w = 0."""
    inputs, targets = problem(seed)
    weights, bias = losses.fit_linear(inputs, targets, penalty="l1", strength=strength)
    slope = -2 * inputs.T @ (targets - inputs @ weights - bias) / len(targets)
    size = 1e-6 * np.abs(inputs.T @ targets / len(targets)).max()
    for each, weight in zip(slope, weights):
        assert abs(each) <= strength + size if weight == 0 else abs(each + strength * np.sign(weight)) <= size


def test_l1_fit_is_that_of_a_general_optimiser():
    inputs, targets = problem(3)

    def loss(both):  # w = plus − minus, both 0 or more, makes |w| smooth
        return np.mean((targets - inputs @ (both[:6] - both[6:12]) - both[12]) ** 2) + 0.7 * both[:12].sum()

    bounds = [(0, None)] * 12 + [(None, None)]
    found = minimize(loss, np.zeros(13), bounds=bounds, options={"maxiter": 5000, "ftol": 1e-14})
    fit = losses.fit_linear(inputs, targets, penalty="l1", strength=0.7)
    assert objective_of(fit, inputs, targets, "l1", 0.7) <= found.fun + 1e-8
    np.testing.assert_allclose(fit.weights, found.x[:6] - found.x[6:12], atol=2e-3)


def test_for_one_weight_each_penalty_has_its_closed_form():
    """Least (w − a)² + λ|w| at sign(a) max(|a| − λ/2, 0), least (w − a)² + λ w² at a / (1 + λ)."""
    for a in (-2.0, 0.3, 1.0):
        for strength in (0.0, 0.5, 2.0, 5.0):
            l1 = losses.fit_linear([[1.0]], [a], penalty="l1", strength=strength, bias=False)
            l2 = losses.fit_linear([[1.0]], [a], penalty="l2", strength=strength, bias=False)
            assert l1.weights[0] == pytest.approx(np.sign(a) * max(abs(a) - strength / 2, 0))
            assert l2.weights[0] == pytest.approx(a / (1 + strength))


def test_l1_reaches_exact_zeros_and_l2_does_not():
    inputs, targets = problem(1)
    l1, l2 = (losses.fit_linear(inputs, targets, penalty=penalty, strength=3.0) for penalty in ("l1", "l2"))
    assert (l1.weights == 0).any() and (l2.weights != 0).all()


def test_the_bias_is_not_penalised():
    inputs, targets = problem(2)
    for penalty in ("l1", "l2"):
        fit = losses.fit_linear(inputs, targets, penalty=penalty, strength=1e9)
        assert np.abs(fit.weights).max() < 1e-6 and fit.bias == pytest.approx(targets.mean(), abs=1e-5)
    assert losses.fit_linear(inputs, targets, bias=False).bias == 0


def test_fit_without_penalty_is_least_squares():
    inputs, targets = problem(5)
    expected = np.linalg.lstsq(np.column_stack([inputs, np.ones(40)]), targets, rcond=None)[0]
    fit = losses.fit_linear(inputs, targets)
    np.testing.assert_allclose([*fit.weights, fit.bias], expected, atol=1e-8)
    np.testing.assert_allclose(fit.predict(inputs), np.column_stack([inputs, np.ones(40)]) @ expected, atol=1e-8)


def test_a_feature_that_is_always_the_same_gets_no_weight():
    inputs = np.column_stack([np.arange(5.0), np.ones(5)])
    for penalty in (None, "l1", "l2"):
        fit = losses.fit_linear(inputs, 2 * np.arange(5.0), penalty=penalty, strength=0.01)
        assert fit.weights[1] == pytest.approx(0) and fit.weights[0] == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize(("inputs", "targets", "words"), [
    (np.zeros(3), np.zeros(3), r"received \(3,\) and \(3,\)"),
    (np.zeros((3, 2)), np.zeros(2), r"received \(3, 2\) and \(2,\)"),
    (np.zeros((0, 2)), np.zeros(0), r"received \(0, 2\) and \(0,\)"),
    (np.full((3, 2), np.nan), np.zeros(3), "must be finite; received NaN or infinity"),
    (np.zeros((3, 2)), np.full(3, np.inf), "must be finite; received NaN or infinity"),
])  # fmt: skip
def test_fit_says_what_is_wrong_with_its_data(inputs, targets, words):
    with pytest.raises(ValueError, match=words):
        losses.fit_linear(inputs, targets)


def test_fit_refuses_a_negative_strength():
    with pytest.raises(ValueError, match=r"strength \(λ\) must be a number of 0 or more; received -1"):
        losses.fit_linear(np.eye(2), np.zeros(2), penalty="l1", strength=-1)


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1)])
def test_windows_lie_around_every_pixel_that_is_far_enough_inside(shape):
    picture = np.random.default_rng(0).random(shape)
    rows = losses.windows(picture, 3)
    plane = picture.reshape(5, 7)
    expected = [plane[i - 1 : i + 2, j - 1 : j + 2].ravel() for i in range(1, 4) for j in range(1, 6)]
    np.testing.assert_array_equal(rows, expected)


@pytest.mark.parametrize(("picture", "size", "words"), [
    (np.zeros((5, 5, 3)), 3, r"must be gray, .* received \(5, 5, 3\)"),
    (np.zeros(5), 3, r"must be gray, .* received \(5,\)"),
    (np.full((5, 5), np.nan), 3, "must be finite numbers; received NaN or infinity"),
    (np.zeros((5, 6)), 4, "odd int from 1 to 5; received 4"),
    (np.zeros((5, 6)), 7, "odd int from 1 to 5; received 7"),
    (np.zeros((5, 6)), -1, "odd int from 1 to 5; received -1"),
    (np.zeros((5, 6)), 3.0, "odd int from 1 to 5; received 3.0"),
])  # fmt: skip
def test_windows_say_what_does_not_fit(picture, size, words):
    with pytest.raises(ValueError, match=words):
        losses.windows(picture, size)


# --- what is no data, and precision ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_cross_entropy_of_black_and_of_white_cost_the_same_in_every_precision(kind):
    ones, zeros = np.ones(4, kind), np.zeros(4, kind)
    for target, prediction in ((zeros, ones), (ones, zeros)):
        found = losses.binary_cross_entropy(target, prediction)
        assert float(found) == pytest.approx(-math.log(1e-7), rel=1e-3 if kind == "float16" else 1e-6)
        assert kind in str(found.dtype)
    assert float(losses.binary_cross_entropy(ones, ones)) == pytest.approx(0, abs=1e-6)


EMPTY = {
    "mse": lambda: losses.mean_squared_error([], []),
    "mae": lambda: losses.mean_absolute_error(np.zeros((0, 2)), np.zeros((0, 2))),
    "bce": lambda: losses.binary_cross_entropy([], []),
    "ssim": lambda: losses.ssim_loss(np.zeros((0, 16, 16, 1)), np.zeros((0, 16, 16, 1))),
    "kl": lambda: losses.kl_divergence(np.zeros((0, 2)), np.zeros((0, 2))),
    "gradient": lambda: losses.mse_gradient([], []),
}


@pytest.mark.parametrize("name", EMPTY)
def test_no_data_is_refused_with_its_shape(name):
    with pytest.raises(ValueError, match=r"must hold one value or more; received shape \(0"):
        EMPTY[name]()


def test_objective_refuses_the_code_of_another_batch():
    x = np.zeros((2, 4), "float32")
    with pytest.raises(ValueError, match=r"code must have one row for each of the 2 targets; received shape \(3, 5\)"):
        losses.autoencoder_loss(x, x, penalty="l1", on="code", strength=1.0, code=np.ones((3, 5), "float32"))


@pytest.mark.parametrize("levels", [[], None])
def test_pyramid_loss_refuses_no_level(levels):
    with pytest.raises(ValueError, match="reconstructions must be a list of one tensor or more; received"):
        losses.pyramid_loss(np.zeros((1, 4, 4, 3)), levels)


@pytest.mark.parametrize("beta", [-1, math.nan, math.inf, "1", None])
def test_negative_elbo_refuses_a_beta_that_is_no_weight(beta):
    x, code = np.full((2, 3), 0.5), np.zeros((2, 2))
    with pytest.raises(ValueError, match=r"beta must be a number of 0 or more; received"):
        losses.negative_elbo(x, x, code, code, beta=beta)


def test_arguments_of_two_precisions_are_computed_in_one():
    single, double = np.full((2, 3), 0.5, np.float32), np.full((2, 3), 0.5)
    assert float(losses.l1_penalty([single, double])) == float(losses.l1_penalty([double, single])) == 6
    assert float(losses.kl_divergence(single, double)) == pytest.approx(float(losses.kl_divergence(double, double)))
    expected = float(losses.negative_elbo(double, double, double, double))
    assert float(losses.negative_elbo(single, double, single, double)) == pytest.approx(expected)
    assert float(losses.negative_elbo(double, single, double, double)) == pytest.approx(expected, rel=1e-6)
    found = losses.autoencoder_loss(double, single, penalty="l2", strength=1.0, weights=[single, double])
    assert float(found) == pytest.approx(3)
