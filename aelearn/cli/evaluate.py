"""`aelearn evaluate`: the report card of a model, as a table, a figure, a file."""

import sys
from pathlib import Path

from aelearn import data, images
from aelearn.cli.files import CommandError, check_output, same_file
from aelearn.cli.progress import Progress

PHOTOS = ("chambord", "astronaut", "macaw", "canyon_de_chelly")
STYLES = ("great_wave", "starry_night", "composition_viii", "moulin_de_la_galette", "snow_shrine")
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
WRITABLE = (".png", ".jpg", ".jpeg", ".json")


def evaluate(args):
    """Judge `args.model` on photos and paintings, print the table, and write the figure or the card to `args.output`.

    Everything that can be wrong with the pictures is found before Keras is started, which takes seconds.
    """
    output = None if args.output is None else check_output(args.output, WRITABLE)
    photos = ",".join(PHOTOS) if args.photos is None else args.photos
    styles = ",".join(STYLES) if args.styles is None else args.styles
    if output is not None and any(
        same_file(output, file) for file in [*_files(photos, "photo"), *_files(styles, "painting")]
    ):
        raise CommandError(f"{output} is one of the pictures to read; choose another name for the report")
    if args.teacher is not None and not Path(args.teacher).is_file():
        raise CommandError(f"--teacher must be an .npz file; there is no file {args.teacher!r}")
    with Progress() as progress:
        progress.show(0, "reading the pictures")
        skipped = []
        photos = _read(photos, "photo", 1, args.size, skipped)
        styles = _read(styles, "painting", 2, args.size, skipped)
        if skipped:
            progress.clear()
            few = ", ".join(skipped[:3]) + (" ..." if len(skipped) > 3 else "")
            print(f"left out {len(skipped)} file(s) that cannot be read: {few}", file=sys.stderr)
        report = _judge(photos, styles, args, progress)
    if output is not None:
        _write(report, output)
    print(report)
    return 0


def _files(names, kind):
    """The files that an option names: of its folder, its own, or of bundled pictures."""
    if names and Path(names).is_dir():
        yield from Path(names).rglob("*")
        return
    for name in _parts(names):
        if Path(name).is_file():
            yield name
        elif name in {"photo": data.photo_names, "painting": data.painting_names}[kind]():
            yield data.folder() / data.find(name, kind).file


def _parts(names):
    return filter(None, (part.strip() for part in names.split(",")))


def _read(names, kind, least, size, skipped):
    """The pictures of a folder, or those that are named, by name."""
    option = {"photo": "--photos", "painting": "--styles"}[kind]
    many = {"photo": "a photo", "painting": "two paintings"}[kind]
    if names and Path(names).is_dir():
        pictures = _read_folder(Path(names), option, size, skipped)
    else:
        pictures = {}
        for name in _parts(names):
            stem, picture = _read_one(name, kind, size)
            if stem in pictures:
                raise CommandError(f"{option} names {stem!r} twice")
            pictures[stem] = picture
    if len(pictures) < least:
        left_out = f", {len(skipped)} file(s) could not be read" if skipped else ""
        raise CommandError(f"{option} needs {many} or more; {names!r} gave {len(pictures)}{left_out}")
    return pictures


def _read_folder(folder, option, size, skipped):
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    if not files:
        known = ", ".join(sorted(SUFFIXES))
        raise CommandError(f"{option}: no pictures in {folder}; it needs files that end in {known}")
    pictures = {}
    for file in files:
        try:
            picture = images.load_image(file, max_side=_enough(size))
        except images.ImageError:
            skipped.append(file.name)
            continue
        name = file.stem if file.stem not in pictures else file.relative_to(folder).as_posix()
        pictures[name] = picture
    return pictures


def _read_one(name, kind, size):
    """(short name, picture) of a bundled picture or of a file."""
    if Path(name).is_file():
        return Path(name).stem, images.load_image(name, max_side=_enough(size))
    load = {"photo": data.load_photo, "painting": data.load_painting}[kind]
    try:
        return name, load(name, max_side=_enough(size))
    except data.UnknownNameError as error:
        raise CommandError(f"{error} (there is no file or folder of that name either)") from error


def _enough(size):
    # The middle square of a picture is what counts: three times its side hold that of any common format.
    return 3 * size


def _judge(photos, styles, args, progress):
    progress.show(0.02, "starting Keras")
    from aelearn.evaluate import evaluate as fill_in
    from aelearn.stylize import Stylizer

    progress.show(0.06, f"loading the model {args.model}")
    stylizer = Stylizer.load(args.model)
    return fill_in(
        stylizer, photos, styles, teacher=_teacher(args.teacher), size=args.size, method=args.method, alpha=args.alpha,
        on_progress=lambda fraction, text: progress.show(0.1 + 0.9 * fraction, text),
    )


def _teacher(source):
    if source is None:
        return None
    from aelearn.training.teacher import load_teacher

    return load_teacher(source)


def _write(report, output):
    if output.suffix.lower() == ".json":
        report.save(output)
        return
    from aelearn import plots
    from aelearn.autoencoders.weights import write_atomically

    title = str(report).splitlines()[0]
    figure = plots.report(report.styles(), report.anchors(), copied=report.copied(), name=report.model, title=title)
    quality = None if output.suffix.lower() == ".png" else 92
    write_atomically(output, lambda file: file.write(plots.encode_figure(figure, jpeg_quality=quality)))
