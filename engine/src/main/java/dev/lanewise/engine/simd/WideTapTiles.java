// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import static dev.lanewise.engine.simd.VectorType.FLOAT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of {@code TapKernels.tapProduct}: {@link WideTiles} for runs that begin
 * anywhere.
 */
final class WideTapTiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();

  /** Rows of a tile: what 32 and 16 registers hold. */
  static final int ROWS = V == 8 ? 4 : 8;

  private WideTapTiles() {}

  /** {@link #ROWS} rows of two vectors, the right one {@code right} columns after the left. */
  static void tile(
      int right,
      int n,
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
    if (ROWS == 8) {
      tile8(right, n, k, a, aOff, taps, b, bOff, d, dOff, c, cOff);
    } else {
      tile4(right, n, k, a, aOff, taps, b, bOff, d, dOff, c, cOff);
    }
  }

  private static void tile8(
      int right,
      int n,
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
    FloatVector c0l = FloatVector.fromArray(S, d, dOff);
    FloatVector c0r = FloatVector.fromArray(S, d, dOff + right);
    FloatVector c1l = c0l;
    FloatVector c1r = c0r;
    FloatVector c2l = c0l;
    FloatVector c2r = c0r;
    FloatVector c3l = c0l;
    FloatVector c3r = c0r;
    FloatVector c4l = c0l;
    FloatVector c4r = c0r;
    FloatVector c5l = c0l;
    FloatVector c5r = c0r;
    FloatVector c6l = c0l;
    FloatVector c6r = c0r;
    FloatVector c7l = c0l;
    FloatVector c7r = c0r;
    for (int t = 0, bi = bOff; t < k; t++, bi += n) {
      int ai = aOff + taps[t];
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
    FLOAT.cast(c1l).intoArray(c, cOff + 1 * n);
    FLOAT.cast(c1r).intoArray(c, cOff + 1 * n + right);
    FLOAT.cast(c2l).intoArray(c, cOff + 2 * n);
    FLOAT.cast(c2r).intoArray(c, cOff + 2 * n + right);
    FLOAT.cast(c3l).intoArray(c, cOff + 3 * n);
    FLOAT.cast(c3r).intoArray(c, cOff + 3 * n + right);
    FLOAT.cast(c4l).intoArray(c, cOff + 4 * n);
    FLOAT.cast(c4r).intoArray(c, cOff + 4 * n + right);
    FLOAT.cast(c5l).intoArray(c, cOff + 5 * n);
    FLOAT.cast(c5r).intoArray(c, cOff + 5 * n + right);
    FLOAT.cast(c6l).intoArray(c, cOff + 6 * n);
    FLOAT.cast(c6r).intoArray(c, cOff + 6 * n + right);
    FLOAT.cast(c7l).intoArray(c, cOff + 7 * n);
    FLOAT.cast(c7r).intoArray(c, cOff + 7 * n + right);
  }

  private static void tile4(
      int right,
      int n,
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
    FloatVector c0l = FloatVector.fromArray(S, d, dOff);
    FloatVector c0r = FloatVector.fromArray(S, d, dOff + right);
    FloatVector c1l = c0l;
    FloatVector c1r = c0r;
    FloatVector c2l = c0l;
    FloatVector c2r = c0r;
    FloatVector c3l = c0l;
    FloatVector c3r = c0r;
    for (int t = 0, bi = bOff; t < k; t++, bi += n) {
      int ai = aOff + taps[t];
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
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + right);
    FLOAT.cast(c1l).intoArray(c, cOff + 1 * n);
    FLOAT.cast(c1r).intoArray(c, cOff + 1 * n + right);
    FLOAT.cast(c2l).intoArray(c, cOff + 2 * n);
    FLOAT.cast(c2r).intoArray(c, cOff + 2 * n + right);
    FLOAT.cast(c3l).intoArray(c, cOff + 3 * n);
    FLOAT.cast(c3r).intoArray(c, cOff + 3 * n + right);
  }
}
