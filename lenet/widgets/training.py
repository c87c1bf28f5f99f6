"""A training to watch while it runs and to replay: curves, filters and confusions by epoch."""

import time
from math import isfinite
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from lenet import plots
from lenet.plots import Picture
from lenet.widgets.figure import Array, Figure, module_source
from lenet.widgets.networks import as_classes, probabilities

MOST_FILTERS = 16
PAUSE = 0.5
"""Seconds between two signs of life within an epoch."""


class Training(Figure):
    """Watch a Keras model learn, and replay it: give the figure to `fit` as a callback.

    It looks at the model before the training and after each epoch. `fit` again with the same
    model goes on where the curves end; with another model the figure starts anew.

    Args:
        images: Images that the model does not train on, `(n, …)` as the model takes them.
        labels: Their classes, `(n,)`, or one-hot, `(n, classes)`; up to 20 classes.

    Attributes:
        epoch: The epoch that is shown; 0 is before the training.
        history: A number for each epoch under each name that Keras reports, such as `"loss"`.
        kernels: Before the training and after each epoch, the kernel of the first convolution,
            `(kernel_height, kernel_width, in_channels, filters)`. Empty for a model without one.
        probabilities: Likewise, what the model says about the images, `(n, classes)`.

    Raises:
        ValueError: If images and labels do not fit together, or there are too many classes.
        traitlets.TraitError: If `epoch` is set to one that has not been.

    Example:
        >>> figure = Training(np.zeros((3, 28, 28, 1)), [7, 2, 1])
        >>> model.fit(x, y, epochs=20, callbacks=[figure])  # doctest: +SKIP
        >>> figure.epoch, figure.history
        (0, {})
    """

    kind = "training"
    _esm = module_source(kind)

    history = traitlets.Dict().tag(sync=True)
    filters = Array(axes=("epochs", "height", "width", "filters"), none=True)
    confusions = Array(axes=("epochs", "classes", "classes"), none=True)
    epoch = traitlets.Int(0, min=0).tag(sync=True)
    epochs = traitlets.Int(0).tag(sync=True)  # how many there will be
    progress = traitlets.Float(0.0).tag(sync=True)  # within the epoch; 0 when nothing runs

    # Keras may call callbacks from other threads if all of them allow it, which is faster.
    async_safe = True

    def __init__(self, images: ArrayLike, labels: ArrayLike, **settings: Any) -> None:
        self._images, self._labels = np.asarray(images), as_classes(labels)
        if self._images.ndim < 2 or len(self._images) != len(self._labels):
            raise ValueError(
                "images and labels must be as many. "
                f"Received: shapes {self._images.shape} and {np.shape(labels)}."
            )
        self._model: Any = None
        self._start()
        super().__init__(**settings)

    def _start(self) -> None:
        self.kernels: list[NDArray[Any]] = []
        self.probabilities: list[NDArray[np.float32]] = []

    @traitlets.validate("epoch")
    def _check_epoch(self, proposal: Any) -> int:
        epoch: int = proposal["value"]
        last = max(0, len(self.probabilities) - 1)
        if epoch > last:
            raise traitlets.TraitError(
                f"epoch must be a whole number from 0 to {last}. Received: {epoch}."
            )
        return epoch

    # What it shows, in Python.

    @property
    def confusion(self) -> NDArray[np.int64] | None:
        """How often class `row` was taken for class `column` at the epoch shown."""
        return None if self.confusions is None else self.confusions[self.epoch].astype(np.int64)

    @property
    def kernel(self) -> NDArray[Any] | None:
        """The kernel of the first convolution at the epoch shown."""
        return self.kernels[self.epoch] if self.kernels else None

    def still(self) -> Picture:
        """Draw the curves; before there are any, what is confused."""
        if {"loss", "accuracy"} <= self.history.keys():
            try:
                return plots.history(self.history)
            except ValueError:  # some epochs have no number
                pass
        nothing = np.zeros((10, 10)) if self.confusion is None else self.confusion
        return plots.confusion_matrix(nothing)

    # What Keras calls. It asks a callback for methods, not for its class, so that a figure can be
    # one without importing Keras.

    def set_params(self, params: dict[str, Any]) -> None:
        """Note how many epochs and steps there will be."""
        self._params = params

    def set_model(self, model: Any) -> None:
        """Note which model is trained; another one than before begins a new replay."""
        if model is not self._model:
            self._model = model
            self._start()

    def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002
        """Look at the model before the first epoch."""
        if not self.probabilities:
            self._look({})

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Say how many epochs there will be, those of earlier trainings included."""
        self.epochs = len(self.probabilities) - 1 + self._params["epochs"] - epoch
        self._told = time.monotonic()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Give a sign of life now and then."""
        if time.monotonic() - self._told > PAUSE and self._params["steps"]:
            self._told = time.monotonic()
            self.progress = batch / self._params["steps"]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Look at the model, and show what is new."""
        self._look(logs or {})

    def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
        """Show that it is over, if it ended early too."""
        self.epochs, self.progress = len(self.probabilities) - 1, 0.0

    def _ignore(self, *_: Any, **__: Any) -> None:
        """Do nothing."""

    on_batch_begin = on_batch_end = on_train_batch_end = _ignore
    on_test_begin = on_test_batch_begin = on_test_batch_end = on_test_end = _ignore
    on_predict_begin = on_predict_batch_begin = on_predict_batch_end = on_predict_end = _ignore

    def _look(self, logs: dict[str, Any]) -> None:
        """Keep what the model is now, and what Keras said about the epoch."""
        p = probabilities(self._model, self._images, self._labels)
        classes = p.shape[1]
        confusion = np.zeros((1, classes, classes), np.float32)
        np.add.at(confusion[0], (self._labels, p.argmax(axis=1)), 1)
        kernel = first_kernel(self._model)
        first = not self.probabilities
        self.probabilities.append(p)
        done = len(self.probabilities) - 1
        history = {} if first else {name: list(values) for name, values in self.history.items()}
        for name in [*logs, *(history.keys() - logs.keys())]:
            value = float(logs.get(name, np.nan))
            values = history.setdefault(name, [None] * (done - 1))
            values.append(value if isfinite(value) else None)
        with self.hold_sync():  # one message, so that the page never sees half of it
            if first:
                self.epoch, self.filters = 0, None
            self.history = history
            self.confusions = confusion if first else np.concatenate([self.confusions, confusion])
            if kernel is not None:
                self.kernels.append(kernel)
                # Of several input channels the mean: what the filter makes of a grey image.
                shown = kernel.mean(axis=2)[None, :, :, :MOST_FILTERS]
                self.filters = shown if first else np.concatenate([self.filters, shown])
            self.progress = 0.0
            self.epoch = done


def first_kernel(model: Any) -> NDArray[Any] | None:
    """Copy the kernel of the first convolution over images, if there is one."""
    for layer in model.layers:
        kernel = getattr(layer, "kernel", None)
        if kernel is not None and len(kernel.shape) == 4:
            return np.array(layer.get_weights()[0])
        if hasattr(layer, "layers") and (inner := first_kernel(layer)) is not None:
            return inner
    return None
