"""Fill in a report card: paint every photo in every style, and ask the judges."""

import time
from dataclasses import astuple

import numpy as np

from aelearn import transforms
from aelearn.evaluate import judges
from aelearn.evaluate.behaviour import Leak, effective_ranks, identity_error, leak
from aelearn.evaluate.report import Report, Row
from aelearn.images import check_image, resize_image

SMALLEST = 32  # pixels, of a side that is painted
LEAK_PAIRS, LEAK_TIMES = 3, 10


def evaluate(stylizer, photos, styles, *, teacher=None, size=512, method="optimal_transport", alpha=1.0,
             on_progress=None):
    """Paint every photo in the style of every painting, and judge: the report card of a model.

    All pictures are cut to the square in their middle and brought to one size, smaller ones enlarged. The anchors
    come for free: a photo that was copied has perfect edges and no paint, a painting that was copied all the paint
    and no photo. A model is worth something where it is better than any mixture of the two.

    Args:
        stylizer: `Stylizer`.
        photos: dict from name to array `(height, width, 3)` in [0, 1], one or more.
        styles: likewise, paintings, two or more.
        teacher: function as for `teacher_distance`, such as `training.teacher.load_teacher("teacher.npz")`; or None.
        size: int, pixels, 32 or more.
        method: a key of `transforms.METHODS`.
        alpha: float from 0 to 1.
        on_progress: function called with (fraction, text) as the work goes on; or None.

    Returns:
        `Report`. Its times are those of this machine, in this run.

    Raises:
        ImageError: if a picture is not one.
        TypeError: if `stylizer` or `teacher` is something else.
        ValueError: if there are too few pictures, or another argument is out of range.

    Example:
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer = Stylizer(build_pyramid(PyramidConfig((4, 8))))
        >>> black, white = np.zeros((32, 32, 3)), np.ones((32, 32, 3))
        >>> report = evaluate(stylizer, {"black": black}, {"black": black, "white": white}, size=32)
        >>> [(row.photo, row.style) for row in report.rows]
        [('black', 'black'), ('black', 'white')]
    """
    if not hasattr(stylizer, "canvas"):
        raise TypeError(f"stylizer must be a Stylizer, such as Stylizer.load(); received {type(stylizer).__name__}")
    if teacher is not None and not callable(teacher):
        raise TypeError(f"teacher must be a function, such as load_teacher(...), or None; received {teacher!r}")
    photos, styles = _squares(photos, "photos", 1, size), _squares(styles, "styles", 2, size)
    transforms.check_method(method)
    settings = {"alpha": transforms.check_alpha(alpha), "method": method}
    tell = _Progress(on_progress, len(photos) * (len(styles) + 1) + min(len(photos), LEAK_PAIRS) + 1)
    known = _encode(stylizer, photos, styles, tell)
    rows, seconds = _paint_all(stylizer, photos, styles, known, teacher, settings, tell)
    identity = {}
    for name, photo in photos.items():
        tell(f"{name} in its own style")
        identity[name] = identity_error(stylizer, photo, **settings)
    return Report(
        model=stylizer.name, size=size, **settings, rows=tuple(rows), identity=identity,
        leak=_mean_leak(stylizer, photos, known, settings, tell),
        effective_rank=effective_ranks([stylizer.style(photo) for photo in photos.values()]),
        new_photo_seconds=float(np.median(seconds[0])), slider_seconds=float(np.median(seconds[1])),
    )


class _Progress:
    def __init__(self, report, total):
        self.report, self.total, self.done = report, total, 0

    def __call__(self, text):
        if self.report:
            self.report(min(self.done / self.total, 1.0), text)
        self.done += 1


def _squares(pictures, name, least, size):
    if isinstance(size, bool) or not isinstance(size, int) or size < SMALLEST:
        raise ValueError(f"size must be an int of {SMALLEST} or more; received {size!r}")
    if not isinstance(pictures, dict) or len(pictures) < least:
        received = f"{len(pictures)} of them" if isinstance(pictures, dict) else type(pictures).__name__
        raise ValueError(f"{name} must be a dict from name to picture with {least} or more; received {received}")
    return {str(key): square(picture, size, f"{name}[{key!r}]") for key, picture in pictures.items()}


def square(picture, size, name="picture"):
    """The middle of a picture, `size` pixels wide and high.

    Args:
        picture: array `(height, width, 3)` in [0, 1].
        size: int, pixels.
        name: str, how to call it in an error message.

    Returns:
        array `(size, size, 3)`, float32 in [0, 1].

    Raises:
        ImageError: if it is not a picture.

    Example:
        >>> square(np.zeros((30, 90, 3)), 40).shape
        (40, 40, 3)
    """
    picture = check_image(picture, name=name)
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    return resize_image(picture[top : top + side, left : left + side], size=(size, size))


def _encode(stylizer, photos, styles, tell):
    """The styles, encoded; and one picture painted, so that no clock counts what is done only once."""
    tell("looking at the paintings")
    known = {name: stylizer.style(painting) for name, painting in styles.items()}
    stylizer.canvas(next(iter(photos.values())), next(iter(known.values()))).paint()
    return known


def _paint_all(stylizer, photos, styles, known, teacher, settings, tell):
    targets = {name: _seen(painting, teacher, name) for name, painting in styles.items()}
    rows, new_photo, slider = [], [], []
    for photo_name, photo in photos.items():
        copied = _seen(photo, teacher, photo_name)
        for name, style in known.items():
            tell(f"{photo_name} in the style of {name}")
            began = time.perf_counter()
            canvas = stylizer.canvas(photo, style)
            picture = canvas.paint(**settings)
            painted = time.perf_counter()
            canvas.paint(alpha=settings["alpha"] * 0.9, method=settings["method"])
            new_photo.append(painted - began)
            slider.append(time.perf_counter() - painted)
            texture, distance = _judge(_seen(picture, teacher, f"{photo_name} in the style of {name}"), targets[name])
            copied_texture, copied_distance = _judge(copied, targets[name])
            rows.append(Row(
                photo_name, name, texture, judges.edge_correlation(photo, picture), copied_texture,
                judges.edge_correlation(photo, styles[name]), distance, copied_distance,
            ))
    return rows, (new_photo, slider)


def _seen(picture, teacher, name):
    """What the judges of style keep of a picture."""
    return judges.grams(picture, name), teacher and judges.teacher_statistics(teacher, picture, name)


def _judge(seen, target):
    distance = None if seen[1] is None else judges.statistics_distance(seen[1], target[1])
    return judges.gram_distance(seen[0], target[0]), distance


def _mean_leak(stylizer, photos, known, settings, tell):
    """Over a few pairs, the first photo with the first style and so on."""
    found, styles = [], list(known.values())
    for number, (name, photo) in enumerate(list(photos.items())[:LEAK_PAIRS]):
        tell(f"{name}, painted {LEAK_TIMES} times")
        one = leak(stylizer, photo, styles[number % len(styles)], times=LEAK_TIMES, **settings)
        found.append(astuple(one)[1:])
    return Leak(LEAK_TIMES, *np.mean(found, axis=0).tolist())
