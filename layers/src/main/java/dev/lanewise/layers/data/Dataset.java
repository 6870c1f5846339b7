package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;

/**
 * Labelled images that can be read in any order, in batches. Implementations are immutable and may
 * be read by many threads at once.
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
   * @return labels are from 0 to {@code classes() - 1}
   */
  int classes();

  /**
   * Copies images and their labels into a batch. Allocates nothing.
   *
   * @param indices image numbers
   * @param from the position in {@code indices} of the first one wanted
   * @param count how many
   * @param x receives {@code [count, H, W, C]}
   * @param xOffset where in {@code x} the first image begins
   * @param labels receives {@code count} labels
   * @param labelsOffset the position of the first one
   */
  void copy(
      int[] indices, int from, int count, float[] x, int xOffset, int[] labels, int labelsOffset);

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
