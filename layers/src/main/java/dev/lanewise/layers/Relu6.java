// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

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
 * ReLU with a ceiling, so that activations need few bits: Krizhevsky ("Convolutional deep belief
 * networks on CIFAR-10", 2010); the MobileNets use it. Element by element. Immutable.
 */
public final class Relu6 implements Layer {
  private static final Description DESCRIPTION = Description.of("relu6");

  /** ReLU6; it has no parameters. */
  public Relu6() {}

  @Override
  public Description description() {
    return DESCRIPTION;
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  /** Where y is between 0 and 6, it is x. */
  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.MAPS_ELEMENTS);
  }

  @Override
  public Pass newPass(Site site) {
    return ElementwisePass.readingY(site, Relu6::forward, Relu6::backward);
  }

  @Override
  public String toString() {
    return DESCRIPTION.toString();
  }

  /** {@code y = min(max(x, 0), 6)}. */
  private static void forward(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = Math.min(Math.max(x[i], 0f), 6f);
    }
  }

  /** {@code dx = dy} where {@code 0 < y < 6}, else 0. */
  private static void backward(float[] y, float[] dy, float[] dx, int n) {
    for (int i = 0; i < n; i++) {
      dx[i] = dy[i] * Math.signum(Math.min(y[i], 6 - y[i]));
    }
  }
}
