// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.HardSwish;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link HardSwish}. */
final class HardSwishCase implements LayerCase {
  @Override
  public List<Oracle> oracles() {
    return List.of(
        new Curve(
            new HardSwish(),
            4,
            x -> x * Math.min(Math.max(x + 3, 0), 6) / 6,
            x -> x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y, Trait.MAPS_ELEMENTS);
    return List.of(new Said(new HardSwish(), "hard_swish", traits, image, image));
  }
}
