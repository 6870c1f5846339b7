// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Dropout2d;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Residual;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.StochasticDepth;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** See {@link StochasticDepth}. */
final class StochasticDepthCase implements LayerCase {
  /** {@code y[n] = x[n] * m[n]}: the upper half of a random number decides. */
  private static final class Masked extends Oracle {
    private final double p;
    private final boolean together;

    Masked(double p, boolean together, Shape shape) {
      super(together ? StochasticDepth.perBatch(p) : new StochasticDepth(p), shape);
      this.p = p;
      this.together = together;
    }

    @Override
    public int[] batches() {
      return new int[] {1, 8};
    }

    private Bounded masked(int batch, double[] values) {
      double[] value = new double[values.length];
      double[] error = new double[values.length];
      int size = values.length / batch;
      for (int i = 0; i < value.length; i++) {
        RandomStream step = new RandomStream(SEED).split("layers").split(0).split(0);
        RandomStream random = together ? step : step.split(i / size);
        boolean kept = (random.nextLong() >>> 32) * 0x1p-32 >= p;
        value[i] = kept ? (float) (1 / (1 - p)) * values[i] : 0;
        error[i] = UNIT * Math.abs(value[i]);
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
    Shape shape = Shape.of(3, 2, 5);
    return List.of(
        new Masked(0, false, shape),
        new Masked(0.25, false, shape),
        new Masked(0.5, false, shape),
        new Masked(0.25, true, shape),
        new Masked(0.75, true, shape));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.IGNORES_X, Trait.IGNORES_Y);
    return List.of(
        new Said(new StochasticDepth(0.2), "stochastic_depth(p=0.2)", traits, image, image),
        new Said(
            StochasticDepth.perBatch(0.5),
            "stochastic_depth(p=0.5, mode=batch)",
            traits,
            image,
            image));
  }

  /** It does nothing then. */
  @Override
  public Set<Trait> inferenceTraits(Said said) {
    Set<Trait> traits = EnumSet.of(Trait.RESHAPE);
    traits.addAll(said.traits());
    return traits;
  }

  /** Branches that are left out for some images, or for some steps. */
  @Override
  public List<Block> trained() {
    Window same = Window.same(3);
    return List.of(
        new Conv2d(12, same.stride(2)),
        new Relu(),
        new Residual(new Sequential(new Conv2d(12, same), new Relu(), new StochasticDepth(0.3))),
        new Dropout2d(0.2),
        new Residual(new Sequential(new Conv2d(12, same), StochasticDepth.perBatch(0.5))),
        new Relu(),
        AvgPool2d.global(),
        new Dense(4));
  }
}
