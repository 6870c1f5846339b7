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
 * A rectifier that lets a part of the negative values through, so that no unit stops learning:
 * Maas, Hannun and Ng ("Rectifier nonlinearities improve neural network acoustic models", 2013).
 * Element by element. Immutable.
 */
public final class LeakyRelu implements Layer {
  private static final String KIND = "leaky_relu";
  private static final double USUAL = 0.01;

  private final double slope;

  /** The usual one, with a slope of 0.01 for negative values. */
  public LeakyRelu() {
    this(USUAL);
  }

  /**
   * A leaky rectifier.
   *
   * @param negativeSlope the slope for negative values; works in place unless it is negative
   * @throws IllegalArgumentException if it is not finite
   */
  public LeakyRelu(double negativeSlope) {
    if (!Float.isFinite((float) negativeSlope)) {
      throw new IllegalArgumentException(
          "the negative slope must be finite, but is " + negativeSlope);
    }
    slope = negativeSlope;
  }

  static LeakyRelu of(Description description) {
    return new LeakyRelu(description.number("slope", USUAL));
  }

  @Override
  public Description description() {
    return Description.of(KIND).with("slope", slope, USUAL);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  /** Without a negative slope y is positive exactly where x is, so backward can do without x. */
  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return slope < 0
        ? Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y, Trait.MAPS_ELEMENTS)
        : Set.of(Trait.PER_IMAGE, Trait.IN_PLACE, Trait.MAPS_ELEMENTS);
  }

  @Override
  public Pass newPass(Site site) {
    float a = (float) slope;
    ElementwisePass.Forward forward = (x, y, from, to) -> forward(x, y, from, to, a);
    ElementwisePass.Backward backward = (sign, dy, dx, n) -> backward(sign, dy, dx, n, a);
    return slope < 0
        ? ElementwisePass.readingX(site, forward, backward)
        : ElementwisePass.readingY(site, forward, backward);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** {@code y = max(x, 0) + slope * min(x, 0)}. */
  private static void forward(float[] x, float[] y, int from, int to, float slope) {
    for (int i = from; i < to; i++) {
      y[i] = Fma.fma(slope, Math.min(x[i], 0f), Math.max(x[i], 0f));
    }
  }

  /** {@code dx = dy} where x, or y, is positive, else {@code slope * dy}. */
  private static void backward(float[] sign, float[] dy, float[] dx, int n, float slope) {
    for (int i = 0; i < n; i++) {
      float positive = Math.max(Math.signum(sign[i]), 0f); // 1 or 0, so that the sum is exact
      dx[i] = dy[i] * Fma.fma(1 - positive, slope, positive);
    }
  }
}
