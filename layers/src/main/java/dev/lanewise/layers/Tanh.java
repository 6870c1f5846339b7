// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.math.Fma;
import dev.lanewise.engine.math.Hyperbolic;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.ElementwisePass;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Trait;
import java.util.Set;

/** The hyperbolic tangent, element by element. Immutable. */
public final class Tanh implements Layer {
  private static final Description DESCRIPTION = Description.of("tanh");

  /** A hyperbolic tangent; it has no parameters. */
  public Tanh() {}

  @Override
  public Description description() {
    return DESCRIPTION;
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  /** The slope is a function of y. */
  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.MAPS_ELEMENTS);
  }

  @Override
  public Pass newPass(Site site) {
    return ElementwisePass.readingY(site, Tanh::forward, Tanh::backward);
  }

  @Override
  public String toString() {
    return DESCRIPTION.toString();
  }

  /** {@code y = tanh(x)}. */
  private static void forward(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = Hyperbolic.tanh(x[i]);
    }
  }

  /** {@code dx = dy * (1 - y^2)}. */
  private static void backward(float[] y, float[] dy, float[] dx, int n) {
    for (int i = 0; i < n; i++) {
      dx[i] = dy[i] * Fma.fma(-y[i], y[i], 1f);
    }
  }
}
