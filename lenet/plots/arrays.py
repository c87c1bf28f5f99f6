"""Values as they are: images, matrices with their numbers, channels, filters and maps."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from lenet.plots.drawing import (
    FAINT,
    LAYER_COLORS,
    QUIET,
    ROOM,
    SIGNED,
    Picture,
    add_axes,
    as_titles,
    brightness,
    columns_for,
    dims,
    draw,
    draw_cells,
    finite,
    frame,
    gray_image,
    grid,
    join,
    many,
    number,
    ranked,
    rows_of,
    rows_text,
    same_length,
    shades,
    styled,
    symmetric,
    title_height,
    write,
)


@styled
def images(
    images: ArrayLike | Sequence[ArrayLike],
    titles: Sequence[object] | None = None,
    columns: int | None = None,
    *,
    limits: tuple[float, float] | None = None,
) -> Picture:
    """Show images side by side: ink dark on white, colour as it is, signed values blue to red.

    Args:
        images: `(height, width)`, `(n, height, width)`, `(n, height, width, 1)` or
            `(n, height, width, 3)`; or a list of images, which may differ in size.
        titles: One for each image.
        columns: Images in a row; chosen when None.
        limits: Values shown as white and as black (black and full colour, for colour images);
            0 to 255 for bytes and 0 to 1 for floats when None.

    Raises:
        ValueError: If a rank is wrong or there are not as many titles as images.

    Example:
        >>> images(np.zeros((2, 28, 28)), ["zero", "one"])
        <Picture: 2 images of 28×28 pixels: zero, one.>
    """
    pictures = _batch(images)
    names = as_titles(titles, len(pictures), "images")
    if columns is not None and columns < 1:
        raise ValueError(f"columns must be at least 1. Received: {columns}.")
    across = min(columns or columns_for(len(pictures)), len(pictures))
    rows = rows_of(len(pictures), across)
    sizes = {array.shape[:2] for array in pictures}
    alt = many(len(pictures), "images")
    alt += f" of {dims(*sizes)} pixels" if len(sizes) == 1 else ""
    alt += f": {join(names)}." if names else "."

    gap, above = 0.12, title_height(names)
    # Wide images get more room, up to the full width.
    aspect = max(1.0, *(array.shape[1] / array.shape[0] for array in pictures))
    room = min((ROOM - (across - 1) * gap) / across, aspect * (2.6 if across < 3 else 1.6))
    scales = [min(room / array.shape[1], 4.0 / array.shape[0]) for array in pictures]
    high = max(array.shape[0] * scale for array, scale in zip(pictures, scales, strict=True))
    figure = Picture(rows * (high + above) + (rows - 1) * gap, alt)
    grays = [array for array in pictures if array.ndim == 2]
    cmap, shared = shades(grays) if grays else (None, None)
    places = grid(len(pictures), across, room, gap, high + above + gap)
    for k, (array, scale, (x, y)) in enumerate(zip(pictures, scales, places, strict=True)):
        height, width = array.shape[0] * scale, array.shape[1] * scale
        x += (room - width) / 2
        y += above + (high - height) / 2
        axes = add_axes(figure, x, y, width, height)
        if array.ndim == 2:
            draw(axes, array, cmap, limits or shared or (0, 1))
        else:
            draw(axes, array, None, limits or brightness([array]))
        frame(axes)
        if names:
            axes.set_title(names[k], pad=4)
    return figure


def _batch(images: ArrayLike | Sequence[ArrayLike]) -> list[NDArray[Any]]:
    """List the images, each `(height, width)` or `(height, width, 3)`."""
    if isinstance(images, np.ndarray) and images.ndim not in (2, 3, 4):
        raise ValueError(
            "images must have rank 2, (height, width), 3, (n, height, width), or 4, "
            f"(n, height, width, channels). Received: shape {images.shape}."
        )
    batch = list(images)  # type: ignore[arg-type]
    if batch and np.ndim(batch[0]) < 2:
        batch = [np.asarray(images)]
    if not 1 <= len(batch) <= 200:
        raise ValueError(
            "images must be 1 to 200; put a single colour image in a list, [image]. "
            f"Received: {len(batch)} of them."
        )
    pictures = []
    for picture in batch:
        array = finite(picture, "images")
        if array.ndim == 3 and array.shape[-1] == 1:
            array = array[..., 0]
        if array.ndim != 2 and not (array.ndim == 3 and array.shape[-1] == 3):
            raise ValueError(
                "Each image must be (height, width), (height, width, 1) or (height, width, 3). "
                f"Received: shape {array.shape}."
            )
        pictures.append(array)
    return pictures


@styled
def pixels(
    image: ArrayLike | Sequence[ArrayLike],
    *,
    values: bool = True,
    titles: Sequence[object] | None = None,
    limits: tuple[float, float] | None = None,
    signs: Sequence[str] | None = None,
) -> Picture:
    """Show one or several small matrices as cells, with the numbers written in them.

    Args:
        image: One matrix `(height, width)`, or a list of them.
        values: Whether to write the numbers.
        titles: One for each matrix.
        limits: Values shown as white and as black; chosen for each matrix when None.
        signs: What to write between the matrices, such as `["×", "="]`.

    Raises:
        ValueError: If a rank is wrong or lengths differ.

    Example:
        >>> pixels([[0, 255], [255, 0]])
        <Picture: A 2×2 matrix with the values 0, 255; 255, 0.>
    """
    several = isinstance(image, Sequence) and np.ndim(image[0]) == 2
    given: Sequence[ArrayLike] = image if several else [image]  # type: ignore[assignment, list-item]
    matrices = [gray_image(matrix, "image") for matrix in given]
    names = as_titles(titles, len(matrices), "matrices")
    if signs is not None:
        same_length("signs", signs, "the gaps between matrices", len(matrices) - 1)
    if len(matrices) == 1:
        alt = f"A {dims(matrices[0].shape)} matrix"
        if matrices[0].size <= 64 and values:
            alt += f" with the values {rows_text(matrices[0])}"
    else:
        alt = f"{len(matrices)} matrices of {' and '.join(dims(m.shape) for m in matrices)} cells"
    alt += f": {join(names)}." if names else "."

    gap, above = 0.4, title_height(names)
    rows, columns = max(m.shape[0] for m in matrices), sum(m.shape[1] for m in matrices)
    gaps = gap * (len(matrices) - 1)
    cell = min(0.55, (ROOM - gaps) / columns, max(7.0 / rows, 0.1))
    figure = Picture(rows * cell + above, alt)
    left = (ROOM - columns * cell - gaps) / 2
    for k, matrix in enumerate(matrices):
        height, width = matrix.shape[0] * cell, matrix.shape[1] * cell
        axes = add_axes(figure, left, above + (rows * cell - height) / 2, width, height)
        cmap, chosen = shades([matrix])
        draw_cells(axes, matrix, cmap, limits or chosen, cell, values=values)
        if names:
            axes.set_title(names[k], pad=4)
        left += width
        if signs is not None and k < len(signs):
            write(figure, left + gap / 2, above + rows * cell / 2, signs[k], size=15)
        left += gap
    return figure


@styled
def channels(rgb: ArrayLike) -> Picture:
    """Show a colour image and its red, green and blue channels.

    Args:
        rgb: `(height, width, 3)`, bytes 0 to 255 or floats 0 to 1.

    Raises:
        ValueError: If the rank is wrong or there are not three channels.

    Example:
        >>> channels(np.zeros((64, 64, 3)))
        <Picture: A 64×64 colour image split into its red, green and blue channels, and merged.>
    """
    image = ranked(rgb, "rgb", 3, "(height, width, 3)")
    if image.shape[-1] != 3:
        raise ValueError(f"rgb must have 3 channels. Received: shape {image.shape}.")
    alt = (
        f"A {dims(image.shape[:2])} colour image split into its red, green and blue channels, "
        "and merged."
    )
    limits = brightness([image])
    gap, above = 0.33, 0.24
    width = (ROOM - 3 * gap) / 4
    height = min(width * image.shape[0] / image.shape[1], 3.0)
    figure = Picture(height + above, alt)
    hues = {"red": "#ff0000", "green": "#00ff00", "blue": "#0000ff"}
    for k, (name, hue) in enumerate(hues.items()):
        axes = add_axes(figure, k * (width + gap), above, width, height)
        draw(axes, image[..., k], LinearSegmentedColormap.from_list(name, ["black", hue]), limits)
        axes.set_title(f"{name}, channel {k}", pad=4)
        x = (k + 1) * (width + gap) - gap / 2
        write(figure, x, above + height / 2, "+" if k < 2 else "=", size=15)
    axes = add_axes(figure, 3 * (width + gap), above, width, height)
    draw(axes, image, None, limits)
    axes.set_title("merged", pad=4)
    return figure


@styled
def filters(
    kernel: ArrayLike, titles: Sequence[object] | None = None, *, layer: str = ""
) -> Picture:
    """Show the weights of filters: blue below zero, white at zero, red above.

    Args:
        kernel: `(kernel_height, kernel_width, in_channels, filters)`. Each filter is a column with
            its input channels below one another; filters with one channel fill rows.
        titles: One for each filter.
        layer: The layer they belong to, for the colour of the frames.

    Raises:
        ValueError: If the rank is wrong or there are not as many titles as filters.

    Example:
        >>> filters(np.ones((5, 5, 1, 6)))
        <Picture: 6 filters of 5×5 weights in 1 channel; weights from 1 to 1.>
    """
    kernel = ranked(kernel, "kernel", 4, "(kernel_height, kernel_width, in_channels, filters)")
    high, wide, depth, count = kernel.shape
    names = as_titles(titles, count, "filters")
    alt = (
        f"{many(count, 'filters')} of {high}×{wide} weights in {many(depth, 'channels')}; "
        f"weights from {number(kernel.min(), '.2g')} to {number(kernel.max(), '.2g')}."
    )
    across = columns_for(count) if depth == 1 else count
    labels = [f"channel {k}" for k in range(depth)] if depth > 1 else []
    # Channel by channel, the filters beside one another.
    panels = kernel.reshape(high, wide, depth * count)
    return _signed(panels, across, 1.1, 0.14 if depth == 1 else 0.08, names, layer, alt, labels)


@styled
def maps(maps: ArrayLike, titles: Sequence[object] | None = None, *, layer: str = "") -> Picture:
    """Show feature maps or activation maps, all with the same colours, zero white.

    Args:
        maps: `(height, width, channels)`; a batch of one is accepted too.
        titles: One for each map.
        layer: The layer they belong to, for the colour of the frames.

    Raises:
        ValueError: If the rank is wrong or there are not as many titles as maps.

    Example:
        >>> maps(np.ones((28, 28, 6)))
        <Picture: 6 maps of 28×28 values from 1 to 1.>
    """
    volume = finite(maps, "maps")
    if volume.ndim == 4 and len(volume) == 1:
        volume = volume[0]
    volume = ranked(volume, "maps", 3, "(height, width, channels)")
    high, wide, count = volume.shape
    names = as_titles(titles, count, "maps")
    alt = (
        f"{many(count, 'maps')} of {high}×{wide} values "
        f"from {number(volume.min(), '.2g')} to {number(volume.max(), '.2g')}."
    )
    across = columns_for(count)
    return _signed(volume, across, 2.2 if across < 3 else 1.6, 0.1, names, layer, alt)


def _signed(
    panels: NDArray[Any],
    across: int,
    widest: float,
    gap: float,
    names: Sequence[str],
    layer: str,
    alt: str,
    labels: Sequence[str] = (),
) -> Picture:
    """Draw `(height, width, n)` as n matrices in rows, and below them what the colours mean.

    Names may be fewer than the matrices: then only the first row has them. Labels name the rows.
    """
    high, wide, count = panels.shape
    rows, named = rows_of(count, across), rows_of(len(names), across)
    indent = 0.85 if labels else 0.0
    gap = min(gap, 0.3 * ROOM / across)
    width = min((ROOM - indent - (across - 1) * gap) / across, widest)
    height, above = width * high / wide, title_height(names)
    body = rows * height + named * above + (rows - 1) * gap
    figure = Picture(body + 0.32, alt)
    limits, color = symmetric(panels), LAYER_COLORS.get(layer, FAINT)
    for k, (x, y) in enumerate(grid(count, across, width, gap, height + gap, indent)):
        row = k // across
        y += above * min(row + 1, named)
        axes = add_axes(figure, x, y, width, height)
        draw(axes, panels[:, :, k], SIGNED, limits)
        frame(axes, color)
        if k < len(names):
            axes.set_title(names[k], pad=4)
        if labels and k % across == 0 and height + gap > 0.17:
            write(figure, x - 0.1, y + height / 2, labels[row], ha="right", color=QUIET)
    colorbar(figure, body + 0.18, limits, float(panels.min()))
    return figure


def colorbar(figure: Figure, top: float, limits: tuple[float, float], least: float) -> None:
    """Say which colours stand for which values; without the blues when nothing is below zero."""
    low, high = limits[0] if least < 0 else 0.0, limits[1]
    width = 2.0 if low < 0 else 1.2
    axes = add_axes(figure, (ROOM - width) / 2, top, width, 0.1)
    draw(axes, np.linspace(low, high, 256)[None], SIGNED, limits)
    frame(axes)
    for x, value, side in ((-0.08, low, "right"), (width + 0.08, high, "left")):
        text = number(value, ".2g" if abs(value) < 100 else ".0f")
        style: dict[str, Any] = {"transform": axes.transAxes, "va": "center_baseline"}
        axes.text(x / width, 0.5, text, ha=side, color=QUIET, **style)
