// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import java.util.List;

/** A layer whose output pixels are weighted sums of input pixels, rounded once. */
abstract class PixelSums extends Oracle {
  private final Shape in;
  private final Shape out;
  private double[][] slopes; // [output pixel][input pixel]

  PixelSums(Layer layer, Shape in, int height, int width) {
    super(layer, in);
    this.in = in;
    out = Shape.of(height, width, in.channels());
  }

  /** What an output pixel has of an input pixel. */
  abstract double slope(int oy, int ox, int iy, int ix);

  /** What an output pixel has besides. */
  double constant(int oy, int ox) {
    return 0;
  }

  private interface Term {
    void at(int xi, int yi, double slope);
  }

  private double[][] slopes() {
    if (slopes == null) {
      slopes = new double[out.height() * out.width()][in.height() * in.width()];
      for (int o = 0; o < slopes.length; o++) {
        for (int i = 0; i < slopes[o].length; i++) {
          slopes[o][i] = slope(o / out.width(), o % out.width(), i / in.width(), i % in.width());
        }
      }
    }
    return slopes;
  }

  private void terms(int batch, Term term) {
    int c = in.channels();
    for (int pixel = 0; pixel < batch * slopes().length; pixel++) {
      double[] slope = slopes[pixel % slopes.length];
      int first = pixel / slopes.length * slope.length; // of the image
      for (int i = 0; i < slope.length; i++) {
        for (int k = 0; k < c && slope[i] != 0; k++) {
          term.at((first + i) * c + k, pixel * c + k, slope[i]);
        }
      }
    }
  }

  /** Sums of doubles that are rounded once. */
  static Bounded rounded(double[] value) {
    double[] error = value.clone();
    for (int i = 0; i < error.length; i++) {
      error[i] = 1.01 * UNIT * Math.abs(value[i]) + 1e-15;
    }
    return new Bounded(value, error);
  }

  @Override
  public final Bounded forward(int batch, double[][] x, double[][] p) {
    double[] y = new double[batch * out.size()];
    for (int i = 0; i < y.length; i++) {
      int pixel = i / in.channels() % (out.height() * out.width());
      y[i] = constant(pixel / out.width(), pixel % out.width());
    }
    terms(batch, (xi, yi, slope) -> y[yi] += slope * x[0][xi]);
    return rounded(y);
  }

  @Override
  public final Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
    double[] dx = new double[x[0].length];
    terms(batch, (xi, yi, slope) -> dx[xi] += slope * dy[yi]);
    return new Gradients(List.of(rounded(dx)), List.of());
  }
}
