// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

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

/** The same elements under another shape. Immutable. */
record Reshape(Shape shape) implements Layer {
  static final String KIND = "onnx.reshape";

  static Reshape of(Description description) {
    return new Reshape(Attributes.shape(description));
  }

  @Override
  public Description description() {
    return Attributes.with(Description.of(KIND), shape);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    if (inputs[0].size() != shape.size()) {
      throw new IllegalArgumentException(
          inputs[0] + " has not as many values as " + shape + ", into which it is reshaped");
    }
    return shape;
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.RESHAPE, Trait.IN_PLACE, Trait.IGNORES_X, Trait.IGNORES_Y);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(shape.size());
  }

  @Override
  public String toString() {
    return description().toString();
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
