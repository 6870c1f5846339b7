// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Mish;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link Mish}. */
final class MishCase implements LayerCase {
  /** {@code tanh(log(1 + exp(x)))}. */
  private static double tangent(double x) {
    return Math.tanh(Math.log1p(Math.exp(x)));
  }

  private static double tangentSlope(double x) {
    return (1 - tangent(x) * tangent(x)) * Sigmoids.sigmoid(x);
  }

  @Override
  public List<Oracle> oracles() {
    return List.of(
        new Curve(new Mish(), 12, x -> x * tangent(x), x -> tangent(x) + x * tangentSlope(x)));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y, Trait.MAPS_ELEMENTS);
    return List.of(new Said(new Mish(), "mish", traits, image, image));
  }
}
