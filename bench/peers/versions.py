#!/usr/bin/env python3
"""Measures two builds of Lanewise against each other and prints a Markdown table.

For each network, batch size and number of threads, and in every round, Throughput of both builds
starts anew. They wait side by side and measure in turn, a fraction of a second for each figure, so
that the machine's better and worse stretches meet both. A figure is the median over its turns, then
over the rounds; the ratio is the median of those of the rounds. All figures and turns go to a file
of JSON lines, as soon as they are known. Needs nothing but Python's own library.
Licensed under the Apache License 2.0, like the project.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

from compare import FIGURE, ROOT, RUN_IN, Program, java_version, machine

BUILDS = ("old", "new")
HEAD = "| network | batch | threads | figure | old, img/s | new, img/s | new / old | rounds |"


def numbers(text):
    return [int(part) for part in text.split(",")]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("old", type=Path, help="benchmarks.jar of one build")
    new = ROOT / "bench/target/benchmarks.jar"
    add("new", type=Path, nargs="?", default=new, help="of the other; default: of this project")
    add("--data", type=Path, required=True, help="a folder with the IDX files of MNIST")
    add("--models", default="simple,complex", help="default: %(default)s")
    add("--batch-sizes", type=numbers, default=[1, 10, 128], help="default: 1,10,128")
    add("--threads", type=numbers, default=[1, 2], help="default: 1,2")
    add("--rounds", type=int, default=3, help="default: %(default)s")
    add("--turns", type=int, default=9, help="of a build in a round; default: %(default)s")
    add("--seconds", type=float, default=3, help="of a figure in a round; default: %(default)s")
    add("--warm-up", type=float, default=4, help="of each figure in a round; default: %(default)s")
    add("--raw", type=Path, default=Path("versions.jsonl"), help="default: %(default)s")
    add("--java", default="java", help="of a JDK 25")
    args = parser.parse_args()
    for jar in (args.old, args.new):
        if not jar.is_file():
            parser.error(f"{jar} is not there: build it with mvn package")
    if not args.data.is_dir():
        parser.error(f"--data must name a folder, but is {args.data}")
    if args.rounds < 1 or args.turns < 1:
        parser.error("--rounds and --turns must be at least 1")
    return args


def figures(lines):
    """The rates in lines such as 'lanewise simple B=10 T=2 train 9 img/s  infer 8 img/s'."""
    return {name: float(value) for line in lines for name, value, _ in FIGURE.findall(line)}


def one_round(args, workload):
    """For each build and figure the rates of its turns."""
    main = "dev.lanewise.bench.Throughput"
    java = [args.java, "--add-modules=jdk.incubator.vector", "-cp"]
    programs = {
        name: Program(name, [*java, getattr(args, name), main, *workload]) for name in BUILDS
    }
    turns = {name: {} for name in BUILDS}
    for length in (0, args.warm_up):  # first until both have started
        for program in programs.values():
            program.turn(length)
    for i in range(args.turns):
        for name in BUILDS if i % 2 == 0 else reversed(BUILDS):
            programs[name].turn(RUN_IN)  # a core that was idle takes time to get going
            for figure, rate in figures(programs[name].turn(args.seconds / args.turns)).items():
                turns[name].setdefault(figure, []).append(rate)
    for program in programs.values():
        program.end()
    return turns


def compare(args, raw, case):
    """Measures one case and prints its lines of the table."""
    model, batch_size, threads = case
    workload = ["--model", model, "--batch-size", batch_size, "--threads", threads]
    medians = {}  # figure: for each round the medians of the builds
    for i in range(args.rounds):
        start = time.strftime("%H:%M:%S")
        print(f"{start}  {model} B={batch_size} T={threads} round {i + 1}", file=sys.stderr)
        turns = one_round(args, [*workload, "--data", args.data])
        raw.write(json.dumps({"case": case, "round": i + 1, **turns}) + "\n")
        raw.flush()
        for figure in turns["new"]:
            pair = [statistics.median(turns[name][figure]) for name in BUILDS]
            medians.setdefault(figure, []).append(pair)
    for figure, pairs in medians.items():
        old, new = (statistics.median(values) for values in zip(*pairs))
        ratios = [pair[1] / pair[0] for pair in pairs]
        spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
        cells = (model, batch_size, threads, figure, f"{old:,.0f}", f"{new:,.0f}")
        ratio = f"{statistics.median(ratios):.3f}"
        print("| " + " | ".join(map(str, (*cells, ratio, spread))) + " |", flush=True)


def main():
    args = parse_options()
    try:
        print(f"{machine()}; {java_version(args.java)}\n\n{HEAD}\n{'|---' * 8}|", flush=True)
        with args.raw.open("w", encoding="utf-8") as raw:
            for model in args.models.split(","):
                for batch_size in args.batch_sizes:
                    for threads in args.threads:
                        compare(args, raw, (model, batch_size, threads))
    except OSError as e:
        sys.exit(f"versions.py: {e.filename}: {e.strerror}")
    except RuntimeError as e:
        sys.exit(f"versions.py: {e}")


if __name__ == "__main__":
    main()
