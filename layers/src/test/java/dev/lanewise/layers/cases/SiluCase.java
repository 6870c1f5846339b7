// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Silu;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link Silu}. */
final class SiluCase implements LayerCase {
  @Override
  public List<Oracle> oracles() {
    return List.of(
        new Curve(
            new Silu(),
            8,
            x -> x * Sigmoids.sigmoid(x),
            x -> Sigmoids.sigmoid(x) + x * Sigmoids.slope(x)));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y, Trait.MAPS_ELEMENTS);
    return List.of(new Said(new Silu(), "silu", traits, image, image));
  }
}
