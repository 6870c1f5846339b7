// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import java.util.Set;

/** ReLU, element by element. Immutable. */
public final class Relu implements Layer {
  private static final Description DESCRIPTION = Description.of("relu");

  /** ReLU; it has no parameters. */
  public Relu() {}

  @Override
  public Description description() {
    return DESCRIPTION;
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.RELU);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site.input().size(), new Elementwise(site.team()));
  }

  @Override
  public String toString() {
    return DESCRIPTION.toString();
  }

  /** One running computation. */
  private record Running(int size, Elementwise elementwise) implements UnaryPass {
    /** {@code y = max(x, 0)}. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      elementwise.relu(context.images() * size, x, y);
    }

    /** {@code dx = dy} where {@code y > 0}, else 0: the slope of ReLU, with 0 at 0. */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      elementwise.reluBackward(context.images() * size, y, dy, dx);
    }
  }
}
