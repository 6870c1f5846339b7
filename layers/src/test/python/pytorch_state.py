#!/usr/bin/env python3
"""A model file of PyTorch for Lanewise, and a model file of Lanewise for PyTorch.

write FOLDER trains a small network with batch normalisation for a few steps, and writes
state.safetensors, its state_dict as PyTorch has it (num_batches_tracked is an I64), and
example.safetensors, images x and what the network then makes of them, y.

load FOLDER FILE puts a file that Lanewise has saved (PyTorchStateTest says where it does) into the
same module by load_state_dict, which is strict, and compares what it makes of x with y.

Needs torch and safetensors. Licensed under the Apache License 2.0, like the project.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

STEPS = 7


def network():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.LeakyReLU(0.1),
        nn.AvgPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.BatchNorm1d(24, momentum=None),
        nn.Linear(24, 3),
    )


def write(folder):
    torch.manual_seed(1)
    net = network()
    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(STEPS):
        sgd.zero_grad()
        loss = nn.functional.cross_entropy(net(torch.randn(8, 1, 6, 4) + 1), torch.arange(8) % 3)
        loss.backward()
        sgd.step()
    folder.mkdir(parents=True, exist_ok=True)
    save_file(net.state_dict(), folder / "state.safetensors", {"pytorch": torch.__version__})
    x = torch.randn(5, 1, 6, 4)
    y = net.double().eval()(x.double()).detach().float()
    save_file({"x": x, "y": y}, folder / "example.safetensors")


def load(folder, file):
    net = network()
    net.load_state_dict(load_file(file), strict=True)
    example = load_file(folder / "example.safetensors")
    y = net.double().eval()(example["x"].double()).float()
    print("PyTorch", torch.__version__, "num_batches_tracked", net[1].num_batches_tracked)
    print("largest difference", (y - example["y"]).abs().max().item())
    assert torch.equal(y, example["y"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["write", "load"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("file", type=Path, nargs="?", help="to load")
    arguments = parser.parse_args()
    if arguments.action == "write":
        write(arguments.folder)
    else:
        load(arguments.folder, arguments.file)


if __name__ == "__main__":
    main()
