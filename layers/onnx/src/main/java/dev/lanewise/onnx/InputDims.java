// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.onnx.schema.OnnxProto.GraphProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorShapeProto.Dimension;
import dev.lanewise.onnx.schema.OnnxProto.TypeProto;
import dev.lanewise.onnx.schema.OnnxProto.ValueInfoProto;
import java.util.ArrayList;
import java.util.List;

/** The dimensions of an input. */
final class InputDims {
  /** Of the batch, if it may have any length. */
  static final int FREE = -1;

  private InputDims() {}

  /**
   * Reads the dimensions.
   *
   * @param given dimensions that the caller knows, the batch included; {@code null} for none
   * @return with {@link #FREE} in the first place if the batch may have any length
   */
  static int[] of(GraphProto graph, String input, int[] given) {
    TypeProto type = typeOf(graph, input);
    if (!type.hasTensorType()) {
      throw new ImportFault("input '" + input + "' is no tensor");
    }
    boolean known = type.getTensorType().hasShape();
    List<Dimension> stated = type.getTensorType().getShape().getDimList();
    List<String> texts = new ArrayList<>();
    int[] dims = new int[known ? stated.size() : given == null ? 0 : given.length];
    boolean open = !known && given == null;
    for (int i = 0; i < dims.length; i++) {
      long value = known && stated.get(i).hasDimValue() ? stated.get(i).getDimValue() : 0;
      texts.add(value > 0 ? "" + value : "?");
      boolean fits = given == null || given.length == dims.length;
      long wanted = given != null && fits ? given[i] : value;
      if (!fits || wanted > Integer.MAX_VALUE || given != null && value > 0 && wanted != value) {
        throw new ImportFault(
            "input '%s' has dimensions %s, which are not those that were given"
                .formatted(input, text(stated)));
      }
      dims[i] = (int) Math.max(wanted, 0);
      if (dims[i] == 0 && i == 0 || i == 0 && value <= 0) {
        dims[i] = FREE;
      }
      open |= dims[i] == 0;
    }
    if (open) {
      throw new ImportFault(
          "input '%s' has dimensions %s, of which not all are known: give them when loading it"
              .formatted(input, known ? texts : "that it does not state"));
    }
    return dims;
  }

  private static TypeProto typeOf(GraphProto graph, String input) {
    return graph.getInputList().stream()
        .filter(value -> value.getName().equals(input))
        .findFirst()
        .map(ValueInfoProto::getType)
        .orElseThrow();
  }

  /** What the elements of an input are. */
  static Type type(GraphProto graph, String input) {
    return Tensors.type(typeOf(graph, input).getTensorType().getElemType());
  }

  private static List<String> text(List<Dimension> dims) {
    return dims.stream().map(dim -> dim.getDimValue() > 0 ? "" + dim.getDimValue() : "?").toList();
  }
}
