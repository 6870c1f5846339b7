// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.models;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.graph.Block;
import java.util.ArrayList;
import java.util.List;

/**
 * Stacks of 3x3 convolutions with batch normalisation: Simonyan and Zisserman ("Very deep
 * convolutional networks for large-scale image recognition", 2015), for images of 32x32.
 */
final class Vgg {
  private Vgg() {}

  /**
   * With the layer names of Liu's implementation ("Train CIFAR10 with PyTorch", 2017): the
   * convolutions are {@code features}, and one dense layer is the {@code classifier}.
   *
   * @param depths how many convolutions the stages have, of 64, 128, 256, 512 and 512 channels
   */
  static Block deep(int classes, int... depths) {
    List<Block> features = new ArrayList<>();
    for (int stage = 0; stage < depths.length; stage++) {
      for (int i = 0; i < depths[stage]; i++) {
        add(features, Math.min(512, 64 << stage));
      }
      features.add(new MaxPool2d(2));
    }
    features.add(AvgPool2d.global()); // of a single pixel, where images are 32x32
    return new Sequential()
        .then("features", new Sequential(features))
        .then("flatten", new Flatten())
        .then("classifier", new Dense(classes));
  }

  /** [Conv 32] x 2, [Conv 64] x 2, Conv 128, a dropout after each pooling, Dense 128, Dense. */
  static Block small(int classes) {
    List<Block> layers = new ArrayList<>();
    for (int channels : new int[] {32, 64, 128}) {
      add(layers, channels);
      if (channels < 128) {
        add(layers, channels);
      }
      layers.add(new MaxPool2d(2));
      layers.add(new Dropout(0.25));
    }
    layers.addAll(
        List.of(new Flatten(), new Dense(128), new Relu(), new Dropout(0.5), new Dense(classes)));
    return new Sequential(layers);
  }

  private static void add(List<Block> layers, int channels) {
    layers.add(new Conv2d(channels, Window.valid(3).padding(1, 1, 1, 1)));
    layers.add(new BatchNorm2d());
    layers.add(new Relu());
  }
}
