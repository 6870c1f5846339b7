// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.models.Models;
import java.util.Locale;

/** The networks that weights are recognised to be of where their file does not describe one. */
enum Model {
  SIMPLE(2, 8, "4.weight"),
  COMPLEX(4, 64, "11.weight");

  /** The weights of the first dense layer, {@code [out, in]}: the other has none there. */
  final String firstDense;

  private final int pooling;
  private final int maps;

  Model(int pooling, int maps, String firstDense) {
    this.pooling = pooling;
    this.maps = maps;
    this.firstDense = firstDense;
  }

  /**
   * Builds the network, not yet initialised.
   *
   * @param input the shape of one image
   * @param classes how many there are
   * @return the network
   * @throws IllegalArgumentException if the images are too small for it
   */
  Network build(Shape input, int classes) {
    return this == SIMPLE ? Models.simple(input, classes) : Models.complex(input, classes);
  }

  /** How many features the first dense layer takes, for images of this size. */
  int features(Shape input) {
    return input.height() / pooling * (input.width() / pooling) * maps;
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
