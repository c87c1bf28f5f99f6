"""The panel for any Keras model: the filters of its layers, and what they make of an image.

It runs the model, so it lives where Python runs: in Jupyter. On a page there is a picture of it.
"""

import html
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from io import BytesIO
from math import isqrt
from operator import index
from typing import Any

import ipywidgets
import numpy as np
import traitlets
from matplotlib.image import imread, imsave
from numpy.typing import ArrayLike, NDArray

from lenet import plots
from lenet.plots import SIGNED, WIDTH, Picture
from lenet.plots.arrays import colorbar
from lenet.plots.drawing import (
    FAINT,
    MARGIN,
    QUIET,
    ROOM,
    add_axes,
    brightness,
    dims,
    draw,
    frame,
    join,
    many,
    number,
    shades,
    styled,
    symmetric,
    write,
)

NOTE = (
    "A picture of the panel: it runs a Keras model, so it needs Jupyter. "
    "Run this chapter to use it."
)
ACTIVATIONS, FILTERS = "activations", "filters"
PAGE, DEPTH, CELLS = 32, 16, 128
"""How many maps or filters, input channels of filters, and single numbers fit in a row."""
THUMBNAIL = 108
"""The largest side of the small image, in CSS pixels."""


class Explorer(ipywidgets.VBox):  # type: ignore[misc]
    """Look into any Keras model: the filters of each layer, and what it makes of an image.

    Controls and traits are in step: setting a trait moves the panel, using the panel sets the
    trait. The model runs once for each image; the panel keeps what all layers gave.

    Args:
        model: A Keras model with one input: sequential, functional, nested or a class of your own.
            Layers of a model inside it are named `"model/layer"`. Of a layer that is used several
            times, the first use is shown.
        images: One image or several, as the model takes them: `(height, width, channels)` or
            `(n, height, width, channels)`; vectors `(features,)` for a model of dense layers.
        labels: What the images show, one for each.

    Attributes:
        layer: The name of the layer that is shown; to begin with, the first that has filters.
        image: The number of the image that is shown, from 0.
        show: `"activations"`, what the layer gives, or `"filters"`, what it has learned.

    Raises:
        ValueError: If the model is none or has several inputs, or images or labels do not fit.
        traitlets.TraitError: If a trait is set to what is not there; it says what is.

    Example:
        >>> import lenet
        >>> panel = Explorer(lenet.build_lenet5(), np.ones((3, 28, 28, 1)))
        >>> panel.layer, panel.activation.shape, panel.kernel.shape
        ('c1', (28, 28, 6), (5, 5, 1, 6))
        >>> panel.layer, panel.image = "s2", 2
        >>> panel.activation.shape, panel.kernel
        ((14, 14, 6), None)
        >>> panel.close()
    """

    layer = traitlets.Any()
    image = traitlets.Any(0)
    show = traitlets.Any(ACTIVATIONS)

    def __init__(
        self, model: Any, images: ArrayLike, labels: Sequence[object] | None = None
    ) -> None:
        self._model, self._layers = model, find_layers(model)
        self._images = as_batch(model, images)
        self._labels = [""] * len(self._images) if labels is None else [str(x) for x in labels]
        if len(self._labels) != len(self._images):
            raise ValueError(
                f"labels must be as many as images, {len(self._images)}. "
                f"Received: {len(self._labels)} of them."
            )
        self._seen: int | None = 0
        self._outputs = run(model, self._layers, self._images[0])
        self._names = [name for name, y in self._outputs.items() if is_shown(y)]
        if not self._names:
            given = join(f"{name}, {self._told(name)}" for name in self._layers)
            raise ValueError(
                "model must have a layer that gives a vector, a matrix or a volume for each image. "
                f"Received: {given or 'no layers'}."
            )
        first = next((k for k in self._names if self._filters(k) is not None), self._names[0])
        self._busy = False
        super().__init__(self._make_controls(), layer=first, layout=full_width())
        controls = {"image": self._slider, "layer": self._choice, "show": self._toggle}
        self._links = [
            traitlets.link((self, trait), (control, "value")) for trait, control in controls.items()
        ]
        self.observe(self._update, list(controls))
        for pages in (self._columns, self._rows):
            pages.observe(self._update, "value")
        self._update()

    # What it shows, in Python.

    @property
    def activation(self) -> NDArray[Any]:
        """What the layer gives for the image: `(height, width, channels)` or `(units,)`."""
        if self._seen != self.image:
            self._outputs = run(self._model, self._layers, self._images[self.image])
            self._seen = self.image
        activation: NDArray[Any] = to_numpy(self._outputs[self.layer])[0]
        return activation

    @property
    def kernel(self) -> NDArray[Any] | None:
        """The layer's weights without the biases, shaped as Keras keeps them; None without any."""
        return self._kernel(self.layer)

    def refresh(self) -> None:
        """Run the model again and draw anew: after more training, for example."""
        self._seen = None
        self._update()

    def still(self) -> Picture:
        """Draw the panel as it is now: the image, what is shown of the layer, the numbers."""
        return still(
            self._small,
            self._large,
            [
                self._image_name(),
                self._facts[0],
                *map(", ".join, (self._facts[1:3], self._facts[3:])),
            ],
            self._alt,
        )

    def close(self) -> None:
        """Remove the panel from wherever it is shown, and all that belongs to it."""
        if self.comm is not None:
            for link in self._links:
                link.unlink()
            self.unobserve_all()
            self._seen, self._outputs = None, {}
            for child in self.children:
                close(child)
            self.layout.close()
        super().close()

    def __repr__(self) -> str:
        return f"<Explorer: {self.show} of layer {self.layer} for image {self.image}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Show the live panel in Jupyter; elsewhere a picture that says what it is."""
        data = super()._repr_mimebundle_(**kwargs) or {}
        picture = self.still()
        png = picture.png()
        image = img(png, picture.alt, *size_of(picture))
        data["image/png"] = b64encode(png).decode()
        data["text/html"] = (
            f'<figure class="lenet-still">{image}<figcaption>{NOTE}</figcaption></figure>'
        )
        return data, {"image/png": dict(zip(("width", "height"), size_of(picture), strict=True))}

    # Traits can only name what is there.

    @traitlets.validate("layer")
    def _check_layer(self, proposal: Any) -> str:
        name: str = proposal["value"]
        if name in self._names:
            return name
        why = f", {self._told(name)}" if name in list(self._layers) else ""
        raise traitlets.TraitError(
            f"layer must be one of {join(self._names)}. Received: {name!r}{why}."
        )

    @traitlets.validate("image")
    def _check_image(self, proposal: Any) -> int:
        last = len(self._images) - 1
        try:
            chosen = index(proposal["value"])  # NumPy's integers are welcome
        except TypeError:
            chosen = -1
        if 0 <= chosen <= last:
            return chosen
        raise traitlets.TraitError(
            f"image must be a whole number from 0 to {last}. Received: {proposal['value']!r}."
        )

    @traitlets.validate("show")
    def _check_show(self, proposal: Any) -> str:
        show: str = proposal["value"]
        if show not in (ACTIVATIONS, FILTERS):
            raise traitlets.TraitError(
                f'show must be "{ACTIVATIONS}" or "{FILTERS}". Received: {show!r}.'
            )
        if show == FILTERS and self._filters(self.layer) is None:
            raise traitlets.TraitError(
                f'show must be "{ACTIVATIONS}" where a layer has no filters. '
                f"Received: {show!r} for layer {self.layer}."
            )
        return show

    # The model.

    def _kernel(self, name: str) -> NDArray[Any] | None:
        kernel = getattr(self._layers[name], "kernel", None)
        return None if kernel is None else to_numpy(kernel)

    def _filters(self, name: str) -> NDArray[Any] | None:
        kernel = self._kernel(name)
        return None if kernel is None else as_filters(self._layers[name], kernel)

    def _told(self, name: str) -> str:
        """Say why a layer of the model cannot be shown."""
        if name not in self._outputs:
            return "which the model does not call"
        y = self._outputs[name]
        what = f"shape {tuple(y.shape)}" if hasattr(y, "shape") else f"a {type(y).__name__}"
        return f"which gives {what}"

    # The panel.

    def _make_controls(self) -> list[ipywidgets.Widget]:
        style = {"description_width": "66px"}
        late = {"style": style, "continuous_update": False}  # draw when the slider comes to rest
        last = len(self._images) - 1
        self._slider = ipywidgets.IntSlider(
            max=last, description="Image", layout=full_width(), **late
        )
        self._label = ipywidgets.Label()
        options = []
        for name in self._names:
            kind, shape = type(self._layers[name]).__name__, self._outputs[name].shape[1:]
            options.append((f"{name} · {kind} · {dims(shape)}", name))
        self._choice = ipywidgets.Dropdown(
            options=options, description="Layer", style=style, layout=full_width()
        )
        self._toggle = ipywidgets.ToggleButtons(
            options=[(show.capitalize(), show) for show in (ACTIVATIONS, FILTERS)],
            description="Show",
            tooltip="What the layer gives, or what it has learned",
            style=style | {"button_width": "104px"},
            layout=full_width(),
        )
        self._toggle.add_class("widget-inline-hbox")  # its name in line with the others
        self._columns, self._rows = (
            ipywidgets.SelectionSlider(options=[("", 0)], layout=full_width(), **late)
            for _ in range(2)
        )
        # Pictures are HTML, because `ipywidgets.Image` cannot say what it shows.
        self._thumbnail, self._readout, self._picture = (ipywidgets.HTML() for _ in range(3))

        self._slider.layout.flex = "1 1 auto"
        which = ipywidgets.HBox([self._slider, self._label], layout=full_width())
        rows = [which, self._choice, self._toggle, self._columns, self._rows]
        right = ipywidgets.VBox(rows, layout={"flex": "1 1 auto", "min_width": "0"})
        self._thumbnail.layout.flex = "0 0 auto"
        return [ipywidgets.HBox([self._thumbnail, right]), self._readout, self._picture]

    def _update(self, change: Any = None) -> None:
        """Bring controls, pictures and text in line with the traits: once, whatever changed."""
        if self._busy:
            return
        self._busy = True
        try:
            if change is None or change["name"] == "image":
                self._draw_image()
            filters = self._filters(self.layer)
            if filters is None:
                self.show = ACTIVATIONS
            self._toggle.disabled = filters is None
            self._draw_layer(filters)
        finally:
            self._busy = False

    def _image_name(self) -> str:
        label = self._labels[self.image]
        return f"Image {self.image}" + (f", label {label}" if label else "")

    def _draw_image(self) -> None:
        label, picture = self._labels[self.image], as_picture(self._images[self.image])
        self._label.value = f"label {label}"
        self._label.layout.display = None if label else "none"
        self._slider.layout.display = None if len(self._images) > 1 else "none"
        high, wide = picture.shape[:2]
        size = (max(4, round(THUMBNAIL * side / max(high, wide))) for side in (wide, high))
        self._small = thumbnail(picture)
        self._thumbnail.value = img(self._small, self._image_name(), *size)

    def _draw_layer(self, filters: NDArray[Any] | None) -> None:
        """Draw the chosen page of the filters or of the activations, and say what they are."""
        given = self.activation
        across, down = {1: "Units", 2: "Columns"}.get(given.ndim, "Channels"), "Rows"
        tiles = as_tiles(given)
        kernel = self.kernel
        if self.show == FILTERS and kernel is not None and filters is not None:
            given, tiles, across, down = kernel, filters, "Filters", "Inputs"
        layer = self._layers[self.layer]
        self._facts = [
            f"{self.layer}: {type(layer).__name__}",
            f"{'kernel' if self.show == FILTERS else 'output'} {dims(given.shape)}",
            many(layer.count_params(), "parameters"),
            *statistics(given),
        ]
        tiles = np.nan_to_num(tiles.astype(np.float32), posinf=0, neginf=0)
        single = tiles.shape[:2] == (1, 1)
        columns = turn(self._columns, across, tiles.shape[3], CELLS if single else PAGE)
        rows = turn(self._rows, down, tiles.shape[2], CELLS if single else DEPTH)
        picture = self._picture_of(tiles, columns, rows, across, down)
        self._alt = picture.alt = f"{self._image_name()}. {', '.join(self._facts)}. {picture.alt}"
        self._large = picture.png()
        self._picture.value = img(self._large, picture.alt, *size_of(picture))
        first, *others = (html.escape(fact) for fact in self._facts)
        self._readout.value = (
            f'<div role="status" style="line-height: 1.5"><b>{first}</b>, {", ".join(others)}</div>'
        )

    def _picture_of(
        self, tiles: NDArray[Any], columns: range, rows: range, across: str, down: str
    ) -> Picture:
        label = self._labels[self.image]
        shown = tiles[:, :, rows.start : rows.stop, columns.start : columns.stop]
        if self.show == ACTIVATIONS and is_distribution(tiles):
            right = int(label) if label.isdecimal() and int(label) < tiles.size else None
            return plots.probabilities(tiles.ravel(), right)
        if tiles.shape[:3] == (1, 1, 1):
            return bars(shown.ravel(), columns, tiles)
        if tiles.shape[2] > 1:
            return mosaic(shown, columns, rows, across, down)
        if self.show == FILTERS:
            return plots.filters(shown, columns, layer=self.layer)
        return plots.maps(shown[:, :, 0], columns, layer=self.layer)


# ----------------------------------------------------------------------------------------- model


def find_layers(model: Any) -> dict[str, Any]:
    """List the layers of a model by name, and those of the models inside it.

    Raises:
        ValueError: If it is no Keras model or has several inputs.
    """
    if not callable(model) or not isinstance(getattr(model, "layers", None), list):
        raise ValueError(f"model must be a Keras model. Received: a {type(model).__name__}.")
    inputs = getattr(model, "inputs", None) or []
    if len(inputs) > 1:
        names = " and ".join(x.name for x in inputs)
        raise ValueError(f"model must have one input. Received: {len(inputs)}, {names}.")
    found: dict[str, Any] = {}

    def look(layers: object, inside: str) -> None:
        for layer in layers if isinstance(layers, list) else []:
            if all(layer is not other for other in found.values()):
                found[inside + layer.name] = layer
                look(getattr(layer, "layers", None), f"{inside}{layer.name}/")

    look(model.layers, "")
    return found


@contextmanager
def listening(layers: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Note what each layer gives when it is first called; leave no trace in the layers."""
    heard: dict[str, Any] = {}

    def noting(name: str, call: Any) -> Any:
        @wraps(call)
        def noted(*args: Any, **kwargs: Any) -> Any:
            y = call(*args, **kwargs)
            heard.setdefault(name, y)
            return y

        return noted

    # Straight into the object's dictionary: Keras must not take it for a part of the layer.
    before = {name: vars(layer).get("call") for name, layer in layers.items()}
    try:
        for name, layer in layers.items():
            vars(layer)["call"] = noting(name, layer.call)
        yield heard
    finally:
        for name, layer in layers.items():
            vars(layer).pop("call", None)
            if before[name] is not None:
                vars(layer)["call"] = before[name]


def run(model: Any, layers: Mapping[str, Any], image: NDArray[Any]) -> dict[str, Any]:
    """Send one image through the model; give what each layer gave, in the order of the calls."""
    x = image[None].astype(np.float32)
    if not model.built:
        model(x, training=False)  # the first call of all also calls layers with symbols
    with listening(layers) as outputs:
        model(x, training=False)
    return outputs


def to_numpy(value: Any) -> NDArray[Any]:
    """Copy a tensor or a variable of Keras, whatever its backend."""
    import keras

    return np.array(keras.ops.convert_to_numpy(value))


def is_shown(y: Any) -> bool:
    """Tell whether a layer's output is one tensor with a vector, matrix or volume an image."""
    shape = tuple(getattr(y, "shape", ()))
    return len(shape) in (2, 3, 4) and 0 not in shape


def as_batch(model: Any, images: ArrayLike) -> NDArray[Any]:
    """Turn one image or several into a batch that fits the model.

    Raises:
        ValueError: If they do not fit, or there is none, or a value is not a finite number.
    """
    array = np.asarray(images)
    inputs = getattr(model, "inputs", None)
    expected = tuple(inputs[0].shape)[1:] if inputs else (None, None, None)

    def fits(shape: tuple[int, ...]) -> bool:
        pairs = zip(expected, shape, strict=False)
        return len(shape) == len(expected) and all(n in (None, size) for n, size in pairs)

    if fits(array.shape):
        array = array[None]
    if not fits(array.shape[1:]) or not len(array):
        one = ", ".join("any" if n is None else str(n) for n in expected)
        raise ValueError(
            f"images must have shape ({one}) or (n, {one}), as the model takes them. "
            f"Received: shape {array.shape}."
        )
    if array.dtype.kind not in "buif" or not np.isfinite(array).all():
        what = "NaN or infinity" if array.dtype.kind == "f" else f"dtype {array.dtype}"
        raise ValueError(f"images must be finite numbers. Received: {what}.")
    return array


def as_filters(layer: Any, kernel: NDArray[Any]) -> NDArray[Any] | None:
    """Arrange a kernel as `(kernel_height, kernel_width, in_channels, filters)`, if it is one."""
    if hasattr(layer, "depth_multiplier"):  # a filter for each channel: (…, channels, multiplier)
        kernel = kernel.reshape(*kernel.shape[:-2], 1, -1)
    elif "Transpose" in type(layer).__name__:  # (…, filters, in_channels)
        kernel = kernel.swapaxes(-1, -2)
    if kernel.ndim == 2:  # dense: an input for each pixel of a picture one pixel large
        kernel = kernel[None, None]
    elif kernel.ndim == 3:
        one_dimensional = getattr(layer, "rank", None) == 1
        kernel = kernel[None] if one_dimensional else kernel[:, :, None]
    return kernel if kernel.ndim == 4 else None


# ---------------------------------------------------------------------------------------- values


def as_tiles(activation: NDArray[Any]) -> NDArray[Any]:
    """Arrange an activation like filters: tiles `(height, width, rows, columns)`."""
    volume = activation.ndim == 3
    tiles: NDArray[Any] = (
        activation[:, :, None] if volume else np.atleast_2d(activation)[None, None]
    )
    return tiles


def as_picture(image: NDArray[Any]) -> NDArray[Any]:
    """Turn what a model takes into `(height, width)` or `(height, width, 3)`."""
    if image.ndim == 1:
        side = isqrt(image.size)
        return image.reshape(side, -1) if side**2 == image.size else image[None]
    colour = image.ndim == 2 or image.shape[-1] == 3
    picture: NDArray[Any] = image if colour else image.mean(axis=-1)
    return picture


def statistics(values: NDArray[Any]) -> list[str]:
    """Say between which values they lie, and how many are zero or no numbers at all."""
    finite = values[np.isfinite(values)].astype(float)
    told = []
    if finite.size:
        told.append(f"values {number(finite.min(), '.3g')} to {number(finite.max(), '.3g')}")
        told.append(f"{np.mean(finite == 0):.0%} zeros")
    if finite.size < values.size:
        told.append(f"{values.size - finite.size:,} are NaN or infinite, drawn as 0")
    return told


def is_distribution(tiles: NDArray[Any]) -> bool:
    """Tell whether a vector looks like the probabilities of a few classes."""
    few = tiles.shape[:3] == (1, 1, 1) and 2 <= tiles.size <= 20
    return few and bool(tiles.min() >= 0) and bool(abs(tiles.sum() - 1) < 1e-3)


# -------------------------------------------------------------------------------------- controls


def full_width() -> ipywidgets.Layout:
    """Make a layout as wide as there is room, up to the width of a picture."""
    return ipywidgets.Layout(width="auto", max_width=f"{96 * WIDTH:.0f}px", min_width="0")


def turn(pages: ipywidgets.SelectionSlider, what: str, count: int, step: int) -> range:
    """Give a slider so many pages, hide it when one is enough, and give what its page holds."""
    starts = range(0, count, step)
    labels = [f"{start}–{min(start + step, count) - 1} of {count}" for start in starts]
    options = tuple(zip(labels, starts, strict=True))
    if pages.options != options:
        pages.options = options
    pages.description = what
    pages.layout.display = None if len(options) > 1 else "none"
    return range(pages.value, min(pages.value + step, count))


def size_of(picture: Picture) -> tuple[int, int]:
    """Give a picture's width and height in CSS pixels."""
    width, height = picture.get_size_inches()
    return round(96 * width), round(96 * height)


def img(png: bytes, alt: str, width: int, height: int) -> str:
    """Write a picture into HTML."""
    return (
        f'<img src="data:image/png;base64,{b64encode(png).decode()}" alt="{html.escape(alt)}" '
        f'width="{width}" height="{height}" style="max-width: 100%; height: auto">'
    )


def close(widget: ipywidgets.Widget) -> None:
    """Close a widget and all that it is made of."""
    for child in getattr(widget, "children", ()):
        close(child)
    for part in (widget.layout, getattr(widget, "style", None)):
        if part is not None:
            part.close()
    widget.close()


# -------------------------------------------------------------------------------------- pictures


def thumbnail(picture: NDArray[Any]) -> bytes:
    """Write a picture as a small PNG file whose pixels stay sharp."""
    cmap, limits = shades([picture]) if picture.ndim == 2 else (None, brightness([picture]))
    low, high = limits
    shown = np.clip((picture - low) / (high - low), 0, 1)
    times = max(1, round(2 * THUMBNAIL / max(shown.shape[:2])))
    shown = shown.repeat(times, axis=0).repeat(times, axis=1)
    buffer = BytesIO()
    imsave(buffer, shown if cmap is None else cmap(shown), format="png")
    return buffer.getvalue()


@styled
def bars(values: NDArray[Any], places: range, all_values: NDArray[Any]) -> Picture:
    """Draw units as bars, the largest with its value."""
    best = int(values.argmax())
    largest = f"{number(values[best], '.3g')}"
    alt = f"{many(len(values), 'units')} as bars; the largest is {places[best]} at {largest}."
    left, above, height, below = 0.7, 0.2, 1.6, 0.28
    figure = Picture(above + height + below, alt)
    axes = add_axes(figure, left, above, ROOM - left, height)
    axes.bar(places, values, color=[SIGNED(0.86 if v > 0 else 0.14) for v in values], width=0.8)
    axes.axhline(0, color=QUIET, linewidth=0.8)
    low, high = min(float(all_values.min()), 0.0), max(float(all_values.max()), 0.0)
    axes.set(xlim=(places[0] - 0.6, places[-1] + 0.6), ylim=(low, high if high > low else 1))
    axes.set_xticks(labelled(places, 20 if len(places) <= 20 else 13))
    axes.set_yticks([low, 0, high], [number(v, ".2g") for v in (low, 0, high)])
    axes.tick_params(length=0)
    at = (places[best], max(values[best], 0))
    axes.annotate(largest, at, (0, 2), textcoords="offset points", ha="center")
    return figure


@styled
def mosaic(tiles: NDArray[Any], columns: range, rows: range, across: str, down: str) -> Picture:
    """Draw tiles `(height, width, rows, columns)` beside and below one another.

    Filters are columns, their input channels rows; tiles of a single value make up a matrix.
    """
    high, wide, deep, count = tiles.shape
    single = (high, wide) == (1, 1)
    gap = 0 if single else 1
    canvas = np.pad(tiles, ((0, gap), (0, gap), (0, 0), (0, 0)), constant_values=np.nan)
    canvas = canvas.transpose(2, 0, 3, 1).reshape(deep * (high + gap), count * (wide + gap))
    canvas = canvas[: len(canvas) - gap, : canvas.shape[1] - gap]
    what = "weights" if across == "Filters" else "values"
    alt = (
        f"{dims((deep, count))} {what}, {down.lower()} by {across.lower()}"
        if single
        else f"{many(count, 'filters')} of {high}×{wide} weights in {many(deep, 'channels')}"
    )
    alt += f"; from {number(tiles.min(), '.2g')} to {number(tiles.max(), '.2g')}."

    left, above, below = 0.62, 0.42, 0.32
    lines, places = canvas.shape
    cell = min((ROOM - left) / places, 4.5 / lines, 0.5 / wide)
    width, height = cell * places, cell * lines
    if single:  # a matrix need not have square cells
        width, height = min(ROOM - left, 0.3 * places), float(np.clip(0.3 * lines, 0.3, 3.6))
    figure = Picture(above + height + below, alt)
    axes = add_axes(figure, left + (ROOM - left - width) / 2, above, width, height)
    limits = symmetric(tiles)
    draw(axes, canvas, SIGNED, limits)
    axes.set_facecolor(FAINT)  # seen between the tiles
    frame(axes)
    for axis, numbers, size, room, name in (
        (axes.xaxis, columns, wide, width / 0.27, across),
        (axes.yaxis, rows, high, height / 0.17, down),
    ):
        chosen = labelled(numbers, max(1, int(room)))
        middles = [(k - numbers.start) * (size + gap) + (size - 1) / 2 for k in chosen]
        axis.set_ticks(middles, [str(k) for k in chosen])
        axis.set_label_text(name.lower(), color=QUIET)
    axes.tick_params(length=0)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    colorbar(figure, above + height + 0.18, limits, float(tiles.min()))
    return figure


def labelled(numbers: range, most: int) -> range:
    """Choose which of some numbers to write, so that they have room: every 2nd, 5th, 10th, …."""
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200) if len(numbers) <= step * most)
    return range(-(-numbers.start // step) * step, numbers.stop, step)


@styled
def still(small: bytes, large: bytes, lines: Sequence[str], alt: str) -> Picture:
    """Put the small image, lines of text and the large picture together."""
    above = 1.25
    thumb, body = imread(BytesIO(small)), imread(BytesIO(large))
    height = above + body.shape[0] / body.shape[1] * WIDTH
    figure = Picture(height - 2 * MARGIN, alt)
    side = (above - 2 * MARGIN) / max(thumb.shape[:2])
    high, wide = thumb.shape[0] * side, thumb.shape[1] * side
    axes = add_axes(figure, 0, 0, wide, high)
    draw(axes, thumb, None, (0, 1))
    frame(axes)
    for k, line in enumerate(lines):
        weight = "normal" if k else "bold"
        write(figure, wide + 0.18, 0.19 + 0.23 * k, line, ha="left", weight=weight)
    axes = add_axes(figure, -MARGIN, above - MARGIN, WIDTH, height - above)
    draw(axes, body, None, (0, 1))
    return figure
