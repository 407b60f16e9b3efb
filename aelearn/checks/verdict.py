"""How a judge speaks, and how it finds out which mistake it is looking at."""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np

PASSED, NOT_TRIED, NOT_YET = "passed", "not tried yet", "not yet"


@dataclass(frozen=True)
class Verdict:
    """What a check says; the last line of a cell shows it.

    Example:
        >>> Verdict("not yet", "the sum was not divided by n")
        ✗ not yet, because the sum was not divided by n
    """

    outcome: str  # "passed", "not tried yet" or "not yet"
    reason: str = ""  # the diagnosis, or a word about what was passed

    @property
    def passed(self):
        return self.outcome == PASSED

    def __repr__(self):
        sign = {PASSED: "✓", NOT_TRIED: "○", NOT_YET: "✗"}[self.outcome]
        joint = ", because " if self.outcome == NOT_YET else ": "
        return f"{sign} {self.outcome}{joint}{self.reason}" if self.reason else f"{sign} {self.outcome}"


@dataclass(frozen=True)
class Exercise:
    """One exercise: the right function, cases to try it on, and the wrong functions that people write.

    Example:
        >>> double = Exercise("double", lambda x: 2 * x, [(3.0,)], {"you squared it": lambda x: x * x})
        >>> double.judge(lambda x: x**2)
        ✗ not yet, because you squared it
    """

    name: str  # of the function that the reader writes
    truth: object  # the right function
    cases: list  # tuples of arguments
    mistakes: dict  # from diagnosis to the wrong function that it belongs to
    praise: str = ""  # said when it is right
    tolerance: float = 1e-4  # of the largest value

    def judge(self, answer):
        """Try `answer` on every case and compare with the truth, then with each known mistake."""
        if answer is None:
            return Verdict(NOT_TRIED, f"write {self.name} first")
        if not callable(answer):
            return Verdict(NOT_YET, f"{self.name} should be a function; received {_short(answer)}")
        results = []
        for case in self.cases:
            try:
                results.append(answer(*deepcopy(case)))
            except NotImplementedError:
                return Verdict(NOT_TRIED, f"write {self.name}, then run this again")
            except Exception as error:  # whatever a learner's code raises becomes part of the verdict
                return Verdict(NOT_YET, f"{self.name} stopped with {type(error).__name__}: {error}")
        if self._agrees(results, self.truth):
            return Verdict(PASSED, self.praise)
        for diagnosis, wrong in self.mistakes.items():
            if self._agrees(results, wrong):
                return Verdict(NOT_YET, diagnosis)
        return Verdict(NOT_YET, self._difference(results))

    def _agrees(self, results, function):
        return all(_close(r, function(*deepcopy(c)), self.tolerance) for r, c in zip(results, self.cases))

    def _difference(self, results):
        for case, result in zip(self.cases, results):
            expected = self.truth(*deepcopy(case))
            if not _close(result, expected, self.tolerance):
                return describe_difference(result, expected, self.name)
        raise AssertionError("a difference was expected")


def describe_difference(result, expected, name):
    """Say in one line how `result` differs from `expected`: kind, number of parts, shape, or values.

    Args:
        result: what the learner's function returned.
        expected: the right value: a number, an array, or a tuple of them.
        name: str, of the function.

    Returns:
        str.

    Example:
        >>> describe_difference(np.zeros(3), np.zeros(2), "f")
        'f returned shape (3,), expected (2,)'
    """
    if result is None:
        return f"{name} returned nothing: is the return missing?"
    if isinstance(expected, tuple):
        if not isinstance(result, (tuple, list)) or len(result) != len(expected):
            return f"{name} should return {len(expected)} values; received {_short(result)}"
        for number, (mine, right) in enumerate(zip(result, expected), start=1):
            if not _close(mine, right, 1e-4):
                return describe_difference(mine, right, f"value {number} of {name}")
    array = _number(result)
    if array is None:
        return f"{name} returned {_short(result)}, expected numbers"
    expected = np.asarray(expected, np.float64)
    if array.shape != expected.shape:
        return f"{name} returned shape {array.shape}, expected {expected.shape}"
    worst = np.unravel_index(np.argmax(np.abs(np.nan_to_num(array, nan=np.inf) - expected)), expected.shape)
    where = f" at {tuple(int(i) for i in worst)}" if worst else ""
    return f"{name} returned {array[worst]:.4g}{where}, expected {expected[worst]:.4g}"


def _close(result, expected, tolerance):
    if isinstance(expected, tuple):
        same_length = isinstance(result, (tuple, list)) and len(result) == len(expected)
        return same_length and all(_close(r, e, tolerance) for r, e in zip(result, expected))
    array, expected = _number(result), np.asarray(expected, np.float64)
    if array is None or array.shape != expected.shape:
        return False
    return bool(np.all(np.abs(array - expected) <= tolerance * max(1e-9, np.abs(expected).max(initial=0))))


def _number(value):
    try:
        return np.asarray(value, np.float64)
    except (TypeError, ValueError):
        return None


def _short(value):
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
