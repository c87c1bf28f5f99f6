"""Measure everything that the budgets speak of, one after the other: `make bench`.

Each measurement is a script of its own, `python benchmarks/NAME.py`, and prints a Markdown table.
Figures of one run can be compared with each other; those of different runs or machines cannot.
"""

import os
import platform
import runpy
from pathlib import Path

NAMES = ("imports", "layers", "pages", "training", "build")


def main() -> None:
    """Run every measurement in turn."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    for name in NAMES:
        print(f"## {name}\n", flush=True)
        runpy.run_path(str(Path(__file__).with_name(f"{name}.py")), run_name="__main__")
        print(flush=True)


if __name__ == "__main__":
    main()
