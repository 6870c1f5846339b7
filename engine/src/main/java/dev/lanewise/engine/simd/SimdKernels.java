package dev.lanewise.engine.simd;

import dev.lanewise.engine.Kernels;
import dev.lanewise.engine.WindowGrid;
import dev.lanewise.engine.Winograd;
import jdk.incubator.vector.FloatVector;

/** The back end on the Vector API: one class per family of kernels, brought together here. */
public final class SimdKernels implements Kernels {
  private static final int V = FloatVector.SPECIES_PREFERRED.length();

  /** Stands for D where there is none: a row of zeros, as long as the widest tile. */
  private static final float[] ZEROS = new float[2 * V];

  /**
   * The tallest tile, two vectors wide, whose accumulators fit into the register file: 14 rows with
   * 32 registers (AVX-512, NEON), 5 with 16 (AVX2). The machine does not tell the Vector API how
   * many it has, but the width does: 256 bits mean AVX2, or an AVX-512 limited to it.
   */
  private static final int TALLEST_TILE = tallestTile();

  private SimdKernels() {}

  /**
   * Creates the back end. To be called only where the module {@code jdk.incubator.vector} is there.
   *
   * @return the back end; it has no state
   */
  public static Kernels create() {
    return new SimdKernels();
  }

  @Override
  public String description() {
    return "Vector API, " + FloatVector.SPECIES_PREFERRED.vectorBitSize() + " bits";
  }

  @Override
  public int lanes() {
    return V;
  }

  @Override
  public void gemm(
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
      if (csA == 1 && left >= 14 && wholeTiles(left - 14) && TALLEST_TILE == 14) {
        rows = 14;
        WideTiles.tile14(k, a, ai, rsA, b, bOff, ldb, d, di, ldd, c, ci, ldc);
      } else if (csA == 1
          && left >= 8
          && (wholeTiles(left - 8) || left == 11)
          && TALLEST_TILE >= 8) {
        rows = 8;
        WideTiles.tile8(k, a, ai, rsA, b, bOff, ldb, d, di, ldd, c, ci, ldc);
      } else if (rsA == 1 && left >= 8 && TALLEST_TILE >= 8) {
        rows = 8;
        WideTiles.tile8Transposed(k, a, ai, csA, b, bOff, ldb, d, di, ldd, c, ci, ldc);
      } else if (csA == 1 && left > 4 * Math.ceilDiv(left, 5) && TALLEST_TILE >= 5) {
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

  /** A block column of C of V + right columns. */
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
      boolean tall = left >= 8 && (csA == 1 || rsA == 1) && TALLEST_TILE >= 8;
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

  /** Whether tiles of 4 and 5 rows take so many, as they do any number from 12 on. */
  private static boolean wholeTiles(int rows) {
    return rows >= 4 * Math.ceilDiv(rows, 5);
  }

  /**
   * A block column of C of n &lt;= V columns. The tiles read whole vectors of B and D and reach
   * over whole vectors of C; rows so near the end of an array that a vector would reach beyond are
   * taken element by element. Arrays with {@code Spare.FLOATS} at the end avoid that.
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
  private static int wholeRows(int k, int last, int ld) {
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

  private static int tallestTile() {
    String rows = System.getProperty("lanewise.tileRows", V == 8 ? "5" : "14");
    return switch (rows) {
      case "14" -> 14;
      case "8" -> 8;
      case "5" -> 5;
      case "4" -> 4;
      default ->
          throw new IllegalStateException(
              "lanewise.tileRows must be 14, 8, 5 or 4, but is " + rows);
    };
  }

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
   * again, to the same bits. What is left as strided products, one for each run of taps that are
   * equally far apart.
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
    int rows = m >= 28 && TALLEST_TILE == 14 ? 28 : 12;
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
        gemm(m, width, run, a, at, 1, step, b, bt, n, d, dOff + j, 0, c, cj, n);
      } else {
        gemm(m, width, run, a, at, 1, step, b, bt, n, c, cj, n, c, cj, n);
      }
      t += run;
    } while (t < k);
  }

  /** Tiles, and where the arrays have no room for the vectors of the last ones, single elements. */
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
    int rows = wholeRows(m, c.length - Math.ceilDiv(n, V) * V - cOff, n);
    int terms = wholeRows(k, b.length - Math.ceilDiv(n, V) * V - bOff, n);
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

  /**
   * Tiles of few rows need every slot for instructions that a core has, and where rows of B are a
   * constant apart, two range checks a turn are none. Tiles of many rows gain nothing.
   */
  @Override
  public int panel(int n) {
    return TALLEST_TILE < 8 && n % (2 * V) == 0 ? 2 * V : n;
  }

  @Override
  public void transpose(int m, int n, float[] x, int xOff, int ldx, float[] y, int yOff, int ldy) {
    Transposition.transpose(m, n, x, xOff, ldx, y, yOff, ldy);
  }

  @Override
  public void dot(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int lda,
      float[] b,
      int bOff,
      int ldb,
      float[] d,
      int dOff,
      float[] c,
      int cOff,
      int ldc,
      float[] work) {
    DotTiles.dot(m, n, k, a, aOff, lda, b, bOff, ldb, d, dOff, c, cOff, ldc, work);
  }

  @Override
  public void addColumnSums(int m, int n, float[] x, int xOff, float[] sums, int sumsOff) {
    Elementwise.addColumnSums(m, n, x, xOff, sums, sumsOff);
  }

  @Override
  public void relu(int n, float[] x, int xOff, float[] y, int yOff) {
    Elementwise.relu(n, x, xOff, y, yOff);
  }

  @Override
  public void reluBackward(
      int n, float[] y, int yOff, float[] dy, int dyOff, float[] dx, int dxOff) {
    Elementwise.reluBackward(n, y, yOff, dy, dyOff, dx, dxOff);
  }

  @Override
  public void maxPool(
      WindowGrid grid,
      int channels,
      float[] x,
      int xOff,
      float[] y,
      int yOff,
      int[] argmax,
      int argmaxOff) {
    MaxPooling.forward(grid, channels, x, xOff, y, yOff, argmax, argmaxOff);
  }

  @Override
  public void reluPooled(int n, float[] y, int yOff, int[] argmax, int argmaxOff) {
    MaxPooling.rectify(n, y, yOff, argmax, argmaxOff);
  }

  @Override
  public void maxPoolBackward(
      WindowGrid grid,
      int channels,
      float[] dy,
      int dyOff,
      int[] argmax,
      int argmaxOff,
      float[] dx,
      int dxOff) {
    MaxPooling.backward(grid, channels, dy, dyOff, argmax, argmaxOff, dx, dxOff);
  }

  @Override
  public void exp(int n, float[] x, int xOff, float shift, float[] y, int yOff) {
    Elementwise.exp(n, x, xOff, shift, y, yOff);
  }

  @Override
  public void axpy(int n, float a, float[] x, int xOff, float[] y, int yOff) {
    Elementwise.axpy(n, a, x, xOff, y, yOff);
  }

  @Override
  public void winogradOfImage(
      Winograd transform,
      int rows,
      int columns,
      int tiles,
      int channels,
      float[] x,
      int xOff,
      int xRow,
      int firstRow,
      int endRow,
      int firstColumn,
      int endColumn,
      float[] y,
      int yOff,
      int yRow,
      int yCol,
      float[] work,
      int workOff) {
    WinogradImageTransforms.apply(
        transform,
        rows,
        columns,
        tiles,
        channels,
        x,
        xOff,
        xRow,
        firstRow,
        endRow,
        firstColumn,
        endColumn,
        y,
        yOff,
        yRow,
        yCol,
        work,
        workOff);
  }

  @Override
  public void winogradOutput(
      int rows,
      int columns,
      int tiles,
      int channels,
      float[] x,
      int xOff,
      int xRow,
      int xCol,
      float[] y,
      int yOff,
      int yRow,
      int yCol,
      float[] work,
      int workOff) {
    WinogradTransforms.output(
        rows, columns, tiles, channels, x, xOff, xRow, xCol, y, yOff, yRow, yCol, work, workOff);
  }

  @Override
  public void winogradOfWeights(
      Winograd transform,
      int pairs,
      float[] x,
      int xOff,
      int xRow,
      int xCol,
      float[] y,
      int yOff,
      int yRow,
      int yCol,
      float[] work,
      int workOff) {
    WinogradTransforms.ofWeights(
        transform, pairs, x, xOff, xRow, xCol, y, yOff, yRow, yCol, work, workOff);
  }
}
