// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/** Functions in double precision, and their derivatives by differences. */
public final class Doubles {
  private Doubles() {}

  /** The mean of {@code -log softmax(z)[label]} over the rows of z: [N, classes]. */
  public static double meanCrossEntropy(int batch, int classes, double[] z, int[] labels) {
    double loss = 0;
    for (int n = 0; n < batch; n++) {
      double sum = 0;
      for (int j = 0; j < classes; j++) {
        sum += Math.exp(z[n * classes + j]);
      }
      loss += Math.log(sum) - z[n * classes + labels[n]];
    }
    return loss / batch;
  }

  public static double inner(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** A function of several variables. */
  public interface Function {
    double at(double[] x);
  }

  /**
   * Whether a gradient is that of a function, by central differences with steps of 2^-6 to 2^-22:
   * to a millionth, beside what differences may be off by where the function is straight, {@code
   * 2^-48} of its largest value over the step. A smaller step is taken where the function bends, or
   * a kink is nearer.
   */
  public static void assertDerives(String what, Function f, double[] x, double[] gradient) {
    assertDerives(what, f, x, gradient, IntStream.range(0, x.length).toArray());
  }

  public static void assertDerives(
      String what, Function f, double[] x, double[] gradient, int[] at) {
    double[] moved = x.clone();
    for (int i : at) {
      double numeric = 0;
      double allowed = -1;
      for (double h = 0x1p-6;
          h > 0x1p-23 && !(Math.abs(numeric - gradient[i]) <= allowed);
          h /= 4) {
        moved[i] = x[i] + h;
        double right = f.at(moved);
        moved[i] = x[i] - h;
        double left = f.at(moved);
        numeric = (right - left) / (2 * h);
        double rounding = 0x1p-48 * Math.max(Math.abs(left), Math.abs(right)) / h;
        allowed = 1e-6 * Math.abs(gradient[i]) + rounding;
      }
      moved[i] = x[i];
      if (!(Math.abs(numeric - gradient[i]) <= allowed)) {
        fail(what + "[" + i + "] is " + gradient[i] + ", by differences " + numeric);
      }
    }
  }

  public static double[] of(Tensor tensor) {
    double[] values = new double[tensor.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.data[tensor.offset + i];
    }
    return values;
  }

  /** The values of parameters, in order. */
  public static double[][] values(List<Parameter> parameters) {
    return parameters.stream().map(p -> of(p.value())).toArray(double[][]::new);
  }

  /** All, with another one in place of the i-th. */
  public static double[][] with(double[][] all, int i, double[] other) {
    double[][] changed = all.clone();
    changed[i] = other;
    return changed;
  }
}
