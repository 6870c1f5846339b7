package dev.lanewise.layers;

import dev.lanewise.engine.Convolution;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.Targets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each layer's derivation, in two steps: what {@link Oracle} derives in double precision agrees
 * with central differences, and what the layer computes in floats lies within the bound of
 * summation of that, element by element.
 */
final class LayerGradientTest {
  private final RandomStream random = new RandomStream(17);

  static Stream<Arguments> convolutions() {
    return Stream.of(
        Arguments.of(new Shape(5, 4, 1), 3, Window.same(3)),
        Arguments.of(new Shape(5, 4, 2), 3, Window.valid(3)),
        Arguments.of(new Shape(6, 7, 2), 2, Window.same(3).stride(2)),
        Arguments.of(new Shape(7, 6, 2), 3, Window.valid(2, 3).stride(2, 1)),
        Arguments.of(new Shape(7, 6, 1), 2, Window.same(3).dilation(2, 2)),
        Arguments.of(new Shape(6, 8, 2), 2, Window.valid(2).dilation(3, 2).stride(1, 2)),
        Arguments.of(new Shape(4, 5, 2), 3, Window.valid(3).padding(2, 1, 0, 3)),
        Arguments.of(new Shape(3, 3, 2), 2, Window.valid(1).padding(1, 2, 2, 1)),
        Arguments.of(new Shape(2, 2, 1), 2, Window.valid(5).padding(2, 2, 2, 2)),
        Arguments.of(new Shape(5, 5, 2), 2, Window.valid(2).stride(3)),
        Arguments.of(new Shape(4, 4, 3), 18, Window.same(1)),
        Arguments.of(new Shape(1, 1, 4), 5, Window.same(3)),
        Arguments.of(new Shape(4, 3, 17), 7, Window.same(3)));
  }

  @ParameterizedTest
  @MethodSource("convolutions")
  void convolution(Shape in, int outChannels, Window window) {
    check(Oracle.conv(in, outChannels, window, Convolution.Algorithm.DIRECT), in, 2);
  }

  /** The fast algorithm for whole vectors of channels has larger rounding errors. */
  @Test
  @Tag("slow")
  void fastConvolution() {
    Shape in = new Shape(5, 6, 16);
    check(Oracle.conv(in, 16, Window.same(3), Convolution.Algorithm.AUTO), in, 2);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 19})
  void dense(int batch) {
    check(Oracle.dense(13, 9), Shape.flat(13), batch);
  }

  @Test
  void relu() {
    check(Oracle.relu(), new Shape(3, 5, 7), 2);
  }

  static Stream<Window> pools() {
    return Stream.of(
        Window.valid(2).stride(2),
        Window.valid(3).stride(2),
        Window.same(3),
        Window.valid(2).padding(1, 1, 0, 1).stride(2, 1),
        Window.valid(2).dilation(2, 3));
  }

  @ParameterizedTest
  @MethodSource("pools")
  void maxPool(Window window) {
    Shape in = new Shape(5, 6, 3);
    check(Oracle.maxPool(in, window), in, 2);
  }

  @Test
  void poolOfSquares() {
    assertEquals(new Shape(2, 3, 4), new MaxPool2d(2).outputShape(new Shape(5, 6, 4)));
    assertEquals(new Shape(1, 2, 4), new MaxPool2d(3).outputShape(new Shape(5, 6, 4)));
  }

  @Test
  void flatten() {
    Shape in = new Shape(2, 3, 4);
    assertEquals(Shape.flat(24), new Flatten().outputShape(in));
    check(Oracle.flatten(), in, 2);
  }

  private void check(Oracle oracle, Shape in, int batch) {
    Layer layer = oracle.layer();
    new GradientCheck().layer(layer, in);
    List<Parameter> parameters = layer.parameters();
    parameters.forEach(p -> Tensors.fill(p.value(), random));
    Tensor x = Tensors.random(random, batch, in);
    Tensor y = Tensors.random(random, batch, layer.outputShape(in));
    Tensor dy = Tensors.random(random, batch, layer.outputShape(in));
    Tensor dx = Tensors.random(random, batch, in);
    Layer.Pass pass = layer.newPass(in, batch, new Workspace(WorkerTeam.single()));
    pass.forward(batch, x, y);
    pass.backward(batch, x, y, dy, dx);

    double[][] p = Doubles.values(parameters);
    double[] xs = Doubles.of(x);
    double[] g = Doubles.of(dy);
    oracle.forward(batch, xs, p).assertHolds("y", y);
    Oracle.Gradients gradients = oracle.backward(batch, xs, g, p);
    gradients.dx().assertHolds("dx", dx);
    Doubles.assertDerives(
        "dx",
        v -> Doubles.inner(oracle.forward(batch, v, p).value(), g),
        xs,
        gradients.dx().value());
    for (int i = 0; i < p.length; i++) {
      int at = i;
      String name = "gradient of " + parameters.get(i).name();
      gradients.dp()[i].assertHolds(name, parameters.get(i).grad());
      Doubles.assertDerives(
          name,
          v -> Doubles.inner(oracle.forward(batch, xs, Doubles.with(p, at, v)).value(), g),
          p[i],
          gradients.dp()[i].value());
    }

    pass.backward(batch, x, y, dy, null);
    for (int i = 0; i < p.length; i++) {
      gradients.dp()[i].twice().assertHolds("twice", parameters.get(i).grad());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 40})
  void softmaxCrossEntropy(int classes) {
    int batch = 5;
    int[] labels = new int[batch];
    Arrays.setAll(labels, i -> random.nextInt(classes));
    Tensor logits = Tensors.random(random, batch, classes);
    Tensor dLogits = Tensors.random(random, batch, classes);
    double sum =
        new SoftmaxCrossEntropy()
            .newPass(Shape.flat(classes), batch)
            .forwardBackward(batch, logits, Targets.of(labels), dLogits);

    double[] z = Doubles.of(logits);
    Oracle.Bounded gradient = Oracle.crossEntropyGradient(classes, z, labels);
    double mean = Doubles.meanCrossEntropy(batch, classes, z, labels);
    assertEquals(mean, sum / batch, 8 * Oracle.UNIT * Math.max(1, mean));
    gradient.assertHolds("dLogits", dLogits);
    Doubles.assertDerives(
        "dLogits", v -> Doubles.meanCrossEntropy(batch, classes, v, labels), z, gradient.value());
  }
}
