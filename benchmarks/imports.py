"""How long `import lenet` takes in a fresh process; the budget is 0.3 s.

The start of the interpreter is not counted. NumPy alone is measured beside it, in turn, so that
both meet the same machine.
"""

import statistics
import subprocess
import sys

RUNS = 10
NAMES = ("numpy", "lenet", "lenet.data", "lenet.network", "lenet.plots")
CODE = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def seconds(name: str) -> float:
    """Import `name` in a fresh process and return how long that took."""
    command = [sys.executable, "-c", CODE.format(name)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Print a Markdown table."""
    for name in NAMES:
        seconds(name)  # Once uncounted, to have the files in memory and compiled.
    times: dict[str, list[float]] = {name: [] for name in NAMES}
    for _ in range(RUNS):
        for name in NAMES:
            times[name].append(seconds(name))
    print(f"| import | seconds, median of {RUNS} | least | budget |\n| --- | ---: | ---: | ---: |")
    for name, runs in times.items():
        budget = "0.3" if name == "lenet" else ""
        print(f"| `{name}` | {statistics.median(runs):.3f} | {min(runs):.3f} | {budget} |")


if __name__ == "__main__":
    main()
