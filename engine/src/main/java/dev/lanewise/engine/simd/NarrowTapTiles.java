// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import static dev.lanewise.engine.simd.VectorType.FLOAT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of {@code TapKernels.tapProduct} for one vector of columns or less: as {@link
 * TapTiles}, with whole vectors of the machine.
 */
final class NarrowTapTiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();

  private NarrowTapTiles() {}

  /** 14 rows, a vector apart. */
  static void product14(
      int k,
      float[] a,
      int aOff,
      int[] taps,
      float[] b,
      int bOff,
      float[] d,
      int dOff,
      float[] c,
      int cOff) {
    FloatVector c0 = FloatVector.fromArray(S, d, dOff);
    FloatVector c1 = c0;
    FloatVector c2 = c0;
    FloatVector c3 = c0;
    FloatVector c4 = c0;
    FloatVector c5 = c0;
    FloatVector c6 = c0;
    FloatVector c7 = c0;
    FloatVector c8 = c0;
    FloatVector c9 = c0;
    FloatVector c10 = c0;
    FloatVector c11 = c0;
    FloatVector c12 = c0;
    FloatVector c13 = c0;
    for (int t = 0; t < k; t++) {
      int ai = aOff + taps[t];
      FloatVector bv = FloatVector.fromArray(S, b, bOff + t * V);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + 1]).fma(bv, c1);
      c2 = FloatVector.broadcast(S, a[ai + 2]).fma(bv, c2);
      c3 = FloatVector.broadcast(S, a[ai + 3]).fma(bv, c3);
      c4 = FloatVector.broadcast(S, a[ai + 4]).fma(bv, c4);
      c5 = FloatVector.broadcast(S, a[ai + 5]).fma(bv, c5);
      c6 = FloatVector.broadcast(S, a[ai + 6]).fma(bv, c6);
      c7 = FloatVector.broadcast(S, a[ai + 7]).fma(bv, c7);
      c8 = FloatVector.broadcast(S, a[ai + 8]).fma(bv, c8);
      c9 = FloatVector.broadcast(S, a[ai + 9]).fma(bv, c9);
      c10 = FloatVector.broadcast(S, a[ai + 10]).fma(bv, c10);
      c11 = FloatVector.broadcast(S, a[ai + 11]).fma(bv, c11);
      c12 = FloatVector.broadcast(S, a[ai + 12]).fma(bv, c12);
      c13 = FloatVector.broadcast(S, a[ai + 13]).fma(bv, c13);
    }
    FLOAT.cast(c0).intoArray(c, cOff);
    FLOAT.cast(c1).intoArray(c, cOff + V);
    FLOAT.cast(c2).intoArray(c, cOff + 2 * V);
    FLOAT.cast(c3).intoArray(c, cOff + 3 * V);
    FLOAT.cast(c4).intoArray(c, cOff + 4 * V);
    FLOAT.cast(c5).intoArray(c, cOff + 5 * V);
    FLOAT.cast(c6).intoArray(c, cOff + 6 * V);
    FLOAT.cast(c7).intoArray(c, cOff + 7 * V);
    FLOAT.cast(c8).intoArray(c, cOff + 8 * V);
    FLOAT.cast(c9).intoArray(c, cOff + 9 * V);
    FLOAT.cast(c10).intoArray(c, cOff + 10 * V);
    FLOAT.cast(c11).intoArray(c, cOff + 11 * V);
    FLOAT.cast(c12).intoArray(c, cOff + 12 * V);
    FLOAT.cast(c13).intoArray(c, cOff + 13 * V);
  }
}
