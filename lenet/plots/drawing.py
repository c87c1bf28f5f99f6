"""What all pictures share: the style, the `Picture`, and helpers that place, draw, say and check.

Everything is placed in inches from the top left corner inside the margins.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence, Sized
from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

# --------------------------------------------------------------------------------------- style

WIDTH = 7.0
"""Width of every picture, in inches of 96 CSS pixels: the full width of the text."""
MARGIN = 0.08
"""White around every picture, so that it stands well on a dark page."""
ROOM = WIDTH - 2 * MARGIN
"""The width in which everything is placed."""

INK = "#222222"
"""Text and the strongest lines."""
QUIET = "#6b6b6b"
"""Secondary text."""
FAINT = "#c8c8c8"
"""Frames, grid lines and what is only there for orientation."""
BAR = "#9a9a9a"
"""Bars that are not the point."""

# Okabe and Ito's colours, told apart by readers with any kind of colour vision.
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, BLACK = "#56B4E9", "#CC79A7", "#000000"
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

STYLE: dict[Any, Any] = {
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

styled = mpl.rc_context(STYLE)
"""Decorates every function that draws: the style holds while it runs, and no longer."""


class Picture(Figure):
    """A figure 7 inches wide that shows itself once, sharp, and says what is in it.

    Args:
        height: In inches, without the margins.
        alt: What the picture shows, in words.

    Attributes:
        alt: What the picture shows, in words.
    """

    def __init__(self, height: float, alt: str) -> None:
        super().__init__(figsize=(WIDTH, height + 2 * MARGIN), dpi=96)
        self.alt = alt

    def __repr__(self) -> str:
        return f"<Picture: {self.alt}>"

    def png(self) -> bytes:
        """Draw the picture with two pixels for each CSS pixel; the description travels inside."""
        buffer = BytesIO()
        with mpl.rc_context(STYLE):
            about = {"Description": self.alt, "Software": None}
            self.savefig(buffer, format="png", dpi=192, metadata=about)
        return buffer.getvalue()

    def _ipython_display_(self) -> None:
        """Show the picture in Jupyter; goes before any formatter that pyplot may have set up."""
        from IPython.display import display

        about = {"width": round(WIDTH * 96), "alt": self.alt}
        data = {"image/png": b64encode(self.png()).decode(), "text/plain": repr(self)}
        display(data, metadata={"image/png": about}, raw=True)  # type: ignore[no-untyped-call]


# --------------------------------------------------------------------------------------- place


def add_axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add bare axes."""
    full_width, full_height = figure.get_size_inches()
    x, y = MARGIN + left, full_height - MARGIN - top - height
    axes = figure.add_axes(
        (x / full_width, y / full_height, width / full_width, height / full_height)
    )
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor("none")
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def write(figure: Figure, left: float, top: float, text: str, **style: Any) -> None:
    """Write on the figure."""
    full_width, full_height = figure.get_size_inches()
    style = {"va": "center", "ha": "center"} | style
    x, y = MARGIN + left, MARGIN + top
    figure.text(x / full_width, 1 - y / full_height, text, **style)


def rows_of(count: int, across: int) -> int:
    """Count the rows that so many pictures fill."""
    return -(-count // across)


def grid(
    count: int, across: int, width: float, gap: float, step: float, indent: float = 0
) -> Iterator[tuple[float, float]]:
    """Give the left and top of pictures in centred rows, `step` from one row to the next."""
    left = (ROOM + indent - across * width - (across - 1) * gap) / 2
    for k in range(count):
        row, column = divmod(k, across)
        yield left + column * (width + gap), row * step


def columns_for(count: int) -> int:
    """Choose how many pictures go in a row: few, and full rows where possible."""
    if count <= 6:
        return count
    return next((k for k in (8, 7, 6, 5, 4) if count % k == 0), 6)


def title_height(titles: Sequence[str]) -> float:
    """Give the room that titles need above their pictures."""
    return 0.06 + 0.17 * max(title.count("\n") + 1 for title in titles) if titles else 0


# ---------------------------------------------------------------------------------------- draw


def frame(axes: Axes, color: str = FAINT, width: float = 0.8) -> None:
    """Draw a thin line around the axes, so that white edges of a picture are seen."""
    for spine in axes.spines.values():
        spine.set(visible=True, color=color, linewidth=width)


def draw(
    axes: Axes, picture: NDArray[Any], cmap: Colormap | None, limits: tuple[float, float]
) -> AxesImage:
    """Show one matrix, or one colour picture when `cmap` is None, pixel by pixel."""
    low, high = limits
    if cmap is None:
        picture = np.clip((picture - low) / (high - low), 0, 1)
    return axes.imshow(
        picture, cmap=cmap, vmin=low, vmax=high, aspect="auto", interpolation="nearest"
    )


def draw_cells(
    axes: Axes,
    matrix: NDArray[Any],
    cmap: Colormap,
    limits: tuple[float, float],
    cell: float,
    *,
    values: bool = True,
    spec: str | None = None,
    size: float | None = None,
) -> None:
    """Show a matrix as cells, `cell` inches wide, with the numbers that are not NaN in them."""
    picture = draw(axes, matrix, cmap, limits)
    rows, columns = matrix.shape
    if cell > 0.12:
        for k in range(1, columns):
            axes.axvline(k - 0.5, color="white" if cell < 0.2 else FAINT, linewidth=0.6)
        for k in range(1, rows):
            axes.axhline(k - 0.5, color="white" if cell < 0.2 else FAINT, linewidth=0.6)
    frame(axes, QUIET)
    if not values:
        return
    spec, size = spec or number_format(matrix), size or fit(matrix, cell)
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            color, text = ink_on(picture.to_rgba(np.array([value]))[0]), number(value, spec)
            style: dict[str, Any] = {"ha": "center", "va": "center_baseline", "size": size}
            axes.text(column, row, text, color=color, **style)


def fit(matrix: NDArray[Any], cell: float) -> float:
    """Choose the size of numbers, in points, that fit in cells so many inches wide."""
    spec = number_format(matrix)
    longest = max(len(number(value, spec)) for value in matrix.flat)
    return float(np.clip(72 * cell * 0.88 / (0.64 * max(longest, 2)), 4.5, 13))


def block(
    axes: Axes, x: float, y: float, width: float, height: float, fill: Any, edge: Any, **style: Any
) -> None:
    """Draw a filled rectangle."""
    style = {"linewidth": 0.8, "clip_on": False} | style
    axes.add_patch(Rectangle((x, y), width, height, facecolor=fill, edgecolor=edge, **style))


def outline(
    axes: Axes,
    row: float,
    column: float,
    height: float,
    width: float,
    color: str = FOCUS,
    line: float = 2.5,
) -> None:
    """Outline cells of a matrix."""
    style: dict[str, Any] = {"linewidth": line, "zorder": 5}
    block(axes, column - 0.5, row - 0.5, width, height, "none", color, **style)


def ink_on(color: Sequence[float]) -> str:
    """Choose dark or white text for a background, red, green, blue and perhaps opacity."""
    red, green, blue, *opacity = color
    if opacity == [0] or 0.299 * red + 0.587 * green + 0.114 * blue > 0.5:
        return INK
    return "white"


def tint(color: str, amount: float) -> tuple[float, float, float]:
    """Mix a colour with white; `amount` 1 leaves it as it is."""
    red, green, blue = (1 - amount * (1 - part) for part in to_rgb(color))
    return red, green, blue


def symmetric(values: NDArray[Any]) -> tuple[float, float]:
    """Give the range of values for the signed colours, with zero in the middle."""
    size = float(np.abs(values).max()) or 1.0
    return -size, size


def brightness(arrays: Sequence[NDArray[Any]]) -> tuple[float, float]:
    """Give the range of values from no ink to full ink, or from black to full colour.

    Bytes are 0 to 255, unless they are matrices of single digits: those are numbers, no images.
    """
    if any(a.dtype == np.uint8 and (a.ndim == 3 or a.max() > 9) for a in arrays):
        return 0, 255
    low = min(float(array.min()) for array in arrays)
    high = max(float(array.max()) for array in arrays)
    return min(low, 0), max(high, 1)


def shades(arrays: Sequence[NDArray[Any]]) -> tuple[Colormap, tuple[float, float]]:
    """Choose colours and their range: ink on paper, or signed when a value is below zero."""
    if any((array < 0).any() for array in arrays):
        return SIGNED, symmetric(np.concatenate([array.ravel() for array in arrays]))
    return GRAY, brightness(arrays)


# ----------------------------------------------------------------------------------------- say


def number_format(values: NDArray[Any]) -> str:
    """Choose so few decimals that no two places are wasted: whole numbers stay whole."""
    for decimals in (0, 1):
        if np.allclose(values, np.round(values, decimals), atol=1e-6):
            return f".{decimals}f"
    return ".2f" if np.abs(values).max() < 100 else ".0f"


def number(value: float, spec: str) -> str:
    """Write a number with a true minus sign; zero is a bare 0."""
    if value == 0:
        return "0"
    text = format(float(value), spec)
    if float(text) == 0:
        text = text.replace("-", "")
    return text.replace("-", "−")


def rows_text(matrix: NDArray[Any]) -> str:
    """Write a matrix row by row: commas between numbers, semicolons between rows."""
    spec = number_format(matrix)
    return "; ".join(", ".join(number(value, spec) for value in row) for row in matrix)


def dims(shape: Sequence[int]) -> str:
    """Write a shape, such as 28×28×6."""
    return "×".join(str(size) for size in shape)


def join(words: Iterable[object], most: int = 12) -> str:
    """Name things in a sentence, and say how many more there are."""
    listed = [str(word).replace("\n", " ") for word in words]
    rest = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {rest} more" if rest > 0 else "")


def many(count: int, noun: str) -> str:
    """Count things in words; `noun` is the plural."""
    return f"{count:,} {noun}" if count != 1 else f"1 {noun.removesuffix('s')}"


# --------------------------------------------------------------------------------------- check


def finite(value: ArrayLike, name: str) -> NDArray[Any]:
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


def ranked(value: ArrayLike, name: str, rank: int, axes: str) -> NDArray[Any]:
    """Turn into an array of finite numbers with so many axes."""
    array = finite(value, name)
    if array.ndim != rank:
        raise ValueError(f"{name} must have rank {rank}, {axes}. Received: shape {array.shape}.")
    return array


def gray_image(value: ArrayLike, name: str = "image") -> NDArray[Any]:
    """Turn into one `(height, width)` image; a single channel and a batch of one are dropped."""
    array = finite(value, name)
    shape = array.shape
    if array.ndim == 4 and shape[0] == 1:
        array = array[0]
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim != 2:
        raise ValueError(f"{name} must have rank 2, (height, width). Received: shape {shape}.")
    return array


def same_length(name: str, values: Sized, other: str, count: int) -> None:
    """Refuse a list that does not pair up."""
    if len(values) != count:
        raise ValueError(
            f"{name} must be as many as {other}, {count}. Received: {len(values)} of them."
        )


def as_titles(titles: Sequence[object] | None, count: int, other: str) -> list[str]:
    """Turn titles into strings, one for each of `other`; none means no titles."""
    if titles is None:
        return []
    same_length("titles", titles, other, count)
    return [str(title) for title in titles]
