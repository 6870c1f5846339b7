"""The table of the comparison: what is set against what.

Licensed under the Apache License 2.0, like the project.
"""

import statistics
from collections import defaultdict
from dataclasses import dataclass, field

NETWORKS = (("simple", 10), ("simple", 128), ("complex", 10), ("complex", 64), ("complex", 128))
INFERENCE = (("simple", 10), ("simple", 128), ("complex", 10), ("complex", 128))
# Further networks: LeNet-5 on MNIST's digits, the others on random photos of 32x32.
ZOO = tuple(
    (model, batch_size)
    for model in ("lenet5", "vgg_small", "resnet20", "mobilenet_small")
    for batch_size in (1, 32, 128)
)
LAYER_BATCH = 32  # of layers alone
SCALED = ("complex", 10)  # measured with one thread, too
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
    """A figure of Lanewise, against those of its peers if it has any."""

    what: str
    unit: str
    own: str
    peers: dict = field(default_factory=dict)  # name: figure
    less_is_better: bool = False

    def ratio(self, figures):
        """Of the medians, to the best of the peers; None without any."""
        peers = [statistics.median(figures[key]) for key in self.peers.values() if key in figures]
        if not peers:
            return None
        best = min(peers) if self.less_is_better else max(peers)
        return statistics.median(figures[self.own]) / best

    def cells(self, figures):
        own = figures[self.own]
        spread = f" ({number(min(own))} to {number(max(own))})" if len(own) > 1 else ""
        ratio = self.ratio(figures)
        return (
            f"{self.what}, {self.unit}",
            number(statistics.median(own)) + spread,
            "; ".join(
                f"{name} {number(statistics.median(figures[key]))}"
                for name, key in self.peers.items()
                if key in figures
            ),
            "" if ratio is None else f"{ratio:.2f}",
        )


def rows(threads, epochs):
    """The table: each line a list of rows, of which the one with the lowest ratio is shown."""
    for row in network_rows(threads):
        yield [row]
    if threads > 1:
        yield [scaling_row(threads)]
    yield from gemm_rows()
    for row in (*convolution_rows(), *peak_rows()):
        yield [row]
    start = "JVM start to the first trained batch, simple"
    yield [Row(start, "s", "app first batch")]
    run = f"{epochs} epochs of simple"
    yield [Row(f"whole run, {run}", "s", f"app {run}")]
    memory = "lanewise memory "
    allocation = "allocation per step, complex, batch 128"
    yield [Row(allocation, "B", memory + "allocation")]
    heap = "heap in steady state, complex, batch 128"
    yield [Row(heap, "MB", memory + "heap")]


def network_rows(threads):
    def peers(model, batch_size, figure):
        head = f"{model} B={batch_size} T={threads} {figure}"
        return {
            "PyTorch": f"pytorch {head} (contiguous)",
            "PyTorch channels_last": f"pytorch {head} (channels_last)",
            "TensorFlow": f"tensorflow {head} (tf.function)",
            "ONNX Runtime": f"onnxruntime {head}",
        }

    def row(kind, model, batch_size, figure):
        own = f"lanewise {model} B={batch_size} T={threads} {figure}"
        what = f"{kind} {model}, batch {batch_size}"
        return Row(what, "images/s", own, peers(model, batch_size, figure))

    for network in NETWORKS:
        yield row("training, data loading included,", *network, "train")
    for network in INFERENCE:
        yield row("inference on ready data,", *network, "forward")
    for network in INFERENCE:
        yield row("inference, data loading included,", *network, "infer")
    for model, batch_size in ZOO:
        if batch_size > 1:
            yield row("training, data loading included,", model, batch_size, "train")
    for model, batch_size in ZOO:
        if batch_size < 128:
            yield row("inference on ready data,", model, batch_size, "forward")
    own, peer = "lanewise complex B=1 T=1 p{}", "onnxruntime complex B=1 T=1 p{}"
    one = "inference complex, one image, one thread, {}"
    for percent in (50, 99):
        what, peers = one.format(f"p{percent}"), {"ONNX Runtime": peer.format(percent)}
        yield Row(what, "us", own.format(percent), peers, less_is_better=True)
    what, peers = one.format("p99 against p50"), {"own p50": own.format(50)}
    yield Row(what, "us", own.format(99), peers, less_is_better=True)


def layer_rows(figures):
    """A row for each layer that was measured alone."""
    for own in figures:
        if own.startswith("lanewise layer "):
            _, _, name, *size, step = own.split()
            key = own.replace("lanewise", "pytorch", 1)
            peers = {"PyTorch": f"{key} (contiguous)"}
            peers["PyTorch channels_last"] = f"{key} (channels_last)"
            yield Row(f"layer {name}, {' '.join(size)}, {step}", "images/s", own, peers)


def scaling_row(threads):
    model, batch_size = SCALED
    own = f"lanewise {model} B={batch_size} T={{}} train"
    what = f"training {model}, batch {batch_size}, from 1 to {threads} threads"
    return Row(what, "images/s", own.format(threads), {"1 thread": own.format(1)})


def gemm_rows():
    peers = (
        ({"MKL": "mkl {}"}, SIZES),
        ({"EJML": "ejml {}", "netlib": "netlib {}"}, SIZES),
        ({"FMA peak beside": "lanewise {} fma peak"}, [n for n in SIZES if n >= 512]),
    )
    for libraries, sizes in peers:
        for n in sizes:
            yield [gemm_row(n, transposition, libraries) for transposition in TRANSPOSITIONS]


def gemm_row(n, transposition, libraries):
    figure = f"gemm n={n} T=1 {transposition}"
    peers = {name: key.format(figure) for name, key in libraries.items()}
    what = f"GEMM, n = {n}, the slowest of four ({transposition})"
    return Row(what, "GFLOP/s", f"lanewise {figure}", peers)


def convolution_rows():
    paths = (
        ("convolution {} direct {}", "direct", "FMA peak beside"),
        ("convolution {} auto {}", "production", "FMA peak beside"),
        ("avx2 convolution {} direct {}", "direct, UseAVX=2", "AVX2 peak beside"),
    )
    for pattern, path, peak in paths:
        for shape in SHAPES:
            inputs, outputs, side = shape.split("-")
            for key, step in PASSES.items():
                what = f"convolution {inputs}->{outputs}, {side}x{side}, {step}, {path}"
                figure = pattern.format(shape, key)
                yield Row(what, "GFLOP/s", figure, {peak: f"{figure} fma peak"})


def peak_rows():
    what = "FMA peak, one thread, the best of many tries"
    yield Row(what, "GFLOP/s", "fma peak T=1")
    yield Row(f"{what}, UseAVX=2", "GFLOP/s", "avx2 fma peak T=1")


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def by_figure(entries):
    """The values of all rounds."""
    figures = defaultdict(list)
    for entry in entries:
        if "figure" in entry:
            figures[entry["figure"]].append(entry["value"])
    return dict(figures)


def print_all(entries, threads, epochs):
    """Prints the table, and below it what was compared and what could not be measured."""
    figures = by_figure(entries)
    print("| what | Lanewise | peers | ratio to the best of them |")
    print("|---|---|---|---|")
    for choice in (*rows(threads, epochs), *([row] for row in layer_rows(figures))):
        measured = [row for row in choice if row.own in figures]
        if measured:
            row = min(measured, key=lambda row: row.ratio(figures) or 0)
            print("| " + " | ".join(row.cells(figures)) + " |")
    print()
    for entry in entries:
        if "note" in entry:
            print(f"- {entry['note']}")


def print_details(entries):
    """Prints every figure: its median, the range over the rounds."""
    units = {entry["figure"]: entry["unit"] for entry in entries if "figure" in entry}
    print("\n| figure | median | lowest | highest | unit |\n|---|---|---|---|---|")
    for figure, values in by_figure(entries).items():
        cells = map(number, (statistics.median(values), min(values), max(values)))
        print(f"| {figure} | {' | '.join(cells)} | {units[figure]} |")
