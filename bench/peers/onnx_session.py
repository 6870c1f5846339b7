#!/usr/bin/env python3
"""Measures how long ONNX Runtime takes for one image, as dev.lanewise.bench.OnnxSpeed does.

Input and output are bound to memory before. Measures when told to: each line on standard input is
a number of seconds. Needs onnxruntime and numpy. Licensed under the Apache License 2.0, like the
project.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime


def resident():
    """Megabytes of this process; NaN where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return float("nan")
    return next(1024 * int(line.split()[1]) / 1e6 for line in lines if line.startswith("VmRSS:"))


def session(args):
    """A session, and a call that runs it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    options.inter_op_num_threads = 1
    made = onnxruntime.InferenceSession(args.model, options, ["CPUExecutionProvider"])
    source, target = made.get_inputs()[0], made.get_outputs()[0]
    shape = [n if isinstance(n, int) else 1 for n in source.shape]
    image = np.random.default_rng(1).random(shape, np.float32)
    binding = made.io_binding()
    binding.bind_ortvalue_input(source.name, onnxruntime.OrtValue.ortvalue_from_numpy(image))
    binding.bind_output(target.name)
    return made, lambda: made.run_with_iobinding(binding)


def micros(step, length):
    """The median of the calls of a window."""
    times = []
    begin = time.perf_counter()
    while not times or now - begin < length:
        start = time.perf_counter()
        step()
        now = time.perf_counter()
        times.append(1e6 * (now - start))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--turns", action="store_true", help="always")
    args = parser.parse_args()
    before = resident()
    start = time.perf_counter()
    made, step = session(args)
    load = 1e6 * (time.perf_counter() - start)
    head = f"onnxruntime {args.model.name} T={args.threads}"
    for line in sys.stdin:
        image = micros(step, float(line))
        memory = resident() - before
        print(f"{head} image {image:.1f} us  load {load:.1f} us  memory {memory:.1f} MB")
        print(flush=True)
    del made


if __name__ == "__main__":
    main()
