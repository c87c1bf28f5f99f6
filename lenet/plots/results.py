"""What a network answers, and how well: probabilities, the confusion matrix and the mistakes."""

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import ArrayLike

from lenet.plots.drawing import (
    BAR,
    BLUE,
    FAINT,
    GRAY,
    GREEN,
    ORANGE,
    QUIET,
    ROOM,
    VERMILLION,
    Picture,
    add_axes,
    as_titles,
    block,
    brightness,
    draw,
    finite,
    frame,
    grid,
    ink_on,
    join,
    many,
    ranked,
    rows_of,
    same_length,
    styled,
    title_height,
    write,
)


@styled
def probabilities(
    p: ArrayLike,
    label: int | Sequence[int] | None = None,
    *,
    titles: Sequence[object] | None = None,
) -> Picture:
    """Draw the probability of each class as a bar; the right class, when known, stands out.

    Args:
        p: `(classes,)`, or `(n, classes)` for several.
        label: The right class, or one for each.
        titles: One for each of several.

    Raises:
        ValueError: If the rank is wrong, values lie outside 0 to 1, or lengths differ.

    Example:
        >>> probabilities([0.01, 0.98, 0.01], label=1)
        <Picture: Bar chart of 3 probabilities; the largest is 1 at 0.98.>
    """
    values = finite(p, "p").astype(float)
    if values.ndim not in (1, 2):
        raise ValueError(
            f"p must have rank 1, (classes,), or 2, (n, classes). Received: shape {values.shape}."
        )
    if values.min() < 0 or values.max() > 1 + 1e-4:
        raise ValueError(
            f"p must lie in 0 to 1. Received: {values.min():.3g} to {values.max():.3g}."
        )
    single = values.ndim == 1
    values = np.atleast_2d(values)
    count, classes = values.shape
    labels = [] if label is None else [int(k) for k in np.atleast_1d(label)]
    if labels:
        same_length("label", labels, "rows of p", count)
        if min(labels) < 0 or max(labels) >= classes:
            raise ValueError(f"label must lie in 0 to {classes - 1}. Received: {label}.")
    heads = as_titles(titles, count, "rows of p")
    best = values.argmax(axis=1)
    told = join(f"{k} at {row[k]:.2f}" for row, k in zip(values, best, strict=True))
    if single:
        alt = f"Bar chart of {classes} probabilities; the largest is {told}."
    else:
        alt = f"{count} bar charts of {classes} probabilities; the largest are {told}."

    across = 1 if count == 1 else 2 if count in (2, 4) else 3
    rows, gap = rows_of(count, across), 0.3
    width = 5.4 if across == 1 else (ROOM - (across - 1) * gap) / across
    height = 1.7 if across == 1 else 0.9
    above, below = 0.24 + title_height(heads), 0.44 if labels else 0.28
    step = above + height + below + 0.12
    figure = Picture(rows * step - 0.12, alt)
    for k, (x, y) in enumerate(grid(count, across, width, gap, step)):
        row, top = values[k], best[k]
        axes = add_axes(figure, x, y + above, width, height)
        colors, ticks = [BAR] * classes, [str(i) for i in range(classes)]
        colors[top] = BLUE
        if labels:
            ticks[labels[k]] += "\nlabel"
            if labels[k] != top:
                colors[top], colors[labels[k]] = VERMILLION, GREEN
        axes.bar(range(classes), row, color=colors, width=0.78)
        axes.set(xlim=(-0.6, classes - 0.4), ylim=(0, 1))
        axes.spines["bottom"].set_visible(True)
        axes.set_xticks(range(classes), ticks)
        axes.tick_params(axis="x", length=0)
        at = (top, row[top])
        axes.annotate(f"{row[top]:.2f}", at, (0, 2), textcoords="offset points", ha="center")
        if heads:
            axes.set_title(heads[k], pad=18)
    return figure


@styled
def confusion_matrix(matrix: ArrayLike) -> Picture:
    """Show how often each class was taken for each; colour only for the mistakes.

    Args:
        matrix: `(classes, classes)` counts; rows are the true classes, columns the predicted.

    Raises:
        ValueError: If the matrix is not square or holds a negative number.

    Example:
        >>> confusion_matrix([[9, 1], [0, 10]])
        <Picture: Confusion matrix of 20 examples: 19 right; most often 0 was taken for 1, once.>
    """
    counts = ranked(matrix, "matrix", 2, "(classes, classes)")
    classes = len(counts)
    if counts.shape != (classes, classes) or counts.min() < 0:
        raise ValueError(
            "matrix must be square, with counts of 0 and more. "
            f"Received: shape {counts.shape}, least {counts.min()}."
        )
    wrong = counts.astype(float)
    np.fill_diagonal(wrong, 0)
    row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
    most, right = int(wrong.max()), int(np.trace(counts))
    alt = f"Confusion matrix of {int(counts.sum()):,} examples: {right:,} right"
    if most:
        times = "once" if most == 1 else f"{most} times"
        alt += f"; most often {row} was taken for {column}, {times}"

    side = min(0.5 * classes, 5.0)
    figure = Picture(side + 0.48, alt + ".")
    axes = add_axes(figure, (ROOM - side) / 2 + 0.2, 0.48, side, side)
    cmap = LinearSegmentedColormap.from_list("mistakes", ["white", "#f3b78f", VERMILLION])
    # The square root keeps a single mistake visible beside the most frequent one.
    shown = draw(axes, np.sqrt(wrong), cmap, (0, max(most**0.5, 1)))
    size = float(np.clip(72 * side / classes / 3.2, 6, 11))
    for (i, j), value in np.ndenumerate(counts):
        if i == j:
            block(axes, j - 0.5, i - 0.5, 1, 1, "#eeeeee", "none")
        color = ink_on(shown.to_rgba(np.sqrt(wrong[i, [j]]))[0]) if value else FAINT
        text = f"{int(value)}" if value else "·"
        axes.text(j, i, text, ha="center", va="center_baseline", color=color, size=size)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xticks(range(classes))
    axes.set_yticks(range(classes))
    axes.tick_params(length=0)
    axes.set_xlabel("predicted", labelpad=6)
    axes.set_ylabel("true", labelpad=6)
    frame(axes)
    return figure


@styled
def mistakes(
    images: ArrayLike,
    labels: ArrayLike,
    predictions: ArrayLike,
    confidences: ArrayLike,
    marked: Iterable[int] = (),
) -> Picture:
    """Show misread digits, each with its label, what it was taken for, and how surely.

    Args:
        images: `(n, height, width)` or `(n, height, width, 1)`.
        labels: `(n,)`, the true classes.
        predictions: `(n,)`, the predicted classes.
        confidences: `(n,)`, the probability of the prediction.
        marked: Positions, 0 to n − 1, of images to mark with a frame and a star, such as those
            whose label is known to be wrong.

    Raises:
        ValueError: If a rank is wrong or the lengths differ.

    Example:
        >>> mistakes(np.zeros((1, 28, 28)), [4], [9], [0.97])
        <Picture: 1 misread digit: 4 taken for 9 at 97%.>
    """
    batch = finite(images, "images")
    if batch.ndim == 4 and batch.shape[-1] == 1:
        batch = batch[..., 0]
    batch = ranked(batch, "images", 3, "(n, height, width)")
    truth = ranked(labels, "labels", 1, "(n,)")
    guess = ranked(predictions, "predictions", 1, "(n,)")
    sure = ranked(confidences, "confidences", 1, "(n,)")
    for name, given in (("labels", truth), ("predictions", guess), ("confidences", sure)):
        same_length(name, given, "images", len(batch))
    stars = {int(k) for k in marked}
    if stars and not 0 <= min(stars) <= max(stars) < len(batch):
        raise ValueError(f"marked must lie in 0 to {len(batch) - 1}. Received: {sorted(stars)}.")
    told = (
        f"{a} taken for {b} at {_percent(c)}" for a, b, c in zip(truth, guess, sure, strict=True)
    )
    alt = f"{many(len(batch), 'misread digits')}: {join(told)}."

    across, gap, below = min(6, len(batch)), 0.14, 0.42
    width = min((ROOM - (across - 1) * gap) / across, 1.3)
    height = width * batch.shape[1] / batch.shape[2]
    step = height + below + gap
    figure = Picture(rows_of(len(batch), across) * step - gap, alt)
    limits = brightness([batch])
    for k, (x, y) in enumerate(grid(len(batch), across, width, gap, step)):
        axes = add_axes(figure, x, y, width, height)
        draw(axes, batch[k], GRAY, limits)
        frame(axes, *((ORANGE, 2) if k in stars else (FAINT, 0.8)))
        middle, star = x + width / 2, " ★" if k in stars else ""
        write(figure, middle, y + height + 0.15, f"{truth[k]} read as {guess[k]}")
        write(figure, middle, y + height + 0.33, f"{_percent(sure[k])}{star}", color=QUIET)
    return figure


def _percent(share: float) -> str:
    """Write a share in percent; near 100%, with the decimals that tell it from certainty."""
    if share <= 0.99:
        return f"{share:.0%}"
    return f"{share:.2%}" if share < 0.9999 else ">99.99%"
