"""Batches of whole pictures: every one once an epoch, repeatable, resumable, with or without targets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aelearn.autoencoders import DenoisingConfig, DenseConfig, build_denoising, build_dense
from aelearn.training import Batches, History, TrainingError, fit

SHAPE = (3, 4, 1)
TINY = DenseConfig(SHAPE, (), 2)


def numbered(number, shape=SHAPE):
    """Pictures of which each has one value, its number over 1000."""
    return np.broadcast_to((np.arange(number) / 1000).astype(np.float32)[:, None, None, None], (number, *shape)).copy()


def numbers_of(batch):
    return np.rint(batch[:, 0, 0, 0] * 1000).astype(int).tolist()


def noise(number=12, seed=0):
    return np.random.default_rng(seed).random((number, *SHAPE)).astype(np.float32)


def assert_same(first, second, **tolerance):
    for a, b in zip(first, second, strict=True):
        np.testing.assert_allclose(a, b, **({"rtol": 0, "atol": 0} | tolerance))


# ---- epochs


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 5), st.integers(0, 3))
def test_an_epoch_shows_no_picture_twice_and_as_many_as_fill_whole_batches(number, size, seed, epoch):
    size = min(size, number)
    batches = Batches(numbered(number), batch_size=size, seed=seed)
    steps = batches.steps_per_epoch
    assert steps == number // size
    seen = [n for i in range(steps) for n in numbers_of(batches[epoch * steps + i])]
    assert len(seen) == len(set(seen)) == steps * size and set(seen) <= set(range(number))


def test_every_epoch_has_an_order_of_its_own_and_so_has_every_seed():
    batches, other = (Batches(numbered(20), batch_size=20, seed=seed) for seed in (0, 1))
    orders = [numbers_of(batches[0]), numbers_of(batches[1]), numbers_of(other[0])]
    assert len({tuple(order) for order in orders}) == 3 and orders[0] != sorted(orders[0])


def test_pictures_that_fill_no_whole_batch_are_shown_in_another_epoch():
    batches = Batches(numbered(7), batch_size=3, seed=0)
    seen = {n for i in range(40) for n in numbers_of(batches[i])}
    assert seen == set(range(7))


@settings(max_examples=30)
@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 9))
def test_batch_i_is_a_function_of_seed_and_i_alone(first, i, seed):
    one, two = (Batches(numbered(10), batch_size=4, seed=seed) for _ in range(2))
    two[i]  # what was read before changes nothing
    two.first_step = first
    one.first_step = 0
    np.testing.assert_array_equal(one[first + i], two[i])


def test_the_length_is_what_fit_asks_for():
    batches = Batches(numbered(10), batch_size=4, seed=0)
    batches.num_steps = 17
    assert len(batches) == 17


# ---- targets


def test_targets_stay_with_their_images():
    images = numbered(30)
    batches = Batches(images, batch_size=7, seed=3, targets=images[..., :1].repeat(2, axis=3) / 2)
    for i in range(8):
        x, y = batches[i]
        assert x.shape == (7, 3, 4, 1) and y.shape == (7, 3, 4, 2)
        np.testing.assert_array_equal(y[..., 0], x[..., 0] / 2)


def test_a_model_is_trained_towards_the_targets():
    images, black = noise(), np.zeros((12, *SHAPE), np.float32)
    model = build_dense(TINY)
    before = float(np.asarray(model(images)).mean())
    fit(model, Batches(images, batch_size=6, seed=0, targets=black), steps=60, learning_rate=0.05)
    assert float(np.asarray(model(images)).mean()) < before / 2


# ---- bad input


BAD = {
    "no picture": np.zeros((0, *SHAPE), np.float32),
    "one picture alone": np.zeros(SHAPE, np.float32),
    "bytes": np.zeros((2, *SHAPE), np.uint8),
    "0 to 255": np.full((2, *SHAPE), 255.0, np.float32),
    "negative": np.full((2, *SHAPE), -0.1, np.float32),
    "words": np.full((2, *SHAPE), "a"),
    "no pixels": np.zeros((2, 0, 4, 1), np.float32),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("argument", ["images", "targets"])
def test_what_are_no_pictures_is_refused_by_name(case, argument):
    good = np.zeros((2, *SHAPE), np.float32)
    given_ = {"images": good, "targets": good} | {argument: BAD[case]}
    with pytest.raises(ValueError, match=rf"^{argument} must be a float array .* in \[0, 1\].*received"):
        Batches(given_["images"], batch_size=1, seed=0, targets=given_["targets"])


def test_values_out_of_range_are_named():
    with pytest.raises(ValueError, match=r"received float32 of shape \(2, 3, 4, 1\), from 0 to 2"):
        Batches(np.linspace(0, 2, 24, dtype=np.float32).reshape(2, *SHAPE), batch_size=1, seed=0)


def test_one_target_per_image():
    with pytest.raises(ValueError, match="targets must be one per image; received 3 for 4 images"):
        Batches(noise(4), batch_size=1, seed=0, targets=noise(3))


@pytest.mark.parametrize("bad", [0, -1, 2.0, "4", None, True], ids=repr)
def test_a_batch_size_that_is_no_positive_int_is_refused(bad):
    with pytest.raises(ValueError, match="batch_size must be an int of 1 or more; received"):
        Batches(noise(), batch_size=bad, seed=0)


@pytest.mark.parametrize("bad", [-1, 0.5, "1", None], ids=repr)
def test_a_seed_that_is_no_int_from_0_is_refused(bad):
    with pytest.raises(ValueError, match="seed must be an int of 0 or more; received"):
        Batches(noise(), batch_size=2, seed=bad)


def test_a_batch_larger_than_the_pile_is_refused():
    with pytest.raises(ValueError, match="batch_size must be at most the number of images, 12; received 13"):
        Batches(noise(), batch_size=13, seed=0)


def test_pictures_of_another_shape_than_the_model_name_both():
    with pytest.raises(ValueError, match=r"images must be .* of shape \(3, 4, 1\), .*; received \(2, 5, 5, 1\)"):
        fit(build_dense(TINY), Batches(np.zeros((4, 5, 5, 1), np.float32), batch_size=2, seed=0), steps=1)


@pytest.mark.parametrize("shape", [(2, 5, 5, 1), (0, *SHAPE), SHAPE], ids=["other", "empty", "one"])
def test_validation_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"validation must be \(number, height, width, channels\) .* received"):
        fit(build_dense(TINY), Batches(noise(), batch_size=2, seed=0), steps=1, validation=np.zeros(shape))


# ---- a batch that is not a number


@pytest.mark.parametrize("targets", [None, noise(12, seed=1)], ids=["images", "targets"])
def test_a_nan_is_named_by_its_step_and_the_last_good_weights_stay(targets):
    images = noise()
    images[5] = np.nan
    batches = Batches(images, batch_size=2, seed=0, targets=targets)
    step = 1 + next(i for i in range(6) if np.isnan(np.asarray(batches[i])).any())
    model, seen, history = build_dense(TINY), [build_dense(TINY).get_weights()], History()
    with pytest.raises(TrainingError, match=rf"the loss is nan at step {step}:"):
        fit(model, batches, steps=20, report_every=1, history=history,
            on_report=lambda h: seen.append(model.get_weights()))
    assert history.status == "failed" and len(history.steps) == step - 1 > 0
    assert_same(model.get_weights(), seen[1 + int(np.argmin(history.loss))])


# ---- validation


def test_validation_is_the_loss_of_the_pictures_given_back():
    model, held_out, history = build_dense(TINY), noise(5, seed=2), History()
    losses = []
    fit(model, Batches(noise(), batch_size=4, seed=0), steps=6, report_every=2, validation=held_out, history=history,
        on_report=lambda h: losses.append(np.mean((np.asarray(model(held_out)) - held_out) ** 2)))
    np.testing.assert_allclose(history.validation, losses, rtol=1e-5)


def test_validation_as_a_pair_compares_with_its_targets():
    model, given_, wanted = build_dense(TINY), noise(5, seed=2), noise(5, seed=3)
    losses = []
    history = fit(model, Batches(noise(), batch_size=4, seed=0), steps=6, report_every=2, validation=(given_, wanted),
                  on_report=lambda h: losses.append(np.mean((np.asarray(model(given_)) - wanted) ** 2)))
    np.testing.assert_allclose(history.validation, losses, rtol=1e-5)


# ---- resuming


@pytest.mark.parametrize("corruption", ["noise", "mask"])
def test_a_resumed_run_sees_the_same_batches_and_draws_the_same_damage(tmp_path, corruption):
    def model(seed=0):
        return build_denoising(DenoisingConfig(TINY, corruption, 0.5), seed=seed)

    def batches():
        return Batches(noise(), batch_size=5, seed=4)

    whole = model()
    expected = fit(whole, batches(), steps=12, report_every=3)

    class Stop:
        """Set as soon as step 6 has been reported."""
        asked = False

        def is_set(self):
            return self.asked

    stop, options = Stop(), {"steps": 12, "report_every": 3, "checkpoint": tmp_path / "run.npz"}
    first = fit(model(), batches(), stop=stop, on_report=lambda h: setattr(stop, "asked", h.steps[-1] >= 6), **options)
    assert first.steps == [3, 6] and first.status == "stopped"
    resumed = model(seed=9)  # weights and random stream come from the checkpoint
    second = fit(resumed, batches(), **options)
    assert second.steps == [3, 6, 9, 12]
    np.testing.assert_allclose(second.loss, expected.loss, rtol=1e-6)
    assert_same(resumed.get_weights(), whole.get_weights(), atol=1e-6)


def test_a_checkpoint_keeps_the_random_states(tmp_path):
    model = build_denoising(DenoisingConfig(TINY), seed=0)
    fit(model, Batches(noise(), batch_size=5, seed=4), steps=4, report_every=2, checkpoint=tmp_path / "run.npz")
    state = np.asarray(model.corrupt.random.state.value)
    with np.load(tmp_path / "run.npz") as file:
        np.testing.assert_array_equal(file["random_0"], state)
    assert not np.array_equal(state, np.asarray(build_denoising(DenoisingConfig(TINY)).corrupt.random.state.value))


def test_a_checkpoint_of_a_model_without_damage_is_refused_by_one_with_it(tmp_path):
    batches = Batches(noise(), batch_size=5, seed=4)
    fit(build_dense(TINY), batches, steps=2, checkpoint=tmp_path / "run.npz")
    with pytest.raises(ValueError, match="is not a checkpoint of this model: it holds"):
        fit(build_denoising(DenoisingConfig(TINY)), batches, steps=4, checkpoint=tmp_path / "run.npz")
