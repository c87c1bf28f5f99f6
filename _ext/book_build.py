"""What the build adds to Jupyter Book: mathematics without scripts, a cache that sees the package.

*Mathematics.* Formulas become MathML while the book is built, so a page needs no script and no
network to show them. The mathematics font, which many systems lack, is cut from the pinned
`ziamath` package (STIX Two Math, SIL Open Font License) down to the characters that are used.

*Citations.* In a notebook a citation is a plain link, `[Zhang (2019)](references.md#zhang2019)`; it
reads well in every Jupyter. While the book is built it becomes a citation of that entry in
`references.bib`.

*Pictures.* What a picture shows is saved in its file by `lenet.plots`, and becomes its text for
those who cannot see it.

*Cache.* Executed chapters are kept under a folder named after everything they depend on besides
their own text: the package, its data and the pins. When any of it changes, every chapter runs
again.
"""

import hashlib
import html
import re
import shutil
import unicodedata
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

from docutils import nodes
from fontTools import subset
from latex2mathml.converter import convert
from PIL import Image
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[1]


def fingerprint(root: Path) -> str:
    """Hash the names and contents of all that a chapter's outputs depend on besides the chapter."""
    paths = [p for p in root.joinpath("lenet").rglob("*") if p.is_file() and p.suffix != ".pyc"]
    digest = hashlib.sha256()
    for path in sorted([*paths, root / "requirements.txt"]):
        digest.update(f"{path.relative_to(root)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def key_cache(app: Sphinx, config: Config) -> None:
    """Give the executed chapters a folder for this state of the package and the pins."""
    caches = Path(app.outdir).parent / ".jupyter_cache"
    current = caches / fingerprint(ROOT)
    for stale in caches.glob("*"):
        if stale != current:
            shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
    config.nb_execution_cache_path = str(current)


LINK = r"\[[^\[\]\n]+\]\(references\.md#(\w+)\)"
IN_BRACKETS = re.compile(rf"\(({LINK}(?:; {LINK})*)\)")


def cite(text: str) -> str:
    """Turn links into the references into citations: in brackets, or as part of the sentence.

    Example:
        >>> cite("as shown ([Zhang, 2019](references.md#zhang2019making))")
        'as shown {cite:p}`zhang2019making`'
        >>> cite("[Zhang (2019)](references.md#zhang2019making) shows")
        '{cite:t}`zhang2019making` shows'
    """
    text = IN_BRACKETS.sub(
        lambda links: "{cite:p}`" + ",".join(re.findall(LINK, links[1])) + "`", text
    )
    return re.sub(LINK, r"{cite:t}`\1`", text)


def cite_in_source(app: Sphinx, docname: str, source: list[str]) -> None:  # noqa: ARG001
    """Let Sphinx read citations where the notebook has links."""
    source[0] = cite(source[0])


def describe_pictures(app: Sphinx, doctree: nodes.document) -> None:
    """Give each picture that a cell drew the words that `lenet.plots` saved in its file."""
    for node in doctree.findall(nodes.image):
        path = Path(app.srcdir, node["uri"])
        if "alt" not in node and path.suffix == ".png":
            with Image.open(path) as picture:
                node["alt"] = picture.info.get("Description", "")


def to_mathml(latex: str, *, block: bool) -> str:
    r"""Turn a LaTeX formula into a `<math>` element that keeps its source as its annotation.

    Raises:
        ValueError: If something in the formula has no MathML form; the message names it.
    """
    display = "block" if block else "inline"
    source = latex.strip().replace("{aligned}", "{split}")  # the converter knows one of the two
    mathml = convert(source, display=display).replace("<mi>&</mi>", "<mi>&amp;</mi>")
    for text in ET.fromstring(mathml).itertext():
        if "\\" in text or text == "&":
            raise ValueError(f"{text!r} in the formula {latex!r} has no MathML form here")
    return mathml


def write_math(translator: HTML5Translator, node: nodes.Element, *, block: bool) -> None:
    """Write a formula as MathML and report one that cannot be written as a warning."""
    try:
        mathml = to_mathml(node.astext(), block=block)
    except Exception as error:
        logger.warning("cannot typeset a formula: %s", error, location=node)
        mathml = f"<code>{translator.encode(node.astext())}</code>"
    if block:
        target = "".join(f' id="{name}"' for name in node["ids"][:1])
        mathml = f'<div class="math-block"{target}>{mathml}</div>\n'
    translator.body.append(mathml)
    raise nodes.SkipNode


def visit_inline(translator: HTML5Translator, node: nodes.Element) -> None:
    """Write a formula in the line."""
    write_math(translator, node, block=False)


def visit_block(translator: HTML5Translator, node: nodes.Element) -> None:
    """Write a formula on a line of its own."""
    write_math(translator, node, block=True)


def add_math_font(app: Sphinx, error: Exception | None) -> None:
    """Write the part of STIX Two Math that the formulas use as a web font beside the styles."""
    if error or app.builder.format != "html":
        return
    pages = [page.read_text(encoding="utf-8") for page in Path(app.outdir).rglob("*.html")]
    formulas = [formula for page in pages for formula in re.findall(r"<math.*?</math>", page, re.S)]
    letters = set(html.unescape(re.sub("<[^>]*>", "", "".join(formulas))))
    # A browser shows a lone letter of a formula in italics, which are characters of their own.
    codes = [*range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C)]
    italics = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in codes}
    letters |= {italics[letter] for letter in letters & italics.keys()} | {"\u210e"}  # italic h
    letters.add("√")  # which <msqrt> draws without naming it
    options = subset.Options(flavor="woff2", layout_features=["ssty"])
    chosen = subset.Subsetter(options)
    chosen.populate(text="".join(letters))
    source = files("ziamath").joinpath("fonts/STIXTwoMath-Regular.ttf").read_bytes()
    font = subset.load_font(BytesIO(source), options)
    chosen.subset(font)
    subset.save_font(font, Path(app.outdir) / "_static" / "math.woff2", options)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("config-inited", key_cache)
    app.connect("source-read", cite_in_source)
    app.connect("doctree-read", describe_pictures)
    app.connect("build-finished", add_math_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
