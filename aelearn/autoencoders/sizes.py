"""Sizes that a reader types in: whole, positive, and small enough to be a code."""

from operator import index

ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu", "gelu", "linear")
OUTPUTS = ("sigmoid", "linear")
MOST_SEED = 2**31 // 1000 - 1  # layers take 1000 times the seed and more, and a backend takes 31 bits


def whole(name, value, *, least=1):
    """A size as a plain `int`, which is all that Keras takes: a NumPy int is turned into one.

    Args:
        name: str, what it is called in the message.
        value: the size.
        least: int, the smallest size that makes sense.

    Returns:
        int.

    Raises:
        ValueError: if it is not a whole number (`True`, 2.0 and "2" are not), or below `least`.

    Example:
        >>> whole("latent_size", 16)
        16
    """
    try:
        number = None if isinstance(value, bool) else index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        kind = "a positive int" if least == 1 else f"an int of at least {least}"
        raise ValueError(f"{name} must be {kind}; received {value!r}")
    return number


def check_building(seed, name):
    """The seed and the name of a model that is to be built.

    Args:
        seed: int from 0 to 2³¹ / 1000, as every layer takes one of 1000 · seed, 1000 · seed + 1, …
        name: str without a slash, which Keras keeps for itself.

    Returns:
        int, the seed.

    Raises:
        ValueError: if either is anything else.

    Example:
        >>> check_building(7, "dense")
        7
    """
    number = whole("seed", seed, least=0)
    if number > MOST_SEED:
        raise ValueError(f"seed must be an int of at most {MOST_SEED}; received {seed!r}")
    if not isinstance(name, str) or not name.strip() or "/" in name:
        raise ValueError(f"name must be a str without a slash, such as 'mine'; received {name!r}")
    return number


def whole_tuple(name, values, *, empty=False):
    """A tuple of sizes, such as one width per layer, as plain ints.

    Args:
        name: str, what it is called in the message.
        values: tuple or list of positive whole numbers.
        empty: bool, whether there may be none.

    Returns:
        tuple of int.

    Raises:
        ValueError: if it is no tuple or list, is empty and must not be, or holds anything else.

    Example:
        >>> whole_tuple("widths", [16, 32])
        (16, 32)
    """
    if not isinstance(values, (tuple, list)) or not (values or empty):
        raise ValueError(f"{name} must be a tuple of positive ints, such as (32, 64); received {values!r}")
    return tuple(whole(f"every entry of {name}", value) for value in values)


def picture_shape(name, shape):
    """The shape of a picture as plain ints.

    Args:
        name: str, what it is called in the message.
        shape: tuple or list of height, width and channels.

    Returns:
        tuple of three int.

    Raises:
        ValueError: if it is anything else.

    Example:
        >>> picture_shape("input_shape", (28, 28, 1))
        (28, 28, 1)
    """
    if not isinstance(shape, (tuple, list)) or len(shape) != 3:
        raise ValueError(f"{name} must be (height, width, channels); received {shape!r}")
    return whole_tuple(name, shape)


def check_code_size(name, size, input_shape):
    """Refuse a code that has more numbers than the picture: it could be copied, and nothing would be learned.

    Args:
        name: str, what the size is called in the message.
        size: int, numbers in a code.
        input_shape: tuple of three int, the picture's.

    Raises:
        ValueError: names the size and the number of values in a picture.

    Example:
        >>> check_code_size("latent_size", 16, (28, 28, 1))
    """
    height, width, channels = input_shape
    values = height * width * channels
    if size > values:
        raise ValueError(
            f"{name} must be at most {values}, the number of values in a picture of {height}×{width}×{channels}; "
            f"received {size}"
        )


def choice(name, value, known):
    """Refuse a name that is none of the known ones.

    Args:
        name: str, what it is called in the message.
        value: what was given.
        known: tuple of str.

    Raises:
        ValueError: lists the known ones.

    Example:
        >>> choice("output", "sigmoid", ("sigmoid", "linear"))
    """
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}; received {value!r}")


def fix(config, **values):
    """Put checked values into a frozen config while it is being made.

    Args:
        config: instance of a frozen dataclass.
        **values: field to value.
    """
    for field, value in values.items():
        object.__setattr__(config, field, value)


def check_halving(input_shape, times):
    """Refuse a picture whose sides cannot be halved so many times.

    Args:
        input_shape: tuple of three int, the picture's.
        times: int, number of halvings.

    Raises:
        ValueError: names the sides and the multiple they must be of.

    Example:
        >>> check_halving((28, 28, 1), 2)
    """
    multiple = 2**times
    if any(side % multiple or side <= multiple for side in input_shape[:2]):
        raise ValueError(
            f"height and width must be a multiple of {multiple}, one halving per width, and leave at least 2 rows and "
            f"columns; received {tuple(input_shape[:2])}"
        )
