"""Figures for choosing: every number is where it belongs, and nothing is cut off or silently dropped."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from aelearn import plots

ROWS = [{"latent_size": size, "strength": strength, "mse": 0.001 * (10 * i + j)}
        for i, size in enumerate((4, 8, 16)) for j, strength in enumerate((0.0, 1e-4))]
FIGURES = {
    "curve": lambda: plots.sweep_curve({"PCA": ([2, 4, 8], [0.3, 0.2, 0.1]), "a_rather_long_name": ([4, 8], [0.2, 0])},
                                       x="numbers in the code", y="held-out error", mark=(4, 0.2), title="a title"),
    "one point": lambda: plots.sweep_curve({"x": ([0.5], [1.0])}, x="λ", y="MSE"),
    "spread": lambda: plots.sweep_curve({"x": ([1, 2], [1.0, 2.0])}, x="k", y="MSE", spread={"x": [0.1, 0.2]}),
    "map": lambda: plots.evidence_map(ROWS, x="latent_size", y="strength", value="mse", title="error in thousandths",
                                      scale=1000, frame={"least held-out error": ROWS[0], "chosen": ROWS[3]}),
    "map of one": lambda: plots.evidence_map(ROWS[:1], x="latent_size", y="strength", value="mse"),
    "classes": lambda: plots.class_bars({name: dict.fromkeys(range(10), 0.02) for name in ("dense_16", "PCA")}),
    "one class": lambda: plots.class_bars({"only": 0.5}),
    "rates": lambda: plots.unit_rates({f"λ = {i}": np.linspace(0, 1, 64) ** i for i in (1, 2, 3)}, title="units"),
    "one unit": lambda: plots.unit_rates({"λ": [0.0]}),
}


@pytest.fixture(scope="module", params=FIGURES)
def figure(request):
    return FIGURES[request.param]()


def test_nothing_is_cut_off_and_it_fits_the_page(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.get_tightbbox(canvas.get_renderer())  # inches, of all that is drawn
    width, height = figure.get_size_inches()
    assert width <= 9.001
    assert box.x0 >= -0.01 and box.y0 >= -0.01 and box.x1 <= width + 0.01 and box.y1 <= height + 0.01


def words(figure):
    return {text.get_text() for text in figure.findobj(Text)}


def test_it_is_drawn_and_small(figure):
    content = plots.encode_figure(figure)
    assert content[1:4] == b"PNG" and 2_000 < len(content) < 90_000


def test_a_curve_stands_at_its_settings_at_equal_distances():
    figure = plots.sweep_curve({"a": ([2, 64, 8], [3.0, 1.0, 2.0]), "b": ([8], [5.0])}, x="k", y="MSE", mark=(8, 2.0))
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["2", "8", "64"]
    first, second, ring = axes.lines[0], *[line for line in axes.lines if len(line.get_xdata()) == 1][:2]
    assert first.get_xdata().tolist() == [0, 2, 1] and first.get_ydata().tolist() == [3, 1, 2]
    assert (second.get_xdata()[0], second.get_ydata()[0]) == (1, 5)
    assert (ring.get_xdata(), ring.get_ydata()) == (1, 2.0) or (ring.get_xdata()[0], ring.get_ydata()[0]) == (1, 2.0)
    assert first.get_linestyle() != second.get_linestyle() and first.get_marker() != second.get_marker()
    assert {"a", "b"} <= words(figure)


def test_a_spread_is_a_bar_of_that_length():
    figure = plots.sweep_curve({"x": ([1, 2], [1.0, 2.0])}, x="k", y="MSE", spread={"x": [0.1, 0.3]})
    segments = figure.axes[0].containers[0].lines[2][0].get_segments()
    np.testing.assert_allclose([s[:, 1] for s in segments], [[0.9, 1.1], [1.7, 2.3]])


def test_a_map_has_each_number_in_its_cell_and_frames_around_the_right_ones():
    figure = FIGURES["map"]()
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["4", "8", "16"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0", "0.0001"]
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written == {(i, j): f"{10 * i + j:.1f}" for i in range(3) for j in range(2)}
    centres = [(p.get_x() + p.get_width() / 2, p.get_y() + p.get_height() / 2) for p in axes.patches]
    np.testing.assert_allclose(centres, [(0, 0), (0, 0), (1, 1), (1, 1)], atol=1e-9)  # white below, then the colour
    assert {"least held-out error", "chosen"} <= words(figure)


def test_a_number_can_be_read_on_its_cell():
    figure = FIGURES["map"]()
    image = figure.axes[0].images[0]
    for text in figure.axes[0].texts:
        column, row = map(int, text.get_position())
        cell = image.cmap(image.norm(image.get_array()[row, column]))[:3]
        ink = (1, 1, 1) if text.get_color() == "white" else (0.1, 0.1, 0.1)
        luminance = [np.dot(np.where(np.array(c) <= 0.04, np.array(c) / 12.9, ((np.array(c) + 0.055) / 1.055) ** 2.4),
                            [0.2126, 0.7152, 0.0722]) for c in (cell, ink)]
        assert (max(luminance) + 0.05) / (min(luminance) + 0.05) > 3.5  # WCAG asks 3 of large text


def test_a_setting_that_was_not_tried_stays_white():
    figure = plots.evidence_map(ROWS[:-1], x="latent_size", y="strength", value="mse")
    assert len(figure.axes[0].texts) == 5 and np.isnan(np.ma.filled(figure.axes[0].images[0].get_array(), np.nan)[1, 2])


def test_class_bars_have_their_heights():
    figure = plots.class_bars({"a": {0: 0.1, 5: 0.2}, "b": {0: 0.3, 5: 0.4}})
    assert [round(p.get_height(), 3) for p in figure.axes[0].patches] == [0.1, 0.2, 0.3, 0.4]
    assert figure.axes[0].patches[0].get_hatch() != figure.axes[0].patches[2].get_hatch()
    lefts = [p.get_x() for p in figure.axes[0].patches]
    assert lefts[0] < lefts[2] < lefts[1] < lefts[3]


def test_dead_units_are_crosses_and_counted():
    axes = plots.unit_rates({"λ": [0.2, 0.0, 0.9, 0.0]}).axes[0]
    assert [round(p.get_height(), 2) for p in axes.patches] == [0.9, 0.2]
    assert axes.lines[0].get_xdata().tolist() == [3, 4] and axes.get_title(loc="left") == "λ: 2 of 4 dead"


BAD = {
    "no curve": (lambda: plots.sweep_curve({}, x="k", y="MSE"), "curves must hold settings"),
    "lengths": (lambda: plots.sweep_curve({"a": ([1, 2], [1.0])}, x="k", y="MSE"), r"lengths \{'a': \(2, 1\)\}"),
    "no row": (lambda: plots.evidence_map([], x="a", y="b", value="c"), "rows must be dicts with 'a', 'b' and 'c'"),
    "a row without": (lambda: plots.evidence_map([{"a": 1}], x="a", y="b", value="c"), "rows must be dicts with"),
    "no class": (lambda: plots.class_bars({}), "errors must be a dict .*received {}"),
    "other classes": (lambda: plots.class_bars({"a": {0: 1.0}, "b": {1: 1.0}}), "errors must hold the same classes"),
    "rate above 1": (lambda: plots.unit_rates({"a": [1.5]}), "rates must hold numbers from 0 to 1"),
    "no rates": (lambda: plots.unit_rates({}), "rates must hold numbers from 0 to 1"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_drawn_is_said(case):
    make, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        make()
