"""A network is a list of layers: forward through all, backward through all, a step downhill.

Example:
    >>> import numpy as np
    >>> network = lenet5(seed=0)
    >>> probabilities = network.forward(np.zeros((3, 28, 28, 1), np.float32))
    >>> probabilities.shape
    (3, 10)
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

import lenet.functional as F  # noqa: N812
from lenet.functional import Array
from lenet.layers import Conv2D, Dense, Flatten, Layer, MaxPool2D
from lenet.shapes import Shape, names

Arrays = dict[str, Array]
History = dict[str, list[float]]


class Optimizer(Protocol):
    """What `Sequential.fit` asks of an optimizer."""

    def step(self, parameters: Arrays, gradients: Arrays) -> None:
        """Change the parameters in place, given their gradients under the same names."""


class SGD:
    """Stochastic gradient descent: `v ← momentum · v − learning_rate · gradient`, `w ← w + v`.

    Args:
        learning_rate: How far to go along the gradient.
        momentum: How much of the last step is kept, 0 (none) to less than 1.

    Example:
        >>> w = {"w": np.array([1.0])}
        >>> SGD(learning_rate=0.1).step(w, {"w": np.array([2.0])})
        >>> w["w"]
        array([0.8])
    """

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.0) -> None:
        self.learning_rate, self.momentum = learning_rate, momentum
        self._velocity: Arrays = {}

    def step(self, parameters: Arrays, gradients: Arrays) -> None:
        """Change the parameters in place."""
        for name, w in parameters.items():
            v = self._velocity.get(name, np.zeros_like(w))
            v = self._velocity[name] = self.momentum * v - self.learning_rate * gradients[name]
            w += v


class Adam:
    """Steps of about `learning_rate` in every weight, whatever the size of its gradient.

    `m` follows the gradient and `v` its square; both start at zero, which the step corrects.

    Args:
        learning_rate: The size of a step.
        beta_1: How slowly `m` follows.
        beta_2: How slowly `v` follows.
        epsilon: Keeps the division away from zero.

    Example:
        >>> w = {"w": np.array([1.0])}
        >>> Adam(learning_rate=0.1).step(w, {"w": np.array([2.0])})
        >>> w["w"].round(6)
        array([0.9])

    Source: Kingma and Ba (2014), the variant at the end of section 2, as in Keras.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
    ) -> None:
        self.learning_rate, self.epsilon = learning_rate, epsilon
        self.beta_1, self.beta_2 = beta_1, beta_2
        self._m: Arrays = {}
        self._v: Arrays = {}
        self._t = 0

    def step(self, parameters: Arrays, gradients: Arrays) -> None:
        """Change the parameters in place."""
        self._t += 1
        correction = (1 - self.beta_2**self._t) ** 0.5 / (1 - self.beta_1**self._t)
        for name, w in parameters.items():
            g = gradients[name]
            m = self._m.setdefault(name, np.zeros_like(w))
            v = self._v.setdefault(name, np.zeros_like(w))
            m += (1 - self.beta_1) * (g - m)
            v += (1 - self.beta_2) * (g * g - v)
            w -= self.learning_rate * correction * m / (np.sqrt(v) + self.epsilon)


class Sequential:
    """Layers, one after the other.

    Args:
        layers: First to last.
        input_shape: Of one example, `(height, width, channels)` or `(features,)`.
        seed: For the weights that it starts from.

    Raises:
        ValueError: If a layer cannot take what the one before it gives, or two have one name.

    Example:
        >>> network = Sequential([Flatten(), Dense(10, "softmax", name="output")], (28, 28, 1))
        >>> [f"{name} {w.shape}" for name, w in network.get_weights().items()]
        ['output/kernel (784, 10)', 'output/bias (10,)']
    """

    def __init__(self, layers: Sequence[Layer], input_shape: Shape, seed: int = 0) -> None:
        if not layers:
            raise ValueError("layers must not be empty. Received: [].")
        self.layers = dict(zip(names(layers), layers, strict=True))
        if len(self.layers) < len(layers):
            raise ValueError(f"layers must have different names. Received: {names(layers)}.")
        self.input_shape = shape = tuple(input_shape)
        rng = np.random.default_rng(seed)
        for name, layer in self.layers.items():
            try:
                shape = layer.build(shape, rng)
            except ValueError as error:
                raise ValueError(f"Layer {name}: {error}") from None
        self.output_shape = shape

    # Forward and backward.

    def forward(self, x: ArrayLike) -> Array:
        """Send a batch through all layers.

        Args:
            x: `(batch, *input_shape)`.

        Returns:
            The last layer's output, `(batch, *output_shape)`.

        Raises:
            ValueError: If `x` has another shape.
        """
        *_, y = self.activations(x).values()
        return y

    def activations(self, x: ArrayLike) -> Arrays:
        """Send a batch through all layers and keep what each gives, after its non-linearity.

        Args:
            x: `(batch, *input_shape)`.

        Returns:
            The output of each layer, by name, first to last.

        Raises:
            ValueError: If `x` has another shape.
        """
        y = self._check_x(x)
        outputs = {}
        for name, layer in self.layers.items():
            y = outputs[name] = layer.forward(y)
        return outputs

    def backward(self, dy: Array) -> Array:
        """Send the gradient of the last output back through all layers, last to first.

        Args:
            dy: Gradient with respect to what `forward` gave.

        Returns:
            Gradient with respect to what `forward` was given.
        """
        for layer in reversed(self.layers.values()):
            dy = layer.backward(dy)
        return dy

    def _backward_from_logits(self, dlogits: Array) -> None:
        """Go backward from before the softmax, whose gradient with the loss is only `p − y`."""
        last, *others = reversed(self.layers.values())
        dy = last.backward_transform(dlogits)
        for layer in others:
            dy = layer.backward(dy)

    # Parameters.

    @property
    def parameters(self) -> Arrays:
        """Every parameter, as `"layer/parameter"`: the arrays themselves, not copies."""
        return {
            f"{name}/{key}": value
            for name, layer in self.layers.items()
            for key, value in layer.parameters.items()
        }

    @property
    def gradients(self) -> Arrays:
        """The gradient of every parameter, from the last `backward`."""
        return {
            f"{name}/{key}": value
            for name, layer in self.layers.items()
            for key, value in layer.gradients.items()
        }

    def get_weights(self) -> Arrays:
        """Copy every parameter, under names like `"c1/kernel"`."""
        return {name: value.copy() for name, value in self.parameters.items()}

    def set_weights(self, weights: Mapping[str, ArrayLike]) -> None:
        """Replace every parameter; float64 arrays make it a float64 network.

        Args:
            weights: What `get_weights` gives.

        Raises:
            ValueError: If a name is missing or unknown, a shape differs or a value is not finite.
        """
        parameters = self.parameters
        if set(weights) != set(parameters):
            raise ValueError(
                f"weights must be named {', '.join(parameters)}. "
                f"Received: {', '.join(weights) or 'none'}."
            )
        arrays = dict(zip(weights, F.floats(**weights), strict=True))
        for name, w in parameters.items():
            F.check_shape(arrays[name], name, w.shape)
        for name, array in arrays.items():
            layer, key = name.rsplit("/", 1)
            self.layers[layer].parameters[key] = array.copy()

    # Learning.

    def fit(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        epochs: int = 1,
        batch_size: int = 128,
        optimizer: Optimizer | None = None,
        validation_data: tuple[ArrayLike, ArrayLike] | None = None,
        shuffle: bool = True,
        seed: int = 0,
        verbose: int = 1,
    ) -> History:
        """Learn from examples: for every batch forward, backward, and a step of the optimizer.

        Args:
            x: Examples, `(n, *input_shape)`.
            y: Labels, integers `(n,)` or one-hot `(n, classes)`.
            epochs: How often to go through all examples.
            batch_size: Examples a step.
            optimizer: `SGD(…)`, `Adam(…)`; `Adam()` when not given.
            validation_data: `(x, y)` to evaluate on after every epoch.
            shuffle: Take the examples in a new order in every epoch.
            seed: For these orders.
            verbose: 0 for silence, 1 for progress (within an epoch on a terminal only), 2 for a
                line an epoch.

        Returns:
            A number an epoch for each of `"loss"` and `"accuracy"` (means over the batches, while
            the weights change), and with validation data `"val_loss"` and `"val_accuracy"`.

        Raises:
            ValueError: If the network does not end in softmax, or `x` and `y` do not fit it or
                each other.
        """
        x, labels = self._check_examples(x, y)
        if epochs < 1:
            raise ValueError(f"epochs must be 1 or more. Received: {epochs}.")
        optimizer = Adam() if optimizer is None else optimizer
        rng = np.random.default_rng(seed)
        history: History = {}
        for epoch in range(1, epochs + 1):
            start = time.perf_counter()
            order = rng.permutation(len(x)) if shuffle else np.arange(len(x))
            loss, correct, seen = 0.0, 0, 0
            for batch in _batches(len(x), batch_size):
                batch_x, batch_y = x[order[batch]], labels[order[batch]]
                p = self.forward(batch_x)
                self._backward_from_logits(F.softmax_cross_entropy_backward(p, batch_y))
                optimizer.step(self.parameters, self.gradients)
                seen += len(p)
                loss += F.cross_entropy(p, batch_y) * len(p)
                correct += int(np.count_nonzero(p.argmax(1) == batch_y.argmax(1)))
                if verbose == 1 and sys.stdout.isatty():
                    line = f"Epoch {epoch}/{epochs}  {seen}/{len(x)}  loss {loss / seen:.4f}"
                    print(f"\r{line}", end="", flush=True)
            results = {"loss": loss / seen, "accuracy": correct / seen}
            if validation_data is not None:
                val_loss, val_accuracy = self.evaluate(*validation_data)
                results |= {"val_loss": val_loss, "val_accuracy": val_accuracy}
            for name, value in results.items():
                history.setdefault(name, []).append(value)
            if verbose:
                summary = "  ".join(f"{name} {value:.4f}" for name, value in results.items())
                again = "\r\033[K" if verbose == 1 and sys.stdout.isatty() else ""
                seconds = time.perf_counter() - start
                print(f"{again}Epoch {epoch}/{epochs}  {seconds:.0f} s  {summary}", flush=True)
        return history

    def predict(self, x: ArrayLike, batch_size: int = 256) -> Array:
        """Send many examples forward, a batch at a time.

        Args:
            x: `(n, *input_shape)`.
            batch_size: How many at a time: more need more memory.

        Returns:
            The last layer's outputs, `(n, *output_shape)`.

        Raises:
            ValueError: If `x` has another shape or is empty.
        """
        x = self._check_x(x)
        return np.concatenate([self.forward(x[batch]) for batch in _batches(len(x), batch_size)])

    def evaluate(self, x: ArrayLike, y: ArrayLike, batch_size: int = 256) -> tuple[float, float]:
        """Measure the mean loss and the share of right answers.

        Args:
            x: Examples, `(n, *input_shape)`.
            y: Labels, integers `(n,)` or one-hot `(n, classes)`.
            batch_size: How many at a time.

        Returns:
            `(loss, accuracy)`.

        Raises:
            ValueError: If `x` and `y` do not fit the network or each other.
        """
        x, labels = self._check_examples(x, y)
        p = self.predict(x, batch_size)
        return F.cross_entropy(p, labels), float(np.mean(p.argmax(1) == labels.argmax(1)))

    def _check_x(self, x: ArrayLike) -> Array:
        x = np.asarray(x)
        if x.ndim == 0 or x.shape[1:] != self.input_shape or len(x) == 0:
            expected = ", ".join(["batch", *map(str, self.input_shape)])
            raise ValueError(f"x must have shape ({expected}). Received: shape {x.shape}.")
        return x

    def _check_examples(self, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
        """Return `x` and the labels of `y` as one-hot rows."""
        activation = list(self.layers.values())[-1].activation
        if activation != "softmax":
            raise ValueError(
                'The last layer must have activation "softmax" to be compared with y. '
                f"Received: {activation!r}."
            )
        x, y = self._check_x(x), np.asarray(y)
        labels = F.one_hot(y, self.output_shape[-1]) if y.ndim == 1 else y
        F.check_shape(labels, "y", (len(x), *self.output_shape))
        return x, labels


def _batches(n: int, batch_size: int) -> Iterator[slice]:
    """Cut `n` examples into slices; the last may be shorter."""
    if batch_size < 1:
        raise ValueError(f"batch_size must be 1 or more. Received: {batch_size}.")
    for start in range(0, n, batch_size):
        yield slice(start, min(start + batch_size, n))


def lenet5(weights: str | Mapping[str, ArrayLike] | None = None, seed: int = 0) -> Sequential:
    """Build the book's LeNet-5: 61,706 parameters, the same network as `lenet.build_lenet5()`.

    Args:
        weights: None to start from random ones (Glorot uniform), `"pretrained"` for those that come
            with the book, or a dictionary of arrays as `Sequential.get_weights` gives.
        seed: For the random ones.

    Returns:
        A network from images `(batch, 28, 28, 1)` in [0, 1] to probabilities `(batch, 10)`.

    Raises:
        ValueError: If `weights` is something else or does not fit.

    Example:
        >>> sum(w.size for w in lenet5().parameters.values())
        61706

    Source: LeCun et al. (1998), section II.B, with today's choices: ReLU, max pooling, C3 joined to
    all maps of S2, a softmax output.
    """
    network = Sequential(
        [
            Conv2D(6, 5, padding="same", activation="relu", name="c1"),
            MaxPool2D(2, name="s2"),
            Conv2D(16, 5, activation="relu", name="c3"),
            MaxPool2D(2, name="s4"),
            Conv2D(120, 5, activation="relu", name="c5"),
            Flatten(name="flatten"),
            Dense(84, activation="relu", name="f6"),
            Dense(10, activation="softmax", name="output"),
        ],
        input_shape=(28, 28, 1),
        seed=seed,
    )
    if weights == "pretrained":
        from lenet.data import load_weights  # here, because only this choice needs it

        network.set_weights(load_weights())
    elif isinstance(weights, Mapping):
        network.set_weights(weights)
    elif weights is not None:
        raise ValueError(
            f'weights must be None, "pretrained" or a dictionary of arrays. Received: {weights!r}.'
        )
    return network
