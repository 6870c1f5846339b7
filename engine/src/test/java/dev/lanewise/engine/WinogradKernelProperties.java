package dev.lanewise.engine;

import dev.lanewise.engine.reference.ReferenceKernels;
import dev.lanewise.engine.simd.SimdKernels;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Winograd's transforms: the matrices of Lavin and Gray, and one result for both back ends. */
final class WinogradKernelProperties {
  private static final Kernels[] BOTH = {SimdKernels.create(), new ReferenceKernels()};

  private static final double[][] INPUT = {
    {4, 0, -5, 0, 1, 0},
    {0, -4, -4, 1, 1, 0},
    {0, 4, -4, -1, 1, 0},
    {0, -2, -1, 2, 1, 0},
    {0, 2, -1, -2, 1, 0},
    {0, 4, 0, -5, 0, 1}
  };
  private static final double[][] OUTPUT = {
    {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}
  };
  private static final double[][] WEIGHT = {
    {1 / 4.0, 0, 0},
    {-1 / 6.0, -1 / 6.0, -1 / 6.0},
    {-1 / 6.0, 1 / 6.0, -1 / 6.0},
    {1 / 24.0, 1 / 12.0, 1 / 6.0},
    {1 / 24.0, -1 / 12.0, 1 / 6.0},
    {0, 0, 1}
  };

  static double[][] matrix(Winograd transform) {
    return switch (transform) {
      case INPUT -> INPUT;
      case OUTPUT -> OUTPUT;
      case OUTPUT_GRADIENT -> transpose(OUTPUT);
      case WEIGHT -> WEIGHT;
      case WEIGHT_GRADIENT -> transpose(WEIGHT);
    };
  }

  private static double[][] transpose(double[][] m) {
    double[][] t = new double[m[0].length][m.length];
    for (int i = 0; i < m.length; i++) {
      for (int j = 0; j < t.length; j++) {
        t[j][i] = m[i][j];
      }
    }
    return t;
  }

  @Property
  void transforms(
      @ForAll Winograd transform,
      @ForAll @IntRange(min = 1, max = 3) int vectors,
      @ForAll @IntRange(max = 5) int gap,
      @ForAll Values values,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] l = matrix(transform);
    int in = transform.inputs();
    int out = transform.outputs();
    int channels = 16 * vectors;
    int xCol = channels + gap;
    int xRow = in * xCol + gap;
    int yCol = channels + 2 * gap;
    int yRow = out * yCol + gap;
    float[] x = Guards.array(3 + in * xRow);
    for (int i = 0; i < in * in * channels; i++) {
      int pixel = i / channels;
      x[3 + pixel / in * xRow + pixel % in * xCol + i % channels] = values.draw(random);
    }
    float[][] y = new float[2][];
    for (int b = 0; b < 2; b++) {
      y[b] = Guards.array(5 + out * yRow);
      float[] work = Guards.array(Winograd.WORK);
      BOTH[b].winograd(transform, channels, x, 3, xRow, xCol, y[b], 5, yRow, yCol, work, 0);
    }
    Guards.assertSame(y[1], y[0], transform + " " + channels);
    for (int r = 0; r < out && values != Values.SPECIAL; r++) {
      for (int s = 0; s < out; s++) {
        for (int c = 0; c < channels; c++) {
          double exact = 0;
          double magnitude = 0;
          for (int i = 0; i < in; i++) {
            for (int j = 0; j < in; j++) {
              double term = l[r][i] * x[3 + i * xRow + j * xCol + c] * l[s][j];
              exact += term;
              magnitude += Math.abs(term);
            }
          }
          double error = Math.abs(y[0][5 + r * yRow + s * yCol + c] - exact);
          if (!(error <= 16 * 0x1p-24 * magnitude + Float.MIN_NORMAL)) {
            throw new AssertionError(transform + " (" + r + ", " + s + ") is off by " + error);
          }
        }
      }
    }
  }
}
