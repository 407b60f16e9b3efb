"""Quizzes and guesses: the reader commits to an answer before the page settles it."""

import math

from aelearn.checks.compare import describe
from aelearn.checks.verdict import NOT_TRIED, NOT_YET, PASSED, Verdict

# lesson -> one (right letter, what to read again) per question
ANSWERS = {
    "00": {
        "q1": ("b", "alpha scales how far the statistics of the code are moved, see «What alpha does»"),
        "q2": ("c", "the model was trained to return its input, never on style, see «What just happened»"),
        "q3": ("a", "a check never changes your work, see «How exercises work»"),
    },
    "01": {
        "q1": ("b", "one constant for everybody: which is cheapest, see «What a model that knows nothing paints»"),
        "q2": ("c", "on gray pictures the lowest point is not zero, see «Cross-entropy: a pixel as a coin»"),
        "q3": ("a", "the error is a mean, and the penalty does not see the batch, see «Loss with a penalty»"),
        "q4": ("b", "one of them puts a kink at zero, see «What λ does»"),
    },
    "02": {
        "q1": ("c", "every use of a value sends back a share of its own, see «An engine of your own»"),
        "q2": ("a", "the gradient is a sum of the pictures themselves, see «Back through the decoder, then through the "
                    "encoder»"),
        "q3": ("b", "divide the two numbers of a report: one factor for all, see «Five patients»"),
        "q4": ("b", "the gradient of a sum is the sum of two gradients, see «A loss with two terms»"),
    },
    "03": {
        "q1": ("b", "a dense layer has one weight per pair of numbers, see «Where the weights are»"),
        "q2": ("a", "count kernels and strides, see «What an entry of the code sees»"),
        "q3": ("c", "the slope of the sigmoid multiplies the slope of MSE, see «A wrong pixel that does not learn»"),
        "q4": ("b", "no layer of it knows the size of the picture, see «Nothing but convolutions»"),
    },
    "04": {
        "q1": ("b", "what has chosen is a little too good to be true, see «Three piles»"),
        "q2": ("c", "a sweep compares models as trained, see «How many numbers?»"),
        "q3": ("a", "dead is a word about a unit and all pictures, see «Few at a time»"),
        "q4": ("c", "there is little to get wrong on an empty page, see «One number is not enough»"),
    },
    "05": {
        "q1": ("a", "three things to keep apart: variance, its logarithm, its root, see «A gradient through a draw»"),
        "q2": ("c", "what the KL is zero for, and what the decoder then knows, see «What β does»"),
        "q3": ("b", "nats are to be weighed against nats, see «The loss, in nats»"),
        "q4": ("c", "look at the two histograms, see «A gradient through a draw»"),
    },
    "06": {
        "q1": ("c", "a mean and a covariance forget places, see «A texture from statistics alone»"),
        "q2": ("b", "multiply out (f − μ)(f − μ)ᵀ and take the mean, see «Mean, covariance, Gram»"),
        "q3": ("a", "it weighs every direction by its share of the variance, see «How many directions?»"),
        "q4": ("b", "two bars that do not agree, see «Does a high rank mean that it knows more?»"),
    },
    "07": {
        "q1": ("c", "only means and covariances of the painting's code are used, see «The style of a code»"),
        "q2": ("b", "AdaIN moves each channel by itself, see «Three maps, one idea»"),
        "q3": ("a", "the identity check measures the autoencoder and nothing else, see «The identity check»"),
        "q4": ("b", "effective rank counts the directions a code really uses, see «What it cannot do»"),
    },
    "08": {
        "q1": ("a", "one number for each channel is just what is divided out, see «What a loss sees»"),
        "q2": ("c", "no network is trained at all, see «Gatys' way: the picture is the only weight»"),
        "q3": ("b", "it is enough that the features can be read, see «A code worth moving: distillation»"),
        "q4": ("a", "what the dashed line stands for, see «The report card»"),
    },
    "09": {
        "q1": ("a", "average the deviations, not the variances, see «Between two styles»"),
        "q2": ("b", "what fits into the encoder's window, see «Large strokes, fine strokes»"),
        "q3": ("c", "few points cannot show the weak directions, see «When a region is small»"),
        "q4": ("b", "look at the last term of Chan's formula, see «A picture that does not fit»"),
    },
    "10": {
        "q1": ("b", "what is in register does not blur, see «A mixture of styles, or an average of pictures?»"),
        "q2": ("c", "strokes are as large in pixels at any size, see «A draft is not the picture made small»"),
        "q3": ("c", "what a judge looks at is written at the end of «Three briefs»"),
    },
}


def quiz(lesson, **answers):
    """Judge the answers to the quiz at the end of a lesson.

    Args:
        lesson: str, "00", "07" …
        **answers: `q1="a"`, `q2="b"` …; None for a question that is not answered yet.

    Returns:
        `Verdict`; for a wrong letter it names the section to read again, not the right letter.

    Raises:
        ValueError: if the lesson has no quiz, or a question is missing or unknown.

    Example:
        >>> quiz("00", q1=None, q2=None, q3=None)
        ○ not tried yet: answer q1, q2, q3 with a letter
    """
    if lesson not in ANSWERS:
        raise ValueError(f"lesson must be one of {', '.join(ANSWERS)}; received {lesson!r}")
    key = ANSWERS[lesson]
    if set(answers) != set(key):
        raise ValueError(f"answers must be {', '.join(key)}; received {', '.join(answers) or 'none'}")
    letters = {question: _letter(answers[question]) for question in key}
    open_questions = [question for question in key if letters[question] == ""]
    if open_questions:
        return Verdict(NOT_TRIED, f"answer {', '.join(open_questions)} with a letter")
    wrong = [_again(question, answers[question], key) for question in key if letters[question] != key[question][0]]
    return Verdict(NOT_YET, "; ".join(wrong)) if wrong else Verdict(PASSED, f"all {len(key)} answers are right")


def _letter(answer):
    """The letter of an answer such as "B" or "b)"; "" for one that is not given yet, None for anything else."""
    if answer is None or answer is ...:
        return ""
    letter = answer.strip(" ().").lower() if isinstance(answer, str) else "-"
    return letter if len(letter) <= 1 and letter.isalpha() or not letter else None


def _again(question, answer, key):
    if _letter(answer) is None:
        return f"{question}: answer with one letter; received {describe(answer)}"
    return f"{question}: {key[question][1]}"


def guess(value, truth, *, tolerance=0.25, unit=""):
    """Set a guess beside what was measured.

    Args:
        value: the reader's number, or None.
        truth: float, what was measured.
        tolerance: float, share of the truth within which a guess counts as close.
        unit: str, printed behind the numbers.

    Returns:
        `Verdict`: passed for a close guess; a guess far off is told the direction.

    Example:
        >>> guess(90, 100)
        ✓ passed: close: you said 90, it is 100
        >>> guess(None, 100)
        ○ not tried yet: write down a number first, any number: a wrong guess teaches more than none
    """
    if value is None or value is ...:
        return Verdict(NOT_TRIED, "write down a number first, any number: a wrong guess teaches more than none")
    number = _number(value)
    if number is None:
        return Verdict(NOT_YET, f"a guess is a number; received {describe(value)}")
    if _number(truth) is None:
        return Verdict(NOT_YET, f"there is nothing to compare it with: measured was {describe(truth)}")
    unit = f" {unit}" if unit else ""
    said = f"you said {number:g}{unit}, it is {truth:g}{unit}"
    if abs(number - truth) <= tolerance * abs(truth):
        return Verdict(PASSED, f"close: {said}")
    return Verdict(NOT_YET, f"{said}: {'less' if number > truth else 'more'} than you thought. Why?")


def _number(value):
    try:
        number = float(value)
    except Exception:  # whatever was written down
        return None
    return number if math.isfinite(number) and not isinstance(value, bool) else None
