"""The networks in Keras, as the golden values and the benchmarks have them; without `dropout`, for gradients that
can be compared, where a network has any."""

import keras

L = keras.layers


class Graph:
    """Layers in the order in which they are made, which is the order of our tables."""

    def __init__(self, shape):
        self.input = keras.Input(shape)
        self.layers = []

    def __call__(self, layer, *inputs):
        self.layers.append(layer)
        return layer(inputs[0] if len(inputs) == 1 else list(inputs))

    def model(self, output):
        model = keras.Model(self.input, output)
        model.ours = self.layers
        return model


def lenet5(people):
    he = "he_normal"
    return keras.Sequential([
        keras.Input((64, 64, 1)),
        L.Conv2D(32, 5, padding="same", activation="relu"),
        L.MaxPooling2D(2),
        L.Conv2D(64, 5, padding="same", activation="relu", kernel_initializer=he),
        L.MaxPooling2D(2),
        L.Flatten(),
        L.Dense(int(1.25 * people), activation="relu", kernel_initializer=he),
        L.Dense(int(0.85 * people), activation="relu", kernel_initializer=he),
        L.Dense(people, activation="softmax"),
    ])


def cnn1d(people, dropout=True):
    l2 = keras.regularizers.L2(1e-3)
    return keras.Sequential([
        keras.Input((200, 1)),
        L.Conv1D(100, 4, activation="tanh", kernel_regularizer=l2),
        L.MaxPooling1D(2),
        L.Conv1D(200, 2, activation="tanh", kernel_regularizer=l2),
        L.MaxPooling1D(4),
        L.Conv1D(300, 1, activation="tanh", kernel_regularizer=l2),
        L.MaxPooling1D(2),
        L.Conv1D(400, 1, activation="tanh", kernel_regularizer=l2),
        L.Flatten(),
        *[L.Dropout(0.9)] * dropout,
        L.Dense(3000, activation="tanh"),
        L.Dense(people, activation="softmax"),
    ])


def cnn2d(people, dropout=True):
    return keras.Sequential([
        keras.Input((64, 64, 1)),
        L.Conv2D(4, 4, padding="same", activation="relu"),
        L.Conv2D(8, 2, padding="same", activation="relu"),
        L.Conv2D(8, 2, padding="same", activation="relu"),
        L.MaxPooling2D(2),
        L.Flatten(),
        *[L.Dropout(0.45)] * dropout,
        L.Dense(int(1.5 * people), activation="relu"),
        L.Dense(people, activation="softmax"),
    ])


def crnn2d(people):
    l2 = keras.regularizers.L2(1e-4)
    return keras.Sequential([
        keras.Input((64, 64, 1)),
        L.Conv2D(4, 5, activation="elu", kernel_regularizer=l2),
        L.MaxPooling2D(3),
        L.BatchNormalization(),
        L.Conv2D(8, (3, 2), activation="elu", kernel_regularizer=l2),
        L.MaxPooling2D(2),
        L.BatchNormalization(),
        L.Conv2D(16, (1, 2), activation="elu", kernel_regularizer=l2),
        L.MaxPooling2D(1),
        L.BatchNormalization(),
        L.Reshape((72, 16)),
        L.Dense(512, activation="elu"),
        L.BatchNormalization(),
        L.GRU(512, return_sequences=True),
        L.Flatten(),
        L.Dropout(0.85),
        L.Dense(1500, activation="sigmoid"),
        L.Dense(people, activation="softmax"),
    ])


def lstm1d(people):
    return keras.Sequential([
        keras.Input((1, 200)),
        *[L.LSTM(units, return_sequences=True) for units in (2048, 1024, 1024, 512)],
        L.LSTM(512),
        L.Dense(people, activation="softmax"),
    ])


def inception1d(people):
    graph = Graph((200, 1))
    x = before = graph.input
    for module in range(6):
        narrow = graph(L.Conv1D(32, 1, padding="same", use_bias=False), x) if module else x
        branches = [graph(L.Conv1D(32, k, padding="same", use_bias=False), narrow) for k in (41, 20, 10)]
        largest = graph(L.MaxPooling1D(3, strides=1, padding="same"), x)
        branches.append(graph(L.Conv1D(32, 1, padding="same", use_bias=False), largest))
        x = graph(L.Concatenate(), *branches)
        x = graph(L.BatchNormalization(), x)
        x = graph(L.Activation("relu"), x)
        if module % 3 == 2:
            shortcut = graph(L.Conv1D(128, 1, padding="same", use_bias=False), before)
            shortcut = graph(L.BatchNormalization(), shortcut)
            x = graph(L.Add(), shortcut, x)
            x = before = graph(L.Activation("relu"), x)
    x = graph(L.GlobalAveragePooling1D(), x)
    return graph.model(graph(L.Dense(people, activation="softmax"), x))


def resnet1d(people, square=True):
    """`square` kernels as published, or only the one column of them that meets an image of width 1."""
    graph = Graph((200, 1, 1))
    before, x = graph.input, graph(L.BatchNormalization(), graph.input)
    for filters, widens in ((64, True), (128, True), (128, False)):
        for number, size in enumerate((8, 5, 3)):
            x = graph(L.Conv2D(filters, size if square else (size, 1), padding="same"), x)
            x = graph(L.BatchNormalization(), x)
            if number < 2:
                x = graph(L.Activation("relu"), x)
        shortcut = graph(L.Conv2D(filters, 1, padding="same"), before) if widens else before
        shortcut = graph(L.BatchNormalization(), shortcut)
        x = graph(L.Add(), shortcut, x)
        x = before = graph(L.Activation("relu"), x)
    x = graph(L.GlobalAveragePooling2D(), x)
    return graph.model(graph(L.Dense(people, activation="softmax"), x))


def compact1d(people):
    return keras.Sequential([
        keras.Input((200, 1)),
        L.Conv1D(16, 7, padding="same", activation="relu"),
        L.MaxPooling1D(2),
        L.Conv1D(32, 5, padding="same", activation="relu"),
        L.MaxPooling1D(2),
        L.Conv1D(64, 3, padding="same", activation="relu"),
        L.MaxPooling1D(5),
        L.Flatten(),
        L.Dropout(0.5),
        L.Dense(64, activation="relu"),
        L.Dropout(0.5),
        L.Dense(people, activation="softmax"),
    ])


def embedder1d(people, length=200, stages=(32, 64, 96)):
    graph = Graph((length, 1))

    def normalized(x):
        return graph(L.BatchNormalization(momentum=0.9, epsilon=1e-5), x)

    def convolution(x, filters, window, stride=1):
        return normalized(graph(L.Conv1D(filters, window, stride, padding="same", use_bias=False), x))

    x = graph(L.Activation("relu"), convolution(graph.input, stages[0], 7, 2))
    for filters, stride in zip(stages, (1, 2, 2)):
        before = x
        x = graph(L.Activation("relu"), convolution(x, filters, 5, stride))
        x = convolution(x, filters, 5)
        shortcut = before if stride == 1 else convolution(before, filters, 1, stride)
        x = graph(L.Activation("relu"), graph(L.Add(), shortcut, x))
    x = graph(L.Activation("relu"), convolution(x, 16, 1))
    x = normalized(graph(L.Dense(64, use_bias=False), graph(L.Flatten(), x)))
    x = graph(L.UnitNormalization(), x)
    return graph.model(graph(L.Dense(people, activation="softmax", use_bias=False), x))


def embedder1d_small(people, length=200):
    return embedder1d(people, length, stages=(16, 32, 48))


def deepecg(people):
    return keras.Sequential([
        keras.Input((200, 1)),
        L.Conv1D(16, 7, padding="same", activation="relu"),
        L.MaxPooling1D(2),
        L.Conv1D(32, 5, padding="same", activation="relu"),
        L.MaxPooling1D(2),
        L.Conv1D(64, 5, padding="same", activation="relu"),
        L.MaxPooling1D(2),
        L.Conv1D(128, 7, padding="same", activation="relu"),
        L.Conv1D(256, 7, padding="same", activation="relu"),
        L.Conv1D(256, 8, padding="same", activation="relu"),
        L.GlobalAveragePooling1D(),
        L.Dropout(0.5),
        L.Dense(people, activation="softmax"),
    ])


NETWORKS = {
    "lenet5": lenet5, "cnn1d": cnn1d, "cnn2d": cnn2d, "crnn2d": crnn2d, "lstm1d": lstm1d, "inception1d": inception1d,
    "resnet1d": resnet1d,
}
