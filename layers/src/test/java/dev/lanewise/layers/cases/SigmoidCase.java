// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Sigmoid;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link Sigmoid}. */
final class SigmoidCase implements LayerCase {
  @Override
  public List<Oracle> oracles() {
    return List.of(new Curve(new Sigmoid(), 6, Sigmoids::sigmoid, Sigmoids::slope));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.MAPS_ELEMENTS); // reads y
    return List.of(new Said(new Sigmoid(), "sigmoid", traits, image, image));
  }
}
