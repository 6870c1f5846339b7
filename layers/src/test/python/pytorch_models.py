#!/usr/bin/env python3
"""Writes down what PyTorch's definitions of well-known networks make of one image.

For each network a safetensors file: the names and dimensions of the state, the logits in double
precision, and how far PyTorch's own float32 run is from them. Weights and image are made by a
formula that KnownModelsTest repeats, so the files stay small. The large networks are torchvision's;
the small ones are written here as their authors have them.

Needs torch, torchvision and safetensors. Licensed under the Apache License 2.0, like the project.
"""

import argparse
import copy
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

CLASSES = 10


def noise(count, salt):
    """From -1 to below 1: a multiplicative hash of the index."""
    index = torch.arange(count, dtype=torch.int64) + salt * 1000003
    mixed = (index * 2654435761) % 2**32
    mixed = (mixed ^ (mixed >> 15)) * 2246822519 % 2**32
    return ((mixed ^ (mixed >> 13)) % 2**24).double() / 2**23 - 1


def fill(net):
    """Weights that keep signals about as large from layer to layer."""
    for salt, (name, tensor) in enumerate(net.state_dict().items()):
        values = noise(tensor.numel(), salt)
        if name.endswith("num_batches_tracked"):
            values = torch.ones(1)
        elif tensor.dim() > 1:
            values = values * (6 / tensor[0].numel()) ** 0.5
        elif name.endswith("running_var") or name.endswith("weight"):
            values = 1 + values / 2
        else:
            values = values / 8
        tensor.copy_(values.reshape(tensor.shape))


class LeNet(nn.Module):
    def __init__(self, channels, padding):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 6, 5, padding=padding)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, CLASSES)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.conv1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(functional.relu(self.fc2(functional.relu(self.fc1(x)))))


class Padded(nn.Module):
    """A block of a residual network whose shortcut has no parameters."""

    def __init__(self, channels, out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.stride, self.missing = stride, out - channels

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)))
        half = self.missing // 2
        shortcut = functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, half, half))
        return functional.relu(self.bn2(self.conv2(y)) + shortcut)


class SmallResNet(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        channels = 16
        for stage, out in enumerate([16, 32, 64]):
            blocks = []
            for i in range(n):
                blocks.append(Padded(channels, out, 2 if i == 0 and stage > 0 else 1))
                channels = out
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(64, CLASSES)

    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


class DeepVgg(nn.Module):
    def __init__(self, *depths):
        super().__init__()
        layers, channels = [], 3
        for stage, depth in enumerate(depths):
            for _ in range(depth):
                out = min(512, 64 << stage)
                layers += [nn.Conv2d(channels, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU()]
                channels = out
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(512, CLASSES)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class Separable(nn.Module):
    def __init__(self, channels, out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, out, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)

    def forward(self, x):
        return functional.relu(self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x))))))


class MobileNetV1(nn.Module):
    def __init__(self, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(32)
        blocks, channels = [], 32
        for out, step in [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [
            *[(512, 1)] * 5,
            (1024, 2),
            (1024, 1),
        ]:
            blocks.append(Separable(channels, out, step))
            channels = out
        self.layers = nn.Sequential(*blocks)
        self.linear = nn.Linear(1024, CLASSES)

    def forward(self, x):
        x = self.layers(functional.relu(self.bn1(self.conv1(x))))
        return self.linear(x.mean((2, 3)))


class AirBenchGroup(nn.Module):
    def __init__(self, channels, out):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(out, eps=1e-12)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(out, eps=1e-12)

    def forward(self, x):
        x = functional.gelu(self.norm1(functional.max_pool2d(self.conv1(x), 2)))
        return functional.gelu(self.norm2(self.conv2(x)))


class AirBench(nn.Module):
    """Without the division of the logits, which is in the weights of the head here."""

    def __init__(self):
        super().__init__()
        self.whiten = nn.Conv2d(3, 24, 2)
        groups = [AirBenchGroup(24, 64), AirBenchGroup(64, 256), AirBenchGroup(256, 256)]
        self.layers = nn.Sequential(nn.GELU(), *groups, nn.MaxPool2d(3))
        self.head = nn.Linear(256, CLASSES, bias=False)

    def forward(self, x):
        return self.head(self.layers(self.whiten(x)).flatten(1))


def networks():
    """(name of the file, of the network, PyTorch's, image [C, H, W])."""
    import torchvision.models as tv

    color = (3, 32, 32)
    yield "lenet5-28", "lenet5", LeNet(1, 2), (1, 28, 28)
    yield "lenet5-32", "lenet5", LeNet(3, 0), color
    yield "vgg11_bn", "vgg11_bn", DeepVgg(1, 1, 2, 2, 2), color
    yield "vgg16_bn", "vgg16_bn", DeepVgg(2, 2, 3, 3, 3), color
    yield "resnet20", "resnet20", SmallResNet(3), color
    yield "resnet56", "resnet56", SmallResNet(9), color
    yield "airbench94", "airbench94", AirBench(), color
    yield "mobilenet_v1", "mobilenet_v1", MobileNetV1(1), color
    yield "mobilenet_v1-large", "mobilenet_v1", MobileNetV1(2), (3, 96, 64)
    for name in ["resnet18", "resnet34", "resnet50", "mobilenet_v2"]:
        yield name, name, getattr(tv, name)(num_classes=CLASSES), (3, 64, 96)
    for name in ["squeezenet1_0", "squeezenet1_1"]:
        yield name, name, getattr(tv, name)(num_classes=CLASSES), (3, 70, 96)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where to; made if it is not there")
    parser.add_argument("--only", help="this file alone")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for file, name, net, shape in networks():
        if args.only not in (None, file):
            continue
        net.eval()
        with torch.no_grad():
            fill(net)
            image = noise(torch.Size(shape).numel(), 999).reshape(1, *shape).float()
            single = net(image)
            exact = copy.deepcopy(net).double()(image.double())
        off = (single - exact).abs().max().item()
        state = "\n".join(
            " ".join([key, *map(str, tensor.shape)]) for key, tensor in net.state_dict().items()
        )
        metadata = {
            "name": name,
            "shape": " ".join(map(str, shape)),
            "state": state,
            "float32": repr(off),
            "pytorch": torch.__version__,
        }
        save_file({"logits": exact.float()}, args.folder / f"{file}.safetensors", metadata)
        print(file, exact.abs().max().item(), off)


if __name__ == "__main__":
    main()
