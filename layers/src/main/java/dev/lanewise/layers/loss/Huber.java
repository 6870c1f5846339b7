// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.loss;

import dev.lanewise.layers.graph.Shape;

/**
 * The Huber loss, for regression: squared for small errors, absolute for large ones (Huber, "Robust
 * Estimation of a Location Parameter", 1964); PyTorch's {@code HuberLoss}. With t the target, e = y
 * - t, and M the number of outputs of a batch:
 *
 * <pre>
 * loss = e^2 / 2                       where |e| &lt;= delta
 *        delta * (|e| - delta / 2)     elsewhere
 * dy   = max(-delta, min(delta, e)) / M
 * </pre>
 *
 * <p>PyTorch's {@code SmoothL1Loss(beta)} is this one with delta = beta, divided by beta: with the
 * default of both, 1, they are equal. The targets are finite values, or labels, which count as
 * one-hot vectors.
 */
public final class Huber implements Loss {
  private final float delta;

  /** The loss with a delta of 1. */
  public Huber() {
    this(1);
  }

  /**
   * The loss of a regression.
   *
   * @param delta the error at which the loss becomes straight, finite and positive
   * @throws IllegalArgumentException if it is not, as a float
   */
  public Huber(double delta) {
    if (!((float) delta > 0 && (float) delta <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException("delta must be finite and positive, but is " + delta);
    }
    this.delta = (float) delta;
  }

  @Override
  public Loss.Pass newPass(Shape output, int maxBatch) {
    return new Pass(output, maxBatch, delta);
  }

  @Override
  public int classes(Shape output) {
    return ElementPass.classes(output);
  }

  @Override
  public float threshold() {
    return 0.5f;
  }

  /** One running computation. */
  private static final class Pass extends ElementPass {
    private final float delta;

    Pass(Shape output, int maxBatch, float delta) {
      super(output, maxBatch, false);
      this.delta = delta;
    }

    @Override
    void losses(float[] y, float[] t, float[] loss) {
      for (int i = 0; i < y.length; i++) {
        float error = Math.abs(y[i] - t[i]);
        float curved = Math.min(error, delta);
        loss[i] = curved * (error - 0.5f * curved); // both lines, since curved is the slope
      }
    }

    @Override
    void gradients(float[] y, float[] t, float[] dy, float scale) {
      for (int i = 0; i < y.length; i++) {
        float error = y[i] - t[i];
        dy[i] = Math.max(-delta, Math.min(delta, error)) * scale;
      }
    }
  }
}
