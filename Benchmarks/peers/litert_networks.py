"""A network of Keras in LiteRT (TensorFlow Lite): as float32, with int8 weights and activations quantised as it runs
("dynamic range"), and with both quantised beforehand ("full integer").

    python litert_networks.py NETWORK PEOPLE BATCH LIBRARY

prints microseconds per beat: a program of its own, since the converter does not survive every network.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from timing import measure

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../Tests/Vectors"))
import keras_networks


def network(name, people):
    if name == "resnet1d as 1-D":
        return keras_networks.resnet1d(people, square=False)
    return getattr(keras_networks, name)(people)


def write(model, batch, library, folder):
    """The network as a file in `folder`, ready to run."""
    shape = (batch, *model.input_shape[1:])
    call = tf.function(
        lambda samples: model(samples, training=False), input_signature=[tf.TensorSpec(shape, tf.float32)])
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [convert_variables_to_constants_v2(call.get_concrete_function())])
    if library != "litert":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if library == "litert, calibrated":
        random = np.random.default_rng(1)
        converter.representative_dataset = lambda: (
            [random.random(shape, dtype=np.float32)] for _ in range(8))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    file = Path(folder) / "model.tflite"
    file.write_bytes(converter.convert())
    return file


def runner(file, samples):
    """A function that runs the network in `file`; calibrated ones take int8."""
    interpreter = Interpreter(str(file), num_threads=1)
    interpreter.allocate_tensors()
    source, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    samples = samples.reshape(source["shape"]).astype(source["dtype"])

    def run():
        interpreter.set_tensor(source["index"], samples)
        interpreter.invoke()
        return interpreter.get_tensor(result["index"])

    return run


if __name__ == "__main__":
    name, people, batch, library = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    model = network(name, people)
    samples = np.random.default_rng(1).random((batch, *model.input_shape[1:]), dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        print(round(measure(runner(write(model, batch, library, folder), samples)) / batch, 1))
