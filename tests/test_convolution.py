"""The figure `convolution`: its state in Python, and the figure itself in chapter 2."""

import json
from collections.abc import Callable
from urllib.parse import quote

import keras
import numpy as np
import pytest
from conftest import OpenFigure
from traitlets import TraitError

from lenet.data import load_mnist, prepare
from lenet.widgets import Convolution
from lenet.widgets.convolution import kernels

CHAPTER = "02-convolution"
LINE = np.array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]], np.float32)


def in_keras(
    image: np.ndarray, kernel: np.ndarray, *, strides: int = 1, padding: int = 0
) -> np.ndarray:
    """What Keras makes of one image and one filter."""
    x = np.pad(np.asarray(image, np.float32), padding)[None, :, :, None]
    w = np.asarray(kernel, np.float32)[:, :, None, None]
    y = keras.ops.conv(x, w, strides=strides, padding="valid")
    return keras.ops.convert_to_numpy(y)[0, :, :, 0]


@pytest.fixture(scope="module")
def digit() -> np.ndarray:
    """The digit that the chapter's figure shows."""
    _, (x_test, _) = load_mnist()
    return prepare(x_test[0])[0, :, :, 0]


# In Python


def test_by_hand() -> None:
    figure = Convolution([[0, 1, 0], [2, 0, 0]], [[1, 10]])
    assert figure.activation_map.tolist() == [[10, 1], [2, 0]]
    figure.padding = 1
    assert figure.activation_map.tolist() == [[0] * 4, [0, 10, 1, 0], [20, 2, 0, 0], [0] * 4]


@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("name", kernels())
def test_the_map_is_what_keras_computes(
    digit: np.ndarray, name: str, padding: int, strides: int
) -> None:
    figure = Convolution(digit, kernels()[name], padding=padding, strides=strides)
    expected = in_keras(digit, kernels()[name], padding=padding, strides=strides)
    np.testing.assert_allclose(figure.activation_map, expected, atol=1e-5)
    figure.relu = True
    np.testing.assert_allclose(figure.activation_map, np.maximum(expected, 0), atol=1e-5)


def test_it_starts_at_the_strongest_cell() -> None:
    figure = Convolution(np.eye(6), np.eye(3))
    assert figure.cell == (0, 0)
    figure = Convolution(np.pad([[1.0]], ((2, 3), (4, 1))), [[1]])
    assert figure.cell == (2, 4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image": np.zeros(4)}, r"image must be an array \(height, width\) .* shape \(4,\)"),
        ({"image": [[np.nan]]}, "Received: NaN or infinity"),
        ({"image": "seven"}, "image must be an array .* Received: 'seven'"),
        ({"image": np.zeros((65, 3))}, r"image must be at most 64×64. Received: shape \(65, 3\)"),
        ({"kernel": np.zeros((8, 8))}, "kernel must be at most 7×7"),
        ({"padding": 4}, "padding"),
        ({"strides": 0}, "strides"),
        ({"strides": 1.5}, "strides"),
        ({"relu": "yes"}, "relu"),
        ({"cell": (0, -1)}, "cell"),
    ],
)
def test_what_is_no_value_is_refused(settings: dict, message: str) -> None:
    with pytest.raises(TraitError, match=message):
        Convolution(**settings)
    figure = Convolution()
    before = figure.activation_map
    (name, value) = next(iter(settings.items()))
    with pytest.raises(TraitError, match=message):
        setattr(figure, name, value)
    assert np.array_equal(figure.activation_map, before)


def test_an_array_cannot_be_changed_behind_the_figures_back() -> None:
    figure = Convolution()
    with pytest.raises(ValueError, match="read-only"):
        figure.kernel[0, 0] = 5


def test_a_kernel_that_does_not_fit_is_an_error_when_the_map_is_asked_for() -> None:
    figure = Convolution(np.zeros((6, 6)), cell=(0, 0))
    figure.kernel = np.zeros((7, 7))
    with pytest.raises(ValueError, match="larger than"):
        _ = figure.activation_map


# In the chapter


@pytest.fixture
def figure(open_figure: Callable[..., OpenFigure]) -> OpenFigure:
    return open_figure(CHAPTER, "convolution")


def sum_at(y: np.ndarray, row: int, column: int) -> str:
    """How the readout begins for a cell of the map."""
    value = f"{y[row, column]:.2f}".replace("-", "−")
    return f"Row {row}, column {column}: the 9 products add up to {value}"


def test_pointing_at_a_cell_tells_its_sum(figure: OpenFigure, digit: np.ndarray) -> None:
    y = in_keras(digit, LINE)
    for cell in [(7, 10), (9, 8), (20, 12)]:
        figure.point("Activation map", *cell)
        assert figure.says().startswith(sum_at(y, *cell))
    figure.point("Image", 9, 11)  # the centre of a window that begins one row and column before
    assert figure.says().startswith(sum_at(y, 8, 10))
    assert figure.problems == []


def test_by_keyboard_alone(figure: OpenFigure, digit: np.ndarray) -> None:
    figure.root.get_by_label("Kernel", exact=True).first.press("v")  # vertical line
    figure.root.get_by_label("Padding").press("ArrowRight")
    figure.root.get_by_label("Stride").press("ArrowRight")
    figure.map("Activation map").press("Home")
    figure.map("Activation map").press("PageUp")
    for key in ["ArrowDown"] * 4 + ["ArrowRight"] * 6 + ["ArrowLeft"]:
        figure.map("Activation map").press(key)
    y = in_keras(digit, LINE.T, padding=1, strides=2)
    assert figure.says().startswith(sum_at(y, 4, 5))
    assert f"= 14.5, rounded down to {y.shape[0]}." in figure.says()


def test_the_arrow_keys_move_the_window(figure: OpenFigure, digit: np.ndarray) -> None:
    for key in ["ArrowDown"] * 3 + ["ArrowLeft"]:  # the window begins at row 2, column 12
        figure.map("Image").press(key)
    assert figure.says().startswith(sum_at(in_keras(digit, LINE), 5, 11))


def test_relu(figure: OpenFigure, digit: np.ndarray) -> None:
    y = in_keras(digit, LINE)
    row, column = map(int, np.unravel_index(y.argmin(), y.shape))
    figure.point("Activation map", row, column)
    figure.root.get_by_label("ReLU").check()
    assert figure.says().startswith(f"{sum_at(y, row, column)}, after ReLU 0.")


def test_a_typed_weight_counts(figure: OpenFigure, digit: np.ndarray) -> None:
    figure.root.get_by_label("Kernel, row 0, column 2").fill("-3.5")
    figure.root.get_by_label("Kernel, row 0, column 2").press("Enter")
    kernel = LINE.copy()
    kernel[0, 2] = -3.5
    figure.point("Activation map", 9, 11)
    assert figure.says().startswith(sum_at(in_keras(digit, kernel), 9, 11))


def test_drawing_makes_ink(figure: OpenFigure) -> None:
    figure.root.get_by_role("button", name="Clear").click()
    figure.root.get_by_role("button", name="Draw").click()
    figure.point("Image", 10, 4)
    figure.page.mouse.down()
    figure.point("Image", 10, 22)
    figure.page.mouse.up()
    figure.point("Activation map", 9, 12)  # the window's middle row lies in the stroke
    assert "add up to 0" not in figure.says()
    figure.point("Activation map", 20, 12)
    assert "add up to 0." in figure.says()
    figure.root.get_by_role("button", name="Reset").click()
    assert figure.says().startswith("Row 2, column 12")
    assert figure.root.get_by_label("Image", exact=True).first.input_value() == "digit 7"


def test_drawing_by_keys(figure: OpenFigure) -> None:
    figure.root.get_by_role("button", name="Clear").click()
    figure.root.get_by_role("button", name="Draw").click()
    for key in ["ArrowUp", " ", *["ArrowRight"] * 6, " ", *["ArrowDown"] * 3]:
        figure.map("Image").press(key)
    figure.point("Activation map", 12, 16)
    assert "add up to 0" not in figure.says()


def test_play_walks_on_and_stops(figure: OpenFigure) -> None:
    figure.root.get_by_role("button", name="Step").click()
    assert figure.says().startswith("Row 2, column 13")
    figure.root.get_by_role("button", name="Play").click()
    figure.page.wait_for_function(
        "e => e.textContent.startsWith('Row 2, column 15')",
        arg=figure.root.locator(".lenet-readout").element_handle(),
    )
    figure.root.get_by_role("button", name="Pause").click()
    stopped = figure.says()
    figure.page.wait_for_timeout(500)
    assert figure.says() == stopped


def test_a_link_restores_kernel_and_settings(
    open_figure: Callable[..., OpenFigure], digit: np.ndarray
) -> None:
    kernel = np.array([[1, 0, -0.5], [0, 2, 0], [0.25, 0, -1]])
    state = f"convolution.kernel=3x3:{','.join(map(str, kernel.ravel()))}"
    state += f"&convolution.padding=2&convolution.cell={quote(json.dumps([9, 13]))}"
    figure = open_figure(CHAPTER, "convolution", state=state)
    assert figure.says().startswith(sum_at(in_keras(digit, kernel, padding=2), 9, 13))
    assert figure.complaint() == ""


def test_an_impossible_setting_is_explained(open_figure: Callable[..., OpenFigure]) -> None:
    kernel = "7x7:" + ",".join(["1"] * 49)
    figure = open_figure(CHAPTER, "convolution", index=1, state=f"convolution-2.kernel={kernel}")
    assert "larger than the padded input" in figure.complaint()
    figure.root.get_by_label("Padding").press("ArrowRight")
    assert figure.complaint() == ""
    assert figure.problems == []
