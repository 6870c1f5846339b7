// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.LeakyRelu;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link LeakyRelu}. */
final class LeakyReluCase implements LayerCase {
  /** {@code y = x > 0 ? x : slope * x}. */
  private static final class Leaky extends Oracle {
    private final double slope;

    Leaky(double slope) {
      super(new LeakyRelu(slope), Shape.of(3, 5, 7));
      this.slope = (float) slope;
    }

    private Bounded multiplied(double[] x, double[] values) {
      double[] value = values.clone();
      double[] error = new double[value.length];
      for (int i = 0; i < value.length; i++) {
        value[i] *= x[i] > 0 ? 1 : slope;
        error[i] = UNIT * Math.abs(value[i]);
      }
      return new Bounded(value, error);
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      return multiplied(x[0], x[0]);
    }

    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      return new Gradients(List.of(multiplied(x[0], dy)), List.of());
    }
  }

  @Override
  public List<Oracle> oracles() {
    return List.of(new Leaky(0.01), new Leaky(0), new Leaky(1.5), new Leaky(-0.25));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> inPlace = Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.MAPS_ELEMENTS); // reads y
    Set<Trait> not =
        Set.of(
            Trait.PER_IMAGE, Trait.IGNORES_Y, Trait.MAPS_ELEMENTS); // y does not tell the sign of x
    return List.of(
        new Said(new LeakyRelu(), "leaky_relu", inPlace, image, image),
        new Said(new LeakyRelu(0.2), "leaky_relu(slope=0.2)", inPlace, image, image),
        new Said(new LeakyRelu(-1), "leaky_relu(slope=-1.0)", not, image, image));
  }
}
