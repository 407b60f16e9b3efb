"""The models and their files: shapes, seeds, what comes back from disk, what is refused."""

import errno
import io
import json
import os
import pickle
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aelearn import losses
from aelearn.autoencoders import (
    ConvolutionalConfig,
    PyramidAutoencoder,
    PyramidConfig,
    build_convolutional,
    build_pyramid,
    load_weights,
    save_weights,
)
from aelearn.autoencoders import weights as weights_module

import keras  # isort: skip
import tensorflow as tf  # isort: skip
from keras import ops

TINY = PyramidConfig((4, 8))


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(size=shape).astype(np.float32)


@pytest.fixture(scope="module")
def tiny():
    return build_pyramid(TINY, seed=5, name="tiny")


# ---- shapes


@pytest.mark.parametrize("config", [PyramidConfig((4,)), PyramidConfig((3, 2, 5, 4)), PyramidConfig((4, 6), 1)])
def test_every_level_halves_the_sides_and_decodes_to_the_picture(config):
    model = build_pyramid(config)
    side = 2 ** config.num_levels
    pictures = noise(2, side, 2 * side, config.channels)
    for level, width in enumerate(config.widths, start=1):
        code = model.encode(pictures, level)
        scale = 2 ** (level - 1)
        assert tuple(code.shape) == (2, side // scale, 2 * side // scale, width)
        assert tuple(model.decode(code, level).shape) == pictures.shape
    assert [tuple(x.shape) for x in model(pictures)] == [pictures.shape] * config.num_levels


def test_calling_the_model_is_encoding_and_decoding_at_every_level(tiny):
    pictures = noise(2, 8, 12, 3)
    for level, reconstruction in enumerate(tiny(pictures), start=1):
        np.testing.assert_allclose(reconstruction, tiny.decode(tiny.encode(pictures, level), level), atol=1e-6)


def test_a_code_can_be_carried_on_from_any_level():
    model = build_pyramid(PyramidConfig((3, 4, 5)))
    pictures = noise(1, 8, 8, 3)
    whole = model.encode(pictures, 3)
    for start in (1, 2, 3):
        np.testing.assert_allclose(model.encode(model.encode(pictures, start), 3, start=start), whole, atol=1e-6)


@pytest.mark.parametrize("level", [0, 3, -1])
def test_a_level_that_the_model_lacks_is_refused(tiny, level):
    with pytest.raises(ValueError, match=rf"level must be from 1 to 2; received {level}"):
        tiny.encode(noise(1, 8, 8, 3), level)
    with pytest.raises(ValueError, match=rf"level must be from 1 to 2; received {level}"):
        tiny.decode(noise(1, 8, 8, 4), level)


def test_codes_and_pictures_are_linear_outputs_of_either_sign(tiny):
    pictures = noise(1, 16, 16, 3)
    for level in (1, 2):
        code = np.asarray(tiny.encode(pictures, level))
        assert code.min() < 0 < code.max()
        decoded = np.asarray(tiny.decode(20 * code, level))
        assert decoded.min() < 0 and decoded.max() > 1


def test_a_picture_of_one_colour_has_a_constant_code_and_a_reconstruction_without_a_frame():
    model = build_pyramid(PyramidConfig((4, 8, 8)), seed=1)
    picture = np.full((1, 16, 24, 3), 1, np.float32) * np.float32([0.2, 0.9, 0.4])
    for level in (1, 2, 3):
        for tensor in (model.encode(picture, level), model.decode(model.encode(picture, level), level)):
            tensor = np.asarray(tensor)
            np.testing.assert_allclose(tensor, np.broadcast_to(tensor[:, :1, :1], tensor.shape), atol=1e-5)


def test_a_changed_pixel_changes_the_code_two_steps_around_it_and_nothing_else(tiny):
    # two 3x3 convolutions reach two steps; a global statistic, as in a normalisation, would reach further
    picture = noise(1, 16, 16, 3)
    changed = picture.copy()
    changed[0, 8, 8] = 0
    difference = np.abs(np.asarray(tiny.encode(picture, 1)) - np.asarray(tiny.encode(changed, 1))).max(axis=(0, 3))
    rows, columns = np.nonzero(difference > 1e-7)
    assert rows.min() == columns.min() == 6 and rows.max() == columns.max() == 10


# ---- seeds, gradients, config


def test_the_seed_decides_the_weights():
    first, again, other = (build_pyramid(TINY, seed=s).get_weights() for s in (1, 1, 2))
    for a, b in zip(first, again):
        np.testing.assert_array_equal(a, b)
    assert not any(np.array_equal(a, b) for a, b in zip(first, other) if a.any())
    a, b, c = (build_convolutional(seed=s).get_weights()[0] for s in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


def test_no_two_layers_start_alike():
    kernels = [w for w in build_pyramid(PyramidConfig((8, 8, 8)), seed=0).get_weights() if w.shape == (3, 3, 8, 8)]
    assert len(kernels) > 6
    for i, a in enumerate(kernels):
        assert not any(np.array_equal(a, b) for b in kernels[:i])


def test_every_weight_has_a_gradient(tiny):
    pictures = noise(4, 16, 16, 3)
    with tf.GradientTape() as tape:
        loss = losses.pyramid_loss(ops.convert_to_tensor(pictures), tiny(pictures))
    gradients = tape.gradient(loss, [v.value for v in tiny.trainable_variables])
    dead = [v.path for v, g in zip(tiny.trainable_variables, gradients) if g is None or not np.any(np.asarray(g))]
    assert not dead
    assert len(tiny.trainable_variables) == 2 * 2 * 2 * 2  # levels x halves x convolutions x (kernel, bias)


def test_the_gradient_of_a_weight_is_the_slope_of_the_loss():
    model = build_pyramid(TINY, seed=2)
    pictures = noise(1, 8, 8, 3)
    for index in (0, -2):
        variable = model.trainable_variables[index]
        with tf.GradientTape() as tape:
            loss = losses.pyramid_loss(ops.convert_to_tensor(pictures), model(pictures))
        gradient = np.array(tape.gradient(loss, variable.value))
        direction = gradient / np.linalg.norm(gradient)
        start, sides = variable.numpy().copy(), []
        for step in (1e-3, -1e-3):
            variable.assign(start + step * direction)
            sides.append(float(losses.pyramid_loss(ops.convert_to_tensor(pictures), model(pictures))))
        variable.assign(start)
        slope = np.sum(gradient * direction)
        assert (sides[0] - sides[1]) / 2e-3 == pytest.approx(slope, rel=5e-2)


def test_a_pyramid_comes_back_from_its_config_which_is_plain_json(tiny):
    config = tiny.get_config()
    assert json.loads(json.dumps(config)) == config
    kept = dict(config)
    again = PyramidAutoencoder.from_config(config)
    assert config == kept, "from_config changed the caller's dict"
    assert (again.config, again.seed, again.name) == (TINY, 5, "tiny")
    again(noise(1, 8, 8, 3))
    for a, b in zip(again.get_weights(), tiny.get_weights()):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", ["pyramid", "convolutional"])
def test_a_model_survives_keras_own_format(tmp_path, kind):
    model = build_pyramid(TINY, seed=5) if kind == "pyramid" else build_convolutional(seed=5)
    pictures = noise(1, 8, 8, 3) if kind == "pyramid" else noise(1, 28, 28, 1)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for a, b in zip(keras.tree.flatten(model(pictures)), keras.tree.flatten(again(pictures))):
        np.testing.assert_array_equal(a, b)


def test_layers_are_named_and_no_name_occurs_twice():
    for model in (build_pyramid(PyramidConfig((4, 4, 4))), build_convolutional()):
        paths = [variable.path for variable in model.weights]
        assert len(set(paths)) == len(paths)


@pytest.mark.parametrize("bad", [(), (0,), (4, -1), (4, 2.5), ("4",), (True,), 5, None, "48"], ids=repr)
def test_widths_that_are_no_positive_ints_are_refused(bad):
    with pytest.raises(ValueError, match="widths must be one positive int per level; received"):
        PyramidConfig(bad)


@pytest.mark.parametrize("bad", [0, -3, 1.5, "3", None, True], ids=repr)
def test_channels_that_are_no_positive_int_are_refused(bad):
    with pytest.raises(ValueError, match="channels must be a positive int; received"):
        PyramidConfig((4,), channels=bad)


def test_widths_may_be_a_list_and_the_config_still_compares_and_hashes():
    assert PyramidConfig([4, 8]) == TINY and hash(PyramidConfig([4, 8])) == hash(TINY)


def test_builders_refuse_anything_but_their_config():
    for build in (build_pyramid, build_convolutional):
        with pytest.raises(TypeError, match=r"config must be a \w+Config; received \(4, 8\)"):
            build((4, 8))


@pytest.mark.parametrize(
    "bad",
    [
        {"input_shape": (28, 28)}, {"input_shape": (30, 28, 1)}, {"input_shape": (4, 4, 1)},
        {"input_shape": (28, 28, 0)},
        {"input_shape": 28}, {"widths": ()}, {"widths": (8, 0)}, {"widths": 8}, {"latent_channels": 0},
        {"latent_channels": 1.5}, {"input_shape": (28.0, 28, 1)},
    ],
    ids=repr,
)  # fmt: skip
def test_sizes_that_no_convolutional_model_can_have_are_refused(bad):
    with pytest.raises(ValueError, match=r"(input_shape|widths|height and width|latent_channels).* must be.*received"):
        ConvolutionalConfig(**bad)


@pytest.mark.parametrize("config", [ConvolutionalConfig(), ConvolutionalConfig((16, 24, 3), (4,), 2)])
def test_the_convolutional_model_goes_through_a_code_of_the_promised_shape(config):
    model = build_convolutional(config)
    pictures = noise(2, *config.input_shape)
    code = model.get_layer("encoder")(pictures)
    assert tuple(code.shape) == (2, *config.code_shape)
    found = np.asarray(model(pictures))
    assert found.shape == pictures.shape and found.min() > 0 and found.max() < 1
    np.testing.assert_allclose(found, model.get_layer("decoder")(code), atol=1e-6)


# ---- files


def test_a_saved_model_comes_back_within_half_precision(tmp_path, tiny):
    save_weights(tiny, tmp_path / "m.npz")
    again = load_weights(tmp_path / "m.npz")
    assert (again.config, again.name) == (tiny.config, "tiny")
    for a, b in zip(again.get_weights(), tiny.get_weights()):
        assert a.dtype == np.float32
        np.testing.assert_array_equal(a, b.astype(np.float16).astype(np.float32))
        np.testing.assert_allclose(a, b, rtol=2**-10, atol=1e-7)


def test_saving_what_was_loaded_changes_nothing_more(tmp_path, tiny):
    save_weights(tiny, tmp_path / "a.npz")
    once = load_weights(tmp_path / "a.npz")
    save_weights(once, tmp_path / "b.npz")
    for a, b in zip(once.get_weights(), load_weights(tmp_path / "b.npz").get_weights()):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("origin", ["scope", "keras file", "encode_1"])
def test_a_model_can_be_saved_wherever_it_was_built(tmp_path, origin):
    with keras.name_scope("lesson"):
        model = build_pyramid(TINY, seed=1, name="encode_1" if origin == "encode_1" else "my_model")
    if origin == "keras file":
        model.save(tmp_path / "model.keras")
        model = keras.models.load_model(tmp_path / "model.keras")
    save_weights(model, tmp_path / "m.npz")
    again = load_weights(tmp_path / "m.npz")
    assert again.name == model.name
    for a, b in zip(again.get_weights(), model.get_weights()):
        np.testing.assert_allclose(a, b, rtol=2**-10, atol=1e-7)


def test_names_of_weights_may_start_with_the_name_of_the_model(tmp_path, tiny, saved):
    with np.load(saved) as file:
        arrays = {name if name == "header" else f"tiny/{name}": array for name, array in file.items()}
    (tmp_path / "m.npz").write_bytes(npz(**arrays))
    for a, b in zip(load_weights(tmp_path / "m.npz").get_weights(), load_weights(saved).get_weights()):
        np.testing.assert_array_equal(a, b)


def test_the_file_is_an_ordinary_npz_without_pickle(tmp_path, tiny):
    save_weights(tiny, tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz", allow_pickle=False) as file:
        assert json.loads(str(file["header"]))["widths"] == [4, 8]
        assert all(file[name].dtype == np.float16 for name in file.files if name != "header")
    assert os.listdir(tmp_path) == ["m.npz"]


def test_only_npz_is_written(tmp_path, tiny):
    with pytest.raises(ValueError, match=r"path must end in \.npz; received .*m\.h5"):
        save_weights(tiny, tmp_path / "m.h5")
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_weights_that_half_precision_cannot_hold_are_not_written(tmp_path, value):
    model = build_pyramid(TINY)
    save_weights(model, tmp_path / "m.npz")
    before = (tmp_path / "m.npz").read_bytes()
    broken = model.get_weights()
    broken[0][0, 0, 0, 0] = value
    model.set_weights(broken)
    with pytest.raises(ValueError, match="not finite.*encode_1"):
        save_weights(model, tmp_path / "m.npz")
    assert (tmp_path / "m.npz").read_bytes() == before


class _FullDisk:
    """A file on a disk that takes so many bytes and no more."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, content):
        self.room -= len(content)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.file.write(content)

    def __getattr__(self, name):
        return getattr(self.file, name)


@pytest.mark.parametrize("room", [0, 100, 1000])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, tiny, monkeypatch, room):
    path = tmp_path / "m.npz"
    save_weights(tiny, path)
    before = path.read_bytes()
    savez = np.savez_compressed
    monkeypatch.setattr(np, "savez_compressed", lambda file, **arrays: savez(_FullDisk(file, room), **arrays))
    with pytest.raises(OSError, match="No space left"):
        save_weights(tiny, path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["m.npz"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_late_leaves_the_old_file_and_nothing_else(tmp_path, tiny, monkeypatch, step):
    path = tmp_path / "m.npz"
    path.write_bytes(b"old")

    def refuse(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, step, refuse)
    with pytest.raises(OSError, match="Input/output error"):
        save_weights(tiny, path)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["m.npz"]


def test_an_interrupt_while_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "m.npz"
    path.write_bytes(b"old")

    def interrupted(file):
        file.write(b"new")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        weights_module.write_atomically(path, interrupted)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["m.npz"]


def test_weights_that_are_not_there_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no weights at .*nowhere.npz; train some"):
        load_weights(tmp_path / "nowhere.npz")
    with pytest.raises(FileNotFoundError, match="no weights at"):
        load_weights(tmp_path)


class _Bomb:
    def __reduce__(self):
        return os.mkdir, (os.environ["BOMB"],)


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def rewritten(path, **changes):
    """The file at `path` with some arrays changed, or left out where the change is None."""
    with np.load(path) as file:
        arrays = {**file, **changes}
    return npz(**{name: array for name, array in arrays.items() if array is not None})


def header(**changes):
    good = {"format": "aelearn pyramid 1", "widths": [4, 8], "channels": 3, "name": "tiny"}
    return np.array(json.dumps({**good, **changes}))


@pytest.fixture(scope="module")
def saved(tmp_path_factory, tiny):
    path = tmp_path_factory.mktemp("saved") / "m.npz"
    save_weights(tiny, path)
    return path


@pytest.mark.parametrize(
    "change",
    [
        {"header": None}, {"header": header(format="aelearn pyramid 2")}, {"header": header(widths=[4, 9])},
        {"header": header(widths=[])}, {"header": header(widths="48")}, {"header": header(channels=0)},
        {"header": header(channels="3")}, {"header": header(name=3)}, {"header": header(name="a/b")},
        {"header": np.array("[]")}, {"header": np.array("null")}, {"header": np.array("{")}, {"header": np.zeros(3)},
        {"encode_1/down/kernel": None}, {"encode_1/down/kernel": np.zeros((3, 3, 3, 5))},
        {"encode_1/down/bias": np.full(4, np.nan)}, {"encode_1/down/bias": np.array(["a"] * 4)},
    ],
    ids=str,
)  # fmt: skip
def test_a_file_that_says_something_else_is_refused_in_one_sentence(tmp_path, saved, change):
    (tmp_path / "bad.npz").write_bytes(rewritten(saved, **change))
    with pytest.raises(ValueError, match="bad.npz is not a complete aelearn weights file: "):
        load_weights(tmp_path / "bad.npz")


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"not weights at all", npy(np.zeros(3)), npz(a=np.zeros(3)), b"\x80\x04K\x01."],
    ids=["empty", "two bytes", "text", "npy", "another npz", "pickle"],
)
def test_a_file_of_another_kind_is_refused_in_one_sentence(tmp_path, content):
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(ValueError, match="bad.npz is not a complete aelearn weights file: "):
        load_weights(tmp_path / "bad.npz")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 0.999))
def test_a_truncated_file_is_refused_in_one_sentence(tmp_path, saved, share):
    content = saved.read_bytes()
    (tmp_path / "bad.npz").write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="bad.npz is not a complete aelearn weights file: "):
        load_weights(tmp_path / "bad.npz")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_a_flipped_byte_is_harmless_or_refused_in_one_sentence(tmp_path, saved, place, flip):
    content = bytearray(saved.read_bytes())
    content[int(place * len(content))] ^= flip
    (tmp_path / "bad.npz").write_bytes(content)
    try:
        model = load_weights(tmp_path / "bad.npz")
    except ValueError as error:
        assert "bad.npz is not a complete aelearn weights file: " in str(error)
    else:  # a byte of the archive's own book-keeping, of no effect
        for a, b in zip(model.get_weights(), load_weights(saved).get_weights()):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("where", ["whole file", "header", "weight"])
def test_code_in_a_file_is_not_run(tmp_path, saved, monkeypatch, where):
    monkeypatch.setenv("BOMB", str(tmp_path / "exploded"))
    bomb = np.array([_Bomb()], dtype=object)
    name = {"header": "header", "weight": "encode_1/down/kernel"}.get(where)
    content = rewritten(saved, **{name: bomb}) if name else pickle.dumps(_Bomb())
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(ValueError, match="bad.npz is not a complete aelearn weights file: "):
        load_weights(tmp_path / "bad.npz")
    assert not (tmp_path / "exploded").exists()
    with np.load(io.BytesIO(npz(a=bomb)), allow_pickle=True) as file:  # it would have gone off
        file["a"]
    assert (tmp_path / "exploded").exists()


def test_an_archive_with_a_password_is_refused_in_one_sentence(tmp_path, saved):
    content = bytearray(saved.read_bytes())
    with zipfile.ZipFile(saved) as archive:
        first = archive.infolist()[0]
    central = content.index(b"PK\x01\x02")
    content[first.header_offset + 6] |= 1  # the flag "encrypted", in both places where it stands
    content[central + 8] |= 1
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(ValueError, match="bad.npz is not a complete aelearn weights file: "):
        load_weights(tmp_path / "bad.npz")


def packed(**parts):
    """An archive of these bytes, as np.savez_compressed names them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def claims(*shape):
    """What a `.npy` of this shape begins with, and nothing after it."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return stream.getvalue()


def test_weights_that_unpack_to_too_much_are_refused_before_they_do(tmp_path, monkeypatch):
    monkeypatch.setattr(weights_module, "MOST_BYTES", 1_000_000)
    (tmp_path / "bad.npz").write_bytes(packed(a=npy(np.zeros(20_000_000, np.int8))))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"bad.npz is not a complete aelearn weights file: it unpacks to 20,000,128 b"):
        load_weights(tmp_path / "bad.npz")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_the_limit_leaves_room_for_models_of_some_hundred_megabytes(saved, monkeypatch):
    assert 300_000_000 <= weights_module.MOST_BYTES <= 1_000_000_000
    monkeypatch.setattr(weights_module, "MOST_BYTES", sum(part.file_size for part in zipfile.ZipFile(saved).infolist()))
    assert load_weights(saved).config == TINY


@pytest.mark.parametrize("shape", [(10**6, 10**6), (10**15,), (2**62, 4)], ids=str)
def test_a_shape_that_is_only_claimed_is_damage_and_no_lack_of_memory(tmp_path, shape):
    (tmp_path / "bad.npz").write_bytes(packed(a=claims(*shape)))
    with pytest.raises(ValueError, match="bad.npz is not a complete aelearn weights file: a part claims to be fl"):
        load_weights(tmp_path / "bad.npz")


def test_a_lack_of_memory_is_said_to_be_one(saved, monkeypatch):
    def starved(*_, **__):
        raise MemoryError

    monkeypatch.setattr(weights_module, "_fill", starved)
    with pytest.raises(MemoryError):
        load_weights(saved)


def test_weights_without_a_header_are_said_to_have_none(tmp_path):
    (tmp_path / "bad.npz").write_bytes(npz(a=np.zeros(3)))
    with pytest.raises(ValueError, match="bad.npz is not a complete aelearn weights file: it has no header$"):
        load_weights(tmp_path / "bad.npz")


@pytest.mark.parametrize("widths", [[10**6, 10**6], [10**9], [1, 10**5, 1]], ids=str)
def test_a_model_that_is_only_claimed_is_not_built(tmp_path, saved, widths):
    (tmp_path / "bad.npz").write_bytes(rewritten(saved, header=header(widths=widths)))
    with pytest.raises(ValueError, match=r"bad.npz is not a complete aelearn weights file: its arrays are too small"):
        load_weights(tmp_path / "bad.npz")
