// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** An activation function: a layer that treats each element by itself. */
public final class Curve extends Oracle {
  /** What may be lost where numbers become denormal, or an exponential overflows. */
  private static final double TINY = 1e-36;

  private final double roundings;
  private final DoubleUnaryOperator f;
  private final DoubleUnaryOperator slope;

  /**
   * A function with its derivative.
   *
   * @param roundings what y may be off by: roundings of y, and of x as far as these move y; and the
   *     slope, by roundings of 1
   */
  Curve(Layer layer, double roundings, DoubleUnaryOperator f, DoubleUnaryOperator slope) {
    super(layer, Shape.of(3, 5, 7));
    this.roundings = roundings * UNIT;
    this.f = f;
    this.slope = slope;
  }

  @Override
  public Bounded forward(int batch, double[][] x, double[][] p) {
    double[] y = Arrays.stream(x[0]).map(f).toArray();
    double[] error = new double[y.length];
    Arrays.setAll(
        error,
        i ->
            TINY + roundings * (Math.abs(y[i]) + Math.abs(x[0][i] * slope.applyAsDouble(x[0][i]))));
    return new Bounded(y, error);
  }

  @Override
  public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
    double[] dx = new double[dy.length];
    double[] error = new double[dy.length];
    for (int i = 0; i < dx.length; i++) {
      double s = slope.applyAsDouble(x[0][i]);
      dx[i] = dy[i] * s;
      error[i] = TINY + roundings * Math.abs(dy[i]) * (1 + Math.abs(s));
    }
    return new Gradients(List.of(new Bounded(dx, error)), List.of());
  }
}
