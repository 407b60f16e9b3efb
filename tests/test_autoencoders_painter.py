"""The painter: sizes at every level, codes moved inside the decoder, files, and what is refused."""

import dataclasses
import io
import json

import numpy as np
import pytest
import scipy.ndimage

from aelearn import Stylizer, images, losses, metrics
from aelearn.autoencoders import (
    PainterAutoencoder,
    PainterConfig,
    PyramidConfig,
    build_painter,
    calming,
    faint_energy,
    learn_calm,
    load_weights,
    save_weights,
)
from aelearn.autoencoders.painter import GRAIN_SIDE, GRAIN_SIZE
from aelearn.layers import depth_to_space
from aelearn.training import held_out_psnr

import keras  # isort: skip
import tensorflow as tf  # isort: skip
from keras import ops

TINY = PainterConfig((4, 6, 8))


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(size=shape).astype(np.float32)


@pytest.fixture(scope="module")
def tiny():
    return build_painter(TINY, seed=5, name="tiny")


# ---- shapes


@pytest.mark.parametrize("config", [PainterConfig((3, 5)), TINY], ids=str)
def test_level_l_is_2_to_the_l_smaller_and_decodes_to_the_picture(config):
    model = build_painter(config)
    side = 2 * model.multiple
    pictures = noise(2, side, side + model.multiple, 3)
    for level, width in enumerate(config.widths, start=1):
        code = model.encode(pictures, level)
        assert tuple(code.shape) == (2, side // 2**level, (side + model.multiple) // 2**level, width)
        assert tuple(model.decode(code, level).shape) == pictures.shape
    assert [tuple(x.shape) for x in model(pictures)] == [pictures.shape] * config.num_levels
    assert model.multiple == 2**config.num_levels


def test_calling_the_model_is_encoding_and_decoding_at_every_level(tiny):
    pictures = noise(2, 16, 24, 3)
    for level, reconstruction in enumerate(tiny(pictures), start=1):
        np.testing.assert_allclose(reconstruction, tiny.decode(tiny.encode(pictures, level), level), atol=1e-6)


def test_a_code_can_be_carried_on_from_any_level(tiny):
    pictures = noise(1, 16, 16, 3)
    whole = tiny.encode(pictures, 3)
    for start in (1, 2, 3):
        np.testing.assert_allclose(tiny.encode(tiny.encode(pictures, start), 3, start=start), whole, atol=1e-6)


def test_a_picture_of_one_colour_has_a_constant_code_and_a_reconstruction_without_a_frame(tiny):
    flat = np.broadcast_to(np.array([0.2, 0.5, 0.9], np.float32), (1, 16, 24, 3))
    for level, reconstruction in enumerate(tiny(flat), start=1):
        code = np.asarray(tiny.encode(flat, level))
        np.testing.assert_allclose(code, np.broadcast_to(code[:, :1, :1], code.shape), atol=1e-5)
        tile = np.asarray(reconstruction)[:, :2, :2]  # the pixels of one position may differ from one another
        np.testing.assert_allclose(reconstruction, np.tile(tile, (1, 8, 12, 1)), atol=1e-5)


def test_codes_and_pictures_are_linear_outputs_of_either_sign(tiny):
    pictures = noise(2, 16, 16, 3)
    assert all(np.asarray(tiny.encode(pictures, level)).min() < -0.1 for level in (1, 2, 3))
    assert min(np.asarray(each).min() for each in tiny(8 * pictures)) < 0


def test_psnr_of_a_painter_is_taken_at_sizes_that_it_takes(tiny):
    picture = noise(20, 28, 3)  # multiples of 4, and not of 8
    padded = images.pad_to_multiple(picture, 8)
    for level, found in enumerate(held_out_psnr(tiny, [picture]).values(), start=1):
        reconstruction = np.asarray(tiny.decode(tiny.encode(padded[None], level), level))[0, :20, :28]
        assert found == pytest.approx(metrics.psnr(picture, reconstruction.clip(0, 1)), abs=0.006)


# ---- moving codes inside the decoder


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_decoder_stops_once_at_every_level_with_the_code_of_that_level(tiny, level):
    seen = []

    def note(code, number):
        seen.append((number, tuple(code.shape)))
        return code

    code = tiny.encode(noise(2, 16, 32, 3), level)
    moved = tiny.decode(code, level, move=note)
    # inside the decoder every code has half of its size, but that of the deepest level
    expected = [(n, (2, 16 >> min(3, n + 1), 32 >> min(3, n + 1), TINY.widths[n - 1]))
                for n in range(level, 0, -1)]
    assert seen == expected
    np.testing.assert_array_equal(moved, tiny.decode(code, level))


def test_the_decoder_looks_mixes_and_draws_pixels_in_fours(tiny):
    random = np.random.default_rng(3)
    maps = {n: (random.normal(size=(w, w)), random.normal(size=w)) for n, w in enumerate(TINY.widths, start=1)}

    def move(code, level):
        matrix, shift = (part.astype(np.float32) for part in maps[level])
        return ops.matmul(code, matrix) + shift

    code = by_hand = tiny.encode(noise(2, 16, 24, 3), 3)
    for level in (3, 2, 1):
        block = tiny.decoder_levels[level - 1]
        moved = move(by_hand, level)
        by_hand = block.mix(ops.relu(block.look(moved))) + block.straight(moved)
        by_hand = by_hand if level == 3 else depth_to_space(by_hand)
    last = tiny.decoder_levels[0]
    by_hand = (depth_to_space(last.fine(ops.relu(by_hand)) + last.plain(by_hand)) + 1) / 2
    found = np.asarray(tiny.decode(code, 3, move=move))
    np.testing.assert_allclose(found, by_hand, atol=1e-5 * np.abs(by_hand).max())
    assert np.abs(found - np.asarray(tiny.decode(code, 3))).max() > 0.1


def test_without_what_passes_a_relu_a_painter_is_a_linear_map():
    # So a code can hold a picture as well as that of a linear autoencoder of its size.
    model = build_painter(TINY, seed=3)
    for block in model.encoder_levels:
        block.mix.set_weights([np.zeros_like(weight) for weight in block.mix.get_weights()])
    for block in model.decoder_levels:
        block.mix.set_weights([np.zeros_like(weight) for weight in block.mix.get_weights()])
    fine = model.decoder_levels[0].fine
    fine.set_weights([np.zeros_like(weight) for weight in fine.get_weights()])
    first, second = noise(1, 16, 16, 3), noise(1, 16, 16, 3, seed=1)

    def through(picture):
        return np.asarray(model.decode(model.encode(picture, 3), 3))

    np.testing.assert_allclose(through((first + second) / 2), (through(first) + through(second)) / 2, atol=1e-5)
    assert np.abs(through(first) - through(second)).max() > 0.05


def test_half_a_displacement_gives_the_look_halfway_and_drawing_it_is_the_step(tiny):
    random, width = np.random.default_rng(4), TINY.widths[1]
    code, mean, matrix, shift = (random.normal(size=shape).astype(np.float32)
                                 for shape in ((1, 4, 6, width), width, (width, width), width))
    still, whole = tiny.look(code, 2), tiny.look(code, 2, (mean, matrix, shift))
    half = tiny.look(code, 2, (mean, matrix / 2, shift / 2))
    for none, part, all_of_it in zip(still, half, whole):
        scale = np.abs(all_of_it).max()
        assert np.abs(np.asarray(all_of_it - none)).max() > 0.1 * scale
        np.testing.assert_allclose(part, (none + all_of_it) / 2, atol=1e-5 * scale)
    stepped = np.asarray(tiny.step_moved(code, 2, mean, matrix, shift))
    np.testing.assert_allclose(tiny.draw(whole, 2), stepped, atol=1e-5 * np.abs(stepped).max())


def test_what_a_map_adds_is_added_to_the_code():
    model = build_painter(TINY, seed=5)
    code, added = noise(1, 4, 4, 6), noise(1, 4, 4, 6, seed=1) - 0.5
    moved = model.step(code, 2, displacement=ops.convert_to_tensor(added))
    np.testing.assert_allclose(moved, model.step(code + added, 2), atol=1e-5)
    assert np.abs(np.asarray(moved) - np.asarray(model.step(code, 2))).max() > 0.01


def test_a_code_from_the_encoder_is_averaged_to_the_size_that_it_has_in_the_decoder(tiny):
    code = noise(1, 4, 8, 6)
    means = code.reshape(1, 2, 2, 4, 2, 6).mean(axis=(2, 4))
    np.testing.assert_allclose(tiny.decode(code, 2), tiny.step(tiny.step(means, 2), 1), atol=1e-5)


def test_every_level_that_is_moved_changes_the_picture(tiny):
    code = tiny.encode(noise(1, 16, 16, 3), 3)
    plain = np.asarray(tiny.decode(code, 3))
    for level in (1, 2, 3):
        moved = tiny.decode(code, 3, move=lambda code, number, level=level: code + (number == level))
        assert np.abs(np.asarray(moved) - plain).max() > 1e-3


# ---- seeds, gradients, config


def test_the_seed_decides_the_weights():
    first, again, other = (build_painter(TINY, seed=s).get_weights() for s in (1, 1, 2))
    for a, b in zip(first, again):
        np.testing.assert_array_equal(a, b)
    assert not any(np.array_equal(a, b) for a, b in zip(first, other) if a.any())


def test_no_two_layers_start_alike_and_no_name_occurs_twice():
    model = build_painter(PainterConfig((8, 8, 8)))
    kernels = [weight for weight in model.get_weights() if weight.shape == (3, 3, 8, 8)]
    assert len(kernels) == 6  # encode_2, encode_3 twice; decode_1, decode_2, decode_3
    assert not any(np.array_equal(a, b) for i, a in enumerate(kernels) for b in kernels[:i])
    assert len({variable.path for variable in model.weights}) == len(model.weights)


def test_every_weight_has_a_gradient(tiny):
    pictures = ops.convert_to_tensor(noise(4, 16, 16, 3))
    with tf.GradientTape() as tape:
        loss = tiny.compute_loss(pictures, None, tiny(pictures))
    gradients = tape.gradient(loss, [variable.value for variable in tiny.trainable_variables])
    assert [v.path for v, g in zip(tiny.trainable_variables, gradients) if g is None or not np.any(g)] == []
    assert float(loss) == pytest.approx(float(losses.pyramid_loss(pictures, tiny(pictures))))


def test_a_painter_comes_back_from_its_config_which_is_plain_json(tiny):
    config = tiny.get_config()
    assert json.loads(json.dumps(config)) == config
    kept = dict(config)
    again = PainterAutoencoder.from_config(config)
    assert config == kept, "from_config changed the caller's dict"
    assert (again.config, again.seed, again.name) == (TINY, 5, "tiny")
    again(noise(1, 16, 16, 3))
    for a, b in zip(again.get_weights(), tiny.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_painter_survives_keras_own_format(tmp_path, tiny):
    pictures = noise(1, 16, 16, 3)
    tiny.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for a, b in zip(tiny(pictures), again(pictures)):
        np.testing.assert_array_equal(a, b)


# ---- files


@pytest.fixture(scope="module")
def saved(tmp_path_factory, tiny):
    path = tmp_path_factory.mktemp("saved") / "painter.npz"
    save_weights(tiny, path)
    return path


def test_a_saved_painter_comes_back_within_half_precision(saved, tiny):
    again = load_weights(saved)
    assert isinstance(again, PainterAutoencoder)
    assert (again.config, again.name) == (TINY, "tiny")
    for a, b in zip(again.get_weights(), tiny.get_weights()):
        assert a.dtype == np.float32
        np.testing.assert_array_equal(a, b.astype(np.float16).astype(np.float32))


def test_a_painter_that_keras_loaded_can_be_saved(tmp_path, saved, tiny):
    with keras.name_scope("lesson"):
        build_painter(TINY, seed=5, name="decode_1").save(tmp_path / "model.keras")
    save_weights(keras.models.load_model(tmp_path / "model.keras"), tmp_path / "again.npz")
    for a, b in zip(load_weights(tmp_path / "again.npz").get_weights(), load_weights(saved).get_weights()):
        np.testing.assert_array_equal(a, b)


def rewritten(path, **changes):
    """The file at `path` with some arrays changed, or left out where the change is None."""
    with np.load(path) as file:
        arrays = {**file, **changes}
    buffer = io.BytesIO()
    np.savez(buffer, **{name: array for name, array in arrays.items() if array is not None})
    return buffer.getvalue()


def header(**changes):
    good = {"format": "aelearn painter 1", "widths": [4, 6, 8], "channels": 3, "name": "tiny", "grain": 0.0,
            "hidden": [4, 6, 8], "calm": [0.0, 0.0, 0.0]}
    return np.array(json.dumps({**good, **changes}))


REFUSED = {
    "another version": ({"header": header(format="aelearn painter 2")}, "'aelearn painter 2', this version reads"),
    "a pyramid's header": ({"header": header(format="aelearn pyramid 1")}, "it lacks encode_1/down/kernel"),
    "no such grain": ({"header": header(grain=2)}, "grain must be a number from 0 to 1; received 2"),
    "another number inside": ({"header": header(hidden=[4, 6])}, "hidden must be one positive int per level"),
    "half of calm": ({"calm_2/faint/bias": None}, "it lacks calm_2/faint/bias"),
    "too large for float32": ({"decode_1/plain/kernel": np.full((1, 1, 2, 12), 1e300)}, "all finite"),
    "no such calm": ({"header": header(calm=[0, 0, -1])}, "calm must be one number per level"),
    "a block that is only claimed": ({"header": header(hidden=[10**8, 6, 8])}, "its arrays are too small"),
    "more levels than a picture has": ({"header": header(widths=[1] * 40)}, "widths must be one positive int"),
    "other blocks": ({"header": header(hidden=[4, 6, 9])}, "has shape"),
    "other widths": ({"header": header(widths=[4, 6, 9])}, "has shape"),
    "one level more": ({"header": header(widths=[4, 6, 8, 8], hidden=[4, 6, 8, 8], calm=[0] * 4)},
                       "encode_3/mix/kernel has shape"),
    "gray": ({"header": header(channels=1)}, "channels must be 3"),
    "a weight less": ({"decode_2/look/kernel": None}, "it lacks decode_2/look/kernel"),
    "no number": ({"decode_2/look/bias": np.full(6, np.nan)}, "decode_2/look/bias has shape"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_says_something_else_is_refused_in_one_line(tmp_path, saved, case):
    change, told = REFUSED[case]
    (tmp_path / "bad.npz").write_bytes(rewritten(saved, **change))
    with pytest.raises(ValueError, match="bad.npz is not a complete aelearn weights file: ") as error:
        load_weights(tmp_path / "bad.npz")
    assert told in str(error.value) and "\n" not in str(error.value)


def test_the_file_says_what_it_is(saved):
    (saved.parent / "same.npz").write_bytes(rewritten(saved, header=header()))
    with np.load(saved) as file:
        assert str(file["header"]) == str(header())
    assert load_weights(saved.parent / "same.npz").config == TINY


@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
def test_a_truncated_file_is_refused_in_one_line(tmp_path, saved, share):
    content = saved.read_bytes()
    (tmp_path / "bad.npz").write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="bad.npz is not a complete aelearn weights file: ") as error:
        load_weights(tmp_path / "bad.npz")
    assert "\n" not in str(error.value)


# ---- refusals


@pytest.mark.parametrize("level", [0, 4, -1])
def test_a_level_that_the_model_lacks_is_refused(tiny, level):
    for call in (lambda: tiny.encode(noise(1, 16, 16, 3), level), lambda: tiny.decode(noise(1, 8, 8, 4), level)):
        with pytest.raises(ValueError, match=rf"level must be from 1 to 3; received {level}"):
            call()


@pytest.mark.parametrize("start", [-1, 3])
def test_a_start_that_is_no_level_below_is_refused(tiny, start):
    with pytest.raises(ValueError, match=rf"start must be from 0 to level=2; received {start}"):
        tiny.encode(noise(1, 16, 16, 3), 2, start=start)


@pytest.mark.parametrize("sides", [(16, 20), (24, 17), (8, 16), (0, 16)], ids=str)
def test_sides_that_cannot_be_halved_at_every_level_are_refused(tiny, sides):
    with pytest.raises(ValueError, match=r"tiny.encode takes pictures .* multiple of 8 and at least 16; received"):
        tiny.encode(noise(2, *sides, 3), 3)


def test_a_code_may_be_odd_where_nothing_is_halved_any_more(tiny):
    assert tuple(tiny.encode(noise(1, 24, 40, 3), 3).shape) == (1, 3, 5, 8)
    with pytest.raises(ValueError, match="tiny.encode takes codes .* multiple of 2"):
        tiny.encode(noise(1, 3, 5, 4), 2, start=1)


@pytest.mark.parametrize("bad", [noise(16, 16, 3), noise(1, 16, 16, 4), np.zeros((1, 16, 16, 3), np.uint8), None],
                         ids=["no batch", "4 channels", "bytes", "nothing"])
def test_what_is_no_batch_of_pictures_is_refused(tiny, bad):
    with pytest.raises(ValueError, match="^tiny.encode takes "):
        tiny.encode(bad, 1)


def test_a_code_of_another_level_is_refused(tiny):
    with pytest.raises(ValueError, match=r"^tiny.decode takes codes of shape \(batch, height, width, 6\)"):
        tiny.decode(noise(1, 4, 4, 8), 2)


@pytest.mark.parametrize("bad", [(), (4,), (0, 4), (4, 2.5), ("4", 4), (True, 4), 5, None, "48", (4,) * 8], ids=repr)
def test_widths_that_are_no_positive_ints_are_refused(bad):
    with pytest.raises(ValueError, match="widths must be one positive int per level, of two to seven; received"):
        PainterConfig(bad)


@pytest.mark.parametrize("bad", [1, 4, None, "3"], ids=repr)
def test_a_painter_is_for_colour(bad):
    with pytest.raises(ValueError, match="channels must be 3, as a painter works on colour; received"):
        PainterConfig((4, 8), channels=bad)


@pytest.mark.parametrize("bad", [-0.01, 1.5, None, "0.02", True, float("nan")], ids=repr)
def test_a_grain_that_is_no_share_of_black_and_white_is_refused(bad):
    with pytest.raises(ValueError, match="grain must be a number from 0 to 1; received"):
        PainterConfig((4, 8), grain=bad)


@pytest.mark.parametrize("bad", [(), (4,), (4, 8, 8), (4, 0), (4, 2.5), (True, 4), 5, "48"], ids=repr)
def test_insides_of_blocks_that_are_no_positive_ints_are_refused(bad):
    with pytest.raises(ValueError, match="hidden must be one positive int per level, 2 of them; received"):
        PainterConfig((4, 8), hidden=bad)


@pytest.mark.parametrize("bad", [(), (1,), (1, 1, 1), 3, *((1, x) for x in (-1, np.nan, np.inf, "1", 1e-300, 10**400))])
def test_thresholds_that_are_none_are_refused(bad):
    with pytest.raises(ValueError, match="calm must be one number per level, 2 of them, each 0 or from 1e-6 to 1e6"):
        PainterConfig((4, 8), calm=bad)


def test_blocks_may_be_wider_inside_than_their_codes():
    model = build_painter(PainterConfig((4, 6, 8), hidden=(5, 7, 16)))
    assert [tuple(block.look.kernel.shape)[2:] for block in model.encoder_levels] == [(12, 5), (4, 7), (6, 16)]
    assert [tuple(block.look.kernel.shape)[2:] for block in model.decoder_levels] == [(4, 5), (6, 7), (8, 16)]
    assert tuple(model.encode(noise(1, 16, 16, 3), 3).shape) == (1, 2, 2, 8)


# ---- where a code says nothing


@pytest.fixture(scope="module")
def calm():
    return build_painter(PainterConfig((4, 6, 8), grain=0.02, calm=(0.05, 0.1, 0.4)), seed=3)


def around(values):
    return scipy.ndimage.uniform_filter(values, (1, 3, 3, 1), mode="mirror")


def calmed(code, threshold):
    detail = code - around(code)
    energy = around((detail**2).sum(axis=-1, keepdims=True))
    return around(code) + detail * (0.25 + 0.75 * energy**4 / (energy**4 + threshold**4))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_faint_details_are_made_fainter_by_the_formula(calm, level):
    width, threshold = calm.config.widths[level - 1], calm.config.calm[level - 1]
    code = (np.linspace(0, 1, 12)[:, None, None] * np.random.default_rng(0).normal(size=(2, 12, 10, width))).astype("f")
    found = np.asarray(calm.calm(code, level))
    np.testing.assert_allclose(found, calmed(code.astype(float), threshold), atol=1e-5)
    assert np.abs(found - code).max() > 0.01


def test_codes_come_calmed_from_the_encoder_at_the_deepest_level_and_from_the_decoder_at_the_others(calm):
    bare = build_painter(dataclasses.replace(calm.config, calm=None))
    bare.set_weights(calm.get_weights())
    picture = noise(1, 64, 48, 3) / 5
    for level in (1, 2):
        np.testing.assert_array_equal(calm.encode(picture, level), bare.encode(picture, level))
    deepest = np.asarray(bare.encode(picture, 3))
    np.testing.assert_allclose(calm.encode(picture, 3), calmed(deepest, 0.4), atol=1e-5)
    np.testing.assert_array_equal(calm.encode(bare.encode(picture, 2), 3, start=2), calm.encode(picture, 3))
    assert np.abs(calmed(deepest, 0.4) - deepest).max() > 0.01
    for level, threshold in ((3, 0.1), (2, 0.05)):
        code = np.random.default_rng(level).normal(size=(1, 8, 6, calm.config.widths[level - 1])).astype("f") / 5
        below = np.asarray(bare.step(code, level))
        for found in (calm.step(code, level), calm.draw(calm.look(code, level), level)):
            np.testing.assert_allclose(found, calmed(below, threshold), atol=1e-5)
    code = np.random.default_rng(1).normal(size=(1, 8, 6, 4)).astype("f")
    np.testing.assert_array_equal(calm.step(code, 1), bare.step(code, 1))  # a picture


@pytest.mark.parametrize("level", [0, -1, 4, 1.5, None], ids=repr)
def test_a_level_that_the_painter_lacks_is_refused_by_every_step(calm, level):
    code = np.zeros((1, 4, 4, 8), np.float32)
    for step in (calm.calm, calm.step, calm.look):
        with pytest.raises(ValueError, match="level must be from 1 to 3; received"):
            step(code, level)


@pytest.mark.parametrize(("shape", "told"), [
    ((1, 4, 4, 6), r"takes codes of shape \(batch, height, width, 8\); received \(1, 4, 4, 6\)"),
    ((4, 4, 8), r"add a batch axis: code\[None\]"),
    ((1, 4, 1, 8), "takes codes of height and width 2 or more"),
], ids=str)  # fmt: skip
def test_a_code_of_another_shape_is_refused_by_every_step(calm, shape, told):
    for name in ("calm", "step", "look"):
        with pytest.raises(ValueError, match=f"painter.{name} .*{told}"):
            getattr(calm, name)(np.zeros(shape, np.float32), 3)


def test_what_cannot_be_drawn_or_added_is_refused(calm):
    code = noise(1, 4, 4, 8)
    looked, straight = calm.look(code, 3)
    with pytest.raises(ValueError, match=r"draw takes looks of shape \(batch, height, width, 8\); received"):
        calm.draw((looked[..., :5], straight), 3)
    with pytest.raises(ValueError, match=r"draw takes looks of shape \(batch, height, width, 6\); received"):
        calm.draw((looked, straight[0]), 3)
    for level in (0, 4, True, 2.0, "1"):
        with pytest.raises(ValueError, match="level must be from 1 to 3; received"):
            calm.draw((looked, straight), level)
    for shape in ((5, 4, 4, 8), (1, 4, 4, 1)):
        with pytest.raises(ValueError, match=r"displacement must have the shape of the code, \(1, 4, 4, 8\); received"):
            calm.step(code, 3, displacement=noise(*shape))


@pytest.mark.parametrize("times", [-1, 101, np.nan, np.inf, True, "1", None, 1j], ids=repr)
def test_calm_that_cannot_be_learned_changes_nothing(times):
    model = build_painter(PainterConfig((4, 6, 8), grain=0.1), seed=3)
    before, config = model.get_weights(), model.config
    with pytest.raises(ValueError, match="times must be a number from 0 to 100; received"):
        learn_calm(model, times)
    assert model.config == config and all(np.array_equal(*pair) for pair in zip(before, model.get_weights()))


def test_calm_is_learned_by_finite_painters_alone_and_by_deep_ones_too():
    with pytest.raises(TypeError, match="painter must be a PainterAutoencoder; received str"):
        learn_calm("perceptual", 1)
    broken = build_painter(PainterConfig((4, 6), grain=0.1))
    broken.set_weights([np.full_like(weight, np.nan) for weight in broken.get_weights()])
    with pytest.raises(ValueError, match="painter must have finite weights; received one with NaN"):
        learn_calm(broken, 1)
    deep = build_painter(PainterConfig((2,) * 7, grain=0.1))
    learn_calm(deep, 1e-3)
    assert 0 < min(deep.config.calm) < 1e-2


def test_a_code_of_one_colour_stays_what_it_is_and_has_gradients(calm):
    code = tf.fill((1, 6, 6, 8), 0.5)
    with tf.GradientTape() as tape:
        tape.watch(code)
        total = tf.reduce_sum(calm.calm(code, 3))
    assert float(total) == pytest.approx(0.5 * 6 * 6 * 8, rel=1e-6) and np.isfinite(tape.gradient(total, code)).all()


def codes_of_an_empty_canvas(model, color):
    bare = build_painter(dataclasses.replace(model.config, calm=None))
    bare.set_weights(model.get_weights())
    canvas = np.broadcast_to(np.float32(color), (1, calming.SIDE, calming.SIDE, 3))
    codes = [np.asarray(bare.encode(bare.prime(canvas), 3))]
    for level in (3, 2):
        codes.append(np.asarray(bare.step(codes[-1], level)))
    return codes[::-1]


@pytest.mark.parametrize(("number", "color"), [(0, (0, 0, 0)), (calming.GRAY, (0.5,) * 3), (34, (0.25, 0.25, 1))])
def test_the_faint_energy_is_that_of_an_empty_canvas_of_every_colour(calm, number, color):
    for (energies, means), code in zip(faint_energy(calm), codes_of_an_empty_canvas(calm, color), strict=True):
        expected = ((code - around(code)) ** 2).sum(axis=-1).mean()
        assert energies[number] == pytest.approx(expected, rel=1e-3) and expected > 0
        np.testing.assert_allclose(means[number], code.mean(axis=(0, 1, 2)), atol=1e-5)


@pytest.mark.parametrize("color", [(0.5, 0.5, 0.5), (1, 1, 1), (0.1, 0.3, 0.8), (0.9, 0.6, 0.2)], ids=str)
def test_what_the_grain_leaves_is_faint_whatever_the_colour(color):
    model = Stylizer.load().model
    learn_calm(model, 1.5)
    for level, code in enumerate(codes_of_an_empty_canvas(model, color), start=1):
        energy = ((code - around(code)) ** 2).sum(axis=-1).mean()
        times = 1 + np.asarray(model.calm_levels[level - 1].faint(code.mean(axis=(1, 2), keepdims=True)))[0, 0, 0, 0]
        assert 1.5 * energy == pytest.approx(model.config.calm[level - 1] * times, rel=0.2)


@pytest.mark.parametrize("at", [(1.5, 0), (0,), (0, 0, 0), 5, None, ("a", 0)], ids=repr)
def test_a_place_that_is_none_is_refused(at):
    with pytest.raises(ValueError, match="at must be two ints"):
        build_painter(PainterConfig((4, 8), grain=0.05)).prime(np.zeros((8, 8, 3), np.float32), at=at)


def test_what_cannot_be_calmed_is_refused_and_stays_as_it_is():
    model = build_painter(PainterConfig((4, 8), grain=0.05))
    weights = model.get_weights()
    strong, holed = [10 * each for each in weights], [*weights[:-1], weights[-1] + np.nan]
    for broken, message in ((strong, "ordinary size"), (holed, "finite")):
        model.set_weights(broken)
        with pytest.raises(ValueError, match=message):
            learn_calm(model, 1.5)
        assert model.config.calm == (0, 0)
        for now, before in zip(model.get_weights(), broken, strict=True):
            np.testing.assert_array_equal(now, before)


def test_thresholds_are_as_far_above_as_below_what_the_grain_leaves():
    model = Stylizer.load().model
    learn_calm(model, 1.5)
    measured = faint_energy(model)
    for (energies, means), threshold, block in zip(measured, model.config.calm, model.calm_levels, strict=True):
        times = 1 + np.asarray(block.faint(means[:, None, None]))[:, 0, 0, 0]
        ratios = threshold * times / (1.5 * energies)
        assert ratios.min() > 0.8 and ratios.max() < 1.2 and ratios.min() * ratios.max() == pytest.approx(1, abs=1e-3)


def test_a_threshold_has_its_factor_for_the_colour_within_limits(calm):
    model = build_painter(calm.config)
    code = np.random.default_rng(0).normal(size=(1, 8, 8, 8)).astype("f") / 3
    kernel = np.random.default_rng(1).normal(size=(1, 1, 8, 1)) * 9
    model.calm_levels[2].faint.set_weights([kernel, np.array([0.3])])
    times = 1.3 + around(code.astype(float)) @ kernel[0, 0]
    assert times.min() < 0.5 and times.max() > 2.5 and ((times > 0.6) & (times < 2.4)).any()
    np.testing.assert_allclose(model.calm(code, 3), calmed(code.astype(float), 0.4 * times.clip(0.5, 2.5)), atol=1e-5)


@pytest.mark.parametrize("seed", [0, 3, 5])
def test_nothing_but_calm_is_changed_by_learning_it_and_without_grain_there_is_nothing_to_learn(seed):
    model = build_painter(PainterConfig((4, 6, 8), calm=(1, 1, 1)), seed=seed)
    model.set_weights([3 * weight for weight in model.get_weights()])  # rounding that is not quite nothing
    before = model.get_weights()
    learn_calm(model, 2.0)
    assert model.config == PainterConfig((4, 6, 8))
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_hidden_and_calm_are_kept_with_the_model(tmp_path):
    model = build_painter(PainterConfig((4, 6, 8), hidden=(5, 6, 9), calm=(0.1, 0.2, 0.3)))
    save_weights(model, tmp_path / "calm.npz")
    assert load_weights(tmp_path / "calm.npz").config == model.config
    assert PainterAutoencoder.from_config(model.get_config()).config == model.config


# ---- the grain of the canvas


@pytest.fixture(scope="module")
def grained():
    return build_painter(PainterConfig((4, 6, 8), grain=0.02), seed=3)


def test_a_painter_without_grain_leaves_pictures_alone(tiny):
    picture = noise(1, 16, 24, 3)
    assert tiny.config.grain == 0 and tiny.prime(picture) is picture


def test_the_grain_is_gray_faint_and_the_same_for_all_pictures(grained):
    pictures = noise(2, GRAIN_SIDE, GRAIN_SIDE, 3)
    grain = grained.prime(pictures) - pictures
    np.testing.assert_allclose(grain, np.broadcast_to(grain[:1, ..., :1], grain.shape), atol=2e-7)
    assert grain.std() == pytest.approx(0.02, rel=1e-3) and abs(grain.mean()) < 1e-6
    assert grain.dtype == np.float32


def test_the_grain_is_smooth_over_its_size_and_no_further(grained):
    # White noise through a Gaussian of deviation s has the correlation exp(-d² / 4s²) at distance d.
    grain = grained.prime(np.zeros((GRAIN_SIDE, GRAIN_SIDE, 3), np.float32))[..., 0]
    for distance in (2, 4, 8, 16):
        found = np.mean([(grain * np.roll(grain, distance, axis)).mean() for axis in (0, 1)]) / grain.var()
        assert found == pytest.approx(np.exp(-(distance**2) / (4 * GRAIN_SIZE**2)), abs=0.05)


def test_a_part_of_a_picture_has_the_grain_of_its_place(grained):
    whole = noise(1, 60, GRAIN_SIDE + 40, 3)
    primed = grained.prime(whole)
    np.testing.assert_array_equal(grained.prime(whole[:, 40:, 270:], at=(40, 270)), primed[:, 40:, 270:])
    grain = grained.prime(np.zeros_like(whole))
    np.testing.assert_array_equal(grain[:, :, GRAIN_SIDE:], grain[:, :, :40])  # it repeats, and not before
    assert np.abs(grain[:, :, 256:296] - grain[:, :, :40]).max() > 0.01


def test_what_has_no_rows_and_columns_is_not_primed(grained):
    told = r"images must be floats \(…, height, width, channels\); received shape \(8, 8\), float32"
    with pytest.raises(ValueError, match=told):
        grained.prime(noise(8, 8))


@pytest.mark.parametrize("bad", [np.zeros((8, 8, 3), np.uint8), [[[0.5]]], None], ids=["bytes", "list", "nothing"])
def test_what_is_no_array_of_floats_is_not_primed(grained, bad):
    with pytest.raises(ValueError, match=r"images must be floats \(…, height, width, channels\); received "):
        grained.prime(bad)


def test_the_grain_is_kept_with_the_model(grained, tmp_path):
    save_weights(grained, tmp_path / "grained.npz")
    assert load_weights(tmp_path / "grained.npz").config == grained.config
    assert PainterAutoencoder.from_config(grained.get_config()).config == grained.config


def test_a_file_from_before_there_was_grain_or_calm_has_none(tiny, tmp_path):
    save_weights(tiny, tmp_path / "tiny.npz")
    with np.load(tmp_path / "tiny.npz") as file:
        arrays = dict(file)
    header = json.loads(str(arrays["header"]))
    assert header.pop("grain") == 0 and header.pop("hidden") == [4, 6, 8] and header.pop("calm") == [0, 0, 0]
    arrays = {name: array for name, array in arrays.items() if "/faint/" not in name}
    np.savez(tmp_path / "old.npz", **arrays | {"header": json.dumps(header)})
    assert load_weights(tmp_path / "old.npz").config == tiny.config


def test_the_builder_refuses_anything_but_its_config():
    with pytest.raises(TypeError, match="config must be a PainterConfig; received PyramidConfig"):
        build_painter(PyramidConfig((4,)))
    with pytest.raises(ValueError, match="seed must"):
        build_painter(TINY, seed=-1)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_map_absorbed_by_the_convolution_gives_what_the_map_gives(level):
    random = np.random.default_rng(level)
    model = build_painter(PainterConfig((4, 6, 8)), seed=1)
    width = model.config.widths[level - 1]
    code = random.normal(size=(1, 6, 5, width)).astype(np.float32)
    mean, matrix, shift = (random.normal(size=shape).astype(np.float32) for shape in ((width,), (width,) * 2, (width,)))
    expected = model.step(code, level, displacement=(code - mean) @ matrix + shift)
    np.testing.assert_allclose(model.step_moved(code, level, mean, matrix, shift), expected, atol=1e-3)
