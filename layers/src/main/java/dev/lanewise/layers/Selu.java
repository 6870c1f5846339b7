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

/**
 * An exponential linear unit with the two numbers that keep mean 0 and variance 1 from layer to
 * layer: Klambauer, Unterthiner, Mayr and Hochreiter ("Self-normalizing neural networks", 2017).
 * Element by element. Immutable.
 */
public final class Selu implements Layer {
  private static final Description DESCRIPTION = Description.of("selu");

  /** From the paper's equation 14, with alpha 1.6732632423543772. */
  private static final float SCALE = 1.0507009873554805f;

  /** scale * alpha: minus the limit for negative values. */
  private static final float LIMIT = 1.7580993408473766f;

  /** SELU; it has no parameters. */
  public Selu() {}

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
    return ElementwisePass.readingY(site, Selu::forward, Selu::backward);
  }

  @Override
  public String toString() {
    return DESCRIPTION.toString();
  }

  /** {@code y = scale * x} where {@code x > 0}, else {@code scale * alpha * (exp(x) - 1)}. */
  private static void forward(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = Fma.fma(LIMIT, Hyperbolic.expMinus1(x[i]), SCALE * Math.max(x[i], 0f));
    }
  }

  /** {@code dx = dy * scale} where {@code y > 0}, else {@code dy * (y + scale * alpha)}. */
  private static void backward(float[] y, float[] dy, float[] dx, int n) {
    for (int i = 0; i < n; i++) {
      float positive = Math.max(Math.signum(y[i]), 0f); // 1 or 0
      dx[i] = dy[i] * Fma.fma(1 - positive, Math.min(y[i], 0f) + LIMIT, positive * SCALE);
    }
  }
}
