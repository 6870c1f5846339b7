// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.layers.cases.Oracle;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.io.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What PyTorch has computed with single layers: a file of {@code
 * src/test/python/pytorch_layers.py}, which says what is in it.
 */
final class RecordedCase {
  /** Of the largest value of a tensor: some roundings more than PyTorch's exact results have. */
  private static final double TOLERANCE = 0x1p-21;

  private final Safetensors content;
  private final Network network;
  private final int batch;

  private RecordedCase(String name, Block... blocks) throws IOException {
    Path file = Path.of("src", "test", "resources", "pytorch-layers", name + ".safetensors");
    content = Safetensors.read(file);
    int[] dims = content.tensors().get("0.x").dims(); // [N, C, H, W]
    batch = dims[0];
    network = new Network(new Shape(dims[2], dims[3], dims[1]), blocks);
    ModelFile.load(network.graph(), file, named("start."));
  }

  /** Whether a chain of layers does what the modules of the case did. */
  static void assertAgrees(String name, Layer... layers) throws IOException {
    RecordedCase recorded = new RecordedCase(name, layers);
    recorded.train();
    Map<String, Tensor> end = recorded.named("end.");
    Map<String, Tensor> state = ModelFile.tensors(recorded.network.graph());
    assertEquals(end.keySet(), state.keySet());
    end.forEach((key, tensor) -> assertNear("end." + key, tensor, state.get(key)));
    Chain inference = recorded.new Chain(Mode.INFERENCE);
    recorded.assertForward(inference, "eval");
  }

  /** Whether any network does, as far as it tells: nobody gets the gradient of the images. */
  static void assertNetworkAgrees(String name, Block... blocks) throws IOException {
    RecordedCase recorded = new RecordedCase(name, blocks);
    Network.Pass pass =
        recorded.network.trainingPass(recorded.batch, WorkerTeam.single(), Oracle.SEED);
    for (int step = 0; step < recorded.steps(); step++) {
      channelsLast(recorded.content.tensors().get(step + ".x"), pass.input());
      Tensor y = pass.forward(recorded.batch);
      assertImages(step + ".y", recorded.content.tensors().get(step + ".y"), y);
      recorded.zeroGrad();
      channelsLast(recorded.content.tensors().get(step + ".dy"), pass.outputGradient());
      pass.backward(recorded.batch);
      recorded.assertGradients(step);
    }
  }

  private int steps() {
    return Integer.parseInt(content.metadata().get("steps"));
  }

  private void zeroGrad() {
    network.parameters().values().forEach(p -> java.util.Arrays.fill(p.grad().data, 0));
  }

  private void train() {
    Chain chain = new Chain(Mode.TRAINING);
    for (int step = 0; step < steps(); step++) {
      assertForward(chain, step + "");
      zeroGrad();
      channelsLast(content.tensors().get(step + ".dy"), chain.gradients.getLast());
      chain.backward();
      assertImages(step + ".dx", content.tensors().get(step + ".dx"), chain.gradients.getFirst());
      assertGradients(step);
    }
  }

  private void assertGradients(int step) {
    for (Node node : network.nodes()) {
      for (Parameter p : node.parameters()) {
        Tensor actual = Tensor.zeros(node.state().get(p.name()).layout().dims());
        node.state().get(p.name()).layout().toFile(p.grad(), actual.data);
        String key = step + ".gradients." + node.name() + "." + p.name();
        assertNear(key, content.tensors().get(key), actual);
      }
    }
  }

  private void assertForward(Chain chain, String step) {
    channelsLast(content.tensors().get(step + ".x"), chain.values.getFirst());
    chain.forward();
    assertImages(step + ".y", content.tensors().get(step + ".y"), chain.values.getLast());
  }

  private Map<String, Tensor> named(String prefix) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    content.tensors().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .forEach(entry -> named.put(entry.getKey().substring(prefix.length()), entry.getValue()));
    return named;
  }

  /** The layers one after the other, with the gradient of the images, which no network wants. */
  private final class Chain {
    final Context context;
    final List<Tensor> values = new ArrayList<>();
    final List<Tensor> gradients = new ArrayList<>();
    final List<Pass> passes = new ArrayList<>();

    Chain(Mode mode) {
      context = new Context(mode, 0, new Workspace(WorkerTeam.single()));
      context.set(0, 0, batch);
      add(network.inputShape());
      for (Node node : network.nodes()) {
        passes.add(node.layer().newPass(new Site(node, batch, context, Epilogue.NONE, false)));
        add(node.shape());
      }
    }

    private void add(Shape shape) {
      values.add(Tensor.zeros(batch, shape));
      gradients.add(Tensor.zeros(batch, shape));
    }

    void forward() {
      for (int i = 0; i < passes.size(); i++) {
        passes.get(i).forward(context, new Tensor[] {values.get(i)}, values.get(i + 1));
      }
    }

    void backward() {
      for (int i = passes.size() - 1; i >= 0; i--) {
        Tensor[] x = {values.get(i)};
        Tensor[] dx = {gradients.get(i)};
        passes.get(i).backward(context, x, values.get(i + 1), gradients.get(i + 1), dx);
      }
    }
  }

  /** The actual tensor is channels last. */
  private static void assertImages(String what, Tensor expected, Tensor actual) {
    assertEquals(expected.size(), actual.size(), what);
    Tensor ordered = Tensor.zeros(actual.dims());
    channelsLast(expected, ordered);
    assertNear(what, ordered, actual);
  }

  private static void assertNear(String what, Tensor expected, Tensor actual) {
    assertEquals(expected.size(), actual.size(), what);
    double largest = 0;
    double off = 0;
    for (int i = 0; i < expected.size(); i++) {
      double value = expected.data[expected.offset + i];
      largest = Math.max(largest, Math.abs(value));
      off = Math.max(off, Math.abs(value - actual.data[actual.offset + i]));
    }
    assertTrue(off <= TOLERANCE * largest, what + " is off by " + off + ", largest " + largest);
  }

  /** [N, C, H, W] to [N, H, W, C]; a tensor of other dimensions stays as it is. */
  private static void channelsLast(Tensor from, Tensor to) {
    int[] dims = from.dims();
    boolean images = dims.length == 4;
    int channels = images ? dims[1] : 1;
    int pixels = images ? dims[2] * dims[3] : 1;
    for (int i = 0; i < from.size(); i++) {
      int n = i / (channels * pixels);
      int c = i / pixels % channels;
      to.data[to.offset + (n * pixels + i % pixels) * channels + c] = from.data[from.offset + i];
    }
  }
}
