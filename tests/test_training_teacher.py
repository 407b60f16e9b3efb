"""The teacher: against a network in NumPy loops, what normalising does, and files that are none."""

import io
import os
import re
import tracemalloc
import zipfile

import numpy as np
import pytest

from aelearn.training import Teacher, load_teacher
from aelearn.training import teacher as module

import keras  # isort: skip

LAYERS = {"conv0": (1, 3, 3), "conv11": (3, 3, 4), "conv12": (3, 4, 5), "conv21": (3, 5, 6), "conv31": (3, 6, 3)}


def some_arrays(layers=LAYERS, *, seed=0):
    random, arrays = np.random.default_rng(seed), {}
    for name, (size, below, width) in layers.items():
        arrays[f"{name}/kernel"] = random.normal(size=(size, size, below, width)).astype(np.float32)
        arrays[f"{name}/bias"] = random.normal(size=width).astype(np.float32)
    return arrays


def pictures(*shape, seed=0):
    return np.random.default_rng(seed).uniform(size=shape).astype(np.float32)


def convolved(image, kernel, bias):
    """Mirrored 3x3 convolution and ReLU, position by position: (height, width, c) -> (height, width, filters)."""
    padded = np.pad(image, [(1, 1), (1, 1), (0, 0)], mode="reflect")
    rows, columns = map(range, image.shape[:2])
    out = [[np.tensordot(padded[y : y + 3, x : x + 3], kernel, axes=3) + bias for x in columns] for y in rows]
    return np.array(out).clip(min=0)


def pooled(image):
    rows, columns = (range(side // 2) for side in image.shape[:2])
    return np.array([[image[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].max(axis=(0, 1)) for x in columns] for y in rows])


def by_hand(arrays, image):
    x, features = image @ arrays["conv0/kernel"][0, 0] + arrays["conv0/bias"], []
    for name in list(LAYERS)[1:]:
        x = pooled(x) if name in ("conv21", "conv31") else x
        x = convolved(x, arrays[f"{name}/kernel"], arrays[f"{name}/bias"])
        if name.endswith("1"):
            features.append(x)
    return features


# ---- features


@pytest.mark.parametrize("sides", [(8, 12), (9, 15)], ids=str)
def test_features_are_those_of_a_network_in_loops(sides):
    arrays, batch = some_arrays(), pictures(2, *sides, 3)
    teacher = Teacher(arrays)
    assert teacher.names == ["conv11", "conv21", "conv31"]
    found = teacher(batch)
    for number, image in enumerate(batch):
        for features, expected in zip(found, by_hand(arrays, image), strict=True):
            np.testing.assert_allclose(np.asarray(features)[number], expected, rtol=1e-4, atol=1e-4)


def test_layers_may_be_called_as_keras_calls_them_and_come_in_any_order():
    arrays = some_arrays()
    renamed = {re.sub(r"conv(\d)(\d)", r"conv\1_\2", name): array for name, array in reversed(arrays.items())}
    batch = pictures(1, 8, 8, 3)
    for a, b in zip(Teacher(arrays)(batch), Teacher(renamed)(batch), strict=True):
        np.testing.assert_array_equal(a, b)


# ---- normalising


def test_after_normalising_every_channel_is_1_on_average():
    images = pictures(6, 8, 8, 3)
    lively = {name: 0 * array + 2 if "bias" in name else 0.05 * array for name, array in some_arrays().items()}
    teacher = Teacher(lively)  # no channel is silent
    assert teacher.normalise(images) is teacher
    for features in teacher(images):
        np.testing.assert_allclose(np.asarray(features).mean(axis=(0, 1, 2)), 1, rtol=1e-5)


def test_a_channel_that_hardly_ever_speaks_is_not_made_to_shout():
    arrays, images = some_arrays(), pictures(3, 8, 8, 3)
    arrays["conv11/kernel"][..., 0], arrays["conv11/bias"][0] = 0, 1e-4
    arrays["conv11/bias"][1:] = 30
    plain = np.asarray(Teacher(arrays)(images)[0])
    found = np.asarray(Teacher(arrays).normalise(images)(images)[0])
    means = plain.mean(axis=(0, 1, 2))
    np.testing.assert_allclose(found.mean(axis=(0, 1, 2))[1:], 1, rtol=1e-5)
    np.testing.assert_allclose(found[..., 0], 1e-4 / (0.05 * means.mean()), rtol=1e-5)


def test_a_network_that_says_nothing_stays_finite():
    arrays = {name: 0 * array for name, array in some_arrays().items()}
    images = pictures(2, 8, 8, 3)
    assert all(np.isfinite(features).all() for features in Teacher(arrays).normalise(images)(images))


def test_normalising_changes_what_is_compared_and_not_what_the_next_layer_sees():
    images, plain = pictures(4, 8, 8, 3), Teacher(some_arrays())
    teacher = Teacher(some_arrays()).normalise(images)
    for before, after in zip(plain(images), teacher(images)):
        before, after = np.asarray(before), np.asarray(after)
        heard = before.mean(axis=(0, 1, 2)) > 0
        ratio = after[..., heard].mean(axis=(0, 1, 2)) / before[..., heard].mean(axis=(0, 1, 2))
        np.testing.assert_allclose(after[..., heard], before[..., heard] * ratio, rtol=1e-4)


def test_normalising_again_starts_anew():
    first, second = pictures(3, 8, 8, 3), pictures(3, 8, 8, 3, seed=1) ** 2
    once, twice = Teacher(some_arrays()).normalise(second), Teacher(some_arrays()).normalise(first).normalise(second)
    for a, b in zip(once(first), twice(first)):
        np.testing.assert_array_equal(a, b)


def test_no_pictures_are_refused():
    with pytest.raises(ValueError, match="images must hold at least one picture; received none"):
        Teacher(some_arrays()).normalise(pictures(0, 8, 8, 3))


# ---- what is no teacher


def without(name):
    return {key: array for key, array in some_arrays().items() if key != name}


def changed(name, array):
    return some_arrays() | {name: array}


REFUSED = {
    "nothing": ({}, "it holds no layer such as conv11/kernel"),
    "other names": ({"encode_1/down/kernel": np.zeros(3)}, "it holds no layer such as conv11/kernel"),
    "no entry": (without("conv0/kernel"), "it lacks conv0/kernel"),
    "no bias": (without("conv21/bias"), "it lacks conv21/bias"),
    "a layer left out": ({k: a for k, a in some_arrays().items() if "conv12" not in k},
                         "conv21/kernel has shape (3, 3, 5, 6) and its bias (6,), expected (3, 3, 4, n) and (n,)"),
    "begins inside a block": (some_arrays({"conv0": (1, 3, 3), "conv12": (3, 3, 4)}),
                              "its first layer must be the first of a block, such as conv11; received conv12"),
    "5x5 windows": (changed("conv11/kernel", np.zeros((5, 5, 3, 4))), "conv11/kernel has shape (5, 5, 3, 4)"),
    "a matrix": (changed("conv11/kernel", np.zeros((3, 4))), "conv11/kernel has shape (3, 4)"),
    "a long bias": (changed("conv31/bias", np.zeros(4)), "its bias (4,), expected (3, 3, 6, n) and (n,)"),
    "gray": (changed("conv0/kernel", np.zeros((1, 1, 1, 3))), "conv0/kernel has shape (1, 1, 1, 3)"),
    "not a number": (changed("conv12/bias", np.full(5, np.nan)), "conv12 holds values that are not finite"),
    "infinite": (changed("conv12/kernel", np.full((3, 3, 4, 5), np.inf)), "conv12 holds values that are not finite"),
    "an entry that is none": (changed("conv0/bias", np.full(3, np.nan)), "conv0 holds values that are not finite"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_arrays_that_are_no_teacher_are_refused_in_one_line(case, tmp_path):
    arrays, told = REFUSED[case]
    with pytest.raises(ValueError, match=re.escape(told)) as error:
        Teacher(arrays)
    np.savez(tmp_path / "t.npz", **arrays)
    with pytest.raises(ValueError, match=r"t\.npz is not a teacher: " + re.escape(str(error.value))):
        load_teacher(tmp_path / "t.npz")
    assert "\n" not in str(error.value)


def test_a_teacher_comes_back_from_its_file_without_what_it_does_not_need(tmp_path):
    np.savez_compressed(tmp_path / "small.npz", **some_arrays(), **{"conv11_aux/kernel": np.zeros(2)})
    teacher, batch = load_teacher(str(tmp_path / "small.npz")), pictures(1, 8, 8, 3)
    assert teacher.name == "small"
    for a, b in zip(teacher(batch), Teacher(some_arrays())(batch), strict=True):
        np.testing.assert_array_equal(a, b)


class _Bomb:
    def __reduce__(self):
        return os.mkdir, (os.environ["BOMB"],)


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize("content", [
    b"", b"PK", b"no teacher", npz(**some_arrays())[:300], npz(**some_arrays())[:-100], npz(a=np.zeros(2)),
    npz(**changed("conv11/bias", np.array(["a"] * 4))),
], ids=["empty", "two bytes", "text", "its beginning", "nearly all", "other arrays", "words"])  # fmt: skip
def test_a_damaged_file_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.npz is not a teacher: ") as error:
        load_teacher(tmp_path / "bad.npz")
    assert "\n" not in str(error.value)


def test_a_flipped_byte_in_the_middle_is_refused(tmp_path):
    content = bytearray(npz(**some_arrays()))
    content[len(content) // 2] ^= 255
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.npz is not a teacher: "):
        load_teacher(tmp_path / "bad.npz")


def test_code_in_a_file_is_not_run(tmp_path, monkeypatch):
    monkeypatch.setenv("BOMB", str(tmp_path / "boom"))
    np.savez(tmp_path / "bad.npz", **changed("conv11/bias", np.array([_Bomb()] * 4)))
    with pytest.raises(ValueError, match=r"bad\.npz is not a teacher: "):
        load_teacher(tmp_path / "bad.npz")
    assert not (tmp_path / "boom").exists()


@pytest.mark.parametrize("name", ["nowhere.npz", "", "vgg16"])
def test_a_file_that_is_not_there_is_named(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match='teacher must be an .npz file or "vgg19"; there is no file '):
        load_teacher(name)


def packed(content):
    """An archive of one array with these bytes, as np.savez_compressed writes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conv11/kernel.npy", content)
    return buffer.getvalue()


def npy(header, body=b""):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue() + body


def test_a_teacher_that_unpacks_to_too_much_is_refused_before_it_does(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1_000_000)
    header = {"descr": "|i1", "fortran_order": False, "shape": (20_000_000,)}
    (tmp_path / "bad.npz").write_bytes(packed(npy(header, bytes(20_000_000))))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"bad\.npz is not a teacher: it unpacks to 20,000,128 bytes"):
        load_teacher(tmp_path / "bad.npz")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_the_limit_leaves_room_for_a_vgg19():
    shapes = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), *[(256, 256)] * 3, (256, 512), *[(512, 512)] * 7]
    whole = sum(9 * below * width + width for below, width in shapes) * 4  # bytes of float32
    assert 79e6 < whole < 81e6 and 2 * whole <= module.MOST_BYTES < 5 * whole


def test_a_shape_that_is_only_claimed_is_damage_and_no_lack_of_memory(tmp_path):
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**6, 10**6)}
    (tmp_path / "bad.npz").write_bytes(packed(npy(header)))
    with pytest.raises(ValueError, match=r"bad\.npz is not a teacher: a part claims to be float64 of shape"):
        load_teacher(tmp_path / "bad.npz")


# ---- vgg19 of Keras


def test_vgg19_sees_pictures_as_it_was_trained_and_no_layers_after_the_last_block_begins(monkeypatch):
    names = ["block1_conv1", "block1_conv2", "block1_pool", "block5_conv1", "block5_conv2", "block5_conv3"]
    layers = [keras.layers.MaxPooling2D(2, name=name) if "pool" in name else
              keras.layers.Conv2D(4, 3, padding="same", activation="relu", name=name) for name in names]
    small = keras.Sequential([keras.Input((None, None, 3)), *layers])
    asked = []
    monkeypatch.setattr(keras.applications, "VGG19", lambda **options: asked.append(options) or small)
    teacher = load_teacher("vgg19")
    assert teacher.name == "vgg19" and teacher.names == ["conv11", "conv51"]
    assert asked == [{"include_top": False, "weights": "imagenet"}]
    batch = pictures(1, 12, 12, 3)
    prepared = keras.applications.vgg19.preprocess_input(255 * batch)
    expected = keras.Model(small.inputs[0], [layers[0].output, layers[3].output])(prepared)
    # away from the border, where Keras sees black and the teacher a mirror
    for features, other, edge in zip(teacher(batch), expected, (1, 3)):
        inside = (slice(None), slice(edge, -edge), slice(edge, -edge))
        np.testing.assert_allclose(np.asarray(features)[inside], np.asarray(other)[inside], rtol=1e-3, atol=1e-2)


def test_the_means_are_those_of_keras():
    black = keras.applications.vgg19.preprocess_input(np.zeros((1, 1, 1, 3), np.float32))
    np.testing.assert_allclose(-module.MEANS, black.ravel(), rtol=1e-6)


def test_a_download_that_fails_is_one_plain_error_and_says_nothing_where_results_belong(monkeypatch, capsys):
    def offline(**_):
        print("Downloading data from somewhere")
        raise Exception("URL fetch failure: name not known")

    monkeypatch.setattr(keras.applications, "VGG19", offline)
    with pytest.raises(ValueError, match=r"^teacher vgg19 could not be downloaded \(URL fetch failure"):
        load_teacher("vgg19")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"Dear reader", b"\x89PNG and so on"])
def test_a_file_that_is_no_npz_is_not_said_to_need_pickle(tmp_path, content):
    (tmp_path / "t.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"t\.npz is not a teacher: it is no \.npz file") as error:
        load_teacher(tmp_path / "t.npz")
    assert "pickle" not in str(error.value)
