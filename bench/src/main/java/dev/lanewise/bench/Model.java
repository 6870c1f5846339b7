// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.models.Models;
import java.util.Locale;

/** The networks that are measured: some of those that {@link Models} knows by name. */
enum Model {
  SIMPLE,
  COMPLEX,
  LENET5,
  VGG_SMALL,
  RESNET20,
  MOBILENET_SMALL;

  static final int CLASSES = 10;

  private static final Shape DIGIT = Shape.of(28, 28, 1);
  private static final Shape PHOTO = Shape.of(32, 32, 3);

  static Model of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /** The images that the network is measured with, unless there are others. */
  Shape shape() {
    return isForDigits() ? DIGIT : PHOTO;
  }

  /** Whether the network is for images such as MNIST's. */
  boolean isForDigits() {
    return compareTo(LENET5) <= 0;
  }

  /** A new network, its parameters still zero. */
  Network network(Shape input, int classes) {
    return Models.named(toString(), input, classes);
  }

  /** The name in {@link Models}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
