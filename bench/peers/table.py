"""The rows of the comparison: what is set against what, and the least ratio that is aimed at.

Licensed under the Apache License 2.0, like the project.
"""

import statistics
from collections import defaultdict
from dataclasses import dataclass, field

NETWORKS = (("simple", 10), ("simple", 128), ("complex", 10), ("complex", 64), ("complex", 128))
INFERENCE = (("simple", 10), ("simple", 128), ("complex", 10), ("complex", 128))
TRAINING_BARS = {
    ("simple", 10): 10,
    ("simple", 128): 4,
    ("complex", 10): 3,
    ("complex", 64): 2,
    ("complex", 128): 2,
}
INFERENCE_BARS = {"simple": 1.3, "complex": 1.7}
SIZES = (64, 128, 256, 512, 1024, 2048)
TRANSPOSITIONS = ("nn", "tn", "nt", "tt")
SHAPES = ("32-32-28", "32-64-14", "64-64-14")
PASSES = {
    "forward": "forward",
    "backwardData": "backward data",
    "backwardWeights": "backward weights",
}


@dataclass
class Row:
    """A figure of Lanewise against those of its peers, or against a bar alone."""

    what: str
    unit: str
    own: str
    peers: dict = field(default_factory=dict)  # name: figure
    bar: float = None
    higher: bool = True  # is better, and the bar the least; otherwise the most
    below: bool = False  # the bar itself is missed


def rows(threads, epochs):
    yield from network_rows(threads)
    yield from gemm_rows()
    yield from convolution_rows()
    own = "lanewise complex B=10 T={} train"
    one = {"1 thread": own.format(1)}
    yield Row("training complex, batch 10, from 1 to 2 threads", "images/s", own.format(2), one, 1.8)
    yield Row("JVM start to the first trained batch, simple", "s", "app first batch", {}, 1, False, True)
    run = f"{epochs} epochs of simple"
    yield Row(f"whole run, {run}", "s", f"app {run}", {}, 25 if epochs == 30 else None, False, True)
    memory = "lanewise memory "
    yield Row("allocation per step, complex, batch 128", "B", memory + "allocation", {}, 0, False)
    yield Row("heap in steady state, complex, batch 128", "MB", memory + "heap", {}, 200, False, True)


def network_rows(threads):
    def peers(model, batch_size, figure):
        head = f"{model} B={batch_size} T={threads} {figure}"
        return {
            "PyTorch": f"pytorch {head} (contiguous)",
            "PyTorch channels_last": f"pytorch {head} (channels_last)",
            "TensorFlow": f"tensorflow {head} (tf.function)",
            "ONNX Runtime": f"onnxruntime {head}",
        }

    def row(kind, model, batch_size, figure, bar):
        own = f"lanewise {model} B={batch_size} T={threads} {figure}"
        what = f"{kind} {model}, batch {batch_size}"
        return Row(what, "images/s", own, peers(model, batch_size, figure), bar)

    for network in NETWORKS:
        yield row("training", *network, "train", TRAINING_BARS[network])
    for network in INFERENCE:
        yield row("inference on ready data,", *network, "forward", INFERENCE_BARS[network[0]])
    for network in INFERENCE:
        yield row("inference, taking the images included,", *network, "infer", None)
    own = "lanewise complex B=1 T=1 p{}"
    peer = {"ONNX Runtime": "onnxruntime complex B=1 T=1 p50"}
    yield Row("inference complex, one image, one thread: p50", "us", own.format(50), peer, 0.7, False)
    peer = {"own p50": own.format(50), "ONNX Runtime": "onnxruntime complex B=1 T=1 p99"}
    yield Row("the same: p99", "us", own.format(99), {"own p50": peer["own p50"]}, 2, False)
    yield Row("the same: p99, against the peer's", "us", own.format(99), {"ONNX Runtime": peer["ONNX Runtime"]}, None, False)


def gemm_rows():
    for n in SIZES:
        for transposition in TRANSPOSITIONS:
            figure = f"gemm n={n} T=1 {transposition}"
            what = f"GEMM {transposition}, n = {n}"
            own = f"lanewise {figure}"
            yield Row(what, "GFLOP/s", own, {"MKL": f"mkl {figure}"}, 0.9)
            java = {"EJML": f"ejml {figure}", "netlib": f"netlib {figure}"}
            yield Row(what, "GFLOP/s", own, java, 3)
            yield Row(what, "GFLOP/s", own, {"FMA peak": "fma peak T=1"}, 0.8 if n >= 512 else None)


def convolution_rows():
    paths = (
        ("convolution {} direct {}", "direct", "fma peak T=1", "FMA peak", 0.7),
        ("convolution {} auto {}", "production", "fma peak T=1", "FMA peak", 1.4),
        ("avx2 convolution {} direct {}", "direct, UseAVX=2", "avx2 fma peak T=1", "AVX2 peak", 0.65),
    )
    for figure, path, peak, name, bar in paths:
        for shape in SHAPES:
            inputs, outputs, side = shape.split("-")
            for key, step in PASSES.items():
                what = f"convolution {inputs}->{outputs}, {side}x{side}, {step}, {path}"
                yield Row(what, "GFLOP/s", figure.format(shape, key), {name: peak}, bar)


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def line(row, figures):
    """A row of the table, of medians; the range over the rounds in brackets."""
    own = figures[row.own]
    median = statistics.median(own)
    spread = f" ({number(min(own))} to {number(max(own))})" if len(own) > 1 else ""
    peers = {name: statistics.median(figures[key]) for name, key in row.peers.items() if key in figures}
    ratio = None
    if peers:
        best = max(peers.values()) if row.higher else min(peers.values())
        ratio = median / best
    reached = ratio if row.peers else median
    bar, verdict = "", ""
    if row.bar is not None:
        bar = f"{'at least' if row.higher else 'below' if row.below else 'at most'} {row.bar:g}"
    if row.bar is not None and reached is not None:
        met = reached >= row.bar if row.higher else reached < row.bar or (reached == row.bar and not row.below)
        verdict = "yes" if met else "no"
    cells = [
        f"{row.what}, {row.unit}",
        number(median) + spread,
        "; ".join(f"{name} {number(value)}" for name, value in peers.items()),
        "" if ratio is None else f"{ratio:.2f}",
        bar,
        verdict,
    ]
    return "| " + " | ".join(cells) + " |"


def print_all(entries, threads, epochs):
    """Prints the table, and below it what was compared and what could not be measured."""
    figures = defaultdict(list)
    for entry in entries:
        if "figure" in entry:
            figures[entry["figure"]].append(entry["value"])
    figures = dict(figures)
    print("| what | Lanewise | peers | ratio to the best of them | bar | met |")
    print("|---|---|---|---|---|---|")
    for row in rows(threads, epochs):
        if row.own in figures:
            print(line(row, figures))
    print()
    for entry in entries:
        if "note" in entry:
            print(f"- {entry['note']}")
