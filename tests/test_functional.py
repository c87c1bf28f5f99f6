"""The mathematics: by hand, against plain loops, against Keras, and against finite differences."""

from collections.abc import Callable
from typing import Any

import loops
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from lenet import functional as F  # noqa: N812

FEW = settings(deadline=None, derandomize=True, max_examples=40)


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def image(*rows: list[float]) -> np.ndarray:
    """One image with one channel."""
    return np.array(rows, np.float64)[np.newaxis, :, :, np.newaxis]


# By hand.


def test_a_horizontal_line_filter_by_hand() -> None:
    x = image([0, 0, 0, 0], [1, 1, 1, 0], [0, 0, 0, 0], [2, 0, 0, 1])
    kernel = np.array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]]).reshape(3, 3, 1, 1)
    y = F.conv2d(x, kernel, [10])
    np.testing.assert_array_equal(y[0, :, :, 0], [[10 + 6, 10 + 4], [10 - 5, 10 - 3]])


def test_the_kernel_is_not_flipped() -> None:
    x = image([1, 2], [3, 4])
    kernel = np.array([[1, 10], [100, 1000]]).reshape(2, 2, 1, 1)
    assert F.conv2d(x, kernel).item() == 1 + 20 + 300 + 4000


def test_channels_are_summed_and_filters_are_apart() -> None:
    x = np.array([1.0, 2.0, 3.0]).reshape(1, 1, 1, 3)
    kernel = np.array([[1, 0], [10, 0], [100, 7]]).reshape(1, 1, 3, 2)
    np.testing.assert_array_equal(F.conv2d(x, kernel, [0, 1]).ravel(), [321, 22])


def test_strides_and_padding_by_hand() -> None:
    x = image([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])
    ones = np.ones((2, 2, 1, 1))
    np.testing.assert_array_equal(
        F.conv2d(x, ones, strides=(1, 2), padding=1)[0, :, :, 0],
        [[1, 5, 9], [7, 20, 28], [6, 15, 19]],
    )
    # "same" puts the odd zero after.
    np.testing.assert_array_equal(
        F.conv2d(x, ones, padding="same")[0, :, :, 0],
        [[16, 20, 24, 28, 15], [13, 15, 17, 19, 10]],
    )


def test_convolution_backward_by_hand() -> None:
    x, kernel = image([1, 2, 3], [4, 5, 6]), np.array([1.0, 10.0]).reshape(1, 2, 1, 1)
    dy = image([1, 2], [3, 4])
    dx, dkernel, dbias = F.conv2d_backward(dy, x, kernel)
    np.testing.assert_array_equal(dx[0, :, :, 0], [[1, 12, 20], [3, 34, 40]])
    np.testing.assert_array_equal(dkernel.ravel(), [1 + 4 + 12 + 20, 2 + 6 + 15 + 24])
    np.testing.assert_array_equal(dbias, [10])


def test_pooling_by_hand() -> None:
    x = image([1, 2, 5, 6, 0], [4, 3, 8, 7, 0], [-1, -2, -3, -4, 0])
    np.testing.assert_array_equal(F.max_pool2d(x)[0, :, :, 0], [[4, 8]])
    np.testing.assert_array_equal(F.avg_pool2d(x)[0, :, :, 0], [[2.5, 6.5]])
    np.testing.assert_array_equal(F.max_pool2d(x, 2, strides=1)[0, 1, :, 0], [4, 8, 8, 7])
    # Padding neither wins (−1, not 0) nor counts (the mean of −1 and −2 is −1.5).
    np.testing.assert_array_equal(
        F.max_pool2d(x, padding="same")[0, :, :, 0], [[4, 8, 0], [-1, -3, 0]]
    )
    np.testing.assert_array_equal(
        F.avg_pool2d(x, padding="same")[0, :, :, 0], [[2.5, 6.5, 0], [-1.5, -3.5, 0]]
    )


def test_pooling_backward_by_hand() -> None:
    x, dy = image([1, 4, 2], [3, 0, 4]), image([1, 10])
    # Both windows share the middle column; 4 wins in both, but it is another 4.
    np.testing.assert_array_equal(
        F.max_pool2d_backward(dy, x, 2, strides=1)[0, :, :, 0], [[0, 11, 0], [0, 0, 0]]
    )
    np.testing.assert_array_equal(
        F.avg_pool2d_backward(4 * dy, x, 2, strides=1)[0, :, :, 0], [[1, 11, 10], [1, 11, 10]]
    )


def test_a_tie_goes_to_the_first_in_reading_order() -> None:
    flat = image([5, 5], [5, 5])
    np.testing.assert_array_equal(
        F.max_pool2d_backward([[[[1]]]], flat)[0, :, :, 0], [[1, 0], [0, 0]]
    )


def test_dense_by_hand() -> None:
    x, kernel = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0, 2.0], [10.0, 1.0, 0.0]])
    np.testing.assert_array_equal(F.dense(x, kernel, [0, 0, 5]), [[21, 2, 7], [43, 4, 11]])
    dx, dkernel, dbias = F.dense_backward([[1, 0, 0], [0, 1, 2]], x, kernel)
    np.testing.assert_array_equal(dx, [[1, 10], [4, 1]])
    np.testing.assert_array_equal(dkernel, [[1, 3, 6], [2, 4, 8]])
    np.testing.assert_array_equal(dbias, [1, 1, 2])


def test_softmax_and_loss_by_hand() -> None:
    p = F.softmax(np.log([[1.0, 3.0], [2.0, 8.0]]))
    np.testing.assert_allclose(p, [[0.25, 0.75], [0.2, 0.8]], rtol=1e-15)
    np.testing.assert_allclose(F.softmax(np.log([[1.0, 3.0], [3.0, 1.0]]), axis=0)[0], [0.25, 0.75])
    assert F.cross_entropy(p, [0, 1]) == pytest.approx(-np.log(0.25 * 0.8) / 2)
    np.testing.assert_allclose(
        F.softmax_cross_entropy_backward(p, [0, 1]), [[-0.375, 0.375], [0.1, -0.1]]
    )
    np.testing.assert_array_equal(F.one_hot([1, 0], 3), [[0, 1, 0], [1, 0, 0]])


def test_nothing_overflows() -> None:
    huge = np.array([-1e4, 0, 1e4], np.float32)
    np.testing.assert_array_equal(F.softmax(huge), [0, 0, 1])
    np.testing.assert_array_equal(F.sigmoid(huge), [0, 0.5, 1])
    np.testing.assert_array_equal(F.tanh(huge), [-1, 0, 1])
    assert F.cross_entropy([[1, 0]], [1]) == pytest.approx(-np.log(1e-7))


# Against plain loops, and against Keras's backend.

small = st.integers(1, 3)


@st.composite
def geometries(draw: st.DrawFn, *, pooling: bool = False) -> dict[str, Any]:
    """Draw an input, not always square, and a window that fits into it."""
    size = draw(st.tuples(st.integers(1, 7), st.integers(1, 7)))
    padding = draw(st.sampled_from(["valid", "same", 1, (2, 0)]))
    p = padding if isinstance(padding, tuple) else (padding, padding)
    amounts = [{"valid": 0, "same": 7}.get(amount, amount) for amount in p]
    k = [draw(st.integers(1, n + 2 * amount)) for n, amount in zip(size, amounts, strict=True)]
    if pooling and padding in (1, (2, 0)):  # no window may lie on padding alone
        size = tuple(max(n, 2) for n in size)
        k = [max(k_i, amount + 1) for k_i, amount in zip(k, amounts, strict=True)]
    strides = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    return {"size": size, "k": tuple(k), "s": strides, "padding": padding}


def tensorflow_gradients(
    function: Callable[..., tf.Tensor], dy: np.ndarray, *arguments: np.ndarray
) -> list[np.ndarray]:
    variables = [tf.constant(argument) for argument in arguments]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        y = function(*variables)
    return [g.numpy() for g in tape.gradient(y, variables, output_gradients=tf.constant(dy))]


def explicit(x: tf.Tensor, padding: str | int | tuple[int, int], value: float = 0) -> Any:
    """Do TensorFlow's padding where it has no name for it; give what is left for it to do."""
    if isinstance(padding, str):
        return x, padding.upper()
    p, q = padding if isinstance(padding, tuple) else (padding, padding)
    return tf.pad(x, [[0, 0], [p, p], [q, q], [0, 0]], constant_values=value), "VALID"


@given(geometry=geometries(), batch=small, in_channels=small, filters=small)
@FEW
def test_convolution_equals_loops_and_tensorflow(
    geometry: dict[str, Any], batch: int, in_channels: int, filters: int
) -> None:
    size, k, s, padding = geometry.values()
    x = normal(batch, *size, in_channels)
    kernel, bias = normal(*k, in_channels, filters, seed=1), normal(filters, seed=2)
    y = F.conv2d(x, kernel, bias, strides=s, padding=padding)
    np.testing.assert_allclose(y, loops.conv2d(x, kernel, bias, s, padding), atol=1e-12)
    dy = normal(*y.shape, seed=3)
    gradients = F.conv2d_backward(dy, x, kernel, strides=s, padding=padding)
    expected = loops.conv2d_backward(dy, x, kernel, s, padding)
    for ours, theirs in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)

    def keras_conv(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
        padded, name = explicit(x, padding)
        return tf.nn.bias_add(tf.nn.conv2d(padded, kernel, s, name), bias)

    np.testing.assert_allclose(y, keras_conv(x, kernel, bias), atol=1e-12)
    expected = tensorflow_gradients(keras_conv, dy, x, kernel, bias)
    for ours, theirs in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("kind", ["max", "avg"])
@given(geometry=geometries(pooling=True), batch=small, channels=small, ties=st.booleans())
@FEW
def test_pooling_equals_loops_and_tensorflow(
    kind: str, geometry: dict[str, Any], batch: int, channels: int, ties: bool
) -> None:
    size, k, s, padding = geometry.values()
    forward, backward = getattr(F, f"{kind}_pool2d"), getattr(F, f"{kind}_pool2d_backward")
    x = normal(batch, *size, channels) - 3  # mostly negative, so that zeros of padding would show
    x = x.round() if ties else x
    y = forward(x, k, strides=s, padding=padding)
    np.testing.assert_allclose(y, getattr(loops, f"{kind}_pool2d")(x, k, s, padding), atol=1e-12)
    dy = normal(*y.shape, seed=3)
    dx = backward(dy, x, k, strides=s, padding=padding)
    expected = getattr(loops, f"{kind}_pool2d_backward")(dy, x, k, s, padding)
    np.testing.assert_allclose(dx, expected, atol=1e-12)

    def keras_pool(x: tf.Tensor) -> tf.Tensor:
        if kind == "max":
            padded, name = explicit(x, padding, -np.inf)
            return tf.nn.max_pool2d(padded, k, s, name)
        padded, name = explicit(x, padding)
        ones, _ = explicit(tf.ones_like(x), padding)
        return tf.nn.avg_pool2d(padded, k, s, name) / tf.nn.avg_pool2d(ones, k, s, name)

    np.testing.assert_allclose(y, keras_pool(x), atol=1e-12)
    (expected,) = tensorflow_gradients(keras_pool, dy, x)
    np.testing.assert_allclose(dx, expected, atol=1e-12)


@given(batch=small, features=st.integers(1, 9), units=st.integers(1, 9))
@FEW
def test_dense_equals_tensorflow(batch: int, features: int, units: int) -> None:
    x, kernel = normal(batch, features), normal(features, units, seed=1)
    bias, dy = normal(units, seed=2), normal(batch, units, seed=3)

    def keras_dense(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
        return x @ kernel + bias

    np.testing.assert_allclose(F.dense(x, kernel, bias), keras_dense(x, kernel, bias), atol=1e-12)
    expected = tensorflow_gradients(keras_dense, dy, x, kernel, bias)
    for ours, theirs in zip(F.dense_backward(dy, x, kernel), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax"])
def test_activations_equal_tensorflow(name: str) -> None:
    x, dy = 5 * normal(4, 6), normal(4, 6, seed=1)
    x[0, 0] = 0  # where ReLU has its kink
    keras_activation = getattr(tf.nn, name)
    np.testing.assert_allclose(getattr(F, name)(x), keras_activation(x), rtol=1e-12, atol=1e-15)
    (expected,) = tensorflow_gradients(keras_activation, dy, x)
    ours = getattr(F, f"{name}_backward")(dy, x)
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-15)


def test_the_loss_equals_tensorflow() -> None:
    logits, labels = 3 * normal(8, 10), np.array([3, 1, 4, 1, 5, 9, 2, 6])
    expected = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )
    assert F.cross_entropy(F.softmax(logits), labels) == pytest.approx(float(expected), rel=1e-12)
    assert F.cross_entropy(F.softmax(logits), F.one_hot(labels)) == pytest.approx(float(expected))


# Against finite differences.


def check_gradient(
    loss: Callable[[np.ndarray], float], x: np.ndarray, gradient: np.ndarray, h: float = 1e-5
) -> None:
    """Compare with central differences, (loss(x + h) − loss(x − h)) / 2h, at every coordinate."""
    numeric = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[place] = h
        numeric[place] = (loss(x + step) - loss(x - step)) / (2 * h)
    error = np.linalg.norm(gradient - numeric) / max(np.linalg.norm(numeric), 1e-12)
    assert error < 1e-6


def spread(*shape: int) -> np.ndarray:
    """Numbers at least 0.1 from each other and from 0: far from ties and kinks."""
    count = int(np.prod(shape))
    values = (np.arange(count) - count // 2 + 0.5) / 5
    return np.random.default_rng(0).permutation(values).reshape(shape)


@pytest.mark.parametrize(
    ("strides", "padding"), [(1, "valid"), ((2, 1), "same"), (2, (1, 2)), (3, 0)]
)
def test_convolution_gradients(strides: Any, padding: Any) -> None:
    x, kernel, bias = normal(2, 5, 6, 2), normal(3, 2, 2, 3, seed=1), normal(3, seed=2)
    options = {"strides": strides, "padding": padding}
    dy = normal(*F.conv2d(x, kernel, **options).shape, seed=3)
    dx, dkernel, dbias = F.conv2d_backward(dy, x, kernel, **options)
    check_gradient(lambda v: (dy * F.conv2d(v, kernel, bias, **options)).sum(), x, dx)
    check_gradient(lambda v: (dy * F.conv2d(x, v, bias, **options)).sum(), kernel, dkernel)
    check_gradient(lambda v: (dy * F.conv2d(x, kernel, v, **options)).sum(), bias, dbias)


@pytest.mark.parametrize("kind", ["max", "avg"])
@pytest.mark.parametrize(
    ("pool_size", "strides", "padding"), [(2, None, "valid"), (3, 2, "same"), ((2, 3), 1, 1)]
)
def test_pooling_gradients(kind: str, pool_size: Any, strides: Any, padding: Any) -> None:
    forward, backward = getattr(F, f"{kind}_pool2d"), getattr(F, f"{kind}_pool2d_backward")
    x, options = spread(2, 5, 6, 2), {"strides": strides, "padding": padding}
    dy = normal(*forward(x, pool_size, **options).shape)
    dx = backward(dy, x, pool_size, **options)
    check_gradient(lambda v: (dy * forward(v, pool_size, **options)).sum(), x, dx)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax"])
def test_activation_gradients(name: str) -> None:
    x, dy = spread(3, 8), normal(3, 8)
    dx = getattr(F, f"{name}_backward")(dy, x)
    check_gradient(lambda v: (dy * getattr(F, name)(v)).sum(), x, dx)


def test_softmax_gradient_along_another_axis() -> None:
    x, dy = normal(3, 4), normal(3, 4, seed=1)
    dx = F.softmax_backward(dy, x, axis=0)
    check_gradient(lambda v: (dy * F.softmax(v, axis=0)).sum(), x, dx)


def test_loss_gradients() -> None:
    logits, labels = normal(4, 10), np.array([3, 1, 4, 1])
    p = F.softmax(logits)
    dp = F.cross_entropy_backward(p, labels)
    check_gradient(lambda v: F.cross_entropy(v, labels), p, dp)
    dlogits = F.softmax_cross_entropy_backward(p, labels)
    check_gradient(lambda v: F.cross_entropy(F.softmax(v), labels), logits, dlogits)
    np.testing.assert_allclose(F.softmax_backward(dp, logits), dlogits, atol=1e-15)


def test_dense_gradients() -> None:
    x, kernel, bias, dy = normal(3, 4), normal(4, 5), normal(5), normal(3, 5, seed=1)
    dx, dkernel, dbias = F.dense_backward(dy, x, kernel)
    check_gradient(lambda v: (dy * F.dense(v, kernel, bias)).sum(), x, dx)
    check_gradient(lambda v: (dy * F.dense(x, v, bias)).sum(), kernel, dkernel)
    check_gradient(lambda v: (dy * F.dense(x, kernel, v)).sum(), bias, dbias)


def test_backpropagation_through_two_stacked_convolutions() -> None:
    x, first, second = normal(2, 7, 6, 2), normal(3, 2, 2, 4, seed=1), normal(2, 3, 4, 3, seed=2)
    padding = {"padding": "same"}

    def forward(x: np.ndarray, first: np.ndarray, second: np.ndarray) -> list[np.ndarray]:
        z = F.conv2d(x, first, **padding)
        a = F.relu(z)
        return [z, a, F.conv2d(a, second, strides=2)]

    z, a, y = forward(x, first, second)
    dy = normal(*y.shape, seed=3)
    da, dsecond, _ = F.conv2d_backward(dy, a, second, strides=2)
    dz = F.relu_backward(da, z)
    dx, dfirst, _ = F.conv2d_backward(dz, x, first, **padding)
    assert np.abs(z).min() > 1e-4  # no ReLU changes sides within the difference
    check_gradient(lambda v: (dy * forward(v, first, second)[-1]).sum(), x, dx)
    check_gradient(lambda v: (dy * forward(x, v, second)[-1]).sum(), first, dfirst)
    check_gradient(lambda v: (dy * forward(x, first, v)[-1]).sum(), second, dsecond)


# What must hold whatever the numbers.


@given(geometry=geometries())
@FEW
def test_backward_is_the_adjoint(geometry: dict[str, Any]) -> None:
    size, k, s, padding = geometry.values()
    x, kernel = normal(2, *size, 3), normal(*k, 3, 2, seed=1)
    y = F.conv2d(x, kernel, strides=s, padding=padding)
    dy = normal(*y.shape, seed=2)
    dx, dkernel, _ = F.conv2d_backward(dy, x, kernel, strides=s, padding=padding)
    assert (y * dy).sum() == pytest.approx((x * dx).sum(), abs=1e-10)
    assert (y * dy).sum() == pytest.approx((kernel * dkernel).sum(), abs=1e-10)


def test_a_shifted_input_gives_a_shifted_output() -> None:
    x, kernel = np.zeros((1, 12, 12, 2)), normal(3, 3, 2, 4)
    x[:, 3:7, 3:7] = normal(1, 4, 4, 2)
    shifted = np.roll(x, (2, 1), axis=(1, 2))
    y, y_shifted = (F.conv2d(v, kernel, padding="same") for v in (x, shifted))
    np.testing.assert_allclose(y_shifted, np.roll(y, (2, 1), axis=(1, 2)), atol=1e-14)


def test_a_convolution_as_large_as_its_input_is_a_dense_layer() -> None:
    x, kernel, bias = normal(4, 5, 5, 16), normal(5, 5, 16, 12), normal(12)
    y = F.dense(x.reshape(4, -1), kernel.reshape(-1, 12), bias)
    np.testing.assert_allclose(F.conv2d(x, kernel, bias)[:, 0, 0], y, atol=1e-12)


def every_result(dtype: Any) -> dict[str, Any]:
    """Call every function once with arrays of one type."""
    x = normal(2, 6, 6, 2).astype(dtype)
    kernel, bias = normal(3, 3, 2, 3).astype(dtype), normal(3).astype(dtype)
    row, weights = x.reshape(2, -1), normal(72, 3).astype(dtype)
    y, pooled, p = F.conv2d(x, kernel, bias), F.max_pool2d(x), F.softmax(row)
    results = {
        "conv2d": y,
        "conv2d padded": F.conv2d(x, kernel, padding="same"),
        "conv2d_backward": F.conv2d_backward(y, x, kernel),
        "max_pool2d": pooled,
        "max_pool2d_backward": F.max_pool2d_backward(pooled, x),
        "avg_pool2d": F.avg_pool2d(x, padding="same"),
        "avg_pool2d_backward": F.avg_pool2d_backward(pooled, x),
        "dense": F.dense(row, weights, bias),
        "dense_backward": F.dense_backward(F.dense(row, weights), row, weights),
        "softmax": p,
        "softmax_backward": F.softmax_backward(p, row),
        "cross_entropy_backward": F.cross_entropy_backward(p, [0, 1]),
        "softmax_cross_entropy_backward": F.softmax_cross_entropy_backward(p, [0, 1]),
    }
    for name in ("relu", "sigmoid", "tanh"):
        results[name] = getattr(F, name)(row)
        results[f"{name}_backward"] = getattr(F, f"{name}_backward")(row, row)
    return results


@pytest.mark.parametrize(
    ("given_type", "expected"),
    [
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.float16, np.float32),
        (np.int8, np.float32),
    ],
)
def test_types_in_and_out(given_type: Any, expected: Any) -> None:
    for name, result in every_result(given_type).items():
        for array in result if isinstance(result, tuple) else [result]:
            assert array.dtype == expected, name


def test_lists_are_computed_in_float32_unless_a_partner_is_float64() -> None:
    assert F.relu([0.1]).dtype == np.float32
    assert F.dense([[0.1]], np.array([[1.0]]))[0, 0] == 0.1  # not rounded to float32 first


def test_arguments_are_left_as_they_were() -> None:
    x, kernel, bias = normal(2, 6, 6, 2), normal(3, 3, 2, 3), normal(3)
    copies = x.copy(), kernel.copy(), bias.copy()
    y = F.conv2d(x, kernel, bias)
    F.conv2d_backward(y, x, kernel)
    F.max_pool2d_backward(F.max_pool2d(x), x)
    F.avg_pool2d_backward(F.avg_pool2d(x, 1), x, 1)
    for array, copy in zip((x, kernel, bias), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


# Errors.

X, KERNEL = np.ones((2, 6, 6, 3)), np.ones((3, 3, 3, 4))
BAD = np.ones((2, 6, 6, 3))
BAD[1, 2, 3, 0] = np.nan


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: F.conv2d(np.ones((28, 28)), KERNEL),
            "x must have rank 4, (batch, height, width, channels). Received: shape (28, 28).",
        ),
        (
            lambda: F.conv2d(X, np.ones((3, 3))),
            "kernel must have rank 4, (kernel_height, kernel_width, in_channels, filters). "
            "Received: shape (3, 3).",
        ),
        (
            lambda: F.conv2d(X, np.ones((3, 3, 1, 4))),
            "kernel must have as many in_channels as x has channels. "
            "Received: x with 3, kernel with 1.",
        ),
        (
            lambda: F.conv2d(X, KERNEL, np.ones(3)),
            "bias must have shape (4,). Received: shape (3,).",
        ),
        (
            lambda: F.conv2d(X, np.ones((7, 3, 3, 4))),
            "kernel_size must not be larger than the padded input. "
            "Received: kernel_size (7, 3), input (6, 6), padded (6, 6).",
        ),
        (
            lambda: F.conv2d(X, KERNEL, strides=0),
            "strides must be an integer, 1 or more. Received: 0.",
        ),
        (
            lambda: F.conv2d(X, KERNEL, padding="full"),
            'padding must be "valid", "same", an integer or a pair. Received: \'full\'.',
        ),
        (
            lambda: F.conv2d(X, KERNEL, padding=-1),
            "padding must be an integer, 0 or more. Received: -1.",
        ),
        (lambda: F.conv2d(BAD, KERNEL), "x must be finite. Received: NaN or infinity."),
        (lambda: F.conv2d(X, KERNEL * np.inf), "kernel must be finite. Received: NaN or infinity."),
        (
            lambda: F.conv2d(X[:0], KERNEL),
            "x must not be empty. Received: shape (0, 6, 6, 3).",
        ),
        (
            lambda: F.conv2d([["a"]], KERNEL),
            "x must be an array of real numbers. Received: type <U1.",
        ),
        (
            lambda: F.relu([[1, 2], [3]]),
            "x must be an array of real numbers. Received: type object.",
        ),
        (
            lambda: F.conv2d(X * 1j, KERNEL),
            "x must be an array of real numbers. Received: type complex128.",
        ),
        (
            lambda: F.conv2d_backward(np.ones((2, 6, 6, 4)), X, KERNEL),
            "dy must have shape (2, 4, 4, 4). Received: shape (2, 6, 6, 4).",
        ),
        (
            lambda: F.max_pool2d(np.ones((6, 6))),
            "x must have rank 4, (batch, height, width, channels). Received: shape (6, 6).",
        ),
        (lambda: F.max_pool2d(BAD), "x must be finite. Received: NaN or infinity."),
        (
            lambda: F.avg_pool2d(X, 2, padding=2),
            "padding must be smaller than pool_size, or a window would hold nothing else. "
            "Received: padding (2, 2), pool_size (2, 2).",
        ),
        (
            lambda: F.max_pool2d(X, 7),
            "kernel_size must not be larger than the padded input. "
            "Received: kernel_size (7, 7), input (6, 6), padded (6, 6).",
        ),
        (
            lambda: F.max_pool2d_backward(X, X),
            "dy must have shape (2, 3, 3, 3). Received: shape (2, 6, 6, 3).",
        ),
        (
            lambda: F.avg_pool2d_backward(X, X),
            "dy must have shape (2, 3, 3, 3). Received: shape (2, 6, 6, 3).",
        ),
        (
            lambda: F.dense(X, np.ones((3, 2))),
            "x must have rank 2, (batch, features). Received: shape (2, 6, 6, 3).",
        ),
        (
            lambda: F.dense(np.ones((2, 4)), np.ones((3, 2))),
            "kernel must have one row for each feature of x. "
            "Received: x with 4 features, kernel with 3 rows.",
        ),
        (
            lambda: F.dense_backward(np.ones((2, 3)), np.ones((2, 4)), np.ones((4, 5))),
            "dy must have shape (2, 5). Received: shape (2, 3).",
        ),
        (
            lambda: F.relu_backward([1, 2], [1, 2, 3]),
            "dy must have shape (3,). Received: shape (2,).",
        ),
        (lambda: F.softmax([0, np.inf]), "logits must be finite. Received: NaN or infinity."),
        (
            lambda: F.cross_entropy([[2, 1]], [0]),
            "probabilities must lie between 0 and 1 (are these logits?). Received: 1 to 2.",
        ),
        (
            lambda: F.cross_entropy([[0.5, 0.5]], [2]),
            "labels must be between 0 and 1. Received: 2 to 2.",
        ),
        (
            lambda: F.cross_entropy([[0.5, 0.5]], [0, 1]),
            "labels must have shape (1, 2). Received: shape (2, 2).",
        ),
        (
            lambda: F.one_hot([0, 11]),
            "labels must be between 0 and 9. Received: 0 to 11.",
        ),
        (
            lambda: F.one_hot([0.5]),
            "labels must be integers, (batch,). Received: shape (1,), type float64.",
        ),
    ],
)
def test_errors_say_what_was_expected_and_received(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the whole message is compared
        call()
    assert str(raised.value) == message
