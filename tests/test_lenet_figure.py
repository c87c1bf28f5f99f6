"""The figure that reads what one draws: in Python, in the page, and the networks that it takes."""

import base64
import re
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import pytest
import traitlets

import lenet
from lenet import widgets
from lenet.data import centre_drawing, fit_drawing
from lenet.layers import AveragePool2D, Conv2D, Dense, Flatten
from lenet.network import Sequential, lenet5
from lenet.shapes import LENET5, receptive_field
from lenet.widgets.networks import activations, describe

CHAPTER, NAME = "index", "lenet"


@pytest.fixture(scope="module")
def network() -> Sequential:
    return lenet5("pretrained")


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    _, (x_test, _) = lenet.load_mnist()
    return x_test


def keras_model(*layers: Any, shape: tuple[int, ...] = (28, 28, 1)) -> keras.Model:
    return keras.Sequential([keras.Input(shape), *layers])


def keras_every_kind(*, head: str = "softmax") -> keras.Model:
    """A model with a layer of every kind that a figure shows."""
    k = keras.layers
    keras.utils.set_random_seed(3)
    return keras_model(
        k.Conv2D(3, (3, 5), strides=(2, 1), padding="same", use_bias=False, name="first"),
        k.ReLU(name="rectify"),
        k.AveragePooling2D((2, 3), padding="same", name="mean"),
        k.Dropout(0.5),
        k.Conv2D(4, 3, activation="tanh", name="second"),
        k.MaxPooling2D(3, strides=2, name="most"),
        k.Flatten(name="flat"),
        k.Dense(7, activation="sigmoid", name="third"),
        k.Dense(10, activation=head, name="last"),
    )


# The network


def test_a_layer_of_every_kind_is_described() -> None:
    shape, layers = describe(keras_every_kind())
    assert shape == [28, 28, 1]
    plain = [{k: v for k, v in layer.items() if k not in ("kernel", "bias")} for layer in layers]
    assert plain == [
        {
            "kind": "conv2d",
            "name": "first",
            "activation": "linear",
            "strides": [2, 1],
            "padding": "same",
        },
        {"kind": "activation", "name": "rectify", "activation": "relu"},
        {
            "kind": "avg_pool2d",
            "name": "mean",
            "pool_size": [2, 3],
            "strides": [2, 3],
            "padding": "same",
        },
        {
            "kind": "conv2d",
            "name": "second",
            "activation": "tanh",
            "strides": [1, 1],
            "padding": "valid",
        },
        {
            "kind": "max_pool2d",
            "name": "most",
            "pool_size": [3, 3],
            "strides": [2, 2],
            "padding": "valid",
        },
        {"kind": "flatten", "name": "flat"},
        {"kind": "dense", "name": "third", "activation": "sigmoid"},
        {"kind": "dense", "name": "last", "activation": "softmax"},
    ]
    assert "bias" not in layers[0]
    assert layers[3]["bias"]["shape"] == [4]


def test_the_books_own_networks_are_described_like_keras_models(network: Sequential) -> None:
    for ours, keras_layer in zip(
        describe(network)[1], describe(lenet.pretrained())[1], strict=True
    ):
        for key in ("kind", "name", "activation", "kernel", "bias", "padding"):
            assert ours.get(key) == keras_layer.get(key)
    own = Sequential(
        [
            Conv2D(2, 3, padding=(1, 0), activation="tanh", name="c"),
            AveragePool2D(2),
            Flatten(),
            Dense(10),
        ],
        (28, 28, 1),
    )
    _, (c, pool, _, dense) = describe(own)
    assert (c["padding"], c["activation"]) == ([1, 0], "tanh")
    assert (pool["kind"], dense["activation"]) == ("avg_pool2d", "linear")


def test_functional_models_are_shown_if_their_layers_follow_one_another() -> None:
    image = keras.Input((28, 28, 1))
    flat = keras.layers.Flatten(name="flat")(image)
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax", name="out")(flat))
    assert [layer["name"] for layer in describe(model)[1]] == ["flat", "out"]
    sides = [keras.layers.Dense(10, name=name)(flat) for name in ("left", "right")]
    fork = keras.Model(image, keras.layers.Add(name="sum")(sides))
    with pytest.raises(ValueError, match="Layer right: must take what left gives"):
        describe(fork)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda k: keras_model(k.BatchNormalization(name="norm")),
            "Layer norm: must be one of Conv2D",
        ),
        (
            lambda k: keras_model(k.Conv2D(2, 3, dilation_rate=2, name="c")),
            "Layer c: dilation_rate",
        ),
        (lambda k: keras_model(k.Conv2D(2, 3, groups=2, name="c"), shape=(28, 28, 2)), "c: groups"),
        (lambda k: keras_model(k.Conv2D(2, 3, activation="gelu", name="c")), "c: activation must"),
        (lambda k: keras_model(k.ReLU(6, name="six")), "six: must be the plain ReLU"),
        (
            lambda k: keras_model(k.Flatten(), k.Dense(1300)),
            "1,000,000 weights. Received: 1,020,500",
        ),
        (lambda k: keras.Sequential([k.Dense(3)]), "begin it with keras.Input"),
        (lambda k: keras_model(k.Conv2D(1, 3), shape=(None, None, 1)), "fixed shape"),
        (
            lambda k: keras.Model(i := [keras.Input((3,)), keras.Input((3,))], k.Add()(i)),
            "one input",
        ),
        (lambda _: "a model", "Keras model or a lenet.network.Sequential. Received: str"),
    ],
)
def test_what_cannot_be_shown_is_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        describe(make(keras.layers))


def test_weights_that_are_no_numbers_are_refused(network: Sequential) -> None:
    weights = network.get_weights()
    weights["c3/bias"][2] = np.inf
    broken = lenet5()
    broken.layers["c3"].parameters["bias"] = weights["c3/bias"]
    with pytest.raises(
        ValueError, match=r"Layer c3: bias must be finite\. Received: NaN or infinity"
    ):
        describe(broken)


def test_activations_are_those_of_keras(digits: np.ndarray) -> None:
    model, x = keras_every_kind(), lenet.prepare(digits[5])
    ours = activations(model, x[0])
    assert [layer["name"] for layer in describe(model)[1]] == list(ours)
    for name in ours:
        part = keras.Model(model.inputs, model.get_layer(name).output)
        np.testing.assert_allclose(ours[name], part.predict(x, verbose=0)[0], atol=1e-6)


# The figure in Python


def test_it_reads_the_drawing(network: Sequential, digits: np.ndarray) -> None:
    figure = widgets.LeNet(network, ink=digits[3] / 255, centred=False)
    np.testing.assert_array_equal(figure.image, lenet.prepare(digits[3])[0, :, :, 0])
    np.testing.assert_array_equal(
        figure.probabilities, network.predict(lenet.prepare(digits[3]))[0]
    )
    assert figure.prediction == 0
    assert figure.activations["s4"].shape == (5, 5, 16)
    figure.centred = True
    np.testing.assert_array_equal(figure.image, centre_drawing(figure.ink))


def test_a_model_that_gives_logits_is_given_a_softmax() -> None:
    model = keras_every_kind(head="linear")
    figure = widgets.LeNet(model)
    logits = model.predict(figure.image[None, :, :, None], verbose=0)[0]
    np.testing.assert_allclose(
        figure.probabilities, np.exp(logits) / np.exp(logits).sum(), atol=1e-6
    )
    assert figure.layers[-1] == {"kind": "activation", "name": "softmax", "activation": "softmax"}
    figure.unit = ("softmax", 0, 0, 9)
    figure.network = lenet5("pretrained")
    assert figure.unit is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"ink": np.zeros((28, 30))},
            "ink must be square, 28 to 112 a side. Received: shape (28, 30)",
        ),
        ({"ink": np.zeros((20, 20))}, "Received: shape (20, 20)"),
        ({"ink": np.full((28, 28), 255)}, "ink must be in [0, 1]"),
        ({"ink": np.full((28, 28), np.nan)}, "Received: NaN"),
        ({"unit": ("c9", 0, 0, 0)}, "with layer one of c1, s2, c3"),
        ({"unit": ("c3", 10, 0, 0)}, "Received: ('c3', 10, 0, 0)"),
        ({"unit": ("c3", 0, -1, 0)}, "unit must be None or"),
        ({"unit": ("c3", 0, 0)}, "unit must be None or"),
        ({"unit": 3}, "Received: 3"),
        ({"centred": "yes"}, "centred"),
    ],
)
def test_what_it_cannot_show_it_refuses(network: Sequential, settings: Any, message: str) -> None:
    with pytest.raises(traitlets.TraitError, match=re.escape(message)):
        widgets.LeNet(network, **settings)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (Sequential([Flatten(), Dense(10)], (14, 14, 1)), "(28, 28, 1). Received: (14, 14, 1)"),
        (
            Sequential([Flatten(), Dense(9, name="nine")], (28, 28, 1)),
            "Layer nine: the last layer must",
        ),
        (Sequential([Conv2D(2, 3, name="c")], (28, 28, 1)), "Layer c: the last layer must"),
    ],
)
def test_networks_that_do_not_read_digits_are_refused(network: Sequential, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        widgets.LeNet(network)


def test_its_still_picture_says_what_it_shows(network: Sequential) -> None:
    figure = widgets.LeNet(network)
    data, _ = figure._repr_mimebundle_()
    assert base64.b64decode(data["image/png"])[:4] == b"\x89PNG"
    assert 'data-figure="lenet"' in data["text/html"]
    assert "the answer is 7 with probability 1.00" in data["text/html"]


@pytest.mark.parametrize(
    "ink", [np.zeros((3, 4, 5)), np.full((9, 9), 2.0), np.full((9, 9), np.nan)]
)
def test_drawings_off_the_scale_are_refused(ink: np.ndarray) -> None:
    for place in (centre_drawing, fit_drawing):
        with pytest.raises(ValueError, match="ink must"):
            place(ink)


# The figure in the page


def percent(p: float) -> str:
    """Write a probability as the figure does."""
    return "over 99.9%" if p > 0.999 else "under 0.1%" if p < 0.001 else f"{100 * p:.1f}%"


def answer(probabilities: np.ndarray) -> str:
    """What the figure says about the drawing."""
    second, best = np.argsort(probabilities)[-2:]
    return (
        f"Looks like a {best}: {percent(probabilities[best])}. "
        f"Then {second}: {percent(probabilities[second])}."
    )


def number(value: float) -> str:
    """Write a number as the figures do."""
    return ("0" if value == 0 else f"{value:.2f}").replace("-", "−")


def read_ink(figure: Any) -> np.ndarray:
    """Take the drawing from the page's address."""
    figure.says()
    figure.page.wait_for_timeout(700)  # it is written a moment after the last stroke
    figure.page.wait_for_function("location.hash.includes('lenet.ink=')")
    shape, text = re.search(r"lenet\.ink=(\d+)x\d+~([\w-]+)", figure.page.url).groups()  # type: ignore[union-attr]
    packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    runs = re.sub(rb"\x00(.)", lambda run: bytes(run[1][0]), packed, flags=re.S)
    return np.frombuffer(runs, np.uint8).reshape(int(shape), -1) / 255


def test_by_mouse_a_drawing_is_read_as_in_python(open_figure: Any, network: Sequential) -> None:
    figure = open_figure(CHAPTER, NAME)
    shown = widgets.LeNet(network)
    assert figure.says().startswith(answer(shown.probabilities))
    box = figure.map("Your drawing").bounding_box()
    corners = [(0.3, 0.3), (0.6, 0.25), (0.5, 0.7)]
    for k, (x, y) in enumerate(corners):
        figure.page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
        if not k:
            figure.page.mouse.down()
    figure.page.mouse.up()
    shown.ink = read_ink(figure)
    assert figure.says().startswith(answer(shown.probabilities))
    # The pen went straight from corner to corner.
    for (x, y), (to_x, to_y) in pairwise(corners):
        for share in np.linspace(0, 1, 30):
            row, column = (np.array([y + share * (to_y - y), x + share * (to_x - x)]) * 56).astype(
                int
            )
            assert shown.ink[row, column] > 0.9
    figure.root.get_by_label("Centre").uncheck()
    shown.centred = False
    assert figure.says().startswith(answer(shown.probabilities))

    figure.page.wait_for_function("location.hash.includes('lenet.centred=false')")
    again = open_figure(CHAPTER, NAME, state=figure.page.url.partition("#")[2])
    assert again.says().startswith(answer(shown.probabilities))
    assert not again.root.get_by_label("Centre").is_checked()
    figure.root.get_by_role("button", name="Clear").click()
    assert figure.says().startswith("The sheet is empty")
    assert figure.problems == again.problems == []


def test_by_keys_a_line_is_drawn(open_figure: Any, network: Sequential) -> None:
    figure = open_figure(CHAPTER, NAME)
    figure.map("Your drawing").focus()
    for key in [*["ArrowUp"] * 5, " ", *["ArrowDown"] * 25, " "]:
        figure.page.keyboard.press(key)
    shown = widgets.LeNet(network, ink=read_ink(figure))
    assert figure.says().startswith(answer(shown.probabilities))
    assert shown.prediction == 1
    rows = np.flatnonzero((shown.ink > 0.5).any(axis=1))
    assert 25 <= np.ptp(rows) <= 32
    assert figure.problems == []


def test_a_test_digit_is_chosen_by_name(
    open_figure: Any, network: Sequential, digits: np.ndarray
) -> None:
    figure = open_figure(CHAPTER, NAME)
    figure.root.get_by_label("Digit").select_option("4, hard (test digit 115)")
    shown = widgets.LeNet(network, ink=digits[115] / 255)
    assert figure.says().startswith(answer(shown.probabilities))
    assert figure.problems == []


@pytest.mark.parametrize(
    "unit",
    [
        ("c1", 0, 27, 5),
        ("s2", 3, 4, 1),
        ("c3", 9, 0, 15),
        ("s4", 2, 2, 9),
        ("c5", 0, 0, 119),
        ("f6", 0, 0, 40),
    ],
)
def test_any_unit_says_its_number(open_figure: Any, network: Sequential, unit: Any) -> None:
    state = f'lenet.unit=["{unit[0]}",{",".join(map(str, unit[1:]))}]'
    figure = open_figure(CHAPTER, NAME, state=state)
    shown = widgets.LeNet(network, unit=unit)
    y = shown.activations[unit[0]]
    value = y[unit[1:]] if y.ndim == 3 else y[unit[3]]
    said = figure.says()
    assert f"{unit[0]}, " in said
    assert said.endswith(f"{number(value)}.")
    rows, columns = receptive_field(LENET5, (28, 28, 1), unit[0], *unit[1:3])
    sees = figure.root.locator(".lenet-unit > p").first.inner_text()
    if (rows.stop - rows.start) * (columns.stop - columns.start) == 784:
        assert "the whole image" in sees
    else:
        assert f"rows {rows.start} to {rows.stop - 1} and columns" in sees
    assert figure.problems == []


def test_units_are_chosen_by_mouse_and_by_keys(open_figure: Any) -> None:
    figure = open_figure(CHAPTER, NAME)
    c3 = figure.map("c3")
    c3.focus()
    start = figure.page.evaluate("location.hash")
    assert "unit" not in start
    first = figure.says()
    figure.page.keyboard.press("ArrowRight")
    second = figure.says()
    figure.page.keyboard.press("ArrowLeft")
    assert figure.says() == first != second
    figure.map("s4").hover(position={"x": 4, "y": 4})
    assert "s4, map 0, row 0, column 0: " in figure.says()
    bars = figure.root.get_by_role("listbox")
    bars.focus()
    figure.page.keyboard.press("ArrowRight")
    assert "output, unit 8: " in figure.says()
    figure.page.keyboard.press("Escape")
    assert "output" not in figure.says()
    assert figure.problems == []


def test_nonsense_in_a_link_is_answered(open_figure: Any) -> None:
    for state in (
        'lenet.unit=["c9",0,0,0]',
        "lenet.unit=7",
        "lenet.ink=3x3:1,2,3,4,5,6,7,8,9",
        "lenet.ink=28x28~AA",
    ):
        figure = open_figure(CHAPTER, NAME, state=state)
        assert "link asks for something" in figure.complaint()
        assert figure.says().startswith("Looks like a 7")
        assert figure.problems == []
