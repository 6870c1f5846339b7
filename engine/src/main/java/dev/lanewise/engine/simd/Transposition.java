// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernel of {@code MatrixKernels.transpose}: blocks of eight columns, and as many rows as a
 * vector has lanes, in registers. Vectors of sixteen lanes are first filled up with the rows eight
 * further on. Then three times rows exchange with another row, 1, 2 and 4 away, the elements whose
 * lane differs in that bit (Eklundh, "A fast computer method for matrix transposing", 1972):
 *
 * <pre>
 *   a0 a1 a2 a3        a0 b0 a2 b2
 *   b0 b1 b2 b3   --&gt;  a1 b1 a3 b3   for rows and lanes 1 apart
 * </pre>
 */
final class Transposition {
  /** Columns of a block. */
  private static final int SIDE = 8;

  /** With fewer rows, single elements are as fast. */
  private static final int MIN_ROWS = 6;

  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();
  private static final VectorShuffle<Float> BY1 = VectorShuffle.fromOp(S, lane -> lane ^ 1);
  private static final VectorShuffle<Float> BY2 = VectorShuffle.fromOp(S, lane -> lane ^ 2);
  private static final VectorShuffle<Float> BY4 = VectorShuffle.fromOp(S, lane -> lane ^ 4);
  private static final VectorShuffle<Float> BY8 = VectorShuffle.fromOp(S, lane -> lane ^ 8);
  private static final VectorMask<Float> SET1 = VectorMask.fromLong(S, 0b1010101010101010);
  private static final VectorMask<Float> SET2 = VectorMask.fromLong(S, 0b1100110011001100);
  private static final VectorMask<Float> SET4 = VectorMask.fromLong(S, 0b1111000011110000);
  private static final VectorMask<Float> SET8 = VectorMask.fromLong(S, 0b1111111100000000);
  private static final VectorMask<Float> CLEAR1 = VectorMask.fromLong(S, 0b0101010101010101);
  private static final VectorMask<Float> CLEAR2 = VectorMask.fromLong(S, 0b0011001100110011);
  private static final VectorMask<Float> CLEAR4 = VectorMask.fromLong(S, 0b0000111100001111);

  private Transposition() {}

  /**
   * In blocks along the longer side, of which the last may lie over the one before. Single elements
   * where vectors are short, where there are too few rows or columns for a block, and where a
   * vector would reach beyond what may be read or written.
   */
  static void transpose(int m, int n, float[] x, int xOff, int ldx, float[] y, int yOff, int ldy) {
    boolean blocks = (V == SIDE || V == 2 * SIDE) && n >= SIDE;
    int last = x.length - V - xOff - (n - SIDE);
    int rows = blocks ? GemmDriver.wholeRows(m, last, ldx) : 0;
    if (rows >= Math.max(V, n)) {
      for (int j = 0; j < n; j += SIDE) {
        int column = Math.min(j, n - SIDE);
        blocks(rows, V, V, x, xOff + column, ldx, ldx, y, yOff + column * ldy, 1, ldy);
      }
    } else if (rows >= V) {
      for (int i = 0; i < rows; i += V) {
        int row = Math.min(i, rows - V);
        blocks(n, SIDE, V, x, xOff + row * ldx, 1, ldx, y, yOff + row, ldy, ldy);
      }
    } else {
      // Columns of the result that follow one another: what a vector holds too much, the next one
      // writes over.
      boolean flat = rows >= MIN_ROWS && rows == m && rows == ldy;
      int columns = flat ? (n - Math.ceilDiv(V, rows) + 1) / SIDE * SIDE : 0;
      blocks(columns, SIDE, rows, x, xOff, 1, ldx, y, yOff, ldy, ldy);
      elements(m, n - columns, x, xOff + columns, ldx, y, yOff + columns * ldy, ldy);
      return;
    }
    elements(m - rows, n, x, xOff + rows * ldx, ldx, y, yOff + rows, ldy);
  }

  private static void elements(
      int m, int n, float[] x, int xOff, int ldx, float[] y, int yOff, int ldy) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        y[yOff + j * ldy + i] = x[xOff + i * ldx + j];
      }
    }
  }

  /**
   * Blocks along one side.
   *
   * @param length of that side
   * @param side of a block, along it
   * @param rows of a block; the last stands in for those that are missing
   * @param xStep elements of x from one row or column of that side to the next
   * @param yStep elements of y, likewise
   */
  private static void blocks(
      int length,
      int side,
      int rows,
      float[] x,
      int xOff,
      int xStep,
      int ldx,
      float[] y,
      int yOff,
      int yStep,
      int ldy) {
    int x1 = Math.min(1, rows - 1) * ldx;
    int x2 = Math.min(2, rows - 1) * ldx;
    int x3 = Math.min(3, rows - 1) * ldx;
    int x4 = Math.min(4, rows - 1) * ldx;
    int x5 = Math.min(5, rows - 1) * ldx;
    int x6 = Math.min(6, rows - 1) * ldx;
    int x7 = Math.min(7, rows - 1) * ldx;
    int x8 = Math.min(8, rows - 1) * ldx;
    int x9 = Math.min(9, rows - 1) * ldx;
    int x10 = Math.min(10, rows - 1) * ldx;
    int x11 = Math.min(11, rows - 1) * ldx;
    int x12 = Math.min(12, rows - 1) * ldx;
    int x13 = Math.min(13, rows - 1) * ldx;
    int x14 = Math.min(14, rows - 1) * ldx;
    int x15 = Math.min(15, rows - 1) * ldx;
    for (int i = 0; i < length; i += side) {
      int first = Math.min(i, length - side);
      int at = xOff + first * xStep;
      int to = yOff + first * yStep;
      FloatVector r0 = pair(x, at, at + x8);
      FloatVector r1 = pair(x, at + x1, at + x9);
      FloatVector r2 = pair(x, at + x2, at + x10);
      FloatVector r3 = pair(x, at + x3, at + x11);
      FloatVector r4 = pair(x, at + x4, at + x12);
      FloatVector r5 = pair(x, at + x5, at + x13);
      FloatVector r6 = pair(x, at + x6, at + x14);
      FloatVector r7 = pair(x, at + x7, at + x15);
      FloatVector s0 = r0.blend(r1.rearrange(BY1), SET1);
      FloatVector s1 = r1.blend(r0.rearrange(BY1), CLEAR1);
      FloatVector s2 = r2.blend(r3.rearrange(BY1), SET1);
      FloatVector s3 = r3.blend(r2.rearrange(BY1), CLEAR1);
      FloatVector s4 = r4.blend(r5.rearrange(BY1), SET1);
      FloatVector s5 = r5.blend(r4.rearrange(BY1), CLEAR1);
      FloatVector s6 = r6.blend(r7.rearrange(BY1), SET1);
      FloatVector s7 = r7.blend(r6.rearrange(BY1), CLEAR1);
      FloatVector t0 = s0.blend(s2.rearrange(BY2), SET2);
      FloatVector t2 = s2.blend(s0.rearrange(BY2), CLEAR2);
      FloatVector t1 = s1.blend(s3.rearrange(BY2), SET2);
      FloatVector t3 = s3.blend(s1.rearrange(BY2), CLEAR2);
      FloatVector t4 = s4.blend(s6.rearrange(BY2), SET2);
      FloatVector t6 = s6.blend(s4.rearrange(BY2), CLEAR2);
      FloatVector t5 = s5.blend(s7.rearrange(BY2), SET2);
      FloatVector t7 = s7.blend(s5.rearrange(BY2), CLEAR2);
      FloatVector u0 = t0.blend(t4.rearrange(BY4), SET4);
      FloatVector u4 = t4.blend(t0.rearrange(BY4), CLEAR4);
      FloatVector u1 = t1.blend(t5.rearrange(BY4), SET4);
      FloatVector u5 = t5.blend(t1.rearrange(BY4), CLEAR4);
      FloatVector u2 = t2.blend(t6.rearrange(BY4), SET4);
      FloatVector u6 = t6.blend(t2.rearrange(BY4), CLEAR4);
      FloatVector u3 = t3.blend(t7.rearrange(BY4), SET4);
      FloatVector u7 = t7.blend(t3.rearrange(BY4), CLEAR4);
      u0.intoArray(y, to);
      u1.intoArray(y, to + ldy);
      u2.intoArray(y, to + 2 * ldy);
      u3.intoArray(y, to + 3 * ldy);
      u4.intoArray(y, to + 4 * ldy);
      u5.intoArray(y, to + 5 * ldy);
      u6.intoArray(y, to + 6 * ldy);
      u7.intoArray(y, to + 7 * ldy);
    }
  }

  /** Eight columns of a row, and of another behind them if the vector has the lanes. */
  private static FloatVector pair(float[] x, int upper, int lower) {
    FloatVector row = FloatVector.fromArray(S, x, upper);
    if (V == SIDE) {
      return row;
    }
    return row.blend(FloatVector.fromArray(S, x, lower).rearrange(BY8), SET8);
  }
}
