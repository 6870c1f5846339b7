package dev.lanewise.engine.simd;

import dev.lanewise.engine.Kernels;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of {@code Kernels.dot}: the inner products of five rows of A with two rows of B,
 * along the lanes of a vector. Where a vector is shorter than the 16 partial sums, they are taken a
 * slice at a time, each a call with its offset. With fewer rows the last stands in for the missing
 * ones, as in {@link WideTiles}.
 *
 * <pre>
 *            B  | b0 p .. |   | b1 p .. |
 *   A  | a0 p .. |  s00          s01
 *      | a1 p .. |  s10          s11         s += a * b, lane by lane,  for p = 0, 16, 32, ..
 *      |    :    |   :            :
 * </pre>
 *
 * <p>Ten chains hide the latency of the multipliers, and with the rows they fit into 16 registers.
 * The partial sums of pair (i, j) go to {@code work[(i * 2 + j) * 16]}.
 */
final class DotTiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();
  private static final int LANES = Kernels.DOT_LANES;

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
    for (int i = 0; i < m; i += 5) { // outermost, since A may be larger than the caches
      int rows = Math.min(5, m - i);
      int ai = aOff + i * lda;
      for (int j = 0; j < n; j += 2) {
        int columns = Math.min(2, n - j);
        tile(rows, columns, k, a, ai, lda, b, bOff + j * ldb, ldb, work);
        int ci = cOff + i * ldc + j;
        for (int row = 0; row < rows; row++) {
          for (int column = 0; column < columns; column++) {
            c[ci + row * ldc + column] = d[dOff + j + column] + sum(work, partial(row, column));
          }
        }
      }
    }
  }

  /** The partial sums of a tile. */
  private static void tile(
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
    int whole = k - k % LANES;
    for (int slice = 0; slice < LANES; slice += V) {
      int ai = aOff + slice;
      int bj = bOff + slice;
      tile5x2(rows, columns, whole, a, ai, lda, b, bj, ldb, work, slice);
    }
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int at = partial(row, column) - whole;
        for (int p = whole; p < k; p++) {
          work[at + p] =
              Math.fma(a[aOff + row * lda + p], b[bOff + column * ldb + p], work[at + p]);
        }
      }
    }
  }

  private static int partial(int row, int column) {
    return (2 * row + column) * LANES;
  }

  /** Adds up 16 partial sums, halves first. */
  private static float sum(float[] s, int at) {
    float s0 = s[at] + s[at + 8] + (s[at + 4] + s[at + 12]);
    float s1 = s[at + 1] + s[at + 9] + (s[at + 5] + s[at + 13]);
    float s2 = s[at + 2] + s[at + 10] + (s[at + 6] + s[at + 14]);
    float s3 = s[at + 3] + s[at + 11] + (s[at + 7] + s[at + 15]);
    return s0 + s2 + (s1 + s3);
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
    FloatVector s00 = FloatVector.zero(S);
    FloatVector s01 = FloatVector.zero(S);
    FloatVector s10 = FloatVector.zero(S);
    FloatVector s11 = FloatVector.zero(S);
    FloatVector s20 = FloatVector.zero(S);
    FloatVector s21 = FloatVector.zero(S);
    FloatVector s30 = FloatVector.zero(S);
    FloatVector s31 = FloatVector.zero(S);
    FloatVector s40 = FloatVector.zero(S);
    FloatVector s41 = FloatVector.zero(S);
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
    s00.intoArray(work, workOff);
    s01.intoArray(work, workOff + LANES);
    s10.intoArray(work, workOff + 2 * LANES);
    s11.intoArray(work, workOff + 3 * LANES);
    s20.intoArray(work, workOff + 4 * LANES);
    s21.intoArray(work, workOff + 5 * LANES);
    s30.intoArray(work, workOff + 6 * LANES);
    s31.intoArray(work, workOff + 7 * LANES);
    s40.intoArray(work, workOff + 8 * LANES);
    s41.intoArray(work, workOff + 9 * LANES);
  }
}
