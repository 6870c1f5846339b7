#!/usr/bin/env python3
"""Writes networks of torchvision as ONNX models, for imported.py.

Weights are random, and so are the statistics of batch normalisations, which keep activations in
range. Files that are there already are kept. Needs torch, torchvision and onnx.
Licensed under the Apache License 2.0, like the project.
"""

import argparse
import warnings
from pathlib import Path

import torch
import torchvision
from torch import nn

MODELS = (
    "squeezenet1_1",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "mobilenet_v3_large",
    "resnet18",
    "resnet50",
    "shufflenet_v2_x1_0",
    "densenet121",
    "efficientnet_b0",
    "regnet_y_400mf",
    "mnasnet1_0",
    "vgg11_bn",
    "googlenet",
    "convnext_tiny",
)
OPSET = 17
SIDE = 224


def network(name):
    options = {"init_weights": True, "aux_logits": False} if name == "googlenet" else {}
    made = getattr(torchvision.models, name)(weights=None, **options).eval()
    for module in made.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("models", nargs="*", default=MODELS)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    args.folder.mkdir(parents=True, exist_ok=True)
    for name in args.models:
        file = args.folder / f"{name}.onnx"
        if file.exists():
            continue
        torch.manual_seed(1)
        part = file.with_suffix(".part")
        image = torch.randn(1, 3, SIDE, SIDE)
        options = {"opset_version": OPSET, "dynamo": False}
        torch.onnx.export(network(name), (image,), part, **options)
        part.rename(file)


if __name__ == "__main__":
    main()
