"""The pictures that a panel offers: bundled ones with title and author, or a reader's own."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aelearn import data, images


@dataclass(frozen=True)
class Source:
    """One picture to choose.

    Example:
        >>> bundled("painting")["great_wave"].label
        'The Great Wave off Kanagawa'
    """

    label: str  # in the list
    caption: str  # under the picture
    alt: str  # for readers who cannot see it
    content: object  # a picture, a path, or a function that returns one of these

    def load(self, max_side):
        """The picture as an array `(height, width, 3)`, no side longer than `max_side`."""
        content = self.content() if callable(self.content) else self.content
        if isinstance(content, (str, Path, bytes)):
            return images.load_image(content, max_side=max_side)
        return images.resize_image(content, max_side=max_side)


def bundled(kind):
    """Every bundled picture of a kind, "photo" or "painting", as a dict from name to `Source`."""
    load = {"photo": data.load_photo, "painting": data.load_painting}[kind]
    return {one.name: Source(one.title, _credit(one), one.alt, partial(load, one.name)) for one in data.entries(kind)}


def own(pictures, kind):
    """A reader's pictures, a dict from name to picture, path or function, as a dict from name to `Source`."""
    if not hasattr(pictures, "items") or not pictures:
        raise ValueError(f"{kind}s must be a dict from name to picture with at least one; received {pictures!r:.60}")
    labels = {name: str(name).replace("_", " ") for name in pictures}
    return {name: Source(labels[name], labels[name], f"The {kind} {labels[name]}.", content)
            for name, content in pictures.items()}


def labelled(sources):
    """(label, name) of every picture, as a list to choose from wants them.

    Example:
        >>> labelled(own({"my_cat": None}, "photo"))
        [('my cat', 'my_cat')]
    """
    return [(source.label, name) for name, source in sources.items()]


def _credit(one):
    licence = "" if one.licence.lower() == "public domain" or one.licence.startswith("CC0") else f" ({one.licence})"
    return ", ".join(filter(None, [one.title, one.author, one.year])) + licence
