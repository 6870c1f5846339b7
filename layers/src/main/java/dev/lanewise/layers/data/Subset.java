// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.util.Arrays;
import java.util.Objects;

/**
 * Chosen images of another data set, in any order. No image is copied.
 *
 * <p>Immutable, and safe to be read by many threads at once.
 */
public final class Subset extends DatasetView {
  private final int[] chosen; // image numbers of data

  /**
   * Chooses images.
   *
   * @param data where they are
   * @param images their numbers, in the order wanted; copied
   * @throws IndexOutOfBoundsException if there is no image of such a number
   */
  public Subset(Dataset data, int... images) {
    super(data);
    for (int image : images) {
      Objects.checkIndex(image, data.size());
    }
    chosen = images.clone();
  }

  /** The number that an image has in the other data set. */
  int number(int image) {
    return chosen[image];
  }

  @Override
  public int size() {
    return chosen.length;
  }

  @Override
  public int label(int image) {
    return data.label(chosen[image]);
  }

  @Override
  public void copy(
      int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int labelsOffset) {
    int imageSize = shape().size();
    for (int i = 0; i < count; i++) {
      int at = Objects.checkIndex(indices[from + i], chosen.length);
      data.copy(chosen, at, 1, x, xOffset + i * imageSize, labels, labelsOffset + i);
    }
  }

  @Override
  public void copyTargets(int[] indices, int from, int count, float[] values, int valuesOffset) {
    for (int i = 0; i < count; i++) {
      int at = Objects.checkIndex(indices[from + i], chosen.length);
      data.copyTargets(chosen, at, 1, values, valuesOffset + i * targetSize());
    }
  }

  @Override
  public void copyWeights(int[] indices, int from, int count, float[] weights, int weightsOffset) {
    for (int i = 0; i < count; i++) {
      int at = Objects.checkIndex(indices[from + i], chosen.length);
      data.copyWeights(chosen, at, 1, weights, weightsOffset + i);
    }
  }

  @Override
  public Subset slice(int from, int to) {
    Objects.checkFromToIndex(from, to, chosen.length);
    return new Subset(data, Arrays.copyOfRange(chosen, from, to));
  }

  @Override
  public String toString() {
    return chosen.length + " of " + data;
  }
}
