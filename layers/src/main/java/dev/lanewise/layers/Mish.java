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
 * Mish, {@code x * tanh(log(1 + exp(x)))}: Misra ("Mish: a self regularized non-monotonic neural
 * activation function", 2019). Element by element. Immutable.
 */
public final class Mish implements Layer {
  private static final Description DESCRIPTION = Description.of("mish");

  /** From here on t is 1 in single precision. */
  private static final float ONE = 20;

  /** Below, e is 0 in single precision. */
  private static final float FAR = 110;

  /** Mish; it has no parameters. */
  public Mish() {}

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
    return ElementwisePass.readingX(site, Mish::forward, Mish::backward);
  }

  @Override
  public String toString() {
    return DESCRIPTION.toString();
  }

  /**
   * {@code y = x * t}. With {@code e = exp(x)} and {@code w = e * (e + 2)}, the tangent of the
   * logarithm is {@code t = ((1 + e)^2 - 1) / ((1 + e)^2 + 1) = w / (w + 2)}.
   */
  private static void forward(float[] x, float[] y, int from, int to) {
    exp(x, y, from, to);
    for (int i = from; i < to; i++) {
      float w = y[i] * (y[i] + 2);
      y[i] = Math.max(x[i], -Float.MAX_VALUE) * (w / (w + 2)); // 0 for minus infinity
    }
  }

  /** {@code dx = dy * (t + x * t')}, with {@code t' = 4 * e * (1 + e) / (w + 2)^2}. */
  private static void backward(float[] x, float[] dy, float[] dx, int n) {
    exp(x, dx, 0, n);
    for (int i = 0; i < n; i++) {
      float e = dx[i];
      float w = e * (e + 2);
      float d = w + 2;
      float c = Math.min(Math.max(x[i], -FAR), ONE);
      dx[i] = dy[i] * (Fma.fma(4 * c * e, 1 + e, w * d) / (d * d));
    }
  }

  /** {@code e = exp(x)}, as far as t is not 1. */
  private static void exp(float[] x, float[] e, int from, int to) {
    for (int i = from; i < to; i++) {
      e[i] = Math.min(x[i], ONE);
    }
    Elementwise.exp(e, from, to);
  }
}
