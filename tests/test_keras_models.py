"""LeNet-5 in Keras, the book's and that of 1998: layers, parameters, weights in and out."""

from pathlib import Path

import keras
import numpy as np
import pytest

from lenet.data import load_mnist, prepare
from lenet.keras_models import (
    C3_TABLE,
    build_lenet5,
    build_lenet5_1998,
    digit_codes,
    get_weights,
    scaled_tanh,
    set_weights,
)

NAMES = ["c1", "s2", "c3", "s4", "c5", "flatten", "f6", "output"]


def test_the_layers_of_the_book() -> None:
    model = build_lenet5()
    assert [layer.name for layer in model.layers] == NAMES
    assert [layer.output.shape[1:] for layer in model.layers] == [
        (28, 28, 6),
        (14, 14, 6),
        (10, 10, 16),
        (5, 5, 16),
        (1, 1, 120),
        (120,),
        (84,),
        (10,),
    ]
    counts = [layer.count_params() for layer in model.layers]
    assert counts == [156, 0, 2416, 0, 48120, 0, 10164, 850]
    assert model.count_params() == sum(counts) == 61706
    assert model.name == "lenet5"


def test_it_starts_as_keras_starts() -> None:
    """Glorot uniform, zero biases, and probabilities that know nothing."""
    model = build_lenet5(seed=3)
    weights = get_weights(model)
    assert not any(array.any() for name, array in weights.items() if name.endswith("bias"))
    limit = (6 / (25 * (6 + 16))) ** 0.5
    assert 0.95 * limit < abs(weights["c3/kernel"]).max() <= limit
    p = model.predict(np.random.default_rng(0).random((4, 28, 28, 1)), verbose=0)
    assert p.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert 0 < p.min() <= p.max() < 0.5


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_other_activations(activation: str) -> None:
    model = build_lenet5(activation=activation)
    names = [layer.activation.__name__ for layer in model.layers if hasattr(layer, "activation")]
    assert names == [activation] * 4 + ["softmax"]


def test_average_pooling() -> None:
    model = build_lenet5(pooling="average")
    assert isinstance(model.get_layer("s2"), keras.layers.AveragePooling2D)
    assert isinstance(model.get_layer("s4"), keras.layers.AveragePooling2D)
    assert isinstance(build_lenet5().get_layer("s4"), keras.layers.MaxPooling2D)


def test_unknown_choices_are_refused() -> None:
    with pytest.raises(ValueError, match=r'"max" or "average"\. Received: \'min\'\.'):
        build_lenet5(pooling="min")
    with pytest.raises(ValueError, match="activation"):
        build_lenet5(activation="relux")


def test_a_seed_repeats_and_another_does_not() -> None:
    one, same, other = (get_weights(build_lenet5(seed=seed)) for seed in (5, 5, 6))
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not any(np.array_equal(one[name], other[name]) for name in one if "kernel" in name)


def test_weights_go_out_and_in() -> None:
    one, other = build_lenet5(seed=1), build_lenet5(seed=2)
    weights = get_weights(one)
    assert list(weights)[:3] == ["c1/kernel", "c1/bias", "c3/kernel"]
    assert weights["output/kernel"].dtype == np.float32
    set_weights(other, weights)
    x = np.random.default_rng(0).random((2, 28, 28, 1))
    assert np.array_equal(one.predict(x, verbose=0), other.predict(x, verbose=0))


def test_get_weights_copies() -> None:
    model = build_lenet5(seed=1)
    weights = get_weights(model)
    model.get_layer("c1").bias.assign(np.ones(6))
    assert not weights["c1/bias"].any()


def test_wrong_weights_are_refused_and_change_nothing() -> None:
    model = build_lenet5(seed=1)
    before = get_weights(model)
    new = {name: array + 1 for name, array in before.items()}
    without = {name: array for name, array in new.items() if name != "c5/bias"}
    with pytest.raises(ValueError, match=r"must be named c1/kernel, .*output/bias\. Received: c1"):
        set_weights(model, without)
    with pytest.raises(ValueError, match=r"Received: none\."):
        set_weights(model, {})
    with pytest.raises(ValueError, match=r"Received: .*, c7/bias\."):
        set_weights(model, new | {"c7/bias": np.zeros(1)})
    turned = new | {"f6/kernel": new["f6/kernel"].T}
    message = r"f6/kernel must have shape \(120, 84\)\. Received: shape \(84, 120\)\."
    with pytest.raises(ValueError, match=message):
        set_weights(model, turned)
    after = get_weights(model)
    assert all(np.array_equal(before[name], after[name]) for name in before)


# --- The network of 1998 ---------------------------------------------------------------------


def trainable(layer: keras.layers.Layer) -> int:
    return sum(int(np.prod(weight.shape)) for weight in layer.trainable_weights)


def test_1998_has_the_published_counts() -> None:
    model = build_lenet5_1998()
    assert [layer.name for layer in model.layers] == NAMES
    assert [layer.output.shape[1:] for layer in model.layers] == [
        (28, 28, 6),
        (14, 14, 6),
        (10, 10, 16),
        (5, 5, 16),
        (1, 1, 120),
        (120,),
        (84,),
        (10,),
    ]
    counts = [trainable(layer) for layer in model.layers]
    assert counts == [156, 12, 1516, 32, 48120, 0, 10164, 0]
    assert trainable(model) == 60000
    assert model.count_params() == 60840  # with the 840 fixed numbers of the output


def test_the_table_is_that_of_the_paper() -> None:
    """Six contiguous triples, six contiguous fours, three split fours, and all."""

    def contiguous(size: int) -> set[tuple[int, ...]]:
        return {tuple(sorted((first + k) % 6 for k in range(size))) for first in range(6)}

    assert set(C3_TABLE[:6]) == contiguous(3)
    assert set(C3_TABLE[6:12]) == contiguous(4)
    # Two neighbours, a gap of one, two neighbours: all the ways to do that.
    split = {tuple(sorted((first + k) % 6 for k in (0, 1, 3, 4))) for first in range(3)}
    assert set(C3_TABLE[12:15]) == split
    assert C3_TABLE[15] == (0, 1, 2, 3, 4, 5)
    seen = np.bincount([m for maps in C3_TABLE for m in maps])
    assert seen.tolist() == [10] * 6  # each map of S2 is used ten times


def test_c3_sees_only_what_the_table_says() -> None:
    c3 = build_lenet5_1998(seed=0).get_layer("c3")
    x = np.random.default_rng(0).normal(size=(1, 14, 14, 6)).astype(np.float32)
    before = np.asarray(c3(x))
    for seen in range(6):
        changed = x.copy()
        changed[..., seen] += 1
        differs = (np.asarray(c3(changed)) != before).any(axis=(0, 1, 2))
        assert differs.tolist() == [seen in maps for maps in C3_TABLE]


def test_c3_is_a_convolution_per_connection() -> None:
    c3 = build_lenet5_1998(seed=0).get_layer("c3")
    c3.bias.assign(np.linspace(-1, 1, 16))
    x = np.random.default_rng(0).normal(size=(14, 14, 6)).astype(np.float32)
    kernel, bias = (np.array(weight.numpy()) for weight in c3.weights)
    expected, connection = np.zeros(16), 0
    for new, maps in enumerate(C3_TABLE):
        for seen in maps:
            expected[new] += (x[2:7, 3:8, seen] * kernel[..., connection]).sum()
            connection += 1
    assert connection == 60
    expected = 1.7159 * np.tanh(2 / 3 * (expected + bias))
    assert np.asarray(c3(x[None]))[0, 2, 3] == pytest.approx(expected, abs=1e-4)


def test_subsampling_by_hand() -> None:
    s2 = build_lenet5_1998().get_layer("s2")
    s2.coefficient.assign([0.1, 0, 1, 1, 1, 1])
    s2.bias.assign([0.5, -1, 0, 0, 0, 0])
    x = np.zeros((1, 28, 28, 6), np.float32)
    x[0, :2, :2, 0] = [[1, 2], [3, 4]]
    y = np.asarray(s2(x))
    assert y[0, 0, 0, 0] == pytest.approx(1.7159 * np.tanh(2 / 3 * (0.1 * 10 + 0.5)), rel=1e-5)
    assert y[0, 0, 0, 1] == pytest.approx(-1, abs=1e-4)


def test_the_scaled_tanh_keeps_one() -> None:
    assert np.asarray(scaled_tanh(np.array([-1.0, 0, 1]))) == pytest.approx([-1, 0, 1], abs=1e-4)


def test_the_codes_are_ten_different_pictures() -> None:
    codes = digit_codes()
    assert codes.shape == (10, 84)
    assert set(np.unique(codes)) == {-1, 1}
    differing = (codes[:, None] != codes).sum(axis=-1) + 84 * np.eye(10, dtype=int)
    assert differing.min() >= 8


def test_the_output_is_minus_the_squared_distance() -> None:
    output = build_lenet5_1998().get_layer("output")
    scores = np.asarray(output(digit_codes()))
    assert scores.argmax(axis=1).tolist() == list(range(10))
    assert np.diag(scores).tolist() == [0] * 10
    differing = (digit_codes()[3] != digit_codes()[8]).sum()
    assert scores[3, 8] == -4 * differing  # a pixel from −1 to 1 counts 2² = 4


def test_1998_learns_and_survives_the_disk(tmp_path: Path) -> None:
    (x, y), _ = load_mnist()
    x = 1.275 * np.pad(prepare(x[:600]), ((0, 0), (2, 2), (2, 2), (0, 0))) - 0.1
    model = build_lenet5_1998(seed=0)
    model.compile(
        optimizer=keras.optimizers.Adam(0.002),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(x, y[:600], batch_size=30, epochs=4, verbose=0)
    scores = model.predict(x, verbose=0)
    assert (scores.argmax(axis=1) == y[:600]).mean() > 0.8
    model.save(tmp_path / "1998.keras")
    again = keras.models.load_model(tmp_path / "1998.keras")
    assert np.array_equal(again.predict(x[:5], verbose=0), model.predict(x[:5], verbose=0))


def test_1998_seeds() -> None:
    one, same, other = (get_weights(build_lenet5_1998(seed=seed)) for seed in (5, 5, 6))
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not np.array_equal(one["c3/kernel"], other["c3/kernel"])
    assert abs(one["c1/kernel"]).max() <= 2.4 / 25
