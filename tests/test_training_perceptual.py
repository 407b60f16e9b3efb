"""The recipe of the perceptual model in small: whole runs, runs that are stopped and go on, and what is refused."""

import dataclasses
import json
import os
import threading

import numpy as np
import pytest

from aelearn import images, losses
from aelearn.autoencoders import (
    PainterConfig,
    PyramidConfig,
    build_painter,
    build_pyramid,
    learn_calm,
    load_weights,
    save_weights,
)
from aelearn.training import PerceptualRecipe, TrainingError, held_out_psnr, perceptual, train_perceptual

import tensorflow as tf  # isort: skip

pytestmark = pytest.mark.filterwarnings("ignore:Even though the `tf.config.experimental_run_functions_eagerly`")
RECIPE = PerceptualRecipe(widths=(4, 6, 8), hidden=None, distillation_steps=4, steps=6, batch_size=2, crop_size=64,
                          seed=3)


def soft(height, width, *, seed):
    coarse = np.random.default_rng(seed).uniform(size=(6, 6, 3)).astype(np.float32)
    return images.resize_image(coarse, size=(height, width))


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Folders of three photos, three paintings and three pictures of one colour, and a teacher with random weights."""
    root = tmp_path_factory.mktemp("perceptual")
    for number, name in enumerate(("photos", "paintings", "flat")):
        (root / name).mkdir()
        for seed in range(3):
            picture = soft(66, 80, seed=10 * number + seed)
            picture = picture * 0 + picture[0, 0] if name == "flat" else picture
            images.save_image(picture, root / name / f"{seed}.png")
    random, below = np.random.default_rng(0), 3
    arrays = {"conv0/kernel": np.eye(3).reshape(1, 1, 3, 3), "conv0/bias": np.zeros(3)}
    for block in (1, 2, 3, 4):
        arrays |= {f"conv{block}1/kernel": random.normal(size=(3, 3, below, 4)) / 3, f"conv{block}1/bias": np.ones(4)}
        below = 4
    np.savez(root / "teacher.npz", **arrays)
    return root


@pytest.fixture(scope="module", autouse=True)
def step_by_step():
    """Without graphs, whose making takes far longer than a run of six steps.

    TensorFlow has no gradient for the losses of windows without one; what they are is tested elsewhere.
    """
    tf.config.run_functions_eagerly(True)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("lattice_loss", "blocking_loss"):
            patch.setattr(losses, name, lambda images, period: losses.total_variation(images) / period)
        yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(autouse=True)
def reports_every_second_step(monkeypatch):
    monkeypatch.setattr(perceptual, "REPORT_EVERY", 2)
    monkeypatch.setattr(perceptual, "NUM_MEASURED", 4)
    monkeypatch.setattr(perceptual, "NUM_NORMALISED", 4)


def train(places, output, *, paintings="paintings", recipe=RECIPE, **options):
    return train_perceptual(places / "photos", places / paintings, places / "teacher.npz", output, recipe=recipe,
                            **options)


class After:
    """An `on_report` that sets `stop` after a number of reports, and counts."""

    def __init__(self, reports):
        self.left, self.stop, self.seen = reports, threading.Event(), []

    def __call__(self, history):
        self.seen.append((history.total, history.steps[-1]))
        self.left -= 1
        if not self.left:
            self.stop.set()


def assert_same(first, second):
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture(scope="module")
def whole(places):
    """A run from beginning to end, which the others are compared with."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("REPORT_EVERY", 2), ("NUM_MEASURED", 4), ("NUM_NORMALISED", 4)):
            patch.setattr(perceptual, name, value)
        report = After(0)
        model, card = train(places, places / "whole.npz", on_report=report, note="soft colours")
    return model, card, report.seen


# ---- a run


def test_both_lessons_run_and_report(whole):
    model, _, seen = whole
    assert seen == [(4, 2), (4, 4), (6, 2), (6, 4), (6, 6)]
    assert model.config.widths == (4, 6, 8)
    first = build_painter(PainterConfig((4, 6, 8)), seed=3)
    learned = [variable for variable in model.trainable_variables if "kernel" in variable.path]
    assert not any(np.array_equal(a.numpy(), b.numpy()) for a, b in zip(
        learned, (variable for variable in first.trainable_variables if "kernel" in variable.path), strict=True))


def test_several_readers_change_nothing_but_the_time(places, whole, tmp_path):
    before = threading.active_count()
    assert_same(train(places, tmp_path / "mine.npz", readers=3)[0], whole[0])
    assert threading.active_count() <= before + 1
    with pytest.raises(ValueError, match="^readers must be an int of 1 or more; received 0"):
        train(places, tmp_path / "mine.npz", readers=0)


def test_halfway_is_the_mean_of_the_weights_before_and_after(places, whole, tmp_path):
    start = places / "whole.npz"
    ends = [train(places, tmp_path / f"{halfway}.npz", start=start, halfway=halfway) for halfway in (False, True)]
    assert [card["halfway"] for _, card in ends] == [False, True]
    models = [load_weights(start), *(model for model, _ in ends)]
    before, after, found = (  # all but what is measured after training
        [weight for block in (*model.encoder_levels, *model.decoder_levels) for weight in block.get_weights()]
        for model in models
    )
    assert max(np.abs(old - new).max() for old, new in zip(before, after)) > 1e-4
    for old, new, mean in zip(before, after, found, strict=True):
        np.testing.assert_allclose(mean, (old + new) / 2, atol=1e-7)
    with pytest.raises(ValueError, match="^halfway needs start"):
        train(places, tmp_path / "mine.npz", halfway=True, sheets=tmp_path / "sheets")
    assert not (tmp_path / "sheets").exists()


def test_the_file_holds_the_painter_and_nothing_of_teacher_and_probes(places, whole):
    again = load_weights(places / "whole.npz")
    for a, b in zip(again.get_weights(), whole[0].get_weights(), strict=True):
        np.testing.assert_array_equal(a, b.astype(np.float16))
    with np.load(places / "whole.npz") as file:
        names = {name.split("/")[0] for name in file.files}
    assert names == {"header", *(f"{part}_{level}" for part in ("encode", "decode", "calm") for level in (1, 2, 3))}


def test_the_card_says_all_that_is_needed_to_do_it_again(places, whole):
    model, card, _ = whole
    assert json.loads((places / "whole.json").read_text(encoding="utf-8")) == json.loads(json.dumps(card))
    assert (card["status"], card["distillation_steps"], card["steps"]) == ("finished", 4, 6)
    recipe = json.loads(json.dumps(dataclasses.asdict(RECIPE)))
    assert json.loads(json.dumps(card["recipe"])) == recipe
    for option in ("--steps 6", "--distillation-steps 4", "--crop-size 64", "--seed 3"):
        assert option in card["command"]
    assert card["note"] == "soft colours" and card["start"] is None
    assert card["teacher"].startswith("teacher, blocks conv11, conv21, conv31, conv41")
    assert card["pictures"] == {"photos": 2, "paintings": 2, "skipped": [], "held_out": ["0.png", "0.png"]}
    assert list(card["distillation_loss"]) == ["2", "4"] and list(card["validation_loss"]) == ["2", "4", "6"]
    held = images.load_image(places / "photos" / "0.png")
    assert card["held_out_psnr_db"] == held_out_psnr(model, [held])
    assert card["parameters"] == model.count_params()


# ---- runs that are stopped


def test_a_run_stopped_in_either_lesson_goes_on_to_the_same_weights(places, tmp_path, whole):
    keep, cards = {"checkpoint": tmp_path / "now.npz"}, []
    for reports in (1, 2, 99):  # stopped after step 2 of the first lesson, then after step 2 of the second
        report = After(reports)
        model, card = train(places, tmp_path / "mine.npz", on_report=report, stop=report.stop, **keep)
        cards.append((card["status"], card["distillation_steps"], card["steps"], report.seen))
    assert cards == [
        ("stopped", 2, 0, [(4, 2)]), ("stopped", 4, 2, [(4, 4), (6, 2)]), ("finished", 4, 6, [(6, 4), (6, 6)]),
    ]
    assert_same(model, whole[0])
    for name in ("distillation_loss", "validation_loss", "held_out_psnr_db"):
        assert card[name] == whole[1][name]
    assert sorted(os.listdir(tmp_path)) == ["mine.json", "mine.npz", "now-distillation.npz", "now.npz"]


def test_a_run_does_not_go_on_with_another_grain_or_other_weights_in_the_loss(places, tmp_path, whole):
    report = After(1)
    keep = {"start": places / "whole.npz", "checkpoint": tmp_path / "now.npz"}
    train(places, tmp_path / "mine.npz", on_report=report, stop=report.stop, **keep)
    weights = dataclasses.replace(RECIPE.weights, style=7.0)
    for change in ({"grain": 0.1}, {"calm": 3.0}, {"weights": weights}):
        recipe = dataclasses.replace(RECIPE, **change)
        with pytest.raises(ValueError, match="now.npz is not a checkpoint of this model: it is of another model"):
            train(places, tmp_path / "other.npz", recipe=recipe, **keep)
    assert train(places, tmp_path / "mine.npz", **keep)[1]["status"] == "finished"


def first_lesson_done(painter, lesson, *, history, **_):
    """What `_distil` leaves behind, without training."""
    history.steps.append(4)
    history.validation.append(1.0)
    history.status = "finished"
    return []


def test_a_run_stopped_between_the_lessons_says_so_and_keeps_the_first(places, tmp_path, monkeypatch):
    stop = threading.Event()
    stop.set()
    monkeypatch.setattr(perceptual, "_distil", first_lesson_done)
    _, card = train(places, tmp_path / "mine.npz", stop=stop)
    assert (card["status"], card["distillation_steps"], card["steps"]) == ("stopped", 4, 0)
    assert sorted(os.listdir(tmp_path)) == ["mine.json", "mine.npz"]


@pytest.mark.parametrize("start", [False, True])
def test_a_run_stopped_before_its_first_report_writes_nothing(places, tmp_path, whole, start):
    stop = threading.Event()
    stop.set()
    options = {"start": places / "whole.npz"} if start else {}
    with pytest.raises(KeyboardInterrupt, match="stopped before the first report: there is nothing to keep"):
        train(places, tmp_path / "mine.npz", stop=stop, **options)
    assert not os.listdir(tmp_path)


def test_a_disk_that_is_full_at_the_end_leaves_no_half_file(places, tmp_path, monkeypatch):
    stop = threading.Event()
    stop.set()

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(perceptual, "_distil", first_lesson_done)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        train(places, tmp_path / "mine.npz", stop=stop)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("reports", [0, 1])
def test_a_loss_that_is_no_number_keeps_the_weights_of_the_last_report(places, tmp_path, monkeypatch, reports):
    def fails(painter, *_, **__):
        raise TrainingError("the loss is nan at step 7")

    if reports:
        monkeypatch.setattr(perceptual, "_distil", first_lesson_done)
    monkeypatch.setattr(perceptual, "_paint" if reports else "_distil", fails)
    with pytest.raises(TrainingError, match="the loss is nan at step 7"):
        train(places, tmp_path / "mine.npz")
    assert os.listdir(tmp_path) == ["mine.npz"] * reports
    if reports:
        assert load_weights(tmp_path / "mine.npz").config.widths == (4, 6, 8)


# ---- from weights, of flat paintings, with sheets


@pytest.fixture(scope="module")
def flat(places, whole, tmp_path_factory):
    """A run from the weights of another, towards paintings of one colour, with sheets."""
    folder = tmp_path_factory.mktemp("flat")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("REPORT_EVERY", 1), ("NUM_MEASURED", 4), ("NUM_NORMALISED", 4)):
            patch.setattr(perceptual, name, value)
        patch.setattr(perceptual, "_sheet", lambda *args: SHEET(*args, side=32))
        recipe = dataclasses.replace(RECIPE, steps=11)
        model, card = train(places, folder / "flat.npz", paintings="flat", start=places / "whole.npz", recipe=recipe,
                            sheets=folder / "sheets" / "new")
    return model, card, folder


SHEET = perceptual._sheet


def test_training_goes_on_from_weights_without_the_first_lesson(flat):
    _, card, _ = flat
    assert (card["status"], card["distillation_steps"], card["steps"]) == ("finished", 0, 11)
    assert card["start"] == "whole.npz" and not card["distillation_loss"]


def test_paintings_of_one_colour_never_give_nan(flat):
    model, card, _ = flat
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert all(np.isfinite(value) for value in card["validation_loss"].values())


def test_a_sheet_every_ten_reports_shows_held_out_photos_down_and_paintings_across(flat, places):
    _, _, folder = flat
    assert os.listdir(folder / "sheets" / "new") == ["step_000010.jpg"]
    sheet = images.load_image(folder / "sheets" / "new" / "step_000010.jpg")
    assert sheet.shape == (64, 64, 3)
    assert sheet[:28, :28].min() > 0.95  # nothing in the corner
    for place, folder_name in (((slice(32, 64), slice(0, 32)), "photos"), ((slice(0, 32), slice(32, 64)), "flat")):
        original = images.load_image(places / folder_name / "0.png")
        assert np.abs(sheet[place].mean(axis=(0, 1)) - original[:, 7:73].mean(axis=(0, 1))).max() < 0.03
    assert np.isfinite(sheet).all()


# ---- refusals


def too_late(*_, **__):
    raise AssertionError("training had begun")


REFUSED = {
    "two levels": ({"widths": (4, 6)}, "widths must have three levels or more"),
    "one pair": ({"batch_size": 1}, "batch_size must be a multiple of 2, two pairs for every device; received 1"),
    "three pairs": ({"batch_size": 3}, "batch_size must be a multiple of 2, two pairs for every device; received 3"),
    "small crops": ({"crop_size": 48}, "crop_size must be a multiple of 16 and at least 64; received 48"),
    "odd crops": ({"crop_size": 72}, "crop_size must be a multiple of 16 and at least 64; received 72"),
    "large crops": ({"crop_size": 80}, "none of the 2 pictures in .* 66 x 80, smaller than 80 pixels"),
    "no steps": ({"steps": 0}, "steps must be an int of 1 or more; received 0"),
    "no first lesson": ({"distillation_steps": 0}, "distillation_steps must be an int of 1 or more; received 0"),
    "a seed that is none": ({"seed": -1}, "seed must be an int of 0 or more; received -1"),
    "no width": ({"widths": (4, 0, 8)}, "widths must be one positive int per level"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_recipes_that_cannot_be_followed_are_refused_before_the_first_lesson(places, tmp_path, monkeypatch, case):
    change, told = REFUSED[case]
    monkeypatch.setattr(perceptual, "fit", too_late)
    with pytest.raises(ValueError, match=told) as error:
        train(places, tmp_path / "mine.npz", recipe=dataclasses.replace(RECIPE, **change))
    assert "\n" not in str(error.value) and not os.listdir(tmp_path)


def test_every_device_needs_two_pairs(places, tmp_path):
    with pytest.raises(ValueError, match="batch_size must be a multiple of 8, two pairs for every device; received 4"):
        train(places, tmp_path / "mine.npz", recipe=dataclasses.replace(RECIPE, batch_size=4), devices=4)


def test_too_few_pictures_are_refused(places, tmp_path, monkeypatch):
    monkeypatch.setattr(perceptual, "fit", too_late)
    (tmp_path / "one").mkdir()
    images.save_image(soft(66, 80, seed=0), tmp_path / "one" / "only.png")
    few = r"one has 1 picture\(s\), too few to train on some and measure on others"
    teacher, output = places / "teacher.npz", tmp_path / "mine.npz"
    for photos, paintings in ((places / "photos", tmp_path / "one"), (tmp_path / "one", places / "paintings")):
        with pytest.raises(ValueError, match=few):
            train_perceptual(photos, paintings, teacher, output, recipe=RECIPE)
    with pytest.raises(FileNotFoundError, match="there is no folder .*nowhere"):
        train_perceptual(places / "photos", tmp_path / "nowhere", teacher, output, recipe=RECIPE)
    with pytest.raises(FileNotFoundError, match="teacher must be an .npz file"):
        train_perceptual(places / "photos", places / "paintings", tmp_path / "no.npz", output, recipe=RECIPE)
    with pytest.raises(FileNotFoundError, match="output cannot be written: there is no folder"):
        train(places, tmp_path / "nowhere" / "mine.npz")
    assert os.listdir(tmp_path) == ["one"]


def test_a_teacher_with_too_few_blocks_is_refused(places, tmp_path, monkeypatch):
    monkeypatch.setattr(perceptual, "fit", too_late)
    with np.load(places / "teacher.npz") as file:
        np.savez(tmp_path / "short.npz", **{name: file[name] for name in file.files if "conv41" not in name})
    with pytest.raises(ValueError, match="teacher must have 4 blocks or more for 3 levels; received one of 3"):
        train_perceptual(places / "photos", places / "paintings", tmp_path / "short.npz", tmp_path / "mine.npz",
                         recipe=RECIPE)


def test_weights_to_start_from_must_be_those_of_such_a_painter(places, tmp_path, monkeypatch):
    monkeypatch.setattr(perceptual, "fit", too_late)
    save_weights(build_pyramid(PyramidConfig((4, 6, 8))), tmp_path / "pyramid.npz")
    save_weights(build_painter(PainterConfig((4, 6, 9))), tmp_path / "other.npz")
    save_weights(build_painter(PainterConfig((4, 6, 7), hidden=(4, 6, 8))), tmp_path / "narrower.npz")
    (tmp_path / "broken.npz").write_bytes((tmp_path / "other.npz").read_bytes()[:500])
    wanted = r"start must hold a painter of widths \(4, 6, 8\) and hidden \(4, 6, 8\), or with a wider deepest code; "
    told = {"pyramid": wanted + ".* holds a PyramidAutoencoder", "other": wanted + r".*of widths \(4, 6, 9\)",
            "narrower": wanted + r".*of widths \(4, 6, 7\)",
            "broken": "broken.npz is not a complete aelearn weights file"}
    for name, message in told.items():
        with pytest.raises(ValueError, match=message):
            train(places, tmp_path / "mine.npz", start=tmp_path / f"{name}.npz")


def test_a_wider_code_to_start_from_is_narrowed(places, tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(perceptual, "fit", lambda trainer, *_, **__: started.append(trainer.painter) or too_late())
    wide = build_painter(PainterConfig((4, 6, 10), hidden=(4, 6, 8), grain=0.1, calm=(1, 1, 1)), seed=1)
    save_weights(wide, tmp_path / "wide.npz")
    with pytest.raises(AssertionError):
        train(places, tmp_path / "mine.npz", start=tmp_path / "wide.npz")
    config = started[0].config
    assert (config.widths, config.hidden, config.grain) == ((4, 6, 8), (4, 6, 8), RECIPE.grain)
    photo = soft(64, 64, seed=9)[None]
    np.testing.assert_allclose(started[0](photo)[0], wide(photo)[0], atol=2e-3)  # level 1 does not look at the deepest
    apart = [np.abs(np.asarray(model(photo)[-1]) - np.asarray(wide(photo)[-1])).mean()
             for model in (started[0], build_painter(config, seed=1))]
    assert apart[0] < apart[1] / 3


@pytest.mark.parametrize("times", [0.0, 2.5])
def test_what_is_faint_is_so_many_times_what_the_grain_leaves(places, whole, tmp_path, monkeypatch, times):
    recipe = dataclasses.replace(RECIPE, calm=times, grain=0.1)
    learned = []
    monkeypatch.setattr(perceptual, "learn_calm", lambda *args: learned.append(args[1]) or learn_calm(*args))
    model, card = train(places, tmp_path / "mine.npz", recipe=recipe, start=places / "whole.npz")
    assert learned == [times, times]  # before and after
    after, again = load_weights(tmp_path / "mine.npz"), load_weights(tmp_path / "mine.npz")
    learn_calm(again, times)
    np.testing.assert_allclose(model.config.calm, again.config.calm, rtol=0.02, atol=1e-4)  # float16
    for found, expected in zip(after.calm_levels, again.calm_levels):
        np.testing.assert_allclose(found.faint.kernel, expected.faint.kernel, rtol=0.05, atol=0.02)
    assert card["recipe"]["calm"] == times and card["calm"] == list(model.config.calm) == list(after.config.calm)


@pytest.mark.parametrize(("change", "told"), [
    ({"calm": -1}, "calm must be a number from 0 to 100; received -1"),
    ({"calm": np.nan}, "calm must be a number from 0 to 100; received nan"),
    ({"calm": "x"}, "calm must be a number from 0 to 100; received 'x'"),
    ({"grain": np.nan}, "grain must be a number from 0 to 1; received nan"),
], ids=str)  # fmt: skip
def test_calm_and_grain_are_looked_at_before_the_first_lesson(places, tmp_path, monkeypatch, change, told):
    monkeypatch.setattr(perceptual, "fit", too_late)
    with pytest.raises(ValueError, match=told):
        train(places, tmp_path / "mine.npz", recipe=dataclasses.replace(RECIPE, **change))


def test_whole_batches_are_measured_on_whatever_their_size(places, monkeypatch):
    monkeypatch.setattr(perceptual, "NUM_MEASURED", 16)
    for batch_size, measured in ((2, 16), (6, 18), (32, 32)):
        lesson = perceptual._Lesson(places / "photos", places / "paintings", places / "teacher.npz",
                                    dataclasses.replace(RECIPE, batch_size=batch_size))
        assert lesson.validation.shape == (measured, 64, 64, 6)


def test_pictures_to_measure_on_are_no_pictures_to_learn_from(places):
    lesson = perceptual._Lesson(places / "photos", places / "paintings", places / "teacher.npz", RECIPE)
    for learned, held in ((lesson.photos, lesson.held_photos), (lesson.paintings, lesson.held_paintings)):
        assert [file.name for file in held.files] == ["0.png"]
        assert [file.name for file in learned.files] == ["1.png", "2.png"]
    # the streams of the two lessons, of measuring and of normalising are different ones
    streams = [lesson.pairs(2, stream)[0] for stream in (0, 1, 2, 5)]
    assert not any(np.array_equal(a, b) for i, a in enumerate(streams) for b in streams[:i])
