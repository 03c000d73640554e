"""A network of PyTorch in ONNX Runtime: as float32, quantised as it runs, and quantised beforehand with calibration."""

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import (
    CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static)
from onnxruntime.quantization.shape_inference import quant_pre_process

# The form of the weights, and how they came to it.
FORMS = {"onnxruntime": "", "onnxruntime, as it runs": ", int8", "onnxruntime, calibrated": ", int8"}


class Calibration(CalibrationDataReader):
    def __init__(self, name, batches):
        self.feeds = iter([{name: batch} for batch in batches])

    def get_next(self):
        return next(self.feeds, None)


def write(model, shape, batch, library, folder):
    """The network as a file in `folder`, ready to run."""
    plain, prepared, small = folder / "model.onnx", folder / "prepared.onnx", folder / "int8.onnx"
    torch.onnx.export(model, torch.zeros(batch, *shape), plain, dynamo=False)
    if library == "onnxruntime, as it runs":
        quantize_dynamic(plain, small, per_channel=True, weight_type=QuantType.QInt8)
    elif library == "onnxruntime, calibrated":
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        name = session(plain).get_inputs()[0].name
        random = np.random.default_rng(1)
        batches = [random.random((batch, *shape), dtype=np.float32) for _ in range(8)]
        quantize_static(
            prepared, small, Calibration(name, batches), quant_format=QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
    else:
        return plain
    return small


def session(file):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def runner(file, samples):
    """A function that runs the network in `file`."""
    opened = session(file)
    feed = {opened.get_inputs()[0].name: samples}
    return lambda: opened.run(None, feed)
