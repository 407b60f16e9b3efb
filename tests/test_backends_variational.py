"""The variational autoencoder on Keras' other backends: the same without noise, and it trains with noise."""

import backends
import numpy as np
import pytest

# Random streams differ between backends, so what is drawn is compared by its moments, and all else number by number.
JOURNEY = """
    import json, sys
    import numpy as np
    from aelearn import latent, losses
    from aelearn.autoencoders import VariationalConfig, build_variational
    from aelearn.layers import GaussianSample
    from aelearn.training import Batches, fit
    import keras

    folder, arrays, facts = sys.argv[1], {}, {"backend": keras.backend.backend()}
    random = np.random.default_rng(0)
    pictures = random.uniform(size=(64, 8, 8, 1)).astype(np.float32)
    model = build_variational(VariationalConfig((8, 8, 1), (12,), 3, beta=2.0), seed=0)
    model.set_weights([random.normal(size=w.shape) * 0.3 for w in model.get_weights()])
    mean, log_variance = (keras.ops.convert_to_numpy(each) for each in model.encode_distribution(pictures))
    arrays |= {"mean": mean, "log_variance": log_variance, "sample": model.sample(4, seed=1)}
    arrays["grid"] = latent.decode_grid(model, 3, 2.0)
    arrays["walk"] = latent.interpolate(model, pictures[0], pictures[1], 5, path="spherical")
    arrays["unit"] = latent.traverse(model, pictures[0], 1, [-1.0, 1.0])
    arrays["terms"] = np.array(model.elbo_terms(pictures, num_draws=3, seed=2))
    model.compile(optimizer="sgd")
    arrays["evaluated"] = np.array(model.evaluate(pictures, verbose=0, batch_size=64))

    many = np.full((50_000, 1), 2.0, np.float32)
    drawn = keras.ops.convert_to_numpy(GaussianSample(seed=0)(many, many * 0 - 1.0, training=True))
    facts["moments"] = [float(drawn.mean()), float(drawn.var()), len(np.unique(drawn))]

    for way in ("fit(x)", "fit(x, x)", "training.fit"):
        model = build_variational(VariationalConfig((8, 8, 1), (12,), 3), seed=0)
        if way == "training.fit":
            loss = fit(model, Batches(pictures, batch_size=16, seed=0), steps=40, report_every=10,
                       learning_rate=1e-2, checkpoint=folder + "/run.npz").loss
            resumed = build_variational(VariationalConfig((8, 8, 1), (12,), 3), seed=1)
            fit(resumed, Batches(pictures, batch_size=16, seed=0), steps=40, checkpoint=folder + "/run.npz")
            pairs = zip(resumed.get_weights(), model.get_weights())
            facts["resumed"] = max(float(np.abs(a - b).max()) for a, b in pairs)
        else:
            model.compile(optimizer=keras.optimizers.Adam(1e-2))
            loss = model.fit(pictures, *([pictures] if way == "fit(x, x)" else []), epochs=10, batch_size=16,
                             shuffle=False, verbose=0).history["loss"]
        facts[way] = loss
    model.save(folder + "/model.keras")
    again = keras.saving.load_model(folder + "/model.keras")
    facts["saved"] = float(np.abs(keras.ops.convert_to_numpy(again(pictures) - model(pictures))).max())
    np.savez(folder + "/arrays.npz", **arrays)
    print(json.dumps(facts))
"""


tensorflow, other = backends.fixtures(JOURNEY, "variational")


@pytest.mark.parametrize("what", ["mean", "log_variance", "sample", "grid", "walk", "unit", "terms", "evaluated"])
def test_without_a_draw_of_the_backend_all_is_as_on_tensorflow(tensorflow, other, what):
    expected, found = tensorflow[1][what], other[1][what]
    assert found.shape == expected.shape and found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_draws_have_the_moments_that_were_asked_for(other):
    mean, variance, different = other[0]["moments"]
    expected = np.exp(-1.0)
    assert abs(mean - 2) < 6 * np.sqrt(expected / 50_000) and abs(variance / expected - 1) < 6 * np.sqrt(2 / 50_000)
    assert different > 49_000  # single precision has few values to spare, and still no draw is used twice


@pytest.mark.parametrize("way", ["fit(x)", "fit(x, x)", "training.fit"])
def test_it_trains_there_by_every_way_to_fit(tensorflow, other, way):
    expected, found = tensorflow[0][way], other[0][way]
    assert np.isfinite(found).all() and found[-1] < found[0] - 0.005
    np.testing.assert_allclose(found[-1], expected[-1], rtol=0.02)  # other draws, the same place


def test_it_comes_back_from_its_file_and_from_a_checkpoint(other):
    assert other[0]["saved"] == 0 and other[0]["resumed"] == 0
