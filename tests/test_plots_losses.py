"""Figures of lesson 01: they show the numbers they were given, and nothing is cut off or hides another."""

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from aelearn import plots

NAMES = ("shift", "blur", "noise", "contrast", "blocks")
MEASURES = {
    "MSE": dict.fromkeys(NAMES, 0.008),
    "PSNR in dB": dict.fromkeys(NAMES, 21.0),
    "MAE": {name: 0.04 + 0.01 * i for i, name in enumerate(NAMES)},
    "BCE": dict.fromkeys(NAMES, 0.47),
    "SSIM": {"shift": 0.8, "blur": -0.1, "noise": 0.0, "contrast": 0.95, "blocks": 0.6},
}
GRID = np.geomspace(1e-4, 1, 25)
PATHS = {"L2": np.outer(1 / (1 + GRID), np.linspace(-1, 1, 7)),
         "L1": np.maximum(np.linspace(0.1, 1, 7) - GRID[:, None], 0)}
X = np.linspace(-1, 2, 61)
FIGURES = {
    "bars": lambda: plots.measure_bars(MEASURES, formats={"MSE": ".4f", "PSNR in dB": ".1f"}),
    "one bar": lambda: plots.measure_bars({"MSE": {"a": 0.0}}),
    "curves": lambda: plots.curves(X, {"squared": X**2, "a_rather_long_name": np.abs(X)}, x_label="x", y_label="y",
                                   title="two"),
    "log curves": lambda: plots.curves(GRID, {"L1": GRID, "L2": GRID**2}, x_label="λ", y_label="MSE", log_x=True),
    "paths": lambda: plots.coefficient_paths(GRID, PATHS),
}


def texts(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    # Numbers along an axis never overlap, and those outside of what is shown are not drawn.
    ticks = [t for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for t in axis.findobj(Text)
             if t is not axis.label]
    found = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in ticks]
    return [(t.get_text(), Text.get_window_extent(t, canvas.get_renderer())) for t in found]


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_off(name):
    figure = FIGURES[name]()
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    assert width <= 9.001
    assert box.x0 >= -0.01 and box.y0 >= -0.01 and box.x1 <= width + 0.01 and box.y1 <= height + 0.01


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_covers_another(name):
    for (one, a), (other, b) in itertools.combinations(texts(FIGURES[name]()), 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across <= 1 or down <= 3, f"{one!r} and {other!r}"


# --- bars


def test_bars_are_as_long_as_their_numbers_and_say_them():
    figure = plots.measure_bars(MEASURES, formats={"MSE": ".4f", "PSNR in dB": ".1f"})
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(MEASURES)
    for axes, values in zip(figure.axes, MEASURES.values()):
        assert [bar.get_width() for bar in axes.patches] == list(values.values())
        low, high = axes.get_xlim()
        assert low <= min(values.values()) and high > max(values.values())
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == list(NAMES)
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.0080"] * 5
    assert [text.get_text() for text in figure.axes[4].texts] == ["0.8", "-0.1", "0", "0.95", "0.6"]


@pytest.mark.parametrize("bad", [{}, {"MSE": {}}, {"MSE": {"a": 1}, "MAE": {"b": 1}}])
def test_measures_of_different_pictures_are_refused(bad):
    with pytest.raises(ValueError, match="measures must .* at least one.*; received"):
        plots.measure_bars(bad)


# --- curves


def test_curves_have_a_dot_at_their_lowest_point():
    lines = {"square": (X - 0.5) ** 2, "line": X}
    (axes,) = plots.curves(X, lines, x_label="w", y_label="loss").axes
    drawn = [line.get_xydata() for line in axes.lines]
    for index, y in enumerate(lines.values()):
        np.testing.assert_array_equal(drawn[2 * index], np.column_stack([X, y]))
        np.testing.assert_allclose(drawn[2 * index + 1], [[X[np.argmin(y)], y.min()]])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("w", "loss")


def test_curves_without_dots_with_limits_and_a_log_axis():
    (axes,) = plots.curves(GRID, {"a": GRID}, x_label="x", y_label="y", log_x=True, least=False, limits=(0, 2)).axes
    assert len(axes.lines) == 1 and axes.get_ylim() == (0, 2) and axes.get_xscale() == "log"


def test_curves_differ_by_dashes_as_well_as_by_colour():
    (axes,) = plots.curves(X, {"a": X, "b": X, "c": X, "d": X}, x_label="x", y_label="y", least=False).axes
    assert len({line.get_linestyle() + str(line._dash_pattern) for line in axes.lines}) == 4
    assert len({line.get_color() for line in axes.lines}) == 4


def test_a_curve_of_another_length_is_named():
    with pytest.raises(ValueError, match=r"lines\['short'\] must have 61 points, as x has; received shape \(3,\)"):
        plots.curves(X, {"short": [1, 2, 3]}, x_label="x", y_label="y")


# --- coefficient paths


def test_paths_show_every_weight_and_count_the_zeros():
    figure = plots.coefficient_paths(GRID, PATHS)
    for axes, (name, path) in zip(figure.axes, PATHS.items()):
        np.testing.assert_array_equal([line.get_ydata() for line in axes.lines], path.T)
        counts = [int(text.get_text()) for text in axes.texts]
        assert counts == (path == 0).sum(axis=1)[::5].tolist()
        assert axes.get_title(loc="left").startswith(name)
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


@pytest.mark.parametrize(("strengths", "path", "words"), [
    ([0.0, 1.0], np.zeros((2, 3)), "strengths must be above 0"),
    ([0.1, 1.0], np.zeros((3, 2)), r"paths\['L1'\] must be \(2, weights\); received \(3, 2\)"),
    ([0.1, 1.0], np.zeros(2), r"paths\['L1'\] must be \(2, weights\); received \(2,\)"),
])  # fmt: skip
def test_paths_that_do_not_fit_are_refused(strengths, path, words):
    with pytest.raises(ValueError, match=words):
        plots.coefficient_paths(strengths, {"L1": path})


# --- signed pictures


def test_signed_picture_is_pale_at_zero_and_full_at_the_limit():
    picture = plots.signed_picture([[-2.0, -0.5, 0.0, 0.5, 2.0]], 1.0)
    assert picture.shape == (1, 5, 3) and picture.dtype == np.float32
    assert np.ptp(picture[0, 2]) == 0 and picture[0, 2, 0] > 0.9
    np.testing.assert_allclose(picture[0, 0] * 255, [0, 114, 178], atol=1e-3)  # beyond the limit: full
    np.testing.assert_allclose(picture[0, 4] * 255, [213, 94, 0], atol=1e-3)
    np.testing.assert_allclose(picture[0, 1], (picture[0, 0] + picture[0, 2]) / 2, atol=1e-6)
    np.testing.assert_allclose(picture[0, 3], (picture[0, 4] + picture[0, 2]) / 2, atol=1e-6)


def test_signed_picture_takes_the_largest_for_its_limit_and_zeros_too():
    np.testing.assert_allclose(plots.signed_picture([[0.1, -0.2]])[0, 1] * 255, [0, 114, 178], atol=1e-3)
    assert np.ptp(plots.signed_picture(np.zeros((3, 3, 1)))) == 0


@pytest.mark.parametrize(("values", "limit", "words"), [
    (np.zeros((2, 2, 3)), None, r"values must be finite numbers \(height, width\); received shape \(2, 2, 3\)"),
    ([[np.nan]], None, "values must be finite"),
    (np.zeros((0, 2)), None, "values must be finite"),
    ([[1.0]], 0, "limit must be positive; received 0"),
    ([[1.0]], -1.0, "limit must be positive"),
])  # fmt: skip
def test_signed_picture_refuses_what_it_cannot_show(values, limit, words):
    with pytest.raises(ValueError, match=words):
        plots.signed_picture(values, limit)
