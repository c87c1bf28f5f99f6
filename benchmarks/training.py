"""How long the recipes train and how well, in turn, seed by seed: `--seeds N` for more than one.

Budgets: classic at least 98.9% (mean of 5 seeds); fast at least 98.94% in at most 1/4 of its time.
A seed takes two to three minutes on two cores that have nothing else to do.
"""

import argparse

import numpy as np

from lenet.training import RECIPES, evaluate, train


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="how many (default: 1)")
    seeds = range(parser.parse_args().seeds)

    seconds = np.zeros((len(RECIPES), len(seeds)))
    accuracy = np.zeros_like(seconds)
    for seed in seeds:
        for row, recipe in enumerate(RECIPES):
            run = train(recipe=recipe, seed=seed, verbose=0)
            seconds[row, seed] = run.seconds
            accuracy[row, seed] = evaluate(run.model).accuracy

    print("| recipe | epochs | seconds | of classic's | test accuracy | sd | lowest |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    ratios = np.median(seconds / seconds[0], axis=1)
    for row, (name, recipe) in enumerate(RECIPES.items()):
        sd = f"{accuracy[row].std(ddof=1):.2%}" if len(seeds) > 1 else "–"
        print(
            f"| {name} | {recipe.epochs} | {seconds[row].mean():.1f} | {ratios[row]:.2f} "
            f"| {accuracy[row].mean():.2%} | {sd} | {accuracy[row].min():.2%} |"
        )


if __name__ == "__main__":
    main()
