"""The networks of Library/Networks.swift in PyTorch, ONNX Runtime and LiteRT, one thread: microseconds per beat.

    python Benchmarks/peers/networks.py [ROW…]

A row is what its name begins with: "lenet5", "cnn1d, 90 people, batch 16".
Needs torch; ONNX Runtime (onnx, onnxruntime) and LiteRT (ai-edge-litert, keras, tensorflow-cpu) are measured when they are
there: in float32, with int8 weights and activations quantised as the network runs (what our int8 does, too), and with both
quantised beforehand by calibration. Weights and samples are random. A network that a peer cannot convert or run is
reported with the reason.
"""

import os
import sys

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import itertools
import signal
import subprocess
import tempfile
from pathlib import Path

import torch
from torch import nn

from timing import measure
from torch_networks import NETWORKS

torch.set_num_threads(1)

try:
    import onnx_networks
except ImportError as error:
    onnx_networks = None
    print("ONNX Runtime: not measured", error, sep="\t")
LITERT = {"litert": "", "litert, as it runs": ", int8", "litert, calibrated": ", int8"}
LONGEST_CONVERSION = 600  # seconds


def report(row, library, time_taken):
    print(row, library, time_taken, sep="\t", flush=True)


def onnx_time(model, shape, batch, library, samples):
    with tempfile.TemporaryDirectory() as folder:
        try:
            file = onnx_networks.write(model, shape, batch, library, Path(folder))
            return round(measure(onnx_networks.runner(file, samples)) / batch, 1)
        except Exception as error:  # it cannot export or run this network
            return f"not measured ({type(error).__name__})"


def litert_time(name, people, batch, library):
    command = [sys.executable, Path(__file__).with_name("litert_networks.py"), name, str(people), str(batch), library]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_CONVERSION)
    except subprocess.TimeoutExpired:
        return f"not measured (not converted within {LONGEST_CONVERSION} s)"
    if done.returncode < 0:
        return f"not measured (the converter crashed: {signal.strsignal(-done.returncode)})"
    if done.returncode > 0:
        return f"not measured ({done.stderr.strip().splitlines()[-1][:160]})"
    return float(done.stdout.split()[-1])


CASES = [("lenet5", 90), ("lenet5", 1145)] + [(name, 90) for name in NETWORKS if name != "lenet5"]
for batch, (name, people) in itertools.product((1, 16), CASES):
    row = f"{name}, {people} people, batch {batch}"
    if sys.argv[1:] and not row.startswith(tuple(sys.argv[1:])):
        continue
    build, shape, _ = NETWORKS[name]
    model = nn.Sequential(build(people), nn.Softmax(-1)).eval()
    samples = torch.rand(batch, *shape)
    with torch.inference_mode():
        report(row, "torch", round(measure(lambda: model(samples)) / batch, 1))
    if onnx_networks:
        for library, form in onnx_networks.FORMS.items():
            report(row + form, library, onnx_time(model, shape, batch, library, samples.numpy()))
    for library, form in LITERT.items():
        report(row + form, library, litert_time(name, people, batch, library))
