// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Relu6;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link Relu6}. */
final class Relu6Case implements LayerCase {
  @Override
  public List<Oracle> oracles() {
    return List.of(
        new Curve(new Relu6(), 0, x -> Math.min(Math.max(x, 0), 6), x -> x > 0 && x < 6 ? 1 : 0));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.MAPS_ELEMENTS); // reads y
    return List.of(new Said(new Relu6(), "relu6", traits, image, image));
  }
}
