package dev.lanewise.engine.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernel of {@code Kernels.transpose}: squares of eight by eight in registers. Three times rows
 * exchange with another row, 1, 2 and 4 away, the elements whose lane differs in that bit (Eklundh,
 * "A fast computer method for matrix transposing", 1972):
 *
 * <pre>
 *   a0 a1 a2 a3        a0 b0 a2 b2
 *   b0 b1 b2 b3   --&gt;  a1 b1 a3 b3   for rows and lanes 1 apart
 * </pre>
 */
final class Transposition {
  /** Rows and columns of a square. */
  private static final int SIDE = 8;

  private static final VectorSpecies<Float> S = FloatVector.SPECIES_256;
  private static final VectorShuffle<Float> BY1 = VectorShuffle.fromOp(S, lane -> lane ^ 1);
  private static final VectorShuffle<Float> BY2 = VectorShuffle.fromOp(S, lane -> lane ^ 2);
  private static final VectorShuffle<Float> BY4 = VectorShuffle.fromOp(S, lane -> lane ^ 4);
  private static final VectorMask<Float> SET1 = VectorMask.fromLong(S, 0b10101010);
  private static final VectorMask<Float> SET2 = VectorMask.fromLong(S, 0b11001100);
  private static final VectorMask<Float> SET4 = VectorMask.fromLong(S, 0b11110000);
  private static final VectorMask<Float> CLEAR1 = VectorMask.fromLong(S, 0b01010101);
  private static final VectorMask<Float> CLEAR2 = VectorMask.fromLong(S, 0b00110011);
  private static final VectorMask<Float> CLEAR4 = VectorMask.fromLong(S, 0b00001111);

  private Transposition() {}

  /**
   * Squares where vectors are long enough, along the longer side, the rest of the rows and columns
   * one by one.
   */
  static void transpose(int m, int n, float[] x, int xOff, int ldx, float[] y, int yOff, int ldy) {
    int rows = FloatVector.SPECIES_PREFERRED.length() >= SIDE ? m - m % SIDE : 0;
    int columns = rows == 0 ? 0 : n - n % SIDE;
    if (rows >= columns) {
      for (int j = 0; j < columns; j += SIDE) {
        squares(rows / SIDE, x, xOff + j, SIDE * ldx, ldx, y, yOff + j * ldy, SIDE, ldy);
      }
    } else {
      for (int i = 0; i < rows; i += SIDE) {
        squares(columns / SIDE, x, xOff + i * ldx, SIDE, ldx, y, yOff + i, SIDE * ldy, ldy);
      }
    }
    for (int i = 0; i < m; i++) {
      for (int j = i < rows ? columns : 0; j < n; j++) {
        y[yOff + j * ldy + i] = x[xOff + i * ldx + j];
      }
    }
  }

  /** Squares in a row: each is {@code xStep} behind the one before in x, and yStep in y. */
  private static void squares(
      int count, float[] x, int xOff, int xStep, int ldx, float[] y, int yOff, int yStep, int ldy) {
    for (int q = 0, at = xOff, to = yOff; q < count; q++, at += xStep, to += yStep) {
      FloatVector r0 = FloatVector.fromArray(S, x, at);
      FloatVector r1 = FloatVector.fromArray(S, x, at + ldx);
      FloatVector r2 = FloatVector.fromArray(S, x, at + 2 * ldx);
      FloatVector r3 = FloatVector.fromArray(S, x, at + 3 * ldx);
      FloatVector r4 = FloatVector.fromArray(S, x, at + 4 * ldx);
      FloatVector r5 = FloatVector.fromArray(S, x, at + 5 * ldx);
      FloatVector r6 = FloatVector.fromArray(S, x, at + 6 * ldx);
      FloatVector r7 = FloatVector.fromArray(S, x, at + 7 * ldx);
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
}
