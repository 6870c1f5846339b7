// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * A normalisation of sets of values of a batch, from the definition. Sums are sums of doubles; the
 * bounds count roundings of x - mean, of weight * slope and of the sum.
 */
final class NormOracle extends Oracle {
  private static final double ROUNDINGS = 6 * UNIT;
  private static final double DOUBLES = 1e-11;

  private final double eps;
  private final int size; // of an image
  private final IntUnaryOperator set; // of an element of an image
  private final IntUnaryOperator tap; // its weight

  NormOracle(Layer layer, double eps, Shape in, IntUnaryOperator set, IntUnaryOperator tap) {
    super(layer, in);
    this.eps = eps;
    size = in.size();
    this.set = set;
    this.tap = tap;
  }

  /** What the values of each set of an image have in common: {n, mean, slope}. */
  private double[][] measure(double[] x, int image) {
    double[][] sets = new double[size][3];
    for (int i = 0; i < size; i++) {
      double[] s = sets[set.applyAsInt(i)];
      s[0]++;
      s[1] += x[image * size + i];
    }
    for (double[] s : sets) {
      s[1] /= s[0];
    }
    for (int i = 0; i < size; i++) {
      double[] s = sets[set.applyAsInt(i)];
      s[2] += Math.pow(x[image * size + i] - s[1], 2) / s[0];
    }
    for (double[] s : sets) {
      s[2] = 1 / Math.sqrt(s[2] + eps);
    }
    return sets;
  }

  private double weight(double[][] p, int i) {
    return p.length > 0 ? p[0][tap.applyAsInt(i)] : 1;
  }

  @Override
  public Bounded forward(int batch, double[][] x, double[][] p) {
    double[] y = x[0].clone();
    double[] error = new double[y.length];
    for (int n = 0; n < batch; n++) {
      double[][] sets = measure(x[0], n);
      for (int i = 0; i < size; i++) {
        double[] s = sets[set.applyAsInt(i)];
        double h = (x[0][n * size + i] - s[1]) * s[2];
        double bias = p.length > 0 ? p[1][tap.applyAsInt(i)] : 0;
        y[n * size + i] = weight(p, i) * h + bias;
        error[n * size + i] = ROUNDINGS * (Math.abs(weight(p, i) * h) + Math.abs(bias)) + DOUBLES;
      }
    }
    return new Bounded(y, error);
  }

  @Override
  public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
    Bounded dx = Bounded.exactly(new double[dy.length]);
    int taps = p.length > 0 ? p[0].length : 0;
    Bounded dWeight = Bounded.exactly(new double[taps]);
    Bounded dBias = Bounded.exactly(new double[taps]);
    for (int n = 0; n < batch; n++) {
      double[][] sets = measure(x[0], n);
      double[] sum = new double[size];
      double[] sumH = new double[size];
      double[] most = new double[size]; // the largest |dh|
      for (int i = 0; i < size; i++) {
        int at = n * size + i;
        int of = set.applyAsInt(i);
        double h = (x[0][at] - sets[of][1]) * sets[of][2];
        double dh = weight(p, i) * dy[at];
        sum[of] += dh;
        sumH[of] += dh * h;
        most[of] = Math.max(most[of], Math.abs(dh));
        if (taps > 0) {
          dWeight.value()[tap.applyAsInt(i)] += dy[at] * h;
          dBias.value()[tap.applyAsInt(i)] += dy[at];
        }
      }
      for (int i = 0; i < size; i++) {
        int at = n * size + i;
        int of = set.applyAsInt(i);
        double s = sets[of][2];
        double h = (x[0][at] - sets[of][1]) * s;
        double one = sum[of] / sets[of][0];
        double along = h * sumH[of] / sets[of][0];
        dx.value()[at] = s * (weight(p, i) * dy[at] - one - along);
        double size = Math.abs(weight(p, i) * dy[at]) + Math.abs(one) + Math.abs(along);
        dx.error()[at] = ROUNDINGS * s * (size + most[of] * (1 + Math.abs(h))) + DOUBLES;
      }
    }
    for (Bounded sums : List.of(dWeight, dBias)) {
      Arrays.setAll(sums.error(), i -> 1.01 * UNIT * Math.abs(sums.value()[i]) + DOUBLES);
    }
    return new Gradients(List.of(dx), taps > 0 ? List.of(dWeight, dBias) : List.of());
  }
}
