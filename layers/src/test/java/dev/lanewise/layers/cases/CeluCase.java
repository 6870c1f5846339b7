// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Celu;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link Celu}. */
final class CeluCase implements LayerCase {
  private static Oracle oracle(double alpha) {
    return new Curve(
        new Celu(alpha),
        8,
        x -> x > 0 ? x : alpha * Math.expm1(x / alpha),
        x -> x > 0 ? 1 : Math.exp(x / alpha));
  }

  @Override
  public List<Oracle> oracles() {
    return List.of(oracle(1), oracle(0.25), oracle(2));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.MAPS_ELEMENTS); // reads y
    return List.of(
        new Said(new Celu(), "celu", traits, image, image),
        new Said(new Celu(0.5), "celu(alpha=0.5)", traits, image, image));
  }
}
