"""Convolutional neural networks you can see into: the package behind the book.

The names below load on first use, so that `import lenet` is quick and does not load TensorFlow.

Example:
    >>> import lenet
    >>> (x_train, y_train), (x_test, y_test) = lenet.load_mnist()
    >>> x_train.shape, lenet.prepare(x_test).shape
    ((60000, 28, 28), (10000, 28, 28, 1))
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lenet import data, functional, layers, network, plots, shapes, widgets
    from lenet.data import from_picture, load_mnist, prepare
    from lenet.keras_models import build_lenet5, build_lenet5_1998
    from lenet.training import evaluate, pretrained, train

__version__ = "0.1.0"

__all__ = [
    "build_lenet5",
    "build_lenet5_1998",
    "data",
    "evaluate",
    "from_picture",
    "functional",
    "layers",
    "load_mnist",
    "network",
    "plots",
    "prepare",
    "pretrained",
    "shapes",
    "train",
    "widgets",
]

_HOME = {
    "build_lenet5": "keras_models",
    "build_lenet5_1998": "keras_models",
    "evaluate": "training",
    "from_picture": "data",
    "load_mnist": "data",
    "prepare": "data",
    "pretrained": "training",
    "train": "training",
}


def __getattr__(name: str) -> object:
    """Import what is asked for when it is asked for (PEP 562)."""
    if name in _HOME:
        return getattr(import_module(f"lenet.{_HOME[name]}"), name)
    if name in __all__:
        return import_module(f"lenet.{name}")
    raise AttributeError(f"module 'lenet' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
