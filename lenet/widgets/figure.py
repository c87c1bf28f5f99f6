"""What all figures share: arrays as traits, one module from several files, a still picture.

A figure is an anywidget. Its front end is an ES module that does the arithmetic itself, so that the
same figure works in Jupyter, in step with Python, and in the built book, where no Python runs.
"""

import html
import re
from abc import abstractmethod
from base64 import b64encode
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets
from numpy.typing import NDArray

from lenet.plots import Picture

FOLDER = Path(__file__).parent
FILE = "//// "
"""Begins the line that says which file comes next in a front end."""
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.M)


def module_source(name: str) -> str:
    """Write the module `name` and all that it imports as one text.

    In Jupyter a front end is one text and cannot import files beside it; Node and an editor can.
    So the files are real modules, and here the imported ones are pasted in front, each once.

    Example:
        >>> source = module_source("convolution")
        >>> source.count("function conv2d("), source.count("export default"), "./" in source
        (1, 1, False)
    """
    texts: dict[str, str] = {}

    def paste(name: str) -> None:
        text = (FOLDER / f"{name}.js").read_text(encoding="utf-8")
        for imported in IMPORT.findall(text):
            if imported not in texts:
                paste(imported)
        texts[name] = IMPORT.sub("", text)

    paste(name)
    for imported in texts.keys() - {name}:
        texts[imported] = re.sub(r"^export ", "", texts[imported], flags=re.M)
    return "".join(f"{FILE}{name}.js\n{text}" for name, text in texts.items())


class Array(traitlets.TraitType[Any, Any]):
    """A trait that holds a read-only float32 array with so many axes, all finite.

    Args:
        default: The value to start from.
        axes: What the axes are, such as `("height", "width")`.
        none: Whether None is a value too.
    """

    def __init__(self, default: Any = None, *, axes: tuple[str, ...], none: bool = False) -> None:
        self.axes = axes
        super().__init__(default_value=default, allow_none=none)
        self.tag(sync=True, to_json=pack, from_json=unpack)

    def validate(self, obj: Any, value: Any) -> NDArray[np.float32]:  # noqa: ARG002
        """Turn into such an array, or say what is wrong."""
        expected = f"{self.name} must be an array ({', '.join(self.axes)}) of finite numbers."
        try:
            array = np.array(value, np.float32)
        except (TypeError, ValueError):
            raise traitlets.TraitError(f"{expected} Received: {value!r:.60}.") from None
        if array.ndim != len(self.axes) or not array.size:
            raise traitlets.TraitError(f"{expected} Received: shape {array.shape}.")
        if not np.isfinite(array).all():
            raise traitlets.TraitError(f"{expected} Received: NaN or infinity.")
        array.flags.writeable = False  # a change inside it would not reach the figure
        return array


def pack(array: NDArray[np.float32] | None, _: object = None) -> dict[str, Any] | None:
    """Give an array the form in which it travels to the front end: its shape and its bytes."""
    if array is None:
        return None
    return {"shape": list(array.shape), "data": array.astype("<f4").tobytes()}


def unpack(value: dict[str, Any] | None, _: object = None) -> NDArray[np.float32] | None:
    """Undo `pack`."""
    if value is None:
        return None
    return np.frombuffer(value["data"], "<f4").reshape(value["shape"])


class Arrays(traitlets.Dict):
    """A trait that holds arrays by name, for choices that a figure offers."""

    def __init__(self) -> None:
        super().__init__()
        self.tag(
            sync=True,
            to_json=lambda arrays, _: {name: pack(array) for name, array in arrays.items()},
            from_json=lambda arrays, _: {name: unpack(array) for name, array in arrays.items()},
        )


class Figure(anywidget.AnyWidget):
    """A figure that computes in the page.

    A subclass in the module `NAME.py` has its front end beside it in `NAME.js`; its traits are the
    state that both share. Setting a trait moves the figure; using the figure sets the trait.
    """

    _css = (FOLDER / "figure.css").read_text(encoding="utf-8")

    kind: str
    """The name of the figure, which its front end and links to its state use too."""

    @abstractmethod
    def still(self) -> Picture:
        """Draw the present state: what is seen before the figure starts, without it, in print."""

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Show the live figure in Jupyter, the place for it on a page, a picture elsewhere."""
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        picture = self.still()
        png = b64encode(picture.png()).decode()
        width, height = (round(96 * inches) for inches in picture.get_size_inches())
        data["image/png"] = png
        data["text/html"] = (
            f'<div class="lenet-place" data-figure="{self.kind}" data-model="{self.model_id}">'
            f'<img class="lenet-still" src="data:image/png;base64,{png}" width="{width}" '
            f'height="{height}" alt="{html.escape(picture.alt)}"></div>'
        )
        return data, metadata
