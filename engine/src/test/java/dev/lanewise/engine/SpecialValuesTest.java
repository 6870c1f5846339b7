// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.kernel.GroupKernels;
import dev.lanewise.engine.kernel.Kernels;
import dev.lanewise.engine.kernel.MatrixKernels;
import dev.lanewise.engine.kernel.TapKernels;
import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.engine.simd.SimdKernels;
import dev.lanewise.engine.testing.Guards;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * NaN, infinities, zeros of both signs, denormals and extremes through every kernel of both back
 * ends. What is expected of rectifier, pooling and loss is what PyTorch 2.13 gives on a CPU,
 * written down from there. Differences are named where they are; that of {@code relu(-0.0)} is that
 * it is -0.0 there.
 */
final class SpecialValuesTest {
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;
  private static final float MAX = Float.MAX_VALUE;
  private static final float MIN = Float.MIN_VALUE;
  private static final float NORMAL = Float.MIN_NORMAL;

  private static final float[] VALUES = {
    NAN, INF, -INF, 0f, -0f, MIN, -MIN, NORMAL / 2, -NORMAL, MAX, -MAX, 1f, -1f
  };
  private static final float[] RECTIFIED = {
    NAN, INF, 0f, 0f, 0f, MIN, 0f, NORMAL / 2, 0f, MAX, 0f, 1f, 0f
  };
  private static final float[] EXPONENTIALS = {
    NAN, INF, 0f, 1f, 1f, 1f, 1f, 1f, 1f, INF, 0f, 2.7182817f, 0.36787945f
  };

  /**
   * So often that every value comes in whole vectors, in what is left of them, and in each lane.
   */
  private static final int TIMES = 17;

  static final List<Kernels> BOTH = List.of(SimdKernels.create(), ReferenceKernels.create());

  private static float[] repeated(float[] values) {
    float[] all = new float[TIMES * values.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = values[i % values.length];
    }
    return all;
  }

  @ParameterizedTest
  @FieldSource("BOTH")
  void relu(Kernels kernels) {
    float[] x = repeated(VALUES);
    float[] y = Guards.array(x.length);
    kernels.elements().relu(x.length, x, 0, y, 0);
    Guards.assertSame(repeated(RECTIFIED), y, "y");
  }

  /** A gradient of NaN passes or does not, as any other: it is chosen, not multiplied. */
  @ParameterizedTest
  @FieldSource("BOTH")
  void reluBackward(Kernels kernels) {
    float[] y = repeated(VALUES);
    for (float g : VALUES) {
      float[] dy = new float[y.length];
      Arrays.fill(dy, g);
      float[] dx = Guards.array(y.length);
      kernels.elements().zeroWhereNotPositive(y.length, y, 0, dy, 0, dx, 0);
      float[] expected = repeated(new float[] {g, g, 0f, 0f, 0f, g, 0f, g, 0f, g, 0f, g, 0f});
      Guards.assertSame(expected, dx, "dx of " + g);
    }
  }

  @ParameterizedTest
  @FieldSource("BOTH")
  void exp(Kernels kernels) {
    float[] x = repeated(VALUES);
    float[] y = Guards.array(x.length);
    kernels.elements().exp(x.length, x, 0, 0f, y, 0);
    Guards.assertSame(repeated(EXPONENTIALS), y, "exp");
    kernels.elements().exp(x.length, x, 0, INF, y, 0);
    float[] below = new float[VALUES.length];
    below[0] = NAN;
    below[1] = NAN; // infinity - infinity
    Guards.assertSame(repeated(below), y, "exp below infinity");
  }

  /** Every combination of factors and addend, by one fused multiply-add. */
  @ParameterizedTest
  @FieldSource("BOTH")
  void axpy(Kernels kernels) {
    float[] x = repeated(VALUES);
    for (float a : VALUES) {
      for (float d : VALUES) {
        float[] y = new float[x.length];
        Arrays.fill(y, d);
        float[] expected = new float[x.length];
        for (int i = 0; i < x.length; i++) {
          expected[i] = Math.fma(a, x[i], d);
        }
        kernels.elements().axpy(x.length, a, x, 0, y, 0);
        Guards.assertSame(expected, y, a + " * x + " + d);
      }
    }
  }

  @ParameterizedTest
  @FieldSource("BOTH")
  void columnSums(Kernels kernels) {
    float[] x = repeated(VALUES);
    for (float first : VALUES) {
      float[] sums = new float[x.length];
      Arrays.fill(sums, first);
      float[] expected = new float[x.length];
      for (int i = 0; i < x.length; i++) {
        expected[i] = first + x[i];
      }
      kernels.elements().addColumnSums(1, x.length, x, 0, sums, 0);
      Guards.assertSame(expected, sums, first + " + x");
    }
  }

  /** Every combination of factors and addend, in every tile. */
  @ParameterizedTest
  @FieldSource("BOTH")
  void products(Kernels kernels) {
    float[] a = Arrays.copyOf(repeated(VALUES), 31);
    float[] b = Arrays.copyOf(repeated(VALUES), 13 * 5);
    for (float start : VALUES) {
      float[] d = new float[b.length];
      Arrays.fill(d, start);
      float[] c = Guards.array(a.length * b.length);
      float[] dots = Guards.array(a.length * b.length);
      kernels
          .matrix()
          .gemm(a.length, b.length, 1, a, 0, 1, 1, b, 0, b.length, d, 0, 0, c, 0, b.length);
      float[] work = new float[MatrixKernels.DOT_WORK];
      kernels.matrix().dot(a.length, b.length, 1, a, 0, 1, b, 0, 1, d, 0, dots, 0, b.length, work);
      float[] expected = new float[c.length];
      float[] expectedDots = new float[c.length];
      for (int i = 0; i < c.length; i++) {
        float left = a[i / b.length];
        float right = b[i % b.length];
        expected[i] = Math.fma(left, right, start);
        expectedDots[i] = start + (Math.fma(left, right, 0f) + 0f); // 15 sums of nothing
      }
      Guards.assertSame(expected, c, "gemm from " + start);
      Guards.assertSame(expectedDots, dots, "dot from " + start);
    }
  }

  /** The same with taps: one of many pixels, and many of one. */
  @ParameterizedTest
  @FieldSource("BOTH")
  void productsOfTaps(Kernels kernels) {
    float[] a = Arrays.copyOf(repeated(VALUES), 31);
    int[] taps = new int[a.length];
    Arrays.setAll(taps, t -> t);
    float[] scratch = Guards.array((int) TapKernels.scratch(1));
    for (int n : new int[] {5, 8, 12, 32, 44}) { // eight lanes, one vector, pairs, and both
      for (float start : VALUES) {
        for (float right : VALUES) {
          float[] b = new float[n];
          Arrays.fill(b, right);
          float[] expected = new float[a.length * n];
          for (int i = 0; i < expected.length; i++) {
            expected[i] = Math.fma(a[i / n], right, start);
          }
          float[] gradient = new float[expected.length];
          Arrays.fill(gradient, start);
          kernels.taps().tapGradient(a.length, n, 1, a, 0, taps, 0, b, 0, gradient, 0, scratch, 0);
          Guards.assertSame(expected, gradient, start + " + a * " + right + ", gradient");
          float[] d = new float[Math.max(n, a.length)];
          Arrays.fill(d, start);
          float[] product = Guards.array(expected.length);
          kernels.taps().tapProduct(a.length, n, 1, a, 0, taps, b, 0, d, 0, product, 0, scratch, 0);
          Guards.assertSame(expected, product, start + " + a * " + right);
          product = Guards.array(a.length * TapKernels.PLANE_LANES);
          float[] lanes = new float[TapKernels.PLANE_LANES];
          Arrays.fill(lanes, right);
          kernels
              .taps()
              .planeProduct(
                  a.length, lanes.length, 1, a, 0, lanes, 0, taps, d, 0, product, 0, lanes.length);
          float[] chains = new float[product.length];
          for (int i = 0; i < chains.length; i++) {
            chains[i] = Math.fma(a[i / lanes.length], right, start);
          }
          Guards.assertSame(chains, product, start + " + a * " + right);
        }
      }
    }
  }

  /** The same where every lane has a weight of its own, with one tap and with nine. */
  @ParameterizedTest
  @FieldSource("BOTH")
  void sumsOfChannelBlocks(Kernels kernels) {
    int block = GroupKernels.BLOCK;
    float[] x = Arrays.copyOf(repeated(VALUES), VALUES.length * block);
    for (int taps : new int[] {1, 9}) {
      int[] offsets = new int[taps]; // the last one sees x, the others see -0.0 times 1
      Arrays.fill(offsets, 0, taps - 1, x.length);
      float[] frame = Arrays.copyOf(x, 2 * x.length);
      Arrays.fill(frame, x.length, frame.length, -0f);
      for (float start : VALUES) {
        for (float right : VALUES) {
          float[] w = new float[taps * block];
          Arrays.fill(w, 1f);
          Arrays.fill(w, w.length - block, w.length, right);
          float[] d = new float[block];
          Arrays.fill(d, start);
          float[] expected = new float[x.length];
          for (int i = 0; i < x.length; i++) {
            expected[i] = Math.fma(x[i], right, start);
          }
          float[] y = Guards.array(x.length);
          int row = VALUES.length * block;
          kernels
              .groups()
              .tapSums(
                  1,
                  VALUES.length,
                  block,
                  taps,
                  frame,
                  0,
                  row,
                  block,
                  offsets,
                  w,
                  0,
                  d,
                  0,
                  y,
                  0,
                  row,
                  block);
          Guards.assertSame(expected, y, start + " + x * " + right + ", " + taps + " taps");
        }
        float[] dy = new float[block];
        Arrays.fill(dy, start);
        float[] dw = new float[block];
        float[] expected = new float[block];
        for (int l = 0; l < block; l++) {
          dw[l] = VALUES[l % VALUES.length];
          expected[l] = dw[l] + Math.fma(x[l], start, 0f);
        }
        int[] first = {0};
        float[] work = new float[GroupKernels.GRADIENT_WORK];
        kernels
            .groups()
            .tapGradients(1, 1, block, 1, x, 0, 0, 0, first, dy, 0, 0, 0, dw, 0, block, work, 0);
        Guards.assertSame(expected, dw, "gradient of " + start);
      }
    }
  }

  /** A window of 2x2: its pixels, the maximum, and which pixel it is. */
  static Stream<Arguments> windows() {
    return Stream.of(
        Arguments.of(new float[] {1f, NAN, 2f, 3f}, NAN, 1),
        Arguments.of(new float[] {NAN, 1f, NAN, 3f}, NAN, 2), // the last NaN
        Arguments.of(new float[] {INF, NAN, INF, INF}, NAN, 1),
        Arguments.of(new float[] {NAN, INF, INF, INF}, NAN, 0),
        Arguments.of(new float[] {INF, INF, 1f, 2f}, INF, 0), // the first of equals
        Arguments.of(new float[] {-INF, -INF, -INF, -INF}, -INF, 0),
        Arguments.of(new float[] {-MAX, -INF, -INF, -MAX}, -MAX, 0),
        Arguments.of(new float[] {-0f, 0f, 0f, -0f}, -0f, 0), // which are equal
        Arguments.of(new float[] {0f, -0f, -0f, 0f}, 0f, 0),
        Arguments.of(new float[] {MIN, NORMAL, -MIN, 0f}, NORMAL, 1),
        Arguments.of(new float[] {-MIN, -NORMAL, 0f, MIN}, MIN, 3));
  }

  @ParameterizedTest
  @MethodSource("windows")
  void maxPool(float[] pixels, float maximum, int winner) {
    WindowGrid grid = WindowGrid.of(Window.valid(2).stride(2), 2, 2);
    for (Kernels kernels : BOTH) {
      for (int channels = 1; channels < 35; channels++) {
        float[] x = new float[4 * channels];
        for (int i = 0; i < x.length; i++) {
          x[i] = pixels[i / channels];
        }
        float[] y = Guards.array(channels);
        int[] argmax = new int[channels];
        kernels.pooling().maxPool(grid, channels, x, 0, y, 0, argmax, 0);
        float[] expected = new float[channels];
        int[] expectedArgmax = new int[channels];
        Arrays.fill(expected, maximum);
        Arrays.fill(expectedArgmax, winner);
        Guards.assertSame(expected, y, kernels.description());
        assertArrayEquals(expectedArgmax, argmax, kernels.description());
        for (float g : VALUES) {
          float[] dx = Guards.array(x.length);
          Arrays.fill(y, g);
          kernels.pooling().maxPoolBackward(grid, channels, y, 0, argmax, 0, dx, 0);
          float[] expectedDx = new float[x.length];
          Arrays.fill(expectedDx, winner * channels, (winner + 1) * channels, 0f + g);
          Guards.assertSame(expectedDx, dx, kernels.description());
        }
      }
    }
  }

  /** Windows that overlap and reach into the padding, which never wins. */
  @Test
  void paddingNeverWins() {
    WindowGrid grid = WindowGrid.of(Window.valid(2).padding(1, 1, 1, 1), 2, 2);
    float[] low = {-INF, -INF, -INF, -INF};
    float[] nan = {NAN, 1f, 2f, 3f};
    for (Kernels kernels : BOTH) {
      float[] y = new float[9];
      int[] argmax = new int[9];
      kernels.pooling().maxPool(grid, 1, low, 0, y, 0, argmax, 0);
      assertArrayEquals(new int[] {0, 0, 1, 0, 0, 1, 2, 2, 3}, argmax);
      kernels.pooling().maxPool(grid, 1, nan, 0, y, 0, argmax, 0);
      Guards.assertSame(new float[] {NAN, NAN, 1, NAN, NAN, 3, 2, 3, 3}, y, "y");
      assertArrayEquals(new int[] {0, 0, 1, 0, 0, 3, 2, 3, 3}, argmax);
      float[] dx = new float[4];
      kernels
          .pooling()
          .maxPoolBackward(grid, 1, new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 0, argmax, 0, dx, 0);
      Guards.assertSame(new float[] {12, 3, 7, 23}, dx, "dx");
    }
  }

  @ParameterizedTest
  @FieldSource("BOTH")
  void poolingRectified(Kernels kernels) {
    float[] y = repeated(VALUES);
    int[] argmax = new int[y.length];
    kernels.pooling().rectifyPooled(y.length, y, 0, argmax, 0);
    Guards.assertSame(repeated(RECTIFIED), y, "y");
    for (int i = 0; i < y.length; i++) {
      assertEquals(y[i] <= 0 ? MaxPooling.NO_PIXEL : 0, argmax[i]);
    }
  }

  /** Logits, the losses for each label, and the softmax, NaN where there is none. */
  static Stream<Arguments> logits() {
    float[] nan = {NAN, NAN, NAN};
    double[] none = {NAN, NAN, NAN};
    double third = 1.0986123;
    float[] thirds = {1 / 3f, 1 / 3f, 1 / 3f};
    return Stream.of(
        Arguments.of(
            new float[] {1e30f, -1e30f, 1e30f},
            new double[] {0.6931472, 2e30, 0.6931472},
            new float[] {0.5f, 0f, 0.5f}),
        Arguments.of(
            new float[] {-1e30f, -1e30f, -1e30f}, new double[] {third, third, third}, thirds),
        Arguments.of(new float[] {-MAX, -MAX, -MAX}, new double[] {third, third, third}, thirds),
        // In PyTorch, whose losses are floats, the second is infinite.
        Arguments.of(
            new float[] {MAX, -MAX, 0f}, new double[] {0, 2.0 * MAX, MAX}, new float[] {1, 0, 0}),
        Arguments.of(new float[] {MIN, -MIN, 0f}, new double[] {third, third, third}, thirds),
        Arguments.of(
            new float[] {100f, 0f, -100f},
            new double[] {0, 100, 200},
            new float[] {1f, 3.783506e-44f, 0f}),
        Arguments.of(
            new float[] {-INF, 0f, 1f},
            new double[] {INF, 1.3132616, 0.31326166},
            new float[] {0f, 0.26894143f, 0.7310586f}),
        Arguments.of(new float[] {1f, NAN, 2f}, none, nan),
        Arguments.of(new float[] {INF, 0f, 1f}, none, nan),
        Arguments.of(new float[] {INF, INF, 1f}, none, nan),
        Arguments.of(new float[] {INF, -INF, 0f}, none, nan),
        Arguments.of(new float[] {-INF, -INF, -INF}, none, nan));
  }

  @ParameterizedTest
  @MethodSource("logits")
  void crossEntropy(float[] z, double[] losses, float[] softmax) {
    for (int label = 0; label < 3; label++) {
      float[] g = Guards.array(3);
      double loss =
          CrossEntropy.forwardBackward(1, 3, Floats.of(z), new int[] {label}, Floats.of(g), 1f);
      assertEquals(losses[label], loss, Double.isFinite(losses[label]) ? 1e-7 * (1 + loss) : 0);
      for (int j = 0; j < 3; j++) {
        float expected = softmax[j] - (j == label ? 1 : 0);
        assertEquals(expected, g[j], softmax[j] == 0 ? 0 : 6e-8f, "label " + label + ", " + j);
      }
    }
  }

  /**
   * Where an infinite weight meets padding, the sum has a term 0 * infinity, as in PyTorch. The
   * gradient of the data is such a sum too, over a padded dy; PyTorch scatters dy and has no such
   * term there.
   */
  @Test
  void directConvolution() {
    float[] nan = new float[16];
    Arrays.fill(nan, 1f);
    nan[0] = NAN;
    float[] ones = new float[16];
    Arrays.fill(ones, 1f);
    float[] infinite = ones.clone();
    infinite[0] = INF;
    Guards.assertSame(
        new float[] {NAN, NAN, 6, 4, NAN, NAN, 9, 6, 6, 9, 9, 6, 4, 6, 6, 4},
        forward(nan, ones),
        "NaN in x");
    Guards.assertSame(
        new float[] {INF, INF, 6, 4, INF, INF, 9, 6, 6, 9, 9, 6, 4, 6, 6, 4},
        forward(infinite, ones),
        "infinity in x");
    Guards.assertSame(
        new float[] {
          NAN, NAN, NAN, NAN, NAN, INF, INF, INF, NAN, INF, INF, INF, NAN, INF, INF, INF
        },
        forward(ones, infinite),
        "infinity in weight");
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 4, 4), 1, 1);
    Convolution direct =
        new Convolution(
            shape,
            1,
            Convolution.Algorithm.DIRECT,
            Epilogue.NONE,
            new Workspace(WorkerTeam.single()));
    float[] dx = Guards.array(16);
    direct.backwardData(1, Floats.of(ones), Floats.of(infinite), null, Floats.of(dx));
    Guards.assertSame(
        new float[] {
          INF, INF, INF, NAN, INF, INF, INF, NAN, INF, INF, INF, NAN, NAN, NAN, NAN, NAN
        },
        dx,
        "dx");
    float[] dWeight = new float[9];
    direct.backwardWeights(1, Floats.of(nan), Floats.of(ones), Floats.of(dWeight), null);
    Guards.assertSame(new float[] {NAN, NAN, 9, NAN, NAN, 12, 9, 12, 9}, dWeight, "dWeight");
  }

  private static float[] forward(float[] x, float[] weight) {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 4, 4), 1, 1);
    float[] y = Guards.array(16);
    new Convolution(
            shape,
            1,
            Convolution.Algorithm.DIRECT,
            Epilogue.NONE,
            new Workspace(WorkerTeam.single()))
        .forward(1, Floats.of(x), Floats.of(weight), null, Floats.of(y));
    return y;
  }

  /** By Winograd a NaN reaches the whole tiles that see it, and no others. */
  @Test
  void fastConvolution() {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3), 12, 12), 16, 16);
    Convolution fast =
        new Convolution(
            shape,
            1,
            Convolution.Algorithm.AUTO,
            Epilogue.NONE,
            new Workspace(WorkerTeam.single()));
    float[] weight = new float[shape.weightSize()];
    Arrays.fill(weight, 1f);
    for (float special : new float[] {NAN, INF, -INF}) {
      float[] x = new float[shape.inputSize()];
      Arrays.fill(x, 1f);
      x[(6 * 12 + 6) * 16 + 5] = special; // inside the middle tile, seen by no other
      float[] y = new float[shape.outputSize()];
      fast.forward(1, Floats.of(x), Floats.of(weight), null, Floats.of(y));
      for (int i = 0; i < y.length; i++) {
        int row = i / 16 / 12;
        int column = i / 16 % 12;
        boolean sees = row / 4 == 1 && column / 4 == 1;
        assertTrue(Float.isFinite(y[i]) != sees, y[i] + " at " + row + ", " + column);
      }
    }
  }
}
