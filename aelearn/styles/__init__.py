"""Styles as files: the moments of a painting without the painting, a library of one's own, and a search in it.

Everything here is NumPy and starts without Keras; `aelearn.stylize` turns a style file into a `Style` and back.
"""

from aelearn.styles.files import THUMBNAIL, StyleFile, check_name, read_style, write_style
from aelearn.styles.library import add, check_free, find, folder, load, load_all, names, remove
from aelearn.styles.search import Listing, listings, search

__all__ = [
    "THUMBNAIL",
    "Listing",
    "StyleFile",
    "add",
    "check_free",
    "check_name",
    "find",
    "folder",
    "listings",
    "load",
    "load_all",
    "names",
    "read_style",
    "remove",
    "search",
    "write_style",
]
