package dev.lanewise.engine.simd;

import dev.lanewise.engine.kernel.TapKernels;
import jdk.incubator.vector.FloatVector;

/**
 * Products with what taps see, cut into tiles of their own: pairs of vectors of columns ({@link
 * WideTapTiles}), pairs of vectors of pixels ({@link PlaneTiles}), tiles for a gradient ({@link
 * GradientTiles}) and those of the shortest sums ({@link TapTiles}).
 */
final class SimdTaps implements TapKernels {
  private static final int V = FloatVector.SPECIES_PREFERRED.length();

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
   * again, to the same bits. The remaining columns as strided products, one for each run of taps
   * that are equally far apart.
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
      int cOff) {
    float[] from = d == null ? ZEROS : d;
    int rows = m >= 28 && TileHeight.TALLEST == 14 ? 28 : 12;
    if (m >= rows && TapTiles.serve(n, k)) {
      int fromOff = d == null ? 0 : dOff;
      for (int i = 0; i < m; i += rows) {
        int at = Math.min(i, m - rows);
        if (rows == 28) {
          TapTiles.product28(k, a, aOff + at, taps, b, bOff, from, fromOff, c, cOff + at * n);
        } else {
          TapTiles.product12(k, a, aOff + at, taps, b, bOff, from, fromOff, c, cOff + at * n);
        }
      }
      return;
    }
    int j = 0;
    for (int right; m >= WideTapTiles.ROWS && n - j > V; j += V + right) {
      right = Math.min(V, n - j - V);
      int dj = d == null ? 0 : dOff + j;
      for (int i = 0; i < m; i += WideTapTiles.ROWS) {
        int at = Math.min(i, m - WideTapTiles.ROWS);
        int ci = cOff + at * n + j;
        WideTapTiles.tile(right, n, k, a, aOff + at, taps, b, bOff + j, from, dj, c, ci);
      }
    }
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
      int cOff) {
    if (TapTiles.serve(n, m)) {
      for (int t = 0; t < m; t += 10) {
        int up = Math.min(m - t, 10);
        TapTiles.gradient10(up, k, a, aOff, taps, first + t, b, bOff, c, cOff + t * n);
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
