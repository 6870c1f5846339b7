#!/usr/bin/env python3
"""Measures TensorFlow as dev.lanewise.bench.Throughput measures Lanewise.

Same networks, batch, threads and real images; train and infer have data loading included,
in shuffled order, forward runs on a batch that is ready in memory. Every step is one tf.function,
its batch gathered inside; with --xla, one that XLA compiles.

Needs tensorflow (or tensorflow_cpu) and numpy. Licensed under the Apache License 2.0, like the
project.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # its notes about the machine

import numpy as np  # noqa: E402
import peer  # noqa: E402
import tensorflow as tf  # noqa: E402


def network(model, height, width, classes):
    layers = tf.keras.layers

    def conv(outputs):
        return layers.Conv2D(outputs, 3, padding="same", activation="relu")

    if model == "simple":
        hidden = [conv(8), layers.MaxPool2D(2), layers.Flatten()]
    else:
        hidden = [conv(32), conv(32), layers.MaxPool2D(2), conv(64), conv(64), layers.MaxPool2D(2)]
        hidden += [layers.Flatten(), layers.Dense(128, activation="relu")]
    image = tf.keras.Input((height, width, 1))
    return tf.keras.Sequential([image, *hidden, layers.Dense(classes)])


def main():
    parser = peer.options(__doc__)
    parser.add_argument("--xla", action="store_true", help="compile the steps with XLA")
    args = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)  # the network is a chain
    tf.random.set_seed(1)
    images, classes = peer.training_set(args.data)
    print(f"# TensorFlow {tf.__version__}", flush=True)
    pixels = tf.constant(images[..., np.newaxis])
    labels = tf.constant(classes.astype(np.int32))
    net = network(args.model, *images.shape[1:], int(classes.max()) + 1)
    weights = net.trainable_variables
    order = peer.Order(len(images), args.batch_size)
    rate = tf.constant(0.05)
    compiled = tf.function(jit_compile=args.xla)

    def batch(chosen):
        return tf.cast(tf.gather(pixels, chosen), tf.float32) / 255

    @compiled
    def train_on(chosen):
        x = batch(chosen)
        y = tf.gather(labels, chosen)
        with tf.GradientTape() as tape:
            logits = net(x, training=True)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)
            loss = tf.reduce_mean(loss)
        for weight, gradient in zip(weights, tape.gradient(loss, weights)):
            weight.assign_sub(rate * gradient)
        return loss

    @compiled
    def infer_on(chosen):
        return net(batch(chosen), training=False)

    @compiled
    def classify(x):
        return net(x, training=False)

    def indices():
        return tf.constant(order.batch().astype(np.int32))

    ready = batch(indices())
    line = peer.network_line(
        "tensorflow",
        args,
        "  (XLA)" if args.xla else "  (tf.function)",
        train=lambda: train_on(indices()),
        infer=lambda: infer_on(indices()),
        forward=lambda: classify(ready),
    )
    peer.measure([line], args)


if __name__ == "__main__":
    main()
