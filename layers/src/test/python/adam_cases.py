#!/usr/bin/env python3
"""Writes down what torch.optim.Adam makes of a parameter, for AdamTest to hold Lanewise against.

Each case is fifty steps along gradients that are drawn beforehand, of very different sizes. A
safetensors file holds the start, the gradients of each step, and, computed by PyTorch in double
precision, the parameter after each step and both running means after the last one. Its metadata
hold the options of the optimizer and the PyTorch version.

Needs torch and safetensors. Licensed under the Apache License 2.0, like the project.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file

STEPS = 50
SIZE = 24
CASES = {
    "defaults": dict(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0),
    "short-memory": dict(lr=1e-2, betas=(0.7, 0.9), eps=1e-8, weight_decay=0.0),
    "weight-decay": dict(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2),
    "large-eps": dict(lr=1e-1, betas=(0.0, 0.99), eps=1e-2, weight_decay=0.1),
}


def write(file, options):
    torch.manual_seed(1)
    options = {**options, "lr": torch.tensor(options["lr"], dtype=torch.float32).item()}
    start = torch.randn(SIZE)
    gradients = torch.randn(STEPS, SIZE) * 10.0 ** torch.linspace(-9, 3, SIZE)
    gradients[:, 0] = 0
    gradients[1:, 1] = 0
    parameter = start.double().requires_grad_()
    optimizer = torch.optim.Adam([parameter], **options)
    values = []
    for gradient in gradients.double():
        parameter.grad = gradient.clone()
        optimizer.step()
        values.append(parameter.detach().clone())
    state = optimizer.state[parameter]
    tensors = {
        "start": start,
        "gradients": gradients,
        "values": torch.stack(values).float(),
        "exp_avg": state["exp_avg"].float(),
        "exp_avg_sq": state["exp_avg_sq"].float(),
    }
    metadata = {
        "learningRate": repr(options["lr"]),
        "beta1": repr(options["betas"][0]),
        "beta2": repr(options["betas"][1]),
        "eps": repr(options["eps"]),
        "weightDecay": repr(options["weight_decay"]),
        "pytorch": torch.__version__,
    }
    save_file(tensors, file, metadata)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where to; made if it is not there")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, options in CASES.items():
        write(folder / f"{name}.safetensors", options)


if __name__ == "__main__":
    main()
