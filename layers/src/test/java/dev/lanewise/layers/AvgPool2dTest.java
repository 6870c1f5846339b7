// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class AvgPool2dTest {
  private static final double UNIT = 0x1p-24;

  static Stream<Window> windows() {
    return Stream.of(
        Window.valid(2).stride(2),
        Window.valid(3).stride(2),
        Window.same(3),
        Window.same(2),
        Window.valid(2).padding(1, 1, 0, 1).stride(2, 1),
        Window.valid(2).stride(3),
        Window.valid(2).dilation(2, 3),
        Window.valid(3, 1).padding(2, 0, 0, 0).dilation(2, 1));
  }

  static Stream<AvgPool2d> layers() {
    return Stream.concat(
        Stream.of(AvgPool2d.global()),
        windows().flatMap(w -> Stream.of(new AvgPool2d(w), new AvgPool2d(w).countPadding(false))));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void derivesAndKeepsItsPromises(AvgPool2d layer) {
    for (int seed = 1; seed <= 3; seed++) {
      GradientCheck check = new GradientCheck().seed(seed);
      check.layer(layer, new Shape(5, 6, 3));
      check.layer(layer, new Shape(7, 4, 17));
    }
  }

  @Test
  void valuesByHand() {
    Alone alone = new Alone(new AvgPool2d(2), Mode.TRAINING, 1, new Shape(3, 4, 1));
    Alone.set(alone.x, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12); // the last row fills no square
    Alone.set(alone.dy, 4, 8);
    assertArrayEquals(new float[] {3.5f, 5.5f}, alone.forward());
    assertArrayEquals(new float[] {1, 1, 2, 2, 1, 1, 2, 2, 0, 0, 0, 0}, alone.backward());
  }

  /** A window of 2x2 with a row and a column of padding on all sides. */
  @Test
  void paddingCountsUnlessToldOtherwise() {
    Window window = Window.valid(2).padding(1, 1, 1, 1);
    Alone counted = new Alone(new AvgPool2d(window), Mode.TRAINING, 1, new Shape(1, 2, 1));
    Alone.set(counted.x, 4, 12);
    Alone.set(counted.dy, 4, 8, 12, 16, 20, 24);
    assertArrayEquals(new float[] {1, 4, 3, 1, 4, 3}, counted.forward());
    assertArrayEquals(new float[] {12, 16}, counted.backward());
    Alone not =
        new Alone(new AvgPool2d(window).countPadding(false), Mode.TRAINING, 1, new Shape(1, 2, 1));
    Alone.set(not.x, 4, 12);
    Alone.set(not.dy, 4, 8, 12, 16, 20, 24);
    assertArrayEquals(new float[] {4, 8, 12, 4, 8, 12}, not.forward());
    assertArrayEquals(new float[] {4 + 4 + 16 + 10, 4 + 12 + 10 + 24}, not.backward());
  }

  @Test
  void globalAverageByHand() {
    Alone alone = new Alone(AvgPool2d.global(), Mode.TRAINING, 2, new Shape(2, 2, 1));
    Alone.set(alone.x, 1, 2, 3, 6, -4, 0, 0, 8);
    Alone.set(alone.dy, 4, -8);
    assertArrayEquals(new float[] {3, 1}, alone.forward());
    assertArrayEquals(new float[] {1, 1, 1, 1, -2, -2, -2, -2}, alone.backward());
  }

  /** In double precision: what comes out is that, rounded once. */
  @ParameterizedTest
  @MethodSource("windows")
  void oracle(Window window) {
    for (boolean countPadding : new boolean[] {true, false}) {
      Shape in = new Shape(5, 6, 3);
      AvgPool2d layer = new AvgPool2d(window).countPadding(countPadding);
      Alone alone = new Alone(layer, Mode.TRAINING, 2, in);
      WindowGrid grid = WindowGrid.of(window, 5, 6);
      double[] y = new double[alone.y.size()];
      double[] dx = new double[alone.x.size()];
      double[] x = Doubles.of(alone.x);
      double[] dy = Doubles.of(alone.dy);
      for (int i = 0; i < y.length; i++) {
        int c = i % 3;
        int ox = i / 3 % grid.outputW();
        int oy = i / 3 / grid.outputW() % grid.outputH();
        int n = i / 3 / grid.outputPixels();
        int[] pixels = pixels(grid, oy, ox);
        double k = countPadding ? window.kernelH() * window.kernelW() : pixels.length;
        for (int pixel : pixels) {
          y[i] += x[(n * 30 + pixel) * 3 + c] / k;
          dx[(n * 30 + pixel) * 3 + c] += dy[i] / k;
        }
      }
      assertNear("y", y, alone.forward());
      assertNear("dx", dx, alone.backward());
    }
  }

  private static int[] pixels(WindowGrid grid, int oy, int ox) {
    Window w = grid.window();
    java.util.stream.IntStream.Builder pixels = java.util.stream.IntStream.builder();
    for (int ky = 0; ky < w.kernelH(); ky++) {
      for (int kx = 0; kx < w.kernelW(); kx++) {
        int iy = oy * w.strideH() - grid.padTop() + ky * w.dilationH();
        int ix = ox * w.strideW() - grid.padLeft() + kx * w.dilationW();
        if (iy >= 0 && iy < grid.inputH() && ix >= 0 && ix < grid.inputW()) {
          pixels.add(iy * grid.inputW() + ix);
        }
      }
    }
    return pixels.build().toArray();
  }

  private static void assertNear(String what, double[] expected, float[] actual) {
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], 1.01 * UNIT * Math.abs(expected[i]) + 1e-15, what + i);
    }
  }

  @Test
  void sameBits() {
    SameBits.assertSameBits(
        new Shape(9, 8, 1),
        new Conv2d(16, Window.same(3)),
        new Relu(),
        new AvgPool2d(2),
        new Conv2d(8, Window.same(3)),
        new Relu(),
        new AvgPool2d(Window.same(3)).countPadding(false),
        AvgPool2d.global(),
        new Dense(4));
  }

  static Stream<Arguments> recorded() {
    return Stream.of(
        Arguments.of("avg-pool", new AvgPool2d(2)),
        Arguments.of("avg-pool-padded", new AvgPool2d(padded())),
        Arguments.of("avg-pool-not-counted", new AvgPool2d(padded()).countPadding(false)),
        Arguments.of(
            "avg-pool-oblong", new AvgPool2d(Window.valid(2, 3).stride(1, 2).padding(1, 1, 0, 0))),
        Arguments.of("avg-pool-global", AvgPool2d.global()),
        Arguments.of("avg-pool-ceil", new AvgPool2d(padded()).ceil(true)),
        Arguments.of(
            "avg-pool-ceil-not-counted",
            new AvgPool2d(Window.valid(2, 3).stride(3, 2).padding(1, 1, 1, 1))
                .ceil(true)
                .countPadding(false)),
        Arguments.of("avg-pool-ceil-small", new AvgPool2d(Window.valid(3).stride(2)).ceil(true)),
        Arguments.of("avg-pool-adaptive", AvgPool2d.adaptive(3, 4)),
        Arguments.of("avg-pool-adaptive-larger", AvgPool2d.adaptive(5, 3)));
  }

  private static Window padded() {
    return Window.valid(3).stride(2).padding(1, 1, 1, 1);
  }

  @ParameterizedTest
  @MethodSource("recorded")
  void pytorch(String name, AvgPool2d layer) throws IOException {
    RecordedCase.assertAgrees(name, layer);
  }

  @Test
  void padsNoWindowWithNothing() {
    Shape in = new Shape(3, 3, 1);
    AvgPool2d layer = new AvgPool2d(Window.valid(1).padding(1, 0, 0, 0));
    assertEquals(new Shape(4, 3, 1), layer.outputShape(in)); // zeros above
    assertThrows(IllegalArgumentException.class, () -> layer.countPadding(false).outputShape(in));
  }

  /** The window would have to begin at row 4, and there is none. */
  @Test
  void ceilAddsNoWindowThatHoldsNothing() {
    AvgPool2d layer = new AvgPool2d(Window.valid(1, 2).stride(4)).ceil(true);
    assertEquals(new Shape(1, 2, 1), layer.outputShape(new Shape(4, 5, 1)));
    AvgPool2d tooLarge = new AvgPool2d(Window.valid(8, 1).stride(4)).ceil(true);
    String message =
        assertThrows(IllegalArgumentException.class, () -> tooLarge.outputShape(new Shape(4, 5, 1)))
            .getMessage();
    assertTrue(message.contains("does not fit into an input"), message);
  }

  @Test
  void anAdaptiveOutputIsPositive() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> AvgPool2d.adaptive(0, 7)).getMessage();
    assertTrue(message.contains("positive output size, not 0x7"), message);
  }

  @ParameterizedTest
  @MethodSource("layers")
  void descriptionMakesItAgain(AvgPool2d layer) {
    assertEquals(layer.description(), Kinds.STANDARD.apply(layer.description()).description());
  }

  @Test
  void says() {
    assertEquals("avg_pool2d(global=true)", AvgPool2d.global().toString());
    assertEquals("avg_pool2d(kernel=[2, 2], stride=[2, 2])", new AvgPool2d(2).toString());
  }
}
