// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Split;
import dev.lanewise.layers.graph.RandomStream;
import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine.TypeConversionException;

/** How images are chosen for validation, and how few of them where not all are wanted. */
enum Holdout {
  LAST,
  STRATIFIED;

  /**
   * Reads a name from the command line.
   *
   * @param name in capitals or not
   * @return the choice
   * @throws TypeConversionException if there is none of that name
   */
  static Holdout parse(String name) {
    for (Holdout holdout : values()) {
      if (holdout.toString().equalsIgnoreCase(name)) {
        return holdout;
      }
    }
    throw new TypeConversionException(
        "expected one of " + Arrays.toString(values()) + ", but is '" + name + "'");
  }

  /** Some of the images, or all if there are not as many. */
  Dataset limit(Dataset images, int limit, long seed) {
    int surplus = Math.max(0, images.size() - limit);
    return split(images, surplus, new RandomStream(seed).split("limit").key()).train();
  }

  /** Holds images out of the training. */
  Split split(Dataset images, int heldOut, long seed) {
    return this == LAST ? Split.last(images, heldOut) : Split.stratified(images, heldOut, seed);
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
