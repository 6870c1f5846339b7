// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import dev.lanewise.engine.run.Floats;

/** Checks of the operands of the facades. Each message names the operand and the numbers. */
final class Operands {
  private Operands() {}

  /** An operand must have {@code needed} elements; it may have more. */
  static void holds(String name, Floats operand, long needed) {
    holds(name, operand.size(), needed);
  }

  /** An operand of {@code size} elements must have {@code needed}. */
  static void holds(String name, int size, long needed) {
    if (needed > size) {
      throw new IllegalArgumentException(name + " needs " + needed + " elements, but has " + size);
    }
  }

  /** The first elements of two operands must not be the same ones. */
  static void disjoint(
      String outName, Floats out, long outSize, String inName, Floats in, long inSize) {
    if (out.data == in.data
        && outSize > 0
        && inSize > 0
        && out.offset < in.offset + inSize
        && in.offset < out.offset + outSize) {
      throw new IllegalArgumentException(
          outName
              + " (elements "
              + out.offset
              + " to "
              + (out.offset + outSize - 1)
              + ") overlaps "
              + inName
              + " (elements "
              + in.offset
              + " to "
              + (in.offset + inSize - 1)
              + ") in the same array");
    }
  }

  /** Two operands of {@code n} elements must be the same elements, or share none. */
  static void sameOrDisjoint(String outName, Floats out, String inName, Floats in, int n) {
    if (out.data != in.data || out.offset != in.offset) {
      disjoint(outName, out, n, inName, in, n);
    }
  }
}
