package dev.lanewise.engine.simd;

import dev.lanewise.engine.kernel.TapKernels;
import jdk.incubator.vector.FloatVector;

/**
 * Products with what taps see: in tiles of their own where {@link TapTiles} has some for the
 * columns, else as strided products.
 */
final class SimdTaps implements TapKernels {
  private static final int V = FloatVector.SPECIES_PREFERRED.length();

  /** Stands for D where there is none: a row of zeros, as long as the widest tile. */
  private static final float[] ZEROS = new float[2 * V];

  /**
   * Eight columns in tiles, the last of which may lie over the one before and compute some rows
   * again, to the same bits. Others as strided products, one for each run of taps that are equally
   * far apart.
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
    int rows = m >= 28 && TileHeight.TALLEST == 14 ? 28 : 12;
    if (m >= rows && TapTiles.holds(n)) {
      float[] from = d == null ? ZEROS : d;
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
    int t = 0;
    do {
      int run = run(taps, t, k);
      int at = t == k ? 0 : aOff + taps[t];
      int step = run < 2 ? 0 : taps[t + 1] - taps[t];
      if (t == 0) {
        GemmDriver.gemm(m, n, run, a, at, 1, step, b, bOff, n, d, dOff, 0, c, cOff, n);
      } else {
        GemmDriver.gemm(m, n, run, a, at, 1, step, b, bOff + t * n, n, c, cOff, n, c, cOff, n);
      }
      t += run;
    } while (t < k);
  }

  @Override
  public void tapGradient(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int[] taps,
      float[] b,
      int bOff,
      float[] c,
      int cOff) {
    boolean tiles = TapTiles.holds(n);
    int rows;
    for (int t = 0; t < m; t += rows) {
      int ct = cOff + t * n;
      if (tiles) {
        rows = Math.min(m - t, 10);
        TapTiles.gradient10(rows, k, a, aOff, taps, t, b, bOff, c, ct);
      } else {
        rows = run(taps, t, m);
        int step = rows < 2 ? 0 : taps[t + 1] - taps[t];
        GemmDriver.gemm(rows, n, k, a, aOff + taps[t], step, 1, b, bOff, n, c, ct, n, c, ct, n);
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
