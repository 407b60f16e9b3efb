"""Figures of what a code holds: each shows the numbers that it was given, and nothing of it is cut off."""

import base64

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from aelearn import plots

random = np.random.default_rng(0)
CODE = random.normal(size=(6, 8, 5)) * [1.0, 4.0, 0.5, 9.0, 2.0]  # channels 3, 1, 4 vary most
OTHER = random.normal(size=(3, 4, 4)) * [3.0, 1.0, 5.0, 2.0]
MATRIX = random.normal(size=(4, 4))
VARIANCES = [0.5, 8.0, 1.5, 0.0]
FIGURES = {
    "channels": plots.channel_table({"random_weights": CODE, "pixels": OTHER}, num=3),
    "one code": plots.channel_table({"pixels": CODE}, num=1),
    "matrices": plots.matrix_row({"Gram G": MATRIX, "covariance Σ": 2 * MATRIX, "μ μᵀ": -MATRIX}, signs=["=", "+"]),
    "one matrix": plots.matrix_row({"a name that is much longer than its matrix is wide": MATRIX}),
    "cut": plots.spectrum_cut(VARIANCES, 2, after=[4.0, 4.0, 0, 0]),
    "nothing kept": plots.spectrum_cut([1e-9, 1e-12], 0),
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


# --- channels


def test_a_channel_runs_from_its_lowest_to_its_highest_place():
    ramp = np.linspace(-7, 3, 300).reshape(15, 20, 1)
    picture = plots.channel_picture(np.concatenate([0 * ramp, ramp], axis=2), 1)
    low, high = np.quantile(ramp, 0.01), np.quantile(ramp, 0.99)
    expected = colormaps["cividis"](np.clip((ramp[..., 0] - low) / (high - low), 0, 1))[..., :3]
    np.testing.assert_allclose(picture, expected, atol=1e-6)
    assert picture.dtype == np.float32 and picture.shape == (15, 20, 3)


def test_one_extreme_place_does_not_make_the_others_alike():
    code = random.random((30, 30, 1))
    code[4, 5] = 1e6
    assert plots.channel_picture(code, 0).std() > 0.2


def test_a_channel_that_never_varies_is_one_colour():
    assert len(np.unique(plots.channel_picture(np.full((3, 3, 1), 5.0), 0).reshape(-1, 3), axis=0)) == 1


def test_the_channels_that_vary_most_come_first_a_row_for_each_code():
    shown = [np.asarray(axes.images[0].get_array()) for axes in FIGURES["channels"].axes]
    expected = [(CODE, 3), (CODE, 1), (CODE, 4), (OTHER, 2), (OTHER, 0), (OTHER, 3)]
    assert len(shown) == len(expected)
    for picture, (code, channel) in zip(shown, expected):
        np.testing.assert_allclose(picture, plots.channel_picture(code, channel), atol=1e-6)
    assert " ".join(text.get_text() for text in FIGURES["channels"].texts) == "random weights pixels"


# --- matrices


def colours(axes):
    image = axes.images[0]
    return image.cmap(image.norm(np.asarray(image.get_array())))[..., :3]


def test_matrices_share_one_scale_around_white():
    figures = FIGURES["matrices"].axes[:3]
    limits = {axes.images[0].get_clim() for axes in figures}
    assert len(limits) == 1
    (low, high), = limits
    assert low == -high < 0
    np.testing.assert_allclose(np.asarray(figures[1].images[0].get_array()), 2 * MATRIX)


def test_positive_is_orange_and_negative_purple():
    rgb = colours(plots.matrix_row({"a": np.array([[1.0, 0.0], [0.0, -1.0]])}).axes[0])
    (plus, zero), (_, minus) = rgb
    assert plus[0] > plus[2] and minus[2] > minus[0] and min(zero) > 0.9


def test_signs_stand_between_the_matrices():
    assert [text.get_text() for axes in FIGURES["matrices"].axes for text in axes.texts] == ["=", "+"]


def test_one_huge_entry_does_not_turn_the_rest_white():
    matrix = np.ones((20, 20))
    matrix[0, 0] = 1e9
    assert colours(plots.matrix_row({"a": matrix}).axes[0])[5, 5].min() < 0.5


# --- the spectrum and its cut


def lines(figure):
    return {line.get_label(): line.get_xydata() for line in figure.axes[0].lines}


def test_the_curves_are_the_shares_of_the_whole():
    drawn = lines(FIGURES["cut"])
    np.testing.assert_allclose(drawn["before"], [[1, 0.8], [2, 0.15], [3, 0.05], [4, 1e-5]])
    np.testing.assert_allclose(drawn["after"], [[1, 0.4], [2, 0.4]])


def test_the_cut_stands_behind_the_last_direction_that_is_kept():
    (cut,) = [line for line in FIGURES["cut"].axes[0].lines if len(set(line.get_xdata())) == 1]
    assert set(cut.get_xdata()) == {2.5}


@pytest.mark.parametrize("keep, words", [
    (0, "0 of 4 directions: 0 % of the variance"),
    (1, "1 of 4 directions: 80 % of the variance"),
    (2, "2 of 4 directions: 95 % of the variance"),
    (4, "4 of 4 directions: 100.00 % of the variance"),
])
def test_the_title_says_how_much_is_kept(keep, words):
    assert plots.spectrum_cut(VARIANCES, keep).axes[0].get_title(loc="left") == words


def test_nearly_all_is_never_called_all():
    title = plots.spectrum_cut([1.0, 1e-6], 1).axes[0].get_title(loc="left")
    assert "99.99 %" in title


def test_before_and_after_differ_in_dashes_as_well():
    before, after = FIGURES["cut"].axes[0].lines[:2]
    assert before.get_linestyle() != after.get_linestyle() and to_rgb(before.get_color()) != to_rgb(after.get_color())


# --- what it refuses

NAN = float("nan")


@pytest.mark.parametrize("call, words", [
    (lambda: plots.channel_picture(CODE[0], 0), r"code must be finite numbers .*shape \(8, 5\)"),
    (lambda: plots.channel_picture(CODE * NAN, 0), "code must be finite numbers"),
    (lambda: plots.channel_picture(CODE, 5), "channel must be an int from 0 to 4; received 5"),
    (lambda: plots.channel_picture(CODE, True), "channel must be an int from 0 to 4; received True"),
    (lambda: plots.channel_table({}), "codes must be a dict .*at least one"),
    (lambda: plots.channel_table([CODE]), "codes must be a dict"),
    (lambda: plots.channel_table({"a": CODE[0]}), r"codes\['a'\] must be finite numbers"),
    (lambda: plots.channel_table({"a": CODE, "b": OTHER}, num=5), "num must be an int from 1 to 4, .*received 5"),
    (lambda: plots.channel_table({"a": CODE}, num=0), "num must be an int from 1 to 5"),
    (lambda: plots.matrix_row({}), "matrices must be a dict .*at least one"),
    (lambda: plots.matrix_row({"a": CODE[0]}), r"matrices\['a'\] must be finite numbers .*shape \(8, 5\)"),
    (lambda: plots.matrix_row({"a": MATRIX * NAN}), r"matrices\['a'\] must be finite"),
    (lambda: plots.matrix_row({"a": MATRIX}, signs="="), "signs must be 0 str, .*received 1"),
    (lambda: plots.spectrum_cut([], 0), "variances must be 0 or more, one of them above 0"),
    (lambda: plots.spectrum_cut([0.0], 0), "variances must be 0 or more, one of them above 0"),
    (lambda: plots.spectrum_cut([1.0, -1.0], 0), "variances must be 0 or more"),
    (lambda: plots.spectrum_cut([1.0, NAN], 0), "variances must be finite numbers"),
    (lambda: plots.spectrum_cut([1.0], 2), "keep must be an int from 0 to 1; received 2"),
    (lambda: plots.spectrum_cut([1.0], True), "keep must be an int from 0 to 1; received True"),
    (lambda: plots.spectrum_cut([1.0, 2.0], 1, after=[1.0]), "after must be 2 finite numbers"),
])
def test_what_cannot_be_drawn_is_said_in_one_line(call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
