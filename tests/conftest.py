"""What several test files share: the built book, a server for it, and a browser."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, Route, sync_playwright

# NumPy reads this when it is first imported. On a busy machine the threads of its matrix products
# wait for each other far longer than they compute.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

FIGURES = {
    "index": ["lenet"],
    "01-images": ["channels"],
    "02-convolution": ["convolution", "convolution", "channels", "receptive-field"],
    "03-pooling": ["pooling", "pooling", "pooling"],
    "04-fully-connected": ["softmax", "softmax"],
    "05-lenet5": ["lenet"],
    "06-training": ["training", "mistakes"],
}
"""The figures of each page, in order. A test fails where a page shows others."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--html", default=ROOT / "_build" / "html", help="the built book to test")


@pytest.fixture(scope="session")
def html(pytestconfig: pytest.Config) -> Path:
    """The folder of the built book; `make test` builds it first."""
    folder = Path(pytestconfig.getoption("--html")).resolve()
    assert (folder / "index.html").is_file(), "build the book first: make book"
    return folder


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Keep the test report clean."""


@pytest.fixture(scope="session")
def server(html: Path) -> Iterator[str]:
    """The address of the built book over http."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=html)) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium: the system's, or the one that `playwright install chromium` got."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            pytest.fail(f"no browser: install Chromium, or run playwright install ({error})")
        yield browser
        browser.close()


def open_page(
    browser: Browser,
    address: str,
    *,
    theme: str,
    width: int,
    edit: Callable[[str], str] | None = None,
    watch: str = "",
    **options: Any,
) -> tuple[Page, list[str]]:
    """Open `address`; return the page and everything that goes wrong on it.

    `edit` changes the page's HTML on its way, `watch` is a script that runs before all others, and
    `options` are the browser context's own.
    """
    context = browser.new_context(
        color_scheme=theme, viewport={"width": width, "height": 900}, **options
    )
    page = context.new_page()
    if watch:
        page.add_init_script(watch)
    if edit:

        def changed(route: Route) -> None:
            answer = route.fetch()
            route.fulfill(response=answer, body=edit(answer.text()))

        page.route("**/book/*.html", changed)
    problems: list[str] = []
    origin = address.split("/book/")[0].split("/search.html")[0]
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on(
        "console", lambda m: problems.append(m.text) if m.type in {"error", "warning"} else None
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((origin, "data:", "blob:"))
            else problems.append(f"foreign request: {request.url}")
        ),
    )
    page.on("requestfailed", lambda request: problems.append(f"not found: {request.url}"))
    page.on(
        "response",
        lambda r: problems.append(f"status {r.status}: {r.url}") if r.status >= 400 else None,
    )
    page.goto(address, wait_until="load")
    return page, problems


@dataclass
class OpenFigure:
    """A figure on an open page, and everything that goes wrong on that page."""

    page: Page
    root: Locator
    problems: list[str]

    def says(self) -> str:
        """The readout, once what was done has been drawn."""
        self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
        )
        return self.root.locator(".lenet-readout").inner_text()

    def complaint(self) -> str:
        """What the figure says is wrong, or nothing."""
        self.says()
        error = self.root.locator(".lenet-error")
        return error.inner_text() if error.is_visible() else ""

    def map(self, label: str) -> Locator:
        """The map of cells whose label begins like this."""
        return self.root.locator(f'canvas[aria-label^="{label}"]')

    def point(self, label: str, row: float, column: float) -> None:
        """Move the mouse to the middle of a cell of a map."""
        canvas = self.map(label)
        canvas.scroll_into_view_if_needed()
        box, size = canvas.bounding_box(), canvas.evaluate("c => ({...c.dataset})")
        assert box
        edge = int(size.get("padding", 0))
        rows, columns = int(size["rows"]) + 2 * edge, int(size["columns"]) + 2 * edge
        self.page.mouse.move(
            box["x"] + box["width"] * (column + edge + 0.5) / columns,
            box["y"] + box["height"] * (row + edge + 0.5) / rows,
        )


@pytest.fixture
def visit(browser: Browser, server: str, html: Path) -> Iterator[Callable[..., Any]]:
    """Open a chapter, from the web or from disk; return the page and what goes wrong on it."""
    pages: list[Page] = []

    def opener(
        chapter: str,
        *,
        state: str = "",
        scheme: str = "http",
        theme: str = "light",
        width: int = 1280,
        **options: Any,
    ) -> tuple[Page, list[str]]:
        origin = server if scheme == "http" else html.as_uri()
        address = f"{origin}/book/{chapter}.html" + (f"#{state}" if state else "")
        page, problems = open_page(browser, address, theme=theme, width=width, **options)
        pages.append(page)
        return page, problems

    yield opener
    for page in pages:
        page.context.close()


@pytest.fixture
def open_figure(visit: Callable[..., Any]) -> Callable[..., OpenFigure]:
    """Open a chapter, as `visit` does, and one of its figures."""

    def opener(chapter: str, kind: str, *, index: int = 0, **options: Any) -> OpenFigure:
        page, problems = visit(chapter, **options)
        root = page.locator(f'figure.lenet-figure[data-figure="{kind}"]').nth(index)
        root.wait_for(timeout=5000)
        root.scroll_into_view_if_needed()
        return OpenFigure(page, root, problems)

    return opener
