// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.layers.cases.CrossEntropy;
import dev.lanewise.layers.cases.LayerCase;
import dev.lanewise.layers.cases.LayerCases;
import dev.lanewise.layers.cases.Oracle;
import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each layer's derivation, in two steps: what its {@link Oracle} derives in double precision agrees
 * with central differences, and what the layer computes in floats lies within the bound of
 * summation of that, element by element.
 */
final class LayerGradientTest {
  private final RandomStream random = new RandomStream(17);

  static Stream<Arguments> layers() {
    return arguments(LayerCase::oracles);
  }

  static Stream<Arguments> largeLayers() {
    return arguments(LayerCase::largeOracles);
  }

  static Stream<Arguments> slowLayers() {
    return arguments(LayerCase::slowOracles);
  }

  private static Stream<Arguments> arguments(Function<LayerCase, List<Oracle>> oracles) {
    return LayerCases.ALL.stream()
        .flatMap(each -> oracles.apply(each).stream())
        .flatMap(oracle -> Arrays.stream(oracle.batches()).mapToObj(n -> Arguments.of(oracle, n)));
  }

  @ParameterizedTest(name = "{0}, {1} images")
  @MethodSource("layers")
  void layer(Oracle oracle, int batch) {
    check(oracle, batch, 3);
  }

  @ParameterizedTest(name = "{0}, {1} images")
  @MethodSource("largeLayers")
  void largeLayer(Oracle oracle, int batch) {
    check(oracle, batch, 0);
  }

  @ParameterizedTest(name = "{0}, {1} images")
  @MethodSource("slowLayers")
  @Tag("slow")
  void slowLayer(Oracle oracle, int batch) {
    check(oracle, batch, 1);
  }

  /** Without seeds, not against differences. */
  private void check(Oracle oracle, int batch, int seeds) {
    Shape[] inputs = oracle.inputs();
    for (int seed = 1; seed <= seeds; seed++) {
      new GradientCheck().seed(seed).size(Math.max(2, batch), 200).layer(oracle.layer(), inputs);
    }
    Node node = Node.alone(oracle.layer(), random, inputs);
    List<Parameter> parameters = node.parameters();
    parameters.forEach(p -> Tensors.fill(p.value(), random));
    Tensor[] x = random(batch, inputs);
    Tensor y = Tensors.random(random, batch, node.shape());
    Tensor dy = Tensors.random(random, batch, node.shape());
    Tensor[] dx = random(batch, inputs);
    Context context = new Context(Mode.TRAINING, Oracle.SEED, new Workspace(WorkerTeam.single()));
    Pass pass = oracle.layer().newPass(new Site(node, batch, context, Epilogue.NONE, false));
    context.set(0, 0, batch);
    pass.forward(context, x, y);
    pass.backward(context, x, y, dy, dx);

    double[][] p = Doubles.values(parameters);
    double[][] xs = Arrays.stream(x).map(Doubles::of).toArray(double[][]::new);
    double[] g = Doubles.of(dy);
    oracle.forward(batch, xs, p).assertHolds("y", y);
    Oracle.Gradients gradients = oracle.backward(batch, xs, g, p);
    assertEquals(x.length, gradients.dx().size());
    for (int i = 0; i < x.length; i++) {
      int at = i;
      gradients.dx().get(i).assertHolds("dx" + i, dx[i]);
      if (seeds > 0) {
        Doubles.assertDerives(
            "dx" + i,
            v -> Doubles.inner(oracle.forward(batch, Doubles.with(xs, at, v), p).value(), g),
            xs[i],
            gradients.dx().get(i).value());
      }
    }
    assertEquals(p.length, gradients.dp().size());
    for (int i = 0; i < p.length; i++) {
      int at = i;
      String name = "gradient of " + parameters.get(i).name();
      gradients.dp().get(i).assertHolds(name, parameters.get(i).grad());
      Doubles.assertDerives(
          name,
          v -> Doubles.inner(oracle.forward(batch, xs, Doubles.with(p, at, v)).value(), g),
          p[i],
          gradients.dp().get(i).value());
    }

    pass.backward(context, x, y, dy, new Tensor[x.length]);
    for (int i = 0; i < p.length; i++) {
      gradients.dp().get(i).twice().assertHolds("twice", parameters.get(i).grad());
    }
  }

  private Tensor[] random(int batch, Shape... shapes) {
    return Arrays.stream(shapes)
        .map(shape -> Tensors.random(random, batch, shape))
        .toArray(Tensor[]::new);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 40})
  void softmaxCrossEntropy(int classes) {
    int batch = 5;
    int[] labels = new int[batch];
    Arrays.setAll(labels, i -> random.nextInt(classes));
    Tensor logits = Tensors.random(random, batch, classes);
    Tensor dLogits = Tensors.random(random, batch, classes);
    double sum = Losses.crossEntropy(classes, logits, labels, dLogits);

    double[] z = Doubles.of(logits);
    Oracle.Bounded gradient = CrossEntropy.gradient(classes, z, labels);
    double mean = Doubles.meanCrossEntropy(batch, classes, z, labels);
    assertEquals(mean, sum / batch, 8 * Oracle.UNIT * Math.max(1, mean));
    gradient.assertHolds("dLogits", dLogits);
    Doubles.assertDerives(
        "dLogits", v -> Doubles.meanCrossEntropy(batch, classes, v, labels), z, gradient.value());
  }
}
