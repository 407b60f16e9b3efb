"""The variational autoencoder: shapes, both forms of its loss, draws, seeds, files, and what is refused."""

import numpy as np
import pytest

from aelearn import losses, training
from aelearn.autoencoders import (
    Autoencoder,
    DenseConfig,
    Objective,
    VariationalAutoencoder,
    VariationalConfig,
    build_dense,
    build_variational,
)

import keras  # isort: skip
from keras import ops

CONFIG = VariationalConfig((6, 5, 1), hidden=(12, 7), latent_size=3)


def pictures(number=8, seed=0):
    return np.random.default_rng(seed).uniform(size=(number, 6, 5, 1)).astype(np.float32)


def shaken(model, seed=1, scale=0.4):
    """The model with weights that make every term of its loss different from 0 and from the others."""
    random = np.random.default_rng(seed)
    model.set_weights([scale * random.normal(size=w.shape) for w in model.get_weights()])
    return model


@pytest.fixture
def model():
    return shaken(build_variational(CONFIG, seed=5))


def terms_by_hand(x, prediction, mean, log_variance):
    """Reconstruction and KL of every picture in nats, value by value."""
    reconstruction, kl = np.zeros(len(x)), np.zeros(len(x))
    for b in range(len(x)):
        for value, p in zip(x[b].ravel().astype(np.float64), prediction[b].ravel().astype(np.float64)):
            reconstruction[b] -= value * np.log(p) + (1 - value) * np.log(1 - p)
        for m, v in zip(mean[b].astype(np.float64), np.exp(log_variance[b].astype(np.float64))):
            kl[b] += 0.5 * (m**2 + v - np.log(v) - 1)
    return reconstruction, kl


def parts(model, x):
    return [np.asarray(each) for each in (model(x), *model.encode_distribution(x))]


# --- shapes and the two halves


@pytest.mark.parametrize("latent_size, hidden", [(1, (4,)), (3, ()), (30, (8, 6, 4))])
def test_mean_and_log_variance_have_one_number_per_unit(latent_size, hidden):
    model = build_variational(VariationalConfig((6, 5, 1), hidden, latent_size))
    mean, log_variance = model.encode_distribution(pictures())
    assert tuple(mean.shape) == tuple(log_variance.shape) == (8, latent_size)
    assert tuple(model(pictures()).shape) == (8, 6, 5, 1)
    assert 0 < np.asarray(model(pictures())).min() and np.asarray(model(pictures())).max() < 1


def test_it_is_the_dense_autoencoder_with_a_second_output():
    plain = build_dense(DenseConfig((6, 5, 1), (12, 7), 3), seed=5)
    model = build_variational(CONFIG, seed=5)
    names = [layer.name for layer in plain.encoder.layers[:-1]]
    assert [layer.name for layer in model.encoder.layers] == [*names, "to_mean", "to_log_variance"]
    assert [layer.name for layer in model.decoder.layers] == [layer.name for layer in plain.decoder.layers]
    assert model.count_params() == plain.count_params() + 7 * 3 + 3
    for name in names[2:]:
        pair = (each.encoder.get_layer(name).get_weights() for each in (model, plain))
        for mine, theirs in zip(*pair):
            np.testing.assert_array_equal(mine, theirs)


def test_every_code_begins_with_the_variance_of_the_prior():
    _, log_variance = build_variational(CONFIG).encode_distribution(pictures())
    np.testing.assert_array_equal(np.asarray(log_variance), 0)


def test_encode_returns_the_mean_and_calling_decodes_it(model):
    x = pictures()
    mean, _ = model.encode_distribution(x)
    np.testing.assert_array_equal(model.encode(x), mean)
    np.testing.assert_allclose(model(x), model.decode(mean), atol=1e-6)
    np.testing.assert_array_equal(model(x), model(x))  # no draw outside training


def test_training_decodes_a_draw_and_a_new_one_each_time(model):
    x = np.repeat(pictures(1), 400, axis=0)
    first, second = (np.asarray(model(x, training=True)) for _ in range(2))
    assert np.abs(first - second).max() > 1e-3
    assert np.abs(first[0] - first[1]).max() > 1e-3  # another one for each picture of a batch


# --- the loss


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_loss_is_a_mean_over_pixels_plus_beta_over_n_times_a_sum_over_units(beta):
    model = shaken(build_variational(VariationalConfig((6, 5, 1), (12, 7), 3, beta=beta)))
    x = pictures()
    prediction, mean, log_variance = parts(model, x)
    reconstruction, kl = terms_by_hand(x, prediction, mean, log_variance)
    model.compile(optimizer="sgd")
    expected = reconstruction.mean() / 30 + beta / 30 * kl.mean()
    assert model.evaluate(x, verbose=0, batch_size=8) == pytest.approx(expected, rel=1e-5)


def test_loss_times_the_number_of_values_is_the_negative_elbo(model):
    x = pictures()
    prediction, mean, log_variance = parts(model, x)
    bound = float(losses.negative_elbo(x, prediction, mean, log_variance))
    reconstruction, kl = terms_by_hand(x, prediction, mean, log_variance)
    assert bound == pytest.approx((reconstruction + kl).mean(), rel=1e-5)
    model.compile(optimizer="sgd")
    assert 30 * model.evaluate(x, verbose=0, batch_size=8) == pytest.approx(bound, rel=1e-5)


def test_a_larger_batch_of_the_same_pictures_changes_no_term(model):
    once, twice = (parts(model, np.tile(pictures(), (times, 1, 1, 1))) for times in (1, 2))
    bounds = [float(losses.negative_elbo(np.tile(pictures(), (times, 1, 1, 1)), *each))
              for times, each in ((1, once), (2, twice))]
    assert bounds[0] == pytest.approx(bounds[1], rel=1e-6)


def test_a_penalty_on_the_weights_is_added_and_leaves_biases_alone():
    plain, held = (shaken(build_variational(CONFIG, objective=Objective("bce", penalty, strength=strength)))
                   for penalty, strength in ((None, 0.0), ("l2", 0.01)))
    for each in (plain, held):
        each.compile(optimizer="sgd")
    difference = held.evaluate(pictures(), verbose=0) - plain.evaluate(pictures(), verbose=0)
    squares = sum(np.sum(w.numpy() ** 2) for w in held.trainable_variables if w.name == "kernel")
    assert difference == pytest.approx(0.01 * squares, rel=1e-4)


@pytest.mark.parametrize("error, cost", [
    ("mse", lambda x, p: (x - p) ** 2), ("mae", lambda x, p: abs(x - p)),
    ("bce", lambda x, p: -x * np.log(p) - (1 - x) * np.log(1 - p)),
])
def test_negative_elbo_sums_the_error_over_a_picture(error, cost):
    random = np.random.default_rng(0)
    x, p = random.uniform(0.05, 0.95, size=(2, 4, 3, 3, 2))
    mean, log_variance = random.normal(size=(2, 4, 5))
    expected = cost(x, p).sum((1, 2, 3)).mean()
    expected += 2.5 * 0.5 * (mean**2 + np.exp(log_variance) - log_variance - 1).sum(1).mean()
    found = losses.negative_elbo(*(ops.convert_to_tensor(each, "float32") for each in (x, p, mean, log_variance)),
                                 beta=2.5, error=error)
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_the_bound_is_below_the_evidence_and_touches_it_at_the_posterior():
    # x = w z + noise of variance ½, z ~ N(0, 1): everything is Gaussian, and ln p(x) is known.
    w, x = 1.3, 0.8
    evidence = -0.5 * np.log(2 * np.pi * (w**2 + 0.5)) - x**2 / (2 * (w**2 + 0.5))
    posterior_variance = 1 / (1 + w**2 / 0.5)
    posterior_mean = posterior_variance * w * x / 0.5
    noise = np.random.default_rng(0).normal(size=200_000)
    noise = np.concatenate([noise, -noise])  # odd moments are exactly 0

    def bound(mean, variance):
        z = (mean + np.sqrt(variance) * noise)[:, None]
        code = np.full_like(z, mean), np.full_like(z, np.log(variance))
        tensors = [ops.convert_to_tensor(each, "float32") for each in (np.full_like(z, x), w * z, *code)]
        return -float(losses.negative_elbo(*tensors, error="mse")) - 0.5 * np.log(np.pi)

    assert bound(posterior_mean, posterior_variance) == pytest.approx(evidence, abs=2e-3)
    for mean, variance in [(0, 1), (posterior_mean + 0.5, posterior_variance), (posterior_mean, 0.4)]:
        gap = 0.5 * ((mean - posterior_mean) ** 2 / posterior_variance + variance / posterior_variance
                     - np.log(variance / posterior_variance) - 1)  # KL(q || posterior)
        assert bound(mean, variance) == pytest.approx(evidence - gap, abs=1e-2)


def test_elbo_terms_are_those_of_drawn_codes():
    # Squared errors, and weights so large that the codes matter enough to tell σ from σ².
    model, x = shaken(build_variational(CONFIG, objective=Objective("mse")), scale=0.8), pictures()
    reconstruction, kl = model.elbo_terms(x, num_draws=400, seed=1)
    mean, log_variance = (np.asarray(each) for each in model.encode_distribution(x))
    draws = []
    random = np.random.default_rng(7)
    for _ in range(400):
        code = mean + np.sqrt(np.exp(log_variance)) * random.normal(size=mean.shape)
        decoded = np.asarray(model.decode(ops.convert_to_tensor(code, "float32")))
        draws.append(((x - decoded) ** 2).sum(axis=(1, 2, 3)).mean())
    error = np.std(draws) / np.sqrt(400)
    assert abs(reconstruction - np.mean(draws)) < 6 * error
    assert kl == pytest.approx(0.5 * (mean**2 + np.exp(log_variance) - log_variance - 1).sum(1).mean(), rel=1e-5)
    assert model.elbo_terms(x, seed=1) == model.elbo_terms(x, seed=1) != model.elbo_terms(x, seed=2)


# --- training


@pytest.mark.parametrize("targets", [False, True])
def test_it_trains_with_and_without_targets(targets):
    x = pictures(64)
    model = build_variational(CONFIG, seed=0)
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    history = model.fit(x, x if targets else None, epochs=20, batch_size=16, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_gradients_reach_both_outputs_of_the_encoder_and_the_decoder():
    model, x = build_variational(CONFIG, seed=0), pictures(32)
    before = {v.path: v.numpy().copy() for v in model.trainable_variables}
    model.compile(optimizer=keras.optimizers.SGD(0.5))
    model.fit(x, epochs=2, batch_size=16, verbose=0)
    still = [v.path for v in model.trainable_variables if np.array_equal(before[v.path], v.numpy())]
    assert still == []


def test_a_run_can_be_resumed_where_it_stood_draws_included(tmp_path):
    batches = training.Batches(pictures(64), batch_size=16, seed=0)
    options = {"report_every": 5, "learning_rate": 0.01}
    whole = build_variational(CONFIG, seed=0)
    training.fit(whole, batches, steps=20, checkpoint=tmp_path / "whole.npz", **options)
    kept, part = {}, build_variational(CONFIG, seed=0)

    def copy(history):
        if history.steps[-1] == 10:
            kept["file"] = (tmp_path / "part.npz").read_bytes()

    training.fit(part, batches, steps=20, checkpoint=tmp_path / "part.npz", on_report=copy, **options)
    (tmp_path / "part.npz").write_bytes(kept["file"])
    resumed = build_variational(CONFIG, seed=9)
    training.fit(resumed, batches, steps=20, checkpoint=tmp_path / "part.npz", **options)
    for mine, theirs in zip(resumed.get_weights(), whole.get_weights()):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)


def test_a_large_beta_empties_the_code():
    x = pictures(64)
    model = build_variational(VariationalConfig((6, 5, 1), (12,), 3, beta=1000.0), seed=0)
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    model.fit(x, epochs=60, batch_size=16, verbose=0)
    assert model.elbo_terms(x)[1] < 0.01  # nats


# --- seeds, samples, files


def test_the_seed_decides_weights_and_draws():
    first, again, other = (build_variational(CONFIG, seed=seed) for seed in (1, 1, 2))
    for one, two in zip(first.get_weights(), again.get_weights()):
        np.testing.assert_array_equal(one, two)
    assert any((one != two).any() for one, two in zip(first.get_weights(), other.get_weights()))
    np.testing.assert_array_equal(first(pictures(), training=True), again(pictures(), training=True))


def test_samples_are_decoded_codes_of_the_standard_normal_distribution(model):
    code = np.random.default_rng(3).normal(size=(4, 3)).astype(np.float32)
    np.testing.assert_allclose(model.sample(4, seed=3), model.decode(code), atol=1e-6)
    assert model.sample(2, seed=0).shape == (2, 6, 5, 1) and model.sample(1, seed=0).dtype == np.float32
    assert np.abs(model.sample(4, seed=3) - model.sample(4, seed=4)).max() > 1e-4


def test_it_comes_back_from_a_file(model, tmp_path):
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(again, VariationalAutoencoder) and (again.beta, again.name) == (1.0, "variational")
    assert again.objective == model.objective and again.draw.seed == model.draw.seed == 5
    np.testing.assert_array_equal(again(pictures()), model(pictures()))
    for mine, theirs in zip(again.encode_distribution(pictures()), model.encode_distribution(pictures())):
        np.testing.assert_array_equal(mine, theirs)


def test_it_comes_back_from_its_config():
    model = build_variational(VariationalConfig((6, 5, 1), (4,), 2, beta=2.5), objective=Objective("mse"), seed=3)
    again = VariationalAutoencoder.from_config(model.get_config())
    assert (again.beta, again.draw.seed, again.objective, again.num_values) == (2.5, 3, Objective("mse"), 30)
    assert [w.shape for w in again.get_weights()] == [w.shape for w in model.get_weights()]


# --- bad input


@pytest.mark.parametrize("options, words", [
    ({"latent_size": 0}, "latent_size must be a positive int; received 0"),
    ({"latent_size": 2.0}, r"latent_size must be a positive int; received 2\.0"),
    ({"latent_size": 785}, "latent_size must be at most 784.*received 785"),
    ({"hidden": (16, 0)}, "every entry of hidden must be a positive int; received 0"),
    ({"hidden": 16}, "hidden must be a tuple of positive ints"),
    ({"input_shape": (28, 28)}, r"input_shape must be \(height, width, channels\)"),
    ({"activation": "rleu"}, "activation must be one of .*received 'rleu'"),
    ({"beta": -1}, "beta must be a number of 0 or more; received -1"),
    ({"beta": float("nan")}, "beta must be a number of 0 or more; received nan"),
    ({"beta": float("inf")}, "beta must be a number of 0 or more; received inf"),
    ({"beta": True}, "beta must be a number of 0 or more; received True"),
    ({"beta": "1"}, "beta must be a number of 0 or more; received '1'"),
])
def test_a_bad_config_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        VariationalConfig(**options)


@pytest.mark.parametrize("objective, words", [
    (Objective("ssim"), "error of a variational autoencoder must be one of 'bce', 'mse', 'mae'; received 'ssim'"),
    (Objective("bce", "l1", "code", 0.1), "the code of a variational autoencoder is held by beta"),
])
def test_an_objective_that_is_no_bound_is_refused(objective, words):
    with pytest.raises(ValueError, match=words):
        build_variational(CONFIG, objective=objective)


def test_other_arguments_of_the_wrong_kind_are_named():
    with pytest.raises(TypeError, match="config must be a VariationalConfig; received DenseConfig"):
        build_variational(DenseConfig())
    with pytest.raises(TypeError, match="objective must be an Objective; received 'bce'"):
        build_variational(CONFIG, objective="bce")
    with pytest.raises(ValueError, match="seed must be an int of at least 0; received -1"):
        build_variational(CONFIG, seed=-1)
    with pytest.raises(ValueError, match="error must be one of 'bce', 'mse', 'mae'; received 'ssim'"):
        losses.negative_elbo(*[ops.ones((1, 2))] * 4, error="ssim")


@pytest.mark.parametrize("call, words", [
    (lambda m: m.sample(0, seed=0), "num must be a positive int; received 0"),
    (lambda m: m.sample(2, seed=-1), "seed must be an int of at least 0; received -1"),
    (lambda m: m.elbo_terms(pictures(), num_draws=0), "num_draws must be a positive int; received 0"),
])
def test_a_number_out_of_range_is_refused(model, call, words):
    with pytest.raises(ValueError, match=words):
        call(model)


def test_an_encoder_without_two_outputs_is_refused():
    plain = build_dense(DenseConfig((6, 5, 1), (4,), 3))
    with pytest.raises(ValueError, match=r"must give mean and log-variance, two outputs of one shape; received \(None"):
        VariationalAutoencoder(plain.encoder, plain.decoder)
    two = build_variational(CONFIG)
    with pytest.raises(ValueError, match=r"the decoder must take what the encoder gives; .*\(None, 3\).*\(None, 2\)"):
        VariationalAutoencoder(two.encoder, build_dense(DenseConfig((6, 5, 1), (4,), 2)).decoder)


def test_a_plain_autoencoder_still_refuses_an_encoder_with_two_outputs():
    two = build_variational(CONFIG)
    with pytest.raises(ValueError, match="the decoder must take what the encoder gives"):
        Autoencoder(two.encoder, two.decoder)
