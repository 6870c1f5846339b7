// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Elementwise;
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

/**
 * The logistic function, element by element. Immutable.
 *
 * <p>To train a classifier, take a loss on logits instead: it is exact where a sigmoid is 0 or 1.
 */
public final class Sigmoid implements Layer {
  private static final Description DESCRIPTION = Description.of("sigmoid");

  /** A sigmoid; it has no parameters. */
  public Sigmoid() {}

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
    return ElementwisePass.readingY(site, Sigmoid::forward, Sigmoid::backward);
  }

  @Override
  public String toString() {
    return DESCRIPTION.toString();
  }

  /** {@code y = 1 / (1 + exp(-x))}. */
  private static void forward(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = -x[i];
    }
    Elementwise.exp(y, from, to);
    for (int i = from; i < to; i++) {
      y[i] = 1 / (1 + y[i]);
    }
  }

  /** {@code dx = dy * y * (1 - y)}. */
  private static void backward(float[] y, float[] dy, float[] dx, int n) {
    for (int i = 0; i < n; i++) {
      dx[i] = dy[i] * (y[i] * (1 - y[i]));
    }
  }
}
