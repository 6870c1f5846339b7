package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Convolution;
import dev.lanewise.engine.Window;
import dev.lanewise.engine.WorkerTeam;
import dev.lanewise.engine.Workspace;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each layer against central differences of {@code <y, dy>}, y by a forward pass in double
 * precision. The float results must lie within the bound of summation, {@code (k + 2) * 2^-24 * sum
 * |a||b|} for k terms; the sum of magnitudes is the same gradient at the magnitudes of all
 * operands.
 */
final class LayerGradientTest {
  private static final double UNIT = 0x1p-24;

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
    int batch = 2;
    Conv2d layer =
        new Conv2d(
            in.channels(),
            outChannels,
            window,
            Initializer.HE_UNIFORM,
            Convolution.Algorithm.DIRECT);
    int taps = window.kernelH() * window.kernelW();
    int pixels = layer.outputShape(in).size() / outChannels;
    int[] terms = {taps * in.channels() + 1, taps * outChannels, batch * (pixels + 1)};
    check(
        layer,
        in,
        batch,
        1,
        terms,
        (x, w, b) -> Doubles.conv(batch, in, window, outChannels, x, w, b));
  }

  /** The fast algorithm for whole vectors of channels has larger rounding errors. */
  @Test
  void fastConvolution() {
    Shape in = new Shape(5, 6, 16);
    Conv2d layer = new Conv2d(16, 16, Window.same(3));
    int[] terms = {9 * 16 + 1, 9 * 16, 2 * 30 + 2};
    check(layer, in, 2, 16, terms, (x, w, b) -> Doubles.conv(2, in, Window.same(3), 16, x, w, b));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 19})
  void dense(int batch) {
    Dense layer = new Dense(13, 9);
    int[] terms = {14, 9, batch + 1};
    check(
        layer, Shape.flat(13), batch, 1, terms, (x, w, b) -> Doubles.dense(batch, 13, 9, x, w, b));
  }

  /** The forward pass of a layer that is linear in x, in the weight and in the bias. */
  private interface Forward {
    double[] y(double[] x, double[] weight, double[] bias);
  }

  private void check(
      Layer layer, Shape in, int batch, double factor, int[] terms, Forward forward) {
    Tensor weight = layer.parameters().get(0).value();
    Tensor bias = layer.parameters().get(1).value();
    Tensors.fill(weight, random);
    Tensors.fill(bias, random);
    Tensor dWeight = layer.parameters().get(0).grad();
    Tensor dBias = layer.parameters().get(1).grad();
    Tensor x = Tensors.random(random, batch, in);
    Tensor y = Tensors.random(random, batch, layer.outputShape(in));
    Tensor dy = Tensors.random(random, batch, layer.outputShape(in));
    Tensor dx = Tensors.random(random, batch, in);
    Layer.Pass pass = layer.newPass(in, batch, new Workspace(WorkerTeam.single()));
    pass.forward(batch, x, y);
    pass.backward(batch, x, y, dy, dx);

    double[] w = Doubles.of(weight);
    double[] b = Doubles.of(bias);
    double[] xs = Doubles.of(x);
    double[] g = Doubles.of(dy);
    double[] wAbs = Doubles.magnitudes(w);
    double[] bAbs = Doubles.magnitudes(b);
    double[] xAbs = Doubles.magnitudes(xs);
    double[] gAbs = Doubles.magnitudes(g);
    within("y", forward.y(xs, w, b), forward.y(xAbs, wAbs, bAbs), terms[0], factor, y);
    within(
        "dx",
        Doubles.gradient(v -> Doubles.inner(forward.y(v, w, b), g), xs),
        Doubles.gradient(v -> Doubles.inner(forward.y(v, wAbs, bAbs), gAbs), xAbs),
        terms[1],
        factor,
        dx);
    within(
        "dWeight",
        Doubles.gradient(v -> Doubles.inner(forward.y(xs, v, b), g), w),
        Doubles.gradient(v -> Doubles.inner(forward.y(xAbs, v, bAbs), gAbs), wAbs),
        terms[2],
        factor,
        dWeight);
    within(
        "dBias",
        Doubles.gradient(v -> Doubles.inner(forward.y(xs, w, v), g), b),
        Doubles.gradient(v -> Doubles.inner(forward.y(xAbs, wAbs, v), gAbs), bAbs),
        terms[2],
        factor,
        dBias);

    float[] dw = Tensors.values(dWeight);
    pass.backward(batch, x, y, dy, null);
    for (int i = 0; i < dw.length; i++) {
      assertEquals(2 * dw[i], dWeight.data[dWeight.offset + i], 4 * Math.ulp(dw[i]) + 1e-6);
    }
  }

  private static void within(
      String name, double[] exact, double[] sums, int terms, double factor, Tensor actual) {
    assertEquals(exact.length, actual.size(), name);
    double largest = 0;
    for (double sum : sums) {
      largest = Math.max(largest, sum);
    }
    for (int i = 0; i < exact.length; i++) {
      double sum = factor > 1 ? largest : sums[i];
      // The differences themselves are good to about 1e-9: 1e-16 * |<y, dy>| / 1e-6.
      double bound = factor * (terms + 2) * UNIT * sum + 1e-8;
      double error = Math.abs(exact[i] - actual.data[actual.offset + i]);
      assertTrue(error <= bound, name + "[" + i + "] is off by " + error + " > " + bound);
    }
  }

  @Test
  void reluAwayFromZero() {
    Shape in = new Shape(3, 5, 7);
    Tensor x = Tensors.random(random, 2, in);
    for (int i = 0; i < x.size(); i++) {
      x.data[x.offset + i] += Math.copySign(0.01f, x.data[x.offset + i]);
    }
    checkExact(new Relu(), in, x, Doubles::relu);
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
  void maxPoolAwayFromTies(Window window) {
    Shape in = new Shape(5, 6, 3);
    Tensor x = Tensors.random(random, 2, in);
    int[] ranks = new int[x.size()];
    for (int i = 0; i < ranks.length; i++) {
      ranks[i] = i;
    }
    random.shuffle(ranks);
    for (int i = 0; i < ranks.length; i++) {
      x.data[x.offset + i] = ranks[i] * 0.125f - 9;
    }
    checkExact(new MaxPool2d(window), in, x, v -> Doubles.maxPool(2, in, window, v));
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
    checkExact(new Flatten(), in, Tensors.random(random, 2, in), double[]::clone);
  }

  /** Layers that select and add: their results have no rounding to speak of. */
  private void checkExact(
      Layer layer, Shape in, Tensor x, java.util.function.UnaryOperator<double[]> forward) {
    Tensor y = Tensors.random(random, 2, layer.outputShape(in));
    Tensor dy = Tensors.random(random, 2, layer.outputShape(in));
    Tensor dx = Tensors.random(random, 2, in);
    Layer.Pass pass = layer.newPass(in, 2, new Workspace(WorkerTeam.single()));
    pass.forward(2, x, y);
    pass.backward(2, x, y, dy, dx);
    double[] xs = Doubles.of(x);
    double[] exact = forward.apply(xs);
    for (int i = 0; i < y.size(); i++) {
      assertEquals(exact[i], y.data[y.offset + i], 0.0, "y " + i);
    }
    double[] g = Doubles.of(dy);
    double[] gradient = Doubles.gradient(v -> Doubles.inner(forward.apply(v), g), xs);
    for (int i = 0; i < dx.size(); i++) {
      assertEquals(gradient[i], dx.data[dx.offset + i], 1e-6, "dx " + i);
    }
    pass.backward(2, x, y, dy, null);
    assertTrue(layer.parameters().isEmpty());
  }
}
