// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link Flatten}. */
final class FlattenCase implements LayerCase {
  /** {@code y = x}. */
  static final class Flattened extends Oracle {
    Flattened(Shape input) {
      super(new Flatten(), input);
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      return Bounded.exactly(x[0]);
    }

    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      return new Gradients(List.of(Bounded.exactly(dy)), List.of());
    }
  }

  @Override
  public List<Oracle> oracles() {
    return List.of(new Flattened(Shape.of(2, 3, 4)));
  }

  @Override
  public List<Said> said() {
    Set<Trait> traits =
        Set.of(Trait.PER_IMAGE, Trait.RESHAPE, Trait.IN_PLACE, Trait.IGNORES_X, Trait.IGNORES_Y);
    return List.of(new Said(new Flatten(), "flatten", traits, Shape.flat(24), Shape.of(2, 3, 4)));
  }

  @Override
  public String pytorchWord() {
    return "flatten";
  }

  @Override
  public Layer ofPyTorch(String... words) {
    return new Flatten();
  }
}
