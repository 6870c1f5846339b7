// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.loss;

import dev.lanewise.engine.CrossEntropy;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.util.Arrays;

/**
 * Softmax and cross-entropy over the logits of a classifier, fused; PyTorch's {@code
 * CrossEntropyLoss}. With p = softmax(logits):
 *
 * <pre>
 * loss    = -log p[label] = log(sum over j of exp(z[j])) - z[label]
 * dLogits = (p - onehot(label)) / N      the gradient of the mean loss of a batch of N
 * </pre>
 *
 * <p>Finite for any finite logits. The targets are labels from 0 to classes - 1, or a probability
 * for each class. Where an output has several pixels, each is classified by itself: classes are the
 * channels, the targets are probabilities, and the loss of an image is the mean of its pixels'.
 *
 * <p>Label smoothing (Szegedy et al., "Rethinking the Inception Architecture for Computer Vision",
 * 2016) and class weights w make t of the one-hot vector or the probabilities q of an image:
 *
 * <pre>
 * t[j]    = w[j] * ((1 - smoothing) * q[j] + smoothing / classes)
 * loss    = -sum over j of t[j] * log p[j]
 * dLogits = (sum(t) * p - t) / divisor
 * </pre>
 *
 * <p>As in PyTorch, a batch of labels with class weights has the mean that its weights give: the
 * divisor is the sum of {@code w[label]}. Otherwise it is N. A pass returns N times the mean. A
 * batch in which every label has weight 0 has the loss 0. Weights of images multiply t, and leave
 * the divisor as it is.
 */
public final class SoftmaxCrossEntropy implements Loss {
  private final double smoothing;
  private final float[] weights; // [classes]; null: all 1

  /** The loss of a classifier. */
  public SoftmaxCrossEntropy() {
    this(0, null);
  }

  private SoftmaxCrossEntropy(double smoothing, float[] weights) {
    this.smoothing = smoothing;
    this.weights = weights;
  }

  /**
   * Moves part of each target to all classes, evenly.
   *
   * @param smoothing which part, from 0 to 1; 0 by default
   * @return such a loss
   * @throws IllegalArgumentException if {@code smoothing} is not from 0 to 1
   */
  public SoftmaxCrossEntropy labelSmoothing(double smoothing) {
    if (!(smoothing >= 0 && smoothing <= 1)) {
      throw new IllegalArgumentException(
          "label smoothing must be from 0 to 1, but is " + smoothing);
    }
    return new SoftmaxCrossEntropy(smoothing, weights);
  }

  /**
   * Weighs the classes, so that rare ones count more.
   *
   * @param weights one for each class, at least 0; copied. By default all are 1
   * @return such a loss
   * @throws IllegalArgumentException if a weight is negative or not finite, or all are 0
   */
  public SoftmaxCrossEntropy classWeights(float... weights) {
    float most = 0;
    for (int c = 0; c < weights.length; c++) {
      if (!(weights[c] >= 0 && weights[c] <= Float.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "the weight of class " + c + " must be finite and at least 0, but is " + weights[c]);
      }
      most = Math.max(most, weights[c]);
    }
    if (most == 0) {
      throw new IllegalArgumentException("expected class weights of which one is above 0");
    }
    return new SoftmaxCrossEntropy(smoothing, weights.clone());
  }

  @Override
  public Loss.Pass newPass(Shape output, int maxBatch) {
    if (maxBatch < 1) {
      throw new IllegalArgumentException("maxBatch must be positive, but is " + maxBatch);
    }
    if (weights != null && weights.length != output.channels()) {
      throw new IllegalArgumentException(
          ("expected a class weight for each of the " + output.channels())
              + (" classes, but there are " + weights.length));
    }
    return new Pass(output, maxBatch);
  }

  /** One running computation. */
  private final class Pass implements Loss.Pass {
    private final int maxBatch;
    private final int pixels;
    private final int classes;
    private final Tensor work; // [maxBatch, pixels, classes]
    private final Shape output;
    private Tensor t; // [maxBatch, pixels, classes]; null while the targets are taken as they are

    Pass(Shape output, int maxBatch) {
      this.maxBatch = maxBatch;
      pixels = output.height() * output.width();
      classes = output.channels();
      this.output = output;
      work = Tensor.zeros(maxBatch, output);
      t = smoothing == 0 && weights == null ? null : Tensor.zeros(maxBatch, output);
    }

    @Override
    public double forward(int batch, Tensor logits, Targets targets) {
      checkBatch(batch, "logits", logits);
      return compute(batch, logits, targets, work, false);
    }

    @Override
    public double forwardBackward(int batch, Tensor logits, Targets targets, Tensor dLogits) {
      checkBatch(batch, "logits", logits);
      checkBatch(batch, "dLogits", dLogits);
      return compute(batch, logits, targets, dLogits, true);
    }

    private double compute(int batch, Tensor z, Targets targets, Tensor dz, boolean gradient) {
      int rows = batch * pixels;
      double divisor = Math.max(1, rows);
      boolean asIs = smoothing == 0 && weights == null && !targets.isWeighted();
      targets.requireWeights(batch);
      if (targets.hasValues()) {
        targets.requireProbabilities(batch, pixels * classes);
      } else if (pixels > 1) {
        throw new IllegalArgumentException(
            "outputs of " + pixels + " pixels need target values for each, not a label for all");
      } else if (!asIs) {
        targets.requireLabels(batch, classes);
        divisor = weights == null ? divisor : weigh(batch, targets.labels());
      } else {
        float scale = gradient ? 1f / Math.max(1, batch) : 0f;
        return CrossEntropy.forwardBackward(batch, classes, z, targets.labels(), dz, scale);
      }
      if (!asIs && t == null) { // the first batch with weights
        t = Tensor.zeros(maxBatch, output);
      }
      Tensor weighted = t;
      if (asIs) {
        weighted = targets.values();
      } else if (divisor > 0) {
        for (int i = 0; i < rows; i++) {
          weigh(i, targets);
        }
      } else { // what no label weighs, smoothing does not either
        Arrays.fill(t.data, 0f);
        divisor = 1;
      }
      float scale = gradient ? (float) (1 / divisor) : 0f;
      return CrossEntropy.forwardBackward(rows, classes, z, weighted, dz, scale)
          * (batch / divisor);
    }

    /** The sum of the weights of labels. */
    private double weigh(int batch, int[] labels) {
      double sum = 0;
      for (int i = 0; i < batch; i++) {
        sum += weights[labels[i]];
      }
      return batch == 0 ? 1 : sum;
    }

    /** Writes a row of t. */
    private void weigh(int row, Targets targets) {
      int at = row * classes;
      float rest = (float) (smoothing / classes);
      float kept = (float) (1 - smoothing);
      float weight = targets.weight(row / pixels);
      for (int j = 0; j < classes; j++) {
        float q =
            targets.hasValues()
                ? targets.values().data[targets.values().offset + at + j]
                : targets.labels()[row] == j ? 1f : 0f;
        t.data[at + j] = weight * ((weights == null ? 1f : weights[j]) * (kept * q + rest));
      }
    }

    /** The array behind a tensor may be longer: the engine would not notice. */
    private void checkBatch(int batch, String name, Tensor tensor) {
      int most = Math.min(maxBatch, tensor.size() / (pixels * classes));
      if (batch < 0 || batch > most) {
        throw new IllegalArgumentException(
            ("batch must be from 0 to " + most + " for " + name + " " + tensor)
                + (" of " + classes + " classes, but is " + batch));
      }
    }
  }
}
