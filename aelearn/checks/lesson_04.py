"""Judges of lesson 04: the error of a PCA, dead units, and error per class."""

import numpy as np

from aelearn.checks.verdict import Exercise


def pca_error(answer):
    """Judge `pca_error(variances, latent_size)`: the mean squared error of a PCA, from its variances alone.

    Args:
        answer: the reader's function of an array `(values,)`, largest first, and an int; returns a number.

    Returns:
        `Verdict`.

    Example:
        >>> pca_error(lambda variances, latent_size: variances[latent_size:].sum())
        ✗ not yet, because that is the error summed over the pixels: divide by their number, len(variances)
    """
    return _PCA_ERROR.judge(answer)


def dead_units(answer):
    """Judge `dead_units(codes)`: which units of a rectified code are 0 for every picture.

    Args:
        answer: the reader's function of an array `(number, units)` of 0 or more; returns bools `(units,)`.

    Returns:
        `Verdict`.

    Example:
        >>> dead_units(lambda codes: codes[0] == 0)
        ✗ not yet, because you looked at one picture: a unit that rests for one is not dead, it must be 0 for all
    """
    return _DEAD_UNITS.judge(answer)


def per_class_error(answer):
    """Judge `per_class_error(target, prediction, labels)`: the mean squared error of every class.

    Args:
        answer: the reader's function of two arrays `(number, height, width, channels)` and ints `(number,)`; returns
            one number per class, in order or as a dict from class to number.

    Returns:
        `Verdict`.

    Example:
        >>> per_class_error(lambda x, y, labels: [((x - y) ** 2)[labels == c].sum() for c in range(3)])
        ✗ not yet, because you summed over pictures and pixels: each class needs its mean
    """
    return _PER_CLASS_ERROR.judge(_Listed(answer) if callable(answer) else answer)


_random = np.random.default_rng(4)
_VARIANCES = np.sort(_random.gamma(0.7, size=12))[::-1].copy()

_PCA_ERROR = Exercise(
    name="pca_error",
    truth=lambda variances, k: variances[k:].sum() / len(variances),
    cases=[(_VARIANCES, 3), (_VARIANCES[:7] * 2, 2), (_VARIANCES, 11)],
    mistakes={
        "that is the error summed over the pixels: divide by their number, len(variances)":
            lambda v, k: v[k:].sum(),
        "you took the mean of the variances left out; the error is spread over all pixels: divide by len(variances)": (
            lambda v, k: v[k:].mean(),
            lambda v, k: v[k:].sum() / max(len(v) - k, 1),
        ),
        "you divided by the size of the code; divide by the number of pixels, len(variances)":
            lambda v, k: v[k:].sum() / k,
        "that is what the code keeps; the error is what it leaves out, variances[latent_size:]": (
            lambda v, k: v[:k].sum() / len(v),
            lambda v, k: v[:k].sum(),
            lambda v, k: v[:k].mean(),
        ),
        "that is the share of the variance that is lost; the error is in squared gray values: divide by len(variances)":
            lambda v, k: v[k:].sum() / v.sum(),
        "that is the share of the variance that is kept": lambda v, k: v[:k].sum() / v.sum(),
        "variances come largest first: the code keeps the first ones, and the last ones are lost": (
            lambda v, k: v[::-1][k:].sum() / len(v),
            lambda v, k: v[: len(v) - k].sum() / len(v),
        ),
        "a code of k numbers keeps variances[0] to variances[k - 1]; what is left out starts at variances[k]":
            (lambda v, k: v[k + 1 :].sum() / len(v), lambda v, k: v[k - 1 :].sum() / len(v)),
        "a variance is squared already: add them up as they are":
            (lambda v, k: (v[k:] ** 2).sum() / len(v), lambda v, k: np.sqrt(v[k:]).sum() / len(v)),
        "that is the root of the error; the squared error has no root":
            lambda v, k: np.sqrt(v[k:].sum() / len(v)),
    },
    praise="no picture encoded, and the error is known: PrincipalComponents.error agrees",
)

# Units 1 and 4 are dead; unit 0 rests for the first picture, unit 3 for all but one, unit 5 for the last; 2 never.
_CODES = np.abs(_random.normal(size=(6, 6))) + 0.2
_CODES[:, [1, 4]] = _CODES[0, 0] = _CODES[-1, 5] = 0
_CODES[[0, 1, 2, 4, 5], 3] = 0
_MORE = np.abs(_random.normal(size=(9, 4))) * (_random.random((9, 4)) < 0.4)
_MORE[:, 2] = 0
# Unit 0 is strong, unit 1 fires for one picture in two hundred, 2 is dead, 3 gives every picture the same.
_RARE = np.abs(_random.normal(size=(200, 4))) + 0.6
_RARE[:, 1:] = 0, 0, 0.5
_RARE[77, 1] = 0.09


_DEAD_UNITS = Exercise(
    name="dead_units",
    truth=lambda codes: (codes == 0).all(axis=0),
    cases=[(_CODES,), (_MORE,), (_RARE,)],
    mistakes={
        "you looked at one picture: a unit that rests for one is not dead, it must be 0 for all": (
            lambda codes: codes[0] == 0,
            lambda codes: codes[-1] == 0,
        ),
        "a unit that is 0 for any picture rests; a dead one is 0 for all: all, not any":
            lambda codes: (codes == 0).any(axis=0),
        "that are the units that are alive": (
            lambda codes: (codes > 0).any(axis=0),
            lambda codes: (codes > 0).all(axis=0),
        ),
        "the axes are swapped: codes has one row per picture, so ask every column, axis=0": (
            lambda codes: (codes == 0).all(axis=1),
            lambda codes: (codes == 0).any(axis=1),
        ),
        "that is their number; return one True or False per unit": (
            lambda codes: (codes == 0).all(axis=0).sum(),
            lambda codes: (codes.max(axis=0) == 0).sum(),
        ),
        "you counted zeros; a unit is dead only where it has nothing else": (
            lambda codes: (codes == 0).sum(axis=0),
            lambda codes: (codes == 0).mean(axis=0),
        ),
        "the sign is wrong: after a ReLU every value is 0 or more, so >= 0 is always true and < 0 never": (
            lambda codes: (codes >= 0).all(axis=0),
            lambda codes: (codes < 0).all(axis=0),
        ),
        "you asked whether a unit is weak on average; a dead one is 0 for every picture": (
            lambda codes: codes.mean(axis=0) < codes.mean(),
            lambda codes: codes.mean(axis=0) < 0.5,
        ),
        "a unit that fires rarely is alive, however small its mean: a dead one is 0 for every picture": (
            lambda codes: codes.mean(axis=0) < 0.01,
            lambda codes: (codes > 0).mean(axis=0) < 0.05,
        ),
        "a unit that gives every picture the same number has no spread and is not dead: ask for the number 0":
            lambda codes: np.ptp(codes, axis=0) == 0,
        "you returned which numbers are 0, picture by picture; one answer per unit is wanted: .all(axis=0)":
            lambda codes: codes == 0,
        "those are the numbers of the dead units; return one True or False per unit":
            lambda codes: np.flatnonzero((codes == 0).all(axis=0)),
    },
    praise="dead is a word about a unit and all pictures; metrics.dead_units agrees",
)

# Three classes, unequally often, the last one first, and worse the rarer they are.
_LABELS = np.array([2, 0, 0, 1, 0, 1, 0, 2, 0, 0])
_TARGET = _random.random((10, 4, 5, 1))
_PREDICTION = _TARGET + _random.normal(size=_TARGET.shape) * (0.2 + 0.3 * _LABELS[:, None, None, None])


def _squares(target, prediction):
    return ((target - prediction) ** 2).mean(axis=(1, 2, 3))


def _by_class(reduce, measure=_squares):
    """A per-class error from how a picture is measured, and how the pictures of a class are put together."""
    def function(target, prediction, labels):
        each = measure(target, prediction)
        return np.array([reduce(each[labels == c], labels, c) for c in range(labels.max() + 1)])

    return function


def _mean(values, labels, c):
    return values.mean()


def _ten_classes(empty):
    def function(target, prediction, labels):
        found = _by_class(_mean)(target, prediction, labels)
        return np.append(found, np.full(10 - len(found), empty))

    return function


class _Listed:
    # The answer, with a dict from class to error as a list in the order of the classes. Errors name its own lines.
    def __init__(self, answer):
        self._answer, self.__code__ = answer, getattr(answer, "__code__", None)

    def __call__(self, target, prediction, labels):
        classes = np.unique(labels).tolist()
        result = self._answer(target, prediction, labels)
        complete = isinstance(result, dict) and set(result) == set(classes)
        return [result[c] for c in classes] if complete else result


_PER_CLASS_ERROR = Exercise(
    name="per_class_error",
    truth=_by_class(_mean),
    cases=[(_TARGET, _PREDICTION, _LABELS)],
    mistakes={
        "you summed over pictures and pixels: each class needs its mean":
            _by_class(lambda v, labels, c: v.sum(), lambda x, y: ((x - y) ** 2).sum(axis=(1, 2, 3))),
        "you divided by the number of all pictures; divide by those of the class": (
            _by_class(lambda v, labels, c: v.sum() / len(labels)),
        ),
        "you divided as if all classes had as many pictures; divide by those of the class":
            _by_class(lambda v, labels, c: v.sum() / (len(labels) / (labels.max() + 1))),
        "you summed over the pictures of a class; take their mean": _by_class(lambda v, labels, c: v.sum()),
        "you summed over the pixels of a picture; take their mean":
            _by_class(_mean, lambda x, y: ((x - y) ** 2).sum(axis=(1, 2, 3))),
        "every class got the error of all pictures: choose those of the class, labels == c":
            lambda x, y, labels: np.full(labels.max() + 1, _squares(x, y).mean()),
        "that is the error of all pictures, one number; return one per class":
            lambda x, y, labels: _squares(x, y).mean(),
        "that is the mean over the classes, one number; return one per class":
            lambda x, y, labels: _by_class(_mean)(x, y, labels).mean(),
        "you took absolute differences; square them": _by_class(_mean, lambda x, y: np.abs(x - y).mean(axis=(1, 2, 3))),
        "you took a root; the mean squared error has none": (
            _by_class(_mean, lambda x, y: np.sqrt(_squares(x, y))),
            lambda x, y, labels: np.sqrt(_by_class(_mean)(x, y, labels)),
        ),
        "the differences were not squared: above and below cancel":
            (_by_class(_mean, lambda x, y: (x - y).mean(axis=(1, 2, 3))),
             _by_class(_mean, lambda x, y: (y - x).mean(axis=(1, 2, 3)))),
        "the classes are in the order in which they occur; put class 0 first":
            lambda x, y, labels: _by_class(_mean)(x, y, labels)[list(dict.fromkeys(labels.tolist()))],
        "you returned one error per picture; average those of each class": lambda x, y, labels: _squares(x, y),
        "not every set has ten classes: take those that occur, np.unique(labels)": (
            _ten_classes(np.nan), _ten_classes(0.0),
        ),
        "not every picture has 784 pixels: take the mean over as many as there are": (
            _by_class(_mean, lambda x, y: ((x - y) ** 2).sum(axis=(1, 2, 3)) / 784),
            # These stop with an error, and are known by its words.
            lambda x, y, labels: x.reshape(-1, 784),
            lambda x, y, labels: x.reshape(len(x), 784),
        ),
        "that is the median of the pictures of a class; take their mean":
            _by_class(lambda v, labels, c: np.median(v)),
    },
    praise="ten numbers where there was one; metrics.per_class_error agrees",
    hint="square, take the mean over each picture, then over the pictures with labels == c, for c = 0, 1, 2 …",
)
