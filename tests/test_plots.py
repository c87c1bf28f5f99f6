"""Pictures: what they hold and say, what they refuse, and that Jupyter shows each once."""

import io
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import nbformat
import numpy as np
import pytest
from matplotlib.figure import Figure
from nbclient import NotebookClient
from PIL import Image

from lenet import plots
from lenet.plots import Picture, drawing
from lenet.shapes import LENET5, count

RNG = np.random.default_rng(0)
DIGITS = RNG.integers(0, 256, (12, 28, 28), dtype=np.uint8)
RGB = RNG.random((16, 24, 3))
SIGNED = RNG.normal(size=(5, 5, 1, 6))
SMALL = np.array([[0, 0, 0, 0], [0, 9, 9, 0], [0, 0, 9, 0], [0, 0, 9, 0]])
LINE = np.array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]])
P = np.full(10, 0.05)
P[3] = 0.55
X = np.linspace(-3, 3, 31)
LAYERS = {
    "c1": RNG.normal(size=(1, 28, 28, 6)),
    "s2": RNG.random((1, 14, 14, 6)),
    "c3": RNG.random((1, 10, 10, 16)),
    "s4": RNG.random((1, 5, 5, 16)),
    "c5": RNG.random((1, 1, 1, 120)),
    "flatten": RNG.random((1, 120)),
    "f6": RNG.random((1, 84)),
    "output": P[None],
}
HISTORY = {
    "loss": [0.4, 0.1, 0.05],
    "val_loss": [0.2, 0.09, 0.0612],
    "accuracy": [0.9, 0.97, 0.98],
    "val_accuracy": [0.95, 0.98, 0.9834],
}
CONFUSION = np.diag(np.arange(90, 100))
CONFUSION[4, 9] = 7

EXAMPLES: dict[str, tuple[Callable[[], Picture], int]] = {
    "one image": (lambda: plots.images(DIGITS[0]), 1),
    "images": (lambda: plots.images(DIGITS, [f"digit {k}" for k in range(12)]), 12),
    "images of any size": (lambda: plots.images([DIGITS[0], RGB], ["grey", "colour"]), 2),
    "signed image": (lambda: plots.images(SIGNED[..., 0, 0]), 1),
    "pixels": (lambda: plots.pixels(DIGITS[0][:9, :28]), 1),
    "pixels, several": (lambda: plots.pixels([SMALL, LINE], titles="ab", signs=["×"]), 2),
    "channels": (lambda: plots.channels(RGB), 4),
    "filters": (lambda: plots.filters(SIGNED, range(6), layer="c1"), 7),
    "deep filters": (lambda: plots.filters(RNG.normal(size=(3, 3, 2, 8)), range(8)), 17),
    "very deep filters": (lambda: plots.filters(RNG.normal(size=(5, 5, 2, 60))), 121),
    "maps": (lambda: plots.maps(LAYERS["c1"], range(6)), 7),
    "step": (lambda: plots.convolution_step(SMALL, LINE, 1, 0), 6),
    "step, decimals": (lambda: plots.convolution_step(DIGITS[0] / 255, SIGNED[..., 0, 0], 3, 9), 6),
    "sliding": (lambda: plots.sliding(10, 3, 3), 1),
    "sliding, padded": (lambda: plots.sliding(28, 5, 1, 2), 1),
    "pooling": (lambda: plots.pooling(SMALL, [[9, 9], [0, 9]]), 2),
    "pooling, overlapping": (lambda: plots.pooling(SMALL, np.full((2, 2), 9), 3, 1), 2),
    "functions": (lambda: plots.functions(X, {"ReLU": np.maximum(X, 0), "tanh": np.tanh(X)}), 1),
    "curves": (lambda: plots.curves({"a": [1, 2, 3], "b": [3, 2, 3.01]}, "epoch", "loss"), 1),
    "curves, log": (lambda: plots.curves({"a": [1, 10, 100]}, x=[0, 5, 10], log=True), 1),
    "history": (lambda: plots.history(HISTORY), 2),
    "probabilities": (lambda: plots.probabilities(P, label=8), 1),
    "probabilities, several": (lambda: plots.probabilities([P] * 4, [3] * 4, titles="abcd"), 4),
    "volume": (lambda: plots.volume([(32, 32, 1), (28, 28, 6)], ["image", "maps"]), 1),
    "architecture": (lambda: plots.architecture(count(LENET5, (28, 28, 1))), 1),
    "activations": (lambda: plots.activations(DIGITS[0], LAYERS, P), 49),
    "receptive field": (lambda: plots.receptive_field(DIGITS[0], (-2, 12), (8, 22)), 2),
    "confusion": (lambda: plots.confusion_matrix(CONFUSION), 1),
    "mistakes": (lambda: plots.mistakes(DIGITS[:7], P[:7] > 1, [3] * 7, P[:7], [2]), 7),
    "shares": (lambda: plots.shares({"work": {"c1": 0.25, "f6": 0.75}}), 1),
    "paths": (lambda: plots.paths(X, X, np.add.outer(X**2, X**2), {"way": [[1, 1], [0, 0]]}), 1),
    "reading": (lambda: plots.reading(np.zeros((28, 36)), [P, P, P], window=28, strides=4), 2),
}


def data(figure: Figure, axes: int, image: int = 0) -> np.ndarray[Any, Any]:
    """The matrix that a picture shows."""
    return np.asarray(figure.axes[axes].images[image].get_array())


def words(figure: Figure) -> list[str]:
    """Everything written in a picture."""
    texts = [*figure.texts]
    for axes in figure.axes:
        texts += [*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label]
        texts += [axes._left_title, *axes.get_xticklabels(), *axes.get_yticklabels()]  # type: ignore[attr-defined]
    return [text.get_text() for text in texts if text.get_text() and text.get_visible()]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_picture(name: str) -> None:
    before = dict(mpl.rcParams)
    draw, axes = EXAMPLES[name]
    figure = draw()
    assert isinstance(figure, Figure)
    assert len(figure.axes) == axes
    assert figure.get_size_inches()[0] == plots.WIDTH
    with Image.open(io.BytesIO(figure.png())) as picture:
        assert picture.width == 2 * 96 * plots.WIDTH
        assert picture.info["Description"] == figure.alt
    assert figure.alt[0].isupper() or figure.alt[0].isdigit() or name == "curves"
    assert figure.alt.endswith(".")
    assert figure.alt in repr(figure)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", EXAMPLES)
def test_text_stays_inside_and_apart(name: str) -> None:
    figure = EXAMPLES[name][0]()
    figure.draw_without_rendering()
    texts = [*figure.texts]
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
            texts += [label for place, label in ticks if low <= place <= high]
        texts += [*axes.texts, axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]  # type: ignore[attr-defined]
    shown = [text for text in texts if text.get_text().strip() and text.get_visible()]
    boxes = [text.get_window_extent() for text in shown]
    for text, box in zip(shown, boxes, strict=True):
        inside = figure.bbox.padded(1)
        assert inside.contains(*box.min), text.get_text()
        assert inside.contains(*box.max), text.get_text()
    for k, box in enumerate(boxes):
        for other, rest in zip(shown[:k], boxes[:k], strict=True):
            # A pixel or two of empty leading may be shared.
            wide = min(box.x1, rest.x1) - max(box.x0, rest.x0)
            high = min(box.y1, rest.y1) - max(box.y0, rest.y0)
            assert wide < 1.5 or high < 4, f"{shown[k].get_text()!r} on {other.get_text()!r}"


def test_images_show_what_was_given() -> None:
    figure = plots.images(DIGITS[:3], [7, 2, 1])
    for k in range(3):
        np.testing.assert_array_equal(data(figure, k), DIGITS[k])
        assert figure.axes[k].images[0].get_clim() == (0, 255)
        assert figure.axes[k].images[0].get_interpolation() == "nearest"
    assert words(figure) == ["7", "2", "1"]


def test_colour_images_keep_their_colours() -> None:
    figure = plots.images([RGB])
    np.testing.assert_allclose(data(figure, 0), RGB)
    bytes_ = (RGB * 255).astype(np.uint8)
    np.testing.assert_allclose(data(plots.images([bytes_]), 0), bytes_ / 255)


def test_channels_split_and_merge() -> None:
    figure = plots.channels(RGB)
    for k in range(3):
        np.testing.assert_array_equal(data(figure, k), RGB[..., k])
    np.testing.assert_allclose(data(figure, 3), RGB)


@pytest.mark.parametrize(
    ("array", "limits"),
    [
        (np.array([[0, 128]], np.uint8), (0, 255)),
        (np.array([[0.0, 0.5]]), (0, 1)),
        (np.array([[0, 9]]), (0, 9)),
        (np.array([[0, 9]], np.uint8), (0, 9)),
        (np.array([[True, False]]), (0, 1)),
        (np.array([[-1.0, 3.0]]), (-3, 3)),
        (np.array([[0.0, 7.5]]), (0, 7.5)),
        (np.array([[2.5, 7.5]]), (0, 7.5)),
    ],
)
def test_limits(array: np.ndarray[Any, Any], limits: tuple[float, float]) -> None:
    assert plots.images(array).axes[0].images[0].get_clim() == limits
    assert plots.pixels(array).axes[0].images[0].get_clim() == limits


def test_a_dark_photo_stays_dark() -> None:
    dark = np.full((4, 4, 3), 5, np.uint8)
    np.testing.assert_allclose(data(plots.images([dark]), 0), dark / 255)


def test_numbers_in_cells() -> None:
    assert words(plots.pixels([[0, -1], [2, 10]])) == ["0", "−1", "2", "10"]
    assert words(plots.pixels([[0.5, -0.25]])) == ["0.50", "−0.25"]
    assert words(plots.pixels([[0.5, 0.0]])) == ["0.5", "0"]
    assert words(plots.pixels([[1, 2]], values=False)) == []


def test_filters_and_maps_are_symmetric_about_zero() -> None:
    largest = float(np.abs(SIGNED).max())
    figure = plots.filters(SIGNED)
    for k in range(6):
        np.testing.assert_array_equal(data(figure, k), SIGNED[:, :, 0, k])
        assert figure.axes[k].images[0].get_clim() == (-largest, largest)
    figure = plots.maps(LAYERS["s2"])
    for k in range(6):
        np.testing.assert_array_equal(data(figure, k), LAYERS["s2"][0, :, :, k])
        low, high = figure.axes[k].images[0].get_clim()
        assert low == -high == -LAYERS["s2"].max()
    assert figure.axes[0].images[0].cmap(0.5) == (1, 1, 1, 1)


def test_deep_filters_stand_in_columns() -> None:
    kernel = RNG.normal(size=(3, 3, 2, 4))
    figure = plots.filters(kernel, "abcd")
    np.testing.assert_array_equal(data(figure, 5), kernel[:, :, 1, 1])
    assert figure.axes[5].get_position().x0 == pytest.approx(figure.axes[1].get_position().x0)
    assert [axes.get_title() for axes in figure.axes[:8]] == ["a", "b", "c", "d", "", "", "", ""]
    assert [text.get_text() for text in figure.texts] == ["channel 0", "channel 1"]


def test_convolution_step_adds_up() -> None:
    figure = plots.convolution_step(SMALL, LINE, 0, 1, bias=0.5)
    window = SMALL[0:3, 1:4]
    np.testing.assert_array_equal(data(figure, 2), window)
    np.testing.assert_array_equal(data(figure, 3), LINE)
    np.testing.assert_array_equal(data(figure, 4), window * LINE)
    # -1·(0 + 0 + 0) + 2·(9 + 9 + 0) - 1·(0 + 9 + 0) = 27
    assert data(figure, 5).item() == 27.5
    assert "27.5" in words(figure)
    whole = np.ma.asarray(figure.axes[1].images[0].get_array())
    assert whole[0, 1] == 27.5
    assert whole.mask.sum() == 3


def test_convolution_step_with_strides_and_output() -> None:
    output = np.arange(4).reshape(2, 2)
    figure = plots.convolution_step(
        np.ones((5, 5)), np.ones((3, 3)), 1, 0, strides=2, output=output
    )
    (box,) = (patch for patch in figure.axes[0].patches)
    assert (box.get_x(), box.get_y()) == (-0.5, 1.5)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(data(figure, 1), [[0, 1], [9, 3]])


@pytest.mark.parametrize(
    ("arguments", "places", "unused"),
    [((7, 3), 5, 0), ((10, 3, 3), 3, 1), ((10, 2, 3), 3, 4), ((7, 3, 2, 1), 4, 0)],
)
def test_sliding(arguments: tuple[int, ...], places: int, unused: int) -> None:
    figure = plots.sliding(*arguments)
    hatched = [patch for patch in figure.axes[0].patches if patch.get_hatch()]
    assert len(hatched) == unused
    assert ("never used" in words(figure)) == bool(unused)
    assert f"{places} places, {unused or 'no'} cell" in figure.alt
    # Each place has a window and an output cell.
    assert len(figure.axes[0].patches) == arguments[0] + 2 * (arguments[3:] or (0,))[0] + 2 * places


def test_pooling_colours_windows_like_their_results() -> None:
    figure = plots.pooling(SMALL, [[9, 9], [0, 9]], name="largest")
    before, after = figure.axes
    assert [p.get_facecolor() for p in before.patches] == [p.get_facecolor() for p in after.patches]
    assert "largest 2×2" in words(figure)


def test_lines_are_the_numbers() -> None:
    figure = plots.functions(X, {"ReLU": np.maximum(X, 0)})
    line = next(line for line in figure.axes[0].lines if line.get_label() == "ReLU")
    np.testing.assert_array_equal(line.get_ydata(), np.maximum(X, 0))
    figure = plots.curves({"loss": [0.9, 0.5]}, "epoch")
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_xdata(), [1, 2])
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), [0.9, 0.5])


def test_lines_on_each_other_are_both_seen() -> None:
    figure = plots.curves({"a": [1, 2], "b": [1, 2], "c": [2, 1]})
    assert [line.get_linestyle() for line in figure.axes[0].lines] == ["-", "--", "-"]


def test_history_names_the_last_values() -> None:
    figure = plots.history(HISTORY)
    np.testing.assert_allclose(figure.axes[1].lines[1].get_ydata(), [95, 98, 98.34])
    written = words(figure)
    for text in ("training 0.050", "validation 0.061", "training 98.00%", "validation 98.34%"):
        assert text in written


def test_probabilities_mark_the_label() -> None:
    figure = plots.probabilities(P, label=8)
    np.testing.assert_allclose([bar.get_height() for bar in figure.axes[0].patches], P)  # type: ignore[attr-defined]
    assert {"8\nlabel", "0.55"} <= set(words(figure))
    colors = [mpl.colors.to_hex(bar.get_facecolor()).upper() for bar in figure.axes[0].patches]
    assert colors[3] == drawing.VERMILLION
    assert colors[8] == drawing.GREEN


def test_volumes_are_to_scale() -> None:
    figure = plots.volume([(20, 10, 2), (10, 5, 1)])
    fronts = [np.ptp(patch.get_xy(), axis=0) for patch in figure.axes[0].patches[2::3]]  # type: ignore[attr-defined]
    np.testing.assert_allclose(fronts[0], 2 * fronts[1])
    assert fronts[0][1] == pytest.approx(2 * fronts[0][0])


def test_architecture_says_shapes_and_parameters() -> None:
    figure = plots.architecture(count(LENET5, (28, 28, 1)))
    written = words(figure)
    for text in ("c1", "28×28×6", "156", "2,416", "48,120", "10,164", "850"):
        assert text in written
    assert "61,706 parameters in all" in written
    assert "flatten" not in written
    large = plots.architecture(count(LENET5, (32, 32, 1)), (32, 32, 1))
    assert "32×32×1" in words(large)


def test_activations_hold_every_map() -> None:
    figure = plots.activations(DIGITS[0], LAYERS, P)
    np.testing.assert_array_equal(data(figure, 0), DIGITS[0])
    # After the image and the key: 6 + 6 + 16 + 16 maps, two layers of units, the answer.
    np.testing.assert_array_equal(data(figure, 2), LAYERS["c1"][0, :, :, 0])
    np.testing.assert_array_equal(data(figure, 45), LAYERS["s4"][0, :, :, 15])
    np.testing.assert_array_equal(data(figure, 46).ravel(), LAYERS["c5"].ravel())
    np.testing.assert_array_equal(data(figure, 47).ravel(), LAYERS["f6"].ravel())
    np.testing.assert_allclose([bar.get_height() for bar in figure.axes[48].patches], P)  # type: ignore[attr-defined]
    assert {"c1", "28×28×6", "c5", "120", "f6", "84", "output", "0.55"} <= set(words(figure))


def test_activations_of_any_network() -> None:
    layers = {"hidden": RNG.random((1, 50)), "wide": RNG.random(3)}
    assert len(plots.activations(DIGITS[0], layers, [0.2, 0.8]).axes) == 5
    shown = data(plots.activations(DIGITS[0], layers, [0.2, 0.8]), 2)
    np.testing.assert_array_equal(shown.ravel()[:50], layers["hidden"][0])


def test_receptive_field_shows_the_part() -> None:
    figure = plots.receptive_field(DIGITS[0], slice(4, 9), slice(10, 15))
    np.testing.assert_array_equal(data(figure, 1), DIGITS[0][4:9, 10:15])
    padded = np.ma.asarray(
        plots.receptive_field(DIGITS[0], (-2, 12), (8, 22)).axes[1].images[0].get_array()
    )
    assert padded.mask.sum() == 2 * 14
    np.testing.assert_array_equal(padded[2:], DIGITS[0][:12, 8:22])


def test_confusion_matrix_colours_only_mistakes() -> None:
    figure = plots.confusion_matrix(CONFUSION)
    shown = data(figure, 0)
    assert shown[4, 9] == shown.max() > 0
    assert np.count_nonzero(shown) == 1
    assert words(figure).count("·") == 89
    assert "4 was taken for 9, 7 times" in figure.alt


def test_mistakes_say_what_was_read() -> None:
    figure = plots.mistakes(DIGITS[:3], [4, 9, 7], [9, 4, 2], [0.975, 0.5, 0.99999], marked=[1])
    np.testing.assert_array_equal(data(figure, 1), DIGITS[1])
    assert words(figure) == [
        *("4 read as 9", "98%"),
        *("9 read as 4", "50% ★"),
        *("7 read as 2", ">99.99%"),
    ]


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plots.images(np.zeros(5)), r"rank 2, .* Received: shape \(5,\)"),
        (lambda: plots.images(np.zeros((2, 4, 4, 2))), r"Received: shape \(4, 4, 2\)"),
        (lambda: plots.images(np.zeros((512, 512, 3))), r"\[image\]. Received: 512"),
        (lambda: plots.images(np.zeros((2, 4, 4)), ["a"]), "as many as images, 2. Received: 1"),
        (lambda: plots.images(np.full((4, 4), np.nan)), "finite. Received: NaN"),
        (lambda: plots.images(np.zeros((2, 4, 4)), columns=0), "at least 1. Received: 0"),
        (lambda: plots.images(np.zeros((0, 4, 4))), "Received: 0 of them"),
        (lambda: plots.pixels(np.zeros((2, 2, 2))), r"rank 2, .* Received: shape \(2, 2, 2\)"),
        (lambda: plots.pixels([LINE, LINE], signs=["+", "="]), "1. Received: 2"),
        (lambda: plots.pixels([["a"]]), "real numbers. Received: <U1"),
        (lambda: plots.channels(np.zeros((4, 4, 4))), r"3 channels. Received: shape \(4, 4, 4\)"),
        (lambda: plots.filters(np.zeros((5, 5, 6))), r"rank 4, .* Received: shape \(5, 5, 6\)"),
        (lambda: plots.maps(np.zeros((28, 28))), r"rank 3, .* Received: shape \(28, 28\)"),
        (lambda: plots.convolution_step(SMALL, LINE, 2, 0), "2×2 cells. Received: row 2, column 0"),
        (lambda: plots.convolution_step(SMALL, LINE, 0, 0, strides=0), "strides .* Received: 0"),
        (
            lambda: plots.convolution_step(LINE, SMALL, 0, 0),
            "padded input. Received: kernel_size 4",
        ),
        (
            lambda: plots.convolution_step(SMALL, LINE, 0, 0, output=LINE),
            r"shape \(2, 2\). Received: shape \(3, 3\)",
        ),
        (lambda: plots.sliding(3, 5), "padded input. Received: kernel_size 5"),
        (lambda: plots.sliding(7, 3, 0), "strides must be an integer, 1 or more. Received: 0"),
        (lambda: plots.pooling(SMALL, LINE), r"shape \(2, 2\). Received: shape \(3, 3\)"),
        (lambda: plots.functions(X, {"f": X[1:]}), "f must be as many as x, 31. Received: 30"),
        (lambda: plots.functions(X, {}), "at least one function. Received: none"),
        (lambda: plots.curves({}), "at least one curve. Received: none"),
        (lambda: plots.curves({"a": [1, 2]}, x=[1]), "a must be as many as x, 1. Received: 2"),
        (lambda: plots.history({"loss": [1]}), "'accuracy'. Received: loss"),
        (lambda: plots.history({"loss": [1], "accuracy": [1, 1]}), "epochs, 1. Received: 2"),
        (lambda: plots.probabilities([0.5, 1.5]), "0 to 1. Received: 0.5 to 1.5"),
        (lambda: plots.probabilities(P, label=10), "0 to 9. Received: 10"),
        (lambda: plots.probabilities(P[None, None]), r"Received: shape \(1, 1, 10\)"),
        (lambda: plots.volume([(3, 3)]), r"channels\). Received: \(3, 3\)"),  # type: ignore[list-item]
        (lambda: plots.volume([]), "Received: none"),
        (lambda: plots.architecture([]), "Received: none"),
        (lambda: plots.activations(DIGITS[0], {"a": np.zeros((2, 5))}, P), r"shape \(2, 5\)"),
        (lambda: plots.receptive_field(DIGITS[0], (5, 5), (0, 5)), r"rows .* Received: \(5, 5\)"),
        (lambda: plots.receptive_field(DIGITS[0], (0, 5), (28, 30)), "columns must be a part"),
        (lambda: plots.confusion_matrix([[1, -1], [0, 1]]), "least -1"),
        (lambda: plots.confusion_matrix([[1, 2]]), r"square, .* shape \(1, 2\)"),
        (lambda: plots.mistakes(DIGITS[:2], [1], [2, 3], [1, 1]), "labels .* 2. Received: 1"),
        (lambda: plots.mistakes(DIGITS[:1], [1], [2], [1], [4]), r"0 to 0. Received: \[4\]"),
        (lambda: plots.shares({}), "Received: none"),
        (lambda: plots.shares({"a": {"c1": 2.0}}), "shares from 0 to 1"),
        (lambda: plots.shares({"a": {"c1": 1.0}, "b": {"f6": 1.0}}), "parts .'c1'.. Received"),
        (lambda: plots.paths([0, 1], [0, 1], [[1]], {"a": [[0, 0]]}), r"shape \(2, 2\). Received"),
        (lambda: plots.paths([0, 1], [0, 1], np.eye(2), {}), "at least one way"),
        (
            lambda: plots.reading(np.zeros((28, 30)), [P], 28, 4),
            "28 columns. Received: an image 30",
        ),
    ],
)
def test_refuses(draw: Callable[[], Figure], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw()


def test_a_readers_style_changes_nothing() -> None:
    plain = plots.history(HISTORY).png()
    with mpl.rc_context({"text.color": "red", "font.size": 30, "axes.facecolor": "black"}):
        assert plots.history(HISTORY).png() == plain


def test_pyplot_stays_out() -> None:
    code = "import lenet.plots, sys; lenet.plots.images([[0, 1]]); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert "matplotlib.pyplot" not in loaded.stdout.split()


def test_jupyter_shows_each_picture_once(tmp_path: Any) -> None:
    sources = [
        "import numpy as np\nfrom lenet import plots\nplots.images(np.zeros((2, 8, 8)))",
        "figure = plots.images(np.zeros((8, 8)))",
        "plots.images(np.zeros((8, 8)))\n1",
        "import matplotlib.pyplot as plt\nplots.images(np.zeros((3, 8, 8)))",
        "for n in (1, 2):\n    display(plots.images(np.zeros((n, 8, 8))))",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    pictures = [
        [output for output in cell.outputs if "image/png" in output.get("data", {})]
        for cell in notebook.cells
    ]
    assert [len(found) for found in pictures] == [1, 0, 0, 1, 2]
    about = pictures[0][0].metadata["image/png"]
    assert about["width"] == 672
    assert about["alt"] == "2 images of 8×8 pixels."
    assert "3 images" in pictures[3][0].data["text/plain"]
