"""Recipes, training, evaluation, and models on disk. Training here is on a few images."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from lenet import training
from lenet.data import load_mnist, load_weights, prepare, save_weights
from lenet.keras_models import build_lenet5, get_weights
from lenet.training import RECIPES, Evaluation, evaluate, load, pretrained, save, train


@pytest.fixture
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make MNIST small: 200 images to learn from, 100 to test."""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    small = (x_train[:200], y_train[:200]), (x_test[:100], y_test[:100])
    monkeypatch.setattr(training, "load_mnist", lambda: small)


# --- Recipes ---------------------------------------------------------------------------------


def test_the_classic_recipe() -> None:
    recipe = RECIPES["classic"]
    assert (recipe.epochs, recipe.batch_size, recipe.held_out) == (20, 128, 0.1)
    optimizer = recipe.optimizer(8440)
    assert type(optimizer) is keras.optimizers.Adam


def learning_rates(recipe: str, steps: int) -> list[float]:
    """The learning rate of each step."""
    optimizer = RECIPES[recipe].optimizer(steps)
    rates = []
    for _ in range(steps + 1):
        rates.append(float(optimizer.learning_rate))
        optimizer.iterations.assign_add(1)
    return rates


def test_the_classic_recipe_slows_down() -> None:
    rates = learning_rates("classic", 100)
    assert rates[0] == pytest.approx(0.003)
    assert rates[50] == pytest.approx(0.0015)
    assert rates[-1] == pytest.approx(0, abs=1e-8)
    assert (np.diff(rates) < 0).all()


def test_the_fast_recipe_goes_up_and_down() -> None:
    rates = learning_rates("fast", 100)
    assert np.argmax(rates) == 30
    assert max(rates) == pytest.approx(0.015)
    assert rates[0] == pytest.approx(0.0006)
    assert rates[-1] == pytest.approx(0, abs=1e-8)
    assert (np.diff(rates[:31]) > 0).all()
    assert (np.diff(rates[30:]) < 0).all()


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_shortest_trainings_have_a_learning_rate(steps: int) -> None:
    for recipe in RECIPES:
        assert max(learning_rates(recipe, steps)[:-1]) > 0


# --- Training --------------------------------------------------------------------------------


@pytest.mark.usefixtures("few_images")
def test_train_returns_the_model_and_its_history() -> None:
    run = train(epochs=2, batch_size=32, seed=4, verbose=0)
    assert (run.recipe, run.seed) == ("classic", 4)
    assert set(run.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert {len(values) for values in run.history.values()} == {2}
    assert run.history["loss"][1] < run.history["loss"][0]
    assert run.seconds > 0
    assert run.model.count_params() == 61706
    # 180 images in batches of 32 are 6 steps an epoch.
    assert int(run.model.optimizer.iterations) == 12


@pytest.mark.usefixtures("few_images")
def test_the_fast_recipe_holds_nothing_out() -> None:
    run = train(recipe="fast", epochs=3, batch_size=50, verbose=0)
    assert set(run.history) == {"loss", "accuracy"}
    assert int(run.model.optimizer.iterations) == 12
    # The schedule was made for these 12 steps: it has come to its end.
    assert float(run.model.optimizer.learning_rate) == pytest.approx(0, abs=1e-8)


@pytest.mark.usefixtures("few_images")
def test_a_seed_repeats_and_another_does_not() -> None:
    one, same, other = (
        train(epochs=1, batch_size=32, seed=seed, verbose=0).history["loss"] for seed in (1, 1, 2)
    )
    assert one == pytest.approx(same, rel=1e-6)
    assert one != pytest.approx(other, rel=1e-5)


@pytest.mark.usefixtures("few_images")
def test_callbacks_are_called() -> None:
    seen: list[int] = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, _: seen.append(epoch))
    train(epochs=2, verbose=0, callbacks=[callback])
    assert seen == [0, 1]


@pytest.mark.usefixtures("few_images")
@pytest.mark.parametrize("ending", ["npz", "keras"])
def test_what_is_saved_is_what_was_trained(ending: str, tmp_path: Path) -> None:
    out = tmp_path / f"mine.{ending}"
    run = train(epochs=1, verbose=0, out=out)
    weights = get_weights(load(str(out)))
    assert all(
        np.array_equal(array, weights[name]) for name, array in get_weights(run.model).items()
    )
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 0}, r"epochs must be a whole number, 1 or more\. Received: 0\."),
        ({"epochs": 1.5}, r"epochs must be .* Received: 1\.5\."),
        ({"epochs": True}, r"epochs must be .* Received: True\."),
        ({"batch_size": -1}, r"batch_size must be .* Received: -1\."),
        ({"batch_size": "128"}, r"batch_size must be .* Received: '128'\."),
        ({"recipe": "slow"}, r'recipe must be "classic" or "fast"\. Received: \'slow\'\.'),
        ({"seed": -1}, r"seed must be a whole number from 0 to 2\*\*32 − 1\. Received: -1\."),
        ({"seed": 2**32}, r"seed must be"),
        ({"seed": None}, r"seed must be .* Received: None\."),
        ({"out": "model.h5"}, r"must end in \.npz or \.keras\. Received: model\.h5\."),
    ],
)
def test_train_refuses(
    arguments: dict[str, object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "load_mnist", lambda: pytest.fail("started"))
    with pytest.raises(ValueError, match=message):
        train(**arguments)  # type: ignore[arg-type]


def test_where_to_save_is_tried_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "load_mnist", lambda: pytest.fail("started"))
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere to save mine\.npz in"):
        train(out=tmp_path / "nowhere" / "mine.npz")


# --- Evaluation ------------------------------------------------------------------------------


def test_the_shipped_weights_read_the_test_digits() -> None:
    result = evaluate(pretrained())
    assert result.accuracy >= 0.989
    assert result.loss < 0.06
    assert result.probabilities.shape == (10000, 10)
    assert result.predictions.shape == result.labels.shape == (10000,)
    assert result.confusion.sum() == 10000
    assert result.confusion.trace() == round(result.accuracy * 10000)
    assert len(result.mistakes) == 10000 - result.confusion.trace()


class Fixed(keras.layers.Layer):  # type: ignore[misc]
    """Answers the same ten numbers, whatever it is shown."""

    def __init__(self, answer: list[float]) -> None:
        super().__init__()
        self.answer = answer

    def call(self, x: object) -> object:
        return keras.ops.broadcast_to(
            keras.ops.convert_to_tensor([self.answer]), (keras.ops.shape(x)[0], len(self.answer))
        )


def fixed(answer: list[float]) -> keras.Model:
    return keras.Sequential([keras.Input((28, 28, 1)), Fixed(answer)])


def test_loss_and_accuracy_by_hand() -> None:
    p = [0.5, 0.25, 0.25] + [0.0] * 7
    images = np.zeros((4, 28, 28), np.uint8)
    result = evaluate(fixed(p), images, [0, 0, 1, 9])
    assert result.accuracy == 0.5
    assert result.loss == pytest.approx(-np.log([0.5, 0.5, 0.25, 1e-7]).mean())
    assert result.confusion[0, 0] == 2
    assert result.confusion[1, 0] == 1
    assert result.confusion[9, 0] == 1
    assert result.confusion.sum() == 4
    assert result.mistakes.tolist() == [2, 3]


def test_scores_become_probabilities() -> None:
    scores = [0.0] * 9 + [float(np.log(9))]
    result = evaluate(fixed(scores), np.zeros((1, 28, 28), np.uint8), np.array([9]))
    assert result.probabilities[0] == pytest.approx([1 / 18] * 9 + [0.5])
    assert result.accuracy == 1


def test_keras_computes_the_same_loss_and_accuracy() -> None:
    _, (x, y) = load_mnist()
    model = pretrained()
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.evaluate(prepare(x[:500]), y[:500], verbose=0)
    result = evaluate(model, x[:500], y[:500])
    assert result.loss == pytest.approx(loss, rel=1e-4)
    assert result.accuracy == pytest.approx(accuracy)


def test_confident_mistakes_come_first() -> None:
    p = np.full((4, 10), 0.01, np.float32)
    p[[0, 1, 2, 3], [5, 5, 5, 5]] = 0.7, 0.9, 0.8, 0.95
    labels = np.array([1, 2, 3, 5])
    result = Evaluation(0.0, 0.25, p, p.argmax(axis=1), labels)
    assert result.mistakes.tolist() == [1, 2, 0]


ZEROS = np.zeros((2, 28, 28), np.uint8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((ZEROS, None), r"given together, or neither\. Received: only images\."),
        ((None, [1, 2]), r"Received: only labels\."),
        ((ZEROS, [1, 2, 3]), r"labels must have shape \(2,\)\. Received: shape \(3,\)\."),
        ((ZEROS, np.eye(10)[:2]), r"Received: shape \(2, 10\)\."),
        ((ZEROS, [1, 10]), r"from 0 to 9\. Received: int64 values from 1 to 10\."),
        ((ZEROS, [-1, 0]), r"from 0 to 9\. Received: int64 values from -1 to 0\."),
        ((ZEROS, [0.5, 1.0]), r"integers from 0 to 9\. Received: float64"),
        ((ZEROS[:0], []), r"at least one"),
        ((np.zeros((2, 32, 32)), [1, 2]), r"images must have shape"),
    ],
)
def test_evaluate_refuses(arguments: tuple[object, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(build_lenet5(), *arguments)  # type: ignore[arg-type]


def test_evaluate_wants_ten_numbers() -> None:
    with pytest.raises(ValueError, match=r"10 numbers an image\. Received: shape \(3,\)\."):
        evaluate(fixed([0.2, 0.3, 0.5]), ZEROS, [0, 1])


# --- Models on disk --------------------------------------------------------------------------


def test_pretrained_has_the_shipped_weights() -> None:
    weights = get_weights(pretrained())
    assert all(np.array_equal(array, weights[name]) for name, array in load_weights().items())


@pytest.fixture(params=["npz", "keras"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A saved network, in each format."""
    path = tmp_path / f"old.{request.param}"
    save(build_lenet5(seed=1), path)
    return path


def test_a_failed_save_leaves_the_old_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def fail(*arguments: object, **_: object) -> None:
        target = next(a for a in arguments if isinstance(a, str | Path))
        Path(target).write_bytes(b"half")
        raise OSError("disk full")

    model = build_lenet5(seed=2)
    monkeypatch.setattr(model, "save", fail)
    monkeypatch.setattr("lenet.data.zipfile.ZipFile", fail)
    with pytest.raises(OSError, match="disk full"):
        save(model, saved)
    monkeypatch.undo()
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_saving_replaces(saved: Path) -> None:
    model = build_lenet5(seed=2)
    save(model, saved)
    assert np.array_equal(get_weights(load(saved))["c1/kernel"], get_weights(model)["c1/kernel"])


def test_a_damaged_file_is_refused(saved: Path) -> None:
    content = saved.read_bytes()
    saved.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=rf"{saved.name} must be an? .* Received: something else"):
        load(saved)


def test_no_such_file() -> None:
    with pytest.raises(FileNotFoundError, match=r"There is no weights file nowhere\.keras\."):
        load("nowhere.keras")


def test_another_network_is_refused(tmp_path: Path) -> None:
    other = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Flatten()])
    save(other, tmp_path / "other.keras")
    message = r"from \(None, 28, 28, 1\) to \(None, 10\)\. Received: from \(None, 32, 32, 1\)"
    with pytest.raises(ValueError, match=message):
        load(tmp_path / "other.keras")
    save_weights(tmp_path / "other.npz", {"dense/kernel": np.ones((2, 2))})
    with pytest.raises(ValueError, match=r"must be named c1/kernel.*Received: dense/kernel\."):
        load(tmp_path / "other.npz")
