// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.data.Views;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.StoredTensor;
import dev.lanewise.layers.models.Models;
import dev.lanewise.onnx.schema.OnnxProto.GraphProto;
import dev.lanewise.onnx.schema.OnnxProto.ModelProto;
import dev.lanewise.onnx.schema.OnnxProto.NodeProto;
import dev.lanewise.onnx.schema.OnnxProto.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a written model looks like. */
final class WrittenModelTest {
  private static final Shape IMAGE = Shape.of(8, 6, 3);

  @TempDir Path folder;

  private static Network network() {
    Network network =
        new Network(
            IMAGE,
            new Sequential(new Conv2d(4, Window.same(3)).bias(false), new BatchNorm2d()),
            new Relu(),
            new MaxPool2d(2),
            new Dropout(0.25),
            new Flatten(),
            new Dense(2));
    network.initialize(3);
    return network;
  }

  private static List<String> operators(ModelProto model) {
    return model.getGraph().getNodeList().stream().map(NodeProto::getOpType).toList();
  }

  /** As PyTorch calls them; and nothing is moved between the layers. */
  @Test
  void namesAndNodes() {
    ModelProto model = ModelWriter.model(network(), 17);
    GraphProto graph = model.getGraph();
    assertEquals(
        List.of("Conv", "BatchNormalization", "Relu", "MaxPool", "Dropout", "Flatten", "Gemm"),
        operators(model));
    assertEquals(
        List.of(
            "0.0.weight",
            "0.1.weight",
            "0.1.bias",
            "0.1.running_mean",
            "0.1.running_var",
            "number.0.25",
            "5.weight",
            "5.bias"),
        graph.getInitializerList().stream().map(TensorProto::getName).toList());
    assertEquals(List.of(4L, 3L, 3L, 3L), graph.getInitializer(0).getDimsList());
    assertEquals("input", graph.getInput(0).getName());
    assertEquals("output", graph.getNode(6).getOutput(0));
    assertEquals("Lanewise", model.getProducerName());
    assertEquals(8, model.getIrVersion());
  }

  /** What comes back is the same network: layers, names and weights. */
  @Test
  void thereAndBack() throws IOException {
    Network network = network();
    Path file = folder.resolve("model.onnx");
    Onnx.write(network, file);
    Network again = Onnx.read(file);
    List<String> kinds = network.nodes().stream().map(n -> n.layer().description().kind()).toList();
    assertEquals(kinds, again.nodes().stream().map(n -> n.layer().description().kind()).toList());
    assertEquals(network.state().keySet(), again.state().keySet());
    for (Map.Entry<String, StoredTensor> entry : network.state().entrySet()) {
      assertArrayEquals(
          entry.getValue().value().data,
          again.state().get(entry.getKey()).value().data,
          entry.getKey());
    }
    assertEquals(0.25, again.nodes().get(4).layer().description().number("p", 0));
    Path second = folder.resolve("again.onnx");
    Onnx.write(again, second);
    assertEquals(operators(read(file)), operators(read(second)));
  }

  private static ModelProto read(Path file) throws IOException {
    return ModelProto.parseFrom(Files.readAllBytes(file));
  }

  @Test
  void sameBytes() throws IOException {
    Path one = folder.resolve("one.onnx");
    Path two = folder.resolve("two.onnx");
    Onnx.write(network(), one);
    Onnx.write(network(), two);
    assertEquals(-1, Files.mismatch(one, two));
  }

  /** Values are made once and before they are used, whatever the layers are called. */
  @Test
  void everyValueIsMadeOnce() {
    for (String name : List.of("mobilenet_v2", "squeezenet1_1")) {
      Network network = Models.named(name, Shape.of(32, 32, 3), 10);
      GraphProto graph = ModelWriter.model(network, 17).getGraph();
      Set<String> made = new HashSet<>(Set.of("input", ""));
      graph.getInitializerList().forEach(tensor -> assertEquals(true, made.add(tensor.getName())));
      Set<String> nodes = new HashSet<>();
      for (NodeProto node : graph.getNodeList()) {
        assertEquals(Set.of(), missing(node, made));
        assertEquals(true, made.add(node.getOutput(0)));
        assertEquals(true, nodes.add(node.getName()));
      }
    }
    Network odd =
        new Network(
            IMAGE,
            (graph, x) -> {
              var first = graph.add("output", new Relu(), x);
              var second = graph.add("number", new Flatten(), first);
              return graph.add("input/Flatten", new Dense(2), second);
            });
    assertEquals(List.of("Relu", "Flatten", "Gemm"), operators(ModelWriter.model(odd, 17)));
  }

  private static Set<String> missing(NodeProto node, Set<String> made) {
    Set<String> missing = new HashSet<>(node.getInputList());
    missing.removeAll(made);
    return missing;
  }

  /** Mean and deviation are in the model, and go back to where they came from. */
  @Test
  void preparation() throws IOException {
    Preparation preparation =
        Preparation.NONE
            .framing(Framing.CROP)
            .normalize(new Normalize(new float[] {0.1f, 0.2f, 0.3f}, new float[] {0.5f, 0.25f, 2}))
            .classNames(List.of("cat", "dog"))
            .views(new Views(true, 1));
    Network network = network().with(preparation);
    Path file = folder.resolve("prepared.onnx");
    Onnx.write(network, file);
    assertEquals(List.of("Sub", "Div", "Conv"), operators(read(file)).subList(0, 3));

    float[] image = Constant.reals(IMAGE.size(), i -> i * 37 % 101 / 100.0);
    Predictor plain = new Predictor(network.with(preparation.views(Views.ONE)));
    float[] expected = plain.outputs(image);
    float[] y = Runtime.run(Files.readAllBytes(file), image, IMAGE, Shape.flat(2));
    assertArrayEquals(expected, y, 1e-5f);

    Network again = Onnx.read(file);
    assertEquals(preparation, again.preparation());
    assertEquals(network.nodes().size(), again.nodes().size());
    assertArrayEquals(
        new Predictor(network).outputs(image), new Predictor(again).outputs(image), 1e-5f);
    Network inner = OnnxModel.load(file).network("1");
    assertEquals(List.of(), inner.preparation().classNames());
    assertEquals(preparation.normalize(), inner.preparation().normalize());
  }

  /** Somebody has changed the model: then it does what its nodes say. */
  @Test
  void anotherNormalization() throws IOException {
    Normalize one = new Normalize(0.5f, 0.25f);
    Path file = folder.resolve("changed.onnx");
    Onnx.write(network().with(Preparation.NONE.normalize(one)), file);
    ModelProto.Builder model = read(file).toBuilder();
    int mean =
        model.getGraphBuilder().getInitializerList().stream()
            .map(TensorProto::getName)
            .toList()
            .indexOf("preparation.mean");
    model.getGraphBuilder().getInitializerBuilder(mean).clearRawData().addFloatData(0.75f);
    Files.write(file, model.build().toByteArray());
    Network again = Onnx.read(file);
    assertEquals(null, again.preparation().normalize());
    assertNotEquals(network().nodes().size(), again.nodes().size());
  }

  /** A layer of somebody else. */
  private record Odd(String kind) implements Layer {
    @Override
    public Description description() {
      return Description.of(kind);
    }

    @Override
    public Shape outputShape(Shape... inputs) {
      return inputs[0];
    }

    @Override
    public Pass newPass(Site site) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void namesAllLayersThatItDoesNotKnow() {
    Network network = new Network(IMAGE, new Odd("acme.a"), new Relu(), new Odd("acme.b"));
    Path file = folder.resolve("none.onnx");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Onnx.write(network, file));
    assertEquals(
        "there are no ONNX operators for these layers: 0 (acme.a), 2 (acme.b)", e.getMessage());
    assertFalse(Files.exists(file));
  }

  @Test
  void versions() throws IOException {
    Path file = folder.resolve("old.onnx");
    for (int opset : new int[] {16, ModelWriter.NEWEST + 1}) {
      assertThrows(
          IllegalArgumentException.class, () -> Onnx.write(network(), file, opset), "" + opset);
    }
    for (int opset = 17; opset <= ModelWriter.NEWEST; opset++) {
      Onnx.write(network(), file, opset);
      assertEquals(opset, OnnxModel.load(file).opset());
    }
  }
}
