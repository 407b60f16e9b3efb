"""`aelearn video`: a film on the command line, each mistake one plain line, and broken frames named."""

import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

from aelearn import data, images
from aelearn.autoencoders import PainterConfig, build_painter, save_weights
from aelearn.cli import main
from aelearn.cli.parser import build_parser
from aelearn.video import ffmpeg, film


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "tiny.npz"
    save_weights(build_painter(PainterConfig((4, 8, 8)), seed=3, name="tiny"), path)
    return str(path)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A film of four frames, a folder of four pictures of which one is broken, and a painting."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AELEARN_STYLES", "library")
    (tmp_path / "shots").mkdir()
    with ffmpeg.FilmWriter(tmp_path / "film.mp4", 10) as film:
        for number in range(4):
            picture = np.roll(data.load_photo("chambord", max_side=48), number, axis=1)
            images.save_image(picture, tmp_path / "shots" / f"{number}.png")
            film.write(picture)
    (tmp_path / "shots" / "2.png").write_bytes(b"torn")
    images.save_image(data.load_painting("great_wave", max_side=48), tmp_path / "painting.png")
    return tmp_path


@pytest.fixture
def run(capsys, tiny):
    def run_command(*words):
        status = main(["video", *map(str, words), *([] if "--help" in words else ["--model", tiny])])
        return (status, *capsys.readouterr())

    return run_command


def test_a_film_is_painted_with_every_option(run):
    status, out, err = run(
        "film.mp4", "painting.png", "-o", "out.mp4", "--alpha", 0.8, "--size", 32, "--smooth", 0.5, "--method", "adain",
        "--stroke", 2, "--keep-color", "--level-alpha", "3:1,1:0.5")
    assert (status, out) == (0, "out.mp4\n")
    assert err.splitlines()[-1] == "frame 4 of about 4, 0 s left"
    assert ffmpeg.probe("out.mp4")[:2] == ((32, 24), 10)


def test_a_broken_frame_is_named_and_the_rest_is_finished(run, folder):
    status, out, err = run("shots", "great_wave", "-o", "painted", "--size", 32)
    assert (status, out) == (2, "painted\n")
    (note,) = [line for line in err.splitlines() if "note" in line]
    assert re.fullmatch(r"aelearn: note: frame 3: .*2\.png.+", note)
    assert len(list((folder / "painted").iterdir())) == 4


def test_a_style_of_the_library_paints_a_film(run, capsys, tiny):
    assert main(["styles", "add", "painting.png", "--name", "mine", "--model", tiny]) == 0
    capsys.readouterr()
    for style in ("mine", "library/mine.npz"):
        assert run("film.mp4", style, "-o", "out.mkv", "--size", 16)[0] == 0


@pytest.mark.parametrize(("words", "told"), [
    (["missing.mp4", "great_wave", "-o", "out.mp4"], "no such film or folder: missing.mp4"),
    (["painting.png", "great_wave", "-o", "painting.png"], "is what is to be read"),
    (["film.mp4", "grate_wave", "-o", "out.mp4"], "no style is called 'grate_wave'"),
    (["film.mp4", "great_wave", "-o", "out.gif"], "must end in .mp4"),
    (["film.mp4", "great_wave", "-o", "nowhere/out.mp4"], "create it first"),
    (["film.mp4", "great_wave", "-o", "film.mp4"], "choose another name"),
    (["film.mp4", "great_wave", "-o", "out.mp4", "--fps", "10"], "--fps is for folders"),
    (["film.mp4", "great_wave", "-o", "out.mp4", "--smooth", "2"], "--smooth must be a number from 0 to 1"),
    (["film.mp4", "great_wave", "-o", "out.mp4", "--level-alpha", "9:1"], "--level-alpha must have levels from 1 to 3"),
    (["film.mp4", "great_wave"], "--help"),
    (["shots", "great_wave", "-o", "shots/sub"], "shots/sub is inside shots, the folder that is to be read"),
    (["shots", "great_wave", "-o", "mine"], "0.png is there, and aelearn has not painted it; choose another folder"),
    (["shots", "great_wave", "-o", "painted", "--level-alpha", "9:1"], "--level-alpha must have levels from 1 to 3"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_mistakes_are_told_in_one_line_and_nothing_is_written(run, folder, words, told):
    (folder / "mine").mkdir()
    (folder / "mine" / "0.png").write_bytes((folder / "shots" / "1.png").read_bytes())
    before = {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}
    status, out, err = run(*words)
    assert (status, out) == (2, "") and re.fullmatch(r"aelearn: error: [^\n]+\n", err) and told in err
    assert {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")} == before


@pytest.mark.parametrize(("words", "told"), [
    (["nosuch", "great_wave", "-o", "out.mp4"], "no such film or folder: nosuch"),
    (["empty", "great_wave", "-o", "out.mp4"], "no pictures in this folder"),
    (["film.mp4", "great_wave", "-o", "out.avi"], "must end in .mp4"),
    (["film.mp4", "great_wave", "-o", "out.mp4", "--model", "pixle"], "--model must be one of"),
    (["film.mp4", "great_wave", "-o", "out.mp4", "--model", "none.npz"], "no weights at none.npz"),
], ids=str)
def test_mistakes_that_need_no_model_are_told_without_keras(folder, words, told):
    (folder / "empty").mkdir()
    code = f"import sys; from aelearn.cli import main; main({['video', *words]!r}); print('keras' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert result.stdout == "False\n" and told in result.stderr


def test_settings_of_a_frame_are_none(run, folder, capsys):
    assert run("film.mp4", "great_wave", "-o", "painted", "--size", 16)[0] == 0
    assert main(["stylize", "--like", "painted/frame_00001.png", "painting.png", "-o", "new.png"]) == 2
    assert "holds no settings; only a .png that aelearn stylize has written does" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_a_film_that_is_told_to_end_says_so_and_leaves_nothing(folder, run, monkeypatch):
    before = sorted(folder.rglob("*"))
    monkeypatch.setattr(film, "paint_frames_by", lambda *_: os.kill(os.getpid(), signal.SIGTERM) or iter([]))
    status, out, err = run("shots", "great_wave", "-o", "painted", "--size", 16)
    assert (status, out, err) == (130, "", "aelearn: stopped; the result was not written\n")
    assert sorted(folder.rglob("*")) == before
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_without_the_extra_one_line_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    status, out, err = run("film.mp4", "great_wave", "-o", "out.mp4")
    assert (status, out) == (2, "") and re.fullmatch(r"aelearn: error: .*pip install imageio-ffmpeg[^\n]*\n", err)


def test_ctrl_c_leaves_what_was_there(run, folder, monkeypatch):
    (folder / "out.mp4").write_bytes(b"precious")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(ffmpeg.FilmWriter, "write", interrupted)
    status, _, err = run("film.mp4", "great_wave", "-o", "out.mp4", "--size", 16)
    assert status == 130 and len(err.splitlines()) == 1
    assert (folder / "out.mp4").read_bytes() == b"precious" and not list(folder.glob(".aelearn*"))


def test_help_ends_with_examples_that_parse(run):
    status, out, _ = run("--help")
    assert status == 0 and out.isascii()
    for line in re.split(r"examples?:\n", out)[1].strip().splitlines():
        assert callable(build_parser().parse_args(line.split()[1:]).run)
