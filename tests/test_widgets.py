"""What figures share in Python: arrays as traits, one front end from several files, pictures."""

import re
import shutil
import subprocess
import sys
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets

from lenet import widgets
from lenet.widgets.figure import FOLDER, Array, Figure, module_source, pack, unpack

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "_ext"))

from book_figures import slim  # noqa: E402

KINDS = [
    figure
    for name in widgets.__all__
    if isinstance(figure := getattr(widgets, name), type) and issubclass(figure, Figure)
]
MODULES = sorted(path.stem for path in FOLDER.glob("*.js") if path.stem != "page")


# Front ends


@pytest.mark.parametrize("name", MODULES)
def test_a_front_end_is_one_module_without_imports(name: str, tmp_path: Path) -> None:
    source = module_source(name)
    assert not re.search(r"^import ", source, re.M)
    assert len(re.findall(r"^export ", source, re.M)) == len(
        re.findall(r"^export ", (FOLDER / f"{name}.js").read_text(encoding="utf-8"), re.M)
    )
    files = re.findall(r"^//// (\w+)\.js$", source, re.M)
    assert files[-1] == name
    assert len(files) == len(set(files))
    module = tmp_path / "module.mjs"
    module.write_text(source, encoding="utf-8")
    node = shutil.which("node")
    if node:  # no name is declared twice in the one scope that all files share
        subprocess.run([node, "--check", module], check=True, capture_output=True)


@pytest.mark.parametrize("figure", KINDS)
def test_a_figure_and_its_front_end_have_one_name(figure: type[Figure]) -> None:
    name = figure.__module__.rsplit(".", 1)[1]
    assert figure.kind == name.replace("_", "-")
    source = (FOLDER / f"{name}.js").read_text(encoding="utf-8")
    assert f'kind: "{figure.kind}"' in source
    assert "export default { render };" in source
    assert str(figure._esm).endswith(f"//// {name}.js\n" + re.sub(r"(?m)^import .*\n", "", source))


# Arrays


class Holder(traitlets.HasTraits):
    image = Array([[1, 2]], axes=("height", "width"))
    mask = Array(axes=("units",), none=True)


def test_an_array_is_kept_as_read_only_float32() -> None:
    given = np.arange(6.0).reshape(2, 3)
    holder = Holder(image=given)
    given[0, 0] = 9
    assert holder.image.dtype == np.float32
    assert holder.image.tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(ValueError, match="read-only"):
        holder.image[0, 0] = 1
    assert holder.mask is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1, 2], r"image must be an array \(height, width\).* Received: shape \(2,\)"),
        (np.zeros((0, 3)), r"Received: shape \(0, 3\)"),
        ([[1, np.nan]], "Received: NaN or infinity"),
        ([[1, np.inf]], "Received: NaN or infinity"),
        ([[1], [2, 3]], r"Received: \[\[1\], \[2, 3\]\]"),
        ("seven", "Received: 'seven'"),
        (None, "image must be an array"),
    ],
)
def test_what_is_no_such_array_is_refused_and_nothing_changes(value: Any, message: str) -> None:
    holder = Holder()
    with pytest.raises(traitlets.TraitError, match=message):
        holder.image = value
    assert holder.image.tolist() == [[1, 2]]


@pytest.mark.parametrize("shape", [(1,), (2, 3), (1, 4, 2, 5)])
def test_an_array_comes_back_as_it_went(shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    packed = pack(array)
    assert packed
    assert len(packed["data"]) == 4 * array.size
    back = unpack({"shape": packed["shape"], "data": memoryview(packed["data"])})
    np.testing.assert_array_equal(back, array)
    assert pack(None) is None
    assert unpack(None) is None


def test_the_bytes_are_the_same_on_every_machine() -> None:
    packed = pack(np.array([1.0], ">f4"))
    assert packed == {"shape": [1], "data": b"\x00\x00\x80\x3f"}


# What is shown


class Tags(HTMLParser):
    """The tags of a text, each with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str | None]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] = dict(attrs)


def test_a_figure_is_shown_live_in_jupyter_and_as_a_picture_elsewhere() -> None:
    figure = widgets.Convolution()
    data, _ = figure._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == figure.model_id
    tags = Tags(data["text/html"]).found
    assert tags["div"] == {
        "class": "lenet-place",
        "data-figure": "convolution",
        "data-model": figure.model_id,
    }
    assert tags["img"]["src"] == f"data:image/png;base64,{data['image/png']}"
    assert tags["img"]["alt"] == figure.still().alt
    png = b64decode(data["image/png"])
    assert png.startswith(b"\x89PNG")
    pixels = [int.from_bytes(png[k : k + 4], "big") for k in (16, 20)]
    shown = [int(tags["img"][side] or 0) for side in ("width", "height")]
    assert pixels[0] / pixels[1] == pytest.approx(shown[0] / shown[1], rel=0.01)


# What the build keeps


def embedded(*figures: Figure) -> dict[str, Any]:
    from ipywidgets.embed import dependency_state

    return {"state": dependency_state(list(figures), drop_defaults=False)}


def test_a_page_keeps_each_file_once_and_only_what_it_shows() -> None:
    one, other, unseen = (widgets.Convolution(strides=strides) for strides in (1, 2, 3))
    book = embedded(one, other, unseen)
    page = slim(book, {one.model_id, other.model_id})
    assert set(page["state"]) == {one.model_id, other.model_id}
    assert [text.split("\n")[0] for text in page["files"]] == [
        *("//// numerics.js", "//// figure.js", "//// convolution.js")
    ]
    for figure in (one, other):
        kept = page["state"][figure.model_id]
        whole = "".join(page["files"][k] for k in kept["state"]["_esm"])
        assert whole == module_source("convolution")
        assert kept["state"]["strides"] == figure.strides
        assert not [key for key in kept["state"] if key[0] == "_" and key != "_esm"]
        (kernel,) = (b for b in kept["buffers"] if b["path"] == ["kernel", "data"])
        np.testing.assert_array_equal(
            np.frombuffer(b64decode(kernel["data"]), "<f4").reshape(3, 3), figure.kernel
        )
