"""GradientPanel: what it shows is what the engine computes, at every setting; quick moves never queue up."""

import io
import threading
import time

import numpy as np
import pytest

from aelearn import autodiff as ad
from aelearn import images, plots
from aelearn.panels import GradientPanel
from aelearn.panels import gradient as module

SOON = 60  # seconds; generous, for machines that do other things as well
PICTURES = np.random.default_rng(0).random((3, 4, 4, 1))


def dense(seed=0):
    return ad.Chain(
        lambda x: x.reshape(-1, 16),
        ad.Dense(16, 5, seed=seed, activation="relu", name="encoder"),
        ad.Dense(5, 16, seed=seed + 1, activation="sigmoid", name="decoder"),
        lambda x: x.reshape(-1, 4, 4, 1),
    )


PARTS = ["encoder/kernel", "encoder/bias", "decoder/kernel", "decoder/bias"]


@pytest.fixture
def network():
    return dense()


@pytest.fixture
def panel(network):
    panel = GradientPanel(network, PICTURES, reach=1.5)
    yield panel
    panel.close()


def output_in_numpy(network, part=None, index=None, nudge=0.0):
    """The network with one weight moved, written once more in NumPy."""
    w1, b1, w2, b2 = (w.data.astype(np.float64) for w in network.parameters)
    if part is not None:
        dict(zip(PARTS, (w1, b1, w2, b2)))[part][index] += nudge
    code = np.maximum(PICTURES.reshape(3, 16) @ w1 + b1, 0)
    return (1 / (1 + np.exp(-(code @ w2 + b2)))).reshape(PICTURES.shape)


def loss_in_numpy(*arguments):
    return np.mean((output_in_numpy(*arguments) - PICTURES) ** 2)


def slope_in_numpy(network, part, index, h=1e-5):
    return (loss_in_numpy(network, part, index, h) - loss_in_numpy(network, part, index, -h)) / (2 * h)


def assert_shows_its_settings(panel, network):
    """Numbers against NumPy; the chart and the pictures against those numbers, drawn once more."""
    assert panel.settle(SOON)
    assert panel.status.value.startswith("computed in "), panel.status.value
    part, index = panel.weight
    slope, start = slope_in_numpy(network, part, index), loss_in_numpy(network)
    change = loss_in_numpy(network, part, index, panel.nudge) - start
    assert panel.slope == pytest.approx(slope, abs=1e-8)
    assert panel.true_change == pytest.approx(change, abs=1e-12)
    assert panel.predicted_change == pytest.approx(slope * panel.nudge, abs=2e-8)
    words = f"slope {panel.slope:+.2e}: predicted change of the loss {panel.predicted_change:+.2e}, true change "
    assert words in panel._chart_caption.value
    assert float(panel._chart_caption.value.split("true change ")[1].split("<")[0]) == pytest.approx(
        change, rel=0.01, abs=1e-12)
    nudges = np.linspace(-1.5, 1.5, module.NUM_POINTS)
    losses = [loss_in_numpy(network, part, index, nudge) for nudge in nudges]
    title = f"{part}[{', '.join(map(str, index))}]"
    figure = plots.nudge_curves({title: (nudges, losses, panel.slope)}, nudge=panel.nudge, width=5.2)
    drawn, expected = (images.load_image(io.BytesIO(each))
                       for each in (panel.chart.value, plots.encode_figure(figure)))
    assert drawn.shape == expected.shape and np.abs(drawn - expected).mean() < 2e-5
    bottom = np.concatenate(list(output_in_numpy(network, part, index, panel.nudge)), axis=1)  # (4, 12, 1)
    shown = images.load_image(io.BytesIO(panel.reconstruction.value))[-12::3, ::3, :1]
    np.testing.assert_allclose(shown, bottom, atol=0.1)  # a JPEG of large pixels


def test_the_first_curve_is_there_as_soon_as_the_panel_is(panel, network):
    assert panel.num_draws == 1
    assert (panel.part, panel.rank, panel.nudge) == ("encoder/kernel", 1, 0)
    assert_shows_its_settings(panel, network)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_shows_its_steepest_weight_first(panel, network, part):
    panel.part = part
    assert_shows_its_settings(panel, network)
    shape = network.parameters[PARTS.index(part)].shape
    steepest = max(abs(slope_in_numpy(network, part, index)) for index in np.ndindex(shape))
    assert abs(panel.slope) == pytest.approx(steepest, abs=1e-8)


@pytest.mark.parametrize("nudge", np.linspace(-1.5, 1.5, 7))
@pytest.mark.parametrize("part", ["encoder/kernel", "decoder/bias"])
def test_nudge_works_over_its_full_range(panel, network, part, nudge):
    panel.part, panel.nudge = part, float(nudge)
    assert_shows_its_settings(panel, network)


@pytest.mark.parametrize("part", PARTS)
def test_rank_works_over_its_full_range_and_slopes_fall(panel, network, part):
    panel.part, panel.nudge = part, 0.3
    slopes = []
    for rank in range(1, panel._rank.max + 1):
        panel.rank = rank
        slopes.append(abs(panel.slope))
    assert slopes == sorted(slopes, reverse=True)
    assert panel._rank.max == network.parameters[PARTS.index(part)].data.size
    assert_shows_its_settings(panel, network)


def test_rank_finds_every_weight_of_a_part_once(panel):
    panel.part = "decoder/bias"
    seen = set()
    for rank in range(1, 17):
        panel.rank = rank
        seen.add(panel.weight)
    assert seen == {("decoder/bias", (i,)) for i in range(16)}


def test_rank_comes_down_with_a_smaller_part(panel, network):
    panel.rank = 80
    panel.part = "encoder/bias"
    assert panel.rank == 5
    assert_shows_its_settings(panel, network)


def test_close_to_zero_prediction_and_truth_agree_and_further_out_they_part(panel):
    gaps = []
    for nudge in (0.03, 0.3, 1.5):
        panel.nudge = nudge
        gaps.append(abs(panel.true_change - panel.predicted_change) / abs(panel.predicted_change))
    assert gaps[0] < 0.1 and gaps[0] < gaps[1] < gaps[2]


def test_your_network_does_not_change(network):
    before = [w.data.copy() for w in network.parameters]
    panel = GradientPanel(network, PICTURES)
    for part in PARTS:
        panel.part, panel.nudge = part, 1.0
        assert panel.settle(SOON)
    panel.close()
    assert all((w.data == data).all() and w.data.dtype == np.float32 for w, data in zip(network.parameters, before))
    assert all(w.grad is None for w in network.parameters)


def test_training_on_does_not_change_the_panel(panel, network):
    fresh = dense()
    for w in network.parameters:
        w.data = w.data + 1
    panel.nudge = 0.9
    assert_shows_its_settings(panel, fresh)


def test_convolutional_network_and_colour_pictures_work():
    network = ad.Chain(ad.Conv2D(3, 3, seed=0, activation="sigmoid"))
    pictures = np.random.default_rng(1).random((2, 6, 6, 3)).astype(np.float32)
    panel = GradientPanel(network, pictures)
    panel.nudge = 0.5
    assert panel.settle(SOON) and panel.status.value.startswith("computed in")
    assert panel.weight[0] == "conv/kernel" and len(panel.weight[1]) == 4
    panel.close()


def test_parts_of_one_name_are_told_apart():
    network = ad.Chain(ad.Conv2D(1, 1, seed=0), ad.Conv2D(1, 1, seed=1, activation="sigmoid"))
    panel = GradientPanel(network, PICTURES)
    assert list(panel._part.options) == ["conv/kernel", "conv/bias", "conv/kernel (2)", "conv/bias (3)"]
    panel.close()


def test_at_most_eight_pictures_are_shown_and_all_are_counted():
    pictures = np.random.default_rng(2).random((20, 4, 4, 1))
    panel = GradientPanel(dense(), pictures)
    assert images.load_image(io.BytesIO(panel.reconstruction.value)).shape[1] == 8 * 4 * 3
    whole = np.mean((dense()(pictures).data - pictures) ** 2)
    assert panel._start == pytest.approx(whole, rel=1e-5)
    panel.close()


# --- many moves


def test_a_burst_of_moves_ends_on_the_last_without_a_queue(panel, network, monkeypatch):
    encode = plots.encode_figure
    monkeypatch.setattr(module.plots, "encode_figure", lambda figure: time.sleep(0.05) or encode(figure))
    before = panel.num_draws
    for nudge in np.linspace(-1.5, 1.2, 50):
        panel.nudge = float(nudge)
        time.sleep(0.002)
    assert panel.settle(SOON)
    monkeypatch.undo()
    assert panel.nudge == pytest.approx(1.2) and panel.num_draws - before <= 25
    assert_shows_its_settings(panel, network)


def test_moves_from_several_threads_end_on_what_the_controls_say(panel, network):
    def move(control, values):
        for value in values:
            setattr(panel, control, value)
            time.sleep(0.001)

    moves = {"nudge": [*np.linspace(-1, 1, 40).tolist(), 0.6], "rank": [*range(1, 5)] * 10,
             "part": [PARTS[i % 4] for i in range(40)]}
    threads = [threading.Thread(target=move, args=pair) for pair in moves.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (panel.nudge, panel.rank, panel.part) == (0.6, 4, "decoder/bias")
    assert_shows_its_settings(panel, network)


def test_only_the_newest_curve_is_kept(panel):
    for rank in range(1, 20):
        panel.rank = rank
        assert panel.settle(SOON)
    assert len(panel._curves) == 1


# --- what goes wrong


def test_error_while_drawing_is_said_and_the_next_move_works(panel, network, monkeypatch):
    monkeypatch.setattr(panel, "_sheet", lambda reconstruction: 1 / 0)
    panel.nudge = 0.4
    assert panel.settle(SOON)
    assert panel.status.value == "Cannot show this: ZeroDivisionError: division by zero"
    monkeypatch.undo()
    panel.nudge = 0.5
    assert_shows_its_settings(panel, network)


@pytest.mark.parametrize(("pictures", "words"), [
    (np.zeros((4, 4, 1)), r"pictures must be \(batch, height, width, channels\).*\(4, 4, 1\)"),
    (np.zeros((1, 4, 4, 2)), "with 1 or 3 channels"),
    (np.zeros((0, 4, 4, 1)), "pictures must be"),
    (np.full((1, 4, 4, 1), 2.0), r"pictures must lie in \[0, 1\]; received values from 2 to 2"),
    (np.full((1, 4, 4, 1), np.nan), r"pictures must lie in \[0, 1\]"),
    ([["text"]], "pictures must be"),
])
def test_what_is_no_batch_of_pictures_is_refused(network, pictures, words):
    with pytest.raises(ValueError, match=words):
        GradientPanel(network, pictures)


@pytest.mark.parametrize("wrong", [None, "network", lambda x: x, ad.Chain(ad.upsample)])
def test_what_is_no_network_is_refused(wrong):
    with pytest.raises(TypeError, match="network must be an autodiff network with parameters, such as ad.Chain"):
        GradientPanel(wrong, PICTURES)


def test_network_that_returns_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"pictures' shape \(3, 4, 4, 1\); received \(3, 8, 8, 1\)"):
        GradientPanel(ad.Chain(ad.Conv2D(1, 1, seed=0), ad.upsample), PICTURES)


@pytest.mark.parametrize("reach", [0, -1.0, np.inf, "2", None, True])
def test_reach_that_is_no_positive_number_is_refused(network, reach):
    with pytest.raises(ValueError, match="reach must be a positive number; received"):
        GradientPanel(network, PICTURES, reach=reach)


@pytest.mark.parametrize(("name", "value", "words"), [
    ("part", "code", "part must be one of encoder/kernel, .*received 'code'"),
    ("part", ["encoder/kernel"], "part must be one of encoder/kernel, .*received"),
    ("nudge", "1", "nudge must be from -1.5 to 1.5; received '1'"),
    ("nudge", None, "nudge must be from -1.5 to 1.5; received None"),
    ("rank", True, "rank must be an int from 1 to 80; received True"),
    ("rank", 0, "rank must be an int from 1 to 80; received 0"),
    ("rank", 81, "rank must be an int from 1 to 80; received 81"),
    ("rank", 1.5, "rank must be an int from 1 to 80; received 1.5"),
    ("nudge", 1.6, "nudge must be from -1.5 to 1.5; received 1.6"),
    ("nudge", np.nan, "nudge must be from -1.5 to 1.5; received nan"),
])
def test_settings_out_of_range_are_refused_and_change_nothing(panel, name, value, words):
    before = getattr(panel, name)
    with pytest.raises(ValueError, match=words):
        setattr(panel, name, value)
    assert getattr(panel, name) == before


def test_callbacks_print_nothing(panel, capfd):
    panel.nudge, panel.part = 0.3, "decoder/bias"
    panel.settle(SOON)
    assert capfd.readouterr() == ("", "")


def test_the_controls_are_where_a_browser_looks_for_them(panel):
    assert "ae-gradient-panel" in panel._dom_classes and "ae-chart" in panel.chart._dom_classes
    assert panel._nudge.description == "nudge" and "ae-nudge" in panel._nudge._dom_classes
