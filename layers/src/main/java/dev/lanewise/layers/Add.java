// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.Epilogue;
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
import java.util.Set;

/** The sum of several inputs of one shape, such as the two ways of a residual block. Immutable. */
public final class Add implements Layer {
  private static final Description DESCRIPTION = Description.of("add");

  /** A sum; it has no parameters. */
  public Add() {}

  @Override
  public Description description() {
    return DESCRIPTION;
  }

  @Override
  public boolean accepts(int inputs) {
    return inputs >= 1;
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    for (Shape input : inputs) {
      if (!input.equals(inputs[0])) {
        throw new IllegalArgumentException(
            "a sum needs inputs of one shape, but they are " + inputs[0] + " and " + input);
      }
    }
    return inputs[0];
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(
        Trait.PER_IMAGE, Trait.IN_PLACE, Trait.IGNORES_X, Trait.IGNORES_Y, Trait.FUSES_RELU_AFTER);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(
        site.input().size(), site.epilogue() == Epilogue.RELU, new Elementwise(site.team()));
  }

  @Override
  public String toString() {
    return DESCRIPTION.toString();
  }

  /** One running computation. */
  private record Running(int size, boolean rectified, Elementwise elementwise) implements Pass {
    /** {@code y = x[0] + x[1] + ...}, from left to right; then ReLU if it is taken over. */
    @Override
    public void forward(Context context, Tensor[] x, Tensor y) {
      int n = context.images() * size;
      x[0].copyTo(y, n);
      for (int i = 1; i < x.length; i++) {
        if (rectified && i == x.length - 1) {
          elementwise.addRelu(n, x[i], y);
        } else {
          elementwise.axpy(n, 1f, x[i], y);
        }
      }
      if (rectified && x.length == 1) {
        elementwise.relu(n, y, y);
      }
    }

    /** {@code dx[i] = dy}: each input has the slope 1. */
    @Override
    public void backwardData(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
      for (Tensor wanted : dx) {
        if (wanted != null) {
          dy.copyTo(wanted, context.images() * size);
        }
      }
    }
  }
}
