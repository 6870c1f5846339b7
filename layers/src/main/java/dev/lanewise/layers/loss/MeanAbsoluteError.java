// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.loss;

import dev.lanewise.layers.graph.Shape;

/**
 * The mean of the absolute errors of all outputs, for regression that outliers shall not rule;
 * PyTorch's {@code L1Loss}. With t the target and M the number of outputs of a batch:
 *
 * <pre>
 * loss = |y - t|
 * dy   = sign(y - t) / M      0 where y = t
 * </pre>
 *
 * <p>The targets are finite values, or labels, which count as one-hot vectors.
 */
public final class MeanAbsoluteError implements Loss {
  /** The loss of a regression. */
  public MeanAbsoluteError() {}

  @Override
  public Loss.Pass newPass(Shape output, int maxBatch) {
    return new Pass(output, maxBatch);
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
    Pass(Shape output, int maxBatch) {
      super(output, maxBatch, false);
    }

    @Override
    void losses(float[] y, float[] t, float[] loss) {
      for (int i = 0; i < y.length; i++) {
        loss[i] = Math.abs(y[i] - t[i]);
      }
    }

    @Override
    void gradients(float[] y, float[] t, float[] dy, float scale) {
      for (int i = 0; i < y.length; i++) {
        dy[i] = Math.signum(y[i] - t[i]) * scale;
      }
    }
  }
}
