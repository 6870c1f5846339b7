// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import jdk.incubator.vector.FloatVector;

/**
 * The strided product, cut into block columns of C: pairs of vectors ({@link WideTiles}), and for
 * the remaining columns a pair that overlaps ({@link OverlapTiles}) or a single vector ({@link
 * NarrowTiles}). Each is cut into the tallest tiles that fit.
 */
final class GemmDriver {
  private static final int V = FloatVector.SPECIES_PREFERRED.length();

  /** Stands for D where there is none: a row of zeros, as long as the widest tile. */
  private static final float[] ZEROS = new float[2 * V];

  private GemmDriver() {}

  /** See {@code MatrixKernels.gemm}. */
  static void gemm(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int rsA,
      int csA,
      float[] b,
      int bOff,
      int ldb,
      float[] d,
      int dOff,
      int ldd,
      float[] c,
      int cOff,
      int ldc) {
    float[] from = d == null ? ZEROS : d;
    int rsD = d == null ? 0 : ldd;
    int j = 0;
    for (; j + 2 * V <= n; j += 2 * V) {
      int at = d == null ? 0 : dOff + j;
      wide(m, k, a, aOff, rsA, csA, b, bOff + j, ldb, from, at, rsD, c, cOff + j, ldc);
    }
    if (n - j > V) {
      int right = n - j - V;
      int at = d == null ? 0 : dOff + j;
      overlapping(
          m, k, a, aOff, rsA, csA, b, bOff + j, ldb, right, from, at, rsD, c, cOff + j, ldc);
      return;
    }
    if (j < n) {
      int at = d == null ? 0 : dOff + j;
      int w = n - j;
      narrow(m, w, k, a, aOff, rsA, csA, b, bOff + j, ldb, from, at, rsD, c, cOff + j, ldc);
    }
  }

  /**
   * A block column of C, two vectors wide, in the tallest tiles that leave rows for whole ones: 24
   * rows of a row-major A are 14 + 5 + 5, not 14 + 8 + 2.
   */
  private static void wide(
      int m,
      int k,
      float[] a,
      int aOff,
      int rsA,
      int csA,
      float[] b,
      int bOff,
      int ldb,
      float[] d,
      int dOff,
      int ldd,
      float[] c,
      int cOff,
      int ldc) {
    int i = 0;
    while (i < m) {
      int left = m - i;
      int ai = aOff + i * rsA;
      int di = dOff + i * ldd;
      int ci = cOff + i * ldc;
      int rows;
      if (csA == 1 && left >= 14 && wholeTiles(left - 14) && TileHeight.TALLEST == 14) {
        rows = 14;
        WideTiles.tile14(k, a, ai, rsA, b, bOff, ldb, d, di, ldd, c, ci, ldc);
      } else if (csA == 1
          && left >= 8
          && (wholeTiles(left - 8) || left == 11)
          && TileHeight.TALLEST >= 8) {
        rows = 8;
        WideTiles.tile8(k, a, ai, rsA, b, bOff, ldb, d, di, ldd, c, ci, ldc);
      } else if (rsA == 1 && left >= 8 && TileHeight.TALLEST >= 8) {
        rows = 8;
        WideTiles.tile8Transposed(k, a, ai, csA, b, bOff, ldb, d, di, ldd, c, ci, ldc);
      } else if (csA == 1 && left > 4 * Math.ceilDiv(left, 5) && TileHeight.TALLEST >= 5) {
        rows = 5;
        WideTiles.tile5(k, a, ai, rsA, b, bOff, ldb, d, di, ldd, c, ci, ldc);
      } else if (csA == 1 && left >= 4) {
        rows = 4;
        WideTiles.tile4(k, a, ai, rsA, b, bOff, ldb, d, di, ldd, c, ci, ldc);
      } else if (rsA == 1 && left >= 4 && ldb == 2 * V) {
        rows = 4;
        WideTiles.tile4TransposedPanel(k, a, ai, csA, b, bOff, d, di, ldd, c, ci, ldc);
      } else if (rsA == 1 && left >= 4) {
        rows = 4;
        WideTiles.tile4Transposed(k, a, ai, csA, b, bOff, ldb, d, di, ldd, c, ci, ldc);
      } else {
        rows = Math.min(left, 4);
        WideTiles.tileRest(rows, k, a, ai, rsA, csA, b, bOff, ldb, d, di, ldd, c, ci, ldc);
      }
      i += rows;
    }
  }

  /** A block column of C of V + right columns, in two vectors that overlap. */
  private static void overlapping(
      int m,
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
    int i = 0;
    while (i < m) {
      int left = m - i;
      boolean tall = left >= 8 && (csA == 1 || rsA == 1) && TileHeight.TALLEST >= 8;
      int rows = tall ? 8 : Math.min(left, 4);
      int ai = aOff + i * rsA;
      int di = dOff + i * ldd;
      int ci = cOff + i * ldc;
      if (tall && csA == 1) {
        OverlapTiles.tile8(k, a, ai, rsA, b, bOff, ldb, right, d, di, ldd, c, ci, ldc);
      } else if (tall) {
        OverlapTiles.tile8Transposed(k, a, ai, csA, b, bOff, ldb, right, d, di, ldd, c, ci, ldc);
      } else {
        OverlapTiles.tileRest(
            rows, k, a, ai, rsA, csA, b, bOff, ldb, right, d, di, ldd, c, ci, ldc);
      }
      i += rows;
    }
  }

  /** Whether tiles of 4 and 5 rows cover this number, as they do any number from 12 on. */
  private static boolean wholeTiles(int rows) {
    return rows >= 4 * Math.ceilDiv(rows, 5);
  }

  /**
   * A block column of C of n &lt;= V columns. The tiles read whole vectors of B and D and reach
   * over whole vectors of C; rows so near the end of an array that a vector would reach beyond are
   * taken element by element. Arrays with {@code Padding.FLOATS} at the end avoid that.
   */
  private static void narrow(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int rsA,
      int csA,
      float[] b,
      int bOff,
      int ldb,
      float[] d,
      int dOff,
      int ldd,
      float[] c,
      int cOff,
      int ldc) {
    int rows =
        Math.min(wholeRows(m, c.length - V - cOff, ldc), wholeRows(m, d.length - V - dOff, ldd));
    int terms = wholeRows(k, b.length - V - bOff, ldb);
    narrowTiles(rows, n, terms, a, aOff, rsA, csA, b, bOff, ldb, d, dOff, ldd, c, cOff, ldc);
    for (int i = 0; i < m; i++) {
      if (i >= rows) {
        System.arraycopy(d, dOff + i * ldd, c, cOff + i * ldc, n);
      }
      for (int p = i < rows ? terms : 0; p < k; p++) {
        float aip = a[aOff + i * rsA + p * csA];
        for (int j = 0; j < n; j++) {
          int at = cOff + i * ldc + j;
          c[at] = Math.fma(aip, b[bOff + p * ldb + j], c[at]);
        }
      }
    }
  }

  /** How many of k rows, ld apart, begin at or before {@code last}. */
  static int wholeRows(int k, int last, int ld) {
    if (last < 0) {
      return 0;
    }
    return ld == 0 ? k : Math.min(k, last / ld + 1);
  }

  /** From the tallest tile down to single rows. */
  private static void narrowTiles(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int rsA,
      int csA,
      float[] b,
      int bOff,
      int ldb,
      float[] d,
      int dOff,
      int ldd,
      float[] c,
      int cOff,
      int ldc) {
    int i = 0;
    while (i < m) {
      int rows = Math.min(m - i, 8);
      int ai = aOff + i * rsA;
      int di = dOff + i * ldd;
      int ci = cOff + i * ldc;
      if (csA == 1) {
        NarrowTiles.tile8RowMajor(rows, n, k, a, ai, rsA, b, bOff, ldb, d, di, ldd, c, ci, ldc);
      } else if (rsA == 1 && rows == 8) {
        NarrowTiles.tile8Transposed(n, k, a, ai, csA, b, bOff, ldb, d, di, ldd, c, ci, ldc);
      } else {
        NarrowTiles.tile8(rows, n, k, a, ai, rsA, csA, b, bOff, ldb, d, di, ldd, c, ci, ldc);
      }
      i += rows;
    }
  }
}
