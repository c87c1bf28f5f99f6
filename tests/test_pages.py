"""Every built page, opened in a real browser as a reader would: from the web and from disk."""

from pathlib import Path

import pytest
from conftest import open_page
from playwright.sync_api import Browser

PAGES = [
    "index",
    "01-images",
    "02-convolution",
    "03-pooling",
    "04-fully-connected",
    "05-lenet5",
    "06-training",
    "glossary",
    "references",
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_an_error_or_a_foreign_request(
    browser: Browser, server: str, html: Path, name: str, scheme: str, theme: str
) -> None:
    origin = server if scheme == "http" else html.as_uri()
    page, problems = open_page(browser, f"{origin}/book/{name}.html", theme=theme, width=1280)
    assert problems == []
    assert page.locator("article h1").count() == 1
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(browser: Browser, server: str, name: str) -> None:
    page, _ = open_page(browser, f"{server}/book/{name}.html", theme="light", width=360)
    overflow = page.evaluate(
        """() => [...document.querySelectorAll("article *")].filter(element => {
             const contained = (e) =>
               e && (getComputedStyle(e).overflowX !== "visible" || contained(e.parentElement));
             return element.getBoundingClientRect().right > innerWidth + 1 && !contained(element);
           }).map(element => element.outerHTML.slice(0, 120))"""
    )
    assert overflow == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_picture_is_there_and_says_what_it_shows(
    browser: Browser, server: str, name: str
) -> None:
    page, _ = open_page(browser, f"{server}/book/{name}.html", theme="light", width=1280)
    pictures = page.evaluate(
        """() => [...document.querySelectorAll("article img")].map(
             image => [image.getAttribute("src").slice(0, 80), image.naturalWidth, image.alt])"""
    )
    assert [picture for picture in pictures if not picture[1]] == []
    assert [picture for picture in pictures if len(picture[2]) < 10] == []
    page.context.close()


def test_the_front_page_opens_by_a_double_click(browser: Browser, html: Path) -> None:
    page = browser.new_page()
    page.goto((html / "index.html").as_uri())
    page.wait_for_url("**/book/index.html")
    assert "Convolutional" in page.title()
    page.close()


def test_formulas_are_shown_in_the_books_own_font(browser: Browser, server: str) -> None:
    page, _ = open_page(browser, f"{server}/book/02-convolution.html", theme="light", width=1280)
    assert page.locator("math").count() > 10
    assert page.locator("math mfrac, math munderover").count() > 0
    assert page.evaluate(
        "document.fonts.ready.then(() => document.fonts.check('16px \"Book Math\"'))"
    )
    page.context.close()


def test_next_leads_through_every_chapter(browser: Browser, server: str) -> None:
    page, _ = open_page(browser, f"{server}/book/index.html", theme="light", width=1280)
    for name in PAGES[1:]:
        page.locator("a.right-next").click()
        page.wait_for_url(f"**/book/{name}.html")
    page.context.close()


def test_search_finds_a_term(browser: Browser, server: str) -> None:
    page, problems = open_page(
        browser, f"{server}/search.html?q=pooling", theme="light", width=1280
    )
    page.locator("#search-results li a", has_text="Pooling").first.wait_for()
    assert problems == []
    page.context.close()
