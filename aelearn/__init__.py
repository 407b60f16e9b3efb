"""aelearn: autoencoders, understood by building them, and the pictures they can paint.

Importing the package is instant. Keras and TensorFlow start with the first model that is built or loaded.

Example:
    >>> import aelearn
    >>> sorted(aelearn.__all__)
    ['Stylizer', 'load_image', 'save_image']
"""

__version__ = "0.1.0"

__all__ = ["Stylizer", "load_image", "save_image"]

_HOMES = {"Stylizer": "stylize", "load_image": "images", "save_image": "images"}


def __getattr__(name):
    # The three names that most people need, fetched on first use so that `import aelearn` stays instant.
    if name not in _HOMES:
        raise AttributeError(f"module 'aelearn' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"aelearn.{_HOMES[name]}"), name)


def __dir__():
    return sorted([*globals(), *__all__])
