"""`aelearn styles`: a library of one's own, kept, listed, found and removed, each mistake one plain line."""

import re
import subprocess
import sys

import numpy as np
import pytest

from aelearn import data, images, styles
from aelearn.autoencoders import PainterConfig, build_painter, save_weights
from aelearn.cli import main
from aelearn.cli.parser import build_parser
from aelearn.transforms import Moments


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "tiny.npz"
    save_weights(build_painter(PainterConfig((4, 8, 8)), seed=3, name="tiny"), path)
    return str(path)


@pytest.fixture(autouse=True)
def library(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AELEARN_STYLES", "library")
    images.save_image(data.load_painting("great_wave", max_side=64), "My Painting (2).png")
    return tmp_path / "library"


@pytest.fixture
def run(capsys):
    def run_command(*words):
        status = main(["styles", *map(str, words)])
        return (status, *capsys.readouterr())

    return run_command


@pytest.fixture
def refuses(run):
    def run_command(*words):
        status, out, err = run(*words)
        assert (status, out) == (2, "") and re.fullmatch(r"aelearn: error: [^\n]+\n", err), err
        return err

    return run_command


def test_a_painting_is_kept_under_a_name_and_listed(run, tiny, library):
    status, out, err = run("add", "My Painting (2).png", "--name", "mine", "--title", "Sea", "--author", "Ann",
                           "--year", 2024, "--licence", "CC0", "--source", "attic", "--stroke", 0.5, "--model", tiny)
    assert (status, err) == (0, "") and (library / "mine.npz").samefile(out.strip())
    file = styles.load("mine")
    assert (file.title, file.author, file.year, file.licence, file.source, file.stroke) == (
        "Sea", "Ann", "2024", "CC0", "attic", 0.5)
    assert run("search", "attic")[1] == "mine  Sea  Ann  2024\n"
    lines = run()[1].splitlines()
    assert len(lines) == len(data.painting_names()) + 1 and lines[-1].split() == ["mine", "Sea", "Ann", "2024"]
    assert [line.split()[1] for line in run("--photos")[1].splitlines()].count("style") == 1


def test_a_name_is_made_from_the_file(run, tiny):
    assert run("add", "My Painting (2).png", "--model", tiny)[0] == 0
    assert styles.names() == ["my_painting_2"]


def test_a_bundled_painting_brings_its_words(run, tiny):
    assert run("add", "great_wave", "--name", "fine_wave", "--stroke", 0.5, "--size", 64, "--model", tiny)[0] == 0
    assert styles.load("fine_wave").author == "Katsushika Hokusai"


def test_a_style_file_is_shared(run, refuses, tiny, tmp_path):
    run("add", "My Painting (2).png", "--name", "mine", "--model", tiny)
    (tmp_path / "library" / "mine.npz").rename(tmp_path / "from_a_friend.npz")
    assert run("add", "from_a_friend.npz", "--title", "A gift", "--model", tiny)[0] == 0
    assert styles.names() == ["mine"] and styles.load("mine").title == "A gift"
    assert "of other weights" in refuses("add", "from_a_friend.npz", "--name", "again")
    assert "--stroke" in refuses("add", "from_a_friend.npz", "--name", "again", "--stroke", 2, "--model", tiny)
    assert "--force" in refuses("add", "from_a_friend.npz", "--model", tiny)
    assert run("add", "from_a_friend.npz", "--force", "--model", tiny)[0] == 0


def test_a_style_is_removed(run, refuses, tiny):
    run("add", "My Painting (2).png", "--name", "mine", "--model", tiny)
    assert run("remove", "mine") == (0, "", "")
    assert styles.names() == []
    assert "no style of yours is called 'mine'" in refuses("remove", "mine")
    assert "comes with the package" in refuses("remove", "great_wave")


def test_the_nearest_come_first_and_a_style_of_another_model_is_left_out(run, tiny, monkeypatch):
    monkeypatch.setattr(data, "entries", lambda kind=None: [one for one in data_entries(kind) if one.name in FEW])
    run("add", "My Painting (2).png", "--name", "mine", "--model", tiny)
    foreign = styles.StyleFile("foreign", styles.load("mine").moments, model="other", fingerprint="0" * 16)
    styles.add(foreign)
    status, out, err = run("search", "--like", "My Painting (2).png", "--model", tiny, "--size", 64)
    lines = [line.split() for line in out.splitlines()]
    assert status == 0 and lines[0][0] == "0.00" and {lines[0][1], lines[1][1]} == {"mine", "great_wave"}
    distances = [float(line[0]) for line in lines]
    assert distances == sorted(distances) and len(lines) == 4
    assert re.fullmatch(r"aelearn: note: left out: style foreign is of other weights[^\n]+\n", err)
    for like in ("mine", "great_wave", "library/mine.npz", "chambord"):
        assert len(run("search", "--like", like, "--model", tiny, "--size", 64, "--count", 2)[1].splitlines()) == 2


data_entries, FEW = data.entries, ("great_wave", "harvest", "starry_night", "chambord")


@pytest.mark.parametrize(("words", "told"), [
    (["add", "missing.jpg"], "no such file"),
    (["add", "missing.npz"], "no style at missing.npz"),
    (["add", "broken.npz"], "broken.npz is not a complete aelearn style file"),
    (["add", "My Painting (2).png", "--name", "great_wave"], "that of a bundled painting"),
    (["add", "My Painting (2).png", "--name", "../up"], "--name must be"),
    (["add", "My Painting (2).png", "--title", "\x1b[31m"], "--title must be one line"),
    (["add", "great_wave"], "that of a bundled painting"),
    (["add", "(((.png"], "give one by --name"),
    (["search"], "name a word"),
    (["search", ""], "name a word to search for"),
    (["search", " ", ""], "name a word to search for"),
    (["search", "xyzzy"], "no style has 'xyzzy'"),
    (["search", "--like", "missing.jpg"], "no such file"),
    (["search", "--like", "missing.npz"], "no style at missing.npz"),
    (["add"], "--help"),
    (["frobnicate"], "--help"),
], ids=str)
def test_mistakes_are_told_in_one_line_and_nothing_is_written(refuses, library, tiny, words, told):
    library.parent.joinpath("broken.npz").write_bytes(b"PK")
    model = ["--model", tiny] if words[0] in ("add", "search") and len(words) > 1 else []
    assert told in refuses(*words, *model)
    assert not library.exists()


def test_a_library_that_cannot_be_written_is_a_matter_of_the_machine(run, library, tiny):
    library.write_bytes(b"a file where the folder should be")
    status, out, err = run("add", "My Painting (2).png", "--name", "mine", "--model", tiny)
    assert (status, out) == (1, "") and len(err.splitlines()) == 1


def test_info_says_where_the_library_is(capsys):
    moments = (Moments(np.zeros(3), np.eye(3)),)
    styles.add(styles.StyleFile("mine", moments, model="m", fingerprint="0" * 16))
    assert main(["info"]) == 0
    assert "styles    library (1 of your own)" in capsys.readouterr().out.splitlines()


def test_listing_and_words_need_no_keras(tmp_path):
    moments = (Moments(np.zeros(3), np.eye(3)),)
    styles.add(styles.StyleFile("mine", moments, model="m", fingerprint="0" * 16))
    code = ("import sys; from aelearn.cli import main; main(['styles']); main(['styles', 'search', 'mine']); "
            "print([m for m in ('keras', 'tensorflow', 'matplotlib') if m in sys.modules])")
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert result.stdout.splitlines()[-1] == "[]", result.stderr


@pytest.mark.parametrize("command", ["add", "remove", "search"])
def test_help_ends_with_examples_that_parse(run, command):
    status, out, _ = run(command, "--help")
    examples = re.split(r"examples?:\n", out)[1].strip().splitlines()
    assert status == 0 and out.isascii()
    for line in examples:
        assert callable(build_parser().parse_args(line.split()[1:]).run)
