"""A colour picture is three channels, and a filter looks through all of them."""

from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

import lenet.functional as F  # noqa: N812
from lenet import plots
from lenet.plots import Picture
from lenet.widgets.figure import Array, Figure, module_source

LARGEST = (64, 64, 3)
LARGEST_KERNEL = (5, 5, 3, 4)


def astronaut() -> NDArray[np.float32]:
    """Make a small colour picture, `(64, 64, 3)`: the astronaut Eileen Collins, by NASA."""
    from skimage.data import astronaut

    blocks = astronaut().reshape(64, 8, 64, 8, 3)
    return np.asarray(blocks.mean(axis=(1, 3)) / 255, np.float32)


class Channels(Figure):
    """Split a colour picture into its channels, merge them, and slide filters over all of them.

    Args:
        image: `(height, width, 3)`, up to 64×64, values in [0, 1].
        kernel: Filters, `(kernel_height, kernel_width, 3, filters)`, up to 5×5 and 4 of them; when
            None, the figure splits and merges only.
        shown: Whether red, green and blue are switched on; a channel that is off is 0 everywhere.
        filter: Which filter is looked into, from 0.
        cell: Row and column of the pixel, or with a kernel of the output cell, that is looked into;
            at first the middle, or the strongest answer.

    Raises:
        traitlets.TraitError: If a value is none of these, now or later; it says which and why.

    Example:
        >>> figure = Channels(np.ones((6, 6, 3)), kernel=np.ones((3, 3, 3, 2)))
        >>> figure.feature_maps.shape
        (4, 4, 2)
        >>> figure.shown = [True, False, False]
        >>> figure.feature_maps[0, 0], figure.merged[0, 0]
        (array([9., 9.], dtype=float32), array([1., 0., 0.], dtype=float32))
    """

    kind = "channels"
    _esm = module_source(kind)

    image = Array(axes=("height", "width", "3"))
    kernel = Array(axes=("kernel_height", "kernel_width", "3", "filters"), none=True)
    shown = traitlets.List(traitlets.Bool(), [True] * 3, minlen=3, maxlen=3).tag(sync=True)
    filter = traitlets.Int(0, min=0).tag(sync=True)
    cell = traitlets.Tuple(traitlets.Int(min=0), traitlets.Int(min=0)).tag(sync=True)

    def __init__(
        self, image: ArrayLike | None = None, kernel: ArrayLike | None = None, **settings: Any
    ) -> None:
        super().__init__(
            image=astronaut() if image is None else image,
            kernel=kernel,
            **settings,
        )

    @traitlets.default("cell")
    def _strongest(self) -> tuple[int, ...]:
        if self.kernel is None:
            return self.image.shape[0] // 2, self.image.shape[1] // 2
        strengths = abs(self.feature_maps[:, :, min(self.filter, self.kernel.shape[-1] - 1)])
        return tuple(map(int, np.unravel_index(strengths.argmax(), strengths.shape)))

    @traitlets.validate("image", "kernel")
    def _check_size(self, proposal: Any) -> NDArray[np.float32] | None:
        array: NDArray[np.float32] | None = proposal["value"]
        if array is None:
            return None
        name = proposal["trait"].name
        most = LARGEST if name == "image" else LARGEST_KERNEL
        if array.shape[2] != 3 or any(np.array(array.shape) > most):
            raise traitlets.TraitError(
                f"{name} must have 3 channels and be at most {'×'.join(map(str, most))}. "
                f"Received: shape {array.shape}."
            )
        if name == "image" and (array.min() < 0 or array.max() > 1):
            raise traitlets.TraitError(
                "image must have values in [0, 1]. "
                f"Received: values from {array.min():g} to {array.max():g}."
            )
        return array

    @property
    def merged(self) -> NDArray[np.float32]:
        """The picture of the channels that are switched on, `(height, width, 3)`."""
        image: NDArray[np.float32] = self.image
        return image * np.array(self.shown, np.float32)

    @property
    def feature_maps(self) -> NDArray[np.float32]:
        """The map of every filter on the merged picture, `(out_height, out_width, filters)`.

        Raises:
            ValueError: If there is no kernel, or it is larger than the image.
        """
        if self.kernel is None:
            raise ValueError("There must be a kernel to compute feature maps. Received: None.")
        maps: NDArray[np.float32] = F.conv2d(self.merged[None], self.kernel)[0]
        return maps

    def still(self) -> Picture:
        """Draw the channels and the merged picture, or the maps when there is a kernel."""
        if self.kernel is None:
            return plots.channels(self.merged)
        maps = self.feature_maps
        return plots.maps(maps, [f"map of filter {k}" for k in range(maps.shape[-1])])
