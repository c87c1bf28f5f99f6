"""Figures in a running JupyterLab: Python and the page stay in step."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import numpy as np
import pytest
from conftest import FIGURES
from playwright.sync_api import Browser, Locator, Page

from lenet import widgets

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 180_000  # milliseconds: on a busy machine a kernel starts slowly
QUIET = "apputils-extension/notification.jupyterlab-settings"
CELLS = [
    "import json, numpy as np\nfrom lenet import widgets\nfigure = widgets.Convolution()\nfigure",
    "figure.set_trait('strides', 2)\nfigure.kernel = np.eye(3)",
    "print(json.dumps([figure.strides, figure.relu, *map(np.ndarray.tolist, map(np.array, ("
    "figure.cell, figure.kernel, figure.image, figure.activation_map)))]))",
]

WATCH = """
  window.kept = new Set();
  const { addEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, callback, options) {
    const caller = new Error().stack.split("\\n")[2];
    if (caller.includes("blob:") && !(this instanceof AbortSignal)) {
      const entry = { what: `${type} on ${this.constructor.name}` };
      kept.add(entry);
      if (options?.signal) {
        addEventListener.call(options.signal, "abort", () => kept.delete(entry));
      }
    }
    return addEventListener.call(this, type, callback, options);
  };
  const { observe, disconnect } = ResizeObserver.prototype;
  ResizeObserver.prototype.observe = function (target, options) {
    if (target.closest(".lenet-figure")) kept.add(this);
    observe.call(this, target, options);
  };
  ResizeObserver.prototype.disconnect = function () {
    kept.delete(this);
    disconnect.call(this);
  };
"""
"""Keeps an account of what figures listen to and have not let go."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A JupyterLab of our own: its address, with a token, and its folder."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "notebooks"
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {
        name: str(home / name.lower())
        for name in (
            *("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"),
            *("JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"),
        )
    }
    quiet = Path(places["JUPYTERLAB_SETTINGS_DIR"]) / "@jupyterlab" / QUIET
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"checkForUpdates": false, "fetchNews": "false"}')
    with (home / "log.txt").open("w") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser"),
                *("--allow-root", f"--port={port}", "--ServerApp.port_retries=0"),
                *("--IdentityProvider.token=secret", f"--ServerApp.root_dir={folder}"),
            ],
            env=os.environ | places | {"TF_CPP_MIN_LOG_LEVEL": "3"},
            stdout=log,
            stderr=log,
        )
    try:
        for _ in range(300):
            assert server.poll() is None, (home / "log.txt").read_text()
            try:
                urlopen(f"http://127.0.0.1:{port}/api", timeout=5).close()
                break
            except URLError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/lab/tree/{{}}?reset&token=secret", folder
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def open_notebook(browser: Browser, lab: tuple[str, Path]) -> Iterator[Callable[..., Any]]:
    """Open a notebook in the lab, its kernel ready; return the page and what goes wrong."""
    address, _ = lab
    context = browser.new_context(viewport={"width": 1280, "height": 1800})
    context.set_default_timeout(PATIENCE)

    def opener(name: str) -> tuple[Page, list[str]]:
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.add_init_script(WATCH)
        page.goto(address.format(name))
        page.wait_for_function(
            """(name) => {
              const { context, sessionContext } = window.jupyterapp?.shell.currentWidget ?? {};
              return context?.path === name && sessionContext.session?.kernel?.status === "idle";
            }""",
            arg=name,
        )
        return page, problems

    yield opener
    context.close()


def run_cell(page: Page, index: int) -> str:
    """Run a cell as a reader does; return what it prints."""
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(index)
    before = cell.locator(".jp-InputPrompt").inner_text()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        """([prompt, before]) => /\\d/.test(prompt.innerText) && prompt.innerText !== before""",
        arg=[cell.locator(".jp-InputPrompt").element_handle(), before],
    )
    return "".join(cell.locator(".jp-OutputArea-output pre").all_inner_texts())


def says(root: Locator, text: str) -> None:
    root.locator(".lenet-readout").filter(has_text=text).wait_for()


def test_python_and_the_page_stay_in_step(
    lab: tuple[str, Path], open_notebook: Callable[..., Any]
) -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, lab[1] / "small.ipynb")
    page, problems = open_notebook("small.ipynb")
    run_cell(page, 0)
    root = page.locator("figure.lenet-figure")
    root.wait_for()
    says(root, "(28 + 2·0 − 3) / 1 + 1 = 26")
    kept = page.evaluate("kept.size")
    assert kept > 5

    # Python moves the figure.
    twin = widgets.Convolution(kernel=np.eye(3), strides=2)
    run_cell(page, 1)
    says(root, "/ 2 + 1")
    assert root.locator(".lenet-kernel input").nth(4).input_value() == "1"

    # The figure moves Python, by mouse and by keyboard.
    output = root.locator("canvas").nth(1)
    output.scroll_into_view_if_needed()
    box = output.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 4.5 / 13, box["y"] + box["height"] * 6.5 / 13)
    says(root, "Row 6, column 4")
    output.press("ArrowDown")  # JupyterLab must not take it for its own
    says(root, "Row 7, column 4")
    corner = root.locator(".lenet-kernel input").first
    corner.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("-2.5")
    page.keyboard.press("Tab")
    root.get_by_label("ReLU").press("Space")
    says(root, "after ReLU")
    root.get_by_role("button", name="Draw").press("Enter")
    image = root.locator("canvas").first
    image.press("Space")
    image.press("ArrowRight")

    twin.kernel = [[-2.5, 0, 0], [0, 1, 0], [0, 0, 1]]
    twin.relu = True
    strides, relu, cell, kernel, drawn, activation_map = json.loads(run_cell(page, 2))
    assert (strides, relu, cell, kernel) == (2, True, [7, 4], twin.kernel.tolist())
    changed = np.argwhere(np.array(drawn, np.float32) != twin.image)
    assert len(changed)
    assert abs(changed - 14).max() <= 3  # the pen started in the middle
    twin.image = drawn
    np.testing.assert_allclose(activation_map, twin.activation_map, atol=1e-6)
    value = f"{twin.activation_map[7, 4]:.2f}".removesuffix(".00")
    says(root, f"after ReLU {value}.")

    # JupyterLab, which deletes a cell when D is pressed twice, leaves the figure's keys alone.
    for _ in range(2):
        root.get_by_role("button", name="Play").press("d")
    assert page.locator(".jp-CodeCell").count() == len(CELLS)

    # Run again, the cell has a new figure, and the old one has let go of everything.
    run_cell(page, 0)
    says(root, "(28 + 2·0 − 3) / 1 + 1 = 26")
    page.wait_for_function("kept => window.kept.size === kept", arg=kept)
    assert root.count() == 1
    assert problems == []


def test_a_chapter_runs_through(lab: tuple[str, Path], open_notebook: Callable[..., Any]) -> None:
    shutil.copy(ROOT / "book" / "03-pooling.ipynb", lab[1])
    page, problems = open_notebook("03-pooling.ipynb")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(
        """() => {
          const cells = [...jupyterapp.shell.currentWidget.content.model.cells].filter(
            (cell) => cell.type === "code");
          return cells.every((cell) => cell.executionCount) || cells.some((cell) =>
            cell.outputs.toJSON().some((output) => output.output_type === "error"));
        }"""
    )
    cells = page.evaluate("jupyterapp.shell.currentWidget.content.model.toJSON()")["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert [output["evalue"] for output in outputs if output["output_type"] == "error"] == []

    shown = [
        k
        for k, cell in enumerate(cells)
        if 'class="lenet-place"' in json.dumps(cell.get("outputs", "")).replace("\\", "")
    ]
    assert len(shown) == len(FIGURES["03-pooling"])
    for k in shown:
        page.evaluate("k => jupyterapp.shell.currentWidget.content.scrollToItem(k)", k)
        page.locator(".jp-Notebook-cell").filter(
            has=page.locator(".lenet-readout")
        ).first.wait_for()
    assert page.locator(".lenet-error").filter(visible=True).count() == 0
    assert problems == []
