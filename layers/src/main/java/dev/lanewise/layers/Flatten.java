// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

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

/** Feature maps {@code [H, W, C]} as a flat vector, in that order. Immutable. */
public final class Flatten implements Layer {
  private static final Description DESCRIPTION = Description.of("flatten");

  /** A flattening; it has no parameters. */
  public Flatten() {}

  @Override
  public Description description() {
    return DESCRIPTION;
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return Shape.flat(inputs[0].size());
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.RESHAPE, Trait.IN_PLACE, Trait.IGNORES_X, Trait.IGNORES_Y);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site.input().size());
  }

  @Override
  public String toString() {
    return DESCRIPTION.toString();
  }

  /** One running computation. */
  private record Running(int size) implements UnaryPass {
    /** {@code y = x}; only the shape changes. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      x.copyTo(y, context.images() * size);
    }

    /** {@code dx = dy}. */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      dy.copyTo(dx, context.images() * size);
    }
  }
}
