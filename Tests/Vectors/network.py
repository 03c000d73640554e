"""Golden values for ECGNetwork, from Keras 3 on TensorFlow (float32, inference).

    python Tests/Vectors/network.py

Weights and inputs are drawn by a formula that the tests repeat, so only the answers are stored:
value i of seed s is (u - 1/2) * scale, where u is the top 24 bits of SplitMix64's output number i for seed s, over 2^24.

network-cases.i32       for each single-layer case: input shape (rank, height, width, channels) and the layer's 16
                        integers as LayerTable stores them
network-answers.f32     the cases' outputs, one behind the other
network-lenet5.f32      lenet5 for 5 people, two samples: probabilities (2 x 5), then the last hidden layer (2 x 4)
network-cnn1d.f32       cnn1d for 5 people, two samples: probabilities (2 x 5), then every 10th of the last hidden layer
network-counts.i32      parameters of lenet5 for 90 and 1145 people, of cnn1d for 90 and 1145 people
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
from pathlib import Path

import keras
import numpy as np
from keras import layers as kl

FOLDER = Path(__file__).parent
RELU, TANH, SOFTMAX = 1, 2, 3
ACTIVATIONS = [None, "relu", "tanh", "softmax"]
CONVOLUTION, MAX_POOLING, DENSE, FLATTEN, DROPOUT, ACTIVATION = 1, 2, 3, 4, 5, 6


def drawn(seed, shape, scale):
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    u = (z >> np.uint64(40)).astype(np.float64) / 2.0**24
    return ((u - 0.5) * scale).astype(np.float32).reshape(shape)


def case(shape, kind, units=0, window=(1, 1), stride=(1, 1), same=False, activation=0, bias=True):
    rank = len(shape)
    full = (1,) * (3 - rank) + tuple(shape)
    row = [rank, *full, kind, -1, -2, units, *window, *stride, int(same), activation, int(bias), 0, 0, 0, 0, 0]
    return shape, row


CASES = []
# Convolutions: filters around the vector widths 4, 8, 16 and 32; widths around the tile heights 4, 6 and 8.
for filters in (1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33):
    CASES.append(case((5, 9, 3), CONVOLUTION, filters, (3, 3), same=True, activation=RELU))
for width in (3, 4, 5, 6, 7, 8, 9, 15, 16, 17):
    CASES.append(case((4, width, 2), CONVOLUTION, 18, (2, 3), same=False, activation=TANH))
CASES += [
    case((7, 6, 2), CONVOLUTION, 5, (4, 2), same=True),
    case((7, 6, 2), CONVOLUTION, 5, (4, 2), same=True, bias=False),
    case((7, 6, 2), CONVOLUTION, 5, (5, 5), (2, 2), same=True),
    case((8, 11, 2), CONVOLUTION, 5, (5, 4), (2, 3), same=True),
    case((8, 11, 2), CONVOLUTION, 5, (5, 4), (2, 3), same=False),
    case((8, 11, 2), CONVOLUTION, 5, (2, 2), (3, 4), same=True),
    case((8, 11, 2), CONVOLUTION, 5, (1, 1), (2, 2), same=True),
    case((3, 2, 2), CONVOLUTION, 6, (7, 8), same=True),
    case((5, 5, 1), CONVOLUTION, 4, (5, 5), same=False),
    case((20, 3), CONVOLUTION, 10, (1, 4), same=True, activation=TANH),
    case((20, 3), CONVOLUTION, 10, (1, 4), same=False, activation=TANH),
    case((21, 3), CONVOLUTION, 10, (1, 5), (1, 2), same=True),
    case((21, 3), CONVOLUTION, 10, (1, 5), (1, 3), same=False),
    case((1, 3), CONVOLUTION, 10, (1, 3), same=True),
    # Pooling, also with a remainder that no window covers.
    case((7, 9, 5), MAX_POOLING, window=(2, 2), stride=(2, 2)),
    case((7, 9, 5), MAX_POOLING, window=(2, 2), stride=(2, 2), same=True),
    case((7, 9, 17), MAX_POOLING, window=(3, 2), stride=(1, 1)),
    case((7, 9, 5), MAX_POOLING, window=(3, 3), stride=(2, 2), same=True),
    case((7, 9, 5), MAX_POOLING, window=(2, 3), stride=(3, 4)),
    case((23, 6), MAX_POOLING, window=(1, 4), stride=(1, 4)),
    case((23, 6), MAX_POOLING, window=(1, 3), stride=(1, 2), same=True),
    # Dense layers: inputs around the 8 rows of a pass and the 64 of a block.
    *[case((inputs,), DENSE, units) for inputs in (1, 7, 8, 9, 63, 64, 65) for units in (1, 5, 16, 33)],
    case((30,), DENSE, 12, activation=SOFTMAX),
    case((30,), DENSE, 12, activation=TANH, bias=False),
    case((30,), DENSE, 12, activation=RELU),
    # Layers without parameters.
    case((3, 4, 2), FLATTEN),
    case((7,), DROPOUT),
    case((33,), ACTIVATION, activation=SOFTMAX),
    case((33,), ACTIVATION, activation=TANH),
    case((3, 4, 2), ACTIVATION, activation=RELU),
]


def answer(index, shape, row):
    kind, units, activation, bias = row[4], row[7], ACTIVATIONS[row[13]], bool(row[14])
    flat = len(shape) == 2
    window, stride = row[8:10], row[10:12]
    window, stride = (window[1], stride[1]) if flat else (tuple(window), tuple(stride))
    padding = "same" if row[12] else "valid"
    layer = {
        CONVOLUTION: lambda: (kl.Conv1D if flat else kl.Conv2D)(
            units, window, strides=stride, padding=padding, activation=activation, use_bias=bias
        ),
        MAX_POOLING: lambda: (kl.MaxPooling1D if flat else kl.MaxPooling2D)(window, strides=stride, padding=padding),
        DENSE: lambda: kl.Dense(units, activation=activation, use_bias=bias),
        FLATTEN: kl.Flatten,
        DROPOUT: lambda: kl.Dropout(0.5),
        ACTIVATION: lambda: kl.Activation(activation),
    }[kind]()
    layer.build((1, *shape))
    values = []
    for number, weight in enumerate(layer.weights):
        fan_in = np.prod(weight.shape[:-1]) if number == 0 else 1
        scale = np.sqrt(12.0 / fan_in) if number == 0 else 1.0
        values.append(drawn(1000 * index + 1 + number, tuple(weight.shape), scale))
    layer.set_weights(values)
    return np.asarray(layer(drawn(1000 * index, (1, *shape), 4.0), training=False))[0]


def fill(model):
    seed = 500_000
    for layer in model.layers:
        for number, weight in enumerate(layer.weights):
            fan_in = np.prod(weight.shape[:-1]) if number == 0 else 1
            scale = np.sqrt(12.0 / fan_in) if number == 0 else 1.0
            weight.assign(drawn(seed, tuple(weight.shape), scale))
            seed += 1


def lenet5(people):
    he = "he_normal"
    return keras.Sequential([
        keras.Input((64, 64, 1)),
        kl.Conv2D(32, 5, padding="same", activation="relu"),
        kl.MaxPooling2D(2),
        kl.Conv2D(64, 5, padding="same", activation="relu", kernel_initializer=he),
        kl.MaxPooling2D(2),
        kl.Flatten(),
        kl.Dense(int(1.25 * people), activation="relu", kernel_initializer=he),
        kl.Dense(int(0.85 * people), activation="relu", kernel_initializer=he),
        kl.Dense(people, activation="softmax"),
    ])


def cnn1d(people):
    return keras.Sequential([
        keras.Input((200, 1)),
        kl.Conv1D(100, 4, activation="tanh"),
        kl.MaxPooling1D(2),
        kl.Conv1D(200, 2, activation="tanh"),
        kl.MaxPooling1D(4),
        kl.Conv1D(300, 1, activation="tanh"),
        kl.MaxPooling1D(2),
        kl.Conv1D(400, 1, activation="tanh"),
        kl.Flatten(),
        kl.Dropout(0.9),
        kl.Dense(3000, activation="tanh"),
        kl.Dense(people, activation="softmax"),
    ])


def network(name, build, seed, every):
    model = build(5)
    fill(model)
    samples = drawn(seed, (2, *model.input_shape[1:]), 2.0)
    hidden = keras.Model(model.inputs, model.layers[-2].output)
    probabilities = np.asarray(model(samples, training=False))
    embedding = np.asarray(hidden(samples, training=False))[:, ::every]
    np.concatenate([probabilities.ravel(), embedding.ravel()]).astype("<f4").tofile(FOLDER / f"network-{name}.f32")


if __name__ == "__main__":
    answers = [answer(index, *entry).ravel() for index, entry in enumerate(CASES)]
    np.array([row for _, row in CASES], "<i4").tofile(FOLDER / "network-cases.i32")
    np.concatenate(answers).astype("<f4").tofile(FOLDER / "network-answers.f32")
    network("lenet5", lenet5, 900_000, 1)
    network("cnn1d", cnn1d, 900_001, 10)
    counts = [build(people).count_params() for build in (lenet5, cnn1d) for people in (90, 1145)]
    np.array(counts, "<i4").tofile(FOLDER / "network-counts.i32")
    print(len(CASES), "cases;", counts)
