"""Checks that Keras and h5py open model files, and that Keras computes what the files say.

    keras_opens_models.py model.h5 …

For each file: `keras.models.load_model` opens it; its prediction for the known input agrees with the known answer
within 1e-5; it agrees with the same layers computed in NumPy from the weights as h5py reads them;
and h5py reads every entry. Needs the packages of Tests/keras-requirements.txt.
"""

import argparse
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "jax")

import h5py
import keras
import numpy as np

# What is drawn here is replaced by the file's weights at once; Keras takes a minute for the largest.
for initializer in (keras.initializers.VarianceScaling, keras.initializers.Orthogonal):
    initializer.__call__ = lambda self, shape, dtype=None, **_: keras.ops.zeros(shape)

TOLERANCE = 1e-5
CONVOLUTION, MAX_POOLING, DENSE, FLATTEN, DROPOUT, ACTIVATION = range(1, 7)
NORMALIZATION, AVERAGE, RESHAPE, LSTM, GRU, ADD, CONCATENATE, UNIT = range(7, 15)
ACTIVATIONS = [
    lambda x: x,
    lambda x: np.maximum(x, 0),
    np.tanh,
    lambda x: np.exp(x - x.max(-1, keepdims=True)) / np.exp(x - x.max(-1, keepdims=True)).sum(-1, keepdims=True),
    lambda x: sigmoid(x),
    lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def windows(x, window, stride, same, fill):
    """All windows of an image (height, width, channels), as (rows, columns, channels, window height, window width)."""
    if same:
        pads = []
        for size, w, s in zip(x.shape, window, stride):
            total = max((-(-size // s) - 1) * s + w - size, 0)
            pads.append((total // 2, total - total // 2))
        x = np.pad(x, [*pads, (0, 0)], constant_values=fill)
    views = np.lib.stride_tricks.sliding_window_view(x, window, axis=(0, 1))
    return views[:: stride[0], :: stride[1]]


def recurrent(kind, x, kernel, recurrent_kernel, bias):
    """The states of an LSTM (gates i, f, c, o) or a GRU (z, r, h; reset after) over the steps of x."""
    units = recurrent_kernel.shape[0]
    state, cell, states = np.zeros(units), np.zeros(units), []
    for step in x:
        if kind == LSTM:
            i, f, c, o = np.split(step @ kernel + state @ recurrent_kernel + bias, 4)
            cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(c)
            state = sigmoid(o) * np.tanh(cell)
        else:
            z, r, h = np.split(step @ kernel + bias[0], 3)
            from_z, from_r, from_h = np.split(state @ recurrent_kernel + bias[1], 3)
            h = np.tanh(h + sigmoid(r + from_r) * from_h)
            state = sigmoid(z + from_z) * state + (1 - sigmoid(z + from_z)) * h
        states.append(state)
    return np.stack(states)


def forward(file):
    """The network's output for the known input, by the definition of each layer, in double precision."""
    ours = file["ecg"]
    rank, height, width, channels = ours.attrs["input_shape"]
    # Always height × width × channels; features have one place.
    outputs = {-1: ours["known_answer/input"][:].astype(np.float64).reshape(height, width, channels)}
    rows = zip(ours["layers"][:], ours["layer_numbers"][:], ours["layer_names"].asstr()[:])
    for index, (row, numbers, name) in enumerate(rows):
        kind, first, second, units, wh, ww, sh, sw, same, activation, has_bias, _, third, fourth, sequences, _ = row
        weights = {}
        if name in file["model_weights"] and name in file[f"model_weights/{name}"]:
            group = file[f"model_weights/{name}/{name}"]
            weights = {key.removesuffix(":0"): group[key][:].astype(np.float64) for key in group}
        x = outputs[first]
        if kind == CONVOLUTION:
            kernel = weights["kernel"].reshape(wh, ww, -1, units)
            x = np.einsum("rcihw,hwio->rco", windows(x, (wh, ww), (sh, sw), same, 0), kernel)
        elif kind == MAX_POOLING:
            x = windows(x, (wh, ww), (sh, sw), same, -np.inf).max(axis=(3, 4))
        elif kind == DENSE:
            x = x @ weights["kernel"]
        elif kind == FLATTEN:
            x = x.reshape(1, 1, -1)
        elif kind == NORMALIZATION:
            scale = weights["gamma"] / np.sqrt(weights["moving_variance"] + numbers[2])
            x = (x - weights["moving_mean"]) * scale + weights["beta"]
        elif kind == AVERAGE:
            x = x.mean(axis=(0, 1), keepdims=True)
        elif kind == UNIT:
            x = x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12)
        elif kind == RESHAPE:
            x = x.reshape(max(wh, 1), max(ww, 1), units)
        elif kind in (LSTM, GRU):
            x = recurrent(kind, x[0], weights["kernel"], weights["recurrent_kernel"], weights["bias"])
            x = (x if sequences else x[-1:])[None]
        elif kind in (ADD, CONCATENATE):
            inputs = [outputs[i] for i in (first, second, third - 2, fourth - 2) if i != -2]
            x = sum(inputs) if kind == ADD else np.concatenate(inputs, axis=-1)
        if kind in (CONVOLUTION, DENSE) and has_bias:
            x = x + weights["bias"]
        if kind not in (LSTM, GRU):
            x = ACTIVATIONS[activation](x)
        outputs[index] = x
    return x.reshape(-1)


def difference(name, a, b):
    worst = float(np.abs(np.asarray(a, np.float64).reshape(-1) - np.asarray(b, np.float64).reshape(-1)).max())
    print(f"  {name}: largest difference {worst:.1e}")
    return worst <= TOLERANCE


def check(path):
    print(path)
    model = keras.models.load_model(path, compile=False)
    with h5py.File(path) as file:
        entries = []
        file.visititems(lambda name, item: entries.append((name, item[()] if isinstance(item, h5py.Dataset) else None)))
        attributes = sum(len(dict(file[name].attrs)) for name, _ in [("/", None), *entries])
        print(f"  h5py: {len(entries)} entries, {attributes} attributes")
        answer = file["ecg/known_answer/output"][:]
        input = file["ecg/known_answer/input"][:].reshape(1, *model.input_shape[1:])
        independent = forward(file)
    keras_output = model.predict(input, verbose=0)
    good = difference("Keras and NumPy", keras_output, independent)
    return good & difference("Keras and the known answer", keras_output, answer)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+")
    arguments = parser.parse_args()
    sys.exit(0 if all([check(path) for path in arguments.models]) else 1)
