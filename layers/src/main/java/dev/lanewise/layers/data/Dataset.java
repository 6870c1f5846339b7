// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * Images with their targets that can be read in any order, in batches. The target of an image is a
 * label, its class; or, where {@link #targetSize} is positive, several values, such as the numbers
 * of a regression or a 0 or 1 for each of many labels. Implementations are immutable and may be
 * read by many threads at once.
 */
public interface Dataset {
  /**
   * The number of images.
   *
   * @return 0 or more
   */
  int size();

  /**
   * The shape of every image.
   *
   * @return {@code [H, W, C]}
   */
  Shape shape();

  /**
   * The number of classes.
   *
   * @return labels are from 0 to {@code classes() - 1}; 0 if the targets are values
   */
  int classes();

  /**
   * The number of values that the target of an image has.
   *
   * @return 0 if the targets are labels
   */
  default int targetSize() {
    return 0;
  }

  /**
   * What the classes are called.
   *
   * @return a name for each class; empty where they have none
   */
  default List<String> classNames() {
    return List.of();
  }

  /**
   * Whether all images lie in memory. Those that do not are read and decoded by {@link #copy}; a
   * training then lets threads of its own do so in advance.
   *
   * @return whether {@code copy} does nothing but copy
   */
  default boolean inMemory() {
    return true;
  }

  /**
   * Copies images and their labels into a batch. Allocates nothing.
   *
   * @param indices image numbers
   * @param from the position in {@code indices} of the first one wanted
   * @param count how many
   * @param x receives {@code [count, H, W, C]}
   * @param xOffset where in {@code x} the first image begins
   * @param labels receives {@code count} labels; unused, and may be null, if the targets are values
   * @param labelsOffset the position of the first one
   */
  void copy(
      int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int labelsOffset);

  /**
   * Copies the values that are the targets of images. Allocates nothing.
   *
   * @param indices image numbers
   * @param from the position in {@code indices} of the first one wanted
   * @param count how many
   * @param values receives {@code [count, targetSize()]}
   * @param valuesOffset where in {@code values} those of the first image begin
   * @throws UnsupportedOperationException if the targets are labels
   */
  default void copyTargets(int[] indices, int from, int count, float[] values, int valuesOffset) {
    throw new UnsupportedOperationException("the targets of " + this + " are labels, not values");
  }

  /**
   * Whether images count differently in a loss.
   *
   * @return true if {@link #copyWeights} copies other weights than 1; by default false
   */
  default boolean isWeighted() {
    return false;
  }

  /**
   * Copies the weights of images in a loss. Allocates nothing.
   *
   * @param indices image numbers
   * @param from the position in {@code indices} of the first one wanted
   * @param count how many
   * @param weights receives {@code count} weights; by default 1
   * @param weightsOffset the position of the first one
   */
  default void copyWeights(int[] indices, int from, int count, float[] weights, int weightsOffset) {
    Arrays.fill(weights, weightsOffset, weightsOffset + count, 1f);
  }

  /**
   * The label of an image.
   *
   * @param image its number
   * @return from 0 to {@code classes() - 1}
   * @throws IndexOutOfBoundsException if {@code image} is not from 0 to {@code size() - 1}
   * @throws UnsupportedOperationException if the targets are values
   */
  default int label(int image) {
    if (targetSize() > 0) {
      throw new UnsupportedOperationException("the targets of " + this + " are values, not labels");
    }
    int[] label = new int[1];
    copy(new int[] {image}, 0, 1, new float[shape().size()], 0, label, 0);
    return label[0];
  }

  /**
   * How often each label occurs.
   *
   * @return {@code [classes]}, the number of images of each class
   * @throws UnsupportedOperationException if the targets are values
   */
  default int[] classCounts() {
    int[] counts = new int[classes()];
    for (int i = 0; i < size(); i++) {
      counts[label(i)]++;
    }
    return counts;
  }

  /**
   * Part of this data set.
   *
   * @param from the first image of the part
   * @param to one past its last image
   * @return a view; no image is copied
   * @throws IndexOutOfBoundsException if the range is not within 0 to {@code size()}
   */
  Dataset slice(int from, int to);
}
