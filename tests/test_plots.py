"""Figures: they show the data they were given, name it, and nothing is cut off, distorted or too large."""

import base64
import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Ellipse
from matplotlib.text import Text

from aelearn import data, plots
from aelearn.plots import look, output

LONG = "a caption that is far too long to stand on one line under a small picture, in words"


@pytest.fixture(scope="module")
def photo():
    return data.load_photo("macaw", max_side=200)


@pytest.fixture(scope="module")
def painting():
    return data.load_painting("mona_lisa", max_side=200)


def noise(height, width, seed=0):
    return np.random.default_rng(seed).random((height, width, 3))


def cloud(seed, spread, size=400):
    return np.random.default_rng(seed).normal(size=(size, 2)) @ np.asarray(spread, float)


def history(steps=10, validation=True, **more):
    losses = np.geomspace(1, 0.02, steps)
    return SimpleNamespace(steps=list(range(50, 50 * steps + 1, 50)), loss=list(losses), total=50 * steps,
                           validation=list(1.1 * losses) if validation else [], status="finished", **more)


def every_figure(photo, painting):
    """One of each, with words as long as they get."""
    clouds = cloud(0, [[1, 0.5], [0, 1]]), cloud(1, [[0.5, 0], [0.2, 2]]), cloud(2, [[0.5, 0], [0.2, 2]])
    return {
        "row": plots.picture_row([photo, painting, photo], ["photo", LONG, "great_wave"]),
        "row of many": plots.picture_row([photo, painting] * 4, ["a_rather_long_name", "mona_lisa"] * 4),
        "grid": plots.picture_grid([[photo, None], [painting, photo]], ["first", LONG], [LONG, "right"]),
        "style grid": plots.style_grid({"qutub_minar": photo, "chambord": photo}, {"mona_lisa": painting, "x": photo},
                                       [[photo, photo], [painting, painting]]),
        "before and after": plots.before_after(photo, painting, photo, titles=(LONG, LONG, LONG)),
        "before and after, portrait": plots.before_after(painting, painting, painting),
        "levels": plots.level_strip(photo, [photo] * 4, [31.25, 30, 20, 9.99], zoom=(10, 20, 30)),
        "features": plots.feature_maps(noise(20, 30), 3),
        "loss": plots.loss_curve(history(), title=LONG),
        "loss, one step": plots.loss_curve(history(1)),
        "loss, several": plots.loss_curve({"one": [1, 0.2], "two": [1, 0.21], "a_third_one": [1, 0.22]}),
        "spectrum": plots.spectrum({"level 1": [4, 2, 1, 1e-12], "level 2": np.geomspace(1, 1e-4, 40)}),
        "clouds": plots.code_scatter(*clouds),
        "four clouds": plots.code_scatter(*clouds[:2], {"adain": clouds[0], "whitening": clouds[1], "x": clouds[2]}),
        "bars": plots.level_bars([34.1, 29, 5], bars=[34, 29, 25], title="reconstruction"),
    }


FIGURES = ["row", "row of many", "grid", "style grid", "before and after", "before and after, portrait", "levels",
           "features", "loss", "loss, one step", "loss, several", "spectrum", "clouds", "four clouds", "bars"]


@pytest.fixture(scope="module")
def figures(photo, painting):
    return every_figure(photo, painting)


def texts(figure):
    """Every text that is drawn, with its box in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    found = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    inside = [t for t in found if t.axes is None or t.axes.axison or t not in t.axes.get_children()]
    return [(t.get_text(), Text.get_window_extent(t, canvas.get_renderer())) for t in inside]  # without arrows


def drawn_ratio(axes):
    axes.apply_aspect()
    box = axes.get_window_extent()
    return box.width / box.height


# --- what holds for every figure -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_off(figures, name):
    figure = figures[name]
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.get_tightbbox(canvas.get_renderer())  # inches, of all that is drawn
    width, height = figure.get_size_inches()
    assert box.x0 >= -0.01 and box.y0 >= -0.01 and box.x1 <= width + 0.01 and box.y1 <= height + 0.01


@pytest.mark.parametrize("name", [*FIGURES[:8], "bars"])
def test_no_text_covers_another(figures, name):
    for (one, a), (other, b) in itertools.combinations(texts(figures[name]), 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across <= 1 or down <= 3, f"{one!r} and {other!r}"


@pytest.mark.parametrize("name", FIGURES[:8])
def test_no_text_covers_a_picture(figures, name):
    for (text, a), axes in itertools.product(texts(figures[name]), figures[name].axes):
        b = axes.get_window_extent()
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        assert across <= 1 or min(a.y1, b.y1) - max(a.y0, b.y0) <= 1, text


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_fits_a_notebook_column_in_width_and_bytes(figures, name):
    assert figures[name].get_size_inches()[0] <= 9.001
    content, _ = plots.show(figures[name], "words")._repr_mimebundle_()
    kind = next(kind for kind in content if kind.startswith("image/"))
    assert len(base64.b64decode(content[kind])) < 250_000


@pytest.mark.parametrize("name", FIGURES[:8])
def test_no_picture_covers_another_or_leaves_the_figure(figures, name):
    boxes = [axes.get_window_extent() for axes in figures[name].axes]
    for a, b in itertools.combinations(boxes, 2):
        assert min(a.x1, b.x1) <= max(a.x0, b.x0) + 1e-6 or min(a.y1, b.y1) <= max(a.y0, b.y0) + 1e-6
    width, height = figures[name].get_size_inches() * figures[name].dpi
    for box in boxes:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width + 1e-6 and box.y1 <= height + 1e-6


@pytest.mark.parametrize("name", FIGURES[:8])
def test_pictures_keep_their_proportions(figures, name):
    for axes in figures[name].axes:
        height, width = axes.images[0].get_array().shape[:2]
        assert drawn_ratio(axes) == pytest.approx(width / height, rel=0.01)


def test_colours_stay_apart_for_every_kind_of_colour_vision():
    # Viénot, Brettel and Mollon 1999: what is left of a colour without the long- or the middle-wave cones.
    protan = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])
    deutan = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])
    colours = [[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in look.SERIES[:4]]
    for matrix in (np.eye(3), protan, deutan):
        seen = (np.array(colours) ** 2.2 @ matrix.T).clip(0) ** (1 / 2.2)
        for a, b in itertools.combinations(seen, 2):
            assert np.abs(a - b).max() > 0.2


def test_curves_differ_in_more_than_colour():
    lines = plots.loss_curve({name: [2, 1] for name in "abcd"}).axes[0].lines
    assert len({str(line._unscaled_dash_pattern) for line in lines}) == 4


def test_pyplot_is_never_imported():
    check = "import sys, aelearn.plots; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check]).returncode == 0


def test_drawing_in_threads_gives_the_same_bytes_as_drawing_alone():
    def draw(number):
        return plots.encode_figure(plots.loss_curve({"loss": [1.0, 1 / (2 + number)]}))

    alone = [draw(number) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(draw, range(4))) == alone


# --- show ------------------------------------------------------------------------------------------------------------


def test_show_gives_picture_alt_text_and_stable_words():
    shown = plots.show(look.sheet(1, 1), "A  white\n square.")
    content, metadata = shown._repr_mimebundle_()
    assert content["text/plain"] == repr(shown) == "Figure: A white square."
    assert base64.b64decode(content["image/png"]).startswith(b"\x89PNG")
    assert metadata == {"image/png": {"alt": "A white square."}}


def test_a_figure_full_of_detail_goes_as_jpeg_and_stays_small():
    figure = plots.picture_row([noise(800, 800), noise(800, 800, 1)])
    content, metadata = plots.show(figure, "Noise.")._repr_mimebundle_()
    assert "image/png" not in content and metadata["image/jpeg"]["alt"] == "Noise."
    assert len(base64.b64decode(content["image/jpeg"])) <= 1.6 * output.MAX_JPEG  # noise is the worst there is


@pytest.mark.parametrize("alt", ["", "  \n", None])
def test_show_wants_words(alt):
    with pytest.raises(ValueError, match="alt must say in words what the figure shows; received"):
        plots.show(look.sheet(1, 1), alt)


def test_show_wants_a_figure():
    with pytest.raises(TypeError, match="figure must be a matplotlib Figure.*received 3"):
        plots.show(3, "words")


# --- pictures --------------------------------------------------------------------------------------------------------


def test_a_row_shows_the_pictures_it_was_given_with_their_captions(photo, painting):
    figure = plots.picture_row([photo, painting], ["one", "two"])
    for axes, picture in zip(figure.axes, (photo, painting)):
        np.testing.assert_allclose(axes.images[0].get_array(), picture, atol=1e-6)
        assert not axes.axison
    assert [text.get_text() for text in figure.texts] == ["one", "two"]


def test_pictures_in_a_row_are_equally_high_and_captions_stand_level(photo, painting):
    figure = plots.picture_row([photo, painting], ["Château", "mona lisa"])
    first, second = (axes.get_window_extent() for axes in figure.axes)
    assert first.height == pytest.approx(second.height) and first.y0 == pytest.approx(second.y0)
    assert figure.texts[0].get_position()[1] == figure.texts[1].get_position()[1]


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 60, 3), (60, 1, 3), (5, 5), (5, 5, 1)])
def test_pictures_of_any_shape_can_be_shown(shape):
    plots.encode_figure(plots.picture_row([np.zeros(shape), np.ones((4, 6, 3))], ["odd", "even"]))


@pytest.mark.parametrize("shape", [(1, 60), (60, 1)])
def test_a_strip_does_not_push_the_others_off_the_page(shape):
    box = plots.picture_row([np.zeros(shape), np.ones((4, 6, 3))]).axes[1].get_window_extent()
    assert min(box.width, box.height) > 100


def test_bytes_and_floats_of_one_picture_look_the_same():
    eight = np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5
    pictures = [axes.images[0].get_array() for axes in plots.picture_row([eight, eight / 255]).axes]
    np.testing.assert_allclose(*pictures, atol=1e-9)


def test_gray_pictures_are_not_stretched_to_full_contrast():
    assert plots.picture_row([np.full((2, 2), 0.5)]).axes[0].images[0].get_clim() == (0, 1)


@pytest.mark.parametrize("bad, words", [
    ([], "pictures must hold at least one"),
    ([np.zeros(3)], r"pictures\[0\] must be a picture .* received shape \(3,\)"),
    ([np.zeros((2, 2, 4))], r"received shape \(2, 2, 4\)"),
    ([np.full((2, 2, 3), np.nan)], r"pictures\[0\] must be finite"),
])
def test_what_is_no_picture_is_named(bad, words):
    with pytest.raises(ValueError, match=words):
        plots.picture_row(bad)


def test_titles_must_be_as_many_as_pictures(photo):
    with pytest.raises(ValueError, match="titles must be 1 str, one per picture; received 2"):
        plots.picture_row([photo], ["one", "two"])


def test_a_grid_leaves_empty_places_empty_and_lines_up_its_columns(photo):
    figure = plots.picture_grid([[None, photo], [photo, photo]], ["a", "b"], ["c", "d"])
    top, left, right = (axes.get_window_extent() for axes in figure.axes)
    assert top.x0 == pytest.approx(right.x0) and left.x0 < right.x0 and top.y0 > right.y0
    assert sorted(text.get_text() for text in figure.texts) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("rows", [[], [[None]], [[np.zeros((2, 2, 3))], []]])
def test_a_grid_needs_rows_of_one_length_with_a_picture(rows):
    with pytest.raises(ValueError, match="rows must be lists of one length with a picture in them"):
        plots.picture_grid(rows)


def test_a_style_grid_puts_results_where_photo_and_painting_meet(photo, painting):
    results = [[np.full((4, 6, 3), (i + 3 * j) / 10) for j in range(2)] for i in range(3)]
    figure = plots.style_grid({f"p{i}": photo for i in range(3)}, {"a_b": painting, "c": painting}, results)
    boxes = [(axes.get_window_extent(), axes.images[0].get_array()) for axes in figure.axes]
    heads, body = boxes[:2], boxes[2:]
    for i in range(3):
        source, *row = body[3 * i : 3 * i + 3]
        for j, (box, shown) in enumerate(row):
            assert shown.flat[0] == pytest.approx((i + 3 * j) / 10)
            assert box.x0 + box.width / 2 == pytest.approx(heads[j][0].x0 + heads[j][0].width / 2)
            assert box.y0 == pytest.approx(source[0].y0)
    assert {"a b", "p2"} <= {text.get_text() for text in figure.texts}


def test_a_style_grid_counts_its_results(photo):
    with pytest.raises(ValueError, match=r"results must be 1 lists of 2 pictures.*received lists of lengths \[1\]"):
        plots.style_grid({"p": photo}, {"a": photo, "b": photo}, [[photo]])


def test_before_after_makes_the_result_the_largest_and_aligns_the_edges(photo, painting):
    small, other, large = (axes.get_window_extent() for axes in plots.before_after(photo, painting, photo).axes)
    assert large.width * large.height > max(small.width * small.height, other.width * other.height)
    assert small.y1 == pytest.approx(large.y1) and other.y0 == pytest.approx(large.y0)
    assert small.width == pytest.approx(other.width)


def test_before_after_of_landscapes_fills_the_width_and_no_more(photo):
    assert plots.before_after(photo, photo, photo).get_size_inches()[0] == pytest.approx(9.0)


def test_long_titles_of_rows_are_wrapped_and_leave_room_for_the_pictures(photo):
    figure = plots.picture_grid([[photo, photo]], [LONG])
    assert figure.axes[0].get_window_extent().x0 < 1.3 * figure.dpi


def test_a_level_strip_enlarges_the_framed_square_of_every_picture(photo):
    figure = plots.level_strip(photo, [photo / 2], [30], zoom=(40, 50, 20))
    for axes, picture in zip(figure.axes[2:], (photo, photo / 2)):
        np.testing.assert_allclose(axes.images[0].get_array(), picture[40:60, 50:70], atol=1e-6)
    frame = figure.axes[0].patches[-1]
    assert (frame.get_x(), frame.get_y(), frame.get_width()) == (49.5, 39.5, 20)
    assert "30.0 dB" in {text.get_text() for text in figure.texts}


def test_a_level_strip_names_a_square_outside_the_photo(photo):
    with pytest.raises(ValueError, match="zoom must be .* inside the photo of 155 × 200 pixels"):
        plots.level_strip(photo, [photo], zoom=(150, 0, 20))


def test_feature_maps_come_in_the_order_of_their_variance():
    code = noise(6, 6) * np.array([1, 30, 5]) + np.array([100, 0, -100])
    figure = plots.feature_maps(code, 2)
    assert [text.get_text() for text in figure.texts] == ["channel 1", "channel 2"]
    shown = figure.axes[0].images[0].get_array()
    assert np.corrcoef(shown.ravel(), code[..., 1].ravel())[0, 1] > 0.99 and shown.min() == 0 and shown.max() == 1


def test_feature_maps_want_a_code():
    with pytest.raises(ValueError, match=r"code must be \(height, width, channels\).*received shape \(2, 2\)"):
        plots.feature_maps(np.zeros((2, 2)))


@pytest.mark.parametrize("text", ["", "one", LONG, "a_very_long_name_of_something", "x" * 60, "two\nlines of it"])
@pytest.mark.parametrize("width", [0.4, 1.0, 3.0])
def test_wrapping_keeps_every_letter_and_the_width(text, width):
    wrapped = look.wrap(text, width)
    assert "".join(wrapped.split()) == "".join(text.split())
    assert all(look.text_width(line) <= width for line in wrapped.split("\n"))


# --- charts ----------------------------------------------------------------------------------------------------------


def lines_of(axes):
    return [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in axes.lines]


def test_a_loss_curve_draws_training_and_validation_on_a_log_axis():
    run = history(4)
    (axes,) = plots.loss_curve(run, title="a run").axes
    assert lines_of(axes) == [(run.steps, run.loss), (run.steps, run.validation)]
    assert axes.get_yscale() == "log" and axes.get_xlabel() == "step" and axes.get_ylabel() == "loss (log scale)"
    assert axes.get_title(loc="left") == "a run"
    assert [text.get_text() for text in axes.texts] == ["training", "validation"]


def test_a_loss_curve_shows_how_far_a_run_still_has_to_go():
    run = history(4)
    run.status, run.total = "running", 1000
    assert plots.loss_curve(run).axes[0].get_xlim()[1] >= 1000
    run.status = "stopped"
    assert plots.loss_curve(run).axes[0].get_xlim()[1] < 300


def test_a_loss_curve_can_be_drawn_while_the_history_grows():
    run = history(3)
    run.steps.append(200)  # the step is written, its loss not yet
    assert lines_of(plots.loss_curve(run).axes[0])[0] == (run.steps[:3], run.loss)
    assert plots.loss_curve(history(0)).axes[0].texts[0].get_text() == "no step taken yet"


def test_a_loss_that_reaches_zero_gets_a_linear_axis():
    (axes,) = plots.loss_curve({"loss": [1.0, 0.0]}).axes
    assert axes.get_yscale() == "linear" and axes.get_ylabel() == "loss"


def test_a_loss_curve_takes_histories_lists_and_pairs():
    (axes,) = plots.loss_curve({"run": history(2), "list": [3, 2], "pair": ([5, 9], [2, 1])}).axes
    assert [x for x, _ in lines_of(axes)] == [[50, 100], [1, 2], [5, 9]]
    with pytest.raises(ValueError, match="history\\['pair'\\] must have as many steps as values; received 1 and 2"):
        plots.loss_curve({"pair": ([5], [2, 1])})


def test_names_at_the_ends_of_curves_do_not_cover_each_other():
    figure = plots.loss_curve({name: [1, 0.5 + 0.001 * i] for i, name in enumerate("abcde")})
    boxes = sorted((box.y0, box.y1) for text, box in texts(figure) if text in "abcde")
    assert len(boxes) == 5 and all(upper[0] >= lower[1] - 2 for lower, upper in zip(boxes, boxes[1:]))


def test_a_spectrum_is_sorted_and_relative_to_its_largest():
    (axes,) = plots.spectrum({"code": [1, 8, 4, 0]}).axes
    x, y = lines_of(axes)[0]
    assert x == [1, 2, 3, 4] and y[:3] == [1, 0.5, 0.125] and 0 < y[3] < 1e-8
    assert axes.get_yscale() == "log" and axes.get_legend().get_texts()[0].get_text() == "code"


@pytest.mark.parametrize("values", [[], [0, 0], [-1]])
def test_a_spectrum_without_variance_is_named(values):
    with pytest.raises(ValueError, match=r"eigenvalues\['flat'\] must have one above zero"):
        plots.spectrum({"flat": values})


def test_ellipses_lie_one_and_two_standard_deviations_from_the_mean():
    content, style, mapped = cloud(0, [[2, 1], [0, 0.5]]), cloud(1, [[1, 0], [0, 1]]), cloud(2, [[1, 0], [0, 2]]) + 3
    before, after = plots.code_scatter(content, style, mapped).axes
    drawn = [p for p in before.patches if isinstance(p, Ellipse)], [p for p in after.patches if isinstance(p, Ellipse)]
    for ellipses, clouds in zip(drawn, ((content, style), (mapped, style))):
        for points, pair in zip(clouds, (ellipses[:2], ellipses[2:])):
            mean, inverse = points.mean(0), np.linalg.inv(np.cov(points.T, bias=True))
            for k, ellipse in zip((1, 2), pair):
                edge = ellipse.get_patch_transform().transform(np.array([[1, 0], [0, 1], [-0.6, 0.8]])) - mean
                np.testing.assert_allclose(np.einsum("ni,ij,nj->n", edge, inverse, edge), k**2, rtol=1e-6)


def test_clouds_share_one_scale_and_contain_the_ellipses():
    corners = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])  # two standard deviations lie outside all points
    axes = plots.code_scatter(corners, corners / 2, corners).axes
    assert axes[0].get_xlim() == axes[1].get_xlim() and axes[0].get_ylim() == axes[1].get_ylim()
    assert axes[0].get_aspect() == 1
    for patch in axes[0].patches:
        box = patch.get_extents().transformed(axes[0].transData.inverted())
        assert axes[0].get_xlim()[0] <= box.x0 and box.x1 <= axes[0].get_xlim()[1]


def test_clouds_show_two_channels_that_say_different_things():
    base = np.random.default_rng(0).normal(size=(500, 1))
    code = np.concatenate([0.01 * base, 5 * base, 4.9 * base, np.random.default_rng(1).normal(size=(500, 1))], axis=1)
    before = plots.code_scatter(code, code, {}).axes[0]
    assert (before.get_xlabel(), before.get_ylabel()) == ("channel 1", "channel 3")


def test_clouds_name_a_missing_channel():
    with pytest.raises(ValueError, match=r"style must be \(..., channels\) with channels \(0, 2\)"):
        plots.code_scatter(np.zeros((4, 3)), np.zeros((4, 2)), {}, channels=(0, 2))


def test_bars_are_as_high_as_their_values_and_marks_stand_at_theirs():
    (axes,) = plots.level_bars({"1": 34.5, "2": 20}, bars={"1": 34, "2": 29}).axes
    assert [patch.get_height() for patch in axes.patches] == [34.5, 20]
    assert [text.get_text() for text in axes.texts] == ["34.5", "20.0"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["level 1", "level 2"]
    assert axes.get_ylim()[0] == 0 and axes.get_ylim()[1] > 34.5
    marks = [segment[0][1] for segment in axes.collections[-1].get_segments()]
    assert marks == [34, 29] and axes.get_legend().get_texts()[0].get_text() == "to reach"


def test_bars_without_marks_have_no_legend():
    assert plots.level_bars([3, 2]).axes[0].get_legend() is None


@pytest.mark.parametrize("values, bars", [([], None), ([1, 2], [1])])
def test_bars_and_marks_must_be_of_the_same_levels(values, bars):
    with pytest.raises(ValueError, match="values must hold a number and bars the same levels"):
        plots.level_bars(values, bars=bars)
