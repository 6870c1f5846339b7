// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.models;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.Concatenate;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Node;

/**
 * Iandola, Han, Moskewicz, Ashraf, Dally and Keutzer ("SqueezeNet: AlexNet-level accuracy with 50x
 * fewer parameters and less than 0.5 MB model size", 2016), with the layer names of torchvision.
 */
final class SqueezeNet {
  private SqueezeNet() {}

  /** The network of the paper. */
  static Block paper(int classes) {
    return network(
        classes,
        new Conv2d(96, Window.valid(7).stride(2)),
        new Relu(),
        pool(),
        fire(16, 64),
        fire(16, 64),
        fire(32, 128),
        pool(),
        fire(32, 128),
        fire(48, 192),
        fire(48, 192),
        fire(64, 256),
        pool(),
        fire(64, 256));
  }

  /** The authors' later network 1.1, of less than half the work. */
  static Block light(int classes) {
    return network(
        classes,
        new Conv2d(64, Window.valid(3).stride(2)),
        new Relu(),
        pool(),
        fire(16, 64),
        fire(16, 64),
        pool(),
        fire(32, 128),
        fire(32, 128),
        pool(),
        fire(48, 192),
        fire(48, 192),
        fire(64, 256),
        fire(64, 256));
  }

  private static Block network(int classes, Block... features) {
    return new Sequential()
        .then("features", new Sequential(features))
        .then(
            "classifier",
            new Sequential(
                new Dropout(0.5),
                new Conv2d(classes, Window.valid(1)),
                new Relu(),
                AvgPool2d.global()))
        .then("flatten", new Flatten());
  }

  private static Block pool() {
    return new MaxPool2d(Window.valid(3).stride(2)).ceil(true);
  }

  /** A 1x1 convolution to few channels, then a 1x1 and a 3x3 one side by side. */
  private static Block fire(int squeeze, int expand) {
    Block one = convolution(expand, 1);
    Block three = convolution(expand, 3);
    return (graph, in) -> {
      Node x = graph.add("squeeze", convolution(squeeze, 1), in);
      x = graph.add("squeeze_activation", new Relu(), x);
      Node left = graph.add("expand1x1", one, x);
      left = graph.add("expand1x1_activation", new Relu(), left);
      Node right = graph.add("expand3x3", three, x);
      right = graph.add("expand3x3_activation", new Relu(), right);
      return graph.add("concat", new Concatenate(), left, right);
    };
  }

  private static Conv2d convolution(int channels, int kernel) {
    return new Conv2d(channels, Convolutions.window(kernel, 1));
  }
}
