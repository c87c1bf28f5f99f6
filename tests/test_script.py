"""Chapter 6 and the script that readers download must train the same network the same way."""

import ast
import math
import os
import subprocess
import sys
from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest

from lenet.training import RECIPES

BOOK = Path(__file__).resolve().parents[1] / "book"
SCRIPT = BOOK / "train_lenet5.py"

Call = tuple[str, tuple[object, ...], dict[str, object]]


def chapter() -> ast.Module:
    """All the code of chapter 6, but not its exercises."""
    cells = nbformat.read(BOOK / "06-training.ipynb", 4).cells
    code = (
        cell.source
        for cell in cells
        if cell.cell_type == "code"
        and not {"exercise", "solution"} & {*cell.metadata.get("tags", ())}
    )
    return ast.parse("\n".join(code))


def script() -> ast.Module:
    return ast.parse(SCRIPT.read_text("utf-8"))


def calls(tree: ast.Module, prefix: str) -> list[Call]:
    """List the calls whose function is spelled `prefix…`, in the order of the text.

    Names that the module sets to a constant, such as `EPOCHS`, stand for the constant.
    """
    constants = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }

    def read(node: ast.expr) -> object:
        if isinstance(node, ast.Name):
            node = constants.get(node.id, node)
        try:
            return ast.literal_eval(node)
        except ValueError:
            return ast.unparse(node)

    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(prefix)
    ]
    found.sort(key=lambda node: (node.lineno, node.col_offset))
    return [
        (
            ast.unparse(node.func),
            tuple(read(a) for a in node.args),
            {str(k.arg): read(k.value) for k in node.keywords},
        )
        for node in found
    ]


@pytest.mark.parametrize(
    ("prefix", "count"),
    [
        ("keras.Input", 1),
        ("keras.layers.", 8),
        ("keras.utils.to_categorical", 2),
        ("keras.utils.set_random_seed", 1),
        ("keras.optimizers.Adam", 1),
        ("model.compile", 1),
        ("model.evaluate", 1),
    ],
)
def test_the_chapter_and_the_script_make_the_same_calls(prefix: str, count: int) -> None:
    in_chapter, in_script = calls(chapter(), prefix), calls(script(), prefix)
    if prefix == "keras.optimizers.Adam":  # the chapter also checks its own Adam against Keras's
        in_chapter = [call for call in in_chapter if call[1] == ("learning_rate",)]
    assert len(in_script) == count
    assert in_script == in_chapter


def test_the_learning_rate_falls_as_in_the_recipe_of_the_package() -> None:
    """In the chapter and in the script, whatever the expression for the number of updates."""
    optimizer = RECIPES["classic"].optimizer(20 * 422)
    recipe = optimizer.get_config()["learning_rate"]["config"]
    for tree in chapter(), script():
        names: dict[str, object] = {"math": math, "keras": keras}
        for node in tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in (
                "BATCH_SIZE",
                "EPOCHS",
                "updates",
                "learning_rate",
            ):
                exec(ast.unparse(node), names)
        schedule = names["learning_rate"]
        assert isinstance(schedule, keras.optimizers.schedules.CosineDecay)
        assert schedule.get_config() == recipe
        assert schedule.decay_steps == 8440
        assert schedule.initial_learning_rate == 0.003


def test_the_chapter_and_the_script_fit_the_same_way() -> None:
    [(_, arguments, options)], [(_, in_script, script_options)] = (
        calls(chapter(), "model.fit"),
        calls(script(), "model.fit"),
    )
    assert options.pop("callbacks") == "[training]"  # the chapter watches
    assert (arguments, options) == (in_script, script_options)
    assert options == {"batch_size": 128, "epochs": 20, "validation_split": 0.1, "verbose": 2}


def test_the_chapter_links_the_script() -> None:
    cells = nbformat.read(BOOK / "06-training.ipynb", 4).cells
    assert any("[train_lenet5.py](train_lenet5.py)" in cell.source for cell in cells)


def test_the_script_runs_from_any_folder_without_the_book(tmp_path: Path) -> None:
    """One epoch on a few digits, with a Keras that has MNIST and a Python that has no lenet."""
    source = SCRIPT.read_text("utf-8")
    assert source.count("EPOCHS = 20\n") == 1
    (tmp_path / "short.py").write_text(source.replace("EPOCHS = 20\n", "EPOCHS = 1\n"), "utf-8")

    (tmp_path / "lenet.py").write_text("raise ImportError\n", "utf-8")
    with np.load(BOOK.parent / "lenet" / "assets" / "mnist.npz") as mnist:
        few = {name: mnist[name][:640] for name in mnist.files}
    np.savez(tmp_path / "few.npz", **few)
    (tmp_path / "sitecustomize.py").write_text(
        "import keras.datasets.mnist as mnist, numpy as np\n"
        "f = np.load('few.npz')\n"
        "mnist.load_data = lambda: ((f['x_train'], f['y_train']), (f['x_test'], f['y_test']))\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, "short.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("val_accuracy") == 1  # one epoch
    assert "61,706" in done.stdout
    assert "test accuracy" in done.stdout
    assert (tmp_path / "lenet5.keras").stat().st_size > 4 * 61_706
