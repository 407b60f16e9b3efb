"""Principal directions and the map that keeps some of them: against an SVD of the cloud, and against plain sums."""

import numpy as np
import pytest

from aelearn import metrics
from aelearn.transforms import Moments, moments, principal_directions, spectral_map

random = np.random.default_rng(6)
CLOUD = random.normal(size=(500, 6)) @ random.normal(size=(6, 6)) * 2 + random.normal(size=6)
SPREAD = moments(CLOUD)


def covariance_after(moves, before=SPREAD):
    return moves.matrix @ before.covariance @ moves.matrix.T


def test_directions_are_those_of_a_singular_value_decomposition_of_the_cloud():
    variances, directions = principal_directions(SPREAD)
    _, singular, rows = np.linalg.svd(CLOUD - CLOUD.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(variances, singular**2 / len(CLOUD))
    np.testing.assert_allclose(np.abs(np.sum(directions.T * rows, axis=1)), 1)


def test_variances_fall_and_sum_to_the_whole_variance():
    variances, _ = principal_directions(SPREAD)
    assert (np.diff(variances) <= 0).all()
    assert variances.sum() == pytest.approx(CLOUD.var(axis=0).sum())


def test_rounding_never_leaves_a_negative_variance():
    flat = moments(np.outer(np.linspace(-1, 1, 50), [1.0, 2.0, 3.0]).astype(np.float32))
    assert principal_directions(flat)[0].min() >= 0


@pytest.mark.parametrize("keep", range(7))
def test_keeping_directions_is_a_projection_onto_the_axes_of_the_svd(keep):
    rows = np.linalg.svd(CLOUD - CLOUD.mean(axis=0), full_matrices=False)[2][:keep]
    expected = (CLOUD - CLOUD.mean(axis=0)) @ rows.T @ rows + CLOUD.mean(axis=0)
    np.testing.assert_allclose(spectral_map(SPREAD, keep=keep)(CLOUD), expected, atol=1e-6)


def test_with_nothing_asked_the_code_stays_as_it_is():
    np.testing.assert_allclose(spectral_map(SPREAD)(CLOUD), CLOUD, atol=1e-9)


@pytest.mark.parametrize("keep", [1, 3, 6])
def test_whitened_directions_are_equal_and_their_sum_stays(keep):
    after = np.sort(np.linalg.eigvalsh(covariance_after(spectral_map(SPREAD, keep=keep, whiten=1.0))))[::-1]
    total = principal_directions(SPREAD)[0][:keep].sum()
    np.testing.assert_allclose(after[:keep], total / keep, rtol=1e-3)
    np.testing.assert_allclose(after[keep:], 0, atol=1e-6 * total)
    assert metrics.effective_rank(covariance_after(spectral_map(SPREAD, keep=keep, whiten=1.0))) == pytest.approx(
        keep, rel=1e-3)


def test_half_way_the_variances_are_as_their_roots():
    variances, directions = principal_directions(SPREAD)
    after = np.diag(directions.T @ covariance_after(spectral_map(SPREAD, whiten=0.5)) @ directions)
    np.testing.assert_allclose(after / after[0], np.sqrt(variances / variances[0]), rtol=1e-2)


@pytest.mark.parametrize("whiten", [0.0, 0.4, 1.0])
def test_the_mean_stays(whiten):
    after = spectral_map(SPREAD, keep=4, whiten=whiten)(CLOUD)
    np.testing.assert_allclose(after.mean(axis=0), CLOUD.mean(axis=0), atol=1e-9)


def test_a_code_of_one_colour_stays_finite():
    flat = Moments(np.ones(3), np.zeros((3, 3)))
    assert np.isfinite(spectral_map(flat, keep=2, whiten=1.0)(np.ones((4, 3)))).all()


@pytest.mark.parametrize("options, words", [
    ({"keep": 7}, "keep must be an int from 0 to 6, the number of channels; received 7"),
    ({"keep": -1}, "keep must be an int from 0 to 6"),
    ({"keep": 2.0}, "keep must be an int from 0 to 6"),
    ({"keep": True}, "keep must be an int from 0 to 6"),
    ({"whiten": 1.5}, "whiten must be between 0 and 1; received 1.5"),
    ({"whiten": "all"}, "whiten must be between 0 and 1; received 'all'"),
])
def test_what_is_out_of_range_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        spectral_map(SPREAD, **options)
