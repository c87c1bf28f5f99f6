"""The figure `receptive-field`: its values against a brute-force test, and its use in a page."""

import json
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import traitlets

from lenet.widgets import ReceptiveField

CHAPTER = "02-convolution"


def slide(size: int, strides: int = 1, kind: str = "conv") -> dict[str, Any]:
    return {"kind": kind, "kernel_size": size, "strides": strides}


LENET5 = [slide(5), slide(2, 2, "pool"), slide(5), slide(2, 2, "pool"), slide(5)]


def seen_by(layers: list[dict[str, Any]], padding: int, unit: tuple[int, int]) -> list[int]:
    """Find the pixels that a unit sees: those that change it when they change."""
    level, place = unit
    pixels = []
    for pixel in range(28):
        x = np.zeros(28 + 2 * padding)
        x[padding + pixel] = 1
        for layer in layers[:level]:
            windows = np.lib.stride_tricks.sliding_window_view(x, layer["kernel_size"])
            x = windows[:: layer["strides"]].sum(axis=1)
        if x[place]:
            pixels.append(pixel)
    return pixels


@pytest.mark.parametrize(
    ("layers", "padding", "unit", "size", "jump"),
    [
        ([slide(3), slide(3)], 0, (2, 11), 5, 1),
        ([slide(3)] * 3, 0, (3, 0), 7, 1),
        (LENET5, 2, (1, 0), 5, 1),
        (LENET5, 2, (3, 3), 14, 2),
        (LENET5, 2, (4, 4), 16, 4),
        (LENET5, 2, (5, 0), 32, 4),
        ([slide(3, 2), slide(3, 2)], 1, (2, 1), 7, 4),
    ],
)
def test_values_against_changing_every_pixel(
    layers: Any, padding: int, unit: Any, size: int, jump: int
) -> None:
    pixels = seen_by(layers, padding, unit)
    figure = ReceptiveField(layers, padding=padding, unit=unit)
    assert figure.receptive_field == (size, jump, pixels[0], pixels[-1])


def test_starts_in_the_middle_of_the_last_layer_and_follows_the_stack() -> None:
    figure = ReceptiveField()
    assert figure.unit == (2, 11)
    figure.unit = (9, 99)
    assert figure.receptive_field == (5, 1, 23, 27)  # the last unit of the last layer
    figure.unit = (0, 4)
    assert figure.receptive_field == (1, 1, 4, 4)
    figure.layers = [slide(7, 3)]
    assert figure.sizes == [8]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layers": []}, "layers must be 1 to 6 layers. Received: 0"),
        ({"layers": [slide(1)] * 7}, "Received: 7"),
        ({"layers": [slide(8)]}, '"kernel_size": 1 to 7'),
        ({"layers": [slide(3, 0)]}, '"strides": 1 to 3'),
        ({"layers": [slide(3.0)]}, "'kernel_size': 3.0"),  # type: ignore[arg-type]
        ({"layers": [slide(3, kind="dense")]}, '"conv" or "pool"'),
        ({"layers": [{"kind": "conv"}]}, "Received: {'kind': 'conv'}"),
        ({"image": np.zeros((14, 14))}, "image must have shape (28, 28). Received: (14, 14)"),
        ({"padding": 4}, "padding"),
        ({"unit": (1, -1)}, "unit"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(traitlets.TraitError) as refused:
        ReceptiveField(**settings)
    assert message in str(refused.value)


def test_layers_that_do_not_fit_are_explained() -> None:
    figure = ReceptiveField([slide(7, 3), slide(7, 3), slide(3)])
    with pytest.raises(ValueError, match="Layer 3: kernel_size must not be larger"):
        _ = figure.receptive_field
    figure = ReceptiveField([slide(1)], padding=2)
    with pytest.raises(ValueError, match="padding must be smaller than the first kernel"):
        _ = figure.sizes


def test_still_picture_says_what_it_shows() -> None:
    for unit in ((2, 5), (0, 5)):
        data, _ = ReceptiveField(unit=unit)._repr_mimebundle_()
        assert len(data["image/png"]) > 1000
    assert "unit 5 of layer 0 sees a patch 1 wide, pixels 5 to 5" in data["text/html"]


def sees(layers: list[dict[str, Any]], padding: int, unit: tuple[int, int]) -> str:
    pixels = seen_by(layers, padding, unit)
    return f"Unit {unit[1]} of layer {unit[0]} sees {len(pixels)} of 28 pixels: {pixels[0]} to " + (
        f"{pixels[-1]};"
    )


def test_used_by_mouse(open_figure: Any) -> None:
    figure = open_figure(CHAPTER, "receptive-field")
    figure.root.get_by_label("Stack").select_option("two 3×3")
    assert sees([slide(3)] * 2, 0, (2, 11)) in figure.says()
    assert "9 + 9 = 18. One 5×5 convolution sees as far with 25." in figure.root.inner_text()
    section = figure.root.locator(".lenet-section")
    box = section.bounding_box()
    figure.page.mouse.move(box["x"] + 2, box["y"] + 20)  # the first unit of the top row
    assert sees([slide(3)] * 2, 0, (2, 0)) in figure.says()
    figure.page.mouse.move(box["x"] + box["width"] * 14.5 / 28, box["y"] + box["height"] - 10)
    assert figure.says() == "Pixel 14 is seen by 5 of the 24 units of layer 2: 10 to 14."
    seeing = [i for i in range(24) if 14 in seen_by([slide(3)] * 2, 0, (2, i))]
    assert seeing == list(range(10, 15))
    assert section.locator("rect.is-seeing").count() == 3 + 5
    assert figure.problems == []


def test_used_by_keyboard(open_figure: Any) -> None:
    figure = open_figure(CHAPTER, "receptive-field")
    figure.root.get_by_label("Stack").select_option("LeNet-5 to C5")
    assert "sees 32 pixels, 28 on the image: 0 to 27" in figure.says()
    section = figure.root.locator(".lenet-section")
    section.focus()
    for key in ("ArrowDown", "ArrowDown", "Home", "ArrowRight", "ArrowRight", "ArrowRight"):
        figure.page.keyboard.press(key)
    assert sees(LENET5, 2, (3, 3)) in figure.says()
    assert "neighbouring units are 2 pixels apart" in figure.says()
    assert section.locator("rect.is-seen").count() == 14 + 10 + 5
    assert figure.problems == []


def test_a_stack_is_built_by_hand(open_figure: Any) -> None:
    figure = open_figure(CHAPTER, "receptive-field")
    figure.root.get_by_label("Stack").select_option("two 3×3")
    figure.root.get_by_role("button", name="Add a layer").click()
    assert figure.root.get_by_label("Stack").evaluate("s => s.value") == "three 3×3"
    figure.root.get_by_label("Layer 2, kind").select_option("pool")
    figure.root.get_by_label("Layer 2, kernel size").select_option("2×2")
    figure.root.get_by_label("Layer 2, stride").select_option("stride 2")
    layers = [slide(3), slide(2, 2, "pool"), slide(3)]
    assert sees(layers, 0, (3, 5)) in figure.says()
    assert "9 + 9 = 18." in figure.root.locator(".lenet-hint").inner_text()
    assert figure.root.get_by_label("Stack").evaluate("s => s.value") == "your own"
    figure.root.get_by_label("Layer 3, kernel size").select_option("7×7")
    figure.root.get_by_role("button", name="Add a layer").click()
    figure.root.get_by_label("Layer 4, stride").select_option("stride 1")
    figure.root.get_by_role("button", name="Add a layer").click()
    assert figure.complaint().startswith("Layer 5 does not fit: its window is 7×7, and what comes")
    figure.root.get_by_role("button", name="Remove layer 5").click()
    assert figure.complaint() == ""
    figure.root.get_by_role("button", name="Reset").click()
    assert figure.problems == []


def test_pixels_that_strides_skip_are_not_called_seen(open_figure: Any) -> None:
    layers = [slide(1, 3), slide(3)]
    state = f"receptive-field.layers={quote(json.dumps(layers))}&receptive-field.unit=[2,3]"
    figure = open_figure(CHAPTER, "receptive-field", state=state, scheme="file")
    assert seen_by(layers, 0, (2, 3)) == [9, 12, 15]
    assert "sees 3 of the 7 pixels 9 to 15: strides skip the others" in figure.says()
    figure.root.locator(".lenet-section").focus()
    figure.page.keyboard.press("ArrowDown")
    figure.page.keyboard.press("ArrowDown")
    figure.page.keyboard.press("ArrowRight")
    assert (
        figure.says()
        == "Pixel 13 is seen by none of the 8 units of layer 2: the windows leave it out."
    )
    assert figure.problems == []


@pytest.mark.parametrize(
    "state", ["layers=7", 'layers=[{"kind":"dense"}]', "layers=[null]", "unit=[1]", "padding=9"]
)
def test_nonsense_in_a_link_is_answered(open_figure: Any, state: str) -> None:
    figure = open_figure(CHAPTER, "receptive-field", state=f"receptive-field.{quote(state, '=')}")
    assert "The link asks for something that this figure cannot show" in figure.complaint()
    assert "sees" in figure.says()
    assert figure.problems == []
