"""Layers: each holds its parameters and leaves the mathematics to `lenet.functional`.

A layer is built once it knows the shape of its input, goes forward, and remembers what it saw; then
it goes backward, and leaves the gradients of its parameters in `gradients`.

Example:
    >>> import numpy as np
    >>> layer = Conv2D(6, 5, padding="same", activation="relu")
    >>> layer.build((28, 28, 1), np.random.default_rng(0))
    (28, 28, 6)
    >>> y = layer.forward(np.ones((2, 28, 28, 1), np.float32))
    >>> dx = layer.backward(np.ones_like(y))
    >>> dx.shape, layer.gradients["kernel"].shape
    ((2, 28, 28, 1), (5, 5, 1, 6))
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

import lenet.functional as F  # noqa: N812  # the name that everybody gives it
from lenet import shapes
from lenet.functional import Array
from lenet.shapes import Padding, Shape, Size

ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array, Array], Array]]] = {
    "relu": (F.relu, F.relu_backward),
    "sigmoid": (F.sigmoid, F.sigmoid_backward),
    "tanh": (F.tanh, F.tanh_backward),
    "softmax": (F.softmax, F.softmax_backward),
}


class Layer(ABC):
    """A step of a network: a transform, `z = f(x)`, and then an activation, `y = g(z)`.

    Args:
        geometry: What `lenet.shapes` knows about the transform.
        activation: `"relu"`, `"sigmoid"`, `"tanh"`, `"softmax"`, or None.

    Attributes:
        parameters: What is learned, by name: `"kernel"` and `"bias"`, or nothing.
        gradients: The gradient of each parameter, after `backward`.

    Raises:
        ValueError: If the activation is not one of these.
    """

    def __init__(self, geometry: shapes.Layer, activation: str | None = None) -> None:
        if activation is not None and activation not in ACTIVATIONS:
            raise ValueError(
                f"activation must be one of {', '.join(ACTIVATIONS)}, or None. "
                f"Received: {activation!r}."
            )
        self.geometry = geometry
        self.name = geometry.name
        self.activation = activation
        self.parameters: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        self._seen: tuple[Array, Array] | None = None  # x and z of the last `forward`

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        """Make the parameters for inputs of this shape (without the batch); return the output's."""
        output_shape = self.geometry.output_shape(input_shape)  # or an error, before anything else
        self._make_parameters(input_shape, rng)
        return output_shape

    def forward(self, x: Array) -> Array:
        """Compute the output, and remember what `backward` needs."""
        z = self._transform(x)
        self._seen = x, z
        return z if self.activation is None else ACTIVATIONS[self.activation][0](z)

    def backward(self, dy: Array) -> Array:
        """Turn the gradient of the output into that of the input; fill `gradients` on the way."""
        _, z = self._remembered()
        dz = dy if self.activation is None else ACTIVATIONS[self.activation][1](dy, z)
        return self.backward_transform(dz)

    def backward_transform(self, dz: Array) -> Array:
        """Go backward from before the activation: from the gradient of `z` to that of `x`."""
        x, _ = self._remembered()
        return self._transform_backward(dz, x)

    def _remembered(self) -> tuple[Array, Array]:
        if self._seen is None:
            raise ValueError(f"Layer {self.name!r} must go forward before it can go backward.")
        return self._seen

    def _make_parameters(self, input_shape: Shape, rng: np.random.Generator) -> None:  # noqa: B027
        """Fill `parameters`; most layers have none."""

    @abstractmethod
    def _transform(self, x: Array) -> Array: ...

    @abstractmethod
    def _transform_backward(self, dz: Array, x: Array) -> Array: ...


def glorot_uniform(shape: Shape, rng: np.random.Generator) -> Array:
    """Draw weights between ±√(6 / (fan_in + fan_out)), so that signals keep their size.

    Args:
        shape: Of a kernel: inputs next to last, outputs last, and the window before them.
        rng: Where the numbers come from.

    Example:
        >>> kernel = glorot_uniform((5, 5, 1, 6), np.random.default_rng(0))
        >>> bool(abs(kernel).max() < np.sqrt(6 / (5 * 5 * 1 + 5 * 5 * 6)))
        True

    Source: Glorot and Bengio (2010), equation 16.
    """
    window = math.prod(shape[:-2])
    limit = math.sqrt(6 / (window * shape[-2] + window * shape[-1]))
    return rng.uniform(-limit, limit, shape).astype(np.float32)


class Conv2D(Layer):
    """A bank of filters, see `lenet.functional.conv2d`."""

    def __init__(
        self,
        filters: int,
        kernel_size: Size,
        strides: Size = 1,
        padding: Padding = "valid",
        activation: str | None = None,
        name: str = "",
    ) -> None:
        super().__init__(shapes.Conv2D(filters, kernel_size, strides, padding, name), activation)
        self.filters, self.strides, self.padding = filters, strides, padding
        self.kernel_size = shapes.pair(kernel_size, "kernel_size")

    def _make_parameters(self, input_shape: Shape, rng: np.random.Generator) -> None:
        kernel_shape = (*self.kernel_size, input_shape[-1], self.filters)
        self.parameters = {
            "kernel": glorot_uniform(kernel_shape, rng),
            "bias": np.zeros(self.filters, np.float32),
        }

    def _transform(self, x: Array) -> Array:
        return F.conv2d(x, **self.parameters, strides=self.strides, padding=self.padding)

    def _transform_backward(self, dz: Array, x: Array) -> Array:
        dx, dkernel, dbias = F.conv2d_backward(
            dz, x, self.parameters["kernel"], strides=self.strides, padding=self.padding
        )
        self.gradients = {"kernel": dkernel, "bias": dbias}
        return dx


class _Pool2D(Layer):
    def __init__(
        self,
        pool_size: Size = 2,
        strides: Size | None = None,
        padding: Padding = "valid",
        name: str = "",
    ) -> None:
        super().__init__(shapes.Pool2D(pool_size, strides, padding, name))
        self.pool_size, self.strides, self.padding = pool_size, strides, padding


class MaxPool2D(_Pool2D):
    """The largest value of every window, see `lenet.functional.max_pool2d`."""

    def _transform(self, x: Array) -> Array:
        return F.max_pool2d(x, self.pool_size, strides=self.strides, padding=self.padding)

    def _transform_backward(self, dz: Array, x: Array) -> Array:
        return F.max_pool2d_backward(
            dz, x, self.pool_size, strides=self.strides, padding=self.padding
        )


class AveragePool2D(_Pool2D):
    """The mean of every window, see `lenet.functional.avg_pool2d`."""

    def _transform(self, x: Array) -> Array:
        return F.avg_pool2d(x, self.pool_size, strides=self.strides, padding=self.padding)

    def _transform_backward(self, dz: Array, x: Array) -> Array:
        return F.avg_pool2d_backward(
            dz, x, self.pool_size, strides=self.strides, padding=self.padding
        )


class Flatten(Layer):
    """Every volume as one row of numbers: row by row, pixel by pixel, channel by channel."""

    def __init__(self, name: str = "") -> None:
        super().__init__(shapes.Flatten(name))

    def _transform(self, x: Array) -> Array:
        return x.reshape(len(x), -1)

    def _transform_backward(self, dz: Array, x: Array) -> Array:
        return dz.reshape(x.shape)


class Dense(Layer):
    """Every input connected to every unit, see `lenet.functional.dense`."""

    def __init__(self, units: int, activation: str | None = None, name: str = "") -> None:
        super().__init__(shapes.Dense(units, name), activation)
        self.units = units

    def _make_parameters(self, input_shape: Shape, rng: np.random.Generator) -> None:
        self.parameters = {
            "kernel": glorot_uniform((input_shape[0], self.units), rng),
            "bias": np.zeros(self.units, np.float32),
        }

    def _transform(self, x: Array) -> Array:
        return F.dense(x, **self.parameters)

    def _transform_backward(self, dz: Array, x: Array) -> Array:
        dx, dkernel, dbias = F.dense_backward(dz, x, self.parameters["kernel"])
        self.gradients = {"kernel": dkernel, "bias": dbias}
        return dx
