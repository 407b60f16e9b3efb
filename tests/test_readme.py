"""README.md and CONTRIBUTING.md say what is true: commands parse, code runs, links lead somewhere, figures agree."""

import argparse
import importlib.util
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from aelearn import Stylizer, cli, data, images, metrics
from aelearn.autoencoders import load_weights
from aelearn.cli.parser import build_parser
from aelearn.stylize import WEIGHTS

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "CONTRIBUTING.md")
MACHINE_PATH = re.compile(r"(?<![\w.~/:])/(home|root|Users|mnt|work|opt|srv|tmp|var|usr)/|\b[A-Z]:\\|file://")
PLACEHOLDER = re.compile(r"\b(TODO|TBD|FIXME|XXX|CARD_TABLE|LOREM)\b")


def page(name):
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text, language=None):
    """Fenced blocks; all of them, or those of one language ("" for none)."""
    found = re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", text)
    return [code for kind, code in found if language in (None, kind)]


def without_blocks(text):
    return re.sub(r"(?ms)^```.*?^```$", "", text)


def commands(text):
    """What is typed after `aelearn`, from code blocks, indented lines and words in backticks."""
    lines = [line for block in blocks(text, "") for line in block.splitlines()]
    lines += re.findall(r"(?m)^    (aelearn .+)$", text)
    lines += re.findall(r"`(aelearn [^`]+)`", without_blocks(text))
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("aelearn ")]


COMMANDS = [(name, command) for name in PAGES for command in commands(page(name))]


def subcommands(parser, before=()):
    """The full name of every command that can be run: ("stylize",), ("train", "pixel") …"""
    branches = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for branch in branches:
        for name, child in branch.choices.items():
            yield from subcommands(child, (*before, name))
    if not branches:
        yield before


# --- commands


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=lambda value: value if isinstance(value, str) else value[0])
def test_commands_parse(name, command):
    assert build_parser().parse_args(command).run


def test_every_command_is_mentioned_in_the_readme():
    mentioned = [tuple(command) for command in commands(page("README.md"))]
    for names in subcommands(build_parser()):
        assert any(command[: len(names)] == names for command in mentioned), names


def test_make_targets_exist():
    targets = set(re.search(r"(?m)^\.PHONY:(.+)$", page("Makefile"))[1].split())
    text = "\n".join(map(page, PAGES))
    named = set(re.findall(r"(?m)(?:^|`)make ([a-z]+)", text))
    assert {"lab", "test"} <= named <= targets


def test_python_versions_are_those_of_the_package():
    low, high = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', page("pyproject.toml")).groups()
    named = set(re.findall(r"3\.(\d+) to 3\.(\d+)", page("README.md")))
    assert named == {(low, str(int(high) - 1))}


def test_windows_and_conda_lines_name_what_exists():
    text = page("README.md")
    (windows,) = [block for block in blocks(text) if block.startswith("py -m venv")]
    assert len(windows.splitlines()) == 3
    constraints, extra = re.search(r"install -c (\S+) -e \.\[(\w+)\]", windows).groups()
    assert (ROOT / constraints).is_file()
    assert re.search(rf"(?m)^{extra} = \[", page("pyproject.toml"))
    for file in re.findall(r"\S+\.ipynb", windows) + re.findall(r"jupyter lab (\S+\.ipynb)", text):
        assert (ROOT / file.replace("\\", "/")).is_file(), file
    environment, file = re.search(r"conda activate (\w+)", text)[1], re.search(r"create -f (\S+?)`", text)[1]
    assert re.search(rf"(?m)^name: {environment}$", page(file))


def test_error_in_the_troubleshooting_table_is_the_real_one():
    assert "`no painting is called …`" in page("README.md")
    with pytest.raises(data.UnknownNameError, match="^no painting is called"):
        data.find("no such painting", "painting")


# --- the picture


def gallery():
    """The script that makes the pictures again."""
    spec = importlib.util.spec_from_file_location("gallery", ROOT / "docs" / "gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def output(command):
    return build_parser().parse_args(command).output


def the_command():
    """The command beside the picture: photo, painting, and the file it writes."""
    (found,) = [c for c in gallery().commands(page("README.md")) if not output(c).startswith("docs/gallery/")]
    return found, build_parser().parse_args(found)


def test_picture_beside_the_command_shows_what_the_command_names():
    _, args = the_command()
    shown = re.findall(r'<img src="([^"]+)"', page("README.md"))
    photo, painting = (data.find(*each) for each in zip(args.pictures, ("photo", "painting")))
    assert shown[:3] == [f"datasets/{photo.file}", f"datasets/{painting.file}", args.output]


def test_picture_is_made_by_the_command_beside_it(tmp_path, monkeypatch, capsys):
    command, args = the_command()
    output = str(tmp_path / Path(args.output).name)
    monkeypatch.chdir(tmp_path)  # where no file has the name of a bundled picture
    assert cli.main([output if word == args.output else word for word in command]) == 0
    committed = ROOT / args.output
    assert committed.is_file(), f"{args.output} is missing: run the command beside the picture"
    made, shown = images.load_image(output), images.load_image(committed)
    assert made.shape == shown.shape
    assert metrics.psnr(made, shown) >= 30


def test_gallery_shows_what_the_commands_beside_its_pictures_write():
    cells = re.findall(r'<img src="(docs/gallery/[^"]+)"[^|]+`(aelearn [^`]+)`', page("README.md"))
    assert len(cells) >= 12
    assert [picture for picture, _ in cells] == [output(shlex.split(command)[1:]) for _, command in cells]
    commands = [words for words in gallery().commands(page("README.md")) if output(words).startswith("docs/gallery/")]
    assert commands == [shlex.split(command)[1:] for _, command in cells]


def test_gallery_has_a_small_picture_for_every_command_and_no_other():
    script = gallery()
    written = {output(words) for words in script.commands(page("README.md"))}
    used = {word.partition("=")[0] for words in script.commands(page("README.md")) for word in words}
    for path in (ROOT / "docs" / "gallery").iterdir():
        assert path.relative_to(ROOT).as_posix() in written | used, f"{path.name} is of no use any more"
    for name in written:
        assert (ROOT / name).is_file(), f"{name} is missing: run python docs/gallery.py"
        if name.startswith("docs/gallery/"):
            assert (ROOT / name).stat().st_size <= script.LARGEST
            photo = build_parser().parse_args(next(w for w in script.commands(page("README.md")) if output(w) == name))
            expected = data.load_photo(photo.pictures[0], max_side=photo.size).shape
            assert images.load_image(ROOT / name).shape == expected


def test_gallery_has_a_command_for_every_control():
    """Every option that changes a picture and not only where or how it is written."""
    used = {word.partition("=")[0] for words in gallery().commands(page("README.md")) for word in words}
    controls = {"--alpha", "--style", "--level-style", "--mask", "--feather", "--region", "--modes", "--keep-color",
                "--color", "--stroke", "--level-alpha", "--method"}
    assert controls <= used


# --- Python


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with small real pictures under the names that the code uses; code runs in it."""
    pictures = {"photo": data.load_photo("chambord", max_side=128)}
    pictures |= {"wave": data.load_painting("great_wave", max_side=96)}
    pictures |= {"night": data.load_painting("starry_night", max_side=96)}
    for name, picture in pictures.items():
        images.save_image(picture, tmp_path / f"{name}.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_first_python_block_runs_as_it_stands(folder):
    names = {}
    exec(blocks(page("README.md"), "python")[0], names)
    photo, picture = names["photo"], names["picture"]
    # What its comment says: float32 in [0, 1], (height, width, 3).
    assert picture.dtype == np.float32 and picture.min() >= 0 and picture.max() <= 1
    assert picture.shape == photo.shape == names["mixture"].shape
    assert np.abs(names["mixture"] - picture).mean() > 0.01
    np.testing.assert_allclose(images.load_image(folder / "out.png"), picture, atol=1 / 255)


def test_training_block_runs_with_two_steps_in_place_of_two_thousand(folder):
    code = blocks(page("README.md"), "python")[1]
    assert code.count("steps=2000") == 1
    names = {}
    exec(code.replace("steps=2000", "steps=2"), names)
    assert names["picture"].shape == data.load_photo("chelsea").shape
    for kept, weight in zip(load_weights("mine.npz").get_weights(), names["model"].get_weights(), strict=True):
        np.testing.assert_allclose(kept, weight, rtol=1e-3, atol=1e-6)  # half precision on disk


def test_training_block_has_the_eight_lines_it_promises():
    text = page("README.md")
    assert "in eight lines" in text
    assert len([line for line in blocks(text, "python")[1].splitlines() if line.strip()]) == 8


def test_there_are_no_other_python_blocks():
    assert [len(blocks(page(name), "python")) for name in PAGES] == [2, 0]


# --- links and pictures


def targets(text):
    """Files that a page links to or shows."""
    text = without_blocks(text)
    found = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)
    return [target for target in found if "://" not in target]


@pytest.mark.parametrize(("name", "target"), [(name, target) for name in PAGES for target in targets(page(name))])
def test_internal_links_lead_somewhere(name, target):
    file, _, anchor = target.partition("#")
    assert not file.startswith("/")
    assert not file or (ROOT / file).exists(), target
    if anchor:
        headings = re.findall(r"(?m)^#+ (.+)$", page(file or name))
        assert anchor in [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("name", PAGES)
def test_files_and_folders_named_in_backticks_exist(name):
    paths = re.findall(r"`((?:notebooks|tests|datasets|docs|benchmarks|aelearn)/[\w./*-]*)`", page(name))
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_picture_has_words_for_those_who_cannot_see_it(name):
    text = page(name)
    alts = [re.search(r'alt="([^"]*)"', tag) for tag in re.findall(r"<img\b[^>]*>", text)]
    assert all(alt and len(alt[1].split()) >= 3 for alt in alts)
    assert all(len(alt.split()) >= 3 for alt in re.findall(r"!\[([^\]]*)\]", text))


def test_readme_shows_pictures():
    assert len(re.findall(r"<img\b", page("README.md"))) >= 3


@pytest.mark.parametrize("name", PAGES)
def test_no_path_of_a_machine_and_no_placeholder(name):
    assert not MACHINE_PATH.search(page(name))
    assert not PLACEHOLDER.search(page(name))


# --- lessons


def lessons():
    """(number, file) of every row of the table of lessons."""
    return re.findall(r"(?m)^\| \[(\d\d) [^\]]+\]\((notebooks/[^)]+)\)", page("README.md"))


def test_lessons_in_the_table_are_those_that_exist():
    there = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert there == [Path(file).name for _, file in lessons()]
    assert all(Path(file).name.startswith(number) for number, file in lessons())
    assert there == sorted(path.name for path in (ROOT / "notebooks" / "solutions").glob("*.ipynb"))


def test_all_eleven_lessons_are_listed_in_order():
    assert [int(number) for number, _ in lessons()] == list(range(11))


def test_questions_in_the_table_are_those_of_the_lessons():
    for number, question in re.findall(r"(?m)^\| \[(\d\d) [^|]+\| ([^|?]+\?)", page("README.md")):
        (path,) = (ROOT / "notebooks" / "solutions").glob(f"{number}_*.ipynb")
        first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
        assert question in first.splitlines()[0]


# --- figures


def card():
    return json.loads((WEIGHTS / "pixel.json").read_text(encoding="utf-8"))


def test_reconstruction_figures_are_those_of_the_card():
    head, row = re.search(r"(?m)^\| level \|(.+)\|\n\|[-|: ]+\|\n\| PSNR in dB \|(.+)\|$", page("README.md")).groups()
    quoted = dict(zip((cell.strip() for cell in head.split("|")), (cell.strip() for cell in row.split("|"))))
    measured = card()["held_out_psnr_db"]
    assert list(quoted) == list(measured)
    for level, text in quoted.items():
        decimals = len(text.partition(".")[2])
        assert float(text) == round(measured[level], decimals), f"level {level}"


@pytest.mark.parametrize("name", ["pixel", "perceptual"])
def test_models_are_as_large_as_the_readme_says(name):
    model = Stylizer.load(name).model
    levels = ["no", "one", "two", "three", "four", "five", "six"][model.num_levels]
    assert f"{levels} levels and {model.count_params():,} weights" in page("README.md")


def test_card_holds_what_the_readme_says_it_holds():
    """The recipe, the seed, the command and the figures."""
    assert "has the recipe, the seed, the command and these figures" in " ".join(page("README.md").split())
    recipe, typed = card()["recipe"], shlex.split(card()["command"])
    assert typed[0] == "aelearn"
    args = build_parser().parse_args(typed[1:])
    assert (args.command, args.seed, args.steps) == ("pixel", recipe["seed"], recipe["steps"])
    assert len(card()["held_out_psnr_db"]) == Stylizer.load("pixel").num_levels
