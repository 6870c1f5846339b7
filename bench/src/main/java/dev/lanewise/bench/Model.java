package dev.lanewise.bench;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.models.Models;
import java.util.Locale;

/** The networks that are measured. */
enum Model {
  SIMPLE,
  COMPLEX,
  RESNET20;

  static final int CLASSES = 10;

  static Model of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /** The images that the network was designed for. */
  Shape shape() {
    return this == RESNET20 ? Shape.of(32, 32, 3) : Shape.of(28, 28, 1);
  }

  /** A new network, its parameters still zero. */
  Network network(Shape input, int classes) {
    return switch (this) {
      case SIMPLE -> Models.simple(input, classes);
      case COMPLEX -> Models.complex(input, classes);
      case RESNET20 -> ResNet.resnet20(input, classes);
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
