"""The judges of lesson 10: every way to miss a brief gets a diagnosis of its own."""

import json

import numpy as np
import pytest

from aelearn import checks, images
from aelearn.panels.studio.settings import StudioSettings, note_of

HAND = StudioSettings("photo", ("wave", "night", "lion"), weights=(0.5, 0.5, 0.0), level_alpha={1: 1.0})


def scene(seed, height=96, width=128):
    """A photo with edges at several sizes."""
    random, picture = np.random.default_rng(seed), np.full((height, width, 3), 0.5)
    for _ in range(30):
        top, left = random.integers(0, height - 12), random.integers(0, width - 12)
        picture[top : top + random.integers(6, 30), left : left + random.integers(6, 30)] = random.random(3)
    return picture.astype(np.float32)


def painted(photo, strength=0.15):
    """As a painting of it would be: other colours, and its edges still there."""
    return ((photo[..., ::-1] * (1 - strength)) + strength / 2).astype(np.float32)


@pytest.fixture
def save(tmp_path):
    """A function that saves a picture as the studio does, and returns its path."""

    def save(name, picture, settings=HAND, corners=(0, 1), covers=None, note=...):
        path = tmp_path / f"{name}.png"
        note = note_of(settings, "perceptual", list(corners), covers=covers) if note is ... else note
        images.save_image(picture, path, note=note)
        return path

    return save


def regional(**changes):
    plain = {"styles": ("wave", "night", "lion"), "regions": "automatic", "level_alpha": {1: 1.0}}
    return StudioSettings("photo", **plain | changes)


def said(verdict, *words):
    assert verdict.outcome == "not yet", verdict
    for word in words:
        assert word in verdict.reason, verdict
    return verdict.reason


# --- what any brief says of a file ------------------------------------------------------------------------------------

PHOTO = scene(0)
BRIEFS = {
    "series": lambda path: checks.series([path] * 3),
    "portrait": lambda path: checks.portrait(path, PHOTO, (0, 30, 0, 30)),
    "sky_and_ground": lambda path: checks.sky_and_ground(path, PHOTO),
}


@pytest.mark.parametrize("brief", BRIEFS)
@pytest.mark.parametrize("answer", [None, ..., "", []], ids=repr)
def test_nothing_is_not_tried_yet(brief, answer):
    judge = {"series": checks.series, "portrait": lambda a: checks.portrait(a, PHOTO, (0, 9, 0, 9)),
             "sky_and_ground": lambda a: checks.sky_and_ground(a, PHOTO)}[brief]
    assert judge(answer).outcome == "not tried yet"


@pytest.mark.parametrize("brief", BRIEFS)
def test_a_picture_instead_of_a_path(brief):
    said(BRIEFS[brief](PHOTO), "this is the picture itself")


@pytest.mark.parametrize("brief", BRIEFS)
def test_a_number_instead_of_a_path(brief):
    said(BRIEFS[brief](3), "a path is wanted; yours is 3")


@pytest.mark.parametrize("brief", BRIEFS)
def test_a_file_that_is_not_there_is_named_without_its_folder(brief, tmp_path):
    assert str(tmp_path) not in said(BRIEFS[brief](tmp_path / "lost.png"), "there is no file lost.png")


@pytest.mark.parametrize("brief", BRIEFS)
def test_a_file_that_is_no_picture(brief, tmp_path):
    (tmp_path / "a.png").write_text("hello")
    said(BRIEFS[brief](tmp_path / "a.png"), "a.png is no picture")


@pytest.mark.parametrize("brief", BRIEFS)
def test_a_picture_without_settings(brief, save):
    said(BRIEFS[brief](save("bare", painted(PHOTO), note=None)), "bare.png carries no settings")


DAMAGED = ["{", "[]", "{}", '{"studio": 1, "styles": []}', '{"styles": [], "studio": {"parts": [["a"]]}}',
           '{"styles": [], "studio": {"parts": [["a", "x", 1]]}}', "null", "[" * 100_000]


@pytest.mark.parametrize("brief", BRIEFS)
@pytest.mark.parametrize("note", DAMAGED, ids=lambda note: note[:40])
def test_settings_that_somebody_has_written_by_hand(brief, save, note):
    said(BRIEFS[brief](save("odd", painted(PHOTO), note=note)), "the settings in odd.png are damaged")


# --- a series ---------------------------------------------------------------------------------------------------------


def views(save, number=3, settings=lambda place: HAND, **options):
    return [save(f"view{place}", painted(scene(place)), settings(place), **options) for place in range(number)]


def test_a_series_in_one_hand_passes(save):
    assert checks.series(views(save)).passed
    assert checks.series(tuple(views(save, 5))).passed


def test_the_photo_is_no_part_of_the_hand(save):
    assert checks.series(views(save, settings=lambda p: StudioSettings(f"photo {p}", HAND.styles))).passed


def test_a_series_from_the_command_line_passes(save):
    note = json.dumps({"model": "perceptual", "styles": [["wave", 1.0]], "alpha": 1.0, "modes": 1})
    assert checks.series(views(save, note=note)).passed


def test_one_path_is_no_series(save):
    said(checks.series(str(views(save)[0])), "a series is a list of paths")
    said(checks.series(views(save)[0]), "a series is a list of paths")


def test_two_pictures_are_no_series(save):
    said(checks.series(views(save, 2)), "3 pictures at least; yours has 2")


CHANGES = [{"alpha": 0.5}, {"stroke": 2.0}, {"color": "photo"}, {"method": "adain"}, {"size": 768}, {"modes": 2},
           {"weights": (1.0, 0.0, 0.0)}, {"level_alpha": {1: 0.5}}]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_two_hands_are_told_apart_by_the_setting(save, change):
    other = StudioSettings(**HAND.__dict__ | change)
    names = {"weights": "styles"}
    said(checks.series(views(save, settings=lambda place: other if place == 2 else HAND)),
         "two hands: view0.png and view2.png differ in ", names.get(next(iter(change)), next(iter(change))))


def test_regions_in_other_styles_are_another_hand(save):
    def settings(place):
        return regional(regions="painted", styles=("wave", "night" if place else "lion", "lion"))

    said(checks.series(views(save, settings=settings, covers=[0.5, 0.5])), "the styles of the regions")


def test_regions_of_other_sizes_are_the_same_hand(save):
    paths = [save(f"v{p}", painted(scene(p)), regional(), covers=[0.4 + p / 10, 0.6 - p / 10]) for p in range(3)]
    assert checks.series(paths).passed


def test_the_same_view_twice(save):
    paths = views(save)
    copy = save("copy", painted(scene(1)))
    said(checks.series([*paths, copy]), "view1.png and copy.png show the same")
    said(checks.series([*paths, paths[0]]), "view0.png and view0.png show the same")


def test_a_series_without_paint(save):
    unpainted = StudioSettings(**HAND.__dict__ | {"alpha": 0.0})
    said(checks.series(views(save, settings=lambda _: unpainted)), "view0.png has alpha 0")


# --- a portrait -------------------------------------------------------------------------------------------------------

BOX = (20, 60, 30, 80)


def portrait_of(photo, box=BOX):
    picture = painted(photo)
    top, bottom, left, right = box
    picture[top:bottom, left:right] = photo[top:bottom, left:right]
    return picture


def repainted(photo):
    return np.random.default_rng(1).permutation(photo.reshape(-1, 3)).reshape(photo.shape)


def test_a_portrait_with_its_face_passes_at_any_size(save):
    assert checks.portrait(save("p", portrait_of(PHOTO)), PHOTO, BOX).passed
    larger = images.resize_image(PHOTO, size=(192, 256))
    picture = portrait_of(larger, [2 * side for side in BOX])
    assert checks.portrait(save("large", picture), PHOTO, BOX).passed


def test_a_face_that_is_painted_over(save):
    picture = painted(PHOTO)
    picture[20:60, 30:80] = repainted(PHOTO[20:60, 30:80])
    said(checks.portrait(save("p", picture), PHOTO, BOX), "the face is not kept", "even at alpha 0", "the ink «photo»")


def test_a_portrait_with_nothing_painted(save):
    said(checks.portrait(save("p", PHOTO), PHOTO, BOX), "around the face there is still the photo")


def test_a_portrait_of_another_photo(save):
    path = save("p", scene(1, 96, 96))
    said(checks.portrait(path, PHOTO, BOX), "the proportions differ, 128 × 96 and 96 × 96 pixels")


@pytest.mark.parametrize("box, word", [
    (None, "yours is nothing"), ((1, 2, 3), "four whole numbers"), ((0.1, 0.5, 0, 1), "four whole numbers"),
    ((60, 20, 30, 80), "inside 96 rows and 128 columns"), ((0, 200, 0, 20), "inside 96 rows and 128 columns"),
    ((-1, 20, 0, 20), "inside 96 rows and 128 columns"), ((0, 96, 0, 128), "nearly the whole picture"),
], ids=str)
def test_a_box_that_is_none(save, box, word):
    said(checks.portrait(save("p", portrait_of(PHOTO)), PHOTO, box), word)


def test_a_photo_that_is_none(save):
    said(checks.portrait(save("p", portrait_of(PHOTO)), "astronaut", BOX), "photo")


# --- a sky and a ground -----------------------------------------------------------------------------------------------


def test_two_paintings_pass(save):
    assert checks.sky_and_ground(save("p", painted(PHOTO), regional(), covers=[0.6, 0.4]), PHOTO).passed


def test_three_pass_too(save):
    path = save("p", painted(PHOTO), regional(num_regions=3), corners=(0, 1, 2), covers=[0.4, 0.3, 0.3])
    assert checks.sky_and_ground(path, PHOTO).passed


def test_no_regions(save):
    said(checks.sky_and_ground(save("p", painted(PHOTO)), PHOTO), "it has no regions")


def test_no_regions_from_the_command_line(save):
    note = json.dumps({"styles": [["wave", 1.0]], "alpha": 1.0})
    said(checks.sky_and_ground(save("p", painted(PHOTO), note=note), PHOTO), "it has no regions")


def test_one_style_alone(save):
    path = save("p", painted(PHOTO), regional(regions="painted"), corners=(1,), covers=[0.8])
    said(checks.sky_and_ground(path, PHOTO), "only night took part")


def test_the_same_painting_twice(save):
    path = save("p", painted(PHOTO), regional(styles=("wave", "wave", "lion")), covers=[0.5, 0.5])
    said(checks.sky_and_ground(path, PHOTO), "both regions are in the style of wave")


def test_a_region_that_is_a_sliver(save):
    path = save("p", painted(PHOTO), regional(), covers=[0.95, 0.05])
    said(checks.sky_and_ground(path, PHOTO), "night covers 5%", "10% at least")


def test_a_region_without_strength(save):
    path = save("p", painted(PHOTO), regional(strengths=(1.0, 0.0, 1.0)), covers=[0.5, 0.5])
    said(checks.sky_and_ground(path, PHOTO), "the strength of night is 0")


def test_a_photo_that_cannot_be_made_out(save):
    path = save("p", repainted(PHOTO), regional(), covers=[0.5, 0.5])
    said(checks.sky_and_ground(path, PHOTO), "little of the photo is left")


def test_a_picture_that_is_still_the_photo(save):
    path = save("p", PHOTO, regional(), covers=[0.5, 0.5])
    said(checks.sky_and_ground(path, PHOTO), "this is nearly the photo")


def test_a_picture_of_another_photo(save):
    path = save("p", scene(1, 96, 96), regional(), covers=[0.5, 0.5])
    said(checks.sky_and_ground(path, PHOTO), "the picture is of another photo")
