"""Digits that a machine draws, stroke by stroke with a mouse or a finger, are read right.

Of the stroke fonts of Hershey (1967) three have ordinary digits of different shapes: `futural` of
single strokes, upright; `scriptc`, slanted, and `timesr`, with serifs, whose main strokes are two
lines that run into one under the pen. The others have the same digits, or outlines, or none.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
from HersheyFonts import HersheyFonts
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator

CHAPTER, NAME = "index", "lenet"
CASES = [
    *product(["futural"], range(10), [0.3, 0.45, 0.6, 0.75, 0.9]),
    *product(["futural"], range(10), [0.35, 0.7]),
    *product(["scriptc", "timesr"], range(10), [0.35, 0.7]),
]
"""Font, digit, and its size as a share of the sheet; each is drawn at a place of its own."""


def strokes(font: str, digit: int) -> list[NDArray[np.float64]]:
    """Give the strokes of a digit as points `(x, y)`, the larger of its sides 1."""
    fonts = HersheyFonts()
    fonts.load_default_font(font)
    lines = [np.array(line, float) for line in fonts.strokes_for_text(str(digit))]
    points = np.concatenate(lines)
    return [(line - points.min(axis=0)) / np.ptp(points, axis=0).max() for line in lines]


def placed(sheet: Locator, font: str, digit: int, size: float, rng: Any) -> Iterator[Any]:
    """Put the strokes somewhere on the sheet, or into its corner; in pixels of the page."""
    box = sheet.bounding_box()
    assert box
    lines = strokes(font, digit)
    edge, side = 0.03 * box["width"], 0.94 * box["width"]
    room = side * (1 - size * np.concatenate(lines).max(axis=0))
    corner = [box["x"] + edge, box["y"] + edge] + room * (rng.random(2) if rng else 0)
    yield from (corner + size * side * line for line in lines)


def draw(figure: Any, font: str, digit: int, size: float, rng: Any = None) -> str:
    """Draw a digit on an empty sheet with the mouse; return the readout."""
    figure.root.get_by_role("button", name="Clear").click()
    mouse = figure.page.mouse
    for line in placed(figure.map("Your drawing"), font, digit, size, rng):
        mouse.move(*line[0])
        mouse.down()
        for point in line[1:]:
            mouse.move(*point)
        mouse.up()
    return str(figure.says())


def test_digits_drawn_by_a_machine_are_read_right(open_figure: Any) -> None:
    figure = open_figure(CHAPTER, NAME)
    rng = np.random.default_rng(0)
    wrong = []
    for font, digit, size in CASES:
        said = draw(figure, font, digit, size, rng)
        if not said.startswith(f"Looks like a {digit}:"):
            wrong.append((font, digit, size, said))
    print(f"{len(CASES) - len(wrong)} of {len(CASES)} read right; wrong:", *wrong, sep="\n")
    assert len(CASES) >= 100
    assert len(wrong) <= 0.05 * len(CASES)
    assert figure.problems == []


def test_without_centring_most_small_digits_in_corners_are_misread(open_figure: Any) -> None:
    """What the text on the front page lets the reader find out."""
    figure = open_figure(CHAPTER, NAME)
    right = {True: 0, False: 0}
    for digit in range(10):
        draw(figure, "futural", digit, 0.35)
        for centred in right:
            figure.root.get_by_label("Centre").set_checked(centred)
            right[centred] += figure.says().startswith(f"Looks like a {digit}:")
        figure.root.get_by_label("Centre").set_checked(True)
    assert right[True] >= 9
    assert right[False] <= 5


def test_a_finger_draws_and_the_page_does_not_scroll(browser: Browser, server: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(f"{server}/book/{CHAPTER}.html")
    root = page.locator(f'figure[data-figure="{NAME}"]')
    root.get_by_role("button", name="Clear").tap()
    sheet = root.locator('canvas[aria-label^="Your drawing"]')
    sheet.evaluate("canvas => canvas.scrollIntoView({block: 'center'})")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))")
    before = page.evaluate("scrollY")
    assert before > 0
    finger = context.new_cdp_session(page)

    def touch(kind: str, *points: Any) -> None:
        at = [{"x": float(x), "y": float(y)} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    for line in placed(sheet, "futural", 3, 0.8, np.random.default_rng(1)):
        touch("touchStart", line[0])
        for point in line[1:]:
            touch("touchMove", point)
        touch("touchEnd")
    page.wait_for_function(
        """() => document.querySelector('figure[data-figure="lenet"] .lenet-readout')
             .textContent.startsWith('Looks like a 3:')""",
        timeout=3000,
    )
    assert page.evaluate("scrollY") == before

    # The same finger beside the sheet does scroll.
    box = root.locator(".lenet-unit").bounding_box()
    assert box
    x = box["x"] + 20
    touch("touchStart", (x, 700))
    for y in range(690, 300, -30):
        touch("touchMove", (x, y))
    touch("touchEnd")
    page.wait_for_function(f"scrollY > {before + 50}", timeout=3000)
    context.close()


@pytest.mark.parametrize("font", ["futural", "scriptc", "timesr"])
def test_a_digit_has_few_points(font: str) -> None:
    """So the figure has to join them."""
    points = [len(line) for digit in range(10) for line in strokes(font, digit)]
    assert np.mean(points) < 20
