#!/usr/bin/env python3
"""Measures PyTorch as dev.lanewise.bench.Throughput measures Lanewise.

Same networks, batch, threads and real images; train and infer include taking the images from the
data set in shuffled order, forward runs on a batch that is ready in memory; medians of three
windows after a warm-up. One line for each memory layout of PyTorch.

Needs torch and numpy. Licensed under the Apache License 2.0, like the project.
"""

import argparse
import gzip
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn


def read_idx(folder, stem, dims):
    for name in (f"{stem}-idx{dims}-ubyte", f"{stem}.idx{dims}-ubyte"):
        for file, opener in ((folder / name, open), (folder / (name + ".gz"), gzip.open)):
            if file.is_file():
                with opener(file, "rb") as stream:
                    content = stream.read()
                shape = np.frombuffer(content, ">i4", dims, 4)
                return np.frombuffer(content, np.uint8, offset=4 + 4 * dims).reshape(shape)
    raise FileNotFoundError(f"{folder}: no {stem}-idx{dims}-ubyte or {stem}-idx{dims}-ubyte.gz")


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


def images_per_second(step, batch_size, seconds):
    def rate(length):
        start = time.perf_counter()
        steps = 0
        while True:
            step()
            steps += 1
            elapsed = time.perf_counter() - start
            if elapsed >= length:
                return steps * batch_size / elapsed

    rate(max(3, seconds))
    return round(statistics.median(rate(seconds / 3) for _ in range(3)))


def measure(args, pixels, labels, layout):
    torch.manual_seed(1)
    height, width = pixels.shape[1:]
    net = network(args.model, height, width, int(labels.max()) + 1).to(memory_format=layout)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    loss = nn.CrossEntropyLoss()
    state = {"order": None, "next": len(pixels)}

    def batch():
        if state["next"] > len(pixels) - args.batch_size:
            state["order"] = torch.randperm(len(pixels))
            state["next"] = 0
        start = state["next"]
        state["next"] += args.batch_size
        chosen = state["order"][start : state["next"]]
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

    rates = [images_per_second(f, args.batch_size, args.seconds) for f in (train, infer, forward)]
    return "train {} img/s  infer {} img/s  forward {} img/s".format(*rates)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=("simple", "complex"), default="complex")
    parser.add_argument("--batch-size", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=6, help="of the three windows together")
    parser.add_argument("--data", type=Path, required=True, help="a folder with IDX files")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    try:
        pixels = torch.from_numpy(read_idx(args.data, "train-images", 3).copy())
        labels = torch.from_numpy(read_idx(args.data, "train-labels", 1).astype(np.int64))
    except OSError as e:
        sys.exit(f"pytorch.py: {e}")
    layouts = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
    for name, layout in layouts.items():
        rates = measure(args, pixels, labels, layout)
        head = f"pytorch {args.model} B={args.batch_size} T={args.threads}"
        print(f"{head} {rates}  ({name})", flush=True)


if __name__ == "__main__":
    main()
