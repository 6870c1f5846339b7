// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How the elements of a value lie in memory.
 *
 * <p>An axis of ONNX is a product of factors, and memory is a row-major array of these factors in
 * an order of its own. So {@code [C, H, W]} with channels last has the factors H, W, C in memory,
 * and its axes are the third, the first and the second of them. A transposition changes the axes
 * alone, and a reshaping mostly cuts or joins factors: neither moves an element. Where an operator
 * needs another order, {@link Wiring#arrange} moves them once.
 *
 * <p>Axes of one element have no factor; neighbours in memory that are neighbours of one axis are
 * one factor. So equal views are equal objects. Immutable.
 */
final class View {
  private final int[] sizes; // of the factors, outermost in memory first
  private final int[][] axes; // [axis]: its factors, outermost first

  private View(int[] sizes, int[][] axes) {
    this.sizes = sizes;
    this.axes = axes;
  }

  /**
   * Row-major.
   *
   * @param dims of the axes
   */
  static View plain(int... dims) {
    return of(dims, IntStream.range(0, dims.length).toArray());
  }

  /**
   * Whole axes in some order.
   *
   * @param dims of the axes
   * @param order the axes, outermost in memory first
   */
  static View of(int[] dims, int... order) {
    int[][] axes = new int[dims.length][0];
    int[] sizes = new int[dims.length];
    int count = 0;
    for (int axis : order) {
      if (dims[axis] != 1) {
        sizes[count] = dims[axis];
        axes[axis] = new int[] {count++};
      }
    }
    return new View(Arrays.copyOf(sizes, count), axes);
  }

  /** Joins factors that are neighbours in memory and in their axis. */
  private static View joined(int[] sizes, int[][] axes) {
    boolean[] follows = new boolean[sizes.length];
    for (int[] axis : axes) {
      for (int i = 1; i < axis.length; i++) {
        follows[axis[i]] = axis[i] == axis[i - 1] + 1;
      }
    }
    int[] name = new int[sizes.length];
    int[] joined = new int[sizes.length];
    int count = 0;
    for (int f = 0; f < sizes.length; f++) {
      if (follows[f]) {
        joined[count - 1] *= sizes[f];
      } else {
        joined[count++] = sizes[f];
      }
      name[f] = count - 1;
    }
    int[][] renamed = new int[axes.length][];
    for (int a = 0; a < axes.length; a++) {
      renamed[a] = Arrays.stream(axes[a]).filter(f -> !follows[f]).map(f -> name[f]).toArray();
    }
    return new View(Arrays.copyOf(joined, count), renamed);
  }

  int rank() {
    return axes.length;
  }

  int dim(int axis) {
    int dim = 1;
    for (int f : axes[axis]) {
      dim *= sizes[f];
    }
    return dim;
  }

  int[] dims() {
    return IntStream.range(0, rank()).map(this::dim).toArray();
  }

  int size() {
    int size = 1;
    for (int factor : sizes) {
      size *= factor;
    }
    return size;
  }

  /** The factors in memory, outermost first. */
  int[] factors() {
    return sizes.clone();
  }

  /** The axis of each factor. */
  int[] axesOfFactors() {
    int[] axis = new int[sizes.length];
    for (int a = 0; a < axes.length; a++) {
      for (int f : axes[a]) {
        axis[f] = a;
      }
    }
    return axis;
  }

  /** Whether the axis is one run in memory, or of one element. */
  boolean isWhole(int axis) {
    return axes[axis].length <= 1;
  }

  boolean allWhole() {
    return Arrays.stream(axes).allMatch(axis -> axis.length <= 1);
  }

  /**
   * Where in memory the indices of an axis are, counted from index 0.
   *
   * @return an offset for each index
   */
  int[] offsets(int axis) {
    int[] offsets = {0};
    for (int f : axes[axis]) {
      int stride = 1;
      for (int inner = f + 1; inner < sizes.length; inner++) {
        stride *= sizes[inner];
      }
      int[] finer = new int[offsets.length * sizes[f]];
      for (int i = 0; i < finer.length; i++) {
        finer[i] = offsets[i / sizes[f]] + i % sizes[f] * stride;
      }
      offsets = finer;
    }
    return offsets;
  }

  /** Where in memory the elements are whose index on the axes before one is 0, in ONNX's order. */
  int[] positions(int axis) {
    int[] positions = {0};
    for (int a = axis; a < rank(); a++) {
      positions = Constant.sums(positions, offsets(a));
    }
    return positions;
  }

  /**
   * The same memory with other axes.
   *
   * @param order which axis comes first, second, and so on
   */
  View transpose(int... order) {
    return new View(sizes, Arrays.stream(order).mapToObj(a -> axes[a]).toArray(int[][]::new));
  }

  /**
   * The same memory under other dimensions.
   *
   * @param dims with the same product
   * @return {@code null} if elements would have to move
   */
  View reshape(int... dims) {
    int[] sequence = Arrays.stream(axes).flatMapToInt(Arrays::stream).toArray();
    List<List<Integer>> pieces = new ArrayList<>(); // of each factor, outermost first
    for (int i = 0; i < sizes.length; i++) {
      pieces.add(new ArrayList<>());
    }
    List<List<int[]>> wanted = new ArrayList<>(); // of each axis: factor, piece
    int next = 0;
    int left = 1; // of factor sequence[next - 1]
    for (int dim : dims) {
      List<int[]> axis = new ArrayList<>();
      int need = dim;
      while (need > 1) {
        if (left == 1) {
          left = sizes[sequence[next++]];
        }
        int piece = need % left == 0 ? left : left % need == 0 ? need : 0;
        if (piece == 0) {
          return null;
        }
        List<Integer> of = pieces.get(sequence[next - 1]);
        axis.add(new int[] {sequence[next - 1], of.size()});
        of.add(piece);
        need /= piece;
        left /= piece;
      }
      wanted.add(axis);
    }
    int[] first = new int[sizes.length + 1];
    for (int f = 0; f < sizes.length; f++) {
      first[f + 1] = first[f] + pieces.get(f).size();
    }
    int[] finer = pieces.stream().flatMapToInt(p -> p.stream().mapToInt(i -> i)).toArray();
    int[][] renamed =
        wanted.stream()
            .map(axis -> axis.stream().mapToInt(p -> first[p[0]] + p[1]).toArray())
            .toArray(int[][]::new);
    return joined(finer, renamed);
  }

  /**
   * Without the factors of some axes, which then have one element.
   *
   * @param keep which axes stay
   */
  View restrict(boolean... keep) {
    int[] axisOf = axesOfFactors();
    int[] name = new int[sizes.length];
    int[] kept = new int[sizes.length];
    int count = 0;
    for (int f = 0; f < sizes.length; f++) {
      name[f] = count;
      if (keep[axisOf[f]]) {
        kept[count++] = sizes[f];
      }
    }
    int[][] renamed = new int[rank()][0];
    for (int a = 0; a < rank(); a++) {
      if (keep[a]) {
        renamed[a] = Arrays.stream(axes[a]).map(f -> name[f]).toArray();
      }
    }
    return joined(Arrays.copyOf(kept, count), renamed);
  }

  /**
   * The same axes, with the factors of some of them inside all others.
   *
   * @param inner which axes
   */
  View innermost(boolean... inner) {
    int[] axisOf = axesOfFactors();
    int[] name = new int[sizes.length];
    int[] moved = new int[sizes.length];
    int count = 0;
    for (boolean pass : new boolean[] {false, true}) {
      for (int f = 0; f < sizes.length; f++) {
        if (inner[axisOf[f]] == pass) {
          moved[count] = sizes[f];
          name[f] = count++;
        }
      }
    }
    return joined(
        moved,
        Arrays.stream(axes)
            .map(axis -> Arrays.stream(axis).map(f -> name[f]).toArray())
            .toArray(int[][]::new));
  }

  /**
   * Tables for a {@link Take} that moves elements from this view into another one.
   *
   * @param to a view of the same dimensions
   * @return for each factor of it, an offset in this one for each index; {@code null} if an axis is
   *     cut into other factors here, so that offsets do not add up
   */
  int[][] tablesTo(View to) {
    int[][] tables = new int[to.sizes.length][];
    for (int axis = 0; axis < rank(); axis++) {
      int[] offsets = offsets(axis);
      int[] sums = {0};
      int stride = offsets.length;
      for (int f : to.axes[axis]) {
        stride /= to.sizes[f];
        int[] table = new int[to.sizes[f]];
        for (int i = 0; i < table.length; i++) {
          table[i] = offsets[i * stride];
        }
        tables[f] = table;
        int[] finer = new int[sums.length * table.length];
        for (int i = 0; i < finer.length; i++) {
          finer[i] = sums[i / table.length] + table[i % table.length];
        }
        sums = finer;
      }
      if (!Arrays.equals(sums, offsets)) {
        return null;
      }
    }
    return tables;
  }

  /**
   * Axes of other lengths in the same order, where every axis is whole.
   *
   * @param dims one for each axis; 1 stays 1
   */
  View resize(int... dims) {
    return of(dims, memoryOrder());
  }

  /** The axes by their place in memory, outermost first, those of one element before all others. */
  int[] memoryOrder() {
    return IntStream.range(0, rank())
        .boxed()
        .sorted((a, b) -> Integer.compare(place(a), place(b)))
        .mapToInt(a -> a)
        .toArray();
  }

  private int place(int axis) {
    return axes[axis].length == 0 ? -1 : axes[axis][0];
  }

  /**
   * With another length of an axis that is innermost.
   *
   * @param axis whose factors are inside all others
   * @param size its new length
   */
  View replaceInner(int axis, int size) {
    boolean[] keep = new boolean[rank()];
    Arrays.fill(keep, true);
    keep[axis] = false;
    View rest = restrict(keep);
    if (size == 1) {
      return rest;
    }
    int[] more = Arrays.copyOf(rest.sizes, rest.sizes.length + 1);
    more[rest.sizes.length] = size;
    int[][] with = rest.axes.clone();
    with[axis] = new int[] {rest.sizes.length};
    return new View(more, with);
  }

  /** The last axes stay where they are, behind as many new ones of one element. */
  View withLeading(int more) {
    int[][] with = new int[more + rank()][0];
    System.arraycopy(axes, 0, with, more, rank());
    return new View(sizes, with);
  }

  /** Without the first axis, which has one element. */
  View withoutFirst() {
    return new View(sizes, Arrays.copyOfRange(axes, 1, axes.length));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof View view
        && Arrays.equals(sizes, view.sizes)
        && Arrays.deepEquals(axes, view.axes);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(sizes) + Arrays.deepHashCode(axes);
  }

  @Override
  public String toString() {
    return Arrays.toString(sizes) + Arrays.deepToString(axes);
  }
}
