"""Gatys' optimisation: its loss against loops, its conventions against their formulas, and the pictures it makes."""

import threading
from itertools import product

import backends
import numpy as np
import pytest
import tensorflow as tf

from aelearn import images, metrics
from aelearn.autoencoders import PainterConfig, PyramidConfig, build_painter, build_pyramid
from aelearn.images import ImageError
from aelearn.optimize import CONVENTIONS, STATISTICS, PictureLoss, Places, optimize, part
from aelearn.stylize import Stylizer

import keras  # isort: skip
from keras import ops  # isort: skip


def picture(height=16, width=20, *, seed=0):
    """Soft random colours: (height, width, 3)."""
    coarse = np.random.default_rng(seed).uniform(size=(4, 4, 3)).astype(np.float32)
    return images.resize_image(coarse, size=(height, width))


PHOTO, PAINTING = picture(seed=1), picture(24, 16, seed=2)
PYRAMID = build_pyramid(PyramidConfig((4, 6)), seed=3)


def codes(image):
    """The features of one picture at every level, in NumPy: list of (positions, channels)."""
    tensors = [PYRAMID.encode(ops.convert_to_tensor(image[None]), level) for level in (1, 2)]
    return [np.float64(ops.convert_to_numpy(one)).reshape(-1, one.shape[-1]) for one in tensors]


def value(loss, image):
    """The parts of a loss as floats."""
    return {name: float(part) for name, part in loss(ops.convert_to_tensor(image[None])).items()}


# ---- the loss, against loops over channels and positions

WEIGHTS = {"content_weight": {1: 0.5, 2: 2.0}, "style_weight": {1: 3.0, 2: 0.7}, "tv_weight": 0.3}


def gram_sums(code):
    """Equation 3 of the paper, with loops: the sum over positions of the product of every two channels."""
    positions, channels = code.shape
    gram = np.zeros((channels, channels))
    for i in range(channels):
        for j in range(channels):
            gram[i, j] = sum(code[k, i] * code[k, j] for k in range(positions))
    return gram


def variation_sum(image):
    """Sum of absolute differences of neighbours, scaled as a mean over all pairs times the number of values."""
    height, width, channels = image.shape
    down = np.mean([abs(image[r + 1, c, k] - image[r, c, k])
                    for r in range(height - 1) for c in range(width) for k in range(channels)])
    across = np.mean([abs(image[r, c + 1, k] - image[r, c, k])
                      for r in range(height) for c in range(width - 1) for k in range(channels)])
    return (down + across) * image.size


def by_hand(convention, image):
    """The three parts as the sources of a convention write them, with the weights above."""
    content = style = 0.0
    for level, (f, photo, painting) in enumerate(zip(codes(image), codes(PHOTO), codes(PAINTING)), start=1):
        positions, channels = f.shape
        squares = ((f - photo) ** 2).sum()
        # the painting has another size: its sum is taken for as many positions as the photo has
        gram, goal = gram_sums(f), gram_sums(painting) * positions / len(painting)
        grams = ((gram - goal) ** 2).sum()
        pixels = PHOTO.shape[0] * PHOTO.shape[1]
        one, other = {
            "relative": (squares / (photo**2).sum(), grams / (goal**2).sum()),
            "mean": (((f - photo) ** 2).mean(), ((gram / positions - goal / positions) ** 2).mean()),
            "gatys": (squares / 2, grams / (4 * channels**2 * positions**2)),  # equations 1 and 4
            "keras": (squares, grams / (4 * 3**2 * pixels**2)),
        }[convention]
        content += WEIGHTS["content_weight"][level] * one
        style += WEIGHTS["style_weight"][level] * other
    count = 1 if convention in ("gatys", "keras") else PHOTO.size
    return {"content": content, "style": style, "total_variation": 0.3 * variation_sum(image) / count}


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_every_convention_is_the_formula_of_its_source(convention):
    image = picture(seed=5)
    loss = PictureLoss(PHOTO, PAINTING, PYRAMID, convention=convention, **WEIGHTS)
    expected = by_hand(convention, image)
    assert value(loss, image) == pytest.approx(expected, rel=1e-4)
    assert all(expected.values())


@pytest.mark.parametrize("statistic", ["mean_deviation", "covariance"])
def test_other_statistics_are_means_of_relative_errors(statistic):
    image, expected = picture(seed=5), 0.0
    for level, (f, painting) in enumerate(zip(codes(image), codes(PAINTING)), start=1):
        pairs = [(f.mean(0), painting.mean(0))]
        if statistic == "covariance":
            pairs.append(tuple(np.cov(each.T, bias=True) for each in (f, painting)))
        else:
            pairs.append((f.std(0), painting.std(0)))
        errors = [((a - b) ** 2).sum() / (b**2).sum() for a, b in pairs]
        expected += WEIGHTS["style_weight"][level] * np.mean(errors)
    loss = PictureLoss(PHOTO, PAINTING, PYRAMID, statistic=statistic, **WEIGHTS)
    assert value(loss, image)["style"] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("source, statistic", [*product(CONVENTIONS, ["gram"]), *product(["mean"], STATISTICS)])
def test_converted_weights_give_the_same_loss_and_gradient(source, statistic):
    begin = PictureLoss(PHOTO, PAINTING, PYRAMID, statistic=statistic, convention=source, **WEIGHTS)
    image = picture(seed=6)
    expected, slope = value(begin, image), gradient(begin, image)
    assert np.abs(slope).max() > 0
    for target in CONVENTIONS:
        weights = begin.weights_in(target)
        assert weights["convention"] == target
        same = PictureLoss(PHOTO, PAINTING, PYRAMID, statistic=statistic, **weights)
        assert value(same, image) == pytest.approx(expected, rel=1e-5)
        np.testing.assert_allclose(gradient(same, image), slope, rtol=1e-3, atol=1e-4 * np.abs(slope).max())
        back = same.weights_in(source)
        assert back["content_weight"] == pytest.approx(WEIGHTS["content_weight"], rel=1e-6)
        assert back["style_weight"] == pytest.approx(WEIGHTS["style_weight"], rel=1e-6)
        assert back["tv_weight"] == pytest.approx(0.3, rel=1e-6)


def gradient(loss, image):
    """Of the sum of the parts, by the picture."""
    variable = tf.Variable(image[None])
    with tf.GradientTape() as tape:
        total = sum(loss(variable).values())
    return tape.gradient(total, variable).numpy()[0]


def test_converted_weights_paint_the_same_picture():
    options = {"steps": 12, "report_every": 6, "style_weight": 20.0}
    expected, _ = optimize(PHOTO, PAINTING, PYRAMID, **options)
    weights = PictureLoss(PHOTO, PAINTING, PYRAMID, style_weight=20.0).weights_in("gatys")
    found, _ = optimize(PHOTO, PAINTING, PYRAMID, **(options | weights))
    np.testing.assert_allclose(found, expected, atol=2e-3)
    assert np.abs(expected - PHOTO).mean() > 0.02
    unconverted, _ = optimize(PHOTO, PAINTING, PYRAMID, **(options | {"convention": "keras"}))
    assert np.abs(unconverted - expected).mean() > 0.02


def test_a_number_is_for_the_deepest_level_and_for_all_levels_evenly():
    image = picture(seed=5)
    numbers = PictureLoss(PHOTO, PAINTING, PYRAMID, content_weight=2.0, style_weight=3.0)
    dicts = PictureLoss(PHOTO, PAINTING, PYRAMID, content_weight={2: 2.0}, style_weight={1: 1.5, 2: 1.5})
    assert value(numbers, image) == value(dicts, image)


def test_photo_and_painting_are_where_their_parts_are_zero():
    loss = PictureLoss(PHOTO, PHOTO, PYRAMID)
    assert value(loss, PHOTO)["content"] == 0 and value(loss, PHOTO)["style"] < 1e-9
    assert value(PictureLoss(PHOTO, PAINTING, PYRAMID), PHOTO)["style"] > 0.01


# ---- pictures


def style_distance(image, painting):
    """Relative distance of the Gram matrices, averaged over levels, by loops that optimize does not use."""
    pairs = [(gram_sums(a) / len(a), gram_sums(b) / len(b)) for a, b in zip(codes(image), codes(painting))]
    return np.mean([np.linalg.norm(a - b) / np.linalg.norm(b) for a, b in pairs])


@pytest.mark.parametrize("statistic", STATISTICS)
def test_the_picture_comes_closer_to_the_painting_and_stays_with_the_photo(statistic):
    found, history = optimize(PHOTO, PAINTING, PYRAMID, steps=60, statistic=statistic)
    assert found.shape == PHOTO.shape and found.dtype == np.float32 and 0 <= found.min() and found.max() <= 1
    assert history.status == "finished" and history.steps[-1] == 60 and history.loss[-1] < history.loss[0] / 2
    assert style_distance(found, PAINTING) < style_distance(PHOTO, PAINTING) / 2
    # of another photo it would be further away
    assert metrics.mse(found, PHOTO) < metrics.mse(found, picture(seed=9))


def test_with_content_alone_noise_becomes_the_photo():
    # where the features are the pixels, and nothing of the photo is lost
    found, _ = optimize(PHOTO, PAINTING, lambda images: [images], steps=200, init="noise", style_weight=0, tv_weight=0,
                        learning_rate=0.05)
    np.testing.assert_allclose(found, PHOTO, atol=0.02)


def test_with_total_variation_alone_the_picture_becomes_flat():
    found, _ = optimize(PHOTO, PAINTING, PYRAMID, steps=100, content_weight=0, style_weight=0, tv_weight=1)
    rough = [np.abs(np.diff(each, axis=0)).mean() + np.abs(np.diff(each, axis=1)).mean() for each in (found, PHOTO)]
    assert rough[0] < rough[1] / 4


def test_the_seed_decides_the_noise_and_the_rest_is_repeatable():
    one, again, other = (optimize(PHOTO, PAINTING, PYRAMID, steps=3, init="noise", seed=seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).mean() > 0.1


def test_the_encoder_may_be_a_stylizer_a_model_or_a_function_and_is_left_as_it_was():
    before = PYRAMID.get_weights()
    results = [optimize(PHOTO, PAINTING, encoder, steps=2, style_weight={1: 1.0, 2: 2.0})[0] for encoder in (
        Stylizer(PYRAMID), PYRAMID)]
    np.testing.assert_array_equal(*results)
    for old, new in zip(before, PYRAMID.get_weights()):
        np.testing.assert_array_equal(old, new)
    teacher = keras.layers.Conv2D(4, 3)
    found, _ = optimize(PHOTO, PAINTING, lambda x: [x, teacher(x)], steps=2)
    assert found.shape == PHOTO.shape and np.abs(found - PHOTO).max() > 0
    single, _ = optimize(PHOTO, PAINTING, teacher, steps=2)  # one tensor counts as a list of one
    assert single.shape == PHOTO.shape
    painter, _ = optimize(PHOTO, PAINTING, build_painter(PainterConfig((4, 6))), steps=2)
    assert painter.shape == PHOTO.shape


def test_every_step_looks_at_another_place_and_a_shifted_photo_is_still_the_content():
    places = Places(8, seed=3)
    places.first_step = 40
    seen = [tuple(places[index][0]) for index in range(200)]
    everywhere = set(product(range(8), range(8)))
    assert set(seen[24:88]) == set(seen[88:152]) == everywhere and seen[24:88] != seen[88:152]
    later, other = Places(8, seed=3), Places(8, seed=4)
    later.first_step = other.first_step = 90
    assert tuple(later[5][0]) == seen[55]  # a function of seed and step
    assert [tuple(other[index][0]) for index in range(9)] != seen[50:59]
    whole = ops.convert_to_tensor(picture(24, 28, seed=1)[None])
    corner = part(whole, ops.convert_to_tensor(np.array([[3, 7]], np.int32)), 8)
    np.testing.assert_array_equal(ops.convert_to_numpy(corner), ops.convert_to_numpy(whole)[:, 3:19, 7:27])
    loss = PictureLoss(PHOTO, PAINTING, PYRAMID)
    assert float(loss(corner, corner)["content"]) == 0 < float(loss(corner)["content"])


def test_an_encoder_with_strides_leaves_no_weave():
    # It sees every fourth row and column through a weight of its own; looked at in one place, those would be painted.
    kernel = np.zeros((4, 4, 3, 3), np.float32)
    kernel[0, 0] = np.eye(3)

    def sparse(images):
        return [ops.conv(images, kernel, strides=4)]

    gray = np.full((32, 32, 3), 0.5, np.float32)
    found, _ = optimize(gray, np.full((32, 32, 3), 0.9, np.float32), sparse, steps=128, report_every=64,
                        content_weight=0, tv_weight=0)
    means = [found[row::4, column::4].mean() for row in range(4) for column in range(4)]
    assert min(means) > 0.5 + (max(means) - 0.5) / 2 > 0.55  # all of them have moved, none by less than half of another


def test_it_can_be_watched_and_stopped():
    stop, seen = threading.Event(), []

    def report(history):
        seen.append(history.steps[-1])
        if len(seen) == 2:
            stop.set()

    found, history = optimize(PHOTO, PAINTING, PYRAMID, steps=1000, report_every=5, on_report=report, stop=stop)
    assert seen == [5, 10] and history.status == "stopped" and np.isfinite(found).all()


@pytest.mark.parametrize("statistic, init", [*product(STATISTICS, ["photo"]), ("covariance", "noise")])
def test_odd_pictures_give_numbers(statistic, init):
    flat, black = np.full((16, 16, 3), (0.2, 0.5, 0.8), np.float32), np.zeros((16, 16, 3), np.float32)
    for photo, painting in [(PHOTO, flat), (flat, PAINTING), (black, black), (PHOTO[:1, :1], PAINTING),
                            (PHOTO[:8, :8], PAINTING[:3, :5])]:
        found, _ = optimize(photo, painting, PYRAMID, steps=3, report_every=3, statistic=statistic, init=init)
        assert found.shape == photo.shape and np.isfinite(found).all()


@pytest.mark.parametrize("statistic", ["gram", "covariance"])
def test_a_painting_of_one_colour_makes_the_picture_flatter_and_more_of_that_colour(statistic):
    colour = np.array([0.2, 0.5, 0.8], np.float32)
    flat = np.broadcast_to(colour, (16, 16, 3))
    found, _ = optimize(PHOTO, flat, lambda images: [images], steps=100, statistic=statistic)  # features are pixels
    assert found.std(axis=(0, 1)).mean() < 0.6 * PHOTO.std(axis=(0, 1)).mean()
    far = [np.abs(each.mean(axis=(0, 1)) - colour).mean() for each in (found, PHOTO)]
    assert far[0] < far[1] / 2


def test_a_photo_smaller_than_a_teacher_looks_is_worked_on():
    layers = [keras.layers.Conv2D(4, 3, strides=2, padding="same") for _ in range(5)]

    def teacher(x):
        features = []
        for layer in layers:
            x = layer(ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect"))
            features.append(x)
        return features

    found, _ = optimize(PHOTO[:8, :8], PAINTING, teacher, steps=2)
    assert found.shape == (8, 8, 3) and np.isfinite(found).all()


# ---- what is refused


@pytest.mark.parametrize(
    "options, message", [
        ({"statistic": "mean"}, "statistic must be one of gram, mean_deviation, covariance; received 'mean'"),
        ({"convention": None}, "convention must be one of relative, mean, gatys, keras; received None"),
        ({"content_weight": -1}, "content_weight must be a number of 0 or more; received -1"),
        ({"style_weight": float("nan")}, "style_weight must be a number of 0 or more; received nan"),
        ({"tv_weight": "1"}, "tv_weight must be a number of 0 or more; received '1'"),
        ({"style_weight": {3: 1}}, r"style_weight must have levels from 1 to 2, at least one; received \{3: 1\}"),
        ({"style_weight": {}}, r"style_weight must have levels from 1 to 2, at least one; received \{\}"),
        ({"style_weight": {1: True}}, r"style_weight\[1\] must be a number of 0 or more; received True"),
        ({"init": np.zeros((4, 4, 3))}, "init must be 'photo' or 'noise'; received a ndarray"),
        ({"init": "painting"}, "init must be 'photo' or 'noise'; received 'painting'"),
        ({"seed": -1}, "seed must be an int of 0 or more; received -1"),
        ({"steps": 0}, "steps must be a positive int; received 0"),
        ({"learning_rate": 0}, "learning_rate must be a positive number; received 0"),
    ],
)  # fmt: skip
def test_arguments_out_of_range_are_named(options, message):
    with pytest.raises(ValueError, match=message) as caught:
        optimize(PHOTO, PAINTING, PYRAMID, **({"steps": 2} | options))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["photo", "painting"])
@pytest.mark.parametrize("bad", [np.zeros((0, 4, 3)), np.full((4, 4, 3), np.nan), "wave.jpg", None], ids=[
    "empty", "NaN", "a path", "None"])  # fmt: skip
def test_what_is_no_picture_is_named(name, bad):
    pictures = {"photo": PHOTO, "painting": PAINTING} | {name: bad}
    with pytest.raises(ImageError, match=f"^{name} must"):
        optimize(pictures["photo"], pictures["painting"], PYRAMID, steps=2)


@pytest.mark.parametrize(
    "encoder, error, message", [
        (None, TypeError, "encoder must be a Stylizer, .*; received NoneType"),
        (lambda x: [], ValueError, r"encoder must return a list of features .*; received shapes \[\]"),
        (lambda x: [x[0]], ValueError, r"features \(1, height, width, channels\); received shapes \[\(32, 32, 3\)\]"),
        (lambda x: [x * np.nan], ValueError, "encoder must return finite numbers; received NaN or infinity"),
        (lambda x: 1 / 0, ValueError, r"encoder cannot take a photo of shape \(32, 32, 3\): division by zero"),
    ], ids=["none", "no features", "no batch", "NaN", "an error"],
)  # fmt: skip
def test_what_is_no_encoder_is_named(encoder, error, message):
    with pytest.raises(error, match=message):
        optimize(PHOTO, PAINTING, encoder, steps=2)


# ---- other backends

ELSEWHERE = """
    import json
    import numpy as np
    from aelearn.autoencoders import PyramidConfig, build_pyramid
    from aelearn.optimize import optimize

    random = np.random.default_rng(0)
    photo, painting = random.uniform(size=(2, 16, 16, 3)).astype(np.float32)
    model = build_pyramid(PyramidConfig((4, 6)))
    model.set_weights([random.normal(size=w.shape) * 0.2 for w in model.get_weights()])  # the same on all
    picture, history = optimize(photo, painting, model, steps=20, statistic="covariance")
    print(json.dumps([picture.mean(axis=(0, 1)).tolist(), history.loss]))
"""


@pytest.fixture(scope="module")
def here():
    return backends.run("tensorflow", ELSEWHERE, "")


@pytest.mark.parametrize("backend", backends.OTHERS)
def test_other_backends_find_the_same_picture(backend, here):
    backends.require(backend)
    colours, losses = backends.run(backend, ELSEWHERE, "")
    np.testing.assert_allclose(losses, here[1], rtol=1e-2)
    np.testing.assert_allclose(colours, here[0], atol=5e-3)
