"""What a page costs its reader: a LeNet-5 forward pass, and each page's own code, in Chromium.

Budgets: with all activations kept, a pass takes at most 1 ms median; 0.5 ms is aimed at. A page's
own JavaScript and CSS are at most 60 KB gzip, and its figures live within 1 s of load.

Browsers round their clock, so ten passes are timed together, each of another test digit. The first
pass of all, for which nothing is compiled yet, is shown apart.
"""

import base64
import gzip
import json
import re
import shutil
import statistics
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from lenet.data import load_mnist, load_weights, prepare
from lenet.shapes import LENET5, Conv2D, Dense, Flatten

ROOT = Path(__file__).resolve().parents[1]
NUMERICS = ROOT / "lenet" / "widgets" / "numerics.js"
HTML = ROOT / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DIGITS = 2000
TOGETHER = 10

SCRIPT = """async ({ source, layers, digits, together }) => {
  const blob = new Blob([source], { type: "text/javascript" });
  const { sequential, tensor } = await import(URL.createObjectURL(blob));
  const decode = ({ shape, data }) => {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    return tensor(shape, new Float32Array(bytes.buffer));
  };
  for (const layer of layers) {
    if (layer.kernel) Object.assign(layer, {
      kernel: decode(layer.kernel),
      bias: decode(layer.bias),
    });
  }
  const { data } = decode(digits);
  const images = [];
  for (let n = 0; n < data.length; n += 784) {
    images.push(tensor([28, 28, 1], data.slice(n, n + 784)));
  }
  const { forward } = sequential([28, 28, 1], layers);

  const begin = performance.now();
  forward(images[0]);
  const first = performance.now() - begin;
  for (const image of images.slice(0, 500)) forward(image);

  const times = [];
  let outputs;
  for (let n = 0; n < images.length; n += together) {
    const start = performance.now();
    for (let i = n; i < n + together; i++) outputs = forward(images[i]);
    times.push((performance.now() - start) / together);
  }
  return { first, times, last: Array.from(outputs.at(-1).data) };
}"""


def encode(array: np.ndarray) -> dict[str, Any]:
    data = base64.b64encode(array.astype("<f4").tobytes()).decode()
    return {"shape": array.shape, "data": data}


def describe_lenet5() -> list[dict[str, Any]]:
    """Describe the trained LeNet-5 as `sequential` in numerics.js wants it."""
    weights = load_weights()
    layers: list[dict[str, Any]] = []
    for layer in LENET5:
        entry: dict[str, Any] = {"name": layer.name}
        if isinstance(layer, Conv2D | Dense):
            entry["kind"] = "conv2d" if isinstance(layer, Conv2D) else "dense"
            entry["activation"] = "softmax" if layer is LENET5[-1] else "relu"
            entry |= {part: encode(weights[f"{layer.name}/{part}"]) for part in ("kernel", "bias")}
        else:
            entry["kind"] = "flatten" if isinstance(layer, Flatten) else "max_pool2d"
        if not isinstance(layer, Dense | Flatten):
            entry["padding"] = layer.padding
        layers.append(entry)
    return layers


def measure_forward(browser: Browser) -> tuple[float, list[float]]:
    """Return the milliseconds of the first pass, and of each of many after warming up."""
    _, (x_test, y_test) = load_mnist()
    page = browser.new_page()
    result = page.evaluate(
        SCRIPT,
        {
            "source": NUMERICS.read_text(encoding="utf-8"),
            "layers": describe_lenet5(),
            "digits": encode(prepare(x_test[:DIGITS])),
            "together": TOGETHER,
        },
    )
    page.close()
    assert np.argmax(result["last"]) == y_test[DIGITS - 1]  # a time of wrong sums means nothing
    return result["first"], result["times"]


def own_code(page: Path) -> int:
    """Return the bytes, gzip, of the JavaScript and CSS that the book adds to a page."""
    names = ("page.js", "figure.css", "book.css")
    texts = [(page.parents[1] / "_static" / name).read_text(encoding="utf-8") for name in names]
    book = re.search(r'widget-state\+json">(.*?)</script>', page.read_text(encoding="utf-8"), re.S)
    texts += json.loads(book[1])["files"] if book else []
    return sum(len(gzip.compress(text.encode())) for text in texts)


def measure_start(browser: Browser, page: Path) -> float:
    """Return the milliseconds from a page's load until all its figures live: median of 5."""
    times = []
    for _ in range(5):
        tab = browser.new_page()
        tab.goto(page.as_uri(), wait_until="commit")
        times.append(
            tab.evaluate(
                """() => new Promise((done) => {
                  const look = () => {
                    const [{ loadEventEnd }] = performance.getEntriesByType("navigation");
                    const places = [...document.querySelectorAll(".lenet-place")];
                    const live = places.every((p) => p.querySelector(".lenet-readout")?.innerText);
                    if (loadEventEnd && live) done(Math.max(0, performance.now() - loadEventEnd));
                    else requestAnimationFrame(look);
                  };
                  look();
                })"""
            )
        )
        tab.close()
    return statistics.median(times)


def main() -> None:
    """Print two Markdown tables."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        first, times = measure_forward(browser)
        pages = sorted(
            page for page in (HTML / "book").glob("*.html") if "lenet-place" in page.read_text()
        )
        starts = [measure_start(browser, page) for page in pages]
        browser.close()
    print("| LeNet-5 forward, all activations kept | ms | budget |\n| --- | ---: | ---: |")
    print(f"| median of {DIGITS} test digits | {statistics.median(times):.2f} | 1 |")
    print(f"| slowest tenth, from | {statistics.quantiles(times, n=10)[-1]:.2f} | |")
    print(f"| the very first | {first:.1f} | |\n")
    print("| page (budget) | own code, KB gzip (60) | figures live, ms after load (1000) |")
    print("| --- | ---: | ---: |")
    for page, start in zip(pages, starts, strict=True):
        print(f"| {page.stem} | {own_code(page) / 1000:.1f} | {start:.0f} |")


if __name__ == "__main__":
    main()
