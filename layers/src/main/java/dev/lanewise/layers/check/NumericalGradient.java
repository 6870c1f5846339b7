// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.check;

/**
 * Derivatives by differences of a function that is computed in single precision.
 *
 * <p>The function is L = sum of w[i] * y[i], and its derivative with respect to x
 *
 * <pre>
 * D(h)     = (L(x + h) - L(x - h)) / 2h
 * noise(h) = roundings * 2^-24 * max|y| * |w| / h      |w|: the norm over the y that change, or max|w|
 * </pre>
 *
 * <p>A float y cannot give six digits: with a step so small that L is as good as straight, nothing
 * but roundings is left. So the caller says how exactly the derivative has to be known, and the
 * step is the smallest whose noise allows it: a larger one would only bend L more, and reach more
 * kinks. Outputs that do not depend on x cancel to the last bit. The roundings of the others are
 * taken for independent, so that their sum grows with the root of their number.
 */
final class NumericalGradient {
  /** The smallest step, as a part of the largest. */
  private static final float SMALLEST = 0x1p-12f;

  /** Computes y from whatever the variables hold. */
  interface Function {
    void evaluate(double[] y);
  }

  /**
   * A derivative.
   *
   * @param value D(h)
   * @param noise of the value
   * @param corner the difference of the slopes on both sides of x: small where L is smooth; if
   *     there is a kink within the step, the value may be off by this much
   * @param step h
   */
  record Derivative(double value, double noise, double corner, double step) {}

  /** A value of the variable, what it makes of L, and the norm of w over the y that it changes. */
  private record Point(double x, double gain, double weight) {}

  private final Function function;
  private final double[] weights;
  private final double[] base;
  private final double[] y;
  private final double rounding;
  private final double largestWeight;

  /**
   * Evaluates the function where the variables are now.
   *
   * @param weights w
   * @param function gives as many y as there are weights
   * @param roundings how many roundings of the largest y each y may be off by
   */
  NumericalGradient(double[] weights, Function function, double roundings) {
    this.weights = weights;
    this.function = function;
    base = new double[weights.length];
    y = new double[weights.length];
    function.evaluate(base);
    rounding = roundings * 0x1p-24 * largest(base);
    largestWeight = largest(weights);
    if (!Double.isFinite(rounding)) {
      throw new AssertionError("forward gives NaN or infinity, which has no derivative");
    }
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  /**
   * The derivative with respect to {@code variables[i]}, which is left as it was.
   *
   * @param largestStep a power of two
   * @param goal the noise to be reached, if {@code largestStep} allows it
   */
  Derivative at(float[] variables, int i, float largestStep, double goal) {
    float x = variables[i];
    Point middle = new Point(x, 0, 0);
    float h = largestStep * SMALLEST;
    while (true) {
      Point left = point(variables, i, x - h);
      Point right = point(variables, i, x + h);
      // An output of which no bit has changed may have changed by a part of a rounding.
      double weight = Math.max(largestWeight, Math.max(left.weight, right.weight));
      double noise = rounding * weight / h;
      if (noise <= goal || h >= largestStep) {
        variables[i] = x;
        double corner = slope(middle, right) - slope(left, middle);
        return new Derivative(slope(left, right), noise, Math.abs(corner), h);
      }
      do {
        h *= 2;
      } while (h < largestStep && rounding * weight > goal * h);
    }
  }

  /** Steps are rounded as floats are, so a slope has the true distance below. */
  private static double slope(Point from, Point to) {
    return (to.gain - from.gain) / (to.x - from.x);
  }

  private Point point(float[] variables, int i, float x) {
    variables[i] = x;
    function.evaluate(y);
    double gain = 0;
    double squares = 0;
    for (int j = 0; j < y.length; j++) {
      if (y[j] != base[j]) {
        gain += weights[j] * (y[j] - base[j]);
        squares += weights[j] * weights[j];
      }
    }
    return new Point(x, gain, Math.sqrt(squares));
  }
}
