"""Saves all networks from Keras, at their true size, for import.

    keras_saves_models.py FOLDER PEOPLE

For each network: FOLDER/NAME.h5 and FOLDER/NAME.f32, three inputs followed by Keras' three outputs (32-bit floats).
Needs the packages of Tests/keras-requirements.txt.
"""

import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "jax")
sys.path.insert(0, str(pathlib.Path(__file__).parent / "Vectors"))

import keras
import numpy as np
from keras_networks import NETWORKS, compact1d, deepecg, embedder1d, embedder1d_small

generator = np.random.default_rng(1)


def draw(initializer, shape, dtype=None, **_):
    """Weights of Glorot's variance: Keras takes a minute to make an orthogonal matrix of 2,048 rows."""
    fan = np.prod(shape[:-2], initial=1) * (shape[-2] + shape[-1])
    return keras.ops.convert_to_tensor(generator.normal(0, np.sqrt(2 / fan), shape).astype("f4"))


keras.initializers.VarianceScaling.__call__ = draw
keras.initializers.Orthogonal.__call__ = draw


def randomize(model):
    """Biases and moving averages other than zeros and ones."""
    for variable in model.variables:
        values = np.asarray(variable)
        if values.ndim == 1 or variable.name == "bias":
            noise = generator.normal(0, 0.1, values.shape)
            variable.assign(values + (abs(noise) if variable.name == "moving_variance" else noise))


if __name__ == "__main__":
    folder, people = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    others = {"compact1d": compact1d, "embedder1d": embedder1d, "embedder1d-small": embedder1d_small, "deepecg": deepecg}
    for name, build in {**NETWORKS, **others}.items():
        model = build(people)
        randomize(model)
        inputs = generator.normal(0, 1, (3, *model.input_shape[1:])).astype("<f4")
        outputs = np.asarray(model.predict(inputs, verbose=0), "<f4")
        np.concatenate([inputs.ravel(), outputs.ravel()]).tofile(folder / f"{name}.f32")
        model.save(folder / f"{name}.h5")
