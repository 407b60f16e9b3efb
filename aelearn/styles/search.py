"""What there is to paint with: the bundled paintings and one's own styles in one list, searched by words."""

import unicodedata
from typing import NamedTuple

from aelearn import data
from aelearn.styles import library
from aelearn.styles.files import StyleFile


class Listing(NamedTuple):
    """One style that can be named: a bundled painting, or a style of one's own.

    Example:
        >>> Listing("mine", "My garden", "", "", "", None).title
        'My garden'
    """

    name: str
    title: str
    author: str
    year: str
    more: str  # what else is known of it, to be searched
    file: StyleFile | None  # None for a bundled painting


def listings():
    """Everything that can be named as a style: the paintings in the manifest's order, then the library.

    Returns:
        List of `Listing`.

    Example:
        >>> listings()[0].name
        'great_wave'
    """
    paintings = [Listing(one.name, one.title, one.author, one.year,
                         " ".join((one.medium, one.subject, one.alt, one.licence, one.source)), None)
                 for one in data.entries("painting")]
    own = [Listing(one.name, one.title, one.author, one.year, " ".join((one.licence, one.source, one.model)), one)
           for one in library.load_all()]
    return paintings + own


def search(words, among=None):
    """The styles in whose description every word occurs, as a part of a word too, accents and capitals aside.

    Args:
        words: list of str; a str is split at its spaces.
        among: list of `Listing`; all if None.

    Returns:
        List of `Listing`, in the order of `among`.

    Example:
        >>> [one.name for one in search("HOKUSAI wave")]
        ['great_wave']
    """
    words = [_plain(word) for text in ([words] if isinstance(words, str) else words) for word in text.split()]
    among = listings() if among is None else among
    return [one for one in among if all(word in _plain(" ".join(one[:5])) for word in words)]


def _plain(text):
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
