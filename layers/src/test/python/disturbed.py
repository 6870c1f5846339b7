"""PyTorch's layers, which can also be disturbed as float rounding would disturb them.

A float sum of k products rounds k partial sums, each by at most 2^-24 of itself, up or down as if
by chance (Higham and Mary, "A new approach to probabilistic rounding error analysis", 2019). A
partial sum is a share of the whole and a random walk, so that the root mean square of the error is
below

    sqrt(k + 2) * 2^-24 * (|sum ab| + sqrt(sum (ab)^2)) / sqrt(3)

A disturbed layer adds a random number of that root mean square to every element that its forward or
backward pass computes, and of 8 times that where Lanewise takes Winograd's F(4x4, 3x3), whose
largest errors were measured to be so many times those of the definition. Layers without sums round
nothing.

Licensed under the Apache License 2.0, like the project.
"""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

UNIT = 2.0**-24
WINOGRAD = 8


class Window(NamedTuple):
    """A window; padding is "same" or (top, bottom, left, right)."""

    kernel: tuple
    stride: tuple
    dilation: tuple
    padding: object

    def sides(self, height, width):
        """The padding in the order of functional.pad: left, right, top, bottom."""
        if self.padding != "same":
            top, bottom, left, right = self.padding
            return left, right, top, bottom
        sides = []
        for size, k, s, d in zip((width, height), *(p[::-1] for p in self[:3])):
            total = max(0, (size - 1) // s * s + d * (k - 1) + 1 - size)
            sides += [total // 2, total - total // 2]
        return tuple(sides)

    def output(self, height, width):
        """Rows and columns of the output; below 1 where the window does not fit."""
        left, right, top, bottom = self.sides(height, width)
        padded = (height + top + bottom, width + left + right)
        return tuple(
            (p - d * (k - 1) - 1) // s + 1 for p, k, s, d in zip(padded, *self[:3])
        )

    def __str__(self):
        padding = self.padding if self.padding == "same" else ",".join(map(str, self.padding))
        return " ".join(map(str, [*self.kernel, *self.stride, *self.dilation, padding]))


class Summing:
    """What layers with weights share: to be disturbed as rounding would."""

    generator = None  # of the disturbance, if there is one
    amplification = 1

    def forward(self, x):
        if self.generator is None:
            return self.compute(x, self.weight, self.bias)
        return Disturbed.apply(self, x, self.weight, self.bias)

    def disturb(self, value, magnitude, terms):
        reach = self.amplification * (terms + 2) ** 0.5 * UNIT
        return moved(value, reach * magnitude, self.generator)


def moved(value, reach, generator):
    return value + reach * (2 * torch.rand(value.shape, generator=generator).to(value) - 1)


class Disturbed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, layer, *operands):
        ctx.layer = layer
        ctx.save_for_backward(*operands)
        y = layer.compute(*operands)
        magnitude = layer.compute(*map(torch.square, operands)).sqrt() + y.abs()
        return layer.disturb(y, magnitude, layer.terms(magnitude)[0])

    @staticmethod
    def backward(ctx, dy):
        layer = ctx.layer
        exact = Disturbed.derivatives(layer, ctx.saved_tensors, dy)
        magnitudes = Disturbed.derivatives(layer, map(torch.square, ctx.saved_tensors), dy.square())
        magnitudes = [m.sqrt() + e.abs() for m, e in zip(magnitudes, exact)]
        terms = layer.terms(dy)[1:]
        return None, *(layer.disturb(*all_three) for all_three in zip(exact, magnitudes, terms))

    @staticmethod
    def derivatives(layer, operands, dy):
        operands = [operand.detach().requires_grad_() for operand in operands]
        with torch.enable_grad():
            y = layer.compute(*operands)
        return torch.autograd.grad(y, operands, dy)


class Conv(Summing, nn.Conv2d):
    def __init__(self, inputs, outputs, window, algorithm, shape):
        left, right, top, bottom = sides = window.sides(*shape)
        padding = 0
        if window.padding == "same" and window.stride == (1, 1):
            padding = "same"
        elif (left, top) == (right, bottom):
            padding = (top, left)
        super().__init__(inputs, outputs, *window[:2], padding, window.dilation)
        self.sides = (0, 0, 0, 0) if padding else sides  # what nn.Conv2d can do, it does
        plain = window[:3] == ((3, 3), (1, 1), (1, 1)) and max(left, right, top, bottom) <= 2
        if plain and inputs % 16 == outputs % 16 == 0 and algorithm == "AUTO":
            self.amplification = WINOGRAD
        self.description = f"conv {inputs} {outputs} {window} {algorithm}"

    def compute(self, x, weight, bias):
        x = functional.pad(x, self.sides)
        return functional.conv2d(x, weight, bias, self.stride, self.padding, self.dilation)

    def terms(self, y):
        taps = self.kernel_size[0] * self.kernel_size[1]
        pixels = y[:, 0].numel()
        return taps * self.in_channels + 1, taps * self.out_channels, pixels, pixels


class Dense(Summing, nn.Linear):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.description = f"dense {inputs} {outputs}"

    def compute(self, x, weight, bias):
        return functional.linear(x, weight, bias)

    def terms(self, y):
        return self.in_features + 1, self.out_features, len(y), len(y)


class Relu(nn.ReLU):
    description = "relu"

    def forward(self, x):
        y = super().forward(x)
        self.decision = y > 0
        return y


class Pool(nn.Module):
    def __init__(self, window, shape):
        super().__init__()
        self.window = window
        left, right, top, bottom = sides = window.sides(*shape)
        kernel = window.kernel
        own = (left, top) == (right, bottom) and 2 * left <= kernel[1] and 2 * top <= kernel[0]
        self.padding = (top, left) if own else 0  # what nn.MaxPool2d can do, it does
        self.sides = (0, 0, 0, 0) if own else sides
        self.description = f"pool {window}"

    def forward(self, x):
        x = functional.pad(x, self.sides, value=-torch.inf)
        kernel, stride, dilation, _ = self.window
        y, self.decision = functional.max_pool2d(
            x, kernel, stride, self.padding, dilation, return_indices=True
        )
        return y


class Flatten(nn.Flatten):
    description = "flatten"


class Logits(torch.autograd.Function):
    """A relative error of exp(z[j] - max) or of the sum is an error of z[j] before them."""

    @staticmethod
    def forward(ctx, logits, generator):
        ctx.generator = generator
        depth = logits.amax(1, keepdim=True) - logits
        return moved(logits, (logits.shape[1] + 4 + depth) * UNIT, generator)

    @staticmethod
    def backward(ctx, dy):
        return moved(dy, 2 * UNIT * dy.abs(), ctx.generator), None
