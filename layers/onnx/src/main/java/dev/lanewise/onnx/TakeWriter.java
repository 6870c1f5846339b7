// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Writes {@link Take}: as slices, paddings and selections of rows, columns and channels if it is
 * made of them, otherwise as one selection among all elements.
 */
final class TakeWriter {
  /** In the order of memory: the axis of each in a value {@code [N, C, H, W]}. */
  private static final int[] AXES = {2, 3, 1};

  private final WriteCall call;
  private final Take layer;

  private TakeWriter(WriteCall call) {
    this.call = call;
    layer = (Take) call.node().layer();
  }

  static Written write(WriteCall call) {
    return new TakeWriter(call).write();
  }

  private Written write() {
    Shape in = call.x().shape();
    int[][] axes = axes(in);
    if (axes == null) {
      return byElements(in);
    }
    int[] dims = dims(in);
    if (in.isFlat() && layer.shape().isFlat()) {
      String x = call.inMemory(call.x()).name();
      return Written.inMemory(take(x, axes[2], dims[2], 1, 2), layer.shape());
    }
    String x = call.image(call.x()).name();
    for (int t = 0; t < axes.length; t++) {
      x = take(x, axes[t], dims[t], AXES[t], 4);
    }
    return Written.image(x, layer.shape());
  }

  private static int[] dims(Shape s) {
    return new int[] {s.height(), s.width(), s.channels()};
  }

  /**
   * The indices of rows, columns and channels, negative for the constant.
   *
   * @return {@code null} if it is not made of them
   */
  private int[][] axes(Shape in) {
    int[] wanted = dims(layer.shape());
    int[] own = dims(in);
    int[][] axes = new int[wanted.length][];
    int[][] tables = layer.tables();
    int next = tables.length - 1;
    int stride = 1;
    for (int t = wanted.length - 1; t >= 0; t--) {
      int[] offsets = {0};
      while (next >= 0 && (offsets.length < wanted[t] || tables[next].length == 1)) {
        offsets = outer(tables[next--], offsets);
      }
      if (offsets.length != wanted[t]) {
        return null;
      }
      axes[t] = new int[offsets.length];
      for (int i = 0; i < offsets.length; i++) {
        boolean fits = offsets[i] < 0 || offsets[i] % stride == 0 && offsets[i] / stride < own[t];
        if (!fits) {
          return null;
        }
        axes[t][i] = offsets[i] < 0 ? -1 : offsets[i] / stride;
      }
      stride *= own[t];
    }
    return axes;
  }

  /** Sums of offsets, the inner ones fastest; negative if one is. */
  private static int[] outer(int[] table, int[] inner) {
    int[] sums = new int[table.length * inner.length];
    for (int i = 0; i < sums.length; i++) {
      int a = table[i / inner.length];
      int b = inner[i % inner.length];
      sums[i] = a < 0 || b < 0 ? -1 : a + b;
    }
    return sums;
  }

  /** Some indices of one axis. */
  private String take(String x, int[] indices, int length, int axis, int rank) {
    int from = 0;
    int to = indices.length;
    while (from < to && indices[from] < 0) {
      from++;
    }
    while (to > from && indices[to - 1] < 0) {
      to--;
    }
    int[] middle = Arrays.copyOfRange(indices, from, to);
    int step = middle.length > 1 ? middle[1] - middle[0] : 1;
    boolean regular = middle.length > 0 && step > 0;
    for (int i = 0; regular && i < middle.length; i++) {
      regular = middle[i] == middle[0] + i * step && middle[i] >= 0;
    }
    if (regular) {
      return padded(sliced(x, middle, step, length, axis), from, indices.length - to, axis, rank);
    }
    boolean filled = Arrays.stream(indices).anyMatch(i -> i < 0);
    String in = filled ? padded(x, 0, 1, axis, rank) : x;
    int[] all = IntStream.of(indices).map(i -> i < 0 ? length : i).toArray();
    return ShapeWriters.gather(call, in, all, filled ? length + 1 : length, axis);
  }

  private String sliced(String x, int[] indices, int step, int length, int axis) {
    if (indices.length == length) {
      return x;
    }
    Sheet sheet = call.sheet();
    List<String> inputs =
        List.of(
            x,
            sheet.wholes(indices[0]),
            sheet.wholes(indices[indices.length - 1] + 1),
            sheet.wholes(axis),
            sheet.wholes(step));
    return call.node("Slice", inputs);
  }

  private String padded(String x, int before, int after, int axis, int rank) {
    if (before == 0 && after == 0) {
      return x;
    }
    int[] pads = new int[2 * rank];
    pads[axis] = before;
    pads[rank + axis] = after;
    Sheet sheet = call.sheet();
    return call.node("Pad", List.of(x, sheet.wholes(pads), sheet.number(layer.fill())));
  }

  private Written byElements(Shape in) {
    int[] all = {0};
    for (int[] table : layer.tables()) {
      all = outer(all, table);
    }
    String x = call.inMemory(call.x()).name();
    return Written.inMemory(take(x, all, in.size(), 1, 2), layer.shape());
  }
}
