"""The training steps of Training/main.swift in Keras and PyTorch: samples per second, and per processor second.

    python Benchmarks/peers/training.py [keras|torch NETWORK PEOPLE BATCH [STEPS [REPEATS]]]

Without arguments it measures LeNet-5 and cnn1d in both. THREADS (default: all processors) limits the threads; with
THREADS=1 (and OMP_NUM_THREADS=1 for ours) the samples per processor second compare even on a busy machine.
"""

import os
import subprocess
import sys
import time

threads = int(os.environ.get("THREADS", os.cpu_count()))
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["OMP_NUM_THREADS"] = str(threads)


def measure(name, people, batch, library, steps, repeats, step):
    clock, processor = [], []
    for turn in range(repeats + 1):
        start = time.perf_counter(), time.process_time()
        for _ in range(steps):
            step()
        if turn:  # the first turn warms up
            clock.append(time.perf_counter() - start[0])
            processor.append(time.process_time() - start[1])
    samples = steps * batch
    print(
        f"{name}, {people} people, batch {batch}",
        library,
        f"{samples / min(clock):.0f} samples/s",
        f"{samples / min(processor):.0f} samples per processor second",
        sep="\t",
        flush=True,
    )


def in_keras(name, people, batch):
    import keras
    import numpy as np
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1 if threads == 1 else 2)
    L, l2 = keras.layers, keras.regularizers.L2(0.001)
    if name == "lenet5":
        layers = [
            L.Input((64, 64, 1)),
            L.Conv2D(32, 5, padding="same", activation="relu"), L.MaxPooling2D(2),
            L.Conv2D(64, 5, padding="same", activation="relu"), L.MaxPooling2D(2), L.Flatten(),
            L.Dense(people * 5 // 4, activation="relu"), L.Dense(people * 17 // 20, activation="relu"),
        ]
    elif name == "cnn1d":
        layers = [
            L.Input((200, 1)),
            L.Conv1D(100, 4, activation="tanh", kernel_regularizer=l2), L.MaxPooling1D(2),
            L.Conv1D(200, 2, activation="tanh", kernel_regularizer=l2), L.MaxPooling1D(4),
            L.Conv1D(300, 1, activation="tanh", kernel_regularizer=l2), L.MaxPooling1D(2),
            L.Conv1D(400, 1, activation="tanh", kernel_regularizer=l2), L.Flatten(), L.Dropout(0.9),
            L.Dense(3000, activation="tanh"),
        ]
    elif name == "cnn2d":
        layers = [
            L.Input((64, 64, 1)),
            L.Conv2D(4, 4, padding="same", activation="relu"), L.Conv2D(8, 2, padding="same", activation="relu"),
            L.Conv2D(8, 2, padding="same", activation="relu"), L.MaxPooling2D(2), L.Flatten(), L.Dropout(0.45),
            L.Dense(people * 3 // 2, activation="relu"),
        ]
    elif name == "crnn2d":
        small = keras.regularizers.L2(1e-4)
        layers = [L.Input((64, 64, 1))]
        for filters, window, pool in [(4, (5, 5), 3), (8, (3, 2), 2), (16, (1, 2), 1)]:
            layers += [
                L.Conv2D(filters, window, activation="elu", kernel_regularizer=small), L.MaxPooling2D(pool),
                L.BatchNormalization(),
            ]
        layers += [
            L.Reshape((72, 16)), L.Dense(512, activation="elu"), L.BatchNormalization(),
            L.GRU(512, return_sequences=True), L.Flatten(), L.Dropout(0.85), L.Dense(1500, activation="sigmoid"),
        ]
    elif name == "lstm1d":
        layers = [L.Input((1, 200))]
        layers += [L.LSTM(units, return_sequences=True) for units in (2048, 1024, 1024, 512)] + [L.LSTM(512)]
    else:
        layers = None
    if layers:
        model = keras.Sequential(layers + [L.Dense(people, activation="softmax")])
    else:
        model = (inception1d if name == "inception1d" else resnet1d)(people, keras)
    model.compile(optimizer="sgd" if name == "crnn2d" else "adam", loss="sparse_categorical_crossentropy")
    x = tf.constant(np.random.rand(batch, *model.input_shape[1:]).astype("f4"))
    y = tf.constant(np.arange(batch) % people)
    return lambda: model.train_on_batch(x, y)


def inception1d(people, keras):
    L = keras.layers
    x = before = start = keras.Input((200, 1))
    for module in range(6):
        narrow = L.Conv1D(32, 1, padding="same", use_bias=False)(x) if module else x
        branches = [L.Conv1D(32, k, padding="same", use_bias=False)(narrow) for k in (41, 20, 10)]
        largest = L.MaxPooling1D(3, strides=1, padding="same")(x)
        branches.append(L.Conv1D(32, 1, padding="same", use_bias=False)(largest))
        x = L.Activation("relu")(L.BatchNormalization()(L.Concatenate()(branches)))
        if module % 3 == 2:
            shortcut = L.BatchNormalization()(L.Conv1D(128, 1, padding="same", use_bias=False)(before))
            x = before = L.Activation("relu")(L.Add()([shortcut, x]))
    return keras.Model(start, L.Dense(people, activation="softmax")(L.GlobalAveragePooling1D()(x)))


def resnet1d(people, keras):
    L = keras.layers
    before = start = keras.Input((200, 1, 1))
    x = L.BatchNormalization()(start)
    for filters, widens in ((64, True), (128, True), (128, False)):
        for number, size in enumerate((8, 5, 3)):
            x = L.BatchNormalization()(L.Conv2D(filters, size, padding="same")(x))
            if number < 2:
                x = L.Activation("relu")(x)
        shortcut = L.Conv2D(filters, 1, padding="same")(before) if widens else before
        x = before = L.Activation("relu")(L.Add()([L.BatchNormalization()(shortcut), x]))
    return keras.Model(start, L.Dense(people, activation="softmax")(L.GlobalAveragePooling2D()(x)))


def in_torch(name, people, batch):
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    if name not in ("lenet5", "cnn1d"):
        sys.exit(f"{name}: not measured in torch")
    if name == "lenet5":
        first, second = people * 5 // 4, people * 17 // 20
        model, shape = nn.Sequential(
            nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(16384, first), nn.ReLU(), nn.Linear(first, second), nn.ReLU(), nn.Linear(second, people),
        ), (1, 64, 64)
    else:
        model, shape = nn.Sequential(
            nn.Conv1d(1, 100, 4), nn.Tanh(), nn.MaxPool1d(2), nn.Conv1d(100, 200, 2), nn.Tanh(), nn.MaxPool1d(4),
            nn.Conv1d(200, 300, 1), nn.Tanh(), nn.MaxPool1d(2), nn.Conv1d(300, 400, 1), nn.Tanh(), nn.Flatten(),
            nn.Dropout(0.9), nn.Linear(4800, 3000), nn.Tanh(), nn.Linear(3000, people),
        ), (1, 200)
    optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    x, y = torch.rand(batch, *shape), torch.arange(batch) % people
    kernels = [m.weight for m in model if isinstance(m, nn.Conv1d)]

    def step():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y) + sum(0.001 * (k * k).sum() for k in kernels)
        loss.backward()
        optimizer.step()

    return step


if len(sys.argv) > 4:
    library, name, people, batch = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    steps = int(sys.argv[5]) if len(sys.argv) > 5 else 3
    repeats = int(sys.argv[6]) if len(sys.argv) > 6 else 3
    make = in_keras if library == "keras" else in_torch
    measure(name, people, batch, library, steps, repeats, make(name, people, batch))
else:
    for name, people, batch in [("lenet5", 90, 64), ("lenet5", 1145, 64), ("cnn1d", 90, 64)]:
        for library in ["keras", "torch"]:
            subprocess.run([sys.executable, __file__, library, name, str(people), str(batch)])
