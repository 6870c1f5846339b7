// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** See {@link Dropout}. */
final class DropoutCase implements LayerCase {
  /** {@code y = x * m}: two elements for each random number, the upper half of it first. */
  private static final class Masked extends Oracle {
    private final double p;
    private final int size;

    Masked(double p, Shape shape) {
      super(new Dropout(p), shape);
      this.p = p;
      size = shape.size();
    }

    private Bounded masked(int batch, double[] values) {
      double[] value = new double[values.length];
      double[] error = new double[values.length];
      float scale = (float) (1 / (1 - p));
      for (int image = 0; image < batch; image++) {
        RandomStream layer = new RandomStream(SEED).split("layers").split(0);
        RandomStream random = layer.split(0).split(image); // step, image
        long bits = 0;
        for (int i = 0; i < size; i++) {
          bits = i % 2 == 0 ? random.nextLong() : bits << 32;
          int at = image * size + i;
          value[at] = (bits >>> 32) * 0x1p-32 >= p ? scale * values[at] : 0;
          error[at] = UNIT * Math.abs(value[at]);
        }
      }
      return new Bounded(value, error);
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      return masked(batch, x[0]);
    }

    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      return new Gradients(List.of(masked(batch, dy)), List.of());
    }
  }

  @Override
  public List<Oracle> oracles() {
    return List.of(
        new Masked(0, Shape.of(3, 5, 7)),
        new Masked(0.1, Shape.of(3, 5, 7)),
        new Masked(0.5, Shape.flat(16)),
        new Masked(0.75, Shape.flat(15)));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.IGNORES_X, Trait.IGNORES_Y);
    return List.of(new Said(new Dropout(0.5), "dropout(p=0.5)", traits, image, image));
  }

  /** It does nothing then. */
  @Override
  public Set<Trait> inferenceTraits(Said said) {
    Set<Trait> traits = EnumSet.of(Trait.RESHAPE);
    traits.addAll(said.traits());
    return traits;
  }
}
