"""Figures of gradients: they show the numbers they were given, in the right order, and nothing is cut off."""

import base64
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from aelearn import plots

NUDGES = np.linspace(-2, 2, 41)


def parabola(scale=1.0, shift=0.5):
    return NUDGES, scale * (NUDGES - shift) ** 2, -2 * scale * shift


def cases(num):
    random = np.random.default_rng(0)
    weights = {name: (random.normal(size=5), random.normal(size=5)) for name in ("w", "b", "c")}
    return {f"patient {number}": weights for number in range(num)}


def every_figure():
    random = np.random.default_rng(0)
    sizes = {f"{half}_{i}": 10.0 ** -i for half in ("decoder", "encoder") for i in range(4)}
    return {
        "one curve": plots.nudge_curves({"encoder 1/kernel[300, 4]": parabola(1e-5)}, nudge=-1.3),
        "narrow curve": plots.nudge_curves({"w": parabola(150.0)}, nudge=2.0, width=5.2),
        "three curves": plots.nudge_curves({"a": parabola(3e-4), "b": parabola(0.2), "c": (NUDGES, NUDGES * 0, 0)}),
        "errors": plots.nudge_errors([0.1, 1e-6, 1e-12], {"one side": [0.1, 1e-6, 1e-4], "both": [0.01, 0, 1e-4]},
                                     title="error"),
        "pictures": plots.signed_pictures(random.normal(size=(16, 28, 28)) * 1e-3, [f"unit {i}" for i in range(16)],
                                          label="gradient"),
        "one picture": plots.signed_pictures([np.zeros((4, 9))]),
        "own scales": plots.signed_pictures(random.normal(size=(3, 5, 5)), ["a", "b", "c"], shared=False),
        "one network": plots.gradient_sizes({"ReLU": sizes | {"code": 0.0}}),
        "two networks": plots.gradient_sizes({"ReLU": sizes, "sigmoid": dict.fromkeys(sizes, 2e-09)}),
        "one case": plots.gradient_agreement(cases(1)),
        "five cases": plots.gradient_agreement(cases(5)),
        "six cases": plots.gradient_agreement(cases(6)),
    }


FIGURES = list(every_figure())


@pytest.fixture(scope="module")
def figures():
    return every_figure()


def texts(figure):
    """Every text that is drawn, with its box in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    found = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axes in figure.axes:
        if axes.axison:
            found += [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
            for axis in (axes.xaxis, axes.yaxis):
                low, high = sorted(axis.get_view_interval())
                at_right = axis is axes.yaxis and axis.get_ticks_position() == "right"
                ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
                found += [tick.label2 if at_right else tick.label1 for tick in ticks]
    return [(t.get_text(), t.get_window_extent(canvas.get_renderer())) for t in found if t.get_text().strip()]


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_cut_off(figures, name):
    figure = figures[name]
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.get_tightbbox(canvas.get_renderer())  # inches, of all that is drawn
    width, height = figure.get_size_inches()
    assert box.x0 >= -0.01 and box.y0 >= -0.01 and box.x1 <= width + 0.01 and box.y1 <= height + 0.01


@pytest.mark.parametrize("name", [name for name in FIGURES if "errors" not in name])
def test_no_text_covers_another(figures, name):
    for (one, a), (other, b) in itertools.combinations(texts(figures[name]), 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across <= 1 or down <= 3, f"{one!r} and {other!r}"


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_fits_a_notebook_column_in_width_and_bytes(figures, name):
    assert figures[name].get_size_inches()[0] <= 9.001
    content, _ = plots.show(figures[name], "words")._repr_mimebundle_()
    kind = next(kind for kind in content if kind.startswith("image/"))
    assert len(base64.b64decode(content[kind])) < 100_000


# --- nudge_curves


def lines(axes):
    return {line.get_label(): line.get_xydata() for line in axes.lines}


def test_curve_and_line_are_changes_since_nudge_zero_in_one_unit():
    nudges, losses, slope = parabola(1e-5)
    (axes,) = plots.nudge_curves({"w": (nudges, losses, slope)}).axes
    drawn = lines(axes)
    assert axes.get_ylabel() == "change of the loss, in 10⁻⁵"
    np.testing.assert_allclose(drawn["true change, computed anew"][:, 1] * 1e-5, losses - losses[20], atol=1e-15)
    np.testing.assert_allclose(drawn["slope · nudge, what the gradient predicts"][:, 1] * 1e-5, slope * nudges,
                               atol=1e-15)


@pytest.mark.parametrize(("scale", "unit"), [
    (1.0, ""), (0.02, ""), (3e-4, ", in 10⁻³"), (1e3, ", in 10³"), (1e6, ", in 10⁶"),
])
def test_power_of_ten_is_taken_out_of_very_small_and_very_large_numbers(scale, unit):
    (axes,) = plots.nudge_curves({"w": (NUDGES, scale * NUDGES**2, 0.0)}).axes
    assert axes.get_ylabel() == f"change of the loss{unit}"


def test_nudge_is_marked_on_the_curve_and_on_the_line():
    (axes,) = plots.nudge_curves({"w": parabola()}, nudge=1.0).axes
    *_, gap, true, predicted = (line.get_xydata() for line in axes.lines)
    np.testing.assert_allclose(true, [[1.0, 0.25 - 0.25]], atol=1e-9)
    np.testing.assert_allclose(predicted, [[1.0, -1.0]], atol=1e-9)
    np.testing.assert_allclose(gap, [[1.0, 0.0], [1.0, -1.0]], atol=1e-9)


@settings(max_examples=40)
@given(scale=st.floats(1e-9, 1e6), shift=st.floats(-5, 5), slope=st.floats(-1e7, 1e7))
def test_curve_is_in_sight_however_steep_the_line(scale, shift, slope):
    nudges, losses, _ = parabola(scale, shift)
    (axes,) = plots.nudge_curves({"w": (nudges, losses, slope)}).axes
    low, high = axes.get_ylim()
    heights = lines(axes)["true change, computed anew"][:, 1]
    assert low <= heights.min() and heights.max() <= high
    assert heights.max() - heights.min() > (high - low) / 8


def test_curves_without_a_curve_or_with_two_lengths_are_refused():
    with pytest.raises(ValueError, match="curves must hold at least one curve"):
        plots.nudge_curves({})
    with pytest.raises(ValueError, match=r"curves\['w'\] must have as many losses as nudges.*\(3,\) and \(2,\)"):
        plots.nudge_curves({"w": ([0, 1], [1, 2, 3], 0.0)})


# --- nudge_errors


def test_errors_stand_over_their_nudges_and_zeros_are_left_out():
    (axes,) = plots.nudge_errors([0.1, 0.01, 0.001], {"both": [0.01, 0.0, 0.02]}).axes
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [0.1, 0.01, 0.001])
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [0.01, np.nan, 0.02])
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


@pytest.mark.parametrize(("nudges", "errors", "words"), [
    ([], {"a": []}, "nudges must be above 0"),
    ([0.1, 0.0], {"a": [1, 1]}, "nudges must be above 0"),
    ([0.1], {}, "errors hold a method"),
    ([0.1, 0.2], {"a": [1]}, r"errors\['a'\] must be 2 numbers"),
])
def test_errors_that_fit_no_nudges_are_refused(nudges, errors, words):
    with pytest.raises(ValueError, match=words):
        plots.nudge_errors(nudges, errors)


# --- signed_pictures


def test_shared_scale_is_symmetric_and_ends_at_the_largest_value():
    figure = plots.signed_pictures([np.array([[0.0, 2.0]]), np.array([[-3.0, 1.0]])])
    *pictures, scale = figure.axes
    assert [axes.images[0].get_clim() for axes in pictures] == [(-3, 3), (-3, 3)]
    assert [label.get_text() for label in scale.get_yticklabels()] == ["-3", "0", "3"]


def test_own_scales_end_at_the_largest_value_of_each():
    figure = plots.signed_pictures([np.array([[0.0, 2.0]]), np.array([[-3.0, 1.0]]), np.zeros((1, 2))], shared=False)
    assert [axes.images[0].get_clim()[1] for axes in figure.axes[:2]] == [2, 3]
    assert len(figure.axes) == 3


def test_brightness_alone_tells_the_sign():
    """Dark to bright without a turn, so that the figure can also be read in gray."""
    image = plots.signed_pictures([np.array([[-1.0, -0.5, 0.0, 0.5, 1.0]])]).axes[0].images[0]
    brightness = image.to_rgba(image.get_array())[0, :, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(brightness) > 0.1).all()


@pytest.mark.parametrize(("arrays", "words"), [
    ([], "arrays must hold at least one"),
    ([np.zeros(3)], r"arrays\[0\] must be \(height, width\)"),
    ([np.zeros((2, 2)), np.full((2, 2), np.nan)], r"arrays\[1\] must be"),
    ([np.zeros((0, 2))], r"arrays\[0\] must be"),
])
def test_what_is_no_array_of_two_axes_is_refused(arrays, words):
    with pytest.raises(ValueError, match=words):
        plots.signed_pictures(arrays)


def test_number_of_titles_must_fit():
    with pytest.raises(ValueError, match="titles must be 1 str, one per array; received 2"):
        plots.signed_pictures([np.eye(2)], ["a", "b"])


# --- gradient_sizes


def test_parts_stand_from_top_to_bottom_in_the_order_of_the_way_back():
    (axes,) = plots.gradient_sizes({"ReLU": {"decoder": 0.2, "encoder_1": 0.1}}).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["decoder", "encoder 1"]
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [[0.2, 0], [0.1, 1]])
    assert axes.yaxis_inverted()


def test_sizes_are_written_beside_their_points_and_zero_as_zero():
    (axes,) = plots.gradient_sizes({"ReLU": {"decoder": 0.2, "encoder": 0.0}}).axes
    assert [text.get_text() for text in axes.texts] == ["2e-01", "0"]
    assert np.isfinite(axes.lines[0].get_xdata()).all()


@pytest.mark.parametrize(("networks", "words"), [
    ({}, "the same parts"), ({"a": {}}, "the same parts"), ({"a": {"x": 1}, "b": {"y": 1}}, "the same parts"),
    ({"a": {"x": -1.0}}, "sizes must be finite numbers of at least 0"),
    ({"a": {"x": np.inf}}, "sizes must be finite numbers of at least 0"),
])
def test_sizes_that_are_none_are_refused(networks, words):
    with pytest.raises(ValueError, match=words):
        plots.gradient_sizes(networks)


# --- gradient_agreement


def test_points_are_numeric_to_the_right_and_analytic_upwards_on_equal_axes():
    (axes,) = plots.gradient_agreement({"twice": {"w": ([1.0, -2.0], [2.0, -4.0])}}).axes
    diagonal, points = axes.lines
    np.testing.assert_array_equal(points.get_xydata(), [[1, 2], [-2, -4]])
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    assert axes.get_xlim() == axes.get_ylim() and axes.get_xlim()[1] > 4


def test_weights_differ_by_marker_and_not_by_colour_alone():
    (axes,) = plots.gradient_agreement(cases(1)).axes
    assert len({line.get_marker() for line in axes.lines[1:]}) == 3


@pytest.mark.parametrize(("wrong", "words"), [
    ({}, "cases must hold weights for every title"),
    ({"a": {}}, "cases must hold weights for every title"),
    ({"a": {"w": ([1, 2], [1])}}, r"cases\['a'\]\['w'\] must be two arrays of one size; received 2, 1"),
])
def test_cases_without_pairs_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        plots.gradient_agreement(wrong)
