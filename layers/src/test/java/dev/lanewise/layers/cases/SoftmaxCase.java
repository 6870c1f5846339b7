// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Softmax;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link Softmax}. */
final class SoftmaxCase implements LayerCase {
  /** For each pixel {@code y[j] = exp(x[j]) / sum over k of exp(x[k])}; x is from -1 to 1. */
  private static final class Normalized extends Oracle {
    private final int channels;

    Normalized(Shape in) {
      super(new Softmax(), in);
      channels = in.channels();
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      double[] y = new double[x[0].length];
      double[] error = new double[y.length];
      for (int at = 0; at < y.length; at += channels) {
        double sum = 0;
        for (int c = 0; c < channels; c++) {
          sum += Math.exp(x[0][at + c]);
        }
        for (int i = at; i < at + channels; i++) {
          y[i] = Math.exp(x[0][i]) / sum;
          error[i] = 8 * UNIT * y[i];
        }
      }
      return new Bounded(y, error);
    }

    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      double[] y = forward(batch, x, p).value();
      double[] dx = new double[y.length];
      double[] error = new double[y.length];
      for (int at = 0; at < y.length; at += channels) {
        double sum = 0;
        double most = 0;
        for (int i = at; i < at + channels; i++) {
          sum += dy[i] * y[i];
          most += Math.abs(dy[i]) * y[i];
        }
        for (int i = at; i < at + channels; i++) {
          dx[i] = y[i] * (dy[i] - sum);
          error[i] = 16 * UNIT * y[i] * (Math.abs(dy[i]) + most);
        }
      }
      return new Gradients(List.of(new Bounded(dx, error)), List.of());
    }
  }

  @Override
  public List<Oracle> oracles() {
    return List.of(new Normalized(Shape.of(3, 5, 7)), new Normalized(Shape.flat(40)));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IN_PLACE); // reads y
    return List.of(new Said(new Softmax(), "softmax", traits, image, image));
  }
}
