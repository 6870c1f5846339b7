// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import static dev.lanewise.engine.simd.VectorType.FLOAT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/**
 * Stores of the first lanes of a vector, for the right edge of a matrix. The array must have room
 * for the whole vector: a masked access that reaches beyond the end of its array takes a slow path
 * that boxes the vector.
 *
 * <p>These are methods of their own, too long (36 bytes and more) for C1 to inline: inlined many
 * times into a tile, masked stores exhaust C1's virtual registers, and a method that C1 has given
 * up at tier 3 never reaches C2. C2 inlines them, being hot.
 */
final class Edge {
  private static final int V = FloatVector.SPECIES_PREFERRED.length();

  private Edge() {}

  /** Lanes 0 to n - 1. */
  static VectorMask<Float> mask(int n) {
    return FloatVector.SPECIES_PREFERRED.indexInRange(0, n);
  }

  /**
   * Stores lanes 0 to n - 1.
   *
   * @param in {@code mask(n)}, made once for all stores of a tile: what C2 makes of it is large,
   *     and past a number of nodes C2 inlines no store
   */
  static void store(FloatVector v, float[] to, int at, int n, VectorMask<Float> in) {
    if (n == V) {
      FLOAT.cast(v).intoArray(to, at);
    } else {
      FLOAT.cast(v).intoArray(to, at, in);
    }
  }

  /** Stores lanes 0 to n - 1. */
  static void store(IntVector v, int[] to, int at, int n) {
    if (n == v.length()) {
      v.intoArray(to, at);
    } else {
      VectorMask<Integer> in = IntVector.SPECIES_PREFERRED.indexInRange(0, n);
      v.intoArray(to, at, in);
    }
  }
}
