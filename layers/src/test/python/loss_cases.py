#!/usr/bin/env python3
"""Writes down what PyTorch's losses make of outputs and targets, for RecordedLossTest.

A safetensors file holds the outputs and the targets, which are either labels [N] or values of the
shape of the outputs, and for each case its gradient of the mean loss, computed in double precision.
Its metadata hold for each case the mean loss and the names of its outputs and targets. What has
several pixels is channels last, as in Lanewise.

Needs torch and safetensors. Licensed under the Apache License 2.0, like the project.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

BATCH = 5
CLASSES = 7


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="where to")
    file = parser.parse_args().file
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    class_weights = torch.tensor([0.5, 2, 1, 0, 3, 0.25, 1])
    positive_weights = torch.tensor([0.5, 2, 1, 0, 3, 0.25, 1])
    logits = 4 * torch.randn(BATCH, CLASSES)
    soft = torch.softmax(torch.randn(BATCH, CLASSES), 1)
    soft[1] = torch.tensor([0, 0.75, 0, 0.25, 0, 0, 0])
    numbers = 2 * torch.randn(BATCH, CLASSES)
    wanted = 2 * torch.randn(BATCH, CLASSES)
    wanted[0, 0] = numbers[0, 0]
    wanted[1, 1] = numbers[1, 1] - 1
    wanted[2, 2] = numbers[2, 2] + 0.5
    inputs = {
        "logits": logits,
        "large": 40 * torch.randn(BATCH, CLASSES),
        "labels": torch.tensor([4, 0, 3, 6, 1]),
        "soft": soft,
        "yes": torch.randint(2, (BATCH, CLASSES)).float(),
        "maps": 4 * torch.randn(2, 3, 2, 4),
        "softMaps": torch.softmax(torch.randn(2, 3, 2, 4), 1),
        "numbers": numbers,
        "wanted": wanted,
    }

    def channels_last(x):
        return (x.permute(0, 2, 3, 1) if x.dim() == 4 else x).float().contiguous()

    tensors = {name: channels_last(x) for name, x in inputs.items()}
    tensors["classWeights"] = class_weights
    tensors["positiveWeights"] = positive_weights
    metadata = {"pytorch": torch.__version__}

    def record(name, loss, y, t):
        outputs = inputs[y].double().requires_grad_()
        targets = inputs[t]
        mean = loss(outputs, targets if targets.dtype == torch.int64 else targets.double())
        mean.backward()
        tensors[f"{name}.dy"] = channels_last(outputs.grad)
        metadata[name] = f"{mean.item()!r} {y} {t}"

    for smoothing in (0, 0.1):
        suffix = "Smoothed" if smoothing else ""
        for weights in (None, class_weights):
            prefix = "cross" if weights is None else "weighted"
            double = None if weights is None else weights.double()
            loss = nn.CrossEntropyLoss(weight=double, label_smoothing=smoothing)
            record(f"{prefix}Labels{suffix}", loss, "logits", "labels")
            record(f"{prefix}Soft{suffix}", loss, "logits", "soft")
        loss = nn.CrossEntropyLoss(label_smoothing=smoothing)
        record(f"crossPixels{suffix}", loss, "maps", "softMaps")
    loss = nn.CrossEntropyLoss(weight=class_weights[:3].double())
    record("weightedPixels", loss, "maps", "softMaps")

    record("binary", nn.BCEWithLogitsLoss(), "logits", "yes")
    record("binarySoft", nn.BCEWithLogitsLoss(), "logits", "soft")
    record("binaryLarge", nn.BCEWithLogitsLoss(), "large", "yes")
    weighted = nn.BCEWithLogitsLoss(pos_weight=positive_weights.double())
    record("binaryWeighted", weighted, "logits", "yes")
    record("binaryWeightedSoft", weighted, "logits", "soft")
    three = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0]).double())
    record("binaryThree", three, "logits", "yes")

    record("squared", nn.MSELoss(), "numbers", "wanted")
    record("absolute", nn.L1Loss(), "numbers", "wanted")
    record("huber", nn.HuberLoss(), "numbers", "wanted")
    record("huberHalf", nn.HuberLoss(delta=0.5), "numbers", "wanted")
    record("smoothTwo", nn.SmoothL1Loss(beta=2.0), "numbers", "wanted")
    save_file(tensors, file, metadata)


if __name__ == "__main__":
    main()
