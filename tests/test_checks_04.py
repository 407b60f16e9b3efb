"""The judges of lesson 04: right answers in any style pass, every known mistake gets its own diagnosis.

All answers here are written as a learner would write them, and not taken from the judges.
"""

import itertools

import numpy as np
import pytest

from aelearn import checks, metrics
from aelearn.autoencoders import fit_pca
from aelearn.checks import compare, lesson_04, lesson_04_choice
from aelearn.checks.quiz import ANSWERS
from aelearn.training import Sweep

EXERCISES = {
    "pca_error": (checks.pca_error, lesson_04._PCA_ERROR),
    "dead_units": (checks.dead_units, lesson_04._DEAD_UNITS),
    "per_class_error": (checks.per_class_error, lesson_04._PER_CLASS_ERROR),
    "choose": (checks.choose, lesson_04_choice._CHOOSE),
}


# --- what a learner writes: right


def error_by_hand(variances, latent_size):
    total = 0.0
    for number, variance in enumerate(variances):
        if number >= latent_size:
            total += variance
    return total / variances.size


def error_by_difference(variances, latent_size):
    return np.mean(variances) - np.sum(variances[:latent_size]) / np.size(variances)


def dead_by_hand(codes):
    number, units = codes.shape
    return [not any(codes[picture][unit] > 0 for picture in range(number)) for unit in range(units)]


def classes_by_hand(target, prediction, labels):
    sums, counts = [0.0] * (max(labels) + 1), [0] * (max(labels) + 1)
    for x, y, label in zip(target, prediction, labels):
        sums[label] += float(np.mean((x - y) ** 2))
        counts[label] += 1
    return [total / count for total, count in zip(sums, counts)]


def classes_with_bincount(target, prediction, labels):
    errors = np.square(target - prediction).reshape(len(labels), -1).mean(-1)
    return np.bincount(labels, weights=errors) / np.bincount(labels)


def classes_from_the_package(target, prediction, labels):
    return list(metrics.per_class_error(target, prediction, labels).values())


def choose_with_a_loop(rows, tolerance):
    least = min([row["validation"] for row in rows])
    best = None
    for row in rows:
        if row["validation"] > least * (1 + tolerance):
            continue
        smaller = best is None or row["latent_size"] < best["latent_size"]
        if smaller or (row["latent_size"] == best["latent_size"] and row["strength"] > best["strength"]):
            best = row
    return [best["latent_size"], best["strength"]]


def choose_by_sorting(rows, tolerance):
    limit = (1 + tolerance) * sorted(row["validation"] for row in rows)[0]
    row = sorted((r for r in rows if r["validation"] <= limit), key=lambda r: (r["latent_size"], -r["strength"]))[0]
    return row["latent_size"], row["strength"]


def choose_with_the_package(rows, tolerance):
    axes = {"latent_size": (), "strength": ()}
    row = Sweep(axes, rows).simplest("validation", tolerance=tolerance)
    return row["latent_size"], row["strength"]


RIGHT = [
    ("pca_error", error_by_hand),
    ("pca_error", error_by_difference),
    ("pca_error", lambda variances, k: float(np.sum(variances[k:])) / len(variances)),
    ("dead_units", dead_by_hand),
    ("dead_units", lambda codes: codes.max(axis=0) == 0),
    ("dead_units", lambda codes: codes.sum(0) < 1e-9),
    ("dead_units", lambda codes: ~np.any(codes > 0, axis=0)),
    ("dead_units", metrics.dead_units),
    ("per_class_error", classes_by_hand),
    ("per_class_error", classes_with_bincount),
    ("per_class_error", classes_from_the_package),
    ("per_class_error", metrics.per_class_error),
    ("per_class_error", lambda x, y, c: {k: squared(x, y)[c == k].mean() for k in dict.fromkeys(c.tolist())}),
    ("choose", choose_with_a_loop),
    ("choose", choose_by_sorting),
    ("choose", choose_with_the_package),
]


# --- what a learner writes: wrong


def squared(target, prediction):
    return ((target - prediction) ** 2).reshape(len(target), -1)


def each_class(labels):
    return range(max(labels) + 1)


def simple(row):
    return row["latent_size"], -row["strength"]


def rule(key="validation", limit=lambda least, t: least * (1 + t), best=simple):
    def choose(rows, tolerance):
        bound = limit(min(row[key] for row in rows), tolerance)
        row = sorted((row for row in rows if row[key] <= bound), key=best)[0]
        return row["latent_size"], row["strength"]

    return choose


def least_of(rows):
    return min(row["validation"] for row in rows)


def choose_among(rows):
    row = min(rows, key=simple)
    return row["latent_size"], row["strength"]


def argmin(key):
    def choose(rows, tolerance):
        number = int(np.argmin([row[key] for row in rows]))
        return rows[number]["latent_size"], rows[number]["strength"]

    return choose


def ten_classes(target, prediction, labels, empty):
    errors = squared(target, prediction).mean(1)
    return [errors[labels == k].mean() if k in labels else empty for k in range(10)]


def choose_apart(rows, tolerance):
    good = [row for row in rows if row["validation"] <= least_of(rows) * (1 + tolerance)]
    return min(row["latent_size"] for row in good), max(row["strength"] for row in good)


def strictly(rows, tolerance):
    return [row for row in rows if row["validation"] < least_of(rows) * (1 + tolerance)]


def strictly_by_sorting(rows, tolerance):
    row = sorted(strictly(rows, tolerance), key=simple)[0]
    return row["latent_size"], row["strength"]


def strictly_in_a_loop(rows, tolerance):
    best = None
    for row in strictly(rows, tolerance):
        if best is None or simple(row) < simple(best):
            best = row
    return best["latent_size"], best["strength"]


WRONG = {
    "pca_error": [
        ("summed over the pixels", lambda v, k: np.sum(v[k:])),
        ("mean of the variances left out", lambda v, k: np.mean(v[k:])),
        ("mean of the variances left out", lambda v, k: sum(v[k:]) / (len(v) - k)),
        ("divided by the size of the code", lambda v, k: sum(v[k:]) / k),
        ("what the code keeps", lambda v, k: sum(v[:k]) / len(v)),
        ("what the code keeps", lambda v, k: sum(v[:k])),
        ("what the code keeps", lambda v, k: np.mean(v[:k])),
        ("share of the variance that is lost", lambda v, k: 1 - sum(v[:k]) / sum(v)),
        ("share of the variance that is kept", lambda v, k: sum(v[:k]) / sum(v)),
        ("come largest first", lambda v, k: sum(sorted(v)[k:]) / len(v)),
        ("come largest first", lambda v, k: sum(v[:-k]) / len(v)),
        ("starts at variances[k]", lambda v, k: sum(v[k + 1:]) / len(v)),
        ("starts at variances[k]", lambda v, k: sum(v[k - 1:]) / len(v)),
        ("a variance is squared already", lambda v, k: sum(v[k:] ** 2) / len(v)),
        ("a variance is squared already", lambda v, k: sum(v[k:] ** 0.5) / len(v)),
        ("the root of the error", lambda v, k: (sum(v[k:]) / len(v)) ** 0.5),
    ],
    "dead_units": [
        ("looked at one picture", lambda codes: [value == 0 for value in codes[0]]),
        ("looked at one picture", lambda codes: codes[-1] == 0),
        ("all, not any", lambda codes: (codes == 0).any(0)),
        ("all, not any", lambda codes: codes.min(axis=0) == 0),
        ("that are alive", lambda codes: codes.max(axis=0) > 0),
        ("that are alive", lambda codes: codes.min(axis=0) > 0),
        ("axes are swapped", lambda codes: codes.max(axis=1) == 0),
        ("axes are swapped", lambda codes: codes.min(axis=1) == 0),
        ("that is their number", lambda codes: int(np.sum(codes.max(axis=0) == 0))),
        ("you counted zeros", lambda codes: np.sum(codes == 0, axis=0)),
        ("you counted zeros", lambda codes: 1 - np.count_nonzero(codes, axis=0) / len(codes)),
        ("the sign is wrong", lambda codes: np.all(codes >= 0, axis=0)),
        ("the sign is wrong", lambda codes: codes.min(axis=0) < 0),
        ("weak on average", lambda codes: codes.mean(0) < np.mean(codes)),
        ("weak on average", lambda codes: codes.mean(0) < 0.5),
        ("picture by picture", lambda codes: codes <= 0),
        ("fires rarely is alive", lambda codes: codes.mean(0) < 0.01),
        ("fires rarely is alive", lambda codes: np.mean(codes > 0, axis=0) < 0.05),
        ("no spread", lambda codes: codes.std(0) == 0),
        ("no spread", lambda codes: np.ptp(codes, axis=0) == 0),
        ("no spread", lambda codes: codes.var(axis=0) < 1e-8),
        ("the numbers of the dead units", lambda codes: np.where(codes.max(0) == 0)[0]),
    ],
    "per_class_error": [
        ("summed over pictures and pixels", lambda x, y, c: [squared(x, y)[c == k].sum() for k in each_class(c)]),
        ("the number of all pictures",
         lambda x, y, c: [squared(x, y)[c == k].mean(1).sum() / len(c) for k in each_class(c)]),
        ("as if all classes had as many",
         lambda x, y, c: [squared(x, y)[c == k].mean(1).sum() / (len(c) / 3) for k in each_class(c)]),
        ("summed over the pictures of a class",
         lambda x, y, c: [squared(x, y)[c == k].mean(1).sum() for k in each_class(c)]),
        ("summed over the pixels", lambda x, y, c: [squared(x, y)[c == k].sum(1).mean() for k in each_class(c)]),
        ("every class got the error of all", lambda x, y, c: [metrics.mse(x, y) for k in each_class(c)]),
        ("error of all pictures, one number", lambda x, y, c: metrics.mse(x, y)),
        ("mean over the classes, one number", lambda x, y, c: np.mean(classes_by_hand(x, y, c))),
        ("absolute differences", lambda x, y, c: [np.abs(x - y)[c == k].mean() for k in each_class(c)]),
        ("you took a root", lambda x, y, c: np.sqrt(classes_by_hand(x, y, c))),
        ("you took a root", lambda x, y, c: [np.sqrt(squared(x, y)[c == k].mean(1)).mean() for k in each_class(c)]),
        ("were not squared", lambda x, y, c: [(x - y)[c == k].mean() for k in each_class(c)]),
        ("were not squared", lambda x, y, c: [(y - x)[c == k].mean() for k in each_class(c)]),
        ("the order in which they occur", lambda x, y, c: [squared(x, y)[c == k].mean() for k in dict.fromkeys(c)]),
        ("one error per picture", lambda x, y, c: squared(x, y).mean(axis=1)),
        ("has ten classes", lambda x, y, c: ten_classes(x, y, c, np.nan)),
        ("has ten classes", lambda x, y, c: ten_classes(x, y, c, 0.0)),
        ("784 pixels", lambda x, y, c: [squared(x, y)[c == k].sum(1).mean() / 784 for k in each_class(c)]),
        ("784 pixels", lambda x, y, c: ((x - y) ** 2).reshape(-1, 784).mean(axis=1)),
        ("784 pixels", lambda x, y, c: np.square(x.reshape(len(x), 784) - y.reshape(len(y), 784)).mean(axis=1)),
        ("784 pixels", lambda x, y, c: np.square(x.reshape(-1, 28 * 28) - y.reshape(-1, 28 * 28)).mean(axis=1)),
        ("the median", lambda x, y, c: [np.median(squared(x, y)[c == k].mean(1)) for k in each_class(c)]),
    ],
    "choose": [
        ("by the training error", argmin("train")),
        ("by the training error", rule("train")),
        ("by the test error", argmin("test")),
        ("by the test error", rule("test")),
        ("took the least error, whatever the code costs", argmin("validation")),
        ("not least + tolerance", rule(limit=lambda least, t: least + t)),
        ("the limit lies above the least error", rule(limit=lambda least, t: least * (1 - t))),
        ("the limit lies above the least error",
         lambda rows, t: choose_among([r for r in rows if r["validation"] <= (1 - t) * least_of(rows)])),
        ("smallest code of all", rule(limit=lambda least, t: 1e9)),
        ("smallest code of all",
         rule(limit=lambda least, t: 1e9, best=lambda row: (row["latent_size"], row["validation"]))),
        ("smallest code of all", lambda rows, t: (rows[0]["latent_size"], rows[0]["strength"])),
        ("largest code within", rule(best=lambda row: (-row["latent_size"], -row["strength"]))),
        ("the code comes first, λ second", rule(best=lambda row: (-row["strength"], row["latent_size"]))),
        ("take the larger one", rule(best=lambda row: (row["latent_size"], row["strength"]))),
        ("take the larger one", rule(best=lambda row: row["latent_size"])),
        ("with the least error; take the largest", rule(best=lambda row: (row["latent_size"], row["validation"]))),
        ("from another code size", choose_apart),
        ("<= and not <", strictly_by_sorting),
        ("<= and not <", strictly_in_a_loop),
        ("<= and not <", lambda rows, t: choose_among(strictly(rows, t))),
        ("(latent_size, strength)", lambda rows, t: choose_by_sorting(rows, t)[::-1]),
    ],
}
CASES = [(name, piece, answer) for name, answers in WRONG.items() for piece, answer in answers]


@pytest.mark.parametrize("number", range(len(RIGHT)))
def test_right_answers_in_any_style_pass(number):
    name, answer = RIGHT[number]
    verdict = EXERCISES[name][0](answer)
    assert verdict.passed and verdict.reason, verdict


@pytest.mark.parametrize("number", range(len(CASES)))
def test_every_mistake_gets_its_own_diagnosis(number):
    name, piece, answer = CASES[number]
    verdict = EXERCISES[name][0](answer)
    assert verdict.outcome == "not yet" and piece in verdict.reason, verdict
    assert verdict.reason in EXERCISES[name][1].mistakes


@pytest.mark.parametrize("name", EXERCISES)
def test_every_diagnosis_has_a_learner_who_needs_it(name):
    judge, exercise = EXERCISES[name]
    assert set(exercise.mistakes) <= {judge(answer).reason for _, answer in WRONG[name]}


@pytest.mark.parametrize("name", EXERCISES)
def test_no_mistake_looks_like_the_truth_or_like_another(name):
    exercise = EXERCISES[name][1]
    truth, mistakes = exercise._known
    assert not any(exercise._agree(wrong, truth) for _, wrong in mistakes)
    for (one, a), (other, b) in itertools.combinations(mistakes, 2):
        assert one == other or not exercise._agree(a, b), f"{one!r} and {other!r}"


@pytest.mark.parametrize("name", EXERCISES)
def test_a_stub_is_not_tried_and_anything_else_gets_one_line(name):
    judge = EXERCISES[name][0]

    def stub(*arguments):
        raise NotImplementedError

    for untouched in (None, ..., stub):
        assert judge(untouched).outcome == "not tried yet"
    for value in (None, "text", [], -1, np.zeros(3), {"latent_size": 4}):
        verdict = judge(lambda *arguments, value=value: value)
        assert verdict.outcome == "not yet" and "\n" not in repr(verdict)
    assert judge("text").reason == f"{name} should be a function; received 'text'"


def test_an_unexplained_choice_gets_the_hint():
    verdict = checks.choose(lambda rows, tolerance: (99, 0))
    assert "then take the smallest code and for it the largest λ" in verdict.reason


# --- the judges' numbers are those of the package


def test_the_error_of_a_real_pca_passes_through_the_same_formula():
    images = np.random.default_rng(0).random((50, 4, 4, 1))
    pca = fit_pca(images)
    for k in (1, 5, 15):
        measured = metrics.mse(images, pca.reconstruct(images, k))
        assert error_by_hand(pca.variances, k) == pytest.approx(measured, rel=1e-5)


# --- a choice by eye

# least held-out error at (32, 1e-5); within 5 %: (16, 0), (16, 1e-5), (32, 0); least training error at (32, 0)
EVIDENCE = [
    {"latent_size": size, "strength": strength, "train": train, "validation": validation}
    for size, strength, train, validation in [
        (8, 0, 0.30, 0.40), (8, 1e-5, 0.31, 0.39),
        (16, 0, 0.20, 0.314), (16, 1e-5, 0.21, 0.312), (16, 1e-4, 0.29, 0.33),
        (32, 0, 0.15, 0.310), (32, 1e-5, 0.16, 0.300), (32, 1e-4, 0.28, 0.34), (64, 0, 0.10, 0.35),
    ]
]


@pytest.mark.parametrize(("answer", "piece"), [
    ((32, 1e-5), "that is the least held-out error, but a code of 16 is within 5 % of it"),
    ((64, 0), "more than 5 % above the least one. It is the least training error"),
    ((8, 0), "more than 5 % above the least one."),
    ((32, 0), "near enough to the least error, but so is a code of 16"),
    ((16, 0), "the right code; of two λ that do equally well, take the larger"),
    ((16, 1), "no model was trained at code size 16 and λ = 1"),
    ((16,), "a choice is a pair (latent_size, strength); received a tuple of 1 value"),
    (16, "a choice is a pair (latent_size, strength); received 16"),
    ("16", "a choice is a pair (latent_size, strength); received '16'"),
    ((16, None), "a choice is a pair"),
    ({"latent_size": 16}, "a choice is a pair"),
])
def test_a_choice_is_told_what_speaks_against_it(answer, piece):
    verdict = checks.choice(answer, EVIDENCE)
    assert verdict.outcome == "not yet" and piece in verdict.reason, verdict


@pytest.mark.parametrize("answer", [(16, 1e-5), [16.0, 0.00001], np.array([16, 1e-5])])
def test_the_simplest_choice_passes(answer):
    assert checks.choice(answer, EVIDENCE).passed


@pytest.mark.parametrize("answer", [None, ...])
def test_no_choice_is_not_tried_yet(answer):
    assert checks.choice(answer, EVIDENCE).outcome == "not tried yet"


def test_without_tolerance_the_least_error_is_the_choice():
    assert checks.choice((32, 1e-5), EVIDENCE, tolerance=0).passed


def test_a_larger_strength_with_the_same_code_is_said():
    rows = [{"latent_size": 4, "strength": s, "train": 1.0, "validation": v} for s, v in ((0, 0.100), (1, 0.101))]
    assert "a larger λ with the same code is within 5 % of it" in checks.choice((4, 0), rows).reason
    assert checks.choice((4, 1), rows).passed


def test_the_quiz_has_four_questions_with_answers_spread_over_the_letters():
    letters = [letter for letter, _ in ANSWERS["04"].values()]
    assert len(letters) == 4 and set(letters) == {"a", "b", "c"}
    answers = {question: letter for question, (letter, _) in ANSWERS["04"].items()}
    assert checks.quiz("04", **answers).passed
    for question in answers:
        assert not checks.quiz("04", **answers | {question: "d"}).passed


# --- what comes from a notebook that went wrong


@pytest.mark.parametrize("rows", [None, [], 3, [None], [{"latent_size": 2, "strength": 0, "train": 0.1}],
                                  [{"latent_size": 2, "strength": 0, "train": 0.1, "validation": "low"}],
                                  [{"latent_size": 2, "strength": 0, "train": 0.1, "validation": float("nan")}]])
def test_a_choice_from_no_evidence_is_told_what_rows_are(rows):
    verdict = checks.choice((2, 0), rows)
    assert not verdict.passed and "rows must be a list of dicts with numbers for latent_size, strength, train and " \
        "validation" in verdict.reason


@pytest.mark.parametrize("truth", [float("nan"), float("inf"), None, "a"])
def test_a_guess_cannot_be_compared_with_no_number(truth):
    verdict = checks.guess(3, truth)
    assert not verdict.passed and verdict.reason.startswith("there is nothing to compare it with: measured was ")


def test_two_numbers_that_are_nearly_the_same_are_shown_with_the_digits_in_which_they_differ():
    said = compare.describe_difference(np.array([[0.3000004]]), np.array([[0.3]]), "f", 1e-9)
    assert said == "f returned 0.3000004 at (0, 0), expected 0.3"
    assert compare.describe_difference(0.25, 0.5, "f") == "f returned 0.25, expected 0.5"
    assert compare.describe_difference(1 / 3, 2 / 3, "f") == "f returned 0.3333, expected 0.6667"


def test_a_list_whose_length_is_a_lie_is_not_right():
    class Liar(list):
        def __len__(self):
            return 2

    assert not compare.close(Liar(), (1.0, 2.0), 1e-4)
    assert compare.close([1.0, 2.0], (1.0, 2.0), 1e-4) and not compare.close([1.0, 2.0, 3.0], (1.0, 2.0), 1e-4)
    assert "should return 2 values" in compare.describe_difference(Liar(), (1.0, 2.0), "f")
