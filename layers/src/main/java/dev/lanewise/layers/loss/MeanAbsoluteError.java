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
    double loss(int n, float[] y, int yOff, float[] t, int tOff) {
      double sum = 0;
      for (int i = 0; i < n; i++) {
        sum += Math.abs((double) y[yOff + i] - t[tOff + i]);
      }
      return sum;
    }

    @Override
    void gradient(
        int n, float[] y, int yOff, float[] t, int tOff, float[] dy, int dyOff, float scale) {
      for (int i = 0; i < n; i++) {
        dy[dyOff + i] = Math.signum(y[yOff + i] - t[tOff + i]) * scale;
      }
    }
  }
}
