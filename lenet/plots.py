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
_MARGIN = 0.08  # White around every picture, so that it stands well on a dark page.
_ROOM = WIDTH - 2 * _MARGIN  # Functions place everything within this width.

INK = "#222222"
"""Text and the strongest lines."""
QUIET = "#6b6b6b"
"""Secondary text."""
FAINT = "#c8c8c8"
"""Frames, grid lines and what is only there for orientation."""

# Okabe and Ito's colours, told apart by readers with any kind of colour vision.
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, BLACK = "#56B4E9", "#CC79A7", "#F0E442", "#000000"
FOCUS = GREEN
"""What the reader should look at: stands out from ink, from paper and from signed values."""
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
    "signed", ["#004b7a", "#2383bd", "#8fc3e3", "#ffffff", "#f5b58a", "#dc6a1a", "#963f00"], N=257
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

    Args:
        height: In inches, without the margins.
        alt: What the picture shows, in words.

    Attributes:
        alt: What the picture shows, in words.
    """

    def __init__(self, height: float, alt: str) -> None:
        super().__init__(figsize=(WIDTH, height + 2 * _MARGIN), dpi=96)
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
    """Add bare axes, placed in inches from the top left corner inside the margins."""
    full_width, full_height = figure.get_size_inches()
    x, y = _MARGIN + left, full_height - _MARGIN - top - height
    axes = figure.add_axes(
        (x / full_width, y / full_height, width / full_width, height / full_height)
    )
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor("none")
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _text(figure: Figure, left: float, top: float, text: str, **style: Any) -> None:
    """Write on the figure, placed in inches from the top left corner inside the margins."""
    full_width, full_height = figure.get_size_inches()
    style = {"va": "center", "ha": "center"} | style
    x, y = _MARGIN + left, _MARGIN + top
    figure.text(x / full_width, 1 - y / full_height, text, **style)


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
        bytes_ = any(array.dtype == np.uint8 for array in arrays)
        return min(low, 0), 255 if bytes_ and high > 1 else max(high, 1)
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
    """Write a number with a true minus sign; zero is a bare 0."""
    if value == 0:
        return "0"
    text = format(float(value), spec)
    if float(text.replace(",", "")) == 0:
        text = text.replace("-", "")
    return text.replace("-", "−")


def _percent(share: float) -> str:
    """Write a share in percent; near 100%, with the decimals that tell it from certainty."""
    if share <= 0.99:
        return f"{100 * share:.0f}%"
    return f"{100 * share:.2f}%" if share < 0.9999 else ">99.99%"


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
    size: float | None = None,
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
        size = size or _fit(matrix, spec, cell)
        for (row, column), value in np.ndenumerate(matrix):
            red, green, blue, alpha = picture.to_rgba(np.array([value]))[0]
            color = _on((red, green, blue)) if alpha else INK
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


def _fit(matrix: NDArray[Any], spec: str, cell: float) -> float:
    """Choose the size of numbers, in points, that fit in cells so many inches wide."""
    longest = max(len(_number(value, spec)) for value in matrix.flat)
    return float(np.clip(72 * cell * 0.88 / (0.64 * max(longest, 2)), 4.5, 13))


def _block(
    axes: Axes, x: float, y: float, width: float, height: float, fill: Any, edge: Any, **style: Any
) -> None:
    """Draw a filled rectangle."""
    style = {"linewidth": 0.8, "clip_on": False} | style
    axes.add_patch(Rectangle((x, y), width, height, facecolor=fill, edgecolor=edge, **style))


def _outline(
    axes: Axes,
    row: float,
    column: float,
    height: float,
    width: float,
    color: str = FOCUS,
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


def _label_ends(axes: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write names at the ends of lines, moved apart so that they do not overlap.

    Args:
        axes: Where; its limits must be final.
        ends: For each line: x, y, text, colour.
    """
    axes.get_ylim()  # Settles the limits.
    to_share = (axes.transData + axes.transAxes.inverted()).transform
    spots = sorted((*to_share((x, y))[::-1], text, color) for x, y, text, color in ends)
    height = axes.get_position().height * axes.get_figure(root=True).get_size_inches()[1]  # type: ignore[union-attr]
    gap = 0.17 / height
    y = np.array([spot[0] for spot in spots])
    for _ in range(300):
        y = np.clip(y, gap / 3, None)
        for k in range(len(y) - 1):
            lack = max(0.0, gap - (y[k + 1] - y[k]))
            y[k : k + 2] += -lack / 2, lack / 2
    for (_, x, text, color), place in zip(spots, y, strict=True):
        axes.annotate(
            text,
            (x, place),
            xycoords="axes fraction",
            xytext=(6, 0),
            textcoords="offset points",
            color=color,
            va="center",
            annotation_clip=False,
        )


def _end_width(names: Iterable[str]) -> float:
    """Estimate the room, in inches, that names at the ends of lines need."""
    return 0.15 + 0.086 * max(len(name) for name in names)


# ------------------------------------------------------------------------------------ pictures


@mpl.rc_context(_STYLE)
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
    # Wide images get more room, up to the full width.
    aspect = max(1.0, *(array.shape[1] / array.shape[0] for array in pictures))
    size = min((_ROOM - (across - 1) * gap) / across, aspect * (2.6 if across < 3 else 1.6))
    scales = [min(size / array.shape[1], 4.0 / array.shape[0]) for array in pictures]
    high = max(array.shape[0] * scale for array, scale in zip(pictures, scales, strict=True))
    sizes = {array.shape[:2] for array in pictures}
    of = f" of {_shape(sizes.pop())} pixels" if len(sizes) == 1 else ""
    alt = f"{_many(len(pictures), 'images')}{of}" + (f": {_join(names)}." if names else ".")
    figure = Picture(rows * (high + above) + (rows - 1) * gap, alt)
    signed = _is_signed(array for array in pictures if array.ndim == 2)
    grays = [array for array in pictures if array.ndim == 2] or pictures
    left = (_ROOM - across * size - (across - 1) * gap) / 2
    for k, (array, scale) in enumerate(zip(pictures, scales, strict=True)):
        row, column = divmod(k, across)
        height, width = array.shape[0] * scale, array.shape[1] * scale
        x = left + column * (size + gap) + (size - width) / 2
        y = row * (high + above + gap) + above + (high - height) / 2
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
    limits: tuple[float, float] | None = None,
    signs: Sequence[str] | None = None,
) -> Picture:
    """Show one or several small matrices as cells, with the numbers written in them.

    Args:
        image: One matrix `(height, width)`, or a list of them.
        values: Whether to write the numbers.
        titles: One for each matrix.
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
    room = _ROOM - gap * (len(matrices) - 1)
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
    figure = Picture(tallest + above, alt)
    total = sum(matrix.shape[1] * cell for matrix in matrices) + gap * (len(matrices) - 1)
    left = (_ROOM - total) / 2
    for k, matrix in enumerate(matrices):
        height, width = matrix.shape[0] * cell, matrix.shape[1] * cell
        axes = _axes(figure, left, above + (tallest - height) / 2, width, height)
        signed = _is_signed([matrix])
        cmap = SIGNED if signed else GRAY
        spec = _format(matrix)
        _cells(axes, matrix, cmap, limits or _limits([matrix], signed), spec, cell, values)
        if names:
            axes.set_title(names[k], pad=4)
        left += width
        if signs is not None and k < len(signs):
            _text(figure, left + gap / 2, above + tallest / 2, signs[k], size=15)
        left += gap
    return figure


@mpl.rc_context(_STYLE)
def channels(rgb: ArrayLike) -> Picture:
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
    width = (_ROOM - 3 * gap) / 4
    height = min(width * image.shape[0] / image.shape[1], 3.0)
    alt = (
        f"A {image.shape[0]}×{image.shape[1]} colour image split into its red, green and blue "
        "channels, and merged."
    )
    figure = Picture(height + 0.24, alt)
    hues = {"red": "#ff0000", "green": "#00ff00", "blue": "#0000ff"}
    for k, (name, hue) in enumerate(hues.items()):
        axes = _axes(figure, k * (width + gap), 0.24, width, height)
        cmap = LinearSegmentedColormap.from_list(name, ["black", hue])
        _draw(axes, image[..., k], cmap, limits)
        axes.set_title(f"{name}, channel {k}", pad=4)
        x = (k + 1) * (width + gap) - gap / 2
        _text(figure, x, 0.24 + height / 2, "+" if k < 2 else "=", size=15)
    axes = _axes(figure, 3 * (width + gap), 0.24, width, height)
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
    color: str,
    limits: tuple[float, float],
) -> None:
    """Draw matrices of signed values in rows, all with the same colours.

    Titles may be fewer than the matrices: then only the first row has them.
    """
    width, height = size
    above = _title_height(names)
    first = above if len(names) < len(panels) else 0.0
    every = above - first
    left = (_ROOM - across * width - (across - 1) * gap) / 2
    for k, panel in enumerate(panels):
        row, column = divmod(k, across)
        x = left + column * (width + gap)
        y = first + row * (height + every + gap) + every
        axes = _axes(figure, x, y, width, height)
        _draw(axes, panel, SIGNED, limits)
        _frame(axes, color)
        if k < len(names):
            axes.set_title(names[k], pad=4)


def _colorbar(figure: Figure, top: float, limits: tuple[float, float], least: float) -> None:
    """Say which colours stand for which values; without the blues when nothing is below zero."""
    low, high = limits
    if least >= 0 and low < 0:
        low = 0.0
    width = 2.0 if low < 0 else 1.2
    axes = _axes(figure, (_ROOM - width) / 2, top, width, 0.1)
    axes.imshow(
        np.linspace(low, high, 256)[None],
        cmap=SIGNED,
        vmin=limits[0],
        vmax=limits[1],
        aspect="auto",
    )
    _frame(axes)
    for x, value, side in ((-0.08, low, "right"), (width + 0.08, high, "left")):
        text = _number(value, ".2g" if abs(value) < 100 else ".0f")
        style: dict[str, Any] = {"transform": axes.transAxes, "va": "center_baseline"}
        axes.text(x / width, 0.5, text, ha=side, color=QUIET, **style)


@mpl.rc_context(_STYLE)
def filters(
    kernel: ArrayLike,
    titles: Sequence[object] | None = None,
    *,
    layer: str = "",
    limits: tuple[float, float] | None = None,
) -> Picture:
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
    rows = -(-len(panels) // across)
    width = min((_ROOM - (across - 1) * gap) / across, 1.1)
    height = width * high / wide
    above = _title_height(names) * (rows if depth == 1 else 1)
    body = rows * height + above + (rows - 1) * gap
    alt = (
        f"{_many(count, 'filters')} of {high}×{wide} weights in {_many(depth, 'channels')}; "
        f"weights from {_number(kernel.min(), '.2g')} to {_number(kernel.max(), '.2g')}."
    )
    figure = Picture(body + 0.32, alt)
    chosen = limits or _limits([kernel], signed=True)
    color = LAYER_COLORS.get(layer, FAINT)
    _signed_grid(figure, panels, across, (width, height), gap, names, color, chosen)
    _colorbar(figure, body + 0.18, chosen, float(kernel.min()))
    return figure


@mpl.rc_context(_STYLE)
def maps(
    maps: ArrayLike,
    titles: Sequence[object] | None = None,
    columns: int | None = None,
    *,
    layer: str = "",
    limits: tuple[float, float] | None = None,
) -> Picture:
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
    width = min((_ROOM - (across - 1) * gap) / across, 2.2 if across < 3 else 1.6)
    height = width * high / wide
    above = _title_height(names)
    body = rows * (height + above) + (rows - 1) * gap
    alt = (
        f"{_many(count, 'maps')} of {high}×{wide} values "
        f"from {_number(volume.min(), '.2g')} to {_number(volume.max(), '.2g')}."
    )
    figure = Picture(body + 0.32, alt)
    chosen = limits or _limits([volume], signed=True)
    color = LAYER_COLORS.get(layer, FAINT)
    panels = [volume[:, :, k] for k in range(count)]
    _signed_grid(figure, panels, across, (width, height), gap, names, color, chosen)
    _colorbar(figure, body + 0.18, chosen, float(volume.min()))
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
    cell = min(0.5, 1.7 / max(tall, broad))
    first = high * scale
    figure = Picture(0.28 + first + 0.55 + tall * cell + 0.1, alt)
    signed = _is_signed([pixels])
    cmap, limits = (SIGNED if signed else GRAY), _limits([pixels], signed)
    out_limits = _limits([whole[np.isfinite(whole)]], signed=True)

    left = (_ROOM - (wide + columns) * scale - 0.9) / 2
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
    x = (_ROOM - 3 * broad * cell - 3 * sign - 0.7) / 2
    size = min(_fit(part[0], _format(part[0]), cell) for part in parts)
    for (matrix, colors, bounds, name), after in zip(parts, ("×", "=", "→"), strict=True):
        axes = _axes(figure, x, y, broad * cell, tall * cell)
        _cells(axes, matrix, colors, bounds, _format(matrix), cell, size=size)
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
    _frame(axes, FOCUS, 2.5)
    axes.set_title("sum + bias" if bias else "sum", pad=4)
    return figure


@mpl.rc_context(_STYLE)
def sliding(
    size: int | tuple[int, int],
    kernel_size: int | tuple[int, int],
    strides: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
) -> Picture:
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
    seen = {k * strides + j for k in range(places) for j in range(kernel_size)}
    lost = [k for k in range(total) if k not in seen]
    padded = f" padded by {before} and {after}" if before or after else ""
    alt = (
        f"A window of {kernel_size} slides over {size} cells{padded} in steps of {strides}: "
        f"{_many(places, 'places')}, {len(lost) or 'no'} "
        f"{'cell is' if len(lost) == 1 else 'cells are'} never used."
    )
    # Many windows look alike: the first three, an ellipsis and the last one tell it all.
    drawn = list(range(places)) if places <= 8 else [0, 1, 2, places - 1]
    cell = min(0.5, (_ROOM - 0.75) / total)
    step, gap, few = 0.27, 0.14, len(drawn) < places
    stack = (len(drawn) + few) * step
    height = 2 * cell + 2 * gap + stack
    figure = Picture(height, alt)
    axes = _axes(figure, 0, 0, _ROOM, height)
    axes.set(xlim=(0, _ROOM), ylim=(height, 0))
    left = (_ROOM - 0.75 - total * cell) / 2 + 0.75
    written = cell > 0.26  # Smaller cells have no room for their number.

    def word(x: float, y: float, text: str, **style: Any) -> None:
        axes.text(x, y, text, **({"ha": "center", "va": "center_baseline"} | style))

    for k in range(total):
        inside, unseen = before <= k < before + size, k in lost
        style = {
            "linestyle": "-" if inside else (0, (2, 2)),
            "hatch": "////" if unseen else None,
            "zorder": 3 if unseen else 2 if inside else 1,
        }
        fill = _tint(BLUE, 0.25) if inside and not unseen else "white"
        edge = VERMILLION if unseen else QUIET
        _block(axes, left + k * cell, 0, cell, cell, fill, edge, **style)
        if written and not unseen:
            text = str(k - before) if inside else "0"
            word(left + (k + 0.5) * cell, cell / 2, text, color=INK if inside else QUIET)
    y = cell + gap
    for k in drawn:
        x, width = left + k * strides * cell, kernel_size * cell
        if few and k == drawn[-1]:
            word(x, y + step / 2, "⋱", size=13)
            y += step
        _block(axes, x + 0.03, y + 0.03, width - 0.06, step - 0.06, ORANGE, "none")
        word(x + width / 2, y + step / 2, str(k))
        y += step
    y += gap
    for k in range(places):
        x = left + (k * strides + kernel_size / 2 - 0.5) * cell
        _block(axes, x, y, cell, cell, _tint(ORANGE, 0.45), QUIET)
        if written:
            word(x + cell / 2, y + cell / 2, str(k))
    words = {"input": cell / 2, "window": cell + gap + step / 2, "output": y + cell / 2}
    for text, middle in words.items():
        word(left - 0.12, middle, text, ha="right", color=QUIET)
    if lost:
        x = left + (max(lost) + 1) * cell
        word(x, cell + 0.18, "never used", color=VERMILLION, ha="right")
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
) -> Picture:
    """Show the first places of a window on a grid, and the cells that they make."""
    for n, k, s, p in zip(size, kernel_size, strides, padding, strict=True):
        _check_sliding(n, k, s, p, p)
    total = size[0] + 2 * padding[0], size[1] + 2 * padding[1]
    places = (
        (total[0] - kernel_size[0]) // strides[0] + 1,
        (total[1] - kernel_size[1]) // strides[1] + 1,
    )
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
    gap, top = 1.0, 0.26
    cell = min(0.42, (_ROOM - gap) / (total[1] + places[1]), 4.5 / total[0])
    height = total[0] * cell
    figure = Picture(top + height + (0.28 if lost else 0), alt)
    left = (_ROOM - gap - (total[1] + places[1]) * cell) / 2
    axes = _axes(figure, left, top, total[1] * cell, height)
    axes.set(xlim=(-0.5, total[1] - 0.5), ylim=(total[0] - 0.5, -0.5))
    for r, c in np.ndindex(*total):
        inside = padding[0] <= r < padding[0] + size[0] and padding[1] <= c < padding[1] + size[1]
        unseen = (r, c) in lost
        style = {
            "linestyle": "-" if inside else (0, (2, 2)),
            "hatch": "////" if unseen else None,
            "zorder": 3 if unseen else 2 if inside else 1,
        }
        fill = _tint(BLUE, 0.25) if inside and not unseen else "white"
        edge = VERMILLION if unseen else QUIET
        _block(axes, c - 0.5, r - 0.5, 1, 1, fill, edge, **style)
    axes.set_title(f"input {_shape(size)}", pad=5)
    if lost:
        x, y = left + total[1] * cell, top + height + 0.18
        _text(figure, x, y, "never used", ha="right", color=VERMILLION)
    _text(figure, left + total[1] * cell + gap / 2, top + height / 2, "→", size=18)
    x, y = left + total[1] * cell + gap, top + (height - places[0] * cell) / 2
    result = _axes(figure, x, y, places[1] * cell, places[0] * cell)
    result.set(xlim=(-0.5, places[1] - 0.5), ylim=(places[0] - 0.5, -0.5))
    for r, c in np.ndindex(*places):
        _block(result, c - 0.5, r - 0.5, 1, 1, "white", QUIET)
    result.set_title(f"output {_shape(places)}", pad=5)
    shown = {(0, 0): VERMILLION, (0, 1): GREEN, (places[0] - 1, places[1] - 1): PURPLE}
    for (r, c), color in shown.items():
        if c < places[1]:
            _outline(axes, r * strides[0], c * strides[1], *kernel_size, color=color)
            _block(result, c - 0.5, r - 0.5, 1, 1, _tint(color, 0.45), color, linewidth=2, zorder=4)
    return figure


@mpl.rc_context(_STYLE)
def pooling(
    x: ArrayLike,
    pooled: ArrayLike,
    pool_size: int | tuple[int, int] = 2,
    strides: int | tuple[int, int] | None = None,
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
    gap, top = 1.0, 0.26
    cell = min(0.55, (_ROOM - gap) / (matrix.shape[1] + result.shape[1]))
    height = matrix.shape[0] * cell
    figure = Picture(top + height, alt)
    left = (_ROOM - gap - (matrix.shape[1] + result.shape[1]) * cell) / 2
    paper = LinearSegmentedColormap.from_list("paper", ["#ffffff00", "#ffffff00"])
    axes = _axes(figure, left, top, matrix.shape[1] * cell, height)
    _cells(axes, matrix, paper, (0, 1), spec, cell)
    axes.set_title(f"input {sizes[0]}", pad=5)
    middle = left + matrix.shape[1] * cell + gap / 2
    _text(figure, middle, top + height / 2, "→", size=18)
    y = top + (matrix.shape[0] - result.shape[0]) * cell / 2
    out = _axes(figure, middle + gap / 2, y, result.shape[1] * cell, result.shape[0] * cell)
    _cells(out, result, paper, (0, 1), out_spec, cell)
    out.set_title(f"{name} {sizes[1]}", pad=5)
    # Windows that share cells are outlines, each a little smaller than its cells.
    overlap = steps[0] < pool[0] or steps[1] < pool[1]
    inset = 0.07 if overlap else 0.0
    hues = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY)
    for k, (row, column) in enumerate(np.ndindex(*result.shape)):
        color = hues[(k if result.shape[1] % len(hues) else k + row) % len(hues)]
        tint = _tint(color, 0.35)
        left, above = column * steps[1] - 0.5 + inset, row * steps[0] - 0.5 + inset
        wide, high = pool[1] - 2 * inset, pool[0] - 2 * inset
        if overlap:
            _block(axes, left, above, wide, high, "none", color, linewidth=2, zorder=4)
        else:
            _block(axes, left, above, wide, high, tint, QUIET, zorder=0.5)
        _block(out, column - 0.5, row - 0.5, 1, 1, tint, QUIET, zorder=0.5)
    return figure


@mpl.rc_context(_STYLE)
def functions(
    x: ArrayLike,
    functions: Mapping[str, ArrayLike],
    *,
    xlabel: str = "x",
    ylabel: str = "",
) -> Picture:
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
    left = 0.5 if not ylabel else 0.7
    axes = _axes(figure, left, 0.08, _ROOM - left - _end_width(values), 2.6)
    _line_axes(axes, xlabel, ylabel)
    axes.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    axes.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
    axes.set_xlim(places[0], places[-1])
    _lines(axes, places, values)
    return figure


def _lines(axes: Axes, x: NDArray[Any] | None, lines: Mapping[str, NDArray[Any]]) -> None:
    """Draw lines, x from 1 when it is None, each named at its end.

    A line that lies on an earlier one is dashed, so that both are seen.
    """
    size = max(float(y.max()) for y in lines.values()) - min(float(y.min()) for y in lines.values())
    ends = []
    for k, (name, y) in enumerate(lines.items()):
        color, at = COLORS[k % len(COLORS)], np.arange(1, len(y) + 1) if x is None else x
        earlier = [other for other in list(lines.values())[:k] if len(other) == len(y)]
        covers = any(np.abs(other - y).max() <= 0.01 * size for other in earlier)
        style: Any = (0, (4, 4)) if covers else "-"
        marker = "o" if len(y) == 1 else None
        axes.plot(at, y, color=color, linestyle=style, marker=marker, label=name)
        ends.append((float(at[-1]), float(y[-1]), name, color))
    _label_ends(axes, ends)


def _line_axes(axes: Axes, xlabel: str, ylabel: str) -> None:
    """Give bare axes a left and a bottom line, round ticks and names."""
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(True)
    for axis, count in ((axes.xaxis, 8), (axes.yaxis, 5)):
        axis.set_major_locator(mpl.ticker.MaxNLocator(count, steps=[1, 2, 2.5, 5, 10]))
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
) -> Picture:
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
    axes = _axes(figure, 0.75, 0.08, _ROOM - 0.75 - _end_width(values), 2.6)
    _line_axes(axes, xlabel, ylabel)
    if log:
        axes.set_yscale("log")
        axes.tick_params(which="both", length=3)
        lowest, highest = (end(float(end(y)) for y in values.values()) for end in (min, max))
        if lowest > highest / 1000:  # else only powers of ten
            axes.yaxis.set_minor_locator(mpl.ticker.LogLocator(subs=(2, 5)))
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter("{x:g}")
    axes.margins(x=0.02)
    if places is None:
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(6, integer=True))
    _lines(axes, places, values)
    return figure


@mpl.rc_context(_STYLE)
def history(history: Mapping[str, Sequence[float]]) -> Picture:
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
    figure = Picture(3.0, alt + ".")
    epochs = np.arange(1, count + 1)
    for k, name in enumerate(("loss", "accuracy")):
        axes = _axes(figure, 0.42 + k * 3.5, 0.3, 1.62, 2.2)
        _line_axes(axes, "epoch", "")
        axes.set_title(name, loc="left", pad=8, weight="bold")
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
                ends.append((float(count), float(y[-1]), f"{label} {value}", color))
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(5, integer=True))
        axes.margins(x=0.04)
        if name == "loss":
            axes.set_ylim(bottom=0)
        else:
            axes.yaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g%%"))
        _label_ends(axes, ends)
    return figure


@mpl.rc_context(_STYLE)
def probabilities(
    p: ArrayLike,
    label: int | Sequence[int] | None = None,
    *,
    titles: Sequence[object] | None = None,
    names: Sequence[object] | None = None,
) -> Picture:
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
    rows, gap = -(-count // across), 0.3
    width = 5.4 if across == 1 else (_ROOM - (across - 1) * gap) / across
    height, above, below = 1.7 if across == 1 else 0.9, 0.24, 0.44 if labels else 0.28
    above += _title_height(heads)
    each = above + height + below
    figure = Picture(rows * each + (rows - 1) * 0.12, alt)
    for k, row in enumerate(values):
        i, j = divmod(k, across)
        left = (_ROOM - across * width - (across - 1) * gap) / 2 + j * (width + gap)
        axes = _axes(figure, left, i * (each + 0.12) + above, width, height)
        colors = ["#9a9a9a"] * classes
        colors[best[k]] = BLUE if not labels or labels[k] == best[k] else VERMILLION
        ticks = list(called)
        if labels:
            ticks[labels[k]] += "\nlabel"
            if labels[k] != best[k]:
                colors[labels[k]] = GREEN
        axes.bar(range(classes), row, color=colors, width=0.78)
        axes.set(xlim=(-0.6, classes - 0.4), ylim=(0, 1))
        axes.spines["bottom"].set_visible(True)
        axes.set_xticks(range(classes), ticks)
        axes.tick_params(axis="x", length=0)
        value = f"{row[best[k]]:.2f}"
        axes.annotate(
            value, (best[k], row[best[k]]), (0, 2), textcoords="offset points", ha="center"
        )
        if heads:
            axes.set_title(heads[k], pad=18)
    return figure


def _box(
    axes: Axes,
    x: float,
    y: float,
    size: tuple[float, float, float],
    color: str,
    slices: int = 1,
) -> tuple[float, float]:
    """Draw a box in oblique projection, front face lower left corner at (x, y), cut in slices."""
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
        fill = _tint(color, amount)
        axes.add_patch(
            Polygon(points, facecolor=fill, edgecolor=color, linewidth=0.9, joinstyle="round")
        )
    for share in np.arange(1, slices) / slices:
        edge = [(x, y + high), (x + wide, y + high), (x + wide, y)]
        across, up = zip(*((px + share * dx, py + share * dy) for px, py in edge), strict=True)
        axes.plot(across, up, color=color, linewidth=0.5)
    return wide + dx, high + dy


def _shape(shape: Sequence[int]) -> str:
    return "×".join(str(size) for size in shape)


@mpl.rc_context(_STYLE)
def volume(
    shapes: Sequence[tuple[int, int, int]],
    titles: Sequence[object] | None = None,
    *,
    layers: Sequence[str] | None = None,
) -> Picture:
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
        (_ROOM - 0.3 - gap * (len(shapes) - 1)) / sum(spans),
        2.2 / max(h + 0.35 * c for h, _, c in shapes),
    )
    tall = max(high + 0.35 * deep for high, _, deep in shapes) * scale
    below = 0.5 if names else 0.28
    figure = Picture(tall + below + 0.1, alt)
    axes = _axes(figure, 0, 0, _ROOM, tall + below + 0.1)
    axes.set(xlim=(0, _ROOM), ylim=(-below, tall + 0.1))
    x = (_ROOM - sum(spans) * scale - gap * (len(shapes) - 1)) / 2
    for k, ((high, wide, deep), span) in enumerate(zip(shapes, spans, strict=True)):
        color = LAYER_COLORS.get(layers[k], BLUE) if layers is not None else BLUE
        y = (tall - (high + 0.35 * deep) * scale) / 2
        slices = deep if deep * scale > 0.03 * deep else 1
        _box(axes, x, y, (wide * scale, high * scale, deep * scale), color, slices)
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
) -> Picture:
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
    column = _ROOM / len(rows)
    tall, below = 1.5, 1.18
    figure = Picture(tall + below, alt)
    axes = _axes(figure, 0, 0, _ROOM, tall + below)
    axes.set(xlim=(0, _ROOM), ylim=(-below, tall))
    words = {"Conv2D": "conv", "Pool2D": "pool", "Dense": "dense"}
    unit = 0.68 * column / max(input_shape[:2])
    for k, (name, kind, shape, number) in enumerate(rows):
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
        lines = [
            name,
            words.get(kind, kind),
            _shape(shape),
            f"{number:,}" if kind else "parameters",
        ]
        for line, text in enumerate(lines):
            tone = color if line == 0 else QUIET if line == 1 or text == "parameters" else INK
            weight = "bold" if line == 0 else "normal"
            style: dict[str, Any] = {"ha": "center", "va": "center", "weight": weight}
            axes.text(middle, -0.12 - 0.23 * line, text, color=tone, **style)
    axes.plot([0, _ROOM], [-0.95, -0.95], color=FAINT, linewidth=0.8)
    text = f"{total:,} parameters in all"
    axes.text(_ROOM, -1.08, text, ha="right", va="center", weight="bold")
    return figure


def _key(figure: Figure, middle: float, signed: bool) -> None:
    """Say what the colours of `activations` mean, on one line that ends at the right."""
    words, width = "largest in its layer", 1.2
    left = _ROOM - 1.4 - width
    axes = _axes(figure, left, middle - 0.05, width, 0.1)
    shades = np.linspace(-1 if signed else 0, 1, 256)[None]
    axes.imshow(shades, cmap=SIGNED, vmin=-1, vmax=1, aspect="auto")
    _frame(axes)
    zero = left + width / 2 if signed else left - 0.08
    above = 0.16 if signed else 0.0
    _text(figure, zero, middle - above, "0", color=QUIET, ha="center" if signed else "right")
    _text(figure, left + width + 0.08, middle, words, color=QUIET, ha="left")


def _across(units: int) -> int:
    """Choose how many units go in a row: about 40, and full rows where possible."""
    return min((n for n in range(34, 47) if units % n == 0), key=lambda n: abs(n - 40), default=40)


@mpl.rc_context(_STYLE)
def activations(
    image: ArrayLike,
    activations: Mapping[str, ArrayLike],
    probabilities: ArrayLike,
) -> Picture:
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

    label, gap, between = 0.92, 0.07, 0.17
    room = _ROOM - label
    widest = max((array.shape[1] for array in layers.values() if array.ndim == 3), default=1)
    sizes = []
    for array in layers.values():
        if array.ndim == 3:
            pitch = (room + gap) / max(array.shape[2], 4)
            # Smaller maps are drawn smaller, though not to scale: each pixel must stay visible.
            wide = min(pitch - gap, room / 6 * (array.shape[1] / widest) ** 0.6)
            sizes.append((wide, wide * array.shape[0] / array.shape[1]))
        else:
            across = _across(array.size)
            sizes.append((room, room / across * -(-array.size // across)))
    first, last = 1.15, 0.95
    heights = first, *(size[1] for size in sizes), last
    figure = Picture(sum(heights) + (len(heights) - 1) * between, alt)

    def name_it(name: str, shape: str, middle: float) -> None:
        color = LAYER_COLORS.get(name, INK)
        _text(figure, 0, middle - 0.09, name, ha="left", weight="bold", color=color)
        _text(figure, 0, middle + 0.09, shape, ha="left", color=QUIET)

    axes = _axes(figure, label, 0, first * digit.shape[1] / digit.shape[0], first)
    _draw(axes, digit, GRAY, _limits([digit], signed=False))
    _frame(axes, LAYER_COLORS["input"])
    name_it("input", _shape(digit.shape), first / 2)
    _key(figure, first - 0.12, any(bool((array < 0).any()) for array in layers.values()))
    y = first + between
    for (name, array), (wide, high) in zip(layers.items(), sizes, strict=True):
        limits = _limits([array], signed=True)
        color = LAYER_COLORS.get(name, QUIET)
        name_it(name, _shape(array.shape), y + high / 2)
        if array.ndim == 3:
            pitch = (room + gap) / max(array.shape[2], 4)
            for k in range(array.shape[2]):
                x = label + k * pitch + (pitch - gap - wide) / 2
                axes = _axes(figure, x, y, wide, high)
                _draw(axes, array[:, :, k], SIGNED, limits)
                _frame(axes, color, 1)
        else:
            across = _across(array.size)
            deep = -(-array.size // across)
            grid = np.full(deep * across, np.nan)
            grid[: array.size] = array
            axes = _axes(figure, label, y, wide, high)
            _draw(axes, grid.reshape(deep, across), SIGNED, limits)
            rest = deep * across - array.size
            edge = [(-0.5, -0.5), (across - 0.5, -0.5), (across - 0.5, deep - 1.5 + (not rest))]
            edge += [(across - 0.5 - rest, edge[-1][1]), (across - 0.5 - rest, deep - 0.5)]
            edge += [(-0.5, deep - 0.5)]
            axes.add_patch(Polygon(edge, fill=False, edgecolor=color, clip_on=False))
        y += high + between
    axes = _axes(figure, label, y + 0.2, room, last - 0.42)
    colors = ["#9a9a9a"] * answer.size
    colors[best] = LAYER_COLORS["output"]
    axes.bar(range(answer.size), answer, color=colors, width=0.8)
    axes.set(xlim=(-0.5, answer.size - 0.5), ylim=(0, 1))
    axes.set_xticks(range(answer.size))
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(True)
    at = (best, answer[best])
    axes.annotate(f"{answer[best]:.2f}", at, (0, 2), textcoords="offset points", ha="center")
    name_it("output", _shape(answer.shape), y + 0.45)
    return figure


@mpl.rc_context(_STYLE)
def receptive_field(
    image: ArrayLike,
    rows: range | slice | tuple[int, int],
    columns: range | slice | tuple[int, int],
) -> Picture:
    """Show which part of an image one unit sees, and that part by itself.

    Args:
        image: `(height, width)`.
        rows: First row and the one after the last; may reach beyond the image, into the padding.
        columns: First column and the one after the last.

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
    # Padding is grey, to tell it from the paper of the image.
    padded = np.pad(picture.astype(float), pad, constant_values=np.nan)
    part = padded[top + pad : bottom + pad, left + pad : right + pad]
    cmap, limits = GRAY.with_extremes(bad="#e4e4e4"), _limits([picture], signed=False)
    scale = 2.7 / max(padded.shape)
    width, height = padded.shape[1] * scale, padded.shape[0] * scale
    zoom, gap, above = 2.7 / max(high, wide), 0.8, 0.28
    figure = Picture(above + max(height, high * zoom), alt)
    x = (_ROOM - width - gap - wide * zoom) / 2
    y = above + max(0.0, high * zoom - height) / 2
    whole = _axes(figure, x, y, width, height)
    _draw(whole, padded, cmap, limits)
    _outline(whole, pad, pad, picture.shape[0], picture.shape[1], color=FAINT, line=0.8)
    _outline(whole, top + pad, left + pad, high, wide)
    whole.set_title(f"image {_shape(picture.shape)}", pad=6)
    y = above + max(0.0, height - high * zoom) / 2
    detail = _axes(figure, x + width + gap, y, wide * zoom, high * zoom)
    _draw(detail, part, cmap, limits)
    _frame(detail, FOCUS, 2.5)
    detail.set_title(f"what the unit sees, {high}×{wide}", pad=6)
    return figure


@mpl.rc_context(_STYLE)
def confusion_matrix(matrix: ArrayLike, names: Sequence[object] | None = None) -> Picture:
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
    figure = Picture(side + 0.48, alt + ".")
    axes = _axes(figure, (_ROOM - side) / 2 + 0.2, 0.48, side, side)
    cmap = LinearSegmentedColormap.from_list("mistakes", ["white", "#f3b78f", VERMILLION])
    axes.imshow(np.sqrt(wrong), cmap=cmap, vmin=0, vmax=max(np.sqrt(wrong.max()), 1), aspect="auto")
    size = float(np.clip(72 * side / classes / 3.2, 6, 11))
    for (i, j), value in np.ndenumerate(counts):
        if i == j:
            _block(axes, j - 0.5, i - 0.5, 1, 1, "#eeeeee", "none")
        color = INK if value else FAINT
        if i != j and wrong[i, j]:
            color = _on(cmap(np.sqrt(wrong[i, j]) / max(np.sqrt(wrong.max()), 1)))
        text = f"{int(value)}" if value else "·"
        axes.text(j, i, text, ha="center", va="center_baseline", color=color, size=size)
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
) -> Picture:
    """Show misread digits, each with its label, what it was taken for, and how surely.

    Args:
        images: `(n, height, width)` or `(n, height, width, 1)`.
        labels: `(n,)`, the true classes.
        predictions: `(n,)`, the predicted classes.
        confidences: `(n,)`, the probability of the prediction.
        marked: Positions, 0 to n − 1, of images to mark with a frame and a star, such as those
            whose label is known to be wrong.

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
        f"{a} taken for {b} at {_percent(c)}" for a, b, c in zip(truth, guess, sure, strict=True)
    )
    alt = f"{_many(len(batch), 'misread digits')}: {_join(told)}."
    across = min(6, len(batch))
    rows = -(-len(batch) // across)
    gap, below = 0.14, 0.42
    width = min((_ROOM - (across - 1) * gap) / across, 1.3)
    height = width * batch.shape[1] / batch.shape[2]
    figure = Picture(rows * (height + below) + (rows - 1) * gap, alt)
    limits = _limits([batch], signed=False)
    left = (_ROOM - across * width - (across - 1) * gap) / 2
    for k, picture in enumerate(batch):
        i, j = divmod(k, across)
        x, y = left + j * (width + gap), i * (height + below + gap)
        axes = _axes(figure, x, y, width, height)
        _draw(axes, picture, GRAY, limits)
        _frame(axes, ORANGE if k in stars else FAINT, 2 if k in stars else 0.8)
        x, y, star = x + width / 2, y + height, " ★" if k in stars else ""
        _text(figure, x, y + 0.15, f"{truth[k]} read as {guess[k]}")
        _text(figure, x, y + 0.33, f"{_percent(sure[k])}{star}", color=QUIET)
    return figure


@mpl.rc_context(_STYLE)
def shares(groups: Mapping[str, Mapping[str, float]]) -> Picture:
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
    width = (_ROOM - left - gap * len(groups)) / len(groups)
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
) -> Picture:
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
        axes = _axes(figure, 0.7, 0.3 + k * (high + 0.38), _ROOM - 0.9, high)
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
) -> Picture:
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
    left, width, row = 0.3, _ROOM - 0.32, 0.2
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
