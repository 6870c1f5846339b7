// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import static dev.lanewise.engine.simd.VectorType.FLOAT;

import dev.lanewise.engine.kernel.GroupKernels;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of {@code GroupKernels.tapGradients}: a vector of channels of up to nine taps,
 * summed up over a rectangle of pixels in one loop, whose indices jump where a row ends. The last
 * tap stands in for missing ones.
 */
final class GroupGradients {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int V = S.length();
  private static final int BLOCK = GroupKernels.BLOCK;

  /** Taps at a time: with dy they leave some of 16 registers free. */
  static final int TAPS = 9;

  private GroupGradients() {}

  /** Taps {@code t} to {@code t + taps - 1}. */
  static void nine(
      int rows,
      int columns,
      int lanes,
      int taps,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      int[] offsets,
      int t,
      float[] dy,
      int dyOff,
      int dyRow,
      int dyColumn,
      float[] dw,
      int dwOff,
      int ldw,
      float[] work,
      int workOff) {
    int o0 = xOff + offsets[t];
    int o1 = xOff + offsets[t + Math.min(1, taps - 1)];
    int o2 = xOff + offsets[t + Math.min(2, taps - 1)];
    int o3 = xOff + offsets[t + Math.min(3, taps - 1)];
    int o4 = xOff + offsets[t + Math.min(4, taps - 1)];
    int o5 = xOff + offsets[t + Math.min(5, taps - 1)];
    int o6 = xOff + offsets[t + Math.min(6, taps - 1)];
    int o7 = xOff + offsets[t + Math.min(7, taps - 1)];
    int o8 = xOff + offsets[t + Math.min(8, taps - 1)];
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = FloatVector.zero(S);
    FloatVector s2 = FloatVector.zero(S);
    FloatVector s3 = FloatVector.zero(S);
    FloatVector s4 = FloatVector.zero(S);
    FloatVector s5 = FloatVector.zero(S);
    FloatVector s6 = FloatVector.zero(S);
    FloatVector s7 = FloatVector.zero(S);
    FloatVector s8 = FloatVector.zero(S);
    int end = columns;
    int at = 0;
    int from = dyOff;
    for (int p = 0; p < rows * columns; p++) {
      if (p == end) {
        end += columns;
        at += xRow - columns * xColumn;
        from += dyRow - columns * dyColumn;
      }
      FloatVector g = FloatVector.fromArray(S, dy, from);
      s0 = FloatVector.fromArray(S, x, o0 + at).fma(g, s0);
      s1 = FloatVector.fromArray(S, x, o1 + at).fma(g, s1);
      s2 = FloatVector.fromArray(S, x, o2 + at).fma(g, s2);
      s3 = FloatVector.fromArray(S, x, o3 + at).fma(g, s3);
      s4 = FloatVector.fromArray(S, x, o4 + at).fma(g, s4);
      s5 = FloatVector.fromArray(S, x, o5 + at).fma(g, s5);
      s6 = FloatVector.fromArray(S, x, o6 + at).fma(g, s6);
      s7 = FloatVector.fromArray(S, x, o7 + at).fma(g, s7);
      s8 = FloatVector.fromArray(S, x, o8 + at).fma(g, s8);
      at += xColumn;
      from += dyColumn;
    }
    FLOAT.cast(s0).intoArray(work, workOff);
    FLOAT.cast(s1).intoArray(work, workOff + V);
    FLOAT.cast(s2).intoArray(work, workOff + 2 * V);
    FLOAT.cast(s3).intoArray(work, workOff + 3 * V);
    FLOAT.cast(s4).intoArray(work, workOff + 4 * V);
    FLOAT.cast(s5).intoArray(work, workOff + 5 * V);
    FLOAT.cast(s6).intoArray(work, workOff + 6 * V);
    FLOAT.cast(s7).intoArray(work, workOff + 7 * V);
    FLOAT.cast(s8).intoArray(work, workOff + 8 * V);
    add(taps, lanes, work, workOff, dw, dwOff, ldw);
  }

  /**
   * Nine taps that are three neighbours in each of three rows: with constant distances C2 checks
   * one range for three of them.
   */
  static void square(
      int rows,
      int columns,
      int lanes,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      int[] offsets,
      int t,
      float[] dy,
      int dyOff,
      int dyRow,
      int dyColumn,
      float[] dw,
      int dwOff,
      int ldw,
      float[] work,
      int workOff) {
    int upper = xOff + offsets[t];
    int middle = offsets[t + 3] - offsets[t];
    int lower = offsets[t + 6] - offsets[t];
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = FloatVector.zero(S);
    FloatVector s2 = FloatVector.zero(S);
    FloatVector s3 = FloatVector.zero(S);
    FloatVector s4 = FloatVector.zero(S);
    FloatVector s5 = FloatVector.zero(S);
    FloatVector s6 = FloatVector.zero(S);
    FloatVector s7 = FloatVector.zero(S);
    FloatVector s8 = FloatVector.zero(S);
    int end = columns;
    int from = dyOff;
    for (int p = 0; p < rows * columns; p++) {
      if (p == end) {
        end += columns;
        upper += xRow - columns * xColumn;
        from += dyRow - columns * dyColumn;
      }
      FloatVector g = FloatVector.fromArray(S, dy, from);
      s0 = FloatVector.fromArray(S, x, upper).fma(g, s0);
      s1 = FloatVector.fromArray(S, x, upper + BLOCK).fma(g, s1);
      s2 = FloatVector.fromArray(S, x, upper + 2 * BLOCK).fma(g, s2);
      int at1 = upper + middle;
      s3 = FloatVector.fromArray(S, x, at1).fma(g, s3);
      s4 = FloatVector.fromArray(S, x, at1 + BLOCK).fma(g, s4);
      s5 = FloatVector.fromArray(S, x, at1 + 2 * BLOCK).fma(g, s5);
      int at2 = upper + lower;
      s6 = FloatVector.fromArray(S, x, at2).fma(g, s6);
      s7 = FloatVector.fromArray(S, x, at2 + BLOCK).fma(g, s7);
      s8 = FloatVector.fromArray(S, x, at2 + 2 * BLOCK).fma(g, s8);
      upper += xColumn;
      from += dyColumn;
    }
    FLOAT.cast(s0).intoArray(work, workOff);
    FLOAT.cast(s1).intoArray(work, workOff + V);
    FLOAT.cast(s2).intoArray(work, workOff + 2 * V);
    FLOAT.cast(s3).intoArray(work, workOff + 3 * V);
    FLOAT.cast(s4).intoArray(work, workOff + 4 * V);
    FLOAT.cast(s5).intoArray(work, workOff + 5 * V);
    FLOAT.cast(s6).intoArray(work, workOff + 6 * V);
    FLOAT.cast(s7).intoArray(work, workOff + 7 * V);
    FLOAT.cast(s8).intoArray(work, workOff + 8 * V);
    add(TAPS, lanes, work, workOff, dw, dwOff, ldw);
  }

  /** The sums by way of memory: nine edges in one method are more than C2 inlines. */
  private static void add(
      int taps, int lanes, float[] work, int workOff, float[] dw, int dwOff, int ldw) {
    VectorMask<Float> in = Edge.mask(lanes);
    for (int t = 0; t < taps; t++) {
      int at = dwOff + t * ldw;
      FloatVector sum = FloatVector.fromArray(S, work, workOff + t * V);
      Edge.store(FloatVector.fromArray(S, dw, at).add(sum), dw, at, lanes, in);
    }
  }
}
