"""What a person steers on the command line: regions, modes, levels, edges, tiles, style files, and all of it again."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aelearn import images, styles, stylize
from aelearn.autoencoders import PainterConfig, PyramidConfig, build_painter, build_pyramid, save_weights
from aelearn.cli import files, main, values
from aelearn.stylize import segment

HEIGHT, WIDTH = 48, 64


def checks(height, width, seed):
    """Soft waves and, in the lower half, a fine pattern of other colours: two parts that a code tells apart."""
    y, x = np.mgrid[0:height, 0:width]
    phase = np.random.default_rng(seed).uniform(0, 3, 3)
    waves = np.stack([0.5 + 0.3 * np.sin((3 * x + 2 * y) / width + p) for p in phase], axis=-1)
    waves[height // 2 :] = 1 - waves[height // 2 :] * (0.5 + 0.5 * ((x + y) % 4 < 2)[height // 2 :, :, None])
    return np.round(255 * waves).astype(np.uint8)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    save_weights(build_pyramid(PyramidConfig((4, 8)), seed=3), folder / "tiny.npz")
    save_weights(build_painter(PainterConfig((4, 8)), seed=3), folder / "painter.npz")
    return folder


@pytest.fixture
def folder(tmp_path, monkeypatch, models):
    """photo.png, three paintings, two models, and a library of styles that is empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AELEARN_STYLES", str(tmp_path / "library"))
    for seed, name in enumerate(["photo.png", "one.png", "two.png", "three.png"]):
        Image.fromarray(checks(HEIGHT, WIDTH, seed)).save(name)
    for model in models.iterdir():
        Path(model.name).write_bytes(model.read_bytes())
    return tmp_path


@pytest.fixture
def run(capsys):
    def run_command(*words, model="tiny.npz"):
        status = main(["stylize", *map(str, words), *(["--model", model] if model else [])])
        return (status, *capsys.readouterr())

    return run_command


@pytest.fixture
def refuses(folder, run):
    """Runs a command that must fail with one plain line and write nothing; that line."""

    def run_command(*words, **options):
        before = sorted(folder.rglob("*"))
        status, out, err = run("photo.png", *words, "-o", "new.png", **options)
        assert (status, out) == (2, "") and re.fullmatch(r"aelearn: error: [^\n]+\n", err), err
        assert sorted(folder.rglob("*")) == before
        return err

    return run_command


def picture(name):
    return images.load_image(name)


def expect(name, expected):
    np.testing.assert_allclose(picture(name), expected, atol=0.6 / 255)


# ---- every control paints what the package paints


def test_regions_find_themselves_and_the_largest_has_the_first_style(folder, run):
    words = ["photo.png", "--region", "one.png", "--region", "two.png:0.5", "--alpha", 0.8]
    assert run(*words, "-o", "new.png") == (0, "new.png\n", "")
    stylizer = stylize.Stylizer.load("tiny.npz")
    masks = list(stylizer.segment(picture("photo.png"), 2))
    canvas = stylizer.regions(picture("photo.png"), [picture("one.png"), picture("two.png")], masks)
    expect("new.png", canvas.paint(alphas=[0.8, 0.4]))
    assert np.abs(picture("new.png") - canvas.paint(alphas=[0.4, 0.8])).max() > 2 / 255


def test_modes_take_the_parts_of_a_painting(folder, run):
    words = ["photo.png", "one.png", "--modes", 2, "--alpha", 0.7, "--stroke", 2, "--method", "adain"]
    assert run(*words, "-o", "new.png")[0] == 0
    stylizer = stylize.Stylizer.load("tiny.npz")
    canvas = stylizer.modes(picture("photo.png"), picture("one.png"), 2, stroke=2)
    expect("new.png", canvas.paint(alphas=[0.7, 0.7], method="adain"))
    run("photo.png", "one.png", "--modes", 1, "-o", "one_mode.png")
    run("photo.png", "one.png", "-o", "plain.png")
    np.testing.assert_array_equal(picture("one_mode.png"), picture("plain.png"))


def test_a_level_has_a_style_of_its_own_and_the_others_have_the_mixture(folder, run):
    words = ["photo.png", "--style", "one.png:1", "--style", "two.png:3", "--level-style", "1=three.png"]
    assert run(*words, "-o", "new.png")[0] == 0
    stylizer = stylize.Stylizer.load("tiny.npz")
    mixed = stylizer.mix([picture("one.png"), picture("two.png")], [0.25, 0.75])
    expect("new.png", stylizer(picture("photo.png"), stylizer.by_level({1: picture("three.png"), 2: mixed})))
    run("photo.png", "--level-style", "2=one.png", "--level-style", "1=three.png", "-o", "two.png")
    expected = stylizer.by_level({1: picture("three.png"), 2: picture("one.png")})
    expect("two.png", stylizer(picture("photo.png"), expected))


@pytest.mark.parametrize("pixels", [0, 6, 500])
def test_feather_is_measured_in_pixels(folder, run, pixels):
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[:, WIDTH // 2 :] = 1
    images.save_image(mask, "mask.png")
    photo, stylizer, edge = picture("photo.png"), stylize.Stylizer.load("tiny.npz"), min(1, pixels / HEIGHT)
    paintings = [picture("one.png"), picture("two.png")]
    run("photo.png", "--mask", "mask.png=one.png", "--feather", pixels, "-o", "mask_out.png")
    expect("mask_out.png", stylizer.regions(photo, paintings[:1], [stylize.feather(mask, pixels)]).paint())
    run("photo.png", "--region", "one.png", "--region", "two.png", "--feather", pixels, "-o", "regions.png")
    masks = list(stylizer.segment(photo, 2, feather=edge))
    expect("regions.png", stylizer.regions(photo, paintings, masks).paint())
    run("photo.png", "one.png", "--modes", 2, "--feather", pixels, "-o", "modes.png")
    expect("modes.png", stylizer.modes(photo, paintings[0], 2, feather=edge).paint())


@pytest.mark.parametrize("words", [[], ["--keep-color"], ["--level-style", "1=two.png", "--alpha", "0.5"]], ids=len)
def test_tiles_are_not_to_be_seen(folder, run, words):
    for options, out in ((["--tile", "--size", 5000], "tiles.png"), ([], "whole.png")):
        assert run("photo.png", "one.png", *words, *options, "-o", out, model="painter.npz")[:2] == (0, f"{out}\n")
    assert np.abs(picture("tiles.png") - picture("whole.png")).max() < 1.01 / 255


def test_tiles_read_bytes_and_a_painting_of_moderate_size(folder, run, monkeypatch):
    seen = {}
    for name in ("load_image", "load_uint8"):
        load = getattr(images, name)
        monkeypatch.setattr(images, name, lambda file, load=load, **options: seen.setdefault(
            Path(file).name, (load.__name__, options["max_side"])) and load(file, **options))
    assert run("photo.png", "one.png", "--tile", "--size", 8192, "-o", "new.png", model="painter.npz")[0] == 0
    assert seen == {"photo.png": ("load_uint8", 8192), "one.png": ("load_image", values.LARGEST_PAINTING)}


def test_a_picture_too_large_for_its_format_is_found_out_before_it_is_painted(folder, refuses, monkeypatch):
    monkeypatch.setitem(images.LONGEST_SIDE, "PNG", WIDTH - 1)
    monkeypatch.setattr(stylize.Stylizer, "load", lambda *_: pytest.fail("too late"))
    assert "new.png: .png holds at most 63 pixels a side" in refuses("one.png", "--tile")


@pytest.mark.parametrize("word", ["mine", "elsewhere.npz"])
def test_a_style_file_paints_as_its_painting_does(folder, run, word):
    stylizer = stylize.Stylizer.load("tiny.npz")
    made = stylize.describe_style(stylizer.style(picture("one.png"), stroke=0.5), stylizer, "mine", stroke=0.5)
    Path("elsewhere.npz").write_bytes(styles.add(made).read_bytes())
    assert run("photo.png", word, "-o", "new.png") == (0, "new.png\n", "")
    run("photo.png", "one.png", "--stroke", 0.5, "-o", "same.png")
    assert np.abs(picture("new.png") - picture("same.png")).max() <= 2 / 255
    assert json.loads(images.load_note("new.png"))["styles"] == [[word, 1.0]]
    assert run("photo.png", "--region", word, "--region", "two.png", "-o", "regions.png")[0] == 0


# ---- what does not go together


@pytest.mark.parametrize(("words", "told"), [
    (["--region", "one.png"], "--region divides the photo, so name two or more; received one"),
    (["one.png", "--region", "one.png", "--region", "two.png"], "--region does not go with STYLE or --style"),
    (["--region", "a:2"], "--region must be a style, or STYLE:ALPHA with a strength from 0 to 1"),
    (["--region", ":1"], "--region must be a style"),
    (["--region", "great_wav", "--region", "one.png"], "did you mean 'great_wave'?"),
    (["one.png", "--modes", "0"], "--modes must be a whole number from 1 to 16; received '0'"),
    (["one.png", "--modes", "17"], "--modes must be a whole number from 1 to 16; received '17'"),
    (["--style", "one.png", "--style", "two.png", "--modes", "2"], "--modes goes with one STYLE, whose parts it takes"),
    (["one.png", "--modes", "2", "--tile"], "--modes does not go with --tile"),
    (["one.png", "--modes", "2", "--level-alpha", "1:1"], "--modes does not go with --level-alpha"),
    (["one.png", "--level-style", "one.png"], "--level-style must be LEVEL=STYLE, such as 1=great_wave"),
    (["one.png", "--level-style", "0=one.png"], "--level-style must be LEVEL=STYLE"),
    (["one.png", "--level-style", "1="], "--level-style must be LEVEL=STYLE"),
    (["one.png", "--level-style", "1=two.png:0.5"], "--level-style takes no weight; write 1=two.png"),
    (["one.png", "--level-style", "3=two.png"], "--level-style takes each level from 1 to 2 once; received 3"),
    (["one.png", "--level-style", "1=two.png", "--level-style", "1=one.png"], "1 to 2 once; received 1, 1"),
    (["--level-style", "2=two.png"], "--level-style leaves level 1 without a style; name a STYLE behind PHOTO"),
    (["one.png", "--feather", "4"], "--feather softens the edges of --mask, --region or --modes; none of them"),
    (["one.png", "--feather", "-1", "--modes", "2"], "--feather must be a number from 0 to"),
    (["one.png", "--tile", "--mask", "one.png=two.png"], "--mask does not go with --tile"),
    (["one.png", "--tile", "--color", "matched"], "--color matched does not go with --tile"),
    (["one.png", "--size", "8192"], "--size above 4096 takes --tile; received 8192"),
    (["one.png", "--color", "palette"], "--color palette does not go with --model"),
    (["mine", "--stroke", "2"], "--stroke needs a painting; the style file mine has strokes of 1"),
    (["mine", "--color", "matched"], "--color matched needs a painting; mine is a style file, which has no pixels"),
    (["mine", "--modes", "2"], "--modes needs a painting; mine is a style file, which has no pixels"),
    (["torn.npz"], "torn.npz"),
])  # fmt: skip
def test_what_does_not_go_together_is_one_plain_line(folder, refuses, words, told):
    stylizer = stylize.Stylizer.load("tiny.npz")
    styles.add(stylize.describe_style(stylizer.style(picture("one.png")), stylizer, "mine"))
    Path("torn.npz").write_text("Dear reader")
    assert told in refuses(*words)


@pytest.mark.parametrize("words", [["--stroke", "2"], ["--method", "adain"], ["--model", "pixel"], ["--modes", "2"]])
def test_colours_alone_take_no_options_of_a_model(folder, refuses, words):
    told = refuses("one.png", "--color", "palette", *words, model=None)
    assert f"--color palette does not go with {words[0]}" in told


def test_a_style_of_another_model_says_so(folder, refuses):
    other = stylize.Stylizer(build_pyramid(PyramidConfig((4, 8)), seed=9))
    styles.add(stylize.describe_style(other.style(picture("one.png")), other, "theirs"))
    assert "style theirs is of other weights" in refuses("theirs")


def test_numbers_are_those_of_the_package():
    assert values.MOST_REGIONS == segment.MOST
    assert files.WEIGHTS == stylize.WEIGHTS


# ---- the same again


CONTROLS = {
    "regions": ["--region", "one.png", "--region", "two.png:0.5", "--feather", "3"],
    "modes": ["one.png", "--modes", "2"],
    "levels": ["one.png", "--level-style", "1=two.png"],
    "tiles": ["one.png", "--tile", "--alpha", "0.6", "--keep-color"],
    "own": ["mine"],
    "palette": ["one.png", "--color", "palette", "--alpha", "0.5"],
}


@pytest.mark.parametrize("control", CONTROLS)
def test_every_control_is_remembered(folder, run, control):
    stylizer = stylize.Stylizer.load("painter.npz")
    styles.add(stylize.describe_style(stylizer.style(picture("one.png")), stylizer, "mine"))
    model = None if control == "palette" else "painter.npz"
    assert run("photo.png", *CONTROLS[control], "-o", "first.png", model=model)[0] == 0
    assert run("photo.png", "--like", "first.png", "-o", "again.png", model=None) == (0, "again.png\n", "")
    assert Path("again.png").read_bytes() == Path("first.png").read_bytes()


@pytest.mark.parametrize(("control", "words", "same"), [
    ("regions", ["two.png"], ["two.png"]),
    ("regions", ["two.png", "--modes", "2"], ["two.png", "--modes", "2", "--feather", "3"]),
    ("modes", ["--region", "one.png", "--region", "two.png"], ["--region", "one.png", "--region", "two.png"]),
    ("modes", ["--modes", "1"], ["one.png"]),
    ("levels", ["two.png"], ["two.png", "--level-style", "1=two.png"]),
    ("levels", ["--color", "palette"], ["one.png", "--color", "palette"]),
    ("palette", ["--color", "painting"], ["one.png", "--alpha", "0.5"]),
])  # fmt: skip
def test_what_is_typed_sends_away_what_does_not_go_with_it(folder, run, control, words, same):
    run("photo.png", *CONTROLS[control], "-o", "first.png", model=None if control == "palette" else "painter.npz")
    after = None if "palette" in same or control != "palette" else "painter.npz"
    again = run("photo.png", *words, "--like", "first.png", "-o", "again.png", model=after)
    assert again == (0, "again.png\n", "")
    assert run("photo.png", *same, "-o", "same.png", model=None if "palette" in same else "painter.npz")[0] == 0
    np.testing.assert_array_equal(picture("again.png"), picture("same.png"))


GOOD = {"model": "tiny.npz", "styles": [["one.png", 1.0]]}


@pytest.mark.parametrize("change", [
    {"modes": 99}, {"modes": "two"}, {"modes": [2]}, {"feather": -1}, {"feather": "nan"}, {"feather": 1e9}, {"tile": 1},
    {"tile": "yes"}, {"regions": [["one.png"]]}, {"regions": [["one.png", 2]]}, {"regions": {}}, {"regions": [[1, 1]]},
    {"level_styles": [["one.png", 1]]}, {"level_styles": [[0, "one.png"]]}, {"level_styles": [[1, "one.png"]] * 33},
    {"level_styles": 7}, {"styles": []},
], ids=repr)  # fmt: skip
def test_damaged_settings_are_one_plain_line(folder, refuses, change):
    images.save_image(np.zeros((8, 8, 3)), "hostile.png", note=json.dumps(GOOD | change))
    told = refuses("--like", "hostile.png", model=None)
    assert "--like: the settings in hostile.png are damaged" in told and len(told) < 200


@pytest.mark.parametrize(("change", "told"), [
    ({"styles": [["gone", 1]]}, "--like: no painting is called 'gone'"),
    ({"styles": [["gone.png", 1]]}, "--like: no such file: 'gone.png'"),
    ({"model": "gone.npz"}, "--like: no weights at gone.npz"),
    ({"model": "magic"}, "--like: model must be one of"),
    ({"masks": [["gone.png", "one.png", 1]]}, "--like: 'gone.png': no such file"),
    ({"level_styles": [[9, "one.png"]]}, "--like: --level-style takes each level from 1 to 2 once; received 9"),
    ({"regions": [["one.png", 1], ["two.png", 1]]}, "--region does not go with STYLE"),
    ({"size": 8000}, "--size above 4096 takes --tile"),
])  # fmt: skip
def test_what_was_read_is_not_reported_as_typed(folder, refuses, change, told):
    images.save_image(np.zeros((8, 8, 3)), "hostile.png", note=json.dumps(GOOD | change))
    assert told in refuses("--like", "hostile.png", model=None)


def test_what_was_typed_is_reported_as_typed(folder, run, refuses):
    run("photo.png", "one.png", "-o", "first.png")
    assert "error: no painting is called 'gone'" in refuses("gone", "--like", "first.png")
    assert "error: --model must be one of" in refuses("--like", "first.png", model="magic")
