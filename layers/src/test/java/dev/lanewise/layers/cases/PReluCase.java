// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.PRelu;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link PRelu}. */
final class PReluCase implements LayerCase {
  /** {@code y = x > 0 ? x : weight[c] * x}. */
  private static final class Leaky extends Oracle {
    private final int channels;

    Leaky(PRelu layer, Shape in) {
      super(layer, in);
      channels = in.channels();
    }

    private Bounded multiplied(double[] x, double[] values, double[] weight) {
      double[] value = values.clone();
      double[] error = new double[value.length];
      for (int i = 0; i < value.length; i++) {
        value[i] *= x[i] > 0 ? 1 : weight[i % channels % weight.length];
        error[i] = UNIT * Math.abs(value[i]);
      }
      return new Bounded(value, error);
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      return multiplied(x[0], x[0], p[0]);
    }

    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      double[] sum = new double[p[0].length];
      for (int i = 0; i < dy.length; i++) {
        sum[i % channels % sum.length] += dy[i] * Math.min(x[0][i], 0);
      }
      Bounded dWeight = Bounded.exactly(sum);
      for (int c = 0; c < sum.length; c++) {
        dWeight.error()[c] = 1.01 * UNIT * Math.abs(sum[c]) + 1e-13;
      }
      return new Gradients(List.of(multiplied(x[0], dy, p[0])), List.of(dWeight));
    }
  }

  @Override
  public List<Oracle> oracles() {
    PRelu one = new PRelu();
    PRelu each = one.perChannel();
    return List.of(
        new Leaky(one, Shape.of(3, 5, 7)),
        new Leaky(each, Shape.of(3, 5, 7)),
        new Leaky(each, Shape.flat(9)),
        new Leaky(each, Shape.of(1, 2, 520)));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y);
    return List.of(
        new Said(new PRelu(), "prelu", traits, image, image),
        new Said(
            new PRelu().initial(0.1).perChannel(),
            "prelu(per_channel=true, initial=0.1)",
            traits,
            image,
            image));
  }
}
