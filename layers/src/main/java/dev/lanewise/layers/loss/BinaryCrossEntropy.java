// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.loss;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.layers.graph.Shape;

/**
 * Sigmoid and binary cross-entropy over logits, fused: each output says yes or no by itself. For
 * images with any number of labels, and, with one output, for two classes; PyTorch's {@code
 * BCEWithLogitsLoss}. With p = sigmoid(y), t the target, w the weight of a yes at this output, and
 * M the number of outputs of a batch:
 *
 * <pre>
 * loss = -(w * t * log p + (1 - t) * log(1 - p))
 *      = w * t * (l + max(-y, 0)) + (1 - t) * (l + max(y, 0))      l = log(1 + exp(-|y|))
 * dy   = ((1 - t) * p - w * t * (1 - p)) / M
 * </pre>
 *
 * <p>Large logits do not overflow. The targets are values from 0 to 1, or labels: the one-hot
 * vector of a class, or with one output, where a positive logit means 1, the class 0 or 1.
 */
public final class BinaryCrossEntropy implements Loss {
  private final float[] positiveWeights; // [outputs], [1] for all, or null: all are 1

  /** The loss with all weights 1. */
  public BinaryCrossEntropy() {
    this(null);
  }

  private BinaryCrossEntropy(float[] positiveWeights) {
    this.positiveWeights = positiveWeights;
  }

  /**
   * Weighs each yes against each no: above 1 fewer are missed, below 1 fewer are false. For a rare
   * label, the number of images without it, divided by that of those with it.
   *
   * @param weights one for each output, or one for all, at least 0; copied
   * @return such a loss
   * @throws IllegalArgumentException if there is none, or one is negative or not finite
   */
  public BinaryCrossEntropy positiveWeights(float... weights) {
    if (weights.length == 0) {
      throw new IllegalArgumentException("expected a weight for each output, or one for all");
    }
    for (int j = 0; j < weights.length; j++) {
      if (!(weights[j] >= 0 && weights[j] <= Float.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "positive weight " + j + " must be finite and at least 0, but is " + weights[j]);
      }
    }
    return new BinaryCrossEntropy(weights.clone());
  }

  @Override
  public Loss.Pass newPass(Shape output, int maxBatch) {
    int weights = positiveWeights == null ? 1 : positiveWeights.length;
    if (weights != 1 && weights != output.size()) {
      throw new IllegalArgumentException(
          ("expected a positive weight for each of the " + output.size())
              + (" outputs, or one, but there are " + weights));
    }
    return new Pass(output, maxBatch, positiveWeights);
  }

  @Override
  public int classes(Shape output) {
    return ElementPass.classes(output);
  }

  /** One running computation. */
  private static final class Pass extends ElementPass {
    private final float[] weights; // [outputs]
    private final float[] work; // [outputs]

    Pass(Shape output, int maxBatch, float[] positiveWeights) {
      super(output, maxBatch, true);
      weights = new float[output.size()];
      work = new float[output.size()];
      for (int j = 0; j < weights.length; j++) {
        weights[j] =
            positiveWeights == null ? 1 : positiveWeights[positiveWeights.length == 1 ? 0 : j];
      }
    }

    @Override
    void losses(float[] y, float[] t, float[] loss) {
      exponentials(y);
      for (int j = 0; j < y.length; j++) {
        float z = y[j];
        float target = t[j];
        float log = log1p(work[j]);
        float yes = log + Math.max(-z, 0f); // -log p
        float no = log + Math.max(z, 0f); // -log(1 - p)
        loss[j] = weights[j] * target * yes + (1 - target) * no;
      }
    }

    @Override
    void gradients(float[] y, float[] t, float[] dy, float scale) {
      exponentials(y);
      for (int j = 0; j < y.length; j++) {
        float target = t[j];
        float likely = 1 / (1 + work[j]); // of yes and no
        float unlikely = work[j] * likely;
        boolean yes = y[j] >= 0;
        float p = yes ? likely : unlikely;
        float no = yes ? unlikely : likely; // not 1 - p, which cancels
        dy[j] = ((1 - target) * p - weights[j] * target * no) * scale;
      }
    }

    /** {@code work[j] = exp(-|y[j]|)}. */
    private void exponentials(float[] y) {
      for (int j = 0; j < y.length; j++) {
        work[j] = -Math.abs(y[j]);
      }
      Elementwise.exp(work, 0, work.length);
    }

    /**
     * The logarithm of 1 + e for e from 0 to 1: {@code 2 * atanh(s)}, with s = e / (2 + e) at most
     * 1/3, by its series up to {@code s^13}. What is left out is below 2e-8 of it.
     */
    private static float log1p(float e) {
      float s = e / (2 + e);
      float q = s * s;
      float sum = 1f / 13;
      sum = sum * q + 1f / 11;
      sum = sum * q + 1f / 9;
      sum = sum * q + 1f / 7;
      sum = sum * q + 1f / 5;
      sum = sum * q + 1f / 3;
      sum = sum * q + 1;
      return 2 * s * sum;
    }
  }
}
