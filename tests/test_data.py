"""The bundled pictures and digits: what is there, that it is free to share, and that damage is found out."""

import hashlib
import shutil
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from aelearn import data

REPOSITORY = Path(data.__file__).resolve().parent.parent
FOLDER = REPOSITORY / "datasets"
FREE = {"public domain", "CC0-1.0", "CC-BY-2.0", "CC-BY-3.0"}

PICTURES = data.entries("photo") + data.entries("painting")
pictures = pytest.mark.parametrize("one", PICTURES, ids=lambda one: one.name)
LOADERS = [(data.load_photo, "photo"), (data.load_painting, "painting")]


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A private copy of the folder, which a test may damage."""
    folder = tmp_path / "copied"
    shutil.copytree(FOLDER, folder)
    monkeypatch.setenv("AELEARN_DATASETS", str(folder))
    return folder


def jpeg_size(path):
    """Width, height and sampling factors from the JPEG header itself, without an image library."""
    content, at = path.read_bytes(), 2
    while content[at + 1] not in (0xC0, 0xC1, 0xC2):  # start of frame
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    height, width = (int.from_bytes(content[at + 5 + i : at + 7 + i], "big") for i in (0, 2))
    return width, height, [content[at + 11 + 3 * i] for i in range(content[at + 9])]


def test_there_are_enough_photographs_and_paintings():
    assert len(data.photo_names()) >= 24 and len(data.painting_names()) >= 16


def test_photographs_cover_landscape_building_animal_portrait_and_object():
    subjects = {e.subject for e in data.entries("photo")}
    assert subjects == {"landscape", "building", "animal", "portrait", "object"}


def test_paintings_cover_oil_woodblock_watercolour_and_abstract():
    paintings = data.entries("painting")
    assert {e.medium for e in paintings} >= {"oil", "woodblock", "watercolour"}
    assert "abstract" in {e.subject for e in paintings}


def test_names_are_unique_and_short():
    names = [e.name for e in data.entries()]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name == name.lower() and len(name) <= 22 for name in names)


def test_the_folder_holds_what_the_manifest_lists_and_nothing_else():
    on_disk = {p.relative_to(FOLDER).as_posix() for p in FOLDER.glob("*/*") if p.suffix in (".jpg", ".npz")}
    assert on_disk == {e.file for e in data.entries()}


def test_everything_together_is_under_eight_megabytes():
    assert sum(p.stat().st_size for p in FOLDER.rglob("*") if p.is_file()) < 8_000_000


@pictures
def test_every_picture_is_free_to_share_and_says_whose_it_is(one):
    assert one.licence in FREE
    assert one.title and one.author and one.source
    assert one.alt.endswith(".") and 30 < len(one.alt) < 130


@pictures
def test_every_picture_has_the_stated_sha256_and_size(one):
    path = FOLDER / one.file
    assert hashlib.sha256(path.read_bytes()).hexdigest() == one.sha256
    width, height, sampling = jpeg_size(path)
    assert (width, height) == (one.width, one.height)
    assert 400 <= max(width, height) <= 512
    assert sampling == [0x11, 0x11, 0x11]  # 4:4:4: colour as sharp as brightness


def test_the_readme_names_the_author_and_licence_of_everything_under_cc_by():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    for one in data.entries():
        if one.licence.startswith("CC-BY"):
            assert one.author in text and one.licence in text, one.name


def test_the_readme_lists_every_picture_by_name():
    listed = (FOLDER / "README.md").read_text(encoding="utf-8").split("## The names")[1]
    words = listed.replace(",", " ").replace(".", " ").split()
    assert [word for word in words if word.islower()] == data.photo_names() + data.painting_names()


@pytest.mark.parametrize("load, kind", LOADERS)
def test_a_picture_loads_as_float32_between_0_and_1_at_its_stated_size(load, kind):
    for one in data.entries(kind)[:3]:
        image = load(one.name)
        assert image.shape == (one.height, one.width, 3) and image.dtype == np.float32
        assert 0 <= image.min() < 0.3 and 0.7 < image.max() <= 1


def test_max_side_shrinks_and_never_enlarges():
    assert max(data.load_photo("great_wall", max_side=100).shape) == 100
    assert max(data.load_photo("great_wall", max_side=9999).shape) == 512


def test_loading_all_gives_every_name_in_order():
    assert list(data.load_photos(max_side=16)) == data.photo_names()
    assert list(data.load_paintings(max_side=16)) == data.painting_names()


def test_no_picture_is_nearly_the_copy_of_another():
    def thumbnail(image):  # 8×8 block means, contrast removed
        rows, columns = (np.linspace(0, n, 9).astype(int) for n in image.shape[:2])
        blocks = [[image[a:b, c:d].mean() for c, d in pairwise(columns)] for a, b in pairwise(rows)]
        return (np.array(blocks) - np.mean(blocks)).ravel() / np.std(blocks) / 8

    images = data.load_photos(max_side=64) | data.load_paintings(max_side=64)
    every = [thumbnail(image) for image in images.values()]
    likeness = np.array(every) @ np.array(every).T - np.eye(len(every))
    assert likeness.max() < 0.95


@pytest.mark.parametrize("load", [data.load_photo, data.credit, data.entry, data.find])
def test_an_unknown_name_suggests_the_nearest(load):
    with pytest.raises(data.UnknownNameError, match="chambort.*did you mean 'chambord'"):
        load("chambort")


def test_an_unknown_name_error_is_a_key_error_that_reads_as_a_sentence():
    with pytest.raises(KeyError) as caught:
        data.load_painting("GREAT WAVE")
    assert str(caught.value) == "no painting is called 'GREAT WAVE'; did you mean 'great_wave'?"


def test_a_name_of_the_other_kind_is_told_apart():
    with pytest.raises(data.UnknownNameError, match="it is the name of a photo"):
        data.load_painting("chambord")


def test_a_name_like_no_other_lists_the_choice():
    with pytest.raises(data.UnknownNameError, match="choose from great_wave, ejiri, .*composition_viii"):
        data.load_painting("xxxxxxxx")


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="kind must be .*received 'photos'"):
        data.entries("photos")


def test_a_missing_file_is_named(copy):
    (copy / "photos" / "chambord.jpg").unlink()
    with pytest.raises(data.DatasetError, match=r"chambord\.jpg is missing; .*AELEARN_DATASETS"):
        data.load_photo("chambord")
    with pytest.raises(data.DatasetError, match=r"chambord\.jpg is missing"):
        data.load_photos(max_side=16)


@pytest.mark.parametrize("file, load", [
    ("photos/chambord.jpg", lambda: data.load_photo("chambord")),
    ("paintings/great_wave.jpg", lambda: data.load_painting("great_wave")),
    ("digits/mnist_5k.npz", data.load_digits),
])
def test_one_changed_byte_is_found_and_the_file_named(copy, file, load):
    content = bytearray((copy / file).read_bytes())
    content[-3] ^= 1
    (copy / file).write_bytes(content)
    with pytest.raises(data.DatasetError, match=f"{Path(file).name} was changed or damaged"):
        load()


def test_a_file_changed_after_its_first_load_is_still_found(copy):
    data.load_photo("chambord")
    (copy / "photos" / "chambord.jpg").write_bytes((copy / "photos" / "great_wall.jpg").read_bytes())
    with pytest.raises(data.DatasetError, match="was changed"):
        data.load_photo("chambord")


def test_in_a_clone_the_error_says_which_file_git_can_restore(copy, monkeypatch):
    monkeypatch.delenv("AELEARN_DATASETS")
    monkeypatch.setattr(data, "__file__", str(copy.parent / "aelearn" / "data.py"))
    copy.rename(copy.parent / "datasets")
    (copy.parent / "datasets" / "photos" / "chambord.jpg").unlink()
    with pytest.raises(data.DatasetError, match=r"git checkout -- datasets/photos/chambord\.jpg"):
        data.load_photo("chambord")


def test_an_installed_package_finds_its_own_copy_and_says_to_reinstall(copy, monkeypatch):
    monkeypatch.delenv("AELEARN_DATASETS")
    monkeypatch.setattr(data, "__file__", str(copy.parent / "site" / "aelearn" / "data.py"))
    installed = copy.parent / "site" / "aelearn" / "_datasets"
    shutil.move(copy, installed)
    assert data.load_photo("chambord", max_side=16).shape == (12, 16, 3)
    (installed / "photos" / "chambord.jpg").unlink()
    with pytest.raises(data.DatasetError, match="install aelearn again"):
        data.load_photo("chambord")


def test_without_any_folder_the_error_says_where_it_looked(tmp_path, monkeypatch):
    monkeypatch.delenv("AELEARN_DATASETS", raising=False)
    monkeypatch.setattr(data, "__file__", str(tmp_path / "aelearn" / "data.py"))
    with pytest.raises(data.DatasetError) as caught:
        data.photo_names()
    for part in ("datasets/manifest.csv", "_datasets/manifest.csv", "AELEARN_DATASETS", "clone"):
        assert part in str(caught.value).replace("\\", "/")


def test_a_folder_named_on_purpose_is_not_quietly_replaced(tmp_path, monkeypatch):
    monkeypatch.setenv("AELEARN_DATASETS", str(tmp_path / "nowhere"))
    with pytest.raises(data.DatasetError, match="nowhere"):
        data.photo_names()


def test_digits_have_the_stated_shapes_types_and_range():
    digits = data.load_digits()
    assert digits.train_images.shape == (4500, 28, 28, 1) and digits.test_images.shape == (500, 28, 28, 1)
    for images in (digits.train_images, digits.test_images):
        assert images.dtype == np.float32 and images.min() == 0 and images.max() == 1
    assert digits.train_labels.shape == (4500,) and digits.test_labels.shape == (500,)


def test_every_digit_is_equally_frequent_on_both_sides_of_the_split():
    digits = data.load_digits()
    assert Counter(digits.train_labels.tolist()) == dict.fromkeys(range(10), 450)
    assert Counter(digits.test_labels.tolist()) == dict.fromkeys(range(10), 50)


def test_no_test_digit_is_also_trained_on():
    digits = data.load_digits()
    trained = {image.tobytes() for image in digits.train_images}
    assert not trained & {image.tobytes() for image in digits.test_images}


def test_labels_belong_to_their_images():
    # Choosing the nearest class mean is right four times in five on MNIST; with shuffled labels, one in ten.
    digits = data.load_digits()
    flat, judged = (part.reshape(len(part), -1) for part in (digits.train_images, digits.test_images))
    means = np.stack([flat[digits.train_labels == d].mean(axis=0) for d in range(10)])  # (10, 784)
    nearest = ((judged[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == digits.test_labels).mean() > 0.7


def test_credit_carries_author_licence_and_source_on_one_line():
    for one in data.entries():
        line, parts = data.credit(one.name), (one.title, one.author, one.licence, one.source)
        assert "\n" not in line and all(part in line for part in parts)


def test_loading_pictures_starts_neither_keras_nor_tensorflow():
    code = ("import sys; from aelearn import data; data.load_photo('chambord'); data.load_digits(); "
            "sys.exit(any(name in sys.modules for name in ('keras', 'tensorflow', 'matplotlib')))")
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY)


@pytest.mark.parametrize("content", ["", "name,kind\na,photo\n", "name,width\na,b\n"], ids=["empty", "short", "wrong"])
def test_a_damaged_manifest_is_one_clear_error(tmp_path, monkeypatch, content):
    (tmp_path / "manifest.csv").write_text(content)
    monkeypatch.setenv("AELEARN_DATASETS", str(tmp_path))
    with pytest.raises(data.DatasetError, match=r"manifest\.csv .*restore it"):
        data.painting_names()
