"""Many photos at once: each in its place, none twice, none over another, and what fails stops nobody else."""

import errno
import functools
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aelearn import data, images
from aelearn.autoencoders import PyramidConfig, build_pyramid, save_weights
from aelearn.cli import crowd, main
from aelearn.cli.paint import Painter
from aelearn.cli.progress import WIDTH
from aelearn.cli.workers import Silent, paint_at_once


def smooth(height, width, seed=0):
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    phase = np.random.default_rng(seed).uniform(0, 3, 3)
    return np.stack([128 + 80 * np.sin(3 * x + 2 * y + p) for p in phase], axis=-1).astype(np.uint8)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "tiny.npz"
    save_weights(build_pyramid(PyramidConfig((4, 8)), seed=3, name="tiny"), path)
    return str(path)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """holiday/ with a.png, b.jpg and day/c.png, and painting.jpg beside it."""
    monkeypatch.chdir(tmp_path)
    Path("holiday/day").mkdir(parents=True)
    for seed, name in enumerate(["holiday/a.png", "holiday/b.jpg", "holiday/day/c.png", "painting.jpg"]):
        Image.fromarray(smooth(24, 32, seed)).save(name)
    return tmp_path


class Brush:
    """In place of `Painter.start` and of its call: who goes where can be seen without Keras."""

    def start(self, progress):
        progress.show(0.4, f"loading the model {self.args.model}")
        self.is_ready = True

    def __call__(self, photo, progress):
        progress.show(0.6, "painting level 1")
        return photo + np.float32(self.args.alpha) * (next(iter(self.sources.values())).mean(axis=(0, 1)) - photo)


@pytest.fixture
def brush(monkeypatch):
    monkeypatch.setattr(Painter, "start", Brush.start)
    monkeypatch.setattr(Painter, "__call__", Brush.__call__)


@pytest.fixture
def run(capsys, tiny, brush):
    """Runs `aelearn stylize` in this process: (status, stdout, stderr)."""

    def run_command(*words):
        status = main(["stylize", *map(str, words), *([] if "--model" in words else ["--model", tiny])])
        return (status, *capsys.readouterr())

    return run_command


@pytest.fixture
def refuses(folder, run, monkeypatch):
    """Runs a command that must end with one plain line and leave every file as it was; that line."""

    def run_command(*words, status=2):
        if "--model" in words:
            monkeypatch.undo()
            monkeypatch.chdir(folder)
        before = snapshot(folder)
        result, out, err = run(*words)
        assert (result, out) == (status, "")
        assert re.fullmatch(r"aelearn: error: [^\n]+\n", err), err
        assert snapshot(folder) == before
        return err

    return run_command


def snapshot(folder):
    return {str(path.relative_to(folder)): path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def raises(error):
    def fail(*args, **kwargs):
        raise error

    return fail


# ---- what is painted, and where it goes


def test_a_folder_is_painted_with_its_subfolders_each_as_it_would_be_alone(folder, run, monkeypatch):
    monkeypatch.undo()  # the real brush
    monkeypatch.chdir(folder)
    status, out, err = run("holiday", "painting.jpg", "-o", "out", "--alpha", 0.7)
    written = [os.path.join("out", *name.split("/")) for name in ("a.png", "b.png", "day/c.png")]
    assert (status, out.split()) == (0, written)
    assert err.endswith("painted 3\n") and below("out") == ["a.png", "b.png", "day/c.png"]
    run("holiday/day/c.png", "painting.jpg", "-o", "alone.png", "--alpha", 0.7)
    assert Path("alone.png").read_bytes() == Path("out/day/c.png").read_bytes()


@pytest.mark.parametrize(("words", "expected"), [
    (["holiday/a.png", "holiday/b.jpg", "painting.jpg"], ["a.png", "b.png"]),
    (["holiday/a.png", "holiday/b.jpg", "--style", "painting.jpg"], ["a.png", "b.png"]),
    (["holiday/*.*", "painting.jpg"], ["a.png", "b.png"]),
    (["holiday/**/*.png", "painting.jpg"], ["a.png", "c.png"]),
    (["holiday/a.png", "painting.jpg"], ["a.png"]),
    (["holiday/day", "holiday/a.png", "painting.jpg"], ["a.png", "c.png"]),
    (["holiday", "holiday/a.png", "./holiday/../holiday/b.jpg", "painting.jpg"], ["a.png", "b.png", "day/c.png"]),
    (["chambord", "holiday/a.png", "great_wave", "--size", 32], ["a.png", "chambord.png"]),
    (["holiday", "--mask", "painting.jpg=painting.jpg"], ["a.png", "b.png", "day/c.png"]),
])  # fmt: skip
def test_files_folders_patterns_and_names_are_photos_and_the_last_is_the_style(folder, run, words, expected):
    assert run(*words, "-o", "out/")[0] == 0
    assert below("out") == expected


def test_a_pattern_that_is_also_a_file_is_that_file(folder, run):
    Path("a[1].png").write_bytes(Path("holiday/a.png").read_bytes())
    assert run("a[1].png", "painting.jpg", "-o", "one.png")[:2] == (0, "one.png\n")


def test_one_photo_goes_into_a_folder_that_is_there(folder, run):
    Path("out").mkdir()
    assert run("holiday/b.jpg", "painting.jpg", "-o", "out")[1] == os.path.join("out", "b.png") + "\n"


def test_like_gives_the_style_and_every_name_is_a_photo(folder, run, tiny):
    Path("tiny.npz").write_bytes(Path(tiny).read_bytes())
    run("holiday/a.png", "painting.jpg", "-o", "first.png", "--alpha", 0.3, "--model", "tiny.npz")
    assert main(["stylize", "--like", "first.png", "holiday/a.png", "holiday/b.jpg", "-o", "out/"]) == 0
    assert below("out") == ["a.png", "b.png"]
    assert Path("out/a.png").read_bytes() == Path("first.png").read_bytes()


def test_photos_of_one_name_keep_their_endings(folder, run):
    for name in ("holiday/a.jpg", "holiday/B.png"):
        Image.fromarray(smooth(24, 32, 9)).save(name)
    assert run("holiday", "painting.jpg", "-o", "out/")[0] == 0
    assert below("out") == ["B.png.png", "a.jpg.png", "a.png.png", "b.jpg.png", "day/c.png"]


def test_what_is_hidden_is_no_picture_or_was_painted_before_is_not_painted(folder, run):
    Path("holiday/notes.txt").write_text("Dear reader")
    Path("holiday/.trash").mkdir()
    for name in ("holiday/._a.png", "holiday/.trash/old.png"):
        Path(name).write_bytes(Path("holiday/a.png").read_bytes())
    for _ in range(2):  # the second time, there are results below the folder
        assert run("holiday", "painting.jpg", "-o", "holiday/painted")[0] == 0
        assert below("holiday/painted") == ["a.png", "b.png", "day/c.png"]


@pytest.mark.parametrize(("words", "told"), [
    (["empty", "painting.jpg", "-o", "out/"], "no pictures in empty; it needs files that end in "),
    (["none/*.jpg", "painting.jpg", "-o", "out/"], "no picture matches 'none/*.jpg'"),
    (["holiday", "painting.jpg", "-o", "one.png"], "-o must be a folder for several photos; received 'one.png'"),
    (["holiday", "painting.jpg", "-o", "painting.jpg"], "-o must be a folder for several photos"),
    (["holiday", "painting.jpg", "-o", "painting.jpg/"], "is no folder"),
    (["holiday", "painting.jpg", "-o", "nowhere/out"], "there is no folder nowhere; create it first"),
    (["holiday", "painting.jpg", "-o", "holiday"], "holiday is the folder of the photos; choose another"),
    (["holiday/a.png", "painting.jpg", "-o", "holiday"], "is one of the pictures to read; choose another folder"),
    (["holiday/a.png", "style/a.png", "-o", "style/"], "is one of the pictures to read; choose another folder"),
    (["holiday/a.png", "style/a.png", "painting.jpg", "-o", "out/"],
     "holiday/a.png and style/a.png would both become " + os.path.join("out", "a.png.png")),
    (["holiday/a.png", "holiday/b.jpg", "style", "-o", "out/"], "the last name is the STYLE, and style is a folder"),
    (["holiday", "-o", "out/"], "name a STYLE behind PHOTO"),
    (["holiday", "great_wav", "-o", "out/"], "did you mean 'great_wave'?"),
    (["holiday", "torn.jpg", "-o", "out/"], "torn.jpg: not a picture"),
    (["holiday", "painting.jpg", "-o", "out/", "--model", "nosuch"], "--model must be one of"),
    (["holiday", "painting.jpg", "-o", "out/", "--model", "no.npz"], "no weights at no.npz"),
    (["holiday", "painting.jpg", "-o", "out/", "--jobs", "0"], "--jobs must be a whole number from 1 to"),
    (["holiday", "painting.jpg", "-o", "out/", "--jobs", "2", "--model", "no.npz"], "no weights at no.npz"),
])  # fmt: skip
def test_what_cannot_be_painted_at_all_is_one_plain_line(folder, refuses, words, told):
    Path("empty").mkdir()
    Path("style").mkdir()
    Path("style/a.png").write_bytes(Path("painting.jpg").read_bytes())
    Path("torn.jpg").write_text("Dear reader")
    assert told in refuses(*words)


# ---- what is there already


def test_what_is_painted_is_skipped_until_settings_style_photo_or_model_change(folder, run, tiny):
    words = ["holiday", "painting.jpg", "-o", "out"]
    run(*words)
    before = {name: os.stat(f"out/{name}").st_mtime_ns for name in below("out")}
    status, out, err = run(*words)
    assert (status, out, err.splitlines()[-1]) == (0, "", "painted 0, skipped 3 that were there")
    assert before == {name: os.stat(f"out/{name}").st_mtime_ns for name in below("out")}
    os.unlink("out/b.png")
    assert run(*words)[1].split() == [os.path.join("out", "b.png")]
    Image.fromarray(smooth(24, 32, 7)).save("holiday/a.png")
    assert run(*words)[1].split() == [os.path.join("out", "a.png")]
    for change in (lambda: words.extend(["--alpha", "0.5"]), lambda: Image.fromarray(smooth(9, 9)).save("painting.jpg"),
                   lambda: words.append("--again")):
        change()
        assert len(run(*words)[1].split()) == 3
    del words[-1]
    other = folder / "tiny.npz"
    save_weights(build_pyramid(PyramidConfig((4, 8)), seed=4), other)
    for expected in (3, 0):
        assert len(run(*words, "--model", other)[1].split()) == expected


def test_a_file_that_somebody_else_made_is_never_replaced(folder, run):
    Path("out").mkdir()
    Path("out/a.png").write_bytes(Path("holiday/a.png").read_bytes())
    Path("out/b.png").write_text("Dear reader")
    before = Path("out/a.png").read_bytes()
    status, out, err = run("holiday", "painting.jpg", "-o", "out", "--again")
    assert (status, out.split()) == (2, [os.path.join("out", "day", "c.png")])
    assert err.count("is there, and aelearn has not painted it; choose another folder") == 2
    assert Path("out/a.png").read_bytes() == before and Path("out/b.png").read_text() == "Dear reader"


# ---- what goes wrong


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bad_photo_is_named_and_the_rest_is_painted(folder, run, jobs):
    Path("holiday/aa.jpg").write_text("Dear reader")
    words = ["holiday", "painting.jpg", "gone.jpg", "--style", "painting.jpg", "-o", "out"]
    status, out, err = run(*words, "--jobs", jobs)
    assert (status, len(out.split())) == (2, 4)
    bad = os.path.join("holiday", "aa.jpg")
    assert f"aelearn: error: {bad}: not a picture" in err and "aelearn: error: no such file: 'gone.jpg'" in err
    named = re.fullmatch(r"painted 4, failed 2: (.+), (.+)", err.splitlines()[-1]).groups()
    assert sorted(named) == ["gone.jpg", bad]
    assert below("out") == ["a.png", "b.png", "day/c.png", "painting.png"]


def test_the_machines_failure_counts_more_than_a_bad_photo(folder, run, monkeypatch):
    Path("holiday/aa.jpg").write_text("Dear reader")
    calls = iter([MemoryError()])

    def fail_once(*args):
        for error in calls:
            raise error
        return Brush.__call__(*args)

    monkeypatch.setattr(Painter, "__call__", fail_once)
    status, out, err = run("holiday", "painting.jpg", "-o", "out")
    assert (status, len(out.split())) == (1, 2)
    told = f"aelearn: error: {os.path.join('holiday', 'a.png')}: not enough memory; choose a smaller --size"
    assert told in err and "painted 2, failed 2: " in err


def test_a_full_disk_ends_it_at_once_and_leaves_nothing_half(folder, run, monkeypatch):
    monkeypatch.setattr(os, "fsync", raises(OSError(errno.ENOSPC, "No space left on device")))
    status, out, err = run("holiday", "painting.jpg", "-o", "out")
    assert (status, out, below("out")) == (1, "", [])
    assert err.count("No space left on device") == 1 and "painted 0, failed 1: " in err


def test_a_mistake_of_the_program_is_shown_when_asked_for(folder, brush, tiny, monkeypatch):
    monkeypatch.setattr(Painter, "__call__", raises(KeyError("a mistake")))
    with pytest.raises(KeyError):
        main(["stylize", "holiday", "painting.jpg", "-o", "out", "--model", tiny, "--traceback"])


def test_ctrl_c_keeps_what_is_done_and_says_how_far_it_got(folder, run, monkeypatch):
    save, calls = crowd.save, iter([True])
    press = raises(KeyboardInterrupt())
    monkeypatch.setattr(crowd, "save", lambda *args: save(*args) if next(calls, None) else press())
    status, out, err = run("holiday", "painting.jpg", "-o", "out")
    assert (status, below("out")) == (130, ["a.png"])
    assert err.splitlines()[-2:] == ["painted 1", "aelearn: stopped at 1 of 3; the same command goes on from there"]
    monkeypatch.setattr(crowd, "save", save)
    assert run("holiday", "painting.jpg", "-o", "out")[2].endswith("painted 2, skipped 1 that were there\n")


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_counts_what_is_there_and_not_what_has_been_told(folder, run, monkeypatch, jobs):
    run("holiday", "painting.jpg", "-o", "out", "--alpha", 0.5)  # what is there already is not counted

    def paint_two(painter, tasks):
        for task in tasks[:2]:
            crowd.paint_task(painter, task, Silent())
            if task == tasks[0]:
                yield task, None
        raise KeyboardInterrupt

    monkeypatch.setattr(crowd, "_one_by_one", lambda painter, tasks, *_: paint_two(painter, tasks))
    painters, start = [], Painter.__init__
    monkeypatch.setattr(Painter, "__init__", lambda self, args: painters.append(self) or start(self, args))
    monkeypatch.setattr(crowd, "paint_at_once", lambda args, tasks, jobs: paint_two(painters[0], tasks))
    status, out, err = run("holiday", "painting.jpg", "-o", "out", "--jobs", jobs)
    assert (status, len(out.split())) == (130, 2)
    assert err.splitlines()[-2:] == ["painted 2", "aelearn: stopped at 2 of 3; the same command goes on from there"]


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_ctrl_c_ends_every_process_that_paints(folder, tiny):
    photos = Path("many")
    photos.mkdir()
    for number in range(400):
        Image.fromarray(smooth(24, 32, number)).save(photos / f"{number:03}.png", compress_level=0)
    words = ["stylize", "many", "painting.jpg", "-o", "out", "--model", tiny, "--jobs", "2"]
    listen = functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen([sys.executable, "-m", "aelearn", *words], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, preexec_fn=listen, start_new_session=True)
    until = time.monotonic() + 200
    while not list(Path().glob("out/*.png")) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    out, err = process.communicate(timeout=100)
    assert process.returncode == 130 and "Traceback" not in err, err
    done = int(re.search(r"aelearn: stopped at (\d+) of 400", err)[1])
    assert done == len(out.split()) < 400
    assert all(name.endswith(".png") and not name.startswith(".") for name in below("out"))
    for name in below("out"):
        assert images.load_note(Path("out", name))
    until = time.monotonic() + 60
    with pytest.raises(ProcessLookupError):  # nobody of the group is left, once Python's own helper has noticed
        while time.monotonic() < until:
            os.killpg(process.pid, 0)
            time.sleep(0.05)


def test_a_process_that_is_killed_is_reported(folder, tiny, monkeypatch):
    code = f"""
import os, sys
from aelearn.cli import main
if __name__ == "__main__":
    sys.exit(main(["stylize", "holiday", "painting.jpg", "-o", "out", "--jobs", "2", "--model", {tiny!r}]))
elif os.environ.get("TF_NUM_INTRAOP_THREADS"):  # read again by every process that paints
    import aelearn.cli.paint
    aelearn.cli.paint.Painter.start = lambda *_: os._exit(9)
"""
    Path("killed.py").write_text(code)
    options = {"capture_output": True, "text": True, "timeout": 300}
    done = subprocess.run([sys.executable, "killed.py"], **options, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "was killed, which happens when memory runs out; choose fewer --jobs" in done.stderr


# ---- what is to be seen


class Terminal:
    def __init__(self):
        self.text = ""

    def isatty(self):
        return True

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def test_the_bar_counts_photos_and_goes_away(folder, brush, monkeypatch, tiny):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["stylize", "holiday", "painting.jpg", "-o", "out", "--model", tiny]) == 0
    seen = [line.strip() for line in terminal.text.split("\r")]
    assert any(re.search(r"\] 1 of 3, a\.png: loading the model", line) for line in seen)
    assert any(re.search(r"\] 2 of 3, b\.jpg: painting level 1", line) for line in seen)
    assert max(line.count("#") for line in seen) == WIDTH and seen[-1] == "painted 3"
    assert terminal.text.count("\n") == 1


def test_names_are_shown_in_one_line(folder, run):
    Path("holiday/two\nlines.jpg").write_text("Dear reader")
    err = run("holiday", "painting.jpg", "-o", "out")[2]
    assert "two lines.jpg" in err.splitlines()[-1]


def test_bundled_photos_are_not_taken_for_their_folders(folder, run):
    Path("chambord").mkdir()
    assert run("chambord", "painting.jpg", "-o", "one.png", "--size", 32)[:2] == (0, "one.png\n")
    assert "chambord" in data.photo_names()
    assert run("chambord/", "painting.jpg", "-o", "out/")[0] == 2


def test_jobs_are_no_more_than_photos(folder, run, monkeypatch):
    seen = []
    monkeypatch.setattr(crowd, "paint_at_once", lambda args, tasks, jobs: seen.append(jobs) or paint_none(tasks))
    run("holiday", "painting.jpg", "-o", "out", "--jobs", 9)
    run("holiday/a.png", "painting.jpg", "-o", "alone/", "--jobs", 9)
    assert seen == [3] and below("alone") == ["a.png"] and callable(paint_at_once)


def paint_none(tasks):
    yield from ((task, None) for task in tasks)
