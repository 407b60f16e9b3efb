"""aelearn.video: still pictures stay still, scenes start anew, broken frames are named, and no film is half written."""

import contextlib
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from aelearn import Stylizer, data, images, transforms
from aelearn.autoencoders import PainterConfig, PyramidConfig, build_painter, build_pyramid
from aelearn.transforms import Moments
from aelearn.video import FramePainter, VideoError, ffmpeg, film, frames, paint_frames, stylize_video

PAINTING = data.load_painting("great_wave", max_side=64)
CHAMBORD, CAT = (data.load_photo(name, max_side=64) for name in ("chambord", "chelsea"))


@pytest.fixture(scope="module")
def stylizer():
    return Stylizer(build_painter(PainterConfig((4, 8, 8)), seed=1))


def noisy(picture, count, sigma, seed=0):
    random = np.random.default_rng(seed)
    return [np.clip(picture + random.normal(0, sigma, picture.shape), 0, 1).astype(np.float32) for _ in range(count)]


def flicker(pictures):
    return np.abs(np.diff(np.stack(pictures), axis=0)).mean()


def run_ffmpeg(*words):
    command = [ffmpeg.tool(), "-v", "error", "-y", *map(str, words)]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Two seconds of moving colours at 12 frames a second, with a sound of 440 Hz and a place that nobody need know."""
    path = tmp_path_factory.mktemp("films") / "clip.mkv"
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=48x32:r=12:d=2", "-f", "lavfi", "-i", "sine=440:d=2", "-c:v", "mjpeg",
               "-q:v", 3, "-c:a", "aac", "-metadata", "location=+50.0+014.0/", path)
    return path


@pytest.fixture
def folder(tmp_path):
    """Twelve numbered pictures."""
    path = tmp_path / "shots"
    path.mkdir()
    for number in range(12):
        images.save_image(np.roll(CHAMBORD[:24, :32], number, axis=1), path / f"shot{number}.png")
    return path


def frames_of(path):
    meta = ffmpeg.probe(path)
    return list(ffmpeg.read_frames(path, meta, meta.size, pytest.fail))


# ---- frames


def test_a_still_clip_with_noise_flickers_little_by_the_shipped_model():
    clip = noisy(data.load_photo("chambord", max_side=96), 6, 0.02)
    painted = list(paint_frames(clip, Stylizer.load(), data.load_painting("great_wave", max_side=256)))
    assert flicker(painted) <= 1.3 * flicker(clip)
    assert flicker(painted) < 0.6 * flicker(clip)  # and the memory does its share


def test_without_memory_every_frame_is_painted_as_a_photo(stylizer):
    clip = noisy(CHAMBORD, 3, 0.02)
    for frame, painted in zip(clip, paint_frames(clip, stylizer, PAINTING, smooth=0.0), strict=True):
        np.testing.assert_allclose(painted, stylizer(frame, PAINTING), atol=2e-4)


@pytest.mark.parametrize("build", [lambda: build_pyramid(PyramidConfig((4, 8)), seed=1),
                                   lambda: build_painter(PainterConfig((4, 8)), seed=1)], ids=["pyramid", "painter"])
def test_the_first_frame_is_painted_as_a_photo_with_every_option(build):
    stylizer = Stylizer(build())
    options = {"alpha": 0.7, "level_alpha": {1: 0.5}, "method": "adain"}
    (painted,) = paint_frames([CHAMBORD], stylizer, PAINTING, **options)
    np.testing.assert_allclose(painted, stylizer(CHAMBORD, PAINTING, **options), atol=2e-4)


def test_what_moves_does_not_lag(stylizer):
    """A square that jumps is painted where it is, and not where it was."""
    def scene(column):
        picture = CHAMBORD.copy()
        picture[8:24, column : column + 16] = (1.0, 0.1, 0.1)
        return picture

    painter = FramePainter(stylizer, PAINTING)
    for column in (0, 16, 32):
        painter.paint(scene(column))
        np.testing.assert_allclose(painter._still[12:20, column + 4 : column + 12],
                                   scene(column)[12:20, column + 4 : column + 12], atol=0.01)
        if column:
            np.testing.assert_allclose(painter._still[12:20, column - 12 : column - 4],
                                       CHAMBORD[12:20, column - 12 : column - 4], atol=0.01)


def test_a_faint_cloud_that_drifts_is_not_smeared(stylizer):
    def cloud(time):
        row = 0.5 + 0.03 * np.sin((np.arange(96) - 2 * time) / 4)
        return np.broadcast_to(row[None, :, None], (48, 96, 3)).astype(np.float32)

    painter = FramePainter(stylizer, PAINTING)
    for time in range(10):
        painter.paint(noisy(cloud(time), 1, 0.01, seed=time)[0])
    smeared = np.abs(painter._still.mean(axis=(0, 2)) - cloud(9).mean(axis=(0, 2))).mean()
    assert smeared < 0.005  # of the 0.019 by which the cloud differs from a clear sky


def test_noise_of_what_stands_still_is_averaged():
    painter = FramePainter(Stylizer(build_painter(PainterConfig((4, 8)), seed=1)), PAINTING)
    for frame in noisy(CHAMBORD * 0.8 + 0.1, 12, 0.01):
        painter.paint(frame)
    error = np.abs(painter._still - (CHAMBORD * 0.8 + 0.1)).mean()
    assert error < 0.5 * np.abs(frame - (CHAMBORD * 0.8 + 0.1)).mean()


def test_a_cut_starts_anew(stylizer, monkeypatch):
    monkeypatch.setattr(frames, "CUT", 0.1)  # the codes of a model that nobody trained lie close together
    painter = FramePainter(stylizer, PAINTING)
    for _ in range(3):
        painter.paint(CHAMBORD)
    assert painter.num_scenes == 1
    cat = np.asarray(images.resize_image(CAT, size=CHAMBORD.shape[:2]))
    np.testing.assert_allclose(painter.paint(cat), stylizer(cat, PAINTING), atol=2e-4)
    assert painter.num_scenes == 2


def test_the_shipped_model_tells_a_cut_from_a_pan_and_from_noise():
    stylizer, photo = Stylizer.load(), data.load_photo("chambord", max_side=256)
    other = images.resize_image(data.load_photo("chelsea"), size=(128, 160))
    pan = [photo[:128, start : start + 160] for start in (0, 2, 10, 30)]
    painter = FramePainter(stylizer, data.load_painting("great_wave", max_side=128))
    for frame in [*pan, *noisy(pan[-1], 2, 0.03)]:
        painter.paint(frame)
    assert painter.num_scenes == 1
    painter.paint(other)
    assert painter.num_scenes == 2


def test_moments_of_frames_together_are_those_of_all_their_pixels():
    random = np.random.default_rng(0)
    past, present = random.normal(size=(90, 3)), random.normal(1, 2, size=(10, 3))
    both = frames.together(*(transforms.moments(part) for part in (past, present)), 0.9)
    wanted = transforms.moments(np.concatenate([past, present]))
    np.testing.assert_allclose(both.mean, wanted.mean)
    np.testing.assert_allclose(both.covariance, wanted.covariance)


def test_the_style_of_a_scene_does_not_jump_when_something_enters(stylizer, monkeypatch):
    monkeypatch.setattr(frames, "CUT", 1.0)
    empty, full = CHAMBORD, CHAMBORD.copy()
    full[:, 40:] = 0.0
    painter = FramePainter(stylizer, PAINTING, smooth=1.0)
    painter.paint(empty)
    before = {level: m.mean.copy() for level, m in painter._known.items()}
    painter.paint(full)
    assert painter.num_scenes == 1
    for level, mean in before.items():
        np.testing.assert_array_equal(painter._known[level].mean, mean)


def test_colours_can_be_kept(stylizer):
    (painted,) = paint_frames([CHAMBORD], stylizer, PAINTING, keep_color=True)
    def chroma(picture):
        return picture[..., 0] - picture[..., 2]
    assert np.corrcoef(chroma(painted).ravel(), chroma(CHAMBORD).ravel())[0, 1] > 0.8


def test_frames_are_painted_as_they_come(stylizer):
    """A generator that takes no more than it gives: constant memory."""
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield CHAMBORD

    painted = paint_frames(endless(), stylizer, PAINTING)
    for _ in range(3):
        next(painted)
    assert len(taken) == 3


BROKEN = [None, images.ImageError("torn"), np.zeros((3, 3)), np.full((48, 64, 3), np.nan), CHAMBORD[:20]]


@pytest.mark.parametrize("bad", BROKEN, ids=["none", "error", "flat", "nan", "size"])
def test_a_broken_frame_is_told_by_its_number_and_the_rest_is_painted(stylizer, bad):
    told = []
    film = [CHAMBORD, bad, CHAMBORD]
    painted = list(paint_frames(film, stylizer, PAINTING, on_broken=lambda *word: told.append(word)))
    assert len(painted) == 3 and [number for number, _ in told] == [2]
    np.testing.assert_array_equal(painted[1], painted[0])
    with pytest.raises(ValueError, match="frame 2: "):
        list(paint_frames([CHAMBORD, bad], stylizer, PAINTING))


def test_broken_frames_at_the_beginning_wait_for_the_first_good_one(stylizer):
    told = []
    painted = list(paint_frames([None, None, CHAMBORD], stylizer, PAINTING, on_broken=lambda *word: told.append(word)))
    assert len(painted) == 3 and len(told) == 2
    with pytest.raises(ValueError, match="at least one that is good"):
        list(paint_frames([None], stylizer, PAINTING, on_broken=lambda *_: None))


@pytest.mark.parametrize(("options", "told"), [
    ({"smooth": 1.5}, "smooth must be between 0 and 1; received 1.5"), ({"alpha": -1}, "alpha"),
    ({"method": "magic"}, "method"), ({"level_alpha": {9: 1}}, "level_alpha")])
def test_options_out_of_range_are_refused_at_once(stylizer, options, told):
    with pytest.raises(ValueError, match=told):
        paint_frames([], stylizer, PAINTING, **options)


def test_a_style_of_another_model_is_refused(stylizer):
    from aelearn.stylize import Style

    with pytest.raises(ValueError, match="encode it with this model"):
        FramePainter(stylizer, Style((Moments(np.zeros(3), np.eye(3)),)))


# ---- films


def test_a_film_becomes_a_film_with_the_same_frames_pace_and_sound(clip, tmp_path, stylizer):
    out, seen = tmp_path / "out.mp4", []
    result = stylize_video(clip, out, stylizer, PAINTING, max_side=32, on_frame=lambda *word: seen.append(word))
    assert (result.num_frames, result.broken) == (24, {}) and [number for number, _ in seen] == list(range(1, 25))
    assert {total for _, total in seen} == {24}
    meta = ffmpeg.probe(out)
    assert (meta.size, meta.fps, meta.num_frames) == ((32, 22), 12, 24)
    def sound(path):
        return run_ffmpeg("-i", path, "-map", "0:a", "-c", "copy", "-f", "adts", "-")
    assert sound(out) == sound(clip) and len(sound(out)) > 1000
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_what_is_painted_is_what_is_written(clip, tmp_path):
    # not with random weights: what they paint is noise, of which a codec keeps little
    stylizer, out = Stylizer.load(), tmp_path / "out.mkv"
    stylize_video(clip, out, stylizer, PAINTING, smooth=0.0)
    painted = list(paint_frames(frames_of(clip), stylizer, PAINTING, smooth=0.0))
    written = frames_of(out)
    assert len(written) == len(painted)
    for one, other in zip(written, painted):
        assert np.abs(one - other).mean() < 0.04  # what the coding of films costs, colour at half the size


def test_no_place_and_no_date_go_along(clip, tmp_path, stylizer):
    assert b"+50.0+014.0" in clip.read_bytes()
    for name in ("out.mp4", "out.mkv"):
        stylize_video(clip, tmp_path / name, stylizer, PAINTING, max_side=16)
        assert b"+50.0" not in (tmp_path / name).read_bytes()


def damage(clip, path, number):
    """The film with the middle of one frame overwritten."""
    listed = run_ffmpeg("-i", clip, "-map", "0:v", "-c", "copy", "-f", "framecrc", "-").decode().splitlines()
    sizes = [int(line.split(",")[4]) for line in listed if not line.startswith("#")]
    stream = run_ffmpeg("-i", clip, "-map", "0:v", "-c", "copy", "-f", "rawvideo", "-")
    content, place = bytearray(clip.read_bytes()), 0
    for size in sizes[:number]:  # packet after packet, for two may be alike
        place = content.index(stream[:size], place) + size
        stream = stream[size:]
    content[place - size + 2 : place] = bytes(size - 2)
    path.write_bytes(content)


@pytest.mark.parametrize("number", [1, 10])
def test_a_frame_that_cannot_be_decoded_is_told_by_its_number_and_the_rest_is_painted(clip, tmp_path, stylizer, number):
    damage(clip, tmp_path / "torn.mkv", number)
    told = []
    result = stylize_video(tmp_path / "torn.mkv", tmp_path / "out.mp4", stylizer, PAINTING, max_side=32,
                           on_broken=lambda *word: told.append(word))
    assert told == [(number, "it cannot be decoded")] and result.broken == dict(told)
    assert len(frames_of(tmp_path / "out.mp4")) == result.num_frames == 24


def test_a_film_that_is_cut_off_is_painted_as_far_as_it_goes(clip, tmp_path, stylizer):
    content = clip.read_bytes()
    (tmp_path / "cut.mkv").write_bytes(content[: len(content) // 2])
    result = stylize_video(tmp_path / "cut.mkv", tmp_path / "out.mp4", stylizer, PAINTING, max_side=16)
    assert 5 < result.num_frames < 24
    assert result.broken == {result.num_frames + 1: "the film ends here, of about 24 frames"}


@pytest.mark.parametrize("moment", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_film_leaves_what_was_there(clip, tmp_path, stylizer, moment):
    out = tmp_path / "out.mp4"
    out.write_bytes(b"precious")

    def stop(number, _):
        if number == 3:
            raise moment

    with pytest.raises(moment):
        stylize_video(clip, out, stylizer, PAINTING, max_side=16, on_frame=stop)
    assert out.read_bytes() == b"precious" and [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_a_disk_that_is_full_leaves_what_was_there(clip, tmp_path, stylizer, monkeypatch):
    out = tmp_path / "out.mp4"
    out.write_bytes(b"precious")
    monkeypatch.setattr(ffmpeg.FilmWriter, "_join", lambda *_: False)
    with pytest.warns(UserWarning, match="sound"), pytest.raises(VideoError, match="out.mp4: ffmpeg stopped"):
        stylize_video(clip, out, stylizer, PAINTING, max_side=16)
    assert out.read_bytes() == b"precious" and [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_a_silent_film_and_a_sound_that_mp4_does_not_know(clip, tmp_path, stylizer):
    run_ffmpeg("-i", clip, "-an", "-c", "copy", tmp_path / "silent.mkv")
    run_ffmpeg("-i", clip, "-c:v", "copy", "-c:a", "wmav2", tmp_path / "rare.mkv")
    for name in ("silent", "rare"):
        stylize_video(tmp_path / f"{name}.mkv", tmp_path / f"{name}.mp4", stylizer, PAINTING, max_side=16)
    with pytest.raises(subprocess.CalledProcessError):
        run_ffmpeg("-i", tmp_path / "silent.mp4", "-map", "0:a", "-f", "null", "-")
    assert run_ffmpeg("-i", tmp_path / "rare.mp4", "-map", "0:a", "-f", "s16le", "-")


def test_a_film_that_was_turned_is_painted_upright(clip, tmp_path, stylizer):
    run_ffmpeg("-i", clip, "-an", "-c:v", "libx264", "-pix_fmt", "yuv420p", tmp_path / "flat.mp4")
    run_ffmpeg("-display_rotation:v", 90, "-i", tmp_path / "flat.mp4", "-c", "copy", tmp_path / "turned.mp4")
    stylize_video(tmp_path / "turned.mp4", tmp_path / "out.mp4", stylizer, PAINTING)
    assert ffmpeg.probe(tmp_path / "out.mp4").size == (32, 48)


def test_other_files_are_no_films(tmp_path, stylizer):
    (tmp_path / "text.mp4").write_text("no film")
    (tmp_path / "list.mp4").write_text("#EXTM3U\n#EXTINF:1,\nhttp://localhost:9/x.ts\n")
    (tmp_path / "empty.mp4").touch()
    for name in ("text", "list", "empty"):
        with pytest.raises(VideoError, match=f"{name}.mp4 is no film that ffmpeg can read"):
            stylize_video(tmp_path / f"{name}.mp4", tmp_path / "out.mp4", stylizer, PAINTING)
    assert not (tmp_path / "out.mp4").exists()


def test_without_the_extra_one_sentence_says_what_to_install(clip, tmp_path, folder, stylizer, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    for source, output in ((clip, "painted"), (folder, "out.mp4")):
        with pytest.raises(VideoError, match="python -m pip install imageio-ffmpeg"):
            stylize_video(source, tmp_path / output, stylizer, PAINTING, max_side=16)
    assert stylize_video(folder, tmp_path / "painted", stylizer, PAINTING, max_side=16).num_frames == 12


@pytest.mark.parametrize("last", [2, 100], ids=["stopped", "finished"])
def test_no_ffmpeg_is_left_behind(clip, tmp_path, stylizer, monkeypatch, last):
    started, start = [], subprocess.Popen
    monkeypatch.setattr(ffmpeg.subprocess, "Popen", lambda *a, **k: started.append(start(*a, **k)) or started[-1])

    def stop(number, _):
        if number == last:
            raise MemoryError

    with contextlib.suppress(MemoryError):
        stylize_video(clip, tmp_path / "out.mp4", stylizer, PAINTING, max_side=16, on_frame=stop)
    assert len(started) >= 2 and all(process.poll() is not None for process in started)


# ---- folders


def test_a_folder_becomes_a_folder_in_the_order_of_the_numbers(folder, tmp_path, stylizer):
    seen = []
    result = stylize_video(folder, tmp_path / "painted", stylizer, PAINTING, on_frame=lambda *word: seen.append(word))
    assert result.num_frames == 12 and seen[-1] == (12, 12)
    names = [f"shot{number}.png" for number in range(12)]
    assert [file.name for file in film.numbered(folder)] == names
    assert sorted(path.name for path in (tmp_path / "painted").iterdir()) == sorted(names)
    first = images.load_image(tmp_path / "painted" / "shot0.png")
    np.testing.assert_allclose(first, stylizer(images.load_image(folder / "shot0.png"), PAINTING), atol=0.004)


def test_a_broken_picture_in_a_folder_is_told_by_its_number(folder, tmp_path, stylizer):
    (folder / "shot3.png").write_bytes((folder / "shot3.png").read_bytes()[:100])
    result = stylize_video(folder, tmp_path / "painted", stylizer, PAINTING)
    assert list(result.broken) == [4] and "shot3.png" in result.broken[4] and result.num_frames == 12
    np.testing.assert_array_equal(*(images.load_image(tmp_path / "painted" / f"shot{n}.png") for n in (2, 3)))


def test_folder_to_film_and_film_to_folder(folder, clip, tmp_path, stylizer):
    stylize_video(folder, tmp_path / "out.mp4", stylizer, PAINTING, max_side=31, fps=10)
    meta = ffmpeg.probe(tmp_path / "out.mp4")
    assert (meta.size, meta.fps, meta.num_frames) == ((30, 22), 10, 12)
    stylize_video(clip, tmp_path / "painted", stylizer, PAINTING, max_side=16)
    names = sorted(path.name for path in (tmp_path / "painted").iterdir())
    assert len(names) == 24 and names[0] == "frame_00001.png"


def test_two_pictures_of_one_name_stay_two(folder, tmp_path, stylizer):
    images.save_image(CHAMBORD[:24, :32], folder / "shot3.jpg")
    stylize_video(folder, tmp_path / "painted", stylizer, PAINTING, max_side=16)
    assert len(os.listdir(tmp_path / "painted")) == 13


def picture_files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def stop_at(wanted, error):
    def stop(number, _):
        if number == wanted:
            raise error

    return stop


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_a_folder_of_frames_is_new_or_old_as_a_whole(folder, tmp_path, stylizer, error):
    out = tmp_path / "painted"
    options = {"max_side": 16, "on_frame": stop_at(3, error)}
    with pytest.raises(error):
        stylize_video(folder, out, stylizer, PAINTING, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["shots"]
    stylize_video(folder, out, stylizer, PAINTING, max_side=16)
    before = picture_files(out)
    with pytest.raises(error):
        stylize_video(folder, out, stylizer, PAINTING, alpha=0.2, **options)
    assert picture_files(out) == before
    stylize_video(folder, out, stylizer, PAINTING, max_side=16, alpha=0.2)
    after = picture_files(out)
    assert after.keys() == before.keys() and all(after[name] != before[name] for name in before)


def test_frames_of_a_longer_film_that_stay_are_told(folder, clip, tmp_path, stylizer):
    out = tmp_path / "painted"
    stylize_video(clip, out, stylizer, PAINTING, max_side=16)
    images.save_image(CHAMBORD, out / "frame_mine.png")
    (folder / "shot3.jpg").write_bytes((folder / "shot3.png").read_bytes())  # two of a name, so they are numbered
    with pytest.warns(UserWarning, match="painted also holds 11 frame.s. of an earlier film"):
        stylize_video(folder, out, stylizer, PAINTING, max_side=16)
    assert len(os.listdir(out)) == 25


def test_pictures_that_somebody_else_made_are_never_replaced(folder, clip, tmp_path, stylizer):
    out = tmp_path / "painted"
    for source, theirs in ((folder, "SHOT3.png"), (clip, "frame_00100.png"), (folder, "shot4.png")):
        out.mkdir()
        (out / "notes.txt").touch()
        (out / theirs).write_bytes(images.encode_png(CHAMBORD) if theirs != "shot4.png" else b"no picture")
        before = picture_files(out)
        with pytest.raises(VideoError, match=f"{theirs} is there, and aelearn has not painted it; choose another"):
            stylize_video(source, out, stylizer, PAINTING, on_frame=pytest.fail)
        assert picture_files(out) == before
        (out / theirs).unlink()
        stylize_video(source, out, stylizer, PAINTING, max_side=16)
        shutil.rmtree(out)


@pytest.mark.parametrize("max_side", [0, 1, 2.5, True])
def test_a_side_that_is_none_is_refused(folder, tmp_path, stylizer, max_side):
    with pytest.raises(ValueError, match="max_side must be a whole number of at least 2"):
        stylize_video(folder, tmp_path / "painted", stylizer, PAINTING, max_side=max_side)


@pytest.mark.parametrize(("source", "output", "told"), [
    ("missing.mp4", "out.mp4", "no such film or folder"), ("shots", "shots", "choose another name"),
    ("shots", "nowhere/out.mp4", "create it first"), ("shots", "out.avi", "must end in .mp4, .mkv, .mov"),
    ("empty", "out.mp4", "no pictures in this folder"), ("shots", "file", "is a file"),
    ("shots", "folder.mp4", "is a folder"), ("shots", "shots/sub", "inside shots, the folder that is to be read")])
def test_paths_that_do_not_fit_are_refused(folder, tmp_path, stylizer, source, output, told, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "file").touch()
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(VideoError, match=told):
        stylize_video(source, output, stylizer, PAINTING)
    assert sorted(os.listdir(tmp_path)) == before
