// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.Celu;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Elu;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Gelu;
import dev.lanewise.layers.HardSigmoid;
import dev.lanewise.layers.HardSwish;
import dev.lanewise.layers.Mish;
import dev.lanewise.layers.PRelu;
import dev.lanewise.layers.Relu6;
import dev.lanewise.layers.Selu;
import dev.lanewise.layers.Sigmoid;
import dev.lanewise.layers.Silu;
import dev.lanewise.layers.Softmax;
import dev.lanewise.layers.Softplus;
import dev.lanewise.layers.Tanh;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link Gelu}. */
final class GeluCase implements LayerCase {
  private static final double K = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;

  /**
   * The probability that a normal variable is below x: {@code 1/2 + density(x) * (x + x^3 / 3 + x^5
   * / (3 * 5) + ...)} near 0, Laplace's continued fraction for the tails.
   */
  private static double probability(double x) {
    if (x > 3) {
      return 1 - probability(-x);
    }
    if (x < -3) {
      double rest = -x;
      for (int k = 100; k > 0; k--) {
        rest = -x + k / rest;
      }
      return density(x) / rest;
    }
    double sum = 0;
    double term = x;
    for (int k = 3; Math.abs(term) > 1e-20; k += 2) {
      sum += term;
      term *= x * x / k;
    }
    return 0.5 + sum * density(x);
  }

  private static double density(double x) {
    return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  private static double approximation(double x) {
    return Sigmoids.sigmoid(2 * K * (x + CUBIC * x * x * x));
  }

  private static double approximateDensity(double x) {
    return Sigmoids.slope(2 * K * (x + CUBIC * x * x * x)) * 2 * K * (1 + 3 * CUBIC * x * x);
  }

  @Override
  public List<Oracle> oracles() {
    return List.of(
        new Curve(new Gelu(), 16, x -> x * probability(x), x -> probability(x) + x * density(x)),
        new Curve(
            Gelu.tanh(),
            16,
            x -> x * approximation(x),
            x -> approximation(x) + x * approximateDensity(x)));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y, Trait.MAPS_ELEMENTS);
    return List.of(
        new Said(new Gelu(), "gelu", traits, image, image),
        new Said(Gelu.tanh(), "gelu(tanh=true)", traits, image, image));
  }

  /** With the other activation functions. */
  @Override
  public List<Block> trained() {
    Window same = Window.same(3);
    return List.of(
        new Conv2d(8, same),
        new Gelu(),
        new Conv2d(9, same),
        Gelu.tanh(),
        new PRelu().perChannel(),
        new Conv2d(8, same),
        new Mish(),
        new HardSwish(),
        new AvgPool2d(2),
        new Conv2d(7, same),
        new Silu(),
        new Relu6(),
        new Softmax(),
        new Flatten(),
        new PRelu().perChannel().initial(0.5),
        new Dense(20),
        new Tanh(),
        new Dense(20),
        new Elu(),
        new PRelu(),
        new Dense(12),
        new Sigmoid(),
        new Dense(12),
        new HardSigmoid(),
        new Elu(-0.5),
        new Dense(8),
        new Selu(),
        new Celu(0.5),
        new Softplus(2),
        new Dense(4));
  }
}
