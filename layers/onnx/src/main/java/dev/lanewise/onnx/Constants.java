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
import dev.lanewise.layers.graph.TensorSpec;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The same values for every image, whatever the input is: where a constant stands in a place of an
 * activation. Buffer: {@code value [H, W, C]}. Immutable.
 */
record Constants(Shape shape) implements Layer {
  static final String KIND = "onnx.constant";

  static Constants of(Description description) {
    return new Constants(Attributes.shape(description));
  }

  @Override
  public Description description() {
    return Attributes.with(Description.of(KIND), shape);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return shape;
  }

  @Override
  public List<TensorSpec> buffers(Inputs in) {
    return List.of(TensorSpec.of("value", shape.height(), shape.width(), shape.channels()));
  }

  @Override
  public boolean keepsOrder(Inputs in) {
    return false;
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site.buffer("value"), site.input().size());
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation. */
  private record Running(Tensor value, int inputs) implements UnaryPass {
    /** {@code y[n] = value}. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      for (int n = 0; n < context.images(); n++) {
        System.arraycopy(
            value.data, value.offset, y.data, y.offset + n * value.size(), value.size());
      }
    }

    /** {@code dx = 0}: nothing depends on x. */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      Arrays.fill(dx.data, dx.offset, dx.offset + context.images() * inputs, 0);
    }
  }
}
