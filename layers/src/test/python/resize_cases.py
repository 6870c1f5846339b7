#!/usr/bin/env python3
"""Writes down what Pillow makes of pictures of other sizes, for FramingTest to hold Lanewise against.

Sizes and places are those of torchvision's Resize and CenterCrop for PIL images. A line holds mode,
side, size of the picture (height, width), size of the image, channels, and the pixels in hex.

Needs Pillow and numpy. Licensed under the Apache License 2.0, like the project.
"""

import sys

import numpy as np
from PIL import Image

CASES = [  # mode, side, picture, image, channels
    ("stretch", 0, (7, 5), (7, 5), 3),
    ("stretch", 0, (7, 5), (4, 4), 3),
    ("stretch", 0, (5, 9), (12, 7), 1),
    ("stretch", 0, (1, 1), (3, 2), 3),
    ("stretch", 0, (64, 3), (3, 10), 3),
    ("stretch", 0, (33, 47), (8, 8), 3),
    ("stretch", 0, (8, 47), (8, 8), 1),
    ("crop", 0, (20, 31), (9, 9), 3),
    ("crop", 0, (31, 20), (9, 9), 1),
    ("crop", 0, (5, 6), (9, 9), 3),
    ("crop", 12, (20, 31), (9, 8), 3),
    ("crop", 12, (31, 20), (9, 8), 3),
    ("crop", 10, (10, 10), (7, 7), 1),
    ("crop", 11, (50, 50), (11, 6), 3),
]


def picture(height, width, channels):
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    return ((x * 37 + y * 91 + c * 53 + x * y * 7) % 256).astype(np.uint8)


def resized(image, mode, side, shape):
    width, height = image.size
    if mode == "stretch":
        return image.resize((shape[1], shape[0]), Image.BILINEAR)
    side = side or max(shape)
    short, long = min(width, height), max(width, height)
    longer = int(side * long / short)
    size = (side, longer) if width <= height else (longer, side)
    image = image.resize(size, Image.BILINEAR)
    top = int(round((size[1] - shape[0]) / 2.0))
    left = int(round((size[0] - shape[1]) / 2.0))
    return image.crop((left, top, left + shape[1], top + shape[0]))


with open(sys.argv[1], "w", encoding="ascii") as file:
    for mode, side, size, shape, channels in CASES:
        pixels = picture(*size, channels)
        image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
        values = np.asarray(resized(image, mode, side, shape))
        print(mode, side, *size, *shape, channels, values.tobytes().hex(), file=file)
