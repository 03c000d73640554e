"""Files from h5py and Keras for the HDF5 reader, and SHA-256 digests from hashlib."""

import hashlib
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py
import keras
import numpy as np

folder = pathlib.Path(__file__).parent


def digests():
    """Eight big-endian words for each length: bytes 0, 1, …, 250, 0, 1, …"""
    lengths = [0, 1, 54, 55, 56, 57, 62, 63, 64, 65, 119, 120, 127, 128, 129, 1000]
    rows = []
    for length in lengths:
        digest = hashlib.sha256(bytes(i % 251 for i in range(length))).digest()
        rows.append([length, *np.frombuffer(digest, ">u4").astype(np.uint32).view(np.int32)])
    np.array(rows, "<i4").tofile(folder / "modelfile-sha256.i32")


def kinds():
    """Every type and shape of the subset, and one of each thing outside it."""
    with h5py.File(folder / "modelfile-kinds.h5", "w", alignment_threshold=1, alignment_interval=8) as file:
        for name in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]:
            file[f"types/{name}"] = np.array([1, 2, 100], "<" + name)
            file.attrs[name] = np.array(-3 if name[0] != "u" else 3, "<" + name)
        file["types/text"] = np.array([b"one", b"three", b""], "S6")
        file.attrs["text"] = np.bytes_("hello")
        file["shapes/scalar"] = np.float32(4)
        file["shapes/cube"] = np.arange(24, dtype="<f4").reshape(2, 3, 4)
        file["shapes/four"] = np.arange(120, dtype="<f4").reshape(2, 3, 4, 5)
        file["shapes/empty"] = np.zeros((0, 3), "<f4")
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((3,))
        dataset = h5py.h5d.create(file["shapes"].id, b"compact", h5py.h5t.IEEE_F32LE, space, compact)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([1, 2, 3], "<f4"))

        outside = file.create_group("outside")
        outside["five"] = np.zeros((1, 1, 1, 1, 1), "<f4")
        outside["big_endian"] = np.array([1, 2], ">f4")
        outside["big_endian_integer"] = np.array([1, 2], ">i4")
        outside["complex"] = np.array([1 + 2j])
        outside["boolean"] = np.array([True])
        outside.create_dataset("chunked", data=np.zeros(8, "<f4"), chunks=(4,))
        outside.create_dataset("compressed", data=np.zeros(8, "<f4"), compression="gzip")
        outside["variable_text"] = np.array(["a", "bc"], dtype=h5py.string_dtype())
        outside["soft"] = h5py.SoftLink("/types/f4")
        outside["external"] = h5py.ExternalLink("other.h5", "/x")
        named = file.create_group("named")
        named["type"] = np.dtype("<f4")
        named.create_dataset("values", data=np.zeros(2, "<f4"), dtype=named["type"])
        file.attrs["variable"] = "a text of variable length"
    with h5py.File(folder / "modelfile-latest.h5", "w", libver="latest") as file:
        file["ecg/x"] = np.zeros(2, "<f4")


def many():
    """A group with so many members that its tree has two levels, and one with attributes in many blocks."""
    with h5py.File(folder / "modelfile-many.h5", "w") as file:
        values = [file.create_dataset(f"values/{i}", data=np.array([i], "<i4")) for i in range(7)]
        group = file.create_group("many")
        order = np.random.default_rng(1).permutation(400)
        for i in order:
            group[f"member_{i}"] = values[i % 7]
        other = file.create_group("attributes")
        for i in range(100):
            other.attrs[f"number_{i}"] = np.float64(i) / 4
        for i in range(0, 100, 3):
            del other.attrs[f"number_{i}"]


def keras_models():
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.layers.Input((6, 6, 1)),
            keras.layers.Conv2D(2, (3, 3), name="conv2d"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(3, activation="softmax", name="dense"),
        ]
    )
    model.save(folder / "modelfile-keras3.h5")
    with h5py.File(folder / "modelfile-keras3.h5") as file:
        # Keras 3 puts the model's name between: conv2d/sequential/conv2d/kernel.
        weights = file["model_weights/conv2d/sequential/conv2d"]
        np.concatenate([weights["kernel"][:].reshape(-1), weights["bias"][:]]).tofile(folder / "modelfile-keras3.f32")
    # As Keras 2 names an LSTM's weights.
    with h5py.File(folder / "modelfile-keras2.h5", "w") as file:
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = np.array([b"lstm", b"dense"])
        lstm = group.create_group("lstm")
        lstm.attrs["weight_names"] = np.array([b"lstm/lstm_cell/kernel:0"])
        lstm["lstm/lstm_cell/kernel:0"] = np.arange(8, dtype="<f4").reshape(2, 4)


if __name__ == "__main__":
    digests()
    kinds()
    many()
    keras_models()
