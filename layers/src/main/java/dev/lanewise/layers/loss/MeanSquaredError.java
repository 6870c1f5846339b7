// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.loss;

import dev.lanewise.layers.graph.Shape;

/**
 * The mean of the squared errors of all outputs, for regression; PyTorch's {@code MSELoss}. With t
 * the target and M the number of outputs of a batch:
 *
 * <pre>
 * loss = (y - t)^2
 * dy   = 2 * (y - t) / M
 * </pre>
 *
 * <p>The targets are finite values, or labels, which count as one-hot vectors.
 */
public final class MeanSquaredError implements Loss {
  /** The loss of a regression. */
  public MeanSquaredError() {}

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
        float error = y[i] - t[i];
        loss[i] = error * error;
      }
    }

    @Override
    void gradients(float[] y, float[] t, float[] dy, float scale) {
      float twice = 2 * scale;
      for (int i = 0; i < y.length; i++) {
        dy[i] = (y[i] - t[i]) * twice;
      }
    }
  }
}
