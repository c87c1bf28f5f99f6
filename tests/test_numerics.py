"""The JavaScript numerics, by hand, against Keras, and against the Python that they repeat.

Node runs `lenet/widgets/numerics.js` as it is; what comes back is judged here.
"""

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from lenet import functional as F  # noqa: N812
from lenet import shapes
from lenet.data import centre_drawing, fit_drawing, load_mnist, prepare
from lenet.training import pretrained

HARNESS = Path(__file__).with_name("numerics.mjs")
LENET5 = shapes.LENET5


class JavaScriptError(Exception):
    """What JavaScript threw: its name and its message."""


class Numerics:
    """The exported functions, to be called from Python; arrays go and come as NumPy's."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def __call__(self, name: str, *arguments: object, **options: object) -> Any:
        request = {"call": name, "arguments": [*arguments, options] if options else arguments}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(request, default=encode) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "Node ended; its own message is above"
        answer = json.loads(line, object_hook=decode)
        if "error" in answer:
            raise JavaScriptError("{name}: {message}".format(**answer["error"]))
        return answer.get("result")


def bare(array: np.ndarray) -> dict[str, str]:
    """A Float32Array without a shape."""
    data = np.ascontiguousarray(array, "<f4").tobytes()
    return {"float32": base64.b64encode(data).decode()}


def encode(value: Any) -> Any:
    """Say in JSON what JSON has no word for: arrays are tensors."""
    if isinstance(value, np.ndarray):
        return {"shape": value.shape, "data": bare(value)}
    return value.item()  # NumPy's numbers


def decode(value: dict[str, Any]) -> Any:
    """A tensor becomes an array, an activation two: itself, and what it was before."""
    if "float32" in value:
        return np.frombuffer(base64.b64decode(value["float32"]), "<f4")
    if {"shape", "data"} <= value.keys():
        array = value["data"].reshape(value["shape"])
        return (array, value["preactivation"]) if "preactivation" in value else array
    return value


@pytest.fixture(scope="module")
def js() -> Iterator[Numerics]:
    node = shutil.which("node")
    if node is None:
        pytest.fail("no node: testing the JavaScript needs Node.js, 20.19 or later (readers don't)")
    with subprocess.Popen(
        [node, HARNESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Numerics(process)
        assert process.stdin
        process.stdin.close()
        assert process.wait(timeout=10) == 0


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def close(actual: Any, expected: Any, tolerance: float = 1e-5) -> None:
    assert actual.shape == tuple(expected.shape)
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


# By hand.


def test_a_horizontal_line_filter_by_hand(js: Numerics) -> None:
    x = np.array([[0, 0, 0, 0], [1, 1, 1, 0], [0, 0, 0, 0], [2, 0, 0, 1]])
    kernel = np.array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]])
    y = js("conv2d", x[:, :, None], kernel[:, :, None, None], np.array([10]))
    np.testing.assert_array_equal(y[:, :, 0], [[10 + 6, 10 + 4], [10 - 5, 10 - 3]])


def test_channels_are_summed_and_filters_are_apart(js: Numerics) -> None:
    x, kernel = np.array([[[1, 2, 3]]]), np.array([[[[1, 0], [10, 0], [100, 7]]]])
    np.testing.assert_array_equal(js("conv2d", x, kernel, np.array([0, 1])), [[[321, 22]]])


def test_padding_never_wins_a_maximum_and_is_not_averaged(js: Numerics) -> None:
    x = -np.arange(1, 7).reshape(2, 3, 1)  # −1 −2 −3, −4 −5 −6
    y = js("maxPool2d", x, 2, padding="same")
    np.testing.assert_array_equal(y[:, :, 0], [[-1, -3]])
    y = js("avgPool2d", x, 2, padding="same")
    np.testing.assert_array_equal(y[:, :, 0], [[-3, -4.5]])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [((32, 5), 28), ((28, 5, 1, 2), 28), ((28, 2, 2), 14), ((8, 3, 2), 3), ((227, 11, 4, 0), 55)],
)
def test_output_size(js: Numerics, arguments: tuple[int, ...], expected: int) -> None:
    assert js("outputSize", *arguments) == expected


def test_softmax_does_not_overflow(js: Numerics) -> None:
    np.testing.assert_array_equal(js("softmax", np.array([1e38, 1e38, -1e38])), [0.5, 0.5, 0])
    np.testing.assert_array_equal(js("softmax", np.array([1, 2, 3]), 1e-300), [0, 0, 1])


def test_temperature_divides_the_logits(js: Numerics) -> None:
    z = normal(10)
    close(js("softmax", z, 2.5), F.softmax(z / 2.5))


def test_a_tensor_is_zero_unless_told(js: Numerics) -> None:
    np.testing.assert_array_equal(js("tensor", [2, 3]), np.zeros((2, 3)))
    np.testing.assert_array_equal(js("tensor", [2, 2], [1, 2, 3, 4]), [[1, 2], [3, 4]])


# Against Keras, layer by layer.


class Sizes:
    """A random window on a random volume, nothing square, which fits."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.window = tuple(random.integers(1, 5, 2))
        self.strides = tuple(random.integers(1, 4, 2))
        self.shape = (*(random.integers(0, 6, 2) + self.window), random.integers(1, 5))
        self.filters = random.integers(1, 6)


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("padding", ["valid", "same", "pair"])
def test_conv2d_is_keras_conv(js: Numerics, padding: str, seed: int) -> None:
    sizes = Sizes(seed)
    x = normal(*sizes.shape)
    kernel = normal(*sizes.window, sizes.shape[2], sizes.filters, seed=1)
    bias = normal(sizes.filters, seed=2)
    strides = sizes.strides
    if padding == "pair":
        vertical, horizontal = seed % 3, seed % 4
        padded = np.pad(x, [(vertical, vertical), (horizontal, horizontal), (0, 0)])
        expected = keras.ops.conv(padded[None], kernel, strides, "valid")
        y = js("conv2d", x, kernel, bias, strides=strides, padding=[vertical, horizontal])
    else:
        expected = keras.ops.conv(x[None], kernel, strides, padding)
        y = js("conv2d", x, kernel, bias, strides=strides, padding=padding)
    close(y, expected[0] + bias)
    if padding == "valid":
        close(js("conv2d", x, kernel, None, strides=strides), expected[0])


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_pools_are_keras_pools(js: Numerics, padding: str, seed: int) -> None:
    sizes = Sizes(seed)
    x = normal(*sizes.shape)
    k, s = sizes.window, sizes.strides
    expected = keras.ops.max_pool(x[None], k, s, padding)[0]
    close(js("maxPool2d", x, k, strides=s, padding=padding), expected)
    expected = keras.ops.average_pool(x[None], k, s, padding)[0]
    close(js("avgPool2d", x, k, strides=s, padding=padding), expected)


@pytest.mark.parametrize("name", ["max", "avg"])
def test_pools_pad_with_numbers_as_in_python(js: Numerics, name: str) -> None:
    x = normal(7, 5, 3)
    expected = getattr(F, f"{name}_pool2d")(x[None], (3, 2), padding=(2, 1))[0]
    close(js(f"{name}Pool2d", x, [3, 2], padding=[2, 1]), expected)
    close(js(f"{name}Pool2d", x, [3, 2], padding=[[2, 2], [1, 1]]), expected)


def test_dense_is_keras_dense(js: Numerics) -> None:
    x, kernel, bias = normal(7), normal(7, 4, seed=1), normal(4, seed=2)
    close(js("dense", x, kernel, bias), x @ kernel + bias)
    close(js("dense", x, kernel), x @ kernel)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax"])
def test_activations_are_those_of_keras(js: Numerics, name: str) -> None:
    x = 20 * normal(3, 4, 5)
    close(js(name, x), getattr(keras.ops, name)(x))


# Networks.


def describe(model: keras.Model) -> list[dict[str, Any]]:
    """Describe the layers of a Keras model as the JavaScript wants them."""
    kinds = {
        keras.layers.Conv2D: "conv2d",
        keras.layers.MaxPooling2D: "max_pool2d",
        keras.layers.AveragePooling2D: "avg_pool2d",
        keras.layers.Flatten: "flatten",
        keras.layers.Dense: "dense",
        keras.layers.Activation: "activation",
    }
    layers = []
    for layer in model.layers:
        config = layer.get_config()
        entry = {key: config[key] for key in ("name", "padding", "pool_size") if key in config}
        entry |= {key: config[key] for key in ("strides", "activation") if config.get(key)}
        entry |= {weight.name: weight.numpy() for weight in layer.weights}
        layers.append({"kind": kinds[type(layer)], **entry})
    return layers


def network(model: keras.Model) -> dict[str, Any]:
    return {"sequential": [model.input_shape[1:], describe(model)]}


L = keras.layers
MODELS = {
    "not square": [
        keras.Input((13, 9, 2)),
        L.Conv2D(5, (3, 2), padding="same", activation="tanh"),
        L.AveragePooling2D((2, 3), strides=(2, 1), padding="same"),
        L.Conv2D(4, (2, 4), strides=(2, 1), use_bias=False),
        L.Activation("relu"),
        L.MaxPooling2D(2, strides=1),
        L.Flatten(),
        L.Dense(6, activation="sigmoid"),
        L.Dense(3),
        L.Activation("softmax"),
    ],
    "no map after the first layer": [
        keras.Input((6, 7, 1)),
        L.Flatten(),
        L.Dense(5, activation="relu"),
        L.Dense(2, use_bias=False, activation="softmax"),
    ],
    "softmax of a map": [
        keras.Input((6, 5, 3)),
        L.Conv2D(4, 3, strides=2, padding="same", activation="softmax"),
    ],
}


@pytest.mark.parametrize("name", MODELS)
def test_every_layer_of_a_network_is_that_of_keras(js: Numerics, name: str) -> None:
    model = keras.Sequential(MODELS[name])
    for index, weight in enumerate(model.weights):
        weight.assign(0.5 * normal(*weight.shape, seed=index))
    images = normal(3, *model.input_shape[1:])
    # All three are run before any is read: a later one must not write over an earlier one.
    results = js("forward", network(model), list(images))
    x = images
    for index, layer in enumerate(model.layers):
        x = layer(x)
        for n, activations in enumerate(results):
            activation, preactivation = activations[index]
            close(activation, x[n])
            if hasattr(layer, "activation"):
                close(activation, layer.activation(preactivation[None])[0])
    expected = [list(layer.output.shape[1:]) for layer in model.layers]
    assert js("sequential", *network(model)["sequential"])["outputShapes"] == expected


def test_lenet5_reads_every_test_digit_as_keras_does(js: Numerics) -> None:
    model = pretrained()
    images = prepare(load_mnist()[1][0])
    expected = model.predict(images, batch_size=1000, verbose=0)
    lenet5 = network(model)
    probabilities = np.array(
        [p for start in range(0, 10_000, 1000)
         for p in js("predict", lenet5, list(images[start : start + 1000]))]
    )  # fmt: skip
    assert probabilities.shape == (10_000, 10)
    np.testing.assert_array_equal(probabilities.argmax(axis=1), expected.argmax(axis=1))
    assert abs(probabilities - expected).max() < 1e-5  # the budget is 1e-3


# What a unit sees.


def as_slices(area: dict[str, int], height: int, width: int) -> tuple[slice, slice]:
    """Cut an area to the image."""
    return (
        slice(max(area["top"], 0), min(area["bottom"], height)),
        slice(max(area["left"], 0), min(area["right"], width)),
    )


@pytest.fixture(scope="module")
def lenet5() -> dict[str, Any]:
    return network(pretrained())


def area(top: int, left: int, bottom: int, right: int) -> dict[str, int]:
    return {"top": top, "left": left, "bottom": bottom, "right": right}


def test_windows_and_receptive_fields_of_lenet5(js: Numerics, lenet5: dict[str, Any]) -> None:
    c1, s2, c3, _, c5, flatten, f6, _ = range(8)
    assert js("windowOf", lenet5, c1, 0, 0) == area(-2, -2, 3, 3)
    assert js("windowOf", lenet5, s2, 3, 7) == area(6, 14, 8, 16)
    assert js("windowOf", lenet5, c3, 9, 0) == area(9, 0, 14, 5)
    assert js("receptiveField", lenet5, c1, 27, 5) == area(25, 3, 30, 8)
    assert js("receptiveField", lenet5, s2, 3, 7) == area(4, 12, 10, 18)
    assert js("receptiveField", lenet5, c5, 0, 0) == area(-2, -2, 30, 30)
    assert js("receptiveField", lenet5, flatten) == area(0, 0, 28, 28)
    assert js("receptiveField", lenet5, f6, 83) == area(0, 0, 28, 28)


def random_stack(random: np.random.Generator) -> tuple[tuple[int, ...], list[shapes.Layer]]:
    """Some convolutions and pools, and perhaps dense layers at the end."""
    shape = input_shape = (*map(int, random.integers(12, 20, 2)), 1)
    stack: list[shapes.Layer] = []
    for index in range(random.integers(1, 5)):
        k, s = (tuple(map(int, random.integers(1, most, 2))) for most in (4, 3))
        padding = ("valid", "same", min(k) - 1)[random.integers(3)]
        kind = random.choice([shapes.Conv2D, shapes.Pool2D])
        layer = kind(*[1] * (kind is shapes.Conv2D), k, s, padding, f"layer{index}")
        try:
            shape = layer.output_shape(shape)
        except ValueError:  # nothing is left for it to slide over
            break
        stack.append(layer)
    if random.random() < 0.3:
        stack += [shapes.Flatten("flatten"), shapes.Dense(2, "dense")]
    return input_shape, stack


def describe_stack(stack: list[shapes.Layer], input_shape: tuple[int, ...]) -> dict[str, Any]:
    layers = []
    for layer, entry in zip(stack, shapes.count(stack, input_shape), strict=True):
        described: dict[str, Any] = {"name": layer.name, "kind": "flatten"}
        if isinstance(layer, shapes.Conv2D | shapes.Pool2D):
            k, s = layer.window
            described |= {"kind": "max_pool2d", "strides": s, "padding": layer.padding}
            described |= {"pool_size": k}
            if isinstance(layer, shapes.Conv2D):
                described |= {"kind": "conv2d", "kernel": np.ones((*k, 1, 1))}
        elif isinstance(layer, shapes.Dense):
            described |= {"kind": "dense", "kernel": np.ones((entry.parameters // 2 - 1, 2))}
        layers.append(described)
    return {"sequential": [input_shape, layers]}


@pytest.mark.parametrize("seed", range(30))
def test_receptive_fields_are_those_of_python(js: Numerics, seed: int) -> None:
    random = np.random.default_rng(seed)
    input_shape, stack = random_stack(random)
    described = describe_stack(stack, input_shape)
    for index, entry in enumerate(shapes.count(stack, input_shape)):
        for _ in range(4):
            height, width = (*entry.output_shape, 1)[:2]
            row, column = int(random.integers(height)), int(random.integers(width))
            expected = shapes.receptive_field(stack, input_shape, index, row, column)
            found = js("receptiveField", described, index, row, column)
            assert as_slices(found, *input_shape[:2]) == expected, (index, row, column)


def test_a_unit_on_padding_alone_sees_nothing(js: Numerics) -> None:
    one = {"kind": "conv2d", "name": "c1", "kernel": np.ones((3, 3, 1, 1))}
    far = {"kind": "conv2d", "name": "c2", "kernel": np.ones((2, 2, 1, 1)), "padding": 5}
    found = js("receptiveField", {"sequential": [[6, 6, 1], [one, far]]}, 1, 0, 0)
    assert found["bottom"] - found["top"] == found["right"] - found["left"] == 0


# Drawings.


def drawings() -> Iterator[np.ndarray]:
    """MNIST digits of all sizes at all places of canvases of all sizes, and shapes of no digit."""
    random = np.random.default_rng(0)
    (x_train, _), _ = load_mnist()
    for index in range(120):
        size = int(random.integers(120, 300))
        digit = Image.fromarray(x_train[index])
        width, height = (int(n) for n in random.integers(30, size, 2))
        page = Image.new("L", (size, size))
        place = (int(random.integers(size - width + 1)), int(random.integers(size - height + 1)))
        page.paste(digit.resize((width, height), Image.Resampling.BICUBIC), place)
        ink = np.asarray(page, np.float32) / 255
        yield ink / ink.max()
    line = np.zeros((200, 200), np.float32)
    line[0, :] = line[:, 0] = 1  # along two edges
    yield line
    heavy = np.zeros((90, 90), np.float32)  # its mass is far from the middle of its box
    heavy[10:30, 10:30] = heavy[29, :80] = 1
    yield heavy
    dot = np.zeros((64, 64), np.float32)
    dot[5, 60] = 1
    yield dot
    yield np.ones((28, 28), np.float32)


def test_centring_is_that_of_python(js: Numerics) -> None:
    for ink in drawings():
        image = js("centreDrawing", bare(ink), len(ink)).reshape(28, 28)
        np.testing.assert_allclose(image, centre_drawing(ink), rtol=0, atol=1e-5)


def test_a_centred_digit_of_mnist_stays_as_it_is(js: Numerics) -> None:
    _, (x_test, _) = load_mnist()
    moved = [
        abs(js("centreDrawing", bare(x / x.max()), 28).reshape(28, 28) - x / x.max()).mean()
        for x in x_test[:50]
    ]
    assert np.median(moved) < 0.03  # MNIST was centred by whole pixels, this by parts of them


def test_fitting_only_scales(js: Numerics) -> None:
    for ink in drawings():
        image = js("fitDrawing", bare(ink), len(ink)).reshape(28, 28)
        np.testing.assert_allclose(image, fit_drawing(ink), rtol=0, atol=1e-5)
    small = normal(28, 28) % 1
    np.testing.assert_array_equal(js("fitDrawing", bare(small), 28), small.ravel())


def test_an_empty_drawing_is_an_empty_image(js: Numerics) -> None:
    for name in ("centreDrawing", "fitDrawing"):
        np.testing.assert_array_equal(js(name, bare(np.zeros(100)), 10), np.zeros(784))


def test_faint_ink_is_centred_like_dark_ink(js: Numerics) -> None:
    ink = next(drawings())
    dark, faint = (js("centreDrawing", bare(ink * f), len(ink)) for f in (1, 0.25))
    np.testing.assert_allclose(faint, dark, atol=1e-6)


# What is refused.

IMAGE, KERNEL = np.zeros((5, 4, 2)), np.zeros((3, 3, 2, 6))
NAN = np.full((3, 3, 2, 6), np.nan)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (("tensor", [2, 2], [1, 2, 3]), "RangeError: data must hold 4 numbers for shape (2, 2). R"),
        (("tensor", [2, -2]), "RangeError: shape must be an integer, 1 or more. Received: -2."),
        (("tensor", 4), "TypeError: shape must be an array of integers. Received: 4."),
        (
            ("tensor", [1], ["1"]),
            "TypeError: data must be a Float32Array or an array of numbers. Received: [\"1\"].",
        ),
        (
            ("outputSize", 3, 5),
            "RangeError: kernel_size must not be larger than the padded input. "
            "Received: kernel_size 5, input 3, padded 3.",
        ),
        (("outputSize", 8, 3, 0), "RangeError: strides must be an integer, 1 or more. Received: 0"),
        (("outputSize", 8, 2.5), "kernel_size must be an integer, 1 or more. Received: 2.5."),
        (("outputSize", 8, 3, 1, -1), "padding must be an integer, 0 or more. Received: -1."),
        (
            ("padAmounts", 8, 3, 1, "full"),
            'padding must be "valid", "same", an integer or a pair. Received: "full".',
        ),
        (
            ("conv2d", np.zeros((5, 4)), KERNEL),
            "RangeError: x must have shape (height, width, channels). Received: shape (5, 4).",
        ),
        (
            ("conv2d", [1, 2], KERNEL),
            "TypeError: x must be a tensor, {shape, data: Float32Array}. Received: [1, 2].",
        ),
        (
            ("conv2d", IMAGE, np.zeros((3, 3, 1, 6))),
            "kernel must have shape (kernel_height, kernel_width, 2, filters). "
            "Received: shape (3, 3, 1, 6).",
        ),
        (("conv2d", IMAGE, KERNEL, np.zeros(5)), "bias must have shape (6). Received: shape (5)."),
        (("conv2d", IMAGE, NAN), "RangeError: kernel must be finite. Received: NaN at position 0."),
        (("conv2d", IMAGE[:2], KERNEL), "kernel_size 3, input 2, padded 2."),
        (
            ("conv2d", IMAGE, KERNEL, None, {"strides": [1, 2, 3]}),
            "strides must be an integer or a pair (vertical, horizontal). Received: [1, 2, 3].",
        ),
        (
            ("conv2d", IMAGE, KERNEL, None, {"padding": [1, 2, 3]}),
            "padding must be an integer or a pair (vertical, horizontal). Received: [1, 2, 3].",
        ),
        (
            ("conv2d", IMAGE, KERNEL, None, {"padding": [[1, 2, 3], 0]}),
            "padding must have two sides (before, after). Received: [1, 2, 3].",
        ),
        (("maxPool2d", IMAGE, 0), "pool_size must be an integer, 1 or more. Received: 0."),
        (
            ("avgPool2d", IMAGE, 2, {"padding": 2}),
            "padding must be smaller than pool_size, or a window would hold nothing else. "
            "Received: padding 2, pool_size [2, 2].",
        ),
        (
            ("dense", np.zeros(3), np.zeros((4, 2))),
            "kernel must have shape (3, units). Received: shape (4, 2).",
        ),
        (("softmax", np.zeros(3), 0), "temperature must be a positive number. Received: 0."),
        (("centreDrawing", [0, 0, 0, 0], 2), "TypeError: ink must be a Float32Array. Received"),
        (("centreDrawing", bare(np.zeros(5)), 2), "ink must hold 2 · 2 = 4 values. Received: 5."),
        (("fitDrawing", bare(np.full(4, 2)), 2), "ink must be in [0, 1]. Received: 2."),
        (("fitDrawing", bare(np.full(4, np.nan)), 2), "ink must be in [0, 1]. Received: NaN."),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused(js: Numerics, call: tuple[Any, ...], message: str) -> None:
    with pytest.raises(JavaScriptError, match=re.escape(message)):
        js(*call)


CONV = {"kind": "conv2d", "name": "c1", "kernel": KERNEL}


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "layers must be an array of at least one layer. Received: []."),
        (
            [CONV, {"kind": "lstm", "name": "memory"}],
            "RangeError: Layer memory: kind must be one of conv2d, max_pool2d, avg_pool2d, "
            'flatten, dense, activation. Received: "lstm".',
        ),
        ([{"kind": "constructor", "name": "odd"}], "Layer odd: kind must be one of"),
        ([None], "Layer layer_0: kind must be one of"),
        (
            [CONV | {"activation": "gelu"}],
            "Layer c1: activation must be one of linear, relu, sigmoid, tanh, softmax. "
            'Received: "gelu".',
        ),
        ([CONV | {"kernel": NAN}], "RangeError: Layer c1: kernel must be finite. Received: NaN"),
        (
            [{"kind": "conv2d"}],
            "TypeError: Layer conv2d_0: kernel must be a tensor, {shape, data: Float32Array}. "
            "Received: undefined.",
        ),
        ([CONV, CONV | {"name": "c2"}], "Layer c2: kernel must have shape (kernel_height, "),
        (
            [CONV, {"kind": "dense", "name": "f6", "kernel": np.zeros((36, 2))}],
            "Layer f6: Its input must have shape (inputs). Received: (3, 2, 6).",
        ),
        (
            [{"kind": "flatten", "name": "flat"}, {"kind": "max_pool2d", "name": "s2"}],
            "Layer s2: Its input must have shape (height, width, channels). Received: (40).",
        ),
        ([{"kind": "max_pool2d", "name": "s2", "pool_size": 6}], "Layer s2: kernel_size must not"),
    ],
)
def test_bad_layers_are_named(js: Numerics, layers: list[Any], message: str) -> None:
    with pytest.raises(JavaScriptError, match=re.escape(message)):
        js("sequential", IMAGE.shape, layers)


def test_bad_images_and_places_are_refused(js: Numerics, lenet5: dict[str, Any]) -> None:
    for call, message in (
        (
            ("forward", lenet5, [np.zeros((28, 28))]),
            "image must have shape (28, 28, 1). Received: shape (28, 28).",
        ),
        (("forward", lenet5, [np.full((28, 28, 1), np.inf)]), "image must be finite. Received: In"),
        (("windowOf", lenet5, 8, 0, 0), "layerIndex must be below 8, the number of layers. R"),
        (("receptiveField", lenet5, -1), "layerIndex must be an integer, 0 or more. Received: -1"),
        (("windowOf", lenet5, 6, 0, 0), "The layer must have maps. Received: layer f6, which is"),
        (
            ("receptiveField", lenet5, 1, 14, 0),
            "row and column must lie on the 14×14 maps of layer s2. Received: (14, 0).",
        ),
    ):
        with pytest.raises(JavaScriptError, match=re.escape(message)):
            js(*call)
