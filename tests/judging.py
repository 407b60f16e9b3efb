"""What the judges of every lesson must do: a test file brings its exercises and the answers of learners."""

import copy

import numpy as np
import pytest

from aelearn import checks


def stub(*arguments):
    raise NotImplementedError


UNWRITTEN = {"None": None, "Ellipsis": ..., "stub": stub}
HOSTILE = [
    3.5, "text", lambda *arguments: None, lambda *arguments: np.nan, lambda *arguments: "0.5", lambda: 0.0,
    lambda *arguments: arguments, lambda *arguments: 1 / 0, lambda *arguments: object(),
]


def all_tests(exercises, right, wrong, *, off, array_first=None):
    """A class of tests for the judges of a lesson, for a name in the test file that begins with `Test`.

    Args:
        exercises: dict from the name of a judge in `aelearn.checks` to its exercise.
        right: dict from such a name to a list of answers that pass, the first of them in NumPy.
        wrong: dict from such a name to a list of pairs: words of a diagnosis, and an answer that gets it.
        off: function from a right result to one that is wrong in no known way.
        array_first: names of the judges whose answers are given an array first; None for all of them.
    """
    judges = {name: getattr(checks, name) for name in exercises}
    all_right = [(name, answer) for name in right for answer in right[name]]
    all_wrong = [(name, words, answer) for name in wrong for words, answer in wrong[name]]

    class Tests:
        @pytest.mark.parametrize(("name", "answer"), all_right, ids=_title)
        def test_right_answer_in_any_style_passes(self, name, answer):
            result = judges[name](answer)
            assert result.passed, result
            assert repr(result) == f"✓ passed: {exercises[name].praise}", result

        @pytest.mark.parametrize(("name", "words", "answer"), all_wrong, ids=_title)
        def test_known_mistake_gets_its_own_diagnosis_and_no_other(self, name, words, answer):
            result = judges[name](answer)
            assert result.outcome == "not yet" and words in result.reason, result
            exercise = exercises[name]
            tried = exercise._try(answer)
            found = {diagnosis for diagnosis, known in exercise._known[1] if exercise._agree(tried, known)}
            assert found == {result.reason} and not exercise._agree(tried, exercise._known[0]), found

        @pytest.mark.parametrize("name", exercises)
        def test_every_diagnosis_has_a_learner_who_needs_it(self, name):
            given = {judges[name](answer).reason for _, answer in wrong[name]}
            assert given == set(exercises[name].mistakes), given ^ set(exercises[name].mistakes)

        @pytest.mark.parametrize("name", exercises)
        def test_the_variants_of_a_diagnosis_are_told_from_all_others(self, name):
            truth, mistakes = exercises[name]._known
            for diagnosis, known in mistakes:
                assert not exercises[name]._agree(known, truth), diagnosis
                alike = {other for other, theirs in mistakes if exercises[name]._agree(known, theirs)}
                assert alike == {diagnosis}, alike

        @pytest.mark.parametrize("name", judges)
        @pytest.mark.parametrize("answer", UNWRITTEN.values(), ids=UNWRITTEN)
        def test_unwritten_answer_is_not_tried_yet(self, name, answer):
            said = repr(judges[name](answer))
            assert said.startswith(f"○ not tried yet: write {name}"), said

        @pytest.mark.parametrize("name", judges)
        @pytest.mark.parametrize("answer", HOSTILE)
        def test_hostile_answer_gets_a_verdict_in_one_stable_line(self, name, answer):
            first, second = repr(judges[name](answer)), repr(judges[name](answer))
            assert first == second and first.startswith("✗ not yet, because ") and "\n" not in first, (first, second)

        @pytest.mark.parametrize("name", judges)
        def test_unexplained_mistake_gets_the_hint(self, name):
            reason = judges[name](lambda *arguments: off(right[name][0](*arguments))).reason
            assert reason.endswith(exercises[name].hint), reason

        @pytest.mark.parametrize("name", judges if array_first is None else array_first)
        def test_change_of_an_argument_is_seen_and_said(self, name):
            def vandal(*arguments):
                result = copy.deepcopy(right[name][0](*arguments))  # it may be a view of what is written over
                arguments[0][...] = 0
                return result

            reason = judges[name](vandal).reason
            assert "changes the array that it is given" in reason, reason

    return Tests


def _title(value):
    return value.replace(" ", "_") if isinstance(value, str) else getattr(value, "__name__", "")
