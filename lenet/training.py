"""Train LeNet-5 on MNIST and see how well it does."""

import contextlib
import io
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from lenet.data import check_out, load_mnist, load_weights, prepare, replacing, save_weights
from lenet.keras_models import build_lenet5, get_weights, set_weights

# --- Recipes ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Args:
        epochs: How many times it sees every training image.
        batch_size: Images a step.
        held_out: The share of the 60,000 training images that is kept aside to watch the training
            with. Keras keeps the last ones.
        optimizer: From the number of steps in the whole training to the optimizer.
    """

    epochs: int
    batch_size: int
    held_out: float
    optimizer: Callable[[int], keras.Optimizer]


def _falling_adam(steps: int) -> keras.Optimizer:
    """Adam whose learning rate falls from three times the usual one to zero, along a cosine.

    The 1998 network, too, was trained for twenty epochs with a learning rate that fell.

    Source: Kingma and Ba (2014) for Adam, Loshchilov and Hutter (2017) for the cosine, LeCun et
    al. (1998), section III.B, for the twenty epochs.
    """
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.003, steps))


def _one_cycle(steps: int) -> keras.Optimizer:
    """AdamW whose learning rate rises to fifteen times the usual one, then falls to zero.

    Source: Smith and Topin (2019) for the cycle, Loshchilov and Hutter (2019) for AdamW.
    """
    rising = int(0.3 * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0006,
        warmup_target=0.015,
        warmup_steps=rising,
        decay_steps=steps - rising,
    )
    return keras.optimizers.AdamW(schedule, weight_decay=0.01)


RECIPES = {
    "classic": Recipe(
        epochs=20,
        batch_size=128,
        held_out=0.1,
        optimizer=_falling_adam,
    ),
    "fast": Recipe(epochs=3, batch_size=256, held_out=0.0, optimizer=_one_cycle),
}


# --- Training --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """A finished training.

    Attributes:
        model: The trained network.
        history: One number an epoch under `"loss"`, `"accuracy"` and, if images were held out,
            `"val_loss"`, `"val_accuracy"`.
        seconds: How long `fit` took.
        recipe: The name of the recipe.
        seed: The seed.
    """

    model: keras.Model
    history: dict[str, list[float]]
    seconds: float
    recipe: str
    seed: int


def train(
    *,
    epochs: int | None = None,
    batch_size: int | None = None,
    recipe: str = "classic",
    seed: int = 0,
    out: str | os.PathLike[str] | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: Literal["auto", 0, 1, 2] = "auto",
) -> Run:
    """Train the book's LeNet-5 on the MNIST training images.

    The test images are never looked at. The weights are those after the last epoch.

    Args:
        epochs: How many; by default what the recipe says.
        batch_size: Images a step; by default what the recipe says.
        recipe: `"classic"`: 20 epochs of Adam, the learning rate falling from 0.003 to zero,
            batches of 128, 54,000 images to learn from and 6,000 held out. `"fast"`: 3 epochs of
            AdamW, the learning rate rising to 0.015 and falling to zero, batches of 256, all
            60,000 images.
        seed: For the starting weights and the order of the images. It goes to
            `keras.utils.set_random_seed`, so it seeds Python, NumPy and TensorFlow, for everything
            that you do afterwards too. The same seed gives the same network on one machine, not
            on two different ones.
        out: Where to save the result: the weights in an `.npz` file, or the whole model in a
            `.keras` file. It is tried before the training starts, and an existing file is replaced
            only once the new one is complete.
        callbacks: Keras callbacks for `fit`.
        verbose: As in `fit`: 0 silent, 1 a progress bar, 2 a line an epoch, `"auto"` lets Keras
            choose.

    Returns:
        The trained model, its history, and how long it took.

    Raises:
        ValueError: If an argument makes no sense.
        OSError: If `out` cannot be written.

    Example:
        >>> run = train(epochs=20, seed=1, out="mine.npz")  # doctest: +SKIP
        >>> evaluate(run.model).accuracy > 0.98  # doctest: +SKIP
        True
    """
    if recipe not in RECIPES:
        names = " or ".join(f'"{name}"' for name in RECIPES)
        raise ValueError(f"recipe must be {names}. Received: {recipe!r}.")
    chosen = RECIPES[recipe]
    epochs = _positive("epochs", chosen.epochs if epochs is None else epochs)
    batch_size = _positive("batch_size", chosen.batch_size if batch_size is None else batch_size)
    if not isinstance(seed, int | np.integer) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be a whole number from 0 to 2**32 − 1. Received: {seed!r}.")
    if out is not None:
        check_out(out)

    (x_train, y_train), _ = load_mnist()
    x, y = prepare(x_train), keras.utils.to_categorical(y_train, 10)
    learned_from = int(len(x) * (1 - chosen.held_out))
    steps = epochs * -(-learned_from // batch_size)

    model = build_lenet5(seed=int(seed))
    model.compile(
        optimizer=chosen.optimizer(steps), loss="categorical_crossentropy", metrics=["accuracy"]
    )
    start = time.perf_counter()
    history = model.fit(
        x,
        y,
        batch_size=batch_size,
        epochs=epochs,
        validation_split=chosen.held_out,
        callbacks=list(callbacks),
        verbose=verbose,
    )
    seconds = time.perf_counter() - start
    if out is not None:
        save(model, out)
    return Run(model, history.history, seconds, recipe, int(seed))


def _positive(name: str, value: int) -> int:
    """Check a count."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{name} must be a whole number, 1 or more. Received: {value!r}.")
    return int(value)


# --- Evaluation ------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a network said about images whose labels are known.

    Attributes:
        loss: The mean cross-entropy.
        accuracy: The share of the images that it got right.
        probabilities: `(n, 10)` float32.
        predictions: The most probable digit of each image, `(n,)`.
        labels: The true digits, `(n,)`.
    """

    loss: float
    accuracy: float
    probabilities: NDArray[np.float32]
    predictions: NDArray[np.int64]
    labels: NDArray[np.int64]

    @property
    def confusion(self) -> NDArray[np.int64]:
        """How often digit `row` was taken for digit `column`, `(10, 10)`."""
        counts = np.zeros((10, 10), np.int64)
        np.add.at(counts, (self.labels, self.predictions), 1)
        return counts

    @property
    def mistakes(self) -> NDArray[np.int64]:
        """The indices of the images that it got wrong, the most confident mistake first."""
        wrong = np.flatnonzero(self.predictions != self.labels)
        confidence = self.probabilities[wrong].max(axis=1)
        return wrong[np.argsort(-confidence, kind="stable")]


def evaluate(
    model: keras.Model, images: ArrayLike | None = None, labels: ArrayLike | None = None
) -> Evaluation:
    """Compare what a network says with what is true.

    Args:
        model: From images `(n, 28, 28, 1)` to ten numbers each: probabilities, or scores that
            softmax turns into probabilities.
        images: Anything that `lenet.prepare` takes; by default the 10,000 test digits.
        labels: The digit in each, `(n,)`; by default those of the test digits.

    Returns:
        Loss, accuracy, all probabilities, and from them the confusion matrix and the mistakes.

    Raises:
        ValueError: If only one of images and labels is given, their numbers differ, a label is not
            a digit, or the model does not give ten numbers.

    Example:
        >>> result = evaluate(pretrained())
        >>> result.accuracy >= 0.989
        True
        >>> int(result.confusion.trace()) + len(result.mistakes)
        10000
    """
    if (images is None) != (labels is None):
        raise ValueError(
            "images and labels must be given together, or neither. "
            f"Received: only {'labels' if images is None else 'images'}."
        )
    if images is None or labels is None:
        _, (images, labels) = load_mnist()
    x, y = prepare(images), np.asarray(labels)
    if y.shape != (len(x),):
        raise ValueError(f"labels must have shape ({len(x)},). Received: shape {y.shape}.")
    if y.dtype.kind not in "ui" or y.min() < 0 or y.max() > 9:
        raise ValueError(
            f"labels must be integers from 0 to 9. Received: {y.dtype} "
            f"values from {y.min()} to {y.max()}."
        )
    p = model.predict(x, batch_size=500, verbose=0)
    if p.shape != (len(x), 10):
        raise ValueError(f"model must give 10 numbers an image. Received: shape {p.shape[1:]}.")
    if p.min() < 0 or not np.allclose(p.sum(axis=1), 1, atol=1e-3):
        p = keras.ops.convert_to_numpy(keras.ops.softmax(p))
    y, predictions = y.astype(np.int64), p.argmax(axis=1)
    loss = -np.log(np.maximum(p[np.arange(len(p)), y], 1e-7)).mean()
    return Evaluation(float(loss), float((predictions == y).mean()), p, predictions, y)


# --- Models on disk --------------------------------------------------------------------------


def pretrained() -> keras.Model:
    """Build LeNet-5 with the trained weights that come with the book.

    Example:
        >>> model = pretrained()
        >>> model.count_params()
        61706
    """
    return load(None)


def load(path: str | os.PathLike[str] | None) -> keras.Model:
    """Load a network that `train` saved.

    Args:
        path: Its `.npz` file of weights or `.keras` file; None for the weights of the book.

    Returns:
        A model from images `(batch, 28, 28, 1)` to `(batch, 10)`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged, or does not hold such a network.

    Example:
        >>> load(None).name
        'lenet5'
    """
    if path is not None and not Path(path).is_file():
        raise FileNotFoundError(f"There is no weights file {os.fspath(path)}.")
    if path is None or Path(path).suffix != ".keras":
        model = build_lenet5()
        set_weights(model, load_weights(path))
        return model
    try:
        model = keras.models.load_model(path, compile=False)
    except Exception as error:  # what Keras raises depends on where the damage is
        raise ValueError(
            f"{os.fspath(path)} must be a Keras model. Received: something else, or damaged."
        ) from error
    shapes = (model.input_shape, model.output_shape)
    if shapes != ((None, 28, 28, 1), (None, 10)):
        raise ValueError(
            f"{os.fspath(path)} must hold a model from (None, 28, 28, 1) to (None, 10). "
            f"Received: from {shapes[0]} to {shapes[1]}."
        )
    return model


def save(model: keras.Model, path: str | os.PathLike[str]) -> None:
    """Save a network: its weights in an `.npz` file, or all of it in a `.keras` file.

    Args:
        model: A built Keras model.
        path: The file. An existing one is replaced only once the new one is complete.

    Raises:
        ValueError: If the name ends in neither.
        OSError: If the file cannot be written.
    """
    check_out(path)
    if Path(path).suffix == ".npz":
        save_weights(path, get_weights(model))
    else:
        with replacing(path) as temporary, contextlib.redirect_stdout(io.StringIO()):
            model.save(temporary)
