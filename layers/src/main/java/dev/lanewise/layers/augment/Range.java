// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.augment;

import dev.lanewise.layers.graph.RandomStream;

/**
 * Where a number is drawn from, each part of it as likely as any other.
 *
 * @param low the least
 * @param high the largest, exclusive unless it is the least, too
 */
record Range(double low, double high) {
  static final Range ZERO = new Range(0, 0);
  static final Range ONE = new Range(1, 1);

  /** A range that lies within {@code [least, most]}. */
  static Range of(String what, double low, double high, double least, double most) {
    if (!(least <= low && low <= high && high <= most)) { // false for NaN
      throw new IllegalArgumentException(
          what
              + " must be a range within "
              + (least + " to " + most)
              + (", but is " + low + " to " + high));
    }
    return new Range(low, high);
  }

  /** From {@code -most} to {@code most}. */
  static Range around(String what, double most, double limit) {
    return of(what, -number(what, most, 0, limit), most, -limit, limit);
  }

  static double number(String what, double value, double least, double most) {
    if (!(least <= value && value <= most)) {
      throw new IllegalArgumentException(
          what + " must be from " + least + " to " + most + ", but is " + value);
    }
    return value;
  }

  static double probability(double p) {
    return number("the probability", p, 0, 1);
  }

  /** As torchvision has it: the root of an area and an aspect ratio. */
  static int side(double square) {
    return (int) Math.rint(Math.sqrt(square));
  }

  double draw(RandomStream random) {
    return low + (high - low) * random.nextDouble();
  }

  /** A number whose logarithm is uniform, so that x and 1/x are equally likely. */
  double drawLogarithmic(RandomStream random) {
    double log = StrictMath.log(low);
    return StrictMath.exp(log + (StrictMath.log(high) - log) * random.nextDouble());
  }
}
