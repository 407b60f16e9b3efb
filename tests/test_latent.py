"""Walks in a code, against a linear model whose every picture is known in closed form."""

import numpy as np
import pytest

from aelearn import latent
from aelearn.autoencoders import (
    Autoencoder,
    ConvolutionalConfig,
    VariationalConfig,
    build_convolutional,
    build_variational,
)

import keras  # isort: skip

ROWS, COLUMNS, UNITS = 4, 3, 3
random = np.random.default_rng(0)
ENCODE = random.normal(size=(ROWS * COLUMNS, UNITS)).astype(np.float32)
DECODE = random.normal(size=(UNITS, ROWS * COLUMNS)).astype(np.float32)


def linear(encode=ENCODE, decode=DECODE):
    """code = x @ encode, picture = code @ decode."""
    picture = keras.Input((ROWS, COLUMNS, 1))
    row = keras.layers.Flatten()(picture)
    encoder = keras.Model(picture, keras.layers.Dense(encode.shape[1], use_bias=False, name="to_code")(row))
    code = keras.Input((encode.shape[1],))
    row = keras.layers.Dense(ROWS * COLUMNS, use_bias=False, name="to_row")(code)
    decoder = keras.Model(code, keras.layers.Reshape((ROWS, COLUMNS, 1))(row))
    model = Autoencoder(encoder, decoder)
    model.encoder.get_layer("to_code").set_weights([encode])
    model.decoder.get_layer("to_row").set_weights([decode])
    return model


@pytest.fixture(scope="module")
def model():
    return linear()


def decoded(codes):
    codes = np.asarray(codes, np.float32)
    return (codes @ DECODE).reshape(*codes.shape[:-1], ROWS, COLUMNS, 1)


def pictures(number, seed=1):
    return np.random.default_rng(seed).uniform(size=(number, ROWS, COLUMNS, 1)).astype(np.float32)


# --- encode and decode all


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_all_pictures_are_encoded_in_order_whatever_the_batch(model, batch_size):
    x = pictures(7)
    codes = latent.encode_all(model, x, batch_size=batch_size)
    assert codes.shape == (7, UNITS) and codes.dtype == np.float32
    np.testing.assert_allclose(codes, x.reshape(7, -1) @ ENCODE, atol=1e-5)
    np.testing.assert_allclose(latent.decode_all(model, codes, batch_size=batch_size), decoded(codes), atol=1e-5)


def test_codes_with_rows_and_columns_go_both_ways():
    model = build_convolutional(ConvolutionalConfig((8, 8, 1), widths=(4,), latent_channels=2))
    x = np.random.default_rng(0).uniform(size=(3, 8, 8, 1)).astype(np.float32)
    codes = latent.encode_all(model, x, batch_size=2)
    assert codes.shape == (3, 4, 4, 2)
    np.testing.assert_allclose(latent.decode_all(model, codes, batch_size=2), model(x), atol=1e-5)


def test_of_a_variational_autoencoder_the_means_are_returned():
    model = build_variational(VariationalConfig((4, 3, 1), (5,), 2))
    x = pictures(4)
    np.testing.assert_allclose(latent.encode_all(model, x), model.encode_distribution(x)[0], atol=1e-6)


def test_other_kinds_of_numbers_are_taken(model):
    whole = np.ones((2, ROWS, COLUMNS, 1), int)
    np.testing.assert_allclose(latent.encode_all(model, whole), whole.reshape(2, -1) @ ENCODE, atol=1e-5)
    np.testing.assert_allclose(latent.encode_all(model, whole.tolist()), whole.reshape(2, -1) @ ENCODE, atol=1e-5)


# --- from one picture to another


def test_linear_path_of_a_linear_model_is_a_blend_of_reconstructions(model):
    a, b = pictures(2)
    steps = latent.interpolate(model, a, b, 5)
    ends = decoded(np.stack([a, b]).reshape(2, -1) @ ENCODE)
    for t, picture in zip((0, 0.25, 0.5, 0.75, 1), steps):
        np.testing.assert_allclose(picture, (1 - t) * ends[0] + t * ends[1], atol=1e-5)


@pytest.mark.parametrize("path", ["linear", "spherical"])
def test_both_ends_are_the_reconstructions(model, path):
    a, b = pictures(2)
    steps = latent.interpolate(model, a, b, 4, path=path)
    assert steps.shape == (4, ROWS, COLUMNS, 1)
    np.testing.assert_allclose(steps[[0, -1]], model(np.stack([a, b])), atol=1e-5)


def test_a_code_can_stand_for_its_picture(model):
    a, b = pictures(2)
    codes = latent.encode_all(model, np.stack([a, b]))
    expected = latent.interpolate(model, a, b, 3)
    for pair in ((codes[0], b), (a, codes[1]), (codes[0], codes[1])):
        np.testing.assert_allclose(latent.interpolate(model, *pair, 3), expected, atol=1e-5)


def test_spherical_path_keeps_the_length_and_turns_evenly():
    a, b = 2 * np.array([1.0, 0, 0]), 2 * np.array([np.cos(2.0), np.sin(2.0), 0])  # 2 radians apart
    codes = latent.interpolate_codes(a, b, 9, path="spherical")
    np.testing.assert_allclose(np.linalg.norm(codes, axis=1), 2, atol=1e-6)
    np.testing.assert_allclose(np.arctan2(codes[:, 1], codes[:, 0]), np.linspace(0, 2, 9), atol=1e-6)


def test_linear_path_is_shorter_in_the_middle_than_the_spherical_one():
    a, b = np.array([3.0, 0]), np.array([0, 3.0])
    straight, round_ = (latent.interpolate_codes(a, b, 3, path=path)[1] for path in latent.PATHS)
    assert np.linalg.norm(straight) == pytest.approx(3 / np.sqrt(2)) and np.linalg.norm(round_) == pytest.approx(3)


@pytest.mark.parametrize("a, b", [([1, 2], [2, 4]), ([0, 0], [1, 3]), ([1, 1], [1, 1])])
def test_codes_without_an_angle_between_them_go_straight(a, b):
    np.testing.assert_allclose(latent.interpolate_codes(a, b, 5, path="spherical"),
                               latent.interpolate_codes(a, b, 5), atol=1e-6)


def test_opposite_codes_have_no_shortest_way_around():
    with pytest.raises(ValueError, match="opposite to each other.*path='linear'"):
        latent.interpolate_codes([1.0, 2.0], [-2.0, -4.0], 3, path="spherical")


# --- one unit


@pytest.mark.parametrize("unit", range(UNITS))
def test_traverse_of_a_linear_model_adds_one_row_of_the_decoder(model, unit):
    x = pictures(1)[0]
    code = x.reshape(-1) @ ENCODE
    found = latent.traverse(model, x, unit, [-2, 0, 5])
    for value, picture in zip((-2, 0, 5), found):
        moved = code + (value - code[unit]) * np.eye(UNITS)[unit]
        np.testing.assert_allclose(picture, decoded(moved), atol=1e-4)


def test_traverse_leaves_the_code_that_it_was_given(model):
    code = np.zeros(UNITS, np.float32)
    latent.traverse(model, code, 1, [3.0])
    assert not code.any()


def test_a_unit_of_a_code_with_rows_and_columns_is_a_tuple():
    model = build_convolutional(ConvolutionalConfig((8, 8, 1), widths=(4,), latent_channels=2))
    code = np.zeros((4, 4, 2), np.float32)
    found = latent.traverse(model, code, (1, 2, 0), [0.0, 3.0])
    code[1, 2, 0] = 3
    np.testing.assert_allclose(found[1], model.decode(code[None])[0], atol=1e-6)
    assert np.abs(found[1] - found[0]).max() > 1e-4


# --- a plane


def test_grid_of_a_linear_model_is_its_plane_with_the_second_unit_upwards(model):
    tiles = latent.decode_grid(model, 3, (-1, 2, -4, 5))
    assert tiles.shape == (3, 3, ROWS, COLUMNS, 1)
    for i, y in enumerate((5, 0.5, -4)):
        for j, x in enumerate((-1, 0.5, 2)):
            np.testing.assert_allclose(tiles[i, j], decoded([x, y, 0]), atol=1e-5)


def test_grid_can_lie_in_other_units_through_any_picture(model):
    x = pictures(1)[0]
    code = x.reshape(-1) @ ENCODE
    for base in (x, code):
        tiles = latent.decode_grid(model, 2, 1, units=(2, 0), base=base)
        np.testing.assert_allclose(tiles[0, 1], decoded([1, code[1], 1]), atol=1e-5)  # right of unit 2, top of unit 0
        np.testing.assert_allclose(tiles[1, 1], decoded([-1, code[1], 1]), atol=1e-5)


def test_one_number_is_an_extent_around_zero(model):
    four = latent.decode_grid(model, 4, (-2.5, 2.5, -2.5, 2.5))
    np.testing.assert_array_equal(latent.decode_grid(model, 4, 2.5), four)


# --- bad input

BAD = {
    "pictures of another size": (lambda m: latent.encode_all(m, np.zeros((2, 5, 3, 1))),
                                 r"images must be numbers of shape \(number, 4, 3, 1\); received .* \(2, 5, 3, 1\)"),
    "one picture": (lambda m: latent.encode_all(m, np.zeros((4, 3, 1))), r"images must be numbers of shape"),
    "no picture": (lambda m: latent.encode_all(m, np.zeros((0, 4, 3, 1))), r"received float64 of shape \(0, 4, 3, 1\)"),
    "NaN": (lambda m: latent.encode_all(m, np.full((1, 4, 3, 1), np.nan)), "images must be finite; received NaN"),
    "text": (lambda m: latent.encode_all(m, np.full((1, 4, 3, 1), "x")), r"images must be numbers .*received <U1"),
    "a batch of none": (lambda m: latent.encode_all(m, pictures(1), batch_size=0), "batch_size must be an int"),
    "half a batch": (lambda m: latent.decode_all(m, np.zeros((1, 3)), batch_size=2.5), "batch_size must be an int"),
    "codes of another size": (lambda m: latent.decode_all(m, np.zeros((2, 4))), r"codes .*\(number, 3\).*\(2, 4\)"),
    "infinite codes": (lambda m: latent.decode_all(m, np.full((2, 3), np.inf)), "codes must be finite"),
    "neither picture nor code": (lambda m: latent.interpolate(m, np.zeros((2, 2)), np.zeros(3), 3),
                                 r"a must be a picture of shape \(4, 3, 1\) or a code of shape \(3,\); .*\(2, 2\)"),
    "a picture of another size": (lambda m: latent.interpolate(m, np.zeros(3), np.zeros((4, 4, 1)), 3),
                                  r"b must be numbers of shape \(4, 3, 1\); received float64 of shape \(4, 4, 1\)"),
    "a code with too many units": (lambda m: latent.interpolate(m, np.zeros(4), np.zeros(3), 3), "a must be a picture"),
    "a code with NaN": (lambda m: latent.interpolate(m, np.full(3, np.nan), np.zeros(3), 3), "a must be finite"),
    "one step": (lambda m: latent.interpolate(m, np.zeros(3), np.ones(3), 1), "num must be an int of at least 2"),
    "True steps": (lambda m: latent.interpolate(m, np.zeros(3), np.ones(3), True), "num must be an int of at least 2"),
    "an unknown path": (lambda m: latent.interpolate(m, np.zeros(3), np.ones(3), 3, path="scenic"),
                        "path must be one of 'linear', 'spherical'; received 'scenic'"),
    "codes of two sizes": (lambda m: latent.interpolate_codes([1, 2], [1, 2, 3], 3), r"received \(2,\) and \(3,\)"),
    "a unit too many": (lambda m: latent.traverse(m, np.zeros(3), 3, [0]),
                        r"unit must be in a code of shape \(3,\), counted from 0; received 3"),
    "a negative unit": (lambda m: latent.traverse(m, np.zeros(3), -1, [0]), "unit must be in a code"),
    "no value": (lambda m: latent.traverse(m, np.zeros(3), 0, []), "values must be a list of one number or more"),
    "NaN as a value": (lambda m: latent.traverse(m, np.zeros(3), 0, [np.nan]), "codes must be finite"),
    "one tile": (lambda m: latent.decode_grid(m, 1), "num must be an int of at least 2; received 1"),
    "one unit twice": (lambda m: latent.decode_grid(m, 2, units=(1, 1)), "units must be two different ints"),
    "an unknown unit": (lambda m: latent.decode_grid(m, 2, units=(0, 3)), r"units must be in a code of shape \(3,\)"),
    "an extent of 0": (lambda m: latent.decode_grid(m, 2, 0), "extent must be .*one number above 0; received 0"),
    "a negative extent": (lambda m: latent.decode_grid(m, 2, -1), "extent must be"),
    "an extent that is turned": (lambda m: latent.decode_grid(m, 2, (1, -1, 0, 1)), "extent must be"),
    "an extent of three": (lambda m: latent.decode_grid(m, 2, (0, 1, 2)), "extent must be"),
    "an infinite extent": (lambda m: latent.decode_grid(m, 2, float("inf")), "extent must be"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_line(model, case):
    call, words = BAD[case]
    with pytest.raises(ValueError, match=words) as caught:
        call(model)
    assert "\n" not in str(caught.value)


def test_a_code_without_a_plane_is_refused():
    one = linear(ENCODE[:, :1], DECODE[:1])
    with pytest.raises(ValueError, match=r"two units or more to have a plane; received shape \(1,\)"):
        latent.decode_grid(one, 3)
    convolutional = build_convolutional(ConvolutionalConfig((8, 8, 1), widths=(4,), latent_channels=2))
    with pytest.raises(ValueError, match=r"one row of two units or more .*received shape \(4, 4, 2\)"):
        latent.decode_grid(convolutional, 3)


# --- pictures, codes and models that are mistaken for one another


@pytest.mark.parametrize("bad", [np.uint8(128), 128.0, -0.5])
def test_pictures_that_are_not_in_0_to_1_are_refused(model, bad):
    bad = np.full((4, 3, 1), bad)
    words = r"must be .*\[0, 1\]; received (values from (128 to 128|-0.5 to -0.5)|uint8)"
    for call in (lambda: latent.encode_all(model, bad[None]), lambda: latent.interpolate(model, bad, np.zeros(3), 3),
                 lambda: latent.traverse(model, bad, 0, [1.0]), lambda: latent.decode_grid(model, 2, base=bad)):
        with pytest.raises(ValueError, match=words) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_what_could_be_both_is_taken_for_a_picture():
    model = build_convolutional(ConvolutionalConfig((None, None, 3), widths=(4,), latent_channels=3))
    x = np.random.default_rng(0).random((8, 8, 3), np.float32)
    found = latent.interpolate(model, x, 1 - x, 3)
    assert found.shape == (3, 8, 8, 3)
    codes = latent.encode_all(model, np.stack([x, 1 - x]))
    np.testing.assert_allclose(found[::2], latent.decode_all(model, codes), atol=1e-6)


@pytest.mark.parametrize("kind", ["NoneType", "Sequential", "str"])
def test_what_is_no_autoencoder_is_refused(kind):
    import keras

    plain = keras.Sequential([keras.Input((4, 3, 1)), keras.layers.Flatten()])
    none, x = {"NoneType": None, "Sequential": plain, "str": "model"}[kind], pictures(1)
    for call in (lambda: latent.encode_all(none, x), lambda: latent.decode_all(none, np.zeros((1, 3))),
                 lambda: latent.interpolate(none, x[0], x[0], 3), lambda: latent.traverse(none, x[0], 0, [1]),
                 lambda: latent.decode_grid(none, 3), lambda: latent.check_units(none, (0, 1))):
        with pytest.raises(ValueError, match=f"model must be an Autoencoder, .*; received {kind}"):
            call()


def test_what_are_no_numbers_is_refused(model):
    for extent in ("a", None, ["a", 1, 2, 3], [None] * 4, [[1], [1, 2]]):
        with pytest.raises(ValueError, match="extent must be .*; received"):
            latent.check_extent(extent)
    for bad in (None, "a", [np.nan], [[1], [1, 2]]):
        with pytest.raises(ValueError, match="a must be finite numbers; received"):
            latent.interpolate_codes(bad, [1.0], 3)
    with pytest.raises(ValueError, match="num must be at most 100, .* 10,000 pictures; received 10000000"):
        latent.decode_grid(model, 10**7)
