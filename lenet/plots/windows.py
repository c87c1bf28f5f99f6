"""What slides over images and maps: filters, pooling windows, and what a unit or a network sees."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import ArrayLike

from lenet.plots.drawing import (
    BLUE,
    FAINT,
    FOCUS,
    GRAY,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    QUIET,
    ROOM,
    SIGNED,
    SKY,
    VERMILLION,
    Picture,
    add_axes,
    block,
    brightness,
    dims,
    draw,
    draw_cells,
    fit,
    frame,
    gray_image,
    ink_on,
    join,
    many,
    number,
    number_format,
    outline,
    ranked,
    rows_text,
    shades,
    styled,
    symmetric,
    tint,
    write,
)
from lenet.shapes import Pair, output_size, pair


@styled
def convolution_step(
    image: ArrayLike,
    kernel: ArrayLike,
    row: int,
    column: int,
    *,
    strides: int = 1,
    bias: float = 0.0,
    output: ArrayLike | None = None,
) -> Picture:
    """Show one step of a convolution: window × kernel = products, summed into one output cell.

    Args:
        image: `(height, width)`, padded already if it is to be padded.
        kernel: `(kernel_height, kernel_width)`.
        row: Row of the output cell.
        column: Column of the output cell.
        strides: How far the window moves from one output cell to the next.
        bias: Added to the sum.
        output: The whole output `(out_height, out_width)`; when None only the one cell is filled.

    Raises:
        ValueError: If a rank is wrong or the window does not lie in the image.

    Example:
        >>> convolution_step(np.ones((5, 5)), np.ones((3, 3)), 0, 2)
        <Picture: A 3×3 kernel on a 5×5 image: the products at output row 0, column 2 add up to 9.>
    """
    pixels = gray_image(image)
    weights = ranked(kernel, "kernel", 2, "(kernel_height, kernel_width)")
    (high, wide), (tall, broad) = pixels.shape, weights.shape
    places = rows, columns = output_size(high, tall, strides), output_size(wide, broad, strides)
    if not (0 <= row < rows and 0 <= column < columns):
        raise ValueError(
            f"row and column must lie in the output of {dims(places)} cells. "
            f"Received: row {row}, column {column}."
        )
    top, side = row * strides, column * strides
    window = pixels[top : top + tall, side : side + broad]
    products = window * weights.astype(float)
    total = float(products.sum() + bias)
    whole = np.full(places, np.nan)
    if output is not None:
        whole = gray_image(output, "output").astype(float)
        if whole.shape != places:
            raise ValueError(f"output must have shape {places}. Received: shape {whole.shape}.")
    whole[row, column] = total
    text = number(total, number_format(np.array(total)))
    plus = f", with the bias {number(bias, '.3g')}," if bias else ""
    alt = (
        f"A {dims(weights.shape)} kernel on a {dims(pixels.shape)} image: the products at output "
        f"row {row}, column {column}{plus} add up to {text}."
    )

    # Above: the image and the output.
    scale, above = min(2.9 / max(high, wide), 0.5), 0.28
    cell = min(0.5, 1.7 / max(tall, broad))
    figure = Picture(above + high * scale + 0.55 + tall * cell + 0.1, alt)
    cmap, limits = shades([pixels])
    known = whole[np.isfinite(whole)]
    out_limits = symmetric(known)
    x = (ROOM - (wide + columns) * scale - 0.9) / 2
    axes = add_axes(figure, x, above, wide * scale, high * scale)
    draw_cells(axes, pixels, cmap, limits, scale, values=scale > 0.28)
    outline(axes, top, side, tall, broad)
    axes.set_title(f"image {dims(pixels.shape)}", pad=4)
    x += wide * scale
    write(figure, x + 0.45, above + high * scale / 2, "→", size=18)
    y = above + (high - rows) * scale / 2
    axes = add_axes(figure, x + 0.9, y, columns * scale, rows * scale)
    style: dict[str, Any] = {
        "spec": number_format(known),
        "size": float(np.clip(72 * scale * 0.88 / (0.64 * 4), 6, 13)),
    }
    draw_cells(axes, whole, SIGNED, out_limits, scale, values=scale > 0.28, **style)
    outline(axes, row, column, 1, 1)
    axes.set_title(f"output {dims(places)}", pad=4)

    # Below: the window, the kernel, their products and the sum.
    y, sign = above + high * scale + 0.5, 0.32
    x = (ROOM - 3 * broad * cell - 3 * sign - 0.7) / 2
    size = min(fit(part, cell) for part in (window, weights, products))
    for name, part, after in (
        ("window", window, "×"),
        ("kernel", weights, "="),
        ("products", products, "→"),
    ):
        axes = add_axes(figure, x, y, broad * cell, tall * cell)
        colors = (cmap, limits) if name == "window" else (SIGNED, symmetric(part))
        draw_cells(axes, part, *colors, cell, size=size)
        axes.set_title(name, pad=4)
        if name == "window":
            outline(axes, 0, 0, tall, broad)
        x += broad * cell
        write(figure, x + sign / 2, y + tall * cell / 2, after, size=15)
        x += sign
    axes = add_axes(figure, x, y + tall * cell / 2 - 0.22, 0.7, 0.44)
    color = draw(axes, np.array([[total]]), SIGNED, out_limits).to_rgba(np.array([total]))[0]
    axes.text(0, 0, text, size=12, color=ink_on(color), ha="center", va="center_baseline")
    frame(axes, FOCUS, 2.5)
    axes.set_title("sum + bias" if bias else "sum", pad=4)
    return figure


@styled
def sliding(size: int, kernel_size: int, strides: int = 1, padding: int = 0) -> Picture:
    """Show where a window stops as it slides over a row of cells.

    Args:
        size: Cells in the input.
        kernel_size: Cells under the window.
        strides: How far the window moves each time.
        padding: Zero cells added on each side.

    Raises:
        ValueError: If a number is too small or the window larger than the padded input.

    Example:
        >>> sliding(7, 3, strides=3)
        <Picture: A window of 3 slides over 7 cells in steps of 3: 2 places, 1 cell is never used.>
    """
    places = output_size(size, kernel_size, strides, padding)
    total = size + 2 * padding
    used = {place * strides + k for place in range(places) for k in range(kernel_size)}
    lost = sorted(set(range(total)) - used)
    padded = f" padded by {padding} and {padding}" if padding else ""
    alt = (
        f"A window of {kernel_size} slides over {size} cells{padded} in steps of {strides}: "
        f"{many(places, 'places')}, {len(lost) or 'no'} "
        f"{'cell is' if len(lost) == 1 else 'cells are'} never used."
    )

    # Many windows look alike: the first three, an ellipsis and the last one tell it all.
    drawn = list(range(places)) if places <= 8 else [0, 1, 2, places - 1]
    few, step, gap, label = len(drawn) < places, 0.27, 0.14, 0.75
    cell = min(0.5, (ROOM - label) / total)
    written = cell > 0.26  # Smaller cells have no room for their number.
    height = 2 * cell + 2 * gap + (len(drawn) + few) * step
    figure = Picture(height, alt)
    axes = add_axes(figure, 0, 0, ROOM, height)
    axes.set(xlim=(0, ROOM), ylim=(height, 0))
    left = (ROOM - label - total * cell) / 2 + label

    def word(x: float, y: float, text: object, **style: Any) -> None:
        axes.text(x, y, str(text), **({"ha": "center", "va": "center_baseline"} | style))

    for k in range(total):
        inside, unseen = padding <= k < padding + size, k in lost
        _input_cell(axes, left + k * cell, 0, cell, inside, unseen)
        if written and not unseen:
            text, color = (k - padding, INK) if inside else (0, QUIET)
            word(left + (k + 0.5) * cell, cell / 2, text, color=color)
    y = cell + gap
    for k in drawn:
        x, width = left + k * strides * cell, kernel_size * cell
        if few and k == drawn[-1]:
            word(x, y + step / 2, "⋱", size=13)
            y += step
        block(axes, x + 0.03, y + 0.03, width - 0.06, step - 0.06, ORANGE, "none")
        word(x + width / 2, y + step / 2, k)
        y += step
    y += gap
    for k in range(places):
        x = left + (k * strides + kernel_size / 2 - 0.5) * cell
        block(axes, x, y, cell, cell, tint(ORANGE, 0.45), QUIET)
        if written:
            word(x + cell / 2, y + cell / 2, k)
    words = {"input": cell / 2, "window": cell + gap + step / 2, "output": y + cell / 2}
    for name, middle in words.items():
        word(left - 0.12, middle, name, ha="right", color=QUIET)
    if lost:
        x = left + (max(lost) + 1) * cell
        word(x, cell + 0.18, "never used", color=VERMILLION, ha="right")
    return figure


def _input_cell(axes: Axes, x: float, y: float, side: float, inside: bool, unseen: bool) -> None:
    """Draw a cell of the input: blue, dashed if it is padding, hatched if no window sees it."""
    fill = tint(BLUE, 0.25) if inside and not unseen else "white"
    style: dict[str, Any] = {
        "linestyle": "-" if inside else (0, (2, 2)),
        "hatch": "////" if unseen else None,
        "zorder": 3 if unseen else 2 if inside else 1,
    }
    block(axes, x, y, side, side, fill, VERMILLION if unseen else QUIET, **style)


@styled
def pooling(
    x: ArrayLike,
    pooled: ArrayLike,
    pool_size: int | Pair = 2,
    strides: int | Pair | None = None,
    *,
    name: str = "pooled",
) -> Picture:
    """Show a matrix with its pooling windows, and what became of each window, in one colour.

    Args:
        x: `(height, width)`.
        pooled: `(out_height, out_width)`.
        pool_size: Cells of a window, or rows and columns.
        strides: From one window to the next; the pool size when None.
        name: What to write above the result, such as "maximum".

    Raises:
        ValueError: If a rank is wrong or the windows do not make the result's shape.

    Example:
        >>> pooling(np.arange(16).reshape(4, 4), [[5, 7], [13, 15]], name="maximum")
        <Picture: A 4×4 matrix pooled by 2×2 windows to 2×2: maximum 5, 7; 13, 15.>
    """
    matrix, result = gray_image(x, "x"), gray_image(pooled, "pooled")
    pool = pair(pool_size, "pool_size")
    steps = pool if strides is None else pair(strides, "strides")
    expected = tuple(map(output_size, matrix.shape, pool, steps))
    if result.shape != expected:
        raise ValueError(f"pooled must have shape {expected}. Received: shape {result.shape}.")
    alt = (
        f"A {dims(matrix.shape)} matrix pooled by {dims(pool)} windows to {dims(result.shape)}: "
        f"{name} {rows_text(result)}."
    )

    gap, top = 1.0, 0.26
    (high, wide), (rows, columns) = matrix.shape, result.shape
    cell = min(0.55, (ROOM - gap) / (wide + columns))
    figure = Picture(top + high * cell, alt)
    left = (ROOM - gap - (wide + columns) * cell) / 2
    glass = LinearSegmentedColormap.from_list("glass", ["#ffffff00", "#ffffff00"])
    before = add_axes(figure, left, top, wide * cell, high * cell)
    draw_cells(before, matrix, glass, (0, 1), cell)
    before.set_title(f"input {dims(matrix.shape)}", pad=5)
    middle = left + wide * cell + gap / 2
    write(figure, middle, top + high * cell / 2, "→", size=18)
    y = top + (high - rows) * cell / 2
    after = add_axes(figure, middle + gap / 2, y, columns * cell, rows * cell)
    draw_cells(after, result, glass, (0, 1), cell)
    after.set_title(f"{name} {dims(result.shape)}", pad=5)
    # Windows that share cells are outlines, each a little smaller than its cells.
    overlap = steps[0] < pool[0] or steps[1] < pool[1]
    inset = 0.07 if overlap else 0.0
    hues = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY)
    for k, (row, column) in enumerate(np.ndindex(rows, columns)):
        # Windows below one another differ too.
        color = hues[(k if columns % len(hues) else k + row) % len(hues)]
        fill, edge = tint(color, 0.35), QUIET
        block(after, column - 0.5, row - 0.5, 1, 1, fill, edge, zorder=0.5)
        place = column * steps[1] - 0.5 + inset, row * steps[0] - 0.5 + inset
        size = pool[1] - 2 * inset, pool[0] - 2 * inset
        if overlap:
            block(before, *place, *size, "none", color, linewidth=2, zorder=4)
        else:
            block(before, *place, *size, fill, edge, zorder=0.5)
    return figure


@styled
def receptive_field(
    image: ArrayLike, rows: slice | tuple[int, int], columns: slice | tuple[int, int]
) -> Picture:
    """Show which part of an image one unit sees, and that part by itself.

    Args:
        image: `(height, width)`.
        rows: A slice, as `lenet.shapes.receptive_field` gives it, or the first row and the one
            after the last, which may reach beyond the image, into the padding.
        columns: The same for the columns.

    Raises:
        ValueError: If the image has not rank 2 or the part does not meet the image.

    Example:
        >>> receptive_field(np.zeros((28, 28)), slice(4, 9), slice(10, 15))
        <Picture: A 28×28 image; the unit sees the 5×5 pixels of rows 4 to 8 and columns 10 to 14.>
    """
    picture = gray_image(image)
    (top, bottom), (left, right) = spans = [
        (span.start, span.stop) if isinstance(span, slice) else span for span in (rows, columns)
    ]
    for name, (first, last), size in zip(("rows", "columns"), spans, picture.shape, strict=True):
        if first >= last or last <= 0 or first >= size:
            raise ValueError(
                f"{name} must be a part of the image's {size}, (first, after the last). "
                f"Received: ({first}, {last})."
            )
    high, wide = part = bottom - top, right - left
    alt = (
        f"A {dims(picture.shape)} image; the unit sees the {dims(part)} pixels of rows "
        f"{top} to {bottom - 1} and columns {left} to {right - 1}."
    )

    # Padding is grey, to tell it from the paper of the image.
    cmap, limits = GRAY.with_extremes(bad="#e4e4e4"), brightness([picture])
    pad = max(0, -top, -left, bottom - picture.shape[0], right - picture.shape[1])
    padded = np.pad(picture.astype(float), pad, constant_values=np.nan)
    scale, zoom, gap, above = 2.7 / max(padded.shape), 2.7 / max(part), 0.8, 0.28
    height, width = padded.shape[0] * scale, padded.shape[1] * scale
    tallest = max(height, high * zoom)
    figure = Picture(above + tallest, alt)
    x = (ROOM - width - gap - wide * zoom) / 2
    whole = add_axes(figure, x, above + (tallest - height) / 2, width, height)
    draw(whole, padded, cmap, limits)
    outline(whole, pad, pad, picture.shape[0], picture.shape[1], color=FAINT, line=0.8)
    outline(whole, top + pad, left + pad, high, wide)
    whole.set_title(f"image {dims(picture.shape)}", pad=6)
    x, y = x + width + gap, above + (tallest - high * zoom) / 2
    detail = add_axes(figure, x, y, wide * zoom, high * zoom)
    draw(detail, padded[top + pad : bottom + pad, left + pad : right + pad], cmap, limits)
    frame(detail, FOCUS, 2.5)
    detail.set_title(f"what the unit sees, {dims(part)}", pad=6)
    return figure


@styled
def reading(image: ArrayLike, probabilities: ArrayLike, window: int, strides: int) -> Picture:
    """Show what a network says at every place of a wide image along which it slides.

    The probability of each class is drawn under the middle of the window, and the class is written
    where it has half of the probability or more.

    Args:
        image: `(height, width)`, as high as the window.
        probabilities: `(places, classes)`, one row for each place of the window, left to right.
        window: Width of the window.
        strides: How far the window moves from one place to the next.

    Raises:
        ValueError: If a rank is wrong or the places do not fit the image.

    Example:
        >>> reading(np.zeros((28, 36)), np.full((3, 10), 0.1), window=28, strides=4)
        <Picture: An image 36 wide, read at 3 places: nothing, nothing, nothing.>
    """
    picture = gray_image(image)
    p = ranked(probabilities, "probabilities", 2, "(places, classes)")
    places, classes = p.shape
    high, wide = picture.shape
    covered = (places - 1) * strides + window
    if covered != wide:
        raise ValueError(
            f"{places} places of a window {window} wide, {strides} apart, cover "
            f"{covered} columns. Received: an image {wide} wide."
        )
    read = [int(row.argmax()) if row.max() >= 0.5 else None for row in p]
    words = ("nothing" if k is None else k for k in read)
    alt = f"An image {wide} wide, read at {many(places, 'places')}: {join(words, places)}."

    left, width, row = 0.3, ROOM - 0.32, 0.2
    height = width * high / wide
    figure = Picture(height + classes * row + 0.2, alt)
    above = add_axes(figure, left, 0.02, width, height)
    draw(above, picture, GRAY, brightness([picture]))
    frame(above)
    below = add_axes(figure, left, height + 0.12, width, classes * row)
    start = (window - strides) / 2 - 0.5
    extent = (start, start + places * strides, classes - 0.5, -0.5)
    below.imshow(p.T, cmap=GRAY, vmin=0, vmax=1, aspect="auto", extent=extent)
    below.set_xlim(-0.5, wide - 0.5)
    below.set_yticks(range(classes), [str(k) for k in range(classes)])
    below.tick_params(axis="y", length=0)
    frame(below)
    for i, k in enumerate(read):
        if k is not None:
            x, tone = start + (i + 0.5) * strides, ink_on(GRAY(float(p[i, k])))
            below.text(x, k, str(k), color=tone, ha="center", va="center_baseline", size=10)
    return figure
