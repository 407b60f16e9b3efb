"""`aelearn evaluate`: a table, a figure or a file, or one plain line that says what is wrong."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aelearn import evaluate
from aelearn.autoencoders import PyramidConfig, build_pyramid, save_weights
from aelearn.cli import main
from aelearn.cli.evaluate import PHOTOS, STYLES, SUFFIXES
from aelearn.data import painting_names, photo_names
from aelearn.images import READABLE


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "tiny.npz"
    save_weights(build_pyramid(PyramidConfig((4, 8)), seed=3), path)
    return str(path)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two photos, three paintings of which one is of one colour, and an earlier result that nothing may harm."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    for name in ("photos/a.png", "photos/inner/b.jpg", "paintings/x.png", "paintings/y.webp"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 255, (40, 50, 3), np.uint8)).save(name)
    Image.new("RGB", (40, 40), "navy").save("paintings/plain.png")
    Path("photos/notes.txt").write_text("not a picture", encoding="utf-8")
    Path("card.json").write_text("precious", encoding="utf-8")
    return tmp_path


def run(capsys, *arguments):
    status = main(["evaluate", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def judge(capsys, tiny, *arguments):
    return run(capsys, "--model", tiny, "--photos", "photos", "--styles", "paintings", "--size", 32, *arguments)


def test_table_and_card_say_the_same_and_a_plain_painting_is_judged(folder, tiny, capsys):
    status, out, err = judge(capsys, tiny, "-o", "card.json", "--alpha", "0.5", "--method", "adain")
    assert (status, err) == (0, "")
    report = evaluate.load_report("card.json")
    assert out == f"{report}\n" and "nan" not in out
    assert (report.model, report.size, report.alpha, report.method) == ("tiny", 32, 0.5, "adain")
    assert [(row.photo, row.style) for row in report.rows] == [
        (photo, style) for photo in ("a", "b") for style in ("plain", "x", "y")
    ]
    assert all(math.isfinite(row.texture) for row in report.rows)


def test_a_figure_is_written_whole(folder, tiny, capsys):
    status, out, _ = judge(capsys, tiny, "-o", "card.png")
    assert status == 0 and out.startswith("tiny: 2 photos × 3 paintings, 32 × 32 pixels")
    with Image.open("card.png") as picture:
        picture.load()
        assert picture.format == "PNG" and picture.width <= 1000
    assert sorted(path.name for path in Path().iterdir() if path.is_file()) == ["card.json", "card.png"]


def test_files_that_cannot_be_read_are_left_out_and_named(folder, tiny, capsys):
    for name in ("broken.jpg", "empty.png"):
        Path("photos", name).write_bytes(b"\xff\xd8" * (name == "broken.jpg"))
    status, out, err = judge(capsys, tiny)
    assert (status, err) == (0, "left out 2 file(s) that cannot be read: broken.jpg, empty.png\n")
    assert "2 photos" in out


def test_names_of_bundled_pictures_and_of_files_can_be_mixed(folder, tiny, capsys):
    status, out, _ = run(capsys, "--model", tiny, "--size", 32, "--photos", "kitten, photos/a.png",
                         "--styles", "great_wave,paintings/x.png", "-o", "new.json")
    assert status == 0 and "great wave" in out
    assert list(evaluate.load_report("new.json").identity) == ["kitten", "a"]


def test_a_teacher_is_one_more_judge(folder, tiny, capsys):
    arrays = {"conv0/kernel": np.eye(3, dtype=np.float32)[None, None], "conv0/bias": np.zeros(3, np.float32),
              "conv11/kernel": np.ones((3, 3, 3, 4), np.float32), "conv11/bias": np.zeros(4, np.float32)}
    np.savez("teacher.npz", **arrays)
    status, out, _ = judge(capsys, tiny, "--teacher", "teacher.npz", "-o", "card.json")
    assert status == 0 and "teacher" in out
    assert all(row.teacher > 0 and row.copied_teacher > 0 for row in evaluate.load_report("card.json").rows)


def test_what_is_judged_by_default_is_there():
    assert set(PHOTOS) <= set(photo_names()) and set(STYLES) <= set(painting_names())
    assert {suffix.strip(".").upper().replace("JPG", "JPEG") for suffix in SUFFIXES} <= set(READABLE)


@pytest.mark.parametrize(("arguments", "message"), [
    (["--photos", "empty"], "--photos: no pictures in empty; it needs files that end in .jpeg, .jpg, .png, .webp"),
    (["--photos", "broken"], "--photos needs a photo or more; 'broken' gave 0, 1 file(s) could not be read"),
    (["--photos", "kittne"], "no photo is called 'kittne'; did you mean 'kitten'?"),
    (["--photos", ""], "--photos needs a photo or more; '' gave 0"),
    (["-o", "photos/a.png"], "photos/a.png is one of the pictures to read"),
    (["--styles", "great_wave, paintings/x.png", "-o", "./paintings/x.png"], "is one of the pictures to read"),
    (["--photos", ","], "--photos needs a photo or more; ',' gave 0"),
    (["--photos", "broken/a.jpg"], "broken/a.jpg"),
    (["--photos", "kitten,kitten"], "--photos names 'kitten' twice"),
    (["--styles", "great_wave"], "--styles needs two paintings or more; 'great_wave' gave 1"),
    (["--size", "31"], "--size must be a whole number from 32 to 4096; received '31'"),
    (["--alpha", "nan"], "--alpha must be a number from 0 to 1; received 'nan'"),
    (["--method", "adian"], "did you mean 'adain'?"),
    (["--teacher", "none.npz"], "there is no file 'none.npz'"),
    (["--teacher", "card.json"], "card.json is not a teacher"),
    (["--model", "perceptul"], "received 'perceptul'"),
    (["--model", "none.npz"], "none.npz"),
    (["-o", "card.txt"], "card.txt: the name must end in .png or .jpg or .jpeg or .json"),
    (["-o", "nowhere/card.png"], "there is no folder nowhere"),
])
def test_bad_input_is_one_line_and_status_2(arguments, message, folder, tiny, capsys):
    Path("empty").mkdir()
    Path("broken").mkdir()
    Path("broken/a.jpg").write_bytes(b"\xff\xd8")
    good = ["--model", tiny, "--photos", "photos", "--styles", "paintings", "--size", "32"]
    status, out, err = run(capsys, *good, *arguments)
    lines = err.splitlines()
    assert (status, out) == (2, "") and lines[-1].startswith("aelearn: error: ") and message in lines[-1]
    assert len(lines) <= 2  # the files that were left out may be told before
    assert Path("card.json").read_text(encoding="utf-8") == "precious"
    assert not list(Path().glob(".aelearn-*"))


def test_a_run_that_fails_leaves_the_earlier_card(folder, tiny, capsys, monkeypatch):
    monkeypatch.setattr(json, "dumps", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    status, out, err = judge(capsys, tiny, "-o", "card.json")
    assert (status, out) == (1, "") and "No space left" in err
    assert Path("card.json").read_text(encoding="utf-8") == "precious"
