// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.onnx.schema.OnnxProto.GraphProto;
import dev.lanewise.onnx.schema.OnnxProto.ModelProto;
import dev.lanewise.onnx.schema.OnnxProto.OperatorSetIdProto;
import dev.lanewise.onnx.schema.OnnxProto.StringStringEntryProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorShapeProto;
import dev.lanewise.onnx.schema.OnnxProto.TypeProto;
import dev.lanewise.onnx.schema.OnnxProto.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * From a network to the nodes of a model, layer by layer, as in an inference: the reverse of {@link
 * Importer}. The model computes in channels first; weights are put into that order.
 */
final class ModelWriter {
  /** The versions of the operators. */
  static final int OLDEST = 17;

  static final int NEWEST = 25;

  /** The version of the format that came with each of them. */
  private static final int[] FORMATS = {8, 8, 9, 9, 10, 10, 11, 12, 13};

  private static final String INPUT = "input";
  private static final String OUTPUT = "output";
  private static final String BATCH = "N";

  private ModelWriter() {}

  /**
   * Makes a model of a network.
   *
   * @param network its present weights are copied
   * @param opset the version of the operators
   * @return the model
   * @throws IllegalArgumentException if there are no operators for a layer; the message names all
   *     of them
   */
  static ModelProto model(Network network, int opset) {
    if (opset < OLDEST || opset > NEWEST) {
      throw new IllegalArgumentException(
          "models are written with operators of version "
              + (OLDEST + " to " + NEWEST + ", not " + opset));
    }
    requireKnown(network);
    Sheet sheet = new Sheet();
    sheet.reserve(INPUT);
    sheet.reserve(OUTPUT);
    Map<Node, Written> values = new HashMap<>();
    Shape in = network.inputShape();
    Written input = in.isFlat() ? Written.inMemory(INPUT, in) : Written.image(INPUT, in);
    values.put(network.graph().input(), normalized(sheet, input, network));
    Written last = values.get(network.graph().output());
    for (Node node : network.nodes()) {
      List<Written> inputs = node.inputs().stream().map(values::get).toList();
      WriteCall call = new WriteCall(sheet, node, inputs, opset);
      Written made = Writers.ALL.get(node.layer().description().kind()).write(call);
      boolean end = node == network.graph().output();
      last = end ? result(call, made) : made;
      values.put(node, made);
    }
    if (last.name().equals(INPUT)) {
      last = last.with(sheet.node("identity", "Identity", List.of(INPUT)));
    }
    sheet.rename(last.name(), OUTPUT);
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .setName("network")
            .addInput(info(INPUT, in))
            .addOutput(info(OUTPUT, last.shape()));
    sheet.addTo(graph);
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(FORMATS[opset - OLDEST])
            .setProducerName("Lanewise")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(opset))
            .setGraph(graph);
    ModelFile.metadata(network.preparation())
        .forEach(
            (key, value) ->
                model.addMetadataProps(
                    StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return model.build();
  }

  private static void requireKnown(Network network) {
    List<String> unknown = new ArrayList<>();
    for (Node node : network.nodes()) {
      String kind = node.layer().description().kind();
      if (!Writers.ALL.containsKey(kind)) {
        unknown.add(node.name() + " (" + kind + ")");
      }
    }
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "there are no ONNX operators for these layers: " + String.join(", ", unknown));
    }
  }

  /** What the network makes of an image: a flat output in the order of memory, else an image. */
  private static Written result(WriteCall call, Written made) {
    return made.shape().isFlat() ? call.inMemory(made) : call.image(made);
  }

  /** {@code (x - mean) / deviation}. */
  private static Written normalized(Sheet sheet, Written x, Network network) {
    Normalize normalize = network.preparation().normalize();
    if (normalize == null) {
      return x;
    }
    String mean = perChannel(sheet, Normalization.MEAN, normalize.mean(), x);
    String deviation = perChannel(sheet, Normalization.DEVIATION, normalize.deviation(), x);
    String centred = sheet.node(Normalization.MEAN + "/Sub", "Sub", List.of(x.name(), mean));
    return x.with(sheet.node(Normalization.DEVIATION + "/Div", "Div", List.of(centred, deviation)));
  }

  private static String perChannel(Sheet sheet, String name, float[] values, Written x) {
    int[] dims = x.isImage() ? new int[] {values.length, 1, 1} : new int[] {values.length};
    return sheet.tensor(name, dims, values);
  }

  private static ValueInfoProto info(String name, Shape shape) {
    TensorShapeProto.Builder dims =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(BATCH))
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(shape.channels()));
    if (!shape.isFlat()) {
      dims.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(shape.height()))
          .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(shape.width()));
    }
    TypeProto.Tensor type =
        TypeProto.Tensor.newBuilder()
            .setElemType(TensorProto.DataType.FLOAT.getNumber())
            .setShape(dims)
            .build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(type))
        .build();
  }
}
