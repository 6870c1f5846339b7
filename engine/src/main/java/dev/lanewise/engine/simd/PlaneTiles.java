// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import static dev.lanewise.engine.simd.VectorType.FLOAT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of {@code TapKernels.planeProduct}: {@link WideTiles} for a B whose rows begin
 * anywhere; all sums of a row of C start from one number.
 */
final class PlaneTiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();
  private static final float[] ZERO = new float[1];

  private PlaneTiles() {}

  /**
   * The product, one block column of two vectors after another. Where rows are missing for the last
   * tile, it overlaps the one before and computes some rows again, to the same bits.
   */
  static void product(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      float[] b,
      int bOff,
      int[] taps,
      float[] d,
      int dOff,
      float[] c,
      int cOff,
      int ldc) {
    float[] from = d == null ? ZERO : d;
    int rsD = d == null ? 0 : 1;
    for (int j = 0; j < n; j += 2 * V) {
      int rows;
      for (int done = 0; done < m; done += rows) {
        rows = height(m, m - done);
        int i = Math.max(0, Math.min(done, m - rows));
        int ai = aOff + i * k;
        int bj = bOff + j;
        int di = d == null ? 0 : dOff + i;
        int ci = cOff + i * ldc + j;
        switch (rows) {
          case 8 -> tile8(k, a, ai, b, bj, taps, from, di, rsD, c, ci, ldc);
          case 6 -> tile6(k, a, ai, b, bj, taps, from, di, rsD, c, ci, ldc);
          default -> tile4(Math.min(m, 4), k, a, ai, b, bj, taps, from, di, rsD, c, ci, ldc);
        }
      }
    }
  }

  /** The rows of the next tile, chosen so that few of the m rows are computed twice. */
  private static int height(int m, int left) {
    if (left <= 5 || m == 7 || V == 8) { // 16 registers hold four rows of two vectors
      return 4;
    }
    return left == 6 || left == 9 || left == 10 ? 6 : 8;
  }

  /** Eight rows. */
  static void tile8(
      int k,
      float[] a,
      int aOff,
      float[] b,
      int bOff,
      int[] taps,
      float[] d,
      int dOff,
      int rsD,
      float[] c,
      int cOff,
      int ldc) {
    int a1 = 1 * k;
    int a2 = 2 * k;
    int a3 = 3 * k;
    int a4 = 4 * k;
    int a5 = 5 * k;
    int a6 = 6 * k;
    int a7 = 7 * k;
    FloatVector c0l = FloatVector.broadcast(S, d[dOff]);
    FloatVector c0r = c0l;
    FloatVector c1l = FloatVector.broadcast(S, d[dOff + 1 * rsD]);
    FloatVector c1r = c1l;
    FloatVector c2l = FloatVector.broadcast(S, d[dOff + 2 * rsD]);
    FloatVector c2r = c2l;
    FloatVector c3l = FloatVector.broadcast(S, d[dOff + 3 * rsD]);
    FloatVector c3r = c3l;
    FloatVector c4l = FloatVector.broadcast(S, d[dOff + 4 * rsD]);
    FloatVector c4r = c4l;
    FloatVector c5l = FloatVector.broadcast(S, d[dOff + 5 * rsD]);
    FloatVector c5r = c5l;
    FloatVector c6l = FloatVector.broadcast(S, d[dOff + 6 * rsD]);
    FloatVector c6r = c6l;
    FloatVector c7l = FloatVector.broadcast(S, d[dOff + 7 * rsD]);
    FloatVector c7r = c7l;
    int end = aOff + k;
    for (int ai = aOff; ai < end; ai++) {
      int bi = bOff + taps[ai - aOff];
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + V);
      FloatVector t0 = FloatVector.broadcast(S, a[ai]);
      c0l = t0.fma(bl, c0l);
      c0r = t0.fma(br, c0r);
      FloatVector t1 = FloatVector.broadcast(S, a[ai + a1]);
      c1l = t1.fma(bl, c1l);
      c1r = t1.fma(br, c1r);
      FloatVector t2 = FloatVector.broadcast(S, a[ai + a2]);
      c2l = t2.fma(bl, c2l);
      c2r = t2.fma(br, c2r);
      FloatVector t3 = FloatVector.broadcast(S, a[ai + a3]);
      c3l = t3.fma(bl, c3l);
      c3r = t3.fma(br, c3r);
      FloatVector t4 = FloatVector.broadcast(S, a[ai + a4]);
      c4l = t4.fma(bl, c4l);
      c4r = t4.fma(br, c4r);
      FloatVector t5 = FloatVector.broadcast(S, a[ai + a5]);
      c5l = t5.fma(bl, c5l);
      c5r = t5.fma(br, c5r);
      FloatVector t6 = FloatVector.broadcast(S, a[ai + a6]);
      c6l = t6.fma(bl, c6l);
      c6r = t6.fma(br, c6r);
      FloatVector t7 = FloatVector.broadcast(S, a[ai + a7]);
      c7l = t7.fma(bl, c7l);
      c7r = t7.fma(br, c7r);
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + V);
    FLOAT.cast(c1l).intoArray(c, cOff + 1 * ldc);
    FLOAT.cast(c1r).intoArray(c, cOff + 1 * ldc + V);
    FLOAT.cast(c2l).intoArray(c, cOff + 2 * ldc);
    FLOAT.cast(c2r).intoArray(c, cOff + 2 * ldc + V);
    FLOAT.cast(c3l).intoArray(c, cOff + 3 * ldc);
    FLOAT.cast(c3r).intoArray(c, cOff + 3 * ldc + V);
    FLOAT.cast(c4l).intoArray(c, cOff + 4 * ldc);
    FLOAT.cast(c4r).intoArray(c, cOff + 4 * ldc + V);
    FLOAT.cast(c5l).intoArray(c, cOff + 5 * ldc);
    FLOAT.cast(c5r).intoArray(c, cOff + 5 * ldc + V);
    FLOAT.cast(c6l).intoArray(c, cOff + 6 * ldc);
    FLOAT.cast(c6r).intoArray(c, cOff + 6 * ldc + V);
    FLOAT.cast(c7l).intoArray(c, cOff + 7 * ldc);
    FLOAT.cast(c7r).intoArray(c, cOff + 7 * ldc + V);
  }

  /** Six rows. */
  static void tile6(
      int k,
      float[] a,
      int aOff,
      float[] b,
      int bOff,
      int[] taps,
      float[] d,
      int dOff,
      int rsD,
      float[] c,
      int cOff,
      int ldc) {
    int a1 = 1 * k;
    int a2 = 2 * k;
    int a3 = 3 * k;
    int a4 = 4 * k;
    int a5 = 5 * k;
    FloatVector c0l = FloatVector.broadcast(S, d[dOff]);
    FloatVector c0r = c0l;
    FloatVector c1l = FloatVector.broadcast(S, d[dOff + 1 * rsD]);
    FloatVector c1r = c1l;
    FloatVector c2l = FloatVector.broadcast(S, d[dOff + 2 * rsD]);
    FloatVector c2r = c2l;
    FloatVector c3l = FloatVector.broadcast(S, d[dOff + 3 * rsD]);
    FloatVector c3r = c3l;
    FloatVector c4l = FloatVector.broadcast(S, d[dOff + 4 * rsD]);
    FloatVector c4r = c4l;
    FloatVector c5l = FloatVector.broadcast(S, d[dOff + 5 * rsD]);
    FloatVector c5r = c5l;
    int end = aOff + k;
    for (int ai = aOff; ai < end; ai++) {
      int bi = bOff + taps[ai - aOff];
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + V);
      FloatVector t0 = FloatVector.broadcast(S, a[ai]);
      c0l = t0.fma(bl, c0l);
      c0r = t0.fma(br, c0r);
      FloatVector t1 = FloatVector.broadcast(S, a[ai + a1]);
      c1l = t1.fma(bl, c1l);
      c1r = t1.fma(br, c1r);
      FloatVector t2 = FloatVector.broadcast(S, a[ai + a2]);
      c2l = t2.fma(bl, c2l);
      c2r = t2.fma(br, c2r);
      FloatVector t3 = FloatVector.broadcast(S, a[ai + a3]);
      c3l = t3.fma(bl, c3l);
      c3r = t3.fma(br, c3r);
      FloatVector t4 = FloatVector.broadcast(S, a[ai + a4]);
      c4l = t4.fma(bl, c4l);
      c4r = t4.fma(br, c4r);
      FloatVector t5 = FloatVector.broadcast(S, a[ai + a5]);
      c5l = t5.fma(bl, c5l);
      c5r = t5.fma(br, c5r);
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + V);
    FLOAT.cast(c1l).intoArray(c, cOff + 1 * ldc);
    FLOAT.cast(c1r).intoArray(c, cOff + 1 * ldc + V);
    FLOAT.cast(c2l).intoArray(c, cOff + 2 * ldc);
    FLOAT.cast(c2r).intoArray(c, cOff + 2 * ldc + V);
    FLOAT.cast(c3l).intoArray(c, cOff + 3 * ldc);
    FLOAT.cast(c3r).intoArray(c, cOff + 3 * ldc + V);
    FLOAT.cast(c4l).intoArray(c, cOff + 4 * ldc);
    FLOAT.cast(c4r).intoArray(c, cOff + 4 * ldc + V);
    FLOAT.cast(c5l).intoArray(c, cOff + 5 * ldc);
    FLOAT.cast(c5r).intoArray(c, cOff + 5 * ldc + V);
  }

  /** One to four rows. */
  static void tile4(
      int rows,
      int k,
      float[] a,
      int aOff,
      float[] b,
      int bOff,
      int[] taps,
      float[] d,
      int dOff,
      int rsD,
      float[] c,
      int cOff,
      int ldc) {
    int i1 = Math.min(1, rows - 1);
    int i2 = Math.min(2, rows - 1);
    int i3 = Math.min(3, rows - 1);
    int a1 = i1 * k;
    int a2 = i2 * k;
    int a3 = i3 * k;
    FloatVector c0l = FloatVector.broadcast(S, d[dOff]);
    FloatVector c0r = c0l;
    FloatVector c1l = FloatVector.broadcast(S, d[dOff + i1 * rsD]);
    FloatVector c1r = c1l;
    FloatVector c2l = FloatVector.broadcast(S, d[dOff + i2 * rsD]);
    FloatVector c2r = c2l;
    FloatVector c3l = FloatVector.broadcast(S, d[dOff + i3 * rsD]);
    FloatVector c3r = c3l;
    int end = aOff + k;
    for (int ai = aOff; ai < end; ai++) {
      int bi = bOff + taps[ai - aOff];
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + V);
      FloatVector t0 = FloatVector.broadcast(S, a[ai]);
      c0l = t0.fma(bl, c0l);
      c0r = t0.fma(br, c0r);
      FloatVector t1 = FloatVector.broadcast(S, a[ai + a1]);
      c1l = t1.fma(bl, c1l);
      c1r = t1.fma(br, c1r);
      FloatVector t2 = FloatVector.broadcast(S, a[ai + a2]);
      c2l = t2.fma(bl, c2l);
      c2r = t2.fma(br, c2r);
      FloatVector t3 = FloatVector.broadcast(S, a[ai + a3]);
      c3l = t3.fma(bl, c3l);
      c3r = t3.fma(br, c3r);
    }
    FLOAT.cast(c0l).intoArray(c, cOff);
    FLOAT.cast(c0r).intoArray(c, cOff + V);
    FLOAT.cast(c1l).intoArray(c, cOff + i1 * ldc);
    FLOAT.cast(c1r).intoArray(c, cOff + i1 * ldc + V);
    FLOAT.cast(c2l).intoArray(c, cOff + i2 * ldc);
    FLOAT.cast(c2r).intoArray(c, cOff + i2 * ldc + V);
    FLOAT.cast(c3l).intoArray(c, cOff + i3 * ldc);
    FLOAT.cast(c3r).intoArray(c, cOff + i3 * ldc + V);
  }
}
