"""What the build does for the figures: their state and their front ends, once on each page.

MyST-NB embeds the state of all widgets of a notebook in the head of its page. Here that state is
cut down to the figures that the page shows, and moved behind the text. Every widget repeats its
whole front end; on the page the files that it was made of are kept, each once. What every page
with a figure needs, `page.js` and `figure.css`, goes beside the theme's own files.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx

WIDGETS = Path(__file__).resolve().parents[1] / "lenet" / "widgets"
STATE, SCRIPT = "ipywidgets_state", "ipywidgets_0"  # as MyST-NB calls them


def slim(book: dict[str, Any], shown: set[str]) -> dict[str, Any]:
    r"""Keep the state of the figures that are shown, and each file of their front ends once.

    Example:
        >>> shared, own = "//// figure.js\n1\n", "//// pooling.js\n2\n"
        >>> models = {key: {"state": {"_esm": shared + own, "x": key}} for key in "ab"}
        >>> page = slim({"state": models}, {"b"})
        >>> page["state"], len(page["files"])
        ({'b': {'state': {'x': 'b', '_esm': [0, 1]}}}, 2)
    """
    files: dict[str, int] = {}
    state = {}
    for key in [key for key in book["state"] if key in shown]:
        model = book["state"][key]
        values = {name: v for name, v in model["state"].items() if name[0] != "_"}
        for useless in ("layout", "tabbable", "tooltip"):
            values.pop(useless, None)
        parts = re.split("^(?=//// )", model["state"]["_esm"], flags=re.M)
        values["_esm"] = [files.setdefault(part, len(files)) for part in parts if part]
        state[key] = {name: v for name, v in model.items() if name == "buffers"} | {"state": values}
    return {"state": state, "files": list(files)}


def embed_figures(app: Sphinx, doctree: nodes.document) -> None:
    """Move the state of the figures to the end of the page; load nothing where none is shown."""
    scripts = NbMetadataCollector.get_js_files(app.env, app.env.docname)
    if STATE not in scripts:
        return
    _, options = scripts.pop(STATE)
    raw = "".join(node.astext() for node in doctree.findall(nodes.raw))
    shown = set(re.findall(r'data-model="(\w+)"', raw))
    if not shown:
        scripts.pop(SCRIPT)
        return
    book = slim(json.loads(options["body"]), shown)
    # A browser's JSON has no NaN; one number would stop every figure of the page.
    body = json.dumps(book, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
    doctree += nodes.raw("", f'<script type="{options["type"]}">{body}</script>', format="html")


def copy_front_end(app: Sphinx, error: Exception | None) -> None:
    """Put what every figure needs beside the theme's own files."""
    if not error and app.builder.format == "html":
        for name in ("page.js", "figure.css"):
            shutil.copy(WIDGETS / name, Path(app.outdir) / "_static" / name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("doctree-read", embed_figures)
    app.connect("build-finished", copy_front_end)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
