"""Networks: equal to Keras's, gradients equal to finite differences, and LeNet-5 learns MNIST."""

import io
import sys
from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

import lenet
from lenet import functional as F  # noqa: N812
from lenet.data import load_weights
from lenet.keras_models import build_lenet5, get_weights, set_weights
from lenet.layers import AveragePool2D, Conv2D, Dense, Flatten, MaxPool2D
from lenet.network import SGD, Adam, Optimizer, Sequential, lenet5


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """The first 500 test digits and their labels."""
    _, (images, labels) = lenet.load_mnist()
    return lenet.prepare(images[:500]), labels[:500]


def small(seed: int = 0) -> Sequential:
    """A network with one layer of every kind, for 8×8 images and three classes."""
    return Sequential(
        [
            Conv2D(3, 3, padding="same", activation="tanh", name="c1"),
            AveragePool2D(2, name="s2"),
            Conv2D(4, 2, activation="relu", name="c3"),
            MaxPool2D(2, strides=1, name="s4"),
            Flatten(name="flatten"),
            Dense(5, activation="sigmoid", name="f5"),
            Dense(3, activation="softmax", name="output"),
        ],
        input_shape=(8, 8, 1),
        seed=seed,
    )


def stripes(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noise with a horizontal line (class 0), a vertical line (1) or none (2)."""
    rng = np.random.default_rng(seed)
    x, y = rng.random((n, 8, 8, 1), np.float32) / 2, rng.integers(0, 3, n)
    for image, label, place in zip(x, y, rng.integers(0, 8, n), strict=True):
        if label == 0:
            image[place] += 1
        if label == 1:
            image[:, place] += 1
    return x, y


# Against Keras.


@pytest.mark.parametrize("weights", ["random", "pretrained"])
def test_lenet5_gives_the_probabilities_of_keras(
    weights: str, digits: tuple[np.ndarray, np.ndarray]
) -> None:
    images, _ = digits
    theirs = build_lenet5(seed=0)
    if weights == "pretrained":
        set_weights(theirs, load_weights())
        ours = lenet5("pretrained")
    else:
        ours = lenet5(get_weights(theirs))
    np.testing.assert_allclose(ours.predict(images), theirs(images), atol=1e-5)


def test_lenet5_has_keras_names_and_every_activation(
    digits: tuple[np.ndarray, np.ndarray],
) -> None:
    images = digits[0][:8]
    theirs, ours = build_lenet5(seed=0), lenet5()
    ours.set_weights(get_weights(theirs))
    probe = keras.Model(theirs.inputs[0], [layer.output for layer in theirs.layers])
    activations = ours.activations(images)
    assert list(activations) == [layer.name for layer in theirs.layers]
    for ours_y, theirs_y in zip(activations.values(), probe(images), strict=True):
        np.testing.assert_allclose(ours_y, theirs_y, atol=1e-5)


def test_lenet5_gives_the_gradients_of_keras(digits: tuple[np.ndarray, np.ndarray]) -> None:
    images, labels = digits[0][:32], digits[1][:32]
    theirs = build_lenet5(seed=0)
    ours = lenet5(get_weights(theirs))
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        losses = keras.losses.sparse_categorical_crossentropy(labels, theirs(x))
        loss = tf.reduce_mean(losses)
    dx, *dweights = tape.gradient(loss, [x, *(w.value for w in theirs.trainable_weights)])
    p = ours.forward(images)
    assert F.cross_entropy(p, labels) == pytest.approx(float(loss), rel=1e-5)
    np.testing.assert_allclose(ours.backward(F.cross_entropy_backward(p, labels)), dx, atol=1e-6)
    for gradient, expected in zip(ours.gradients.values(), dweights, strict=True):
        np.testing.assert_allclose(gradient, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (SGD(0.1), keras.optimizers.SGD(0.1)),
        (SGD(0.1, momentum=0.9), keras.optimizers.SGD(0.1, momentum=0.9)),
        (Adam(), keras.optimizers.Adam()),
        (Adam(0.01, 0.8, 0.99, 1e-3), keras.optimizers.Adam(0.01, 0.8, 0.99, 1e-3)),
    ],
    ids=["SGD", "momentum", "Adam", "Adam with options"],
)
def test_optimizers_take_the_steps_of_keras(
    ours: Optimizer, theirs: keras.optimizers.Optimizer
) -> None:
    rng = np.random.default_rng(0)
    parameters = {"kernel": rng.random((3, 4), np.float32), "bias": np.zeros(4, np.float32)}
    variables = [keras.Variable(value) for value in parameters.values()]
    for _ in range(5):
        gradients = {name: rng.random(w.shape, np.float32) for name, w in parameters.items()}
        ours.step(parameters, gradients)
        theirs.apply([tf.constant(g) for g in gradients.values()], variables)
    for parameter, variable in zip(parameters.values(), variables, strict=True):
        np.testing.assert_allclose(parameter, variable.numpy(), rtol=1e-5, atol=1e-6)
        assert parameter.dtype == np.float32


# Gradients of a whole network.


def test_gradients_of_a_whole_network_equal_finite_differences() -> None:
    network, (x, labels) = small(), stripes(6)
    network.set_weights({name: w.astype(np.float64) for name, w in network.parameters.items()})
    x = x.astype(np.float64)
    p = network.forward(x)
    assert p.dtype == np.float64
    dx = network.backward(F.cross_entropy_backward(p, labels))
    gradients = {name: gradient.copy() for name, gradient in network.gradients.items()}

    def loss() -> float:
        return F.cross_entropy(network.forward(x), labels)

    def slope(array: np.ndarray, place: tuple[int, ...], h: float = 1e-5) -> float:
        middle = array[place]
        array[place] = middle + h
        above = loss()
        array[place] = middle - h
        below = loss()
        array[place] = middle
        return (above - below) / (2 * h)

    arrays = {**network.parameters, "x": x}
    for name, gradient in {**gradients, "x": dx}.items():
        places = list(np.ndindex(gradient.shape))[:40]
        numeric = np.array([slope(arrays[name], place) for place in places])
        exact = np.array([gradient[place] for place in places])
        assert np.linalg.norm(exact - numeric) < 1e-6 * np.linalg.norm(numeric), name


def test_fit_goes_backward_from_the_logits_to_the_same_gradients() -> None:
    network, (x, labels) = small(), stripes(6)
    p = network.forward(x)
    network.backward(F.cross_entropy_backward(p, labels))
    expected = {name: gradient.copy() for name, gradient in network.gradients.items()}
    start = network.get_weights()
    network.fit(x, labels, batch_size=6, optimizer=SGD(1.0), shuffle=False, verbose=0)
    for name, w in network.parameters.items():
        np.testing.assert_allclose(start[name] - w, expected[name], atol=1e-6)


# Learning.


def test_lenet5_learns_mnist_in_one_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    (x_train, y_train), (x_test, y_test) = lenet.load_mnist()
    network = lenet5(seed=0)
    history = network.fit(
        lenet.prepare(x_train), y_train, batch_size=128, optimizer=Adam(0.002), verbose=2
    )
    assert history.keys() == {"loss", "accuracy"}
    _, accuracy = network.evaluate(lenet.prepare(x_test), y_test)
    assert accuracy > 0.96
    assert capsys.readouterr().out.startswith("Epoch 1/1  ")


def quick() -> Sequential:
    """A network that learns `stripes` in a moment, whatever it starts from."""
    layers = [
        Conv2D(8, 3, padding="same", activation="relu", name="c1"),
        MaxPool2D(2, name="s2"),
        Flatten(name="flatten"),
        Dense(3, activation="softmax", name="output"),
    ]
    return Sequential(layers, input_shape=(8, 8, 1))


@pytest.mark.parametrize("one_hot", [False, True])
@pytest.mark.parametrize("optimizer", [lambda: SGD(0.05, 0.9), lambda: Adam(0.01)])
def test_a_small_network_learns_and_its_history_is_true(
    one_hot: bool, optimizer: Callable[[], Optimizer]
) -> None:
    network = quick()
    x, y = stripes(300)
    x_new, y_new = stripes(200, seed=1)
    if one_hot:
        y, y_new = F.one_hot(y, 3), F.one_hot(y_new, 3)
    history = network.fit(
        x, y, epochs=15, batch_size=32, optimizer=optimizer(), validation_data=(x_new, y_new),
        verbose=0,
    )  # fmt: skip
    assert {name: len(values) for name, values in history.items()} == dict.fromkeys(
        ("loss", "accuracy", "val_loss", "val_accuracy"), 15
    )
    assert history["loss"][-1] < history["loss"][0] / 2
    assert history["val_accuracy"][-1] > 0.95
    loss, accuracy = network.evaluate(x_new, y_new)
    assert (loss, accuracy) == (history["val_loss"][-1], history["val_accuracy"][-1])


def test_the_losses_of_the_first_epoch_are_means_over_all_examples() -> None:
    network, (x, y) = small(), stripes(50)
    before = network.evaluate(x, y)
    history = network.fit(x, y, batch_size=16, optimizer=SGD(0.0), verbose=0)
    assert history["loss"] == pytest.approx([before[0]], rel=1e-5)  # the last batch holds only 2
    assert history["accuracy"] == pytest.approx([before[1]])


def test_seeds_decide_the_start_and_the_order() -> None:
    x, y = stripes(60)

    def train(start: int, order: int, shuffle: bool = True) -> np.ndarray:
        network = small(start)
        network.fit(x, y, batch_size=10, seed=order, shuffle=shuffle, verbose=0)
        return network.parameters["c1/kernel"]

    np.testing.assert_array_equal(train(0, 0), train(0, 0))
    assert (train(0, 0) != train(0, 1)).any()
    assert (train(0, 0) != train(1, 0)).any()
    np.testing.assert_array_equal(train(0, 0, shuffle=False), train(0, 1, shuffle=False))


def test_every_epoch_has_its_own_order() -> None:
    """Two epochs at once are not the same as one epoch twice, which would repeat the order."""
    x, y = stripes(60)
    at_once, twice = small(), small()
    at_once.fit(x, y, epochs=2, batch_size=10, optimizer=SGD(0.1), verbose=0)
    for _ in range(2):
        twice.fit(x, y, epochs=1, batch_size=10, optimizer=SGD(0.1), verbose=0)
    assert (at_once.parameters["c1/kernel"] != twice.parameters["c1/kernel"]).any()


def test_progress_has_control_codes_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    x, y = stripes(20)
    small().fit(x, y, epochs=2, batch_size=10, verbose=1)
    plain = capsys.readouterr().out
    assert plain.isprintable() is False  # because of its two line ends
    assert plain.replace("\n", "").isprintable()
    assert [line.split()[:2] for line in plain.splitlines()] == [["Epoch", "1/2"], ["Epoch", "2/2"]]
    assert all(word in plain for word in ("loss", "accuracy"))

    small().fit(x, y, verbose=0)
    assert capsys.readouterr().out == ""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    small().fit(x, y, batch_size=10, verbose=1)
    assert terminal.getvalue().count("\r") == 3  # two batches and the line that replaces them
    assert "20/20" in terminal.getvalue()


# Weights, and many examples at once.


def test_weights_go_out_and_in() -> None:
    one, other = small(1), small(2)
    weights = one.get_weights()
    assert list(weights) == [
        "c1/kernel", "c1/bias", "c3/kernel", "c3/bias",
        "f5/kernel", "f5/bias", "output/kernel", "output/bias",
    ]  # fmt: skip
    other.set_weights(weights)
    x, _ = stripes(5)
    np.testing.assert_array_equal(one.forward(x), other.forward(x))
    weights["c1/bias"] += 1  # a copy: nothing happens to the network
    np.testing.assert_array_equal(one.forward(x), other.forward(x))


def test_batches_do_not_change_what_is_predicted() -> None:
    network, (x, y) = small(), stripes(50)
    whole = network.predict(x, batch_size=50)
    assert whole.shape == (50, 3)
    np.testing.assert_allclose(network.predict(x, batch_size=16), whole, atol=1e-6)
    np.testing.assert_allclose(network.evaluate(x, y, 16), network.evaluate(x, y, 50), rtol=1e-5)


def test_layers_without_names_get_some() -> None:
    network = Sequential([Flatten(), Dense(4, "relu"), Dense(3)], (2, 2, 1))
    assert list(network.layers) == ["flatten_0", "dense_1", "dense_2"]
    assert network.output_shape == (3,)


IMAGE = np.zeros((1, 28, 28, 1), np.float32)


def no_softmax() -> Sequential:
    return Sequential([Flatten(), Dense(10)], (28, 28, 1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: lenet5().forward(IMAGE[0]),
            "x must have shape (batch, 28, 28, 1). Received: shape (28, 28, 1).",
        ),
        (
            lambda: lenet5().predict(IMAGE[:0]),
            "x must have shape (batch, 28, 28, 1). Received: shape (0, 28, 28, 1).",
        ),
        (lambda: lenet5().predict(IMAGE * np.nan), "x must be finite. Received: NaN or infinity."),
        (
            lambda: lenet5().predict(IMAGE, batch_size=0),
            "batch_size must be 1 or more. Received: 0.",
        ),
        (
            lambda: lenet5().fit(IMAGE, [3], epochs=0),
            "epochs must be 1 or more. Received: 0.",
        ),
        (
            lambda: lenet5().fit(IMAGE, [3, 4]),
            "y must have shape (1, 10). Received: shape (2, 10).",
        ),
        (
            lambda: lenet5().evaluate(IMAGE, [10]),
            "labels must be between 0 and 9. Received: 10 to 10.",
        ),
        (
            lambda: no_softmax().fit(IMAGE, [3]),
            'The last layer must have activation "softmax" to be compared with y. Received: None.',
        ),
        (lambda: Sequential([], (28, 28, 1)), "layers must not be empty. Received: []."),
        (
            lambda: Sequential([Dense(3, name="a"), Dense(3, name="a")], (2,)),
            "layers must have different names. Received: ['a', 'a'].",
        ),
        (
            lambda: Sequential([Conv2D(6, 5, name="c1")], (4, 4, 1)),
            "Layer c1: kernel_size must not be larger than the padded input. "
            "Received: kernel_size (5, 5), input (4, 4), padded (4, 4).",
        ),
        (
            lambda: Sequential([Dense(3, name="f6")], (4, 4, 1)),
            "Layer f6: The input of a dense layer must be flat, (features,): "
            "put a Flatten before it. Received: (4, 4, 1).",
        ),
        (
            lambda: lenet5("best"),
            "weights must be None, \"pretrained\" or a dictionary of arrays. Received: 'best'.",
        ),
        (
            lambda: no_softmax().set_weights({"dense_1/kernel": np.zeros((784, 10))}),
            "weights must be named dense_1/kernel, dense_1/bias. Received: dense_1/kernel.",
        ),
        (
            lambda: no_softmax().set_weights(
                {"dense_1/kernel": np.zeros((784, 9)), "dense_1/bias": np.zeros(10)}
            ),
            "dense_1/kernel must have shape (784, 10). Received: shape (784, 9).",
        ),
        (
            lambda: no_softmax().set_weights(
                {"dense_1/kernel": np.zeros((784, 10)), "dense_1/bias": np.full(10, np.nan)}
            ),
            "dense_1/bias must be finite. Received: NaN or infinity.",
        ),
    ],
)
def test_errors_say_what_was_expected_and_received(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the whole message is compared
        call()
    assert str(raised.value) == message
