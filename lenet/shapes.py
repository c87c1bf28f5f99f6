"""The arithmetic of shapes: sizes, padding, parameters, connections and receptive fields.

Whole numbers only, no arrays. The shape of a volume is `(height, width, channels)`, without the
batch.

Example:
    >>> from lenet.shapes import LENET5, count
    >>> for layer in count(LENET5, (28, 28, 1)):
    ...     print(layer.name, layer.output_shape, layer.parameters)
    c1 (28, 28, 6) 156
    s2 (14, 14, 6) 0
    c3 (10, 10, 16) 2416
    s4 (5, 5, 16) 0
    c5 (1, 1, 120) 48120
    flatten (120,) 0
    f6 (84,) 10164
    output (10,) 850
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Pair = tuple[int, int]
Size = int | Sequence[int]  # one number for both directions, or (vertical, horizontal)
Padding = str | int | Sequence[int]  # "valid", "same", a number of rows and columns, or a pair
Shape = tuple[int, ...]


def _whole(value: object, name: str, least: int) -> int:
    """Return `value` as an int, refusing fractions and what is below `least`."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # any integer type, NumPy's too
    except TypeError:
        number = least - 1
    if number < least:
        raise ValueError(f"{name} must be an integer, {least} or more. Received: {value!r}.")
    return number


def pair(value: object, name: str, least: int = 1) -> Pair:
    """Return `(vertical, horizontal)` from one integer for both, or from a pair.

    Args:
        value: An integer, or two.
        name: What the value is called in an error message.
        least: The smallest integer allowed.

    Returns:
        Two integers.

    Raises:
        ValueError: If `value` is neither an integer nor a pair, or is smaller than `least`.

    Example:
        >>> pair(2, "strides"), pair((2, 1), "strides")
        ((2, 2), (2, 1))
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        number = _whole(value, name, least)
        return number, number
    values = tuple(value)
    if len(values) != 2:
        raise ValueError(
            f"{name} must be an integer or a pair (vertical, horizontal). Received: {value!r}."
        )
    return _whole(values[0], name, least), _whole(values[1], name, least)


def output_size(size: int, kernel_size: int, strides: int = 1, padding: int = 0) -> int:
    """Count the places where a window fits: `⌊(n + 2p − k) / s⌋ + 1`.

    Args:
        size: Length of the input in one direction, `n`.
        kernel_size: Length of the window, `k`.
        strides: How far the window moves from one place to the next, `s`.
        padding: Zeros added on each of the two sides, `p`.

    Returns:
        Length of the output. What is left over when `s` does not divide `n + 2p − k` is not seen by
        any window.

    Raises:
        ValueError: If the window is longer than the padded input, or a number is not a whole number
            in its range.

    Example:
        >>> output_size(32, 5), output_size(28, 5, padding=2), output_size(28, 2, strides=2)
        (28, 28, 14)

    Source: Dumoulin and Visin (2016), relationship 6.
    """
    n = _whole(size, "size", 1)
    k = _whole(kernel_size, "kernel_size", 1)
    s = _whole(strides, "strides", 1)
    p = _whole(padding, "padding", 0)
    if k > n + 2 * p:
        raise ValueError(
            "kernel_size must not be larger than the padded input. "
            f"Received: kernel_size {k}, input {n}, padded {n + 2 * p}."
        )
    return (n + 2 * p - k) // s + 1


def same_padding(size: int, kernel_size: int, strides: int = 1) -> Pair:
    """Give the zeros `(before, after)` that make the output `⌈n / s⌉` long, as Keras does.

    With stride 1 the output is as long as the input. An odd zero goes after.

    Example:
        >>> same_padding(28, 5), same_padding(28, 2), same_padding(28, 3, strides=2)
        ((2, 2), (0, 1), (0, 1))

    Source: the TensorFlow guide's notes on padding for `tf.nn`.
    """
    n = _whole(size, "size", 1)
    k = _whole(kernel_size, "kernel_size", 1)
    s = _whole(strides, "strides", 1)
    total = max((math.ceil(n / s) - 1) * s + k - n, 0)
    return total // 2, total - total // 2


def pad_amounts(
    size: Size, kernel_size: Size, strides: Size, padding: Padding
) -> tuple[Pair, Pair]:
    """Give the zeros that `padding` means, as `((top, bottom), (left, right))`.

    Args:
        size: `(height, width)` of the input.
        kernel_size: `(height, width)` of the window.
        strides: `(vertical, horizontal)` steps.
        padding: `"valid"` (none), `"same"` (see `same_padding`), an integer for all four
            sides, or a pair (top and bottom, left and right).

    Raises:
        ValueError: If `padding` is none of these, or the padded input is smaller than the window.

    Example:
        >>> pad_amounts((28, 28), 5, 1, "same"), pad_amounts((28, 28), 5, 1, (1, 0))
        (((2, 2), (2, 2)), ((1, 1), (0, 0)))
    """
    n, k, s = pair(size, "size"), pair(kernel_size, "kernel_size"), pair(strides, "strides")
    if padding == "same":
        return same_padding(n[0], k[0], s[0]), same_padding(n[1], k[1], s[1])
    if padding == "valid":
        padding = 0
    if isinstance(padding, str):
        raise ValueError(
            f'padding must be "valid", "same", an integer or a pair. Received: {padding!r}.'
        )
    p = pair(padding, "padding", 0)
    if k[0] > n[0] + 2 * p[0] or k[1] > n[1] + 2 * p[1]:
        raise ValueError(
            "kernel_size must not be larger than the padded input. "
            f"Received: kernel_size {k}, input {n}, padded {n[0] + 2 * p[0], n[1] + 2 * p[1]}."
        )
    return (p[0], p[0]), (p[1], p[1])


def _slide(shape: Shape, kernel_size: Pair, strides: Pair, padding: Padding) -> Pair:
    """Return `(height, width)` of what a window leaves when it slides over a volume."""
    if len(shape) != 3:
        raise ValueError(
            f"The input of this layer must be (height, width, channels). Received: {shape}."
        )
    pads = pad_amounts(shape[:2], kernel_size, strides, padding)
    height, width = (
        output_size(n + sum(p), k, s)
        for n, p, k, s in zip(shape[:2], pads, kernel_size, strides, strict=True)
    )
    return height, width


@dataclass(frozen=True)
class Conv2D:
    """A convolutional layer: `filters` filters of `kernel_size`, each with a bias.

    Example:
        >>> c1 = Conv2D(6, 5)
        >>> c1.output_shape((32, 32, 1)), c1.parameters((32, 32, 1)), c1.connections((32, 32, 1))
        ((28, 28, 6), 156, 122304)
    """

    filters: int
    kernel_size: Size
    strides: Size = 1
    padding: Padding = "valid"
    name: str = ""

    def __post_init__(self) -> None:
        _whole(self.filters, "filters", 1)
        pair(self.kernel_size, "kernel_size")
        pair(self.strides, "strides")

    @property
    def window(self) -> tuple[Pair, Pair]:
        """What slides, and by how much: `(kernel_size, strides)`."""
        return pair(self.kernel_size, "kernel_size"), pair(self.strides, "strides")

    def output_shape(self, input_shape: Shape) -> Shape:
        """One feature map a filter."""
        return (*_slide(input_shape, *self.window, self.padding), self.filters)

    def parameters(self, input_shape: Shape) -> int:
        """`(k · k · in_channels + 1) · filters`: the same weights at every place."""
        (kernel_height, kernel_width), _ = self.window
        return (kernel_height * kernel_width * input_shape[-1] + 1) * self.filters

    def connections(self, input_shape: Shape) -> int:
        """One for each weight at each place, the bias included, and padding too."""
        height, width, _ = self.output_shape(input_shape)
        return height * width * self.parameters(input_shape)


@dataclass(frozen=True)
class Pool2D:
    """A pooling layer, maximum or average: no parameters, channels kept.

    Example:
        >>> Pool2D(2).output_shape((28, 28, 6))
        (14, 14, 6)
    """

    pool_size: Size = 2
    strides: Size | None = None  # as `pool_size` when not given: windows do not overlap
    padding: Padding = "valid"
    name: str = ""

    def __post_init__(self) -> None:
        pool_size, _ = self.window
        if not isinstance(self.padding, str):
            padding = pair(self.padding, "padding", 0)
            if padding[0] >= pool_size[0] or padding[1] >= pool_size[1]:
                raise ValueError(
                    "padding must be smaller than pool_size, or a window would hold nothing else. "
                    f"Received: padding {padding}, pool_size {pool_size}."
                )

    @property
    def window(self) -> tuple[Pair, Pair]:
        """What slides, and by how much: `(pool_size, strides)`."""
        strides = self.pool_size if self.strides is None else self.strides
        return pair(self.pool_size, "pool_size"), pair(strides, "strides")

    def output_shape(self, input_shape: Shape) -> Shape:
        """As many maps as came in, each smaller."""
        return (*_slide(input_shape, *self.window, self.padding), input_shape[2])

    def parameters(self, input_shape: Shape) -> int:  # noqa: ARG002  # the same for any input
        """None: pooling learns nothing."""
        return 0

    def connections(self, input_shape: Shape) -> int:
        """Each output is connected to every value of its window."""
        (pool_height, pool_width), _ = self.window
        return math.prod(self.output_shape(input_shape)) * pool_height * pool_width


@dataclass(frozen=True)
class Flatten:
    """Lay a volume out as one row of numbers.

    Example:
        >>> Flatten().output_shape((5, 5, 16))
        (400,)
    """

    name: str = ""

    def output_shape(self, input_shape: Shape) -> Shape:
        """As many numbers as the volume holds."""
        return (math.prod(input_shape),)

    def parameters(self, input_shape: Shape) -> int:  # noqa: ARG002  # the same for any input
        """None."""
        return 0

    def connections(self, input_shape: Shape) -> int:  # noqa: ARG002  # the same for any input
        """None: nothing is computed."""
        return 0


@dataclass(frozen=True)
class Dense:
    """A fully connected layer: every unit sees every input, and has a bias.

    Example:
        >>> Dense(84).parameters((120,))
        10164
    """

    units: int
    name: str = ""

    def __post_init__(self) -> None:
        _whole(self.units, "units", 1)

    def output_shape(self, input_shape: Shape) -> Shape:
        """One number a unit."""
        if len(input_shape) != 1:
            raise ValueError(
                "The input of a dense layer must be flat, (features,): put a Flatten before it. "
                f"Received: {input_shape}."
            )
        return (self.units,)

    def parameters(self, input_shape: Shape) -> int:
        """`(features + 1) · units`."""
        return (math.prod(input_shape) + 1) * self.units

    def connections(self, input_shape: Shape) -> int:
        """Nothing is shared: one connection a parameter."""
        return self.parameters(input_shape)


Layer = Conv2D | Pool2D | Flatten | Dense

LENET5: tuple[Layer, ...] = (
    Conv2D(6, 5, padding="same", name="c1"),
    Pool2D(2, name="s2"),
    Conv2D(16, 5, name="c3"),
    Pool2D(2, name="s4"),
    Conv2D(120, 5, name="c5"),
    Flatten(name="flatten"),
    Dense(84, name="f6"),
    Dense(10, name="output"),
)
"""The book's LeNet-5, for inputs of shape `(28, 28, 1)`."""


@dataclass(frozen=True)
class LayerCount:
    """What `count` finds out about one layer.

    Attributes:
        name: The layer's name.
        kind: `"Conv2D"`, `"Pool2D"`, `"Flatten"` or `"Dense"`.
        output_shape: `(height, width, channels)`, or `(units,)`.
        parameters: How many numbers it learns.
        connections: How many products or values enter its outputs, biases and padding included.
        receptive_field: `(height, width)` of the patch of the input, padding included, that one of
            its units sees.
        jump: `(vertical, horizontal)` distance on the input between neighbouring units' patches.
    """

    name: str
    kind: str
    output_shape: Shape
    parameters: int
    connections: int
    receptive_field: Pair
    jump: Pair


def names(layers: Iterable[object]) -> list[str]:
    """Name every layer: its own `name`, or its kind and position.

    Example:
        >>> names([Conv2D(6, 5, name="c1"), Pool2D()])
        ['c1', 'pool2d_1']
    """
    return [
        getattr(layer, "name", "") or f"{type(layer).__name__.lower()}_{i}"
        for i, layer in enumerate(layers)
    ]


def count(layers: Sequence[Layer], input_shape: Shape) -> list[LayerCount]:
    """Follow a shape through layers; count parameters and connections, and how far a unit sees.

    Each layer widens the receptive field `r` by `(k − 1) · j` and multiplies the jump `j` by `s`.
    A dense layer sees the whole map before it, as a convolution with a kernel of that size would.

    Args:
        layers: Descriptions of layers, first to last.
        input_shape: `(height, width, channels)` of the input, or `(features,)`.

    Returns:
        One `LayerCount` a layer.

    Raises:
        ValueError: If a layer cannot take what the one before it gives.

    Example:
        >>> sum(layer.parameters for layer in count(LENET5, (28, 28, 1)))
        61706
        >>> [layer.receptive_field[0] for layer in count(LENET5, (28, 28, 1))]
        [5, 6, 14, 16, 32, 32, 32, 32]
    """
    shape = input_shape = tuple(_whole(n, "input_shape", 1) for n in input_shape)
    r, j = (1, 1), (1, 1)
    size = (shape[0], shape[1]) if len(shape) == 3 else (1, 1)  # of the map that a unit comes from
    counts = []
    for layer, name in zip(layers, names(layers), strict=True):
        try:
            output_shape = layer.output_shape(shape)
        except ValueError as error:
            raise ValueError(f"Layer {name}: {error}") from None
        k, s = (1, 1), (1, 1)
        if isinstance(layer, Conv2D | Pool2D):
            k, s = layer.window
            size = (output_shape[0], output_shape[1])
        elif isinstance(layer, Dense):
            k, size = size, (1, 1)
        r = (r[0] + (k[0] - 1) * j[0], r[1] + (k[1] - 1) * j[1])
        j = (j[0] * s[0], j[1] * s[1])
        counts.append(
            LayerCount(
                name=name,
                kind=type(layer).__name__,
                output_shape=output_shape,
                parameters=layer.parameters(shape),
                connections=layer.connections(shape),
                receptive_field=r,
                jump=j,
            )
        )
        shape = output_shape
    return counts


def receptive_field(
    layers: Sequence[Layer], input_shape: Shape, layer: str | int, row: int = 0, column: int = 0
) -> tuple[slice, slice]:
    """Find the patch of the input that one unit sees: `image[receptive_field(...)]`.

    Goes back from the unit, layer by layer: the rows `a` to `b` of an output come from the rows
    `a · s − p` to `b · s − p + k − 1` of its input. What lies on padding is cut off.

    Args:
        layers: Descriptions of layers, first to last.
        input_shape: `(height, width, channels)` of the input.
        layer: The unit's layer, by name or by index.
        row: The unit's row on its feature map; not used for a flat layer, which sees all.
        column: Its column.

    Returns:
        The rows and the columns of the patch, as two slices; empty for a unit that sees nothing
        but padding.

    Raises:
        ValueError: If there is no such layer or unit.

    Example:
        >>> receptive_field(LENET5, (28, 28, 1), "c1", 0, 0)
        (slice(0, 3, None), slice(0, 3, None))
        >>> receptive_field(LENET5, (28, 28, 1), "s2", 3, 7)
        (slice(4, 10, None), slice(12, 18, None))

    Source: Araujo et al. (2019), "Computing Receptive Fields of Convolutional Neural Networks".
    """
    counts = count(layers, input_shape)
    known = [entry.name for entry in counts]
    index = known.index(layer) if layer in known else layer
    if not isinstance(index, int) or not -len(known) <= index < len(known):
        raise ValueError(f"layer must be one of {known}, or an index. Received: {layer!r}.")
    if len(input_shape) != 3:
        raise ValueError(
            f"input_shape must be (height, width, channels). Received: {tuple(input_shape)}."
        )
    shapes = [tuple(input_shape), *(entry.output_shape for entry in counts)]
    steps = [
        (described, size)
        for described, size in zip(layers[: index % len(known) + 1], shapes, strict=False)
        if isinstance(described, Conv2D | Pool2D)
    ]
    shape = shapes[index % len(known) + 1]
    if len(shape) == 3:
        if not (0 <= row < shape[0] and 0 <= column < shape[1]):
            raise ValueError(
                f"row and column must lie on the {shape[0]}×{shape[1]} map of layer {layer}. "
                f"Received: ({row}, {column})."
            )
        bounds = [(row, row), (column, column)]
    else:
        whole = [size for size in shapes if len(size) == 3][-1]
        bounds = [(0, n - 1) for n in whole[:2]]
    for described, size in reversed(steps):
        k, s = described.window
        p = pad_amounts(size[:2], k, s, described.padding)
        bounds = [
            (max(a * s[i] - p[i][0], 0), min(b * s[i] - p[i][0] + k[i] - 1, size[i] - 1))
            for i, (a, b) in enumerate(bounds)
        ]
        if any(a > b for a, b in bounds):  # the unit's window lies on padding only
            return slice(0, 0), slice(0, 0)
    (top, bottom), (left, right) = bounds
    return slice(top, bottom + 1), slice(left, right + 1)
