// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * A tensor whose values are known. Immutable, as far as its arrays are left alone.
 *
 * @param type what the elements are
 * @param dims the dimensions
 * @param floats the elements in the order of ONNX; {@code null} unless they are {@link Type#FLOAT}
 * @param longs the elements otherwise
 * @param name of the tensor in the file; {@code null} if it has been computed
 */
record Constant(Type type, int[] dims, float[] floats, long[] longs, String name) implements Value {
  private static final int BLOCK = 16; // floats of a cache line

  static Constant of(int[] dims, float[] values) {
    return new Constant(Type.FLOAT, dims, values, null, null);
  }

  static Constant of(Type type, int[] dims, long[] values) {
    return new Constant(type, dims, null, values, null);
  }

  /** An array of floats, each computed from its index. */
  static float[] reals(int count, IntToDoubleFunction value) {
    float[] reals = new float[count];
    for (int i = 0; i < count; i++) {
      reals[i] = (float) value.applyAsDouble(i);
    }
    return reals;
  }

  /** Whole numbers in a list. */
  static Constant ofInts(int... values) {
    return of(Type.INT, new int[] {values.length}, Arrays.stream(values).asLongStream().toArray());
  }

  int size() {
    return floats != null ? floats.length : longs.length;
  }

  float real(int i) {
    return floats != null ? floats[i] : longs[i];
  }

  long whole(int i) {
    return longs != null ? longs[i] : (long) floats[i];
  }

  /** The elements as floats; not to be changed. */
  float[] reals() {
    if (floats != null) {
      return floats;
    }
    return reals(longs.length, i -> longs[i]);
  }

  /**
   * The elements as whole numbers that fit into {@code int}.
   *
   * @throws ImportFault if they are not whole numbers
   */
  int[] ints() {
    if (longs == null) {
      throw new ImportFault("whole numbers are expected, not others");
    }
    return Arrays.stream(longs)
        .mapToInt(v -> Math.clamp(v, Integer.MIN_VALUE, Integer.MAX_VALUE))
        .toArray();
  }

  Constant reshape(int... to) {
    return new Constant(type, to, floats, longs, name);
  }

  /** Where each index of each axis is, in the order of ONNX. */
  int[][] offsets() {
    int[][] offsets = new int[dims.length][];
    int stride = 1;
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      int step = stride;
      offsets[axis] = IntStream.range(0, dims[axis]).map(i -> i * step).toArray();
      stride *= dims[axis];
    }
    return offsets;
  }

  /**
   * Other elements of this one.
   *
   * @param to the dimensions of the result, with the product of the lengths of the tables
   * @param tables {@code [axis][index]}: offsets, whose sums tell the elements; negative for fill
   * @param fill what stands where an offset is negative
   */
  Constant take(int[] to, int[][] tables, double fill) {
    int count = Dims.size(Arrays.stream(tables).mapToInt(t -> t.length).toArray());
    boolean all = Arrays.stream(tables).flatMapToInt(Arrays::stream).allMatch(at -> at >= 0);
    if (floats != null && all && tables.length > 0 && count > 0) {
      int[] columns = {0};
      for (int axis = 1; axis < tables.length; axis++) {
        columns = sums(columns, tables[axis]);
      }
      float[] taken = new float[count];
      int[] rows = tables[0];
      move(
          floats,
          rows,
          columns,
          taken,
          steps(rows.length, columns.length),
          steps(columns.length, 1));
      return new Constant(type, to, taken, null, null);
    }
    float[] reals = floats == null ? null : new float[count];
    long[] wholes = longs == null ? null : new long[count];
    int[] index = new int[tables.length];
    for (int i = 0; i < count; i++) {
      int at = 0;
      for (int axis = 0; axis < tables.length && at >= 0; axis++) {
        int offset = tables[axis][index[axis]];
        at = offset < 0 ? -1 : at + offset;
      }
      if (reals != null) {
        reals[i] = at < 0 ? (float) fill : floats[at];
      } else {
        wholes[i] = at < 0 ? (long) fill : longs[at];
      }
      for (int axis = tables.length - 1;
          axis >= 0 && ++index[axis] == tables[axis].length;
          axis--) {
        index[axis] = 0;
      }
    }
    return new Constant(type, to, reals, wholes, null);
  }

  /** Every offset of the first table with every one of the second, which is the faster one. */
  static int[] sums(int[] slow, int[] fast) {
    int[] sums = new int[slow.length * fast.length];
    for (int i = 0; i < slow.length; i++) {
      for (int j = 0; j < fast.length; j++) {
        sums[i * fast.length + j] = slow[i] + fast[j];
      }
    }
    return sums;
  }

  /** Offsets of {@code count} elements that lie {@code step} apart. */
  static int[] steps(int count, int step) {
    int[] steps = new int[count];
    Arrays.setAll(steps, i -> i * step);
    return steps;
  }

  /**
   * Moves elements: {@code to[toRows[i] + toColumns[j]] = from[rows[i] + columns[j]]}. In blocks,
   * since neighbours on one side may be far apart on the other.
   */
  static void move(
      float[] from, int[] rows, int[] columns, float[] to, int[] toRows, int[] toColumns) {
    for (int firstRow = 0; firstRow < rows.length; firstRow += BLOCK) {
      int endRow = Math.min(firstRow + BLOCK, rows.length);
      for (int first = 0; first < columns.length; first += BLOCK) {
        int end = Math.min(first + BLOCK, columns.length);
        for (int i = firstRow; i < endRow; i++) {
          for (int j = first; j < end; j++) {
            to[toRows[i] + toColumns[j]] = from[rows[i] + columns[j]];
          }
        }
      }
    }
  }

  /** The elements as another type. */
  Constant as(Type other) {
    if (other == type || other != Type.FLOAT && longs != null && other != Type.BOOL) {
      return new Constant(other, dims, floats, longs, name);
    }
    if (other == Type.FLOAT) {
      return new Constant(Type.FLOAT, dims, reals(), null, name);
    }
    long[] wholes = new long[size()];
    Arrays.setAll(wholes, i -> other == Type.BOOL ? (real(i) != 0 ? 1 : 0) : whole(i));
    return new Constant(other, dims, null, wholes, name);
  }
}
