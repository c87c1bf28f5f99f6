"""Whole networks: volumes to scale, the architecture, and the network at work on one digit."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from numpy.typing import ArrayLike, NDArray

from lenet.plots.drawing import (
    BAR,
    BLUE,
    COLORS,
    FAINT,
    GRAY,
    INK,
    LAYER_COLORS,
    QUIET,
    ROOM,
    SIGNED,
    Picture,
    add_axes,
    as_titles,
    brightness,
    dims,
    draw,
    finite,
    frame,
    gray_image,
    join,
    ranked,
    rows_of,
    styled,
    symmetric,
    tint,
    write,
)
from lenet.shapes import LayerCount


@styled
def volume(
    shapes: Sequence[tuple[int, int, int]], titles: Sequence[object] | None = None
) -> Picture:
    """Draw volumes as boxes, to the same scale: height, width, and channels as depth.

    Args:
        shapes: `(height, width, channels)` of each.
        titles: One for each.

    Raises:
        ValueError: If a shape has not three sizes of at least 1, or lengths differ.

    Example:
        >>> volume([(32, 32, 1), (28, 28, 6)], ["image", "feature maps"])
        <Picture: 2 boxes to scale: image 32×32×1, feature maps 28×28×6.>
    """
    if not shapes:
        raise ValueError("shapes must not be empty. Received: none.")
    for shape in shapes:
        if len(shape) != 3 or min(shape) < 1:
            raise ValueError(
                f"Each shape must be (height, width, channels). Received: {tuple(shape)}."
            )
    names = as_titles(titles, len(shapes), "shapes") or [""] * len(shapes)
    told = (f"{name} {dims(s)}".strip() for name, s in zip(names, shapes, strict=True))
    alt = f"{len(shapes)} {'box' if len(shapes) == 1 else 'boxes'} to scale: {join(told)}."

    gaps, gap = len(shapes) - 1, 0.75
    spans = [wide + 0.5 * deep for _, wide, deep in shapes]
    tallest = max(high + 0.35 * deep for high, _, deep in shapes)
    scale = min((ROOM - 0.3 - gap * gaps) / sum(spans), 2.2 / tallest)
    tall, below = tallest * scale, 0.5 if titles else 0.28
    figure = Picture(tall + below + 0.1, alt)
    axes = add_axes(figure, 0, 0, ROOM, tall + below + 0.1)
    axes.set(xlim=(0, ROOM), ylim=(-below, tall + 0.1))
    x = (ROOM - sum(spans) * scale - gap * gaps) / 2
    for k, ((high, wide, deep), span) in enumerate(zip(shapes, spans, strict=True)):
        y = (tall - (high + 0.35 * deep) * scale) / 2
        slices = deep if scale > 0.03 else 1
        _box(axes, x, y, (wide * scale, high * scale, deep * scale), BLUE, slices)
        middle = x + span * scale / 2
        axes.text(middle, -0.14, names[k], ha="center", va="center", weight="bold")
        axes.text(middle, -below + 0.14, dims(shapes[k]), ha="center", va="center")
        x += span * scale
        if k < gaps:
            ends = (x + gap * 0.78, tall / 2), (x + gap * 0.22, tall / 2)
            axes.annotate("", *ends, arrowprops={"arrowstyle": "->", "color": QUIET})
        x += gap
    return figure


def _box(
    axes: Axes, x: float, y: float, size: tuple[float, float, float], color: str, slices: int
) -> None:
    """Draw a box in oblique projection, front face lower left corner at (x, y), cut in slices."""
    wide, high, deep = size
    right, above, dx, dy = x + wide, y + high, 0.5 * deep, 0.35 * deep
    front = [(x, y), (right, y), (right, above), (x, above)]
    top = [(x, above), (right, above), (right + dx, above + dy), (x + dx, above + dy)]
    side = [(right, y), (right + dx, y + dy), (right + dx, above + dy), (right, above)]
    for points, amount in ((top, 0.3), (side, 0.6), (front, 0.45)):
        style: dict[str, Any] = {"linewidth": 0.9, "joinstyle": "round"}
        axes.add_patch(Polygon(points, facecolor=tint(color, amount), edgecolor=color, **style))
    edge = np.array([(x, above), (right, above), (right, y)])
    for share in np.arange(1, slices) / slices:
        axes.plot(edge[:, 0] + share * dx, edge[:, 1] + share * dy, color=color, linewidth=0.5)


@styled
def architecture(
    counts: Sequence[LayerCount], input_shape: tuple[int, int, int] = (28, 28, 1)
) -> Picture:
    """Draw a whole network: what leaves each layer as a box, its shape, and its parameters.

    Args:
        counts: A row for each layer, from `lenet.shapes.count`. Layers that only reorder (flatten)
            are left out.
        input_shape: `(height, width, channels)` of an image.

    Raises:
        ValueError: If there is no layer.

    Example:
        >>> from lenet.shapes import LENET5, count
        >>> architecture(count(LENET5, (28, 28, 1)))  # doctest: +ELLIPSIS
        <Picture: A network of 7 layers with 61,706 parameters: input 28×28×1, c1 28×28×6 ...>
    """
    layers = [layer for layer in counts if layer.kind != "Flatten"]
    if not layers:
        raise ValueError("counts must hold at least one layer. Received: none.")
    total = sum(layer.parameters for layer in layers)
    told = [f"input {dims(input_shape)}"]
    for layer in layers:
        has = f" with {layer.parameters:,} parameters" if layer.parameters else ""
        told.append(f"{layer.name} {dims(layer.output_shape)}{has}")
    alt = f"A network of {len(layers)} layers with {total:,} parameters: {join(told)}."

    words = {"Conv2D": "conv", "Pool2D": "pool", "Dense": "dense"}
    boxes: list[tuple[str, str, tuple[int, ...], str]]
    boxes = [("input", "", input_shape, "parameters")]
    boxes += [(i.name, words[i.kind], i.output_shape, f"{i.parameters:,}") for i in layers]
    column, tall, below = ROOM / len(boxes), 1.5, 1.18
    unit = 0.68 * column / max(input_shape[:2])
    figure = Picture(tall + below, alt)
    axes = add_axes(figure, 0, 0, ROOM, tall + below)
    axes.set(xlim=(0, ROOM), ylim=(-below, tall))
    for k, (name, kind, shape, parameters) in enumerate(boxes):
        color = LAYER_COLORS.get(name, COLORS[k % len(COLORS)])
        middle, slices = (k + 0.5) * column, shape[-1]
        if len(shape) == 3 and shape[0] * shape[1] > 1:
            size = (shape[1] * unit, shape[0] * unit, 0.06 * slices**0.8)
        else:
            # Units in a column; the square root keeps 10 visible beside 120.
            size = (0.1, 1.35 * (slices / 120) ** 0.5, 0.1)
            slices = 1
        wide, high = size[0] + 0.5 * size[2], size[1] + 0.35 * size[2]
        _box(axes, middle - wide / 2, tall / 2 - high / 2, size, color, slices)
        lines = [(name, color), (kind, QUIET), (dims(shape), INK)]
        lines.append((parameters, INK if kind else QUIET))
        for line, (text, tone) in enumerate(lines):
            style: dict[str, Any] = {"ha": "center", "va": "center", "color": tone}
            weight = "bold" if line == 0 else "normal"
            axes.text(middle, -0.12 - 0.23 * line, text, weight=weight, **style)
    axes.plot([0, ROOM], [-0.95, -0.95], color=FAINT, linewidth=0.8)
    text = f"{total:,} parameters in all"
    axes.text(ROOM, -1.08, text, ha="right", va="center", weight="bold")
    return figure


@styled
def activations(
    image: ArrayLike, activations: Mapping[str, ArrayLike], probabilities: ArrayLike
) -> Picture:
    """Show the whole network at work on one digit: every map of every layer, and the answer.

    Args:
        image: `(height, width)`.
        activations: For each layer, in order, what left it: `(height, width, channels)` or
            `(units,)`; a batch of one is accepted too. Layers that only reorder (flatten) and the
            output are left out: the output is `probabilities`.
        probabilities: `(classes,)`.

    Raises:
        ValueError: If a rank is wrong.

    Example:
        >>> activations(np.zeros((28, 28)), {"c1": np.zeros((28, 28, 6))}, [0.1, 0.9])
        <Picture: A digit on its way through c1 28×28×6; the answer is 1 with probability 0.90.>
    """
    digit = gray_image(image)
    answer = ranked(probabilities, "probabilities", 1, "(classes,)").astype(float)
    layers = {
        name: _maps_or_units(array, name)
        for name, array in activations.items()
        if name not in ("flatten", "output")
    }
    best = int(answer.argmax())
    told = join(f"{name} {dims(array.shape)}" for name, array in layers.items())
    alt = (
        f"A digit on its way through {told}; the answer is {best} "
        f"with probability {answer[best]:.2f}."
    )

    label, gap, between = 0.92, 0.07, 0.17
    room = ROOM - label
    widest = max((array.shape[1] for array in layers.values() if array.ndim == 3), default=1)
    sizes = []
    for array in layers.values():
        if array.ndim == 3:
            # Smaller maps are drawn smaller, though not to scale: each pixel must stay visible.
            pitch = (room + gap) / max(array.shape[2], 4)
            wide = min(pitch - gap, room / 6 * (array.shape[1] / widest) ** 0.6)
            sizes.append((wide, wide * array.shape[0] / array.shape[1]))
        else:
            across = _across(array.size)
            sizes.append((room, room / across * rows_of(array.size, across)))
    first, last = 1.15, 0.95
    heights = first, *(size[1] for size in sizes), last
    figure = Picture(sum(heights) + (len(heights) - 1) * between, alt)

    def name_it(name: str, shape: Sequence[int], middle: float) -> None:
        color = LAYER_COLORS.get(name, INK)
        write(figure, 0, middle - 0.09, name, ha="left", weight="bold", color=color)
        write(figure, 0, middle + 0.09, dims(shape), ha="left", color=QUIET)

    axes = add_axes(figure, label, 0, first * digit.shape[1] / digit.shape[0], first)
    draw(axes, digit, GRAY, brightness([digit]))
    frame(axes, LAYER_COLORS["input"])
    name_it("input", digit.shape, first / 2)
    _key(figure, first - 0.12, any(bool((array < 0).any()) for array in layers.values()))
    y = first + between
    for (name, array), (wide, high) in zip(layers.items(), sizes, strict=True):
        color = LAYER_COLORS.get(name, QUIET)
        name_it(name, array.shape, y + high / 2)
        if array.ndim == 3:
            pitch = (room + gap) / max(array.shape[2], 4)
            for k in range(array.shape[2]):
                x = label + k * pitch + (pitch - gap - wide) / 2
                axes = add_axes(figure, x, y, wide, high)
                draw(axes, array[:, :, k], SIGNED, symmetric(array))
                frame(axes, color, 1)
        else:
            _draw_units(add_axes(figure, label, y, wide, high), array, color)
        y += high + between
    axes = add_axes(figure, label, y + 0.2, room, last - 0.42)
    colors = [LAYER_COLORS["output"] if k == best else BAR for k in range(answer.size)]
    axes.bar(range(answer.size), answer, color=colors, width=0.8)
    axes.set(xlim=(-0.5, answer.size - 0.5), ylim=(0, 1))
    axes.set_xticks(range(answer.size))
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(True)
    at = (best, answer[best])
    axes.annotate(f"{answer[best]:.2f}", at, (0, 2), textcoords="offset points", ha="center")
    name_it("output", answer.shape, y + 0.45)
    return figure


def _maps_or_units(value: ArrayLike, name: str) -> NDArray[Any]:
    """Turn what left a layer into `(height, width, channels)`, or `(units,)` if that is 1 × 1."""
    array = finite(value, name)
    shape = array.shape
    if array.ndim in (2, 4) and len(array) == 1:
        array = array[0]
    if array.ndim not in (1, 3):
        raise ValueError(
            f"{name} must have shape (height, width, channels) or (units,). "
            f"Received: shape {shape}."
        )
    return array.ravel() if array.shape[:2] == (1, 1) else array


def _across(units: int) -> int:
    """Choose how many units go in a row: about 40, and full rows where possible."""
    return min((n for n in range(34, 47) if units % n == 0), key=lambda n: abs(n - 40), default=40)


def _draw_units(axes: Axes, units: NDArray[Any], color: str) -> None:
    """Show units in rows, with an outline that leaves out what is missing in the last row."""
    across = _across(units.size)
    rows = rows_of(units.size, across)
    cells = np.full(rows * across, np.nan)
    cells[: units.size] = units
    draw(axes, cells.reshape(rows, across), SIGNED, symmetric(units))
    low, right, rest = rows - 0.5, across - 0.5, rows * across - units.size
    step = low - 1 if rest else low
    edge = [(-0.5, -0.5), (right, -0.5), (right, step), (right - rest, step)]
    edge += [(right - rest, low), (-0.5, low)]
    axes.add_patch(Polygon(edge, fill=False, edgecolor=color, clip_on=False))


def _key(figure: Figure, middle: float, signed: bool) -> None:
    """Say what the colours of `activations` mean, on one line that ends at the right."""
    width = 1.2
    left = ROOM - 1.4 - width
    axes = add_axes(figure, left, middle - 0.05, width, 0.1)
    draw(axes, np.linspace(-1 if signed else 0, 1, 256)[None], SIGNED, (-1, 1))
    frame(axes)
    zero = left + width / 2 if signed else left - 0.08
    above = 0.16 if signed else 0.0
    write(figure, zero, middle - above, "0", color=QUIET, ha="center" if signed else "right")
    words = "largest in its layer"
    write(figure, left + width + 0.08, middle, words, color=QUIET, ha="left")
