"""Golden values for float16 and int8 weights: the arithmetic of WeightFormat.md in numpy, exact integers between floats.

    python Tests/Vectors/weights.py

Kernels, inputs and biases are drawn as network.py draws them.

weights-cases.i32      for each single-layer case: input shape (rank, height, width, channels) and the layer's 16 integers
weights-answers.f32    the cases' outputs with int8 kernels, one behind the other
weights-halves.f32     the same with float16 kernels
weights-bytes.i32      the int8 kernel of the first case of each kind of layout, as the file holds it
weights-NAME-i8.f32    the network for 5 people, two samples: probabilities (2 x 5), then the last hidden layer
weights-NAME-f16.f32   the same with float16 kernels
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
from pathlib import Path

import keras
import numpy as np
from keras import layers as kl

from keras_networks import compact1d, lenet5
from network import CONVOLUTION, DENSE, GRU, LSTM, RELU, SOFTMAX, TANH, case, drawn, fill, weights

FOLDER = Path(__file__).parent
F = np.float32


def quantized_kernel(kernel):
    """Bytes and scales of a kernel whose last dimension are the columns: symmetric, one scale a column."""
    rows = kernel.reshape(-1, kernel.shape[-1])
    largest = np.abs(rows).max(axis=0)
    scales = np.where(largest > 0, (largest / F(127)).astype(F), F(1))
    return np.clip(np.rint((rows / scales).astype(F)), -127, 127).astype(np.int64).reshape(kernel.shape), scales


def quantized_values(values):
    """Bytes less their zero, and their scale."""
    values = values.astype(F)
    largest = np.abs(values).max()
    if largest < F(1e-30):
        return np.zeros(values.shape, np.int64), F(0)
    scale = F(largest / F(127 if values.min() < 0 else 255))
    return np.rint((values * F(F(1) / scale)).astype(F)).astype(np.int64), scale


def activated(x, activation):
    x = x.astype(np.float64)
    if activation == RELU:
        return np.maximum(x, 0)
    if activation == TANH:
        return np.tanh(x)
    if activation == SOFTMAX:
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)
    return x


def rows_times(values, kernel):
    """Each row with a scale of its own."""
    q, scales = quantized_kernel(kernel)
    out = []
    for row in values.reshape(-1, values.shape[-1]):
        bytes_, scale = quantized_values(row)
        out.append((bytes_ @ q).astype(np.float64) * scale.astype(np.float64) * scales)
    return np.array(out).reshape(*values.shape[:-1], -1)


def padded(values, kernel, strides, same):
    before = []
    for size, window, stride in zip(values.shape[:-1], kernel.shape[:-2], strides):
        total = max((-(-size // stride) - 1) * stride + window - size, 0) if same else 0
        before.append((total // 2, total - total // 2))
    return np.pad(values, before + [(0, 0)])


def convolution(values, kernel, strides, same):
    """One sample, any number of axes; exact where values and kernel are integers."""
    image = padded(values, kernel, strides, same)
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape[:-2], axis=tuple(range(image.ndim - 1)))
    windows = windows[tuple(slice(None, None, stride) for stride in strides)]
    axes = list(range(kernel.ndim - 2))
    first = image.ndim
    return np.tensordot(windows, kernel, axes=([first + a for a in axes] + [image.ndim - 1], axes + [kernel.ndim - 2]))


def convolved(values, kernel, strides, same):
    q, scales = quantized_kernel(acting(values, kernel))
    bytes_, scale = quantized_values(values)
    if q.shape != kernel.shape:
        bytes_, strides, same_kernel = bytes_, strides, q
        return convolution_of_column(bytes_, q, kernel, strides, same) * float(scale) * scales
    return convolution(bytes_, q, strides, same).astype(np.float64) * float(scale) * scales


def acting(values, kernel):
    """Of a square kernel over an image of width 1 the column that meets it."""
    if kernel.ndim == 4 and values.shape[1] == 1 and values.shape[0] > 1 and kernel.shape[1] > 1:
        left = (kernel.shape[1] - 1) // 2
        return kernel[:, left : left + 1]
    return kernel


def convolution_of_column(values, column, kernel, strides, same):
    return convolution(values, column, (strides[0], 1), same)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(values, kernel, recurrent, bias, sequences, times):
    units = recurrent.shape[0]
    h, c, out = np.zeros(units), np.zeros(units), []
    for step in values:
        gates = times(step[None], kernel)[0] + bias
        if out:
            gates = gates + times(h.astype(F)[None], recurrent)[0]
        i, f, g, o = np.split(gates, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        out.append(h)
    return np.array(out) if sequences else out[-1]


def gru(values, kernel, recurrent, bias, sequences, times):
    units = recurrent.shape[0]
    h, out = np.zeros(units), []
    for step in values:
        x = times(step[None], kernel)[0] + bias[0]
        r = times(h.astype(F)[None], recurrent)[0] + bias[1]
        z, reset = sigmoid(x[:units] + r[:units]), sigmoid(x[units : 2 * units] + r[units : 2 * units])
        h = z * h + (1 - z) * np.tanh(x[2 * units :] + reset * r[2 * units :])
        out.append(h)
    return np.array(out) if sequences else out[-1]


def halves_times(values, kernel):
    return values.astype(np.float64) @ kernel.astype(np.float16).astype(np.float64)


CASES = []
# Filters around the vector widths 8, 16, 32 and 64; positions around the tile heights 2, 4, 6 and 12.
for filters in (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 80, 96):
    CASES.append(case((19, 3), CONVOLUTION, filters, (1, 3), same=True))
for width in (3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 26, 27):
    CASES.append(case((4, width, 2), CONVOLUTION, 18, (2, 3), same=False, activation=TANH))
# Depths around the four values of a group.
for channels in (1, 2, 3, 4, 5, 8, 9):
    CASES.append(case((11, channels), CONVOLUTION, 5, (1, 3), same=True, bias=False))
CASES += [
    case((7, 6, 2), CONVOLUTION, 5, (5, 5), (2, 2), same=True, activation=RELU),
    case((8, 11, 2), CONVOLUTION, 5, (5, 4), (2, 3), same=False),
    case((3, 2, 2), CONVOLUTION, 6, (7, 8), same=True),
    case((8, 11, 2), CONVOLUTION, 5, (2, 2), (3, 4), same=True),
    case((21, 3), CONVOLUTION, 10, (1, 5), (1, 3), same=False),
    case((1, 3), CONVOLUTION, 10, (1, 3), same=True),
    *[case((9, 1, 3), CONVOLUTION, 5, (k, k), same=True) for k in (1, 2, 3, 5, 8)],
    case((20, 1, 2), CONVOLUTION, 18, (8, 5), (3, 2), same=True, activation=RELU),
    *[case((n,), DENSE, units) for n in (1, 3, 4, 5, 63, 64, 65) for units in (1, 16, 33)],
    *[case((37,), DENSE, units) for units in (255, 256, 257, 321)],
    case((30,), DENSE, 12, activation=SOFTMAX),
    case((13, 5), DENSE, 6, activation=RELU),
    *[case((t, 6), LSTM, 5, activation=TANH, sequences=q) for t in (1, 2, 7, 8, 9, 17) for q in (False, True)],
    *[case((t, 6), GRU, 5, activation=TANH, sequences=q) for t in (1, 2, 17) for q in (False, True)],
]


def tensors(index, shape, row):
    kind, units, window = row[4], row[7], row[8:10]
    names = [("kernel", None), ("bias", (units,))]
    if kind == CONVOLUTION:
        names[0] = ("kernel", ((window[1],) if len(shape) == 2 else tuple(window)) + (shape[-1], units))
    elif kind == DENSE:
        names[0] = ("kernel", (shape[-1], units))
    else:
        gates = 4 if kind == LSTM else 3
        bias = (gates * units,) if kind == LSTM else (2, gates * units)
        names = [("kernel", (shape[-1], gates * units)), ("kernel", (units, gates * units)), ("bias", bias)]
    if not row[14]:
        names = names[:1]
    return [
        drawn(1000 * index + 1 + number, size, np.sqrt(12.0 / np.prod(size[:-1])) if name == "kernel" else 1.0)
        for number, (name, size) in enumerate(names)
    ]


def answer(index, shape, row, halves):
    kind, activation, sequences = row[4], row[13], bool(row[18])
    values = drawn(1000 * index, shape, 4.0)
    kernel, *rest = tensors(index, shape, row)
    times = halves_times if halves else rows_times
    if kind in (LSTM, GRU):
        return (lstm if kind == LSTM else gru)(values, kernel, rest[0], rest[1], sequences, times)
    if kind == DENSE:
        result = times(values[None] if values.ndim == 1 else values, kernel)
        result = result[0] if values.ndim == 1 else result
    else:
        strides = row[10:12] if len(shape) == 3 else row[11:12]
        if halves:
            result = convolution(values.astype(np.float64), kernel.astype(np.float16).astype(np.float64), strides, row[12])
        else:
            result = convolved(values, kernel, strides, row[12])
    return activated(result + (rest[0] if rest else 0), activation)


def as_stored(kernel, image_width=2):
    """[segments][groups][columns][4]"""
    q, _ = quantized_kernel(kernel)
    if q.ndim == 2:
        q = q[None]
    elif q.ndim == 3:
        q = q.reshape(1, -1, q.shape[-1])
    else:
        q = q.reshape(q.shape[0], -1, q.shape[-1])
    depth = q.shape[1]
    q = np.pad(q, ((0, 0), (0, -depth % 4), (0, 0)))
    return q.reshape(q.shape[0], -1, 4, q.shape[-1]).transpose(0, 1, 3, 2)


def network(name, build, seed):
    """The layers one after another, pooling and flattening by Keras."""
    model = build(5)
    fill(model.layers)
    samples = drawn(seed, (2, *model.input_shape[1:]), 2.0)
    for halves in (False, True):
        probabilities, hidden = [], []
        for sample in samples:
            values = sample.astype(F)
            for layer in model.layers:
                if isinstance(layer, (kl.Conv1D, kl.Conv2D, kl.Dense)):
                    kernel, bias = (np.asarray(w) for w in layer.weights)
                    activation = {"relu": RELU, "softmax": SOFTMAX, "linear": 0}[layer.activation.__name__]
                    if isinstance(layer, kl.Dense):
                        hidden_now = values
                        values = (halves_times if halves else rows_times)(values[None], kernel)[0]
                    elif halves:
                        values = convolution(
                            values.astype(np.float64), kernel.astype(np.float16).astype(np.float64), layer.strides, True)
                    else:
                        values = convolved(values, kernel, layer.strides, True)
                    values = activated(values + bias, activation).astype(F)
                else:
                    values = np.asarray(layer(values[None], training=False))[0]
            probabilities.append(values)
            hidden.append(hidden_now)
        form = "f16" if halves else "i8"
        np.concatenate([np.ravel(probabilities), np.ravel(hidden)]).astype("<f4").tofile(
            FOLDER / f"weights-{name}-{form}.f32")


if __name__ == "__main__":
    np.array([row for _, row in CASES], "<i4").tofile(FOLDER / "weights-cases.i32")
    for halves, name in ((False, "answers"), (True, "halves")):
        answers = [np.ravel(answer(index, *entry, halves)) for index, entry in enumerate(CASES)]
        np.concatenate(answers).astype("<f4").tofile(FOLDER / f"weights-{name}.f32")
    # Steps, an image, an image of width 1, features.
    shapes = [((3, 3, 5), 2), ((2, 3, 2, 6), 2), ((7, 3), 2)]
    stored = [as_stored(drawn(77, size, 2.0)).ravel() for size, _ in shapes]
    np.concatenate(stored).astype("<i4").tofile(FOLDER / "weights-bytes.i32")
    network("compact1d", compact1d, 900_008)
    network("lenet5", lenet5, 900_000)
    print(len(CASES), "cases")
