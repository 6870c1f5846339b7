// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.onnx.schema.OnnxProto.AttributeProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Writes {@link Reduce}: what belongs to one element of the result is brought side by side, then
 * reduced along one axis.
 */
final class ReduceWriter {
  /** From here on all reductions take their axes as an input. */
  private static final int AXES_ARE_INPUTS = 18;

  private ReduceWriter() {}

  static Written write(WriteCall call) {
    Reduce layer = (Reduce) call.node().layer();
    int outputs = layer.shape().size();
    int each = call.x().shape().size() / outputs;
    String x = call.inMemory(call.x()).name();
    int[][] tables =
        IntStream.range(0, layer.kept().length + layer.reduced().length)
            .mapToObj(
                i ->
                    i < layer.kept().length
                        ? layer.kept()[i]
                        : layer.reduced()[i - layer.kept().length])
            .toArray(int[][]::new);
    String sorted = sorted(call, x, tables);
    if (sorted == null) {
      sorted = ShapeWriters.gather(call, x, Reduce.sums(tables), outputs * each, 1);
    }
    String rows = call.reshape(sorted, outputs, each);
    return Written.inMemory(reduced(call, layer.op(), rows), layer.shape());
  }

  /** The axes in the order of the tables; {@code null} if the tables are not those of axes. */
  private static String sorted(WriteCall call, String x, int[][] tables) {
    List<Integer> axes = new ArrayList<>();
    for (int t = 0; t < tables.length; t++) {
      if (tables[t].length > 1) {
        axes.add(t);
      }
    }
    List<Integer> memory = new ArrayList<>(axes);
    memory.sort(Comparator.comparing((Integer t) -> tables[t][1]).reversed());
    int stride = 1;
    for (int t : memory.reversed()) {
      for (int i = 0; i < tables[t].length; i++) {
        if (tables[t][i] != i * stride) {
          return null;
        }
      }
      stride *= tables[t].length;
    }
    if (memory.equals(axes)) {
      return x;
    }
    String apart = call.reshape(x, memory.stream().mapToInt(t -> tables[t].length).toArray());
    int[] order =
        IntStream.concat(IntStream.of(0), axes.stream().mapToInt(t -> memory.indexOf(t) + 1))
            .toArray();
    return call.transpose(apart, order);
  }

  private static String reduced(WriteCall call, ReduceOp op, String rows) {
    AttributeProto dropped = Sheet.integer("keepdims", 0);
    if (op.isIndex()) {
      boolean last = op == ReduceOp.ARG_MAX_LAST || op == ReduceOp.ARG_MIN_LAST;
      boolean most = op == ReduceOp.ARG_MAX || op == ReduceOp.ARG_MAX_LAST;
      String index =
          call.node(
              most ? "ArgMax" : "ArgMin",
              List.of(rows),
              Sheet.integer("axis", 2),
              dropped,
              Sheet.integer("select_last_index", last ? 1 : 0));
      AttributeProto real = Sheet.integer("to", TensorProto.DataType.FLOAT.getNumber());
      return call.main("Cast", List.of(index), real);
    }
    boolean input = op == ReduceOp.SUM || call.opset() >= AXES_ARE_INPUTS;
    return input
        ? call.main(operator(op), List.of(rows, call.sheet().wholes(2)), dropped)
        : call.main(operator(op), List.of(rows), Sheet.ints("axes", 2), dropped);
  }

  private static String operator(ReduceOp op) {
    return switch (op) {
      case L1 -> "ReduceL1";
      case L2 -> "ReduceL2";
      case LOG_SUM -> "ReduceLogSum";
      case LOG_SUM_EXP -> "ReduceLogSumExp";
      case MAX -> "ReduceMax";
      case MEAN -> "ReduceMean";
      case MIN -> "ReduceMin";
      case PROD -> "ReduceProd";
      case SUM -> "ReduceSum";
      case SUM_SQUARE -> "ReduceSumSquare";
      default -> throw new IllegalArgumentException("no operator for " + op);
    };
  }
}
