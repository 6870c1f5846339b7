// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.simd;

import dev.lanewise.engine.kernel.GroupKernels;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernels of {@code GroupKernels.tapSums}: a vector of channels for a rectangle of
 * pixels, with the weights of nine, four, two or one tap in registers. All pixels are one loop,
 * since to enter one costs as much as some pixels; indices jump where a row ends.
 *
 * <p>A sum begins with D, which is y itself where taps went before.
 */
final class GroupSums {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int BLOCK = GroupKernels.BLOCK;

  private GroupSums() {}

  /**
   * Nine taps that are three neighbours in each of three rows, for pairs of neighbouring pixels:
   * what both see is loaded once, and two sums hide each other's latency.
   */
  static void pairs(
      int rows,
      int pairs,
      int lanes,
      float[] x,
      int xOff,
      int xRow,
      int[] offsets,
      int t,
      float[] w,
      int wOff,
      float[] d,
      int dOff,
      int dRow,
      int dColumn,
      float[] y,
      int yOff,
      int yRow,
      int yColumn) {
    VectorMask<Float> in = Edge.mask(lanes);
    int upper = xOff + offsets[t];
    int middle = offsets[t + 3] - offsets[t];
    int lower = offsets[t + 6] - offsets[t];
    FloatVector w0 = FloatVector.fromArray(S, w, wOff);
    FloatVector w1 = FloatVector.fromArray(S, w, wOff + 1 * BLOCK);
    FloatVector w2 = FloatVector.fromArray(S, w, wOff + 2 * BLOCK);
    FloatVector w3 = FloatVector.fromArray(S, w, wOff + 3 * BLOCK);
    FloatVector w4 = FloatVector.fromArray(S, w, wOff + 4 * BLOCK);
    FloatVector w5 = FloatVector.fromArray(S, w, wOff + 5 * BLOCK);
    FloatVector w6 = FloatVector.fromArray(S, w, wOff + 6 * BLOCK);
    FloatVector w7 = FloatVector.fromArray(S, w, wOff + 7 * BLOCK);
    FloatVector w8 = FloatVector.fromArray(S, w, wOff + 8 * BLOCK);
    int end = pairs;
    int from = dOff;
    int to = yOff;
    for (int p = 0; p < rows * pairs; p++) {
      if (p == end) {
        end += pairs;
        upper += xRow - 2 * pairs * BLOCK;
        from += dRow - 2 * pairs * dColumn;
        to += yRow - 2 * pairs * yColumn;
      }
      FloatVector left = FloatVector.fromArray(S, d, from);
      FloatVector right = FloatVector.fromArray(S, d, from + dColumn);
      FloatVector a0 = FloatVector.fromArray(S, x, upper);
      FloatVector a1 = FloatVector.fromArray(S, x, upper + BLOCK);
      FloatVector a2 = FloatVector.fromArray(S, x, upper + 2 * BLOCK);
      FloatVector a3 = FloatVector.fromArray(S, x, upper + 3 * BLOCK);
      left = a0.fma(w0, left);
      right = a1.fma(w0, right);
      left = a1.fma(w1, left);
      right = a2.fma(w1, right);
      left = a2.fma(w2, left);
      right = a3.fma(w2, right);
      int at1 = upper + middle;
      a0 = FloatVector.fromArray(S, x, at1);
      a1 = FloatVector.fromArray(S, x, at1 + BLOCK);
      a2 = FloatVector.fromArray(S, x, at1 + 2 * BLOCK);
      a3 = FloatVector.fromArray(S, x, at1 + 3 * BLOCK);
      left = a0.fma(w3, left);
      right = a1.fma(w3, right);
      left = a1.fma(w4, left);
      right = a2.fma(w4, right);
      left = a2.fma(w5, left);
      right = a3.fma(w5, right);
      int at2 = upper + lower;
      a0 = FloatVector.fromArray(S, x, at2);
      a1 = FloatVector.fromArray(S, x, at2 + BLOCK);
      a2 = FloatVector.fromArray(S, x, at2 + 2 * BLOCK);
      a3 = FloatVector.fromArray(S, x, at2 + 3 * BLOCK);
      left = a0.fma(w6, left);
      right = a1.fma(w6, right);
      left = a1.fma(w7, left);
      right = a2.fma(w7, right);
      left = a2.fma(w8, left);
      right = a3.fma(w8, right);
      Edge.store(left, y, to, lanes, in);
      Edge.store(right, y, to + yColumn, lanes, in);
      upper += 2 * BLOCK;
      from += 2 * dColumn;
      to += 2 * yColumn;
    }
  }

  /** The same taps, pixel by pixel. */
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
      float[] w,
      int wOff,
      float[] d,
      int dOff,
      int dRow,
      int dColumn,
      float[] y,
      int yOff,
      int yRow,
      int yColumn) {
    VectorMask<Float> in = Edge.mask(lanes);
    int upper = xOff + offsets[t];
    int middle = offsets[t + 3] - offsets[t];
    int lower = offsets[t + 6] - offsets[t];
    FloatVector w0 = FloatVector.fromArray(S, w, wOff);
    FloatVector w1 = FloatVector.fromArray(S, w, wOff + 1 * BLOCK);
    FloatVector w2 = FloatVector.fromArray(S, w, wOff + 2 * BLOCK);
    FloatVector w3 = FloatVector.fromArray(S, w, wOff + 3 * BLOCK);
    FloatVector w4 = FloatVector.fromArray(S, w, wOff + 4 * BLOCK);
    FloatVector w5 = FloatVector.fromArray(S, w, wOff + 5 * BLOCK);
    FloatVector w6 = FloatVector.fromArray(S, w, wOff + 6 * BLOCK);
    FloatVector w7 = FloatVector.fromArray(S, w, wOff + 7 * BLOCK);
    FloatVector w8 = FloatVector.fromArray(S, w, wOff + 8 * BLOCK);
    int end = columns;
    int from = dOff;
    int to = yOff;
    for (int p = 0; p < rows * columns; p++) {
      if (p == end) {
        end += columns;
        upper += xRow - columns * xColumn;
        from += dRow - columns * dColumn;
        to += yRow - columns * yColumn;
      }
      FloatVector s = FloatVector.fromArray(S, d, from);
      s = FloatVector.fromArray(S, x, upper).fma(w0, s);
      s = FloatVector.fromArray(S, x, upper + BLOCK).fma(w1, s);
      s = FloatVector.fromArray(S, x, upper + 2 * BLOCK).fma(w2, s);
      int at1 = upper + middle;
      s = FloatVector.fromArray(S, x, at1).fma(w3, s);
      s = FloatVector.fromArray(S, x, at1 + BLOCK).fma(w4, s);
      s = FloatVector.fromArray(S, x, at1 + 2 * BLOCK).fma(w5, s);
      int at2 = upper + lower;
      s = FloatVector.fromArray(S, x, at2).fma(w6, s);
      s = FloatVector.fromArray(S, x, at2 + BLOCK).fma(w7, s);
      s = FloatVector.fromArray(S, x, at2 + 2 * BLOCK).fma(w8, s);
      Edge.store(s, y, to, lanes, in);
      upper += xColumn;
      from += dColumn;
      to += yColumn;
    }
  }

  /** Whether nine taps are three neighbours in each of three rows. */
  static boolean areSquare(int[] offsets, int t) {
    for (int i = t; i < t + 9; i += 3) {
      if (offsets[i + 1] != offsets[i] + BLOCK || offsets[i + 2] != offsets[i] + 2 * BLOCK) {
        return false;
      }
    }
    return true;
  }

  /** Nine taps. */
  static void nine(
      int rows,
      int columns,
      int lanes,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      int[] offsets,
      int t,
      float[] w,
      int wOff,
      float[] d,
      int dOff,
      int dRow,
      int dColumn,
      float[] y,
      int yOff,
      int yRow,
      int yColumn) {
    VectorMask<Float> in = Edge.mask(lanes);
    int o0 = xOff + offsets[t];
    int o1 = xOff + offsets[t + 1];
    int o2 = xOff + offsets[t + 2];
    int o3 = xOff + offsets[t + 3];
    int o4 = xOff + offsets[t + 4];
    int o5 = xOff + offsets[t + 5];
    int o6 = xOff + offsets[t + 6];
    int o7 = xOff + offsets[t + 7];
    int o8 = xOff + offsets[t + 8];
    FloatVector w0 = FloatVector.fromArray(S, w, wOff);
    FloatVector w1 = FloatVector.fromArray(S, w, wOff + 1 * BLOCK);
    FloatVector w2 = FloatVector.fromArray(S, w, wOff + 2 * BLOCK);
    FloatVector w3 = FloatVector.fromArray(S, w, wOff + 3 * BLOCK);
    FloatVector w4 = FloatVector.fromArray(S, w, wOff + 4 * BLOCK);
    FloatVector w5 = FloatVector.fromArray(S, w, wOff + 5 * BLOCK);
    FloatVector w6 = FloatVector.fromArray(S, w, wOff + 6 * BLOCK);
    FloatVector w7 = FloatVector.fromArray(S, w, wOff + 7 * BLOCK);
    FloatVector w8 = FloatVector.fromArray(S, w, wOff + 8 * BLOCK);
    int end = columns;
    int at = 0;
    int from = dOff;
    int to = yOff;
    for (int p = 0; p < rows * columns; p++) {
      if (p == end) {
        end += columns;
        at += xRow - columns * xColumn;
        from += dRow - columns * dColumn;
        to += yRow - columns * yColumn;
      }
      FloatVector s = FloatVector.fromArray(S, d, from);
      s = FloatVector.fromArray(S, x, o0 + at).fma(w0, s);
      s = FloatVector.fromArray(S, x, o1 + at).fma(w1, s);
      s = FloatVector.fromArray(S, x, o2 + at).fma(w2, s);
      s = FloatVector.fromArray(S, x, o3 + at).fma(w3, s);
      s = FloatVector.fromArray(S, x, o4 + at).fma(w4, s);
      s = FloatVector.fromArray(S, x, o5 + at).fma(w5, s);
      s = FloatVector.fromArray(S, x, o6 + at).fma(w6, s);
      s = FloatVector.fromArray(S, x, o7 + at).fma(w7, s);
      s = FloatVector.fromArray(S, x, o8 + at).fma(w8, s);
      Edge.store(s, y, to, lanes, in);
      at += xColumn;
      from += dColumn;
      to += yColumn;
    }
  }

  /** Four taps. */
  static void four(
      int rows,
      int columns,
      int lanes,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      int[] offsets,
      int t,
      float[] w,
      int wOff,
      float[] d,
      int dOff,
      int dRow,
      int dColumn,
      float[] y,
      int yOff,
      int yRow,
      int yColumn) {
    VectorMask<Float> in = Edge.mask(lanes);
    int o0 = xOff + offsets[t];
    int o1 = xOff + offsets[t + 1];
    int o2 = xOff + offsets[t + 2];
    int o3 = xOff + offsets[t + 3];
    FloatVector w0 = FloatVector.fromArray(S, w, wOff);
    FloatVector w1 = FloatVector.fromArray(S, w, wOff + 1 * BLOCK);
    FloatVector w2 = FloatVector.fromArray(S, w, wOff + 2 * BLOCK);
    FloatVector w3 = FloatVector.fromArray(S, w, wOff + 3 * BLOCK);
    int end = columns;
    int at = 0;
    int from = dOff;
    int to = yOff;
    for (int p = 0; p < rows * columns; p++) {
      if (p == end) {
        end += columns;
        at += xRow - columns * xColumn;
        from += dRow - columns * dColumn;
        to += yRow - columns * yColumn;
      }
      FloatVector s = FloatVector.fromArray(S, d, from);
      s = FloatVector.fromArray(S, x, o0 + at).fma(w0, s);
      s = FloatVector.fromArray(S, x, o1 + at).fma(w1, s);
      s = FloatVector.fromArray(S, x, o2 + at).fma(w2, s);
      s = FloatVector.fromArray(S, x, o3 + at).fma(w3, s);
      Edge.store(s, y, to, lanes, in);
      at += xColumn;
      from += dColumn;
      to += yColumn;
    }
  }

  /** Two taps. */
  static void two(
      int rows,
      int columns,
      int lanes,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      int[] offsets,
      int t,
      float[] w,
      int wOff,
      float[] d,
      int dOff,
      int dRow,
      int dColumn,
      float[] y,
      int yOff,
      int yRow,
      int yColumn) {
    VectorMask<Float> in = Edge.mask(lanes);
    int o0 = xOff + offsets[t];
    int o1 = xOff + offsets[t + 1];
    FloatVector w0 = FloatVector.fromArray(S, w, wOff);
    FloatVector w1 = FloatVector.fromArray(S, w, wOff + 1 * BLOCK);
    int end = columns;
    int at = 0;
    int from = dOff;
    int to = yOff;
    for (int p = 0; p < rows * columns; p++) {
      if (p == end) {
        end += columns;
        at += xRow - columns * xColumn;
        from += dRow - columns * dColumn;
        to += yRow - columns * yColumn;
      }
      FloatVector s = FloatVector.fromArray(S, d, from);
      s = FloatVector.fromArray(S, x, o0 + at).fma(w0, s);
      s = FloatVector.fromArray(S, x, o1 + at).fma(w1, s);
      Edge.store(s, y, to, lanes, in);
      at += xColumn;
      from += dColumn;
      to += yColumn;
    }
  }

  /** One tap. */
  static void one(
      int rows,
      int columns,
      int lanes,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      int[] offsets,
      int t,
      float[] w,
      int wOff,
      float[] d,
      int dOff,
      int dRow,
      int dColumn,
      float[] y,
      int yOff,
      int yRow,
      int yColumn) {
    VectorMask<Float> in = Edge.mask(lanes);
    int o0 = xOff + offsets[t];
    FloatVector w0 = FloatVector.fromArray(S, w, wOff);
    int end = columns;
    int at = 0;
    int from = dOff;
    int to = yOff;
    for (int p = 0; p < rows * columns; p++) {
      if (p == end) {
        end += columns;
        at += xRow - columns * xColumn;
        from += dRow - columns * dColumn;
        to += yRow - columns * yColumn;
      }
      FloatVector s = FloatVector.fromArray(S, d, from);
      s = FloatVector.fromArray(S, x, o0 + at).fma(w0, s);
      Edge.store(s, y, to, lanes, in);
      at += xColumn;
      from += dColumn;
      to += yColumn;
    }
  }

  /** No tap: D alone. */
  static void none(
      int rows,
      int columns,
      int lanes,
      float[] d,
      int dOff,
      float[] y,
      int yOff,
      int yRow,
      int yColumn) {
    VectorMask<Float> in = Edge.mask(lanes);
    FloatVector s = FloatVector.fromArray(S, d, dOff);
    int end = columns;
    int to = yOff;
    for (int p = 0; p < rows * columns; p++) {
      if (p == end) {
        end += columns;
        to += yRow - columns * yColumn;
      }
      Edge.store(s, y, to, lanes, in);
      to += yColumn;
    }
  }
}
