"""Layers: what they build, what they remember, and that they agree with Keras's."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from lenet import layers, shapes
from lenet.layers import AveragePool2D, Conv2D, Dense, Flatten, Layer, MaxPool2D

RNG = np.random.default_rng(0)
IMAGES = RNG.standard_normal((2, 9, 8, 3)).astype(np.float32)
ROWS = RNG.standard_normal((4, 7)).astype(np.float32)


def build(layer: Layer, x: np.ndarray) -> Layer:
    """Build a layer for `x`, and give it a bias that shows."""
    layer.build(x.shape[1:], np.random.default_rng(0))
    if layer.parameters:
        layer.parameters["bias"] += np.linspace(-1, 1, len(layer.parameters["bias"]))
    return layer


PAIRS = [
    (Conv2D(5, 3), keras.layers.Conv2D(5, 3), IMAGES),
    (
        Conv2D(4, (3, 2), strides=2, padding="same", activation="tanh"),
        keras.layers.Conv2D(4, (3, 2), strides=2, padding="same", activation="tanh"),
        IMAGES,
    ),
    (Conv2D(4, 3, activation="relu"), keras.layers.Conv2D(4, 3, activation="relu"), IMAGES),
    (MaxPool2D(), keras.layers.MaxPooling2D(), IMAGES),
    (
        MaxPool2D(3, strides=2, padding="same"),
        keras.layers.MaxPooling2D(3, strides=2, padding="same"),
        IMAGES,
    ),
    (
        AveragePool2D((2, 3), padding="same"),
        keras.layers.AveragePooling2D((2, 3), padding="same"),
        IMAGES,
    ),
    (Flatten(), keras.layers.Flatten(), IMAGES),
    (Dense(5, activation="softmax"), keras.layers.Dense(5, activation="softmax"), ROWS),
    (Dense(5, activation="sigmoid"), keras.layers.Dense(5, activation="sigmoid"), ROWS),
]


@pytest.mark.parametrize(("ours", "theirs", "x"), PAIRS, ids=lambda value: type(value).__name__)
def test_forward_and_backward_equal_keras(
    ours: Layer, theirs: keras.layers.Layer, x: np.ndarray
) -> None:
    build(ours, x)
    theirs.build(x.shape)
    theirs.set_weights(list(ours.parameters.values()))
    y = ours.forward(x)
    np.testing.assert_allclose(y, theirs(x), atol=1e-5)
    assert y.shape[1:] == ours.build(x.shape[1:], np.random.default_rng(0))

    build(ours, x)
    dy = np.random.default_rng(1).standard_normal(ours.forward(x).shape).astype(np.float32)
    variable = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        output = theirs(variable)
    weights = [weight.value for weight in theirs.trainable_weights]
    dx, *dweights = tape.gradient(output, [variable, *weights], output_gradients=tf.constant(dy))
    np.testing.assert_allclose(ours.backward(dy), dx, atol=1e-5)
    assert list(ours.gradients) == list(ours.parameters)
    for gradient, expected in zip(ours.gradients.values(), dweights, strict=True):
        np.testing.assert_allclose(gradient, expected, atol=1e-4)


def test_building_makes_float32_parameters_of_the_right_shape() -> None:
    conv = Conv2D(16, (5, 3))
    assert conv.build((14, 14, 6), RNG) == (10, 12, 16)
    assert {name: (w.shape, w.dtype) for name, w in conv.parameters.items()} == {
        "kernel": ((5, 3, 6, 16), np.float32),
        "bias": ((16,), np.float32),
    }
    assert not conv.parameters["bias"].any()
    dense = Dense(84)
    assert dense.build((120,), RNG) == (84,)
    assert dense.parameters["kernel"].shape == (120, 84)
    for layer in (MaxPool2D(), AveragePool2D(), Flatten()):
        layer.build((14, 14, 6), RNG)
        assert layer.parameters == {}


def test_sizes_agree_with_the_arithmetic_of_shapes() -> None:
    layer = Conv2D(4, 3, strides=2, padding=(1, 0), name="c1")
    assert layer.geometry == shapes.Conv2D(4, 3, 2, (1, 0), "c1")
    assert layer.name == "c1"
    build(layer, IMAGES)
    assert layer.forward(IMAGES).shape[1:] == layer.geometry.output_shape(IMAGES.shape[1:])
    assert sum(w.size for w in layer.parameters.values()) == layer.geometry.parameters((9, 8, 3))


@pytest.mark.parametrize("shape", [(5, 5, 6, 16), (120, 84)])
def test_glorot_uniform_fills_its_range(shape: tuple[int, ...]) -> None:
    kernel = layers.glorot_uniform(shape, np.random.default_rng(0))
    window = np.prod(shape[:-2])
    limit = np.sqrt(6 / (window * (shape[-2] + shape[-1])))
    assert 0.99 * limit < np.abs(kernel).max() <= limit
    # A uniform distribution from −a to a has the standard deviation a/√3.
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.05)
    assert abs(kernel.mean()) < 0.05 * limit


def test_the_same_seed_builds_the_same_layer() -> None:
    one, other, third = (Dense(3) for _ in range(3))
    for layer, seed in ((one, 1), (other, 1), (third, 2)):
        layer.build((4,), np.random.default_rng(seed))
    np.testing.assert_array_equal(one.parameters["kernel"], other.parameters["kernel"])
    assert (one.parameters["kernel"] != third.parameters["kernel"]).all()


def test_backward_belongs_to_the_last_forward() -> None:
    layer = build(Dense(3), ROWS)
    layer.forward(ROWS)
    layer.forward(2 * ROWS)
    layer.backward(np.ones((4, 3), np.float32))
    np.testing.assert_allclose(layer.gradients["kernel"][:, 0], 2 * ROWS.sum(0), rtol=1e-5)


def test_errors_say_what_was_expected_and_received() -> None:
    with pytest.raises(
        ValueError,
        match=r"activation must be one of relu, sigmoid, tanh, softmax, or None. Received: 'swish'",
    ):
        Dense(3, activation="swish")
    with pytest.raises(ValueError, match="Layer 'c1' must go forward before it can go backward"):
        Conv2D(6, 5, name="c1").backward(IMAGES)
    with pytest.raises(ValueError, match=r"strides must be an integer, 1 or more. Received: 0"):
        Conv2D(6, 5, strides=0)
    with pytest.raises(ValueError, match=r"units must be an integer, 1 or more. Received: -1"):
        Dense(-1)
    with pytest.raises(ValueError, match="kernel_size must not be larger than the padded input"):
        Conv2D(6, 5).build((4, 4, 1), RNG)
