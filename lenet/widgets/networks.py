"""What a small network is, in the plain terms that a figure's front end computes with.

`describe` takes a Keras model, or a network of `lenet.network`, and gives the layers that
`sequential` in `numerics.js` takes. Neither library is imported before a network of it is there.
"""

from collections.abc import Iterator
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import lenet.functional as F  # noqa: N812
from lenet.widgets.figure import pack

MOST_WEIGHTS = 1_000_000
MOST_CLASSES = 20
ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", "softmax")
POOLS = {
    "MaxPooling2D": "max_pool2d",
    "AveragePooling2D": "avg_pool2d",
    "MaxPool2D": "max_pool2d",
    "AveragePool2D": "avg_pool2d",
}
SHOWN = "Conv2D, MaxPooling2D, AveragePooling2D, Flatten, Dense, Activation, ReLU, Softmax, Dropout"

Layer = dict[str, Any]


def describe(network: Any) -> tuple[list[int], list[Layer]]:
    """Describe a network whose layers follow one another.

    Args:
        network: A Keras model, `Sequential` or one that could be, of convolutions, pools, `Flatten`
            and dense layers with the activations linear, relu, sigmoid, tanh and softmax; or a
            `lenet.network.Sequential`. Layers that do nothing when a network is used (`Dropout`,
            the input) are left out.

    Returns:
        The shape of an image, and one dictionary a layer: `kind`, `name`, `activation`, and what
        the kind needs of `kernel`, `bias`, `pool_size`, `strides` and `padding`. Weights are
        float32, packed as traits of figures are.

    Raises:
        ValueError: If something in it cannot be shown; the message names the layer.

    Example:
        >>> from lenet.network import lenet5
        >>> input_shape, layers = describe(lenet5())
        >>> input_shape, [layer["kind"] for layer in layers][:3]
        ([28, 28, 1], ['conv2d', 'max_pool2d', 'conv2d'])
        >>> layers[0]["name"], layers[0]["kernel"]["shape"], layers[0]["padding"]
        ('c1', [5, 5, 1, 6], 'same')
    """
    if isinstance(getattr(network, "layers", None), dict):
        input_shape, layers = network.input_shape, list(_describe_ours(network))
    elif hasattr(network, "layers") and hasattr(network, "get_config"):
        input_shape, layers = _keras_input(network), list(_describe_keras(network))
    else:
        raise ValueError(
            "network must be a Keras model or a lenet.network.Sequential. "
            f"Received: {type(network).__name__}."
        )
    weights = sum(
        int(np.prod(layer[key]["shape"])) for layer in layers for key in layer.keys() & _WEIGHTS
    )
    if weights > MOST_WEIGHTS:
        raise ValueError(
            f"network must have at most {MOST_WEIGHTS:,} weights. Received: {weights:,}."
        )
    return list(input_shape), layers


_WEIGHTS = {"kernel", "bias"}


def _layer(kind: str, name: str, weights: dict[str, Any] | None = None, **settings: Any) -> Layer:
    """Put a layer together, its weights checked and packed."""
    layer: Layer = {"kind": kind, "name": name} | settings
    for key, value in (weights or {}).items():
        array = np.asarray(value, np.float32)
        if not np.isfinite(array).all():
            raise ValueError(f"Layer {name}: {key} must be finite. Received: NaN or infinity.")
        layer[key] = pack(array)
    return layer


def _refuse(name: str, expected: str, received: object) -> ValueError:
    return ValueError(f"Layer {name}: {expected}. Received: {received}.")


# --- Networks of this book -------------------------------------------------------------------


def _describe_ours(network: Any) -> Iterator[Layer]:
    for name, layer in network.layers.items():
        kind = type(layer).__name__
        activation = layer.activation or "linear"
        if kind in ("Conv2D", "Dense"):
            settings = (
                {"strides": layer.strides, "padding": layer.padding} if kind == "Conv2D" else {}
            )
            yield _layer(
                kind.lower(), name, layer.parameters, activation=activation, **_plain(settings)
            )
        elif kind in POOLS:
            keys = ("pool_size", "strides", "padding")
            yield _layer(POOLS[kind], name, **_plain({key: getattr(layer, key) for key in keys}))
        elif kind == "Flatten":
            yield _layer("flatten", name)
        else:
            raise _refuse(name, f"must be one of Conv2D, Dense, Flatten, {', '.join(POOLS)}", kind)


def _plain(settings: dict[str, Any]) -> dict[str, Any]:
    """Write pairs as lists, as they arrive in JSON."""
    return {
        key: list(value) if isinstance(value, tuple | list) else value
        for key, value in settings.items()
    }


# --- Keras -----------------------------------------------------------------------------------


def _keras_input(model: Any) -> list[int]:
    """Give the shape of one example, of a model that has only one input and one output."""
    inputs, outputs = getattr(model, "inputs", None), getattr(model, "outputs", None)
    if not inputs or not outputs:
        raise ValueError(
            "network must be built, and know its input shape: begin it with keras.Input. "
            "Received: a model without one."
        )
    if len(inputs) > 1 or len(outputs) > 1:
        raise ValueError(
            "network must have one input and one output. "
            f"Received: {len(inputs)} and {len(outputs)}."
        )
    shape = list(inputs[0].shape[1:])
    if None in shape:
        raise ValueError(f"network must have an input of fixed shape. Received: {tuple(shape)}.")
    return shape


def _describe_keras(model: Any) -> Iterator[Layer]:
    if "input_layers" in model.get_config():  # functional: its layers need not follow one another
        _check_chain(model)
    for layer in model.layers:
        kind, name, config = type(layer).__name__, layer.name, layer.get_config()
        if kind in ("InputLayer", "Dropout", "SpatialDropout2D"):
            continue
        if config.get("data_format", "channels_last") != "channels_last":
            raise _refuse(name, 'data_format must be "channels_last"', config["data_format"])
        if kind in ("Conv2D", "Dense"):
            yield _keras_weighted(kind, layer, config)
        elif kind in POOLS:
            keys = ("pool_size", "strides", "padding")
            yield _layer(POOLS[kind], name, **_plain({key: config[key] for key in keys}))
        elif kind == "Flatten":
            yield _layer("flatten", name)
        elif kind in ("Activation", "ReLU", "Softmax"):
            yield _layer("activation", name, activation=_keras_activation(kind, name, config))
        else:
            raise _refuse(name, f"must be one of {SHOWN}", kind)


def _keras_weighted(kind: str, layer: Any, config: dict[str, Any]) -> Layer:
    """Describe a convolution or a dense layer."""
    weights = dict(zip(("kernel", "bias"), layer.get_weights(), strict=False))
    settings: dict[str, Any] = {}
    if kind == "Conv2D":
        if config["groups"] != 1:
            raise _refuse(layer.name, "groups must be 1", config["groups"])
        if set(config["dilation_rate"]) != {1}:
            raise _refuse(layer.name, "dilation_rate must be 1", config["dilation_rate"])
        settings = {"strides": config["strides"], "padding": config["padding"]}
    activation = _keras_activation(kind, layer.name, config)
    return _layer(kind.lower(), layer.name, weights, activation=activation, **_plain(settings))


def _keras_activation(kind: str, name: str, config: dict[str, Any]) -> str:
    """Name the activation of a layer, if it is one of the five."""
    if kind == "ReLU":
        unusual = [config[key] for key in ("max_value", "negative_slope", "threshold")]
        if any(unusual):
            raise _refuse(name, "must be the plain ReLU, max(x, 0)", config)
        return "relu"
    if kind == "Softmax":
        if config["axis"] != -1:
            raise _refuse(name, "axis must be -1", config["axis"])
        return "softmax"
    activation = config["activation"]
    if activation not in ACTIVATIONS:
        raise _refuse(name, f"activation must be one of {', '.join(ACTIVATIONS)}", activation)
    return str(activation)


def _check_chain(model: Any) -> None:
    """Refuse a model in which a layer takes anything but what the one before it gives."""
    for before, layer in zip(model.layers, model.layers[1:], strict=False):
        try:
            follows = layer.input is before.output
        except AttributeError:  # it is used more than once
            follows = False
        if not follows:
            raise _refuse(
                layer.name, f"must take what {before.name} gives, and that alone", "another input"
            )


# --- What it makes of an image ---------------------------------------------------------------


def activations(network: Any, image: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Send one image through a network that `describe` accepts, and keep what each layer gives.

    Args:
        network: A Keras model, or a `lenet.network.Sequential`.
        image: `(height, width, channels)`.

    Returns:
        The output of each layer that `describe` describes, by name, without the batch.
    """
    if isinstance(network.layers, dict):
        return {name: y[0] for name, y in network.activations(image[None]).items()}
    from keras import ops

    y, outputs = image[None], {}
    for layer in network.layers:
        y = layer(y)
        if type(layer).__name__ not in ("InputLayer", "Dropout", "SpatialDropout2D"):
            outputs[layer.name] = np.asarray(ops.convert_to_numpy(y), np.float32)[0]
    return outputs


# --- What it says about many -------------------------------------------------------------------


def as_classes(labels: ArrayLike) -> NDArray[np.int64]:
    """Read classes, given as numbers or one-hot.

    Raises:
        ValueError: If they are neither.

    Example:
        >>> as_classes([[0, 0, 1], [1, 0, 0]])
        array([2, 0])
    """
    given = np.asarray(labels)
    classes = given.argmax(axis=1) if given.ndim == 2 else given
    if classes.ndim != 1 or not classes.size or classes.dtype.kind not in "iu" or classes.min() < 0:
        raise ValueError(
            "labels must be classes (n,), counted from 0, or one-hot (n, classes). "
            f"Received: {given.dtype} of shape {given.shape}."
        )
    return classes.astype(np.int64)


def probabilities(
    network: Any, images: NDArray[Any], labels: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Ask any classifier, of Keras or of `lenet.network`, for probabilities.

    Args:
        network: From `(n, …)` to `(n, classes)`, up to 20; softmax makes scores into probabilities.
        images: `(n, …)`.
        labels: Their classes, `(n,)`.

    Raises:
        ValueError: If the network has too many classes, or too few for the labels.
    """
    quiet = {"verbose": 0} if "verbose" in signature(network.predict).parameters else {}
    p = np.asarray(network.predict(images, batch_size=500, **quiet), np.float32)
    if p.ndim != 2 or not 2 <= p.shape[1] <= MOST_CLASSES:
        raise ValueError(
            f"network must give 2 to {MOST_CLASSES} numbers an image. "
            f"Received: shape {p.shape[1:]}."
        )
    if labels.max() >= p.shape[1]:
        raise ValueError(
            f"labels must lie in 0 to {p.shape[1] - 1}, as many as the network has classes. "
            f"Received: {labels.max()}."
        )
    if p.min() < 0 or not np.allclose(p.sum(axis=1), 1, atol=1e-3):
        p = F.softmax(p)
    return p
