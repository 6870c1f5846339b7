// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Selu;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link Selu}. */
final class SeluCase implements LayerCase {
  private static final double SCALE = 1.0507009873554804934193349852946;
  private static final double ALPHA = 1.6732632423543772848170429916717;

  @Override
  public List<Oracle> oracles() {
    return List.of(
        new Curve(
            new Selu(),
            8,
            x -> SCALE * (x > 0 ? x : ALPHA * Math.expm1(x)),
            x -> SCALE * (x > 0 ? 1 : ALPHA * Math.exp(x))));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.MAPS_ELEMENTS); // reads y
    return List.of(new Said(new Selu(), "selu", traits, image, image));
  }
}
