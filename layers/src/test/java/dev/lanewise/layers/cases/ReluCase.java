// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Relu;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** See {@link Relu}. */
final class ReluCase implements LayerCase {
  /** {@code y = max(x, 0)}. */
  static final class Rectified extends Oracle {
    Rectified(Shape input) {
      super(new Relu(), input);
    }

    @Override
    public Bounded forward(int batch, double[][] x, double[][] p) {
      return Bounded.exactly(Arrays.stream(x[0]).map(v -> Math.max(v, 0)).toArray());
    }

    @Override
    public Gradients backward(int batch, double[][] x, double[] dy, double[][] p) {
      double[] dx = dy.clone();
      Arrays.setAll(dx, i -> x[0][i] > 0 ? dy[i] : 0);
      return new Gradients(List.of(Bounded.exactly(dx)), List.of());
    }
  }

  @Override
  public List<Oracle> oracles() {
    return List.of(new Rectified(Shape.of(3, 5, 7)));
  }

  @Override
  public List<Said> said() {
    Shape image = Shape.of(4, 4, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.RELU); // reads y
    return List.of(new Said(new Relu(), "relu", traits, image, image));
  }

  @Override
  public String pytorchWord() {
    return "relu";
  }

  @Override
  public Layer ofPyTorch(String... words) {
    return new Relu();
  }
}
