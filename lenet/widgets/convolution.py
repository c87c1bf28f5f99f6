"""A kernel slides over an image: the window, the products, the sum, and the whole map."""

from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

import lenet.functional as F  # noqa: N812
from lenet import plots
from lenet.data import load_mnist, load_weights, prepare
from lenet.plots import Picture
from lenet.widgets.figure import Array, Arrays, Figure, module_source

LARGEST_IMAGE, LARGEST_KERNEL = 64, 7


def kernels() -> dict[str, NDArray[np.float32]]:
    """Make the kernels that the figure offers; the last is C1's first filter as it was trained."""
    patterns = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "horizontal line": [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]],
        "vertical line": [[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]],
        "Sobel, horizontal edges": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
        "blur": [[1 / 9] * 3] * 3,
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
        "learned by LeNet-5": load_weights()["c1/kernel"][:, :, 0, 0],
    }
    return {name: np.array(kernel, np.float32) for name, kernel in patterns.items()}


def images() -> dict[str, NDArray[np.float32]]:
    """Make the images that the figure offers: test digits and simple shapes, `(28, 28)` each."""
    _, (x_test, y_test) = load_mnist()
    chosen = {f"digit {y_test[k]}": prepare(x_test[k])[0, :, :, 0] for k in (0, 1, 4, 7)}
    row, column = np.mgrid[:28, :28] - 13.5
    far = np.hypot(row, column)
    shapes = {
        "square": (np.maximum(abs(row), abs(column)) < 9) & (np.maximum(abs(row), abs(column)) > 6),
        "circle": (far < 10) & (far > 7),
        "diagonal": abs(row - column) < 2,
        "stripes": (np.floor(row) % 8 < 4) & (abs(column) < 11),
    }
    return chosen | {name: shape.astype(np.float32) for name, shape in shapes.items()}


class Convolution(Figure):
    """Slide a kernel over an image and look into every window.

    Args:
        image: `(height, width)`, up to 64×64, mostly 0 (paper) to 1 (ink).
        kernel: `(kernel_height, kernel_width)`, up to 7×7.
        padding: Zeros added on every side, 0 to 3.
        strides: How far the window moves, 1 to 4.
        relu: Whether what is below zero becomes zero.
        cell: Row and column of the output cell that is looked into; at first the strongest.

    Raises:
        traitlets.TraitError: If a value is none of these, now or later; it says which and why.

    Example:
        >>> figure = Convolution(image=np.eye(5), kernel=[[1, 0], [0, 1]])
        >>> figure.activation_map[0]
        array([2., 0., 0., 0.], dtype=float32)
        >>> figure.strides = 2
        >>> figure.activation_map.shape
        (2, 2)
    """

    kind = "convolution"
    _esm = module_source(kind)

    image = Array(axes=("height", "width"))
    kernel = Array(axes=("kernel_height", "kernel_width"))
    padding = traitlets.Int(0, min=0, max=3).tag(sync=True)
    strides = traitlets.Int(1, min=1, max=4).tag(sync=True)
    relu = traitlets.Bool(False).tag(sync=True)
    cell = traitlets.Tuple(traitlets.Int(min=0), traitlets.Int(min=0)).tag(sync=True)
    images = Arrays()
    kernels = Arrays()

    def __init__(
        self, image: ArrayLike | None = None, kernel: ArrayLike | None = None, **settings: Any
    ) -> None:
        offered, patterns = images(), kernels()
        super().__init__(
            image=offered["digit 7"] if image is None else image,
            kernel=patterns["horizontal line"] if kernel is None else kernel,
            images=offered,
            kernels=patterns,
            **settings,
        )

    @traitlets.default("cell")
    def _strongest(self) -> tuple[int, ...]:
        strengths = abs(self.activation_map)
        return tuple(map(int, np.unravel_index(strengths.argmax(), strengths.shape)))

    @traitlets.validate("image", "kernel")
    def _check_size(self, proposal: Any) -> NDArray[np.float32]:
        array: NDArray[np.float32] = proposal["value"]
        name = proposal["trait"].name
        most = LARGEST_IMAGE if name == "image" else LARGEST_KERNEL
        if max(array.shape) > most:
            raise traitlets.TraitError(
                f"{name} must be at most {most}×{most}. Received: shape {array.shape}."
            )
        return array

    @property
    def activation_map(self) -> NDArray[np.float32]:
        """What the figure shows on the right, `(out_height, out_width)`.

        Raises:
            ValueError: If the kernel is larger than the padded image.
        """
        x, kernel = self.image[None, :, :, None], self.kernel[:, :, None, None]
        y = F.conv2d(x, kernel, strides=self.strides, padding=self.padding)[0, :, :, 0]
        return F.relu(y) if self.relu else y

    def still(self) -> Picture:
        """Draw the chosen window, the products and the map."""
        y = self.activation_map
        row, column = np.minimum(self.cell, np.array(y.shape) - 1)
        return plots.convolution_step(
            np.pad(self.image, self.padding),
            self.kernel,
            int(row),
            int(column),
            strides=self.strides,
            output=y,
        )
