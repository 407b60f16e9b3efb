"""The judges of lesson 06: right answers in any style pass, every known mistake gets its own diagnosis.

All answers here are written as a learner would write them, and not taken from the judges.
"""

import judging
import numpy as np
import pytest
from scipy.linalg import fractional_matrix_power, sqrtm

from aelearn import metrics, transforms
from aelearn.checks import lesson_06, lesson_06_rank

EXERCISES = {
    "strongest": lesson_06._STRONGEST,
    "gram": lesson_06._GRAM,
    "covariance_from_gram": lesson_06._COVARIANCE,
    "effective_rank": lesson_06_rank._RANK,
    "whiten": lesson_06_rank._WHITEN,
}


def points_of(code):
    rows, columns, channels = code.shape
    return code.reshape(rows * columns, channels)


# --- strongest


def strongest_by_sorting(code, channel, num):
    places = [(row, column) for row in range(code.shape[0]) for column in range(code.shape[1])]
    return sorted(places, key=lambda place: code[place][channel], reverse=True)[:num]


def strongest_one_after_the_other(code, channel, num):
    left, found = code[:, :, channel].copy(), []
    for _ in range(num):
        row, column = np.unravel_index(left.argmax(), left.shape)
        found.append([int(row), int(column)])
        left[row, column] = -np.inf
    return found


def strongest_by_divmod(code, channel, num):
    order = np.argsort(code[..., channel].flatten())[::-1][:num]
    return np.array([divmod(index, code.shape[1]) for index in order])


def strongest_by_transposing(code, channel, num):
    values = code.transpose(2, 0, 1)[channel]
    return np.array(np.unravel_index(np.argsort(-values, axis=None)[:num], values.shape)).T


def strongest_of(sort, finish=lambda rows, columns: list(zip(rows, columns))):
    def answer(code, channel, num):
        values = code[..., channel]
        order = sort(values.flatten(), num)
        return finish(order // values.shape[1], order % values.shape[1])

    return answer


STRONGEST_RIGHT = [strongest_by_sorting, strongest_one_after_the_other, strongest_by_divmod, strongest_by_transposing]
STRONGEST_WRONG = [
    ("a flat list", lambda code, channel, num: np.argsort(code[..., channel].ravel())[::-1][:num]),
    ("a flat list", lambda code, channel, num: np.argsort(code[..., channel], axis=None)[-num:]),
    ("the smallest values", strongest_of(lambda values, num: values.argsort()[:num])),
    ("the wrong way round", strongest_of(lambda values, num: values.argsort()[-num:])),
    ("rows and columns are swapped", lambda *a: [place[::-1] for place in strongest_by_sorting(*a)]),
    ("all rows, then all columns", lambda *a: tuple(zip(*strongest_by_sorting(*a)))),
    ("not of rows", lambda code, channel, num: [divmod(index, code.shape[0]) for index in
                                                np.argsort(-code[..., channel].ravel())[:num]]),
    ("of either sign", lambda code, channel, num: strongest_by_sorting(np.abs(code), channel, num)),
    ("these are values", lambda code, channel, num: sorted(code[..., channel].ravel())[::-1][:num]),
    ("these are values", lambda code, channel, num: sorted(code[..., channel].ravel())[-num:]),
    ("code[channel] is a row", lambda code, channel, num: np.array(np.unravel_index(
        np.argsort(-code[channel].ravel())[:num], code[channel].shape)).T),
    ("a column of positions", lambda code, channel, num: np.array(np.unravel_index(
        np.argsort(-code[:, channel].ravel())[:num], code[:, channel].shape)).T),
    ("all channels at once", lambda code, channel, num: strongest_by_sorting(code.max(2, keepdims=True), 0, num)),
    ("too few", lambda code, channel, num: strongest_by_sorting(code, channel, num)[:-1]),
    ("too many", lambda code, channel, num: strongest_by_sorting(code, channel, num + 1)),
    ("these are all places", lambda code, channel, num: strongest_by_sorting(code, channel, None)),
]


# --- gram


def gram_in_loops(code):
    rows, columns, channels = code.shape
    result = np.zeros((channels, channels))
    for row in range(rows):
        for column in range(columns):
            f = code[row, column]
            result += np.outer(f, f) / (rows * columns)
    return result


def gram_by_einsum(code):
    return np.einsum("ijc,ijd->cd", code, code) / code[..., 0].size


def gram_by_tensordot(code):
    return np.tensordot(code, code, axes=[(0, 1), (0, 1)]) / (code.shape[0] * code.shape[1])


def gram_from_moments(code):
    m = transforms.moments(code)
    return m.covariance + np.outer(m.mean, m.mean)


def gram_over(number):
    return lambda code: points_of(code).T @ points_of(code) / number(*code.shape)


def cosines(code):
    f = points_of(code)
    return f.T @ f / np.outer(*2 * [np.sqrt((f * f).sum(0))])


GRAM_RIGHT = [gram_in_loops, gram_by_einsum, gram_by_tensordot, gram_from_moments]
GRAM_WRONG = [
    ("this is a sum", lambda code: points_of(code).T @ points_of(code)),
    ("by the size of the array", gram_over(lambda rows, columns, channels: rows * columns * channels)),
    ("by the number of rows", gram_over(lambda rows, columns, channels: rows)),
    ("by the number of channels", gram_over(lambda rows, columns, channels: channels)),
    ("by n - 1", gram_over(lambda rows, columns, channels: rows * columns - 1)),
    ("Gatys' loss", gram_over(lambda rows, columns, channels: 4 * channels**2 * (rows * columns) ** 2)),
    ("Gatys' loss", gram_over(lambda rows, columns, channels: (channels * rows * columns) ** 2)),
    ("Gatys' loss", gram_over(lambda rows, columns, channels: 2 * channels * rows * columns)),
    ("that is the covariance", lambda code: transforms.moments(code).covariance),
    ("that is the covariance", lambda code: np.cov(points_of(code).T)),
    ("one mean from all channels", lambda code: gram_by_einsum(code - np.mean(code))),
    ("that is the correlation", lambda code: np.corrcoef(points_of(code).T)),
    ("that is the correlation", cosines),
    ("pair of positions", lambda code: points_of(code) @ points_of(code).T / len(points_of(code))),
    ("pair of positions", lambda code: np.dot(points_of(code), points_of(code).T)),
    ("pair of positions", lambda code: points_of(code) @ points_of(code).T / code.shape[2]),
    ("the squares alone", lambda code: np.mean(code**2, axis=(0, 1))),
    ("the squares alone", lambda code: np.eye(code.shape[2]) * np.mean(code**2, axis=(0, 1))),
    ("that is μμᵀ", lambda code: np.outer(code.mean((0, 1)), code.mean((0, 1)))),
    ("reshape does not swap axes", lambda code: (lambda f: f @ f.T / f.shape[1])(code.reshape(code.shape[2], -1))),
]


# --- covariance_from_gram


def covariance_in_loops(gram, mean):
    result = np.zeros_like(gram)
    for i in range(len(mean)):
        for j in range(len(mean)):
            result[i, j] = gram[i, j] - mean[i] * mean[j]
    return result


def covariance_by_broadcasting(gram, mean):
    return gram - mean[:, None] * mean[None, :]


def covariance_by_columns(gram, mean):
    column = mean.reshape(-1, 1)
    return gram - column @ column.T


COVARIANCE_RIGHT = [covariance_in_loops, covariance_by_broadcasting, covariance_by_columns]
COVARIANCE_WRONG = [
    ("you added", lambda gram, mean: gram + mean[:, None] * mean),
    ("the sign is turned", lambda gram, mean: -(gram - np.outer(mean, mean))),
    ("that is μμᵀ, what has to go", lambda gram, mean: mean[:, None] * mean),
    ("mean @ mean is one number", lambda gram, mean: gram - np.dot(mean, mean.T)),
    ("mean @ mean is one number", lambda gram, mean: gram + (mean**2).sum()),
    ("mean ** 2 has one number per channel", lambda gram, mean: gram - mean * mean),
    ("mean ** 2 has one number per channel", lambda gram, mean: gram - (mean * mean).reshape(-1, 1)),
    ("the diagonal alone", lambda gram, mean: gram - np.eye(len(mean)) * mean**2),
    ("the mean itself", lambda gram, mean: gram - mean),
    ("the mean itself", lambda gram, mean: (gram.T - mean).T),
    ("from both sides", lambda gram, mean: gram - mean - mean.reshape(-1, 1)),
    ("came back as it was", lambda gram, mean: gram.copy()),
    ("you centred the matrix", lambda gram, mean: gram - np.mean(gram, 0)),
    ("you centred the matrix", lambda gram, mean: gram - np.mean(gram)),
    ("you centred the matrix", lambda gram, mean: np.cov(gram.T)),
    ("that is the correlation", lambda gram, mean: (lambda s: s / np.sqrt(np.diag(s)) / np.sqrt(np.diag(s))[:, None])(
        covariance_in_loops(gram, mean))),
]


# --- effective_rank


def rank_in_a_loop(eigenvalues):
    total, entropy = sum(eigenvalues), 0.0
    for value in eigenvalues:
        if value > 0:
            entropy -= value / total * np.log(value / total)
    return np.exp(entropy)


def rank_in_bits(eigenvalues):
    p = eigenvalues[eigenvalues > 0] / np.sum(eigenvalues)
    return 2 ** -(p * np.log2(p)).sum()


def rank_as_a_product(eigenvalues):
    p = eigenvalues / eigenvalues.sum()
    return 1 / np.prod(p**p)


def rank_with_a_tiny_floor(eigenvalues):
    p = eigenvalues / eigenvalues.sum()
    return np.exp(-np.sum(p * np.log(p + 1e-12)))


def rank_from_the_package(eigenvalues):
    return metrics.effective_rank(np.diag(eigenvalues))


def rank_of(formula):
    """As a learner writes it who thinks of zeros."""
    return lambda eigenvalues: formula(eigenvalues[eigenvalues > 0])


def entropy_of(p):
    return -(p * np.log(p)).sum()


RANK_RIGHT = [rank_in_a_loop, rank_in_bits, rank_as_a_product, rank_with_a_tiny_floor, rank_from_the_package]
RANK_WRONG = [
    ("0 · ln 0", lambda e: np.exp(entropy_of(e / e.sum()))),
    ("that is the entropy itself", rank_of(lambda e: entropy_of(e / e.sum()))),
    ("that is the entropy itself", lambda e: entropy_of(e / e.sum())),
    ("the minus is missing", rank_of(lambda e: np.exp(np.sum(e / e.sum() * np.log(e / e.sum()))))),
    ("the minus is missing", lambda e: np.exp(np.sum(e / e.sum() * np.log(e / e.sum())))),
    ("are not shares yet", rank_of(lambda e: np.exp(-np.sum(e * np.log(e))))),
    ("divided by the largest", rank_of(lambda e: np.exp(entropy_of(e / max(e))))),
    ("by the number of eigenvalues", lambda e: np.exp(entropy_of((e / len(e))[e > 0]))),
    ("by the number of eigenvalues", rank_of(lambda e: np.exp(entropy_of(e / len(e))))),
    ("to base 2 and the power to base e", rank_of(lambda e: np.exp(-np.sum(e / e.sum() * np.log2(e / e.sum()))))),
    ("to base e and the power to base 2", rank_of(lambda e: 2.0 ** entropy_of(e / e.sum()))),
    ("the mean over the directions", rank_of(lambda e: np.exp(-np.mean(e / e.sum() * np.log(e / e.sum()))))),
    ("shares are missing before the logarithm", rank_of(lambda e: np.exp(-np.log(e / e.sum()).sum()))),
    ("you took roots", rank_of(lambda e: np.exp(entropy_of(e**0.5 / (e**0.5).sum())))),
    ("you took squares", rank_of(lambda e: np.exp(entropy_of(e * e / (e * e).sum())))),
    ("participation ratio", lambda e: e.sum() ** 2 / (e * e).sum()),
    ("that are not empty", lambda e: np.count_nonzero(e)),
    ("that are not empty", lambda e: np.linalg.matrix_rank(np.diag(e))),
    ("the number of channels", lambda e: e.size),
]


# --- whiten


def whiten_by_svd(code):
    points = points_of(code) - points_of(code).mean(0)
    left, _, right = np.linalg.svd(points, full_matrices=False)
    return (left @ right * np.sqrt(len(points))).reshape(code.shape)


def whiten_by_scipy(code):
    covariance = np.cov(points_of(code).T, bias=True)
    return (code - code.mean(axis=(0, 1))) @ np.linalg.inv(np.real(sqrtm(covariance)))


def whiten_point_by_point(code):
    m = transforms.moments(code)
    eigenvalues, vectors = np.linalg.eigh(m.covariance)
    matrix = vectors @ np.diag(1 / np.sqrt(eigenvalues)) @ vectors.T
    return [[matrix @ (f - m.mean) for f in row] for row in code]


def whitened_by(exponent):
    def answer(code):
        covariance = np.cov(points_of(code).T, bias=True)
        return (code - code.mean((0, 1))) @ fractional_matrix_power(covariance, exponent)

    return answer


def turned(code):
    eigenvalues, vectors = np.linalg.eigh(np.cov(points_of(code).T, bias=True))
    return (code - code.mean((0, 1))) @ vectors / np.sqrt(eigenvalues)


def turned_strongest_first(code):
    eigenvalues, vectors = np.linalg.eigh(np.cov(points_of(code).T, bias=True))
    return (code - code.mean((0, 1))) @ vectors[:, ::-1] / np.sqrt(eigenvalues[::-1])


def by_triangles(code):
    lower = np.linalg.cholesky(np.cov(points_of(code).T, bias=True))
    return np.linalg.solve(lower, (points_of(code) - points_of(code).mean(0)).T).T.reshape(code.shape)


def transposed(code):
    eigenvalues, vectors = np.linalg.eigh(np.cov(points_of(code).T, bias=True))
    return (code - code.mean((0, 1))) @ (vectors.T @ np.diag(eigenvalues**-0.5) @ vectors)


def with_the_other_covariance(code):
    eigenvalues, vectors = np.linalg.eigh(np.cov(points_of(code).T))
    return (code - code.mean((0, 1))) @ vectors @ np.diag(eigenvalues**-0.5) @ vectors.T


def with_the_gram_matrix(code):
    return (code - code.mean((0, 1))) @ fractional_matrix_power(gram_in_loops(code), -0.5)


WHITEN_RIGHT = [whiten_by_svd, whiten_by_scipy, whiten_point_by_point]
WHITEN_WRONG = [
    ("they still move together", lambda code: (code - code.mean((0, 1))) / np.sqrt(code.var(axis=(0, 1)))),
    ("they still move together", lambda code: (code - code.mean((0, 1))) / code.std(axis=(0, 1), ddof=1)),
    ("not subtracted first", lambda code: code @ fractional_matrix_power(np.cov(points_of(code).T, bias=True), -0.5)),
    ("without its mean", lambda code: code - code.mean(axis=(0, 1), keepdims=True)),
    ("added back at the end", lambda code: whiten_by_svd(code) + code.mean((0, 1))),
    ("you multiplied by Σ⁻¹", whitened_by(-1)),
    ("you multiplied by Σ^½", whitened_by(0.5)),
    ("you multiplied by Σ itself", whitened_by(1)),
    ("round, but turned", turned),
    ("round, but turned", turned_strongest_first),
    ("round, but turned", by_triangles),
    ("turned onto its axes", lambda code: (code - code.mean((0, 1))) @ np.linalg.eigh(
        np.cov(points_of(code).T, bias=True))[1]),
    ("V and V.T are swapped", transposed),
    ("divides by n - 1", with_the_other_covariance),
    ("the Gram matrix for the covariance", with_the_gram_matrix),
    ("in the wrong shape", lambda code: points_of(whiten_by_svd(code))),
]

RIGHT = {"strongest": STRONGEST_RIGHT, "gram": GRAM_RIGHT, "covariance_from_gram": COVARIANCE_RIGHT,
         "effective_rank": RANK_RIGHT, "whiten": WHITEN_RIGHT}
WRONG = {"strongest": STRONGEST_WRONG, "gram": GRAM_WRONG, "covariance_from_gram": COVARIANCE_WRONG,
         "effective_rank": RANK_WRONG, "whiten": WHITEN_WRONG}

pytestmark = pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")

TestJudges = judging.all_tests(EXERCISES, RIGHT, WRONG, off=lambda result: np.asarray(result) + 0.01)


# --- the truths themselves, and the package that the lesson says they agree with


def test_the_truth_of_effective_rank_counts_equal_directions():
    truth = EXERCISES["effective_rank"].truth
    for count in (1, 2, 7):
        assert truth(np.append(np.full(count, 3.0), np.zeros(4))) == pytest.approx(count)


def test_the_truth_of_whiten_leaves_the_identity():
    for (code,) in EXERCISES["whiten"].cases:
        white = transforms.moments(EXERCISES["whiten"].truth(code))
        np.testing.assert_allclose(white.covariance, np.eye(3), atol=1e-9)
        np.testing.assert_allclose(white.mean, 0, atol=1e-9)


def test_gram_is_covariance_plus_products_of_means():
    for (code,) in EXERCISES["gram"].cases:
        m = transforms.moments(code)
        gram = EXERCISES["gram"].truth(code)
        np.testing.assert_allclose(EXERCISES["covariance_from_gram"].truth(gram, m.mean), m.covariance, atol=1e-9)


def test_the_package_whitens_the_same_up_to_scale():
    (code,) = EXERCISES["whiten"].cases[0]
    m = transforms.moments(code)
    theirs = (transforms.spectral_map(m, whiten=1.0)(code) - m.mean) / np.sqrt(np.trace(m.covariance) / 3)
    np.testing.assert_allclose(theirs, EXERCISES["whiten"].truth(code), rtol=1e-3, atol=1e-3)
