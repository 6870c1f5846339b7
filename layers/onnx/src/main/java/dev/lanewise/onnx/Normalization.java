// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.data.Normalize;
import dev.lanewise.onnx.schema.OnnxProto.GraphProto;
import dev.lanewise.onnx.schema.OnnxProto.NodeProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The normalisation of images at the beginning of a model that Lanewise has written. A network does
 * not have it among its layers, but in its preparation.
 */
final class Normalization {
  /** What the constants are called. */
  static final String MEAN = "preparation.mean";

  static final String DEVIATION = "preparation.deviation";

  private Normalization() {}

  /**
   * A model without its normalisation, whose nodes come first.
   *
   * @param normalize what the metadata say; may be {@code null}
   * @return {@code null} if the model does not begin with it
   */
  static GraphProto without(GraphProto graph, Normalize normalize) {
    if (normalize == null || graph.getNodeCount() < 2 || graph.getInputCount() != 1) {
      return null;
    }
    NodeProto sub = graph.getNode(0);
    NodeProto div = graph.getNode(1);
    String input = graph.getInput(0).getName();
    boolean first =
        is(graph, sub, "Sub", input, normalize.mean())
            && is(graph, div, "Div", sub.getOutput(0), normalize.deviation());
    if (!first || reads(graph, input) != 1 || reads(graph, sub.getOutput(0)) != 1) {
      return null;
    }
    GraphProto.Builder plain = graph.toBuilder().removeNode(0).removeNode(0);
    String normalized = div.getOutput(0);
    plain.getInputBuilder(0).setName(normalized);
    return plain.build();
  }

  private static boolean is(
      GraphProto graph, NodeProto node, String operator, String input, float[] values) {
    if (!node.getOpType().equals(operator)
        || node.getInputCount() != 2
        || node.getOutputCount() != 1
        || !node.getInput(0).equals(input)) {
      return false;
    }
    return graph.getInitializerList().stream()
        .filter(tensor -> tensor.getName().equals(node.getInput(1)))
        .anyMatch(tensor -> Arrays.equals(floats(tensor), values));
  }

  private static float[] floats(TensorProto tensor) {
    if (tensor.getDataType() != TensorProto.DataType.FLOAT.getNumber()
        || tensor.getRawData().size() % Float.BYTES != 0) {
      return new float[0];
    }
    float[] floats = new float[tensor.getRawData().size() / Float.BYTES];
    tensor
        .getRawData()
        .asReadOnlyByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(floats);
    return floats;
  }

  private static long reads(GraphProto graph, String name) {
    return graph.getNodeList().stream()
        .flatMap(node -> node.getInputList().stream())
        .filter(name::equals)
        .count();
  }
}
