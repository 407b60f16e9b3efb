"""What a model is given, looked at before Keras does: a shape or a kind of number that it cannot take."""

from math import prod

from aelearn.layers import ReflectConv2D


def check_input(use, what, batch, expected, multiple=1):
    """Refuse a batch that a model cannot take. Only what is known before a function runs is looked at.

    Args:
        use: str, the operation in the message, such as "dense.encode".
        what: str, what one entry of the batch is called: "picture" or "code".
        batch: array or tensor, its batch axis first; symbols of Keras may have unknown sides.
        expected: tuple, shape with None for the batch and for every open side.
        multiple: int, what every open side must be a multiple of, and larger than, if it is above 1.

    Raises:
        ValueError: names the operation, the shape it takes, and what was received.

    Example:
        >>> import numpy as np
        >>> check_input("dense.encode", "picture", np.zeros((3, 4, 4, 1), np.float32), (None, 4, 4, 1))
    """
    if not hasattr(batch, "shape") or not hasattr(batch, "dtype"):
        raise ValueError(f"{use} takes an array of {what}s; received {type(batch).__name__}")
    takes = f"{use} takes {what}s of shape {_in_words(expected)}"
    kind = getattr(batch.dtype, "name", str(batch.dtype)).split(".")[-1]
    if "float" not in kind:
        raise ValueError(f"{takes} as floating-point numbers, such as float32; received dtype {kind}")
    if getattr(batch.shape, "rank", 0) is None:  # a tensor of TensorFlow of which nothing is known yet
        return
    shape = tuple(batch.shape)
    if len(shape) == len(expected) - 1 and _fits(shape, expected[1:]):
        raise ValueError(f"{takes}; received {shape}: add a batch axis: {what}[None]")
    if len(shape) != len(expected) or not _fits(shape, expected):
        raise ValueError(f"{takes}; received {shape}")
    if shape[0] == 0:
        raise ValueError(f"{takes}, at least one; received {shape}")
    sides = [side for side, known in zip(shape[1:], expected[1:]) if known is None and side is not None]
    if multiple > 1 and any(side % multiple or side <= multiple for side in sides):
        raise ValueError(
            f"{takes}, height and width each a multiple of {multiple} and at least {2 * multiple}; received {shape}"
        )


def side_multiple(encoder):
    """What open sides must be a multiple of, so that every halving is even: the product of the strides.

    Args:
        encoder: `keras.Model` from pictures.

    Returns:
        int; 1 if its convolutions are not all `ReflectConv2D`, of which alone it is known.

    Example:
        >>> import keras
        >>> picture = keras.Input((None, None, 1))
        >>> side_multiple(keras.Model(picture, ReflectConv2D(4, 2)(picture)))
        2
    """
    convolutions = [layer for layer in encoder.layers if hasattr(layer, "strides")]
    known = all(isinstance(layer, ReflectConv2D) for layer in convolutions)
    return prod(layer.strides[0] for layer in convolutions) if known else 1


def _fits(shape, expected):
    return all(known is None or side is None or side == known for side, known in zip(shape, expected))


def _in_words(expected):
    sides = expected[1:]
    names = ("height", "width", "channels") if len(sides) == 3 else ("?",) * len(sides)
    return f"({', '.join(['batch', *(name if side is None else str(side) for side, name in zip(sides, names))])})"
