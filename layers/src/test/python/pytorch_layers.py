#!/usr/bin/env python3
"""Writes down what PyTorch computes with single layers, for RecordedCase to hold Lanewise against.

A case is a chain of modules with random weights, three steps of a training (no update: forward,
backward with a random dy) and an evaluation, all in double precision from floats. A safetensors
file holds, in PyTorch's layouts: start.NAME and end.NAME, the state before and after the steps;
STEP.x, STEP.dy, STEP.y, STEP.dx and STEP.gradients.NAME of each step; eval.x and eval.y.

Needs torch and safetensors. Licensed under the Apache License 2.0, like the project.
"""

import argparse
import copy
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

STEPS = 3
KINK_AT_0 = (nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SELU, nn.ReLU6)
KINKS_BESIDE = (nn.ReLU6, nn.Hardsigmoid, nn.Hardswish)


class SqueezeExcitation(nn.Module):
    """As in torchvision, with a gate that needs no sigmoid."""

    def __init__(self, channels, squeeze):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeeze, 1)
        self.fc2 = nn.Conv2d(squeeze, channels, 1)
        self.activation = nn.ReLU()
        self.scale_activation = nn.LeakyReLU(0.25)

    def forward(self, x):
        s = self.activation(self.fc1(self.avgpool(x)))
        return self.scale_activation(self.fc2(s)) * x


def bilinear(*size, **how):
    return nn.Upsample(*size, mode="bilinear", **how)
class PixelNorm(nn.LayerNorm):
    """LayerNorm of the channels of each pixel."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def cases():
    """Name: modules, shape of the input."""
    norm = nn.BatchNorm2d
    conv = nn.Conv2d
    transpose = nn.ConvTranspose2d
    return {
        "batch-norm": ([norm(5)], (6, 5, 4, 3)),
        "batch-norm-eps": ([norm(3, eps=0.1, momentum=0.4)], (3, 3, 2, 5)),
        "batch-norm-cumulative": ([norm(4, momentum=None)], (5, 4, 3, 3)),
        "batch-norm-plain": ([norm(17, affine=False)], (4, 17, 3, 2)),
        "batch-norm-flat": ([nn.Flatten(), nn.BatchNorm1d(60), nn.Linear(60, 4)], (7, 3, 4, 5)),
        "leaky-relu": ([nn.LeakyReLU()], (3, 4, 5, 2)),
        "leaky-relu-0": ([nn.LeakyReLU(0)], (3, 4, 5, 2)),
        "leaky-relu-steep": ([nn.LeakyReLU(1.5)], (3, 4, 5, 2)),
        "leaky-relu-negative": ([nn.LeakyReLU(-0.25)], (3, 4, 5, 2)),
        "avg-pool": ([nn.AvgPool2d(2)], (2, 3, 5, 4)),
        "avg-pool-padded": ([nn.AvgPool2d(3, 2, 1)], (2, 3, 6, 5)),
        "avg-pool-not-counted": ([nn.AvgPool2d(3, 2, 1, count_include_pad=False)], (2, 3, 6, 5)),
        "avg-pool-oblong": ([nn.AvgPool2d((2, 3), (1, 2), (1, 0))], (2, 4, 4, 7)),
        "avg-pool-global": ([nn.AdaptiveAvgPool2d(1)], (3, 6, 4, 5)),
        "relu6": ([nn.ReLU6()], (2, 4, 5, 2)),
        "hard-sigmoid": ([nn.Hardsigmoid()], (2, 4, 5, 2)),
        "hard-swish": ([nn.Hardswish()], (2, 4, 5, 2)),
        "sigmoid": ([nn.Sigmoid()], (2, 4, 5, 2)),
        "tanh": ([nn.Tanh()], (2, 4, 5, 2)),
        "silu": ([nn.SiLU()], (2, 4, 5, 2)),
        "mish": ([nn.Mish()], (2, 4, 5, 2)),
        "gelu": ([nn.GELU()], (2, 4, 5, 2)),
        "gelu-tanh": ([nn.GELU(approximate="tanh")], (2, 4, 5, 2)),
        "elu": ([nn.ELU()], (2, 4, 5, 2)),
        "elu-steep": ([nn.ELU(1.5)], (2, 4, 5, 2)),
        "elu-negative": ([nn.ELU(-0.5)], (2, 4, 5, 2)),
        "prelu": ([nn.PReLU()], (2, 4, 5, 2)),
        "prelu-channels": ([nn.PReLU(4)], (2, 4, 5, 2)),
        "prelu-flat": ([nn.Flatten(), nn.PReLU(24), nn.Linear(24, 3)], (2, 4, 3, 2)),
        "softmax": ([nn.Softmax(1)], (2, 4, 5, 2)),
        "softmax-flat": ([nn.Flatten(), nn.Softmax(1), nn.Linear(24, 3)], (2, 4, 3, 2)),
        "conv-transpose": ([transpose(3, 2, 3)], (2, 3, 3, 4)),
        "conv-transpose-strided": ([transpose(3, 4, 3, 2, 1, 1)], (2, 3, 3, 2)),
        "conv-transpose-groups": ([transpose(4, 6, 2, 2, bias=False, groups=2)], (2, 4, 3, 2)),
        "conv-transpose-oblong": (
            [transpose(2, 3, (3, 2), (2, 1), (0, 1), (1, 0), dilation=(1, 2))],
            (2, 2, 3, 4),
        ),
        "conv-groups": ([conv(4, 6, 3, padding=1, groups=2)], (2, 4, 5, 4)),
        "conv-groups-1x1": ([conv(12, 8, 1, bias=False, groups=4)], (2, 12, 3, 4)),
        "conv-depthwise": ([conv(5, 5, 3, padding=1, groups=5)], (2, 5, 5, 4)),
        "conv-depthwise-strided": ([conv(3, 3, 3, 2, 1, bias=False, groups=3)], (2, 3, 6, 5)),
        "conv-depthwise-multiplied": ([conv(3, 6, (2, 3), dilation=2, groups=3)], (2, 3, 5, 6)),
        "avg-pool-ceil": ([nn.AvgPool2d(3, 2, 1, ceil_mode=True)], (2, 3, 6, 5)),
        "avg-pool-ceil-not-counted": (
            [nn.AvgPool2d((2, 3), (3, 2), (1, 1), ceil_mode=True, count_include_pad=False)],
            (2, 3, 6, 6),
        ),
        "avg-pool-ceil-small": ([nn.AvgPool2d(3, 2, ceil_mode=True)], (2, 3, 2, 4)),
        "avg-pool-adaptive": ([nn.AdaptiveAvgPool2d((3, 4))], (2, 3, 7, 6)),
        "avg-pool-adaptive-larger": ([nn.AdaptiveAvgPool2d((5, 3))], (2, 3, 3, 2)),
        "max-pool": ([nn.MaxPool2d(3, 2, 1)], (2, 3, 6, 5)),
        "max-pool-ceil": ([nn.MaxPool2d(3, 2, ceil_mode=True)], (2, 3, 6, 8)),
        "max-pool-ceil-padded": ([nn.MaxPool2d(3, 2, 1, ceil_mode=True)], (2, 3, 6, 5)),
        "max-pool-dilated": (
            [nn.MaxPool2d((2, 3), (1, 2), (1, 1), dilation=(3, 2), ceil_mode=True)],
            (2, 3, 6, 8),
        ),
        "max-pool-global": ([nn.AdaptiveMaxPool2d(1)], (3, 6, 4, 5)),
        "channel-shuffle": ([nn.ChannelShuffle(3)], (2, 12, 2, 3)),
        "pad-zeros": ([nn.ZeroPad2d((2, 3, 1, 0))], (2, 3, 4, 5)),
        "pad-constant": ([nn.ConstantPad2d((2, 3, 1, 0), -0.75)], (2, 3, 4, 5)),
        "pad-reflect": ([nn.ReflectionPad2d((2, 3, 1, 0))], (2, 3, 4, 5)),
        "pad-replicate": ([nn.ReplicationPad2d((2, 3, 1, 0))], (2, 3, 4, 5)),
        "crop": ([nn.ZeroPad2d((-2, -1, -1, 0))], (2, 3, 4, 5)),
        "upsample-nearest": ([nn.Upsample(scale_factor=2)], (2, 3, 2, 3)),
        "upsample-nearest-scale": ([nn.Upsample(scale_factor=(1.7, 2.5))], (2, 2, 3, 4)),
        "upsample-nearest-size": ([nn.Upsample((5, 3))], (2, 3, 4, 5)),
        "upsample-bilinear": ([bilinear(scale_factor=2)], (2, 2, 3, 4)),
        "upsample-bilinear-scale": ([bilinear(scale_factor=(1.7, 0.6))], (2, 2, 3, 5)),
        "upsample-bilinear-size": ([bilinear((7, 3))], (2, 3, 4, 5)),
        "upsample-aligned": ([bilinear(scale_factor=2, align_corners=True)], (2, 2, 3, 4)),
        "upsample-aligned-size": ([bilinear((7, 1), align_corners=True)], (2, 3, 4, 5)),
        "squeeze-excitation": ([nn.Conv2d(2, 6, 1), SqueezeExcitation(6, 4)], (2, 2, 2, 3)),
        "selu": ([nn.SELU()], (2, 4, 5, 2)),
        "celu": ([nn.CELU(0.5)], (2, 4, 5, 2)),
        "softplus": ([nn.Softplus(2)], (2, 4, 5, 2)),
        "group-norm": ([nn.GroupNorm(3, 6)], (2, 6, 4, 3)),
        "group-norm-eps": ([nn.GroupNorm(2, 4, eps=0.1)], (2, 4, 2, 5)),
        "group-norm-plain": ([nn.GroupNorm(1, 5, affine=False)], (3, 5, 3, 2)),
        "group-norm-flat": ([nn.GroupNorm(2, 6)], (3, 6, 1, 1)),
        "instance-norm": ([nn.InstanceNorm2d(4)], (2, 4, 3, 3)),
        "instance-norm-affine": ([nn.InstanceNorm2d(3, eps=0.1, affine=True)], (2, 3, 4, 3)),
        "layer-norm": ([nn.LayerNorm([5, 4, 3])], (2, 5, 4, 3)),
        "layer-norm-eps": ([nn.LayerNorm([3, 2, 5], eps=0.1)], (2, 3, 2, 5)),
        "layer-norm-plain": ([nn.LayerNorm([2, 3, 3], elementwise_affine=False)], (3, 2, 3, 3)),
        "layer-norm-pixel": ([PixelNorm(7)], (2, 7, 3, 3)),
        "layer-norm-flat": ([nn.Flatten(), nn.LayerNorm(60), nn.Linear(60, 4)], (2, 3, 4, 5)),
    }


def write(file, modules, shape):
    net = nn.Sequential(*modules)
    for name, parameter in net.named_parameters():
        nn.init.uniform_(parameter, -1, 1)
    tensors = {"start." + name: t.clone() for name, t in net.state_dict().items()}
    net = copy.deepcopy(net).double()
    for step in range(STEPS):
        x = torch.randn(shape) * 2 + step
        if any(isinstance(module, KINK_AT_0) for module in modules):
            x[0, 0, 0] = 0
        if any(isinstance(module, KINKS_BESIDE) for module in modules):
            x[0, 0, 1], x[0, 0, 2], x[0, 0, 3] = -3, 3, 6
        leaf = x.double().requires_grad_()
        y = net(leaf)
        dy = torch.randn(y.shape)
        net.zero_grad()
        y.backward(dy.double())
        results = {"x": x, "dy": dy, "y": y, "dx": leaf.grad}
        results |= {"gradients." + n: p.grad.clone() for n, p in net.named_parameters()}
        tensors |= {f"{step}.{name}": t for name, t in results.items()}
    tensors |= {"end." + name: t for name, t in net.state_dict().items()}
    tensors["eval.x"] = torch.randn(shape)
    tensors["eval.y"] = net.eval()(tensors["eval.x"].double())
    tensors = {
        name: (t.float() if t.is_floating_point() else t).detach().contiguous()
        for name, t in tensors.items()
    }
    save_file(tensors, file, {"steps": str(STEPS), "pytorch": torch.__version__})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where to; made if it is not there")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for number, (name, (modules, shape)) in enumerate(cases().items()):
        torch.manual_seed(number)
        write(folder / f"{name}.safetensors", modules, shape)


if __name__ == "__main__":
    main()
