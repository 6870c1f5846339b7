#!/usr/bin/env python3
"""Writes down what torchvision makes of images, for TorchvisionTest to hold Lanewise against.

Lanewise's random numbers are drawn here as its documentation says (SplitMix64; the stream of an
image is split off by seed, "augment", epoch, image), in the order in which its transforms draw
them, and handed to the functions of torchvision, which compute in double precision. The fill of
affine maps is taken off first and added afterwards: torchvision's own fades the edges twice.
images.safetensors holds the images [N, C, H, W] of one and of three channels, each other file what
a transform makes of them.

Needs torch, torchvision and safetensors. Licensed under the Apache License 2.0, like the project.
"""

import argparse
import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

SEED = 5
EPOCH = 3
IMAGES = 4
H, W = 9, 8

M = (1 << 64) - 1
G = 0x9E3779B97F4A7C15


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & M
    z = (z ^ z >> 27) * 0x94D049BB133111EB & M
    return z ^ z >> 31


class Random:
    def __init__(self, state):
        self.state = state & M

    def named(self, name):
        h = mix(self.state + G & M)
        for c in name:
            h = mix(h ^ ord(c) * G & M)
        return Random(h)

    def numbered(self, number):
        return Random(mix(mix(self.state + G & M) + (number + 1) * G & M))

    def bits(self):
        self.state = self.state + G & M
        return mix(self.state)

    def unit(self):
        return (self.bits() >> 11) * 2.0**-53

    def below(self, bound):
        product = (self.bits() >> 32) * bound
        while (product & 0xFFFFFFFF) < 2**32 % bound:
            product = (self.bits() >> 32) * bound
        return product >> 32

    def between(self, low, high):
        return low + (high - low) * self.unit()

    def gaussian(self):
        while True:
            u, v = 2 * self.unit() - 1, 2 * self.unit() - 1
            s = u * u + v * v
            if 0 < s < 1:
                return u * math.sqrt(-2 * math.log(s) / s)


def affine(rotate=(0, 0), shift=(0, 0), scale=(1, 1), shear=(0, 0, 0, 0), bilinear=False, fill=0):
    def apply(x, r):
        angle = r.between(*rotate)
        tx = round(r.between(-shift[0] * W, shift[0] * W))
        ty = round(r.between(-shift[1] * H, shift[1] * H))
        s = r.between(*scale)
        shears = [r.between(*shear[:2]), r.between(*shear[2:])]
        mode = InterpolationMode.BILINEAR if bilinear else InterpolationMode.NEAREST
        return F.affine(x - fill, angle, [tx, ty], s, shears, mode) + fill

    return apply


def elastic(alpha, sigma, fill=0):
    def apply(x, r):
        field = torch.zeros(2, 1, H, W, dtype=torch.double)
        for i in range(H * W):
            bits = r.bits()
            for k, half in enumerate([bits >> 40, (bits & 0xFFFFFFFF) >> 8]):
                field[k, 0, i // W, i % W] = (half - (half >> 23 << 24)) * 2.0**-23
        radius = round(4 * sigma)
        line = torch.exp(-0.5 * (torch.arange(-radius, radius + 1.0).double() / sigma) ** 2)
        line /= line.sum()
        for kernel in (line.view(1, 1, -1, 1), line.view(1, 1, 1, -1)):
            pad = [n // 2 for n in kernel.shape[2:]]
            field = torch.nn.functional.conv2d(field, kernel, padding=pad)
        moved = torch.stack([alpha * 2 / W * field[0], alpha * 2 / H * field[1]], -1)
        return F.elastic_transform(x - fill, moved, InterpolationMode.BILINEAR, None) + fill

    return apply


def flip(horizontal, p=0.5):
    return lambda x, r: (F.hflip if horizontal else F.vflip)(x) if r.unit() < p else x


def crop(vertical, horizontal, mode, fill=0):
    def apply(x, r):
        top, left = r.below(2 * vertical + 1), r.below(2 * horizontal + 1)
        x = F.pad(x, [horizontal, vertical], fill, mode)
        return F.crop(x, top, left, H, W)

    return apply


def sides(r, area, ratio):
    target = H * W * r.between(*area)
    aspect = math.exp(r.between(math.log(ratio[0]), math.log(ratio[1])))
    return round(math.sqrt(target * aspect)), round(math.sqrt(target / aspect))


def resized_crop(area=(0.08, 1), ratio=(3 / 4, 4 / 3)):
    def apply(x, r):
        for _ in range(10):
            w, h = sides(r, area, ratio)
            if 0 < w <= W and 0 < h <= H:
                top, left = r.below(H - h + 1), r.below(W - w + 1)
                break
        else:
            w = round(H * ratio[1]) if W / H > ratio[1] else W
            h = round(W / ratio[0]) if W / H < ratio[0] else H
            top, left = (H - h) // 2, (W - w) // 2
        return F.resized_crop(x, top, left, h, w, [H, W], antialias=False)

    return apply


def erasing(p, area=(0.02, 0.33), ratio=(0.3, 3.3), noise=False):
    def apply(x, r):
        if r.unit() >= p:
            return x
        for _ in range(10):
            h, w = sides(r, area, ratio)
            if h < H and w < W:
                top, left = r.below(H - h + 1), r.below(W - w + 1)
                v = torch.zeros(h, w, len(x), dtype=torch.double)
                if noise:
                    v = torch.tensor([r.gaussian() for _ in range(v.numel())]).double().view(v.shape)
                return F.erase(x, top, left, h, w, v.permute(2, 0, 1))
        return x

    return apply


def jitter(brightness=0, contrast=0, saturation=0, hue=0):
    def apply(x, r):
        factors = [r.between(max(0, 1 - b), 1 + b) for b in (brightness, contrast, saturation)]
        factors.append(r.between(-hue, hue))
        functions = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]
        left = [0, 1, 2, 3]
        while left:
            which = left.pop(r.below(len(left)))
            x = functions[which](x, factors[which])
        return x

    return apply


CASES = {
    "affine-nearest": affine((-180, 180), (0.2, 0.3), (0.7, 1.4), (-20, 20, -10, 15)),
    "affine-bilinear": affine((-180, 180), (0.2, 0.3), (0.7, 1.4), (-20, 20, -10, 15), True),
    "affine-fill": affine((20, 30), (0, 0), (0.5, 0.5), bilinear=True, fill=0.5),
    "affine-shift": affine(shift=(0.5, 0.5)),
    "affine-shear": affine(shear=(40, 40, 0, 0), bilinear=True),
    "affine-halved": affine(scale=(0.5, 0.5)),
    "elastic": elastic(20, 1.5),
    "elastic-wide": elastic(60, 4, 0.25),
    "flip-horizontal": flip(True),
    "flip-vertical": flip(False, 0.7),
    "crop": crop(4, 4, "constant"),
    "crop-fill": crop(12, 1, "constant", 0.5),
    "crop-reflect": crop(2, 7, "reflect"),
    "crop-edge": crop(3, 9, "edge"),
    "resized-crop": resized_crop(),
    "resized-crop-wide": resized_crop((0.9, 1), (3, 4)),
    "erasing": erasing(1),
    "erasing-half": erasing(0.5, (0.1, 0.2), (1, 1)),
    "erasing-noise": erasing(1, noise=True),
    "jitter": jitter(0.4, 0.4, 0.4, 0.2),
    "jitter-strong": jitter(2, 3, 4, 0.5),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    images = {f"{c}": torch.randint(256, (IMAGES, c, H, W)).float() / 255 for c in (1, 3)}
    images["3"][0, :, 0] = images["3"][0, :1, 0]  # grey
    save_file(images, folder / "images.safetensors", {"pytorch": torch.__version__})
    stream = Random(SEED).named("augment").numbered(EPOCH)
    for name, transform in CASES.items():
        results = {
            c: torch.stack([transform(x[i].double(), stream.numbered(i)) for i in range(IMAGES)])
            for c, x in images.items()
        }
        results = {c: y.float().contiguous() for c, y in results.items()}
        save_file(results, folder / (name + ".safetensors"))


if __name__ == "__main__":
    main()
