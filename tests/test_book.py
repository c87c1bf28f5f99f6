"""The build: what it made, and that it refuses what is broken."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from jupyter_cache import get_cache

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "_ext"))

from book_build import cite, fingerprint, to_mathml  # noqa: E402

CHAPTERS = sorted(path.stem for path in (ROOT / "book").glob("*.ipynb"))


class Links(HTMLParser):
    """The ids and names of a page, and all that it points at."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.links: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, _: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.targets |= {value for key in ("id", "name") if (value := values.get(key))}
        self.links += [value for key in ("href", "src") if (value := values.get(key))]


# What the build made


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_cell_ran_and_none_complained(html: Path, name: str) -> None:
    cache = get_cache(html.parent / ".jupyter_cache" / fingerprint(ROOT))
    source = nbformat.read(ROOT / "book" / f"{name}.ipynb", as_version=4)
    _, executed = cache.merge_match_into_notebook(source)
    for cell in executed.cells:
        if cell.cell_type == "code":
            assert cell.execution_count, f"{cell.id} did not run"
            quiet = "remove-stderr" in cell.metadata.get("tags", [])
            for output in cell.outputs:
                assert output.output_type != "error", cell.id
                assert quiet or output.get("name") != "stderr", f"{cell.id}: {output.text}"
                assert "\x08" not in output.get("text", ""), f"{cell.id} prints control codes"


def test_every_link_inside_the_book_leads_somewhere(html: Path) -> None:
    pages = {page: Links(page) for page in html.rglob("*.html") if "_static" not in page.parts}
    broken = []
    for page, found in pages.items():
        for link in found.links:
            url = urlsplit(link)
            if url.scheme or link.startswith("//"):
                continue
            target = (page.parent / unquote(url.path)).resolve() if url.path else page
            anchors = pages[target].targets | {""} if target in pages else {url.fragment}
            if not target.exists() or unquote(url.fragment) not in anchors:
                broken.append(f"{page.name}: {link}")
    assert broken == []


def test_nothing_is_loaded_from_another_host(html: Path) -> None:
    loads = re.compile(
        r"""<(?:script|img|iframe|source)[^>]+src=["'](?:https?:)?//[^"']+
          | <link[^>]+rel=["'](?:stylesheet|preload)["'][^>]+href=["'](?:https?:)?//[^"']+
          | url\(["']?(?:https?:)?//[^)]+ | @import\s+["'](?:https?:)?//[^"']+""",
        re.VERBOSE,
    )
    files = [*html.rglob("*.html"), *html.rglob("*.css")]
    found = {path.name: match for path in files if (match := loads.findall(path.read_text()))}
    assert found == {}


def test_each_chapter_can_be_downloaded_as_a_notebook(html: Path) -> None:
    for name in CHAPTERS:
        notebook = html / "_sources" / "book" / f"{name}.ipynb"
        assert notebook.read_bytes() == (ROOT / "book" / f"{name}.ipynb").read_bytes()
        page = (html / "book" / f"{name}.html").read_text()
        assert f'href="../_sources/book/{name}.ipynb"' in page


# What the build refuses


@pytest.fixture
def small_book(tmp_path: Path) -> Path:
    """A copy of the book's machinery around one chapter."""
    shutil.copytree(ROOT / "_ext", tmp_path / "_ext")
    shutil.copytree(ROOT / "book" / "_static", tmp_path / "book" / "_static")
    for name in ("_config.yml", "Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copy(ROOT / "book" / "references.bib", tmp_path / "book")
    shutil.copytree(ROOT / "lenet" / "widgets", tmp_path / "lenet" / "widgets")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/index\n")
    return tmp_path


def build(folder: Path, *cells: nbformat.NotebookNode) -> subprocess.CompletedProcess[str]:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title"), *cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "book" / "index.ipynb")
    return subprocess.run(
        ["make", "book", "--assume-old=.venv/bin/.installed"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_sound_book_is_built_and_its_place_printed(small_book: Path) -> None:
    done = build(small_book, nbformat.v4.new_code_cell("print(6 * 7)"))
    assert done.returncode == 0, done.stderr
    place = re.search(r"The book: (.+)$", done.stdout, re.M)
    assert place
    assert "42" in (Path(place[1]).parent / "book" / "index.html").read_text()


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (nbformat.v4.new_code_cell("1 / 0"), "ZeroDivisionError"),
        (nbformat.v4.new_markdown_cell("[gone](nowhere.ipynb)"), "nowhere.ipynb"),
        (nbformat.v4.new_markdown_cell("[Nobody (2000)](references.md#nobody2000)"), "nobody2000"),
        (nbformat.v4.new_markdown_cell(r"$\nonsense{x}$"), r"\nonsense"),
    ],
    ids=["failing cell", "broken link", "unknown citation", "formula that cannot be set"],
)
def test_a_broken_book_is_refused_by_name(
    small_book: Path, cell: nbformat.NotebookNode, message: str
) -> None:
    done = build(small_book, cell)
    assert done.returncode != 0
    assert message in done.stdout + done.stderr
    assert "index" in done.stdout + done.stderr


# The pieces


def test_the_cache_sees_the_package_its_data_and_the_pins(tmp_path: Path) -> None:
    (tmp_path / "lenet" / "assets").mkdir(parents=True)
    files = [tmp_path / "lenet/shapes.py", tmp_path / "lenet/assets/w.npz"]
    files.append(tmp_path / "requirements.txt")
    for path in files:
        path.write_text("1")
    seen = {fingerprint(tmp_path)}
    for path in files:
        path.write_text("2")
        seen.add(fingerprint(tmp_path))
    files[0].rename(tmp_path / "lenet/sizes.py")
    seen.add(fingerprint(tmp_path))
    assert len(seen) == 5
    (tmp_path / "lenet" / "sizes.pyc").write_text("compiled")
    assert fingerprint(tmp_path) in seen


@pytest.mark.parametrize(
    ("link", "citation"),
    [
        ("[A (1)](references.md#a1) shows", "{cite:t}`a1` shows"),
        ("shown ([A, 1](references.md#a1)).", "shown {cite:p}`a1`."),
        ("([A, 1](references.md#a1); [B, 2](references.md#b2))", "{cite:p}`a1,b2`"),
        ("(as [A (1)](references.md#a1) shows)", "(as {cite:t}`a1` shows)"),
        ("[the list](references.md)", "[the list](references.md)"),
        ("x[0]\n[A (1)](references.md#a1)", "x[0]\n{cite:t}`a1`"),
        ("x = [\n[A (1)](references.md#a1)", "x = [\n{cite:t}`a1`"),
    ],
)
def test_a_link_into_the_references_becomes_a_citation(link: str, citation: str) -> None:
    assert cite(link) == citation


def test_a_formula_becomes_mathml() -> None:
    mathml = to_mathml(r"\left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1", block=True)
    assert mathml.startswith("<math")
    assert 'display="block"' in mathml
    assert mathml.count("<mfrac>") == 1
    assert "&#x0230A;" in mathml  # the left floor bracket


@pytest.mark.parametrize("latex", [r"\nonsense", r"\begin{unknown} a & b \end{unknown}"])
def test_a_formula_without_a_mathml_form_is_named(latex: str) -> None:
    with pytest.raises(ValueError, match="has no MathML form here"):
        to_mathml(latex, block=False)
