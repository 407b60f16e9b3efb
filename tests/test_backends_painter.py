"""The painter and what teaches it on Keras' other backends: each in a process of its own, beside TensorFlow."""

import backends
import numpy as np
import pytest

from aelearn.training import PerceptualWeights

JOURNEY = """
    import json, shutil, sys
    import numpy as np
    from aelearn import losses, runtime
    from aelearn.autoencoders import PainterConfig, build_painter, load_weights, save_weights
    from aelearn.layers import ReflectConv2D, depth_to_space, space_to_depth
    from aelearn.stylize import Stylizer
    from aelearn.training import PairCrops, PerceptualTrainer, Teacher, fit
    from aelearn.training.transport import METHODS, roots
    import keras
    from keras import ops

    folder, random = sys.argv[1], np.random.default_rng(0)
    arrays, facts = {}, {"backend": keras.backend.backend()}

    def normal(*shape):
        return random.normal(size=shape).astype(np.float32)

    def covariance():
        points = normal(2, 50, 4)
        return ops.convert_to_tensor(points.swapaxes(1, 2) @ points / 50)

    def keep(name, value):
        arrays[name] = ops.convert_to_numpy(value)

    x = normal(2, 6, 4, 3)
    keep("space_to_depth", space_to_depth(ops.convert_to_tensor(x)))
    facts["there and back"] = bool(np.array_equal(x, ops.convert_to_numpy(depth_to_space(space_to_depth(x)))))
    layer = ReflectConv2D(5, activation="relu")
    layer.build((None, None, None, 3))
    layer.set_weights([normal(*weight.shape) for weight in layer.get_weights()])
    keep("affine", layer(x, affine=(normal(3, 3), normal(3))))

    blocks = np.repeat(np.repeat(normal(2, 8, 8, 3), 4, axis=1), 4, axis=2) + np.tile(normal(4, 4, 3) / 2, (8, 8, 1))
    keep("lattice", losses.lattice_loss(ops.convert_to_tensor(blocks), 4))
    keep("blocking", losses.blocking_loss(ops.convert_to_tensor(blocks), 4))
    content, style = covariance(), covariance()
    for method in METHODS:
        keep(method.__name__, method(content, style))
    keep("root", roots(content)[0])
    keep("inverse", roots(content)[1])

    model = build_painter(PainterConfig((4, 6, 8), hidden=(4, 6, 9), calm=(0.1, 0.2, 0.3)), seed=0)
    model.set_weights([0.3 * normal(*weight.shape) for weight in model.get_weights()])  # the same on all
    photos, paintings = random.uniform(size=(2, 2, 32, 24, 3)).astype(np.float32)
    for level, reconstruction in enumerate(model(photos), start=1):
        keep(f"reconstruction {level}", reconstruction)
    stylizer = Stylizer(model)
    canvas = stylizer.canvas(photos[0][:29, :21], paintings[0])
    for method in ("optimal_transport", "whitening_coloring", "adain", "cholesky"):
        arrays[f"painted {method}"] = canvas.paint(method=method)
    facts["alpha zero"] = bool(np.array_equal(canvas.paint(alpha=0.0), stylizer.reconstruct(photos[0][:29, :21])))
    tiled = stylizer.paint_large(photos[0][:29, :21], paintings[0], method="cholesky", tile=8)
    facts["tiles"] = bool(np.abs(tiled - 255 * arrays["painted cholesky"]).max() < 0.6)

    weights, below = {"conv0/kernel": np.eye(3).reshape(1, 1, 3, 3), "conv0/bias": np.zeros(3)}, 3
    for block in (1, 2, 3, 4):
        weights |= {f"conv{block}1/kernel": normal(3, 3, below, 4) / 3 + 0.1, f"conv{block}1/bias": np.ones(4)}  # alive
        below = 4
    teacher = Teacher(weights).normalise(photos)
    for block, features in enumerate(teacher(ops.convert_to_tensor(photos))):
        keep(f"teacher {block}", features)

    pairs = PairCrops([(255 * photos[0]).astype(np.uint8)] * 2, [(255 * paintings[0]).astype(np.uint8)] * 2,
                      size=16, batch_size=2, seed=0)
    validation = np.concatenate([photos, paintings], axis=-1)[:, :16, :16]
    start = model.get_weights()

    def lesson():
        model.set_weights(start)
        trainer, own = PerceptualTrainer(model, teacher, seed=0), np.random.default_rng(1)
        trainer(ops.convert_to_tensor(validation))
        for probe in trainer.probes:
            probe.set_weights([0.3 * own.normal(size=weight.shape) for weight in probe.get_weights()])
        return trainer

    trainer = lesson()
    for number, method in reversed(list(enumerate(METHODS))):
        # Every backend draws other random numbers: here all get the same.
        drawn = [ops.convert_to_tensor(each) for each in ([1.0, 0.6], [0.0, 0.5])]
        drawn += [ops.convert_to_tensor(number, "int32"), ops.convert_to_tensor([2, 1], "int32")]
        trainer._draw = lambda count, training, drawn=drawn: drawn
        for name, value in trainer.parts(ops.convert_to_tensor(validation), trainer(validation)).items():
            arrays[f"{method.__name__}: {name}"] = ops.convert_to_numpy(value)
    history = fit(trainer, pairs, steps=4, report_every=1, learning_rate=1e-2, validation=validation)
    arrays["training"] = np.array([history.loss, history.validation])
    arrays["learned"] = np.array(max(np.abs(a - b).max() for a, b in zip(start, model.get_weights())))

    def keep_half(history):
        if history.steps[-1] == 2:
            shutil.copy(folder + "/whole.npz", folder + "/half.npz")

    runs = []
    for name in ("whole", "half"):  # now with what the backend draws itself; the second goes on at step 2
        history = fit(lesson(), pairs, steps=4, report_every=2, checkpoint=f"{folder}/{name}.npz", on_report=keep_half)
        with np.load(f"{folder}/{name}.npz") as file:
            runs.append((history.loss, {key: file[key] for key in file.files if key.startswith(("now", "random"))}))
    (loss, whole), (resumed_loss, halves) = runs
    facts["resumed"] = loss == resumed_loss and all(np.array_equal(whole[key], halves[key]) for key in whole)
    model.set_weights(start)
    save_weights(model, folder + "/own.npz")
    arrays["saved"] = np.array([np.abs(a - b).max() for a, b in zip(
        load_weights(folder + "/own.npz").get_weights(), model.get_weights())])
    np.savez(folder + "/arrays.npz", **arrays)
    print(json.dumps(facts))
"""


tensorflow, other = backends.fixtures(JOURNEY, "painter")


METHODS = ["optimal_transport", "whitening_coloring", "adain"]


def test_the_backend_that_was_asked_for_does_the_work(other):
    assert other[0]["backend"] in backends.OTHERS


@pytest.mark.parametrize("name", ["space_to_depth", "affine", *METHODS, "root", "inverse",
                                  *(f"reconstruction {level}" for level in (1, 2, 3)),
                                  *(f"teacher {block}" for block in range(4))])
def test_layers_maps_painter_and_teacher_give_what_they_give_on_tensorflow(tensorflow, other, name):
    expected, found = tensorflow[1][name], other[1][name]
    assert found.shape == expected.shape and expected.std() > 1e-2
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name, least", [("lattice", 0.1), ("blocking", 0.3)])
def test_a_loss_of_windows_is_what_it_is_on_tensorflow(tensorflow, other, name, least):
    assert tensorflow[1][name] > least
    np.testing.assert_allclose(other[1][name], tensorflow[1][name], rtol=1e-4)


@pytest.mark.parametrize("method", [*METHODS, "cholesky"])
def test_the_picture_is_the_one_that_tensorflow_paints(tensorflow, other, method):
    expected, found = (arrays[f"painted {method}"] for _, arrays in (tensorflow, other))
    assert found.shape == expected.shape and found.dtype == np.float32 and expected.std() > 1e-2
    assert np.abs(found - expected).mean() < 1e-3


def test_blocks_and_the_reconstruction_are_exact(other):
    assert other[0]["there and back"] and other[0]["alpha zero"]


def test_tiles_give_the_whole_picture(other):
    assert other[0]["tiles"]


@pytest.mark.parametrize("method", METHODS)
def test_every_part_of_the_second_lesson_is_that_of_tensorflow(tensorflow, other, method):
    names = [name for name in tensorflow[1] if name.startswith(f"{method}: ")]
    assert len(names) == len(vars(PerceptualWeights()))
    for name in names:
        assert tensorflow[1][name] > 0 or name.endswith(": blocking")  # such small pictures may have no blocks
        np.testing.assert_allclose(other[1][name], tensorflow[1][name], rtol=5e-3, err_msg=name)


def test_training_learns_as_it_does_on_tensorflow(tensorflow, other):
    np.testing.assert_allclose(other[1]["training"], tensorflow[1]["training"], rtol=0.02)
    assert min(arrays["learned"] for _, arrays in (tensorflow, other)) > 1e-3


def test_a_run_goes_on_with_the_random_stream_of_its_backend(tensorflow, other):
    assert tensorflow[0]["resumed"] and other[0]["resumed"]


def test_weights_come_back_from_their_file(other):
    assert other[1]["saved"].max() < 2e-3  # half precision
