"""Whose colours a picture has."""

import numpy as np
import pytest

from aelearn import data
from aelearn.images import ImageError
from aelearn.stylize import keep_colors, match_colors

TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])  # as in the standard


def picture(seed, low=0.3, high=0.7, shape=(12, 10, 3)):
    return np.random.default_rng(seed).uniform(low, high, shape).astype(np.float32)


def test_light_comes_from_the_painted_picture_and_colour_from_the_photo():
    painted, photo = picture(0), picture(1)
    y, *iq = np.moveaxis(keep_colors(painted, photo) @ TO_YIQ.T, -1, 0)
    np.testing.assert_allclose(y, (painted @ TO_YIQ.T)[..., 0], atol=1e-6)
    np.testing.assert_allclose(np.stack(iq, -1), (photo @ TO_YIQ.T)[..., 1:], atol=2e-4)  # printed with four digits


def test_keeping_the_colours_of_a_picture_in_itself_changes_nothing():
    photo = data.load_photo("macaw", max_side=48)
    np.testing.assert_allclose(keep_colors(photo, photo), photo, atol=1e-7)


def test_no_colour_leaves_the_range():
    extreme = keep_colors(np.ones((4, 4, 3)), picture(2, 0, 1, (4, 4, 3)))
    assert extreme.dtype == np.float32 and extreme.min() >= 0 and extreme.max() == 1


def test_matched_colours_have_the_mean_and_the_covariance_of_the_others():
    mixing = np.array([[1, 0.3, 0], [0, 0.6, 0], [0, 0, 0.5]])
    one, other = picture(3, 0.45, 0.55), picture(4, 0.3, 0.7, (9, 17, 3)) @ mixing
    matched = match_colors(one, other)
    assert matched.shape == one.shape and matched.dtype == np.float32
    for statistic, tolerance in ((lambda x: x.mean(axis=0), 1e-6), (lambda x: np.cov(x.T, bias=True), 1e-5)):
        found, wanted = (statistic(each.reshape(-1, 3).astype(np.float64)) for each in (matched, other))
        np.testing.assert_allclose(found, wanted, atol=tolerance)


def test_a_gray_picture_takes_the_mean_colour_and_stays_finite():
    gray = np.full((6, 6, 3), 0.5, np.float32)
    mean = np.broadcast_to(picture(5).mean(axis=(0, 1)), gray.shape)
    np.testing.assert_allclose(match_colors(gray, picture(5)), mean, atol=1e-4)
    assert np.isfinite(match_colors(picture(5), gray)).all()


@pytest.mark.parametrize(
    "function, names", [(keep_colors, ("painted", "photo")), (match_colors, ("picture", "reference"))]
)
def test_what_is_no_picture_is_refused_by_its_name(function, names):
    good = picture(0)
    for place, name in enumerate(names):
        for bad in (good * np.nan, good[..., :2], (good * 255).astype(np.int64), good * 2, None):
            with pytest.raises(ImageError, match=f"^{name}"):
                function(*((bad, good) if place == 0 else (good, bad)))


def test_pictures_of_two_shapes_cannot_share_their_light():
    with pytest.raises(ValueError, match=r"^painted and photo must have the same shape; received \(12, 10, 3\) and"):
        keep_colors(picture(0), picture(0, shape=(12, 11, 3)))
