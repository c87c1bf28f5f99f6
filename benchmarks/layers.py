"""NumPy layers against Keras's and against a textbook im2col, forward and backward, on this CPU.

Budget: `conv2d`, forward and backward together, takes at most three times as long as Keras's.

The three take turns, so that whatever else the machine does slows all of them; times are medians.
Keras's layers are compiled with `tf.function` and hand their results over as NumPy arrays. The
textbook version, for convolutions, copies the windows in a Python loop over the output, and adds
their gradients in another.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from lenet import functional as F  # noqa: N812

BATCH = 128
Work = Callable[[], Any]


def textbook_columns(x: np.ndarray, k: int) -> np.ndarray:
    """Copy each window in turn."""
    batch, height, width, channels = x.shape
    rows, columns = height - k + 1, width - k + 1
    windows = np.empty((batch, rows, columns, k * k * channels), x.dtype)
    for r in range(rows):
        for q in range(columns):
            windows[:, r, q] = x[:, r : r + k, q : q + k].reshape(batch, -1)
    return windows


def textbook_forward(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, p: int) -> np.ndarray:
    x = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
    k, _, _, filters = kernel.shape
    return textbook_columns(x, k) @ kernel.reshape(-1, filters) + bias


def textbook_backward(
    dy: np.ndarray, x: np.ndarray, kernel: np.ndarray, p: int
) -> tuple[np.ndarray, ...]:
    x = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
    k, _, channels, filters = kernel.shape
    batch, rows, columns, _ = dy.shape
    windows = textbook_columns(x, k).reshape(-1, k * k * channels)
    flat = dy.reshape(-1, filters)
    dkernel = (windows.T @ flat).reshape(kernel.shape)
    dwindows = (flat @ kernel.reshape(-1, filters).T).reshape(batch, rows, columns, k, k, channels)
    dx = np.zeros_like(x)
    for r in range(rows):
        for q in range(columns):
            dx[:, r : r + k, q : q + k] += dwindows[:, r, q]
    return dx[:, p : x.shape[1] - p, p : x.shape[2] - p], dkernel, flat.sum(axis=0)


def keras_work(layer: keras.layers.Layer, x: np.ndarray, dy: np.ndarray) -> tuple[Work, Work]:
    """Compile a layer's forward pass, and its backward pass."""
    x, dy = tf.constant(x), tf.constant(dy)
    weights = [weight.value for weight in layer.trainable_weights]
    forward = tf.function(lambda x: layer(x))

    @tf.function
    def backward(dy: tf.Tensor, x: tf.Tensor) -> list[tf.Tensor]:
        # The forward result is not used, so TensorFlow leaves out what the gradients do not need.
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
        return tape.gradient(y, [x, *weights], output_gradients=dy)

    return lambda: forward(x).numpy(), lambda: [g.numpy() for g in backward(dy, x)]


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape, np.float32)


Case = tuple[str, dict[str, tuple[Work, ...]], float]


def convolution(size: int, channels: int, filters: int, padding: str) -> Case:
    x, kernel, bias = (
        normal(BATCH, size, size, channels),
        normal(5, 5, channels, filters),
        normal(filters),
    )
    dy = np.ones_like(F.conv2d(x, kernel, bias, padding=padding))
    layer = keras.layers.Conv2D(filters, 5, padding=padding)
    layer.build(x.shape)
    layer.set_weights([kernel, bias])
    p = 2 if padding == "same" else 0
    works = {
        "numpy": (
            lambda: F.conv2d(x, kernel, bias, padding=padding),
            lambda: F.conv2d_backward(dy, x, kernel, padding=padding),
        ),
        "keras": keras_work(layer, x, dy),
        "textbook": (
            lambda: textbook_forward(x, kernel, bias, p),
            lambda: textbook_backward(dy, x, kernel, p),
        ),
    }
    return f"conv2d {size}×{size}×{channels} → {filters}, {padding}", works, 2e-2


def pooling(kind: str, size: int, channels: int) -> Case:
    x = normal(BATCH, size, size, channels)
    forward, backward = getattr(F, f"{kind}_pool2d"), getattr(F, f"{kind}_pool2d_backward")
    dy = np.ones_like(forward(x))
    layer = keras.layers.MaxPooling2D(2) if kind == "max" else keras.layers.AveragePooling2D(2)
    works = {
        "numpy": (lambda: forward(x), lambda: (backward(dy, x),)),
        "keras": keras_work(layer, x, dy),
    }
    return f"{kind}_pool2d {size}×{size}×{channels}", works, 1e-5


def dense(features: int, units: int) -> Case:
    x, kernel, bias, dy = (
        normal(BATCH, features),
        normal(features, units),
        normal(units),
        normal(BATCH, units),
    )
    layer = keras.layers.Dense(units)
    layer.build(x.shape)
    layer.set_weights([kernel, bias])
    works = {
        "numpy": (lambda: F.dense(x, kernel, bias), lambda: F.dense_backward(dy, x, kernel)),
        "keras": keras_work(layer, x, dy),
    }
    return f"dense {features} → {units}", works, 1e-3


def check(works: dict[str, tuple[Work, ...]], tolerance: float) -> None:
    """All must compute the same before their times mean anything."""
    for direction in (0, 1):
        expected = works["keras"][direction]()
        for work in works.values():
            result = work[direction]()
            if direction == 0:
                np.testing.assert_allclose(result, expected, rtol=1e-3, atol=tolerance)
            else:
                for ours, theirs in zip(result, expected, strict=True):
                    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=tolerance)


def seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(works: dict[str, tuple[Work, ...]], repeat: int) -> dict[str, list[float]]:
    """Time forward and backward of each in turn, `repeat` times: medians in milliseconds."""
    times: dict[str, list[list[float]]] = {name: [[], []] for name in works}
    for _ in range(repeat):
        for name, pair in works.items():
            for direction, work in enumerate(pair):
                times[name][direction].append(seconds(work))
    return {
        name: [1000 * statistics.median(taken) for taken in pair] for name, pair in times.items()
    }


def main() -> None:
    """Print a Markdown table; the ratios are of forward and backward together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=50, help="measurements of each")
    arguments, _ = parser.parse_known_args()
    print(f"Milliseconds, forward + backward; medians of {arguments.repeat}; batch {BATCH}.\n")
    print("| layer | lenet | Keras | textbook | lenet / Keras | textbook / lenet |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, works, tolerance in (
        convolution(28, 1, 6, "same"),
        convolution(14, 6, 16, "valid"),
        convolution(5, 16, 120, "valid"),
        pooling("max", 28, 6),
        pooling("max", 10, 16),
        pooling("avg", 28, 6),
        pooling("avg", 10, 16),
        dense(120, 84),
        dense(84, 10),
    ):
        check(works, tolerance)
        medians = measure(works, arguments.repeat)
        total = {kind: sum(pair) for kind, pair in medians.items()}
        cells = [
            f"{medians[kind][0]:.2f} + {medians[kind][1]:.2f}" if kind in medians else ""
            for kind in ("numpy", "keras", "textbook")
        ]
        slower = f"{total['textbook'] / total['numpy']:.1f}" if "textbook" in total else ""
        ratio = f"{total['numpy'] / total['keras']:.2f}"
        print(f"| {' | '.join([name, *cells, ratio, slower])} |", flush=True)


if __name__ == "__main__":
    main()
