"""`aelearn train perceptual`: a real run in small, Ctrl-C between its lessons, and one plain line for what is wrong."""

import functools
import json
import re
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aelearn import runtime, training
from aelearn.autoencoders import PainterConfig, PyramidConfig, build_painter, build_pyramid, load_weights, save_weights
from aelearn.cli import main
from aelearn.cli.progress import Progress
from aelearn.training import perceptual


def smooth(height, width, seed):
    """Soft colours: uint8 (height, width, 3)."""
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    phase = np.random.default_rng(seed).uniform(0, 3, 3)
    return np.stack([128 + 80 * np.sin(3 * x + 2 * y + p) for p in phase], axis=-1).astype(np.uint8)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to work in: photos, paintings, a teacher with random weights, and an earlier result."""
    monkeypatch.chdir(tmp_path)
    for place, first in (("photos", 0), ("paintings", 10)):
        Path(place).mkdir()
        for seed in range(3):
            Image.fromarray(smooth(66, 72, first + seed)).save(f"{place}/{seed}.png")
    random, below = np.random.default_rng(0), 3
    arrays = {"conv0/kernel": np.eye(3).reshape(1, 1, 3, 3), "conv0/bias": np.zeros(3)}
    for block in (1, 2, 3, 4):
        arrays |= {f"conv{block}1/kernel": random.normal(size=(3, 3, below, 4)) / 3, f"conv{block}1/bias": np.ones(4)}
        below = 4
    np.savez("teacher.npz", **arrays)
    Path("old.npz").write_bytes(b"precious")
    np.savez("header.npz", header='{"step": 1}')
    small = functools.partial(training.PerceptualRecipe, widths=(4, 6, 8), hidden=None)
    monkeypatch.setattr(training, "PerceptualRecipe", small)
    monkeypatch.setattr(perceptual, "NUM_MEASURED", 2)
    monkeypatch.setattr(perceptual, "NUM_NORMALISED", 2)
    return tmp_path


@pytest.fixture
def run(capsys):
    """Runs the command in this process: (status, stdout, stderr)."""

    def run_command(*words):
        status = main(list(map(str, words)))
        return (status, *capsys.readouterr())

    return run_command


def snapshot(folder):
    return {str(path): path.is_file() and path.read_bytes() for path in sorted(folder.rglob("*"))}


GIVEN = {"--images": "photos", "--styles": "paintings", "--teacher": "teacher.npz", "-o": "mine.npz",
         "--crop-size": 64, "--steps": 2, "--distillation-steps": 2}


def train(*options, without=None):
    """The words of a command; an option that is given again wins."""
    given = [word for name, value in GIVEN.items() if name != without for word in (name, value)]
    return ["train", "perceptual", *given, *options]


def too_late(*_, **__):
    raise AssertionError("training had begun")


# ---- what it writes


def test_training_writes_weights_that_paint_a_card_and_says_what_was_left_out(folder, run):
    Path("photos/letter.jpg").write_text("Dear reader")
    options = ["--seed", 5, "--note", "soft colours", "--checkpoint", "now.npz", "--sheets", "sheets/new"]
    status, out, err = run(*train(*options))
    assert (status, out) == (0, "mine.npz\n")
    assert re.search(r"reconstructs pictures it has never seen at \d+\.\d, \d+\.\d, \d+\.\d dB \(level 1 first\)", err)
    assert "left out 1 file(s), too small or not readable: letter.jpg" in err
    card = json.loads(Path("mine.json").read_text())
    assert (card["status"], card["steps"], card["distillation_steps"]) == ("finished", 2, 2)
    assert (card["recipe"]["seed"], card["note"]) == (5, "soft colours")
    config = load_weights("mine.npz").config
    assert config == PainterConfig((4, 6, 8), grain=0.025, calm=config.calm) and min(config.calm) > 0
    assert Path("now.npz").is_file() and Path("now-distillation.npz").is_file() and Path("sheets/new").is_dir()
    assert run("stylize", "photos/0.png", "paintings/0.png", "-o", "new.png", "--model", "mine.npz")[0] == 0
    assert Image.open("new.png").size == (72, 66)


def test_the_grain_is_chosen_by_an_option(folder, run):
    assert run(*train("--grain", 0))[0] == 0
    assert load_weights("mine.npz").config.grain == 0
    assert json.loads(Path("mine.json").read_text())["recipe"]["grain"] == 0
    assert run(*train("--start", "mine.npz", "--grain", 0.1, "-o", "rough.npz"))[0] == 0
    assert load_weights("rough.npz").config.grain == 0.1


def test_how_calm_flat_places_are_is_chosen_by_an_option(folder, run):
    assert run(*train("--calm", 0))[0] == 0
    assert load_weights("mine.npz").config.calm == (0, 0, 0)
    assert run(*train("--calm", 4, "-o", "calm.npz"))[0] == 0
    assert min(load_weights("calm.npz").config.calm) > 0
    assert json.loads(Path("calm.json").read_text())["recipe"]["calm"] == 4


def test_bfloat16_reaches_the_machine_before_training_and_is_off_unless_asked_for(folder, run, monkeypatch):
    asked = []
    monkeypatch.setattr(runtime, "use_bfloat16_convolutions", lambda: asked.append(True))
    monkeypatch.setattr(training, "train_perceptual", lambda *_, **__: asked.append("trained") or too_late())
    run(*train("--bfloat16"))
    assert asked == [True, "trained"]
    run(*train())
    assert asked == [True, "trained", "trained"]


def test_bfloat16_on_another_backend_is_one_plain_line(folder, run, monkeypatch):
    monkeypatch.setattr(runtime.keras.backend, "backend", lambda: "jax")
    status, out, err = run(*train("--bfloat16"))
    assert (status, out) == (2, "") and "--bfloat16: bfloat16 convolutions need the TensorFlow backend" in err


def test_ctrl_c_between_the_lessons_keeps_the_first_and_begins_no_second(folder, run, monkeypatch):
    def first_lesson(painter, lesson, *, history, on_report, **_):
        history.steps.append(2)
        history.loss.append(1.0)
        history.validation.append(1.0)
        history.status, history.total, history.seconds = "finished", 2, 1.0
        on_report(history)
        signal.raise_signal(signal.SIGINT)
        return []

    monkeypatch.setattr(perceptual, "_distil", first_lesson)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background may ignore it
    try:
        status, out, err = run(*train("--checkpoint", "now.npz"))
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert (status, out) == (130, "mine.npz\n")
    assert "measuring and writing the model; Ctrl-C again abandons it" in err
    assert "stopped at step 2 of 2 of the first lesson; the best weights so far are in mine.npz" in err
    assert json.loads(Path("mine.json").read_text())["status"] == "stopped"


def test_the_time_left_is_that_of_the_lesson_that_is_running(folder, run, monkeypatch):
    def lesson(seconds, step, total, history, on_report):
        history.steps.append(step)
        history.loss.append(1.0)
        history.validation.append(1.0)
        history.status, history.total, history.seconds = "finished", total, seconds
        on_report(history)
        return []

    monkeypatch.setattr(perceptual, "_distil", lambda *_, history, on_report, **__: lesson(
        500.0, 1, 2, history, on_report))
    monkeypatch.setattr(perceptual, "_paint", lambda *_, history, on_report, **__: lesson(
        2.0, 1, 11, history, on_report))
    said = []
    monkeypatch.setattr(Progress, "show", lambda self, share, text, log=False: said.append(text))
    assert run(*train())[0] == 0
    times = [re.search(r"step 1/\d+, (.*) left", text) for text in said]
    assert [found[1] for found in times if found] == ["8 min", "20 s"]


# ---- what is wrong


BAD = {
    "no images": (["--images", "nowhere"], "--images must be a folder with pictures; there is no folder 'nowhere'"),
    "no styles": (["--styles", "nowhere"], "--styles must be a folder with pictures; there is no folder 'nowhere'"),
    "no teacher": (["--teacher", "no.npz"], "--teacher must be an .npz file, or vgg19; there is no file 'no.npz'"),
    "a teacher that is none": (["--teacher", "old.npz"], "old.npz is not a teacher: "),
    "an empty folder": (["--styles", "empty"], "--styles: no pictures in empty"),
    "one painting": (["--styles", "one"],
                     "--styles: one has 1 picture(s), too few to train on some and measure on others"),
    "one photo": (["--images", "one"], "--images: one has 1 picture(s), too few to train on some"),
    "small photos": (["--crop-size", 80], "66 x 72, smaller than 80 pixels"),
    "odd crops": (["--crop-size", 70], "--crop-size must be a multiple of 16 and at least 64; received 70"),
    "odd batches": (["--batch-size", 3], "--batch-size must be a multiple of 2, two pairs for every device"),
    "one pair": (["--batch-size", 1], "--batch-size must be a whole number of at least 2; received '1'"),
    "calm below nothing": (["--calm", -1], "--calm must be a number from 0 to 100; received '-1'"),
    "a grain beyond white": (["--grain", 1.5], "--grain must be a number from 0 to 1; received '1.5'"),
    "no steps": (["--steps", 0], "--steps must be a whole number of at least 1; received '0'"),
    "words": (["--distillation-steps", "many"], "--distillation-steps must be a whole number"),
    "another ending": (["-o", "mine.png"], "mine.png: the name must end in .npz"),
    "no folder": (["-o", "nowhere/mine.npz"], "there is no folder nowhere"),
    "one file for two": (["--checkpoint", "mine.npz"], "--checkpoint and --output must be two files"),
    "a checkpoint that is none": (["--checkpoint", "old.npz"], "old.npz is no checkpoint of `aelearn train`"),
    "a checkpoint without what it says": (["--checkpoint", "header.npz"], "header.npz is no checkpoint of `aelearn"),
    "no start": (["--start", "no.npz"], "no weights at no.npz"),
    "a pyramid to start from": (["--start", "pyramid.npz"], "--start must hold a painter of widths (4, 6, 8)"),
    "a broken start": (["--start", "broken.npz"], "broken.npz is not a complete aelearn weights file"),
    "the teacher as output": (["-o", "teacher.npz"], "teacher.npz is the file of --teacher, which is only read"),
    "the start as output": (["-o", "old.npz", "--start", "old.npz"], "old.npz is the file of --start"),
    "the teacher as checkpoint": (["--checkpoint", "./teacher.npz"], "teacher.npz is"),
    "halfway from nowhere": (["--halfway"], "--halfway needs --start, the weights to stay halfway from"),
    "a file for sheets": (["--sheets", "photos/0.png"], "--sheets must be a folder that can be written to"),
    "no name": (["--images", ""], "--images must be a folder with pictures; there is no folder ''"),
    "unknown strategy": (["--strategy", "magic"], "--strategy"),
}


@pytest.mark.parametrize("case", BAD)
def test_training_that_cannot_end_well_does_not_begin(folder, run, monkeypatch, case):
    options, told = BAD[case]
    monkeypatch.setattr(perceptual, "fit", too_late)
    Path("empty").mkdir()
    Path("one").mkdir()
    Image.fromarray(smooth(66, 72, 0)).save("one/only.png")
    if "--start" in options:
        save_weights(build_pyramid(PyramidConfig((4, 6, 8))), "pyramid.npz")
        save_weights(build_painter(PainterConfig((4, 6, 8))), "whole.npz")
        Path("broken.npz").write_bytes(Path("whole.npz").read_bytes()[:900])
    before = snapshot(folder)
    status, out, err = run(*train(*options))
    assert (status, out) == (2, "") and told in err
    assert re.fullmatch(r"aelearn: error: [^\n]+\n", err), err
    assert snapshot(folder) == before


@pytest.mark.parametrize("option", ["--images", "--styles", "--teacher"])
def test_what_cannot_be_done_without_is_asked_for(folder, run, option):
    status, out, err = run(*train(without=option))
    assert (status, out) == (2, "") and f"required: {option}" in err and err.count("\n") == 1
