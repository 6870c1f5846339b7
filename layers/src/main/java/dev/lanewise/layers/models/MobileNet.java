// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.models;

import dev.lanewise.layers.Add;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Relu6;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Shape;
import java.util.ArrayList;
import java.util.List;

/** Networks of depthwise convolutions. */
final class MobileNet {
  /** Images from this size on are halved by the first convolution. */
  private static final int LARGE = 64;

  private MobileNet() {}

  /**
   * Howard et al. ("MobileNets: efficient convolutional neural networks for mobile vision
   * applications", 2017), with the layer names of Liu's implementation ("Train CIFAR10 with
   * PyTorch", 2017), whose first stride is 1 for images of 32x32.
   */
  static Block one(Shape input, int classes) {
    int stride = Math.min(input.height(), input.width()) < LARGE ? 1 : 2;
    return one(stride, classes, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024);
  }

  /** The same for images of about 32x32 without its last layers: of 32 to 512 channels. */
  static Block small(int classes) {
    return one(1, classes, 64, 128, 128, 256, 256, 512, 512);
  }

  private static Block one(int stride, int classes, int... channels) {
    List<Block> blocks = new ArrayList<>();
    int before = 32;
    for (int i = 0; i < channels.length; i++) {
      boolean halves = i > 0 && channels[i] != before;
      blocks.add(separable(before, channels[i], halves ? 2 : 1));
      before = channels[i];
    }
    return new Sequential()
        .then("conv1", Convolutions.unbiased(32, 3, stride))
        .then("bn1", new BatchNorm2d())
        .then("relu", new Relu())
        .then("layers", new Sequential(blocks))
        .then("avgpool", AvgPool2d.global())
        .then("linear", new Dense(classes));
  }

  /** Each channel by itself under a 3x3 window, then all channels of a pixel. */
  private static Block separable(int in, int out, int stride) {
    return new Sequential()
        .then("conv1", Convolutions.unbiased(in, 3, stride).groups(in))
        .then("bn1", new BatchNorm2d())
        .then("relu1", new Relu())
        .then("conv2", Convolutions.unbiased(out, 1, 1))
        .then("bn2", new BatchNorm2d())
        .then("relu2", new Relu());
  }

  /**
   * Sandler, Howard, Zhu, Zhmoginov and Chen ("MobileNetV2: inverted residuals and linear
   * bottlenecks", 2018), with the layer names of torchvision.
   */
  static Block two(int classes) {
    int[][] stages = { // expansion, channels, blocks, stride
      {1, 16, 1, 1},
      {6, 24, 2, 2},
      {6, 32, 3, 2},
      {6, 64, 4, 2},
      {6, 96, 3, 1},
      {6, 160, 3, 2},
      {6, 320, 1, 1}
    };
    List<Block> features = new ArrayList<>(List.of(unit(32, 3, 2, 1)));
    int before = 32;
    for (int[] stage : stages) {
      for (int i = 0; i < stage[2]; i++) {
        features.add(inverted(before, stage[0], stage[1], i == 0 ? stage[3] : 1));
        before = stage[1];
      }
    }
    features.add(unit(1280, 1, 1, 1));
    return new Sequential()
        .then("features", new Sequential(features))
        .then("avgpool", AvgPool2d.global())
        .then("flatten", new Flatten())
        .then("classifier", new Sequential(new Dropout(0.2), new Dense(classes)));
  }

  /** More channels, each under a 3x3 window, and few channels again, without an activation. */
  private static Block inverted(int in, int expansion, int out, int stride) {
    int wide = expansion * in;
    List<Block> blocks = new ArrayList<>();
    if (expansion > 1) {
      blocks.add(unit(wide, 1, 1, 1));
    }
    blocks.add(unit(wide, 3, stride, wide));
    blocks.add(Convolutions.unbiased(out, 1, 1));
    blocks.add(new BatchNorm2d());
    Block branch = new Sequential().then("conv", new Sequential(blocks));
    if (stride > 1 || in != out) {
      return branch;
    }
    return (graph, x) -> {
      Node y = branch.connect(graph, x);
      return graph.add("add", new Add(), x[0], y);
    };
  }

  private static Block unit(int channels, int kernel, int stride, int groups) {
    return new Sequential(
        Convolutions.unbiased(channels, kernel, stride).groups(groups),
        new BatchNorm2d(),
        new Relu6());
  }
}
