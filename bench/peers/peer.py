"""What the scripts of all peers share: their options, the images, and how time is taken.

The measurements are those of dev.lanewise.bench.Throughput: a warm-up, then the median of three
windows, taken in turn; or, with --turns, one window of each figure whenever a line on standard
input says so. Licensed under the Apache License 2.0, like the project.
"""

import argparse
import gzip
import math
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MODELS = ("simple", "complex", "lenet5", "vgg_small", "resnet20", "mobilenet_small")
DIGITS = ("simple", "complex", "lenet5")  # the others are for photos
PHOTOS = 1000  # random ones
CLASSES = 10

# Of mobilenet_small: channels and stride of each pair of a depthwise and a 1x1 convolution.
SEPARABLE = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1))

WINDOWS = 3
MIN_WARM_UP = 8
MAX_SECONDS = 86_400


def options(doc):
    """The options of a peer that runs whole networks."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--model", choices=MODELS, default="complex")
    parser.add_argument("--batch-size", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    add_times(parser)
    parser.add_argument("--data", type=Path, required=True, help="a folder with IDX files")
    return parser


def add_times(parser):
    parser.add_argument("--seconds", type=float, default=6, help="of the three windows together")
    parser.add_argument("--warm-up", type=float, help="default: --seconds, and at least 8")
    parser.add_argument(
        "--turns",
        action="store_true",
        help="for each line on standard input, a number of seconds: a window of that length for "
        "each figure; prints the figures and an empty line",
    )


def read_idx(folder, stem, dims):
    """The content of an IDX file, compressed or not, as an array of bytes."""
    for name in (f"{stem}-idx{dims}-ubyte", f"{stem}.idx{dims}-ubyte"):
        for file, opener in ((folder / name, open), (folder / (name + ".gz"), gzip.open)):
            if file.is_file():
                with opener(file, "rb") as stream:
                    content = stream.read()
                shape = np.frombuffer(content, ">i4", dims, 4)
                return np.frombuffer(content, np.uint8, offset=4 + 4 * dims).reshape(shape)
    raise FileNotFoundError(f"{folder}: no {stem}-idx{dims}-ubyte or {stem}-idx{dims}-ubyte.gz")


def training_set(args):
    """Images [N, H, W, C] and labels [N], both as bytes; ends the script if they cannot be read.

    Networks for photos get random ones, as many as dev.lanewise.bench.RandomImages makes.
    """
    if args.model not in DIGITS:
        random = np.random.default_rng(1)
        count = max(PHOTOS, args.batch_size)
        pixels = random.integers(256, size=(count, 32, 32, 3), dtype=np.uint8)
        return pixels, random.integers(CLASSES, size=count, dtype=np.uint8)
    try:
        images = read_idx(args.data, "train-images", 3)
        return images[..., np.newaxis], read_idx(args.data, "train-labels", 1)
    except OSError as e:
        sys.exit(f"{Path(sys.argv[0]).name}: {e}")


class Order:
    """The indices of all images, shuffled anew when they are used up."""

    def __init__(self, size, batch_size):
        self.random = np.random.default_rng(1)
        self.size = size
        self.batch_size = batch_size
        self.next = size

    def batch(self):
        if self.next > self.size - self.batch_size:
            self.order = self.random.permutation(self.size)
            self.next = 0
        start = self.next
        self.next += self.batch_size
        return self.order[start : self.next]


def steps_per_second(step, length):
    """The rate of one window."""
    start = time.perf_counter()
    steps = 0
    while True:
        step()
        steps += 1
        elapsed = time.perf_counter() - start
        if elapsed >= length:
            return steps / elapsed


@dataclass
class Line:
    """Figures that are printed in one line: the rates of some steps."""

    head: str
    steps: dict  # name: what one step does
    scale: float  # units a step
    unit: str
    tail: str = ""

    def window(self, length):
        return {name: self.scale * steps_per_second(f, length) for name, f in self.steps.items()}

    def show(self, rates):
        figures = (f"{name} {rate:.1f} {self.unit}" for name, rate in rates.items())
        print(self.head, "  ".join(figures) + self.tail, flush=True)


def network_line(name, args, tail="", **steps):
    head = f"{name} {args.model} B={args.batch_size} T={args.threads}"
    return Line(head, steps, args.batch_size, "img/s", tail)


def measure(lines, args):
    """Measures lines of figures, and prints them."""
    if args.turns:
        take_turns(lines)
        return
    for line in lines:
        line.window(max(MIN_WARM_UP, args.seconds) if args.warm_up is None else args.warm_up)
    windows = [[line.window(args.seconds / WINDOWS) for line in lines] for _ in range(WINDOWS)]
    for line, rates in zip(lines, zip(*windows)):
        line.show({name: statistics.median(r[name] for r in rates) for name in line.steps})


def take_turns(lines):
    for text in sys.stdin:
        try:
            length = float(text)
        except ValueError:
            length = math.nan
        if not 0 <= length <= MAX_SECONDS:
            sys.exit(
                "--turns expects seconds on standard input, at least 0 and at most a day, "
                f"but was given {text.rstrip()}"
            )
        for line in lines:
            line.show(line.window(length))
        print(flush=True)
