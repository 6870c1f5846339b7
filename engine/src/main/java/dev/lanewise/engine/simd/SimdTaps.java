// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import static dev.lanewise.engine.simd.VectorType.FLOAT;

import dev.lanewise.engine.kernel.TapKernels;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products with what taps see, cut into tiles of their own: pairs of vectors of columns ({@link
 * WideTapTiles}), one vector ({@link NarrowTapTiles}) or eight lanes ({@link TapTiles}) of them,
 * pairs of vectors of pixels ({@link PlaneTiles}), and tiles for a gradient ({@link
 * GradientTiles}).
 */
final class SimdTaps implements TapKernels {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();

  /** Stands for D where there is none: a row of zeros, as long as the widest tile. */
  private static final float[] ZEROS = new float[2 * V];

  @Override
  public void planeProduct(
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
    PlaneTiles.product(m, n, k, a, aOff, b, bOff, taps, d, dOff, c, cOff, ldc);
  }

  /**
   * Pairs of vectors in tiles, the last of which may lie over the one before and compute some rows
   * again, to the same bits. The remaining columns come first, since their vectors reach into those
   * of the next row.
   */
  @Override
  public void tapProduct(
      int m,
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
      int cOff,
      float[] scratch,
      int scratchOff) {
    float[] from = d == null ? ZEROS : d;
    int left = n % (2 * V) > V ? 0 : n % (2 * V);
    int pairs = m < WideTapTiles.ROWS ? 0 : n - left;
    if (pairs < n) {
      int dj = d == null ? 0 : dOff + pairs;
      if (!oneVector(
          pairs, m, n, k, a, aOff, taps, b, bOff, from, dj, c, cOff, scratch, scratchOff)) {
        strided(pairs, m, n, k, a, aOff, taps, b, bOff, d, dOff, c, cOff);
      }
    }
    for (int right, j = 0; j < pairs; j += V + right) {
      right = Math.min(V, pairs - j - V);
      int dj = d == null ? 0 : dOff + j;
      for (int i = 0; i < m; i += WideTapTiles.ROWS) {
        int at = Math.min(i, m - WideTapTiles.ROWS);
        int ci = cOff + at * n + j;
        WideTapTiles.tile(right, n, k, a, aOff + at, taps, b, bOff + j, from, dj, c, ci);
      }
    }
  }

  /**
   * The columns from {@code first} on, which one vector holds, in tiles.
   *
   * @param dOff of D[first]
   * @return whether there are tiles for so many columns and rows
   */
  private static boolean oneVector(
      int first,
      int m,
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
      int cOff,
      float[] scratch,
      int scratchOff) {
    int width = n - first;
    boolean eight = TapTiles.serve(width);
    int lanes = eight ? TapTiles.LANES : V;
    boolean tall = TileHeight.TALLEST == 14;
    int rows = !eight ? 14 : m >= 28 && tall ? 28 : 12;
    if (width > lanes || m < rows || !(eight || tall)) {
      return false;
    }
    boolean direct = n == lanes;
    float[] right = direct ? b : scratch;
    int rightOff = direct ? bOff : scratchOff + (int) TapKernels.scratch(0);
    float[] start = direct ? d : scratch;
    int startOff = direct ? dOff : rightOff - lanes;
    if (!direct) {
      for (int t = 0; t < k; t++) {
        System.arraycopy(b, bOff + t * n + first, scratch, rightOff + t * lanes, width);
      }
      System.arraycopy(d, dOff, scratch, startOff, width);
    }
    for (int i = 0; i < m; i += rows) {
      int at = Math.min(i, m - rows);
      int ai = aOff + at;
      int ci = cOff + at * n + first;
      float[] to = direct ? c : scratch;
      int toOff = direct ? ci : scratchOff;
      if (rows == 28) {
        TapTiles.product28(k, a, ai, taps, right, rightOff, start, startOff, to, toOff);
      } else if (eight) {
        TapTiles.product12(k, a, ai, taps, right, rightOff, start, startOff, to, toOff);
      } else {
        NarrowTapTiles.product14(k, a, ai, taps, right, rightOff, start, startOff, to, toOff);
      }
      if (!direct) {
        copy(rows, width, scratch, scratchOff, lanes, c, ci, n);
      }
    }
    return true;
  }

  /**
   * Copies the first elements of rows. It writes whole vectors, which end in the next rows, where
   * there are any.
   */
  private static void copy(
      int rows, int width, float[] from, int fromOff, int ldf, float[] c, int cOff, int ldc) {
    int whole = GemmDriver.wholeRows(rows, (rows - 1) * ldc + width - V, ldc);
    whole = Math.min(whole, GemmDriver.wholeRows(rows, from.length - V - fromOff, ldf));
    for (int i = 0; i < whole; i++) {
      FLOAT.cast(FloatVector.fromArray(S, from, fromOff + i * ldf)).intoArray(c, cOff + i * ldc);
    }
    for (int i = whole; i < rows; i++) {
      System.arraycopy(from, fromOff + i * ldf, c, cOff + i * ldc, width);
    }
  }

  /** The columns from j on as strided products, one for each run of taps equally far apart. */
  private static void strided(
      int j,
      int m,
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
    int width = n - j;
    int cj = cOff + j;
    int t = 0;
    do {
      int run = run(taps, t, k);
      int at = t == k ? 0 : aOff + taps[t];
      int step = run < 2 ? 0 : taps[t + 1] - taps[t];
      int bt = bOff + t * n + j;
      if (t == 0) {
        GemmDriver.gemm(m, width, run, a, at, 1, step, b, bt, n, d, dOff + j, 0, c, cj, n);
      } else {
        GemmDriver.gemm(m, width, run, a, at, 1, step, b, bt, n, c, cj, n, c, cj, n);
      }
      t += run;
    } while (t < k);
  }

  /** In tiles; single elements where the arrays end before the vectors of the last tiles. */
  @Override
  public void tapGradient(
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
      int cOff,
      float[] scratch,
      int scratchOff) {
    if (TapTiles.serve(n) && bOff + (k - 1) * n + TapTiles.LANES <= b.length) {
      boolean direct = n == TapTiles.LANES;
      for (int t = 0; t < m; t += 10) {
        int up = Math.min(m - t, 10);
        int ct = cOff + t * n;
        if (direct) {
          TapTiles.gradient10(up, k, a, aOff, taps, first + t, b, bOff, n, c, ct);
        } else {
          for (int i = 0; i < up; i++) {
            System.arraycopy(c, ct + i * n, scratch, scratchOff + i * TapTiles.LANES, n);
          }
          TapTiles.gradient10(up, k, a, aOff, taps, first + t, b, bOff, n, scratch, scratchOff);
          copy(up, n, scratch, scratchOff, TapTiles.LANES, c, ct, n);
        }
      }
      return;
    }
    int read = Math.ceilDiv(n, V) * V;
    int rows = GemmDriver.wholeRows(m, c.length - read - cOff, n);
    int terms = GemmDriver.wholeRows(k, b.length - read - bOff, n);
    GradientTiles.add(rows, n, terms, a, aOff, taps, first, b, bOff, c, cOff);
    for (int t = 0; t < m; t++) {
      for (int i = t < rows ? terms : 0; i < k; i++) {
        float x = a[aOff + taps[first + t] + i];
        for (int j = 0; j < n; j++) {
          int at = cOff + t * n + j;
          c[at] = Math.fma(x, b[bOff + i * n + j], c[at]);
        }
      }
    }
  }

  /** How many taps from t on are equally far apart, and at no negative distance. */
  private static int run(int[] taps, int t, int end) {
    if (t + 1 >= end || taps[t + 1] < taps[t]) {
      return Math.min(1, end - t);
    }
    int next = t + 2;
    while (next < end && taps[next] - taps[next - 1] == taps[t + 1] - taps[t]) {
      next++;
    }
    return next - t;
  }
}
