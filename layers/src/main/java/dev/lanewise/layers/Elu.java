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
 * A rectifier with an exponential for negative values, which saturates: Clevert, Unterthiner and
 * Hochreiter ("Fast and accurate deep network learning by exponential linear units (ELUs)", 2016).
 * Element by element. Immutable.
 */
public final class Elu implements Layer {
  private static final String KIND = "elu";
  private static final double USUAL = 1;

  private final double alpha;

  /** The usual one, with alpha 1. */
  public Elu() {
    this(USUAL);
  }

  /**
   * An exponential linear unit.
   *
   * @param alpha minus the limit for negative values; works in place unless it is negative
   * @throws IllegalArgumentException if it is not finite
   */
  public Elu(double alpha) {
    if (!Float.isFinite((float) alpha)) {
      throw new IllegalArgumentException("alpha of an ELU must be finite, but is " + alpha);
    }
    this.alpha = alpha;
  }

  static Elu of(Description description) {
    return new Elu(description.number("alpha", USUAL));
  }

  @Override
  public Description description() {
    return Description.of(KIND).with("alpha", alpha, USUAL);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  /** Unless alpha is negative, y tells the slope: it is positive exactly where x is. */
  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return alpha < 0
        ? Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y, Trait.MAPS_ELEMENTS)
        : Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.MAPS_ELEMENTS);
  }

  @Override
  public Pass newPass(Site site) {
    float a = (float) alpha;
    ElementwisePass.Forward forward = (x, y, from, to) -> forward(x, y, from, to, a);
    return alpha < 0
        ? ElementwisePass.readingX(site, forward, (x, dy, dx, n) -> backwardFromX(x, dy, dx, n, a))
        : ElementwisePass.readingY(site, forward, (y, dy, dx, n) -> backward(y, dy, dx, n, a));
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** {@code y = x} where {@code x > 0}, else {@code alpha * (exp(x) - 1)}. */
  private static void forward(float[] x, float[] y, int from, int to, float alpha) {
    for (int i = from; i < to; i++) {
      y[i] = Fma.fma(alpha, Hyperbolic.expMinus1(x[i]), Math.max(x[i], 0f));
    }
  }

  /** {@code dx = dy} where {@code y > 0}, else {@code dy * alpha * exp(x) = dy * (y + alpha)}. */
  private static void backward(float[] y, float[] dy, float[] dx, int n, float alpha) {
    for (int i = 0; i < n; i++) {
      float positive = Math.max(Math.signum(y[i]), 0f); // 1 or 0
      dx[i] = dy[i] * Fma.fma(1 - positive, Math.min(y[i], 0f) + alpha, positive);
    }
  }

  /** The same from x. */
  private static void backwardFromX(float[] x, float[] dy, float[] dx, int n, float alpha) {
    for (int i = 0; i < n; i++) {
      float positive = Math.max(Math.signum(x[i]), 0f);
      float slope = alpha * (Hyperbolic.expMinus1(x[i]) + 1);
      dx[i] = dy[i] * Fma.fma(1 - positive, slope, positive);
    }
  }
}
