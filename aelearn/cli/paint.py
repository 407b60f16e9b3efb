"""`aelearn stylize`: one photo, one painting or a mixture of several, one picture."""

import os
from pathlib import Path

import numpy as np

from aelearn import data, images
from aelearn.cli.files import CommandError, check_output, same_file
from aelearn.cli.progress import Progress
from aelearn.cli.settings import complete, describe


def stylize(args):
    """Paint `args.photo` in the style or styles that were named, write `args.output` and print its path.

    Everything that can be wrong with the pictures is found before Keras is started, which takes seconds.
    """
    output = check_output(args.output, images.WRITABLE)
    complete(args)
    names = [name for name, weight in args.styles if weight]
    apart = [name for _, name, _ in args.masks]
    sources = [(args.photo, "photo"), *((name, "painting") for name in names + apart)]
    files = [*(file for file, _, _ in args.masks), *(_path(*source) for source in sources)]
    if any(same_file(output, file) for file in files):
        raise CommandError(f"{output} is one of the pictures to read; choose another name for the result")
    with Progress() as progress:
        progress.show(0, "reading the pictures")
        read = {source: _read(*source, args) for source in dict.fromkeys(sources)}
        photo, *paintings = (read[source] for source in sources)
        masks = [_read_file(file, args).mean(axis=2) for file, _, _ in args.masks]
        picture = _paint(photo, paintings[: len(names)], paintings[len(names) :], masks, args, progress)
        progress.show(1, "writing the picture")
        _save(picture, output, describe(args))
    print(args.output)
    return 0


def _is_file(name, kind):
    # A file wins over a bundled picture of the same name; a folder of that name does not.
    return os.path.lexists(name) and not (os.path.isdir(name) and name in _bundled(kind))


def _bundled(kind):
    return {"photo": data.photo_names, "painting": data.painting_names}[kind]()


def _path(name, kind):
    """The file that `name` stands for."""
    if _is_file(name, kind):
        return Path(name)
    try:
        return data.folder() / data.find(name, kind).file
    except data.UnknownNameError as error:
        raise CommandError(_unknown(name, kind, error)) from error


def _unknown(name, kind, error):
    looked, stem = os.path.abspath(name), Path(name).stem
    if not Path(name).suffix and not os.path.dirname(name):
        return f"{error} (there is no file {looked} either; `aelearn styles --photos` lists all names)"
    hint = f"did you mean the bundled {kind} {stem!r}?" if stem in _bundled(kind) else "check its name and folder"
    return f"no such file: {name!r} (looked for {looked}); {hint}"


def _read(name, kind, args):
    if not _is_file(name, kind):
        load = {"photo": data.load_photo, "painting": data.load_painting}[kind]
        return load(name, max_side=args.size)
    return _read_file(name, args)


def _read_file(name, args):
    try:
        return images.load_image(name, max_side=args.size, max_pixels=args.max_pixels or images.MAX_PIXELS)
    except images.ImageError as error:
        # The remedy, in the words of whoever types commands.
        raise CommandError(str(error).replace("pass max_pixels=", "pass --max-pixels ")) from error


def _paint(photo, paintings, apart, masks, args, progress):
    weights = [weight for _, weight in args.styles if weight]
    progress.show(0.05, "starting Keras")
    from aelearn.stylize import Stylizer, keep_colors, match_colors

    if args.color == "palette":
        matched = (weight * match_colors(photo, painting) for painting, weight in zip(paintings, weights))
        colored = sum(matched) / sum(weights)
        return photo + np.float32(args.alpha) * (colored - photo)
    if args.color == "matched":
        paintings, apart = ([match_colors(each, photo) for each in some] for some in (paintings, apart))
    progress.show(0.4, f"loading the model {args.model}")
    stylizer = Stylizer.load(args.model)
    progress.show(0.5, "looking at the painting")
    styles, apart = ([stylizer.style(each, stroke=args.stroke) for each in some] for some in (paintings, apart))
    mixed = [stylizer.mix(styles, weights)] if styles else []
    picture = (_paint_regions(stylizer, photo, mixed, apart, masks, args) if masks
               else _paint_whole(stylizer, photo, mixed[0], args, progress))
    return keep_colors(picture, photo) if args.color == "photo" else picture


def _paint_regions(stylizer, photo, rest, apart, masks, args):
    # What no mask covers goes to the styles that have none.
    from aelearn.stylize import check_masks

    files, strengths = [file for file, _, _ in args.masks], [args.alpha * alpha for _, _, alpha in args.masks]
    masks = list(check_masks(masks, len(masks), photo.shape[:2], names=files))
    uncovered = (1 - sum(masks)).clip(0, 1)
    if rest and uncovered.any():
        masks, apart, strengths = [uncovered, *masks], [*rest, *apart], [args.alpha, *strengths]
    return stylizer.regions(photo, apart, masks).paint(alphas=strengths, method=args.method)


def _paint_whole(stylizer, photo, style, args, progress):
    canvas = stylizer.canvas(photo, style)
    return canvas.paint(
        alpha=args.alpha, level_alpha=args.level_alpha, method=args.method,
        on_level=lambda level: progress.show(1 - 0.4 * level / stylizer.num_levels, f"painting level {level}"),
    )


def _save(picture, output, note):
    try:
        images.save_image(picture, output, note=note)
    except images.ImageError as error:
        # A disk that refuses is not the reader's mistake: another exit status.
        raise CommandError(str(error), status=1 if isinstance(error.__cause__, OSError) else 2) from error
