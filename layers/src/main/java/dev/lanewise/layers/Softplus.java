// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.math.Logarithm;
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
 * A smooth rectifier, {@code log(1 + exp(beta * x)) / beta}: Dugas, Bengio, Belisle, Nadeau and
 * Garcia ("Incorporating second-order functional knowledge for better option pricing", 2001).
 * Element by element. Immutable.
 */
public final class Softplus implements Layer {
  private static final String KIND = "softplus";
  private static final double USUAL = 1;

  private final double beta;

  /** The usual one, with beta 1. */
  public Softplus() {
    this(USUAL);
  }

  /**
   * A smooth rectifier.
   *
   * @param beta how sharp the bend is
   * @throws IllegalArgumentException unless it is positive and finite
   */
  public Softplus(double beta) {
    if (!((float) beta > 0 && Float.isFinite((float) beta))) {
      throw new IllegalArgumentException(
          "beta of a softplus must be positive and finite, but is " + beta);
    }
    this.beta = beta;
  }

  static Softplus of(Description description) {
    return new Softplus(description.number("beta", USUAL));
  }

  @Override
  public Description description() {
    return Description.of(KIND).with("beta", beta, USUAL);
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
    float b = (float) beta;
    return ElementwisePass.readingX(
        site,
        (x, y, from, to) -> forward(x, y, from, to, b),
        (x, dy, dx, n) -> backward(x, dy, dx, n, b));
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** {@code y = max(x, 0) + log(1 + e) / beta} with {@code e = exp(-beta * |x|)}. */
  private static void forward(float[] x, float[] y, int from, int to, float beta) {
    for (int i = from; i < to; i++) {
      y[i] = -beta * Math.abs(x[i]);
    }
    Elementwise.exp(y, from, to);
    for (int i = from; i < to; i++) {
      y[i] = Logarithm.ofOnePlus(y[i]) / beta + Math.max(x[i], 0f);
    }
  }

  /** {@code dx = dy / (1 + exp(-beta * x))}. */
  private static void backward(float[] x, float[] dy, float[] dx, int n, float beta) {
    for (int i = 0; i < n; i++) {
      dx[i] = -beta * x[i];
    }
    Elementwise.exp(dx, 0, n);
    for (int i = 0; i < n; i++) {
      dx[i] = dy[i] / (1 + dx[i]);
    }
  }
}
