"""The sources of the chapters: stripped, in one order, in short cells, cited and tagged."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from pybtex.database import Entry, parse_file

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
NOTEBOOKS = sorted(BOOK.glob("*.ipynb"))
CHAPTERS = [path for path in NOTEBOOKS if path.stem != "index"]
TAGS = {"exercise", "hide-cell", "remove-output", "remove-stderr", "solution"}

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list[Any]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def prose(path: Path) -> str:
    return "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


@each_notebook
def test_nothing_of_a_run_is_left_in(path: Path) -> None:
    for cell in code_cells(path):
        assert not cell.outputs, (
            f"{path.name}: cell {cell.id} has outputs; run nbstripout --keep-id"
        )
        assert cell.execution_count is None, f"{path.name}: cell {cell.id} has a count"


@each_notebook
def test_it_opens_natively_everywhere(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec == {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


@each_notebook
def test_tags_are_from_the_list(path: Path) -> None:
    for cell in read(path).cells:
        tags = set(cell.metadata.get("tags", []))
        assert tags <= TAGS, cell.id
        # A folded cell is labelled "Show the solution" in the built book.
        assert ("hide-cell" in tags) == ("solution" in tags), cell.id


@each_notebook
def test_cells_hold_one_idea(path: Path) -> None:
    long = {cell.id: n for cell in code_cells(path) if (n := len(cell.source.splitlines())) > 15}
    assert long == {}


@each_chapter
def test_a_chapter_has_its_parts_in_order(path: Path) -> None:
    headings = re.findall(r"^(#{1,2}) (.+)$", prose(path), re.M)
    assert [level for level, _ in headings].count("#") == 1
    assert headings[0][0] == "#"
    assert headings[1][1] == "What you will be able to do"
    assert [title for _, title in headings[-4:]] == [
        "Summary",
        "Exercises",
        "Quiz",
        "Further reading",
    ]
    assert "**Predict.**" in prose(path)
    assert code_cells(path)[0].source.startswith(("import", "from"))


@each_chapter
def test_a_chapter_has_exercises_with_solutions_and_a_quiz_with_answers(path: Path) -> None:
    solutions = [c for c in code_cells(path) if "solution" in c.metadata.get("tags", [])]
    assert len(solutions) >= 3
    for cell in solutions:
        assert "assert" in cell.source, f"the solution {cell.id} checks nothing"
    quiz = prose(path).split("## Quiz")[1].split("## Further reading")[0]
    assert quiz.count("<summary>Answer</summary>") >= 3
    assert quiz.count("<details>") == quiz.count("</details>")


def test_the_contents_name_every_notebook() -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    files = {toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])}
    assert {f"book/{path.stem}" for path in NOTEBOOKS} <= files


def names(entry: Entry) -> str:
    """The authors as a citation names them."""
    last = [
        " ".join(person.prelast_names + person.last_names) for person in entry.persons["author"]
    ]
    return f"{last[0]} et al." if len(last) > 2 else " and ".join(last)


def test_every_reference_is_cited_by_its_authors_and_year() -> None:
    entries = parse_file(str(BOOK / "references.bib")).entries
    text = "".join(map(prose, NOTEBOOKS))
    links = re.findall(r"\[([^\]]+)\]\(references\.md#(\w+)\)", text)
    assert {key for _, key in links} == set(entries)
    for words, key in links:
        authors, year = names(entries[key]), entries[key].fields["year"]
        assert words in {f"{authors} ({year})", f"{authors}, {year}"}
    assert "{cite" not in text


def test_every_term_is_in_the_glossary_once_and_in_order() -> None:
    terms = re.findall(r"^(.+)\n: ", (BOOK / "glossary.md").read_text(), re.M)
    assert terms == sorted(set(terms), key=str.lower)
