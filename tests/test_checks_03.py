"""The judges of lesson 03: right answers in any style pass, every known mistake gets its own diagnosis.

All answers here are written as a learner would write them, and not taken from the judges.
"""

import itertools
import math

import numpy as np
import pytest

from aelearn import autoencoders, checks
from aelearn.checks import lesson_03, lesson_03_halves
from aelearn.checks.quiz import ANSWERS

import keras  # isort: skip
from keras import layers

EXERCISES = {
    "output_size": (checks.output_size, lesson_03._OUTPUT_SIZE),
    "convolution_parameters": (checks.convolution_parameters, lesson_03._CONVOLUTION_PARAMETERS),
    "dense_parameters": (checks.dense_parameters, lesson_03._DENSE_PARAMETERS),
    "convolutional_code": (checks.convolutional_code, lesson_03._CONVOLUTIONAL_CODE),
    "receptive_field": (checks.receptive_field, lesson_03._RECEPTIVE_FIELD),
    "build_encoder": (checks.encoder, lesson_03_halves._ENCODER),
    "build_decoder": (checks.decoder, lesson_03_halves._DECODER),
}


# --- what a learner writes: right


def size_by_sliding(size, kernel, stride, padding):
    places, start = 0, 0
    while start + kernel <= size + padding:
        places, start = places + 1, start + stride
    return places


def parameters_by_hand(kernel, channels_in, channels_out):
    total = 0
    for _ in range(channels_out):
        total += channels_in * kernel * kernel
        total += 1
    return total


def code_by_halving(height, width, widths, latent_channels):
    for _ in widths:
        height, width = height / 2, width / 2
    return [int(height), int(width), latent_channels]


def field_backwards(kernels, strides):
    field = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides)):
        field = (field - 1) * stride + kernel
    return field


def encoder_with(stride=2, padding="same", hidden="relu", code=None, kernel=3, order=list, flat="flatten", pool=False):
    def build_encoder(input_shape, widths, latent_dim):
        picture = x = keras.Input(input_shape)
        for width in order(widths):
            x = layers.Conv2D(width, kernel, strides=stride, padding=padding, activation=hidden)(x)
            if pool:
                x = layers.MaxPooling2D(2)(x)
        if flat == "flatten":
            x = layers.Flatten()(x)
        if flat == "mean":
            x = layers.GlobalAveragePooling2D()(x)
        return keras.Model(picture, layers.Dense(latent_dim, activation=code)(x))

    return build_encoder


def encoder_in_sequence(input_shape, widths, latent_dim):
    model = keras.Sequential([keras.Input(input_shape)])
    for width in widths:
        model.add(layers.Conv2D(width, (3, 3), (2, 2), "same"))
        model.add(layers.ReLU())
    model.add(layers.Flatten())
    model.add(layers.Dense(latent_dim))
    return model


def decoder_with(start="relu", hidden="relu", end="sigmoid", padding="same", order=reversed, kernel=3, doubling=True,
                 channels=None, deep=-1, transposed=False, more=0, late=False, last=None, grid=None):
    def build_decoder(output_shape, widths, latent_dim):
        rows, columns = output_shape[0] // 2 ** len(widths), output_shape[1] // 2 ** len(widths)
        rows, columns = grid(output_shape) if grid else (rows, columns)
        code = keras.Input((latent_dim,))
        x = layers.Dense(rows * columns * widths[deep], activation=start)(code)
        x = layers.Reshape((rows, columns, widths[deep]))(x)
        for width in order(widths):
            if transposed:
                x = layers.Conv2DTranspose(width, kernel, strides=2, padding="same", activation=hidden)(x)
                continue
            if doubling and not late:
                x = layers.UpSampling2D(2)(x)
            x = layers.Conv2D(width, kernel, padding=padding, activation=hidden)(x)
            if late:
                x = layers.UpSampling2D(2)(x)
        for _ in range(more):
            x = layers.UpSampling2D(2)(x)
        x = layers.Conv2D(channels or output_shape[-1], last or kernel, padding=padding, activation=end)(x)
        return keras.Model(code, x)

    return build_decoder


def decoder_with_activations_of_their_own(output_shape, widths, latent_dim):
    grid = output_shape[0] // 2 ** len(widths), output_shape[1] // 2 ** len(widths), widths[-1]
    model = keras.Sequential([keras.Input((latent_dim,)), layers.Dense(math.prod(grid)), layers.Activation("relu"),
                              layers.Reshape(grid)])
    for width in widths[::-1]:
        model.add(layers.UpSampling2D((2, 2)))
        model.add(layers.Conv2D(width, 3, padding="same"))
        model.add(layers.Activation("relu"))
    model.add(layers.Conv2D(output_shape[2], 3, padding="same"))
    model.add(layers.Activation("sigmoid"))
    return model


def decoder_of_the_textbook(output_shape, widths, latent_dim):
    code = keras.Input((latent_dim,))
    x = layers.Dense(math.prod(output_shape), activation="sigmoid")(code)
    return keras.Model(code, layers.Reshape(output_shape)(x))


def halves_of_the_course(input_shape, widths, latent_dim):
    return autoencoders.build_repaired(autoencoders.RepairedConfig(input_shape, latent_dim, widths))


RIGHT = [
    ("output_size", size_by_sliding),
    ("output_size", lambda size, kernel, stride, padding: math.floor((size + padding - kernel) / stride) + 1),
    ("output_size", lambda size, kernel, stride, padding: len(range(0, size + padding - kernel + 1, stride))),
    ("output_size", lambda n, k, s, p: autoencoders.convolution_size(n, kernel=k, stride=s, padding=p)),
    ("output_size", lambda n, k, s, p: np.floor((n + p - k) / s) + 1),
    ("convolution_parameters", lambda k, i, o: np.prod([k, k, i, o], dtype=float) + o),
    ("dense_parameters", lambda i, o: np.float64((i + 1) * o)),
    ("convolutional_code", lambda h, w, widths, c: (*np.floor(np.array([h, w]) / 2 ** len(widths)), c)),
    ("convolutional_code", lambda h, w, widths, c: np.array([h / 2 ** len(widths), w / 2 ** len(widths), c])),
    ("receptive_field", lambda k, s: 1 + sum((k[i] - 1) * np.prod(s[:i]) for i in range(len(k)))),
    ("convolution_parameters", parameters_by_hand),
    ("convolution_parameters", lambda k, i, o: k**2 * i * o + o),
    ("convolution_parameters", lambda k, i, o: autoencoders.convolution_parameters(i, o, kernel=k)),
    ("dense_parameters", lambda i, o: i * o + o),
    ("dense_parameters", autoencoders.dense_parameters),
    ("convolutional_code", code_by_halving),
    ("convolutional_code", lambda h, w, widths, c: (h >> len(widths), w >> len(widths), c)),
    ("convolutional_code", lambda h, w, widths, c: autoencoders.ConvolutionalConfig((h, w, 3), widths, c).code_shape),
    ("receptive_field", field_backwards),
    ("receptive_field", lambda k, s: 1 + sum((k[i] - 1) * math.prod(s[:i]) for i in range(len(k)))),
    ("build_encoder", encoder_with()),
    ("build_encoder", encoder_in_sequence),
    ("build_encoder", lambda shape, widths, latent: halves_of_the_course(shape, widths, latent).encoder),
    ("build_decoder", decoder_with()),
    ("build_decoder", decoder_with_activations_of_their_own),
    ("build_decoder", lambda shape, widths, latent: halves_of_the_course(shape, widths, latent).decoder),
]


# --- and wrong: a piece of the diagnosis beside each


def halve(size, times):
    return size // 2**times


WRONG = {
    "output_size": [
        ("the padding is missing", lambda n, k, s, p: (n - k) // s + 1),
        ("both sides together", lambda n, k, s, p: (n + 2 * p - k) // s + 1),
        ("taken away; it is added", lambda n, k, s, p: (n - p - k) // s + 1),
        ("the stride is missing", lambda n, k, s, p: n + p - k + 1),
        ("the + 1 is missing", lambda n, k, s, p: (n + p - k) // s),
        ("after the division", lambda n, k, s, p: (n + p - k + 1) // s),
        ("you rounded up", lambda n, k, s, p: math.ceil((n + p - k) / s) + 1),
        ("you rounded up", lambda n, k, s, p: -(-(n + p - k) // s) + 1),
        ("no half places", lambda n, k, s, p: (n + p - k) / s + 1),
        ("no half places", lambda n, k, s, p: round((n + p - k) / s) + 1),
        ("the kernel is missing", lambda n, k, s, p: (n + p) // s),
        ("the kernel is missing", lambda n, k, s, p: (n + p) // s + 1),
        ("the kernel is missing", lambda n, k, s, p: n // s),
        ("half a kernel", lambda n, k, s, p: (n + p - k // 2) // s + 1),
        ('padding="same"', lambda n, k, s, p: math.ceil(n / s)),
        ("the stride divides", lambda n, k, s, p: (n + p - k) * s + 1),
        ("in parentheses", lambda n, k, s, p: n + p - k // s + 1),
        ("whole number", lambda n, k, s, p: float((n + p - k) // s + 1)),
        ("whole number", lambda n, k, s, p: np.float64((n + p - k) // s + 1.0005)),
    ],
    "convolution_parameters": [
        ("every filter has one", lambda k, i, o: k**2 * i * o),
        ("one bias per filter, not one for the layer", lambda k, i, o: k**2 * i * o + 1),
        ("have you swapped", lambda k, i, o: k**2 * i * o + i),
        ("once per incoming channel", lambda k, i, o: (k**2 + 1) * i * o),
        ("k × k weights, not k", lambda k, i, o: (k * i + 1) * o),
        ("k × k weights, not k", lambda k, i, o: k * i * o),
        ("k × k weights, not k", lambda k, i, o: (k * 2 * i + 1) * o),
        ("area is missing", lambda k, i, o: (i + 1) * o),
        ("area is missing", lambda k, i, o: i * o),
        ("multiply by channels_in", lambda k, i, o: (k**2 + 1) * o),
        ("multiply by channels_in", lambda k, i, o: k**2 * o),
        ("you counted one filter", lambda k, i, o: k**2 * i + 1),
        ("have you swapped", lambda k, i, o: (k**2 * o + 1) * i),
        ("need not be 3 × 3", lambda k, i, o: (3 * 3 * i + 1) * o),
        ("instead of adding", lambda k, i, o: k**2 * i + o),
        ("no power", lambda k, i, o: ((k ^ 2) * i + 1) * o),
        ("whole number", lambda k, i, o: (k**2 * i + 1.0) * o),
    ],
    "dense_parameters": [
        ("every unit has one", lambda i, o: i * o),
        ("not one for the layer", lambda i, o: i * o + 1),
        ("not to the inputs", lambda i, o: i * (o + 1)),
        ("both sides got a bias", lambda i, o: (i + 1) * (o + 1)),
        ("both sides got a bias", lambda i, o: i * o + i + o),
        ("multiply", lambda i, o: i + o),
        ("multiply", lambda i, o: i + o + 1),
        ("multiply", lambda i, o: i + o + o),
    ],
    "convolutional_code": [
        ("do not shrink", lambda h, w, widths, c: (h, w, c)),
        ("not once in all", lambda h, w, widths, c: (h // 2, w // 2, c)),
        ("it does not halve", lambda h, w, widths, c: (halve(h, len(widths) + 1), halve(w, len(widths) + 1), c)),
        ("the first convolution", lambda h, w, widths, c: (halve(h, len(widths) - 1), halve(w, len(widths) - 1), c)),
        ("2 ** len(widths)", lambda h, w, widths, c: (h // (2 * len(widths)), w // (2 * len(widths)), c)),
        ("2 ** len(widths)", lambda h, w, widths, c: (h // len(widths), w // len(widths), c)),
        ("whatever the widths", lambda h, w, widths, c: (halve(h, len(widths)), halve(w, len(widths)), widths[-1])),
        ("whatever the widths", lambda h, w, widths, c: (halve(h, len(widths)), halve(w, len(widths)), widths[-1] * c)),
        ("channels come last", lambda h, w, widths, c: (c, halve(h, len(widths)), halve(w, len(widths)))),
        ("rows come first", lambda h, w, widths, c: (halve(w, len(widths)), halve(h, len(widths)), c)),
        ("not of a batch", lambda h, w, widths, c: (1, halve(h, len(widths)), halve(w, len(widths)), c)),
        ("return its shape", lambda h, w, widths, c: halve(h, len(widths)) * halve(w, len(widths)) * c),
        ("only the stride counts", lambda h, w, widths, c: (unpadded(h, widths), unpadded(w, widths), c)),
        ("whole number", lambda h, w, widths, c: (h / 2 ** len(widths), w / 2 ** len(widths), c)),
        ("no power", lambda h, w, widths, c: (h // max(2 ^ len(widths), 1), w // max(2 ^ len(widths), 1), c)),
    ],
    "receptive_field": [
        ("the strides are missing", lambda k, s: 1 + sum(kernel - 1 for kernel in k)),
        ("own stride", lambda k, s: 1 + sum((k[i] - 1) * math.prod(s[: i + 1]) for i in range(len(k)))),
        ("not only the last one", lambda k, s: 1 + sum((k[i] - 1) * (s[i - 1] if i else 1) for i in range(len(k)))),
        ("not only the last one", lambda k, s: 1 + sum((kernel - 1) * stride for kernel, stride in zip(k, s))),
        ("they do not add up", lambda k, s: 1 + sum((k[i] - 1) * max(sum(s[:i]), 1) for i in range(len(k)))),
        ("the 1 is missing", lambda k, s: sum((k[i] - 1) * math.prod(s[:i]) for i in range(len(k)))),
        ("k - 1 pixels further", lambda k, s: 1 + sum(k[i] * math.prod(s[:i]) for i in range(len(k)))),
        ("k - 1 pixels further", lambda k, s: sum(k[i] * math.prod(s[:i]) for i in range(len(k)))),
        ("not half of it", lambda k, s: 1 + sum(k[i] // 2 * math.prod(s[:i]) for i in range(len(k)))),
        ("do not multiply", lambda k, s: math.prod(k)),
        ("do not multiply", lambda k, s: math.prod(k) * math.prod(s)),
        ("added as they are", lambda k, s: sum(k)),
        ("not those of the whole encoder", lambda k, s: 1 + sum((kernel - 1) * math.prod(s) for kernel in k)),
        ("whole number", lambda k, s: float(field_backwards(k, s))),
    ],
    "build_encoder": [
        ("the padding is forgotten", encoder_with(padding="valid")),
        ("the stride is forgotten", encoder_with(stride=1)),
        ("stride and padding are forgotten", encoder_with(stride=1, padding="valid")),
        ("no activation", encoder_with(hidden=None)),
        ("a sigmoid or tanh saturates", encoder_with(hidden="sigmoid")),
        ("a sigmoid or tanh saturates", encoder_with(hidden="tanh")),
        ("the code has a ReLU", encoder_with(code="relu")),
        ("squeezed by its activation", encoder_with(code="sigmoid")),
        ("squeezed by its activation", encoder_with(code="tanh")),
        ("squeezed by its activation", encoder_with(code="softmax")),
        ("the widths are in reverse", encoder_with(order=reversed)),
        ("one convolution per entry of widths", encoder_with(order=lambda widths: widths[:-1])),
        ("one convolution per entry of widths", encoder_with(order=lambda widths: widths[1:])),
        ("one convolution per entry of widths", encoder_with(order=lambda widths: widths[:1])),
        ("one convolution per entry of widths", encoder_with(order=lambda widths: widths[-1:])),
        ("its own entry of widths", encoder_with(order=lambda widths: [widths[0]] * len(widths))),
        ("its own entry of widths", encoder_with(order=lambda widths: [widths[-1]] * len(widths))),
        ("you shrink with pooling", encoder_with(stride=1, pool=True)),
        ("3 × 3", encoder_with(kernel=5)),
        ("3 × 3", encoder_with(kernel=2)),
        ("3 × 3", encoder_with(kernel=1)),
        ("Flatten is missing", encoder_with(flat="no")),
        ("forgets where things were", encoder_with(flat="mean")),
    ],
    "build_decoder": [
        ("has no sigmoid", decoder_with(end=None)),
        ("a ReLU at the end", decoder_with(end="relu")),
        ("down to -1", decoder_with(end="tanh")),
        ("a softmax", decoder_with(end="softmax")),
        ("not the mirror", decoder_with(order=list)),
        ("not the mirror", decoder_with(order=list, deep=0)),
        ("channels that the encoder had at the end", decoder_with(deep=0)),
        ("the doublings are missing", decoder_with(doubling=False)),
        ("one UpSampling2D too many", decoder_with(more=1)),
        ("the padding is forgotten", decoder_with(padding="valid")),
        ("the dense layer has no ReLU", decoder_with(start=None)),
        ("no activation", decoder_with(hidden=None)),
        ("no activation", decoder_with(hidden=None, start=None)),
        ("last convolution only", decoder_with(hidden="sigmoid")),
        ("last convolution only", decoder_with(hidden="sigmoid", start="sigmoid")),
        ("the grid should have a ReLU", decoder_with(start="tanh")),
        ("the grid should have a ReLU", decoder_with(start="sigmoid")),
        ("channels of the picture", decoder_with(channels=4)),
        ("there is no convolution", decoder_of_the_textbook),
        ("leaves a checkerboard", decoder_with(transposed=True)),
        ("one doubling and one convolution per entry", decoder_with(order=lambda widths: widths[::-1][1:])),
        ("one doubling and one convolution per entry", decoder_with(order=lambda widths: widths[::-1][:-1])),
        ("3 × 3", decoder_with(kernel=5)),
        ("first UpSampling2D(2), then the convolution", decoder_with(late=True)),
        ("the last kernel too is 3 × 3", decoder_with(last=1)),
        ("fits pictures of one size only", decoder_with(grid=lambda shape: (shape[0] // 4, shape[1] // 4))),
        ("fits pictures of one size only", decoder_with(grid=lambda shape: (7, 7))),
    ],
}


def unpadded(size, widths):
    for _ in widths:
        size = (size - 3) // 2 + 1
    return size


CASES = [(name, piece, answer) for name, wrong in WRONG.items() for piece, answer in wrong]


@pytest.mark.parametrize("number", range(len(RIGHT)))
def test_right_answers_in_any_style_pass(number):
    name, answer = RIGHT[number]
    verdict = EXERCISES[name][0](answer)
    assert verdict.passed and verdict.reason, verdict


@pytest.mark.parametrize("number", range(len(CASES)))
def test_every_mistake_gets_its_own_diagnosis(number):
    name, piece, answer = CASES[number]
    verdict = EXERCISES[name][0](answer)
    assert verdict.outcome == "not yet" and piece in verdict.reason, verdict
    diagnoses = [diagnosis for diagnosis in EXERCISES[name][1].mistakes if diagnosis in verdict.reason]
    assert diagnoses == [verdict.reason] or piece == "whole number"


@pytest.mark.parametrize("name", EXERCISES)
def test_every_diagnosis_has_a_learner_who_needs_it(name):
    judge, exercise = EXERCISES[name]
    given = {judge(answer).reason for _, answer in WRONG[name]}
    assert set(exercise.mistakes) <= given


@pytest.mark.parametrize("name", EXERCISES)
def test_no_mistake_looks_like_the_truth_or_like_another(name):
    exercise = EXERCISES[name][1]
    truth, mistakes = exercise._known
    assert not any(exercise._agree(wrong, truth) for _, wrong in mistakes)
    for (one, a), (other, b) in itertools.combinations(mistakes, 2):
        assert one == other or not exercise._agree(a, b), f"{one!r} and {other!r}"


@pytest.mark.parametrize("name", EXERCISES)
def test_a_stub_is_not_tried_and_anything_else_gets_one_line(name):
    judge = EXERCISES[name][0]

    def stub(*arguments):
        raise NotImplementedError

    for untouched in (None, ..., stub):
        assert judge(untouched).outcome == "not tried yet"
    returning = [lambda *a, value=value: value for value in (None, "text", [], -1, np.zeros(3))]
    for strange in (3, "text", lambda *a: 1 / 0, lambda: 1, *returning):
        verdict = judge(strange)
        assert verdict.outcome == "not yet" and verdict.reason and "\n" not in repr(verdict)


# --- models that are wrong in no known way


def test_an_encoder_wrong_in_no_known_way_is_told_the_first_layer_that_differs():
    def build_encoder(input_shape, widths, latent_dim):
        picture = x = keras.Input(input_shape)
        for width in widths:
            x = layers.Conv2D(width + 1, 3, strides=2, padding="same", activation="relu")(x)
        return keras.Model(picture, layers.Dense(latent_dim)(layers.Flatten()(x)))

    verdict = checks.encoder(build_encoder)
    assert "layer 1 of build_encoder is a convolution giving 14×14×9 with 90 parameters, relu" in verdict.reason
    assert "expected a convolution giving 14×14×8 with 80 parameters, relu" in verdict.reason


def test_an_upsampling_is_spelt_with_an():
    def build_decoder(output_shape, widths, latent_dim):
        code = keras.Input((latent_dim,))
        rows, columns = (side // 2 ** len(widths) for side in output_shape[:2])
        x = layers.Dense(rows * columns * widths[-1], activation="relu")(code)
        x = layers.Reshape((rows, columns, widths[-1]))(x)
        x = layers.Conv2D(9, 3, padding="same")(x)
        return keras.Model(code, layers.Conv2D(output_shape[2], 3, padding="same")(layers.UpSampling2D(4)(x)))

    reason = checks.decoder(lambda shape, widths, n: build_decoder((28, 28, 1), (8, 12), 5)).reason
    assert "layer 2 of build_decoder is a convolution" in reason and "expected an upsampling giving 14×14×12" in reason


def test_a_layer_too_many_is_counted():
    def build_decoder(output_shape, widths, latent_dim):
        inner = decoder_with()(output_shape, widths, latent_dim)
        x = layers.AveragePooling2D(1)(inner.output)
        return keras.Model(inner.input, x)

    assert "6 layers with something to do, expected 6" not in checks.decoder(build_decoder).reason
    assert "7 layers with something to do, expected 6" in checks.decoder(build_decoder).reason


def test_the_wrong_half_is_told_by_its_shape():
    assert "build_decoder takes 28×28×1, expected 5" in checks.decoder(encoder_with()).reason
    assert "build_encoder takes 5, expected 28×28×1" in checks.encoder(decoder_with()).reason


def test_a_model_that_does_not_know_its_shapes_is_told_to_start_with_an_input():
    verdict = checks.encoder(lambda shape, widths, latent: keras.Sequential([layers.Flatten(), layers.Dense(latent)]))
    assert "start with keras.Input" in verdict.reason


def test_an_error_is_found_in_the_line_of_the_reader():
    def build_encoder(input_shape, widths, latent_dim):
        picture = keras.Input(input_shape)
        return keras.Model(picture, layers.Dens(latent_dim)(picture))

    line = build_encoder.__code__.co_firstlineno + 2
    assert f"stopped in line {line} with AttributeError" in checks.encoder(build_encoder).reason


def test_the_quiz_has_four_questions_with_answers_spread_over_the_letters():
    letters = [letter for letter, _ in ANSWERS["03"].values()]
    assert len(letters) == 4 and set(letters) == {"a", "b", "c"}
    answers = {question: letter for question, (letter, _) in ANSWERS["03"].items()}
    assert checks.quiz("03", **answers).passed
    for question in answers:
        assert not checks.quiz("03", **answers | {question: "d"}).passed


def test_parameters_may_be_numpy_ints():
    assert checks.dense_parameters(lambda i, o: np.int64((i + 1) * o)).passed
