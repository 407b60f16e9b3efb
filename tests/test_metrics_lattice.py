"""The strength of a checkerboard: against the Fourier transform, and deaf to everything that is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aelearn import data, metrics


def energy_at_the_period(picture, period):
    """Root of the energy at all frequencies that repeat every `period` pixels, without the mean: by FFT."""
    rows, columns = (side - side % period for side in picture.shape[:2])
    spectrum = np.fft.fft2(picture[:rows, :columns], axes=(0, 1)) / (rows * columns)
    lines = np.ix_(range(0, rows, rows // period), range(0, columns, columns // period))
    at = np.abs(spectrum[lines]) ** 2
    at[0, 0] = 0
    return np.sqrt(at.sum(axis=(0, 1)).mean())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 999), st.integers(2, 5), st.integers(5, 23), st.integers(5, 23), st.integers(1, 3))
def test_it_is_the_energy_at_the_frequencies_of_its_period(seed, period, rows, columns, channels):
    picture = np.random.default_rng(seed).random((rows, columns, channels))
    assert metrics.checkerboard(picture, period=period) == pytest.approx(energy_at_the_period(picture, period))


def test_a_checkerboard_of_one_step_has_half_a_step():
    board = np.indices((6, 8)).sum(axis=0) % 2
    assert metrics.checkerboard(0.1 * board) == pytest.approx(0.05)
    assert metrics.checkerboard(0.1 * board + 0.7) == pytest.approx(0.05)


def test_stripes_of_either_direction_count():
    stripes = np.arange(8) % 2 * np.ones((8, 1))
    assert metrics.checkerboard(stripes) == metrics.checkerboard(stripes.T) == 0.5


def test_a_pattern_of_period_four_is_seen_at_four_and_not_at_two():
    pattern = np.tile([0.0, 0.0, 1.0, 1.0], (8, 2))
    assert metrics.checkerboard(pattern, period=4) == 0.5 and metrics.checkerboard(pattern, period=2) == 0


def test_a_photo_has_next_to_none_and_the_same_photo_with_a_faint_lattice_has_it():
    photo = data.load_photo("chambord", max_side=256)
    board = (np.indices(photo.shape[:2]).sum(axis=0) % 2)[..., None]
    assert metrics.checkerboard(photo) < 0.003
    assert metrics.checkerboard(photo + 0.04 * board) == pytest.approx(0.02, abs=0.003)


def test_rows_and_columns_that_fill_no_block_do_not_count():
    picture = np.zeros((5, 7))
    picture[4], picture[:, 6] = 1, 1
    assert metrics.checkerboard(picture) == 0


@pytest.mark.parametrize("period", [1, 0, -2, 2.0, True, None], ids=repr)
def test_a_period_below_two_or_no_int_is_refused(period):
    with pytest.raises(ValueError, match="period must be an int of at least 2, in pixels; received"):
        metrics.checkerboard(np.ones((4, 4)), period=period)


@pytest.mark.parametrize("shape", [(4,), (1, 4), (4, 1, 3), (1, 4, 4, 3), (4, 4, 0)], ids=str)
def test_what_is_no_picture_or_too_small_is_refused(shape):
    with pytest.raises(ValueError, match="picture must be .* with sides of at least 2; received shape"):
        metrics.checkerboard(np.ones(shape))
