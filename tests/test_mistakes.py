"""The mistakes figure: whose mistakes, in which order, and what it shows of each."""

import re
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from conftest import OpenFigure
from traitlets import TraitError

from lenet import load_mnist, network, prepare
from lenet.widgets import Mistakes
from lenet.widgets.mistakes import MOST

CHAPTER = "06-training"
DOUBTED = [947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679, 9729]
Opener = Callable[..., OpenFigure]

_, (IMAGES, LABELS) = load_mnist()
X, Y = prepare(IMAGES[:3000]), LABELS[:3000]
LENET = network.lenet5("pretrained")
P = LENET.predict(X)


@pytest.fixture(scope="module")
def figure() -> Mistakes:
    return Mistakes(LENET, X, Y, doubted=DOUBTED)


class Fixed:
    """A classifier that says what it is told to."""

    def __init__(self, p: Any) -> None:
        self.p = np.asarray(p, np.float32)

    def predict(self, x: Any, batch_size: int) -> Any:
        assert batch_size
        return self.p[: len(x)]


# Python


def test_the_most_confident_mistake_comes_first(figure: Mistakes) -> None:
    wrong = [k for k in range(3000) if P[k].argmax() != Y[k]]
    assert figure.indices == sorted(wrong, key=lambda k: -P[k].max())
    assert figure.count == len(wrong)
    assert figure.labels == [Y[k] for k in figure.indices]
    assert figure.predictions == [P[k].argmax() for k in figure.indices]
    np.testing.assert_allclose(figure.probabilities, P[figure.indices], atol=1e-6)
    assert figure.doubted == [k for k in figure.indices if k in DOUBTED] != []
    assert figure.selected == figure.indices[0]
    np.testing.assert_array_equal(figure.selected_image, X[figure.selected])


def test_the_bytes_are_those_of_the_images(figure: Mistakes) -> None:
    sent = figure.images
    pixels = np.frombuffer(sent["data"], np.uint8).reshape(sent["shape"])
    np.testing.assert_array_equal(pixels[..., 0], IMAGES[figure.indices])
    assert (sent["low"], sent["high"]) == (0, 1)


def test_a_pair_filters_and_moves_the_selection(figure: Mistakes) -> None:
    label, read = figure.labels[3], figure.predictions[3]
    both = [
        k
        for k, a, b in zip(figure.indices, figure.labels, figure.predictions, strict=True)
        if (a, b) == (label, read)
    ]
    figure.pair = (label, read)
    assert figure.shown == both
    assert figure.selected in both
    figure.pair = (None, read)
    assert set(figure.shown) >= set(both)
    figure.pair = (None, None)
    assert figure.shown == figure.indices
    figure.selected = figure.indices[0]


def test_it_keeps_the_most_confident_of_many() -> None:
    p = np.full((200, 3), 0.1)
    p[:, 1] = np.linspace(0.4, 0.8, 200)  # all are read as 1
    figure = Mistakes(Fixed(p / p.sum(axis=1, keepdims=True)), np.zeros((200, 4, 4, 1)), [2] * 200)
    assert (figure.count, len(figure.indices), figure.indices[0]) == (200, MOST, 199)
    assert figure.layers == []  # nothing is known of its inside


def test_keras_models_and_scores() -> None:
    keras.utils.set_random_seed(0)
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]
    model = keras.Sequential(layers)
    figure = Mistakes(model, X[:50], keras.utils.to_categorical(Y[:50], 10))
    scores = model.predict(X[:50], verbose=0)
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(figure.probabilities, expected[figure.indices], atol=1e-5)
    assert [layer["kind"] for layer in figure.layers] == ["flatten", "dense", "activation"]


def test_no_mistake_at_all() -> None:
    figure = Mistakes(Fixed(np.eye(3)), np.zeros((3, 4, 4, 3)), [0, 1, 2])
    assert (figure.count, figure.selected, figure.shown) == (0, None, [])
    assert figure.still().alt
    with pytest.raises(ValueError, match="no mistake"):
        _ = figure.selected_image


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (X[:5, :, :, 0], Y[:5], r"images must be \(n, height, width.*Received: shapes \(5, 28, 28"),
        (X[:5], Y[:4], r"as many as labels.*\(4,\)"),
        (X[:1], [10], "labels must lie in 0 to 9.*Received: 10"),
        (X[:1], [-1], "labels must be classes"),
    ],
)
def test_what_does_not_fit_is_refused(images: Any, labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Mistakes(LENET, images, labels)


def test_only_a_mistake_can_be_selected(figure: Mistakes) -> None:
    with pytest.raises(TraitError, match=r"selected must be one of figure.indices.*Received: 0"):
        figure.selected = 0
    with pytest.raises(TraitError):
        figure.pair = (-1, 2)


def test_the_still_picture(figure: Mistakes) -> None:
    data, _ = figure._repr_mimebundle_()
    assert re.search(r'data-figure="mistakes".*alt="18 misread digits: ', data["text/html"])


# The page


def read(figure: OpenFigure) -> tuple[int, int, int]:
    """The image, its label and the answer that the readout names."""
    found = re.match(r"Image (\d+), label (\d), is read as (\d): ", figure.says())
    assert found, figure.says()
    index, label, answer = map(int, found.groups())
    assert LABELS[index] == label != answer
    assert ("The label is doubted" in figure.says()) == (index in DOUBTED)
    return index, label, answer


def texts(figure: OpenFigure) -> list[str]:
    return figure.root.locator(".lenet-thumb:visible").all_inner_texts()


def test_by_mouse(open_figure: Opener) -> None:
    figure = open_figure(CHAPTER, "mistakes")
    everything = texts(figure)
    assert figure.root.get_by_text(f"{len(everything)} of {len(everything)} mistakes").count()
    star = figure.root.locator(".lenet-thumb.is-doubted").first
    star.click()
    index, label, answer = read(figure)
    assert index in DOUBTED
    assert star.inner_text().strip() == f"{label}→{answer}★"
    # The network in the page gives the answer that Python gave.
    bars = figure.root.locator(".lenet-class")
    assert bars.nth(answer).get_attribute("class") == "lenet-class is-best"
    assert "is-chosen" in str(bars.nth(label).get_attribute("class"))
    figure.root.get_by_role("combobox", name="Label").select_option(str(label))
    figure.root.get_by_role("combobox", name="Read as").select_option(str(answer))
    kind = [text.strip() for text in everything if text.startswith(f"{label}→{answer}")]
    assert read(figure)[0] == index  # it is one of them
    assert [text.strip() for text in texts(figure)] == kind
    figure.root.get_by_role("button", name="Reset").click()
    read(figure)
    assert texts(figure) == everything
    assert figure.problems == []


def test_by_keyboard_and_from_a_link(open_figure: Opener) -> None:
    figure = open_figure(CHAPTER, "mistakes")
    figure.root.get_by_role("listbox", name="Mistakes").focus()
    seen = [read(figure)]
    for key in ("ArrowRight", "ArrowDown", "End", "ArrowLeft"):
        figure.page.keyboard.press(key)
        seen.append(read(figure))
    assert len(set(seen)) == 5
    chosen = figure.root.locator('.lenet-thumb[aria-selected="true"]')
    expect = f"image {seen[-1][0]}: label {seen[-1][1]}, read as {seen[-1][2]}"
    assert str(chosen.get_attribute("aria-label")).startswith(expect)
    state = f"mistakes.pair=[{seen[2][1]},null]&mistakes.selected={seen[2][0]}"
    again = open_figure(CHAPTER, "mistakes", state=state)
    assert read(again) == seen[2]
    assert {text[0] for text in texts(again)} == {str(seen[2][1])}
    assert figure.problems + again.problems == []


@pytest.mark.parametrize("state", ["selected=-5", "pair=[1]", "pair=7", "kind=x"])
def test_nonsense_in_a_link_is_answered(open_figure: Opener, state: str) -> None:
    figure = open_figure(CHAPTER, "mistakes", state=f"mistakes.{state}")
    assert "cannot show: " + state.replace("=", " = ") in figure.complaint()
    read(figure)
    assert figure.problems == []
