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

torch.set_num_threads(1)


def lenet5(people):
    first, second = int(1.25 * people), int(0.85 * people)
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16384, first), nn.ReLU(), nn.Linear(first, second), nn.ReLU(), nn.Linear(second, people),
        nn.Softmax(-1),
    ), (1, 64, 64)


def cnn1d(people):
    return nn.Sequential(
        nn.Conv1d(1, 100, 4), nn.Tanh(), nn.MaxPool1d(2),
        nn.Conv1d(100, 200, 2), nn.Tanh(), nn.MaxPool1d(4),
        nn.Conv1d(200, 300, 1), nn.Tanh(), nn.MaxPool1d(2),
        nn.Conv1d(300, 400, 1), nn.Tanh(), nn.Flatten(),
        nn.Linear(4800, 3000), nn.Tanh(), nn.Linear(3000, people), nn.Softmax(-1),
    ), (1, 200)


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


for name, build, people in (("lenet5", lenet5, 90), ("lenet5", lenet5, 1145), ("cnn1d", cnn1d, 90)):
    model, shape = build(people)
    model.eval()
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
