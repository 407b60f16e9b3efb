"""Training that meets bad input: what is refused before the first step, and what is kept when a step goes wrong."""

import json

import numpy as np
import pytest

from aelearn.autoencoders import DenseConfig, Objective, PyramidConfig, build_dense, build_pyramid
from aelearn.training import Batches, Crops, History, TrainingError, fit

import keras  # isort: skip

X = np.random.default_rng(0).random((16, 4, 4, 1)).astype("f4")
COLOUR = np.random.default_rng(1).random((12, 12, 3)).astype("f4")


def batches(images=X, size=4):
    return Batches(images, batch_size=size, seed=0)


def crops():
    return Crops([COLOUR], size=8, batch_size=2, seed=0)


def make(latent_size=2, **options):
    return build_dense(DenseConfig((4, 4, 1), (), latent_size), **options)


def pyramid():
    return build_pyramid(PyramidConfig((4,)))


def assert_same_weights(first, second):
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


# ---- a step that goes wrong before the first report


@pytest.mark.parametrize("report_every", [6, 40])
def test_the_weights_from_before_a_bad_step_are_kept_without_any_report(report_every):
    poisoned = X.copy()
    poisoned[4] = np.nan
    model, good, history = make(), make(), History()
    with pytest.raises(TrainingError, match="loss is nan at step 6: .* keeps the weights from before that step"):
        fit(model, batches(poisoned, 1), steps=40, report_every=report_every, history=history)
    # the same five steps of the same schedule, reported one by one, and no sixth
    kept = []
    with pytest.raises(ZeroDivisionError):
        fit(good, batches(X, 1), steps=40, report_every=1,
            on_report=lambda h: kept.append(good.get_weights()) or len(kept) < 5 or 1 / 0)
    assert_same_weights(model.get_weights(), kept[-1])
    assert history.status == "failed" and history.steps == []


class Brittle(keras.Model):
    """Its loss is finite where its gradient is not: √w₀ at 0, at the step of which the picture is black."""

    def __init__(self):
        super().__init__()
        self.factor = self.add_weight(shape=(), initializer="ones")

    def call(self, x):
        return self.factor * x

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return keras.ops.sqrt(keras.ops.mean(y_pred))


def test_weights_that_the_step_before_has_spoilt_are_not_kept():
    class Black(Crops):
        def __getitem__(self, index):
            return super().__getitem__(index) * np.float32(self.first_step + index != 2)  # step 3

    model = Brittle()
    model(COLOUR[None])
    with pytest.raises(TrainingError, match="at step 4"):
        fit(model, Black([COLOUR], size=8, batch_size=2, seed=0), steps=20)
    assert np.isfinite(float(model.factor)) and float(model.factor) != 1


def test_validation_that_is_not_a_number_at_the_first_report_keeps_what_was_learned():
    model, good = make(), make()
    with pytest.raises(TrainingError, match="the validation loss is nan at step 3"):
        fit(model, batches(), steps=3, validation=np.full_like(X, np.nan))
    fit(good, batches(), steps=3)
    assert_same_weights(model.get_weights(), good.get_weights())


# ---- validation that cannot be measured


BAD_VALIDATION = {
    "0 to 255": X * 255,
    "negative": X - 1,
    "bytes": (X * 255).astype(np.uint8),
    "list": [X[0], X[1]],
    "ragged": [X[0], COLOUR],
    "one": (X,),
    "three": (X, X, X),
    "none in a pair": (X, None),
    "unequal": (X, X[:3]),
    "bright targets": (X, X * 2),
    "text": "digits",
}


@pytest.mark.parametrize("case", BAD_VALIDATION)
def test_validation_is_checked_before_the_first_step(case):
    model, history = make(), History()
    with pytest.raises(ValueError, match="^validation.* must .*; received") as caught:
        fit(model, batches(), steps=2, history=history, validation=BAD_VALIDATION[case])
    assert "\n" not in str(caught.value) and history.status == "waiting"
    assert_same_weights(model.get_weights(), make().get_weights())


@pytest.mark.parametrize("bad", [COLOUR[None] * 255, [COLOUR], (COLOUR[None], COLOUR[None]), (COLOUR[None], X)],
                         ids=["0 to 255", "list", "pair", "ragged"])  # fmt: skip
def test_validation_of_a_pyramid_is_checked_too(bad):
    with pytest.raises(ValueError, match="^validation must .*; received"):
        fit(pyramid(), crops(), steps=2, validation=bad)


# ---- wrong objects


@pytest.mark.parametrize("bad", [None, 3, "sequential", "plain"], ids=repr)
def test_a_model_that_has_no_loss_of_its_own_is_refused(bad):
    if bad == "sequential":
        bad = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(1, 1)])
    elif bad == "plain":
        bad = make().encoder
    with pytest.raises(TypeError, match="^model must be an Autoencoder or a PyramidAutoencoder.*; received"):
        fit(bad, batches(), steps=1)


@pytest.mark.parametrize("bad", [X, [X], None], ids=["array", "list", "none"])
@pytest.mark.parametrize("model", [make, pyramid])
def test_pictures_that_are_in_no_batches_are_refused_with_the_way_out(model, bad):
    with pytest.raises(TypeError, match=r"^crops must be (Batches|Crops).*(Batches|Crops)\(images, .*; received"):
        fit(model(), bad, steps=1)


def test_batches_given_to_a_pyramid_are_refused():
    with pytest.raises(TypeError, match="^crops must be Crops.*; received Batches"):
        fit(pyramid(), batches(COLOUR[None], 1), steps=1)


def test_crops_of_another_shape_than_the_autoencoder_are_refused():
    with pytest.raises(ValueError, match=r"images must be .*\(4, 4, 1\).*; received \(2, 8, 8, 3\)"):
        fit(make(), crops(), steps=1)


@pytest.mark.parametrize("option", [{"stop": True}, {"history": {}}, {"on_report": 3}], ids=repr)
def test_helpers_of_the_wrong_kind_are_refused_by_name(option):
    with pytest.raises(TypeError, match=f"^{next(iter(option))} must be .*; received"):
        fit(make(), batches(), steps=1, **option)


# ---- checkpoints


@pytest.mark.parametrize("other", [
    lambda: make(objective=Objective(error="bce")),
    lambda: make(objective=Objective(penalty="l1", on="code", strength=0.1)),
    lambda: build_dense(DenseConfig((4, 4, 1), (), 2, output="linear")),
], ids=["error", "penalty", "activation"])  # fmt: skip
def test_a_checkpoint_of_the_same_shapes_and_another_aim_is_refused(tmp_path, other):
    path = tmp_path / "run.npz"
    fit(make(), batches(), steps=2, checkpoint=path)
    content, model = path.read_bytes(), other()
    with pytest.raises(ValueError, match="run.npz is not a checkpoint of this model: .* another objective"):
        fit(model, batches(), steps=4, checkpoint=path)
    assert path.read_bytes() == content
    assert_same_weights(model.get_weights(), other().get_weights())


def rewrite(path, change):
    """Write a checkpoint again with another header."""
    with np.load(path) as file:
        arrays = dict(file)
    header = change(json.loads(str(arrays.pop("header"))))
    np.savez(path, header=json.dumps(header), **arrays)


def test_name_and_seed_do_not_matter_and_older_checkpoints_are_read(tmp_path):
    path = tmp_path / "run.npz"
    fit(make(), batches(), steps=2, checkpoint=path)
    assert fit(make(seed=3, name="mine"), batches(), steps=3, checkpoint=path).steps == [2, 3]
    rewrite(path, lambda header: {key: header[key] for key in ("step", "best", "history")})
    assert fit(make(), batches(), steps=4, checkpoint=path).steps == [2, 3, 4]


def test_a_model_whose_config_is_not_known_is_still_resumed(tmp_path):
    def brittle():
        model = Brittle()
        model.get_config = lambda: {"odd": object(), "also": {1: {2, 3}}}
        model(COLOUR[None])
        return model

    fit(brittle(), crops(), steps=1, checkpoint=tmp_path / "run.npz")
    assert fit(brittle(), crops(), steps=2, checkpoint=tmp_path / "run.npz").steps == [1, 2]


@pytest.mark.parametrize("first", [None, X])
def test_losses_on_validation_are_not_compared_with_losses_of_training(tmp_path, first):
    path, second = tmp_path / "run.npz", X if first is None else None
    fit(make(), batches(), steps=2, checkpoint=path, validation=first)
    with pytest.raises(ValueError, match="run.npz is not a checkpoint of this model: .* validation"):
        fit(make(), batches(), steps=4, checkpoint=path, validation=second)
    assert fit(make(), batches(), steps=2, checkpoint=path, validation=second).status == "finished"  # nothing to do
    assert fit(make(), batches(), steps=4, checkpoint=path, validation=first).steps == [2, 4]


DAMAGE = {
    "word": {"step": "a"}, "negative": {"step": -5}, "half": {"step": 2.5}, "true": {"step": True},
    "no best": {"best": None}, "best in words": {"best": "low"}, "no history": {"history": None},
    "empty history": {"history": {}}, "missing losses": {"history": {"steps": [1], "loss": [], "validation": [],
                                                                     "seconds": 0.0}},
    "no seconds": {"history": {"steps": [2], "loss": [0.1], "validation": [], "seconds": None}},
    "history of words": {"history": {"steps": ["a"], "loss": ["b"], "validation": [], "seconds": 1.0}},
}  # fmt: skip


@pytest.mark.parametrize("case", [*DAMAGE, "list", "number"])
def test_a_damaged_header_is_refused_before_anything_changes(tmp_path, case):
    path, model = tmp_path / "run.npz", make(seed=5)
    fit(make(), batches(), steps=2, checkpoint=path)
    rewrite(path, lambda header: header | DAMAGE[case] if case in DAMAGE else [1, 2] if case == "list" else 3)
    with pytest.raises(ValueError, match="run.npz is not a checkpoint of this model: ") as caught:
        fit(model, batches(), steps=4, checkpoint=path)
    assert "\n" not in str(caught.value)
    assert_same_weights(model.get_weights(), make(seed=5).get_weights())
