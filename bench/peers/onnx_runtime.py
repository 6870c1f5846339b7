#!/usr/bin/env python3
"""Measures the inference of ONNX Runtime on a batch that is ready in memory.

The networks are those of the other peers, with random weights and a fixed batch size; input and
output are bound to memory before. Without --latency it prints images per second; with it,
how long single calls take.

Needs onnxruntime, onnx and numpy. Licensed under the Apache License 2.0, like the project.
"""

import time

import numpy as np
import onnx
import onnxruntime
import peer
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """A chain of nodes, and what is added to it further on.

    Batch normalisations are folded into the convolutions, as ONNX Runtime would fold them.
    """

    def __init__(self, channels, height, width):
        self.random = np.random.default_rng(1)
        self.nodes, self.weights = [], []
        self.shape = (channels, height, width)
        self.last = "x0"

    def node(self, kind, *parameters, also=(), **attributes):
        names = []
        for values in parameters:
            names.append(f"w{len(self.weights)}")
            self.weights.append(numpy_helper.from_array(values, names[-1]))
        inputs = [self.last, *names, *also]
        self.last = f"x{len(self.nodes) + 1}"
        self.nodes.append(helper.make_node(kind, inputs, [self.last], **attributes))

    def parameter(self, *shape):
        return (self.random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)

    def conv(self, outputs, kernel=3, stride=1, groups=1, padding=None, relu=True):
        channels, height, width = self.shape
        pad = kernel // 2 if padding is None else padding
        self.node(
            "Conv",
            self.parameter(outputs, channels // groups, kernel, kernel),
            self.parameter(outputs, 1)[:, 0],
            kernel_shape=[kernel, kernel],
            pads=[pad] * 4,
            strides=[stride, stride],
            group=groups,
        )
        if relu:
            self.node("Relu")
        height, width = ((side + 2 * pad - kernel) // stride + 1 for side in (height, width))
        self.shape = (outputs, height, width)

    def pool(self):
        channels, height, width = self.shape
        self.node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
        self.shape = (channels, height // 2, width // 2)

    def mean(self):
        self.node("GlobalAveragePool")
        self.node("Flatten")
        self.shape = self.shape[:1]

    def residual(self, outputs):
        """Section 4.2 of He et al., 2015, with option A: shortcuts have no parameters."""
        shortcut, channels = self.last, self.shape[0]
        self.conv(outputs, stride=1 if outputs == channels else 2)
        self.conv(outputs, relu=False)
        branch = self.last
        if outputs > channels:
            half = (outputs - channels) // 2
            self.last = shortcut
            self.node("MaxPool", kernel_shape=[1, 1], strides=[2, 2])
            self.node("Pad", np.array([0, half, 0, 0, 0, half, 0, 0], np.int64))
            shortcut, self.last = self.last, branch
        self.node("Add", also=[shortcut])
        self.node("Relu")

    def dense(self, outputs):
        weight = self.parameter(outputs, int(np.prod(self.shape)))
        self.node("Gemm", weight, self.parameter(outputs, 1)[:, 0], transB=1)
        self.shape = (outputs,)

    def model(self, batch_size, image):
        def value(name, shape):
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch_size, *shape])

        graph = helper.make_graph(
            self.nodes, "net", [value("x0", image)], [value(self.last, self.shape)], self.weights
        )
        opset = helper.make_opsetid("", 17)
        model = helper.make_model(graph, ir_version=8, opset_imports=[opset])
        onnx.checker.check_model(model)
        return model.SerializeToString()


def network(model, batch_size, height, width, channels, classes):
    graph = Graph(channels, height, width)
    if model in ("simple", "complex"):
        for outputs in ((8,),) if model == "simple" else ((32, 32), (64, 64)):
            for channel_count in outputs:
                graph.conv(channel_count)
            graph.pool()
        graph.node("Flatten")
        hidden = [] if model == "simple" else [128]
    elif model == "lenet5":
        for outputs, padding in ((6, 2), (16, 0)):
            graph.conv(outputs, kernel=5, padding=padding)
            graph.pool()
        graph.node("Flatten")
        hidden = [120, 84]
    elif model == "vgg_small":
        for outputs, depth in ((32, 2), (64, 2), (128, 1)):
            for _ in range(depth):
                graph.conv(outputs)
            graph.pool()
        graph.node("Flatten")
        hidden = [128]
    elif model == "resnet20":
        graph.conv(16)
        for outputs in (16, 32, 64):
            for _ in range(3):
                graph.residual(outputs)
        graph.mean()
        hidden = []
    else:
        graph.conv(32)
        for outputs, stride in peer.SEPARABLE:
            graph.conv(graph.shape[0], stride=stride, groups=graph.shape[0])
            graph.conv(outputs, kernel=1)
        graph.mean()
        hidden = []
    for outputs in hidden:
        graph.dense(outputs)
        graph.node("Relu")
    graph.dense(classes)
    return graph.model(batch_size, (channels, height, width))


def print_latency(step, args):
    step()
    end = time.perf_counter() + (args.seconds if args.warm_up is None else args.warm_up)
    while time.perf_counter() < end:
        step()
    micros = []
    end = time.perf_counter() + args.seconds
    while (start := time.perf_counter()) < end:
        step()
        micros.append(1e6 * (time.perf_counter() - start))
    p50, p99 = np.percentile(micros, (50, 99))
    head = f"onnxruntime {args.model} B={args.batch_size} T={args.threads}"
    print(f"{head} p50 {p50:.1f} us  p99 {p99:.1f} us", flush=True)


def main():
    parser = peer.options(__doc__)
    parser.add_argument("--latency", action="store_true", help="print the time of single calls")
    args = parser.parse_args()
    if args.latency and args.turns:
        parser.error("--latency takes no --turns")
    images, classes = peer.training_set(args)
    print(f"# ONNX Runtime {onnxruntime.__version__}", flush=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    options.inter_op_num_threads = 1
    content = network(args.model, args.batch_size, *images.shape[1:], int(classes.max()) + 1)
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    chosen = peer.Order(len(images), args.batch_size).batch()
    x = np.ascontiguousarray(images[chosen].transpose(0, 3, 1, 2)).astype(np.float32) / 255
    binding = session.io_binding()
    binding.bind_ortvalue_input("x0", onnxruntime.OrtValue.ortvalue_from_numpy(x))
    name, shape = session.get_outputs()[0].name, session.get_outputs()[0].shape
    y = onnxruntime.OrtValue.ortvalue_from_shape_and_type(shape, np.float32)
    binding.bind_ortvalue_output(name, y)

    def forward():
        session.run_with_iobinding(binding)

    if args.latency:
        print_latency(forward, args)
    else:
        peer.measure([peer.network_line("onnxruntime", args, forward=forward)], args)


if __name__ == "__main__":
    main()
