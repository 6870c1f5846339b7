// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.models;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Gelu;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Initializer;
import dev.lanewise.layers.graph.RandomStream;

/**
 * The network of Jordan ("94% on CIFAR-10 in 3.29 seconds on a single GPU", 2024, {@code
 * airbench94}): a convolution that whitens patches, then three groups of two convolutions. Its
 * names are those of the original. There the output is divided by the number of features; here the
 * first weights of {@code head} are.
 */
final class AirBench {
  private static final int PATCH = 2;

  private AirBench() {}

  /**
   * For images of about 32x32.
   *
   * @param channels of an image
   * @param narrow of the first group
   * @param wide of the others
   */
  static Block net(int channels, int classes, int narrow, int wide) {
    return new Sequential()
        .then("whiten", new Conv2d(2 * channels * PATCH * PATCH, Window.valid(PATCH)))
        .then(
            "layers",
            new Sequential(new Gelu(), group(narrow), group(wide), group(wide), new MaxPool2d(3)))
        .then("flatten", new Flatten())
        .then("head", new Dense(classes).bias(false).initializer(AirBench::drawHead));
  }

  private static Block group(int channels) {
    return new Sequential()
        .then("conv1", convolution(channels))
        .then("pool", new MaxPool2d(2))
        .then("norm1", norm())
        .then("activ1", new Gelu())
        .then("conv2", convolution(channels))
        .then("norm2", norm())
        .then("activ2", new Gelu());
  }

  private static Block convolution(int channels) {
    return new Conv2d(channels, Window.same(3)).bias(false).initializer(Initializer.DIRAC);
  }

  private static Block norm() {
    return new BatchNorm2d().eps(1e-12).momentum(0.4);
  }

  /** Uniform, deviation 1 / fanIn. */
  private static double drawHead(double fanIn, double fanOut, RandomStream random) {
    return (2 * random.nextDouble() - 1) * Math.sqrt(3) / fanIn;
  }
}
