// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.cases.Curve;
import dev.lanewise.layers.cases.LayerCases;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.Trait;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers that treat each element by itself, where they bend and far from it; and softmax. */
final class ActivationsTest {
  private static final float INF = Float.POSITIVE_INFINITY;

  static Stream<Curve> curves() {
    return LayerCases.ALL.stream()
        .flatMap(each -> each.oracles().stream())
        .filter(Curve.class::isInstance)
        .map(Curve.class::cast);
  }

  /** Over several tasks, the last of them not full, from -20 to 20 and beyond, by two threads. */
  @ParameterizedTest
  @MethodSource("curves")
  void valuesAndSlopes(Curve curve) {
    Shape shape = Shape.of(31, 9, 19);
    try (WorkerTeam team = new WorkerTeam(2)) {
      Alone alone = new Alone(curve.layer(), Mode.TRAINING, 3, shape, team);
      spread(alone.x);
      double[][] x = {Doubles.of(alone.x)};
      alone.forward();
      curve.forward(3, x, null).assertHolds("y", alone.y);
      alone.backward();
      double[] dy = Doubles.of(alone.dy);
      curve.backward(3, x, dy, null).dx().getFirst().assertHolds("dx", alone.dx);
      assertArrayEquals(x[0], Doubles.of(alone.x));
    }
  }

  /** Near 0 and far away; the sign changes from element to element. */
  private static void spread(Tensor x) {
    int n = x.size();
    for (int i = 0; i < n; i++) {
      double size = i % 3 == 0 ? Math.scalb(1.0, -40 * i / n) : 20.0 * i / n;
      x.data[x.offset + i] = (float) (i % 2 == 0 ? size : -size);
    }
    Alone.set(x, 0, 3, -3, 6, 88, -88, 1e10f, -1e10f, 1e38f, -1e38f);
  }

  @ParameterizedTest
  @MethodSource("curves")
  void inPlaceGivesTheSameBits(Curve curve) {
    Alone apart = new Alone(curve.layer(), Mode.TRAINING, 2, Shape.of(40, 7, 11));
    spread(apart.x);
    float[] y = apart.forward();
    float[] dx = apart.backward();
    if (apart.node.traits(Mode.TRAINING).contains(Trait.IN_PLACE)) {
      apart.pass.forward(apart.context, new Tensor[] {apart.x}, apart.x);
      Tensors.assertSameBits(y, Tensors.values(apart.x), "y");
      Tensor[] same = {apart.dy};
      apart.pass.backwardData(apart.context, new Tensor[] {apart.y}, apart.y, apart.dy, same);
      Tensors.assertSameBits(dx, Tensors.values(apart.dy), "dx");
    }
  }

  /** At minus infinity, plus infinity, -0.0 and 0.0: y, then the slope; as near as floats come. */
  static Stream<Arguments> limits() {
    return Stream.of(
        limit(new LeakyRelu(0.5), -INF, INF, 0, 0.5f, 1, 0.5f),
        limit(new Relu6(), 0, 6, 0, 0, 0, 0),
        limit(new HardSigmoid(), 0, 1, 0.5f, 0, 0, 1f / 6),
        limit(new HardSwish(), 0, INF, 0, 0, 1, 0.5f),
        limit(new Sigmoid(), 0, 1, 0.5f, 0, 0, 0.25f),
        limit(new Tanh(), -1, 1, 0, 0, 0, 1),
        limit(new Silu(), 0, INF, 0, 0, 1, 0.5f),
        limit(new Mish(), 0, INF, 0, 0, 1, 0.6f),
        limit(new Gelu(), 0, INF, 0, 0, 1, 0.5f),
        limit(Gelu.tanh(), 0, INF, 0, 0, 1, 0.5f),
        limit(new Elu(), -1, INF, 0, 0, 1, 1),
        limit(new Elu(-0.5), 0.5f, INF, 0, 0, 1, -0.5f),
        limit(new Selu(), -1.7580993f, INF, 0, 0, 1.050701f, 1.7580993f),
        limit(new Celu(0.5), -0.5f, INF, 0, 0, 1, 1),
        limit(new Softplus(), 0, INF, 0.6931472f, 0, 1, 0.5f),
        limit(new PRelu(), -INF, INF, 0, 0.25f, 1, 0.25f));
  }

  private static Arguments limit(
      Layer layer, float low, float high, float middle, float lowDx, float highDx, float dx) {
    return Arguments.of(
        layer, new float[] {low, high, middle, middle}, new float[] {lowDx, highDx, dx, dx});
  }

  @ParameterizedTest
  @MethodSource("limits")
  void limits(Layer layer, float[] y, float[] dx) {
    Alone alone = new Alone(layer, Mode.TRAINING, 1, Shape.flat(5));
    Alone.set(alone.x, -INF, INF, -0f, 0, Float.NaN);
    Alone.set(alone.dy, 1, 1, 1, 1, 1);
    float[] actual = alone.forward();
    float[] slopes = alone.backward();
    for (int i = 0; i < y.length; i++) {
      assertEquals(y[i], actual[i] + 0f, "y at " + alone.x.data[alone.x.offset + i]);
      assertEquals(dx[i], slopes[i] + 0f, 0x1p-23f, "dx at " + alone.x.data[alone.x.offset + i]);
    }
    assertEquals(Float.NaN, actual[4]);
  }

  /** Where they are monotonic, as far as one rounding; and none leaves its range. */
  @Test
  void risingFunctionsRise() {
    Map<Layer, float[]> ranges =
        Map.of(
            new Sigmoid(), new float[] {0, 1},
            new Tanh(), new float[] {-1, 1},
            new HardSigmoid(), new float[] {0, 1},
            new Elu(), new float[] {-1, INF},
            new Relu6(), new float[] {0, 6});
    ranges.forEach(
        (layer, range) -> {
          Alone alone = new Alone(layer, Mode.INFERENCE, 1, Shape.flat(100_000));
          for (int i = 0; i < alone.x.size(); i++) {
            alone.x.data[alone.x.offset + i] = (i - 50_000) / 2_500f;
          }
          float[] y = alone.forward();
          for (int i = 0; i < y.length; i++) {
            assertTrue(y[i] >= range[0] && y[i] <= range[1], layer + " gives " + y[i]);
            if (i > 0) {
              assertTrue(y[i] - y[i - 1] >= -0x1p-22f * Math.abs(y[i]), layer + " at " + i);
            }
          }
        });
  }

  static Stream<Arguments> recorded() {
    PRelu prelu = new PRelu();
    return Stream.of(
        Arguments.of("relu6", new Layer[] {new Relu6()}),
        Arguments.of("hard-sigmoid", new Layer[] {new HardSigmoid()}),
        Arguments.of("hard-swish", new Layer[] {new HardSwish()}),
        Arguments.of("sigmoid", new Layer[] {new Sigmoid()}),
        Arguments.of("tanh", new Layer[] {new Tanh()}),
        Arguments.of("silu", new Layer[] {new Silu()}),
        Arguments.of("mish", new Layer[] {new Mish()}),
        Arguments.of("gelu", new Layer[] {new Gelu()}),
        Arguments.of("gelu-tanh", new Layer[] {Gelu.tanh()}),
        Arguments.of("elu", new Layer[] {new Elu()}),
        Arguments.of("elu-steep", new Layer[] {new Elu(1.5)}),
        Arguments.of("elu-negative", new Layer[] {new Elu(-0.5)}),
        Arguments.of("prelu", new Layer[] {prelu}),
        Arguments.of("prelu-channels", new Layer[] {prelu.perChannel()}),
        Arguments.of("prelu-flat", new Layer[] {new Flatten(), prelu.perChannel(), new Dense(3)}),
        Arguments.of("selu", new Layer[] {new Selu()}),
        Arguments.of("celu", new Layer[] {new Celu(0.5)}),
        Arguments.of("softplus", new Layer[] {new Softplus(2)}),
        Arguments.of("softmax", new Layer[] {new Softmax()}),
        Arguments.of("softmax-flat", new Layer[] {new Flatten(), new Softmax(), new Dense(3)}));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("recorded")
  void pytorch(String name, Layer... layers) throws IOException {
    RecordedCase.assertAgrees(name, layers);
  }

  @Test
  void sameBits() {
    SameBits.assertSameBits(
        new Shape(9, 8, 1),
        new Conv2d(16, Window.same(3)),
        new Silu(),
        new PRelu().perChannel(),
        new Conv2d(8, Window.same(3)),
        new Tanh(),
        new Gelu(),
        new Softmax(),
        new Flatten(),
        new PRelu().perChannel(),
        new Dense(4),
        new PRelu(),
        new Sigmoid());
  }

  /** Sums of many blocks, of rows that are not full and of many channels. */
  static Stream<Arguments> shapes() {
    return Stream.of(
        Arguments.of(new PRelu(), Shape.of(37, 41, 7), 5),
        Arguments.of(new PRelu().perChannel(), Shape.of(37, 41, 7), 5),
        Arguments.of(new PRelu().perChannel(), Shape.of(9, 9, 64), 13),
        Arguments.of(new PRelu().perChannel(), Shape.of(2, 3, 511), 17),
        Arguments.of(new PRelu().perChannel(), Shape.flat(1300), 67));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void slopesThatAreLearnt(PRelu layer, Shape shape, int batch) {
    Alone alone = new Alone(layer, Mode.TRAINING, batch, shape);
    alone.forward();
    alone.backward();
    Tensor weight = alone.node.parameters().getFirst().grad();
    double[] sums = new double[weight.size()];
    double[] x = Doubles.of(alone.x);
    double[] dy = Doubles.of(alone.dy);
    for (int i = 0; i < x.length; i++) {
      sums[i % shape.channels() % sums.length] += dy[i] * Math.min(x[i], 0);
    }
    for (int c = 0; c < sums.length; c++) {
      assertEquals((float) sums[c], weight.data[weight.offset + c], 2 * Math.ulp((float) sums[c]));
    }
  }

  @Test
  void aSlopeBeginsWithItsInitialValue() {
    for (double initial : new double[] {0.25, 0.5}) {
      Network network = new Network(Shape.of(2, 2, 3), new PRelu().perChannel().initial(initial));
      network.initialize(1);
      float[] expected = {(float) initial, (float) initial, (float) initial};
      assertArrayEquals(expected, Tensors.values(network.parameters().get("0.weight").value()));
    }
  }

  /** exp(100) has no place in a float. */
  @Test
  void softmaxOfExtremes() {
    Alone alone = new Alone(new Softmax(), Mode.TRAINING, 4, Shape.flat(3));
    Alone.set(alone.x, 100, 100, -INF, 0, -1000, 0, Float.NaN, 0, 0, -INF, -INF, -INF);
    float nan = Float.NaN;
    assertArrayEquals(
        new float[] {0.5f, 0.5f, 0, 0.5f, 0, 0.5f, nan, nan, nan, nan, nan, nan}, alone.forward());
  }

  /** y = (1/4, 3/4), the sum of dy * y is 1 * 1/4 + 2 * 3/4 = 7/4. */
  @Test
  void softmaxByHand() {
    Alone alone = new Alone(new Softmax(), Mode.TRAINING, 1, Shape.of(1, 1, 2));
    Alone.set(alone.y, 0.25f, 0.75f);
    Alone.set(alone.dy, 1, 2);
    assertArrayEquals(new float[] {-0.1875f, 0.1875f}, alone.backward());
  }

  @Test
  void numbersMustBeFinite() {
    for (double number : new double[] {Double.NaN, INF, 1e60}) {
      for (Runnable call :
          List.<Runnable>of(() -> new Elu(number), () -> new PRelu().initial(number))) {
        String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(message.endsWith("must be finite, but is " + number), message);
      }
    }
  }

  @Test
  void numbersMustBePositive() {
    for (double number : new double[] {0, -1, Double.NaN, INF, 1e-60}) {
      for (Runnable call : List.<Runnable>of(() -> new Celu(number), () -> new Softplus(number))) {
        String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(message.endsWith("must be positive and finite, but is " + number), message);
      }
    }
  }
}
