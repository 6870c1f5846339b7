// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.tensorboard;

import com.google.protobuf.ByteString;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.tensorboard.schema.EventProto.AttrValue;
import dev.lanewise.tensorboard.schema.EventProto.GraphDef;
import dev.lanewise.tensorboard.schema.EventProto.NodeDef;
import dev.lanewise.tensorboard.schema.EventProto.TensorShape;
import java.util.List;

/**
 * A network as TensorBoard draws it. The layer {@code 3.branch.0} is {@code 3/branch/conv2d[0]}, as
 * PyTorch writes it: blocks are boxes that open, and what a layer is can be read without a click.
 */
final class Diagram {
  /** Where TensorBoard looks for the shapes that it writes beside arrows. */
  private static final String SHAPES = "_output_shapes";

  private static final String PARAMETERS = "parameters";
  private static final String SHARED = "shared_with";
  private static final int ANY = -1;

  private Diagram() {}

  static GraphDef of(Graph graph) {
    GraphDef.Builder diagram = GraphDef.newBuilder();
    diagram.addNode(node(graph.input()));
    graph.nodes().forEach(node -> diagram.addNode(node(node)));
    return diagram.build();
  }

  private static NodeDef.Builder node(Node node) {
    NodeDef.Builder result =
        NodeDef.newBuilder()
            .setName(name(node))
            .putAttr(SHAPES, AttrValue.newBuilder().setList(shapes(node.shape())).build());
    if (node.layer() == null) {
      return result.setOp("input");
    }
    Description description = node.layer().description();
    result.setOp(description.kind());
    node.inputs().forEach(input -> result.addInput(name(input)));
    long parameters = node.parameters().stream().mapToLong(p -> p.value().size()).sum();
    if (parameters > 0) {
      result.putAttr(PARAMETERS, AttrValue.newBuilder().setI(parameters).build());
    }
    if (node.owner() != node) {
      result.putAttr(SHARED, value(node.owner().name()));
    }
    description.attributes().forEach((name, value) -> result.putAttr(name, value(value)));
    return result;
  }

  private static String name(Node node) {
    if (node.layer() == null) {
      return node.name();
    }
    int last = node.name().lastIndexOf('.') + 1;
    return node.name().substring(0, last).replace('.', '/')
        + (node.layer().description().kind() + "[" + node.name().substring(last) + "]");
  }

  private static AttrValue.List shapes(Shape shape) {
    TensorShape.Builder dims = TensorShape.newBuilder();
    for (int size : new int[] {ANY, shape.height(), shape.width(), shape.channels()}) {
      dims.addDim(TensorShape.Dim.newBuilder().setSize(size));
    }
    return AttrValue.List.newBuilder().addShape(dims).build();
  }

  /** An attribute of a layer: see {@link Description}. */
  private static AttrValue value(Object value) {
    AttrValue.Builder result = AttrValue.newBuilder();
    switch (value) {
      case Boolean flag -> result.setB(flag);
      case Double number -> result.setF(number.floatValue());
      case Number number -> result.setI(number.longValue());
      case List<?> numbers -> {
        AttrValue.List.Builder list = AttrValue.List.newBuilder();
        numbers.forEach(number -> list.addI(((Number) number).longValue()));
        result.setList(list);
      }
      default -> result.setS(ByteString.copyFromUtf8(value.toString()));
    }
    return result.build();
  }
}
