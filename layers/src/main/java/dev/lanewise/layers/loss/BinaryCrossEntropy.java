package dev.lanewise.layers.loss;

import dev.lanewise.layers.graph.Shape;

/**
 * Sigmoid and binary cross-entropy over logits, fused: each output says yes or no by itself. For
 * images with any number of labels, and, with one output, for two classes; PyTorch's {@code
 * BCEWithLogitsLoss}. With p = sigmoid(y), t the target, w the weight of a yes at this output, and
 * M the number of outputs of a batch:
 *
 * <pre>
 * loss = -(w * t * log p + (1 - t) * log(1 - p))
 *      = (1 - t) * y + (1 + (w - 1) * t) * (log(1 + exp(-|y|)) + max(-y, 0))
 * dy   = ((1 - t) - (1 + (w - 1) * t) * (1 - p)) / M
 * </pre>
 *
 * <p>Finite for any finite logits. The targets are values from 0 to 1, or labels: the one-hot
 * vector of a class, or with one output, where a positive logit means 1, the class 0 or 1. The
 * functions are {@link StrictMath}'s, so the bits are the same on every machine.
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

    Pass(Shape output, int maxBatch, float[] positiveWeights) {
      super(output, maxBatch, true);
      weights = new float[output.size()];
      for (int j = 0; j < weights.length; j++) {
        weights[j] =
            positiveWeights == null ? 1 : positiveWeights[positiveWeights.length == 1 ? 0 : j];
      }
    }

    @Override
    double loss(int n, float[] y, int yOff, float[] t, int tOff) {
      double sum = 0;
      for (int j = 0; j < n; j++) {
        double z = y[yOff + j];
        double target = t[tOff + j];
        double weight = 1 + (weights[j] - 1.0) * target;
        double missed = StrictMath.log1p(StrictMath.exp(-Math.abs(z))) + Math.max(-z, 0);
        sum += (1 - target) * z + weight * missed; // missed: -log p
      }
      return sum;
    }

    @Override
    void gradient(
        int n, float[] y, int yOff, float[] t, int tOff, float[] dy, int dyOff, float scale) {
      for (int j = 0; j < n; j++) {
        double z = y[yOff + j];
        double target = t[tOff + j];
        double weight = 1 + (weights[j] - 1.0) * target;
        double e = StrictMath.exp(-Math.abs(z));
        double no = (z >= 0 ? e : 1) / (1 + e); // 1 - p
        dy[dyOff + j] = (float) (((1 - target) - weight * no) * scale);
      }
    }
  }
}
