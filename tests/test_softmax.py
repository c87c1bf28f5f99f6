"""The figure `softmax`: its values against plain NumPy, its traits, and its use in a page."""

from typing import Any

import numpy as np
import pytest
import traitlets

from lenet.widgets import Softmax

CHAPTER = "04-fully-connected"


def expected(logits: Any, label: int, temperature: float = 1) -> tuple[Any, float]:
    """Probabilities and loss in double precision."""
    powers = np.exp(np.array(logits, float) / temperature)
    p = powers / powers.sum()
    return p, -np.log(p[label])


def test_values_against_plain_numpy() -> None:
    figure = Softmax([2, 1, -1], temperature=0.5, label=1)
    p, loss = expected([2, 1, -1], 1, 0.5)
    np.testing.assert_allclose(figure.probabilities, p, rtol=1e-6)
    assert figure.loss == pytest.approx(loss, rel=1e-6)


@pytest.mark.parametrize("temperature", [0.5, 1, 2.5])
def test_gradient_is_that_of_the_loss(temperature: float) -> None:
    figure = Softmax([0.5, -1, 2, 0], temperature=temperature, label=2)
    for k, nudge in enumerate(np.eye(4) * 0.01):
        up, down = (
            Softmax(figure.logits + sign * nudge, temperature=temperature, label=2).loss
            for sign in (1, -1)
        )
        assert figure.gradient[k] == pytest.approx((up - down) / 0.02, abs=2e-4)


def test_logits_of_any_size_give_a_loss() -> None:
    figure = Softmax([1000, 0], label=1, temperature=0.1)
    assert figure.probabilities.tolist() == [1, 0]
    assert figure.loss == 10_000
    figure.logits = [-1000, -1000]
    assert figure.loss == pytest.approx(np.log(2))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"logits": [1]}, "classes must be 2 to 10 different names"),
        ({"logits": range(11)}, "classes must be 2 to 10 different names"),
        ({"logits": [1, 2], "classes": ["a"] * 2}, "different names"),
        ({"logits": [1, 2], "classes": ["a", "b", "c"]}, "must be 3 numbers, one for each class"),
        ({"logits": [[1, 2]]}, "must be an array (classes)"),
        ({"logits": [1, np.nan]}, "Received: NaN"),
        ({"logits": [1, 1001]}, "must lie in -1000 to 1000. Received: 1 to 1001"),
        ({"label": 3}, "label must be the index of a class, 0 to 2. Received: 3"),
        ({"temperature": 0}, "temperature"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(traitlets.TraitError) as refused:
        Softmax(**settings)
    assert message in str(refused.value)


def test_a_refused_value_changes_nothing() -> None:
    figure = Softmax([1, 2])
    with pytest.raises(traitlets.TraitError, match="must be 2 numbers"):
        figure.logits = [1, 2, 3]
    assert figure.logits.tolist() == [1, 2]


def test_still_picture_says_what_it_shows() -> None:
    data, _ = Softmax(label=1)._repr_mimebundle_()
    alt = "cat 0.705, dog 0.259, bird 0.035. The label is dog, the loss 1.349."
    assert alt in data["text/html"]
    assert len(data["image/png"]) > 1000


def test_used_by_mouse(open_figure: Any) -> None:
    figure = open_figure(CHAPTER, "softmax")
    assert figure.says() == "The label, cat, has the largest p, 0.705: the loss −ln p is 0.349."
    figure.root.get_by_label("dog", exact=True).click()
    box = figure.root.get_by_label("Logit of bird").bounding_box()
    figure.page.mouse.click(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    p, loss = expected([2, 1, 10], 1)
    assert f"Largest: bird, p = {p[2]:.3f}" in figure.says()
    assert f"the loss −ln p is {loss:.3f}" in figure.says()
    assert figure.root.locator("tfoot").inner_text().split()[-2:] == ["1.000", "0"]
    assert figure.problems == []


def test_used_by_keyboard(open_figure: Any) -> None:
    figure = open_figure(CHAPTER, "softmax")
    keyboard = figure.page.keyboard
    figure.root.get_by_label("Temperature T").focus()
    for _ in range(10):
        keyboard.press("ArrowRight")
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Tab")  # to the label
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    figure.root.get_by_label("Logit of bird").focus()
    for _ in range(5):
        keyboard.press("ArrowUp")
    p, loss = expected([2, 1, -0.5], 2, 2)
    assert f"The label, bird, has p = {p[2]:.3f}: the loss −ln p is {loss:.3f}." in figure.says()
    assert "(p − y) / T: the last column divided by 2.0" in figure.root.inner_text()
    assert figure.problems == []


def test_large_logits_are_shifted_and_it_says_so(open_figure: Any) -> None:
    figure = open_figure(CHAPTER, "softmax")
    before = figure.says()
    for _ in range(8):
        figure.root.get_by_role("button", name="All + 10").click()
    assert figure.says() == before  # adding to all changes no probability
    assert "does not fit" not in figure.root.inner_text()
    figure.root.get_by_role("button", name="All + 10").click()  # the ninth, as the chapter says
    assert figure.says() == before
    text = figure.root.inner_text()
    assert "does not fit into a float32" in text
    assert "1.000" in text.split("cat")[1]  # e to the power 0
    for _ in range(18):
        figure.root.get_by_role("button", name="All − 10").click()
    assert figure.says() == before
    assert "does not fit" not in figure.root.inner_text()
    for _ in range(2):
        figure.root.get_by_role("button", name="All − 10").click()
    assert figure.says() == before
    assert "is zero as a float32" in figure.root.inner_text()
    figure.root.get_by_role("button", name="Reset").click()
    assert figure.says() == before
    assert figure.problems == []


def test_restored_from_a_link(open_figure: Any) -> None:
    state = "softmax.logits=3:0,3,1&softmax.temperature=0.4&softmax.label=2"
    figure = open_figure(CHAPTER, "softmax", state=state, scheme="file")
    p, loss = expected([0, 3, 1], 2, 0.4)
    assert f"has p = {p[2]:.3f}: the loss −ln p is {loss:.3f}" in figure.says()
    assert figure.problems == []


@pytest.mark.parametrize(
    "state", ["logits=2:1,2", "logits=3:1,2,x", "label=3", "temperature=-1", "cell=1"]
)
def test_nonsense_in_a_link_is_answered(open_figure: Any, state: str) -> None:
    figure = open_figure(CHAPTER, "softmax", state=f"softmax.{state}")
    assert "The link asks for something that this figure cannot show" in figure.complaint()
    assert "0.349" in figure.says()
    assert figure.problems == []


def test_the_chapters_second_figure_is_the_least_sure_digit(open_figure: Any) -> None:
    figure = open_figure(CHAPTER, "softmax", index=1)
    z = figure.root.locator("output").all_inner_texts()[1:]
    logits = [float(text.replace("−", "-")) for text in z]
    label = int(figure.root.locator("input:checked").get_attribute("value"))
    p, loss = expected(logits, label)
    assert len(logits) == 10
    assert p.max() < 0.5
    shown = figure.root.locator(".lenet-loss").inner_text()
    assert float(shown.split("= ")[-1]) == pytest.approx(loss, abs=0.02)
    assert figure.root.locator("i.is-negative").count() == 1  # as the chapter says
    assert figure.problems == []
