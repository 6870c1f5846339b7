// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.graph.Layout;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.onnx.schema.OnnxProto.AttributeProto;
import java.util.List;
import java.util.Map;

/**
 * The layers that an imported network has for operators without a layer of their own. Most work on
 * the order of memory.
 */
final class ImportedWriters {
  private ImportedWriters() {}

  static void addTo(Map<String, Writer> all) {
    all.put(AxisMap.KIND, ImportedWriters::axisMap);
    all.put(Constants.KIND, ImportedWriters::constants);
    all.put(LocalResponseNorm.KIND, ImportedWriters::localResponseNorm);
    all.put(MatrixProduct.KIND, ImportedWriters::matrixProduct);
    all.put(Pointwise.KIND, PointwiseWriter::write);
    all.put(Reduce.KIND, ReduceWriter::write);
    all.put(Reshape.KIND, call -> call.shaped(call.x(), call.shape()));
    all.put(Take.KIND, TakeWriter::write);
  }

  private static Written localResponseNorm(WriteCall call) {
    LocalResponseNorm norm = (LocalResponseNorm) call.node().layer();
    Written x = call.image(call.x());
    return x.with(
        call.main(
            "LRN",
            List.of(x.name()),
            Sheet.integer("size", norm.size()),
            Sheet.real("alpha", norm.alpha()),
            Sheet.real("beta", norm.beta()),
            Sheet.real("bias", norm.bias())));
  }

  /** A constant for every image of the batch. */
  private static Written constants(WriteCall call) {
    Shape s = call.shape();
    String value = call.tensor("value", Layout.image(s), dims(s));
    AttributeProto end = Sheet.integer("end", 1);
    String batch = call.node("Shape", List.of(call.x().name()), Sheet.integer("start", 0), end);
    List<String> parts = List.of(batch, call.sheet().wholes(1, 1, 1));
    String to = call.node("Concat", parts, Sheet.integer("axis", 0));
    return Written.image(call.main("Expand", List.of(value, to)), s);
  }

  private static int[] dims(Shape s) {
    return new int[] {1, s.channels(), s.height(), s.width()};
  }

  private static Written matrixProduct(WriteCall call) {
    MatrixProduct product = (MatrixProduct) call.node().layer();
    String left = matrices(call, call.inputs().get(0), product.left(), product.m(), product.k());
    String right = matrices(call, call.inputs().get(1), product.right(), product.k(), product.n());
    String y = call.main("MatMul", List.of(left, right));
    return Written.inMemory(call.reshape(y, call.shape().size()), call.shape());
  }

  /** Those of each product, {@code [N, products, rows, columns]}. */
  private static String matrices(WriteCall call, Written x, int[] which, int rows, int columns) {
    int count = x.shape().size() / (rows * columns);
    String all = call.reshape(call.inMemory(x).name(), count, rows, columns);
    return ShapeWriters.gather(call, all, which, count, 1);
  }

  private static Written axisMap(WriteCall call) {
    AxisMap map = (AxisMap) call.node().layer();
    float[] values = call.values("weight");
    int outputs = map.index().length / map.taps();
    float[][] weights = new float[outputs][map.inputs()];
    for (int i = 0; i < map.index().length; i++) {
      weights[i / map.taps()][map.index()[i]] += values[i];
    }
    Shape in = call.x().shape();
    Shape out = call.shape();
    int row = in.width() * in.channels();
    boolean sameWidth = in.width() == out.width() && in.channels() == out.channels();
    if (map.inner() == row && map.inputs() == in.height() && sameWidth) {
      return WindowWriters.sums(call, call.image(call.x()), weights, null);
    }
    boolean sameHeight = in.height() == out.height() && in.channels() == out.channels();
    if (map.inner() == in.channels() && map.inputs() == in.width() && sameHeight) {
      return WindowWriters.sums(call, call.image(call.x()), null, weights);
    }
    float[] all = new float[outputs * map.inputs()];
    for (int i = 0; i < all.length; i++) {
      all[i] = weights[i / map.inputs()][i % map.inputs()];
    }
    int outer = in.size() / (map.inputs() * map.inner());
    String x = call.reshape(call.inMemory(call.x()).name(), outer, map.inputs(), map.inner());
    String matrix = call.constant("weights", new int[] {outputs, map.inputs()}, all);
    String y = call.main("MatMul", List.of(matrix, x));
    return Written.inMemory(call.reshape(y, out.size()), out);
  }
}
