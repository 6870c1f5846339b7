#!/usr/bin/env python3
"""Runs the whole comparison and prints it as a Markdown table.

Every round starts all programs anew. Those that run networks are there side by side and measure in
turn, a fraction of a second for each figure, so that the machine's better and worse stretches meet
all of them. Figures are medians over the rounds, of the medians over the turns. All single figures
go to a file of JSON lines, as soon as they are known. A peer that is not there is left out, and
named. Needs a built project and nothing but Python's own library; the peers need theirs, in the
interpreters named by --pytorch, --tensorflow and --onnxruntime.
Licensed under the Apache License 2.0, like the project.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FIGURE = re.compile(r"(\S+) ([\d.]+) (img/s|GFLOP/s|us)")
MIN_WARM_UP = 8  # seconds; before, C2 still compiles what a network needs
MIN_KERNEL_WARM_UP = 3
TURNS = 9  # of a program in a round
RUN_IN = 0.25  # seconds of each figure that a turn begins with and that do not count
STARTS = 5  # of the application
KERNEL_WINDOWS = 15  # of a kernel, each with the FMA peak before and after it


class Program:
    """A program that measures when it is told to: see --turns of Throughput and of the peers."""

    def __init__(self, name, command):
        self.name = name
        self.errors = tempfile.TemporaryFile("w+")
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.errors}
        command = [str(c) for c in [*command, "--turns"]]
        self.process = subprocess.Popen(command, text=True, **streams)

    def turn(self, seconds):
        """The lines that it prints; RuntimeError with its last words if it has ended."""
        lines = []
        try:
            print(seconds, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # what it said is still to be read
        while line := self.process.stdout.readline():
            if line == "\n":
                return lines
            lines.append(line.rstrip())
        self.process.wait()
        self.errors.seek(0)
        raise RuntimeError(reason([*lines, *self.errors], self.process.returncode))

    def end(self):
        self.process.communicate()  # the end of its input ends it


class Comparison:
    def __init__(self, args, raw):
        self.args = args
        self.raw = raw
        self.start = time.monotonic()
        self.round = 0
        self.notes = set()

    def record(self, **entry):
        entry["second"] = round(time.monotonic() - self.start, 1)
        self.raw.write(json.dumps(entry) + "\n")
        self.raw.flush()

    def figure(self, name, value, unit, **more):
        self.record(round=self.round, figure=name, value=value, unit=unit, **more)

    def note(self, text):
        if text not in self.notes:
            self.notes.add(text)
            self.record(note=text)

    def run(self, name, command):
        """The output of a program; None, and a note about it, if it fails."""
        self.progress(name)
        try:
            done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
        except OSError as e:
            self.note(f"not measured: {name}: {command[0]}: {e.strerror}")
            return None
        if done.returncode:
            lines = (done.stdout + done.stderr).splitlines()
            self.note(f"not measured: {name}: {reason(lines, done.returncode)}")
            return None
        return done.stdout

    def progress(self, text):
        print(f"{time.monotonic() - self.start:6.0f} s  {text}", file=sys.stderr, flush=True)

    def lines(self, name, command, prefix=""):
        """Records the figures that a program prints."""
        for figure, value, unit in self.figures((self.run(name, command) or "").splitlines()):
            self.figure(prefix + figure, value, unit)

    def figures(self, lines):
        """The figures in lines such as 'lanewise simple B=10 T=2 train 9 img/s', and their units."""
        for line in lines:
            if line.startswith("# "):
                self.note(line[2:])
            found = list(FIGURE.finditer(line))
            if found:
                head = line[: found[0].start()]
                variant = re.search(r" \(.*\)$", line)
                for label, value, unit in (f.groups() for f in found):
                    yield head + label + (variant.group() if variant else ""), float(value), unit

    def in_turn(self, title, commands):
        """Runs programs side by side, named by the keys of a dict, of which one at a time measures."""
        programs = []
        for name, command in commands.items():
            try:
                programs.append(Program(f"{title}, {name}", command))
            except OSError as e:
                self.note(f"not measured: {title}, {name}: {command[0]}: {e.strerror}")
        seconds, warm_up = self.times(self.args.seconds)
        self.progress(f"{title}: warm-up of {', '.join(commands)}")
        self.turn(programs, 0)  # until all have started
        self.turn(programs, warm_up)
        figures = {}
        for i in range(TURNS):
            self.progress(f"{title}: turn {i + 1} of {TURNS}")
            for figure, value, unit in self.turn(programs, RUN_IN, seconds / TURNS):
                figures.setdefault((figure, unit), []).append(value)
        for program in programs:
            program.end()
        for (figure, unit), values in figures.items():
            if len(values) == TURNS:  # else its program has failed meanwhile
                self.figure(figure, statistics.median(values), unit, turns=values)

    def turn(self, programs, *lengths):
        """The figures of one turn of each program; one that fails takes no further turns.

        Of several windows without a pause only the last counts: threads of the program before may
        still wait for work on a core, and a core that was idle takes time to get going.
        """
        figures = []
        for program in list(programs):
            try:
                windows = [program.turn(seconds) for seconds in lengths]
                figures += self.figures(windows[-1])
            except RuntimeError as e:
                self.note(f"not measured: {program.name}: {e}")
                program.end()
                programs.remove(program)
        return figures

    def java(self, *arguments, jvm=()):
        return [self.args.java, "--add-modules=jdk.incubator.vector", *jvm, *arguments]

    def program(self, main, *arguments, jvm=()):
        return self.java("-cp", self.args.bench_jar, f"dev.lanewise.bench.{main}", *arguments, jvm=jvm)

    def fma_peak(self, prefix="", jvm=()):
        options = ("--threads", 1, "--seconds", self.args.kernel_seconds)
        self.lines("FMA peak", self.program("FmaPeak", *options, jvm=jvm), prefix)

    def jmh(self, name, benchmark, *options, times, windows=3, jvm=(), **parameters):
        """The results of JMH, as its JSON has them."""
        seconds, warm_up = times
        warm_up, window = 1000 * warm_up, 1000 * seconds / windows
        times = ["-wi", 1, "-w", f"{warm_up:.0f}ms", "-i", windows, "-r", f"{window:.0f}ms"]
        values = [x for key, value in parameters.items() for x in ("-p", f"{key}={value}")]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "results.json")
            output = ["-f", 1, "-foe", "true", "-rf", "json", "-rff", file]
            command = ["-jar", self.args.bench_jar, f"{benchmark}$", *options, *times, *values, *output]
            if self.run(name, self.java(*command, jvm=jvm)) is None:
                return []
            return json.loads(file.read_text())

    def times(self, seconds, least=MIN_WARM_UP):
        """How long a figure is measured, and the warm-up before it."""
        return seconds, max(least, seconds) if self.args.warm_up is None else self.args.warm_up

    def kernel_times(self):
        return self.times(self.args.kernel_seconds, MIN_KERNEL_WARM_UP)

    def kernel(self, figure, result):
        """What JMH has measured, and the peak on the same thread before and after each window."""
        self.windows(figure, result, "gflop")
        self.windows(f"{figure} fma peak", result, "fmaPeak")

    def windows(self, figure, result, metric):
        values = iterations(result, metric)
        self.figure(figure, statistics.median(values), "GFLOP/s", windows=values)

    # The sections.

    def networks(self):
        self.compare_networks(table.NETWORKS)

    def zoo(self):
        self.compare_networks(table.ZOO)

    def compare_networks(self, networks):
        for network in networks:
            model, batch_size = network
            workload = ["--model", model, "--batch-size", batch_size, "--data", self.args.data]
            options = [*workload, "--threads", self.args.threads]
            programs = {"Lanewise": self.program("Throughput", *options)}
            if network == table.SCALED and self.args.threads > 1:
                alone = self.program("Throughput", *workload, "--threads", 1)
                programs["Lanewise with 1 thread"] = alone
            programs["PyTorch"] = self.peer("pytorch", "pytorch.py", *options)
            programs["TensorFlow"] = self.peer("tensorflow", "tensorflow_peer.py", *options)
            if network in (*table.INFERENCE, *table.ZOO):
                programs["ONNX Runtime"] = self.peer("onnxruntime", "onnx_runtime.py", *options)
            self.in_turn(f"{model}, batch {batch_size}", programs)

    def layers(self):
        options = ["--batch-size", table.LAYER_BATCH, "--threads", self.args.threads]
        programs = {"Lanewise": self.program("LayerSpeed", *options)}
        programs["PyTorch"] = self.peer("pytorch", "pytorch_layers.py", *options)
        self.in_turn("layers alone", programs)

    def peer(self, environment, script, *options):
        return [getattr(self.args, environment), HERE / script, *options]

    def latency(self):
        times = self.times(self.args.seconds)
        parameters = {"model": "complex", "batchSize": 1, "threads": 1, "data": self.args.data}
        sampling = ("-bm", "sample", "-tu", "us")
        for result in self.jmh(
            "Lanewise, one image", "TrainingBenchmark.forward", *sampling, times=times, **parameters
        ):
            percentiles = result["primaryMetric"]["scorePercentiles"]
            self.figure("lanewise complex B=1 T=1 p50", percentiles["50.0"], "us")
            self.figure("lanewise complex B=1 T=1 p99", percentiles["99.0"], "us")
        options = ["--latency", "--batch-size", 1, "--threads", 1, *time_options(times)]
        command = self.peer("onnxruntime", "onnx_runtime.py", *options, "--data", self.args.data)
        self.lines("ONNX Runtime, one image", command)

    def gemm(self):
        times = self.kernel_times()
        self.fma_peak()
        for n in table.SIZES:
            for library in ("lanewise", "netlib", "ejml"):
                parameters = {"library": library, "size": f"{n}x{n}x{n}", "threads": 1}
                name = f"GEMM of {library}, n={n}"
                # Some of the others take seconds for a product of 2048, and every window has one.
                windows = KERNEL_WINDOWS if n <= 512 or library == "lanewise" else 1
                for result in self.jmh(
                    name, "GemmBenchmark.multiply", times=times, windows=windows, **parameters
                ):
                    figure = f"{library} gemm n={n} T=1 {result['params']['transposition']}"
                    self.kernel(figure, result)
                if library == "lanewise":  # the two that are compared most, one right after the other
                    options = ["--size", n, *time_options(times)]
                    command = self.peer("pytorch", "mkl_gemm.py", *options)
                    self.lines(f"GEMM of MKL, n={n}", command)

    def convolution(self):
        self.convolutions("AUTO,DIRECT")

    def avx2(self):
        self.convolutions("DIRECT", "avx2 ", ("-XX:UseAVX=2",))

    def convolutions(self, algorithms, prefix="", jvm=()):
        parameters = {"algorithm": algorithms, "batchSize": 10, "threads": 1}
        times = self.kernel_times()
        self.fma_peak(prefix, jvm)
        for shape in table.SHAPES:
            parameters["shape"] = shape
            name = f"{prefix}convolution {shape}"
            for result in self.jmh(
                name,
                "ConvolutionBenchmark.*",
                times=times,
                windows=KERNEL_WINDOWS,
                jvm=jvm,
                **parameters,
            ):
                algorithm = result["params"]["algorithm"].lower()
                step = result["benchmark"].rpartition(".")[2]
                self.kernel(f"{prefix}convolution {shape} {algorithm} {step}", result)

    def app(self):
        with tempfile.TemporaryDirectory() as folder:
            metrics = Path(folder, "metrics.jsonl")
            options = ["--model", "simple", "--data", self.args.data, "--metrics", metrics]
            options += ["--threads", self.args.threads]
            command = self.java("-jar", self.args.app_jar, "train", *options)
            for _ in range(STARTS):
                metrics.unlink(missing_ok=True)
                self.first_batch([*command, "--epochs", 1, "--limit", 10, "--validation", 0], metrics)
            start = time.perf_counter()
            name = f"{self.args.epochs} epochs of simple"
            if self.run(name, [*command, "--epochs", self.args.epochs]) is not None:
                self.figure(f"app {name}", time.perf_counter() - start, "s")

    def first_batch(self, command, metrics):
        """An epoch of one batch: its line is in the file of metrics as soon as it has ended."""
        files = (metrics.with_name(metrics.name + ".part"), metrics)
        start = time.perf_counter()
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen([str(c) for c in command], stdout=output, stderr=output)
            while process.poll() is None and not any(has_content(f) for f in files):
                time.sleep(0.001)
            elapsed = time.perf_counter() - start
            if process.wait() == 0:
                self.figure("app first batch", elapsed, "s")
            else:
                self.note("not measured: the start of the application: it failed")

    def memory(self):
        parameters = {"model": "complex", "batchSize": 128, "threads": self.args.threads}
        parameters["data"] = self.args.data
        profiler = ("-prof", "dev.lanewise.bench.HeapProfiler")
        # The compilers' last round has to be over: vectors are boxed before it.
        times = self.times(2 * self.args.seconds)
        for result in self.jmh(
            "Lanewise, memory", "TrainingBenchmark.allocation", *profiler, times=times, **parameters
        ):
            heap = statistics.median(iterations(result, "heap.used"))
            self.figure("lanewise memory heap", heap, "MB")
            steps = result["primaryMetric"]["rawData"][0]
            bytes_ = iterations(result, "bytes")
            per_step = statistics.median(b / s for b, s in zip(bytes_, steps))
            self.figure("lanewise memory allocation", per_step, "B")


def time_options(times):
    return ["--seconds", times[0], "--warm-up", times[1]]


def reason(lines, exit_code):
    """What a failed program says: the exception that Java names, else its last line."""
    lines = [line.strip() for line in lines if line.strip()] or [f"exit code {exit_code}"]
    return next((line for line in lines if re.match(r"[\w.]+(Exception|Error): ", line)), lines[-1])


def iterations(result, metric):
    """The values of a secondary metric of JMH, one of each iteration."""
    return result["secondaryMetrics"][metric]["rawData"][0]


def has_content(file):
    try:
        return file.stat().st_size > 0
    except FileNotFoundError:
        return False


def java_version(java):
    done = subprocess.run([java, "-version"], capture_output=True, text=True)
    lines = (done.stderr or done.stdout).splitlines()
    return next((line for line in lines if "build" in line), lines[0] if lines else java)


def machine():
    try:
        info = Path("/proc/cpuinfo").read_text()
        model = re.search(r"model name\s*: (.*)", info).group(1)
    except (OSError, AttributeError):
        model = "processor unknown"
    return f"{model}, {os.cpu_count()} logical cores"


SECTIONS = ("networks", "zoo", "layers", "latency", "gemm", "convolution", "avx2", "app", "memory")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--data", type=Path, help="a folder with the IDX files of MNIST")
    add("--sections", default=",".join(SECTIONS), help="default: %(default)s")
    add("--rounds", type=int, default=3, help="default: %(default)s")
    add("--seconds", type=float, default=3, help="of a figure of a network; default: %(default)s")
    add("--kernel-seconds", type=float, default=1, help="of a figure of a kernel; default: %(default)s")
    least = f"at least {MIN_WARM_UP}, of kernels {MIN_KERNEL_WARM_UP}"
    add("--warm-up", type=float, help=f"before each figure; default: as long again, and {least}")
    add("--threads", type=int, default=2, help="for the networks; default: %(default)s")
    add("--epochs", type=int, default=30, help="of the whole run; default: %(default)s")
    add("--raw", type=Path, default=Path("comparison.jsonl"), help="default: %(default)s")
    add("--print", action="store_true", help="only print what is in the file --raw")
    add("--details", action="store_true", help="print every figure, too")
    add("--java", default="java", help="of a JDK 25; an older one makes the application start twice")
    for peer in ("pytorch", "tensorflow", "onnxruntime"):
        add(f"--{peer}", default=sys.executable, help=f"the Python that has {peer}")
    add("--bench-jar", type=Path, default=ROOT / "bench/target/benchmarks.jar")
    add("--app-jar", type=Path, default=ROOT / "mnist-app/target/mnist-app.jar")
    args = parser.parse_args()
    if not args.print:
        args.sections = args.sections.split(",")
        unknown = set(args.sections) - set(SECTIONS)
        if unknown:
            parser.error(f"--sections: {', '.join(sorted(unknown))}: expected {', '.join(SECTIONS)}")
        if args.data is None or not args.data.is_dir():
            parser.error(f"--data must name a folder, but is {args.data}")
        for jar in (args.bench_jar, args.app_jar):
            if not jar.is_file():
                parser.error(f"{jar} is not there: build it with mvn package")
        try:
            args.java_version = java_version(args.java)
        except OSError as e:
            parser.error(f"--java {args.java}: {e.strerror}")
        args.data = args.data.resolve()
    return args


def main():
    args = parse_options()
    try:
        compare(args)
    except OSError as e:
        sys.exit(f"compare.py: {e.filename}: {e.strerror}")


def compare(args):
    if not args.print:
        with args.raw.open("w", encoding="utf-8") as raw:
            comparison = Comparison(args, raw)
            comparison.note(machine())
            comparison.note(args.java_version)
            for comparison.round in range(1, args.rounds + 1):
                for section in args.sections:
                    getattr(comparison, section)()
    with args.raw.open(encoding="utf-8") as raw:
        entries = [json.loads(line) for line in raw]
    table.print_all(entries, args.threads, args.epochs)
    if args.details:
        table.print_details(entries)


if __name__ == "__main__":
    main()
