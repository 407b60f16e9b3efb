"""What `aelearn stylize` asks for, done to one photo; `crowd` does it to many."""

import argparse
import hashlib
import os
from pathlib import Path

import numpy as np

from aelearn import images
from aelearn.cli import values
from aelearn.cli.files import CommandError, check_model, check_output, same_file, weights_of
from aelearn.cli.pictures import file_of, read, read_file, read_style
from aelearn.cli.progress import Progress
from aelearn.cli.settings import DEFAULTS, blame_like, complete, describe
from aelearn.styles import StyleFile


def stylize_one(args):
    """Paint `args.photo` in the style or styles that were named, write `args.output` and print its path.

    Everything that can be wrong with the pictures is found before Keras is started, which takes seconds.
    """
    output = check_output(args.output, images.WRITABLE)
    complete(args)
    painter = Painter(args)
    if any(same_file(output, file) for file in [file_of(args.photo, "photo"), *painter.files]):
        raise CommandError(f"{output} is one of the pictures to read; choose another name for the result")
    with Progress() as progress:
        progress.show(0, "reading the pictures")
        photo = painter.read_photo(args.photo)
        _check_format(output, photo)
        painter.read()
        painter.start(progress)
        picture = painter(photo, progress)
        progress.show(1, "writing the picture")
        save(picture, output, painter.note(args.photo))
    print(args.output)
    return 0


class Painter:
    """The styles, masks and settings of a command line, made ready once for any number of photos.

    Args:
        args: as `settings.complete` leaves it.

    Raises:
        CommandError: if a style has no file, or there is no such model.
    """

    def __init__(self, args):
        self.args = args
        self._named = {
            "styles": [name for name, weight in args.styles if weight],
            "masks": [name for _, name, _ in args.masks],
            "regions": [name for name, _ in args.regions],
            "level_styles": [name for _, name in args.level_styles],
        }
        self._masks = [file for file, _, _ in args.masks]
        self.files, self.is_ready, self._digest = list(self._masks), False, None
        for setting, name in self._names():
            with blame_like(args, setting):
                self.files.append(file_of(name, "painting"))
        if args.color != "palette":
            with blame_like(args, "model"):
                check_model(args.model)

    def read(self):
        """Read the paintings and the masks."""
        args, self.sources = self.args, {}
        small = argparse.Namespace(size=min(args.size, values.LARGEST_PAINTING) if args.tile else args.size,
                                   max_pixels=args.max_pixels)
        for setting, name in self._names():
            if name not in self.sources:
                with blame_like(args, setting):
                    self.sources[name] = read_style(name, small)
                    self._check_source(name)
        with blame_like(args, "masks"):
            self.masks = [read_file(file, args).mean(axis=2) for file in self._masks]

    def start(self, progress):
        """Start Keras, load the model and look at the paintings; `read` comes first."""
        self.is_ready = True
        if self.args.color == "palette":
            return
        progress.show(0.05, "starting Keras")
        from aelearn.stylize import Stylizer

        progress.show(0.4, f"loading the model {self.args.model}")
        with blame_like(self.args, "model"):
            self.stylizer = Stylizer.load(self.args.model)
        with blame_like(self.args, "level_styles"):
            self._check_level_styles()
        if self.args.level_alpha is not None:
            with blame_like(self.args, "level_alpha"):
                self.stylizer.check_levels(self.args.level_alpha, "--level-alpha", self.args.level_alpha)
        progress.show(0.5, "looking at the painting")
        if self.args.color != "matched" and self.args.modes == 1:  # else they depend on the photo
            self.styles = self._look(self.sources)

    def read_photo(self, name):
        """The photo of that name: floats, or bytes if it is to be painted part by part."""
        return read(name, "photo", self.args, load="load_uint8" if self.args.tile else "load_image")

    def __call__(self, photo, progress):
        """Paint one photo, as `read_photo` gives it: an array of its shape."""
        from aelearn.stylize import keep_colors, match_colors

        args, sources = self.args, self.sources
        if args.color == "palette":
            shares = [(name, weight) for name, weight in args.styles if weight]
            matched = sum(weight * match_colors(photo, sources[name]) for name, weight in shares)
            return photo + np.float32(args.alpha) * (matched / sum(weight for _, weight in shares) - photo)
        if args.color == "matched":
            sources = {name: match_colors(painting, photo) for name, painting in sources.items()}
        if args.modes > 1:
            picture = self._modes(photo, sources)
        else:
            styles = self._look(sources) if args.color == "matched" else self.styles
            if args.tile:
                return self._large(photo, self._mixed(styles), progress)
            divided = args.masks or args.regions
            picture = (self._divided if divided else self._whole)(photo, styles, progress)
        return keep_colors(picture, photo) if args.color == "photo" else picture

    def note(self, photo):
        """What goes into the picture of a photo: the settings, and a digest of all the files it is made from.

        Args:
            photo: str, its name as typed, or its path.

        Returns:
            str.
        """
        if self._digest is None:
            weights = [] if self.args.color == "palette" else [weights_of(self.args.model)]
            self._digest = hashlib.sha256()
            for file in filter(os.path.isfile, [*self.files, *weights]):  # what is missing is told where it is needed
                self._digest.update(hashlib.sha256(Path(file).read_bytes()).digest())
        digest = self._digest.copy()
        digest.update(hashlib.sha256(file_of(photo, "photo").read_bytes()).digest())
        return describe(self.args, made_from=digest.hexdigest()[:16])

    def _names(self):
        return [(setting, name) for setting, names in self._named.items() for name in names]

    def _check_source(self, name):
        # A style file has no pixels, and strokes of its own.
        args, source = self.args, self.sources[name]
        if not isinstance(source, StyleFile):
            return
        if args.stroke not in (DEFAULTS["stroke"], source.stroke):
            raise CommandError(f"--stroke needs a painting; the style file {name} has strokes of {source.stroke:g}")
        needs = [f"--color {args.color}"] if args.color in ("matched", "palette") else []
        needs += ["--modes"] if args.modes > 1 else []
        if needs:
            raise CommandError(f"{needs[0]} needs a painting; {name} is a style file, which has no pixels")

    def _check_level_styles(self):
        levels, named = set(range(1, self.stylizer.num_levels + 1)), [level for level, _ in self.args.level_styles]
        unknown = sorted(set(named) - levels)
        if unknown or len(set(named)) < len(named):
            raise CommandError(f"--level-style takes each level from 1 to {len(levels)} once; "
                               f"received {', '.join(map(str, named))}")
        if named and set(named) != levels and not self._named["styles"]:
            missing = ", ".join(map(str, sorted(levels - set(named))))
            raise CommandError(f"--level-style leaves level {missing} without a style; name a STYLE behind PHOTO")

    def _look(self, sources):
        from aelearn.stylize import style_of

        return {
            name: style_of(source, self.stylizer) if isinstance(source, StyleFile)
            else self.stylizer.style(source, stroke=self.args.stroke)
            for name, source in sources.items()
        }

    def _mixed(self, styles):
        """The style of all that has none of its own; None if there is none."""
        names, own = self._named["styles"], {level: styles[name] for level, name in self.args.level_styles}
        weights = [weight for _, weight in self.args.styles if weight]
        mixed = self.stylizer.mix([styles[name] for name in names], weights) if names else None
        if not own:
            return mixed
        return self.stylizer.by_level({**dict.fromkeys(range(1, self.stylizer.num_levels + 1), mixed), **own})

    def _whole(self, photo, styles, progress):
        args, canvas = self.args, self.stylizer.canvas(photo, self._mixed(styles))
        return canvas.paint(
            alpha=args.alpha, level_alpha=args.level_alpha, method=args.method,
            on_level=lambda level: progress.show(1 - 0.4 * level / self.stylizer.num_levels, f"painting level {level}"),
        )

    def _large(self, photo, style, progress):
        args = self.args
        return self.stylizer.paint_large(
            photo, style, alpha=args.alpha, level_alpha=args.level_alpha, method=args.method,
            keep_colors=args.color == "photo", out=photo,  # painted over: a large one is not held twice
            on_tile=lambda done, total: progress.show(0.6 + 0.4 * done / total, f"painting, {done} of {total} tiles"),
        )

    def _divided(self, photo, styles, progress):
        progress.show(0.6, "painting the regions")
        args = self.args
        if args.regions:
            masks = self.stylizer.segment(photo, len(args.regions), **self._edge(photo))
            own, strengths = [styles[name] for name, _ in args.regions], [alpha for _, alpha in args.regions]
        else:
            masks, own, strengths = self._masked(photo, styles)
        canvas = self.stylizer.regions(photo, own, list(masks))
        return canvas.paint(alphas=[args.alpha * alpha for alpha in strengths], method=args.method)

    def _masked(self, photo, styles):
        # What no mask covers goes to the styles that have none.
        from aelearn.stylize import check_masks, feather

        own, strengths = [styles[name] for name in self._named["masks"]], [alpha for _, _, alpha in self.args.masks]
        masks = check_masks(self.masks, len(self.masks), photo.shape[:2], names=self._masks)
        masks = list(feather(masks, self.args.feather or 0))
        uncovered, rest = (1 - sum(masks)).clip(0, 1), self._mixed(styles)
        if rest is not None and uncovered.any():
            return [uncovered, *masks], [rest, *own], [1.0, *strengths]
        return masks, own, strengths

    def _modes(self, photo, sources):
        args, painting = self.args, sources[self._named["styles"][0]]
        canvas = self.stylizer.modes(photo, painting, args.modes, stroke=args.stroke, **self._edge(photo))
        return canvas.paint(alphas=[args.alpha] * args.modes, method=args.method)

    def _edge(self, photo):
        # A share of the shorter side, where the command line has pixels.
        return {} if self.args.feather is None else {"feather": min(1.0, self.args.feather / min(photo.shape[:2]))}


def save(picture, output, note):
    """Write a picture with its note; a disk that refuses is not the reader's mistake and has another exit status."""
    try:
        images.save_image(picture, output, note=note)
    except images.ImageError as error:
        raise CommandError(str(error), status=1 if isinstance(error.__cause__, OSError) else 2) from error


def _check_format(output, photo):
    limit = images.LONGEST_SIDE.get(images.WRITABLE[output.suffix.lower()]["format"])
    if limit is not None and max(photo.shape) > limit:
        raise CommandError(f"{output}: {output.suffix} holds at most {limit} pixels a side; save as .png")
