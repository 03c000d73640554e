"""The networks of Library/Networks.swift in PyTorch and ONNX Runtime, one thread: microseconds per beat.

    python Benchmarks/peers/networks.py

Needs torch; onnxruntime and onnx are measured when they are there, in float32 and with int8 weights and activations
quantised as the network runs (`quantize_dynamic`, what our int8 does, too). Weights are random.
"""

import os

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import time

import torch
from torch import nn

from torch_networks import NETWORKS

torch.set_num_threads(1)


def measure(body):
    """Fastest call in a second, in microseconds of this thread's processor time."""
    body()
    times, end = [], time.perf_counter() + 1
    while len(times) < 5 or time.perf_counter() < end:
        start = time.thread_time()
        body()
        times.append(time.thread_time() - start)
    return min(times) * 1e6


def onnx_session(model, shape, batch, int8=False):
    import tempfile
    from pathlib import Path

    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        file, small = Path(folder) / "model.onnx", Path(folder) / "int8.onnx"
        torch.onnx.export(model, torch.zeros(batch, *shape), file, dynamo=False)
        if int8:
            quantize_dynamic(file, small, per_channel=True, weight_type=QuantType.QInt8)
        return onnxruntime.InferenceSession(
            str(small if int8 else file), options, providers=["CPUExecutionProvider"])


CASES = [("lenet5", 90), ("lenet5", 1145)] + [(name, 90) for name in NETWORKS if name != "lenet5"]
for name, people in CASES:
    build, shape, _ = NETWORKS[name]
    model = nn.Sequential(build(people), nn.Softmax(-1)).eval()
    for batch in (1, 16):
        row = f"{name}, {people} people, batch {batch}"
        samples = torch.rand(batch, *shape)
        with torch.inference_mode():
            print(row, "torch", round(measure(lambda: model(samples)) / batch, 1), sep="\t", flush=True)
        for form, int8 in (("", False), (", int8", True)):
            try:
                session = onnx_session(model, shape, batch, int8)
                feed = {session.get_inputs()[0].name: samples.numpy()}
                time_taken = round(measure(lambda: session.run(None, feed)) / batch, 1)
            except Exception as error:  # not installed, or it cannot export or run
                time_taken = f"not measured ({type(error).__name__})"
            print(row + form, "onnxruntime", time_taken, sep="\t", flush=True)
