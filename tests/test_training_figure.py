"""The training figure: a real `fit` that it watches, and its replay on the page."""

import re
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from conftest import OpenFigure
from numpy.typing import NDArray
from traitlets import TraitError

from lenet.widgets import Training
from lenet.widgets.networks import as_classes, probabilities

CHAPTER = "06-training"
Opener = Callable[..., OpenFigure]

rng = np.random.default_rng(0)
X = rng.random((48, 8, 8, 1), np.float32)
LABELS = rng.integers(0, 4, 48)
Y = keras.utils.to_categorical(LABELS, 4)


def build(*layers: keras.Layer, classes: int = 4) -> keras.Sequential:
    keras.utils.set_random_seed(0)
    last = [keras.layers.Flatten(), keras.layers.Dense(classes, activation="softmax")]
    model = keras.Sequential([keras.Input((8, 8, 1)), *layers, *last])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def fit(model: keras.Sequential, figure: Training, **options: Any) -> dict[str, list[float]]:
    options = {"epochs": 3, "batch_size": 16, "verbose": 0} | options
    history = model.fit(X, Y, callbacks=[figure], **options).history
    return dict(history)


def confusion(p: NDArray[Any]) -> list[list[int]]:
    """Count with loops, to be sure."""
    counts = [[0] * 4 for _ in range(4)]
    for label, row in zip(LABELS, p, strict=True):
        counts[label][int(row.argmax())] += 1
    return counts


# Python


def test_it_watches_a_fit_and_keeps_what_keras_says() -> None:
    model = build(keras.layers.Conv2D(5, 3, activation="relu"))
    before = model.predict(X, verbose=0)
    figure = Training(X, LABELS)
    history = fit(model, figure, validation_data=(X, Y))
    assert figure.history == history
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert (figure.epoch, figure.epochs, figure.progress) == (3, 3, 0)
    assert figure.filters.shape == (4, 3, 3, 5)
    np.testing.assert_array_equal(figure.kernel, model.layers[0].get_weights()[0])
    np.testing.assert_allclose(figure.probabilities[0], before, atol=1e-6)
    np.testing.assert_allclose(figure.probabilities[3], model.predict(X, verbose=0), atol=1e-6)
    for epoch in range(4):
        figure.epoch = epoch
        assert figure.confusion is not None
        assert figure.confusion.tolist() == confusion(figure.probabilities[epoch])
    assert np.trace(figure.confusion) / 48 == pytest.approx(history["val_accuracy"][-1])


def test_watching_changes_nothing() -> None:
    alone = build(keras.layers.Conv2D(5, 3))
    losses = alone.fit(X, Y, epochs=3, batch_size=16, verbose=0).history["loss"]
    watched = build(keras.layers.Conv2D(5, 3))
    assert fit(watched, Training(X, LABELS))["loss"] == losses


def test_it_is_live_within_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page is sent while `fit` runs, and no half of it."""
    monkeypatch.setattr("lenet.widgets.training.PAUSE", 0)
    figure = Training(X, LABELS)
    sent: list[dict[str, Any]] = []
    figure.send_state = lambda key=None: sent.append(  # type: ignore[method-assign]
        {name: getattr(figure, name) for name in ([key] if isinstance(key, str) else key)}
    )
    model = build(keras.layers.Conv2D(2, 3))
    fit(model, figure, epochs=2)
    shares = [state["progress"] for state in sent if set(state) == {"progress"}]
    assert {1 / 3, 2 / 3} <= set(shares)
    looks = [state for state in sent if "confusions" in state]
    assert [len(state["confusions"]) for state in looks] == [1, 2, 3]
    for state in looks[1:]:
        assert len(state["history"]["loss"]) == state["epoch"] == len(state["filters"]) - 1
    sent.clear()
    fit(model, figure, epochs=4)
    assert [state["epochs"] for state in sent if "epochs" in state] == [6]  # known from the start


def test_a_second_fit_goes_on_and_another_model_starts_anew() -> None:
    model, figure = build(keras.layers.Conv2D(2, 3)), Training(X, Y)  # one-hot, too
    first = fit(model, figure, epochs=2)
    second = fit(model, figure, epochs=1, validation_data=(X, Y))
    assert figure.history["loss"] == first["loss"] + second["loss"]
    assert figure.history["val_loss"] == [None, None, *second["val_loss"]]
    assert (figure.epoch, figure.epochs) == (3, 3)
    assert "Confusion matrix" in figure.still().alt  # curves with gaps are not drawn
    other = fit(build(), figure, epochs=1)
    assert figure.history == other
    assert (figure.epoch, figure.epochs, figure.filters, figure.kernel) == (1, 1, None, None)


def test_it_ends_where_the_training_stops() -> None:
    figure, model = Training(X, LABELS), build()
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, _: setattr(model, "stop_training", epoch == 1)
    )
    model.fit(X, Y, epochs=9, verbose=0, callbacks=[figure, stop])
    assert (figure.epoch, figure.epochs) == (2, 2)


def test_a_loss_that_is_no_number_does_not_stop_it() -> None:
    figure = Training(X, LABELS)
    figure.set_model(build())
    figure.on_train_begin()
    figure.on_epoch_end(0, {"loss": float("nan")})
    assert figure.history == {"loss": [None]}  # a page could not read NaN


def test_scores_become_probabilities() -> None:
    layers = [keras.layers.Flatten(), keras.layers.Dense(4)]
    model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    p = probabilities(model, X, LABELS)
    np.testing.assert_allclose(p, keras.ops.softmax(model.predict(X, verbose=0)), atol=1e-6)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (X, LABELS[:5], r"must be as many. Received: shapes \(48, 8, 8, 1\) and \(5,\)"),
        (X, LABELS + 0.5, r"labels must be classes .*Received: float64 of shape \(48,\)"),
        (X, LABELS - 5, "labels must be classes"),
    ],
)
def test_what_does_not_fit_is_refused(images: Any, labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Training(images, labels)


def test_a_model_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"labels must lie in 0 to 1.*Received: 3"):
        build(classes=2).fit(X, Y[:, :2], callbacks=[Training(X, LABELS)], verbose=0)
    with pytest.raises(ValueError, match=r"network must give 2 to 20 numbers.*shape \(21,\)"):
        build(classes=21).fit(X, np.eye(21)[LABELS], callbacks=[Training(X, LABELS)], verbose=0)


def test_only_an_epoch_that_has_been_can_be_shown() -> None:
    figure = Training(X, LABELS)
    with pytest.raises(TraitError, match=r"epoch must be .* from 0 to 0. Received: 1"):
        figure.epoch = 1


def test_classes() -> None:
    assert as_classes(Y).tolist() == LABELS.tolist()


def test_the_still_picture() -> None:
    figure = Training(X, LABELS)
    assert "0 examples" in figure.still().alt
    fit(build(), figure)
    data, _ = figure._repr_mimebundle_()
    assert re.search(r'data-figure="training".*alt="3 epochs of training: ', data["text/html"])


# The page


def table(figure: OpenFigure) -> NDArray[np.int64]:
    texts = figure.root.locator(".lenet-confusion td[style]").all_inner_texts()
    return np.array([int(text.replace("·", "0")) for text in texts]).reshape(10, 10)


def check(figure: OpenFigure, epoch: int) -> NDArray[np.int64]:
    """The readout says what the table shows."""
    says, counts = figure.says(), table(figure)
    right, total = np.trace(counts), counts.sum()
    assert total == 6000
    when = f"After epoch {epoch}, " if epoch else "Before the training, "
    share = f"{100 * right / total:.2f}%"
    assert says.startswith(f"{when}{right:,} of 6,000 validation images are right ({share}).")
    wrong = counts - np.diag(np.diag(counts))
    row, column = np.unravel_index(wrong.argmax(), wrong.shape)
    assert f"{row} is read as {column}: {wrong.max():,}×" in says
    return counts


def test_by_mouse(open_figure: Opener) -> None:
    figure = open_figure(CHAPTER, "training")
    slider = figure.root.get_by_label("Epoch")
    last = int(slider.get_attribute("max") or 0)
    assert int(slider.input_value()) == last > 0  # the finished training
    end = check(figure, last)
    box = figure.root.locator(".lenet-curves").first.bounding_box()
    assert box
    figure.page.mouse.click(box["x"] + 39, box["y"] + 50)  # the left end of the curves
    start = check(figure, 0)
    assert np.trace(start) < 2000 < 5000 < np.trace(end)
    caption = figure.root.locator(".lenet-training .lenet-caption").first
    assert caption.inner_text().split() == ["loss", "━", "training", "–", "╌", "validation", "–"]
    figure.root.get_by_role("button", name="Play").click()
    figure.page.wait_for_function("document.querySelector('[type=range]').value > 0")
    figure.root.get_by_role("button", name="Pause").click()
    figure.root.get_by_role("button", name="Reset").click()
    assert np.array_equal(check(figure, last), end)
    assert figure.problems == []


def test_by_keyboard_and_from_a_link(open_figure: Opener) -> None:
    figure = open_figure(CHAPTER, "training")
    figure.root.get_by_label("Epoch").focus()
    figure.page.keyboard.press("Home")
    figure.page.keyboard.press("ArrowRight")
    first = check(figure, 1)
    figure.page.wait_for_function("location.hash === '#training.epoch=1'")
    again = open_figure(CHAPTER, "training", state="training.epoch=1")
    assert np.array_equal(check(again, 1), first)
    assert figure.problems + again.problems == []


@pytest.mark.parametrize("state", ["epoch=99", "epoch=1.5", "epoch=x", "loss=1"])
def test_nonsense_in_a_link_is_answered(open_figure: Opener, state: str) -> None:
    figure = open_figure(CHAPTER, "training", state=f"training.{state}")
    assert "cannot show: " + state.replace("=", " = ") in figure.complaint()
    assert figure.says().startswith("After epoch ")
    assert figure.problems == []
