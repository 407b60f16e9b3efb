"""Linear, sparse and denoising autoencoders, and PCA in closed form."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from aelearn import corruptions, data, metrics
from aelearn.autoencoders import (
    Autoencoder,
    ConvolutionalConfig,
    Corrupt,
    DenoisingAutoencoder,
    DenoisingConfig,
    DenseConfig,
    LinearConfig,
    Objective,
    PrincipalComponents,
    SparseConfig,
    build_denoising,
    build_linear,
    build_sparse,
    fit_pca,
)
from aelearn.training import Batches, fit

import keras  # isort: skip

SHAPE = (4, 5, 1)


def pictures(number=30, shape=SHAPE, seed=0):
    """Pictures in [0, 1] that vary much along few directions."""
    random = np.random.default_rng(seed)
    strong = random.normal(size=(number, 3)) * [3, 2, 1] @ random.normal(size=(3, np.prod(shape)))
    values = strong + 0.2 * random.normal(size=(number, np.prod(shape)))
    values = (values - values.min()) / (values.max() - values.min())
    return values.reshape(number, *shape).astype(np.float32)


def back(model, images):
    return np.asarray(model(images, training=False))


# ---- PCA


@settings(max_examples=20)
@given(st.integers(2, 25), st.integers(1, 20), st.integers(0, 99))
def test_reconstructions_are_those_of_a_singular_value_decomposition(number, k, seed):
    images = pictures(number, seed=seed)
    rows = images.reshape(number, -1).astype(np.float64)
    u, s, v = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    s[k:] = 0
    expected = ((u * s) @ v + rows.mean(axis=0)).reshape(images.shape)
    np.testing.assert_allclose(fit_pca(images).reconstruct(images, k), expected, atol=1e-5)


def test_directions_are_orthonormal_and_variances_are_those_of_the_codes():
    images = pictures()
    pca = fit_pca(images)
    np.testing.assert_allclose(pca.components @ pca.components.T, np.eye(20), atol=1e-10)
    codes = pca.encode(images, 20)
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=1e-10)
    np.testing.assert_allclose(codes.var(axis=0), pca.variances, atol=1e-12)  # divided by N
    assert (np.diff(pca.variances) <= 0).all()


def test_the_error_is_known_without_encoding():
    images = pictures()
    pca = fit_pca(images)
    for k in range(1, 21):
        assert pca.error(k) == pytest.approx(metrics.mse(images, pca.reconstruct(images, k)), abs=1e-9)
    assert pca.error(20) == 0


def test_no_linear_code_of_the_same_size_is_better():
    images = pictures()
    rows = images.reshape(30, -1).astype(np.float64)
    centred = rows - rows.mean(axis=0)
    random = np.random.default_rng(0)
    for _ in range(200):
        basis = np.linalg.qr(random.normal(size=(20, 3)))[0]
        assert ((centred - centred @ basis @ basis.T) ** 2).mean() > fit_pca(images).error(3)


def test_a_code_is_a_product_and_its_decoding_the_way_back():
    images = pictures()
    pca = fit_pca(images)
    code = pca.encode(images, 4)
    rows = images.reshape(30, -1)
    for i in (0, 7):
        np.testing.assert_allclose(code[i], [np.dot(w, rows[i] - pca.mean) for w in pca.components[:4]], atol=1e-6)
    np.testing.assert_allclose(pca.decode(code).reshape(30, -1), code @ pca.components[:4] + pca.mean, atol=1e-6)
    assert pca.decode(code).dtype == np.float32 and pca.decode(code).shape == images.shape


def test_a_direction_has_its_largest_entry_positive_so_that_it_is_the_same_everywhere():
    components = fit_pca(pictures()).components
    assert (components[np.arange(20), np.abs(components).argmax(axis=1)] > 0).all()


def test_fewer_pictures_than_pixels_are_enough():
    images = pictures(3)
    assert fit_pca(images).error(2) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("shape", [(1, *SHAPE), SHAPE, (3, 80, 80, 1), (3, 0, 4, 1)])
def test_pca_refuses_what_are_no_pictures(shape):
    with pytest.raises(ValueError, match="images must be .* two or more with at most 4096 values each; received shape"):
        fit_pca(np.zeros(shape))


def test_pca_refuses_nan_other_shapes_and_sizes():
    with pytest.raises(ValueError, match="images must be finite numbers"):
        fit_pca(np.full((3, *SHAPE), np.nan))
    pca = fit_pca(pictures())
    with pytest.raises(ValueError, match=r"of shape \(4, 5, 1\), as in the fit; received \(2, 5, 4, 1\)"):
        pca.encode(np.zeros((2, 5, 4, 1)), 3)
    for bad, words in ((0, "positive int"), (21, "at most 20"), (2.0, "positive int")):
        for function in (pca.error, lambda k: pca.reconstruct(pictures(), k)):
            with pytest.raises(ValueError, match=f"latent_size must be .*{words}"):
                function(bad)


# ---- linear


def test_a_linear_autoencoder_is_two_affine_maps():
    model = build_linear(LinearConfig(SHAPE, 3))
    w1, b1, w2, b2 = [v + 0.1 for v in model.get_weights()]
    model.set_weights([w1, b1, w2, b2])
    rows = pictures().reshape(30, -1)
    expected = (rows @ w1 + b1) @ w2 + b2
    np.testing.assert_allclose(back(model, pictures()).reshape(30, -1), expected, rtol=1e-4, atol=1e-5)


def test_pca_put_into_it_gives_pca_back():
    images, pca = pictures(), fit_pca(pictures())
    model = build_linear(LinearConfig(SHAPE, 4), pca=pca)
    np.testing.assert_allclose(np.asarray(model.encode(images)), pca.encode(images, 4), atol=1e-5)
    np.testing.assert_allclose(back(model, images), pca.reconstruct(images, 4), atol=1e-5)


def test_trained_from_random_weights_it_spans_the_principal_directions_and_has_their_error():
    random = np.random.default_rng(0)
    turn = np.linalg.qr(random.normal(size=(20, 20)))[0]
    values = random.normal(size=(200, 20)) * ([3, 2.5] + [0.3] * 18) @ turn  # two directions stand out
    images = ((values - values.min()) / np.ptp(values)).reshape(200, *SHAPE).astype(np.float32)
    model, pca = build_linear(LinearConfig(SHAPE, 2), seed=1), fit_pca(images)

    def angles():
        return metrics.principal_angles(model.decoder.get_layer("to_picture").kernel, pca.components[:2])

    assert angles().max() > 45
    fit(model, Batches(images, batch_size=50, seed=0), steps=1000, learning_rate=0.1, report_every=1000)
    assert angles().max() < 4
    lost = metrics.mse(images, back(model, images)) - pca.error(2)  # nobody beats PCA, and it comes close
    assert 0 < lost < 0.01 * images.reshape(200, -1).var(axis=0).mean()


def test_gradient_of_the_loss_is_zero_at_the_pca():
    images = pictures()
    model = build_linear(LinearConfig(SHAPE, 3), pca=fit_pca(images))
    before = metrics.mse(images, back(model, images))
    weights, random = model.get_weights(), np.random.default_rng(0)
    for scale in (1e-3, 1e-2):
        moved = [w + scale * random.normal(size=w.shape).astype(np.float32) for w in weights]
        model.set_weights(moved)
        assert metrics.mse(images, back(model, images)) > before  # it is a minimum


def test_linear_refuses_a_pca_of_other_pictures():
    pca = fit_pca(pictures())
    with pytest.raises(ValueError, match=r"pca must be of pictures of shape \(5, 4, 1\); received \(4, 5, 1\)"):
        build_linear(LinearConfig((5, 4, 1), 2), pca=pca)
    with pytest.raises(TypeError, match="pca must be what fit_pca returns; received ndarray"):
        build_linear(LinearConfig(SHAPE, 2), pca=pca.components)


# ---- sparse


def test_a_sparse_code_is_never_negative_and_has_zeros():
    code = np.asarray(build_sparse(SparseConfig(SHAPE, (), 12)).encode(pictures()))
    assert code.min() == 0 and (code == 0).mean() > 0.05


def test_its_loss_is_the_error_and_lambda_times_the_sum_over_units():
    images = pictures(8)
    for strength in (0.0, 0.3):
        model = build_sparse(SparseConfig(SHAPE, (6,), 12, strength))
        model.compile(optimizer="sgd")
        code = np.asarray(model.encode(images))
        expected = metrics.mse(images, back(model, images)) + strength * np.mean([np.abs(z).sum() for z in code])
        assert model.evaluate(images, verbose=0) == pytest.approx(expected, rel=1e-4)


def test_more_strength_more_rest():
    images, rates = pictures(64), []
    for strength in (0.0, 3e-3, 3e-2):
        model = build_sparse(SparseConfig(SHAPE, (), 12, strength))
        fit(model, Batches(images, batch_size=32, seed=0), steps=150, learning_rate=1e-2, report_every=150)
        rates.append(metrics.firing_rates(model.encode(images)).mean())
    assert rates[0] > rates[1] + 0.05 > rates[2] + 0.1


# ---- denoising


def test_damage_is_done_in_training_only():
    layer, images = Corrupt("noise", 0.5, seed=3), pictures()
    np.testing.assert_array_equal(np.asarray(layer(images)), images)
    assert not np.array_equal(np.asarray(layer(images, training=True)), images)


def test_noise_is_distributed_as_that_of_corruptions():
    gray = np.full((40, 20, 20, 1), 0.3, np.float32)
    mine = np.asarray(Corrupt("noise", 0.4)(gray, training=True))
    theirs = corruptions.add_noise(gray, 0.4, seed=5)
    assert mine.min() == 0 and mine.max() == 1
    assert scipy.stats.ks_2samp(mine.ravel(), theirs.ravel()).statistic < 0.02


def test_noise_has_the_deviation_it_was_asked_for():
    gray = np.full((50, 20, 20, 2), 0.5, np.float32)
    difference = np.asarray(Corrupt("noise", 0.05)(gray, training=True)) - 0.5
    assert difference.std() == pytest.approx(0.05, rel=0.02) and abs(difference.mean()) < 1e-3


def test_a_mask_blackens_whole_pixels_at_the_share_it_was_asked_for():
    white = np.ones((20, 30, 30, 3), np.float32)
    masked = np.asarray(Corrupt("mask", 0.3)(white, training=True))
    assert set(np.unique(masked)) == {0.0, 1.0}
    assert (masked.min(axis=-1) == masked.max(axis=-1)).all()
    assert (masked == 0).mean() == pytest.approx(0.3, abs=0.02)
    np.testing.assert_array_equal(np.asarray(Corrupt("mask", 0.0)(white, training=True)), white)


@pytest.mark.parametrize("corruption", ["noise", "mask"])
def test_damage_is_a_stream_that_the_seed_decides(corruption):
    images = pictures()

    def stream(seed):
        layer = Corrupt(corruption, 0.5, seed=seed)
        return [np.asarray(layer(images, training=True)) for _ in range(2)]

    one, two, other = stream(1), stream(1), stream(2)
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one[0], one[1]) and not np.array_equal(one[0], other[0])


def test_the_loss_compares_with_the_undamaged_picture():
    config = DenoisingConfig(DenseConfig(SHAPE, (), 4), "noise", 0.3)
    batches = Batches(pictures(6), batch_size=6, seed=0)
    model, twin = (build_denoising(config, seed=2) for _ in range(2))
    shown = batches[0]
    damaged = np.asarray(twin.corrupt(shown, training=True))
    history = fit(model, batches, steps=1, report_every=1)
    assert history.loss[0] == pytest.approx(metrics.mse(shown, back(twin, damaged)), rel=1e-4)
    assert history.loss[0] != pytest.approx(metrics.mse(shown, back(twin, shown)), rel=1e-2)


def test_encoding_and_predicting_do_no_damage():
    images = pictures()
    model = build_denoising(DenoisingConfig(DenseConfig(SHAPE, (), 4)))
    model.compile(optimizer="sgd")
    np.testing.assert_array_equal(back(model, images), back(model, images))
    assert model.evaluate(images, verbose=0) == pytest.approx(metrics.mse(images, back(model, images)), rel=1e-4)


def test_it_cleans_real_digits_better_than_a_blur_does():
    digits = data.load_digits()
    model = build_denoising(DenoisingConfig(DenseConfig(latent_size=16), "noise", 0.5))
    fit(model, Batches(digits.train_images, batch_size=64, seed=0), steps=200, learning_rate=5e-3, report_every=200)
    noisy = corruptions.add_noise(digits.test_images, 0.5, seed=1)
    blurred = min(metrics.mse(digits.test_images, corruptions.blur(noisy, sigma)) for sigma in (0.5, 0.8, 1.1))
    assert metrics.mse(digits.test_images, back(model, noisy)) < 0.75 * blurred


def test_a_convolutional_denoiser_is_built_from_its_config():
    base = ConvolutionalConfig((8, 8, 1), widths=(2,), latent_channels=1)
    model = build_denoising(DenoisingConfig(base, "mask", 0.2))
    assert isinstance(model, DenoisingAutoencoder) and model.encoder.output_shape == (None, 4, 4, 1)


# ---- all of them

MODELS = {
    "linear": lambda **o: build_linear(LinearConfig(SHAPE, 3), **o),
    "sparse": lambda **o: build_sparse(SparseConfig(SHAPE, (5,), 3), **o),
    "denoising": lambda **o: build_denoising(DenoisingConfig(DenseConfig(SHAPE, (5,), 3), "mask", 0.2), **o),
}


@pytest.mark.parametrize("kind", MODELS)
def test_each_is_an_autoencoder_with_named_halves_and_layers(kind):
    model = MODELS[kind]()
    assert isinstance(model, Autoencoder) and model.name == kind
    assert [model.encoder.name, model.decoder.name] == ["encoder", "decoder"]
    layers = [layer.name for half in (model.encoder, model.decoder) for layer in half.layers]
    assert not [name for name in layers if name.split("_")[0] in ("dense", "flatten", "reshape", "input")]
    assert back(model, pictures()).shape == (30, *SHAPE)


@pytest.mark.parametrize("kind", MODELS)
def test_the_seed_decides_the_weights(kind):
    one, two, other = MODELS[kind](seed=1), MODELS[kind](seed=1), MODELS[kind](seed=2)
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert any(not np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights()))


@pytest.mark.parametrize("kind", MODELS)
def test_each_learns(kind):
    images = pictures(64)
    model = MODELS[kind]()
    before = metrics.mse(images, back(model, images))
    fit(model, Batches(images, batch_size=32, seed=0), steps=120, learning_rate=2e-2, report_every=120)
    assert metrics.mse(images, back(model, images)) < before / 2


@pytest.mark.parametrize("kind", MODELS)
def test_each_comes_back_from_a_file(kind, tmp_path):
    model = MODELS[kind](seed=3)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(model) and loaded.objective == model.objective
    np.testing.assert_allclose(back(loaded, pictures()), back(model, pictures()), atol=1e-6)
    if kind == "denoising":
        damages = [np.asarray(each.corrupt(pictures(), training=True)) for each in (model, loaded)]
        np.testing.assert_array_equal(*damages)
        assert (loaded.corrupt.corruption, loaded.corrupt.amount) == ("mask", 0.2)


BAD = {
    "code of nothing": (lambda: LinearConfig(SHAPE, 0), "latent_size must be a positive int; received 0"),
    "code above the picture": (lambda: LinearConfig(SHAPE, 21), "latent_size must be at most 20"),
    "sparse code of nothing": (lambda: SparseConfig(SHAPE, (), 0), "latent_size must be a positive int"),
    "sparse code above": (lambda: SparseConfig(SHAPE, (), 21), "latent_size must be at most 20"),
    "negative λ": (lambda: SparseConfig(strength=-0.1), "strength .* must be a number of 0 or more; received -0.1"),
    "λ in words": (lambda: SparseConfig(strength="much"), "strength .* received 'much'"),
    "error unknown": (lambda: build_sparse(error="psnr"), "error must be one of .* received 'psnr'"),
    "damage unknown": (lambda: DenoisingConfig(corruption="blur"), "corruption must be one of 'noise', 'mask'"),
    "negative noise": (lambda: DenoisingConfig(amount=-1), "amount must be a number of 0 or more; received -1"),
    "endless noise": (lambda: DenoisingConfig(amount=float("inf")), "amount must be a number of 0 or more"),
    "noise of nan": (lambda: DenoisingConfig(amount=float("nan")), "amount must be a number of 0 or more"),
    "mask above all": (lambda: DenoisingConfig(corruption="mask", amount=1.5), "from 0 to 1, the share of pixels"),
    "layer unknown": (lambda: Corrupt("blur"), "corruption must be one of"),
    "seed": (lambda: Corrupt(seed=-1), "seed must be an int of at least 0; received -1"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_sizes_and_amounts_are_said_in_one_line(case):
    make, words = BAD[case]
    with pytest.raises(ValueError, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("build", [build_linear, build_sparse, build_denoising])
def test_builders_refuse_other_configs(build):
    with pytest.raises(TypeError, match="config must be a .*Config; received DenseConfig"):
        build(DenseConfig())


def test_a_base_that_is_no_config_is_refused():
    with pytest.raises(TypeError, match="base must be a DenseConfig or a ConvolutionalConfig; received 'dense'"):
        DenoisingConfig("dense")


def test_numpy_ints_are_taken_as_sizes():
    assert build_linear(LinearConfig(SHAPE, np.int64(2))).encoder.output_shape == (None, 2)
    assert isinstance(SparseConfig(SHAPE, (np.int32(4),), np.int64(2)).hidden[0], int)


def test_objective_of_a_sparse_model_and_what_pca_returns():
    assert build_sparse(SparseConfig(strength=0.5)).objective == Objective("mse", "l1", "code", 0.5)
    assert isinstance(fit_pca(pictures()), PrincipalComponents)
