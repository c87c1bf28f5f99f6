"""How long `make book` takes from clean, and when nothing changed; installing is not counted.

Budgets: 6 minutes and 15 seconds on two cores. It builds in a copy, so that the book at hand stays.
"""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def build(folder: Path) -> float:
    """Run `make book` in `folder` and return the seconds it took."""
    start = time.perf_counter()
    subprocess.run(
        ["make", "book", "--assume-old=.venv/bin/.installed"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def main() -> None:
    """Print a Markdown table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "book"
        skip = shutil.ignore_patterns(".venv", "_build", ".git", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, folder, ignore=skip)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        clean, unchanged = build(folder), build(folder)
    print("| `make book` | seconds | budget |\n| --- | ---: | ---: |")
    print(f"| from clean | {clean:.0f} | 360 |\n| unchanged | {unchanged:.1f} | 15 |")


if __name__ == "__main__":
    main()
