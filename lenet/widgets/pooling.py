"""Pooling: what each window keeps, and what a shift of the input does to the result."""

from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

import lenet.functional as F  # noqa: N812
from lenet import plots
from lenet.data import load_mnist, load_weights, prepare
from lenet.plots import Picture
from lenet.widgets.figure import Array, Arrays, Figure, module_source

LARGEST, MOST_WRITTEN = 64, 12


def inputs() -> dict[str, NDArray[np.float32]]:
    """Make the maps that the figure offers, `(height, width)` each.

    The last is an activation map of LeNet-5, from 0 to 1 in steps of 1/255: a link can carry it.
    """
    _, (x_test, _) = load_mnist()
    weights = load_weights()
    c1 = F.conv2d(prepare(x_test[:1]), weights["c1/kernel"], weights["c1/bias"], padding="same")
    seven = F.relu(c1[0, :, :, 5])
    maps = {
        "numbers, 4×4": [[1, 3, 2, 0], [4, 2, 0, 1], [0, 1, 5, 6], [2, 0, 7, 8]],
        "numbers, 5×5": [
            [1, 0, 9, 0, 3],
            [0, 4, 0, 1, 0],
            [2, 0, 6, 0, 1],
            [0, 1, 0, 7, 0],
            [3, 0, 1, 0, 2],
        ],
        "stripes": [[0, 0, 1, 1] * 2] * 8,
        "a seven in c1": np.round(255 * seven / seven.max()) / 255.0,
    }
    return {name: np.array(x, np.float32) for name, x in maps.items()}


class Pooling(Figure):
    """Pool a map, look into every window, and shift the map to see what changes.

    Args:
        x: The map, `(height, width)`, up to 64×64.
        operation: What is kept of a window, `"max"` or `"average"`.
        pool_size: Height and width of a window, 1 to 4.
        strides: From one window to the next, 1 to 4; the pool size unless given.
        shift: Pixels by which the map is moved to the right, −3 to 3. What leaves on one side
            enters on the other.
        cell: Row and column of the pooled cell that is looked into; at first the strongest.

    Raises:
        traitlets.TraitError: If a value is none of these, now or later; it says which and why.

    Example:
        >>> figure = Pooling([[1, 3, 2, 0], [4, 2, 0, 1]])
        >>> figure.pooled
        array([[4., 2.]], dtype=float32)
        >>> figure.shift = 1
        >>> figure.pooled, figure.changed
        (array([[4., 3.]], dtype=float32), 0.5)
    """

    kind = "pooling"
    _esm = module_source(kind)

    x = Array(axes=("height", "width"))
    operation = traitlets.Enum(["max", "average"], "max").tag(sync=True)
    pool_size = traitlets.Int(2, min=1, max=4).tag(sync=True)
    strides = traitlets.Int(2, min=1, max=4).tag(sync=True)
    shift = traitlets.Int(0, min=-3, max=3).tag(sync=True)
    cell = traitlets.Tuple(traitlets.Int(min=0), traitlets.Int(min=0)).tag(sync=True)
    inputs = Arrays()

    def __init__(self, x: ArrayLike | None = None, **settings: Any) -> None:
        offered = inputs()
        settings.setdefault("strides", settings.get("pool_size", 2))
        super().__init__(x=offered["numbers, 4×4"] if x is None else x, inputs=offered, **settings)

    @traitlets.default("cell")
    def _strongest(self) -> tuple[int, ...]:
        strengths = abs(self.pooled)
        return tuple(map(int, np.unravel_index(strengths.argmax(), strengths.shape)))

    @traitlets.validate("x")
    def _check_size(self, proposal: Any) -> NDArray[np.float32]:
        array: NDArray[np.float32] = proposal["value"]
        if max(array.shape) > LARGEST:
            raise traitlets.TraitError(
                f"x must be at most {LARGEST}×{LARGEST}. Received: shape {array.shape}."
            )
        return array

    @property
    def pooled(self) -> NDArray[np.float32]:
        """What the figure shows on the right, `(out_height, out_width)`: the shifted map pooled.

        Raises:
            ValueError: If the window is larger than the map.
        """
        return self._pool(self._shifted)

    @property
    def changed(self) -> float:
        """The share of the pooled cells that the shift changed, 0 to 1."""
        change = np.abs(self.pooled - self._pool(self.x))
        return float(np.mean(change > 1e-5 * np.abs(self.x).max()))

    @property
    def relative_change(self) -> float:
        """How large the change of the pooled map is, as a part of the map before the shift."""
        before = self._pool(self.x)
        size = np.linalg.norm(before)
        return float(np.linalg.norm(self.pooled - before) / size) if size else 0.0

    @property
    def _shifted(self) -> NDArray[np.float32]:
        return np.roll(self.x, self.shift, axis=1)

    def _pool(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        pool = F.max_pool2d if self.operation == "max" else F.avg_pool2d
        return pool(x[None, :, :, None], self.pool_size, strides=self.strides)[0, :, :, 0]

    def still(self) -> Picture:
        """Draw the map and what pooling leaves of it, with the numbers where there is room."""
        x, pooled = self._shifted, self.pooled
        if max(x.shape) <= MOST_WRITTEN:
            return plots.pooling(x, pooled, self.pool_size, self.strides, name=self.operation)
        sizes = ["{}×{}".format(*y.shape) for y in (x, pooled)]
        titles = [f"input {sizes[0]}", f"{self.operation} {sizes[1]}"]
        return plots.images([x, pooled], titles, limits=(0, float(x.max()) or 1))
