// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernels of {@code TapKernels.tapProduct} and {@code tapGradient} for up to eight
 * columns, such as the filters of a small first layer: vectors of eight lanes, half of one where
 * vectors are long. Those of B are read whole, so there must be eight elements where a row begins.
 *
 * <p>Rows of C are eight elements apart, and the elements of A that belong to a tap are next to
 * each other: where distances are constant, C2 checks the range of all at once. Where C has fewer
 * columns, the caller gives scratch memory and copies.
 */
final class TapTiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_256;

  /** See {@link VectorType}. */
  private static final Class<? extends FloatVector> FLOAT =
      S.vectorType().asSubclass(FloatVector.class);

  static final int LANES = 8;

  private TapTiles() {}

  /** Whether eight lanes hold the columns, and a vector has as many. */
  static boolean serve(int columns) {
    return columns <= LANES && FloatVector.SPECIES_PREFERRED.length() >= LANES;
  }

  /** 28 rows, for machines with 32 registers. */
  static void product28(
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
    FloatVector c14 = c0;
    FloatVector c15 = c0;
    FloatVector c16 = c0;
    FloatVector c17 = c0;
    FloatVector c18 = c0;
    FloatVector c19 = c0;
    FloatVector c20 = c0;
    FloatVector c21 = c0;
    FloatVector c22 = c0;
    FloatVector c23 = c0;
    FloatVector c24 = c0;
    FloatVector c25 = c0;
    FloatVector c26 = c0;
    FloatVector c27 = c0;
    for (int t = 0; t < k; t++) {
      int ai = aOff + taps[t];
      FloatVector bv = FloatVector.fromArray(S, b, bOff + t * LANES);
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
      c14 = FloatVector.broadcast(S, a[ai + 14]).fma(bv, c14);
      c15 = FloatVector.broadcast(S, a[ai + 15]).fma(bv, c15);
      c16 = FloatVector.broadcast(S, a[ai + 16]).fma(bv, c16);
      c17 = FloatVector.broadcast(S, a[ai + 17]).fma(bv, c17);
      c18 = FloatVector.broadcast(S, a[ai + 18]).fma(bv, c18);
      c19 = FloatVector.broadcast(S, a[ai + 19]).fma(bv, c19);
      c20 = FloatVector.broadcast(S, a[ai + 20]).fma(bv, c20);
      c21 = FloatVector.broadcast(S, a[ai + 21]).fma(bv, c21);
      c22 = FloatVector.broadcast(S, a[ai + 22]).fma(bv, c22);
      c23 = FloatVector.broadcast(S, a[ai + 23]).fma(bv, c23);
      c24 = FloatVector.broadcast(S, a[ai + 24]).fma(bv, c24);
      c25 = FloatVector.broadcast(S, a[ai + 25]).fma(bv, c25);
      c26 = FloatVector.broadcast(S, a[ai + 26]).fma(bv, c26);
      c27 = FloatVector.broadcast(S, a[ai + 27]).fma(bv, c27);
    }
    FLOAT.cast(c0).intoArray(c, cOff);
    FLOAT.cast(c1).intoArray(c, cOff + LANES);
    FLOAT.cast(c2).intoArray(c, cOff + 2 * LANES);
    FLOAT.cast(c3).intoArray(c, cOff + 3 * LANES);
    FLOAT.cast(c4).intoArray(c, cOff + 4 * LANES);
    FLOAT.cast(c5).intoArray(c, cOff + 5 * LANES);
    FLOAT.cast(c6).intoArray(c, cOff + 6 * LANES);
    FLOAT.cast(c7).intoArray(c, cOff + 7 * LANES);
    FLOAT.cast(c8).intoArray(c, cOff + 8 * LANES);
    FLOAT.cast(c9).intoArray(c, cOff + 9 * LANES);
    FLOAT.cast(c10).intoArray(c, cOff + 10 * LANES);
    FLOAT.cast(c11).intoArray(c, cOff + 11 * LANES);
    FLOAT.cast(c12).intoArray(c, cOff + 12 * LANES);
    FLOAT.cast(c13).intoArray(c, cOff + 13 * LANES);
    FLOAT.cast(c14).intoArray(c, cOff + 14 * LANES);
    FLOAT.cast(c15).intoArray(c, cOff + 15 * LANES);
    FLOAT.cast(c16).intoArray(c, cOff + 16 * LANES);
    FLOAT.cast(c17).intoArray(c, cOff + 17 * LANES);
    FLOAT.cast(c18).intoArray(c, cOff + 18 * LANES);
    FLOAT.cast(c19).intoArray(c, cOff + 19 * LANES);
    FLOAT.cast(c20).intoArray(c, cOff + 20 * LANES);
    FLOAT.cast(c21).intoArray(c, cOff + 21 * LANES);
    FLOAT.cast(c22).intoArray(c, cOff + 22 * LANES);
    FLOAT.cast(c23).intoArray(c, cOff + 23 * LANES);
    FLOAT.cast(c24).intoArray(c, cOff + 24 * LANES);
    FLOAT.cast(c25).intoArray(c, cOff + 25 * LANES);
    FLOAT.cast(c26).intoArray(c, cOff + 26 * LANES);
    FLOAT.cast(c27).intoArray(c, cOff + 27 * LANES);
  }

  /** 12 rows, for fewer pixels or 16 registers. */
  static void product12(
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
    for (int t = 0; t < k; t++) {
      int ai = aOff + taps[t];
      FloatVector bv = FloatVector.fromArray(S, b, bOff + t * LANES);
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
    }
    FLOAT.cast(c0).intoArray(c, cOff);
    FLOAT.cast(c1).intoArray(c, cOff + LANES);
    FLOAT.cast(c2).intoArray(c, cOff + 2 * LANES);
    FLOAT.cast(c3).intoArray(c, cOff + 3 * LANES);
    FLOAT.cast(c4).intoArray(c, cOff + 4 * LANES);
    FLOAT.cast(c5).intoArray(c, cOff + 5 * LANES);
    FLOAT.cast(c6).intoArray(c, cOff + 6 * LANES);
    FLOAT.cast(c7).intoArray(c, cOff + 7 * LANES);
    FLOAT.cast(c8).intoArray(c, cOff + 8 * LANES);
    FLOAT.cast(c9).intoArray(c, cOff + 9 * LANES);
    FLOAT.cast(c10).intoArray(c, cOff + 10 * LANES);
    FLOAT.cast(c11).intoArray(c, cOff + 11 * LANES);
  }

  /**
   * One to ten rows t of C, from {@code first} on; with fewer the last stands in for the missing
   * ones, as in {@link WideTiles}. The loop counts the index of A, so that C2 checks its range at
   * once.
   */
  static void gradient10(
      int rows,
      int k,
      float[] a,
      int aOff,
      int[] taps,
      int first,
      float[] b,
      int bOff,
      int ldb,
      float[] c,
      int cOff) {
    int i1 = Math.min(1, rows - 1);
    int i2 = Math.min(2, rows - 1);
    int i3 = Math.min(3, rows - 1);
    int i4 = Math.min(4, rows - 1);
    int i5 = Math.min(5, rows - 1);
    int i6 = Math.min(6, rows - 1);
    int i7 = Math.min(7, rows - 1);
    int i8 = Math.min(8, rows - 1);
    int i9 = rows - 1;
    int a0 = aOff + taps[first];
    int a1 = taps[first + i1] - taps[first];
    int a2 = taps[first + i2] - taps[first];
    int a3 = taps[first + i3] - taps[first];
    int a4 = taps[first + i4] - taps[first];
    int a5 = taps[first + i5] - taps[first];
    int a6 = taps[first + i6] - taps[first];
    int a7 = taps[first + i7] - taps[first];
    int a8 = taps[first + i8] - taps[first];
    int a9 = taps[first + i9] - taps[first];
    int end = a0 + k;
    FloatVector c0 = FloatVector.fromArray(S, c, cOff);
    FloatVector c1 = FloatVector.fromArray(S, c, cOff + i1 * LANES);
    FloatVector c2 = FloatVector.fromArray(S, c, cOff + i2 * LANES);
    FloatVector c3 = FloatVector.fromArray(S, c, cOff + i3 * LANES);
    FloatVector c4 = FloatVector.fromArray(S, c, cOff + i4 * LANES);
    FloatVector c5 = FloatVector.fromArray(S, c, cOff + i5 * LANES);
    FloatVector c6 = FloatVector.fromArray(S, c, cOff + i6 * LANES);
    FloatVector c7 = FloatVector.fromArray(S, c, cOff + i7 * LANES);
    FloatVector c8 = FloatVector.fromArray(S, c, cOff + i8 * LANES);
    FloatVector c9 = FloatVector.fromArray(S, c, cOff + i9 * LANES);
    for (int ai = a0; ai < end; ai++) {
      FloatVector bv = FloatVector.fromArray(S, b, bOff + (ai - a0) * ldb);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + a1]).fma(bv, c1);
      c2 = FloatVector.broadcast(S, a[ai + a2]).fma(bv, c2);
      c3 = FloatVector.broadcast(S, a[ai + a3]).fma(bv, c3);
      c4 = FloatVector.broadcast(S, a[ai + a4]).fma(bv, c4);
      c5 = FloatVector.broadcast(S, a[ai + a5]).fma(bv, c5);
      c6 = FloatVector.broadcast(S, a[ai + a6]).fma(bv, c6);
      c7 = FloatVector.broadcast(S, a[ai + a7]).fma(bv, c7);
      c8 = FloatVector.broadcast(S, a[ai + a8]).fma(bv, c8);
      c9 = FloatVector.broadcast(S, a[ai + a9]).fma(bv, c9);
    }
    FLOAT.cast(c0).intoArray(c, cOff);
    FLOAT.cast(c1).intoArray(c, cOff + i1 * LANES);
    FLOAT.cast(c2).intoArray(c, cOff + i2 * LANES);
    FLOAT.cast(c3).intoArray(c, cOff + i3 * LANES);
    FLOAT.cast(c4).intoArray(c, cOff + i4 * LANES);
    FLOAT.cast(c5).intoArray(c, cOff + i5 * LANES);
    FLOAT.cast(c6).intoArray(c, cOff + i6 * LANES);
    FLOAT.cast(c7).intoArray(c, cOff + i7 * LANES);
    FLOAT.cast(c8).intoArray(c, cOff + i8 * LANES);
    FLOAT.cast(c9).intoArray(c, cOff + i9 * LANES);
  }
}
