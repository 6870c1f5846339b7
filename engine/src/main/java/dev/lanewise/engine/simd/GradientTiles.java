// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import static dev.lanewise.engine.simd.VectorType.FLOAT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of {@code TapKernels.tapGradient}: {@link WideTiles} and {@link NarrowTiles} for
 * an A whose rows begin anywhere. The loop variable is the index into A, so that C2 checks its
 * range once. Where rows are missing, the last one takes their place.
 */
final class GradientTiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();

  /** 16 registers hold four rows of two vectors. */
  private static final boolean TALL = V != 8;

  private GradientTiles() {}

  /**
   * Adds the product to C. Where a row ends, whole vectors are read: b and c must have as many
   * elements after the row as n columns lack to whole vectors.
   */
  static void add(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int[] taps,
      int first,
      float[] b,
      int bOff,
      float[] c,
      int cOff) {
    int j = 0;
    for (int right; n - j > V; j += V + right) {
      right = Math.min(V, n - j - V);
      int t = 0;
      for (; TALL && t + 8 <= m; t += 8) {
        wide8(right, n, k, a, aOff, taps, first + t, b, bOff + j, c, cOff + t * n + j);
      }
      for (; t < m; t += 4) {
        int rows = Math.min(4, m - t);
        wide4(rows, right, n, k, a, aOff, taps, first + t, b, bOff + j, c, cOff + t * n + j);
      }
    }
    int rows;
    for (int t = 0; j < n && t < m; t += rows) {
      int left = m - t;
      int ct = cOff + t * n + j;
      if (left > 5 && left != 9 && left != 10) {
        rows = Math.min(left, 8);
        narrow8(rows, n - j, n, k, a, aOff, taps, first + t, b, bOff + j, c, ct);
      } else {
        rows = Math.min(left, 5);
        narrow5(rows, n - j, n, k, a, aOff, taps, first + t, b, bOff + j, c, ct);
      }
    }
  }

  /** Eight rows of two vectors, the right one {@code right} columns after the left. */
  private static void wide8(
      int right,
      int n,
      int k,
      float[] a,
      int aOff,
      int[] taps,
      int first,
      float[] b,
      int bOff,
      float[] c,
      int cOff) {
    int a0 = aOff + taps[first];
    int a1 = taps[first + 1] - taps[first];
    int a2 = taps[first + 2] - taps[first];
    int a3 = taps[first + 3] - taps[first];
    int a4 = taps[first + 4] - taps[first];
    int a5 = taps[first + 5] - taps[first];
    int a6 = taps[first + 6] - taps[first];
    int a7 = taps[first + 7] - taps[first];
    int end = a0 + k;
    FloatVector c0l = FloatVector.fromArray(S, c, cOff);
    FloatVector c0r = FloatVector.fromArray(S, c, cOff + right);
    FloatVector c1l = FloatVector.fromArray(S, c, cOff + 1 * n);
    FloatVector c1r = FloatVector.fromArray(S, c, cOff + 1 * n + right);
    FloatVector c2l = FloatVector.fromArray(S, c, cOff + 2 * n);
    FloatVector c2r = FloatVector.fromArray(S, c, cOff + 2 * n + right);
    FloatVector c3l = FloatVector.fromArray(S, c, cOff + 3 * n);
    FloatVector c3r = FloatVector.fromArray(S, c, cOff + 3 * n + right);
    FloatVector c4l = FloatVector.fromArray(S, c, cOff + 4 * n);
    FloatVector c4r = FloatVector.fromArray(S, c, cOff + 4 * n + right);
    FloatVector c5l = FloatVector.fromArray(S, c, cOff + 5 * n);
    FloatVector c5r = FloatVector.fromArray(S, c, cOff + 5 * n + right);
    FloatVector c6l = FloatVector.fromArray(S, c, cOff + 6 * n);
    FloatVector c6r = FloatVector.fromArray(S, c, cOff + 6 * n + right);
    FloatVector c7l = FloatVector.fromArray(S, c, cOff + 7 * n);
    FloatVector c7r = FloatVector.fromArray(S, c, cOff + 7 * n + right);
    for (int ai = a0, bi = bOff; ai < end; ai++, bi += n) {
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + right);
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

  /** One to four rows of two vectors, the right one {@code right} columns after the left. */
  private static void wide4(
      int rows,
      int right,
      int n,
      int k,
      float[] a,
      int aOff,
      int[] taps,
      int first,
      float[] b,
      int bOff,
      float[] c,
      int cOff) {
    int i1 = Math.min(1, rows - 1);
    int i2 = Math.min(2, rows - 1);
    int i3 = Math.min(3, rows - 1);
    int a0 = aOff + taps[first];
    int a1 = taps[first + i1] - taps[first];
    int a2 = taps[first + i2] - taps[first];
    int a3 = taps[first + i3] - taps[first];
    int end = a0 + k;
    FloatVector c0l = FloatVector.fromArray(S, c, cOff);
    FloatVector c0r = FloatVector.fromArray(S, c, cOff + right);
    FloatVector c1l = FloatVector.fromArray(S, c, cOff + i1 * n);
    FloatVector c1r = FloatVector.fromArray(S, c, cOff + i1 * n + right);
    FloatVector c2l = FloatVector.fromArray(S, c, cOff + i2 * n);
    FloatVector c2r = FloatVector.fromArray(S, c, cOff + i2 * n + right);
    FloatVector c3l = FloatVector.fromArray(S, c, cOff + i3 * n);
    FloatVector c3r = FloatVector.fromArray(S, c, cOff + i3 * n + right);
    for (int ai = a0, bi = bOff; ai < end; ai++, bi += n) {
      FloatVector bl = FloatVector.fromArray(S, b, bi);
      FloatVector br = FloatVector.fromArray(S, b, bi + right);
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
    FLOAT.cast(c0r).intoArray(c, cOff + right);
    FLOAT.cast(c1l).intoArray(c, cOff + i1 * n);
    FLOAT.cast(c1r).intoArray(c, cOff + i1 * n + right);
    FLOAT.cast(c2l).intoArray(c, cOff + i2 * n);
    FLOAT.cast(c2r).intoArray(c, cOff + i2 * n + right);
    FLOAT.cast(c3l).intoArray(c, cOff + i3 * n);
    FLOAT.cast(c3r).intoArray(c, cOff + i3 * n + right);
  }

  /** Up to 8 rows of up to a vector of columns. */
  private static void narrow8(
      int rows,
      int width,
      int n,
      int k,
      float[] a,
      int aOff,
      int[] taps,
      int first,
      float[] b,
      int bOff,
      float[] c,
      int cOff) {
    VectorMask<Float> in = Edge.mask(width);
    int i1 = Math.min(1, rows - 1);
    int i2 = Math.min(2, rows - 1);
    int i3 = Math.min(3, rows - 1);
    int i4 = Math.min(4, rows - 1);
    int i5 = Math.min(5, rows - 1);
    int i6 = Math.min(6, rows - 1);
    int i7 = Math.min(7, rows - 1);
    int a0 = aOff + taps[first];
    int a1 = taps[first + i1] - taps[first];
    int a2 = taps[first + i2] - taps[first];
    int a3 = taps[first + i3] - taps[first];
    int a4 = taps[first + i4] - taps[first];
    int a5 = taps[first + i5] - taps[first];
    int a6 = taps[first + i6] - taps[first];
    int a7 = taps[first + i7] - taps[first];
    int end = a0 + k;
    FloatVector c0 = FloatVector.fromArray(S, c, cOff);
    FloatVector c1 = FloatVector.fromArray(S, c, cOff + i1 * n);
    FloatVector c2 = FloatVector.fromArray(S, c, cOff + i2 * n);
    FloatVector c3 = FloatVector.fromArray(S, c, cOff + i3 * n);
    FloatVector c4 = FloatVector.fromArray(S, c, cOff + i4 * n);
    FloatVector c5 = FloatVector.fromArray(S, c, cOff + i5 * n);
    FloatVector c6 = FloatVector.fromArray(S, c, cOff + i6 * n);
    FloatVector c7 = FloatVector.fromArray(S, c, cOff + i7 * n);
    for (int ai = a0, bi = bOff; ai < end; ai++, bi += n) {
      FloatVector bv = FloatVector.fromArray(S, b, bi);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + a1]).fma(bv, c1);
      c2 = FloatVector.broadcast(S, a[ai + a2]).fma(bv, c2);
      c3 = FloatVector.broadcast(S, a[ai + a3]).fma(bv, c3);
      c4 = FloatVector.broadcast(S, a[ai + a4]).fma(bv, c4);
      c5 = FloatVector.broadcast(S, a[ai + a5]).fma(bv, c5);
      c6 = FloatVector.broadcast(S, a[ai + a6]).fma(bv, c6);
      c7 = FloatVector.broadcast(S, a[ai + a7]).fma(bv, c7);
    }
    Edge.store(c0, c, cOff, width, in);
    Edge.store(c1, c, cOff + i1 * n, width, in);
    Edge.store(c2, c, cOff + i2 * n, width, in);
    Edge.store(c3, c, cOff + i3 * n, width, in);
    Edge.store(c4, c, cOff + i4 * n, width, in);
    Edge.store(c5, c, cOff + i5 * n, width, in);
    Edge.store(c6, c, cOff + i6 * n, width, in);
    Edge.store(c7, c, cOff + i7 * n, width, in);
  }

  /** Up to 5 rows of up to a vector of columns. */
  private static void narrow5(
      int rows,
      int width,
      int n,
      int k,
      float[] a,
      int aOff,
      int[] taps,
      int first,
      float[] b,
      int bOff,
      float[] c,
      int cOff) {
    VectorMask<Float> in = Edge.mask(width);
    int i1 = Math.min(1, rows - 1);
    int i2 = Math.min(2, rows - 1);
    int i3 = Math.min(3, rows - 1);
    int i4 = Math.min(4, rows - 1);
    int a0 = aOff + taps[first];
    int a1 = taps[first + i1] - taps[first];
    int a2 = taps[first + i2] - taps[first];
    int a3 = taps[first + i3] - taps[first];
    int a4 = taps[first + i4] - taps[first];
    int end = a0 + k;
    FloatVector c0 = FloatVector.fromArray(S, c, cOff);
    FloatVector c1 = FloatVector.fromArray(S, c, cOff + i1 * n);
    FloatVector c2 = FloatVector.fromArray(S, c, cOff + i2 * n);
    FloatVector c3 = FloatVector.fromArray(S, c, cOff + i3 * n);
    FloatVector c4 = FloatVector.fromArray(S, c, cOff + i4 * n);
    for (int ai = a0, bi = bOff; ai < end; ai++, bi += n) {
      FloatVector bv = FloatVector.fromArray(S, b, bi);
      c0 = FloatVector.broadcast(S, a[ai]).fma(bv, c0);
      c1 = FloatVector.broadcast(S, a[ai + a1]).fma(bv, c1);
      c2 = FloatVector.broadcast(S, a[ai + a2]).fma(bv, c2);
      c3 = FloatVector.broadcast(S, a[ai + a3]).fma(bv, c3);
      c4 = FloatVector.broadcast(S, a[ai + a4]).fma(bv, c4);
    }
    Edge.store(c0, c, cOff, width, in);
    Edge.store(c1, c, cOff + i1 * n, width, in);
    Edge.store(c2, c, cOff + i2 * n, width, in);
    Edge.store(c3, c, cOff + i3 * n, width, in);
    Edge.store(c4, c, cOff + i4 * n, width, in);
  }
}
