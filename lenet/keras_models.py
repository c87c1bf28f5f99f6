"""LeNet-5 in Keras: the book's network, line by line.

This module and `lenet.training` are the only ones that import Keras.
"""

import keras
import numpy as np
from numpy.typing import NDArray

Weights = dict[str, NDArray[np.float32]]


def build_lenet5(
    activation: str = "relu", pooling: str = "max", seed: int | None = None
) -> keras.Model:
    """Build the book's LeNet-5, untrained: 61,706 parameters.

    Args:
        activation: The non-linearity after C1, C3, C5 and F6, by its Keras name: `"relu"`,
            `"tanh"`, `"sigmoid"`, ….
        pooling: `"max"` or `"average"`.
        seed: Where the random starting weights come from. A number makes them the same every time;
            it goes to `keras.utils.set_random_seed`, so it seeds Python and NumPy as well.

    Returns:
        A model from images `(batch, 28, 28, 1)` in [0, 1] to probabilities `(batch, 10)`.

    Raises:
        ValueError: If the pooling or the activation is unknown.

    Example:
        >>> model = build_lenet5(seed=0)
        >>> [layer.name for layer in model.layers]
        ['c1', 's2', 'c3', 's4', 'c5', 'flatten', 'f6', 'output']
        >>> model.count_params()
        61706

    Source: LeCun et al. (1998), section II.B, with today's choices: ReLU, max pooling, C3 joined to
    all maps of S2, a softmax output.
    """
    if pooling not in ("max", "average"):
        raise ValueError(f'pooling must be "max" or "average". Received: {pooling!r}.')
    if seed is not None:
        keras.utils.set_random_seed(seed)
    pool = keras.layers.MaxPooling2D if pooling == "max" else keras.layers.AveragePooling2D
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(6, 5, padding="same", activation=activation, name="c1"),
            pool(2, name="s2"),
            keras.layers.Conv2D(16, 5, activation=activation, name="c3"),
            pool(2, name="s4"),
            keras.layers.Conv2D(120, 5, activation=activation, name="c5"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(84, activation=activation, name="f6"),
            keras.layers.Dense(10, activation="softmax", name="output"),
        ],
        name="lenet5",
    )


def get_weights(model: keras.Model) -> Weights:
    """Copy a model's weights into a dictionary of arrays.

    Args:
        model: Any Keras model that has been built.

    Returns:
        One array a weight, under `"layer/weight"`: `"c1/kernel"`, `"c1/bias"`, ….

    Example:
        >>> get_weights(build_lenet5())["c1/kernel"].shape
        (5, 5, 1, 6)
    """
    return {
        f"{layer.name}/{weight.name}": keras.ops.convert_to_numpy(weight)
        for layer in model.layers
        for weight in layer.weights
    }


def set_weights(model: keras.Model, weights: Weights) -> None:
    """Copy a dictionary of arrays into a model's weights.

    Args:
        model: A Keras model that has been built.
        weights: What `get_weights` returns, or `lenet.data.load_weights`.

    Raises:
        ValueError: If a weight is missing, is unknown to the model or has another shape. The model
            then keeps all its own.

    Example:
        >>> one, other = build_lenet5(seed=1), build_lenet5(seed=2)
        >>> set_weights(other, get_weights(one))
        >>> bool((get_weights(other)["f6/kernel"] == get_weights(one)["f6/kernel"]).all())
        True
    """
    variables = {
        f"{layer.name}/{weight.name}": weight for layer in model.layers for weight in layer.weights
    }
    if weights.keys() != variables.keys():
        raise ValueError(
            f"weights must be named {', '.join(variables)}. "
            f"Received: {', '.join(weights) or 'none'}."
        )
    for name, variable in variables.items():
        shape = np.shape(weights[name])
        if shape != tuple(variable.shape):
            raise ValueError(
                f"{name} must have shape {tuple(variable.shape)}. Received: shape {shape}."
            )
    for name, variable in variables.items():
        variable.assign(weights[name])
