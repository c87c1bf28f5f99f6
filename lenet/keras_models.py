"""LeNet-5 in Keras: the book's network, line by line, and the network of 1998.

This module and `lenet.training` are the only ones that import Keras.
"""

import keras
import numpy as np
from numpy.typing import NDArray

Weights = dict[str, NDArray[np.float32]]


def build_lenet5(
    activation: str = "relu", pooling: str = "max", seed: int | None = None
) -> keras.Model:
    """Build the book's LeNet-5, untrained: 61,706 parameters.

    Args:
        activation: The non-linearity after C1, C3, C5 and F6, by its Keras name: `"relu"`,
            `"tanh"`, `"sigmoid"`, ….
        pooling: `"max"` or `"average"`.
        seed: Where the random starting weights come from. A number makes them the same every time;
            it goes to `keras.utils.set_random_seed`, so it seeds Python and NumPy as well.

    Returns:
        A model from images `(batch, 28, 28, 1)` in [0, 1] to probabilities `(batch, 10)`.

    Raises:
        ValueError: If the pooling or the activation is unknown.

    Example:
        >>> model = build_lenet5(seed=0)
        >>> [layer.name for layer in model.layers]
        ['c1', 's2', 'c3', 's4', 'c5', 'flatten', 'f6', 'output']
        >>> model.count_params()
        61706

    Source: LeCun et al. (1998), section II.B, with today's choices: ReLU, max pooling, C3 joined to
    all maps of S2, a softmax output.
    """
    if pooling not in ("max", "average"):
        raise ValueError(f'pooling must be "max" or "average". Received: {pooling!r}.')
    if seed is not None:
        keras.utils.set_random_seed(seed)
    pool = keras.layers.MaxPooling2D if pooling == "max" else keras.layers.AveragePooling2D
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(6, 5, padding="same", activation=activation, name="c1"),
            pool(2, name="s2"),
            keras.layers.Conv2D(16, 5, activation=activation, name="c3"),
            pool(2, name="s4"),
            keras.layers.Conv2D(120, 5, activation=activation, name="c5"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(84, activation=activation, name="f6"),
            keras.layers.Dense(10, activation="softmax", name="output"),
        ],
        name="lenet5",
    )


def get_weights(model: keras.Model) -> Weights:
    """Copy a model's weights into a dictionary of arrays.

    Args:
        model: Any Keras model that has been built.

    Returns:
        One array a weight, under `"layer/weight"`: `"c1/kernel"`, `"c1/bias"`, ….

    Example:
        >>> get_weights(build_lenet5())["c1/kernel"].shape
        (5, 5, 1, 6)
    """
    return {
        f"{layer.name}/{weight.name}": np.array(weight.numpy())
        for layer in model.layers
        for weight in layer.weights
    }


def set_weights(model: keras.Model, weights: Weights) -> None:
    """Copy a dictionary of arrays into a model's weights.

    Args:
        model: A Keras model that has been built.
        weights: What `get_weights` returns, or `lenet.data.load_weights`.

    Raises:
        ValueError: If a weight is missing, is unknown to the model or has another shape. The model
            then keeps all its own.

    Example:
        >>> one, other = build_lenet5(seed=1), build_lenet5(seed=2)
        >>> set_weights(other, get_weights(one))
        >>> bool((get_weights(other)["f6/kernel"] == get_weights(one)["f6/kernel"]).all())
        True
    """
    variables = {
        f"{layer.name}/{weight.name}": weight for layer in model.layers for weight in layer.weights
    }
    if weights.keys() != variables.keys():
        raise ValueError(
            f"weights must be named {', '.join(variables)}. "
            f"Received: {', '.join(weights) or 'none'}."
        )
    for name, variable in variables.items():
        shape = np.shape(weights[name])
        if shape != tuple(variable.shape):
            raise ValueError(
                f"{name} must have shape {tuple(variable.shape)}. Received: shape {shape}."
            )
    for name, variable in variables.items():
        variable.assign(weights[name])


# --- The network of 1998 ---------------------------------------------------------------------

# Table I of the paper: the maps of S2 that each of the sixteen maps of C3 sees.
C3_TABLE = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5)),
    *((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5)),
    (0, 1, 2, 3, 4, 5),
)

# What F6 should say about each digit: a picture of it, 12 rows of 7. The idea is the paper's; the
# ten pictures are drawn anew.
_PICTURES = """
    ..###..  ...#...  .#####.  .#####.  .....#.  #######  ..####.  #######  .#####.  .#####.
    .#...#.  ..##...  #.....#  #.....#  ....##.  #......  .#.....  ......#  #.....#  #.....#
    #.....#  .#.#...  ......#  ......#  ...#.#.  #......  #......  ......#  #.....#  #.....#
    #.....#  ...#...  ......#  ......#  ..#..#.  #......  #......  .....#.  #.....#  #.....#
    #.....#  ...#...  ......#  ......#  .#...#.  ######.  #......  .....#.  .#...#.  #.....#
    #.....#  ...#...  .....#.  ..####.  #....#.  ......#  #.####.  ....#..  ..###..  .######
    #.....#  ...#...  ....#..  ......#  #######  ......#  ##....#  ....#..  .#...#.  ......#
    #.....#  ...#...  ...#...  ......#  .....#.  ......#  #.....#  ...#...  #.....#  ......#
    #.....#  ...#...  ..#....  ......#  .....#.  ......#  #.....#  ...#...  #.....#  ......#
    #.....#  ...#...  .#.....  #.....#  .....#.  #.....#  #.....#  ..#....  #.....#  .....#.
    .#...#.  ...#...  #......  #.....#  .....#.  #.....#  .#...#.  ..#....  #.....#  ....#..
    ..###..  .#####.  #######  .#####.  .....#.  .#####.  ..###..  ..#....  .#####.  .###...
"""


def digit_codes() -> NDArray[np.float32]:
    """Give the ten target patterns of F6: the digits drawn on 12 × 7 pixels, ink 1, paper −1.

    Returns:
        `(10, 84)` float32; `digit_codes()[d].reshape(12, 7)` is the picture of digit d.

    Example:
        >>> for row in digit_codes()[7].reshape(12, 7)[:4]:
        ...     print("".join("#" if value > 0 else "." for value in row))
        #######
        ......#
        ......#
        .....#.

    Source: LeCun et al. (1998), section II.B and figure 3.
    """
    rows = [line.split() for line in _PICTURES.split("\n") if line.strip()]
    drawn = np.array([[list(row[digit]) for row in rows] for digit in range(10)])
    return np.where(drawn == "#", 1, -1).reshape(10, 84).astype(np.float32)


@keras.saving.register_keras_serializable("lenet")  # type: ignore[untyped-decorator]
def scaled_tanh(x: keras.KerasTensor) -> keras.KerasTensor:
    """Squash: 1.7159 tanh(2x / 3), which maps 1 to 1 and −1 to −1 and is steepest between.

    Source: LeCun et al. (1998), equation 6 and appendix A.
    """
    return 1.7159 * keras.ops.tanh(2 / 3 * x)


def _uniform(fan_in: int) -> keras.Initializer:
    """Start between ∓2.4 / (the number of a unit's inputs), as the paper does."""
    return keras.initializers.RandomUniform(-2.4 / fan_in, 2.4 / fan_in)


@keras.saving.register_keras_serializable("lenet")
class Subsampling(keras.layers.Layer):  # type: ignore[misc]
    """Sum each 2×2 window, multiply by a trainable coefficient, add a trainable bias: one a map.

    Input shape: `(batch, height, width, channels)`.
    Output shape: `(batch, height / 2, width / 2, channels)`.

    Source: LeCun et al. (1998), section II.B, layers S2 and S4.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make a coefficient and a bias for each map."""
        channels = input_shape[-1]
        self.coefficient = self.add_weight(
            name="coefficient", shape=(channels,), initializer=_uniform(4)
        )
        self.bias = self.add_weight(name="bias", shape=(channels,), initializer="zeros")

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Subsample."""
        total = 4 * keras.ops.average_pool(x, 2)
        return scaled_tanh(self.coefficient * total + self.bias)


@keras.saving.register_keras_serializable("lenet")
class TableConvolution(keras.layers.Layer):  # type: ignore[misc]
    """Convolve with sixteen 5×5 filters that each see only some of the six maps (`C3_TABLE`).

    Input shape: `(batch, height, width, 6)`.
    Output shape: `(batch, height - 4, width - 4, 16)`.

    Source: LeCun et al. (1998), section II.B, layer C3, and table I.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:  # noqa: ARG002
        """Make a 5×5 kernel for each of the 60 connections of maps, and a bias for each filter."""
        pairs = [(seen, new) for new, maps in enumerate(C3_TABLE) for seen in maps]
        # Where each connection goes in a kernel of the usual shape, (5, 5, 6, 16).
        place = np.zeros((len(pairs), 6, 16), np.float32)
        for connection, (seen, new) in enumerate(pairs):
            place[connection, seen, new] = 1
        self.place = place
        self.kernel = self.add_weight(
            name="kernel",
            shape=(5, 5, len(pairs)),
            initializer=_uniform(25 * 4),  # most filters see four maps
        )
        self.bias = self.add_weight(name="bias", shape=(16,), initializer="zeros")

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Convolve."""
        kernel = keras.ops.tensordot(self.kernel, self.place, axes=1)  # zero where not connected
        return scaled_tanh(keras.ops.conv(x, kernel, padding="valid") + self.bias)


@keras.saving.register_keras_serializable("lenet")
class EuclideanRBF(keras.layers.Layer):  # type: ignore[misc]
    """Score how near F6 is to the picture of each digit: minus the squared distance.

    The paper's output is the distance, smaller is better. Its negative is a logit: largest wins.

    Input shape: `(batch, 84)`.
    Output shape: `(batch, 10)`.

    Source: LeCun et al. (1998), equation 7.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:  # noqa: ARG002
        """Fix the ten centres: 840 numbers, none of them trained."""
        self.codes = self.add_weight(
            name="codes",
            shape=(10, 84),
            initializer=lambda *_, **__: keras.ops.convert_to_tensor(digit_codes()),
            trainable=False,
        )

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Measure the distances."""
        return -keras.ops.sum((x[:, None] - self.codes) ** 2, axis=-1)


def build_lenet5_1998(seed: int | None = None) -> keras.Model:
    """Build LeNet-5 as it was published, untrained: 60,000 trainable parameters.

    What differs from `build_lenet5`: digits on 32×32 pixels; subsampling with trainable
    coefficients; a C3 whose maps see three, four or six maps of S2; a scaled tanh after every
    layer; ten fixed pictures of digits that F6 is compared with. The images that it was trained on
    have paper −0.1 and ink 1.175, which makes them 0 on average, with a variance of about 1.

    Args:
        seed: As for `build_lenet5`.

    Returns:
        A model from images `(batch, 32, 32, 1)` to scores `(batch, 10)`: minus the paper's
        penalties, so the largest wins. They are logits: train with
        `keras.losses.CategoricalCrossentropy(from_logits=True)`, which is the paper's second
        criterion (equation 9) without its constant for what is no digit.

    Example:
        >>> import numpy as np
        >>> model = build_lenet5_1998(seed=0)
        >>> sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
        60000
        >>> digits = np.zeros((2, 28, 28, 1))  # from lenet.prepare, say
        >>> x = 1.275 * np.pad(digits, ((0, 0), (2, 2), (2, 2), (0, 0))) - 0.1
        >>> model.predict(x, verbose=0).shape
        (2, 10)

    Source: LeCun et al. (1998), section II.B.
    """
    if seed is not None:
        keras.utils.set_random_seed(seed)
    squashed = {"activation": scaled_tanh}
    return keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            keras.layers.Conv2D(6, 5, kernel_initializer=_uniform(25), name="c1", **squashed),
            Subsampling(name="s2"),
            TableConvolution(name="c3"),
            Subsampling(name="s4"),
            keras.layers.Conv2D(120, 5, kernel_initializer=_uniform(400), name="c5", **squashed),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(84, kernel_initializer=_uniform(120), name="f6", **squashed),
            EuclideanRBF(name="output"),
        ],
        name="lenet5_1998",
    )
