"""What every figure keeps to, on the built pages: seen, used by keyboard, linked, printed."""

import re
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from conftest import FIGURES
from playwright.sync_api import Locator, Page

from benchmarks.pages import own_code

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
ALL = [
    (page, kind, kinds[:n].count(kind))
    for page, kinds in FIGURES.items()
    for n, kind in enumerate(kinds)
]
"""Every figure: its page, its kind, and which of that kind it is there."""

WATCH = """
  window.seen = { live: [], shift: 0 };
  new MutationObserver(() => {
    const live = [...document.querySelectorAll(".lenet-readout")].filter(p => p.textContent);
    while (seen.live.length < live.length) seen.live.push(performance.now());
  }).observe(document, { childList: true, subtree: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""
"""Notes when each figure has said something, and how far the page's parts jumped."""

SNAPSHOT = """(root) => ({
  says: root.querySelector(".lenet-readout").textContent,
  complaint: root.querySelector(".lenet-error:not([hidden])")?.textContent ?? "",
  values: [...root.querySelectorAll("input, select")].map(
    (control) => [control.value, control.checked]),
  drawn: [...root.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL()),
  lines: [...root.querySelectorAll("svg")].map((svg) => svg.outerHTML),
})"""
"""All that a figure shows, its pixels included."""


def figures(page: Page, count: int) -> list[Locator]:
    """Wait until so many figures live on the page."""
    page.wait_for_function(
        """count => [...document.querySelectorAll("figure.lenet-figure")].filter(figure =>
             figure.querySelector(".lenet-readout").textContent ||
             figure.querySelector(".lenet-error:not([hidden])")).length >= count""",
        arg=count,
        timeout=10_000,
    )
    return page.locator("figure.lenet-figure").all()


def settle(page: Page) -> None:
    """Wait until what was done has been drawn."""
    page.evaluate(
        """() => new Promise(done =>
             requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""
    )


def snapshot(root: Locator) -> dict[str, Any]:
    settle(root.page)
    return root.evaluate(SNAPSHOT)


def controls(root: Locator) -> list[Locator]:
    """The native controls that keep a value: of a group or a table of them, one."""
    every = root.locator("input, select")
    kept = every.evaluate_all(
        """all => all.map((control, k) => {
             const of = (other) => other.type === control.type && (control.type === "radio"
               ? other.name === control.name : other.parentElement === control.parentElement);
             return all.findIndex(of) === k && !control.disabled && control.checkVisibility();
           })"""
    )
    return [every.nth(k) for k, keep in enumerate(kept) if keep]


def use(control: Locator) -> None:
    """Change a control to its next value by keyboard."""
    kind, last = control.evaluate(
        """c => {
          if (c.type === "radio") {
            c = [...c.getRootNode().getElementsByName(c.name)].find(c => c.checked) ?? c;
          }
          c.focus();
          const options = [...(c.options ?? [])].filter(option => !option.hidden);
          return [c.type, c.type === "range"
            ? Number(c.value) + Number(c.step || 1) > Number(c.max)
            : c.selectedIndex >= options.length - 1];
        }"""
    )
    press = control.page.keyboard.press
    if kind == "checkbox":
        press("Space")
    elif kind == "range":
        press("ArrowLeft" if last else "ArrowRight")
    elif kind == "select-one":
        press("ArrowUp" if last else "ArrowDown")
    elif kind == "radio":
        press("ArrowDown")
    elif kind == "number":
        press("ControlOrMeta+a")
        control.page.keyboard.type("3")
        press("Tab")
    else:
        pytest.fail(f"a control that this test cannot use: {kind}")


def name_of(kind: str, index: int) -> str:
    """The name of a figure in links."""
    return f"{kind}-{index + 1}" if index else kind


def own_state(page: Page, name: str) -> list[str]:
    """What the page's address says of a figure, once nothing more is being written."""
    page.wait_for_timeout(400)  # the address follows a figure after a quarter of a second
    return [item for item in page.url.partition("#")[2].split("&") if item.startswith(f"{name}.")]


# Each page


def test_these_are_all_figures_of_the_book(html: Path) -> None:
    found = {
        page.stem: re.findall('<div class="lenet-place" data-figure="([^"]+)"', page.read_text())
        for page in sorted((html / "book").glob("*.html"))
    }
    assert {name: kinds for name, kinds in found.items() if kinds} == FIGURES


@pytest.mark.parametrize("name", FIGURES)
def test_a_pages_own_code_is_small(html: Path, name: str) -> None:
    assert own_code(html / "book" / f"{name}.html") <= 60_000


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_lives_within_a_second(visit: Any, name: str, scheme: str, theme: str) -> None:
    page, problems = visit(name, scheme=scheme, theme=theme, watch=WATCH)
    roots = figures(page, len(FIGURES[name]))
    assert [root.get_attribute("data-figure") for root in roots] == FIGURES[name]
    assert page.locator(".lenet-error").filter(visible=True).all_inner_texts() == []
    loaded = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert max(page.evaluate("seen.live")) - loaded < 1000
    assert problems == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", FIGURES)
def test_axe_finds_nothing_in_a_figure(visit: Any, name: str, theme: str) -> None:
    page, _ = visit(name, theme=theme)
    figures(page, len(FIGURES[name]))
    page.evaluate(AXE)
    found = page.evaluate("axe.run({ include: [['.lenet-place']] })")
    assert found["passes"]
    assert [
        (violation["id"], node["html"][:120], node["failureSummary"])
        for violation in found["violations"]
        for node in violation["nodes"]
    ] == []


@pytest.mark.parametrize("name", FIGURES)
def test_figures_fit_a_phone(visit: Any, name: str) -> None:
    page, _ = visit(name, width=360)
    for root in figures(page, len(FIGURES[name])):
        assert (
            root.evaluate(
                """root => [...root.querySelectorAll("*")].filter(element => {
                     const scrolls = (e) => e !== root &&
                       (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
                     const { left, right } = element.getBoundingClientRect();
                     const box = root.getBoundingClientRect();
                     return element.checkVisibility() && !scrolls(element.parentElement) &&
                       (right > box.right + 1 || left < box.left - 1);
                   }).map(element => element.outerHTML.slice(0, 120))"""
            )
            == []
        )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", FIGURES)
def test_nothing_jumps_when_the_figures_start(visit: Any, name: str, width: int) -> None:
    page, _ = visit(name, width=width, watch=WATCH)
    figures(page, len(FIGURES[name]))
    settle(page)
    assert page.evaluate("seen.shift") <= 0.05


@pytest.mark.parametrize("name", FIGURES)
def test_without_javascript_and_in_print_there_is_a_picture(visit: Any, name: str) -> None:
    page, _ = visit(name, java_script_enabled=False)
    for place in page.locator(".lenet-place").all():
        assert place.locator(".lenet-still").is_visible()
        assert len(place.locator(".lenet-still").get_attribute("alt")) > 10
    page, _ = visit(name)
    figures(page, len(FIGURES[name]))
    still, live = page.locator(".lenet-place > .lenet-still"), page.locator(".lenet-live")
    assert still.filter(visible=True).count() == 0
    page.emulate_media(media="print")
    assert still.filter(visible=True).count() == len(FIGURES[name])
    assert live.filter(visible=True).count() == 0


@pytest.mark.parametrize("name", FIGURES)
def test_figures_follow_the_theme_while_they_are_open(visit: Any, name: str) -> None:
    colours = """root => [root, ...root.querySelectorAll("button, select, .lenet-readout")].map(
      element => [getComputedStyle(element).color, getComputedStyle(element).backgroundColor])"""
    seen = {}
    for theme in ("light", "dark"):
        page, _ = visit(name, theme=theme)
        roots = figures(page, len(FIGURES[name]))
        seen[theme] = [root.evaluate(colours) for root in roots]
    assert seen["light"] != seen["dark"]
    page.emulate_media(color_scheme="light")
    page.wait_for_function("document.documentElement.dataset.theme === 'light'")
    settle(page)
    assert [root.evaluate(colours) for root in roots] == seen["light"]


# Each figure


@pytest.mark.parametrize(("chapter", "kind", "index"), ALL)
def test_nothing_moves_by_itself(open_figure: Any, chapter: str, kind: str, index: int) -> None:
    figure = open_figure(chapter, kind, index=index, reduced_motion="reduce")
    first = snapshot(figure.root)
    animated = figure.root.evaluate(
        """root => [root, ...root.querySelectorAll("*")].filter(element => {
             const style = getComputedStyle(element);
             return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0;
           }).map(element => element.className)"""
    )
    assert animated == []
    figure.page.wait_for_timeout(400)
    assert snapshot(figure.root) == first


@pytest.mark.parametrize(("chapter", "kind", "index"), ALL)
def test_a_link_restores_and_reset_undoes_what_keys_did(
    open_figure: Any, chapter: str, kind: str, index: int
) -> None:
    name = name_of(kind, index)
    figure = open_figure(chapter, kind, index=index, reduced_motion="reduce")
    first = snapshot(figure.root)
    assert own_state(figure.page, name) == []
    for control in controls(figure.root):
        use(control)
        settle(figure.page)
    figure.root.locator(".lenet-reset").focus()  # leave the last control
    used = snapshot(figure.root)
    assert used != first
    assert own_state(figure.page, name)

    link = figure.page.url.partition("#")[2]
    again = open_figure(chapter, kind, index=index, state=link, reduced_motion="reduce")
    assert snapshot(again.root) == used

    for opened in (figure, again):
        opened.root.locator(".lenet-reset").press("Enter")
        assert snapshot(opened.root) == first
        assert own_state(opened.page, name) == []
        assert opened.problems == []


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize(("chapter", "kind", "index"), ALL)
def test_a_figure_keeps_its_height(
    open_figure: Any, chapter: str, kind: str, index: int, width: int
) -> None:
    figure = open_figure(chapter, kind, index=index, width=width, reduced_motion="reduce")
    height = "root => root.getBoundingClientRect().height"
    settle(figure.page)
    first = figure.root.evaluate(height)
    jumps = []
    for control in controls(figure.root):
        for _ in range(2):
            use(control)
            settle(figure.page)
            if abs(figure.root.evaluate(height) - first) > 2:
                jumps.append((control.evaluate("c => c.outerHTML.slice(0, 99)"), figure.says()))
        figure.root.locator(".lenet-reset").press("Enter")
    assert jumps == []
