"""The command `aelearn`: the right picture or one plain line, and never a file that is half written."""

import dataclasses
import errno
import functools
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import aelearn
from aelearn import data, images, stylize, training, transforms
from aelearn.autoencoders import PyramidConfig, build_pyramid, load_weights, save_weights
from aelearn.cli import main, settings, values
from aelearn.cli.parser import build_parser
from aelearn.cli.progress import WIDTH, Progress

SCRIPT = Path(sys.executable).with_name("aelearn.exe" if os.name == "nt" else "aelearn")
FULL = OSError(errno.ENOSPC, "No space left on device")


def smooth(height, width, seed=0):
    """Soft colours that a network reconstructs well: uint8 (height, width, 3)."""
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    phase = np.random.default_rng(seed).uniform(0, 3, 3)
    return np.stack([128 + 80 * np.sin(3 * x + 2 * y + p) for p in phase], axis=-1).astype(np.uint8)


PICTURE = Image.fromarray(smooth(60, 80))


def with_orientation(value):
    exif = Image.Exif()
    exif[274] = value  # EXIF 2.3, table 4: Orientation
    return exif


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "tiny.npz"
    save_weights(build_pyramid(PyramidConfig((4, 8)), seed=3, name="tiny"), path)
    return str(path)


@pytest.fixture(scope="module")
def mirror(tmp_path_factory):
    """A model whose every convolution passes its input on: at alpha 0 it returns the photo itself."""
    model = build_pyramid(PyramidConfig((6,)), name="mirror")
    both_signs = np.concatenate([np.eye(3), -np.eye(3)], axis=1)  # a ReLU lets x pass in one channel, -x in another
    middles = {(3, 6): both_signs, (6, 6): np.eye(6), (6, 3): both_signs.T}
    for variable in model.weights:
        value = np.zeros(variable.shape, np.float32)
        if value.ndim == 4:
            value[1, 1] = middles[value.shape[2:]]  # of the 3 x 3 window
        variable.assign(value)
    path = tmp_path_factory.mktemp("models") / "mirror.npz"
    save_weights(model, path)
    return str(path)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to work in, with a photo, a painting and an earlier result that nothing may harm."""
    monkeypatch.chdir(tmp_path)
    PICTURE.save("photo.png")
    Image.fromarray(smooth(50, 40, seed=1)).save("painting.jpg")
    Path("out.png").write_bytes(b"precious")
    Path("pictures").mkdir()
    for seed in range(3):
        Image.fromarray(smooth(24, 32, seed=seed)).save(f"pictures/{seed}.png")
    return tmp_path


@pytest.fixture
def run(capsys):
    """Runs the command in this process: (status, stdout, stderr)."""

    def run_command(*words):
        status = main(list(map(str, words)))
        return (status, *capsys.readouterr())

    return run_command


@pytest.fixture
def refuses(folder, run):
    """Runs a command that must fail with one plain line, and must leave every file as it was; that line."""

    def run_command(*words, status=2):
        before = snapshot(folder)
        result, out, err = run(*words)
        assert (result, out) == (status, "")
        assert re.fullmatch(r"aelearn: error: [^\n]+\n", err), err
        assert snapshot(folder) == before
        return err

    return run_command


def snapshot(folder):
    """Every file below a folder, hidden ones included, with its bytes."""
    return {str(path): path.is_file() and path.read_bytes() for path in sorted(folder.rglob("*"))}


def painted(name):
    return np.asarray(Image.open(name), float) / 255


def in_new_process(*words, **options):
    options = {"capture_output": True, "text": True, "timeout": 300, "check": False} | options
    return subprocess.run([str(word) for word in words], **options)


def raises(error):
    def fail(*args, **kwargs):
        raise error

    return fail


TINY_TRAINING = ("--steps", 4, "--batch-size", 2, "--crop-size", 16, "--widths", "4,8", "-o", "mine.npz")


# ---- stylize: the right picture


def test_picture_is_the_one_that_the_stylizer_paints(folder, run, tiny):
    options = ["--alpha", 0.6, "--method", "adain", "--level-alpha", "2:0.5,1:1", "--model", tiny]
    assert run("stylize", "photo.png", "painting.jpg", "-o", "new.png", *options) == (0, "new.png\n", "")
    photo, painting = (images.load_image(name) for name in ("photo.png", "painting.jpg"))
    stylizer = stylize.Stylizer.load(tiny)
    expected = stylizer(photo, painting, alpha=0.6, method="adain", level_alpha={2: 0.5, 1: 1.0})
    np.testing.assert_array_equal(np.asarray(Image.open("new.png")), images.to_uint8(expected))


def test_options_left_out_are_the_stylizers_own_defaults(folder, run, tiny):
    run("stylize", "photo.png", "painting.jpg", "-o", "new.png", "--model", tiny)
    photo, painting = (images.load_image(name) for name in ("photo.png", "painting.jpg"))
    expected = stylize.Stylizer.load(tiny)(photo, painting)
    np.testing.assert_array_equal(np.asarray(Image.open("new.png")), images.to_uint8(expected))


KINDS = {
    "gray": (lambda: PICTURE.convert("L").save("in.png"), lambda: PICTURE.convert("L").convert("RGB")),
    "cmyk": (lambda: PICTURE.convert("CMYK").save("in.jpg", quality=98), lambda: PICTURE),
    "wide": (lambda: PICTURE.resize((960, 32)).save("in.png"), lambda: PICTURE.resize((64, 2))),
    "dot": (lambda: Image.new("RGB", (1, 1), "teal").save("in.png"), lambda: Image.new("RGB", (1, 1), "teal")),
    "16 bit": (
        lambda: Image.fromarray(np.asarray(PICTURE.convert("L")).astype(np.uint16) * 257).save("in.png"),
        lambda: PICTURE.convert("L").convert("RGB"),
    ),
    "upright": (
        lambda: PICTURE.save("in.jpg", quality=98, exif=with_orientation(6)),
        lambda: PICTURE.transpose(Image.Transpose.ROTATE_270),  # 6: turn it clockwise to see it upright
    ),
    "transparent palette": (
        lambda: Image.new("P", (80, 60), 0).save("in.png", transparency=0),
        lambda: Image.new("RGB", (80, 60), "white"),
    ),
    "animated": (
        lambda: Image.new("RGB", (80, 60), "teal").save(
            "in.gif", save_all=True, append_images=[Image.new("RGB", (80, 60), "black")]
        ),
        lambda: Image.new("RGB", (80, 60), "teal"),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_photo_gives_its_own_picture_upright(folder, run, mirror, kind):
    write, expect = KINDS[kind]
    write()
    (source,) = folder.glob("in.*")
    options = ["--size", 64, "--alpha", 0, "--model", mirror]
    assert run("stylize", source, "painting.jpg", "-o", "new.png", *options) == (0, "new.png\n", "")
    expected = expect()
    scale = min(1, 64 / max(expected.size))
    expected = expected.resize([max(1, round(side * scale)) for side in expected.size], Image.Resampling.LANCZOS)
    with Image.open("new.png") as painted:
        assert (painted.size, painted.mode) == (expected.size, "RGB")
        difference = np.asarray(painted, float) - np.asarray(expected, float)
    assert np.abs(difference).mean() < 1.5  # of 255: what JPEG and rounding cost


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_painting_can_be_a_style(folder, run, mirror, kind):
    KINDS[kind][0]()
    (source,) = folder.glob("in.*")
    assert run("stylize", "photo.png", source, "-o", "new.png", "--model", mirror) == (0, "new.png\n", "")
    assert Image.open("new.png").size == (80, 60)


@pytest.mark.parametrize(("size", "expected"), [(40, (40, 30)), (79, (79, 59)), (80, (80, 60)), (4096, (80, 60))])
def test_size_is_the_longest_side_and_nothing_is_enlarged(folder, run, mirror, size, expected):
    run("stylize", "photo.png", "painting.jpg", "-o", "new.png", "--model", mirror, "--size", size)
    assert Image.open("new.png").size == expected


def test_painting_is_scaled_to_the_size_too(folder, run, mirror):
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)  # scaling takes its contrast
    Image.fromarray(noise).save("noise.png")
    images.save_image(images.load_image("noise.png", max_side=20), "scaled.png")
    for style in ("noise", "scaled"):
        run("stylize", "photo.png", f"{style}.png", "-o", f"with_{style}.png", "--model", mirror, "--size", 20)
    large, small = (np.asarray(Image.open(f"with_{style}.png"), int) for style in ("noise", "scaled"))
    assert np.abs(large - small).max() <= 2  # the second painting was rounded to bytes


@pytest.mark.parametrize("name", ["new.png", "new.JPG", "new.jpeg", "new.webp"])
def test_ending_of_the_output_chooses_the_format(folder, run, mirror, name):
    assert run("stylize", "photo.png", "painting.jpg", "-o", name, "--model", mirror)[:2] == (0, f"{name}\n")
    formats = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
    assert Image.open(name).format == formats[Path(name).suffix.lower()]


def test_earlier_output_is_replaced_and_nothing_else_appears(folder, run, mirror):
    before = set(os.listdir())
    assert run("stylize", "photo.png", "painting.jpg", "-o", "out.png", "--model", mirror)[0] == 0
    assert Image.open("out.png").size == (80, 60) and set(os.listdir()) == before


def test_bundled_names_stand_for_photo_and_painting(folder, run, mirror):
    options = ["--model", mirror, "--size", 48]
    assert run("stylize", "chambord", "great_wave", "-o", "a.png", *options) == (0, "a.png\n", "")
    photo, wave = (data.folder() / data.entry(name).file for name in ("chambord", "great_wave"))
    run("stylize", photo, wave, "-o", "b.png", *options)
    np.testing.assert_array_equal(painted("a.png"), painted("b.png"))


def test_file_wins_over_a_bundled_name_and_a_folder_does_not(folder, run, mirror):
    options = ["--model", mirror, "--size", 48]
    run("stylize", "photo.png", "great_wave", "-o", "bundled.png", *options)
    Path("great_wave").mkdir()
    run("stylize", "photo.png", "great_wave", "-o", "beside_folder.png", *options)
    Path("great_wave").rmdir()
    Path("great_wave").write_bytes(Path("painting.jpg").read_bytes())
    run("stylize", "photo.png", "great_wave", "-o", "file.png", *options)
    run("stylize", "photo.png", "painting.jpg", "-o", "painting.png", *options)
    bundled, beside_folder, file, painting = (
        painted(f"{name}.png").tobytes() for name in ("bundled", "beside_folder", "file", "painting")
    )
    assert bundled == beside_folder != file == painting


def test_raised_picture_limit_admits_a_larger_file(folder, run, refuses, mirror):
    words = ["stylize", "photo.png", "painting.jpg", "-o", "new.png", "--model", mirror]
    assert "pass --max-pixels 4800 if" in refuses(*words, "--max-pixels", 4799)
    assert run(*words, "--max-pixels", 4800)[0] == 0


# ---- stylize: one plain line


def broken(kind):
    """Writes a file that is no usable picture; its name."""
    if kind == "text":
        Path("text.jpg").write_text("Dear reader, this is a letter.")
    elif kind == "truncated":
        stored = io.BytesIO()
        PICTURE.save(stored, "JPEG")
        Path("truncated.jpg").write_bytes(stored.getvalue()[: len(stored.getvalue()) // 2])
    elif kind == "huge":
        Image.new("1", (10_000, 10_000)).save("huge.jpg", "PNG")
    elif kind == "empty":
        Path("empty.jpg").touch()
    elif kind == "folder":
        Path("folder.jpg").mkdir()
    return f"{kind}.jpg"


@pytest.mark.parametrize("position", ["photo", "style"])
@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("missing", "no such file"),
        ("text", "not a picture"),
        ("truncated", "damaged"),
        ("huge", "--max-pixels 100000000"),
        ("empty", "empty"),
        ("folder", "a folder, not a picture"),
    ],
)
def test_unusable_picture_is_refused_before_keras_is_asked(folder, refuses, monkeypatch, kind, told, position):
    monkeypatch.setattr(stylize.Stylizer, "load", raises(AssertionError("too late")))
    name = broken(kind)
    pictures = (name, "painting.jpg") if position == "photo" else ("photo.png", name)
    error = refuses("stylize", *pictures, "-o", "out.png")
    if (kind, position) == ("folder", "photo"):  # for which there is a folder to paint into
        told = name = "-o must be a folder for several photos; received 'out.png'"
    assert told in error and name in error


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--alpha", "1.7"], "--alpha must be a number from 0 to 1; received '1.7'"),
        (["--alpha", "-0.1"], "--alpha must be a number from 0 to 1; received '-0.1'"),
        (["--alpha", "nan"], "--alpha must be a number from 0 to 1; received 'nan'"),
        (["--alpha", "abc"], "--alpha must be a number from 0 to 1; received 'abc'"),
        (["--size", "0"], "--size must be a whole number from 1 to 32768; received '0'"),
        (["--size", "-5"], "--size must be a whole number from 1 to 32768; received '-5'"),
        (["--size", "abc"], "--size must be a whole number from 1 to 32768; received 'abc'"),
        (["--size", "1e9"], "--size must be a whole number from 1 to 32768; received '1e9'"),
        (["--size", "1000000000"], "--size must be a whole number from 1 to 32768; received '1000000000'"),
        (["--size", "4097"], "--size above 4096 takes --tile; received 4097"),
        (["--max-pixels", "0"], "--max-pixels must be a whole number of at least 1; received '0'"),
        (["--method", "adan"], "did you mean 'adain'? received 'adan'"),
        (["--method", "?"], "--method must be one of optimal_transport, whitening_coloring, adain, cholesky; received"),
        (["--level-alpha", "1"], "--level-alpha must be levels with strengths from 0 to 1, such as 4:0.5,1:1"),
        (["--level-alpha", "1:2"], "received '1:2'"),
        (["--level-alpha", "1:0.5,1:1"], "each level once; received '1:0.5,1:1'"),
        (["--level-alpha", "7:1"], "--level-alpha must have levels from 1 to"),
        (["--model", "pixle"], "did you mean 'pixel'? received 'pixle'"),
        (["--model", "none.npz"], "no weights at none.npz"),
        (["--model", "painting.npz"], "painting.npz is not a complete aelearn weights file"),
        (["--colour", "3"], "unrecognized arguments: --colour 3; see aelearn --help"),
    ],
)
def test_wrong_option_is_named_with_what_was_received(folder, refuses, options, told):
    Path("painting.npz").write_bytes(Path("painting.jpg").read_bytes())
    assert told in refuses("stylize", "photo.png", "painting.jpg", "-o", "out.png", *options)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("grate_wave", ["no painting is called 'grate_wave'", "did you mean 'great_wave'?"]),
        ("Starry Night", ["did you mean 'starry_night'?"]),
        ("great_wave.jpg", ["no such file", "did you mean the bundled painting 'great_wave'?"]),
        ("chambord", ["it is the name of a photo"]),
        ("zzz", ["choose from great_wave, "]),
        ("", ["no painting is called ''"]),
    ],
)
def test_unknown_style_suggests_names_and_says_where_it_looked(folder, refuses, name, told):
    error = refuses("stylize", "photo.png", name, "-o", "out.png")
    assert all(part in error for part in [*told, os.path.abspath(name)])


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("new.gif", "new.gif: the name must end in .png or .jpg or .jpeg or .webp"),
        ("new", "new: the name must end in"),
        ("missing/new.png", "there is no folder missing; create it first"),
        ("photo.png/new.png", "there is no folder photo.png"),
        ("photo.png", "photo.png is one of the pictures to read"),
        ("./pictures/../photo.png", "is one of the pictures to read"),
        ("painting.jpg", "painting.jpg is one of the pictures to read"),
        ("link.png", "link.png is one of the pictures to read"),
        ("locked.png", "locked.png is write-protected"),
    ],
)
def test_unusable_output_is_refused_before_anything_is_read(folder, refuses, monkeypatch, output, told):
    os.link("photo.png", "link.png")
    Path("locked.png").touch(mode=0o444)
    monkeypatch.setattr(images, "load_image", raises(AssertionError("too late")))
    assert told in refuses("stylize", "photo.png", "painting.jpg", "-o", output)


def test_bundled_picture_is_never_the_output(folder, refuses):
    wave = Path(data.folder()) / data.entry("great_wave").file
    assert "is one of the pictures to read" in refuses("stylize", "photo.png", "great_wave", "-o", wave)


def test_folder_that_refuses_files_is_found_out_before_any_work(folder, refuses, monkeypatch):
    monkeypatch.setattr(images, "load_image", raises(AssertionError("too late")))
    monkeypatch.setattr(tempfile, "TemporaryFile", raises(PermissionError(errno.EACCES, "Permission denied")))
    error = refuses("stylize", "photo.png", "painting.jpg", "-o", "out.png")
    assert "out.png: its folder cannot be written to (Permission denied); save elsewhere" in error


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_full_disk_is_the_machines_failure_and_leaves_the_folder_as_it_was(refuses, monkeypatch, mirror, step):
    monkeypatch.setattr(os, step, raises(FULL))
    error = refuses("stylize", "photo.png", "painting.jpg", "-o", "out.png", "--model", mirror, status=1)
    assert "out.png: not written (No space left on device); free some space" in error


def test_missing_memory_suggests_a_smaller_size(refuses, monkeypatch, mirror):
    monkeypatch.setattr(stylize.Stylizer, "canvas", raises(MemoryError()))
    error = refuses("stylize", "photo.png", "painting.jpg", "-o", "out.png", "--model", mirror, status=1)
    assert "not enough memory; choose a smaller --size" in error


def test_mistake_of_the_program_is_one_line_unless_its_traceback_is_asked_for(refuses, monkeypatch, mirror):
    monkeypatch.setattr(stylize.Stylizer, "canvas", raises(KeyError("a mistake\nin two lines")))
    words = ["stylize", "photo.png", "painting.jpg", "-o", "out.png", "--model", mirror]
    assert "unexpected KeyError: 'a mistake" in refuses(*words, status=1)
    with pytest.raises(KeyError):
        main([*words, "--traceback"])


def test_interrupted_painting_writes_nothing(folder, run, monkeypatch, mirror):
    monkeypatch.setattr(stylize.Stylizer, "canvas", raises(KeyboardInterrupt()))
    before = snapshot(folder)
    status, out, err = run("stylize", "photo.png", "painting.jpg", "-o", "out.png", "--model", mirror)
    assert (status, out, err) == (130, "", "aelearn: stopped; the result was not written\n")
    assert snapshot(folder) == before


def test_message_is_one_line_even_for_a_file_name_of_two(refuses):
    assert "two\\nlines\\x1b.jpg" in refuses("stylize", "two\nlines\x1b.jpg", "painting.jpg", "-o", "out.png")
    assert "two lines\\x1b.gif" in refuses("stylize", "photo.png", "painting.jpg", "-o", "two\nlines\x1b.gif")


def test_warning_about_a_picture_is_a_plain_note(folder, run, mirror):
    PICTURE.save("odd.png", icc_profile=b"no profile")
    words = ["stylize", "odd.png", "painting.jpg", "-o", "new.png", "--model", mirror]
    status, out, err = run(*words)
    assert (status, out) == (0, "new.png\n")
    assert re.fullmatch(r"aelearn: note: odd\.png: colour profile not usable [^\n]+\n", err)


# ---- several styles, strokes, colours


def test_several_styles_are_mixed_by_their_weights(folder, run, tiny):
    Image.fromarray(smooth(44, 44, seed=9)).save("other.png")
    for words, out in ((["painting.jpg"], "one.png"), (["--style", "painting.jpg"], "same.png"),
                       (["--style", "painting.jpg:2", "--style", "other.png:0"], "first.png"),
                       (["--style", "painting.jpg:0.3", "--style", "other.png:0.7"], "mixed.png")):
        assert run("stylize", "photo.png", *words, "-o", out, "--model", tiny) == (0, f"{out}\n", "")
    np.testing.assert_array_equal(painted("one.png"), painted("same.png"))
    np.testing.assert_array_equal(painted("one.png"), painted("first.png"))
    pictures = [images.load_image(name) for name in ("photo.png", "painting.jpg", "other.png")]
    expected = stylize.Stylizer.load(tiny)(pictures[0], pictures[1:], weights=[0.3, 0.7])
    np.testing.assert_allclose(painted("mixed.png"), expected, atol=0.6 / 255)


def test_a_colon_in_a_path_is_no_weight(folder, run, tiny):
    Path("a:b.png").write_bytes(Path("photo.png").read_bytes())
    assert run("stylize", "photo.png", "--style", "a:b.png", "-o", "new.png", "--model", tiny)[0] == 0


def test_strokes_are_those_of_a_larger_painting(folder, run, tiny):
    run("stylize", "photo.png", "painting.jpg", "-o", "new.png", "--model", tiny, "--stroke", 2)
    photo, painting = images.load_image("photo.png"), images.load_image("painting.jpg")
    stylizer = stylize.Stylizer.load(tiny)
    expected = stylizer(photo, images.resize_image(painting, size=(100, 80)))
    np.testing.assert_allclose(painted("new.png"), expected, atol=0.6 / 255)
    assert np.abs(expected - stylizer(photo, painting)).max() > 2 / 255


@pytest.mark.parametrize(
    "words", [["--color", "photo"], ["--keep-color"], ["--color", "matched"], ["--color", "palette"]]
)
def test_whose_colours_a_picture_has(folder, run, tiny, words):
    model = [] if words[-1] == "palette" else ["--model", tiny]
    assert run("stylize", "photo.png", "painting.jpg", "-o", "new.png", *model, *words)[0] == 0
    photo, painting = images.load_image("photo.png"), images.load_image("painting.jpg")
    stylizer = stylize.Stylizer.load(tiny)
    expected = {
        "matched": lambda: stylizer(photo, stylize.match_colors(painting, photo)),
        "palette": lambda: stylize.match_colors(photo, painting),
    }.get(words[-1], lambda: stylize.keep_colors(stylizer(photo, painting), photo))()
    np.testing.assert_allclose(painted("new.png"), expected, atol=0.6 / 255)
    assert np.abs(expected - stylizer(photo, painting)).max() > 2 / 255


def test_colours_alone_go_as_far_as_alpha_says(folder, run):
    for alpha, out in ((0, "none.png"), (0.5, "half.png"), (1, "all.png")):
        run("stylize", "photo.png", "painting.jpg", "-o", out, "--color", "palette", "--alpha", alpha)
    none, half, all_ = map(painted, ("none.png", "half.png", "all.png"))
    np.testing.assert_array_equal(none, painted("photo.png"))
    np.testing.assert_allclose(half, (none + all_) / 2, atol=1.1 / 255)


@pytest.mark.parametrize(("words", "told"), [
    ([], "name a STYLE behind PHOTO, several by --style, or a picture by --like"),
    (["painting.jpg", "--style", "great_wave"], "give one STYLE behind PHOTO, or several by --style, and not both"),
    (["--style", "painting.jpg:0", "--style", "great_wave:0"], "--style needs one weight above 0; received only zeros"),
    (["--style", "painting.jpg:-1"], "--style must be a style and a weight of 0 or more, such as mine.jpg:0.3"),
    (["--style", "painting.jpg:nan"], "--style must be a style and a weight of 0 or more, such as mine.jpg:0.3"),
    (["--style", ":0.5"], "--style must be a style and a weight of 0 or more, such as mine.jpg:0.3"),
    (["--style", "great_wav:0.5"], "did you mean 'great_wave'?"),
    (["painting.jpg", "--stroke", "0.2"], "--stroke must be a number from 0.25 to 4"),
    (["painting.jpg", "--stroke", "5"], "--stroke must be a number from 0.25 to 4"),
    (["painting.jpg", "--color", "palette", "--keep-color"], "--keep-color does not go with --color"),
    (["painting.jpg", "--keep-color", "--color", "palette"], "--color does not go with --keep-color"),
    (["painting.jpg", "--color", "mine"], "--color must be one of painting, photo, matched, palette; received 'mine'"),
])  # fmt: skip
def test_styles_strokes_and_colours_are_refused_in_one_line(refuses, words, told):
    assert told in refuses("stylize", "photo.png", *words, "-o", "new.png")


def test_the_words_of_the_command_line_are_those_of_the_package():
    assert values.STROKES == stylize.stylizer.STROKES
    assert settings.MODEL == stylize.DEFAULT


def test_a_painting_that_is_named_twice_is_read_once(folder, run, tiny, monkeypatch):
    read = []
    load = images.load_image
    monkeypatch.setattr(images, "load_image", lambda name, **options: read.append(str(name)) or load(name, **options))
    words = ["--style", "painting.jpg:0.5"] * 3
    assert run("stylize", "photo.png", *words, "-o", "new.png", "--model", tiny)[0] == 0
    assert sorted(read) == ["painting.jpg", "photo.png"]


@pytest.mark.parametrize(("words", "told"), [
    (["painting.jpg", "-o", "y" * 300 + ".png"], "the name is too long; choose a shorter one"),
    (["painting.jpg", "-o", ""], "the name of the file to write is empty"),
    (["painting.jpg", "-o", "new.png", "--level-alpha", "9:1"], "--level-alpha must have levels from 1 to"),
    (["painting.jpg", "-o", "new.png", "--model", "nosuch"], "--model must be one of"),
])  # fmt: skip
def test_what_was_typed_is_named_as_it_was_typed(refuses, words, told):
    assert told in refuses("stylize", "photo.png", *words)


@pytest.mark.parametrize("name", ["nosuch", "pixle", "none.npz"])
def test_a_model_that_is_not_there_is_told_before_anything_is_read(folder, refuses, monkeypatch, name):
    with pytest.raises((ValueError, FileNotFoundError)) as told:
        stylize.Stylizer.load(name)
    monkeypatch.setattr(images, "load_image", raises(AssertionError))
    error = refuses("stylize", "photo.png", "painting.jpg", "-o", "new.png", "--model", name)
    assert str(told.value) in error.replace("--model", "model")


def test_a_style_with_a_colon_in_its_path_may_have_a_level(folder):
    Path("a:1").write_bytes(Path("painting.jpg").read_bytes())
    assert values.level_style("1=a:1") == (1, "a:1")


# ---- masks


@pytest.fixture
def halves(folder):
    """left.png: the left half of the photo, white on black, at half its size."""
    mask = np.zeros((30, 40), np.uint8)
    mask[:, :20] = 255
    Image.fromarray(mask).save("left.png")
    return np.asarray(mask, float).repeat(2, axis=0).repeat(2, axis=1) / 255


def test_a_mask_gives_its_region_a_style_of_its_own_and_the_rest_the_other(run, halves, tiny):
    words = ["photo.png", "painting.jpg", "--mask", "left.png=pictures/2.png:0.5", "--alpha", "0.8", "--model", tiny]
    assert run("stylize", *words, "-o", "new.png") == (0, "new.png\n", "")
    photo, rest, left = (images.load_image(name) for name in ("photo.png", "painting.jpg", "pictures/2.png"))
    stylizer = stylize.Stylizer.load(tiny)
    expected = stylizer.regions(photo, [rest, left], [1 - halves, halves]).paint(alphas=[0.8, 0.4])
    np.testing.assert_allclose(painted("new.png"), expected, atol=0.6 / 255)
    assert not np.allclose(expected, stylizer(photo, rest, alpha=0.8), atol=1 / 255)


def test_without_a_style_the_rest_is_left_alone_and_masks_are_remembered(run, halves, tiny):
    Path("tiny.npz").write_bytes(Path(tiny).read_bytes())
    words = ["photo.png", "--mask", "left.png=painting.jpg", "--model", "tiny.npz", "--keep-color"]
    assert run("stylize", *words, "-o", "new.png")[0] == 0
    photo, painting = images.load_image("photo.png"), images.load_image("painting.jpg")
    expected = stylize.Stylizer.load(tiny).regions(photo, [painting], [halves]).paint()
    np.testing.assert_allclose(painted("new.png"), stylize.keep_colors(expected, photo), atol=0.6 / 255)
    assert json.loads(images.load_note("new.png"))["masks"] == [["left.png", "painting.jpg", 1.0]]
    assert run("stylize", "photo.png", "--like", "new.png", "-o", "again.png")[0] == 0
    np.testing.assert_array_equal(painted("again.png"), painted("new.png"))


def test_a_mask_that_covers_all_leaves_nothing_for_the_style(run, halves, tiny):
    Image.fromarray(np.full((60, 80), 255, np.uint8)).save("all.png")
    run("stylize", "photo.png", "great_wave", "--mask", "all.png=painting.jpg", "-o", "new.png", "--model", tiny)
    run("stylize", "photo.png", "--mask", "all.png=painting.jpg", "-o", "same.png", "--model", tiny)
    np.testing.assert_array_equal(painted("new.png"), painted("same.png"))


@pytest.mark.parametrize(("words", "told"), [
    (["--mask", "left.png"], "--mask must be FILE=STYLE, or FILE=STYLE:ALPHA with a strength from 0 to 1"),
    (["--mask", "=great_wave"], "--mask must be FILE=STYLE"),
    (["--mask", "left.png=painting.jpg:2"], "--mask must be FILE=STYLE"),
    (["--mask", "left.png=painting.jpg:nan"], "--mask must be FILE=STYLE"),
    (["--mask", "gone.png=painting.jpg"], "'gone.png': no such file"),
    (["--mask", "left.png=great_wav"], "did you mean 'great_wave'?"),
    (["--mask", "black.png=painting.jpg"], "black.png is empty: a region needs pixels to have statistics; paint some"),
    (["--mask", "left.png=painting.jpg", "--mask", "wide.png=painting.jpg"], "wide.png must have the proportions of"),
    (["--mask", "new.png=painting.jpg"], "is one of the pictures to read"),
    (["--mask", "left.png=painting.jpg", "--color", "palette"], "--color palette does not go with --mask"),
    (["--mask", "left.png=painting.jpg", "--level-alpha", "1:1"], "--mask does not go with --level-alpha"),
])  # fmt: skip
def test_masks_that_do_not_fit_are_one_plain_line(refuses, halves, tiny, words, told):
    Image.fromarray(np.zeros((60, 80), np.uint8)).save("black.png")
    Image.fromarray(np.full((60, 200), 255, np.uint8)).save("wide.png")
    Image.fromarray(np.full((60, 80), 255, np.uint8)).save("new.png")
    assert told in refuses("stylize", "photo.png", *words, "-o", "new.png", "--model", tiny)


# ---- the same again


OPTIONS = "--alpha 0.6 --method adain --level-alpha 2:0.5,1:1 --stroke 1.5 --color matched --size 40".split()


def test_a_picture_keeps_what_it_was_painted_with_and_another_is_painted_like_it(folder, run, tiny):
    Path("tiny.npz").write_bytes(Path(tiny).read_bytes())
    Image.fromarray(smooth(44, 44, seed=9)).save("other.png")
    words = ["--style", "painting.jpg:0.3", "--style", f"{folder}/other.png:0.7", *OPTIONS, "--model", "tiny.npz"]
    assert run("stylize", "photo.png", *words, "-o", "first.png")[0] == 0
    Path("pictures/photo.png").write_bytes(Path("photo.png").read_bytes())
    assert run("stylize", "--like", "first.png", "pictures/photo.png", "-o", "again.png") == (0, "again.png\n", "")
    np.testing.assert_array_equal(painted("again.png"), painted("first.png"))
    note = images.load_note("again.png")
    assert note == images.load_note("first.png") and str(folder) not in note
    assert json.loads(note)["styles"] == [["painting.jpg", 0.3], ["other.png", 0.7]]


def test_what_is_typed_wins_over_what_is_read(folder, run, tiny):
    Path("tiny.npz").write_bytes(Path(tiny).read_bytes())
    run("stylize", "photo.png", "painting.jpg", "-o", "first.png", "--model", "tiny.npz", "--alpha", "0.2")
    run("stylize", "photo.png", "--like", "first.png", "-o", "more.png", "--alpha", "0.9")
    run("stylize", "photo.png", "painting.jpg", "-o", "plain.png", "--model", "tiny.npz", "--alpha", "0.9")
    np.testing.assert_array_equal(painted("more.png"), painted("plain.png"))
    assert run("stylize", "photo.png", "pictures/1.png", "--like", "first.png", "-o", "style.png")[0] == 0
    assert not np.array_equal(painted("style.png"), painted("first.png"))


def test_only_a_png_keeps_settings(folder, run, refuses, tiny):
    run("stylize", "photo.png", "painting.jpg", "-o", "new.jpg", "--model", tiny)
    for name in ("new.jpg", "photo.png"):
        told = refuses("stylize", "--like", name, "photo.png", "-o", "again.png")
        assert f"--like: {name} holds no settings; only a .png that aelearn stylize has written does" in told
    assert "no such file" in refuses("stylize", "--like", "gone.png", "photo.png", "-o", "again.png")


GOOD = {"aelearn": "1", "model": "pixel", "alpha": 1.0, "method": "adain", "level_alpha": None, "stroke": 1.0,
        "color": "painting", "size": 64, "styles": [["painting.jpg", 1.0]], "masks": []}
DAMAGED = [{"alpha": 2}, {"alpha": "__import__('os')"}, {"method": "magic"}, {"level_alpha": {"1": 7}},
           {"stroke": [1]}, {"level_alpha": [1]}, {"color": 3}, {"size": -1}, {"styles": 5},
           {"styles": [["painting.jpg"]]}, {"styles": [["painting.jpg", -1]]}, {"styles": [["painting.jpg", "nan"]]},
           {"styles": []}, {"model": 3}, {"masks": [["a.png", "b.png"]]}, {"masks": [["a.png", "b.png", 3]]}]


@pytest.mark.parametrize("change", DAMAGED, ids=repr)
def test_damaged_settings_are_one_plain_line(folder, refuses, change):
    images.save_image(np.zeros((8, 8, 3)), "hostile.png", note=json.dumps(GOOD | change))
    told = refuses("stylize", "--like", "hostile.png", "photo.png", "-o", "again.png")
    assert "--like: the settings in hostile.png are damaged" in told


@pytest.mark.parametrize("note", ["", "{", "[]", "null", "7", "{}", "[" * 100_000, '{"size": ' + "9" * 5000 + "}"],
                         ids=lambda note: note[:12])
def test_a_note_that_holds_something_else_is_one_plain_line(folder, refuses, note):
    images.save_image(np.zeros((8, 8, 3)), "hostile.png", note=note)
    told = refuses("stylize", "--like", "hostile.png", "photo.png", "-o", "again.png")
    assert "--like: the settings in hostile.png are damaged: " in told and len(told) < 200


@pytest.mark.parametrize("change", [
    {"styles": [["great_wave", 1]] * 100_000}, {"styles": [["w" * 5000, 1]]}, {"size": 40_000}, {"styles": [[None, 1]]},
    {"styles": [["..", 1]] * 33}, {"size": 10**4200}, {"styles": [["", 1]]},
], ids=lambda change: str(change)[:30])  # fmt: skip
def test_settings_beyond_all_measure_are_one_short_line(folder, refuses, change):
    images.save_image(np.zeros((8, 8, 3)), "hostile.png", note=json.dumps(GOOD | change))
    told = refuses("stylize", "--like", "hostile.png", "photo.png", "-o", "again.png")
    assert f"--like: the settings in hostile.png are damaged: {list(change)[0]} is " in told and len(told) < 200


def test_settings_of_a_version_before_masks_still_hold(folder, run, tiny):
    Path("tiny.npz").write_bytes(Path(tiny).read_bytes())
    old = {name: value for name, value in GOOD.items() if name not in ("masks", "color", "stroke")}
    images.save_image(np.zeros((8, 8, 3)), "old.png", note=json.dumps(old | {"model": "tiny.npz"}))
    assert run("stylize", "--like", "old.png", "photo.png", "-o", "again.png")[0] == 0


def test_settings_from_elsewhere_open_no_file_outside_this_folder(folder, refuses):
    images.save_image(np.zeros((8, 8, 3)), "hostile.png", note=json.dumps(GOOD | {"model": "/etc/secret.npz"}))
    words = ["stylize", "--like", "hostile.png", "photo.png", "-o", "again.png"]
    assert "--like: no weights at secret.npz" in refuses(*words)
    settings_of_another = GOOD | {"styles": [["../../etc/passwd", 1]]}
    images.save_image(np.zeros((8, 8, 3)), "hostile.png", note=json.dumps(settings_of_another))
    assert "--like: no painting is called 'passwd'" in refuses(*words)


# ---- styles, info, help


def test_styles_is_one_aligned_line_per_painting(run):
    status, out, err = run("styles")
    lines, entries = out.splitlines(), data.entries("painting")
    assert (status, err, len(lines)) == (0, "", len(entries))
    for field in ("title", "author"):
        assert len({line.index(getattr(one, field), len(one.name)) for line, one in zip(lines, entries)}) == 1
    assert all(line.startswith(one.name + " ") and line.endswith(one.year) for line, one in zip(lines, entries))
    assert "\x1b" not in out and all(line == line.rstrip() for line in lines)


def test_styles_lists_photos_too_when_asked(run):
    words = [line.split() for line in run("styles", "--photos")[1].splitlines()]
    assert [word[0] for word in words if word[1] == "painting"] == data.painting_names()
    assert [word[0] for word in words if word[1] == "photo"] == data.photo_names()


def test_info_tells_machine_models_and_datasets(run, monkeypatch, tmp_path):
    (tmp_path / "good.npz").touch()
    card = {"parameters": 441651, "steps": 10000, "held_out_psnr_db": {"1": 34.56, "2": 29.01}}
    (tmp_path / "good.json").write_text(json.dumps(card))
    (tmp_path / "plain.npz").touch()
    (tmp_path / "torn.npz").touch()
    (tmp_path / "torn.json").write_text('{"parameters": 44')
    monkeypatch.setattr(stylize.stylizer, "WEIGHTS", tmp_path)
    status, out, err = run("info")
    assert (status, err) == (0, "")
    rows = [line.split(maxsplit=1) for line in out.splitlines()]
    assert ["aelearn", aelearn.__version__] in rows
    assert [rest for key, rest in rows if key == "model"] == [
        "good: 441,651 parameters, 10,000 steps; reconstructs at 34.6, 29.0 dB (level 1 first)",
        "plain: no card",
        "torn: its card torn.json cannot be read",
    ]
    (where,) = [rest for key, rest in rows if key == "datasets"]
    assert str(data.folder()) in where and f"{len(data.painting_names())} paintings" in where


def test_lost_datasets_are_reported_and_do_not_stop_info(run, refuses, monkeypatch, folder):
    monkeypatch.setenv("AELEARN_DATASETS", str(folder / "nowhere"))
    assert "nowhere" in refuses("styles")
    status, out, _ = run("info")
    assert status == 0 and "not found: " in out and "nowhere" in out


def test_version(run):
    assert run("--version") == (0, f"aelearn {aelearn.__version__}\n", "")


COMMANDS = [[], ["stylize"], ["styles"], ["info"], ["train"], ["train", "pixel"]]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_ends_with_an_example_that_parses(run, command):
    status, out, err = run(*command, "--help")
    assert (status, err) == (0, "")
    text, _, examples = re.split(r"(examples?:)\n", out)
    for line in examples.strip().splitlines():
        words = line.strip().partition(" | ")[0].split()
        assert words[0] == "aelearn" and words[1:][: len(command)] == command or line is not examples.splitlines()[0]
        assert callable(build_parser().parse_args(words[1:]).run)
    assert text and all(line.isascii() for line in out.splitlines())


@pytest.mark.parametrize("words", [[], ["train"], ["stylise"], ["--frob"], ["stylize", "photo.png"]], ids=" ".join)
def test_incomplete_command_points_to_the_help(refuses, words):
    assert re.search(r"; see aelearn( \w+)* --help$", refuses(*words).strip())


def test_words_of_the_parser_agree_with_the_package(run):
    assert set(values.METHODS) == set(transforms.METHODS)
    assert settings.DEFAULTS["method"] == "optimal_transport" and settings.DEFAULTS["color"] == "painting"
    text = run("stylize", "--help")[1]
    assert str(images.MAX_PIXELS) in text and all(suffix in text for suffix in images.WRITABLE)


# ---- progress


class Terminal(io.StringIO):
    def isatty(self):
        return True

    def screen(self):
        """What is left to see on the last line when carriage returns have done their work."""
        line = []
        for part in self.getvalue().split("\r"):
            line[: len(part)] = part
        return "".join(line).rstrip()


def test_bar_on_a_terminal_names_every_level_and_goes_away(folder, monkeypatch, tiny):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["stylize", "photo.png", "painting.jpg", "-o", "new.png", "--model", tiny]) == 0
    seen = terminal.getvalue()
    assert seen.index("starting Keras") < seen.index("painting level 2") < seen.index("painting level 1")
    assert terminal.screen() == "" and "\n" not in seen


def test_bar_goes_away_before_an_error_is_told(folder, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["stylize", "missing.png", "painting.jpg", "-o", "new.png"]) == 2
    assert terminal.screen().startswith("aelearn: error: no such file")


def test_bar_fills_and_shorter_text_leaves_nothing_behind(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    terminal = Terminal()
    progress = Progress(stream=terminal)
    progress.show(0, "x" * 100)
    assert len(terminal.screen()) == 39  # one column stays free, or the line would wrap
    progress.show(0.5, "half")
    assert terminal.screen() == "[" + "#" * (WIDTH // 2) + "." * (WIDTH // 2) + "] half"
    progress.show(1, "all")
    assert terminal.screen() == "[" + "#" * WIDTH + "] all"


def test_log_has_a_line_every_half_minute_and_the_last(monkeypatch):
    log, clock = io.StringIO(), iter([0, 0, 10, 29, 31, 31, 40, 45, 45])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    progress = Progress(stream=log)
    for step in ["first", "10 s", "29 s", "31 s", "40 s"]:
        progress.show(0.1, step, log=True)
    progress.show(0.9, "for terminals only")
    progress.show(1, "last", log=True)
    progress.clear()
    assert log.getvalue().splitlines() == ["first", "31 s", "last"]


def test_nothing_is_shown_off_terminal_without_a_log():
    stream = io.StringIO()
    with Progress(stream=stream) as progress:
        progress.show(0.5, "half")
    assert stream.getvalue() == ""


# ---- train pixel


def train(*options):
    return ["train", "pixel", "--images", "pictures", *map(str, TINY_TRAINING), *map(str, options)]


def weights(path):
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files if name != "header"}


def test_training_writes_weights_that_paint_and_a_card(folder, run):
    status, out, err = run(*train("--seed", 5))
    assert (status, out) == (0, "mine.npz\n")
    assert "step 4/4" in err and "reconstructs pictures it has never seen at" in err and "left out" not in err
    card = json.loads(Path("mine.json").read_text())
    assert (card["steps"], card["status"], card["recipe"]["seed"]) == (4, "finished", 5)
    assert load_weights("mine.npz").config.widths == (4, 8)
    assert run("stylize", "photo.png", "painting.jpg", "-o", "new.png", "--model", "mine.npz")[0] == 0
    assert {path.name for path in folder.iterdir()} == {
        *("photo.png", "painting.jpg", "out.png", "pictures", "mine.npz", "mine.json", "new.png")
    }


def test_recipe_is_that_of_the_package_where_nothing_is_said(folder, run, monkeypatch):
    seen = []
    monkeypatch.setattr(training, "train_pixel", lambda *_, **options: seen.append(options["recipe"]) or raises(FULL)())
    run("train", "pixel", "--images", "pictures")
    run("train", "pixel", "--images", "pictures", "--batch-size", 3, "--crop-size", 48)
    default = training.PixelRecipe()
    assert seen == [default, dataclasses.replace(default, batch_size=3, crop_size=48)]


def test_same_seed_gives_the_same_weights_and_another_seed_others(folder, run):
    for name, seed in (("a.npz", 1), ("b.npz", 1), ("c.npz", 2)):
        assert run(*train("--seed", seed, "-o", name))[0] == 0
    a, b, c = map(weights, ("a.npz", "b.npz", "c.npz"))
    assert all(np.array_equal(a[name], b[name]) for name in a)
    assert any(not np.array_equal(a[name], c[name]) for name in a)


def test_checkpoint_makes_the_next_run_go_on(folder, run):
    assert "went on" not in run(*train("--checkpoint", "progress.npz"))[2]
    _, out, err = run(*train("--checkpoint", "progress.npz", "--steps", 7))
    assert out == "mine.npz\n" and "went on from step 4\n" in err
    assert json.loads(Path("mine.json").read_text())["steps"] == 7


def test_files_left_out_are_named(folder, run):
    Path("pictures/letter.jpg").write_text("Dear reader")
    Image.new("RGB", (8, 8)).save("pictures/stamp.png")
    assert "left out 2 file(s), too small or not readable: letter.jpg, stamp.png" in run(*train())[2]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--images", "nowhere"], "--images must be a folder with pictures; there is no folder 'nowhere'"),
        (["--images", "photo.png"], "there is no folder 'photo.png'"),
        (["--images", "empty"], "no pictures in empty"),
        (["--images", "one"], "training needs two"),
        (["--crop-size", 64], "0 picture(s) of at least 64 pixels"),
        (["--steps", 0], "--steps must be a whole number of at least 1; received '0'"),
        (["--steps", "many"], "received 'many'"),
        (["--batch-size", 0], "--batch-size must be"),
        (["--seed", -1], "--seed must be a whole number from 0 to 2000000; received '-1'"),
        (["--widths", "16;32"], "--widths must be whole numbers with commas"),
        (["--widths", "16,0"], "--widths must be whole numbers with commas"),
        (["--crop-size", 17], "--crop-size must be a multiple of 2 and at least 4 for 2 levels; received 17"),
        (["--crop-size", 2], "--crop-size must be a multiple of 2 and at least 4"),
        (["-o", "pictures"], "pictures is a folder"),
        (["-o", "mine.png"], "mine.png: the name must end in .npz"),
        (["-o", "nowhere/mine.npz"], "there is no folder nowhere"),
        (["-o", "notes.npz"], "notes.json is where the model's card goes, and is taken"),
        (["--checkpoint", "mine.npz"], "--checkpoint and --output must be two files"),
        (["--checkpoint", "letter.npz"], "letter.npz is no checkpoint of `aelearn train`"),
        (["--checkpoint", "nowhere/c.npz"], "there is no folder nowhere"),
    ],
)
def test_training_that_cannot_end_well_does_not_begin(folder, refuses, monkeypatch, options, told):
    monkeypatch.setattr(training.pixel, "fit", raises(AssertionError("too late")))
    Path("empty").mkdir()
    Path("one").mkdir()
    PICTURE.save("one/only.png")
    Path("notes.json").write_text("{}")
    Path("letter.npz").write_text("Dear reader")
    assert told in refuses(*train(*options))


def test_disk_that_fills_up_while_training_leaves_no_half_file(folder, run, monkeypatch):
    monkeypatch.setattr(os, "fsync", raises(FULL))
    before = snapshot(folder), signal.getsignal(signal.SIGINT)
    status, out, err = run(*train())
    assert (status, out) == (1, "") and err.endswith("aelearn: error: cannot read or write: No space left on device\n")
    assert (snapshot(folder), signal.getsignal(signal.SIGINT)) == before


@pytest.fixture
def ctrl_c(monkeypatch):
    """Makes a function press Ctrl-C when it is called first, before it does its work."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background may ignore it

    def press(owner, name, times=1):
        function, presses = getattr(owner, name), iter(range(times))

        def press_and_work(*args, **kwargs):
            for _ in presses:
                signal.raise_signal(signal.SIGINT)
            return function(*args, **kwargs)

        monkeypatch.setattr(owner, name, press_and_work)

    yield press
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_while_training_keeps_the_best_weights_and_says_so(folder, run, ctrl_c):
    ctrl_c(training.Crops, "__getitem__")
    status, out, err = run(*train("--steps", 1000))
    assert (status, out) == (130, "mine.npz\n")
    card = json.loads(Path("mine.json").read_text())
    assert card["status"] != "finished" and 1 <= card["steps"] < 100
    assert f"stopped at step {card['steps']} of 1,000; the best weights so far are in mine.npz" in err
    assert load_weights("mine.npz").config.widths == (4, 8)


def test_ctrl_c_after_training_does_not_lose_the_model(folder, run, ctrl_c):
    ctrl_c(training.pixel, "held_out_psnr")
    status, out, err = run(*train())
    assert (status, out) == (0, "mine.npz\n") and "measuring and writing the model; Ctrl-C again abandons it" in err
    assert load_weights("mine.npz").config.widths == (4, 8)


@pytest.mark.parametrize(("function", "times"), [("load_folder", 1), ("held_out_psnr", 2)])
def test_ctrl_c_before_training_and_twice_after_it_write_nothing(folder, run, ctrl_c, function, times):
    ctrl_c(training.pixel, function, times)
    before = snapshot(folder)
    status, out, err = run(*train())
    assert (status, out) == (130, "") and err.endswith("aelearn: stopped; the result was not written\n")
    assert snapshot(folder) == before


# ---- the real thing, in processes of their own


def test_console_script_paints_and_says_nothing_but_the_path(folder):
    words = ["stylize", "photo.png", "great_wave", "-o", "new.png", "--size", 64]
    result = in_new_process(SCRIPT, *words)
    assert (result.returncode, result.stdout, result.stderr) == (0, "new.png\n", "")
    assert Image.open("new.png").size == (64, 48)


def test_error_in_a_process_of_its_own_is_one_line(folder):
    result = in_new_process(sys.executable, "-m", "aelearn", "stylize", "photo.png", "grate_wave", "-o", "out.png")
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch(r"aelearn: error: no painting is called 'grate_wave'[^\n]+\n", result.stderr)
    assert Path("out.png").read_bytes() == b"precious"


@pytest.mark.parametrize(("words", "banned"), [("--help", "keras numpy PIL"), ("styles", "keras matplotlib")])
def test_quick_commands_import_nothing_heavy(words, banned):
    code = f"""
import sys
from aelearn.cli import main
assert main([{words!r}]) == 0
print("imported:", *({{"tensorflow", *{banned.split()!r}}} & set(sys.modules)))
"""
    assert in_new_process(sys.executable, "-c", code).stdout.splitlines()[-1].split() == ["imported:"]


def test_reader_that_goes_away_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    options = {"capture_output": False, "stdout": writing, "stderr": subprocess.PIPE, "env": buffered}
    result = in_new_process(SCRIPT, "styles", **options)  # what is left in the buffer must not be complained about
    os.close(writing)
    assert (result.returncode, result.stderr) == (141, "")


def test_output_that_cannot_be_printed_is_an_error(capsys, monkeypatch):
    class Full(io.StringIO):
        def flush(self):
            raise FULL

    monkeypatch.setattr(sys, "stdout", Full())
    assert main(["styles"]) == 1
    assert capsys.readouterr().err == "aelearn: error: cannot read or write: No space left on device\n"


def test_console_without_accents_still_lists_the_paintings():
    result = in_new_process(SCRIPT, "styles", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert result.returncode == 0 and "Caf? Terrace at Night" in result.stdout


@pytest.mark.skipif(os.name != "posix", reason="signals and users are POSIX")
def test_real_ctrl_c_keeps_the_best_weights(folder):
    words = train("--steps", 1_000_000, "--checkpoint", "progress.npz")
    with open("log", "w") as log:
        options = {"stdout": subprocess.PIPE, "stderr": log, "text": True}
        # A test run in the background may ignore Ctrl-C, and its children would inherit that.
        listen = functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler)
        process = subprocess.Popen([SCRIPT, *words], preexec_fn=listen, **options)
    until = time.monotonic() + 200
    while not Path("progress.npz").exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=100)
    err = Path("log").read_text()
    assert (process.returncode, out) == (130, "mine.npz\n"), err
    assert "the best weights so far are in mine.npz; the same command goes on from there" in err
    assert len(err.splitlines()) < 8 and "Traceback" not in err
    # The checkpoint has the best weights in full precision, in the same order.
    kept, written = weights("progress.npz"), weights("mine.npz").values()
    for index, array in enumerate(written):
        np.testing.assert_array_equal(array, kept[f"best_{index}"].astype(np.float16))
    assert {path.name for path in folder.iterdir()} == {
        *("photo.png", "painting.jpg", "out.png", "pictures", "log", "mine.npz", "mine.json", "progress.npz")
    }


@pytest.mark.skipif(os.name != "posix", reason="signals and users are POSIX")
def test_folder_of_somebody_else_is_refused(folder):
    Path("theirs").mkdir()
    code = """
import os, sys
from aelearn.cli import main
os.chdir("theirs")
main(["stylize", "nothing", "nothing", "-o", "new.png"])  # imports everything while it is still allowed
os.chmod(".", 0o555)
if os.geteuid() == 0:  # root may write anywhere: become nobody
    os.setgid(65534)
    os.setuid(65534)
sys.exit(main(["stylize", "chambord", "great_wave", "-o", "new.png"]))
"""
    result = in_new_process(sys.executable, "-c", code)
    assert result.returncode == 2 and os.listdir("theirs") == []
    told = "aelearn: error: new.png: its folder cannot be written to (Permission denied); save elsewhere\n"
    assert result.stderr.splitlines(keepends=True)[1:] == [told]
    Path("theirs").chmod(0o755)
