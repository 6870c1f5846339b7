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
 * A sigmoid made of three straight lines: Courbariaux, Bengio and David ("BinaryConnect", 2015),
 * with the slope of PyTorch and of MobileNetV3, 1/6. Element by element. Immutable.
 */
public final class HardSigmoid implements Layer {
  private static final Description DESCRIPTION = Description.of("hard_sigmoid");
  static final float SIXTH = 1f / 6;

  /** A hard sigmoid; it has no parameters. */
  public HardSigmoid() {}

  @Override
  public Description description() {
    return DESCRIPTION;
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  /** Where y is between 0 and 1, x is between -3 and 3. */
  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.MAPS_ELEMENTS);
  }

  @Override
  public Pass newPass(Site site) {
    return ElementwisePass.readingY(site, HardSigmoid::forward, HardSigmoid::backward);
  }

  @Override
  public String toString() {
    return DESCRIPTION.toString();
  }

  /** {@code y = min(max(x + 3, 0), 6) / 6}. */
  private static void forward(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = Math.min(Math.max(x[i] + 3, 0f) * SIXTH, 1f);
    }
  }

  /** {@code dx = dy / 6} where {@code 0 < y < 1}, else 0. */
  private static void backward(float[] y, float[] dy, float[] dx, int n) {
    for (int i = 0; i < n; i++) {
      dx[i] = dy[i] * (Math.signum(Math.min(y[i], 1 - y[i])) * SIXTH);
    }
  }
}
