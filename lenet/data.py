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
    if pixels.dtype.kind not in "buif":
        raise ValueError(f"images must hold real numbers. Received: dtype {pixels.dtype}.")
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
        with np.load(file, allow_pickle=False) as archive:
            weights = {name: np.asarray(archive[name]) for name in archive.files}
    except (ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile, OSError) as error:
        raise ValueError(
            f"{file} must be an .npz archive of weights; it is damaged or something else. "
            f"Received: {error}."
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
