"""The networks of Library/Networks.swift in PyTorch and ONNX Runtime, one thread: microseconds per beat.

    python Benchmarks/peers/networks.py

Needs torch; onnxruntime and onnx are measured when they are there. Weights are random.
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


def onnx_session(model, shape, batch):
    import io

    import onnxruntime

    buffer = io.BytesIO()
    torch.onnx.export(model, torch.zeros(batch, *shape), buffer, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(buffer.getvalue(), options, providers=["CPUExecutionProvider"])


CASES = [("lenet5", 90), ("lenet5", 1145)] + [(name, 90) for name in NETWORKS if name != "lenet5"]
for name, people in CASES:
    build, shape, _ = NETWORKS[name]
    model = nn.Sequential(build(people), nn.Softmax(-1)).eval()
    for batch in (1, 16):
        row = f"{name}, {people} people, batch {batch}"
        samples = torch.rand(batch, *shape)
        with torch.inference_mode():
            print(row, "torch", round(measure(lambda: model(samples)) / batch, 1), sep="\t", flush=True)
        try:
            session = onnx_session(model, shape, batch)
        except Exception as error:  # not installed, or it cannot export
            print(row, "onnxruntime", f"not measured ({type(error).__name__})", sep="\t", flush=True)
            continue
        feed = {session.get_inputs()[0].name: samples.numpy()}
        print(row, "onnxruntime", round(measure(lambda: session.run(None, feed)) / batch, 1), sep="\t", flush=True)
