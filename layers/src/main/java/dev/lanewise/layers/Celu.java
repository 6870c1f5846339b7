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
 * An exponential linear unit whose slope is continuous for any alpha: Barron ("Continuously
 * differentiable exponential linear units", 2017). Element by element. Immutable.
 */
public final class Celu implements Layer {
  private static final String KIND = "celu";
  private static final double USUAL = 1;

  private final double alpha;

  /** The usual one, with alpha 1, which is that of {@link Elu}. */
  public Celu() {
    this(USUAL);
  }

  /**
   * A continuously differentiable exponential linear unit.
   *
   * @param alpha minus the limit for negative values
   * @throws IllegalArgumentException unless it is positive and finite
   */
  public Celu(double alpha) {
    if (!((float) alpha > 0 && Float.isFinite((float) alpha))) {
      throw new IllegalArgumentException(
          "alpha of a CELU must be positive and finite, but is " + alpha);
    }
    this.alpha = alpha;
  }

  static Celu of(Description description) {
    return new Celu(description.number("alpha", USUAL));
  }

  @Override
  public Description description() {
    return Description.of(KIND).with("alpha", alpha, USUAL);
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
    float a = (float) alpha;
    return ElementwisePass.readingY(
        site,
        (x, y, from, to) -> forward(x, y, from, to, a),
        (y, dy, dx, n) -> backward(y, dy, dx, n, a));
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** {@code y = x} where {@code x > 0}, else {@code alpha * (exp(x / alpha) - 1)}. */
  private static void forward(float[] x, float[] y, int from, int to, float alpha) {
    for (int i = from; i < to; i++) {
      y[i] = Fma.fma(alpha, Hyperbolic.expMinus1(x[i] / alpha), Math.max(x[i], 0f));
    }
  }

  /**
   * {@code dx = dy} where {@code y > 0}, else {@code dy * exp(x / alpha) = dy * (y / alpha + 1)}.
   */
  private static void backward(float[] y, float[] dy, float[] dx, int n, float alpha) {
    for (int i = 0; i < n; i++) {
      float positive = Math.max(Math.signum(y[i]), 0f); // 1 or 0
      dx[i] = dy[i] * Fma.fma(1 - positive, Math.min(y[i], 0f) / alpha + 1, positive);
    }
  }
}
