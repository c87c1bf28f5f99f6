"""Scores become probabilities: exponentials, their sum, the loss, and its gradient."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

import lenet.functional as F  # noqa: N812
from lenet.plots import Picture
from lenet.plots.drawing import (
    BLUE,
    FAINT,
    INK,
    QUIET,
    VERMILLION,
    add_axes,
    block,
    number,
    styled,
    write,
)
from lenet.widgets.figure import Array, Figure, module_source

MOST_CLASSES, LARGEST_LOGIT = 10, 1000


class Softmax(Figure):
    """Move scores and a temperature, and see the probabilities, the loss and its gradient.

    Args:
        logits: `(classes,)`, the score of each of 2 to 10 classes, -1000 to 1000.
        classes: Their names; numbers from 0 when not given.
        temperature: What the logits are divided by, 0.1 to 5.
        label: The right class, as an index.

    Raises:
        traitlets.TraitError: If a value is none of these, now or later; it says which and why.

    Example:
        >>> figure = Softmax([2, 1, -1], label=1)
        >>> figure.probabilities.round(3), round(figure.loss, 3)
        (array([0.705, 0.259, 0.035], dtype=float32), 1.349)
        >>> figure.gradient.round(3)
        array([ 0.705, -0.741,  0.035], dtype=float32)
    """

    kind = "softmax"
    _esm = module_source(kind)

    logits = Array(axes=("classes",))
    classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    temperature = traitlets.Float(1.0, min=0.1, max=5.0).tag(sync=True)
    label = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        logits: ArrayLike | None = None,
        classes: Sequence[str] | None = None,
        **settings: Any,
    ) -> None:
        if logits is None:
            logits, classes = [2, 1, -1], classes or ["cat", "dog", "bird"]
        if classes is None:
            classes = [str(k) for k in range(np.size(logits))]
        super().__init__(logits=logits, classes=list(classes), **settings)

    @traitlets.validate("logits")
    def _check_logits(self, proposal: Any) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = proposal["value"]
        if len(logits) != len(self.classes):
            raise traitlets.TraitError(
                f"logits must be {len(self.classes)} numbers, one for each class. "
                f"Received: {len(logits)}."
            )
        if abs(logits).max() > LARGEST_LOGIT:
            raise traitlets.TraitError(
                f"logits must lie in -{LARGEST_LOGIT} to {LARGEST_LOGIT}. "
                f"Received: {logits.min():g} to {logits.max():g}."
            )
        return logits

    @traitlets.validate("classes")
    def _check_classes(self, proposal: Any) -> list[str]:
        classes: list[str] = proposal["value"]
        if not 2 <= len(classes) <= MOST_CLASSES or len(set(classes)) < len(classes):
            raise traitlets.TraitError(
                f"classes must be 2 to {MOST_CLASSES} different names. Received: {classes}."
            )
        return classes

    @traitlets.validate("label")
    def _check_label(self, proposal: Any) -> int:
        label: int = proposal["value"]
        if not 0 <= label < len(self.classes):
            raise traitlets.TraitError(
                f"label must be the index of a class, 0 to {len(self.classes) - 1}. "
                f"Received: {label}."
            )
        return label

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Softmax of the logits divided by the temperature, `(classes,)`."""
        p: NDArray[np.float32] = F.softmax(self.logits / np.float32(self.temperature))
        return p

    @property
    def loss(self) -> float:
        """`−log p` of the label, from the logits: exact for a probability of 1e-500 too."""
        z = self.logits.astype(float) / self.temperature
        return float(np.log(np.exp(z - z.max()).sum()) + z.max() - z[self.label])

    @property
    def gradient(self) -> NDArray[np.float32]:
        """The gradient of the loss with respect to the logits: `(p − y) / T`, `(classes,)`.

        The figure draws `p − y`; at a temperature of 1 that is the same.
        """
        y = np.arange(len(self.classes)) == self.label
        gradient: NDArray[np.float32] = (self.probabilities - y) / np.float32(self.temperature)
        return gradient

    @styled
    def still(self) -> Picture:
        """Draw the bars, a row for each class."""
        p, right = self.probabilities, self.classes[self.label]
        told = ", ".join(f"{name} {value:.3f}" for name, value in zip(self.classes, p, strict=True))
        picture = Picture(
            0.75 + 0.3 * len(p),
            f"Softmax of {len(p)} logits at temperature {self.temperature:g}: {told}. "
            f"The label is {right}, the loss {self.loss:.3f}.",
        )
        for x, head in ((0.1, "class"), (1.7, "logit"), (3.2, "probability p"), (5.6, "p − y")):
            write(picture, x, 0.1, head, color=QUIET, ha="left" if x < 1 else "center")
        axes = add_axes(picture, 0, 0.25, 7, 0.3 * len(p))
        axes.set(xlim=(0, 7), ylim=(0.3 * len(p), 0))
        for k, name in enumerate(self.classes):
            y, error = 0.3 * k + 0.15, float(p[k]) - (k == self.label)
            mark = " (label)" if k == self.label else ""
            at: dict[str, Any] = {"va": "center_baseline", "color": INK}
            axes.text(0.1, y, f"{name:.14}{mark}", **at)
            axes.text(1.9, y, number(float(self.logits[k]), ".2f"), ha="right", **at)
            block(axes, 2.3, y - 0.09, 1.8, 0.18, FAINT, "none", alpha=0.4)
            block(axes, 2.3, y - 0.09, 1.8 * float(p[k]), 0.18, QUIET, "none")
            axes.text(4.65, y, f"{p[k]:.3f}", ha="right", **at)
            color = BLUE if error < 0 else VERMILLION
            block(axes, 5.6, y - 0.09, 0.65 * error, 0.18, color, "none")
            axes.text(6.8, y, number(error, ".3f"), ha="right", **at)
        axes.plot([5.6, 5.6], [0, 0.3 * len(p)], color=QUIET, linewidth=0.8)
        total = f"T = {self.temperature:g},  loss = −ln p({right}) = {self.loss:.3f}"
        write(picture, 0.1, 0.5 + 0.3 * len(p), total, ha="left", size=11)
        return picture
