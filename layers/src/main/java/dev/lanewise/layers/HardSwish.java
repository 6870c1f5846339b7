// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.math.Fma;
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
 * SiLU with a {@linkplain HardSigmoid hard sigmoid}: Howard and others ("Searching for
 * MobileNetV3", 2019). Element by element. Immutable.
 */
public final class HardSwish implements Layer {
  private static final Description DESCRIPTION = Description.of("hard_swish");

  /** A hard swish; it has no parameters. */
  public HardSwish() {}

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
    return Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y, Trait.MAPS_ELEMENTS);
  }

  @Override
  public Pass newPass(Site site) {
    return ElementwisePass.readingX(site, HardSwish::forward, HardSwish::backward);
  }

  @Override
  public String toString() {
    return DESCRIPTION.toString();
  }

  /** {@code y = x * h} with {@code h = min(max(x + 3, 0), 6) / 6}. */
  private static void forward(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      float c = Math.max(x[i], -3f); // y is 0 from there down
      y[i] = c * Math.min((c + 3) * HardSigmoid.SIXTH, 1f);
    }
  }

  /** {@code dx = dy * (h + x * h')}, with {@code h' = 1/6} between -3 and 3 and 0 elsewhere. */
  private static void backward(float[] x, float[] dy, float[] dx, int n) {
    for (int i = 0; i < n; i++) {
      float c = Math.min(Math.max(x[i], -3f), 3f);
      float inside = Math.signum(3 - Math.abs(c)); // 1 or 0
      dx[i] = dy[i] * (Fma.fma(c, inside, c + 3) * HardSigmoid.SIXTH);
    }
  }
}
