#!/usr/bin/env python3
"""Measures networks of torchvision, imported from ONNX, against ONNX Runtime on the same files.

One image of 224x224. For each network and number of threads a JVM and a process with ONNX Runtime
wait side by side and measure in turn, so that the machine's better and worse stretches meet both.
Prints a Markdown table: medians over the turns, in milliseconds; the ratio is the median of those
of the turns. Models that are not there are exported first. All figures go to a file of JSON lines.
Needs a built project and nothing but Python's own library; torch, torchvision and onnx in the
interpreter --pytorch, onnxruntime in --onnxruntime.
Licensed under the Apache License 2.0, like the project.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path

from compare import HERE, ROOT, Program, java_version, machine
from versions import numbers

MODELS = (
    "squeezenet1_1,mobilenet_v2,mobilenet_v3_small,mobilenet_v3_large,resnet18,resnet50,"
    "shufflenet_v2_x1_0,densenet121,efficientnet_b0,regnet_y_400mf,mnasnet1_0,vgg11_bn,googlenet,"
    "convnext_tiny"
)
FIGURE = re.compile(r"(image|load|memory) ([\d.]+)")
HEAD = "| network | threads | Lanewise, ms | ONNX Runtime, ms | ratio | load, s | memory, MB |"


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("folder", type=Path, help="where the models are, or will be")
    add("--models", default=MODELS, help="default: %(default)s")
    add("--threads", type=numbers, default=[1, 2], help="default: 1,2")
    add("--turns", type=int, default=7, help="of each program; default: %(default)s")
    add("--seconds", type=float, default=1, help="of a turn; default: %(default)s")
    add("--warm-up", type=float, default=12, help="default: %(default)s")
    add("--raw", type=Path, default=Path("imported.jsonl"), help="default: %(default)s")
    add("--bench-jar", type=Path, default=ROOT / "bench/target/benchmarks.jar")
    add("--class-path", help="instead of the jar")
    add("--java", default="java", help="of a JDK 25")
    add("--pytorch", help="an interpreter; without one all models must be there")
    add("--onnxruntime", default=sys.executable, help="an interpreter")
    args = parser.parse_args()
    args.models = args.models.split(",")
    if args.turns < 1:
        parser.error("--turns must be at least 1")
    return args


def export(args):
    missing = [name for name in args.models if not (args.folder / f"{name}.onnx").is_file()]
    if missing and not args.pytorch:
        sys.exit(f"imported.py: {args.folder} has no {missing[0]}.onnx: name an interpreter by --pytorch")
    if missing:
        subprocess.run([args.pytorch, HERE / "onnx_export.py", args.folder, *missing], check=True)


def figures(lines):
    return {name: float(value) for line in lines for name, value in FIGURE.findall(line)}


def compare(args, raw, model, threads):
    """Measures one network and prints its line of the table; returns the ratio."""
    options = ["--model", args.folder / f"{model}.onnx", "--threads", threads]
    jar = args.class_path or args.bench_jar
    java = [args.java, "--add-modules=jdk.incubator.vector", "-cp", jar]
    own = Program("lanewise", [*java, "dev.lanewise.bench.OnnxSpeed", *options])
    peer = Program("onnxruntime", [args.onnxruntime, HERE / "onnx_session.py", *options])
    for program, warm_up in ((own, args.warm_up), (peer, 1)):
        program.turn(0)  # until it has started
        program.turn(warm_up)
    turns = []
    for i in range(args.turns):
        pair = [own, peer] if i % 2 == 0 else [peer, own]
        measured = {}
        for program in pair:
            program.turn(min(0.25, args.seconds))  # a core that was idle takes time to get going
            measured[program.name] = figures(program.turn(args.seconds))
        turns.append(measured)
    for program in (own, peer):
        program.end()
    raw.write(json.dumps({"model": model, "threads": threads, "turns": turns}) + "\n")
    raw.flush()
    names = ("lanewise", "onnxruntime")
    times = [statistics.median(turn[name]["image"] for turn in turns) / 1000 for name in names]
    ratio = statistics.median(turn[names[0]]["image"] / turn[names[1]]["image"] for turn in turns)
    load = [turns[-1][name].get("load", 0) / 1e6 for name in names]
    memory = [turns[-1][name].get("memory", 0) for name in names]
    cells = [model, threads, *(f"{time:.2f}" for time in times), f"{ratio:.2f}"]
    cells += [f"{load[0]:.2f} / {load[1]:.2f}", f"{memory[0]:.0f} / {memory[1]:.0f}"]
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    return ratio


def main():
    args = parse_options()
    try:
        export(args)
        print(f"{machine()}; {java_version(args.java)}\n\n{HEAD}\n{'|---' * 7}|", flush=True)
        with args.raw.open("a", encoding="utf-8") as raw:
            ratios = [compare(args, raw, m, t) for m in args.models for t in args.threads]
        print(f"\nGeometric mean of the ratios: {statistics.geometric_mean(ratios):.2f}")
    except (OSError, subprocess.CalledProcessError) as e:
        sys.exit(f"imported.py: {e}")
    except RuntimeError as e:
        sys.exit(f"imported.py: {e}")


if __name__ == "__main__":
    main()
