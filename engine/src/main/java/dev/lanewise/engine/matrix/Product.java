// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.matrix;

import dev.lanewise.engine.backend.BackendChoice;
import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.Padding;
import dev.lanewise.engine.run.WorkerTeam;
import java.util.Arrays;

/**
 * The strided product of matrices, divided among a team.
 *
 * <p>Small products, and those of few rows or terms, are computed straight from A and B. For others
 * blocks of both are copied ("packed") to where they lie close together (Goto and van de Geijn,
 * "Anatomy of high-performance matrix multiplication", 2008): rows that are some power of two apart
 * would share a few sets of the cache. A transposed B is packed in any case, since the micro-kernel
 * wants its rows contiguous, and of a small product B alone; but where C has so few rows that this
 * would cost more than the product, the transposed product {@code C^T = B^T A^T} is computed
 * instead and only A is packed.
 *
 * <p>An element is the same chain of operations in any case ({@link MatrixKernels#gemm}). Not
 * thread-safe; arguments are checked by the caller.
 */
public final class Product {
  /** Rows of a task on the direct way, at most: four tiles of 14. */
  private static final int ROWS = 56;

  /** Columns of a task on the direct way: two tiles of 32. */
  private static final int COLUMNS = 64;

  /** Columns of a packed panel: those of a tile of the longest vectors. */
  private static final int PANEL = 32;

  /**
   * Terms of a block. A panel of 32 columns of B has 44 KiB, more than many an L1 cache; with fewer
   * terms a tile of C is read and written more often, which costs more. Not a power of two, or the
   * rows of a block of A would share a few sets of the cache.
   */
  private static final int KC = 352;

  /** Rows and columns of a block of C, which with a block of A stays in the L2 cache: 378 KiB. */
  private static final int BLOCK_ROWS = 112;

  private static final int BLOCK = 512;

  /** Terms of B that a worker packs at once, at most: 2 MiB, part of an L3 cache. */
  private static final int DEPTH = 3 * KC;

  /**
   * From this many multiplications on, packing A pays; with a block's rows and some terms, packing
   * a B that is not transposed, too.
   */
  private static final long MANY = 1L << 25;

  private static final int SOME_TERMS = 64;

  /** Up to this many rows of C, the transposed product is taken for a transposed B. */
  private static final int FEW_ROWS = 16;

  private final WorkerTeam team;
  private final MatrixKernels matrix = BackendChoice.kernels().matrix();
  private final float[][] blocks; // of each worker: of A, then of B; made when first needed
  private final WorkerTeam.Task direct = this::direct;
  private final WorkerTeam.Task blocked = this::blocked;
  private final WorkerTeam.Task transposed = this::transposed;
  private float[] packedA = new float[0];

  // The running product; set by run, read by its tasks.
  private int taskRows; // of C
  private int taskColumns; // if it is packed
  private int m;
  private int n;
  private int k;
  private float[] a;
  private int aOff;
  private int rsA;
  private int csA;
  private float[] b;
  private int bOff;
  private int rsB;
  private int csB;
  private float[] d;
  private int dOff;
  private int ldd;
  private float[] c;
  private int cOff;
  private int ldc;

  /** Prepares products on a team. */
  public Product(WorkerTeam team) {
    this.team = team;
    blocks = new float[team.threads()][];
  }

  /**
   * {@code C[i][j] = D[i][j] + sum over p of A[i][p] * B[p][j]}.
   *
   * @param d D, {@code null} for zeros; C itself, or not overlapping it
   * @param ldd distance between rows of D; 0 for one row for every i
   */
  public void run(
      int m,
      int n,
      int k,
      Floats a,
      int rsA,
      int csA,
      Floats b,
      int rsB,
      int csB,
      Floats d,
      int ldd,
      Floats c,
      int ldc) {
    if (m == 0 || n == 0) {
      return;
    }
    this.m = m;
    this.n = n;
    this.k = k;
    this.a = a.data;
    aOff = a.offset;
    this.rsA = rsA;
    this.csA = csA;
    this.b = b.data;
    bOff = b.offset;
    this.rsB = rsB;
    this.csB = csB;
    this.d = d == null ? null : d.data;
    dOff = d == null ? 0 : d.offset;
    this.ldd = ldd;
    this.c = c.data;
    cOff = c.offset;
    this.ldc = ldc;
    boolean rowsOfB = csB == 1 || n == 1 || k == 0;
    if (rowsOfB && !packs(m, n, k)) {
      int columns = Math.ceilDiv(n, COLUMNS);
      taskRows = directRows(columns);
      team.run(Math.ceilDiv(m, taskRows) * columns, direct);
    } else if (m <= FEW_ROWS) {
      makeBlocks(ROWS * FEW_ROWS);
      packA();
      team.run(Math.ceilDiv(n, ROWS), transposed);
    } else {
      int depth = k >= DEPTH ? DEPTH : Math.ceilDiv(k, KC) * KC;
      makeBlocks(KC * BLOCK_ROWS + depth * BLOCK);
      int equal = Math.ceilDiv(n, Math.ceilDiv(n, BLOCK));
      taskColumns = Math.ceilDiv(equal, PANEL) * PANEL;
      int columns = Math.ceilDiv(n, taskColumns);
      int parts = Math.ceilDiv(team.threads(), columns);
      taskRows = Math.ceilDiv(Math.ceilDiv(m, parts), ROWS) * ROWS;
      team.run(Math.ceilDiv(m, taskRows) * columns, blocked);
    }
    this.a = null;
    this.b = null;
    this.c = null;
    this.d = null;
  }

  /** Whether a product is packed though B has rows. */
  public static boolean packs(int m, int n, int k) {
    return isMany(m, n, k) && m >= ROWS && k >= SOME_TERMS;
  }

  private static boolean isMany(int m, int n, int k) {
    return (long) m * n * k >= MANY;
  }

  /**
   * Rows of a task on the direct way. Where each thread can have some rows of C for itself, tasks
   * are cut so that they end where its share does: the same rows then stay in the same cache, such
   * as those of a gradient from the zeros to the optimizer. A product of few rows and columns is
   * cut so that every thread has a task.
   */
  private int directRows(int columns) {
    int threads = team.threads();
    int share = Math.ceilDiv(m, threads);
    if (threads > 1 && share >= ROWS / 2) {
      return Math.ceilDiv(share, Math.ceilDiv(share, ROWS));
    }
    return Math.clamp(Math.ceilDiv((long) m * columns, threads), 1, ROWS);
  }

  /** A block of C straight from A and B. */
  private void direct(int task, int worker) {
    int columns = Math.ceilDiv(n, COLUMNS);
    int i = task / columns * taskRows;
    int j = task % columns * COLUMNS;
    int rows = Math.min(taskRows, m - i);
    int width = Math.min(COLUMNS, n - j);
    int ci = cOff + i * ldc + j;
    if (k == 0) {
      matrix.gemm(rows, width, 0, a, 0, 0, 0, b, 0, 0, d, dOff + i * ldd + j, ldd, c, ci, ldc);
    }
    for (int p = 0; p < k; p += KC) {
      matrix.gemm(
          rows,
          width,
          Math.min(KC, k - p),
          a,
          aOff + i * rsA + p * csA,
          rsA,
          csA,
          b,
          bOff + p * rsB + j,
          rsB,
          p == 0 ? d : c,
          p == 0 ? dOff + i * ldd + j : ci,
          p == 0 ? ldd : ldc,
          c,
          ci,
          ldc);
    }
  }

  private void makeBlocks(int floats) {
    if (blocks[0] == null || blocks[0].length < floats + Padding.FLOATS) {
      Arrays.setAll(blocks, worker -> new float[floats + Padding.FLOATS]);
    }
  }

  /**
   * A block column of C, or some of its rows. As much of B as a buffer holds is packed at once, so
   * that a block of C stays in the L2 cache until all these terms are added to it.
   */
  private void blocked(int task, int worker) {
    float[] block = blocks[worker];
    int columns = Math.ceilDiv(n, taskColumns);
    int j = task % columns * taskColumns;
    int width = Math.min(taskColumns, n - j);
    int from = task / columns * taskRows;
    int to = Math.min(from + taskRows, m);
    int offB = KC * BLOCK_ROWS;
    for (int first = 0; first < k; first += DEPTH) {
      int last = first + Math.min(DEPTH, k - first);
      for (int p = first; p < last; p += KC) {
        packB(p, Math.min(KC, k - p), j, width, block, offB + (p - first) * BLOCK);
      }
      for (int i = from; i < to; i += BLOCK_ROWS) {
        int rows = Math.min(BLOCK_ROWS, to - i);
        for (int p = first; p < last; p += KC) {
          multiply(i, rows, p, j, width, block, offB + (p - first) * BLOCK);
        }
      }
    }
  }

  /** Adds some terms to a block of C; those of B are packed. */
  private void multiply(int i, int rows, int p, int j, int width, float[] block, int offB) {
    int depth = Math.min(KC, k - p);
    float[] from = a;
    int at = aOff + i * rsA + p * csA;
    int rs = rsA;
    int cs = csA;
    if (packsA()) {
      packA(i, rows, p, depth, block);
      from = block;
      at = 0;
      rs = rsA == 1 ? 1 : depth;
      cs = rsA == 1 ? rows : 1;
    }
    for (int q = 0; q < width; q += PANEL) {
      int ci = cOff + i * ldc + j + q;
      matrix.gemm(
          rows,
          Math.min(PANEL, width - q),
          depth,
          from,
          at,
          rs,
          cs,
          block,
          offB + q * KC,
          PANEL,
          p == 0 ? d : c,
          p == 0 ? dOff + i * ldd + j + q : ci,
          p == 0 ? ldd : ldc,
          c,
          ci,
          ldc);
    }
  }

  /**
   * Whether A is packed where B is. With two strides it always is: tiles would check each element.
   */
  private boolean packsA() {
    return isMany(m, n, k) || (rsA != 1 && csA != 1);
  }

  /** Panels [depth, PANEL] side by side: panel q / PANEL begins at q * KC. */
  private void packB(int p, int depth, int j, int width, float[] block, int offB) {
    for (int q = 0; q < width; q += PANEL) {
      int columns = Math.min(PANEL, width - q);
      int at = offB + q * KC;
      int from = bOff + p * rsB + (j + q) * csB;
      if (csB == 1) {
        for (int r = 0; r < depth; r++) {
          System.arraycopy(b, from + r * rsB, block, at + r * PANEL, columns);
        }
      } else if (rsB == 1) {
        matrix.transpose(columns, depth, b, from, csB, block, at, PANEL);
      } else {
        for (int column = 0; column < columns; column++) {
          for (int r = 0; r < depth; r++) {
            block[at + r * PANEL + column] = b[from + column * csB + r * rsB];
          }
        }
      }
    }
  }

  /** A block as [depth, rows] if A is transposed, else as [rows, depth]. */
  private void packA(int i, int rows, int p, int depth, float[] block) {
    int from = aOff + i * rsA + p * csA;
    if (rsA == 1) {
      for (int r = 0; r < depth; r++) {
        System.arraycopy(a, from + r * csA, block, r * rows, rows);
      }
    } else if (csA == 1) {
      for (int r = 0; r < rows; r++) {
        System.arraycopy(a, from + r * rsA, block, r * depth, depth);
      }
    } else {
      for (int r = 0; r < rows; r++) {
        for (int q = 0; q < depth; q++) {
          block[r * depth + q] = a[from + r * rsA + q * csA];
        }
      }
    }
  }

  /** A^T as [k, m]. */
  private void packA() {
    if (packedA.length < (long) k * m) {
      packedA = new float[Check.intProduct("A, packed,", k, m) + Padding.FLOATS];
    }
    if (csA == 1) {
      matrix.transpose(m, k, a, aOff, rsA, packedA, 0, m);
    } else {
      for (int i = 0; i < m; i++) {
        for (int p = 0; p < k; p++) {
          packedA[p * m + i] = a[aOff + i * rsA + p * csA];
        }
      }
    }
  }

  /** A block column of C as a block of rows of C^T = B^T A^T. */
  private void transposed(int task, int worker) {
    float[] block = blocks[worker]; // [ROWS, m]
    int j = task * ROWS;
    int rows = Math.min(ROWS, n - j);
    if (d != null) {
      matrix.transpose(m, rows, d, dOff + j, ldd, block, 0, m);
    }
    float[] from = d == null ? null : block;
    matrix.gemm(rows, m, k, b, bOff + j * csB, csB, rsB, packedA, 0, m, from, 0, m, block, 0, m);
    matrix.transpose(rows, m, block, 0, m, c, cOff + j, ldc);
  }
}
