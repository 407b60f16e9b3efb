"""The textbook's autoencoder, its repair, dense and convolutional ones: built, and described without being built."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aelearn import data, losses, metrics
from aelearn.autoencoders import (
    Autoencoder,
    ConvolutionalConfig,
    DenseConfig,
    LayerTable,
    Objective,
    RepairedConfig,
    TextbookConfig,
    build_convolutional,
    build_dense,
    build_repaired,
    build_textbook,
    convolution_parameters,
    convolution_size,
    dense_parameters,
    layer_table,
    outline,
    outlined_field,
    receptive_field,
)
from aelearn.training import Batches, fit

import keras  # isort: skip
import tensorflow as tf  # isort: skip

BUILDERS = {
    ConvolutionalConfig: build_convolutional,
    DenseConfig: build_dense,
    RepairedConfig: build_repaired,
    TextbookConfig: build_textbook,
}
SMALL = (8, 12, 1)
CONFIGS = [
    DenseConfig(SMALL, hidden=(6,), latent_size=3),
    ConvolutionalConfig(SMALL, widths=(2, 3), latent_channels=1),
    ConvolutionalConfig(SMALL, widths=(2, 3), latent_channels=1, upsampling="transposed"),
    TextbookConfig(SMALL, latent_dim=3),
    RepairedConfig(SMALL, latent_dim=3, widths=(2, 3)),
]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(size=shape).astype(np.float32)


def build(config, **options):
    return BUILDERS[type(config)](config, **options)


def kinds_and_activations(half):
    return [(type(layer).__name__, getattr(getattr(layer, "activation", None), "__name__", None))
            for layer in half.layers[1:]]


# ---- every model


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_a_model_gives_back_a_picture_of_the_same_shape_through_its_code(config):
    model, pictures = build(config), noise(2, *SMALL)
    assert isinstance(model, Autoencoder)
    code = model.encode(pictures)
    assert tuple(code.shape) == (2, *config.code_shape)
    found = np.asarray(model(pictures))
    assert found.shape == pictures.shape and found.min() > 0 and found.max() < 1  # a sigmoid at the end
    np.testing.assert_allclose(found, model.decode(code), atol=1e-6)


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_the_seed_decides_the_weights(config):
    first, again, other = (build(config, seed=seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other) if a.any())


@pytest.mark.parametrize("config", [
    DenseConfig(SMALL, hidden=(3, 3), latent_size=3), RepairedConfig(SMALL, latent_dim=3, widths=(2, 2)),
    ConvolutionalConfig(SMALL, widths=(2, 2), latent_channels=2),
    ConvolutionalConfig(SMALL, widths=(2, 2), latent_channels=2, upsampling="transposed"),
], ids=str)
def test_kernels_of_one_shape_do_not_start_alike(config):
    kernels = [weights for weights in build(config).get_weights() if weights.any()]
    pairs = [(a, b) for a, b in itertools.combinations(kernels, 2) if a.shape == b.shape]
    assert pairs and not any(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_layers_are_named_by_what_they_do_and_no_name_occurs_twice(config):
    names = [row.name for row in layer_table(build(config))]
    assert len(set(names)) == len(names)
    assert not any(name.startswith(("conv2d", "dense", "flatten", "up_sampling", "reflect", "input")) for name in names)
    assert {"picture", "code", "to_code", "to_picture"} <= set(names)


@pytest.mark.parametrize("config", CONFIGS, ids=str)
@pytest.mark.parametrize("how", ["x", "x, x"])
def test_a_model_learns_by_keras_fit(config, how):
    model, pictures = build(config), noise(32, *SMALL)
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    targets = (pictures,) if how == "x, x" else ()
    before = float(losses.mean_squared_error(pictures, model(pictures)))
    model.fit(pictures, *targets, epochs=10, batch_size=8, verbose=0)
    assert float(losses.mean_squared_error(pictures, model(pictures))) < before


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_a_model_learns_by_the_fit_of_the_course(config):
    history = fit(build(config), Batches(noise(32, *SMALL), batch_size=8, seed=0), steps=60, report_every=20,
                  learning_rate=0.01)
    assert history.loss[-1] < history.loss[0]


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_a_model_survives_keras_own_format(tmp_path, config):
    model, pictures = build(config, seed=4), noise(2, *SMALL)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(pictures), again(pictures))
    assert again.objective == model.objective


@pytest.mark.parametrize("builder", BUILDERS.values(), ids=lambda builder: builder.__name__)
def test_builders_refuse_what_is_not_their_config(builder):
    for wrong in ((28, 28, 1), None, {"latent_dim": 2}):
        with pytest.raises(TypeError, match=r"config must be a \w+Config; received"):
            builder(wrong)


@pytest.mark.parametrize("config", CONFIGS, ids=str)
@pytest.mark.parametrize("seed", [-1, 0.5, "1", None, True], ids=repr)
def test_builders_refuse_a_seed_that_is_no_whole_number(config, seed):
    with pytest.raises(ValueError, match="seed must be an int of at least 0; received"):
        build(config, seed=seed)


# ---- configs


def test_numpy_ints_are_turned_into_the_ints_that_keras_takes():
    three = np.int64(3)
    for config in (
        DenseConfig((np.int32(8), 8, 1), hidden=[three], latent_size=three),
        ConvolutionalConfig((8, np.uint8(8), 3), widths=(three,), latent_channels=three),
        TextbookConfig([8, 8, np.int64(1)], latent_dim=three),
        RepairedConfig((8, 8, 1), latent_dim=three, widths=[np.int16(2)]),
    ):
        sizes = [*config.input_shape, *getattr(config, "hidden", ()), *getattr(config, "widths", ()),
                 *config.code_shape]
        assert all(type(size) is int for size in sizes)
        assert isinstance(config.input_shape, tuple) and isinstance(hash(config), int)
        assert build(config)(noise(1, *config.input_shape)).shape == (1, *config.input_shape)


SIZE = "must be a positive int; received"


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: DenseConfig(latent_size=0), f"latent_size {SIZE} 0"),
        (lambda: DenseConfig(latent_size=-3), f"latent_size {SIZE} -3"),
        (lambda: DenseConfig(latent_size=2.0), rf"latent_size {SIZE} 2\.0"),
        (lambda: DenseConfig(latent_size="2"), f"latent_size {SIZE} '2'"),
        (lambda: DenseConfig(latent_size=True), f"latent_size {SIZE} True"),
        (lambda: DenseConfig(latent_size=785), "latent_size must be at most 784, .* 28×28×1; received 785"),
        (lambda: DenseConfig(hidden=(4, 0)), f"every entry of hidden {SIZE} 0"),
        (lambda: DenseConfig(hidden=4), r"hidden must be a tuple of positive ints, such as \(32, 64\); received 4"),
        (lambda: DenseConfig(activation="rellu"), "activation must be one of 'relu', .* received 'rellu'"),
        (lambda: DenseConfig(output="relu"), "output must be one of 'sigmoid', 'linear'; received 'relu'"),
        (lambda: DenseConfig(output=None), "output must be one of 'sigmoid', 'linear'; received None"),
        (lambda: DenseConfig(code_activation="step"), "code_activation must be one of"),
        (lambda: DenseConfig((28, 28)), r"input_shape must be \(height, width, channels\); received \(28, 28\)"),
        (lambda: DenseConfig(28), r"input_shape must be \(height, width, channels\); received 28"),
        (lambda: DenseConfig((28, 28, 0)), f"every entry of input_shape {SIZE} 0"),
        (lambda: TextbookConfig(latent_dim=0), f"latent_dim {SIZE} 0"),
        (lambda: TextbookConfig(latent_dim=785), "latent_dim must be at most 784"),
        (lambda: TextbookConfig((2, 28, 1)), r"height and width must be at least 3, .* received \(2, 28\)"),
        (lambda: RepairedConfig(latent_dim=1.5), rf"latent_dim {SIZE} 1\.5"),
        (lambda: RepairedConfig((30, 28, 1)), r"must be a multiple of 4, .* received \(30, 28\)"),
        (lambda: RepairedConfig((4, 4, 1), 2), "leave at least 2 rows and columns"),
        (lambda: RepairedConfig(widths=()), r"widths must be a tuple of positive ints, .* received \(\)"),
        (lambda: ConvolutionalConfig((28, 26, 1)), r"must be a multiple of 4, .* received \(28, 26\)"),
        (lambda: ConvolutionalConfig(widths=(8, -1)), f"every entry of widths {SIZE} -1"),
        (lambda: ConvolutionalConfig(latent_channels=0), f"latent_channels {SIZE} 0"),
        (lambda: ConvolutionalConfig(latent_channels=17), "latent_channels 17 must be at most 784, .* received 833"),
        (lambda: ConvolutionalConfig((None, 28, 1)), "both ints or both None; received \\(None, 28, 1\\)"),
        (lambda: ConvolutionalConfig((None, None)), r"input_shape must be \(height, width, channels\)"),
        (lambda: ConvolutionalConfig(upsampling="bilinear"), "upsampling must be one of 'resize', 'transposed'"),
    ],
)
def test_sizes_that_no_model_can_have_are_refused_in_one_line(make, message):
    with pytest.raises(ValueError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("config", [DenseConfig(latent_size=784), TextbookConfig(latent_dim=784),
                                    ConvolutionalConfig(latent_channels=16)])
def test_a_code_may_be_as_large_as_the_picture(config):
    assert np.prod(config.code_shape) == 784


# ---- the textbook's model, with its flaws


def test_the_textbook_model_is_the_published_one():
    model = build_textbook(TextbookConfig((28, 28, 1), latent_dim=32))
    assert kinds_and_activations(model.encoder) == [("Conv2D", "relu"), ("Flatten", None), ("Dense", "relu")]
    assert kinds_and_activations(model.decoder) == [("Dense", "sigmoid"), ("Reshape", None)]
    convolution = model.encoder.get_layer("convolution")
    assert (convolution.filters, convolution.kernel_size, convolution.padding, convolution.strides) == (
        64, (3, 3), "valid", (1, 1))
    assert model.objective == Objective() and isinstance(model.optimizer, keras.optimizers.Adam)


def test_the_textbook_model_fits_x_on_x_with_validation_as_it_comes():
    model, pictures = build_textbook(TextbookConfig(SMALL, 4)), noise(32, *SMALL)
    history = model.fit(pictures, pictures, validation_data=(pictures[:8], pictures[:8]), epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    expected = np.mean((np.asarray(model(pictures[:8])) - pictures[:8]) ** 2)
    assert history["val_loss"][-1] == pytest.approx(expected, rel=1e-4)  # the mean squared error, by NumPy


def test_its_flaws_are_all_there():
    table = outline(TextbookConfig((28, 28, 1), latent_dim=32))
    assert "convolution" not in {row.kind for row in table.half("decoder")}
    assert max(row.parameters for row in table) / table.parameters > 0.97
    widest = next(row.shape for row in table if row.name == "convolution")
    assert np.prod(widest) > 55 * 784


def test_the_repair_mends_them_with_far_fewer_parameters():
    textbook, repaired = outline(TextbookConfig()), outline(RepairedConfig())
    assert sum(row.kind == "convolution" for row in repaired.half("decoder")) == 3
    assert repaired.parameters < textbook.parameters / 10
    assert max(row.parameters for row in repaired) / repaired.parameters < 0.5
    sides = [row.shape[0] for row in repaired.half("encoder") if len(row.shape) == 3]
    assert sides == [28, 14, 7]
    assert build_repaired().objective.error == "bce"
    assert kinds_and_activations(build_repaired().encoder)[-1] == ("Dense", "linear")


def test_the_repaired_model_is_better_on_held_out_digits_after_equal_training():
    digits = data.load_digits()
    errors = {}
    for name, model in (("textbook", build_textbook()), ("repaired", build_repaired())):
        fit(model, Batches(digits.train_images, batch_size=32, seed=0), steps=150, learning_rate=2e-3, report_every=150)
        errors[name] = metrics.mse(digits.test_images[:200], np.asarray(model(digits.test_images[:200])))
    assert errors["repaired"] < 0.9 * errors["textbook"]


# ---- convolutional ones


def test_a_model_without_a_size_takes_pictures_of_any_size_that_can_be_halved():
    model = build_convolutional(ConvolutionalConfig((None, None, 3), widths=(4, 6), latent_channels=2))
    for height, width in ((8, 8), (12, 40), (64, 16)):
        assert tuple(model.encode(noise(1, height, width, 3)).shape) == (1, height // 4, width // 4, 2)
        assert tuple(model(noise(1, height, width, 3)).shape) == (1, height, width, 3)
    history = fit(model, Batches(noise(8, 16, 16, 3), batch_size=4, seed=0), steps=4, report_every=2)
    assert history.status == "finished"


def test_the_size_that_a_model_was_built_for_does_not_change_its_weights():
    fixed, free = (build_convolutional(ConvolutionalConfig((*size, 1)), seed=3) for size in ((28, 28), (None, None)))
    for a, b in zip(fixed.get_weights(), free.get_weights()):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_allclose(fixed(noise(2, 28, 28, 1)), free(noise(2, 28, 28, 1)), atol=1e-6)


def test_both_ways_up_have_equally_many_parameters():
    resize, transposed = (build_convolutional(ConvolutionalConfig(upsampling=way)) for way in ("resize", "transposed"))
    assert resize.count_params() == transposed.count_params()


@pytest.mark.parametrize("seed", range(3))
def test_a_constant_code_is_decoded_to_one_gray_by_resizing_and_to_a_lattice_by_transposed_convolution(seed):
    code = np.random.default_rng(seed).normal(size=(1, 1, 1, 4)) * np.ones((1, 12, 12, 1))
    patterns = {}
    for way in ("resize", "transposed"):
        model = build_convolutional(ConvolutionalConfig((48, 48, 1), upsampling=way), seed=seed)
        inside = np.asarray(model.decode(code.astype(np.float32)))[0, 8:-8, 8:-8]
        patterns[way] = metrics.checkerboard(inside, period=4)
    assert patterns["resize"] < 1e-6 and patterns["transposed"] > 1e-3


# ---- tables


@st.composite
def configs(draw):
    """Any setting of the sliders, and many others."""
    sides = draw(st.tuples(*[st.sampled_from([8, 16, 24])] * 2))
    shape = (*sides, draw(st.sampled_from([1, 3])))
    widths = tuple(draw(st.lists(st.integers(1, 6), min_size=1, max_size=2)))
    code = draw(st.integers(1, 4))
    return draw(st.sampled_from([
        DenseConfig(shape, widths[:-1], code), DenseConfig(shape, widths, code), TextbookConfig(shape, code),
        RepairedConfig(shape, code, widths), ConvolutionalConfig(shape, widths, code),
        ConvolutionalConfig(shape, widths, code, "transposed"),
        ConvolutionalConfig((None, None, shape[2]), widths, code),
    ]))


@settings(max_examples=40, deadline=None)
@given(configs())
def test_the_outline_of_a_config_is_the_table_of_the_model_that_it_builds(config):
    model = build(config)
    assert outline(config) == layer_table(model)
    assert outline(config).parameters == model.count_params()
    assert outlined_field(config) == receptive_field(model.encoder)


@pytest.mark.parametrize("config", [
    *CONFIGS, DenseConfig(SMALL, hidden=(7, 5, 4), latent_size=3), DenseConfig(SMALL, hidden=(), latent_size=3),
    RepairedConfig((16, 24, 3), latent_dim=3, widths=(2, 3, 4)), ConvolutionalConfig((16, 24, 3), (2, 3, 4), 2),
    ConvolutionalConfig((16, 24, 3), (2, 3, 4), 2, upsampling="transposed"),
], ids=str)
def test_the_outline_is_the_table_at_every_depth(config):
    model = build(config)
    assert outline(config) == layer_table(model)
    sides = [row.shape for row in layer_table(model).half("decoder")]
    assert sides[-1] == config.input_shape  # back where it came from


def test_the_decoder_of_a_dense_model_has_the_hidden_layers_in_reverse():
    table = layer_table(build_dense(DenseConfig(SMALL, hidden=(7, 5, 4), latent_size=3)))
    encoder, decoder = ([row.shape[0] for row in table.half(half) if row.kind == "dense"]
                        for half in ("encoder", "decoder"))
    assert encoder == [7, 5, 4, 3] and decoder == [4, 5, 7, 96]


def test_a_table_is_printed_in_columns():
    lines = repr(outline(TextbookConfig())).splitlines()
    assert lines[0].split() == ["half", "layer", "kind", "shape", "parameters"]
    assert lines[2].split() == ["encoder", "convolution", "convolution", "26×26×64", "640"]
    assert len({len(line) for line in lines}) == 1
    assert "?×?×1" in repr(outline(ConvolutionalConfig((None, None, 1))))


def test_a_table_has_two_halves():
    table = outline(RepairedConfig())
    assert table.half("encoder") + table.half("decoder") == table and isinstance(table.half("encoder"), LayerTable)


@pytest.mark.parametrize("wrong", [None, 3, keras.Sequential([keras.layers.Dense(2)])], ids=["None", "3", "one half"])
def test_a_table_needs_a_model_with_two_halves(wrong):
    with pytest.raises(TypeError, match="model must have an encoder and a decoder"):
        layer_table(wrong)


def test_an_outline_needs_a_config():
    for function in (outline, outlined_field):
        with pytest.raises(TypeError, match="config must be one of ConvolutionalConfig, DenseConfig.*; received 3"):
            function(3)


# ---- formulas


@settings(max_examples=60, deadline=None)
@given(st.integers(5, 40), st.integers(1, 5), st.integers(1, 4), st.integers(0, 4))
def test_the_size_of_a_convolution_is_that_of_a_real_one(size, kernel, stride, padding):
    padded = np.zeros((1, size + padding, size + padding, 1), np.float32)
    rows = keras.layers.Conv2D(1, kernel, stride)(padded).shape[1]
    assert convolution_size(size, kernel=kernel, stride=stride, padding=padding) == rows


@pytest.mark.parametrize("size, stride", [*itertools.product(range(4, 12), (1, 2))])
def test_same_padding_is_two_rows_for_a_kernel_of_three(size, stride):
    rows = keras.layers.Conv2D(1, 3, stride, padding="same")(np.zeros((1, size, size, 1), np.float32)).shape[1]
    assert convolution_size(size, stride=stride, padding=2) == rows == -(-size // stride)


@pytest.mark.parametrize("channels_in, channels_out, kernel", [(1, 64, 3), (16, 32, 3), (3, 5, 1), (2, 7, 5)])
def test_parameters_of_a_convolution_are_those_of_a_real_one(channels_in, channels_out, kernel):
    layer = keras.layers.Conv2D(channels_out, kernel)
    layer.build((None, 9, 9, channels_in))
    assert convolution_parameters(channels_in, channels_out, kernel=kernel) == layer.count_params()
    transposed = keras.layers.Conv2DTranspose(channels_out, kernel, 2)
    transposed.build((None, 9, 9, channels_in))
    assert transposed.count_params() == layer.count_params()


@pytest.mark.parametrize("units_in, units_out", [(784, 32), (1, 1), (5, 7)])
def test_parameters_of_a_dense_layer_are_those_of_a_real_one(units_in, units_out):
    layer = keras.layers.Dense(units_out)
    layer.build((None, units_in))
    assert dense_parameters(units_in, units_out) == layer.count_params()


def sides_that_matter(encoder, side, position):
    """By the gradient: height and width of the part of the picture on which the code at a position depends."""
    picture = tf.Variable(noise(1, side, side, 1, seed=2))
    with tf.GradientTape() as tape:
        code = tf.reduce_sum(encoder(picture)[0, position, position])
    touched = np.abs(np.asarray(tape.gradient(code, picture)))[0, ..., 0] > 0
    return tuple(int(np.ptp(np.nonzero(touched.any(axis=axis))[0])) + 1 for axis in (1, 0))


@pytest.mark.parametrize("widths", [(6,), (6, 6), (6, 6, 6)])
def test_the_receptive_field_is_where_the_gradient_is_not_zero(widths):
    side = 16 * 2 ** len(widths)
    config = ConvolutionalConfig((side, side, 1), widths, latent_channels=1)
    # linear, so that no ReLU hides a path
    encoder = build_convolutional(config).encoder
    for layer in encoder.layers[1:]:
        layer.activation = keras.activations.linear
    assert receptive_field(encoder) == sides_that_matter(encoder, side, 8)


def test_after_a_dense_layer_it_is_the_whole_picture():
    for config in (DenseConfig(SMALL, (4,), 2), TextbookConfig(SMALL, 2), RepairedConfig(SMALL, 2, (4,))):
        assert receptive_field(build(config).encoder) == SMALL[:2]


def test_pooling_and_kernels_that_are_not_square_count_as_well():
    picture = keras.Input((32, 32, 1))
    x = keras.layers.Conv2D(2, (5, 3))(picture)
    x = keras.layers.MaxPooling2D(2)(x)
    encoder = keras.Model(picture, keras.layers.Conv2D(2, 3)(x))
    assert receptive_field(encoder) == (1 + 4 + 1 + 2 * 2, 1 + 2 + 1 + 2 * 2)


def test_a_branching_encoder_is_refused():
    picture = keras.Input((8, 8, 1))
    one, two = keras.layers.Conv2D(1, 3)(picture), keras.layers.Conv2D(1, 3)(picture)
    with pytest.raises(ValueError, match="encoder must be a chain of layers"):
        receptive_field(keras.Model(picture, keras.layers.Add()([one, two])))
    with pytest.raises(TypeError, match="encoder must be a keras.Model"):
        receptive_field(None)


# ---- what lesson 03 says of a saturated pixel


@pytest.mark.parametrize("number", [-6.0, -1.0, 0.0, 2.5])
@pytest.mark.parametrize("target", [0.0, 0.3, 1.0])
def test_slopes_before_the_sigmoid_are_those_of_the_lesson(number, target):
    value = tf.Variable([number], dtype=tf.float64)
    x, s = tf.constant([target], tf.float64), 1 / (1 + np.exp(-number))
    expected = {"mse": 2 * (s - target) * s * (1 - s), "bce": s - target}
    for name, loss in (("mse", losses.mean_squared_error), ("bce", losses.binary_cross_entropy)):
        with tf.GradientTape() as tape:
            result = loss(x, keras.ops.sigmoid(value))
        assert float(tape.gradient(result, value)[0]) == pytest.approx(expected[name], rel=1e-6, abs=1e-12)
