"""Figures of what is steered: each shows the numbers that it was given, and nothing of it is cut off."""

import base64

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.patches import Ellipse

from aelearn import plots
from aelearn.plots.control import MARKERS, REGIONS

random = np.random.default_rng(0)
TILTED = np.array([[5.0, 2.0], [2.0, 2.0]])
PICTURE, TALL = random.random((30, 40, 3)), random.random((50, 30, 3))
POINTS = random.normal(size=(40, 2))
LABELS = np.arange(40) % 3
BEFORE, AFTER = np.array([[0.0, 0], [1, 1], [2, 0]]), np.array([[0.5, 0], [1, 1], [2, 2]])


def halves(shape, number=2):
    masks = np.zeros((number, *shape))
    for region, columns in enumerate(np.array_split(np.arange(shape[1]), number)):
        masks[region][:, columns] = 1
    return masks


FIGURES = {
    "ellipses": plots.ellipse_grid({"plain_average": [TILTED, np.eye(2)], "a name that is too long": [np.eye(2)] * 2},
                                   ["100% A", "0% A, and a title that wraps"], behind=[TILTED]),
    "one ellipse": plots.ellipse_grid({"one": [TILTED]}),
    "steps": plots.cluster_steps(POINTS, [(LABELS, BEFORE, AFTER)] * 4, [f"after {n} steps" for n in range(4)]),
    "regions": plots.region_map([PICTURE, TALL], [halves((30, 40), 3), halves((50, 30))], ["of a photo", "of another"]),
    "one region": plots.region_map([PICTURE], [np.ones((1, 30, 40))]),
    "lines": plots.time_lines({"the_input": [0.2, 0.3, 0.1], "a name that is rather long for a legend": [3, 2, 1]},
                              y="change"),
    "one number": plots.time_lines({"the input": [0.0]}, y="change", title="a title"),
    "wall": plots.picture_wall([PICTURE, TALL, PICTURE, PICTURE], ["a", "a caption that is long enough to wrap twice, "
                                                                  "or so it is hoped", "", "d"]),
    "small wall": plots.picture_wall([PICTURE], columns=3),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_off(name):
    figure = FIGURES[name]
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    assert box.x0 >= -0.02 and box.y0 >= -0.02 and box.x1 <= width + 0.02 and box.y1 <= height + 0.02


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_fits_a_notebook_column_in_width_and_bytes(name):
    assert FIGURES[name].get_size_inches()[0] <= 9.001
    content, _ = plots.show(FIGURES[name], "words")._repr_mimebundle_()
    kind = next(kind for kind in content if kind.startswith("image/"))
    assert len(base64.b64decode(content[kind])) < 150_000


# --- ellipses


def drawn(axes):
    return [patch for patch in axes.patches if isinstance(patch, Ellipse)]


def covariance_of(ellipse):
    angle = np.radians(ellipse.angle)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.diag([(ellipse.width / 2) ** 2, (ellipse.height / 2) ** 2]) @ turn.T


def test_every_ellipse_is_its_covariance_at_one_deviation():
    expected = [TILTED, np.eye(2), np.eye(2), np.eye(2)]
    for axes, covariance in zip(FIGURES["ellipses"].axes, expected):
        behind, *own = drawn(axes)
        np.testing.assert_allclose(covariance_of(behind), TILTED, atol=1e-9)
        for ellipse in own:
            np.testing.assert_allclose(covariance_of(ellipse), covariance, atol=1e-9)


def test_all_ellipses_have_one_scale_and_fit_into_it():
    limits = {axes.get_xlim() + axes.get_ylim() for axes in FIGURES["ellipses"].axes}
    assert len(limits) == 1
    assert limits.pop()[1] >= np.sqrt(5)


def test_what_lies_behind_is_dashed():
    behind, *own = drawn(FIGURES["ellipses"].axes[0])
    assert behind.get_linestyle() != own[-1].get_linestyle()


# --- centres


def test_points_have_the_colour_and_marker_of_their_centre():
    axes = plots.cluster_steps(POINTS, [(LABELS, BEFORE, AFTER)]).axes[0]
    clouds = [each for each in axes.collections if len(each.get_offsets()) > 1]
    for k, cloud in enumerate(clouds):
        np.testing.assert_allclose(cloud.get_offsets(), POINTS[LABELS == k])
        assert tuple(cloud.get_facecolor()[0][:3]) == pytest.approx(to_rgb(REGIONS[k]))
    shapes = {tuple(map(tuple, cloud.get_paths()[0].vertices.round(6))) for cloud in clouds}
    assert len(clouds) == 3 and len(shapes) == 3 and len(set(MARKERS)) == len(REGIONS)


def test_centres_are_where_they_were_and_where_they_are():
    axes = plots.cluster_steps(POINTS, [(LABELS, BEFORE, AFTER)]).axes[0]
    single = [tuple(each.get_offsets()[0]) for each in axes.collections if len(each.get_offsets()) == 1]
    assert single == [(0, 0), (0.5, 0), (1, 1), (1, 1), (2, 0), (2, 2)]
    assert len(axes.texts) == 2  # the annotations that join the two that moved


def test_a_centre_without_points_is_still_shown():
    axes = plots.cluster_steps(POINTS, [(np.zeros(40, int), BEFORE, BEFORE)]).axes[0]
    assert sum(len(each.get_offsets()) == 1 for each in axes.collections) == 6


# --- regions


def test_regions_of_one_number_have_one_colour_in_both_pictures_and_differ_from_others():
    gray = np.full((20, 30, 3), 0.5)
    one, two = (np.asarray(axes.images[0].get_array()) for axes in
                plots.region_map([gray, gray], [halves((20, 30)), halves((20, 30))[::-1]]).axes)
    np.testing.assert_allclose(one[5, 3], two[5, 25])
    assert np.abs(one[5, 3] - one[5, 25]).max() > 0.2


def test_light_and_dark_of_the_picture_show_through():
    ramp = np.broadcast_to(np.linspace(0, 1, 20)[:, None, None], (20, 30, 3))
    shown = np.asarray(plots.region_map([ramp], [np.ones((1, 20, 30))]).axes[0].images[0].get_array())
    assert (np.diff(shown.sum(axis=2), axis=0) > 0).all()


def test_every_region_has_its_numeral_inside_itself():
    masks = halves((30, 40), 3)
    texts = plots.region_map([PICTURE], [masks]).axes[0].texts
    assert [text.get_text() for text in texts] == ["1", "2", "3"]
    for region, text in enumerate(texts):
        column, row = text.get_position()
        assert masks[region][int(row), int(column)] == 1


def test_a_region_that_is_nowhere_gets_no_numeral():
    masks = np.stack([np.ones((30, 40)), np.zeros((30, 40))])
    assert [text.get_text() for text in plots.region_map([PICTURE], [masks]).axes[0].texts] == ["1"]


# --- lines and walls


def test_lines_are_the_numbers_from_one_on_and_differ_in_dashes():
    lines = FIGURES["lines"].axes[0].lines
    np.testing.assert_allclose(lines[0].get_xydata(), [[1, 0.2], [2, 0.3], [3, 0.1]])
    assert lines[0].get_label() == "the input" and lines[0].get_linestyle() != lines[1].get_linestyle()
    assert FIGURES["lines"].axes[0].get_ylim()[0] == 0


def test_a_wall_shows_every_picture_in_order_without_distortion():
    figure = FIGURES["wall"]
    assert len(figure.axes) == 4
    for axes, picture in zip(figure.axes, [PICTURE, TALL, PICTURE, PICTURE]):
        np.testing.assert_allclose(np.asarray(axes.images[0].get_array()), picture)
        assert axes.get_aspect() == 1
    rows = [round(axes.get_position().y1, 6) for axes in figure.axes]
    assert rows[0] == rows[1] == rows[2] > rows[3]


def test_captions_of_a_wall_stand_below_their_own_picture():
    figure = FIGURES["wall"]
    captions = {text.get_text(): text.get_position() for text in figure.texts}
    first, last = figure.axes[0].get_position(), figure.axes[3].get_position()
    assert captions["a"][0] == pytest.approx(first.x0) and last.y1 < captions["a"][1] < first.y1
    assert captions["d"][1] < last.y0


# --- what they refuse

NAN = float("nan")


@pytest.mark.parametrize("call, words", [
    (lambda: plots.ellipse_grid({}), "rows must be a dict .*at least one"),
    (lambda: plots.ellipse_grid({"a": []}), r"rows must be lists of one length; received lengths \[0\]"),
    (lambda: plots.ellipse_grid({"a": [TILTED], "b": [TILTED] * 2}), r"one length; received lengths \[1, 2\]"),
    (lambda: plots.ellipse_grid({"a": [np.eye(3)]}), r"rows\['a'\]\[0\] must be a symmetric array \(2, 2\)"),
    (lambda: plots.ellipse_grid({"a": [[[1, 2], [0, 1]]]}), r"rows\['a'\]\[0\] must be a symmetric"),
    (lambda: plots.ellipse_grid({"a": [TILTED * NAN]}), r"rows\['a'\]\[0\] must be a symmetric"),
    (lambda: plots.ellipse_grid({"a": [TILTED]}, ["x", "y"]), "column_titles must be 1 str"),
    (lambda: plots.ellipse_grid({"a": [TILTED]}, behind=[np.eye(3)]), r"behind\[0\] must be a symmetric"),
    (lambda: plots.cluster_steps(POINTS[:, :1], []), r"points must be finite numbers \(number, 2\)"),
    (lambda: plots.cluster_steps(POINTS * NAN, []), "points must be finite numbers"),
    (lambda: plots.cluster_steps(POINTS, []), "steps must hold at least one step"),
    (lambda: plots.cluster_steps(POINTS, [(LABELS[:3], BEFORE, AFTER)]), r"steps\[0\] must be \(labels of 40 points"),
    (lambda: plots.cluster_steps(POINTS, [(LABELS, BEFORE, AFTER[:2])]), r"steps\[0\] must be"),
    (lambda: plots.cluster_steps(POINTS, [(LABELS, BEFORE, AFTER)], ["a", "b"]), "titles must be 1 str"),
    (lambda: plots.region_map([], []), "masks must be one array per picture; received 0 for 0"),
    (lambda: plots.region_map([PICTURE], []), "masks must be one array per picture; received 0 for 1"),
    (lambda: plots.region_map([PICTURE], [np.ones((2, 3, 4))]), r"masks\[0\] must be \(regions, 30, 40\)"),
    (lambda: plots.region_map([PICTURE[..., :2]], [np.ones((1, 30, 40))]), r"pictures\[0\] must be a picture"),
    (lambda: plots.time_lines({}, y="y"), "lines must be a dict"),
    (lambda: plots.time_lines({"a": []}, y="y"), "lists of one length, of at least one number"),
    (lambda: plots.time_lines({"a": [1], "b": [1, 2]}, y="y"), r"received lengths \[1, 2\]"),
    (lambda: plots.time_lines({"a": [NAN]}, y="y"), r"lines\['a'\] must be finite numbers"),
    (lambda: plots.picture_wall([]), "pictures must hold at least one picture"),
    (lambda: plots.picture_wall([PICTURE], ["a", "b"]), "titles must be 1 str"),
    (lambda: plots.picture_wall([PICTURE], columns=0), "columns must be a positive int; received 0"),
    (lambda: plots.picture_wall([PICTURE], columns=True), "columns must be a positive int; received True"),
    (lambda: plots.picture_wall([PICTURE * NAN]), r"pictures\[0\] must be finite numbers"),
])
def test_what_cannot_be_drawn_is_said_in_one_line(call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
