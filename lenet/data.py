"""The digits: the bundled MNIST, what the network wants to be fed, and the trained weights.

`from_picture` turns a photograph of your own handwriting into an image like those of MNIST.
"""

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

ASSETS = Path(__file__).parent / "assets"
MNIST_SHA256 = "d4084bed8bdf4eb32706d013cd93608bb3d389919b2c4d7c17899bee7662b991"

Bytes = NDArray[np.uint8]
Images = NDArray[np.float32]
Weights = dict[str, NDArray[np.float32]]


# --- MNIST -----------------------------------------------------------------------------------


def load_mnist(source: str = "bundled") -> tuple[tuple[Bytes, Bytes], tuple[Bytes, Bytes]]:
    """Load the MNIST database of handwritten digits.

    Args:
        source: `"bundled"` reads the copy that comes with the book: no network, and the same bytes
            for every reader (their SHA-256 is checked). `"keras"` lets Keras download its own.

    Returns:
        `(x_train, y_train), (x_test, y_test)` as from `keras.datasets.mnist.load_data()`: images
        `(60000, 28, 28)` and `(10000, 28, 28)`, labels `(60000,)` and `(10000,)`, all `uint8`.
        Paper is 0, ink 255.

    Raises:
        FileNotFoundError: If the bundled copy is missing.
        ValueError: If it is damaged, or the source is unknown.
        OSError: If Keras cannot download its copy.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_mnist()
        >>> x_train.shape, x_test.shape, y_train[:5].tolist()
        ((60000, 28, 28), (10000, 28, 28), [5, 0, 4, 1, 9])

    Source: LeCun et al. (1998), section III.A.
    """
    if source == "keras":
        return _download()
    if source != "bundled":
        raise ValueError(f'source must be "bundled" or "keras". Received: {source!r}.')
    path = ASSETS / "mnist.npz"
    if not path.is_file():
        raise FileNotFoundError(f"The bundled MNIST is missing: {path}. {_REPAIR}")
    status = path.stat()
    if _sha256(path, status.st_size, status.st_mtime_ns) != MNIST_SHA256:
        raise ValueError(
            f"The bundled MNIST is damaged: {path} must have the SHA-256 {MNIST_SHA256}. "
            f"Received: {_sha256(path, status.st_size, status.st_mtime_ns)}. {_REPAIR}"
        )
    with np.load(path, allow_pickle=False) as file:
        return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])


_REPAIR = (
    "Restore it (in a clone: git checkout -- lenet/assets/mnist.npz; otherwise install the "
    'package again), or download the digits: load_mnist(source="keras").'
)


@cache
def _sha256(path: Path, size: int, modified: int) -> str:  # noqa: ARG001  (part of the cache's key)
    """Hash a file, once a process as long as it does not change."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _download() -> tuple[tuple[Bytes, Bytes], tuple[Bytes, Bytes]]:
    """Let Keras find MNIST in its own cache or download it."""
    import keras

    try:
        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception when the network fails
        raise OSError(
            f'Keras could not download MNIST; load_mnist(source="bundled") needs no network. '
            f"Received: {error}"
        ) from error
    return (x_train, y_train), (x_test, y_test)


# --- What the network is fed -----------------------------------------------------------------


def prepare(images: ArrayLike) -> Images:
    """Give images the shape and the scale that the networks of this book expect.

    The dtype says which scale the pixels are on: integers go from 0 to 255 and are divided by 255;
    floating-point numbers are taken to be in [0, 1] already. So `prepare(prepare(x))` is
    `prepare(x)`, and no image is ever scaled by a guess.

    Args:
        images: One image `(28, 28)`, or several, `(n, 28, 28)` or `(n, 28, 28, 1)`.

    Returns:
        `(n, 28, 28, 1)` float32 in [0, 1], with n = 1 for a single image.

    Raises:
        ValueError: If the shape is another, there is no image, or a pixel is off its scale or NaN.

    Example:
        >>> import numpy as np
        >>> x = prepare(np.full((28, 28), 255, np.uint8))
        >>> x.shape, x.dtype.name, float(x.max())
        ((1, 28, 28, 1), 'float32', 1.0)
    """
    pixels = np.asarray(images)
    if pixels.ndim == 2:
        pixels = pixels[None]
    if pixels.ndim == 3:
        pixels = pixels[..., None]
    if pixels.shape[1:] != (28, 28, 1):
        raise ValueError(
            "images must have shape (28, 28), (n, 28, 28) or (n, 28, 28, 1). "
            f"Received: shape {np.shape(images)}."
        )
    if len(pixels) == 0:
        raise ValueError(f"images must hold at least one. Received: shape {np.shape(images)}.")
    return _unit_scale(pixels)


def _unit_scale(pixels: NDArray[Any]) -> Images:
    """Bring pixels to [0, 1]: integers from [0, 255], floating-point numbers as they are."""
    if pixels.dtype.kind not in "buif":
        raise ValueError(f"Pixels must be real numbers. Received: dtype {pixels.dtype}.")
    low, high = pixels.min(), pixels.max()
    if pixels.dtype.kind in "ui":
        if low < 0 or high > 255:
            raise ValueError(
                f"Integer pixels must be from 0 to 255. Received: values from {low} to {high}."
            )
        return pixels.astype(np.float32) / np.float32(255)
    if not (low >= 0 and high <= 1):  # written so that NaN fails
        raise ValueError(
            "Floating-point pixels must be in [0, 1] (divide by 255 if they go up to 255, "
            f"or pass integers). Received: values from {low} to {high}."
        )
    return pixels.astype(np.float32)


# --- Weights on disk -------------------------------------------------------------------------


def load_weights(path: str | os.PathLike[str] | None = None) -> Weights:
    """Read the weights of a network from an `.npz` file.

    Args:
        path: The file; by default the trained LeNet-5 that comes with the book.

    Returns:
        One float32 array a weight: `"c1/kernel"`, `"c1/bias"`, …, `"output/bias"`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, or holds anything but finite numbers.

    Example:
        >>> weights = load_weights()
        >>> weights["c1/kernel"].shape, sum(array.size for array in weights.values())
        ((5, 5, 1, 6), 61706)
    """
    file = ASSETS / "lenet5.npz" if path is None else Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"There is no weights file {file}.")
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            weights = {name: np.asarray(archive[name]) for name in archive.files}
    except (ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile, OSError) as error:
        raise ValueError(
            f"{file} must be an .npz archive of weights. Received: something else, or damaged."
        ) from error
    for name, array in weights.items():
        if array.dtype.kind != "f":
            raise ValueError(
                f"{name} in {file} must be floating-point. Received: dtype {array.dtype}."
            )
        if not np.isfinite(array).all():
            raise ValueError(f"{name} in {file} must be finite. Received: NaN or infinity.")
    return {name: array.astype(np.float32) for name, array in weights.items()}


def save_weights(path: str | os.PathLike[str], weights: Mapping[str, ArrayLike]) -> None:
    """Write the weights of a network to an `.npz` file.

    An existing file is replaced only once the new one is complete.

    Args:
        path: The file; its name must end in `.npz`.
        weights: One array a weight, as from `lenet.keras_models.get_weights`.

    Raises:
        ValueError: If the name does not end in `.npz`.
        OSError: If the file cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_weights(f"{folder}/mine.npz", load_weights())
        ...     sorted(load_weights(f"{folder}/mine.npz"))[:2]
        ['c1/bias', 'c1/kernel']
    """
    if Path(path).suffix != ".npz":
        raise ValueError(f"path must end in .npz. Received: {os.fspath(path)}.")
    arrays: dict[str, NDArray[np.float32]] = {
        name: np.asarray(array, np.float32) for name, array in weights.items()
    }
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


def check_out(path: str | os.PathLike[str]) -> None:
    """Find out whether a network could be saved there, without touching what is there.

    Args:
        path: The file that is going to be written.

    Raises:
        ValueError: If its name ends in neither `.npz` nor `.keras`.
        OSError: If its folder is missing, or it cannot be written.
    """
    target = Path(path)
    if target.suffix not in (".npz", ".keras"):
        raise ValueError(f"out must end in .npz or .keras. Received: {target}.")
    if target.is_dir():
        raise IsADirectoryError(f"out must be a file. Received: the folder {target}.")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {target.parent} to save {target.name} in.")
    try:
        with tempfile.TemporaryFile(dir=target.parent):
            writable = not target.exists() or os.access(target, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise PermissionError(f"{target} cannot be written.")


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file whole or not at all.

    Args:
        path: The file to write. It appears, or is replaced, when the block ends without an error;
            until then, and for good if there is one, what was there stays.

    Yields:
        A temporary path beside it, with the same ending, to write to.

    Raises:
        OSError: If the folder is missing or cannot be written to.
    """
    target = Path(path)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.stem}-") as folder:
        temporary = Path(folder) / target.name
        yield temporary
        temporary.replace(target)


# --- Your own handwriting --------------------------------------------------------------------


def from_picture(picture: str | os.PathLike[str] | ArrayLike) -> Bytes:
    """Turn a picture of one handwritten digit into an image like those of MNIST.

    The paper may be unevenly lit and of any colour, the ink darker or lighter. What is found:

    1. the paper, as a smooth surface fitted to the colours, and the ink, as what differs from it;
    2. the digit: the large connected pieces of ink, specks dropped;
    3. the pen: strokes much thinner than those of MNIST are thickened;
    4. the frame: the digit is scaled, its aspect kept, into a box of 20×20 pixels, and placed so
       that its centre of mass is the centre of 28×28 pixels.

    Args:
        picture: The path of a picture (how a phone turned it is taken from its EXIF data), or its
            pixels: `(height, width)`, or with 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha)
            channels last. Integers go from 0 to 255, floating-point numbers from 0 to 1.

    Returns:
        `(28, 28)` uint8, paper 0, ink up to 255.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not a picture, has another shape or scale, is smaller than 12 pixels
            a side, or shows no ink.

    Example:
        >>> _, (x_test, _) = load_mnist()
        >>> page = 255 - np.kron(x_test[0], np.ones((9, 9), np.uint8))  # dark on light, 252×252
        >>> digit = from_picture(page)
        >>> digit.shape, bool(abs(digit.astype(int) - x_test[0]).mean() < 10)
        ((28, 28), True)

    Source: LeCun et al. (1998), section III.A, for the box and the centre of mass.
    """
    if isinstance(picture, str | os.PathLike):
        pixels = _read_picture(Path(picture))
    else:
        pixels = _check_picture(np.asarray(picture))
    if min(pixels.shape[:2]) < 12:
        raise ValueError(
            "picture must be at least 12 pixels high and wide. "
            f"Received: {pixels.shape[0]} by {pixels.shape[1]}."
        )
    ink = _keep_digit(_find_ink(_shrink(_flatten_alpha(pixels), 400)))
    return _frame(_thicken(ink))


def _read_picture(path: Path) -> NDArray[np.float64]:
    """Read a file into `(height, width, channels)` in [0, 1], the right way up."""
    from PIL import Image, ImageOps

    if not path.is_file():
        raise FileNotFoundError(f"There is no picture {path}.")
    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file)
            if image.mode.startswith("I"):  # 16 bits of grey; Pillow's own conversion clips them
                grey: NDArray[np.float64] = np.asarray(image, np.float64)[..., None] / 65535
                return grey
            rgba: NDArray[np.float64] = np.asarray(image.convert("RGBA"), np.float64) / 255
            return rgba
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"picture must be a PNG, JPEG, … file. Received: {path}, something else or damaged."
        ) from error


def _check_picture(pixels: NDArray[Any]) -> NDArray[np.float64]:
    """Bring an array to `(height, width, channels)` in [0, 1]."""
    shape = pixels.shape
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.shape[-1] not in (1, 2, 3, 4):
        raise ValueError(
            "picture must have shape (height, width) or (height, width, channels) "
            f"with 1 to 4 channels. Received: shape {shape}."
        )
    if pixels.size == 0:
        raise ValueError(f"picture must have pixels. Received: shape {shape}.")
    return _unit_scale(pixels).astype(np.float64)


def _flatten_alpha(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lay a transparent picture on paper: white under dark ink, black under light ink."""
    channels = pixels.shape[-1]
    if channels in (1, 3):
        return pixels
    colour, alpha = pixels[..., :-1], pixels[..., -1:]
    if alpha.min() == 1:
        return colour
    brightness = (colour * alpha).sum() / max(alpha.sum() * (channels - 1), 1e-9)
    return colour * alpha + (1 - alpha) * (1.0 if brightness < 0.5 else 0.0)


def _shrink(pixels: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    """Average blocks of a large picture, so that no side is much longer than `longest`."""
    height, width, channels = pixels.shape
    block = max(height, width) // longest
    if block < 2:
        return pixels
    height, width = max(1, height // block), max(1, width // block)
    blocks = pixels[: height * block, : width * block]
    means: NDArray[np.float64] = blocks.reshape(height, -1, width, block, channels).mean((1, 3))
    return means


def _paper(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit a quadratic surface to the colours of the paper: most pixels, and most of the border."""
    step = max(1, max(pixels.shape[:2]) // 64)
    small = pixels[::step, ::step]

    def surface(height: int, width: int) -> NDArray[np.float64]:
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)

    terms = surface(*small.shape[:2])
    border = np.ones(small.shape[:2], bool)
    edge = max(1, min(border.shape) // 12)
    border[edge:-edge, edge:-edge] = False
    fitted = np.median(small[border], axis=0) * np.ones_like(small)
    for _ in range(12):  # least squares, again and again, with less weight to what is far off
        distance = np.linalg.norm(small - fitted, axis=-1)
        scale = 3 * max(np.median(distance[border]), 0.01)
        weight = 1 / (1 + (distance / scale) ** 2)
        weighted = terms * weight[..., None]
        normal = np.einsum("hwi,hwj->ij", weighted, terms)
        target = np.einsum("hwi,hwc->ic", weighted, small)
        coefficients = np.linalg.solve(normal + 1e-6 * np.eye(6), target)
        fitted = terms @ coefficients
    return surface(*pixels.shape[:2]) @ coefficients


def _find_ink(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Say of each pixel how much it is ink, 0 to 1, whatever the colours."""
    from scipy.ndimage import gaussian_filter
    from skimage.filters import threshold_otsu

    paper = _paper(pixels)
    difference = pixels - paper
    size = max(pixels.shape[:2])
    smooth = gaussian_filter(difference, (size / 400, size / 400, 0))
    distance = np.linalg.norm(smooth, axis=-1)
    # The direction, in colours, from paper to ink: that of the pixels that differ most.
    far = smooth[distance >= np.quantile(distance, 0.98)]
    direction = far.T @ far
    direction = np.linalg.eigh(direction)[1][:, -1]
    direction = direction * np.sign((far @ direction).sum())
    strength = smooth @ direction
    if direction.sum() < 0:  # dark ink reflects a share of the light: undo the shading
        strength = strength / np.clip(paper.mean(axis=-1), 0.15, None)
    threshold = threshold_otsu(strength)
    ink = strength > threshold
    contrast = np.median(strength[ink]) - np.median(strength[~ink]) if ink.any() else 0.0
    noise = 1.4826 * np.median(abs(strength[~ink] - np.median(strength[~ink])))
    if contrast < 0.08 or contrast < 5 * noise:
        raise ValueError(
            "picture must show a digit: dark ink on light paper or light on dark. "
            f"Received: hardly any ink (contrast {contrast:.2f}, noise {noise:.2f})."
        )
    # A ramp around the threshold keeps the anti-aliased edges of a small picture.
    ramp: NDArray[np.float64] = np.clip((strength - threshold) / contrast * 2 + 0.5, 0, 1)
    return ramp


def _keep_digit(ink: NDArray[np.float64]) -> NDArray[np.float64]:
    """Drop specks: pieces of ink much smaller than the largest."""
    from scipy.ndimage import binary_dilation, label

    pieces, count = label(ink > 0.5, np.ones((3, 3)))
    areas = np.bincount(pieces.ravel(), minlength=count + 1)
    areas[0] = 0
    kept = np.flatnonzero(areas >= 0.08 * areas.max())
    digit = np.isin(pieces, kept)
    height, width = np.ptp(np.argwhere(digit), axis=0) + 1
    if max(height, width) < 8:
        raise ValueError(
            "The digit must be at least 8 pixels high or wide. "
            f"Received: one of {height} by {width} in a picture of {ink.shape[0]} by "
            f"{ink.shape[1]} pixels."
        )
    return np.where(binary_dilation(digit, iterations=2), ink, 0.0)


def _thicken(ink: NDArray[np.float64]) -> NDArray[np.float64]:
    """Widen strokes that are thin for their digit. MNIST's are 2.8 of 20 pixels wide (median)."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter
    from skimage.morphology import skeletonize

    digit = ink > 0.5
    pixel = (np.ptp(np.argwhere(digit), axis=0).max() + 1) / 20  # one of the 20, in ours
    width = digit.sum() / max(skeletonize(digit).sum(), 1) / pixel
    if width >= 2:
        return ink
    radius = (2.4 - width) / 2 * pixel
    margin = int(radius) + 2
    digit = np.pad(digit, margin)
    grown = np.clip(radius + 0.5 - distance_transform_edt(~digit), 0, 1)
    return np.asarray(gaussian_filter(np.maximum(grown, digit), 0.3))


def _frame(ink: NDArray[np.float64]) -> Bytes:
    """Centre the digit, in whole numbers as MNIST has them."""
    return np.rint(centre_drawing(ink) * 255).astype(np.uint8)


def centre_drawing(ink: ArrayLike) -> Images:
    """Place the digit of a drawing as MNIST's are placed.

    It is scaled, its aspect kept, into a box of 20×20 pixels, and its centre of mass becomes the
    centre of 28×28 pixels.

    Args:
        ink: `(height, width)`, 0 (paper) to 1 (ink). What is darker than half of the darkest ink
            belongs to the digit.

    Returns:
        `(28, 28)` float32, the darkest ink 1; all 0 for an empty drawing.

    Raises:
        ValueError: If the shape has not two axes, or a value is off the scale or NaN.

    Example:
        >>> import numpy as np
        >>> ink = np.zeros((56, 56))
        >>> ink[:40, 3:6] = 1  # a long thin stroke in a corner
        >>> image = centre_drawing(ink)
        >>> image.shape, float(image.max())
        ((28, 28), 1.0)
        >>> row, column = (np.indices((28, 28)) * image / image.sum()).sum(axis=(1, 2))
        >>> round(float(row), 1), round(float(column), 1)
        (14.0, 14.0)

    Source: LeCun et al. (1998), section III.A.
    """
    drawn = _check_drawing(ink)
    digit = drawn > drawn.max() / 2
    if not digit.any():
        return np.zeros((28, 28), np.float32)
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    pixel = max(np.ptp(rows) + 1, np.ptp(columns) + 1) / 20
    corner = []
    for axis, occupied in ((0, rows), (1, columns)):
        mass = drawn.sum(axis=1 - axis)
        centre = (mass @ np.arange(len(mass))) / mass.sum() + 0.5
        # In MNIST the centre of mass is pixel 14, whose middle is 14.5 from the edge.
        first = centre - 14.5 * pixel
        low, high = occupied[-1] + 1 - 28 * pixel, occupied[0]
        corner.append(float(np.clip(first, low, high)))  # never cut the digit
    top, left = corner
    image = _resample(drawn, top, left, 28 * pixel)
    return np.asarray(image / image.max(), np.float32)


def fit_drawing(ink: ArrayLike) -> Images:
    """Scale a whole square drawing to 28×28 pixels, whatever is where on it.

    Args:
        ink: `(side, side)`, 0 (paper) to 1 (ink).

    Returns:
        `(28, 28)` float32.

    Raises:
        ValueError: If it is not square, or a value is off the scale or NaN.

    Example:
        >>> _, (x_test, _) = load_mnist()
        >>> same = fit_drawing(x_test[0] / 255) == prepare(x_test[0])[0, :, :, 0]
        >>> bool(same.all())
        True
    """
    drawn = _check_drawing(ink)
    if drawn.shape[0] != drawn.shape[1]:
        raise ValueError(f"ink must be square. Received: shape {drawn.shape}.")
    return _resample(drawn, 0, 0, len(drawn))


def _check_drawing(ink: ArrayLike) -> NDArray[np.float64]:
    drawn = np.asarray(ink, np.float64)
    if drawn.ndim != 2 or not drawn.size:
        raise ValueError(f"ink must have shape (height, width). Received: shape {drawn.shape}.")
    low, high = drawn.min(), drawn.max()
    if not (low >= 0 and high <= 1):  # written so that NaN fails
        raise ValueError(f"ink must be in [0, 1]. Received: values from {low} to {high}.")
    return drawn


def _resample(ink: NDArray[np.float64], top: float, left: float, side: float) -> Images:
    """Average a square of a drawing to 28×28 pixels; beyond the edges is paper."""
    from PIL import Image

    margin = int(np.ceil(side)) + 1
    field = Image.fromarray(np.pad(ink, margin).astype(np.float32)).resize(
        (28, 28),
        Image.Resampling.HAMMING,
        box=(left + margin, top + margin, left + margin + side, top + margin + side),
    )
    return np.clip(np.asarray(field, np.float32), 0, 1)
