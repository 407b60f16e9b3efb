"""Crops, the loop and its ways to end, runs in the background, and the recipe of the shipped model."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aelearn import images, metrics
from aelearn.autoencoders import PyramidConfig, build_pyramid, load_weights
from aelearn.training import (
    BackgroundRun,
    Crops,
    History,
    PixelRecipe,
    TrainingError,
    fit,
    held_out_psnr,
    train_pixel,
)

import keras  # isort: skip

TINY = PyramidConfig((4,))  # one level: compiling takes most of the time of these tests


def picture(height=24, width=20, *, seed=0):
    """Soft random colours: (height, width, 3)."""
    coarse = np.random.default_rng(seed).uniform(size=(3, 3, 3)).astype(np.float32)
    return images.resize_image(coarse, size=(height, width))


PICTURES = [picture(seed=seed) for seed in range(3)]


def some_crops(pictures=PICTURES, **options):
    return Crops(pictures, **{"size": 8, "batch_size": 2, "seed": 1, **options})


def tiny(seed=0):
    return build_pyramid(TINY, seed=seed)


def loss_on(model, pictures):
    return sum(metrics.mse(pictures, np.asarray(level)) for level in model(pictures))


def assert_same_weights(first, second, atol=0.0):
    for a, b in zip(first, second):
        np.testing.assert_allclose(a, b, rtol=0, atol=atol)


# ---- crops


@settings(max_examples=20)
@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_batch_i_is_a_function_of_seed_and_i_alone(seed, i, other):
    crops, again = some_crops(seed=seed), some_crops(seed=seed)
    crops[other]
    again.first_step = i
    np.testing.assert_array_equal(crops[i], again[0])
    assert i == other or not np.array_equal(crops[i], crops[other])
    assert not np.array_equal(crops[i], some_crops(seed=seed + 1)[i])


def test_a_batch_holds_pieces_of_the_pictures_some_of_them_mirrored():
    # every pixel knows where it comes from: row, column and number of its picture
    pictures = [
        np.stack(np.broadcast_arrays(*np.ogrid[0 : 0.99 : 24j, 0 : 0.99 : 20j], number), axis=-1).astype(np.float32)
        for number in (0.0, 0.5)
    ]
    batch = Crops(pictures, size=8, batch_size=64, seed=0)[0]
    assert batch.shape == (64, 8, 8, 3) and batch.dtype == np.float32
    mirrored, numbers, tops = [], set(), set()
    for crop in batch:
        rows, columns = np.rint(crop[:, 0, 0] / 0.99 * 23), np.rint(crop[0, :, 1] / 0.99 * 19)
        assert (np.diff(rows) == 1).all() and len(set(np.diff(columns))) == 1
        mirrored.append(columns[0] > columns[1])
        numbers.add(float(crop[0, 0, 2]))
        tops.add(int(rows[0]))
    assert 16 < sum(mirrored) < 48 and numbers == {0.0, 0.5} and {0, 16} <= tops


def test_a_picture_just_as_large_as_a_crop_is_enough():
    whole = picture(8, 8)
    crop = Crops([whole], size=8, batch_size=1, seed=0)[0][0]
    assert np.array_equal(crop, whole) or np.array_equal(crop, whole[:, ::-1])


def test_crops_refuse_what_cannot_be_cropped():
    with pytest.raises(ValueError, match="images must hold at least one picture; received none"):
        some_crops([])
    with pytest.raises(ValueError, match=r"at least size=8 on both sides; received one of shape \(30, 7, 3\)"):
        some_crops([picture(), picture(30, 7)])


@pytest.mark.parametrize("name", ["size", "batch_size"])
@pytest.mark.parametrize("bad", [0, -1, 2.5, "8", None, True], ids=repr)
def test_sizes_that_are_no_positive_ints_are_refused(name, bad):
    with pytest.raises(ValueError, match=f"{name} must be an int of 1 or more; received"):
        some_crops(**{name: bad})


@pytest.mark.parametrize("bad", [-1, 0.5, "1", None], ids=repr)
def test_a_seed_that_is_no_int_from_0_is_refused(bad):
    with pytest.raises(ValueError, match="seed must be an int of 0 or more; received"):
        some_crops(seed=bad)


@pytest.mark.parametrize(
    "bad", [np.zeros((24, 20)), np.zeros((2, 24, 20, 3)), np.full((24, 20, 3), 255, np.uint8), picture() * 255], ids=[
        "gray", "batch", "bytes", "0 to 255"],
)  # fmt: skip
def test_crops_refuse_pictures_that_are_not_in_0_1_with_channels(bad):
    with pytest.raises(ValueError, match=r"images must be .*\(height, width, channels\).* in \[0, 1\]; received"):
        some_crops([picture(), bad])


# ---- learning

LEARNER = PyramidConfig((12, 16))


@pytest.fixture(scope="module")
def learned():
    model = build_pyramid(LEARNER)
    before = loss_on(model, np.stack([p[:16, :16] for p in PICTURES]))
    history = fit(model, some_crops(), steps=150, report_every=30, learning_rate=5e-3)
    return model, history, before


def test_a_tiny_model_learns(learned):
    model, history, before = learned
    assert history.status == "finished" and history.steps == [30, 60, 90, 120, 150] and history.total == 150
    assert history.seconds > 0 and history.validation == []
    assert history.loss[-1] < history.loss[0] / 2
    assert loss_on(model, np.stack([p[:16, :16] for p in PICTURES])) < before / 4


def test_the_same_seeds_give_the_same_losses_and_weights_and_others_do_not(learned):
    model, history, _ = learned
    again, other = build_pyramid(LEARNER), build_pyramid(LEARNER)
    assert fit(again, some_crops(), steps=150, report_every=30, learning_rate=5e-3).loss == history.loss
    assert_same_weights(again.get_weights(), model.get_weights())
    assert fit(other, some_crops(seed=2), steps=150, report_every=30, learning_rate=5e-3).loss[0] != history.loss[0]


def test_the_loss_of_an_entry_is_the_mean_over_its_steps():
    losses = []
    for every in (1, 4):
        losses.append(fit(tiny(), some_crops(), steps=8, report_every=every).loss)
    np.testing.assert_allclose(np.reshape(losses[0], (2, 4)).mean(axis=1), losses[1], rtol=1e-5)


def test_the_first_loss_is_that_of_the_untrained_model_on_the_first_batch():
    model = tiny()
    expected = loss_on(model, some_crops()[0])
    assert fit(model, some_crops(), steps=1, report_every=1).loss[0] == pytest.approx(expected, rel=1e-4)


def test_the_learning_rate_warms_up_and_falls_to_zero():
    rates = []
    model = tiny()
    fit(model, some_crops(), steps=40, report_every=1, learning_rate=0.01,
        on_report=lambda history: rates.append(float(model.optimizer.learning_rate)))
    assert max(rates) == pytest.approx(0.01, rel=0.05)
    peak = int(np.argmax(rates))
    assert 0 < peak < 8 and (np.diff(rates[: peak + 1]) > 0).all() and (np.diff(rates[peak:]) < 0).all()
    assert rates[-1] < 1e-4


def test_a_last_block_may_be_shorter_and_reports_come_in_the_callers_thread():
    threads = []
    history = fit(tiny(), some_crops(), steps=7, report_every=3,
                  on_report=lambda h: threads.append((threading.current_thread(), h.steps[-1], h.status)))
    assert history.steps == [3, 6, 7]
    assert threads == [(threading.current_thread(), step, "running") for step in (3, 6, 7)]


# ---- the best weights


def test_validation_pictures_decide_which_weights_are_kept():
    # The validation loss is least where the weights are best for them, wherever the training loss is.
    model, seen = tiny(), []
    validation = np.stack([1 - p[:16, :16] for p in PICTURES])
    history = fit(model, some_crops(), steps=12, report_every=1, learning_rate=0.3, validation=validation,
                  on_report=lambda h: seen.append([w.copy() for w in model.get_weights()]))
    best = int(np.argmin(history.validation))
    assert 0 <= best < 11, "choose settings under which the last weights are not the best ones"
    assert best != int(np.argmin(history.loss))
    assert_same_weights(model.get_weights(), seen[best])
    assert loss_on(model, validation) == pytest.approx(min(history.validation), rel=1e-4)


def test_validation_does_not_change_what_is_learned():
    one, two = tiny(), tiny()
    a = fit(one, some_crops(), steps=6, report_every=2)
    b = fit(two, some_crops(), steps=6, report_every=2, validation=np.stack([p[:16, :16] for p in PICTURES]))
    assert a.loss == b.loss and len(b.validation) == 3


def test_without_validation_the_training_loss_decides():
    model, seen = tiny(), []
    history = fit(model, some_crops(), steps=12, report_every=1, learning_rate=0.3,
                  on_report=lambda h: seen.append([w.copy() for w in model.get_weights()]))
    best = int(np.argmin(history.loss))
    assert best < 11, "choose settings under which the last weights are not the best ones"
    assert_same_weights(model.get_weights(), seen[best])


# ---- the ways to end


class Poisoned(Crops):
    """Crops of which batch `step` (from 0) does something else."""

    step, action = 5, staticmethod(lambda batch: batch * np.nan)

    def __getitem__(self, index):
        batch = super().__getitem__(index)
        return self.action(batch) if self.first_step + index == self.step else batch


def poisoned(action, step=5):
    crops = Poisoned(PICTURES, size=8, batch_size=2, seed=1)
    crops.step, crops.action = step, action
    return crops


@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_a_batch_that_is_not_a_number_is_named_by_its_step_and_the_last_good_weights_stay(poison):
    model, seen, history = tiny(), [], History()
    with pytest.raises(TrainingError, match=r"the loss is (nan|inf) at step 6"):
        fit(model, poisoned(lambda batch: batch + poison), steps=20, report_every=2, history=history,
            on_report=lambda h: seen.append([w.copy() for w in model.get_weights()]))
    assert history.status == "failed" and history.steps == [2, 4]
    assert_same_weights(model.get_weights(), seen[int(np.argmin(history.loss))])


def test_a_first_batch_that_is_not_a_number_leaves_the_model_as_it_was():
    model = tiny()
    before = model.get_weights()
    with pytest.raises(TrainingError, match="at step 1:"):
        fit(model, poisoned(lambda batch: batch * np.nan, step=0), steps=3)
    assert_same_weights(model.get_weights(), before)


def interrupt(batch):
    raise KeyboardInterrupt


def test_an_interrupt_keeps_the_best_weights_and_returns():
    model, seen = tiny(), []
    history = fit(model, poisoned(interrupt), steps=20, report_every=2,
                  on_report=lambda h: seen.append([w.copy() for w in model.get_weights()]))
    assert history.status == "interrupted" and history.steps == [2, 4]
    assert_same_weights(model.get_weights(), seen[int(np.argmin(history.loss))])


def test_ctrl_c_ends_training_after_the_step_and_keeps_the_best_weights(tmp_path):
    model, before = tiny(), signal.getsignal(signal.SIGINT)

    def ctrl_c(history):
        if history.steps[-1] == 10:
            threading.Timer(0.05, os.kill, [os.getpid(), signal.SIGINT]).start()  # anywhere in the steps that follow

    history = fit(model, some_crops(), steps=10**6, report_every=5, on_report=ctrl_c, checkpoint=tmp_path / "run.npz")
    assert history.status == "interrupted" and 10 < history.steps[-1] < 10**6
    with np.load(tmp_path / "run.npz") as file:
        assert json.loads(str(file["header"]))["step"] == history.steps[-1]
        assert_same_weights(model.get_weights(), [file[f"best_{i}"] for i in range(len(model.weights))])
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_does_not_wait_for_the_step():
    def ctrl_c_twice(history):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        history.steps.append("never reached")

    history = fit(tiny(), some_crops(), steps=20, report_every=2, on_report=ctrl_c_twice)
    assert history.status == "interrupted" and history.steps == [2]


def test_a_model_that_was_interrupted_can_be_trained_on():
    model = tiny()
    fit(model, poisoned(interrupt), steps=20, report_every=2)
    assert fit(model, some_crops(), steps=4, report_every=2).status == "finished"


def test_the_stop_event_ends_training_after_the_step_and_keeps_the_best_weights():
    stop, model, seen = threading.Event(), tiny(), []
    crops = poisoned(lambda batch: stop.set() or batch)  # batch 6, which may be read a step or two ahead
    history = fit(model, crops, steps=20, report_every=2, stop=stop,
                  on_report=lambda h: seen.append([w.copy() for w in model.get_weights()]))
    assert history.status == "stopped" and history.steps[:2] == [2, 4] and history.steps[-1] <= 6
    assert_same_weights(model.get_weights(), seen[int(np.argmin(history.loss))])


def test_a_stop_in_the_middle_of_a_block_ends_it_there():
    stop = threading.Event()
    history = fit(tiny(), poisoned(lambda batch: stop.set() or batch), steps=50, report_every=20, stop=stop)
    # batches are read ahead, so the event may be set some steps before its batch is reached
    assert 1 <= history.steps[0] <= 6 and len(history.steps) == 1 and history.status == "stopped"


def test_a_stop_before_the_first_step_trains_nothing():
    stop, model = threading.Event(), tiny()
    stop.set()
    history = fit(model, some_crops(), steps=5, stop=stop)
    assert history.status == "stopped" and history.steps == []
    assert_same_weights(model.get_weights(), tiny().get_weights())


def test_an_error_in_a_report_ends_training_and_is_not_hidden():
    history = History()
    with pytest.raises(ZeroDivisionError):
        fit(tiny(), some_crops(), steps=4, history=history, report_every=1, on_report=lambda h: 1 / 0)
    assert history.status == "failed"


# ---- checkpoints


def test_a_resumed_run_ends_with_the_weights_and_losses_of_an_uninterrupted_one(tmp_path):
    validation = np.stack([p[:16, :16] for p in PICTURES])
    whole = tiny()
    expected = fit(whole, some_crops(), steps=20, report_every=4, validation=validation)
    stop = threading.Event()
    options = {"steps": 20, "report_every": 4, "validation": validation, "checkpoint": tmp_path / "run.npz"}
    fit(tiny(), some_crops(), stop=stop, on_report=lambda h: h.steps[-1] == 8 and stop.set(), **options)
    resumed = tiny(seed=9)  # the checkpoint decides, not the weights that the model has now
    history = fit(resumed, some_crops(), **options)
    assert history.steps == expected.steps == [4, 8, 12, 16, 20]
    np.testing.assert_allclose(history.loss, expected.loss, rtol=1e-6)
    np.testing.assert_allclose(history.validation, expected.validation, rtol=1e-6)
    assert_same_weights(resumed.get_weights(), whole.get_weights(), atol=1e-6)


def test_a_run_stopped_between_two_reports_goes_on_from_that_step(tmp_path):
    resumed, stop = tiny(), threading.Event()
    options = {"steps": 12, "report_every": 4, "checkpoint": tmp_path / "run.npz"}
    first = fit(resumed, poisoned(lambda batch: stop.set() or batch), stop=stop, **options)
    assert first.steps[0] == 4 and first.steps[-1] <= 6
    second = fit(resumed, some_crops(), **options)
    assert second.steps == [*first.steps, first.steps[-1] + 4, 12] and second.seconds > first.seconds
    with np.load(tmp_path / "run.npz") as file:
        now = [file[f"now_{i}"] for i in range(len(resumed.weights))]
    fresh = tiny()
    snapshots = []
    fit(fresh, some_crops(), steps=12, report_every=12,
        on_report=lambda h: snapshots.append([w.copy() for w in fresh.get_weights()]))
    assert_same_weights(now, snapshots[-1], atol=1e-6)


def test_a_finished_run_is_not_trained_again(tmp_path):
    options = {"steps": 4, "report_every": 2, "checkpoint": tmp_path / "run.npz"}
    model, again = tiny(), tiny(seed=9)
    first = fit(model, some_crops(), **options)
    second = fit(again, poisoned(interrupt, step=0), **options)
    assert second.status == "finished" and second.loss == first.loss
    assert_same_weights(again.get_weights(), model.get_weights())


def test_the_best_weights_survive_in_the_checkpoint(tmp_path):
    model, again = tiny(), tiny(seed=9)
    options = {"steps": 12, "report_every": 1, "learning_rate": 0.3, "checkpoint": tmp_path / "run.npz"}
    history = fit(model, some_crops(), **options)
    assert np.argmin(history.loss) < 11
    fit(again, some_crops(), **options)
    assert_same_weights(again.get_weights(), model.get_weights())


@pytest.mark.parametrize("config", [PyramidConfig((4, 4)), PyramidConfig((5,))])
def test_a_checkpoint_of_another_model_is_refused_and_the_model_left_alone(tmp_path, config):
    fit(tiny(), some_crops(), steps=1, checkpoint=tmp_path / "run.npz")
    other = build_pyramid(config, seed=3)
    before, content = other.get_weights(), (tmp_path / "run.npz").read_bytes()
    with pytest.raises(ValueError, match=r"run\.npz is not a checkpoint of this model"):
        fit(other, some_crops(), steps=2, checkpoint=tmp_path / "run.npz")
    assert_same_weights(other.get_weights(), before)
    assert (tmp_path / "run.npz").read_bytes() == content


def test_a_checkpoint_with_more_in_it_is_that_of_another_model(tmp_path):
    path = tmp_path / "run.npz"
    fit(tiny(), some_crops(), steps=1, checkpoint=path)
    with np.load(path) as file:
        arrays = {**file, "now_99": np.zeros(3)}
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match="is not a checkpoint of this model: it holds"):
        fit(tiny(), some_crops(), steps=2, checkpoint=path)


@pytest.mark.parametrize("content", [b"", b"text", None], ids=["empty", "text", "truncated"])
def test_a_damaged_checkpoint_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "run.npz"
    fit(tiny(), some_crops(), steps=1, checkpoint=path)
    path.write_bytes(path.read_bytes()[:-200] if content is None else content)
    kept, model = path.read_bytes(), tiny()
    with pytest.raises(ValueError, match=r"run\.npz is not a checkpoint of this model"):
        fit(model, some_crops(), steps=2, checkpoint=path)
    assert path.read_bytes() == kept
    assert_same_weights(model.get_weights(), tiny().get_weights())


def test_a_checkpoint_that_cannot_be_written_ends_the_run_and_keeps_the_weights(tmp_path, monkeypatch):
    model, before = tiny(), tiny().get_weights()

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space left"):
        fit(model, some_crops(), steps=4, report_every=2, checkpoint=tmp_path / "run.npz")
    assert not np.array_equal(model.get_weights()[0], before[0])  # two good steps are not lost
    assert os.listdir(tmp_path) == []


def test_a_killed_process_leaves_a_checkpoint_that_a_run_goes_on_from(tmp_path):
    code = """
        import sys
        import numpy as np
        from aelearn.autoencoders import PyramidConfig, build_pyramid
        from aelearn.training import Crops, fit
        crops = Crops([np.ones((24, 20, 3))], size=8, batch_size=2, seed=1)
        fit(build_pyramid(PyramidConfig((4,))), crops, steps=10**6, report_every=1, checkpoint=sys.argv[1],
            on_report=lambda history: print(history.steps[-1], flush=True))
    """
    path = tmp_path / "run.npz"
    command = [sys.executable, "-c", textwrap.dedent(code), str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        told = [int(process.stdout.readline()) for _ in range(20)]
    finally:
        process.kill()  # SIGKILL, at any point of a write
        process.communicate()
    with np.load(path) as file:
        reached = json.loads(str(file["header"]))["step"]
    assert reached >= told[-1] == 20
    history = fit(tiny(), some_crops(), steps=reached + 2, report_every=1, checkpoint=path)
    assert history.steps == list(range(1, reached + 3)) and history.status == "finished"


# ---- arguments


@pytest.mark.parametrize("name", ["steps", "report_every"])
@pytest.mark.parametrize("bad", [0, -1, 2.0, "5", None, True], ids=repr)
def test_counts_that_are_no_positive_ints_are_refused(name, bad):
    with pytest.raises(ValueError, match=f"{name} must be a positive int; received"):
        fit(tiny(), some_crops(), **{"steps": 1, name: bad})


@pytest.mark.parametrize("bad", [0, -1e-3, np.nan, np.inf, "1e-3", None], ids=repr)
def test_a_learning_rate_that_is_not_positive_is_refused(bad):
    with pytest.raises(ValueError, match="learning_rate must be a positive number; received"):
        fit(tiny(), some_crops(), steps=1, learning_rate=bad)


def test_a_crop_that_the_levels_cannot_halve_is_refused_by_name():
    with pytest.raises(ValueError, match=r"size of the crops must be a multiple of 2 and at least 4, .*received 9"):
        fit(build_pyramid(RECIPE_CONFIG), some_crops(size=9), steps=1)


def test_validation_that_is_no_batch_is_refused():
    with pytest.raises(ValueError, match=r"validation must be \(batch, .*received \(16, 16, 3\)"):
        fit(tiny(), some_crops(), steps=1, validation=picture(16, 16))


class Scale(keras.Model):
    """Any model whose loss needs only its input: one number a, loss (a x − x / 2)²."""

    def __init__(self):
        super().__init__()
        self.factor = self.add_weight(shape=(), initializer="ones")

    def call(self, x):
        return self.factor * x

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return keras.ops.mean(keras.ops.square(y_pred - x / 2))


def test_fit_trains_any_model_whose_loss_needs_only_its_input():
    model = Scale()
    model(picture()[None])
    history = fit(model, some_crops(), steps=60, report_every=20, learning_rate=0.05)
    assert history.loss[-1] < history.loss[0] / 50
    assert float(model.factor) == pytest.approx(0.5, abs=0.05)


# ---- in the background


def test_a_background_run_ends_like_a_run_in_the_foreground():
    model, expected = tiny(), tiny()
    run = BackgroundRun(model, some_crops(), steps=6, report_every=2)
    assert not run.running and run.history.status == "waiting"
    history = run.start().wait()
    assert history is run.history and history.status == "finished" and not run.running
    assert history.loss == fit(expected, some_crops(), steps=6, report_every=2).loss
    assert_same_weights(model.get_weights(), expected.get_weights())


def test_a_background_run_returns_at_once_and_stops_when_asked():
    reported = threading.Event()
    run = BackgroundRun(tiny(), some_crops(), steps=10**6, report_every=2, on_report=lambda h: reported.set())
    assert run.start() is run and run.running
    assert reported.wait(60)
    assert run.wait(timeout=0.01).status == "running" and run.running
    assert run.stop() is run
    history = run.wait(timeout=30)
    assert not run.running and history.status == "stopped" and history.steps[-1] < 10**6


def test_a_background_run_that_was_stopped_twice_or_before_the_start_is_stopped():
    run = BackgroundRun(tiny(), some_crops(), steps=10).stop().stop()
    assert run.start().wait().status == "stopped"


def test_an_error_in_the_background_is_raised_by_whoever_waits_every_time():
    run = BackgroundRun(tiny(), poisoned(lambda batch: batch * np.nan), steps=20, report_every=2).start()
    for _ in range(2):
        with pytest.raises(TrainingError, match="at step 6"):
            run.wait()
    assert run.history.status == "failed" and not run.running


def test_bad_arguments_of_a_background_run_are_raised_as_well():
    with pytest.raises(ValueError, match="steps must be a positive int"):
        BackgroundRun(tiny(), some_crops(), steps=0).start().wait()


def test_a_background_run_starts_once_and_is_waited_for_after_that():
    run = BackgroundRun(tiny(), some_crops(), steps=1)
    with pytest.raises(RuntimeError, match=r"not started; call start\(\) first"):
        run.wait()
    run.start()
    with pytest.raises(RuntimeError, match="started before; make a new BackgroundRun"):
        run.start()
    run.wait()


def test_an_interrupt_while_waiting_stops_the_run_and_keeps_the_best_weights():
    run = BackgroundRun(tiny(), some_crops(), steps=10**6, report_every=2).start()
    while not run.history.steps:
        time.sleep(0.01)
    timer = threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT])
    timer.start()
    history = run.wait()
    assert history.status == "interrupted" and not run.running
    steps, weights = list(history.steps), run.model.get_weights()
    time.sleep(0.3)  # nothing goes on behind the back of whoever waited
    assert history.steps == steps and steps[-1] < 10**6
    assert_same_weights(run.model.get_weights(), weights)


# ---- the recipe


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    """Four small pictures, one of them in a subfolder, one that is too small, one damaged, and a text."""
    folder = tmp_path_factory.mktemp("album")
    (folder / "more").mkdir()
    for number, name in enumerate(["a.png", "b.jpg", "c.WEBP", "more/d.png"]):
        images.save_image(picture(40, 48, seed=number), folder / name.lower())
    (folder / "c.webp").rename(folder / "c.WEBP")
    images.save_image(picture(40, 10), folder / "narrow.png")
    (folder / "broken.jpg").write_bytes((folder / "b.jpg").read_bytes()[:300])
    (folder / "notes.txt").write_text("not a picture")
    return folder


RECIPE_CONFIG = PyramidConfig((4, 8))
RECIPE = PixelRecipe(widths=(4, 8), steps=6, batch_size=2, crop_size=16, seed=3)


@pytest.fixture(scope="module")
def trained(album, tmp_path_factory):
    output = tmp_path_factory.mktemp("trained") / "mine.npz"
    model, card = train_pixel(album, output, recipe=RECIPE, note="four of my own")
    return output, model, card


def test_training_on_a_folder_skips_what_it_cannot_use_by_name(trained):
    _, _, card = trained
    assert card["pictures"]["trained_on"] == 3 and card["pictures"]["held_out"] == 1
    assert sorted(card["pictures"]["skipped"]) == ["broken.jpg", "narrow.png"]


def test_training_on_a_folder_writes_the_weights_and_the_card(trained):
    output, model, card = trained
    assert sorted(os.listdir(output.parent)) == ["mine.json", "mine.npz"]
    assert json.loads(output.with_suffix(".json").read_text()) == json.loads(json.dumps(card))
    for a, b in zip(load_weights(output).get_weights(), model.get_weights()):
        np.testing.assert_allclose(a, b, rtol=2**-10, atol=1e-7)


def test_the_card_says_how_the_weights_were_made(trained):
    _, model, card = trained
    assert card["recipe"] == asdict(RECIPE)
    assert card["status"] == "finished" and card["steps"] == 6 and "2 levels" in card["model"]
    assert card["start"] == "random weights" and "reconstruction" in card["trained_for"]
    options = "--steps 6 --seed 3 --widths 4,8 --batch-size 2 --crop-size 16"
    assert card["command"] == f"aelearn train pixel --images FOLDER {options}" and "MIT" in card["licence"]
    assert card["pictures"]["note"] == "four of my own"


def test_the_same_recipe_gives_the_same_model(trained, album, tmp_path):
    _, model, _ = trained
    again, _ = train_pixel(album, tmp_path / "again.npz", recipe=RECIPE)
    assert_same_weights(again.get_weights(), model.get_weights())


def test_held_out_figures_are_the_psnr_of_pictures_that_were_not_trained_on(trained, album):
    _, model, card = trained
    held_out = images.load_image(album / "a.png")  # the first by name
    for level, reconstruction in enumerate(model(held_out[None]), start=1):
        expected = metrics.psnr(held_out, np.asarray(reconstruction)[0].clip(0, 1))
        assert card["held_out_psnr_db"][str(level)] == pytest.approx(expected, abs=0.006)


def test_held_out_psnr_is_taken_on_whole_pictures_of_any_size_scaled_down_first():
    model, odd, large = build_pyramid(RECIPE_CONFIG), picture(15, 9), picture(60, 40)
    small = images.resize_image(large, max_side=30)
    assert held_out_psnr(model, [odd, large], max_side=30) == pytest.approx(
        {
            level: (held_out_psnr(model, [odd])[level] + held_out_psnr(model, [small])[level]) / 2
            for level in ("1", "2")
        },
        abs=0.011,
    )


def test_a_recipe_stopped_before_its_first_report_writes_nothing_and_can_be_run_again(trained, album, tmp_path):
    _, model, _ = trained
    stop = threading.Event()
    stop.set()
    checkpoint = tmp_path / "run.npz"
    with pytest.raises(KeyboardInterrupt, match="nothing to keep"):
        train_pixel(album, tmp_path / "m.npz", recipe=RECIPE, checkpoint=checkpoint, stop=stop)
    assert os.listdir(tmp_path) == []
    resumed, card = train_pixel(album, tmp_path / "m.npz", recipe=RECIPE, checkpoint=checkpoint)
    assert card["status"] == "finished"
    assert_same_weights(resumed.get_weights(), model.get_weights(), atol=1e-6)


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no pictures in .*nowhere: it needs files that end in"):
        train_pixel(tmp_path / "nowhere", tmp_path / "m.npz", recipe=RECIPE)
    (tmp_path / "notes.txt").write_text("not a picture")
    with pytest.raises(FileNotFoundError, match="no pictures in"):
        train_pixel(tmp_path, tmp_path / "m.npz", recipe=RECIPE)


def test_a_folder_with_too_few_pictures_is_refused(tmp_path):
    for number, small in enumerate([True, True, False]):
        images.save_image(picture(10, 10) if small else picture(40, 40), tmp_path / f"{number}.png")
    with pytest.raises(ValueError, match=r"1 picture.* of at least 16 pixels on both sides; training needs two"):
        train_pixel(tmp_path, tmp_path / "m.npz", recipe=RECIPE)


@pytest.mark.parametrize("output", ["m.h5", "missing/m.npz"])
def test_an_output_that_cannot_be_written_is_refused_before_the_training(album, tmp_path, output):
    reports = []
    with pytest.raises((ValueError, OSError), match=r"output|path|missing"):
        train_pixel(album, tmp_path / output, recipe=RECIPE, on_report=reports.append)
    assert reports == []


def test_validation_pictures_that_are_not_numbers_are_named_instead_of_keeping_untrained_weights():
    with pytest.raises(TrainingError, match="the validation loss is nan at step 2"):
        fit(tiny(), some_crops(), steps=2, validation=np.full((1, 16, 16, 3), np.nan, np.float32))


def test_a_checkpoint_in_a_missing_folder_is_refused_before_the_training(tmp_path):
    with pytest.raises(FileNotFoundError, match="checkpoint cannot be written: there is no folder"):
        fit(tiny(), some_crops(), steps=2, checkpoint=tmp_path / "nowhere" / "run.npz")
