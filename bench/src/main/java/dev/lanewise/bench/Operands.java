// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.layers.graph.RandomStream;

/** Values for the operands of a benchmark, and the check of its result before it is timed. */
final class Operands {
  private static final int CHECKS = 64;

  private Operands() {}

  /** An element of a result, computed by a plain loop in double precision. */
  interface Element {
    /**
     * Computes one element.
     *
     * @param index which one
     * @return its value
     */
    double at(int index);
  }

  /**
   * An array of small integers: every sum of a few thousand of their products is exact.
   *
   * @param length how many
   * @param seed what they are drawn from
   * @return values from -4 to 4
   */
  static float[] integers(int length, long seed) {
    RandomStream random = new RandomStream(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = random.nextInt(9) - 4;
    }
    return values;
  }

  /**
   * Compares some elements of a result, the first and the last among them, with a plain loop.
   *
   * @param name of the operation, for the message
   * @param actual the result
   * @param expected the plain loop; exact, as the values are integers
   */
  static void check(String name, float[] actual, Element expected) {
    check(name, actual, 0, expected);
  }

  /**
   * The same for a result with rounding errors.
   *
   * @param name of the operation, for the message
   * @param actual the result
   * @param error the largest error of an element
   * @param expected the plain loop
   */
  static void check(String name, float[] actual, double error, Element expected) {
    for (int i = 0; i < CHECKS; i++) {
      int index = (int) ((actual.length - 1L) * i / (CHECKS - 1));
      if (!(Math.abs(actual[index] - expected.at(index)) <= error)) {
        throw new IllegalStateException(
            name + "[" + index + "] is " + actual[index] + ", expected " + expected.at(index));
      }
    }
  }
}
