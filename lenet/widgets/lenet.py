"""Draw a digit and watch every layer of a network answer."""

from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

import lenet.functional as F  # noqa: N812
from lenet import plots
from lenet.data import centre_drawing, fit_drawing, load_mnist, prepare
from lenet.plots import Picture
from lenet.widgets.figure import Array, Arrays, Figure, module_source
from lenet.widgets.networks import activations, describe

IMAGE, CLASSES = (28, 28, 1), 10
LARGEST_SHEET = 112
CLEAR = 3, 2, 1, 18, 4, 15, 11, 0, 61, 12
"""A well written test digit for each of 0 to 9, by number."""
HARD = 115, 340, 445, 582, 947, 1014, 1232, 1260, 2462, 2921
"""Test digits that make the book's network hesitate, or that it misreads."""


def digits() -> dict[str, NDArray[np.float32]]:
    """Give the test digits that the figure offers, `(28, 28)` each."""
    _, (x_test, y_test) = load_mnist()
    return {
        f"{y_test[k]}{', hard' if k in HARD else ''} (test digit {k})": prepare(x_test[k])[
            0, :, :, 0
        ]
        for k in (*CLEAR, *HARD)
    }


class LeNet(Figure):
    """Draw a digit, and see every activation of a network that reads it.

    Args:
        network: A small network from images `(28, 28, 1)` to ten numbers: a Keras model, or one of
            `lenet.network`. It is looked at once; set `figure.network` again after more training.
        ink: The drawing, `(side, side)` from 28×28 to 112×112, 0 (paper) to 1 (ink); a test
            digit when not given.
        centred: Whether the drawing is scaled and centred as MNIST's digits are.
        unit: The unit that is looked into, `(layer, row, column, channel)`; of a dense layer the
            row and the column are 0. None for none; a lively one when not given.

    Raises:
        ValueError: If the network cannot be shown; it says which layer and why.
        traitlets.TraitError: If another value is none of these, now or later.

    Example:
        >>> from lenet.network import lenet5
        >>> figure = LeNet(lenet5("pretrained"))
        >>> figure.prediction, figure.activations["c3"].shape
        (7, (10, 10, 16))
        >>> figure.ink = np.zeros((56, 56))
        >>> bool(figure.probabilities.max() < 0.5)  # an empty sheet
        True
    """

    kind = "lenet"
    _esm = module_source(kind)

    network = traitlets.Any()
    input_shape: traitlets.List[Any] = traitlets.List().tag(sync=True)
    layers: traitlets.List[Any] = traitlets.List().tag(sync=True)
    ink = Array(axes=("height", "width"))
    centred = traitlets.Bool(True).tag(sync=True)
    unit = traitlets.Any(None, allow_none=True).tag(sync=True)
    digits = Arrays()

    def __init__(self, network: Any, ink: ArrayLike | None = None, **settings: Any) -> None:
        offered = digits()
        first = next(image for name, image in offered.items() if name.startswith("7"))
        chosen = settings.pop("unit", ...)
        super().__init__(
            network=network, ink=first if ink is None else ink, digits=offered, **settings
        )
        self.unit = self._strongest() if chosen is ... else chosen

    def _strongest(self) -> list[Any]:
        """Choose a unit to begin with: the most active of the last convolution that makes maps."""
        maps = {
            name: y for name, y in self.activations.items() if y.ndim == 3 and y[..., 0].size > 1
        }
        convolutions = [layer["name"] for layer in self.layers if layer["kind"] == "conv2d"]
        name = next((name for name in reversed(convolutions) if name in maps), None)
        if name is None:
            return [self.layers[-1]["name"], 0, 0, self.prediction]
        place = np.unravel_index(maps[name].argmax(), maps[name].shape)
        return [name, *map(int, place)]

    @traitlets.validate("network")
    def _check_network(self, proposal: Any) -> Any:
        network = proposal["value"]
        input_shape, layers = describe(network)
        if tuple(input_shape) != IMAGE:
            raise ValueError(
                f"network must take images of shape {IMAGE}. Received: {tuple(input_shape)}."
            )
        blank = activations(network, np.zeros(IMAGE, np.float32))
        *_, (name, output) = blank.items()
        if output.shape != (CLASSES,):
            raise ValueError(
                f"Layer {name}: the last layer must give {CLASSES} numbers, one for each digit. "
                f"Received: shape {output.shape}."
            )
        self._shapes = {layer: (1, 1, *y.shape)[-3:] for layer, y in blank.items()}
        self._gives_logits = layers[-1].get("activation", "linear") == "linear"
        if self._gives_logits:
            layers.append({"kind": "activation", "name": "softmax", "activation": "softmax"})
            self._shapes["softmax"] = (1, 1, CLASSES)
        self.input_shape, self.layers = input_shape, layers
        return network

    @traitlets.observe("network")
    def _forget_unit(self, change: Any) -> None:
        if change["old"] is not None:  # the new network may not have it
            self.unit = None

    @traitlets.validate("ink")
    def _check_ink(self, proposal: Any) -> NDArray[np.float32]:
        ink: NDArray[np.float32] = proposal["value"]
        rows, columns = ink.shape
        if rows != columns or not IMAGE[0] <= rows <= LARGEST_SHEET:
            raise traitlets.TraitError(
                f"ink must be square, {IMAGE[0]} to {LARGEST_SHEET} a side. "
                f"Received: shape {ink.shape}."
            )
        if ink.min() < 0 or ink.max() > 1:
            raise traitlets.TraitError(
                "ink must be in [0, 1] (divide by 255 if it goes up to 255). "
                f"Received: values from {ink.min()} to {ink.max()}."
            )
        return ink

    @traitlets.validate("unit")
    def _check_unit(self, proposal: Any) -> list[Any] | None:
        unit = proposal["value"]
        if unit is None:
            return None
        name, *place = unit if isinstance(unit, list | tuple) and unit else [""]
        shape = self._shapes.get(name, ())
        inside = (
            isinstance(n, int) and 0 <= n < length for n, length in zip(place, shape, strict=False)
        )
        if len(place) != 3 or not shape or not all(inside):
            raise traitlets.TraitError(
                "unit must be None or (layer, row, column, channel), with layer one of "
                f"{', '.join(self._shapes)} and the others from 0. Received: {unit!r}."
            )
        return [name, *place]

    @property
    def image(self) -> NDArray[np.float32]:
        """What the network sees, `(28, 28)`."""
        return centre_drawing(self.ink) if self.centred else fit_drawing(self.ink)

    @property
    def activations(self) -> dict[str, NDArray[np.float32]]:
        """What each layer makes of it, by name: `(height, width, channels)` or `(units,)`."""
        return activations(self.network, self.image[:, :, None])

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """The answer, `(10,)`."""
        output = list(self.activations.values())[-1]
        return F.softmax(output) if self._gives_logits else output

    @property
    def prediction(self) -> int:
        """The digit that the network takes it for."""
        return int(self.probabilities.argmax())

    def still(self) -> Picture:
        """Draw every layer and the answer."""
        return plots.activations(self.image, self.activations, self.probabilities)
