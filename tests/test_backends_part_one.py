"""The models of part I on Keras' other backends: each trains there, by both ways to fit, as it does on TensorFlow."""

import json

import backends
import numpy as np
import pytest

# Name to an expression that builds the model, for pictures of 8 × 8 × 1. A model of part I that trains is a line here.
BUILDERS = {
    "dense": "ae.build_dense(ae.DenseConfig((8, 8, 1), hidden=(6,), latent_size=3))",
    "textbook": "ae.build_textbook(ae.TextbookConfig((8, 8, 1), latent_dim=4))",
    "repaired": "ae.build_repaired(ae.RepairedConfig((8, 8, 1), latent_dim=3, widths=(2, 3)))",
    "convolutional": "ae.build_convolutional(ae.ConvolutionalConfig((8, 8, 1), widths=(2, 3), latent_channels=1))",
    "any size": "ae.build_convolutional(ae.ConvolutionalConfig((None, None, 1), widths=(2,), latent_channels=1))",
    "transposed": "ae.build_convolutional(ae.ConvolutionalConfig((8, 8, 1), (2,), 1, upsampling='transposed'))",
    "linear": "ae.build_linear(ae.LinearConfig((8, 8, 1), 3))",
    "sparse": "ae.build_sparse(ae.SparseConfig((8, 8, 1), (6,), 5, strength=1e-3))",
    # every backend draws noise of its own: so little of it that losses still agree
    "denoising": "ae.build_denoising(ae.DenoisingConfig(ae.DenseConfig((8, 8, 1), (), 3), 'noise', 1e-4))",
    "penalty on the code": "ae.build_dense(ae.DenseConfig((8, 8, 1), (), 3), objective=ae.Objective("
                           "error='bce', penalty='l1', on='code', strength=1e-3))",
    "penalty on the weights": "ae.build_dense(ae.DenseConfig((8, 8, 1), (), 3), objective=ae.Objective("
                              "penalty='l2', on='weights', strength=1e-4))",
}

# Every model from the same weights: what it makes of the pictures, then trained in two ways.
TRAINING = """
    import json, sys
    import numpy as np
    from aelearn import autoencoders as ae
    from aelearn.training import Batches, fit
    import keras

    builders = json.loads(sys.argv[1])
    random = np.random.default_rng(0)
    pictures = random.uniform(size=(16, 8, 8, 1)).astype(np.float32)
    facts = {"backend": keras.backend.backend(), "strangers": sorted(
        {"tensorflow", "jax", "torch"} & set(sys.modules) - {keras.backend.backend()})}
    for name, source in builders.items():
        losses = {}
        for way in ("fit(x, x)", "fit(x)", "training.fit") if name == "dense" else ("fit(x, x)", "training.fit"):
            random, model = np.random.default_rng(1), eval(source)
            model.set_weights([random.normal(size=w.shape) * 0.3 for w in model.get_weights()])  # the same on all
            if way == "training.fit":
                batches = Batches(pictures, batch_size=8, seed=0)
                losses[way] = fit(model, batches, steps=8, report_every=4, learning_rate=1e-2).loss
            else:
                model.compile(optimizer=keras.optimizers.Adam(1e-2))
                targets = (pictures,) if way == "fit(x, x)" else ()
                history = model.fit(pictures, *targets, epochs=4, batch_size=8, shuffle=False, verbose=0)
                losses[way] = history.history["loss"]
        facts[name] = losses
    print(json.dumps(facts))
"""


def trained(backend):
    """The losses of every model on one backend, for every way to fit."""
    return backends.run(backend, TRAINING, json.dumps(BUILDERS))


@pytest.fixture(scope="module")
def tensorflow():
    return trained("tensorflow")


@pytest.fixture(scope="module", params=backends.OTHERS)
def other(request):
    backends.require(request.param)
    return trained(request.param)


def test_the_backend_that_was_asked_for_does_the_work(other):
    assert other["backend"] in backends.OTHERS and "tensorflow" not in other["strangers"]


@pytest.mark.parametrize("way", ["fit(x, x)", "training.fit"])
@pytest.mark.parametrize("name", BUILDERS)
def test_a_model_trains_there_as_it_does_on_tensorflow(tensorflow, other, name, way):
    expected, found = tensorflow[name][way], other[name][way]
    assert np.isfinite(found).all() and found[-1] < found[0]
    np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_with_and_without_a_target_it_is_the_same_training(other):
    np.testing.assert_allclose(other["dense"]["fit(x, x)"], other["dense"]["fit(x)"], rtol=1e-5)
