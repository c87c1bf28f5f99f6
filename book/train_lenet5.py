"""Train LeNet-5 on MNIST, test it and save it: chapter 6 in one file.

It needs Keras 3 with TensorFlow, and nothing else of the book:

    pip install tensorflow
    python train_lenet5.py

Twenty epochs take a few minutes on a laptop. The network then reads at least
98.9% of the test digits.
"""

import math

import keras

try:  # the copy of MNIST that comes with the book
    from lenet import load_mnist
except ImportError:  # the same arrays, downloaded
    from keras.datasets.mnist import load_data as load_mnist

BATCH_SIZE = 128
EPOCHS = 20
SAVE_AS = "lenet5.keras"

keras.utils.set_random_seed(0)

# The data: a channel axis, the scale [0, 1], one-hot labels.
(train_images, train_labels), (test_images, test_labels) = load_mnist()
x_train = train_images[..., None].astype("float32") / 255
x_test = test_images[..., None].astype("float32") / 255
y_train = keras.utils.to_categorical(train_labels, 10)
y_test = keras.utils.to_categorical(test_labels, 10)
print("training images", x_train.shape, "test images", x_test.shape)

# The network: 61,706 parameters.
model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(6, 5, padding="same", activation="relu", name="c1"),
        keras.layers.MaxPooling2D(2, name="s2"),
        keras.layers.Conv2D(16, 5, activation="relu", name="c3"),
        keras.layers.MaxPooling2D(2, name="s4"),
        keras.layers.Conv2D(120, 5, activation="relu", name="c5"),
        keras.layers.Flatten(name="flatten"),
        keras.layers.Dense(84, activation="relu", name="f6"),
        keras.layers.Dense(10, activation="softmax", name="output"),
    ],
    name="lenet5",
)
model.summary()

# The training: 54,000 images to learn from, the last 6,000 to watch it with.
# The learning rate falls along a cosine and is zero after the last update.
updates = math.ceil(54_000 / BATCH_SIZE)
learning_rate = keras.optimizers.schedules.CosineDecay(0.003, EPOCHS * updates)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(
    x_train,
    y_train,
    batch_size=BATCH_SIZE,
    epochs=EPOCHS,
    validation_split=0.1,
    verbose=2,
)

# The test, once, at the end.
test_loss, test_accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test loss {test_loss:.4f}, test accuracy {test_accuracy:.2%}")
model.save(SAVE_AS)
print("saved as", SAVE_AS)
