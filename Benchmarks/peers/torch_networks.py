"""The networks in PyTorch, without their softmax. Run it to compare their parameters with those in Keras."""

import torch
from torch import nn


class Recurrent(nn.Module):
    """A recurrent layer whose output is its sequence, or the last step of it."""

    def __init__(self, layer, sequences=True):
        super().__init__()
        self.layer, self.sequences = layer, sequences

    def forward(self, x):
        y = self.layer(x)[0]
        return y if self.sequences else y[:, -1]


class Reshape(nn.Module):
    """Images to steps of their channels, in Keras' order."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).reshape(x.shape[0], -1, x.shape[1])


class Steps(nn.Module):
    """Batch normalisation of the channels of every step."""

    def __init__(self, channels):
        super().__init__()
        self.layer = normalization(nn.BatchNorm1d, channels)

    def forward(self, x):
        return self.layer(x.transpose(1, 2)).transpose(1, 2)


def normalization(kind, channels):
    return kind(channels, eps=1e-3, momentum=0.01)


def lenet5(people):
    first, second = int(1.25 * people), int(0.85 * people)
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding="same"), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding="same"), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(16384, first), nn.ReLU(), nn.Linear(first, second), nn.ReLU(), nn.Linear(second, people),
    )


def cnn1d(people):
    return nn.Sequential(
        nn.Conv1d(1, 100, 4), nn.Tanh(), nn.MaxPool1d(2), nn.Conv1d(100, 200, 2), nn.Tanh(), nn.MaxPool1d(4),
        nn.Conv1d(200, 300, 1), nn.Tanh(), nn.MaxPool1d(2), nn.Conv1d(300, 400, 1), nn.Tanh(), nn.Flatten(),
        nn.Dropout(0.9), nn.Linear(4800, 3000), nn.Tanh(), nn.Linear(3000, people),
    )


def cnn2d(people):
    return nn.Sequential(
        nn.Conv2d(1, 4, 4, padding="same"), nn.ReLU(), nn.Conv2d(4, 8, 2, padding="same"), nn.ReLU(),
        nn.Conv2d(8, 8, 2, padding="same"), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.45),
        nn.Linear(8192, int(1.5 * people)), nn.ReLU(), nn.Linear(int(1.5 * people), people),
    )


def crnn2d(people):
    layers, channels = [], 1
    for filters, window, pool in [(4, (5, 5), 3), (8, (3, 2), 2), (16, (1, 2), 1)]:
        layers += [
            nn.Conv2d(channels, filters, window), nn.ELU(), nn.MaxPool2d(pool), normalization(nn.BatchNorm2d, filters),
        ]
        channels = filters
    return nn.Sequential(
        *layers, Reshape(), nn.Linear(16, 512), nn.ELU(), Steps(512), Recurrent(nn.GRU(512, 512, batch_first=True)),
        nn.Flatten(), nn.Dropout(0.85), nn.Linear(72 * 512, 1500), nn.Sigmoid(), nn.Linear(1500, people),
    )


def lstm1d(people):
    sizes = [200, 2048, 1024, 1024, 512, 512]
    layers = [Recurrent(nn.LSTM(a, b, batch_first=True), b != a or a != 512) for a, b in zip(sizes, sizes[1:])]
    return nn.Sequential(*layers, nn.Linear(512, people))


class InceptionModule(nn.Module):
    def __init__(self, channels):
        super().__init__()

        def convolution(inputs, length):
            return nn.Conv1d(inputs, 32, length, padding="same", bias=False)

        self.bottleneck = convolution(channels, 1) if channels > 1 else nn.Identity()
        self.branches = nn.ModuleList(convolution(32 if channels > 1 else 1, length) for length in (41, 20, 10))
        self.largest = nn.Sequential(nn.MaxPool1d(3, 1, padding=1), convolution(channels, 1))
        self.normalization = normalization(nn.BatchNorm1d, 128)

    def forward(self, x):
        narrow = self.bottleneck(x)
        parts = [branch(narrow) for branch in self.branches] + [self.largest(x)]
        return torch.relu(self.normalization(torch.cat(parts, 1)))


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return torch.relu(self.body(x) + self.shortcut(x))


def inception1d(people):
    blocks, channels = [], 1
    for _ in range(2):
        modules = nn.Sequential(InceptionModule(channels), InceptionModule(128), InceptionModule(128))
        shortcut = nn.Sequential(nn.Conv1d(channels, 128, 1, bias=False), normalization(nn.BatchNorm1d, 128))
        blocks.append(Residual(modules, shortcut))
        channels = 128
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(128, people))


def resnet1d(people, convolution=nn.Conv2d, normalized=nn.BatchNorm2d, average=nn.AdaptiveAvgPool2d):
    blocks, channels = [normalization(normalized, 1)], 1
    for filters, widens in ((64, True), (128, True), (128, False)):
        body, inputs = [], channels
        for number, size in enumerate((8, 5, 3)):
            body += [convolution(inputs, filters, size, padding="same"), normalization(normalized, filters)]
            body += [nn.ReLU()] * (number < 2)
            inputs = filters
        shortcut = [convolution(channels, filters, 1)] * widens + [normalization(normalized, filters)]
        # The first block's shortcut begins before the normalisation of the input, which makes no difference in speed.
        blocks.append(Residual(nn.Sequential(*body), nn.Sequential(*shortcut)))
        channels = filters
    return nn.Sequential(*blocks, average(1), nn.Flatten(), nn.Linear(128, people))


def resnet1d_as_1d(people):
    """With the one column of each square kernel that meets an image of width 1."""
    return resnet1d(people, nn.Conv1d, nn.BatchNorm1d, nn.AdaptiveAvgPool1d)


def compact1d(people):
    return nn.Sequential(
        nn.Conv1d(1, 16, 7, padding="same"), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(16, 32, 5, padding="same"), nn.ReLU(),
        nn.MaxPool1d(2), nn.Conv1d(32, 64, 3, padding="same"), nn.ReLU(), nn.MaxPool1d(5), nn.Flatten(), nn.Dropout(0.5),
        nn.Linear(640, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, people),
    )


class UnitLength(nn.Module):
    def forward(self, x):
        return x / x.norm(dim=-1, keepdim=True).clamp(min=1e-12)


def embedder1d(people):
    def normalized(channels):
        return nn.BatchNorm1d(channels, eps=1e-5, momentum=0.1)

    def convolution(inputs, filters, window, stride=1):
        # Keras pads by what is left of the window; for speed it is the same.
        return [nn.Conv1d(inputs, filters, window, stride, padding=window // 2, bias=False), normalized(filters)]

    blocks, channels = [*convolution(1, 32, 7, 2), nn.ReLU()], 32
    for filters, stride in ((32, 1), (64, 2), (96, 2)):
        body = [*convolution(channels, filters, 5, stride), nn.ReLU(), *convolution(filters, filters, 5)]
        shortcut = [] if filters == 32 else convolution(channels, filters, 1, stride)
        blocks.append(Residual(nn.Sequential(*body), nn.Sequential(*shortcut)))
        channels = filters
    blocks += [*convolution(channels, 16, 1), nn.ReLU(), nn.Flatten(), nn.Linear(25 * 16, 64, bias=False), normalized(64)]
    return nn.Sequential(*blocks, UnitLength(), nn.Linear(64, people, bias=False))


# Each network, its input in PyTorch's order and the factor of its penalty on the kernels of convolutions.
NETWORKS = {
    "lenet5": (lenet5, (1, 64, 64), 0), "cnn1d": (cnn1d, (1, 200), 1e-3), "cnn2d": (cnn2d, (1, 64, 64), 0),
    "crnn2d": (crnn2d, (1, 64, 64), 1e-4), "lstm1d": (lstm1d, (1, 200), 0), "inception1d": (inception1d, (1, 200), 0),
    "resnet1d": (resnet1d, (1, 200, 1), 0), "resnet1d as 1-D": (resnet1d_as_1d, (1, 200), 0),
    "compact1d": (compact1d, (1, 200), 0), "embedder1d": (embedder1d, (1, 200), 0),
}

if __name__ == "__main__":
    import os
    import sys

    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../Tests/Vectors"))
    import keras_networks

    builders = {"compact1d": keras_networks.compact1d, "embedder1d": keras_networks.embedder1d}
    for name, build in (keras_networks.NETWORKS | builders).items():
        model = NETWORKS[name][0](90)
        # Keras has one bias in an LSTM where PyTorch has two, and counts the moving averages as parameters.
        twice = sum(m.bias_hh_l0.numel() for m in model.modules() if isinstance(m, nn.LSTM))
        averages = sum(2 * m.num_features for m in model.modules() if hasattr(m, "running_mean"))
        ours, theirs = sum(p.numel() for p in model.parameters()) - twice + averages, build(90).count_params()
        print(name, ours, theirs, sep="\t")
        assert ours == theirs, name
