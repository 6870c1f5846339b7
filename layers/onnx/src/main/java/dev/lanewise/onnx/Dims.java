// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import java.util.Arrays;

/** Dimensions of values, and what is asked of them. */
final class Dims {
  /** Dimensions of a value; models of images have four, and five or six for a moment. */
  private static final int MOST_AXES = 32;

  /** Indices of one axis that has a table. */
  private static final int LONGEST = 1 << 24;

  private Dims() {}

  static int[] prepend(int first, int[] rest) {
    int[] all = new int[rest.length + 1];
    all[0] = first;
    System.arraycopy(rest, 0, all, 1, rest.length);
    return all;
  }

  static void requireAxes(int count) {
    if (count > MOST_AXES) {
      throw new ImportFault("there are " + count + " dimensions, more than " + MOST_AXES);
    }
  }

  /** How many elements there are; not too many to be counted. */
  static int size(int... dims) {
    requireAxes(dims.length);
    long size = 1;
    for (int dim : dims) {
      size *= dim;
      if (dim < 0 || size > Integer.MAX_VALUE) {
        throw new ImportFault("dimensions " + Arrays.toString(dims) + " are too large");
      }
    }
    return (int) size;
  }

  static void requireSome(int[] dims) {
    if (Arrays.stream(dims).anyMatch(dim -> dim < 1)) {
      throw new ImportFault("it leaves nothing: " + Arrays.toString(dims));
    }
  }

  /** No axis is so long that a table for it would take much memory. */
  static void requireTables(int[] dims) {
    for (int dim : dims) {
      if (dim > LONGEST) {
        throw new ImportFault("an axis of " + dim + " elements is too long to be rearranged");
      }
    }
  }
}
