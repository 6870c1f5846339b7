// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.TensorSpec;
import java.util.List;

/** Takes whatever comes, and makes so many features of it; it never runs. */
record Wide(int features) implements Layer {
  @Override
  public Description description() {
    return Description.of("test.wide").with("features", features);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return Shape.flat(features);
  }

  @Override
  public List<TensorSpec> parameters(Inputs in) {
    return List.of(TensorSpec.of("weight", 1));
  }

  @Override
  public Pass newPass(Site site) {
    throw new UnsupportedOperationException();
  }
}
