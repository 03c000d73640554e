"""From a weights file to the first answer: time, resident memory and size of the library, beside ONNX Runtime and LiteRT.

    PYTHONPATH=python ECG_LIBRARY=build/device/libecg.so python Benchmarks/peers/cold_start.py .build/release/ecgid

Every start is a process of its own, which has loaded NumPy before its time begins and its memory is looked at; one thread.
Times are processor time, the least of several starts, the contestants in turns; files are in the page cache. libecg is called from Python as the
others are. It also checks the SHA-256 of the whole file, unless it is said that this comes later; LeNet-5 includes making
the beat's scalogram, and the tables for it. Weights are random.

Needs keras, tensorflow-cpu, ai-edge-litert, torch, onnx and onnxruntime.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np

ROUNDS = 7
NETWORKS = [("lenet5", 90), ("cnn1d", 90), ("cnn1d", 3500)]


# MARK: One start, in a process of its own. Each function yields when it has loaded its library, opened the file, answered.


def start_ecg(file, samples):
    import ecg

    yield
    model = ecg.Model(file)
    yield
    model.identify_beats(samples)
    yield


def start_ecg_unchecked(file, samples):
    """As ecg_model_open does it, but for the digest: ecg_session_verify may check that later."""
    import ctypes
    import mmap

    import ecg
    from ecg._library import check, library

    size, model, session = ctypes.c_size_t(), ctypes.c_void_p(), ctypes.c_void_p()
    yield
    with open(file, "rb") as content:
        mapped = np.frombuffer(mmap.mmap(content.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
    address, count = ctypes.c_void_p(mapped.ctypes.data), ctypes.c_size_t(mapped.size)
    check(library.ecg_model_size(address, count, ctypes.byref(size)))
    memory = np.empty(size.value + 64, np.uint8)
    aligned = ctypes.c_void_p(memory.ctypes.data + -memory.ctypes.data % 64)
    check(library.ecg_model_init(address, count, aligned, size, ctypes.byref(model)))
    yield
    people = np.empty(100_000, np.float32)
    identity = ecg._library.IdentityStruct(struct_size=ctypes.sizeof(ecg._library.IdentityStruct))
    check(library.ecg_session_open(model, ctypes.c_double(1), ctypes.c_double(500), ctypes.byref(session)))
    pointers = [array.ctypes.data_as(ctypes.POINTER(ctypes.c_float)) for array in (samples, people)]
    check(library.ecg_identify(session, pointers[0], 1, ctypes.byref(identity), pointers[1]))
    yield


def start_onnxruntime(file, samples):
    import onnxruntime

    yield
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    yield
    source = session.get_inputs()[0]
    session.run(None, {source.name: samples.reshape(source.shape)})
    yield


def start_litert(file, samples):
    from ai_edge_litert.interpreter import Interpreter

    yield
    interpreter = Interpreter(file, num_threads=1)
    interpreter.allocate_tensors()
    yield
    source = interpreter.get_input_details()[0]
    interpreter.set_tensor(source["index"], samples.reshape(source["shape"]))
    interpreter.invoke()
    interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    yield


CONTESTANTS = {
    "libecg": start_ecg, "libecg, digest later": start_ecg_unchecked, "ONNX Runtime": start_onnxruntime,
    "LiteRT": start_litert}


def resident():
    """Bytes of this process in memory, with mapped files (weights, libraries) and without."""
    values = {}
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("Rss"):
            name, number = line.split()[:2]
            values[name] = int(number) << 10
    return sum(values.values()), values["RssAnon:"]


def libraries():
    """Shared libraries in this process, with their sizes."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    files = {line.split(None, 5)[5] for line in lines if ".so" in line}
    return {file: os.path.getsize(file) for file in files if os.path.exists(file)}


def start(contestant, file, count):
    samples = np.random.default_rng(1).random((1, count), dtype=np.float32)
    before, memory = libraries(), resident()
    times = [time.process_time()]
    steps = CONTESTANTS[contestant](file, samples)
    for _ in range(3):
        next(steps)
        times.append(time.process_time())
    more = resident()
    new = {name: size for name, size in libraries().items() if name not in before}
    own = sum(size for name, size in new.items() if any(word in name for word in ("ecg", "onnxruntime", "litert")))
    print(json.dumps({
        "times": [1e3 * (after - start) for start, after in zip(times, times[1:])],
        "resident": [(after - start) / 1e6 for start, after in zip(memory, more)], "library": own / 1e6}))


# MARK: All of them, in Markdown


def import_model(ecgid, name, people, folder):
    """A network of Keras with random weights, and our file of it."""
    import litert_networks

    network, keras, labels, file = litert_networks.network(name, people), *(
        folder / name for name in ("keras.h5", "people.txt", "model.h5"))
    network.save(keras)
    labels.write_text("".join(f"person {number}\n" for number in range(people)))
    subprocess.run([ecgid, "import", keras, "--labels", labels, "-o", file], check=True, stdout=subprocess.DEVNULL)
    return network, file


def files(ecgid, name, people, folder):
    """The same network as each contestant's file, with how many samples it takes."""
    import torch
    from torch import nn

    import litert_networks
    import onnx_networks
    from torch_networks import NETWORKS as TORCH

    network, ours = import_model(ecgid, name, people, folder)
    build, shape, _ = TORCH[name]
    model = nn.Sequential(build(people), nn.Softmax(-1)).eval()
    onnx = onnx_networks.write(model, shape, 1, "onnxruntime", folder)
    lite = litert_networks.write(network, 1, "litert", folder)
    beat, values = 200, int(np.prod(shape))
    return dict(zip(CONTESTANTS, [(ours, beat), (ours, beat), (onnx, values), (lite, values)]))


def main():
    print("| network, its weights | | library, MB | loading it, ms | opening the file | first answer "
          "| file to first answer | memory, MB | of it private |")
    print("|" + "---|" * 9)
    for name, people in NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            contestants = files(sys.argv[1], name, people, Path(folder))
            results = {contestant: [] for contestant in contestants}
            # Modules are compiled at the first start alone.
            environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
            environment["PYTHONPYCACHEPREFIX"] = folder
            for _ in range(ROUNDS):
                for contestant, (file, count) in contestants.items():
                    done = subprocess.run(
                        [sys.executable, __file__, "start", contestant, str(file), str(count)],
                        check=True, capture_output=True, text=True, env=environment)
                    results[contestant].append(json.loads(done.stdout.splitlines()[-1]))
            megabytes = os.path.getsize(Path(folder) / "model.h5") / 1e6
        for contestant, starts in results.items():
            load, opening, answer = (min(one["times"][step] for one in starts) for step in range(3))
            both = min(sum(one["times"][1:]) for one in starts)
            memory, private = (min(one["resident"][which] for one in starts) for which in (0, 1))
            cells = [f"{name}, {people:,} people, {megabytes:.0f} MB", contestant, f"{starts[0]['library']:.1f}"]
            cells += [f"{value:.2f}" for value in (load, opening, answer, both)]
            print("|", " | ".join([*cells, f"{memory:.0f}", f"{private:.0f}"]), "|", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "start":
        start(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
