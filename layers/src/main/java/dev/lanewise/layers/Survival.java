// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Trait;
import java.util.Set;

/**
 * What a value is multiplied by that is dropped with probability p: 0 if it is, otherwise {@code 1
 * / (1 - p)}, so that it is the same on average. Immutable.
 */
final class Survival {
  private final long dropped; // of 2^32 numbers
  private final int scale;

  Survival(double p) {
    dropped = Math.round(p * 0x1p32);
    scale = Float.floatToRawIntBits((float) (1 / (1 - p)));
  }

  /**
   * Checks a probability.
   *
   * @throws IllegalArgumentException unless {@code 0 <= p < 1}
   */
  static double require(String layer, double p) {
    if (!(p >= 0 && p < 1)) {
      throw new IllegalArgumentException(
          "the probability of " + layer + " must be at least 0 and below 1, but is " + p);
    }
    return p;
  }

  /** Whether a layer does anything in a pass. */
  static boolean drops(Mode mode, double p) {
    return mode == Mode.TRAINING && p > 0;
  }

  /** The traits of a layer that multiplies in place, or does nothing. */
  static Set<Trait> traits(Mode mode, double p) {
    return drops(mode, p)
        ? Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.IGNORES_X, Trait.IGNORES_Y)
        : Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.IGNORES_X, Trait.IGNORES_Y, Trait.RESHAPE);
  }

  /**
   * The factor. Without a branch, which no processor could predict: all bits of the scale, or none.
   *
   * @param number 32 random bits
   */
  float factor(long number) {
    return Float.intBitsToFloat(scale & (int) ~((number - dropped) >> 63));
  }
}
