"""Training speed of the seven networks: ours beside Keras and PyTorch, in one run.

    python Benchmarks/peers/training.py OURS [--seconds 40] [NETWORK[:BATCH]…]

OURS is the program benchmark-training. Each contestant is a process of its own that waits while another one trains.
They take turns in short rounds, so that whatever else the machine does meets all of them alike; what is reported are
medians over the rounds, of samples per second and of the ratio to ours. Networks are trained for 90 people at their
published batch size and at 64, on random samples. THREADS (default 2) is the number of threads of each; with one thread
the ratio by processor time (which counts waiting threads, too) holds even on a machine that is busy with other things.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

THREADS = int(os.environ.get("THREADS", 2))
PUBLISHED = {
    "lenet5": 368, "cnn1d": 32, "cnn2d": 8, "crnn2d": 32, "lstm1d": 32, "inception1d": 64, "resnet1d": 16,
}
PEOPLE = 90
CONTESTANTS = ["ours", "ours bfloat16", "keras", "torch", "torch bfloat16"]


# MARK: A peer's process: reads "build NETWORK PEOPLE BATCH" and "train STEPS" from its input, as benchmark-training does.


def keras_steps(name, people, batch):
    import keras
    import numpy as np
    import tensorflow as tf

    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../Tests/Vectors"))
    import keras_networks

    keras.backend.clear_session()
    model = keras_networks.NETWORKS[name](people)
    optimizer = "sgd" if name == "crnn2d" else "adam"
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    x = tf.constant(np.random.rand(batch, *model.input_shape[1:]).astype("f4"))
    y = tf.constant(np.arange(batch) % people)
    return lambda: model.train_on_batch(x, y)


def torch_steps(name, people, batch, bfloat16):
    import torch
    from torch import nn

    import torch_networks

    torch.set_num_threads(THREADS)
    build, shape, penalty = torch_networks.NETWORKS[name]
    model = build(people)
    if name.startswith("crnn2d"):
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    else:
        optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    x, y = torch.rand(batch, *shape), torch.arange(batch) % people
    kernels = [m.weight for m in model.modules() if isinstance(m, (nn.Conv1d, nn.Conv2d))] if penalty else []

    def step():
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            loss = nn.functional.cross_entropy(model(x), y) + sum(penalty * (k * k).sum() for k in kernels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def serve(library):
    if library == "keras":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(THREADS)
        tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    step = None
    for line in sys.stdin:
        words = line.split("\t")
        if words[0] == "build":
            name, people, batch = words[1], int(words[2]), int(words[3])
            if library == "keras":
                step = keras_steps(name, people, batch)
            else:
                step = torch_steps(name, people, batch, library == "torch bfloat16")
            print("built", flush=True)
        else:
            clock, processor = time.perf_counter(), time.process_time()
            for _ in range(int(words[1])):
                step()
            print(time.perf_counter() - clock, time.process_time() - processor, sep="\t", flush=True)


# MARK: The contest


class Contestant:
    def __init__(self, library, ours):
        self.library, self.ours = library, ours
        self.start()

    def start(self):
        library, ours = self.library, self.ours
        command = [ours, "serve"] if library.startswith("ours") else [sys.executable, __file__, "--serve", library]
        environment = dict(
            os.environ, OMP_NUM_THREADS=str(THREADS), CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=environment)

    def ask(self, *words):
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.library} has ended")
        return answer.strip()

    def build(self, name, people, batch, seconds):
        """Builds a network, warms it up and chooses how many steps a round has."""
        precision = ["bfloat16" if self.library.endswith("bfloat16") else "float32"]
        self.ask("build", name, people, batch, *(precision if self.library.startswith("ours") else []))
        self.train(1)
        self.steps = max(1, min(50, round(seconds / self.train(1)[0])))

    def train(self, steps):
        """Seconds of the clock and of the processor."""
        return [float(seconds) for seconds in self.ask("train", steps).split("\t")]

    def rates(self):
        """Steps per second of either after another round."""
        return [self.steps / seconds for seconds in self.train(self.steps)]


def contest(contestants, name, batch, seconds):
    end = time.monotonic() + seconds
    label = f"{name}, {PEOPLE} people, batch {batch}"
    taking_part = []
    for contestant in contestants:
        try:
            contestant.build(name, PEOPLE, batch, seconds=min(0.5, seconds / 40))
            taking_part.append(contestant)
        except Exception as error:
            print(label, contestant.library, f"not measured ({error})", sep="\t", flush=True)
            contestant.start()
    rates = {contestant.library: [] for contestant in taking_part}
    while len(rates["ours"]) < 3 or time.monotonic() < end:
        for contestant in taking_part:
            rates[contestant.library].append(contestant.rates())
    for library, values in rates.items():
        clock = statistics.median(batch * value[0] for value in values)
        ratios = [
            statistics.median(own[time] / value[time] for own, value in zip(rates["ours"], values)) for time in (0, 1)
        ]
        print(
            label, library, f"{clock:.0f} samples/s", f"ours is {ratios[0]:.2f} times as fast",
            f"{ratios[1]:.2f} by processor time", f"{len(values)} rounds", sep="\t", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ours")
    parser.add_argument("cases", nargs="*", metavar="NETWORK[:BATCH]")
    parser.add_argument("--seconds", type=float, default=40, help="of each case, at least")
    parser.add_argument("--contestants", nargs="+", default=CONTESTANTS, choices=CONTESTANTS)
    arguments = parser.parse_args()
    cases = []
    for case in arguments.cases or list(PUBLISHED):
        name, _, batch = case.partition(":")
        cases += [(name, size) for size in ([int(batch)] if batch else sorted({PUBLISHED[name.split()[0]], 64}))]
    contestants = [Contestant(library, arguments.ours) for library in arguments.contestants]
    for name, batch in cases:
        contest(contestants, name, batch, arguments.seconds)
    for contestant in contestants:
        contestant.process.stdin.close()
        contestant.process.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2])
    else:
        main()
