"""Judges of lesson 10: three briefs, as far as a saved picture can be judged without eyes."""

import json
from pathlib import Path

import numpy as np

from aelearn import evaluate, images
from aelearn.checks.compare import describe, one_line
from aelearn.checks.verdict import NOT_TRIED, NOT_YET, PASSED, Verdict

SERIES = 3  # pictures, at least
ANOTHER = 0.02  # mean difference from which two pictures are two
PAINTED = 0.03  # mean difference from the photo from which it counts as painted
FACE = 0.9  # correlation of the edges in a face that is kept
SMALL, GROUND = 64, 0.3  # pixels at which strokes are gone and shapes are not, and how well their edges should agree
COVERS = 0.1  # of the picture, what each of two paintings should have
MOST_FACE = 0.6  # of the picture, that a face may cover
HAND = ("model", "styles", "alpha", "level_alpha", "method", "stroke", "color", "size", "modes")  # what makes a hand


class _Not(Exception):
    """The diagnosis of a file that cannot be judged."""


def series(paths):
    """Judge a series: three views or more, painted in one hand.

    Args:
        paths: list of paths of pictures that the studio has saved; None if there is none yet.

    Returns:
        `Verdict`.

    Example:
        >>> series(None)
        ○ not tried yet: save three pictures or more, and list their paths
    """
    if _untried(paths):
        return Verdict(NOT_TRIED, "save three pictures or more, and list their paths")
    if not isinstance(paths, (list, tuple)):
        return Verdict(NOT_YET, f"a series is a list of paths; yours is {describe(paths)}")
    if len(paths) < SERIES:
        return Verdict(NOT_YET, f"a series has {SERIES} pictures at least; yours has {len(paths)}")
    try:
        opened = [(Path(path).name if isinstance(path, (str, Path)) else "", *_open(path)) for path in paths]
    except _Not as diagnosis:
        return Verdict(NOT_YET, diagnosis)
    for name, _, settings in opened:
        if settings.get("alpha") == 0:
            return Verdict(NOT_YET, f"{name} has alpha 0: no hand at all")
    first, _, hand = opened[0]
    for name, _, settings in opened[1:]:
        differing = [key for key in HAND if settings.get(key) != hand.get(key)]
        if [part[:2] for part in _parts(settings)] != [part[:2] for part in _parts(hand)]:
            differing.append("the styles of the regions")
        if differing:
            return Verdict(NOT_YET, f"these are two hands: {first} and {name} differ in {', '.join(differing)}")
    for number, (name, picture, _) in enumerate(opened):
        for other, earlier, _ in opened[:number]:
            if picture.shape == earlier.shape and np.abs(picture - earlier).mean() < ANOTHER:
                return Verdict(NOT_YET, f"{other} and {name} show the same: choose another view")
    return Verdict(PASSED, f"{len(opened)} views in one hand; the rest of the rubric is for your eyes")


def portrait(path, photo, face):
    """Judge a portrait: the face is the photo's, the rest is painted.

    Args:
        path: path of a picture that the studio has saved; None if there is none yet.
        photo: the array `(height, width, 3)` that it was painted from.
        face: `(top, bottom, left, right)` in pixels of the photo: the box of the face.

    Returns:
        `Verdict`.

    Example:
        >>> portrait(None, np.zeros((4, 4, 3)), (0, 2, 0, 2))
        ○ not tried yet: save a portrait, and give its path
    """
    if _untried(path):
        return Verdict(NOT_TRIED, "save a portrait, and give its path")
    try:
        picture, _ = _open(path)
        original, photo = _photo(photo, picture)
        top, bottom, left, right = _box(face, original.shape, picture.shape)
    except _Not as diagnosis:
        return Verdict(NOT_YET, diagnosis)
    inside = np.zeros(picture.shape[:2], bool)
    inside[top:bottom, left:right] = True
    edges = evaluate.edge_correlation(photo[top:bottom, left:right], picture[top:bottom, left:right])
    if edges < FACE:
        return Verdict(NOT_YET, f"the face is not kept: its edges agree with the photo's to {edges:.2f}, and those of "
                       f"a face that is kept to {FACE} or more. The code takes edges even at alpha 0; give the face "
                       "the ink «photo»")
    if np.abs(picture - photo)[~inside].mean() < PAINTED:
        return Verdict(NOT_YET, "around the face there is still the photo: raise alpha, or give that part to a style")
    return Verdict(PASSED, "a face in a painted world; the rest of the rubric is for your eyes")


def sky_and_ground(path, photo):
    """Judge a picture of two paintings: each has its part, and the photo can still be made out.

    Strokes have edges of their own, so photo and picture are compared at 64 pixels, where only shapes are left.

    Args:
        path: path of a picture that the studio has saved; None if there is none yet.
        photo: the array `(height, width, 3)` that it was painted from.

    Returns:
        `Verdict`.

    Example:
        >>> sky_and_ground(None, np.zeros((4, 4, 3)))
        ○ not tried yet: save a picture with two regions, and give its path
    """
    if _untried(path):
        return Verdict(NOT_TRIED, "save a picture with two regions, and give its path")
    try:
        picture, settings = _open(path)
        photo = _photo(photo, picture)[1]
        _two_parts(settings)
    except _Not as diagnosis:
        return Verdict(NOT_YET, diagnosis)
    shapes = evaluate.edge_correlation(*(images.resize_image(each, max_side=SMALL) for each in (photo, picture)))
    if shapes < GROUND:
        return Verdict(NOT_YET, f"little of the photo is left: its large shapes agree to {shapes:.2f}, and {GROUND} is "
                       "wanted; lower alpha, or choose calmer paintings")
    if np.abs(picture - photo).mean() < PAINTED:
        return Verdict(NOT_YET, "this is nearly the photo: raise alpha")
    return Verdict(PASSED, "two paintings, and one picture; the rest of the rubric is for your eyes")


def _two_parts(settings):
    parts = _parts(settings)
    names = [name for name, _, _ in parts]
    if len(names) < 2:
        raise _Not(f"only {names[0]} took part: give a region to another style" if names else
                   "it has no regions: one style, or one mixture, is everywhere")
    if len(set(names)) < 2:
        raise _Not(f"both regions are in the style of {names[0]}: choose another painting for one of them")
    for name, strength, covered in parts:
        if strength == 0:
            raise _Not(f"the strength of {name} is 0: its region is not painted")
        if covered < COVERS:
            raise _Not(f"{name} covers {covered:.0%} of the picture, and should cover {COVERS:.0%} at least")


def _parts(settings):
    # [(style, strength, share of the picture), ...], empty without regions.
    return [(str(name), float(strength), float(covered)) for name, strength, covered in _studio(settings)["parts"]]


def _untried(answer):
    return answer is None or answer is ... or (isinstance(answer, (str, list, tuple)) and not len(answer))


def _studio(settings):
    return settings.get("studio", {"parts": [], "regions": "whole"})  # from the command line there is none


def _open(path):
    """The picture of a file and its settings, or the reason why not."""
    if isinstance(path, np.ndarray):
        raise _Not("this is the picture itself; save it with studio.save(…), and give the path that comes back")
    if not isinstance(path, (str, Path)):
        raise _Not(f"a path is wanted; yours is {describe(path)}")
    name = Path(path).name
    if not Path(path).is_file():
        raise _Not(f"there is no file {name}: did the studio save it in another folder?")
    try:
        picture, note = images.load_image(path), images.load_note(path)
    except images.ImageError:
        raise _Not(f"{name} is no picture that can be read") from None
    if note is None:
        raise _Not(f"{name} carries no settings: only a file does that the studio has saved and no program saved anew")
    try:
        settings = json.loads(note)
        _parts(settings), settings["styles"]
    except Exception:  # whatever somebody has written into the file
        raise _Not(f"the settings in {one_line(name)} are damaged: save it anew from the studio") from None
    return picture, settings


def _photo(photo, picture):
    """The photo as it is, and at the size of the picture that was made of it."""
    try:
        photo = images.check_image(photo, name="photo")
    except images.ImageError as error:
        raise _Not(error) from None
    scale = picture.shape[0] / photo.shape[0]
    if abs(photo.shape[1] * scale - picture.shape[1]) > 1.5 * max(1, scale):
        sizes = " and ".join(f"{shape[1]} × {shape[0]}" for shape in (photo.shape, picture.shape))
        raise _Not(f"the picture is of another photo: the proportions differ, {sizes} pixels")
    return photo, images.resize_image(photo, size=picture.shape[:2])


def _box(face, shape, target):
    wanted = "four whole numbers: top, bottom, left, right"
    if not isinstance(face, (tuple, list)) or len(face) != 4 or not all(isinstance(v, (int, np.integer)) for v in face):
        raise _Not(f"the box of the face should be {wanted}; yours is {describe(face)}")
    top, bottom, left, right = face
    if not (0 <= top < bottom <= shape[0] and 0 <= left < right <= shape[1]):
        raise _Not(f"the box of the face should be {wanted}, inside {shape[0]} rows and {shape[1]} columns; "
                   f"yours is {tuple(map(int, face))}")
    if (bottom - top) * (right - left) > MOST_FACE * shape[0] * shape[1]:
        raise _Not("your box is nearly the whole picture: draw it closer around the face")
    down, across = target[0] / shape[0], target[1] / shape[1]
    return int(top * down), int(np.ceil(bottom * down)), int(left * across), int(np.ceil(right * across))
