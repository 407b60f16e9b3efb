"""The drawing of a model: every layer with parameters is there, named, to scale, and nothing is cut off."""

import itertools
from collections import namedtuple

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from aelearn import data, plots
from aelearn.autoencoders import (
    ConvolutionalConfig,
    DenseConfig,
    RepairedConfig,
    TextbookConfig,
    outline,
    outlined_field,
)
from aelearn.plots import look

Row = namedtuple("Row", "half name kind shape parameters")
CONFIGS = {
    "textbook": TextbookConfig(),
    "repaired": RepairedConfig(),
    "convolutional": ConvolutionalConfig(),
    "transposed": ConvolutionalConfig(upsampling="transposed"),
    "deep": ConvolutionalConfig((64, 64, 3), (16, 32, 64, 128)),
    "wide and deep": ConvolutionalConfig((512, 512, 3), (128, 256, 512, 1024, 2048, 4096)),
    "dense": DenseConfig((64, 64, 3), (1024, 512, 256, 128), 16),
    "two layers": DenseConfig(hidden=(), latent_size=2),
}


def drawn(name):
    config = CONFIGS[name]
    return plots.architecture(outline(config), field=outlined_field(config), title=name), outline(config)


def texts(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    found = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    return [(t.get_text(), t.get_window_extent(canvas.get_renderer())) for t in found]


def boxes(axes):
    return [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_fill()]


@pytest.mark.parametrize("name", CONFIGS)
def test_nothing_is_cut_off_and_the_figure_fits_a_page(name):
    figure, _ = drawn(name)
    width, height = figure.get_size_inches()
    assert width <= look.WIDTH + 0.01 and height < 5
    right, top = width * figure.dpi + 1, height * figure.dpi + 1
    for text, box in texts(figure):
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= right and box.y1 <= top, text


@pytest.mark.parametrize("name", CONFIGS)
def test_no_text_covers_another(name):
    figure, _ = drawn(name)
    for (one, a), (other, b) in itertools.combinations(texts(figure), 2):
        across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across <= 1 or down <= 3, f"{one!r} and {other!r}"


@pytest.mark.parametrize("name", CONFIGS)
def test_every_layer_with_parameters_is_drawn_with_its_name_and_shape(name):
    figure, table = drawn(name)
    written = [text for text, _ in texts(figure)]
    for row in table:
        if row.parameters:
            assert row.name.replace("_", " ") in written and "×".join(map(str, row.shape)) in written
    assert written.count("picture") == 1 and "as row" not in written


@pytest.mark.parametrize("name", CONFIGS)
def test_bars_are_as_high_as_the_shares_of_the_parameters(name):
    figure, table = drawn(name)
    layers = [row for row in table if row.kind not in ("flatten", "reshape", "upsampling")]
    layers = [row for row in layers if not (row.kind == "input" and row.half == "decoder")]
    heights = np.array([patch.get_height() for patch in boxes(figure.axes[1])])
    shares = np.array([row.parameters for row in layers]) / table.parameters
    np.testing.assert_allclose(heights / heights.sum(), shares, atol=1e-9)
    assert f"{100 * shares.max():.0f} %" in [text for text, _ in texts(figure)]


def test_more_rows_are_taller_and_more_channels_wider():
    rows = [Row("encoder", f"layer {i}", "convolution", shape, 1) for i, shape in
            enumerate([(64, 64, 4), (32, 32, 4), (32, 32, 64)])]
    one, two, three = boxes(plots.architecture(rows).axes[0])
    assert one.get_height() > two.get_height() == three.get_height()
    assert one.get_width() == two.get_width() < three.get_width()


def test_kinds_differ_in_colour_and_in_hatching():
    rows = [Row("encoder", kind, kind, (8, 8, 2) if "conv" in kind else (8,), 1)
            for kind in ("convolution", "transposed convolution", "dense")]
    patches = boxes(plots.architecture(rows).axes[0])
    assert len({to_hex(patch.get_facecolor()) for patch in patches}) == 3
    hatches = {patch.get_hatch() for patch in plots.architecture(rows).axes[0].patches}
    assert len(hatches - {None}) == 3


@pytest.mark.parametrize("name, words", [
    ("textbook", "textbook: 1,410,992 parameters, a code of 32 numbers for 784, each sees the whole picture"),
    ("convolutional", "convolutional: 11,909 parameters, a code of 196 numbers for 784, each sees 15×15 pixels"),
])
def test_the_heading_says_what_it_costs_and_what_the_code_sees(name, words):
    figure, _ = drawn(name)
    head = " ".join(t.get_text() for t in figure.texts)
    assert words in head


def test_only_the_code_is_framed():
    figure, table = drawn("convolutional")
    frames = [p for p in figure.axes[0].patches if not p.get_fill() and p.get_linewidth() > 1]
    assert len(frames) == 1
    names = [row.name for row in table if row.kind not in ("flatten", "reshape", "upsampling")]
    middle = frames[0].get_x() + frames[0].get_width() / 2
    centres = [patch.get_x() + patch.get_width() / 2 for patch in boxes(figure.axes[0])]
    assert names[int(np.argmin(np.abs(np.array(centres) - middle)))] == "to_code"


@pytest.mark.parametrize("rows, message", [
    ([], "rows must hold at least one layer; received none"),
    ([Row("encoder", "a", "dense", (), 1)], "every layer must have a shape of positive ints; received"),
    (outline(ConvolutionalConfig((None, None, 1))), r"shape of positive ints; received \(None, None, 1\) for picture"),
])
def test_layers_without_a_size_are_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        plots.architecture(rows)


# --- frames


def frame(axes):
    return [p for p in axes.patches if isinstance(p, Rectangle)][-1].get_bbox()


def test_a_frame_lies_around_its_pixels():
    photo = data.load_photo("macaw", max_side=64)
    figure = plots.framed(photo, [(2, 5, 10, 20), (0, 0, 3, 3)], ["one", "two"])
    box = frame(figure.axes[0])
    assert (box.y0, box.y1, box.x0, box.x1) == (1.5, 11.5, 4.5, 24.5)
    assert [text for text, _ in texts(figure)] == ["one", "two"]


def test_a_frame_that_leaves_the_picture_ends_at_its_border():
    box = frame(plots.framed(np.zeros((10, 12)), [(-4, -3, 30, 30)]).axes[0])
    assert (box.y0, box.y1, box.x0, box.x1) == (-0.5, 9.5, -0.5, 11.5)


def test_one_title_per_frame():
    with pytest.raises(ValueError, match="titles must be 1 str"):
        plots.framed(np.zeros((8, 8)), [(0, 0, 2, 2)], ["a", "b"])
