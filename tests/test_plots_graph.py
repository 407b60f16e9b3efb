"""The drawing of a computation graph: everything is there, readable, and nothing lies on anything else."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from scipy.optimize import isotonic_regression

from aelearn import autodiff as ad
from aelearn import plots
from aelearn.plots import graph_layout, look

few = settings(max_examples=30)


def neuron():
    x, w, b = (ad.Tensor(value, name=name) for name, value in {"x": 2.0, "w": -3.0, "b": 10.0}.items())
    y = (x * w + b).relu()
    y.name = "y"
    loss = (y - 5.0) ** 2
    loss.name = "L"
    loss.backward()
    return loss


def autoencoder():
    x = np.random.default_rng(0).random((32, 784)).astype(np.float32)
    encoder = ad.Dense(784, 32, seed=0, activation="relu", name="encoder")
    decoder = ad.Dense(32, 784, seed=1, activation="sigmoid", name="decoder")
    loss = ad.mean_squared_error(x, decoder(encoder(x)))
    loss.backward()
    return loss


@st.composite
def graphs(draw):
    """Any graph of up to 25 nodes, as `autodiff` makes them; also nodes of several, or equal, parents."""
    nodes = []
    for number in range(draw(st.integers(1, 25))):
        parents = draw(st.lists(st.sampled_from(nodes[-6:]), max_size=3)) if number > 2 else []
        if parents:
            nodes.append(ad.operation("f", 1e-5, *((parent, lambda grad: -grad) for parent in parents)))
        else:
            nodes.append(ad.Tensor(draw(st.floats(-2e4, 2e4)), constant=draw(st.booleans())))
        nodes[-1].name = draw(st.sampled_from(["", "b", "a_layer/kernel", "quite a long name to write"]))
    last = ad.operation("g", 0.0, *((node, lambda grad: 2 * grad) for node in nodes[-3:]))
    if not last.constant:
        last.backward()
    return last


def drawn(tensor, **options):
    """(figure, boxes of the nodes, arrows)."""
    figure = plots.computation_graph(tensor, **options)
    patches = figure.axes[0].patches
    boxes = [patch for patch in patches if isinstance(patch, FancyBboxPatch)][: len(ad.trace(tensor))]
    return figure, boxes, [patch for patch in patches if isinstance(patch, FancyArrowPatch)]


def words(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def edges(box):
    return box.get_x(), box.get_y(), box.get_x() + box.get_width(), box.get_y() + box.get_height()


def apart(one, other):
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def course(arrow):
    """Points along an arrow, in inches."""
    path = arrow._path_original
    return [point for bezier, code in path.iter_bezier() if code != path.MOVETO
            for point in bezier(np.linspace(0, 1, 30))]


def test_every_node_says_what_it_is_its_value_and_its_gradient():
    figure, boxes, arrows = drawn(neuron())
    assert words(figure)[: 8 * 3 - 2 + 1] == [
        "x", "2", "◂ 6", "w", "−3", "◂ −4", "×", "−6", "◂ −2", "b", "10", "◂ −2", "+", "4", "◂ −2",
        "y = relu", "4", "◂ −2", "5", "−", "−1", "◂ −2", "L = power 2"]
    assert (len(boxes), len(arrows)) == (9, 8)
    assert words(figure)[-5:] == ["leaf", "constant", "operation", "◂", "gradient"]


def test_values_and_gradients_can_be_left_out():
    assert "◂" not in "".join(words(drawn(neuron(), gradients=False)[0]))
    assert "−3" in words(drawn(neuron(), gradients=False)[0])
    found = words(drawn(neuron(), values=False)[0])
    assert "−3" not in found and "◂ 6" in found
    assert words(drawn(neuron(), values=False, gradients=False)[0])[:3] == ["x", "w", "×"]


def test_of_arrays_the_shape_and_the_length_of_the_gradient_are_written():
    w = ad.Tensor(np.ones((3, 4)), name="w")
    (5 * w).sum().backward()
    figure = plots.computation_graph(w)
    length = np.sqrt(sum(value**2 for value in w.grad.flat))
    assert words(figure)[:3] == ["w", "3×4", f"◂ {length:.2g}"]
    assert words(figure)[-1] == "gradient, of an array its length"


@pytest.mark.parametrize("value, text", [(1070.4, "1070"), (2.5e-7, "2.5e−7"), (-1 / 3, "−0.333"), (1e9, "1e9"),
                                         (0.0, "0"), (np.nan, "nan"), (-np.inf, "−inf"), (12345.6, "12300")])
def test_numbers_are_short(value, text):
    assert words(plots.computation_graph(ad.Tensor(value, name="x")))[1] == text


def test_leaves_constants_and_operations_differ_in_shape_and_not_by_colour_alone():
    x, k = ad.Tensor(1.0, name="x"), ad.Tensor(1.0, name="k", constant=True)
    leaf, constant, operation = drawn(x * k)[1]
    assert operation.get_boxstyle().rounding_size > 3 * leaf.get_boxstyle().rounding_size
    solid = {"-", "solid"}
    assert leaf.get_linestyle() in solid and operation.get_linestyle() in solid
    assert constant.get_linestyle() not in solid


@given(tensor=graphs())
@few
def test_nothing_overlaps_and_nothing_is_cut_off(tensor):
    figure, boxes, _ = drawn(tensor)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    inches = [edges(box) for box in boxes]
    assert all(apart(one, other) for i, one in enumerate(inches) for other in inches[:i])
    axes, width, height = figure.axes[0], *figure.canvas.get_width_height()
    outlines = [box.get_window_extent() for box in boxes]
    texts = [text.get_window_extent() for text in axes.texts]
    for box in (*outlines, *texts):
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
    for index, one in enumerate(texts):  # 3 pixels: the space above and below letters is part of a text's box
        assert all(apart((one.x0, one.y0 + 3, one.x1, one.y1 - 3), (o.x0, o.y0, o.x1, o.y1)) for o in texts[:index])
    inside = 0
    for text in texts:
        inside += any(box.x0 <= text.x0 and text.x1 <= box.x1 and box.y0 <= text.y0 + 2 and text.y1 - 2 <= box.y1
                      for box in outlines)
    key = [words for words in axes.texts if words.get_text() in ("leaf", "constant", "operation", "◂")
           or words.get_text().startswith("gradient")]
    assert inside == len(texts) - len(key)


@given(tensor=graphs())
@few
def test_arrows_lead_from_parent_to_child_and_pass_no_other_node(tensor):
    nodes = ad.trace(tensor)
    _, boxes, arrows = drawn(tensor)
    place = {id(node): edges(box) for node, box in zip(nodes, boxes)}
    wanted = [(place[id(parent)], place[id(node)]) for node in nodes for parent in node.parents]
    assert len(arrows) == len(wanted)
    for arrow, (start, end) in zip(arrows, wanted):
        (x0, y0), (x1, y1) = arrow._path_original.vertices[[0, -1]]
        assert (x0, x1) == pytest.approx((start[2], end[0])) and x0 < x1
        assert start[1] < y0 < start[3] and end[1] < y1 < end[3]
        points = course(arrow)
        for left, top, right, bottom in set(place.values()) - {start, end}:
            assert not any(left < x < right and top < y < bottom for x, y in points)


def test_both_arrows_of_a_square_are_seen():
    x = ad.Tensor(3.0, name="x")
    first, second = (arrow._path_original.vertices for arrow in drawn(x * x)[2])
    assert np.abs(first[[0, -1]] - second[[0, -1]])[:, 1].min() > 0.05


def test_the_graph_of_an_autoencoder_fits_the_page_and_its_letters_can_be_read():
    figure = plots.computation_graph(autoencoder())
    assert figure.get_size_inches()[0] <= 1.05 * look.WIDTH
    assert min(text.get_fontsize() for text in figure.axes[0].texts) >= 7
    assert plots.computation_graph(neuron()).axes[0].texts[0].get_fontsize() == look.CAPTION


def test_whatever_has_the_five_attributes_can_be_drawn():
    leaf = SimpleNamespace(data=2.0, grad=None, name="x", operation="", parents=())
    node = SimpleNamespace(data=np.float32(4), grad=1.0, name="", operation="double", parents=(leaf,))
    assert words(plots.computation_graph(node))[:5] == ["x", "2", "double", "4", "◂ 1"]


def test_names_are_written_as_they_are():
    figure = plots.computation_graph(ad.Tensor(1.0, name="$w_1$"))
    assert words(figure)[0] == "$w_1$"
    assert not figure.axes[0].texts[0].get_parse_math()


def test_what_is_no_tensor_or_too_large_is_refused():
    with pytest.raises(ValueError, match="tensor must be a Tensor of aelearn.autodiff; received ndarray"):
        plots.computation_graph(np.ones(3))
    x = ad.Tensor(1.0)
    for _ in range(39):
        x = -x
    assert len(drawn(x)[1]) == 40
    with pytest.raises(ValueError, match="at most 40 nodes to be drawn, itself included; received 41"):
        plots.computation_graph(-x)


# --- the layout


@given(wanted=st.lists(st.floats(-5, 5), min_size=1, max_size=8), data=st.data())
@few
def test_spaced_is_isotonic_regression_less_the_distances(wanted, data):
    least = data.draw(st.lists(st.floats(0, 2), min_size=len(wanted) - 1, max_size=len(wanted) - 1))
    weights = data.draw(st.lists(st.floats(0.1, 3), min_size=len(wanted), max_size=len(wanted)))
    shifts = np.cumsum([0, *least])
    expected = isotonic_regression(np.array(wanted) - shifts, weights=weights).x + shifts
    np.testing.assert_allclose(graph_layout.spaced(wanted, least, weights), expected, atol=1e-9)


def test_order_undoes_crossings():
    parents = [[], [], [], [2], [1], [0]]
    columns, routes = graph_layout.columns_of(parents)
    ordered = graph_layout.in_order(columns, routes)
    assert [sorted(column) for column in ordered] == [sorted(column) for column in columns]
    rank = {place: r for column in ordered for r, place in enumerate(column)}
    assert [rank[parent] for parent in (2, 1, 0)] == [rank[child] for child in (3, 4, 5)]


def test_a_leaf_stands_beside_its_first_use():
    columns, routes = graph_layout.columns_of([[], [0], [1], [], [2, 3]])
    assert [3 in column for column in columns] == [False, False, True, False]
    assert routes == [[0, 1], [1, 2], [2, 4], [3, 4]]


def test_an_arrow_with_room_passes_level():
    columns, routes = graph_layout.columns_of([[], [], [0], [1], [2], [4], [5], [6, 3]])
    columns = graph_layout.in_order(columns, routes)
    heights = graph_layout.heights_of(columns, routes, lambda p: 1.0 if isinstance(p, int) else 0.0, 0.5)
    start, *passing, end = (heights[place] for place in routes[-1])
    assert start != pytest.approx(end)
    assert len(passing) == 3 and set(passing) == {start}
