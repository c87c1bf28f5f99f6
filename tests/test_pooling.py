"""The pooling figure: its state in Python, and what it shows and says on the page."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from conftest import OpenFigure
from numpy.typing import ArrayLike, NDArray
from traitlets import TraitError

from lenet.widgets import Pooling
from lenet.widgets.pooling import inputs

CHAPTER = "03-pooling"
FIVE = inputs()["numbers, 5×5"]
Opener = Callable[..., OpenFigure]


def pooled(
    x: ArrayLike, *, size: int, strides: int, keep: Callable[..., np.floating] = np.max
) -> NDArray[np.float64]:
    """Pool with loops, to be sure."""
    x = np.asarray(x, float)
    rows, columns = ((n - size) // strides + 1 for n in x.shape)
    starts = [
        [(strides * row, strides * column) for column in range(columns)] for row in range(rows)
    ]
    return np.array(
        [[keep(x[r : r + size, c : c + size]) for r, c in line] for line in starts], float
    )


def share_changed(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    return float(np.mean(~np.isclose(before, after, atol=1e-4)))


# Python


def test_the_worked_example() -> None:
    figure = Pooling()
    assert figure.pooled.tolist() == [[4, 2], [2, 8]]
    figure.operation = "average"
    assert figure.pooled.tolist() == [[2.5, 0.75], [0.75, 6.5]]
    assert Pooling(pool_size=3).strides == 3  # unless it is given, as in Keras
    assert Pooling(pool_size=3, strides=1).strides == 1
    assert Pooling().cell == (1, 1)  # the strongest


@pytest.mark.parametrize("operation", ["max", "average"])
@pytest.mark.parametrize(("size", "strides"), [(1, 1), (2, 2), (3, 1), (3, 2), (2, 4), (4, 3)])
def test_the_pooled_map(operation: str, size: int, strides: int) -> None:
    x = np.random.default_rng(0).normal(size=(7, 9)).astype(np.float32)
    figure = Pooling(x, operation=operation, pool_size=size, strides=strides, shift=-2)
    keep = np.max if operation == "max" else np.mean
    moved = np.concatenate([x[:, 2:], x[:, :2]], axis=1)
    expected = pooled(moved, size=size, strides=strides, keep=keep)
    np.testing.assert_allclose(figure.pooled, expected, atol=1e-6)


def test_what_a_shift_changes() -> None:
    stripes = inputs()["stripes"]
    figure = Pooling(stripes)
    assert (figure.changed, figure.relative_change) == (0, 0)
    figure.shift = 1  # the stripes run together: every second pooled column turns from 0 to 1
    assert figure.changed == 0.5
    assert figure.pooled.min() == 1
    assert figure.relative_change == pytest.approx(1)
    figure.shift = 2  # by the stride: the pooled map has moved by one cell, all of it changed
    assert figure.changed == 1
    assert Pooling(np.zeros((4, 4)), shift=1).relative_change == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"x": np.zeros(3)}, r"x must be an array \(height, width\).*Received: shape \(3,\)"),
        ({"x": np.zeros((65, 3))}, r"x must be at most 64×64. Received: shape \(65, 3\)"),
        ({"x": [[np.nan]]}, "x must be .*finite numbers. Received: NaN"),
        ({"operation": "min"}, "operation.*'max'.*'average'"),
        ({"pool_size": 5}, "'pool_size'.* greater than 4"),
        ({"strides": 0}, "'strides'.* less than 1"),
        ({"shift": 4}, "'shift'.* greater than 3"),
    ],
)
def test_a_wrong_value_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(TraitError, match=message):
        Pooling(**settings)


def test_a_window_larger_than_the_map_is_refused_when_read() -> None:
    figure = Pooling(np.ones((3, 3)), pool_size=2)
    figure.pool_size = 4
    with pytest.raises(ValueError, match="kernel_size must not be larger"):
        _ = figure.pooled


@pytest.mark.parametrize("name", ["numbers, 5×5", "a seven in c1"])
def test_the_still_picture(name: str) -> None:
    data, _ = Pooling(inputs()[name])._repr_mimebundle_()
    assert re.search(r'data-figure="pooling".*alt="[^"]{20,}"', data["text/html"], re.S)
    assert data["image/png"]


# The page


def test_by_mouse(open_figure: Opener) -> None:
    figure = open_figure(CHAPTER, "pooling")
    figure.root.get_by_label("Example").select_option("numbers, 5×5")
    figure.root.get_by_label("Pool size").fill("3")
    figure.root.get_by_label("Stride").fill("2")
    figure.point("Pooled map", 0, 1)
    assert pooled(FIVE, size=3, strides=2)[0, 1] == 9
    assert figure.says() == "Max of 9, 0, 3, 0, 1, 0, 6, 0, 1 is 9. 25 numbers became 4."
    figure.point("Input", 4, 0)  # the window that holds it
    assert figure.says().startswith("Max of 2, 0, 6, 0, 1, 0, 3, 0, 1 is 6.")
    figure.root.get_by_label("Operation").select_option("average")
    mean = pooled(FIVE, size=3, strides=2, keep=np.mean)[1, 0]
    assert f"is {mean:.2f}." in figure.says()
    assert "9 in overlaps" in figure.root.inner_text()
    assert not figure.problems


def test_by_keyboard_and_what_a_shift_changes(open_figure: Opener) -> None:
    figure = open_figure(CHAPTER, "pooling", state="pooling.cell=[0,0]")
    assert figure.says().startswith("Max of 1, 3, 4, 2 is 4.")
    figure.map("Pooled map").focus()
    figure.page.keyboard.press("ArrowRight")
    assert figure.says().startswith("Max of 2, 0, 0, 1 is 2.")
    figure.map("Input").focus()
    for _ in range(2):
        figure.page.keyboard.press("ArrowDown")
    assert figure.says().startswith("Max of 5, 6, 7, 8 is 8.")
    figure.root.get_by_label("Shift").focus()
    figure.page.keyboard.press("ArrowRight")
    x = inputs()["numbers, 4×4"]
    moved = np.roll(x, 1, axis=1)
    counts = [
        np.sum(x != moved),
        np.sum(pooled(x, size=2, strides=2) != pooled(moved, size=2, strides=2)),
    ]
    assert f"changed {counts[0]} of 16 input cells, {counts[1]} of 4 pooled" in figure.says()
    assert not figure.problems


def test_a_link_restores_a_map_of_the_network(open_figure: Opener) -> None:
    x = inputs()["a seven in c1"]
    figure = open_figure(CHAPTER, "pooling", state="pooling.shift=1&pooling.operation=average")
    figure.root.get_by_label("Example").select_option("a seven in c1")
    python = Pooling(x, operation="average", shift=1)
    text = re.search(r"changed (\d+) of 784 input cells, (\d+) of 196 pooled", figure.says())
    assert text
    assert int(text[2]) == round(196 * python.changed)
    assert int(text[1]) == round(784 * share_changed(x, np.roll(x, 1, axis=1)))
    size = f"{100 * python.changed:.0f}%, size {python.relative_change:.2f}"
    assert size in figure.root.inner_text()
    figure.page.wait_for_function("location.hash.includes('pooling.x=28x28~')")
    # The address alone brings it back.
    again = open_figure(CHAPTER, "pooling", state=figure.page.url.split("#")[1])
    assert again.says() == figure.says()
    again.root.get_by_role("button", name="Reset").click()
    assert "Shift" not in again.says()
    assert not figure.problems + again.problems


def test_cells_that_no_window_sees(open_figure: Opener) -> None:
    figure = open_figure(CHAPTER, "pooling", state="pooling.pool_size=2&pooling.strides=3")
    seen = {(r, c) for r in (0, 1) for c in (0, 1)}  # the one window that fits
    assert f"{16 - len(seen)} never seen" in figure.root.inner_text()
    figure.point("Input", 3, 2)
    assert figure.says().startswith("No window sees row 3, column 2.")
    assert not figure.problems


@pytest.mark.parametrize(
    "state",
    ["operation=min", "shift=4", "strides=0", "cell=[0]", "cell=[0,-1]", "x=2x2:1,2,3", "x=3"],
)
def test_nonsense_in_a_link(open_figure: Opener, state: str) -> None:
    figure = open_figure(CHAPTER, "pooling", state=f"pooling.{state}")
    assert f"cannot show: {state.replace('=', ' = ')}" in figure.complaint()
    assert figure.says()  # and the rest works
    assert not figure.problems


def test_a_window_that_does_not_fit_is_explained(open_figure: Opener) -> None:
    figure = open_figure(CHAPTER, "pooling", state="pooling.x=3x3:1,2,3,4,5,6,7,8,9")
    figure.root.get_by_label("Pool size").fill("4")
    assert "A window of 4×4 does not fit into the input of 3×3" in figure.complaint()
    figure.root.get_by_label("Pool size").fill("3")
    assert not figure.complaint()
    assert figure.says().startswith("Max of 1, 2, 3, 4, 5, 6, 7, 8, 9 is 9.")
    assert not figure.problems
