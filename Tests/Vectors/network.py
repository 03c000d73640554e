"""Golden values for ECGNetwork, from Keras 3 on TensorFlow (float32, inference).

    python Tests/Vectors/network.py

Weights and inputs are drawn by a formula that the tests repeat, so only the answers are stored:
value i of seed s is (u - 1/2) * scale, where u is the top 24 bits of SplitMix64's output number i for seed s, over 2^24.

network-cases.i32       for each single-layer case: input shape (rank, height, width, channels) and the layer's 16
                        integers as LayerTable stores them
network-answers.f32     the cases' outputs, one behind the other
network-NAME.f32        the network for 5 people, two samples: probabilities (2 x 5), then every so many-th (`EVERY`) of the
                        last hidden layer; "joins" is a small one that joins layers in many ways
network-counts.i32      parameters of each network for 90 and for 1145 people
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
from pathlib import Path

import keras
import numpy as np
from keras import layers as kl

from keras_networks import Graph, cnn1d, cnn2d, compact1d, crnn2d, deepecg, embedder1d, embedder1d_small, inception1d, lenet5, lstm1d, resnet1d

FOLDER = Path(__file__).parent
RELU, TANH, SOFTMAX, SIGMOID, ELU = 1, 2, 3, 4, 5
ACTIVATIONS = [None, "relu", "tanh", "softmax", "sigmoid", "elu"]
CONVOLUTION, MAX_POOLING, DENSE, FLATTEN, DROPOUT, ACTIVATION = 1, 2, 3, 4, 5, 6
NORMALIZATION, AVERAGE, RESHAPE, LSTM, GRU = 7, 8, 9, 10, 11
UNIT_NORMALIZATION = 14


def drawn(seed, shape, scale):
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    u = (z >> np.uint64(40)).astype(np.float64) / 2.0**24
    return ((u - 0.5) * scale).astype(np.float32).reshape(shape)


def case(shape, kind, units=0, window=(1, 1), stride=(1, 1), same=False, activation=0, bias=True, sequences=False):
    rank = len(shape)
    full = (1,) * (3 - rank) + tuple(shape)
    row = [rank, *full, kind, -1, -2, units, *window, *stride, int(same), activation, int(bias), 0]
    return shape, row + [0, 0, int(sequences), 0]


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
    case((3, 5, 3), ACTIVATION, activation=SIGMOID),
    case((3, 5, 3), ACTIVATION, activation=ELU),
    # Activations of kernels' layers.
    case((9, 3), CONVOLUTION, 6, (1, 3), activation=ELU),
    case((5, 6, 2), CONVOLUTION, 6, (2, 3), same=True, activation=SIGMOID),
    case((30,), DENSE, 12, activation=SIGMOID),
    # Dense layers over steps.
    case((7, 5), DENSE, 6, activation=ELU),
    case((1, 5), DENSE, 17, bias=False),
    # Images of width 1: square kernels of which one column acts.
    *[case((height, 1, 3), CONVOLUTION, 5, (k, k), same=True) for height in (1, 2, 9, 20) for k in (1, 2, 3, 5, 8)],
    case((20, 1, 2), CONVOLUTION, 18, (8, 5), (3, 2), same=True, activation=RELU),
    case((20, 1, 2), CONVOLUTION, 18, (8, 1), activation=TANH),
    case((9, 3, 2), CONVOLUTION, 4, (3, 3)),
    case((20, 1, 3), MAX_POOLING, window=(3, 2), stride=(2, 2), same=True),
    case((20, 1, 3), MAX_POOLING, window=(4, 1), stride=(3, 1)),
    *[case((12, 3), MAX_POOLING, window=(1, 3), stride=(1, s), same=True) for s in (1, 2, 3, 5)],
    # Batch normalisation: channels around the 64 of a block.
    *[case((4, c), NORMALIZATION) for c in (1, 15, 16, 63, 64, 65, 130)],
    case((3, 4, 5), NORMALIZATION),
    case((70,), NORMALIZATION),
    case((7, 5), AVERAGE),
    case((7, 3, 33), AVERAGE),
    case((6, 4), RESHAPE, 3, (2, 4)),
    case((6, 4), RESHAPE, 2, (0, 12)),
    case((2, 3, 4), RESHAPE, 24, (0, 0)),
    # Recurrent layers: steps around the 16 that are multiplied together, one step for the shortcut.
    *[case((t, 6), LSTM, 5, activation=TANH, sequences=q) for t in (1, 2, 15, 16, 17, 33) for q in (False, True)],
    *[case((t, 6), GRU, 5, activation=TANH, sequences=q) for t in (1, 2, 15, 16, 17, 33) for q in (False, True)],
    *[case((c,), UNIT_NORMALIZATION) for c in (1, 2, 7, 8, 64, 65)],
    case((5, 3), UNIT_NORMALIZATION),
    case((2, 3, 17), UNIT_NORMALIZATION),
    case((1, 200), LSTM, 37, activation=TANH),
    case((3, 40), LSTM, 37, activation=TANH),
    case((3, 40), GRU, 37, activation=TANH),
]


def weights(seed, weight):
    shape = tuple(weight.shape)
    if weight.name.endswith("kernel"):
        return drawn(seed, shape, np.sqrt(12.0 / np.prod(shape[:-1])))
    values = drawn(seed, shape, 1.0)
    return np.abs(values) + np.float32(0.5) if weight.name in ("gamma", "moving_variance") else values


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
        NORMALIZATION: kl.BatchNormalization,
        UNIT_NORMALIZATION: kl.UnitNormalization,
        AVERAGE: kl.GlobalAveragePooling1D if flat else kl.GlobalAveragePooling2D,
        RESHAPE: lambda: kl.Reshape(tuple(int(size) for size in (*row[8:10], units) if size)),
        LSTM: lambda: kl.LSTM(units, return_sequences=bool(row[18])),
        GRU: lambda: kl.GRU(units, return_sequences=bool(row[18])),
    }[kind]()
    layer.build((1, *shape))
    layer.set_weights([weights(1000 * index + 1 + number, weight) for number, weight in enumerate(layer.weights)])
    return np.asarray(layer(drawn(1000 * index, (1, *shape), 4.0), training=False))[0]


def fill(layers):
    seed = 500_000
    for layer in layers:
        for weight in layer.weights:
            weight.assign(weights(seed, weight))
            seed += 1


def joins(people):
    graph = Graph((9, 2))
    a = graph(kl.Conv1D(3, 2, padding="same"), graph.input)
    b = graph(kl.Activation("elu"), a)
    c = graph(kl.Conv1D(5, 3, padding="same", activation="tanh"), b)
    d = graph(kl.Concatenate(), graph.input, c, a, b)
    e = graph(kl.BatchNormalization(), d)
    f = graph(kl.Add(), d, e, d)
    g = graph(kl.MaxPooling1D(3, strides=1, padding="same"), f)
    h = graph(kl.Add(), f, g, e, d)
    i = graph(kl.GRU(7, return_sequences=True), h)
    j = graph(kl.LSTM(7, return_sequences=True), i)
    k = graph(kl.Add(), i, j)
    m = graph(kl.Reshape((3, 3, 7)), k)
    n = graph(kl.Conv2D(4, 2), m)
    o = graph(kl.Flatten(), n)
    q = graph(kl.Activation("sigmoid"), o)
    r = graph(kl.Concatenate(), q, o)
    s = graph(kl.Dense(11, activation="elu"), r)
    t = graph(kl.Activation("relu"), s)
    u = graph(kl.Add(), t, s)
    v = graph(kl.Dense(people), u)
    return graph.model(graph(kl.Activation("softmax"), v))


# For each network the seed of its samples, and which of its last hidden values are kept.
EVERY = {
    "lenet5": (lenet5, 900_000, 1), "cnn1d": (cnn1d, 900_001, 10), "cnn2d": (cnn2d, 900_002, 1),
    "crnn2d": (crnn2d, 900_003, 10), "lstm1d": (lstm1d, 900_004, 10), "inception1d": (inception1d, 900_005, 1),
    "resnet1d": (resnet1d, 900_006, 1), "joins": (joins, 900_007, 1), "compact1d": (compact1d, 900_008, 1),
    "embedder1d": (embedder1d, 900_009, 1), "embedder1d-small": (embedder1d_small, 900_011, 1),
    "deepecg": (deepecg, 900_010, 1),
}


def network(name):
    build, seed, every = EVERY[name]
    model = build(5)
    fill(getattr(model, "ours", model.layers))
    samples = drawn(seed, (2, *model.input_shape[1:]), 2.0)
    last = [layer for layer in model.layers if isinstance(layer, kl.Dense)][-1]
    hidden = keras.Model(model.inputs, last.input)
    probabilities = np.asarray(model(samples, training=False))
    embedding = np.asarray(hidden(samples, training=False))[:, ::every]
    np.concatenate([probabilities.ravel(), embedding.ravel()]).astype("<f4").tofile(FOLDER / f"network-{name}.f32")


if __name__ == "__main__":
    answers = [answer(index, *entry).ravel() for index, entry in enumerate(CASES)]
    np.array([row for _, row in CASES], "<i4").tofile(FOLDER / "network-cases.i32")
    np.concatenate(answers).astype("<f4").tofile(FOLDER / "network-answers.f32")
    for name in EVERY:
        network(name)
    counts = [build(people).count_params() for build, _, _ in EVERY.values() if build != joins for people in (90, 1145)]
    np.array(counts, "<i4").tofile(FOLDER / "network-counts.i32")
    print(len(CASES), "cases;", counts)
