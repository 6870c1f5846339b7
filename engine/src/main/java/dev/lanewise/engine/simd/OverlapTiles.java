// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import static dev.lanewise.engine.simd.VectorType.FLOAT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link WideTiles} for more than one vector of columns, but fewer than two: the right vector
 * begins {@code right < V} columns after the left one. The columns that they share are computed
 * twice, to the same bits, so that nothing is masked.
 *
 * <p>These are methods of their own because a distance that is not a constant costs C2 more checks:
 * with them a tile of 14 rows has more nodes than C2 inlines, and vectors are boxed.
 */
final class OverlapTiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

  private OverlapTiles() {}

  /** Eight rows of a row-major A: {@code csA} is 1. */
  static void tile8(
      int k,
      float[] a,
      int aOff,
      int rsA,
      float[] b,
      int bOff,
      int ldb,
      int right,
      float[] d,
      int dOff,
      int ldd,
      float[] c,
      int cOff,
      int ldc) {
    FloatVector c0l = FloatVector.fromArray(S, d, dOff);
    FloatVector c0r = FloatVector.fromArray(S, d, dOff + right);
    FloatVector c1l = FloatVector.fromArray(S, d, dOff + ldd);
    FloatVector c1r = FloatVector.fromArray(S, d, dOff + ldd + right);
    FloatVector c2l = FloatVector.fromArray(S, d, dOff + 2 * ldd);
    FloatVector c2r = FloatVector.fromArray(S, d, dOff + 2 * ldd + right);
    FloatVector c3l = FloatVector.fromArray(S, d, dOff + 3 * ldd);
    FloatVector c3r = FloatVector.fromArray(S, d, dOff + 3 * ldd + right);
    FloatVector c4l = FloatVector.fromArray(S, d, dOff + 4 * ldd);
    FloatVector c4r = FloatVector.fromArray(S, d, dOff + 4 * ldd + right);
    FloatVector c5l = FloatVector.fromArray(S, d, dOff + 5 * ldd);
    FloatVector c5r = FloatVector.fromArray(S, d, dOff + 5 * ldd + right);
    FloatVector c6l = FloatVector.fromArray(S, d, dOff + 6 * ldd);
    FloatVector c6r = FloatVector.fromArray(S, d, dOff + 6 * ldd + right);
    FloatVector c7l = FloatVector.fromArray(S, d, dOff + 7 * ldd);
    FloatVector c7r = FloatVector.fromArray(S, d, dOff + 7 * ldd + right);
    int end = aOff + k;
    for (int ai = aOff, bi = bOff; ai < end; ai++, bi += ldb) {
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + right);
      FloatVector a0 = FloatVector.broadcast(S, a[ai]);
      c0l = a0.fma(bl, c0l);
      c0r = a0.fma(br, c0r);
      FloatVector a1 = FloatVector.broadcast(S, a[ai + rsA]);
      c1l = a1.fma(bl, c1l);
      c1r = a1.fma(br, c1r);
      FloatVector a2 = FloatVector.broadcast(S, a[ai + 2 * rsA]);
      c2l = a2.fma(bl, c2l);
      c2r = a2.fma(br, c2r);
      FloatVector a3 = FloatVector.broadcast(S, a[ai + 3 * rsA]);
      c3l = a3.fma(bl, c3l);
      c3r = a3.fma(br, c3r);
      FloatVector a4 = FloatVector.broadcast(S, a[ai + 4 * rsA]);
      c4l = a4.fma(bl, c4l);
      c4r = a4.fma(br, c4r);
      FloatVector a5 = FloatVector.broadcast(S, a[ai + 5 * rsA]);
      c5l = a5.fma(bl, c5l);
      c5r = a5.fma(br, c5r);
      FloatVector a6 = FloatVector.broadcast(S, a[ai + 6 * rsA]);
      c6l = a6.fma(bl, c6l);
      c6r = a6.fma(br, c6r);
      FloatVector a7 = FloatVector.broadcast(S, a[ai + 7 * rsA]);
      c7l = a7.fma(bl, c7l);
      c7r = a7.fma(br, c7r);
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + right);
    FLOAT.cast(c1l).intoArray(c, cOff + ldc);
    FLOAT.cast(c1r).intoArray(c, cOff + ldc + right);
    FLOAT.cast(c2l).intoArray(c, cOff + 2 * ldc);
    FLOAT.cast(c2r).intoArray(c, cOff + 2 * ldc + right);
    FLOAT.cast(c3l).intoArray(c, cOff + 3 * ldc);
    FLOAT.cast(c3r).intoArray(c, cOff + 3 * ldc + right);
    FLOAT.cast(c4l).intoArray(c, cOff + 4 * ldc);
    FLOAT.cast(c4r).intoArray(c, cOff + 4 * ldc + right);
    FLOAT.cast(c5l).intoArray(c, cOff + 5 * ldc);
    FLOAT.cast(c5r).intoArray(c, cOff + 5 * ldc + right);
    FLOAT.cast(c6l).intoArray(c, cOff + 6 * ldc);
    FLOAT.cast(c6r).intoArray(c, cOff + 6 * ldc + right);
    FLOAT.cast(c7l).intoArray(c, cOff + 7 * ldc);
    FLOAT.cast(c7r).intoArray(c, cOff + 7 * ldc + right);
  }

  /** Eight rows of a transposed A: {@code rsA} is 1. */
  static void tile8Transposed(
      int k,
      float[] a,
      int aOff,
      int csA,
      float[] b,
      int bOff,
      int ldb,
      int right,
      float[] d,
      int dOff,
      int ldd,
      float[] c,
      int cOff,
      int ldc) {
    FloatVector c0l = FloatVector.fromArray(S, d, dOff);
    FloatVector c0r = FloatVector.fromArray(S, d, dOff + right);
    FloatVector c1l = FloatVector.fromArray(S, d, dOff + ldd);
    FloatVector c1r = FloatVector.fromArray(S, d, dOff + ldd + right);
    FloatVector c2l = FloatVector.fromArray(S, d, dOff + 2 * ldd);
    FloatVector c2r = FloatVector.fromArray(S, d, dOff + 2 * ldd + right);
    FloatVector c3l = FloatVector.fromArray(S, d, dOff + 3 * ldd);
    FloatVector c3r = FloatVector.fromArray(S, d, dOff + 3 * ldd + right);
    FloatVector c4l = FloatVector.fromArray(S, d, dOff + 4 * ldd);
    FloatVector c4r = FloatVector.fromArray(S, d, dOff + 4 * ldd + right);
    FloatVector c5l = FloatVector.fromArray(S, d, dOff + 5 * ldd);
    FloatVector c5r = FloatVector.fromArray(S, d, dOff + 5 * ldd + right);
    FloatVector c6l = FloatVector.fromArray(S, d, dOff + 6 * ldd);
    FloatVector c6r = FloatVector.fromArray(S, d, dOff + 6 * ldd + right);
    FloatVector c7l = FloatVector.fromArray(S, d, dOff + 7 * ldd);
    FloatVector c7r = FloatVector.fromArray(S, d, dOff + 7 * ldd + right);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + right);
      FloatVector a0 = FloatVector.broadcast(S, a[ai]);
      c0l = a0.fma(bl, c0l);
      c0r = a0.fma(br, c0r);
      FloatVector a1 = FloatVector.broadcast(S, a[ai + 1]);
      c1l = a1.fma(bl, c1l);
      c1r = a1.fma(br, c1r);
      FloatVector a2 = FloatVector.broadcast(S, a[ai + 2]);
      c2l = a2.fma(bl, c2l);
      c2r = a2.fma(br, c2r);
      FloatVector a3 = FloatVector.broadcast(S, a[ai + 3]);
      c3l = a3.fma(bl, c3l);
      c3r = a3.fma(br, c3r);
      FloatVector a4 = FloatVector.broadcast(S, a[ai + 4]);
      c4l = a4.fma(bl, c4l);
      c4r = a4.fma(br, c4r);
      FloatVector a5 = FloatVector.broadcast(S, a[ai + 5]);
      c5l = a5.fma(bl, c5l);
      c5r = a5.fma(br, c5r);
      FloatVector a6 = FloatVector.broadcast(S, a[ai + 6]);
      c6l = a6.fma(bl, c6l);
      c6r = a6.fma(br, c6r);
      FloatVector a7 = FloatVector.broadcast(S, a[ai + 7]);
      c7l = a7.fma(bl, c7l);
      c7r = a7.fma(br, c7r);
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + right);
    FLOAT.cast(c1l).intoArray(c, cOff + ldc);
    FLOAT.cast(c1r).intoArray(c, cOff + ldc + right);
    FLOAT.cast(c2l).intoArray(c, cOff + 2 * ldc);
    FLOAT.cast(c2r).intoArray(c, cOff + 2 * ldc + right);
    FLOAT.cast(c3l).intoArray(c, cOff + 3 * ldc);
    FLOAT.cast(c3r).intoArray(c, cOff + 3 * ldc + right);
    FLOAT.cast(c4l).intoArray(c, cOff + 4 * ldc);
    FLOAT.cast(c4r).intoArray(c, cOff + 4 * ldc + right);
    FLOAT.cast(c5l).intoArray(c, cOff + 5 * ldc);
    FLOAT.cast(c5r).intoArray(c, cOff + 5 * ldc + right);
    FLOAT.cast(c6l).intoArray(c, cOff + 6 * ldc);
    FLOAT.cast(c6r).intoArray(c, cOff + 6 * ldc + right);
    FLOAT.cast(c7l).intoArray(c, cOff + 7 * ldc);
    FLOAT.cast(c7r).intoArray(c, cOff + 7 * ldc + right);
  }

  /** One to four rows of an A of any strides. */
  static void tileRest(
      int rows,
      int k,
      float[] a,
      int aOff,
      int rsA,
      int csA,
      float[] b,
      int bOff,
      int ldb,
      int right,
      float[] d,
      int dOff,
      int ldd,
      float[] c,
      int cOff,
      int ldc) {
    int i1 = Math.min(1, rows - 1);
    int i2 = Math.min(2, rows - 1);
    int i3 = rows - 1;
    FloatVector c0l = FloatVector.fromArray(S, d, dOff);
    FloatVector c0r = FloatVector.fromArray(S, d, dOff + right);
    FloatVector c1l = FloatVector.fromArray(S, d, dOff + i1 * ldd);
    FloatVector c1r = FloatVector.fromArray(S, d, dOff + i1 * ldd + right);
    FloatVector c2l = FloatVector.fromArray(S, d, dOff + i2 * ldd);
    FloatVector c2r = FloatVector.fromArray(S, d, dOff + i2 * ldd + right);
    FloatVector c3l = FloatVector.fromArray(S, d, dOff + i3 * ldd);
    FloatVector c3r = FloatVector.fromArray(S, d, dOff + i3 * ldd + right);
    for (int p = 0, ai = aOff, bi = bOff; p < k; p++, ai += csA, bi += ldb) {
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + right);
      FloatVector a0 = FloatVector.broadcast(S, a[ai]);
      c0l = a0.fma(bl, c0l);
      c0r = a0.fma(br, c0r);
      FloatVector a1 = FloatVector.broadcast(S, a[ai + i1 * rsA]);
      c1l = a1.fma(bl, c1l);
      c1r = a1.fma(br, c1r);
      FloatVector a2 = FloatVector.broadcast(S, a[ai + i2 * rsA]);
      c2l = a2.fma(bl, c2l);
      c2r = a2.fma(br, c2r);
      FloatVector a3 = FloatVector.broadcast(S, a[ai + i3 * rsA]);
      c3l = a3.fma(bl, c3l);
      c3r = a3.fma(br, c3r);
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + right);
    FLOAT.cast(c1l).intoArray(c, cOff + i1 * ldc);
    FLOAT.cast(c1r).intoArray(c, cOff + i1 * ldc + right);
    FLOAT.cast(c2l).intoArray(c, cOff + i2 * ldc);
    FLOAT.cast(c2r).intoArray(c, cOff + i2 * ldc + right);
    FLOAT.cast(c3l).intoArray(c, cOff + i3 * ldc);
    FLOAT.cast(c3r).intoArray(c, cOff + i3 * ldc + right);
  }
}
