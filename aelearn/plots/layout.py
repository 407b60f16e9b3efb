"""Pictures and captions put on a Figure by inches, from the top left corner, as on paper."""

import numpy as np

from aelearn.plots.look import CAPTION, INK, LINE, MUTED

GAP = 0.1  # inches between pictures
PAD = 0.04  # inches around everything
BELOW = 0.2  # inches from the lower edge of a picture to the foot of its caption's first line


def place(figure, picture, left, top, width, height, caption="", *, anchor="C"):
    """Put one picture into a box, as large as fits without distortion, with its caption below the box.

    Returns:
        The axes of the picture.
    """
    full_width, full_height = figure.get_size_inches()
    box = [left / full_width, 1 - (top + height) / full_height, width / full_width, height / full_height]
    axes = figure.add_axes(box, anchor=anchor)
    axes.imshow(picture, cmap="gray", vmin=0, vmax=1)
    axes.set_axis_off()
    write(figure, caption, left, top + height + BELOW, ha="left", color=MUTED)
    return axes


def write(figure, text, x, y, *, ha, color=INK):
    """Write lines of text, the first standing on height `y`: line by line, so that neighbours stand level."""
    width, height = figure.get_size_inches()
    for index, line in enumerate(text.split("\n") if text else []):
        figure.text(x / width, 1 - (y + index * LINE) / height, line, fontsize=CAPTION, color=color, ha=ha,
                    va="baseline", parse_math=False)


def text_height(texts):
    """Inches to keep free for the tallest of some captions, each already wrapped.

    Example:
        >>> text_height(["", ""])
        0
    """
    lines = max((text.count("\n") + 1 for text in texts if text), default=0)
    return lines * LINE + 0.08 if lines else 0


def ratio(picture):
    """Width over height, within bounds, so that a strip of 1 : 30 cannot push the others off the page.

    Example:
        >>> ratio(np.zeros((2, 4)))
        2.0
    """
    return float(np.clip(picture.shape[1] / picture.shape[0], 0.4, 3))


def check_picture(picture, name):
    """Return a picture as matplotlib takes it, or raise ValueError naming the argument.

    Example:
        >>> check_picture(np.full((1, 1, 3), 255, np.uint8), "photo").max().item()
        1.0
    """
    array = np.asarray(picture)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if not array.size or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)):
        raise ValueError(
            f"{name} must be a picture (height, width, 3) or (height, width); received shape {array.shape}"
        )
    if array.dtype == np.uint8:
        return array / 255
    if not np.isfinite(array.astype(np.float64)).all():
        raise ValueError(f"{name} must be finite numbers; received NaN or infinity")
    return array.astype(np.float64).clip(0, 1)


def check_numbers(values, name, num=None):
    """Return finite numbers as a float array `(num,)`, or raise ValueError naming the argument.

    Example:
        >>> check_numbers([1, 2], "values", 2).tolist()
        [1.0, 2.0]
    """
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        array = np.full(1, np.nan)
    if array.ndim != 1 or not np.isfinite(array).all() or num not in (None, len(array)):
        raise ValueError(f"{name} must be {f'{num} ' if num else ''}finite numbers; received {_short(values)}")
    return array


def check_dict(values, name, what):
    """Raise ValueError naming the argument unless it is a dict that holds something; `what` says from what to what.

    Example:
        >>> check_dict({"code": [1.0]}, "eigenvalues", "from name to a list")
    """
    if not isinstance(values, dict) or not values:
        raise ValueError(f"{name} must be a dict {what}, with at least one entry; received {_short(values)}")


def _short(values):
    return " ".join(f"{values!r:.60}".split())


def check_titles(titles, count, name, noun):
    """Return titles as a list of `count` str, empty ones for None, or raise ValueError naming the argument.

    Example:
        >>> check_titles(None, 2, "titles", "picture")
        ['', '']
    """
    titles = [""] * count if titles is None else [str(title) for title in titles]
    if len(titles) != count:
        raise ValueError(f"{name} must be {count} str, one per {noun}; received {len(titles)}")
    return titles
