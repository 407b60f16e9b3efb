"""Is a learner's value the right one, and if not, how to say in one line what it is.

Learners return the strangest things. Each of them gets a word, and no word depends on the machine: no memory addresses,
no line breaks.
"""

import inspect
import re
from itertools import islice
from numbers import Number

import numpy as np

LONGEST = 1000  # letters of a reason that are shown
LARGEST = 10_000_000  # numbers in an array that is copied or searched


def one_line(text, longest=LONGEST):
    """A text as one line that is the same on every machine: no line breaks, no memory addresses, not too long.

    Args:
        text: anything; what cannot be turned into a str becomes "…".
        longest: int, number of letters from which on the rest is left out.

    Returns:
        str.

    Example:
        >>> one_line("a <function f at 0x7f00aa>,\\n    and more")
        'a <function f>, and more'
    """
    try:
        text = " ".join(re.sub(r" at 0x[0-9A-Fa-f]+", "", str(text)).split())
    except Exception:  # an exception of a learner's own may fail even at speaking
        return "…"
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def describe(value):
    """A value in a few words: itself if it is short and plain, else its kind and size.

    Args:
        value: anything.

    Returns:
        str, one line.

    Example:
        >>> describe(2.5), describe((1, 2)), describe(np.zeros((2, 3))), describe(describe)
        ('2.5', 'a tuple of 2 values', 'an array of shape (2, 3)', 'a function')
    """
    if value is None:
        return "nothing"
    if type(value) in (bool, int, float, complex, str):
        return _plain(value)
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if type(value) in (list, tuple):
        return f"a {type(value).__name__} of {len(value)} value{'' if len(value) == 1 else 's'}"
    if inspect.isroutine(value):
        return "a function"
    return one_line(value, longest=60) if isinstance(value, np.generic) else f"a value of type {type(value).__name__}"


def _plain(value):
    try:
        text = repr(value)
    except ValueError:  # Python does not write out an int of more than 4,300 digits
        return "a very large number"
    return one_line(text, longest=60)


def numbers(value):
    """What a learner returned, as an array of real numbers; None if it is not one.

    Args:
        value: a number, an array or tensor, or nested lists of numbers. Text that looks like a number is none.

    Returns:
        Array of any real kind, or None.

    Example:
        >>> numbers([1, 2.5]), numbers("3")
        (array([1. , 2.5]), None)
    """
    try:
        if not (isinstance(value, (Number, np.generic, list, tuple)) or hasattr(value, "__array__")):
            return None  # above all what is a sequence without end
        array = np.asarray(value)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
        if array.dtype.kind == "c" and array.size <= LARGEST and np.abs(array.imag).max(initial=0) < 1e-9:
            array = array.real  # as a matrix root may return it
        return array if array.dtype.kind in "biuf" else None
    except Exception:  # whatever a learner's object does when it is asked for numbers
        return None


def copied(value):
    """The value as it is now, also if its owner writes into its arrays later.

    Args:
        value: anything; arrays are copied, alone or in a tuple or list, and all else is handed on.

    Returns:
        The same kind of value.

    Example:
        >>> board = np.zeros(2)
        >>> photo = copied(board)
        >>> board += 1
        >>> photo
        array([0., 0.])
    """
    if type(value) in (tuple, list) and len(value) < 10:
        return type(value)(copied(part) for part in value)
    small = isinstance(value, np.ndarray) and value.size <= LARGEST
    return value.copy() if small else value


def close(result, expected, tolerance):
    """Is `result` equal to `expected`, up to `tolerance` times the largest number in it?

    Args:
        result: what the learner's function returned, anything.
        expected: a number, an array, or a tuple of them; a part that is `...` may be anything.
        tolerance: float.

    Returns:
        bool.

    Example:
        >>> close([1.0, [2.0, 3.0]], (1.0, ...), 1e-4), close("1", 1.0, 1e-4)
        (True, False)
    """
    if expected is ...:
        return True
    if isinstance(expected, tuple):
        parts = _parts(result, len(expected))
        return parts is not None and all(close(p, e, tolerance) for p, e in zip(parts, expected))
    array, expected = numbers(result), numbers(expected)
    if array is None or expected is None or array.shape != expected.shape:
        return False
    with np.errstate(all="ignore"):
        array, largest = array.astype(np.float64), np.abs(expected[np.isfinite(expected)]).max(initial=1e-9)
        # A mistake may end in NaN or infinity, and is known by them.
        same = (array == expected) | (np.isnan(array) & np.isnan(expected))
        return bool(np.all(same | (np.abs(array - expected) <= tolerance * largest)))


def _parts(result, count):
    if not (isinstance(result, (tuple, list)) or (isinstance(result, np.ndarray) and result.ndim)):
        return None
    try:
        parts = tuple(islice(result, count + 1))  # what there is, whatever a class of one's own says of its length
    except Exception:
        return None
    return parts if len(parts) == count else None


def describe_difference(result, expected, name, tolerance=1e-4):
    """Say in one line how `result` differs from `expected`: kind, number of parts, shape, or values.

    Args:
        result: what the learner's function returned.
        expected: the right value: a number, an array, or a tuple of them.
        name: str, of the function.
        tolerance: float, as for `close`.

    Returns:
        str.

    Example:
        >>> describe_difference(np.zeros(3), np.zeros(2), "f")
        'f returned shape (3,), expected (2,)'
    """
    if result is None:
        return f"{name} returned nothing: is the return missing?"
    if inspect.isgenerator(result):
        return f"{name} returned a generator: write return where it says yield"
    if isinstance(expected, tuple):
        parts = _parts(result, len(expected))
        if parts is None:
            return f"{name} should return {len(expected)} values; received {describe(result)}"
        pairs = enumerate(zip(parts, expected), start=1)
        number, (mine, right) = next(pair for pair in pairs if not close(*pair[1], tolerance))
        return describe_difference(mine, right, f"value {number} of {name}", tolerance)
    array, expected = numbers(result), np.asarray(expected, np.float64)
    if array is None:
        wanted = f"numbers of shape {expected.shape}" if expected.shape else "a number"
        return f"{name} returned {describe(result)}, expected {wanted}"
    if array.shape != expected.shape:
        return f"{name} returned shape {array.shape}, expected {expected.shape}"
    return _worst(array.astype(np.float64), expected, name)


def _worst(array, expected, name):
    with np.errstate(all="ignore"):
        worst = np.unravel_index(np.argmax(np.abs(array - expected)), expected.shape)  # NaN counts as the largest
    where = f" at {tuple(int(i) for i in worst)}" if worst else ""
    why = "" if np.isfinite(array[worst]) else ": was something divided by zero?"
    mine, right = _apart(array[worst], expected[worst])
    return f"{name} returned {mine}{where}, expected {right}{why}"


def _apart(a, b):
    # Both with as many digits as it takes to see a difference, four at least.
    for digits in range(4, 18):
        texts = f"{a:.{digits}g}", f"{b:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts
