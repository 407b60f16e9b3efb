"""Both lessons of a painter: what they compare, part by part, what is drawn, and that the teacher is not learned."""

import numpy as np
import pytest

from aelearn import losses
from aelearn.autoencoders import PainterConfig, build_painter
from aelearn.losses.statistics import EPSILON
from aelearn.stylize import Stylizer
from aelearn.training import DistillationTrainer, PerceptualTrainer, PerceptualWeights, Teacher
from aelearn.training.distillation import DEEP_TRUST
from aelearn.training.transport import METHODS

import tensorflow as tf  # isort: skip
from keras import ops

WIDTHS = (4, 6, 8)


def some_teacher(blocks=4, *, seed=0):
    random, below = np.random.default_rng(seed), 3
    arrays = {"conv0/kernel": np.eye(3).reshape(1, 1, 3, 3), "conv0/bias": np.zeros(3)}
    for block in range(1, blocks + 1):
        arrays |= {f"conv{block}1/kernel": random.normal(size=(3, 3, below, 5)) / 2, f"conv{block}1/bias": np.ones(5)}
        below = 5
    return Teacher(arrays)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(size=shape).astype(np.float32)


def smooth(number, *, seed=0, sides=(16, 24)):
    """Pictures of soft colours: (number, 16, 24, 3)."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0 : sides[0], 0 : sides[1]] / 24
    phases, ways = random.uniform(0, 6, (number, 1, 1, 3)), random.uniform(-4, 4, (2, number, 1, 1, 3))
    waves = np.sin(ways[0] * y[None, :, :, None] + ways[1] * x[None, :, :, None] + phases)
    return (0.5 + 0.4 * waves).astype(np.float32)


PHOTOS, PAINTINGS = smooth(2), smooth(2, seed=1)
PAIRS = np.concatenate([PHOTOS, PAINTINGS], axis=-1)


@pytest.fixture(scope="module")
def painter():
    return build_painter(PainterConfig(WIDTHS), seed=2)


@pytest.fixture(scope="module")
def teacher():
    return some_teacher().normalise(PHOTOS)


@pytest.fixture(scope="module")
def trainer(painter, teacher):
    return PerceptualTrainer(painter, teacher, seed=3)


def drawn(trainer, monkeypatch, alpha=(1.0, 1.0), mix=(0.0, 0.0), method=0, shift=(2, 1)):
    values = tf.constant(alpha), tf.constant(mix), tf.constant(method), tf.constant(shift)
    monkeypatch.setattr(trainer, "_draw", lambda number, training: values)


# ---- the first lesson


def test_the_first_lesson_is_pixels_at_every_level_and_the_share_of_the_teacher_that_is_missed(painter, teacher):
    trainer = DistillationTrainer(painter, teacher)
    outputs = trainer(PAIRS)
    parts = trainer.parts(PAIRS, outputs)
    pixels = [np.abs(PHOTOS - np.asarray(each)).mean() for each in painter(PHOTOS)]
    assert float(parts["identity"]) == pytest.approx(sum(pixels) / 2, rel=1e-5)
    missed = 0
    for level, probe in enumerate(trainer.probes, start=1):
        kernel, bias = probe.get_weights()
        guess = np.asarray(painter.encode(PHOTOS, level)) @ kernel[0, 0] + bias
        target = np.asarray(teacher(PHOTOS)[level])
        missed += ((target - guess) ** 2).mean() / target.var(axis=(0, 1, 2)).mean()
    assert float(parts["features"]) == pytest.approx(missed, rel=1e-3)
    expected = PerceptualWeights().identity * parts["identity"] + PerceptualWeights().features * parts["features"]
    assert float(trainer.compute_loss(PAIRS, None, outputs)) == pytest.approx(float(expected), rel=1e-6)


def test_guessing_the_mean_misses_all_and_guessing_right_nothing(painter, teacher):
    trainer = DistillationTrainer(painter, teacher)
    features = teacher(PHOTOS)
    assert float(trainer.missed(features, features[1:])) == 0
    means = [ops.mean(each, axis=(0, 1, 2), keepdims=True) for each in features[1:]]
    assert float(trainer.missed(features, means)) == pytest.approx(3, rel=1e-3)


def test_the_painting_of_a_pair_plays_no_part_in_the_first_lesson(painter, teacher):
    trainer = DistillationTrainer(painter, teacher)
    other = np.concatenate([PHOTOS, noise(2, 16, 24, 3)], axis=-1)
    one, two = (float(trainer.compute_loss(pairs, None, trainer(pairs))) for pairs in (PAIRS, other))
    assert one == two


# ---- the second lesson


def test_parts_are_those_that_have_weights_and_the_loss_their_sum(trainer, monkeypatch):
    drawn(trainer, monkeypatch, alpha=(1.0, 0.3), mix=(0.0, 0.4))
    blocking = losses.blocking_loss  # such small pictures have no blocks to speak of
    monkeypatch.setattr(losses, "blocking_loss", lambda images, period: blocking(images, period) + period / 10)
    outputs = trainer(PAIRS, training=True)
    parts = {name: float(value) for name, value in trainer.parts(PAIRS, outputs).items()}
    weights = vars(trainer.weighted)
    assert set(parts) == set(weights) and all(value > 0 for value in parts.values())
    expected = sum(weights[name] * value for name, value in parts.items())
    assert float(trainer.compute_loss(PAIRS, None, outputs)) == pytest.approx(expected, rel=1e-5)


def parts_of(trainer, painted, alpha=(1.0, 1.0), mix=(0.0, 0.0)):
    outputs = dict(trainer(PAIRS)) | {"painted": ops.convert_to_tensor(painted)}
    outputs |= {"alpha": tf.constant(alpha), "mix": tf.constant(mix)}
    return {name: float(value) for name, value in trainer.parts(PAIRS, outputs).items()}


def test_a_copy_of_the_painting_has_all_of_its_style_and_a_copy_of_the_photo_all_of_its_content(trainer):
    painting, photo = parts_of(trainer, PAINTINGS), parts_of(trainer, PHOTOS)
    style, content = ("style", "covariance", "color", "strokes"), ("content", "content_fine")
    assert all(painting[name] < 1e-5 < 1e-3 < photo[name] for name in style)
    assert all(photo[name] < 1e-5 < 1e-3 < painting[name] for name in content)


def test_at_no_strength_the_photo_is_what_is_asked_for_and_in_a_mixture_the_other_painting(trainer):
    none = parts_of(trainer, PHOTOS, alpha=(0.0, 0.0))
    other = parts_of(trainer, PAINTINGS[::-1], mix=(1.0, 1.0))
    for name in ("style", "covariance", "color", "strokes"):
        assert none[name] < 1e-5 and other[name] < 1e-5


def halved(images):
    number, height, width, _ = images.shape
    return images.reshape(number, height // 2, 2, width // 2, 2, 3).mean(axis=(2, 4))


def without_neighbours(images):
    windows = np.lib.stride_tricks.sliding_window_view(images, (5, 5), axis=(1, 2))
    return images[:, 2:-2, 2:-2] - windows.mean(axis=(-2, -1))


def test_every_part_is_what_its_name_says(trainer, teacher, painter):
    painted = smooth(2, seed=5)
    parts = parts_of(trainer, painted)
    wanted, seen, style = (teacher(each) for each in (PHOTOS, painted, PAINTINGS))

    def moments(features):
        flat = np.asarray(features, np.float64).reshape(2, -1, features.shape[-1])
        return flat.mean(axis=1), np.array([np.cov(each.T, bias=True) for each in flat])

    def distance(a, b):
        axes = tuple(range(1, a.ndim))
        return np.mean(2 * ((a - b) ** 2).sum(axes) / ((a**2).sum(axes) + (b**2).sum(axes) + EPSILON))

    def differences(first, second):
        (m, c), (m2, c2) = moments(first), moments(second)
        deviations = [np.sqrt(np.diagonal(each, axis1=1, axis2=2)) for each in (c, c2)]
        return distance(m, m2) + distance(*deviations), distance(c, c2)

    pairs = [differences(a, b) for a, b in zip(style, seen)]
    assert parts["style"] == pytest.approx(sum(means for means, _ in pairs), rel=1e-3)
    trusted = [*(covariance for _, covariance in pairs[:3]), DEEP_TRUST * pairs[3][1]]
    assert parts["covariance"] == pytest.approx(sum(trusted), rel=1e-3)
    quarter = [each.reshape(2, 4, 4, 6, 4, 3).mean(axis=(2, 4)) for each in (PAINTINGS, painted)]
    expected = sum(differences(PAINTINGS, painted)) + sum(differences(*quarter))
    assert parts["color"] == pytest.approx(expected, rel=1e-3)
    details = [[without_neighbours(each) for each in (images, halved(images))] for images in (PAINTINGS, painted)]
    expected = 0  # as the moments of teacher and pixels, but for the mean
    for goal, have in zip(*details):
        covariances = [np.array([np.cov(each.reshape(-1, 3).T, bias=True) for each in part]) for part in (goal, have)]
        deviations = [np.sqrt(np.diagonal(each, axis1=1, axis2=2) + EPSILON) for each in covariances]
        expected += distance(*deviations) + distance(*covariances)
    assert parts["strokes"] == pytest.approx(expected, rel=1e-3)  # of four sizes two fit into 16 pixels
    for name, block in (("content", 3), ("content_fine", 2)):
        assert parts[name] == pytest.approx(float(losses.content_loss(wanted[block], seen[block])), rel=1e-5)
    assert parts["variation"] == pytest.approx(float(losses.total_variation(painted)), rel=1e-5)
    assert parts["lattice"] == pytest.approx(float(losses.lattice_loss(painted, 4)), rel=1e-5)  # 8 does not fit
    assert parts["blocking"] == pytest.approx(float(losses.blocking_loss(painted, 4)), rel=1e-5)
    copied = np.abs(PAINTINGS - np.asarray(painter.decode(painter.encode(PAINTINGS, 3), 3))).mean()
    pixels = copied + sum(np.abs(PHOTOS[1:] - np.asarray(each)).mean() for each in painter(PHOTOS[1:]))
    assert parts["identity"] == pytest.approx(pixels / 2, rel=1e-4)


@pytest.mark.parametrize("shift", [(1, 7), (4, 2)], ids=str)
def test_a_picture_that_moves_along_with_its_photo_costs_nothing(trainer, shift):
    # As the painter cannot: what is painted is put in by hand. Moved by other pixels, it does cost.
    large = noise(1, 48, 64, 3)
    here, there = large[:, :40, :56], large[:, shift[0] :, shift[1] :][:, :40, :56]
    costs = [float(trainer._moved_along(tf.constant(here), tf.constant(each), tf.constant(shift)))
             for each in (there, here)]
    assert costs[0] < 1e-7 < 0.1 < costs[1]


def test_what_does_not_move_along_is_a_share_of_what_varies_in_windows_faint_or_strong(trainer):
    large, again = noise(1, 103, 135, 3), noise(1, 103, 135, 3, seed=1)
    contrast = np.where(np.arange(135) < 67, 0.02, 1.0).astype(np.float32)[:, None]
    faint, other = 0.5 + contrast * (large - 0.5), 0.5 + contrast * (again - 0.5)
    shift = (2, 5)
    there, here = faint[:, 32 + 2 : 64 + 2, 32 + 5 : 96 + 5], other[:, 32:64, 32:96]  # whole windows of 16
    shares = []
    for top in (0, 16):
        for left in (0, 16, 32, 48):
            one, two = (each[0, top : top + 16, left : left + 16] for each in (there, here))
            shares.append(((one - two) ** 2).mean((0, 1)) / (one.var((0, 1)) + two.var((0, 1)) + 5e-4))
    cost = float(trainer._moved_along(tf.constant(faint), tf.constant(other), tf.constant(shift)))
    assert cost == pytest.approx(np.mean(shares), rel=1e-4)
    assert max(map(np.mean, shares)) < 1.2


def test_the_first_half_of_the_photos_is_painted_again_in_the_same_style_some_pixels_on(painter, teacher, monkeypatch):
    photos, paintings = smooth(4, sides=(64, 96)), smooth(4, seed=1, sides=(64, 96))
    trainer = PerceptualTrainer(painter, teacher, batch_size=4, seed=3)
    drawn(trainer, monkeypatch, alpha=(1.0,) * 4, mix=(0.0,) * 4, shift=(3, 5))
    again = np.asarray(trainer(np.concatenate([photos, paintings], axis=-1), training=True)["again"])
    moved = np.pad(photos[:2], ((0, 0), (0, 3), (0, 5), (0, 0)), mode="reflect")[:, 3:, 5:]
    expected = trainer.paint(np.concatenate([moved, moved]), paintings)[:2]
    assert again.shape == (2, 64, 96, 3)
    np.testing.assert_allclose(again.clip(0, 1), expected, atol=5e-4)


# ---- what is drawn


def test_strengths_mixtures_and_methods_are_drawn_in_the_shares_that_are_promised(painter, teacher):
    trainer = PerceptualTrainer(painter, teacher, seed=0)
    draws = [trainer._draw(200, True) for _ in range(200)]
    alpha, mix = (np.concatenate([np.asarray(draw[i]) for draw in draws]) for i in (0, 1))
    number = len(alpha)
    assert abs((alpha == 1).mean() - 0.6) < 5 * np.sqrt(0.24 / number)
    assert abs((mix > 0).mean() - 1 / 3) < 5 * np.sqrt(0.23 / number)
    for values in (alpha[alpha < 1], mix[mix > 0]):  # the others are anything between
        assert abs(values.mean() - 0.5) < 5 * np.sqrt(1 / 12 / len(values)) and values.std() > 0.28
    methods = np.bincount([int(draw[2]) for draw in draws], minlength=3) / 200
    np.testing.assert_allclose(methods, [0.75, 0.125, 0.125], atol=5 * np.sqrt(0.25 / 200))
    assert len(methods) == len(METHODS)
    shifts = np.array([np.asarray(draw[3]) for draw in draws])  # less than a block, and never none
    assert shifts.min() == 1 and shifts.max() == 7 and abs(shifts.mean() - 4) < 5 * 2 / np.sqrt(400)


def test_the_seed_decides_what_is_drawn_and_nothing_is_drawn_outside_training(painter, teacher):
    one, again, other = (PerceptualTrainer(painter, teacher, seed=seed) for seed in (1, 1, 2))
    first = [np.asarray(one._draw(50, True)[0]) for _ in range(2)]
    before = np.asarray(again._draw(50, False)[0]), *again._draw(50, False)[1:]
    assert (before[0] == 1).all() and not np.asarray(before[1]).any() and int(before[2]) == 0
    assert np.asarray(before[3]).tolist() == [3, 5]
    np.testing.assert_array_equal([np.asarray(again._draw(50, True)[0]) for _ in range(2)], first)
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(np.asarray(other._draw(50, True)[0]), first[0])


def test_what_is_drawn_is_what_is_painted(trainer, monkeypatch):
    plain, swapped = np.asarray(trainer(PAIRS)["painted"]), trainer.paint(PHOTOS, PAINTINGS[::-1])
    drawn(trainer, monkeypatch, alpha=(0.0, 1.0))
    half = np.asarray(trainer(PAIRS, training=True)["painted"])
    reconstruction = np.asarray(trainer.painter(PHOTOS)[-1])
    np.testing.assert_allclose(half[0], reconstruction[0], atol=5e-4)
    np.testing.assert_allclose(half[1], plain[1], atol=5e-4)
    drawn(trainer, monkeypatch, mix=(1.0, 1.0))
    np.testing.assert_allclose(np.asarray(trainer(PAIRS, training=True)["painted"]).clip(0, 1), swapped, atol=5e-4)


# ---- painting


def test_training_paints_what_the_stylizer_paints(trainer, painter):
    stylizer = Stylizer(painter)
    # large enough that the deepest covariance is not singular: what rounding makes of one that is differs by machine
    photos, paintings = smooth(2, sides=(64, 96)), smooth(2, seed=1, sides=(64, 96))
    painted = trainer.paint(photos, paintings)
    assert painted.shape == photos.shape and painted.min() >= 0 and painted.max() <= 1
    for mine, photo, painting in zip(painted, photos, paintings):
        expected = stylizer(photo, painting)
        change = np.abs(expected - stylizer.reconstruct(photo)).max()
        # not exactly: the maps of training have a ridge for pictures of one colour, and single precision
        assert np.abs(mine - expected).max() < change / 20


def test_on_a_canvas_with_grain_too(teacher):
    painter = build_painter(PainterConfig(WIDTHS, grain=0.1), seed=2)
    photos, paintings = smooth(2, sides=(64, 96)), smooth(2, seed=1, sides=(64, 96))
    painted = PerceptualTrainer(painter, teacher, seed=3).paint(photos, paintings)
    plain = build_painter(PainterConfig(WIDTHS), seed=2)
    plain.set_weights(painter.get_weights())
    for mine, photo, painting in zip(painted, photos, paintings):
        expected, without = (Stylizer(each)(photo, painting) for each in (painter, plain))
        assert np.abs(mine - expected).max() < np.abs(expected - without).max() / 5


def test_a_picture_in_its_own_style_is_its_reconstruction(trainer, painter):
    reconstruction = np.asarray(painter(PHOTOS)[-1]).clip(0, 1)
    np.testing.assert_allclose(trainer.paint(PHOTOS, PHOTOS), reconstruction, atol=5e-4)


# ---- learning


def test_what_is_thrown_away_afterwards_starts_the_same_way_too(painter, teacher):
    one, again = (DistillationTrainer(painter, teacher) for _ in range(2))
    for trainer in (one, again):
        trainer(PAIRS)
    for probe, other in zip(one.probes, again.probes):
        np.testing.assert_array_equal(probe.get_weights()[0], other.get_weights()[0])
    assert np.abs(one.probes[0].get_weights()[0]).min() > 0


def test_the_teacher_is_no_part_of_what_is_learned_or_written(trainer, painter, teacher):
    mine = {id(variable) for variable in trainer.weights}
    theirs = {id(variable) for part in (painter, *trainer.probes) for variable in part.weights}
    assert mine == theirs and len(trainer.probes) == 3
    sizes = [features.shape[-1] for features in teacher(PHOTOS)]
    assert [probe.filters for probe in trainer.probes] == sizes[1:]


@pytest.mark.parametrize("method", range(len(METHODS)))
def test_every_weight_learns_from_the_second_lesson(trainer, monkeypatch, method):
    drawn(trainer, monkeypatch, alpha=(1.0, 0.6), mix=(0.0, 0.5), method=method)
    gradients = gradients_of(trainer, PAIRS)
    assert [name for name, gradient in gradients.items() if gradient is None or not np.any(gradient)] == []


def gradients_of(trainer, pairs):
    trainer(pairs)
    with tf.GradientTape() as tape:
        loss = trainer.compute_loss(tf.constant(pairs), None, trainer(tf.constant(pairs), training=True))
    assert np.isfinite(float(loss))
    gradients = tape.gradient(loss, [variable.value for variable in trainer.trainable_variables])
    return {variable.path: gradient for variable, gradient in zip(trainer.trainable_variables, gradients)}


@pytest.mark.parametrize("method", range(len(METHODS)))
@pytest.mark.parametrize("flat", ["photo", "painting", "both", "black"])
def test_pictures_of_one_colour_have_finite_losses_and_gradients(trainer, monkeypatch, method, flat):
    drawn(trainer, monkeypatch, alpha=(1.0, 0.6), mix=(0.0, 0.5), method=method)
    pairs = PAIRS.copy()
    part = {"photo": slice(0, 3), "painting": slice(3, 6)}.get(flat, slice(0, 6))
    pairs[..., part] = 0.0 if flat == "black" else [0.2, 0.5, 0.7] * (len(range(6)[part]) // 3)
    for name, gradient in gradients_of(trainer, pairs).items():
        assert np.isfinite(gradient).all(), name


# ---- refusals


def test_painters_teachers_and_batches_that_do_not_suit_are_refused(painter, teacher):
    with pytest.raises(ValueError, match="teacher must have 4 blocks or more for 3 levels; received one of 3"):
        DistillationTrainer(painter, some_teacher(3))
    with pytest.raises(ValueError, match="painter must have three levels or more; received one of 2"):
        PerceptualTrainer(build_painter(PainterConfig((4, 6))), teacher)
    for bad in (1, 3, 0, 2.0, True):
        with pytest.raises(ValueError, match=f"batch_size must be an even number of 2 or more; received {bad!r}"):
            PerceptualTrainer(painter, teacher, batch_size=bad)
