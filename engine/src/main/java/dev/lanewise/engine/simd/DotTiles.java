// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import static dev.lanewise.engine.simd.VectorType.FLOAT;

import dev.lanewise.engine.kernel.MatrixKernels;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of {@code MatrixKernels.dot}: the inner products of five rows of A with two rows
 * of B, along the lanes of a vector. Where a vector is shorter than the 16 partial sums, they are
 * taken a slice at a time, each a call with its offset. With fewer rows the last stands in for the
 * missing ones, as in {@link WideTiles}.
 *
 * <pre>
 *            B  | b0 p .. |   | b1 p .. |
 *   A  | a0 p .. |  s00          s01
 *      | a1 p .. |  s10          s11         s += a * b, lane by lane,  for p = 0, 16, 32, ..
 *      |    :    |   :            :
 * </pre>
 *
 * <p>Ten chains hide the latency of the multipliers, and with the rows they fit into 16 registers.
 * Sums that are carried on lie in the work space, those of a tile side by side. With few terms at a
 * time and some columns in turn, rows of A stay in the L1 cache.
 *
 * <p>A single row of A reads all of B once, from memory as a rule: there eight rows of B are eight
 * streams, over all terms, which the processor fetches ahead.
 */
final class DotTiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();
  private static final int LANES = MatrixKernels.DOT_LANES;

  /** Rows of a tile. */
  private static final int ROWS = 5;

  /** Columns whose partial sums are kept at a time. */
  private static final int COLUMNS = MatrixKernels.DOT_WORK / (ROWS * LANES);

  /** Terms taken at a time: of a tile's rows 21 KiB, which stay in the L1 cache. */
  private static final int DEPTH = 768;

  private DotTiles() {}

  static void dot(
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
    int whole = k - k % LANES;
    for (int j = 0; j < n; j += COLUMNS) {
      int columns = Math.min(COLUMNS, n - j);
      int bj = bOff + j * ldb;
      for (int i = 0; i < m; i += ROWS) {
        int rows = Math.min(ROWS, m - i);
        int ai = aOff + i * lda;
        Arrays.fill(work, 0, MatrixKernels.DOT_WORK, 0f);
        if (rows == 1 && columns == COLUMNS) {
          // Vectors of all chains read B once; shorter ones come again, while it is in L1.
          int most = V == LANES ? Math.max(whole, 1) : DEPTH;
          for (int p = 0; p < whole; p += most) {
            int depth = Math.min(most, whole - p);
            for (int slice = 0; slice < LANES; slice += V) {
              tile1x8(depth, a, ai + p + slice, b, bj + p + slice, ldb, work, slice);
            }
          }
        } else {
          for (int p = 0; p < whole; p += DEPTH) {
            int depth = Math.min(DEPTH, whole - p);
            partialSums(rows, columns, depth, a, ai + p, lda, b, bj + p, ldb, work);
          }
        }
        for (int row = 0; row < rows; row++) {
          for (int column = 0; column < columns; column++) {
            int at = partial(row, column);
            for (int p = whole; p < k; p++) {
              float av = a[ai + row * lda + p];
              work[at + p - whole] = Math.fma(av, b[bj + column * ldb + p], work[at + p - whole]);
            }
            c[cOff + (i + row) * ldc + j + column] = d[dOff + j + column] + sum(work, at);
          }
        }
      }
    }
  }

  /** Carries on the partial sums of some columns over some terms, a multiple of 16. */
  private static void partialSums(
      int rows,
      int columns,
      int k,
      float[] a,
      int aOff,
      int lda,
      float[] b,
      int bOff,
      int ldb,
      float[] work) {
    for (int j = 0; j < columns; j += 2) {
      int pair = Math.min(2, columns - j);
      int bj = bOff + j * ldb;
      for (int slice = 0; slice < LANES; slice += V) {
        int at = partial(0, j) + slice;
        tile5x2(rows, pair, k, a, aOff + slice, lda, b, bj + slice, ldb, work, at);
      }
    }
  }

  /** Where the partial sums of a pair of rows are; those of a tile lie together. */
  private static int partial(int row, int column) {
    return ((column / 2 * ROWS + row) * 2 + column % 2) * LANES;
  }

  /** Adds up 16 partial sums, halves first. */
  private static float sum(float[] s, int at) {
    float s0 = s[at] + s[at + 8] + (s[at + 4] + s[at + 12]);
    float s1 = s[at + 1] + s[at + 9] + (s[at + 5] + s[at + 13]);
    float s2 = s[at + 2] + s[at + 10] + (s[at + 6] + s[at + 14]);
    float s3 = s[at + 3] + s[at + 11] + (s[at + 7] + s[at + 15]);
    return s0 + s2 + (s1 + s3);
  }

  private static void tile1x8(
      int k, float[] a, int aOff, float[] b, int b0, int ldb, float[] work, int slice) {
    int b1 = b0 + ldb;
    int b2 = b0 + 2 * ldb;
    int b3 = b0 + 3 * ldb;
    int b4 = b0 + 4 * ldb;
    int b5 = b0 + 5 * ldb;
    int b6 = b0 + 6 * ldb;
    int b7 = b0 + 7 * ldb;
    FloatVector s0 = FloatVector.fromArray(S, work, partial(0, 0) + slice);
    FloatVector s1 = FloatVector.fromArray(S, work, partial(0, 1) + slice);
    FloatVector s2 = FloatVector.fromArray(S, work, partial(0, 2) + slice);
    FloatVector s3 = FloatVector.fromArray(S, work, partial(0, 3) + slice);
    FloatVector s4 = FloatVector.fromArray(S, work, partial(0, 4) + slice);
    FloatVector s5 = FloatVector.fromArray(S, work, partial(0, 5) + slice);
    FloatVector s6 = FloatVector.fromArray(S, work, partial(0, 6) + slice);
    FloatVector s7 = FloatVector.fromArray(S, work, partial(0, 7) + slice);
    for (int p = 0; p < k; p += LANES) {
      FloatVector av = FloatVector.fromArray(S, a, aOff + p);
      s0 = av.fma(FloatVector.fromArray(S, b, b0 + p), s0);
      s1 = av.fma(FloatVector.fromArray(S, b, b1 + p), s1);
      s2 = av.fma(FloatVector.fromArray(S, b, b2 + p), s2);
      s3 = av.fma(FloatVector.fromArray(S, b, b3 + p), s3);
      s4 = av.fma(FloatVector.fromArray(S, b, b4 + p), s4);
      s5 = av.fma(FloatVector.fromArray(S, b, b5 + p), s5);
      s6 = av.fma(FloatVector.fromArray(S, b, b6 + p), s6);
      s7 = av.fma(FloatVector.fromArray(S, b, b7 + p), s7);
    }
    FLOAT.cast(s0).intoArray(work, partial(0, 0) + slice);
    FLOAT.cast(s1).intoArray(work, partial(0, 1) + slice);
    FLOAT.cast(s2).intoArray(work, partial(0, 2) + slice);
    FLOAT.cast(s3).intoArray(work, partial(0, 3) + slice);
    FLOAT.cast(s4).intoArray(work, partial(0, 4) + slice);
    FLOAT.cast(s5).intoArray(work, partial(0, 5) + slice);
    FLOAT.cast(s6).intoArray(work, partial(0, 6) + slice);
    FLOAT.cast(s7).intoArray(work, partial(0, 7) + slice);
  }

  static void tile5x2(
      int rows,
      int columns,
      int k,
      float[] a,
      int aOff,
      int lda,
      float[] b,
      int bOff,
      int ldb,
      float[] work,
      int workOff) {
    int a1 = aOff + Math.min(1, rows - 1) * lda;
    int a2 = aOff + Math.min(2, rows - 1) * lda;
    int a3 = aOff + Math.min(3, rows - 1) * lda;
    int a4 = aOff + (rows - 1) * lda;
    int b1 = bOff + (columns - 1) * ldb;
    FloatVector s00 = FloatVector.fromArray(S, work, workOff);
    FloatVector s01 = FloatVector.fromArray(S, work, workOff + LANES);
    FloatVector s10 = FloatVector.fromArray(S, work, workOff + 2 * LANES);
    FloatVector s11 = FloatVector.fromArray(S, work, workOff + 3 * LANES);
    FloatVector s20 = FloatVector.fromArray(S, work, workOff + 4 * LANES);
    FloatVector s21 = FloatVector.fromArray(S, work, workOff + 5 * LANES);
    FloatVector s30 = FloatVector.fromArray(S, work, workOff + 6 * LANES);
    FloatVector s31 = FloatVector.fromArray(S, work, workOff + 7 * LANES);
    FloatVector s40 = FloatVector.fromArray(S, work, workOff + 8 * LANES);
    FloatVector s41 = FloatVector.fromArray(S, work, workOff + 9 * LANES);
    for (int p = 0; p < k; p += LANES) {
      FloatVector bv0 = FloatVector.fromArray(S, b, bOff + p);
      FloatVector bv1 = FloatVector.fromArray(S, b, b1 + p);
      FloatVector av0 = FloatVector.fromArray(S, a, aOff + p);
      s00 = av0.fma(bv0, s00);
      s01 = av0.fma(bv1, s01);
      FloatVector av1 = FloatVector.fromArray(S, a, a1 + p);
      s10 = av1.fma(bv0, s10);
      s11 = av1.fma(bv1, s11);
      FloatVector av2 = FloatVector.fromArray(S, a, a2 + p);
      s20 = av2.fma(bv0, s20);
      s21 = av2.fma(bv1, s21);
      FloatVector av3 = FloatVector.fromArray(S, a, a3 + p);
      s30 = av3.fma(bv0, s30);
      s31 = av3.fma(bv1, s31);
      FloatVector av4 = FloatVector.fromArray(S, a, a4 + p);
      s40 = av4.fma(bv0, s40);
      s41 = av4.fma(bv1, s41);
    }
    FLOAT.cast(s00).intoArray(work, workOff);
    FLOAT.cast(s01).intoArray(work, workOff + LANES);
    FLOAT.cast(s10).intoArray(work, workOff + 2 * LANES);
    FLOAT.cast(s11).intoArray(work, workOff + 3 * LANES);
    FLOAT.cast(s20).intoArray(work, workOff + 4 * LANES);
    FLOAT.cast(s21).intoArray(work, workOff + 5 * LANES);
    FLOAT.cast(s30).intoArray(work, workOff + 6 * LANES);
    FLOAT.cast(s31).intoArray(work, workOff + 7 * LANES);
    FLOAT.cast(s40).intoArray(work, workOff + 8 * LANES);
    FLOAT.cast(s41).intoArray(work, workOff + 9 * LANES);
  }
}
