"""The figure of a report card: every point where its numbers say, no text cut off, bars that add nothing."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from aelearn import plots
from aelearn.plots.report import _common

STYLES = {"great_wave": (0.25, 0.5), "starry_night": (0.2, 0.6), "mona_lisa": (0.3, 0.4)}
ANCHORS = {"photo copied": (0.6, 1.0), "painting copied": (0.0, 0.05)}
COPIED = {"great_wave": 0.55, "starry_night": 0.6, "mona_lisa": 0.65}
OTHERS = {"whitening": (0.15, 0.4), "colour transfer": (0.4, 0.97)}
random = np.random.default_rng(0)
MANY = {f"style_{number}": (0.2 + 0.05 * x, 0.6 + 0.1 * y) for number, (x, y) in enumerate(random.normal(size=(14, 2)))}
FIGURES = {
    "plain": plots.report(STYLES, ANCHORS),
    "everything": plots.report(STYLES, ANCHORS, copied=COPIED, others=OTHERS, name="perceptual", title="$6 × 6$ pairs"),
    "many": plots.report(MANY, ANCHORS, name="pixel"),
    "plain paintings": plots.report({"$x$": (20.0, -0.2), "a_painting_whose_name_never_ends": (0.3, 0.5)}, ANCHORS),
}


def points(axes):
    """Where the single marks of a plane stand."""
    return [tuple(np.round(line.get_xydata()[0], 9)) for line in axes.lines if len(line.get_xydata()) == 1]


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_off_and_none_is_read_as_a_formula(name):
    figure = FIGURES[name]
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    assert box.x0 >= -0.02 and box.y0 >= -0.02 and box.x1 <= width + 0.02 and box.y1 <= height + 0.02
    assert width <= 9.001
    texts = [text for axes in figure.axes for text in [*axes.texts, *axes.get_yticklabels()]]
    assert not any(text.get_parse_math() for text in texts if "$" in text.get_text())


def test_marks_stand_where_their_numbers_say():
    plane = FIGURES["everything"].axes[0]
    mean = tuple(np.round(np.mean(list(STYLES.values()), axis=0), 9))
    assert sorted(points(plane)) == sorted([mean, *ANCHORS.values(), *OTHERS.values()])
    dots = plane.collections[0].get_offsets()
    assert sorted(map(tuple, dots.data.round(9))) == sorted(STYLES.values())


def test_styles_are_numbered_from_the_most_paint_on_and_listed_in_that_order():
    plane, texture, edges = FIGURES["everything"].axes
    names = [label.get_text() for label in texture.get_yticklabels()]
    assert names == ["starry night  1", "great wave  2", "mona lisa  3"]
    assert [bar.get_width() for bar in texture.patches] == [0.2, 0.25, 0.3]
    assert [bar.get_width() for bar in edges.patches] == [0.6, 0.5, 0.4]
    where = {text.get_text(): text.xy for text in plane.texts}
    assert [tuple(np.round(where[number], 9)) for number in "123"] == [(0.2, 0.6), (0.25, 0.5), (0.3, 0.4)]


def test_the_photo_copied_is_marked_at_its_own_style():
    lines = FIGURES["everything"].axes[1].collections[0].get_segments()
    assert {round(line[0][0], 9): round(line[:, 1].mean(), 9) for line in lines} == {0.6: 0, 0.55: 1, 0.65: 2}
    assert not FIGURES["plain"].axes[1].collections


def test_the_dashed_line_joins_the_anchors():
    line = next(line for line in FIGURES["plain"].axes[0].lines if len(line.get_xydata()) == 2)
    assert sorted(map(tuple, line.get_xydata())) == sorted(ANCHORS.values()) and line.get_linestyle() == "--"


def test_other_systems_differ_in_shape_and_not_by_colour_alone():
    many = {f"system {number}": (0.3, number / 10) for number in range(5)}
    plane = plots.report(STYLES, ANCHORS, others=many).axes[0]
    shapes = {tuple(line.get_xydata()[0]): line.get_marker() for line in plane.lines if len(line.get_xydata()) == 1}
    assert len({shapes[point] for point in many.values()}) == 5


def test_labels_of_a_few_marks_do_not_cover_each_other():
    figure = FIGURES["everything"]
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    boxes = [text.get_window_extent(canvas.get_renderer()).extents for text in figure.axes[0].texts]
    assert max(_common(one, other) for i, one in enumerate(boxes) for other in boxes[:i]) == 0


@pytest.mark.parametrize(("change", "message"), [
    ({"styles": {}}, "styles must be a dict from name to"),
    ({"styles": {"x": (0.1,)}}, r"styles\['x'\] must be 2 finite numbers"),
    ({"anchors": {"x": (0.1, np.nan)}}, r"anchors\['x'\] must be 2 finite numbers"),
    ({"others": {"x": "far"}}, r"others\['x'\] must be 2 finite numbers"),
    ({"copied": {"great_wave": 0.5}}, "copied must have the same styles"),
    ({"copied": dict.fromkeys(STYLES, np.inf)}, "copied must be finite numbers"),
])
def test_bad_arguments_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        plots.report(**{"styles": STYLES, "anchors": ANCHORS} | change)


@pytest.mark.parametrize("dots", [
    [(0.118, 0.784), (0.128, 0.806), (0.133, 0.801)],
    [(0.125, 0.757), (0.131, 0.85), (0.132, 0.771)],
    [(0.122, 0.752), (0.123, 0.791), (0.146, 0.818)],
])
def test_no_number_stands_nearer_to_another_dot_than_to_its_own(dots):
    styles = dict(zip("abc", dots))  # close together, by their texture
    figure = plots.report(styles, {"photo copied": (0.565, 1.0), "painting copied": (0.0, 0.013)},
                          others={"pixel": (0.241, 0.788), "your student": (0.19, 0.845)}, name="perceptual")
    figure.draw_without_rendering()
    plane = figure.axes[0]
    places = plane.transData.transform(dots)
    numbers = {text.get_text(): text for text in plane.texts if text.get_text().isdigit()}
    assert list(numbers) == ["1", "2", "3"]
    for own, text in enumerate(numbers.values()):
        box = text.get_window_extent()
        middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        assert np.hypot(*(places - middle).T).argmin() == own
