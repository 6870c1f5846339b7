#!/usr/bin/env python3
"""Writes down what PyTorch computes, for PyTorchTest to hold Lanewise against.

Each case is a network with data: random architectures, and with --models the two networks of the
application. PyTorch runs ten steps of SGD on it in double precision, from weights and images that
are floats. A safetensors file holds the start (input, weights.*), the logits and gradients.* of the
first step, the losses of the ten steps, and the trained.* weights after them, all in PyTorch's
layouts. Its metadata describe the layers and say for each result how far float rounding may take
it ("bound.NAME") and how far it took PyTorch's own float32 run ("float32.NAME").

The bound. The double precision run is repeated 16 times, disturbed at random as float rounding
would disturb it: the results of all layers, forward and backward, and the logits (disturbed.py
derives by how much), and each weight after each step by half a unit in the last place, in the same
direction each time: where steps are alike, so are their roundings. The largest distance of any of
these runs from the undisturbed one is the bound, with half a unit in the last place for keeping the
result as a float.

A random case is drawn again if a disturbed run decides anywhere differently in a rectifier or a
pooling, for then no bound of rounding holds; if a gradient is zero throughout; or if a bound is
above a thousandth of the result's largest value, for then the case would prove little. In the
networks of the application some rectifier of the hundred thousands is always within rounding of
its kink, so theirs are not drawn again: their bounds contain such decisions.

Needs torch and safetensors. Licensed under the Apache License 2.0, like the project.
"""

import argparse
import collections
import copy
import random
import warnings
from pathlib import Path

import disturbed
import torch
from disturbed import Conv, Dense, Flatten, Pool, Relu, Window
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

STEPS = 10
RUNS = 16  # disturbed ones
SHARPNESS = 1e-3


def run(net, images, labels, rate, seed=None):
    """Ten steps: the results by name, and what rectifiers and poolings decided."""
    net = copy.deepcopy(net)
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    for layer in net:
        if isinstance(layer, disturbed.Summing):
            layer.generator = generator
    directions = [torch.randint(2, p.shape, generator=generator) * 2 - 1 for p in net.parameters()]
    optimizer = torch.optim.SGD(net.parameters(), lr=rate)
    results, losses, decisions = {}, [], []
    for step in range(STEPS):
        logits = net(images)
        decisions += [layer.decision for layer in net if hasattr(layer, "decision")]
        judged = logits if generator is None else disturbed.Logits.apply(logits, generator)
        loss = functional.cross_entropy(judged, labels)
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            results["logits"] = logits.detach()
            for name, parameter in net.named_parameters():
                results["gradients." + name] = parameter.grad.clone()
        losses.append(loss.detach())
        optimizer.step()
        if generator is not None:
            with torch.no_grad():
                for parameter, direction in zip(net.parameters(), directions):
                    parameter += disturbed.UNIT * parameter.abs() * direction
    results["losses"] = torch.stack(losses)
    for name, parameter in net.named_parameters():
        results["trained." + name] = parameter.detach()
    return results, decisions


def differ(some, others):
    return not all(map(torch.equal, some, others))


def distance(results, others, name):
    return (results[name] - others[name].to(torch.float64)).abs().max().item()


def write(file, net, images, labels, rate, redraw):
    """Writes a case, or returns why it must be drawn again."""
    start = {"input": images, **{"weights." + n: p.detach() for n, p in net.named_parameters()}}
    rate = torch.tensor(rate, dtype=torch.float32).item()
    single, _ = run(net, images, labels, rate)
    net, images = copy.deepcopy(net).double(), images.double()
    results, decisions = run(net, images, labels, rate)
    bounds = dict.fromkeys(results, 0.0)
    for seed in range(RUNS):
        others, moves = run(net, images, labels, rate, seed)
        if redraw and differ(decisions, moves):
            return "a decision"
        for name in results:
            bounds[name] = max(bounds[name], distance(results, others, name))
    metadata = {
        "layers": "\n".join(layer.description for layer in net),
        "labels": " ".join(map(str, labels.tolist())),
        "learningRate": repr(rate),
        "pytorch": torch.__version__,
    }
    for name, result in results.items():
        largest = result.abs().max().item()
        if redraw and largest == 0:
            return "a gradient of zeros"
        if redraw and not bounds[name] <= SHARPNESS * largest:
            return "a loose bound"
        metadata["bound." + name] = repr(bounds[name] + largest * disturbed.UNIT)
        metadata["float32." + name] = repr(distance(results, single, name))
    tensors = {**start, **{name: result.float() for name, result in results.items()}}
    save_file({name: t.contiguous() for name, t in tensors.items()}, file, metadata)
    return None


def initialize(net):
    for layer in net:
        if isinstance(layer, disturbed.Summing):
            fan_in = layer.weight[0].numel()
            nn.init.normal_(layer.weight, std=(2 / fan_in) ** 0.5)
            nn.init.normal_(layer.bias, std=0.1)


def pair(rng, low, high):
    return rng.randint(low, high), rng.randint(low, high)


def random_window(rng, shape, kernels, pooling=False):
    """A window that fits over a map of this shape."""
    while True:
        kernel = pair(rng, 1, kernels)
        stride = rng.choice([(1, 1), pair(rng, 1, 3)])
        dilation = rng.choice([(1, 1), (1, 1), pair(rng, 1, 3)])
        rows, columns = [k - 1 for k in kernel] if pooling else (3, 3)  # of padding, at most
        sides = pair(rng, 0, rows) + pair(rng, 0, columns)
        symmetric = sides[:1] * 2 + sides[2:3] * 2
        padding = rng.choice(["same", (0, 0, 0, 0), symmetric, sides])
        window = Window(kernel, stride, dilation, padding)
        if min(window.output(*shape)) >= 1 and not (pooling and sees_padding_only(window, shape)):
            return window


def sees_padding_only(window, shape):
    pool = Pool(window, shape)
    return pool(torch.zeros(1, 1, *shape)).isinf().any().item()


def random_network(rng):
    """Convolutions, rectifiers and poolings in any order, then dense layers; and an input shape."""
    channels = rng.choice([1, 2, 3, 5, 16, 32])
    height, width = pair(rng, 1, 12)
    start = (channels, height, width)
    layers = []
    for _ in range(rng.randint(0, 3)):
        algorithm = rng.choice(["AUTO", "AUTO", "DIRECT"])
        if min(height, width) >= 2 and rng.random() < 0.4:  # of the kind that Winograd serves
            outputs = rng.choice([16, 16, 32, 48])
            sides = tuple(rng.randint(1, 2) for _ in range(4))
            window = Window((3, 3), (1, 1), (1, 1), rng.choice(["same", sides]))
        else:
            outputs = rng.randint(1, 20)
            window = random_window(rng, (height, width), 5)
        layers.append(Conv(channels, outputs, window, algorithm, (height, width)))
        channels, (height, width) = outputs, window.output(height, width)
        if rng.random() < 0.7:
            layers.append(Relu())
        if rng.random() < 0.6:
            window = random_window(rng, (height, width), 3, pooling=True)
            layers.append(Pool(window, (height, width)))
            height, width = window.output(height, width)
            if rng.random() < 0.2:
                layers.append(Relu())
    layers.append(Flatten())
    features = channels * height * width
    for _ in range(rng.randint(0, 2)):
        hidden = rng.randint(1, 40)
        layers += [Dense(features, hidden), Relu()]
        features = hidden
    layers.append(Dense(features, rng.randint(2, 12)))
    return nn.Sequential(*layers), start


def write_random(file, number, most):
    """Draws until a case can be used; counts why others could not."""
    reasons = collections.Counter()
    while True:
        rng = random.Random(f"{number} {reasons.total()}")
        net, shape = random_network(rng)
        limit = most
        if number % 6 == 0:
            limit += 3000  # 16 filters over 16 channels take 2304
            if all(getattr(layer, "amplification", 1) == 1 for layer in net):
                reasons["no Winograd in every sixth"] += 1
                continue
        if sum(p.numel() for p in net.parameters()) > limit:
            reasons["too many weights"] += 1
            continue
        torch.manual_seed(rng.getrandbits(32))
        initialize(net)
        images = torch.randn(rng.randint(1, 8), *shape)
        labels = torch.randint(net[-1].out_features, (len(images),))
        rate = rng.choice([0.01, 0.05, 0.1])
        reason = write(file, net, images, labels, rate, redraw=True)
        if reason is None:
            return reasons
        reasons[reason] += 1


def model(name):
    """The networks of the application for 28x28 images: dev.lanewise.layers.Models."""
    same = Window((3, 3), (1, 1), (1, 1), "same")
    pool = Window((2, 2), (2, 2), (1, 1), (0, 0, 0, 0))
    conv = lambda i, o, size: [Conv(i, o, same, "AUTO", (size, size)), Relu()]
    if name == "simple":
        layers = [*conv(1, 8, 28), Pool(pool, (28, 28)), Flatten(), Dense(8 * 14 * 14, 10)]
    else:
        layers = [*conv(1, 32, 28), *conv(32, 32, 28), Pool(pool, (28, 28))]
        layers += [*conv(32, 64, 14), *conv(64, 64, 14), Pool(pool, (14, 14)), Flatten()]
        layers += [Dense(64 * 7 * 7, 128), Relu(), Dense(128, 10)]
    return nn.Sequential(*layers)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where to; made if it is not there")
    parser.add_argument("--random", type=int, default=200, help="how many random architectures")
    parser.add_argument("--weights", type=int, default=60_000, help="the most of one, about")
    parser.add_argument("--models", action="store_true", help="simple and complex, too")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore", message="Using padding='same' with even kernel")
    torch.set_num_threads(1)  # more would be slower for what is so small
    reasons = collections.Counter()
    for number in range(args.random):
        file = args.folder / f"random-{number:03}.safetensors"
        reasons += write_random(file, number, args.weights)
    print(f"{args.random} random architectures; drawn again for {dict(reasons)}")
    torch.set_num_threads(2)
    for name in ["simple", "complex"] if args.models else []:
        torch.manual_seed(1)
        net = model(name)
        initialize(net)
        # Dark for the most part, as MNIST is.
        images = torch.rand(10, 1, 28, 28) * (torch.rand(10, 1, 28, 28) < 0.2)
        labels = torch.randint(10, (10,))
        write(args.folder / f"{name}.safetensors", net, images, labels, 0.01, redraw=False)


if __name__ == "__main__":
    main()
