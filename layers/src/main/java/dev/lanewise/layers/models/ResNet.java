// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.models;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Add;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.ChannelPad;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Node;

/**
 * Residual networks: He, Zhang, Ren and Sun ("Deep residual learning for image recognition", 2015).
 */
final class ResNet {
  private static final int EXPANSION = 4; // of a bottleneck

  private ResNet() {}

  /** Adds a residual block of so many channels that shrinks the map by a stride. */
  @FunctionalInterface
  private interface BlockMaker {
    Block make(int channels, int stride);
  }

  /**
   * For images of about 224x224: section 4.1, with the layer names of torchvision.
   *
   * @param bottlenecks whether blocks are 1x1, 3x3, 1x1 instead of 3x3, 3x3
   * @param depths how many blocks the four stages have
   */
  static Block large(boolean bottlenecks, int classes, int... depths) {
    BlockMaker maker = bottlenecks ? ResNet::bottleneck : ResNet::basic;
    Sequential network =
        new Sequential()
            .then("conv1", Convolutions.unbiased(64, 7, 2))
            .then("bn1", new BatchNorm2d())
            .then("relu", new Relu())
            .then("maxpool", new MaxPool2d(Convolutions.window(3, 2)));
    for (int i = 0; i < depths.length; i++) {
      network = network.then("layer" + (i + 1), stage(maker, depths[i], 64 << i, i == 0 ? 1 : 2));
    }
    return network.then("avgpool", AvgPool2d.global()).then("fc", new Dense(classes));
  }

  /**
   * For images of 32x32: section 4.2, of 6 n + 2 layers, with shortcuts that have no parameters
   * (option A) and the layer names of Idelbayev's implementation ("Proper ResNet implementation for
   * CIFAR10/CIFAR100 in PyTorch", 2018).
   *
   * @param n how many blocks each of the three stages has
   */
  static Block small(int n, int classes) {
    Sequential network =
        new Sequential()
            .then("conv1", Convolutions.unbiased(16, 3, 1))
            .then("bn1", new BatchNorm2d())
            .then("relu", new Relu());
    for (int i = 0; i < 3; i++) {
      network = network.then("layer" + (i + 1), stage(ResNet::padded, n, 16 << i, i == 0 ? 1 : 2));
    }
    return network.then("avgpool", AvgPool2d.global()).then("linear", new Dense(classes));
  }

  private static Sequential stage(BlockMaker maker, int depth, int channels, int stride) {
    Block[] blocks = new Block[depth];
    for (int i = 0; i < depth; i++) {
      blocks[i] = maker.make(channels, i == 0 ? stride : 1);
    }
    return new Sequential(blocks);
  }

  /** Two 3x3 convolutions; a 1x1 convolution where the shape changes (option B). */
  private static Block basic(int channels, int stride) {
    Sequential branch =
        convolution(new Sequential(), 1, channels, 3, stride).then("relu1", new Relu());
    return residual(convolution(branch, 2, channels, 3, 1), channels, stride);
  }

  /** 1x1 to fewer channels, 3x3, and 1x1 to four times as many. The stride is that of the 3x3. */
  private static Block bottleneck(int channels, int stride) {
    Sequential branch = convolution(new Sequential(), 1, channels, 1, 1).then("relu1", new Relu());
    branch = convolution(branch, 2, channels, 3, stride).then("relu2", new Relu());
    int wide = EXPANSION * channels;
    return residual(convolution(branch, 3, wide, 1, 1), wide, stride);
  }

  /** Two 3x3 convolutions; where the shape changes, channels of zeros on both sides (option A). */
  private static Block padded(int channels, int stride) {
    Sequential branch =
        convolution(new Sequential(), 1, channels, 3, stride).then("relu1", new Relu());
    Sequential whole = convolution(branch, 2, channels, 3, 1);
    return (graph, in) -> {
      Node x = in[0];
      int missing = channels - x.shape().channels();
      Block shortcut =
          new Sequential(
              new MaxPool2d(Window.valid(1).stride(stride)),
              new ChannelPad(missing / 2, missing - missing / 2));
      return join(graph, whole, x, missing == 0 ? x : graph.add("shortcut", shortcut, x));
    };
  }

  private static Sequential convolution(
      Sequential before, int number, int channels, int kernel, int stride) {
    return before
        .then("conv" + number, Convolutions.unbiased(channels, kernel, stride))
        .then("bn" + number, new BatchNorm2d());
  }

  private static Block residual(Sequential branch, int channels, int stride) {
    Sequential projection =
        new Sequential(Convolutions.unbiased(channels, 1, stride), new BatchNorm2d());
    return (graph, in) -> {
      Node x = in[0];
      boolean fits = stride == 1 && x.shape().channels() == channels;
      return join(graph, branch, x, fits ? x : graph.add("downsample", projection, x));
    };
  }

  /** The layers of the branch have the names of the block itself. */
  private static Node join(GraphBuilder graph, Sequential branch, Node x, Node shortcut) {
    Node sum = graph.add("add", new Add(), branch.connect(graph, x), shortcut);
    return graph.add("relu", new Relu(), sum);
  }
}
