"""What an autoencoder cannot take is said in one line: shapes, kinds of numbers, halves, losses."""

from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from aelearn import autoencoders as ae

import keras  # isort: skip

PICTURES = np.random.default_rng(0).random((16, 4, 4, 1)).astype("f4")


def dense(latent_size=2, shape=(4, 4, 1), **options):
    return ae.build_dense(ae.DenseConfig(shape, (), latent_size), **options)


def variational():
    return ae.build_variational(ae.VariationalConfig((4, 4, 1), (3,), 2))


def open_sides():
    return ae.build_convolutional(ae.ConvolutionalConfig((None, None, 1), (2, 2), 2))


def said(call, kind=ValueError):
    """The message of the error that a call ends with, which must be one short line."""
    with pytest.raises(kind) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message and "\x1b" not in message and len(message) < 250, message
    return message


# ---- what goes in


@pytest.mark.parametrize("build", [dense, variational, lambda: ae.build_denoising(
    ae.DenoisingConfig(ae.DenseConfig((4, 4, 1), (), 2)))], ids=["dense", "variational", "denoising"])
@pytest.mark.parametrize("use", ["encode", "__call__", "predict"])
def test_pictures_of_another_shape_are_refused_with_both_shapes(build, use):
    call = getattr(build(), use)
    message = said(lambda: call(PICTURES[:, :3]))
    assert "(batch, 4, 4, 1)" in message and "received (16, 3, 4, 1)" in message
    assert "picture[None]" in said(lambda: call(PICTURES[0]))
    assert "complex" in said(lambda: call(PICTURES.astype(complex)))
    assert "uint8" in said(lambda: call(PICTURES.astype("u1")))
    assert "at least one" in said(lambda: call(PICTURES[:0]))
    assert "received list" in said(lambda: call([1, 2]))


@pytest.mark.parametrize("build", [dense, variational])
def test_codes_of_another_shape_are_refused_with_both_shapes(build):
    model = build()
    message = said(lambda: model.decode(np.zeros((5, 3), "f4")))
    assert "decode" in message and "(batch, 2)" in message and "received (5, 3)" in message
    assert "code[None]" in said(lambda: model.decode(np.zeros(2, "f4")))


def test_the_elbo_names_the_shape_that_it_wanted():
    message = said(lambda: variational().elbo_terms(PICTURES[:, :3]))
    assert "(batch, 4, 4, 1)" in message and "(16, 3, 4, 1)" in message


@pytest.mark.parametrize("side", [9, 10, 4])
def test_open_sides_must_be_a_multiple_that_the_message_names(side):
    message = said(lambda: open_sides()(np.zeros((1, side, 12, 1), "f4")))
    assert "multiple of 4" in message and f"received (1, {side}, 12, 1)" in message
    assert open_sides()(np.zeros((1, 8, 12, 1), "f4")).shape == (1, 8, 12, 1)


def test_a_pyramid_names_the_shape_that_it_wanted():
    model = ae.build_pyramid(ae.PyramidConfig((4, 8)))
    assert "(batch, height, width, 3)" in said(lambda: model.encode(np.zeros((8, 8, 3), "f4"), 1))
    assert "(batch, height, width, 8)" in said(lambda: model.decode(np.zeros((1, 8, 8, 4), "f4"), 2))


def test_models_can_still_be_called_on_symbols_and_in_compiled_functions():
    inner, symbol = dense(), keras.Input((4, 4, 1))
    outer = keras.Model(symbol, inner(symbol))
    np.testing.assert_allclose(outer.predict(PICTURES, verbose=0), inner.predict(PICTURES, verbose=0), atol=1e-6)


# ---- what it is made of


def test_the_strength_is_kept_as_a_plain_float(tmp_path):
    for strength in (Fraction(1, 10), np.float32(0.1)):
        objective = ae.Objective(penalty="l1", strength=strength)
        assert type(objective.strength) is float and objective.strength == pytest.approx(0.1)
        dense(objective=objective).save(tmp_path / "m.keras")


def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    model, path = dense(), tmp_path / "m.keras"
    model.save(path)
    before = path.read_bytes()
    monkeypatch.setattr(type(model), "get_config", lambda self: {"bad": object()})
    with pytest.raises(Exception):  # noqa: B017  whatever Keras says
        model.save(path)
    assert path.read_bytes() == before and [each.name for each in tmp_path.iterdir()] == ["m.keras"]


def test_halves_that_do_not_fit_are_refused():
    large, small = dense(shape=(5, 5, 1)), dense()
    message = said(lambda: ae.Autoencoder(large.encoder, small.decoder))
    assert "(5, 5, 1)" in message and "(4, 4, 1)" in message
    said(lambda: ae.Autoencoder(small.decoder, large.encoder))
    assert "encoder must be a keras.Model" in said(lambda: ae.Autoencoder(None, None), TypeError)
    assert "decoder must be a keras.Model" in said(lambda: ae.Autoencoder(small.encoder, 3), TypeError)


def test_weights_of_samples_and_another_loss_are_refused_rather_than_ignored():
    model = dense()
    assert "sample_weight" in said(lambda: model.compute_loss(x=PICTURES, y_pred=PICTURES, sample_weight=np.ones(16)))
    model.compile("adam")
    model.fit(PICTURES, verbose=0)
    model.evaluate(PICTURES, PICTURES, verbose=0)
    assert "sample_weight" in said(lambda: model.fit(PICTURES, PICTURES, sample_weight=np.ones(16), verbose=0))
    model.compile("adam", loss="mae")
    assert "objective" in said(lambda: model.fit(PICTURES, PICTURES, verbose=0))


def test_a_code_with_open_sides_is_held_to_the_same_bound():
    assert "latent_channels must be at most 4" in said(lambda: ae.ConvolutionalConfig((None, None, 1), (2,), 5))
    assert ae.ConvolutionalConfig((None, None, 1), (2,), 4).code_shape == (None, None, 4)
    for shape in ((None, None), (None, 28, 1), (28, 28, None)):
        message = said(partial(ae.ConvolutionalConfig, shape))
        assert "both None" in message and f"received {shape}" in message


@pytest.mark.parametrize("build", [ae.build_dense, ae.build_convolutional, ae.build_textbook, ae.build_repaired,
                                   ae.build_linear, ae.build_sparse, ae.build_denoising, ae.build_variational,
                                   ae.build_pyramid])
def test_every_builder_checks_seed_and_name_alike(build):
    for seed in (2**70, -1, 1.5):
        assert "seed must be an int of at" in said(partial(build, seed=seed))
    for name in ("a/b", 3, ""):
        assert said(partial(build, name=name)).endswith(f"without a slash, such as 'mine'; received {name!r}")


@pytest.mark.parametrize("call", [
    lambda: ae.convolution_size(28, stride=0), lambda: ae.convolution_size(28.5), lambda: ae.convolution_size(-1),
    lambda: ae.convolution_size(28, padding=-1), lambda: ae.convolution_parameters(-1, 3),
    lambda: ae.convolution_parameters(1, 3, kernel=0), lambda: ae.dense_parameters(0, 1),
])
def test_arithmetic_of_layers_refuses_what_is_no_size(call):
    assert "must be" in said(call)


def chain(*layers, shape=(32, 32, 1)):
    x = picture = keras.Input(shape)
    for layer in layers:
        x = layer(x)
    return keras.Model(picture, x)


def test_the_receptive_field_counts_the_gaps_of_a_dilated_kernel():
    conv = keras.layers.Conv2D
    found = ae.receptive_field(chain(conv(2, 3, strides=2), conv(2, 3, dilation_rate=(4, 1)), keras.layers.ReLU()))
    assert found == (1 + 2 + 2 * 8, 1 + 2 + 2 * 2)


@pytest.mark.parametrize("layer", [keras.layers.GlobalAveragePooling2D, keras.layers.UpSampling2D,
                                   lambda: keras.layers.Conv2DTranspose(2, 3)])
def test_the_receptive_field_of_an_unknown_layer_is_refused(layer):
    assert "whose reach is not known" in said(lambda: ae.receptive_field(chain(layer())))


def test_the_receptive_field_of_a_decoder_is_refused():
    assert "encoder must take pictures" in said(lambda: ae.receptive_field(dense().decoder))
