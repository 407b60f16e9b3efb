"""The differentiation engine: against central differences in float64, TensorFlow in float32, loops and Keras.

The central differences are written once more here; `gradcheck` itself is tested by what it says of known gradients.
"""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aelearn import autodiff as ad
from aelearn import losses, runtime  # noqa: F401  runtime first, so that the backend starts quietly

import keras  # isort: skip
import tensorflow as tf  # isort: skip

few = settings(max_examples=25)
seeds = st.integers(0, 10**6)
shapes = st.lists(st.integers(1, 4), max_size=4).map(tuple)


def arrays(seed, *shapes, kind=np.float64):
    """Random arrays away from 0, where relu, abs and division have no slope."""
    random = np.random.default_rng(seed)
    found = [random.uniform(0.2, 1.7, shape) * random.choice([-1, 1], shape) for shape in shapes]
    return [np.asarray(array, kind) for array in found]


def central_differences(function, inputs, epsilon=1e-5):
    """∂(weighted sum of outputs)/∂input, entry by entry, and the weights; knows nothing of the backward pass."""
    weights = np.random.default_rng(5).normal(size=function(*map(ad.Tensor, inputs)).shape)

    def total(*changed):
        return function(*map(ad.Tensor, changed)).data * weights

    slopes = []
    for number, array in enumerate(inputs):
        slope = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            pair = []
            for step in (epsilon, -epsilon):
                changed = [other.copy() for other in inputs]
                changed[number][index] += step
                pair.append(total(*changed))
            slope[index] = (pair[0] - pair[1]).sum() / (2 * epsilon)
        slopes.append(slope)
    return slopes, weights


def gradients(function, inputs, weights=1.0):
    tensors = [ad.Tensor(array) for array in inputs]
    (function(*tensors) * weights).sum().backward()
    return [np.zeros(t.shape) if t.grad is None else t.grad for t in tensors]


def assert_slopes(function, *inputs):
    """The gradients of a function are its central differences, to 1e-7."""
    slopes, weights = central_differences(function, inputs)
    for gradient, slope in zip(gradients(function, inputs, weights), slopes):
        assert gradient.shape == slope.shape
        assert np.abs(gradient - slope).max(initial=0) <= 1e-7 * max(1, np.abs(slope).max(initial=0))


def assert_as_tensorflow(ours, theirs, *inputs):
    """Value and gradients in float32 are TensorFlow's, to 1e-5, and stay float32."""
    tensors = [ad.Tensor(array.astype(np.float32)) for array in inputs]
    variables = [tf.Variable(tensor.data) for tensor in tensors]
    with tf.GradientTape() as tape:
        expected = theirs(*variables)
        weights = np.random.default_rng(3).normal(size=expected.shape).astype(np.float32)
        total = tf.reduce_sum(expected * weights)
    result = ours(*tensors)
    (result * weights).sum().backward()
    close = {"rtol": 1e-5, "atol": 1e-5}
    assert {node.dtype for node in ad.trace(result)} == {np.dtype(np.float32)}
    np.testing.assert_allclose(result.data, expected.numpy(), **close)
    for tensor, gradient in zip(tensors, tape.gradient(total, variables)):
        assert tensor.grad.dtype == np.float32
        np.testing.assert_allclose(tensor.grad, gradient.numpy(), **close)


# --- operations on each value

UNARY = {
    "neg": (lambda x: -x, lambda x: -x),
    "abs": (abs, tf.abs),
    "exp": (ad.exp, tf.exp),
    "log": (lambda x: ad.log(abs(x)), lambda x: tf.math.log(tf.abs(x))),
    "relu": (ad.relu, tf.nn.relu),
    "sigmoid": (ad.sigmoid, tf.sigmoid),
    "tanh": (ad.tanh, tf.tanh),
    "square": (lambda x: x**2, lambda x: x**2),
    "cube": (lambda x: x**3, lambda x: x**3),
    "reciprocal": (lambda x: x**-1, lambda x: 1 / x),
    "root": (lambda x: abs(x) ** 0.5, lambda x: tf.sqrt(tf.abs(x))),
    "clip": (lambda x: ad.clip(x, -1.9, 0.1), lambda x: tf.clip_by_value(x, -1.9, 0.1)),
}
BINARY = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
}


@pytest.mark.parametrize("name", UNARY)
@given(seed=seeds, shape=shapes)
@few
def test_function_of_each_value_has_the_slope_of_central_differences(name, seed, shape):
    assert_slopes(UNARY[name][0], *arrays(seed, shape))


@pytest.mark.parametrize("name", UNARY)
def test_function_of_each_value_is_tensorflows(name):
    assert_as_tensorflow(*UNARY[name], *arrays(1, (3, 4, 2)))


@st.composite
def broadcast(draw):
    """Two shapes that NumPy repeats to a common one."""
    full = draw(shapes)
    return [tuple(draw(st.sampled_from([1, n])) for n in full[draw(st.integers(0, len(full))) :]) for _ in range(2)]


@pytest.mark.parametrize("name", BINARY)
@given(seed=seeds, pair=broadcast())
@few
def test_arithmetic_with_broadcasting_has_the_slope_of_central_differences(name, seed, pair):
    assert_slopes(BINARY[name], *arrays(seed, *pair))


@pytest.mark.parametrize("name", BINARY)
def test_arithmetic_is_tensorflows(name):
    for pair in [((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1, 4), (3, 1)), ((), (2, 2))]:
        assert_as_tensorflow(BINARY[name], BINARY[name], *arrays(2, *pair))


@pytest.mark.parametrize("other", [2, 2.5, np.float32(2), np.float64(2), np.array([2.0, -3.0]), [2, 3]], ids=repr)
@pytest.mark.parametrize("name", BINARY)
def test_numbers_and_arrays_stand_on_either_side_and_take_the_type_of_the_tensor(name, other):
    x = ad.Tensor(np.array([1.5, -2.5], np.float32))
    for ours, expected in ((BINARY[name](x, other), BINARY[name](x.data, np.asarray(other))),
                           (BINARY[name](other, x), BINARY[name](np.asarray(other), x.data))):
        assert isinstance(ours, ad.Tensor) and ours.dtype == np.float32
        np.testing.assert_allclose(ours.data, expected, rtol=1e-6)


def test_unbroadcast_is_a_loop_over_all_places_where_a_value_went():
    gradient = np.random.default_rng(0).normal(size=(4, 3, 2))
    expected = np.zeros((3, 1))
    for i, j, k in np.ndindex(gradient.shape):
        expected[j, 0] += gradient[i, j, k]
    np.testing.assert_allclose(ad.unbroadcast(gradient, (3, 1)), expected)
    assert ad.unbroadcast(gradient, (4, 3, 2)) is not None and ad.unbroadcast(gradient, ()).shape == ()


def test_sigmoid_of_large_numbers_is_0_or_1_without_a_warning():
    with np.errstate(all="raise"):
        for kind in (np.float32, np.float64):
            assert ad.sigmoid(ad.Tensor(np.array([-1e4, 1e4], kind))).data.tolist() == [0, 1]


def test_where_there_is_no_slope_relu_and_abs_say_0():
    for function in (ad.relu, abs):
        x = ad.Tensor([0.0])
        function(x).sum().backward()
        assert x.grad.tolist() == [0]


# --- operations that mix values


@given(seed=seeds, n=st.integers(1, 4), rows=st.integers(1, 3), columns=st.integers(1, 3), pair=broadcast())
@few
def test_matmul_has_the_slope_of_central_differences(seed, n, rows, columns, pair):
    left, right = (lead[-2:] for lead in pair)
    try:
        np.broadcast_shapes(left, right)
    except ValueError:
        assume(False)
    assert_slopes(ad.matmul, *arrays(seed, (*left, rows, n), (*right, n, columns)))


@given(seed=seeds, shape=shapes, keepdims=st.booleans(), data=st.data())
@few
def test_sum_and_mean_have_the_slope_of_central_differences(seed, shape, keepdims, data):
    every = st.integers(-len(shape), len(shape) - 1)
    some = st.lists(every, unique_by=lambda a: a % len(shape)).map(tuple)
    axis = data.draw(st.one_of(st.none(), every, some) if shape else st.none())
    for method in ("sum", "mean"):
        (x,) = arrays(seed, shape)
        assert_slopes(lambda t: getattr(t, method)(axis, keepdims), x)  # noqa: B023
        ours = getattr(ad.Tensor(x), method)(axis=axis, keepdims=keepdims)
        np.testing.assert_allclose(ours.data, getattr(x, method)(axis=axis, keepdims=keepdims))


@given(seed=seeds, shape=shapes, data=st.data())
@few
def test_reshape_and_transpose_have_the_slope_of_central_differences(seed, shape, data):
    (x,) = arrays(seed, shape)
    axes = data.draw(st.permutations(range(len(shape))))
    assert_slopes(lambda t: t.transpose(*axes), x)
    assert_slopes(lambda t: t.T, x)
    assert_slopes(lambda t: t.reshape(-1), x)
    assert_slopes(lambda t: t.reshape(tuple(reversed(shape))), x)
    np.testing.assert_array_equal(ad.Tensor(x).transpose(axes).data, x.transpose(axes))


MIXING = {
    "matmul": (lambda x, w: x @ w, tf.matmul, (3, 4), (4, 2)),
    "matmul of stacks": (lambda x, w: x @ w, tf.matmul, (2, 3, 4), (2, 4, 2)),
    "sum": (lambda x: x.sum(axis=1), lambda x: tf.reduce_sum(x, 1), (2, 3, 4)),
    "mean": (lambda x: x.mean(axis=(0, 2)), lambda x: tf.reduce_mean(x, (0, 2)), (2, 3, 4)),
    "mean of all": (lambda x: x.mean(), tf.reduce_mean, (2, 3, 4)),
    "reshape": (lambda x: x.reshape(4, 6), lambda x: tf.reshape(x, (4, 6)), (2, 3, 4)),
    "transpose": (lambda x: x.transpose(1, 2, 0), lambda x: tf.transpose(x, (1, 2, 0)), (2, 3, 4)),
    "upsample": (ad.upsample, keras.layers.UpSampling2D(2), (2, 3, 2, 4)),
}


@pytest.mark.parametrize("name", MIXING)
def test_mixing_operation_is_tensorflows(name):
    ours, theirs, *sizes = MIXING[name]
    assert_as_tensorflow(ours, theirs, *arrays(4, *sizes))


# --- convolution

sizes = st.integers(1, 4)
geometry = st.tuples(st.integers(1, 3), st.integers(0, 2), sizes, sizes, st.integers(1, 6), st.integers(1, 6))
channels = st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(1, 3))


def convolution_by_loops(x, kernel, stride, padding):
    """The sum of the docstring, index by index."""
    batch, height, width, _ = x.shape
    rows, columns, num_in, num_out = kernel.shape
    shape = [(n + 2 * padding - k) // stride + 1 for n, k in ((height, rows), (width, columns))]
    y = np.zeros((batch, *shape, num_out))
    for b, i, j, o, r, c, k in np.ndindex(*y.shape, rows, columns, num_in):
        row, column = stride * i + r - padding, stride * j + c - padding
        if 0 <= row < height and 0 <= column < width:
            y[b, i, j, o] += x[b, row, column, k] * kernel[r, c, k, o]
    return y


def transposed_by_loops(x, kernel, stride, padding):
    batch, height, width, num_in = x.shape
    rows, columns, num_out, _ = kernel.shape
    y = np.zeros((batch, *(stride * (n - 1) + k - 2 * padding for n, k in ((height, rows), (width, columns))), num_out))
    for b, i, j, k, r, c, o in np.ndindex(*x.shape, rows, columns, num_out):
        row, column = stride * i + r - padding, stride * j + c - padding
        if 0 <= row < y.shape[1] and 0 <= column < y.shape[2]:
            y[b, row, column, o] += x[b, i, j, k] * kernel[r, c, o, k]
    return y


def fits(stride, padding, rows, columns, height, width):
    return height + 2 * padding >= rows and width + 2 * padding >= columns


def leaves_some(stride, padding, rows, columns, height, width):
    return stride * (height - 1) + rows > 2 * padding and stride * (width - 1) + columns > 2 * padding


@given(seed=seeds, geometry=geometry, channels=channels)
@few
def test_conv2d_is_a_loop_over_positions_with_the_slope_of_central_differences(seed, geometry, channels):
    assume(fits(*geometry))
    (stride, padding, rows, columns, height, width), (batch, num_in, num_out) = geometry, channels
    x, kernel = arrays(seed, (batch, height, width, num_in), (rows, columns, num_in, num_out))
    np.testing.assert_allclose(ad.conv2d(x, kernel, stride, padding).data,
                               convolution_by_loops(x, kernel, stride, padding), atol=1e-12)
    assert_slopes(lambda a, b: ad.conv2d(a, b, stride, padding), x, kernel)


@given(seed=seeds, geometry=geometry, channels=channels)
@few
def test_conv2d_transpose_is_a_loop_over_positions_with_the_slope_of_central_differences(seed, geometry, channels):
    assume(leaves_some(*geometry))
    (stride, padding, rows, columns, height, width), (batch, num_in, num_out) = geometry, channels
    x, kernel = arrays(seed, (batch, height, width, num_in), (rows, columns, num_out, num_in))
    np.testing.assert_allclose(ad.conv2d_transpose(x, kernel, stride, padding).data,
                               transposed_by_loops(x, kernel, stride, padding), atol=1e-12)
    assert_slopes(lambda a, b: ad.conv2d_transpose(a, b, stride, padding), x, kernel)


@given(seed=seeds, geometry=geometry, channels=channels)
@few
def test_conv2d_transpose_is_the_adjoint_of_conv2d_with_the_same_kernel(seed, geometry, channels):
    assume(leaves_some(*geometry))
    (stride, padding, rows, columns, height, width), (batch, num_in, num_out) = geometry, channels
    v, kernel = arrays(seed, (batch, height, width, num_in), (rows, columns, num_out, num_in))
    back = ad.conv2d_transpose(v, kernel, stride, padding).data
    (u,) = arrays(seed + 1, back.shape)
    there = ad.conv2d(u, kernel, stride, padding).data
    assert there.shape == v.shape
    assert np.vdot(there, v) == pytest.approx(np.vdot(u, back), abs=1e-10)


@given(seed=seeds, shape=st.tuples(*4 * [st.integers(1, 3)]))
@few
def test_upsample_repeats_every_pixel_and_has_the_slope_of_central_differences(seed, shape):
    (x,) = arrays(seed, shape)
    np.testing.assert_array_equal(ad.upsample(ad.Tensor(x)).data, np.kron(x, np.ones((1, 2, 2, 1))))
    assert_slopes(ad.upsample, x)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [(1, 1), (3, 3), (2, 4)])
@pytest.mark.parametrize("padding", [0, 1])
def test_conv2d_is_kerass(stride, size, padding):
    def theirs(x, kernel):
        x = tf.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
        return keras.ops.conv(x, kernel, strides=stride, padding="valid")

    assert_as_tensorflow(lambda x, k: ad.conv2d(x, k, stride, padding), theirs, *arrays(6, (2, 7, 5, 3), (*size, 3, 4)))


# No kernel smaller than the stride: there Keras adds rows of zeros at the end.
@pytest.mark.parametrize("stride, size", [(1, (1, 1)), (1, (3, 2)), (2, (2, 4)), (2, (3, 3)), (3, (3, 4))])
def test_conv2d_transpose_is_kerass(stride, size):
    assert_as_tensorflow(lambda x, k: ad.conv2d_transpose(x, k, stride),
                         lambda x, k: keras.ops.conv_transpose(x, k, strides=stride, padding="valid"),
                         *arrays(7, (2, 4, 3, 3), (*size, 4, 3)))


def test_conv2d_transpose_with_padding_is_the_inner_part_of_it_without():
    x, kernel = arrays(8, (2, 4, 3, 3), (3, 3, 2, 3))
    whole = ad.conv2d_transpose(x, kernel, stride=2).data
    np.testing.assert_allclose(ad.conv2d_transpose(x, kernel, stride=2, padding=1).data, whole[:, 1:-1, 1:-1])


# --- the engine


def test_gradients_of_all_uses_add_up():
    x = ad.Tensor(3.0)
    (x * x + 5 * x).backward()
    assert x.grad == 11
    x = ad.Tensor([1.0, 2.0])
    y = x * 2
    (y.sum() + (y * y).sum()).backward()
    assert y.grad.tolist() == [5, 9] and x.grad.tolist() == [10, 18]


def test_gradients_of_leaves_add_up_over_calls_and_those_in_between_do_not():
    x = ad.Tensor(3.0)
    y = x * x
    for times in (1, 2, 3):
        (y * 2).backward()
        assert (x.grad, y.grad) == (12 * times, 2)
    optimizer = ad.SGD([x], learning_rate=0.1)
    optimizer.zero_grad()
    assert x.grad is None


def test_two_losses_of_one_graph_give_the_leaves_the_gradient_of_their_sum():
    def both(w):
        code = (ad.Tensor([[1.0, -2.0]], constant=True) @ w).tanh()
        return (code**2).sum(), abs(code).sum()

    values = [[0.3, 0.1], [0.2, -0.5]]
    together, apart = ad.Tensor(values), ad.Tensor(values)
    first, second = both(together)
    (first + second).backward()
    for loss in both(apart):
        loss.backward()
    np.testing.assert_allclose(apart.grad, together.grad, rtol=1e-12)
    shared = ad.Tensor(values)
    for loss in both(shared):
        loss.backward()
    np.testing.assert_allclose(shared.grad, together.grad, rtol=1e-12)


def test_trace_lists_every_node_once_and_after_its_parents():
    x, w = ad.Tensor([[1.0, 2.0]]), ad.Tensor([[1.0], [2.0]])
    y = x @ w
    nodes = ad.trace((y * y + y).sum() + abs(w).sum())
    assert len({id(node) for node in nodes}) == len(nodes) == 9
    for place, node in enumerate(nodes):
        assert all(any(parent is earlier for earlier in nodes[:place]) for parent in node.parents)
    assert nodes[-1].operation == "+"


def test_a_graph_may_be_longer_than_pythons_stack():
    x = ad.Tensor(1.0)
    y = x
    for _ in range(3 * sys.getrecursionlimit()):
        y = y + 0.0
    y.backward()
    assert x.grad == 1


def test_gradients_of_leaves_share_no_memory_with_anything():
    x, y = ad.Tensor([1.0, 2.0]), ad.Tensor([3.0, 4.0])
    total = x + y
    total.sum().backward()
    x.grad[:] = 100
    assert y.grad.tolist() == total.grad.tolist() == [1, 1]
    row = x.reshape(1, 2)
    (row * 3).sum().backward()
    x.grad[:] = 100
    assert row.grad.tolist() == [[3, 3]]


def test_a_tensor_copies_the_array_it_is_made_from():
    array = np.array([1.0])
    x = ad.Tensor(array)
    x.data += 1
    array[0] = 7
    assert x.data.tolist() == [2]


def test_constants_get_no_gradient_and_what_is_made_of_them_alone_is_one():
    x = ad.Tensor([1.0], constant=True)
    w = ad.Tensor([2.0])
    loss = (x * w * 3.0).sum()
    loss.backward()
    assert x.grad is None and w.grad.tolist() == [3]
    assert (x * 2).constant and not loss.constant
    called = []
    ad.operation("product", x.data * w.data, (x, called.append), (w, lambda grad: grad * x.data)).sum().backward()
    assert called == []


@pytest.mark.parametrize("kind, expected", [("float32", "float32"), ("float64", "float64"), ("int64", "float64"),
                                            ("uint8", "float64"), ("bool", "float64"), ("float16", "float64")])
def test_float32_and_float64_are_kept_and_all_else_becomes_float64(kind, expected):
    assert ad.Tensor(np.ones(2, kind)).dtype == expected
    assert ad.as_tensor(np.ones(2, kind)).dtype == expected


def test_what_a_tensor_says_of_itself():
    x = ad.Tensor([1.0, 2.0], name="x")
    assert repr(x) == "Tensor([1., 2.], name='x')"
    assert repr(ad.Tensor(np.zeros((3, 4)))) == "Tensor(shape=(3, 4))"
    assert (x.operation, x.parents, x.grad, (x * 2).operation) == ("", (), None, "*")
    assert float(ad.Tensor(2)) == 2


def test_an_operation_of_ones_own_takes_part():
    x = ad.Tensor([1.0, -3.0])
    cube = ad.operation("cube", x.data**3, (x, lambda grad: 3 * x.data**2 * grad))
    (cube * 2).sum().backward()
    assert (cube.operation, cube.parents) == ("cube", (x,))
    assert x.grad.tolist() == [6, 54]


def test_nan_flows():
    x = ad.Tensor([np.nan, 1.0])
    loss = ad.relu(x * 2).sum()
    loss.backward()
    assert math.isnan(loss.item()) and x.grad[1] == 2


def test_the_engine_needs_numpy_alone():
    others = ("keras", "tensorflow", "scipy", "matplotlib")
    code = f"import sys; from aelearn import autodiff; print([m for m in {others} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


# --- losses and penalties

ERRORS = ["mean_squared_error", "mean_absolute_error", "binary_cross_entropy"]


def pictures(seed, kind=np.float64):
    random = np.random.default_rng(seed)
    return random.uniform(0.01, 0.99, (2, 2, 3, 4, 1)).astype(kind)


@pytest.mark.parametrize("name", ERRORS)
@given(seed=seeds)
@few
def test_reconstruction_error_is_that_of_aelearn_losses(name, seed):
    target, prediction = pictures(seed, np.float32)
    ours = getattr(ad, name)(target, ad.Tensor(prediction))
    assert ours.shape == () and ours.dtype == np.float32
    assert ours.item() == pytest.approx(float(getattr(losses, name)(target, prediction)), rel=1e-5)


@pytest.mark.parametrize("name", ERRORS)
def test_gradient_of_reconstruction_error_is_that_of_aelearn_losses(name):
    target, prediction = pictures(0, np.float32)
    assert_as_tensorflow(lambda p: getattr(ad, name)(target, p), lambda p: getattr(losses, name)(target, p), prediction)
    assert_slopes(getattr(ad, name), *pictures(1))


def test_binary_cross_entropy_of_certain_and_wrong_predictions_is_finite_and_that_of_aelearn_losses():
    for kind in (np.float32, np.float64):
        target, prediction = np.array([0, 1, 0, 1], kind), np.array([0, 1, 1, 0], kind)
        ours = ad.binary_cross_entropy(target, ad.Tensor(prediction)).item()
        assert np.isfinite(ours)
        if kind == np.float32:
            assert ours == pytest.approx(float(losses.binary_cross_entropy(target, prediction)), rel=1e-5)


def test_reconstruction_errors_are_means_over_all_values():
    target, prediction = pictures(2)
    values = list(zip(target.flat, prediction.flat))
    expected = {
        "mean_squared_error": sum((x - y) ** 2 for x, y in values),
        "mean_absolute_error": sum(abs(x - y) for x, y in values),
        "binary_cross_entropy": -sum(x * math.log(y) + (1 - x) * math.log(1 - y) for x, y in values),
    }
    for name in ERRORS:
        assert getattr(ad, name)(target, prediction).item() == pytest.approx(expected[name] / len(values))


@pytest.mark.parametrize("name", ["l1_penalty", "l2_penalty"])
def test_penalties_are_sums_over_all_entries_as_in_aelearn_losses(name):
    kernels = arrays(3, (3, 4), (2, 2, 1, 3))
    power = {"l1_penalty": 1, "l2_penalty": 2}[name]
    expected = sum(abs(value) ** power for kernel in kernels for value in kernel.flat)
    assert getattr(ad, name)(*kernels).item() == pytest.approx(expected)
    assert float(getattr(losses, name)(kernels)) == pytest.approx(expected, rel=1e-5)
    assert_slopes(getattr(ad, name), *kernels)


# --- layers and optimisers


def autoencoder():
    return ad.Chain(ad.Conv2D(1, 3, stride=2, seed=0, activation="relu"), ad.upsample,
                    ad.Conv2D(3, 1, seed=1, activation="sigmoid"))


def test_layers_are_the_formulas_they_say():
    x, = arrays(0, (5, 3), kind=np.float32)
    dense = ad.Dense(3, 2, seed=0, activation="tanh")
    dense.bias.data += 0.5
    np.testing.assert_allclose(dense(x).data, np.tanh(x @ dense.kernel.data + 0.5), rtol=1e-5)
    x, = arrays(0, (2, 5, 4, 3), kind=np.float32)
    conv = ad.Conv2D(3, 2, size=2, stride=2, padding=1, seed=0, activation="relu")
    conv.bias.data -= 0.5
    expected = np.maximum(convolution_by_loops(x, conv.kernel.data, 2, 1) - 0.5, 0)
    np.testing.assert_allclose(conv(x).data, expected, atol=1e-5)


def test_layers_own_named_float32_parameters_that_depend_on_the_seed_alone():
    for layer in (ad.Dense, ad.Conv2D):
        first, again, other = (layer(3, 2, seed=seed, name="code") for seed in (0, 0, 1))
        assert [w.name for w in first.parameters] == ["code/kernel", "code/bias"]
        assert {w.dtype for w in first.parameters} == {np.dtype("float32")}
        np.testing.assert_array_equal(first.kernel.data, again.kernel.data)
        assert not np.array_equal(first.kernel.data, other.kernel.data)
        assert not first.bias.data.any()


def test_first_kernels_are_spread_as_keras_spreads_them():
    for layer, shape in ((ad.Dense(200, 100, seed=0), (200, 100)), (ad.Conv2D(20, 30, size=5, seed=0), (5, 5, 20, 30))):
        theirs = np.asarray(keras.initializers.GlorotUniform(seed=0)(shape))
        assert layer.kernel.shape == shape
        assert np.abs(layer.kernel.data).max() == pytest.approx(np.abs(theirs).max(), rel=0.01)
        assert layer.kernel.data.std() == pytest.approx(theirs.std(), rel=0.03)


def test_a_chain_trains_a_convolutional_autoencoder_in_float32():
    network = autoencoder()
    optimizer = ad.Adam(network.parameters, learning_rate=0.01)
    x = np.random.default_rng(0).random((4, 8, 8, 1)).astype(np.float32).repeat(4, 0).reshape(16, 8, 8, 1)
    x = np.sort(x, axis=1)  # shaded from top to bottom: something to learn
    errors = []
    for _ in range(60):
        loss = ad.mean_squared_error(x, network(x))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        errors.append(loss.item())
    assert errors[-1] < 0.5 * errors[0]
    assert {w.dtype for w in network.parameters} | {w.grad.dtype for w in network.parameters} == {np.dtype("float32")}


def test_the_gradient_of_a_whole_autoencoder_with_penalty_is_tensorflows():
    network, strength = autoencoder(), 0.01
    x = np.random.default_rng(1).random((2, 6, 8, 1)).astype(np.float32)
    kernels = [w for w in network.parameters if w.data.ndim == 4]
    (ad.mean_squared_error(x, network(x)) + strength * ad.l2_penalty(*kernels)).backward()
    variables = [tf.Variable(w.data) for w in network.parameters]
    with tf.GradientTape() as tape:
        k1, b1, k2, b2 = variables
        y = tf.nn.relu(tf.nn.conv2d(tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), k1, 2, "VALID") + b1)
        y = tf.sigmoid(tf.nn.conv2d(tf.repeat(tf.repeat(y, 2, 1), 2, 2), k2, 1, "SAME") + b2)
        loss = tf.reduce_mean((x - y) ** 2) + strength * (tf.reduce_sum(k1**2) + tf.reduce_sum(k2**2))
    for w, gradient in zip(network.parameters, tape.gradient(loss, variables)):
        np.testing.assert_allclose(w.grad, gradient.numpy(), atol=1e-5)


OPTIMIZERS = {
    "sgd": (lambda w: ad.SGD(w, learning_rate=0.1), lambda: keras.optimizers.SGD(0.1)),
    "momentum": (lambda w: ad.SGD(w, learning_rate=0.1, momentum=0.9), lambda: keras.optimizers.SGD(0.1, momentum=0.9)),
    "adam": (lambda w: ad.Adam(w, learning_rate=0.1), lambda: keras.optimizers.Adam(0.1)),
    "adam, other betas": (lambda w: ad.Adam(w, learning_rate=0.1, beta_1=0.5, beta_2=0.9),
                          lambda: keras.optimizers.Adam(0.1, beta_1=0.5, beta_2=0.9)),
}


def test_a_layer_that_is_used_twice_has_its_parameters_once():
    layer = ad.Dense(3, 3, seed=0)
    network = ad.Chain(layer, ad.relu, layer)
    assert [w.name for w in network.parameters] == ["dense/kernel", "dense/bias"]
    ad.SGD(network.parameters, learning_rate=0.1)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer_takes_the_steps_of_keras(name):
    make, make_theirs = OPTIMIZERS[name]
    start, *slopes = arrays(0, *8 * [(3, 2)], kind=np.float32)
    w, variable = ad.Tensor(start), keras.Variable(start)
    ours, theirs = make([w]), make_theirs()
    theirs.build([variable])
    for slope in slopes:
        w.grad = slope
        ours.step()
        theirs.apply([keras.ops.convert_to_tensor(slope)])
        np.testing.assert_allclose(w.data, np.asarray(variable), rtol=1e-5, atol=1e-5)
    assert w.dtype == np.float32


def test_scalars_stay_arrays_that_can_be_nudged_in_place():
    x = ad.Tensor(3.0)
    for optimizer in (ad.SGD([x], learning_rate=0.1), ad.Adam([x])):
        (x * x + x).backward()
        assert isinstance(x.grad, np.ndarray) and x.grad.shape == ()
        optimizer.step()
        x.data[()] += 0.5
        x.grad[()] = 0


def test_optimizers_leave_alone_what_has_no_gradient():
    w, unused = ad.Tensor([1.0]), ad.Tensor([1.0])
    for optimizer in (ad.SGD([w, unused], learning_rate=0.1), ad.Adam([w, unused])):
        (w * 2).sum().backward()
        optimizer.step()
        assert unused.data.tolist() == [1] and w.data.tolist() != [1]


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_cross_entropy_of_black_and_of_white_cost_the_same_in_every_precision(kind):
    ones, zeros = np.ones(4, kind), np.zeros(4, kind)
    for target, prediction in ((zeros, ones), (ones, zeros)):
        found = ad.binary_cross_entropy(target, ad.Tensor(prediction))
        assert found.item() == pytest.approx(-math.log(1e-7), rel=1e-6) and found.dtype == kind


def test_a_gradient_is_that_of_the_forward_pass_also_after_a_step():
    w = ad.Tensor([3.0])
    square, cube = (w * w).sum(), (w * w * w).sum()
    square.backward()
    optimizer = ad.SGD([w], learning_rate=0.1)
    optimizer.step()
    optimizer.zero_grad()
    cube.backward()
    assert w.grad.tolist() == [27]


BOUND = {
    "*": lambda w: w * w, "/": lambda w: (1 / w) / w, "**": lambda w: w**3, "abs": lambda w: (w - 2.5).abs(),
    "exp": ad.exp, "log": ad.log, "relu": lambda w: (w - 2.5).relu(), "sigmoid": ad.sigmoid, "tanh": ad.tanh,
    "clip": lambda w: ad.clip(w, 0, 2.5), "@": lambda w: w.reshape(2, 2) @ w.reshape(2, 2).T,
    "conv2d": lambda w: ad.conv2d(w.reshape(1, 2, 2, 1), w.reshape(2, 2, 1, 1), padding=1),
    "conv2d_transpose": lambda w: ad.conv2d_transpose(w.reshape(1, 2, 2, 1), w.reshape(2, 2, 1, 1)),
}


@pytest.mark.parametrize("name", BOUND)
def test_every_operation_remembers_what_it_went_forward_with(name):
    at_once, later = ad.Tensor([1.0, 2.0, 3.0, 4.0]), ad.Tensor([1.0, 2.0, 3.0, 4.0])
    BOUND[name](at_once).sum().backward()
    loss = BOUND[name](later).sum()
    for node in ad.trace(loss):
        node.data = node.data - 7.5  # as an optimiser does: a new array
    loss.backward()
    np.testing.assert_array_equal(later.grad, at_once.grad)


def test_what_does_not_depend_on_a_value_has_no_slope_at_zero_either():
    x = ad.Tensor([0.0, 2.0])
    (x**0).sum().backward()
    assert x.grad.tolist() == [0, 0]


# --- gradcheck


def wrong(x, factor=0.5, at=...):
    """x², whose gradient is wrong by a factor, everywhere or at one place."""
    def vjp(grad):
        slope = np.array(2 * x.data * grad)
        slope[at] *= factor
        return slope
    return ad.operation("square", x.data**2, (x, vjp))


def test_gradcheck_passes_what_is_right_and_is_true():
    check = ad.gradcheck(lambda x, w: (x @ w).tanh(), *arrays(0, (3, 2), (2, 4)))
    assert check and check.passed and check.error < 1e-8
    assert repr(check).startswith("✓ largest relative error ")


def test_gradcheck_is_not_misled_by_results_that_share_memory_with_their_input():
    (x,) = arrays(0, (3, 4))
    assert ad.gradcheck(lambda t: t.T, x) and ad.gradcheck(lambda t: t.reshape(2, 6), x)


def test_gradcheck_names_the_worst_entry_of_the_worst_input():
    x, w = ad.Tensor(np.ones((2, 2)), name="x"), ad.Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], name="w")
    check = ad.gradcheck(lambda x, w: x.sum() + wrong(w, 0.5, (2, 0)).sum(), x, w)
    assert not check
    assert (check.input, check.index) == ("w", (2, 0))
    assert (check.analytic, check.error) == (pytest.approx(5), pytest.approx(0.5, abs=1e-6))
    assert check.numeric == pytest.approx(10, abs=1e-6)
    assert repr(check) == "✗ gradient of w[2, 0]: analytic 5.0000, numeric 10.0000, relative error 0.5"


def test_gradcheck_numbers_inputs_without_a_name_and_writes_scalars_without_index():
    assert ad.gradcheck(lambda a, b: a * wrong(b), 1.0, 2.0).input == "input 1"
    assert repr(ad.gradcheck(wrong, ad.Tensor(3.0, name="x"))).startswith("✗ gradient of x: analytic 3.0000")


@pytest.mark.parametrize("analytic, numeric, expected", [(0.0, 0.01, 0.01), (3.0, 2.0, 1 / 3), (-8.0, 2.0, 10 / 8)])
def test_relative_error_is_the_difference_over_the_largest_of_1_and_both(analytic, numeric, expected):
    check = ad.gradcheck(lambda x: ad.operation("f", numeric * x.data, (x, lambda grad: analytic * grad)), 1.0)
    assert check.error == pytest.approx(expected, rel=1e-6)


def test_gradcheck_sees_errors_that_cancel_in_a_plain_sum():
    def turned(x):  # gives every entry the gradient of its neighbour
        return ad.operation("turned", 3 * x.data, (x, lambda grad: 3 * np.roll(grad, 1)))

    assert not ad.gradcheck(turned, np.ones(4))


def test_gradcheck_sees_what_was_taken_out_of_the_graph():
    check = ad.gradcheck(lambda x: x + ad.Tensor(x.data**2), np.array([2.0]))
    assert (check.analytic, check.numeric) == (1, pytest.approx(5))
    assert not ad.gradcheck(lambda x: ad.Tensor(x.data**2), np.array([2.0]))
    assert not ad.gradcheck(lambda x: ad.Tensor(x.data**2, constant=True), np.array([2.0]))


def test_gradcheck_works_in_float64_and_leaves_its_inputs_alone():
    array = np.array([1.0, 2.0], np.float32)
    tensor = ad.Tensor(array, name="x")
    kinds = set()
    assert ad.gradcheck(lambda a, b: kinds.update({a.dtype, b.dtype}) or (a * b).sum(), array, tensor)
    assert kinds == {np.dtype("float64")}
    assert tensor.grad is None and tensor.data.tolist() == array.tolist() == [1, 2]


def test_gradcheck_says_of_a_gradient_of_the_wrong_shape_what_it_should_be():
    def no_sum(x, b):
        return ad.operation("add bias", x.data + b.data, (x, lambda grad: grad), (b, lambda grad: grad))

    check = ad.gradcheck(no_sum, ad.Tensor(np.ones((4, 3)), name="x"), ad.Tensor(np.ones(3), name="b"))
    assert not check and check.error == np.inf
    assert repr(check) == ("✗ add bias sends a gradient of shape (4, 3) back to b of shape (3,): "
                           "the two shapes must be equal")


def test_gradcheck_fails_where_a_value_is_not_finite():
    with np.errstate(all="ignore"):
        assert ad.gradcheck(ad.log, np.array([1.0, 0.0])).error == np.inf


# --- what is said of bad input

TWO = np.ones((2, 2))
REFUSED = {
    "text": (lambda: ad.Tensor("abc"), r"data must be real numbers; received .*U3 data"),
    "complex": (lambda: ad.Tensor([1j]), r"data must be real numbers; received complex128 data"),
    "nothing": (lambda: ad.Tensor(None), r"data must be real numbers; received None"),
    "ragged": (lambda: ad.Tensor([[1], [1, 2]]), r"data must be an array of numbers; received what NumPy refuses"),
    "a tensor in a tensor": (lambda: ad.Tensor(ad.Tensor(1.0)), r"received a Tensor: take its \.data"),
    "text added": (lambda: ad.Tensor(1.0) + "a", r"data must be real numbers; received"),
    "broadcasting": (lambda: ad.Tensor(np.ones(3)) + np.ones(4), r"\+ of shapes \(3,\) and \(4,\): .*must be equal"),
    "dividing": (lambda: ad.Tensor(np.ones((2, 3))) / np.ones((3, 2)), r"/ of shapes \(2, 3\) and \(3, 2\)"),
    "exponent": (lambda: ad.Tensor(1.0) ** ad.Tensor(2.0), r"exponent must be a number; received Tensor"),
    "matmul": (lambda: ad.Tensor(np.ones((3, 4))) @ np.ones((5, 2)),
               r"matmul of shapes \(3, 4\) and \(5, 2\): the 4 columns of the left must be the 5 rows of the right"),
    "matmul of a vector": (lambda: ad.Tensor(np.ones(4)) @ np.ones((4, 2)),
                           r"matmul of shapes \(4,\) and \(4, 2\): both need rows and columns"),
    "matmul of stacks": (lambda: ad.matmul(np.ones((2, 1, 1)), np.ones((3, 1, 1))),
                         r"matmul of shapes \(2, 1, 1\) and \(3, 1, 1\): the axes before the last two differ"),
    "axis": (lambda: ad.Tensor(TWO).sum(axis=2), r"sum of shape \(2, 2\): there is no axis 2"),
    "axis twice": (lambda: ad.Tensor(TWO).mean(axis=(0, 0)), r"mean of shape \(2, 2\): there is no axis \(0, 0\)"),
    "empty mean": (lambda: ad.Tensor(np.ones((0, 2))).mean(), r"mean of shape \(0, 2\): there is nothing to average"),
    "reshape": (lambda: ad.Tensor(np.ones(6)).reshape(4, -1),
                r"reshape of \(6,\) to \(4, -1\): the 6 values do not fit"),
    "reshape to text": (lambda: ad.Tensor(np.ones(6)).reshape("6"), r"reshape of \(6,\) to "),
    "transpose": (lambda: ad.Tensor(TWO).transpose(0, 2), r"transpose of shape \(2, 2\): axes must name .*\(0, 2\)"),
    "conv of a matrix": (lambda: ad.conv2d(TWO, np.ones((1, 1, 1, 1))), r"conv2d: x must be \(batch, .*\(2, 2\)"),
    "conv with a matrix": (lambda: ad.conv2d(np.ones((1, 2, 2, 1)), TWO),
                           r"conv2d: kernel must be \(rows, columns, in"),
    "conv, empty": (lambda: ad.conv2d(np.ones((0, 2, 2, 1)), np.ones((1, 1, 1, 1))), r"none of them 0; received \(0, "),
    "conv channels": (lambda: ad.conv2d(np.ones((1, 4, 4, 3)), np.ones((3, 3, 2, 8))),
                      r"conv2d of x \(1, 4, 4, 3\) and kernel \(3, 3, 2, 8\): the 3 channels of x must be the 2 "),
    "large kernel": (lambda: ad.conv2d(np.ones((1, 2, 4, 1)), np.ones((5, 3, 1, 1)), padding=1),
                     r"kernel \(5, 3, 1, 1\): the kernel is larger than the picture of 4 × 6 pixels, padding included"),
    "stride": (lambda: ad.conv2d(np.ones((1, 2, 2, 1)), np.ones((1, 1, 1, 1)), stride=0),
               r"conv2d: stride must be an int of at least 1; received 0"),
    "stride, half": (lambda: ad.conv2d(np.ones((1, 2, 2, 1)), np.ones((1, 1, 1, 1)), stride=0.5), r"received 0\.5"),
    "padding": (lambda: ad.conv2d(np.ones((1, 2, 2, 1)), np.ones((1, 1, 1, 1)), padding=-1),
                r"conv2d: padding must be an int of at least 0; received -1"),
    "transposed channels": (lambda: ad.conv2d_transpose(np.ones((1, 4, 4, 3)), np.ones((3, 3, 3, 2))),
                            r"conv2d_transpose of x \(1, 4, 4, 3\) and kernel \(3, 3, 3, 2\): the 3 channels .* 2 on"),
    "transposed kernel": (lambda: ad.conv2d_transpose(np.ones((1, 4, 4, 3)), TWO), r"\(rows, columns, out, in\)"),
    "all cut off": (lambda: ad.conv2d_transpose(np.ones((1, 1, 1, 1)), np.ones((2, 2, 1, 1)), padding=1),
                    r"padding 1 cuts everything off, 0 × 0 pixels would be left"),
    "upsample": (lambda: ad.upsample(TWO), r"upsample: x must be \(batch, height, width, channels\).*\(2, 2\)"),
    "backward of an array": (lambda: ad.Tensor(TWO).backward(),
                             r"backward needs a scalar; received shape \(2, 2\): call \.sum\(\) or \.mean\(\)"),
    "backward of a constant": (lambda: ad.as_tensor(1.0).backward(), r"backward needs .* received a constant"),
    "a gradient of the wrong shape": (
        lambda: ad.operation("f", 1.0, (ad.Tensor([1.0, 2.0], name="w"), lambda grad: grad)).backward(),
        r"f sends a gradient of shape \(\) back to w of shape \(2,\): the two shapes must be equal"),
    "a gradient that is none": (
        lambda: ad.operation("f", 1.0, (ad.Tensor(1.0, name="w"), lambda grad: None)).backward(),
        r"f cannot send a gradient back to w of shape \(\): data must be real numbers; received None"),
    "a gradient that fails": (
        lambda: ad.operation("f", 1.0, (ad.Tensor(TWO, name="w"), lambda grad: TWO @ np.ones(3))).backward(),
        r"f cannot send a gradient back to w of shape \(2, 2\): matmul"),
    "a gradient that is a tensor": (
        lambda: ad.operation("f", 1.0, (ad.Tensor(1.0, name="w"), lambda grad: ad.Tensor(1.0))).backward(),
        r"f cannot send .*received a Tensor: take its \.data"),
    "an operation without pairs": (lambda: ad.operation("f", 1.0, ad.Tensor(1.0)), r"operation 'f' takes pairs of"),
    "loss shapes": (lambda: ad.mean_squared_error(np.ones(2), np.ones((2, 1))),
                    r"mean_squared_error: target and prediction must have the same shape;.* \(2,\) and \(2, 1\)"),
    "no penalty": (lambda: ad.l1_penalty(), r"l1_penalty needs at least one tensor; received none"),
    "activation": (lambda: ad.Dense(1, 1, seed=0, activation="elu"), r"activation must be None, .*; received 'elu'"),
    "layer size": (lambda: ad.Dense(0, 1, seed=0), r"num_in must be a whole number of at least 1; received 0"),
    "layer size, text": (lambda: ad.Conv2D(1, "8", seed=0),
                         r"num_out must be a whole number of at least 1; received '8'"),
    "layer stride": (lambda: ad.Conv2D(1, 1, seed=0, stride=0), r"stride must be .* at least 1; received 0"),
    "layer padding": (lambda: ad.Conv2D(1, 1, seed=0, padding=-1), r"padding must be .* at least 0; received -1"),
    "layer seed": (lambda: ad.Conv2D(1, 1, seed=-1), r"seed must be a whole number of at least 0; received -1"),
    "layer seed, text": (lambda: ad.Dense(1, 1, seed="a"), r"seed must be .* at least 0; received 'a'"),
    "activations": (lambda: ad.Dense(1, 1, seed=0, activation=["relu"]), r"activation must be None, .*\['relu'\]"),
    "constant parameter": (lambda: ad.SGD([ad.Tensor(1.0, "w", constant=True)], learning_rate=1),
                           r"parameters must be able to learn; received the constant Tensor\(1\., name='w'\)"),
    "a parameter twice": (lambda: ad.Adam(2 * [ad.Tensor(1.0, "w")]),
                          r"parameters must be different Tensors; received Tensor\(1\., name='w'\) twice"),
    "chain": (lambda: ad.Chain(3), r"layers must be functions of a tensor; received 3"),
    "no parameters": (lambda: ad.SGD([], learning_rate=0.1), r"parameters must be a list of Tensors, at least one"),
    "a single parameter": (lambda: ad.Adam(ad.Tensor(1.0)), r"parameters must be a list of Tensors"),
    "learning rate": (lambda: ad.Adam([ad.Tensor(1.0)], learning_rate=0), r"learning_rate must be above 0; received 0"),
    "learning rate, text": (lambda: ad.Adam([ad.Tensor(1.0)], learning_rate="a"), r"learning_rate must be above 0"),
    "momentum": (lambda: ad.SGD([ad.Tensor(1.0)], learning_rate=1, momentum=1),
                 r"momentum must be at least 0 and below 1; received 1"),
    "step without gradient": (lambda: ad.Adam([ad.Tensor(1.0)]).step(), r"call backward\(\) on the loss first"),
    "gradcheck of nothing": (lambda: ad.gradcheck(ad.exp), r"gradcheck needs at least one input"),
    "gradcheck of NaN": (lambda: ad.gradcheck(ad.exp, ad.Tensor([np.nan], name="w")),
                         r"w must be finite numbers, at least one; received NaN or infinity"),
    "gradcheck of nothing in an array": (lambda: ad.gradcheck(ad.exp, np.ones((0, 2))), r"input 0 .*shape \(0, 2\)"),
    "gradcheck of text": (lambda: ad.gradcheck(ad.exp, "a"), r"data must be real numbers"),
    "gradcheck of an array function": (lambda: ad.gradcheck(lambda x: x.data, 1.0), r"function must return a Tensor"),
    "epsilon": (lambda: ad.gradcheck(ad.exp, 1.0, epsilon=0), r"epsilon must be above 0; received 0"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_one_clear_line(case):
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_numpy_function_of_a_tensor_is_refused_with_a_way_out():
    for function in (np.exp, np.asarray, np.sqrt):
        with pytest.raises(TypeError, match=r"\.data|__array_ufunc__"):
            function(ad.Tensor([1.0]))
