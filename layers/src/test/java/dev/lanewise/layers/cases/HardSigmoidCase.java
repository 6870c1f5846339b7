// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.HardSigmoid;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link HardSigmoid}. */
final class HardSigmoidCase implements LayerCase {
  @Override
  public List<Oracle> oracles() {
    return List.of(
        new Curve(
            new HardSigmoid(),
            4,
            x -> Math.min(Math.max(x + 3, 0), 6) / 6,
            x -> x > -3 && x < 3 ? 1.0 / 6 : 0));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.MAPS_ELEMENTS); // reads y
    return List.of(new Said(new HardSigmoid(), "hard_sigmoid", traits, image, image));
  }
}
