// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Views.at;

import dev.lanewise.engine.conv.FlippedWeight;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.WindowGrid;
import dev.lanewise.engine.testing.Bound;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import dev.lanewise.engine.testing.Windows;
import java.util.SplittableRandom;

/**
 * A convolution with random operands at odd offsets between guards, its three passes by the
 * definition in double precision, and by {@link Convolution}.
 */
final class ConvolutionCase {
  private static final int X = 3;
  private static final int W = 1;
  private static final int B = 2;
  private static final int Y = 5;

  final Conv2dShape shape;
  final int batch;
  final boolean withBias;
  final float[] x;
  final float[] weight;
  final float[] bias;
  final float[] dy;
  final float[] dWeight; // before
  final float[] dBias; // before

  ConvolutionCase(Conv2dShape shape, int batch, boolean withBias, Values values, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    this.shape = shape;
    this.batch = batch;
    this.withBias = withBias;
    x = values.guarded(X, batch * shape.inputSize(), random.nextInt(20), random);
    weight = values.guarded(W, shape.weightSize(), random.nextInt(20), random);
    bias = values.guarded(B, shape.outChannels(), random.nextInt(20), random);
    dy = values.guarded(Y, batch * shape.outputSize(), random.nextInt(20), random);
    dWeight = values.guarded(W, shape.weightSize(), random.nextInt(20), random);
    dBias = values.guarded(B, shape.outChannels(), random.nextInt(20), random);
  }

  /**
   * Operands for which Winograd's forward pass and its gradient of the data are exact too, although
   * its transform of the weights has constants of 1/6, 1/12 and 1/24. x and dy are -1, 0 or 1. The
   * weights are multiples of 576 = 24^2, so that both divisions leave integers; that the constants
   * are rounded changes nothing, because all three are too large by one part in 2^25, less than
   * half a unit in the last place of any quotient. Three channels of four have a weight of 0 at a
   * tap, which keeps every sum below 2^24, even of magnitudes: at most 48^2 * 576 from a channel
   * without zeros, and 48 channels.
   */
  static ConvolutionCase exactForWinograd(
      Conv2dShape shape, int batch, boolean withBias, long seed) {
    ConvolutionCase c = new ConvolutionCase(shape, batch, withBias, Values.INTEGERS, seed);
    signs(c.x, X, batch * shape.inputSize());
    signs(c.dy, Y, batch * shape.outputSize());
    signs(c.weight, W, shape.weightSize());
    int outChannels = shape.outChannels();
    for (int i = 0; i < shape.weightSize(); i++) {
      // Neither the channels of one output nor the outputs of one channel all take part.
      int pattern = i % outChannels + i / outChannels % shape.inChannels();
      int tap = i / outChannels / shape.inChannels();
      c.weight[W + i] *= (pattern + tap) % 4 == 0 ? 576f : 0f;
    }
    return c;
  }

  private static void signs(float[] values, int first, int n) {
    for (int i = first; i < first + n; i++) {
      values[i] = Math.signum(values[i]);
    }
  }

  /** The results of the three passes; y and dx start as guards, so each element must be written. */
  record Passes(float[] y, float[] dx, float[] dWeight, float[] dBias) {
    /** With the gradient of the weights rounded to integers. */
    Passes withWholeWeights() {
      float[] whole = dWeight.clone();
      for (int i = 0; i < whole.length; i++) {
        if (!Float.isNaN(whole[i])) {
          whole[i] = (float) Math.rint(whole[i]) + 0f; // not -0.0
        }
      }
      return new Passes(y, dx, whole, dBias);
    }

    void assertSame(Passes actual, String what) {
      Guards.assertSame(y, actual.y, "y of " + what);
      Guards.assertSame(dx, actual.dx, "dx of " + what);
      Guards.assertSame(dWeight, actual.dWeight, "dWeight of " + what);
      Guards.assertSame(dBias, actual.dBias, "dBias of " + what);
    }
  }

  private Passes before() {
    return new Passes(
        Guards.array(Y + batch * shape.outputSize() + 4),
        Guards.array(X + batch * shape.inputSize() + 4),
        dWeight.clone(),
        dBias.clone());
  }

  Passes run(Convolution convolution) {
    Passes out = before();
    float[] b = withBias ? bias : null;
    float[] db = withBias ? out.dBias : null;
    convolution.forward(batch, at(x, X), at(weight, W), at(b, B), at(out.y, Y));
    convolution.backwardData(batch, at(dy, Y), at(weight, W), null, at(out.dx, X));
    convolution.backwardWeights(batch, at(x, X), at(dy, Y), at(out.dWeight, W), at(db, B));
    return out;
  }

  /**
   * The passes that end with a rectifier are the passes, and then the rectifier.
   *
   * @param rectifying the same convolution with {@link Epilogue#RELU}
   */
  void assertRectified(Convolution plain, Convolution rectifying) {
    Passes expected = run(plain);
    for (int i = Y; i < Y + batch * shape.outputSize(); i++) {
      expected.y[i] = Math.max(expected.y[i], 0f);
    }
    for (int i = X; i < X + batch * shape.inputSize(); i++) {
      expected.dx[i] = x[i] <= 0f ? 0f : expected.dx[i];
    }
    Passes actual = before();
    Floats b = withBias ? at(bias, B) : null;
    rectifying.forward(batch, at(x, X), at(weight, W), b, at(actual.y, Y));
    rectifying.backwardData(batch, at(dy, Y), at(weight, W), at(x, X), at(actual.dx, X));
    Guards.assertSame(expected.y, actual.y, "rectified y of " + this);
    Guards.assertSame(expected.dx, actual.dx, "rectified dx of " + this);
  }

  /** One term x * weight * dy of the definition, by the indices of its factors. */
  private interface Term {
    void at(int x, int weight, int y, int oc);
  }

  private void terms(Term term) {
    WindowGrid grid = shape.grid();
    int channels = shape.inChannels();
    int outChannels = shape.outChannels();
    int perGroup = channels / shape.groups();
    for (int n = 0; n < batch; n++) {
      for (int oy = 0; oy < grid.outputH(); oy++) {
        for (int ox = 0; ox < grid.outputW(); ox++) {
          int out = n * shape.outputSize() + (oy * grid.outputW() + ox) * outChannels;
          for (int ky = 0; ky < grid.window().kernelH(); ky++) {
            for (int kx = 0; kx < grid.window().kernelW(); kx++) {
              int pixel = Windows.pixel(grid, oy, ox, ky, kx);
              if (pixel < 0) {
                continue;
              }
              int in = n * shape.inputSize() + pixel * channels;
              int tap = (ky * grid.window().kernelW() + kx) * perGroup;
              for (int oc = 0; oc < outChannels; oc++) {
                int first = oc * shape.groups() / outChannels * perGroup;
                for (int c = 0; c < perGroup; c++) {
                  int wi = (tap + c) * outChannels + oc;
                  term.at(X + in + first + c, W + wi, Y + out + oc, oc);
                }
              }
            }
          }
        }
      }
    }
  }

  /** Sums in double precision; of magnitudes where {@code magnitudes}. */
  private final class Sums {
    final double[] y = new double[Y + batch * shape.outputSize()];
    final double[] dx = new double[X + batch * shape.inputSize()];
    final double[] dw = new double[W + shape.weightSize()];
    final double[] db = new double[B + shape.outChannels()];

    Sums(boolean magnitudes) {
      for (int i = 0; i < batch * shape.outputSize(); i++) {
        int oc = i % shape.outChannels();
        y[Y + i] = withBias ? of(bias[B + oc], 1, magnitudes) : 0;
        db[B + oc] += withBias ? of(dy[Y + i], 1, magnitudes) : 0;
      }
      for (int i = 0; i < shape.weightSize(); i++) {
        dw[W + i] = of(dWeight[W + i], 1, magnitudes);
      }
      for (int i = 0; i < shape.outChannels(); i++) {
        db[B + i] += of(dBias[B + i], 1, magnitudes);
      }
      terms(
          (xi, wi, yi, oc) -> {
            y[yi] += of(x[xi], weight[wi], magnitudes);
            dx[xi] += of(weight[wi], dy[yi], magnitudes);
            dw[wi] += of(x[xi], dy[yi], magnitudes);
          });
    }

    private static double of(double a, double b, boolean magnitude) {
      return magnitude ? Math.abs(a * b) : a * b;
    }
  }

  Passes exact() {
    Passes out = before();
    Sums sums = new Sums(false);
    round(sums.y, Y, out.y);
    round(sums.dx, X, out.dx);
    round(sums.dw, W, out.dWeight);
    round(sums.db, B, out.dBias);
    return out;
  }

  private static void round(double[] from, int first, float[] to) {
    for (int i = first; i < from.length; i++) {
      to[i] = (float) from[i];
    }
  }

  /** The bound of the direct path. */
  void assertWithinBound(Passes actual) {
    Sums magnitudes = new Sums(true);
    int pixels = batch * shape.grid().outputPixels();
    int seenBy = shape.weightSize() / shape.inChannels(); // an input channel, through all taps
    int[] k = {shape.patchSize() + 1, seenBy, pixels + batch, pixels + batch};
    assertWithin(magnitudes, k, actual);
  }

  /** That of Winograd; the bias is a sum as on the direct path. */
  void assertWithinWinogradBound(Passes actual) {
    Sums magnitudes = new Sums(true);
    WinogradBound.forward(shape, batch, x, X, weight, W, magnitudes.y);
    FlippedWeight flipper = new FlippedWeight(shape, WorkerTeam.single());
    flipper.set(at(weight, W));
    float[] flipped = flipper.get().data;
    WinogradBound.forward(FlippedWeight.flip(shape), batch, dy, Y, flipped, 0, magnitudes.dx);
    WinogradBound.weights(shape, batch, x, X, dy, Y, magnitudes.dw);
    int[] k = {
      WinogradBound.forwardRoundings(shape.inChannels()),
      WinogradBound.forwardRoundings(shape.outChannels()),
      WinogradBound.weightRoundings(batch * WinogradBound.tiles(shape)),
      batch * shape.grid().outputPixels() + batch
    };
    assertWithin(magnitudes, k, actual);
  }

  private void assertWithin(Sums magnitudes, int[] k, Passes actual) {
    Sums exact = new Sums(false);
    assertWithin("y", exact.y, magnitudes.y, Y, k[0], actual.y);
    assertWithin("dx", exact.dx, magnitudes.dx, X, k[1], actual.dx);
    assertWithin("dWeight", exact.dw, magnitudes.dw, W, k[2], actual.dWeight);
    assertWithin("dBias", exact.db, magnitudes.db, B, k[3], actual.dBias);
  }

  private void assertWithin(
      String name, double[] exact, double[] magnitudes, int first, int k, float[] actual) {
    for (int i = first; i < exact.length; i++) {
      String what = name + "[" + (i - first) + "] of " + this;
      Bound.assertWithin(exact[i], magnitudes[i], k, actual[i], what);
    }
  }

  @Override
  public String toString() {
    return shape + ", batch " + batch + ", " + (withBias ? "bias" : "no bias");
  }
}
