// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.graph.Layer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Axes of which one element is made, as a sum or a maximum. */
final class Reductions {
  private final Wiring wiring;
  private final int batch; // 0: the batch is not an axis of its own

  Reductions(Wiring wiring) {
    this.wiring = wiring;
    batch = wiring.batch();
  }

  /**
   * Makes one element of each axis of some.
   *
   * @param axes which, of all
   * @param keep whether they stay, with one element each
   */
  Value reduce(ReduceOp op, Value value, boolean[] axes, boolean keep) {
    int[] dims = value.dims();
    int[] to = new int[dims.length];
    Arrays.setAll(to, axis -> axes[axis] ? 1 : dims[axis]);
    Value reduced;
    if (value instanceof Constant constant) {
      reduced = evaluate(op, constant, axes, to);
    } else {
      Activation a = (Activation) value;
      reduced = batch != 0 && axes[0] ? mixes() : reduce(op, a, axes);
    }
    int[] left = IntStream.range(0, dims.length).filter(i -> !axes[i]).map(i -> to[i]).toArray();
    return keep ? reduced : wiring.axes().reshape(reduced, left);
  }

  private static Value mixes() {
    throw new ImportFault.MixesBatch();
  }

  private Activation reduce(ReduceOp op, Activation a, boolean[] axes) {
    boolean[] inner = batch == 0 ? axes : Arrays.copyOfRange(axes, 1, axes.length);
    boolean[] kept = new boolean[inner.length];
    for (int axis = 0; axis < inner.length; axis++) {
      kept[axis] = !inner[axis];
    }
    View out = a.view().restrict(kept);
    Type type = op.isIndex() ? Type.INT : a.type();
    Activation result = a.with(type);
    int[] factors = a.view().factors();
    int[] axisOf = a.view().axesOfFactors();
    boolean outermost = op == ReduceOp.MEAN || op == ReduceOp.MAX; // the reduced ones
    for (int f = 1; f < factors.length; f++) {
      outermost &= !inner[axisOf[f]] || inner[axisOf[f - 1]];
    }
    if (outermost && out.size() > 1 && inner[axisOf[0]]) {
      Layer pooling = op == ReduceOp.MEAN ? AvgPool2d.global() : MaxPool2d.global();
      return result.with(wiring.layer(pooling, Map.of(), wiring.rows(a.draft(), out.size())), out);
    }
    List<int[]> keptTables = new ArrayList<>();
    List<int[]> reducedTables = new ArrayList<>();
    int stride = a.view().size();
    for (int f = 0; f < factors.length; f++) {
      stride /= factors[f];
      int step = stride;
      wiring.budget().take(factors[f]);
      int[] table = IntStream.range(0, factors[f]).map(i -> i * step).toArray();
      if (!inner[axisOf[f]]) {
        keptTables.add(table);
      } else if (!op.isIndex()) {
        reducedTables.add(table);
      }
    }
    if (op.isIndex()) {
      for (int axis = 0; axis < inner.length; axis++) {
        if (inner[axis]) {
          reducedTables.add(a.view().offsets(axis));
        }
      }
    }
    Reduce layer =
        new Reduce(
            op,
            wiring.shape(out),
            keptTables.toArray(int[][]::new),
            reducedTables.toArray(int[][]::new));
    return result.with(wiring.layer(layer, Map.of(), a.draft()), out);
  }

  private Constant evaluate(ReduceOp op, Constant constant, boolean[] axes, int[] to) {
    int[][] offsets = constant.offsets();
    int[][] kept = new int[to.length][];
    int[][] reduced = new int[to.length][];
    for (int axis = 0; axis < to.length; axis++) {
      kept[axis] = axes[axis] ? new int[] {0} : offsets[axis];
      reduced[axis] = axes[axis] ? offsets[axis] : new int[] {0};
    }
    wiring.budget().take(constant.size());
    int[] first = Reduce.sums(kept);
    int[] each = Reduce.sums(reduced);
    if (each.length == 0) {
      throw new ImportFault("it reduces an axis without elements");
    }
    float[] data = constant.reals();
    float[] reals = new float[first.length];
    long[] wholes = new long[first.length];
    for (int o = 0; o < first.length; o++) {
      double result = op.of(data, first[o], each);
      reals[o] = (float) result;
      wholes[o] = (long) result;
    }
    return op.isIndex() || constant.type() != Type.FLOAT
        ? Constant.of(Type.INT, to, wholes)
        : Constant.of(to, reals);
  }
}
