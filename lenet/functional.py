"""The mathematics of a convolutional network, in NumPy: every forward beside its backward.

Volumes are `(batch, height, width, channels)`, kernels
`(kernel_height, kernel_width, in_channels, filters)`, as in Keras. Where any argument is a float64
array the result is float64; otherwise everything is computed in float32. A backward function takes
`dy`, the gradient of the loss with respect to the output of its forward, and the forward's own
arguments; it returns the gradients with respect to them: `dx`, `dkernel`, `dbias`.

Example:
    >>> import numpy as np
    >>> x = np.arange(16).reshape(1, 4, 4, 1)  # one image, 4×4, one channel
    >>> difference = np.array([[-1, 1]]).reshape(1, 2, 1, 1)  # how much the next pixel is brighter
    >>> conv2d(x, difference)[0, :, :, 0]
    array([[1., 1., 1.],
           [1., 1., 1.],
           [1., 1., 1.],
           [1., 1., 1.]], dtype=float32)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from lenet.shapes import Padding, Pair, Pool2D, Size, output_size, pad_amounts, pair

Array = NDArray[np.floating[Any]]
Pads = tuple[Pair, Pair]

EPSILON = 1e-7  # the smallest probability whose logarithm is taken, as in Keras


# What every function asks of its arguments.


def floats(**arguments: ArrayLike) -> list[Array]:
    """Return all arguments in one floating type, refusing what is empty or not finite."""
    wide = any(getattr(value, "dtype", None) == np.float64 for value in arguments.values())
    dtype = np.float64 if wide else np.float32
    arrays: list[Array] = []
    for name, value in arguments.items():
        try:
            raw = np.asarray(value)
        except ValueError:  # rows of different lengths
            raw = np.asarray(value, object)
        if raw.dtype.kind not in "buif":
            raise ValueError(
                f"{name} must be an array of real numbers. Received: type {raw.dtype}."
            )
        array: Array = raw.astype(dtype, copy=False)
        if array.size == 0:
            raise ValueError(f"{name} must not be empty. Received: shape {array.shape}.")
        # A NaN anywhere makes the minimum NaN, so two quick passes see everything.
        if not (np.isfinite(array.min()) and np.isfinite(array.max())):
            raise ValueError(f"{name} must be finite. Received: NaN or infinity.")
        arrays.append(array)
    return arrays


def _check_rank(array: Array, name: str, axes: tuple[str, ...]) -> None:
    if array.ndim != len(axes):
        raise ValueError(
            f"{name} must have rank {len(axes)}, ({', '.join(axes)}). "
            f"Received: shape {array.shape}."
        )


def check_shape(array: Array, name: str, shape: tuple[int, ...]) -> None:
    """Raise a ValueError unless `array` has this shape."""
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}. Received: shape {array.shape}.")


# Windows: where a kernel or a pool looks.


def _geometry(
    x: Array, kernel_size: Size, strides: Size, padding: Padding
) -> tuple[Pair, Pair, Pads, Pair]:
    """Return kernel_size, strides, padding and output size of a sliding window, all in full."""
    _check_rank(x, "x", ("batch", "height", "width", "channels"))
    k, s = pair(kernel_size, "kernel_size"), pair(strides, "strides")
    n = x.shape[1:3]
    p = pad_amounts(n, k, s, padding)
    height, width = (output_size(n[i] + sum(p[i]), k[i], s[i]) for i in (0, 1))
    return k, s, p, (height, width)


def _pad(x: Array, p: Pads, value: float = 0.0) -> Array:
    """Surround every map of `x` with `value`."""
    (top, bottom), (left, right) = p
    if top == bottom == left == right == 0:
        return x
    batch, height, width, channels = x.shape
    shape = (batch, top + height + bottom, left + width + right, channels)
    padded = np.full(shape, value, x.dtype)
    _crop(padded, p)[...] = x
    return padded


def _crop(x: Array, p: Pads) -> Array:
    """Undo `_pad`, as a view."""
    (top, bottom), (left, right) = p
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


def _taps(x: Array, k: Pair, s: Pair, size: Pair) -> Iterator[tuple[int, int, Array]]:
    """Give, for each place `(i, j)` of the window, what all windows of `x` see there, as a view.

    Height and width are axes 1 and 2, and those of the view are `size`: a loop over a few taps
    instead of one over many pixels.
    """
    for i in range(k[0]):
        for j in range(k[1]):
            yield i, j, x[:, i :: s[0], j :: s[1]][:, : size[0], : size[1]]


# Convolution.


def _swap(x: Array) -> Array:
    """Exchange batch and channels, in memory too; done twice, it undoes itself.

    With the batch last, neighbours in memory are the same pixel of one image after the other, so
    whatever is copied or added for a whole batch is one long run.
    """
    return np.ascontiguousarray(x.transpose(3, 1, 2, 0))


def _columns(x: Array, k: Pair, s: Pair) -> Array:
    """Copy every window of `x`, `(channels, height, width, batch)`, into a column of a matrix.

    The matrix is `(kernel_height · kernel_width · channels, places)`, where a place is a position
    of the window on one of the images: `places = out_height · out_width · batch`.
    """
    windows = sliding_window_view(x, k, axis=(1, 2))[:, :: s[0], :: s[1]]
    return windows.transpose(4, 5, 0, 1, 2, 3).reshape(k[0] * k[1] * len(x), -1)


def conv2d(
    x: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    strides: Size = 1,
    padding: Padding = "valid",
) -> Array:
    """Slide a bank of filters over a batch of volumes (cross-correlation).

    `y[b, r, q, f] = Σ_i,j,c x[b, r·s + i, q·s + j, c] · kernel[i, j, c, f] + bias[f]`, `x` padded

    Args:
        x: Volumes, `(batch, height, width, in_channels)`.
        kernel: Filters, `(kernel_height, kernel_width, in_channels, filters)`.
        bias: One number a filter, `(filters,)`.
        strides: How far a filter moves, an integer or a pair (vertical, horizontal).
        padding: Zeros around every map: `"valid"` (none), `"same"` (with stride 1 the output is as
            large as the input), an integer, or a pair (vertical, horizontal).

    Returns:
        Feature maps, `(batch, out_height, out_width, filters)`.

    Raises:
        ValueError: If a rank, the channel counts or the bias do not fit, the kernel is larger than
            the padded input, strides or padding are unknown, or a value is not finite.

    Example:
        >>> image = [[[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]]]  # 3×3, one channel
        >>> corners = [[[[1]], [[0]]], [[[0]], [[1]]]]  # upper left plus lower right
        >>> conv2d(image, corners)[0, :, :, 0]
        array([[ 6.,  8.],
               [12., 14.]], dtype=float32)

    Source: LeCun et al. (1998), section II.A. Every window becomes a column of one matrix, so that
    all sums are one matrix product: Chellapilla et al. (2006).
    """
    x, kernel, *biases = floats(x=x, kernel=kernel, **({} if bias is None else {"bias": bias}))
    k, s, p, size = _check_conv2d(x, kernel, strides, padding)
    filters = kernel.shape[3]
    columns = _columns(_swap(_pad(x, p)), k, s)
    y = kernel.reshape(-1, filters).T @ columns  # (filters, places)
    for bias in biases:
        check_shape(bias, "bias", (filters,))
        y += bias[:, np.newaxis]
    return _swap(y.reshape(filters, *size, len(x)))


def conv2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    kernel: ArrayLike,
    *,
    strides: Size = 1,
    padding: Padding = "valid",
) -> tuple[Array, Array, Array]:
    """Send the gradient of `conv2d` back to its input, its kernel and its bias.

    A weight was used at every place, so its gradient is a sum over all places; a pixel was seen by
    several windows, so its gradient is a sum over those.

    Args:
        dy: Gradient with respect to the feature maps, `(batch, out_height, out_width, filters)`.
        x: As given to `conv2d`.
        kernel: As given to `conv2d`.
        strides: As given to `conv2d`.
        padding: As given to `conv2d`.

    Returns:
        `(dx, dkernel, dbias)`, shaped as `x`, `kernel` and the bias.

    Raises:
        ValueError: As `conv2d`, and if `dy` does not have the shape of the feature maps.

    Example:
        >>> x, kernel = np.ones((1, 3, 3, 1)), np.ones((2, 2, 1, 1))
        >>> dx, dkernel, dbias = conv2d_backward(np.ones((1, 2, 2, 1)), x, kernel)
        >>> dx[0, :, :, 0]  # how many windows saw each pixel
        array([[1., 2., 1.],
               [2., 4., 2.],
               [1., 2., 1.]])
    """
    dy, x, kernel = floats(dy=dy, x=x, kernel=kernel)
    k, s, p, size = _check_conv2d(x, kernel, strides, padding)
    filters = kernel.shape[3]
    check_shape(dy, "dy", (len(x), *size, filters))
    padded = _swap(_pad(x, p))
    dy = _swap(dy).reshape(filters, -1)  # (filters, places)
    dbias = dy.sum(axis=1)
    dkernel = (_columns(padded, k, s) @ dy.T).reshape(kernel.shape)
    dcolumns = (kernel.reshape(-1, filters) @ dy).reshape(*kernel.shape[:3], *size, len(x))
    dpadded = np.zeros_like(padded)
    for i, j, dseen in _taps(dpadded, k, s, size):
        dseen += dcolumns[i, j]
    return _crop(_swap(dpadded), p), dkernel, dbias


def _check_conv2d(
    x: Array, kernel: Array, strides: Size, padding: Padding
) -> tuple[Pair, Pair, Pads, Pair]:
    _check_rank(kernel, "kernel", ("kernel_height", "kernel_width", "in_channels", "filters"))
    geometry = _geometry(x, kernel.shape[:2], strides, padding)
    if x.shape[3] != kernel.shape[2]:
        raise ValueError(
            "kernel must have as many in_channels as x has channels. "
            f"Received: x with {x.shape[3]}, kernel with {kernel.shape[2]}."
        )
    return geometry


# Pooling.


def max_pool2d(
    x: ArrayLike, pool_size: Size = 2, *, strides: Size | None = None, padding: Padding = "valid"
) -> Array:
    """Keep the largest value of every window, in each channel for itself.

    Args:
        x: Volumes, `(batch, height, width, channels)`.
        pool_size: Height and width of a window, an integer or a pair.
        strides: How far the window moves, an integer or a pair; `pool_size` when not given.
        padding: As for `conv2d`, but smaller than the window. Padding never wins.

    Returns:
        `(batch, out_height, out_width, channels)`.

    Raises:
        ValueError: If `x` has not rank 4 or is not finite, the window is larger than the padded
            input, or strides or padding are unknown.

    Example:
        >>> max_pool2d([[[[1], [2]], [[4], [3]]]])
        array([[[[4.]]]], dtype=float32)
    """
    (x,) = floats(x=x)
    k, s, p, size = _check_pool2d(x, pool_size, strides, padding)
    return _max_pool2d(_pad(x, p, -np.inf), k, s, size)


def _max_pool2d(padded: Array, k: Pair, s: Pair, size: Pair) -> Array:
    taps = _taps(padded, k, s, size)
    _, _, first = next(taps)
    y = first.copy()
    for _, _, seen in taps:
        np.maximum(y, seen, out=y)
    return y


def max_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    pool_size: Size = 2,
    *,
    strides: Size | None = None,
    padding: Padding = "valid",
) -> Array:
    """Send each gradient of `max_pool2d` to the value that won; the others get nothing.

    Where several values of a window are the largest, the first in reading order gets it all, as in
    Keras on TensorFlow.

    Args:
        dy: Gradient with respect to the output, `(batch, out_height, out_width, channels)`.
        x: As given to `max_pool2d`.
        pool_size: As given to `max_pool2d`.
        strides: As given to `max_pool2d`.
        padding: As given to `max_pool2d`.

    Returns:
        `dx`, shaped as `x`.

    Raises:
        ValueError: As `max_pool2d`, and if `dy` does not have the shape of its output.

    Example:
        >>> max_pool2d_backward([[[[7]]]], [[[[1], [2]], [[4], [3]]]])[0, :, :, 0]
        array([[0., 0.],
               [7., 0.]], dtype=float32)
    """
    dy, x = floats(dy=dy, x=x)
    k, s, p, size = _check_pool2d(x, pool_size, strides, padding)
    check_shape(dy, "dy", (len(x), *size, x.shape[3]))
    padded = _pad(x, p, -np.inf)
    y = _max_pool2d(padded, k, s, size)
    dpadded = np.zeros_like(padded)
    waiting = np.ones(y.shape, bool)  # windows whose winner is not found yet
    for (_, _, seen), (_, _, dseen) in zip(
        _taps(padded, k, s, size), _taps(dpadded, k, s, size), strict=True
    ):
        wins = waiting & (seen == y)
        waiting &= ~wins
        dseen += dy * wins
    return _crop(dpadded, p)


def avg_pool2d(
    x: ArrayLike, pool_size: Size = 2, *, strides: Size | None = None, padding: Padding = "valid"
) -> Array:
    """Average every window, in each channel for itself.

    Args:
        x: Volumes, `(batch, height, width, channels)`.
        pool_size: Height and width of a window, an integer or a pair.
        strides: How far the window moves, an integer or a pair; `pool_size` when not given.
        padding: As for `conv2d`, but smaller than the window. Padding is not counted.

    Returns:
        `(batch, out_height, out_width, channels)`.

    Raises:
        ValueError: As `max_pool2d`.

    Example:
        >>> avg_pool2d([[[[1], [2]], [[4], [3]]]])
        array([[[[2.5]]]], dtype=float32)
    """
    (x,) = floats(x=x)
    k, s, p, size = _check_pool2d(x, pool_size, strides, padding)
    return _window_sums(_pad(x, p), k, s, size) / _window_counts(x, k, s, p, size)


def avg_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    pool_size: Size = 2,
    *,
    strides: Size | None = None,
    padding: Padding = "valid",
) -> Array:
    """Share each gradient of `avg_pool2d` out equally among the values of its window.

    Args:
        dy: Gradient with respect to the output, `(batch, out_height, out_width, channels)`.
        x: As given to `avg_pool2d`; only its shape matters.
        pool_size: As given to `avg_pool2d`.
        strides: As given to `avg_pool2d`.
        padding: As given to `avg_pool2d`.

    Returns:
        `dx`, shaped as `x`.

    Raises:
        ValueError: As `avg_pool2d`, and if `dy` does not have the shape of its output.

    Example:
        >>> avg_pool2d_backward([[[[8]]]], [[[[1], [2]], [[4], [3]]]])[0, :, :, 0]
        array([[2., 2.],
               [2., 2.]], dtype=float32)
    """
    dy, x = floats(dy=dy, x=x)
    k, s, p, size = _check_pool2d(x, pool_size, strides, padding)
    check_shape(dy, "dy", (len(x), *size, x.shape[3]))
    share = dy / _window_counts(x, k, s, p, size)
    dpadded = np.zeros_like(_pad(x, p))
    for _, _, dseen in _taps(dpadded, k, s, size):
        dseen += share
    return _crop(dpadded, p)


def _window_counts(x: Array, k: Pair, s: Pair, p: Pads, size: Pair) -> Array:
    """Count the values in each window, without padding: `(1, out_height, out_width, 1)`."""
    return _window_sums(_pad(np.ones((1, *x.shape[1:3], 1), x.dtype), p), k, s, size)


def _window_sums(padded: Array, k: Pair, s: Pair, size: Pair) -> Array:
    total = np.zeros((len(padded), *size, padded.shape[3]), padded.dtype)
    for _, _, seen in _taps(padded, k, s, size):
        total += seen
    return total


def _check_pool2d(
    x: Array, pool_size: Size, strides: Size | None, padding: Padding
) -> tuple[Pair, Pair, Pads, Pair]:
    return _geometry(x, *Pool2D(pool_size, strides, padding).window, padding)


# Fully connected.


def dense(x: ArrayLike, kernel: ArrayLike, bias: ArrayLike | None = None) -> Array:
    """Connect every input to every unit: `y = x · kernel + bias`.

    Args:
        x: One row of features an example, `(batch, features)`.
        kernel: One column of weights a unit, `(features, units)`.
        bias: One number a unit, `(units,)`.

    Returns:
        `(batch, units)`.

    Raises:
        ValueError: If a rank, the number of features or the bias do not fit, or a value is not
            finite.

    Example:
        >>> dense([[1, 2]], [[1, 0], [0, 10]], [5, 5])
        array([[ 6., 25.]], dtype=float32)
    """
    x, kernel, *biases = floats(x=x, kernel=kernel, **({} if bias is None else {"bias": bias}))
    _check_dense(x, kernel)
    y = x @ kernel
    if biases:
        check_shape(biases[0], "bias", (kernel.shape[1],))
        y += biases[0]
    return y


def dense_backward(dy: ArrayLike, x: ArrayLike, kernel: ArrayLike) -> tuple[Array, Array, Array]:
    """Send the gradient of `dense` back to its input, its kernel and its bias.

    Args:
        dy: Gradient with respect to the output, `(batch, units)`.
        x: As given to `dense`.
        kernel: As given to `dense`.

    Returns:
        `(dx, dkernel, dbias)`, shaped as `x`, `kernel` and the bias.

    Raises:
        ValueError: As `dense`, and if `dy` does not have the shape of its output.

    Example:
        >>> dx, dkernel, dbias = dense_backward([[1, 10]], [[1, 2]], [[1, 0], [0, 10]])
        >>> dx, dkernel, dbias  # doctest: +NORMALIZE_WHITESPACE
        (array([[  1., 100.]], dtype=float32),
         array([[ 1., 10.], [ 2., 20.]], dtype=float32),
         array([ 1., 10.], dtype=float32))
    """
    dy, x, kernel = floats(dy=dy, x=x, kernel=kernel)
    _check_dense(x, kernel)
    check_shape(dy, "dy", (len(x), kernel.shape[1]))
    return dy @ kernel.T, x.T @ dy, dy.sum(axis=0)


def _check_dense(x: Array, kernel: Array) -> None:
    _check_rank(x, "x", ("batch", "features"))
    _check_rank(kernel, "kernel", ("features", "units"))
    if x.shape[1] != kernel.shape[0]:
        raise ValueError(
            "kernel must have one row for each feature of x. "
            f"Received: x with {x.shape[1]} features, kernel with {kernel.shape[0]} rows."
        )


# Activations: a function of each number for itself.


def relu(x: ArrayLike) -> Array:
    """Cut off what is negative: `max(x, 0)`.

    Example:
        >>> relu([-2, 0, 3])
        array([0., 0., 3.], dtype=float32)

    Source: Nair and Hinton (2010).
    """
    (x,) = floats(x=x)
    return np.maximum(x, 0)


def relu_backward(dy: ArrayLike, x: ArrayLike) -> Array:
    """Let `dy` through where `x` is positive (and not at 0, as Keras does).

    Example:
        >>> relu_backward([5, 5, 5], [-2, 0, 3])
        array([0., 0., 5.], dtype=float32)
    """
    dy, x = _elementwise(dy, x)
    return dy * (x > 0)


def sigmoid(x: ArrayLike) -> Array:
    """Squeeze any number into 0 to 1: `1 / (1 + exp(−x))`.

    Example:
        >>> sigmoid([-1000, 0, 1000])
        array([0. , 0.5, 1. ], dtype=float32)
    """
    (x,) = floats(x=x)
    e = np.exp(-np.abs(x))  # at most 1: exp(−x) itself would overflow for a very negative x
    y: Array = np.where(x >= 0, 1, e) / (1 + e)
    return y


def sigmoid_backward(dy: ArrayLike, x: ArrayLike) -> Array:
    """Multiply `dy` by the slope of the sigmoid, `y · (1 − y)`: at most 1/4.

    Example:
        >>> sigmoid_backward([8, 8], [0, 1000])
        array([2., 0.], dtype=float32)
    """
    dy, x = _elementwise(dy, x)
    y = sigmoid(x)
    return dy * y * (1 - y)


def tanh(x: ArrayLike) -> Array:
    """Squeeze any number into −1 to 1: `(exp(x) − exp(−x)) / (exp(x) + exp(−x))`.

    Example:
        >>> tanh([-1000, 0, 1000])
        array([-1.,  0.,  1.], dtype=float32)
    """
    (x,) = floats(x=x)
    return np.tanh(x)


def tanh_backward(dy: ArrayLike, x: ArrayLike) -> Array:
    """Multiply `dy` by the slope of the hyperbolic tangent, `1 − y²`.

    Example:
        >>> tanh_backward([8, 8], [0, 1000])
        array([8., 0.], dtype=float32)
    """
    dy, x = _elementwise(dy, x)
    y = tanh(x)
    return dy * (1 - y * y)


def _elementwise(dy: ArrayLike, x: ArrayLike) -> tuple[Array, Array]:
    dy, x = floats(dy=dy, x=x)
    check_shape(dy, "dy", x.shape)
    return dy, x


# From scores to a loss.


def softmax(logits: ArrayLike, axis: int = -1) -> Array:
    """Turn scores into probabilities: `exp(z) / Σ exp(z)`.

    Args:
        logits: Scores `z`, of any shape.
        axis: Along which the probabilities sum to 1.

    Returns:
        Probabilities, shaped as `logits`.

    Raises:
        ValueError: If a score is not finite.

    Example:
        >>> softmax(np.log([1, 2, 7]))
        array([0.1, 0.2, 0.7])
    """
    (z,) = floats(logits=logits)
    e = np.exp(z - z.max(axis, keepdims=True))  # the same ratios, and nothing can overflow
    p: Array = e / e.sum(axis, keepdims=True)
    return p


def softmax_backward(dy: ArrayLike, logits: ArrayLike, axis: int = -1) -> Array:
    """Send the gradient of `softmax` back to the logits: `p · (dy − Σ dy · p)`.

    Raising one score lowers all other probabilities, so every `dy` reaches every logit.

    Args:
        dy: Gradient with respect to the probabilities.
        logits: As given to `softmax`.
        axis: As given to `softmax`.

    Returns:
        `dlogits`, shaped as `logits`.

    Raises:
        ValueError: If the shapes differ or a value is not finite.

    Example:
        >>> softmax_backward([1, 0], [0, 0])
        array([ 0.25, -0.25], dtype=float32)
    """
    dy, logits = _elementwise(dy, logits)
    p = softmax(logits, axis)
    mean: Array = (dy * p).sum(axis, keepdims=True)
    return p * (dy - mean)


def one_hot(labels: ArrayLike, classes: int = 10) -> Array:
    """Write each label as a row with a 1 in its own column.

    Args:
        labels: Integers from 0 to `classes − 1`, `(batch,)`.
        classes: How many columns.

    Returns:
        `(batch, classes)`, float32.

    Raises:
        ValueError: If the labels are not a row of integers in that range.

    Example:
        >>> one_hot([2, 0], classes=3)
        array([[0., 0., 1.],
               [1., 0., 0.]], dtype=float32)
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.size == 0 or labels.dtype.kind not in "iu":
        raise ValueError(
            "labels must be integers, (batch,). "
            f"Received: shape {labels.shape}, type {labels.dtype}."
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"labels must be between 0 and {classes - 1}. "
            f"Received: {labels.min()} to {labels.max()}."
        )
    rows: Array = np.zeros((len(labels), classes), np.float32)
    rows[np.arange(len(labels)), labels] = 1
    return rows


def cross_entropy(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """Average the surprise at the true labels: `−Σ y · log p`, a mean over the batch.

    Args:
        probabilities: One row an example, `(batch, classes)`. What is below 1e-7 counts as 1e-7, as
            in Keras, so that one impossible answer does not cost infinity.
        labels: Integers `(batch,)`, or one-hot `(batch, classes)`.

    Returns:
        The loss, in nats: 0 when every true label got probability 1.

    Raises:
        ValueError: If the probabilities do not lie between 0 and 1, or the labels do not fit.

    Example:
        >>> round(cross_entropy([[0.5, 0.5], [0.25, 0.75]], [0, 1]), 4)  # −(ln 0.5 + ln 0.75) / 2
        0.4904
    """
    p, y = _check_labels(probabilities, labels)
    return float(-(y * np.log(np.maximum(p, EPSILON))).sum() / len(p))


def cross_entropy_backward(probabilities: ArrayLike, labels: ArrayLike) -> Array:
    """Give the gradient of `cross_entropy`: `−y / p`, divided by the batch size.

    Args:
        probabilities: As given to `cross_entropy`.
        labels: As given to `cross_entropy`.

    Returns:
        `dprobabilities`, `(batch, classes)`.

    Raises:
        ValueError: As `cross_entropy`.

    Example:
        >>> cross_entropy_backward([[0.5, 0.5], [0.25, 0.75]], [0, 0])
        array([[-1., -0.],
               [-2., -0.]], dtype=float32)
    """
    p, y = _check_labels(probabilities, labels)
    return -y / np.maximum(p, EPSILON) / len(p)


def softmax_cross_entropy_backward(probabilities: ArrayLike, labels: ArrayLike) -> Array:
    """Give the gradient of the loss with respect to the logits: `(p − y) / batch`.

    What `softmax_backward(cross_entropy_backward(…))` gives, without the division by `p`.

    Args:
        probabilities: The softmax of the logits, `(batch, classes)`.
        labels: As given to `cross_entropy`.

    Returns:
        `dlogits`, `(batch, classes)`.

    Raises:
        ValueError: As `cross_entropy`.

    Example:
        >>> softmax_cross_entropy_backward([[0.25, 0.75]], [1])
        array([[ 0.25, -0.25]], dtype=float32)
    """
    p, y = _check_labels(probabilities, labels)
    return (p - y) / len(p)


def _check_labels(probabilities: ArrayLike, labels: ArrayLike) -> tuple[Array, Array]:
    """Return the probabilities and the labels as one-hot rows of the same type."""
    (p,) = floats(probabilities=probabilities)
    _check_rank(p, "probabilities", ("batch", "classes"))
    if p.min() < 0 or p.max() > 1 + 1e-5:
        raise ValueError(
            "probabilities must lie between 0 and 1 (are these logits?). "
            f"Received: {p.min():g} to {p.max():g}."
        )
    y = np.asarray(labels)
    if y.ndim == 1:
        y = one_hot(y, p.shape[1])
    (y,) = floats(labels=y)
    check_shape(y, "labels", (len(p), p.shape[1]))
    return p, y.astype(p.dtype)
