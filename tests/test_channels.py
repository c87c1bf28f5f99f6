"""The channels figure: its state in Python, and what it shows and says on the page."""

import base64
import re
from collections.abc import Callable

import numpy as np
import pytest
from conftest import OpenFigure
from numpy.typing import NDArray
from skimage.data import astronaut
from traitlets import TraitError

from lenet.widgets import Channels

SPLIT, FILTERED = "01-images", "02-convolution"
RNG = np.random.default_rng(0)
IMAGE = RNG.random((7, 9, 3)).astype(np.float32)
KERNEL = RNG.normal(size=(3, 5, 3, 2)).astype(np.float32)
Opener = Callable[..., OpenFigure]


def signed(value: float) -> str:
    """Write a number as the figure does."""
    text = f"{value:.2f}".replace("-", "−")
    return "0.00" if text == "−0.00" else text


# Python


def test_channels_are_merged_and_switched_off() -> None:
    figure = Channels(IMAGE)
    assert np.array_equal(figure.merged, IMAGE)
    figure.shown = [False, True, True]
    assert np.array_equal(figure.merged[..., 1:], IMAGE[..., 1:])
    assert not figure.merged[..., 0].any()


def test_a_filter_looks_through_all_channels() -> None:
    figure = Channels(IMAGE, KERNEL, shown=[True, False, True])
    expected = np.empty((5, 5, 2))
    for row, column, f in np.ndindex(expected.shape):
        window = IMAGE[row : row + 3, column : column + 5]
        slices = [np.sum(window[..., c] * KERNEL[..., c, f]) for c in (0, 2)]
        expected[row, column, f] = sum(slices)
    np.testing.assert_allclose(figure.feature_maps, expected, atol=1e-5)
    strongest = np.unravel_index(np.abs(expected[..., 0]).argmax(), (5, 5))
    assert figure.cell == strongest


def test_the_picture_of_the_book_is_small_and_true() -> None:
    image = Channels().image
    assert image.shape == (64, 64, 3)
    np.testing.assert_allclose(image.mean(axis=(0, 1)), astronaut().mean((0, 1)) / 255, rtol=1e-4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image": np.zeros((4, 4))}, r"image must be an array .*Received: shape \(4, 4\)"),
        ({"image": np.zeros((4, 4, 1))}, "image must have 3 channels.*64×64×3"),
        ({"image": np.zeros((65, 4, 3))}, "image must have 3 channels and be at most 64×64×3"),
        ({"image": np.full((4, 4, 3), 255)}, r"in \[0, 1\]. Received: values from 255 to 255"),
        ({"kernel": np.zeros((3, 3, 1, 2))}, "kernel must have 3 channels"),
        ({"kernel": np.zeros((7, 3, 3, 1))}, "at most 5×5×3×4. Received"),
        ({"kernel": np.zeros((3, 3, 3, 5))}, "at most 5×5×3×4. Received"),
        ({"shown": [True]}, "shown"),
        ({"filter": -1}, "'filter'.* less than 0"),
    ],
)
def test_a_wrong_value_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(TraitError, match=message):
        Channels(**settings)


def test_without_a_kernel_there_are_no_maps() -> None:
    with pytest.raises(ValueError, match="There must be a kernel"):
        _ = Channels(IMAGE).feature_maps


@pytest.mark.parametrize("kernel", [None, KERNEL])
def test_the_still_picture(kernel: NDArray[np.float32] | None) -> None:
    data, _ = Channels(IMAGE, kernel)._repr_mimebundle_()
    assert re.search(r'data-figure="channels".*alt="[^"]{20,}"', data["text/html"], re.S)


# The page


def test_split_and_merge_by_mouse(open_figure: Opener) -> None:
    figure = open_figure(SPLIT, "channels")
    image = Channels().image  # the chapter's
    figure.point("Merged picture", 50, 12)
    red, green, blue = image[50, 12]
    pixel = f"Row 50, column 12: red {red:.2f}, green {green:.2f}, blue {blue:.2f}."
    assert figure.says() == pixel
    figure.root.get_by_label("green", exact=True).uncheck()
    assert figure.says() == f"{pixel} Switched off: green."
    # The pixel that is drawn has lost its green, and no more.
    figure.point("Red", 2, 2)  # the frame goes away
    figure.says()
    drawn = figure.map("Merged picture").evaluate(
        """c => [...c.getContext("2d").getImageData(
          12.5 * c.width / 64, 50.5 * c.height / 64, 1, 1).data].slice(0, 3)"""
    )
    assert drawn == [round(255 * float(red)), 0, round(255 * float(blue))]
    assert not figure.root.locator(".lenet-volume").is_visible()
    assert not figure.problems


def test_split_by_keyboard_and_link(open_figure: Opener) -> None:
    figure = open_figure(SPLIT, "channels", state="channels.cell=[50,11]")
    image = Channels().image
    figure.map("Blue").focus()
    figure.page.keyboard.press("ArrowRight")
    assert f"column 12: red {image[50, 12, 0]:.2f}" in figure.says()
    figure.root.get_by_label("red", exact=True).focus()
    figure.page.keyboard.press("Space")
    assert figure.says().endswith("Switched off: red.")
    figure.page.wait_for_function("location.hash.includes('channels.shown=')")
    again = open_figure(SPLIT, "channels", state=figure.page.url.split("#")[1])
    assert again.says() == figure.says()
    again.root.get_by_role("button", name="Reset").click()
    assert "Switched off" not in again.says()
    assert not figure.problems + again.problems


def shown_kernel(figure: OpenFigure) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The image and the kernel of a chapter, read from the state in its page."""
    text = figure.page.evaluate(
        """() => {
          const type = "application/vnd.jupyter.widget-state+json";
          const {state} = JSON.parse(document.querySelector(`script[type="${type}"]`).textContent);
          const place = document.querySelector('.lenet-place[data-figure="channels"]');
          const {state: values, buffers} = state[place.dataset.model];
          return ["image", "kernel"].map((key) => [values[key].shape,
            buffers.find(({path}) => path[0] === key).data]);
        }"""
    )
    image, kernel = (
        np.frombuffer(base64.b64decode(data), "<f4").reshape(shape) for shape, data in text
    )
    return image, kernel


def test_a_filter_on_the_page(open_figure: Opener) -> None:
    figure = open_figure(FILTERED, "channels")
    image, kernel = shown_kernel(figure)
    python = Channels(image, kernel)
    maps, high, wide = python.feature_maps, *kernel.shape[:2]

    def expected(f: int, row: int, column: int) -> str:
        window = image[row : row + high, column : column + wide].astype(float)
        sums = [float(np.sum(window[..., c] * kernel[..., c, f])) for c in range(3)]
        red, *rest = (
            signed(sum_) if c == 0 else f"{'−' if sum_ < -0.005 else '+'} {abs(sum_):.2f}"
            for c, sum_ in enumerate(sums)
        )
        named = " ".join(
            f"{sum_} ({name})"
            for sum_, name in zip([red, *rest], ["red", "green", "blue"], strict=True)
        )
        total = signed(float(maps[row, column, f]))
        return f"Filter {f}, row {row}, column {column}: {named} = {total}."

    assert figure.says() == expected(0, *python.cell)
    figure.point("Map of filter 1", 5, 9)
    assert figure.says() == expected(1, 5, 9)
    figure.point("Merged picture", 20, 13)  # the middle of the window
    assert figure.says() == expected(1, 20 - high // 2, 13 - wide // 2)
    figure.map("Green").focus()
    figure.page.keyboard.press("ArrowDown")
    assert figure.says() == expected(1, 21 - high // 2, 13 - wide // 2)
    figure.root.get_by_role("button", name="filter 0").press("Enter")
    assert figure.says() == expected(0, 21 - high // 2, 13 - wide // 2)
    assert "×".join(map(str, maps.shape)) in figure.root.locator(".lenet-volume").inner_text()
    assert not figure.problems


@pytest.mark.parametrize(
    "state", ["shown=[true]", "shown=[1,2,3]", "filter=-1", "cell=[0.5,1]", "image=1"]
)
def test_nonsense_in_a_link(open_figure: Opener, state: str) -> None:
    figure = open_figure(SPLIT, "channels", state=f"channels.{state}")
    assert f"cannot show: {state.replace('=', ' = ')}" in figure.complaint()
    assert figure.says()  # and the rest works
    assert not figure.problems
