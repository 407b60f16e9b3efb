"""The judges of the exercises: right answers in any style pass, every known mistake gets its own diagnosis.

All answers here are written as a learner would write them, and not taken from the judges.
"""

import functools
import json
import math
import re
import sys
from fractions import Fraction
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from aelearn import checks, data, transforms
from aelearn.checks import compare, lesson_07, lesson_07_paint, verdict
from aelearn.checks.quiz import ANSWERS as QUIZZES
from aelearn.stylize import Stylizer

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks" / "solutions"
EXERCISES = {
    "code_shape": lambda: lesson_07._CODE_SHAPE,
    "moments": lambda: lesson_07._MOMENTS,
    "adain": lambda: lesson_07._ADAIN,
    "paint": lesson_07_paint._exercise,
}
JUDGES = {
    "code_shape": checks.code_shape,
    "moments": checks.moments,
    "adain": checks.adain,
    "paint": checks.coarse_to_fine,
}


# --- code_shape


def shape_with_a_loop(height, width, level, widths):
    for _ in range(level - 1):
        height, width = height // 2, width // 2
    return [height, width, widths[level - 1]]


def shape_with_shifts(height, width, level, widths):
    return np.array([height >> (level - 1), width >> (level - 1), widths[level - 1]])


def shape_by_recursion(height, width, level, widths):
    if level == 1:
        return height, width, widths[0]
    return shape_by_recursion(height // 2, width // 2, level - 1, widths[1:])


def shape_rounded(height, width, level, widths):
    factor = 2 ** (level - 1)
    return int(height / factor), int(width / factor), np.int64(widths[level - 1])


def shape_half_too_often(height, width, level, widths):
    for _ in range(level):
        height, width = height // 2, width // 2
    return height, width, widths[level - 1]


def shape_that_spares_level_1(height, width, level, widths):
    if level == 1:
        return height, width, widths[0]
    return height // (2 * (level - 1)), width // (2 * (level - 1)), widths[level - 1]


CODE_SHAPE_RIGHT = [shape_with_a_loop, shape_with_shifts, shape_by_recursion, shape_rounded]
CODE_SHAPE_WRONG = [
    ("do not shrink", lambda height, width, level, widths: (height, width, widths[level - 1])),
    ("halve level - 1 times", shape_half_too_often),
    ("that is 2 ** (level - 1)", lambda h, w, level, c: (h // (2 * level), w // (2 * level), c[level - 1])),
    ("that is 2 ** (level - 1)", lambda h, w, level, c: (h // (2 * (level - 1)), w // (2 * (level - 1)), c[level - 1])),
    ("that is 2 ** (level - 1)", shape_that_spares_level_1),
    ("that is 2 ** (level - 1)", lambda h, w, level, c: (h // level, w // level, c[level - 1])),
    ("that is 2 ** (level - 1)", lambda h, w, level, c: (h // 2, w // 2, c[level - 1])),
    ("^ is no power", lambda h, w, level, c: (h // (2 ^ (level - 1)), w // (2 ^ (level - 1)), c[level - 1])),
    ("^ is no power", lambda h, w, level, c: (h // (2 ^ level), w // (2 ^ level), c[level - 1])),
    ("widths counts from 0", lambda h, w, level, c: (h // 2 ** (level - 1), w // 2 ** (level - 1), c[level])),
    ("levels count from 1", lambda h, w, level, c: (h // 2**level, w // 2**level, c[level])),
    ("need not double", lambda h, w, level, c: (h // 2 ** (level - 1), w // 2 ** (level - 1), c[0] * 2 ** (level - 1))),
    ("its own number of channels", lambda h, w, level, c: (h // 2 ** (level - 1), w // 2 ** (level - 1), c[-1])),
    ("its own number of channels", lambda h, w, level, c: (h // 2 ** (level - 1), w // 2 ** (level - 1), c[0])),
    ("its own number of channels", lambda h, w, level, c: (h // 2 ** (level - 1), w // 2 ** (level - 1), 3)),
    ("channels come last", lambda h, w, level, c: (c[level - 1], h // 2 ** (level - 1), w // 2 ** (level - 1))),
    ("rows come first", lambda h, w, level, c: (w // 2 ** (level - 1), h // 2 ** (level - 1), c[level - 1])),
    ("not of a batch", lambda h, w, level, c: (1, h // 2 ** (level - 1), w // 2 ** (level - 1), c[level - 1])),
]


# --- moments


def moments_by_hand(code):
    rows, columns, channels = code.shape
    mean = np.zeros(channels)
    for row in range(rows):
        for column in range(columns):
            mean += code[row, column] / (rows * columns)
    covariance = np.zeros((channels, channels))
    for i in range(channels):
        for j in range(channels):
            for row in range(rows):
                for column in range(columns):
                    covariance[i, j] += (code[row, column, i] - mean[i]) * (code[row, column, j] - mean[j])
    return mean, covariance / (rows * columns)


def moments_with_cov(code):
    points = code.reshape(-1, code.shape[-1])
    return points.mean(0), np.cov(points, rowvar=False, bias=True)


def moments_with_cov_of_transposed(code):
    channels_first = code.transpose(2, 0, 1).reshape(code.shape[2], -1)
    return channels_first.mean(axis=1), np.cov(channels_first, ddof=0)


def moments_with_einsum(code):
    mean = np.einsum("hwc->c", code) / code[..., 0].size
    centred = code - mean
    return mean, np.einsum("hwc,hwd->cd", centred, centred) / code[..., 0].size


def moments_of_products(code):
    points = code.reshape(-1, code.shape[-1])
    mean = points.mean(axis=0)
    return mean, points.T @ points / len(points) - np.outer(mean, mean)


def moments_as_lists(code):
    mean, covariance = moments_with_cov(code)
    return [mean.tolist(), covariance.tolist()]


def moments_single_precision(code):
    return moments_with_cov(code.astype(np.float32))


def moments_from_the_package(code):
    result = transforms.moments(code)
    return result.mean, result.covariance


def moments_with_keras(code):
    from keras import ops

    points = ops.reshape(ops.convert_to_tensor(code, dtype="float32"), (-1, code.shape[-1]))
    centred = points - ops.mean(points, axis=0)
    return ops.mean(points, axis=0), ops.matmul(ops.transpose(centred), centred) / len(points)


def moments_in_one_buffer(code, buffer=(np.empty(3), np.empty((3, 3)))):  # noqa: B008  the point: the same every time
    buffer[0][:], buffer[1][:] = moments_with_cov(code)
    return buffer


def flat(code):
    return code.reshape(-1, code.shape[-1])


def moments_of(points, mean):
    centred = points - mean
    return mean, centred.T @ centred / len(points)


def moments_along(points):
    return moments_of(points, points.mean(0))


def variances_on_a_diagonal(code):
    covariance = np.zeros((code.shape[-1], code.shape[-1]))
    for channel in range(code.shape[-1]):
        covariance[channel, channel] = code[..., channel].var()
    return code.mean((0, 1)), covariance


def moments_channels_mixed(code):
    points = code.reshape(code.shape[-1], -1)
    mean = points.mean(axis=1, keepdims=True)
    return mean[:, 0], (points - mean) @ (points - mean).T / points.shape[1]


def correlation(code):
    points = flat(code)
    normal = (points - points.mean(0)) / points.std(0)
    return points.mean(0), normal.T @ normal / len(points)


MOMENTS_RIGHT = [
    moments_by_hand, moments_with_cov, moments_with_cov_of_transposed, moments_with_einsum, moments_of_products,
    moments_as_lists, moments_single_precision, moments_from_the_package, moments_with_keras, moments_in_one_buffer,
]
def mean_of(code):
    return code.mean(axis=(0, 1))


def sums(code):
    """n times the covariance, by hand."""
    centred = code - mean_of(code)
    return np.einsum("ijc,ijd->cd", centred, centred)


def across(code):
    centred = flat(code) - flat(code).mean(0)
    return centred @ centred.T


MOMENTS_WRONG = [
    ("divided by n - 1", lambda code: (flat(code).mean(0), np.cov(flat(code).T))),
    ("n times too large", lambda code: (mean_of(code), sums(code))),
    ("number of rows", lambda code: (mean_of(code), sums(code) / len(code))),
    ("divided by the number of channels", lambda code: (mean_of(code), sums(code) / code.shape[2])),
    ("size of the array", lambda code: (mean_of(code), sums(code) / np.size(code))),
    ("was not subtracted", lambda code: (flat(code).mean(0), flat(code).T @ flat(code) / len(flat(code)))),
    ("was not subtracted", lambda code: (flat(code).mean(0), flat(code).T @ flat(code))),
    ("from all channels", lambda code: (mean_of(code), moments_of(flat(code), flat(code).mean())[1])),
    ("channels was subtracted", lambda code: (mean_of(code), moments_of(flat(code), flat(code).mean(1)[:, None])[1])),
    ("the variances alone", lambda code: (mean_of(code), code.var(axis=(0, 1)))),
    ("returned deviations", lambda code: (mean_of(code), code.std(axis=(0, 1)))),
    ("off the diagonal", variances_on_a_diagonal),
    ("that is the correlation", correlation),
    ("the sum, not the mean", lambda code: (flat(code).sum(0), np.cov(flat(code).T, bias=True))),
    ("the sum, not the mean", lambda code: moments_of(flat(code), flat(code).sum(0))),
    ("your mean is one number", lambda code: moments_of(flat(code), flat(code).mean())),
    ("along one axis of the code", lambda code: (code.mean(axis=0), np.cov(flat(code).T, bias=True))),
    ("along one axis of the code", lambda code: (code.mean(axis=1), (code - code.mean(axis=1, keepdims=True)).std())),
    ("runs over the channels", lambda code: (flat(code).mean(axis=1), np.cov(flat(code)))),
    ("runs over the channels", lambda code: (code.mean(axis=2), code.std(axis=2))),
    ("positions and channels are swapped", lambda code: (mean_of(code), np.cov(flat(code)))),
    ("positions and channels are swapped", lambda code: (mean_of(code), np.cov(flat(code), bias=True))),
    ("positions and channels are swapped", lambda code: (mean_of(code), across(code))),
    ("positions and channels are swapped", lambda code: (mean_of(code), across(code) / len(flat(code)))),
    ("last axis holds the channels", lambda code: moments_along(code.reshape(-1, code.shape[0]))),
    ("last axis holds the channels", lambda code: moments_along(code.reshape(-1, code.shape[1]))),
    ("mixes them", moments_channels_mixed),
    ("the mean comes first", lambda code: moments_with_cov(code)[::-1]),
]


# --- adain


def adain_plain(content, style):
    mean_c, mean_s = content.mean(axis=(0, 1)), style.mean(axis=(0, 1))
    return style.std(axis=(0, 1)) / content.std(axis=(0, 1)) * (content - mean_c) + mean_s


def adain_with_epsilon(content, style):
    mean_c, var_c = content.mean((0, 1)), content.var((0, 1))
    mean_s, var_s = style.mean((0, 1)), style.var((0, 1))
    return (content - mean_c) / np.sqrt(var_c + 1e-5) * np.sqrt(var_s + 1e-5) + mean_s


def adain_channel_by_channel(content, style):
    result = np.empty_like(content)
    for channel in range(content.shape[2]):
        c, s = content[..., channel], style[..., channel]
        result[..., channel] = s.std() * (c - c.mean()) / c.std() + s.mean()
    return result


def adain_flattened(content, style):
    c, s = content.reshape(-1, content.shape[-1]), style.reshape(-1, style.shape[-1])
    return ((c - c.mean(0)) / c.std(0) * s.std(0) + s.mean(0)).reshape(content.shape)


def adain_single_precision(content, style):
    return adain_plain(content.astype("float32"), style.astype("float32"))


def adain_from_the_package(content, style):
    return transforms.adain(transforms.moments(content), transforms.moments(style))(content)


def adain_that_prints(content, style):
    print("content", content.shape, "style", style.shape)
    return adain_plain(content, style)


ADAIN_RIGHT = [
    adain_plain, adain_with_epsilon, adain_channel_by_channel, adain_flattened, adain_single_precision,
    adain_from_the_package, adain_that_prints, lambda content, style: adain_plain(content, style).tolist(),
]


def m(code):
    return code.mean(axis=(0, 1))


def d(code):
    return code.std(axis=(0, 1))


def adain_with_unbiased_variances(content, style):
    def deviation(code):
        points = code.reshape(-1, code.shape[-1])
        return np.sqrt(((points - points.mean(0)) ** 2).sum(0) / (len(points) - 1))

    return deviation(style) * (content - m(content)) / deviation(content) + m(style)


def adain_along(axis):
    def adain(content, style):
        mean_c, std_c = content.mean(axis, keepdims=True), content.std(axis, keepdims=True)
        return (content - mean_c) / std_c * style.std(axis, keepdims=True) + style.mean(axis, keepdims=True)

    return adain


ADAIN_WRONG = [
    ("the content came back", lambda content, style: content * 1.0),
    ("the style came back", lambda content, style: style.copy()),
    ("content and style are swapped", lambda content, style: adain_plain(style, content)),
    ("you scaled by variances", lambda c, s: s.var((0, 1)) / c.var((0, 1)) * (c - m(c)) + m(s)),
    ("the style's mean was not added", lambda c, s: d(s) / d(c) * (c - m(c))),
    ("the content's mean was added", lambda c, s: d(s) / d(c) * (c - m(c)) + m(c)),
    ("the content's mean was not subtracted", lambda c, s: d(s) / d(c) * c + m(s)),
    ("the style's mean was subtracted", lambda c, s: d(s) / d(c) * (c - m(s)) + m(s)),
    ("upside down", lambda c, s: d(c) / d(s) * (c - m(c)) + m(s)),
    ("you normalised the content and stopped", lambda c, s: (c - m(c)) / d(c)),
    ("the style's deviation is missing", lambda c, s: (c - m(c)) / d(c) + m(s)),
    ("the content's deviation is missing", lambda c, s: d(s) * (c - m(c)) + m(s)),
    ("the deviations did not", lambda c, s: c - m(c) + m(s)),
    ("a parenthesis is missing", lambda c, s: d(s) * c - m(c) / d(c) + m(s)),
    ("ddof=1", lambda c, s: s.std((0, 1), ddof=1) / c.std((0, 1), ddof=1) * (c - m(c)) + m(s)),
    ("ddof=1", adain_with_unbiased_variances),
    ("one mean over everything", lambda c, s: s.std() / c.std() * (c - c.mean()) + s.mean()),
    ("along one axis", lambda c, s: s.std(axis=0) * (c - c.mean(axis=0)) / c.std(axis=0) + s.mean(axis=0)),
    ("along one axis", adain_along(0)),
    ("along one axis", adain_along(1)),
    ("runs over the channels", adain_along(2)),
    ("the code was clipped", lambda c, s: np.clip(adain_plain(c, s), 0, 1)),
]


# --- coarse to fine


def paint_plain(stylizer, photo, style):
    picture = photo
    for level in range(stylizer.num_levels, 0, -1):
        code = stylizer.encode(picture, level)
        move = transforms.optimal_transport(transforms.moments(code), style.moments[level - 1])
        picture = stylizer.decode(move(code), level)
    return picture


def paint_with_while(stylizer, photo, style):
    level = len(style.moments)
    while level:
        code = stylizer.encode(photo, level)
        move = transforms.METHODS["optimal_transport"](transforms.moments(code), style.moments[level - 1])
        photo = stylizer.decode(move(code, 1.0), level)
        level -= 1
    return photo


def paint_by_recursion(stylizer, photo, style, level=1):
    deeper = photo if level == stylizer.num_levels else paint_by_recursion(stylizer, photo, style, level + 1)
    code = stylizer.encode(deeper, level)
    return stylizer.decode(
        transforms.optimal_transport(transforms.moments(code), style.moments[level - 1])(code), level
    )


def paint_zipped(stylizer, photo, style):
    for level, target in reversed(list(enumerate(style.moments, start=1))):
        code = stylizer.encode(photo, level)
        photo = stylizer.decode(transforms.optimal_transport(transforms.moments(code), target)(code), level)
    return photo


def paint_as_list(stylizer, photo, style):
    return paint_plain(stylizer, photo, style).astype(np.float64).tolist()


PAINT_RIGHT = [
    paint_plain, paint_with_while, paint_by_recursion, paint_zipped, paint_as_list,
    lambda stylizer, photo, style: stylizer(photo, style, level_alpha={1: 1, 2: 1, 3: 1}),
    lambda stylizer, photo, style: stylizer.canvas(photo, style).paint(level_alpha=dict.fromkeys([1, 2, 3], 1.0)),
]


def fine_to_coarse(stylizer, photo, style):
    picture = photo
    for level in range(1, stylizer.num_levels + 1):
        code = stylizer.encode(picture, level)
        move = transforms.optimal_transport(transforms.moments(code), style.moments[level - 1])
        picture = stylizer.decode(move(code), level)
    return picture


def always_from_the_photo(stylizer, photo, style):
    for level in range(stylizer.num_levels, 0, -1):
        code = stylizer.encode(photo, level)
        move = transforms.optimal_transport(transforms.moments(code), style.moments[level - 1])
        picture = stylizer.decode(move(code), level)
    return picture


def not_moved(stylizer, photo, style):
    picture = photo
    for level in range(stylizer.num_levels, 0, -1):
        code = stylizer.encode(picture, level)
        move = transforms.optimal_transport(transforms.moments(code), style.moments[level - 1])
        move(code)
        picture = stylizer.decode(code, level)
    return picture


def nothing_kept(stylizer, photo, style):
    picture = photo
    for level in range(stylizer.num_levels, 0, -1):
        code = stylizer.encode(picture, level)
        move = transforms.optimal_transport(transforms.moments(code), style.moments[level - 1])
        stylizer.decode(move(code), level)
    return picture


def return_in_the_loop(stylizer, photo, style):
    picture = photo
    for level in range(stylizer.num_levels, 0, -1):
        code = stylizer.encode(picture, level)
        move = transforms.optimal_transport(transforms.moments(code), style.moments[level - 1])
        picture = stylizer.decode(move(code), level)
        return picture


def over(levels, *, place=lambda level: level - 1, method=transforms.optimal_transport):
    """A walk like the plain one, over `levels(num_levels)`, that takes the style's moments from `place(level)`."""

    def paint(stylizer, photo, style):
        picture = photo
        for level in levels(stylizer.num_levels):
            code = stylizer.encode(picture, level)
            move = method(transforms.moments(code), style.moments[place(level)])
            picture = stylizer.decode(move(code), level)
        return picture

    return paint


def swapped(content, style):
    return transforms.optimal_transport(style, content)


PAINT_WRONG = [
    ("the photo came back", nothing_kept),
    ("the code was not moved", not_moved),
    ("the code was not moved", lambda stylizer, photo, style: stylizer(photo, style, alpha=0)),
    ("fine to coarse", fine_to_coarse),
    ("began again from the photo", always_from_the_photo),
    ("level 1 is missing", over(lambda n: range(n, 1, -1))),
    ("the deepest level is missing", over(lambda n: range(n - 1, 0, -1))),
    ("the deepest level is missing", over(lambda n: range(1, n))),
    ("is the return inside the loop", return_in_the_loop),
    ("levels count from 1", over(lambda n: reversed(range(n)))),
    ("levels count from 1", over(range)),
    ("levels count from 1", over(lambda n: range(n - 1, -1, -1), place=lambda level: level)),
    ("levels count from 1", over(range, place=lambda level: level)),
    ("style.moments counts from 0", over(lambda n: range(n, 0, -1), place=lambda level: level)),
    ("style.moments counts from 0", over(lambda n: range(1, n + 1), place=lambda level: level)),
    ("content and style are swapped", over(lambda n: range(n, 0, -1), method=swapped)),
    ("that is the map of AdaIN", over(lambda n: range(n, 0, -1), method=transforms.adain)),
    ("that is whitening-colouring", over(lambda n: range(n, 0, -1), method=transforms.whitening_coloring)),
    ("that is the map of Cholesky", over(lambda n: range(n, 0, -1), method=transforms.cholesky)),
    ("holds back at the deeper levels", lambda stylizer, photo, style: stylizer(photo, style)),
]

RIGHT = {"code_shape": CODE_SHAPE_RIGHT, "moments": MOMENTS_RIGHT, "adain": ADAIN_RIGHT, "paint": PAINT_RIGHT}
WRONG = {"code_shape": CODE_SHAPE_WRONG, "moments": MOMENTS_WRONG, "adain": ADAIN_WRONG, "paint": PAINT_WRONG}
ALL_RIGHT = [(name, answer) for name in RIGHT for answer in RIGHT[name]]
ALL_WRONG = [(name, words, answer) for name in WRONG for words, answer in WRONG[name]]


def title(value):
    return value.replace(" ", "_") if isinstance(value, str) else getattr(value, "__name__", "")


@pytest.mark.parametrize(("name", "answer"), ALL_RIGHT, ids=title)
def test_right_answer_in_any_style_passes(name, answer):
    result = JUDGES[name](answer)
    assert result.passed, result
    assert repr(result) == f"✓ passed: {EXERCISES[name]().praise}"


@pytest.mark.parametrize(("name", "words", "answer"), ALL_WRONG, ids=title)
def test_known_mistake_gets_its_own_diagnosis(name, words, answer):
    result = JUDGES[name](answer)
    assert result.outcome == "not yet"
    assert words in result.reason, result


@pytest.mark.parametrize(("name", "words", "answer"), ALL_WRONG, ids=title)
def test_known_mistake_is_told_from_every_other(name, words, answer):
    """The cases separate the mistakes: an answer agrees with those of one diagnosis and with no others."""
    exercise = EXERCISES[name]()
    tried = exercise._try(answer)
    found = {diagnosis for diagnosis, wrong in exercise._known[1] if exercise._agree(tried, wrong)}
    assert len(found) == 1, found
    assert not exercise._agree(tried, exercise._known[0])


@pytest.mark.parametrize("name", EXERCISES)
def test_every_diagnosis_has_a_learner_who_needs_it(name):
    given = {JUDGES[name](answer).reason for _, answer in WRONG[name]}
    assert given == set(EXERCISES[name]().mistakes)


@pytest.mark.parametrize("name", EXERCISES)
def test_lambdas_of_a_judge_are_told_apart_too(name):
    """No variant of one diagnosis behaves like a variant of another, nor like the truth."""
    exercise = EXERCISES[name]()
    truth, mistakes = exercise._known
    for diagnosis, wrong in mistakes:
        whole = [each for each in wrong if not _has_gap(each.value)]
        if len(whole) < len(wrong):
            continue  # a part of it may be anything; the answers above are whole
        assert not exercise._agree(wrong, truth), diagnosis
        assert {other for other, theirs in mistakes if exercise._agree(wrong, theirs)} == {diagnosis}


def _has_gap(value):
    return isinstance(value, tuple) and any(part is ... for part in value)


def test_float_sizes_are_no_shape():
    result = checks.code_shape(lambda h, w, level, c: (h / 2 ** (level - 1), w / 2 ** (level - 1), c[level - 1]))
    assert "// divides without a rest" in result.reason and not result.passed


# --- not tried yet


def stub(*arguments):
    raise NotImplementedError


def half_written(stylizer, photo=None, style=None, widths=None):
    raise NotImplementedError("moments goes here")


@pytest.mark.parametrize("name", JUDGES)
@pytest.mark.parametrize("answer", [None, ..., stub], ids=["None", "Ellipsis", "stub"])
def test_unwritten_answer_is_not_tried_yet(name, answer):
    result = JUDGES[name](answer)
    assert result.outcome == "not tried yet"
    assert repr(result).startswith(f"○ not tried yet: write {name}")


def test_answer_that_is_written_for_some_cases_only_is_not_tried_yet():
    def shape(height, width, level, widths):
        if level == 1:
            return height, width, widths[0]
        raise NotImplementedError

    assert checks.code_shape(shape).outcome == "not tried yet"


# --- crashing answers


def misspelled(code):
    points = code.reshape(-1, code.shape[-1])

    return points.meen(axis=0), points


class Grumble(Exception):
    def __str__(self):
        raise RuntimeError("no comment")


CRASHES = {
    "its own error": (lambda code: 1 / 0, "stopped in line {} with ZeroDivisionError: division by zero"),
    "a misspelled name": (misspelled, "in line {} with AttributeError: 'numpy.ndarray' object has no attribute 'meen'"),
    "too few arguments": (lambda: 0, "with TypeError: <lambda>() takes 0 positional arguments but 1 was given"),
    "too many arguments": (lambda code, other: 0, "with TypeError: <lambda>() missing 1 required positional"),
    "an error without words": (lambda code: _raise(KeyError()), "with KeyError"),
    "an error in many lines": (lambda code: _raise(ValueError("first\n  second")), "with ValueError: first second"),
    "an error with an address": (lambda code: _raise(ValueError(f"bad {object()}")), "ValueError: bad <object object>"),
    "an error that cannot speak": (lambda code: _raise(Grumble()), "with Grumble: …"),
    "an endless error": (lambda code: _raise(ValueError("x" * 100_000)), "with ValueError: xxx"),
    "exit": (lambda code: sys.exit(3), "with SystemExit: 3"),
    "endless recursion": (lambda code: CRASHES["endless recursion"][0](code), "with RecursionError"),
}


def _raise(error):
    raise error


@pytest.mark.parametrize("case", CRASHES)
def test_crash_is_reported_with_its_message(case):
    answer, words = CRASHES[case]
    result = checks.moments(answer)
    line = answer.__code__.co_firstlineno + (3 if answer is misspelled else 0)
    assert result.outcome == "not yet"
    assert result.reason.startswith("moments stopped")
    assert words.format(line) in result.reason
    assert len(result.reason) < 400


def test_interrupt_of_the_reader_is_not_swallowed():
    with pytest.raises(KeyboardInterrupt):
        checks.moments(lambda code: _raise(KeyboardInterrupt()))


def test_crash_on_one_case_only_is_still_diagnosed_by_the_others():
    """widths[level] is right for no level and an error at the deepest: both together are the diagnosis."""

    def shape(height, width, level, widths):
        factor = 2 ** (level - 1)
        return height // factor, width // factor, widths[level]

    def with_another_error(height, width, level, widths):
        return shape(height, width, level, widths) if level < len(widths) else _raise(KeyError(level))

    def with_other_values(height, width, level, widths):
        return shape(height, 2 * width, level, widths)

    assert "widths counts from 0" in checks.code_shape(shape).reason
    assert "KeyError" in checks.code_shape(with_another_error).reason
    assert "IndexError" in checks.code_shape(with_other_values).reason


def test_crash_with_the_words_of_another_is_not_taken_for_a_known_mistake():
    result = checks.coarse_to_fine(lambda stylizer, photo, style: [1, 2][7])
    assert "stopped" in result.reason and "style.moments counts" not in result.reason


# --- hostile answers


class Prickly:
    """Raises whatever is asked of it."""

    def __array__(self, *arguments, **options):
        raise RuntimeError("no array today")

    def __repr__(self):
        raise RuntimeError("no words today")

    __str__ = __eq__ = __len__ = __iter__ = __float__ = __bool__ = __array__
    __hash__ = None


class Endless:
    """A sequence that says it is short, and never ends."""

    asked = 0

    def __getitem__(self, index):
        self.asked += 1
        if self.asked > 1000:
            raise MemoryError
        return 0.0

    def __len__(self):
        return 3


def endless(*arguments):
    while True:
        yield 0.0


async def later(*arguments):
    return 0.0


def itself():
    knot = []
    knot.append(knot)
    return knot


VALUES = {
    "None": None,
    "text": "0.5",
    "three texts": ("64", "96", "32"),
    "bytes": b"abc",
    "a dict": {"mean": 0},
    "a set": {1.0, 2.0},
    "NaN": math.nan,
    "three NaN": (math.nan, math.nan, math.nan),
    "infinity": np.inf,
    "a picture of NaN": np.full((16, 24, 3), np.nan, np.float32),
    "a code of infinities": np.full((4, 5, 3), -np.inf),
    "moments of NaN": (np.full(3, np.nan), np.full((3, 3), np.nan)),
    "a function": np.mean,
    "a lambda": lambda: 0,
    "a class": dict,
    "a module": np,
    "an object": object(),
    "a prickly object": Prickly(),
    "two prickly objects": (Prickly(), Prickly()),
    "three prickly objects": [Prickly(), Prickly(), Prickly()],
    "an endless sequence": Endless(),
    "a list of lists that do not fit": [[1.0], [2.0, 3.0]],
    "a list that holds itself": itself(),
    "a range": range(10**12),
    "a huge array": np.broadcast_to(np.float32(0), (10**6, 10**6)),
    "two huge arrays": (np.broadcast_to(np.float32(0), (10**6, 10**6)),) * 2,
    "a huge number": 10**5000,
    "an empty array": np.zeros((0, 3)),
    "an empty list": [],
    "an empty tuple": (),
    "objects in an array": np.array([None, object()], dtype=object),
    "texts in an array": np.full((4, 5, 3), "x"),
    "dates in an array": np.full((4, 5, 3), np.datetime64("2020-01-01")),
    "complex numbers": np.full((4, 5, 3), 1 + 2j),
    "structures": np.zeros(3, dtype=[("a", float)]),
    "a fraction": Fraction(1, 3),
    "a longdouble": np.longdouble(1) / 3,
    "an exception": ValueError("lost"),
    "a mock": MagicMock(),
    "Ellipsis": ...,
    "NotImplemented": NotImplemented,
}


def is_array(value):
    return isinstance(value, np.ndarray)


def constantly(value):
    return lambda *arguments: value


ANSWERS = {
    **{f"returns {name}": constantly(value) for name, value in VALUES.items()},
    **{f"is {name}": value for name, value in VALUES.items() if value is not None and value is not ...},
    "yields without end": endless,
    "is a coroutine": later,
    "is a mock": MagicMock(),
    "is a partial": functools.partial(max, 0),
    "prints": lambda *arguments: print("hello"),
    "returns a stack of itself": lambda *arguments: (arguments, arguments, arguments),
    "shrinks what it is given": lambda *arguments: [a.resize(0, refcheck=False) for a in arguments if is_array(a)],
}


def is_stable(text):
    return "\n" not in text and "0x" not in text and len(text) < 1200


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize("name", JUDGES)
@pytest.mark.parametrize("case", ANSWERS)
def test_hostile_answer_gets_a_verdict_in_one_stable_line(name, case):
    first, second = (repr(JUDGES[name](ANSWERS[case])) for _ in range(2))
    assert first == second
    assert first.startswith("✗ not yet, because ") and is_stable(first), first


def test_hostile_answers_are_described_in_words():
    words = {
        "returns None": "moments returned nothing: is the return missing?",
        "yields without end": "moments returned a generator: write return where it says yield",
        "returns a function": "moments should return 2 values; received a function",
        "returns a huge array": "moments should return 2 values; received an array of shape (1000000, 1000000)",
        "returns a list that holds itself": "moments stopped with RecursionError",
        "returns a class": "moments should return 2 values; received a value of type type",
        "returns two prickly objects":
            "value 1 of moments returned a value of type Prickly, expected numbers of shape (3,)",
        "returns moments of NaN":
            "value 1 of moments returned nan at (0,), expected -3.042: was something divided by zero?",
        "returns three texts": "moments should return 2 values; received a tuple of 3 values",
        "is text": "moments should be a function; received '0.5'",
        "is a huge number": "moments should be a function; received a very large number",
    }
    for case, reason in words.items():
        assert re.sub(r"expected -?\d.\d+", "expected -3.042", checks.moments(ANSWERS[case]).reason).startswith(reason)


def test_sequence_without_end_is_never_walked():
    sequence = Endless()
    assert compare.numbers(sequence) is None
    assert not sequence.asked


def test_text_that_looks_like_a_number_is_none():
    answer = checks.code_shape(lambda h, w, level, c: tuple(str(size) for size in shape_with_a_loop(h, w, level, c)))
    assert answer.reason == "value 1 of code_shape returned '32', expected a number"


def test_wrong_number_shape_and_value_are_named():
    mean, covariance = moments_with_cov, moments_with_einsum
    reason = checks.moments(lambda code: code.mean(0)).reason
    assert reason == "moments should return 2 values; received an array of shape (5, 3)"
    reason = checks.moments(lambda code: (mean(code)[0][None], covariance(code)[1])).reason
    assert reason == "value 1 of moments returned shape (1, 3), expected (3,)"
    reason = checks.moments(lambda code: (mean(code)[0], covariance(code)[1] + np.eye(3)[2] * np.eye(3))).reason
    assert re.fullmatch(r"value 2 of moments returned [-\d.]+ at \(2, 2\), expected [-\d.]+", reason)


def test_unexplained_mistake_gets_the_hint():
    assert checks.adain(lambda c, s: adain_plain(c, s) + 1).reason.endswith("come from axis=(0, 1)")
    assert "walk the levels" in checks.coarse_to_fine(lambda stylizer, photo, style: 1 - photo).reason


# --- the truth is out of reach


def adain_in_place(content, style):
    content -= content.mean(axis=(0, 1))
    content /= content.std(axis=(0, 1))
    content *= style.std(axis=(0, 1))
    content += style.mean(axis=(0, 1))
    return content


def test_change_of_an_argument_is_seen_and_said():
    assert "adain changes the array that it is given" in checks.adain(adain_in_place).reason
    assert checks.adain(lambda content, style: adain_in_place(content.copy(), style)).passed


def vandal(*arguments):
    """Writes into everything that it is given, as deep as it can reach."""
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            argument[...] = 0
        elif isinstance(argument, list):
            argument.clear()
        elif hasattr(argument, "moments"):
            for each in argument.moments:
                each.mean[...], each.covariance[...] = 0, 0
        elif isinstance(argument, Stylizer):
            argument.num_levels, argument.encode = 1, None
    return 0.0


@pytest.mark.parametrize("name", JUDGES)
def test_no_answer_can_change_what_the_next_one_is_compared_with(name):
    before = EXERCISES[name]()._known[0]
    assert not JUDGES[name](vandal).passed
    after = EXERCISES[name]()._try(EXERCISES[name]().truth)
    assert EXERCISES[name]()._agree(after, before)
    assert JUDGES[name](RIGHT[name][0]).passed


def test_vandal_who_comes_first_changes_nothing():
    fresh = verdict.Exercise("total", np.sum, [(np.ones(3),)], {"zero": lambda array: 0.0})
    assert fresh.judge(vandal).reason == "zero"
    assert fresh.judge(sum).passed


class Box:
    def __init__(self):
        self.content = [1, 2, 3]


def test_vandal_who_empties_what_is_shared_does_not_make_himself_right():
    box = Box()
    count = verdict.Exercise("count", lambda box: len(box.content), [(box,)], {}, shared=(box,))
    assert not count.judge(lambda box: box.content.clear() or 0).passed


def test_mistake_of_one_exercise_does_not_hide_a_wrong_result_of_another_case():
    exercise = verdict.Exercise("double", lambda x: 2 * x, [(2.0,), (3.0,)], {"you squared it": lambda x: x * x})
    assert exercise.judge(lambda x: 4.0).reason == "double returned 4, expected 6"
    assert exercise.judge(lambda x: x**2).reason == "you squared it"


# --- the words of a verdict


def test_verdict_reads_as_a_sentence():
    assert repr(checks.Verdict("passed")) == "✓ passed"
    assert repr(checks.Verdict("not tried yet", "a\n  b")) == "○ not tried yet: a b"
    assert repr(checks.Verdict("not yet", f"{object()}")) == "✗ not yet, because <object object>"
    assert checks.Verdict("passed").passed and not checks.Verdict("not yet").passed


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_any_value_is_described_in_one_stable_line(value):
    assert is_stable(compare.describe(value)) and len(compare.describe(value)) <= 80


# --- quiz


KEYS = {lesson: {question: letter for question, (letter, _) in key.items()} for lesson, key in QUIZZES.items()}


@pytest.mark.parametrize("lesson", KEYS)
@pytest.mark.parametrize("spell", [str, str.upper, " {} ".format, "{})".format, "({}).".format])
def test_right_letters_pass_in_any_spelling(lesson, spell):
    result = checks.quiz(lesson, **{question: spell(letter) for question, letter in KEYS[lesson].items()})
    assert result.passed, result


@pytest.mark.parametrize(("lesson", "question"), [(lesson, q) for lesson in KEYS for q in KEYS[lesson]])
def test_wrong_letter_names_the_question_and_its_section_but_not_the_letter(lesson, question):
    wrong = {letter for letter in "abc" if letter != KEYS[lesson][question]}
    reasons = {checks.quiz(lesson, **{**KEYS[lesson], question: letter}).reason for letter in wrong}
    assert len(reasons) == 1
    reason = reasons.pop()
    assert reason.startswith(f"{question}: ") and "«" in reason
    assert [other for other in KEYS[lesson] if f"{other}:" in reason] == [question]
    assert not re.search(rf"(?<![\w'’]){KEYS[lesson][question]}\)", reason)


def test_all_wrong_letters_are_named_in_full():
    result = checks.quiz("07", q1="a", q2="a", q3="b", q4="c")
    assert all(QUIZZES["07"][question][1] in repr(result) for question in KEYS["07"])


@pytest.mark.parametrize("nothing", [None, ..., "", "  "])
def test_open_questions_are_listed(nothing):
    result = checks.quiz("00", q1="b", q2=nothing, q3=nothing)
    assert repr(result) == "○ not tried yet: answer q2, q3 with a letter"


@pytest.mark.parametrize("case", [case for case in VALUES if case not in ("None", "Ellipsis")])
def test_answer_that_is_no_letter_is_said_to_be_none(case):
    result = repr(checks.quiz("00", q1="b", q2=VALUES[case], q3="a"))
    assert result.startswith("✗ not yet, because q2: answer with one letter; received ") and is_stable(result)


def test_quiz_refuses_lessons_and_questions_that_do_not_exist():
    with pytest.raises(ValueError, match="lesson must be one of 00, .*10; received '99'"):
        checks.quiz("99")
    with pytest.raises(ValueError, match="answers must be q1, q2, q3; received q1"):
        checks.quiz("00", q1="a")
    with pytest.raises(ValueError, match="received none"):
        checks.quiz("00")


def notebook(lesson):
    (path,) = NOTEBOOKS.glob(f"{lesson}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


@pytest.mark.parametrize("lesson", KEYS)
def test_sections_to_read_again_exist_in_the_lesson(lesson):
    headings = {re.sub(r"^#+ (\d+\. )?", "", line) for line in notebook(lesson).splitlines() if line.startswith("#")}
    named = {section for _, reason in QUIZZES[lesson].values() for section in re.findall(r"«(.+?)»", reason)}
    assert named and named <= headings


@pytest.mark.parametrize("lesson", KEYS)
def test_quiz_has_as_many_questions_as_the_lesson_asks(lesson):
    section = notebook(lesson).split("## Quiz")[1].split("## Sources")[0]
    assert len(re.findall(r"(?m)^\d+\. ", section)) == len(KEYS[lesson])
    assert len(re.findall(r"\*\*[abc]\*\*", section)) == 3 * len(KEYS[lesson])


# --- guess


@pytest.mark.parametrize("value", [90, 90.0, "90", " 90 ", np.float32(90), np.array(90), Fraction(90)])
def test_close_guess_passes(value):
    assert repr(checks.guess(value, 100, unit="dB")) == "✓ passed: close: you said 90 dB, it is 100 dB"


@pytest.mark.parametrize(("value", "direction"), [(50, "more"), (-100, "more"), (126, "less"), (1e9, "less")])
def test_guess_far_off_is_told_the_direction(value, direction):
    result = checks.guess(value, 100)
    assert result.outcome == "not yet" and f"{direction} than you thought" in result.reason


@pytest.mark.parametrize(("value", "passed"), [(75, True), (125, True), (74.9, False), (125.1, False)])
def test_guess_is_close_within_the_tolerance(value, passed):
    assert checks.guess(value, 100).passed is passed


def test_negative_truth_has_a_tolerance_too():
    assert checks.guess(-9, -10).passed and not checks.guess(9, -10).passed


@pytest.mark.parametrize("value", [None, ...])
def test_no_guess_is_not_tried_yet(value):
    assert checks.guess(value, 3).outcome == "not tried yet"


GUESSES = {"None", "Ellipsis", "text", "a fraction", "a longdouble", "a mock"}
NO_NUMBERS = {case: value for case, value in VALUES.items() if case not in GUESSES}
NO_NUMBERS |= {"words": "about 90", "True": True, "1j": 1j}


@pytest.mark.parametrize("value", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_guess_that_is_no_number_is_said_to_be_none(value):
    result = checks.guess(value, 100)
    assert result.outcome == "not yet"
    assert result.reason.startswith("a guess is a number; received ") and is_stable(repr(result))


# --- painted


@pytest.fixture(scope="module")
def photo():
    return data.load_photo("macaw", max_side=128)


@pytest.fixture(scope="module")
def stylizer():
    return Stylizer.load()


@pytest.fixture(scope="module")
def painting():
    return data.load_painting("cafe_terrace", max_side=128)


def test_painted_photo_passes(stylizer, photo, painting):
    for alpha in (0.4, 0.9):
        result = checks.painted(stylizer(photo, painting, alpha=alpha), photo)
        assert repr(result) == "✓ passed: your first painting"


def test_light_touch_of_paint_is_enough(stylizer, photo, painting):
    assert checks.painted(stylizer(photo, painting, alpha=0.15), photo).passed


def test_photo_itself_is_not_painted(photo):
    for picture in (photo, photo.copy(), photo.astype(np.float64), (photo * 255).round() / 255):
        assert "this is still the photo" in checks.painted(picture, photo).reason


@pytest.mark.parametrize("name", ["macaw", "chambord", "koala"])
def test_reconstruction_is_not_painted(stylizer, painting, name):
    """However far from the photo the autoencoder alone may lead."""
    photo = data.load_photo(name, max_side=96)
    for picture in (stylizer(photo, painting, alpha=0), stylizer.reconstruct(photo)):
        assert "without style: was alpha 0?" in checks.painted(picture, photo).reason


PICTURES = {
    "None": (None, "paint a picture first"),
    "Ellipsis": (..., "paint a picture first"),
    "a list": (lambda p: p.tolist(), "a picture is an array (height, width, 3) of numbers; yours is a list of"),
    "grey": (lambda p: p[..., 0], "yours is an array of shape ("),
    "a batch": (lambda p: p[None], "yours is an array of shape (1, "),
    "turned": (lambda p: p.swapaxes(0, 1), "the photo comes first, the painting second"),
    "smaller": (lambda p: p[::2, ::2], "a painted photo keeps its shape"),
    "four channels": (lambda p: p[..., [0, 1, 2, 0]], "a painted photo keeps its shape"),
    "bytes": (lambda p: (p * 255).astype(np.uint8), "values should lie in [0, 1]; yours go from 0 to 2"),
    "negative": (lambda p: p - 0.5, "values should lie in [0, 1]; yours go from -0.5"),
    "NaN": (lambda p: p * np.nan, "no numbers (NaN or infinity)"),
    "one NaN": (lambda p: np.where(np.arange(p.size).reshape(p.shape) == 7, np.nan, 1 - p), "no numbers"),
    "infinite": (lambda p: p + np.inf, "no numbers"),
    "black": (lambda p: p * 0, "one colour only"),
    "one colour": (lambda p: np.broadcast_to([0.1, 0.2, 0.9], p.shape), "one colour only"),
    "text": ("picture.png", "yours is 'picture.png'"),
    "texts": (lambda p: np.full(p.shape, "a"), "yours is an array of shape"),
    "objects": (lambda p: np.full(p.shape, None), "yours is an array of shape"),
    "complex": (lambda p: p + 1j, "yours is an array of shape"),
    "empty": (np.zeros((0, 0, 3)), "yours is an array of shape (0, 0, 3)"),
    "huge": (np.broadcast_to(np.float32(0), (10**6, 10**6, 3)), "a painted photo keeps its shape"),
    "a function": (lambda p: np.mean, "yours is a function"),
    "prickly": (Prickly(), "yours is a value of type Prickly"),
}


@pytest.mark.parametrize("case", PICTURES)
def test_what_is_not_a_painted_picture_is_told_why(case, photo):
    make, words = PICTURES[case]
    picture = make(photo) if callable(make) else make
    result = checks.painted(picture, photo)
    assert not result.passed and words in result.reason, result
    assert is_stable(repr(result))
    assert (result.outcome == "not tried yet") == (case in ("None", "Ellipsis"))


@given(hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(max_dims=4, max_side=5)))
@settings(max_examples=50)
def test_any_array_gets_a_verdict(array):
    other = np.linspace(0, 1, 75, dtype=np.float32).reshape(5, 5, 3)
    for pair in [(array, array), (array, other), (other, array)]:
        assert is_stable(repr(checks.painted(*pair)))


@pytest.mark.parametrize("spoil", [lambda p: p * np.nan, lambda p: p[..., :2], lambda p: p[..., [0, 1, 2, 0]]])
def test_photo_that_no_one_can_paint_is_named(photo, spoil):
    assert "the photo should have 3 channels and no NaN" in checks.painted(photo, spoil(photo)).reason


@pytest.mark.parametrize("value", [None, "macaw", np.zeros((4, 4)), Prickly()], ids=["None", "text", "grey", "prickly"])
def test_photo_that_is_none_is_named(value, photo):
    assert checks.painted(1 - photo, value).reason.startswith("a photo is an array (height, width, 3)")


def test_photo_of_bytes_is_compared_as_a_picture(photo):
    as_bytes = (photo * 255).round().astype(np.uint8)
    assert "this is still the photo" in checks.painted(photo, as_bytes).reason
    assert checks.painted(1 - photo, as_bytes).passed

