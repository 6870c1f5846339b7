// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Softplus;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link Softplus}. */
final class SoftplusCase implements LayerCase {
  private static Oracle oracle(double beta) {
    return new Curve(
        new Softplus(beta),
        10,
        x -> Math.max(x, 0) + Math.log1p(Math.exp(-beta * Math.abs(x))) / beta,
        x -> Sigmoids.sigmoid(beta * x));
  }

  @Override
  public List<Oracle> oracles() {
    return List.of(oracle(1), oracle(0.25), oracle(3));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y, Trait.MAPS_ELEMENTS);
    return List.of(
        new Said(new Softplus(), "softplus", traits, image, image),
        new Said(new Softplus(2), "softplus(beta=2.0)", traits, image, image));
  }
}
