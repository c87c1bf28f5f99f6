"""The mistakes of a network, one by one: sorted, filtered, and seen from inside."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from lenet import plots
from lenet.plots import Picture
from lenet.widgets.figure import Array, Figure, module_source
from lenet.widgets.networks import as_classes, describe, probabilities

MOST = 120
"""How many mistakes a page holds: the most confident ones."""
IN_PICTURE = 18


class Mistakes(Figure):
    """Look at what a network reads wrong, the most confident mistake first.

    Args:
        network: A Keras model, or a `lenet.network.Sequential`. If it is small and its layers
            follow one another, the figure shows what each of them makes of an image.
        images: Images it was not trained on, as it takes them: `(n, height, width, channels)`
            with 1 or 3 channels.
        labels: Their classes, `(n,)`, or one-hot, `(n, classes)`; up to 20 classes.
        doubted: Numbers of images, from 0 to n − 1, whose labels are not to be trusted.
        pair: Show only mistakes with this label that were read as that class; None for any.
        selected: The number of the image that is shown large.

    Attributes:
        indices: Numbers of the images that are in the figure, the most confident first; of more
            than 120 mistakes only these.
        count: How many mistakes there are in all.

    Raises:
        ValueError: If images, labels and network do not fit together.
        traitlets.TraitError: If `pair` or `selected` is set to what is not there.

    Example:
        >>> from lenet import load_mnist, network, prepare
        >>> _, (x_test, y_test) = load_mnist()
        >>> figure = Mistakes(network.lenet5("pretrained"), prepare(x_test[:1000]), y_test[:1000])
        >>> figure.count == len(figure.indices) < 20
        True
        >>> figure.selected == figure.indices[0], figure.selected_image.shape
        (True, (28, 28, 1))
    """

    kind = "mistakes"
    _esm = module_source(kind)

    # Bytes instead of float32 make the page smaller: byte 0 stands for `low`, 255 for `high`.
    images = traitlets.Dict().tag(sync=True)
    indices: traitlets.List[int] = traitlets.List().tag(sync=True)
    labels: traitlets.List[int] = traitlets.List().tag(sync=True)
    probabilities = Array(axes=("mistakes", "classes"), none=True)
    doubted: traitlets.List[int] = traitlets.List().tag(sync=True)
    count = traitlets.Int(0).tag(sync=True)
    input_shape: traitlets.List[int] = traitlets.List().tag(sync=True)
    layers: traitlets.List[Any] = traitlets.List().tag(sync=True)
    pair = traitlets.Tuple(
        traitlets.Int(None, allow_none=True, min=0), traitlets.Int(None, allow_none=True, min=0)
    ).tag(sync=True)
    selected = traitlets.Int(None, allow_none=True).tag(sync=True)

    def __init__(
        self,
        network: Any,
        images: ArrayLike,
        labels: ArrayLike,
        *,
        doubted: Iterable[int] = (),
        **settings: Any,
    ) -> None:
        x, y = np.asarray(images), as_classes(labels)
        if x.ndim != 4 or x.shape[3] not in (1, 3) or len(x) != len(y):
            raise ValueError(
                "images must be (n, height, width, 1 or 3), as many as labels. "
                f"Received: shapes {x.shape} and {np.shape(labels)}."
            )
        p = probabilities(network, x, y)
        wrong = np.flatnonzero(p.argmax(axis=1) != y)
        order = wrong[np.argsort(-p[wrong].max(axis=1), kind="stable")]
        kept = order[:MOST]
        low, high = float(x.min()), float(x.max())
        shades = np.round((x[kept] - low) / ((high - low) or 1) * 255).astype(np.uint8)
        self._images = x[kept]
        try:
            input_shape, layers = describe(network)
        except ValueError:  # too large, or not one layer after the other
            input_shape, layers = [], []
        if layers and layers[-1].get("activation", "linear") == "linear":
            layers.append({"kind": "activation", "name": "softmax", "activation": "softmax"})
        unsure = {int(index) for index in doubted}
        super().__init__(
            images={"shape": shades.shape, "low": low, "high": high, "data": shades.tobytes()},
            indices=kept.tolist(),
            labels=y[kept].tolist(),
            probabilities=p[kept] if len(kept) else None,
            doubted=[index for index in kept.tolist() if index in unsure],
            count=len(wrong),
            input_shape=input_shape,
            layers=layers,
            **{"pair": (None, None), "selected": int(kept[0]) if len(kept) else None} | settings,
        )

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> int | None:
        selected: int | None = proposal["value"]
        if selected not in self.indices and (selected is not None or self.indices):
            raise traitlets.TraitError(
                f"selected must be one of figure.indices, such as {self.indices[:3]}. "
                f"Received: {selected}."
            )
        return selected

    @traitlets.observe("pair")
    def _select_in_pair(self, _: object) -> None:
        if self.shown and self.selected not in self.shown:
            self.selected = self.shown[0]

    # What it shows, in Python.

    @property
    def predictions(self) -> list[int]:
        """What the images were read as, in the order of `indices`."""
        return [] if self.probabilities is None else self.probabilities.argmax(axis=1).tolist()

    @property
    def shown(self) -> list[int]:
        """Numbers of the images that `pair` leaves."""
        label, read = self.pair
        found = zip(self.indices, self.labels, self.predictions, strict=True)
        return [k for k, a, b in found if label in (None, a) and read in (None, b)]

    @property
    def selected_image(self) -> NDArray[Any]:
        """The image that is shown large, as it was given, `(height, width, channels)`.

        Raises:
            ValueError: If there is no mistake.
        """
        if self.selected is None:
            raise ValueError("There is no mistake to show.")
        image: NDArray[Any] = self._images[self.indices.index(self.selected)]
        return image

    def still(self) -> Picture:
        """Draw the first mistakes with labels, answers and how sure the network was."""
        if self.probabilities is None:
            return plots.confusion_matrix(np.zeros((2, 2)))
        first = slice(0, IN_PICTURE)
        doubted = [k for k, index in enumerate(self.indices[first]) if index in self.doubted]
        return plots.mistakes(
            self._images[first].mean(axis=-1),
            self.labels[first],
            self.predictions[first],
            self.probabilities[first].max(axis=1),
            marked=doubted,
        )
