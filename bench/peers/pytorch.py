#!/usr/bin/env python3
"""Measures PyTorch as dev.lanewise.bench.Throughput measures Lanewise.

Same networks, batch, threads and real images; train and infer have data loading included,
in shuffled order, forward runs on a batch that is ready in memory. One line for each memory layout
of PyTorch.

Needs torch and numpy. Licensed under the Apache License 2.0, like the project.
"""

import numpy as np
import peer
import torch
from torch import nn


def network(model, height, width, classes):
    def conv(inputs, outputs):
        return [nn.Conv2d(inputs, outputs, 3, padding="same"), nn.ReLU()]

    if model == "simple":
        layers = [*conv(1, 8), nn.MaxPool2d(2), nn.Flatten()]
        return nn.Sequential(*layers, nn.Linear(8 * (height // 2) * (width // 2), classes))
    layers = [*conv(1, 32), *conv(32, 32), nn.MaxPool2d(2)]
    layers += [*conv(32, 64), *conv(64, 64), nn.MaxPool2d(2), nn.Flatten()]
    layers += [nn.Linear(64 * (height // 4) * (width // 4), 128), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(128, classes))


def line(args, pixels, labels, name, layout):
    torch.manual_seed(1)
    height, width = pixels.shape[1:]
    net = network(args.model, height, width, int(labels.max()) + 1).to(memory_format=layout)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    loss = nn.CrossEntropyLoss()
    order = peer.Order(len(pixels), args.batch_size)

    def batch():
        chosen = torch.from_numpy(order.batch())
        x = pixels[chosen].unsqueeze(1).to(torch.float32).div_(255)
        return x.to(memory_format=layout), labels[chosen]

    def train():
        x, y = batch()
        optimizer.zero_grad()
        loss(net(x), y).backward()
        optimizer.step()

    def infer():
        x, _ = batch()
        with torch.inference_mode():
            net(x)

    ready, _ = batch()

    def forward():
        with torch.inference_mode():
            net(ready)

    steps = {"train": train, "infer": infer, "forward": forward}
    return peer.network_line("pytorch", args, f"  ({name})", **steps)


def main():
    args = peer.options(__doc__).parse_args()
    torch.set_num_threads(args.threads)
    images, classes = peer.training_set(args.data)
    pixels = torch.from_numpy(images.copy())
    labels = torch.from_numpy(classes.astype(np.int64))
    print(f"# PyTorch {torch.__version__}", flush=True)
    contiguous = line(args, pixels, labels, "contiguous", torch.contiguous_format)
    channels_last = line(args, pixels, labels, "channels_last", torch.channels_last)
    peer.measure([contiguous, channels_last], args)


if __name__ == "__main__":
    main()
