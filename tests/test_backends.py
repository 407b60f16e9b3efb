"""The same code on Keras' other backends: each runs in a process of its own, and TensorFlow beside it to compare."""

import backends
import numpy as np
import pytest

# What a course reader does: paint with the shipped model, then train one's own and paint with that.
JOURNEY = """
    import json, sys
    import numpy as np
    from aelearn import data, runtime
    from aelearn.autoencoders import PyramidConfig, build_pyramid, load_weights, save_weights
    from aelearn.stylize import Stylizer
    from aelearn.training import Crops, TrainingError, fit
    import keras

    folder = sys.argv[1]
    arrays, facts = {}, {"backend": keras.backend.backend(), "machine": runtime.describe().backend}
    facts["others"] = sorted({"tensorflow", "jax", "torch"} & set(sys.modules) - {facts["backend"]})

    photo, painting = data.load_photo("chambord", max_side=96), data.load_painting("great_wave", max_side=96)
    stylizer = Stylizer.load("pixel")
    arrays["reconstruction"] = stylizer.reconstruct(photo)
    canvas = stylizer.canvas(photo, [painting, data.load_painting(data.painting_names()[1], max_side=96)])
    for method in ("optimal_transport", "cholesky", "adain"):
        arrays[method] = canvas.paint(method=method)
    arrays["alpha_zero"] = canvas.paint(alpha=0.0)

    crops = Crops([photo], size=32, batch_size=2, seed=0)
    model, random = build_pyramid(PyramidConfig((8, 8)), seed=0), np.random.default_rng(0)
    model.set_weights([random.normal(size=w.shape) * 0.1 for w in model.get_weights()])  # the same on all
    own = Stylizer(model)
    before = own.reconstruct(photo)
    history = fit(model, crops, steps=40, report_every=10, learning_rate=5e-3, checkpoint=folder + "/run.npz",
                  validation=photo[None, :32, :32])
    arrays["changed"] = np.abs(own.reconstruct(photo) - before).mean()  # compiled functions see the new weights
    facts["history"] = {"steps": history.steps, "loss": history.loss, "validation": history.validation}
    save_weights(model, folder + "/own.npz")
    arrays["saved"] = np.array([np.abs(a - b).max() for a, b in zip(
        load_weights(folder + "/own.npz").get_weights(), model.get_weights())])

    resumed = build_pyramid(PyramidConfig((8, 8)), seed=1)
    fit(resumed, crops, steps=40, report_every=10, checkpoint=folder + "/run.npz")
    arrays["resumed"] = np.array([np.abs(a - b).max() for a, b in zip(resumed.get_weights(), model.get_weights())])

    class Poisoned(Crops):
        end = float("nan")
        def __getitem__(self, index):
            if self.first_step + index == 3:
                if self.end is None:
                    raise KeyboardInterrupt
                return super().__getitem__(index) * self.end
            return super().__getitem__(index)

    for end in (float("nan"), None):
        kept = []
        poisoned = Poisoned([photo], size=32, batch_size=2, seed=0)
        poisoned.end, network = end, build_pyramid(PyramidConfig((8,)), seed=0)
        try:
            outcome = fit(network, poisoned, steps=10, report_every=1,
                          on_report=lambda h: kept.append((h.loss[-1], network.get_weights()))).status
        except TrainingError as error:
            outcome = str(error)
        best = min(kept, key=lambda pair: pair[0])[1]
        facts[f"end {end}"] = outcome, all(np.array_equal(a, b) for a, b in zip(best, network.get_weights()))

    np.savez(folder + "/arrays.npz", **arrays)
    print(json.dumps(facts))
"""


tensorflow, other = backends.fixtures(JOURNEY, "backends")


def test_the_backend_that_was_asked_for_does_the_work_and_tensorflow_stays_out(other):
    facts, _ = other
    assert facts["backend"] in backends.OTHERS and facts["machine"].startswith(facts["backend"])
    assert "tensorflow" not in facts["others"]


@pytest.mark.parametrize("picture", ["reconstruction", "alpha_zero", "optimal_transport", "cholesky", "adain"])
def test_the_picture_is_the_one_that_tensorflow_paints(tensorflow, other, picture):
    expected, found = tensorflow[1][picture], other[1][picture]
    assert found.shape == expected.shape and found.dtype == np.float32 and expected.std() > 0.05
    assert np.abs(found - expected).mean() < 1e-3


def test_alpha_zero_is_exactly_the_reconstruction(other):
    np.testing.assert_array_equal(other[1]["alpha_zero"], other[1]["reconstruction"])


def test_training_learns_as_it_does_on_tensorflow(tensorflow, other):
    expected, found = (facts["history"] for facts, _ in (tensorflow, other))
    assert found["steps"] == [10, 20, 30, 40]
    assert found["loss"][-1] < found["loss"][0] / 2
    for curve in ("loss", "validation"):
        np.testing.assert_allclose(found[curve], expected[curve], rtol=0.05)


def test_compiled_functions_see_the_weights_that_training_changed(other):
    assert other[1]["changed"] > 0.01


def test_weights_come_back_from_their_file_and_from_a_checkpoint(other):
    assert other[1]["saved"].max() < 2e-3  # half precision
    assert other[1]["resumed"].max() == 0


@pytest.mark.parametrize("end, outcome", [("nan", "the loss is nan at step 4"), ("None", "interrupted")])
def test_training_that_is_cut_short_keeps_the_best_weights(other, end, outcome):
    said, kept = other[0][f"end {end}"]
    assert outcome in said and kept
