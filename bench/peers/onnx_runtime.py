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
    """A chain of nodes; each has the output of the one before as its input."""

    def __init__(self, channels, height, width):
        self.random = np.random.default_rng(1)
        self.nodes, self.weights = [], []
        self.shape = (channels, height, width)

    def node(self, kind, *parameters, **attributes):
        number = len(self.nodes)
        names = []
        for values in parameters:
            names.append(f"w{len(self.weights)}")
            self.weights.append(numpy_helper.from_array(values, names[-1]))
        inputs = [f"x{number}", *names]
        self.nodes.append(helper.make_node(kind, inputs, [f"x{number + 1}"], **attributes))

    def parameter(self, *shape):
        return (self.random.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32)

    def conv(self, outputs):
        channels, height, width = self.shape
        weight = self.parameter(outputs, channels, 3, 3)
        self.node("Conv", weight, self.parameter(outputs), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        self.node("Relu")
        self.shape = (outputs, height, width)

    def pool(self):
        channels, height, width = self.shape
        self.node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
        self.shape = (channels, height // 2, width // 2)

    def dense(self, outputs):
        weight = self.parameter(outputs, int(np.prod(self.shape)))
        self.node("Gemm", weight, self.parameter(outputs), transB=1)
        self.shape = (outputs,)

    def model(self, batch_size, image):
        def value(name, shape):
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch_size, *shape])

        last = f"x{len(self.nodes)}"
        graph = helper.make_graph(
            self.nodes, "net", [value("x0", image)], [value(last, self.shape)], self.weights
        )
        opset = helper.make_opsetid("", 17)
        model = helper.make_model(graph, ir_version=8, opset_imports=[opset])
        onnx.checker.check_model(model)
        return model.SerializeToString()


def network(model, batch_size, height, width, classes):
    graph = Graph(1, height, width)
    for outputs in ((8,),) if model == "simple" else ((32, 32), (64, 64)):
        for channels in outputs:
            graph.conv(channels)
        graph.pool()
    graph.node("Flatten")
    if model == "complex":
        graph.dense(128)
        graph.node("Relu")
    graph.dense(classes)
    return graph.model(batch_size, (1, height, width))


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
    images, classes = peer.training_set(args.data)
    print(f"# ONNX Runtime {onnxruntime.__version__}", flush=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    options.inter_op_num_threads = 1
    content = network(args.model, args.batch_size, *images.shape[1:], int(classes.max()) + 1)
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    chosen = peer.Order(len(images), args.batch_size).batch()
    x = images[chosen][:, np.newaxis].astype(np.float32) / 255
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
