// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.Concatenate;
import dev.lanewise.layers.graph.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Axes of values, the batch included: in another order, under other dimensions, some of their
 * indices, and several values along one.
 */
final class Axes {
  private final Wiring wiring;
  private final int batch; // 0: the batch is not an axis of its own

  Axes(Wiring wiring) {
    this.wiring = wiring;
    batch = wiring.batch();
  }

  /** The same elements under other dimensions. */
  Value reshape(Value value, int... dims) {
    if (Dims.size(dims) != Dims.size(value.dims())) {
      throw new ImportFault(
          "it cannot make " + Arrays.toString(dims) + " of " + Arrays.toString(value.dims()));
    }
    if (value instanceof Constant constant) {
      return constant.reshape(dims);
    }
    Activation a = (Activation) value;
    int[] inner = wiring.inner(dims, false);
    View view = a.view().reshape(inner);
    if (view != null) {
      return a.with(view);
    }
    return wiring.arrange(a, View.plain(a.view().dims())).with(View.plain(inner));
  }

  /** Axes in another order. */
  Value transpose(Value value, int... order) {
    int[] dims = value.dims();
    int[] sorted = order.clone();
    Arrays.sort(sorted);
    if (!Arrays.equals(sorted, IntStream.range(0, dims.length).toArray())) {
      throw new ImportFault("it orders axes as " + Arrays.toString(order));
    }
    if (value instanceof Constant constant) {
      wiring.budget().take(constant.size());
      int[][] offsets = constant.offsets();
      return constant.take(
          Arrays.stream(order).map(a -> dims[a]).toArray(),
          Arrays.stream(order).mapToObj(a -> offsets[a]).toArray(int[][]::new),
          0);
    }
    Activation a = (Activation) value;
    if (batch != 0 && order[0] != 0) {
      throw new ImportFault.MixesBatch();
    }
    int skip = batch == 0 ? 0 : 1;
    return a.with(
        a.view().transpose(Arrays.stream(order).skip(skip).map(axis -> axis - skip).toArray()));
  }

  /**
   * Some indices of each axis.
   *
   * @param index of each axis: which indices; {@code null} for all, negative for the constant
   * @param fill the constant
   */
  Value take(Value value, int[][] index, double fill) {
    int[] dims = value.dims();
    int[] to = dims.clone();
    boolean same = true;
    for (int axis = 0; axis < to.length; axis++) {
      int end = dims[axis];
      if (index[axis] != null && isAll(index[axis], end)) {
        index[axis] = null;
      }
      if (index[axis] != null) {
        same = false;
        to[axis] = index[axis].length;
        if (Arrays.stream(index[axis]).anyMatch(i -> i >= end)) {
          throw new ImportFault("an index is beyond the end of axis " + axis + " of " + end);
        }
      }
    }
    if (same) {
      return value;
    }
    if (value instanceof Constant constant) {
      wiring.budget().take(Dims.size(to));
      return constant.take(to, tables(constant.offsets(), index), fill);
    }
    Activation a = (Activation) value;
    if (batch != 0 && index[0] != null) {
      throw new ImportFault.MixesBatch();
    }
    int skip = batch == 0 ? 0 : 1;
    Dims.requireSome(to);
    Dims.requireTables(dims);
    Dims.requireTables(to);
    for (int axis = skip; axis < to.length; axis++) {
      if (!a.view().isWhole(axis - skip) && index[axis] != null) {
        a = wiring.arrange(a, wiring.standard(a.view().dims()));
        break;
      }
    }
    int[] inner = Arrays.copyOfRange(to, skip, to.length);
    boolean keeps = a.view().allWhole();
    for (int axis = 0; axis < inner.length; axis++) {
      keeps &= inner[axis] == 1 || a.view().dim(axis) != 1;
    }
    View view = keeps ? a.view().resize(inner) : wiring.standard(inner);
    int[][] offsets = new int[inner.length][];
    for (int axis = 0; axis < inner.length; axis++) {
      offsets[axis] = a.view().offsets(axis);
    }
    int[][] all = tables(offsets, Arrays.copyOfRange(index, skip, index.length));
    return a.with(wiring.taken(a.draft(), inOrder(all, view), view, fill), view);
  }

  private static boolean isAll(int[] index, int end) {
    return index.length == end && IntStream.range(0, end).allMatch(i -> index[i] == i);
  }

  private static int[][] tables(int[][] offsets, int[][] index) {
    int[][] tables = new int[index.length][];
    for (int axis = 0; axis < index.length; axis++) {
      int[] of = offsets[axis];
      tables[axis] =
          index[axis] == null
              ? of
              : Arrays.stream(index[axis]).map(i -> i < 0 ? -1 : of[i]).toArray();
    }
    return tables;
  }

  /** Tables of whole axes in their order in memory; what axes of one element add goes along. */
  private static int[][] inOrder(int[][] tables, View view) {
    int[] axes = view.axesOfFactors();
    List<int[]> ordered = new ArrayList<>();
    int base = 0;
    for (int axis = 0; axis < tables.length; axis++) {
      if (tables[axis].length == 1) {
        base = base < 0 || tables[axis][0] < 0 ? -1 : base + tables[axis][0];
      }
    }
    ordered.add(new int[] {base});
    for (int axis : axes) {
      ordered.add(tables[axis]);
    }
    return (base == 0 && axes.length > 0 ? ordered.subList(1, ordered.size()) : ordered)
        .toArray(int[][]::new);
  }

  /** One after the other along an axis. */
  Value concat(List<Value> values, int axis) {
    int[] to = values.getFirst().dims().clone();
    to[axis] = 0;
    for (Value value : values) {
      int[] dims = value.dims();
      for (int i = 0; i < to.length; i++) {
        if (dims.length != to.length || i != axis && dims[i] != to[i]) {
          throw new ImportFault(
              "it joins " + Arrays.toString(dims) + " and " + Arrays.toString(to));
        }
      }
      to[axis] = Math.addExact(to[axis], dims[axis]);
    }
    if (values.size() == 1) {
      return values.getFirst();
    }
    if (values.stream().allMatch(Constant.class::isInstance)) {
      return concatConstants(values.stream().map(Constant.class::cast).toList(), axis, to);
    }
    List<Activation> parts =
        values.stream().filter(v -> Dims.size(v.dims()) > 0).map(this::repeated).toList();
    if (batch != 0 && axis == 0) {
      throw new ImportFault.MixesBatch();
    }
    int at = batch == 0 ? axis : axis - 1;
    int[] order = order(parts, at);
    int[] dims = parts.getFirst().view().dims();
    int inner = 1;
    for (int i = order.length - 1; order[i] != at; i--) {
      inner *= dims[order[i]];
    }
    List<Draft> drafts = new ArrayList<>();
    Shape shape = null;
    for (Activation part : parts) {
      dims[at] = part.view().dim(at);
      Draft draft = wiring.arrange(part, View.of(dims, order)).draft();
      int channels = dims[at] * inner;
      if (shape == null) {
        shape = wiring.rows(draft, channels).shape();
      }
      drafts.add(wiring.shaped(draft, new Shape(shape.height(), shape.width(), channels)));
    }
    dims[at] = parts.stream().mapToInt(part -> part.view().dim(at)).sum();
    Draft joined =
        drafts.size() == 1
            ? drafts.getFirst()
            : wiring.layer(new Concatenate(), Map.of(), drafts.toArray(Draft[]::new));
    return parts.getFirst().with(joined, View.of(dims, order));
  }

  /** The order of the axes in memory that the parts are brought to. */
  private int[] order(List<Activation> parts, int joined) {
    int[] dims = parts.getFirst().view().dims();
    for (Activation part : parts) {
      if (part.view().allWhole() && (part.view().dim(joined) > 1 || dims.length == 1)) {
        return part.view().memoryOrder();
      }
    }
    int[] twos = new int[dims.length]; // a factor for every axis
    Arrays.fill(twos, 2);
    if (batch == 0 && dims.length > 0) {
      twos[0] = 1;
    }
    return wiring.standard(twos).memoryOrder();
  }

  /** A constant is the same for every image. */
  private Activation repeated(Value value) {
    if (value instanceof Constant constant && batch > 1 && constant.dims()[0] == batch) {
      throw new ImportFault.MixesBatch();
    }
    return wiring.activation(value);
  }

  private Constant concatConstants(List<Constant> parts, int axis, int[] to) {
    wiring.budget().take(Dims.size(to));
    int inner = Dims.size(Arrays.copyOfRange(to, axis + 1, to.length));
    int outer = Dims.size(Arrays.copyOf(to, axis));
    boolean real = parts.stream().anyMatch(part -> part.type() == Type.FLOAT);
    float[] reals = real ? new float[Dims.size(to)] : null;
    long[] wholes = real ? null : new long[Dims.size(to)];
    int at = 0;
    for (int o = 0; o < outer; o++) {
      for (Constant part : parts) {
        int run = part.dims()[axis] * inner;
        for (int i = 0; i < run; i++, at++) {
          if (real) {
            reals[at] = part.real(o * run + i);
          } else {
            wholes[at] = part.whole(o * run + i);
          }
        }
      }
    }
    return new Constant(parts.getFirst().type(), to, reals, wholes, null);
  }
}
