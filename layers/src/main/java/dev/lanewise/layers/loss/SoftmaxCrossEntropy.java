package dev.lanewise.layers.loss;

import dev.lanewise.engine.CrossEntropy;


import dev.lanewise.engine.run.Floats;
import dev.lanewise.layers.Tensor;

/**
 * Softmax and cross-entropy over the logits of a classifier, fused. With p = softmax(logits):
 *
 * <pre>
 * loss    = -log p[label] = log(sum over j of exp(z[j])) - z[label]
 * dLogits = (p - onehot(label)) / N      the gradient of the mean loss of a batch of N
 * </pre>
 *
 * <p>Finite for any finite logits. Holds a workspace: not thread-safe. Allocates nothing once made.
 */
public final class SoftmaxCrossEntropy {
  private final int maxBatch;
  private final int classes;
  private final Floats work;

  /**
   * Prepares losses.
   *
   * @param maxBatch the largest batch
   * @param classes the number of logits of an image
   * @throws IllegalArgumentException if one of them is not positive
   */
  public SoftmaxCrossEntropy(int maxBatch, int classes) {
    if (maxBatch < 1 || classes < 1) {
      throw new IllegalArgumentException(
          "maxBatch and classes must be positive, but are " + maxBatch + " and " + classes);
    }
    this.maxBatch = maxBatch;
    this.classes = classes;
    work = Floats.of(new float[Math.multiplyExact(maxBatch, classes)]);
  }

  /**
   * The loss alone.
   *
   * @param batch the number of images, N
   * @param logits {@code [N, classes]}
   * @param labels {@code [N]}: the true class of each image
   * @return the sum of the losses of the images
   * @throws IllegalArgumentException if a label is not a class, or the batch exceeds {@code
   *     maxBatch} or a tensor
   */
  public double forward(int batch, Tensor logits, int[] labels) {
    checkBatch(batch, "logits", logits);
    return CrossEntropy.forwardBackward(batch, classes, logits, labels, work, 0f);
  }

  /**
   * The loss and its gradient.
   *
   * @param batch the number of images, N
   * @param logits {@code [N, classes]}
   * @param labels {@code [N]}: the true class of each image
   * @param dLogits receives the gradient of the mean loss, {@code [N, classes]}
   * @return the sum of the losses of the images
   * @throws IllegalArgumentException if a label is not a class, or the batch exceeds {@code
   *     maxBatch} or a tensor
   */
  public double forwardBackward(int batch, Tensor logits, int[] labels, Tensor dLogits) {
    checkBatch(batch, "logits", logits);
    checkBatch(batch, "dLogits", dLogits);
    return CrossEntropy.forwardBackward(
        batch, classes, logits, labels, dLogits, 1f / Math.max(1, batch));
  }

  /** The array behind a tensor may be longer: the engine would not notice. */
  private void checkBatch(int batch, String name, Tensor tensor) {
    int most = Math.min(maxBatch, tensor.size() / classes);
    if (batch < 0 || batch > most) {
      throw new IllegalArgumentException(
          "batch must be from 0 to "
              + most
              + " for "
              + name
              + " "
              + tensor
              + " of "
              + classes
              + " classes, but is "
              + batch);
    }
  }
}
