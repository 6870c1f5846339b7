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


def network(model, height, width, channels, classes):
    layers = tf.keras.layers

    def conv(outputs):
        return layers.Conv2D(outputs, 3, padding="same", activation="relu")

    def normalized(x, conv):
        return layers.ReLU()(layers.BatchNormalization()(conv(x)))

    def unbiased(outputs, kernel=3, stride=1):
        return layers.Conv2D(outputs, kernel, stride, padding="same", use_bias=False)

    image = x = tf.keras.Input((height, width, channels))
    if model in ("simple", "complex", "lenet5"):
        pool, flat = layers.MaxPool2D, layers.Flatten
        dense = layers.Dense
        if model == "simple":
            hidden = [conv(8), pool(2), flat()]
        elif model == "complex":
            hidden = [conv(32), conv(32), pool(2), conv(64), conv(64), pool(2)]
            hidden += [flat(), dense(128, activation="relu")]
        else:
            hidden = [layers.Conv2D(6, 5, padding="same", activation="relu"), pool(2)]
            hidden += [layers.Conv2D(16, 5, activation="relu"), pool(2), flat()]
            hidden += [dense(120, activation="relu"), dense(84, activation="relu")]
        return tf.keras.Sequential([image, *hidden, dense(classes)])
    if model == "vgg_small":
        for outputs, depth in ((32, 2), (64, 2), (128, 1)):
            for _ in range(depth):
                x = normalized(x, layers.Conv2D(outputs, 3, padding="same"))
            x = layers.Dropout(0.25)(layers.MaxPool2D(2)(x))
        x = layers.Dense(128, activation="relu")(layers.Flatten()(x))
        x = layers.Dropout(0.5)(x)
    elif model == "resnet20":
        x = normalized(x, unbiased(16))
        before = 16
        for outputs in (16, 32, 64):
            for _ in range(3):
                stride, half = (1, 0) if outputs == before else (2, (outputs - before) // 2)
                y = normalized(x, unbiased(outputs, stride=stride))
                y = layers.BatchNormalization()(unbiased(outputs)(y))
                if half:  # option A: shortcuts have no parameters
                    sides = [[0, 0], [0, 0], [0, 0], [half, half]]
                    x = layers.Lambda(lambda v, s=sides: tf.pad(v[:, ::2, ::2], s))(x)
                x = layers.ReLU()(layers.Add()([y, x]))
                before = outputs
        x = layers.GlobalAveragePooling2D()(x)
    else:
        x = normalized(x, unbiased(32))
        for outputs, stride in peer.SEPARABLE:
            depthwise = layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False)
            x = normalized(normalized(x, depthwise), unbiased(outputs, kernel=1))
        x = layers.GlobalAveragePooling2D()(x)
    return tf.keras.Model(image, layers.Dense(classes)(x))


def main():
    parser = peer.options(__doc__)
    parser.add_argument("--xla", action="store_true", help="compile the steps with XLA")
    args = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)  # the network is a chain
    tf.random.set_seed(1)
    images, classes = peer.training_set(args)
    print(f"# TensorFlow {tf.__version__}", flush=True)
    pixels = tf.constant(images)
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
