// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A layer whose output is a sum of products of x and weight, and a bias unless it has none: y, dx
 * and dWeight are three sums over the same terms.
 */
abstract class Bilinear extends Oracle {
  /** How much more a fast algorithm rounds, as a multiple of the largest sum; 0: not at all. */
  private final int fast;

  Bilinear(Layer layer, int fast, Shape input) {
    super(layer, input);
    this.fast = fast;
  }

  /** One product x[xi] * weight[wi], part of y[yi]. */
  interface Term {
    void at(int xi, int wi, int yi);
  }

  abstract void terms(int batch, Term term);

  /** Of one image. */
  abstract int outputs();

  /** Of one image: y[yi] has bias[yi % biases]. */
  abstract int biases();

  /** The sums of one result, with what bounds their errors. */
  private static final class Sums {
    final double[] value;
    final double[] magnitude;
    final int[] count;

    Sums(int n) {
      value = new double[n];
      magnitude = new double[n];
      count = new int[n];
    }

    void add(int i, double a, double b) {
      value[i] += a * b;
      magnitude[i] += Math.abs(a * b);
      count[i]++;
    }

    Bounded bounded(int fast) {
      double largest = Arrays.stream(magnitude).max().orElse(0);
      double[] error = new double[value.length];
      for (int i = 0; i < error.length; i++) {
        error[i] = (count[i] + 2) * UNIT * (fast == 0 ? magnitude[i] : fast * largest);
      }
      return new Bounded(value, error);
    }
  }

  @Override
  public final Bounded forward(int batch, double[][] x, double[][] p) {
    Sums y = new Sums(batch * outputs());
    for (int i = 0; i < y.value.length && p.length > 1; i++) {
      y.add(i, p[1][i % biases()], 1);
    }
    terms(batch, (xi, wi, yi) -> y.add(yi, x[0][xi], p[0][wi]));
    return y.bounded(fast);
  }

  @Override
  public final Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
    Sums dx = new Sums(x[0].length);
    Sums dw = new Sums(p[0].length);
    Sums db = new Sums(biases());
    terms(
        batch,
        (xi, wi, yi) -> {
          dx.add(xi, p[0][wi], dy[yi]);
          dw.add(wi, x[0][xi], dy[yi]);
        });
    for (int i = 0; i < dy.length; i++) {
      db.add(i % biases(), dy[i], 1);
    }
    List<Bounded> dp = new ArrayList<>(List.of(dw.bounded(fast)));
    if (p.length > 1) {
      dp.add(db.bounded(0));
    }
    return new Gradients(List.of(dx.bounded(fast)), dp);
  }
}
