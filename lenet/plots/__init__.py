"""Pictures for the book: matplotlib that draws the arrays it is given and computes nothing else.

Every function returns a `Picture`, a matplotlib `Figure` that shows itself once when it is the last
expression of a cell: sharp, as wide as the text, with a description for those who cannot see it.
Its axes go from left to right and from top to bottom. Pyplot is never involved and no global
setting changes.

What is where:
    arrays: Values as they are: `images`, `pixels`, `channels`, `filters`, `maps`.
    windows: What slides over them: `convolution_step`, `sliding`, `pooling`, `receptive_field`,
        `reading`.
    networks: Whole networks: `volume`, `architecture`, `activations`.
    charts: Lines and bars: `functions`, `curves`, `history`, `shares`, `paths`.
    results: What a network answers: `probabilities`, `confusion_matrix`, `mistakes`.
    drawing: What all of them share: the colours, `Picture`, and small helpers that place, draw,
        describe and check.

Example:
    >>> import numpy as np
    >>> from lenet import plots
    >>> plots.images(np.zeros((3, 28, 28)), ["7", "2", "1"])
    <Picture: 3 images of 28×28 pixels: 7, 2, 1.>
"""

from lenet.plots.arrays import channels, filters, images, maps, pixels
from lenet.plots.charts import curves, functions, history, paths, shares
from lenet.plots.drawing import COLORS, GRAY, LAYER_COLORS, SIGNED, WIDTH, Picture
from lenet.plots.networks import activations, architecture, volume
from lenet.plots.results import confusion_matrix, mistakes, probabilities
from lenet.plots.windows import convolution_step, pooling, reading, receptive_field, sliding

__all__ = [
    "COLORS",
    "GRAY",
    "LAYER_COLORS",
    "SIGNED",
    "WIDTH",
    "Picture",
    "activations",
    "architecture",
    "channels",
    "confusion_matrix",
    "convolution_step",
    "curves",
    "filters",
    "functions",
    "history",
    "images",
    "maps",
    "mistakes",
    "paths",
    "pixels",
    "pooling",
    "probabilities",
    "reading",
    "receptive_field",
    "shares",
    "sliding",
    "volume",
]
