// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class BatchNorm2dTest {
  private static final double UNIT = 0x1p-24;

  static Stream<BatchNorm2d> layers() {
    return Stream.of(
        new BatchNorm2d(),
        new BatchNorm2d().eps(0.5).momentum(0.4),
        new BatchNorm2d().cumulativeAverage(),
        new BatchNorm2d().affine(false));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void derivesAndKeepsItsPromises(BatchNorm2d layer) {
    for (int seed = 1; seed <= 3; seed++) {
      GradientCheck check = new GradientCheck().seed(seed);
      check.size(3, 200).layer(layer, new Shape(4, 5, 3));
      check.size(2, 200).layer(layer, new Shape(3, 2, 17));
      check.size(6, 200).layer(layer, Shape.flat(9));
    }
  }

  /** n = 2, mean 2, var 1, s = 1 / sqrt(1 + 3), h = -1/2 and 1/2. */
  @Test
  void valuesByHand() {
    Alone alone = new Alone(new BatchNorm2d().eps(3), Mode.TRAINING, 2, Shape.flat(1));
    Alone.set(alone.x, 1, 3);
    Alone.set(alone.dy, 1, 0);
    Alone.set(parameter(alone, "weight").value(), 4);
    Alone.set(parameter(alone, "bias").value(), 1);
    assertArrayEquals(new float[] {-1, 3}, alone.forward());
    assertArrayEquals(new float[] {0.75f, -0.75f}, alone.backward());
    assertEquals(-0.5f, parameter(alone, "weight").grad().data[0]);
    assertEquals(1, parameter(alone, "bias").grad().data[0]);
    assertEquals(0.2f, buffer(alone, "running_mean")[0]);
    assertEquals(0.9f + 0.1f * 2, buffer(alone, "running_var")[0], 0x1p-23f); // 2 / (n - 1)
    assertEquals(1, buffer(alone, "num_batches_tracked")[0]);
    alone.backward();
    assertEquals(-1, parameter(alone, "weight").grad().data[0]);
    assertEquals(2, parameter(alone, "bias").grad().data[0]);
  }

  @Test
  void anInferenceUsesTheRunningStatistics() {
    Alone alone = new Alone(new BatchNorm2d().eps(3), Mode.INFERENCE, 2, Shape.flat(1));
    Alone.set(alone.x, 1, 3);
    Alone.set(parameter(alone, "weight").value(), 4);
    Alone.set(parameter(alone, "bias").value(), 1);
    Alone.set(alone.node.buffers().get("running_mean"), 5);
    Alone.set(alone.node.buffers().get("running_var"), 1);
    assertArrayEquals(new float[] {-7, -3}, alone.forward());
    Alone.set(alone.node.buffers().get("running_var"), 13);
    assertArrayEquals(new float[] {-3, -1}, alone.forward());
    alone.pass.freezeParameters();
    Alone.set(alone.node.buffers().get("running_var"), 1);
    assertArrayEquals(new float[] {-3, -1}, alone.forward());
    alone.pass.freezeParameters();
    assertArrayEquals(new float[] {-7, -3}, alone.forward());
    assertEquals(0, buffer(alone, "num_batches_tracked")[0]);
  }

  static Stream<Arguments> shapes() {
    return Stream.of(
        Arguments.of(new Shape(4, 5, 3), 3, 0),
        Arguments.of(new Shape(1, 2, 1), 1, 0),
        Arguments.of(new Shape(37, 41, 7), 5, 3), // several blocks, and a row that is not full
        Arguments.of(new Shape(9, 9, 64), 13, -20),
        Arguments.of(new Shape(2, 3, 511), 17, 0),
        Arguments.of(Shape.flat(512), 130, 0),
        Arguments.of(Shape.flat(1300), 67, 1)); // tiles
  }

  /**
   * In double precision, from the definition. The bounds count roundings: of x - mean, of weight *
   * s, of the sum.
   */
  @ParameterizedTest
  @MethodSource("shapes")
  void oracle(Shape in, int batch, float shift) {
    Alone alone = new Alone(new BatchNorm2d(), Mode.TRAINING, batch, in);
    int channels = in.channels();
    Tensors.fill(parameter(alone, "weight").value(), new RandomStream(1));
    Tensors.fill(parameter(alone, "bias").value(), new RandomStream(2));
    for (int i = 0; i < alone.x.size(); i++) {
      alone.x.data[alone.x.offset + i] += shift * (1 + i % channels % 3);
    }
    double[] weight = Doubles.of(parameter(alone, "weight").value());
    double[] bias = Doubles.of(parameter(alone, "bias").value());
    double[] x = Doubles.of(alone.x);
    double[] dy = Doubles.of(alone.dy);
    float[] y = alone.forward();
    float[] dx = alone.backward();
    int n = x.length / channels;
    for (int c = 0; c < channels; c++) {
      double mean = 0;
      for (int i = c; i < x.length; i += channels) {
        mean += x[i] / n;
      }
      double var = 0;
      for (int i = c; i < x.length; i += channels) {
        var += (x[i] - mean) * (x[i] - mean) / n;
      }
      double s = 1 / Math.sqrt(var + 1e-5);
      double sum = 0;
      double sumH = 0;
      for (int i = c; i < x.length; i += channels) {
        double h = (x[i] - mean) * s;
        double most = Math.abs(weight[c] * h) + Math.abs(bias[c]);
        assertEquals(weight[c] * h + bias[c], y[i], 4 * UNIT * most + 1e-12, "y at " + i);
        sum += dy[i];
        sumH += dy[i] * h;
      }
      for (int i = c; i < x.length; i += channels) {
        double h = (x[i] - mean) * s;
        double value = weight[c] * s * (dy[i] - sum / n - h * sumH / n);
        double most = Math.abs(dy[i]) + Math.abs(sum / n) + Math.abs(h * sumH / n);
        double bound = 4 * UNIT * Math.abs(weight[c] * s) * most + 1e-12;
        assertEquals(value, dx[i], bound, "dx at " + i);
      }
      near(sumH, parameter(alone, "weight").grad(), c, n * 1e-12, "dWeight");
      near(sum, parameter(alone, "bias").grad(), c, n * 1e-12, "dBias");
      near(0.1 * mean, alone.node.buffers().get("running_mean"), c, 1e-12, "running_mean");
      double unbiased = var * n / (n - 1);
      near(0.9 + 0.1 * unbiased, alone.node.buffers().get("running_var"), c, 1e-12, "running_var");
    }
  }

  private static void near(double expected, Tensor actual, int at, double room, String what) {
    double bound = 1.01 * UNIT * Math.abs(expected) + room;
    assertEquals(expected, actual.data[actual.offset + at], bound, what + " of " + at);
  }

  /** Where the mean is a thousand deviations away, as with images that nobody has normalised. */
  @Test
  void aLargeMeanDoesNotBlurTheVariance() {
    Alone alone = new Alone(new BatchNorm2d().affine(false), Mode.TRAINING, 50, Shape.flat(1));
    for (int i = 0; i < 50; i++) {
      alone.x.data[alone.x.offset + i] = 1000 + (i % 2 == 0 ? 1 : -1);
    }
    float[] y = alone.forward();
    for (int i = 0; i < 50; i++) {
      assertEquals((i % 2 == 0 ? 1 : -1) / Math.sqrt(1 + 1e-5), y[i], UNIT);
    }
  }

  @Test
  void aConstantChannelBecomesTheBias() {
    Alone alone = new Alone(new BatchNorm2d(), Mode.TRAINING, 7, Shape.flat(1));
    Alone.set(alone.x, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f);
    Alone.set(parameter(alone, "bias").value(), 0.75f);
    for (float y : alone.forward()) {
      assertEquals(0.75f, y, 1e-12f);
    }
  }

  @Test
  void oneValueOfAChannelHasNoVariance() {
    Alone alone = new Alone(new BatchNorm2d(), Mode.TRAINING, 2, Shape.flat(3));
    alone.context.set(0, 0, 1);
    assertThrows(IllegalArgumentException.class, alone::forward);
    assertArrayEquals(new float[3], buffer(alone, "running_mean"));
    assertEquals(0, buffer(alone, "num_batches_tracked")[0]);
    alone.context.set(0, 0, 0);
    alone.forward(); // no image, no statistics
    alone.backward();
    assertEquals(0, buffer(alone, "num_batches_tracked")[0]);
    assertArrayEquals(new float[3], Tensors.values(parameter(alone, "bias").grad()));
  }

  /** Blocks and tiles are those of the shape. */
  @ParameterizedTest
  @MethodSource("shapes")
  void threadsChangeNoBit(Shape in, int batch, float shift) {
    List<float[]> expected = null;
    for (int threads : new int[] {1, 2, 3, 8, 16}) {
      try (WorkerTeam team = new WorkerTeam(threads)) {
        Alone alone = new Alone(new BatchNorm2d(), Mode.TRAINING, batch, in, team);
        List<float[]> results = new ArrayList<>(List.of(alone.forward(), alone.backward()));
        alone.node.parameters().forEach(p -> results.add(Tensors.values(p.grad())));
        alone.node.buffers().values().forEach(b -> results.add(Tensors.values(b)));
        expected = expected == null ? results : expected;
        for (int i = 0; i < results.size(); i++) {
          Tensors.assertSameBits(expected.get(i), results.get(i), threads + " threads: " + i);
        }
      }
    }
  }

  @Test
  void sameBits() {
    SameBits.assertSameBits(
        new Shape(9, 8, 2),
        new BatchNorm2d(),
        new Conv2d(16, Window.same(3)),
        new BatchNorm2d(),
        new Relu(),
        new Conv2d(8, Window.same(3)),
        new Relu(),
        new BatchNorm2d().affine(false).cumulativeAverage(),
        new MaxPool2d(2),
        new Flatten(),
        new BatchNorm2d(),
        new Relu(),
        new Dense(4),
        new BatchNorm2d());
  }

  /** In an inference, too, which the check of gradients does not see. */
  @Test
  void fusesReluAfter() {
    for (Mode mode : Mode.values()) {
      Alone alone = new Alone(new BatchNorm2d(), mode, 3, new Shape(2, 3, 5));
      Tensor y = Tensor.zeros(3, new Shape(2, 3, 5));
      alone
          .node
          .layer()
          .newPass(new Site(alone.node, 3, alone.context, Epilogue.RELU, false))
          .forward(alone.context, new Tensor[] {alone.x}, y);
      float[] expected = alone.forward();
      for (int i = 0; i < expected.length; i++) {
        expected[i] = Math.max(expected[i], 0);
      }
      Tensors.assertSameBits(expected, Tensors.values(y), mode.toString());
    }
  }

  static Stream<Arguments> recorded() {
    return Stream.of(
        Arguments.of("batch-norm", new BatchNorm2d()),
        Arguments.of("batch-norm-eps", new BatchNorm2d().eps(0.1).momentum(0.4)),
        Arguments.of("batch-norm-cumulative", new BatchNorm2d().cumulativeAverage()),
        Arguments.of("batch-norm-plain", new BatchNorm2d().affine(false)));
  }

  @ParameterizedTest
  @MethodSource("recorded")
  void pytorch(String name, BatchNorm2d layer) throws IOException {
    RecordedCase.assertAgrees(name, layer);
  }

  /** BatchNorm1d, whose features files order as PyTorch flattens them, as the dense layer's. */
  @Test
  void pytorchOnAFlatInput() throws IOException {
    RecordedCase.assertAgrees("batch-norm-flat", new Flatten(), new BatchNorm2d(), new Dense(4));
  }

  @Test
  void filesHaveTheFeaturesOfAFlattenedMapInTheirOrder() {
    Network network =
        new Network(new Shape(2, 3, 4), new Flatten(), new BatchNorm2d(), new Relu(), new Dense(2));
    Tensor memory = network.buffers().get("1.running_mean");
    for (int i = 0; i < 24; i++) {
      memory.data[memory.offset + i] = i;
    }
    Map<String, Tensor> file = ModelFile.tensors(network.graph());
    float[] expected = new float[24];
    for (int i = 0; i < 24; i++) { // [H, W, C] in memory, [C, H, W] in files
      expected[i % 4 * 6 + i / 4] = i;
    }
    assertArrayEquals(expected, Tensors.values(file.get("1.running_mean")));
    assertEquals(new Shape(2, 3, 4), network.nodes().getLast().in().map());
  }

  @Test
  void aModelFileKeepsItAll(@TempDir Path folder) throws IOException {
    Network network =
        new Network(new Shape(2, 3, 4), new BatchNorm2d().eps(0.25), new Flatten(), new Dense(2));
    network.initialize(1);
    Network.Pass training = network.trainingPass(3, WorkerTeam.single());
    Tensors.fill(training.input(), new RandomStream(1));
    training.forward(3);
    training.forward(2);
    Path file = folder.resolve("model.safetensors");
    network.save(file);
    Network read = Network.load(file);
    assertEquals(network.toString(), read.toString());
    assertEquals(network.buffers().keySet(), read.buffers().keySet());
    network
        .buffers()
        .forEach(
            (name, buffer) ->
                assertArrayEquals(
                    Tensors.values(buffer), Tensors.values(read.buffers().get(name))));
    assertEquals(2, read.buffers().get("0.num_batches_tracked").data[0]);
    assertArrayEquals(new int[0], read.buffers().get("0.num_batches_tracked").dims());
    network.initialize(1);
    assertArrayEquals(new float[4], Tensors.values(network.buffers().get("0.running_mean")));
  }

  /** A batch of images goes through slices; a change of the buffers shows in the next one. */
  @ParameterizedTest
  @CsvSource({"1", "2", "16"})
  void slicesSeeTheBuffersOfTheMoment(int threads) {
    Network network =
        new Network(new Shape(3, 3, 2), new BatchNorm2d(), new LeakyRelu(), new BatchNorm2d());
    network.initialize(1);
    try (WorkerTeam team = new WorkerTeam(threads)) {
      Network.Pass pass = network.inferencePass(40, team);
      Tensors.fill(pass.input(), new RandomStream(1));
      float[] before = Tensors.values(pass.forward(40));
      Arrays.fill(network.buffers().get("0.running_mean").data, -1);
      float[] after = Tensors.values(pass.forward(40));
      for (int i = 0; i < before.length; i++) {
        assertNotEquals(before[i], after[i]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("layers")
  void descriptionMakesItAgain(BatchNorm2d layer) {
    assertEquals(layer.description(), Kinds.STANDARD.apply(layer.description()).description());
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertEquals("batch_norm2d", new BatchNorm2d().toString());
    for (double eps : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> new BatchNorm2d().eps(eps));
    }
    for (double momentum : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> new BatchNorm2d().momentum(momentum));
    }
    assertTrue(new BatchNorm2d().affine(false).toString().contains("affine=false"));
  }

  private static Parameter parameter(Alone alone, String name) {
    return alone.node.parameters().stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static float[] buffer(Alone alone, String name) {
    return Tensors.values(alone.node.buffers().get(name));
  }
}
