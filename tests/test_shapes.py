"""Sizes, counts and receptive fields, against numbers worked out by hand or published."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import before_and_output

from lenet import functional as F  # noqa: N812
from lenet.shapes import (
    LENET5,
    Conv2D,
    Dense,
    Flatten,
    Layer,
    Pool2D,
    count,
    output_size,
    pad_amounts,
    pair,
    receptive_field,
    same_padding,
)


@pytest.mark.parametrize(
    ("size", "kernel_size", "strides", "padding", "expected"),
    [
        (32, 5, 1, 0, 28),
        (28, 5, 1, 2, 28),
        (28, 2, 2, 0, 14),
        (7, 3, 2, 0, 3),
        (8, 3, 2, 0, 3),  # the last column is left over
        (5, 5, 3, 0, 1),
        (1, 3, 1, 1, 1),
        (227, 11, 4, 0, 55),  # AlexNet's first layer
    ],
)
def test_output_size(
    size: int, kernel_size: int, strides: int, padding: int, expected: int
) -> None:
    assert output_size(size, kernel_size, strides, padding) == expected


numbers = st.integers(1, 12)


@given(numbers, numbers, numbers)
@settings(deadline=None, derandomize=True)
def test_same_padding_keeps_the_size_and_puts_the_odd_zero_after(n: int, k: int, s: int) -> None:
    before, after = same_padding(n, k, s)
    assert (before, (n + before + after - k) // s + 1) == before_and_output(n, k, s, "same")
    assert after - before in (0, 1)
    assert before < k  # so that no window lies on padding alone


@given(numbers, numbers, numbers, st.integers(0, 4))
@settings(deadline=None, derandomize=True)
def test_output_size_counts_the_windows_that_fit(n: int, k: int, s: int, p: int) -> None:
    if k <= n + 2 * p:
        assert output_size(n, k, s, p) == before_and_output(n, k, s, p)[1]
    else:
        with pytest.raises(ValueError, match="kernel_size must not be larger"):
            output_size(n, k, s, p)


def test_pairs() -> None:
    assert pair(np.int64(3), "strides") == (3, 3)
    assert pair([1, 2], "strides") == (1, 2)
    assert pad_amounts((4, 5), (2, 3), 1, "same") == ((0, 1), (1, 1))
    assert pad_amounts((4, 5), (2, 3), 1, (1, 0)) == ((1, 1), (0, 0))
    assert pad_amounts((4, 5), (2, 3), 1, "valid") == ((0, 0), (0, 0))


def test_lenet5_by_hand() -> None:
    counts = {layer.name: layer for layer in count(LENET5, (28, 28, 1))}
    assert [layer.parameters for layer in counts.values()] == [
        156, 0, 2_416, 0, 48_120, 0, 10_164, 850,
    ]  # fmt: skip
    assert sum(layer.parameters for layer in counts.values()) == 61_706
    assert counts["c1"].output_shape == (28, 28, 6)
    assert counts["c1"].connections == 28 * 28 * 156 == 122_304  # as LeCun et al. (1998) count
    assert counts["s2"].connections == 14 * 14 * 6 * 4
    assert counts["c3"].connections == 10 * 10 * 2_416
    assert counts["c5"].connections == counts["c5"].parameters
    assert counts["flatten"].connections == 0
    assert counts["output"].connections == 850
    assert [layer.receptive_field for layer in counts.values()] == [
        (n, n) for n in (5, 6, 14, 16, 32, 32, 32, 32)
    ]
    assert [layer.jump for layer in counts.values()] == [(n, n) for n in (1, 2, 2, 4, 4, 4, 4, 4)]
    assert [layer.kind for layer in counts.values()] == [
        "Conv2D", "Pool2D", "Conv2D", "Pool2D", "Conv2D", "Flatten", "Dense", "Dense",
    ]  # fmt: skip


def test_a_dense_layer_sees_the_whole_map_before_it() -> None:
    layers = (Conv2D(2, 3), Pool2D(2), Flatten(), Dense(5))
    *_, dense = count(layers, (10, 8, 1))  # 10×8 → 8×6 → 4×3
    assert dense.receptive_field == (4 + 3 * 2, 4 + 2 * 2)
    assert dense.parameters == (4 * 3 * 2 + 1) * 5


def test_directions_are_kept_apart() -> None:
    layers = (Conv2D(4, (3, 5), strides=(2, 1)), Pool2D((1, 2), strides=(1, 3)))
    conv, pool = count(layers, (9, 12, 3))
    assert conv.output_shape == (4, 8, 4)
    assert conv.parameters == (3 * 5 * 3 + 1) * 4
    assert pool.output_shape == (4, 3, 4)
    assert (pool.receptive_field, pool.jump) == ((3, 6), (2, 3))


def test_receptive_fields_by_hand() -> None:
    middle = receptive_field(LENET5, (28, 28, 1), "s4", 2, 1)
    # s4 row 2 ← c3 rows 4–5 ← s2 rows 4–9 ← c1 rows 8–19 ← rows 8 − 2 to 19 + 2
    assert middle == (slice(6, 22), slice(2, 18))
    assert receptive_field(LENET5, (28, 28, 1), "c5") == (slice(0, 28), slice(0, 28))
    assert receptive_field(LENET5, (28, 28, 1), "output") == (slice(0, 28), slice(0, 28))
    assert receptive_field(LENET5, (28, 28, 1), -7, 3, 3) == (slice(4, 10), slice(4, 10))
    # The windows of this layer leave the last column over, so not even a dense unit sees it.
    leaves_over = (Conv2D(1, 2, strides=2, name="c"), Flatten(), Dense(1, name="d"))
    assert receptive_field(leaves_over, (4, 5, 1), "d") == (slice(0, 4), slice(0, 4))


stacks: tuple[tuple[Layer, ...], ...] = (
    (Conv2D(1, (3, 2), strides=(1, 2), padding="same", name="a"), Pool2D(3, 2, "same", name="b")),
    (Conv2D(1, 3, padding=(2, 1), name="a"), Conv2D(1, (2, 4), strides=2, padding=1, name="b")),
    (Pool2D(2, padding=1, name="a"), Conv2D(1, 2, padding="same", name="b")),
)


@pytest.mark.parametrize("layers", stacks)
def test_a_unit_changes_only_with_what_it_sees(layers: tuple[Layer, ...]) -> None:
    shape = (9, 11, 1)

    def run(image: np.ndarray) -> np.ndarray:
        for layer in layers:
            k, s = layer.window  # type: ignore[union-attr]
            image = F.conv2d(image, np.ones((*k, 1, 1)), strides=s, padding=layer.padding)  # type: ignore[union-attr]
        return image[0, :, :, 0]

    # With all weights 1, the gradient of a unit is positive exactly on what it sees.
    basis = np.eye(9 * 11).reshape(99, 9, 11, 1)
    answers = np.stack([run(image[np.newaxis]) for image in basis])
    for row, column in np.ndindex(*count(layers, shape)[-1].output_shape[:2]):
        seen = np.zeros((9, 11), bool)
        seen[receptive_field(layers, shape, "b", row, column)] = True
        np.testing.assert_array_equal(answers[:, row, column].reshape(9, 11) > 0, seen)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: output_size(3, 5),
            "kernel_size must not be larger than the padded input. "
            "Received: kernel_size 5, input 3, padded 3.",
        ),
        (
            lambda: output_size(3, 2, 0),
            "strides must be an integer, 1 or more. Received: 0.",
        ),
        (
            lambda: output_size(3, 2, 1, -1),
            "padding must be an integer, 0 or more. Received: -1.",
        ),
        (
            lambda: output_size(3.5, 2),  # type: ignore[arg-type]
            "size must be an integer, 1 or more. Received: 3.5.",
        ),
        (
            lambda: pad_amounts((3, 3), 2, 1, "full"),
            'padding must be "valid", "same", an integer or a pair. Received: \'full\'.',
        ),
        (
            lambda: pad_amounts((3, 9), 5, 1, (0, 1)),
            "kernel_size must not be larger than the padded input. "
            "Received: kernel_size (5, 5), input (3, 9), padded (3, 11).",
        ),
        (
            lambda: pair((1, 2, 3), "strides"),
            "strides must be an integer or a pair (vertical, horizontal). Received: (1, 2, 3).",
        ),
        (
            lambda: pair("12", "strides"),
            "strides must be an integer, 1 or more. Received: '12'.",
        ),
        (lambda: Conv2D(0, 5), "filters must be an integer, 1 or more. Received: 0."),
        (lambda: Dense(0), "units must be an integer, 1 or more. Received: 0."),
        (
            lambda: Pool2D(2, padding=2),
            "padding must be smaller than pool_size, or a window would hold nothing else. "
            "Received: padding (2, 2), pool_size (2, 2).",
        ),
        (
            lambda: Pool2D((2, 3), padding=(2, 0)),
            "padding must be smaller than pool_size, or a window would hold nothing else. "
            "Received: padding (2, 0), pool_size (2, 3).",
        ),
        (
            lambda: Pool2D((3, 2), padding=(0, 2)),
            "padding must be smaller than pool_size, or a window would hold nothing else. "
            "Received: padding (0, 2), pool_size (3, 2).",
        ),
        (
            lambda: count([Dense(10, name="f6")], (5, 5, 16)),
            "Layer f6: The input of a dense layer must be flat, (features,): "
            "put a Flatten before it. Received: (5, 5, 16).",
        ),
        (
            lambda: count([Flatten(), Conv2D(6, 5)], (5, 5, 16)),
            "Layer conv2d_1: The input of this layer must be (height, width, channels). "
            "Received: (400,).",
        ),
        (
            lambda: receptive_field(LENET5, (28, 28, 1), "c7"),
            "layer must be one of ['c1', 's2', 'c3', 's4', 'c5', 'flatten', 'f6', 'output'], "
            "or an index. Received: 'c7'.",
        ),
        (
            lambda: receptive_field(LENET5, (28, 28, 1), "s4", 5, 0),
            "row and column must lie on the 5×5 map of layer s4. Received: (5, 0).",
        ),
        (
            lambda: receptive_field([Dense(3)], (5,), 0),
            "input_shape must be (height, width, channels). Received: (5,).",
        ),
    ],
)
def test_errors_say_what_was_expected_and_received(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the whole message is compared
        call()
    assert str(raised.value) == message


def test_a_unit_over_padding_only_sees_nothing() -> None:
    layers = [Conv2D(1, 3, name="first"), Conv2D(1, 2, padding=5, name="second")]
    assert receptive_field(layers, (8, 8, 1), "second", 0, 6) == (slice(0, 0), slice(0, 0))
    assert receptive_field(layers, (8, 8, 1), "second", 6, 6) == (slice(1, 5), slice(1, 5))
