"""Figures that compute where they are seen: in Jupyter with Python, on a page without.

Each figure is a Python class, whose traits are its state, beside an ES module of the same name that
draws it. What is where:
    channels: `Channels`, a colour picture is three channels, which a filter reads at once.
    convolution: `Convolution`, a kernel slides over an image.
    explorer: `Explorer`, a panel that looks into any Keras model.
    figure: `Figure`, what all of them share in Python; `figure.js` and `figure.css` likewise.
    lenet: `LeNet`, draw a digit and watch every layer of a network answer.
    mistakes: `Mistakes`, what a network reads wrong, one by one.
    pooling: `Pooling`, what each window keeps, and what a shift changes.
    receptive_field: `ReceptiveField`, how far a unit of stacked layers sees.
    softmax: `Softmax`, scores become probabilities.
    training: `Training`, a training to watch and to replay.
    networks: what a small network is, for the front ends; `network_view.js` shows it.
    numerics.js: the arithmetic of the network, without a page.
    page.js: brings the figures of a built page to life.

Example:
    >>> import numpy as np
    >>> from lenet import widgets
    >>> figure = widgets.Convolution(image=np.ones((6, 6)), kernel=np.ones((3, 3)))
    >>> figure.activation_map.shape
    (4, 4)
"""

from lenet.widgets.channels import Channels
from lenet.widgets.convolution import Convolution
from lenet.widgets.explorer import Explorer
from lenet.widgets.lenet import LeNet
from lenet.widgets.mistakes import Mistakes
from lenet.widgets.pooling import Pooling
from lenet.widgets.receptive_field import ReceptiveField
from lenet.widgets.softmax import Softmax
from lenet.widgets.training import Training

__all__ = [
    "Channels",
    "Convolution",
    "Explorer",
    "LeNet",
    "Mistakes",
    "Pooling",
    "ReceptiveField",
    "Softmax",
    "Training",
]
