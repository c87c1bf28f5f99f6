"""Charts of numbers: functions, curves, a training's history, shares, ways down a landscape."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from lenet.plots.drawing import (
    BLUE,
    COLORS,
    FAINT,
    INK,
    LAYER_COLORS,
    ROOM,
    VERMILLION,
    Picture,
    add_axes,
    frame,
    join,
    many,
    number,
    ranked,
    same_length,
    styled,
)


@styled
def functions(
    x: ArrayLike, functions: Mapping[str, ArrayLike], *, xlabel: str = "x", ylabel: str = ""
) -> Picture:
    """Draw functions of one variable in one system of axes, each named at its end.

    Args:
        x: `(n,)`, rising.
        functions: Name and values `(n,)` of each function.
        xlabel: Name of the variable.
        ylabel: Name of the values.

    Raises:
        ValueError: If values are not as many as places, or there is no function.

    Example:
        >>> x = np.linspace(-3, 3, 7)
        >>> functions(x, {"ReLU": np.maximum(x, 0)})
        <Picture: Graph of ReLU for x from −3 to 3.>
    """
    places = ranked(x, "x", 1, "(n,)")
    lines = _series(functions, "functions", places)
    first, last = (number(place, ".3g") for place in places[[0, -1]])
    left = 0.7 if ylabel else 0.5
    alt = f"Graph of {join(lines)} for {xlabel} from {first} to {last}."
    figure, axes = _line_chart(alt, left, lines, xlabel, ylabel)
    axes.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    axes.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
    axes.set_xlim(places[0], places[-1])
    _draw_lines(axes, places, lines)
    return figure


@styled
def curves(
    curves: Mapping[str, ArrayLike],
    xlabel: str = "",
    ylabel: str = "",
    *,
    x: ArrayLike | None = None,
    log: bool = False,
) -> Picture:
    """Draw series of measurements, each named at its end.

    Args:
        curves: Name and values `(n,)` of each curve.
        xlabel: What the horizontal axis counts.
        ylabel: What the values are.
        x: Places `(n,)` of the values; 1, 2, 3, … when None.
        log: Whether the vertical axis is logarithmic.

    Raises:
        ValueError: If there is no curve, or the lengths differ from `x`.

    Example:
        >>> curves({"loss": [0.9, 0.5, 0.4]}, "epoch", "loss")
        <Picture: loss by epoch: loss from 0.9 to 0.4.>
    """
    places = None if x is None else ranked(x, "x", 1, "(n,)")
    lines = _series(curves, "curves", places)
    told = (
        f"{name} from {number(y[0], '.3g')} to {number(y[-1], '.3g')}" for name, y in lines.items()
    )
    alt = f"{ylabel or 'Curves'} by {xlabel or 'step'}: {join(told)}."
    figure, axes = _line_chart(alt, 0.75, lines, xlabel, ylabel)
    if log:
        axes.set_yscale("log")
        axes.tick_params(which="both", length=3)
        least, most = min(y.min() for y in lines.values()), max(y.max() for y in lines.values())
        if least > most / 1000:  # A longer axis has powers of ten only.
            axes.yaxis.set_minor_locator(mpl.ticker.LogLocator(subs=(2, 5)))
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter("{x:g}")
    axes.margins(x=0.02)
    if places is None:
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(6, integer=True))
    _draw_lines(axes, places, lines)
    return figure


def _series(
    given: Mapping[str, ArrayLike], noun: str, x: NDArray[Any] | None
) -> dict[str, NDArray[Any]]:
    """Turn each series into an array, as long as `x` if there is one."""
    if not given:
        raise ValueError(f"{noun} must name at least one {noun[:-1]}. Received: none.")
    lines = {name: ranked(values, name, 1, "(n,)") for name, values in given.items()}
    for name, y in lines.items():
        if x is not None:
            same_length(name, y, "x", len(x))
    return lines


def _line_chart(
    alt: str, left: float, names: Mapping[str, Any], xlabel: str, ylabel: str
) -> tuple[Picture, Axes]:
    """Prepare axes with room for the names at the ends of the lines."""
    figure = Picture(3.2, alt)
    ends = 0.15 + 0.086 * max(len(name) for name in names)
    axes = add_axes(figure, left, 0.08, ROOM - left - ends, 2.6)
    _rule(axes, xlabel, ylabel)
    return figure, axes


def _rule(axes: Axes, xlabel: str, ylabel: str = "") -> None:
    """Give bare axes a left and a bottom line, round ticks and names."""
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(True)
    for axis, count in ((axes.xaxis, 8), (axes.yaxis, 5)):
        axis.set_major_locator(mpl.ticker.MaxNLocator(count, steps=[1, 2, 2.5, 5, 10]))
    axes.tick_params(length=3)
    axes.set_xlabel(xlabel)
    if ylabel:
        axes.set_ylabel(ylabel)


def _draw_lines(axes: Axes, x: NDArray[Any] | None, lines: Mapping[str, NDArray[Any]]) -> None:
    """Draw lines, x from 1 when it is None, each named at its end.

    A line that lies on an earlier one is dashed, so that both are seen.
    """
    size = max(y.max() for y in lines.values()) - min(y.min() for y in lines.values())
    ends, earlier = [], list[NDArray[Any]]()
    for (name, y), color in zip(lines.items(), _cycle(len(lines)), strict=True):
        at = np.arange(1, len(y) + 1) if x is None else x
        covers = any(len(o) == len(y) and np.abs(o - y).max() <= 0.01 * size for o in earlier)
        style: Any = (0, (4, 4)) if covers else "-"
        marker = "o" if len(y) == 1 else None
        axes.plot(at, y, color=color, linestyle=style, marker=marker, label=name)
        ends.append((float(at[-1]), float(y[-1]), name, color))
        earlier.append(y)
    _label_ends(axes, ends)


def _cycle(count: int) -> list[str]:
    """Give so many colours, from the start again when there are no more."""
    return [COLORS[k % len(COLORS)] for k in range(count)]


def _label_ends(axes: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write names at the ends of lines, moved apart so that they do not overlap.

    Args:
        axes: Where; its limits must be final.
        ends: For each line: x, y, text, colour.
    """
    axes.get_ylim()  # Settles the limits.
    to_share = (axes.transData + axes.transAxes.inverted()).transform
    spots = sorted((*to_share((x, y))[::-1], text, color) for x, y, text, color in ends)
    height = axes.get_position().height * axes.get_figure(root=True).get_size_inches()[1]  # type: ignore[union-attr]
    gap = 0.17 / height
    y = np.array([spot[0] for spot in spots])
    for _ in range(300):
        y = np.clip(y, gap / 3, None)
        for k in range(len(y) - 1):
            lack = max(0.0, gap - (y[k + 1] - y[k]))
            y[k : k + 2] += -lack / 2, lack / 2
    for (_, x, text, color), place in zip(spots, y, strict=True):
        axes.annotate(
            text,
            (x, place),
            xycoords="axes fraction",
            xytext=(6, 0),
            textcoords="offset points",
            color=color,
            va="center",
            annotation_clip=False,
        )


@styled
def history(history: Mapping[str, Sequence[float]]) -> Picture:
    """Draw loss and accuracy over the epochs, training and validation, named at the line.

    Args:
        history: `loss` and `accuracy`, and if there was a validation `val_loss` and
            `val_accuracy`: a value for each epoch, as Keras and `lenet.network` return it.

    Raises:
        ValueError: If `loss` or `accuracy` is missing or the lengths differ.

    Example:
        >>> history({"loss": [0.9, 0.1], "accuracy": [0.7, 0.98]})
        <Picture: 2 epochs of training: loss 0.9 to 0.1; accuracy 70% to 98%.>
    """
    for name in ("loss", "accuracy"):
        if name not in history:
            raise ValueError(f"history must hold {name!r}. Received: {join(sorted(history))}.")
    count = len(history["loss"])
    series = {
        name: ranked(history[name], name, 1, "(epochs,)")
        for name in ("loss", "val_loss", "accuracy", "val_accuracy")
        if name in history
    }
    for name, values in series.items():
        same_length(name, values, "epochs", count)

    def tell(name: str) -> str:
        first, last = series[name][[0, -1]]
        if "loss" in name:
            return f"{first:.3g} to {last:.3g}"
        return f"{100 * first:.4g}% to {100 * last:.4g}%"

    alt = f"{many(count, 'epochs')} of training: loss {tell('loss')}; accuracy {tell('accuracy')}"
    if "val_loss" in series and "val_accuracy" in series:
        alt += f"; validation loss {tell('val_loss')}, accuracy {tell('val_accuracy')}"
    figure = Picture(3.0, alt + ".")
    kinds = (("", "training", BLUE), ("val_", "validation", VERMILLION))
    for k, (name, scale, form) in enumerate((("loss", 1, "{:.3f}"), ("accuracy", 100, "{:.2f}%"))):
        axes = add_axes(figure, 0.42 + k * 3.5, 0.3, 1.62, 2.2)
        _rule(axes, "epoch")
        axes.set_title(name, loc="left", pad=8, weight="bold")
        ends = []
        for prefix, label, color in kinds:
            if prefix + name in series:
                y = series[prefix + name] * scale
                size = 3 if count < 30 else 0
                axes.plot(range(1, count + 1), y, color=color, marker="o", markersize=size)
                ends.append((count, float(y[-1]), f"{label} {form.format(y[-1])}", color))
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(5, integer=True))
        axes.margins(x=0.04)
        if name == "loss":
            axes.set_ylim(bottom=0)
        else:
            axes.yaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g%%"))
        _label_ends(axes, ends)
    return figure


@styled
def shares(groups: Mapping[str, Mapping[str, float]]) -> Picture:
    """Compare how several totals divide over the same parts: one panel a total, one bar a part.

    Args:
        groups: For each total, the share from 0 to 1 of each part. Parts that are layers of LeNet-5
            get the colour of their layer.

    Raises:
        ValueError: If there is no total, the parts differ, or a share is not from 0 to 1.

    Example:
        >>> shares({"parameters": {"c1": 0.1, "f6": 0.9}, "work": {"c1": 0.8, "f6": 0.2}})
        <Picture: Shares. parameters: c1 10.0%, f6 90.0%; work: c1 80.0%, f6 20.0%.>
    """
    if not groups:
        raise ValueError("groups must name at least one total. Received: none.")
    parts = list(next(iter(groups.values())))
    for name, group in groups.items():
        if list(group) != parts or not parts:
            raise ValueError(f"{name} must have the parts {parts}. Received: {list(group)}.")
        if not all(0 <= share <= 1 for share in group.values()):
            raise ValueError(f"{name} must be shares from 0 to 1. Received: {dict(group)}.")
    told = (
        f"{name}: {', '.join(f'{part} {share:.1%}' for part, share in group.items())}"
        for name, group in groups.items()
    )
    left, gap, height = 0.75, 0.75, 0.3 * len(parts)
    width = (ROOM - left - gap * len(groups)) / len(groups)
    figure = Picture(height + 0.5, f"Shares. {'; '.join(told)}.")
    colors = [
        LAYER_COLORS.get(part, color) for part, color in zip(parts, _cycle(len(parts)), strict=True)
    ]
    for k, (name, group) in enumerate(groups.items()):
        axes = add_axes(figure, left + k * (width + gap), 0.36, width, height)
        axes.barh(range(len(parts)), list(group.values()), color=colors, height=0.72)
        axes.set(xlim=(0, 1), ylim=(len(parts) - 0.5, -0.5))
        axes.set_title(name, loc="left", weight="bold", pad=6)
        axes.spines["left"].set_visible(True)
        for i, share in enumerate(group.values()):
            axes.text(share + 0.02, i, f"{share:.1%}", va="center_baseline")
        if k == 0:
            axes.set_yticks(range(len(parts)), parts)
            axes.tick_params(axis="y", length=0)
    return figure


@styled
def paths(
    x: ArrayLike, y: ArrayLike, heights: ArrayLike, paths: Mapping[str, ArrayLike]
) -> Picture:
    """Draw ways down a landscape, one panel each, over the landscape's contour lines.

    Args:
        x: `(columns,)`, rising.
        y: `(rows,)`, rising.
        heights: `(rows, columns)`, the height at each place.
        paths: Name and points `(n, 2)`, first x and then y, of each way.

    Raises:
        ValueError: If there is no way, or a shape does not fit.

    Example:
        >>> paths([0, 1], [0, 1], [[0, 1], [1, 2]], {"straight": [[1, 1], [0, 0]]})
        <Picture: Ways down a landscape: straight, 1 step from (1, 1) to (0, 0).>
    """
    across, up = ranked(x, "x", 1, "(columns,)"), ranked(y, "y", 1, "(rows,)")
    land = ranked(heights, "heights", 2, "(rows, columns)")
    if land.shape != (len(up), len(across)):
        raise ValueError(
            f"heights must have shape {(len(up), len(across))}. Received: shape {land.shape}."
        )
    if not paths:
        raise ValueError("paths must name at least one way. Received: none.")
    ways = {name: ranked(way, name, 2, "(n, 2)") for name, way in paths.items()}
    for name, way in ways.items():
        if way.shape[1] != 2:
            raise ValueError(f"{name} must have 2 columns. Received: shape {way.shape}.")

    def point(place: NDArray[Any]) -> str:
        return f"({number(place[0], '.3g')}, {number(place[1], '.3g')})"

    told = (
        f"{name}, {many(len(way) - 1, 'steps')} from {point(way[0])} to {point(way[-1])}"
        for name, way in ways.items()
    )
    high, step = 1.5, 1.88
    figure = Picture(len(ways) * step + 0.45, f"Ways down a landscape: {'; '.join(told)}.")
    levels = np.unique(np.quantile(land, np.linspace(0.02, 0.98, 12)))
    for k, ((name, way), color) in enumerate(zip(ways.items(), _cycle(len(ways)), strict=True)):
        axes = add_axes(figure, 0.7, 0.3 + k * step, ROOM - 0.9, high)
        axes.contour(across, up, land, levels=levels, colors=FAINT, linewidths=0.8)
        axes.plot(*way.T, color=color, marker="o", markersize=3, linewidth=1.2)
        axes.plot(*way[0], color=INK, marker="o", markersize=6)
        axes.plot(*way[-1], color=INK, marker="x", markersize=7, markeredgewidth=2)
        axes.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]))
        axes.set_title(name, loc="left", weight="bold", color=color, pad=4)
        axes.set_ylabel("$w_1$")
        axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(3))
        frame(axes)
    axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(7))
    axes.set_xlabel("$w_0$")
    return figure
