"""What the package promises as a whole: imports run one way, and importing it is light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lenet

PACKAGE = Path(lenet.__file__).parent

FIGURES = {
    "widgets.channels",
    "widgets.convolution",
    "widgets.explorer",
    "widgets.lenet",
    "widgets.mistakes",
    "widgets.pooling",
    "widgets.receptive_field",
    "widgets.softmax",
    "widgets.training",
}
NEEDED = {"shapes", "functional", "data", "plots", "plots.drawing", "plots.arrays"}

# Each module, by its dotted name in the package, and the modules of the package that it may import
# when it is imported itself.
ALLOWED = {
    "": set(),
    "shapes": set(),
    "functional": {"shapes"},
    "layers": {"shapes", "functional"},
    "network": {"shapes", "functional", "layers"},
    "data": {"shapes", "functional"},
    "plots": {
        "plots.drawing",
        "plots.arrays",
        "plots.windows",
        "plots.networks",
        "plots.charts",
        "plots.results",
    },
    "plots.drawing": set(),
    "plots.arrays": {"plots.drawing"},
    "plots.charts": {"plots.drawing"},
    "plots.networks": {"plots.drawing", "shapes"},
    "plots.results": {"plots.drawing"},
    "plots.windows": {"plots.drawing", "shapes"},
    "widgets": FIGURES,
    "widgets.figure": {"plots"},
    "widgets.networks": {"functional", "widgets.figure"},
    "keras_models": {"shapes", "functional", "data"},
    "training": {"shapes", "functional", "data", "keras_models"},
    "__main__": {"data"},
    **{figure: NEEDED | {"widgets.figure", "widgets.networks"} for figure in FIGURES},
}
IMPORT_KERAS = {"keras_models", "training"}


def dotted(path: Path) -> str:
    """The name of a module in the package: `shapes`, `plots` or `plots.drawing`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imported_at_the_top(path: Path) -> set[str]:
    """The modules that `path` imports when it is imported: not inside functions or for types."""
    found: set[str] = set()
    nodes = list(ast.parse(path.read_text()).body)
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"write the whole name of {node.module}"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        elif isinstance(node, ast.If | ast.Try | ast.With):
            nodes += ast.iter_child_nodes(node)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=dotted)
def test_imports_run_one_way(path: Path) -> None:
    imported = imported_at_the_top(path)
    own = {name.removeprefix("lenet.") for name in imported} & ALLOWED.keys()
    assert own <= ALLOWED[dotted(path)]
    keras = {name for name in imported if name.split(".")[0] in {"keras", "tensorflow"}}
    assert not keras or dotted(path) in IMPORT_KERAS


@pytest.mark.parametrize("name", lenet.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(lenet, name) is not None
    assert name in dir(lenet)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'lenet' has no attribute 'lenet6'"):
        _ = lenet.lenet6


def test_importing_the_package_loads_no_heavy_library() -> None:
    code = (
        "import sys, lenet; "
        "print({'tensorflow', 'keras', 'matplotlib', 'scipy', 'skimage'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
