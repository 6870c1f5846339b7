// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Initializer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.models.Models;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NetworkTest {
  private static final int BATCH = 3;
  private static final int CLASSES = 4;
  private static final Shape INPUT = new Shape(6, 7, 2);
  private static final int[] LABELS = {2, 0, 3};

  private final RandomStream random = new RandomStream(4);

  private static Network small() {
    Network network =
        new Network(
            INPUT,
            new Conv2d(3, Window.same(3)),
            new Relu(),
            new Conv2d(4, Window.valid(2).stride(1, 2)),
            new Relu(),
            new MaxPool2d(2),
            new Flatten(),
            new Dense(5),
            new Relu(),
            new Dense(CLASSES).initializer(Initializer.GLOROT_UNIFORM));
    network.initialize(8);
    RandomStream random = new RandomStream(5);
    network.parameters().values().stream()
        .filter(p -> p.name().equals("bias"))
        .forEach(p -> Tensors.fill(p.value(), random));
    return network;
  }

  /**
   * Rectifiers whose work their neighbours take over, and images divided among threads (one, two)
   * or not (more), against layers that know of no other.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void aNetworkGivesTheBitsOfItsLayers(int threads) {
    int batch = 5;
    Window same = Window.same(3);
    Network network =
        new Network(
            new Shape(9, 8, 1),
            new Conv2d(16, same),
            new Relu(), // in the convolutions on both sides
            new Conv2d(32, same),
            new Relu(), // in the pooling
            new MaxPool2d(2),
            new Conv2d(8, Window.valid(3).stride(2)),
            new Relu(), // forward in the convolution; Flatten takes nothing over
            new Flatten(),
            new Dense(6),
            new Relu(), // by itself
            new Dense(CLASSES));
    network.initialize(3);
    List<Node> nodes = network.nodes();
    int n = nodes.size();
    Tensor[] activations = new Tensor[n + 1];
    Tensor[] gradients = new Tensor[n + 1];
    Pass[] passes = new Pass[n];
    Context context = new Context(Mode.TRAINING, 0, new Workspace(WorkerTeam.single()));
    context.set(0, 0, batch);
    for (int i = 0; i <= n; i++) {
      Shape shape = i == 0 ? network.inputShape() : nodes.get(i - 1).shape();
      activations[i] = Tensors.random(random, batch, shape);
      gradients[i] = Tensors.random(random, batch, shape);
    }
    for (int i = 0; i < n; i++) {
      Site site = new Site(nodes.get(i), batch, context, Epilogue.NONE, false);
      passes[i] = nodes.get(i).layer().newPass(site);
      passes[i].forward(context, new Tensor[] {activations[i]}, activations[i + 1]);
    }
    float[] x = Tensors.values(activations[0]);
    float[] y = Tensors.values(activations[n]);
    float[] dy = Tensors.values(gradients[n]);
    List<float[]> fused;
    try (WorkerTeam team = new WorkerTeam(threads)) {
      Network.Pass pass = network.trainingPass(batch, team);
      Network.Pass inference = network.inferencePass(batch, team);
      for (Network.Pass p : List.of(pass, inference)) {
        System.arraycopy(x, 0, p.input().data, p.input().offset, x.length);
        p.forward(2); // a batch that is not full, and what a later one must not find
        Tensors.assertSameBits(y, Tensors.values(p.forward(batch)), "y");
      }
      System.arraycopy(dy, 0, pass.outputGradient().data, pass.outputGradient().offset, dy.length);
      pass.backward(batch);
      fused = gradients(network);
      pass.zeroGrad();
    }
    for (int i = n - 1; i >= 0; i--) {
      Tensor[] dx = {i == 0 ? null : gradients[i]};
      Tensor[] xs = {activations[i]};
      passes[i].backward(context, xs, activations[i + 1], gradients[i + 1], dx);
    }
    List<float[]> expected = gradients(network);
    for (int i = 0; i < expected.size(); i++) {
      Tensors.assertSameBits(expected.get(i), fused.get(i), "parameter " + i);
    }
  }

  private static List<float[]> gradients(Network network) {
    return network.parameters().values().stream().map(p -> Tensors.values(p.grad())).toList();
  }

  private static double backward(Network.Pass pass) {
    Tensor logits = pass.forward(BATCH);
    double sum = Losses.crossEntropy(CLASSES, logits, LABELS, pass.outputGradient());
    pass.backward(BATCH);
    return sum;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void gradientsAccumulateUntilTheyAreReset(int threads) {
    try (WorkerTeam team = new WorkerTeam(threads)) {
      gradientsAccumulateUntilTheyAreReset(team);
    }
  }

  private void gradientsAccumulateUntilTheyAreReset(WorkerTeam team) {
    Network network = small();
    Network.Pass pass = network.trainingPass(BATCH, team);
    Tensors.fill(pass.input(), random);
    backward(pass);
    List<float[]> once =
        network.parameters().values().stream().map(p -> Tensors.values(p.grad())).toList();
    backward(pass);
    int i = 0;
    for (Parameter parameter : network.parameters().values()) {
      float[] twice = Tensors.values(parameter.grad());
      float[] single = once.get(i++);
      for (int j = 0; j < twice.length; j++) {
        assertEquals(2 * single[j], twice[j], 1e-6f, parameter.name());
      }
    }
    pass.zeroGrad();
    for (Parameter parameter : network.parameters().values()) {
      float[] grad = Tensors.values(parameter.grad());
      Tensors.assertSameBits(new float[grad.length], grad, "zero");
    }
    backward(pass);
    i = 0;
    for (Parameter parameter : network.parameters().values()) {
      Tensors.assertSameBits(once.get(i++), Tensors.values(parameter.grad()), parameter.name());
    }
  }

  @Test
  void permutingABatchPermutesTheResults() {
    Network network = Models.complex(new Shape(8, 8, 1), 5);
    network.initialize(1);
    Network.Pass pass = network.inferencePass(4, WorkerTeam.single());
    Tensors.fill(pass.input(), random);
    float[] x = Tensors.values(pass.input());
    float[] y = Tensors.values(pass.forward(4));
    int[] order = {2, 0, 3, 1};
    for (int i = 0; i < 4; i++) {
      System.arraycopy(x, order[i] * 64, pass.input().data, pass.input().offset + i * 64, 64);
    }
    float[] permuted = Tensors.values(pass.forward(4));
    for (int i = 0; i < 4; i++) {
      for (int c = 0; c < 5; c++) {
        assertEquals(y[order[i] * 5 + c], permuted[i * 5 + c], 0f);
      }
    }
    // An image alone gives what it gives in a batch.
    System.arraycopy(x, 3 * 64, pass.input().data, pass.input().offset, 64);
    float[] alone = Tensors.values(pass.forward(1), 5);
    for (int c = 0; c < 5; c++) {
      assertEquals(y[3 * 5 + c], alone[c], 0f);
    }
  }

  @Test
  void passesInSeveralThreadsGiveTheSerialBits() throws Exception {
    Network network = small();
    Network.Pass serial = network.inferencePass(BATCH, WorkerTeam.single());
    Tensors.fill(serial.input(), random);
    float[] x = Tensors.values(serial.input());
    float[] expected = Tensors.values(serial.forward(BATCH));
    List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    try (WorkerTeam shared = new WorkerTeam(2)) {
      for (int t = 0; t < 4; t++) {
        WorkerTeam team = t < 2 ? shared : WorkerTeam.single();
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        Network.Pass pass = network.inferencePass(BATCH, team);
                        for (int round = 0; round < 200; round++) {
                          Tensor input = pass.input();
                          System.arraycopy(x, 0, input.data, input.offset, x.length);
                          float[] actual = Tensors.values(pass.forward(BATCH));
                          Tensors.assertSameBits(expected, actual, "parallel");
                        }
                      } catch (Throwable e) {
                        failures.add(e);
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertEquals(List.of(), failures);
  }

  /** Images so large that an inference pass takes a few at a time through the layers. */
  @Test
  void aBatchIsItsImagesOneByOne() {
    Shape image = new Shape(128, 128, 1);
    Network network =
        new Network(
            image,
            new Conv2d(16, Window.same(3)),
            new Relu(),
            new MaxPool2d(32),
            new Flatten(),
            new Dense(CLASSES),
            new Relu());
    network.initialize(8);
    int batch = 7;
    try (WorkerTeam team = new WorkerTeam(2)) {
      Network.Pass many = network.inferencePass(batch, team);
      Network.Pass one = network.inferencePass(1, WorkerTeam.single());
      Tensor x = many.input();
      Tensors.fill(x, random);
      Tensor logits = many.forward(batch);
      for (int i = 0; i < batch; i++) {
        int at = x.offset + i * image.size();
        System.arraycopy(x.data, at, one.input().data, one.input().offset, image.size());
        Tensor expected = one.forward(1);
        for (int c = 0; c < CLASSES; c++) {
          float actual = logits.data[logits.offset + i * CLASSES + c];
          assertEquals(expected.data[expected.offset + c], actual, 0f);
        }
      }
    }
  }

  /** Divided by layers and by images; two convolutions by Winograd, which share scratch memory. */
  @Test
  void frozenParametersAreReadAgainOnlyWhenFrozenAgain() {
    Network network =
        new Network(
            new Shape(8, 8, 16),
            new Conv2d(16, Window.same(3)),
            new Relu(),
            new Conv2d(16, Window.same(3)),
            new Relu(),
            new Flatten(),
            new Dense(CLASSES));
    try (WorkerTeam team = new WorkerTeam(2)) {
      for (int batch : new int[] {1, 6}) {
        Network.Pass plain = network.inferencePass(batch, team);
        Network.Pass frozen = network.inferencePass(batch, team);
        Tensors.fill(plain.input(), random);
        float[] x = Tensors.values(plain.input());
        System.arraycopy(x, 0, frozen.input().data, frozen.input().offset, x.length);
        for (int seed = 1; seed <= 2; seed++) {
          network.initialize(seed);
          float[] expected = Tensors.values(plain.forward(batch));
          frozen.freezeParameters();
          Tensors.assertSameBits(expected, Tensors.values(frozen.forward(batch)), "first");
          Tensors.assertSameBits(expected, Tensors.values(frozen.forward(batch)), "second");
        }
      }
    }
  }

  @Test
  void aWrongLayerIsNamed() {
    assertRefused("at least one layer", () -> new Network(INPUT));
    assertRefused(
        "layer 1: a dense layer needs a flat input, not [6, 7, 2]: put a Flatten in front",
        () -> new Network(INPUT, new Relu(), new Dense(2)));
    assertRefused("layer 0: a window of 8x8", () -> new Network(INPUT, new MaxPool2d(8)));
    assertRefused(
        "layer 1.0: a window of 8x8",
        () -> new Network(INPUT, new Relu(), new Sequential(new MaxPool2d(8))));
    assertRefused(
        "layer 0.branch.1: a dense layer needs a flat input",
        () ->
            new Network(INPUT, new Residual(new Sequential(new Relu(), new Dense(2))), new Relu()));
    assertRefused(
        "layer 0.add: a sum needs inputs of one shape, but they are [6, 7, 3] and [6, 7, 2]",
        () -> new Network(INPUT, new Residual(new Conv2d(3, Window.same(3))), new Relu()));
    assertRefused(
        "layer 0.concat: a concatenation needs inputs of one height and width",
        () -> new Network(INPUT, new Concat(new Relu(), new MaxPool2d(2)), new Relu()));
  }

  /** Each place has parameters of its own, unless they are shared. */
  @Test
  void aLayerMayStandInSeveralPlaces() {
    Dense twice = new Dense(84);
    Network network = new Network(Shape.flat(84), twice, new Relu(), twice);
    assertEquals(
        List.of("0.weight", "0.bias", "2.weight", "2.bias"),
        List.copyOf(network.parameters().keySet()));
    network.initialize(1);
    Parameter first = network.parameters().get("0.weight");
    assertNotSame(first.value().data, network.parameters().get("2.weight").value().data);
    assertNotEquals(first.value().data[0], network.parameters().get("2.weight").value().data[0]);
    Relu relu = new Relu();
    assertEquals(2, new Network(INPUT, relu, relu).nodes().size());
    assertRefused(
        "weight has a value Tensor[2, 3], but a gradient Tensor[3, 2]",
        () -> new Parameter("weight", Tensor.zeros(2, 3), Tensor.zeros(3, 2)));
  }

  @Test
  void batchesAreChecked() {
    Network network = small();
    assertRefused("maxBatch", () -> network.inferencePass(0, WorkerTeam.single()));
    Network.Pass pass = network.trainingPass(2, WorkerTeam.single());
    assertEquals(2, pass.maxBatch());
    assertRefused("batch must be from 0 to 2, but is 3", () -> pass.forward(3));
    assertRefused("batch must be from 0 to 2, but is -1", () -> pass.forward(-1));
    assertRefused("batch must be from 0 to 2, but is 3", () -> pass.backward(3));
    pass.forward(0);
    pass.backward(0);
    for (Parameter parameter : network.parameters().values()) {
      float[] grad = Tensors.values(parameter.grad());
      Tensors.assertSameBits(new float[grad.length], grad, "an empty batch has no gradient");
    }
  }

  @Test
  void anInferencePassHasNoBackward() {
    Network.Pass pass = small().inferencePass(2, WorkerTeam.single());
    pass.forward(1);
    assertImpossible("made for inference", pass::outputGradient);
    assertImpossible("made for inference", () -> pass.backward(1));
    Network.Pass training = small().trainingPass(2, WorkerTeam.single());
    assertImpossible("made for training", training::freezeParameters);
  }

  @Test
  void backwardIsOfTheBatchThatWentForward() {
    Network.Pass pass = small().trainingPass(3, WorkerTeam.single());
    assertImpossible("needs a forward before it", () -> pass.backward(0));
    pass.forward(0);
    assertImpossible("backward of 2 images after a forward of 0", () -> pass.backward(2));
    pass.forward(2);
    assertImpossible("backward of 3 images after a forward of 2", () -> pass.backward(3));
    pass.backward(2);
  }

  private static void assertImpossible(String part, Executable call) {
    String message = assertThrows(IllegalStateException.class, call).getMessage();
    assertTrue(message.contains(part), "'" + message + "' does not contain '" + part + "'");
  }

  @Test
  void shapesNamesAndOrder() {
    Network network = small();
    assertEquals(
        List.of(
            "0.weight", "0.bias", "2.weight", "2.bias", "6.weight", "6.bias", "8.weight", "8.bias"),
        List.copyOf(network.parameters().keySet()));
    assertEquals(INPUT, network.inputShape());
    assertEquals(Shape.flat(CLASSES), network.outputShape());
    assertEquals(new Shape(5, 3, 4), network.nodes().get(3).shape());
    assertEquals(9, network.nodes().size());
    assertSame(network.nodes().get(0).parameters().get(0), network.parameters().get("0.weight"));
    assertThrows(
        UnsupportedOperationException.class, () -> network.parameters().remove("0.weight"));
  }

  @Test
  void tensorsAndShapesCheckTheirDimensions() {
    assertRefused("does not fit", () -> new Tensor(new float[5], 0, 2, 3));
    assertRefused("does not fit", () -> new Tensor(new float[6], 1, 2, 3));
    assertRefused("does not fit", () -> new Tensor(new float[6], -1, 2, 3));
    assertRefused("negative", () -> new Tensor(new float[6], 0, -2, 3));
    assertRefused("2^31", () -> Tensor.zeros(1 << 16, 1 << 16));
    assertEquals(6, new Tensor(new float[7], 1, 2, 3).size());
    assertEquals("Tensor[2, 3]", Tensor.zeros(2, 3).toString());
    int[] dims = Tensor.zeros(2, 3).dims();
    assertEquals(2, dims.length);
    assertRefused("[0, 1, 1]", () -> new Shape(0, 1, 1));
    assertRefused("[1, 0, 1]", () -> new Shape(1, 0, 1));
    assertRefused("[1, 1, 0]", () -> new Shape(1, 1, 0));
    assertRefused("2^31", () -> new Shape(1 << 16, 1 << 16, 1));
    assertRefused("2^31", () -> new Shape(1 << 16, 1 << 14, 2));
    assertRefused("2^31", () -> new Shape(1 << 30, 1 << 30, 1 << 4)); // 2^64
    assertEquals(Integer.MAX_VALUE, new Shape(Integer.MAX_VALUE, 1, 1).size());
    assertEquals("[2, 3, 4]", new Shape(2, 3, 4).toString());
    assertEquals(24, new Shape(2, 3, 4).size());
  }

  @Test
  void aLayerThatIsNullIsNamed() {
    assertRefused(
        "layer 1 is null", () -> new Network(new Shape(2, 2, 1), new Flatten(), null, new Relu()));
  }

  private static void assertRefused(String part, Runnable call) {
    String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(message.contains(part), "'" + message + "' does not contain '" + part + "'");
  }
}
