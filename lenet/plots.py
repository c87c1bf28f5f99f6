"""Pictures for the book: matplotlib that draws the arrays it is given and computes nothing else.

Every function returns a `Picture`, a matplotlib `Figure` that shows itself once when it is the last
expression of a cell: sharp, as wide as the text, with a description for those who cannot see it.
Pyplot is never involved and no global setting changes.

Example:
    >>> import numpy as np
    >>> from lenet import plots
    >>> plots.images(np.zeros((3, 28, 28)), ["7", "2", "1"])
    <Picture: 3 images of 28×28 pixels: 7, 2, 1.>
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence, Sized
from io import BytesIO
from typing import Any, Protocol

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import ArrayLike, NDArray

WIDTH = 7.0
"""Width of every picture, in inches of 96 CSS pixels: the full width of the text."""

INK = "#222222"
"""Text and the strongest lines."""
QUIET = "#6b6b6b"
"""Secondary text."""
FAINT = "#c8c8c8"
"""Frames, grid lines and what is only there for orientation."""

# Okabe and Ito's colours, told apart by readers with any kind of colour vision.
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, BLACK = "#56B4E9", "#CC79A7", "#F0E442", "#000000"
COLORS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK)
"""The order in which lines and groups take their colours."""

LAYER_COLORS = {
    "input": "#595959",
    "c1": BLUE,
    "s2": SKY,
    "c3": VERMILLION,
    "s4": ORANGE,
    "c5": GREEN,
    "flatten": GREEN,
    "f6": PURPLE,
    "output": BLACK,
}
"""The colour of each layer of LeNet-5, the same in every picture."""

SIGNED = LinearSegmentedColormap.from_list(
    "signed", ["#00395c", BLUE, "#9cc9e4", "#ffffff", "#f3b78f", VERMILLION, "#6e2f00"]
)
"""Filters and activations: blue below zero, white at zero, orange-red above."""

GRAY = mpl.colormaps["gray_r"]
"""Images of digits: dark ink on white paper."""

_STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": INK,
    "text.usetex": False,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.facecolor": "white",
    "axes.labelsize": 10,
    "axes.titlesize": 10,
    "axes.grid": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.bbox": None,
    "savefig.transparent": False,
    "image.interpolation": "nearest",
    "image.origin": "upper",
    "image.resample": True,
    "lines.linewidth": 2,
    "path.sketch": None,
}


class Picture(Figure):
    """A figure 7 inches wide that shows itself once, sharp, and says what is in it.

    Attributes:
        alt: What the picture shows, in words.
    """

    def __init__(self, height: float, alt: str) -> None:
        super().__init__(figsize=(WIDTH, height), dpi=96)
        self.alt = alt

    def __repr__(self) -> str:
        return f"<Picture: {self.alt}>"

    def png(self) -> bytes:
        """Draw the picture with two pixels for each CSS pixel; the description travels inside."""
        buffer = BytesIO()
        with mpl.rc_context(_STYLE):
            about = {"Description": self.alt, "Software": None}
            self.savefig(buffer, format="png", dpi=192, metadata=about)
        return buffer.getvalue()

    def _ipython_display_(self) -> None:
        """Show the picture in Jupyter; goes before any formatter that pyplot may have set up."""
        from IPython.display import display

        about = {"width": round(WIDTH * 96), "alt": self.alt}
        data = {"image/png": b64encode(self.png()).decode(), "text/plain": repr(self)}
        display(data, metadata={"image/png": about}, raw=True)  # type: ignore[no-untyped-call]


class LayerLike(Protocol):
    """What `architecture` needs to know of a layer; `lenet.shapes.LayerCount` has it."""

    @property
    def name(self) -> str:
        """A short name, such as `c1`."""

    @property
    def kind(self) -> str:
        """What the layer does, such as `Conv2D`."""

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of what leaves the layer, without the batch."""

    @property
    def parameters(self) -> int:
        """How many numbers the layer learns."""


# ------------------------------------------------------------------------------- small helpers


def _axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add bare axes, placed in inches from the top left corner of the figure."""
    full_width, full_height = figure.get_size_inches()
    bottom = full_height - top - height
    axes = figure.add_axes(
        (left / full_width, bottom / full_height, width / full_width, height / full_height)
    )
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor("none")
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _text(figure: Figure, left: float, top: float, text: str, **style: Any) -> None:
    """Write on the figure, placed in inches from the top left corner."""
    full_width, full_height = figure.get_size_inches()
    style = {"va": "center", "ha": "center"} | style
    figure.text(left / full_width, 1 - top / full_height, text, **style)


def _frame(axes: Axes, color: str = FAINT, width: float = 0.8) -> None:
    """Draw a thin line around the axes, so that white edges of a picture are seen."""
    for spine in axes.spines.values():
        spine.set(visible=True, color=color, linewidth=width)


def _draw(
    axes: Axes, picture: NDArray[Any], cmap: Colormap | None, limits: tuple[float, float]
) -> AxesImage:
    """Show one matrix, or one colour picture when `cmap` is None, pixel by pixel."""
    if cmap is None:
        low, high = limits
        picture = np.clip((picture - low) / (high - low), 0, 1)
        return axes.imshow(picture, aspect="auto", interpolation="nearest")
    return axes.imshow(
        picture, cmap=cmap, vmin=limits[0], vmax=limits[1], aspect="auto", interpolation="nearest"
    )


def _array(value: ArrayLike, name: str) -> NDArray[Any]:
    """Turn into an array of finite numbers."""
    array = np.asarray(value)
    if array.dtype == bool:
        array = array.astype(np.uint8)
    if not np.issubdtype(array.dtype, np.number) or np.iscomplexobj(array):
        raise ValueError(f"{name} must be an array of real numbers. Received: {array.dtype}.")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty. Received: shape {array.shape}.")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite. Received: NaN or infinity.")
    return array


def _rank(value: ArrayLike, name: str, rank: int, axes: str) -> NDArray[Any]:
    """Turn into an array of finite numbers with so many axes."""
    array = _array(value, name)
    if array.ndim != rank:
        raise ValueError(f"{name} must have rank {rank}, {axes}. Received: shape {array.shape}.")
    return array


def _gray_image(value: ArrayLike, name: str = "image") -> NDArray[Any]:
    """Turn into one `(height, width)` image; a single channel and a batch of one are dropped."""
    array = _array(value, name)
    shape = array.shape
    if array.ndim == 4 and shape[0] == 1:
        array = array[0]
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim != 2:
        raise ValueError(f"{name} must have rank 2, (height, width). Received: shape {shape}.")
    return array


def _same_length(name: str, values: Sized, other: str, count: int) -> None:
    """Refuse a list that does not pair up."""
    if len(values) != count:
        raise ValueError(
            f"{name} must be as many as {other}, {count}. Received: {len(values)} of them."
        )


def _titles(titles: Sequence[object] | None, count: int, other: str) -> list[str]:
    """Turn titles into strings, one for each of `other`; none means no titles."""
    if titles is None:
        return []
    _same_length("titles", titles, other, count)
    return [str(title) for title in titles]


def _limits(arrays: Iterable[NDArray[Any]], signed: bool) -> tuple[float, float]:
    """Choose the range of values from white to dark; symmetric about zero for signed values."""
    arrays = list(arrays)
    low = min(float(array.min()) for array in arrays)
    high = max(float(array.max()) for array in arrays)
    if signed:
        size = max(abs(low), abs(high)) or 1.0
        return -size, size
    if all(np.issubdtype(array.dtype, np.integer) for array in arrays):
        return (0, 1) if low >= 0 and high <= 1 else (min(low, 0), max(high, 255))
    if low >= 0 and high <= 1:
        return 0, 1
    return (low, high) if low < high else (low, low + 1)


def _is_signed(arrays: Iterable[NDArray[Any]]) -> bool:
    return any(bool((array < 0).any()) for array in arrays)


def _format(values: NDArray[Any]) -> str:
    """Choose so few decimals that no two places are wasted: whole numbers stay whole."""
    for decimals in (0, 1):
        if np.allclose(values, np.round(values, decimals), atol=1e-6):
            return f".{decimals}f"
    return ".2f" if np.abs(values).max() < 100 else ".0f"


def _number(value: float, spec: str) -> str:
    """Write a number with a true minus sign and without a negative zero."""
    text = format(float(value), spec)
    if float(text.replace(",", "")) == 0:
        text = text.replace("-", "")
    return text.replace("-", "−")


def _on(color: tuple[float, ...]) -> str:
    """Choose dark or white text for a background."""
    red, green, blue = color[:3]
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"


def _tint(color: str, amount: float) -> tuple[float, float, float]:
    """Mix a colour with white; `amount` 1 leaves it as it is."""
    red, green, blue = (1 - amount * (1 - part) for part in to_rgb(color))
    return red, green, blue


def _join(words: Iterable[object], most: int = 12) -> str:
    """Name things in a sentence, and say how many more there are."""
    listed = [str(word).replace("\n", " ") for word in words]
    rest = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {rest} more" if rest > 0 else "")


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count != 1 else f"1 {noun.removesuffix('s')}"


def _columns(count: int, columns: int | None) -> int:
    """Choose how many pictures go in a row: few, and full rows where possible."""
    if columns is not None:
        if columns < 1:
            raise ValueError(f"columns must be at least 1. Received: {columns}.")
        return min(columns, count)
    if count <= 6:
        return count
    return next((k for k in (8, 7, 6, 5, 4) if count % k == 0), 6)


def _cells(
    axes: Axes,
    matrix: NDArray[Any],
    cmap: Colormap,
    limits: tuple[float, float],
    spec: str,
    cell: float,
    values: bool = True,
) -> AxesImage:
    """Show a matrix as a grid of cells, `cell` inches wide, with the numbers written in them."""
    picture = _draw(axes, matrix, cmap, limits)
    rows, columns = matrix.shape
    if cell > 0.12:
        for k in range(1, columns):
            axes.axvline(k - 0.5, color="white" if cell < 0.2 else FAINT, linewidth=0.6)
        for k in range(1, rows):
            axes.axhline(k - 0.5, color="white" if cell < 0.2 else FAINT, linewidth=0.6)
    _frame(axes, QUIET)
    if values:
        longest = max(len(_number(value, spec)) for value in matrix.flat)
        size = float(np.clip(72 * cell * 0.88 / (0.64 * max(longest, 2)), 4.5, 13))
        for (row, column), value in np.ndenumerate(matrix):
            color = _on(picture.to_rgba(np.array([value]))[0])
            axes.text(
                column,
                row,
                _number(value, spec),
                color=color,
                size=size,
                ha="center",
                va="center_baseline",
            )
    return picture


def _outline(
    axes: Axes,
    row: float,
    column: float,
    height: float,
    width: float,
    color: str = VERMILLION,
    line: float = 2.5,
) -> Rectangle:
    """Outline cells of a matrix drawn by `_draw`."""
    box = Rectangle(
        (column - 0.5, row - 0.5),
        width,
        height,
        fill=False,
        edgecolor=color,
        linewidth=line,
        clip_on=False,
        zorder=5,
    )
    axes.add_patch(box)
    return box


def _label_ends(axes: Axes, ends: Sequence[tuple[float, float, str, str]], gap: float) -> None:
    """Write names at the ends of lines, moved apart so that they do not overlap.

    Args:
        axes: Where; its limits must be final.
        ends: For each line: x, y, text, colour.
        gap: Least distance of two texts, as a share of the height of the axes.
    """
    low, high = axes.get_ylim()
    order = sorted(range(len(ends)), key=lambda k: ends[k][1])
    places = np.array([(ends[k][1] - low) / (high - low) for k in order])
    for _ in range(200):
        for k in range(len(places) - 1):
            lack = gap - (places[k + 1] - places[k])
            if lack > 1e-9:
                places[k] -= lack / 2
                places[k + 1] += lack / 2
    for place, k in zip(places, order, strict=True):
        x, _, text, color = ends[k]
        axes.annotate(
            text,
            (x, low + place * (high - low)),
            xytext=(6, 0),
            textcoords="offset points",
            color=color,
            va="center",
            annotation_clip=False,
        )


# ------------------------------------------------------------------------------------ pictures


@mpl.rc_context(_STYLE)
def images(
    images: ArrayLike | Sequence[ArrayLike],
    titles: Sequence[object] | None = None,
    columns: int | None = None,
    *,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Show images side by side: ink dark on white, colour as it is, signed values blue to red.

    Args:
        images: `(height, width)`, `(n, height, width)`, `(n, height, width, 1)` or
            `(n, height, width, 3)`; or a list of images, which may differ in size.
        titles: One for each image.
        columns: Images in a row; chosen when None.
        limits: Values shown as white and as black (black and full colour, for colour images);
            0 to 255 for integers and 0 to 1 for floats when None.

    Returns:
        The picture, with one axes for each image.

    Raises:
        ValueError: If a rank is wrong or there are not as many titles as images.

    Example:
        >>> images(np.zeros((2, 28, 28)), ["zero", "one"])
        <Picture: 2 images of 28×28 pixels: zero, one.>
    """
    if isinstance(images, np.ndarray):
        if images.ndim not in (2, 3, 4):
            raise ValueError(
                "images must have rank 2, (height, width), 3, (n, height, width), or 4, "
                f"(n, height, width, channels). Received: shape {images.shape}."
            )
        batch = [images] if images.ndim == 2 else list(images)
    else:
        batch = list(images)  # type: ignore[arg-type]
        if batch and np.ndim(batch[0]) < 2:
            batch = [np.asarray(batch)]
    if not 1 <= len(batch) <= 200:
        raise ValueError(
            "images must be 1 to 200; put a single colour image in a list, [image]. "
            f"Received: {len(batch)} of them."
        )
    pictures = []
    for picture in batch:
        array = _array(picture, "images")
        if array.ndim == 3 and array.shape[-1] == 1:
            array = array[..., 0]
        if array.ndim != 2 and not (array.ndim == 3 and array.shape[-1] == 3):
            raise ValueError(
                "Each image must be (height, width), (height, width, 1) or (height, width, 3). "
                f"Received: shape {array.shape}."
            )
        pictures.append(array)
    names = _titles(titles, len(pictures), "images")
    across = _columns(len(pictures), columns)
    rows = -(-len(pictures) // across)
    gap, above = 0.12, _title_height(names)
    widest = max(array.shape[1] for array in pictures)
    tallest = max(array.shape[0] for array in pictures)
    size = min((WIDTH - 0.02 - (across - 1) * gap) / across, 2.6 if across < 3 else 1.6)
    scale = min(size / widest, 4.0 / tallest)
    high = tallest * scale
    sizes = {array.shape[:2] for array in pictures}
    of = f" of {tallest}×{widest} pixels" if len(sizes) == 1 else ""
    alt = f"{_many(len(pictures), 'images')}{of}" + (f": {_join(names)}." if names else ".")
    figure = Picture(rows * (high + above) + (rows - 1) * gap + 0.04, alt)
    signed = _is_signed(array for array in pictures if array.ndim == 2)
    grays = [array for array in pictures if array.ndim == 2] or pictures
    left = (WIDTH - across * size - (across - 1) * gap) / 2
    for k, array in enumerate(pictures):
        row, column = divmod(k, across)
        height, width = array.shape[0] * scale, array.shape[1] * scale
        x = left + column * (size + gap) + (size - width) / 2
        y = 0.02 + row * (high + above + gap) + above + (high - height) / 2
        axes = _axes(figure, x, y, width, height)
        colour = array.ndim == 3
        cmap = None if colour else SIGNED if signed else GRAY
        _draw(
            axes,
            array,
            cmap,
            limits or _limits([array] if colour else grays, signed and not colour),
        )
        _frame(axes)
        if names:
            axes.set_title(names[k], pad=4)
    return figure


def _title_height(names: Sequence[str]) -> float:
    return 0.06 + 0.17 * max((name.count("\n") + 1 for name in names), default=0) if names else 0


@mpl.rc_context(_STYLE)
def pixels(
    image: ArrayLike | Sequence[ArrayLike],
    *,
    values: bool = True,
    titles: Sequence[object] | None = None,
    highlight: Sequence[tuple[int, int, int, int]] = (),
    limits: tuple[float, float] | None = None,
    signs: Sequence[str] | None = None,
) -> Figure:
    """Show one or several small matrices as cells, with the numbers written in them.

    Args:
        image: One matrix `(height, width)`, or a list of them.
        values: Whether to write the numbers.
        titles: One for each matrix.
        highlight: Windows to outline in the first matrix: row, column, height, width.
        limits: Values shown as white and as black; chosen when None.
        signs: What to write between the matrices, such as `["×", "="]`.

    Returns:
        The picture, with one axes for each matrix.

    Raises:
        ValueError: If a rank is wrong or lengths differ.

    Example:
        >>> pixels([[0, 255], [255, 0]])
        <Picture: A 2×2 matrix with the values 0, 255; 255, 0.>
    """
    several = isinstance(image, Sequence) and np.ndim(image[0]) == 2
    given: Sequence[ArrayLike] = image if several else [image]  # type: ignore[assignment, list-item]
    matrices = [_gray_image(matrix, "image") for matrix in given]
    names = _titles(titles, len(matrices), "matrices")
    if signs is not None:
        _same_length("signs", signs, "the gaps between matrices", len(matrices) - 1)
    gap = 0.4 if signs is not None or len(matrices) > 1 else 0.0
    room = WIDTH - 0.04 - gap * (len(matrices) - 1)
    cell = min(0.55, room / sum(matrix.shape[1] for matrix in matrices))
    cell = min(cell, max(7.0 / max(matrix.shape[0] for matrix in matrices), 0.1))
    tallest = max(matrix.shape[0] for matrix in matrices) * cell
    above = _title_height(names)
    sizes = " and ".join(f"{matrix.shape[0]}×{matrix.shape[1]}" for matrix in matrices)
    if len(matrices) == 1:
        alt = f"A {sizes} matrix"
        if matrices[0].size <= 64 and values:
            spec = _format(matrices[0])
            rows = (", ".join(_number(value, spec) for value in row) for row in matrices[0])
            alt += f" with the values {'; '.join(rows)}"
    else:
        alt = f"{len(matrices)} matrices of {sizes} cells"
    alt += f": {_join(names)}." if names else "."
    figure = Picture(tallest + above + 0.06, alt)
    total = sum(matrix.shape[1] * cell for matrix in matrices) + gap * (len(matrices) - 1)
    left = (WIDTH - total) / 2
    for k, matrix in enumerate(matrices):
        height, width = matrix.shape[0] * cell, matrix.shape[1] * cell
        axes = _axes(figure, left, 0.03 + above + (tallest - height) / 2, width, height)
        signed = _is_signed([matrix])
        cmap = SIGNED if signed else GRAY
        spec = _format(matrix)
        _cells(axes, matrix, cmap, limits or _limits([matrix], signed), spec, cell, values)
        if names:
            axes.set_title(names[k], pad=4)
        if k == 0:
            for row, column, high, wide in highlight:
                _outline(axes, row, column, high, wide)
        left += width
        if signs is not None and k < len(signs):
            _text(figure, left + gap / 2, 0.03 + above + tallest / 2, signs[k], size=15)
        left += gap
    return figure


@mpl.rc_context(_STYLE)
def channels(rgb: ArrayLike) -> Figure:
    """Show a colour image and its red, green and blue channels.

    Args:
        rgb: `(height, width, 3)`, integers 0 to 255 or floats 0 to 1.

    Returns:
        The picture, with four axes: red, green, blue, all three.

    Raises:
        ValueError: If the rank is wrong or there are not three channels.

    Example:
        >>> channels(np.zeros((64, 64, 3)))
        <Picture: A 64×64 colour image split into its red, green and blue channels, and merged.>
    """
    image = _rank(rgb, "rgb", 3, "(height, width, 3)")
    if image.shape[-1] != 3:
        raise ValueError(f"rgb must have 3 channels. Received: shape {image.shape}.")
    limits = _limits([image], signed=False)
    gap = 0.33
    width = (WIDTH - 0.04 - 3 * gap) / 4
    height = min(width * image.shape[0] / image.shape[1], 3.0)
    alt = (
        f"A {image.shape[0]}×{image.shape[1]} colour image split into its red, green and blue "
        "channels, and merged."
    )
    figure = Picture(height + 0.3, alt)
    hues = {"red": "#ff0000", "green": "#00ff00", "blue": "#0000ff"}
    for k, (name, hue) in enumerate(hues.items()):
        axes = _axes(figure, 0.02 + k * (width + gap), 0.26, width, height)
        cmap = LinearSegmentedColormap.from_list(name, ["black", hue])
        _draw(axes, image[..., k], cmap, limits)
        axes.set_title(f"{name}, channel {k}", pad=4)
        x = 0.02 + (k + 1) * (width + gap) - gap / 2
        _text(figure, x, 0.26 + height / 2, "+" if k < 2 else "=", size=15)
    axes = _axes(figure, 0.02 + 3 * (width + gap), 0.26, width, height)
    _draw(axes, image, None, limits)
    axes.set_title("merged", pad=4)
    return figure


def _signed_grid(
    figure: Figure,
    panels: Sequence[NDArray[Any]],
    across: int,
    size: tuple[float, float],
    gap: float,
    names: Sequence[str],
    top: float,
    color: str,
    limits: tuple[float, float],
) -> None:
    """Draw matrices of signed values in rows, all with the same colours."""
    width, height = size
    above = _title_height(names)
    left = (WIDTH - across * width - (across - 1) * gap) / 2
    for k, panel in enumerate(panels):
        row, column = divmod(k, across)
        x = left + column * (width + gap)
        y = top + row * (height + above + gap) + above
        axes = _axes(figure, x, y, width, height)
        _draw(axes, panel, SIGNED, limits)
        _frame(axes, color)
        if names:
            axes.set_title(names[k], pad=4)


def _colorbar(figure: Figure, top: float, limits: tuple[float, float]) -> None:
    """Say which colours stand for which values."""
    axes = _axes(figure, WIDTH / 2 - 1, top, 2, 0.09)
    low, high = limits
    axes.imshow(
        np.linspace(low, high, 256)[None],
        cmap=SIGNED,
        vmin=limits[0],
        vmax=limits[1],
        aspect="auto",
    )
    _frame(axes)
    for x, value, side in ((-0.04, low, "right"), (1.04, high, "left")):
        text = _number(value, ".2g" if abs(value) < 100 else ".0f")
        axes.text(
            x, 0.5, text, transform=axes.transAxes, ha=side, va="center_baseline", color=QUIET
        )


@mpl.rc_context(_STYLE)
def filters(
    kernel: ArrayLike,
    titles: Sequence[object] | None = None,
    *,
    layer: str = "",
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Show the weights of filters: blue below zero, white at zero, red above.

    Args:
        kernel: `(kernel_height, kernel_width, in_channels, filters)`. Each filter is a column with
            its input channels below one another; filters with one channel fill rows.
        titles: One for each filter.
        layer: The layer they belong to, for the colour of the frames.
        limits: Range of the colours; symmetric about zero and the same for all when None.

    Returns:
        The picture, with one axes for each filter and channel, and one for the colour bar.

    Raises:
        ValueError: If the rank is wrong or there are not as many titles as filters.

    Example:
        >>> filters(np.ones((5, 5, 1, 6)))
        <Picture: 6 filters of 5×5 weights in 1 channel; weights from 1 to 1.>
    """
    kernel = _rank(kernel, "kernel", 4, "(kernel_height, kernel_width, in_channels, filters)")
    high, wide, depth, count = kernel.shape
    names = _titles(titles, count, "filters")
    gap = 0.08 if depth > 1 else 0.14
    if depth == 1:
        across = _columns(count, None)
        panels = [kernel[:, :, 0, k] for k in range(count)]
    else:
        across = count
        panels = [kernel[:, :, c, k] for c in range(depth) for k in range(count)]
        names = names + [""] * (len(panels) - count) if names else []
    rows = -(-len(panels) // across)
    width = min((WIDTH - 0.02 - (across - 1) * gap) / across, 1.1)
    height = width * high / wide
    above = _title_height(names)
    body = rows * (height + above) + (rows - 1) * gap
    alt = (
        f"{_many(count, 'filters')} of {high}×{wide} weights in {_many(depth, 'channels')}; "
        f"weights from {_number(kernel.min(), '.2g')} to {_number(kernel.max(), '.2g')}."
    )
    figure = Picture(body + 0.42, alt)
    chosen = limits or _limits([kernel], signed=True)
    color = LAYER_COLORS.get(layer, FAINT)
    _signed_grid(figure, panels, across, (width, height), gap, names, 0.02, color, chosen)
    _colorbar(figure, body + 0.22, chosen)
    return figure


@mpl.rc_context(_STYLE)
def maps(
    maps: ArrayLike,
    titles: Sequence[object] | None = None,
    columns: int | None = None,
    *,
    layer: str = "",
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Show feature maps or activation maps, all with the same colours, zero white.

    Args:
        maps: `(height, width, channels)`; a batch of one is accepted too.
        titles: One for each map.
        columns: Maps in a row; chosen when None.
        layer: The layer they belong to, for the colour of the frames.
        limits: Range of the colours; symmetric about zero when None.

    Returns:
        The picture, with one axes for each map, and one for the colour bar.

    Raises:
        ValueError: If the rank is wrong or there are not as many titles as maps.

    Example:
        >>> maps(np.ones((28, 28, 6)))
        <Picture: 6 maps of 28×28 values from 1 to 1.>
    """
    volume = _array(maps, "maps")
    if volume.ndim == 4 and len(volume) == 1:
        volume = volume[0]
    volume = _rank(volume, "maps", 3, "(height, width, channels)")
    high, wide, count = volume.shape
    names = _titles(titles, count, "maps")
    across = _columns(count, columns)
    rows = -(-count // across)
    gap = 0.1
    width = min((WIDTH - 0.02 - (across - 1) * gap) / across, 2.2 if across < 3 else 1.6)
    height = width * high / wide
    above = _title_height(names)
    body = rows * (height + above) + (rows - 1) * gap
    alt = (
        f"{_many(count, 'maps')} of {high}×{wide} values "
        f"from {_number(volume.min(), '.2g')} to {_number(volume.max(), '.2g')}."
    )
    figure = Picture(body + 0.42, alt)
    chosen = limits or _limits([volume], signed=True)
    color = LAYER_COLORS.get(layer, FAINT)
    panels = [volume[:, :, k] for k in range(count)]
    _signed_grid(figure, panels, across, (width, height), gap, names, 0.02, color, chosen)
    _colorbar(figure, body + 0.22, chosen)
    return figure


@mpl.rc_context(_STYLE)
def convolution_step(
    image: ArrayLike,
    kernel: ArrayLike,
    row: int,
    column: int,
    *,
    strides: int = 1,
    bias: float = 0.0,
    output: ArrayLike | None = None,
) -> Figure:
    """Show one step of a convolution: window × kernel = products, summed into one output cell.

    Args:
        image: `(height, width)`, padded already if it is to be padded.
        kernel: `(kernel_height, kernel_width)`.
        row: Row of the output cell.
        column: Column of the output cell.
        strides: How far the window moves from one output cell to the next.
        bias: Added to the sum.
        output: The whole output `(out_height, out_width)`; when None only the one cell is filled.

    Returns:
        The picture, with six axes: image, output, window, kernel, products, sum.

    Raises:
        ValueError: If a rank is wrong or the window does not lie in the image.

    Example:
        >>> convolution_step(np.ones((5, 5)), np.ones((3, 3)), 0, 2)
        <Picture: A 3×3 kernel on a 5×5 image: the products at output row 0, column 2 add up to 9.>
    """
    pixels = _gray_image(image)
    weights = _rank(kernel, "kernel", 2, "(kernel_height, kernel_width)")
    (high, wide), (tall, broad) = pixels.shape, weights.shape
    if strides < 1:
        raise ValueError(f"strides must be at least 1. Received: {strides}.")
    rows, columns = (high - tall) // strides + 1, (wide - broad) // strides + 1
    if not (0 <= row < rows and 0 <= column < columns):
        raise ValueError(
            f"row and column must lie in the output of {max(rows, 0)}×{max(columns, 0)} cells. "
            f"Received: row {row}, column {column}."
        )
    top, side = row * strides, column * strides
    window = pixels[top : top + tall, side : side + broad]
    products = window * weights.astype(float)
    total = float(products.sum() + bias)
    whole = np.full((rows, columns), np.nan)
    if output is not None:
        whole = _gray_image(output, "output").astype(float)
        if whole.shape != (rows, columns):
            raise ValueError(
                f"output must have shape ({rows}, {columns}). Received: shape {whole.shape}."
            )
    whole[row, column] = total
    plus = f", with the bias {_number(bias, '.3g')}," if bias else ""
    spec = _format(np.array([total]))
    alt = (
        f"A {tall}×{broad} kernel on a {high}×{wide} image: the products at output row {row}, "
        f"column {column}{plus} add up to {_number(total, spec)}."
    )

    scale = min(2.9 / max(high, wide), 0.5)
    cell = min(0.5, 1.72 / max(tall, broad))
    first = high * scale
    figure = Picture(0.28 + first + 0.55 + tall * cell + 0.1, alt)
    signed = _is_signed([pixels])
    cmap, limits = (SIGNED if signed else GRAY), _limits([pixels], signed)
    out_limits = _limits([whole[np.isfinite(whole)]], signed=True)

    left = (WIDTH - (wide + columns) * scale - 0.9) / 2
    axes = _axes(figure, left, 0.28, wide * scale, first)
    _cells(axes, pixels, cmap, limits, _format(pixels), scale, values=scale > 0.28)
    _outline(axes, top, side, tall, broad)
    axes.set_title(f"image {high}×{wide}", pad=4)
    left += wide * scale
    _text(figure, left + 0.45, 0.28 + first / 2, "→", size=18)
    lower = (high - rows) * scale / 2
    axes = _axes(figure, left + 0.9, 0.28 + lower, columns * scale, rows * scale)
    shown = np.ma.masked_invalid(whole)
    _cells(axes, shown, SIGNED, out_limits, spec, scale, values=False)
    if scale > 0.28:
        size = float(np.clip(72 * scale * 0.88 / (0.64 * 4), 6, 13))
        for (i, j), value in np.ndenumerate(whole):
            if np.isfinite(value):
                color = _on(SIGNED(0.5 + 0.5 * value / out_limits[1]))
                text = _number(value, _format(whole[np.isfinite(whole)]))
                axes.text(j, i, text, color=color, size=size, ha="center", va="center_baseline")
    _outline(axes, row, column, 1, 1)
    axes.set_title(f"output {rows}×{columns}", pad=4)

    y = 0.28 + first + 0.5
    sign = 0.32
    parts = [
        (window, cmap, limits, "window"),
        (weights, SIGNED, _limits([weights], signed=True), "kernel"),
        (products, SIGNED, _limits([products], signed=True), "products"),
    ]
    x = (WIDTH - 3 * broad * cell - 3 * sign - 0.7) / 2
    for (matrix, colors, bounds, name), after in zip(parts, ("×", "=", "→"), strict=True):
        axes = _axes(figure, x, y, broad * cell, tall * cell)
        _cells(axes, matrix, colors, bounds, _format(matrix), cell)
        axes.set_title(name, pad=4)
        if name == "window":
            _outline(axes, 0, 0, tall, broad)
        x += broad * cell
        _text(figure, x + sign / 2, y + tall * cell / 2, after, size=15)
        x += sign
    axes = _axes(figure, x, y + tall * cell / 2 - 0.22, 0.7, 0.44)
    axes.imshow([[total]], cmap=SIGNED, vmin=out_limits[0], vmax=out_limits[1], aspect="auto")
    color = _on(SIGNED(0.5 + 0.5 * total / out_limits[1]))
    axes.text(0, 0, _number(total, spec), size=12, color=color, ha="center", va="center_baseline")
    _frame(axes, VERMILLION, 2.5)
    axes.set_title("sum + bias" if bias else "sum", pad=4)
    return figure


@mpl.rc_context(_STYLE)
def sliding(
    size: int | tuple[int, int],
    kernel_size: int | tuple[int, int],
    strides: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
) -> Figure:
    """Show where a window stops as it slides over a row, or over a grid, of cells.

    Args:
        size: Cells in the input: a number for one dimension, a pair for two.
        kernel_size: Cells under the window.
        strides: How far the window moves each time.
        padding: Zero cells added on each side; in one dimension a pair means before and after.

    Returns:
        The picture, with one axes; two, input and output, for a grid.

    Raises:
        ValueError: If a number is too small or the window larger than the padded input.

    Example:
        >>> sliding(7, 3, strides=3)
        <Picture: A window of 3 slides over 7 cells in steps of 3: 2 places, 1 cell is never used.>
    """
    if isinstance(size, tuple):
        return _sliding_grid(size, _two(kernel_size), _two(strides), _two(padding))
    if isinstance(kernel_size, tuple) or isinstance(strides, tuple):
        raise ValueError("kernel_size and strides must be whole numbers when size is one.")
    before, after = _two(padding)
    _check_sliding(size, kernel_size, strides, before, after)
    total = size + before + after
    places = (total - kernel_size) // strides + 1
    unused = total - (places - 1) * strides - kernel_size if strides <= kernel_size else 0
    seen = {k * strides + j for k in range(places) for j in range(kernel_size)}
    lost = [k for k in range(total) if k not in seen]
    unused = len(lost)
    padded = f" padded by {before} and {after}" if before or after else ""
    cells = "cell is" if unused == 1 else "cells are"
    alt = (
        f"A window of {kernel_size} slides over {size} cells{padded} in steps of {strides}: "
        f"{places} {'place' if places == 1 else 'places'}, "
        f"{unused or 'no'} {cells} never used."
    )
    cell = min(0.5, (WIDTH - 0.9) / total)
    step = 0.26
    height = cell + 0.14 + places * step + 0.14 + cell + 0.1
    figure = Picture(height, alt)
    axes = _axes(figure, 0, 0, WIDTH, height)
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    left = 0.82 + (WIDTH - 0.84 - total * cell) / 2

    def box(x: float, y: float, w: float, h: float, **style: Any) -> None:
        axes.add_patch(Rectangle((x, y), w, h, **style))

    def word(x: float, y: float, text: str, **style: Any) -> None:
        axes.text(x, y, text, **({"ha": "center", "va": "center_baseline"} | style))

    top = 0.05
    word(0.02, top + cell / 2, "input", ha="left", color=QUIET)
    for k in range(total):
        inside = before <= k < before + size
        fill = _tint(BLUE, 0.25) if inside else "white"
        line = {"linestyle": "-" if inside else (0, (2, 2)), "linewidth": 1}
        if k in lost:
            box(
                left + k * cell,
                top,
                cell,
                cell,
                facecolor="white",
                edgecolor=VERMILLION,
                hatch="////",
                zorder=3,
                **line,
            )
        else:
            box(left + k * cell, top, cell, cell, facecolor=fill, edgecolor=QUIET, **line)
            text = str(k - before) if inside else "0"
            word(left + (k + 0.5) * cell, top + cell / 2, text, color=INK if inside else QUIET)
    y = top + cell + 0.14
    for k in range(places):
        x = left + k * strides * cell
        box(
            x + 0.03,
            y + 0.04,
            kernel_size * cell - 0.06,
            step - 0.08,
            facecolor=ORANGE,
            edgecolor="none",
        )
        word(x + kernel_size * cell / 2, y + step / 2, str(k), color=INK)
        y += step
    word(0.02, top + cell + 0.14 + step / 2, "window", ha="left", color=QUIET)
    y += 0.09
    word(0.02, y + cell / 2, "output", ha="left", color=QUIET)
    for k in range(places):
        x = left + (k * strides + kernel_size / 2 - 0.5) * cell
        box(x, y, cell, cell, facecolor=_tint(ORANGE, 0.45), edgecolor=QUIET, linewidth=1)
        word(x + cell / 2, y + cell / 2, str(k))
    if lost:
        axes.text(
            left + (max(lost) + 1) * cell,
            top + cell + 0.16,
            "never used",
            color=VERMILLION,
            ha="right",
            va="top",
        )
    return figure


def _two(value: int | tuple[int, int]) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def _check_sliding(size: int, kernel_size: int, strides: int, before: int, after: int) -> None:
    for name, value, least in (
        ("size", size, 1),
        ("kernel_size", kernel_size, 1),
        ("strides", strides, 1),
        ("padding", before, 0),
        ("padding", after, 0),
    ):
        if value < least:
            raise ValueError(f"{name} must be at least {least}. Received: {value}.")
    if kernel_size > size + before + after:
        raise ValueError(
            f"kernel_size must be at most the padded size, {size + before + after}. "
            f"Received: {kernel_size}."
        )


def _sliding_grid(
    size: tuple[int, int],
    kernel_size: tuple[int, int],
    strides: tuple[int, int],
    padding: tuple[int, int],
) -> Figure:
    """Show the first places of a window on a grid, and the cells that they make."""
    places = []
    total = []
    for n, k, s, p in zip(size, kernel_size, strides, padding, strict=True):
        _check_sliding(n, k, s, p, p)
        places.append((n + 2 * p - k) // s + 1)
        total.append(n + 2 * p)
    used = [
        {i * s + j for i in range(o) for j in range(k)}
        for o, k, s in zip(places, kernel_size, strides, strict=True)
    ]
    lost = [
        (r, c)
        for r in range(total[0])
        for c in range(total[1])
        if r not in used[0] or c not in used[1]
    ]
    alt = (
        f"A {kernel_size[0]}×{kernel_size[1]} window slides over {size[0]}×{size[1]} cells padded "
        f"by {padding[0]} and {padding[1]} in steps of {strides[0]} and {strides[1]}: an output "
        f"of {places[0]}×{places[1]} cells; {len(lost) or 'no'} cells are never used."
    )
    gap = 1.0
    cell = min(0.42, (WIDTH - 0.1 - gap) / (total[1] + places[1]), 4.5 / total[0])
    height = total[0] * cell + 0.36
    figure = Picture(height, alt)
    left = (WIDTH - gap - (total[1] + places[1]) * cell) / 2
    axes = _axes(figure, left, 0.3, total[1] * cell, total[0] * cell)
    axes.set(xlim=(-0.5, total[1] - 0.5), ylim=(total[0] - 0.5, -0.5))
    for r in range(total[0]):
        for c in range(total[1]):
            inside = (
                padding[0] <= r < padding[0] + size[0] and padding[1] <= c < padding[1] + size[1]
            )
            axes.add_patch(
                Rectangle(
                    (c - 0.5, r - 0.5),
                    1,
                    1,
                    facecolor=_tint(BLUE, 0.25) if inside and (r, c) not in lost else "white",
                    edgecolor=VERMILLION if (r, c) in lost else QUIET,
                    linestyle="-" if inside else (0, (2, 2)),
                    linewidth=0.8,
                    hatch="////" if (r, c) in lost else None,
                    clip_on=False,
                )
            )
    axes.set_title(f"input {size[0]}×{size[1]}", pad=5)
    _text(figure, left + total[1] * cell + gap / 2, 0.3 + total[0] * cell / 2, "→", size=18)
    x = left + total[1] * cell + gap
    y = 0.3 + (total[0] - places[0]) * cell / 2
    result = _axes(figure, x, y, places[1] * cell, places[0] * cell)
    result.set(xlim=(-0.5, places[1] - 0.5), ylim=(places[0] - 0.5, -0.5))
    for r in range(places[0]):
        for c in range(places[1]):
            result.add_patch(
                Rectangle(
                    (c - 0.5, r - 0.5),
                    1,
                    1,
                    facecolor="white",
                    edgecolor=QUIET,
                    linewidth=0.8,
                    clip_on=False,
                )
            )
    result.set_title(f"output {places[0]}×{places[1]}", pad=5)
    shown = [((0, 0), VERMILLION)]
    if places[1] > 1:
        shown.append(((0, 1), GREEN))
    if places[0] > 1 and places[1] > 1:
        shown.append(((places[0] - 1, places[1] - 1), PURPLE))
    for (r, c), color in shown:
        _outline(axes, r * strides[0], c * strides[1], *kernel_size, color=color)
        result.add_patch(
            Rectangle(
                (c - 0.5, r - 0.5),
                1,
                1,
                facecolor=_tint(color, 0.45),
                edgecolor=color,
                linewidth=2,
                clip_on=False,
                zorder=4,
            )
        )
    return figure


@mpl.rc_context(_STYLE)
def pooling(
    x: ArrayLike,
    pooled: ArrayLike,
    pool_size: int | tuple[int, int] = 2,
    strides: int | tuple[int, int] | None = None,
    *,
    name: str = "pooled",
) -> Figure:
    """Show a matrix with its pooling windows, and what became of each window, in one colour.

    Args:
        x: `(height, width)`.
        pooled: `(out_height, out_width)`.
        pool_size: Cells of a window, or rows and columns.
        strides: From one window to the next; the pool size when None.
        name: What to write above the result, such as "maximum".

    Returns:
        The picture, with two axes: the matrix and the result.

    Raises:
        ValueError: If a rank is wrong or the windows do not make the result's shape.

    Example:
        >>> pooling(np.arange(16).reshape(4, 4), [[5, 7], [13, 15]], name="maximum")
        <Picture: A 4×4 matrix pooled by 2×2 windows to 2×2: maximum 5, 7; 13, 15.>
    """
    matrix, result = _gray_image(x, "x"), _gray_image(pooled, "pooled")
    pool = _two(pool_size)
    steps = pool if strides is None else _two(strides)
    for size, k, s in zip(matrix.shape, pool, steps, strict=True):
        _check_sliding(size, k, s, 0, 0)
    expected = tuple((n - k) // s + 1 for n, k, s in zip(matrix.shape, pool, steps, strict=True))
    if result.shape != expected:
        raise ValueError(f"pooled must have shape {expected}. Received: shape {result.shape}.")
    spec, out_spec = _format(matrix), _format(result)
    rows = "; ".join(", ".join(_number(value, out_spec) for value in row) for row in result)
    sizes = f"{matrix.shape[0]}×{matrix.shape[1]}", f"{result.shape[0]}×{result.shape[1]}"
    alt = f"A {sizes[0]} matrix pooled by {pool[0]}×{pool[1]} windows to {sizes[1]}: {name} {rows}."
    gap = 1.0
    cell = min(0.55, (WIDTH - gap - 0.1) / (matrix.shape[1] + result.shape[1]))
    height = matrix.shape[0] * cell
    figure = Picture(height + 0.36, alt)
    left = (WIDTH - gap - (matrix.shape[1] + result.shape[1]) * cell) / 2
    blank = LinearSegmentedColormap.from_list("blank", ["white", "white"])
    axes = _axes(figure, left, 0.3, matrix.shape[1] * cell, height)
    _cells(axes, matrix, blank, (0, 1), spec, cell)
    axes.set_title(f"input {sizes[0]}", pad=5)
    middle = left + matrix.shape[1] * cell + gap / 2
    _text(figure, middle, 0.3 + height / 2, "→", size=18)
    out = _axes(
        figure,
        middle + gap / 2,
        0.3 + (matrix.shape[0] - result.shape[0]) * cell / 2,
        result.shape[1] * cell,
        result.shape[0] * cell,
    )
    _cells(out, result, blank, (0, 1), out_spec, cell)
    out.set_title(f"{name} {sizes[1]}", pad=5)
    overlap = steps[0] < pool[0] or steps[1] < pool[1]
    hues = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY)
    inset = 0.08
    for k, (row, column) in enumerate(np.ndindex(*result.shape)):
        color = hues[(k if result.shape[1] % len(hues) else k + row) % len(hues)]
        corner = (column * steps[1] - 0.5, row * steps[0] - 0.5)
        if overlap:
            # Windows share cells: outlines, each a little smaller than its cells.
            axes.add_patch(
                Rectangle(
                    (corner[0] + inset, corner[1] + inset),
                    pool[1] - 2 * inset,
                    pool[0] - 2 * inset,
                    fill=False,
                    edgecolor=color,
                    linewidth=1.8,
                    zorder=4,
                )
            )
        else:
            axes.add_patch(
                Rectangle(
                    corner,
                    pool[1],
                    pool[0],
                    facecolor=_tint(color, 0.35),
                    edgecolor=QUIET,
                    zorder=0.5,
                )
            )
        out.add_patch(
            Rectangle(
                (column - 0.5, row - 0.5),
                1,
                1,
                facecolor=_tint(color, 0.35),
                edgecolor=QUIET,
                zorder=0.5,
            )
        )
    for each in (axes, out):
        each.images[0].set_alpha(0)
    return figure


@mpl.rc_context(_STYLE)
def functions(
    x: ArrayLike,
    functions: Mapping[str, ArrayLike],
    *,
    xlabel: str = "x",
    ylabel: str = "",
) -> Figure:
    """Draw functions of one variable in one system of axes, each named at its end.

    Args:
        x: `(n,)`, rising.
        functions: Name and values `(n,)` of each function.
        xlabel: Name of the variable.
        ylabel: Name of the values.

    Returns:
        The picture, with one axes.

    Raises:
        ValueError: If values are not as many as places, or there is no function.

    Example:
        >>> x = np.linspace(-3, 3, 7)
        >>> functions(x, {"ReLU": np.maximum(x, 0)})
        <Picture: Graph of ReLU for x from −3 to 3.>
    """
    places = _rank(x, "x", 1, "(n,)")
    if not functions:
        raise ValueError("functions must name at least one function. Received: none.")
    values = {}
    for name, given in functions.items():
        values[name] = _rank(given, name, 1, "(n,)")
        _same_length(name, values[name], "x", len(places))
    alt = (
        f"Graph of {_join(values)} for {xlabel} from {_number(places[0], '.3g')} "
        f"to {_number(places[-1], '.3g')}."
    )
    figure = Picture(3.2, alt)
    axes = _axes(figure, 0.62, 0.12, 5.1, 2.5)
    _line_axes(axes, xlabel, ylabel)
    axes.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    axes.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
    ends = []
    for (name, y), color in zip(values.items(), _colors(len(values)), strict=True):
        axes.plot(places, y, color=color, label=name)
        ends.append((float(places[-1]), float(y[-1]), name, color))
    axes.set_xlim(places[0], places[-1])
    _label_ends(axes, ends, 0.08)
    return figure


def _colors(count: int) -> list[str]:
    return [COLORS[k % len(COLORS)] for k in range(count)]


def _line_axes(axes: Axes, xlabel: str, ylabel: str) -> None:
    """Give bare axes a left and a bottom line, round ticks and names."""
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(True)
    axes.xaxis.set_major_locator(mpl.ticker.AutoLocator())
    axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(5))
    axes.tick_params(length=3)
    axes.set_xlabel(xlabel)
    if ylabel:
        axes.set_ylabel(ylabel)


@mpl.rc_context(_STYLE)
def curves(
    curves: Mapping[str, ArrayLike],
    xlabel: str = "",
    ylabel: str = "",
    *,
    x: ArrayLike | None = None,
    log: bool = False,
) -> Figure:
    """Draw series of measurements, each named at its end.

    Args:
        curves: Name and values `(n,)` of each curve.
        xlabel: What the horizontal axis counts.
        ylabel: What the values are.
        x: Places `(n,)` of the values; 1, 2, 3, … when None.
        log: Whether the vertical axis is logarithmic.

    Returns:
        The picture, with one axes.

    Raises:
        ValueError: If there is no curve, or the lengths differ from `x`.

    Example:
        >>> curves({"loss": [0.9, 0.5, 0.4]}, "epoch", "loss")
        <Picture: loss by epoch: loss from 0.9 to 0.4.>
    """
    if not curves:
        raise ValueError("curves must name at least one curve. Received: none.")
    values = {name: _rank(given, name, 1, "(n,)") for name, given in curves.items()}
    places = None if x is None else _rank(x, "x", 1, "(n,)")
    if places is not None:
        for name, y in values.items():
            _same_length(name, y, "x", len(places))
    told = (
        f"{name} from {_number(y[0], '.3g')} to {_number(y[-1], '.3g')}"
        for name, y in values.items()
    )
    alt = f"{ylabel or 'Curves'} by {xlabel or 'step'}: {_join(told)}."
    figure = Picture(3.2, alt)
    axes = _axes(figure, 0.75, 0.12, 4.95, 2.5)
    _line_axes(axes, xlabel, ylabel)
    if log:
        axes.set_yscale("log")
        axes.tick_params(which="both", length=3)
    ends = []
    for (name, y), color in zip(values.items(), _colors(len(values)), strict=True):
        at = np.arange(1, len(y) + 1) if places is None else places
        axes.plot(at, y, color=color, label=name, marker="o" if len(y) == 1 else None)
        ends.append((float(at[-1]), float(y[-1]), name, color))
    axes.margins(x=0.02)
    if places is None:
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(6, integer=True))
    if not log:
        _label_ends(axes, ends, 0.08)
    else:
        for at_x, at_y, name, color in ends:
            axes.annotate(
                name,
                (at_x, at_y),
                xytext=(6, 0),
                textcoords="offset points",
                color=color,
                va="center",
            )
    return figure


@mpl.rc_context(_STYLE)
def history(history: Mapping[str, Sequence[float]]) -> Figure:
    """Draw loss and accuracy over the epochs, training and validation, named at the line.

    Args:
        history: `loss` and `accuracy`, and if there was a validation `val_loss` and
            `val_accuracy`: a value for each epoch, as Keras and `lenet.network` return it.

    Returns:
        The picture, with two axes: loss and accuracy.

    Raises:
        ValueError: If `loss` or `accuracy` is missing or the lengths differ.

    Example:
        >>> history({"loss": [0.9, 0.1], "accuracy": [0.7, 0.98]})
        <Picture: 2 epochs of training: loss 0.9 to 0.1; accuracy 70% to 98%.>
    """
    for name in ("loss", "accuracy"):
        if name not in history:
            raise ValueError(f"history must hold {name!r}. Received: {_join(sorted(history))}.")
    count = len(history["loss"])
    series = {
        name: _rank(history[name], name, 1, "(epochs,)")
        for name in ("loss", "val_loss", "accuracy", "val_accuracy")
        if name in history
    }
    for name, given in series.items():
        _same_length(name, given, "epochs", count)

    def tell(name: str) -> str:
        first, last = series[name][0], series[name][-1]
        if "loss" in name:
            return f"{first:.3g} to {last:.3g}"
        return f"{100 * first:.4g}% to {100 * last:.4g}%"

    alt = f"{_many(count, 'epochs')} of training: loss {tell('loss')}; accuracy {tell('accuracy')}"
    if "val_loss" in series and "val_accuracy" in series:
        alt += f"; validation loss {tell('val_loss')}, accuracy {tell('val_accuracy')}"
    figure = Picture(3.1, alt + ".")
    epochs = np.arange(1, count + 1)
    for k, name in enumerate(("loss", "accuracy")):
        axes = _axes(figure, 0.5 + k * 3.6, 0.42, 2.0, 2.1)
        _line_axes(axes, "epoch", "")
        axes.set_title(name, loc="left", pad=10, weight="bold")
        ends = []
        for key, label, color in (
            (name, "training", BLUE),
            (f"val_{name}", "validation", VERMILLION),
        ):
            if key in series:
                scale = 1 if name == "loss" else 100
                y = series[key] * scale
                axes.plot(epochs, y, color=color, marker="o", markersize=3 if count < 30 else 0)
                value = f"{y[-1]:.3f}" if name == "loss" else f"{y[-1]:.2f}%"
                ends.append((float(count), float(y[-1]), f"{value}\n{label}", color))
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(5, integer=True))
        axes.margins(x=0.04)
        if name == "loss":
            axes.set_ylim(bottom=0)
        else:
            axes.yaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g%%"))
        _label_ends(axes, ends, 0.2)
    return figure


@mpl.rc_context(_STYLE)
def probabilities(
    p: ArrayLike,
    label: int | Sequence[int] | None = None,
    *,
    titles: Sequence[object] | None = None,
    names: Sequence[object] | None = None,
) -> Figure:
    """Draw the probability of each class as a bar; the right class, when known, stands out.

    Args:
        p: `(classes,)`, or `(n, classes)` for several.
        label: The right class, or one for each.
        titles: One for each of several.
        names: Names of the classes; 0, 1, 2, … when None.

    Returns:
        The picture, with one axes for each row of `p`.

    Raises:
        ValueError: If the rank is wrong, values lie outside 0 to 1, or lengths differ.

    Example:
        >>> probabilities([0.01, 0.98, 0.01], label=1)
        <Picture: Bar chart of 3 probabilities; the largest is 1 at 0.98.>
    """
    values = _array(p, "p").astype(float)
    if values.ndim not in (1, 2):
        raise ValueError(
            f"p must have rank 1, (classes,), or 2, (n, classes). Received: shape {values.shape}."
        )
    single = values.ndim == 1
    values = np.atleast_2d(values)
    if values.min() < 0 or values.max() > 1 + 1e-4:
        raise ValueError(
            f"p must lie in 0 to 1. Received: {values.min():.3g} to {values.max():.3g}."
        )
    count, classes = values.shape
    labels: list[int] = [] if label is None else [int(k) for k in np.atleast_1d(label)]
    if labels:
        _same_length("label", labels, "rows of p", count)
        if min(labels) < 0 or max(labels) >= classes:
            raise ValueError(f"label must lie in 0 to {classes - 1}. Received: {label}.")
    heads = _titles(titles, count, "rows of p")
    called = list(map(str, range(classes))) if names is None else list(map(str, names))
    _same_length("names", called, "classes", classes)
    best = values.argmax(axis=1)
    if single:
        alt = (
            f"Bar chart of {classes} probabilities; the largest is {called[best[0]]} "
            f"at {values[0, best[0]]:.2f}."
        )
    else:
        told = (f"{called[k]} at {row[k]:.2f}" for row, k in zip(values, best, strict=True))
        alt = f"{count} bar charts of {classes} probabilities; the largest are {_join(told)}."
    across = 1 if count == 1 else 2 if count in (2, 4) else 3
    rows = -(-count // across)
    width = 5.2 if across == 1 else (WIDTH - 0.1 - (across - 1) * 0.3) / across
    height, above = (1.7, 0.3) if across == 1 else (0.95, 0.3)
    each = above + (0.25 if heads else 0) + height + 0.3
    figure = Picture(rows * each, alt)
    for k, row in enumerate(values):
        i, j = divmod(k, across)
        left = (WIDTH - width) / 2 if across == 1 else 0.05 + j * (width + 0.3)
        axes = _axes(figure, left, (i + 1) * each - height - 0.26, width, height)
        colors = [FAINT] * classes
        colors[best[k]] = BLUE if not labels or labels[k] == best[k] else VERMILLION
        if labels and labels[k] != best[k]:
            colors[labels[k]] = GREEN
        axes.bar(range(classes), row, color=colors, width=0.78)
        axes.set(xlim=(-0.6, classes - 0.4), ylim=(0, 1))
        axes.spines["bottom"].set_visible(True)
        axes.set_xticks(range(classes), called)
        axes.tick_params(axis="x", length=0)
        axes.text(best[k], row[best[k]] + 0.03, f"{row[best[k]]:.2f}", ha="center", va="bottom")
        if heads:
            axes.set_title(heads[k], pad=18)
    return figure


def _box(
    axes: Axes, x: float, y: float, size: tuple[float, float, float], color: str
) -> tuple[float, float]:
    """Draw a box in oblique projection, front face lower left corner at (x, y)."""
    wide, high, deep = size
    dx, dy = 0.5 * deep, 0.35 * deep
    front = [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]
    top = [
        (x, y + high),
        (x + wide, y + high),
        (x + wide + dx, y + high + dy),
        (x + dx, y + high + dy),
    ]
    side = [
        (x + wide, y),
        (x + wide + dx, y + dy),
        (x + wide + dx, y + high + dy),
        (x + wide, y + high),
    ]
    for points, amount in ((top, 0.3), (side, 0.6), (front, 0.45)):
        axes.add_patch(
            Polygon(
                points,
                facecolor=_tint(color, amount),
                edgecolor=color,
                linewidth=0.9,
                joinstyle="round",
            )
        )
    return wide + dx, high + dy


def _shape(shape: Sequence[int]) -> str:
    return "×".join(str(size) for size in shape)


@mpl.rc_context(_STYLE)
def volume(
    shapes: Sequence[tuple[int, int, int]],
    titles: Sequence[object] | None = None,
    *,
    layers: Sequence[str] | None = None,
) -> Figure:
    """Draw volumes as boxes, to the same scale: height, width, and channels as depth.

    Args:
        shapes: `(height, width, channels)` of each.
        titles: One for each.
        layers: A layer for each, for its colour.

    Returns:
        The picture, with one axes; boxes are polygons, three for each.

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
    names = _titles(titles, len(shapes), "shapes")
    if layers is not None:
        _same_length("layers", layers, "shapes", len(shapes))
    told = [
        f"{name} {_shape(s)}".strip()
        for name, s in zip(names or [""] * len(shapes), shapes, strict=True)
    ]
    alt = f"{len(shapes)} {'box' if len(shapes) == 1 else 'boxes'} to scale: {_join(told)}."
    gap = 0.75
    spans = [wide + 0.5 * deep for _, wide, deep in shapes]
    scale = min(
        (WIDTH - 0.3 - gap * (len(shapes) - 1)) / sum(spans),
        2.2 / max(h + 0.35 * c for h, _, c in shapes),
    )
    tall = max(high + 0.35 * deep for high, _, deep in shapes) * scale
    below = 0.5 if names else 0.28
    figure = Picture(tall + below + 0.1, alt)
    axes = _axes(figure, 0, 0, WIDTH, tall + below + 0.1)
    axes.set(xlim=(0, WIDTH), ylim=(-below, tall + 0.1))
    x = (WIDTH - sum(spans) * scale - gap * (len(shapes) - 1)) / 2
    for k, ((high, wide, deep), span) in enumerate(zip(shapes, spans, strict=True)):
        color = LAYER_COLORS.get(layers[k], BLUE) if layers is not None else BLUE
        y = (tall - (high + 0.35 * deep) * scale) / 2
        _box(axes, x, y, (wide * scale, high * scale, deep * scale), color)
        middle = x + span * scale / 2
        if names:
            axes.text(middle, -0.14, names[k], ha="center", va="center", weight="bold")
        axes.text(middle, -below + 0.14, _shape(shapes[k]), ha="center", va="center", color=INK)
        x += span * scale
        if k + 1 < len(shapes):
            axes.annotate(
                "",
                (x + gap * 0.78, tall / 2),
                (x + gap * 0.22, tall / 2),
                arrowprops={"arrowstyle": "->", "color": QUIET},
            )
        x += gap
    return figure


@mpl.rc_context(_STYLE)
def architecture(
    counts: Sequence[LayerLike], input_shape: tuple[int, int, int] = (28, 28, 1)
) -> Figure:
    """Draw a whole network: what leaves each layer as a box, its shape, and its parameters.

    Args:
        counts: A row for each layer, from `lenet.shapes.count`. Layers that only reorder (flatten)
            are left out.
        input_shape: `(height, width, channels)` of an image.

    Returns:
        The picture, with one axes.

    Raises:
        ValueError: If there is no layer.

    Example:
        >>> from lenet.shapes import LENET5, count
        >>> architecture(count(LENET5, (28, 28, 1)))  # doctest: +ELLIPSIS
        <Picture: A network of 7 layers with 61,706 parameters: input 28×28×1, c1 28×28×6 ...>
    """
    layers = [layer for layer in counts if "flatten" not in layer.kind.lower()]
    if not layers:
        raise ValueError("counts must hold at least one layer. Received: none.")
    total = sum(layer.parameters for layer in layers)
    rows = [("input", "", tuple(input_shape), 0)]
    rows += [(item.name, item.kind, tuple(item.output_shape), item.parameters) for item in layers]
    told = (
        f"{name} {_shape(shape)} with {number:,} parameters"
        if number
        else f"{name} {_shape(shape)}"
        for name, _, shape, number in rows
    )
    alt = f"A network of {len(layers)} layers with {total:,} parameters: {_join(told)}."
    column = WIDTH / len(rows)
    tall, below = 1.6, 1.1
    figure = Picture(tall + below, alt)
    axes = _axes(figure, 0, 0, WIDTH, tall + below)
    axes.set(xlim=(0, WIDTH), ylim=(-below, tall))
    largest = max(input_shape[:2])
    unit = 0.62 * column / largest
    for k, (name, kind, shape, number) in enumerate(rows):
        color = LAYER_COLORS.get(name, COLORS[k % len(COLORS)])
        middle = (k + 0.5) * column
        if len(shape) == 3 and shape[0] * shape[1] > 1:
            size = (shape[1] * unit, shape[0] * unit, 0.18 * shape[2] ** 0.5)
        else:
            size = (0.09, 1.3 * (shape[-1] / 120) ** 0.5, 0.09)
        wide, high = size[0] + 0.5 * size[2], size[1] + 0.35 * size[2]
        _box(axes, middle - wide / 2, tall / 2 - high / 2, size, color)
        axes.text(middle, -0.15, name, ha="center", va="center", weight="bold", color=color)
        axes.text(middle, -0.38, kind, ha="center", va="center", color=QUIET, size=9)
        axes.text(middle, -0.61, _shape(shape), ha="center", va="center")
        axes.text(
            middle, -0.84, f"{number:,}" if number else "–", ha="center", va="center", color=QUIET
        )
    return figure


@mpl.rc_context(_STYLE)
def activations(
    image: ArrayLike,
    activations: Mapping[str, ArrayLike],
    probabilities: ArrayLike,
) -> Figure:
    """Show the whole network at work on one digit: every map of every layer, and the answer.

    Args:
        image: `(height, width)`.
        activations: For each layer, in order, what left it: `(height, width, channels)` or
            `(units,)`; a batch of one is accepted too. Layers that only reorder (flatten) and the
            output are left out: the output is `probabilities`.
        probabilities: `(classes,)`.

    Returns:
        The picture, with one axes for the image, for each map, for each layer without maps and for
        the probabilities.

    Raises:
        ValueError: If a rank is wrong.

    Example:
        >>> activations(np.zeros((28, 28)), {"c1": np.zeros((28, 28, 6))}, [0.1, 0.9])
        <Picture: A digit on its way through c1 28×28×6; the answer is 1 with probability 0.90.>
    """
    digit = _gray_image(image)
    answer = _array(probabilities, "probabilities").astype(float)
    if answer.ndim == 2 and len(answer) == 1:
        answer = answer[0]
    answer = _rank(answer, "probabilities", 1, "(classes,)")
    layers: dict[str, NDArray[Any]] = {}
    for name, given in activations.items():
        array = _array(given, name)
        if name in ("flatten", "output"):
            continue
        if array.ndim in (2, 4) and len(array) == 1:
            array = array[0]
        if array.ndim not in (1, 3):
            raise ValueError(
                f"{name} must have shape (height, width, channels) or (units,). "
                f"Received: shape {np.shape(given)}."
            )
        layers[name] = array.ravel() if array.shape[:2] == (1, 1) else array
    best = int(answer.argmax())
    told = _join(f"{name} {_shape(np.shape(array))}" for name, array in layers.items())
    alt = (
        f"A digit on its way through {told}; the answer is {best} "
        f"with probability {answer[best]:.2f}."
    )

    margin, gap, between = 1.0, 0.08, 0.2
    room = WIDTH - margin - 0.02
    heights = []
    for array in layers.values():
        if array.ndim == 3:
            size = min(
                (room - (array.shape[2] - 1) * gap) / array.shape[2], array.shape[1] * 0.034 + 0.04
            )
            heights.append(size * array.shape[0] / array.shape[1])
        else:
            heights.append(0.13 * -(-array.size // 42))
    first = 1.1
    total = first + sum(heights) + (len(heights) + 1) * between + 0.75 + 0.3
    figure = Picture(total, alt)

    def label(name: str, shape: str, y: float) -> None:
        _text(
            figure,
            0.02,
            y - 0.09,
            name,
            ha="left",
            weight="bold",
            color=LAYER_COLORS.get(name, INK),
        )
        _text(figure, 0.02, y + 0.09, shape, ha="left", color=QUIET)

    y = 0.04
    axes = _axes(figure, margin, y, first, first)
    _draw(axes, digit, GRAY, _limits([digit], signed=False))
    _frame(axes, LAYER_COLORS["input"])
    label("input", _shape(digit.shape), y + first / 2)
    y += first + between
    for (name, array), height in zip(layers.items(), heights, strict=True):
        limits = _limits([array], signed=True)
        color = LAYER_COLORS.get(name, QUIET)
        label(name, _shape(array.shape), y + height / 2)
        if array.ndim == 3:
            width = height * array.shape[1] / array.shape[0]
            step = (room - width) / max(array.shape[2] - 1, 1)
            step = min(step, width + 2 * gap) if array.shape[2] < 6 else step
            for k in range(array.shape[2]):
                axes = _axes(figure, margin + k * step, y, width, height)
                _draw(axes, array[:, :, k], SIGNED, limits)
                _frame(axes, color)
        else:
            across = min(42, array.size)
            deep = -(-array.size // across)
            grid = np.full(deep * across, np.nan)
            grid[: array.size] = array
            axes = _axes(figure, margin, y, room * across / 42, height)
            _draw(axes, grid.reshape(deep, across), SIGNED, limits)
            _frame(axes, color)
        y += height + between
    axes = _axes(figure, margin, y + 0.18, room, 0.5)
    colors = [FAINT] * answer.size
    colors[best] = LAYER_COLORS["output"]
    axes.bar(range(answer.size), answer, color=colors, width=0.8)
    axes.set(xlim=(-0.5, answer.size - 0.5), ylim=(0, 1))
    axes.set_xticks(range(answer.size))
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(True)
    axes.text(best, answer[best] + 0.06, f"{answer[best]:.2f}", ha="center", va="bottom")
    label("output", _shape(answer.shape), y + 0.43)
    return figure


@mpl.rc_context(_STYLE)
def receptive_field(
    image: ArrayLike,
    rows: range | slice | tuple[int, int],
    columns: range | slice | tuple[int, int],
    *,
    title: str = "",
    color: str = VERMILLION,
) -> Figure:
    """Show which part of an image one unit sees, and that part by itself.

    Args:
        image: `(height, width)`.
        rows: First row and the one after the last; may reach beyond the image, into the padding.
        columns: First column and the one after the last.
        title: What to write above the image.
        color: Colour of the outline.

    Returns:
        The picture, with two axes: the image with the part outlined, and the part enlarged.

    Raises:
        ValueError: If the image has not rank 2 or the part does not meet the image.

    Example:
        >>> receptive_field(np.zeros((28, 28)), (4, 9), (10, 15))
        <Picture: A 28×28 image; the unit sees the 5×5 pixels of rows 4 to 8 and columns 10 to 14.>
    """
    picture = _gray_image(image)
    spans = []
    for name, span, size in (
        ("rows", rows, picture.shape[0]),
        ("columns", columns, picture.shape[1]),
    ):
        if isinstance(span, tuple):
            first, last = span
        else:
            first, last = int(span.start or 0), size if span.stop is None else int(span.stop)
        if first >= last or last <= 0 or first >= size:
            raise ValueError(
                f"{name} must be a part of the image's {size}, (first, after the last). "
                f"Received: ({first}, {last})."
            )
        spans.append((first, last))
    (top, bottom), (left, right) = spans
    high, wide = bottom - top, right - left
    alt = (
        f"A {_shape(picture.shape)} image; the unit sees the {high}×{wide} pixels of rows "
        f"{top} to {bottom - 1} and columns {left} to {right - 1}."
    )
    pad = max(0, -top, -left, bottom - picture.shape[0], right - picture.shape[1])
    padded = np.pad(picture, pad)
    part = padded[top + pad : bottom + pad, left + pad : right + pad]
    scale = 2.7 / max(picture.shape[0], picture.shape[1])
    size = padded.shape[1] * scale, padded.shape[0] * scale
    figure = Picture(size[1] + 0.34, alt)
    limits = _limits([picture], signed=False)
    zoom = 2.7 / max(high, wide)
    x = (WIDTH - size[0] - 0.8 - wide * zoom) / 2
    whole = _axes(figure, x, 0.28, *size)
    whole.imshow(
        padded,
        cmap=GRAY,
        vmin=limits[0],
        vmax=limits[1],
        aspect="auto",
        extent=(-pad - 0.5, picture.shape[1] + pad - 0.5, picture.shape[0] + pad - 0.5, -pad - 0.5),
    )
    whole.add_patch(
        Rectangle(
            (-0.5, -0.5),
            picture.shape[1],
            picture.shape[0],
            fill=False,
            edgecolor=FAINT,
            linewidth=0.8,
        )
    )
    if pad == 0:
        _frame(whole)
    _outline(whole, top, left, high, wide, color=color)
    whole.set_title(title or f"image {_shape(picture.shape)}", pad=5)
    y = 0.28 + (size[1] - high * zoom) / 2
    detail = _axes(figure, x + size[0] + 0.8, y, wide * zoom, high * zoom)
    _draw(detail, part, GRAY, limits)
    _frame(detail, color, 2.5)
    detail.set_title(f"what it sees, {high}×{wide}", pad=5)
    return figure


@mpl.rc_context(_STYLE)
def confusion_matrix(matrix: ArrayLike, names: Sequence[object] | None = None) -> Figure:
    """Show how often each class was taken for each; colour only for the mistakes.

    Args:
        matrix: `(classes, classes)` counts; rows are the true classes, columns the predicted.
        names: Names of the classes; 0, 1, 2, … when None.

    Returns:
        The picture, with one axes.

    Raises:
        ValueError: If the matrix is not square or holds a negative number.

    Example:
        >>> confusion_matrix([[9, 1], [0, 10]])
        <Picture: Confusion matrix of 20 examples: 19 right; most often 0 was taken for 1, once.>
    """
    counts = _rank(matrix, "matrix", 2, "(classes, classes)")
    classes = counts.shape[0]
    if counts.shape != (classes, classes) or counts.min() < 0:
        raise ValueError(
            "matrix must be square, with counts of 0 and more. "
            f"Received: shape {counts.shape}, least {counts.min()}."
        )
    called = list(map(str, range(classes))) if names is None else list(map(str, names))
    _same_length("names", called, "classes", classes)
    wrong = counts.astype(float)
    np.fill_diagonal(wrong, 0)
    row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
    right = int(np.trace(counts))
    alt = f"Confusion matrix of {int(counts.sum()):,} examples: {right:,} right"
    if wrong.max() > 0:
        times = "once" if wrong.max() == 1 else f"{int(wrong.max())} times"
        alt += f"; most often {called[row]} was taken for {called[column]}, {times}"
    side = min(0.5 * classes, 5.0)
    figure = Picture(side + 0.75, alt + ".")
    left = (WIDTH - side) / 2 + 0.2
    axes = _axes(figure, left, 0.65, side, side)
    cmap = LinearSegmentedColormap.from_list("mistakes", ["white", "#f3b78f", VERMILLION])
    axes.imshow(np.sqrt(wrong), cmap=cmap, vmin=0, vmax=max(np.sqrt(wrong.max()), 1), aspect="auto")
    size = float(np.clip(72 * side / classes / 3.2, 6, 11))
    for (i, j), value in np.ndenumerate(counts):
        if i == j:
            axes.add_patch(
                Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor="#eeeeee", edgecolor="none")
            )
        color = INK if value else FAINT
        if i != j and wrong[i, j]:
            color = _on(cmap(np.sqrt(wrong[i, j]) / max(np.sqrt(wrong.max()), 1)))
        axes.text(
            j,
            i,
            f"{int(value)}" if value else "·",
            ha="center",
            va="center_baseline",
            color=color,
            size=size,
        )
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xticks(range(classes), called)
    axes.set_yticks(range(classes), called)
    axes.tick_params(length=0)
    axes.set_xlabel("predicted", labelpad=6)
    axes.set_ylabel("true", labelpad=6)
    _frame(axes)
    return figure


@mpl.rc_context(_STYLE)
def mistakes(
    images: ArrayLike,
    labels: ArrayLike,
    predictions: ArrayLike,
    confidences: ArrayLike,
    marked: Iterable[int] = (),
    *,
    columns: int = 6,
) -> Figure:
    """Show misread digits, each with its label, what it was taken for, and how surely.

    Args:
        images: `(n, height, width)` or `(n, height, width, 1)`.
        labels: `(n,)`, the true classes.
        predictions: `(n,)`, the predicted classes.
        confidences: `(n,)`, the probability of the prediction.
        marked: Positions, 0 to n − 1, of images to mark with a star, such as wrong labels.
        columns: Images in a row.

    Returns:
        The picture, with one axes for each image.

    Raises:
        ValueError: If a rank is wrong or the lengths differ.

    Example:
        >>> mistakes(np.zeros((1, 28, 28)), [4], [9], [0.97])
        <Picture: 1 misread digit: 4 taken for 9 at 97%.>
    """
    batch = _array(images, "images")
    if batch.ndim == 4 and batch.shape[-1] == 1:
        batch = batch[..., 0]
    batch = _rank(batch, "images", 3, "(n, height, width)")
    truth, guess = np.asarray(labels), np.asarray(predictions)
    sure = np.asarray(confidences, dtype=float)
    for name, given in (("labels", truth), ("predictions", guess), ("confidences", sure)):
        if given.ndim != 1:
            raise ValueError(f"{name} must have rank 1, (n,). Received: shape {given.shape}.")
        _same_length(name, given, "images", len(batch))
    stars = {int(k) for k in marked}
    if stars and not 0 <= min(stars) <= max(stars) < len(batch):
        raise ValueError(f"marked must lie in 0 to {len(batch) - 1}. Received: {sorted(stars)}.")
    told = (
        f"{a} taken for {b} at {100 * c:.0f}%" for a, b, c in zip(truth, guess, sure, strict=True)
    )
    alt = f"{_many(len(batch), 'misread digits')}: {_join(told)}."
    across = min(columns, len(batch))
    rows = -(-len(batch) // across)
    gap, below = 0.14, 0.44
    width = min((WIDTH - 0.04 - (across - 1) * gap) / across, 1.3)
    height = width * batch.shape[1] / batch.shape[2]
    figure = Picture(rows * (height + below) + (rows - 1) * gap + 0.04, alt)
    limits = _limits([batch], signed=False)
    left = (WIDTH - across * width - (across - 1) * gap) / 2
    for k, picture in enumerate(batch):
        i, j = divmod(k, across)
        axes = _axes(
            figure, left + j * (width + gap), 0.02 + i * (height + below + gap), width, height
        )
        _draw(axes, picture, GRAY, limits)
        _frame(axes, ORANGE if k in stars else FAINT, 2 if k in stars else 0.8)
        star = " ★" if k in stars else ""
        axes.text(
            0.5,
            -0.06,
            f"{truth[k]} → {guess[k]}{star}",
            transform=axes.transAxes,
            ha="center",
            va="top",
        )
        axes.text(
            0.5,
            -0.06 - 0.18 / height,
            f"{100 * sure[k]:.0f}%",
            transform=axes.transAxes,
            ha="center",
            va="top",
            color=QUIET,
        )
    return figure


@mpl.rc_context(_STYLE)
def scatter(
    points: ArrayLike,
    labels: ArrayLike,
    *,
    xlabel: str = "",
    ylabel: str = "",
) -> Figure:
    """Show points in the plane, coloured by class, each class named at its middle.

    Args:
        points: `(n, 2)`.
        labels: `(n,)`, the classes.
        xlabel: Name of the first coordinate.
        ylabel: Name of the second coordinate.

    Returns:
        The picture, with one axes.

    Raises:
        ValueError: If a rank is wrong or the lengths differ.

    Example:
        >>> scatter([[0, 0], [1, 1], [0, 1]], [0, 1, 1])
        <Picture: 3 points of 2 classes in the plane: 0, 1.>
    """
    places = _rank(points, "points", 2, "(n, 2)")
    if places.shape[1] != 2:
        raise ValueError(f"points must have 2 columns. Received: shape {places.shape}.")
    classes = np.asarray(labels)
    _same_length("labels", classes, "points", len(places))
    kinds = np.unique(classes)
    alt = f"{_many(len(places), 'points')} of {len(kinds)} classes in the plane: {_join(kinds)}."
    figure = Picture(4.6, alt)
    axes = _axes(figure, 1.0, 0.05, 5.0, 4.2)
    if xlabel or ylabel:
        axes.set_xlabel(xlabel)
        axes.set_ylabel(ylabel)
    hues = mpl.colormaps["tab10"]
    for k, kind in enumerate(kinds):
        group = places[classes == kind]
        axes.scatter(group[:, 0], group[:, 1], s=9, color=hues(k % 10), alpha=0.55, linewidths=0)
    for k, kind in enumerate(kinds):
        x, y = np.median(places[classes == kind], axis=0)
        axes.text(
            x,
            y,
            str(kind),
            size=15,
            weight="bold",
            color=hues(k % 10),
            ha="center",
            va="center",
            bbox={
                "boxstyle": "circle,pad=0.2",
                "facecolor": "white",
                "edgecolor": "none",
                "alpha": 0.85,
            },
        )
    _frame(axes)
    return figure


@mpl.rc_context(_STYLE)
def shares(groups: Mapping[str, Mapping[str, float]]) -> Figure:
    """Compare how several totals divide over the same parts: one panel a total, one bar a part.

    Args:
        groups: For each total, the share from 0 to 1 of each part. Parts that are layers of LeNet-5
            get the colour of their layer.

    Returns:
        The picture, with one axes for each total.

    Raises:
        ValueError: If there is no total, the parts differ, or a share is not from 0 to 1.

    Example:
        >>> shares({"parameters": {"c1": 0.1, "f6": 0.9}, "work": {"c1": 0.8, "f6": 0.2}})
        <Picture: Shares. parameters: c1 10.0%, f6 90.0%; work: c1 80.0%, f6 20.0%.>
    """
    if not groups:
        raise ValueError("groups must name at least one total. Received: none.")
    parts = list(next(iter(groups.values())))
    for name, group in groups.items():
        if list(group) != parts or not parts:
            raise ValueError(f"{name} must have the parts {parts}. Received: {list(group)}.")
        if not all(0 <= share <= 1 for share in group.values()):
            raise ValueError(f"{name} must be shares from 0 to 1. Received: {dict(group)}.")
    told = (
        f"{name}: {', '.join(f'{part} {100 * share:.1f}%' for part, share in group.items())}"
        for name, group in groups.items()
    )
    row, gap, left = 0.3, 0.75, 0.75
    width = (WIDTH - left - gap * len(groups)) / len(groups)
    figure = Picture(len(parts) * row + 0.5, f"Shares. {'; '.join(told)}.")
    for k, (name, group) in enumerate(groups.items()):
        axes = _axes(figure, left + k * (width + gap), 0.36, width, len(parts) * row)
        colors = [LAYER_COLORS.get(part, COLORS[i % 7]) for i, part in enumerate(parts)]
        axes.barh(range(len(parts)), list(group.values()), color=colors, height=0.72)
        axes.set(xlim=(0, 1), ylim=(len(parts) - 0.5, -0.5))
        axes.set_title(name, loc="left", weight="bold", pad=6)
        axes.spines["left"].set_visible(True)
        for i, share in enumerate(group.values()):
            axes.text(share + 0.02, i, f"{100 * share:.1f}%", va="center_baseline")
        if k == 0:
            axes.set_yticks(range(len(parts)), parts)
            axes.tick_params(axis="y", length=0)
    return figure


@mpl.rc_context(_STYLE)
def paths(
    x: ArrayLike,
    y: ArrayLike,
    heights: ArrayLike,
    paths: Mapping[str, ArrayLike],
    *,
    xlabel: str = "$w_0$",
    ylabel: str = "$w_1$",
) -> Figure:
    """Draw ways down a landscape, one panel each, over the landscape's contour lines.

    Args:
        x: `(columns,)`, rising.
        y: `(rows,)`, rising.
        heights: `(rows, columns)`, the height at each place.
        paths: Name and points `(n, 2)`, first x and then y, of each way.
        xlabel: Name of the first coordinate.
        ylabel: Name of the second coordinate.

    Returns:
        The picture, with one axes for each way.

    Raises:
        ValueError: If there is no way, or a shape does not fit.

    Example:
        >>> paths([0, 1], [0, 1], [[0, 1], [1, 2]], {"straight": [[1, 1], [0, 0]]})
        <Picture: Ways down a landscape: straight, 1 step from (1, 1) to (0, 0).>
    """
    across, up = _rank(x, "x", 1, "(columns,)"), _rank(y, "y", 1, "(rows,)")
    land = _rank(heights, "heights", 2, "(rows, columns)")
    if land.shape != (len(up), len(across)):
        raise ValueError(
            f"heights must have shape {(len(up), len(across))}. Received: shape {land.shape}."
        )
    if not paths:
        raise ValueError("paths must name at least one way. Received: none.")
    ways = {name: _rank(way, name, 2, "(n, 2)") for name, way in paths.items()}
    for name, way in ways.items():
        if way.shape[1] != 2:
            raise ValueError(f"{name} must have 2 columns. Received: shape {way.shape}.")

    def point(place: NDArray[Any]) -> str:
        return f"({_number(place[0], '.3g')}, {_number(place[1], '.3g')})"

    told = (
        f"{name}, {_many(len(way) - 1, 'steps')} from {point(way[0])} to {point(way[-1])}"
        for name, way in ways.items()
    )
    high = 1.5
    figure = Picture(len(ways) * (high + 0.38) + 0.45, f"Ways down a landscape: {'; '.join(told)}.")
    levels = np.quantile(land, np.linspace(0.02, 0.98, 12))
    for k, (name, way) in enumerate(ways.items()):
        axes = _axes(figure, 0.7, 0.3 + k * (high + 0.38), WIDTH - 0.9, high)
        axes.contour(across, up, land, levels=np.unique(levels), colors=FAINT, linewidths=0.8)
        axes.plot(
            way[:, 0], way[:, 1], color=COLORS[k % 7], marker="o", markersize=3, linewidth=1.2
        )
        axes.plot(*way[0], color=INK, marker="o", markersize=6)
        axes.plot(*way[-1], color=INK, marker="x", markersize=7, markeredgewidth=2)
        axes.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]))
        axes.set_title(name, loc="left", weight="bold", color=COLORS[k % 7], pad=4)
        axes.set_ylabel(ylabel)
        axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(3))
        _frame(axes)
        if k == len(ways) - 1:
            axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(7))
            axes.set_xlabel(xlabel)
    return figure


@mpl.rc_context(_STYLE)
def reading(
    image: ArrayLike, probabilities: ArrayLike, window: int, strides: int, least: float = 0.5
) -> Figure:
    """Show what a network says at every place of a wide image along which it slides.

    Args:
        image: `(height, width)`, as high as the window.
        probabilities: `(places, classes)`, one row for each place of the window, left to right.
        window: Width of the window.
        strides: How far the window moves from one place to the next.
        least: The most probable class of a place is written when it is at least so probable.

    Returns:
        The picture, with two axes: the image, and below it the probability of each class, drawn
        under the middle of the window.

    Raises:
        ValueError: If a rank is wrong or the places do not fit the image.

    Example:
        >>> reading(np.zeros((28, 36)), np.full((3, 10), 0.1), window=28, strides=4)
        <Picture: An image 36 wide, read at 3 places: nothing, nothing, nothing.>
    """
    picture = _gray_image(image)
    p = _rank(probabilities, "probabilities", 2, "(places, classes)")
    places, classes = p.shape
    high, wide = picture.shape
    if (places - 1) * strides + window != wide:
        raise ValueError(
            f"{places} places of a window {window} wide, {strides} apart, cover "
            f"{(places - 1) * strides + window} columns. Received: an image {wide} wide."
        )
    best = p.argmax(axis=1)
    words = [str(k) if p[i, k] >= least else "nothing" for i, k in enumerate(best)]
    alt = f"An image {wide} wide, read at {_many(places, 'places')}: {_join(words, places)}."
    left, width, row = 0.3, WIDTH - 0.32, 0.2
    height = width * high / wide
    figure = Picture(height + classes * row + 0.2, alt)
    above = _axes(figure, left, 0.02, width, height)
    _draw(above, picture, GRAY, _limits([picture], signed=False))
    _frame(above)
    below = _axes(figure, left, height + 0.12, width, classes * row)
    start = (window - strides) / 2 - 0.5
    below.imshow(
        p.T,
        cmap=GRAY,
        vmin=0,
        vmax=1,
        aspect="auto",
        extent=(start, start + places * strides, classes - 0.5, -0.5),
    )
    below.set_xlim(-0.5, wide - 0.5)
    below.set_yticks(range(classes), [str(k) for k in range(classes)])
    below.tick_params(axis="y", length=0)
    _frame(below)
    for i, k in enumerate(best):
        if p[i, k] >= least:
            x = start + (i + 0.5) * strides
            tone = _on(GRAY(float(p[i, k])))
            below.text(x, k, str(k), color=tone, ha="center", va="center_baseline", size=10)
    return figure
