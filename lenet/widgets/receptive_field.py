"""Layers on layers: how far a unit sees, and which units see a pixel."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from lenet import shapes
from lenet.data import load_mnist, prepare
from lenet.plots import Picture
from lenet.plots.drawing import (
    FAINT,
    FOCUS,
    GRAY,
    INK,
    QUIET,
    add_axes,
    block,
    draw,
    frame,
    many,
    outline,
    styled,
    tint,
)
from lenet.widgets.figure import Array, Figure, module_source

SIZE = 28
MOST_LAYERS = 6
KINDS, KERNEL_SIZES, STRIDES = ("conv", "pool"), range(1, 8), range(1, 4)


class Seen(NamedTuple):
    """What one unit sees, in one direction.

    Attributes:
        size: How many pixels wide the receptive field is, padding included.
        jump: How many pixels apart those of neighbouring units are.
        first: The first pixel of the image in it.
        last: The last.
    """

    size: int
    jump: int
    first: int
    last: int


class ReceptiveField(Figure):
    """Stack convolutions and pools on 28×28 pixels and see how far each unit sees.

    Args:
        layers: 1 to 6 layers from the input up, each
            `{"kind": "conv" or "pool", "kernel_size": 1 to 7, "strides": 1 to 3}`; two 3×3
            convolutions when not given.
        image: `(28, 28)`, what is looked at; a digit when not given.
        padding: Zeros around the image, 0 to 3.
        unit: Layer, counted from 1, and place in it; layer 0 is the input. The middle of the last
            layer when not given.

    Raises:
        traitlets.TraitError: If a value is none of these, now or later; it says which and why.

    Example:
        >>> conv = {"kind": "conv", "kernel_size": 5, "strides": 1}
        >>> pool = {"kind": "pool", "kernel_size": 2, "strides": 2}
        >>> figure = ReceptiveField([conv, pool, conv], padding=2, unit=(3, 3))
        >>> figure.receptive_field
        Seen(size=14, jump=2, first=4, last=17)
    """

    kind = "receptive-field"
    _esm = module_source("receptive_field")

    layers = traitlets.List(traitlets.Dict()).tag(sync=True)
    padding = traitlets.Int(0, min=0, max=3).tag(sync=True)
    unit = traitlets.Tuple(traitlets.Int(min=0), traitlets.Int(min=0), default_value=(0, 0)).tag(
        sync=True
    )
    image = Array(axes=("height", "width"))

    def __init__(
        self,
        layers: Sequence[dict[str, Any]] | None = None,
        image: ArrayLike | None = None,
        **settings: Any,
    ) -> None:
        if layers is None:
            layers = [{"kind": "conv", "kernel_size": 3, "strides": 1}] * 2
        if image is None:
            _, (x_test, _) = load_mnist()
            image = prepare(x_test[0])[0, :, :, 0]
        super().__init__(layers=list(layers), image=image, **settings)
        if "unit" not in settings:
            try:
                self.unit = (len(self.layers), (self.sizes[-1] - 1) // 2)
            except ValueError:  # the figure explains what does not fit
                self.unit = (len(self.layers), 0)

    @traitlets.validate("layers")
    def _check_layers(self, proposal: Any) -> list[dict[str, Any]]:
        layers: list[dict[str, Any]] = proposal["value"]
        if not 1 <= len(layers) <= MOST_LAYERS:
            raise traitlets.TraitError(
                f"layers must be 1 to {MOST_LAYERS} layers. Received: {len(layers)}."
            )
        choices = {"kind": KINDS, "kernel_size": KERNEL_SIZES, "strides": STRIDES}
        kinds = {"kind": str, "kernel_size": int, "strides": int}
        for layer in layers:
            if set(layer) != set(choices) or any(
                type(value) is not kinds[key] or value not in choices[key]
                for key, value in layer.items()
            ):
                raise traitlets.TraitError(
                    'Each of layers must be {"kind": "conv" or "pool", "kernel_size": 1 to 7, '
                    f'"strides": 1 to 3}}. Received: {layer}.'
                )
        return layers

    @traitlets.validate("image")
    def _check_image(self, proposal: Any) -> NDArray[np.float32]:
        image: NDArray[np.float32] = proposal["value"]
        if image.shape != (SIZE, SIZE):
            raise traitlets.TraitError(
                f"image must have shape ({SIZE}, {SIZE}). Received: {image.shape}."
            )
        return image

    @property
    def _stack(self) -> list[shapes.Conv2D]:
        """The layers, each as a window that slides: that is all that counts here."""
        if self.padding >= self.layers[0]["kernel_size"]:
            raise ValueError(
                "padding must be smaller than the first kernel, or a window would hold nothing "
                f"else. Received: padding {self.padding}, kernel {self.layers[0]['kernel_size']}."
            )
        return [
            shapes.Conv2D(
                1,
                layer["kernel_size"],
                layer["strides"],
                padding=0 if k else self.padding,
                name=str(k + 1),
            )
            for k, layer in enumerate(self.layers)
        ]

    @property
    def sizes(self) -> list[int]:
        """How many units each layer has, in one direction.

        Raises:
            ValueError: If a layer does not fit on the one below it.
        """
        return [entry.output_shape[0] for entry in shapes.count(self._stack, (SIZE, SIZE, 1))]

    @property
    def receptive_field(self) -> Seen:
        """What the chosen unit sees.

        Raises:
            ValueError: If a layer does not fit on the one below it.
        """
        level, place = self._chosen()
        if not level:
            return Seen(1, 1, place, place)
        entry = shapes.count(self._stack, (SIZE, SIZE, 1))[level - 1]
        _, columns = shapes.receptive_field(self._stack, (SIZE, SIZE, 1), level - 1, column=place)
        return Seen(entry.receptive_field[1], entry.jump[1], columns.start, columns.stop - 1)

    def _chosen(self) -> tuple[int, int]:
        """Give the chosen unit, or the nearest one where the stack has changed under it."""
        sizes = [SIZE, *self.sizes]
        level = min(self.unit[0], len(sizes) - 1)
        return level, min(self.unit[1], sizes[level] - 1)

    @styled
    def still(self) -> Picture:
        """Draw the cross-section with what the unit sees, and the patch to scale on the image."""
        (level, place), seen = self._chosen(), self.receptive_field
        picture = Picture(
            2.95,
            f"{many(len(self.layers), 'layers')} over a row of {SIZE} pixels: unit {place} of "
            f"layer {level} sees a patch {seen.size} wide, pixels {seen.first} to {seen.last}; "
            f"those of neighbouring units are {seen.jump} apart.",
        )
        inside: dict[int, set[int]] = {level: {place}}
        for k in range(level, 0, -1):
            (size, step), pad = self._window(k), self.padding if k == 1 else 0
            inside[k - 1] = {i * step - pad + tap for i in inside[k] for tap in range(size)}

        axes = add_axes(picture, 0, 0.1, 4.5, 2.8)
        axes.set(xlim=(-self.padding - 1, SIZE + self.padding), ylim=(-0.3, len(self.layers) + 0.6))
        centre, jump = 0.0, 1  # of a layer's first unit, and from one to the next
        for k, units in enumerate([SIZE, *self.sizes]):
            if k:
                size, step = self._window(k)
                centre += (size - 1) / 2 * jump - (self.padding if k == 1 else 0)
                jump *= step
            side = min(jump, 2) * 0.84
            for i in range(units):
                strong = FOCUS if k == level else tint(FOCUS, 0.5)
                fill = strong if i in inside.get(k, ()) else FAINT
                block(axes, centre + i * jump - side / 2, k - 0.12, side, 0.24, fill, "none")
            name = f"layer {k}: {units} units" if k else f"input: {units} pixels"
            axes.text(-self.padding - 0.5, k + 0.2, name, color=QUIET, size=9)

        rows = slice(SIZE // 2 - 1, SIZE // 2)
        if level:
            middle = (self.sizes[level - 1] - 1) // 2
            rows, _ = shapes.receptive_field(self._stack, (SIZE, SIZE, 1), level - 1, row=middle)
        high, wide = rows.stop - rows.start, seen.last - seen.first + 1
        picture_axes = add_axes(picture, 4.75, 0.5, 2.05, 2.05)
        draw(picture_axes, self.image, GRAY, (0, 1))
        frame(picture_axes)
        outline(picture_axes, rows.start, seen.first, high, wide)
        picture_axes.set_title(f"it sees {high}×{wide} pixels", color=INK)
        return picture

    def _window(self, level: int) -> tuple[int, int]:
        """Kernel size and strides of a layer, counted from 1."""
        layer = self.layers[level - 1]
        return layer["kernel_size"], layer["strides"]
