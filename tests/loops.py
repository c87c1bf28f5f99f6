"""Convolution and pooling as plain loops: slow, and easy to believe.

Padding is never stored here. A place outside the input adds nothing to a sum, cannot win a maximum
and is not counted in an average.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Pair = tuple[int, int]


def before_and_output(n: int, k: int, s: int, padding: str | int) -> tuple[int, int]:
    """The zeros before the first value, and the number of windows, in one direction."""
    if padding == "same":
        out = -(-n // s)
        return max((out - 1) * s + k - n, 0) // 2, out
    p = 0 if padding == "valid" else int(padding)
    out = 0
    while out * s + k <= n + 2 * p:  # one more window fits
        out += 1
    return p, out


class Windows:
    """Every place of a window, and the values of `x` that are seen there."""

    def __init__(self, x: Array, k: Pair, s: Pair, padding: str | int | Pair) -> None:
        self.batch, self.height, self.width, self.channels = x.shape
        self.k, self.s = k, s
        vertical, horizontal = padding if isinstance(padding, tuple) else (padding, padding)
        self.top, self.out_height = before_and_output(self.height, k[0], s[0], vertical)
        self.left, self.out_width = before_and_output(self.width, k[1], s[1], horizontal)

    def places(self) -> Iterator[tuple[int, int, int]]:
        """Each image `b` and each row `r` and column `q` of the output."""
        for b in range(self.batch):
            for r in range(self.out_height):
                for q in range(self.out_width):
                    yield b, r, q

    def seen(self, r: int, q: int) -> Iterator[tuple[int, int, int, int]]:
        """Each place `(i, j)` of the window at `(r, q)` and where it lies on the input."""
        for i in range(self.k[0]):
            for j in range(self.k[1]):
                row = r * self.s[0] + i - self.top
                column = q * self.s[1] + j - self.left
                if 0 <= row < self.height and 0 <= column < self.width:
                    yield i, j, row, column


def conv2d(x: Array, kernel: Array, bias: Array, strides: Pair, padding: str | int | Pair) -> Array:
    height, width, in_channels, filters = kernel.shape
    windows = Windows(x, (height, width), strides, padding)
    y = np.zeros((len(x), windows.out_height, windows.out_width, filters))
    for b, r, q in windows.places():
        for f in range(filters):
            y[b, r, q, f] = bias[f]
            for i, j, row, column in windows.seen(r, q):
                for c in range(in_channels):
                    y[b, r, q, f] += x[b, row, column, c] * kernel[i, j, c, f]
    return y


def conv2d_backward(
    dy: Array, x: Array, kernel: Array, strides: Pair, padding: str | int | Pair
) -> tuple[Array, Array, Array]:
    height, width, in_channels, filters = kernel.shape
    windows = Windows(x, (height, width), strides, padding)
    dx, dkernel, dbias = np.zeros(x.shape), np.zeros(kernel.shape), np.zeros(filters)
    for b, r, q in windows.places():
        for f in range(filters):
            dbias[f] += dy[b, r, q, f]
            for i, j, row, column in windows.seen(r, q):
                for c in range(in_channels):
                    dx[b, row, column, c] += dy[b, r, q, f] * kernel[i, j, c, f]
                    dkernel[i, j, c, f] += dy[b, r, q, f] * x[b, row, column, c]
    return dx, dkernel, dbias


def max_pool2d(x: Array, k: Pair, s: Pair, padding: str | int | Pair) -> Array:
    windows = Windows(x, k, s, padding)
    y = np.zeros((len(x), windows.out_height, windows.out_width, x.shape[3]))
    for b, r, q in windows.places():
        for c in range(x.shape[3]):
            y[b, r, q, c] = max(x[b, row, column, c] for _, _, row, column in windows.seen(r, q))
    return y


def max_pool2d_backward(dy: Array, x: Array, k: Pair, s: Pair, padding: str | int | Pair) -> Array:
    windows = Windows(x, k, s, padding)
    dx = np.zeros(x.shape)
    for b, r, q in windows.places():
        for c in range(x.shape[3]):
            seen = [(row, column) for _, _, row, column in windows.seen(r, q)]
            row, column = max(seen, key=lambda place: x[b, *place, c])  # the first, if several
            dx[b, row, column, c] += dy[b, r, q, c]
    return dx


def avg_pool2d(x: Array, k: Pair, s: Pair, padding: str | int | Pair) -> Array:
    windows = Windows(x, k, s, padding)
    y = np.zeros((len(x), windows.out_height, windows.out_width, x.shape[3]))
    for b, r, q in windows.places():
        for c in range(x.shape[3]):
            seen = [x[b, row, column, c] for _, _, row, column in windows.seen(r, q)]
            y[b, r, q, c] = sum(seen) / len(seen)
    return y


def avg_pool2d_backward(dy: Array, x: Array, k: Pair, s: Pair, padding: str | int | Pair) -> Array:
    windows = Windows(x, k, s, padding)
    dx = np.zeros(x.shape)
    for b, r, q in windows.places():
        for c in range(x.shape[3]):
            seen = [(row, column) for _, _, row, column in windows.seen(r, q)]
            for row, column in seen:
                dx[b, row, column, c] += dy[b, r, q, c] / len(seen)
    return dx
