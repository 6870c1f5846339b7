// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Elu;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link Elu}. */
final class EluCase implements LayerCase {
  private static Oracle oracle(double alpha) {
    return new Curve(
        new Elu(alpha),
        8,
        x -> x > 0 ? x : alpha * Math.expm1(x),
        x -> x > 0 ? 1 : alpha * Math.exp(x));
  }

  @Override
  public List<Oracle> oracles() {
    return List.of(oracle(1), oracle(0.25), oracle(1.5), oracle(0), oracle(-0.75));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> inPlace = Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.MAPS_ELEMENTS); // reads y
    Set<Trait> not =
        Set.of(
            Trait.PER_IMAGE, Trait.IGNORES_Y, Trait.MAPS_ELEMENTS); // y does not tell the sign of x
    return List.of(
        new Said(new Elu(), "elu", inPlace, image, image),
        new Said(new Elu(0.5), "elu(alpha=0.5)", inPlace, image, image),
        new Said(new Elu(-1), "elu(alpha=-1.0)", not, image, image));
  }
}
