"""The panel for any Keras model: what it shows is what Keras computes, on both sides the same."""

import gc
import io
import re
import subprocess
import sys
import weakref
from base64 import b64decode
from typing import Any

import ipywidgets
import keras
import numpy as np
import pytest
import traitlets
from keras import layers
from PIL import Image

from lenet import build_lenet5, build_lenet5_1998
from lenet.network import lenet5
from lenet.widgets.explorer import NOTE, Explorer, as_filters, bars, mosaic

RNG = np.random.default_rng(0)
DIGITS = RNG.random((3, 28, 28, 1)).astype(np.float32)
COLOUR = RNG.random((2, 20, 12, 3)).astype(np.float32)


def residual() -> keras.Model:
    """Two branches that meet again, twice through one layer, and a model inside the model."""
    inner_in = keras.Input((20, 12, 6))
    inner = keras.Model(
        inner_in, layers.Conv2D(4, 3, activation="relu", name="look")(inner_in), name="inner"
    )
    x = image = keras.Input((20, 12, 3))
    x = layers.Conv2D(6, 3, padding="same", activation="tanh", name="first")(x)
    shared = layers.Conv2D(6, 3, padding="same", name="shared")
    y = layers.Add(name="join")([x, shared(shared(x))])
    y = layers.GlobalAveragePooling2D(name="mean")(inner(y))
    return keras.Model(image, layers.Dense(5, name="answer")(y))


class Own(keras.Model):  # type: ignore[misc]
    """A class of the learner's own, with a layer that gives two tensors and one that sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = layers.Reshape((14, 56), name="rows")
        self.read = layers.LSTM(7, return_state=True, name="lstm")
        self.one = layers.Dense(2, name="one")
        self.asleep = layers.Dense(9, name="asleep")
        self.asleep.build((None, 7))

    def call(self, x: Any) -> Any:
        y, _, _ = self.read(self.embed(x))
        return self.one(y)


@pytest.fixture
def panel() -> Any:
    panel = Explorer(build_lenet5(seed=0), DIGITS, [7, 2, 1])
    yield panel
    panel.close()


def size_of(png: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(png)).size


# ------------------------------------------------------------------------- the right numbers


@pytest.mark.parametrize("name", ["c1", "s2", "c3", "s4", "c5", "flatten", "f6", "output"])
def test_lenet_layer_by_layer(panel: Explorer, name: str) -> None:
    panel.layer, panel.image = name, 1
    layer = panel._model.get_layer(name)
    expected = keras.Model(panel._model.inputs[0], layer.output)(DIGITS[1:2]).numpy()[0]
    np.testing.assert_allclose(panel.activation, expected, atol=1e-6)
    if hasattr(layer, "kernel"):
        np.testing.assert_array_equal(panel.kernel, layer.kernel.numpy())
    else:
        assert panel.kernel is None


def test_branches_shared_layers_and_models_in_models() -> None:
    model = residual()
    panel = Explorer(model, COLOUR)
    assert panel._names == ["first", "shared", "join", "inner/look", "inner", "mean", "answer"]
    first, shared, look = (
        model.get_layer("first"),
        model.get_layer("shared"),
        model.get_layer("inner").get_layer("look"),
    )
    x = first(COLOUR[1:])
    y = x + shared(shared(x))
    expected = {"first": x, "shared": shared(x), "join": y, "inner/look": look(y), "inner": look(y)}
    panel.image = 1
    for name, value in expected.items():
        panel.layer = name
        np.testing.assert_allclose(panel.activation, value.numpy()[0], atol=1e-6)
    panel.layer = "inner/look"
    np.testing.assert_array_equal(panel.kernel, look.kernel.numpy())
    assert "16 parameters" not in panel._readout.value
    assert f"{look.count_params()} parameters" in panel._readout.value
    panel.close()


def test_layers_that_behave_otherwise_in_training_do_not_here() -> None:
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dropout(0.9, name="drop"),
            layers.Dense(300, activation="relu", name="many"),
            layers.BatchNormalization(name="norm"),
        ]
    )
    x = RNG.random(6).astype(np.float32)
    panel = Explorer(model, x)
    panel.layer = "drop"
    np.testing.assert_array_equal(panel.activation, x)
    panel.layer = "many"
    weights, bias = model.get_layer("many").get_weights()
    np.testing.assert_allclose(panel.activation, np.maximum(x @ weights + bias, 0), atol=1e-6)
    panel.close()


def test_a_model_of_ones_own_with_a_sequence_and_a_layer_that_is_refused() -> None:
    model = Own()
    panel = Explorer(model, DIGITS)
    assert panel._names == ["rows", "one"]
    panel.layer = "rows"
    np.testing.assert_array_equal(panel.activation, DIGITS[0].reshape(14, 56))
    assert "output 14×56" in panel._readout.value
    with pytest.raises(traitlets.TraitError, match=r"rows, one\. Received: 'lstm', .* a tuple\."):
        panel.layer = "lstm"
    with pytest.raises(traitlets.TraitError, match="'asleep', which the model does not call"):
        panel.layer = "asleep"
    assert panel.layer == "rows"
    panel.close()


def test_the_network_of_1998() -> None:
    """Layers of the book's own, one with a kernel of rank 3."""
    panel = Explorer(build_lenet5_1998(seed=0), np.zeros((32, 32, 1)))
    panel.layer, panel.show = "c3", "filters"
    assert panel.kernel is not None
    assert panel.kernel.shape == (5, 5, 60)
    assert panel._columns.options[1][0] == "32–59 of 60"
    panel.close()


@pytest.mark.parametrize(
    ("layer", "shape", "arranged"),
    [
        (layers.Conv2D(5, 3), (8, 8, 4), (3, 3, 4, 5)),
        (layers.Conv2DTranspose(5, 3), (8, 8, 4), (3, 3, 4, 5)),
        (layers.DepthwiseConv2D(3, depth_multiplier=2), (8, 8, 4), (3, 3, 1, 8)),
        (layers.Conv1D(5, 3), (8, 4), (1, 3, 4, 5)),
        (layers.DepthwiseConv1D(3), (8, 4), (1, 3, 1, 4)),
        (layers.Dense(5), (4,), (1, 1, 4, 5)),
    ],
)
def test_kernels_of_all_kinds(
    layer: Any, shape: tuple[int, ...], arranged: tuple[int, ...]
) -> None:
    layer.build((None, *shape))
    kernel = RNG.normal(size=layer.kernel.shape)
    layer.kernel.assign(kernel)
    filters = as_filters(layer, kernel)
    assert filters is not None
    assert filters.shape == arranged
    # A pulse in one channel brings out that channel's weights, filter by filter.
    x = np.zeros((1, *shape), np.float32)
    spot = (0, *(size // 2 for size in shape[:-1]), 1)
    x[spot] = 1
    y = layer(x).numpy()
    if "Depthwise" in type(layer).__name__:
        channel, mine = 0, slice(y.shape[-1] // shape[-1], 2 * y.shape[-1] // shape[-1])
    else:
        channel, mine = 1, slice(None)
    assert y[..., mine].sum() == pytest.approx(filters[:, :, channel, mine].sum(), abs=1e-5)


def test_a_model_that_learned_more_is_run_again(panel: Explorer) -> None:
    before, picture = panel.activation, panel._picture.value
    layer = panel._model.get_layer("c1")
    layer.set_weights([-weight for weight in layer.get_weights()])
    np.testing.assert_array_equal(panel.activation, before)
    panel.refresh()
    assert (panel.activation != before).any()
    assert panel._picture.value != picture


def test_the_model_runs_once_for_an_image() -> None:
    model, runs = build_lenet5(), []
    call = model.call
    model.call = lambda *args, **kwargs: runs.append(1) or call(*args, **kwargs)
    panel = Explorer(model, DIGITS)
    panel.layer = "c3"
    panel.show = "filters"
    assert len(runs) == 1
    panel.image = 2
    assert len(runs) == 2
    panel.close()


def test_the_model_is_left_as_it_was(panel: Explorer) -> None:
    assert not any("call" in vars(layer) for layer in panel._model.layers)
    broken = build_lenet5()
    broken.get_layer("c3").call = broken_call = lambda *_: 1 / 0
    with pytest.raises(ZeroDivisionError):
        Explorer(broken, DIGITS)
    assert vars(broken.get_layer("c3"))["call"] is broken_call
    assert "call" not in vars(broken.get_layer("c1"))


# ------------------------------------------------------------------------------- both sides


def test_a_trait_moves_the_controls_and_the_picture(panel: Explorer) -> None:
    assert (panel.layer, panel.image, panel.show) == ("c1", 0, "activations")
    seen = [panel._picture.value]
    panel.layer = "c3"
    assert panel._choice.value == "c3"
    assert panel._choice.label == "c3 · Conv2D · 10×10×16"
    seen.append(panel._picture.value)
    panel.image = np.int64(2)
    assert (panel._slider.value, panel._label.value) == (2, "label 1")
    seen.append(panel._picture.value)
    panel.show = "filters"
    assert panel._toggle.value == "filters"
    seen.append(panel._picture.value)
    assert len(set(seen)) == 4


def test_a_control_moves_the_trait_and_the_picture(panel: Explorer) -> None:
    panel._choice.value = "c5"
    panel._slider.value = 1
    assert (panel.layer, panel.image) == ("c5", 1)
    assert panel.activation.shape == (1, 1, 120)
    panel._toggle.value = "filters"
    assert panel.show == "filters"
    first = panel._picture.value
    assert panel._columns.options[-1] == ("96–119 of 120", 96)
    panel._columns.value = 96
    assert panel._picture.value != first
    assert panel._rows.layout.display == "none"


def test_each_change_draws_once(panel: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(panel, "_draw_layer", lambda *_: drawn.append(panel.layer))
    panel._choice.value = "c3"
    panel.show = "filters"
    panel.layer = "s2"  # has none: shows activations again
    assert drawn == ["c3", "c3", "s2"]
    assert panel.show == panel._toggle.value == "activations"
    assert panel._toggle.disabled


def test_it_is_made_with_one_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    for name in ("_draw_image", "_draw_layer"):
        monkeypatch.setattr(Explorer, name, lambda *_, name=name: drawn.append(name))
    Explorer(build_lenet5(), DIGITS).close()
    assert drawn == ["_draw_image", "_draw_layer"]


def test_the_readout_is_computed(panel: Explorer) -> None:
    panel.layer = "s2"
    y = panel.activation
    zeros = f"{np.mean(y == 0):.0%} zeros"
    text = re.sub("<[^>]*>", "", panel._readout.value)
    assert text == (
        "s2: MaxPooling2D, output 14×14×6, 0 parameters, "
        f"values {y.min():.3g} to {y.max():.3g}, {zeros}"
    )
    assert text in panel._alt
    panel.layer = "c1"
    panel.show = "filters"
    assert "kernel 5×5×1×6, 156 parameters" in panel._readout.value


def test_more_than_fits_is_paged() -> None:
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Conv2D(70, 3), layers.Conv2D(40, 3, name="deep")]
    )
    panel = Explorer(model, np.ones((8, 8, 3)))
    panel._columns.value = 64
    assert "6 maps" in panel._alt
    panel.layer, panel.show = "deep", "filters"
    assert [label for label, _ in panel._columns.options] == ["0–31 of 40", "32–39 of 40"]
    panel._columns.value, panel._rows.value = 32, 64
    assert "8 filters of 3×3 weights in 6 channels" in panel._alt
    panel.close()


def test_one_image_has_no_slider_and_no_label() -> None:
    panel = Explorer(build_lenet5(), DIGITS[0])
    assert panel._slider.layout.display == panel._label.layout.display == "none"
    panel.close()


def test_values_that_are_not_finite_are_told() -> None:
    model = build_lenet5()
    kernel = np.full((5, 5, 1, 6), np.nan)
    model.get_layer("c1").kernel.assign(kernel)
    panel = Explorer(model, DIGITS)
    assert "4,704 are NaN or infinite, drawn as 0" in panel._readout.value
    panel.close()


# ----------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("trait", "value", "message"),
    [
        ("layer", "c9", r"layer must be one of c1, s2, .*, output\. Received: 'c9'\."),
        ("layer", 3, r"layer must be one of c1.*Received: 3\."),
        ("layer", ["c1"], r"Received: \['c1'\]\."),
        ("image", 3, r"image must be a whole number from 0 to 2\. Received: 3\."),
        ("image", -1, r"from 0 to 2\. Received: -1\."),
        ("image", 1.5, r"from 0 to 2\. Received: 1\.5\."),
        ("show", "maps", r'show must be "activations" or "filters"\. Received: \'maps\'\.'),
    ],
)
def test_wrong_values_are_refused(panel: Explorer, trait: str, value: Any, message: str) -> None:
    before = getattr(panel, trait)
    with pytest.raises(traitlets.TraitError, match=message):
        setattr(panel, trait, value)
    assert getattr(panel, trait) == before


def test_no_filters_no_picture_of_them(panel: Explorer) -> None:
    panel.layer = "s2"
    with pytest.raises(traitlets.TraitError, match=r"Received: 'filters' for layer s2\."):
        panel.show = "filters"


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (DIGITS[..., 0], None, r"shape \(28, 28, 1\) or \(n, 28, .*Received: shape \(3, 28, 28\)"),
        (DIGITS[:0], None, r"Received: shape \(0, 28, 28, 1\)"),
        (DIGITS * np.nan, None, r"images must be finite numbers\. Received: NaN"),
        (DIGITS.astype(str), None, r"Received: dtype <U32"),
        (DIGITS, [1, 2], r"labels must be as many as images, 3\. Received: 2 of them\."),
    ],
)
def test_images_must_fit(images: Any, labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Explorer(build_lenet5(), images, labels)


def test_what_is_no_model_or_takes_two_inputs_is_refused() -> None:
    with pytest.raises(ValueError, match=r"model must be a Keras model\. Received: a Sequential\."):
        Explorer(lenet5(), DIGITS)
    a, b = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    with pytest.raises(ValueError, match=r"one input\. Received: 2, left and right\."):
        Explorer(keras.Model([a, b], layers.Add()([a, b])), DIGITS)


def test_a_model_of_which_nothing_can_be_shown_is_refused() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Reshape((1, 2, 2, 1, 1), name="five")])
    with pytest.raises(ValueError, match=r"five, which gives shape \(1, 1, 2, 2, 1, 1\)\."):
        Explorer(model, np.ones(4))


# --------------------------------------------------------------------------------- pictures


def test_what_notebooks_and_pages_get(panel: Explorer) -> None:
    data, metadata = panel._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.model_id
    assert data["text/plain"] == "<Explorer: activations of layer c1 for image 0>"
    png = b64decode(data["image/png"])
    width, height = metadata["image/png"].values()
    assert size_of(png) == pytest.approx((2 * width, 2 * height), abs=1)
    assert width == 672
    page = data["text/html"]
    assert page.startswith('<figure class="lenet-still"><img src="data:image/png;base64,')
    assert page.endswith(f"<figcaption>{NOTE}</figcaption></figure>")
    assert f'width="{width}" height="{height}"' in page
    assert 'alt="Image 0, label 7. c1: Conv2D, output 28×28×6, 156 parameters, values' in page


def test_labels_cannot_break_the_page() -> None:
    panel = Explorer(build_lenet5(), DIGITS[0], ['<b>"seven'])
    page = panel._repr_mimebundle_()[0]["text/html"]
    assert "<b>" not in page
    assert "&lt;b&gt;&quot;seven" in page
    panel.close()


def test_pictures_have_the_size_that_they_say(panel: Explorer) -> None:
    for name in ("c1", "f6", "output"):
        panel.layer = name
        alt, width, height = re.findall('(?:alt|width|height)="([^"]*)"', panel._picture.value)
        assert size_of(panel._large) == pytest.approx((2 * int(width), 2 * int(height)), abs=1)
        assert alt == panel._alt
    assert 'alt="Image 0, label 7" width="108" height="108"' in panel._thumbnail.value


def test_the_answer_is_drawn_with_its_label(panel: Explorer) -> None:
    panel.layer = "output"
    assert "Bar chart of 10 probabilities" in panel._alt


def test_tiles_and_bars() -> None:
    picture = bars(np.array([0.0, -2, 3]), range(128, 131), np.array([-5.0, 9]))
    assert picture.alt == "3 units as bars; the largest is 130 at 3."
    [axes] = picture.axes
    assert [bar.get_height() for bar in axes.patches] == [0, -2, 3]
    assert axes.get_ylim() == (-5, 9)

    tiles = np.arange(1.0, 25).reshape(2, 2, 2, 3)
    picture = mosaic(tiles, range(3), range(16, 18), "Filters", "Inputs")
    [drawn] = picture.axes[0].images
    cells = np.ma.filled(drawn.get_array(), 0)
    assert cells.tolist() == [
        [1, 7, 0, 2, 8, 0, 3, 9],
        [13, 19, 0, 14, 20, 0, 15, 21],
        [0] * 8,
        [4, 10, 0, 5, 11, 0, 6, 12],
        [16, 22, 0, 17, 23, 0, 18, 24],
    ]
    assert [label.get_text() for label in picture.axes[0].get_yticklabels()] == ["16", "17"]


def test_importing_it_does_not_load_tensorflow() -> None:
    code = "import sys, lenet.widgets.explorer; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# ---------------------------------------------------------------------------------- the end


def test_a_closed_panel_leaves_nothing() -> None:
    alive = ipywidgets.widgets.widget._instances
    before = set(alive)
    model = build_lenet5()
    panel = Explorer(model, DIGITS)
    kept = weakref.ref(panel), weakref.ref(panel._choice)
    panel.close()
    panel.close()  # twice is no harm
    assert set(alive) == before
    picture = panel._large
    panel.layer, panel._slider.value = "c3", 2
    assert (panel._choice.value, panel.image, panel._large) == ("c1", 0, picture)
    del panel
    gc.collect()
    assert [ref() for ref in kept] == [None, None]
