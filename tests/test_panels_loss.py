"""LossPanel and PenaltyPanel: they show what the functions say, over all settings, and quick moves end right."""

import io
import re
import threading
import time

import numpy as np
import pytest

from aelearn import data, images, losses, metrics
from aelearn.corruptions import DISTORTIONS, noise
from aelearn.panels import LossPanel, PenaltyPanel
from aelearn.panels.measures import bar_table

SOON = 120  # seconds; generous, for machines that do other things as well
PICTURE = data.load_photo("macaw", max_side=48)
CLEAN = PICTURE.mean(axis=-1, keepdims=True)
NOISY = noise(CLEAN, 0.15, seed=1)


@pytest.fixture
def panel():
    panel = LossPanel(PICTURE, penalty=False)
    yield panel
    panel.close()


@pytest.fixture
def penalty():
    panel = PenaltyPanel(NOISY, CLEAN, size=5, num=60)
    yield panel
    panel.close()


def shown(image):
    return images.load_image(io.BytesIO(image.value))


def as_jpeg(picture):
    """What a panel can show of a picture: the same JPEG, read back."""
    return images.load_image(io.BytesIO(images.encode_jpeg(picture)))


def numbers(html):
    """The first number of every line of a table of bars, by name."""
    cells = re.findall(r"<div>([^<]+)</div>.*?nowrap\">(-?\d+\.\d+|inf)", html)
    return {name: float(value) for name, value in cells}


def assert_shows_its_settings(panel):
    assert panel.settle(SOON)
    assert "Cannot" not in panel.status.value
    distorted = DISTORTIONS[panel.distortion].function(panel._picture, panel.strength)
    np.testing.assert_allclose(shown(panel.distorted), as_jpeg(distorted), atol=1e-6)
    expected = {"MSE": metrics.mse, "MAE": metrics.mae, "BCE": metrics.bce, "PSNR": metrics.psnr, "SSIM": metrics.ssim}
    read = numbers(panel._bars.value)
    assert list(read) == list(expected)
    for name, function in expected.items():
        value = function(panel._picture, distorted)
        assert panel.measures[name] == pytest.approx(value)
        assert read[name] == pytest.approx(value, abs=0.06 if name == "PSNR" else 6e-4)
    assert panel.distortion in panel._caption.value and f"{panel.strength:.2f}" in panel._caption.value
    assert panel.distortion in panel.distorted.tooltip


# --- LossPanel -------------------------------------------------------------------------------------------------------


def test_the_first_picture_is_there_as_soon_as_the_panel_is(panel):
    assert panel.num_draws == 1
    assert_shows_its_settings(panel)
    np.testing.assert_allclose(shown(panel.original), as_jpeg(panel._picture), atol=1e-6)


@pytest.mark.parametrize("name", DISTORTIONS)
@pytest.mark.parametrize("share", [0, 0.01, 0.33, 1])
def test_every_distortion_works_over_its_full_range(panel, name, share):
    panel.distortion = name
    assert panel._strength.max == DISTORTIONS[name].strongest and panel._strength.min == 0
    panel.strength = share * DISTORTIONS[name].strongest
    assert_shows_its_settings(panel)


def test_without_distortion_all_measures_are_at_their_best(panel):
    panel.strength = 0
    assert panel.settle(SOON)
    assert panel.measures["MSE"] == panel.measures["MAE"] == 0
    assert panel.measures["PSNR"] == np.inf and panel.measures["SSIM"] == 1
    assert panel.measures["BCE"] == metrics.bce(panel._picture, panel._picture)


@pytest.mark.parametrize("first", DISTORTIONS)
@pytest.mark.parametrize("second", DISTORTIONS)
def test_another_distortion_can_keep_the_squared_error(panel, first, second):
    panel.distortion, panel.hold_mse = first, True
    panel.strength = 0.1 * DISTORTIONS[first].strongest
    assert panel.settle(SOON)
    before = panel.measures["MSE"]
    panel.distortion = second
    assert_shows_its_settings(panel)
    assert panel.measures["MSE"] == pytest.approx(before, rel=1e-3)


def test_without_the_tick_another_distortion_starts_at_its_own_strength(panel):
    panel.strength = 8.0
    panel.distortion = "contrast"
    assert panel.strength == 0.3
    assert_shows_its_settings(panel)


def test_an_error_that_another_distortion_cannot_reach_is_said(panel):
    panel.distortion, panel.hold_mse = "contrast", True
    panel.strength = 1.0
    panel.distortion = "blocks"
    assert panel.settle(SOON)
    assert panel.strength == DISTORTIONS["blocks"].strongest and "blocks cannot cost this picture" in panel.status.value
    assert panel.settle(SOON)
    panel.strength = 0.5
    assert panel.settle(SOON) and panel.status.value == ""


def test_nothing_kept_is_nothing(panel):
    panel.hold_mse, panel.strength = True, 0
    panel.distortion = "noise"
    assert panel.strength == 0
    assert_shows_its_settings(panel)


def test_a_burst_of_moves_ends_on_the_last_without_a_queue(panel, monkeypatch):
    show = panel._show

    def slowly(*settings):
        time.sleep(0.05)
        show(*settings)

    monkeypatch.setattr(panel, "_show", slowly)
    before = panel.num_draws
    for step in range(50):
        panel.strength = step / 10
        time.sleep(0.002)  # so that the moves fall into drawings as well as between them
    assert panel.strength == 4.9
    assert_shows_its_settings(panel)
    assert panel.num_draws - before <= 25


def test_quick_changes_of_the_distortion_end_on_the_last(panel):
    panel.hold_mse = True
    for _ in range(4):
        for name in DISTORTIONS:
            panel.distortion = name
    assert panel.distortion == "blocks"
    assert_shows_its_settings(panel)


def test_what_goes_wrong_is_said(panel, monkeypatch):
    monkeypatch.setattr(panel, "_show", lambda *settings: 1 / 0)
    panel.strength = 0.7
    assert panel.settle(SOON)
    assert "Cannot draw this: ZeroDivisionError: division by zero" in panel.status.value


@pytest.mark.parametrize("bad", ["jpeg", None, 3])
def test_an_unknown_distortion_is_refused(panel, bad):
    with pytest.raises(ValueError, match="distortion must be one of shift, blur, noise, contrast, blocks; received"):
        panel.distortion = bad


@pytest.mark.parametrize("bad", [-0.1, 8.1, "much", None, True, np.nan])
def test_a_strength_outside_the_range_is_refused(panel, bad):
    with pytest.raises(ValueError, match="strength must be a number from 0 to 8 for shift; received"):
        panel.strength = bad


@pytest.mark.parametrize(("picture", "words"), [
    (np.zeros((10, 40, 3)), "at least 11 pixels high and wide"),
    (np.full((40, 40, 3), np.nan), "finite"),
    (np.full((40, 40, 3), 9.0), r"must be in \[0, 1\]"),
    ("macaw", "must"),
])  # fmt: skip
def test_what_is_no_picture_is_refused(picture, words):
    with pytest.raises(ValueError, match=words):
        LossPanel(picture)


def test_a_closed_panel_holds_no_thread():
    before = threading.active_count()
    panel = LossPanel(PICTURE)
    panel.close()
    deadline = time.monotonic() + SOON
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_the_panel_has_a_part_for_strength_and_settles_both():
    panel = LossPanel(PICTURE)
    panel.strength, panel.penalty.strength = 2.0, 0.1
    assert panel.settle(SOON)
    assert_shows_its_settings(panel)
    assert panel.penalty.losses["l1"]["L"] > 0 and "λ" in repr(panel)
    panel.close()


def test_a_bundled_photo_is_there_without_an_argument_and_a_gray_one_will_do():
    for panel in (LossPanel(penalty=False), LossPanel(CLEAN, penalty=False)):
        assert_shows_its_settings(panel)
        panel.close()


# --- PenaltyPanel ----------------------------------------------------------------------------------------------------


def assert_shows_its_fits(panel):
    assert panel.settle(SOON)
    assert panel.status.value == ""
    inputs, targets = losses.windows(NOISY, 5), CLEAN[2:-2, 2:-2, 0].ravel()
    order = np.random.default_rng(0).permutation(len(targets))
    seen, unseen = order[:60], order[60:]
    for penalty in ("l1", "l2"):
        fit = losses.fit_linear(inputs[seen], targets[seen], penalty=penalty, strength=panel.strength)
        errors = np.square(fit.predict(inputs) - targets.astype(np.float64))
        regularisation = {"l1": np.abs, "l2": np.square}[penalty](fit.weights).sum()
        expected = {"L_rec": errors[seen].mean(), "λ · L_reg": panel.strength * regularisation,
                    "L": errors[seen].mean() + panel.strength * regularisation, "MSE, unseen": errors[unseen].mean()}
        assert panel.losses[penalty] == pytest.approx(expected)
        assert numbers(panel._bars[penalty].value) == pytest.approx(expected, abs=6e-5)
        zeros = int((fit.weights == 0).sum())
        assert panel.zeros[penalty] == zeros and f"{zeros} of 25 weights" in panel._captions[penalty].value
        filtered = fit.predict(inputs).reshape(CLEAN.shape[0] - 4, CLEAN.shape[1] - 4).clip(0, 1)
        np.testing.assert_allclose(shown(panel.pictures[penalty]), as_jpeg(filtered), atol=1e-6)


@pytest.mark.parametrize("strength", [1e-4, 1e-3, 0.02, 0.3, 1.0])
def test_penalty_works_over_its_full_range(penalty, strength):
    penalty.strength = strength
    assert_shows_its_fits(penalty)


def test_kernel_shows_every_weight_by_its_sign(penalty):
    penalty.strength = 1e-3
    assert penalty.settle(SOON)
    kernel = shown(penalty.kernels["l1"])[8::16, 8::16]  # the middle of every weight's square
    weights = penalty.fits["l1"].weights.reshape(5, 5)
    redder = kernel[..., 0] - kernel[..., 2]
    assert kernel.shape == (5, 5, 3)
    assert (redder[weights > 0.01] > 0).all() and (redder[weights < -0.01] < 0).all()
    assert np.abs(redder[weights == 0]).max(initial=0) < 0.01


def test_l1_has_ever_more_zeros_and_l2_none(penalty):
    counts = []
    for strength in (1e-4, 1e-2, 1.0):
        penalty.strength = strength
        assert penalty.settle(SOON)
        counts.append(penalty.zeros["l1"])
        assert penalty.zeros["l2"] == 0
    assert counts[0] < counts[1] < counts[2] == 25


def test_a_burst_of_strengths_ends_on_the_last_without_a_queue(penalty, monkeypatch):
    show = penalty._show

    def slowly(*settings):
        time.sleep(0.03)
        show(*settings)

    monkeypatch.setattr(penalty, "_show", slowly)
    before = penalty.num_draws
    for strength in np.geomspace(1e-4, 0.5, 50):
        penalty.strength = float(strength)
        time.sleep(0.002)
    assert_shows_its_fits(penalty)
    assert penalty.num_draws - before <= 25


def test_what_goes_wrong_with_a_fit_is_said(penalty, monkeypatch):
    monkeypatch.setattr(penalty, "_show", lambda *settings: 1 / 0)
    penalty.strength = 0.5
    assert penalty.settle(SOON)
    assert "Cannot fit this: ZeroDivisionError" in penalty.status.value


@pytest.mark.parametrize("bad", [0, 1e-5, 1.1, -1, "much", None, True, np.nan])
def test_a_penalty_outside_the_range_is_refused(penalty, bad):
    with pytest.raises(ValueError, match=r"strength \(λ\) must be a number from 0.0001 to 1; received"):
        penalty.strength = bad


def test_numbers_of_numpy_are_numbers(penalty):
    penalty.strength = np.float32(0.5)
    assert penalty.settle(SOON) and penalty.strength == 0.5


@pytest.mark.parametrize(("arguments", "words"), [
    ((NOISY, CLEAN[1:]), "noisy and clean must have the same shape"),
    ((PICTURE, PICTURE), "noisy must be gray"),
    (("x", "x"), "noisy must be gray numbers.* received 'x'"),
    (({}, {}, {}), r"noisy must be gray numbers.* received \{\}"),
    ((None, None), "noisy must be gray numbers.* received None"),
    (([[1], [1, 2]], [[1], [1, 2]]), "noisy must be gray numbers.* received"),
    ((NOISY, "x"), "clean must be gray numbers.* received 'x'"),
    ((NOISY, CLEAN, {"size": 4}), "odd int"),
    ((NOISY, CLEAN, {"num": 10**6}), "num must be an int from 1 to"),
    ((NOISY, CLEAN, {"num": 0}), "num must be an int from 1 to"),
    ((NOISY * np.nan, CLEAN), "noisy must be finite"),
    ((NOISY * 255, CLEAN), r"noisy must lie in \[0, 1\]; received 0"),
    ((NOISY, CLEAN, {"size": "3"}), "size must be"),
])  # fmt: skip
def test_what_no_filter_can_be_fitted_on_is_refused(arguments, words):
    *pictures, options = arguments if isinstance(arguments[-1], dict) else (*arguments, {})
    with pytest.raises(ValueError, match=words):
        PenaltyPanel(*pictures, **options)


# --- bars ------------------------------------------------------------------------------------------------------------


def test_bars_have_the_length_of_their_share_within_bounds():
    table = bar_table([("a", 0.25, "1"), ("b", 7.0, "2"), ("c", -1.0, "3"), ("<d>", float("inf"), "4 & 5")])
    assert re.findall(r"width:([\d.]+)%", table) == ["25.0", "100.0", "0.0", "100.0"]
    assert "&lt;d&gt;" in table and "4 &amp; 5" in table
