// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Elementwise;
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
 * SiLU, also called swish: Elfwing, Uchibe and Doya ("Sigmoid-weighted linear units for neural
 * network function approximation in reinforcement learning", 2018). Element by element. Immutable.
 */
public final class Silu implements Layer {
  private static final Description DESCRIPTION = Description.of("silu");

  /** Beyond, s is 0 or 1 in single precision. */
  private static final float FAR = 110;

  /** SiLU; it has no parameters. */
  public Silu() {}

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
    return ElementwisePass.readingX(site, Elementwise::silu, Silu::backward);
  }

  @Override
  public String toString() {
    return DESCRIPTION.toString();
  }

  /**
   * {@code dx = dy * (s + x * s')}, with {@code s = 1 / (1 + e)}, {@code s' = s * (1 - s)} and
   * {@code 1 - s = e * s}.
   */
  private static void backward(float[] x, float[] dy, float[] dx, int n) {
    for (int i = 0; i < n; i++) {
      dx[i] = -x[i];
    }
    Elementwise.exp(dx, 0, n);
    for (int i = 0; i < n; i++) {
      float e = Math.min(dx[i], Gelu.MOST);
      float s = 1 / (1 + e);
      float c = Math.min(Math.max(x[i], -FAR), FAR);
      dx[i] = dy[i] * Fma.fma(c * s, e * s, s);
    }
  }
}
