"""How a judge speaks, and how it finds out which mistake it is looking at."""

import traceback
from copy import copy, deepcopy
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aelearn.checks.compare import close, copied, describe, describe_difference, one_line

PASSED, NOT_TRIED, NOT_YET = "passed", "not tried yet", "not yet"


@dataclass(frozen=True)
class Verdict:
    """What a check says; the last line of a cell shows it, always as one line.

    Example:
        >>> Verdict("not yet", "the sum was not divided by n")
        ✗ not yet, because the sum was not divided by n
    """

    outcome: str  # "passed", "not tried yet" or "not yet"
    reason: str = ""  # the diagnosis, or a word about what was passed

    def __post_init__(self):
        object.__setattr__(self, "reason", one_line(self.reason))

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

    A function is known by what it does on all cases: the values it returns and the errors it stops with. So the cases
    must tell every mistake from the truth and from every other mistake.

    Example:
        >>> double = Exercise("double", lambda x: 2 * x, [(3.0,)], {"you squared it": lambda x: x * x})
        >>> double.judge(lambda x: x**2)
        ✗ not yet, because you squared it
    """

    name: str  # of the function that the reader writes
    truth: object  # the right function
    cases: list  # tuples of arguments
    mistakes: dict  # from diagnosis to the wrong function that it belongs to, or a tuple of them
    praise: str = ""  # said when it is right
    tolerance: float = 1e-4  # of the largest value
    hint: str = ""  # said when something is wrong and no mistake explains it
    objection: object = None  # function of the values, when they are right: what is wrong with them all the same, or ""
    shared: tuple = ()  # what the cases hold and is no data, such as a model: never copied in depth

    def judge(self, answer):
        """Try `answer` on every case and compare with the truth, then with each known mistake."""
        if answer is None or answer is ...:
            return Verdict(NOT_TRIED, f"write {self.name} first")
        if not callable(answer):
            return Verdict(NOT_YET, f"{self.name} should be a function; received {describe(answer)}")
        truth, mistakes = self._known  # before the answer can touch anything
        tried = self._try(answer)
        if any(isinstance(each.error, NotImplementedError) for each in tried):
            return Verdict(NOT_TRIED, f"write {self.name}, then run this again")
        if self._agree(tried, truth):
            return self._form(tried)
        for diagnosis, wrong in mistakes:
            if self._agree(tried, wrong):
                return Verdict(NOT_YET, diagnosis)
        return Verdict(NOT_YET, "; ".join(filter(None, [self._unexplained(answer, tried, truth), self.hint])))

    @cached_property
    def _known(self):
        several = {diagnosis: f if isinstance(f, tuple) else (f,) for diagnosis, f in self.mistakes.items()}
        with np.errstate(all="ignore"):
            wrong = [(diagnosis, self._try(function)) for diagnosis in several for function in several[diagnosis]]
            return self._try(self.truth), wrong

    def _try(self, function):
        return [_attempt(function, self._fresh(case), case) for case in self.cases]

    def _fresh(self, case):
        return deepcopy(case, {id(each): copy(each) for each in self.shared})

    def _agree(self, tried, known):
        # Where nothing but errors can be compared, their words must agree as well.
        words = all(each.error is not None for each in tried)
        return all(_same(mine, other, self.tolerance, words) for mine, other in zip(tried, known))

    def _form(self, tried):
        if any(each.changed for each in tried):
            return Verdict(
                NOT_YET, f"the numbers are right, but {self.name} changes the array that it is given: x = x - m "
                "makes a new one where x -= m does not"
            )
        objection = self.objection and self.objection([each.value for each in tried])
        return Verdict(NOT_YET, objection) if objection else Verdict(PASSED, self.praise)

    def _unexplained(self, answer, tried, truth):
        for mine, right in zip(tried, truth):
            if mine.error is not None:
                where, kind = _line(mine.error, answer), type(mine.error).__name__
                return f"{self.name} stopped{where} with {kind}: {one_line(mine.error, longest=240)}".removesuffix(": ")
            if not _same(mine, right, self.tolerance):
                return describe_difference(mine.value, right.value, self.name, self.tolerance)
        raise AssertionError("a difference was expected")


@dataclass(frozen=True)
class _Attempt:
    # What a function did with one case.
    value: object = None
    error: BaseException | None = None
    changed: bool = False  # it wrote into an array that it was given


def _attempt(function, arguments, case):
    try:
        value = copied(function(*arguments))
    except KeyboardInterrupt:  # the reader, who has waited long enough
        raise
    except BaseException as error:  # whatever a learner's code raises, exit() too, becomes part of the verdict
        return _Attempt(error=error)
    return _Attempt(value, changed=any(map(_changed, arguments, case)))


def _changed(after, before):
    # Whether an array is another, or one inside a tuple or a list.
    if isinstance(before, np.ndarray):
        return not np.array_equal(after, before)
    if isinstance(before, (tuple, list)):
        return len(after) != len(before) or any(map(_changed, after, before))
    return False


def _same(mine, other, tolerance, words=False):
    if mine.error is not None or other.error is not None:
        same_words = not words or one_line(mine.error) == one_line(other.error)
        return type(mine.error) is type(other.error) and same_words
    return close(mine.value, other.value, tolerance)


def _line(error, answer):
    # The line of the cell in which the answer's own code was last at work.
    try:
        code = getattr(answer, "__code__", None)
    except Exception:  # an object of a learner's own may fail even at that
        code = None
    lines = [number for frame, number in traceback.walk_tb(error.__traceback__) if frame.f_code is code]
    return f" in line {lines[-1]}" if lines else ""
