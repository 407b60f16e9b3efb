"""`aelearn styles`: what there is to paint with, and a library of styles of one's own."""

import dataclasses
import os
import re
import warnings
from pathlib import Path

from aelearn import data, images, styles
from aelearn.cli.files import CommandError
from aelearn.cli.progress import Progress
from aelearn.cli.show import table


def show(args):
    """Print the bundled paintings and one's own styles, one a line: name, title, author, year.

    With `args.photos` the photos too, and what each line is.
    """
    rows = [("style" if one.file else "painting", *one[:4]) for one in styles.listings()]
    if args.photos:
        rows += [("photo", one.name, one.title, one.author, one.year) for one in data.entries("photo")]
        rows = [(name, kind, *rest) for kind, name, *rest in rows]
    else:
        rows = [row[1:] for row in rows]
    print("\n".join(table(rows)))
    return 0


def add(args):
    """Put the style of a painting, or a style file that somebody gave, into the library, and print where it is."""
    shared = styles.read_style(args.file) if args.file.endswith(".npz") else None
    if shared and args.stroke is not None:
        raise CommandError(f"--stroke needs a painting; {args.file} was made with strokes of {shared.stroke:g}")
    name = args.name or (shared.name if shared else _name_from(args.file))
    styles.check_free(name, force=args.force)
    about = {field: getattr(args, field) for field in ("title", "author", "year", "licence", "source")}
    about = {field: text for field, text in about.items() if text is not None}
    with Progress() as progress:
        picture, known = (None, {}) if shared else _painting(args)
        progress.show(0.1, f"loading the model {args.model}")
        from aelearn.stylize import Stylizer, describe_style, style_of

        stylizer = Stylizer.load(args.model)
        if shared:
            style_of(shared, stylizer)  # of no use with another model
            made = dataclasses.replace(shared, name=name, **about)
        else:
            progress.show(0.6, "looking at the painting")
            stroke = args.stroke or 1.0
            style = stylizer.style(picture, stroke=stroke)
            made = describe_style(style, stylizer, name, painting=picture, stroke=stroke, **(known | about))
        path = styles.add(made, force=args.force)
    print(path)
    return 0


def remove(args):
    """Delete one style of the library."""
    styles.remove(args.name)
    return 0


def search(args):
    """Print the styles that have all words, the nearest to a picture first if one is named."""
    words = [word for word in args.words if word.strip()]
    if not words and args.like is None:
        raise CommandError("name a word to search for, or a picture by --like")
    found = styles.search(words)
    if not found:
        raise CommandError(f"no style has {' '.join(words)!r} in its description; `aelearn styles` lists all")
    rows = [one[:4] for one in found] if args.like is None else _nearest(found, args)
    print("\n".join(table(rows[: args.count])))
    return 0


def _nearest(found, args):
    picture = _photo(args.like, args.size)
    with Progress() as progress:
        progress.show(0.1, f"loading the model {args.model}")
        from aelearn.stylize import Stylizer, find_style, style_of
        from aelearn.transforms import wasserstein_distance

        stylizer, measured = Stylizer.load(args.model), []
        wanted = (find_style(args.like, stylizer, max_side=args.size) if picture is None else stylizer.style(picture))
        for number, one in enumerate(found):
            progress.show(0.3 + 0.7 * number / len(found), f"looking at {one.name}")
            try:
                style = (style_of(one.file, stylizer) if one.file
                         else find_style(one.name, stylizer, max_side=args.size))
            except ValueError as error:
                warnings.warn(f"left out: {error}", stacklevel=1)
                continue
            measured.append((wasserstein_distance(wanted.moments, style.moments), one))
    measured.sort(key=lambda pair: pair[0])
    return [(f"{distance:.2f}", *one[:4]) for distance, one in measured]


def _photo(name, size):
    """The picture to compare with; None for a style that has a name or a file of its own."""
    if not os.path.isfile(name):
        if name in data.photo_names():
            return data.load_photo(name, max_side=size)
        if name in data.painting_names() or name in styles.names():
            return None
    return None if name.endswith(".npz") else images.load_image(name, max_side=size)


def _painting(args):
    """The picture of a painting and what the manifest knows of it."""
    if not os.path.isfile(args.file) and args.file in data.painting_names():
        one = data.find(args.file, "painting")
        known = {field: getattr(one, field) for field in ("title", "author", "year", "licence", "source")}
        return data.load_painting(args.file, max_side=args.size), known
    return images.load_image(args.file, max_side=args.size), {}


def _name_from(file):
    # "My Painting (2).jpg" becomes my_painting_2.
    name = re.sub(r"[^\w-]+", "_", Path(file).stem.lower()).strip("_-")
    if not name:
        raise CommandError(f"{file}: no name can be made from the file's; give one by --name", status=2)
    return name[:64]
