// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import com.google.protobuf.ByteString;
import dev.lanewise.onnx.schema.OnnxProto.AttributeProto;
import dev.lanewise.onnx.schema.OnnxProto.GraphProto;
import dev.lanewise.onnx.schema.OnnxProto.ModelProto;
import dev.lanewise.onnx.schema.OnnxProto.NodeProto;
import dev.lanewise.onnx.schema.OnnxProto.OperatorSetIdProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto.DataType;
import dev.lanewise.onnx.schema.OnnxProto.TensorShapeProto;
import dev.lanewise.onnx.schema.OnnxProto.TypeProto;
import dev.lanewise.onnx.schema.OnnxProto.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Makes small models, good and bad ones. Dimensions below 1 are open. */
final class ModelBuilder {
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
  private int opset = 18;

  ModelBuilder opset(int version) {
    opset = version;
    return this;
  }

  ModelBuilder input(String name, int... dims) {
    graph.addInput(info(name, dims));
    return this;
  }

  ModelBuilder output(String name, int... dims) {
    graph.addOutput(info(name, dims));
    return this;
  }

  private static ValueInfoProto info(String name, int... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (int dim : dims) {
      if (dim > 0) {
        shape.addDimBuilder().setDimValue(dim);
      } else {
        shape.addDimBuilder().setDimParam("open");
      }
    }
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder().setElemType(DataType.FLOAT_VALUE);
    if (dims.length > 0) {
      tensor.setShape(shape);
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  ModelBuilder floats(String name, int[] dims, float... values) {
    return tensor(tensor(name, DataType.FLOAT, dims).addAllFloatData(boxed(values)));
  }

  static List<Float> boxed(float... values) {
    Float[] all = new Float[values.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = values[i];
    }
    return Arrays.asList(all);
  }

  /** Whole numbers in a list. */
  ModelBuilder ints(String name, long... values) {
    return tensor(
        tensor(name, DataType.INT64, values.length)
            .addAllInt64Data(Arrays.stream(values).boxed().toList()));
  }

  ModelBuilder tensor(TensorProto.Builder tensor) {
    graph.addInitializer(tensor);
    return this;
  }

  static TensorProto.Builder tensor(String name, DataType type, int... dims) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
    Arrays.stream(dims).forEach(tensor::addDims);
    return tensor;
  }

  static AttributeProto attribute(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    Arrays.stream(values).forEach(attribute::addInts);
    return attribute.build();
  }

  static AttributeProto number(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  static AttributeProto real(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  static AttributeProto text(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
        .build();
  }

  /**
   * Adds a node.
   *
   * @param wiring such as {@code "y = Conv(x, w)"}
   */
  ModelBuilder node(String wiring, AttributeProto... attributes) {
    String[] sides = wiring.split(" = ");
    String operator = sides[1].substring(0, sides[1].indexOf('('));
    String inputs = sides[1].substring(sides[1].indexOf('(') + 1, sides[1].length() - 1);
    graph.addNode(
        NodeProto.newBuilder()
            .setName("n" + graph.getNodeCount())
            .setOpType(operator)
            .addAllInput(inputs.isEmpty() ? List.of() : List.of(inputs.split(", ", -1)))
            .addAllOutput(List.of(sides[0].split(", ")))
            .addAllAttribute(List.of(attributes)));
    return this;
  }

  ModelProto build() {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .setProducerName("test")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
        .setGraph(graph)
        .build();
  }

  Path write(Path folder) throws IOException {
    return Files.write(folder.resolve("model.onnx"), build().toByteArray());
  }
}
