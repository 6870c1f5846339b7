#!/usr/bin/env python3
"""Measures the single-precision matrix product of MKL, through PyTorch.

Square matrices of --size on --threads threads, each operand as it is (n) or transposed (t); in
GFLOP/s.

Needs torch (a build with MKL) and numpy. Licensed under the Apache License 2.0, like the project.
"""

import argparse
import functools
import sys

import peer
import torch


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1)
    peer.add_times(parser)
    args = parser.parse_args()
    if not torch.backends.mkl.is_available():
        sys.exit("mkl_gemm.py: this PyTorch is built without MKL")
    print(f"# MKL of PyTorch {torch.__version__}", flush=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    size = args.size
    a, b, c = (torch.randn(size, size) for _ in range(3))
    products = {}
    for transposition in ("nn", "tn", "nt", "tt"):
        left = a.T if transposition[0] == "t" else a
        right = b.T if transposition[1] == "t" else b
        products[transposition] = functools.partial(torch.mm, left, right, out=c)
    head = f"mkl gemm n={size} T={args.threads}"
    peer.measure([peer.Line(head, products, 2e-9 * size**3, "GFLOP/s")], args)


if __name__ == "__main__":
    main()
