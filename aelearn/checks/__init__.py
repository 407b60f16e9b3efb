"""The judges of the exercises: passed, not tried yet, or not yet, because …

Each judge knows the right answer and the likely wrong ones, so that it can say which of them it sees.
"""

from aelearn.checks.lesson_00 import painted
from aelearn.checks.lesson_07 import adain, code_shape, moments
from aelearn.checks.lesson_07_paint import coarse_to_fine
from aelearn.checks.quiz import guess, quiz
from aelearn.checks.verdict import Verdict

__all__ = ["Verdict", "adain", "coarse_to_fine", "code_shape", "guess", "moments", "painted", "quiz"]
