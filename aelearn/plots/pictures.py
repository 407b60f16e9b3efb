"""Figures made of pictures: rows, grids, a painted photo beside its sources, and the channels of a code."""

import numpy as np
from matplotlib.patches import Rectangle

from aelearn.plots.layout import BELOW, GAP, PAD, check_picture, check_titles, place, ratio, text_height, write
from aelearn.plots.look import LINE, ORANGE, WIDTH, plain, sheet, text_width, wrap

TALLEST = 3.6  # inches, of one picture in a row
WIDEST = 3.0  # inches, of one picture in a grid


def picture_row(pictures, titles=None, *, height=TALLEST):
    """Show pictures side by side at one height, like prints on a wall, each with its caption below.

    Args:
        pictures: list of arrays `(height, width, 3)`, or `(height, width)` for gray, in [0, 1].
        titles: list of as many str, or None.
        height: float, inches, at most; the row is lower where it would be wider than 9 inches.

    Returns:
        `Figure` with one axes per picture.

    Raises:
        ValueError: if there is no picture, one is not a picture, or the numbers differ.

    Example:
        >>> len(picture_row([np.zeros((2, 3, 3)), np.ones((2, 2, 3))], ["black", "white"]).axes)
        2
    """
    pictures = [check_picture(picture, f"pictures[{i}]") for i, picture in enumerate(pictures)]
    titles = check_titles(titles, len(pictures), "titles", "picture")
    if not pictures:
        raise ValueError("pictures must hold at least one picture; received none")
    ratios, gaps = [ratio(picture) for picture in pictures], GAP * (len(pictures) - 1)
    height = min(height, (WIDTH - 2 * PAD - gaps) / sum(ratios))
    captions = [wrap(title, each * height) for title, each in zip(titles, ratios)]
    figure = sheet(2 * PAD + gaps + height * sum(ratios), 2 * PAD + height + text_height(captions))
    left = PAD
    for picture, each, caption in zip(pictures, ratios, captions):
        place(figure, picture, left, PAD, each * height, height, caption)
        left += each * height + GAP
    return figure


def picture_grid(rows, row_titles=None, column_titles=None, *, header=False):
    """Show pictures in a table. All columns are equally wide; a row is as high as its pictures need.

    Args:
        rows: list of lists of pictures, all of one length; None leaves a place empty.
        row_titles: list of str, one per row, written at the left; or None.
        column_titles: list of str, one per column, written on top; or None.
        header: bool, set the first row and the first column a little apart, as the sources of the rest.

    Returns:
        `Figure` with one axes per picture.

    Raises:
        ValueError: if the rows differ in length, hold no picture, or the numbers of titles do not fit.

    Example:
        >>> black = np.zeros((2, 3, 3))
        >>> len(picture_grid([[black, None], [black, black]], column_titles=["left", "right"]).axes)
        3
    """
    rows = [_check_row(row, f"rows[{i}]") for i, row in enumerate(rows)]
    if len({len(row) for row in rows}) != 1 or not any(p is not None for row in rows for p in row):
        lengths = [len(row) for row in rows]
        raise ValueError(f"rows must be lists of one length with a picture in them; received lengths {lengths}")
    columns = len(rows[0])
    names = [wrap(title, 1.0) for title in check_titles(row_titles, len(rows), "row_titles", "row")]
    column_titles = check_titles(column_titles, columns, "column_titles", "column")
    margin = PAD + max((text_width(line) + GAP for name in names for line in name.split("\n") if line), default=0)
    apart = 2 * GAP if header else 0
    cell = min((WIDTH - margin - PAD - apart - GAP * (columns - 1)) / columns, WIDEST)
    heights = [_row_height(row, cell, name, 0.8 if header and not i else 1.3)
               for i, (row, name) in enumerate(zip(rows, names))]
    heads = [wrap(title, cell) for title in column_titles]
    top = PAD + text_height(heads)
    figure = sheet(margin + PAD + apart + columns * (cell + GAP) - GAP,
                   top + PAD + apart + sum(heights) + GAP * (len(rows) - 1))
    lefts = [margin + (apart if j else 0) + j * (cell + GAP) for j in range(columns)]
    for left, head in zip(lefts, heads):
        write(figure, head, left + cell / 2, top - 0.1 - head.count("\n") * LINE, ha="center")
    for i, (row, name, height) in enumerate(zip(rows, names, heights)):
        write(figure, name, margin - GAP, top + height / 2 + (0.3 - name.count("\n") / 2) * LINE, ha="right")
        for left, picture in zip(lefts, row):
            if picture is not None:
                place(figure, picture, left, top, cell, height, anchor="S" if header and not i else "C")
        top += height + GAP + (0 if i else apart)
    return figure


def style_grid(photos, paintings, results):
    """Every photo in the style of every painting: paintings on top, photos at the left, results where they meet.

    Args:
        photos: dict from name to picture.
        paintings: dict from name to picture.
        results: list with one list per photo, with one picture per painting.

    Returns:
        `Figure`.

    Raises:
        ValueError: if the numbers do not fit.

    Example:
        >>> black = np.zeros((2, 3, 3))
        >>> len(style_grid({"photo": black}, {"one": black, "two": black}, [[black, black]]).axes)
        5
    """
    lengths = [len(row) for row in results]
    if lengths != [len(paintings)] * len(photos):
        raise ValueError(
            f"results must be {len(photos)} lists of {len(paintings)} pictures, one list per photo; "
            f"received lists of lengths {lengths}"
        )
    rows = [[None, *paintings.values()], *([photo, *row] for photo, row in zip(photos.values(), results))]
    return picture_grid(rows, ["", *map(plain, photos)], ["", *map(plain, paintings)], header=True)


def before_after(photo, painting, result, *, titles=("photo", "painting", "photo, painted")):
    """The result large, and at its left the photo and the painting it was made from, one above the other.

    Args:
        photo: array `(height, width, 3)` in [0, 1].
        painting: likewise, of any size.
        result: likewise.
        titles: three str.

    Returns:
        `Figure` with three axes: photo, painting, result.

    Raises:
        ValueError: if one is not a picture.

    Example:
        >>> len(before_after(*[np.zeros((2, 3, 3))] * 3).axes)
        3
    """
    names = ("photo", "painting", "result")
    pictures = [check_picture(picture, name) for picture, name in zip((photo, painting, result), names)]
    titles = check_titles(titles, 3, "titles", "picture")
    upper, lower, large = map(ratio, pictures)
    lines, size = 1, None
    while size is None or size[3][0].count("\n") >= lines:  # again with more room, should its caption be long
        lines = 1 if size is None else size[3][0].count("\n") + 1
        size = _before_after_size(upper, lower, large, lines * LINE + 0.14, titles)
    side, between, height, captions = size
    figure = sheet(2 * PAD + side + GAP + large * height, 2 * PAD + height + text_height(captions[1:]))
    place(figure, pictures[0], PAD, PAD, side, side / upper, captions[0])
    place(figure, pictures[1], PAD, PAD + side / upper + between, side, side / lower, captions[1])
    place(figure, pictures[2], PAD + side + GAP, PAD, large * height, height, captions[2])
    return figure


def level_strip(photo, reconstructions, values=None, *, zoom=None):
    """A photo and what comes back from every level of a pyramid autoencoder.

    Args:
        photo: array `(height, width, 3)` in [0, 1].
        reconstructions: list of such arrays, level 1 first.
        values: list of as many numbers, the PSNR in dB, written beside the level; or None.
        zoom: `(top, left, side)` in pixels: a second row enlarges this square, framed in the photo.

    Returns:
        `Figure` with one axes per picture.

    Raises:
        ValueError: if the numbers do not fit, or the square is not inside the photo.

    Example:
        >>> black = np.zeros((4, 6, 3))
        >>> len(level_strip(black, [black, black], [35.0, 30.1], zoom=(0, 0, 2)).axes)
        6
    """
    pictures = [check_picture(photo, "photo")]
    pictures += [check_picture(each, f"reconstructions[{i}]") for i, each in enumerate(reconstructions)]
    values = [None] * len(reconstructions) if values is None else list(values)
    if len(values) != len(reconstructions):
        raise ValueError(f"values must be {len(reconstructions)} numbers, one per level; received {len(values)}")
    names = [f"level {i}" + ("" if v is None else f"\n{v:.1f} dB") for i, v in enumerate(values, start=1)]
    if zoom is None:
        return picture_grid([pictures], column_titles=["photo", *names])
    top, left, side = _check_zoom(zoom, pictures[0].shape)
    details = [picture[top : top + side, left : left + side] for picture in pictures]
    figure = picture_grid([pictures, details], column_titles=["photo", *names])
    for edge, width in (("white", 3.6), (ORANGE, 1.8)):
        # The centre of a pixel is a whole number, so its edge lies half a pixel further out.
        frame = Rectangle((left - 0.5, top - 0.5), side, side, fill=False, edgecolor=edge, linewidth=width)
        figure.axes[0].add_patch(frame)
    return figure


def feature_maps(code, num=12, *, columns=6):
    """Channels of a code as pictures, those that vary most first. Blue is low, yellow high, each on its own scale.

    Args:
        code: array `(height, width, channels)`.
        num: int, how many channels at most.
        columns: int, pictures in a row.

    Returns:
        `Figure` with one axes per channel shown.

    Raises:
        ValueError: if `code` has another rank, or `num` is not positive.

    Example:
        >>> len(feature_maps(np.zeros((4, 4, 3)), num=2).axes)
        2
    """
    code = np.asarray(code, np.float64)
    if code.ndim != 3 or not code.size or num < 1:
        raise ValueError(
            f"code must be (height, width, channels) and num positive; received shape {code.shape} and {num!r}"
        )
    order = np.argsort(-code.var(axis=(0, 1)), kind="stable")[:num]
    maps = [_stretch(code[..., channel]) for channel in order]
    columns = min(columns, len(maps))
    cell = min((WIDTH - 2 * PAD + GAP) / columns - GAP, 2.2)
    height = cell / ratio(maps[0])
    step = height + BELOW + 2 * GAP
    figure = sheet(2 * PAD + columns * (cell + GAP) - GAP, 2 * PAD + -(-len(maps) // columns) * step - GAP)
    for index, (picture, channel) in enumerate(zip(maps, order)):
        line, column = divmod(index, columns)
        left, top = PAD + column * (cell + GAP), PAD + line * step
        axes = place(figure, picture, left, top, cell, height, wrap(f"channel {channel}", cell).split("\n")[-1])
        axes.images[0].set_cmap("cividis")  # made for readers with any kind of colour vision
    return figure


def _check_row(row, name):
    return [None if each is None else check_picture(each, f"{name}[{j}]") for j, each in enumerate(row)]


def _row_height(row, cell, name, tallest):
    ratios = [ratio(picture) for picture in row if picture is not None]
    return max(min(cell / min(ratios, default=1), tallest * cell), text_height([name]))


def _before_after_size(upper, lower, large, between, titles):
    # side/upper + between + side/lower = height, and side + GAP + large · height = the whole width.
    tall = 1 / upper + 1 / lower
    side = (WIDTH - 2 * PAD - GAP - large * between) / (1 + large * tall)
    side *= min(1, 5.0 / (side * tall + between))  # a portrait would otherwise fill the screen
    height = side * tall + between
    return side, between, height, [wrap(title, width) for title, width in zip(titles, (side, side, large * height))]


def _stretch(channel):
    low, high = np.percentile(channel, (1, 99))
    return ((channel - low) / max(high - low, 1e-12)).clip(0, 1)


def _check_zoom(zoom, shape):
    top, left, side = zoom
    if top < 0 or left < 0 or side < 1 or top + side > shape[0] or left + side > shape[1]:
        raise ValueError(
            f"zoom must be (top, left, side) of a square inside the photo of {shape[0]} × {shape[1]} pixels; "
            f"received {zoom}"
        )
    return zoom
