// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.util.Objects;

/**
 * Images of another data set that count differently in a loss: Keras's {@code sample_weight}. The
 * loss of a batch of N images is
 *
 * <pre>
 * 1 / N * sum over i of weight[i] * loss[i]
 * </pre>
 *
 * <p>so weights whose mean is 1 leave the size of the gradients as it is. A weight of 0 takes an
 * image out of the loss. No image is copied.
 *
 * <p>Immutable, and safe to be read by many threads at once.
 */
public final class WeightedDataset extends DatasetView {
  private final float[] weights;
  private final int first; // of the weights

  /**
   * Weighs images.
   *
   * @param data the images; weights that they have already do not count
   * @param weights one for each image; copied
   * @throws IllegalArgumentException if there is not one for each image, or one is negative or not
   *     finite
   */
  public WeightedDataset(Dataset data, float... weights) {
    this(data, weights.clone(), 0);
    if (weights.length != data.size()) {
      throw new IllegalArgumentException(
          "there are " + weights.length + " weights, but " + data.size() + " images");
    }
    for (int i = 0; i < weights.length; i++) {
      if (!(weights[i] >= 0 && weights[i] <= Float.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "the weight of image " + i + " must be finite and at least 0, but is " + weights[i]);
      }
    }
  }

  private WeightedDataset(Dataset data, float[] weights, int first) {
    super(data);
    this.weights = weights;
    this.first = first;
  }

  @Override
  public boolean isWeighted() {
    return true;
  }

  @Override
  public void copyWeights(int[] indices, int from, int count, float[] weights, int weightsOffset) {
    for (int i = 0; i < count; i++) {
      int image = Objects.checkIndex(indices[from + i], size());
      weights[weightsOffset + i] = this.weights[first + image];
    }
  }

  @Override
  public WeightedDataset slice(int from, int to) {
    return new WeightedDataset(data.slice(from, to), weights, first + from);
  }

  @Override
  public String toString() {
    return data + ", weighted";
  }
}
