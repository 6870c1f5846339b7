#!/usr/bin/env python3
"""Measures PyTorch's layers alone, as dev.lanewise.bench.LayerSpeed measures those of Lanewise.

train is forward and backward with all gradients, forward an inference; both on a batch that is
ready in memory. One line for each layer and memory layout.

Needs torch and numpy. Licensed under the Apache License 2.0, like the project.
"""

import argparse

import peer
import torch
from torch import nn
from torch.nn import functional

MAP = (64, 32, 32)
HALF = (64, 16, 16)
SMALL = (256, 8, 8)


class Several(nn.Module):
    """A function of several inputs."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


class StochasticDepth(nn.Module):
    """torchvision's, in its mode "row"."""

    def __init__(self, p):
        super().__init__()
        self.survival = 1 - p

    def forward(self, x):
        if not self.training:
            return x
        noise = x.new_empty(x.shape[0], 1, 1, 1).bernoulli_(self.survival)
        return x * noise.div_(self.survival)


class PixelNorm(nn.LayerNorm):
    """LayerNorm of the channels of each pixel."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def layers():
    """(name, module, shapes [C, H, W] of the inputs)."""

    def conv(kernel, **options):
        return nn.Conv2d(64, 64, kernel, padding=kernel // 2, **options)

    yield "relu", nn.ReLU(), [MAP]
    yield "leaky_relu", nn.LeakyReLU(), [MAP]
    yield "relu6", nn.ReLU6(), [MAP]
    yield "prelu", nn.PReLU(64), [MAP]
    yield "elu", nn.ELU(), [MAP]
    yield "selu", nn.SELU(), [MAP]
    yield "celu", nn.CELU(), [MAP]
    yield "gelu", nn.GELU(), [MAP]
    yield "gelu-tanh", nn.GELU(approximate="tanh"), [MAP]
    yield "silu", nn.SiLU(), [MAP]
    yield "mish", nn.Mish(), [MAP]
    yield "softplus", nn.Softplus(), [MAP]
    yield "hard_sigmoid", nn.Hardsigmoid(), [MAP]
    yield "hard_swish", nn.Hardswish(), [MAP]
    yield "sigmoid", nn.Sigmoid(), [MAP]
    yield "tanh", nn.Tanh(), [MAP]
    yield "softmax", nn.Softmax(1), [MAP]
    yield "dropout", nn.Dropout(0.5), [MAP]
    yield "dropout2d", nn.Dropout2d(0.5), [MAP]
    yield "stochastic_depth", StochasticDepth(0.2), [MAP]
    yield "batch_norm2d", nn.BatchNorm2d(64), [MAP]
    yield "group_norm", nn.GroupNorm(8, 64), [MAP]
    yield "instance_norm", nn.InstanceNorm2d(64), [MAP]
    yield "layer_norm", nn.LayerNorm([64, 32, 32]), [MAP]
    yield "layer_norm-per-pixel", PixelNorm(64), [MAP]
    yield "max_pool2d-2", nn.MaxPool2d(2), [MAP]
    yield "max_pool2d-3-stride-2", nn.MaxPool2d(3, 2, 1), [MAP]
    yield "avg_pool2d-2", nn.AvgPool2d(2), [MAP]
    yield "avg_pool2d-3", nn.AvgPool2d(3, 1, 1), [MAP]
    yield "avg_pool2d-global", nn.AdaptiveAvgPool2d(1), [SMALL]
    yield "avg_pool2d-adaptive", nn.AdaptiveAvgPool2d(3), [SMALL]
    yield "max_pool2d-3", nn.MaxPool2d(3, 1, 1), [MAP]
    yield "max_pool2d-global", nn.AdaptiveMaxPool2d(1), [SMALL]
    yield "pad2d", nn.ZeroPad2d(1), [MAP]
    yield "pad2d-reflect", nn.ReflectionPad2d(1), [MAP]
    yield "pad2d-replicate", nn.ReplicationPad2d(1), [MAP]
    yield "crop2d", nn.ZeroPad2d(-1), [MAP]
    yield "upsample2d-nearest", nn.Upsample(scale_factor=2), [HALF]
    yield "upsample2d-bilinear", nn.Upsample(scale_factor=2, mode="bilinear"), [HALF]
    yield "channel_shuffle", nn.ChannelShuffle(2), [MAP]
    yield "channel_pad", Several(lambda x: functional.pad(x, (0, 0, 0, 0, 16, 16))), [MAP]
    yield "add", Several(torch.add), [MAP, MAP]
    yield "multiply", Several(torch.mul), [MAP, MAP]
    yield "multiply-channels", Several(torch.mul), [MAP, (64, 1, 1)]
    yield "concatenate", Several(lambda *x: torch.cat(x, 1)), [MAP, MAP]
    yield "conv2d-1", conv(1), [MAP]
    yield "conv2d-3", conv(3), [MAP]
    yield "conv2d-5-stride-2", conv(5, stride=2), [MAP]
    yield "conv2d-depthwise-3", conv(3, groups=64), [MAP]
    yield "conv2d-depthwise-3-stride-2", conv(3, stride=2, groups=64), [MAP]
    yield "conv2d-8-groups", conv(3, groups=8), [MAP]
    yield "conv_transpose2d-2", nn.ConvTranspose2d(64, 64, 2, 2), [HALF]
    yield "dense", nn.Linear(1024, 512), [(1024,)]


def line(args, name, module, shapes, layout_name, layout):
    torch.manual_seed(1)

    def tensor(*shape):
        made = torch.randn(args.batch_size, *shape)
        return made.to(memory_format=layout) if len(shape) == 3 else made

    module = module.to(memory_format=layout)
    inputs = [tensor(*shape).requires_grad_() for shape in shapes]
    wanted = [*inputs, *module.parameters()]
    dy = tensor(*module(*inputs).shape[1:])

    def train():
        module.train()
        torch.autograd.grad(module(*inputs), wanted, dy)

    def forward():
        module.eval()
        with torch.inference_mode():
            module(*inputs)

    head = f"pytorch layer {name} B={args.batch_size} T={args.threads}"
    steps = {"train": train, "forward": forward}
    return peer.Line(head, steps, args.batch_size, "img/s", f"  ({layout_name})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layer", default="", help="begins the names of those to measure")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    peer.add_times(parser)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print(f"# PyTorch {torch.__version__}", flush=True)
    layouts = {
        "contiguous": torch.contiguous_format,
        "channels_last": torch.channels_last,
    }
    beginnings = tuple(args.layer.split(","))
    lines = [
        line(args, name, module, shapes, layout, value)
        for layout, value in layouts.items()
        for name, module, shapes in layers()
        if name.startswith(beginnings) and not (layout == "channels_last" and len(shapes[0]) == 1)
    ]
    peer.measure(lines, args)


if __name__ == "__main__":
    main()
