#!/usr/bin/env python3
"""Measures PyTorch as dev.lanewise.bench.Throughput measures Lanewise.

Same networks, batch, threads and real images; train and infer have data loading included,
in shuffled order, forward runs on a batch that is ready in memory. One line for each memory layout
of PyTorch.

Needs torch and numpy. Licensed under the Apache License 2.0, like the project.
"""

import copy

import numpy as np
import peer
import torch
from torch import nn
from torch.nn import functional


class Residual(nn.Module):
    """He et al., 2015, section 4.2, with option A: shortcuts have no parameters."""

    def __init__(self, channels, out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.stride, self.half = stride, (out - channels) // 2

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)))
        if self.half:
            x = x[:, :, :: self.stride, :: self.stride]
            x = functional.pad(x, (0, 0, 0, 0, self.half, self.half))
        return functional.relu(self.bn2(self.conv2(y)) + x)


def normalized(inputs, outputs, kernel=3, stride=1, groups=1, bias=False):
    """Convolution, batch normalisation, ReLU."""
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=bias)
    return [conv, nn.BatchNorm2d(outputs), nn.ReLU()]


def network(model, channels, height, width, classes):
    def conv(inputs, outputs):
        return [nn.Conv2d(inputs, outputs, 3, padding="same"), nn.ReLU()]

    end = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    if model == "simple":
        layers = [*conv(channels, 8), nn.MaxPool2d(2), nn.Flatten()]
        layers.append(nn.Linear(8 * (height // 2) * (width // 2), classes))
    elif model == "complex":
        layers = [*conv(channels, 32), *conv(32, 32), nn.MaxPool2d(2)]
        layers += [*conv(32, 64), *conv(64, 64), nn.MaxPool2d(2), nn.Flatten()]
        layers += [nn.Linear(64 * (height // 4) * (width // 4), 128), nn.ReLU()]
        layers.append(nn.Linear(128, classes))
    elif model == "lenet5":
        layers = [nn.Conv2d(channels, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
        layers += [nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
        layers += [nn.Linear(16 * 5 * 5, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU()]
        layers.append(nn.Linear(84, classes))
    elif model == "vgg_small":
        layers = []
        for outputs, depth in ((32, 2), (64, 2), (128, 1)):
            for _ in range(depth):
                layers += normalized(channels, outputs, bias=True)
                channels = outputs
            layers += [nn.MaxPool2d(2), nn.Dropout(0.25)]
        layers += [nn.Flatten(), nn.Linear(128 * (height // 8) * (width // 8), 128), nn.ReLU()]
        layers += [nn.Dropout(0.5), nn.Linear(128, classes)]
    elif model == "resnet20":
        layers, channels = normalized(channels, 16), 16
        for outputs in (16, 32, 64):
            for _ in range(3):
                layers.append(Residual(channels, outputs, 1 if channels == outputs else 2))
                channels = outputs
        layers += [*end, nn.Linear(64, classes)]
    else:
        layers, channels = normalized(channels, 32), 32
        for outputs, stride in peer.SEPARABLE:
            layers += normalized(channels, channels, stride=stride, groups=channels)
            layers += normalized(channels, outputs, kernel=1)
            channels = outputs
        layers += [*end, nn.Linear(512, classes)]
    return nn.Sequential(*layers)


def line(args, pixels, labels, name, layout):
    torch.manual_seed(1)
    net = network(args.model, *pixels.shape[1:], int(labels.max()) + 1).to(memory_format=layout)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    loss = nn.CrossEntropyLoss()
    order = peer.Order(len(pixels), args.batch_size)

    def batch():
        chosen = torch.from_numpy(order.batch())
        x = pixels[chosen].to(torch.float32).div_(255)
        return x.to(memory_format=layout), labels[chosen]

    def train():
        x, y = batch()
        optimizer.zero_grad()
        loss(net(x), y).backward()
        optimizer.step()

    twin = copy.deepcopy(net).eval()

    def infer():
        x, _ = batch()
        with torch.inference_mode():
            twin(x)

    ready, _ = batch()

    def forward():
        with torch.inference_mode():
            twin(ready)

    steps = {"train": train, "infer": infer, "forward": forward}
    return peer.network_line("pytorch", args, f"  ({name})", **steps)


def main():
    args = peer.options(__doc__).parse_args()
    torch.set_num_threads(args.threads)
    images, classes = peer.training_set(args)
    pixels = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
    labels = torch.from_numpy(classes.astype(np.int64))
    print(f"# PyTorch {torch.__version__}", flush=True)
    contiguous = line(args, pixels, labels, "contiguous", torch.contiguous_format)
    channels_last = line(args, pixels, labels, "channels_last", torch.channels_last)
    peer.measure([contiguous, channels_last], args)


if __name__ == "__main__":
    main()
