// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.models;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Shape;

/**
 * LeNet-5: LeCun, Bottou, Bengio and Haffner ("Gradient-based learning applied to document
 * recognition", 1998), as PyTorch's tutorial has it: with ReLU and max-pooling, and its layer
 * names.
 */
final class LeNet {
  /** Rows and columns of the images that LeNet was made for; MNIST's are padded to them. */
  private static final int SIDE = 32;

  private LeNet() {}

  static Block five(Shape input, int classes) {
    int pad = input.height() < SIDE || input.width() < SIDE ? 2 : 0;
    return new Sequential()
        .then("conv1", new Conv2d(6, Window.valid(5).padding(pad, pad, pad, pad)))
        .then("relu1", new Relu())
        .then("pool1", new MaxPool2d(2))
        .then("conv2", new Conv2d(16, Window.valid(5)))
        .then("relu2", new Relu())
        .then("pool2", new MaxPool2d(2))
        .then("flatten", new Flatten())
        .then("fc1", new Dense(120))
        .then("relu3", new Relu())
        .then("fc2", new Dense(84))
        .then("relu4", new Relu())
        .then("fc3", new Dense(classes));
  }

  /**
   * A wider one with a 3x3 window in place of the second 5x5, from
   * github.com/tuomaso/train_mnist_fast.
   */
  static Block wide(int classes) {
    return new Sequential(
        new Conv2d(24, Window.valid(5)),
        new Relu(),
        new MaxPool2d(2),
        new Conv2d(32, Window.valid(3)),
        new Relu(),
        new MaxPool2d(2),
        new Flatten(),
        new Dense(256),
        new Relu(),
        new Dense(classes));
  }
}
