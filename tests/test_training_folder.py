"""Folders larger than memory, and pairs of crops from them: bounded, repeatable, and nothing lost without a word."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aelearn import images
from aelearn.training import PairCrops, PictureFolder, pairs
from aelearn.training import folder as module

few = settings(max_examples=15)


def one_colour(number, height=20, width=24):
    return np.full((height, width, 3), number, np.uint8)


def fill(folder, *names, height=20, width=24):
    """One PNG of one gray per name: the gray is its place in the list."""
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(exist_ok=True)
        images.save_image(one_colour(number, height, width), folder / name)
    return folder


def grays(pictures):
    return [int(picture[0, 0, 0]) for picture in pictures]


# ---- which pictures


def test_pictures_of_all_subfolders_come_in_one_order_as_bytes(tmp_path):
    fill(tmp_path, "a.png", "b/a.PNG", "b/c.jpg", "b/d.webp", "c.jpeg")
    for other in ("notes.txt", "b/raw.tiff"):
        (tmp_path / other).write_bytes(b"no picture")
    pictures = PictureFolder(tmp_path, smallest=8)
    assert len(pictures) == 5 and grays(pictures) == [0, 1, 2, 3, 4]
    assert pictures[0].dtype == np.uint8 and pictures[0].shape == (20, 24, 3)
    assert not pictures.skipped


def test_a_folder_is_gone_through_once_and_counted_from_both_ends(tmp_path):
    pictures = PictureFolder(fill(tmp_path, "a.png", "b.png", "c.png"), smallest=8)
    assert grays(iter(pictures)) == [0, 1, 2] and grays([pictures[-1], pictures[-3]]) == [2, 0]
    for number in (3, -4):
        with pytest.raises(IndexError, match=f"number must be below 3, the number of pictures; received {number}"):
            pictures[number]


def test_keep_chooses_by_number(tmp_path):
    fill(tmp_path, *(f"{number:02d}.png" for number in range(7)))
    held = PictureFolder(tmp_path, smallest=8, keep=lambda number: not number % 3)
    others = PictureFolder(tmp_path, smallest=8, keep=lambda number: number % 3)
    assert grays(held) == [0, 3, 6] and grays(others) == [1, 2, 4, 5]


def test_large_pictures_are_shrunk_when_they_are_read(tmp_path):
    pictures = PictureFolder(fill(tmp_path, "a.png", height=40, width=60), smallest=8, max_side=30)
    assert pictures[0].shape == (20, 30, 3)


# ---- files that cannot be used


def test_files_that_cannot_be_used_are_skipped_with_their_names_and_why(tmp_path):
    fill(tmp_path, "a.png", "b.png", "c.png", "d.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:40])
    images.save_image(one_colour(9, 20, 6), tmp_path / "c.png")
    (tmp_path / "e.png").mkdir()
    pictures = PictureFolder(tmp_path, smallest=8)
    assert grays(pictures) == [0, 3, 3, 3, 0]  # the next one takes their place, and after the last the first
    assert sorted(pictures.skipped) == ["b.png", "c.png", "e.png"]
    assert "b.png" in pictures.skipped["b.png"]
    assert pictures.skipped["c.png"] == "20 x 6, smaller than 8 pixels"


def test_a_damaged_file_does_not_take_others_of_its_name_along(tmp_path):
    fill(tmp_path, "a/1.png", "b/1.png")
    (tmp_path / "a/1.png").write_bytes(b"")
    pictures = PictureFolder(tmp_path, smallest=8)
    assert grays(pictures) == [1, 1] and list(pictures.skipped) == ["a/1.png"]


def test_a_damaged_file_is_opened_once(tmp_path, monkeypatch):
    fill(tmp_path, "a.png", "b.png")
    (tmp_path / "a.png").write_bytes(b"")
    pictures, load, opened = PictureFolder(tmp_path, smallest=8), images.load_image, []
    monkeypatch.setattr(module.images, "load_image", lambda file, **o: opened.append(file.name) or load(file, **o))
    assert grays([pictures[0], pictures[0], pictures[1]]) == [1, 1, 1]
    assert opened == ["a.png", "b.png"]


def test_a_folder_of_which_nothing_can_be_used_says_so_with_an_example(tmp_path):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"none of the 2 pictures in .* can be used; b.jpg: ") as error:
        PictureFolder(tmp_path, smallest=8)[1]
    assert "\n" not in str(error.value)


def test_folders_without_pictures_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder .*nowhere"):
        PictureFolder(tmp_path / "nowhere", smallest=8)
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(FileNotFoundError, match="no pictures in .*: it needs files that end in .jpeg, .jpg, .png"):
        PictureFolder(tmp_path, smallest=8)
    with pytest.raises(ValueError, match=r"has 1 picture\(s\), too few to train on some and measure on others"):
        PictureFolder(fill(tmp_path, "a.png"), smallest=8, keep=lambda number: number)


# ---- memory


@few
@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(1, 7))
def test_no_more_is_kept_than_memory_allows_and_what_was_used_last_stays(tmp_path_factory, numbers, room):
    names = [f"{number}.png" for number in range(6)]
    folder = fill(tmp_path_factory.mktemp("memory"), *names)
    size = one_colour(0).nbytes
    pictures, read, kept = PictureFolder(folder, smallest=8, memory=room * size), [], []
    load, pictures._read = pictures._read, lambda file: read.append(file.name) or load(file)
    for number in numbers:
        expected = [] if number in kept else [names[number]]
        kept = [*(other for other in kept if other != number), number][-room:]
        read.clear()
        assert grays([pictures[number]]) == [number] and read == expected
        assert sum(picture.nbytes for picture in pictures._kept.values()) == len(kept) * size <= room * size


def test_a_picture_larger_than_memory_is_read_all_the_same(tmp_path):
    pictures = PictureFolder(fill(tmp_path, "a.png", "b.png"), smallest=8, memory=1)
    assert grays(pictures) == [0, 1] and len(pictures._kept) == 1


def test_several_threads_get_what_one_gets_and_no_more_is_kept(tmp_path):
    pictures = PictureFolder(fill(tmp_path, *(f"{number}.png" for number in range(6))), smallest=8,
                             memory=2 * one_colour(0).nbytes)
    numbers = list(np.random.default_rng(0).integers(0, 6, 600))
    with ThreadPoolExecutor(8) as threads:
        assert grays(threads.map(lambda number: pictures[int(number)], numbers)) == numbers
    assert pictures._bytes == sum(picture.nbytes for picture in pictures._kept.values()) <= pictures.memory


# ---- pairs of crops


def textured(height, width, *, seed, low=0, high=256):
    return np.random.default_rng(seed).integers(low, high, (height, width, 3), dtype=np.uint8)


PHOTOS = [textured(40, 60, seed=seed) for seed in range(3)]
PAINTINGS = [textured(50, 30, seed=seed) for seed in range(3, 5)]


def some_pairs(photos=PHOTOS, paintings=PAINTINGS, **options):
    return PairCrops(photos, paintings, **{"size": 12, "batch_size": 4, "seed": 1, **options})


@few
@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_batch_i_is_a_function_of_seed_and_i_alone(seed, i, other):
    crops, again = some_pairs(seed=seed), some_pairs(seed=seed)
    crops[other]
    again.first_step = i
    np.testing.assert_array_equal(crops[i], again[0])
    assert i == other or not np.array_equal(crops[i], crops[other])
    assert not np.array_equal(crops[i], some_pairs(seed=seed + 1)[i])


def test_a_pair_is_a_photo_and_a_painting_as_floats_in_0_1():
    batch = some_pairs(batch_size=64)[0]
    assert batch.shape == (64, 12, 12, 6) and batch.dtype == np.float32
    assert batch.min() >= 0 and batch.max() <= 1


def test_photos_keep_their_colours_and_one_painting_in_five_is_a_photo():
    photos, paintings = [one_colour(51, 30, 30)], [one_colour(204, 30, 30)]
    batch = np.concatenate([some_pairs(photos, paintings, batch_size=250)[i] for i in range(8)])
    np.testing.assert_allclose(batch[..., :3], 0.2, atol=1e-6)
    dark = batch[:, 0, 0, 3] < 0.45  # gamma is e^±0.5 at most: 0.2 becomes 0.07 to 0.38, and 0.8 0.69 to 0.87
    assert abs(dark.mean() - pairs.FROM_PHOTOS) < 5 * np.sqrt(0.16 / 2000)


def test_crops_show_between_once_and_three_times_their_size_and_never_more_than_there_is():
    wide = np.repeat(np.arange(200, dtype=np.uint8)[None, :, None], 200, axis=0).repeat(3, axis=2)
    crops = some_pairs([wide], [one_colour(0)], batch_size=300)[0][..., 0] * 255
    spans = (crops[:, 0, -1] - crops[:, 0, 0]) / 11 * 12  # pixels of the picture across a crop
    assert {True, False} == set(spans > 0)  # mirrored half of the time
    assert 11 < np.abs(spans).min() < 15 and 31 < np.abs(spans).max() < 38
    assert 0.4 < np.mean(spans < 0) < 0.6
    low = some_pairs([one_colour(7, 12, 200)], [one_colour(0)], batch_size=50)[0]
    np.testing.assert_allclose(low[..., :3], 7 / 255, atol=1e-6)


def test_paintings_are_turned_in_all_four_directions():
    down = np.repeat(np.arange(0, 120, 4, dtype=np.uint8)[:, None, None], 30, axis=1).repeat(3, axis=2)
    batch = some_pairs([down], [down], batch_size=200)[0][..., 3:].mean(axis=-1)
    slopes = np.stack([batch[:, -1].mean(axis=1) - batch[:, 0].mean(axis=1),
                       batch[:, :, -1].mean(axis=1) - batch[:, :, 0].mean(axis=1)], axis=1)
    ways = {(int(np.argmax(np.abs(pair))), bool(pair[np.argmax(np.abs(pair))] > 0)) for pair in slopes}
    assert ways == {(0, True), (0, False), (1, True), (1, False)}


def test_paintings_lose_colours_and_change_brightness_and_contrast_as_often_as_is_promised():
    random, color = np.random.default_rng(0), np.array([[[0.2, 0.5, 0.9]]], np.float32)
    results = [pairs.recolour(color, random)[0, 0] for _ in range(3000)]
    gray = np.array([np.ptp(each) == 0 for each in results])
    swapped = np.array([list(np.argsort(each, kind="stable")) != [0, 1, 2] for each in results])
    untouched = np.mean([np.allclose(np.sort(each), color[0, 0]) for each in results])
    assert abs(gray.mean() - 0.1) < 5 * np.sqrt(0.09 / 3000)
    assert abs(swapped.mean() - 5 / 18) < 5 * np.sqrt(0.2 / 3000)  # one permutation in six changes nothing
    assert abs(untouched - 0.9 / 4) < 5 * np.sqrt(0.18 / 3000)
    assert all(each.dtype == np.float32 and 0 <= each.min() and each.max() <= 1 for each in results)


def test_contrast_goes_both_ways_around_the_mean_of_the_picture():
    two = np.array([[[0.45] * 3, [0.55] * 3]], np.float32)
    spans = [np.ptp(pairs.recolour(two, np.random.default_rng(seed))) for seed in range(400)]
    assert 0.025 < min(spans) < 0.04 and 0.2 < max(spans) < 0.35


def test_a_painting_is_shown_from_nearer_than_a_photo():
    ramp = np.repeat(np.arange(0, 200, 2, dtype=np.uint8)[None, :, None], 100, axis=0).repeat(3, axis=2)
    spans = {"photos": [], "paintings": []}
    for index in range(200):
        random = np.random.default_rng(index)
        lesson = pairs.PairCrops([ramp], [ramp], size=32, batch_size=1, seed=index)
        for name, nearest in (("photos", 1.0), ("paintings", pairs.NEAREST)):
            spans[name].append(np.ptp(lesson._part(random, [ramp], nearest)[0, :, 0].astype(float)) / 2)
    assert 30 <= min(spans["photos"]) <= 33 and 13 <= min(spans["paintings"]) <= 17
    assert max(spans["photos"]) > 85 and max(spans["paintings"]) > 85


def test_pairs_refuse_what_cannot_be_cropped(tmp_path):
    for name, pictures in (("photos", ([], PAINTINGS)), ("paintings", (PHOTOS, []))):
        with pytest.raises(ValueError, match=f"^{name} must hold at least one picture; received none"):
            some_pairs(*pictures)
    for name, least in (("size", 1), ("batch_size", 1), ("seed", 0)):
        for bad in (least - 1, 1.5, None, True):
            with pytest.raises(ValueError, match=f"^{name} must be an int of {least} or more; received"):
                some_pairs(**{name: bad})


def test_pairs_are_cut_from_folders_as_from_lists(tmp_path):
    for number, picture in enumerate(PHOTOS + PAINTINGS):
        place = tmp_path / ("photos" if number < 3 else "paintings")
        place.mkdir(exist_ok=True)
        images.save_image(picture, place / f"{number}.png")
    assert sorted(os.listdir(tmp_path)) == ["paintings", "photos"]
    folders = [PictureFolder(tmp_path / name, smallest=12, memory=1) for name in ("photos", "paintings")]
    np.testing.assert_array_equal(some_pairs(*folders)[3], some_pairs()[3])
