"""Figures of codes: what they show is what they were given, nothing is cut off, and the ring is where the code is."""

import base64
import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from aelearn import plots

random = np.random.default_rng(0)
CODES, LABELS = random.normal(size=(80, 3)), random.integers(0, 10, 80)
TILES = random.random((5, 4, 6, 6, 1))
EXTENT = (-3.0, 2.0, -1.0, 4.0)


def every_figure():
    xs = np.array([10, 100, 1000])
    return {
        "map": plots.code_map(CODES, LABELS, title="codes"),
        "two maps": plots.code_map({"autoencoder": CODES, "variational autoencoder": CODES / 3}, LABELS),
        "tiles": plots.tile_map(TILES, EXTENT),
        "two planes": plots.tile_map({"one": TILES, "two": TILES}, {"one": EXTENT, "two": (0, 1, 0, 1)}),
        "plane": plots.latent_plane(CODES, LABELS, TILES, EXTENT),
        "estimates": plots.reference_chart({"two standard errors": (xs, [0.2, 0.5, 0.51], [0.2, 0.1, 0.05])}, 0.5,
                                           name="closed form", x="samples", y="KL in nats", log=True),
        "bounds": plots.reference_chart({"σ = 0.3": (xs, -xs / 500), "σ = 1": (xs, -xs / 300)}, 0.1, name="ln p(x)",
                                        x="mean of q", y="nats"),
        "histograms": plots.histograms({"pathwise": random.normal(size=500), "score": 9 * random.normal(size=500)},
                                       mark=0.0, x="slope", name="exact"),
        "rate": plots.rate_distortion({"β = 0": (180.0, 100.0), "β = 1": (15.0, 110.0), "β = 784": (0.0, 206.0)}),
        "variances": plots.unit_variances({"β = 1": [1, 0.9, 0.8], "β = 784": [1e-7, 0, 1e-5]}, title="who speaks"),
    }


FIGURES = every_figure()


def decode_png(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), float) / 255


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


@pytest.mark.parametrize("name", FIGURES)
def test_every_axes_says_what_it_shows(name):
    assert all(axes.get_xlabel() for axes in FIGURES[name].axes)


def test_every_code_stands_at_its_place_under_its_label():
    (axes,) = plots.code_map(CODES, LABELS, units=(2, 0), extent=EXTENT).axes
    drawn = 0
    for collection, label in zip(axes.collections, np.unique(LABELS)):
        np.testing.assert_allclose(collection.get_offsets(), CODES[LABELS == label][:, [2, 0]])
        drawn += len(collection.get_offsets())
    assert drawn == len(CODES) and (axes.get_xlim(), axes.get_ylim()) == (EXTENT[:2], EXTENT[2:])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("unit 2", "unit 0")


def test_every_label_is_drawn_in_a_shape_of_its_own():
    (axes,) = plots.code_map(CODES, LABELS).axes
    shapes = {len(collection.get_paths()[0].vertices) for collection in axes.collections}
    assert len(axes.collections) == 10 and len(shapes) >= 7  # different numerals, some with as many corners


def test_without_an_extent_nearly_all_codes_are_inside():
    (axes,) = plots.code_map(CODES, LABELS).axes
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    inside = (left < CODES[:, 0]) & (CODES[:, 0] < right) & (bottom < CODES[:, 1]) & (CODES[:, 1] < top)
    assert inside.mean() >= 0.95


def test_the_middle_of_a_tile_is_where_its_code_is():
    figure = plots.tile_map(TILES, EXTENT)
    image = figure.axes[0].images[0]
    left, right, bottom, top = image.get_extent()
    sheet = np.asarray(image.get_array())
    assert sheet.shape == (5 * 6, 4 * 6)
    for row, y in enumerate(np.linspace(4, -1, 5)):
        for column, x in enumerate(np.linspace(-3, 2, 4)):
            down = round((top - y) / (top - bottom) * 30)  # pixels of the sheet, from the top
            across = round((x - left) / (right - left) * 24)
            tile = sheet[down - 3 : down + 3, across - 3 : across + 3]
            np.testing.assert_allclose(tile, TILES[row, column, ..., 0])


def test_both_halves_of_a_plane_have_one_scale():
    left, right = FIGURES["plane"].axes
    np.testing.assert_allclose([*left.get_xlim(), *left.get_ylim()], [*right.get_xlim(), *right.get_ylim()])


def test_reference_and_curves_are_where_they_were_put():
    (axes,) = FIGURES["bounds"].axes
    assert [line.get_ydata()[0] for line in axes.lines if line.get_label() == "ln p(x)"] == [0.1]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [-0.02, -0.2, -2])


def test_points_stand_at_kl_and_reconstruction_under_their_names():
    (axes,) = FIGURES["rate"].axes
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [[180, 100], [15, 110], [0, 206]])
    assert [(text.get_text(), text.xy[0]) for text in axes.texts] == [("β = 0", 180), ("β = 1", 15), ("β = 784", 0)]


def test_variances_stand_in_order_and_zero_does_not_break_the_logarithm():
    (axes,) = FIGURES["variances"].axes
    np.testing.assert_allclose(axes.lines[1].get_ydata(), [1e-5, 1e-7, 1e-8])
    assert axes.lines[2].get_ydata()[0] == 0.01


@pytest.mark.parametrize("call, words", [
    (lambda: plots.code_map(CODES, LABELS[:-1]), r"labels one int per code; received shapes \(80, 3\) and \(79,\)"),
    (lambda: plots.code_map(CODES, LABELS, units=(0, 3)), r"units \(0, 3\)"),
    (lambda: plots.code_map(CODES, LABELS + 1), "labels must be ints from 0 to 9"),
    (lambda: plots.code_map(CODES, LABELS / 2), "labels must be ints from 0 to 9; received float64"),
    (lambda: plots.tile_map(TILES[0], EXTENT), r"tiles must be .*received shape \(4, 6, 6, 1\)"),
    (lambda: plots.reference_chart({}, 0, name="", x="", y=""), "curves must be"),
    (lambda: plots.reference_chart({"a": ([1], [1, 2])}, 0, name="", x="", y=""), "of equal lengths; received"),
    (lambda: plots.histograms({"a": [np.nan]}, mark=0, x="", name=""), "samples must hold finite numbers"),
    (lambda: plots.histograms({}, mark=0, x="", name=""), "samples must hold finite numbers"),
    (lambda: plots.rate_distortion({"a": (1, np.inf)}), "two finite numbers"),
    (lambda: plots.rate_distortion({}), "two finite numbers"),
    (lambda: plots.unit_variances({}), "variances must hold a number per unit"),
])
def test_what_cannot_be_drawn_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# --- CodePlane


@pytest.fixture(scope="module")
def plane():
    return plots.CodePlane(CODES, LABELS, EXTENT)


def test_the_plane_is_the_map_as_matplotlib_draws_it(plane):
    drawn = decode_png(plots.encode_figure(plots.code_map(CODES, LABELS, extent=EXTENT)))
    np.testing.assert_allclose(plane.picture, drawn, atol=1 / 255)


@pytest.mark.parametrize("x, y", [(-3.0, -1.0), (2.0, 4.0), (0.3, 1.7), (-3.0, 4.0)])
def test_the_ring_is_where_matplotlib_puts_a_marker(plane, x, y):
    figure = plots.code_map(CODES, LABELS, extent=EXTENT)
    figure.axes[0].scatter([x], [y], s=60, marker="o", color="#ff00ff", clip_on=False, zorder=9)
    # The layout must not move for the marker, so it is kept out of it.
    figure.axes[0].collections[-1].set_in_layout(False)
    drawn = decode_png(plots.encode_figure(figure))
    rows, columns = np.nonzero(np.abs(drawn - [1, 0, 1]).max(axis=2) < 0.05)
    changed = np.nonzero(np.abs(plane.at(x, y) - plane.picture).max(axis=2) > 0.3)
    row, column = plane.place(x, y)
    assert abs(rows.mean() - row) < 1.5 and abs(columns.mean() - column) < 1.5
    assert abs((changed[0].min() + changed[0].max()) / 2 - row) < 3


def test_moving_the_ring_leaves_the_plane_as_it_was(plane):
    before = plane.picture.copy()
    first, second = plane.at(0, 0), plane.at(1, 1)
    np.testing.assert_array_equal(plane.picture, before)
    assert np.abs(first - second).max() > 0.5 and first.min() >= 0 and first.max() <= 1


def test_a_ring_outside_the_plane_does_no_harm(plane):
    np.testing.assert_array_equal(plane.at(100, 100), plane.picture)
