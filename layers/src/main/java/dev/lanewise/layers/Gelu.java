// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.math.Fma;
import dev.lanewise.engine.math.NormalTail;
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
 * GELU: x times the probability that a normal variable is below x, {@code y = x * P(x)}. Hendrycks
 * and Gimpel ("Gaussian error linear units", 2016). Element by element. Immutable.
 *
 * <p>P is often written by the error function, {@code P(x) = (1 + erf(x / sqrt 2)) / 2}; here it is
 * computed from its tail, so that nothing cancels where P is small.
 */
public final class Gelu implements Layer {
  private static final String KIND = "gelu";

  /** 1 / sqrt(2 pi): the largest density. */
  private static final float DENSITY = 0.3989423f;

  /** 2 sqrt(2 / pi), of the approximation. */
  private static final float K = 1.5957691f;

  private static final float CUBIC = 0.044715f;

  /** Beyond, the approximation of P is 0 or 1 in single precision. */
  private static final float FAR = 15;

  /** As good as infinity, but {@code 1 / MOST * MOST} is 1. */
  static final float MOST = 0x1p126f;

  private final boolean tanh;

  /** The exact one, as PyTorch's by default. */
  public Gelu() {
    this(false);
  }

  private Gelu(boolean tanh) {
    this.tanh = tanh;
  }

  /**
   * The approximation {@code P(x) = (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2}, which
   * some published networks were trained with; within 0.0005 of the exact one.
   *
   * @return the layer
   */
  public static Gelu tanh() {
    return new Gelu(true);
  }

  static Gelu of(Description description) {
    return new Gelu(description.flag("tanh", false));
  }

  @Override
  public Description description() {
    return Description.of(KIND).with("tanh", tanh, false);
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
    return tanh
        ? ElementwisePass.readingX(site, Gelu::forwardByTanh, Gelu::backwardByTanh)
        : ElementwisePass.readingX(site, Gelu::forward, Gelu::backward);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /**
   * With {@code T = P(-|x|)}, the tail: {@code y = x - x * T} where {@code x > 0}, else {@code x *
   * T}; that is {@code y = max(x, 0) - |x| * T}.
   */
  private static void forward(float[] x, float[] y, int from, int to) {
    bell(x, y, from, to);
    for (int i = from; i < to; i++) {
      float a = Math.min(Math.abs(x[i]), NormalTail.END);
      y[i] = Fma.fma(-a, y[i] * NormalTail.ratio(a), Math.max(x[i], 0f));
    }
  }

  /** {@code dx = dy * (P(x) + x * P'(x))}, with {@code P'(x) = exp(-x^2 / 2) / sqrt(2 pi)}. */
  private static void backward(float[] x, float[] dy, float[] dx, int n) {
    bell(x, dx, 0, n);
    for (int i = 0; i < n; i++) {
      float c = Math.min(Math.max(x[i], -NormalTail.END), NormalTail.END);
      float tail = dx[i] * NormalTail.ratio(Math.abs(c));
      float p = Fma.fma(Math.signum(c), 0.5f - tail, 0.5f);
      dx[i] = dy[i] * Fma.fma(c * DENSITY, dx[i], p);
    }
  }

  /** {@code e = exp(-x^2 / 2)}. */
  private static void bell(float[] x, float[] e, int from, int to) {
    for (int i = from; i < to; i++) {
      e[i] = -0.5f * x[i] * x[i];
    }
    Elementwise.exp(e, from, to);
  }

  /** {@code y = x / (1 + e)}, since {@code (1 + tanh u) / 2 = 1 / (1 + exp(-2 u))}. */
  private static void forwardByTanh(float[] x, float[] y, int from, int to) {
    exp(x, y, from, to);
    for (int i = from; i < to; i++) {
      y[i] = Math.max(x[i], -Float.MAX_VALUE) / (1 + y[i]); // 0 for minus infinity
    }
  }

  /**
   * {@code dx = dy * (P + x * P')}, with {@code P' = P * (1 - P) * 2 u'} and {@code 1 - P = e * P}.
   */
  private static void backwardByTanh(float[] x, float[] dy, float[] dx, int n) {
    exp(x, dx, 0, n);
    for (int i = 0; i < n; i++) {
      float e = Math.min(dx[i], MOST);
      float p = 1 / (1 + e);
      float c = Math.min(Math.max(x[i], -FAR), FAR);
      float slope = Fma.fma(c * c, 3 * K * CUBIC, K);
      dx[i] = dy[i] * Fma.fma(c * p * (e * p), slope, p);
    }
  }

  /** {@code e = exp(-2 u)} with {@code u = sqrt(2 / pi) * (x + 0.044715 * x^3)}. */
  private static void exp(float[] x, float[] e, int from, int to) {
    for (int i = from; i < to; i++) {
      e[i] = x[i] * Fma.fma(x[i] * x[i], -K * CUBIC, -K);
    }
    Elementwise.exp(e, from, to);
  }
}
